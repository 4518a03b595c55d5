//! What the command line can order, carried out by whoever has the data open.
//!
//! The running instance does it for a client, and a command that found no instance does it for
//! itself; both get the same answer.

use callside_core::id::{CallId, ConnectionId};
use callside_core::links::HookCall;
use callside_core::outbox::DeliveryState;
use callside_crm::oauth::SignInError;
use callside_engine::call_log::DraftChange;
use callside_engine::dialing::{LinkDone, Origin};
use callside_engine::events::Double;
use callside_store::{BackupError, CallFilter, CallRecord, StoreError};
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::sync::mpsc;
use zeroize::Zeroizing;

use super::{Answer, Credentials, Front, Request, WrapUpEnd};
use crate::decisions;
use crate::shapes;
use crate::text::crm_name;
use crate::views::tidy;
use crate::wire::DoubleWord;
use crate::wiring::cloud::{CloudFailed, Keys, Service};
use crate::wiring::sign_in::{Attempt, ConnectFailed};
use crate::wiring::{App, Mode};

/// The most calls one list holds.
const MOST_CALLS: u32 = 10_000;

/// The conversation beside an order: what is told on the way, and what the agent pastes. An empty
/// text means that nobody is there any more.
pub struct Talk {
    /// Told on the way.
    pub notes: mpsc::Sender<Value>,
    /// Pasted by the agent.
    pub heard: mpsc::Receiver<String>,
}

/// Carries the request out.
pub async fn carry_out(
    app: &App,
    request: Request,
    front: Option<&dyn Front>,
    talk: Talk,
) -> Answer {
    match request {
        Request::Ping => Answer::done(),
        Request::Show { page } => show(app, front, page),
        Request::Link { url } => link(app, front, &url).await,
        Request::Dial { number, yes } => dial(app, front, &number, yes).await,
        Request::Call { action, pairs } => hook(app, &action, pairs).await,
        Request::Lookup { number } => match app.engine().lookup(&number).await {
            Ok(found) => Answer::with(shapes::lookup(&found)),
            Err(error) => store_failed(app, &error),
        },
        Request::Calls { since } => calls(app, since.as_deref()).await,
        Request::WrapUp {
            call,
            note,
            tags,
            disposition,
            end,
        } => {
            let change = DraftChange {
                note,
                tags,
                disposition,
                opportunity: None,
            };
            wrap_up(app, &CallId::new(call), change, end).await
        }
        Request::Outbox => outbox(app).await,
        Request::Retry { call } => retry(app, &CallId::new(call)).await,
        Request::Connect {
            connection,
            client_id,
            client_secret,
            credentials,
        } => {
            let browser = (client_id.unwrap_or_default(), client_secret);
            connect(app, &connection, browser, credentials, talk).await
        }
        Request::ConnectCloud {
            service,
            id,
            secret,
            agent,
        } => match Service::from_word(&service) {
            Some(service) => connect_cloud(app, service, (id, secret), agent).await,
            None => Answer::failed(ConnectFailed::Unknown.sentence(&service, &app.text())),
        },
        Request::Disconnect { connection } => disconnect(app, &connection).await,
        Request::Sync { full, shrink } => sync(app, full, shrink).await,
        Request::CleanUp { table } => clean_up(app, table).await,
        Request::Doubles => match app.engine().doubles().await {
            Ok(doubles) => Answer::with(doubles.iter().map(double).collect::<Vec<_>>()),
            Err(error) => store_failed(app, &error),
        },
        Request::SettleDouble {
            choice,
            source,
            line,
        } => settle_double(app, choice, source.as_deref(), line.as_deref()).await,
        Request::Status => match app.status().await {
            Ok(status) => Answer::with(status),
            Err(error) => store_failed(app, &error),
        },
        Request::Doctor => Answer::with(crate::cli::doctor::examine(app).await),
        Request::Bundle => {
            let found = crate::cli::doctor::examine(app).await;
            match crate::cli::bundle::bundle(app, &found).await {
                Ok(bundle) => Answer::with(bundle),
                Err(error) => store_failed(app, &error),
            }
        }
        Request::Restore { name } => restore(app, &name).await,
    }
}

