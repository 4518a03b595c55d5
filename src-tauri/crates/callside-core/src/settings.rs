//! What the user may set, with its defaults.
//!
//! The shape is the stable interface of `config.toml`. Reading and writing the file, with its
//! comments, is the shell's matter.

use std::collections::BTreeMap;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::contact::ContactKind;
use crate::id::ConnectionId;
use crate::insight::OpportunityRule;
use crate::matching::default_order;
use crate::phone_number::Region;

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $(#[$first_doc:meta])* $first:ident, $($(#[$var_doc:meta])* $var:ident),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $name {
            $(#[$first_doc])*
            #[default]
            $first,
            $($(#[$var_doc])* $var),*
        }
    };
}

words! {
    /// Language of windows, messages and notifications.
    Language {
        /// The system's.
        System,
        /// English.
        En,
        /// French.
        Fr,
    }
}
words! {
    /// On which of several matching records a call is logged.
    Targets {
        /// The best match only.
        Best,
        /// Every exact match.
        All,
    }
}
words! {
    /// What happens to a filed call whose number nobody has.
    UnknownCallers {
        /// It keeps being matched for a day.
        Leave,
        /// The agent is asked.
        Ask,
        /// A contact is created.
        Create,
    }
}
words! {
    /// What happens to calls that were never answered.
    Missed {
        /// They file themselves after a minute, unless the agent is writing.
        Auto,
        /// They wait for the agent.
        Ask,
        /// They are kept here and not logged.
        Leave,
    }
}
words! {
    /// What happens to calls that come from elsewhere.
    ImportLog {
        /// They wait for the agent.
        Ask,
        /// They are logged as they are.
        Auto,
    }
}
words! {
    /// Which softphone dials.
    DialWith {
        /// baresip, over its control port.
        Baresip,
        /// Aircall.
        Aircall,
        /// Allo.
        Allo,
        /// Another program's link scheme.
        Link,
        /// A program.
        Command,
    }
}

macro_rules! section {
    ($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident : $type:ty = $default:expr),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(default, deny_unknown_fields)]
        pub struct $name { $($(#[$field_doc])* pub $field: $type),* }

        impl Default for $name {
            fn default() -> Self {
                Self { $($field: $default),* }
            }
        }
    };
}

section! {
    /// Everything the user may set.
    Settings {
        /// Language of windows and messages.
        language: Language = Language::System,
        /// How national numbers are read whose contact has no country.
        region: Region = Region::FR,
        /// Who uses this computer.
        agent: Agent = Agent::default(),
        /// What reaches the CRM.
        logging: Logging = Logging::default(),
        /// How contacts are kept fresh.
        sync: Sync = Sync::default(),
        /// The CRMs.
        crm: Crms = Crms::default(),
        /// The softphones.
        telephony: TelephonySettings = TelephonySettings::default(),
        /// Calls that happened elsewhere.
        import: Import = Import::default(),
        /// How long things are kept.
        privacy: Privacy = Privacy::default(),
        /// How softphones may report calls.
        hooks: Hooks = Hooks::default(),
    }
}
section! {
    /// Who uses this computer.
    Agent {
        /// E-mail address, equal to the one in the CRM.
        email: String = String::new(),
    }
}
section! {
    /// What reaches the CRM.
    Logging {
        /// On which of several matching records a call is logged.
        targets: Targets = Targets::Best,
        /// What happens when nobody has the number.
        unknown_callers: UnknownCallers = UnknownCallers::Leave,
        /// What happens to calls that were never answered.
        missed: Missed = Missed::Auto,
        /// How many seconds a filing can be undone; 0 to 60.
        undo_s: u32 = 5,
        /// Language of the labels in logged texts.
        language: Language = Language::System,
        /// Lines whose calls are logged; empty means all.
        lines: Vec<String> = Vec::new(),
        /// Softphones whose calls are not logged, since another program logs them.
        skip_sources: Vec<String> = Vec::new(),
        /// Lines whose calls are not logged, for the same reason.
        skip_lines: Vec<String> = Vec::new(),
        /// Softphones whose calls another program logs: notes go beside its log.
        enrich_sources: Vec<String> = Vec::new(),
        /// Lines whose calls another program logs: notes go beside its log.
        enrich_lines: Vec<String> = Vec::new(),
    }
}
section! {
    /// How contacts are kept fresh.
    Sync {
        /// Seconds between two rounds.
        interval_s: u32 = 60,
    }
}
section! {
    /// The CRMs.
    Crms {
        /// In which order their matches are shown.
        order: Vec<ConnectionId> = ["sellsy", "salesforce", "gorgias"].map(ConnectionId::new).to_vec(),
        /// Sellsy.
        sellsy: Sellsy = Sellsy::default(),
        /// Salesforce.
        salesforce: Salesforce = Salesforce::default(),
        /// Gorgias.
        gorgias: Gorgias = Gorgias::default(),
    }
}
section! {
    /// Sellsy.
    Sellsy {
        /// Which of several open opportunities is meant.
        opportunity: OpportunityRule = OpportunityRule::Oldest,
        /// Whether tags are also put on the record.
        smart_tags: bool = false,
        /// Loopback ports registered with the access, tried in this order.
        redirect_ports: Vec<u16> = vec![41871, 41872, 41873],
        /// Address of the interface.
        api_url: String = "https://api.sellsy.com/v2".into(),
        /// Address of the sign-in.
        login_url: String = "https://login.sellsy.com/oauth2".into(),
        /// The access's id.
        client_id: String = String::new(),
        /// Address of the web application, for links to records.
        web_url: String = "https://www.sellsy.com".into(),
        /// Its own region; empty for the global one.
        region: Option<Region> = None,
        /// Its own setting for unknown callers.
        unknown_callers: Option<UnknownCallers> = None,
        /// In which order kinds of record are preferred; empty for the vendor's own.
        kinds: Vec<ContactKind> = Vec::new(),
    }
}
section! {
    /// Salesforce.
    Salesforce {
        /// Address of the sign-in.
        login_url: String = "https://login.salesforce.com".into(),
        /// The connected app's id.
        client_id: String = String::new(),
        /// Its own region.
        region: Option<Region> = None,
        /// Its own setting for unknown callers.
        unknown_callers: Option<UnknownCallers> = None,
    }
}
section! {
    /// Gorgias.
    Gorgias {
        /// `https://DOMAIN.gorgias.com`.
        url: String = String::new(),
        /// Who signs in.
        email: String = String::new(),
        /// Its own region.
        region: Option<Region> = None,
        /// Its own setting for unknown callers.
        unknown_callers: Option<UnknownCallers> = Some(UnknownCallers::Create),
    }
}
section! {
    /// The softphones.
    TelephonySettings {
        /// Which one dials.
        dial_with: DialWith = DialWith::Baresip,
        /// baresip.
        baresip: Baresip = Baresip::default(),
        /// Aircall.
        aircall: Aircall = Aircall::default(),
        /// A program that dials.
        command: CommandDialer = CommandDialer::default(),
        /// Allo.
        allo: Allo = Allo::default(),
        /// A link that dials.
        link: LinkDialer = LinkDialer::default(),
    }
}
section! {
    /// baresip.
    Baresip {
        /// Its control port; empty switches it off.
        control: String = "127.0.0.1:4444".into(),
        /// A bare number N is dialled as `sip:N@domain`.
        domain: String = String::new(),
    }
}
section! {
    /// Aircall.
    Aircall {
        /// Address of the interface.
        api_url: String = "https://api.aircall.io".into(),
        /// Address of the workspace shown in a frame.
        workspace_url: String = "https://workspace.aircall.io".into(),
        /// Whether the workspace is shown.
        embed: bool = false,
        /// Numbers whose calls are logged; empty means all.
        lines: Vec<String> = Vec::new(),
        /// The line on which calls start at once; empty to pick the line and start there.
        dial_line: String = String::new(),
        /// Whether the note becomes a comment there when the call is filed.
        send_notes: bool = false,
        /// Whether tags that the company has there are set there.
        send_tags: bool = true,
        /// Whether the agent sees there who calls.
        insight_card: bool = true,
        /// Tags of which an answered call needs one before it is filed; `*` stands for any tag,
        /// and an empty list asks for none.
        required_tags: Vec<String> = Vec::new(),
    }
}
section! {
    /// A program that dials.
    CommandDialer {
        /// Program and arguments; `{number}` is replaced and stays one argument.
        dial: Vec<String> = Vec::new(),
    }
}
section! {
    /// Allo.
    Allo {
        /// Address of the interface.
        api_url: String = "https://api.withallo.com".into(),
        /// Address of the dialler shown in a frame.
        dialer_url: String = "https://web.withallo.com".into(),
        /// Whether the dialler is shown: an experiment.
        embed: bool = false,
        /// Whether tags that the company has there are set there.
        send_tags: bool = true,
        /// Whether who said what is read and added to the log.
        transcript: bool = false,
    }
}
section! {
    /// A link that dials.
    LinkDialer {
        /// For example `sip:{number}`; never `tel:`, which would come back to us.
        dial: String = String::new(),
    }
}
section! {
    /// Calls that happened elsewhere.
    Import {
        /// How far back the first import looks, in days.
        window_days: u32 = 14,
        /// How many calls the first import takes at most.
        first_limit: u32 = 200,
        /// Whether calls without a recording are left out.
        recording_required: bool = false,
        /// The largest recording to download, in units of 1,048,576 bytes.
        max_recording_mb: u32 = 200,
        /// What happens to the calls.
        log: ImportLog = ImportLog::Ask,
        /// The folder that recordings are downloaded to; empty for none.
        download_to: String = String::new(),
    }
}
section! {
    /// How long things are kept.
    Privacy {
        /// Days until a finished call leaves the history.
        keep_calls_days: u32 = 365,
    }
}
section! {
    /// How softphones may report calls.
    Hooks {
        /// Whether the HTTP listener runs.
        http: bool = false,
        /// Where it listens.
        bind: IpAddr = IpAddr::from([127, 0, 0, 1]),
        /// Addresses of desk phones that may speak to it besides this computer.
        allow: Vec<IpAddr> = Vec::new(),
        /// Its port.
        port: u16 = 41870,
    }
}

/// What was set for one telephony service; nothing for one that has no such settings.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CloudRules<'a> {
    /// Numbers whose calls are logged; empty means all.
    pub lines: &'a [String],
    /// Whether the note becomes a comment there when the call is filed.
    pub send_notes: bool,
    /// Whether tags that the company has there are set there.
    pub send_tags: bool,
    /// Whether the agent sees there who calls.
    pub insight_card: bool,
    /// Tags of which an answered call needs one.
    pub required_tags: &'a [String],
}

/// A setting that reads well and cannot work.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SettingRefused {
    /// A number outside its range.
    #[error("read settings: {key} must be between {least} and {most}")]
    OutOfRange {
        /// Dotted name of the key.
        key: &'static str,
        /// Least allowed value.
        least: i64,
        /// Largest allowed value.
        most: i64,
    },
    /// A service address that is neither https nor loopback.
    #[error("read settings: {key} must be an https address (plain http only to this computer)")]
    UnsafeAddress {
        /// Dotted name of the key.
        key: &'static str,
    },
    /// A dial link that would come back to Callside.
    #[error(
        "read settings: telephony.link.dial must contain {{number}} and must not be a tel: link"
    )]
    LoopingLink,
    /// No loopback port to come back to after the sign-in.
    #[error("read settings: crm.sellsy.redirect_ports must name at least one port")]
    NoRedirectPort,
}

