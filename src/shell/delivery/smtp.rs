//! Delivery to an SMTP relay (RFC 5321) on lettre's low-level connection: TLS,
//! STARTTLS (RFC 3207), AUTH (RFC 4954), 8BITMIME (RFC 6152), SIZE (RFC 1870),
//! DSN (RFC 3461). Owns the connections, their number and their reuse. Each
//! answer is judged by the stage it came at: before the final dot is on the
//! wire nothing was sent; after it, only the relay's answer tells.

use super::{Delivery, NotSent, Offered, Outcome, words};
use crate::core::compose::{Kind, Outgoing};
use crate::shell::config::{Security, Server};
use crate::shell::net::{self, Stream};
use futures_util::future::BoxFuture;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{AsyncSmtpConnection, AsyncTokioStream};
use lettre::transport::smtp::commands::{Data, Ehlo, Mail, Quit, Rcpt, Rset, Starttls};
use lettre::transport::smtp::extension::{ClientId, Extension, MailBodyParameter, MailParameter, RcptParameter};
use lettre::transport::smtp::response::{Response, Severity};
use secrecy::ExposeSecret;
use std::collections::VecDeque;
use std::error::Error as _;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::Instant;

/// How long a relay may take, and how often a connection is used.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// For the TCP connection and for the TLS handshake, each.
    pub connect: Duration,
    /// For the answer to each command.
    pub command: Duration,
    /// For the answer to the final dot; RFC 5321 section 4.5.3.2.6 asks for 10 minutes.
    pub data: Duration,
    /// An unused connection is closed after this.
    pub idle: Duration,
    /// Mails over one connection.
    pub mails: u32,
    /// Connections at a time.
    pub connections: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            connect: Duration::from_secs(30),
            command: Duration::from_secs(60),
            data: Duration::from_secs(600),
            idle: Duration::from_secs(20),
            mails: 100,
            connections: 8,
        }
    }
}

/// Slowest relay that is still waited for while the message goes out, in octets a second.
const SLOWEST: u64 = 16 * 1024;

/// An SMTP relay.
pub struct Smtp {
    server: Server,
    limits: Limits,
    kept: Arc<Mutex<Kept>>,
    permits: Semaphore,
}

/// Connections waiting for the next mail; the longest unused first.
#[derive(Default)]
struct Kept {
    idle: VecDeque<Idle>,
    /// Somebody sees to their end.
    watched: bool,
}

struct Idle {
    relay: Relay,
    since: Instant,
}

impl Smtp {
    /// Connects when the first mail is offered.
    pub fn new(server: Server) -> Smtp {
        Smtp::with_limits(server, Limits::default())
    }

    /// With limits of one's own.
    pub fn with_limits(server: Server, limits: Limits) -> Smtp {
        Smtp { server, limits, kept: Arc::default(), permits: Semaphore::new(limits.connections.max(1)) }
    }

