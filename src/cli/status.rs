//! `madoguchi status`: is it working, and if not, what is wrong. Looks at the
//! ledger and its lock, nothing else.

use super::load;
use super::output::{self, Output};
use super::queue::moment;
use super::reload;
use crate::core::compose::Kind;
use crate::shell::config::{Config, Need};
use crate::shell::ledger::{self, Owner, Reader, Report, State};
use jiff::Timestamp;
use std::io;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

/// Say whether it is working
#[derive(Debug, clap::Args)]
pub struct Args {}

/// A running daemon looks into the mailbox at least once in `mailbox.poll`; no
/// contact for so many times that, or for the time below, is trouble.
const POLLS_MISSED: u32 = 3;
const SILENCE_LEAST: Duration = Duration::from_secs(300);

/// Exit 0 when it works (it runs, or single runs end well), 1 when not, 2 when
/// that cannot be found out.
pub fn run(config: Option<&Path>, _args: &Args, out: &mut Output) -> io::Result<ExitCode> {
    let Some(config) = load::configuration(config, Need::Ledger, out)? else { return Ok(ExitCode::from(2)) };
    let Some(path) = &config.ledger else { return Ok(ExitCode::from(2)) };
    if !path.exists() {
        out.line(&format!("not working: it was never started, there is no ledger `{}`", path.display()))?;
        return Ok(ExitCode::FAILURE);
    }
    let report = match Reader::open(path).and_then(|reader| reader.report()) {
        Ok(report) => report,
        Err(error) => {
            out.error(&error.to_string())?;
            return Ok(ExitCode::from(2));
        }
    };
    let owner = ledger::owner(path);
    let troubles = troubles(&report, owner.as_ref(), &config, Timestamp::now());
    let rules = report.health.iter().find(|health| health.component == reload::COMPONENT);
    let rules = rules.filter(|_| owner.is_some()).and_then(|health| Some((health.since, health.trouble.as_ref()?)));
    let answer = match (troubles.as_slice(), &owner) {
        ([], Some(_)) if let Some((since, trouble)) = rules => {
            format!("working with rules of before {}: {trouble}", moment(since))
        }
        ([], Some(_)) => "working".to_owned(),
        ([], None) => "working: single runs, the last one ended well".to_owned(),
        (troubles, _) => format!("not working: {}", troubles.join("; ")),
    };
    out.line(&output::one_line(&answer))?;
    for line in lines(&report, owner.as_ref()) {
        out.line(&format!("  {}", output::plain(&line)))?;
    }
    Ok(if troubles.is_empty() && rules.is_none() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// All that keeps it from doing its work.
fn troubles(report: &Report, owner: Option<&Owner>, config: &Config, now: Timestamp) -> Vec<String> {
    let mut troubles = Vec::new();
    match (&report.run, owner) {
        (_, Some(_)) => {}
        (None, None) => troubles.push("it was never started".to_owned()),
        (Some(run), None) => match run.ended {
            None => troubles.push(format!("it ended without a stop after {}", moment(run.started))),
            Some(ended) if !run.once => troubles.push(format!("it was stopped at {}", moment(ended))),
            Some(_) => {}
        },
    }
    let ledger = owner.and_then(|owner| owner.trouble.as_ref());
    troubles.extend(ledger.map(|trouble| format!("ledger: {trouble}")));
    for health in report.health.iter().filter(|health| health.component != "ledger" || ledger.is_none()) {
        // With bad files on disk it goes on with the rules of before.
        if let Some(trouble) = health.trouble.as_ref().filter(|_| health.component != reload::COMPONENT) {
            troubles.push(format!("{} since {}: {trouble}", health.component, moment(health.since)));
        }
    }
    let Some(mailbox) = &config.mailbox else { return troubles };
    let longest = (mailbox.poll * POLLS_MISSED).max(SILENCE_LEAST);
    let silent = |at: Timestamp| now.duration_since(at).unsigned_abs() > longest && at < now;
    if owner.is_some_and(|owner| owner.since.is_some_and(silent))
        && let Some(health) = report.health.iter().find(|h| h.component == "mailbox" && h.trouble.is_none())
        && let Some(last) = health.last_contact.filter(|at| silent(*at))
    {
        troubles.push(format!("mailbox: no contact since {}", moment(last)));
    }
    troubles
}

fn lines(report: &Report, owner: Option<&Owner>) -> Vec<String> {
    let mut lines = Vec::new();
    let mut row = |name: &str, value: String| lines.push(format!("{name:<9} {value}"));
    match (owner, &report.run) {
        (Some(owner), run) => {
            // A reload may have changed them since the start.
            let rules = report.rules.as_ref().map(|(revision, _)| revision).or(run.as_ref().map(|r| &r.revision));
            let revision = rules.map(|revision| format!(", rules {revision}")).unwrap_or_default();
            let since = owner.since.map(|at| format!(" since {}", moment(at))).unwrap_or_default();
            row("running", format!("process {}{since}{revision}", owner.pid));
        }
        (None, Some(run)) => {
            let ended = run.ended.map_or("no orderly end".to_owned(), |at| format!("ended {}", moment(at)));
            row("last run", format!("started {}, {ended}, rules {}", moment(run.started), run.revision));
        }
        (None, None) => row("last run", "none".to_owned()),
    }
    for health in &report.health {
        let state = match &health.trouble {
            Some(trouble) => format!("TROUBLE since {}: {trouble}", moment(health.since)),
            None => "fine".to_owned(),
        };
        let contact = health.last_contact.map(|at| format!(", last contact {}", moment(at))).unwrap_or_default();
        row(&health.component, state + &contact);
    }
    let decided: u64 = report.actions.values().sum();
    let of = |action: &str| report.actions.get(action).copied().unwrap_or(0);
    let (answered, review, ignored) = (of("answer"), of("review"), of("ignore"));
    let last = report.last_message.map(|at| format!("; last {}", moment(at))).unwrap_or_default();
    row("messages", format!("{decided} decided: {answered} answered, {review} for review, {ignored} ignored{last}"));
    let sent = |kind| report.mails.get(&(kind, State::Sent)).copied().unwrap_or(0);
    let last = |at: Option<Timestamp>| at.map(|at| format!(" (last {})", moment(at))).unwrap_or_default();
    let back = report.mails.get(&(Kind::Reply, State::Bounced)).copied().unwrap_or(0);
    let back = if back > 0 { format!(", {back} came back") } else { String::new() };
    row("replies", format!("{} sent{}{back}", sent(Kind::Reply), last(report.last_reply)));
    row("forwards", format!("{} sent{}", sent(Kind::Forward), last(report.last_forward)));
    let count = |state| report.outbox.iter().filter(|mail| mail.state == state).count();
    let unsent = [State::Queued, State::Active, State::Deferred, State::Refused, State::Held];
    let unsent = unsent.map(|state| format!("{} {}", count(state), state.word()));
    row("outbox", unsent.join(", "));
    let person = report.review.len() + count(State::Held) + count(State::Refused);
    let how = if person > 0 { ": madoguchi queue list" } else { "" };
    row("waiting", format!("{person} for a person{how}"));
    if report.skipped > 0 {
        row("skipped", format!("{} of before the first run", output::count(report.skipped, "message")));
    }
    lines
}
