//! What the service says when it refuses: one shape, French texts.
//!
//! `details` is an object that names the wrong fields, or an empty array when there is none, as real
//! answers have been seen to do.

use serde_json::{Map, Value, json};

/// A refusal, ready to be sent.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    pub(crate) message: String,
    pub(crate) details: Vec<(String, String)>,
    /// Seconds for `Retry-After`.
    pub(crate) retry_after: Option<u64>,
}

impl Refusal {
    pub(crate) fn new(status: u16, message: impl Into<String>) -> Self {
        Self {
            status,
            message: message.into(),
            details: Vec::new(),
            retry_after: None,
        }
    }

    /// 400 that names one field.
    pub(crate) fn field(name: impl Into<String>, why: impl Into<String>) -> Self {
        Self::fields(vec![(name.into(), why.into())])
    }

    /// 400 that names several fields.
    pub(crate) fn fields(details: Vec<(String, String)>) -> Self {
        Self {
            details,
            ..Self::new(400, "Les données envoyées ne sont pas valides.")
        }
    }

    pub(crate) fn not_found(what: &str) -> Self {
        Self::new(404, format!("{what} introuvable."))
    }

    pub(crate) fn unauthorized() -> Self {
        Self::new(401, "Le jeton d'accès est invalide ou a expiré.")
    }

    pub(crate) fn missing_scope(scope: &str) -> Self {
        Self {
            details: vec![(
                "scope".to_owned(),
                format!("Le périmètre {scope} est requis."),
            )],
            ..Self::new(403, "Vous n'avez pas les droits suffisants.")
        }
    }

    /// The text for a status that a fault asks for.
    pub(crate) fn for_status(status: u16) -> Self {
        let message = match status {
            400 => "La requête n'est pas valide.",
            401 => "Le jeton d'accès est invalide ou a expiré.",
            402 => "La limite de votre abonnement est atteinte.",
            403 => "Vous n'avez pas les droits suffisants.",
            404 => "Page introuvable.",
            409 => "La requête est en conflit avec l'état du serveur.",
            413 => "Le contenu envoyé est trop volumineux.",
            429 => "Le quota de requêtes est atteint.",
            _ => "Une erreur interne est survenue.",
        };
        Self::new(status, message)
    }

    pub(crate) fn body(&self) -> Value {
        let details = if self.details.is_empty() {
            json!([])
        } else {
            let named: Map<String, Value> = self
                .details
                .iter()
                .map(|(name, why)| (name.clone(), json!(why)))
                .collect();
            Value::Object(named)
        };
        json!({"error": {"code": self.status, "message": self.message, "context": null, "details": details}})
    }
}
