# Everything the agent reads, in English. Rust and the windows share this file.
# Ids are grouped by area; the same ids and variables stand in fr.ftl.

## Common words

back = Back
cancel = Cancel
close = Close
continue = Continue
copy = Copy
copied = Copied
more = More
asking = Asking the CRM
version = Version
detail = Detail
rail = Pages

## Lengths, days and ages

length-s = { $n } s
length-min = { $n } min
length-h = { $h } h { $m }
day-today = Today
day-yesterday = Yesterday
ago-now = just now
ago-s = { $n } s ago
ago-min = { $n } min ago
ago-h = { $n } h ago
ago-days = { $n ->
        [one] { $n } day ago
       *[other] { $n } days ago
    }
until-s = in { $n } s
until-min = in { $n } min
until-h = in { $n } h
time-there = { $time } there

## The pages

page-calls = Calls
page-to-file = To file
page-contacts = Contacts
page-overview = Overview
page-settings = Settings
page-diagnostics = Diagnostics
badge-stuck = { $n ->
        [one] call waits for you
       *[other] calls wait for you
    }
badge-to-file = { $n ->
        [one] call to file
       *[other] calls to file
    }
calls = Calls
contacts = Contacts
settings = Settings
diagnostics = Diagnostics
overview = Overview
telephony = Telephony

## The state of a call

card-calls = Current calls
announce = { $what }: { $who }. { $line }
mood-ringing = Incoming call
mood-dialing = Calling
mood-handed-over = Sent to { $softphone }
mood-talking = On the phone
mood-held = On hold
mood-wrap-up = Call ended · to file
result-inbound = Incoming call
result-outbound = Outgoing call
result-missed = Missed call
result-declined = Declined call
result-refused = Call refused
result-cancelled = Call given up
result-busy = Line busy
result-failed = No answer
end-completed = answered
end-missed = missed
end-declined = declined
end-cancelled = given up
end-busy = busy
end-failed = no answer
unverified = Unverified
unverified-why = The softphone did not show its key. Nothing is logged from this call until you file it.
tells-nothing = { $softphone } does not say how the call goes on. Tell Callside:
say-answered = They answered
say-ended = The call is over

## Who calls

withheld = Withheld number
withheld-more = The caller hides their number.
caller-says = The line announces “{ $name }”.
sure-exact = exact
others = { $n ->
        [one] { $n } more record
       *[other] { $n } more records
    }
others-label = Records with this number
others-why = More records share this number ({ $keys })
could-be = { $n ->
        [one] Is it this one?
       *[other] Is it one of these?
    }
could-be-yes = Yes
stored-as = stored as { $text }
open-in-crm = Open in { $crm }
no-marketing-calls = Does not want marketing calls
create-contact = Create contact
attach-to = Attach to…
log-when-found = Log when found
attach-title = Attach the call to
copy-age = Contact data from { $ago }
role-client = Client
role-prospect = Prospect
role-supplier = Supplier
kind-individual = individual
kind-company = company
kind-contact = contact
kind-lead = lead
kind-account = account
kind-person-account = person account
kind-customer = customer
number-mobile = mobile
number-fixed-line = landline
number-shared-cost = shared-cost number
number-premium-rate = premium-rate number
number-toll-free = free number
number-voip = internet line
number-short = short number
number-withheld = withheld
number-unknown = unknown kind of line
number-unreadable = This number cannot be read.
field-phone = Phone
field-mobile = Mobile
field-home = Home
field-assistant = Assistant
field-other = Other
field-fax = Fax
fact-company = Company
fact-opportunity = Opportunity
fact-last-call = Last call
fact-note = CRM note
fact-owner = Owner
fact-tags = Tags
fact-email = E-mail
fact-age = Copied
fact-none = None
fact-unavailable = The CRM does not answer
opportunity-none = None open
opportunity-not = Not on an opportunity
opportunity-open = Open in the CRM
opportunity-switch = Choose another opportunity

## Notes, tags, filing

wrap-up = Wrap-up
notes = Notes
notes-hint = Notes… { $keys }
notes-left = { $n ->
        [one] { $n } character left
       *[other] { $n } characters left
    }
tag-add = Add a tag
tag-hint = tag
tag-remove = Remove { $tag }
tag-offers = Suggested tags
disposition = Outcome
disposition-none = No outcome
disposition-reached = Reached
disposition-call-back = Call back
disposition-left-message = Left a message
disposition-no-answer = No answer
disposition-wrong-number = Wrong number
disposition-not-interested = Not interested
saved = Saved on this computer
saving = Saving
not-saved = Not saved yet, trying again
file = File
put-aside = Put aside
not-now = Not now
discard-call = Do not log this call
goes-to = Goes to { $crm }: { $names }.
goes-to-nobody = Waits until { $crm } knows this number.
goes-to-opportunity = opportunity { $name }
missing = Missing: { $what }.
missing-contact = a contact
missing-choice = a choice of contact
missing-decision = what happens with the unknown number
missing-disposition = the outcome
missing-note = a note
files-itself = Files itself { $when }.
not-logged-no-connection = No CRM is connected: the call stays on this computer.
not-logged-line = Calls on this line are not logged.
not-logged-source = Calls of this softphone are not logged.
undo = Undo
undo-filed = Filed: { $name }
undo-discarded = Not logged: { $name }

## Dialling

dial = Dial
dial-send = Send to { $softphone }
dial-request = Call this number?
dial-from-link = from a link
dial-from-command-line = from the command line
dial-from-shortcut = from the shortcut
dial-from-window = from Callside
dial-nobody = Nobody in your contacts has this number.
dial-could-be = Could be: { $names }
dial-last = Last call { $when }
dial-with = With { $softphone }
dial-hands-over = { $softphone } receives the number; you start the call there
dial-warn-premium-rate = This is a premium-rate number: the call is charged above the usual price.
dial-warn-shared-cost = This number costs more than a usual call.
dial-warn-unusual-country = You seldom call this country ({ $country }). Check the number before you dial.
dial-warn-emergency = This is an emergency number.
dial-warn-short-number = This is a short number; it is dialled exactly as it stands.
dial-warn-unknown-number = No country has such a number. It may be wrong.
dial-warn-no-marketing-calls = This contact does not want marketing calls.
dial-refused-service-code = This link holds a service code with * or #. Callside does not dial such codes from a link.
dial-refused-no-number = There is no phone number in this link.
dial-refused-too-long = This is too long to be a phone number.
dial-refused-no-softphone = No softphone is set up to dial. Choose one in the settings.
dial-refused-softphone-away = The softphone does not answer. Start it, then click the number again.
call-back = Call
call-number = Call { $number }

