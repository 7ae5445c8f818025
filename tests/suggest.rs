//! `madoguchi suggest`: keywords for mail that people had to file themselves.

mod program;

use program::{Ran, mail, maildir};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

const SEMINAR: &str = r#"title = { ja = "セミナー", en = "Seminar" }
reply = "seminar"
forward = "association"
[strong]
ja = ["セミナー"]
en = ["seminar"]
[weak]
ja = ["会場"]
[[example]]
name = "dates"
body = "セミナーの日程を教えてください。"
expect = { topics = ["seminar"] }
[[example]]
name = "a parking lot"
body = "駐車場の領収書をなくしました。"
expect = { topics = [] }
"#;

/// Mail about seminars, filed by people: the word that would find it.
const FILED: [&str; 7] = [
    "受講証明書を送ってください。",
    "先日の受講証明書がまだ届きません。会場で受け取れますか。",
    "会場はどこですか。",
    "領収書はいただけますか。",
    "領収書の宛名を変更したいです。",
    "参加費の領収書をお願いします。",
    "セミナーの日程を教えてください。",
];
/// Mail about nothing of ours.
const OTHER: [&str; 3] = ["新聞の購読の領収書です。", "駅前の駐車場はどこですか。", "こんにちは。"];

fn folder() -> TempDir {
    let folder = program::with_rules("", &[("seminar.toml", SEMINAR)]);
    maildir(&folder.path().join("filed"));
    for name in ["other", "labelled/eml"] {
        fs::create_dir_all(folder.path().join(name)).unwrap();
    }
    let mut labels = String::new();
    for (number, body) in FILED.iter().chain(&OTHER).enumerate() {
        let seminar = number < FILED.len();
        let name = if seminar { format!("filed/cur/{number}:2,S") } else { format!("other/{number}.eml") };
        fs::write(folder.path().join(name), mail(number, "", body)).unwrap();
        fs::write(folder.path().join(format!("labelled/eml/{number}.eml")), mail(number, "", body)).unwrap();
        let (action, topics) = if seminar { ("answer", "[\"seminar\"]") } else { ("review", "[]") };
        labels += &format!(
            "{{\"file\": \"{number}.eml\", \"action\": \"{action}\", \"topics\": {topics}, \"prefecture\": null, \"language\": \"ja\"}}\n"
        );
    }
    fs::write(folder.path().join("labelled/labels.jsonl"), labels).unwrap();
    folder
}

fn run(folder: &TempDir, arguments: &[&str]) -> Ran {
    program::run(folder, &[&["suggest"], arguments].concat())
}

fn objects(ran: &Ran) -> Vec<Value> {
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    ran.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn names(value: &Value) -> Vec<&str> {
    value.as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect()
}

/// All files below a folder.
fn contents(folder: &Path, found: &mut BTreeMap<PathBuf, Vec<u8>>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            contents(&path, found);
        } else {
            found.insert(path.clone(), fs::read(&path).unwrap());
        }
    }
}

