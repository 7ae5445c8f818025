//! Rule files → drafts: everything an editor wrote, read and checked file by
//! file. What needs more than one file (groups, templates) is checked later.

use super::ForwardTo;
use super::example::{Example, Expect};
use super::graph::Language;
use super::pattern::{Pattern, Place, read_list, read_phrases};
use crate::core::diagnostic::{Diagnostic, SourceFile, did_you_mean, nearest, one_of};
use crate::core::directory::{Bilingual, bilingual};
use crate::core::evidence::Source;
use crate::core::lang::{Text, say};
use crate::core::places::Prefecture;
use crate::core::reason::Reason;
use crate::core::tomlwalk::{Document, Found, Table};
use std::ops::Range;

/// What a list of patterns says about its topic or veto.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// Enough wherever it stands.
    Strong,
    /// Enough where it is asked about, or where nothing else is.
    Asked,
    /// Enough where it is asked about and the same question names no other
    /// topic by a `Strong` or `Asked` word.
    Soft,
    /// Half of what is enough.
    Weak,
    /// Enough where there is nothing of any topic.
    Alone,
    Against,
    /// Switches a veto off.
    Unless,
}

/// The patterns of one weight under one language key.
#[derive(Debug)]
pub struct List<'f> {
    pub weight: Weight,
    pub language: Language,
    pub patterns: Vec<Pattern<'f>>,
}

/// A topic file.
#[derive(Debug)]
pub struct TopicDraft<'f> {
    pub file: &'f SourceFile,
    pub name: String,
    pub title: Bilingual,
    pub reply: Option<(String, Range<usize>)>,
    pub forward: ForwardTo,
    pub lists: Vec<List<'f>>,
    pub examples: Vec<Example>,
    /// Topic names in the examples' `expect.topics`, where they stand.
    pub mentioned: Vec<(String, Range<usize>)>,
    /// Template names in the examples' `expect.reply`.
    pub replies: Vec<(String, Range<usize>)>,
}

impl<'f> TopicDraft<'f> {
    /// A topic of which nothing can be used.
    fn empty(file: &'f SourceFile, name: &str) -> TopicDraft<'f> {
        TopicDraft {
            file,
            name: name.to_owned(),
            title: Bilingual { ja: String::new(), en: String::new() },
            reply: None,
            forward: ForwardTo::Nobody,
            lists: Vec::new(),
            examples: Vec::new(),
            mentioned: Vec::new(),
            replies: Vec::new(),
        }
    }
}

/// When a veto works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Applies {
    /// Cancels all topics.
    Always,
    /// Only names the reason when no topic was found.
    NoTopic,
    /// Cancels topics without strong evidence in the fresh text.
    WeakTopic,
}

#[derive(Debug)]
pub struct VetoDraft<'f> {
    pub reason: Reason,
    pub applies: Applies,
    pub lists: Vec<List<'f>>,
}

#[derive(Debug)]
pub struct GroupDraft<'f> {
    pub name: String,
    pub place: Place<'f>,
    pub lists: Vec<List<'f>>,
}

/// A folded phrase and where it stands.
#[derive(Debug)]
pub struct Phrase<'f> {
    pub place: Place<'f>,
    pub shown: String,
    pub folded: String,
}

/// common.toml.
#[derive(Debug, Default)]
pub struct CommonDraft<'f> {
    pub groups: Vec<GroupDraft<'f>>,
    pub ja_after: Vec<Phrase<'f>>,
    pub en_before: Vec<Phrase<'f>>,
    pub en_after: Vec<Phrase<'f>>,
    pub clause: Vec<String>,
    /// What makes a clause a question.
    pub asking: Vec<List<'f>>,
    /// Where a clause ends inside a sentence.
    pub asking_clause: Vec<String>,
    pub vetoes: Vec<VetoDraft<'f>>,
    pub examples: Vec<Example>,
    pub mentioned: Vec<(String, Range<usize>)>,
    pub replies: Vec<(String, Range<usize>)>,
}

const LANGUAGES: [Language; 3] = ["ja", "en", "other"];

