//! `madoguchi run`: the daemon. Puts its parts together from the
//! configuration, hands it the signals of the system, and turns its end into
//! an exit code. Starts nothing while one file is bad or the ledger is in use.

use super::load;
use super::output::{self, Output, count};
use super::reload::{self, Reloaded};
use crate::core::diagnostic::{Diagnostic, SourceFile};
use crate::core::plan::{Plan, Step};
use crate::core::policy::Verify;
use crate::core::reason::Reason;
use crate::core::ruleset::Ruleset;
use crate::shell::config::{Config, Mailbox, MailboxUrl};
use crate::shell::daemon::{Current, Daemon, Decided, Ended, Event, Mode, Settings, system_clock};
use crate::shell::ledger::{Ledger, LedgerError};
use crate::shell::observe::{self, LogFormat};
use crate::shell::{delivery, source, verify};
use std::io;
use std::path::Path;
use std::pin::pin;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

/// A shutdown ends within this, whatever mailbox, relay and ledger do. The
/// daemon's own grace period for mails on their way is shorter.
const SHUTDOWN_LONGEST: Duration = Duration::from_secs(15);

/// Answer and forward what arrives in the mailbox
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Work off mailbox and outbox, then exit
    #[arg(long)]
    once: bool,
    /// Print what would be done with the messages that are there; send, mark and record nothing
    #[arg(long)]
    dry_run: bool,
    /// How log lines look
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    log_format: LogFormat,
}

impl Args {
    fn mode(&self) -> Mode {
        match (self.dry_run, self.once) {
            (true, _) => Mode::DryRun,
            (false, true) => Mode::Once,
            (false, false) => Mode::Stay,
        }
    }
}