    async fn offer_now<'a>(&'a self, mail: &'a Outgoing) -> Result<Ready<'a>, NotSent> {
        if let Some(at) = bare_line_end(&mail.bytes) {
            // A relay could take what follows for a mail of its own (SMTP smuggling).
            return Err(NotSent::Refused {
                cause: format!("the mail has a line end other than CRLF at octet {at} and was not offered"),
            });
        }
        let permit = self
            .permits
            .acquire()
            .await
            .map_err(|_| NotSent::Deferred { cause: "shutting down".to_owned(), relay_away: true })?;
        loop {
            let kept = self.take_idle();
            let reused = kept.is_some();
            let mut relay = match kept {
                Some(relay) => relay,
                None => Relay::open(&self.server, self.limits)
                    .await
                    .map_err(|cause| NotSent::Deferred { cause, relay_away: true })?,
            };
            match relay.envelope(mail).await {
                Ok(()) => return Ok(Ready { smtp: self, mail, relay, permit }),
                // A relay may close an idle connection at any time; that says nothing of this mail.
                Err(stopped) if reused && stopped.connection == Left::Lost => continue,
                Err(stopped) => {
                    if stopped.connection == Left::Usable && relay.reset().await {
                        self.keep(relay);
                    }
                    return Err(stopped.not_sent);
                }
            }
        }
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take_idle(&self) -> Option<Relay> {
        let mut kept = self.kept();
        while let Some(last) = kept.idle.pop_back() {
            if last.since.elapsed() < self.limits.idle && !last.relay.connection.has_broken() {
                return Some(last.relay);
            }
        }
        None
    }

    /// Keeps a connection for the next mail and sees to its end.
    fn keep(&self, relay: Relay) {
        if relay.mails >= self.limits.mails {
            tokio::spawn(relay.quit());
            return;
        }
        let mut kept = self.kept();
        kept.idle.push_back(Idle { relay, since: Instant::now() });
        if !kept.watched {
            kept.watched = true;
            tokio::spawn(close_unused(Arc::clone(&self.kept), self.limits.idle));
        }
    }
}

/// Says QUIT on connections that nothing used for `idle`, until none is left.
async fn close_unused(kept: Arc<Mutex<Kept>>, idle: Duration) {
    loop {
        let (unused, next) = {
            let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
            let mut unused = Vec::new();
            while kept.idle.front().is_some_and(|first| first.since.elapsed() >= idle) {
                unused.extend(kept.idle.pop_front());
            }
            let next = kept.idle.front().map(|first| first.since + idle);
            kept.watched = next.is_some();
            (unused, next)
        };
        for connection in unused {
            connection.relay.quit().await;
        }
        let Some(next) = next else { return };
        tokio::time::sleep_until(next).await;
    }
}

impl Delivery for Smtp {
    fn offer<'a>(&'a self, mail: &'a Outgoing) -> BoxFuture<'a, Result<Box<dyn Offered + 'a>, NotSent>> {
        Box::pin(async move { Ok(Box::new(self.offer_now(mail).await?) as Box<dyn Offered + 'a>) })
    }
}

/// DATA was answered 354.
struct Ready<'a> {
    smtp: &'a Smtp,
    mail: &'a Outgoing,
    relay: Relay,
    permit: SemaphorePermit<'a>,
}

impl Offered for Ready<'_> {
    fn payload<'a>(self: Box<Self>) -> BoxFuture<'a, Outcome>
    where
        Self: 'a,
    {
        Box::pin(async move {
            let Ready { smtp, mail, mut relay, permit } = *self;
            let (outcome, usable) = relay.message(&mail.bytes).await;
            if usable {
                smtp.keep(relay);
            }
            drop(permit);
            outcome
        })
    }
}

/// A logged-in connection.
struct Relay {
    connection: AsyncSmtpConnection,
    limits: Limits,
    offers: Offers,
    line: Arc<Line>,
    mails: u32,
}

/// What the relay offers beyond what lettre records.
#[derive(Debug, Clone, Copy, Default)]
struct Offers {
    eight_bit: bool,
    dsn: bool,
    pipelining: bool,
    size: bool,
    /// Largest message it takes, in octets, when it says so.
    size_limit: Option<u64>,
}

impl Offers {
    /// Reads the answer to EHLO (RFC 5321 section 4.1.1.1); keywords in any case.
    fn read(ehlo: &Response) -> Offers {
        let mut offers = Offers::default();
        for line in ehlo.message() {
            let mut fields = line.split_whitespace();
            match fields.next().map(str::to_ascii_uppercase).as_deref() {
                Some("8BITMIME") => offers.eight_bit = true,
                Some("DSN") => offers.dsn = true,
                Some("PIPELINING") => offers.pipelining = true,
                Some("SIZE") => {
                    offers.size = true;
                    // 0 = no fixed limit (RFC 1870 section 3).
                    offers.size_limit = fields.next().and_then(|n| n.parse().ok()).filter(|n| *n > 0);
                }
                _ => {}
            }
        }
        offers
    }
}

/// A refusal before the message, and what it left of the connection.
struct Stopped {
    not_sent: NotSent,
    connection: Left,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Left {
    /// Good for the next mail.
    Usable,
    /// Waits for a message that nobody will send.
    Spoilt,
    /// Closed, or about to be.
    Lost,
}

impl Stopped {
    fn lost(result: &Result<(), Stopped>) -> bool {
        result.as_ref().is_err_and(|stopped| stopped.connection == Left::Lost)
    }
}

/// An answer that is not the hoped-for one.
enum Fault {
    /// The relay answered with this code.
    Answer { code: u16, text: String },
    /// The connection is of no more use.
    Gone(String),
}

impl Fault {
    fn of(error: &lettre::transport::smtp::Error) -> Fault {
        let said = error.source().map(ToString::to_string).unwrap_or_else(|| error.to_string());
        match error.status() {
            Some(code) => {
                let code = u16::from(code);
                Fault::Answer { code, text: words(&format!("{code} {said}")) }
            }
            None => Fault::Gone(words(&said)),
        }
    }

