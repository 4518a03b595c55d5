//! Calls as REST shows them, and what is added to them.

use callside_sandbox::{
    aircall::{
        AGENT, Act, AircallOptions, CALL_BACK_TAG, COLLEAGUE, CallScript, Delays, HistoryOptions,
        Outcome, PastCall, QUOTE_TAG, SALES_LINE, STRANGER,
    },
    book::MARIE_DUPONT_MOBILE,
};
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::desk::{Desk, START, options};

const DAY_MS: i64 = 86_400_000;

#[tokio::test]
async fn a_call_is_shown_as_far_as_it_is_known() {
    let mut slow = options();
    slow.settings.delays = Delays::default();
    let desk = Desk::with(slow).await;
    let script = CallScript::inbound(MARIE_DUPONT_MOBILE).lasting(4_000, 70_000, 8_000);
    let id = desk.cloud.aircall_begin(script);
    let path = format!("/v1/calls/{id}");
    assert_eq!(desk.get(&path).await.0, StatusCode::NOT_FOUND);
    desk.forward(500);
    let call = desk.read(&path).await["call"].clone();
    assert_eq!(call["status"], "initial");
    assert_eq!(call["raw_digits"], "+33 6 39 98 01 23");
    assert_eq!(call["started_at"], START);
    assert!(call["user"].is_null() && call["answered_at"].is_null());
    assert!(call["contact"].is_null());
    desk.forward(4_600);
    let call = desk.read(&path).await["call"].clone();
    assert_eq!(
        (&call["status"], &call["user"]["id"]),
        (&json!("answered"), &json!(AGENT))
    );
    assert_eq!(call["answered_at"], START + 4);
    // Over since a second, and REST has not heard of it.
    desk.forward(70_000);
    assert_eq!(desk.read(&path).await["call"]["status"], "answered");
    desk.forward(20_000);
    let call = desk.read(&path).await["call"].clone();
    assert_eq!(
        (&call["status"], &call["duration"]),
        (&json!("done"), &json!(74))
    );
    assert!(call["recording"].is_null());
    desk.forward(25_000);
    let call = desk
        .read(&format!("{path}?fetch_contact=true&fetch_short_urls=true"))
        .await;
    let call = &call["call"];
    assert!(
        call["recording"]
            .as_str()
            .unwrap()
            .contains("/storage/recording/")
    );
    assert!(
        call["recording_short_url"]
            .as_str()
            .unwrap()
            .contains("/short/")
    );
    assert!(call["asset"].as_str().unwrap().ends_with("/recording/info"));
    assert_eq!(call["contact"]["last_name"], "Dupont");
}

#[tokio::test]
async fn a_withheld_number_a_missed_call_and_a_voicemail_look_like_this() {
    let desk = Desk::new().await;
    let withheld = CallScript {
        remote: None,
        ..CallScript::default().ending(Outcome::Voicemail)
    };
    let voicemail = desk.cloud.aircall_begin(withheld);
    let missed = desk
        .cloud
        .aircall_begin(CallScript::default().ending(Outcome::Missed));
    desk.forward(4_000);
    let call = desk.read(&format!("/v1/calls/{voicemail}")).await["call"].clone();
    assert_eq!(call["raw_digits"], "anonymous");
    assert!(call["voicemail"].is_string() && call["recording"].is_null());
    let call = desk.read(&format!("/v1/calls/{missed}")).await["call"].clone();
    assert_eq!(call["status"], "done");
    assert!(call["answered_at"].is_null() && call["user"].is_null());
    assert_eq!(call["missed_call_reason"], "agents_did_not_answer");
    assert_eq!(call["duration"], 4);
}

