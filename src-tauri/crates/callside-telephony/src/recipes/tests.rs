#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use callside_core::call::Direction;
use callside_core::links::{self, Link};

use super::*;

const KEY: &str = "k3y-OF_this.install";

fn place(program: &str, windows: bool) -> Place {
    Place {
        program: program.into(),
        windows,
        listener: "127.0.0.1:41870".parse().unwrap(),
        lan_address: Some("192.0.2.7".parse().unwrap()),
        baresip_control: "127.0.0.1:4444".into(),
    }
}

fn texts(product: &str, place: &Place) -> Vec<String> {
    let of_product = |recipe: Recipe| (recipe.product == product).then_some(recipe.text);
    recipes(place, KEY)
        .into_iter()
        .filter_map(of_product)
        .collect()
}

#[test]
fn every_product_has_texts_with_the_key_filled_in() {
    let place = place("/usr/bin/callside", false);
    let all = recipes(&place, KEY);
    for product in [
        "MicroSIP",
        "Linphone",
        "Jitsi",
        "Twinkle",
        "3CX",
        "Ringotel",
        "Wildix",
        "GIT / NFON",
        "Yealink",
        "Snom",
        "Grandstream",
        "",
    ] {
        let texts = texts(product, &place);
        assert!(!texts.is_empty(), "{product}");
        assert!(texts.iter().all(|text| text.contains(KEY)), "{product}");
    }
    assert!(!texts("baresip", &place).is_empty());
    assert!(all.iter().all(|recipe| !recipe.place.is_empty()));
}

#[test]
fn the_texts_are_as_the_products_want_them() {
    let windows = place(r"C:\Program Files\Callside\callside.exe", true);
    let program = r#""C:\Program Files\Callside\callside.exe""#;
    assert_eq!(
        texts("MicroSIP", &windows)[0],
        format!("{program} call ringing --app=microsip --key={KEY} --")
    );
    assert_eq!(
        texts("3CX", &windows)[0],
        format!("{program} call ringing --app=3cx --key={KEY} -- %CallerNumber%")
    );
    let unix = place("/usr/bin/callside", false);
    assert_eq!(
        texts("Linphone", &unix)[0],
        format!("/usr/bin/callside call ringing --app=linphone --key={KEY} -- \"$1\"")
    );
    assert_eq!(
        texts("Yealink", &unix)[0],
        format!(
            "http://192.0.2.7:41870/v1/call/ringing?app=yealink&key={KEY}\
             &id=$call_id&from=$remote&name=$display_remote"
        )
    );
    assert_eq!(
        texts("Ringotel", &unix)[0],
        format!("callside:call/ringing?app=ringotel&key={KEY}&from=$caller$&name=$caller_name$")
    );
}

#[test]
fn words_of_strangers_never_stand_where_an_option_could() {
    let stranger = [
        "${caller.address}",
        "${caller.id}",
        "$SIP_FROM_USER",
        "$SIP_FROM_DISPLAY",
        "$SIP_CALL_ID",
        "$SIP_TO_USER",
        "%CallerNumber%",
        "{CALLERNUM}",
        "\"$1\"",
        "NUMBER",
        "NAME",
    ];
    for recipe in recipes(&place("/usr/bin/callside", false), KEY) {
        if !recipe.text.contains(" call ") {
            continue;
        }
        let line = recipe.text.lines().last().unwrap().to_owned();
        let (options, behind) = line.split_once(" -- ").unwrap_or((&line, ""));
        for word in options.split(' ') {
            let foreign = stranger.iter().any(|foreign| word.contains(foreign));
            assert!(!foreign || word.starts_with("--"), "{word} in {line}");
            assert!(!foreign || word.contains('='), "{word} in {line}");
        }
        assert!(behind.split(' ').count() <= 1, "{line}");
        assert!(!line.contains("$2"));
    }
}

#[test]
fn a_path_with_blanks_and_quotes_stays_one_word() {
    let unix = place("/home/ann o'x/call side", false);
    let text = texts("Linphone", &unix)[0].clone();
    assert!(
        text.starts_with(r"'/home/ann o'\''x/call side' call "),
        "{text}"
    );
}

#[cfg(unix)]
#[test]
fn the_twinkle_script_passes_hostile_names_as_one_argument() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::TempDir::new().unwrap();
    let program = folder.path().join("call side");
    std::fs::write(&program, "#!/bin/sh\nprintf '%s\\n' \"$@\"\n").unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    let script = texts("Twinkle", &place(&program.display().to_string(), false))[0].clone();
    let output = std::process::Command::new("/bin/sh")
        .args(["-c", &script])
        .env("SIP_CALL_ID", "a b")
        .env("SIP_FROM_DISPLAY", "--key=x $(id) `id` \"q\"")
        .env("SIP_FROM_USER", "-h")
        .output()
        .unwrap();
    let arguments = String::from_utf8(output.stdout).unwrap();
    let expected = [
        "call",
        "ringing",
        "--app=twinkle",
        &format!("--key={KEY}"),
        "--id=a b",
        "--name=--key=x $(id) `id` \"q\"",
        "--",
        "-h",
    ];
    assert_eq!(arguments.lines().collect::<Vec<_>>(), expected);
}

#[test]
fn links_are_understood_by_callside_itself() {
    let fill = |text: &str| {
        text.replace("$caller$", "+33199000123")
            .replace("$RemoteParty", "+33199000123")
            .replace("$caller_name$", "Ann & B")
            .replace("$RemoteAlias", "Ann & B")
            .replace("$CallGUID", "c1")
            .replace("$CallDurationSeconds", "7")
    };
    let place = place("/usr/bin/callside", false);
    for product in ["Ringotel", "GIT / NFON"] {
        for text in texts(product, &place) {
            let Ok(Link::Call(call)) = links::parse(&fill(&text)) else {
                panic!("{text}");
            };
            assert_eq!(call.key.as_deref(), Some(KEY), "{text}");
            let outbound = text.contains("dialing");
            let event = call.into_event(jiff::Timestamp::UNIX_EPOCH, true);
            assert_eq!(event.remote.as_deref(), Some("+33199000123"), "{text}");
            assert_eq!(event.likely_direction() == Direction::Outbound, outbound);
        }
    }
}

#[test]
fn desk_phones_are_given_an_address_they_can_reach() {
    let mut place = place("/usr/bin/callside", false);
    for (listener, lan, expected) in [
        ("0.0.0.0:80", Some("192.0.2.7"), "http://192.0.2.7:80/"),
        ("[::]:80", Some("2001:db8::7"), "http://[2001:db8::7]:80/"),
        ("192.0.2.9:80", Some("192.0.2.7"), "http://192.0.2.9:80/"),
        ("0.0.0.0:80", None, "http://127.0.0.1:80/"),
    ] {
        place.listener = listener.parse().unwrap();
        place.lan_address = lan.map(|ip| ip.parse().unwrap());
        let text = texts("Snom", &place)[0].clone();
        assert!(text.starts_with(expected), "{text}");
    }
}

#[test]
fn debug_output_shows_no_key() {
    let all = recipes(&place("/usr/bin/callside", false), KEY);
    assert!(!format!("{all:?}").contains(KEY));
}
