//! Regular expressions of rule files: their literals are folded as text is,
//! what could never or always match is refused, and the literals that any
//! match must hold are found, so that an expression runs only where one of
//! them stands.

use crate::core::lang::{Text, say};
use crate::core::text::fold;
use regex_syntax::ast::{self, Ast, ClassSet, ClassSetItem};
use regex_syntax::hir::{Class, Hir, HirKind, Look};
use std::ops::Range;
use std::sync::OnceLock;

/// Compiled program of one expression, in bytes.
const SIZE_MAX: usize = 1 << 20;

/// Largest table of states that a search keeps, in bytes. Each expression has
/// one; together they are most of what a long run holds.
const STATES_MAX: usize = 96 * 1024;
/// Longest expression as written, in bytes.
const LENGTH_MAX: usize = 1000;
/// Most literals that stand for one part of an expression in the automaton.
const LITERALS_MAX: usize = 64;
/// Most parts of one expression that the automaton looks for.
const REQUIRED_MAX: usize = 3;

/// Most texts that an expression may stand for to be looked up as them.
const TEXTS_MAX: usize = 256;

/// A checked expression.
#[derive(Debug)]
pub enum Expression {
    /// It stands for these texts and no others; `words`: with `\b` around it.
    Texts { texts: Vec<String>, words: bool },
    Search {
        matcher: Box<Matcher>,
        /// Any match holds a literal of each of these lists, of which the
        /// first is the rarest; empty when nothing certain is known.
        required: Vec<Vec<String>>,
    },
}

/// What is wrong with an expression.
#[derive(Debug, PartialEq, Eq)]
pub struct Fault {
    /// Byte range in the expression as written, where it is known.
    pub span: Option<Range<usize>>,
    pub message: Text,
    pub help: Option<Text>,
}

impl Fault {
    fn new(span: Option<Range<usize>>, message: Text) -> Fault {
        Fault { span, message, help: None }
    }

    fn help(mut self, help: Text) -> Fault {
        self.help = Some(help);
        self
    }
}

/// Texts that have nothing in common: what finds all of them finds anything.
const UNRELATED: [&str; 8] =
    ["あめがふる", "山川草木", "plain words", "1234567", "そらはあおい。", "zebra, quick", "銀河鉄道", "x"];

/// Folds, checks and compiles an expression.
pub fn compile(written: &str) -> Result<Expression, Fault> {
    if written.len() > LENGTH_MAX {
        let message =
            say!("the expression is longer than {LENGTH_MAX} bytes", "正規表現が {LENGTH_MAX} バイトを超えています");
        return Err(Fault::new(None, message).help(say!("split it into several patterns", "いくつかに分けてください")));
    }
    let folded = fold_expression(written)?;
    let hir = regex_syntax::ParserBuilder::new().build().parse(&folded).map_err(|e| syntax(&e))?;
    match hir.properties().minimum_len() {
        None => {
            return Err(Fault::new(None, say!("the expression never matches", "この正規表現は何にも当たりません")));
        }
        Some(0) => {
            let message = say!(
                "the expression matches the empty text, that is, every message",
                "この正規表現は空の文字列に当たる、つまり全メールに当たります"
            );
            return Err(Fault::new(None, message)
                .help(say!("let it ask for at least one character", "一文字以上を求める形にしてください")));
        }
        Some(_) => {}
    }
    let (matcher, regex) = Matcher::new(&hir, &folded)?;
    if UNRELATED.iter().all(|text| regex.is_match(text)) {
        return Err(Fault::new(None, say!("the expression matches any text", "この正規表現は何にでも当たります"))
            .help(say!("name at least one word in it", "決まった語を一つは入れてください")));
    }
    if let Some((texts, words)) = texts(&hir) {
        return Ok(Expression::Texts { texts, words });
    }
    let mut required = required(&hir);
    required.truncate(REQUIRED_MAX);
    Ok(Expression::Search { matcher: Box::new(matcher), required })
}

fn build(text: &str) -> Result<regex::Regex, regex::Error> {
    regex::RegexBuilder::new(text).size_limit(SIZE_MAX).dfa_size_limit(STATES_MAX).build()
}

/// Finds an expression in the neighbourhood of its literals.
///
/// `[^\n]{0,250}` at an end, the usual way to say "the rest of the line",
/// makes a search of thousands of states; so it is searched without, and what
/// was found is lengthened.
///
/// Compiled it takes some 70 KiB, and most are never needed: so that is done when
/// it is first searched for.
#[derive(Debug, Clone)]
pub struct Matcher {
    text: String,
    compiled: OnceLock<Option<regex::Regex>>,
    before: Option<Padding>,
    after: Option<Padding>,
    /// Longest match of `text`, in bytes, where there is a bound.
    longest: Option<usize>,
}

