//! IMAP mailbox (RFC 9051, RFC 3501): what is new above a watermark, in
//! batches; waiting in IDLE (RFC 2177) over a poll floor; flags, MOVE (RFC
//! 6851) and UID EXPUNGE (RFC 4315) in sets; copies by APPEND. Memory does not
//! grow with the mailbox: UIDs are listed in windows, bodies in batches.

use super::maildir::header_end;
use super::mutf7;
pub use super::session::Limits;
use super::session::Session;
use super::{Arrival, BATCH_MESSAGES, BATCH_OCTETS, MESSAGE_MAX, Mark, Opened, Origin, Source, SourceError, Watermark};
use crate::shell::config::Server;
use futures_util::future::BoxFuture;
use imap_proto::{AttributeValue, MailboxDatum, MessageSection, Response, SectionPath, Status};
use std::collections::{BTreeMap, BTreeSet, HashSet, VecDeque};
use std::time::Duration;

/// UIDs asked about in one listing, and entries kept of it.
const WINDOW: u32 = 1024;

/// Widest window over UIDs that hold messages nobody asked for, and over none at all.
const WINDOW_PASSING: u32 = 16 * WINDOW;
const WINDOW_EMPTY: u32 = 16 * 1024 * WINDOW;

/// UIDs in one STORE, MOVE or COPY; keeps command lines under 8,000 octets (RFC 7162 section 4).
const SET_MAX: usize = 256;

/// An IMAP mailbox.
pub struct Imap {
    server: Server,
    limits: Limits,
    /// As configured, in UTF-8.
    folder: String,
    session: Option<Session>,
    /// Of the first connection; a later one that differs is an error.
    uid_validity: Option<u32>,
    /// Every UID below is assigned.
    uid_next: u32,
    delimiter: char,
    listing: Listing,
    /// Folders made by us, so that each is made once.
    made: HashSet<String>,
    /// Opened with EXAMINE (RFC 9051 section 6.3.3): nothing changes there.
    to_look: bool,
}

/// The messages among the UIDs `from..=to`, without those too old.
#[derive(Debug, Default)]
struct Listing {
    from: u32,
    to: u32,
    entries: VecDeque<Entry>,
}

#[derive(Debug, Clone, Copy)]
struct Entry {
    uid: u32,
    size: u64,
    internal_date: jiff::Timestamp,
    handled: bool,
}

impl Imap {
    /// Connects with [`Source::open`].
    pub fn new(server: Server, folder: &str) -> Imap {
        Imap::with_limits(server, folder, Limits::default())
    }

    /// With limits of one's own.
    pub fn with_limits(server: Server, folder: &str, limits: Limits) -> Imap {
        Imap {
            server,
            limits,
            folder: if folder.is_empty() { "INBOX".to_owned() } else { folder.to_owned() },
            session: None,
            uid_validity: None,
            uid_next: 1,
            delimiter: '/',
            listing: Listing::default(),
            made: HashSet::new(),
            to_look: false,
        }
    }

    /// A mailbox that is only looked at: opened with EXAMINE, so that not even
    /// `\Recent` changes. [`Source::mark`] does nothing then.
    pub fn examine(server: Server, folder: &str) -> Imap {
        Imap { to_look: true, ..Imap::new(server, folder) }
    }

