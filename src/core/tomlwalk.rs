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
//! assert_eq!(doc.into_findings()[0].message.en, "unknown key `pol` in `[mailbox]`");
//! ```

use super::diagnostic::{Diagnostic, SourceFile, did_you_mean, nearest, one_of};
use super::lang::{Text, say};
use std::cell::RefCell;
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A parsed file and what was found wrong in it so far.
pub struct Document<'f> {
    file: &'f SourceFile,
    text: &'f str,
    table: DeTable<'f>,
    findings: RefCell<Vec<Diagnostic>>,
    /// Line numbers of syntax errors: what stands there is not what was meant.
    broken: Vec<u32>,
    /// Line of the first broken header: what follows is not where it belongs.
    lost: Option<u32>,
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
    called: Called,
    known: RefCell<Vec<String>>,
}

/// How messages call a table.
enum Called {
    /// The outermost one.
    File,
    /// One in braces, of which no more is known.
    Braces,
    /// `[mailbox]`, `[[example]]`.
    Header(String),
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
        let mut lost = None;
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
                        let header = text.lines().nth(finding.line as usize - 1);
                        if header.is_some_and(|line| line.trim_start().starts_with('[')) {
                            lost = lost.or(Some(finding.line));
                        }
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
        Document { file, text: doc_text, table, findings: RefCell::new(findings), broken, lost }
    }

    /// The outermost table.
    pub fn root(&self) -> Table<'_> {
        Table { doc: self, table: &self.table, span: 0..0, called: Called::File, known: RefCell::default() }
    }

    pub fn file(&self) -> &'f SourceFile {
        self.file
    }

    /// 1-based line and column (characters) of a byte offset.
    pub fn position(&self, offset: usize) -> (u32, u32) {
        self.file.position(offset)
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
        let follows = self.broken.contains(&finding.line)
            || self.lost.is_some_and(|line| finding.line >= line)
            || finding.code.starts_with("missing") && !self.is_whole();
        if !follows {
            self.findings.borrow_mut().push(finding);
        }
    }

    /// Reports an error at a byte range.
    pub fn error(&self, code: &'static str, span: Range<usize>, message: Text, help: Option<Text>) {
        self.report(Diagnostic::error(code, self.file, span, message).maybe_help(help));
    }

    /// Reports a warning at a byte range.
    pub fn warning(&self, code: &'static str, span: Range<usize>, message: Text, help: Option<Text>) {
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
                self.missing(key, &say!("a string", "文字列"));
                None
            }
            Some(value) => {
                let found = value.string(key)?;
                if found.value.trim().is_empty() {
                    let message = say!("`{key}` is empty", "`{key}` が空です");
                    self.doc.error("empty-value", found.span, message, None);
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
                let help =
                    say!("write it without quotes: `{key} = {text}`", "引用符を付けずに書きます: `{key} = {text}`");
                let message =
                    say!("`{key}` must be a date, found a string", "`{key}` は日付で書きます（文字列になっています）");
                self.doc.error("wrong-type", value.span(), message, Some(help));
                None
            }
            _ => {
                value.wrong_type(key, &say!("a date like `2026-11-22`", "`2026-11-22` のような日付"));
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
                    Some(word) => did_you_mean(word),
                    None => say!("use {words}", "{words} のどれかを使います"; words = one_of(words)),
                };
                let value = found.value;
                let message = say!("`{value}` is not a value of `{key}`", "`{key}` に `{value}` という値はありません");
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
                self.missing(key, &say!("a table", "表"));
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
                let help =
                    say!("write the header with two brackets: `{called}`", "見出しは角括弧を二重にします: `{called}`");
                let message = say!("`{key}` must be a list of tables", "`{key}` は表の並びで書きます");
                self.doc.error("wrong-type", span, message, Some(help));
                Vec::new()
            }
            _ => {
                value.wrong_type(key, &say!("tables under `{called}`", "`{called}` を見出しにした表"));
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
                let help =
                    say!("put it in brackets: `{key} = [\"{text}\"]`", "角括弧で囲みます: `{key} = [\"{text}\"]`");
                let message =
                    say!("`{key}` must be a list, found a string", "`{key}` は一覧で書きます（文字列になっています）");
                self.doc.error("wrong-type", value.span(), message, Some(help));
                Vec::new()
            }
            _ => {
                value.wrong_type(key, &say!("a list", "一覧"));
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
    pub fn missing(&self, key: &str, what: &Text) {
        let message = say!("{table} lacks `{key}`", "{table}に `{key}` がありません"; table = self.shown());
        let near = self
            .keys()
            .into_iter()
            .find(|k| !self.known.borrow().iter().any(|known| known == k.value) && nearest(k.value, [key]).is_some());
        // A mistyped key is reported as unknown, with this one as its cure.
        if near.is_none() {
            let help = say!("add `{key} = …`, {what}", "`{key} = …` を書き足します（{what}）"; what = what);
            self.doc.error("missing-key", self.span(), message, Some(help));
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
                Some(near) => Some(did_you_mean(near)),
                None if known.is_empty() => None,
                None => Some(say!(
                    "{table} takes {keys}",
                    "{table}に書けるのは {keys} です";
                    table = self.shown(),
                    keys = one_of(known.iter().map(String::as_str)),
                )),
            };
            let name = key.value;
            let message = say!("unknown key `{name}` in {table}", "{table}に `{name}` というキーはありません"; table = self.shown());
            self.doc.error("unknown-key", key.span, message, help);
        }
    }

    fn shown(&self) -> Text {
        match &self.called {
            Called::File => say!("the file", "このファイル"),
            Called::Braces => say!("this table", "この表"),
            Called::Header(header) => say!("`{header}`", "`{header}` "),
        }
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
                called: Called::Braces,
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
                        let written = self.doc.excerpt(self.span());
                        Some(say!("put it in quotes: `\"{written}\"`", "引用符で囲みます: `\"{written}\"`"))
                    }
                    _ => None,
                };
                self.wrong_type_help(what, &say!("a string", "文字列"), help);
                None
            }
        }
    }

    /// The whole number, or a finding.
    pub fn integer(&self, what: &str) -> Option<Found<i64>> {
        match self.kind() {
            Kind::Integer(value) => Some(Found { value, span: self.span() }),
            _ => {
                self.wrong_type(what, &say!("a whole number", "整数"));
                None
            }
        }
    }

    /// The boolean, or a finding.
    pub fn boolean(&self, what: &str) -> Option<Found<bool>> {
        match self.kind() {
            Kind::Boolean(value) => Some(Found { value, span: self.span() }),
            _ => {
                self.wrong_type(what, &say!("`true` or `false`", " `true` または `false` "));
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
                table.called = Called::Header(called.to_owned());
                Some(table)
            }
            _ => {
                self.wrong_type(what, &say!("a table", "表"));
                None
            }
        }
    }

    /// Reports that `what` has a wrong type.
    pub fn wrong_type(&self, what: &str, expected: &Text) {
        self.wrong_type_help(what, expected, None);
    }

    fn wrong_type_help(&self, what: &str, expected: &Text, help: Option<Text>) {
        let found = match self.value.get_ref() {
            DeValue::String(_) => say!("a string", "文字列"),
            DeValue::Integer(_) => say!("a number", "数"),
            DeValue::Float(_) => say!("a decimal number", "小数"),
            DeValue::Boolean(_) => say!("a boolean", "真偽値"),
            DeValue::Datetime(_) => say!("a date", "日付"),
            DeValue::Array(_) => say!("a list", "一覧"),
            DeValue::Table(_) => say!("a table", "表"),
        };
        let help = help.or_else(|| Some(say!("write {expected}", "{expected}を書いてください"; expected = expected)));
        let message = say!(
            "`{what}` must be {expected}, found {found}",
            "`{what}` は{expected}で書きます（{found}になっています）";
            expected = expected,
            found = found,
        );
        self.doc.error("wrong-type", self.span(), message, help);
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
    let guess = if utf16 { Some("UTF-16") } else { japanese_encoding(&file.bytes) };
    let message = match guess {
        Some(guess) => {
            say!(
                "the file is not UTF-8; it looks like {guess}",
                "ファイルが UTF-8 ではありません（{guess} のようです）"
            )
        }
        None => say!("the file is not UTF-8", "ファイルが UTF-8 ではありません"),
    };
    let finding = Diagnostic::error("encoding", file, at..at + 1, message)
        .help(say!("save the file again as UTF-8", "文字コードに「UTF-8」を選んで保存し直してください"));
    Err(Box::new(Diagnostic { span: None, ..finding }))
}

