//! The statements, in the SQL that SQLite and PostgreSQL share. Each function
//! runs inside the writer's transaction.

use super::{
    Batch, Due, FAILED, InDoubt, LedgerError, Lookup, MailId, NewMessage, Notice, Progress, Recorded, Settlement,
    State, Unmarked,
};
use crate::core::address::Address;
use crate::core::compose::{Kind, Outgoing};
use crate::core::inquiry::InquiryKey;
use crate::core::plan::BOUNCE_REMEMBERED;
use crate::core::reason::Reason;
use crate::core::screen::enhanced_status;
use crate::shell::source::{Origin, Watermark};
use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, OptionalExtension, Row, params};
use std::time::Duration;

/// Most octets of due mails handed out at once.
const DUE_OCTETS: i64 = 4 * 1024 * 1024;

/// A mail that would only be due later than this was put off by a clock that
/// has since been set back; it is due now.
pub const LONGEST_WAIT: SignedDuration = SignedDuration::from_hours(6);

pub fn millis(at: Timestamp) -> i64 {
    at.as_millisecond()
}

pub fn instant(millis: i64) -> Result<Timestamp, LedgerError> {
    Timestamp::from_millisecond(millis).map_err(|e| LedgerError::Content(e.to_string()))
}

pub fn key_of(bytes: &[u8]) -> Result<InquiryKey, LedgerError> {
    let key = bytes.try_into().map_err(|_| LedgerError::Content("a key of the wrong length".to_owned()))?;
    Ok(InquiryKey(key))
}

pub fn kind_of(word: &str) -> Result<Kind, LedgerError> {
    let found = [Kind::Reply, Kind::Forward].into_iter().find(|k| k.word() == word);
    found.ok_or_else(|| LedgerError::Content(format!("kind `{word}`")))
}

fn address_of(text: &str) -> Result<Address, LedgerError> {
    Address::parse(text).ok_or_else(|| LedgerError::Content("an address that is none".to_owned()))
}

fn number<T: TryFrom<i64>>(value: i64) -> Result<T, LedgerError> {
    T::try_from(value).map_err(|_| LedgerError::Content(format!("number {value}")))
}

pub fn progress(connection: &Connection) -> Result<Option<Progress>, LedgerError> {
    let row = connection
        .prepare_cached("SELECT identity, uid_validity, uid, floor, floor_until, skipped FROM mailbox WHERE id = 1")?
        .query_row([], |row| {
            Ok((row.get::<_, String>(0)?, [row.get::<_, i64>(1)?, row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?]))
        })
        .optional()?;
    let Some((identity, [uid_validity, uid, floor, floor_until, skipped])) = row else { return Ok(None) };
    Ok(Some(Progress {
        identity,
        watermark: Watermark { uid_validity: number(uid_validity)?, uid: number(uid)? },
        floor: instant(floor)?,
        floor_until: number(floor_until)?,
        skipped: number(skipped)?,
    }))
}

