//! What the README shows must work.

mod program;

use program::{DESK, copy, run, shipped};

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
    let folder = shipped();
    std::fs::write(folder.path().join("madoguchi.toml"), config).unwrap();
    for secret in ["imap.password", "smtp.password"] {
        std::fs::write(folder.path().join(secret), "secret\n").unwrap();
    }
    let check = || {
        let ran = run(&folder, &["check"]);
        (ran.code == 0, ran.stderr)
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

/// Words of a command line, as a shell takes them apart; `> FILE` is dropped.
fn words(line: &str) -> Vec<String> {
    let command = line.split(" #").next().unwrap().split(" >").next().unwrap();
    command.split_whitespace().map(str::to_owned).collect()
}

/// What the README shows of working on rules does what it says, on a desk whose
/// rules were changed once.
#[test]
fn the_commands_for_editing_rules_work() {
    let folder = shipped();
    let path = |name: &str| folder.path().join(name);
    program::maildir(&path("in"));
    for name in ["archive", "refiled"] {
        std::fs::create_dir_all(path(name)).unwrap();
    }
    let config = std::fs::read_to_string(path("madoguchi.toml")).unwrap() + DESK;
    std::fs::write(path("madoguchi.toml"), config).unwrap();
    let mail = "Return-Path: <p@inquirer.example>\r\nFrom: p@inquirer.example\r\nTo: desk@secretariat.example\r\n\
        Subject: test\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n銀河祭は楽しみです。\r\n";
    for name in ["message.eml", "in/new/1", "archive/1.eml", "refiled/1.eml", "refiled/2.eml"] {
        std::fs::write(path(name), mail).unwrap();
    }
    let said = |line: &str| {
        let ran = run(&folder, &words(line).iter().map(String::as_str).collect::<Vec<_>>());
        assert_eq!(ran.code, 0, "{line}: {}", ran.stderr);
        ran.stdout
    };
    said("run --once");
    copy(&path("rules"), &path("proposed"));
    let rule = std::fs::read_to_string(path("rules/seminar.toml")).unwrap();
    let changed = rule.replacen("[asked]\nja = [", "[asked]\nja = [\n  \"銀河祭\",", 1);
    assert_ne!(changed, rule);
    std::fs::write(path("proposed/seminar.toml"), &changed).unwrap();

    let readme = blocks("sh").concat();
    let lines: Vec<&str> = readme.lines().filter_map(|line| line.strip_prefix("madoguchi ")).collect();
    let shown = |start: &str| {
        let found: Vec<&str> = lines.iter().copied().filter(|line| line.starts_with(start)).collect();
        assert!(!found.is_empty(), "the README shows no `madoguchi {start}`");
        found
    };
    for line in [shown("explain message"), shown("test --coverage"), shown("rules log")].concat() {
        assert!(!said(line).is_empty(), "{line}");
    }
    for line in shown("replay --rules") {
        assert!(said(line).contains("archive/1.eml") || said(line).contains("銀河祭"), "{line}");
    }
    assert!(shown("suggest").iter().all(|line| said(line).contains("\"銀河祭\"")), "{}", said(shown("suggest")[0]));

    // Once the change is taken up.
    std::fs::write(path("rules/seminar.toml"), &changed).unwrap();
    said("run --once");
    let log = said("rules log --diff");
    assert!(log.contains("+  \"銀河祭\","), "{log}");
    let old = log.lines().rev().find(|line| !line.starts_with(' ')).unwrap().split_whitespace().nth(2).unwrap();
    let then = |line: &str| said(&line.replace("4f1c2a", &old[..6]));
    assert_eq!(then(shown("rules show")[0]), rule);
    assert!(then(shown("explain --revision")[0]).contains("review"));
    assert!(said("explain message.eml").contains("answer"));
    assert!(said(shown("replay archive")[0]).contains("newly answered: 1"));
}
