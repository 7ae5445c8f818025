//! `madoguchi new topic NAME`: a complete topic, with examples in both
//! languages and its templates, that passes the checks as it is.

use super::load;
use super::output::Output;
use crate::core::diagnostic::{Diagnostic, SourceFile};
use crate::core::examples;
use crate::core::lang::{Text, say};
use crate::core::rules::RESERVED;
use crate::core::ruleset::{Files, Ruleset};
use crate::shell::config::{Config, Need};
use crate::shell::files;
use std::fs::OpenOptions;
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Write a new topic to start from
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// A rule file with examples, and its templates in both languages
    Topic(TopicArgs),
}

#[derive(Debug, clap::Args)]
struct TopicArgs {
    /// Small letters, digits and `-`, e.g. `parking`
    name: String,
    /// What the topic is called in Japanese, and its first keyword [default: NAME]
    #[arg(long, value_name = "TITLE")]
    ja: Option<String>,
    /// What the topic is called in English, and its first keyword [default: NAME]
    #[arg(long, value_name = "TITLE")]
    en: Option<String>,
}

/// A file to write, below the folder of rules or templates.
struct Page {
    path: PathBuf,
    /// Logical name, e.g. `rules/parking.toml`.
    name: String,
    text: String,
}

/// Exit 0 when it is written, 1 when it would not pass, 2 when it cannot be
/// written (a bad name, a file that is there).
pub fn run(config: Option<&Path>, args: &Args, out: &mut Output) -> io::Result<ExitCode> {
    let What::Topic(topic) = &args.what;
    let Some(config) = load::configuration(config, Need::Rules, out)? else { return Ok(ExitCode::from(2)) };
    let pages = pages(topic, &config);
    if let Some(fault) = fault(topic, &pages) {
        out.error(fault.of(out.lang()))?;
        return Ok(ExitCode::from(2));
    }
    if let Some((findings, sources)) = would_fail(&config, &pages) {
        load::report(&findings, &sources, out)?;
        let message = say!(
            "nothing was written: with this topic the files would not pass",
            "何も書き込んでいません。この分野を加えると検査に通りません"
        );
        out.error(message.of(out.lang()))?;
        return Ok(ExitCode::FAILURE);
    }
    if let Err((path, error)) = write(&pages) {
        let path = path.display();
        let message = say!("`{path}` cannot be written: {error}", "`{path}` に書き込めません: {error}");
        out.error(message.of(out.lang()))?;
        return Ok(ExitCode::from(2));
    }
    for page in &pages {
        let path = page.path.display();
        out.line(say!("wrote `{path}`", "`{path}` を書きました").of(out.lang()))?;
    }
    let next = say!(
        "now put your own words into it; `madoguchi test --watch` tells what they do",
        "あとは語と文面を書き換えてください。`madoguchi test --watch` で結果を見ながら直せます"
    );
    out.line(next.of(out.lang()))?;
    Ok(ExitCode::SUCCESS)
}

/// Why the topic cannot be begun.
fn fault(topic: &TopicArgs, pages: &[Page]) -> Option<Text> {
    let name = &topic.name;
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if !name.starts_with(|c: char| c.is_ascii_lowercase()) || !name.chars().all(plain) || name.len() > 40 {
        return Some(say!(
            "`{name}` is not a topic's name: use small letters, digits and `-`, e.g. `parking`",
            "`{name}` は分野の名前に使えません。英小文字・数字・`-` だけを使います（例: `parking`）"
        ));
    }
    if RESERVED.contains(&name.as_str()) || ["combined", "acknowledge"].contains(&name.as_str()) {
        return Some(say!(
            "`{name}` has another meaning: choose another name",
            "`{name}` は別の意味で使われています。ほかの名前にしてください"
        ));
    }
    for title in [&topic.ja, &topic.en].into_iter().flatten() {
        if title.trim().is_empty() || title.chars().any(char::is_control) {
            return Some(say!("a title must be one line and not empty", "題は空でない一行で書きます"));
        }
    }
    let there = pages.iter().find(|page| page.path.symlink_metadata().is_ok())?;
    let path = there.path.display();
    Some(say!("`{path}` is there already, and is never overwritten", "`{path}` はすでにあります（上書きはしません）"))
}

fn pages(topic: &TopicArgs, config: &Config) -> Vec<Page> {
    let name = &topic.name;
    let words = name.replace('-', " ");
    let ja = topic.ja.as_deref().unwrap_or(name).trim();
    let en = topic.en.as_deref().unwrap_or(&words).trim();
    let rule = include_str!("new/topic.toml");
    let quoted = |text: &str| text.replace('\\', "\\\\").replace('"', "\\\"");
    let rule = rule.replace("{name}", name).replace("{ja}", &quoted(ja)).replace("{en}", &quoted(en));
    // A title could hold what the template language takes for its own.
    let safe = |text: &str| text.replace("{{", "{ {").replace("{%", "{ %").replace("{#", "{ #");
    let reply = |text: &str| text.replace("{ja}", &safe(ja)).replace("{en}", &safe(en));
    let page = |folder: &Path, logical: &str, file: String, text: String| Page {
        path: folder.join(&file),
        name: format!("{logical}/{file}"),
        text,
    };
    // The rule file last: templates without a topic do no harm.
    vec![
        page(&config.templates, "templates", format!("reply/{name}.ja.txt"), reply(include_str!("new/reply.ja.txt"))),
        page(&config.templates, "templates", format!("reply/{name}.en.txt"), reply(include_str!("new/reply.en.txt"))),
        page(&config.rules, "rules", format!("{name}.toml"), rule),
    ]
}

/// What is wrong with all files, the new ones among them.
fn would_fail(config: &Config, pages: &[Page]) -> Option<(Vec<Diagnostic>, Vec<SourceFile>)> {
    let mut read = match files::read(&config.rules, &config.templates) {
        Ok((read, _)) => read,
        Err(findings) => return Some((findings, Vec::new())),
    };
    for page in pages {
        let file = SourceFile::new(&page.name, page.path.display().to_string(), page.text.as_str());
        let Files { rules, templates } = &mut read;
        if page.name.starts_with("rules/") { rules.push(file) } else { templates.push(file) }
    }
    let findings = match Ruleset::build(&read, config.policy()) {
        Ok((ruleset, _)) => examples::findings(&examples::run(&ruleset), read.iter()),
        Err(findings) => findings.into_iter().filter(Diagnostic::is_error).collect(),
    };
    (!findings.is_empty()).then(|| (findings, read.iter().cloned().collect()))
}

/// All or none.
fn write(pages: &[Page]) -> Result<(), (PathBuf, io::Error)> {
    for (index, page) in pages.iter().enumerate() {
        let written = page.path.parent().map_or(Ok(()), std::fs::create_dir_all).and_then(|()| {
            let mut file = OpenOptions::new().write(true).create_new(true).open(&page.path)?;
            file.write_all(page.text.as_bytes())?;
            file.sync_all()
        });
        if let Err(error) = written {
            // The one that failed is ours too, unless it was there.
            let ours = index + usize::from(error.kind() != ErrorKind::AlreadyExists);
            for page in &pages[..ours] {
                let _ = std::fs::remove_file(&page.path);
            }
            return Err((page.path.clone(), error));
        }
    }
    Ok(())
}