## The call list

search-calls = Search calls
search-contacts = Name, company or number
filters = Which calls
filter-all = All
filter-today = Today
filter-missed = Missed
filter-waiting = On the way
filter-stuck = Stuck
filter-unknown = Unknown
mark-live = Now
mark-to-file = To file
mark-not-logged = Not logged
mark-waiting = On the way to the CRM
mark-checking = Being checked in the CRM
mark-delivered = In the CRM
mark-stuck = Waits for you
load-more = Earlier calls
choose-call = Choose a call to see its story.
choose-contact = Choose a contact.
show-contact = Show contact
no-calls = No calls yet.
empty-calls = No calls yet
empty-calls-text = When your phone rings, the call appears here. Check that your softphone reports to Callside.
empty-calls-connect = Connect your CRM so that Callside knows who calls, then set up your softphone.
empty-connect = Connect a CRM
empty-telephony = Set up the softphone
empty-to-file = Nothing to file
empty-to-file-text = Calls that ended and still need you wait here.
empty-filter = No such calls
empty-search = Nothing found for “{ $words }”
empty-search-text = Try another spelling, or digits of the number.
empty-contacts = No contacts yet
empty-contacts-text = Callside keeps a copy of your CRM’s contacts, so that a caller has a name at once.

## The story and the deliveries

story = Story
story-rang = Rang
story-dialled = Dialled
story-handed-over = Sent to the softphone
story-matched = Found:
story-answered = Answered
story-held = On hold
story-resumed = Talking again
story-ended = Ended
story-corrected = Corrected by a late report
story-filed = Filed
story-filed-itself = Filed by itself
story-undone = Filing undone
story-discarded = Not to be logged
story-tried = Tried:
story-in-doubt = Outcome unknown, looking it up:
story-delivered = In the CRM:
story-stuck = Stuck:
story-amended = Change added to the log
late-note = Add to the note
late-note-text = What you change here reaches the log in the CRM, too.
deliveries = In the CRM
delivery-waiting = On the way
delivery-checking = Being checked
delivery-delivered = Delivered
delivery-stuck = Stuck
delivery-open = Open
delivery-beside = Somebody edited the log in { $crm }. Your later change stands beside it, as a comment.
delivery-watched = Looked for at every sync; waits for you { $when }.
delivery-next = { $n ->
        [one] Next try { $when }, { $n } try so far
       *[other] Next try { $when }, { $n } tries so far
    }
way-retry = Try now
way-attach = Attach to…
way-create = Create contact
way-reconnect = Reconnect
way-discard = Discard

## Contacts

contact-search = Name, company or number
contact-search-none = Nobody found.
new-contact-name = Name
new-contact-email = E-mail
new-contact-kind = Create as
new-contact-number = With the number { $number }.
new-contact-create = Create
clean-up = Worth tidying in the CRM
clean-none = Nothing to tidy here.
clean-nobody = Calls that found nobody: { $n }
clean-calls = { $n ->
        [one] { $n } call, { $when }
       *[other] { $n } calls, the last { $when }
    }
clean-save = Save as CSV
clean-saved = Saved as { $file }
clean-show = Open the folder
clean-shared = Numbers on several records: { $n }
clean-unreadable = Fields that cannot be read: { $n }
nobody-no-record = no record has this number
nobody-unreadable = the number cannot be read
nobody-withheld = the caller hides the number
nobody-could-be = a record only could be meant
nobody-archived = only an archived record has it
nobody-fax-only = it is only a fax number
nobody-no-connection = no CRM is connected
nobody-found-since = a record has it by now
forget = Forget this person
forget-title = Forget { $name }?
forget-text = The copy of the contact, its calls, notes and downloaded recordings are erased from this computer. What is in the CRM stays there.
forget-sharing = Others share a number with this record. Which of them are the same person? Those left out stay, with their calls.
forget-confirm = Erase
forgotten = Erased: contacts { $contacts }, calls { $calls }, drafts { $drafts }, recordings { $recordings }.
forgotten-left = Recordings that could not be erased: { $files }. Callside knows nothing of them any more: erase them by hand.

## Overview

overview-span = Span
overview-days = { $n } days
overview-calls = Calls
overview-answered = Answered
overview-missed = Missed
overview-talk = Talk time
overview-each = { $length } each
overview-per-day = Calls per day
overview-per-hour = Calls by hour of the day
overview-delivery = Delivery
overview-delivery-s = From filing to the CRM
overview-requests = Requests to { $crm }
overview-per-call = Per call
overview-last-minute = In the last minute
overview-left-second = Left this second
overview-left-minute = Left this minute
overview-left-hour = Left this hour
overview-left-day = Left today
overview-left-month = Left this month
spent-log = For logs
spent-card = For cards
spent-sync = For contacts
spent-sign-in = For sign-ins
budget = Who uses the limit of { $crm }
budget-span = Span
budget-span-1 = 1 hour
budget-span-24 = 24 hours
budget-span-720 = 30 days
budget-none = No requests in this span.
budget-total = Requests
budget-own = From here: { $n }
budget-per-call = Per call: { $n }
budget-others = Others, at least: { $n }
budget-refused = Turned away: { $n }
spent-others = By others
chart-inbound = Incoming
chart-outbound = Outgoing
chart-missed = Missed
chart-hour = { $hour }: { $n ->
        [one] { $n } call
       *[other] { $n } calls
    }

## Connections

connect = Connect
reconnect = Reconnect
disconnect = Disconnect
disconnect-ask = Disconnect { $crm }? Calls that are still on their way wait here until you reconnect.
connection-off = Not connected
connection-not-yet = Not in this version yet
connection-on = { $contacts ->
        [one] { $n } contact
       *[other] { $n } contacts
    }
connection-synced = · synced { $ago }
sync-first = Copying contacts: { $done } so far
sync-first-of = Copying contacts: { $done } of { $total }
sync-left = · { $length } left
sync-now = Sync now
sync-progress = Progress of the copy
sign-in = Sign in
sign-in-way = How to sign in
sign-in-by-browser = In the browser
sign-in-by-secret = With a secret
sign-in-client-id = Client ID
sign-in-secret = Client secret
sign-in-secret-where = The secret goes straight to your keychain and is never shown again.
sign-in-where = You find it in { $crm } in the settings for developers, under your API access.
sign-in-open-browser = Sign in with the browser
sign-in-browser = Your browser is open. Sign in to { $crm } there; this page goes on by itself.
sign-in-paste = Did the browser show a code instead? Paste it here.
foot-none = No CRM connected
foot-on = { $contacts ->
        [one] { $crm }: { $n } contact, synced { $ago }
       *[other] { $crm }: { $n } contacts, synced { $ago }
    }
