//! `madoguchi demo`: the daemon itself over a scratch folder (Maildir, SQLite,
//! no server), on inquiries that come with the program.

use super::load::{self, Loaded};
use super::output::{self, Output};
use super::reload::{self, Reloaded};
use super::run::assemble;
use crate::core::compose::Kind;
use crate::core::evidence::Role;
use crate::core::inquiry;
use crate::core::places::Place;
use crate::core::plan::{Action, Plan};
use crate::core::ruleset::Ruleset;
use crate::shell::config::Config;
use crate::shell::daemon::{Decided, Ended, Event, Mode};
use crate::shell::files;
use crate::shell::ledger::{MailId, State};
use anstyle::Style;
use comfy_table::{ContentArrangement, LineStyle, Table, TableStyle};
use include_dir::{Dir, include_dir};
use indicatif::{ProgressBar, ProgressStyle};
use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

static INQUIRIES: Dir = include_dir!("$CARGO_MANIFEST_DIR/demo/inbox");

/// Watch it work: it answers its own sample mail in a scratch folder
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Stop when all sample mail is answered
    #[arg(long)]
    once: bool,
}

/// A table of lines under the header and between the rows.
const LINES: TableStyle = TableStyle::new()
    .header_separator(LineStyle::none().fill('━').junction('━'))
    .row_separator(LineStyle::none().fill('─').junction('─'))
    .bottom_border(LineStyle::none().fill('━').junction('━'));

/// Columns of the table where there is no terminal to ask.
const WIDTH: u16 = 150;

const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();

const CONFIG: &str = r#"# The demo's own configuration: a Maildir in, a Maildir out, no server.
[secretariat]
address = "jimukyoku@teleworksupport.example"

[mailbox]
url  = "maildir:inbox"           # a message dropped into inbox/new is answered
poll = "1s"

[outbound]
url = "maildir:outbox"           # what a relay would get lies in outbox/new

[ledger]
url = "sqlite:ledger.db"

[rules]
path = "rules"

[templates]
path = "templates"

[[web_form]]
from = "form@teleworksupport.example"
"#;

/// The scratch folder: everything of one demo. It stays when the demo ends,
/// since the replies lie in it.
struct Scratch {
    root: PathBuf,
    inquiries: usize,
}

impl Scratch {
    /// Writes configuration, rules, templates and the inquiries.
    fn create() -> io::Result<Scratch> {
        let root = tempfile::Builder::new().prefix("madoguchi-demo-").tempdir()?.keep();
        fs::write(root.join("madoguchi.toml"), CONFIG)?;
        let files = files::embedded();
        for file in files.iter() {
            let path = root.join(&*file.name);
            if let Some(folder) = path.parent() {
                fs::create_dir_all(folder)?;
            }
            fs::write(path, &file.bytes)?;
        }
        for mailbox in ["inbox", "outbox"] {
            for folder in ["tmp", "new", "cur"] {
                fs::create_dir_all(root.join(mailbox).join(folder))?;
            }
        }
        let mut inquiries = 0;
        for file in INQUIRIES.files() {
            let name = file.path().file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
            let waiting = root.join("inbox/tmp").join(&name);
            fs::write(&waiting, file.contents())?;
            fs::rename(waiting, root.join("inbox/new").join(&name))?;
            inquiries += 1;
        }
        Ok(Scratch { root, inquiries })
    }

    fn path(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }
}

/// One message and what became of it.
struct Row {
    decided: Decided,
    /// Where each mail lies in the outbox.
    sent: Vec<(Kind, PathBuf)>,
}

