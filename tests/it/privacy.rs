//! What must not be found anywhere.

use callside_sandbox::book::MARIE_DUPONT_MOBILE;

use crate::desk::Desk;

#[tokio::test(flavor = "multi_thread")]
async fn nothing_personal_is_logged_or_lies_in_plain_text() {
    let mut desk = Desk::at_work().await;
    let id = desk.talk_with(MARIE_DUPONT_MOBILE, "1").await;
    desk.run(&[
        "wrap-up",
        &id,
        "--note",
        "Zanzibar marmalade",
        "--tag",
        "quokka",
        "--file",
    ])
    .good();
    desk.logged(1).await;
    desk.crm.go_offline();
    desk.run(&["tel:+33199004321"]).good();
    desk.run(&["lookup", "+33199001001"]).good();
    assert_eq!(desk.run(&["tel:*21*0199004321%23"]).code, 1);
    desk.crm.come_back();
    let key = desk.run(&["status", "--json"]).good().json()["hooks"]["key"].clone();
    let secret = desk.crm.client_secret().to_owned();
    let forbidden = [
        MARIE_DUPONT_MOBILE.trim_start_matches('+'),
        "199004321",
        "33199001001",
        "Marie",
        "Dupont",
        "Zanzibar",
        "quokka",
        &secret,
        key.as_str().unwrap(),
        "Bearer",
        "access_token",
    ];
    let said = desk.said.lock().unwrap().clone();
    assert!(said.contains("callside"), "the log speaks at all");
    for word in forbidden {
        assert!(!said.contains(word), "{word} is in the log");
    }
    // While it runs: the log of the databases and their shared memory are files, too.
    for (path, bytes) in desk.bytes_on_disk() {
        for word in forbidden {
            let found = bytes
                .windows(word.len())
                .any(|part| part == word.as_bytes());
            assert!(!found, "{word} is in {}", path.display());
        }
    }
    desk.signal(rustix::process::Signal::TERM);
    assert_eq!(desk.ended().await, Some(0));
    for (path, bytes) in desk.bytes_on_disk() {
        for word in forbidden {
            let found = bytes
                .windows(word.len())
                .any(|part| part == word.as_bytes());
            assert!(!found, "{word} is in {}", path.display());
        }
    }
    desk.close().await;
}