pub fn set_progress(connection: &Connection, progress: &Progress) -> Result<(), LedgerError> {
    connection
        .prepare_cached(
            "INSERT INTO mailbox (id, identity, uid_validity, uid, floor, floor_until, skipped)
             VALUES (1, ?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT (id) DO UPDATE SET identity = excluded.identity, uid_validity = excluded.uid_validity,
                 uid = excluded.uid, floor = excluded.floor, floor_until = excluded.floor_until,
                 skipped = excluded.skipped",
        )?
        .execute(params![
            progress.identity,
            progress.watermark.uid_validity,
            progress.watermark.uid,
            millis(progress.floor),
            progress.floor_until,
            progress.skipped as i64,
        ])?;
    Ok(())
}

/// Replies that limits do not count: refused mail reached nobody, and what was
/// given up or dropped neither. There is no upper bound on the time: replies "of
/// the future" are those of before a clock was set back, and they did go out.
const UNHEARD: &str = "(state IN ('refused', 'dropped') OR coalesce(reason, '') = 'gave-up')";

const REPLIES_SINCE: &str = "SELECT count(*) FROM outbox WHERE kind = 'reply' AND created > ?1";

const UNHEARD_SINCE: &str = "SELECT count(*) FROM outbox WHERE kind = 'reply' AND created > ?1
    AND (state IN ('refused', 'dropped') OR coalesce(reason, '') = 'gave-up')";

/// Counted replies to one `recipient` or `domain` since some time.
fn replies_to(what: &str, column: &str) -> String {
    format!("SELECT {what} FROM outbox WHERE {column} = ?1 AND created > ?2 AND kind = 'reply' AND NOT {UNHEARD}")
}

pub fn lookup(
    connection: &Connection,
    keys: &[InquiryKey],
    addresses: &[Address],
    same_answer: Duration,
    now: Timestamp,
) -> Result<Lookup, LedgerError> {
    let mut lookup = Lookup::default();
    let mut known = connection.prepare_cached("SELECT 1 FROM message WHERE message_key = ?1")?;
    for key in keys {
        if known.exists([&key.0[..]])? {
            lookup.known.insert(*key);
        }
    }
    let span = |length: Duration| millis(now).saturating_sub(i64::try_from(length.as_millis()).unwrap_or(i64::MAX));
    let (day, hour) = (span(Duration::from_secs(24 * 3600)), span(Duration::from_secs(3600)));
    let mut answers = connection
        .prepare_cached(&format!("{} AND answer_key IS NOT NULL", replies_to("DISTINCT answer_key", "recipient")))?;
    let mut today = connection.prepare_cached(&replies_to("count(*)", "recipient"))?;
    let mut domain = connection.prepare_cached(&replies_to("count(*)", "domain"))?;
    let mut bounced = connection.prepare_cached(&format!("SELECT EXISTS ({BOUNCED})"))?;
    for address in addresses {
        let canonical = address.canonical();
        if bounced.query_row(params![canonical, span(BOUNCE_REMEMBERED)], |row| row.get(0))? {
            lookup.bounced.insert(canonical.clone());
        }
        let found = answers.query_map(params![canonical, span(same_answer)], |row| row.get(0))?;
        lookup.answers.insert(canonical.clone(), found.collect::<Result<_, _>>()?);
        let count = today.query_row(params![canonical, day], |row| row.get(0))?;
        lookup.today.insert(canonical, count);
        if !lookup.hour.contains_key(address.domain()) {
            let count = domain.query_row(params![address.domain(), hour], |row| row.get(0))?;
            lookup.hour.insert(address.domain().to_owned(), count);
        }
    }
    lookup.service_hour = service_hour(connection, now)?;
    Ok(lookup)
}

/// A reply to this address was refused or came back for good, since some time.
const BOUNCED: &str = "SELECT 1 FROM outbox WHERE recipient = ?1 AND kind = 'reply' AND created > ?2
    AND state IN ('refused', 'bounced') AND status LIKE '5.1.%'";

/// Replies of the whole service in the last hour. What the limit itself holds
/// was not sent, and must not keep the limit reached.
pub fn service_hour(connection: &Connection, now: Timestamp) -> Result<u32, LedgerError> {
    let hour = millis(now).saturating_sub(3600 * 1000);
    let count = |question: &str| -> Result<u32, LedgerError> {
        Ok(connection.prepare_cached(question)?.query_row([hour], |row| row.get(0))?)
    };
    Ok(count(REPLIES_SINCE)?.saturating_sub(count(UNHEARD_SINCE)?).saturating_sub(count(HELD_SINCE)?))
}

const HELD_SINCE: &str = "SELECT count(*) FROM outbox WHERE kind = 'reply' AND created > ?1
    AND state = 'held' AND reason = 'service-limit'";

pub fn holds_replies(connection: &Connection, now: Timestamp) -> Result<bool, LedgerError> {
    let hour = millis(now).saturating_sub(3600 * 1000);
    let held: u32 = connection.prepare_cached(HELD_SINCE)?.query_row([hour], |row| row.get(0))?;
    Ok(held > 0)
}

pub fn record(connection: &Connection, batch: &Batch, now: Timestamp) -> Result<Recorded, LedgerError> {
    let mut recorded = Recorded::default();
    for message in &batch.messages {
        if insert_message(connection, message, now)? {
            recorded.messages += 1;
            let to_send = message.mails.iter().filter(|mail| mail.held.is_none()).count();
            recorded.mails += to_send;
            recorded.to_mark += usize::from(to_send == 0);
            if let Some(notice) = &message.notice {
                let came_back = link(connection, &message.key, notice, now)?;
                recorded.to_mark += came_back.len();
                recorded.came_back.extend(came_back);
            }
        }
        insert_origin(connection, &message.key, &message.origin)?;
    }
    for (key, origin) in &batch.copies {
        recorded.to_mark += usize::from(insert_origin(connection, key, origin)?);
    }
    if let Some(mark) = batch.watermark {
        connection
            .prepare_cached("UPDATE mailbox SET uid = ?1 WHERE id = 1 AND uid_validity = ?2 AND uid < ?1")?
            .execute(params![mark.uid, mark.uid_validity])?;
    }
    Ok(recorded)
}

/// False when the message is known already; then nothing of it is recorded.
fn insert_message(connection: &Connection, message: &NewMessage, now: Timestamp) -> Result<bool, LedgerError> {
    let plan = serde_json::to_string(&message.plan).map_err(|e| LedgerError::Content(e.to_string()))?;
    let state = if message.mails.iter().all(|mail| mail.held.is_some()) { "settled" } else { "planned" };
    let inserted = connection
        .prepare_cached(
            "INSERT INTO message (message_key, received, decided, sender, action, reason, revision, review, plan, state)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) ON CONFLICT (message_key) DO NOTHING",
        )?
        .execute(params![
            &message.key.0[..],
            millis(message.received),
            millis(now),
            message.sender.as_ref().map(Address::to_smtp),
            message.action,
            message.reason.word(),
            message.revision,
            message.review,
            plan,
            state,
        ])?;
    if inserted == 0 {
        return Ok(false);
    }
    for mail in &message.mails {
        let outgoing = &mail.outgoing;
        connection
            .prepare_cached(
                "INSERT INTO outbox (message_key, kind, envelope_from, envelope_to, recipient, domain, message_id,
                     answer_key, eight_bit, size, state, reason, attempts, created, next_attempt, copy_wanted)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?12, ?13, 0, ?11, ?11, 0)",
            )?
            .execute(params![
                &message.key.0[..],
                outgoing.kind.word(),
                outgoing.envelope_from.as_ref().map(Address::to_smtp),
                outgoing.envelope_to.to_smtp(),
                outgoing.envelope_to.canonical(),
                outgoing.envelope_to.domain(),
                outgoing.message_id,
                mail.answer_key,
                outgoing.eight_bit,
                outgoing.bytes.len() as i64,
                millis(now),
                if mail.held.is_some() { State::Held.word() } else { State::Queued.word() },
                mail.held.map(Reason::word),
            ])?;
        connection
            .prepare_cached("INSERT INTO content (message_key, kind, bytes) VALUES (?1, ?2, ?3)")?
            .execute(params![&message.key.0[..], outgoing.kind.word(), outgoing.bytes])?;
    }
    Ok(true)
}

