//! What a message costs: `cargo bench`. Each figure is for one pass over the
//! demo's and the labelled messages, on one core; `mail_parser_alone` is the
//! yardstick on the same bytes.
//!
//! `read` is everything from octets to folded zones, `decide` everything from
//! there to the plan. `fold_alone` is a part of `read`; the four pieces of
//! `decide` stand under `pieces_of_decide`.

use divan::counter::{BytesCount, ItemsCount};
use divan::{Bencher, black_box};
use madoguchi::core::address::Address;
use madoguchi::core::diagnostic::SourceFile;
use madoguchi::core::inquiry::{self, Inquiry};
use madoguchi::core::plan::{self, History};
use madoguchi::core::policy::Policy;
use madoguchi::core::ruleset::{Files, Ruleset};
use madoguchi::core::text::{self, Passage};
use madoguchi::shell::files;
use std::path::Path;
use std::sync::LazyLock;

fn main() {
    let bytes: usize = MESSAGES.iter().map(Vec::len).sum();
    println!("{} messages, {} bytes each on average", MESSAGES.len(), bytes / MESSAGES.len());
    println!("{} bytes on the heap for the automaton of the shipped rules", RULESET.lexicon.heap_bytes());
    println!("{} bytes with 30,000 keywords more", with_keywords(30_000).lexicon.heap_bytes());
    divan::main();
}

static MESSAGES: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let entries = |folder: &Path| std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut folders: Vec<_> = entries(&root.join("tests/labels")).map(|set| set.join("eml")).collect();
    folders.push(root.join("demo/inbox"));
    let mut paths: Vec<_> = folders.iter().flat_map(|folder| entries(folder)).collect();
    paths.retain(|path| path.extension().is_some_and(|ending| ending == "eml"));
    paths.sort();
    let messages: Vec<_> = paths.iter().filter_map(|path| std::fs::read(path).ok()).collect();
    assert!(!messages.is_empty(), "no messages");
    messages
});

static INQUIRIES: LazyLock<Vec<Inquiry>> = LazyLock::new(|| MESSAGES.iter().map(|raw| inquiry::read(raw)).collect());

static RULESET: LazyLock<Ruleset> = LazyLock::new(|| build(&files::embedded()));

fn build(files: &Files) -> Ruleset {
    let ours = Address::parse("jimukyoku@teleworksupport.example").expect("an address");
    let (ruleset, _) = Ruleset::build(files, Policy::new(ours)).unwrap_or_else(|found| panic!("{found:?}"));
    ruleset
}

/// The shipped rules, and a topic with so many keywords more.
fn with_keywords(more: usize) -> Ruleset {
    let words: Vec<String> = (0..more).map(|number| format!("\"{}\"", made_up(number))).collect();
    let topic = format!(
        r#"title = {{ ja = "計測", en = "Measuring" }}
reply = "seminar"
forward = "none"
[strong]
ja = [{}]
[[example]]
name = "one of them"
body = "{}"
expect = {{ topics = ["measuring"] }}
[[example]]
name = "none of them"
body = "窓口はどこですか。"
expect = {{ topics = ["contact-point"] }}
"#,
        words.join(", "),
        made_up(0)
    );
    let mut files = files::embedded();
    files.rules.push(SourceFile::new("rules/measuring.toml", "rules/measuring.toml".to_owned(), topic.as_bytes()));
    build(&files)
}

/// A keyword of five kanji that no message holds, but whose beginnings occur.
fn made_up(number: usize) -> String {
    const KANJI: [char; 24] = [
        '労', '務', '管', '理', '相', '談', '窓', '口', '在', '宅', '勤', '規', '則', '残', '業', '手', '当', '会',
        '社', '県', '市', '電', '話', '番',
    ];
    let places = [1, 24, 24 * 24, 24 * 24 * 24];
    places.iter().map(|place| KANJI[number / place % KANJI.len()]).chain(['錻']).collect()
}

/// One pass over all messages, counted in messages and in their octets.
fn pass<T>(bencher: Bencher, over: &[T], mut each: impl FnMut(&T)) {
    let bytes: usize = MESSAGES.iter().map(Vec::len).sum();
    bencher
        .counter(ItemsCount::new(over.len()))
        .counter(BytesCount::new(bytes))
        .bench_local(|| over.iter().for_each(|one| each(black_box(one))));
}

#[divan::bench]
fn mail_parser_alone(bencher: Bencher) {
    pass(bencher, &MESSAGES, |raw| {
        black_box(mail_parser::MessageParser::default().parse(raw));
    });
}

#[divan::bench]
fn read(bencher: Bencher) {
    pass(bencher, &MESSAGES, |raw| {
        black_box(inquiry::read(raw));
    });
}

#[divan::bench]
fn fold_alone(bencher: Bencher) {
    pass(bencher, &INQUIRIES, |inquiry| {
        let Inquiry { subject, fresh, quoted, signature, disclaimer, .. } = inquiry;
        for Passage { text, .. } in [subject, fresh, quoted, signature, disclaimer] {
            black_box(text::fold(black_box(text)));
        }
    });
}

#[divan::bench]
fn decide(bencher: Bencher) {
    let history = History::default();
    pass(bencher, &INQUIRIES, |inquiry| {
        black_box(plan::decide(&RULESET, inquiry, &history));
    });
}

#[divan::bench]
fn read_and_decide(bencher: Bencher) {
    let history = History::default();
    pass(bencher, &MESSAGES, |raw| {
        black_box(plan::decide(&RULESET, &inquiry::read(raw), &history));
    });
}

mod pieces_of_decide {
    use super::*;
    use madoguchi::core::lexicon::Hit;
    use madoguchi::core::text::Zone;
    use madoguchi::core::{places, rules, screen};

    type Scanned = (&'static Inquiry, Vec<(Zone, Vec<Hit>)>);

    fn scanned() -> Vec<Scanned> {
        INQUIRIES.iter().map(|inquiry| (inquiry, RULESET.scan(inquiry))).collect()
    }

    #[divan::bench]
    fn screen_alone(bencher: Bencher) {
        pass(bencher, &INQUIRIES, |inquiry| {
            black_box(screen::screen(inquiry, &RULESET.policy, &RULESET.directory));
        });
    }

    #[divan::bench]
    fn scan(bencher: Bencher) {
        pass(bencher, &INQUIRIES, |inquiry| {
            black_box(RULESET.scan(inquiry));
        });
    }

    #[divan::bench]
    fn classify(bencher: Bencher) {
        pass(bencher, &scanned(), |(inquiry, hits)| {
            black_box(rules::classify(&RULESET.rules, inquiry, hits));
        });
    }

    #[divan::bench]
    fn locate(bencher: Bencher) {
        pass(bencher, &scanned(), |(inquiry, hits)| {
            black_box(places::locate(&RULESET.gazetteer, inquiry, hits));
        });
    }
}

/// The cost must stay flat in the number of keywords.
#[divan::bench(args = [100, 3_000, 30_000])]
fn decide_with_more_keywords(bencher: Bencher, more: usize) {
    let (ruleset, history) = (with_keywords(more), History::default());
    pass(bencher, &INQUIRIES, |inquiry| {
        black_box(plan::decide(&ruleset, inquiry, &history));
    });
}
