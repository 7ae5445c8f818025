//! `madoguchi replay`: exactly the decisions that other rules change, for
//! reading, for programs and as a page.

mod program;

use program::{DESK, LABOR, Ran, SEMINAR, mail, maildir, run, run_over};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use tempfile::TempDir;

/// A configuration, its rules, and proposed ones beside it: `説明会` goes,
/// `勉強会` comes, `残業代` changes its topic, Tokyo's association its address,
/// and `梟の里` becomes a word for Nagano.
fn folder() -> TempDir {
    let topics = [("seminar.toml", SEMINAR), ("labor-management.toml", LABOR)];
    let folder = program::with_rules(DESK, &topics);
    let write = |name: &str, text: String| fs::write(folder.path().join(name), text).unwrap();
    program::rules(&folder.path().join("proposed"), &[]);
    let seminar = SEMINAR.replace("\"説明会\"", "\"勉強会\", \"残業代\"");
    write("proposed/seminar.toml", format!("# moved down by a line\n{seminar}"));
    write("proposed/labor-management.toml", LABOR.replace(", \"残業代\"", ""));
    let directory = fs::read_to_string(folder.path().join("rules/associations.toml")).unwrap();
    let nagano = directory.find("prefecture = \"20\"").unwrap();
    let (before, after) = directory.split_at(nagano);
    let after = after.replacen("prefecture = \"20\"", "prefecture = \"20\"\nplaces = [\"梟の里\"]", 1);
    let directory = format!("{before}{after}").replace("tokyo@sr-association.example", "edo@sr-association.example");
    write("proposed/associations.toml", directory);
    folder
}

/// What happens to the n-th of the generated messages: its subject, its text,
/// and the change to be found.
fn generated(number: usize) -> (String, String, Option<&'static str>) {
    let subject = format!("No. {number}");
    let hostile = format!("<script>alert({number})</script> & \u{202e}evil\u{2066}");
    match number % 40 {
        3 => (subject, "説明会はいつですか。".to_owned(), Some("no-longer-answered")),
        // The words of the old rule and of the new one.
        4 => (subject, "説明会か勉強会はありますか。".to_owned(), None),
        11 => (hostile, "勉強会の<b>会場</b>はどこですか。".to_owned(), Some("newly-answered")),
        17 => (subject, "残業代の計算が分かりません。".to_owned(), Some("topic-changed")),
        23 => (subject, "梟の里の工場です。就業規則を作りたいです。".to_owned(), Some("place-changed")),
        29 => (subject, "東京都港区の会社です。就業規則を作りたいです。".to_owned(), Some("other")),
        // Not read: what is quoted.
        31 => (subject, "よろしくお願いします。\r\n\r\n> 勉強会はいつですか。".to_owned(), None),
        n if n % 2 == 0 => (subject, format!("セミナーの{n}番目の質問です。"), None),
        n => (subject, format!("こんにちは、{n}です。"), None),
    }
}

fn encoded(text: &str) -> String {
    use base64::Engine as _;
    format!("=?UTF-8?B?{}?=", base64::engine::general_purpose::STANDARD.encode(text))
}

const MESSAGES: usize = 1000;

/// A thousand messages as a folder, and what is to be found.
fn thousand(folder: &TempDir) -> BTreeMap<String, &'static str> {
    fs::create_dir(folder.path().join("mail")).unwrap();
    let mut expected = BTreeMap::new();
    for number in 0..MESSAGES {
        let (subject, body, change) = generated(number);
        let name = format!("mail/{number:04}.eml");
        fs::write(folder.path().join(&name), mail(number, &encoded(&subject), &body)).unwrap();
        expected.extend(change.map(|change| (name, change)));
    }
    expected
}

