//! Rules of the house that a compiler cannot see.

use std::path::Path;

/// The domain does no I/O: what it depends on is counted here on purpose.
#[test]
fn the_domain_depends_on_little() {
    let manifest =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("src-tauri/crates/callside-core/Cargo.toml");
    let text = std::fs::read_to_string(manifest).unwrap();
    let manifest: toml::Table = text.parse().unwrap();
    let wanted = manifest["dependencies"].as_table().unwrap();
    let allowed = [
        "async-trait",
        "jiff",
        "percent-encoding",
        "rlibphonenumber",
        "serde",
        "thiserror",
        "ulid",
        "unicode-normalization",
        "url",
    ];
    for name in wanted.keys() {
        assert!(
            allowed.contains(&name.as_str()),
            "callside-core depends on {name}"
        );
    }
}

/// Who may use whom.
#[test]
fn the_adapters_do_not_know_one_another() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("src-tauri/crates");
    let ours = |name: &str| -> Vec<String> {
        let text = std::fs::read_to_string(crates.join(name).join("Cargo.toml")).unwrap();
        let manifest: toml::Table = text.parse().unwrap();
        let wanted = manifest["dependencies"].as_table().unwrap().keys();
        wanted
            .filter(|name| name.starts_with("callside-"))
            .cloned()
            .collect()
    };
    for adapter in ["callside-store", "callside-keychain"] {
        assert_eq!(ours(adapter), ["callside-core"], "{adapter}");
    }
    for adapter in ["callside-crm", "callside-telephony"] {
        let mut known = ours(adapter);
        known.retain(|name| name != "callside-http");
        assert_eq!(known, ["callside-core"], "{adapter}");
    }
    assert_eq!(ours("callside-http"), ["callside-core"]);
    assert_eq!(ours("callside-core"), Vec::<String>::new());
    assert_eq!(ours("callside-engine"), ["callside-core", "callside-store"]);
    assert_eq!(ours("callside-sandbox"), Vec::<String>::new());
}
