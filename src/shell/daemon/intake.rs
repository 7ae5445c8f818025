//! The reading half: mailbox → decisions → ledger, and originals whose mails
//! are settled → marked.

use super::{Current, Decided, Decider, Event, Mode, REPLIES, Shared, kind_word, number, retry};
use crate::core::address::Address;
use crate::core::compose::{Kind, Outgoing};
use crate::core::inquiry::{Inquiry, InquiryKey, Proof, Trouble};
use crate::core::places::Place;
use crate::core::plan::{Action, Plan, Step};
use crate::core::reason::Reason;
use crate::core::screen::Screened;
use crate::shell::config::FirstRun;
use crate::shell::ledger::{
    self, Batch, LedgerError, Lookup, NewMail, NewMessage, PlanRecord, Progress, StepRecord, Unmarked,
};
use crate::shell::source::{Arrival, MESSAGE_MAX, Mark, Opened, Source, SourceError, Watermark};
use crate::shell::verify::Verify;
use futures_util::StreamExt;
use jiff::Timestamp;
use sha2::Digest;
use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// Messages and octets decided and recorded at a time; bounds memory, for a
/// message is held as read, as text and as composed at once.
const CHUNK_MESSAGES: usize = 128;
const CHUNK_OCTETS: usize = 1024 * 1024;

/// Senders asked about at the same time.
const VERIFIED_AT_ONCE: usize = 16;

/// Originals marked in one go (a set of UIDs costs the server as much as one).
const MARK_SET: usize = 256;

/// While more mail is waiting, originals are marked when so many are ready.
const MARK_AT: usize = 64;

/// How long the first settled message waits for others to be marked with.
const GATHER: Duration = Duration::from_millis(150);

/// Longest pause between two connections.
const RECONNECT_LONGEST: Duration = Duration::from_secs(60);

/// Shortest pause after a refused login: servers lock out who tries too often.
const LOGIN_AGAIN: Duration = Duration::from_secs(30);

/// Copies into the Sent folder are tried again after this.
const COPY_AGAIN: Duration = Duration::from_secs(300);

/// UIDs below the watermark that are read once more on each connection: what
/// lies there must be known. A server restored from a backup gives numbers out
/// again, and UIDNEXT tells of it only until as many new messages have arrived.
const LOOK_BACK: u32 = 8;

/// Replies in doubt are looked for in Sent this often; the copy may come late.
const DOUBTS_AGAIN: Duration = Duration::from_secs(60);

/// Last marks at a shutdown.
const LAST_FILING: Duration = Duration::from_secs(3);

pub struct Intake {
    shared: Arc<Shared>,
    decider: Current,
    source: Box<dyn Source>,
    /// Set by [`Intake::begin`].
    progress: Progress,
    /// Where the first fetch of a connection starts, below the watermark.
    look_back: Option<u32>,
    /// UIDNEXT - 1 when the mailbox was opened.
    last: u32,
    /// On a first run: messages there, and messages taken so far.
    first: Option<(u64, u64)>,
    /// Pauses between connections; starts over when one was of use.
    pauses: Box<dyn Iterator<Item = Duration> + Send>,
    /// When the mailbox was last of use.
    reached: Instant,
    /// Replies in doubt are looked for from then on.
    doubts_from: Option<Instant>,
    /// Copies into Sent wait until then.
    copies_from: Option<Instant>,
    idle_told: bool,
    open: bool,
    thinker: Thinker,
    /// The limit of the whole service held replies, and that may not be over.
    holding: bool,
}

const READ_ANEW: &str = "the mailbox is read anew, what is known is not handled again";
const RESTORED: &str = "it was restored to an earlier state";

/// Why the mailbox is left.
enum Left {
    Mailbox(SourceError),
    Ledger(LedgerError),
    /// Stopped while a write was being repeated.
    Stopped,
}

impl From<SourceError> for Left {
    fn from(error: SourceError) -> Left {
        Left::Mailbox(error)
    }
}

impl From<LedgerError> for Left {
    fn from(error: LedgerError) -> Left {
        Left::Ledger(error)
    }
}

impl Intake {
    pub fn new(shared: Arc<Shared>, decider: Current, source: Box<dyn Source>) -> Intake {
        Intake {
            shared,
            decider,
            source,
            progress: Progress {
                identity: String::new(),
                watermark: Watermark::default(),
                floor: Timestamp::UNIX_EPOCH,
                floor_until: 0,
                skipped: 0,
            },
            look_back: None,
            last: 0,
            first: None,
            pauses: Box::new(retry::pauses(RECONNECT_LONGEST)),
            reached: Instant::now(),
            doubts_from: None,
            copies_from: None,
            idle_told: false,
            open: false,
            thinker: Thinker::start(),
            holding: false,
        }
    }