impl Matcher {
    fn new(hir: &Hir, written: &str) -> Result<(Matcher, regex::Regex), Fault> {
        let (mut before, mut after, mut core) = (None, None, hir.clone());
        if let HirKind::Concat(parts) = hir.kind() {
            before = parts.first().and_then(Padding::of);
            after = parts.last().and_then(Padding::of);
            let from = usize::from(before.is_some());
            let to = parts.len() - usize::from(after.is_some());
            core = Hir::concat(parts.get(from..to).unwrap_or_default().to_vec());
        }
        if core.properties().minimum_len().is_none_or(|length| length == 0) {
            (before, after, core) = (None, None, hir.clone());
        }
        let stripped = before.is_some() || after.is_some();
        let text = if stripped { core.to_string() } else { written.to_owned() };
        let regex = build(&text).map_err(|error| match error {
            regex::Error::CompiledTooBig(_) => {
                Fault::new(None, say!("the expression is too large", "正規表現が大きすぎます"))
                    .help(say!("repeat fewer times, or split it", "繰り返しの数を減らすか、分けてください"))
            }
            other => Fault::new(None, Text::same(other.to_string())),
        })?;
        let longest = core.properties().maximum_len();
        Ok((Matcher { text, compiled: OnceLock::new(), before, after, longest }, regex))
    }

    /// How far from one of its literals a match can begin or end, in bytes;
    /// `None` when anywhere.
    pub fn reach(&self) -> Option<usize> {
        const FAR: usize = 1000;
        self.longest.filter(|longest| *longest <= FAR)
    }

    /// Gives the compiled form back; the next search makes it anew.
    pub fn rest(&mut self) {
        self.compiled.take();
    }

    /// Compiled once; what was checked at load compiles again.
    fn regex(&self) -> Option<&regex::Regex> {
        self.compiled.get_or_init(|| build(&self.text).ok()).as_ref()
    }

    /// Where the expression is found, leftmost first and not overlapping, at
    /// most `max` places. `windows` are the ranges that hold all matches (but
    /// for their lengthening), ascending and apart from each other.
    pub fn places(&self, text: &str, windows: &[Range<usize>], max: usize) -> Vec<(u32, u32)> {
        // Nobody searches in vain for what is not there.
        if windows.is_empty() {
            return Vec::new();
        }
        let Some(regex) = self.regex() else { return Vec::new() };
        let mut places = Vec::new();
        let padded = self.before.is_some() || self.after.is_some();
        for window in windows {
            if places.len() >= max {
                break;
            }
            // What follows a match decides about word borders.
            let haystack = &text[..ceil(text, window.end + 4)];
            let mut from = floor(text, window.start);
            while let Some(found) = regex.find_at(haystack, from) {
                let next = text[found.start()..].chars().next().map_or(1, char::len_utf8);
                from = if padded { found.start() + next } else { found.end().max(found.start() + next) };
                places.push((found.start(), found.end()));
                if places.len() >= max || from >= haystack.len() {
                    break;
                }
            }
        }
        if padded {
            places = self.lengthened(text, &places);
        }
        places.truncate(max);
        places.into_iter().map(|(start, end)| (start as u32, end as u32)).collect()
    }

    /// What the whole expression matches, from every place where the part in
    /// the middle can begin: the leftmost beginning, and from there the last
    /// such place in reach.
    fn lengthened(&self, text: &str, places: &[(usize, usize)]) -> Vec<(usize, usize)> {
        let mut lengthened = Vec::new();
        let mut floor = 0;
        let mut rest = places;
        loop {
            rest = &rest[rest.partition_point(|place| place.0 < floor)..];
            let start = match &self.before {
                Some(padding) => rest.iter().map(|place| padding.back(text, place.0, floor)).min(),
                None => rest.first().map(|place| place.0),
            };
            let Some(start) = start else { return lengthened };
            let end = match &self.before {
                Some(padding) => padding.last_within(text, start, rest),
                None => rest.first().map(|place| place.1),
            };
            let Some(end) = end else { return lengthened };
            floor = self.after.as_ref().map_or(end, |padding| padding.forth(text, end));
            lengthened.push((start, floor));
        }
    }
}

