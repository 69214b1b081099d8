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

# values
required = This is needed.
too-long = At most { $max } characters.
control-character = The text has characters that cannot be shown.
phone = Not a mobile number of the Chinese mainland.
person-name = Not a name.
latitude = Latitude must be -90 to 90.
longitude = Longitude must be -180 to 180.
radius = The radius must be above 0 kilometres.
city-code = Expected a six-digit city code such as 310100.
email = Not an e-mail address.
vin = Not a vehicle identification number of 17 characters with its check digit.
month = A month is 1 to 12.
locale = Not a language of ours; `zh-CN` or `en`.

# customer
consent-withdraw-which = Name a purpose or a consent, one of the two.
account-open-order = The account is needed while an order is under way.
account-open-loan = The account is needed while a loan is open.
account-points-dispute = The account is needed while points are in dispute.

# lead
lead-consent-share = This store is a company of its own. Agree first that it gets the data (SHARE_WITH_DEALER).
lead-consent-twice = The same purpose was given twice.
lead-consents-max = At most { $max } consents.
lead-assign-whom = Name a store or a member of its staff.
lead-assign-own-store = You can assign within your own store only.
lead-note-needed = Say in the note why.
lead-closed = The lead is not being worked on.
follow-up-due = The time must lie ahead, within { $days } days.

# catalog
configuration-unknown-option = The model has no option { $options }.
configuration-one-of-group = Choose one of { $group }, not several: { $options }.
configuration-group-required = Choose something of { $group }.
configuration-requires = { $options } needs { $wanted }.
configuration-excludes = These do not go together: { $options }.
configuration-only-with-trim = { $options } is only for { $wanted }.
configuration-blocked = The choice breaks { $rules }: { $message }
no-price = There is no price for this trim.

# order
order-text = A text of 1 to { $max } characters, without control characters.
order-moment = Must lie between { $from } and now.
order-forecast = `p90` must not lie before `p50`, and a forecast goes with DELAYED.
order-buyer = The buyer's name is needed for the contract.
order-trim-off-sale = This car can no longer be ordered.
order-consent = Sharing your data with this store needs your consent.
order-consent-unknown = This consent is not yours, or was withdrawn.
price-changed = The total is now { $total } yuan.
order-deposit-cap = A deposit must not exceed a fifth of the price.
order-reference-used = This number was recorded before.
order-not-under-way = Milestones are recorded while an order is under way; this one is { $status }.
order-milestone-blocked = { $milestone } cannot be recorded as { $state }.
order-milestone-missing = { $milestone } cannot be recorded as { $state }; before it comes: { $missing }.
order-milestone-standing = { $milestone } cannot be taken back while this stands: { $standing }.
order-one-feed = Give either `orderId` or `storeId`.
stream-cursor = Give the `cursor` of a message of this stream.
stream-one-position = Give either `after` or `afterSequence`.
stream-name = Name a stream, as in `order:ord_01J…`.
milestone-order-placed = Ordered
milestone-config-locked = Configuration locked
milestone-contract-signed = Contract signed
milestone-finance-approved = Loan approved
milestone-balance-paid = Balance paid
milestone-invoiced = Invoiced
milestone-insured = Insured
milestone-plate-ready = Plate ready
milestone-parts-preparing = Parts being prepared
milestone-scheduled = Scheduled
milestone-body = Body shop
milestone-paint = Paint shop
milestone-assembly = Assembly
milestone-off-line = Off the line
milestone-quality-released = Passed quality
milestone-allocated = Car assigned
milestone-shipped = Shipped
milestone-in-transit = In transit
milestone-arrived = Arrived
milestone-pdi-done = Prepared
milestone-ready = Ready for pick-up
milestone-appointment-set = Handover booked
milestone-handed-over = Handed over
milestone-ownership-transferred = Ownership transferred
too-many-options = At most { $max } options at once.
compare-count = Give two to four different trims.
trim-or-configuration = Give either `trimId` with `optionCodes`, or `configurationId`.
id-or-code = Give either `id` or `code`.
not-on-sale = This trim is not on sale.
spec-model-year = Model year
spec-powertrain = Powertrain
spec-drive = Drive
spec-battery = Battery capacity
spec-cltc-range = Electric range (CLTC)
spec-total-range = Combined range
spec-acceleration = 0-100 km/h
spec-seats = Seats
powertrain-bev = Battery electric
powertrain-erev = Range-extended electric
powertrain-phev = Plug-in hybrid
drive-all = All-wheel drive
drive-two = Two-wheel drive

# inventory
near-missing = Sorting by distance needs `near`.
summary-filter = Customers may ask by trim, model, city and region only.
hold-minutes = A hold lasts { $min } to { $max } minutes.
hold-none = There is no hold to release.
hold-foreign = Only the store that made the hold, or an operator, may release it.

# loyalty
points-range = Points must be 1 to { $max }.
points-days = Days must be 0 to { $max }.
points-rule = There is no earning rule of this code.
points-duplicate = This source has been given points by this rule before.
points-daily-cap = Today this rule can give { $max } more points at most.
redemption-which = Name an item or a number of points, one of the two.
redemption-item-unavailable = This item cannot be had at present.