    /// UID of the first of the newest `count` messages, by their place in the
    /// mailbox; UIDNEXT when it is empty.
    pub async fn first_of_last(&mut self, count: usize) -> Result<u32, SourceError> {
        let uid_next = self.uid_next;
        let session = self.session().await?;
        let (exists, count) = (session.selected.exists, u32::try_from(count).unwrap_or(u32::MAX));
        if exists == 0 || count == 0 {
            return Ok(uid_next);
        }
        let number = exists.saturating_sub(count) + 1;
        let mut first = None;
        let on = |response: &Response<'_>| {
            if matches!(response, Response::Fetch(told, _) if *told == number) {
                first = first.or_else(|| fetched_uid(response));
            }
        };
        session.expect_ok("FETCH", &format!("FETCH {number} (UID)"), on).await?;
        Ok(first.unwrap_or(uid_next))
    }

    async fn open_now(&mut self) -> Result<Opened, SourceError> {
        self.session = None;
        self.listing = Listing::default();
        let mut session = Session::open(&self.server, self.limits).await?;
        session
            .expect_ok("LIST", "LIST \"\" \"\"", |response| {
                if let Response::MailboxData(MailboxDatum::List(list)) = response
                    && let Some(delimiter) = list.delimiter.as_ref().and_then(|d| d.chars().next())
                {
                    self.delimiter = delimiter;
                }
            })
            .await?;
        let mailbox = |cause: String| SourceError::Mailbox { mailbox: self.folder.clone(), cause };
        session.selected = Default::default();
        let command = if self.to_look { "EXAMINE" } else { "SELECT" };
        let answer = session.command(command, &format!("{command} {}", self.quoted(&self.folder)), |_| {}).await?;
        if answer.status != Status::Ok {
            return Err(mailbox(answer.text));
        }
        let Some(uid_validity) = session.selected.uid_validity else {
            return Err(mailbox("the server gives no UIDVALIDITY, so messages cannot be told apart".to_owned()));
        };
        if session.selected.read_only && !self.to_look {
            tracing::warn!(mailbox = self.folder, "mailbox is read-only: originals will not be marked");
        }
        let exists = session.selected.exists;
        let uid_next = match session.selected.uid_next {
            Some(uid_next) => uid_next,
            None => last_uid(&mut session).await?.saturating_add(1),
        };
        session.selected.news = false;
        self.session = Some(session);
        self.uid_validity = Some(uid_validity);
        self.uid_next = uid_next;
        Ok(Opened { uid_validity, uid_next, exists })
    }

    /// The connection, opened anew when the last call was dropped half-way.
    async fn session(&mut self) -> Result<&mut Session, SourceError> {
        if self.session.as_ref().is_none_or(Session::is_stuck) {
            let before = self.uid_validity;
            let opened = self.open_now().await?;
            if let Some(before) = before
                && before != opened.uid_validity
            {
                self.session = None;
                return Err(self.changed(before, opened.uid_validity));
            }
        }
        match &mut self.session {
            Some(session) => Ok(session),
            None => Err(SourceError::Lost { server: self.server.host.clone(), cause: "not open".to_owned() }),
        }
    }

    fn changed(&self, from: u32, to: u32) -> SourceError {
        let cause = format!("its UIDVALIDITY changed from {from} to {to}");
        SourceError::Mailbox { mailbox: self.folder.clone(), cause }
    }

    /// A folder name for a command: levels parted by the server's delimiter, modified UTF-7, quoted.
    fn quoted(&self, folder: &str) -> String {
        quoted(folder, self.delimiter)
    }

    async fn fetch_now(
        &mut self,
        after: Watermark,
        since: Option<jiff::Timestamp>,
    ) -> Result<Vec<Arrival>, SourceError> {
        let session = self.session().await?;
        session.selected.news = false;
        let told = session.selected.uid_validity.unwrap_or_default();
        let ours = self.uid_validity.unwrap_or_default();
        if told != ours {
            return Err(self.changed(ours, told));
        }
        if after.uid_validity != 0 && after.uid_validity != ours {
            return Err(self.changed(after.uid_validity, ours));
        }
        let Some(mut from) = after.uid.checked_add(1) else { return Ok(Vec::new()) };
        loop {
            if !self.list(from, since).await? {
                return Ok(Vec::new());
            }
            let mut octets = 0;
            let batch: Vec<Entry> = self
                .listing
                .entries
                .iter()
                .take(BATCH_MESSAGES)
                .take_while(|entry| {
                    let first = octets == 0;
                    octets += entry.size.clamp(1, MESSAGE_MAX);
                    first || octets <= BATCH_OCTETS
                })
                .copied()
                .collect();
            let Some(last) = batch.last().map(|entry| entry.uid) else { return Ok(Vec::new()) };
            let arrivals = self.bodies(&batch).await?;
            if !arrivals.is_empty() {
                return Ok(arrivals);
            }
            // All of them were expunged since they were listed.
            let Some(next) = last.checked_add(1) else { return Ok(Vec::new()) };
            from = next;
        }
    }

    /// Brings the listing to where it begins at the first message from `from`
    /// on; false when there is none.
    async fn list(&mut self, from: u32, since: Option<jiff::Timestamp>) -> Result<bool, SourceError> {
        let known = self.listing.from <= from && from <= self.listing.to.saturating_add(1) && self.listing.to > 0;
        // Asked for once more, so that what was listed has been given out before: there may be more by now.
        let again = self.listing.from == from && !self.listing.entries.is_empty();
        if !known || again {
            self.listing = Listing { from, to: from - 1, entries: VecDeque::new() };
        }
        while self.listing.entries.front().is_some_and(|entry| entry.uid < from) {
            self.listing.entries.pop_front();
        }
        self.listing.from = from;
        let mut window = WINDOW;
        while self.listing.entries.is_empty() {
            let Some(first) = self.listing.to.checked_add(1) else { return Ok(false) };
            let last = first.saturating_add(window - 1);
            let to_the_end = last >= self.uid_next;
            let set = if to_the_end { format!("{first}:*") } else { format!("{first}:{last}") };
            let mut entries = BTreeMap::new();
            let (mut highest, mut overflow) = (0, false);
            let session = self.session().await?;
            session
                .expect_ok("FETCH", &format!("UID FETCH {set} (UID RFC822.SIZE INTERNALDATE FLAGS)"), |response| {
                    let Some(entry) = listed(response) else { return };
                    // `n:*` names the last message even below n (RFC 9051 section 9, seq-range).
                    if entry.uid < first || (!to_the_end && entry.uid > last) {
                        return;
                    }
                    highest = highest.max(entry.uid);
                    if since.is_none_or(|since| entry.internal_date >= since) {
                        entries.insert(entry.uid, entry);
                        if entries.len() > WINDOW as usize {
                            entries.pop_last();
                            overflow = true;
                        }
                    }
                })
                .await?;
            self.uid_next = self.uid_next.max(highest.saturating_add(1));
            self.listing.to = match entries.last_key_value() {
                Some((uid, _)) if overflow => *uid,
                _ if to_the_end => highest.max(self.listing.to),
                _ => last,
            };
            self.listing.entries = entries.into_values().collect();
            if to_the_end {
                break;
            }
            let widest = if highest == 0 { WINDOW_EMPTY } else { WINDOW_PASSING };
            window = window.saturating_mul(2).min(widest);
        }
        Ok(!self.listing.entries.is_empty())
    }

    /// Fetches the messages of a batch. What was expunged meanwhile is left
    /// out; what the server keeps to itself comes without content.
    async fn bodies(&mut self, batch: &[Entry]) -> Result<Vec<Arrival>, SourceError> {
        let (whole, large): (Vec<&Entry>, Vec<&Entry>) = batch.iter().partition(|entry| entry.size <= MESSAGE_MAX);
        let mut found: BTreeMap<u32, Vec<u8>> = BTreeMap::new();
        for (entries, section) in [(whole, Section::Whole), (large, Section::Header)] {
            let uids: BTreeSet<u32> = entries.iter().map(|entry| entry.uid).collect();
            for set in sets(&uids) {
                self.fetch_section(&set, section, &uids, &mut found).await?;
            }
        }
        let mut missing: BTreeSet<u32> =
            batch.iter().map(|entry| entry.uid).filter(|uid| !found.contains_key(uid)).collect();
        if !missing.is_empty() {
            missing = self.existing(&missing).await?;
        }
        for uid in missing {
            let one = BTreeSet::from([uid]);
            if batch.iter().any(|entry| entry.uid == uid && entry.size <= MESSAGE_MAX) {
                self.fetch_section(&uid.to_string(), Section::Whole, &one, &mut found).await?;
            }
            if !found.contains_key(&uid) {
                self.fetch_section(&uid.to_string(), Section::Header, &one, &mut found).await?;
            }
            found.entry(uid).or_insert_with(|| {
                tracing::warn!(mailbox = self.folder, uid, "the server does not give out this message");
                Vec::new()
            });
        }
        let uid_validity = self.uid_validity.unwrap_or_default();
        let arrival = |entry: &Entry| {
            let mut raw = found.remove(&entry.uid)?;
            let size = entry.size.max(raw.len() as u64);
            // The size told in the listing may have been a lie.
            if raw.len() as u64 > MESSAGE_MAX {
                raw.truncate(header_end(&raw));
                raw.shrink_to_fit();
            }
            let origin = Origin { mailbox: self.folder.clone(), uid_validity, id: entry.uid.to_string() };
            Some(Arrival { origin, raw, size, internal_date: entry.internal_date, handled: entry.handled })
        };
        Ok(batch.iter().filter_map(arrival).collect())
    }

    /// Adds what the server gives of `set` to `found`. A refusal adds nothing:
    /// some servers answer NO to a whole set for the sake of one message.
    async fn fetch_section(
        &mut self,
        set: &str,
        section: Section,
        wanted: &BTreeSet<u32>,
        found: &mut BTreeMap<u32, Vec<u8>>,
    ) -> Result<(), SourceError> {
        let line = format!("UID FETCH {set} (UID {})", section.item());
        let session = self.session().await?;
        let answer = session
            .command("FETCH", &line, |response| {
                if let Some((uid, content)) = content(response, section)
                    && wanted.contains(&uid)
                {
                    found.insert(uid, content.to_vec());
                }
            })
            .await?;
        match answer.status {
            Status::Bad => Err(session.refused("FETCH", &answer)),
            _ => Ok(()),
        }
    }

    /// Those of the UIDs that are in the mailbox.
    async fn existing(&mut self, uids: &BTreeSet<u32>) -> Result<BTreeSet<u32>, SourceError> {
        let mut existing = BTreeSet::new();
        for set in sets(uids) {
            self.session()
                .await?
                .expect_ok("FETCH", &format!("UID FETCH {set} (UID)"), |response| {
                    existing.extend(fetched_uid(response).filter(|uid| uids.contains(uid)));
                })
                .await?;
        }
        Ok(existing)
    }

    async fn wait_now(&mut self, at_most: Duration) -> Result<(), SourceError> {
        let session = self.session().await?;
        if session.selected.news {
            return Ok(());
        }
        if !session.idle(at_most).await? {
            tokio::time::sleep(at_most).await;
        }
        let session = self.session().await?;
        if !session.selected.news {
            // Some servers tell of new messages only when asked.
            session.expect_ok("NOOP", "NOOP", |_| {}).await?;
        }
        Ok(())
    }

    async fn mark_now(&mut self, marks: &[Mark]) -> Result<(), SourceError> {
        let (mailbox, uid_validity, to_look) = (self.folder.clone(), self.uid_validity, self.to_look);
        let session = self.session().await?;
        if session.selected.read_only || to_look {
            return Ok(());
        }
        let mut by_flags: BTreeMap<String, BTreeSet<u32>> = BTreeMap::new();
        let mut by_folder: BTreeMap<&str, BTreeSet<u32>> = BTreeMap::new();
        for mark in marks {
            let flags = flags(mark, session);
            let ours = Some(mark.origin.uid_validity) == uid_validity;
            let Some(uid) = mark.origin.id.parse::<u32>().ok().filter(|_| ours) else { continue };
            if !flags.is_empty() {
                by_flags.entry(flags).or_default().insert(uid);
            }
            if let Some(folder) = mark.folder.as_deref().filter(|folder| *folder != mailbox) {
                by_folder.entry(folder).or_default().insert(uid);
            }
        }
        for (flags, uids) in &by_flags {
            for set in sets(uids) {
                let line = format!("UID STORE {set} +FLAGS.SILENT ({flags})");
                self.session().await?.expect_ok("STORE", &line, |_| {}).await?;
            }
        }
        for (folder, uids) in &by_folder {
            for set in sets(uids) {
                self.move_to(&set, folder).await?;
            }
        }
        Ok(())
    }

    /// MOVE, or COPY and delete. A copy is made before the original goes, so a
    /// lost connection can leave both, never neither.
    async fn move_to(&mut self, set: &str, folder: &str) -> Result<(), SourceError> {
        let target = self.quoted(folder);
        if self.session().await?.can("MOVE") {
            return self.with_folder("MOVE", &format!("UID MOVE {set} {target}"), folder).await;
        }
        self.with_folder("COPY", &format!("UID COPY {set} {target}"), folder).await?;
        let session = self.session().await?;
        session.expect_ok("STORE", &format!("UID STORE {set} +FLAGS.SILENT (\\Deleted)"), |_| {}).await?;
        if session.can("UIDPLUS") {
            session.expect_ok("EXPUNGE", &format!("UID EXPUNGE {set}"), |_| {}).await?;
        }
        // Without UIDPLUS an EXPUNGE would take what others marked with it: `\Deleted` has to do.
        Ok(())
    }

    /// Runs a command that needs a folder, making the folder if it is missing.
    async fn with_folder(&mut self, name: &'static str, line: &str, folder: &str) -> Result<(), SourceError> {
        let answer = self.session().await?.command(name, line, |_| {}).await?;
        if answer.status == Status::Ok {
            return Ok(());
        }
        if !self.make(folder, answer.missing_folder).await? {
            return Err(self.session().await?.refused(name, &answer));
        }
        self.session().await?.expect_ok(name, line, |_| {}).await
    }

    /// Makes and subscribes a folder, once; true when that may have helped.
    async fn make(&mut self, folder: &str, missing: bool) -> Result<bool, SourceError> {
        if !missing && self.made.contains(folder) {
            return Ok(false);
        }
        let quoted = self.quoted(folder);
        let session = self.session().await?;
        let created = session.command("CREATE", &format!("CREATE {quoted}"), |_| {}).await?;
        if created.status == Status::Ok {
            // Only decides what mail programs show.
            session.command("SUBSCRIBE", &format!("SUBSCRIBE {quoted}"), |_| {}).await?;
        }
        self.made.insert(folder.to_owned());
        Ok(created.status == Status::Ok)
    }

    /// On a connection of its own: this is rare, and the mailbox stays selected.
    async fn holds_now(&mut self, folder: &str, message_id: &str) -> Result<bool, SourceError> {
        let mut session = Session::open(&self.server, self.limits).await?;
        let answer = session.command("EXAMINE", &format!("EXAMINE {}", self.quoted(folder)), |_| {}).await?;
        if answer.status != Status::Ok {
            return Err(SourceError::Mailbox { mailbox: folder.to_owned(), cause: answer.text });
        }
        let id: String = message_id.chars().filter(|c| c.is_ascii_graphic() && !"\"\\<>".contains(*c)).collect();
        let mut found = false;
        session
            .expect_ok("SEARCH", &format!("UID SEARCH HEADER Message-ID \"<{id}>\""), |response| {
                if let Response::MailboxData(MailboxDatum::Search(uids)) = response {
                    found |= !uids.is_empty();
                }
            })
            .await?;
        Ok(found)
    }

    async fn append_now(&mut self, folder: &str, message: &[u8]) -> Result<(), SourceError> {
        let line = format!("APPEND {} (\\Seen)", self.quoted(folder));
        let session = self.session().await?;
        let answer = session.command_with_literal("APPEND", &line, message).await?;
        if answer.status == Status::Ok {
            return Ok(());
        }
        let refused = session.refused("APPEND", &answer);
        if !self.make(folder, answer.missing_folder).await? {
            return Err(refused);
        }
        let session = self.session().await?;
        let answer = session.command_with_literal("APPEND", &line, message).await?;
        if answer.status == Status::Ok { Ok(()) } else { Err(session.refused("APPEND", &answer)) }
    }
}

