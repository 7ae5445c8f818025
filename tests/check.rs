//! `madoguchi check` and `madoguchi test` on the command line: findings for
//! people and for editors, what a code means, coverage, and labelled mail.

mod program;

use program::{Ran, run};
use serde_json::Value;
use std::fs;
use std::io::{BufRead, BufReader};
use std::process::Stdio;
use tempfile::TempDir;

const TOPIC: &str = r#"title = { ja = "セミナー", en = "Seminar" }
reply = "seminar"
forward = "none"
[strong]
ja = ["セミナー", "説明会"]
en = ["seminar", "briefing"]
[[example]]
name = "dates"
body = "セミナーの日程を教えてください。"
expect = { topics = ["seminar"] }
[[example]]
name = "hello"
body = "Hello."
expect = { topics = [] }
"#;

/// A folder with a configuration and one topic.
fn folder(topic: &str) -> TempDir {
    program::with_rules("", &[("seminar.toml", topic)])
}

fn about_topic(ran: &Ran) -> Vec<Value> {
    let all = ran.stdout.lines().map(|l| serde_json::from_str::<Value>(l).unwrap());
    all.filter(|f| f["file"].as_str().unwrap().contains("seminar.toml")).collect()
}

#[test]
fn findings_for_an_editor_have_places_counted_in_characters() {
    let broken = TOPIC.replace("\"説明会\"", "\"セミナー\", \"あ\"").replace("forward", "forwrd");
    let folder = folder(&broken);
    let ran = run(&folder, &["check", "--format", "json"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (1, ""));
    let found = about_topic(&ran);
    let keys: Vec<(&str, u64, u64, u64, u64)> = found
        .iter()
        .map(|f| {
            let n = |key: &str| f[key].as_u64().unwrap();
            (f["code"].as_str().unwrap(), n("line"), n("column"), n("end_line"), n("end_column"))
        })
        .collect();
    assert_eq!(
        keys,
        [("unknown-key", 3, 1, 3, 7), ("repeated-keyword", 5, 15, 5, 21), ("short-keyword", 5, 23, 5, 26),]
    );
    assert_eq!(found[0]["severity"], "error");
    assert_eq!(found[0]["help"], "did you mean `forward`?");
    assert_eq!(found[1]["severity"], "warning");
    assert_eq!((&found[1]["related"][0]["line"], &found[1]["related"][0]["column"]), (&5.into(), &7.into()));
}

#[test]
fn a_failing_example_is_a_finding_and_files_in_order_are_fine() {
    let failing = folder(&TOPIC.replace("expect = { topics = [] }", "expect = { topics = [\"seminar\"] }"));
    let ran = run(&failing, &["check", "--format", "json"]);
    let found = about_topic(&ran);
    let codes: Vec<&str> = found.iter().map(|f| f["code"].as_str().unwrap()).collect();
    assert_eq!((ran.code, codes), (1, vec!["missing-example"]));
    let failing = folder(&TOPIC.replace("セミナーの日程", "日程"));
    let ran = run(&failing, &["check", "--format", "json"]);
    let found = about_topic(&ran);
    assert_eq!((ran.code, &found[0]["code"], &found[0]["line"]), (1, &"example-failed".into(), &8.into()));
    assert!(found[0]["notes"][0].as_str().unwrap().starts_with("topics: expected seminar, got none"));
    let fine = folder(TOPIC);
    let ran = run(&fine, &["check"]);
    assert_eq!(ran.code, 0);
    assert!(ran.stdout.starts_with("fine: 1 topics, 47 associations, 2 examples, revision "), "{}", ran.stdout);
}

#[test]
fn a_code_is_explained_in_both_languages() {
    let folder = tempfile::tempdir().unwrap();
    let english = run(&folder, &["check", "--explain", "shadowed"]);
    assert_eq!((english.code, english.stderr.as_str()), (0, ""));
    assert!(english.stdout.starts_with("shadowed\n\nA keyword is never needed"), "{}", english.stdout);
    let japanese = run(&folder, &["check", "--explain", "shadowed", "--lang", "ja"]);
    assert!(japanese.stdout.contains("表記の違いは自動で吸収"), "{}", japanese.stdout);
    let unknown = run(&folder, &["check", "--explain", "shadwed"]);
    assert_eq!((unknown.code, unknown.stdout.as_str()), (2, ""));
    assert!(unknown.stderr.contains("did you mean `shadowed`?"), "{}", unknown.stderr);
}

#[test]
fn findings_are_told_in_the_language_of_the_reader() {
    let folder = folder(&TOPIC.replace("\"説明会\"", "\"あ\""));
    let told = |arguments: &[&str]| {
        let ran = run(&folder, arguments);
        (ran.code, ran.stdout, ran.stderr)
    };
    let (code, _, japanese) = told(&["check", "--lang", "ja"]);
    assert_eq!(code, 1);
    for words in ["エラー[short-keyword]: 語 `あ` はかな一文字です", "対処: ", "エラー 1 件"] {
        assert!(japanese.contains(words), "{words}\n{japanese}");
    }
    let (_, _, english) = told(&["check", "--lang", "en"]);
    assert!(english.contains("error[short-keyword]: the keyword `あ` is a single kana"), "{english}");
    // Also in front of the command, and for every command.
    assert_eq!(told(&["--lang", "ja", "check"]).2, japanese);
    assert!(told(&["test", "--lang", "ja"]).2.contains("エラー 1 件"));
    let (_, json, _) = told(&["check", "--lang", "ja", "--format", "json"]);
    assert!(json.contains(r#""message":"語 `あ` はかな一文字です""#), "{json}");
}

/// One labelled message in a folder of its own.
fn labels(folder: &TempDir, name: &str, body: &str, line: &str) -> [String; 2] {
    let set = folder.path().join(name);
    fs::create_dir_all(set.join("eml")).unwrap();
    let mail = format!(
        "From: a@b.example\r\nTo: desk@secretariat.example\r\nSubject: s\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{body}\r\n"
    );
    fs::write(set.join("eml/1.eml"), mail).unwrap();
    fs::write(set.join("labels.jsonl"), line).unwrap();
    [format!("{name}/labels.jsonl"), name.to_owned()]
}

const LABEL: &str = r#"{"file": "1.eml", "action": "answer", "topics": ["seminar"], "prefecture": null, "language": "en", "note": "n"}"#;

#[test]
fn coverage_lists_what_nothing_hits_and_takes_labelled_mail() {
    let folder = folder(TOPIC);
    let ran = run(&folder, &["test", "--coverage"]);
    assert_eq!(ran.code, 1);
    assert_eq!(
        ran.stdout.lines().collect::<Vec<_>>(),
        [
            "2 examples passed, 0 failed",
            "rules/seminar.toml:5:15: nothing hits `説明会`",
            "rules/seminar.toml:6:7: nothing hits `seminar`",
            "rules/seminar.toml:6:18: nothing hits `briefing`",
            "rules/seminar.toml: 1 of 4 keywords pinned",
            "no example hits 3 of 4 keywords",
        ]
    );
    let [file, set] = labels(&folder, "one", "Seminars and briefings?", LABEL);
    let [file2, set2] = labels(&folder, "two", "説明会です。", LABEL);
    let ran = run(&folder, &["test", "--coverage", "--labels", &file, &set]);
    assert_eq!(ran.code, 1);
    assert!(ran.stdout.ends_with("neither an example nor one of 1 labelled messages hits 1 of 4 keywords\n"));
    let ran = run(&folder, &["test", "--coverage", "--labels", &file, &set, "--labels", &file2, &set2]);
    assert_eq!(ran.code, 0, "{}", ran.stdout);
}

#[test]
fn mutation_finds_keywords_that_could_be_deleted_unnoticed() {
    // Two keywords in one example: either may go. One alone: it may not.
    let topic = TOPIC.replace("セミナーの日程を", "セミナーと説明会の日程を").replace(
        "[[example]]\nname = \"hello\"",
        "[[example]]\nname = \"english\"\nbody = \"Any briefing?\"\nexpect = { topics = [\"seminar\"] }\n\
         [[example]]\nname = \"not now\"\nbody = \"Not about the seminar.\"\nexpect = { topics = [] }\n\
         [[example]]\nname = \"hello\"",
    );
    let folder = folder(&topic);
    let common = "[negation]\nen_before = [\"not about\", \"no need for\"]\n[groups.unused]\nja = [\"賃金\"]\n";
    fs::write(folder.path().join("rules/common.toml"), common).unwrap();
    let ran = run(&folder, &["test", "--mutate"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert_eq!(
        ran.stdout.lines().collect::<Vec<_>>(),
        [
            "4 examples passed, 0 failed",
            "rules/common.toml:2:27: nothing needs `no need for`",
            "rules/common.toml:4:7: nothing needs `賃金`",
            "rules/seminar.toml:5:7: nothing needs `セミナー`",
            "rules/seminar.toml:5:15: nothing needs `説明会`",
            "rules/seminar.toml:6:7: nothing needs `seminar`",
            "rules/common.toml: 1 of 3 keywords pinned",
            "rules/seminar.toml: 1 of 4 keywords pinned",
            "no example would notice the loss of 5 of 7 keywords",
        ]
    );
    let [file, set] = labels(&folder, "one", "説明会です。", LABEL);
    let ran = run(&folder, &["test", "--mutate", "--labels", &file, &set]);
    assert!(ran.stdout.ends_with("labelled messages would notice the loss of 4 of 7 keywords\n"), "{}", ran.stdout);
}

#[test]
fn labelled_mail_is_counted_and_what_is_wrong_is_listed() {
    let folder = folder(TOPIC);
    let [file, set] = labels(&folder, "right", "Seminars?", LABEL);
    let [file2, set2] = labels(&folder, "wrong", "Anything else?", LABEL);
    let ran = run(&folder, &["test", "--labels", &file, &set, "--labels", &file2, &set2]);
    assert_eq!(ran.code, 0);
    let lines: Vec<&str> = ran.stdout.lines().collect();
    let at = |text: &str| lines.iter().position(|l| *l == text).unwrap_or_else(|| panic!("{text}\n{}", ran.stdout));
    assert_eq!(at("== right/labels.jsonl: 1 messages"), 0);
    assert!(at("wrong messages (1):") > at("== wrong/labels.jsonl: 1 messages"));
    at("  1.eml: action review, should be answer (no-topic)");
    assert!(at("== all 2 sets: 2 messages") > at("wrong messages (1):"));
    assert_eq!(lines.iter().filter(|l| l.starts_with("answer recall")).count(), 3);
    assert!(lines.contains(
        &"answer recall                 0.500   (answered with exactly the right topics / to be answered 2)"
    ));
    assert!(lines.contains(&"  should be seminar        1        0       1"), "{}", ran.stdout);
    let ran = run(&folder, &["test", "--labels", "nothing.jsonl", "right"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (2, ""));
}

/// A mail in rules/tests, with what it must lead to.
fn mail_test(folder: &TempDir, name: &str, body: &str, expectation: Option<&str>) {
    let tests = folder.path().join("rules/tests");
    fs::create_dir_all(&tests).unwrap();
    let mail = format!(
        "From: hana@inquirer.example\r\nTo: desk@secretariat.example\r\nSubject: q\r\n\
         Content-Type: text/plain; charset=utf-8\r\n\r\n{body}\r\n"
    );
    fs::write(tests.join(format!("{name}.eml")), mail).unwrap();
    if let Some(text) = expectation {
        fs::write(tests.join(format!("{name}.toml")), text).unwrap();
    }
}

#[test]
fn mails_beside_the_rules_are_run_with_the_examples() {
    let folder = folder(TOPIC);
    mail_test(
        &folder,
        "dates",
        "説明会はいつですか。\n東京都港区 山田",
        Some("topics = [\"seminar\"]\nprefecture = \"13\"\n"),
    );
    let ran = run(&folder, &["test"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (0, "3 examples passed, 0 failed\n"), "{}", ran.stderr);
    // They are no rules: the check and the revision do not see them.
    assert_eq!(run(&folder, &["check"]).code, 0);
    // They pin keywords as examples do.
    let ran = run(&folder, &["test", "--coverage"]);
    assert!(!ran.stdout.contains("nothing hits `説明会`") && ran.stdout.contains("nothing hits `briefing`"));

    mail_test(&folder, "wrong", "Any briefing?", Some("topics = []\nreply = \"none\"\n"));
    mail_test(&folder, "slip", "Any briefing?", Some("topic = [\"seminars\"]\n"));
    mail_test(&folder, "topic", "Any briefing?", Some("topics = [\"seminars\"]\n"));
    mail_test(&folder, "alone", "Any briefing in Osaka?", None);
    fs::write(folder.path().join("rules/tests/lonely.toml"), "topics = []\n").unwrap();
    let ran = run(&folder, &["test"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (1, "3 examples passed, 1 failed\n"));
    for words in [
        "error[example-failed]: the example `rules/tests/wrong.eml` fails",
        "topics: expected none, got seminar",
        "`briefing` is strong for seminar (rules/seminar.toml:6:18)",
        "unknown key `topic` in the file",
        "there is no topic `seminars`",
        "did you mean `seminar`?",
        "error[missing-expectation]: nothing says what `rules/tests/alone.eml` must lead to",
        "write `rules/tests/alone.toml`; as it comes out now: `topics = [\"seminar\"]` and `prefecture = \"27\"`",
        "error[missing-mail]: there is no mail for `rules/tests/lonely.toml`",
    ] {
        assert!(ran.stderr.contains(words), "{words}\n{}", ran.stderr);
    }
}

#[test]
fn watching_runs_again_on_save_also_where_an_editor_replaces_the_file() {
    let folder = folder(TOPIC);
    let mut command = program::command(&folder);
    command.args(["test", "--watch", "--lang", "en"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut next = || lines.next().unwrap().unwrap();
    assert_eq!(next(), "2 examples passed, 0 failed");
    let rules = folder.path().join("rules");
    fs::write(rules.join("seminar.toml"), TOPIC.replace("[\"セミナー\", ", "[")).unwrap();
    let begin = std::time::Instant::now();
    assert_eq!(next(), "1 examples passed, 1 failed");
    println!("told {} ms after the save", begin.elapsed().as_millis());
    // Written beside and moved over it, as many editors save.
    fs::write(rules.join("seminar.toml.tmp"), TOPIC).unwrap();
    fs::rename(rules.join("seminar.toml.tmp"), rules.join("seminar.toml")).unwrap();
    assert_eq!(next(), "2 examples passed, 0 failed");
    child.kill().unwrap();
    child.wait().unwrap();
}
