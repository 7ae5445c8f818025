//! Reply and forward templates: minijinja with strict undefined, every
//! variable checked at load, first line `Subject:`. A template never receives
//! the inquirer's body. Builds text, not mail.
//!
//! Every template is rendered at load with specimens of all shapes the real
//! context can have, so that one which passes does not fail on a message.

use super::diagnostic::{Diagnostic, SourceFile, did_you_mean, nearest, one_of};
use super::directory::{Bilingual, Directory, REQUIRED_CONTACTS};
pub use super::lang::Lang;
use super::lang::{Text, say};
use super::tomlwalk::{byte_order_mark, check_encoding};
use minijinja::{AutoEscape, Environment, UndefinedBehavior};
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// A rendered template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// One line, without control characters.
    pub subject: String,
    /// LF line ends, ends with one line end.
    pub body: String,
}

/// All templates of a ruleset, compiled.
pub struct Templates {
    env: Environment<'static>,
}

/// A template that failed although it passed the check at load.
#[derive(Debug, thiserror::Error)]
#[error("template could not be rendered: {0}")]
pub struct RenderError(pub String);

/// Instructions one rendering may take; the shipped templates need some 500.
const FUEL: u64 = 200_000;

/// Templates every ruleset has, beside those its topics name.
const REQUIRED: [&str; 3] = ["reply/combined", "reply/acknowledge", "forward/association"];

impl Templates {
    /// Renders `templates/<name>.<lang>.txt`, e.g. `reply/seminar`.
    pub fn render<C: Serialize>(&self, name: &str, lang: Lang, context: &C) -> Result<Rendered, RenderError> {
        let file = format!("{name}.{}.txt", lang.word());
        let part = |name: &str| -> Result<String, RenderError> {
            let template = self.env.get_template(name).map_err(|e| RenderError(e.to_string()))?;
            template.render(minijinja::value::Serde(context)).map_err(|e| RenderError(e.to_string()))
        };
        let subject = header_safe(&part(&subject_of(&file))?);
        let body = part(&file)?;
        Ok(Rendered { subject, body: format!("{}\n", body.trim_end()) })
    }

    /// Whether a template is there in a language.
    pub fn has(&self, name: &str, lang: Lang) -> bool {
        self.env.get_template(&format!("{name}.{}.txt", lang.word())).is_ok()
    }

    /// Compiles the files and checks them against the variables there will be.
    /// What is wrong is added to `findings`.
    pub fn build(files: &[SourceFile], directory: &Directory, findings: &mut Vec<Diagnostic>) -> Templates {
        let mut env = Environment::new();
        env.set_undefined_behavior(UndefinedBehavior::Strict);
        env.set_auto_escape_callback(|_| AutoEscape::None);
        env.set_fuel(Some(FUEL));
        env.set_debug(true);
        let mut sources: Vec<Source<'_>> = Vec::new();
        for file in files {
            if let Some(source) = read(file, findings) {
                match sources.iter().find(|s| s.name == source.name) {
                    Some(_) => findings.push(twice(file)),
                    None => sources.push(source),
                }
            }
        }
        for name in REQUIRED {
            for lang in Lang::ALL {
                let wanted = format!("{name}.{}.txt", lang.word());
                if !files.iter().any(|f| f.name.strip_prefix(FOLDER) == Some(&wanted)) {
                    findings.push(
                        Diagnostic::whole(
                            "missing-template",
                            format!("{FOLDER}{wanted}"),
                            say!(
                                "the template `{FOLDER}{wanted}` is missing",
                                "ひな形 `{FOLDER}{wanted}` がありません"
                            ),
                        )
                        .help(say!("every ruleset needs it, in both languages", "日本語と英語の両方が必ず要ります")),
                    );
                }
            }
        }
        let mut broken = BTreeSet::new();
        for source in &sources {
            if let Err(finding) = source.compile(&mut env) {
                broken.insert(source.name.clone());
                findings.push(finding);
            }
        }
        let check = Check { env: &env, sources: &sources, directory };
        check.includes(&mut broken, findings);
        check.variables(&mut broken, findings);
        check.specimens(&broken, findings);
        sources.iter().for_each(|source| lint(source, directory, findings));
        env.set_debug(false);
        Templates { env }
    }