/// Up to so many characters of a kind, as often as they come: `.{0,40}`,
/// `([^\n]|\n[^0-9]){0,90}`.
#[derive(Debug, Clone)]
struct Padding {
    /// One or two kinds of characters in a row. No two units begin with the
    /// same character, so that there is one way only to read a text.
    units: Vec<(Kind, Option<Kind>)>,
    max: u32,
}

/// A set of characters.
#[derive(Debug, Clone)]
struct Kind {
    ascii: u128,
    ranges: Vec<(char, char)>,
}

impl Kind {
    fn of(hir: &Hir) -> Option<Kind> {
        let ranges: Vec<(char, char)> = match hir.kind() {
            HirKind::Class(Class::Unicode(class)) => class.iter().map(|r| (r.start(), r.end())).collect(),
            HirKind::Literal(literal) => {
                let mut chars = std::str::from_utf8(&literal.0).ok()?.chars();
                let one = chars.next().filter(|_| chars.as_str().is_empty())?;
                vec![(one, one)]
            }
            _ => return None,
        };
        let mut kind = Kind { ascii: 0, ranges };
        kind.ascii = (0..128).filter(|c| kind.holds_any(char::from(*c))).fold(0, |all, c| all | 1 << c);
        Some(kind)
    }

    fn holds_any(&self, c: char) -> bool {
        self.ranges.get(self.ranges.partition_point(|r| r.1 < c)).is_some_and(|r| r.0 <= c)
    }

    fn holds(&self, c: char) -> bool {
        if c.is_ascii() { self.ascii & (1 << u32::from(c)) != 0 } else { self.holds_any(c) }
    }

    fn meets(&self, other: &Kind) -> bool {
        self.ranges.iter().any(|a| other.ranges.iter().any(|b| a.0 <= b.1 && b.0 <= a.1))
    }
}

impl Padding {
    fn of(hir: &Hir) -> Option<Padding> {
        let HirKind::Repetition(repetition) = hir.kind() else { return None };
        let max = repetition.max.filter(|_| repetition.min == 0 && repetition.greedy)?;
        let mut unit = &*repetition.sub;
        if let HirKind::Capture(capture) = unit.kind() {
            unit = &capture.sub;
        }
        let units: Option<Vec<_>> = match unit.kind() {
            HirKind::Alternation(all) => all.iter().map(Padding::unit).collect(),
            _ => Padding::unit(unit).map(|one| vec![one]),
        };
        let units = units?;
        let apart = units.iter().enumerate().all(|(i, a)| units[..i].iter().all(|b| !a.0.meets(&b.0)));
        apart.then_some(Padding { units, max })
    }

    fn unit(hir: &Hir) -> Option<(Kind, Option<Kind>)> {
        match hir.kind() {
            HirKind::Concat(parts) => match parts.as_slice() {
                [first, second] => Some((Kind::of(first)?, Some(Kind::of(second)?))),
                _ => None,
            },
            _ => Some((Kind::of(hir)?, None)),
        }
    }

    /// The length of the unit that a text begins with.
    fn length(&self, text: &str) -> Option<usize> {
        let mut chars = text.chars();
        let first = chars.next()?;
        let (_, second) = self.units.iter().find(|unit| unit.0.holds(first))?;
        match second {
            None => Some(first.len_utf8()),
            Some(kind) => chars.next().filter(|c| kind.holds(*c)).map(|c| first.len_utf8() + c.len_utf8()),
        }
    }

    /// How far it goes to the right.
    fn forth(&self, text: &str, from: usize) -> usize {
        let mut at = from;
        for _ in 0..self.max {
            let Some(length) = self.length(&text[at..]) else { break };
            at += length;
        }
        at
    }

    /// The end of the last place that it reaches from `from`.
    fn last_within(&self, text: &str, from: usize, places: &[(usize, usize)]) -> Option<usize> {
        let (mut at, mut rest, mut last) = (from, places, None);
        for step in 0..=self.max {
            rest = &rest[rest.iter().take_while(|place| place.0 < at).count()..];
            match rest.first() {
                Some(place) if place.0 == at => last = Some(place.1),
                Some(_) => {}
                None => break,
            }
            match self.length(&text[at..]) {
                Some(length) if step < self.max => at += length,
                _ => break,
            }
        }
        last
    }