    /// Runs until `stop`, or until all is drained. True when the mailbox
    /// stayed unreachable.
    pub async fn run(&mut self, stop: &CancellationToken) -> Result<bool, LedgerError> {
        self.reached = Instant::now();
        self.holding = self.shared.ledger.trouble(REPLIES).await?.is_some();
        loop {
            let left = tokio::select! {
                left = self.connected(stop) => left,
                () = stop.cancelled() => return Ok(false),
            };
            self.open = false;
            let error = match left {
                Ok(()) | Err(Left::Stopped) => return Ok(false),
                // Nothing is read until the ledger can be asked and written.
                Err(Left::Ledger(error)) if self.shared.settings.mode == Mode::Stay && error.may_pass() => {
                    self.shared.ledger_trouble(&error).await;
                    None
                }
                Err(Left::Ledger(error)) => return Err(error),
                Err(Left::Mailbox(error)) => Some(error),
            };
            if let Some(error) = &error {
                self.shared.health("mailbox", Some(error.to_string())).await;
            }
            let mut pause = self.pauses.next().unwrap_or(RECONNECT_LONGEST);
            if let Some(SourceError::Login { .. }) = error {
                pause = pause.max(LOGIN_AGAIN);
            }
            if self.shared.settings.mode != Mode::Stay {
                let rest = self.shared.settings.unreachable.saturating_sub(self.reached.elapsed());
                if rest.is_zero() {
                    return match self.drain_outbox(stop).await {
                        Err(Left::Ledger(error)) => Err(error),
                        Ok(()) | Err(Left::Stopped | Left::Mailbox(_)) => Ok(true),
                    };
                }
                pause = pause.min(rest);
            }
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = stop.cancelled() => return Ok(false),
            }
        }
    }

    /// One connection's life. May be dropped at any await: what the ledger has
    /// is whole, and the source stays usable.
    async fn connected(&mut self, stop: &CancellationToken) -> Result<(), Left> {
        let opened = self.source.open().await?;
        self.open = true;
        self.begin(opened, stop).await?;
        let mut quiet_since = Instant::now();
        loop {
            if self.drain(stop).await? > 0 {
                quiet_since = Instant::now();
            }
            self.pauses = Box::new(retry::pauses(RECONNECT_LONGEST));
            self.reached = Instant::now();
            self.shared.health("mailbox", None).await;
            self.service_limit().await?;
            self.file(1).await?;
            self.shared.try_ledger().await;
            if self.shared.settings.mode == Mode::Stay {
                self.wait().await?;
                continue;
            }
            self.drain_outbox(stop).await?;
            self.file_all().await?;
            let drained = self.shared.settings.drained;
            let rest = drained.saturating_sub(quiet_since.elapsed());
            if rest.is_zero() {
                self.tell_idle().await?;
                return Ok(());
            }
            self.source.wait(rest).await?;
            // A source may return early.
            tokio::time::sleep(drained / 16).await;
        }
    }

    /// Finds out where to read on.
    async fn begin(&mut self, opened: Opened, stop: &CancellationToken) -> Result<(), Left> {
        let settings = &self.shared.settings;
        let last = opened.uid_next.saturating_sub(1);
        self.last = last;
        let mark = |uid| Watermark { uid_validity: opened.uid_validity, uid };
        let progress = match self.shared.ledger.progress().await? {
            None => {
                self.first = Some((u64::from(opened.exists), 0));
                let (floor, uid) = match settings.first_run {
                    FirstRun::New => (self.shared.now(), last),
                    FirstRun::All => (Timestamp::UNIX_EPOCH, 0),
                    FirstRun::Since(day) => (midnight(day), 0),
                };
                let identity = settings.identity.clone();
                Progress { identity, watermark: mark(uid), floor, floor_until: last, skipped: 0 }
            }
            Some(known) => {
                let other = known.identity != settings.identity;
                let renumbered = known.watermark.uid_validity != opened.uid_validity;
                // UIDNEXT never shrinks (RFC 9051 section 2.3.1.1), unless the
                // mailbox was restored from a backup.
                let restored = opened.uid_next > 0 && last < known.watermark.uid && opened.uid_validity != 0;
                if !(other || renumbered || restored) {
                    // What a first run left alone is not known.
                    let left_alone = if known.floor > Timestamp::UNIX_EPOCH { known.floor_until } else { 0 };
                    let from = known.watermark.uid.saturating_sub(LOOK_BACK).max(left_alone);
                    self.look_back = (opened.uid_validity != 0 && from < known.watermark.uid).then_some(from);
                    self.progress = known;
                    return Ok(());
                }
                let why = if other {
                    "it is another mailbox than before"
                } else if renumbered {
                    "its messages were renumbered (UIDVALIDITY)"
                } else {
                    RESTORED
                };
                tracing::warn!("{READ_ANEW}: {why}");
                Progress { identity: settings.identity.clone(), watermark: mark(0), floor_until: last, ..known }
            }
        };
        self.look_back = None;
        self.store(progress, stop).await
    }

    /// Numbers were given out again: everything is looked at once more.
    async fn restored(&mut self, stop: &CancellationToken) -> Result<(), Left> {
        tracing::warn!("{READ_ANEW}: {RESTORED}");
        let mut progress = self.progress.clone();
        progress.watermark.uid = 0;
        progress.floor_until = self.last;
        self.store(progress, stop).await
    }

    async fn store(&mut self, progress: Progress, stop: &CancellationToken) -> Result<(), Left> {
        let shared = &self.shared;
        shared.persist(stop, || shared.ledger.set_progress(progress.clone())).await?.ok_or(Left::Stopped)?;
        self.progress = progress;
        Ok(())
    }

    /// Takes all that is there. The number of new messages fetched.
    async fn drain(&mut self, stop: &CancellationToken) -> Result<u64, Left> {
        let mut taken = 0;
        loop {
            let known_to = if self.look_back.is_some() { self.progress.watermark.uid } else { 0 };
            let from = self.look_back.take().unwrap_or(self.progress.watermark.uid);
            let after = Watermark { uid: from, ..self.progress.watermark };
            let arrivals = self.source.fetch(after, self.since(after)).await?;
            if arrivals.is_empty() {
                self.caught_up(stop).await?;
                return Ok(taken);
            }
            taken += arrivals.iter().filter(|a| uid(a).is_none_or(|uid| uid > known_to)).count() as u64;
            if let Some((_, seen)) = &mut self.first {
                *seen += arrivals.len() as u64;
            }
            for chunk in chunks(arrivals) {
                if !self.take(chunk, known_to, stop).await? {
                    self.restored(stop).await?;
                    break;
                }
            }
            if self.shared.to_mark.load(Ordering::Relaxed) >= MARK_AT {
                self.file(MARK_AT).await?;
            }
        }
    }

    /// Until mail of before the first run is passed, only what is not older
    /// than the floor is asked for.
    fn since(&self, after: Watermark) -> Option<Timestamp> {
        let Progress { floor, floor_until, .. } = &self.progress;
        let passed = if after.uid_validity == 0 {
            after.uid > 0 || !matches!(self.shared.settings.first_run, FirstRun::Since(_))
        } else {
            after.uid >= *floor_until
        };
        (!passed && *floor > Timestamp::UNIX_EPOCH).then_some(*floor)
    }

    /// The mailbox gave nothing more.
    async fn caught_up(&mut self, stop: &CancellationToken) -> Result<(), Left> {
        let mut progress = self.progress.clone();
        let seen = if progress.watermark.uid_validity == 0 { 1 } else { progress.floor_until };
        progress.watermark.uid = progress.watermark.uid.max(seen);
        if let Some((there, seen)) = self.first {
            progress.skipped = there.saturating_sub(seen);
        }
        if progress != self.progress {
            self.store(progress, stop).await?;
        }
        if self.first.take().is_some() && self.progress.skipped > 0 {
            let count = self.progress.skipped;
            tracing::info!(count, "first run: messages that were in the mailbox before are left alone");
            self.shared.emit(Event::Skipped { count });
        }
        Ok(())
    }

    /// Decides and records one chunk of a batch, in one transaction. False, and
    /// nothing done, when a message up to `known_to` is not known.
    async fn take(&mut self, mut chunk: Vec<Arrival>, known_to: u32, stop: &CancellationToken) -> Result<bool, Left> {
        let now = self.shared.now();
        let top = chunk.iter().filter_map(uid).max();
        let Progress { floor, floor_until, .. } = self.progress;
        let old = |arrival: &Arrival| uid(arrival).is_some_and(|u| u <= floor_until) && arrival.internal_date < floor;
        chunk.retain(|arrival| !old(arrival));

        // One set of rules for the whole chunk, whatever is reloaded meanwhile.
        let decider = self.decider.get();
        let reader = decider.clone();
        let (chunk, readings) = self
            .thinker
            .compute(move || {
                let readings: Vec<Reading> =
                    chunk.iter().map(|arrival| Reading::of(reader.as_ref(), arrival)).collect();
                (chunk, readings)
            })
            .await?;
        let readings = prove(self.shared.verify.clone(), decider.as_ref(), &chunk, readings).await;
        let keys = readings.iter().map(|r| r.key).collect();
        let addresses = readings.iter().filter_map(|r| r.correspondent.clone()).collect();
        let lookup = self.shared.ledger.lookup(keys, addresses, decider.same_answer(), now).await?;
        let news = |reading: &Reading| !lookup.known.contains(&reading.key);
        let should_be_known = |arrival: &Arrival| !arrival.handled && uid(arrival).is_some_and(|uid| uid <= known_to);
        if chunk.iter().zip(&readings).any(|(arrival, reading)| should_be_known(arrival) && news(reading)) {
            return Ok(false);
        }
        // Answered already, by a person, or by us before this ledger was lost
        // or restored from a backup.
        let both = chunk.into_iter().zip(readings);
        let (handled, rest): (Vec<_>, Vec<_>) = both.partition(|(arrival, reading)| arrival.handled && news(reading));
        if !handled.is_empty() && known_to == 0 {
            tracing::info!(count = handled.len(), "messages that are marked as answered already are left alone");
        }
        let (chunk, readings): (Vec<_>, Vec<_>) = rest.into_iter().unzip();

        let dry = self.shared.settings.mode == Mode::DryRun;
        let (mut batch, decided) =
            self.thinker.compute(move || decide(decider.as_ref(), chunk, readings, lookup, now, dry)).await?;
        batch.watermark = top.map(|uid| Watermark { uid, ..self.progress.watermark });
        let (batch, shared) = (Arc::new(batch), &self.shared);
        let recorded = shared.persist(stop, || shared.ledger.record(batch.clone(), now)).await?.ok_or(Left::Stopped)?;
        if let Some(uid) = top {
            self.progress.watermark.uid = self.progress.watermark.uid.max(uid);
        }
        self.idle_told = false;
        self.shared.to_mark.fetch_add(recorded.to_mark, Ordering::Relaxed);
        self.shared.decided.fetch_add(recorded.messages as u64, Ordering::Relaxed);
        if recorded.mails > 0 {
            self.shared.outbox.notify_one();
        }
        for message in decided {
            self.log(&message);
            self.holding |= message.plan.held_reply.is_some();
            self.shared.emit(Event::Decided(Box::new(message)));
        }
        for id in &recorded.came_back {
            let (number, kind) = (number(&id.key), kind_word(id.kind));
            match id.kind {
                Kind::Reply => tracing::info!(number, kind, "came back; the reply is closed"),
                Kind::Forward => tracing::warn!(number, kind, "came back; a person should look"),
            }
        }
        self.service_limit().await?;
        Ok(true)
    }

    /// Says once that the limit of the whole service holds replies, and once
    /// that this is over: an hour after the last one was held.
    async fn service_limit(&mut self) -> Result<(), LedgerError> {
        if !self.holding {
            return Ok(());
        }
        let cap = self.decider.get().per_hour();
        let (now, ledger) = (self.shared.now(), &self.shared.ledger);
        let holds = ledger.holds_replies(now).await? || cap > 0 && ledger.service_hour(now).await? >= cap;
        let trouble = format!("more than {cap} replies in an hour; further ones are held, forwards go on");
        self.shared.health(REPLIES, holds.then_some(trouble)).await;
        self.holding = holds;
        Ok(())
    }

    fn log(&self, message: &Decided) {
        let plan = &message.plan;
        let sender = message.sender.as_ref().map(|a| self.shared.pseudonyms.of(a)).unwrap_or_default();
        let reason = |step: Option<Reason>| step.map(Reason::word).unwrap_or("-");
        tracing::info!(
            number = number(&message.key),
            sender,
            action = plan.action.word(),
            reason = plan.reason.word(),
            topics = plan.topics.join("+"),
            prefecture = prefectures(&plan.place).join("+"),
            reply = plan.reply.word(),
            reply_reason = reason(plan.reply.reason()),
            forward = plan.forward.word(),
            forward_reason = reason(plan.forward.reason()),
            "decided"
        );
    }

    /// Files copies of sent mails, then marks the originals whose mails are
    /// settled: the first set when it has so many, others when they are worth a
    /// command. How many were marked; the rest is counted in `to_mark`.
    async fn file(&mut self, at_least: usize) -> Result<usize, Left> {
        let mut filed = 0;
        if self.shared.settings.mode == Mode::DryRun {
            return Ok(filed);
        }
        self.file_copies().await?;
        self.settle_doubts().await?;
        self.shared.to_mark.store(0, Ordering::Relaxed);
        loop {
            let ready = self.shared.ledger.unmarked(MARK_SET).await?;
            let enough = if filed == 0 { at_least } else { MARK_AT };
            if ready.len() < enough.max(1) {
                self.shared.to_mark.fetch_add(ready.len(), Ordering::Relaxed);
                return Ok(filed);
            }
            let marks: Vec<Mark> = ready.into_iter().map(|original| self.mark(original)).collect();
            self.source.mark(&marks).await?;
            let count = marks.len();
            self.shared.ledger.marked(marks.into_iter().map(|m| m.origin).collect()).await?;
            self.shared.emit(Event::Filed { count });
            self.idle_told = false;
            filed += count;
        }
    }

    /// Marks all that is settled.
    async fn file_all(&mut self) -> Result<(), Left> {
        while self.file(1).await? > 0 {}
        Ok(())
    }

    fn mark(&self, original: Unmarked) -> Mark {
        let filing = &self.shared.settings.filing;
        let folder = match original.action.as_str() {
            _ if original.review => &filing.review,
            action if action == Action::Ignore.word() => &filing.automatic,
            _ => &filing.answered,
        };
        Mark {
            origin: original.origin,
            answered: original.replied,
            forwarded: original.forwarded,
            review: original.review,
            folder: folder.clone(),
        }
    }

    /// Where the provider files Sent itself, a copy found there proves that a
    /// reply in doubt was sent; none found proves nothing.
    async fn settle_doubts(&mut self) -> Result<(), Left> {
        let filing = &self.shared.settings.filing;
        let Some(folder) = filing.sent.clone().filter(|_| filing.sent_by_server) else { return Ok(()) };
        if self.doubts_from.is_some_and(|at| Instant::now() < at) {
            return Ok(());
        }
        self.doubts_from = Some(Instant::now() + DOUBTS_AGAIN);
        for (id, message_id) in self.shared.ledger.doubts(self.shared.now()).await? {
            match self.source.holds(&folder, &message_id).await {
                Ok(true) => {
                    if self.shared.ledger.proved(id, self.shared.now()).await? {
                        tracing::info!(number = number(&id.key), "the reply in doubt was sent: a copy lies in Sent");
                    }
                }
                Ok(false) => {}
                Err(error) => {
                    self.shared.health("sent-copy", Some(error.to_string())).await;
                    return Ok(());
                }
            }
            self.shared.health("sent-copy", None).await;
        }
        Ok(())
    }

    /// A Sent folder that refuses copies keeps nothing else from going on.
    async fn file_copies(&mut self) -> Result<(), Left> {
        let filing = &self.shared.settings.filing;
        let Some(folder) = filing.sent.clone().filter(|_| !filing.sent_by_server) else { return Ok(()) };
        if self.copies_from.is_some_and(|at| Instant::now() < at) {
            return Ok(());
        }
        loop {
            let copies = self.shared.ledger.copies(16).await?;
            if copies.is_empty() {
                return Ok(());
            }
            for (id, octets) in copies {
                match self.source.append(&folder, &octets).await {
                    Ok(()) => self.shared.ledger.copied(id).await?,
                    Err(
                        error @ (SourceError::Command { .. } | SourceError::Mailbox { .. } | SourceError::File { .. }),
                    ) => {
                        self.shared.health("sent-copy", Some(error.to_string())).await;
                        self.copies_from = Some(Instant::now() + COPY_AGAIN);
                        self.source.open().await?;
                        return Ok(());
                    }
                    Err(error) => return Err(error.into()),
                }
            }
            self.copies_from = None;
            self.shared.health("sent-copy", None).await;
        }
    }

    /// Waits for mail, for originals to mark, or for the poll floor.
    async fn wait(&mut self) -> Result<(), Left> {
        self.tell_idle().await?;
        let shared = self.shared.clone();
        if shared.to_mark.load(Ordering::Relaxed) > 0 {
            tokio::time::sleep(GATHER).await;
            return Ok(());
        }
        let mut idle_told = self.idle_told;
        {
            let mut arrival = self.source.wait(shared.settings.poll);
            loop {
                tokio::select! {
                    waited = &mut arrival => {
                        waited?;
                        break;
                    }
                    () = shared.settled.notified() => {
                        if shared.to_mark.load(Ordering::Relaxed) > 0 {
                            tokio::time::sleep(GATHER).await;
                            break;
                        }
                        if !idle_told {
                            idle_told = is_idle(&shared).await?;
                            if idle_told {
                                shared.emit(Event::Idle);
                            }
                        }
                    }
                }
            }
        }
        self.idle_told = idle_told;
        Ok(())
    }

    async fn tell_idle(&mut self) -> Result<(), LedgerError> {
        if !self.idle_told && is_idle(&self.shared).await? {
            self.idle_told = true;
            self.shared.emit(Event::Idle);
        }
        Ok(())
    }

    /// `Once`: waits until nothing is due, or nothing can be delivered; marks
    /// originals meanwhile if the mailbox is at hand.
    async fn drain_outbox(&mut self, stop: &CancellationToken) -> Result<(), Left> {
        if self.shared.settings.mode == Mode::DryRun {
            return Ok(());
        }
        loop {
            if let Some(error) = self.shared.ledger_failure() {
                return Err(error.into());
            }
            if self.shared.relay_away.load(Ordering::Relaxed) || stop.is_cancelled() {
                return Ok(());
            }
            // The ledger is asked only when the sender seems to have nothing.
            let in_hand = self.shared.in_hand.load(Ordering::Relaxed) > 0;
            if !in_hand && !self.shared.ledger.is_busy(self.shared.now()).await? {
                return Ok(());
            }
            if self.open && self.shared.to_mark.load(Ordering::Relaxed) >= MARK_AT {
                self.file(MARK_AT).await?;
            }
            tokio::select! {
                () = self.shared.settled.notified() => {}
                () = tokio::time::sleep(Duration::from_millis(200)) => {}
            }
        }
    }

    /// At a shutdown: marks what the last deliveries settled, if the mailbox
    /// is at hand.
    pub async fn last_filing(&mut self) {
        if self.open && self.shared.to_mark.load(Ordering::Relaxed) > 0 {
            let _ = tokio::time::timeout(LAST_FILING, self.file_all()).await;
        }
    }
}