    /// Findings for a topic's `reply` without templates. `written` is where
    /// the name stands.
    pub fn check_reply(
        &self,
        name: &str,
        file: &SourceFile,
        written: Range<usize>,
        templates: &[SourceFile],
        findings: &mut Vec<Diagnostic>,
    ) {
        let there = |lang: Lang| {
            let wanted = format!("{FOLDER}reply/{name}.{}.txt", lang.word());
            templates.iter().any(|f| *f.name == *wanted)
        };
        let lacking: Vec<&str> = Lang::ALL.iter().filter(|l| !there(**l)).map(|l| l.word()).collect();
        if lacking.is_empty() {
            return;
        }
        let files = lacking.iter().map(|l| format!("`{FOLDER}reply/{name}.{l}.txt`")).collect::<Vec<_>>();
        let (en, ja) = (files.join(" and "), files.join(" と "));
        let message = say!("the reply `{name}` lacks {en}", "返信 `{name}` の {ja} がありません");
        let finding = Diagnostic::error("missing-template", file, written, message);
        let others: BTreeSet<&str> = templates
            .iter()
            .filter_map(|f| f.name.strip_prefix(FOLDER)?.strip_prefix("reply/")?.split('.').next())
            .collect();
        let help = match nearest(name, others).filter(|_| lacking.len() == Lang::ALL.len()) {
            Some(near) => did_you_mean(near),
            None => say!(
                "add the file: a reply is written in both languages",
                "ファイルを書き足してください。返信は日本語と英語の両方が要ります"
            ),
        };
        findings.push(finding.help(help));
    }
}

impl Templates {
    /// Reply templates that no topic uses.
    pub fn check_unused(&self, used: &[&str], templates: &[SourceFile], findings: &mut Vec<Diagnostic>) {
        for file in templates {
            let named = file.name.strip_prefix(FOLDER).and_then(|n| n.split_once('.'));
            let Some((name, "ja.txt" | "en.txt")) = named else { continue };
            let of_topic = name.strip_prefix("reply/").is_some_and(|n| used.contains(&n));
            if !name.starts_with("parts/") && !REQUIRED.contains(&name) && !of_topic && self.has(name, Lang::Ja) {
                findings.push(
                    Diagnostic::warning(
                        "unused-template",
                        file,
                        0..0,
                        say!("no topic uses `{name}`", "`{name}` を使う分野がありません"),
                    )
                    .help(say!(
                        "name it as a topic's `reply`, or delete the file",
                        "分野の `reply` に書くか、ファイルを消してください"
                    )),
                );
            }
        }
    }
}

const FOLDER: &str = "templates/";

fn subject_of(file: &str) -> String {
    format!("{file}#subject")
}

/// One line without control characters, as a header field's value can be.
fn header_safe(text: &str) -> String {
    let visible: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    visible.split(' ').filter(|w| !w.is_empty()).collect::<Vec<_>>().join(" ")
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    Reply,
    Forward,
    Part,
}

/// A template file in pieces.
struct Source<'f> {
    file: &'f SourceFile,
    /// Without the folder: `reply/seminar.ja.txt`.
    name: String,
    shape: Shape,
    lang: Lang,
    /// Text after `Subject:`, and where it starts in the file.
    subject: Option<(String, usize)>,
    body: String,
    body_at: usize,
}

fn twice(file: &SourceFile) -> Diagnostic {
    let name = &file.name;
    Diagnostic::whole("duplicate-file", file.shown.clone(), say!("`{name}` is given twice", "`{name}` が二つあります"))
        .help(say!("keep one of the two", "どちらか一つを残してください"))
}

/// Reads a file's shape; `None` when it cannot be used at all.
fn read<'f>(file: &'f SourceFile, findings: &mut Vec<Diagnostic>) -> Option<Source<'f>> {
    let text = match check_encoding(file) {
        Ok(text) => text,
        Err(finding) => {
            findings.push(*finding);
            return None;
        }
    };
    if text.starts_with('\u{FEFF}') {
        findings.push(byte_order_mark(file));
    }
    let name = file.name.strip_prefix(FOLDER).unwrap_or(&file.name);
    let pieces = name.strip_suffix(".txt").and_then(|n| {
        let (path, lang) = n.rsplit_once('.')?;
        let lang = Lang::ALL.into_iter().find(|l| l.word() == lang)?;
        let shape = match path.split_once('/')? {
            ("reply", _) => Shape::Reply,
            ("forward", _) => Shape::Forward,
            ("parts", _) => Shape::Part,
            _ => return None,
        };
        Some((shape, lang))
    });
    let Some((shape, lang)) = pieces else {
        let name = &file.name;
        let message = say!("`{name}` is not the name of a template", "`{name}` はひな形の名前ではありません");
        findings.push(Diagnostic::whole("bad-name", file.shown.clone(), message).help(say!(
            "templates are reply/NAME.ja.txt, forward/NAME.ja.txt and parts/NAME.ja.txt, and the same with .en.txt",
            "ひな形は reply/名前.ja.txt、forward/名前.ja.txt、parts/名前.ja.txt と、それぞれの .en.txt です"
        )));
        return None;
    };
    let mut source = Source {
        file,
        name: name.to_owned(),
        shape,
        lang,
        subject: None,
        body: text.trim_start_matches('\u{FEFF}').to_owned(),
        body_at: text.len() - text.trim_start_matches('\u{FEFF}').len(),
    };
    if shape != Shape::Part {
        source.take_subject(text, findings)?;
    }
    Some(source)
}

