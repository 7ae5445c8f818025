//! The binary as an operator meets it: `run`, `status` and `queue list` over a
//! Maildir and a relay that is a Maildir.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod program;
mod servers;

use mail_parser::{MessageParser, MimeHeaders};
use program::{Ran, finish, maildir};
use servers::fake;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, Stdio};
use std::time::{Duration, Instant};

/// A folder with configuration, mailbox and relay.
struct Desk {
    folder: tempfile::TempDir,
}

const CONFIG: &str = r#"
[secretariat]
address = "desk@secretariat.example"
[mailbox]
url = "maildir:in"
[outbound]
url = "maildir:out"
[ledger]
url = "sqlite:ledger.db"
"#;

impl Desk {
    fn new() -> Desk {
        let desk = Desk { folder: tempfile::tempdir().unwrap() };
        maildir(&desk.path("in"));
        desk.configure(CONFIG);
        desk
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes the configuration; rules and templates are the shipped ones.
    fn configure(&self, tables: &str) {
        let shipped = Path::new(env!("CARGO_MANIFEST_DIR"));
        let text = format!(
            "{tables}\n[rules]\npath = {:?}\n[templates]\npath = {:?}\n",
            shipped.join("rules"),
            shipped.join("templates")
        );
        std::fs::write(self.path("madoguchi.toml"), text).unwrap();
    }

    fn arrive(&self, name: &str, raw: &[u8]) {
        std::fs::write(self.path("in/tmp").join(name), raw).unwrap();
        std::fs::rename(self.path("in/tmp").join(name), self.path("in/new").join(name)).unwrap();
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = program::command(&self.folder);
        command.args(args);
        command
    }

    fn run(&self, args: &[&str]) -> Ran {
        finish(&mut self.command(args))
    }

    /// A daemon that stays, and has the ledger.
    fn start(&self) -> Daemon {
        self.start_by("exec \"$0\" run")
    }

    /// The same by way of a shell, where the program is `$0`.
    fn start_by(&self, script: &str) -> Daemon {
        let mut command = Command::new("sh");
        command.args(["-c", script]).arg(assert_cmd::cargo::cargo_bin!("madoguchi"));
        command.current_dir(self.folder.path()).env_remove("MADOGUCHI_LOG").env("TZ", "Asia/Tokyo");
        let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        while !line.contains("started") {
            line.clear();
            assert!(lines.read_line(&mut line).unwrap() > 0, "the daemon ended");
        }
        Daemon { child, lines }
    }

    /// All that was sent, by file name.
    fn sent(&self) -> Vec<Vec<u8>> {
        let mut sent: Vec<_> = files(&self.path("out/new")).into_iter().collect();
        sent.sort();
        sent.into_iter().map(|(_, bytes)| bytes).collect()
    }

    fn sent_to(&self, address: &str) -> Vec<Vec<u8>> {
        let trace = format!("Delivered-To: {address}\r\n");
        self.sent().into_iter().filter(|raw| String::from_utf8_lossy(raw).contains(&trace)).collect()
    }
}

struct Daemon {
    child: Child,
    lines: BufReader<ChildStderr>,
}

/// A test that fails leaves no daemon behind.
impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Daemon {
    fn signal(&self, name: &str) {
        // The shell's own: a bare Debian has no program of that name.
        let kill = format!("kill -s {name} {}", self.child.id());
        let sent = Command::new("sh").args(["-c", &kill]).status().unwrap();
        assert!(sent.success());
    }

    /// Exit code and the rest of the log.
    fn end(mut self) -> (Option<i32>, String) {
        let mut log = String::new();
        std::io::Read::read_to_string(&mut self.lines, &mut log).unwrap();
        (self.child.wait().unwrap().code(), log)
    }
}

/// Files below a folder, by path.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            let bytes = std::fs::read(&path).unwrap();
            found.insert(path, bytes);
        }
    }
    found
}

