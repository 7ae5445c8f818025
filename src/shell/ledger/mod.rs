//! The durable record: what was decided, what is to be sent, how far the
//! mailbox was read. The only SQL; never parses mail, never composes one,
//! never looks at a clock (every call is handed the time).
//!
//! States. A message is `planned` until each of its mails is settled, then
//! `settled` until its originals are marked, then `filed`. A mail is `queued`,
//! `active` from before the first octet of its content until the relay's
//! answer is recorded, then `sent`, `deferred` (tried again), `refused` or
//! `held` (a person decides). What a later report says did not arrive is
//! `bounced` if it was a reply, and `held` if it was a forward. What is found `active` at a start is in doubt:
//! a forward goes again with the same octets, a reply is held.
//!
//! What stays: neither subject nor body of an inquiry. A message that cannot
//! be read keeps its raw bytes where they are safest, in the mailbox, under
//! the mark for a person. The octets of a mail of ours are deleted with the
//! commit that records it as sent.

mod lock;
mod person;
mod report;
mod revision;
mod store;
mod writer;

pub use lock::{Lock, Owner, owner, path_of as lock_path};
pub use person::{Act, Acted, Denied, Dossier, MailRow, NoticeRow, Wish};
pub use report::{Health, MessageRow, OutboxRow, Report, Run, Waiting};
pub use revision::{InForce, RuleFile};

use crate::core::address::Address;
use crate::core::compose::{Kind, Outgoing};
use crate::core::inquiry::InquiryKey;
use crate::core::plan::History;
use crate::core::reason::Reason;
use crate::shell::source::{Origin, Watermark};
use jiff::Timestamp;
use rusqlite::{Connection, OpenFlags, TransactionBehavior};
use rusqlite_migration::{M, Migrations};
use serde::{Deserialize, Serialize};
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// Marks a file as ours (`application_id` of the SQLite file format): "mdgc".
const APPLICATION: i32 = 0x6d64_6763;

/// How long a writer waits for another process (`queue`, a backup).
const BUSY: Duration = Duration::from_secs(5);

fn migrations() -> Migrations<'static> {
    Migrations::new(vec![
        M::up(include_str!("migrations/1.sql")),
        M::up(include_str!("migrations/2.sql")),
        M::up(include_str!("migrations/3.sql")),
        M::up(include_str!("migrations/4.sql")),
        M::up(include_str!("migrations/5.sql")),
    ])
}

/// The ledger of a running daemon. Cheap to clone.
#[derive(Clone)]
pub struct Ledger {
    inner: Arc<Inner>,
}

/// Fields drop in order: the writer ends before the lock is given back.
struct Inner {
    writer: writer::Writer,
    lock: Option<Lock>,
}

/// Why the ledger cannot be used. One clear line, without personal data.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LedgerError {
    #[error("ledger `{}` is in use by {owner}", ledger.display())]
    InUse { ledger: PathBuf, owner: Owner },
    #[error("ledger `{}` cannot be opened: {cause}", path.display())]
    Open { path: PathBuf, cause: String },
    #[error("`{}` is not a madoguchi ledger: {cause}", path.display())]
    Foreign { path: PathBuf, cause: String },
    #[error("ledger `{}` was written by a newer madoguchi", path.display())]
    TooNew { path: PathBuf },
    #[error("ledger `{}` was written by an older madoguchi; `madoguchi run` brings it up to date", path.display())]
    TooOld { path: PathBuf },
    #[error("ledger `{}` is damaged: {cause}", path.display())]
    Damaged { path: PathBuf, cause: String },
    #[error("backup to `{}` failed: {cause}", path.display())]
    Backup { path: PathBuf, cause: String },
    #[error("no room left for the ledger: {0}")]
    Full(String),
    #[error("ledger cannot be written: {0}")]
    Failed(String),
    #[error("ledger holds what this version cannot read: {0}")]
    Content(String),
    #[error("ledger is closed")]
    Closed,
}

