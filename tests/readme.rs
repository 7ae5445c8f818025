//! What the README shows must work.

use assert_cmd::cargo::CommandCargoExt;
use std::path::Path;
use std::process::Command;

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// The blocks of the README in one language.
fn blocks(language: &str) -> Vec<String> {
    let readme = include_str!("../README.md");
    let parts = readme.split("```").skip(1).step_by(2);
    parts.filter_map(|part| part.strip_prefix(&format!("{language}\n"))).map(str::to_owned).collect()
}

#[test]
fn its_configuration_is_complete_and_its_rule_is_a_rule() {
    let toml = blocks("toml");
    let [config, rule] = toml.as_slice() else { panic!("two blocks of TOML, not {}", toml.len()) };
    let folder = tempfile::tempdir().unwrap();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    copy(&root.join("rules"), &folder.path().join("rules"));
    copy(&root.join("templates"), &folder.path().join("templates"));
    std::fs::write(folder.path().join("madoguchi.toml"), config).unwrap();
    for secret in ["imap.password", "smtp.password"] {
        std::fs::write(folder.path().join(secret), "secret\n").unwrap();
    }
    let check = || {
        let mut command = Command::cargo_bin("madoguchi").unwrap();
        let output = command.arg("check").current_dir(folder.path()).output().unwrap();
        (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let (fine, said) = check();
    assert!(fine, "{said}");

    // In the place of the shipped topics, with what the excerpt leaves out: the
    // topic's keys and an example of what it is not.
    for topic in ["contact-point", "labor-management"] {
        std::fs::remove_file(folder.path().join(format!("rules/{topic}.toml"))).unwrap();
    }
    let whole = format!(
        "title = {{ ja = \"セミナー\", en = \"Seminar\" }}\nreply = \"seminar\"\nforward = \"association\"\n{rule}\n\
         [[example]]\nname = \"no seminar\"\nbody = \"今日は雨です。\"\nexpect = {{ topics = [] }}\n"
    );
    std::fs::write(folder.path().join("rules/seminar.toml"), whole).unwrap();
    let (fine, said) = check();
    assert!(fine, "{said}");
}
