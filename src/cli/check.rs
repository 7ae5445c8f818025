//! `madoguchi check`: are all files that people edit in order? Opens no
//! mailbox, relay or ledger.

use super::lang::LangArg;
use super::load::{self, Failed, Loaded};
use super::output::{self, Output};
use super::{codes, explain::Format};
use crate::core::diagnostic::{Diagnostic, Severity, SourceFile, nearest};
use crate::core::examples;
use crate::core::template::Lang;
use serde::Serialize;
use std::collections::HashSet;
use std::io;
use std::path::Path;
use std::process::ExitCode;

/// Check configuration, rules, directory and templates
#[derive(Debug, clap::Args)]
pub struct Args {
    /// How to print what is found
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Say what a code means, e.g. `shadowed`
    #[arg(long, value_name = "CODE")]
    explain: Option<String>,
    #[command(flatten)]
    lang: LangArg,
}

/// Exit 0 when nothing is wrong (warnings aside), 1 when something is; with
/// `--explain`, 2 when there is no such code.
pub fn run(config: Option<&Path>, args: &Args, out: &mut Output) -> io::Result<ExitCode> {
    let lang = args.lang.lang();
    if let Some(code) = &args.explain {
        return explain(code, lang, out);
    }
    let (findings, sources, fine) = match load::load(config, out)? {
        Ok(loaded) => all_findings(loaded),
        Err(Failed { diagnostics, sources }) => (diagnostics, sources, None),
    };
    match args.format {
        Format::Json => {
            for finding in &findings {
                out.line(&json(finding, &sources))?;
            }
        }
        Format::Text => {
            load::report(&with_titles(findings, lang), &sources, out)?;
            if let Some(fine) = &fine {
                out.line(fine)?;
            }
        }
    }
    Ok(if fine.is_some() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Warnings and failed examples, the files they point into, and what there is
/// to say when nothing is wrong.
fn all_findings(loaded: Loaded) -> (Vec<Diagnostic>, Vec<SourceFile>, Option<String>) {
    let ruleset = &loaded.ruleset;
    let results = examples::run(ruleset);
    let failed = examples::findings(&results, &loaded.sources);
    let fine = (!load::has_error(&failed)).then(|| {
        format!(
            "fine: {} topics, {} associations, {} examples, revision {}",
            ruleset.rules.topics.len(),
            ruleset.directory.associations.len(),
            ruleset.examples.len(),
            ruleset.revision
        )
    });
    let mut findings = loaded.warnings;
    findings.extend(failed);
    (findings, loaded.sources, fine)
}

/// In Japanese, the first finding of each code also says what the code means.
fn with_titles(mut findings: Vec<Diagnostic>, lang: Lang) -> Vec<Diagnostic> {
    let mut seen = HashSet::new();
    if lang == Lang::Ja {
        for finding in &mut findings {
            if let Some(title) = codes::japanese_title(finding.code).filter(|_| seen.insert(finding.code)) {
                finding.notes.insert(0, title.to_owned());
            }
        }
    }
    findings
}

fn explain(code: &str, lang: Lang, out: &mut Output) -> io::Result<ExitCode> {
    match codes::explanation(code, lang) {
        Some(text) => {
            out.line(&format!("{code}\n\n{text}"))?;
            Ok(ExitCode::SUCCESS)
        }
        None => {
            let near = nearest(code, codes::all()).map(|n| format!(", did you mean `{n}`?")).unwrap_or_default();
            out.error(&format!("there is no code `{}`{near}", output::one_line(code)))?;
            Ok(ExitCode::from(2))
        }
    }
}

/// One finding for an editor. Lines and columns count from 1, columns in
/// characters; `end_column` is the one after the last character.
#[derive(Serialize)]
struct Finding<'a> {
    severity: &'static str,
    code: &'a str,
    file: &'a str,
    line: u32,
    column: u32,
    end_line: u32,
    end_column: u32,
    message: &'a str,
    notes: &'a [String],
    help: Option<&'a str>,
    related: Vec<Related<'a>>,
}

#[derive(Serialize)]
struct Related<'a> {
    file: &'a str,
    line: u32,
    column: u32,
    label: &'a str,
}

fn json(finding: &Diagnostic, sources: &[SourceFile]) -> String {
    let file = sources.iter().find(|f| f.shown == finding.file);
    let end = finding.span.as_ref().and_then(|span| Some(file?.position(span.end)));
    let (end_line, end_column) = end.unwrap_or((finding.line, finding.column));
    let related = finding.related.iter();
    let line = Finding {
        severity: match finding.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        },
        code: finding.code,
        file: &finding.file,
        line: finding.line,
        column: finding.column,
        end_line,
        end_column,
        message: &finding.message,
        notes: &finding.notes,
        help: finding.help.as_deref(),
        related: related.map(|r| Related { file: &r.file, line: r.line, column: r.column, label: &r.label }).collect(),
    };
    output::escape_json(&serde_json::to_string(&line).unwrap_or_else(|e| format!("{{\"error\":\"{e}\"}}")))
}
