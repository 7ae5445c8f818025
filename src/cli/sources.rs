//! SOURCE on the command line: a path, `-`, or the configured mailbox with the
//! folders that handled mail is filed into.

use crate::shell::config::Config;
use crate::shell::corpus::{self, CorpusError, Mail};
use crate::shell::source::SourceError;
use std::io;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

/// The word for the configured mailbox.
const MAILBOX: &str = "mailbox";
/// Messages of the mailbox that are read unless told otherwise.
const MAILBOX_LAST: usize = 1000;

/// Whether a source is the mailbox, or a folder of it: for that the
/// configuration is read with `Need::Run`.
pub fn is_mailbox(source: &str) -> bool {
    folder_of(source).is_some()
}

/// Hands over the messages of a source, each not yet read, until `take` breaks
/// off; with `last` only the newest so many, of a mailbox never all. Gives back
/// what was passed over: a folder for handled mail that is not there yet.
pub fn each(
    source: &str,
    last: Option<usize>,
    config: &Config,
    take: &mut impl FnMut(Mail) -> ControlFlow<()>,
) -> Result<Vec<String>, CorpusError> {
    if let Some(folder) = folder_of(source) {
        return from_mailbox(folder, last.unwrap_or(MAILBOX_LAST), config, take);
    }
    let mails = if source == "-" {
        let failed = |cause| CorpusError::File { path: PathBuf::from("standard input"), cause };
        corpus::from_reader(io::stdin().lock(), "-", last).map_err(failed)?
    } else if source == "ledger" && !Path::new(source).exists() {
        let cause = io::Error::other("the ledger keeps no mail; `mailbox` reads it where it lies");
        return Err(CorpusError::File { path: PathBuf::from(source), cause });
    } else {
        corpus::list(Path::new(source), last)?
    };
    for mail in mails {
        if take(mail).is_break() {
            break;
        }
    }
    Ok(Vec::new())
}

fn from_mailbox(
    folder: Option<&str>,
    last: usize,
    config: &Config,
    take: &mut impl FnMut(Mail) -> ControlFlow<()>,
) -> Result<Vec<String>, CorpusError> {
    let failed = |cause| CorpusError::File { path: PathBuf::from(MAILBOX), cause };
    let Some(mailbox) = &config.mailbox else { return Err(failed(io::Error::other("not configured"))) };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(failed)?;
    runtime.block_on(async {
        corpus::mailbox(mailbox, folder, last, &mut *take).await?;
        if folder.is_some() {
            return Ok(Vec::new());
        }
        let filing = &config.filing;
        let mut filed: Vec<&str> =
            [&filing.answered, &filing.review, &filing.automatic].into_iter().flatten().map(String::as_str).collect();
        filed.sort_unstable();
        filed.dedup();
        let mut passed_over = Vec::new();
        for folder in filed {
            match corpus::mailbox(mailbox, Some(folder), last, &mut *take).await {
                // Nothing was filed there yet.
                Err(CorpusError::Mailbox(error @ SourceError::Mailbox { .. })) => passed_over.push(error.to_string()),
                Err(CorpusError::File { cause, .. }) if cause.kind() == io::ErrorKind::NotFound => {}
                other => other?,
            }
        }
        Ok(passed_over)
    })
}

/// The folder that `mailbox:FOLDER` names; `Some(None)` for `mailbox`.
fn folder_of(source: &str) -> Option<Option<&str>> {
    match source.strip_prefix(MAILBOX)? {
        "" => Some(None),
        rest => rest.strip_prefix(':').map(Some),
    }
}