/// Exit 0; 1 when something due could not be delivered; 2 when it could not run.
pub fn run(args: &Args, out: &mut Output) -> io::Result<ExitCode> {
    let scratch = Scratch::create()?;
    let config_path = scratch.path("madoguchi.toml");
    let Some(loaded) = load::or_report(Some(&config_path), out)? else { return Ok(ExitCode::from(2)) };
    let config = Config::load(&config_path).map_err(|found| io::Error::other(format!("{found:?}")))?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let ended = runtime.block_on(work(args, &scratch, config, loaded, out))?;
    Ok(if ended.is_complete() { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

async fn work(args: &Args, scratch: &Scratch, config: Config, loaded: Loaded, out: &mut Output) -> io::Result<Ended> {
    let began = Instant::now();
    let ruleset = Arc::new(loaded.ruleset);
    let (events, mut watched) = unbounded_channel();
    let mode = if args.once { Mode::Once } else { Mode::Stay };
    let daemon = assemble(&config, ruleset.clone(), mode, Some(events)).map_err(io::Error::other)?;
    reload::keep(&daemon.ledger, &ruleset.revision, &loaded.sources).await.map_err(io::Error::other)?;
    let (tell, mut reloads) = unbounded_channel();
    let hangups = signal(SignalKind::hangup())?;
    let follow = reload::follow(config, daemon.decider.clone(), daemon.ledger.clone(), hangups, move |what| {
        let _ = tell.send(what);
    });
    let _follower = AbortOnDropHandle::new(tokio::spawn(follow));
    let shutdown = CancellationToken::new();
    let stop = shutdown.clone();
    let running = tokio::spawn(daemon.run(shutdown));
    tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            stop.cancel();
        }
    });

    let mut watch = Watch { scratch, ruleset, rows: Vec::new(), by_mail: HashMap::new() };
    watch.until_idle(&mut watched).await;
    report(&watch, began.elapsed(), out)?;
    if !args.once {
        invite(scratch, out)?;
        watch.go_on(&mut watched, &mut reloads, out).await?;
    }
    running.await.map_err(io::Error::other)?.map_err(io::Error::other)
}

/// Follows the daemon's events.
struct Watch<'a> {
    scratch: &'a Scratch,
    ruleset: Arc<Ruleset>,
    rows: Vec<Row>,
    by_mail: HashMap<inquiry::InquiryKey, usize>,
}

