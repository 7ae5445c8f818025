//! PATTERN of the rule files: what an editor can write in a list, read and
//! checked, before it is compiled.

use super::regex::{self, Expression};
use crate::core::diagnostic::{SourceFile, one_of};
use crate::core::evidence::Source;
use crate::core::lang::say;
use crate::core::text::fold;
use crate::core::tomlwalk::{Document, Found, Kind, Table, Value};
use std::ops::Range;

/// Where a pattern is written.
#[derive(Debug, Clone)]
pub struct Place<'f> {
    pub file: &'f SourceFile,
    pub span: Range<usize>,
    pub line: u32,
    pub column: u32,
}

impl Place<'_> {
    pub fn source(&self) -> Source {
        Source { file: self.file.name.clone(), line: self.line, column: self.column }
    }
}

/// One pattern as written.
#[derive(Debug)]
pub struct Pattern<'f> {
    pub place: Place<'f>,
    /// How it is called in findings.
    pub shown: String,
    pub what: What<'f>,
    /// A hit that one of these overlaps does not count.
    pub except: Vec<Pattern<'f>>,
}

#[derive(Debug)]
pub enum What<'f> {
    /// A folded keyword.
    Word(String),
    Regex(Expression),
    All {
        parts: Vec<Pattern<'f>>,
        within: u32,
        ordered: bool,
    },
    Any(Vec<Pattern<'f>>),
    /// `@name`.
    Group(String),
}

/// Where a pattern stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Inside {
    List,
    Any,
    All,
}

/// `within` when it is left out, and the most it can be, in folded characters.
const WITHIN: i64 = 40;
const WITHIN_MAX: i64 = 500;
/// Most folded characters of a keyword.
const KEYWORD_MAX: usize = 100;
/// Most patterns in one `all`.
const PARTS_MAX: usize = 8;

/// The patterns under a key; what is wrong goes to the document.
pub fn read_list<'f>(table: &Table<'_>, key: &str, file: &'f SourceFile) -> Vec<Pattern<'f>> {
    table.array(key).into_iter().filter_map(|value| read(value, file, Inside::List)).collect()
}

/// Folded phrases under a key (negators, exceptions).
pub fn read_phrases(table: &Table<'_>, key: &str) -> Vec<Found<String>> {
    let doc = table.doc();
    let phrases = table.strings(key).into_iter();
    phrases.filter_map(|f| keyword(doc, f.value, f.span.clone()).map(|value| Found { value, span: f.span })).collect()
}

fn place<'f>(doc: &Document<'_>, file: &'f SourceFile, span: Range<usize>) -> Place<'f> {
    let (line, column) = doc.position(span.start);
    Place { file, span, line, column }
}

fn read<'f>(value: Value<'_>, file: &'f SourceFile, inside: Inside) -> Option<Pattern<'f>> {
    let doc = value.doc();
    let span = value.span();
    let place = place(doc, file, span.clone());
    match value.kind() {
        Kind::String(text) => match text.strip_prefix('@') {
            Some(group) => Some(Pattern {
                place,
                shown: text.to_owned(),
                what: What::Group(group.trim().to_owned()),
                except: Vec::new(),
            }),
            None => {
                let word = keyword(doc, text, span)?;
                Some(Pattern { place, shown: text.to_owned(), what: What::Word(word), except: Vec::new() })
            }
        },
        Kind::Table(table) => read_table(&table, file, place, inside),
        _ => {
            let message = say!("a pattern must be a string or a table", "語は文字列か表で書きます");
            let help = say!(
                "write a keyword in quotes, or a table like `{{ re = '…' }}` or `{{ all = [\"…\", \"…\"] }}`",
                "語を引用符で囲むか、`{{ re = '…' }}` や `{{ all = [\"…\", \"…\"] }}` のような表を書きます"
            );
            doc.error("wrong-type", span, message, Some(help));
            None
        }
    }
}

