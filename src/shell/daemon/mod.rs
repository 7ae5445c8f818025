//! The loop that joins source, core, ledger and delivery. Owns the order of
//! steps, retries and shutdown; decides nothing, composes nothing, and keeps
//! nothing in memory that the ledger must know.
//!
//! Two halves run beside each other. *Intake* reads the mailbox, has each batch
//! decided, records it in one transaction, and files originals whose mails are
//! settled. The *sender* takes due mails from the outbox, several at once.
//! They share only the ledger and two bells.

mod decider;
mod intake;
mod retry;
mod sender;

pub use decider::{Current, Decider};

use crate::core::address::Address;
use crate::core::compose::Kind;
use crate::core::inquiry::InquiryKey;
use crate::core::plan::Plan;
use crate::shell::config::{Filing, FirstRun};
use crate::shell::delivery::Delivery;
use crate::shell::ledger::{Ledger, LedgerError, MailId, State};
use crate::shell::observe::Pseudonyms;
use crate::shell::source::{Origin, Source};
use crate::shell::verify::Verify;
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{Notify, mpsc};
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

/// The time of day, handed in so that tests own it.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// The machine's clock.
pub fn system_clock() -> Clock {
    Arc::new(Timestamp::now)
}

/// How long the daemon runs, and what it may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Until it is stopped.
    Stay,
    /// Until mailbox and outbox are drained.
    Once,
    /// Until the mailbox is drained; sends and marks nothing.
    DryRun,
}

/// What the daemon is told beside its parts.
#[derive(Debug, Clone)]
pub struct Settings {
    pub mode: Mode,
    /// The ledger's word for the mailbox (`MailboxUrl::identity`).
    pub identity: String,
    pub first_run: FirstRun,
    /// Longest time between two looks into the mailbox.
    pub poll: Duration,
    pub filing: Filing,
    /// Deliveries at the same time.
    pub parallel: usize,
    /// How long a shutdown waits for mails whose content is on its way.
    pub grace: Duration,
    /// `Once`: how long the mailbox may stay unreachable.
    pub unreachable: Duration,
    /// `Once`: a mailbox counts as drained when nothing came for this long; a
    /// file just written into a Maildir is whole only after a moment.
    pub drained: Duration,
}

impl Settings {
    pub fn new(mode: Mode, identity: String) -> Settings {
        Settings {
            mode,
            identity,
            first_run: FirstRun::New,
            poll: Duration::from_secs(60),
            filing: Filing::default(),
            parallel: 8,
            grace: Duration::from_secs(10),
            unreachable: Duration::from_secs(30),
            drained: Duration::from_millis(350),
        }
    }
}

/// The daemon's parts.
pub struct Daemon {
    pub settings: Settings,
    pub decider: Current,
    pub source: Box<dyn Source>,
    pub delivery: Arc<dyn Delivery>,
    /// Asked about senders where the decider wants proof; `None`: nobody is.
    pub verify: Option<Arc<dyn Verify>>,
    pub ledger: Ledger,
    pub clock: Clock,
    /// Who wants to watch.
    pub events: Option<mpsc::UnboundedSender<Event>>,
}

/// Something that happened. Stays inside the process: it holds addresses.
#[derive(Debug, Clone)]
pub enum Event {
    /// A message was decided and recorded.
    Decided(Box<Decided>),
    /// A mail was sent, or is not tried again at once.
    Settled { id: MailId, to: Address, state: State, words: String },
    /// Originals were marked.
    Filed { count: usize },
    /// So many messages of before the first run are left alone.
    Skipped { count: u64 },
    /// A component (`mailbox`, `relay`, `ledger`, `sent-copy`, `limit`) has trouble, or
    /// with `None` has it no more.
    Health { component: &'static str, trouble: Option<String> },
    /// Mailbox and outbox are drained and all originals marked.
    Idle,
}

/// A decided message.
#[derive(Debug, Clone)]
pub struct Decided {
    pub key: InquiryKey,
    pub origin: Origin,
    pub received: Timestamp,
    /// Who wrote, as far as a usable address tells.
    pub sender: Option<Address>,
    pub plan: Plan,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Ended {
    /// Messages decided, mails sent.
    pub decided: u64,
    pub sent: u64,
    /// Deliveries that were due and deferred or refused.
    pub undelivered: u64,
    /// `Once`: the mailbox stayed unreachable.
    pub unreachable: bool,
}

impl Ended {
    /// Whether all was decided and everything due delivered; held mails and
    /// messages for a person count as decided.
    pub fn is_complete(&self) -> bool {
        self.undelivered == 0 && !self.unreachable
    }
}

/// What both halves share.
struct Shared {
    settings: Settings,
    ledger: Ledger,
    verify: Option<Arc<dyn Verify>>,
    clock: Clock,
    events: Option<mpsc::UnboundedSender<Event>>,
    pseudonyms: Pseudonyms,
    /// Rung by intake when mails were recorded.
    outbox: Notify,
    /// Rung by the sender when a mail is settled or nothing more can be done.
    settled: Notify,
    /// Messages settled and not marked yet, as far as this process knows.
    to_mark: AtomicUsize,
    /// Mails that the sender has taken from the outbox and not settled.
    in_hand: AtomicUsize,
    /// Writes that the ledger did not take yet.
    unrecorded: AtomicUsize,
    /// The ledger failed, and did not work since.
    ledger_away: AtomicBool,
    /// The relay is away.
    relay_away: AtomicBool,
    decided: AtomicU64,
    sent: AtomicU64,
    undelivered: AtomicU64,
    /// Not [`Mode::Stay`]: the ledger failed while sending.
    failure: Mutex<Option<LedgerError>>,
    health: Mutex<BTreeMap<&'static str, Health>>,
}

#[derive(Default)]
struct Health {
    trouble: Option<String>,
    written: Option<Timestamp>,
}

/// The component whose trouble is that the limit of the whole service holds
/// replies.
const REPLIES: &str = "limit";

/// "Last contact" in the ledger may be this old.
const CONTACT_WRITTEN: jiff::SignedDuration = jiff::SignedDuration::from_secs(60);

impl Shared {
    fn now(&self) -> Timestamp {
        (self.clock)()
    }