impl Watch<'_> {
    /// Until all sample mail is answered, with a progress line on a terminal.
    async fn until_idle(&mut self, events: &mut UnboundedReceiver<Event>) {
        let progress = ProgressBar::new(self.scratch.inquiries as u64);
        if let Ok(style) = ProgressStyle::with_template("{bar:28} {pos}/{len} inquiries {elapsed}") {
            progress.set_style(style);
        }
        while let Some(event) = events.recv().await {
            if matches!(event, Event::Idle) && self.rows.len() >= self.scratch.inquiries {
                break;
            }
            self.take(event);
            progress.set_position(self.rows.len() as u64);
        }
        progress.finish_and_clear();
        self.rows.sort_by(|a, b| a.decided.origin.id.cmp(&b.decided.origin.id));
        self.by_mail = self.rows.iter().enumerate().map(|(i, row)| (row.decided.key, i)).collect();
    }

    /// What comes after: each message when nothing more happens to it, and each
    /// change of the rules.
    async fn go_on(
        &mut self,
        events: &mut UnboundedReceiver<Event>,
        reloads: &mut UnboundedReceiver<Reloaded>,
        out: &mut Output,
    ) -> io::Result<()> {
        let mut told = self.rows.len();
        loop {
            tokio::select! {
                event = events.recv() => match event {
                    None => return Ok(()),
                    Some(Event::Idle) => {
                        for row in self.rows.get(told..).unwrap_or_default() {
                            out.line(&self.paragraph(row))?;
                        }
                        told = self.rows.len();
                    }
                    Some(Event::Health { component, trouble: Some(trouble) }) => {
                        out.error(&format!("{component}: {trouble}"))?;
                    }
                    Some(other) => self.take(other),
                },
                Some(what) = reloads.recv() => match what {
                    Reloaded::New(ruleset, ..) => {
                        out.line(&format!("\n{BOLD}The rules were changed{BOLD:#}; revision {} decides from now on.", ruleset.revision))?;
                        self.ruleset = ruleset;
                    }
                    Reloaded::Same => {}
                    Reloaded::Bad(failed) => {
                        load::report(&failed.diagnostics, &failed.sources, out)?;
                        out.line("\nThe rules have errors; those of before go on.")?;
                    }
                    Reloaded::Unkept(error) => out.error(&error.to_string())?,
                },
            }
        }
    }

    fn take(&mut self, event: Event) {
        match event {
            Event::Decided(decided) => {
                self.by_mail.insert(decided.key, self.rows.len());
                self.rows.push(Row { decided: *decided, sent: Vec::new() });
            }
            Event::Settled { id: MailId { key, kind }, state: State::Sent, words, .. } => {
                let row = self.by_mail.get(&key).and_then(|i| self.rows.get_mut(*i));
                if let Some(row) = row {
                    row.sent.push((kind, self.scratch.path("outbox").join(words)));
                    row.sent.sort_by_key(|(kind, _)| *kind);
                }
            }
            _ => {}
        }
    }

    fn who(&self, row: &Row) -> String {
        match &row.decided.sender {
            Some(address) => output::one_line(&address.to_string()),
            None => "—".to_owned(),
        }
    }

    fn topics(&self, plan: &Plan) -> String {
        if plan.topics.is_empty() { "—".to_owned() } else { plan.topics.join("\n") }
    }

    fn place(&self, plan: &Plan) -> String {
        let name = |p: &_| self.ruleset.gazetteer.name_en(*p).to_owned();
        match &plan.place {
            Place::Known(prefecture) => name(prefecture),
            Place::Ambiguous(several) => several.iter().map(name).collect::<Vec<_>>().join(" or ") + "?",
            Place::Unstated => "—".to_owned(),
        }
    }

    /// What was sent to whom, one line a mail.
    fn sent(&self, plan: &Plan) -> Vec<String> {
        let mut lines = Vec::new();
        if let Some(reply) = plan.reply.done() {
            let languages: Vec<_> = reply.languages.iter().map(|l| l.word()).collect();
            lines.push(format!("reply: {} ({})", reply.template, languages.join(", ")));
        }
        if let Some(forward) = plan.forward.done() {
            lines.push(format!("forward: {}", forward.to));
        }
        if plan.wants_person() {
            lines.push("a person looks".to_owned());
        }
        if lines.is_empty() {
            lines.push("nothing".to_owned());
        }
        lines
    }

    /// The words that made it so, and why a step was not done.
    fn why(&self, plan: &Plan) -> Vec<String> {
        let mut lines: Vec<String> = Vec::new();
        if plan.action == Action::Answer {
            for topic in &plan.topics {
                let found = plan.evidence.iter().filter(|e| e.about == *topic && e.role != Role::Against);
                if let Some(evidence) = found.min_by_key(|e| e.role) {
                    lines.push(format!("“{}”", shortened(&output::one_line(&evidence.text))));
                    lines.push(evidence.source.to_string());
                }
            }
        } else if let Some(reason) = plan.reply.reason() {
            lines.push(reason.en().to_owned());
        }
        if plan.action != Action::Ignore {
            lines.extend(plan.forward.reason().map(|r| r.en().to_owned()));
        }
        lines.dedup();
        lines
    }

    /// A message that came later.
    fn paragraph(&self, row: &Row) -> String {
        let plan = &row.decided.plan;
        let mut text = format!(
            "\n{BOLD}{}{BOLD:#} from {}: {}, {}\n",
            output::one_line(&row.decided.origin.id),
            self.who(row),
            self.topics(plan).replace('\n', " and "),
            self.place(plan)
        );
        for line in self.why(plan).iter().chain(&self.sent(plan)) {
            text.push_str(&format!("  {line}\n"));
        }
        for (_, path) in &row.sent {
            text.push_str(&format!("  {DIM}{}{DIM:#}\n", path.display()));
        }
        text.trim_end().to_owned()
    }
}