    /// The leftmost position, not left of `floor`, from which it reaches `to`.
    fn back(&self, text: &str, to: usize, floor: usize) -> usize {
        let mut leftmost = to;
        // Units from the character one and two to the right, if it reaches.
        let (mut one, mut two): (Option<u32>, Option<u32>) = (Some(0), None);
        let mut right = None;
        for (at, c) in text[floor..to].char_indices().rev() {
            let units = match self.units.iter().find(|unit| unit.0.holds(c)) {
                Some((_, None)) => one,
                Some((_, Some(kind))) => two.filter(|_| right.is_some_and(|r| kind.holds(r))),
                None => None,
            };
            let here = units.map(|units| units + 1).filter(|units| *units <= self.max);
            if here.is_some() {
                leftmost = floor + at;
            }
            if here.is_none() && one.is_none() {
                break;
            }
            (one, two, right) = (here, one, Some(c));
        }
        leftmost
    }
}

fn floor(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|i| text.is_char_boundary(*i)).unwrap_or(0)
}

fn ceil(text: &str, at: usize) -> usize {
    (at..text.len()).find(|i| text.is_char_boundary(*i)).unwrap_or(text.len())
}

/// All texts an expression matches, when they are few: then the automaton
/// finds them without running anything.
fn texts(hir: &Hir) -> Option<(Vec<String>, bool)> {
    let border = |h: &Hir| matches!(h.kind(), HirKind::Look(Look::WordUnicode));
    let (texts, words) = match hir.kind() {
        HirKind::Concat(parts) if parts.len() > 2 && border(&parts[0]) && border(&parts[parts.len() - 1]) => {
            (expand(&Hir::concat(parts[1..parts.len() - 1].to_vec()))?, true)
        }
        _ => (expand(hir)?, false),
    };
    let usable = |t: &String| (rare(t) || is_mark(t)) && t.trim() == t && !t.contains('\n');
    texts.iter().all(usable).then_some((texts, words))
}

fn expand(hir: &Hir) -> Option<Vec<String>> {
    let all = match hir.kind() {
        HirKind::Empty => vec![String::new()],
        HirKind::Literal(literal) => vec![std::str::from_utf8(&literal.0).ok()?.to_owned()],
        HirKind::Class(Class::Unicode(class)) => {
            let count: usize = class.iter().map(|r| (r.end() as usize) - (r.start() as usize) + 1).sum();
            if count > TEXTS_MAX {
                return None;
            }
            class.iter().flat_map(|r| r.start()..=r.end()).map(String::from).collect()
        }
        HirKind::Capture(capture) => expand(&capture.sub)?,
        HirKind::Repetition(repetition) => {
            let max = repetition.max.filter(|max| *max <= 4)?;
            let one = expand(&repetition.sub)?;
            let mut all = Vec::new();
            let mut times = vec![String::new()];
            for count in 0..=max {
                if count >= repetition.min {
                    all.extend(times.iter().cloned());
                }
                times = product(&times, &one)?;
            }
            all
        }
        HirKind::Concat(parts) => {
            parts.iter().try_fold(vec![String::new()], |all, part| product(&all, &expand(part)?))?
        }
        HirKind::Alternation(branches) => {
            let mut all = Vec::new();
            for branch in branches {
                all.extend(expand(branch)?);
            }
            all
        }
        _ => return None,
    };
    (all.len() <= TEXTS_MAX).then_some(all)
}

fn product(left: &[String], right: &[String]) -> Option<Vec<String>> {
    if left.len() * right.len() > TEXTS_MAX {
        return None;
    }
    Some(left.iter().flat_map(|l| right.iter().map(move |r| format!("{l}{r}"))).collect())
}

fn syntax(error: &regex_syntax::Error) -> Fault {
    match error {
        regex_syntax::Error::Parse(e) => unparsable(e),
        regex_syntax::Error::Translate(e) => {
            let span = e.span().start.offset..e.span().end.offset;
            let kind = e.kind();
            Fault::new(Some(span), say!("{kind}", "使えない文字の種類です（{kind}）"))
        }
        other => Fault::new(None, Text::same(other.to_string())),
    }
}

