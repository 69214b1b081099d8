# One text a key; both files have the same keys (a test says so).
sign-in = Sign in first.
forbidden = This is not open to you.
not-found = Nothing was found that you may see.
internal = Something went wrong on our side. Give this number when you ask: { $requestId }
unavailable = A part that we need does not answer. Try again.
first = `first` must be 1 to { $max }.
cursor = The cursor is not one of this list; start again without `after`.
id = Expected an id like { $expected }_01J…
length = The text must have 1 to { $max } characters.
too-many-ids = At most { $max } ids at once.
token = The token is not valid.
key-length = The key must have 1 to { $max } characters.
key-reused = This key was used with another input.
key-in-progress = The first request with this key has not ended. Try again.
invalid-transition = { $action } is not possible from { $from }.
version-conflict = It has changed in the meantime; the version is now { $version }.
vehicle-unavailable = This car is no longer available.
insufficient-points = There are { $available } points; { $needed } are needed.

# edge
http-accept = The answer is application/json, application/graphql-response+json or text/event-stream; `accept` has to allow one of them.
http-content-type = The body has to be JSON, with `content-type: application/json`.
http-body-size = The body may have { $max } bytes.
http-body-time = The body did not come in time.
http-json = The request is not as GraphQL over HTTP wants it: JSON with `query`, `operationName` and `variables`.
http-query = `query` is missing.
http-method = { $method } is not possible here; GET and POST are.
http-get-mutation = A mutation needs POST.
http-subscription = A subscription needs `accept: text/event-stream`, or a WebSocket at /graphql/ws.
ws-operations = At most { $max } operations at once on a socket.