foot-new = { $crm }: connected
foot-off = { $crm }: signed out
foot-error = { $crm }: does not answer
foot-first = { $crm }: copying contacts, { $done } so far
banner-reconnect = Reconnect
banner-open = Show
banner-unlock = Unlock
banner-restore = Restore the backup
shrink-show = Show which
shrink-keep = Keep them
shrink-remove = Remove them
shrink-ask = Remove them from this computer? Your calls stay.
shrink-title = No longer found in { $crm }
shrink-more = and { $n } more
double-scope = For which calls
double-line = Calls of line { $line }
double-source = All calls of { $softphone }
double-enrich = Add notes to its log
double-skip = Do not log here
double-both = Leave it

## Softphones

source-connected = Ready
source-disconnected = Does not answer
source-off = Not set up
source-hands-over = receives numbers, you start the call there
recipes = Let your softphone report calls
recipes-text = Put these lines into your softphone’s settings. Your own key is already in them.
recipe-product = Softphone
recipe-how-link = by links
recipe-how-command = by commands
recipe-how-http = over the network
recipe-listener-off = Switch on “Reports over HTTP” below for this to work.
hook-key = Your key
hook-key-text = Calls reported without it are marked unverified. It keeps web pages from inventing calls.
hook-key-renew = Renew
hook-key-ask = A new key makes every softphone set up with the old one unverified until you update it.
dial-by-baresip = baresip
dial-by-link = Another program, by link
dial-by-command = A command
dial-by-aircall = Aircall
dial-by-allo = Allo

## Settings

room-connections = Connections
room-telephony = Telephony
room-logging = Logging
room-desktop = Desktop
room-general = Language and region
room-advanced = Advanced
room-privacy = Privacy
settings-in = These settings are kept in { $file }
set-system = As the system
set-language = Language
set-theme = Appearance
theme-light = Light
theme-dark = Dark
set-region = Region
set-region-text = How numbers without a country are read.
set-email = Your e-mail address
set-email-text = The one you use in the CRM: calls are logged in your name.
set-targets = Log on
set-targets-text = When several records share the number.
targets-best = The best match
targets-all = All records with the number
set-unknown = Calls of strangers
unknown-leave = Wait a day for a contact
unknown-ask = Ask me
unknown-create = Create a contact
set-missed = Calls nobody answered
missed-auto = File by themselves
missed-ask = Wait for me
missed-leave = Stay on this computer
set-undo = Seconds to undo a filing
set-undo-text = 0 sends at once; 60 at most.
set-log-language = Language of the logs
set-log-language-text = For the labels in the text that your team reads.
set-opportunity = Which opportunity
set-opportunity-text = When several are open in Sellsy.
opportunity-rule-oldest = Created first
opportunity-rule-newest = Created last
opportunity-rule-largest = The largest amount
opportunity-rule-none = Never any
set-smart-tags = Tags on the Sellsy record too
set-smart-tags-text = They are always in the text of the log.
set-lines = Lines that are logged
set-lines-text = Separated by commas; empty means all.
set-skip = Softphones that are not logged
set-skip-text = For those another program logs already.
set-skip-lines = Lines that are not logged
set-enrich = Softphones another program logs
set-enrich-text = Your notes go beside its log, as a comment on the record.
set-enrich-lines = Lines another program logs
set-dial-with = Dial with
set-dial-with-text = The softphone that places your calls.
set-baresip-control = Control address
set-baresip-control-text = Of baresip’s module ctrl_tcp; empty switches it off.
set-baresip-domain = Domain
set-baresip-domain-text = Numbers are dialled at this SIP domain.
set-link = Link
set-link-text = { "{number}" } is replaced; a tel: link would come back here.
set-command = Command
set-command-text = The program, then one argument per line; { "{number}" } is replaced.
set-http = Reports over HTTP
set-http-text = For desk phones. Refuses everything without your key.
set-port = Port
set-bind = Address
set-bind-text = 127.0.0.1 keeps it on this computer.
set-allow = Allowed desk phones
set-allow-text = Their addresses, separated by commas.
set-keep = Days that calls are kept
set-keep-text = Older calls leave the history on this computer. The CRM keeps its own.
set-secrets = Where sign-ins are kept
set-forget-text = Open a contact and choose “Forget this person” to erase everything about it from this computer.
set-autostart = Start with the session
set-autostart-text = Callside waits in the tray and is ready for the first call.
set-interval = Seconds between two looks
set-interval-text = How soon a change in the CRM shows here. It takes longer by itself when the limit is low.
set-order = Order of the CRMs
set-order-text = When a number is known in several: the first one names the caller.
set-kinds = First in Sellsy
set-kinds-text = The kind of record that names a caller when several share the number.
set-as-sellsy = As in Sellsy
set-as-general = As everywhere
set-own-region = Region of Sellsy
set-own-region-text = How its numbers without a country are read.
set-own-unknown = Calls of strangers in Sellsy
set-import = Catching up
set-import-days = Days looked back
set-import-days-text = Calls that happened while Callside was closed, read from the telephone service.
set-import-first = Calls in the first import
set-import-size = Largest recording in MB
set-import-recorded = Only calls with a recording
set-addresses = Addresses of the services
set-addresses-text = Only for a proxy or a test server. Without https, only on this computer.
set-address-api = { $service }: interface
set-address-login = { $service }: sign-in
set-address-web = { $service }: web pages
set-ports = Ports of the sign-in
set-ports-text = The browser comes back to one of them on this computer.
secrets-keychain = In this system’s keychain.
secrets-keychain-locked = The system’s keychain is locked. Unlock it, so that Callside can sign in.
secrets-passphrase = Encrypted with your passphrase, which is asked at each start.
secrets-passphrase-locked = Give your passphrase, so that Callside can sign in.
secrets-session = Nowhere: you sign in again at each start.
secrets-undecided = This system has no keychain. Choose a passphrase, or sign in anew each time.
secrets-unlock = Unlock
secrets-phrase = Passphrase
secrets-again = The same again
secrets-phrase-text = At least 10 characters. Nobody can restore it.
secrets-use = Use the passphrase
secrets-use-session = Store nothing
secrets-session-text = Sign-ins last until Callside ends.
handlers = Phone links
handlers-text = Which program opens a number you click. Callside takes a kind of link only when you say so.
handler-ours = Opens in Callside
handler-other = Opens in { $program }
handler-nobody = Opens nowhere
handler-unknown = The system does not say
handler-test = Test
handler-test-scheme = Test { $scheme }: links
handler-take = Open in Callside
handler-take-scheme = Open { $scheme }: links in Callside
handler-undo = Give back
handler-undo-scheme = Give { $scheme }: links back
handler-arrived = The test link arrived here.
handler-lost = The test link went elsewhere.