/// The older Japanese encoding that a file is in. Of two that are possible the
/// one with less half-width katakana: EUC-JP read as Shift_JIS is full of it.
fn japanese_encoding(bytes: &[u8]) -> Option<&'static str> {
    let strange = |encoding: &'static encoding_rs::Encoding| {
        let text = encoding.decode_without_bom_handling_and_without_replacement(bytes)?;
        let japanese = text.chars().any(|c| matches!(c, '\u{3040}'..='\u{30FF}' | '\u{4E00}'..='\u{9FFF}'));
        japanese.then(|| text.chars().filter(|c| matches!(c, '\u{FF61}'..='\u{FF9F}')).count())
    };
    match (strange(encoding_rs::SHIFT_JIS), strange(encoding_rs::EUC_JP)) {
        (Some(sjis), Some(euc)) if euc < sjis => Some("EUC-JP"),
        (Some(_), _) => Some("Shift_JIS"),
        (None, Some(_)) => Some("EUC-JP"),
        (None, None) => None,
    }
}

/// The finding for a file that starts with U+FEFF.
pub fn byte_order_mark(file: &SourceFile) -> Diagnostic {
    let message = say!("the file starts with a byte order mark", "ファイルの先頭に BOM が付いています");
    Diagnostic::error("encoding", file, 0..3, message).help(say!(
        "save it as UTF-8 without a byte order mark (BOM)",
        "文字コードに「UTF-8（BOM なし）」を選んで保存し直してください"
    ))
}

