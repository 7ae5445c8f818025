//! Holds the labelled set to its form (see README.md beside this file): every
//! message has one label and every label a message, the fields are what the
//! evaluation expects, and nothing points at a real mail domain. What the
//! messages mean is not judged here.

#![allow(clippy::expect_used, clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

use mail_parser::{Address, HeaderValue, Message, MessageParser};
use serde::Deserialize;

const FOLDERS: [(&str, &str); 18] = [
    ("dev-ja", "dj-"),
    ("dev-en", "de-"),
    ("dev2-ja", "dj2-"),
    ("dev2-en", "de2-"),
    ("dev3-ja", "dj3-"),
    ("dev3-en", "de3-"),
    ("dev4-ja", "dj4-"),
    ("dev4-en", "de4-"),
    ("dev5-ja", "dj5-"),
    ("dev5-en", "de5-"),
    ("dev6-ja", "dj6-"),
    ("dev6-en", "de6-"),
    ("dev7-ja", "dj7-"),
    ("dev7-en", "de7-"),
    ("dev8-ja", "dj8-"),
    ("dev8-en", "de8-"),
    ("held-ja", "hj-"),
    ("held-en", "he-"),
];
const TOPICS: [&str; 3] = ["contact-point", "seminar", "labor-management"];
const SECRETARIAT: &str = "jimukyoku@teleworksupport.example";

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Label {
    file: String,
    action: String,
    topics: Vec<String>,
    prefecture: Option<String>,
    language: Option<String>,
    note: String,
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/labels")
}

/// All labels with the folder and line they stand in.
fn labels() -> Vec<(&'static str, usize, Label)> {
    let mut all = Vec::new();
    for (folder, _) in FOLDERS {
        let text = fs::read_to_string(root().join(folder).join("labels.jsonl")).expect("labels.jsonl");
        for (index, line) in text.lines().enumerate() {
            let label =
                serde_json::from_str(line).unwrap_or_else(|e| panic!("{folder}/labels.jsonl:{}: {e}", index + 1));
            all.push((folder, index + 1, label));
        }
    }
    all
}

fn bytes(folder: &str, label: &Label) -> Vec<u8> {
    let path = root().join(folder).join("eml").join(&label.file);
    fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

fn parsed(bytes: &[u8]) -> Message<'_> {
    MessageParser::default().parse(bytes).expect("a message")
}

/// All addresses in a header field, groups included.
fn addresses(value: Option<&Address<'_>>) -> Vec<String> {
    value.into_iter().flat_map(Address::iter).filter_map(|a| a.address().map(str::to_owned)).collect()
}

#[test]
fn every_message_has_one_label_and_every_label_a_message() {
    let mut labelled: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for (folder, line, label) in labels() {
        let prefix = FOLDERS.iter().find(|(name, _)| *name == folder).expect("known").1;
        let number = label.file.strip_prefix(prefix).and_then(|rest| rest.strip_suffix(".eml"));
        assert!(
            number.is_some_and(|n| n.len() == 3 && n.bytes().all(|b| b.is_ascii_digit())),
            "{folder}/labels.jsonl:{line}: `{}` is not `{prefix}NNN.eml`",
            label.file
        );
        let file = label.file.clone();
        assert!(labelled.entry(folder).or_default().insert(file), "{folder}/labels.jsonl:{line}: labelled twice");
    }
    for (folder, _) in FOLDERS {
        let there: BTreeSet<String> = fs::read_dir(root().join(folder).join("eml"))
            .expect("eml")
            .map(|entry| entry.expect("entry").file_name().to_string_lossy().into_owned())
            .collect();
        assert_eq!(there, labelled[folder], "{folder}: files in eml/ and files labelled differ");
    }
}

#[test]
fn fields_are_what_the_evaluation_expects() {
    let prefectures: BTreeSet<String> = (1..=47).map(|code| format!("{code:02}")).collect();
    for (folder, line, label) in labels() {
        let at = format!("{folder}/labels.jsonl:{line}");
        assert!(["answer", "review", "ignore"].contains(&label.action.as_str()), "{at}: action `{}`", label.action);
        let ranks: Vec<Option<usize>> = label.topics.iter().map(|t| TOPICS.iter().position(|k| k == t)).collect();
        assert!(ranks.iter().all(Option::is_some), "{at}: unknown topic in {:?}", label.topics);
        assert!(ranks.windows(2).all(|pair| pair[0] < pair[1]), "{at}: topics repeated or out of order");
        assert_eq!(label.action == "answer", !label.topics.is_empty(), "{at}: exactly an answer has topics");
        if let Some(code) = &label.prefecture {
            assert!(prefectures.contains(code), "{at}: `{code}` is no prefecture");
            assert_ne!(label.action, "ignore", "{at}: a machine's mail has no place in need");
        }
        if let Some(code) = &label.language {
            assert!(code.len() == 2 && code.bytes().all(|b| b.is_ascii_lowercase()), "{at}: language `{code}`");
        }
        assert!(!label.note.trim().is_empty(), "{at}: a note says what kind of message it is");
    }
}