/// Reads a topic file.
pub fn read_topic<'f>(file: &'f SourceFile, name: &str, findings: &mut Vec<Diagnostic>) -> TopicDraft<'f> {
    let doc = Document::parse(file);
    let root = doc.root();
    if root.keys().is_empty() && doc.is_whole() {
        doc.report(
            Diagnostic::whole(
                "empty-file",
                file.shown.clone(),
                say!("the topic `{name}` is empty", "分野 `{name}` のファイルが空です"),
            )
            .help(say!(
                "write its title, reply, forward, patterns and examples, or delete the file",
                "title・reply・forward と語・例文を書くか、ファイルを削除してください"
            )),
        );
        findings.extend(doc.into_findings());
        return TopicDraft::empty(file, name);
    }
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if !name.chars().all(plain) || name.is_empty() {
        let message = say!("`{name}` is not a topic's name", "`{name}` は分野の名前に使えません");
        doc.report(Diagnostic::whole("bad-name", file.shown.clone(), message).help(say!(
            "name the file with small letters, digits and `-`, e.g. `rules/labor-management.toml`",
            "ファイル名は英小文字・数字・`-` だけにします（例: `rules/labor-management.toml`）"
        )));
    }
    let title = bilingual(&root, "title", true);
    let reply = root.required_string("reply").map(|f| (f.value.to_owned(), f.span));
    if root.get("forward").is_none() {
        root.missing(
            "forward",
            &say!(
                "`\"association\"`, `\"secretariat\"` or `\"none\"`",
                "`\"association\"`（社労士会）、`\"secretariat\"`（事務局）、`\"none\"`（転送しない）のどれか"
            ),
        );
    }
    let choices =
        [("association", ForwardTo::Association), ("secretariat", ForwardTo::Secretariat), ("none", ForwardTo::Nobody)];
    let forward = root.choice("forward", &choices).map_or(ForwardTo::Nobody, |f| f.value);
    let mut lists = Vec::new();
    let (strong, weak) = read_strong_and_weak(&root, file, &mut lists);
    let others = [("asked", Weight::Asked), ("soft", Weight::Soft), ("alone", Weight::Alone)];
    let others: usize = others.into_iter().map(|(key, weight)| read_weight(&root, key, weight, file, &mut lists)).sum();
    if strong + others == 0 && weak < 2 && doc.is_whole() {
        doc.report(
            Diagnostic::whole(
                "missing-patterns",
                file.shown.clone(),
                say!("the topic `{name}` can never be found", "分野 `{name}` は決して当たりません"),
            )
            .help(say!(
                "give it keywords under `[strong]`, or two under `[weak]`",
                "`[strong]` に語を書くか、`[weak]` に二つ以上書きます"
            )),
        );
    }
    lists.extend(read_whys(&root, "against", Weight::Against, file));
    let mut mentioned = Vec::new();
    let mut replies = Vec::new();
    let examples = read_examples(&root, &mut mentioned, &mut replies);
    // What is wrong with an example is said already.
    if examples.len() == root.count("example") {
        check_examples(&doc, name, &examples);
    }
    root.finish();
    findings.extend(doc.into_findings());
    TopicDraft {
        file,
        name: name.to_owned(),
        title: title.unwrap_or_else(|| Bilingual { ja: String::new(), en: String::new() }),
        reply,
        forward,
        lists,
        examples,
        mentioned,
        replies,
    }
}