    /// What a fault at a stage before the message means.
    fn before_message(self, stage: &str) -> Stopped {
        match self {
            Fault::Gone(cause) => Stopped {
                not_sent: NotSent::Deferred { cause: format!("connection lost at {stage}: {cause}"), relay_away: true },
                connection: Left::Lost,
            },
            Fault::Answer { code, text } => {
                let cause = format!("{stage} was answered with {text}");
                let not_sent = match code {
                    // The relay closes (421), or wants us to log in otherwise than we do
                    // (530, 535, 538): no fault of this mail.
                    421 | 530 | 535 | 538 => NotSent::Deferred { cause, relay_away: true },
                    500..=599 => NotSent::Refused { cause },
                    _ => NotSent::Deferred { cause, relay_away: false },
                };
                Stopped { not_sent, connection: if code == 421 { Left::Lost } else { Left::Usable } }
            }
        }
    }
}

impl Relay {
    /// Connects and logs in. The error names the server.
    async fn open(server: &Server, limits: Limits) -> Result<Relay, String> {
        let named = net::name(server);
        Relay::open_unnamed(server, limits).await.map_err(|cause| format!("relay {named}: {cause}"))
    }

    async fn open_unnamed(server: &Server, limits: Limits) -> Result<Relay, String> {
        let stream = net::dial(server, limits.connect).await.map_err(|error| error.to_string())?;
        let hello = hello(&stream);
        let loopback = stream.is_loopback();
        let line = Arc::<Line>::default();
        let mut connection = match server.security {
            Security::Tls => {
                let wire = Wire::new(stream, Arc::clone(&line), b"");
                within(limits.command, "greeting", AsyncSmtpConnection::connect_with_transport(Box::new(wire), &hello))
                    .await?
            }
            Security::StartTls | Security::Opportunistic => {
                let lent = Lent::new(Wire::new(stream, Arc::clone(&line), b""));
                let borrowed = Box::new(lent.clone());
                let mut plain =
                    within(limits.command, "greeting", AsyncSmtpConnection::connect_with_transport(borrowed, &hello))
                        .await?;
                if plain.can_starttls() {
                    within(limits.command, "STARTTLS", plain.command(Starttls)).await?;
                    // lettre's own upgrade keeps what was received before the handshake;
                    // a new connection over the same socket does not.
                    drop(plain);
                    let stream = lent.take().ok_or("the connection is in use")?;
                    let tls = stream.start_tls(server, limits.connect).await.map_err(|error| error.to_string())?;
                    let wire = Wire::new(tls, Arc::clone(&line), b"220 TLS\r\n");
                    let opened = AsyncSmtpConnection::connect_with_transport(Box::new(wire), &hello);
                    within(limits.command, "EHLO", opened).await?
                } else if server.security == Security::Opportunistic && loopback {
                    plain
                } else {
                    return Err("it does not offer STARTTLS, and a login or mail in the clear is not for us".to_owned());
                }
            }
        };
        if let (Some(user), Some(password)) = (&server.user, &server.password) {
            if connection.server_info().get_auth_mechanism(DEFAULT_MECHANISMS).is_none() {
                return Err("it offers neither AUTH PLAIN nor AUTH LOGIN".to_owned());
            }
            let credentials = Credentials::new(user.clone(), password.expose_secret().to_owned());
            within(limits.command, "AUTH", connection.auth(DEFAULT_MECHANISMS, &credentials))
                .await
                .map_err(|cause| format!("login of {} failed: {cause}", words(user)))?;
        }
        // Offers may change with the login (RFC 4954 section 4), and lettre keeps neither SIZE nor DSN.
        let ehlo = within(limits.command, "EHLO", connection.command(Ehlo::new(hello))).await?;
        let mut offers = Offers::read(&ehlo);
        offers.eight_bit |= connection.server_info().supports_feature(Extension::EightBitMime);
        Ok(Relay { connection, limits, offers, line, mails: 0 })
    }