/// Asks DNS about the senders of whom more must be known, several at once.
async fn prove(
    verify: Option<Arc<dyn Verify>>,
    decider: &dyn Decider,
    chunk: &[Arrival],
    mut readings: Vec<Reading>,
) -> Vec<Reading> {
    let Some(verify) = verify else { return readings };
    let mut asked = Vec::new();
    for (at, (arrival, reading)) in chunk.iter().zip(&readings).enumerate() {
        if let Some(inquiry) = reading.inquiry.as_ref().filter(|inquiry| decider.wants_proof(inquiry)) {
            let question = verify.verify(&arrival.raw, inquiry);
            asked.push(async move { (at, question.await) });
        }
    }
    let answers: Vec<(usize, Proof)> =
        futures_util::stream::iter(asked).buffer_unordered(VERIFIED_AT_ONCE).collect().await;
    for (at, proof) in answers {
        let Some(reading) = readings.get_mut(at) else { continue };
        if let Some(inquiry) = &mut reading.inquiry {
            inquiry.proof = proof;
            reading.correspondent = decider.correspondent(inquiry);
        }
    }
    readings
}

/// Nothing due, nothing on its way, nothing to mark.
async fn is_idle(shared: &Shared) -> Result<bool, LedgerError> {
    Ok(!shared.ledger.is_busy(shared.now()).await? && shared.ledger.unmarked(1).await?.is_empty())
}

