//! Signing in to a CRM, coming back to it at the next start, and signing out.

use std::sync::Arc;

use callside_core::id::ConnectionId;
use callside_core::ports::{Crm, Identity, ReadError};
use callside_core::settings::Settings;
use callside_crm::oauth::{SignIn, SignInError};
use callside_crm::sellsy::{Sellsy, SellsyConfig, SellsySetup};
use callside_engine::call_log::WrapUpError;
use callside_store::StoreError;

use super::{App, Mode, lock};
use crate::text::{Text, crm_name};

/// The connections that this version can make.
pub const AVAILABLE: [&str; 1] = ["sellsy"];
/// Those it knows by name only.
pub const NOT_YET: [&str; 2] = ["salesforce", "gorgias"];

/// Why nobody is signed in.
#[derive(Debug, thiserror::Error)]
pub enum ConnectFailed {
    /// This version does not know how.
    #[error("connect: not part of this version yet")]
    NotYet,
    /// There is no such CRM.
    #[error("connect: there is no such connection")]
    Unknown,
    /// Nobody said which access to use.
    #[error("connect: the client id is missing")]
    NoClientId,
    /// The agent gave up.
    #[error("connect: given up")]
    GivenUp,
    /// A setting cannot work.
    #[error(transparent)]
    Setup(#[from] SellsySetup),
    /// The sign-in did not succeed.
    #[error(transparent)]
    SignIn(#[from] SignInError),
    /// Signed in, but the CRM does not say to whom.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The journal cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The engine did not take it.
    #[error(transparent)]
    Engine(#[from] WrapUpError),
}

impl ConnectFailed {
    /// Why, as a sentence.
    pub fn sentence(&self, connection: &str, text: &Text) -> String {
        let crm = crm_name(connection);
        let id = match self {
            Self::NotYet => "rust-connect-not-yet",
            Self::Unknown => "rust-connect-unknown",
            Self::NoClientId => "rust-connect-no-client-id",
            Self::GivenUp => "rust-connect-given-up",
            Self::Setup(SellsySetup::BadAddress { key }) => {
                return text.say_with("rust-connect-bad-address", &[("key", key)]);
            }
            Self::SignIn(error) => match error {
                SignInError::Offline => "rust-connection-unreachable",
                SignInError::Busy { .. } => "rust-reason-limited",
                SignInError::Refused => "rust-connect-refused",
                SignInError::Declined => "rust-connect-declined",
                SignInError::TooLate => "rust-connect-too-late",
                SignInError::WrongState => "rust-connect-wrong-state",
                SignInError::NoCode => "rust-connect-no-code",
                SignInError::NoPort => "rust-connect-no-port",
                SignInError::NotSignedIn => "rust-connection-disconnected",
                SignInError::Keychain(_) => "rust-connect-keychain",
                SignInError::Unreadable => "rust-connection-unreadable",
                SignInError::BadSetting => "rust-connect-bad-setting",
            },
            Self::Read(error) => return text.read_error(connection, error),
            Self::Store(_) => "rust-error-store",
            Self::Engine(error) => return text.wrap_up_failed(error),
        };
        text.say_with(id, &[("crm", crm)])
    }
}

/// A sign-in with the browser under way.
pub struct Attempt {
    connection: ConnectionId,
    client_id: String,
    crm: Arc<Sellsy>,
    sign_in: SignIn,
}

impl Attempt {
    /// The page to open in the system's browser.
    pub fn authorize_url(&self) -> &str {
        self.sign_in.authorize_url()
    }

    /// Where the browser comes back to; has to be registered with the access.
    pub fn redirect_uri(&self) -> &str {
        self.sign_in.redirect_uri()
    }
}

impl App {
    /// Begins a sign-in with the browser; an empty client id means the one of the settings. A
    /// secret is kept for the renewal of tokens, where the access has one.
    ///
    /// # Errors
    /// [`ConnectFailed`].
    pub async fn begin_sign_in(
        &self,
        connection: &str,
        client_id: &str,
        client_secret: Option<&str>,
    ) -> Result<Arc<Attempt>, ConnectFailed> {
        let (connection, client_id, crm) = self.prospective(connection, client_id).await?;
        if let Some(secret) = client_secret {
            crm.keep_client_secret(secret).await?;
        }
        let sign_in = crm.begin_sign_in().await?;
        Ok(Arc::new(Attempt {
            connection,
            client_id,
            crm,
            sign_in,
        }))
    }

    /// Waits for the browser to come back, at most five minutes.
    ///
    /// # Errors
    /// [`ConnectFailed`]; after [`SignInError::NoPort`] pasting still works.
    pub async fn wait_sign_in(&self, attempt: &Attempt) -> Result<Option<Identity>, ConnectFailed> {
        attempt.sign_in.wait().await?;
        self.signed_in(&attempt.connection, &attempt.client_id, &attempt.crm)
            .await
    }

    /// Signs in with what the agent pasted: the code, or the address the browser ended at.
    ///
    /// # Errors
    /// [`ConnectFailed`]; another text may be pasted then.
    pub async fn paste_sign_in(
        &self,
        attempt: &Attempt,
        pasted: &str,
    ) -> Result<Option<Identity>, ConnectFailed> {
        attempt.sign_in.finish(pasted).await?;
        self.signed_in(&attempt.connection, &attempt.client_id, &attempt.crm)
            .await
    }

    /// Signs in without a browser. The identity is None when the CRM could not be asked just now.
    ///
    /// # Errors
    /// [`ConnectFailed`].
    pub async fn sign_in_with_secret(
        &self,
        connection: &str,
        client_id: &str,
        secret: &str,
    ) -> Result<Option<Identity>, ConnectFailed> {
        let (connection, client_id, crm) = self.prospective(connection, client_id).await?;
        crm.sign_in_with_credentials(secret).await?;
        self.signed_in(&connection, &client_id, &crm).await
    }

    async fn prospective(
        &self,
        connection: &str,
        client_id: &str,
    ) -> Result<(ConnectionId, String, Arc<Sellsy>), ConnectFailed> {
        if NOT_YET.contains(&connection) {
            return Err(ConnectFailed::NotYet);
        }
        if !AVAILABLE.contains(&connection) {
            return Err(ConnectFailed::Unknown);
        }
        let connection = ConnectionId::new(connection);
        let settings = self.engine().settings();
        let client_id = match client_id.trim() {
            "" => self.client_id(&connection, &settings).await?,
            given => given.to_owned(),
        };
        if client_id.is_empty() {
            return Err(ConnectFailed::NoClientId);
        }
        let crm = self.sellsy(&settings, &client_id)?;
        Ok((connection, client_id, crm))
    }

    /// The access that was signed in with; before that, the one in the settings.
    async fn client_id(
        &self,
        connection: &ConnectionId,
        settings: &Settings,
    ) -> Result<String, StoreError> {
        let kept = self.engine().store().fact(&client_fact(connection)).await?;
        Ok(kept
            .filter(|kept| !kept.is_empty())
            .unwrap_or_else(|| settings.crm.sellsy.client_id.trim().to_owned()))
    }

    fn sellsy(&self, settings: &Settings, client_id: &str) -> Result<Arc<Sellsy>, SellsySetup> {
        let config = SellsyConfig {
            client_id: client_id.to_owned(),
            ..SellsyConfig::from_settings(settings)
        };
        let secrets = Arc::clone(&self.inner.secrets);
        let clock = Arc::clone(&self.inner.clock);
        Ok(Arc::new(Sellsy::new(config, secrets, clock)?))
    }

    async fn signed_in(
        &self,
        connection: &ConnectionId,
        client_id: &str,
        crm: &Arc<Sellsy>,
    ) -> Result<Option<Identity>, ConnectFailed> {
        let known = self
            .engine()
            .stored_connections()
            .await?
            .contains(connection);
        let identity = match crm.identity().await {
            Ok(identity) => Some(identity),
            // The sign-in is good; who it is will be asked when the CRM answers again.
            Err(ReadError::Offline | ReadError::Busy { .. }) => None,
            Err(error) => {
                if !known {
                    crm.sign_out().await?;
                }
                return Err(error.into());
            }
        };
        let store = self.engine().store();
        store.set_fact(&client_fact(connection), client_id).await?;
        self.take_crm(connection, crm, identity.clone()).await?;
        Ok(identity)
    }

    async fn take_crm(
        &self,
        connection: &ConnectionId,
        crm: &Arc<Sellsy>,
        identity: Option<Identity>,
    ) -> Result<(), WrapUpError> {
        lock(&self.inner.crms).insert(connection.clone(), Arc::clone(crm));
        // Its requests are counted from nothing, and so are the calls they were made for.
        lock(&self.inner.logged).remove(connection);
        let port: Arc<dyn Crm> = Arc::clone(crm) as Arc<dyn Crm>;
        if self.inner.mode == Mode::OneCommand {
            self.engine().connect_at_rest(port, identity).await
        } else {
            self.engine().connect(port, identity).await
        }
    }

    /// Takes the connections of earlier runs up again. One whose sign-in is not there stays known,
    /// so that its calls wait for it.
    pub(super) async fn reconnect(&self, settings: &Settings) {
        let known = match self.engine().stored_connections().await {
            Ok(known) => known,
            Err(error) => {
                tracing::error!(%error, "could not read which connections there are");
                return;
            }
        };
        for connection in known {
            if let Err(error) = self.take_up(&connection, settings).await {
                tracing::warn!(%connection, %error, "a connection is not signed in");
                self.engine().know_connection(&connection);
            }
        }
    }

    async fn take_up(
        &self,
        connection: &ConnectionId,
        settings: &Settings,
    ) -> Result<(), ConnectFailed> {
        if !AVAILABLE.contains(&connection.as_str()) {
            return Err(ConnectFailed::NotYet);
        }
        let client_id = self.client_id(connection, settings).await?;
        let crm = self.sellsy(settings, &client_id)?;
        if crm.grant().await?.is_none() {
            return Err(SignInError::NotSignedIn.into());
        }
        self.take_crm(connection, &crm, None).await?;
        if self.inner.mode != Mode::OneCommand {
            // Asked now, so that the first log of the day does not have to.
            self.spawn(async move {
                if let Err(error) = crm.identity().await {
                    tracing::info!(%error, "the CRM did not say who is signed in");
                }
            });
        }
        Ok(())
    }

    /// Starts the sync of a connection in a command that runs while no instance does.
    ///
    /// # Errors
    /// [`WrapUpError`] when the journal cannot be used.
    pub async fn start_syncs(&self) -> Result<(), WrapUpError> {
        let crms: Vec<Arc<Sellsy>> = lock(&self.inner.crms).values().cloned().collect();
        for crm in crms {
            self.engine().connect(crm as Arc<dyn Crm>, None).await?;
        }
        Ok(())
    }

    /// Signs out: the secrets and the copy of the contacts leave this computer, filed calls stay.
    ///
    /// # Errors
    /// [`ConnectFailed::Unknown`] for a connection that was never made.
    pub async fn disconnect(&self, connection: &str) -> Result<(), ConnectFailed> {
        let connection = ConnectionId::new(connection);
        if !self
            .engine()
            .stored_connections()
            .await?
            .contains(&connection)
        {
            return Err(ConnectFailed::Unknown);
        }
        let crm = lock(&self.inner.crms).remove(&connection);
        let crm = match crm {
            Some(crm) => crm,
            None => {
                let settings = self.engine().settings();
                let client_id = self.client_id(&connection, &settings).await?;
                self.sellsy(&settings, &client_id)?
            }
        };
        crm.sign_out().await?;
        self.engine().disconnect(&connection).await?;
        self.engine()
            .store()
            .set_fact(&client_fact(&connection), "")
            .await?;
        Ok(())
    }
}

fn client_fact(connection: &ConnectionId) -> String {
    format!("client_id/{connection}")
}
