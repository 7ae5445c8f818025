//! What `status` and `queue list` read: counts, the last events, how mailbox
//! and relay are doing, and what waits for a person.

use super::store::{instant, key_of, kind_of};
use super::{LedgerError, PlanRecord, State};
use crate::core::compose::Kind;
use crate::core::inquiry::InquiryKey;
use crate::core::reason::Reason;
use jiff::Timestamp;
use rusqlite::{Connection, Rows};
use std::collections::BTreeMap;

/// The state of the ledger at one moment.
#[derive(Debug, Clone, Default)]
pub struct Report {
    pub run: Option<Run>,
    /// The revision of the rules that decides, or decided last, and since when.
    pub rules: Option<(String, Timestamp)>,
    /// Messages decided, by word of `plan::Action`.
    pub actions: BTreeMap<String, u64>,
    /// Mails, by kind and state.
    pub mails: BTreeMap<(Kind, State), u64>,
    /// Messages that lay in the mailbox before the first run.
    pub skipped: u64,
    /// When a message was decided last.
    pub last_message: Option<Timestamp>,
    /// When a reply and a forward were sent last.
    pub last_reply: Option<Timestamp>,
    pub last_forward: Option<Timestamp>,
    pub health: Vec<Health>,
    /// Mails that are not sent, oldest first.
    pub outbox: Vec<OutboxRow>,
    /// Messages that a person should look at, newest first.
    pub review: Vec<MessageRow>,
}

/// The daemon's last start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    pub started: Timestamp,
    pub pid: u32,
    pub once: bool,
    pub revision: String,
    /// `None` while it runs, and after a crash.
    pub ended: Option<Timestamp>,
}

/// How one component is doing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Health {
    /// `mailbox`, `relay`, `sent-copy`.
    pub component: String,
    /// One line; `None` when all is well.
    pub trouble: Option<String>,
    pub since: Timestamp,
    pub last_contact: Option<Timestamp>,
}

/// A mail that is not sent.
#[derive(Debug, Clone)]
pub struct OutboxRow {
    pub key: InquiryKey,
    pub kind: Kind,
    pub state: State,
    pub reason: Option<Reason>,
    /// What the relay or the connection said.
    pub detail: Option<String>,
    pub to: String,
    pub attempts: u32,
    pub created: Timestamp,
    pub next_attempt: Timestamp,
}

/// A message that waits for a person.
#[derive(Debug, Clone)]
pub struct MessageRow {
    pub key: InquiryKey,
    pub sender: Option<String>,
    pub received: Timestamp,
    pub decided: Timestamp,
    pub action: String,
    pub reason: Reason,
    pub plan: PlanRecord,
}

/// One thing that somebody should look at.
#[derive(Debug, Clone)]
pub enum Waiting<'a> {
    Mail(&'a OutboxRow),
    Message(&'a MessageRow),
}

impl Report {
    /// All that waits: mails first, then messages.
    pub fn waiting(&self) -> impl Iterator<Item = Waiting<'_>> {
        self.outbox.iter().map(Waiting::Mail).chain(self.review.iter().map(Waiting::Message))
    }

    /// Mails in a state, of both kinds.
    pub fn count(&self, state: State) -> u64 {
        self.mails.iter().filter(|((_, s), _)| *s == state).map(|(_, n)| n).sum()
    }
}

pub fn report(connection: &Connection) -> Result<Report, LedgerError> {
    let mut report =
        Report { run: last_run(connection)?, rules: super::revision::current(connection)?, ..Report::default() };
    let mut statement = connection.prepare("SELECT action, count(*) FROM message GROUP BY action")?;
    report.actions =
        statement.query_map([], |row| Ok((row.get(0)?, row.get::<_, i64>(1)? as u64)))?.collect::<Result<_, _>>()?;
    let mut statement = connection.prepare("SELECT kind, state, count(*) FROM outbox GROUP BY kind, state")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (kind, state): (String, String) = (row.get(0)?, row.get(1)?);
        report.mails.insert((kind_of(&kind)?, State::from_word(&state)?), row.get::<_, i64>(2)? as u64);
    }
    let time = |sql: &str| -> Result<Option<Timestamp>, LedgerError> {
        connection.query_row(sql, [], |row| row.get::<_, Option<i64>>(0))?.map(instant).transpose()
    };
    report.last_message = time("SELECT max(decided) FROM message")?;
    report.last_reply = time("SELECT max(settled) FROM outbox WHERE kind = 'reply' AND state = 'sent'")?;
    report.last_forward = time("SELECT max(settled) FROM outbox WHERE kind = 'forward' AND state = 'sent'")?;
    report.skipped =
        connection.query_row("SELECT coalesce(max(skipped), 0) FROM mailbox", [], |row| row.get::<_, i64>(0))? as u64;
    report.health = health(connection)?;
    report.outbox = outbox(connection)?;
    report.review = review(connection)?;
    Ok(report)
}