impl LedgerError {
    /// Whether the same call may work later: the disk has room again, another
    /// process is done, a file system is writable again.
    pub fn may_pass(&self) -> bool {
        matches!(self, LedgerError::Full(_) | LedgerError::Failed(_))
    }
}

impl From<rusqlite::Error> for LedgerError {
    fn from(error: rusqlite::Error) -> LedgerError {
        match error.sqlite_error_code() {
            Some(rusqlite::ErrorCode::DiskFull) => LedgerError::Full(error.to_string()),
            _ => LedgerError::Failed(error.to_string()),
        }
    }
}

/// State of a mail in the outbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    Queued,
    Active,
    Deferred,
    Sent,
    Refused,
    Held,
    /// A person decided not to send it.
    Dropped,
    /// A reply that was sent and came back; nobody can do anything about it.
    Bounced,
}

impl State {
    pub const ALL: [State; 8] = [
        State::Queued,
        State::Active,
        State::Deferred,
        State::Sent,
        State::Refused,
        State::Held,
        State::Dropped,
        State::Bounced,
    ];

    /// The stable word.
    pub fn word(self) -> &'static str {
        match self {
            State::Queued => "queued",
            State::Active => "active",
            State::Deferred => "deferred",
            State::Sent => "sent",
            State::Refused => "refused",
            State::Held => "held",
            State::Dropped => "dropped",
            State::Bounced => "bounced",
        }
    }

    fn from_word(word: &str) -> Result<State, LedgerError> {
        let found = State::ALL.into_iter().find(|s| s.word() == word);
        found.ok_or_else(|| LedgerError::Content(format!("state `{word}`")))
    }
}

/// Names a mail: each message leads to at most one of each kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MailId {
    pub key: InquiryKey,
    pub kind: Kind,
}

/// A decided message on its way into the ledger.
#[derive(Debug, Clone)]
pub struct NewMessage {
    pub key: InquiryKey,
    pub origin: Origin,
    /// Internal date.
    pub received: Timestamp,
    /// Who wrote, if anybody can be answered.
    pub sender: Option<Address>,
    /// Words of `plan::Action` and [`Reason`].
    pub action: &'static str,
    pub reason: Reason,
    pub revision: String,
    /// A person should look.
    pub review: bool,
    pub plan: PlanRecord,
    pub mails: Vec<NewMail>,
    /// What it reports about mails of ours.
    pub notice: Option<Notice>,
}

/// A report about mails of ours, as plain values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// Message-IDs, without angle brackets.
    pub about: Vec<String>,
    /// `failed`, `delayed`, `delivered`, `read`, `unread`; `failed` closes a
    /// reply and brings a forward to a person.
    pub outcome: &'static str,
    /// Enhanced status code (RFC 3463).
    pub status: Option<String>,
}

/// The word of [`Notice::outcome`] for a mail that did not reach its recipient.
pub const FAILED: &str = "failed";

/// A composed mail on its way into the outbox.
#[derive(Debug, Clone)]
pub struct NewMail {
    pub outgoing: Outgoing,
    /// What `limits.same_answer` compares; replies only.
    pub answer_key: Option<String>,
    /// It waits for a person from the start, for this reason.
    pub held: Option<Reason>,
}

/// What is kept of a plan beside its action and reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanRecord {
    pub topics: Vec<String>,
    /// None, the one, or all candidates.
    pub prefectures: Vec<String>,
    pub language: Option<String>,
    pub reply: StepRecord,
    pub forward: StepRecord,
    /// Rule and data lines that counted, `strong rules/seminar.toml:4:9 fresh`;
    /// never the sender's words.
    pub evidence: Vec<String>,
}

/// One step of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepRecord {
    /// `do`, `skip` or `ask`.
    pub step: String,
    pub reason: Option<String>,
    pub to: Option<String>,
    pub template: Option<String>,
}

