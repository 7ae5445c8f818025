//! Where mail goes: SMTP relay, sendmail, or a Maildir. The only sender; never
//! composes. Drives the stages so that "never offered" and "perhaps accepted"
//! are different answers.

pub mod maildir;
pub mod sendmail;
pub mod smtp;

use crate::core::compose::Outgoing;
use futures_util::future::BoxFuture;

/// Sends mail in two stages, so that the ledger can record "active" between
/// the relay's go-ahead and the first octet of the message.
pub trait Delivery: Send + Sync {
    /// Goes up to the point where the message itself would be sent (SMTP: DATA
    /// answered 354). Nothing was delivered when this fails.
    fn offer<'a>(&'a self, mail: &'a Outgoing) -> BoxFuture<'a, Result<Box<dyn Offered + 'a>, NotSent>>;
}

/// A relay that waits for the message.
pub trait Offered: Send {
    /// Sends the message.
    fn payload<'a>(self: Box<Self>) -> BoxFuture<'a, Outcome>
    where
        Self: 'a;
}

/// How sending the message ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Accepted; the relay's words.
    Sent(String),
    /// Surely not accepted.
    NotSent(NotSent),
    /// The message was sent and no answer came: perhaps accepted.
    InDoubt(String),
}

/// Surely not sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotSent {
    /// Try again later: 4yz, no connection, timeout before the message. The
    /// flag says that the relay as a whole is away, not this one mail.
    Deferred { cause: String, relay_away: bool },
    /// 5yz: never try again as it is.
    Refused { cause: String },
}
