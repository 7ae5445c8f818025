//! The program as a person starts it, in a scratch folder: starting it, what it
//! printed, and the files it finds there.

// Each test file uses its own part of this.
#![allow(dead_code)]

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

/// Midday of 22 November 2026, for `SOURCE_DATE_EPOCH`.
pub const MIDDAY: &str = "1795348800";

/// A mailbox, an outbox and a ledger that are files in the folder.
pub const DESK: &str = "[mailbox]\nurl = \"maildir:in\"\n[outbound]\nurl = \"maildir:out\"\n\
                        [ledger]\nurl = \"sqlite:ledger.db\"\n";

pub const SEMINAR: &str = r#"title = { ja = "セミナー", en = "Seminar" }
reply = "seminar"
forward = "association"
[strong]
ja = ["セミナー", "説明会"]
en = ["seminar"]
[[example]]
name = "dates"
body = "セミナーの日程を教えてください。"
expect = { topics = ["seminar"] }
[[example]]
name = "hello"
body = "Hello."
expect = { topics = [] }
"#;

pub const LABOR: &str = r#"title = { ja = "労務管理", en = "Labor management" }
reply = "labor-management"
forward = "association"
[strong]
ja = ["就業規則", "残業代"]
en = ["work rules"]
[[example]]
name = "rules"
body = "就業規則を変えるべきですか。"
expect = { topics = ["labor-management"] }
[[example]]
name = "hello"
body = "Hello."
expect = { topics = [] }
"#;

/// What a command printed, and how it ended.
#[derive(Debug)]
pub struct Ran {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Ran {
    fn of(output: Output) -> Ran {
        let text = |octets| String::from_utf8(octets).unwrap();
        Ran { code: output.status.code().unwrap(), stdout: text(output.stdout), stderr: text(output.stderr) }
    }

    pub fn parts(self) -> (i32, String, String) {
        (self.code, self.stdout, self.stderr)
    }

    /// The code, and all that was printed.
    pub fn said(self) -> (i32, String) {
        (self.code, self.stdout + &self.stderr)
    }
}

/// The folder of the project.
pub fn project() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The program in a folder, whatever the machine's language, time zone and log are.
pub fn command(folder: impl AsRef<Path>) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_madoguchi"));
    for name in ["LC_ALL", "LC_MESSAGES", "LANG", "MADOGUCHI_LOG"] {
        command.env_remove(name);
    }
    command.env("TZ", "Asia/Tokyo").current_dir(folder).stdin(Stdio::null());
    command
}

/// Runs the program to its end.
pub fn run(folder: impl AsRef<Path>, arguments: &[&str]) -> Ran {
    finish(command(folder).args(arguments))
}

/// Runs a command to its end.
pub fn finish(command: &mut Command) -> Ran {
    Ran::of(command.output().unwrap())
}

/// Runs the program to its end over what it reads from standard input.
pub fn run_over(folder: impl AsRef<Path>, arguments: &[&str], input: impl Into<Vec<u8>>) -> Ran {
    let mut command = assert_cmd::Command::from_std(command(folder));
    Ran::of(command.args(arguments).write_stdin(input).output().unwrap())
}

/// Copies a folder with all below it, over what is there.
pub fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &target);
        } else {
            fs::copy(&path, &target).unwrap();
        }
    }
}

/// A small sound set of files, `tests/broken/base`.
pub fn base() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    copy(&project().join("tests/broken/base"), folder.path());
    folder
}

/// The shipped rules and templates, and the smallest configuration.
pub fn shipped() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for name in ["rules", "templates"] {
        copy(&project().join(name), &folder.path().join(name));
    }
    fs::copy(project().join("tests/broken/base/madoguchi.toml"), folder.path().join("madoguchi.toml")).unwrap();
    folder
}

/// A folder of rules: the shipped lists, and files of the test's own.
pub fn rules(at: &Path, files: &[(&str, &str)]) {
    fs::create_dir_all(at).unwrap();
    for name in ["associations.toml", "contacts.toml"] {
        fs::copy(project().join("rules").join(name), at.join(name)).unwrap();
    }
    for (name, text) in files {
        fs::write(at.join(name), text).unwrap();
    }
}

/// Such rules in `rules/`, the shipped templates, and a configuration with
/// further tables.
pub fn with_rules(tables: &str, files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    rules(&folder.path().join("rules"), files);
    let config = format!(
        "[secretariat]\naddress = \"desk@secretariat.example\"\n{tables}\
         [rules]\npath = \"rules\"\n[templates]\npath = '{}'\n",
        project().join("templates").display()
    );
    fs::write(folder.path().join("madoguchi.toml"), config).unwrap();
    folder
}

/// An empty Maildir.
pub fn maildir(at: &Path) {
    for part in ["new", "cur", "tmp"] {
        fs::create_dir_all(at.join(part)).unwrap();
    }
}

/// A person's mail to the desk.
pub fn mail(number: usize, subject: &str, body: &str) -> String {
    format!(
        "Return-Path: <p{number}@inquirer.example>\r\nFrom: p{number}@inquirer.example\r\nTo: desk@secretariat.example\r\n\
         Message-ID: <{number}@inquirer.example>\r\nSubject: {subject}\r\nMIME-Version: 1.0\r\n\
         Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n{body}\r\n"
    )
}
