//! Machines that answer each other: two madoguchis, a vacation notice and a
//! forwarding rule of a real Pigeonhole, and a responder that marks nothing, all
//! over loopback. Every exchange must end by itself.

#![allow(clippy::unwrap_used)]

mod servers;

use servers::{Dovecot, measured, program, run, started, uid};
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};

/// A mail on its way: envelope and octets.
#[derive(Debug, Clone)]
struct Letter {
    from: String,
    to: String,
    octets: Vec<u8>,
}

impl Letter {
    fn field(&self, name: &str) -> String {
        let text = String::from_utf8_lossy(&self.octets);
        let head = text.split("\r\n\r\n").next().unwrap_or_default().replace("\r\n ", " ");
        let start = format!("{}:", name.to_ascii_lowercase());
        let line = head.lines().find(|line| line.to_ascii_lowercase().starts_with(&start));
        line.map(|line| line[start.len()..].trim().to_owned()).unwrap_or_default()
    }
}

/// Where everybody hands in mail, by SMTP on loopback.
struct PostOffice {
    port: u16,
    counter: Arc<Mutex<Vec<Letter>>>,
}

impl PostOffice {
    fn open() -> PostOffice {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let counter: Arc<Mutex<Vec<Letter>>> = Arc::default();
        let taken = counter.clone();
        std::thread::spawn(move || {
            for connection in listener.incoming().map_while(Result::ok) {
                let taken = taken.clone();
                std::thread::spawn(move || serve(connection, &taken));
            }
        });
        PostOffice { port, counter }
    }

    fn take(&self) -> Vec<Letter> {
        std::mem::take(&mut self.counter.lock().unwrap())
    }
}

fn serve(connection: TcpStream, taken: &Mutex<Vec<Letter>>) -> Option<()> {
    connection.set_nodelay(true).ok()?;
    let mut out = connection.try_clone().ok()?;
    let mut lines = BufReader::new(connection);
    let (mut from, mut to) = (String::new(), Vec::new());
    let mut say = |line: &str| out.write_all(format!("{line}\r\n").as_bytes()).ok();
    say("220 post office")?;
    loop {
        let mut line = String::new();
        if lines.read_line(&mut line).ok()? == 0 {
            return None;
        }
        let command = line.trim_end().to_ascii_uppercase();
        let address = || line.split_once('<')?.1.split_once('>').map(|(inner, _)| inner.to_owned());
        match command.split([' ', ':']).next().unwrap_or_default() {
            "EHLO" => say("250-post office\r\n250 8BITMIME")?,
            "MAIL" => {
                from = address()?;
                to.clear();
                say("250 ok")?;
            }
            "RCPT" => {
                to.push(address()?);
                say("250 ok")?;
            }
            "DATA" => {
                say("354 go on")?;
                let mut octets = Vec::new();
                loop {
                    let mut line = Vec::new();
                    if lines.read_until(b'\n', &mut line).ok()? == 0 {
                        return None;
                    }
                    if line == b".\r\n" {
                        break;
                    }
                    octets.extend_from_slice(line.strip_prefix(b".").unwrap_or(&line));
                }
                let letters = to.iter().map(|to| Letter { from: from.clone(), to: to.clone(), octets: octets.clone() });
                taken.lock().unwrap().extend(letters);
                say("250 taken")?;
            }
            "QUIT" => return say("221 bye"),
            _ => say("250 ok")?,
        }
    }
}

/// A madoguchi with a Maildir of its own.
struct Desk {
    home: tempfile::TempDir,
    address: &'static str,
}