impl Source for Imap {
    fn open(&mut self) -> BoxFuture<'_, Result<Opened, SourceError>> {
        Box::pin(self.open_now())
    }

    fn fetch(
        &mut self,
        after: Watermark,
        since: Option<jiff::Timestamp>,
    ) -> BoxFuture<'_, Result<Vec<Arrival>, SourceError>> {
        Box::pin(self.fetch_now(after, since))
    }

    fn wait(&mut self, at_most: Duration) -> BoxFuture<'_, Result<(), SourceError>> {
        Box::pin(self.wait_now(at_most))
    }

    fn mark<'a>(&'a mut self, marks: &'a [Mark]) -> BoxFuture<'a, Result<(), SourceError>> {
        Box::pin(self.mark_now(marks))
    }

    fn holds<'a>(&'a mut self, folder: &'a str, message_id: &'a str) -> BoxFuture<'a, Result<bool, SourceError>> {
        Box::pin(self.holds_now(folder, message_id))
    }

    fn append<'a>(&'a mut self, folder: &'a str, message: &'a [u8]) -> BoxFuture<'a, Result<(), SourceError>> {
        Box::pin(self.append_now(folder, message))
    }
}

/// Which part of a message is fetched; `PEEK` leaves `\Seen` to people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Section {
    Whole,
    Header,
}

