//! The examples inside rule files: run them, and say which keywords none of
//! them pins. Works on a built ruleset; reads no files.

use super::diagnostic::{Diagnostic, SourceFile};
use super::evidence::{Evidence, Role, Source};
use super::inquiry::{self, Inquiry};
use super::lang::say;
use super::lexicon::Hit;
use super::plan::{self, History, Plan};
use super::reason::Reason;
use super::rules::{self, Example, Expect};
use super::ruleset::Ruleset;
use super::text::Zone;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// How one example went.
#[derive(Debug, Clone)]
pub struct ExampleResult {
    pub example: Example,
    /// Empty when it passed.
    pub mismatches: Vec<Mismatch>,
    /// What the decision stood on.
    pub evidence: Vec<Evidence>,
}

impl ExampleResult {
    pub fn passed(&self) -> bool {
        self.mismatches.is_empty()
    }
}

/// One thing that came out otherwise than expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mismatch {
    /// `topics`, `prefecture`, …: the key of `expect`.
    pub key: &'static str,
    pub expected: String,
    pub got: String,
}

/// Decides on every example, with an empty history.
pub fn run(ruleset: &Ruleset) -> Vec<ExampleResult> {
    ruleset.examples.iter().map(|example| run_one(ruleset, example)).collect()
}

/// A mail in a file, and the file that says what it must lead to.
#[derive(Debug, Clone)]
pub struct MailTest {
    /// How the mail's file is called, e.g. `rules/tests/fees.eml`.
    pub name: String,
    pub raw: Vec<u8>,
    /// `None`: the mail stands alone.
    pub expectation: Option<SourceFile>,
}

/// Decides on every mail that has a sound expectation; what is wrong with the
/// others is added to `findings`.
pub fn run_mails(ruleset: &Ruleset, mails: &[MailTest], findings: &mut Vec<Diagnostic>) -> Vec<ExampleResult> {
    let topics: Vec<&str> = ruleset.rules.topics.iter().map(|t| t.name.as_str()).collect();
    let mut results = Vec::new();
    for mail in mails {
        let inquiry = inquiry::read(&mail.raw);
        let Some(file) = &mail.expectation else {
            findings.push(without_expectation(mail, &plan::decide(ruleset, &inquiry, &History::default())));
            continue;
        };
        let Some(expect) = rules::read_expectation(file, &topics, findings) else { continue };
        let example = Example {
            source: Source { file: file.name.clone(), line: 1, column: 1 },
            span: 0..0,
            name: mail.name.clone(),
            subject: String::new(),
            body: String::new(),
            from: None,
            expect,
        };
        results.push(decided(ruleset, &example, &inquiry));
    }
    results
}

/// A mail without its `.toml`: the cure is what comes out now, to be judged.
fn without_expectation(mail: &MailTest, plan: &Plan) -> Diagnostic {
    let (name, file) = (&mail.name, mail.name.trim_end_matches(".eml"));
    let topics = plan.topics.iter().map(|t| format!("\"{t}\"")).collect::<Vec<_>>().join(", ");
    let place = plan.place.known().map(|p| format!(" and `prefecture = \"{p}\"`")).unwrap_or_default();
    let message = say!("nothing says what `{name}` must lead to", "`{name}` の期待する結果が書かれていません");
    let ja = place.replace(" and ", " と ");
    Diagnostic::whole("missing-expectation", name.clone(), message).help(say!(
        "write `{file}.toml`; as it comes out now: `topics = [{topics}]`{place}",
        "`{file}.toml` を書いてください。今の結果は `topics = [{topics}]`{ja} です"
    ))
}

fn run_one(ruleset: &Ruleset, example: &Example) -> ExampleResult {
    decided(ruleset, example, &inquiry::read(&message(ruleset, example)))
}

fn decided(ruleset: &Ruleset, example: &Example, inquiry: &Inquiry) -> ExampleResult {
    let plan = plan::decide(ruleset, inquiry, &History::default());
    ExampleResult { example: example.clone(), mismatches: compare(&example.expect, &plan), evidence: plan.evidence }
}

