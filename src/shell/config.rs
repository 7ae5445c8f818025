//! madoguchi.toml → [`Config`]: all errors at once, with `file:line:col`.
//! Secrets stay in their files, variables or credentials until asked for and
//! never reach a log. Opens nothing else.

use secrecy::SecretString;
use std::path::PathBuf;
use std::time::Duration;

/// `mailbox.url`.
#[derive(Debug, Clone)]
pub enum MailboxUrl {
    /// `imap://` and `imaps://`, with the folder as UTF-8.
    Imap { server: Server, folder: String },
    /// `maildir:PATH`.
    Maildir(PathBuf),
}

/// `outbound.url`.
#[derive(Debug, Clone)]
pub enum OutboundUrl {
    /// `smtp://` and `smtps://`.
    Smtp(Server),
    /// `sendmail:` or `sendmail:/path/to/sendmail`.
    Sendmail(PathBuf),
    /// `maildir:PATH`: each mail becomes a file; for the demo and tests.
    Maildir(PathBuf),
}

/// A server to log in to.
#[derive(Debug, Clone)]
pub struct Server {
    pub host: String,
    pub port: u16,
    pub security: Security,
    pub user: Option<String>,
    pub password: Option<SecretString>,
    /// PEM file with certificates to trust instead of the system's.
    pub ca: Option<PathBuf>,
}

/// How the connection is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Security {
    /// TLS from the first octet (`imaps`, `smtps`).
    Tls,
    /// STARTTLS, required.
    StartTls,
    /// Loopback only: STARTTLS where the server offers it, else plain.
    Opportunistic,
}

/// `mailbox.first_run`: which mail of before the first run is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FirstRun {
    /// IMAP: from UIDNEXT on. Maildir: `new/` only.
    New,
    All,
    /// From this day (Japan time) on, by internal date.
    Since(jiff::civil::Date),
}

/// `[filing]`: folders that staff see; unset = none.
#[derive(Debug, Clone, Default)]
pub struct Filing {
    /// Where we put a copy of what we sent.
    pub sent: Option<String>,
    pub answered: Option<String>,
    pub review: Option<String>,
    pub automatic: Option<String>,
    /// `sent_by = "server"`: the provider files Sent itself.
    pub sent_by_server: bool,
}

/// `[mailbox]`.
#[derive(Debug, Clone)]
pub struct Mailbox {
    pub url: MailboxUrl,
    pub first_run: FirstRun,
    pub poll: Duration,
}
