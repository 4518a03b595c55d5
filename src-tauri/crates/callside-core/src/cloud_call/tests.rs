#![allow(clippy::unwrap_used)]

use super::*;

fn call(status: CloudStatus, duration_s: u32) -> CloudCall {
    CloudCall {
        id: "9000000001".into(),
        direction: Direction::Inbound,
        status,
        said: None,
        started_at: "2026-03-02T08:41:07Z".parse().unwrap(),
        answered_at: None,
        ended_at: None,
        duration_s,
        remote: String::new(),
        line: None,
        agent: Some(CloudAgent {
            id: "71".into(),
            name: "Ada Morel".into(),
            email: "Ada.Morel@Example.com".into(),
        }),
        contact_name: None,
        recording_link: None,
        recorded: false,
        tags: Vec::new(),
        comments: Vec::new(),
        insights: CallInsights::default(),
    }
}

#[test]
fn an_answer_time_wins_over_a_message_and_a_message_over_the_direction() {
    use CloudStatus::{Answered, Failed, Live, Missed, Voicemail};
    use Direction::{Inbound, Outbound};
    let table = [
        (false, Inbound, true, false, Live),
        (true, Inbound, true, true, Answered),
        (true, Outbound, true, false, Answered),
        (true, Inbound, false, true, Voicemail),
        (true, Inbound, false, false, Missed),
        (true, Outbound, false, false, Failed),
    ];
    for (over, direction, answered, message, status) in table {
        assert_eq!(
            CloudStatus::judge(over, direction, answered, message),
            status,
            "{over} {direction:?} {answered} {message}"
        );
    }
}

#[test]
fn a_machine_listens_to_calls_between_a_minute_and_three_hours() {
    for (seconds, may) in [(60, false), (61, true), (10_799, true), (10_800, false)] {
        assert_eq!(
            call(CloudStatus::Answered, seconds).may_have_insights(),
            may,
            "{seconds} s"
        );
    }
    assert!(!call(CloudStatus::Missed, 100).may_have_insights());
}

#[test]
fn addresses_are_compared_without_case_and_an_empty_one_is_nobodys() {
    assert!(call(CloudStatus::Missed, 0).is_of(" ada.morel@EXAMPLE.com"));
    assert!(!call(CloudStatus::Missed, 0).is_of("ada@example.com"));
    assert!(!same_address("", " "));
}

#[test]
fn what_is_printed_names_nobody() {
    let mut call = call(CloudStatus::Missed, 0);
    call.remote = "+33639980001".into();
    call.contact_name = Some("Marie".into());
    let printed = format!("{call:?}");
    assert!(
        !printed.contains("639980001") && !printed.contains("Marie"),
        "{printed}"
    );
}