/// Midnight in Japan, which has no daylight saving time.
fn midnight(day: jiff::civil::Date) -> Timestamp {
    let japan = jiff::tz::TimeZone::fixed(jiff::tz::offset(9));
    day.to_zoned(japan).map(|at| at.timestamp()).unwrap_or(Timestamp::UNIX_EPOCH)
}

fn uid(arrival: &Arrival) -> Option<u32> {
    (arrival.origin.uid_validity != 0).then(|| arrival.origin.id.parse().ok()).flatten()
}

/// The one thread for work that takes the processor for a while. One and the
/// same, because an expression keeps what it learned of texts for each thread
/// that it was searched on.
struct Thinker {
    jobs: std::sync::mpsc::Sender<Job>,
}

type Job = Box<dyn FnOnce() + Send>;

impl Thinker {
    /// Starts the thread; it ends with this value. Where the system has no
    /// thread to give, every [`Thinker::compute`] fails.
    fn start() -> Thinker {
        let (jobs, queue) = std::sync::mpsc::channel::<Job>();
        let serve = move || queue.into_iter().for_each(|job| job());
        if let Err(error) = std::thread::Builder::new().name("decide".to_owned()).spawn(serve) {
            tracing::error!(%error, "no thread to decide on");
        }
        Thinker { jobs }
    }