impl Source<'_> {
    /// Splits off the first line.
    fn take_subject(&mut self, text: &str, findings: &mut Vec<Diagnostic>) -> Option<()> {
        let start = self.body_at;
        let line_end = text[start..].find('\n').map_or(text.len(), |i| start + i);
        let line = text[start..line_end].trim_end_matches('\r');
        let Some(subject) = line.strip_prefix("Subject:") else {
            let span = start..start + line.len();
            findings.push(
                Diagnostic::error(
                    "template-subject",
                    self.file,
                    span,
                    say!("the first line is not `Subject:`", "一行目が `Subject:` ではありません"),
                )
                .help(say!(
                    "begin the file with `Subject: …`, then an empty line, then the text",
                    "一行目に `Subject: …`、次に空行、その後に本文を書きます"
                )),
            );
            return None;
        };
        if subject.trim().is_empty() {
            let span = start..start + line.len();
            findings.push(
                Diagnostic::error("template-subject", self.file, span, say!("the subject is empty", "件名が空です"))
                    .help(say!("write it after `Subject:`", "`Subject:` の後に書いてください")),
            );
        }
        let rest = text.get(line_end + 1..).unwrap_or_default();
        let second = rest.split_inclusive('\n').next().unwrap_or_default();
        if !second.trim().is_empty() || rest.trim().is_empty() {
            let span = line_end + 1..line_end + 1 + second.trim_end().len();
            let message = match second.trim().is_empty() {
                true => say!("the text is empty", "本文が空です"),
                false => say!("the second line is not empty", "二行目が空行ではありません"),
            };
            findings.push(
                Diagnostic::error(
                    "template-subject",
                    self.file,
                    span.start.min(text.len())..span.end.min(text.len()),
                    message,
                )
                .help(say!(
                    "after `Subject: …` comes an empty line, then the text",
                    "`Subject: …` の次は空行、その後が本文です"
                )),
            );
            return None;
        }
        self.subject = Some((subject.to_owned(), start + "Subject:".len()));
        self.body_at = line_end + 1 + second.len();
        self.body = text[self.body_at..].to_owned();
        Some(())
    }

    /// Adds subject and body to the environment; carriage returns go.
    fn compile(&self, env: &mut Environment<'static>) -> Result<(), Diagnostic> {
        let pieces = self
            .subject
            .iter()
            .map(|(text, at)| (subject_of(&self.name), text, *at))
            .chain(std::iter::once((self.name.clone(), &self.body, self.body_at)));
        for (name, text, at) in pieces {
            if let Err(error) = env.add_template_owned(name, text.replace('\r', "")) {
                let span = located(&error, text, at);
                let detail = error.detail().unwrap_or("syntax error");
                let message = say!("{detail}", "ひな形の書き間違いです（{detail}）");
                return Err(Diagnostic::error("template-syntax", self.file, span, message).help(say!(
                    "values stand in `{{{{ … }}}}`, conditions in `{{% if … %}} … {{% endif %}}`",
                    "値は `{{{{ … }}}}`、条件は `{{% if … %}} … {{% endif %}}` と書きます"
                )));
            }
        }
        Ok(())
    }

    /// Where a word of the template language stands, else the first line.
    fn find_word(&self, word: &str) -> Range<usize> {
        let text = self.file.readable();
        let part_of_name = |c: char| c.is_alphanumeric() || c == '_' || c == '.';
        let mut opened = false;
        for (i, _) in text.match_indices(['{', '}']).chain(std::iter::once((text.len(), ""))) {
            if text[i..].starts_with("{{") || text[i..].starts_with("{%") {
                opened = true;
            }
            if !opened {
                continue;
            }
            let end = text[i..].find('}').map_or(text.len(), |e| i + e);
            for (at, _) in text[i..end].match_indices(word) {
                let (before, after) = (text[..i + at].chars().next_back(), text[i + at + word.len()..].chars().next());
                if !before.is_some_and(part_of_name) && !after.is_some_and(|c| part_of_name(c) && c != '.') {
                    return i + at..i + at + word.len();
                }
            }
            opened = false;
        }
        0..text.find('\n').unwrap_or(text.len())
    }
}

