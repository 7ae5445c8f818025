//! `madoguchi check`: are all files that people edit in order? Opens no
//! mailbox, relay or ledger.

use super::load::{self, Failed, Loaded};
use super::output::{self, Output};
use super::{codes, explain::Format};
use crate::core::diagnostic::{Diagnostic, Severity, SourceFile, nearest};
use crate::core::examples;
use crate::core::lang::{Lang, Text, say};
use serde::Serialize;
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
}

/// Exit 0 when nothing is wrong (warnings aside), 1 when something is; with
/// `--explain`, 2 when there is no such code.
pub fn run(config: Option<&Path>, args: &Args, out: &mut Output) -> io::Result<ExitCode> {
    let lang = out.lang();
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
                out.line(&json(finding, &sources, lang))?;
            }
        }
        Format::Text => {
            load::report(&findings, &sources, out)?;
            if let Some(fine) = &fine {
                out.line(fine.of(lang))?;
            }
        }
    }
    Ok(if fine.is_some() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Warnings and failed examples, the files they point into, and what there is
/// to say when nothing is wrong.
fn all_findings(loaded: Loaded) -> (Vec<Diagnostic>, Vec<SourceFile>, Option<Text>) {
    let ruleset = &loaded.ruleset;
    let results = examples::run(ruleset);
    let failed = examples::findings(&results, &loaded.sources);
    let fine = (!load::has_error(&failed)).then(|| {
        let (topics, associations) = (ruleset.rules.topics.len(), ruleset.directory.associations.len());
        let (examples, revision) = (ruleset.examples.len(), &ruleset.revision);
        say!(
            "fine: {topics} topics, {associations} associations, {examples} examples, revision {revision}",
            "問題ありません: 分野 {topics}、社労士会 {associations}、例文 {examples}、版 {revision}"
        )
    });
    let mut findings = loaded.warnings;
    findings.extend(failed);
    (findings, loaded.sources, fine)
}

fn explain(code: &str, lang: Lang, out: &mut Output) -> io::Result<ExitCode> {
    match codes::explanation(code, lang) {
        Some(text) => {
            out.line(&format!("{code}\n\n{text}"))?;
            Ok(ExitCode::SUCCESS)
        }
        None => {
            let code = output::one_line(code);
            let near = nearest(&code, codes::all()).map_or(Text::same(""), |near| {
                say!(", did you mean `{near}`?", "（`{near}` の書き間違いではありませんか）")
            });
            let message =
                say!("there is no code `{code}`{near}", "`{code}` というコードはありません{near}"; near = near);
            out.error(message.of(lang))?;
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
    notes: Vec<&'a str>,
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

fn json(finding: &Diagnostic, sources: &[SourceFile], lang: Lang) -> String {
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
        message: finding.message.of(lang),
        notes: finding.notes.iter().map(|n| n.of(lang)).collect(),
        help: finding.help.as_ref().map(|h| h.of(lang)),
        related: related
            .map(|r| Related { file: &r.file, line: r.line, column: r.column, label: r.label.of(lang) })
            .collect(),
    };
    output::escape_json(&serde_json::to_string(&line).unwrap_or_else(|e| format!("{{\"error\":\"{e}\"}}")))
}