/// Links a report to the mails of ours that it names. A reply that came back is
/// closed; a forward that came back waits for a person, with its original.
fn link(
    connection: &Connection,
    report: &InquiryKey,
    notice: &Notice,
    now: Timestamp,
) -> Result<Vec<MailId>, LedgerError> {
    let mut found = Vec::new();
    for message_id in &notice.about {
        let mut statement =
            connection.prepare_cached("SELECT message_key, kind, state FROM outbox WHERE message_id = ?1")?;
        let mut rows = statement.query([message_id])?;
        while let Some(row) = rows.next()? {
            found.push((mail_id(row)?, State::from_word(&row.get::<_, String>(2)?)?));
        }
    }
    let mut came_back = Vec::new();
    for (id, state) in found {
        let linked = connection
            .prepare_cached(
                "INSERT INTO notice (message_key, about, about_kind, outcome, status, at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (message_key, about, about_kind) DO NOTHING",
            )?
            .execute(params![
                &report.0[..],
                &id.key.0[..],
                id.kind.word(),
                notice.outcome,
                notice.status,
                millis(now),
            ])?;
        // What waits for a person or was never sent is not touched by a report.
        let may_have_gone = match state {
            State::Sent | State::Active => true,
            State::Held | State::Queued | State::Deferred => was_in_doubt(connection, id)?,
            State::Refused | State::Dropped | State::Bounced => false,
        };
        if linked == 1 && notice.outcome == FAILED && may_have_gone {
            came_back_to(connection, id, notice.status.as_deref(), now)?;
            came_back.push(id);
        }
    }
    Ok(came_back)
}

