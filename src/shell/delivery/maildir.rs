//! Delivery into a Maildir: each mail becomes a file in `new/`, with
//! Return-Path and Delivered-To on top as a delivering server writes them, the
//! rest octet for octet. The file's name is a hash of the Message-ID, so that
//! delivering the same mail again after a crash makes no second file.

use super::{Delivery, NotSent, Offered, Outcome};
use crate::core::compose::Outgoing;
use futures_util::future::BoxFuture;
use sha2::Digest;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// A Maildir that stands for the relay.
pub struct Maildir {
    path: PathBuf,
}

impl Maildir {
    /// Folders are made when the first mail is offered.
    pub fn new(path: PathBuf) -> Maildir {
        Maildir { path }
    }

    fn away(&self, error: &io::Error) -> NotSent {
        NotSent::Deferred { cause: format!("{}: {error}", self.path.display()), relay_away: true }
    }
}

impl Delivery for Maildir {
    fn offer<'a>(&'a self, mail: &'a Outgoing) -> BoxFuture<'a, Result<Box<dyn Offered + 'a>, NotSent>> {
        Box::pin(async move {
            for folder in ["tmp", "new", "cur"] {
                tokio::fs::create_dir_all(self.path.join(folder)).await.map_err(|error| self.away(&error))?;
            }
            Ok(Box::new(Ready { maildir: self, mail }) as Box<dyn Offered + 'a>)
        })
    }
}

struct Ready<'a> {
    maildir: &'a Maildir,
    mail: &'a Outgoing,
}

impl Offered for Ready<'_> {
    fn payload<'a>(self: Box<Self>) -> BoxFuture<'a, Outcome>
    where
        Self: 'a,
    {
        let (path, name, bytes) = (self.maildir.path.clone(), file_name(self.mail), with_trace(self.mail));
        Box::pin(async move {
            let place = path.clone();
            let stored = tokio::task::spawn_blocking(move || store(&place, &name, &bytes)).await;
            match stored.map_err(io::Error::other).and_then(|stored| stored) {
                Ok(name) => Outcome::Sent(format!("new/{name}")),
                Err(error) => Outcome::NotSent(self.maildir.away(&error)),
            }
        })
    }
}

/// `<kind>.<hash of the Message-ID>`: the same mail, the same name.
fn file_name(mail: &Outgoing) -> String {
    let hash = sha2::Sha256::digest(mail.message_id.as_bytes());
    let hex: String = hash.iter().take(12).map(|octet| format!("{octet:02x}")).collect();
    format!("{}.{hex}", mail.kind.word())
}

fn with_trace(mail: &Outgoing) -> Vec<u8> {
    let from = mail.envelope_from.as_ref().map(ToString::to_string).unwrap_or_default();
    let mut bytes = format!("Return-Path: <{from}>\r\nDelivered-To: {}\r\n", mail.envelope_to).into_bytes();
    bytes.extend_from_slice(&mail.bytes);
    bytes
}

/// Writes into `tmp/`, then links into `new/`, so that a reader never sees half
/// a mail. A mail that is there already, read or not, stays as it is.
fn store(path: &Path, name: &str, bytes: &[u8]) -> io::Result<String> {
    let flagged = format!("{name}:2,");
    let read = std::fs::read_dir(path.join("cur"))?
        .any(|entry| entry.is_ok_and(|e| e.file_name().to_string_lossy().starts_with(&flagged)));
    if read || path.join("new").join(name).exists() {
        return Ok(name.to_owned());
    }
    let tmp = path.join("tmp").join(format!("{name}.{}", std::process::id()));
    let mut file = std::fs::File::create(&tmp)?;
    let linked = file
        .write_all(bytes)
        .and_then(|()| file.sync_all())
        .and_then(|()| std::fs::hard_link(&tmp, path.join("new").join(name)));
    // Whatever became of the link, the name in `tmp/` has no more use.
    let removed = std::fs::remove_file(&tmp);
    match linked {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Ok(name.to_owned()),
        other => other?,
    }
    removed?;
    std::fs::File::open(path.join("new"))?.sync_all()?;
    Ok(name.to_owned())
}