fn last_run(connection: &Connection) -> Result<Option<Run>, LedgerError> {
    let mut statement =
        connection.prepare("SELECT started, pid, once, revision, ended FROM run ORDER BY started DESC LIMIT 1")?;
    let mut rows = statement.query([])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    Ok(Some(Run {
        started: instant(row.get(0)?)?,
        pid: row.get(1)?,
        once: row.get(2)?,
        revision: row.get(3)?,
        ended: row.get::<_, Option<i64>>(4)?.map(instant).transpose()?,
    }))
}

fn health(connection: &Connection) -> Result<Vec<Health>, LedgerError> {
    let mut statement =
        connection.prepare("SELECT component, trouble, since, last_contact FROM health ORDER BY component")?;
    let mut rows = statement.query([])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(Health {
            component: row.get(0)?,
            trouble: row.get(1)?,
            since: instant(row.get(2)?)?,
            last_contact: row.get::<_, Option<i64>>(3)?.map(instant).transpose()?,
        });
    }
    Ok(found)
}

const MAIL: &str =
    "SELECT message_key, kind, state, reason, detail, envelope_to, attempts, created, next_attempt FROM outbox";

fn outbox(connection: &Connection) -> Result<Vec<OutboxRow>, LedgerError> {
    let mut statement = connection.prepare(&format!(
        "{MAIL} WHERE state NOT IN ('sent', 'dropped', 'bounced') ORDER BY created, message_key, kind"
    ))?;
    mail_rows(statement.query([])?)
}

/// All mails of one message, sent or not; the reply first.
pub fn mails_of(connection: &Connection, key: &InquiryKey) -> Result<Vec<OutboxRow>, LedgerError> {
    let mut statement = connection.prepare(&format!("{MAIL} WHERE message_key = ?1 ORDER BY kind DESC"))?;
    mail_rows(statement.query([&key.0[..]])?)
}

fn mail_rows(mut rows: Rows<'_>) -> Result<Vec<OutboxRow>, LedgerError> {
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let reason: Option<String> = row.get(3)?;
        found.push(OutboxRow {
            key: key_of(&row.get::<_, Vec<u8>>(0)?)?,
            kind: kind_of(&row.get::<_, String>(1)?)?,
            state: State::from_word(&row.get::<_, String>(2)?)?,
            reason: reason.as_deref().map(reason_of).transpose()?,
            detail: row.get(4)?,
            to: row.get(5)?,
            attempts: row.get(6)?,
            created: instant(row.get(7)?)?,
            next_attempt: instant(row.get(8)?)?,
        });
    }
    Ok(found)
}

const MESSAGE: &str = "SELECT message_key, sender, received, decided, action, reason, plan FROM message";

fn review(connection: &Connection) -> Result<Vec<MessageRow>, LedgerError> {
    let mut statement =
        connection.prepare(&format!("{MESSAGE} WHERE review <> 0 ORDER BY decided DESC, message_key"))?;
    message_rows(statement.query([])?)
}

/// One message that is known to be there.
pub fn message(connection: &Connection, key: &InquiryKey) -> Result<MessageRow, LedgerError> {
    let mut statement = connection.prepare(&format!("{MESSAGE} WHERE message_key = ?1"))?;
    let found = message_rows(statement.query([&key.0[..]])?)?.pop();
    found.ok_or_else(|| LedgerError::Content("a key without a message".to_owned()))
}

fn message_rows(mut rows: Rows<'_>) -> Result<Vec<MessageRow>, LedgerError> {
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let plan: String = row.get(6)?;
        found.push(MessageRow {
            key: key_of(&row.get::<_, Vec<u8>>(0)?)?,
            sender: row.get(1)?,
            received: instant(row.get(2)?)?,
            decided: instant(row.get(3)?)?,
            action: row.get(4)?,
            reason: reason_of(&row.get::<_, String>(5)?)?,
            plan: serde_json::from_str(&plan).map_err(|e| LedgerError::Content(e.to_string()))?,
        });
    }
    Ok(found)
}

fn reason_of(word: &str) -> Result<Reason, LedgerError> {
    word.parse().map_err(|e: crate::core::reason::UnknownReason| LedgerError::Content(e.to_string()))
}