impl SettingRefused {
    /// Dotted name of the key at fault.
    pub fn key(&self) -> &'static str {
        match self {
            Self::OutOfRange { key, .. } | Self::UnsafeAddress { key } => key,
            Self::LoopingLink => "telephony.link.dial",
            Self::NoRedirectPort => "crm.sellsy.redirect_ports",
        }
    }
}

impl Settings {
    /// Judges what types alone cannot.
    ///
    /// # Errors
    /// The first [`SettingRefused`] found.
    pub fn check(&self) -> Result<(), SettingRefused> {
        within("logging.undo_s", self.logging.undo_s, 0, 60)?;
        within("sync.interval_s", self.sync.interval_s, 1, 86_400)?;
        within(
            "privacy.keep_calls_days",
            self.privacy.keep_calls_days,
            1,
            36_500,
        )?;
        within("import.window_days", self.import.window_days, 1, 180)?;
        let addresses = [
            ("crm.sellsy.api_url", &self.crm.sellsy.api_url),
            ("crm.sellsy.login_url", &self.crm.sellsy.login_url),
            ("crm.sellsy.web_url", &self.crm.sellsy.web_url),
            ("crm.salesforce.login_url", &self.crm.salesforce.login_url),
            ("telephony.aircall.api_url", &self.telephony.aircall.api_url),
            (
                "telephony.aircall.workspace_url",
                &self.telephony.aircall.workspace_url,
            ),
            ("telephony.allo.api_url", &self.telephony.allo.api_url),
            ("telephony.allo.dialer_url", &self.telephony.allo.dialer_url),
        ];
        for (key, address) in addresses {
            safe_address(key, address)?;
        }
        if !self.crm.gorgias.url.is_empty() {
            safe_address("crm.gorgias.url", &self.crm.gorgias.url)?;
        }
        if self.crm.sellsy.redirect_ports.is_empty() {
            return Err(SettingRefused::NoRedirectPort);
        }
        let link = self.telephony.link.dial.trim();
        let loops = link.to_ascii_lowercase().starts_with("tel:")
            || link.to_ascii_lowercase().starts_with("callside:");
        if !link.is_empty() && (loops || !link.contains("{number}")) {
            return Err(SettingRefused::LoopingLink);
        }
        Ok(())
    }

