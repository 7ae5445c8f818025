//! The people and numbers we name: `associations.toml` (the 47 associations),
//! `contacts.toml` (the Secretariat and the Navi Dial desk), `calendar.toml`
//! (opening hours, closures). Owns their meaning; sends nothing.

use super::address::Address;
use super::places::Prefecture;

/// A text in both languages.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Bilingual {
    pub ja: String,
    pub en: String,
}

/// One of the 47 prefectural associations.
#[derive(Debug, Clone)]
pub struct Association {
    pub prefecture: Prefecture,
    /// `None`: forwards to it are held with `no-address`.
    pub email: Option<Address>,
    pub name: Bilingual,
    pub phone: Option<String>,
    pub website: Option<String>,
    pub hours: Option<Bilingual>,
    pub face_to_face: FaceToFace,
    /// `verified = 2026-11-22`, as written.
    pub verified: Option<String>,
}

/// Whether face-to-face consultation is offered; while unknown the reply must
/// not promise it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaceToFace {
    Yes,
    No,
    Unknown,
}

/// A desk of contacts.toml.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Contact {
    /// Key of its table: `secretariat`, `navi-dial`.
    pub key: String,
    pub name: Bilingual,
    pub phone: Option<String>,
    pub email: Option<String>,
    pub website: Option<String>,
    pub hours: Option<Bilingual>,
    /// Postal address.
    pub address: Option<Bilingual>,
    /// What it is for.
    pub purpose: Bilingual,
    pub verified: Option<String>,
}

/// Everything of the three files.
#[derive(Debug, Clone)]
pub struct Directory {
    /// Exactly 47, in code order.
    pub associations: Vec<Association>,
    pub contacts: Vec<Contact>,
}

impl Directory {
    pub fn association(&self, prefecture: Prefecture) -> Option<&Association> {
        self.associations.get(usize::from(prefecture.number()) - 1)
    }

    pub fn contact(&self, key: &str) -> Option<&Contact> {
        self.contacts.iter().find(|c| c.key == key)
    }

    /// Whether an address belongs to one of the associations.
    pub fn is_association(&self, address: &Address) -> bool {
        self.associations.iter().any(|a| a.email.as_ref() == Some(address))
    }
}
