//! `madoguchi queue`: the mails that are not sent and the messages that wait
//! for a person, and what a person can do about them. Works on the ledger,
//! beside a running daemon or without; sends nothing itself.

use super::load;
use super::output::{self, Output};
use crate::core::compose::Kind;
use crate::core::inquiry::InquiryKey;
use crate::core::reason::Reason;
use crate::shell::config::Need;
use crate::shell::ledger::{
    self, Acted, Dossier, Editor, LedgerError, MailId, MailRow, MessageRow, OutboxRow, Reader, Report, State,
    StepRecord, Waiting, Wish,
};
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
    /// Show all that is known of messages
    Show(Show),
    /// Send again what was refused, or may have been sent already
    Resend(Change),
    /// Do not send, and take it off the list
    Drop(Change),
    /// Send what is held or put off, now
    Release(Change),
}

#[derive(Debug, clap::Args)]
struct Show {
    /// Reception numbers, as `queue list` prints them
    #[arg(required = true, value_name = "NUMBER")]
    numbers: Vec<String>,
    /// Print the mail itself, as it would be sent, and nothing else
    #[arg(long, value_name = "MAIL")]
    mail: Option<Mail>,
}

#[derive(Debug, clap::Args)]
struct Change {
    /// Reception numbers, as `queue list` prints them
    #[arg(required = true, value_name = "NUMBER")]
    numbers: Vec<String>,
    /// Only this mail of each message
    #[arg(long, value_name = "MAIL")]
    only: Option<Mail>,
    /// Who does it, for the record [default: the user of this shell]
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Mail {
    Reply,
    Forward,
}

impl From<Mail> for Kind {
    fn from(mail: Mail) -> Kind {
        match mail {
            Mail::Reply => Kind::Reply,
            Mail::Forward => Kind::Forward,
        }
    }
}

/// Exit 0; 1 when something that was asked for could not be done; 2 when there
/// is no ledger to work on.
pub fn run(config: Option<&Path>, args: &Args, out: &mut Output) -> io::Result<ExitCode> {
    let Some(path) = ledger(config, out)? else { return Ok(ExitCode::from(2)) };
    if !path.exists() {
        out.error(&load::no_ledger(&path))?;
        return Ok(ExitCode::from(2));
    }
    let done = match &args.command {
        Command::List => list(&path, out)?,
        Command::Show(show) => self::show(&path, show, out)?,
        Command::Resend(change) => self::change(&path, Wish::Resend, change, out)?,
        Command::Drop(change) => self::change(&path, Wish::Drop, change, out)?,
        Command::Release(change) => self::change(&path, Wish::Release, change, out)?,
    };
    match done {
        Ok(true) => Ok(ExitCode::SUCCESS),
        Ok(false) => Ok(ExitCode::FAILURE),
        Err(error) => {
            out.error(&error.to_string())?;
            Ok(ExitCode::from(2))
        }
    }
}

/// True when all was done; the outer error is that of the output.
type Done = io::Result<Result<bool, LedgerError>>;

/// The ledger that the configuration names; `None` when that was refused and
/// said.
pub fn ledger(config: Option<&Path>, out: &mut Output) -> io::Result<Option<PathBuf>> {
    Ok(load::configuration(config, Need::Ledger, out)?.and_then(|config| config.ledger))
}

fn list(path: &Path, out: &mut Output) -> Done {
    let report = match Reader::open(path).and_then(|reader| reader.report()) {
        Ok(report) => report,
        Err(error) => return Ok(Err(error)),
    };
    if report.waiting().next().is_none() {
        out.line("nothing waits")?;
        return Ok(Ok(true));
    }
    out.line(&table(&report).trim_fmt())?;
    out.line(&summary(&report))?;
    Ok(Ok(true))
}

fn show(path: &Path, args: &Show, out: &mut Output) -> Done {
    let reader = match Reader::open(path) {
        Ok(reader) => reader,
        Err(error) => return Ok(Err(error)),
    };
    let mut all = true;
    for (index, number) in args.numbers.iter().enumerate() {
        let found = match InquiryKey::prefix_of(number).map(|prefix| reader.show(prefix)).transpose() {
            Ok(found) => found.unwrap_or_default(),
            Err(error) => return Ok(Err(error)),
        };
        if found.is_empty() {
            unknown(number, out)?;
            all = false;
        }
        for dossier in found {
            let Some(kind) = args.mail.map(Kind::from) else {
                if index > 0 {
                    out.line("")?;
                }
                out.line(&output::plain(&describe(&dossier)))?;
                continue;
            };
            match reader.octets(MailId { key: dossier.message.key, kind }) {
                Ok(Some(octets)) => out.octets(&octets)?,
                Ok(None) => {
                    out.error(&format!("{number}: there is no {} that is kept", kind.word()))?;
                    all = false;
                }
                Err(error) => return Ok(Err(error)),
            }
        }
    }
    Ok(Ok(all))
}

fn unknown(number: &str, out: &mut Output) -> io::Result<()> {
    let number = output::one_line(number);
    match InquiryKey::prefix_of(&number) {
        Some(_) => out.error(&format!("{number}: no message has this number")),
        None => out.error(&format!("{number}: a reception number has eight digits and letters, as `queue list` shows")),
    }
}

fn change(path: &Path, wish: Wish, args: &Change, out: &mut Output) -> Done {
    let who = args.by.as_deref().map_or_else(user, output::one_line);
    let mut editor = match Editor::open(path) {
        Ok(editor) => editor,
        Err(error) => return Ok(Err(error)),
    };
    let (mut all, mut queued) = (true, false);
    for number in &args.numbers {
        let Some(prefix) = InquiryKey::prefix_of(number) else {
            unknown(number, out)?;
            all = false;
            continue;
        };
        match editor.act(prefix, args.only.map(Kind::from), wish, &who, Timestamp::now()) {
            Ok(Ok(acted)) => {
                queued |= wish != Wish::Drop;
                for acted in acted {
                    out.line(&said(&acted, wish))?;
                }
            }
            Ok(Err(denied)) => {
                out.error(&format!("{}: {denied}", output::one_line(number)))?;
                all = false;
            }
            Err(error) => return Ok(Err(error)),
        }
    }
    if queued {
        out.note(match ledger::owner(path) {
            Some(_) => "the running daemon sends it within seconds",
            None => "the next run sends it",
        })?;
    }
    Ok(Ok(all))
}

fn said(acted: &Acted, wish: Wish) -> String {
    let what = match (acted.kind, wish) {
        (Some(kind), Wish::Drop) => format!("{} dropped", kind.word()),
        (Some(kind), Wish::Release | Wish::Resend) => format!("{} queued", kind.word()),
        (None, _) => "message off the list".to_owned(),
    };
    format!("{}  {what}, was {}", acted.key.reception_number(), acted.was)
}

/// Who sits at this shell; behind `sudo`, who called it.
fn user() -> String {
    let named = ["SUDO_USER", "LOGNAME", "USER"].into_iter().filter_map(|name| std::env::var(name).ok());
    let known = named.map(|name| output::one_line(&name)).find(|name| !name.is_empty());
    known.unwrap_or_else(|| {
        use std::os::unix::fs::MetadataExt;
        std::fs::metadata("/proc/self").map_or_else(|_| "unknown".to_owned(), |me| format!("uid {}", me.uid()))
    })
}

fn describe(dossier: &Dossier) -> String {
    let Dossier { message, revision, review, mails, acts, notices } = dossier;
    let mut lines = vec![message.key.reception_number()];
    let mut row = |name: &str, value: String| lines.push(format!("  {name:<9} {value}"));
    row("from", message.sender.as_deref().map_or("no usable sender".to_owned(), output::one_line));
    row("received", format!("{}, decided {} by rules {revision}", moment(message.received), moment(message.decided)));
    row("action", format!("{}: {}", message.action, sentence(message.reason)));
    let plan = &message.plan;
    let list = |items: &[String], none: &str| match items {
        [] => none.to_owned(),
        items => items.join(", "),
    };
    row("topics", list(&plan.topics, "none"));
    row("place", list(&plan.prefectures, "not stated"));
    row("language", plan.language.clone().unwrap_or_else(|| "none".to_owned()));
    row("person", if *review { "should look at it" } else { "need not look at it" }.to_owned());
    for (name, kind, step) in [("reply", Kind::Reply, &plan.reply), ("forward", Kind::Forward, &plan.forward)] {
        match mails.iter().find(|mail| mail.row.kind == kind) {
            Some(mail) => row(name, mail_line(mail)),
            None => row(name, not_done(step)),
        }
    }
    for notice in notices {
        let status = notice.status.as_deref().map(|code| format!(" ({})", output::one_line(code))).unwrap_or_default();
        let report = notice.report.reception_number();
        row("report", format!("{} {report}: {} {}{status}", moment(notice.at), notice.kind.word(), notice.outcome));
    }
    for act in acts {
        let what = act.kind.map_or("message", Kind::word);
        row("act", format!("{} {}: {what} {}, was {}", moment(act.at), output::one_line(&act.who), act.what, act.was));
    }
    lines.extend(plan.evidence.iter().map(|evidence| format!("  evidence  {evidence}")));
    lines.join("\n")
}

fn mail_line(mail: &MailRow) -> String {
    let row = &mail.row;
    let mut line = format!("{} to {}", row.state.word(), output::one_line(&row.to));
    if let Some(settled) = mail.settled {
        line += &format!(" at {}", moment(settled));
    }
    if row.attempts > 0 {
        line += &format!(", {}", output::count(u64::from(row.attempts), "attempt"));
    }
    let why = why(row);
    if !why.is_empty() {
        line += &format!("; {why}");
    }
    line + &format!("; Message-ID <{}>", output::one_line(mail.message_id.trim_matches(['<', '>'])))
}

fn not_done(step: &StepRecord) -> String {
    let reason = step.reason.as_deref().and_then(|word| word.parse().ok()).map(sentence).unwrap_or_default();
    match step.step.as_str() {
        "ask" => format!("left to a person: {reason}"),
        _ => format!("no: {reason}"),
    }
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
    [
        mail.key.reception_number(),
        mail.kind.word().to_owned(),
        mail.state.word().to_owned(),
        format!("to {}", output::one_line(&mail.to)),
        moment(mail.created),
        why(mail),
    ]
}

/// Why a mail is not sent, or what the relay said.
fn why(mail: &OutboxRow) -> String {
    let mut why = mail.reason.map(sentence).unwrap_or_default();
    if let Some(detail) = mail.detail.as_deref().filter(|d| !d.is_empty()) {
        why = if why.is_empty() { detail.to_owned() } else { format!("{why}: {detail}") };
    }
    if mail.state == State::Deferred {
        why += &format!("; again at {}", moment(mail.next_attempt));
    }
    output::one_line(&why)
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
