//! `madoguchi demo` as a newcomer runs it.

use assert_cmd::cargo::CommandCargoExt;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

fn demo(folder: &Path) -> Command {
    let mut command = Command::cargo_bin("madoguchi").unwrap();
    // The scratch folder is made where the system keeps such folders.
    command.arg("demo").env("TMPDIR", folder).current_dir(folder);
    command
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut all: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    all.sort();
    all
}

#[test]
fn once_answers_all_and_shows_where_each_mail_lies() {
    let folder = tempfile::tempdir().unwrap();
    let output = demo(folder.path()).arg("--once").output().unwrap();
    let shown = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{}{shown}", String::from_utf8_lossy(&output.stderr));
    assert!(!shown.contains('\u{1b}'), "colours belong to terminals");

    let scratch = files(folder.path());
    let [scratch] = scratch.as_slice() else { panic!("one scratch folder: {scratch:?}") };
    for file in ["madoguchi.toml", "rules/seminar.toml", "templates/reply/seminar.ja.txt", "ledger.db"] {
        assert!(scratch.join(file).exists(), "{file}");
    }
    assert!(files(&scratch.join("inbox/new")).is_empty());
    let inquiries = files(&scratch.join("inbox/cur"));
    assert!(inquiries.len() >= 24);

    let mails = files(&scratch.join("outbox/new"));
    let named = |mail: &&PathBuf| shown.contains(&mail.file_name().unwrap().to_string_lossy().into_owned());
    assert_eq!(mails.iter().filter(named).count(), mails.len(), "each mail is named");
    let replies = mails.iter().filter(|mail| mail.file_name().unwrap().to_string_lossy().starts_with("reply."));
    let replies: Vec<String> = replies.map(|mail| std::fs::read_to_string(mail).unwrap()).collect();
    let to = |address: &str| replies.iter().filter(|r| r.contains(&format!("Delivered-To: {address}\r\n"))).count();
    assert_eq!(to("sakuma@sakuma-mokkou.example"), 1);
    assert_eq!(to("m.keller@alpenglow.example"), 1);
    for machine in ["oda@oda-gumi.example", "news@hatarakikata-lab.example", "mailer-daemon@mx.kieta.example"] {
        assert_eq!(to(machine), 0, "{machine}");
    }
    for words in ["01-work-rules", "Nagano", "labor-management", "rules/", "One reply whole", "0570-064-794"] {
        assert!(shown.contains(words), "{words}:\n{shown}");
    }
}

#[test]
fn it_stays_up_and_answers_what_is_dropped_in() {
    let folder = tempfile::tempdir().unwrap();
    let mut process = demo(folder.path()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut lines = BufReader::new(process.stdout.take().unwrap()).lines().map_while(Result::ok);
    let drop_in = lines.find(|line| line.trim_start().starts_with("cp message.eml")).unwrap();
    let inbox = PathBuf::from(drop_in.split_whitespace().last().unwrap());
    let outbox = inbox.parent().unwrap().parent().unwrap().join("outbox/new");
    let before = files(&outbox).len();

    let began = Instant::now();
    let message = "From: kato@kato-shokuhin.example\nTo: jimukyoku@teleworksupport.example\n\
        Subject: question\nMessage-ID: <drop@kato-shokuhin.example>\n\n\
        When is the next telework seminar in Miyazaki?\n";
    std::fs::write(inbox.join("mine.eml"), message).unwrap();
    while files(&outbox).len() < before + 2 && began.elapsed() < Duration::from_secs(20) {
        std::thread::sleep(Duration::from_millis(5));
    }
    let told: Vec<String> = lines.by_ref().skip_while(|line| !line.contains("mine.eml")).take(4).collect();
    process.kill().unwrap();
    process.wait().unwrap();
    assert_eq!(files(&outbox).len(), before + 2, "a reply and a forward");
    assert!(told.iter().any(|line| line.contains("seminar")), "{told:?}");
}