/// The example as a mail to the Secretariat.
pub fn message(ruleset: &Ruleset, example: &Example) -> Vec<u8> {
    let one_line = |text: &str| text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect::<String>();
    let from = example.from.as_deref().unwrap_or("inquirer@inquirer.example");
    let body = example.body.replace("\r\n", "\n").replace('\n', "\r\n");
    format!(
        "From: {}\r\nTo: {}\r\nSubject: {}\r\nMIME-Version: 1.0\r\n\
         Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n{body}\r\n",
        one_line(from),
        ruleset.policy.address.to_smtp(),
        one_line(&example.subject),
    )
    .into_bytes()
}

fn compare(expect: &Expect, plan: &Plan) -> Vec<Mismatch> {
    let mut mismatches = Vec::new();
    let mut check = |key, expected: String, got: String| {
        if expected != got {
            mismatches.push(Mismatch { key, expected, got });
        }
    };
    check("topics", topics(&expect.topics), topics(&plan.topics));
    if let Some(prefecture) = &expect.prefecture {
        let got = plan.place.known().map_or_else(|| "none".to_owned(), |p| p.to_string());
        check("prefecture", prefecture.clone().unwrap_or_else(|| "none".to_owned()), got);
    }
    if let Some(action) = &expect.action {
        check("action", action.clone(), plan.action.word().to_owned());
    }
    if let Some(reason) = &expect.reason {
        // Beside an answer to the acknowledgement the forward says why.
        let reasons = [Some(plan.reason), plan.reply.reason(), plan.forward.reason()];
        if !reasons.iter().flatten().any(|r| r.word() == reason) {
            let got: BTreeSet<&str> = reasons.iter().flatten().map(|r| r.word()).collect();
            check("reason", reason.clone(), got.into_iter().collect::<Vec<_>>().join(", "));
        }
    }
    if let Some(language) = &expect.language {
        check("language", language.clone(), plan.language.unwrap_or("none").to_owned());
    }
    if let Some(reply) = &expect.reply {
        let got = plan.reply.done().map_or("none", |r| r.template.as_str());
        check("reply", reply.clone(), got.to_owned());
    }
    mismatches
}

/// Topic names in one order, `none` without.
fn topics(names: &[String]) -> String {
    let sorted: BTreeSet<&str> = names.iter().map(String::as_str).collect();
    if sorted.is_empty() { "none".to_owned() } else { sorted.into_iter().collect::<Vec<_>>().join(", ") }
}

/// The examples that failed, as errors in their files.
pub fn findings<'f>(results: &[ExampleResult], files: impl IntoIterator<Item = &'f SourceFile>) -> Vec<Diagnostic> {
    let files: Vec<&SourceFile> = files.into_iter().collect();
    let mut findings = Vec::new();
    for result in results.iter().filter(|r| !r.passed()) {
        let example = &result.example;
        let Some(file) = files.iter().find(|f| f.name == example.source.file) else { continue };
        let name = &example.name;
        let message = say!("the example `{name}` fails", "例文 `{name}` が期待どおりになりません");
        let mut finding = Diagnostic::error("example-failed", file, example.span.clone(), message);
        for mismatch in &result.mismatches {
            let Mismatch { key, expected, got } = mismatch;
            finding = finding.note(say!("{key}: expected {expected}, got {got}", "{key}: 期待 {expected}、結果 {got}"));
        }
        for evidence in result.evidence.iter().take(8) {
            let about = &evidence.about;
            let what = match evidence.role {
                Role::Place => say!("places it in {about}", "が場所 {about} の根拠"),
                role => {
                    let role = role.word();
                    say!("is {role} for {about}", "が {about} の {role}")
                }
            };
            let (text, source) = (&evidence.text, &evidence.source);
            finding = finding.note(say!("`{text}` {what} ({source})", "`{text}` {what}（{source}）"; what = what));
        }
        findings.push(finding.help(say!(
            "change the patterns, or the example if it expects the wrong thing",
            "語の指定を直すか、期待が違うなら例文のほうを直してください"
        )));
    }
    findings
}

/// A keyword that no message hits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Uncovered {
    pub source: Source,
    /// The pattern as written.
    pub pattern: String,
}

/// How the keywords of one rule file are covered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Coverage {
    /// Logical name of the file.
    pub file: Arc<str>,
    /// All its keywords, groups and negators included.
    pub keywords: usize,
    /// Those that nothing hits (or whose loss nothing notices), in the order
    /// of the file.
    pub uncovered: Vec<Uncovered>,
}