## Diagnostics

check-again = Check again
check-fine = fine
check-warn = works with a drawback
check-bad = does not work
check-off = not in use
settings-file = Settings
data-folder = Data
report = Report
report-text = The same as text, without anything personal.
report-copy = Copy the report

## Palette

palette = Search or act
palette-short = Search
palette-hint = A name, a number, or what to do
palette-none = Nothing fits.
palette-go = Go to { $page }
palette-dial = Call { $number }
palette-sync = Sync { $crm } now
palette-dark = Dark appearance
palette-light = Light appearance

## Sample workspace

sample-banner = Sample workspace: a made-up company. Nothing leaves this computer.
sample-panel = Make the phone ring
sample-who = Who should call?
sample-ringing = The phone is ringing. Look at the card, bottom right.
sample-talking = You are talking. Write a note on the card.
sample-answer = Answer
sample-hang-up = Hang up
sample-crm = { $n ->
        [one] Sample CRM: { $n } call logged
       *[other] Sample CRM: { $n } calls logged
    }
sample-kind-known = a known contact
sample-kind-shared = a number shared by two records
sample-kind-could-be = an uncertain match
sample-kind-unknown = nobody knows this number
sample-kind-withheld = hides the number

## First run

welcome = Know who is calling
welcome-text = Callside shows who is on the line, keeps your notes, and logs the call in your CRM.
welcome-own = Connect my CRM
welcome-own-text = Sign in, choose your softphone. Two minutes.
welcome-sample = Look around first
welcome-sample-text = A made-up company with thousands of contacts, and a phone you can make ring. No account needed.
wizard-steps = Steps
wizard-later = Later
wizard-finish = Start
step-secrets = Keychain
step-crm = CRM
step-telephony = Softphone
step-links = Phone links
step-title-secrets = Where should sign-ins be kept?
step-text-secrets = This system has no keychain that answers.
step-title-crm = Where are your contacts?
step-text-crm = Callside copies them to this computer, encrypted, and knows a caller without asking the network.
step-crm-going = You can go on; the copy continues meanwhile and is usable at once.
step-title-telephony = Which softphone do you use?
step-text-telephony = Choose what dials, and let it report its calls.
step-title-links = What opens a number you click?
step-text-links = Callside can open phone links, look the number up and call. It never takes them unasked.
step-links-note = You can change this any time in the settings, under Desktop.

## Rust

rust-reason-contact-not-found = Contact not found: no record in { $crm } has this number yet.
rust-reason-contact-deleted = The contact was deleted in { $crm }. The call is kept here: attach it to somebody else, or try again once the contact is back.
rust-reason-disconnected = { $crm } is disconnected. Sign in again and the call goes on its way.
rust-reason-refused = { $crm } refused: { $words }
rust-reason-refused-silently = { $crm } refused and did not say why.
rust-reason-no-admin = Nobody may write this in { $crm }: there is no admin.
rust-reason-unreachable = { $crm } cannot be reached. It is tried again by itself.
rust-reason-limited = { $crm } asks for patience. It is tried again by itself.
rust-send-reason-not-named = { $crm } does not show this call, so nothing can be written there.
rust-send-reason-gone = { $crm } has no such call any more.

rust-connection-disconnected = { $crm } is disconnected: nobody is signed in.
rust-connection-keychain-locked = The keychain is locked, and { $crm } waits for it. Unlock it; calls are kept until then.
rust-connection-unreachable = { $crm } cannot be reached.
rust-connection-missing-right = The sign-in to { $crm } lacks the right { $scope }.
rust-connection-unreadable = The answers of { $crm } cannot be read.
rust-connection-agent-unknown = Nobody in { $crm } has the e-mail address of the settings. Set agent.email in the settings and sign in again.

rust-connect-not-yet = { $crm } cannot be connected yet: this version connects Sellsy.
rust-connect-unknown = There is no such connection.
rust-connect-no-client-id = The client id of the access is missing: give it with --client-id or in the settings.
rust-connect-given-up = The sign-in was given up.
rust-connect-bad-address = The address in { $key } cannot be used.
rust-connect-refused = { $crm } refused the sign-in: the client id, the secret or the code is wrong.
rust-connect-declined = The sign-in was declined in the browser.
rust-connect-too-late = Nobody answered in the browser within five minutes.
rust-connect-wrong-state = The pasted address belongs to another sign-in.
rust-connect-no-code = There is no code in the pasted text.
rust-connect-no-port = No port is free for the way back from the browser: paste the address it ends at.
rust-connect-keychain = The sign-in could not be kept: the keychain cannot be used.
rust-connect-bad-setting = An address of { $crm } in the settings cannot be used.
rust-connect-open-this = Sign in with the browser at this address:
rust-connect-or-paste = If the browser cannot come back, paste the code or the address it ends at, and press Enter.
rust-connect-no-browser = No browser could be opened. Open the address yourself.
rust-connect-done = { $crm } is connected.
rust-connect-done-as = { $crm } is connected as { $agent }.

rust-dial-code = This is a dial code, with * or #. It is not dialled.
rust-dial-letters = This holds letters and is no number.
rust-dial-no-digits = There is no number here.
rust-dial-several = There are several numbers here. Choose one.
rust-dial-too-long = This is too long for a number.
rust-dial-control = This holds control characters and is not used.
rust-dial-dropped = Too many links at once: this one was dropped.
rust-dial-no-request = This request to dial is gone.
rust-dial-too-early = Confirmed before anybody could have read it. Try again.
rust-dial-not-set-up = No softphone is set up for dialling.
rust-dial-unreachable = The softphone cannot be reached. Is it running?
rust-dial-refused = The softphone did not take the number.
rust-dial-bad-setting = The setting { $key } cannot be used for dialling.
rust-dial-not-available = Your phone service says that you are not available, or in a call. Open its app, become available, and try again.
rust-dial-no-line = The line to call from is gone, or is not yours. Choose another one in the settings.
rust-dial-unknown-agent = Your phone service does not know who you are. Choose yourself in the settings.
rust-dial-needs-country = Your phone service takes numbers with their country code only, such as +33.
rust-dial-unauthorized = Your phone service does not take the key. Enter it again in the settings.
rust-link-too-long = The link is too long.
rust-link-not-text = The link cannot be read.
rust-link-scheme = Callside does not open this kind of link.
rust-link-action = The link asks for something that Callside does not know.
rust-link-no-view = The link names no page of Callside.