    /// Runs work there. What can panic is caught inside.
    async fn compute<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, LedgerError> {
        let (sender, receiver) = tokio::sync::oneshot::channel();
        let job: Job = Box::new(move || {
            // Nobody waits any more when the daemon stopped meanwhile.
            let _ = sender.send(work());
        });
        self.jobs.send(job).map_err(|_| LedgerError::Closed)?;
        receiver.await.map_err(|_| LedgerError::Closed)
    }
}

/// Parts of a batch that are bounded, each at least one message.
fn chunks(arrivals: Vec<Arrival>) -> Vec<Vec<Arrival>> {
    let mut chunks: Vec<Vec<Arrival>> = Vec::new();
    let mut octets = usize::MAX;
    for arrival in arrivals {
        octets = octets.saturating_add(arrival.raw.len());
        match chunks.last_mut() {
            Some(chunk) if octets <= CHUNK_OCTETS && chunk.len() < CHUNK_MESSAGES => chunk.push(arrival),
            _ => {
                octets = arrival.raw.len();
                chunks.push(vec![arrival]);
            }
        }
    }
    chunks
}

/// A message as read; `inquiry` is `None` when reading it panicked.
struct Reading {
    key: InquiryKey,
    inquiry: Option<Inquiry>,
    correspondent: Option<Address>,
}

