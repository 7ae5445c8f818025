//! Reads a TOML file by walking its spanned document, so that *every* mistake
//! in it is reported with its place, not only the first. Owns syntax errors,
//! doubled and unknown keys, wrong types, encodings; knows no particular file.
//!
//! A table remembers which keys were asked for; [`Table::finish`] reports all
//! others, with the nearest known key as the cure:
//!
//! ```
//! # use madoguchi::core::{diagnostic::SourceFile, tomlwalk::Document};
//! let file = SourceFile::new("madoguchi.toml", "madoguchi.toml", "[mailbox]\npol = 3\n");
//! let doc = Document::parse(&file);
//! let root = doc.root();
//! if let Some(mailbox) = root.table("mailbox") {
//!     let poll = mailbox.string("poll");
//!     mailbox.finish();
//! }
//! root.finish();
//! assert_eq!(doc.into_findings()[0].message, "unknown key `pol` in `[mailbox]`");
//! ```

use super::diagnostic::{Diagnostic, Lines, SourceFile, nearest, one_of};
use std::cell::RefCell;
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A parsed file and what was found wrong in it so far.
pub struct Document<'f> {
    file: &'f SourceFile,
    text: &'f str,
    lines: Lines<'f>,
    table: DeTable<'f>,
    findings: RefCell<Vec<Diagnostic>>,
    /// Line numbers of syntax errors: what stands there is not what was meant.
    broken: Vec<u32>,
}

/// A value with the byte range it was written at (quotes included).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found<T> {
    pub value: T,
    pub span: Range<usize>,
}

/// A table of the document. Asking for a key makes it known.
pub struct Table<'d> {
    doc: &'d Document<'d>,
    table: &'d DeTable<'d>,
    /// Where to report what is missing: the header, or the braces.
    span: Range<usize>,
    /// How messages call it: `[mailbox]`, `[[example]]`, `the file`.
    called: String,
    known: RefCell<Vec<String>>,
}

/// A value whose type the caller decides on.
#[derive(Clone, Copy)]
pub struct Value<'d> {
    doc: &'d Document<'d>,
    value: &'d Spanned<DeValue<'d>>,
}