rust-warning-emergency = This is an emergency number.
rust-warning-premium-rate = This number costs extra.
rust-warning-shared-cost = This number costs more than a usual call.
rust-warning-satellite = This is a satellite phone: the call is expensive.
rust-warning-unusual-country = You rarely call this country.
rust-warning-invalid-number = No such number exists.
rust-warning-ambiguous = This can be read in two ways.
rust-warning-extension-set-aside = The extension is not dialled.

rust-error-store = The local databases cannot be used. See the diagnostics.
rust-error-no-such-call = There is no such call.
rust-error-not-open = This call is already filed or discarded.
rust-error-too-late = Too late: the call is on its way to the CRM.
rust-error-already-delivered = The call is already in the CRM.
rust-error-tag-empty = A tag or an outcome cannot be empty.
rust-error-tag-long = A tag or an outcome has at most 40 characters.
rust-error-tags-many = A call has at most 15 tags.
rust-error-note-long = A note has at most 3,000 characters.
rust-error-undecided = Nobody has this number. Create a contact, attach the call to one, or have it logged when somebody is found (on the command line: --file --when-found).
rust-error-tag-missing = Your company wants a tag on this call. Pick one first.
rust-error-create-contact = The CRM did not take the new contact.
rust-error-no-number = The call has no number to keep.
rust-error-nothing-connected = No CRM is connected. Begin with: callside connect sellsy
rust-error-nobody = Callside is not running.
rust-error-silent = Callside is running but does not answer.
rust-error-other-version = Callside is running in another version. Restart it.
rust-error-already-running = Callside is already running with this data folder.
rust-error-no-windows = Callside is running without windows.
rust-error-no-display = Callside is not running, and there is no display to open it on. Start it with: callside run --headless
rust-error-not-open-yet = Callside waits for its secrets to be unlocked.

rust-open-keychain-locked = The keychain is locked or cannot be reached. Unlock it and try again.
rust-open-passphrase-needed = A passphrase guards the secrets. Name a file that holds it in { $variable }, or open the app.
rust-open-no-keychain = There is no keychain here. Name a file with a passphrase in { $variable }, or open the app to choose.
rust-open-wrong-passphrase = The passphrase is wrong.
rust-open-passphrase-file = The file named by { $variable } cannot be read, or is empty.
rust-open-disk-full = The disk is full.
rust-open-unwritable = The data folder { $folder } cannot be written.
rust-open-newer = A newer version of Callside wrote these data. Update Callside.

rust-usage-flags = --hidden and --sample stand alone.
rust-usage-since = --since takes a day (2026-11-20), an instant (2026-11-20T10:00:00Z) or a time back (2h, 7d).
rust-usage-no-secret = This needs --client-secret-stdin, and the secret on the first line of stdin.
rust-usage-call-action = Say what happened: call ringing, dialing, answered or ended.
rust-usage-call-option = call has no such option. It has --from --to --dir --id --app --line --name --at --dur --reason --key.
rust-usage-call-value = --{ $word } needs a value.
rust-usage-call-numbers = Only one number may stand at the end.
rust-usage-call-direction = --dir is in or out.
rust-usage-call-number = A number is too long or holds control characters.

rust-log-number = Number
rust-log-withheld = Withheld number
rust-log-line = Line
rust-log-outcome = Outcome
rust-log-tags = Tags
rust-log-remark = Comment
rust-log-recording = Recording
rust-log-summary = Summary
rust-log-topics = Topics
rust-log-mood = Mood
rust-log-action-items = To do
rust-log-transcript = Said
rust-log-role = Role
rust-log-company = Company
rust-log-opportunity = Opportunity
rust-log-last-note = Last note
rust-word-mood-positive = positive
rust-word-mood-neutral = neutral
rust-word-mood-negative = negative
rust-word-role-client = Client
rust-word-role-prospect = Prospect
rust-word-role-supplier = Supplier

rust-sample-stranger = A stranger

rust-table-name = Name
rust-table-company = Company
rust-table-kind = Kind
rust-table-crm = CRM
rust-table-sure = Match
rust-table-field = Field
rust-table-nobody = not found
rust-table-no-calls = No calls.
rust-table-call = Call
rust-table-when = When
rust-table-direction = Direction
rust-table-number = Number
rust-table-state = State
rust-table-wrap-up = Wrap-up
rust-table-log = Log
rust-table-outbox = Outbox
rust-table-outbox-empty = Everything is delivered.
rust-table-target = Record
rust-table-next = Next try
rust-table-reason = Reason
rust-table-contacts = Contacts
rust-table-numbers = Numbers
rust-table-synced = Last sync
rust-table-telephony = Softphones
rust-import-running = looking for calls: { $done } looked through
rust-import-running-of = looking for calls: { $done } of { $total } looked through
rust-import-left-s = , { $count } s left
rust-import-left-min = , { $count } min left
rust-table-hook-key = Hook key
rust-table-listener = HTTP listener

rust-word-number-mobile = mobile
rust-word-number-fixed-line = fixed line
rust-word-number-shared-cost = shared cost
rust-word-number-premium-rate = premium rate
rust-word-number-toll-free = toll-free
rust-word-number-voip = internet line
rust-word-number-short = short number
rust-word-number-withheld = withheld
rust-word-number-unknown = unknown kind
rust-word-kind-individual = individual
rust-word-kind-company = company
rust-word-kind-contact = contact
rust-word-kind-lead = lead
rust-word-kind-account = account
rust-word-kind-person-account = person account
rust-word-kind-customer = customer
rust-word-confidence-exact = exact
rust-word-confidence-could-be = could be
rust-word-field-phone = phone
rust-word-field-mobile = mobile
rust-word-field-home = home
rust-word-field-assistant = assistant
rust-word-field-other = other
rust-word-direction-inbound = inbound
rust-word-direction-outbound = outbound
rust-word-state-dialing = dialing
rust-word-state-ringing = ringing
rust-word-state-answered = answered
rust-word-state-held = on hold
rust-word-state-ended = ended
rust-word-end-completed = completed
rust-word-end-missed = missed
rust-word-end-declined = declined
rust-word-end-cancelled = cancelled
rust-word-end-busy = busy
rust-word-end-failed = failed
rust-word-wrap-up-open = open
rust-word-wrap-up-filed = filed
rust-word-wrap-up-discarded = discarded
rust-word-delivery-waiting = waiting
rust-word-delivery-checking = checking
rust-word-delivery-delivered = delivered
rust-word-delivery-stuck = stuck
rust-word-connection-connected = connected
rust-word-connection-disconnected = disconnected
rust-word-connection-syncing = copying
rust-word-connection-error = trouble
rust-word-source-connected = connected
rust-word-source-disconnected = not reachable
rust-word-source-off = off
rust-word-keychain-ok = works
rust-word-keychain-locked = locked
rust-word-keychain-none = none
rust-word-keychain-passphrase = passphrase
rust-word-check-fine = fine
rust-word-check-warn = note
rust-word-check-bad = bad
rust-word-check-off = off
rust-word-disposition-reached = reached
rust-word-disposition-call-back = call back
rust-word-disposition-left-message = left a message
rust-word-disposition-no-answer = no answer
rust-word-disposition-wrong-number = wrong number
rust-word-disposition-not-interested = not interested