impl Reading {
    fn of(decider: &dyn Decider, arrival: &Arrival) -> Reading {
        let read = || {
            let mut inquiry = decider.read(&arrival.raw);
            if arrival.size > MESSAGE_MAX {
                inquiry.size = usize::try_from(arrival.size).unwrap_or(usize::MAX);
                // First: the worst that is wrong with it.
                inquiry.trouble.retain(|trouble| *trouble != Trouble::TooLarge);
                inquiry.trouble.insert(0, Trouble::TooLarge);
            }
            let correspondent = decider.correspondent(&inquiry);
            (inquiry, correspondent)
        };
        match catch_unwind(AssertUnwindSafe(read)) {
            // Nothing to tell apart those that the server does not give out.
            Ok((mut inquiry, correspondent)) if arrival.raw.is_empty() => {
                inquiry.key = fallback_key(arrival);
                Reading { key: inquiry.key, inquiry: Some(inquiry), correspondent }
            }
            Ok((inquiry, correspondent)) => Reading { key: inquiry.key, inquiry: Some(inquiry), correspondent },
            Err(_) => {
                tracing::error!(size = arrival.size, "a message could not be read; a person should look");
                Reading { key: fallback_key(arrival), inquiry: None, correspondent: None }
            }
        }
    }
}

/// Identity of a message that could not be read: its octets, else its place.
fn fallback_key(arrival: &Arrival) -> InquiryKey {
    let mut hash = sha2::Sha256::new();
    hash.update(b"madoguchi-unread\0");
    hash.update(&arrival.raw);
    if arrival.raw.is_empty() {
        hash.update(&arrival.origin.mailbox);
        hash.update(arrival.origin.uid_validity.to_be_bytes());
        hash.update(&arrival.origin.id);
    }
    InquiryKey(hash.finalize().into())
}

