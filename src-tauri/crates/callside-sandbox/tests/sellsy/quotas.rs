//! The request budget.

use callside_sandbox::{QuotaLimits, SandboxOptions};
use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::desk::{Desk, options};

async fn desk(quotas: QuotaLimits) -> Desk {
    Desk::with(SandboxOptions {
        quotas,
        ..options()
    })
    .await
}

fn limits() -> QuotaLimits {
    QuotaLimits {
        per_second: Some(3),
        per_minute: Some(5),
        per_day: Some(1000),
        per_month: None,
        retry_after: true,
    }
}

#[tokio::test]
async fn every_answer_tells_what_is_left() {
    let desk = desk(limits()).await;
    let first = desk.send(Method::GET, "/contacts", None).await.unwrap();
    let refused = desk
        .send(Method::GET, "/contacts?limit=1000", None)
        .await
        .unwrap();
    assert_eq!(refused.status(), StatusCode::BAD_REQUEST);
    for (response, second, minute, day) in [(first, "2", "4", "999"), (refused, "1", "3", "998")] {
        let header = |name: &str| {
            response
                .headers()
                .get(name)
                .map(|value| value.to_str().unwrap().to_owned())
        };
        assert_eq!(
            header("X-Quota-Remaining-By-Second").as_deref(),
            Some(second)
        );
        assert_eq!(
            header("X-Quota-Remaining-By-Minute").as_deref(),
            Some(minute)
        );
        assert_eq!(header("X-Quota-Remaining-By-Day").as_deref(), Some(day));
        assert_eq!(header("X-Quota-Remaining-By-Month"), None);
    }
    let (_, quotas) = desk.get("/quotas").await;
    assert_eq!(quotas["api_rate_minutes"], json!({"limit": 5, "used": 3}));
    assert_eq!(quotas["api_rate_months"]["limit"], json!(null));
}

#[tokio::test]
async fn a_window_that_is_used_up_refuses_until_it_turns() {
    let desk = desk(limits()).await;
    for _ in 0..3 {
        assert_eq!(desk.get("/staffs/me").await.0, StatusCode::OK);
    }
    let refused = desk.send(Method::GET, "/staffs/me", None).await.unwrap();
    assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(refused.headers()["retry-after"], "1");
    assert_eq!(refused.headers()["x-quota-remaining-by-second"], "0");
    assert_eq!(
        refused.json::<serde_json::Value>().await.unwrap()["error"]["code"],
        429
    );
    // The refused one counted too, so one is left in the minute.
    desk.clock.forward(1);
    assert_eq!(desk.get("/staffs/me").await.0, StatusCode::OK);
    let refused = desk.send(Method::GET, "/staffs/me", None).await.unwrap();
    assert_eq!(refused.headers()["retry-after"], "52");
    assert_eq!(desk.crm.quota_refusals(), 2);
    desk.clock.forward(52);
    assert_eq!(desk.get("/staffs/me").await.0, StatusCode::OK);
}

#[tokio::test]
async fn a_refusal_may_keep_the_wait_to_itself() {
    let desk = desk(QuotaLimits {
        per_second: Some(0),
        retry_after: false,
        ..limits()
    })
    .await;
    let refused = desk.send(Method::GET, "/staffs/me", None).await.unwrap();
    assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
    assert!(!refused.headers().contains_key("retry-after"));
}