    /// The region by which a connection's national numbers are read.
    pub fn region_of(&self, connection: &ConnectionId) -> Region {
        let own = match connection.as_str() {
            "sellsy" => self.crm.sellsy.region,
            "salesforce" => self.crm.salesforce.region,
            "gorgias" => self.crm.gorgias.region,
            _ => None,
        };
        own.unwrap_or(self.region)
    }

    /// What a connection does with unknown callers.
    pub fn unknown_callers_of(&self, connection: &ConnectionId) -> UnknownCallers {
        let own = match connection.as_str() {
            "sellsy" => self.crm.sellsy.unknown_callers,
            "salesforce" => self.crm.salesforce.unknown_callers,
            "gorgias" => self.crm.gorgias.unknown_callers,
            _ => None,
        };
        own.unwrap_or(self.logging.unknown_callers)
    }

    /// What was set for a telephony service, by its short name.
    pub fn cloud_of(&self, source: &str) -> CloudRules<'_> {
        let aircall = &self.telephony.aircall;
        match source {
            "aircall" => CloudRules {
                lines: &aircall.lines,
                send_notes: aircall.send_notes,
                send_tags: aircall.send_tags,
                insight_card: aircall.insight_card,
                required_tags: &aircall.required_tags,
            },
            "allo" => CloudRules {
                send_tags: self.telephony.allo.send_tags,
                ..CloudRules::default()
            },
            _ => CloudRules::default(),
        }
    }

    /// In which order each connection prefers its kinds of record.
    pub fn kind_order(&self) -> BTreeMap<ConnectionId, Vec<ContactKind>> {
        let order = |connection: &ConnectionId| {
            let own = &self.crm.sellsy.kinds;
            if connection.as_str() == "sellsy" && !own.is_empty() {
                own.clone()
            } else {
                default_order(connection.as_str()).to_vec()
            }
        };
        self.crm
            .order
            .iter()
            .map(|connection| (connection.clone(), order(connection)))
            .collect()
    }
}

fn within(key: &'static str, value: u32, least: u32, most: u32) -> Result<(), SettingRefused> {
    if (least..=most).contains(&value) {
        return Ok(());
    }
    Err(SettingRefused::OutOfRange {
        key,
        least: i64::from(least),
        most: i64::from(most),
    })
}

fn safe_address(key: &'static str, address: &str) -> Result<(), SettingRefused> {
    let refused = SettingRefused::UnsafeAddress { key };
    let url = url::Url::parse(address).map_err(|_| refused.clone())?;
    let loopback = match url.host() {
        Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
        Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
        Some(url::Host::Domain(name)) => name == "localhost",
        None => false,
    };
    match url.scheme() {
        "https" if url.has_host() => Ok(()),
        "http" if loopback => Ok(()),
        _ => Err(refused),
    }
}

#[cfg(test)]
mod tests;