fn was_in_doubt(connection: &Connection, id: MailId) -> Result<bool, LedgerError> {
    let reason: Option<String> = connection
        .prepare_cached("SELECT reason FROM outbox WHERE message_key = ?1 AND kind = ?2")?
        .query_row(params![&id.key.0[..], id.kind.word()], |row| row.get(0))?;
    Ok(reason.as_deref() == Some(Reason::InDoubt.word()))
}

fn came_back_to(connection: &Connection, id: MailId, status: Option<&str>, now: Timestamp) -> Result<(), LedgerError> {
    let state = match id.kind {
        Kind::Reply => State::Bounced,
        Kind::Forward => State::Held,
    };
    connection
        .prepare_cached(
            "UPDATE outbox SET state = ?3, reason = ?4, detail = ?5, status = ?5, settled = ?6
             WHERE message_key = ?1 AND kind = ?2",
        )?
        .execute(params![&id.key.0[..], id.kind.word(), state.word(), Reason::Bounced.word(), status, millis(now)])?;
    if id.kind == Kind::Forward {
        mark_again(connection, &id.key)
    } else {
        settle_message(connection, &id.key).map(|_| ())
    }
}

/// False when this original is known already. A restored mailbox may give a
/// UID to another message: then it is that one's original.
fn insert_origin(connection: &Connection, key: &InquiryKey, origin: &Origin) -> Result<bool, LedgerError> {
    let inserted = connection
        .prepare_cached(
            "INSERT INTO origin (mailbox, uid_validity, id, message_key, marked) VALUES (?1, ?2, ?3, ?4, 0)
             ON CONFLICT (mailbox, uid_validity, id) DO UPDATE SET message_key = excluded.message_key, marked = 0
                 WHERE origin.message_key <> excluded.message_key",
        )?
        .execute(params![origin.mailbox, origin.uid_validity, origin.id, &key.0[..]])?;
    if inserted == 1 {
        connection
            .prepare_cached("UPDATE message SET state = 'settled' WHERE message_key = ?1 AND state = 'filed'")?
            .execute([&key.0[..]])?;
    }
    Ok(inserted == 1)
}

/// Mails to be sent at a time in `?1 < … <= ?2`: one range, so that the index
/// gives the order and a long queue is neither read nor sorted whole.
const DUE: &str = "SELECT message_key, kind, envelope_from, envelope_to, message_id, eight_bit, attempts, created, size
    FROM outbox WHERE state IN ('queued', 'deferred') AND next_attempt > ?1 AND next_attempt <= ?2
    ORDER BY next_attempt LIMIT ?3";

const ANY_DUE: &str = "SELECT 1 FROM outbox
    WHERE state IN ('queued', 'deferred') AND next_attempt > ?1 AND next_attempt <= ?2 LIMIT 1";

const NEXT: &str = "SELECT next_attempt FROM outbox
    WHERE state IN ('queued', 'deferred') ORDER BY next_attempt LIMIT 1";

const ANY_ACTIVE: &str = "SELECT 1 FROM outbox WHERE state = 'active' LIMIT 1";

/// Times at which a mail is due: until now, and so late that the clock must
/// have been set back.
fn due_ranges(now: Timestamp) -> [(i64, i64); 2] {
    let horizon = now.saturating_add(LONGEST_WAIT).unwrap_or(Timestamp::MAX);
    [(i64::MIN, millis(now)), (millis(horizon), i64::MAX)]
}

pub fn due(connection: &Connection, except: &[MailId], count: usize, now: Timestamp) -> Result<Vec<Due>, LedgerError> {
    let mut found = Vec::new();
    for range in due_ranges(now) {
        due_in(connection, except, count, range, &mut found)?;
    }
    Ok(found)
}

