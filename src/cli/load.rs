//! Loads what `explain`, `check` and `test` need: the Secretariat, the rules
//! and the templates; the embedded ones where there is no configuration.

use super::output::Output;
use crate::core::address::Address;
use crate::core::diagnostic::{self, Diagnostic, Severity, SourceFile};
use crate::core::directory;
use crate::core::examples;
use crate::core::lang::say;
use crate::core::policy::Policy;
use crate::core::ruleset::{Files, Ruleset};
use crate::shell::config::{self, Config, Need};
use crate::shell::files;
use std::io;
use std::path::{Path, PathBuf};

/// The file that is looked for when `--config` is not given.
pub const DEFAULT_CONFIG: &str = "madoguchi.toml";

/// Address of the Secretariat where no configuration names one.
const EMBEDDED_ADDRESS: &str = "jimukyoku@teleworksupport.example";

/// A loaded ruleset and what was found beside it.
pub struct Loaded {
    pub ruleset: Ruleset,
    pub warnings: Vec<Diagnostic>,
    pub sources: Vec<SourceFile>,
}

/// Findings, and the files they point into.
pub struct Failed {
    pub diagnostics: Vec<Diagnostic>,
    pub sources: Vec<SourceFile>,
}

/// Loads configuration and ruleset.
pub fn load(named: Option<&Path>, out: &mut Output) -> io::Result<Result<Loaded, Failed>> {
    let path = named.unwrap_or(Path::new(DEFAULT_CONFIG));
    let (policy, read, mut sources, mut found) = if named.is_none() && !path.exists() {
        let note = say!(
            "madoguchi: no {DEFAULT_CONFIG} here, using the embedded rules and templates",
            "madoguchi: ここに {DEFAULT_CONFIG} がないため、組み込みの規則とひな形を使います"
        );
        out.note(note.of(out.lang()))?;
        let address = Address::parse(EMBEDDED_ADDRESS).ok_or_else(|| io::Error::other("embedded address"))?;
        (Policy::new(address), Ok((files::embedded(), Vec::new())), Vec::new(), Vec::new())
    } else {
        let source = match config::read(path) {
            Ok(source) => source,
            Err(diagnostics) => return Ok(Err(Failed { diagnostics, sources: Vec::new() })),
        };
        // What is wrong in the configuration does not hide the rest.
        let (config, found) = Config::parse_all(&source, path, Need::Rules);
        let Some(config) = config else { return Ok(Err(Failed { diagnostics: found, sources: vec![source] })) };
        (config.policy(), files::read(&config.rules, &config.templates), vec![source], found)
    };
    let (read, left_out): (Files, Vec<Diagnostic>) = match read {
        Ok(read) => read,
        Err(diagnostics) => {
            found.extend(diagnostics);
            return Ok(Err(Failed { diagnostics: found, sources }));
        }
    };
    found.extend(left_out);
    let built = Ruleset::build(&read, policy);
    sources.extend(read.rules.into_iter().chain(read.templates));
    found.extend(directory::outdated(&sources, today()));
    let in_order = |mut findings: Vec<Diagnostic>| {
        diagnostic::sort(&mut findings);
        findings
    };
    Ok(match built {
        Ok((_, warnings)) if has_error(&found) => {
            found.extend(warnings);
            Err(Failed { diagnostics: in_order(found), sources })
        }
        Ok((ruleset, warnings)) => {
            found.extend(warnings);
            Ok(Loaded { ruleset, warnings: in_order(found), sources })
        }
        Err(diagnostics) => {
            found.extend(diagnostics);
            Err(Failed { diagnostics: in_order(found), sources })
        }
    })
}

/// Loads all that `run` needs. The errors of all files at once, those of the
/// configuration and of failing examples too.
pub fn for_run(path: &Path) -> Result<(Config, Loaded), Failed> {
    let source = config::read(path).map_err(|diagnostics| Failed { diagnostics, sources: Vec::new() })?;
    let (config, mut diagnostics) = Config::parse_all(&source, path, Need::Run);
    let mut sources = vec![source];
    let Some(config) = config else { return Err(Failed { diagnostics, sources }) };
    match ruleset(&config) {
        Err(failed) => {
            diagnostics.extend(failed.diagnostics);
            sources.extend(failed.sources);
            Err(Failed { diagnostics, sources })
        }
        Ok(loaded) => {
            diagnostics.extend(loaded.warnings);
            sources.extend(loaded.sources);
            if has_error(&diagnostics) {
                return Err(Failed { diagnostics, sources });
            }
            Ok((config, Loaded { ruleset: loaded.ruleset, warnings: diagnostics, sources }))
        }
    }
}