/// Waits until something is so; a failure says what was awaited.
fn wait_for(what: &str, so: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while !so() {
        assert!(Instant::now() < deadline, "{what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// A mail with a text in a charset.
fn mail(number: u32, from: &str, subject: &str, charset: &str, body: &str) -> Vec<u8> {
    let encoding = encoding_rs::Encoding::for_label(charset.as_bytes()).unwrap();
    let (bytes, _, lossy) = encoding.encode(body);
    assert!(!lossy, "{charset} has all of it");
    let subject = match subject.is_ascii() {
        true => subject.to_owned(),
        false => {
            use base64::Engine;
            format!("=?UTF-8?B?{}?=", base64::engine::general_purpose::STANDARD.encode(subject))
        }
    };
    let header = format!(
        "Return-Path: <{from}>\r\nFrom: {from}\r\nTo: desk@secretariat.example\r\nSubject: {subject}\r\n\
         Message-ID: <run-{number}@inquirer.example>\r\nDate: Wed, 25 Nov 2026 10:00:00 +0900\r\nMIME-Version: 1.0\r\n\
         Content-Type: text/plain; charset={charset}\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
    );
    [header.as_bytes(), &bytes].concat()
}

/// Who wrote, in what language, and which association is responsible.
struct Inquiry {
    from: &'static str,
    language: &'static str,
    association: &'static str,
    /// A phone number that the reply names.
    phone: &'static str,
    /// Words of the inquiry that must not come back.
    words: &'static str,
    raw: Vec<u8>,
}

fn inquiries() -> Vec<Inquiry> {
    let inquiry = |number, from, language, association, phone, subject, charset, body: &'static str| Inquiry {
        from,
        language,
        association,
        phone,
        words: body.lines().nth(1).unwrap().trim(),
        raw: mail(number, from, subject, charset, &body.replace('\n', "\r\n")),
    };
    let (desk, seminar) = ("0570-064-794", "03-5422-1517");
    vec![
        inquiry(
            1,
            "kubo@kubo-kinzoku.example",
            "ja",
            "toyama@sr-association.example",
            desk,
            "就業規則について",
            "ISO-2022-JP",
            "お世話になります。\n富山県の工場ですが、在宅勤務用の就業規則は別に作るべきでしょうか。\n久保\n",
        ),
        inquiry(
            2,
            "mori@mori-shoten.example",
            "ja",
            "okayama@sr-association.example",
            seminar,
            "セミナーの申し込み",
            "UTF-8",
            "担当者様\n岡山県で開かれる12月のセミナーに二名で申し込みます。\n森\n",
        ),
        inquiry(
            3,
            "asai@asai-naika.example",
            "ja",
            "gifu@sr-association.example",
            desk,
            "相談窓口",
            "Shift_JIS",
            "はじめまして。\n岐阜県の医院です。テレワークの相談窓口の電話番号を教えてください。\n浅井\n",
        ),
        inquiry(
            4,
            "lin@tidewater.example",
            "en",
            "fukuoka@sr-association.example",
            desk,
            "Overtime at home",
            "us-ascii",
            "Good morning,\nour Fukuoka office wonders how overtime pay works for employees at home.\nLin\n",
        ),
        inquiry(
            5,
            "omar@quayside.example",
            "en",
            "osaka@sr-association.example",
            seminar,
            "Online seminar",
            "UTF-8",
            "Hello,\nwhen is the next telework seminar for companies in Osaka Prefecture?\nOmar\n",
        ),
        inquiry(
            6,
            "ono@ono-seika.example",
            "ja",
            "aomori@sr-association.example",
            desk,
            "残業代の件",
            "ISO-2022-JP",
            "ご担当者様\n青森県の会社です。在宅勤務の残業代と36協定について教えてください。\n小野\n",
        ),
    ]
}

fn out_of_office() -> Vec<u8> {
    let raw = mail(90, "ueda@ueda-koumuten.example", "不在のお知らせ", "UTF-8", "本日は不在にしております。\r\n");
    [b"Auto-Submitted: auto-replied\r\n".to_vec(), raw].concat()
}

#[test]
fn each_inquiry_gets_one_reply_and_one_forward_and_a_second_run_sends_nothing() {
    let desk = Desk::new();
    let all = inquiries();
    for (number, inquiry) in all.iter().enumerate() {
        desk.arrive(&format!("{number}.eml"), &inquiry.raw);
    }
    desk.arrive("ooo.eml", &out_of_office());
    let said = desk.run(&["run", "--once"]);
    assert_eq!((said.code, said.stdout.as_str()), (0, "7 messages decided, 12 mails sent\n"), "{said:?}");
    assert_eq!(desk.sent().len(), 12);
    for (number, inquiry) in all.iter().enumerate() {
        check_reply(&desk, inquiry, number + 1);
        check_forward(&desk, inquiry);
    }
    let marked: Vec<String> =
        files(&desk.path("in/cur")).keys().map(|p| p.file_name().unwrap().to_string_lossy().into_owned()).collect();
    let mut expected: Vec<String> = (0..6).map(|n| format!("{n}.eml:2,PRS")).collect();
    expected.push("ooo.eml:2,S".to_owned());
    assert_eq!(marked, expected, "answered and forwarded");

    let before = desk.sent();
    let said = desk.run(&["run", "--once"]);
    assert_eq!((said.code, said.stdout.as_str()), (0, "0 messages decided, 0 mails sent\n"), "{said:?}");
    assert_eq!(desk.sent(), before);
}

fn check_reply(desk: &Desk, inquiry: &Inquiry, number: usize) {
    let replies = desk.sent_to(inquiry.from);
    assert_eq!(replies.len(), 1, "{}", inquiry.from);
    let reply = MessageParser::default().parse(&replies[0]).unwrap();
    let header = |name: &str| reply.header_raw(name).unwrap_or_default().trim().to_owned();
    assert_eq!(header("Return-Path"), "<>");
    assert_eq!(header("Auto-Submitted"), "auto-replied");
    assert_eq!(header("X-Auto-Response-Suppress"), "All");
    let id = format!("<run-{number}@inquirer.example>");
    assert_eq!((header("In-Reply-To"), header("References")), (id.clone(), id));
    assert_eq!(reply.from().unwrap().first().unwrap().address().unwrap(), "desk@secretariat.example");
    assert_eq!(reply.to().unwrap().first().unwrap().address().unwrap(), inquiry.from);
    let text = reply.body_text(0).unwrap();
    assert!(text.contains(inquiry.phone), "{text}");
    assert!(!text.contains(inquiry.words), "nothing is quoted: {text}");
    let japanese = text.chars().any(|c| ('\u{3040}'..='\u{30ff}').contains(&c));
    assert_eq!(japanese, inquiry.language == "ja", "{text}");
}

fn check_forward(desk: &Desk, inquiry: &Inquiry) {
    let forwards = desk.sent_to(inquiry.association);
    assert_eq!(forwards.len(), 1, "{}", inquiry.association);
    let forward = MessageParser::default().parse(&forwards[0]).unwrap();
    assert_eq!(forward.header_raw("Return-Path").unwrap().trim(), "<desk@secretariat.example>");
    assert_eq!(forward.header_raw("Auto-Submitted").unwrap().trim(), "auto-generated");
    assert_eq!(forward.reply_to().unwrap().first().unwrap().address().unwrap(), inquiry.from);
    let attached = forward.attachments().find(|part| part.is_content_type("message", "rfc822")).expect("the original");
    let raw = &forwards[0][attached.raw_body_offset() as usize..attached.raw_end_offset() as usize];
    let text = |bytes: &[u8]| bytes.trim_ascii_end().to_vec();
    assert_eq!(text(raw), text(&inquiry.raw), "byte for byte");
}

#[test]
fn a_dry_run_says_what_would_be_done_and_leaves_no_trace() {
    let desk = Desk::new();
    for (number, inquiry) in inquiries().iter().take(2).enumerate() {
        desk.arrive(&format!("{number}.eml"), &inquiry.raw);
    }
    desk.arrive("ooo.eml", &out_of_office());
    let before = files(desk.folder.path());
    let said = desk.run(&["run", "--dry-run"]);
    assert_eq!(said.code, 0, "{said:?}");
    assert_eq!(files(desk.folder.path()), before);
    for wanted in [
        "kubo@kubo-kinzoku.example: answer (answered), labor-management\n",
        "  reply    to kubo@kubo-kinzoku.example, template labor-management (ja)\n",
        "  forward  to toyama@sr-association.example (prefecture 16)\n",
        "ueda@ueda-koumuten.example: ignore (auto-submitted), no topic\n",
        "dry run: 3 messages looked at; nothing was sent, marked or recorded\n",
    ] {
        assert!(said.stdout.contains(wanted), "{wanted}\n{}", said.stdout);
    }

    // With a ledger there, its history counts, and it stays as it is.
    assert_eq!(desk.run(&["run", "--once"]).code, 0);
    let again =
        mail(7, "kubo@kubo-kinzoku.example", "就業規則", "UTF-8", "富山県です。就業規則の件、再度伺います。\r\n");
    desk.arrive("again.eml", &again);
    let before = files(desk.folder.path());
    let said = desk.run(&["run", "--once", "--dry-run"]);
    assert!(said.stdout.contains("  reply    no: The same answer went to this address"), "{}", said.stdout);
    assert!(said.stdout.contains("dry run: 1 message looked at"), "{}", said.stdout);
    assert_eq!(files(desk.folder.path()), before);
}

#[test]
fn all_mistakes_of_all_files_are_told_and_nothing_is_started() {
    let desk = Desk::new();
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR"));
    for (folder, ending) in [("rules", "toml"), ("templates", "txt")] {
        for (path, bytes) in files(&shipped.join(folder)) {
            let inside = desk.path(folder).join(path.strip_prefix(shipped.join(folder)).unwrap());
            std::fs::create_dir_all(inside.parent().unwrap()).unwrap();
            assert!(path.extension().is_some_and(|e| e == ending || e == "json" || e == "eml" || e == "md"));
            std::fs::write(inside, bytes).unwrap();
        }
    }
    let append = |name: &str, text: &str| {
        let mut bytes = std::fs::read(desk.path(name)).unwrap();
        bytes.extend_from_slice(text.as_bytes());
        std::fs::write(desk.path(name), bytes).unwrap();
    };
    let config = format!("{CONFIG}\n[rules]\n[templates]\n[limits]\nper_hours = 5\n");
    std::fs::write(desk.path("madoguchi.toml"), config).unwrap();
    append("rules/seminar.toml", "\n[[exampel]]\nname = \"x\"\n");
    append("rules/contacts.toml", "\nnonsense = 1\n");
    append("templates/reply/seminar.ja.txt", "\n{{ no_such_thing }}\n");
    desk.arrive("1.eml", &inquiries()[0].raw);
    for args in [&["run"][..], &["run", "--once"], &["run", "--dry-run"]] {
        let said = desk.run(args);
        assert_eq!((said.code, said.stdout.as_str()), (2, ""), "{said:?}");
        for wanted in ["per_hours", "exampel", "nonsense", "no_such_thing"] {
            assert!(said.stderr.contains(wanted), "{wanted}:\n{}", said.stderr);
        }
        for place in ["madoguchi.toml:", "rules/seminar.toml:", "rules/contacts.toml:", "seminar.ja.txt:"] {
            assert!(said.stderr.contains(place), "{place}:\n{}", said.stderr);
        }
    }
    assert!(!desk.path("ledger.db").exists() && !desk.path("ledger.db.lock").exists() && !desk.path("out").exists());
}

#[test]
fn a_failing_example_stops_the_start() {
    let desk = Desk::new();
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("rules");
    for (path, bytes) in files(&shipped) {
        let inside = desk.path("rules").join(path.strip_prefix(&shipped).unwrap());
        std::fs::create_dir_all(inside.parent().unwrap()).unwrap();
        std::fs::write(inside, bytes).unwrap();
    }
    let mut rules = std::fs::read_to_string(desk.path("rules/seminar.toml")).unwrap();
    rules += "\n[[example]]\nname = \"wrong on purpose\"\nbody = \"会場はどこですか\"\nexpect = { topics = [], prefecture = \"13\" }\n";
    std::fs::write(desk.path("rules/seminar.toml"), rules).unwrap();
    let templates = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates");
    let config = format!("{CONFIG}\n[rules]\n[templates]\npath = {templates:?}\n");
    std::fs::write(desk.path("madoguchi.toml"), config).unwrap();
    let said = desk.run(&["run", "--once"]);
    assert_eq!(said.code, 2);
    assert!(said.stderr.contains("the example `wrong on purpose` fails"), "{}", said.stderr);
    assert!(!desk.path("ledger.db").exists());
}

#[test]
fn without_a_configuration_the_answer_is_two() {
    let folder = tempfile::tempdir().unwrap();
    for args in [&["run"][..], &["status"], &["queue", "list"], &["run", "--config", "elsewhere.toml"]] {
        let Ran { code, stderr, .. } = program::run(&folder, args);
        assert_eq!(code, 2);
        assert!(stderr.contains(if args.len() > 2 { "elsewhere.toml" } else { "madoguchi.toml" }), "{stderr}");
    }
    assert!(files(folder.path()).is_empty());
}

#[test]
fn a_daemon_answers_what_arrives_and_stops_on_sigterm() {
    for signal in ["TERM", "INT"] {
        let desk = Desk::new();
        let daemon = desk.start();
        let said = desk.run(&["status"]);
        assert_eq!(said.code, 0, "{said:?}");
        assert!(said.stdout.starts_with("working\n"), "{}", said.stdout);
        assert!(said.stdout.contains(&format!("running   process {} since ", daemon.child.id())), "{}", said.stdout);
        desk.arrive("1.eml", &inquiries()[3].raw);
        wait_for("the original is marked", || desk.path("in/cur/1.eml:2,PRS").exists());
        assert_eq!(desk.sent().len(), 2);
        daemon.signal(signal);
        let (code, log) = daemon.end();
        assert_eq!(code, Some(0), "{log}");
        assert!(log.contains(&format!("signal=\"SIG{signal}\"")), "{log}");
        let said = desk.run(&["status"]);
        assert_eq!(said.code, 1, "{said:?}");
        assert!(said.stdout.starts_with("not working: it was stopped at "), "{}", said.stdout);
    }
}

#[test]
fn a_second_daemon_names_the_first_and_a_killed_one_leaves_no_lock() {
    let desk = Desk::new();
    let mut first = desk.start();
    for args in [&["run"][..], &["run", "--once"]] {
        let second = desk.run(args);
        assert_eq!((second.code, second.stdout.as_str()), (2, ""), "{second:?}");
        let named = format!("ledger `ledger.db` is in use by process {}, started ", first.child.id());
        assert!(second.stderr.contains(&named), "{}", second.stderr);
    }
    assert_eq!(desk.run(&["run", "--dry-run"]).code, 0, "a look beside it is free");
    first.child.kill().unwrap();
    first.child.wait().unwrap();
    let said = desk.run(&["status"]);
    assert_eq!(said.code, 1);
    assert!(said.stdout.starts_with("not working: it ended without a stop after "), "{}", said.stdout);
    desk.arrive("1.eml", &inquiries()[0].raw);
    let said = desk.run(&["run", "--once"]);
    assert_eq!((said.code, said.stdout.as_str()), (0, "1 message decided, 2 mails sent\n"), "{said:?}");
    let said = desk.run(&["status"]);
    assert_eq!(said.code, 0);
    assert!(said.stdout.starts_with("working: single runs, the last one ended well\n"), "{}", said.stdout);
}

/// A file that lies elsewhere is not watched; SIGHUP has it read.
#[test]
fn a_hangup_has_the_rules_read_again() {
    let desk = Desk::new();
    for folder in ["rules", "templates"] {
        program::copy(&program::project().join(folder), &desk.path(folder));
    }
    let config = format!("{CONFIG}[rules]\npath = \"rules\"\n[templates]\npath = \"templates\"\n");
    std::fs::write(desk.path("madoguchi.toml"), config).unwrap();
    let (linked, elsewhere) = (desk.path("rules/seminar.toml"), desk.path("elsewhere.toml"));
    std::fs::rename(&linked, &elsewhere).unwrap();
    std::os::unix::fs::symlink(&elsewhere, &linked).unwrap();
    let mut daemon = desk.start();
    let rule = std::fs::read_to_string(&elsewhere).unwrap();
    std::fs::write(&elsewhere, rule.replacen("en = [", "en = [\n  \"lighthouse evening\",", 1)).unwrap();
    daemon.signal("HUP");
    let mut line = String::new();
    while !line.contains("the rules were changed") {
        line.clear();
        assert!(daemon.lines.read_line(&mut line).unwrap() > 0, "the daemon ended");
    }
    daemon.signal("TERM");
    assert_eq!(daemon.end().0, Some(0));
}

/// Times as `<time>`, numbers of messages as `<number>`.
fn masked(text: &str) -> String {
    let time = regex::Regex::new(r"\d{4}-\d\d-\d\d \d\d:\d\d").unwrap();
    let number = regex::Regex::new(r"(?m)^ [0-9A-Z]{8} ").unwrap();
    let revision = regex::Regex::new(r"rules [0-9a-f]{12}").unwrap();
    let text = time.replace_all(text, "<time>");
    let text = revision.replace_all(&text, "rules <revision>");
    number.replace_all(&text, " <number> ").into_owned()
}

#[test]
fn status_and_queue_say_what_waits() {
    let desk = Desk::new();
    let said = desk.run(&["status"]);
    assert_eq!(
        (said.code, said.stdout.as_str()),
        (1, "not working: it was never started, there is no ledger `ledger.db`\n")
    );
    let said = desk.run(&["queue", "list"]);
    assert_eq!((said.code, said.stdout.as_str()), (2, ""), "{said:?}");
    assert!(said.stderr.contains("there is no ledger `ledger.db` yet"), "{}", said.stderr);
    assert!(!desk.path("ledger.db").exists() && !desk.path("ledger.db.lock").exists());

    desk.arrive("1.eml", &inquiries()[0].raw);
    let no_place = mail(8, "hara@hara-foods.example", "就業規則", "UTF-8", "就業規則の見直しを相談したいです。\r\n");
    desk.arrive("2.eml", &no_place);
    assert_eq!(
        desk.run(&["run", "--once"]).stdout,
        "2 messages decided, 3 mails sent; 1 waiting: madoguchi queue list\n"
    );
    let said = desk.run(&["queue", "list"]);
    assert_eq!(said.code, 0);
    assert_eq!(
        masked(&said.stdout),
        " NUMBER    WHAT     STATE    WHO                           SINCE             WHY\n \
         <number>  message  replied  from hara@hara-foods.example  <time>  place-unstated, No prefecture is stated\n\
         1 for a person to look at\n"
    );
    let said = desk.run(&["status"]);
    assert_eq!(said.code, 0);
    assert_eq!(
        masked(&said.stdout),
        "working: single runs, the last one ended well\n  \
           last run  started <time>, ended <time>, rules <revision>\n  \
           mailbox   fine, last contact <time>\n  \
           relay     fine, last contact <time>\n  \
           messages  2 decided: 2 answered, 0 for review, 0 ignored; last <time>\n  \
           replies   2 sent (last <time>)\n  \
           forwards  1 sent (last <time>)\n  \
           outbox    0 queued, 0 active, 0 deferred, 0 refused, 0 held\n  \
           waiting   1 for a person: madoguchi queue list\n"
    );
}

#[test]
fn a_relay_that_is_away_is_trouble_until_it_is_back() {
    let desk = Desk::new();
    // Nobody listens on the port of a listener that was closed.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    desk.configure(&CONFIG.replace("maildir:out", &format!("smtp://127.0.0.1:{port}")));
    desk.arrive("1.eml", &inquiries()[0].raw);
    let said = desk.run(&["run", "--once"]);
    assert_eq!(said.code, 1, "{said:?}");
    assert!(said.stdout.starts_with("1 message decided, 0 mails sent, "), "{}", said.stdout);
    let said = desk.run(&["status"]);
    assert_eq!(said.code, 1, "{said:?}");
    let trouble = regex::Regex::new(r"(?m)^not working: relay since .*127\.0\.0\.1").unwrap();
    assert!(trouble.is_match(&said.stdout), "{}", said.stdout);
    assert!(said.stdout.contains("  relay     TROUBLE since "), "{}", said.stdout);
    let said = desk.run(&["queue", "list"]);
    assert_eq!(said.code, 0);
    assert!(said.stdout.contains("  reply    "), "{}", said.stdout);
    assert!(said.stdout.contains("to toyama@sr-association.example"), "{}", said.stdout);
    assert!(said.stdout.contains("deferred, The relay asked to try again later: "), "{}", said.stdout);
    assert!(said.stdout.contains("; again at "), "{}", said.stdout);
    assert!(said.stdout.lines().all(|line| !line.ends_with(' ')), "{:?}", said.stdout);
}

#[test]
fn logs_hold_no_personal_data_and_are_objects_where_asked_for() {
    let desk = Desk::new();
    let all = inquiries();
    for (number, inquiry) in all.iter().enumerate() {
        desk.arrive(&format!("{number}.eml"), &inquiry.raw);
    }
    let said = desk.run(&["run", "--once", "--log-format", "json"]);
    assert_eq!(said.code, 0);
    let mut decided = 0;
    for line in said.stderr.lines() {
        let object: serde_json::Value = serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"));
        assert_eq!(line.matches("\"message\":").count(), 1, "{line}");
        if object["message"] == "decided" {
            decided += 1;
            assert_eq!(object["number"].as_str().unwrap().len(), 8);
            assert_eq!(object["action"], "answer");
        }
    }
    assert_eq!(decided, 6);
    for inquiry in &all {
        let domain = inquiry.from.split('@').nth(1).unwrap();
        assert!(!said.stderr.contains(domain) && !said.stderr.contains(inquiry.words), "{}", said.stderr);
    }
    assert!(!said.stderr.contains("sr-association"), "{}", said.stderr);
    let mut talkative = desk.command(&["run", "--once"]);
    desk.arrive("7.eml", &mail(7, "seki@seki.example", "就業規則", "UTF-8", "福井県です。就業規則の件です。\r\n"));
    let output = talkative.env("MADOGUCHI_LOG", "trace").output().unwrap();
    let log = String::from_utf8(output.stderr).unwrap();
    assert!(log.contains("decided"), "{log}");
    assert!(!log.contains("seki") && !log.contains("就業規則の件"), "{log}");
}

#[test]
fn placeholders_hold_forwards_where_the_relay_is_another_machine() {
    let desk = Desk::new();
    desk.arrive("1.eml", &inquiries()[0].raw);
    let elsewhere = CONFIG.replace("maildir:out", "smtp://relay.secretariat.example");
    desk.configure(&elsewhere);
    // A dry run asks no relay.
    let said = desk.run(&["run", "--dry-run"]);
    assert_eq!(said.code, 0, "{said:?}");
    assert!(said.stderr.contains("`hokkaido@sr-association.example` is a placeholder"), "{}", said.stderr);
    assert!(said.stdout.contains("  reply    to kubo@kubo-kinzoku.example"), "{}", said.stdout);
    assert!(
        said.stdout.contains("  forward  left to a person: The association has no mail address"),
        "{}",
        said.stdout
    );
}

#[test]
fn a_first_run_leaves_read_mail_alone_and_says_how_much() {
    let desk = Desk::new();
    std::fs::write(desk.path("in/cur/old.eml:2,S"), &inquiries()[1].raw).unwrap();
    desk.arrive("1.eml", &inquiries()[0].raw);
    let said = desk.run(&["run", "--once"]);
    assert_eq!((said.code, said.stdout.as_str()), (0, "1 message decided, 2 mails sent\n"), "{said:?}");
    assert!(
        said.stderr.contains("first run: messages that were in the mailbox before are left alone count=1"),
        "{}",
        said.stderr
    );
    assert!(desk.run(&["status"]).stdout.contains("skipped   1 message of before the first run\n"));
    desk.configure(&CONFIG.replace("maildir:in\"", "maildir:in\"\nfirst_run = \"all\""));
    assert_eq!(
        desk.run(&["run", "--once"]).stdout,
        "0 messages decided, 0 mails sent\n",
        "it is no first run any more"
    );
}

#[test]
fn the_same_maildir_is_known_from_another_folder() {
    let desk = Desk::new();
    desk.arrive("1.eml", &inquiries()[0].raw);
    assert_eq!(desk.run(&["run", "--once"]).code, 0);
    let elsewhere = tempfile::tempdir().unwrap();
    let output = desk
        .command(&["run", "--once", "--config"])
        .arg(desk.path("madoguchi.toml"))
        .current_dir(elsewhere.path())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0));
    let log = String::from_utf8(output.stderr).unwrap();
    assert!(!log.contains("another mailbox"), "{log}");
    assert!(files(elsewhere.path()).is_empty());
}

