//! One IMAP connection from greeting to loss: login, commands whose tagged
//! status is always looked at, IDLE. Built on async-imap's connection and
//! imap-proto's grammar; async-imap's own commands are not used, for most of
//! them take a refusal or a closed connection for "no messages". Every await
//! has a deadline. Knows nothing of watermarks, batches or folders' meaning.

use super::SourceError;
use crate::shell::config::{Security, Server};
use crate::shell::net::{self, DialError, Stream};
use async_imap::error::Error as ImapError;
use async_imap::types::UnsolicitedResponse;
use imap_proto::{Capability, MailboxDatum, RequestId, Response, ResponseCode, Status};
use secrecy::ExposeSecret;
use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::time::{Instant, timeout, timeout_at};

/// How long a server may take.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// For the TCP connection and for the TLS handshake, each.
    pub connect: Duration,
    /// Without an octet from the server while an answer is due.
    pub command: Duration,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { connect: Duration::from_secs(30), command: Duration::from_secs(60) }
    }
}

/// A server that goes on trickling octets is still given up after this many deadlines.
const SLOWEST: u32 = 30;

/// RFC 2177: a server may log out who idles for 30 minutes.
const IDLE_MAX: Duration = Duration::from_secs(28 * 60);

/// Longest text of a server that is kept, in characters.
const WORDS_MAX: usize = 300;

/// How a command ended.
#[derive(Debug)]
pub(super) struct Answer {
    pub status: Status,
    /// `[TRYCREATE]`, or what means the same (RFC 5530 `[NONEXISTENT]`).
    pub missing_folder: bool,
    pub text: String,
}

/// A logged-in connection.
pub(super) struct Session {
    wire: async_imap::Session<Stream>,
    server: String,
    limits: Limits,
    received: Arc<AtomicU64>,
    capabilities: HashSet<String>,
    /// A command was sent and its end not seen: set for good when a call is
    /// dropped half-way.
    busy: bool,
    idle: Option<Idle>,
    /// IDLE was refused although offered.
    no_idle: bool,
    /// What untagged responses told of the selected mailbox.
    pub selected: Selected,
}

struct Idle {
    tag: RequestId,
    since: Instant,
}

/// What the server tells of the selected mailbox, kept up to date.
#[derive(Debug, Default)]
pub(super) struct Selected {
    pub exists: u32,
    /// More messages than at the last fetch.
    pub news: bool,
    pub uid_validity: Option<u32>,
    pub uid_next: Option<u32>,
    /// PERMANENTFLAGS; `None` when not told: all flags may be set (RFC 3501 section 7.1).
    pub permanent_flags: Option<Vec<String>>,
    pub read_only: bool,
}

impl Selected {
    fn note(&mut self, response: &Response<'_>) {
        match response {
            Response::MailboxData(MailboxDatum::Exists(count)) => {
                self.news |= *count > self.exists;
                self.exists = *count;
            }
            Response::Expunge(_) => self.exists = self.exists.saturating_sub(1),
            Response::Data { outcome, .. } => match &outcome.code {
                Some(ResponseCode::UidValidity(value)) => self.uid_validity = Some(*value),
                Some(ResponseCode::UidNext(value)) => self.uid_next = Some(*value),
                Some(ResponseCode::PermanentFlags(flags)) => {
                    self.permanent_flags = Some(flags.iter().map(|flag| flag.to_string()).collect());
                }
                _ => {}
            },
            Response::Done { outcome, .. } => {
                self.read_only |= outcome.code == Some(ResponseCode::ReadOnly);
            }
            _ => {}
        }
    }

    /// True when the server will keep this flag or keyword.
    pub fn keeps(&self, flag: &str) -> bool {
        self.permanent_flags.as_ref().is_none_or(|flags| {
            flags.iter().any(|kept| kept.eq_ignore_ascii_case(flag) || (kept == "\\*" && !flag.starts_with('\\')))
        })
    }
}

