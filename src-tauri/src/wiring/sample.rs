//! The sample workspace: a made-up company on loopback, and a phone that rings on request.
//!
//! Everything is real but the other side: the same engine, the same adapter, a CRM that happens to
//! run in this process. Data and secrets vanish when it ends.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use callside_core::call::EndReason;
use callside_core::call::{CallEvent, CallState, Direction, Happening, SaidReason};
use callside_core::id::CallId;
use callside_core::ports::{CallEvents, DialError, Dialed, Telephony, TelephonyState};
use callside_core::settings::{DialWith, Settings};
use callside_engine::Engine;
use callside_sandbox::aircall::{Act, CallScript};
use callside_sandbox::{BookOptions, Sandbox, SandboxFailed, SandboxOptions, book};
use jiff::Timestamp;
use zeroize::Zeroizing;

use super::cloud::{CloudFailed, Keys, Service};
use super::{App, OpenFailed, lock};
use crate::home::Home;
use crate::text::Text;
use crate::wire::{SampleCaller, SampleKindWord, SampleView};

/// Contacts of the made-up company.
const CONTACTS: usize = 3_000;
/// `app` of the sample phone's events.
const APP: &str = "sample";
/// How long the other side of the sample phone lets it ring.
const ANSWERS_AFTER: std::time::Duration = std::time::Duration::from_secs(3);

/// The running sample workspace.
pub struct Sample {
    home: Home,
    settings: Settings,
    sandbox: Mutex<Option<Sandbox>>,
    client: (String, String),
    page_url: String,
    phone: Arc<Phone>,
    /// Aircall is the phone.
    aircall: AtomicBool,
}

/// The sample phone: one call at a time.
#[derive(Default)]
struct Phone {
    line: Mutex<Line>,
}

#[derive(Default)]
struct Line {
    count: u32,
    busy: Option<Busy>,
}

#[derive(Clone)]
struct Busy {
    id: String,
    direction: Direction,
    number: String,
    answered: bool,
}

impl Sample {
    /// Starts the company. Language and region are the agent's own.
    pub(super) async fn start(agent: &Settings) -> Result<Self, OpenFailed> {
        let home = Home::temporary()?;
        let options = SandboxOptions {
            book: BookOptions {
                contacts: CONTACTS,
                ..BookOptions::default()
            },
            auto_approve: true,
            ..SandboxOptions::default()
        };
        let email = options
            .staff
            .iter()
            .find(|staff| staff.id == options.me)
            .map(|staff| staff.email.clone())
            .unwrap_or_default();
        let sandbox = Sandbox::start(options)
            .await
            .inspect_err(|_: &SandboxFailed| home.remove())?;
        let mut settings = Settings {
            language: agent.language,
            ..Settings::default()
        };
        settings.agent.email = email;
        settings.crm.sellsy.api_url = sandbox.api_url();
        settings.crm.sellsy.login_url = sandbox.login_url();
        settings.crm.sellsy.web_url = sandbox.base_url();
        settings.crm.sellsy.client_id = sandbox.client_id().to_owned();
        settings.telephony.baresip.control = String::new();
        settings.telephony.dial_with = DialWith::Baresip;
        settings.telephony.aircall.api_url = sandbox.aircall_url();
        settings.telephony.aircall.workspace_url = sandbox.workspace_url();
        settings.telephony.allo.api_url = sandbox.allo_url();
        settings.telephony.allo.dialer_url = sandbox.allo_dialer_url();
        // What happened before the newcomer came would only have to be filed.
        sandbox.aircall_forget_calls();
        sandbox.allo_forget_calls();
        Ok(Self {
            client: (
                sandbox.client_id().to_owned(),
                sandbox.client_secret().to_owned(),
            ),
            page_url: sandbox.page_url(),
            sandbox: Mutex::new(Some(sandbox)),
            phone: Arc::default(),
            aircall: AtomicBool::new(false),
            home,
            settings,
        })
    }

    pub(super) fn home(&self) -> &Home {
        &self.home
    }

    pub(super) fn settings(&self) -> &Settings {
        &self.settings
    }

    pub(super) async fn sign_in(&self, app: &App) {
        app.engine().add_telephony(Arc::new(SampleSoftphone {
            phone: Arc::clone(&self.phone),
            engine: app.engine().clone(),
        }));
        let (id, secret) = &self.client;
        if let Err(error) = app.sign_in_with_secret("sellsy", id, secret).await {
            tracing::error!(%error, "could not sign in to the sample CRM");
        }
    }

    pub(super) async fn stop(&self) {
        let sandbox = lock(&self.sandbox).take();
        if let Some(sandbox) = sandbox {
            sandbox.stop().await;
        }
        self.home.remove();
    }

    /// The page that shows what arrived in the sample CRM.
    pub fn page_url(&self) -> &str {
        &self.page_url
    }