#[tokio::test]
async fn what_the_agent_types_is_known_when_the_agent_leaves_the_screen() {
    let desk = Desk::new().await;
    let id = desk.cloud.aircall_begin(CallScript::default().by_hand());
    let read = || async { desk.read(&format!("/v1/calls/{id}")).await["call"].clone() };
    assert!(desk.cloud.aircall_act(id, Act::Answer));
    assert!(!desk.cloud.aircall_act(id, Act::Refuse));
    let note = Act::Comment {
        content: "Rappeler jeudi".to_owned(),
    };
    assert!(desk.cloud.aircall_act(id, note));
    assert!(desk.cloud.aircall_act(id, Act::Tag { id: QUOTE_TAG }));
    desk.forward(30_000);
    assert!(!desk.cloud.aircall_act(id, Act::LeaveScreen));
    assert!(desk.cloud.aircall_act(id, Act::HangUp));
    let call = read().await;
    assert_eq!(call["status"], "done");
    assert_eq!((&call["comments"], &call["tags"]), (&json!([]), &json!([])));
    assert!(desk.cloud.aircall_act(id, Act::LeaveScreen));
    let call = read().await;
    assert_eq!(call["comments"][0]["content"], "Rappeler jeudi");
    assert_eq!(call["comments"][0]["posted_by"]["id"], AGENT);
    assert_eq!(call["tags"][0]["tagged_by"]["id"], AGENT);
    let late = Act::Comment {
        content: "Vu avec Bruno".to_owned(),
    };
    assert!(desk.cloud.aircall_act(id, late));
    assert_eq!(read().await["comments"][1]["content"], "Vu avec Bruno");
}

#[tokio::test]
async fn a_call_takes_five_comments_without_pictures() {
    let desk = Desk::new().await;
    let id = desk
        .cloud
        .aircall_remember(PastCall::answered(STRANGER, (START - 60) * 1_000));
    let path = format!("/v1/calls/{id}/comments");
    for turn in 0..5 {
        let (status, body) = desk
            .post(&path, &json!({"content": format!("Note {turn} 👍")}))
            .await;
        assert_eq!(status, StatusCode::CREATED);
        assert_eq!(body["comment"]["content"], format!("Note {turn} "));
        assert!(body["comment"]["posted_by"].is_null());
    }
    let (status, body) = desk.post(&path, &json!({"content": "Note 6"})).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert!(body["troubleshoot"].as_str().unwrap().contains('5'));
    assert_eq!(
        desk.post(&path, &json!({"content": "👍"})).await.0,
        StatusCode::BAD_REQUEST
    );
    assert_eq!(desk.cloud.aircall_call(id).unwrap().comments.len(), 5);
}

#[tokio::test]
async fn tags_replace_or_add_as_chosen_and_unknown_ones_are_refused() {
    let desk = Desk::new().await;
    let mut past = PastCall::answered(STRANGER, (START - 60) * 1_000);
    past.tags = vec![QUOTE_TAG];
    let id = desk.cloud.aircall_remember(past);
    let path = format!("/v1/calls/{id}/tags");
    let tags = || async {
        let call = desk.read(&format!("/v1/calls/{id}")).await;
        let tags = call["call"]["tags"].as_array().unwrap().clone();
        tags.iter()
            .map(|tag| tag["id"].as_u64().unwrap())
            .collect::<Vec<_>>()
    };
    let body = json!({"tags": [CALL_BACK_TAG]});
    assert_eq!(desk.post(&path, &body).await.0, StatusCode::CREATED);
    assert_eq!(tags().await, [CALL_BACK_TAG]);
    desk.cloud
        .aircall_settings(|settings| settings.tags_replace = false);
    desk.post(&path, &json!({"tags": [QUOTE_TAG]})).await;
    assert_eq!(tags().await, [CALL_BACK_TAG, QUOTE_TAG]);
    assert!(desk.cloud.delete_aircall_tag(CALL_BACK_TAG));
    assert_eq!(tags().await, [QUOTE_TAG]);
    for wrong in [
        json!({"tags": [CALL_BACK_TAG]}),
        json!({"tags": ["Devis"]}),
        json!({}),
    ] {
        assert_eq!(
            desk.post(&path, &wrong).await.0,
            StatusCode::BAD_REQUEST,
            "{wrong}"
        );
    }
}

