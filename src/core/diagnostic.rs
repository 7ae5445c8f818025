//! What is wrong with a file that people edit: where, why, and the cure.
//! Owns the shape and its rendering (annotate-snippets draws it); does not
//! know what a rule is.

use super::lang::{Lang, Text, say};
use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Level, Origin, Renderer, Snippet};
use std::ops::Range;
use std::sync::{Arc, OnceLock};

/// A file as it was read, for positions and excerpts.
#[derive(Debug, Clone)]
pub struct SourceFile {
    /// Logical name that evidence and tests use: `rules/seminar.toml`.
    pub name: Arc<str>,
    /// How the reader finds it from where they stand: `/etc/madoguchi/rules/seminar.toml`.
    pub shown: String,
    /// The bytes, as they lie on disk.
    pub bytes: Vec<u8>,
    marks: Marks,
}

impl SourceFile {
    /// A file under its logical name and the name to show.
    pub fn new(name: &str, shown: impl Into<String>, bytes: impl Into<Vec<u8>>) -> SourceFile {
        SourceFile { name: name.into(), shown: shown.into(), bytes: bytes.into(), marks: Marks::default() }
    }

    /// The text up to the first byte that is not UTF-8: the part in which
    /// positions can be counted in characters.
    pub fn readable(&self) -> &str {
        match std::str::from_utf8(&self.bytes) {
            Ok(text) => text,
            Err(error) => std::str::from_utf8(&self.bytes[..error.valid_up_to()]).unwrap_or_default(),
        }
    }

    /// 1-based line and column (in characters) of a byte offset. A file may have
    /// thousands of findings, also in one line: only a few thousand bytes are
    /// read for each.
    pub fn position(&self, offset: usize) -> (u32, u32) {
        let offset = offset.min(self.bytes.len());
        let marks = self.marks.0.get_or_init(|| {
            let before = |mark: &mut Mark, chunk: &[u8]| {
                let next = mark.after(chunk);
                Some(std::mem::replace(mark, next))
            };
            self.bytes.chunks(MARK_EVERY).scan(Mark::default(), before).collect()
        });
        let nearest = offset / MARK_EVERY;
        let mark = marks.get(nearest).copied().unwrap_or_default();
        let from = if nearest < marks.len() { nearest * MARK_EVERY } else { 0 };
        let mark = mark.after(&self.bytes[from..offset]);
        // An offset inside a character belongs to it.
        let column = mark.characters + u32::from(!ends_inside(&self.bytes[..offset]));
        (mark.line + 1, column.max(1))
    }
}

/// Every so many bytes the position is noted.
const MARK_EVERY: usize = 4096;

/// Lines and characters of the line that lie before a byte.
#[derive(Debug, Clone, Copy, Default)]
struct Mark {
    line: u32,
    characters: u32,
}

impl Mark {
    fn after(self, bytes: &[u8]) -> Mark {
        bytes.iter().fold(self, |mark, byte| match byte {
            b'\n' => Mark { line: mark.line + 1, characters: 0 },
            0x80..0xC0 => mark,
            _ => Mark { characters: mark.characters + 1, ..mark },
        })
    }
}

/// Positions noted on first use; a copy of a file notes its own.
#[derive(Debug, Default)]
struct Marks(OnceLock<Vec<Mark>>);

impl Clone for Marks {
    fn clone(&self) -> Marks {
        Marks::default()
    }
}

/// Whether the last character lacks some of its bytes.
fn ends_inside(bytes: &[u8]) -> bool {
    let last = bytes.iter().rev().take(4).position(|b| !(0x80..0xC0).contains(b));
    last.is_some_and(|behind| match bytes[bytes.len() - 1 - behind] {
        0xC2..0xE0 => behind < 1,
        0xE0..0xF0 => behind < 2,
        0xF0..0xF5 => behind < 3,
        _ => false,
    })
}

/// An error blocks, a warning does not; there is no third dial.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    Error,
    Warning,
}

