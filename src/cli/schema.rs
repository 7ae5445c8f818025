//! `madoguchi schema KIND`: the JSON Schema of a kind of file, for editors.

use super::output::Output;
use crate::core::schema;
use clap::builder::PossibleValuesParser;
use std::io;
use std::process::ExitCode;

/// Print the JSON Schema of a kind of file, for editors
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Which file
    #[arg(value_name = "KIND", value_parser = PossibleValuesParser::new(schema::KINDS))]
    kind: String,
}

pub fn run(args: &Args, out: &mut Output) -> io::Result<ExitCode> {
    let Some(schema) = schema::schema(&args.kind) else { return Ok(ExitCode::from(2)) };
    out.line(&serde_json::to_string_pretty(&schema).map_err(io::Error::other)?)?;
    Ok(ExitCode::SUCCESS)
}