fn report(watch: &Watch<'_>, took: Duration, out: &mut Output) -> io::Result<()> {
    let mut table = Table::new();
    table.load_style(LINES).set_content_arrangement(ContentArrangement::Dynamic);
    if !table.is_tty() {
        table.set_width(WIDTH);
    }
    table.set_header(["inquiry", "who asked", "topic", "place", "what was sent", "why"]);
    for row in &watch.rows {
        let plan = &row.decided.plan;
        table.add_row([
            output::one_line(row.decided.origin.id.trim_end_matches(".eml")),
            watch.who(row),
            watch.topics(plan),
            watch.place(plan),
            watch.sent(plan).join("\n"),
            watch.why(plan).join("\n"),
        ]);
    }
    for line in table.lines() {
        out.line(line.trim_end())?;
    }
    let count = |action| watch.rows.iter().filter(|r| r.decided.plan.action == action).count();
    let mails = |kind| watch.rows.iter().flat_map(|r| &r.sent).filter(|(k, _)| *k == kind).count();
    out.line(&format!(
        "\n{BOLD}{} inquiries in {:.1} s: {} answered, {} for a person, {} automatic. {} replies and {} forwards.{BOLD:#}",
        watch.rows.len(),
        took.as_secs_f64(),
        count(Action::Answer),
        count(Action::Review),
        count(Action::Ignore),
        mails(Kind::Reply),
        mails(Kind::Forward),
    ))?;
    out.line(&format!("\nWhere each mail lies, in {}:", watch.scratch.path("outbox").display()))?;
    for row in watch.rows.iter().filter(|r| !r.sent.is_empty()) {
        let name = output::one_line(row.decided.origin.id.trim_end_matches(".eml"));
        let lying: Vec<_> = row.sent.iter().map(|(_, path)| relative(path, &watch.scratch.path("outbox"))).collect();
        out.line(&format!("  {name:<20} {}", lying.join("  ")))?;
    }
    let answered = watch.rows.iter().filter(|r| r.decided.plan.action == Action::Answer);
    let reply = answered.flat_map(|r| &r.sent).find(|(kind, _)| *kind == Kind::Reply);
    if let Some((_, path)) = reply {
        show(path, out)?;
    }
    Ok(())
}

/// So much of a piece of evidence that a table can show it.
fn shortened(text: &str) -> String {
    const MOST: usize = 24;
    match text.char_indices().nth(MOST) {
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or_default()),
        None => text.to_owned(),
    }
}

fn relative(path: &Path, root: &Path) -> String {
    path.strip_prefix(root).unwrap_or(path).display().to_string()
}

/// Prints a mail whole, as its reader sees it.
fn show(path: &Path, out: &mut Output) -> io::Result<()> {
    const FIELDS: [&str; 5] = ["From", "To", "Subject", "In-Reply-To", "Auto-Submitted"];
    let Some(mail) = inquiry::shown(&fs::read(path)?, &FIELDS) else { return Ok(()) };
    out.line(&format!("\n{BOLD}One reply whole{BOLD:#} {DIM}{}{DIM:#}\n", path.display()))?;
    for (name, value) in &mail.fields {
        out.line(&format!("  {DIM}{name}:{DIM:#} {}", output::one_line(value)))?;
    }
    out.line("")?;
    for line in mail.text.lines() {
        out.line(format!("  {}", output::plain(line)).trim_end())?;
    }
    Ok(())
}

/// How to go on.
fn invite(scratch: &Scratch, out: &mut Output) -> io::Result<()> {
    let root = scratch.root.display();
    out.line(&format!(
        "\n{BOLD}It goes on watching.{BOLD:#} Drop in a message of your own, and it is answered within a second:\n\
         \n  cp message.eml {root}/inbox/new/\n\
         \nIts rules and templates are files: edit one, say {root}/rules/seminar.toml,\n\
         and drop in the next message. Ctrl-C ends the demo."
    ))
}
