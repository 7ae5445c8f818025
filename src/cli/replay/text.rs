//! The differences for reading on a terminal.

use super::Outcome;
use super::view::{Item, Mark, View, view};
use crate::cli::output::Output;
use crate::core::template::Lang;
use anstyle::{AnsiColor, Style};
use std::io;
use unicode_width::UnicodeWidthStr;

const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();
const GAINED: Style = AnsiColor::Green.on_default();
const LOST: Style = AnsiColor::Red.on_default();

pub fn print(outcome: &Outcome, lang: Lang, out: &mut Output) -> io::Result<()> {
    let view = view(outcome, lang);
    let View { words, .. } = view;
    let names = [words.before, words.after];
    let width = names.iter().map(|n| n.width()).max().unwrap_or(0);
    for (name, side) in names.iter().zip([&view.before, &view.after]) {
        out.line(&format!("{}  {DIM}{}{DIM:#} {}  {}", pad(name, width), words.revision, side.revision, side.source))?;
    }
    out.line(&view.summary)?;
    for group in &view.groups {
        out.line(&format!("\n{BOLD}{}: {}{BOLD:#}", group.title, group.count))?;
        for item in &group.items {
            print_item(item, &view, out)?;
        }
    }
    out.line(&format!("\n{BOLD}{}{BOLD:#}", words.totals))?;
    for group in &view.groups {
        out.line(&format!("  {:>7}  {}", group.count, group.title))?;
    }
    out.line(&format!("  {:>7}  {}", outcome.totals.messages - outcome.totals.differing(), words.same))?;
    for row in &view.actions {
        out.line(&format!("  {:>7} → {:<7}  {}", row.before, row.after, row.name))?;
    }
    Ok(())
}

fn print_item(item: &Item, view: &View, out: &mut Output) -> io::Result<()> {
    let subject = if item.subject.is_empty() { view.words.no_subject } else { &item.subject };
    out.line(&format!("  {BOLD}{}{BOLD:#}  {subject}", item.file))?;
    let width = item.rows.iter().map(|row| row.name.width()).max().unwrap_or(0);
    for row in &item.rows {
        out.line(&format!("      {}  {} {DIM}→{DIM:#} {}", pad(row.name, width), row.before, row.after))?;
    }
    if item.evidence.is_empty() {
        out.line(&format!("      {DIM}{}{DIM:#}", view.words.no_evidence))?;
    }
    for mark in &item.evidence {
        out.line(&format!("      {}", line(mark)))?;
    }
    Ok(())
}

/// `+ strong seminar fresh: 次の[説明会]はいつ  rules/seminar.toml:4:9`; in braces
/// what did not count.
fn line(mark: &Mark) -> String {
    let (sign, style) = if mark.gained { ('+', GAINED) } else { ('-', LOST) };
    let (open, close) = if mark.counts { ('[', ']') } else { ('{', '}') };
    let Mark { role, about, zone, head, words, tail, source, .. } = mark;
    format!(
        "{style}{sign}{style:#} {role} {about}, {zone}: {head}{style}{open}{words}{close}{style:#}{tail}  {DIM}{source}{DIM:#}"
    )
}

fn pad(text: &str, width: usize) -> String {
    format!("{text}{}", " ".repeat(width.saturating_sub(text.width())))
}