/// A slip in the expression, and the usual cure.
fn unparsable(error: &ast::Error) -> Fault {
    use ast::ErrorKind::*;
    let span = error.span().start.offset..error.span().end.offset;
    let kind = error.kind();
    let ja = match kind {
        GroupUnclosed => "`(` が閉じていません",
        GroupUnopened => "`)` に対する `(` がありません",
        ClassUnclosed => "`[` が閉じていません",
        ClassRangeInvalid => "`[…]` の範囲が逆です",
        RepetitionMissing => "`*`・`+`・`?` の前に、繰り返すものがありません",
        RepetitionCountInvalid => "`{…}` の回数が逆です",
        RepetitionCountUnclosed => "`{` が閉じていません",
        RepetitionCountDecimalEmpty => "`{…}` に回数がありません",
        EscapeUnexpectedEof => "最後の `\\` の後に文字がありません",
        EscapeUnrecognized => "`\\` の後に使えない文字があります",
        UnsupportedLookAround => "前方・後方の一致（`(?=`、`(?<=` など）は使えません",
        UnsupportedBackreference => "後方参照（`\\1` など）は使えません",
        FlagUnrecognized => "`(?` の後に使えない指定があります",
        NestLimitExceeded(_) => "括弧が深すぎます",
        _ => "正規表現の書き間違いです",
    };
    let fault = Fault::new(Some(span), Text { en: kind.to_string(), ja: ja.to_owned() });
    match kind {
        GroupUnclosed | GroupUnopened | ClassUnclosed | RepetitionMissing | RepetitionCountUnclosed => {
            fault.help(say!(
                "a sign that is meant itself is written with `\\` before it: `\\(`",
                "記号そのものを探すときは前に `\\` を付けます: `\\(`"
            ))
        }
        UnsupportedLookAround => fault.help(say!(
            "use `{{ word = \"…\", except = […] }}` for what must not stand there",
            "そこにあってはいけない語は `{{ word = \"…\", except = […] }}` で書けます"
        )),
        _ => fault,
    }
}

/// The expression with every literal character folded, by its syntax tree.
fn fold_expression(written: &str) -> Result<String, Fault> {
    if let Some((at, c)) =
        written.char_indices().find(|(_, c)| matches!(c, '\u{FF61}'..='\u{FF9F}' | '\u{3099}' | '\u{309A}'))
    {
        let message = say!("`{c}` cannot stand in an expression", "`{c}` は正規表現に書けません");
        return Err(Fault::new(Some(at..at + c.len_utf8()), message)
            .help(say!("write kana in full width", "かなは全角で書きます")));
    }
    let tree = ast::parse::Parser::new().parse(written).map_err(|e| unparsable(&e))?;
    let mut edits = Vec::new();
    walk(&tree, None, &mut edits)?;
    let mut out = String::with_capacity(written.len());
    let mut from = 0;
    for (span, text) in edits {
        out.push_str(&written[from..span.start]);
        out.push_str(&text);
        from = span.end;
    }
    out.push_str(&written[from..]);
    Ok(out)
}

type Edits = Vec<(Range<usize>, String)>;

/// Visits in the order of the text. `before` is the folded literal just
/// before, which decides what a dash is. Returns the one to hand on.
fn walk(tree: &Ast, before: Option<char>, edits: &mut Edits) -> Result<Option<char>, Fault> {
    match tree {
        Ast::Literal(literal) => {
            let text = fold_char(literal.c, before);
            if text != literal.c.to_string() {
                edits.push((range(&literal.span), text.clone()));
            }
            Ok(text.chars().next_back().filter(|_| text.chars().count() == 1))
        }
        Ast::ClassBracketed(class) => {
            walk_class(&class.kind, edits)?;
            Ok(None)
        }
        Ast::ClassUnicode(class) => {
            refuse_katakana(class)?;
            Ok(None)
        }
        Ast::Repetition(repetition) => {
            walk(&repetition.ast, before, edits)?;
            Ok(None)
        }
        Ast::Group(group) => {
            walk(&group.ast, before, edits)?;
            Ok(None)
        }
        Ast::Alternation(alternation) => {
            for one in &alternation.asts {
                walk(one, before, edits)?;
            }
            Ok(None)
        }
        Ast::Concat(concat) => {
            let mut last = before;
            for one in &concat.asts {
                last = walk(one, last, edits)?;
            }
            Ok(last)
        }
        Ast::Empty(_) | Ast::Flags(_) | Ast::Dot(_) | Ast::Assertion(_) | Ast::ClassPerl(_) => Ok(None),
    }
}

fn range(span: &ast::Span) -> Range<usize> {
    span.start.offset..span.end.offset
}

/// What a literal character becomes, escaped for an expression.
fn fold_char(c: char, before: Option<char>) -> String {
    let folded = fold(&c.to_string());
    match folded.as_str() {
        // White space and what folding drops stay as they are written.
        "" => c.to_string(),
        "-" if c == '-' && before.is_none_or(|b| !is_kana(b)) => "-".to_owned(),
        "-" => match before {
            Some(b) if is_kana(b) => "ー".to_owned(),
            Some(_) => "-".to_owned(),
            // After a class or a group: kana or not is not known.
            None => "[ー-]".to_owned(),
        },
        text if text.chars().count() == 1 => {
            if text.chars().all(|f| f == c) {
                text.to_owned()
            } else {
                regex_syntax::escape(text)
            }
        }
        text => format!("(?:{})", regex_syntax::escape(text)),
    }
}