    /// MAIL, RCPT, DATA up to 354.
    async fn envelope(&mut self, mail: &Outgoing) -> Result<(), Stopped> {
        let refused = |not_sent| Stopped { not_sent, connection: Left::Usable };
        let eight_bit = mail.eight_bit || !mail.bytes.is_ascii();
        if eight_bit && !self.offers.eight_bit {
            return Err(refused(NotSent::NeedsSevenBit));
        }
        let size = mail.bytes.len();
        if let Some(limit) = self.offers.size_limit.filter(|limit| size as u64 > *limit) {
            let cause = format!("the mail has {size} octets, the relay takes {limit}");
            return Err(refused(NotSent::Refused { cause }));
        }
        let mut parameters = Vec::new();
        if eight_bit {
            parameters.push(MailParameter::Body(MailBodyParameter::EightBitMime));
        }
        if self.offers.size {
            parameters.push(MailParameter::Size(size));
        }
        let from = mail.envelope_from.as_ref().map(smtp_address);
        let sender = Mail::new(from, parameters);
        // Nobody would read a report on a reply with a null reverse-path.
        let never = self.offers.dsn && mail.kind == Kind::Reply && mail.envelope_from.is_none();
        let notify = RcptParameter::Other { keyword: "NOTIFY".to_owned(), value: Some("NEVER".to_owned()) };
        let parameters = if never { vec![notify] } else { Vec::new() };
        let recipient = Rcpt::new(smtp_address(&mail.envelope_to), parameters);
        if !self.offers.pipelining {
            self.command("MAIL", sender, Severity::PositiveCompletion).await?;
            self.command("RCPT", recipient, Severity::PositiveCompletion).await?;
            return self.command("DATA", Data, Severity::PositiveIntermediate).await;
        }
        self.line.send_ahead(format!("{recipient}{Data}").into_bytes());
        // Each of the three is answered, whatever became of those before it (RFC 2920 section 3.1).
        let sender = self.command("MAIL", sender, Severity::PositiveCompletion).await;
        if Stopped::lost(&sender) {
            return sender;
        }
        let recipient = self.command("RCPT", recipient, Severity::PositiveCompletion).await;
        if Stopped::lost(&recipient) {
            return sender.and(recipient);
        }
        let data = self.command("DATA", Data, Severity::PositiveIntermediate).await;
        match sender.and(recipient) {
            Ok(()) => data,
            Err(stopped) => {
                // A relay that waits for a message all the same gets none.
                let connection = data.map_or_else(|data| data.connection, |()| Left::Spoilt);
                Err(Stopped { connection, ..stopped })
            }
        }
    }

    async fn command(
        &mut self,
        stage: &'static str,
        command: impl std::fmt::Display,
        hoped: Severity,
    ) -> Result<(), Stopped> {
        let fault = match tokio::time::timeout(self.limits.command, self.connection.command(command)).await {
            Ok(Ok(answer)) if answer.code().severity == hoped => return Ok(()),
            Ok(Ok(answer)) => Fault::Gone(format!("unexpected answer {}", answer_words(&answer))),
            Ok(Err(error)) => Fault::of(&error),
            Err(_) => Fault::Gone(format!("no answer within {} s", self.limits.command.as_secs())),
        };
        Err(fault.before_message(stage))
    }

