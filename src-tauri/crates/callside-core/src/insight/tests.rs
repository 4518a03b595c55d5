#![allow(clippy::unwrap_used)]

use super::*;
use crate::id::RemoteId;

fn deal(id: &str, created: &str, amount: &str) -> Opportunity {
    Opportunity {
        id: RemoteId::new(id),
        name: "Deck oven".into(),
        stage: None,
        amount: Some(amount.into()),
        currency: Some("EUR".into()),
        created_at: Some(created.parse().unwrap()),
        url: None,
    }
}

fn three() -> Vec<Opportunity> {
    vec![
        deal("12", "2026-03-02T08:00:00Z", "900.00"),
        deal("9", "2026-01-02T08:00:00Z", "12400.00"),
        deal("31", "2026-05-02T08:00:00Z", "12400.00"),
    ]
}

#[test]
fn the_rule_of_the_settings_picks_among_several() {
    let rows = [
        (OpportunityRule::Oldest, Some("9")),
        (OpportunityRule::Newest, Some("31")),
        (OpportunityRule::Largest, Some("9")),
        (OpportunityRule::None, None),
    ];
    for (rule, want) in rows {
        let open = three();
        let got = pick_opportunity(&open, rule, &OpportunityChoice::ByRule);
        assert_eq!(got.map(|o| o.id.as_str()), want, "{rule:?}");
    }
}

#[test]
fn the_agents_choice_wins_and_a_closed_choice_means_none() {
    let open = three();
    let chosen = |id: &str| OpportunityChoice::Chosen {
        id: RemoteId::new(id),
    };
    let pick =
        |choice| pick_opportunity(&open, OpportunityRule::Oldest, &choice).map(|o| o.id.as_str());
    assert_eq!(pick(chosen("12")), Some("12"));
    assert_eq!(pick(chosen("77")), None);
    assert_eq!(pick(OpportunityChoice::None), None);
}

#[test]
fn a_tie_in_creation_goes_to_the_lower_id() {
    let open = vec![
        deal("100", "2026-01-02T08:00:00Z", "1"),
        deal("20", "2026-01-02T08:00:00Z", "1"),
    ];
    let got = pick_opportunity(&open, OpportunityRule::Oldest, &OpportunityChoice::ByRule);
    assert_eq!(got.map(|o| o.id.as_str()), Some("20"));
}
