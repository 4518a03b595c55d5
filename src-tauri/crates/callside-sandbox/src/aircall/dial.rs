//! Dialling by REST: a number put into the agent's dialler, or a call started on the agent's desk.

use serde_json::Value;

use super::{
    account::{Account, Step},
    errors::{invalid, not_found, wrong_state},
    script::CallScript,
    settings::AfterDial,
};
use crate::{
    phones::is_e164,
    rest::{Ask, Refusal, Reply},
};

/// How long the agent looks at a pushed number before starting the call, in milliseconds.
const LOOK_MS: i64 = 1_000;
/// How long a call that REST starts takes to appear, in milliseconds.
const START_MS: i64 = 300;

/// `POST /v1/users/{id}/dial`.
pub(super) fn dial(account: &mut Account, ask: &Ask) -> Result<Reply, Refusal> {
    let body = ask.json();
    let (user, to) = ready_user(account, ask, &body)?;
    if account.workspace.user == Some(user) {
        account.plan(ask.now, Step::ExternalDial(to.clone()));
    }
    if account.settings.after_dial == AfterDial::Call {
        let script = account.own_call(user, &to, None);
        account.plan(ask.now + LOOK_MS, Step::Begin(Box::new(script)));
    }
    account.advance(ask.now);
    Ok(Reply::nothing())
}

/// `POST /v1/users/{id}/calls`.
pub(super) fn call(account: &mut Account, ask: &Ask) -> Result<Reply, Refusal> {
    let body = ask.json();
    let Some(line) = body.get("number_id").and_then(Value::as_u64) else {
        return Err(invalid("number_id", "can't be blank"));
    };
    let (user, to) = ready_user(account, ask, &body)?;
    let allowed = account
        .lines()
        .any(|known| known.id == line && known.users.contains(&user));
    if !allowed {
        return Err(wrong_state(
            "The number is not active or not assigned to the user",
        ));
    }
    let script = account.own_call(user, &to, Some(line));
    account.plan(ask.now + START_MS, Step::Begin(Box::new(script)));
    Ok(Reply::nothing())
}

/// The user in the path, free to call, and the number to be called.
fn ready_user(account: &Account, ask: &Ask, body: &Value) -> Result<(u64, String), Refusal> {
    let user = account
        .users()
        .find(|user| Some(user.id) == ask.id("id"))
        .ok_or_else(|| not_found("User"))?;
    let to = body.get("to").and_then(Value::as_str).unwrap_or_default();
    if !is_e164(to) {
        return Err(invalid("to", "is not a valid phone number"));
    }
    match account.availability(user).as_str() {
        "available" => Ok((user.id, to.to_owned())),
        "in_call" => Err(wrong_state("The user is already in a call")),
        _ => Err(wrong_state("The user is currently unavailable")),
    }
}

impl Account {
    /// A call that nobody scripted, from the given line or the user's first.
    pub(super) fn own_call(&self, user: u64, to: &str, line: Option<u64>) -> CallScript {
        let like = self.settings.own_calls.clone();
        let may = |id: u64| {
            self.lines()
                .any(|line| line.id == id && line.users.contains(&user))
        };
        let first = self.lines().find(|line| line.users.contains(&user));
        let line = line
            .or(Some(like.line).filter(|line| may(*line)))
            .or(first.map(|line| line.id));
        CallScript {
            outbound: true,
            remote: Some(to.to_owned()),
            line: line.unwrap_or(like.line),
            user,
            ..like
        }
    }
}