rust-check-settings = Settings
rust-check-settings-fine = The file can be read.
rust-check-keychain = Keychain
rust-check-keychain-fine = The system’s keychain keeps the secrets.
rust-check-keychain-passphrase = A passphrase guards the secrets.
rust-check-keychain-session = Nothing is stored: everything is gone when Callside ends.
rust-check-keychain-locked = The secrets are locked.
rust-check-keychain-none = There is no keychain, and nothing was chosen instead.
rust-check-display = Display
rust-check-display-fine = Windows can be opened.
rust-check-display-none = There is no display: only the command line works.
rust-check-journal = Journal
rust-check-cache = Contacts
rust-check-database-fine = The database is whole.
rust-check-database-bad = The database is damaged.
rust-check-backups = Backups
rust-check-backups-fine = { $count } kept, the last one of { $date }.
rust-check-backups-none = None yet: the first is made once there are calls.
rust-check-backups-old = The last one is of { $date }.
rust-check-versions = Versions
rust-check-versions-says = Callside { $app }, journal { $journal }, contacts { $cache }, SQLite { $sqlite }
rust-check-budget = Requests to { $crm }
rust-check-budget-says = { $minute } in the last minute, { $left } left
rust-check-budget-unknown = { $minute } in the last minute
rust-check-handler = { $scheme } links
rust-check-handler-ours = Callside opens them.
rust-check-handler-other = { $program } opens them.
rust-check-handler-nobody = Nothing opens them.
rust-check-handler-unknown = The system does not say what opens them.
rust-check-source-connected = Connected.
rust-check-source-disconnected = Set up, but not reachable.
rust-check-source-off = Not set up.
rust-check-reachable = { $crm } answers.
rust-check-dialler = Allo’s dialler
rust-check-dialler-says = { $count ->
        [one] One kind of message is not understood yet: { $kinds }
       *[other] { $count } kinds of message are not understood yet: { $kinds }
    }
rust-check-clock = { $crm } answers. This computer’s clock differs by { $seconds } seconds.
rust-check-clock-off = { $crm } answers, but this computer’s clock differs by { $seconds } seconds.

## Rust: windows, tray, notifications, doctor

rust-window-card = Callside: call
rust-window-desk = Callside
rust-window-wizard = Callside: first steps

rust-tray-open = Open Callside
rust-tray-to-file =
    { $count ->
        [0] Nothing to file
        [one] { $count } call to file
       *[other] { $count } calls to file
    }
rust-tray-stuck =
    { $count ->
        [0] Nothing is stuck
        [one] { $count } call is stuck
       *[other] { $count } calls are stuck
    }
rust-tray-settings = Settings
rust-tray-quit = Quit

rust-note-ringing = Incoming call
rust-note-dialing = Outgoing call
rust-note-talking = On the phone
rust-note-ended = Call ended, to file
rust-note-withheld = Withheld number
rust-note-open = Open
rust-note-record = Open in CRM
rust-note-file = File
rust-note-dial-request = Dial this number?
rust-note-dial = Dial

rust-notice-link-refused = A link asked for something that cannot be dialled. It was dropped.
rust-notice-too-many-links = Too many dial requests from links at once. The last one was dropped.
rust-notice-link-came-back = The softphone sent the number back to Callside. Choose another way to dial in the settings.
rust-notice-hook-not-filled-in = Your softphone did not fill in the number. Check its settings against the recipe.
rust-notice-large-shrink = Many contacts are gone from the CRM, or your rights there changed. They are kept here for now.
rust-notice-disk-full = The disk is full. What you type cannot be saved: make room.

rust-banner-passphrase = Your data are locked. Type the passphrase to go on.
rust-banner-no-keychain = This computer has no keychain. Choose a passphrase, or a session that stores nothing.
rust-banner-keychain-locked = The keychain is locked. Unlock it to go on.
rust-banner-journal-aside =
    { $count ->
        [0] The journal could not be read. It is kept as { $file }, and a new one was begun.
        [one] The journal could not be read. It is kept as { $file }; one call was saved into a new one.
       *[other] The journal could not be read. It is kept as { $file }; { $count } calls were saved into a new one.
    }
rust-banner-journal-backup = The backup of { $date } can take its place.
rust-banner-cache-rebuilt = The copy of the contacts was damaged and is being made anew.
rust-banner-shrink =
    { $count ->
        [one] One contact is no longer found in { $crm }. It is kept here until you decide.
       *[other] { $count } contacts are no longer found in { $crm }: deleted there, or your rights changed. They are kept here until you decide.
    }
rust-banner-double = Another program also logs calls of { $softphone } in { $crm }: they stand there twice.
rust-banner-session = Nothing is stored: notes and calls are gone when Callside ends.
rust-banner-settings = The settings cannot be read ({ $place }). The last good ones are in force.