/// Decides a chunk. Earlier messages of it count in the history of later ones.
fn decide(
    decider: &dyn Decider,
    chunk: Vec<Arrival>,
    readings: Vec<Reading>,
    mut lookup: Lookup,
    now: Timestamp,
    dry: bool,
) -> (Batch, Vec<Decided>) {
    let (mut batch, mut all) = (Batch::default(), Vec::new());
    let mut seen: HashSet<InquiryKey> = std::mem::take(&mut lookup.known);
    for (arrival, reading) in chunk.into_iter().zip(readings) {
        if !seen.insert(reading.key) {
            batch.copies.push((reading.key, arrival.origin));
            continue;
        }
        let history = match &reading.correspondent {
            Some(address) => lookup.history(address),
            None => lookup.anonymous(),
        };
        let (plan, outgoing) = plan_one(decider, reading.inquiry.as_ref(), &history, &arrival.raw, now);
        match (plan.reply.done(), &plan.held_reply, plan.answer_key()) {
            (Some(reply), _, Some(answer)) => lookup.add(&reply.to, &answer),
            (None, Some(reply), Some(answer)) => lookup.add_held(&reply.to, &answer),
            _ => {}
        }
        let notice = reading.inquiry.as_ref().and_then(|inquiry| notice_of(decider, inquiry));
        let from = reading.inquiry.as_ref().and_then(|i| i.header.from.first());
        let sender = reading.correspondent.or_else(|| from.and_then(|m| m.address.clone()));
        let answer_key = plan.answer_key();
        let mails = outgoing.into_iter().map(|mut outgoing| {
            if dry {
                outgoing.bytes = Vec::new();
            }
            let is_reply = outgoing.kind == Kind::Reply;
            let held = plan.reply.reason().filter(|_| is_reply && plan.held_reply.is_some());
            NewMail { outgoing, answer_key: answer_key.clone().filter(|_| is_reply), held }
        });
        batch.messages.push(NewMessage {
            key: reading.key,
            origin: arrival.origin.clone(),
            received: arrival.internal_date,
            sender: sender.clone(),
            action: plan.action.word(),
            reason: plan.reason,
            revision: plan.revision.clone(),
            review: plan.wants_person(),
            plan: record_of(&plan),
            mails: mails.collect(),
            notice,
        });
        all.push(Decided { key: reading.key, origin: arrival.origin, received: arrival.internal_date, sender, plan });
    }
    (batch, all)
}

