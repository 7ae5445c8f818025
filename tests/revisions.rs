//! Rules that were changed: `rules log`, `rules show`, `explain --revision`, and
//! `replay` against what runs.

mod program;

use program::{DESK, SEMINAR, maildir, run};
use serde_json::Value;
use std::fs;
use tempfile::TempDir;

fn folder() -> TempDir {
    let folder = program::with_rules(DESK, &[("seminar.toml", SEMINAR)]);
    maildir(&folder.path().join("in"));
    folder
}

fn mail(number: usize) -> String {
    program::mail(number, "s", "説明会はいつですか。")
}

fn fine(folder: &TempDir, arguments: &[&str]) -> String {
    let ran = run(folder, arguments);
    assert_eq!(ran.code, 0, "{arguments:?}: {}{}", ran.stdout, ran.stderr);
    ran.stdout
}

/// Times and revisions, which change from run to run, as words.
fn masked(text: &str, revisions: &[&str]) -> String {
    let time = regex::Regex::new(r"\d{4}-\d\d-\d\d \d\d:\d\d").unwrap();
    let mut text = time.replace_all(text, "TIME").into_owned();
    for (n, revision) in revisions.iter().enumerate() {
        text = text.replace(revision, &format!("REVISION{}", n + 1));
    }
    text
}