impl Section {
    fn item(self) -> &'static str {
        match self {
            Section::Whole => "BODY.PEEK[]",
            Section::Header => "BODY.PEEK[HEADER]",
        }
    }
}

/// The highest UID in the mailbox; 0 when it is empty.
async fn last_uid(session: &mut Session) -> Result<u32, SourceError> {
    let mut last = 0;
    if session.selected.exists > 0 {
        let on = |response: &Response<'_>| last = last.max(fetched_uid(response).unwrap_or_default());
        session.expect_ok("FETCH", "UID FETCH * (UID)", on).await?;
    }
    Ok(last)
}

fn fetched_uid(response: &Response<'_>) -> Option<u32> {
    let Response::Fetch(_, attributes) = response else { return None };
    attributes.iter().find_map(|attribute| match attribute {
        AttributeValue::Uid(uid) => Some(*uid),
        _ => None,
    })
}

/// Flags of a message that somebody, or we, dealt with.
const HANDLED: [&str; 2] = ["\\Answered", "$Forwarded"];

fn listed(response: &Response<'_>) -> Option<Entry> {
    let uid = fetched_uid(response)?;
    let Response::Fetch(_, attributes) = response else { return None };
    let (mut size, mut date, mut handled) = (None, None, false);
    for attribute in attributes {
        match attribute {
            AttributeValue::Rfc822Size(octets) => size = Some(u64::from(*octets)),
            AttributeValue::InternalDate(text) => date = Some(internal_date(text)),
            AttributeValue::Flags(flags) => {
                handled = flags.iter().any(|flag| HANDLED.iter().any(|wanted| flag.eq_ignore_ascii_case(wanted)));
            }
            _ => {}
        }
    }
    // A response with neither tells of flags and was not asked for.
    (size.is_some() || date.is_some()).then(|| Entry {
        uid,
        size: size.unwrap_or_default(),
        internal_date: date.flatten().unwrap_or_else(jiff::Timestamp::now),
        handled,
    })
}

