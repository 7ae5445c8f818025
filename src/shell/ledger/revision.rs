//! Which rules decided when, and their files as they were. Stores octets under
//! names; does not know what is in them.

use super::LedgerError;
use super::store::{instant, millis};
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};
use sha2::{Digest, Sha256};
use std::collections::HashMap;

/// A file of a revision: its logical name, and its octets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleFile {
    pub name: String,
    pub bytes: Vec<u8>,
}

/// A time in which one revision decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InForce {
    pub revision: String,
    pub since: Timestamp,
    /// Messages that were decided by it in this time.
    pub decided: u64,
}

/// Records that a revision decides from now on, and its files if they are not
/// there yet. False when it was the one already.
pub fn keep(connection: &Connection, revision: &str, files: &[RuleFile], now: Timestamp) -> Result<bool, LedgerError> {
    let last: Option<(i64, String)> = connection
        .prepare_cached("SELECT number, revision FROM revision_log ORDER BY number DESC LIMIT 1")?
        .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    if last.as_ref().is_some_and(|(_, known)| known == revision) {
        return Ok(false);
    }
    let known: bool = connection
        .prepare_cached("SELECT count(*) > 0 FROM revision_file WHERE revision = ?1")?
        .query_row([revision], |row| row.get(0))?;
    for file in files.iter().filter(|_| !known) {
        let hash = Sha256::digest(&file.bytes);
        connection
            .prepare_cached("INSERT INTO rule_file (hash, bytes) VALUES (?1, ?2) ON CONFLICT (hash) DO NOTHING")?
            .execute(params![&hash[..], file.bytes])?;
        connection
            .prepare_cached("INSERT INTO revision_file (revision, name, hash) VALUES (?1, ?2, ?3)")?
            .execute(params![revision, file.name, &hash[..]])?;
    }
    let number = last.map_or(1, |(number, _)| number + 1);
    connection
        .prepare_cached("INSERT INTO revision_log (number, since, revision) VALUES (?1, ?2, ?3)")?
        .execute(params![number, millis(now), revision])?;
    Ok(true)
}

/// The revision that decides, or decided last, and since when; `None` where
/// none is recorded, also in a ledger of before they were.
pub fn current(connection: &Connection) -> Result<Option<(String, Timestamp)>, LedgerError> {
    let there: bool =
        connection
            .query_row("SELECT count(*) > 0 FROM sqlite_master WHERE name = 'revision_log'", [], |row| row.get(0))?;
    if !there {
        return Ok(None);
    }
    let last: Option<(String, i64)> = connection
        .query_row("SELECT revision, since FROM revision_log ORDER BY number DESC LIMIT 1", [], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .optional()?;
    last.map(|(revision, since)| Ok((revision, instant(since)?))).transpose()
}

/// All times, oldest first, with what was decided in each.
pub fn log(connection: &Connection) -> Result<Vec<InForce>, LedgerError> {
    let mut statement = connection.prepare("SELECT revision, since FROM revision_log ORDER BY number")?;
    let rows = statement.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?)))?;
    let rows: Vec<(String, i64)> = rows.collect::<Result<_, _>>()?;
    let mut times: HashMap<&str, Vec<usize>> = HashMap::new();
    for (index, (revision, _)) in rows.iter().enumerate() {
        times.entry(revision).or_default().push(index);
    }
    let mut decided = vec![0; rows.len()];
    let mut statement = connection.prepare("SELECT revision, decided FROM message")?;
    let mut messages = statement.query([])?;
    while let Some(message) = messages.next()? {
        let (revision, at): (String, i64) = (message.get(0)?, message.get(1)?);
        // A batch that the rules of before decided may be recorded after the
        // next ones came: the revision says whose it is, the time only which
        // of its times.
        let Some(own) = times.get(revision.as_str()) else { continue };
        let index = own.iter().rev().find(|i| rows[**i].1 <= at).or(own.first());
        if let Some(index) = index {
            decided[*index] += 1;
        }
    }
    let entry = |((revision, since), decided): (&(String, i64), u64)| {
        Ok(InForce { revision: revision.clone(), since: instant(*since)?, decided })
    };
    rows.iter().zip(decided).map(entry).collect()
}

/// The revisions that begin so, oldest first.
pub fn starting(connection: &Connection, prefix: &str) -> Result<Vec<String>, LedgerError> {
    let mut statement =
        connection.prepare("SELECT revision FROM revision_log GROUP BY revision ORDER BY min(number)")?;
    let all: Vec<String> = statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    Ok(all.into_iter().filter(|revision| revision.starts_with(prefix)).collect())
}

/// The files of a revision, by name.
pub fn files(connection: &Connection, revision: &str) -> Result<Vec<RuleFile>, LedgerError> {
    let mut statement = connection.prepare(
        "SELECT f.name, r.bytes FROM revision_file f JOIN rule_file r ON r.hash = f.hash
         WHERE f.revision = ?1 ORDER BY f.name",
    )?;
    let rows = statement.query_map([revision], |row| Ok(RuleFile { name: row.get(0)?, bytes: row.get(1)? }))?;
    Ok(rows.collect::<Result<_, _>>()?)
}
