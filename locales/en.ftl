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
