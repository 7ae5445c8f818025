//! `madoguchi demo` as a newcomer runs it.

mod program;

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

fn demo(folder: &Path) -> Command {
    let mut command = program::command(folder);
    // The scratch folder is made where the system keeps such folders.
    command.arg("demo").env("TMPDIR", folder);
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

/// A demo that stays up, and what it prints.
struct Staying {
    process: Child,
    lines: Receiver<String>,
    scratch: PathBuf,
}

impl Staying {
    fn start(folder: &Path) -> Staying {
        let mut process = demo(folder).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let printed = BufReader::new(process.stdout.take().unwrap());
        let (tell, lines) = channel();
        std::thread::spawn(move || printed.lines().map_while(Result::ok).try_for_each(|line| tell.send(line)));
        let mut staying = Staying { process, lines, scratch: PathBuf::new() };
        let copy = staying.line_with("cp message.eml");
        let inbox = PathBuf::from(copy.split_whitespace().last().unwrap());
        staying.scratch = inbox.parent().unwrap().parent().unwrap().to_owned();
        staying.line_with("Ctrl-C");
        staying
    }

    /// The next line with these words.
    fn line_with(&self, words: &str) -> String {
        loop {
            let line = self.lines.recv_timeout(Duration::from_secs(30));
            let line = line.unwrap_or_else(|_| panic!("no line with `{words}`"));
            if line.contains(words) {
                return line;
            }
        }
    }

    fn drop_in(&self, name: &str, text: &str) {
        let message = format!(
            "From: {name}@kato-shokuhin.example\nTo: jimukyoku@teleworksupport.example\nSubject: question\n\
             Message-ID: <{name}@kato-shokuhin.example>\n\n{text}\n"
        );
        std::fs::write(self.scratch.join("inbox/new").join(name), message).unwrap();
    }
}

impl Drop for Staying {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
fn it_stays_up_answers_what_is_dropped_in_and_follows_its_rule_files() {
    let folder = tempfile::tempdir().unwrap();
    let demo = Staying::start(folder.path());
    let outbox = demo.scratch.join("outbox/new");
    let before = files(&outbox).len();
    demo.drop_in("first", "When is the next telework seminar in Miyazaki?");
    assert!(demo.line_with("first from").contains("seminar, Miyazaki"));
    assert_eq!(files(&outbox).len(), before + 2, "a reply and a forward");

    let file = demo.scratch.join("rules/seminar.toml");
    let rules = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, format!("{rules}\n[strnog]\n")).unwrap();
    demo.line_with("The rules have errors; those of before go on.");
    demo.drop_in("second", "Is there a telework seminar in Oita this month?");
    assert!(demo.line_with("second from").contains("seminar, Oita"));

    let example = "[[example]]\nname = \"gathering\"\nbody = \"Where is the zzgathering?\"\n\
        expect = { topics = [\"seminar\"] }\n";
    let changed = rules.replacen("\nen = [", "\nen = [\"zzgathering\", ", 1);
    assert_ne!(changed, rules);
    std::fs::write(&file, format!("{changed}\n{example}")).unwrap();
    demo.line_with("The rules were changed");
    demo.drop_in("third", "We are in Oita. What about the zzgathering?");
    assert!(demo.line_with("third from").contains("seminar, Oita"));
}
