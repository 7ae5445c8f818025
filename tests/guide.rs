//! What the guides show must work: every file in them is written, and every
//! command is run, in their order, in a folder of its own.
//!
//! A fenced block with a path (```` ```toml rules/x.toml ````) is a file. In a
//! ```` ```console ```` block a line with `$` is a command, and the lines below
//! it must be in what it says (`…` stands for what is left out). It has to succeed unless it shows an error.

mod program;

use program::{MIDDAY, copy, project};
use std::fs;

/// Words of a command line; `"…"` holds spaces.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut quoted, mut word) = (Vec::new(), false, String::new());
    for c in line.chars() {
        match c {
            '"' => quoted = !quoted,
            ' ' if !quoted => words.extend(Some(std::mem::take(&mut word)).filter(|w| !w.is_empty())),
            c => word.push(c),
        }
    }
    words.extend(Some(word).filter(|w| !w.is_empty()));
    words
}

/// How many files and commands a guide holds.
fn run_through(guide: &str) -> (usize, usize) {
    let folder = program::base();
    let text = fs::read_to_string(project().join("docs").join(guide)).unwrap();
    let (mut files, mut commands) = (0, 0);
    for block in text.split("\n```").skip(1).step_by(2) {
        let (head, body) = block.split_once('\n').unwrap();
        let body = format!("{body}\n");
        match head.split_once(' ') {
            Some((_, path)) => {
                files += 1;
                let path = folder.path().join(path);
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(path, body).unwrap();
            }
            None => {
                assert_eq!(head, "console", "a block is a file or commands");
                let mut steps: Vec<(&str, Vec<&str>)> = Vec::new();
                for line in body.lines().filter(|l| !l.trim().is_empty()) {
                    match line.strip_prefix("$ ") {
                        Some(command) => steps.push((command, Vec::new())),
                        None => steps.last_mut().expect("a command first").1.push(line),
                    }
                }
                for (command, shown) in steps {
                    commands += 1;
                    let words = words(command);
                    if let ["cp", "-r", from, to] = *words.iter().map(String::as_str).collect::<Vec<_>>() {
                        copy(&folder.path().join(from), &folder.path().join(to));
                        continue;
                    }
                    assert_eq!(words[0], "madoguchi", "{command}");
                    let mut run = program::command(&folder);
                    let ran = program::finish(run.args(&words[1..]).env("SOURCE_DATE_EPOCH", MIDDAY));
                    let (code, said) = ran.said();
                    let fails = shown.iter().any(|l| l.starts_with("error[") || l.starts_with("エラー["));
                    assert_eq!(code, i32::from(fails), "{guide}: {command}\n{said}");
                    let mut rest = said.as_str();
                    // `…` stands for what differs or is left out.
                    for piece in shown.iter().flat_map(|l| l.split('…')).map(str::trim).filter(|p| !p.is_empty()) {
                        let at = rest.find(piece).unwrap_or_else(|| panic!("{guide}: {command}: `{piece}`\n{said}"));
                        rest = &rest[at + piece.len()..];
                    }
                }
            }
        }
    }
    (files, commands)
}

#[test]
fn everything_in_the_japanese_guide_works() {
    let (files, commands) = run_through("guide.ja.md");
    assert!(files >= 10 && commands >= 12, "{files} files, {commands} commands");
}

#[test]
fn everything_in_the_english_guide_works() {
    let (files, commands) = run_through("guide.en.md");
    assert!(files >= 10 && commands >= 12, "{files} files, {commands} commands");
}

#[test]
fn both_guides_show_the_same() {
    let shape = |guide: &str| -> Vec<String> {
        let text = fs::read_to_string(project().join("docs").join(guide)).unwrap();
        let blocks =
            text.split("\n```").skip(1).step_by(2).map(|b| b.split('\n').next().unwrap().replace(".en.", ".ja."));
        blocks.collect()
    };
    assert_eq!(shape("guide.ja.md"), shape("guide.en.md"));
}

#[test]
fn each_command_of_the_program_that_admins_need_is_in_both() {
    let commands = [
        "check",
        "test",
        "explain",
        "new topic",
        "associations export",
        "associations import",
        "schema",
        "replay",
        "suggest",
        "rules log",
    ];
    for guide in ["guide.ja.md", "guide.en.md"] {
        let text = fs::read_to_string(project().join("docs").join(guide)).unwrap();
        for command in commands {
            assert!(text.contains(command), "{guide}: {command}");
        }
    }
}