fn objects(ran: &Ran) -> Vec<Value> {
    ran.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn of_a_thousand_messages_exactly_those_that_differ_are_shown() {
    let folder = folder();
    let expected = thousand(&folder);
    assert_eq!(expected.len(), 125);

    let json = run(&folder, &["replay", "--rules", "proposed", "--format", "json", "mail"]);
    assert_eq!(json.code, 0, "{}", json.stderr);
    let objects = objects(&json);
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let found: BTreeMap<String, String> = objects.iter().map(|o| (text(&o["file"]), text(&o["change"]))).collect();
    assert_eq!(objects.len(), found.len(), "each once");
    assert_eq!(found, expected.iter().map(|(file, change)| (file.clone(), (*change).to_owned())).collect());
    assert!(objects.is_sorted_by_key(|o| text(&o["file"])), "in the order of the messages");
    assert!(json.stderr.starts_with("1000 messages: 875 decided the same, 125 differ: 25 newly answered"), "{json:?}");
    let of = |name: &str| objects.iter().find(|o| o["file"] == name).unwrap();

    let newly = of("mail/0011.eml");
    assert_eq!(newly["subject"], "<script>alert(11)</script> & \u{202e}evil\u{2066}");
    assert_eq!((&newly["before"]["action"], &newly["after"]["action"]), (&"review".into(), &"answer".into()));
    assert_eq!(newly["gained"][0]["text"], "勉強会");
    assert_eq!(newly["gained"][0]["file"], "rules/seminar.toml:6:15");
    assert_eq!(newly["gained"].as_array().unwrap().len() + newly["lost"].as_array().unwrap().len(), 1);
    let gone = of("mail/0003.eml");
    assert_eq!(
        (&gone["lost"][0]["text"], &gone["lost"][0]["file"]),
        (&"説明会".into(), &"rules/seminar.toml:5:15".into())
    );
    let other_topic = of("mail/0017.eml");
    let topics = |side: &str| other_topic[side]["topics"].clone();
    assert_eq!((topics("before"), topics("after")), (["labor-management"].into(), ["seminar"].into()));
    let place = of("mail/0023.eml");
    assert_eq!((&place["before"]["prefecture"], &place["after"]["prefecture"]), (&Value::Null, &"20".into()));
    let address = of("mail/0029.eml");
    assert_eq!(address["aspects"], Value::from(vec!["forward"]));
    assert_eq!(address["after"]["forward"]["to"], "edo@sr-association.example");
    // No escape sequences and no bidi controls on anybody's terminal.
    assert!(!json.stdout.contains('\u{202e}'));

    let text = run(&folder, &["replay", "--rules", "proposed", "mail"]);
    assert_eq!(text.code, 0);
    let named: BTreeSet<&str> = text.stdout.split_whitespace().filter(|word| word.starts_with("mail/")).collect();
    assert_eq!(named, expected.keys().map(String::as_str).collect());
    for group in ["newly answered: 25", "no longer answered: 25", "topic changed: 25", "place changed: 25"] {
        assert_eq!(text.stdout.matches(group).count(), 1, "{group}");
    }
    assert!(text.stdout.contains("      + strong seminar, fresh: [勉強会]の<b>会場</b>はどこで"), "{}", text.stdout);
    assert!(text.stdout.contains("      - strong seminar, fresh: [説明会]はいつですか。  rules/seminar.toml:5:15"));
    assert!(
        text.stdout
            .contains("      forward  Tokyo (tokyo@sr-association.example) → Tokyo (edo@sr-association.example)")
    );
    assert!(!text.stdout.contains('\u{202e}') && !text.stdout.contains('\u{2066}'));

    let page = run(&folder, &["replay", "--rules", "proposed", "--format", "html", "--lang", "ja", "mail"]).stdout;
    assert_eq!(page.matches("<article>").count(), 125);
    assert!(expected.keys().all(|file| page.matches(&format!(">{}<", file.replace('/', "&#x2f;"))).count() == 1));
    assert!(page.contains("<html lang=\"ja\">") && page.contains("1000件のうち、判断が同じもの875件、変わるもの125件"));
    // What came in the mail is text, never markup, and nothing is loaded.
    assert!(page.contains("&lt;script&gt;alert(11)") && !page.contains("<script") && !page.contains("<b>"));
    assert!(!page.contains('\u{202e}') && !page.contains('\u{2066}'));
    assert!(!page.contains("http:") && !page.contains("https:") && !page.contains("src=") && !page.contains("@import"));
}

#[test]
fn a_maildir_an_mbox_a_message_and_the_mailbox_hold_the_same_mail() {
    let folder = folder();
    maildir(&folder.path().join("in"));
    let mut mbox = String::new();
    for number in 0..40 {
        let (_, body, _) = generated(number);
        let raw = mail(number, "s", &body);
        let name = if number % 2 == 0 { format!("in/new/{number:02}") } else { format!("in/cur/{number:02}:2,S") };
        fs::write(folder.path().join(name), &raw).unwrap();
        mbox += &format!("From p@inquirer.example Thu Nov 26 09:00:00 2026\n{}\n", raw.replace("\r\n", "\n"));
    }
    fs::write(folder.path().join("all.mbox"), &mbox).unwrap();
    let replay = |source: &[&str]| {
        let ran = run(&folder, &[&["replay", "--rules", "proposed", "--format", "json"], source].concat());
        assert_eq!(ran.code, 0, "{source:?}: {}", ran.stderr);
        objects(&ran).iter().map(|o| o["file"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let cur = |numbers: &[usize]| numbers.iter().map(|n| format!("in/cur/{n:02}:2,S")).collect::<Vec<_>>();
    let sorted = |mut found: Vec<String>| {
        found.sort();
        found
    };
    assert_eq!(sorted(replay(&["in"])), cur(&[3, 11, 17, 23, 29]));
    assert_eq!(sorted(replay(&["mailbox"])), cur(&[3, 11, 17, 23, 29]));
    assert_eq!(replay(&["all.mbox"]), [4, 12, 18, 24, 30].map(|n| format!("all.mbox#{n}")));
    assert_eq!(replay(&["--last", "20", "all.mbox"]), [24, 30].map(|n| format!("all.mbox#{n}")));
    assert_eq!(replay(&["in/cur/17:2,S", "in/cur/05:2,S"]), cur(&[17]));
    // What is handled lies in the folders of `[filing]`: those that are there count too.
    let config = fs::read_to_string(folder.path().join("madoguchi.toml")).unwrap();
    let config = format!("{config}[filing]\nanswered = \"done\"\nreview = \"later\"\n");
    fs::write(folder.path().join("madoguchi.toml"), config).unwrap();
    for part in ["in/.done/new", "in/.done/cur"] {
        fs::create_dir_all(folder.path().join(part)).unwrap();
    }
    fs::write(folder.path().join("in/.done/cur/99:2,S"), mail(99, "s", &generated(11).1)).unwrap();
    assert_eq!(replay(&["mailbox"]).last().unwrap(), "in/.done/cur/99:2,S");
    assert_eq!(replay(&["mailbox:done"]), ["in/.done/cur/99:2,S"]);
    assert_eq!(run(&folder, &["replay", "--rules", "proposed", "mailbox:later"]).code, 2);
    let ledger = run(&folder, &["replay", "--rules", "proposed", "ledger"]);
    assert!(ledger.code == 2 && ledger.stderr.contains("the ledger keeps no mail"), "{}", ledger.stderr);
    // Nothing was touched.
    let left = fs::read_dir(folder.path().join("in/new")).unwrap().count();
    assert_eq!((left, fs::read_dir(folder.path().join("in/cur")).unwrap().count()), (20, 20));
    assert!(!folder.path().join("ledger.db").exists() && !folder.path().join("out").exists());

    let stdout = run_over(&folder, &["replay", "--rules", "proposed", "--format", "json", "-"], mbox).stdout;
    assert_eq!(stdout.lines().count(), 5);
}

#[test]
fn what_cannot_be_read_is_told_and_the_rest_is_done() {
    let folder = folder();
    let (_, body, _) = generated(11);
    fs::write(folder.path().join("one.eml"), mail(1, "s", &body)).unwrap();
    let ran = run(&folder, &["replay", "--rules", "proposed", "gone.eml", "one.eml"]);
    assert_eq!(ran.code, 2);
    assert!(ran.stdout.contains("one.eml") && ran.stderr.contains("gone.eml: No such file"), "{ran:?}");

    fs::write(folder.path().join("proposed/seminar.toml"), SEMINAR.replace("[strong]", "[stong]")).unwrap();
    let ran = run(&folder, &["replay", "--rules", "proposed", "one.eml"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (2, ""));
    assert!(ran.stderr.contains("unknown-key") && ran.stderr.contains("proposed/seminar.toml:4:"), "{}", ran.stderr);

    let empty = tempfile::tempdir().unwrap();
    let ran = run(&empty, &["replay", "--rules", "x", "y"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (2, ""));
    assert!(ran.stderr.contains("madoguchi.toml"), "{}", ran.stderr);
}

#[test]
fn rules_that_decide_the_same_differ_in_nothing() {
    let folder = folder();
    fs::write(folder.path().join("one.eml"), mail(1, "s", &generated(11).1)).unwrap();
    for (lang, line) in
        [("en", "1 message: 1 decided the same, 0 differ"), ("ja", "1件のうち、判断が同じもの1件、変わるもの0件")]
    {
        let text = run(&folder, &["replay", "--rules", "rules", "--lang", lang, "one.eml"]);
        assert_eq!(text.code, 0);
        assert!(text.stdout.contains(line), "{}", text.stdout);
        let page = run(&folder, &["replay", "--rules", "rules", "--lang", lang, "--format", "html", "one.eml"]).stdout;
        assert!(page.contains(line) && !page.contains("<article>"));
    }
    let json = run(&folder, &["replay", "--rules", "rules", "--format", "json", "one.eml"]);
    assert_eq!((json.code, json.stdout.as_str()), (0, ""));
}