/// Everything one batch of arrivals leads to; recorded as a whole or not at all.
#[derive(Debug, Clone, Default)]
pub struct Batch {
    pub messages: Vec<NewMessage>,
    /// Further originals of messages that are known already.
    pub copies: Vec<(InquiryKey, Origin)>,
    pub watermark: Option<Watermark>,
}

/// What recording a batch did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Recorded {
    pub messages: usize,
    /// Originals that are to be marked at once: copies, and messages that
    /// lead to no mail.
    pub to_mark: usize,
    /// Mails that are to be sent.
    pub mails: usize,
    /// Mails of ours that were reported undelivered: replies that are closed,
    /// forwards that wait for a person.
    pub came_back: Vec<MailId>,
}

/// Where reading the mailbox stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// Which mailbox this is; a different one is read anew.
    pub identity: String,
    pub watermark: Watermark,
    /// Instant of the first run, or of the day that `first_run` names.
    pub floor: Timestamp,
    /// Messages up to this UID are taken only when not older than `floor`.
    pub floor_until: u32,
    /// How many lay there before the first run and were left alone.
    pub skipped: u64,
}

/// What the ledger knows that bears on a batch.
#[derive(Debug, Clone, Default)]
pub struct Lookup {
    pub known: HashSet<InquiryKey>,
    /// By canonical address.
    answers: HashMap<String, Vec<String>>,
    today: HashMap<String, u32>,
    /// By domain.
    hour: HashMap<String, u32>,
    service_hour: u32,
    /// Canonical addresses to which a reply came back for good.
    bounced: HashSet<String>,
}

impl Lookup {
    /// The history of an address, as `decide` wants it.
    pub fn history(&self, address: &Address) -> History {
        let canonical = address.canonical();
        History {
            recent_answers: self.answers.get(&canonical).cloned().unwrap_or_default(),
            address_today: self.today.get(&canonical).copied().unwrap_or(0),
            domain_hour: self.hour.get(address.domain()).copied().unwrap_or(0),
            service_hour: self.service_hour,
            bounced: self.bounced.contains(&canonical),
        }
    }

    /// History for a message that nobody can be answered about.
    pub fn anonymous(&self) -> History {
        History { service_hour: self.service_hour, ..History::default() }
    }

    /// Counts a reply that is decided and not yet recorded.
    pub fn add(&mut self, to: &Address, answer_key: &str) {
        let canonical = to.canonical();
        self.answers.entry(canonical.clone()).or_default().push(answer_key.to_owned());
        *self.today.entry(canonical).or_default() += 1;
        *self.hour.entry(to.domain().to_owned()).or_default() += 1;
        self.service_hour += 1;
    }

    /// Counts a reply that is held because the whole service sent too many: its
    /// address has it as good as in hand, the service has not sent it.
    pub fn add_held(&mut self, to: &Address, answer_key: &str) {
        self.add(to, answer_key);
        self.service_hour -= 1;
    }

    /// Replies of the whole service in the last hour.
    pub fn service_hour(&self) -> u32 {
        self.service_hour
    }
}

/// How a delivery ended, as it is recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Settlement {
    /// The relay's words.
    Sent {
        words: String,
        copy: bool,
    },
    /// Tried again at `next`.
    Deferred {
        cause: String,
        next: Timestamp,
    },
    Refused {
        cause: String,
    },
    /// A person decides.
    Held {
        reason: Reason,
        cause: String,
    },
    /// Perhaps delivered, and allowed to be delivered twice.
    Again {
        cause: String,
        next: Timestamp,
    },
}

/// A mail that is due.
#[derive(Debug, Clone)]
pub struct Due {
    pub id: MailId,
    pub attempts: u32,
    pub created: Timestamp,
    pub outgoing: Outgoing,
}

/// An original to be marked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unmarked {
    pub key: InquiryKey,
    pub origin: Origin,
    /// Word of `plan::Action`.
    pub action: String,
    pub replied: bool,
    pub forwarded: bool,
    pub review: bool,
}