impl Session {
    /// Connects, starts TLS where wanted, logs in.
    pub async fn open(server: &Server, limits: Limits) -> Result<Session, SourceError> {
        let named = net::name(server);
        let stream = net::dial(server, limits.connect).await.map_err(|error| dial_error(&named, error))?;
        let loopback = stream.is_loopback();
        let encrypted = server.security == Security::Tls;
        let mut hello = Hello { client: async_imap::Client::new(stream), server: named, limits };
        let mut capabilities = hello.greeting().await?;
        if !encrypted {
            if capabilities.is_empty() {
                capabilities = hello.capabilities().await?;
            }
            if capabilities.contains("STARTTLS") {
                hello = hello.start_tls(server).await?;
                // What was said in the clear anyone may have said (RFC 9051 section 6.2.1).
                capabilities = HashSet::new();
            } else if server.security != Security::Opportunistic || !loopback {
                let cause = "it does not offer STARTTLS, and a login in the clear is not for us".to_owned();
                return Err(SourceError::Connect { server: hello.server, cause });
            }
        }
        if capabilities.is_empty() {
            capabilities = hello.capabilities().await?;
        }
        let mut session = hello.login(server, &capabilities).await?;
        session.learn_capabilities().await?;
        Ok(session)
    }

    /// True when the server names this capability, given in upper case.
    pub fn can(&self, capability: &str) -> bool {
        self.capabilities.contains(capability)
    }

    /// True when a call was dropped in the middle of a command: what the
    /// server says next cannot be told apart any more.
    pub fn is_stuck(&self) -> bool {
        self.busy
    }

    async fn learn_capabilities(&mut self) -> Result<(), SourceError> {
        let mut names = HashSet::new();
        self.expect_ok("CAPABILITY", "CAPABILITY", |response| {
            if let Response::Capabilities(list) = response {
                names.extend(list.iter().map(capability_name));
            }
        })
        .await?;
        self.capabilities = names;
        Ok(())
    }

