//! Every sentence that Rust says, in the agent's language.
//!
//! The sentences live beside those of the windows, in Fluent files; ids that start with `rust-`
//! are ours. A sentence missing in one language is said in English, and one missing there shows
//! its id, which a test keeps from happening.

use std::sync::{Arc, OnceLock};

use callside_core::call::EndReason;
use callside_core::cloud_call::{CloudLabels, Mood};
use callside_core::contact::Role;
use callside_core::links::{DialRefused, DialWarning, LinkRefused};
use callside_core::outbox::{LogLabels, Reason};
use callside_core::ports::{DialError, ReadError};
use callside_core::settings::{Language, Settings};
use callside_core::wrap_up::{Disposition, DraftRefused};
use callside_engine::call_log::WrapUpError;
use callside_engine::connections::{ConnectionState, Trouble};
use callside_engine::dialing::DialFailed;
use callside_store::{BackupError, StoreError};
use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::wire::LanguageWord;

const ENGLISH: &str = include_str!("../../ui/src/text/en.ftl");
const FRENCH: &str = include_str!("../../ui/src/text/fr.ftl");

type Bundle = FluentBundle<FluentResource>;

/// The sentences of one language.
pub struct Text {
    language: LanguageWord,
    bundle: Bundle,
}

/// What the agent can do about a database depends on why it refused.
fn store_failed(error: &StoreError) -> &'static str {
    match error {
        StoreError::Full { .. } => "rust-failed-disk-full",
        StoreError::ReadOnly { .. } => "rust-failed-read-only",
        _ => "rust-error-store",
    }
}

/// The language that a setting means on this machine.
pub fn language_of(setting: Language) -> LanguageWord {
    match setting {
        Language::En => LanguageWord::En,
        Language::Fr => LanguageWord::Fr,
        Language::System => {
            let system = sys_locale::get_locale().unwrap_or_default();
            if system.to_ascii_lowercase().starts_with("fr") {
                LanguageWord::Fr
            } else {
                LanguageWord::En
            }
        }
    }
}

impl Text {
    /// The sentences for a setting.
    pub fn of(setting: Language) -> Arc<Self> {
        Self::in_language(language_of(setting))
    }

    /// The sentences of a language. Read once per run.
    pub fn in_language(language: LanguageWord) -> Arc<Self> {
        static ENGLISH_TEXT: OnceLock<Arc<Text>> = OnceLock::new();
        static FRENCH_TEXT: OnceLock<Arc<Text>> = OnceLock::new();
        let (cell, source) = match language {
            LanguageWord::En => (&ENGLISH_TEXT, ENGLISH),
            LanguageWord::Fr => (&FRENCH_TEXT, FRENCH),
        };
        Arc::clone(cell.get_or_init(|| {
            Arc::new(Self {
                language,
                bundle: bundle(language, source),
            })
        }))
    }

    /// Which language this is.
    pub fn language(&self) -> LanguageWord {
        self.language
    }

    /// A sentence.
    pub fn say(&self, id: &str) -> String {
        self.say_with(id, &[])
    }

    /// A sentence with values. Values are put in as plain text.
    pub fn say_with(&self, id: &str, values: &[(&str, &str)]) -> String {
        let mut arguments = FluentArgs::new();
        for (name, value) in values {
            arguments.set(*name, *value);
        }
        self.format(id, &arguments)
    }

    /// A sentence with a number, whose words may depend on it.
    pub fn count(&self, id: &str, count: u64) -> String {
        let mut arguments = FluentArgs::new();
        arguments.set("count", FluentValue::from(count));
        self.format(id, &arguments)
    }

    /// A sentence with a number by its own name, and with values.
    pub fn count_with(&self, id: &str, count: (&str, u64), values: &[(&str, &str)]) -> String {
        let mut arguments = FluentArgs::new();
        arguments.set(count.0, FluentValue::from(count.1));
        for (name, value) in values {
            arguments.set(*name, *value);
        }
        self.format(id, &arguments)
    }