/// The byte range in the file of an error inside a piece that starts at `at`.
fn located(error: &minijinja::Error, text: &str, at: usize) -> Range<usize> {
    if let Some(range) = error.range() {
        return at + with_returns(text, range.start)..at + with_returns(text, range.end);
    }
    let line = error.line().unwrap_or(1);
    let start: usize = text.split_inclusive('\n').take(line - 1).map(str::len).sum();
    let length = text[start.min(text.len())..].lines().next().unwrap_or_default().len();
    at + start..at + start + length
}

/// An offset in the text without carriage returns, in the text with them.
fn with_returns(text: &str, offset: usize) -> usize {
    let mut plain = 0;
    for (i, c) in text.char_indices() {
        if plain >= offset {
            return i;
        }
        plain += if c == '\r' { 0 } else { c.len_utf8() };
    }
    text.len()
}

struct Check<'c> {
    env: &'c Environment<'static>,
    sources: &'c [Source<'c>],
    directory: &'c Directory,
}

impl Check<'_> {
    fn source(&self, name: &str) -> Option<&Source<'_>> {
        self.sources.iter().find(|s| s.name == name)
    }

    /// Names in `{% include "…" %}` and its kin, with their place in the file.
    fn included(source: &Source<'_>) -> Vec<(String, Range<usize>)> {
        let text = source.file.readable();
        let mut found = Vec::new();
        for (at, _) in text.match_indices("{%") {
            let tag = &text[at..text[at..].find("%}").map_or(text.len(), |e| at + e)];
            let words = tag.trim_start_matches(['{', '%', '-', '+']).trim_start();
            if !["include", "import", "from", "extends"].iter().any(|w| words.starts_with(w)) {
                continue;
            }
            let Some(open) = tag.find(['"', '\'']) else { continue };
            let quote = &tag[open..open + 1];
            let Some(length) = tag[open + 1..].find(quote) else { continue };
            let from = at + open + 1;
            found.push((text[from..from + length].to_owned(), from..from + length));
        }
        found
    }

    /// Every template that is included is there.
    fn includes(&self, broken: &mut BTreeSet<String>, findings: &mut Vec<Diagnostic>) {
        let names = || self.sources.iter().map(|s| s.name.as_str());
        let mut used = BTreeSet::new();
        for source in self.sources {
            for (name, span) in Self::included(source) {
                used.insert(name.clone());
                if self.source(&name).is_none() {
                    broken.insert(source.name.clone());
                    let finding = Diagnostic::error(
                        "missing-template",
                        source.file,
                        span.clone(),
                        say!("there is no template `{name}`", "`{name}` というひな形はありません"),
                    );
                    findings.push(finding.maybe_help(nearest(&name, names()).map(did_you_mean)));
                } else if !name.ends_with(&format!(".{}.txt", source.lang.word())) {
                    let (whole, lang) = (&source.name, source.lang.word());
                    let message = say!(
                        "`{whole}` includes a text in another language",
                        "`{whole}` が別の言語のひな形を読み込んでいます"
                    );
                    findings.push(Diagnostic::warning("language", source.file, span.clone(), message).help(say!(
                        "include the one that ends in `.{lang}.txt`",
                        "`.{lang}.txt` のほうを読み込みます"
                    )));
                }
            }
        }
        for part in self.sources.iter().filter(|s| s.shape == Shape::Part && !used.contains(&s.name)) {
            let name = &part.name;
            let message = say!("nothing includes `{name}`", "`{name}` を読み込むひな形がありません");
            findings.push(Diagnostic::warning("unused-template", part.file, 0..0, message).help(say!(
                "include it with `{{% include \"{name}\" %}}`, or delete the file",
                "`{{% include \"{name}\" %}}` で読み込むか、ファイルを消してください"
            )));
        }
    }

    /// The templates a template consists of, itself first.
    fn closure(&self, name: &str) -> Vec<&Source<'_>> {
        let mut names = vec![name.to_owned()];
        let mut all = Vec::new();
        while let Some(source) = names.get(all.len()).cloned() {
            let Some(source) = self.source(&source) else {
                names.remove(all.len());
                continue;
            };
            all.push(source);
            for (name, _) in Self::included(source) {
                if !names.contains(&name) {
                    names.push(name);
                }
            }
        }
        all
    }

    /// Every variable is one there will be, in every branch.
    fn variables(&self, broken: &mut BTreeSet<String>, findings: &mut Vec<Diagnostic>) {
        let reply = self.paths(Shape::Reply);
        let forward = self.paths(Shape::Forward);
        let mut reported = BTreeSet::new();
        // Replies first: what a part may not name there is said there.
        let whole = [Shape::Reply, Shape::Forward, Shape::Part];
        for source in whole.iter().flat_map(|shape| self.sources.iter().filter(move |s| s.shape == *shape)) {
            let known = if source.shape == Shape::Reply { &reply } else { &forward };
            for part in self.closure(&source.name) {
                for variable in self.undeclared(part) {
                    if is_known(&variable, known) {
                        continue;
                    }
                    broken.insert(source.name.clone());
                    if !reported.insert((part.name.clone(), variable.clone())) {
                        continue;
                    }
                    let span = part.find_word(&variable);
                    let message = if is_known(&variable, &forward) {
                        say!("`{variable}` is not there in a reply", "`{variable}` は返信では使えません")
                    } else {
                        say!("there is no `{variable}`", "`{variable}` という値はありません")
                    };
                    let mut finding = Diagnostic::error("template-variable", part.file, span, message);
                    if part.name != source.name {
                        let (part, whole) = (&part.name, &source.name);
                        finding = finding.note(say!(
                            "`{part}` is included by `{whole}`",
                            "`{part}` は `{whole}` から読み込まれます"
                        ));
                    }
                    findings.push(finding.help(cure(&variable, known)));
                }
            }
        }
    }

    fn undeclared(&self, source: &Source<'_>) -> BTreeSet<String> {
        let names = [source.name.clone(), subject_of(&source.name)];
        names.iter().filter_map(|n| self.env.get_template(n).ok()).flat_map(|t| t.undeclared_variables(true)).collect()
    }

    /// All paths a template may name; a list or an optional table also by
    /// itself.
    fn paths(&self, shape: Shape) -> BTreeSet<String> {
        let mut paths: BTreeSet<String> = GLOBALS.iter().map(|g| (*g).to_owned()).collect();
        for specimen in specimens(shape, Lang::Ja, self.directory) {
            collect(&specimen, "", &mut paths);
        }
        paths
    }

    /// Renders everything with every specimen.
    fn specimens(&self, broken: &BTreeSet<String>, findings: &mut Vec<Diagnostic>) {
        for source in self.sources.iter().filter(|s| s.shape != Shape::Part && !broken.contains(&s.name)) {
            if self.closure(&source.name).iter().any(|p| broken.contains(&p.name)) {
                continue;
            }
            // One finding a template: the same slip shows in many specimens.
            if let Some(finding) = self.first_failure(source)
                && !findings.contains(&finding)
            {
                findings.push(finding);
            }
        }
    }

    fn first_failure(&self, source: &Source<'_>) -> Option<Diagnostic> {
        for specimen in specimens(source.shape, source.lang, self.directory) {
            for name in [subject_of(&source.name), source.name.clone()] {
                let Ok(template) = self.env.get_template(&name) else { continue };
                let text = match template.render(minijinja::value::Serde(&specimen)) {
                    Ok(text) => text,
                    Err(error) => return Some(self.failure(source, &error)),
                };
                if name != source.name && header_safe(&text).is_empty() {
                    let span = source.subject.as_ref().map_or(0..0, |(s, at)| *at..at + s.len());
                    let message = say!("the subject can be empty", "件名が空になることがあります");
                    let help =
                        say!("write words outside of `{{% if … %}}`", "`{{% if … %}}` の外にも言葉を書いてください");
                    return Some(Diagnostic::error("template-subject", source.file, span, message).help(help));
                }
                if source.lang == Lang::En
                    && let Some(c) = text.chars().find(|c| super::text::language(&c.to_string()) == Some("ja"))
                {
                    let found = source.file.readable().find(c);
                    let message = say!("the English text holds `{c}`", "英語の本文に `{c}` が入っています");
                    return Some(
                        Diagnostic::warning(
                            "language",
                            source.file,
                            found.map_or(0..0, |i| i..i + c.len_utf8()),
                            message,
                        )
                        .help(say!(
                            "English mail holds no Japanese characters, names and signature included",
                            "英語のメールには、名前や署名も含めて日本語の文字を使いません"
                        )),
                    );
                }
            }
        }
        None
    }

    /// The innermost error, at the file where it arose.
    fn failure(&self, source: &Source<'_>, error: &minijinja::Error) -> Diagnostic {
        let mut inner = error;
        while let Some(next) = std::error::Error::source(inner).and_then(|s| s.downcast_ref::<minijinja::Error>()) {
            inner = next;
        }
        let name = inner.name().unwrap_or(&source.name);
        let (of_subject, name) = (name.ends_with("#subject"), name.trim_end_matches("#subject"));
        let part = self.source(name).unwrap_or(source);
        let span = match &part.subject {
            Some((text, at)) if of_subject => located(inner, text, *at),
            _ => located(inner, &part.body, part.body_at),
        };
        let what = match (inner.kind(), inner.detail()) {
            (minijinja::ErrorKind::UndefinedError, _) => {
                say!("a value that is not always there is used", "いつもあるとは限らない値を使っています")
            }
            (minijinja::ErrorKind::OutOfFuel, _) => {
                say!("this takes too long to render", "文面を作るのに時間がかかりすぎます")
            }
            (kind, None) => say!("{kind}", "値を入れられません（{kind}）"),
            (kind, Some(detail)) => say!("{kind}: {detail}", "値を入れられません（{kind}: {detail}）"),
        };
        let finding = Diagnostic::error("template-render", part.file, span, what);
        match inner.kind() {
            minijinja::ErrorKind::UndefinedError => finding.help(say!(
                "ask first whether it is there: `{{% if … %}} … {{% endif %}}`",
                "値があるときだけ使うように `{{% if … %}} … {{% endif %}}` で囲みます"
            )),
            _ => finding,
        }
    }
}