/// Reads common.toml.
pub fn read_common<'f>(file: &'f SourceFile, findings: &mut Vec<Diagnostic>) -> CommonDraft<'f> {
    let doc = Document::parse(file);
    let root = doc.root();
    let mut common = CommonDraft::default();
    if let Some(groups) = root.table("groups") {
        for key in groups.keys() {
            let Some(table) = groups.table(key.value) else { continue };
            let mut lists = read_lists(&table, Weight::Strong, file);
            table.finish();
            lists.retain(|l| !l.patterns.is_empty());
            if lists.is_empty() && doc.is_whole() {
                let name = key.value;
                let message = say!("the group `{name}` is empty", "グループ `{name}` に語がありません");
                let help = say!("write its words under `ja` and `en`", "`ja` と `en` に語を書いてください");
                doc.error("missing-patterns", key.span.clone(), message, Some(help));
            }
            let (line, column) = doc.position(key.span.start);
            let place = Place { file, span: key.span, line, column };
            common.groups.push(GroupDraft { name: key.value.to_owned(), place, lists });
        }
        groups.finish();
    }
    if let Some(negation) = root.table("negation") {
        let phrases = |key: &str| -> Vec<Phrase<'f>> {
            let found = read_phrases(&negation, key).into_iter();
            found.map(|f| phrase(&doc, file, f)).collect()
        };
        common.ja_after = phrases("ja_after");
        common.en_before = phrases("en_before");
        common.en_after = phrases("en_after");
        common.clause = borders(&negation);
        negation.finish();
    }
    if let Some(asking) = root.table("asking") {
        common.asking = read_lists(&asking, Weight::Strong, file);
        common.asking_clause = borders(&asking);
        asking.finish();
    }
    for table in root.tables("veto") {
        if let Some(veto) = read_veto(&table, file) {
            common.vetoes.push(veto);
        }
    }
    common.examples = read_examples(&root, &mut common.mentioned, &mut common.replies);
    root.finish();
    findings.extend(doc.into_findings());
    common
}

fn phrase<'f>(doc: &Document<'_>, file: &'f SourceFile, found: Found<String>) -> Phrase<'f> {
    let (line, column) = doc.position(found.span.start);
    let shown = doc.excerpt(found.span.clone()).trim_matches(['"', '\'']).to_owned();
    Phrase { place: Place { file, span: found.span, line, column }, shown, folded: found.value }
}

/// Clause borders may be signs alone, so they are no keywords.
fn borders(negation: &Table<'_>) -> Vec<String> {
    let fold = |text: &str| crate::core::text::fold(text).as_str().trim().to_owned();
    negation.strings("clause").iter().map(|f| fold(f.value)).filter(|b| !b.is_empty()).collect()
}

/// Reads `[strong]` and `[weak]`; how many patterns are written in each,
/// broken ones included: what is wrong with those is said already.
fn read_strong_and_weak<'f>(parent: &Table<'_>, file: &'f SourceFile, lists: &mut Vec<List<'f>>) -> (usize, usize) {
    let strong = read_weight(parent, "strong", Weight::Strong, file, lists);
    (strong, read_weight(parent, "weak", Weight::Weak, file, lists))
}

/// Reads the table of one weight, as above.
fn read_weight<'f>(
    parent: &Table<'_>,
    key: &str,
    weight: Weight,
    file: &'f SourceFile,
    lists: &mut Vec<List<'f>>,
) -> usize {
    let Some(table) = parent.table(key) else { return 0 };
    lists.extend(read_lists(&table, weight, file));
    table.finish();
    LANGUAGES.iter().map(|language| table.count(language)).sum()
}

fn read_lists<'f>(table: &Table<'_>, weight: Weight, file: &'f SourceFile) -> Vec<List<'f>> {
    LANGUAGES.iter().map(|key| List { weight, language: key, patterns: read_list(table, key, file) }).collect()
}

/// `[[against]]` and `[[veto.unless]]`: several tables, each with its reason.
fn read_whys<'f>(parent: &Table<'_>, key: &str, weight: Weight, file: &'f SourceFile) -> Vec<List<'f>> {
    let mut lists = Vec::new();
    for table in parent.tables(key) {
        table.required_string("why");
        let read = read_lists(&table, weight, file);
        table.finish();
        if read.iter().all(|l| l.patterns.is_empty()) {
            table.missing("ja", &say!("a list of patterns (or `en`, `other`)", "語の一覧（`en`・`other` でも可）"));
        }
        lists.extend(read);
    }
    lists
}