    fn format(&self, id: &str, arguments: &FluentArgs<'_>) -> String {
        if let Some(said) = said_in(&self.bundle, id, arguments) {
            return said;
        }
        let english = Self::in_language(LanguageWord::En);
        said_in(&english.bundle, id, arguments).unwrap_or_else(|| id.to_owned())
    }

    /// Why a delivery waits or is stuck.
    pub fn reason(&self, crm: &str, reason: &Reason) -> String {
        let crm = crm_name(crm);
        match reason {
            Reason::Refused { words } if words.trim().is_empty() => {
                self.say_with("rust-reason-refused-silently", &[("crm", crm)])
            }
            Reason::Refused { words } => {
                self.say_with("rust-reason-refused", &[("crm", crm), ("words", words)])
            }
            other => {
                let id = format!("rust-reason-{}", other.code().replace('_', "-"));
                self.say_with(&id, &[("crm", crm)])
            }
        }
    }

    /// Why something is not written at a telephony service yet: there the record is the call's, not a
    /// contact's.
    pub fn send_reason(&self, service: &str, reason: &Reason) -> String {
        let id = match reason {
            Reason::ContactNotFound => "rust-send-reason-not-named",
            Reason::ContactDeleted => "rust-send-reason-gone",
            other => return self.reason(service, other),
        };
        self.say_with(id, &[("crm", crm_name(service))])
    }

    /// Why a connection does not work. None when it does.
    pub fn connection_reason(&self, crm: &str, state: &ConnectionState) -> Option<String> {
        let crm = crm_name(crm);
        Some(match state {
            ConnectionState::Connected | ConnectionState::Syncing => return None,
            ConnectionState::Disconnected => {
                self.say_with("rust-connection-disconnected", &[("crm", crm)])
            }
            ConnectionState::Trouble(Trouble::Unreachable) => {
                self.say_with("rust-connection-unreachable", &[("crm", crm)])
            }
            ConnectionState::Trouble(Trouble::MissingRight(scope)) => self.say_with(
                "rust-connection-missing-right",
                &[("crm", crm), ("scope", scope)],
            ),
            ConnectionState::Trouble(Trouble::Unreadable) => {
                self.say_with("rust-connection-unreadable", &[("crm", crm)])
            }
        })
    }

    /// Why a CRM did not answer a question.
    pub fn read_error(&self, crm: &str, error: &ReadError) -> String {
        let crm = crm_name(crm);
        let id = match error {
            ReadError::Offline => "rust-connection-unreachable",
            ReadError::Busy { .. } => "rust-reason-limited",
            ReadError::Unauthorized => "rust-connection-disconnected",
            ReadError::Forbidden { scope } => {
                return self.say_with(
                    "rust-connection-missing-right",
                    &[("crm", crm), ("scope", scope)],
                );
            }
            ReadError::Refused { words } => {
                return self.say_with("rust-reason-refused", &[("crm", crm), ("words", words)]);
            }
            ReadError::AgentUnknown => "rust-connection-agent-unknown",
            ReadError::Gone | ReadError::Unreadable | ReadError::CursorLost => {
                "rust-connection-unreadable"
            }
        };
        self.say_with(id, &[("crm", crm)])
    }