#[test]
fn last_weeks_mail_is_explained_by_last_weeks_rules() {
    let folder = folder();
    let arrive = |number| fs::write(folder.path().join(format!("in/new/{number}")), mail(number)).unwrap();
    assert_eq!(run(&folder, &["rules", "log"]).code, 2);
    arrive(1);
    arrive(2);
    fine(&folder, &["run", "--once"]);
    // The word goes, a file comes.
    let changed =
        SEMINAR.replace(", \"説明会\"", "").replace("en = [\"seminar\"]", "en = [\"seminar\"]\nother = [\"研讨会\"]");
    fs::write(folder.path().join("rules/seminar.toml"), changed).unwrap();
    fs::write(folder.path().join("rules/calendar.toml"), "open = [\"mon\"]\n").unwrap();
    arrive(3);
    fine(&folder, &["run", "--once"]);
    fine(&folder, &["run", "--once"]);

    let lines: Vec<Value> = fine(&folder, &["rules", "log", "--format", "json"])
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let [new, old] = lines.as_slice() else { panic!("{lines:?}") };
    let (new_revision, old_revision) = (new["revision"].as_str().unwrap(), old["revision"].as_str().unwrap());
    assert_eq!((&new["decided"], &old["decided"]), (&1.into(), &2.into()));
    assert_eq!((&new["until"], &old["until"], &old["files"]), (&Value::Null, &new["since"], &Value::Null));
    let expected = serde_json::json!([
        { "name": "rules/calendar.toml", "change": "added", "added": 1, "removed": 0 },
        { "name": "rules/seminar.toml", "change": "changed", "added": 2, "removed": 1 },
    ]);
    assert_eq!(new["files"], expected);
    let text = masked(&fine(&folder, &["rules", "log", "--diff"]), &[new_revision, old_revision]);
    assert_eq!(
        text,
        "TIME  REVISION1  1 message decided, newest\n\
         \x20   rules/calendar.toml new  +1 -0\n\
         \x20       @@ -0,0 +1 @@\n\
         \x20       +open = [\"mon\"]\n\
         \x20   rules/seminar.toml  +2 -1\n\
         \x20       @@ -3,6 +3,7 @@\n\
         \x20        forward = \"association\"\n\
         \x20        [strong]\n\
         \x20       -ja = [\"セミナー\", \"説明会\"]\n\
         \x20       +ja = [\"セミナー\"]\n\
         \x20        en = [\"seminar\"]\n\
         \x20       +other = [\"研讨会\"]\n\
         \x20        [[example]]\n\
         \x20        name = \"dates\"\n\
         TIME  REVISION2  2 messages decided\n\
         \x20   the first on record\n"
    );
    let text = masked(&fine(&folder, &["rules", "log", "--last", "1", "--lang", "ja"]), &[new_revision]);
    assert_eq!(
        text,
        "TIME  REVISION1  1件を判断（最新）\n    rules/calendar.toml 新規  +1 -0\n    rules/seminar.toml  +2 -1\n"
    );

    // The files as they were.
    assert_eq!(fine(&folder, &["rules", "show", old_revision, "rules/seminar.toml"]), SEMINAR);
    let names = fine(&folder, &["rules", "show", &old_revision[..6]]);
    assert!(
        names.starts_with("rules/associations.toml\nrules/contacts.toml\nrules/seminar.toml\ntemplates/"),
        "{names}"
    );
    assert!(names.lines().all(|name| name != "rules/calendar.toml"));
    let slip = run(&folder, &["rules", "show", old_revision, "rules/seminer.toml"]);
    assert!(slip.code == 2 && slip.stderr.contains("did you mean `rules/seminar.toml`?"), "{}", slip.stderr);

    // A decision by the rules of then, and by those of now.
    fs::write(folder.path().join("m.eml"), mail(9)).unwrap();
    let explain = |extra: &[&str]| {
        let text = fine(&folder, &[&["explain", "--format", "json", "m.eml"], extra].concat());
        let line: Value = serde_json::from_str(&text).unwrap();
        (line["action"].clone(), line["revision"].clone(), line["evidence"][0]["file"].clone())
    };
    assert_eq!(
        explain(&["--revision", &old_revision[..4]]),
        ("answer".into(), old_revision.into(), "rules/seminar.toml:5:15".into())
    );
    let today = explain(&[]);
    assert_eq!(today, ("review".into(), new_revision.into(), Value::Null));
    assert_eq!(explain(&["--revision", new_revision]), today);
    for (given, word) in [("ffff00000000", "holds no revision"), ("ab", "too short")] {
        let ran = run(&folder, &["explain", "--revision", given, "m.eml"]);
        assert!(ran.code == 2 && ran.stdout.is_empty() && ran.stderr.contains(word), "{}", ran.stderr);
    }

    // What did the last change do? The files are what ran last.
    let replay = |extra: &[&str]| {
        let text = fine(&folder, &[&["replay", "--format", "json", "m.eml"], extra].concat());
        let sides = |line: &str| {
            let line: Value = serde_json::from_str(line).unwrap();
            [&line["before"]["revision"], &line["after"]["revision"]].map(|r| r.as_str().unwrap().to_owned())
        };
        text.lines().map(sides).collect::<Vec<_>>()
    };
    let revisions = [[old_revision.to_owned(), new_revision.to_owned()]];
    assert_eq!(replay(&[]), revisions);
    assert_eq!(replay(&["--revision", old_revision]), revisions);
    assert!(replay(&["--revision", new_revision]).is_empty());
    // A change that nothing has taken up yet is compared with what runs.
    fs::write(folder.path().join("rules/seminar.toml"), SEMINAR).unwrap();
    assert_eq!(replay(&[]), [[new_revision.to_owned(), replay(&[])[0][1].clone()]]);
    assert!(replay(&["--revision", old_revision]).is_empty());
}

#[test]
fn without_a_ledger_or_a_revision_in_it_what_to_do_is_said() {
    let folder = folder();
    fs::write(folder.path().join("m.eml"), mail(9)).unwrap();
    for arguments in [&["replay", "m.eml"][..], &["explain", "--revision", "abcd", "m.eml"], &["rules", "log"]] {
        let ran = run(&folder, arguments);
        assert!(ran.code == 2 && ran.stderr.contains("there is no ledger"), "{arguments:?}: {}", ran.stderr);
    }
    fine(&folder, &["run", "--once", "--dry-run"]);
    assert!(!folder.path().join("ledger.db").exists());
}