/// Widest line of a template, in columns (a full-width character has two):
/// mail programs on phones break it once at most.
const WIDTH_MAX: usize = 72;
/// Widest line without a place to break it, such as a rule of `━`.
const WIDTH_UNBROKEN_MAX: usize = 40;

/// What is not wrong but makes a worse mail: numbers that will be forgotten
/// when they change, lines that a phone breaks badly.
fn lint(source: &Source<'_>, directory: &Directory, findings: &mut Vec<Diagnostic>) {
    let mut at = source.body_at;
    for line in source.body.split_inclusive('\n') {
        numbers(source, line, at, directory, findings);
        let text = line.trim_end();
        // What a value will add is not known; a line that is a value alone,
        // such as a web address, cannot be made shorter here.
        let plain: String = outside_of_braces(text).map(|(_, part)| part).collect();
        let width = unicode_width::UnicodeWidthStr::width(plain.as_str());
        let mut chars = plain.trim().chars();
        let rule = chars.next().is_some_and(|first| !first.is_alphanumeric() && chars.all(|c| c == first));
        let most = if rule { WIDTH_UNBROKEN_MAX } else { WIDTH_MAX };
        if width > most && !plain.contains("://") {
            let message = say!("this line is {width} columns wide", "この行は半角 {width} 文字分の幅があります");
            let span = at..at + text.len();
            let half = most / 2;
            findings.push(
                Diagnostic::warning("long-line", source.file, span, message)
                    .note(say!(
                        "a phone breaks it in the middle of words",
                        "スマートフォンでは途中で折れて読みにくくなります"
                    ))
                    .help(say!(
                        "break it at {most} columns ({half} full-width characters) at the latest",
                        "半角 {most}（全角 {half}）文字までに改行してください"
                    )),
            );
        }
        at += line.len();
    }
}

