//! The cloud services on loopback, faithful to their documents and misbehaving on request.
//!
//! A [`Sandbox`] plays a CRM and telephony services for tests, the demo and the sample workspace. It is written from
//! the vendors' own documents, not from what our client happens to send: what a service would refuse is refused here.
//! It depends on no other crate of the project.
//!
//! ```no_run
//! # async fn demo() -> Result<(), callside_sandbox::SandboxFailed> {
//! use callside_sandbox::{Fault, FaultRule, Sandbox, SandboxOptions};
//!
//! let crm = Sandbox::start(SandboxOptions::default()).await?;
//! crm.add_fault(FaultRule::once("POST", "/v2/phone-calls$", Fault::CutAfterEffect));
//! // … a client at work at crm.api_url() …
//! assert_eq!(crm.phone_calls().len(), 1);
//! # Ok(())
//! # }
//! ```
//!
//! Where things are: [`book`] invents the company, [`sellsy`] answers for Sellsy, [`aircall`] for Aircall, [`allo`]
//! for Allo, `oauth` signs people in, [`faults`] says what goes wrong, `wire` cuts connections, `in_process` does
//! without them, [`inspect`] lets tests look in, `page` shows what arrived, and `server` puts them together. Another
//! vendor becomes a folder beside `sellsy` and a route in `server`; `rest`, `feed`, `audio`, `phones` and `past` hold
//! what vendors share.

pub mod aircall;
pub mod allo;
mod audio;
pub mod book;
pub mod faults;
mod feed;
mod in_process;
pub mod inspect;
mod oauth;
mod page;
mod past;
mod phones;
mod rest;
pub mod sellsy;
mod server;
mod wire;

pub use axum::http;
pub use book::{BookOptions, Opportunity, OpportunityStatus, Record, RecordKind, Role};
pub use faults::{Fault, FaultRule};
pub use in_process::{CutOff, InProcess};
pub use inspect::SeenRequest;
pub use past::HistoryOptions;
pub use sellsy::{MissingRelated, PhoneCall, QuotaLimits, Related, Staff};
pub use server::{Clock, Sandbox, SandboxFailed, SandboxOptions, Sleep};