/// Builds the rules of a configuration and runs their examples: what the
/// daemon starts with, and what it reloads.
pub fn ruleset(config: &Config) -> Result<Loaded, Failed> {
    let (read, mut diagnostics) = files::read(&config.rules, &config.templates)
        .map_err(|diagnostics| Failed { diagnostics, sources: Vec::new() })?;
    let built = Ruleset::build(&read, config.policy());
    let sources: Vec<SourceFile> = read.rules.into_iter().chain(read.templates).collect();
    match built {
        Err(found) => {
            diagnostics.extend(found);
            Err(Failed { diagnostics, sources })
        }
        Ok((mut ruleset, warnings)) => {
            diagnostics.extend(warnings);
            diagnostics.extend(directory::outdated(&sources, today()));
            diagnostics.extend(examples::findings(&examples::run(&ruleset), &sources));
            ruleset.rules.rest();
            if has_error(&diagnostics) {
                return Err(Failed { diagnostics, sources });
            }
            Ok(Loaded { ruleset, warnings: diagnostics, sources })
        }
    }
}

/// The folders of rules and templates that a configuration names; `None` where
/// there is none, or none that can be read.
pub fn folders(named: Option<&Path>) -> Option<[PathBuf; 2]> {
    let path = named.unwrap_or(Path::new(DEFAULT_CONFIG));
    let source = config::read(path).ok()?;
    let config = Config::parse_all(&source, path, Need::Rules).0?;
    Some([config.rules, config.templates])
}

/// The day it is for the people who answer for the contact data. As in other
/// tools, `SOURCE_DATE_EPOCH` (seconds since 1970) makes it another one, so that
/// one set of files always gives one output.
fn today() -> jiff::civil::Date {
    let fixed = std::env::var("SOURCE_DATE_EPOCH").ok().and_then(|text| text.trim().parse().ok());
    let fixed = fixed.and_then(|seconds| jiff::Timestamp::from_second(seconds).ok());
    fixed.map_or_else(jiff::Zoned::now, |time| time.to_zoned(jiff::tz::TimeZone::UTC)).date()
}

/// The configuration alone, or `None` when it was said what is wrong with it.
/// Its passwords are read for [`Need::Run`] alone.
pub fn configuration(named: Option<&Path>, need: Need, out: &mut Output) -> io::Result<Option<Config>> {
    let path = named.unwrap_or(Path::new(DEFAULT_CONFIG));
    let (found, sources) = match config::read(path) {
        Ok(source) => (Config::parse(&source, path, need), vec![source]),
        Err(diagnostics) => (Err(diagnostics), Vec::new()),
    };
    match found {
        Ok(config) => Ok(Some(config)),
        Err(diagnostics) => {
            report(&diagnostics, &sources, out)?;
            Ok(None)
        }
    }
}

/// What commands say that look at a ledger before there is one.
pub fn no_ledger(path: &Path) -> String {
    format!("there is no ledger `{}` yet; `madoguchi run` makes it", path.display())
}

/// Loads, or prints why not and gives `None`.
pub fn or_report(config: Option<&Path>, out: &mut Output) -> io::Result<Option<Loaded>> {
    match load(config, out)? {
        Ok(loaded) => Ok(Some(loaded)),
        Err(failed) => {
            report(&failed.diagnostics, &failed.sources, out)?;
            Ok(None)
        }
    }
}

/// Draws findings on standard error; nothing when there are none.
pub fn report(diagnostics: &[Diagnostic], sources: &[SourceFile], out: &mut Output) -> io::Result<()> {
    if diagnostics.is_empty() {
        return Ok(());
    }
    let (lang, colour) = (out.lang(), out.colour());
    out.note(diagnostic::render(diagnostics, sources, lang, colour).trim_end())
}

/// Whether a finding forbids going on.
pub fn has_error(diagnostics: &[Diagnostic]) -> bool {
    diagnostics.iter().any(|d| d.severity == Severity::Error)
}
