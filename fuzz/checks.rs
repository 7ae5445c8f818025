//! What holds for whatever octets come in. One function a fuzz target; the
//! fuzzer calls them with octets of its own making (`scripts/fuzz`), and
//! `tests/corpus.rs` with every octet string that was once worth keeping, the
//! ones that made something fail among them.

#![allow(dead_code, clippy::expect_used, clippy::unwrap_used)]

use madoguchi::core::address::Address;
use madoguchi::core::compose::{Kind, Outgoing, compose as compose_mails, seven_bit};
use madoguchi::core::diagnostic::{Diagnostic, SourceFile, render};
use madoguchi::core::directory::read as read_directory;
use madoguchi::core::evidence::Role;
use madoguchi::core::inquiry::{Inquiry, read};
use madoguchi::core::lang::Lang;
use madoguchi::core::lexicon::Builder;
use madoguchi::core::plan::{Action, History, Plan, Step, decide};
use madoguchi::core::policy::Policy;
use madoguchi::core::rules::{Rules, classify};
use madoguchi::core::ruleset::{Files, Ruleset};
use madoguchi::core::template::Templates;
use madoguchi::core::text::{Passage, Zone, fold as fold_text, zones as zones_of};
use madoguchi::shell::config::{Config, Need};
use madoguchi::shell::files;
use mail_parser::MessageParser;
use std::ops::Range;
use std::path::Path;
use std::sync::LazyLock;

const OURS: &str = "jimukyoku@teleworksupport.example";

fn policy() -> Policy {
    Policy::new(Address::parse(OURS).expect("an address"))
}

static SHIPPED: LazyLock<Ruleset> = LazyLock::new(|| {
    let (ruleset, _) = Ruleset::build(&SHIPPED_FILES, policy()).unwrap_or_else(|found| panic!("{found:?}"));
    ruleset
});

static SHIPPED_FILES: LazyLock<Files> = LazyLock::new(files::embedded);

/// Builds the rules, which takes a while, before the first octets are timed.
pub fn prepare() {
    LazyLock::force(&SHIPPED);
}

fn lies_in(text: &str, range: &Range<usize>) {
    assert!(text.get(range.clone()).is_some(), "{range:?} is no part of a text of {} octets", text.len());
}

/// The map of a folded text leads from each of its characters to whole
/// characters of the text as typed, in order.
fn is_mapped(original: &str, folded: &madoguchi::core::text::Folded) {
    let text = folded.as_str();
    let mut before = 0;
    for (at, c) in text.char_indices() {
        let typed = folded.original(at..at + c.len_utf8());
        assert!(typed.start >= before && typed.start <= typed.end, "{typed:?} after {before}");
        lies_in(original, &typed);
        before = typed.start;
    }
    assert!(folded.gaps(0..text.len()).iter().all(|gap| text.is_char_boundary(gap.at as usize)));
}

/// Folding: mapped, without what folding takes away, and done once is done.
pub fn fold(octets: &[u8]) {
    let text = String::from_utf8_lossy(octets);
    let folded = fold_text(&text);
    is_mapped(&text, &folded);
    assert!(!folded.as_str().chars().any(|c| c.is_ascii_uppercase() || matches!(c, '\u{FF01}'..='\u{FF5E}')));
}

/// Lines without what only `zones` understands: marks of HTML containers and
/// carriage returns.
fn lines(text: &str) -> Vec<String> {
    let plain: String = text.chars().filter(|c| !matches!(*c, '\u{F8F0}'..='\u{F8F3}' | '\r')).collect();
    let mut lines: Vec<String> = plain.split('\n').map(|l| l.trim().to_owned()).filter(|l| !l.is_empty()).collect();
    lines.sort_unstable();
    lines
}

/// Zones: every line is in exactly one, and form fields lie in the fresh text.
pub fn zones(octets: &[u8]) {
    let body = String::from_utf8_lossy(octets);
    let found = zones_of(&body);
    for field in &found.fields {
        lies_in(&found.fresh, &field.name);
        lies_in(&found.fresh, &field.value);
    }
    let all = [found.fresh, found.quoted, found.signature, found.disclaimer].join("\n");
    assert_eq!(lines(&all), lines(&body));
}

/// Reading: whatever the octets, an inquiry whose passages are mapped and whose
/// header values hold nothing that would end a header field.
pub fn inquiry(octets: &[u8]) {
    is_read(&read(octets));
}