    /// The message and the final dot; second: the connection can be used again.
    async fn message(&mut self, bytes: &[u8]) -> (Outcome, bool) {
        // lettre ends the last line itself.
        let body = bytes.strip_suffix(b"\r\n").unwrap_or(bytes);
        let at_most = self.limits.data + Duration::from_secs(bytes.len() as u64 / SLOWEST);
        // The message and its final dot: one packet where they fit.
        self.line.gather_two();
        let fault = match tokio::time::timeout(at_most, self.connection.message(body)).await {
            Ok(Ok(answer)) if answer.code().severity == Severity::PositiveCompletion => {
                self.mails += 1;
                return (Outcome::Sent(answer_words(&answer)), true);
            }
            Ok(Ok(answer)) => Fault::Gone(format!("unexpected answer {}", answer_words(&answer))),
            Ok(Err(error)) => match Fault::of(&error) {
                // Cut off while sending: the relay may have said why before it closed.
                Fault::Gone(cause) if !self.line.ends_message() => match self.last_words().await {
                    Some(answer) => answer,
                    None => Fault::Gone(cause),
                },
                fault => fault,
            },
            Err(_) => Fault::Gone(format!("no answer within {} s", at_most.as_secs())),
        };
        match fault {
            Fault::Answer { code, text } => {
                let cause = format!("the message was answered with {text}");
                let not_sent = match code {
                    500..=599 => NotSent::Refused { cause },
                    _ => NotSent::Deferred { cause, relay_away: code == 421 },
                };
                (Outcome::NotSent(not_sent), code != 421 && self.line.ends_message())
            }
            Fault::Gone(cause) if self.line.ends_message() => (Outcome::InDoubt(cause), false),
            Fault::Gone(cause) => {
                let cause = format!("connection lost in the message: {cause}");
                (Outcome::NotSent(NotSent::Deferred { cause, relay_away: true }), false)
            }
        }
    }

    /// A refusal that was sent before the connection broke.
    async fn last_words(&mut self) -> Option<Fault> {
        match tokio::time::timeout(Duration::from_secs(1), self.connection.read_response()).await {
            Ok(Err(error)) => Some(Fault::of(&error)).filter(|fault| matches!(fault, Fault::Answer { .. })),
            _ => None,
        }
    }

    async fn reset(&mut self) -> bool {
        matches!(tokio::time::timeout(self.limits.command, self.connection.command(Rset)).await, Ok(Ok(_)))
    }