/// The parts of a line that are sent as they stand, with their byte offsets.
fn outside_of_braces(line: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut rest = 0;
    std::iter::from_fn(move || {
        if rest >= line.len() {
            return None;
        }
        let from = rest;
        let open = ["{{", "{%", "{#"].iter().filter_map(|o| line[from..].find(o)).min();
        let to = open.map_or(line.len(), |o| from + o);
        rest = match open {
            Some(_) => line[to..].find('}').map_or(line.len(), |close| {
                let end = to + close + 1;
                end + usize::from(line[end..].starts_with('}'))
            }),
            None => line.len(),
        };
        Some((from, &line[from..to]))
    })
}

/// Telephone numbers written out in a template.
fn numbers(source: &Source<'_>, line: &str, at: usize, directory: &Directory, findings: &mut Vec<Diagnostic>) {
    for (from, part) in outside_of_braces(line) {
        let mut rest = 0;
        while let Some(length) = part[rest..].find(|c: char| c.is_numeric()) {
            let start = rest + length;
            let dialled =
                |c: char| c.is_numeric() || matches!(c, '-' | '‐' | '－' | '−' | 'ー' | '(' | ')' | '（' | '）');
            let end = part[start..].find(|c| !dialled(c)).map_or(part.len(), |e| start + e);
            rest = end;
            let number = part[start..end].trim_end_matches(|c: char| !c.is_numeric());
            let folded = super::text::fold(number);
            let digits: String = folded.as_str().chars().filter(char::is_ascii_digit).collect();
            let groups = folded.as_str().split(|c: char| !c.is_ascii_digit()).filter(|g| !g.is_empty()).count();
            // 03-5422-1517, 0570-064-794, 0120(12)3456; a date or a postal code has fewer digits.
            if !digits.starts_with('0') || !(9..=11).contains(&digits.len()) || groups == 2 || groups > 3 {
                continue;
            }
            let same = |phone: &str| phone.chars().filter(char::is_ascii_digit).eq(digits.chars());
            let contact = directory.contacts.iter().find(|c| c.phone.as_deref().is_some_and(same));
            let help = match contact.map(|c| c.key.replace('-', "_")) {
                Some(key) => say!(
                    "write `{{{{ contacts.{key}.phone }}}}`, which is this number",
                    "`{{{{ contacts.{key}.phone }}}}` と書きます（今この番号です）"
                ),
                None => say!(
                    "put it into rules/contacts.toml and write `{{{{ contacts.NAME.phone }}}}`",
                    "rules/contacts.toml に書き、ここでは `{{{{ contacts.名前.phone }}}}` とします"
                ),
            };
            let message = say!("the number `{number}` is written out", "電話番号 `{number}` がそのまま書かれています");
            let span = at + from + start..at + from + start + number.len();
            findings.push(
                Diagnostic::warning("phone-in-template", source.file, span, message)
                    .note(say!("it would be forgotten when it changes", "番号が変わったときに直し忘れるもとになります"))
                    .help(help),
            );
        }
    }
}