async fn connect_cloud(
    app: &App,
    service: Service,
    (id, secret): (String, String),
    agent: Option<String>,
) -> Answer {
    let text = app.text();
    let failed = |error: CloudFailed| Answer::failed(error.sentence(service, &text));
    let keys = Keys::of(service, Zeroizing::new(id), Zeroizing::new(secret));
    let mut account = match app.connect_cloud(keys).await {
        Ok(account) => account,
        Err(error) => return failed(error),
    };
    if let Some(who) = agent {
        account = match app.choose_cloud_agent(service, who.trim()).await {
            Ok(account) => account,
            Err(error) => return failed(error),
        };
    }
    let unknown = account.agent.is_none();
    Answer {
        // The key is kept; what is missing is said.
        error: unknown.then(|| cloud_agent_missing(app, service)),
        ..Answer::with(json!({
            "connection": service.as_str(),
            "agent": account.agent.map(|agent| agent.name),
            "lines": account.lines.len(),
            "tags": account.tags.len(),
        }))
    }
}

fn cloud_agent_missing(app: &App, service: Service) -> String {
    let values = [("crm", crm_name(service.as_str()))];
    app.text().say_with("rust-cloud-agent-missing", &values)
}

async fn disconnect(app: &App, name: &str) -> Answer {
    let done = match Service::from_word(name) {
        Some(service) => {
            let done = app.disconnect_cloud(service).await;
            done.map_err(|error| error.sentence(service, &app.text()))
        }
        None => {
            let done = app.disconnect(name).await;
            done.map_err(|error| error.sentence(name, &app.text()))
        }
    };
    match done {
        Ok(()) => Answer::done(),
        Err(sentence) => Answer::failed(sentence),
    }
}

fn store_failed(app: &App, error: &StoreError) -> Answer {
    tracing::error!(%error, "a command could not use the databases");
    Answer::failed(app.text().say("rust-error-store"))
}

/// Only where nothing else works with the data: windows and softphones could not go on.
async fn restore(app: &App, name: &str) -> Answer {
    let text = app.text();
    if app.mode() != Mode::OneCommand {
        return Answer::failed(text.say("rust-restore-running"));
    }
    let store = app.engine().store();
    let newest = match name {
        "latest" => store.good_backup().await,
        _ => Ok(None),
    };
    let name = match newest {
        Ok(newest) => newest.map_or(name.to_owned(), |backup| backup.name),
        Err(error) => return Answer::failed(text.backup_failed(&error)),
    };
    let known = store.backups().await.unwrap_or_default();
    match app.restore_backup(&name).await {
        Ok(aside) => {
            let aside = aside.map(|path| path.display().to_string());
            Answer::with(json!({ "restored": name, "kept": aside }))
        }
        Err(BackupError::Unknown) => {
            let names: Vec<String> = known.into_iter().map(|backup| backup.name).collect();
            Answer::failed(text.say_with("rust-restore-unknown", &[("names", &names.join(", "))]))
        }
        Err(error) => {
            tracing::error!(%error, "a backup was not restored");
            Answer::failed(text.backup_failed(&error))
        }
    }
}

fn show(app: &App, front: Option<&dyn Front>, page: Option<String>) -> Answer {
    match front {
        Some(front) => {
            front.show_desk(page);
            Answer::done()
        }
        None => Answer::failed(app.text().say("rust-error-no-windows")),
    }
}

async fn link(app: &App, front: Option<&dyn Front>, url: &str) -> Answer {
    if front.is_some_and(|front| front.take_test_link(url)) {
        return Answer::done();
    }
    match app.engine().take_link(url).await {
        Ok(LinkDone::Show(view)) => show(app, front, Some(view)),
        Ok(LinkDone::Done) => {
            if let (Some(front), Some(_)) = (front, app.engine().pending_dial()) {
                front.show_card();
            }
            Answer::done()
        }
        Err(error) => Answer::failed(app.text().dial_failed(&error)),
    }
}