/// What a TOML value can be.
pub enum Kind<'d> {
    String(&'d str),
    Integer(i64),
    Boolean(bool),
    /// A TOML date without time, as written: `2026-11-22`.
    Date(String),
    Array(Vec<Value<'d>>),
    Table(Table<'d>),
    /// A float, a date with time, or an integer too large.
    Other,
}

impl<'f> Document<'f> {
    /// Parses a file. Never fails: what is wrong is among the findings, and
    /// what could be read can be walked.
    pub fn parse(file: &'f SourceFile) -> Document<'f> {
        let mut findings = Vec::new();
        let (text, mut table, mut broken) = ("", DeTable::new(), Vec::new());
        let mut doc_text = text;
        match check_encoding(file) {
            Err(finding) => {
                broken.push(0);
                findings.push(*finding);
            }
            Ok(text) => {
                doc_text = text;
                if text.starts_with('\u{FEFF}') {
                    findings.push(byte_order_mark(file));
                }
                let (parsed, errors) = DeTable::parse_recoverable(text);
                table = parsed.into_inner();
                for error in errors {
                    let span = error.span().unwrap_or(0..0);
                    let finding = syntax_error(file, text, &table, span, error.message());
                    if finding.code == "syntax" {
                        broken.push(finding.line);
                    }
                    findings.push(finding);
                }
                // The parser stumbles over one slip several times; the first
                // word on a line is the one to read.
                let mut seen = Vec::new();
                findings
                    .retain(|f| f.code != "syntax" || (!seen.contains(&f.line)).then(|| seen.push(f.line)).is_some());
            }
        }
        Document { file, text: doc_text, lines: Lines::new(doc_text), table, findings: RefCell::new(findings), broken }
    }

    /// The outermost table.
    pub fn root(&self) -> Table<'_> {
        Table { doc: self, table: &self.table, span: 0..0, called: "the file".to_owned(), known: RefCell::default() }
    }

    pub fn file(&self) -> &'f SourceFile {
        self.file
    }

    /// 1-based line and column (characters) of a byte offset.
    pub fn position(&self, offset: usize) -> (u32, u32) {
        self.lines.position(offset)
    }

    /// The file's text between two byte offsets.
    pub fn excerpt(&self, span: Range<usize>) -> &str {
        self.text.get(span).unwrap_or_default()
    }

    /// Whether the syntax is whole: only then does an absence mean something.
    pub fn is_whole(&self) -> bool {
        self.broken.is_empty()
    }

    /// Adds a finding. Left out are what is said about a line with a syntax
    /// error, and that something is missing from a file with one.
    pub fn report(&self, finding: Diagnostic) {
        let follows = self.broken.contains(&finding.line) || finding.code.starts_with("missing") && !self.is_whole();
        if !follows {
            self.findings.borrow_mut().push(finding);
        }
    }

    /// Reports an error at a byte range.
    pub fn error(&self, code: &'static str, span: Range<usize>, message: impl Into<String>, help: Option<String>) {
        self.report(Diagnostic::error(code, self.file, span, message).maybe_help(help));
    }

    /// Reports a warning at a byte range.
    pub fn warning(&self, code: &'static str, span: Range<usize>, message: impl Into<String>, help: Option<String>) {
        self.report(Diagnostic::warning(code, self.file, span, message).maybe_help(help));
    }

    /// What was found, in the order of the file.
    pub fn into_findings(self) -> Vec<Diagnostic> {
        let mut findings = self.findings.into_inner();
        super::diagnostic::sort(&mut findings);
        findings
    }
}

impl<'d> Table<'d> {
    /// Where the table is written: its header or braces.
    pub fn span(&self) -> Range<usize> {
        self.span.clone()
    }

    pub fn doc(&self) -> &'d Document<'d> {
        self.doc
    }

    /// The keys as written, in the order of the file.
    pub fn keys(&self) -> Vec<Found<&'d str>> {
        let mut keys: Vec<Found<&str>> =
            self.table.keys().map(|k| Found { value: k.get_ref().as_ref(), span: k.span() }).collect();
        keys.sort_by_key(|k| k.span.start);
        keys
    }

    /// Makes a key known and gives its value.
    pub fn get(&self, key: &str) -> Option<Value<'d>> {
        self.know(key);
        self.table.get(key).map(|value| Value { doc: self.doc, value })
    }

    /// Makes a key known without reading it.
    pub fn know(&self, key: &str) {
        let mut known = self.known.borrow_mut();
        if !known.iter().any(|k| k == key) {
            known.push(key.to_owned());
        }
    }

    /// The byte range of a key itself.
    pub fn key_span(&self, key: &str) -> Option<Range<usize>> {
        self.table.get_key_value(key).map(|(k, _)| k.span())
    }

    /// An optional string.
    pub fn string(&self, key: &str) -> Option<Found<&'d str>> {
        self.get(key)?.string(key)
    }

    /// A string that has to be there and not empty.
    pub fn required_string(&self, key: &str) -> Option<Found<&'d str>> {
        match self.get(key) {
            None => {
                self.missing(key, "a string");
                None
            }
            Some(value) => {
                let found = value.string(key)?;
                if found.value.trim().is_empty() {
                    self.doc.error("empty-value", found.span, format!("`{key}` is empty"), None);
                    return None;
                }
                Some(found)
            }
        }
    }

    /// An optional whole number.
    pub fn integer(&self, key: &str) -> Option<Found<i64>> {
        self.get(key)?.integer(key)
    }

    /// An optional `true` or `false`.
    pub fn boolean(&self, key: &str) -> Option<Found<bool>> {
        self.get(key)?.boolean(key)
    }

    /// An optional date without quotes (`2026-11-22`), as written.
    pub fn date(&self, key: &str) -> Option<Found<String>> {
        let value = self.get(key)?;
        match value.kind() {
            Kind::Date(date) => Some(Found { value: date, span: value.span() }),
            Kind::String(text) if text.parse::<jiff::civil::Date>().is_ok() => {
                let help = Some(format!("write it without quotes: `{key} = {text}`"));
                self.doc.error("wrong-type", value.span(), format!("`{key}` must be a date, found a string"), help);
                None
            }
            _ => {
                value.wrong_type(key, "a date like `2026-11-22`");
                None
            }
        }
    }

    /// An optional string out of a fixed list.
    pub fn choice<T: Copy>(&self, key: &str, choices: &[(&str, T)]) -> Option<Found<T>> {
        let found = self.string(key)?;
        match choices.iter().find(|(word, _)| *word == found.value) {
            Some((_, value)) => Some(Found { value: *value, span: found.span }),
            None => {
                let words = choices.iter().map(|(w, _)| *w);
                let help = match nearest(found.value, words.clone()) {
                    Some(word) => format!("did you mean `{word}`?"),
                    None => format!("use {}", one_of(words)),
                };
                let message = format!("`{}` is not a value of `{key}`", found.value);
                self.doc.error("bad-value", found.span, message, Some(help));
                None
            }
        }
    }

    /// An optional table (a header or `{ … }`).
    pub fn table(&self, key: &str) -> Option<Table<'d>> {
        self.get(key)?.table(key)
    }

    /// A table that has to be there.
    pub fn required_table(&self, key: &str) -> Option<Table<'d>> {
        match self.get(key) {
            None => {
                self.missing(key, "a table");
                None
            }
            Some(value) => value.table(key),
        }
    }

    /// Tables under `[[key]]`; empty when there are none.
    pub fn tables(&self, key: &str) -> Vec<Table<'d>> {
        let Some(value) = self.get(key) else { return Vec::new() };
        let called = format!("[[{key}]]");
        match value.kind() {
            Kind::Array(items) => items.iter().filter_map(|item| item.table_called(key, &called)).collect(),
            Kind::Table(_) => {
                let span = value.span();
                let help = Some(format!("write the header with two brackets: `{called}`"));
                self.doc.error("wrong-type", span, format!("`{key}` must be a list of tables"), help);
                Vec::new()
            }
            _ => {
                value.wrong_type(key, &format!("tables under `{called}`"));
                Vec::new()
            }
        }
    }

    /// An array's items; empty when the key is not there.
    pub fn array(&self, key: &str) -> Vec<Value<'d>> {
        let Some(value) = self.get(key) else { return Vec::new() };
        match value.kind() {
            Kind::Array(items) => items,
            Kind::String(text) => {
                let help = Some(format!("put it in brackets: `{key} = [\"{text}\"]`"));
                self.doc.error("wrong-type", value.span(), format!("`{key}` must be a list, found a string"), help);
                Vec::new()
            }
            _ => {
                value.wrong_type(key, "a list");
                Vec::new()
            }
        }
    }

    /// How many items are written under a key, whatever is wrong with them; 1
    /// for what is no list.
    pub fn count(&self, key: &str) -> usize {
        match self.get(key).map(|v| v.kind()) {
            None => 0,
            Some(Kind::Array(items)) => items.len(),
            Some(_) => 1,
        }
    }

    /// An array of strings; items of another type are reported and left out.
    pub fn strings(&self, key: &str) -> Vec<Found<&'d str>> {
        self.array(key).into_iter().filter_map(|item| item.string(key)).collect()
    }

    /// Reports a missing key at the table's place.
    pub fn missing(&self, key: &str, what: &str) {
        let message = format!("{} lacks `{key}`", self.shown());
        let near = self
            .keys()
            .into_iter()
            .find(|k| !self.known.borrow().iter().any(|known| known == k.value) && nearest(k.value, [key]).is_some());
        // A mistyped key is reported as unknown, with this one as its cure.
        if near.is_none() {
            self.doc.error("missing-key", self.span(), message, Some(format!("add `{key} = …`, {what}")));
        }
    }

    /// Reports every key that nobody asked for.
    pub fn finish(&self) {
        let known = self.known.borrow();
        for key in self.keys() {
            if known.iter().any(|k| k == key.value) {
                continue;
            }
            let free = known.iter().map(String::as_str).filter(|k| !self.table.contains_key(*k));
            let help = match nearest(key.value, free) {
                Some(near) => Some(format!("did you mean `{near}`?")),
                None if known.is_empty() => None,
                None => Some(format!("{} takes {}", self.shown(), one_of(known.iter().map(String::as_str)))),
            };
            self.doc.error("unknown-key", key.span, format!("unknown key `{}` in {}", key.value, self.shown()), help);
        }
    }

    fn shown(&self) -> String {
        if self.called.starts_with('[') { format!("`{}`", self.called) } else { self.called.clone() }
    }
}