    /// Takes leave. An answer is not waited for long: the mail is delivered.
    async fn quit(mut self) {
        // Whether the relay still answers changes nothing any more.
        drop(tokio::time::timeout(Duration::from_secs(2), self.connection.command(Quit)).await);
    }
}

/// Runs a step of opening under a deadline; the error is a cause without the server's name.
async fn within<T>(
    at_most: Duration,
    step: &str,
    work: impl Future<Output = Result<T, lettre::transport::smtp::Error>>,
) -> Result<T, String> {
    match tokio::time::timeout(at_most, work).await {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(error)) => Err(match Fault::of(&error) {
            Fault::Answer { text, .. } => format!("{step} was answered with {text}"),
            Fault::Gone(cause) => format!("connection lost at {step}: {cause}"),
        }),
        Err(_) => Err(format!("no answer to {step} within {} s", at_most.as_secs())),
    }
}

fn answer_words(answer: &Response) -> String {
    let text: Vec<&str> = answer.message().collect();
    words(&format!("{} {}", answer.code(), text.join(" ")))
}

/// Our name in EHLO: the host's when fully qualified, else the address literal
/// (RFC 5321 section 4.1.4); many relays refuse a bare host name.
fn hello(stream: &Stream) -> ClientId {
    match ClientId::default() {
        ClientId::Domain(name) if name.contains('.') && name.is_ascii() => ClientId::Domain(name),
        other => match stream.local_addr() {
            Ok(SocketAddr::V4(address)) => ClientId::Ipv4(*address.ip()),
            Ok(SocketAddr::V6(address)) => ClientId::Ipv6(*address.ip()),
            Err(_) => other,
        },
    }
}

/// lettre's address, with the local part as our own [`Address`] quotes it:
/// lettre refuses the dots that Japanese carriers allowed.
///
/// [`Address`]: crate::core::address::Address
fn smtp_address(address: &crate::core::address::Address) -> lettre::Address {
    let text = address.to_smtp();
    let (local, domain) = text.rsplit_once('@').unwrap_or((&text, ""));
    lettre::Address::new_dangerous(local, domain)
}

/// Place of the first CR without LF or LF without CR.
fn bare_line_end(bytes: &[u8]) -> Option<usize> {
    bytes.iter().enumerate().position(|(at, octet)| match octet {
        b'\r' => bytes.get(at + 1) != Some(&b'\n'),
        b'\n' => at == 0 || bytes[at - 1] != b'\r',
        _ => false,
    })
}

/// What a relay's driver and its wire share. lettre writes one command and
/// waits for its answer; here the driver says what may go out together.
#[derive(Debug, Default)]
struct Line(Mutex<LineState>);

#[derive(Debug, Default)]
struct LineState {
    /// The last octets handed to the connection.
    last: [u8; 5],
    /// Commands that follow the next one without waiting (RFC 2920).
    ahead: Vec<u8>,
    /// Flushes still to be left out.
    gather: usize,
}

impl Line {
    fn state(&self) -> MutexGuard<'_, LineState> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn push(&self, octets: &[u8]) {
        let mut state = self.state();
        let octets = &octets[octets.len().saturating_sub(5)..];
        state.last.rotate_left(octets.len());
        state.last[5 - octets.len()..].copy_from_slice(octets);
    }

    /// True once the final dot is on the wire: it cannot occur earlier, dots
    /// at the start of a line being doubled.
    fn ends_message(&self) -> bool {
        self.state().last == *b"\r\n.\r\n"
    }

    /// The next command is followed at once by these.
    fn send_ahead(&self, commands: Vec<u8>) {
        self.state().ahead = commands;
    }

    /// What the next write hands over waits for the one after it.
    fn gather_two(&self) {
        self.state().gather = 1;
    }
}

/// Most that is kept back to go out together, in octets.
const GATHERED: usize = 64 * 1024;

/// The stream as lettre sees it: with a greeting of our own where the server
/// gives none (after STARTTLS), with answers in ASCII, for an answer that is
/// not UTF-8 would reach us without its code, and with commands that were sent
/// ahead taken for sent.
#[derive(Debug)]
struct Wire {
    stream: Stream,
    line: Arc<Line>,
    greeting: &'static [u8],
    /// Written by lettre, not yet handed to the connection.
    out: Vec<u8>,
    /// Handed to the connection already, not yet written by lettre.
    sent_ahead: Vec<u8>,
}

impl Wire {
    fn new(stream: Stream, line: Arc<Line>, greeting: &'static [u8]) -> Wire {
        Wire { stream, line, greeting, out: Vec::new(), sent_ahead: Vec::new() }
    }

    /// Hands over what was kept back.
    fn poll_send(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut sent = 0;
        let done = loop {
            if sent == self.out.len() {
                break Poll::Ready(Ok(()));
            }
            match Pin::new(&mut self.stream).poll_write(cx, &self.out[sent..]) {
                Poll::Ready(Ok(0)) => break Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                Poll::Ready(Ok(taken)) => {
                    self.line.push(&self.out[sent..sent + taken]);
                    sent += taken;
                }
                Poll::Ready(Err(error)) => break Poll::Ready(Err(error)),
                Poll::Pending => break Poll::Pending,
            }
        };
        self.out.drain(..sent);
        done
    }
}

impl AsyncRead for Wire {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if !self.greeting.is_empty() {
            let taken = self.greeting.len().min(buf.remaining());
            buf.put_slice(&self.greeting[..taken]);
            self.greeting = &self.greeting[taken..];
            return Poll::Ready(Ok(()));
        }
        // An answer never comes to what was not sent. Where sending fails, the
        // relay may still have said why.
        if let Poll::Ready(Err(_)) = self.poll_send(cx) {
            self.out.clear();
        }
        let before = buf.filled().len();
        let done = Pin::new(&mut self.stream).poll_read(cx, buf);
        for octet in &mut buf.filled_mut()[before..] {
            if !octet.is_ascii() {
                *octet = b'?';
            }
        }
        done
    }
}