#[tokio::test]
async fn an_insight_card_is_for_living_calls_and_small() {
    let desk = Desk::new().await;
    let id = desk.cloud.aircall_begin(CallScript::default().by_hand());
    let path = format!("/v1/calls/{id}/insight_cards");
    let card = json!({"contents": [
        {"type": "title", "text": "Marie Dupont", "link": "https://crm.example/1"},
        {"type": "shortText", "label": "Société", "text": "Boulangerie Martin"},
    ]});
    assert_eq!(desk.post(&path, &card).await.0, StatusCode::CREATED);
    assert_eq!(
        desk.cloud.aircall_call(id).unwrap().insight_cards,
        std::slice::from_ref(&card)
    );
    let big = json!({"contents": [{"type": "title", "text": "x".repeat(10_300)}]});
    let wrong = [
        big,
        json!({"cards": [{"type": "title", "text": "x"}]}),
        json!({"contents": []}),
        json!({"contents": [{"type": "shortText", "text": "no label"}]}),
        json!({"contents": [{"type": "link", "text": "x"}]}),
        json!({"contents": [{"type": "title", "text": "x", "link": "no link"}]}),
    ];
    for body in wrong {
        assert_eq!(desk.post(&path, &body).await.0, StatusCode::BAD_REQUEST);
    }
    desk.cloud.aircall_act(id, Act::HangUp);
    assert_eq!(desk.post(&path, &card).await.0, StatusCode::BAD_REQUEST);
    assert_eq!(desk.cloud.aircall_call(id).unwrap().insight_cards.len(), 1);
}

#[tokio::test]
async fn a_search_knows_direction_user_number_and_tags() {
    let desk = Desk::new().await;
    let at = |minutes: i64| (START - minutes * 60) * 1_000;
    let mut outbound = PastCall::answered(STRANGER, at(30));
    outbound.outbound = true;
    outbound.user = Some(COLLEAGUE);
    outbound.tags = vec![QUOTE_TAG, CALL_BACK_TAG];
    let outbound = desk.cloud.aircall_remember(outbound);
    let mut tagged = PastCall::answered(MARIE_DUPONT_MOBILE, at(20));
    tagged.tags = vec![QUOTE_TAG];
    let tagged = desk.cloud.aircall_remember(tagged);
    let missed = desk
        .cloud
        .aircall_remember(PastCall::missed(STRANGER, at(10)));
    let from = format!("from={}", START - 25 * 60);
    let table: [(String, Vec<u64>); 8] = [
        ("direction=outbound".to_owned(), vec![outbound]),
        (format!("user_id={AGENT}"), vec![tagged]),
        (
            "phone_number=%2B33639980510".to_owned(),
            vec![outbound, missed],
        ),
        (format!("tags[]={QUOTE_TAG}"), vec![outbound, tagged]),
        (
            format!("tags[]={QUOTE_TAG}&tags[]={CALL_BACK_TAG}"),
            vec![outbound],
        ),
        (from.clone(), vec![tagged, missed]),
        (format!("{from}&order=desc"), vec![missed, tagged]),
        (
            "number=%2B33639980510".to_owned(),
            vec![outbound, tagged, missed],
        ),
    ];
    for (query, wanted) in table {
        let rows = desk
            .walk(&format!("/v1/calls/search?{query}"), "calls")
            .await;
        let ids: Vec<u64> = rows.iter().map(|row| row["id"].as_u64().unwrap()).collect();
        assert_eq!(ids, wanted, "{query}");
    }
}

#[tokio::test]
async fn a_transferred_call_is_found_under_its_destination_only() {
    let desk = Desk::new().await;
    let mut past = PastCall::answered(STRANGER, (START - 600) * 1_000);
    past.transferred_to = Some("+33639980588".to_owned());
    desk.cloud.aircall_remember(past);
    for (number, found) in [("33639980588", 1), ("33639980510", 0)] {
        let path = format!("/v1/calls/search?phone_number=%2B{number}");
        assert_eq!(desk.walk(&path, "calls").await.len(), found, "{number}");
    }
}

#[tokio::test]
async fn beyond_ten_thousand_rows_the_window_has_to_be_split() {
    let mut long = options();
    long.history = HistoryOptions {
        calls: 10_120,
        days: 100,
    };
    let desk = Desk::with(long).await;
    let last = desk.read("/v1/calls?per_page=50&page=200").await;
    assert_eq!(last["meta"]["total"], 10_120);
    assert_eq!(last["meta"]["count"], 50);
    assert!(last["meta"]["next_page_link"].is_null());
    assert_eq!(
        desk.get("/v1/calls?per_page=50&page=201").await.0,
        StatusCode::BAD_REQUEST
    );
    let newest = desk.read("/v1/calls?per_page=1&order=desc").await;
    let at = newest["calls"][0]["started_at"].as_i64().unwrap();
    assert!(at > START - 2 * 86_400);
}

