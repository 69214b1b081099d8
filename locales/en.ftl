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
city-code = Not a city code of six digits.
email = Not an e-mail address.
month = A month is 1 to 12.
locale = Not a language of ours; `zh-CN` or `en`.
# customer
consent-withdraw-which = Name a purpose or a consent, one of the two.
account-open-order = The account is needed while an order is under way.
account-open-loan = The account is needed while a loan is open.
account-points-dispute = The account is needed while points are in dispute.
# loyalty
points-range = Points must be 1 to { $max }.
points-days = Days must be 0 to { $max }.
points-rule = There is no earning rule of this code.
points-duplicate = This source has been given points by this rule before.
points-daily-cap = Today this rule can give { $max } more points at most.
redemption-which = Name an item or a number of points, one of the two.
redemption-item-unavailable = This item cannot be had at present.
