//! SOURCE on the command line: a path, `-`, or the configured mailbox.

use super::load;
use super::output::Output;
use crate::shell::config::{self, Config, Need};
use crate::shell::corpus::{self, CorpusError, Mail};
use std::io;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

/// The word for the configured mailbox.
const MAILBOX: &str = "mailbox";
/// Messages of the mailbox that are read unless told otherwise.
const MAILBOX_LAST: usize = 1000;

/// Whether a source is the mailbox, or a folder of it: for that the
/// configuration is read with [`Need::Run`].
pub fn is_mailbox(source: &str) -> bool {
    folder_of(source).is_some()
}

/// The configuration, or `None` when it was said what is wrong with it. Its
/// passwords are read for [`Need::Run`] alone.
pub fn configuration(named: Option<&Path>, need: Need, out: &mut Output) -> io::Result<Option<Config>> {
    let path = named.unwrap_or(Path::new(load::DEFAULT_CONFIG));
    let (found, sources) = match config::read(path) {
        Ok(source) => (Config::parse(&source, path, need), vec![source]),
        Err(diagnostics) => (Err(diagnostics), Vec::new()),
    };
    match found {
        Ok(config) => Ok(Some(config)),
        Err(diagnostics) => {
            load::report(&diagnostics, &sources, out)?;
            Ok(None)
        }
    }
}

/// Hands over the messages of a source, each not yet read, until `take` breaks
/// off; with `last` only the newest so many, of the mailbox never all.
pub fn each(
    source: &str,
    last: Option<usize>,
    config: &Config,
    take: &mut impl FnMut(Mail) -> ControlFlow<()>,
) -> Result<(), CorpusError> {
    let failed = |name: &'static str| move |cause| CorpusError::File { path: PathBuf::from(name), cause };
    if let Some(folder) = folder_of(source) {
        let Some(mailbox) = &config.mailbox else {
            return Err(failed(MAILBOX)(io::Error::other("not configured")));
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(failed(MAILBOX))?;
        return runtime.block_on(corpus::mailbox(mailbox, folder, last.unwrap_or(MAILBOX_LAST), take));
    }
    let mails = if source == "-" {
        corpus::from_reader(io::stdin().lock(), "-", last).map_err(failed("standard input"))?
    } else {
        corpus::list(Path::new(source), last)?
    };
    for mail in mails {
        if take(mail).is_break() {
            break;
        }
    }
    Ok(())
}

/// The folder that `mailbox:FOLDER` names; `Some(None)` for `mailbox`.
fn folder_of(source: &str) -> Option<Option<&str>> {
    match source.strip_prefix(MAILBOX)? {
        "" => Some(None),
        rest => rest.strip_prefix(':').map(Some),
    }
}