/// Functions of the template language.
const GLOBALS: [&str; 4] = ["range", "dict", "namespace", "loop"];

fn is_known(variable: &str, known: &BTreeSet<String>) -> bool {
    known.contains(variable)
        // A length or an index of a list, an attribute of a string: rendering tells.
        || variable.split_once('.').is_some_and(|(head, _)| GLOBALS.contains(&head))
}

fn cure(variable: &str, known: &BTreeSet<String>) -> Text {
    let head = variable.rsplit_once('.').map(|(head, _)| head);
    let siblings: Vec<&str> = match head.filter(|head| known.contains(*head)) {
        Some(head) => {
            known.iter().filter(|k| k.rsplit_once('.').map(|(h, _)| h) == Some(head)).map(String::as_str).collect()
        }
        None => {
            known.iter().filter(|k| !k.contains('.') && !GLOBALS.contains(&k.as_str())).map(String::as_str).collect()
        }
    };
    match nearest(variable, known.iter().map(String::as_str)) {
        Some(near) => did_you_mean(near),
        None if siblings.is_empty() => {
            let head = head.unwrap_or(variable);
            say!("`{head}` holds no further values", "`{head}` の中に値はありません")
        }
        None => say!("use {names}", "使える値は {names} です"; names = one_of(siblings)),
    }
}

fn collect(value: &Value, at: &str, paths: &mut BTreeSet<String>) {
    if let Value::Object(fields) = value {
        for (key, inner) in fields {
            let path = if at.is_empty() { key.clone() } else { format!("{at}.{key}") };
            collect(inner, &path, paths);
            paths.insert(path);
        }
    }
}

