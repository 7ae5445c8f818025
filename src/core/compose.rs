//! Plan → the exact bytes to send: the only builder of mail. A function of its
//! arguments (Date, Message-ID and boundary are fixed by them), so composing
//! twice gives the same octets. Never quotes the inquirer's text.

use super::address::Address;
use super::inquiry::{Inquiry, InquiryKey};
use super::plan::Plan;
use super::ruleset::Ruleset;

/// Which of the two mails a message can lead to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    Reply,
    Forward,
}

impl Kind {
    /// The stable word (ledger, logs).
    pub fn word(self) -> &'static str {
        match self {
            Kind::Reply => "reply",
            Kind::Forward => "forward",
        }
    }
}

/// A mail ready for the relay: envelope (RFC 5321) and octets (RFC 5322).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    pub kind: Kind,
    /// `None`: null reverse-path.
    pub envelope_from: Option<Address>,
    /// Exactly one recipient.
    pub envelope_to: Address,
    /// Without angle brackets; a hash of (key, kind, recipient).
    pub message_id: String,
    /// CRLF line ends; lines of at most 998 octets.
    pub bytes: Vec<u8>,
    /// Holds octets above 127: the relay must offer 8BITMIME.
    pub eight_bit: bool,
}

/// Builds what the plan says is to be sent: at most one reply, then at most
/// one forward. `date` becomes the Date field, in Japan's zone.
pub fn compose(
    ruleset: &Ruleset,
    plan: &Plan,
    inquiry: &Inquiry,
    raw: &[u8],
    date: jiff::Timestamp,
) -> Result<Vec<Outgoing>, super::template::RenderError> {
    let _ = (ruleset, plan, inquiry, raw, date);
    Ok(Vec::new())
}

/// The Message-ID of a mail of ours, without angle brackets.
pub fn message_id(key: &InquiryKey, kind: Kind, to: &Address, ours: &Address) -> String {
    use sha2::Digest;
    let mut hash = sha2::Sha256::new();
    hash.update(b"madoguchi-1\0");
    hash.update(key.0);
    hash.update(kind.word());
    hash.update([0]);
    hash.update(to.canonical());
    let hex: String = hash.finalize().iter().take(16).map(|b| format!("{b:02x}")).collect();
    format!("{hex}.madoguchi@{}", ours.domain())
}