/// One finding. Lower case, no full stop, names in backticks; `message` says
/// what, `notes` say why, `help` says how to mend it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    pub severity: Severity,
    /// Stable word, e.g. `unknown-key`.
    pub code: &'static str,
    /// Where: the shown name of a file and, if known, a byte range in it.
    pub file: String,
    pub span: Option<Range<usize>>,
    /// 1-based line and column (characters) of the span's start.
    pub line: u32,
    pub column: u32,
    pub message: Text,
    /// A second place that belongs to it (the other half of a conflict).
    pub related: Vec<Related>,
    pub notes: Vec<Text>,
    pub help: Option<Text>,
}

/// A second place of a finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Related {
    pub file: String,
    pub span: Range<usize>,
    pub line: u32,
    pub column: u32,
    pub label: Text,
}

impl Diagnostic {
    /// An error at a byte range of a file.
    pub fn error(code: &'static str, file: &SourceFile, span: Range<usize>, message: Text) -> Diagnostic {
        Diagnostic::at(Severity::Error, code, file, span, message)
    }

    /// A warning at a byte range of a file.
    pub fn warning(code: &'static str, file: &SourceFile, span: Range<usize>, message: Text) -> Diagnostic {
        Diagnostic::at(Severity::Warning, code, file, span, message)
    }

    /// An error about a file as a whole, or one that is not there; `file` is
    /// the name to show.
    pub fn whole(code: &'static str, file: impl Into<String>, message: Text) -> Diagnostic {
        Diagnostic {
            severity: Severity::Error,
            code,
            file: file.into(),
            span: None,
            line: 1,
            column: 1,
            message,
            related: Vec::new(),
            notes: Vec::new(),
            help: None,
        }
    }

    fn at(severity: Severity, code: &'static str, file: &SourceFile, span: Range<usize>, message: Text) -> Self {
        let (line, column) = file.position(span.start);
        let span = Some(span);
        Diagnostic { severity, span, line, column, ..Diagnostic::whole(code, file.shown.clone(), message) }
    }

    /// How to mend it.
    pub fn help(mut self, help: Text) -> Diagnostic {
        self.help = Some(help);
        self
    }

    /// How to mend it, where there is something to say.
    pub fn maybe_help(mut self, help: Option<Text>) -> Diagnostic {
        self.help = help;
        self
    }

    /// Why it is so.
    pub fn note(mut self, note: Text) -> Diagnostic {
        self.notes.push(note);
        self
    }

    /// A second place that belongs to it.
    pub fn related(mut self, file: &SourceFile, span: Range<usize>, label: Text) -> Diagnostic {
        let (line, column) = file.position(span.start);
        self.related.push(Related { file: file.shown.clone(), span, line, column, label });
        self
    }

    /// Whether it blocks.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

/// Sorts findings the way a reader goes through them: by file, then place.
pub fn sort(findings: &mut [Diagnostic]) {
    findings.sort_by(|a, b| {
        (&a.file, a.line, a.column, a.code, &a.message).cmp(&(&b.file, b.line, b.column, b.code, &b.message))
    });
}

/// Draws the findings with excerpts of their files (found by the shown name),
/// and closes with one line that counts them. Carets line up under full-width
/// text. Empty without findings.
pub fn render<'a>(
    findings: &[Diagnostic],
    files: impl IntoIterator<Item = &'a SourceFile>,
    lang: Lang,
    color: bool,
) -> String {
    if findings.is_empty() {
        return String::new();
    }
    let files: Vec<(&str, &str)> = files.into_iter().map(|f| (f.shown.as_str(), f.readable())).collect();
    let renderer = if color { Renderer::styled() } else { Renderer::plain() };
    let renderer = renderer.decor_style(DecorStyle::Ascii).term_width(120);
    let mut out = String::new();
    for finding in findings.iter().take(DRAWN_MAX) {
        out.push_str(&draw(finding, &files, lang, &renderer));
        out.push_str("\n\n");
    }
    if let Some(more) = findings.len().checked_sub(DRAWN_MAX).filter(|more| *more > 0) {
        let more = say!(
            "… and {more} more: `madoguchi check --format json` lists all",
            "…ほか {more} 件（全件は `madoguchi check --format json` で表示します）"
        );
        out.push_str(more.of(lang));
        out.push_str("\n\n");
    }
    out.push_str(summary(findings).of(lang));
    out.push('\n');
    out
}

