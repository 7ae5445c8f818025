//! What people do in the queue: look at one message, release, resend or drop.
//! Each act is recorded with who and when, in the transaction that does it. A
//! running daemon finds what became due by itself.

use super::report::{self, MessageRow, OutboxRow};
use super::store::{self, delete_content, instant, key_of, kind_of, mark_again, millis, settle_message};
use super::{LedgerError, MailId, State};
use crate::core::compose::Kind;
use crate::core::inquiry::InquiryKey;
use crate::core::reason::Reason;
use jiff::Timestamp;
use rusqlite::{Connection, params};

/// What a person wants done with what waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wish {
    /// Send what is held or put off, now; surely not sent before.
    Release,
    /// Send again what was refused, or may have been sent already.
    Resend,
    /// Do not send; nobody needs to look any more.
    Drop,
}

impl Wish {
    /// The stable word.
    pub fn word(self) -> &'static str {
        match self {
            Wish::Release => "release",
            Wish::Resend => "resend",
            Wish::Drop => "drop",
        }
    }
}

/// Something that was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acted {
    pub key: InquiryKey,
    /// `None`: the mark that a person should look was taken off the message.
    pub kind: Option<Kind>,
    /// State and reason of before: `held (gave-up)`.
    pub was: String,
}

/// Why nothing was done. One line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    #[error("no message has this number")]
    Unknown,
    #[error("two messages share this number")]
    Shared,
    #[error("it led to no {}", .0.word())]
    NoSuchMail(Kind),
    #[error("nothing of it waits")]
    NothingWaits,
    #[error("no mail of it waits: what a person is to look at lies in the mailbox")]
    NoMail,
    #[error("the {}", .0.iter().map(|(kind, why)| format!("{} {why}", kind.word())).collect::<Vec<_>>().join("; the "))]
    Mails(Vec<(Kind, &'static str)>),
}

/// All that is known of one message.
#[derive(Debug, Clone)]
pub struct Dossier {
    pub message: MessageRow,
    pub revision: String,
    /// A person should look.
    pub review: bool,
    pub mails: Vec<MailRow>,
    /// Oldest first.
    pub acts: Vec<Act>,
    /// Reports about its mails, oldest first.
    pub notices: Vec<NoticeRow>,
}

/// A report about one mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoticeRow {
    pub kind: Kind,
    /// Word of [`super::Notice::outcome`].
    pub outcome: String,
    /// Enhanced status code (RFC 3463).
    pub status: Option<String>,
    /// The message that brought it.
    pub report: InquiryKey,
    pub at: Timestamp,
}

/// One mail of a message, sent or not.
#[derive(Debug, Clone)]
pub struct MailRow {
    pub row: OutboxRow,
    pub message_id: String,
    pub settled: Option<Timestamp>,
    /// Its octets are still there.
    pub kept: bool,
}

/// What a person did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Act {
    /// `None`: the message as such.
    pub kind: Option<Kind>,
    /// Word of [`Wish`].
    pub what: String,
    pub was: String,
    pub who: String,
    pub at: Timestamp,
}

/// Messages whose key starts so: those of one reception number.
fn keys(connection: &Connection, prefix: [u8; 5]) -> Result<Vec<InquiryKey>, LedgerError> {
    let mut statement = connection.prepare_cached(
        "SELECT message_key FROM message WHERE message_key >= ?1 AND message_key <= ?2 ORDER BY message_key",
    )?;
    let (mut first, mut last) = ([0x00; 32], [0xff; 32]);
    first[..5].copy_from_slice(&prefix);
    last[..5].copy_from_slice(&prefix);
    let mut rows = statement.query(params![&first[..], &last[..]])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(key_of(&row.get::<_, Vec<u8>>(0)?)?);
    }
    Ok(found)
}

pub fn show(connection: &Connection, prefix: [u8; 5]) -> Result<Vec<Dossier>, LedgerError> {
    keys(connection, prefix)?.into_iter().map(|key| dossier(connection, key)).collect()
}