fn read_veto<'f>(table: &Table<'_>, file: &'f SourceFile) -> Option<VetoDraft<'f>> {
    const REASONS: [(&str, Reason); 6] = [
        ("sales-pitch", Reason::SalesPitch),
        ("press-request", Reason::PressRequest),
        ("job-seeking", Reason::JobSeeking),
        ("it-support", Reason::ItSupport),
        ("thanks-only", Reason::ThanksOnly),
        ("wrong-office", Reason::WrongOffice),
    ];
    if table.get("reason").is_none() {
        table.missing("reason", &one_of(REASONS.iter().map(|r| r.0)));
    }
    let reason = table.choice("reason", &REASONS);
    table.required_string("why");
    let choices = [("always", Applies::Always), ("no-topic", Applies::NoTopic), ("weak-topic", Applies::WeakTopic)];
    let applies = table.choice("applies", &choices).map_or(Applies::Always, |f| f.value);
    let mut lists = Vec::new();
    let (strong, weak) = read_strong_and_weak(table, file, &mut lists);
    if strong == 0 && weak < 2 {
        let help = say!(
            "give it keywords under `[veto.strong]`, or two under `[veto.weak]`",
            "`[veto.strong]` に語を書くか、`[veto.weak]` に二つ以上書きます"
        );
        let message = say!("this veto can never be found", "この除外は決して当たりません");
        table.doc().error("missing-patterns", table.span(), message, Some(help));
    }
    lists.extend(read_whys(table, "unless", Weight::Unless, file));
    table.finish();
    Some(VetoDraft { reason: reason?.value, applies, lists })
}

fn read_examples(
    root: &Table<'_>,
    mentioned: &mut Vec<(String, Range<usize>)>,
    replies: &mut Vec<(String, Range<usize>)>,
) -> Vec<Example> {
    let doc = root.doc();
    let mut examples: Vec<Example> = Vec::new();
    for table in root.tables("example") {
        let name = table.required_string("name");
        let subject = table.string("subject").map(|f| f.value.to_owned()).unwrap_or_default();
        let body = table.string("body").map(|f| f.value.to_owned());
        let from = table.string("from").map(|f| f.value.to_owned());
        if body.is_none() && subject.is_empty() {
            table.missing("body", &say!("the text of the mail", "メールの本文"));
        }
        let expect = table.required_table("expect").map(|t| read_expect(&t, mentioned, replies));
        table.finish();
        let (Some(name), Some(expect)) = (name, expect) else { continue };
        if let Some(first) = examples.iter().find(|e| e.name == name.value) {
            let called = name.value;
            doc.report(
                Diagnostic::error(
                    "duplicate-example",
                    doc.file(),
                    name.span.clone(),
                    say!("two examples are called `{called}`", "`{called}` という例文が二つあります"),
                )
                .related(doc.file(), first.span.clone(), say!("the first one", "最初はここ"))
                .help(say!(
                    "give each its own name: a failure is reported by it",
                    "別々の名前を付けてください。失敗はこの名前で報告されます"
                )),
            );
        }
        let (line, column) = doc.position(name.span.start);
        examples.push(Example {
            source: Source { file: doc.file().name.clone(), line, column },
            span: name.span,
            name: name.value.to_owned(),
            subject,
            body: body.unwrap_or_default(),
            from,
            expect,
        });
    }
    examples
}

/// Reads the expectation for a mail that lies in a file of its own: the keys of
/// `expect`, at the outermost level.
pub fn read_expectation(file: &SourceFile, topics: &[&str], findings: &mut Vec<Diagnostic>) -> Option<Expect> {
    let doc = Document::parse(file);
    let (mut mentioned, mut replies) = (Vec::new(), Vec::new());
    let expect = read_expect(&doc.root(), &mut mentioned, &mut replies);
    for (name, span) in mentioned.iter().filter(|(name, _)| !topics.contains(&name.as_str())) {
        let message = say!("there is no topic `{name}`", "`{name}` という分野はありません");
        let help = match nearest(name, topics.iter().copied()) {
            Some(near) => did_you_mean(near),
            None => say!("use {topics}", "{topics} のどれかを使います"; topics = one_of(topics.iter().copied())),
        };
        doc.error("unknown-topic", span.clone(), message, Some(help));
    }
    let found = doc.into_findings();
    let sound = !found.iter().any(Diagnostic::is_error);
    findings.extend(found);
    sound.then_some(expect)
}