fn due_in(
    connection: &Connection,
    except: &[MailId],
    count: usize,
    range: (i64, i64),
    found: &mut Vec<Due>,
) -> Result<(), LedgerError> {
    let mut octets: i64 = found.iter().map(|due| due.outgoing.bytes.len() as i64).sum();
    let mut statement = connection.prepare_cached(DUE)?;
    let mut rows = statement.query(params![range.0, range.1, (except.len() + count) as i64])?;
    while let Some(row) = rows.next()? {
        let id = mail_id(row)?;
        let size: i64 = row.get(8)?;
        if except.contains(&id) {
            continue;
        }
        if found.len() == count || (!found.is_empty() && octets + size > DUE_OCTETS) {
            break;
        }
        octets += size;
        let from: Option<String> = row.get(2)?;
        found.push(Due {
            id,
            attempts: row.get(6)?,
            created: instant(row.get(7)?)?,
            outgoing: Outgoing {
                kind: id.kind,
                envelope_from: from.as_deref().map(address_of).transpose()?,
                envelope_to: address_of(&row.get::<_, String>(3)?)?,
                message_id: row.get(4)?,
                eight_bit: row.get(5)?,
                bytes: content(connection, id)?,
            },
        });
    }
    Ok(())
}

/// From the first two columns of a row.
fn mail_id(row: &Row<'_>) -> Result<MailId, LedgerError> {
    let key = row.get_ref(0)?.as_blob().map_err(|e| LedgerError::Content(e.to_string()))?;
    let kind = row.get_ref(1)?.as_str().map_err(|e| LedgerError::Content(e.to_string()))?;
    Ok(MailId { key: key_of(key)?, kind: kind_of(kind)? })
}

pub fn content_of(connection: &Connection, id: MailId) -> Result<Option<Vec<u8>>, LedgerError> {
    let bytes = connection
        .prepare_cached("SELECT bytes FROM content WHERE message_key = ?1 AND kind = ?2")?
        .query_row(params![&id.key.0[..], id.kind.word()], |row| row.get(0))
        .optional()?;
    Ok(bytes)
}

fn content(connection: &Connection, id: MailId) -> Result<Vec<u8>, LedgerError> {
    content_of(connection, id)?
        .ok_or_else(|| LedgerError::Content(format!("no octets for a {} that is due", id.kind.word())))
}

pub fn next_attempt(connection: &Connection) -> Result<Option<Timestamp>, LedgerError> {
    let next: Option<i64> = connection.prepare_cached(NEXT)?.query_row([], |row| row.get(0)).optional()?;
    next.map(instant).transpose()
}

pub fn is_busy(connection: &Connection, now: Timestamp) -> Result<bool, LedgerError> {
    if connection.prepare_cached(ANY_ACTIVE)?.exists([])? {
        return Ok(true);
    }
    let mut any = connection.prepare_cached(ANY_DUE)?;
    for range in due_ranges(now) {
        if any.exists(range)? {
            return Ok(true);
        }
    }
    Ok(false)
}

pub fn activate(connection: &Connection, id: MailId) -> Result<bool, LedgerError> {
    let changed = connection
        .prepare_cached(
            "UPDATE outbox SET state = 'active', attempts = attempts + 1
             WHERE message_key = ?1 AND kind = ?2 AND state IN ('queued', 'deferred')",
        )?
        .execute(params![&id.key.0[..], id.kind.word()])?;
    Ok(changed == 1)
}

pub fn state(connection: &Connection, id: MailId) -> Result<Option<State>, LedgerError> {
    let word: Option<String> = connection
        .prepare_cached("SELECT state FROM outbox WHERE message_key = ?1 AND kind = ?2")?
        .query_row(params![&id.key.0[..], id.kind.word()], |row| row.get(0))
        .optional()?;
    word.as_deref().map(State::from_word).transpose()
}