async fn dial(app: &App, front: Option<&dyn Front>, number: &str, yes: bool) -> Answer {
    let engine = app.engine();
    let done = if yes {
        let call = engine.dial_now(number).await;
        call.map(|id| json!({ "call": id.as_str() }))
    } else {
        let request = engine.request_dial(number, Origin::CommandLine).await;
        request.map(|id| json!({ "request": id }))
    };
    match done {
        Ok(document) => {
            if let Some(front) = front {
                front.show_card();
            }
            Answer::with(document)
        }
        Err(error) => Answer::failed(app.text().dial_failed(&error)),
    }
}

/// A hook's event may be dropped for many reasons; its softphone is not to be bothered with them.
async fn hook(app: &App, action: &str, pairs: Vec<(String, String)>) -> Answer {
    match HookCall::from_pairs(action, pairs.into_iter()) {
        Ok(call) => {
            if let Err(error) = app.engine().take_hook(call).await {
                tracing::error!(%error, "could not take a hook's event");
            }
        }
        Err(error) => tracing::info!(%error, "dropped a hook's event"),
    }
    Answer::done()
}

async fn calls(app: &App, since: Option<&str>) -> Answer {
    let since = match since.map(str::parse::<Timestamp>).transpose() {
        Ok(since) => since,
        Err(_) => return Answer::misused(app.text().say("rust-usage-since")),
    };
    let filter = CallFilter {
        since,
        until: None,
        wrap_up: None,
        search: None,
        limit: MOST_CALLS,
    };
    match app.engine().store().calls(&filter).await {
        Ok(records) => {
            let text = app.text();
            let shapes: Vec<_> = records.iter().map(|r| shapes::call(r, &text)).collect();
            Answer::with(shapes)
        }
        Err(error) => store_failed(app, &error),
    }
}

async fn wrap_up(app: &App, id: &CallId, change: DraftChange, end: Option<WrapUpEnd>) -> Answer {
    let engine = app.engine();
    let failed = |error| Answer::failed(app.text().wrap_up_failed(&error));
    if let Err(error) = engine.change_draft(id, change).await {
        return failed(error);
    }
    let ended = match end {
        None => Ok(()),
        Some(WrapUpEnd::File) => engine.file(id).await,
        Some(WrapUpEnd::FileWhenFound) => match engine.log_when_found(id).await {
            Ok(()) => engine.file(id).await,
            Err(error) => Err(error),
        },
        Some(WrapUpEnd::Discard) => engine.discard(id).await,
    };
    if let Err(error) = ended {
        return failed(error);
    }
    if app.mode() == Mode::OneCommand
        && let Err(error) = engine.attempt_once(id).await
    {
        return failed(error);
    }
    match engine.store().call(id).await {
        Ok(Some(record)) => Answer::with(shapes::call(&record, &app.text())),
        Ok(None) => Answer::done(),
        Err(error) => store_failed(app, &error),
    }
}

async fn retry(app: &App, id: &CallId) -> Answer {
    let engine = app.engine();
    let failed = |error| Answer::failed(app.text().wrap_up_failed(&error));
    if app.mode() == Mode::OneCommand
        && let Err(error) = app.start_syncs().await
    {
        return failed(error);
    }
    if let Err(error) = engine.retry(id).await {
        return failed(error);
    }
    if app.mode() == Mode::OneCommand
        && let Err(error) = engine.attempt_once(id).await
    {
        return failed(error);
    }
    Answer::done()
}

async fn outbox(app: &App) -> Answer {
    match undelivered(app).await {
        Ok(rows) => Answer::with(rows),
        Err(error) => store_failed(app, &error),
    }
}