fn is_kana(c: char) -> bool {
    matches!(c, '\u{3041}'..='\u{3096}' | 'ー')
}

fn walk_class(set: &ClassSet, edits: &mut Edits) -> Result<(), Fault> {
    match set {
        ClassSet::Item(item) => walk_item(item, edits),
        ClassSet::BinaryOp(op) => {
            walk_class(&op.lhs, edits)?;
            walk_class(&op.rhs, edits)
        }
    }
}

fn walk_item(item: &ClassSetItem, edits: &mut Edits) -> Result<(), Fault> {
    match item {
        ClassSetItem::Literal(literal) => {
            let folded = fold(&literal.c.to_string());
            let (span, text) = (range(&literal.span), folded.as_str());
            match text {
                "" => {}
                "-" => edits.push((span, "ー\\-".to_owned())),
                one if one.chars().count() == 1 => {
                    if one.chars().any(|f| f != literal.c) {
                        edits.push((span, regex_syntax::escape(one)));
                    }
                }
                _ => {
                    let c = literal.c;
                    let message = say!(
                        "`{c}` folds to `{text}`, which is more than one character",
                        "`{c}` は `{text}` と同じに扱われ、一文字になりません"
                    );
                    return Err(Fault::new(Some(span), message).help(say!(
                        "write it outside the brackets: `(…|{text})`",
                        "角括弧の外に書きます: `(…|{text})`"
                    )));
                }
            }
            Ok(())
        }
        ClassSetItem::Range(span) => {
            let (from, to) = (span.start.c, span.end.c);
            let single = |c: char| {
                let folded = fold(&c.to_string());
                let mut chars = folded.as_str().chars();
                chars.next().filter(|_| chars.next().is_none())
            };
            let shifted = match (single(from), single(to)) {
                (Some(a), Some(b)) if b as i64 - a as i64 == to as i64 - from as i64 => (a, b),
                _ => {
                    let message = say!("the range `{from}-{to}` cannot be folded", "範囲 `{from}-{to}` は使えません");
                    return Err(Fault::new(Some(range(&span.span)), message).help(say!(
                        "text is matched in lower case and hiragana: name the ranges `a-z`, `0-9`, `ぁ-ん`",
                        "本文は小文字・ひらがなにそろえて照合します。`a-z`、`0-9`、`ぁ-ん` のように書きます"
                    )));
                }
            };
            if shifted != (from, to) {
                edits.push((range(&span.span), format!("{}-{}", shifted.0, shifted.1)));
            }
            Ok(())
        }
        ClassSetItem::Unicode(class) => refuse_katakana(class),
        ClassSetItem::Bracketed(class) => walk_class(&class.kind, edits),
        ClassSetItem::Union(union) => union.items.iter().try_for_each(|item| walk_item(item, edits)),
        ClassSetItem::Empty(_) | ClassSetItem::Ascii(_) | ClassSetItem::Perl(_) => Ok(()),
    }
}

/// Folded text has neither katakana nor capitals.
fn refuse_katakana(class: &ast::ClassUnicode) -> Result<(), Fault> {
    let name = match &class.kind {
        ast::ClassUnicodeKind::OneLetter(c) => c.to_string(),
        ast::ClassUnicodeKind::Named(name) => name.clone(),
        ast::ClassUnicodeKind::NamedValue { value, .. } => value.clone(),
    };
    let help = match name.to_ascii_lowercase().as_str() {
        "katakana" | "kana" => say!(
            "text is matched in hiragana: use `\\p{{Hiragana}}`",
            "本文はひらがなにそろえて照合します。`\\p{{Hiragana}}` を使います"
        ),
        "lu" | "uppercase" | "uppercase_letter" => say!(
            "text is matched in lower case: use `\\p{{Ll}}` or `[a-z]`",
            "本文は小文字にそろえて照合します。`\\p{{Ll}}` か `[a-z]` を使います"
        ),
        _ => return Ok(()),
    };
    let message = say!("`\\p{{{name}}}` never matches", "`\\p{{{name}}}` は何にも当たりません");
    Err(Fault::new(Some(range(&class.span)), message).help(help))
}