/// Which keywords could be deleted without an example failing, or one of the
/// `extra` messages being decided otherwise: each is taken out in turn and the
/// messages that hit it are decided again.
pub fn mutate(ruleset: &mut Ruleset, extra: &[Inquiry]) -> Vec<Coverage> {
    let expected: Vec<Expect> = ruleset.examples.iter().map(|e| e.expect.clone()).collect();
    let examples: Vec<Inquiry> = ruleset.examples.iter().map(|e| inquiry::read(&message(ruleset, e))).collect();
    let examples = expected.iter().zip(&examples).map(|(expect, inquiry)| (Some(expect), inquiry));
    let pinning: Vec<Pinning<'_>> = examples
        .chain(extra.iter().map(|inquiry| (None, inquiry)))
        .map(|(expect, inquiry)| Pinning { expect, inquiry, hits: ruleset.scan(inquiry) })
        .collect();
    let mut hit_by: Vec<Vec<usize>> = vec![Vec::new(); ruleset.rules.keywords().len()];
    for (index, message) in pinning.iter().enumerate() {
        for keyword in ruleset.rules.keywords_in(message.inquiry, &message.hits) {
            hit_by[keyword].push(index);
        }
    }
    let before: Vec<Outcome> = pinning.iter().map(|m| m.outcome(ruleset)).collect();
    let mut noticed = vec![false; hit_by.len()];
    for (keyword, hit_by) in hit_by.iter().enumerate().filter(|(_, hit_by)| !hit_by.is_empty()) {
        let removed = ruleset.rules.remove(keyword);
        noticed[keyword] = hit_by.iter().any(|i| pinning[*i].outcome(ruleset) != before[*i]);
        ruleset.rules.restore(removed);
    }
    by_file(ruleset, &noticed)
}

/// A message that may notice when a keyword is gone.
struct Pinning<'a> {
    /// Of an example.
    expect: Option<&'a Expect>,
    inquiry: &'a Inquiry,
    hits: Vec<(Zone, Vec<Hit>)>,
}

/// What tells a noticed change from an unnoticed one.
#[derive(PartialEq, Eq)]
enum Outcome {
    Example(Vec<Mismatch>),
    Message(Vec<usize>, Option<Reason>),
}

impl Pinning<'_> {
    fn outcome(&self, ruleset: &Ruleset) -> Outcome {
        match self.expect {
            Some(expect) => {
                Outcome::Example(compare(expect, &plan::decide(ruleset, self.inquiry, &History::default())))
            }
            None => {
                let classified = rules::classify(&ruleset.rules, self.inquiry, &self.hits);
                Outcome::Message(classified.topics, classified.reason)
            }
        }
    }
}

/// Which keywords of the rule files neither an example nor one of the `extra`
/// messages hits, file by file. A hit inside a negation counts: it shows the
/// keyword at work.
pub fn coverage(ruleset: &Ruleset, extra: &[Inquiry]) -> Vec<Coverage> {
    let mut hit = vec![false; ruleset.rules.keywords().len()];
    let mut mark = |inquiry: &Inquiry| {
        for keyword in ruleset.rules.keywords_in(inquiry, &ruleset.scan(inquiry)) {
            hit[keyword] = true;
        }
    };
    for example in &ruleset.examples {
        mark(&inquiry::read(&message(ruleset, example)));
    }
    extra.iter().for_each(mark);
    by_file(ruleset, &hit)
}

/// Keywords and which of them are covered, file by file.
fn by_file(ruleset: &Ruleset, covered: &[bool]) -> Vec<Coverage> {
    let mut files: BTreeMap<&Arc<str>, Coverage> = BTreeMap::new();
    for (keyword, covered) in ruleset.rules.keywords().iter().zip(covered) {
        let file = &keyword.source.file;
        let empty = || Coverage { file: file.clone(), keywords: 0, uncovered: Vec::new() };
        let of_file = files.entry(file).or_insert_with(empty);
        of_file.keywords += 1;
        if !covered {
            of_file.uncovered.push(Uncovered { source: keyword.source.clone(), pattern: keyword.shown.clone() });
        }
    }
    let mut files: Vec<Coverage> = files.into_values().collect();
    files.iter_mut().for_each(|f| f.uncovered.sort_by(|a, b| a.source.cmp(&b.source)));
    files
}