    fn emit(&self, event: Event) {
        if let Some(events) = &self.events {
            let _ = events.send(event);
        }
    }

    /// Says how a component is doing: one line in the log each time that
    /// changes, and a row for `status`.
    async fn health(&self, component: &'static str, trouble: Option<String>) {
        let now = self.now();
        {
            let mut all = self.health.lock().unwrap_or_else(PoisonError::into_inner);
            let first = !all.contains_key(component);
            let known = all.entry(component).or_default();
            let changed = known.trouble != trouble;
            let stale = known.written.is_none_or(|at| now.duration_since(at).abs() >= CONTACT_WRITTEN);
            if !changed && !stale {
                return;
            }
            if changed {
                match &trouble {
                    Some(line) => tracing::warn!(component, "{line}"),
                    None if !first => tracing::info!(component, "well again"),
                    None => {}
                }
            }
            known.trouble.clone_from(&trouble);
            known.written = Some(now);
        }
        self.emit(Event::Health { component, trouble: trouble.clone() });
        // Where the ledger cannot be written, it is the ledger that is in
        // trouble, and the log has said so.
        let _ = self.ledger.health(component, trouble, now).await;
    }

    fn ledger_failure(&self) -> Option<LedgerError> {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Trouble with the ledger while sending. A single run ends with it.
    async fn ledger_failed(&self, error: LedgerError) {
        if self.settings.mode != Mode::Stay {
            *self.failure.lock().unwrap_or_else(PoisonError::into_inner) = Some(error.clone());
        }
        self.ledger_trouble(&error).await;
    }

    /// Says so in the log, and beside the ledger for `status`.
    async fn ledger_trouble(&self, error: &LedgerError) {
        self.ledger_away.store(true, Ordering::Relaxed);
        let line = error.to_string();
        self.ledger.note(Some(&line));
        self.health("ledger", Some(line)).await;
    }

    /// The ledger took a write. That says little while it refuses another one.
    async fn ledger_works(&self) {
        if self.unrecorded.load(Ordering::Relaxed) == 0 && self.ledger_away.swap(false, Ordering::Relaxed) {
            self.ledger.note(None);
            self.health("ledger", None).await;
            self.outbox.notify_one();
        }
    }

    /// After trouble: tries a write.
    async fn try_ledger(&self) {
        if self.ledger_away.load(Ordering::Relaxed) && self.ledger.health("ledger", None, self.now()).await.is_ok() {
            self.ledger_works().await;
        }
    }

    /// Repeats a write until the ledger takes it: what is recorded there is a
    /// promise, and what is not must not happen. `None` when `stop` came first.
    async fn persist<T, F>(&self, stop: &CancellationToken, write: impl Fn() -> F) -> Result<Option<T>, LedgerError>
    where
        F: Future<Output = Result<T, LedgerError>>,
    {
        let mut pauses = retry::pauses(Duration::from_secs(30));
        let mut waiting = None;
        for attempt in 1.. {
            match write().await {
                Ok(value) => {
                    drop(waiting);
                    self.ledger_works().await;
                    return Ok(Some(value));
                }
                Err(error) if !error.may_pass() => return Err(error),
                Err(error) if self.settings.mode != Mode::Stay && attempt >= 3 => return Err(error),
                Err(error) => {
                    waiting.get_or_insert_with(|| Unrecorded::new(&self.unrecorded));
                    self.ledger_trouble(&error).await;
                    let pause = pauses.next().unwrap_or(Duration::from_secs(30));
                    tokio::select! {
                        () = tokio::time::sleep(pause) => {}
                        () = stop.cancelled() => return Ok(None),
                    }
                }
            }
        }
        Ok(None)
    }
}

/// Counts a write that waits for the ledger, until dropped.
struct Unrecorded<'a>(&'a AtomicUsize);

impl Unrecorded<'_> {
    fn new(count: &AtomicUsize) -> Unrecorded<'_> {
        count.fetch_add(1, Ordering::Relaxed);
        Unrecorded(count)
    }
}

