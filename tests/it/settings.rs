//! `config.toml`, good and bad.

use crate::desk::{Desk, eventually};

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_file_is_one_clear_error_and_the_last_good_settings_stay() {
    let mut desk = Desk::new().await;
    desk.write_settings("region = \"BE\"");
    let before = desk
        .run(&["lookup", "0470 12 34 56", "--json"])
        .good()
        .json();
    assert_eq!(before["number"]["region"], "BE");
    let file = desk.home().join("config.toml");
    let broken = format!(
        "{}\n[sync]\ninterval_s = \"often\"\n",
        std::fs::read_to_string(&file).unwrap()
    );
    std::fs::write(&file, &broken).unwrap();
    let line = broken.lines().count();
    let after = desk.run(&["lookup", "0470 12 34 56", "--json"]).good();
    assert!(after.err.contains("config.toml"), "{}", after.err);
    assert!(after.err.contains(&format!("line {line}")), "{}", after.err);
    assert!(after.err.contains("sync.interval_s"), "{}", after.err);
    assert_eq!(after.json()["number"]["region"], "BE");
    desk.start().await;
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_by_hand_is_taken_while_the_app_runs() {
    let mut desk = Desk::new().await;
    desk.start().await;
    desk.write_settings("region = \"BE\"");
    eventually("the new region", || {
        let found = desk
            .run(&["lookup", "0470 12 34 56", "--json"])
            .good()
            .json();
        (found["number"]["region"] == "BE").then_some(())
    })
    .await;
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn french_is_spoken_where_it_is_set() {
    let desk = Desk::new().await;
    let file = desk.home().join("config.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(
        &file,
        text.replace("language = \"en\"", "language = \"fr\""),
    )
    .unwrap();
    let refused = desk.run(&["connect", "gorgias"]);
    assert_eq!(refused.code, 1);
    assert!(
        refused.err.contains("ne peut pas encore"),
        "{}",
        refused.err
    );
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_keychain_and_passphrase_nothing_is_written() {
    let desk = Desk::new().await;
    let mut command = desk.command(&["status"]);
    command.env_remove("CALLSIDE_PASSPHRASE_FILE");
    let refused = desk.finish(&mut command, "");
    assert_eq!(refused.code, 1);
    assert!(
        refused.err.contains("CALLSIDE_PASSPHRASE_FILE"),
        "{}",
        refused.err
    );
    let left: Vec<_> = desk
        .bytes_on_disk()
        .into_iter()
        .map(|(path, _)| path)
        .collect();
    assert!(
        !left
            .iter()
            .any(|path| path.extension().is_some_and(|e| e == "db")),
        "{left:?}"
    );
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_passphrase_opens_nothing_and_harms_nothing() {
    let mut desk = Desk::at_work().await;
    desk.cut_power().await;
    desk.write_passphrase("another one");
    let refused = desk.run(&["status"]);
    assert_eq!(refused.code, 1);
    assert!(refused.err.contains("wrong"), "{}", refused.err);
    assert_eq!(desk.run(&["run", "--headless"]).code, 1);
    desk.write_passphrase("five quiet words for testing\n");
    let status = desk.run(&["status", "--json"]).good().json();
    assert_ne!(status["connections"][0]["contacts"], 0);
    desk.close().await;
}