/// Lists of literals of each of which every match holds at least one, the
/// rarest first.
fn required(hir: &Hir) -> Vec<Vec<String>> {
    let mut lists = match hir.kind() {
        HirKind::Capture(capture) => required(&capture.sub),
        HirKind::Repetition(repetition) if repetition.min >= 1 => required(&repetition.sub),
        HirKind::Concat(parts) => of_sequence(parts),
        HirKind::Alternation(branches) => {
            let each: Option<Vec<Vec<String>>> = branches.iter().map(|b| required(b).into_iter().next()).collect();
            vec![each.unwrap_or_default().concat()]
        }
        _ => vec![expand(hir).unwrap_or_default()],
    };
    lists.iter_mut().for_each(shorten);
    lists.retain(|all| good(all) && all.len() <= LITERALS_MAX);
    lists.sort_by_key(|all| (std::cmp::Reverse(shortest(all)), all.len()));
    lists
}

/// Neighbours are put together as long as they say too little alone.
fn of_sequence(parts: &[Hir]) -> Vec<Vec<String>> {
    // Three Japanese characters or nine Latin letters.
    const LONG: usize = 9;
    let short = |all: &[String]| all.iter().any(|literal| literal.len() < LONG);
    let mut lists = Vec::new();
    let mut run: Vec<String> = Vec::new();
    for part in parts {
        let texts = expand(part).filter(|all| all.len() <= LITERALS_MAX);
        match texts {
            Some(texts) if short(&run) && run.len() * texts.len() <= LITERALS_MAX / 2 => {
                run = run.iter().flat_map(|start| texts.iter().map(move |end| format!("{start}{end}"))).collect();
            }
            Some(texts) => lists.push(std::mem::replace(&mut run, texts)),
            None => {
                lists.push(std::mem::take(&mut run));
                lists.extend(required(part));
            }
        }
    }
    lists.push(run);
    lists
}

/// Without literals that hold another one.
fn shorten(all: &mut Vec<String>) {
    all.sort_by_key(|literal| literal.len());
    let mut kept: Vec<String> = Vec::with_capacity(all.len());
    for literal in all.drain(..) {
        if !kept.iter().any(|short| literal.contains(short.as_str())) {
            kept.push(literal);
        }
    }
    *all = kept;
}

fn shortest(all: &[String]) -> usize {
    all.iter().map(|l| l.chars().count()).min().unwrap_or(0)
}

/// Whether literals are rare enough to be worth waiting for.
fn good(all: &[String]) -> bool {
    !all.is_empty() && all.iter().all(|l| rare(l))
}

/// Two characters or a kanji: what does not stand in every line.
fn rare(text: &str) -> bool {
    let mut chars = text.chars();
    match (chars.next(), chars.next()) {
        (None, _) => false,
        (Some(c), None) => matches!(c, '\u{4E00}'..='\u{9FFF}'),
        _ => true,
    }
}

