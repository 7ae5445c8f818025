//! Where mail goes: SMTP relay, sendmail, or a Maildir. The only sender; never
//! composes. Drives the stages so that "never offered" and "perhaps accepted"
//! are different answers.

pub mod maildir;
pub mod sendmail;
pub mod smtp;

use super::config::OutboundUrl;
use crate::core::compose::Outgoing;
use futures_util::future::BoxFuture;
use std::sync::Arc;

/// Sends mail in two stages, so that the ledger can record "active" between
/// the relay's go-ahead and the first octet of the message.
pub trait Delivery: Send + Sync {
    /// Goes up to the point where the message itself would be sent (SMTP: DATA
    /// answered 354). Nothing was delivered when this fails, nor when the
    /// [`Offered`] is dropped unused.
    fn offer<'a>(&'a self, mail: &'a Outgoing) -> BoxFuture<'a, Result<Box<dyn Offered + 'a>, NotSent>>;
}

/// A relay that waits for the message.
pub trait Offered: Send {
    /// Sends the message.
    fn payload<'a>(self: Box<Self>) -> BoxFuture<'a, Outcome>
    where
        Self: 'a;
}

/// How sending the message ended. Texts hold no address (its local part is
/// starred) and no control character: fit for a log and a terminal.
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
    /// The relay does not offer 8BITMIME (RFC 6152) and the mail needs it:
    /// offer it again as [`crate::core::compose::seven_bit`] makes it.
    NeedsSevenBit,
}

impl NotSent {
    /// The reason for people.
    pub fn cause(&self) -> &str {
        match self {
            NotSent::Deferred { cause, .. } | NotSent::Refused { cause } => cause,
            NotSent::NeedsSevenBit => "the relay does not offer 8BITMIME, which this mail needs",
        }
    }
}

/// The delivery behind an `outbound.url`. Opens nothing yet.
pub fn connect(url: &OutboundUrl) -> Arc<dyn Delivery> {
    match url {
        OutboundUrl::Smtp(server) => Arc::new(smtp::Smtp::new(server.clone())),
        OutboundUrl::Sendmail(program) => Arc::new(sendmail::Sendmail::new(program.clone())),
        OutboundUrl::Maildir(path) => Arc::new(maildir::Maildir::new(path.clone())),
    }
}

/// Longest text of a relay that is kept, in characters.
const WORDS_MAX: usize = 300;

/// What a relay said, on one line: without control characters, and with local
/// parts of addresses starred, for relays love to repeat the recipient.
fn words(text: &str) -> String {
    let mut line = String::new();
    for word in text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|w| !w.is_empty()) {
        if !line.is_empty() {
            line.push(' ');
        }
        match word.rfind('@') {
            Some(at) => {
                line.extend(word.chars().take_while(|c| "<(\"'[".contains(*c)));
                line.push('*');
                line.push_str(&word[at..]);
            }
            None => line.push_str(word),
        }
    }
    line.chars().filter(|c| !is_bidi(*c)).take(WORDS_MAX).collect()
}

/// Characters that reorder a line on a terminal (Unicode bidirectional controls).
fn is_bidi(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_relays_words_carry_no_address_and_no_control() {
        assert_eq!(
            words("5.1.1 <yamada.taro@a.example>: no such\r\nuser\x1b[2J"),
            "5.1.1 <*@a.example>: no such user [2J"
        );
        assert_eq!(words("\"a b\"@c.example \u{202e}x"), "\"a *@c.example x");
        assert_eq!(words(&"x".repeat(1000)).chars().count(), WORDS_MAX);
    }
}