impl<'d> Value<'d> {
    pub fn span(&self) -> Range<usize> {
        self.value.span()
    }

    pub fn doc(&self) -> &'d Document<'d> {
        self.doc
    }

    pub fn kind(&self) -> Kind<'d> {
        match self.value.get_ref() {
            DeValue::String(text) => Kind::String(text.as_ref()),
            DeValue::Integer(number) => {
                i64::from_str_radix(number.as_str(), number.radix()).map_or(Kind::Other, Kind::Integer)
            }
            DeValue::Boolean(value) => Kind::Boolean(*value),
            DeValue::Datetime(when) if when.time.is_none() && when.offset.is_none() => {
                when.date.map_or(Kind::Other, |date| Kind::Date(date.to_string()))
            }
            DeValue::Array(items) => Kind::Array(items.iter().map(|value| Value { doc: self.doc, value }).collect()),
            DeValue::Table(table) => Kind::Table(Table {
                doc: self.doc,
                table,
                span: self.value.span(),
                called: "this table".to_owned(),
                known: RefCell::default(),
            }),
            DeValue::Float(_) | DeValue::Datetime(_) => Kind::Other,
        }
    }

    /// The string, or a finding that `what` must be one.
    pub fn string(&self, what: &str) -> Option<Found<&'d str>> {
        match self.kind() {
            Kind::String(value) => Some(Found { value, span: self.span() }),
            _ => {
                let help = match self.kind() {
                    Kind::Integer(_) | Kind::Boolean(_) | Kind::Date(_) | Kind::Other => {
                        Some(format!("put it in quotes: `\"{}\"`", self.doc.excerpt(self.span())))
                    }
                    _ => None,
                };
                self.wrong_type_help(what, "a string", help);
                None
            }
        }
    }

    /// The whole number, or a finding.
    pub fn integer(&self, what: &str) -> Option<Found<i64>> {
        match self.kind() {
            Kind::Integer(value) => Some(Found { value, span: self.span() }),
            _ => {
                self.wrong_type(what, "a whole number");
                None
            }
        }
    }

    /// The boolean, or a finding.
    pub fn boolean(&self, what: &str) -> Option<Found<bool>> {
        match self.kind() {
            Kind::Boolean(value) => Some(Found { value, span: self.span() }),
            _ => {
                self.wrong_type(what, "`true` or `false`");
                None
            }
        }
    }

    /// The table, or a finding.
    pub fn table(&self, what: &str) -> Option<Table<'d>> {
        // A table under a header is called by it; one in braces by its key.
        let called = format!("[{what}]");
        self.table_called(what, &called)
    }

    fn table_called(&self, what: &str, called: &str) -> Option<Table<'d>> {
        match self.kind() {
            Kind::Table(mut table) => {
                called.clone_into(&mut table.called);
                Some(table)
            }
            _ => {
                self.wrong_type(what, "a table");
                None
            }
        }
    }

    /// Reports that `what` has a wrong type.
    pub fn wrong_type(&self, what: &str, expected: &str) {
        self.wrong_type_help(what, expected, None);
    }

    fn wrong_type_help(&self, what: &str, expected: &str, help: Option<String>) {
        let found = match self.value.get_ref() {
            DeValue::String(_) => "a string",
            DeValue::Integer(_) => "a number",
            DeValue::Float(_) => "a decimal number",
            DeValue::Boolean(_) => "a boolean",
            DeValue::Datetime(_) => "a date",
            DeValue::Array(_) => "a list",
            DeValue::Table(_) => "a table",
        };
        self.doc.error("wrong-type", self.span(), format!("`{what}` must be {expected}, found {found}"), help);
    }
}