/// What was found `active` at a start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct InDoubt {
    pub replies_held: usize,
    pub forwards_again: usize,
}

impl Ledger {
    /// Opens or makes the ledger of a daemon: takes the lock, checks the
    /// pages, brings the tables up to this version. Blocks.
    pub fn open(path: &Path, now: Timestamp) -> Result<Ledger, LedgerError> {
        let lock = Lock::acquire(path, now)?;
        let failed = |cause: String| LedgerError::Open { path: path.to_owned(), cause };
        create(path, false).map_err(|e| failed(e.to_string()))?;
        // Only the writer's thread uses this connection: it needs no mutex.
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags).map_err(|e| failed(e.to_string()))?;
        Ledger::start(connection, path, Some(lock))
    }

    /// A ledger that is forgotten with the process: `--dry-run` and tests.
    /// Starts from a copy of `from` where that exists.
    pub fn in_memory(from: Option<&Path>) -> Result<Ledger, LedgerError> {
        let mut connection = Connection::open_in_memory()?;
        if let Some(path) = from.filter(|p| p.exists()) {
            let open = |e: rusqlite::Error| LedgerError::Open { path: path.to_owned(), cause: e.to_string() };
            let original = open_to_read(path)?;
            let copy = rusqlite::backup::Backup::new(&original, &mut connection).map_err(open)?;
            copy.run_to_completion(1024, Duration::ZERO, None).map_err(open)?;
        }
        Ledger::start(connection, from.unwrap_or(Path::new(":memory:")), None)
    }

    fn start(mut connection: Connection, path: &Path, lock: Option<Lock>) -> Result<Ledger, LedgerError> {
        prepare(&mut connection, path)?;
        let writer = writer::Writer::start(connection)
            .map_err(|e| LedgerError::Open { path: path.to_owned(), cause: e.to_string() })?;
        Ok(Ledger { inner: Arc::new(Inner { writer, lock }) })
    }

    async fn call<R: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<R, LedgerError> + Send + 'static,
    ) -> Result<R, LedgerError> {
        self.inner.writer.call(false, work).await
    }

    /// Commits so far; each is one fsync.
    pub fn commits(&self) -> u64 {
        self.inner.writer.counts.commits.load(Ordering::Relaxed)
    }

    /// Calls answered so far.
    pub fn calls(&self) -> u64 {
        self.inner.writer.counts.calls.load(Ordering::Relaxed)
    }

    /// Says beside the ledger that it cannot be written, or that it can.
    pub fn note(&self, trouble: Option<&str>) {
        if let Some(lock) = &self.inner.lock {
            // Where even that cannot be written, the log has it.
            let _ = lock.note(trouble);
        }
    }

    /// Where reading stands; `None` before the first run.
    pub async fn progress(&self) -> Result<Option<Progress>, LedgerError> {
        self.call(store::progress).await
    }

    /// Records where reading starts (first run, changed UIDVALIDITY).
    pub async fn set_progress(&self, progress: Progress) -> Result<(), LedgerError> {
        self.call(move |c| store::set_progress(c, &progress)).await
    }

    /// What is known of these messages and of earlier replies to these
    /// addresses. Replies still on their way count; refused ones do not.
    pub async fn lookup(
        &self,
        keys: Vec<InquiryKey>,
        addresses: Vec<Address>,
        same_answer: Duration,
        now: Timestamp,
    ) -> Result<Lookup, LedgerError> {
        self.call(move |c| store::lookup(c, &keys, &addresses, same_answer, now)).await
    }

    /// Replies of the whole service in the hour before `now`, without those
    /// that the service-wide limit holds.
    pub async fn service_hour(&self, now: Timestamp) -> Result<u32, LedgerError> {
        self.call(move |c| store::service_hour(c, now)).await
    }

    /// Whether the service-wide limit held a reply in the hour before `now`
    /// that still waits.
    pub async fn holds_replies(&self, now: Timestamp) -> Result<bool, LedgerError> {
        self.call(move |c| store::holds_replies(c, now)).await
    }

    /// What is the matter with a component, as recorded last.
    pub async fn trouble(&self, component: &'static str) -> Result<Option<String>, LedgerError> {
        self.call(move |c| store::trouble(c, component)).await
    }

    /// Records a batch in one transaction. After it, rules no longer matter
    /// to these messages.
    pub async fn record(&self, batch: Arc<Batch>, now: Timestamp) -> Result<Recorded, LedgerError> {
        self.inner.writer.call(true, move |c| store::record(c, &batch, now)).await
    }

    /// Mails that are due, oldest first, without those in `except`: at most
    /// `count`, and no more octets than a few megabytes (but at least one).
    pub async fn due(&self, except: Vec<MailId>, count: usize, now: Timestamp) -> Result<Vec<Due>, LedgerError> {
        self.call(move |c| store::due(c, &except, count, now)).await
    }

    /// When the next deferred mail is due, for sleeping until then.
    pub async fn next_attempt(&self) -> Result<Option<Timestamp>, LedgerError> {
        self.call(store::next_attempt).await
    }

    /// Whether a mail is due or on its way.
    pub async fn is_busy(&self, now: Timestamp) -> Result<bool, LedgerError> {
        self.call(move |c| store::is_busy(c, now)).await
    }

    /// Commits "its octets may be on their way". False when somebody took the
    /// mail out of the queue meanwhile: then it must not be sent.
    pub async fn activate(&self, id: MailId) -> Result<bool, LedgerError> {
        self.call(move |c| store::activate(c, id)).await
    }

    /// The state of a mail; `None` when there is no such mail.
    pub async fn state(&self, id: MailId) -> Result<Option<State>, LedgerError> {
        self.call(move |c| store::state(c, id)).await
    }

    /// Records how a delivery ended. True when that settled its message.
    pub async fn settle(&self, id: MailId, end: Settlement, now: Timestamp) -> Result<bool, LedgerError> {
        self.call(move |c| store::settle(c, id, &end, now)).await
    }

    /// At a start: what was `active` is in doubt.
    pub async fn recover(&self, now: Timestamp) -> Result<InDoubt, LedgerError> {
        self.call(move |c| store::recover(c, now)).await
    }

    /// Replies that are held in doubt since less than a day, with their
    /// Message-IDs: a copy in Sent may prove that they were sent.
    pub async fn doubts(&self, now: Timestamp) -> Result<Vec<(MailId, String)>, LedgerError> {
        self.call(move |c| store::doubts(c, now)).await
    }

    /// Records that a reply in doubt was sent after all. False when it is not
    /// in doubt any more.
    pub async fn proved(&self, id: MailId, now: Timestamp) -> Result<bool, LedgerError> {
        self.call(move |c| store::proved(c, id, now)).await
    }

    /// Originals whose message is settled and that are not marked yet.
    pub async fn unmarked(&self, count: usize) -> Result<Vec<Unmarked>, LedgerError> {
        self.call(move |c| store::unmarked(c, count)).await
    }

    /// Records that originals are marked.
    pub async fn marked(&self, origins: Vec<Origin>) -> Result<(), LedgerError> {
        self.call(move |c| store::marked(c, &origins)).await
    }

    /// Sent mails whose copy is still to be filed, with their octets.
    pub async fn copies(&self, count: usize) -> Result<Vec<(MailId, Vec<u8>)>, LedgerError> {
        self.call(move |c| store::copies(c, count)).await
    }

    /// Records that a copy is filed; its octets are deleted.
    pub async fn copied(&self, id: MailId) -> Result<(), LedgerError> {
        self.call(move |c| store::copied(c, id)).await
    }

    /// Records how a component is doing: `None` is fine, else one line.
    pub async fn health(
        &self,
        component: &'static str,
        trouble: Option<String>,
        now: Timestamp,
    ) -> Result<(), LedgerError> {
        self.call(move |c| store::health(c, component, trouble.as_deref(), now)).await
    }

    /// Records a start.
    pub async fn started(&self, once: bool, revision: String, now: Timestamp) -> Result<(), LedgerError> {
        self.call(move |c| store::started(c, once, &revision, now)).await
    }

    /// Records an orderly end of the run that began last.
    pub async fn ended(&self, now: Timestamp) -> Result<(), LedgerError> {
        self.call(move |c| store::ended(c, now)).await
    }

    /// Records that a revision of the rules decides from now on, and its files
    /// as they are. To be called before it decides anything. False when it
    /// was the one already.
    pub async fn keep_rules(
        &self,
        revision: String,
        files: Vec<RuleFile>,
        now: Timestamp,
    ) -> Result<bool, LedgerError> {
        self.call(move |c| revision::keep(c, &revision, &files, now)).await
    }

    /// Bounds the size of the ledger in octets, as a full disk would; `None`
    /// lifts it.
    pub async fn limit_size(&self, octets: Option<u64>) -> Result<(), LedgerError> {
        self.call(move |c| store::limit_size(c, octets)).await
    }

    /// The salt of the address hashes in logs; the same for the ledger's life.
    pub async fn salt(&self) -> Result<String, LedgerError> {
        self.call(store::salt).await
    }

    /// The report that `status` and `queue list` print.
    pub async fn report(&self) -> Result<Report, LedgerError> {
        self.call(report::report).await
    }
}

