//! The Workspace page: what it is told to say to the page around it.

use callside_sandbox::aircall::{AGENT, CallScript, Scenario};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::desk::Desk;

/// The page's way of asking.
struct Page<'a> {
    desk: &'a Desk,
    last: u64,
}

impl<'a> Page<'a> {
    async fn open(desk: &'a Desk) -> Self {
        let (status, news) = desk.control(Method::GET, "/workspace", &json!({})).await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!(news["events"], json!([]));
        Self {
            desk,
            last: news["last"].as_u64().unwrap(),
        }
    }

    /// What it is told to do since it last asked.
    async fn news(&mut self) -> Vec<Value> {
        let path = format!("/workspace?after={}&mark=other", self.last);
        let (_, news) = self.desk.control(Method::GET, &path, &json!({})).await;
        self.last = news["last"].as_u64().unwrap();
        news["events"].as_array().unwrap().clone()
    }

    /// The same, as `name/call` with the last digit of the call's id.
    async fn said(&mut self) -> Vec<String> {
        let short = |event: Value| match event["name"].as_str() {
            Some(name) => {
                let id = event["value"]["call_id"].as_u64();
                format!(
                    "{name}{}",
                    id.map_or(String::new(), |id| format!("/{}", id % 10))
                )
            }
            None => event["do"].as_str().unwrap().to_owned(),
        };
        self.news().await.into_iter().map(short).collect()
    }
}

async fn played(scenario: Scenario) -> Vec<String> {
    let desk = Desk::new().await;
    let mut page = Page::open(&desk).await;
    let like = CallScript {
        comment: Some("Note".to_owned()),
        ..CallScript::default()
    };
    desk.cloud.aircall_play(scenario, like);
    desk.forward(120_000);
    page.said().await
}

#[tokio::test]
async fn every_scenario_says_what_its_name_promises() {
    let ringing = ["incoming_call/1", "call_end_ringtone/1"];
    let inbound = [&ringing[..], &["call_ended/1", "comment_saved/1"]].concat();
    let outbound = [
        "outgoing_call/1",
        "outgoing_answered/1",
        "call_ended/1",
        "comment_saved/1",
    ];
    let table: [(Scenario, Vec<&str>); 18] = [
        (Scenario::InboundAnswered, inbound.clone()),
        (
            Scenario::InboundRefused,
            [&ringing[..], &["comment_saved/1"]].concat(),
        ),
        (
            Scenario::InboundMissed,
            [&ringing[..], &["comment_saved/1"]].concat(),
        ),
        (
            Scenario::InboundMissedSilently,
            vec!["incoming_call/1", "comment_saved/1"],
        ),
        (
            Scenario::Voicemail,
            [&ringing[..], &["comment_saved/1"]].concat(),
        ),
        (Scenario::OutboundAnswered, outbound.to_vec()),
        (
            Scenario::OutboundUnanswered,
            vec!["outgoing_call/1", "call_ended/1", "comment_saved/1"],
        ),
        (
            Scenario::OutboundWithoutEnd,
            vec!["outgoing_call/1", "outgoing_answered/1", "comment_saved/1"],
        ),
        (
            Scenario::TwoAtOnce,
            vec![
                "incoming_call/1",
                "incoming_call/2",
                "call_end_ringtone/1",
                "call_end_ringtone/2",
                "call_ended/1",
                "call_ended/2",
                "comment_saved/1",
                "comment_saved/2",
            ],
        ),
        (
            Scenario::EndTwice,
            [
                &ringing[..],
                &["call_ended/1", "call_ended/1", "comment_saved/1"],
            ]
            .concat(),
        ),
        (
            Scenario::OutOfOrder,
            vec![
                "call_ended/1",
                "call_end_ringtone/1",
                "incoming_call/1",
                "comment_saved/1",
            ],
        ),
        (
            Scenario::DialledElsewhere,
            [&["external_dial"], &outbound[..]].concat(),
        ),
        (
            Scenario::LogoutInCall,
            [&ringing[..], &["logout", "login"]].concat(),
        ),
        (
            Scenario::OtherAgent,
            [&["logout", "login"], &inbound[..]].concat(),
        ),
        (Scenario::Forged, vec!["forge"]),
        (Scenario::Withheld, inbound.clone()),
        (Scenario::EmptyCaller, inbound.clone()),
        (Scenario::LateReply, vec![]),
    ];
    for (scenario, wanted) in table {
        assert_eq!(played(scenario).await, wanted, "{scenario:?}");
    }
}

#[tokio::test]
async fn values_have_the_shapes_of_the_real_one() {
    let desk = Desk::new().await;
    let mut page = Page::open(&desk).await;
    let id = desk.cloud.aircall_begin(CallScript::default());
    desk.forward(24_000);
    let values: Vec<Value> = page
        .news()
        .await
        .into_iter()
        .map(|it| it["value"].clone())
        .collect();
    assert_eq!(
        values,
        [
            json!({"from": "+33639980123", "to": "+33199000011", "call_id": id}),
            json!({"answer_status": "answered", "call_id": id}),
            json!({"duration": 24, "call_id": id}),
        ]
    );
    // The same call in REST.
    assert_eq!(
        desk.read(&format!("/v1/calls/{id}")).await["call"]["status"],
        "done"
    );
    for (scenario, from) in [
        (Scenario::Withheld, "anonymous"),
        (Scenario::EmptyCaller, ""),
    ] {
        desk.cloud.aircall_play(scenario, CallScript::default());
        let said = page.news().await;
        assert_eq!(said.last().unwrap()["value"]["from"], from);
    }
}