    /// Why nothing was dialled.
    pub fn dial_failed(&self, error: &DialFailed) -> String {
        let id = match error {
            DialFailed::Number(refused) => match refused {
                DialRefused::DialCode => "rust-dial-code",
                DialRefused::Letters => "rust-dial-letters",
                DialRefused::NoDigits => "rust-dial-no-digits",
                DialRefused::SeveralNumbers => "rust-dial-several",
                DialRefused::TooLong => "rust-dial-too-long",
                DialRefused::ControlCharacter => "rust-dial-control",
            },
            DialFailed::Link(refused) => return self.link_refused(*refused),
            DialFailed::Dropped => "rust-dial-dropped",
            DialFailed::NoSuchRequest => "rust-dial-no-request",
            DialFailed::TooEarly => "rust-dial-too-early",
            DialFailed::Softphone(DialError::NotSetUp) => "rust-dial-not-set-up",
            DialFailed::Softphone(DialError::Unreachable) => "rust-dial-unreachable",
            DialFailed::Softphone(DialError::Refused) => "rust-dial-refused",
            DialFailed::Softphone(DialError::BadSetting { key }) => {
                return self.say_with("rust-dial-bad-setting", &[("key", key)]);
            }
            DialFailed::Softphone(DialError::NotAvailable) => "rust-dial-not-available",
            DialFailed::Softphone(DialError::NoLine) => "rust-dial-no-line",
            DialFailed::Softphone(DialError::UnknownAgent) => "rust-dial-unknown-agent",
            DialFailed::Softphone(DialError::NeedsCountry) => "rust-dial-needs-country",
            DialFailed::Softphone(DialError::Unauthorized) => "rust-dial-unauthorized",
            DialFailed::Store(error) => store_failed(error),
        };
        self.say(id)
    }

    /// Why a link was refused.
    pub fn link_refused(&self, refused: LinkRefused) -> String {
        self.say(match refused {
            LinkRefused::TooLong => "rust-link-too-long",
            LinkRefused::ControlCharacter => "rust-dial-control",
            LinkRefused::NotText => "rust-link-not-text",
            LinkRefused::UnknownScheme => "rust-link-scheme",
            LinkRefused::UnknownAction => "rust-link-action",
            LinkRefused::NoNumber => "rust-dial-no-digits",
            LinkRefused::NoView => "rust-link-no-view",
        })
    }

    /// What to think of before dialling.
    pub fn dial_warning(&self, warning: DialWarning) -> String {
        self.say(&format!(
            "rust-warning-{}",
            warning.as_str().replace('_', "-")
        ))
    }

    /// Why a wrap-up could not be done.
    pub fn wrap_up_failed(&self, error: &WrapUpError) -> String {
        let id = match error {
            WrapUpError::NoSuchCall => "rust-error-no-such-call",
            WrapUpError::NotOpen => "rust-error-not-open",
            WrapUpError::TooLate => "rust-error-too-late",
            WrapUpError::AlreadyDelivered => "rust-error-already-delivered",
            WrapUpError::Undecided => "rust-error-undecided",
            WrapUpError::TagMissing => "rust-error-tag-missing",
            WrapUpError::Draft(refused) => match refused {
                DraftRefused::Empty => "rust-error-tag-empty",
                DraftRefused::TagTooLong => "rust-error-tag-long",
                DraftRefused::TooManyTags => "rust-error-tags-many",
                DraftRefused::NoteTooLong => "rust-error-note-long",
            },
            WrapUpError::Crm(_) => "rust-error-create-contact",
            WrapUpError::NoNumber => "rust-error-no-number",
            WrapUpError::Store(error) => store_failed(error),
        };
        self.say(id)
    }

    /// Why a backup could not be restored.
    pub fn backup_failed(&self, error: &BackupError) -> String {
        self.say(match error {
            BackupError::Full => "rust-failed-disk-full",
            BackupError::Unsound | BackupError::Unknown => "rust-restore-not-good",
            BackupError::Newer => "rust-restore-newer",
            BackupError::Journal(_) | BackupError::Io(_) => "rust-failed-store",
        })
    }

    /// An instant as a date and a time of day that sort and read alike in every language.
    pub fn day(&self, at: Timestamp) -> String {
        let here = at.to_zoned(TimeZone::system());
        here.strftime("%Y-%m-%d %H:%M").to_string()
    }

    /// A word of our own JSON, for people: `rust-word-GROUP-WORD`.
    pub fn word(&self, group: &str, word: &str) -> String {
        self.say(&format!("rust-word-{group}-{}", word.replace('_', "-")))
    }