/// Makes a file that only its owner reads: it will hold people's addresses and
/// mails. SQLite's log files take over its permissions.
fn create(path: &Path, new: bool) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.read(true).write(true);
    match new {
        true => options.create_new(true),
        false => options.create(true).truncate(false),
    };
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop)
}

/// A ledger opened beside a daemon, to look at.
pub struct Reader {
    connection: Connection,
    path: PathBuf,
}

impl Reader {
    /// Opens an existing ledger for reading.
    pub fn open(path: &Path) -> Result<Reader, LedgerError> {
        let connection = open_to_read(path)?;
        check_ours(&connection, path)?;
        Ok(Reader { connection, path: path.to_owned() })
    }

    /// What `status` and `queue list` print.
    pub fn report(&self) -> Result<Report, LedgerError> {
        report::report(&self.connection)
    }

    /// Which revisions of the rules decided when, oldest first.
    pub fn rules_log(&self) -> Result<Vec<InForce>, LedgerError> {
        check_current(&self.connection, &self.path)?;
        revision::log(&self.connection)
    }

    /// The revisions that begin so: none, the one that is meant, or several.
    pub fn revisions(&self, prefix: &str) -> Result<Vec<String>, LedgerError> {
        check_current(&self.connection, &self.path)?;
        revision::starting(&self.connection, prefix)
    }