/// A desk whose one inquiry could not be sent.
fn stuck() -> (Desk, String) {
    let desk = Desk::new();
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    desk.configure(&CONFIG.replace("maildir:out", &format!("smtp://127.0.0.1:{port}")));
    desk.arrive("1.eml", &inquiries()[0].raw);
    assert_eq!(desk.run(&["run", "--once"]).code, 1);
    let list = desk.run(&["queue", "list"]).stdout;
    let number = list.lines().nth(1).unwrap().split_whitespace().next().unwrap().to_owned();
    desk.configure(CONFIG);
    (desk, number)
}

#[test]
fn what_is_put_off_goes_at_once_when_released_and_not_at_all_when_dropped() {
    let (desk, number) = stuck();
    let shown = desk.run(&["queue", "show", &number]);
    assert_eq!(shown.code, 0, "{shown:?}");
    for wanted in [
        "  from      kubo@kubo-kinzoku.example\n",
        "  topics    labor-management\n",
        "  place     16\n",
        "  person    need not look at it\n",
        "  reply     deferred to kubo@kubo-kinzoku.example, 1 attempt; deferred, The relay asked to try again later: ",
        "  forward   deferred to toyama@sr-association.example, 1 attempt; ",
        "  evidence  strong rules/labor-management.toml:",
    ] {
        assert!(shown.stdout.contains(wanted), "{wanted}\n{}", shown.stdout);
    }
    let mail = desk.run(&["queue", "show", &number, "--mail", "reply"]);
    assert_eq!(mail.code, 0);
    assert!(
        mail.stdout.starts_with("From: ") && mail.stdout.contains("Auto-Submitted: auto-replied\r\n"),
        "{}",
        mail.stdout
    );

    // Spoken on the phone: in lower case, with a hyphen.
    let spoken = format!("{}-{}", number[..4].to_lowercase(), &number[4..]);
    let said = desk.run(&["queue", "drop", &spoken, "--only", "forward", "--by", "加藤"]);
    assert_eq!((said.code, said.stdout), (0, format!("{number}  forward dropped, was deferred (deferred)\n")));
    let said = desk.run(&["queue", "release", &number, "--by", "加藤"]);
    assert_eq!((said.code, said.stdout), (0, format!("{number}  reply queued, was deferred (deferred)\n")));
    assert_eq!(said.stderr, "the next run sends it\n");
    let said = desk.run(&["queue", "release", &number]);
    assert_eq!(said.code, 1);
    assert!(
        said.stderr.contains(&format!("{number}: the reply is queued already; the forward was dropped")),
        "{}",
        said.stderr
    );
    assert_eq!(desk.run(&["run", "--once"]).stdout, "0 messages decided, 1 mail sent\n");
    assert_eq!(desk.sent_to("kubo@kubo-kinzoku.example").len(), 1);
    assert!(desk.sent_to("toyama@sr-association.example").is_empty());
    let marked: Vec<_> = files(&desk.path("in/cur")).into_keys().collect();
    assert_eq!(marked, [desk.path("in/cur/1.eml:2,RS")]);
    let shown = masked(&desk.run(&["queue", "show", &number]).stdout);
    for wanted in [
        "  reply     sent to kubo@kubo-kinzoku.example at <time>, 1 attempt; new/reply.",
        "  forward   dropped to toyama@sr-association.example at <time>, 1 attempt; dropped, A person decided not to send it",
        "  act       <time> 加藤: forward drop, was deferred (deferred)\n",
        "  act       <time> 加藤: reply release, was deferred (deferred)\n",
    ] {
        assert!(shown.contains(wanted), "{wanted}\n{shown}");
    }
    let said = desk.run(&["queue", "show", &number, "--mail", "reply"]);
    assert_eq!((said.code, said.stdout.as_str()), (1, ""));
    assert_eq!(desk.run(&["queue", "list"]).stdout, "nothing waits\n");
}