rust-failed-not-found = This is not there any more.
rust-failed-locked = The data are locked. Unlock them first.
rust-failed-not-yet = This is not part of this version yet.
rust-failed-setting = { $key } cannot have this value.
rust-failed-disk-full = The disk is full. Make room, then try again.
rust-failed-read-only = The data folder may only be read. Make it writable, then try again.
rust-restore-running = Close Callside first, then restore.
rust-restore-done = The backup took the journal’s place. What was there is kept as { $file }.
rust-restore-unknown = There is no backup of this name. There are: { $names }
rust-restore-not-good = This backup cannot be read. Nothing was changed.
rust-restore-newer = A newer version of Callside made this backup. Nothing was changed.
rust-tidy-section = Section
rust-tidy-number = Number or text
rust-tidy-proposed = Proposed form
rust-tidy-field = Field
rust-tidy-name = Name
rust-tidy-company = Company
rust-tidy-kind = Kind
rust-tidy-crm = CRM
rust-tidy-id = Id in the CRM
rust-tidy-calls = Calls
rust-tidy-last = Last call
rust-tidy-why = Why
rust-tidy-section-shared = Numbers on several records
rust-tidy-section-unreadable = Fields that cannot be read
rust-tidy-section-nobody = Calls that found nobody
rust-tidy-why-no-record = no record has this number
rust-tidy-why-unreadable = the number cannot be read
rust-tidy-why-withheld = the caller hides the number
rust-tidy-why-could-be = a record only could be meant
rust-tidy-why-archived = only an archived record has it
rust-tidy-why-fax-only = it is only a fax number
rust-tidy-why-no-connection = no CRM is connected
rust-tidy-why-found-since = a record has it by now
rust-tidy-written = Written to { $file }. It holds names and numbers of your contacts.
rust-tidy-failed = The table could not be written.
rust-doubles-none = No other program logs the same calls, as far as is known.
rust-doubles-several = Several softphones are meant. Name one with --source.
rust-doubles-how = Decide with: callside doubles enrich, skip or both
rust-sync-removed =
    { $count ->
        [one] One contact left the copy of { $crm }.
       *[other] { $count } contacts left the copy of { $crm }.
    }
rust-sync-shrink =
    { $count ->
        [one] One contact is no longer found in { $crm } and is kept here for now. Remove it with --accept-shrink, or keep it with --refuse-shrink.
       *[other] { $count } contacts are no longer found in { $crm } and are kept here for now. Remove them with --accept-shrink, or keep them with --refuse-shrink.
    }
rust-bundle-written = Written to { $file }. It holds no names, numbers or notes.
rust-bundle-failed = { $file } cannot be written.
rust-failed-store = The data could not be read or written. Look at Diagnostics.
rust-failed-window = The window could not be shown.
rust-failed-autostart = The system did not accept the change.
rust-failed-passphrase-short = Choose a passphrase of at least 10 characters.
rust-failed-passphrase-wrong = This passphrase does not open your data.

rust-handler-arrived = The link came to Callside.
rust-handler-lost = The link did not arrive. Another program may have opened it.
rust-handler-not-ours = Another program opens these links. Nothing was tried.
rust-handler-ask-system = On this system, choose Callside in the settings for default apps.
rust-handler-failed = The system did not accept the change. Are xdg-utils installed?

rust-source-link = Link
rust-source-command = Program
rust-source-sample = Sample phone
rust-source-hooks = Softphone reports
rust-recipe-any-other = Any other softphone
rust-recipe-note-listener = Needs the HTTP listener, reachable from the phone.
rust-recipe-note-edit-closed = Close the softphone before you edit its file: it writes the file when it ends.
rust-recipe-note-shell = This line runs in a shell. Use it only where the telephone system sends plain numbers.
rust-recipe-note-no-blanks = The path of the program must hold no blanks.
rust-recipe-note-script = Save the text as an executable file and name that file in the setting.
rust-recipe-note-ringing-only = Reports ringing only: end the call on its card.
rust-recipe-note-control-port = Nothing to paste: Callside talks to the control port.

rust-field-phone = the phone field
rust-field-mobile = the mobile field
rust-field-home = the home field
rust-field-assistant = the assistant’s field
rust-field-other = another phone field
rust-field-fax = the fax field
rust-rule-international = the same international number
rust-rule-national = the same number, read in the contact’s country
rust-rule-trunk-zero = the same number, without the zero in brackets
rust-rule-country-code-without-plus = the same number, with its country code but no plus
rust-rule-extension-dropped = the same number, without the extension
rust-rule-several-in-field = one of several numbers in the field
rust-rule-overseas = the same line in the French overseas plan
rust-rule-short = the same short number
rust-rule-sip-name = the same SIP name
rust-rule-as-written = the same digits
rust-rule-chosen = your choice
rust-why =
    { $rivals ->
        [0] From { $field }: { $rule }. Nobody else has it.
        [one] From { $field }: { $rule }. One other record has it too.
       *[other] From { $field }: { $rule }. { $rivals } other records have it too.
    }
rust-why-remembered = You chose this record for this number before.

rust-tray-window = Show { $service }
rust-workspace-starting = { $service } is loading.
rust-workspace-silent = { $service ->
        [Allo] Allo’s dialler has not answered here yet.
       *[other] Nobody is signed in to { $service } here yet.
    }
rust-workspace-silent-advice = { $service ->
        [Allo] Sign in below. If it says “not activated”, ask Allo’s support to activate the dialler for { $page }. If nothing is shown there, Allo refuses to be framed: switch this window off in the settings. Finished calls are read without it.
       *[other] Sign in below. If nothing is shown there, { $service } refuses to be framed: switch the { $service } window off in the settings. Dialling, call records and import go on without it.
    }
rust-workspace-failed = The { $service } window could not be opened.
rust-workspace-failed-advice = { $service ->
        [Allo] Check telephony.allo.dialer_url, or switch the window off and on again.
       *[other] Check telephony.aircall.workspace_url, or switch the window off and on again.
    }
rust-workspace-signed-in = Connected. Calls appear in Callside.
rust-workspace-there = Allo’s dialler is there. Calls appear in Callside.
rust-workspace-there-advice = It does not say who is signed in. Sign in below if it asks you to.
rust-workspace-other-agent = Somebody else is signed in to { $service } here. Callside takes no calls from this window.
rust-workspace-other-agent-advice = Sign out below and sign in with the e-mail address of your settings, or correct the address there.
rust-workspace-agent-not-set = Callside does not know who you are in { $service }, and takes no calls from this window.
rust-workspace-agent-not-set-advice = Enter your e-mail address in the settings.
rust-workspace-signed-out = You are signed out of { $service }.
rust-workspace-signed-out-advice = Sign in below, so that calls appear in Callside.
rust-workspace-signed-out-in-call = You were signed out of { $service } during a call.
rust-workspace-signed-out-in-call-advice = Your notes are kept. Close the call by hand on its card, or sign in again.
rust-workspace-one-only = Do not sign in to the Aircall app at the same time: two open Workspaces disturb each other.
rust-workspace-experiment = An experiment: little is known of what this dialler tells. The end of a call is read from Allo’s records.
rust-workspace-no-audio = On Linux this window has no sound. It shows who calls; talk on another device.

