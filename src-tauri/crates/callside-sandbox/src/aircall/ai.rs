//! What the AI plan makes of a recorded call: ready some time after its end.

use serde_json::{Value, json};

use super::{
    account::Account,
    calls::{Call, is_known},
    errors::{edge, not_found},
    settings::AiPlan,
    show::iso,
};
use crate::rest::{Ask, Refusal, Reply};

const SUMMARIES: [&str; 4] = [
    "Le client demande un devis pour un four à sole et souhaite être livré avant la fin du mois.",
    "La cliente signale une panne de la vitrine réfrigérée. Un passage du technicien est convenu pour jeudi.",
    "Point sur la facture en attente: le règlement est annoncé pour vendredi.",
    "Prise de contact: le prospect compare deux fournisseurs et attend une documentation.",
];
const TOPICS: [&str; 5] = ["devis", "livraison", "panne", "facture", "rendez-vous"];
const MOODS: [&str; 3] = ["POSITIVE", "NEUTRAL", "NEGATIVE"];
const TASKS: [&str; 3] = [
    "Envoyer le devis",
    "Rappeler vendredi",
    "Confirmer le passage du technicien",
];

/// The call in the path when its texts are ready; a plan that has none of them refuses.
fn analysed<'a>(account: &'a Account, ask: &Ask, needs: AiPlan) -> Result<&'a Call, Refusal> {
    let entitled = match account.settings.ai {
        AiPlan::Full => true,
        AiPlan::SummaryOnly => needs == AiPlan::SummaryOnly,
        AiPlan::None => false,
    };
    if !entitled {
        return Err(edge(403));
    }
    let call = account.named_call(ask)?;
    let recorded = call.recording_bytes.is_some() && call.answered_ms.is_some();
    let ready = is_known(call, call.ended_ms, account.settings.delays.ai_ms, ask.now);
    if call.has_ai && recorded && ready {
        Ok(call)
    } else {
        Err(not_found("Resource"))
    }
}

/// One of these, the same for the same call.
fn pick<'a>(of: &[&'a str], call: &Call, turn: u64) -> &'a str {
    let place = (call.id + turn) % of.len().max(1) as u64;
    of.get(place as usize).copied().unwrap_or_default()
}

fn created(call: &Call) -> String {
    iso(call.ended_ms.unwrap_or(call.started_ms).div_euclid(1_000))
}

/// `GET /v1/calls/{id}/transcription`.
pub(super) fn transcription(account: &mut Account, ask: &Ask) -> Result<Reply, Refusal> {
    let call = analysed(account, ask, AiPlan::SummaryOnly)?;
    let lines = [
        (
            "internal",
            "Bonjour, Callside Démonstration, que puis-je pour vous ?",
        ),
        (
            "external",
            "Bonjour, je vous appelle au sujet de notre dernier échange.",
        ),
        ("internal", "Oui, je m'en souviens. Je vous écoute."),
        ("external", pick(&SUMMARIES, call, 0)),
        ("internal", "C'est noté, merci. Bonne journée."),
    ];
    let utterances: Vec<Value> = (0..)
        .zip(lines)
        .map(|(turn, (party, text))| {
            let mut row = json!({
                "start_time": f64::from(turn) * 4.5,
                "end_time": f64::from(turn) * 4.5 + 4.0,
                "text": text,
                "participant_type": party,
            });
            let who = match party {
                "internal" => json!({"user_id": call.user}),
                _ => json!({"phone_number": call.remote}),
            };
            crate::rest::merge(&mut row, who);
            row
        })
        .collect();
    Ok(Reply::ok(json!({"transcription": {
        "id": call.id + 1,
        "call_id": call.id,
        "call_uuid": format!("CA{:032x}", call.id),
        "type": "call",
        "call_created_at": iso(call.started_ms.div_euclid(1_000)),
        "content": {"language": "fr", "utterances": utterances},
    }})))
}

/// `GET /v1/calls/{id}/summary`.
pub(super) fn summary(account: &mut Account, ask: &Ask) -> Result<Reply, Refusal> {
    let call = analysed(account, ask, AiPlan::SummaryOnly)?;
    Ok(Reply::ok(json!({"summary": {
        "id": call.id + 2,
        "call_id": call.id.to_string(),
        "created_at": created(call),
        "content": pick(&SUMMARIES, call, 0),
    }})))
}

/// `GET /v1/calls/{id}/topics`.
pub(super) fn topics(account: &mut Account, ask: &Ask) -> Result<Reply, Refusal> {
    let call = analysed(account, ask, AiPlan::Full)?;
    Ok(Reply::ok(json!({"topic": {
        "id": call.id + 3,
        "call_id": call.id,
        "created_at": created(call),
        "content": [pick(&TOPICS, call, 0), pick(&TOPICS, call, 2)],
    }})))
}

/// `GET /v1/calls/{id}/sentiments`.
pub(super) fn sentiments(account: &mut Account, ask: &Ask) -> Result<Reply, Refusal> {
    let call = analysed(account, ask, AiPlan::Full)?;
    Ok(Reply::ok(json!({"sentiment": {
        "id": call.id + 4,
        "call_id": call.id,
        "participants": [{"phone_number": call.remote, "value": pick(&MOODS, call, 0)}],
    }})))
}

/// `GET /v1/calls/{id}/action_items`.
pub(super) fn action_items(account: &mut Account, ask: &Ask) -> Result<Reply, Refusal> {
    let call = analysed(account, ask, AiPlan::Full)?;
    Ok(Reply::ok(json!({
        "call_id": call.id,
        "action_items": [{
            "id": call.id + 5,
            "content": pick(&TASKS, call, 0),
            "ai_generated": true,
            "created_at": created(call),
            "created_by": null,
            "updated_at": created(call),
            "updated_by": null,
        }],
    })))
}