/// Most findings that are drawn: nobody reads more before mending these.
const DRAWN_MAX: usize = 300;

/// `2 errors, 1 warning`; `no errors` when there is nothing.
pub fn summary(findings: &[Diagnostic]) -> Text {
    let errors = findings.iter().filter(|d| d.is_error()).count();
    let warnings = findings.len() - errors;
    let count = |n: usize, word: &str| format!("{n} {word}{}", if n == 1 { "" } else { "s" });
    let (e, w) = (count(errors, "error"), count(warnings, "warning"));
    match (errors, warnings) {
        (0, 0) => say!("no errors", "エラーはありません"),
        (_, 0) => say!("{e}", "エラー {errors} 件"),
        (0, _) => say!("{w}", "警告 {warnings} 件"),
        _ => say!("{e}, {w}", "エラー {errors} 件、警告 {warnings} 件"),
    }
}

/// Farthest to the right that an excerpt is shown: beyond, the line is no line.
const COLUMN_MAX: u32 = 2000;
/// Most lines between two places that are still shown in one excerpt.
const SAME_EXCERPT: u32 = 40;

/// Draws one finding; `files` are names and texts.
fn draw(finding: &Diagnostic, files: &[(&str, &str)], lang: Lang, renderer: &Renderer) -> String {
    let text_of = |shown: &str| files.iter().find(|(name, _)| *name == shown).map(|(_, text)| *text);
    let named = |level: Level<'static>, ja: &'static str| match lang {
        Lang::Ja => level.with_name(ja),
        Lang::En => level,
    };
    let level = match finding.severity {
        Severity::Error => named(Level::ERROR, "エラー"),
        Severity::Warning => named(Level::WARNING, "警告"),
    };
    // Text from files reaches a terminal here: a control character in a
    // keyword must not.
    let title = level.primary_title(printable(finding.message.of(lang))).id(finding.code);
    let mut group = match (&finding.span, text_of(&finding.file)) {
        (Some(span), Some(text)) if span.start <= text.len() && finding.column <= COLUMN_MAX => {
            let (near, far): (Vec<&Related>, Vec<&Related>) = finding
                .related
                .iter()
                .partition(|r| r.file == finding.file && r.line.abs_diff(finding.line) <= SAME_EXCERPT);
            let mut marks = vec![(AnnotationKind::Primary, span.clone(), None)];
            marks.extend(near.iter().map(|r| (AnnotationKind::Context, r.span.clone(), Some(r.label.of(lang)))));
            let mut group = title.element(excerpt(text, &finding.file, &marks));
            for other in far {
                let mark = [(AnnotationKind::Context, other.span.clone(), Some(other.label.of(lang)))];
                if let Some(text) = text_of(&other.file) {
                    group = group.element(excerpt(text, &other.file, &mark));
                }
            }
            group
        }
        _ => title.element(
            Origin::path(finding.file.clone()).line(finding.line as usize).char_column(finding.column as usize),
        ),
    };
    for note in &finding.notes {
        group = group.element(named(Level::NOTE, "補足").message(printable(note.of(lang))));
    }
    if let Some(help) = &finding.help {
        group = group.element(named(Level::HELP, "対処").message(printable(help.of(lang))));
    }
    renderer.render(&[group])
}