fn dossier(connection: &Connection, key: InquiryKey) -> Result<Dossier, LedgerError> {
    let message = report::message(connection, &key)?;
    let (revision, review) =
        connection.query_row("SELECT revision, review FROM message WHERE message_key = ?1", [&key.0[..]], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?;
    Ok(Dossier {
        message,
        revision,
        review,
        mails: mails(connection, key)?,
        acts: acts(connection, key)?,
        notices: notices(connection, key)?,
    })
}

fn mails(connection: &Connection, key: InquiryKey) -> Result<Vec<MailRow>, LedgerError> {
    let mut found = Vec::new();
    for row in report::mails_of(connection, &key)? {
        let (message_id, settled, kept) = connection.query_row(
            "SELECT message_id, settled, EXISTS (SELECT 1 FROM content c
                 WHERE c.message_key = outbox.message_key AND c.kind = outbox.kind)
             FROM outbox WHERE message_key = ?1 AND kind = ?2",
            params![&key.0[..], row.kind.word()],
            |columns| Ok((columns.get(0)?, columns.get::<_, Option<i64>>(1)?, columns.get(2)?)),
        )?;
        found.push(MailRow { row, message_id, settled: settled.map(instant).transpose()?, kept });
    }
    Ok(found)
}

fn acts(connection: &Connection, key: InquiryKey) -> Result<Vec<Act>, LedgerError> {
    let mut statement = connection
        .prepare_cached("SELECT kind, what, was, who, at FROM act WHERE message_key = ?1 ORDER BY at, kind")?;
    let mut rows = statement.query([&key.0[..]])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let kind: String = row.get(0)?;
        found.push(Act {
            kind: if kind == "message" { None } else { Some(kind_of(&kind)?) },
            what: row.get(1)?,
            was: row.get(2)?,
            who: row.get(3)?,
            at: instant(row.get(4)?)?,
        });
    }
    Ok(found)
}

fn notices(connection: &Connection, key: InquiryKey) -> Result<Vec<NoticeRow>, LedgerError> {
    let mut statement = connection.prepare_cached(
        "SELECT about_kind, outcome, status, message_key, at FROM notice WHERE about = ?1 ORDER BY at, message_key",
    )?;
    let mut rows = statement.query([&key.0[..]])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(NoticeRow {
            kind: kind_of(&row.get::<_, String>(0)?)?,
            outcome: row.get(1)?,
            status: row.get(2)?,
            report: key_of(&row.get::<_, Vec<u8>>(3)?)?,
            at: instant(row.get(4)?)?,
        });
    }
    Ok(found)
}

/// The octets of a mail, as they would be sent; `None` when they are not kept.
pub fn octets(connection: &Connection, id: MailId) -> Result<Option<Vec<u8>>, LedgerError> {
    store::content_of(connection, id)
}

/// Does what a person wants with the mails of one message (`only` one of them,
/// or all that wait), or says why not. Runs in a transaction of its own.
pub fn act(
    connection: &Connection,
    prefix: [u8; 5],
    only: Option<Kind>,
    wish: Wish,
    who: &str,
    now: Timestamp,
) -> Result<Result<Vec<Acted>, Denied>, LedgerError> {
    let key = match keys(connection, prefix)?[..] {
        [] => return Ok(Err(Denied::Unknown)),
        [key] => key,
        _ => return Ok(Err(Denied::Shared)),
    };
    let dossier = dossier(connection, key)?;
    let wanted = |mail: &&MailRow| only.is_none_or(|kind| kind == mail.row.kind);
    let mails: Vec<&MailRow> = dossier.mails.iter().filter(wanted).collect();
    if let (Some(kind), []) = (only, &mails[..]) {
        return Ok(Err(Denied::NoSuchMail(kind)));
    }
    let (mut acted, mut denied) = (Vec::new(), Vec::new());
    for mail in mails {
        let id = MailId { key, kind: mail.row.kind };
        match refusal(mail, wish) {
            Some(why) => denied.push((id.kind, why)),
            None => {
                match wish {
                    Wish::Release | Wish::Resend => queue(connection, id, now)?,
                    Wish::Drop => drop_mail(connection, id, now)?,
                }
                let was = was(&mail.row);
                record(connection, &key, id.kind.word(), wish, &was, who, now)?;
                acted.push(Acted { key, kind: Some(id.kind), was });
            }
        }
    }
    let review = dossier.review && only.is_none();
    if review && wish == Wish::Drop {
        connection.execute("UPDATE message SET review = 0 WHERE message_key = ?1", [&key.0[..]])?;
        let was = format!("{} ({})", dossier.message.action, dossier.message.reason);
        record(connection, &key, "message", wish, &was, who, now)?;
        acted.push(Acted { key, kind: None, was });
    }
    if !acted.is_empty() {
        settle_message(connection, &key)?;
        return Ok(Ok(acted));
    }
    let waits = |(_, why): &(Kind, &str)| ![SENT, DROPPED, BOUNCED].contains(why);
    Ok(Err(match denied.is_empty() {
        true if review => Denied::NoMail,
        true => Denied::NothingWaits,
        false if only.is_none() && review && !denied.iter().any(waits) => Denied::NoMail,
        false => Denied::Mails(denied),
    }))
}

