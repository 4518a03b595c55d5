//! What the agent is told and asked on the command line: what is worth tidying, calls that are logged twice, and
//! contacts that a look at the CRM no longer found.

use std::collections::{BTreeMap, BTreeSet};

use callside_core::phone_number::{Region, read_stored};
use callside_sandbox::book::{
    FIRST_FIXED, FIRST_GENERATED, HOTEL_DES_REMPARTS, INES_MOREL, INES_MOREL_MOBILE,
    MARIE_DUPONT_MOBILE, MOULINS_DU_VAL, Record, RecordKind,
};
use serde_json::{Value, json};

use crate::desk::{Desk, eventually};

/// Every record of the CRM that may name a caller.
fn records(desk: &Desk) -> Vec<Record> {
    let fixed = FIRST_FIXED..FIRST_FIXED + 40;
    let ids: Vec<u64> = fixed
        .chain(FIRST_GENERATED..FIRST_GENERATED + 400)
        .collect();
    let of = |kind| ids.iter().filter_map(move |id| desk.crm.record(kind, *id));
    let all = RecordKind::ALL.into_iter().flat_map(of);
    all.filter(|record| !record.is_archived).collect()
}

/// The numbers that stand on several records, with their ids, as counted in the CRM.
fn shared_in_the_crm(desk: &Desk) -> BTreeMap<String, BTreeSet<String>> {
    let mut numbers: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for record in records(desk) {
        let country = record.address.as_ref().map(|at| at.country_code.as_str());
        let region = country.and_then(Region::parse).unwrap_or(Region::FR);
        for text in [&record.phone_number, &record.mobile_number]
            .into_iter()
            .flatten()
        {
            for reading in read_stored(text, region).iter().filter(|r| r.likely) {
                if let Some(number) = reading.key.number() {
                    let id = format!("{} {}", record.kind.word(), record.id);
                    numbers.entry(number.e164()).or_default().insert(id);
                }
            }
        }
    }
    numbers.retain(|_, ids| ids.len() > 1);
    numbers
}

