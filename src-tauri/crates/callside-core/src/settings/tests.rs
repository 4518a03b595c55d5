#![allow(clippy::unwrap_used)]

use super::*;

#[test]
fn the_defaults_can_work() {
    Settings::default().check().unwrap();
}

#[test]
fn plain_http_is_only_for_this_computer() {
    let rows = [
        ("https://crm.example.com/v2", true),
        ("http://127.0.0.1:8080/v2", true),
        ("http://[::1]:8080", true),
        ("http://localhost:9", true),
        ("http://crm.example.com/v2", false),
        ("http://127.0.0.1.example.com/", false),
        ("ftp://127.0.0.1/", false),
        ("file:///etc/passwd", false),
        ("not an address", false),
    ];
    for (address, allowed) in rows {
        let mut settings = Settings::default();
        settings.crm.sellsy.api_url = address.into();
        assert_eq!(settings.check().is_ok(), allowed, "{address}");
    }
}

#[test]
fn a_dial_link_never_comes_back_to_us() {
    let rows = [
        ("", true),
        ("sip:{number}", true),
        ("tel:{number}", false),
        ("TEL:{number}", false),
        ("callside:dial?to={number}", false),
        ("sip:reception", false),
    ];
    for (link, allowed) in rows {
        let mut settings = Settings::default();
        settings.telephony.link.dial = link.into();
        assert_eq!(settings.check().is_ok(), allowed, "{link}");
    }
}

#[test]
fn a_connection_may_have_its_own_region_and_rule_for_strangers() {
    let mut settings = Settings::default();
    let [sellsy, gorgias] = ["sellsy", "gorgias"].map(ConnectionId::new);
    settings.crm.sellsy.region = Region::parse("BE");
    assert_eq!(settings.region_of(&sellsy).as_str(), "BE");
    assert_eq!(settings.region_of(&gorgias).as_str(), "FR");
    assert_eq!(settings.unknown_callers_of(&sellsy), UnknownCallers::Leave);
    assert_eq!(
        settings.unknown_callers_of(&gorgias),
        UnknownCallers::Create
    );
}

#[test]
fn the_vendors_order_of_kinds_can_be_changed() {
    let sellsy = ConnectionId::new("sellsy");
    let mut settings = Settings::default();
    assert_eq!(
        settings.kind_order().get(&sellsy).unwrap().first(),
        Some(&ContactKind::Individual)
    );
    settings.crm.sellsy.kinds = vec![ContactKind::Contact, ContactKind::Company];
    assert_eq!(
        settings.kind_order().get(&sellsy).unwrap().first(),
        Some(&ContactKind::Contact)
    );
}