    /// Runs a command; NO and BAD are errors.
    pub async fn expect_ok(
        &mut self,
        name: &'static str,
        line: &str,
        on: impl FnMut(&Response<'_>),
    ) -> Result<(), SourceError> {
        let answer = self.command(name, line, on).await?;
        match answer.status {
            Status::Ok => Ok(()),
            _ => Err(self.refused(name, &answer)),
        }
    }

    /// The error for a command that was answered NO or BAD.
    pub fn refused(&self, name: &'static str, answer: &Answer) -> SourceError {
        SourceError::Command { server: self.server.clone(), command: name, cause: answer.text.clone() }
    }

    /// Runs a command to its tagged end, whatever that says; `on` sees every
    /// untagged response. `name` is for messages: a line may hold a secret.
    pub async fn command(
        &mut self,
        name: &'static str,
        line: &str,
        on: impl FnMut(&Response<'_>),
    ) -> Result<Answer, SourceError> {
        self.end_idle().await?;
        let tag = self.send(name, line).await?;
        self.finish(name, &tag, on).await
    }

    /// Runs a command that ends in a literal (RFC 9051 section 4.3).
    pub async fn command_with_literal(
        &mut self,
        name: &'static str,
        line: &str,
        literal: &[u8],
    ) -> Result<Answer, SourceError> {
        self.end_idle().await?;
        let tag = self.send(name, &format!("{line} {{{}}}", literal.len())).await?;
        let ready = |response: &Response<'_>| match response {
            Response::Continue(_) => Some(None),
            other => answer_to(other, &tag).map(Some),
        };
        if let Some(answer) = self.until(name, ready).await? {
            self.busy = false;
            return Ok(answer);
        }
        let at_most = self.limits.command * SLOWEST;
        let written = timeout(at_most, async {
            let stream = self.wire.get_mut();
            stream.write_all(literal).await?;
            stream.write_all(b"\r\n").await?;
            stream.flush().await
        });
        match written.await {
            Ok(Ok(())) => self.finish(name, &tag, |_| {}).await,
            Ok(Err(error)) => Err(self.lost(&error.to_string())),
            Err(_) => Err(self.late(name, at_most)),
        }
    }

    async fn send(&mut self, name: &'static str, line: &str) -> Result<RequestId, SourceError> {
        if self.busy {
            return Err(self.lost("a command was left half-way"));
        }
        self.busy = true;
        match timeout(self.limits.command, self.wire.run_command(line)).await {
            Ok(Ok(tag)) => Ok(tag),
            Ok(Err(error)) => Err(self.lost(&error.to_string())),
            Err(_) => Err(self.late(name, self.limits.command)),
        }
    }

    async fn finish(
        &mut self,
        name: &'static str,
        tag: &RequestId,
        mut on: impl FnMut(&Response<'_>),
    ) -> Result<Answer, SourceError> {
        let answer = self
            .until(name, |response| {
                let end = answer_to(response, tag);
                if end.is_none() {
                    on(response);
                }
                end
            })
            .await?;
        self.busy = false;
        Ok(answer)
    }

    /// Reads responses until `found` has what it looks for.
    async fn until<T>(
        &mut self,
        name: &'static str,
        mut found: impl FnMut(&Response<'_>) -> Option<T>,
    ) -> Result<T, SourceError> {
        let began = Instant::now();
        loop {
            let before = self.received.load(Ordering::Relaxed);
            let Ok(read) = timeout(self.limits.command, self.read(&mut found)).await else {
                // Slow is not silent: a big literal may take many deadlines.
                let moved = self.received.load(Ordering::Relaxed) > before;
                if moved && began.elapsed() < self.limits.command * SLOWEST {
                    continue;
                }
                return Err(self.late(name, began.elapsed()));
            };
            if let Some(value) = read? {
                return Ok(value);
            }
        }
    }

    /// Reads one response. May be dropped at any time: nothing is lost then.
    async fn read<T>(&mut self, found: impl FnOnce(&Response<'_>) -> Option<T>) -> Result<Option<T>, SourceError> {
        let response = match self.wire.read_response().await {
            Ok(Some(response)) => response,
            Ok(None) => return Err(self.lost("closed by the server")),
            Err(error) => return Err(self.lost(&io_words(&error))),
        };
        self.selected.note(response.parsed());
        if let Response::Data { status: Status::Bye, outcome } = response.parsed() {
            let text = outcome.information.as_deref().unwrap_or_default();
            return Err(self.lost(&format!("BYE {text}")));
        }
        Ok(found(response.parsed()))
    }

    /// Waits in IDLE (RFC 2177) until there is news or the time is over; false
    /// when the server has no IDLE. May be dropped while waiting: the next
    /// command, or the next wait, goes on from there.
    pub async fn idle(&mut self, at_most: Duration) -> Result<bool, SourceError> {
        let until = Instant::now() + at_most;
        if self.idle.is_none() {
            if self.no_idle || !self.can("IDLE") {
                return Ok(false);
            }
            let tag = self.send("IDLE", "IDLE").await?;
            let ready = |response: &Response<'_>| match response {
                Response::Continue(_) => Some(None),
                other => answer_to(other, &tag).map(Some),
            };
            let refused = self.until("IDLE", ready).await?;
            self.busy = false;
            if refused.is_some() {
                self.no_idle = true;
                return Ok(false);
            }
            self.idle = Some(Idle { tag, since: Instant::now() });
        }
        let until = self.idle.as_ref().map_or(until, |idle| until.min(idle.since + IDLE_MAX));
        while !self.selected.news {
            let ended = |response: &Response<'_>| matches!(response, Response::Done { .. }).then_some(());
            match timeout_at(until, self.read(ended)).await {
                Ok(Ok(None)) => {}
                // The server ended IDLE by itself.
                Ok(Ok(Some(()))) => {
                    self.idle = None;
                    return Ok(true);
                }
                Ok(Err(error)) => return Err(error),
                Err(_) => break,
            }
        }
        self.end_idle().await?;
        Ok(true)
    }

    /// Ends IDLE. Its tagged answer proves that the server is still there.
    async fn end_idle(&mut self) -> Result<(), SourceError> {
        let Some(idle) = self.idle.take() else { return Ok(()) };
        self.busy = true;
        match timeout(self.limits.command, self.wire.run_command_untagged("DONE")).await {
            Ok(Ok(())) => self.finish("DONE", &idle.tag, |_| {}).await.map(drop),
            Ok(Err(error)) => Err(self.lost(&error.to_string())),
            Err(_) => Err(self.late("DONE", self.limits.command)),
        }
    }

    fn lost(&mut self, cause: &str) -> SourceError {
        self.busy = true;
        SourceError::Lost { server: self.server.clone(), cause: words(cause) }
    }

    fn late(&mut self, name: &'static str, after: Duration) -> SourceError {
        self.busy = true;
        SourceError::Timeout { server: self.server.clone(), command: name, seconds: after.as_secs() }
    }
}

fn answer_to(response: &Response<'_>, tag: &RequestId) -> Option<Answer> {
    let Response::Done { tag: theirs, status, outcome } = response else { return None };
    if theirs != tag {
        return None;
    }
    let text = words(outcome.information.as_deref().unwrap_or_default());
    let missing_folder = outcome.code == Some(ResponseCode::TryCreate) || text.contains("[NONEXISTENT]");
    let status = match status {
        Status::Ok => Status::Ok,
        Status::Bad => Status::Bad,
        _ => Status::No,
    };
    Some(Answer { status, missing_folder, text })
}

/// A connection before login.
struct Hello {
    client: async_imap::Client<Stream>,
    server: String,
    limits: Limits,
}

impl Hello {
    /// The server's greeting; its capabilities when it names them.
    async fn greeting(&mut self) -> Result<HashSet<String>, SourceError> {
        let fail = |cause: String| SourceError::Connect { server: self.server.clone(), cause };
        let response = match timeout(self.limits.command, self.client.read_response()).await {
            Ok(Ok(Some(response))) => response,
            Ok(Ok(None)) => return Err(fail("closed before the greeting".to_owned())),
            Ok(Err(error)) => return Err(fail(io_words(&error))),
            Err(_) => return Err(self.late("greeting")),
        };
        match response.parsed() {
            Response::Data { status: Status::Ok, outcome } => Ok(match &outcome.code {
                Some(ResponseCode::Capabilities(list)) => list.iter().map(capability_name).collect(),
                _ => HashSet::new(),
            }),
            Response::Data { status: Status::PreAuth, .. } => {
                Err(fail("it greets as logged in already (PREAUTH), so TLS cannot be started".to_owned()))
            }
            Response::Data { outcome, .. } => {
                Err(fail(format!("it refuses: {}", words(outcome.information.as_deref().unwrap_or_default()))))
            }
            _ => Err(fail("its greeting is not IMAP".to_owned())),
        }
    }

    async fn capabilities(&mut self) -> Result<HashSet<String>, SourceError> {
        let (sender, receiver) = async_channel::bounded(100);
        self.run("CAPABILITY", Some(sender)).await?;
        let mut names = HashSet::new();
        while let Ok(response) = receiver.try_recv() {
            if let UnsolicitedResponse::Other(response) = response
                && let Response::Capabilities(list) = response.parsed()
            {
                names.extend(list.iter().map(capability_name));
            }
        }
        Ok(names)
    }

    async fn run(
        &mut self,
        command: &'static str,
        untagged: Option<async_channel::Sender<UnsolicitedResponse>>,
    ) -> Result<(), SourceError> {
        match timeout(self.limits.command, self.client.run_command_and_check_ok(command, untagged)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(ImapError::No(text) | ImapError::Bad(text))) => {
                Err(SourceError::Command { server: self.server.clone(), command, cause: refusal(&text) })
            }
            Ok(Err(error)) => Err(SourceError::Lost { server: self.server.clone(), cause: imap_words(&error) }),
            Err(_) => Err(self.late(command)),
        }
    }

    async fn start_tls(mut self, server: &Server) -> Result<Hello, SourceError> {
        self.run("STARTTLS", None).await?;
        let stream = self.client.into_inner().start_tls(server, self.limits.connect).await;
        let stream = stream.map_err(|error| dial_error(&self.server, error))?;
        Ok(Hello { client: async_imap::Client::new(stream), ..self })
    }

    async fn login(self, server: &Server, capabilities: &HashSet<String>) -> Result<Session, SourceError> {
        let (named, limits) = (self.server.clone(), self.limits);
        let user = server.user.clone().unwrap_or_default();
        let fail = |cause: String| SourceError::Login { server: named.clone(), user: masked(&user), cause };
        let (Some(_), Some(password)) = (&server.user, &server.password) else {
            return Err(fail("user or password is not configured".to_owned()));
        };
        let password = password.expose_secret();
        let received = self.client.get_ref().received();
        // A quoted string holds ASCII only.
        let quotable = [user.as_str(), password].iter().all(|s| s.bytes().all(|b| (b' '..=b'~').contains(&b)));
        let login = async {
            if quotable && !capabilities.contains("LOGINDISABLED") {
                self.client.login(&user, password).await
            } else {
                self.client.authenticate("PLAIN", Plain { user: &user, password }).await
            }
        };
        if !(quotable && !capabilities.contains("LOGINDISABLED") || capabilities.contains("AUTH=PLAIN")) {
            return Err(fail("the server offers neither LOGIN nor AUTHENTICATE PLAIN".to_owned()));
        }
        let wire = match timeout(limits.command, login).await {
            Ok(Ok(wire)) => wire,
            Ok(Err((ImapError::No(text) | ImapError::Bad(text), _))) => {
                let cause = refusal(&text);
                return Err(if cause.contains("[UNAVAILABLE]") || cause.contains("[INUSE]") {
                    SourceError::Command { server: named, command: "LOGIN", cause }
                } else {
                    fail(cause)
                });
            }
            Ok(Err((error, _))) => return Err(SourceError::Lost { server: named, cause: imap_words(&error) }),
            Err(_) => {
                let seconds = limits.command.as_secs();
                return Err(SourceError::Timeout { server: named, command: "LOGIN", seconds });
            }
        };
        Ok(Session {
            wire,
            server: named,
            limits,
            received,
            capabilities: HashSet::new(),
            busy: false,
            idle: None,
            no_idle: false,
            selected: Selected::default(),
        })
    }

    fn late(&self, command: &'static str) -> SourceError {
        SourceError::Timeout { server: self.server.clone(), command, seconds: self.limits.command.as_secs() }
    }
}

/// AUTHENTICATE PLAIN (RFC 4616).
struct Plain<'a> {
    user: &'a str,
    password: &'a str,
}

impl async_imap::Authenticator for Plain<'_> {
    type Response = String;