fn excerpt<'a>(
    text: &'a str,
    path: &'a str,
    marks: &[(AnnotationKind, Range<usize>, Option<&'a str>)],
) -> Snippet<'a, annotate_snippets::Annotation<'a>> {
    let clipped: Vec<Range<usize>> = marks.iter().map(|(_, span, _)| one_line(text, span)).collect();
    let first = clipped.iter().map(|r| r.start).min().unwrap_or(0);
    let last = clipped.iter().map(|r| r.end).max().unwrap_or(0);
    let from = text[..first].rfind('\n').map_or(0, |i| i + 1);
    let line_end = text[last..].find('\n').map_or(text.len(), |i| last + i);
    let to = floor(text, line_end.min(last + SHOWN_MAX));
    let line = text[..from].bytes().filter(|b| *b == b'\n').count() + 1;
    let mut snippet = Snippet::source(&text[from..to]).line_start(line).path(path);
    for ((kind, _, label), span) in marks.iter().zip(clipped) {
        snippet = snippet.annotation(kind.span(span.start - from..span.end - from).label(*label));
    }
    snippet
}

/// Most bytes that are marked, and shown after the marks: what follows in a
/// line of thousands helps nobody.
const SHOWN_MAX: usize = 300;

/// A span cut to its first line, to what is shown and to character borders; never empty unless
/// at the end of the text.
fn one_line(text: &str, span: &Range<usize>) -> Range<usize> {
    let start = floor(text, span.start);
    let line_end = text[start..].find('\n').map_or(text.len(), |i| start + i);
    let end = floor(text, span.end.min(start + SHOWN_MAX)).clamp(start, line_end);
    if end > start {
        return start..end;
    }
    start..text[start..line_end].chars().next().map_or(start, |c| start + c.len_utf8())
}

/// The character border at or before a byte offset.
fn floor(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|i| text.is_char_boundary(*i)).unwrap_or(0)
}

fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() || is_bidi_control(c) { '\u{FFFD}' } else { c }).collect()
}

/// The characters that reorder what a terminal shows (UAX #9).
fn is_bidi_control(c: char) -> bool {
    matches!(c, '\u{061C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// The known word nearest to a mistyped one, if it is near enough to be meant.
pub fn nearest<'k>(word: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let plain = |s: &str| s.to_lowercase().replace(['-', ' '], "_");
    let word = plain(word);
    let length = word.chars().count();
    known
        .into_iter()
        .map(|k| (strsim::damerau_levenshtein(&word, &plain(k)), k))
        .filter(|(distance, k)| *distance <= (length.max(k.chars().count()) / 3).max(1))
        .min_by_key(|(distance, k)| (*distance, k.len()))
        .map(|(_, k)| k)
}

/// `` `a`, `b` or `c` ``, for lists of what would be right.
pub fn one_of<'k>(words: impl IntoIterator<Item = &'k str>) -> Text {
    let quoted: Vec<String> = words.into_iter().map(|w| format!("`{w}`")).collect();
    match quoted.as_slice() {
        [] => say!("nothing", "なし"),
        [one] => Text::same(one),
        [head @ .., last] => {
            let (en, ja) = (head.join(", "), head.join("、"));
            say!("{en} or {last}", "{ja}、{last}")
        }
    }
}

/// The cure for a slip: the word that was meant.
pub fn did_you_mean(word: &str) -> Text {
    say!("did you mean `{word}`?", "`{word}` の書き間違いではありませんか")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn positions_are_those_of_counting_from_the_start(
            pieces in prop::collection::vec("[a窓\\n🏢é]{0,40}", 0..300),
            at in 0usize..20_000,
        ) {
            let text = pieces.concat();
            let offset = at.min(text.len());
            let whole = (0..=offset).rev().find(|i| text.is_char_boundary(*i)).unwrap();
            let before = &text[..whole];
            let line = before.matches('\n').count() as u32 + 1;
            let column = before.rsplit('\n').next().unwrap().chars().count() as u32 + 1;
            let file = SourceFile::new("a", "a", text.clone());
            prop_assert_eq!(file.position(offset), (line, column));
        }
    }
}