pub fn settle(connection: &Connection, id: MailId, end: &Settlement, now: Timestamp) -> Result<bool, LedgerError> {
    let (state, reason, detail, next, copy) = match end {
        Settlement::Sent { words, copy } => (State::Sent, None, words, None, *copy),
        Settlement::Deferred { cause, next } => (State::Deferred, Some(Reason::Deferred), cause, Some(*next), false),
        Settlement::Refused { cause } => (State::Refused, Some(Reason::Refused), cause, None, false),
        Settlement::Held { reason, cause } => (State::Held, Some(*reason), cause, None, false),
        Settlement::Again { cause, next } => (State::Queued, Some(Reason::InDoubt), cause, Some(*next), false),
    };
    // An attempt counts once: by `activate`, or here when it never got there.
    connection
        .prepare_cached(
            "UPDATE outbox SET attempts = attempts + CASE WHEN state = 'active' THEN 0 ELSE 1 END, state = ?3,
                 reason = ?4, detail = ?5, next_attempt = coalesce(?6, next_attempt), settled = ?7, copy_wanted = ?8,
                 status = ?9
             WHERE message_key = ?1 AND kind = ?2 AND state IN ('queued', 'deferred', 'active')",
        )?
        .execute(params![
            &id.key.0[..],
            id.kind.word(),
            state.word(),
            reason.map(Reason::word),
            detail,
            next.map(millis),
            next.is_none().then(|| millis(now)),
            copy,
            if state == State::Refused { enhanced_status(detail) } else { None },
        ])?;
    if state == State::Sent && !copy {
        delete_content(connection, id)?;
    }
    settle_message(connection, &id.key)
}

pub fn delete_content(connection: &Connection, id: MailId) -> Result<(), LedgerError> {
    connection
        .prepare_cached("DELETE FROM content WHERE message_key = ?1 AND kind = ?2")?
        .execute(params![&id.key.0[..], id.kind.word()])?;
    Ok(())
}

/// A message is settled when none of its mails is still to be sent.
pub fn settle_message(connection: &Connection, key: &InquiryKey) -> Result<bool, LedgerError> {
    let changed = connection
        .prepare_cached(
            "UPDATE message SET state = 'settled' WHERE message_key = ?1 AND state = 'planned' AND NOT EXISTS
                 (SELECT 1 FROM outbox WHERE outbox.message_key = ?1 AND state IN ('queued', 'active', 'deferred'))",
        )?
        .execute([&key.0[..]])?;
    Ok(changed == 1)
}

pub fn recover(connection: &Connection, now: Timestamp) -> Result<InDoubt, LedgerError> {
    let mut statement =
        connection.prepare_cached("SELECT message_key, kind FROM outbox WHERE state = 'active' ORDER BY 1, 2")?;
    let mut rows = statement.query([])?;
    let mut ids = Vec::new();
    while let Some(row) = rows.next()? {
        ids.push(mail_id(row)?);
    }
    let mut doubt = InDoubt::default();
    for id in ids {
        let cause = "madoguchi was stopped while the relay had it".to_owned();
        let end = match id.kind {
            Kind::Reply => Settlement::Held { reason: Reason::InDoubt, cause },
            Kind::Forward => Settlement::Again { cause, next: now },
        };
        settle(connection, id, &end, now)?;
        match id.kind {
            Kind::Reply => doubt.replies_held += 1,
            Kind::Forward => doubt.forwards_again += 1,
        }
    }
    Ok(doubt)
}

pub fn doubts(connection: &Connection, now: Timestamp) -> Result<Vec<(MailId, String)>, LedgerError> {
    let mut statement = connection.prepare_cached(
        "SELECT message_key, kind, message_id FROM outbox
         WHERE state = 'held' AND reason = 'in-doubt' AND kind = 'reply' AND settled > ?1 ORDER BY settled",
    )?;
    let mut rows = statement.query([millis(now) - 24 * 3600 * 1000])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push((mail_id(row)?, row.get(2)?));
    }
    Ok(found)
}

pub fn proved(connection: &Connection, id: MailId, now: Timestamp) -> Result<bool, LedgerError> {
    let changed = connection
        .prepare_cached(
            "UPDATE outbox SET state = 'sent', reason = NULL, detail = 'a copy lies in Sent', settled = ?3
             WHERE message_key = ?1 AND kind = ?2 AND state = 'held' AND reason = 'in-doubt'",
        )?
        .execute(params![&id.key.0[..], id.kind.word(), millis(now)])?;
    if changed == 1 {
        delete_content(connection, id)?;
        mark_again(connection, &id.key)?;
    }
    Ok(changed == 1)
}