cloud-about-aircall = Calls, tags, remarks and recordings of your Aircall account.
cloud-about-allo = Finished calls, tags and summaries of your Allo account.
cloud-on = { $lines ->
        [one] One line
       *[other] { $lines } lines
    }, { $tags ->
        [one] one tag
       *[other] { $tags } tags
    }
cloud-more = Settings
cloud-less = Hide settings
cloud-api-id = API ID
cloud-api-token = API token
cloud-api-key = API key
cloud-where-aircall = An Aircall admin makes the key in the dashboard, under Integrations & API, API Keys.
cloud-where-allo = An Allo admin or manager makes the key in the settings of Allo, under API.
cloud-company-wide = This key opens the calls of the whole company at { $service }. It is kept in the keychain of this computer and never shown again. Callside reads your own calls only.
cloud-trying = Trying the key…
cloud-disconnect-ask = Disconnect { $service }? The key leaves this computer. Your calls stay.
cloud-agent-found = found by your e-mail address
cloud-agent-by-hand = picked by hand
cloud-agent-missing = Nobody at { $service } has the e-mail address { $email }. Pick yourself, or correct the address under Language and region.
cloud-agent-no-email = Enter your e-mail address under Language and region, or pick yourself.
cloud-agent-pick = Pick yourself
cloud-logger = Who logs the calls
cloud-logger-text = If { $service } already logs to Sellsy, let Callside add to its log, or leave it alone. Else each call stands there twice.
cloud-logger-callside = Callside
cloud-logger-enrich = Add to their log
cloud-logger-skip = Do not log
cloud-lines = Lines
cloud-lines-text = Calls on the others are not logged.
cloud-lines-none = No lines.
cloud-tags = Tags of the company
cloud-tags-text = They are offered when you file a call from { $service }.
cloud-dial-line = Line to call from
cloud-dial-line-text = With a line the call starts at once in Aircall. Without one the number is filled in there, and you start the call.
cloud-dial-line-none = Choose in Aircall
cloud-tags-none = No tags.
cloud-refresh = Read again
cloud-send-tags = Set tags there
cloud-send-tags-text = Tags that you pick here are set at { $service }, too.
cloud-send-notes = Send notes there
cloud-send-notes-text = Your note becomes one comment when you file the call. It cannot be changed there.
cloud-card = Show there who calls
cloud-card-text = During a call Aircall shows name, role, company, opportunity and last note.
cloud-required = Required tags
cloud-required-text = An answered call needs one of them before it is filed. A star stands for any tag.
cloud-embed = Aircall in a window of Callside
cloud-embed-text = Shows live calls as they ring. Off until you switch it on.
cloud-embed-one = Close the Aircall app then: two open Workspaces of one person disturb each other.
cloud-embed-refused = Aircall may refuse to be shown here. Everything else works without it.
cloud-embed-linux = On Linux this window has no sound.
cloud-embed-show = Show the window
cloud-dialler = Allo’s dialler in a window of Callside (experiment)
cloud-dialler-text = Meant to show live calls as they ring. Little of it is documented, and nobody has tried it with a real account. Off until you switch it on.
cloud-dialler-activation = Allo has to activate it for your company: write to their support. Until then the window says so.
cloud-dialler-end = Allo documents its messages for calls that begin only. Connect Allo with a key as well, and the end comes from Allo’s records.
cloud-odd = { $n ->
        [one] One kind of message is not understood yet
       *[other] { $n } kinds of message are not understood yet
    }
cloud-odd-text = Names and kinds of their fields only, no number and no name of a person. They are in the report of the diagnostics, too.
import = Calls from elsewhere
import-text = Calls that happened while Callside was closed, or on another device. They are looked for at start and every 15 minutes.
import-log = What happens to them
import-log-text = Completed by you, or logged as they are.
import-log-ask = To be completed
import-log-auto = Logged as they are
import-days = Days the first import goes back
import-most = Calls of the first import
import-most-text = The newest ones. Later everything new is taken over.
import-recorded = Only calls with a recording
import-folder = Folder for recordings
import-folder-text = Leave it empty to download none. The folder has to exist.
import-size = Largest recording, in MB
import-running = Looking for calls: { $done } looked through
import-running-of = Looking for calls: { $done } of { $total } looked through
import-last = { $taken ->
        [0] Nothing new, looked { $ago }
        [one] One call taken over { $ago }
       *[other] { $taken } calls taken over { $ago }
    }
import-never = Not looked for calls yet
import-recordings = · recordings: { $done } of { $total }
import-now = Look now
import-progress = Progress of the import

rust-cloud-no-key = Enter the key first.
rust-cloud-wrong-key = { $crm } does not take this key. Check it, or have an admin make a new one.
rust-cloud-forbidden = The key lacks a right that Callside needs at { $crm }, or the plan has no API.
rust-cloud-other-company = This key belongs to another company: you are not among its people at { $crm }. Disconnect first if you changed companies.
rust-cloud-no-such-agent = Nobody at { $crm } is meant by this.
rust-cloud-not-connected = { $crm } is not connected.
rust-cloud-bad-address = The address of { $crm } in the settings cannot be used.
rust-cloud-agent-missing = Connected, but nobody at { $crm } has your e-mail address. Set agent.email, or connect again with --agent.
rust-usage-aircall = This needs --api-id ID --api-token-stdin, and the token on the first line of stdin.
rust-usage-allo = This needs --key-stdin, and the key on the first line of stdin.

sample-phone = Phone
sample-phone-plain = Softphone
sample-phone-aircall = Aircall
banner-workspace = Show the window
banner-enrich = Add to its log
banner-enrich-not = Callside logs
imported = Imported
imported-why = Callside learned of this call after it was over.
missing-tag = a tag that your company wants
cloud-notes = From { $service }
cloud-sent-tags = Tags at { $service }:
cloud-sent-note = Comment at { $service }:
cloud-transcript = Transcripts
cloud-transcript-text = Who said what is read from Allo and added to the log.
recording-open = Recording at { $service }
heard-summary = Summary
heard-items = To do
heard-transcript = Transcript
heard-by-machine = Heard by a machine at { $service }.
heard-mood-positive = Pleased
heard-mood-neutral = Neutral
heard-mood-negative = Displeased
rust-banner-enrich = { $service } can log calls to the CRM by itself. If it does, let Callside add your notes to its log, so that no call stands there twice.