    fn process(&mut self, _challenge: &[u8]) -> String {
        format!("\0{}\0{}", self.user, self.password)
    }
}

fn capability_name(capability: &Capability<'_>) -> String {
    match capability {
        Capability::Imap4rev1 => "IMAP4REV1".to_owned(),
        Capability::Auth(name) => format!("AUTH={}", name.to_ascii_uppercase()),
        Capability::Atom(name) => name.to_ascii_uppercase(),
    }
}

fn dial_error(server: &str, error: DialError) -> SourceError {
    let server = server.to_owned();
    match error {
        DialError::Connect(cause) => SourceError::Connect { server, cause },
        DialError::Certificate(cause) => SourceError::Certificate { server, cause },
    }
}

/// The server's words out of async-imap's `code: …, info: Some("…")`.
fn refusal(text: &str) -> String {
    let said = text.split_once("info: Some(\"").and_then(|(_, said)| said.strip_suffix("\")"));
    match said {
        Some(said) => words(said),
        None => "no reason given".to_owned(),
    }
}

fn imap_words(error: &ImapError) -> String {
    match error {
        ImapError::Io(error) => io_words(error),
        ImapError::ConnectionLost => "closed by the server".to_owned(),
        other => words(&other.to_string()),
    }
}

/// An error of the stream. That of a response which is not IMAP would quote it,
/// and with it people's mail.
fn io_words(error: &std::io::Error) -> String {
    let text = error.to_string();
    if text.contains("during parsing of") { "the server's answer is not IMAP".to_owned() } else { words(&text) }
}