/// What a message reports about mail of ours, in the ledger's words.
fn notice_of(decider: &dyn Decider, inquiry: &Inquiry) -> Option<ledger::Notice> {
    let notice = catch_unwind(AssertUnwindSafe(|| decider.notice(inquiry))).ok().flatten()?;
    Some(ledger::Notice { about: notice.about, outcome: notice.outcome.word(), status: notice.status })
}

/// Decides and composes one message. What fails inside goes to a person.
fn plan_one(
    decider: &dyn Decider,
    inquiry: Option<&Inquiry>,
    history: &crate::core::plan::History,
    raw: &[u8],
    now: Timestamp,
) -> (Plan, Vec<Outgoing>) {
    let decide = || inquiry.map(|inquiry| decider.decide(inquiry, history));
    let (Ok(Some(mut plan)), Some(inquiry)) = (catch_unwind(AssertUnwindSafe(decide)), inquiry) else {
        return (unreadable(decider.revision()), Vec::new());
    };
    let cause = match catch_unwind(AssertUnwindSafe(|| decider.compose(&plan, inquiry, raw, now))) {
        Ok(Ok(outgoing)) => return (plan, outgoing),
        Ok(Err(error)) => error.to_string(),
        Err(_) => "internal error".to_owned(),
    };
    tracing::error!(number = number(&inquiry.key), cause, "no mail could be composed; a person should look");
    if plan.composed_reply().is_some() {
        plan.held_reply = None;
        plan.reply = Step::Ask(Reason::NotComposed);
        plan.reason = Reason::NotComposed;
        plan.action = Action::Review;
    }
    if plan.forward.done().is_some() {
        plan.forward = Step::Ask(Reason::NotComposed);
    }
    (plan, Vec::new())
}

fn unreadable(revision: &str) -> Plan {
    Plan {
        action: Action::Review,
        reason: Reason::Malformed,
        screened: Screened::Hold(Reason::Malformed),
        topics: Vec::new(),
        place: Place::Unstated,
        language: None,
        reply: Step::Skip(Reason::Malformed),
        held_reply: None,
        forward: Step::Ask(Reason::Malformed),
        evidence: Vec::new(),
        near: Vec::new(),
        revision: revision.to_owned(),
    }
}

fn prefectures(place: &Place) -> Vec<String> {
    match place {
        Place::Known(prefecture) => vec![prefecture.to_string()],
        Place::Ambiguous(several) => several.iter().map(ToString::to_string).collect(),
        Place::Unstated => Vec::new(),
    }
}

fn record_of(plan: &Plan) -> PlanRecord {
    fn step<T>(step: &Step<T>, to: impl Fn(&T) -> String, template: impl Fn(&T) -> Option<String>) -> StepRecord {
        StepRecord {
            step: step.word().to_owned(),
            reason: step.reason().map(|r| r.word().to_owned()),
            to: step.done().map(to),
            template: step.done().and_then(template),
        }
    }
    PlanRecord {
        topics: plan.topics.clone(),
        prefectures: prefectures(&plan.place),
        language: plan.language.map(str::to_owned),
        reply: step(&plan.reply, |r| r.to.to_smtp(), |r| Some(r.template.clone())),
        forward: step(&plan.forward, |f| f.to.to_smtp(), |_| None),
        evidence: plan.evidence.iter().map(|e| format!("{} {} {}", e.role.word(), e.source, e.zone.word())).collect(),
    }
}