/// INTERNALDATE (RFC 9051 section 9, date-time): ` 1-Dec-2026 09:00:00 +0900`.
fn internal_date(text: &str) -> Option<jiff::Timestamp> {
    jiff::fmt::strtime::parse("%d-%b-%Y %H:%M:%S %z", text.trim()).ok()?.to_timestamp().ok()
}

fn content<'a>(response: &'a Response<'_>, wanted: Section) -> Option<(u32, &'a [u8])> {
    let uid = fetched_uid(response)?;
    let Response::Fetch(_, attributes) = response else { return None };
    attributes.iter().find_map(|attribute| {
        let AttributeValue::BodySection { section, data: Some(data), .. } = attribute else { return None };
        let section = match section {
            None => Section::Whole,
            Some(SectionPath::Full(MessageSection::Header)) => Section::Header,
            Some(_) => return None,
        };
        (section == wanted).then_some((uid, &**data))
    })
}

/// UIDs as sequence sets, at most [`SET_MAX`] UIDs each.
fn sets(uids: &BTreeSet<u32>) -> Vec<String> {
    let uids: Vec<u32> = uids.iter().copied().collect();
    uids.chunks(SET_MAX).map(set).collect()
}

/// Ascending UIDs as one set: `1:3,7`.
fn set(uids: &[u32]) -> String {
    let mut ranges: Vec<(u32, u32)> = Vec::new();
    for uid in uids {
        match ranges.last_mut() {
            Some((_, last)) if last.checked_add(1) == Some(*uid) => *last = *uid,
            _ => ranges.push((*uid, *uid)),
        }
    }
    let range = |(first, last): &(u32, u32)| if first == last { first.to_string() } else { format!("{first}:{last}") };
    ranges.iter().map(range).collect::<Vec<_>>().join(",")
}

