//! Reports about mail of ours: a bounce, a delay, a read receipt that names one
//! of our Message-IDs. What comes of it is the ledger's affair.

use super::super::inquiry::{Inquiry, ReturnPath};
use super::super::policy::Policy;
use super::super::reason::Reason;
use super::local_part::{self, Local};
use super::{machine, wording};

/// A report about mail of ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// Message-IDs of ours that it names, without angle brackets; not empty.
    pub about: Vec<String>,
    pub outcome: Outcome,
    /// Enhanced status code (RFC 3463), `5.1.1`.
    pub status: Option<String>,
}

/// What became of a mail of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It did not reach its recipient, and nobody tries any more.
    Failed,
    /// It has not reached its recipient yet.
    Delayed,
    Delivered,
    /// The recipient's program says that it was shown (RFC 8098).
    Read,
    /// The recipient's program says that it was thrown away unseen.
    Unread,
}

impl Outcome {
    /// The stable word.
    pub fn word(self) -> &'static str {
        match self {
            Outcome::Failed => "failed",
            Outcome::Delayed => "delayed",
            Outcome::Delivered => "delivered",
            Outcome::Read => "read",
            Outcome::Unread => "unread",
        }
    }
}

/// What a message reports about mail of ours; `None` for everything else, also
/// for bounces of mail that is not ours.
pub fn notice(inquiry: &Inquiry, policy: &Policy) -> Option<Notice> {
    let outcome = match machine::report(inquiry) {
        Some(Reason::DeliveryReport) => delivery(inquiry),
        Some(Reason::ReadReceipt) => disposition(inquiry),
        Some(_) => return None,
        None if bounces_in_words(inquiry) => said_in_words(inquiry),
        None => return None,
    };
    let about = ours(inquiry, policy);
    let status = if outcome == Outcome::Failed { status(inquiry) } else { None };
    (!about.is_empty()).then_some(Notice { about, outcome, status })
}

fn delivery(inquiry: &Inquiry) -> Outcome {
    let deliveries = &inquiry.mime.deliveries;
    let acted = |action: &str| deliveries.iter().any(|d| d.action == action);
    if acted("failed") || deliveries.is_empty() && said_in_words(inquiry) == Outcome::Failed {
        Outcome::Failed
    } else if acted("delayed") || deliveries.is_empty() {
        Outcome::Delayed
    } else {
        Outcome::Delivered
    }
}

fn disposition(inquiry: &Inquiry) -> Outcome {
    let fields = inquiry.mime.report_fields.to_ascii_lowercase();
    let disposition = fields.lines().find_map(|line| line.strip_prefix("disposition:")).unwrap_or_default();
    let kind = disposition.split(';').nth(1).unwrap_or_default();
    if ["deleted", "denied", "failed"].iter().any(|word| kind.contains(word)) { Outcome::Unread } else { Outcome::Read }
}

/// Bounces without report fields: of qmail, of mobile carriers, of gateways.
fn bounces_in_words(inquiry: &Inquiry) -> bool {
    let path = matches!(inquiry.header.return_path, ReturnPath::Null);
    let sender = local_part::of_sender(inquiry);
    let system = path || matches!(sender, Local::System | Local::Postmaster | Local::NoReply);
    system && (wording::is_bounce_subject(inquiry) || wording::is_bounce_body(inquiry))
}

/// Failed, unless the words say that it is tried again.
fn said_in_words(inquiry: &Inquiry) -> Outcome {
    const AGAIN: &[&str] = &[
        "will be retried",
        "still being retried",
        "will keep trying",
        "will continue to",
        "re-attempted",
        "再送を試み",
        "再送信を試み",
        "配送を継続",
        "遅延して",
    ];
    const DELAY: &[&str] = &["delay", "warning", "遅延"];
    let body = inquiry.fresh.folded.as_str();
    let subject = inquiry.subject.folded.as_str();
    let delayed = DELAY.iter().any(|p| subject.contains(p)) || AGAIN.iter().any(|p| body.contains(p));
    if delayed { Outcome::Delayed } else { Outcome::Failed }
}

/// Message-IDs of ours that the report names, wherever it does.
fn ours(inquiry: &Inquiry, policy: &Policy) -> Vec<String> {
    let header = &inquiry.header;
    let mut found: Vec<String> = Vec::new();
    let fields = inquiry.mime.original_message_ids.iter().chain(&header.in_reply_to).chain(&header.references);
    for id in fields.filter(|id| machine::is_our_message_id(id, policy)) {
        found.push(id.clone());
    }
    let passages = [&inquiry.fresh, &inquiry.quoted, &inquiry.signature, &inquiry.disclaimer];
    for text in passages.map(|passage| passage.text.as_str()) {
        found.extend(quoted_ids(text).filter(|id| machine::is_our_message_id(id, policy)));
    }
    found.sort();
    found.dedup();
    found
}

/// Message-IDs in angle brackets, as bounces quote header fields in their text.
fn quoted_ids(text: &str) -> impl Iterator<Item = String> {
    let inner = text.split('<').skip(1).filter_map(|rest| rest.split_once('>'));
    inner.map(|(id, _)| id.to_owned())
}

/// The enhanced status code: of the report's fields, else of its words.
fn status(inquiry: &Inquiry) -> Option<String> {
    let failed = inquiry.mime.deliveries.iter().filter(|d| d.action == "failed").find_map(|d| d.status.clone());
    failed.or_else(|| enhanced_status(&inquiry.fresh.text)).or_else(|| enhanced_status(&inquiry.quoted.text))
}

/// The first permanent enhanced status code (RFC 3463) in a text, `5.1.1`.
pub fn enhanced_status(text: &str) -> Option<String> {
    let is_part = |c: char| c.is_ascii_digit() || c == '.';
    text.split(|c| !is_part(c)).map(|word| word.trim_end_matches('.')).find_map(|word| {
        let mut numbers = word.split('.');
        let (class, subject, detail) = (numbers.next()?, numbers.next()?, numbers.next()?);
        let short = |n: &str| (1..=3).contains(&n.len());
        (numbers.next().is_none() && class == "5" && short(subject) && short(detail)).then(|| word.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_code_is_told_from_other_numbers() {
        for (text, expected) in [
            ("550 5.1.1 <a@b.example>: user unknown", Some("5.1.1")),
            ("550-5.7.26 unauthenticated", Some("5.7.26")),
            ("(#5.1.1)", Some("5.1.1")),
            ("relay 192.0.2.5 said 452 4.2.2 full", None),
            ("version 5.15.0.1", None),
            ("no status", None),
        ] {
            assert_eq!(enhanced_status(text).as_deref(), expected, "{text}");
        }
    }
}