impl AsyncWrite for Wire {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        if !self.sent_ahead.is_empty() {
            let taken = buf.len().min(self.sent_ahead.len());
            if self.sent_ahead[..taken] != buf[..taken] {
                return Poll::Ready(Err(io::Error::other("another command than was sent ahead")));
            }
            self.sent_ahead.drain(..taken);
            return Poll::Ready(Ok(taken));
        }
        if self.out.len() + buf.len() <= GATHERED {
            self.out.extend_from_slice(buf);
            return Poll::Ready(Ok(buf.len()));
        }
        ready!(self.poll_send(cx))?;
        let done = Pin::new(&mut self.stream).poll_write(cx, buf);
        if let Poll::Ready(Ok(taken)) = done {
            self.line.push(&buf[..taken]);
        }
        done
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let line = Arc::clone(&self.line);
        if !self.out.is_empty() {
            let mut state = line.state();
            if state.gather > 0 {
                state.gather -= 1;
                return Poll::Ready(Ok(()));
            }
            let ahead = std::mem::take(&mut state.ahead);
            self.out.extend_from_slice(&ahead);
            self.sent_ahead = ahead;
        }
        ready!(self.poll_send(cx))?;
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_send(cx))?;
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

impl AsyncTokioStream for Wire {
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.stream.peer_addr()
    }
}

/// A wire lent to lettre for the steps before STARTTLS.
#[derive(Debug, Clone)]
struct Lent(Arc<Mutex<Wire>>);

impl Lent {
    fn new(wire: Wire) -> Lent {
        Lent(Arc::new(Mutex::new(wire)))
    }

    /// The stream, once lettre has let go of it.
    fn take(self) -> Option<Stream> {
        let wire = Arc::into_inner(self.0)?.into_inner().unwrap_or_else(PoisonError::into_inner);
        Some(wire.stream)
    }

    fn with<T>(&self, work: impl FnOnce(Pin<&mut Wire>) -> T) -> T {
        work(Pin::new(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner)))
    }
}

impl AsyncRead for Lent {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.with(|wire| wire.poll_read(cx, buf))
    }
}

impl AsyncWrite for Lent {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.with(|wire| wire.poll_write(cx, buf))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.with(|wire| wire.poll_flush(cx))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.with(|wire| wire.poll_shutdown(cx))
    }
}

impl AsyncTokioStream for Lent {
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.with(|wire| wire.stream.peer_addr())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_crlf_ends_lines() {
        for good in [&b""[..], b"a\r\n", b"\r\n\r\n.", b"a"] {
            assert_eq!(bare_line_end(good), None, "{good:?}");
        }
        for (bad, at) in [(&b"\n"[..], 0), (b"a\nb", 1), (b"a\r\n\n", 3), (b"a\r", 1), (b"a\r\r\n", 1)] {
            assert_eq!(bare_line_end(bad), Some(at), "{bad:?}");
        }
    }

    #[test]
    fn the_end_of_the_message_is_seen_however_it_is_cut() {
        let line = Line::default();
        for piece in [&b"Subject: x\r\n\r\ny"[..], b"\r\n", b".", b"\r"] {
            line.push(piece);
            assert!(!line.ends_message());
        }
        line.push(b"\n");
        assert!(line.ends_message());
        line.push(b"QUIT\r\n");
        assert!(!line.ends_message());
    }

    #[test]
    fn carrier_addresses_keep_their_quotes() {
        let address = crate::core::address::Address::parse("foo..bar@docomo.ne.jp").unwrap();
        let command = Rcpt::new(smtp_address(&address), vec![]).to_string();
        assert_eq!(command, "RCPT TO:<\"foo..bar\"@docomo.ne.jp>\r\n");
    }
}
