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
# lead
lead-consent-share = This store is a company of its own. Agree first that it gets the data (SHARE_WITH_DEALER).
lead-consent-twice = The same purpose was given twice.
lead-consents-max = At most { $max } consents.
lead-assign-whom = Name a store or a member of its staff.
lead-assign-own-store = You can assign within your own store only.
lead-note-needed = Say in the note why.
lead-closed = The lead is not being worked on.
follow-up-due = The time must lie ahead, within { $days } days.
# inventory
near-missing = Sorting by distance needs `near`.
summary-filter = Customers may ask by trim, model, city and region only.
latitude = Latitude must be -90 to 90.
longitude = Longitude must be -180 to 180.
radius = The radius must be above 0 kilometres.
city-code = Expected a six-digit city code such as 310100.
hold-minutes = A hold lasts { $min } to { $max } minutes.
hold-none = There is no hold to release.
hold-foreign = Only the store that made the hold, or an operator, may release it.
