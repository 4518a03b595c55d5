//! What crosses the bridge: serialisable twins of the domain, in the words of the interface.
//!
//! Three families live here. The `…Shape` types are the stable JSON of the command line, reused by
//! the windows. The `…View` types are what a window shows: everything is decided before it is put
//! here, so that a window never applies a rule. The rest are what a window may ask for. Ids and
//! instants are text (RFC 3339 in UTC), since a script knows no 64-bit integers; secrets go in and
//! never come out. Types with numbers, names or notes have no `Debug`, so they cannot be logged.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use specta::Type;

/// Words: an enum without contents, written in snake case.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$var_doc:meta])* $var:ident),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($(#[$var_doc])* $var),* }
    };
}

/// A structure with public, documented fields.
macro_rules! shape {
    ($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident : $type:ty),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Serialize, Deserialize, Type)]
        pub struct $name { $($(#[$field_doc])* pub $field: $type),* }
    };
}

/// An event from Rust to the windows.
macro_rules! event {
    ($(#[$doc:meta])* $name:ident ( $(#[$field_doc:meta])* $type:ty )) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Serialize, Deserialize, Type, tauri_specta::Event)]
        pub struct $name($(#[$field_doc])* pub $type);
    };
}

// Errors.

words! {
    /// What a window can act on when a command fails.
    ErrorCode {
        /// Nothing the window could do about it; the message is safe to show.
        Unexpected,
        /// The call, contact or entry does not exist (any more).
        NotFound,
        /// The input was refused; `key` names the field where there is one.
        Refused,
        /// A setting was refused; `key` is its dotted name.
        SettingRefused,
        /// The other side cannot be reached.
        Offline,
        /// Nobody is signed in.
        Disconnected,
        /// A dial request was confirmed before it could be read.
        TooEarly,
        /// The undo came too late.
        TooLate,
        /// No softphone is there to dial.
        NoSoftphone,
        /// The keychain is locked.
        Locked,
        /// Not part of this version.
        NotYet,
    }
}
/// Why a command failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct CommandError {
    /// What the window can act on.
    pub code: ErrorCode,
    /// A sentence in the agent's language, safe to show: no number, name, note or token.
    pub message: String,
    /// The field or setting at fault, by its dotted name.
    pub key: Option<String>,
}

// The stable JSON of the command line.

words! {
    /// What sort of line a number leads to.
    NumberKindWord {
        /// A mobile phone.
        Mobile,
        /// A fixed line.
        FixedLine,
        /// Above the usual price.
        SharedCost,
        /// A paid service.
        PremiumRate,
        /// The callee pays.
        TollFree,
        /// A line in the internet.
        Voip,
        /// An extension or a service of the country.
        Short,
        /// The caller shows no number.
        Withheld,
        /// The plan does not say.
        Unknown,
    }
}
words! {
    /// The CRMs' own kinds of record.
    ContactKindWord {
        /// Sellsy: a private person.
        Individual,
        /// Sellsy: an organisation.
        Company,
        /// A contact person.
        Contact,
        /// Salesforce: Lead.
        Lead,
        /// Salesforce: Account.
        Account,
        /// Salesforce: Person Account.
        PersonAccount,
        /// Gorgias: customer.
        Customer,
    }
}
words! {
    /// How sure a match is.
    ConfidenceWord {
        /// Equal normal forms.
        Exact,
        /// One of two valid readings; never the name of a caller.
        CouldBe,
    }
}
words! {
    /// Seen from the agent.
    DirectionWord {
        /// Somebody phones the agent.
        Inbound,
        /// The agent phones somebody.
        Outbound,
    }
}
words! {
    /// Where a call stands.
    CallStateWord {
        /// The softphone calls out.
        Dialing,
        /// The phone rings.
        Ringing,
        /// They talk.
        Answered,
        /// They talk, and one of them waits.
        Held,
        /// It is over.
        Ended,
    }
}
words! {
    /// How a call ended.
    EndReasonWord {
        /// They talked.
        Completed,
        /// Nobody answered.
        Missed,
        /// Refused.
        Declined,
        /// Given up before an answer.
        Cancelled,
        /// The callee was on the phone.
        Busy,
        /// Nobody was reached.
        Failed,
    }
}
words! {
    /// What became of a wrap-up.
    WrapUpWord {
        /// The agent's to finish.
        Open,
        /// The outbox has it.
        Filed,
        /// Not to be logged.
        Discarded,
    }
}
words! {
    /// How a delivery stands.
    DeliveryStateWord {
        /// To be sent.
        Waiting,
        /// A try ended in doubt and is being looked up.
        Checking,
        /// The CRM has it.
        Delivered,
        /// It waits for the agent.
        Stuck,
    }
}
words! {
    /// Why a delivery waits.
    ReasonCode {
        /// No record has this number.
        ContactNotFound,
        /// The CRM says that the record is gone.
        ContactDeleted,
        /// Nobody is signed in.
        Disconnected,
        /// The CRM refused; the reason carries its words.
        Refused,
        /// Nobody may write it.
        NoAdmin,
        /// The CRM cannot be reached.
        Unreachable,
        /// The CRM asks for patience.
        Limited,
    }
}
words! {
    /// How a connection stands.
    ConnectionStateWord {
        /// Signed in and up to date.
        Connected,
        /// Nobody is signed in.
        Disconnected,
        /// Copying contacts.
        Syncing,
        /// Signed in, and the last round failed.
        Error,
    }
}
words! {
    /// How a telephony source stands.
    SourceStateWord {
        /// Heard from, or reachable.
        Connected,
        /// Set up and not reachable.
        Disconnected,
        /// Not set up.
        Off,
    }
}
words! {
    /// Where secrets are kept.
    KeychainWord {
        /// The system's keychain answers.
        Ok,
        /// It is there and locked.
        Locked,
        /// There is none, and nothing was chosen instead.
        None,
        /// A passphrase guards them.
        Passphrase,
    }
}
shape! {
    /// A number as `lookup` prints it.
    NumberShape {
        /// What was asked.
        input: String,
        /// Null for short and withheld numbers.
        e164: Option<String>,
        /// ISO 3166 code.
        region: Option<String>,
        /// What sort of line it is.
        kind: NumberKindWord,
    }
}
shape! {
    /// One match as `lookup` prints it.
    MatchShape {
        /// The connection's name.
        connection: String,
        /// The kind of record.
        kind: ContactKindWord,
        /// The CRM's id.
        id: String,
        /// The name to show.
        name: String,
        /// The organisation, where the record says so.
        company: Option<String>,
        /// How sure it is.
        confidence: ConfidenceWord,
        /// The phone field that matched: `phone`, `mobile`, `home`, `assistant`, `other`.
        field: String,
        /// The rule that matched, as a stable word.
        rule: String,
        /// Age of the copy.
        synced_at: Option<String>,
        /// The record's page.
        url: Option<String>,
    }
}
shape! {
    /// What `lookup` prints.
    LookupShape {
        /// The number asked for.
        number: NumberShape,
        /// Best first.
        matches: Vec<MatchShape>,
        /// Time of the look-up in microseconds.
        elapsed_us: u32,
    }
}
shape! {
    /// A record that a call is logged on.
    TargetShape {
        /// The kind of record.
        kind: ContactKindWord,
        /// The CRM's id.
        id: String,
        /// Its name when the call was filed.
        name: String,
    }
}
shape! {
    /// A delivery as `calls` prints it.
    DeliveryShape {
        /// The connection's name.
        connection: String,
        /// Null while nobody is found.
        target: Option<TargetShape>,
        /// How it stands.
        state: DeliveryStateWord,
        /// Why it waits, as a sentence in the app's language.
        reason: Option<String>,
        /// Why it waits, as a stable word.
        reason_code: Option<ReasonCode>,
        /// When it is tried next.
        next_try_at: Option<String>,
        /// The log's id in the CRM.
        remote_id: Option<String>,
        /// The log's page in the CRM.
        url: Option<String>,
        /// How often it was sent.
        attempts: u32,
    }
}
shape! {
    /// A call as `calls` prints it.
    CallShape {
        /// What `wrap-up` and `retry` take.
        id: String,
        /// Short name of the softphone.
        source: String,
        /// Seen from the agent.
        direction: DirectionWord,
        /// The number that is not the agent's; null when withheld.
        remote_number: Option<String>,
        /// The agent's own number or account.
        line: Option<String>,
        /// Where it stands.
        state: CallStateWord,
        /// How it ended.
        end_reason: Option<EndReasonWord>,
        /// First ring or dial.
        started_at: String,
        /// When they began to talk.
        answered_at: Option<String>,
        /// When it was over.
        ended_at: Option<String>,
        /// Talk time in seconds; 0 when not answered.
        duration_s: u32,
        /// The agent's note.
        note: String,
        /// The agent's tags.
        tags: Vec<String>,
        /// The outcome picked.
        disposition: Option<String>,
        /// What became of the wrap-up.
        wrap_up: WrapUpWord,
        /// One per target; empty until filed.
        deliveries: Vec<DeliveryShape>,
    }
}
shape! {
    /// Requests of a connection, as `status` prints them.
    RequestsShape {
        /// From ring to log, on average; null before the first log.
        per_call: Option<f64>,
        /// In the last minute.
        last_minute: u32,
        /// Left, by window: `second`, `minute`, `day`, `month`.
        remaining: BTreeMap<String, i32>,
    }
}
shape! {
    /// A connection as `status` prints it.
    ConnectionShape {
        /// `sellsy`, `salesforce` or `gorgias`.
        name: String,
        /// How it stands.
        state: ConnectionStateWord,
        /// Why, as a sentence.
        reason: Option<String>,
        /// Records in the copy.
        contacts: u32,
        /// Numbers in the match index.
        numbers: u32,
        /// End of the last complete round.
        last_sync_at: Option<String>,
        /// Requests and what is left.
        requests: RequestsShape,
    }
}
shape! {
    /// The outbox as `status` prints it.
    OutboxShape {
        /// To be sent.
        waiting: u32,
        /// Being looked up.
        checking: u32,
        /// Waiting for the agent.
        stuck: u32,
    }
}
shape! {
    /// A telephony source as `status` prints it.
    SourceShape {
        /// Its short name.
        name: String,
        /// How it stands.
        state: SourceStateWord,
        /// The import of its calls; null for a source without one.
        import: Option<CloudImportView>,
    }
}
shape! {
    /// How softphones may report, as `status` prints it.
    HooksShape {
        /// The per-install key.
        key: String,
        /// Whether the listener runs.
        http: bool,
    }
}
shape! {
    /// What `status` prints.
    StatusShape {
        /// The app's version.
        version: String,
        /// The CRMs.
        connections: Vec<ConnectionShape>,
        /// Entries not delivered.
        outbox: OutboxShape,
        /// The softphones.
        telephony: Vec<SourceShape>,
        /// How softphones may report.
        hooks: HooksShape,
        /// Where secrets are kept.
        keychain: KeychainWord,
    }
}

// The app as a whole.

words! {
    /// Language of the windows, already decided (`system` is resolved).
    LanguageWord {
        /// English.
        En,
        /// French.
        Fr,
    }
}
words! {
    /// Light or dark.
    ThemeWord {
        /// As the system.
        System,
        /// Light.
        Light,
        /// Dark.
        Dark,
    }
}
words! {
    /// The system the app runs on; decides how keys are named.
    PlatformWord {
        /// Linux.
        Linux,
        /// macOS.
        Macos,
        /// Windows.
        Windows,
    }
}
words! {
    /// Where secrets are kept, as the windows need it.
    SecretsWord {
        /// The system's keychain.
        Keychain,
        /// The system's keychain, locked.
        KeychainLocked,
        /// A passphrase, already given.
        Passphrase,
        /// A passphrase, still to be given.
        PassphraseLocked,
        /// Nothing is stored; everything is gone when the app ends.
        Session,
        /// There is no keychain and nothing was chosen yet.
        Undecided,
    }
}
words! {
    /// The windows.
    WindowWord {
        /// The card.
        Card,
        /// The desk.
        Desk,
        /// The first-run wizard.
        Wizard,
    }
}
words! {
    /// The rooms of the desk.
    PageWord {
        /// All calls.
        Calls,
        /// Open wrap-ups.
        ToFile,
        /// Contacts.
        Contacts,
        /// Numbers and pictures.
        Overview,
        /// Settings.
        Settings,
        /// Diagnostics.
        Diagnostics,
    }
}
shape! {
    /// What the rail and the tray count.
    CountsView {
        /// Open wrap-ups of ended calls.
        to_file: u32,
        /// Deliveries that wait for the agent.
        stuck: u32,
        /// Deliveries on their way.
        waiting: u32,
    }
}
shape! {
    /// What every window asks first.
    AppView {
        /// The app's version.
        version: String,
        /// Language of the windows.
        language: LanguageWord,
        /// Light or dark.
        theme: ThemeWord,
        /// The system.
        platform: PlatformWord,
        /// ISO 3166 code by which national numbers are read.
        region: String,
        /// Nothing is set up yet.
        first_run: bool,
        /// The sample workspace runs.
        sample: bool,
        /// Where secrets are kept.
        secrets: SecretsWord,
        /// Whether the app starts with the session.
        autostart: bool,
        /// Whether the card can be placed and kept on top here.
        places_windows: bool,
        /// Seconds a filing can be undone.
        undo_s: u32,
        /// What the rail counts.
        counts: CountsView,
        /// The outcomes that are offered, in order.
        dispositions: Vec<String>,
        /// The longest note in characters.
        longest_note: u32,
        /// The longest tag in characters.
        longest_tag: u32,
        /// The most tags on a call.
        most_tags: u32,
    }
}
words! {
    /// How loud a banner is.
    LevelWord {
        /// Good to know.
        Plain,
        /// Something waits for the agent.
        Warn,
        /// Something does not work.
        Bad,
    }
}
/// What a banner lets the agent do.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum BannerAction {
    /// Sign in again.
    Reconnect {
        /// The connection's name.
        connection: String,
    },
    /// Open a page of the desk.
    Open {
        /// Which.
        page: PageWord,
    },
    /// Give the passphrase or unlock the keychain.
    Unlock,
    /// Put a backup in the journal's place.
    Restore {
        /// The backup's name.
        name: String,
    },
    /// Say what happens to contacts that a look at the CRM no longer found.
    Shrink {
        /// The connection's name.
        connection: String,
    },
    /// Say what happens to calls that another program logs too.
    Double {
        /// The connection's name.
        connection: String,
        /// The softphone.
        source: String,
        /// The softphone's name as people write it.
        source_name: String,
        /// The agent's line, where known.
        line: Option<String>,
    },
    /// Show a telephony service's own window.
    Workspace {
        /// The service's short name.
        service: String,
    },
    /// Say whether notes go beside the log of a service that logs by itself.
    Enrich {
        /// The service's short name.
        service: String,
    },
}
words! {
    /// What happens to calls that another program logs too.
    DoubleWord {
        /// Notes go beside the other program's log.
        Enrich,
        /// Callside does not log them.
        Skip,
        /// Both log them.
        Both,
    }
}
shape! {
    /// One sentence across the top of the desk.
    BannerView {
        /// Stable while the cause is the same.
        id: String,
        /// How loud it is.
        level: LevelWord,
        /// The sentence.
        text: String,
        /// What can be done.
        action: Option<BannerAction>,
        /// Whether the agent may close it.
        can_dismiss: bool,
    }
}

// People and numbers.

shape! {
    /// Where a record lives.
    ContactKey {
        /// The connection's name.
        connection: String,
        /// The kind of record.
        kind: ContactKindWord,
        /// The CRM's id.
        id: String,
    }
}
words! {
    /// What a record is to the agent's company.
    RoleWord {
        /// Buys.
        Client,
        /// May buy.
        Prospect,
        /// Sells.
        Supplier,
    }
}
shape! {
    /// A number, ready to be shown.
    NumberView {
        /// As people of its country write it abroad: `+33 6 39 98 12 34`. Empty when withheld.
        display: String,
        /// Null for short and withheld numbers.
        e164: Option<String>,
        /// ISO 3166 code.
        region: Option<String>,
        /// The only time zone of that country by IANA name; null when it has several.
        time_zone: Option<String>,
        /// What sort of line it is.
        kind: NumberKindWord,
        /// Whether Callside would dial it.
        dialable: bool,
    }
}
shape! {
    /// A phone field of a record.
    PhoneView {
        /// `phone`, `mobile`, `home`, `assistant`, `other`, `fax`.
        field: String,
        /// The CRM's own text.
        text: String,
        /// What it was read as; null when it could not be read.
        number: Option<NumberView>,
    }
}
shape! {
    /// A record of the CRM, as the cache has it.
    ContactView {
        /// Where it lives.
        at: ContactKey,
        /// The connection's name as people write it: `Sellsy`.
        connection_name: String,
        /// The name to show.
        name: String,
        /// Two letters for the round field beside the name.
        initials: String,
        /// 0 to 11: the colour of that field; the same name always has the same.
        hue: u32,
        /// The organisation.
        company: Option<String>,
        /// The position in it.
        position: Option<String>,
        /// Client, prospect or supplier.
        role: Option<RoleWord>,
        /// E-mail address.
        email: Option<String>,
        /// Who owns the record.
        owner: Option<String>,
        /// The CRM's tags.
        tags: Vec<String>,
        /// The CRM's note, plain text.
        note: Option<String>,
        /// Its phone fields.
        phones: Vec<PhoneView>,
        /// Does not want to be phoned for marketing.
        no_marketing_calls: bool,
        /// Whether it has a page to open.
        has_page: bool,
        /// Age of the copy.
        synced_at: Option<String>,
    }
}
shape! {
    /// A record that the number leads to.
    MatchView {
        /// The record.
        contact: ContactView,
        /// How sure it is.
        confidence: ConfidenceWord,
        /// The phone field that matched.
        field: String,
        /// The CRM's text of that field.
        field_text: String,
        /// The rule that matched, as a stable word.
        rule: String,
        /// Why this record, in one sentence: field, rule, age of the copy, rivals.
        why: String,
    }
}
shape! {
    /// A row of the contact list.
    ContactRow {
        /// Where it lives.
        at: ContactKey,
        /// The connection's name as people write it.
        connection_name: String,
        /// The name to show.
        name: String,
        /// Two letters.
        initials: String,
        /// 0 to 11.
        hue: u32,
        /// The organisation.
        company: Option<String>,
        /// Client, prospect or supplier.
        role: Option<RoleWord>,
        /// The first number that can be dialled.
        number: Option<NumberView>,
    }
}
shape! {
    /// Contacts that a look at the CRM no longer found, so many that the agent is asked.
    ShrinkView {
        /// The connection's name as people write it.
        connection_name: String,
        /// How many.
        count: u32,
        /// Some of them, by name.
        some: Vec<ContactRow>,
    }
}
shape! {
    /// A contact and what happened with it.
    ContactDetail {
        /// The record.
        contact: ContactView,
        /// Other records with one of its numbers.
        sharing: Vec<ContactRow>,
        /// Calls with it, newest first.
        calls: Vec<CallRow>,
    }
}
shape! {
    /// A contact to be made for an unknown caller.
    NewContactForm {
        /// The connection's name.
        connection: String,
        /// The kind to make.
        kind: ContactKindWord,
        /// The name.
        name: String,
        /// E-mail address.
        email: Option<String>,
    }
}
shape! {
    /// What can be made for an unknown caller.
    CreatableView {
        /// The connection's name.
        connection: String,
        /// As people write it.
        connection_name: String,
        /// The kinds, best first.
        kinds: Vec<ContactKindWord>,
    }
}
shape! {
    /// What was erased about a person.
    ForgottenView {
        /// Records of the cache.
        contacts: u32,
        /// Calls of the history.
        calls: u32,
        /// Drafts.
        drafts: u32,
        /// Recordings of these calls on this computer.
        recordings: u32,
        /// Files of recordings that could not be erased.
        left: Vec<String>,
    }
}
shape! {
    /// A number that several records share.
    SharedNumberView {
        /// The number.
        number: NumberView,
        /// The records, in the order of preference.
        contacts: Vec<ContactRow>,
    }
}
shape! {
    /// A phone field that could not be read.
    UnreadableView {
        /// The record.
        contact: ContactRow,
        /// The field.
        field: String,
        /// The CRM's text.
        text: String,
        /// What it may mean.
        proposed: Option<String>,
    }
}
words! {
    /// Why a call found nobody.
    NobodyWord {
        /// No record has the number.
        NoRecord,
        /// The number cannot be read.
        Unreadable,
        /// The caller hid it.
        Withheld,
        /// A record only could be meant.
        CouldBe,
        /// Only an archived record has it.
        Archived,
        /// It is only a fax number.
        FaxOnly,
        /// No CRM is connected.
        NoConnection,
        /// A record has it by now.
        FoundSince,
    }
}
shape! {
    /// Calls of one number that found nobody.
    NobodyView {
        /// The number.
        number: NumberView,
        /// How many calls.
        calls: u32,
        /// The newest one.
        call: String,
        /// When that was.
        last_at: String,
        /// Why nobody was found.
        why: NobodyWord,
    }
}
shape! {
    /// What is worth tidying in the CRM.
    CleanUpView {
        /// Numbers on several records.
        shared: Vec<SharedNumberView>,
        /// Fields that could not be read.
        unreadable: Vec<UnreadableView>,
        /// Calls that found nobody, the newest first.
        nobody: Vec<NobodyView>,
    }
}

// The card.

words! {
    /// The card's moods.
    MoodWord {
        /// The phone rings.
        Ringing,
        /// The softphone calls out.
        Dialing,
        /// The number was handed to a softphone that may tell nothing more.
        HandedOver,
        /// They talk.
        Talking,
        /// They talk, and one of them waits.
        Held,
        /// The call is over and to be filed.
        WrapUp,
    }
}
words! {
    /// What the large line of the card says.
    WhoWord {
        /// The name of `matches[chosen]`.
        Known,
        /// The number; `could_be` holds a question.
        CouldBe,
        /// The number.
        Unknown,
        /// That the caller hides the number.
        Withheld,
    }
}
words! {
    /// How the facts stand that are asked live.
    LiveWord {
        /// There is nothing to ask for this record.
        Nothing,
        /// Being asked.
        Asking,
        /// Known.
        Known,
        /// The CRM did not answer.
        Unavailable,
    }
}
shape! {
    /// An open deal.
    OpportunityView {
        /// The CRM's id.
        id: String,
        /// Its name.
        name: String,
        /// Its stage, in the CRM's words.
        stage: Option<String>,
        /// Decimal number as text.
        amount: Option<String>,
        /// ISO 4217 code.
        currency: Option<String>,
        /// Whether it has a page to open.
        has_page: bool,
    }
}
shape! {
    /// The organisation of a contact person, asked live.
    CompanyView {
        /// The CRM's id.
        id: String,
        /// Its name.
        name: String,
        /// Client, prospect or supplier.
        role: Option<RoleWord>,
        /// Whether it has a page to open.
        has_page: bool,
    }
}
shape! {
    /// Facts asked live; their rows are reserved from the first frame.
    LiveView {
        /// How they stand.
        state: LiveWord,
        /// Whether a row for the opportunity is reserved.
        wants_opportunity: bool,
        /// Whether a row for the company is reserved.
        wants_company: bool,
        /// The companies.
        companies: Vec<CompanyView>,
        /// Open opportunities, oldest first.
        opportunities: Vec<OpportunityView>,
        /// The one the log goes to, by rule or by choice.
        picked: Option<String>,
    }
}
shape! {
    /// An earlier call with the same number.
    EarlierCallView {
        /// The call.
        id: String,
        /// Seen from the agent.
        direction: DirectionWord,
        /// How it ended.
        end_reason: Option<EndReasonWord>,
        /// First ring or dial.
        started_at: String,
        /// Talk time in seconds.
        duration_s: u32,
        /// The note.
        note: String,
        /// The tags.
        tags: Vec<String>,
    }
}
shape! {
    /// What the agent wrote and picked.
    DraftView {
        /// Grows with every save.
        revision: u32,
        /// Free text.
        note: String,
        /// Labels.
        tags: Vec<String>,
        /// The outcome.
        disposition: Option<String>,
        /// Whether the agent chose the contact.
        contact_chosen: bool,
    }
}
words! {
    /// What a filing still lacks. It hinders only where `can_file` says so.
    MissingWord {
        /// Nobody is found for the number.
        Contact,
        /// Several could be meant and none was chosen.
        Choice,
        /// Nobody has the number, and the agent is to say what happens then.
        Decision,
        /// No outcome.
        Disposition,
        /// No note.
        Note,
        /// No tag that the company wants.
        Tag,
    }
}
words! {
    /// Why filing sends nothing.
    NotLoggedWord {
        /// No CRM is connected.
        NoConnection,
        /// The settings exclude this line.
        Line,
        /// The settings exclude this softphone.
        Source,
    }
}
shape! {
    /// A place the log will go to.
    GoesToView {
        /// The connection's name as people write it.
        connection_name: String,
        /// The record; null while nobody is found.
        name: Option<String>,
        /// The company's name, when it is also written there.
        company: Option<String>,
        /// The opportunity's name, when it is also written there.
        opportunity: Option<String>,
    }
}
shape! {
    /// What filing would do now.
    FilingView {
        /// Whether the call can be filed.
        can_file: bool,
        /// What is missing, most important first.
        missing: Vec<MissingWord>,
        /// Where the log will go.
        goes_to: Vec<GoesToView>,
        /// Why nothing would be sent.
        not_logged: Option<NotLoggedWord>,
        /// When it files itself (calls never answered).
        files_itself_at: Option<String>,
    }
}
shape! {
    /// One call on the card.
    CardView {
        /// The call.
        call: CallShape,
        /// The card's mood.
        mood: MoodWord,
        /// The softphone's name as people write it.
        source_name: String,
        /// The number.
        number: NumberView,
        /// The name that came with the call. Untrusted; never the large line.
        caller_name: Option<String>,
        /// False: it came without the hook key, and nothing is logged until the agent files it.
        verified: bool,
        /// What the large line says.
        who: WhoWord,
        /// Exact matches, best first; Alt+1 … Alt+9 choose.
        matches: Vec<MatchView>,
        /// Index in `matches` of the one shown.
        chosen: Option<u32>,
        /// Records that could be meant.
        could_be: Vec<MatchView>,
        /// Facts asked live.
        live: LiveView,
        /// Earlier calls with the number, newest first, five at most.
        earlier: Vec<EarlierCallView>,
        /// What the agent wrote.
        draft: DraftView,
        /// What filing would do.
        filing: FilingView,
        /// What can be made for an unknown caller.
        creatable: Vec<CreatableView>,
        /// Whether buttons "answered" and "ended" are offered, since the softphone tells nothing.
        tells_nothing: bool,
    }
}
words! {
    /// Where a dial request came from.
    RequestFromWord {
        /// A link.
        Link,
        /// The command line.
        CommandLine,
        /// The global shortcut.
        Shortcut,
        /// One of our windows.
        Window,
    }
}
words! {
    /// Plain warnings above the Dial button.
    DialWarningWord {
        /// A paid service.
        PremiumRate,
        /// Above the usual price.
        SharedCost,
        /// A country this agent seldom phones.
        UnusualCountry,
        /// An emergency number.
        Emergency,
        /// A short number.
        ShortNumber,
        /// No plan has such a number.
        UnknownNumber,
        /// The record does not want marketing calls.
        NoMarketingCalls,
    }
}
words! {
    /// Why a request cannot be dialled.
    DialRefusalWord {
        /// It holds `*` or `#`.
        ServiceCode,
        /// It holds no number.
        NoNumber,
        /// Too long to be a number.
        TooLong,
        /// No softphone is set up.
        NoSoftphone,
        /// The softphone does not answer.
        SoftphoneAway,
    }
}
shape! {
    /// A number that the agent has yet to confirm.
    DialRequestView {
        /// Names the request.
        id: String,
        /// The number.
        number: NumberView,
        /// Exactly what will be dialled.
        digits: String,
        /// Where it came from.
        from: RequestFromWord,
        /// Exact matches, best first.
        matches: Vec<MatchView>,
        /// Records that could be meant.
        could_be: Vec<MatchView>,
        /// The line to be used.
        line: Option<String>,
        /// The softphone as people write it.
        softphone: Option<String>,
        /// Whether it can only be handed the number.
        only_hands_over: bool,
        /// Warnings.
        warnings: Vec<DialWarningWord>,
        /// Why it cannot be dialled.
        refused: Option<DialRefusalWord>,
        /// Milliseconds for which no button is the default and Rust refuses a confirmation,
        /// counted from the first frame.
        quiet_ms: u32,
        /// Earlier calls with the number.
        earlier: Vec<EarlierCallView>,
    }
}
shape! {
    /// A filing that can still be undone.
    UndoView {
        /// The call.
        call: String,
        /// Name or number.
        name: String,
        /// The last instant.
        until: String,
        /// Where it goes.
        goes_to: Vec<GoesToView>,
        /// Discarded rather than filed.
        discarded: bool,
    }
}
shape! {
    /// All that the card window shows.
    CardState {
        /// Grows with every change; an older one is ignored.
        revision: u32,
        /// One per call, oldest first.
        cards: Vec<CardView>,
        /// The call that should be in front.
        front: Option<String>,
        /// The request that waits for the agent; shown before the calls.
        dial_request: Option<DialRequestView>,
        /// Filings that can still be undone, newest last.
        undo: Vec<UndoView>,
    }
}
/// A piece of a draft to be saved. Pieces are saved apart, so that none overwrites another.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum DraftChange {
    /// Replaces the note.
    Note {
        /// Free text.
        note: String,
    },
    /// Replaces the tags.
    Tags {
        /// Labels.
        tags: Vec<String>,
    },
    /// Replaces the outcome.
    Disposition {
        /// Null takes it back.
        word: Option<String>,
    },
    /// Another opportunity.
    Opportunity {
        /// Null: none at all.
        id: Option<String>,
    },
    /// Back to the opportunity of the rule.
    OpportunityByRule,
}
shape! {
    /// The draft is on disk.
    SavedDraft {
        /// The revision that is on disk.
        revision: u32,
    }
}
words! {
    /// What the agent says of a call whose softphone tells nothing.
    SaidWord {
        /// They talk.
        Answered,
        /// It is over.
        Ended,
    }
}

// The call list.

words! {
    /// Which calls are shown.
    CallFilterWord {
        /// All.
        All,
        /// Since midnight.
        Today,
        /// Open wrap-ups.
        ToFile,
        /// Inbound and never answered.
        Missed,
        /// Filed and not delivered yet.
        Waiting,
        /// Waiting for the agent.
        Stuck,
        /// Nobody is found for the number.
        Unknown,
    }
}
shape! {
    /// A question to the call list.
    CallsQuery {
        /// Which calls.
        filter: CallFilterWord,
        /// Words, a name or digits; empty for all.
        search: String,
        /// The `next` of the page before.
        after: Option<String>,
        /// Rows, at most 200.
        limit: u32,
    }
}
words! {
    /// The one mark at the end of a row.
    MarkWord {
        /// The call goes on.
        Live,
        /// To be filed.
        ToFile,
        /// Discarded or not logged.
        NotLogged,
        /// On its way.
        Waiting,
        /// Being looked up.
        Checking,
        /// In the CRM, everywhere it should be.
        Delivered,
        /// Waiting for the agent.
        Stuck,
    }
}
words! {
    /// What the agent can do about a delivery.
    WayOutWord {
        /// Try at once.
        Retry,
        /// Choose another record.
        Attach,
        /// Make a contact.
        Create,
        /// Sign in again.
        Reconnect,
        /// Give it up.
        Discard,
    }
}
shape! {
    /// A row of the call list.
    CallRow {
        /// The call.
        call: CallShape,
        /// The number.
        number: NumberView,
        /// Whose number it is; null for strangers.
        name: Option<String>,
        /// The organisation.
        company: Option<String>,
        /// The record.
        contact: Option<ContactKey>,
        /// Two letters; empty for strangers.
        initials: String,
        /// 0 to 11.
        hue: u32,
        /// The mark.
        mark: MarkWord,
        /// Why it waits, as a sentence.
        reason: Option<String>,
        /// False: came without the hook key.
        verified: bool,
        /// The caller left a message.
        voicemail: bool,
        /// Learned of from a telephony service's record, after the call.
        imported: bool,
    }
}
shape! {
    /// A page of the call list, newest first.
    CallsPage {
        /// The rows.
        calls: Vec<CallRow>,
        /// Where the next page begins; null at the end.
        next: Option<String>,
        /// What the rail counts.
        counts: CountsView,
    }
}
words! {
    /// What happened, in the story of a call.
    StoryWord {
        /// The phone rang.
        Rang,
        /// The agent dialled.
        Dialled,
        /// The number was handed to a softphone.
        HandedOver,
        /// Somebody was found (`detail`: the name).
        Matched,
        /// They began to talk.
        Answered,
        /// Somebody was put on hold.
        Held,
        /// Talking again.
        Resumed,
        /// It was over.
        Ended,
        /// The record was corrected by a late event.
        Corrected,
        /// The agent filed it.
        Filed,
        /// It filed itself.
        FiledItself,
        /// The filing was taken back.
        Undone,
        /// It is not logged.
        Discarded,
        /// A try (`detail`: the target).
        Tried,
        /// A try ended in doubt.
        InDoubt,
        /// The CRM has it (`detail`: the target).
        Delivered,
        /// It waits for the agent (`detail`: the reason).
        Stuck,
        /// A later change reached the log.
        Amended,
    }
}
shape! {
    /// A line of the story.
    StoryLine {
        /// When.
        at: String,
        /// What.
        what: StoryWord,
        /// More about it, plain text.
        detail: Option<String>,
    }
}
shape! {
    /// A delivery with what can be done about it.
    DeliveryView {
        /// Names the entry.
        entry: String,
        /// The connection's name as people write it.
        connection_name: String,
        /// How it stands.
        delivery: DeliveryShape,
        /// What can be done, best first.
        ways_out: Vec<WayOutWord>,
        /// Whether there is a page to open.
        has_page: bool,
        /// Somebody edited the log in the CRM; a later change stands beside it.
        beside: bool,
    }
}
shape! {
    /// A remark that was made at a telephony service.
    RemarkView {
        /// What it says.
        text: String,
        /// Who wrote it; null for a program.
        by: Option<String>,
    }
}
words! {
    /// How the other side sounded, as a machine judged it.
    HeardMoodWord {
        /// Pleased.
        Positive,
        /// Neither.
        Neutral,
        /// Displeased.
        Negative,
    }
}
shape! {
    /// What a machine heard in a call.
    HeardView {
        /// Some sentences.
        summary: Option<String>,
        /// What was spoken of.
        topics: Vec<String>,
        /// How the other side sounded.
        mood: Option<HeardMoodWord>,
        /// What somebody promised to do.
        action_items: Vec<String>,
        /// Who said what.
        transcript: Option<String>,
    }
}
shape! {
    /// What a telephony service said of a call, and what Callside wrote there.
    CloudNotesView {
        /// The service as people write it.
        service: String,
        /// Learned of from the service's record, after the call.
        imported: bool,
        /// Remarks made there.
        remarks: Vec<RemarkView>,
        /// Whether there is a page with the recording or message; who opens it has to sign in
        /// there.
        has_recording: bool,
        /// The recording on this computer.
        recording_file: Option<String>,
        /// What a machine heard; null for nothing.
        heard: Option<HeardView>,
        /// Tags and note written there: a sentence each.
        sent: Vec<CloudSentView>,
    }
}
shape! {
    /// Something that is written at a telephony service.
    CloudSentView {
        /// Tags, rather than the note.
        tags: bool,
        /// How it stands.
        state: DeliveryStateWord,
        /// Why it waits, as a sentence.
        reason: Option<String>,
    }
}
shape! {
    /// A call, from ring to log.
    CallDetail {
        /// The row.
        row: CallRow,
        /// The softphone as people write it.
        source_name: String,
        /// The card: the person, the draft, and what filing would do.
        card: CardView,
        /// In order.
        story: Vec<StoryLine>,
        /// One per target.
        deliveries: Vec<DeliveryView>,
        /// What a telephony service said of the call; null for nothing.
        cloud: Option<CloudNotesView>,
    }
}

// Connections, telephony, handlers.

shape! {
    /// How far a copy is.
    SyncView {
        /// The first copy, rather than changes.
        first: bool,
        /// Records read.
        done: u32,
        /// Records to read, where the CRM said.
        total: Option<u32>,
        /// Seconds left, where they can be told.
        left_s: Option<u32>,
    }
}
shape! {
    /// A sign-in under way.
    SignInView {
        /// Whether a browser was opened.
        browser: bool,
        /// Whether the code may be pasted.
        may_paste: bool,
        /// Why it failed, as a sentence.
        failed: Option<String>,
    }
}
shape! {
    /// A CRM, signed in or not.
    ConnectionView {
        /// As `status` prints it.
        status: ConnectionShape,
        /// As people write it.
        name: String,
        /// Whether this version can connect it.
        available: bool,
        /// Whether it was ever signed in.
        known: bool,
        /// The customer account and the agent, as the CRM names them.
        account: Option<String>,
        /// The agent's name in the CRM.
        agent: Option<String>,
        /// Whether signing in by client credentials is offered.
        may_use_secret: bool,
        /// The copy under way.
        sync: Option<SyncView>,
        /// The sign-in under way.
        sign_in: Option<SignInView>,
        /// Requests by class: `log`, `card`, `sync`, `sign_in`.
        spent: BTreeMap<String, u32>,
    }
}
shape! {
    /// A telephony source.
    SourceView {
        /// `baresip`, `aircall`, `allo`, `link`, `command`, `hooks`.
        id: String,
        /// As people write it.
        name: String,
        /// How it stands.
        state: SourceStateWord,
        /// Why, as a sentence.
        reason: Option<String>,
        /// Whether it can dial.
        dials: bool,
        /// Whether it can only be handed a number.
        only_hands_over: bool,
        /// Whether this version speaks to it.
        available: bool,
    }
}
shape! {
    /// Somebody who phones through a telephony service.
    CloudAgentView {
        /// The service's id.
        id: String,
        /// Full name.
        name: String,
        /// E-mail address there.
        email: String,
    }
}
shape! {
    /// A line of the company at a telephony service.
    CloudLineView {
        /// What the company calls it.
        name: String,
        /// As people write it.
        number: String,
        /// What the setting of logged lines holds for it.
        key: String,
        /// Whether its calls are logged.
        logged: bool,
    }
}
shape! {
    /// A label of the company at a telephony service.
    CloudTagView {
        /// The label.
        name: String,
        /// `#rrggbb`, where there is one.
        color: Option<String>,
    }
}
words! {
    /// How good the standing of the service's own window is.
    ToneWord {
        /// Nothing to say.
        Quiet,
        /// It works.
        Good,
        /// Something is to be done.
        Warn,
    }
}
shape! {
    /// How the service's own window stands.
    WorkspaceView {
        /// How good that is.
        tone: ToneWord,
        /// What is.
        title: String,
        /// What to do.
        advice: Option<String>,
    }
}
shape! {
    /// Messages of one kind that nobody understands yet: names and kinds of their fields, no values.
    NotUnderstoodView {
        /// What they call themselves.
        name: String,
        /// A line per field.
        fields: Vec<String>,
        /// How many there were.
        times: u32,
    }
}
shape! {
    /// The import of calls that happened elsewhere.
    CloudImportView {
        /// Whether it runs now.
        running: bool,
        /// Calls looked through in this run, or in the last one, taken over or not.
        done: u32,
        /// Calls there are to look through, where the service counts them.
        total: Option<u32>,
        /// Seconds left, where they can be told.
        left_s: Option<u32>,
        /// Calls taken over in this run, or in the last one.
        taken: u32,
        /// When the last run ended.
        last_at: Option<String>,
        /// Why the last run failed.
        trouble: Option<String>,
        /// Recordings to be downloaded.
        recordings_waiting: u32,
        /// Recordings in the folder.
        recordings_done: u32,
    }
}
shape! {
    /// A telephony service in the cloud.
    CloudView {
        /// `aircall`, `allo`.
        id: String,
        /// As people write it.
        name: String,
        /// How it stands.
        state: SourceStateWord,
        /// Whether a key is kept.
        connected: bool,
        /// Why it does not work.
        trouble: Option<String>,
        /// Who the agent is there; null while nobody knows.
        agent: Option<CloudAgentView>,
        /// Whether the agent was picked by hand.
        by_hand: bool,
        /// The e-mail address that was looked for.
        email: String,
        /// The lines.
        lines: Vec<CloudLineView>,
        /// The labels.
        tags: Vec<CloudTagView>,
        /// The service's own window; null where there is none.
        workspace: Option<WorkspaceView>,
        /// What that window said and nobody understands, most frequent first.
        not_understood: Vec<NotUnderstoodView>,
        /// Calls that happened elsewhere; null while it is not connected.
        import: Option<CloudImportView>,
        /// Requests made in the last minute.
        last_minute: u32,
    }
}
words! {
    /// How a recipe reaches Callside.
    RecipeHowWord {
        /// A `callside:` link.
        Link,
        /// A command line.
        Command,
        /// A request to the listener.
        Http,
    }
}
shape! {
    /// One field to fill in a softphone.
    RecipeLine {
        /// What the softphone calls it.
        label: String,
        /// What to put there, key included.
        text: String,
    }
}
shape! {
    /// How to set up one product.
    RecipeView {
        /// Stable name.
        id: String,
        /// The product.
        product: String,
        /// Which way it takes.
        how: RecipeHowWord,
        /// What to fill in.
        lines: Vec<RecipeLine>,
        /// A sentence of advice.
        advice: Option<String>,
    }
}
shape! {
    /// Everything about softphones.
    TelephonyView {
        /// The sources.
        sources: Vec<SourceView>,
        /// The per-install key.
        hook_key: String,
        /// Address of the listener when it runs.
        listener: Option<String>,
        /// Recipes.
        recipes: Vec<RecipeView>,
        /// The global shortcut, as the system writes it; null where there is none.
        shortcut: Option<String>,
    }
}
words! {
    /// Who opens a kind of link.
    HandlerStateWord {
        /// Callside.
        Ours,
        /// Another program.
        Other,
        /// Nobody.
        Nobody,
        /// The system does not say.
        Unknown,
    }
}
shape! {
    /// One kind of link on this machine.
    HandlerView {
        /// `tel`, `callto`, `sip`, `callside`.
        scheme: String,
        /// Who opens it.
        state: HandlerStateWord,
        /// That program's name.
        owner: Option<String>,
        /// Whether Callside can take it.
        can_take: bool,
        /// Whether a taking can be undone.
        can_undo: bool,
        /// Who would get it back.
        before: Option<String>,
    }
}
shape! {
    /// What a dry run of a link showed.
    HandlerTest {
        /// Whether it came to Callside.
        arrived: bool,
        /// A sentence.
        says: String,
    }
}

// Overview and diagnostics.

shape! {
    /// One day.
    DayView {
        /// `2026-11-20`, in local time.
        day: String,
        /// Inbound and answered.
        inbound: u32,
        /// Outbound.
        outbound: u32,
        /// Inbound and not answered.
        missed: u32,
        /// Talk time in seconds.
        talk_s: u32,
    }
}
shape! {
    /// Numbers of a span of days.
    OverviewView {
        /// Oldest first, without gaps.
        days: Vec<DayView>,
        /// Calls by hour of the local day, 24 of them.
        hours: Vec<u32>,
        /// Calls that were answered, either way.
        answered: u32,
        /// Inbound calls that were not.
        missed: u32,
        /// All calls.
        calls: u32,
        /// Talk time in seconds.
        talk_s: u32,
        /// Entries by state.
        delivered: u32,
        /// On their way or being looked up.
        waiting: u32,
        /// Waiting for the agent.
        stuck: u32,
        /// Median seconds from filing to the CRM; null before the first.
        delivery_s: Option<u32>,
    }
}
shape! {
    /// Who spent the limit of a connection during a stretch of time.
    BudgetBar {
        /// When it begins.
        at: String,
        /// Requests for logs.
        log: u32,
        /// Requests for cards.
        card: u32,
        /// Requests for contacts.
        sync: u32,
        /// Requests for who is signed in.
        sign_in: u32,
        /// Requests that others are known to have made.
        others: u32,
        /// Own requests that were turned away for their number.
        refused: u32,
        /// What the vendor said was left at the end, in the window of `left_of`; null when it said
        /// nothing.
        left: Option<i32>,
    }
}
shape! {
    /// Who spent the limit of a connection, over time.
    BudgetView {
        /// The connection's name.
        connection: String,
        /// How long each stretch is, in seconds.
        step_s: u32,
        /// Oldest first, without gaps; the last one is under way.
        bars: Vec<BudgetBar>,
        /// The vendor's window that `left` is about: `second`, `minute`, `hour`, `day`, `month`.
        left_of: Option<String>,
    }
}
words! {
    /// How a check came out.
    CheckWord {
        /// Fine.
        Fine,
        /// Works, with a drawback.
        Warn,
        /// Does not work.
        Bad,
        /// Not in use.
        Off,
    }
}
shape! {
    /// One check of the doctor.
    CheckView {
        /// Stable word: `keychain`, `display`, `journal`, `cache`, `handlers`, `sellsy` …
        id: String,
        /// Its name in the agent's language.
        name: String,
        /// How it came out.
        state: CheckWord,
        /// A sentence.
        says: String,
    }
}
shape! {
    /// What the doctor found.
    DiagnosticsView {
        /// The app's version.
        version: String,
        /// The checks.
        checks: Vec<CheckView>,
        /// Where the settings are.
        settings_file: String,
        /// Where the data are.
        data_folder: String,
        /// The same as plain text to be sent to somebody, without anything personal.
        report: String,
    }
}

// The sample workspace.

words! {
    /// What a sample caller shows.
    SampleKindWord {
        /// One exact match.
        Known,
        /// Several records share the number.
        Shared,
        /// Two readings are possible.
        CouldBe,
        /// Nobody has the number.
        Unknown,
        /// No number at all.
        Withheld,
    }
}
shape! {
    /// Somebody who can ring in the sample workspace.
    SampleCaller {
        /// Names the caller.
        id: String,
        /// What this one shows.
        kind: SampleKindWord,
        /// Name or number.
        name: String,
        /// The organisation.
        company: Option<String>,
        /// The number.
        number: Option<String>,
    }
}
shape! {
    /// The panel that makes the phone ring.
    SampleView {
        /// Whether the sample workspace runs.
        running: bool,
        /// Who can ring.
        callers: Vec<SampleCaller>,
        /// The sample call that goes on.
        call: Option<String>,
        /// Its state.
        state: Option<CallStateWord>,
        /// Phone calls that arrived in the sample CRM.
        logged: u32,
        /// Whether the phone is Aircall, in its own window.
        aircall: bool,
    }
}

// Settings: the twin of `config.toml`.

words! {
    /// Language of windows and messages.
    LanguageSetting {
        /// The system's.
        System,
        /// English.
        En,
        /// French.
        Fr,
    }
}
words! {
    /// On which matching records a call is logged.
    TargetsSetting {
        /// The best match.
        Best,
        /// All exact matches.
        All,
    }
}
words! {
    /// What happens to calls of strangers.
    UnknownCallersSetting {
        /// They keep being matched for a day.
        Leave,
        /// The agent is asked.
        Ask,
        /// A contact is made.
        Create,
    }
}
words! {
    /// What happens to calls that were never answered.
    MissedSetting {
        /// They file themselves.
        Auto,
        /// They wait for the agent.
        Ask,
        /// They stay here.
        Leave,
    }
}
words! {
    /// What happens to calls that come from elsewhere.
    ImportLogSetting {
        /// They wait for the agent.
        Ask,
        /// They are logged as they are.
        Auto,
    }
}
words! {
    /// Which softphone dials.
    DialWithSetting {
        /// baresip.
        Baresip,
        /// Aircall.
        Aircall,
        /// Allo.
        Allo,
        /// A link.
        Link,
        /// A program.
        Command,
    }
}
words! {
    /// Which of several opportunities is meant.
    OpportunitySetting {
        /// Made first.
        Oldest,
        /// Made last.
        Newest,
        /// The largest amount.
        Largest,
        /// Never any.
        None,
    }
}
shape! {
    /// `[agent]`.
    AgentSettings {
        /// E-mail address.
        email: String,
    }
}
shape! {
    /// `[logging]`.
    LoggingSettings {
        /// On which records.
        targets: TargetsSetting,
        /// Strangers.
        unknown_callers: UnknownCallersSetting,
        /// Never answered.
        missed: MissedSetting,
        /// Seconds.
        undo_s: u32,
        /// Language of the labels in logged texts.
        language: LanguageSetting,
        /// Lines that are logged; empty means all.
        lines: Vec<String>,
        /// Softphones that are not logged.
        skip_sources: Vec<String>,
        /// Lines that are not logged.
        skip_lines: Vec<String>,
        /// Softphones whose notes go beside another program's log.
        enrich_sources: Vec<String>,
        /// Lines whose notes go beside another program's log.
        enrich_lines: Vec<String>,
    }
}
shape! {
    /// `[sync]`.
    SyncSettings {
        /// Seconds between two rounds.
        interval_s: u32,
    }
}
shape! {
    /// `[crm.sellsy]`.
    SellsySettings {
        /// Which opportunity.
        opportunity: OpportunitySetting,
        /// Tags on the record too.
        smart_tags: bool,
        /// Loopback ports of the sign-in.
        redirect_ports: Vec<u16>,
        /// Address of the interface.
        api_url: String,
        /// Address of the sign-in.
        login_url: String,
        /// Address of the web application.
        web_url: String,
        /// The access's id.
        client_id: String,
        /// Its own region.
        region: Option<String>,
        /// Its own way with strangers.
        unknown_callers: Option<UnknownCallersSetting>,
        /// Preferred order of kinds; empty for the vendor's.
        kinds: Vec<ContactKindWord>,
    }
}
shape! {
    /// `[crm.salesforce]`.
    SalesforceSettings {
        /// Address of the sign-in.
        login_url: String,
        /// The connected app's id.
        client_id: String,
        /// Its own region.
        region: Option<String>,
        /// Its own way with strangers.
        unknown_callers: Option<UnknownCallersSetting>,
    }
}
shape! {
    /// `[crm.gorgias]`.
    GorgiasSettings {
        /// `https://DOMAIN.gorgias.com`.
        url: String,
        /// Who signs in.
        email: String,
        /// Its own region.
        region: Option<String>,
        /// Its own way with strangers.
        unknown_callers: Option<UnknownCallersSetting>,
    }
}
shape! {
    /// `[crm]`.
    CrmSettings {
        /// The order of connections.
        order: Vec<String>,
        /// Sellsy.
        sellsy: SellsySettings,
        /// Salesforce.
        salesforce: SalesforceSettings,
        /// Gorgias.
        gorgias: GorgiasSettings,
    }
}
shape! {
    /// `[telephony.baresip]`.
    BaresipSettings {
        /// Control port; empty switches it off.
        control: String,
        /// Domain of bare numbers.
        domain: String,
    }
}
shape! {
    /// `[telephony.aircall]`.
    AircallSettings {
        /// Address of the interface.
        api_url: String,
        /// Address of the workspace.
        workspace_url: String,
        /// Shown in a frame.
        embed: bool,
        /// Numbers that are logged; empty means all.
        lines: Vec<String>,
        /// The line on which calls start at once; empty for none.
        dial_line: String,
        /// The note becomes a comment there.
        send_notes: bool,
        /// Tags are set there.
        send_tags: bool,
        /// The agent sees there who calls.
        insight_card: bool,
        /// Tags of which an answered call needs one; `*` is any.
        required_tags: Vec<String>,
    }
}
shape! {
    /// `[telephony.command]`.
    CommandSettings {
        /// Program and arguments.
        dial: Vec<String>,
    }
}
shape! {
    /// `[telephony.allo]`.
    AlloSettings {
        /// Address of the interface.
        api_url: String,
        /// Address of the dialler.
        dialer_url: String,
        /// Shown in a frame.
        embed: bool,
        /// Tags are set there.
        send_tags: bool,
        /// Who said what is read.
        transcript: bool,
    }
}
shape! {
    /// `[telephony.link]`.
    LinkSettings {
        /// For example `sip:{number}`.
        dial: String,
    }
}
shape! {
    /// `[telephony]`.
    TelephonySettingsView {
        /// Which one dials.
        dial_with: DialWithSetting,
        /// baresip.
        baresip: BaresipSettings,
        /// Aircall.
        aircall: AircallSettings,
        /// A program.
        command: CommandSettings,
        /// Allo.
        allo: AlloSettings,
        /// A link.
        link: LinkSettings,
    }
}
shape! {
    /// `[import]`.
    ImportSettings {
        /// Days of the first import.
        window_days: u32,
        /// Calls of the first import.
        first_limit: u32,
        /// Only with a recording.
        recording_required: bool,
        /// Units of 1,048,576 bytes.
        max_recording_mb: u32,
        /// What happens to the calls.
        log: ImportLogSetting,
        /// Folder of downloaded recordings; empty for none.
        download_to: String,
    }
}
shape! {
    /// `[privacy]`.
    PrivacySettings {
        /// Days a finished call is kept.
        keep_calls_days: u32,
    }
}
shape! {
    /// `[hooks]`.
    HooksSettings {
        /// Whether the listener runs.
        http: bool,
        /// Where it listens.
        bind: String,
        /// Addresses of desk phones.
        allow: Vec<String>,
        /// Its port.
        port: u16,
    }
}
shape! {
    /// Everything the user may set.
    SettingsView {
        /// Language of windows and messages.
        language: LanguageSetting,
        /// ISO 3166 code.
        region: String,
        /// Who uses this computer.
        agent: AgentSettings,
        /// What reaches the CRM.
        logging: LoggingSettings,
        /// How contacts are kept fresh.
        sync: SyncSettings,
        /// The CRMs.
        crm: CrmSettings,
        /// The softphones.
        telephony: TelephonySettingsView,
        /// Calls from elsewhere.
        import: ImportSettings,
        /// How long things are kept.
        privacy: PrivacySettings,
        /// How softphones may report.
        hooks: HooksSettings,
    }
}
shape! {
    /// The settings page.
    SettingsPage {
        /// The settings in force.
        settings: SettingsView,
        /// Regions that can be chosen, by ISO 3166 code.
        regions: Vec<String>,
        /// Where the file is.
        file: String,
        /// Line and key at fault when the file cannot be read; the last good settings are in
        /// force then.
        broken: Option<String>,
    }
}

// Events.

event! {
    /// The card window shows something else.
    CardChanged(CardState)
}
event! {
    /// Calls or their deliveries changed; a list asks anew.
    CallsChanged(CountsView)
}
event! {
    /// Connections changed, or a copy made progress.
    ConnectionsChanged(Vec<ConnectionView>)
}
event! {
    /// The softphones changed.
    TelephonyChanged(TelephonyView)
}
event! {
    /// The telephony services changed, or an import made progress.
    CloudsChanged(Vec<CloudView>)
}
event! {
    /// Other banners.
    BannersChanged(Vec<BannerView>)
}
event! {
    /// Language, theme, first run, sample or secrets changed.
    AppChanged(AppView)
}
event! {
    /// The sample workspace's phone changed.
    SampleChanged(SampleView)
}
shape! {
    /// Where the desk should go.
    Destination {
        /// The page.
        page: PageWord,
        /// The call to show there.
        call: Option<String>,
    }
}
event! {
    /// The tray, a notification or the card sends the desk somewhere.
    Navigate(Destination)
}