fn syntax_error(file: &SourceFile, text: &str, table: &DeTable<'_>, span: Range<usize>, message: &str) -> Diagnostic {
    if message == "duplicate key" {
        let key = text.get(span.clone()).unwrap_or_default();
        let name = key.trim_matches(['"', '\'']);
        let finding = Diagnostic::error(
            "duplicate-key",
            file,
            span.clone(),
            say!("`{name}` is given twice", "`{name}` が二度書かれています"),
        );
        let keep = say!("keep one of the two", "どちらか一つを残してください");
        let first = earlier_key(table, name, text, span.start).or_else(|| earlier_header(text, name, span.start));
        return match first {
            Some(first) => finding.related(file, first, say!("first given here", "最初はここ")).help(keep),
            None => finding.help(keep),
        };
    }
    let wide = text.get(span.start..).and_then(|t| t.chars().next()).filter(|c| !c.is_ascii());
    let reason = Text { en: message.to_owned(), ja: japanese(message) };
    let what = say!("this is not TOML: {reason}", "TOML として読めません: {reason}"; reason = reason);
    let finding = Diagnostic::error("syntax", file, span, what);
    match wide {
        Some('”' | '“' | '＂' | '「' | '」' | '＝' | '，' | '、' | '［' | '］' | '｛' | '｝' | '　') => {
            finding.help(say!(
                "write quotes, brackets, commas, `=` and spaces in half width, with the input method off",
                "引用符・括弧・コンマ・`=`・空白は、日本語入力を切って半角で書きます"
            ))
        }
        _ if message.starts_with("invalid basic string") || message.starts_with("invalid literal string") => finding
            .help(say!(
                "close the string on the same line, or write it between `\"\"\"`",
                "文字列は同じ行で引用符を閉じます（数行に渡るときは `\"\"\"` で囲みます）"
            )),
        _ => finding,
    }
}

/// What the parser says, in Japanese; in its own words where there is no
/// translation. An expectation behind a comma is kept.
fn japanese(message: &str) -> String {
    const KNOWN: [(&str, &str); 24] = [
        ("invalid basic string", "文字列の引用符が閉じていないか、使えない文字があります"),
        ("invalid literal string", "文字列の引用符が閉じていないか、使えない文字があります"),
        ("invalid multi-line", "`\"\"\"` で始まる文字列が閉じていません"),
        ("missing opening quote", "引用符で始まっていません"),
        ("string values must be quoted", "文字列が引用符で囲まれていません"),
        ("invalid unquoted key", "キーに使えない文字があります"),
        ("unquoted keys cannot be empty", "キーがありません"),
        ("key with no value", "キーに値がありません"),
        ("missing value", "値がありません"),
        ("invalid value", "値として読めません"),
        ("extra `=`", "`=` が余分です"),
        ("extra assignment", "`=` が余分です"),
        ("missing assignment", "キーと値の間に `=` がありません"),
        ("extra comma", "コンマが余分です"),
        ("missing comma between array elements", "一覧の項目の間にコンマがありません"),
        ("missing comma between key-value pairs", "項目の間にコンマがありません"),
        ("unclosed array table", "見出しの `]]` がありません"),
        ("unclosed array", "一覧の `]` がありません"),
        ("unclosed inline table", "`}` がありません"),
        ("unclosed table", "見出しの `]` がありません"),
        ("unexpected `=` in array", "一覧の中に `=` があります"),
        ("unexpected leading zero", "数は 0 で始められません（電話番号などは引用符で囲みます）"),
        ("unexpected", "ここには書けないものがあります"),
        ("cannot extend value", "このキーには下の階層を書き足せません"),
    ];
    let known = KNOWN.iter().find(|(start, _)| message.starts_with(start));
    known.map_or_else(|| format!("書き方の誤り（{message}）"), |(_, ja)| (*ja).to_owned())
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
    use crate::core::lang::Lang;

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
        render(&doc.into_findings(), [&file], Lang::En, false)
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