/// The originals of a message are marked once more when it is settled.
pub fn mark_again(connection: &Connection, key: &InquiryKey) -> Result<(), LedgerError> {
    connection.prepare_cached("UPDATE origin SET marked = 0 WHERE message_key = ?1")?.execute([&key.0[..]])?;
    connection.prepare_cached("UPDATE message SET state = 'planned' WHERE message_key = ?1")?.execute([&key.0[..]])?;
    settle_message(connection, key)?;
    Ok(())
}

pub fn unmarked(connection: &Connection, count: usize) -> Result<Vec<Unmarked>, LedgerError> {
    let mut statement = connection.prepare_cached(
        "SELECT m.message_key, o.mailbox, o.uid_validity, o.id, m.action, m.review,
             EXISTS (SELECT 1 FROM outbox x WHERE x.message_key = m.message_key AND kind = 'reply' AND state = 'sent'),
             EXISTS (SELECT 1 FROM outbox x WHERE x.message_key = m.message_key AND kind = 'forward' AND state = 'sent'),
             EXISTS (SELECT 1 FROM outbox x WHERE x.message_key = m.message_key AND state IN ('held', 'refused'))
         FROM message m JOIN origin o ON o.message_key = m.message_key
         WHERE m.state = 'settled' AND o.marked = 0 LIMIT ?1",
    )?;
    let mut rows = statement.query([count as i64])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let key = row.get_ref(0)?.as_blob().map_err(|e| LedgerError::Content(e.to_string()))?;
        found.push(Unmarked {
            key: key_of(key)?,
            origin: Origin { mailbox: row.get(1)?, uid_validity: number(row.get(2)?)?, id: row.get(3)? },
            action: row.get(4)?,
            replied: row.get(6)?,
            forwarded: row.get(7)?,
            review: row.get::<_, bool>(5)? || row.get::<_, bool>(8)?,
        });
    }
    Ok(found)
}

pub fn marked(connection: &Connection, origins: &[Origin]) -> Result<(), LedgerError> {
    let mut mark = connection
        .prepare_cached("UPDATE origin SET marked = 1 WHERE mailbox = ?1 AND uid_validity = ?2 AND id = ?3")?;
    let mut file = connection.prepare_cached(
        "UPDATE message SET state = 'filed' WHERE state = 'settled' AND message_key =
             (SELECT message_key FROM origin WHERE mailbox = ?1 AND uid_validity = ?2 AND id = ?3)
         AND NOT EXISTS (SELECT 1 FROM origin x WHERE x.message_key = message.message_key AND x.marked = 0)",
    )?;
    for origin in origins {
        let place = params![origin.mailbox, origin.uid_validity, origin.id];
        mark.execute(place)?;
        file.execute(place)?;
    }
    Ok(())
}

pub fn copies(connection: &Connection, count: usize) -> Result<Vec<(MailId, Vec<u8>)>, LedgerError> {
    let mut statement = connection.prepare_cached(
        "SELECT message_key, kind, size FROM outbox WHERE copy_wanted = 1 ORDER BY settled, message_key, kind LIMIT ?1",
    )?;
    let mut rows = statement.query([count as i64])?;
    let (mut found, mut octets) = (Vec::new(), 0);
    while let Some(row) = rows.next()? {
        let id = mail_id(row)?;
        octets += row.get::<_, i64>(2)?;
        if !found.is_empty() && octets > DUE_OCTETS {
            break;
        }
        found.push((id, content(connection, id)?));
    }
    Ok(found)
}

pub fn copied(connection: &Connection, id: MailId) -> Result<(), LedgerError> {
    connection
        .prepare_cached("UPDATE outbox SET copy_wanted = 0 WHERE message_key = ?1 AND kind = ?2")?
        .execute(params![&id.key.0[..], id.kind.word()])?;
    delete_content(connection, id)
}

pub fn health(
    connection: &Connection,
    component: &str,
    trouble: Option<&str>,
    now: Timestamp,
) -> Result<(), LedgerError> {
    // `since` moves only when fine turns into trouble or back.
    connection
        .prepare_cached(
            "INSERT INTO health (component, trouble, since, last_contact)
             VALUES (?1, ?2, ?3, CASE WHEN ?2 IS NULL THEN ?3 END)
             ON CONFLICT (component) DO UPDATE SET
                 since = CASE WHEN (health.trouble IS NULL) = (excluded.trouble IS NULL)
                              THEN health.since ELSE excluded.since END,
                 trouble = excluded.trouble,
                 last_contact = coalesce(excluded.last_contact, health.last_contact)",
        )?
        .execute(params![component, trouble, millis(now)])?;
    Ok(())
}