/// What a server said, on one line, without control characters.
fn words(text: &str) -> String {
    let line = text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|w| !w.is_empty());
    line.collect::<Vec<_>>().join(" ").chars().take(WORDS_MAX).collect()
}

/// A login name is often an address: no log line carries one bare.
fn masked(user: &str) -> String {
    match user.rsplit_once('@') {
        Some((_, domain)) => format!("*@{domain}"),
        None => user.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keywords_are_kept_where_permanentflags_allow() {
        let selected = |flags: Option<&[&str]>| Selected {
            permanent_flags: flags.map(|flags| flags.iter().map(ToString::to_string).collect()),
            ..Selected::default()
        };
        assert!(selected(None).keeps("$Forwarded"));
        assert!(selected(Some(&["\\Answered", "\\*"])).keeps("$Forwarded"));
        assert!(!selected(Some(&["\\Seen", "\\*"])).keeps("\\Answered"));
        assert!(!selected(Some(&["\\Answered"])).keeps("$Forwarded"));
        assert!(selected(Some(&["$forwarded"])).keeps("$Forwarded"));
    }

    #[test]
    fn refusals_are_in_the_servers_words() {
        assert_eq!(refusal("code: None, info: Some(\"[AUTHENTICATIONFAILED] no\")"), "[AUTHENTICATIONFAILED] no");
        assert_eq!(refusal("code: None, info: None"), "no reason given");
        assert_eq!(masked("a@b.example"), "*@b.example");
    }

    #[test]
    fn an_unreadable_answer_is_not_quoted() {
        let error = std::io::Error::other("Error(..) during parsing of \"* 1 FETCH secret\"");
        assert_eq!(io_words(&error), "the server's answer is not IMAP");
    }
}