/// A single `?` or the like: not rare, but cheaper to look up than to search for.
fn is_mark(text: &str) -> bool {
    let mut chars = text.chars();
    chars.next().is_some_and(|c| !c.is_alphanumeric() && !c.is_whitespace()) && chars.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_are_folded_as_text_is() {
        for (written, folded) in [
            (r"みなし労働(時間)?", r"みなし労働(時間)?"),
            (r"テレワーク", r"てれわーく"),
            (r"ＶＰＮ|Wi-Fi", r"vpn|wi-fi"),
            (r"[ァ-ン]+ゼミ", r"[ぁ-ん]+ぜみ"),
            (r"[A-Z][0-9]", r"[a-z][0-9]"),
            (r"(セミナ|説明会)ー", r"(せみな|説明会)[ー-]"),
            (r"㈱", r"(?:\(株\))"),
            (r"３６\s*協定", r"36\s*協定"),
        ] {
            assert_eq!(fold_expression(written).unwrap(), folded, "{written}");
        }
    }

    #[test]
    fn what_says_nothing_is_refused() {
        for bad in [
            r"",
            r".*",
            r"(残業)?",
            r".",
            r"\w+|\W",
            r"[a&&b]",
            r"(",
            r"[あ-",
            r"\p{Katakana}+",
            r"[ｱ-ﾝ]",
            r"a{1000}{1000}",
            r"[㈱]",
        ] {
            assert!(compile(bad).is_err(), "{bad}");
        }
        assert_eq!(compile(r"残業(代").unwrap_err().span, Some(6..7));
    }

    #[test]
    fn required_literals_are_the_longest_of_each_branch() {
        let literals = |r: &str| match compile(r).unwrap() {
            Expression::Search { required, .. } => required,
            Expression::Texts { texts, .. } => panic!("{texts:?}"),
        };
        assert_eq!(literals(r"みなし労働.*制"), [["みなし労働"], ["制"]]);
        assert_eq!(literals(r"(残業|超過勤務).{0,4}(代|手当)"), [["残業", "超過勤務"], ["代", "手当"]]);
        assert_eq!(literals(r"[0-9]+協定"), [["協定"]]);
        assert_eq!(
            literals(r"(社員|者)(が|も)(い|お)(ます)?.*"),
            [["者がい", "者がお", "者もい", "者もお", "社員がい", "社員がお", "社員もい", "社員もお"]]
        );
        assert_eq!(literals(r"a.*|[bc]de[0-9]+f+"), Vec::<Vec<String>>::new());
        assert_eq!(literals(r"\bour (staff|workers?)\b.*\bask"), [vec!["our staff", "our worker"], vec!["ask"]]);
        assert!(literals(r"[a-z]+[0-9]+").is_empty());
    }

    #[test]
    fn a_match_holds_a_literal_of_each_list() {
        for written in [
            r"(ab|b)a.{0,2}(a|bb)あ",
            r"(abあ|bあ)(a|b)?(aab|あab)?b*あb",
            r"a?(あ(b|ab)){2}|ab.*あa",
            r"\b(ab|ba)\b.*(あ|a)あ",
        ] {
            let Expression::Search { matcher, required } = compile(written).unwrap() else { panic!("{written}") };
            assert!(!required.is_empty(), "{written}");
            for number in 0..4usize.pow(8) {
                let text: String = (0..8).map(|place| ['a', 'b', ' ', 'あ'][number / 4usize.pow(place) % 4]).collect();
                for found in matcher.regex().unwrap().find_iter(&text) {
                    let holds =
                        |list: &Vec<String>| list.iter().any(|literal| found.as_str().contains(literal.as_str()));
                    assert!(required.iter().all(holds), "{written} in {text:?}: {required:?}");
                }
            }
        }
    }

    #[test]
    fn lengthened_matches_are_those_of_the_whole_expression() {
        for written in [
            r"[^\n]{0,4}(ab|b)[^\n]{0,3}",
            r"[^.?\n]{0,5}\bab\b[^.?\n]{0,5}",
            r"([^\n]|\n[^a]){0,3}(a|ab)([^\n]|\n[^b]){0,2}",
            r"([^。\n]|\n[^ab]){0,2}b+",
            r"ab{1,3}.{0,2}",
            r"(a|ab)c?[^\n]{0,1}",
        ] {
            let (matcher, _) = Matcher::new(&regex_syntax::parse(written).unwrap(), written).unwrap();
            assert!(matcher.before.is_some() || matcher.after.is_some(), "{written}");
            let whole = regex::Regex::new(written).unwrap();
            // All texts of up to seven of these characters.
            const CHARS: [char; 4] = ['a', 'b', '\n', 'あ'];
            for number in 0..4usize.pow(7) {
                let text: String = (0..7).map(|place| CHARS[number / 4usize.pow(place) % 4]).collect();
                let expected: Vec<_> = whole.find_iter(&text).map(|m| (m.start() as u32, m.end() as u32)).collect();
                assert_eq!(
                    matcher.places(&text, std::slice::from_ref(&(0..text.len())), 64),
                    expected,
                    "{written} in {text:?}"
                );
            }
        }
    }

    #[test]
    fn an_expression_for_few_texts_is_those_texts() {
        let found = |r: &str| match compile(r).unwrap() {
            Expression::Texts { mut texts, words } => {
                texts.sort();
                (texts, words)
            }
            Expression::Search { .. } => panic!("{r} is searched for"),
        };
        assert_eq!(found(r"申し?込み?").0, ["申し込", "申し込み", "申込", "申込み"]);
        assert_eq!(
            found(r"\b(speaker|lecturer)s?\b"),
            (["lecturer", "lecturers", "speaker", "speakers"].map(String::from).to_vec(), true)
        );
        assert_eq!(found(r"[2-4]名(様)?").0.len(), 6);
        assert!(matches!(compile(r"\bspeaker").unwrap(), Expression::Search { .. }));
        assert!(matches!(compile(r"[0-9]{1,3}名").unwrap(), Expression::Search { .. }));
    }
}