fn is_read(inquiry: &Inquiry) {
    for passage in [&inquiry.subject, &inquiry.fresh, &inquiry.quoted, &inquiry.signature, &inquiry.disclaimer] {
        is_mapped(&passage.text, &passage.folded);
    }
    for field in &inquiry.fields {
        lies_in(&inquiry.fresh.text, &field.name);
        lies_in(&inquiry.fresh.text, &field.value);
    }
    assert!(inquiry.header.fields.iter().all(|field| !field.value.contains(['\r', '\n', '\0'])));
}

/// Evidence lies in the text that it is said to lie in.
fn is_founded(inquiry: &Inquiry, plan: &Plan) {
    for piece in &plan.evidence {
        if let Some(Passage { text, .. }) = inquiry.passage(piece.zone) {
            lies_in(text, &piece.range);
        }
    }
}

fn decided(raw: &[u8]) -> (Inquiry, Plan) {
    let inquiry = read(raw);
    let plan = decide(&SHIPPED, &inquiry, &History::default());
    is_founded(&inquiry, &plan);
    (inquiry, plan)
}

fn mail_of(header: &str, body: &[u8]) -> Vec<u8> {
    let mut raw = format!("{header}Content-Type: text/plain; charset=utf-8\r\n\r\n").into_bytes();
    raw.extend_from_slice(body);
    raw
}

const FROM_PERSON: &str = "From: Kimura <kimura@lathe.example>\r\nTo: jimukyoku@teleworksupport.example\r\n";

/// Negation: words that the writer says it is not about are no evidence,
/// whatever stands in the paragraphs below.
pub fn negation(octets: &[u8]) {
    let text = String::from_utf8_lossy(octets);
    for said in ["セミナーの件ではありません。", "This is not about the seminar."] {
        let (inquiry, plan) = decided(&mail_of(FROM_PERSON, format!("{said}\n\n{text}").as_bytes()));
        if inquiry.fresh.text.starts_with(said) {
            let counted = plan.evidence.iter().find(|piece| {
                piece.zone == Zone::Fresh
                    && matches!(piece.role, Role::Strong | Role::Weak)
                    && piece.range.end <= said.len()
            });
            assert_eq!(counted, None);
        }
    }
}

/// Places: the octets as a subject, as a text and as a signature.
pub fn places(octets: &[u8]) {
    let text = String::from_utf8_lossy(octets);
    let line: String = text.chars().filter(|c| !c.is_control()).take(200).collect();
    let header = format!("{FROM_PERSON}Subject: {line}\r\n");
    decided(&mail_of(&header, text.as_bytes()));
    decided(&mail_of(FROM_PERSON, format!("窓口を教えてください。\n\n-- \n{text}").as_bytes()));
}

/// Screening: with a mark that only machines set, nothing is ever answered,
/// whatever else the message holds.
pub fn screen(octets: &[u8]) {
    const MARKS: [&str; 8] = [
        "Auto-Submitted: auto-replied",
        "Precedence: bulk",
        "List-Id: <list.lathe.example>",
        "X-Loop: yes",
        "Return-Path: <>",
        "X-Auto-Response-Suppress: All",
        "X-Autoreply: yes",
        "X-Failed-Recipients: kimura@lathe.example",
    ];
    let (mark, rest) = match octets.split_first() {
        Some((first, rest)) => (MARKS[usize::from(*first) % MARKS.len()], rest),
        None => (MARKS[0], octets),
    };
    decided(rest);
    let mut raw = format!("{mark}\r\n").into_bytes();
    raw.extend_from_slice(rest);
    let (_, plan) = decided(&raw);
    assert!(plan.reply.done().is_none() && plan.forward.done().is_none(), "{mark}: {:?}", plan.reason);
}

/// Composing: what is sent reads back as one mail to one address, with the
/// header fields that we write and no other, in lines that SMTP carries.
pub fn compose(octets: &[u8]) {
    // The octets below a header that is sure to be answered, and on their own.
    let asked = mail_of(FROM_PERSON, &[octets, "\n\n鳥取市の相談窓口を教えてください。\n".as_bytes()].concat());
    for raw in [asked.as_slice(), octets] {
        let (inquiry, plan) = decided(raw);
        if matches!((&plan.reply, &plan.forward), (Step::Skip(_), Step::Skip(_))) {
            assert_eq!(plan.action, Action::Ignore, "a person's message that nobody sees");
        }
        let mails = compose_mails(&SHIPPED, &plan, &inquiry, raw, jiff::Timestamp::UNIX_EPOCH).expect("composed");
        for mail in &mails {
            reads_back(mail);
            let seven = seven_bit(mail);
            assert!(seven.bytes.is_ascii());
            reads_back(&seven);
        }
    }
}