fn read_table<'f>(table: &Table<'_>, file: &'f SourceFile, place: Place<'f>, inside: Inside) -> Option<Pattern<'f>> {
    const KINDS: [&str; 4] = ["word", "re", "all", "any"];
    let doc = table.doc();
    let given: Vec<&str> = KINDS.into_iter().filter(|k| table.get(k).is_some()).collect();
    let [kind] = given[..] else {
        let message = match given.len() {
            0 => say!("this pattern says nothing to look for", "何を探すかが書かれていません"),
            _ => say!(
                "a pattern has one of {kinds}, not several",
                "{kinds} はどれか一つだけ書きます";
                kinds = one_of(KINDS),
            ),
        };
        for key in ["except", "within", "order"] {
            table.know(key);
        }
        let before = doc_unknown(table);
        if !before {
            let help = say!("give it {kinds}", "{kinds} のどれかを書きます"; kinds = one_of(KINDS));
            doc.error("bad-pattern", table.span(), message, Some(help));
        }
        table.finish();
        return None;
    };
    let except =
        if table.get("except").is_some() { read_parts(table, "except", file, Inside::Any) } else { Vec::new() };
    let pattern = match kind {
        "word" => table.string("word").and_then(|found| {
            let word = keyword(doc, found.value, found.span.clone())?;
            let swallowed = except.iter().find(|e| matches!(&e.what, What::Word(phrase) if word.contains(phrase)));
            if let Some(phrase) = swallowed {
                let (written, phrase) = (found.value, &phrase.shown);
                let message = say!(
                    "`{written}` never counts: `{phrase}` is part of it",
                    "`{written}` は決して数えられません: 除外の `{phrase}` がその一部です"
                );
                let help = say!(
                    "an exception is a longer phrase around the word",
                    "除外には、その語を含むもっと長い言い回しを書きます"
                );
                doc.warning("unreachable", found.span.clone(), message, Some(help));
            }
            Some((found.value.to_owned(), What::Word(word)))
        }),
        "re" => table.string("re").and_then(|found| {
            let expression = expression(doc, &found)?;
            if inside != Inside::All && runs_always(&expression) {
                slow(doc, found.span.clone());
            }
            Some((found.value.to_owned(), What::Regex(expression)))
        }),
        "any" => {
            let parts = read_parts(table, "any", file, Inside::Any);
            (!parts.is_empty()).then(|| (shown_list(&parts, " | "), What::Any(parts)))
        }
        _ => {
            let parts = read_parts(table, "all", file, Inside::All);
            let within = table.integer("within");
            let ordered = table.boolean("order").is_some_and(|o| o.value);
            let searches = |p: &Pattern<'_>| matches!(&p.what, What::Regex(e) if runs_always(e));
            if !parts.is_empty() && parts.iter().all(searches) {
                slow(doc, table.span());
            }
            if inside != Inside::List {
                let message = say!("`all` cannot stand inside another pattern", "`all` は他の指定の中には書けません");
                let help = say!(
                    "put it into a group of common.toml and name the group here",
                    "common.toml のグループに移し、ここではグループの名前を書きます"
                );
                doc.error("bad-pattern", table.span(), message, Some(help));
                None
            } else {
                let within = check_within(doc, within.as_ref(), &parts, table.span());
                check_count(doc, &parts, table)
                    .then(|| (shown_list(&parts, " + "), What::All { parts, within, ordered }))
            }
        }
    };
    table.finish();
    let (shown, what) = pattern?;
    Some(Pattern { place, shown, what, except })
}

/// Whether a table has keys that nobody knows: then that is what is wrong.
fn doc_unknown(table: &Table<'_>) -> bool {
    const ALL: [&str; 7] = ["word", "re", "all", "any", "except", "within", "order"];
    table.keys().iter().any(|k| !ALL.contains(&k.value))
}

fn read_parts<'f>(table: &Table<'_>, key: &str, file: &'f SourceFile, inside: Inside) -> Vec<Pattern<'f>> {
    let values = table.array(key);
    if values.is_empty() && table.get(key).is_some_and(|v| matches!(v.kind(), Kind::Array(_))) {
        let message = say!("`{key}` is empty", "`{key}` が空です");
        let help = say!("write what to look for", "探すものを書いてください");
        table.doc().error("bad-pattern", table.span(), message, Some(help));
    }
    values.into_iter().filter_map(|value| read(value, file, inside)).collect()
}

fn shown_list(parts: &[Pattern<'_>], between: &str) -> String {
    parts.iter().map(|p| p.shown.as_str()).collect::<Vec<_>>().join(between)
}

fn check_count(doc: &Document<'_>, parts: &[Pattern<'_>], table: &Table<'_>) -> bool {
    if parts.len() == 1 {
        let message = say!("`all` with a single pattern", "`all` の中身が一つだけです");
        let help = say!(
            "write it as a plain keyword, or add what must stand near it",
            "ただの語として書くか、近くにあるべき語を書き足します"
        );
        doc.error("bad-pattern", table.span(), message, Some(help));
    } else if parts.len() > PARTS_MAX {
        let message = say!("`all` takes at most {PARTS_MAX} patterns", "`all` に書けるのは {PARTS_MAX} 個までです");
        let help = say!("leave out what matters least", "大事でないものを外してください");
        doc.error("bad-pattern", table.span(), message, Some(help));
    }
    (2..=PARTS_MAX).contains(&parts.len())
}

fn check_within(doc: &Document<'_>, within: Option<&Found<i64>>, parts: &[Pattern<'_>], span: Range<usize>) -> u32 {
    let characters = within.map_or(WITHIN, |w| w.value);
    let at = within.map_or(span, |w| w.span.clone());
    if !(1..=WITHIN_MAX).contains(&characters) {
        let message = say!("`within = {characters}` is out of range", "`within = {characters}` は範囲外です");
        let help = say!(
            "count characters, from 1 to {WITHIN_MAX}; left out it is {WITHIN}",
            "1 から {WITHIN_MAX} までの文字数で書きます（省略すると {WITHIN}）"
        );
        doc.error("bad-value", at, message, Some(help));
        return WITHIN as u32;
    }
    let least: usize = parts.iter().map(|p| p.shortest()).sum();
    if characters < least as i64 {
        let message = say!(
            "the patterns need {least} characters, `within` allows {characters}",
            "この指定には {least} 文字必要ですが、`within` は {characters} 文字です"
        );
        let help = say!(
            "allow more: `within` counts from the first character to the last",
            "`within` を大きくしてください。最初の文字から最後の文字までを数えます"
        );
        doc.warning("unreachable", at, message, Some(help));
    }
    characters as u32
}

