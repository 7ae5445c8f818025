//! `madoguchi new topic NAME` on the command line.

mod program;

use program::shipped;
use std::fs;
use tempfile::TempDir;

fn run(folder: &TempDir, arguments: &[&str]) -> (i32, String, String) {
    program::run(folder, &[&["--lang", "en"], arguments].concat()).parts()
}

#[test]
fn a_new_topic_passes_as_it_is_and_is_never_written_over() {
    let folder = shipped();
    let (_, before, _) = run(&folder, &["check"]);
    let (code, said, errors) = run(&folder, &["new", "topic", "parking", "--ja", "駐輪場", "--en", "bicycle parking"]);
    assert_eq!(code, 0, "{errors}");
    for file in ["rules/parking.toml", "templates/reply/parking.ja.txt", "templates/reply/parking.en.txt"] {
        assert!(said.contains(&format!("wrote `{file}`")) && folder.path().join(file).exists(), "{said}");
    }
    let (code, after, found) = run(&folder, &["check"]);
    assert_eq!(code, 0, "{found}");
    assert!(before.contains("3 topics") && after.contains("4 topics"), "{after}");
    assert!(!found.contains("parking"), "{found}");

    fs::write(folder.path().join("rules/parking.toml"), "mine").unwrap();
    let (code, _, errors) = run(&folder, &["new", "topic", "parking"]);
    assert!(code == 2 && errors.contains("`templates/reply/parking.ja.txt` is there already"), "{errors}");
    assert_eq!(fs::read_to_string(folder.path().join("rules/parking.toml")).unwrap(), "mine");
}

#[test]
fn a_name_alone_is_enough() {
    let folder = shipped();
    let (code, _, errors) = run(&folder, &["new", "topic", "garden-party"]);
    assert_eq!(code, 0, "{errors}");
    let (code, _, found) = run(&folder, &["check"]);
    assert!(code == 0 && !found.contains("garden-party"), "{found}");
}

#[test]
fn what_would_not_pass_is_told_and_nothing_is_written() {
    let folder = shipped();
    for (name, why) in [
        ("Parking", "not a topic's name"),
        ("../evil", "not a topic's name"),
        ("駐輪場", "not a topic's name"),
        ("contacts", "has another meaning"),
        ("combined", "has another meaning"),
    ] {
        let (code, said, errors) = run(&folder, &["new", "topic", name]);
        assert!((code, said.as_str()) == (2, "") && errors.contains(why), "{name}: {errors}");
    }
    // Its first keyword belongs to a topic that is there.
    let (code, _, errors) = run(&folder, &["new", "topic", "courses", "--ja", "セミナーの日程", "--en", "quux"]);
    assert!(code == 1 && errors.contains("the example `courses ja` fails"), "{errors}");
    assert!(errors.contains("nothing was written"), "{errors}");
    assert!(!folder.path().join("rules/courses.toml").exists());
    assert!(!folder.path().join("templates/reply/courses.ja.txt").exists());
}