    /// The files of a revision, by name.
    pub fn rule_files(&self, revision: &str) -> Result<Vec<RuleFile>, LedgerError> {
        check_current(&self.connection, &self.path)?;
        revision::files(&self.connection, revision)
    }

    /// All that is known of the messages (one, but for chance) whose key
    /// starts so.
    pub fn show(&self, prefix: [u8; 5]) -> Result<Vec<Dossier>, LedgerError> {
        check_current(&self.connection, &self.path)?;
        person::show(&self.connection, prefix)
    }

    /// Writes a copy of the ledger as it is at this moment into one new file,
    /// beside a daemon that goes on writing; checks every page and index of
    /// the copy before it gets its name. Restoring is putting it in the
    /// ledger's place while no daemon runs.
    pub fn backup(&self, to: &Path) -> Result<(), LedgerError> {
        let failed = |cause: String| LedgerError::Backup { path: to.to_owned(), cause };
        let there = || failed("there is a file of this name already".to_owned());
        if to.exists() {
            return Err(there());
        }
        let mut name = to.as_os_str().to_owned();
        name.push(".partial");
        let partial = PathBuf::from(name);
        let written = create(&partial, true).map_err(|e| e.to_string()).and_then(|()| self.copy(&partial));
        // A hard link, unlike a rename, never takes the place of another file.
        let named = written.and_then(|()| std::fs::hard_link(&partial, to).map_err(|e| e.to_string()));
        let _ = std::fs::remove_file(&partial);
        named.map_err(failed)?;
        let folder = to.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
        std::fs::File::open(folder).and_then(|f| f.sync_all()).map_err(|e| failed(e.to_string()))
    }