#[test]
fn a_message_that_was_looked_at_leaves_the_list() {
    let desk = Desk::new();
    let no_place = mail(8, "hara@hara-foods.example", "就業規則", "UTF-8", "就業規則の見直しを相談したいです。\r\n");
    desk.arrive("1.eml", &no_place);
    assert_eq!(desk.run(&["run", "--once"]).code, 0);
    let list = desk.run(&["queue", "list"]).stdout;
    let number = list.lines().nth(1).unwrap().split_whitespace().next().unwrap().to_owned();
    let said = desk.run(&["queue", "release", &number]);
    assert_eq!(said.code, 1);
    assert!(
        said.stderr.contains("no mail of it waits: what a person is to look at lies in the mailbox"),
        "{}",
        said.stderr
    );
    let mut command = desk.command(&["queue", "drop", &number]);
    let output = command.env_remove("SUDO_USER").env("LOGNAME", "kato").output().unwrap();
    assert!(output.status.success());
    let out = String::from_utf8(output.stdout).unwrap();
    assert_eq!(out, format!("{number}  message off the list, was answer (answered)\n"));
    assert_eq!(desk.run(&["queue", "list"]).stdout, "nothing waits\n");
    let shown = masked(&desk.run(&["queue", "show", &number]).stdout);
    assert!(shown.contains("  act       <time> kato: message drop, was answer (answered)\n"), "{shown}");
    let said = desk.run(&["queue", "drop", &number, "00000000", "nonsense-word"]);
    assert_eq!((said.code, said.stdout.as_str()), (1, ""));
    assert!(said.stderr.contains("00000000: no message has this number"), "{}", said.stderr);
    assert!(said.stderr.contains("nonsense-word: a reception number has eight digits and letters"), "{}", said.stderr);
}