/// Why the daemon cannot be put together.
#[derive(Debug, thiserror::Error)]
pub enum CannotRun {
    #[error("the configuration lacks `[{0}]`")]
    Incomplete(&'static str),
    #[error("the folder that the mailbox lies in cannot be found: {0}")]
    Folder(io::Error),
    #[error(transparent)]
    NameServers(#[from] verify::NoNameServers),
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

/// The daemon that a configuration (read with `Need::Run`) describes. Takes the
/// ledger's lock and opens it, which blocks for a moment; opens neither
/// mailbox nor relay. For [`Mode::DryRun`] the ledger is a copy in memory.
pub fn assemble(
    config: &Config,
    ruleset: Arc<Ruleset>,
    mode: Mode,
    events: Option<mpsc::UnboundedSender<Event>>,
) -> Result<Daemon, CannotRun> {
    let mailbox = config.mailbox.as_ref().ok_or(CannotRun::Incomplete("mailbox"))?;
    let outbound = config.outbound.as_ref().ok_or(CannotRun::Incomplete("outbound"))?;
    let path = config.ledger.as_ref().ok_or(CannotRun::Incomplete("ledger"))?;
    // The ledger's word for a Maildir is the same from whatever folder
    // madoguchi is started.
    let mailbox = match &mailbox.url {
        MailboxUrl::Maildir(path) => {
            let path = std::path::absolute(path).map_err(CannotRun::Folder)?;
            Mailbox { url: MailboxUrl::Maildir(path), ..mailbox.clone() }
        }
        MailboxUrl::Imap { .. } => mailbox.clone(),
    };
    let clock = system_clock();
    let ledger = match mode {
        Mode::DryRun => Ledger::in_memory(Some(path))?,
        Mode::Stay | Mode::Once => Ledger::open(path, clock())?,
    };
    let verify: Option<Arc<dyn verify::Verify>> = match ruleset.policy.verify {
        Verify::Dns => Some(Arc::new(verify::Dns::system()?)),
        Verify::Header | Verify::Off => None,
    };
    let settings = Settings {
        first_run: mailbox.first_run,
        poll: mailbox.poll,
        filing: config.filing.clone(),
        ..Settings::new(mode, mailbox.url.identity())
    };
    Ok(Daemon {
        settings,
        decider: Current::new(ruleset),
        source: source::connect(&mailbox),
        delivery: delivery::connect(outbound),
        verify,
        ledger,
        clock,
        events,
    })
}

/// Exit 0 after an orderly stop; 1 where `--once` left a due mail undelivered,
/// never reached the mailbox, or was interrupted; 2 when it could not run.
pub fn run(config: Option<&Path>, args: &Args, out: &mut Output) -> io::Result<ExitCode> {
    let path = config.unwrap_or(Path::new(load::DEFAULT_CONFIG));
    let (config, loaded) = match load::for_run(path) {
        Ok(loaded) => loaded,
        Err(failed) => {
            load::report(&failed.diagnostics, &failed.sources, out)?;
            return Ok(ExitCode::from(2));
        }
    };
    observe::init(args.log_format);
    loaded.warnings.iter().for_each(warn);
    // Deciding is one thread's work, waiting for servers another's.
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let code = runtime.block_on(serve(&config, Arc::new(loaded.ruleset), &loaded.sources, args.mode(), out));
    // Threads that still read or write a file are not waited for.
    runtime.shutdown_timeout(Duration::from_millis(200));
    code
}

/// One line in the log; `check` shows the excerpt and the cure.
fn warn(finding: &Diagnostic) {
    let place = format!("{}:{}:{}", finding.file, finding.line, finding.column);
    tracing::warn!(place, code = finding.code, "{}", output::one_line(&finding.message.en));
}

/// One line in the log for each change of the rules.
fn reloaded(what: Reloaded) {
    match what {
        Reloaded::New(ruleset, warnings, took) => {
            warnings.iter().for_each(warn);
            let took_ms = took.as_millis() as u64;
            tracing::info!(revision = ruleset.revision, took_ms, "the rules were changed; they decide from now on");
        }
        Reloaded::Same => {}
        Reloaded::Bad(failed) => {
            for finding in failed.diagnostics.iter().filter(|d| d.is_error()) {
                let place = format!("{}:{}:{}", finding.file, finding.line, finding.column);
                tracing::error!(place, code = finding.code, "{}", output::one_line(&finding.message.en));
            }
            tracing::error!("the rule files have errors; the rules of before go on (madoguchi check says more)");
        }
        Reloaded::Unkept(error) => {
            tracing::error!(%error, "the new rules cannot be recorded; the rules of before go on");
        }
    }
}

async fn serve(
    config: &Config,
    ruleset: Arc<Ruleset>,
    sources: &[SourceFile],
    mode: Mode,
    out: &mut Output,
) -> io::Result<ExitCode> {
    // First, so that no signal falls between the start and here.
    let mut signals = [signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?];
    let hangups = signal(SignalKind::hangup())?;
    let (events, mut watched) = mpsc::unbounded_channel();
    let events = (mode == Mode::DryRun).then_some(events);
    let revision = ruleset.revision.clone();
    let daemon = match assemble(config, ruleset, mode, events) {
        Ok(daemon) => daemon,
        Err(error) => {
            out.error(&error.to_string())?;
            return Ok(ExitCode::from(2));
        }
    };
    let ledger = daemon.ledger.clone();
    if mode != Mode::DryRun
        && let Err(error) = reload::keep(&ledger, &revision, sources).await
    {
        out.error(&error.to_string())?;
        return Ok(ExitCode::from(2));
    }
    let _follower = (mode == Mode::Stay).then(|| {
        let follow = reload::follow(config.clone(), daemon.decider.clone(), ledger.clone(), hangups, reloaded);
        AbortOnDropHandle::new(tokio::spawn(follow))
    });
    let stop = CancellationToken::new();
    let mut running = pin!(daemon.run(stop.clone()));
    let mut limit = None;
    let result = loop {
        let late = async {
            match limit {
                Some(limit) => tokio::time::sleep_until(limit).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            result = &mut running => break result,
            Some(event) = watched.recv() => show(&event, out)?,
            name = next(&mut signals) => {
                if limit.is_some() {
                    tracing::warn!(signal = name, "stopped at once; the next start settles what was on its way");
                    return Ok(ExitCode::FAILURE);
                }
                tracing::info!(signal = name, "stopping");
                limit = Some(Instant::now() + SHUTDOWN_LONGEST);
                stop.cancel();
            }
            () = late => {
                let seconds = SHUTDOWN_LONGEST.as_secs();
                tracing::error!("did not stop within {seconds} s; the next start settles what was on its way");
                return Ok(ExitCode::FAILURE);
            }
        }
    };
    while let Ok(event) = watched.try_recv() {
        show(&event, out)?;
    }
    let ended = match result {
        Ok(ended) => ended,
        Err(error) => {
            out.error(&error.to_string())?;
            return Ok(ExitCode::from(2));
        }
    };
    let interrupted = limit.is_some();
    match mode {
        Mode::Stay => {
            tracing::info!(decided = ended.decided, sent = ended.sent, "stopped");
            return Ok(ExitCode::SUCCESS);
        }
        Mode::Once => {
            let waiting = ledger.report().await.map(|report| report.waiting().count());
            out.line(&once_summary(&ended, waiting.unwrap_or(0)))?;
        }
        Mode::DryRun => {
            let decided = count(ended.decided, "message");
            out.line(&format!("dry run: {decided} looked at; nothing was sent, marked or recorded"))?;
        }
    }
    if ended.unreachable {
        out.error("the mailbox could not be reached; `madoguchi status` says why")?;
    }
    if interrupted {
        out.error("interrupted before all was done; the next run goes on from here")?;
    }
    Ok(if ended.is_complete() && !interrupted { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The name of the signal that comes next.
async fn next(signals: &mut [Signal; 2]) -> &'static str {
    let [terminate, interrupt] = signals;
    tokio::select! {
        _ = terminate.recv() => "SIGTERM",
        _ = interrupt.recv() => "SIGINT",
    }
}

fn once_summary(ended: &Ended, waiting: usize) -> String {
    let mut line = format!("{} decided, {} sent", count(ended.decided, "message"), count(ended.sent, "mail"));
    if ended.undelivered > 0 {
        line += &format!(", {} not delivered", ended.undelivered);
    }
    if waiting > 0 {
        line += &format!("; {waiting} waiting: madoguchi queue list");
    }
    line
}

/// What a dry run prints.
fn show(event: &Event, out: &mut Output) -> io::Result<()> {
    match event {
        Event::Decided(message) => out.line(&decided(message)),
        Event::Skipped { count: number } => {
            let messages = count(*number, "message");
            out.line(&format!("first run: {messages} of before would be left alone (`mailbox.first_run`)"))
        }
        _ => Ok(()),
    }
}

fn decided(message: &Decided) -> String {
    let Plan { action, reason, topics, reply, forward, .. } = &message.plan;
    let sender = message.sender.as_ref().map_or_else(|| "no usable sender".to_owned(), ToString::to_string);
    let topics = if topics.is_empty() { "no topic".to_owned() } else { topics.join(", ") };
    let reply = step(reply, |reply| {
        let languages: Vec<_> = reply.languages.iter().map(|l| l.word()).collect();
        format!("to {}, template {} ({})", reply.to, reply.template, languages.join(", "))
    });
    let forward = step(forward, |forward| format!("to {} (prefecture {})", forward.to, forward.prefecture));
    output::plain(&format!(
        "{} {sender}: {} ({reason}), {topics}\n  reply    {reply}\n  forward  {forward}",
        message.key.reception_number(),
        action.word(),
    ))
}

fn step<T>(step: &Step<T>, done: impl Fn(&T) -> String) -> String {
    let sentence = |reason: &Reason| format!("{} ({reason})", reason.en().trim_end_matches('.'));
    match step {
        Step::Do(it) => done(it),
        Step::Skip(reason) => format!("no: {}", sentence(reason)),
        Step::Ask(reason) => format!("left to a person: {}", sentence(reason)),
    }
}