/// Everything filed that the CRM does not have yet, oldest first: a delivery as in `calls`, with
/// its call.
async fn undelivered(app: &App) -> Result<Vec<Value>, StoreError> {
    let engine = app.engine();
    let text = app.text();
    let mut rows = Vec::new();
    for (entry, _) in engine.store().pending_entries().await? {
        if entry.delivery.state == DeliveryState::Delivered {
            continue;
        }
        let Ok(Value::Object(mut row)) = serde_json::to_value(shapes::delivery(&entry, &text))
        else {
            continue;
        };
        row.insert("call".into(), json!(entry.call.as_str()));
        row.insert("filed_at".into(), json!(shapes::instant(entry.filed_at)));
        if let Some(CallRecord { call, .. }) = engine.store().call(&entry.call).await? {
            row.insert("remote_number".into(), json!(shapes::remote_number(&call)));
        }
        rows.push(Value::Object(row));
    }
    Ok(rows)
}

async fn connect(
    app: &App,
    connection: &str,
    (client_id, client_secret): (String, Option<String>),
    credentials: Option<Credentials>,
    talk: Talk,
) -> Answer {
    let signed_in = match credentials {
        Some(given) => {
            app.sign_in_with_secret(connection, &given.client_id, &given.client_secret)
                .await
        }
        None => {
            let begun = app.begin_sign_in(connection, &client_id, client_secret.as_deref());
            match begun.await {
                Ok(attempt) => with_browser(app, &attempt, talk).await,
                Err(error) => Err(error),
            }
        }
    };
    match signed_in {
        Ok(identity) => Answer::with(json!({
            "connection": connection,
            "account": identity.as_ref().map(|identity| identity.account.clone()),
            "agent": identity.map(|identity| identity.agent_name),
        })),
        Err(error) => {
            tracing::warn!(%error, "a sign-in failed");
            Answer::failed(error.sentence(connection, &app.text()))
        }
    }
}

/// Waits for the browser or for what the agent pastes, whichever signs in first.
async fn with_browser(
    app: &App,
    attempt: &Attempt,
    mut talk: Talk,
) -> Result<Option<callside_core::ports::Identity>, ConnectFailed> {
    let url = attempt.authorize_url();
    let note = json!({ "authorize_url": url, "redirect_uri": attempt.redirect_uri() });
    let _ = talk.notes.send(note).await;
    let browser = app.wait_sign_in(attempt);
    tokio::pin!(browser);
    let mut waiting = true;
    loop {
        tokio::select! {
            done = &mut browser, if waiting => match done {
                // The way back is blocked; what is pasted still counts.
                Err(ConnectFailed::SignIn(SignInError::NoPort)) => {
                    waiting = false;
                    let why = SignInError::NoPort;
                    let why = ConnectFailed::from(why).sentence("", &app.text());
                    let _ = talk.notes.send(json!({ "trouble": why })).await;
                }
                done => return done,
            },
            heard = talk.heard.recv() => match heard {
                Some(pasted) if !pasted.trim().is_empty() => {
                    match app.paste_sign_in(attempt, &pasted).await {
                        Err(ConnectFailed::SignIn(
                            error @ (SignInError::NoCode | SignInError::WrongState),
                        )) => {
                            let why = ConnectFailed::from(error).sentence("", &app.text());
                            let _ = talk.notes.send(json!({ "trouble": why })).await;
                        }
                        done => return done,
                    }
                }
                Some(_) => return Err(ConnectFailed::GivenUp),
                // Nothing can be pasted here; the browser may still come back.
                None if waiting => return browser.await,
                None => return Err(ConnectFailed::SignIn(SignInError::NoPort)),
            },
        }
    }
}

async fn clean_up(app: &App, table: bool) -> Answer {
    let view = match tidy::of(app.engine()).await {
        Ok(view) => view,
        Err(error) => return store_failed(app, &error),
    };
    if !table {
        return Answer::with(view);
    }
    match tidy::table(&view, &app.text()) {
        Ok(table) => Answer::with(table),
        Err(error) => {
            tracing::error!(%error, "could not make a table");
            Answer::failed(app.text().say("rust-tidy-failed"))
        }
    }
}