/// The text of a file, or why it is none. Used for templates too.
pub fn check_encoding(file: &SourceFile) -> Result<&str, Box<Diagnostic>> {
    let error = match std::str::from_utf8(&file.bytes) {
        Ok(text) => return Ok(text),
        Err(error) => error,
    };
    let at = error.valid_up_to();
    let utf16 = file.bytes.starts_with(&[0xFF, 0xFE]) || file.bytes.starts_with(&[0xFE, 0xFF]);
    let guess = if utf16 {
        Some("UTF-16")
    } else if looks_like(encoding_rs::SHIFT_JIS, &file.bytes) {
        Some("Shift_JIS")
    } else if looks_like(encoding_rs::EUC_JP, &file.bytes) {
        Some("EUC-JP")
    } else {
        None
    };
    let message = match guess {
        Some(guess) => format!("the file is not UTF-8; it looks like {guess}"),
        None => "the file is not UTF-8".to_owned(),
    };
    let finding = Diagnostic::error("encoding", file, at..at + 1, message).help("save the file again as UTF-8");
    Err(Box::new(Diagnostic { span: None, ..finding }))
}

/// Decodes without a fault and to something with Japanese in it.
fn looks_like(encoding: &'static encoding_rs::Encoding, bytes: &[u8]) -> bool {
    let common = |c: char| matches!(c, '\u{3040}'..='\u{30FF}' | '\u{4E00}'..='\u{9FFF}');
    encoding.decode_without_bom_handling_and_without_replacement(bytes).is_some_and(|text| text.chars().any(common))
}

/// The finding for a file that starts with U+FEFF.
pub fn byte_order_mark(file: &SourceFile) -> Diagnostic {
    Diagnostic::error("encoding", file, 0..3, "the file starts with a byte order mark")
        .help("save it as UTF-8 without a byte order mark (BOM)")
}

