//! Delivery by piping to a local `sendmail`: `sendmail -i -f <sender> -- <rcpt>`.
//! Offering starts the program, the payload is its standard input. Its exit
//! code is its answer (sysexits.h).

use super::{Delivery, NotSent, Offered, Outcome, words};
use crate::core::compose::Outgoing;
use futures_util::future::BoxFuture;
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, ChildStderr, Command};

/// Where the program lies when `outbound.url` names none.
const DEFAULT_PROGRAM: &str = "/usr/sbin/sendmail";

/// How long the program may take to accept a mail.
const AT_MOST: Duration = Duration::from_secs(600);

/// Most that is read of what the program says, in octets.
const SAID_MAX: u64 = 4096;

/// A local sendmail.
pub struct Sendmail {
    program: PathBuf,
    at_most: Duration,
}

impl Sendmail {
    /// `program`: empty for the default.
    pub fn new(program: PathBuf) -> Sendmail {
        let program = if program.as_os_str().is_empty() { PathBuf::from(DEFAULT_PROGRAM) } else { program };
        Sendmail { program, at_most: AT_MOST }
    }

    /// With another limit than 10 minutes for accepting one mail.
    pub fn with_limit(self, at_most: Duration) -> Sendmail {
        Sendmail { at_most, ..self }
    }
}

impl Delivery for Sendmail {
    fn offer<'a>(&'a self, mail: &'a Outgoing) -> BoxFuture<'a, Result<Box<dyn Offered + 'a>, NotSent>> {
        Box::pin(async move {
            let mut command = Command::new(&self.program);
            // -i: a line with a dot alone does not end the mail.
            command.arg("-i");
            if mail.eight_bit {
                command.arg("-B8BITMIME");
            }
            let sender = mail.envelope_from.as_ref().map_or_else(|| "<>".to_owned(), ToString::to_string);
            command.args(["-f", &sender, "--", &mail.envelope_to.to_smtp()]);
            command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped()).kill_on_drop(true);
            let child = command.spawn().map_err(|error| NotSent::Deferred {
                cause: format!("{}: {error}", self.program.display()),
                relay_away: true,
            })?;
            Ok(Box::new(Ready { sendmail: self, mail, child }) as Box<dyn Offered + 'a>)
        })
    }
}

struct Ready<'a> {
    sendmail: &'a Sendmail,
    mail: &'a Outgoing,
    child: Child,
}

impl Offered for Ready<'_> {
    fn payload<'a>(self: Box<Self>) -> BoxFuture<'a, Outcome>
    where
        Self: 'a,
    {
        Box::pin(async move {
            let Ready { sendmail, mail, mut child } = *self;
            let named = sendmail.program.display();
            let bytes = unix_lines(&mail.bytes);
            let said = tokio::spawn(words_of(child.stderr.take()));
            // The program takes the mail when it sees the end of its input. Half a mail must
            // never seem to end, so until the whole is written `child` keeps the input, and
            // when dropped it is killed before its input closes.
            let mut whole = false;
            let run = async {
                if let Some(stdin) = &mut child.stdin {
                    whole = stdin.write_all(&bytes).await.is_ok() && stdin.flush().await.is_ok();
                }
                // Closes the input; a program that stopped reading has already decided.
                child.wait().await
            };
            let ended = tokio::time::timeout(sendmail.at_most, run).await;
            let status = match ended {
                Ok(Ok(status)) => status,
                Ok(Err(error)) if whole => return Outcome::InDoubt(format!("{named}: {error}")),
                Ok(Err(error)) => return away(format!("{named}: {error}")),
                Err(_) => {
                    let late = format!("{named} did not end within {} s", sendmail.at_most.as_secs());
                    return if whole { Outcome::InDoubt(late) } else { away(late) };
                }
            };
            // A child of its own may hold its standard error open for long.
            let said = tokio::time::timeout(Duration::from_secs(1), said).await;
            judge(status, whole, &format!("{named}: "), &said.map_or_else(|_| String::new(), Result::unwrap_or_default))
        })
    }
}

/// What the program says on standard error; it only explains its exit code.
async fn words_of(stderr: Option<ChildStderr>) -> String {
    let mut said = Vec::new();
    if let Some(stderr) = stderr {
        let mut bounded = stderr.take(SAID_MAX);
        drop(bounded.read_to_end(&mut said).await);
        drop(tokio::io::copy(&mut bounded.into_inner(), &mut tokio::io::sink()).await);
    }
    words(&String::from_utf8_lossy(&said))
}

fn away(cause: String) -> Outcome {
    Outcome::NotSent(NotSent::Deferred { cause, relay_away: true })
}

/// What an end of the program means.
fn judge(status: ExitStatus, whole: bool, named: &str, said: &str) -> Outcome {
    let cause = |end: String| {
        if said.is_empty() { format!("{named}{end}") } else { format!("{named}{end}: {said}") }
    };
    match status.code() {
        Some(0) if whole => Outcome::Sent(cause("accepted".to_owned())),
        Some(0) => away(cause("ended before it had read the mail".to_owned())),
        // EX_DATAERR, EX_NOUSER, EX_NOHOST, EX_UNAVAILABLE: this mail will not do.
        Some(code @ (65 | 67 | 68 | 69)) => {
            Outcome::NotSent(NotSent::Refused { cause: cause(format!("exit code {code}")) })
        }
        // EX_TEMPFAIL.
        Some(75) => Outcome::NotSent(NotSent::Deferred { cause: cause("exit code 75".to_owned()), relay_away: false }),
        // The rest tells of the program or its configuration, not of the mail.
        Some(code) => away(cause(format!("exit code {code}"))),
        None => {
            let end = cause(format!("killed by signal {}", status.signal().unwrap_or_default()));
            if whole { Outcome::InDoubt(end) } else { away(end) }
        }
    }
}

/// Lines as local programs take them: LF alone. The program makes them CRLF again.
fn unix_lines(bytes: &[u8]) -> Vec<u8> {
    let mut lines = Vec::with_capacity(bytes.len());
    for (at, octet) in bytes.iter().enumerate() {
        if *octet != b'\r' || bytes.get(at + 1) != Some(&b'\n') {
            lines.push(*octet);
        }
    }
    lines
}