    fn copy(&self, to: &Path) -> Result<(), String> {
        let mut copy = Connection::open_with_flags(to, OpenFlags::SQLITE_OPEN_READ_WRITE).map_err(|e| e.to_string())?;
        {
            let backup = rusqlite::backup::Backup::new(&self.connection, &mut copy).map_err(|e| e.to_string())?;
            // All pages in one step: in several, a daemon that writes would
            // have it begin again and again.
            backup.run_to_completion(i32::MAX, Duration::ZERO, None).map_err(|e| e.to_string())?;
        }
        // One file, without a log beside it.
        copy.query_row("PRAGMA journal_mode = DELETE", [], |_| Ok(())).map_err(|e| e.to_string())?;
        let found: String =
            copy.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0)).map_err(|e| e.to_string())?;
        if found != "ok" {
            return Err(format!("the copy is damaged: {found}"));
        }
        drop(copy);
        std::fs::File::open(to).and_then(|f| f.sync_all()).map_err(|e| e.to_string())
    }

    /// The octets of a mail, as they would be sent; `None` when they are not
    /// kept.
    pub fn octets(&self, id: MailId) -> Result<Option<Vec<u8>>, LedgerError> {
        person::octets(&self.connection, id)
    }
}

/// A ledger opened beside a daemon, for what people do in the queue.
pub struct Editor {
    connection: Connection,
}

impl Editor {
    /// Opens an existing ledger of this version.
    pub fn open(path: &Path) -> Result<Editor, LedgerError> {
        let open = |e: rusqlite::Error| LedgerError::Open { path: path.to_owned(), cause: e.to_string() };
        let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE).map_err(open)?;
        connection.busy_timeout(BUSY).map_err(open)?;
        check_ours(&connection, path)?;
        check_current(&connection, path)?;
        settings(&connection).map_err(open)?;
        Ok(Editor { connection })
    }

    /// Does what a person wants with `only` one mail of a message, or with all
    /// that waits of it, and records who did it; or says why not.
    pub fn act(
        &mut self,
        prefix: [u8; 5],
        only: Option<Kind>,
        wish: Wish,
        who: &str,
        now: Timestamp,
    ) -> Result<Result<Vec<Acted>, Denied>, LedgerError> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let acted = person::act(&transaction, prefix, only, wish, who, now)?;
        transaction.commit()?;
        Ok(acted)
    }
}

/// A connection that writes nothing. It needs write access to the folder
/// where a daemon died without tidying its log away, hence the two tries.
fn open_to_read(path: &Path) -> Result<Connection, LedgerError> {
    let failed = |e: rusqlite::Error| LedgerError::Open { path: path.to_owned(), cause: e.to_string() };
    let readable = |connection: Connection| {
        connection.busy_timeout(BUSY)?;
        connection.execute_batch("PRAGMA query_only = ON")?;
        connection.query_row("SELECT count(*) FROM sqlite_master", [], |row| row.get::<_, i64>(0))?;
        Ok(connection)
    };
    Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE)
        .and_then(readable)
        .or_else(|_| Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY).and_then(readable))
        .map_err(failed)
}