fn shared_in_the_report(report: &Value) -> BTreeMap<String, BTreeSet<String>> {
    let ids = |row: &Value| {
        let contacts = row["contacts"].as_array().unwrap().iter();
        contacts
            .map(|one| {
                let (kind, id) = (&one["at"]["kind"], &one["at"]["id"]);
                format!("{} {}", kind.as_str().unwrap(), id.as_str().unwrap())
            })
            .collect()
    };
    let rows = report["shared"].as_array().unwrap().iter();
    rows.map(|row| (row["number"]["e164"].as_str().unwrap().to_owned(), ids(row)))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_clean_up_report_says_what_stands_in_the_crm() {
    let mut desk = Desk::new().await;
    let fax = "+33199009801";
    assert!(desk.crm.archive_record(RecordKind::Contact, INES_MOREL));
    desk.crm
        .edit_record(RecordKind::Company, HOTEL_DES_REMPARTS, |record| {
            record.fax_number = Some("01 99 00 98 01".into());
        });
    desk.crm
        .edit_record(RecordKind::Company, MOULINS_DU_VAL, |record| {
            record.phone_number = Some("=call 12 or so".into());
        });
    desk.connect();
    desk.run(&["sync"]).good();
    desk.start().await;
    for (number, id) in [
        ("+33199009876", "1"),
        ("+33199009876", "2"),
        (fax, "3"),
        (INES_MOREL_MOBILE, "4"),
        ("anonymous", "5"),
        (MARIE_DUPONT_MOBILE, "6"),
    ] {
        let call = desk.talk_with(number, id).await;
        desk.run(&["wrap-up", &call, "--discard"]).good();
    }

    let report = desk.run(&["clean-up", "--json"]).good().json();
    let shared = shared_in_the_crm(&desk);
    assert!(!shared.is_empty());
    assert_eq!(shared_in_the_report(&report), shared);
    let texts: Vec<&str> = report["unreadable"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["text"].as_str().unwrap())
        .collect();
    assert!(texts.contains(&"=call 12 or so"), "{texts:?}");
    let why: BTreeMap<String, (u64, String)> = report["nobody"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| {
            let number = row["number"]["e164"].as_str().unwrap_or_default();
            let why = row["why"].as_str().unwrap();
            (
                number.to_owned(),
                (row["calls"].as_u64().unwrap(), why.to_owned()),
            )
        })
        .collect();
    let expected = [
        ("", (1, "withheld")),
        ("+33199009876", (2, "no_record")),
        (fax, (1, "fax_only")),
        (INES_MOREL_MOBILE, (1, "archived")),
    ];
    let expected = expected.map(|(number, (calls, why))| (number.into(), (calls, why.into())));
    assert_eq!(why, BTreeMap::from(expected));

    let file = desk.home().join("tidy.csv");
    let path = file.to_string_lossy().into_owned();
    desk.run(&["clean-up", "--csv", &path]).good();
    let table = std::fs::read_to_string(&file).unwrap();
    let rows: usize = shared.values().map(BTreeSet::len).sum();
    let rows = rows + texts.len() + why.len() + 1;
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .from_reader(table.as_bytes());
    let cells: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    assert_eq!(cells.len(), rows);
    assert!(
        cells
            .iter()
            .flatten()
            .all(|cell| !cell.starts_with(['=', '+', '-', '@']))
    );
    assert!(
        cells
            .iter()
            .any(|row| row.get(1) == Some("'=call 12 or so"))
    );
    let shown = desk.run(&["clean-up"]).good().out;
    assert!(shown.contains("fax") && !shown.contains("rust-"), "{shown}");
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_contacts_disappear_only_when_the_agent_says_so() {
    let desk = Desk::at_work().await;
    for id in FIRST_GENERATED..FIRST_GENERATED + 60 {
        desk.crm.delete_record(RecordKind::Company, id);
        desk.crm.delete_record(RecordKind::Individual, id);
    }
    let contacts = |told: &Value| told["connections"][0]["contacts"].as_u64().unwrap();
    let asked = desk.run(&["sync", "--full", "--json"]).good().json();
    let gone = asked["connections"][0]["would_disappear"].as_u64().unwrap();
    assert!(gone > 20, "{asked}");
    let told = desk.run(&["sync"]).good().out;
    assert!(told.contains("--accept-shrink"), "{told}");

    let kept = desk
        .run(&["sync", "--refuse-shrink", "--json"])
        .good()
        .json();
    assert_eq!(contacts(&kept), contacts(&asked));
    assert_eq!(kept["connections"][0]["would_disappear"], Value::Null);

    desk.run(&["sync", "--full"]).good();
    let removed = desk
        .run(&["sync", "--accept-shrink", "--json"])
        .good()
        .json();
    assert_eq!(removed["connections"][0]["removed"], gone);
    assert_eq!(contacts(&removed), contacts(&asked) - gone);
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_another_program_logs_too_is_listed_and_settled() {
    let desk = Desk::at_work().await;
    assert!(
        desk.run(&["doubles"])
            .good()
            .out
            .contains("No other program")
    );
    let call = desk.talk_with(MARIE_DUPONT_MOBILE, "1").await;
    desk.run(&["wrap-up", &call, "--file"]).good();
    let ours = desk.logged(1).await.remove(0);
    let client = reqwest::Client::new();
    let address = format!("{}/phone-calls", desk.crm.api_url());
    let token = desk.crm.access_token();
    let log = client
        .get(format!("{address}/{}", ours.id))
        .bearer_auth(&token);
    let log: Value = log.send().await.unwrap().json().await.unwrap();
    let theirs = json!({
        "owner_id": log["owner"]["id"],
        "source": log["source"],
        "result": "connected",
        "date": log["date"],
        "duration": 61,
        "description": "Appel entrant (autre programme)",
        "related": log["related"],
    });
    let posted = client
        .post(&address)
        .bearer_auth(&token)
        .json(&theirs)
        .send();
    assert!(posted.await.unwrap().status().is_success());
    desk.run(&["sync"]).good();
    let listed = eventually("a double", || {
        let listed = desk.run(&["doubles", "--json"]).good().json();
        listed
            .as_array()
            .is_some_and(|all| !all.is_empty())
            .then_some(listed)
    })
    .await;
    assert_eq!(
        (&listed[0]["source"], &listed[0]["call"]),
        (&json!("test"), &json!(call))
    );
    assert!(
        desk.run(&["doubles"])
            .good()
            .out
            .contains("callside doubles")
    );
    assert_eq!(desk.run(&["doubles", "skip", "--source", "nobody"]).code, 1);
    desk.run(&["doubles", "skip", "--source", "test"]).good();
    assert_eq!(desk.run(&["doubles", "--json"]).good().json(), json!([]));
    let kept = std::fs::read_to_string(desk.home().join("config.toml")).unwrap();
    assert!(kept.contains("skip_sources = [\"test\"]"), "{kept}");
    let second = desk.talk_with(MARIE_DUPONT_MOBILE, "2").await;
    desk.run(&["wrap-up", &second, "--file"]).good();
    let calls = desk.calls();
    let filed = calls
        .iter()
        .find(|one| one["id"] == second.as_str())
        .unwrap();
    assert_eq!(filed["deliveries"], json!([]));
    desk.close().await;
}