impl Drop for Unrecorded<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Daemon {
    /// Runs until `shutdown` is cancelled or, except for [`Mode::Stay`], all is
    /// drained. Mails whose content is on its way are finished, within the
    /// grace period. Errors: the ledger cannot be used.
    pub async fn run(self, shutdown: CancellationToken) -> Result<Ended, LedgerError> {
        let Daemon { settings, decider, source, delivery, verify, ledger, clock, events } = self;
        let mode = settings.mode;
        let shared = Arc::new(Shared {
            pseudonyms: Pseudonyms::new(ledger.salt().await?),
            settings,
            ledger,
            verify,
            clock,
            events,
            outbox: Notify::new(),
            settled: Notify::new(),
            to_mark: AtomicUsize::new(0),
            in_hand: AtomicUsize::new(0),
            unrecorded: AtomicUsize::new(0),
            ledger_away: AtomicBool::new(false),
            relay_away: AtomicBool::new(false),
            decided: AtomicU64::new(0),
            sent: AtomicU64::new(0),
            undelivered: AtomicU64::new(0),
            failure: Mutex::default(),
            health: Mutex::default(),
        });
        if mode == Mode::DryRun {
            let unreachable = intake::Intake::new(shared.clone(), decider, source).run(&shutdown).await?;
            return Ok(ended(&shared, unreachable));
        }
        start(&shared, decider.get().as_ref()).await?;
        let stop_sender = shutdown.child_token();
        // Whoever drops this future drops the sender with it.
        let sender = AbortOnDropHandle::new(tokio::spawn(sender::run(shared.clone(), delivery, stop_sender.clone())));
        let mut intake = intake::Intake::new(shared.clone(), decider, source);
        let result = intake.run(&shutdown).await;
        stop_sender.cancel();
        if let Err(error) = sender.await {
            tracing::error!(%error, "the sender ended badly");
        }
        if result.is_ok() {
            intake.last_filing().await;
        }
        let unreachable = result?;
        tracing::debug!(commits = shared.ledger.commits(), calls = shared.ledger.calls(), "what the ledger did");
        match shared.ledger.ended(shared.now()).await {
            // It stops in good order, though nobody can write that down.
            Err(error) if error.may_pass() && mode == Mode::Stay => tracing::warn!(%error, "the end is not recorded"),
            ended => ended?,
        }
        Ok(ended(&shared, unreachable))
    }
}

fn ended(shared: &Shared, unreachable: bool) -> Ended {
    let count = |n: &AtomicU64| n.load(Ordering::Relaxed);
    Ended {
        decided: count(&shared.decided),
        sent: count(&shared.sent),
        undelivered: count(&shared.undelivered),
        unreachable,
    }
}

/// Settles what a crash left in doubt, and says what is there.
async fn start(shared: &Shared, decider: &dyn Decider) -> Result<(), LedgerError> {
    let now = shared.now();
    shared.ledger.started(shared.settings.mode == Mode::Once, decider.revision().to_owned(), now).await?;
    // What was said before a restart is not said again.
    if let Some(trouble) = shared.ledger.trouble(REPLIES).await? {
        let known = Health { trouble: Some(trouble), written: Some(now) };
        shared.health.lock().unwrap_or_else(PoisonError::into_inner).insert(REPLIES, known);
    }
    let doubt = shared.ledger.recover(now).await?;
    if doubt != crate::shell::ledger::InDoubt::default() {
        tracing::warn!(
            replies_held = doubt.replies_held,
            forwards_again = doubt.forwards_again,
            "the last run ended while mails were on their way: replies wait for a person, forwards go again"
        );
    }
    tracing::info!(revision = decider.revision(), mailbox = starred(&shared.settings.identity), "started");
    Ok(())
}

/// The mailbox for a log line: a login is often an address, so its local part is starred.
fn starred(identity: &str) -> String {
    match identity.split_once("://").and_then(|(scheme, rest)| Some((scheme, rest.split_once('@')?.1))) {
        Some((scheme, rest)) => format!("{scheme}://*@{rest}"),
        None => identity.to_owned(),
    }
}

/// What log lines call a message: its reception number.
fn number(key: &InquiryKey) -> String {
    key.reception_number()
}

/// What log lines call a mail.
fn kind_word(kind: Kind) -> &'static str {
    kind.word()
}