    /// How many phone calls arrived in the sample CRM.
    pub fn logged(&self) -> u32 {
        let sandbox = lock(&self.sandbox);
        let calls = sandbox
            .as_ref()
            .map_or(0, |sandbox| sandbox.phone_calls().len());
        u32::try_from(calls).unwrap_or(u32::MAX)
    }

    /// Makes Aircall the phone, in its own window, or the plain phone again.
    ///
    /// # Errors
    /// [`CloudFailed`]; the phone stays as it was then.
    pub async fn use_aircall(&self, app: &App, on: bool) -> Result<(), CloudFailed> {
        let (id, token) = self
            .with_sandbox(|sandbox| {
                sandbox.workspace_login(on.then_some(&self.settings.agent.email));
                sandbox.aircall_key()
            })
            .ok_or(CloudFailed::NotConnected)?;
        if on {
            let keys = Keys::of(
                Service::Aircall,
                Zeroizing::new(id.to_owned()),
                Zeroizing::new(token.to_owned()),
            );
            app.connect_cloud(keys).await?;
        }
        let mut settings = (*app.engine().settings()).clone();
        settings.telephony.aircall.embed = on;
        settings.telephony.dial_with = if on {
            DialWith::Aircall
        } else {
            DialWith::Baresip
        };
        self.aircall.store(on, Ordering::Relaxed);
        if let Err(error) = app.save_settings(settings).await {
            tracing::error!(%error, "the sample workspace's settings were not taken");
        }
        if !on {
            app.disconnect_cloud(Service::Aircall).await?;
        }
        Ok(())
    }

    /// Whether calls of this softphone are those of the panel.
    pub fn is_phone(&self, app: &str) -> bool {
        app == APP || (app == Service::Aircall.as_str() && self.aircall.load(Ordering::Relaxed))
    }

    fn with_sandbox<T>(&self, act: impl FnOnce(&Sandbox) -> T) -> Option<T> {
        lock(&self.sandbox).as_ref().map(act)
    }

    /// The call that goes on in Aircall, by its id there.
    fn aircall_call(app: &App) -> Option<(u64, CallState)> {
        let calls = app.engine().live_calls().into_iter();
        let mut calls = calls.filter(|call| call.state != CallState::Ended);
        calls.find_map(|call| {
            let aircall = Service::Aircall.as_str();
            let name = call.names.iter().find(|name| name.app == aircall)?;
            let id = name.app_call_id.as_ref()?.parse().ok()?;
            Some((id, call.state))
        })
    }

    fn act_in_aircall(&self, app: &App, acts: &[Act]) -> bool {
        let Some((id, _)) = Self::aircall_call(app) else {
            return false;
        };
        let all = |sandbox: &Sandbox| {
            let done = acts.iter().map(|act| sandbox.aircall_act(id, act.clone()));
            // The first one counts; an unanswered call has no screen to leave.
            done.collect::<Vec<_>>().first() == Some(&true)
        };
        self.with_sandbox(all).unwrap_or(false)
    }

    /// Makes the phone ring. False when nobody has this id, or the phone is busy.
    pub fn ring(&self, app: &App, caller: &str) -> bool {
        let Some(caller) = callers(&app.text())
            .into_iter()
            .find(|known| known.id == caller)
        else {
            return false;
        };
        if self.aircall.load(Ordering::Relaxed) {
            let script = CallScript {
                remote: caller.number,
                ..CallScript::default()
            };
            let free = Self::aircall_call(app).is_none();
            let rings = |sandbox: &Sandbox| sandbox.aircall_begin(script.by_hand());
            return free && self.with_sandbox(rings).is_some();
        }
        let number = caller.number.unwrap_or_default();
        let Some(busy) = self.phone.take(Direction::Inbound, &number) else {
            return false;
        };
        let name = matches!(caller.kind, SampleKindWord::Known).then_some(caller.name);
        report(app.engine(), &busy, Happening::Ringing, name);
        true
    }

    /// The agent picks the sample phone up. False when nothing rings.
    pub fn answer(&self, app: &App) -> bool {
        if self.aircall.load(Ordering::Relaxed) {
            return self.act_in_aircall(app, &[Act::Answer]);
        }
        let Some(busy) = self.phone.answer() else {
            return false;
        };
        report(app.engine(), &busy, Happening::Answered, None);
        true
    }

    /// The call ends: completed when it was answered, else missed or given up.
    pub fn hang_up(&self, app: &App) -> bool {
        if self.aircall.load(Ordering::Relaxed) {
            return self.act_in_aircall(app, &[Act::HangUp, Act::LeaveScreen]);
        }
        let Some(busy) = lock(&self.phone.line).busy.take() else {
            return false;
        };
        let reason = match (busy.answered, busy.direction) {
            (true, _) => SaidReason::Answered,
            (false, Direction::Inbound) => SaidReason::Known(EndReason::Missed),
            (false, Direction::Outbound) => SaidReason::Known(EndReason::Cancelled),
        };
        let ended = Happening::Ended {
            talk_s: None,
            reason: Some(reason),
        };
        report(app.engine(), &busy, ended, None);
        true
    }

