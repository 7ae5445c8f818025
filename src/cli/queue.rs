//! `madoguchi queue`: the mails that are not sent and the messages that wait
//! for a person. Looks into the ledger, beside a running daemon or without.

use super::load;
use super::output::{self, Output};
use crate::core::reason::Reason;
use crate::shell::ledger::{MessageRow, OutboxRow, Reader, Report, State, Waiting};
use comfy_table::{ContentArrangement, Table, presets};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Look at what is not sent and what waits for a person
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// List mails that are not sent, and messages that a person should look at
    List,
}

/// Exit 0; 2 when there is no ledger to look into.
pub fn run(config: Option<&Path>, args: &Args, out: &mut Output) -> io::Result<ExitCode> {
    let Some(path) = ledger(config, out)? else { return Ok(ExitCode::from(2)) };
    match args.command {
        Command::List => list(&path, out),
    }
}

/// The ledger that the configuration names; `None` when that was refused and
/// said.
pub fn ledger(config: Option<&Path>, out: &mut Output) -> io::Result<Option<PathBuf>> {
    let config = config.unwrap_or(Path::new(load::DEFAULT_CONFIG));
    match load::for_ledger(config) {
        Ok(config) => Ok(config.ledger),
        Err(failed) => {
            load::report(&failed.diagnostics, &failed.sources, out)?;
            Ok(None)
        }
    }
}

fn list(path: &Path, out: &mut Output) -> io::Result<ExitCode> {
    if !path.exists() {
        out.error(&format!("there is no ledger `{}` yet; `madoguchi run` makes it", path.display()))?;
        return Ok(ExitCode::from(2));
    }
    let report = match Reader::open(path).and_then(|reader| reader.report()) {
        Ok(report) => report,
        Err(error) => {
            out.error(&error.to_string())?;
            return Ok(ExitCode::from(2));
        }
    };
    if report.waiting().next().is_none() {
        out.line("nothing waits")?;
        return Ok(ExitCode::SUCCESS);
    }
    out.line(&table(&report).trim_fmt())?;
    out.line(&summary(&report))?;
    Ok(ExitCode::SUCCESS)
}

fn table(report: &Report) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_header(["NUMBER", "WHAT", "STATE", "WHO", "SINCE", "WHY"]);
    // Somebody else's program reads a pipe: one line an item there.
    let arrangement = match io::stdout().is_terminal() {
        true => ContentArrangement::Dynamic,
        false => ContentArrangement::Disabled,
    };
    table.set_content_arrangement(arrangement);
    for item in report.waiting() {
        table.add_row(match item {
            Waiting::Mail(mail) => mail_row(mail),
            Waiting::Message(message) => message_row(message),
        });
    }
    table
}

fn mail_row(mail: &OutboxRow) -> [String; 6] {
    let mut why = mail.reason.map(sentence).unwrap_or_default();
    if let Some(detail) = mail.detail.as_deref().filter(|d| !d.is_empty()) {
        why = if why.is_empty() { detail.to_owned() } else { format!("{why}: {detail}") };
    }
    if mail.state == State::Deferred {
        why += &format!("; again at {}", moment(mail.next_attempt));
    }
    [
        mail.key.reception_number(),
        mail.kind.word().to_owned(),
        mail.state.word().to_owned(),
        format!("to {}", output::one_line(&mail.to)),
        moment(mail.created),
        output::one_line(&why),
    ]
}

fn message_row(message: &MessageRow) -> [String; 6] {
    // The step that is left to a person says why; beside an answer it is the
    // forward's.
    let steps = [&message.plan.reply, &message.plan.forward];
    let asked = steps.into_iter().find(|s| s.step == "ask").and_then(|s| s.reason.as_deref());
    let reason = asked.and_then(|word| word.parse().ok()).unwrap_or(message.reason);
    [
        message.key.reception_number(),
        "message".to_owned(),
        if message.plan.reply.step == "do" { "replied" } else { "review" }.to_owned(),
        format!("from {}", message.sender.as_deref().map_or("an unusable sender".to_owned(), output::one_line)),
        moment(message.received),
        sentence(reason),
    ]
}

fn sentence(reason: Reason) -> String {
    format!("{reason}, {}", reason.en().trim_end_matches('.'))
}

fn summary(report: &Report) -> String {
    let states = [State::Queued, State::Active, State::Deferred, State::Refused, State::Held];
    let mut parts: Vec<String> = states
        .into_iter()
        .map(|state| (state, report.outbox.iter().filter(|mail| mail.state == state).count()))
        .filter(|(_, count)| *count > 0)
        .map(|(state, count)| format!("{count} {}", state.word()))
        .collect();
    if !report.review.is_empty() {
        parts.push(format!("{} for a person to look at", report.review.len()));
    }
    parts.join(", ")
}

/// Local time, to the minute.
pub fn moment(at: Timestamp) -> String {
    at.to_zoned(TimeZone::system()).strftime("%Y-%m-%d %H:%M").to_string()
}