    /// The words before the facts in logged texts.
    pub fn log_labels(&self) -> LogLabels {
        let reasons = [
            EndReason::Missed,
            EndReason::Declined,
            EndReason::Cancelled,
            EndReason::Busy,
            EndReason::Failed,
        ];
        let offered = Disposition::OFFERED.map(|word| (word, "disposition"));
        let moods = [Mood::Positive, Mood::Neutral, Mood::Negative];
        let roles = [Role::Client, Role::Prospect, Role::Supplier];
        let words = reasons
            .map(|reason| (reason.as_str(), "end"))
            .into_iter()
            .chain(offered)
            .chain(moods.map(|mood| (mood.as_str(), "mood")))
            .chain(roles.map(|role| (role.as_str(), "role")))
            .map(|(word, group)| (word.to_owned(), self.word(group, word)))
            .collect();
        LogLabels {
            number: self.say("rust-log-number"),
            withheld: self.say("rust-log-withheld"),
            line: self.say("rust-log-line"),
            outcome: self.say("rust-log-outcome"),
            tags: self.say("rust-log-tags"),
            words,
            // Blanks at the edge of a message are cut off, so this one is not kept in the files.
            colon: match self.language {
                LanguageWord::En => ": ",
                LanguageWord::Fr => "\u{202f}: ",
            }
            .to_owned(),
            cloud: CloudLabels {
                remark: self.say("rust-log-remark"),
                recording: self.say("rust-log-recording"),
                summary: self.say("rust-log-summary"),
                topics: self.say("rust-log-topics"),
                mood: self.say("rust-log-mood"),
                action_items: self.say("rust-log-action-items"),
                transcript: self.say("rust-log-transcript"),
                role: self.say("rust-log-role"),
                company: self.say("rust-log-company"),
                opportunity: self.say("rust-log-opportunity"),
                last_note: self.say("rust-log-last-note"),
            },
        }
    }
}

/// The labels of logged texts: in the team's language, which may differ from the agent's.
pub fn log_labels(settings: &Settings) -> LogLabels {
    let setting = match settings.logging.language {
        Language::System => settings.language,
        other => other,
    };
    Text::of(setting).log_labels()
}

/// A CRM's name as people write it.
pub fn crm_name(connection: &str) -> &str {
    match connection {
        "sellsy" => "Sellsy",
        "salesforce" => "Salesforce",
        "gorgias" => "Gorgias",
        "aircall" => "Aircall",
        "allo" => "Allo",
        other => other,
    }
}

fn bundle(language: LanguageWord, source: &str) -> Bundle {
    let id = match language {
        LanguageWord::En => "en-GB",
        LanguageWord::Fr => "fr-FR",
    };
    let id: unic_langid::LanguageIdentifier = id.parse().unwrap_or_default();
    let mut bundle = Bundle::new_concurrent(vec![id]);
    // Isolation marks would end up in copied text and in terminals.
    bundle.set_use_isolating(false);
    // What can be read of a file with a mistake is still said; a test keeps mistakes out.
    let resource = FluentResource::try_new(source.to_owned()).unwrap_or_else(|(read, _)| read);
    bundle.add_resource_overriding(resource);
    bundle
}