fn double(double: &Double) -> Value {
    json!({
        "connection": double.connection.as_str(),
        "source": double.source,
        "line": double.line,
        "call": double.call.as_str(),
        "remote_id": double.remote_id.as_str(),
    })
}

async fn settle_double(
    app: &App,
    choice: DoubleWord,
    source: Option<&str>,
    line: Option<&str>,
) -> Answer {
    let open = match app.engine().doubles().await {
        Ok(open) => open,
        Err(error) => return store_failed(app, &error),
    };
    let meant: Vec<&Double> = open
        .iter()
        .filter(|one| source.is_none_or(|source| one.source == source))
        .filter(|one| line.is_none() || one.line.as_deref() == line)
        .collect();
    let text = app.text();
    let several = meant
        .iter()
        .any(|one| Some(&one.source) != meant.first().map(|m| &m.source));
    if meant.is_empty() || (source.is_none() && several) {
        let id = if meant.is_empty() {
            "rust-doubles-none"
        } else {
            "rust-doubles-several"
        };
        return Answer::failed(text.say(id));
    }
    for one in meant {
        if let Err(error) = decisions::settle_double(app, one, line.is_none(), choice).await {
            return Answer::failed(error.told(&text).message);
        }
    }
    Answer::done()
}

async fn sync(app: &App, full: bool, shrink: Option<bool>) -> Answer {
    let engine = app.engine();
    if app.mode() == Mode::OneCommand
        && let Err(error) = app.start_syncs().await
    {
        return Answer::failed(app.text().wrap_up_failed(&error));
    }
    let names = match engine.stored_connections().await {
        Ok(names) => names,
        Err(error) => return store_failed(app, &error),
    };
    if names.is_empty() {
        return Answer::failed(app.text().say("rust-error-nothing-connected"));
    }
    let mut rows = Vec::new();
    let mut trouble = Vec::new();
    for name in names {
        let mut removed = 0;
        if let Some(remove) = shrink {
            match decisions::settle_shrink(app, &name, remove).await {
                Ok(gone) => removed = gone,
                Err(error) => return Answer::failed(error.told(&app.text()).message),
            }
        }
        let error = sync_one(app, &name, full).await;
        let waiting = engine.waiting_shrink(&name, 0).await.ok().flatten();
        let facts = match engine.store().sync_facts(&name).await {
            Ok(facts) => facts,
            Err(error) => return store_failed(app, &error),
        };
        rows.push(json!({
            "name": name.as_str(),
            "contacts": facts.contacts,
            "numbers": facts.numbers,
            "last_sync_at": facts.last_sync_at.map(shapes::instant),
            "error": error,
            "removed": removed,
            "would_disappear": waiting.map(|shrink| shrink.count),
        }));
        trouble.extend(error);
    }
    Answer {
        code: i32::from(!trouble.is_empty()),
        error: (!trouble.is_empty()).then(|| trouble.join("\n")),
        document: Some(json!({ "connections": rows })),
    }
}

async fn sync_one(app: &App, name: &ConnectionId, full: bool) -> Option<String> {
    use callside_engine::contact_sync::SyncFailed;
    let text = app.text();
    let crm = crate::text::crm_name(name.as_str());
    match app.engine().sync_now(name, full).await {
        Ok(()) => None,
        Err(SyncFailed::NotConnected) => {
            Some(text.say_with("rust-connection-disconnected", &[("crm", crm)]))
        }
        Err(SyncFailed::Read(error)) => Some(text.read_error(name.as_str(), &error)),
        Err(SyncFailed::Store(error)) => {
            tracing::error!(%error, "a sync could not be stored");
            Some(text.say("rust-error-store"))
        }
    }
}
