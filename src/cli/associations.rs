//! `madoguchi associations export` and `import FILE.csv`: the list of addresses
//! lives in a spreadsheet.

use super::load;
use super::output::{self, Output};
use crate::core::diagnostic::{Diagnostic, SourceFile};
use crate::core::lang::{Text, say};
use crate::core::ruleset::{Files, Ruleset};
use crate::core::spreadsheet::{self, Change, Fault};
use crate::shell::config::{Config, Need};
use crate::shell::files;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Hand the 47 associations to a spreadsheet and back
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Write associations.toml as CSV (UTF-8, for Excel) to standard output
    Export,
    /// Take the values of a CSV file into associations.toml
    Import {
        /// As `export` writes it: columns may be left out, rows too; an empty
        /// cell takes the value out
        #[arg(value_name = "FILE.csv")]
        file: PathBuf,
        /// Only show what would change
        #[arg(long)]
        dry_run: bool,
    },
}

const NAME: &str = "rules/associations.toml";

/// Exit 0 when it is done, 1 when the CSV file has faults or the result would
/// not pass, 2 when a file cannot be read or written.
pub fn run(config: Option<&Path>, args: &Args, out: &mut Output) -> io::Result<ExitCode> {
    let Some(config) = load::configuration(config, Need::Rules, out)? else { return Ok(ExitCode::from(2)) };
    let files = match files::read(&config.rules, &config.templates) {
        Ok((files, _)) => files,
        Err(found) => {
            load::report(&found, &[], out)?;
            return Ok(ExitCode::from(2));
        }
    };
    let Some(directory) = files.rules.iter().find(|f| &*f.name == NAME) else {
        return told(out, ExitCode::from(2), &say!("there is no `{NAME}`", "`{NAME}` がありません"));
    };
    match &args.what {
        What::Export => {
            // Excel takes CSV for UTF-8 only with a byte order mark.
            out.text("\u{FEFF}")?;
            out.text(&spreadsheet::export(directory, out.lang()))?;
            Ok(ExitCode::SUCCESS)
        }
        What::Import { file, dry_run } => import(&config, &files, directory, file, *dry_run, out),
    }
}

fn told(out: &mut Output, code: ExitCode, message: &Text) -> io::Result<ExitCode> {
    out.error(message.of(out.lang()))?;
    Ok(code)
}

fn import(
    config: &Config,
    files: &Files,
    directory: &SourceFile,
    csv: &Path,
    dry_run: bool,
    out: &mut Output,
) -> io::Result<ExitCode> {
    let lang = out.lang();
    let shown = csv.display();
    let bytes = match std::fs::read(csv) {
        Ok(bytes) => bytes,
        Err(error) => {
            let message = say!("`{shown}` cannot be read: {error}", "`{shown}` を読めません: {error}");
            return told(out, ExitCode::from(2), &message);
        }
    };
    let import = match spreadsheet::import(&bytes, directory, &config.policy()) {
        Ok(import) => import,
        Err(faults) => {
            for fault in &faults {
                out.note(&output::plain(self::fault(csv, fault).of(lang)))?;
            }
            let count = faults.len();
            let message = say!("nothing was changed: {count} faults", "何も変えていません（誤り {count} 件）");
            return told(out, ExitCode::FAILURE, &message);
        }
    };
    for heading in &import.ignored {
        let heading = output::one_line(heading);
        out.note(say!("the column `{heading}` is not used", "`{heading}` の列は使いません").of(lang))?;
    }
    for change in &import.changes {
        out.line(&output::one_line(self::change(change).of(lang)))?;
    }
    let count = import.changes.len();
    if count == 0 {
        out.line(say!("nothing to change", "変わるところはありません").of(lang))?;
        return Ok(ExitCode::SUCCESS);
    }
    if let Some((found, sources)) = would_fail(config, files, directory, &import.text) {
        load::report(&found, &sources, out)?;
        let message =
            say!("nothing was changed: the files would not pass", "何も変えていません。このままでは検査に通りません");
        return told(out, ExitCode::FAILURE, &message);
    }
    if dry_run {
        out.line(say!("{count} values would change", "{count} か所が変わります（まだ書き込んでいません）").of(lang))?;
        return Ok(ExitCode::SUCCESS);
    }
    let target = config.rules.join("associations.toml");
    if let Err(error) = replace(&target, &directory.bytes, import.text.as_bytes()) {
        let target = target.display();
        let message = say!("`{target}` cannot be written: {error}", "`{target}` に書き込めません: {error}");
        return told(out, ExitCode::from(2), &message);
    }
    let target = target.display();
    out.line(say!("changed {count} values in `{target}`", "`{target}` の {count} か所を変えました").of(lang))?;
    Ok(ExitCode::SUCCESS)
}

fn fault(csv: &Path, fault: &Fault) -> Text {
    let Fault { row, column, heading, message, help } = fault;
    let file = csv.display();
    let help = help.as_ref().map_or(Text::same(""), |help| say!("; {help}", "。{help}"; help = help));
    match column {
        0 => say!(
            "{file}:{row}: {message}{help}",
            "{file}:{row}: {message}{help}";
            message = message,
            help = help,
        ),
        _ => say!(
            "{file}:{row}:{column}: `{heading}`: {message}{help}",
            "{file}:{row}:{column}: 「{heading}」{message}{help}";
            message = message,
            help = help,
        ),
    }
}

fn change(change: &Change) -> Text {
    let Change { prefecture, key, before, after } = change;
    let (code, name_ja, name_en) = (prefecture, prefecture.name_ja(), prefecture.name_en());
    match (before, after) {
        (Some(old), Some(new)) => {
            say!("{code} {name_en}: {key} {old} -> {new}", "{code} {name_ja}: {key} {old} → {new}")
        }
        (None, Some(new)) => say!("{code} {name_en}: {key} + {new}", "{code} {name_ja}: {key} 追加 {new}"),
        (Some(old), None) => say!("{code} {name_en}: {key} - {old}", "{code} {name_ja}: {key} 削除 {old}"),
        (None, None) => say!("{code} {name_en}: {key}", "{code} {name_ja}: {key}"),
    }
}

/// What would be wrong with all files that is not wrong without the import.
fn would_fail(
    config: &Config,
    files: &Files,
    directory: &SourceFile,
    text: &str,
) -> Option<(Vec<Diagnostic>, Vec<SourceFile>)> {
    let mut changed = files.clone();
    for file in changed.rules.iter_mut().filter(|f| f.name == directory.name) {
        *file = SourceFile::new(NAME, directory.shown.clone(), text);
    }
    let found = Ruleset::build(&changed, config.policy()).err()?;
    let found: Vec<Diagnostic> = found.into_iter().filter(|f| f.is_error() && f.file == directory.shown).collect();
    (!found.is_empty()).then(|| (found, changed.iter().cloned().collect()))
}

/// Puts new content in the place of a file in one step, unless somebody has
/// changed it meanwhile. A link stays one; rights are kept.
fn replace(target: &Path, before: &[u8], content: &[u8]) -> io::Result<()> {
    let target = std::fs::canonicalize(target)?;
    let folder = target.parent().ok_or_else(|| io::Error::other("no folder"))?;
    let mut file = tempfile::Builder::new().prefix(".associations").suffix(".tmp").tempfile_in(folder)?;
    file.write_all(content)?;
    file.as_file().set_permissions(std::fs::metadata(&target)?.permissions())?;
    file.as_file().sync_all()?;
    if std::fs::read(&target)? != before {
        return Err(io::Error::other("it was changed meanwhile; run the command again"));
    }
    file.persist(&target)?;
    Ok(())
}
