//! Whatever arrives, what goes out reads back in three parsers (mail-parser,
//! mailparse, Python's email) with one recipient, the same words, and no header
//! field that we did not write.

#![allow(clippy::unwrap_used)]

mod servers;

use madoguchi::core::address::Address;
use madoguchi::core::compose::{self, Kind, Outgoing};
use madoguchi::core::inquiry;
use madoguchi::core::plan::{self, History};
use madoguchi::core::policy::Policy;
use madoguchi::core::ruleset::Ruleset;
use madoguchi::shell::files;
use mailparse::MailHeaderMap;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use std::io::Write;
use std::process::{Command, Stdio};
use std::sync::LazyLock;

const US: &str = "jimukyoku@teleworksupport.example";

static RULESET: LazyLock<Ruleset> = LazyLock::new(|| {
    let mut policy = Policy::new(Address::parse(US).unwrap());
    policy.placeholders = true;
    Ruleset::build(&files::embedded(), policy).unwrap().0
});

/// Fields that a mail of ours may have.
const WRITTEN: &[&str] = &[
    "from",
    "to",
    "subject",
    "date",
    "message-id",
    "mime-version",
    "content-type",
    "content-transfer-encoding",
    "auto-submitted",
    "x-auto-response-suppress",
    "in-reply-to",
    "references",
    "reply-to",
];

/// Values that strangers put into header fields.
fn value() -> impl Strategy<Value = String> {
    prop_oneof![
        "\\PC{0,40}",
        "[ -~]{0,80}",
        "[ぁ-ん一-龥 、。]{0,30}",
        proptest::sample::select(vec![
            "=?utf-8?Q?x=0D=0ABcc=3A_victim=40evil.example?=",
            "=?utf-8?B?DQpCY2M6IHZAZXZpbC5leGFtcGxlDQoNCmJvZHk=?=",
            "=?utf-8?Q?=E2=80=AEfdp.exe?=",
            "=?iso-2022-jp?B?GyRCOzNFRBsoQg==?=",
            "\u{202e}evil\u{0}\u{1b}[2J",
            "{{ secretariat_address }}{% raw %}",
            "a\tb\u{2028}c\u{85}d",
            "\"unclosed",
            "(unclosed",
        ])
        .prop_map(str::to_owned),
    ]
}

fn address() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z][a-z0-9._+'/=-]{0,20}@[a-z]{1,10}\\.example",
        proptest::sample::select(vec![
            "foo..bar@docomo.ne.jp",
            "foo.@ezweb.ne.jp",
            ".foo@ezweb.ne.jp",
            "\"a b\"@c.example"
        ])
        .prop_map(str::to_owned),
    ]
}

/// A message that asks something clear, with anything in its fields.
fn message() -> impl Strategy<Value = Vec<u8>> {
    let fields = (value(), address(), value(), value(), value(), proptest::collection::vec(value(), 0..3));
    let body = proptest::sample::select(vec![
        "36協定の届出について教えてください。\r\n東京都港区\r\n",
        "Where is the desk in Osaka? Could you tell us the date of the seminar?\r\n",
        "こんにちは。\r\n",
    ]);
    // Octets that are no text, and names that break the field, mostly lead to a person.
    let octets = prop_oneof![9 => Just(Vec::new()), 1 => proptest::collection::vec(any::<u8>(), 0..60)];
    (fields, body, value(), octets, 0..10u8).prop_map(
        |((name, from, subject, id, references, more), body, signature, octets, quoting)| {
            // A line end would be another field, and that is the sender's own affair.
            let flat = |text: String| text.replace(['\r', '\n'], " ");
            let more: String = more.into_iter().map(|v| format!("X-More: {}\r\n", flat(v))).collect();
            let quoted = format!("\"{}\"", name.replace(['\\', '"'], "'"));
            let name = if quoting < 8 { quoted } else { name };
            let head = format!(
                "From: {} <{from}>\r\nTo: {US}\r\nSubject: {}\r\nMessage-ID: <{}@x.example>\r\nReferences: <{}>\r\n\
                 {more}MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{body}{}\r\n",
                flat(name),
                flat(subject),
                flat(id),
                flat(references),
                flat(signature)
            );
            [head.as_bytes(), &octets].concat()
        },
    )
}

/// What is sent for a message.
fn sent(raw: &[u8]) -> Vec<Outgoing> {
    let inquiry = inquiry::read(raw);
    let plan = plan::decide(&RULESET, &inquiry, &History::default());
    let date = "2026-11-25T01:00:00Z".parse().unwrap();
    compose::compose(&RULESET, &plan, &inquiry, raw, date).unwrap()
}

/// Field names, the one recipient, Message-ID, subject and text, as a parser
/// reads them.
#[derive(Debug, PartialEq, Eq, serde::Deserialize)]
struct ReadBack {
    names: Vec<String>,
    to: Vec<String>,
    message_id: String,
    subject: String,
    text: String,
}

fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn by_mail_parser(bytes: &[u8]) -> ReadBack {
    let mail = mail_parser::MessageParser::new().parse(bytes).unwrap();
    ReadBack {
        names: mail.headers().iter().map(|h| h.name.as_str().to_ascii_lowercase()).collect(),
        to: mail.to().unwrap().iter().filter_map(|a| a.address()).map(str::to_owned).collect(),
        message_id: mail.message_id().unwrap().to_owned(),
        subject: words(mail.subject().unwrap()),
        text: words(&mail.body_text(0).unwrap()),
    }
}

fn by_mailparse(bytes: &[u8]) -> ReadBack {
    let mail = mailparse::parse_mail(bytes).unwrap();
    let to = mailparse::addrparse_header(mail.headers.get_first_header("To").unwrap()).unwrap();
    let first = mail.subparts.first().unwrap_or(&mail);
    ReadBack {
        names: mail.headers.iter().map(|h| h.get_key().to_ascii_lowercase()).collect(),
        to: to
            .iter()
            .flat_map(|address| match address {
                mailparse::MailAddr::Single(one) => vec![one.addr.clone()],
                mailparse::MailAddr::Group(group) => group.addrs.iter().map(|one| one.addr.clone()).collect(),
            })
            .collect(),
        message_id: mail.headers.get_first_value("Message-ID").unwrap().trim_matches(['<', '>']).to_owned(),
        subject: words(&mail.headers.get_first_value("Subject").unwrap()),
        text: words(&first.get_body().unwrap()),
    }
}

/// What must hold of a mail as any parser reads it.
fn check(mail: &Outgoing, read: &ReadBack) {
    let mut once = read.names.clone();
    once.sort();
    once.dedup();
    assert_eq!(once.len(), read.names.len(), "a field stands twice: {:?}", read.names);
    assert!(read.names.iter().all(|name| WRITTEN.contains(&name.as_str())), "{:?}", read.names);
    assert_eq!(read.to.len(), 1, "{:?}", read.to);
    let to = Address::parse(&read.to[0]).unwrap();
    assert_eq!(to, mail.envelope_to);
    assert_eq!(read.message_id, mail.message_id);
    assert!(!read.subject.chars().any(char::is_control), "{:?}", read.subject);
    assert!(read.names.iter().any(|name| name == "auto-submitted"));
}

fn check_lines(mail: &Outgoing) {
    for line in mail.bytes.split(|b| *b == b'\n') {
        assert!(line.len() <= 999, "{} octets", line.len());
        assert!(line.is_empty() || line.ends_with(b"\r"), "a bare line feed");
    }
    if mail.kind == Kind::Reply {
        assert!(mail.envelope_from.is_none());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_mail_reads_back_in_two_parsers(raw in message()) {
        for mail in sent(&raw) {
            check_lines(&mail);
            let (one, other) = (by_mail_parser(&mail.bytes), by_mailparse(&mail.bytes));
            check(&mail, &one);
            check(&mail, &other);
            prop_assert_eq!(&one.names, &other.names);
            prop_assert_eq!(&one.subject, &other.subject);
            prop_assert_eq!(&one.text, &other.text);
        }
    }
}

const READ_ALL: &str = r#"
import email, email.policy, email.utils, json, sys
for line in sys.stdin:
    mail = email.message_from_bytes(bytes.fromhex(line.strip()), policy=email.policy.default)
    body = mail.get_body(("plain",))
    json.dump({"names": [name.lower() for name in mail.keys()],
               "to": [a.addr_spec for a in mail["To"].addresses],
               "message_id": mail["Message-ID"].strip().strip("<>"),
               "subject": " ".join(str(mail["Subject"]).split()),
               "text": " ".join(body.get_content().split())}, sys.stdout)
    print()
"#;

#[test]
#[ignore = "needs Python: scripts/test"]
fn every_mail_reads_back_in_python() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let raws: Vec<Vec<u8>> = (0..300).map(|_| message().new_tree(&mut runner).unwrap().current()).collect();
    let mails: Vec<Outgoing> = raws.iter().flat_map(|raw| sent(raw)).collect();
    assert!(mails.len() > 200, "{}", mails.len());
    let mut python = Command::new(servers::program("python3", "python3"))
        .args(["-c", READ_ALL])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines: String =
        mails.iter().map(|m| m.bytes.iter().map(|b| format!("{b:02x}")).collect::<String>() + "\n").collect();
    let mut input = python.stdin.take().unwrap();
    let writer = std::thread::spawn(move || input.write_all(lines.as_bytes()).unwrap());
    let output = python.wait_with_output().unwrap();
    writer.join().unwrap();
    assert!(output.status.success());
    let read: Vec<ReadBack> =
        String::from_utf8(output.stdout).unwrap().lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    assert_eq!(read.len(), mails.len());
    for (mail, read) in mails.iter().zip(&read) {
        check(mail, read);
        let ours = by_mail_parser(&mail.bytes);
        assert_eq!((&read.names, &read.subject, &read.text), (&ours.names, &ours.subject, &ours.text));
    }
    servers::measured(&format!("mails read back by Python: {}", mails.len()));
}
