//! Settings for the bridge and back.
//!
//! The two have one shape on purpose, so a value that one of them lacks does not compile.

use callside_core::id::ConnectionId;
use callside_core::insight::OpportunityRule;
use callside_core::phone_number::Region;
use callside_core::settings::{
    Agent, Aircall, Allo, Baresip, CommandDialer, Crms, DialWith, Gorgias, Hooks, Import,
    ImportLog, Language, LinkDialer, Logging, Missed, Privacy, Salesforce, Sellsy, Settings, Sync,
    Targets, TelephonySettings, UnknownCallers,
};

use crate::shapes;
use crate::views::people;
use crate::wire::{
    AgentSettings, AircallSettings, AlloSettings, BaresipSettings, CommandSettings, CrmSettings,
    DialWithSetting, GorgiasSettings, HooksSettings, ImportLogSetting, ImportSettings,
    LanguageSetting, LinkSettings, LoggingSettings, MissedSetting, OpportunitySetting,
    PrivacySettings, SalesforceSettings, SellsySettings, SettingsView, SyncSettings,
    TargetsSetting, TelephonySettingsView, UnknownCallersSetting,
};

macro_rules! twin {
    ($a:ident <-> $b:ident, $to:ident, $from:ident { $($var:ident),* $(,)? }) => {
        fn $to(value: $a) -> $b {
            match value { $($a::$var => $b::$var),* }
        }
        fn $from(value: $b) -> $a {
            match value { $($b::$var => $a::$var),* }
        }
    };
}

twin!(Language <-> LanguageSetting, language, from_language { System, En, Fr });
twin!(Targets <-> TargetsSetting, targets, from_targets { Best, All });
twin!(UnknownCallers <-> UnknownCallersSetting, unknown, from_unknown { Leave, Ask, Create });
twin!(Missed <-> MissedSetting, missed, from_missed { Auto, Ask, Leave });
twin!(ImportLog <-> ImportLogSetting, import_log, from_import_log { Ask, Auto });
twin!(DialWith <-> DialWithSetting, dial_with, from_dial_with { Baresip, Aircall, Allo, Link, Command });
twin!(OpportunityRule <-> OpportunitySetting, rule, from_rule { Oldest, Newest, Largest, None });

/// Why settings from a window cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable {
    /// Dotted name of the setting at fault.
    pub key: &'static str,
}

/// Settings for a window.
pub fn view(settings: &Settings) -> SettingsView {
    let Settings {
        language: words,
        region,
        agent,
        logging,
        sync,
        crm,
        telephony,
        import,
        privacy,
        hooks,
    } = settings.clone();
    SettingsView {
        language: language(words),
        region: region.as_str().to_owned(),
        agent: AgentSettings { email: agent.email },
        logging: LoggingSettings {
            targets: targets(logging.targets),
            unknown_callers: unknown(logging.unknown_callers),
            missed: missed(logging.missed),
            undo_s: logging.undo_s,
            language: language(logging.language),
            lines: logging.lines,
            skip_sources: logging.skip_sources,
            skip_lines: logging.skip_lines,
            enrich_sources: logging.enrich_sources,
            enrich_lines: logging.enrich_lines,
        },
        sync: SyncSettings {
            interval_s: sync.interval_s,
        },
        crm: crms(crm),
        telephony: TelephonySettingsView {
            dial_with: dial_with(telephony.dial_with),
            baresip: BaresipSettings {
                control: telephony.baresip.control,
                domain: telephony.baresip.domain,
            },
            aircall: AircallSettings {
                api_url: telephony.aircall.api_url,
                workspace_url: telephony.aircall.workspace_url,
                embed: telephony.aircall.embed,
                lines: telephony.aircall.lines,
                dial_line: telephony.aircall.dial_line,
                send_notes: telephony.aircall.send_notes,
                send_tags: telephony.aircall.send_tags,
                insight_card: telephony.aircall.insight_card,
                required_tags: telephony.aircall.required_tags,
            },
            command: CommandSettings {
                dial: telephony.command.dial,
            },
            allo: AlloSettings {
                api_url: telephony.allo.api_url,
                dialer_url: telephony.allo.dialer_url,
                embed: telephony.allo.embed,
                send_tags: telephony.allo.send_tags,
                transcript: telephony.allo.transcript,
            },
            link: LinkSettings {
                dial: telephony.link.dial,
            },
        },
        import: ImportSettings {
            window_days: import.window_days,
            first_limit: import.first_limit,
            recording_required: import.recording_required,
            max_recording_mb: import.max_recording_mb,
            log: import_log(import.log),
            download_to: import.download_to,
        },
        privacy: PrivacySettings {
            keep_calls_days: privacy.keep_calls_days,
        },
        hooks: HooksSettings {
            http: hooks.http,
            bind: hooks.bind.to_string(),
            allow: hooks.allow.iter().map(ToString::to_string).collect(),
            port: hooks.port,
        },
    }
}

fn crms(crm: Crms) -> CrmSettings {
    let code = |region: Option<Region>| region.map(|region| region.as_str().to_owned());
    CrmSettings {
        order: crm.order.iter().map(ToString::to_string).collect(),
        sellsy: SellsySettings {
            opportunity: rule(crm.sellsy.opportunity),
            smart_tags: crm.sellsy.smart_tags,
            redirect_ports: crm.sellsy.redirect_ports,
            api_url: crm.sellsy.api_url,
            login_url: crm.sellsy.login_url,
            web_url: crm.sellsy.web_url,
            client_id: crm.sellsy.client_id,
            region: code(crm.sellsy.region),
            unknown_callers: crm.sellsy.unknown_callers.map(unknown),
            kinds: crm
                .sellsy
                .kinds
                .into_iter()
                .map(shapes::contact_kind)
                .collect(),
        },
        salesforce: SalesforceSettings {
            login_url: crm.salesforce.login_url,
            client_id: crm.salesforce.client_id,
            region: code(crm.salesforce.region),
            unknown_callers: crm.salesforce.unknown_callers.map(unknown),
        },
        gorgias: GorgiasSettings {
            url: crm.gorgias.url,
            email: crm.gorgias.email,
            region: code(crm.gorgias.region),
            unknown_callers: crm.gorgias.unknown_callers.map(unknown),
        },
    }
}