#[tokio::test]
async fn calls_are_forgotten_after_six_months() {
    let desk = Desk::new().await;
    let remember = |days: i64| {
        desk.cloud
            .aircall_remember(PastCall::answered(STRANGER, START * 1_000 - days * DAY_MS))
    };
    let (old, young) = (remember(184), remember(182));
    assert_eq!(
        desk.get(&format!("/v1/calls/{old}")).await.0,
        StatusCode::NOT_FOUND
    );
    let rows = desk.walk("/v1/calls?from=1", "calls").await;
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0]["id"], young);
}

#[tokio::test]
async fn ids_need_all_of_their_64_bits() {
    let desk = Desk::new().await;
    desk.cloud.aircall_next_id((1 << 53) + 1);
    let id = desk.cloud.aircall_begin(CallScript::default());
    let call = desk.read(&format!("/v1/calls/{id}")).await;
    assert_eq!(call["call"]["id"].as_u64(), Some((1 << 53) + 1));
}

#[tokio::test]
async fn the_invented_past_repeats_itself_and_is_believable() {
    let with = |calls| AircallOptions {
        history: HistoryOptions { calls, days: 150 },
        ..options()
    };
    let rows = |desk: Desk| async move { desk.walk("/v1/calls?per_page=50", "calls").await };
    let first = rows(Desk::with(with(300)).await).await;
    let again = rows(Desk::with(with(300)).await).await;
    assert_eq!(first.len(), 300);
    let starts = |rows: &[Value]| -> Vec<Value> {
        rows.iter().map(|row| row["started_at"].clone()).collect()
    };
    assert_eq!(starts(&first), starts(&again));
    let count = |fits: &dyn Fn(&Value) -> bool| first.iter().filter(|row| fits(row)).count();
    assert!(count(&|row| row["user"]["id"] == AGENT) > 80);
    assert!(count(&|row| row["raw_digits"] == "anonymous") > 0);
    assert!(count(&|row| row["voicemail"].is_string()) > 5);
    assert!(count(&|row| row["recording"].is_string()) > 100);
    assert!(count(&|row| !row["tags"].as_array().unwrap().is_empty()) > 30);
    assert!(count(&|row| row["number"]["id"] == SALES_LINE) > 100);
    assert!(count(&|row| row["started_at"].as_i64().unwrap() > START - 14 * 86_400) > 40);
}

#[tokio::test]
async fn state_errors_are_told_apart() {
    let desk = Desk::new().await;
    let id = desk.cloud.aircall_begin(CallScript::default().by_hand());
    let path = |what: &str| format!("/v1/calls/{id}/{what}");
    let pause = || async {
        desk.post(&path("pause_recording"), &json!({}))
            .await
            .0
            .as_u16()
    };
    assert_eq!(pause().await, 204);
    let two = json!({"user_id": COLLEAGUE, "number": STRANGER});
    assert_eq!(desk.post(&path("transfers"), &two).await.0.as_u16(), 400);
    assert_eq!(
        desk.post(&path("transfers"), &json!({"user_id": COLLEAGUE}))
            .await
            .0
            .as_u16(),
        204
    );
    desk.cloud.aircall_act(id, Act::HangUp);
    assert_eq!(pause().await, 400);
}

#[tokio::test]
async fn the_page_shows_what_arrived_as_text() {
    let desk = Desk::new().await;
    let id = desk.cloud.aircall_begin(CallScript::default().by_hand());
    let card = json!({"contents": [{"type": "title", "text": "<b>Marie</b>"}]});
    desk.post(&format!("/v1/calls/{id}/insight_cards"), &card)
        .await;
    let note = json!({"content": "Rappeler <jeudi>"});
    desk.post(&format!("/v1/calls/{id}/comments"), &note).await;
    desk.post(
        &format!("/v1/calls/{id}/tags"),
        &json!({"tags": [QUOTE_TAG]}),
    )
    .await;
    let url = format!("{}/aircall", desk.cloud.base_url());
    let page = desk
        .http
        .get(url)
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    for text in [
        "Marie Dupont",
        "&lt;b&gt;Marie&lt;/b&gt;",
        "Rappeler &lt;jeudi&gt;",
        ">Devis<",
        "Ventes",
    ] {
        assert!(page.contains(text), "{text} is missing");
    }
    assert!(!page.contains("<b>"));
}