#[test]
fn keywords_are_proposed_with_what_they_gain_and_do_wrong_and_nothing_is_written() {
    let folder = folder();
    let (mut before, mut after) = (BTreeMap::new(), BTreeMap::new());
    contents(folder.path(), &mut before);
    let arguments = ["--topic", "seminar", "filed", "--none", "other"];
    let found = objects(&run(&folder, &[&arguments[..], &["--format", "json"]].concat()));
    let of = |word: &str| found.iter().find(|o| o["keyword"] == word).unwrap_or_else(|| panic!("{word}: {found:?}"));

    let harmless = of("受講証明書");
    assert_eq!((&harmless["strength"], &harmless["list"]), (&"strong".into(), &"ja".into()));
    assert_eq!(names(&harmless["gains"]), ["filed/cur/0:2,S", "filed/cur/1:2,S"]);
    assert!(names(&harmless["wrong"]).is_empty());
    // Its pieces say the same of the same messages.
    assert!(names(&harmless["also"]).contains(&"受講証明"), "{harmless}");
    assert!(found.iter().all(|o| o["keyword"] != "受講" && o["keyword"] != "証明書"));

    // One stranger, and an example that is to stay without a topic.
    let harmful = of("領収書");
    assert_eq!(names(&harmful["gains"]).len(), 3);
    assert_eq!(names(&harmful["wrong"]), ["other/7.eml", "a parking lot (rules/seminar.toml:14:8)"]);
    // What gains more for the same wrong comes first; what a pattern finds already is not proposed.
    assert_eq!(found[0]["keyword"], "受講証明書");
    assert!(found.iter().all(|o| o["keyword"] != "会場" && o["keyword"] != "セミナー"), "{found:?}");

    let text = run(&folder, &arguments).stdout;
    assert!(
        text.starts_with(
            "10 messages, 6 of them not answered as filed; wrong is looked for in them and in 2 examples\n"
        ),
        "{text}"
    );
    assert!(text.contains("\nseminar: 6 of 7 are not found\n"), "{text}");
    assert!(text.contains("\n      2      0  \"受講証明書\"  [strong] ja"), "{text}");
    assert!(text.contains("\n      3      2  \"領収書\"  [strong] ja"), "{text}");
    assert!(text.contains("wrong: other/7.eml, a parking lot (rules/seminar.toml:14:8)\n"), "{text}");
    assert!(text.contains("Nothing was written."));
    let text = run(&folder, &[&arguments[..], &["--lang", "ja"]].concat()).stdout;
    assert!(text.starts_with("メール10件（うち6件は分類と回答が合わない）と、規則の例2件で調べました。\n"), "{text}");
    assert!(
        text.contains("\nseminar: 7件中6件を見つけていない\n") && text.contains("ファイルには何も書いていません"),
        "{text}"
    );
    contents(folder.path(), &mut after);
    assert!(before == after);

    // The figures are true: with the keyword the rules find those messages.
    let with = SEMINAR.replacen("\"セミナー\"]", "\"セミナー\", \"受講証明書\"]", 1);
    fs::write(folder.path().join("rules/seminar.toml"), with).unwrap();
    assert!(run(&folder, &arguments).stdout.contains("\nseminar: 4 of 7 are not found\n"));
}

#[test]
fn labelled_mail_says_the_same_as_folders() {
    let folder = folder();
    let keys = |arguments: &[&str]| {
        let found = objects(&run(&folder, &[arguments, &["--format", "json"]].concat()));
        let key = |o: &Value| (o["keyword"].clone(), names(&o["gains"]).len(), names(&o["wrong"]).len());
        found.iter().map(key).collect::<Vec<_>>()
    };
    let filed = keys(&["--topic", "seminar", "filed", "--none", "other"]);
    assert_eq!(keys(&["--labels", "labelled/labels.jsonl", "labelled"]), filed);
    // Without the others less wrong is seen, and a message of its own is enough where that is asked for.
    let alone = keys(&["--topic", "seminar", "filed", "--least", "1", "--most", "30"]);
    assert!(alone.iter().any(|(word, gains, wrong)| *word == "領収書" && (*gains, *wrong) == (3, 1)), "{alone:?}");
    assert!(alone.len() > filed.len() && alone.iter().any(|(_, gains, _)| *gains == 1));
    assert_eq!(keys(&["--topic", "seminar", "filed", "--least", "4"]), []);
}

#[test]
fn english_words_are_proposed_for_the_english_list() {
    let folder = folder();
    fs::create_dir(folder.path().join("english")).unwrap();
    for (number, body) in [
        "Could you send the attendance certificate to our Osaka office?",
        "My attendance certificates have not arrived.",
    ]
    .iter()
    .enumerate()
    {
        fs::write(folder.path().join(format!("english/{number}.eml")), mail(number, "Question", body)).unwrap();
    }
    fs::write(folder.path().join("other/no.eml"), mail(9, "Question", "Our attendance at the match was good."))
        .unwrap();
    let found = objects(&run(&folder, &["--topic", "seminar", "english", "--none", "other", "--format", "json"]));
    let first = &found[0];
    assert_eq!(
        (&first["keyword"], &first["list"], names(&first["gains"]).len()),
        (&"certificate".into(), &"en".into(), 2)
    );
    let second = found.iter().find(|o| o["keyword"] == "attendance").unwrap();
    assert_eq!(names(&second["wrong"]), ["other/no.eml"]);
}

#[test]
fn what_is_missing_is_said() {
    let folder = folder();
    for (arguments, words) in [
        (&["--topic", "seminer", "filed"][..], "there is no topic `seminer`, did you mean `seminar`?"),
        (&[], "which mail? name a folder with `--topic NAME SOURCE`"),
        (&["--topic", "seminar", "gone"], "gone: No such file"),
        (&["--labels", "gone.jsonl", "filed"], "gone.jsonl"),
    ] {
        let ran = run(&folder, arguments);
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{arguments:?}");
        assert!(ran.stderr.contains(words), "{}", ran.stderr);
    }
}