#[test]
fn a_running_daemon_sends_what_a_person_releases() {
    let (desk, number) = stuck();
    let daemon = desk.start();
    // Nothing is due for a minute; released, it goes before that.
    let said = desk.run(&["queue", "release", &number]);
    assert_eq!((said.code, said.stderr.as_str()), (0, "the running daemon sends it within seconds\n"), "{said:?}");
    wait_for("both mails are sent", || desk.sent().len() == 2);
    wait_for("the original is marked", || desk.path("in/cur/1.eml:2,PRS").exists());
    daemon.signal("TERM");
    assert_eq!(daemon.end().0, Some(0));
}

#[test]
fn a_backup_beside_the_daemon_can_be_put_in_its_ledgers_place() {
    let desk = Desk::new();
    let said = desk.run(&["backup", "copy.db"]);
    assert_eq!((said.code, said.stdout.as_str()), (2, ""), "{said:?}");
    desk.arrive("1.eml", &inquiries()[0].raw);
    let daemon = desk.start();
    wait_for("the original is marked", || desk.path("in/cur/1.eml:2,PRS").exists());
    let said = desk.run(&["backup", "copy.db"]);
    assert_eq!((said.code, said.stdout.as_str()), (0, "wrote `copy.db`: 1 message, 0 mails not sent\n"), "{said:?}");
    let again = desk.run(&["backup", "copy.db"]);
    assert_eq!(again.code, 2);
    assert!(again.stderr.contains("there is a file of this name already"), "{}", again.stderr);
    daemon.signal("TERM");
    assert_eq!(daemon.end().0, Some(0));
    for name in ["ledger.db", "ledger.db-wal", "ledger.db-shm"] {
        let _ = std::fs::remove_file(desk.path(name));
    }
    std::fs::rename(desk.path("copy.db"), desk.path("ledger.db")).unwrap();
    // The same message once more, as a restored mailbox would bring it.
    desk.arrive("again.eml", &inquiries()[0].raw);
    assert_eq!(desk.run(&["run", "--once"]).stdout, "0 messages decided, 0 mails sent\n");
    assert_eq!(desk.sent().len(), 2);
}