impl Desk {
    /// `association` is where the Tokyo association's mail goes.
    fn open(address: &'static str, association: &str, office: &PostOffice) -> Desk {
        let home = tempfile::tempdir().unwrap();
        let shipped = Path::new(env!("CARGO_MANIFEST_DIR"));
        let rules = home.path().join("rules");
        std::fs::create_dir(&rules).unwrap();
        for file in std::fs::read_dir(shipped.join("rules")).unwrap().map(Result::unwrap) {
            std::fs::copy(file.path(), rules.join(file.file_name())).unwrap();
        }
        let directory = std::fs::read_to_string(rules.join("associations.toml")).unwrap();
        let tokyo = directory.find("prefecture = \"13\"").unwrap();
        let line = tokyo + directory[tokyo..].find("email = ").unwrap();
        let end = line + directory[line..].find('\n').unwrap();
        let changed = format!("{}email = \"{association}\"{}", &directory[..line], &directory[end..]);
        std::fs::write(rules.join("associations.toml"), changed).unwrap();
        for part in ["tmp", "new", "cur"] {
            std::fs::create_dir_all(home.path().join("mail").join(part)).unwrap();
        }
        let config = format!(
            "[secretariat]\naddress = \"{address}\"\n[mailbox]\nurl = \"maildir:mail\"\nfirst_run = \"all\"\n\
             [outbound]\nurl = \"smtp://127.0.0.1:{}\"\nreply_path = \"address\"\n[ledger]\nurl = \"sqlite:ledger.db\"\n\
             [rules]\npath = \"rules\"\n[templates]\npath = \"{}/templates\"\n",
            office.port,
            shipped.display()
        );
        std::fs::write(home.path().join("madoguchi.toml"), config).unwrap();
        Desk { home, address }
    }

    fn deliver(&self, number: usize, letter: &Letter) {
        let mut octets = format!("Return-Path: <{}>\r\nDelivered-To: {}\r\n", letter.from, letter.to).into_bytes();
        octets.extend_from_slice(&letter.octets);
        let name = format!("{number}.loop");
        std::fs::write(self.home.path().join("mail/tmp").join(&name), octets).unwrap();
        std::fs::rename(self.home.path().join("mail/tmp").join(&name), self.home.path().join("mail/new").join(&name))
            .unwrap();
    }

    fn work(&self) {
        let mut command = Command::new("timeout");
        command.args(["60", env!("CARGO_BIN_EXE_madoguchi"), "run", "--once"]).current_dir(self.home.path());
        run(command.env_remove("MADOGUCHI_LOG").stdin(Stdio::null()));
    }
}

/// A person's mailbox with a Sieve script, delivered to by `dovecot-lda`.
struct Pigeonhole {
    home: tempfile::TempDir,
    address: &'static str,
}

impl Pigeonhole {
    fn open(address: &'static str, script: &str, office: &PostOffice) -> Pigeonhole {
        let home = tempfile::Builder::new().prefix("mado").tempdir_in("/tmp").unwrap();
        let folder = home.path().display();
        std::fs::write(home.path().join("script.sieve"), script).unwrap();
        let port = office.port;
        let common = format!(
            "log_path = {folder}/log\nbase_dir = {folder}/run\nstate_dir = {folder}/state\nfirst_valid_uid = 1\n\
             postmaster_address = postmaster@{}\nsubmission_host = 127.0.0.1:{port}\nhostname = mx.loop.example\nssl = no\n",
            address.split_once('@').unwrap().1
        );
        let own = if Dovecot::version().starts_with("2.4") {
            format!(
                "dovecot_config_version = 2.4.0\ndovecot_storage_version = 2.4.0\nmail_driver = maildir\n\
                 mail_path = {folder}/Maildir\nprotocol lda {{\n  mail_plugins = sieve\n}}\n\
                 sieve_script personal {{\n  path = {folder}/script.sieve\n}}\n\
                 sieve_extensions = {{\n  vacation-seconds = yes\n}}\nsieve_vacation_min_period = 0\n"
            )
        } else {
            format!(
                "mail_location = maildir:{folder}/Maildir\nprotocol lda {{\n  mail_plugins = sieve\n}}\n\
                 plugin {{\n  sieve = file:{folder}/script.sieve\n  sieve_extensions = +vacation-seconds\n\
                 \x20 sieve_vacation_min_period = 0\n}}\n"
            )
        };
        let config = if own.starts_with("dovecot_config_version") { own + &common } else { common + &own };
        std::fs::write(home.path().join("dovecot.conf"), config).unwrap();
        if uid() == 0 {
            run(Command::new("chown").args(["-R", "mail:mail"]).arg(home.path()));
        }
        started(&format!("Pigeonhole of Dovecot {}", Dovecot::version()));
        Pigeonhole { home, address }
    }