pub fn trouble(connection: &Connection, component: &str) -> Result<Option<String>, LedgerError> {
    let found = connection
        .prepare_cached("SELECT trouble FROM health WHERE component = ?1")?
        .query_row([component], |row| row.get(0))
        .optional()?;
    Ok(found.flatten())
}

pub fn started(connection: &Connection, once: bool, revision: &str, now: Timestamp) -> Result<(), LedgerError> {
    // Runs are told apart and ordered by their start, also after the clock was
    // set back.
    let last: Option<i64> = connection.query_row("SELECT max(started) FROM run", [], |row| row.get(0))?;
    let started = last.map_or(millis(now), |last| millis(now).max(last + 1));
    connection
        .prepare_cached("INSERT INTO run (started, pid, once, revision) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![started, std::process::id(), once, revision])?;
    Ok(())
}

pub fn ended(connection: &Connection, now: Timestamp) -> Result<(), LedgerError> {
    connection
        .prepare_cached("UPDATE run SET ended = ?1 WHERE started = (SELECT max(started) FROM run)")?
        .execute([millis(now)])?;
    Ok(())
}

/// SQLite's own; PostgreSQL has quotas outside of SQL.
pub fn limit_size(connection: &Connection, octets: Option<u64>) -> Result<(), LedgerError> {
    let page: i64 = connection.query_row("PRAGMA page_size", [], |row| row.get(0))?;
    let pages = octets.map_or(i64::from(u32::MAX) - 1, |octets| i64::try_from(octets).unwrap_or(i64::MAX) / page);
    connection.query_row(&format!("PRAGMA max_page_count = {pages}"), [], |_| Ok(()))?;
    Ok(())
}

pub fn salt(connection: &Connection) -> Result<String, LedgerError> {
    let found = connection
        .prepare_cached("SELECT value FROM setting WHERE name = 'salt'")?
        .query_row([], |row| row.get(0))
        .optional()?;
    if let Some(salt) = found {
        return Ok(salt);
    }
    // Not portable: PostgreSQL's is gen_random_bytes.
    let fresh: String = connection.query_row("SELECT lower(hex(randomblob(16)))", [], |row| row.get(0))?;
    connection.execute("INSERT INTO setting (name, value) VALUES ('salt', ?1)", [&fresh])?;
    Ok(fresh)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is asked for every message must not grow with the ledger.
    #[test]
    fn frequent_questions_are_answered_by_an_index() {
        let mut connection = Connection::open_in_memory().unwrap();
        super::super::migrations().to_latest(&mut connection).unwrap();
        for (question, index) in [
            (DUE, "INDEX outbox_due (next_attempt>? AND next_attempt<?)"),
            (ANY_DUE, "INDEX outbox_due (next_attempt>? AND next_attempt<?)"),
            (NEXT, "INDEX outbox_due"),
            (ANY_ACTIVE, "COVERING INDEX outbox_active"),
            (REPLIES_SINCE, "COVERING INDEX outbox_created (created>?)"),
            (UNHEARD_SINCE, "INDEX outbox_unheard (created>?)"),
            (&replies_to("count(*)", "recipient"), "INDEX outbox_recipient (recipient=? AND created>?)"),
            (&replies_to("count(*)", "domain"), "INDEX outbox_domain (domain=? AND created>?)"),
            (HELD_SINCE, "INDEX outbox_limited (created>?)"),
            (BOUNCED, "INDEX outbox_recipient (recipient=? AND created>?)"),
        ] {
            let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {question}")).unwrap();
            let parameters = vec![0; statement.parameter_count()];
            let steps = statement.query_map(rusqlite::params_from_iter(parameters), |row| row.get::<_, String>(3));
            let steps: Vec<String> = steps.unwrap().map(Result::unwrap).collect();
            assert!(steps.len() == 1 && steps[0].ends_with(&format!("USING {index}")), "{question}: {steps:#?}");
        }
    }
}