fn said_in(bundle: &Bundle, id: &str, arguments: &FluentArgs<'_>) -> Option<String> {
    let pattern = bundle.get_message(id)?.value()?;
    let mut errors = Vec::new();
    let said = bundle.format_pattern(pattern, Some(arguments), &mut errors);
    Some(said.into_owned())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]

    use std::collections::BTreeSet;

    use super::*;

    fn ids(source: &str) -> BTreeSet<&str> {
        let own = source.lines().filter(|line| line.starts_with("rust-"));
        own.filter_map(|line| Some(line.split_once('=')?.0.trim()))
            .collect()
    }

    #[test]
    fn both_languages_say_the_same_and_have_no_mistakes() {
        for source in [ENGLISH, FRENCH] {
            if let Err((_, errors)) = FluentResource::try_new(source.to_owned()) {
                panic!("{errors:?}");
            }
        }
        assert!(!ids(ENGLISH).is_empty());
        assert_eq!(ids(ENGLISH), ids(FRENCH));
    }

    #[test]
    fn every_id_in_the_code_exists() {
        let code = [
            include_str!("text.rs"),
            include_str!("cli.rs"),
            include_str!("cli/human.rs"),
            include_str!("cli/doctor.rs"),
            include_str!("control.rs"),
            include_str!("wiring.rs"),
            include_str!("wiring/sign_in.rs"),
            include_str!("wiring/keychain.rs"),
            include_str!("wiring/sample.rs"),
            include_str!("shapes.rs"),
        ];
        let known = ids(ENGLISH);
        for source in code {
            for quoted in source.split('"').filter(|text| text.starts_with("rust-")) {
                let is_id = quoted.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
                if is_id && !quoted.ends_with('-') {
                    assert!(known.contains(quoted), "{quoted} is in no file");
                }
            }
        }
    }

    #[test]
    fn reasons_say_what_the_interface_promises() {
        let text = Text::in_language(LanguageWord::En);
        let words = "The topic is closed";
        let cases = [
            (Reason::ContactNotFound, "not found"),
            (Reason::ContactDeleted, "deleted"),
            (Reason::Disconnected, "disconnected"),
            (
                Reason::Refused {
                    words: words.into(),
                },
                words,
            ),
            (Reason::NoAdmin, "admin"),
            (Reason::Unreachable, "reached"),
            (Reason::Limited, "patience"),
        ];
        for (reason, part) in cases {
            let said = text.reason("sellsy", &reason);
            assert!(said.contains(part), "{said}");
            let french = Text::in_language(LanguageWord::Fr).reason("sellsy", &reason);
            assert!(
                !french.contains("rust-") && french != said || part == words,
                "{french}"
            );
        }
    }

    #[test]
    fn what_waits_at_a_service_waits_for_the_call_and_not_for_a_contact() {
        for language in [LanguageWord::En, LanguageWord::Fr] {
            let text = Text::in_language(language);
            for reason in [Reason::ContactNotFound, Reason::ContactDeleted] {
                let said = text.send_reason("aircall", &reason);
                assert!(said.contains("Aircall"), "{said}");
                assert_ne!(said, text.reason("aircall", &reason));
            }
            let said = text.send_reason("aircall", &Reason::Limited);
            assert_eq!(said, text.reason("aircall", &Reason::Limited));
        }
    }

    #[test]
    fn every_warning_and_log_word_has_its_words() {
        use DialWarning::{
            Ambiguous, Emergency, ExtensionSetAside, InvalidNumber, PremiumRate, Satellite,
            SharedCost, UnusualCountry,
        };
        for language in [LanguageWord::En, LanguageWord::Fr] {
            let text = Text::in_language(language);
            for warning in [
                Ambiguous,
                Emergency,
                ExtensionSetAside,
                InvalidNumber,
                PremiumRate,
                Satellite,
                SharedCost,
                UnusualCountry,
            ] {
                assert!(!text.dial_warning(warning).contains("rust-"));
            }
            for (_, word) in text.log_labels().words {
                assert!(!word.contains("rust-"), "{word}");
            }
        }
    }

    #[test]
    fn french_uses_its_own_signs() {
        for line in FRENCH.lines().filter(|line| line.starts_with("rust-")) {
            let said = line.split_once('=').unwrap().1;
            assert!(!said.contains('\''), "a straight apostrophe: {line}");
            for sign in [';', '!', '?', ':'] {
                for (at, _) in said.match_indices(sign) {
                    let before = said.split_at(at).0.chars().next_back();
                    let time = said
                        .split_at(at + 1)
                        .1
                        .starts_with(|c: char| c.is_ascii_digit() || c == '/');
                    assert!(
                        before == Some('\u{202f}') || time,
                        "no narrow space before {sign}: {line}"
                    );
                }
            }
        }
    }
}
