//! `madoguchi backup FILE`: a copy of the ledger, while the daemon runs.

use super::load;
use super::output::{self, Output};
use super::queue;
use crate::shell::ledger::Reader;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Copy the ledger into a new file, also while madoguchi runs
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Where to; a file that is there already is never overwritten
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

/// Exit 0 when the copy is written and checked, else 2.
pub fn run(config: Option<&Path>, args: &Args, out: &mut Output) -> io::Result<ExitCode> {
    let Some(path) = queue::ledger(config, out)? else { return Ok(ExitCode::from(2)) };
    if !path.exists() {
        out.error(&load::no_ledger(&path))?;
        return Ok(ExitCode::from(2));
    }
    let written = Reader::open(&path).and_then(|reader| {
        reader.backup(&args.file)?;
        Reader::open(&args.file)?.report()
    });
    match written {
        Ok(report) => {
            let messages = output::count(report.actions.values().sum(), "message");
            let unsent = output::count(report.outbox.len() as u64, "mail");
            out.line(&format!("wrote `{}`: {messages}, {unsent} not sent", args.file.display()))?;
            Ok(ExitCode::SUCCESS)
        }
        Err(error) => {
            out.error(&error.to_string())?;
            Ok(ExitCode::from(2))
        }
    }
}