#[tokio::test]
async fn only_the_calls_of_whoever_is_logged_in_are_said() {
    let desk = Desk::new().await;
    assert!(desk.cloud.workspace_login(None));
    let mut page = Page::open(&desk).await;
    desk.cloud.aircall_begin(CallScript::default());
    desk.cloud
        .aircall_play(Scenario::DialledElsewhere, CallScript::default());
    desk.forward(60_000);
    assert!(desk.cloud.workspace_login(Some("bruno.castel@example.com")));
    assert!(!desk.cloud.workspace_login(Some("nobody@example.com")));
    desk.cloud.aircall_begin(CallScript::default());
    desk.forward(60_000);
    let news = page.news().await;
    assert_eq!(news.len(), 1, "{news:?}");
    assert_eq!(
        news[0]["user"],
        json!({
            "email": "bruno.castel@example.com",
            "first_name": "Bruno",
            "last_name": "Castel",
            "company_name": "Callside Démonstration",
        })
    );
}

#[tokio::test]
async fn a_number_from_the_page_around_it_is_dialled_once() {
    let desk = Desk::new().await;
    let mut page = Page::open(&desk).await;
    let dial = |number: &str| {
        let body = json!({"phone_number": number});
        let desk = &desk;
        async move { desk.control(Method::POST, "/workspace/dial", &body).await.1 }
    };
    let free = json!({"in_call": false});
    assert_eq!(dial("0639980145").await, free);
    assert_eq!(page.said().await, Vec::<String>::new());
    assert_eq!(dial("+33639980145").await, free);
    assert_eq!(page.said().await, ["outgoing_call/1"]);
    assert_eq!(dial("+33639980188").await, json!({"in_call": true}));
    desk.forward(60_000);
    page.said().await;
    desk.cloud
        .aircall_settings(|settings| settings.workspace.ignores_dial = true);
    assert_eq!(dial("+33639980188").await, free);
    assert_eq!(page.said().await, Vec::<String>::new());
    assert_eq!(desk.cloud.aircall_calls().len(), 1);
}

#[tokio::test]
async fn rest_dials_on_the_same_phone() {
    let desk = Desk::new().await;
    let mut page = Page::open(&desk).await;
    let to = json!({"to": "+33639980145"});
    desk.post(&format!("/v1/users/{AGENT}/dial"), &to).await;
    desk.forward(1_000);
    let news = page.news().await;
    assert_eq!(news[0]["value"], json!({"phone_number": "+33639980145"}));
    assert_eq!(news[1]["name"], "outgoing_call");
}

#[tokio::test]
async fn an_answer_waits_until_there_is_something_new() {
    let desk = Desk::new().await;
    let (_, first) = desk.control(Method::GET, "/workspace", &json!({})).await;
    let path = format!(
        "/workspace?after={}&mark={}",
        first["last"],
        first["mark"].as_str().unwrap()
    );
    let nothing = json!({});
    let (news, _) = tokio::join!(desk.control(Method::GET, &path, &nothing), async {
        desk.cloud.aircall_begin(CallScript::default())
    });
    assert_eq!(news.1["events"][0]["name"], "incoming_call");
    assert_eq!(news.1["state"]["calls"][0]["phase"], "ringing");
}

#[tokio::test]
async fn the_page_may_be_framed_unless_it_is_told_otherwise() {
    let desk = Desk::new().await;
    let url = format!("{}?integration=generic", desk.cloud.workspace_url());
    let page = || async { desk.http.get(&url).send().await.unwrap() };
    let free = page().await;
    let policy = |page: &reqwest::Response| {
        page.headers()["content-security-policy"]
            .to_str()
            .unwrap()
            .to_owned()
    };
    assert!(!policy(&free).contains("frame-ancestors"));
    assert!(
        free.text()
            .await
            .unwrap()
            .contains("/aircall/workspace/page.js")
    );
    desk.cloud.aircall_settings(|settings| {
        settings.workspace.frame_ancestors = Some("'none'".to_owned());
    });
    let closed = page().await;
    assert!(policy(&closed).ends_with("frame-ancestors 'none'"));
    assert_eq!(closed.headers()["x-frame-options"], "DENY");
    for file in [
        "workspace/page.js",
        "workspace/page.css",
        "foreign",
        "foreign/page.js",
    ] {
        let url = format!("{}/aircall/{file}", desk.cloud.base_url());
        assert_eq!(
            desk.http.get(url).send().await.unwrap().status(),
            StatusCode::OK,
            "{file}"
        );
    }
}

#[tokio::test]
async fn what_the_page_around_it_says_is_kept() {
    let desk = Desk::new().await;
    let heard = json!({"origin": "http://localhost:1", "message": {"name": "apm_app_isready"}});
    desk.control(Method::POST, "/workspace/heard", &heard).await;
    let (_, all) = desk
        .control(Method::GET, "/workspace/heard", &json!({}))
        .await;
    assert_eq!(all, json!([heard]));
    assert_eq!(desk.cloud.workspace_heard(), [heard]);
}
