//! Where messages come from: an IMAP mailbox or a Maildir. Owns fetching,
//! waiting and marking; never parses a message and never sends one.

pub mod imap;
pub mod maildir;
pub mod mutf7;
mod session;

use super::config::{Mailbox, MailboxUrl};
use futures_util::future::BoxFuture;
use std::time::Duration;

/// Where a message lies.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Origin {
    /// Folder name (IMAP, UTF-8) or `new`/`cur` directory's Maildir path as configured.
    pub mailbox: String,
    /// UIDVALIDITY (RFC 9051 section 2.3.1.1); 0 for Maildir.
    pub uid_validity: u32,
    /// UID in decimal, or the Maildir unique name (without `:2,` flags).
    pub id: String,
}

/// A message as fetched.
#[derive(Debug, Clone)]
pub struct Arrival {
    pub origin: Origin,
    /// The message; only its header section when `size` is over
    /// [`MESSAGE_MAX`]; empty when the server lists the message and does not
    /// give it out.
    pub raw: Vec<u8>,
    /// Octets of the whole message on the server.
    pub size: u64,
    /// INTERNALDATE, or the file's modification time.
    pub internal_date: jiff::Timestamp,
    /// Marked as answered or forwarded when it was listed: by us, or by a
    /// person.
    pub handled: bool,
}

/// Largest message that is fetched whole, in octets; of a larger one only the header section.
pub const MESSAGE_MAX: u64 = 50 * 1024 * 1024;

/// Messages and octets of one batch. A batch holds at least one message.
pub const BATCH_MESSAGES: usize = 256;
pub const BATCH_OCTETS: u64 = 16 * 1024 * 1024;

/// How far a mailbox has been read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Watermark {
    pub uid_validity: u32,
    /// Highest UID read. For a Maildir 0, or 1 once a first run that takes
    /// `cur/` too has read all of it, so that later starts need not.
    pub uid: u32,
}

/// What opening a mailbox told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Opened {
    pub uid_validity: u32,
    /// UIDNEXT (IMAP).
    pub uid_next: u32,
    /// Messages in the mailbox.
    pub exists: u32,
}

/// What a handled original is marked with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    pub origin: Origin,
    /// `\Answered`.
    pub answered: bool,
    /// `$Forwarded`.
    pub forwarded: bool,
    /// `$MadoguchiReview`: a person should look.
    pub review: bool,
    /// Folder to MOVE it into.
    pub folder: Option<String>,
}

/// Reads a mailbox. A call that was dropped half-way leaves the mailbox fit for
/// the next call of any kind: a connection caught in the middle of a command
/// is opened anew by itself.
pub trait Source: Send {
    /// (Re)connects and selects the mailbox. Called first and after any error.
    fn open(&mut self) -> BoxFuture<'_, Result<Opened, SourceError>>;

    /// Messages above the watermark in ascending order, at most one batch;
    /// empty when there is nothing (more). With `since`, only those of that
    /// internal date or later. A Maildir has no UIDs: it gives each file out
    /// once until [`Source::open`] is called again.
    fn fetch(
        &mut self,
        after: Watermark,
        since: Option<jiff::Timestamp>,
    ) -> BoxFuture<'_, Result<Vec<Arrival>, SourceError>>;

    /// Returns when something may have arrived, at the latest after `at_most`.
    /// May return early; a [`Source::fetch`] tells.
    fn wait(&mut self, at_most: Duration) -> BoxFuture<'_, Result<(), SourceError>>;

    /// Marks and moves originals, in sets. Originals that are gone, or were of
    /// another UIDVALIDITY, are no error. Where a server does not keep
    /// `$MadoguchiReview`, `\Flagged` stands for it.
    fn mark<'a>(&'a mut self, marks: &'a [Mark]) -> BoxFuture<'a, Result<(), SourceError>>;

    /// Whether a folder holds a mail with this Message-ID (without brackets).
    /// Looks only: the selected mailbox and all marks stay as they are.
    fn holds<'a>(&'a mut self, folder: &'a str, message_id: &'a str) -> BoxFuture<'a, Result<bool, SourceError>>;

    /// Puts a copy of a sent mail into a folder.
    fn append<'a>(&'a mut self, folder: &'a str, message: &'a [u8]) -> BoxFuture<'a, Result<(), SourceError>>;
}

/// The source behind a `[mailbox]`. Opens nothing yet.
pub fn connect(mailbox: &Mailbox) -> Box<dyn Source> {
    match &mailbox.url {
        MailboxUrl::Imap { server, folder } => Box::new(imap::Imap::new(server.clone(), folder)),
        MailboxUrl::Maildir(path) => Box::new(maildir::Maildir::new(path.clone(), mailbox.first_run)),
    }
}

/// Why a mailbox cannot be read now. `Display` is one clear line for the log
/// and `status`, without secrets.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    #[error("cannot connect to {server}: {cause}")]
    Connect { server: String, cause: String },
    #[error("certificate of {server} is not trusted: {cause}")]
    Certificate { server: String, cause: String },
    #[error("{server} refused the login of {user}: {cause}")]
    Login { server: String, user: String, cause: String },
    #[error("mailbox `{mailbox}` cannot be opened: {cause}")]
    Mailbox { mailbox: String, cause: String },
    #[error("{server} did not answer {command} within {seconds} s")]
    Timeout { server: String, command: &'static str, seconds: u64 },
    #[error("{server} answered {command} with: {cause}")]
    Command { server: String, command: &'static str, cause: String },
    #[error("connection to {server} was lost: {cause}")]
    Lost { server: String, cause: String },
    #[error("{path}: {cause}")]
    File { path: String, cause: String },
}