/// The flags of a mark that the server keeps.
fn flags(mark: &Mark, session: &Session) -> String {
    let keeps = |flag: &&str| session.selected.keeps(flag);
    let review = ["$MadoguchiReview", "\\Flagged"].into_iter().find(keeps);
    let wanted = [
        Some("\\Answered").filter(|flag| mark.answered && keeps(flag)),
        Some("$Forwarded").filter(|flag| mark.forwarded && keeps(flag)),
        review.filter(|_| mark.review),
    ];
    wanted.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

fn quoted(folder: &str, delimiter: char) -> String {
    let levels = if delimiter == '/' { folder.to_owned() } else { folder.replace('/', &delimiter.to_string()) };
    format!("\"{}\"", mutf7::encode(&levels).replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_are_short() {
        assert_eq!(set(&[1, 2, 3, 7, 9, 10]), "1:3,7,9:10");
        assert_eq!(set(&[u32::MAX]), u32::MAX.to_string());
        let uids: BTreeSet<u32> = (1..=600).map(|n| n * 2).collect();
        let sets = sets(&uids);
        assert_eq!(sets.len(), 3);
        assert!(sets.iter().all(|set| set.len() < 7000));
    }

    #[test]
    fn internal_dates() {
        let parsed = internal_date(" 1-Dec-2026 09:00:00 +0900").unwrap();
        assert_eq!(parsed.to_string(), "2026-12-01T00:00:00Z");
        assert_eq!(internal_date("17-Jul-1996 02:44:25 -0700").unwrap().to_string(), "1996-07-17T09:44:25Z");
        assert_eq!(internal_date("yesterday"), None);
    }

    #[test]
    fn folder_names_for_the_wire() {
        assert_eq!(quoted("INBOX", '/'), "\"INBOX\"");
        assert_eq!(quoted("相談/済み", '.'), "\"&dviKxw-.&bggwfw-\"");
        assert_eq!(quoted("a\"b\\c", '/'), "\"a\\\"b\\\\c\"");
    }
}