#[test]
fn a_relay_of_seven_bits_gets_the_original_whole() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let relay = runtime.block_on(fake::Smtp::start(&["SIZE 1000000"]));
    let desk = Desk::new();
    desk.configure(&CONFIG.replace("maildir:out", &format!("smtp://127.0.0.1:{}", relay.port)));
    // Shift_JIS and UTF-8 in eight bits.
    for (number, inquiry) in inquiries()[1..3].iter().enumerate() {
        assert!(!inquiry.raw.is_ascii());
        desk.arrive(&format!("{number}.eml"), &inquiry.raw);
    }
    assert_eq!(desk.run(&["run", "--once"]).stdout, "2 messages decided, 4 mails sent\n");
    let state = relay.state();
    assert!(state.messages.iter().all(|message| message.is_ascii()), "only what the relay offered to take");
    assert!(!state.commands.iter().any(|command| command.contains("8BITMIME")));
    for inquiry in &inquiries()[1..3] {
        let originals: Vec<Vec<u8>> = state
            .messages
            .iter()
            .filter_map(|message| {
                let forward = MessageParser::default().parse(message)?;
                let part = forward.attachments().find(|part| part.is_content_type("application", "octet-stream"))?;
                Some(part.contents().to_vec())
            })
            .collect();
        assert!(originals.contains(&inquiry.raw), "octet for octet");
    }
}

