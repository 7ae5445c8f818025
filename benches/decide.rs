//! What a message costs: `cargo bench`. Each figure is for one pass over a
//! folder of varied messages (the demo's and the labelled ones), on one core;
//! `mail_parser_alone` is the yardstick on the same bytes.

use divan::counter::{BytesCount, ItemsCount};
use divan::{Bencher, black_box};
use madoguchi::core::inquiry::{self, Inquiry};
use madoguchi::core::plan::{self, History};
use madoguchi::core::policy::Policy;
use madoguchi::core::ruleset::Ruleset;
use madoguchi::core::text;
use std::path::Path;

fn main() {
    divan::main();
}

fn messages() -> Vec<Vec<u8>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    let labels = root.join("tests/labels");
    let sets = std::fs::read_dir(&labels).into_iter().flatten().flatten().map(|e| e.path().join("eml"));
    let mut folders: Vec<_> = std::iter::once(root.join("demo/inbox")).chain(sets).collect();
    folders.sort();
    for folder in folders {
        let files = std::fs::read_dir(folder).into_iter().flatten().flatten();
        let mut paths: Vec<_> = files.map(|e| e.path()).filter(|p| p.extension().is_some_and(|e| e == "eml")).collect();
        paths.sort();
        found.extend(paths.into_iter().filter_map(|p| std::fs::read(p).ok()));
    }
    assert!(!found.is_empty(), "no messages");
    found
}

fn ruleset() -> Ruleset {
    build(&madoguchi::shell::files::embedded())
}

fn build(files: &madoguchi::core::ruleset::Files) -> Ruleset {
    let ours = madoguchi::core::address::Address::parse("jimukyoku@teleworksupport.example").expect("address");
    let (ruleset, _) = Ruleset::build(files, Policy::new(ours)).unwrap_or_else(|found| panic!("{found:?}"));
    ruleset
}

#[divan::bench]
fn mail_parser_alone(bencher: Bencher) {
    let messages = messages();
    let bytes: usize = messages.iter().map(Vec::len).sum();
    bencher.counter(ItemsCount::new(messages.len())).counter(BytesCount::new(bytes)).bench_local(|| {
        for raw in &messages {
            black_box(mail_parser::MessageParser::default().parse(black_box(raw)));
        }
    });
}

#[divan::bench]
fn read(bencher: Bencher) {
    let messages = messages();
    let bytes: usize = messages.iter().map(Vec::len).sum();
    bencher.counter(ItemsCount::new(messages.len())).counter(BytesCount::new(bytes)).bench_local(|| {
        for raw in &messages {
            black_box(inquiry::read(black_box(raw)));
        }
    });
}

#[divan::bench]
fn fold_alone(bencher: Bencher) {
    let inquiries: Vec<Inquiry> = messages().iter().map(|m| inquiry::read(m)).collect();
    bencher.counter(ItemsCount::new(inquiries.len())).bench_local(|| {
        for inquiry in &inquiries {
            for passage in [&inquiry.subject, &inquiry.fresh, &inquiry.signature] {
                black_box(text::fold(black_box(&passage.text)));
            }
        }
    });
}

#[divan::bench]
fn decide(bencher: Bencher) {
    let messages = messages();
    let bytes: usize = messages.iter().map(Vec::len).sum();
    let inquiries: Vec<Inquiry> = messages.iter().map(|m| inquiry::read(m)).collect();
    let (ruleset, history) = (ruleset(), History::default());
    bencher.counter(ItemsCount::new(messages.len())).counter(BytesCount::new(bytes)).bench_local(|| {
        for inquiry in &inquiries {
            black_box(plan::decide(&ruleset, black_box(inquiry), &history));
        }
    });
}

#[divan::bench]
fn read_and_decide(bencher: Bencher) {
    let messages = messages();
    let bytes: usize = messages.iter().map(Vec::len).sum();
    let (ruleset, history) = (ruleset(), History::default());
    bencher.counter(ItemsCount::new(messages.len())).counter(BytesCount::new(bytes)).bench_local(|| {
        for raw in &messages {
            let inquiry = inquiry::read(black_box(raw));
            black_box(plan::decide(&ruleset, &inquiry, &history));
        }
    });
}

/// The cost must stay flat in the number of keywords.
#[divan::bench(args = [0, 100, 3_000, 30_000])]
fn decide_with_more_keywords(bencher: Bencher, more: usize) {
    let messages = messages();
    let inquiries: Vec<Inquiry> = messages.iter().map(|m| inquiry::read(m)).collect();
    let mut files = madoguchi::shell::files::embedded();
    for file in files.rules.iter_mut().filter(|f| &*f.name == "rules/seminar.toml") {
        let words: Vec<String> = (0..more).map(|i| format!("\"{}\"", made_up(i))).collect();
        let text = String::from_utf8(file.bytes.clone()).expect("UTF-8");
        file.bytes = text.replacen("[strong]\n", &format!("[strong]\nother = [{}]\n", words.join(",")), 1).into_bytes();
    }
    let (ruleset, history) = (build(&files), History::default());
    bencher.counter(ItemsCount::new(inquiries.len())).bench_local(|| {
        for inquiry in &inquiries {
            black_box(plan::decide(&ruleset, black_box(inquiry), &history));
        }
    });
}

/// A keyword of four kanji that no message holds, but whose beginnings occur.
fn made_up(number: usize) -> String {
    const KANJI: [char; 24] = [
        '労', '務', '管', '理', '相', '談', '窓', '口', '在', '宅', '勤', '規', '則', '残', '業', '手', '当', '会',
        '社', '県', '市', '電', '話', '番',
    ];
    let mut rest = number;
    let mut word = String::new();
    for _ in 0..4 {
        word.push(KANJI[rest % KANJI.len()]);
        rest /= KANJI.len();
    }
    word.push('錻');
    word
}