# webhook
webhook-url = Not an address for webhooks: http or https, without user and fragment, at most 2000 characters.
webhook-https = The address must be https.
webhook-private = The address must be one of the open internet.
webhook-overlap = The overlap must be 0 to { $max } hours.
webhook-replay-many = 1 to { $max } deliveries at once.
webhook-replay-dead = Only a dead letter can be replayed.

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
connections-all = Too many connections; try again later.
connections-of-caller = At most { $max } open sockets and streams for one caller.
http-origin = Pages of this origin may not open a socket.
ws-operations = At most { $max } operations at once on a socket.
stream-token = The stream's token is missing: `x-graphql-event-stream-token` or `?token=`.
stream-unknown = There is no such stream; reserve one with PUT.
stream-accept = A stream needs `accept: text/event-stream`.
stream-open = This stream is open already.
stream-operation = The operation needs an id: `extensions.operationId` with POST, `?operationId=` with DELETE.
stream-operation-runs = An operation of this id runs on the stream already.

# events in
ingest-specversion = `specversion` has to be 1.0.
ingest-attribute = A text of 1 to 255 characters, without control characters and without space around it.
ingest-time = A time after RFC 3339, as in 2026-11-24T12:00:00Z.
ingest-sequence = A whole number, not below 0.
ingest-data-json = Data comes as JSON.
ingest-data-object = `data` has to be an object.
ingest-shape = Missing, of another type, or not known to the type's schema; `milepost events TYPE` prints it.
ingest-number = Must be { $min } to { $max }.
ingest-subject = `subject` does not name what the data is about: { $subject }.
ingest-unknown-type = There is no event type { $type }.
ingest-type-not-allowed = The system is not registered for { $type }.
ingest-source-not-allowed = The system is not registered to speak as this source.
ingest-id-conflict = This source and id came before with another content; a correction is a new event.
ingest-foreign = This belongs to an organisation that the system does not speak for.
ingest-waits-reference = Waits for { $subject }, which is not known yet.
ingest-waits-milestone = Waits for { $missing }.
ingest-waits-rollback = Waits for what is to be taken back, and for what follows on it to be taken back first: { $standing }.
ingest-outdated = A newer event of the same subject was applied before.
ingest-once = This was done before, under another event id.
ingest-time-ahead = `time` lies ahead; by at most five minutes a clock may be wrong.
ingest-nul = The character U+0000 has no place in a text.
ingest-far-time = A time of the years 1900 to 2199.
ingest-key = What names a thing has at most 255 characters, none of them a control character, and no space around it.
ingest-plant = Not a plant.
ingest-store = The store refuses a value.
ingest-method = POST is possible here.
ingest-content-type = The body has to be one event, with `content-type: application/cloudevents+json`, or an array of events, with `application/cloudevents-batch+json`.
ingest-role = Events are taken from systems of role PARTNER_SYSTEM.
ingest-unknown-system = The system is not registered, or switched off.
ingest-unsigned = Send a token, or sign the body: `milepost-system`, `webhook-id`, `webhook-timestamp` and `webhook-signature`.
ingest-signature-id = `webhook-id` has 1 to 255 characters and no full stop.
ingest-signature-time = `webhook-timestamp` is too far from now, or no number of seconds.
ingest-signature = The signature is not that of this body by a key of this system.
ingest-body-size = The body may have { $max } bytes; send several requests.
ingest-too-many = A request may have { $max } events; send several.
ingest-json = The body is not JSON.
ingest-one = The body has to be one event, an object.
ingest-batch = The body has to be an array of events.
ingest-busy = Too many events at once; send it again in a moment.
ingest-unavailable = The events could not be taken in; what was done is on record, and sending all of them again is safe.
ingest-body-broken = The body did not come to its end.
ingest-own-parent = An organisation is not its own parent.
ingest-hour = A time of day as in 09:30.
ingest-role-store = A consultant or store manager has a store, an operator has none.
ingest-taken = Another one has it.
ingest-most = One to { $max } are possible.
ingest-twice = The same code stands there twice.
ingest-before = The end lies before the beginning.
ingest-past = Must lie ahead.
ingest-unknown-code = The model has no such code.
ingest-other-store = Works for another store.
ingest-order-fixed = Stays as it was ordered; a change of it is a change request.
ingest-configuration = The options do not go together, or the trim has not all of them.
ingest-waits-consent = Waits for the consent that it withdraws.
ingest-waits-allocation = Waits for the allocation of this car to this order.
ingest-waits-release = Waits for the release of what stands now.
ingest-other-trim = The car is of another trim than was ordered.
ingest-waits-transfer = Waits for the beginning of the transfer.
ingest-week = A week as in 2026-W48.
ingest-said = { $said }
ingest-lead-known = There is a lead of this number and model within thirty days.
ingest-lead-fixed = What a lead is about stays.
ingest-not-here = Does not go with the stage.
ingest-waits-store = Waits for the store that works on the lead.