    /// What the panel shows. `call` is the sample call as the engine knows it.
    pub fn view(&self, text: &Text, call: Option<(CallId, CallState)>) -> SampleView {
        SampleView {
            running: true,
            callers: callers(text),
            state: call
                .as_ref()
                .map(|(_, state)| crate::shapes::call_state(*state)),
            call: call.map(|(id, _)| id.to_string()),
            logged: self.logged(),
            aircall: self.aircall.load(Ordering::Relaxed),
        }
    }

    /// Whether a call goes on, and whether it was answered.
    pub fn on_the_phone(&self) -> Option<bool> {
        lock(&self.phone.line)
            .busy
            .as_ref()
            .map(|busy| busy.answered)
    }
}

impl Phone {
    fn take(&self, direction: Direction, number: &str) -> Option<Busy> {
        let mut line = lock(&self.line);
        if line.busy.is_some() {
            return None;
        }
        line.count += 1;
        let busy = Busy {
            id: format!("sample-{}", line.count),
            direction,
            number: number.to_owned(),
            answered: false,
        };
        line.busy = Some(busy.clone());
        Some(busy)
    }

    fn answer(&self) -> Option<Busy> {
        let mut line = lock(&self.line);
        let busy = line.busy.as_mut().filter(|busy| !busy.answered)?;
        busy.answered = true;
        Some(busy.clone())
    }
}

fn report(engine: &Engine, busy: &Busy, happening: Happening, name: Option<String>) {
    engine.report(CallEvent {
        app: APP.to_owned(),
        app_call_id: Some(busy.id.clone()),
        happening,
        direction: Some(busy.direction),
        remote: Some(busy.number.clone()),
        line: None,
        name,
        at: Timestamp::now(),
        verified: true,
    });
}

/// The sample phone as a softphone that dials. It stands in the place of baresip.
struct SampleSoftphone {
    phone: Arc<Phone>,
    engine: Engine,
}

#[async_trait]
impl Telephony for SampleSoftphone {
    fn name(&self) -> &str {
        "baresip"
    }

    fn state(&self) -> TelephonyState {
        TelephonyState::Connected
    }

    async fn dial(&self, digits: &str) -> Result<Dialed, DialError> {
        let busy = self
            .phone
            .take(Direction::Outbound, digits)
            .ok_or(DialError::Refused)?;
        report(&self.engine, &busy, Happening::Dialing, None);
        let (phone, engine) = (Arc::clone(&self.phone), self.engine.clone());
        tokio::spawn(async move {
            tokio::time::sleep(ANSWERS_AFTER).await;
            let same = lock(&phone.line)
                .busy
                .as_ref()
                .is_some_and(|now| now.id == busy.id);
            if same && let Some(busy) = phone.answer() {
                report(&engine, &busy, Happening::Answered, None);
            }
        });
        Ok(Dialed::HandedOver)
    }
}

/// Who can ring.
pub fn callers(text: &Text) -> Vec<SampleCaller> {
    let known = |id: &str, name: &str, company: Option<&str>, number: &str| SampleCaller {
        id: id.to_owned(),
        kind: SampleKindWord::Known,
        name: name.to_owned(),
        company: company.map(str::to_owned),
        number: Some(number.to_owned()),
    };
    let mut callers = vec![
        known(
            "marie",
            "Marie Dupont",
            Some("Boulangerie Martin"),
            book::MARIE_DUPONT_MOBILE,
        ),
        known("luc", "Luc Bernard", None, book::LUC_BERNARD_MOBILE),
        known(
            "hotel",
            "Hôtel des Remparts",
            None,
            book::HOTEL_DES_REMPARTS_PHONE,
        ),
        known("mills", "Moulins du Val", None, book::MOULINS_DU_VAL_PHONE),
        known(
            "payet",
            "Jean-Marc Payet",
            None,
            book::JEAN_MARC_PAYET_PHONE,
        ),
    ];
    callers.push(SampleCaller {
        kind: SampleKindWord::Shared,
        ..known(
            "garage",
            "Garage Lefort, Paul Lefort",
            None,
            book::SHARED_NUMBER,
        )
    });
    callers.push(SampleCaller {
        kind: SampleKindWord::Unknown,
        ..known(
            "stranger",
            &text.say("rust-sample-stranger"),
            None,
            "+33199009876",
        )
    });
    callers.push(SampleCaller {
        kind: SampleKindWord::Withheld,
        number: None,
        ..known("withheld", &text.say("rust-log-withheld"), None, "")
    });
    callers
}