fn read_expect(
    table: &Table<'_>,
    mentioned: &mut Vec<(String, Range<usize>)>,
    replies: &mut Vec<(String, Range<usize>)>,
) -> Expect {
    let doc = table.doc();
    if table.get("topics").is_none() {
        table.missing("topics", &say!("a list, `[]` for none", "分野の一覧（なければ `[]`）"));
    }
    let topics = table.strings("topics");
    mentioned.extend(topics.iter().map(|t| (t.value.to_owned(), t.span.clone())));
    let prefecture = table.string("prefecture").and_then(|found| match found.value {
        "none" => Some(None),
        code if Prefecture::from_code(code).is_some() => Some(Some(code.to_owned())),
        other => {
            let help = say!(
                "use the two digits of JIS X 0401, e.g. `\"13\"`, or `\"none\"`",
                "都道府県コード二桁（例: `\"13\"`）か、場所なしの `\"none\"` を書きます"
            );
            let message = say!("`{other}` is not a prefecture code", "`{other}` は都道府県コードではありません");
            doc.error("bad-prefecture", found.span, message, Some(help));
            None
        }
    });
    let action = table.choice("action", &[("answer", "answer"), ("review", "review"), ("ignore", "ignore")]);
    let reason = table.string("reason").and_then(|found| {
        if found.value.parse::<Reason>().is_ok() {
            return Some(found.value.to_owned());
        }
        let near = nearest(found.value, Reason::ALL.iter().map(|r| r.word()));
        let help = near.map_or_else(
            || say!("use {words}", "{words} のどれかを使います"; words = one_of(Reason::ALL.iter().map(|r| r.word()))),
            did_you_mean,
        );
        let word = found.value;
        let message = say!("`{word}` is not a reason", "`{word}` という理由はありません");
        doc.error("bad-value", found.span, message, Some(help));
        None
    });
    let language = table.string("language").and_then(|found| {
        let well = found.value.len() == 2 && found.value.bytes().all(|b| b.is_ascii_lowercase());
        if !well {
            let help =
                say!("use a code of ISO 639-1: `ja`, `en`, `zh`", "言語コード二文字で書きます: `ja`、`en`、`zh`");
            let word = found.value;
            let message = say!("`{word}` is not a language", "`{word}` は言語コードではありません");
            doc.error("bad-value", found.span.clone(), message, Some(help));
        }
        well.then(|| found.value.to_owned())
    });
    let reply = table.string("reply").map(|found| {
        replies.push((found.value.to_owned(), found.span));
        found.value.to_owned()
    });
    table.finish();
    Expect {
        topics: topics.into_iter().map(|t| t.value.to_owned()).collect(),
        prefecture,
        action: action.map(|f| f.value.to_owned()),
        reason,
        language,
        reply,
    }
}

/// A topic has an example that is it and one that is not.
fn check_examples(doc: &Document<'_>, name: &str, examples: &[Example]) {
    let holds = |e: &&Example| e.expect.topics.iter().any(|t| t == name);
    let (positive, negative) = (examples.iter().any(|e| holds(&e)), examples.iter().any(|e| !holds(&e)));
    let missing = |message: Text, help: Text| {
        doc.report(Diagnostic::whole("missing-example", doc.file().shown.clone(), message).help(help));
    };
    if !positive {
        missing(
            say!("the topic `{name}` has no example that it is found in", "分野 `{name}` に「当たる例文」がありません"),
            say!(
                "add an `[[example]]` with `expect = {{ topics = [\"{name}\"] }}`",
                "`expect = {{ topics = [\"{name}\"] }}` の `[[example]]` を書き足します"
            ),
        );
    }
    if !negative {
        missing(
            say!(
                "the topic `{name}` has no example that it is not found in",
                "分野 `{name}` に「当たらない例文」がありません"
            ),
            say!(
                "add a near miss as `[[example]]` with `expect = {{ topics = [] }}`",
                "似ているが別の用件を、`expect = {{ topics = [] }}` の `[[example]]` として書き足します"
            ),
        );
    }
}
