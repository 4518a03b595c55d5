//! `callside call …`: what a softphone says of a call, word for word.
//!
//! The value of an option is always the next word or what stands behind `=`, whatever it begins
//! with, since the name of a caller may be chosen to look like an option.

use callside_core::links::{HookCall, LinkRefused};

/// The options that take a value.
const OPTIONS: [&str; 11] = [
    "from", "to", "dir", "id", "app", "line", "name", "at", "dur", "reason", "key",
];

/// What stood behind `call`, checked in form.
#[derive(Clone, PartialEq, Eq)]
pub struct HookArguments {
    /// `ringing`, `dialing`, `answered`, `ended`.
    pub action: String,
    /// Options and the number.
    pub pairs: Vec<(String, String)>,
}

/// What is wrong with the words. Carries option names only, never a value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum HookUsage {
    #[error("read hook: it does not say what happened")]
    NoAction,
    #[error("read hook: nothing happens like that")]
    UnknownAction,
    #[error("read hook: there is no such option")]
    UnknownOption,
    #[error("read hook: --{0} needs a value")]
    NoValue(&'static str),
    #[error("read hook: there are several numbers")]
    SeveralNumbers,
    #[error("read hook: --dir is in or out")]
    Direction,
    #[error("read hook: a number is too long or holds a control character")]
    Number,
}

impl HookUsage {
    pub(super) fn id(&self) -> &'static str {
        match self {
            Self::NoAction | Self::UnknownAction => "rust-usage-call-action",
            Self::UnknownOption => "rust-usage-call-option",
            Self::NoValue(_) => "rust-usage-call-value",
            Self::SeveralNumbers => "rust-usage-call-numbers",
            Self::Direction => "rust-usage-call-direction",
            Self::Number => "rust-usage-call-number",
        }
    }

    pub(super) fn word(&self) -> &'static str {
        match self {
            Self::NoValue(option) => option,
            _ => "",
        }
    }
}

impl HookArguments {
    pub(super) fn read(words: &[String]) -> Result<Self, HookUsage> {
        let mut words = words.iter();
        let action = words
            .next()
            .ok_or(HookUsage::NoAction)?
            .to_ascii_lowercase();
        let mut pairs: Vec<(String, String)> = Vec::new();
        let mut numbers: Vec<String> = Vec::new();
        let mut only_numbers = false;
        while let Some(word) = words.next() {
            if only_numbers || !word.starts_with("--") {
                numbers.push(word.clone());
                continue;
            }
            if word == "--" {
                only_numbers = true;
                continue;
            }
            let bare = word.strip_prefix("--").unwrap_or_default();
            let (name, inline) = match bare.split_once('=') {
                Some((name, value)) => (name, Some(value.to_owned())),
                None => (bare, None),
            };
            let name = OPTIONS
                .into_iter()
                .find(|known| *known == name)
                .ok_or(HookUsage::UnknownOption)?;
            let value = match inline {
                Some(value) => value,
                None => words.next().ok_or(HookUsage::NoValue(name))?.clone(),
            };
            pairs.push((name.to_owned(), value));
        }
        if numbers.len() > 1 {
            return Err(HookUsage::SeveralNumbers);
        }
        for number in numbers {
            pairs.push(("number".to_owned(), number));
        }
        let arguments = Self { action, pairs };
        arguments.check()?;
        Ok(arguments)
    }

    fn check(&self) -> Result<(), HookUsage> {
        let call = HookCall::from_pairs(&self.action, self.pairs.iter().cloned());
        let call = call.map_err(|refused| match refused {
            LinkRefused::UnknownAction => HookUsage::UnknownAction,
            _ => HookUsage::Number,
        })?;
        // A softphone that leaves a placeholder or nothing is no wrong usage; another word is.
        let said = self.value("dir").is_some_and(|dir| !dir.trim().is_empty());
        if said && call.direction.is_none() && !call.unfilled.contains(&"dir") {
            return Err(HookUsage::Direction);
        }
        Ok(())
    }

    fn value(&self, name: &str) -> Option<&str> {
        let mut found = self.pairs.iter().filter(|(key, _)| key == name);
        found.next().map(|(_, value)| value.as_str())
    }

    /// The instant of the event, where the softphone did not say it.
    pub(super) fn happened_at(&mut self, at: String) {
        if self.value("at").is_none() {
            self.pairs.push(("at".to_owned(), at));
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn read(words: &[&str]) -> Result<HookArguments, HookUsage> {
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        HookArguments::read(&words)
    }

    #[test]
    fn values_never_become_options() {
        let read = read(&[
            "ringing",
            "--name",
            "--file",
            "--from=--to",
            "--id",
            "-1",
            "--",
            "--key",
        ])
        .unwrap();
        assert_eq!(read.value("name"), Some("--file"));
        assert_eq!(read.value("from"), Some("--to"));
        assert_eq!(read.value("id"), Some("-1"));
        assert_eq!(read.value("number"), Some("--key"));
        assert_eq!(read.value("key"), None);
    }

    #[test]
    fn a_number_at_the_end_needs_no_option() {
        let read = read(&["ended", "--app", "microsip", "+33199001234"]).unwrap();
        assert_eq!(read.value("number"), Some("+33199001234"));
    }

    #[test]
    fn wrong_usage_is_told() {
        for words in [
            &[][..],
            &["flying"],
            &["ringing", "--colour", "red"],
            &["ringing", "--from"],
            &["ringing", "1", "2"],
            &["ringing", "--dir", "sideways"],
        ] {
            assert!(read(words).is_err(), "{words:?}");
        }
    }

    #[test]
    fn what_a_softphone_leaves_unfilled_is_no_wrong_usage() {
        for dir in ["in", "OUT", "", "$dir$", "%direction%"] {
            assert!(
                read(&["ringing", "--dir", dir, "--dur", "soon", "--at", "now"]).is_ok(),
                "{dir}"
            );
        }
    }
}