const WRITTEN: [&str; 14] = [
    "Date",
    "From",
    "To",
    "Reply-To",
    "Subject",
    "Message-ID",
    "In-Reply-To",
    "References",
    "Auto-Submitted",
    "X-Auto-Response-Suppress",
    "MIME-Version",
    "Content-Type",
    "Content-Transfer-Encoding",
    "Content-Language",
];

fn reads_back(mail: &Outgoing) {
    let text = &mail.bytes;
    assert!(text.split(|b| *b == b'\n').all(|line| line.len() <= 999), "a line over 998 octets");
    assert!(!text.contains(&0), "NUL");
    for (at, _) in text.iter().enumerate().filter(|(_, b)| **b == b'\n') {
        assert!(at > 0 && text[at - 1] == b'\r', "bare LF");
    }
    assert_eq!(text.iter().filter(|b| **b == b'\r').count(), text.iter().filter(|b| **b == b'\n').count(), "bare CR");
    let parsed = MessageParser::default().parse(text).expect("a mail");
    for header in parsed.headers() {
        assert!(WRITTEN.iter().any(|name| name.eq_ignore_ascii_case(header.name())), "{} is not ours", header.name());
    }
    let to: Vec<_> = parsed.to().into_iter().flat_map(|list| list.iter()).collect();
    assert_eq!(to.len(), 1, "one recipient");
    assert!(parsed.cc().is_none() && parsed.bcc().is_none());
    assert_eq!(parsed.message_id(), Some(mail.message_id.as_str()));
    let from: Vec<_> = parsed.from().into_iter().flat_map(|list| list.iter()).collect();
    assert!(from.len() == 1 && from[0].address() == Some(OURS), "{from:?}");
    match mail.kind {
        Kind::Reply => assert!(parsed.attachment_count() == 0, "a reply has no attachment"),
        Kind::Forward => assert!(parsed.attachment_count() >= 1, "a forward carries the original"),
    }
}

/// Every finding can be shown.
fn can_be_shown(findings: &[Diagnostic], files: &[SourceFile]) {
    for lang in Lang::ALL {
        render(findings, files, lang, false);
    }
}

/// madoguchi.toml.
pub fn config(octets: &[u8]) {
    let file = SourceFile::new("madoguchi.toml", "madoguchi.toml", octets);
    for need in [Need::Run, Need::Rules] {
        let (_, findings) = Config::parse_all(&file, Path::new("/nonexistent/madoguchi.toml"), need);
        can_be_shown(&findings, std::slice::from_ref(&file));
    }
}

/// A topic file, and the same octets as each of the other files of rules/.
pub fn rules(octets: &[u8]) {
    for name in ["rules/seminar.toml", "rules/common.toml"] {
        let files = [SourceFile::new(name, name, octets)];
        let (mut automaton, mut findings) = (Builder::new(), Vec::new());
        let loaded = Rules::build(&files, &mut automaton, &mut findings);
        let lexicon = automaton.build();
        loaded.rules.lint(&lexicon, &files, &mut findings);
        can_be_shown(&findings, &files);
        if findings.iter().any(Diagnostic::is_error) {
            continue;
        }
        let inquiry = read(&mail_of(FROM_PERSON, "鳥取市のセミナーに申し込みたい。Where is it?".as_bytes()));
        let mut hits = Vec::new();
        lexicon.scan(&inquiry.fresh.folded, &mut hits);
        let classified = classify(&loaded.rules, &inquiry, &[(Zone::Fresh, hits)]);
        for piece in &classified.evidence {
            lies_in(&inquiry.fresh.text, &piece.range);
        }
    }
}

/// Associations, contacts and the calendar.
pub fn directory(octets: &[u8]) {
    for name in ["rules/associations.toml", "rules/contacts.toml", "rules/calendar.toml"] {
        let file = SourceFile::new(name, name, octets);
        let mut findings = Vec::new();
        read_directory(|wanted| (wanted == name).then_some(&file), &policy(), &mut findings);
        can_be_shown(&findings, std::slice::from_ref(&file));
    }
}

/// A template: what compiles is rendered within bounds.
pub fn templates(octets: &[u8]) {
    let name = "templates/reply/seminar.ja.txt";
    let mut files = SHIPPED_FILES.templates.clone();
    files.retain(|file| &*file.name != name);
    files.push(SourceFile::new(name, name, octets));
    let mut findings = Vec::new();
    Templates::build(&files, &SHIPPED.directory, &mut findings);
    can_be_shown(&findings, &files);
}