    fn deliver(&self, letter: &Letter) {
        let lda = [PathBuf::from("/usr/lib/dovecot/dovecot-lda"), PathBuf::from("/usr/libexec/dovecot/dovecot-lda")];
        let lda = lda.into_iter().find(|path| path.exists()).expect("dovecot-lda: run scripts/test");
        let mut command = Command::new(program("setpriv", "util-linux"));
        if uid() == 0 {
            command.args(["--reuid", "mail", "--regid", "mail", "--clear-groups"]);
        }
        command.arg("--").arg(lda).arg("-c").arg(self.home.path().join("dovecot.conf"));
        command.args(["-f", &letter.from, "-a", &letter.to]).env("HOME", self.home.path()).env("USER", self.address);
        let mut process = command.stdin(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        process.stdin.take().unwrap().write_all(&letter.octets).unwrap();
        let output = process.wait_with_output().unwrap();
        let log = std::fs::read_to_string(self.home.path().join("log")).unwrap_or_default();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "dovecot-lda: {said}\n{log}");
    }
}

const A: &str = "jimukyoku@a.example";
const B: &str = "desk@b.example";
const AWAY: &str = "tanaka@away.example";
const FORWARDING: &str = "sato@forwarding.example";
const DUMB: &str = "suzuki@dumb.example";

/// Asks about overtime, so that there is an answer and a forward.
fn question(from: &str, to: &str, number: usize) -> Letter {
    let octets = format!(
        "From: {from}\r\nTo: {to}\r\nSubject: overtime {number}\r\nMessage-ID: <q{number}@{}>\r\n\
         Date: Wed, 25 Nov 2026 10:00:00 +0900\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\
         Content-Transfer-Encoding: 8bit\r\n\r\n36協定の届出について教えてください。\r\n東京都港区 会社員 {number}\r\n",
        from.split_once('@').unwrap().1
    );
    Letter { from: from.to_owned(), to: to.to_owned(), octets: octets.into_bytes() }
}

/// More than this were a loop.
const LONGEST: usize = 60;

#[test]
#[ignore = "needs Dovecot with Pigeonhole: scripts/test"]
fn machines_that_answer_each_other_fall_silent() {
    let office = PostOffice::open();
    // Each other's association is the other: forwards go round, too.
    let desks = [Desk::open(A, B, &office), Desk::open(B, AWAY, &office)];
    let vacation = "require [\"vacation\", \"vacation-seconds\"];\n\
         vacation :seconds 0 :addresses [\"tanaka@away.example\"] :subject \"Away\" \"I am away, ask about overtime and work rules later.\";\n";
    let holes = [
        Pigeonhole::open(AWAY, vacation, &office),
        Pigeonhole::open(FORWARDING, &format!("redirect \"{A}\";\n"), &office),
    ];
    let mut waiting = vec![
        question(AWAY, A, 1),
        question(FORWARDING, A, 2),
        question(B, A, 3),
        question(A, B, 4),
        question(DUMB, A, 5),
        question("visitor@company.example", FORWARDING, 6),
        question("visitor@company.example", AWAY, 7),
        question(A, AWAY, 8),
    ];
    let (mut count, mut rounds) = (0, 0);
    let mut seen = String::new();
    while !waiting.is_empty() {
        rounds += 1;
        for letter in waiting {
            count += 1;
            seen += &format!("{rounds}. {} → {}: {}\n", letter.from, letter.to, letter.field("Subject"));
            assert!(count <= LONGEST, "no end to it:\n{seen}");
            if let Some(desk) = desks.iter().find(|desk| desk.address == letter.to) {
                desk.deliver(count, &letter);
            } else if let Some(hole) = holes.iter().find(|hole| hole.address == letter.to) {
                hole.deliver(&letter);
            } else if letter.to == DUMB {
                // Answers everything, in a person's name, and says so nowhere.
                let answer = question(DUMB, letter.field("From").split(['<', '>']).nth(1).unwrap(), 1000 + count);
                office.counter.lock().unwrap().push(answer);
            }
        }
        desks.iter().for_each(Desk::work);
        waiting = office.take();
    }
    println!("{seen}");
    measured(&format!("messages exchanged until silence: {count}"));
    let sent = |from: &str, to: &str| seen.lines().filter(|l| l.contains(&format!("{from} → {to}"))).count();
    assert!(sent(A, AWAY) >= 2, "the answer went out:\n{seen}");
    assert!(sent("", A) > 0 && seen.contains("Away"), "the vacation notice went out:\n{seen}");
    assert_eq!(sent(A, DUMB), 1, "the same answer once:\n{seen}");
}