/// Refuses files of other programs and of later versions.
fn check_ours(connection: &Connection, path: &Path) -> Result<(), LedgerError> {
    let pragma = |name: &str| connection.query_row(&format!("PRAGMA {name}"), [], |row| row.get::<_, i32>(0));
    let foreign = |e: rusqlite::Error| LedgerError::Foreign { path: path.to_owned(), cause: e.to_string() };
    if pragma("application_id").map_err(foreign)? != APPLICATION {
        let cause = "it is the database of another program".to_owned();
        return Err(LedgerError::Foreign { path: path.to_owned(), cause });
    }
    match migrations().current_version(connection) {
        Ok(rusqlite_migration::SchemaVersion::Outside(_)) => Err(LedgerError::TooNew { path: path.to_owned() }),
        _ => Ok(()),
    }
}

/// Refuses files that an older version wrote.
fn check_current(connection: &Connection, path: &Path) -> Result<(), LedgerError> {
    let pending = migrations().pending_migrations(connection);
    match pending.map_err(|e| LedgerError::Open { path: path.to_owned(), cause: e.to_string() })? {
        0 => Ok(()),
        _ => Err(LedgerError::TooOld { path: path.to_owned() }),
    }
}

/// FULL: a commit that was answered survives loss of power (SQLite: "WAL mode
/// with synchronous=NORMAL does lose durability"). secure_delete: what is
/// deleted here is somebody's mail. A longer log between two checkpoints: a page
/// that is written again and again goes into the file once.
fn settings(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;
         PRAGMA secure_delete = ON; PRAGMA journal_size_limit = 67108864;
         PRAGMA wal_autocheckpoint = 4000; PRAGMA cache_size = -4096;",
    )
}

fn prepare(connection: &mut Connection, path: &Path) -> Result<(), LedgerError> {
    let open = |e: rusqlite::Error| match e.sqlite_error_code() {
        Some(rusqlite::ErrorCode::NotADatabase) => LedgerError::Foreign { path: path.to_owned(), cause: e.to_string() },
        Some(rusqlite::ErrorCode::DatabaseCorrupt) => {
            LedgerError::Damaged { path: path.to_owned(), cause: e.to_string() }
        }
        _ => LedgerError::Open { path: path.to_owned(), cause: e.to_string() },
    };
    connection.busy_timeout(BUSY).map_err(open)?;
    connection.set_prepared_statement_cache_capacity(64);
    let empty: bool =
        connection.query_row("SELECT count(*) = 0 FROM sqlite_master", [], |row| row.get(0)).map_err(open)?;
    if empty {
        connection.execute_batch(&format!("PRAGMA application_id = {APPLICATION}")).map_err(open)?;
    }
    check_ours(connection, path)?;
    settings(connection).map_err(open)?;
    let found: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0)).map_err(open)?;
    if found != "ok" {
        return Err(LedgerError::Damaged { path: path.to_owned(), cause: found });
    }
    migrations().to_latest(connection).map_err(|e| match e {
        rusqlite_migration::Error::MigrationDefinition(
            rusqlite_migration::MigrationDefinitionError::DatabaseTooFarAhead,
        ) => LedgerError::TooNew { path: path.to_owned() },
        other => LedgerError::Open { path: path.to_owned(), cause: other.to_string() },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use rusqlite::types::Value;

    #[test]
    fn a_commit_that_was_answered_survives_loss_of_power() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.db");
        let mut connection = Connection::open(&path).unwrap();
        prepare(&mut connection, &path).unwrap();
        let pragma =
            |name: &str| connection.query_row(&format!("PRAGMA {name}"), [], |row| row.get::<_, Value>(0)).unwrap();
        assert_eq!(pragma("journal_mode"), Value::Text("wal".to_owned()));
        // 2 is FULL: the log is synchronised at each commit.
        assert_eq!(pragma("synchronous"), Value::Integer(2));
        assert_eq!((pragma("secure_delete"), pragma("foreign_keys")), (Value::Integer(1), Value::Integer(1)));
    }
}
