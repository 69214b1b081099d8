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

# catalog
configuration-unknown-option = The model has no option { $options }.
configuration-one-of-group = Choose one of { $group }, not several: { $options }.
configuration-group-required = Choose something of { $group }.
configuration-requires = { $options } needs { $wanted }.
configuration-excludes = These do not go together: { $options }.
configuration-only-with-trim = { $options } is only for { $wanted }.
configuration-blocked = The choice breaks { $rules }: { $message }
no-price = There is no price for this trim.
city-code = Not the code of a city, as in 310100.
required = A value is missing.
latitude = Degrees north must be -90 to 90.
longitude = Degrees east must be -180 to 180.
radius = The radius must be 0 kilometres or more.
