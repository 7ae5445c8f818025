//! Automatic messages without any header field that tells, known by their
//! wording alone, and people's mail in the same words.

#![allow(clippy::unwrap_used)]

use madoguchi::core::address::Address;
use madoguchi::core::inquiry;
use madoguchi::core::plan::{self, Action, History};
use madoguchi::core::policy::Policy;
use madoguchi::core::ruleset::Ruleset;
use madoguchi::shell::files;
use std::path::Path;

/// The messages of a file under `tests/data`: subject and body.
fn messages(name: &str) -> Vec<(String, String)> {
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name)).unwrap();
    let mut messages = Vec::new();
    for one in text.split("\n== ").skip(1) {
        let (subject, body) = one.split_once('\n').unwrap();
        messages.push((subject.to_owned(), body.replace('\n', "\r\n")));
    }
    messages
}

fn decide(ruleset: &Ruleset, subject: &str, body: &str) -> plan::Plan {
    let raw = format!(
        "Return-Path: <k.sano@b.example>\r\nFrom: k.sano@b.example\r\nTo: desk@secretariat.example\r\n\
         Message-ID: <1@b.example>\r\nSubject: {subject}\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{body}"
    );
    plan::decide(ruleset, &inquiry::read(raw.as_bytes()), &History::default())
}

#[test]
fn what_a_program_reports_is_not_answered_and_what_a_person_says_of_it_is() {
    let policy = Policy::new(Address::parse("desk@secretariat.example").unwrap());
    let ruleset = Ruleset::build(&files::embedded(), policy).unwrap().0;
    let automatic = messages("notices.txt");
    let people = messages("not-notices.txt");
    assert!(automatic.len() >= 30 && people.len() >= 15);
    let wrong = |messages: &[(String, String)], ignored: bool| -> Vec<String> {
        let is =
            |(subject, body): &&(String, String)| (decide(&ruleset, subject, body).action == Action::Ignore) != ignored;
        messages.iter().filter(is).map(|(subject, _)| subject.clone()).collect()
    };
    assert_eq!(wrong(&automatic, true), Vec::<String>::new(), "taken for a person's");
    assert_eq!(wrong(&people, false), Vec::<String>::new(), "taken for a machine's");
}