#[test]
fn an_address_that_only_smtputf8_could_carry_goes_to_a_person() {
    let desk = Desk::new();
    desk.arrive(
        "1.eml",
        &mail(1, "窓口@kubo-kinzoku.example", "就業規則", "UTF-8", "富山県です。就業規則の件です。\r\n"),
    );
    let said = desk.run(&["run", "--once"]);
    assert_eq!(said.code, 0, "{said:?}");
    assert!(said.stdout.starts_with("1 message decided, "), "{}", said.stdout);
    assert!(said.stdout.ends_with("1 waiting: madoguchi queue list\n"), "{}", said.stdout);
    assert!(desk.sent().iter().all(|raw| !String::from_utf8_lossy(raw).contains("Auto-Submitted: auto-replied")));
    let marked: Vec<PathBuf> = files(&desk.path("in/cur")).into_keys().collect();
    let flags = marked[0].to_string_lossy().split_once(":2,").expect("flags").1.to_owned();
    assert!(flags.contains('F') && !flags.contains('R'), "flagged for a person, not replied: {flags}");
}

#[test]
fn a_damaged_ledger_starts_nothing_and_a_backup_in_its_place_goes_on() {
    let desk = Desk::new();
    for (number, inquiry) in inquiries().iter().enumerate() {
        desk.arrive(&format!("{number}.eml"), &inquiry.raw);
    }
    assert_eq!(desk.run(&["run", "--once"]).code, 0);
    assert_eq!(desk.run(&["backup", "copy.db"]).code, 0);
    let mut bytes = std::fs::read(desk.path("ledger.db")).unwrap();
    for page in bytes.chunks_mut(4096).skip(3).step_by(2) {
        page[..200].fill(0x55);
    }
    std::fs::write(desk.path("ledger.db"), bytes).unwrap();
    let before = desk.sent();
    desk.arrive("7.eml", &mail(7, "seki@seki.example", "就業規則", "UTF-8", "福井県です。就業規則の件です。\r\n"));
    let said = desk.run(&["run", "--once"]);
    assert_eq!((said.code, said.stdout.as_str()), (2, ""), "{said:?}");
    assert!(said.stderr.contains("ledger `ledger.db` is damaged: "), "{}", said.stderr);
    assert_eq!(desk.sent(), before);
    std::fs::rename(desk.path("copy.db"), desk.path("ledger.db")).unwrap();
    assert_eq!(desk.run(&["run", "--once"]).stdout, "1 message decided, 2 mails sent\n");
}