#[test]
fn messages_are_mail_to_the_secretariat() {
    for (folder, _, label) in labels() {
        let at = format!("{folder}/{}", label.file);
        let raw = bytes(folder, &label);
        let bare = (0..raw.len()).filter(|&i| raw[i] == b'\n' && (i == 0 || raw[i - 1] != b'\r')).count();
        assert_eq!(bare, 0, "{at}: line ends are CRLF");
        let message = parsed(&raw);
        // People do leave the Subject out.
        for field in ["Return-Path", "Delivered-To", "Received", "From", "To", "Date", "Message-ID"] {
            assert!(message.header_raw(field).is_some(), "{at}: no {field}");
        }
        assert!(message.date().is_some_and(mail_parser::DateTime::is_valid), "{at}: Date does not parse");
        // Read raw: a display name in undeclared JIS may hold any ASCII character.
        let named = ["To", "Cc"].iter().filter_map(|f| message.header_raw(*f)).any(|v| v.contains(SECRETARIAT));
        assert!(named, "{at}: neither To nor Cc names {SECRETARIAT}");
        assert!(message.body_text(0).is_some(), "{at}: no text");
    }
}

#[test]
fn nobody_real_is_named() {
    // RFC 2606, and the label `example` that the .jp registry keeps back at its levels (`example.co.jp`).
    let fictional = |domain: &str| {
        let labels: Vec<&str> = domain.split('.').collect();
        matches!(
            labels.as_slice(),
            [.., "example"] | [.., "example", "com" | "net" | "org" | "jp"] | [.., "example", _, "jp"]
        )
    };
    for (folder, _, label) in labels() {
        let raw = bytes(folder, &label);
        let message = parsed(&raw);
        let mut texts: Vec<String> =
            (0..message.text_body_count()).filter_map(|i| message.body_text(i)).map(|t| t.into_owned()).collect();
        for header in message.headers() {
            if let HeaderValue::Address(address) = header.value() {
                texts.extend(addresses(Some(address)));
            }
        }
        for text in &texts {
            for word in text.split(|c: char| !(c.is_ascii_alphanumeric() || "@._+-".contains(c))) {
                if let Some((local, domain)) = word.split_once('@') {
                    let domain = domain.trim_end_matches('.').to_ascii_lowercase();
                    if !local.is_empty() && domain.contains('.') {
                        assert!(fictional(&domain), "{folder}/{}: `{word}` may be somebody's address", label.file);
                    }
                }
            }
        }
    }
}

#[test]
fn the_set_is_varied_and_small() {
    let all = labels();
    assert!(all.len() >= 200, "{} messages", all.len());
    let mut notes: BTreeMap<String, String> = BTreeMap::new();
    let mut texts: BTreeMap<String, String> = BTreeMap::new();
    let mut size = 0;
    for (folder, _, label) in &all {
        let at = format!("{folder}/{}", label.file);
        let raw = bytes(folder, label);
        size += raw.len();
        if let Some(other) = notes.insert(label.note.clone(), at.clone()) {
            panic!("{at} and {other} have the same note: is one of them needed?");
        }
        let text = parsed(&raw).body_text(0).map(|t| t.split_whitespace().collect::<String>()).unwrap_or_default();
        // A mail with next to nothing in it may come twice.
        if text.chars().count() > 8
            && let Some(other) = texts.insert(text, at.clone())
        {
            panic!("{at} and {other} have the same text");
        }
    }
    assert!(size < 2_000_000, "{size} bytes of mail");
    for action in ["answer", "review", "ignore"] {
        for (folder, _) in FOLDERS {
            assert!(all.iter().any(|(f, _, l)| *f == folder && l.action == action), "{folder} has no `{action}`");
        }
    }
}