const SENT: &str = "was sent, and what is sent is not kept";
const BOUNCED: &str = "was sent and came back, and what was sent is not kept";
const DROPPED: &str = "was dropped, and what is dropped is not kept";

/// Why a wish does not fit the state of a mail.
fn refusal(mail: &MailRow, wish: Wish) -> Option<&'static str> {
    let in_doubt = mail.row.reason == Some(Reason::InDoubt);
    match (mail.row.state, wish) {
        (State::Sent, _) => Some(SENT),
        (State::Dropped, _) => Some(DROPPED),
        (State::Bounced, _) => Some(BOUNCED),
        (State::Active, _) => Some("is on its way right now"),
        (_, Wish::Drop) => None,
        (State::Queued, _) => Some("is queued already"),
        _ if !mail.kept && mail.row.reason == Some(Reason::Bounced) => {
            Some("came back, and what was sent is not kept: the original lies in the mailbox")
        }
        _ if !mail.kept => Some("is not kept"),
        (State::Held, Wish::Release) if in_doubt => {
            Some("may have been sent already: `queue resend` sends it again, `queue drop` leaves it at that")
        }
        (State::Refused, Wish::Release) => Some("was refused: `queue resend` tries it again"),
        (State::Held | State::Deferred, Wish::Release) => None,
        (State::Held | State::Deferred | State::Refused, Wish::Resend) => None,
    }
}

fn was(row: &OutboxRow) -> String {
    match row.reason {
        Some(reason) => format!("{} ({reason})", row.state.word()),
        None => row.state.word().to_owned(),
    }
}

/// Due now, tried as if it were new; its originals are marked once more.
fn queue(connection: &Connection, id: MailId, now: Timestamp) -> Result<(), LedgerError> {
    connection.execute(
        "UPDATE outbox SET state = 'queued', reason = NULL, detail = NULL, attempts = 0, created = ?3,
             next_attempt = ?3, settled = NULL WHERE message_key = ?1 AND kind = ?2",
        params![&id.key.0[..], id.kind.word(), millis(now)],
    )?;
    mark_again(connection, &id.key)
}

fn drop_mail(connection: &Connection, id: MailId, now: Timestamp) -> Result<(), LedgerError> {
    connection.execute(
        "UPDATE outbox SET state = 'dropped', reason = ?3, settled = ?4 WHERE message_key = ?1 AND kind = ?2",
        params![&id.key.0[..], id.kind.word(), Reason::Dropped.word(), millis(now)],
    )?;
    delete_content(connection, id)
}

fn record(
    connection: &Connection,
    key: &InquiryKey,
    kind: &str,
    wish: Wish,
    was: &str,
    who: &str,
    now: Timestamp,
) -> Result<(), LedgerError> {
    connection.execute(
        "INSERT INTO act (message_key, kind, what, was, who, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        params![&key.0[..], kind, wish.word(), was, who, millis(now)],
    )?;
    Ok(())
}