/// A daemon whose ledger is to have trouble, and the mail that comes then.
fn with_trouble(trouble: impl FnOnce(&Desk, &Daemon), what: &str, cure: impl FnOnce(&Desk, &Daemon)) {
    let desk = Desk::new();
    let daemon = desk.start_by("trap '' XFSZ; exec \"$0\" run");
    desk.arrive("1.eml", &inquiries()[0].raw);
    wait_for("the original is marked", || desk.path("in/cur/1.eml:2,PRS").exists());
    trouble(&desk, &daemon);
    desk.arrive("2.eml", &inquiries()[1].raw);
    wait_for("status says it", || {
        let said = desk.run(&["status"]);
        said.code == 1 && said.stdout.starts_with(&format!("not working: ledger: {what}"))
    });
    assert_eq!(desk.sent().len(), 2, "nothing goes out that is not recorded");
    cure(&desk, &daemon);
    wait_for("both mails are sent", || desk.sent().len() == 4);
    wait_for("the original is marked", || desk.path("in/cur/2.eml:2,PRS").exists());
    wait_for("status says that it is well", || desk.run(&["status"]).code == 0);
    daemon.signal("TERM");
    let (code, log) = daemon.end();
    assert_eq!(code, Some(0), "{log}");
    assert_eq!(log.matches(what).count(), 1, "said once: {log}");
}

#[test]
fn a_disk_without_room_is_told_and_overcome() {
    let limit = |daemon: &Daemon, octets: &str| {
        let pid = daemon.child.id().to_string();
        let limited = Command::new("prlimit").args(["--pid", &pid, &format!("--fsize={octets}:unlimited")]).status();
        assert!(limited.expect("prlimit, of util-linux").success());
    };
    // No file may grow beyond its first page.
    with_trouble(
        |_, daemon| limit(daemon, "4096"),
        "ledger cannot be written: ",
        |_, daemon| limit(daemon, "unlimited"),
    );
}

#[test]
fn a_ledger_that_another_process_holds_is_told_and_waited_for() {
    let holder = std::cell::RefCell::new(None);
    with_trouble(
        |desk, _| {
            let connection = rusqlite::Connection::open(desk.path("ledger.db")).unwrap();
            connection.execute_batch("BEGIN IMMEDIATE").unwrap();
            holder.replace(Some(connection));
        },
        "ledger cannot be written: database is locked",
        |_, _| drop(holder.take()),
    );
}

#[test]
fn a_ledger_that_may_not_be_written_starts_nothing() {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    let desk = Desk::new();
    assert_eq!(desk.run(&["run", "--once"]).code, 0);
    desk.arrive("1.eml", &inquiries()[0].raw);
    std::fs::set_permissions(desk.path("ledger.db"), std::fs::Permissions::from_mode(0o444)).unwrap();
    // Permissions do not hold the superuser back, but for its capabilities.
    let mut command = desk.command(&["run", "--once"]);
    if std::fs::metadata("/proc/self").unwrap().uid() == 0 {
        let program = command.get_program().to_owned();
        command = Command::new("setpriv");
        command.args(["--bounding-set=-all", "--"]).arg(program).args(["run", "--once"]);
        command.current_dir(desk.folder.path());
    }
    let Ran { code, stderr: error, .. } = finish(&mut command);
    assert_eq!(code, 2, "{error}");
    assert!(error.contains("ledger `ledger.db` cannot be opened: Permission denied"), "{error}");
    assert!(desk.sent().is_empty());
    std::fs::set_permissions(desk.path("ledger.db"), std::fs::Permissions::from_mode(0o600)).unwrap();
    assert_eq!(desk.run(&["run", "--once"]).stdout, "1 message decided, 2 mails sent\n");
}