/// Contexts of every shape that `compose` can hand in, in the language of the
/// template: what is optional is there, is not there, and mixed.
fn specimens(shape: Shape, lang: Lang, directory: &Directory) -> Vec<Value> {
    let text = |ja: &str, en: &str| -> Value {
        Value::String(match lang {
            Lang::Ja => ja.to_owned(),
            Lang::En => en.to_owned(),
        })
    };
    let topics = |n: usize| -> Vec<Value> {
        let all = [
            json!({ "name": "labor-management", "title": text("労務管理", "Labor management") }),
            json!({ "name": "seminar", "title": text("セミナー", "Seminars") }),
        ];
        all.into_iter().take(n).collect()
    };
    let association = |full: bool, face: &str| {
        let optional = |v: Value| if full { v } else { Value::Null };
        json!({
            "name": text("東京都社会保険労務士会", "Tokyo Labor and Social Security Attorney's Association"),
            "phone": optional(json!("03-0000-0000")),
            "website": optional(json!("https://www.sr.example/")),
            "hours": optional(text("平日 10:00-17:00", "weekdays, 10:00-17:00")),
            "face_to_face": face,
        })
    };
    let tokyo = || text("東京都", "Tokyo");
    let two = || json!([tokyo(), text("広島県", "Hiroshima")]);
    let common = [
        (
            json!({ "name": text("山田花子", "Hanako Yamada"), "organisation": null, "topics": topics(1), "place": "known",
            "prefecture": tokyo(), "candidates": [], "association": association(true, "yes"), "forwarded": true }),
            true,
        ),
        (
            json!({ "name": null, "organisation": text("港商工会", "Minato Society"), "topics": topics(2), "place": "ambiguous",
            "prefecture": null, "candidates": two(), "association": null, "forwarded": false }),
            false,
        ),
        (
            json!({ "name": null, "organisation": null, "topics": topics(0), "place": "unstated",
            "prefecture": null, "candidates": [], "association": null, "forwarded": false }),
            true,
        ),
        (
            json!({ "name": text("山田花子", "Hanako Yamada"), "organisation": null, "topics": topics(1), "place": "known",
            "prefecture": tokyo(), "candidates": [], "association": association(false, "no"), "forwarded": false }),
            false,
        ),
        (
            json!({ "name": null, "organisation": null, "topics": topics(2), "place": "known",
            "prefecture": tokyo(), "candidates": [], "association": association(true, "unknown"), "forwarded": true }),
            true,
        ),
    ];
    let mut all = Vec::new();
    for (i, (specimen, full)) in common.into_iter().enumerate() {
        let Value::Object(mut fields) = specimen else { continue };
        fields.insert("reception".to_owned(), json!("0A1B2C3D"));
        fields.insert("secretariat_address".to_owned(), json!("jimukyoku@secretariat.example"));
        fields.insert("contacts".to_owned(), json!(contacts(directory, lang, full)));
        if shape == Shape::Reply {
            all.push(Value::Object(fields));
            continue;
        }
        let evidence = |role: &str, zone: &str, about: &str| json!({ "zone": zone, "about": about, "source": "rules/seminar.toml:12:7", "role": role });
        let found = [
            evidence("strong", "fresh", "labor-management"),
            evidence("weak", "subject", "seminar"),
            evidence("place", "signature", "13"),
            evidence("place", "domain", "13"),
            evidence("against", "fresh", "sales-pitch"),
        ];
        let languages = [json!("ja"), json!("en"), json!("zh"), json!("ko"), Value::Null];
        let name = if full { text("山田花子", "Hanako Yamada") } else { Value::Null };
        fields.insert("sender".to_owned(), json!({ "name": name, "address": "hanako@minato.example" }));
        fields.insert("evidence".to_owned(), json!(if i == 2 { &found[..0] } else { &found[..] }));
        fields.insert("received".to_owned(), json!("2026-11-22 10:00 (JST)"));
        fields.insert("language".to_owned(), languages[i % languages.len()].clone());
        fields.insert(
            "original_attached_as".to_owned(),
            json!(if i % 2 == 0 { "message/rfc822" } else { "octet-stream" }),
        );
        all.push(Value::Object(fields));
    }
    all
}

fn contacts(directory: &Directory, lang: Lang, full: bool) -> BTreeMap<String, Value> {
    let pick = |text: &Bilingual| match lang {
        Lang::Ja => text.ja.clone(),
        Lang::En => text.en.clone(),
    };
    let optional = |ja: &str, en: &str| match (full, lang) {
        (false, _) => Value::Null,
        (true, Lang::Ja) => json!(ja),
        (true, Lang::En) => json!(en),
    };
    let contact = |name: String, purpose: String| {
        json!({
            "name": name,
            "purpose": purpose,
            "phone": optional("03-0000-0000", "03-0000-0000"),
            "email": optional("desk@sr.example", "desk@sr.example"),
            "website": optional("https://www.sr.example/", "https://www.sr.example/"),
            "hours": optional("平日 10:00-17:00", "weekdays, 10:00-17:00"),
            "address": optional("東京都港区", "Minato, Tokyo"),
        })
    };
    let key = |key: &str| key.replace('-', "_");
    // Those that every ruleset has are known even where contacts.toml is
    // broken: that is said there.
    let required = REQUIRED_CONTACTS.map(|name| (key(name), contact(name.to_owned(), name.to_owned())));
    let there = directory.contacts.iter().map(|c| (key(&c.key), contact(pick(&c.name), pick(&c.purpose))));
    required.into_iter().chain(there).collect()
}