impl Pattern<'_> {
    /// Fewest folded characters a hit can have.
    pub fn shortest(&self) -> usize {
        match &self.what {
            What::Word(word) => word.chars().count(),
            What::Any(parts) => parts.iter().map(Pattern::shortest).min().unwrap_or(1),
            What::Regex(Expression::Texts { texts, .. }) => texts.iter().map(|t| t.chars().count()).min().unwrap_or(1),
            What::Regex(_) | What::Group(_) | What::All { .. } => 1,
        }
    }

    /// The groups that it names, itself and all parts included.
    pub fn groups<'p>(&'p self, out: &mut Vec<(&'p str, &'p Place<'p>)>) {
        match &self.what {
            What::Group(name) => out.push((name, &self.place)),
            What::Any(parts) | What::All { parts, .. } => parts.iter().for_each(|p| p.groups(out)),
            What::Word(_) | What::Regex(_) => {}
        }
        self.except.iter().for_each(|p| p.groups(out));
    }
}

/// A keyword folded, or a finding that it cannot be one.
fn keyword(doc: &Document<'_>, written: &str, span: Range<usize>) -> Option<String> {
    if written.chars().any(|c| c.is_control()) {
        let message = say!("a keyword must be one line", "語は一行で書きます");
        let help = say!("write two keywords, or `all` with both", "二つの語に分けるか、`all` で両方を書きます");
        doc.error("bad-pattern", span, message, Some(help));
        return None;
    }
    let folded = fold(written);
    let word = folded.as_str().trim();
    if word.chars().count() > KEYWORD_MAX {
        let message =
            say!("the keyword has more than {KEYWORD_MAX} characters", "語が {KEYWORD_MAX} 文字を超えています");
        let help = say!(
            "no mail repeats so much word by word: take the words that matter, e.g. with `all`",
            "同じ文がそのまま届くことはありません。大事な語だけを取り出してください（`all` も使えます）"
        );
        doc.error("long-keyword", span, message, Some(help));
        return None;
    }
    let mut chars = word.chars();
    let (code, message) = match (chars.next(), chars.next()) {
        (None, _) => ("empty-keyword", say!("the keyword is empty", "語が空です")),
        (Some('\u{3041}'..='\u{309F}' | 'ー'), None) => {
            ("short-keyword", say!("the keyword `{written}` is a single kana", "語 `{written}` はかな一文字です"))
        }
        (Some(c), None) if c.is_ascii_alphanumeric() => (
            "short-keyword",
            say!("the keyword `{written}` is a single letter or digit", "語 `{written}` は英数字一文字です"),
        ),
        _ => return Some(word.to_owned()),
    };
    let help = match code {
        "short-keyword" => say!(
            "it would be found in almost every message: write the whole word",
            "ほとんどのメールに当たります。語を最後まで書いてください"
        ),
        _ => say!("write a word, or remove the entry", "語を書くか、項目を消してください"),
    };
    doc.error(code, span, message, Some(help));
    None
}

/// Nothing says where in a text the expression could match.
fn runs_always(expression: &Expression) -> bool {
    matches!(expression, Expression::Search { required, .. } if required.is_empty())
}

fn slow(doc: &Document<'_>, span: Range<usize>) {
    let message = say!("this expression has to run on every message", "この正規表現は全メールで動かすことになります");
    let help = say!(
        "give it a fixed word of two characters or more, outside of `?`, `*` and classes",
        "`?`・`*`・`[…]` の外に、二文字以上の決まった語を入れてください"
    );
    doc.warning("slow-pattern", span, message, Some(help));
}

fn expression(doc: &Document<'_>, found: &Found<&str>) -> Option<Expression> {
    let fault = match regex::compile(found.value) {
        Ok(expression) => return Some(expression),
        Err(fault) => fault,
    };
    // Inside '…' each byte stands for itself, so the place is exact; with
    // escapes the whole string is shown.
    let raw = doc.excerpt(found.span.clone());
    let quote = if raw.starts_with("'''") { 3 } else { 1 };
    let literal = raw.len() == found.value.len() + 2 * quote;
    let span = match fault.span {
        Some(inner) if literal => {
            let start = found.span.start + quote;
            start + inner.start..start + inner.end.max(inner.start + 1).min(found.value.len())
        }
        _ => found.span.clone(),
    };
    doc.error("bad-pattern", span, fault.message, fault.help);
    None
}