fn syntax_error(file: &SourceFile, text: &str, table: &DeTable<'_>, span: Range<usize>, message: &str) -> Diagnostic {
    if message == "duplicate key" {
        let key = text.get(span.clone()).unwrap_or_default();
        let name = key.trim_matches(['"', '\'']);
        let finding = Diagnostic::error("duplicate-key", file, span.clone(), format!("`{name}` is given twice"));
        let first = earlier_key(table, name, text, span.start).or_else(|| earlier_header(text, name, span.start));
        return match first {
            Some(first) => finding.related(file, first, "first given here").help("keep one of the two"),
            None => finding.help("keep one of the two"),
        };
    }
    let wide = text.get(span.clone()).and_then(|t| t.chars().next()).filter(|c| !c.is_ascii());
    let finding = Diagnostic::error("syntax", file, span, format!("this is not TOML: {message}"));
    match wide {
        Some('”' | '“' | '＂' | '「' | '」' | '＝' | '，' | '、' | '［' | '］' | '｛' | '｝' | '　') => {
            finding.help("write quotes, brackets, commas, `=` and spaces in half width, with the input method off")
        }
        _ if message.starts_with("invalid basic string") || message.starts_with("invalid literal string") => {
            finding.help("close the string on the same line, or write it between `\"\"\"`")
        }
        _ => finding,
    }
}

/// The last key of a name before `before`, in the tables written around it.
fn earlier_key(table: &DeTable<'_>, name: &str, text: &str, before: usize) -> Option<Range<usize>> {
    let mut best: Option<Range<usize>> = None;
    let mut take = |span: Range<usize>| {
        if span.end <= before && best.as_ref().is_none_or(|b| b.start < span.start) {
            best = Some(span);
        }
    };
    let mut stack = vec![table];
    while let Some(table) = stack.pop() {
        for (key, value) in table.iter() {
            if key.get_ref() == name {
                take(key.span());
            }
            let span = value.span();
            let inline = text.get(span.clone()).is_some_and(|t| t.starts_with('{'));
            match value.get_ref() {
                DeValue::Table(inner) if !inline || span.contains(&before) => stack.push(inner),
                DeValue::Array(items) => stack.extend(items.iter().filter_map(|i| match i.get_ref() {
                    DeValue::Table(inner) => {
                        let header = text.get(i.span()).is_some_and(|t| t.starts_with('['));
                        (header || i.span().contains(&before)).then_some(inner)
                    }
                    _ => None,
                })),
                _ => {}
            }
        }
    }
    best
}

/// An earlier `[…name]` header; the parser moves such a key to its later place.
fn earlier_header(text: &str, name: &str, before: usize) -> Option<Range<usize>> {
    let line_start = text[..before].rfind('\n').map_or(0, |i| i + 1);
    let header = text[line_start..].lines().next()?.trim();
    let mut offset = 0;
    for line in text[..line_start].split_inclusive('\n') {
        if line.trim() == header {
            let at = offset + line.rfind(name)?;
            return Some(at..at + name.len());
        }
        offset += line.len();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::diagnostic::render;

    fn walked(text: &str) -> String {
        let file = SourceFile::new("m.toml", "m.toml", text);
        let doc = Document::parse(&file);
        let root = doc.root();
        if let Some(mailbox) = root.required_table("mailbox") {
            mailbox.required_string("url");
            mailbox.string("poll");
            mailbox.choice("mode", &[("at-once", 1), ("on-consent", 2), ("off", 3)]);
            mailbox.date("verified");
            mailbox.boolean("idle");
            mailbox.finish();
        }
        root.finish();
        render(&doc.into_findings(), [&file], false)
    }

    #[test]
    fn every_mistake_of_a_file_is_reported_at_once() {
        let text = "[mailbox]\npol = \"60s\"\nmode = \"atonce\"\nidle = 1\nverified = \"2026-11-22\"\nmode = \"off\"\n[mailbx]\n";
        insta::assert_snapshot!("every_mistake", walked(text));
    }

    #[test]
    fn what_follows_from_a_syntax_error_is_not_said() {
        insta::assert_snapshot!("typographic_quotes", walked("[mailbox]\nurl = “imap”\nmode = \"of\"\n"));
        insta::assert_snapshot!("open_string", walked("[mailbox]\nurl = \"imap\npoll = 3\n"));
    }

    #[test]
    fn the_first_of_two_is_found() {
        insta::assert_snapshot!("doubled_table", walked("[mailbox]\nurl = \"a\"\n[mailbox]\nidle = true\n"));
    }
}
