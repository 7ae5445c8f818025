//! Files as editors, copying and accidents leave them: what `check` says, and
//! that a running daemon goes on with what it has.

mod program;

use std::fs;
use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

/// The sound set of `tests/broken/base` in a folder of its own.
struct Set {
    folder: tempfile::TempDir,
}

impl Set {
    fn new() -> Set {
        Set { folder: program::base() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn topic(&self) -> String {
        fs::read_to_string(self.path("rules/training.toml")).unwrap()
    }

    fn run(&self, arguments: &[&str]) -> (i32, String) {
        program::run(&self.folder, arguments).said()
    }

    fn check(&self) -> (i32, String) {
        self.run(&["check", "--lang", "en"])
    }

    #[track_caller]
    fn is_told(&self, words: &[&str]) {
        let (code, said) = self.check();
        assert_eq!(code, 1, "{said}");
        for words in words {
            assert!(said.contains(words), "{words}\n{said}");
        }
        assert!(!said.contains("panicked"), "{said}");
    }
}

#[test]
fn line_ends_of_windows_are_fine() {
    let set = Set::new();
    for name in ["rules/training.toml", "rules/associations.toml", "templates/reply/training.ja.txt"] {
        let text = fs::read_to_string(set.path(name)).unwrap().replace('\n', "\r\n");
        fs::write(set.path(name), text).unwrap();
    }
    assert_eq!(set.check().0, 0, "{}", set.check().1);
    // A finding behind them is at its place all the same.
    let broken = set.topic().replace("\"研修\"]", "\"研修\", \"の\"]");
    fs::write(set.path("rules/training.toml"), broken).unwrap();
    set.is_told(&["rules/training.toml:6:13", "`の` is a single kana"]);
}

#[test]
fn control_characters_and_nul_are_told_and_do_not_reach_the_terminal() {
    let set = Set::new();
    fs::write(set.path("rules/training.toml"), set.topic().replace("研修", "研\u{0}修\u{1b}[31m")).unwrap();
    set.is_told(&["this is not TOML", "rules/training.toml:1:20"]);
    assert!(!set.check().1.contains("\u{1b}[31m"));
}

#[test]
fn fifty_thousand_keywords_are_many_and_no_harm() {
    let set = Set::new();
    let words: Vec<String> = (0..50_000).map(|n| format!("\"合言葉{n:05}番\"")).collect();
    let topic = set.topic().replace("[\"研修\"]", &format!("[\"研修\", {}]", words.join(", ")));
    fs::write(set.path("rules/training.toml"), &topic).unwrap();
    let (code, said) = set.check();
    assert_eq!(code, 0, "{said}");
    // Each of them broken: all are told, and the excerpts stay readable.
    let broken = topic.replace("番\"", "番\", \"あ\"");
    fs::write(set.path("rules/training.toml"), broken).unwrap();
    let (code, said) = set.run(&["check", "--format", "json"]);
    assert_eq!((code, said.lines().filter(|l| l.contains("short-keyword")).count()), (1, 50_000));
}

#[test]
fn an_expression_of_ten_thousand_characters_is_refused() {
    let set = Set::new();
    let long = format!("[{{ re = '{}' }}, \"研修\"]", "研修|".repeat(3_333) + "研");
    fs::write(set.path("rules/training.toml"), set.topic().replace("[\"研修\"]", &long)).unwrap();
    set.is_told(&["bad-pattern", "longer than 1000 bytes", "split it into several patterns"]);
}

#[test]
fn a_thousand_open_brackets_do_not_break_the_parser() {
    let set = Set::new();
    fs::write(set.path("rules/training.toml"), format!("strong = {}", "[".repeat(1_000))).unwrap();
    set.is_told(&["rules/training.toml:1:", "this is not TOML"]);
    let nested = format!("[{{ re = '{}研修{}' }}]", "(".repeat(400), ")".repeat(400));
    let set = Set::new();
    fs::write(set.path("rules/training.toml"), set.topic().replace("[\"研修\"]", &nested)).unwrap();
    set.is_told(&["bad-pattern"]);
}

#[test]
fn a_file_of_twenty_megabytes_is_not_read() {
    let set = Set::new();
    fs::write(set.path("rules/training.toml"), "# a line of some length\n".repeat(900_000)).unwrap();
    set.is_told(&["unreadable", "larger than 16 MiB"]);
}

#[test]
fn a_folder_in_the_place_of_a_file_is_told() {
    let set = Set::new();
    fs::create_dir(set.path("rules/workshop.toml")).unwrap();
    let (code, said) = set.check();
    assert_eq!(code, 0);
    assert!(said.contains("`rules/workshop.toml` is not read"), "{said}");
}

#[cfg(unix)]
#[test]
fn links_are_followed_and_those_to_nothing_or_themselves_are_told() {
    use std::os::unix::fs::symlink;
    let set = Set::new();
    fs::rename(set.path("rules"), set.path("elsewhere")).unwrap();
    symlink("elsewhere", set.path("rules")).unwrap();
    assert_eq!(set.check().0, 0);
    symlink("gone.toml", set.path("rules/workshop.toml")).unwrap();
    symlink("circle.toml", set.path("rules/circle.toml")).unwrap();
    set.is_told(&["`rules/workshop.toml` cannot be read", "the link points to nothing", "`rules/circle.toml` cannot"]);
}

/// A child that may not read what root may.
#[cfg(unix)]
#[test]
fn a_file_without_permission_is_told() {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    use std::os::unix::process::CommandExt;
    let set = Set::new();
    let file = set.path("rules/training.toml");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o000)).unwrap();
    fs::set_permissions(set.folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let program = set.path("madoguchi");
    fs::copy(env!("CARGO_BIN_EXE_madoguchi"), &program).unwrap();
    let mut command = std::process::Command::new(program);
    if fs::metadata(&file).unwrap().uid() == 0 {
        command.uid(65_534).gid(65_534);
    }
    let output = command.args(["check", "--lang", "ja"]).current_dir(set.folder.path()).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    for words in ["エラー[unreadable]", "`rules/training.toml` を読めません: 読む権限がありません", "対処: madoguchi"]
    {
        assert!(said.contains(words), "{words}\n{said}");
    }
}

/// A daemon over two Maildirs, stopped when dropped.
struct Daemon(Child);

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[track_caller]
fn wait_for(what: &str, so: impl Fn() -> bool) {
    let begin = Instant::now();
    while !so() {
        assert!(begin.elapsed() < Duration::from_secs(30), "waited for {what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn a_running_daemon_goes_on_with_what_it_has_whatever_is_put_there() {
    let set = Set::new();
    program::maildir(&set.path("in"));
    fs::create_dir(set.path("out")).unwrap();
    let desk = program::DESK.replace("[outbound]", "poll = \"1s\"\n[outbound]");
    let config = fs::read_to_string(set.path("madoguchi.toml")).unwrap() + &desk;
    fs::write(set.path("madoguchi.toml"), config).unwrap();
    let mut command = program::command(&set.folder);
    command.arg("run").stderr(Stdio::null()).stdout(Stdio::null());
    let _daemon = Daemon(command.spawn().unwrap());
    let status = || set.run(&["status", "--lang", "en"]).1;
    wait_for("the daemon", || status().contains("rules "));
    let sent = || fs::read_dir(set.path("out/new")).map_or(0, Iterator::count);

    let sound = set.topic();
    let shift_jis = encoding_rs::SHIFT_JIS.encode(&sound).0.into_owned();
    let half = &sound.as_bytes()[..sound.len() / 2];
    let with_mark = [b"\xEF\xBB\xBF", sound.as_bytes()].concat();
    let long = sound.replace("[\"研修\"]", &format!("[{{ re = '{}' }}]", "研修|".repeat(3_333)));
    let missing = sound.replace("[\"研修\"]", "[\"@nothing\"]");
    let failing = sound.replace("\"研修\"", "\"講座\"");
    let faults: [(&str, &[u8]); 7] = [
        ("is empty", b""),
        ("UTF-8", &shift_jis),
        ("this is not TOML", half),
        ("byte order mark", &with_mark),
        ("longer than 1000 bytes", long.as_bytes()),
        ("there is no group `nothing`", missing.as_bytes()),
        ("the example `positive` fails", failing.as_bytes()),
    ];
    for (number, (fault, bytes)) in faults.into_iter().enumerate() {
        fs::write(set.path("rules/training.toml"), bytes).unwrap();
        wait_for(fault, || status().contains(fault));
        let mail = format!(
            "From: person{number}@inquirer.example\r\nTo: desk@secretariat.example\r\nSubject: Training\r\n\
             Message-ID: <{number}@inquirer.example>\r\n\r\nWhen is the next training?\r\n"
        );
        fs::write(set.path(&format!("in/tmp/{number}")), mail).unwrap();
        fs::rename(set.path(&format!("in/tmp/{number}")), set.path(&format!("in/new/{number}"))).unwrap();
        wait_for("the answer by the rules of before", || sent() == number + 1);
        fs::write(set.path("rules/training.toml"), &sound).unwrap();
        wait_for("the files to be well", || !status().contains(fault));
    }
    let (_, said) = set.run(&["status", "--lang", "en"]);
    assert!(said.contains("7"), "{said}");
}
