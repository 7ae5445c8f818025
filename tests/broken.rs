//! Broken rulesets and what `check` says about them, word by word, in both
//! languages and as JSON.
//!
//! A folder under `tests/broken/` holds the files that differ from the sound
//! set in `base/`, the names of those that are missing (`remove.txt`), and
//! under `said/` what is expected. After a wanted change of the wording:
//! `UPDATE_SAID=1 cargo test --test broken`, and read the difference.

mod program;

use program::{MIDDAY, copy, project};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

fn root() -> PathBuf {
    project().join("tests/broken")
}

/// What one run says, and how long it took.
fn check(folder: &Path, arguments: &[&str]) -> (i32, String, Duration) {
    let begin = Instant::now();
    let ran = program::finish(program::command(folder).arg("check").args(arguments).env("SOURCE_DATE_EPOCH", MIDDAY));
    let took = begin.elapsed();
    let (code, said) = ran.said();
    (code, said, took)
}

/// The sound set with one broken one laid over it.
fn lay_out(name: &str) -> tempfile::TempDir {
    let folder = program::base();
    copy(&root().join(name), folder.path());
    // What is no file of the set.
    let _ = fs::remove_dir_all(folder.path().join("said"));
    let _ = fs::remove_file(folder.path().join("remove.txt"));
    for gone in fs::read_to_string(root().join(name).join("remove.txt")).unwrap_or_default().lines() {
        fs::remove_file(folder.path().join(gone)).unwrap();
    }
    folder
}

#[test]
fn each_broken_ruleset_is_told_word_by_word_in_both_languages() {
    let update = std::env::var_os("UPDATE_SAID").is_some();
    let mut names: Vec<String> = fs::read_dir(root())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name != "base")
        .collect();
    names.sort();
    assert!(names.len() >= 10);
    let mut differs = Vec::new();
    for name in &names {
        let folder = lay_out(name);
        for (file, arguments) in [
            ("en.txt", &["--lang", "en"][..]),
            ("ja.txt", &["--lang", "ja"]),
            ("en.jsonl", &["--lang", "en", "--format", "json"]),
        ] {
            let (code, said, took) = check(folder.path(), arguments);
            println!("{name} {file}: {} ms", took.as_millis());
            let errors = said.contains("error[") || said.contains("エラー[") || said.contains("\"severity\":\"error\"");
            assert_eq!(code, i32::from(errors), "{name}: {said}");
            let expected = root().join(name).join("said").join(file);
            if update {
                fs::create_dir_all(expected.parent().unwrap()).unwrap();
                fs::write(&expected, &said).unwrap();
            } else if fs::read_to_string(&expected).unwrap_or_default() != said {
                differs.push(format!("== {name}/said/{file}\n{said}"));
            }
        }
    }
    assert!(differs.is_empty(), "{}", differs.join("\n"));
}

#[test]
fn the_base_is_sound() {
    let folder = lay_out("base");
    for lang in ["ja", "en"] {
        let (code, said, _) = check(folder.path(), &["--lang", lang]);
        assert_eq!((code, said.lines().count()), (0, 1), "{said}");
    }
}

#[test]
fn what_is_wrong_has_a_cure_wherever_there_is_one_place_to_mend() {
    let mut without = Vec::new();
    for entry in fs::read_dir(root()).unwrap() {
        let said = entry.unwrap().path().join("said/en.jsonl");
        for line in fs::read_to_string(said).unwrap_or_default().lines() {
            let finding: serde_json::Value = serde_json::from_str(line).unwrap();
            // The parser's message says what was expected.
            if finding["help"].is_null()
                && !["syntax", "template-render", "bad-pattern"].contains(&finding["code"].as_str().unwrap())
            {
                without.push(format!("{}: {}", finding["code"], finding["message"]));
            }
        }
    }
    assert!(without.is_empty(), "{without:#?}");
}
