//! The command line: one file a subcommand. Exit codes: 0 fine, 1 the answer
//! is no, 2 could not run.

pub mod associations;
pub mod backup;
pub mod check;
pub mod codes;
pub mod demo;
pub mod explain;
pub mod labels;
pub mod lang;
pub mod load;
pub mod new;
pub mod output;
pub mod queue;
pub mod reload;
pub mod replay;
pub mod rules;
pub mod run;
pub mod schema;
pub mod sources;
pub mod status;
pub mod suggest;
pub mod test;

use clap::{Parser, Subcommand};
use output::Output;
use std::io::ErrorKind;
use std::path::PathBuf;
use std::process::ExitCode;

/// Answers the mailbox of the telework support network
#[derive(Debug, Parser)]
#[command(name = "madoguchi", version, about, disable_help_subcommand = true)]
struct Cli {
    /// Configuration [default: ./madoguchi.toml]
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(flatten)]
    lang: lang::LangArg,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Demo(demo::Args),
    Run(run::Args),
    Status(status::Args),
    Queue(queue::Args),
    Backup(backup::Args),
    Explain(explain::Args),
    Check(check::Args),
    Test(test::Args),
    Replay(replay::Args),
    Rules(rules::Args),
    Suggest(suggest::Args),
    New(new::Args),
    Associations(associations::Args),
    Schema(schema::Args),
}

/// Parses the arguments, runs the subcommand, and turns what it says into an
/// exit code. A reader that went away (`| head`) is no failure.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let mut out = Output::new(cli.lang.lang());
    let config = cli.config.as_deref();
    let result = match &cli.command {
        Command::Demo(args) => demo::run(args, &mut out),
        Command::Run(args) => run::run(config, args, &mut out),
        Command::Status(args) => status::run(config, args, &mut out),
        Command::Queue(args) => queue::run(config, args, &mut out),
        Command::Backup(args) => backup::run(config, args, &mut out),
        Command::Explain(args) => explain::run(config, args, &mut out),
        Command::Check(args) => check::run(config, args, &mut out),
        Command::Test(args) => test::run(config, args, &mut out),
        Command::Replay(args) => replay::run(config, args, &mut out),
        Command::Rules(args) => rules::run(config, args, &mut out),
        Command::Suggest(args) => suggest::run(config, args, &mut out),
        Command::Schema(args) => schema::run(args, &mut out),
        Command::New(args) => new::run(config, args, &mut out),
        Command::Associations(args) => associations::run(config, args, &mut out),
    };
    match result {
        Ok(code) => code,
        Err(error) if error.kind() == ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            let _ = out.error(&error.to_string());
            ExitCode::from(2)
        }
    }
}
