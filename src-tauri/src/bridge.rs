//! The one list of what crosses the bridge, and the file that the windows' side is made from.

use specta_typescript::Typescript;
use tauri::Wry;
use tauri_specta::{Builder, collect_commands, collect_events};

use crate::commands::{
    app, calls, card, cloud, connections, contacts, dialing, handlers, outbox, sample, settings,
    wrap_up,
};
use crate::wire;

/// Every command and every event.
pub fn builder() -> Builder<Wry> {
    Builder::<Wry>::new()
        .disable_serde_phases()
        .commands(collect_commands![
            app::app_view,
            app::banners,
            app::dismiss_banner,
            app::set_theme,
            app::set_autostart,
            app::show_window,
            app::finish_first_run,
            app::diagnostics,
            app::restore_backup,
            app::set_passphrase,
            app::unlock,
            app::use_session,
            card::card_state,
            card::resize_card,
            card::hide_card,
            card::focus_card,
            card::card_painted,
            wrap_up::save_draft,
            wrap_up::choose_contact,
            wrap_up::log_when_found,
            wrap_up::file_call,
            wrap_up::undo_filing,
            wrap_up::discard_call,
            wrap_up::set_aside,
            wrap_up::open_wrap_up,
            wrap_up::say_call,
            wrap_up::tag_suggestions,
            dialing::confirm_dial,
            dialing::dial_shown,
            dialing::cancel_dial,
            dialing::dial,
            dialing::read_number,
            calls::lookup,
            calls::calls,
            calls::call_detail,
            calls::overview,
            outbox::retry_delivery,
            outbox::attach_delivery,
            outbox::discard_delivery,
            outbox::open_delivery,
            contacts::open_record,
            contacts::open_opportunity,
            contacts::create_contact,
            contacts::search_contacts,
            contacts::contact,
            contacts::forget_person,
            contacts::clean_up,
            contacts::save_clean_up,
            contacts::open_downloads,
            settings::settings,
            settings::save_settings,
            settings::settle_double,
            settings::telephony,
            settings::renew_hook_key,
            cloud::clouds,
            cloud::connect_aircall,
            cloud::connect_allo,
            cloud::disconnect_cloud,
            cloud::cloud_agents,
            cloud::choose_cloud_agent,
            cloud::refresh_cloud,
            cloud::import_now,
            cloud::settle_enrichment,
            cloud::open_recording,
            cloud::show_workspace,
            connections::connections,
            connections::budget,
            connections::begin_sign_in,
            connections::paste_sign_in,
            connections::cancel_sign_in,
            connections::sign_in_with_secret,
            connections::disconnect,
            connections::shrink,
            connections::settle_shrink,
            connections::sync_now,
            handlers::handlers,
            handlers::test_handler,
            handlers::take_handler,
            handlers::undo_handler,
            sample::sample,
            sample::start_sample,
            sample::sample_ring,
            sample::sample_answer,
            sample::sample_hang_up,
            sample::sample_aircall,
            sample::open_sample_crm,
        ])
        .events(collect_events![
            wire::CardChanged,
            wire::CallsChanged,
            wire::ConnectionsChanged,
            wire::TelephonyChanged,
            wire::CloudsChanged,
            wire::BannersChanged,
            wire::AppChanged,
            wire::SampleChanged,
            wire::Navigate,
        ])
}

/// Writes the windows' side of the bridge.
///
/// # Errors
/// A sentence of the exporter's when the file cannot be written.
pub fn write_bindings(path: &std::path::Path) -> Result<(), String> {
    builder()
        .export(Typescript::default(), path)
        .map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::path::Path;

    /// `CALLSIDE_WRITE_BINDINGS=1 cargo test -p callside bindings` writes the file anew.
    #[test]
    fn the_committed_bindings_are_those_of_today() {
        let committed = Path::new(env!("CARGO_MANIFEST_DIR")).join("ui/src/bridge/bindings.ts");
        if std::env::var_os("CALLSIDE_WRITE_BINDINGS").is_some() {
            super::write_bindings(&committed).unwrap();
        }
        let folder = tempfile::tempdir().unwrap();
        let fresh = folder.path().join("bindings.ts");
        super::write_bindings(&fresh).unwrap();
        let read = |path: &Path| std::fs::read_to_string(path).unwrap();
        assert!(
            read(&committed) == read(&fresh),
            "ui/src/bridge/bindings.ts is stale: write it anew (see this test)"
        );
    }
}