/// Settings from a window.
///
/// # Errors
/// [`Unreadable`] with the first key whose text means nothing.
pub fn from_view(view: SettingsView) -> Result<Settings, Unreadable> {
    let region = |code: &str, key| Region::parse(code).ok_or(Unreadable { key });
    let own = |code: Option<String>, key| {
        code.filter(|code| !code.is_empty())
            .map(|code| region(&code, key))
            .transpose()
    };
    let address = |text: &String, key| text.trim().parse().map_err(|_| Unreadable { key });
    let telephony = view.telephony;
    Ok(Settings {
        language: from_language(view.language),
        region: region(&view.region, "region")?,
        agent: Agent {
            email: view.agent.email.trim().to_owned(),
        },
        logging: Logging {
            targets: from_targets(view.logging.targets),
            unknown_callers: from_unknown(view.logging.unknown_callers),
            missed: from_missed(view.logging.missed),
            undo_s: view.logging.undo_s,
            language: from_language(view.logging.language),
            lines: view.logging.lines,
            skip_sources: view.logging.skip_sources,
            skip_lines: view.logging.skip_lines,
            enrich_sources: view.logging.enrich_sources,
            enrich_lines: view.logging.enrich_lines,
        },
        sync: Sync {
            interval_s: view.sync.interval_s,
        },
        crm: Crms {
            order: view.crm.order.into_iter().map(ConnectionId::new).collect(),
            sellsy: Sellsy {
                opportunity: from_rule(view.crm.sellsy.opportunity),
                smart_tags: view.crm.sellsy.smart_tags,
                redirect_ports: view.crm.sellsy.redirect_ports,
                api_url: view.crm.sellsy.api_url,
                login_url: view.crm.sellsy.login_url,
                web_url: view.crm.sellsy.web_url,
                client_id: view.crm.sellsy.client_id,
                region: own(view.crm.sellsy.region, "crm.sellsy.region")?,
                unknown_callers: view.crm.sellsy.unknown_callers.map(from_unknown),
                kinds: view
                    .crm
                    .sellsy
                    .kinds
                    .into_iter()
                    .map(people::from_kind)
                    .collect(),
            },
            salesforce: Salesforce {
                login_url: view.crm.salesforce.login_url,
                client_id: view.crm.salesforce.client_id,
                region: own(view.crm.salesforce.region, "crm.salesforce.region")?,
                unknown_callers: view.crm.salesforce.unknown_callers.map(from_unknown),
            },
            gorgias: Gorgias {
                url: view.crm.gorgias.url,
                email: view.crm.gorgias.email,
                region: own(view.crm.gorgias.region, "crm.gorgias.region")?,
                unknown_callers: view.crm.gorgias.unknown_callers.map(from_unknown),
            },
        },
        telephony: TelephonySettings {
            dial_with: from_dial_with(telephony.dial_with),
            baresip: Baresip {
                control: telephony.baresip.control,
                domain: telephony.baresip.domain,
            },
            aircall: Aircall {
                api_url: telephony.aircall.api_url,
                workspace_url: telephony.aircall.workspace_url,
                embed: telephony.aircall.embed,
                lines: telephony.aircall.lines,
                dial_line: telephony.aircall.dial_line,
                send_notes: telephony.aircall.send_notes,
                send_tags: telephony.aircall.send_tags,
                insight_card: telephony.aircall.insight_card,
                required_tags: telephony.aircall.required_tags,
            },
            command: CommandDialer {
                dial: telephony.command.dial,
            },
            allo: Allo {
                api_url: telephony.allo.api_url,
                dialer_url: telephony.allo.dialer_url,
                embed: telephony.allo.embed,
                send_tags: telephony.allo.send_tags,
                transcript: telephony.allo.transcript,
            },
            link: LinkDialer {
                dial: telephony.link.dial,
            },
        },
        import: Import {
            window_days: view.import.window_days,
            first_limit: view.import.first_limit,
            recording_required: view.import.recording_required,
            max_recording_mb: view.import.max_recording_mb,
            log: from_import_log(view.import.log),
            download_to: view.import.download_to,
        },
        privacy: Privacy {
            keep_calls_days: view.privacy.keep_calls_days,
        },
        hooks: Hooks {
            http: view.hooks.http,
            bind: address(&view.hooks.bind, "hooks.bind")?,
            allow: view
                .hooks
                .allow
                .iter()
                .map(|text| address(text, "hooks.allow"))
                .collect::<Result<_, _>>()?,
            port: view.hooks.port,
        },
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn settings_come_back_as_they_went() {
        let mut settings = Settings::default();
        settings.crm.sellsy.region = Region::parse("BE");
        settings.hooks.allow = vec!["192.0.2.7".parse().unwrap()];
        assert_eq!(from_view(view(&settings)).unwrap(), settings);
    }

    #[test]
    fn a_text_that_means_nothing_names_its_key() {
        let mut asked = view(&Settings::default());
        asked.region = "Gaul".into();
        assert_eq!(from_view(asked).unwrap_err().key, "region");
        let mut asked = view(&Settings::default());
        asked.hooks.bind = "everywhere".into();
        assert_eq!(from_view(asked).unwrap_err().key, "hooks.bind");
    }
}
