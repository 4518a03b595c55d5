//! CRM clients over HTTP.
//!
//! Each CRM has a folder: the vendor's JSON as it is (`api`), the way from there to our words
//! (`map`), and the adapter itself, which implements [`callside_core::ports::Crm`]. What they
//! share is here: what an answer's status means, one gate that keeps to the vendor's limits, and the
//! sign-in.

pub mod budget;
pub mod fault;
pub mod oauth;
pub mod pace;
pub mod sellsy;
pub mod spending;

#[cfg(test)]
mod contract;
