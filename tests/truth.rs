//! A real mailbox that changes under the program: nothing is answered twice and
//! nothing new is missed, whatever was moved, renumbered, restored or lost.

mod servers;

use servers::inquiries::INQUIRIES;
use servers::site::{Ran, Site, imaps};
use servers::{Dovecot, Sink};
use std::process::Command;

/// The mailbox, the program and a relay, with a count of who should have been
/// answered.
struct Desk {
    dovecot: Dovecot,
    sink: Sink,
    site: Site,
    people: usize,
    answered: usize,
}

impl Desk {
    fn new() -> Desk {
        let (dovecot, sink) = (Dovecot::start(), Sink::start());
        let site = Site::new(&imaps(&dovecot), &sink.server(), "");
        site.replace("first_run = \"all\"", "first_run = \"new\"");
        Desk { dovecot, sink, site, people: 0, answered: 0 }
    }

    /// A new inquiry by a new person, as the server stores it.
    fn inquiry(&mut self) -> Vec<u8> {
        self.people += 1;
        let n = self.people;
        INQUIRIES[n % INQUIRIES.len()].raw_from(&format!("person{n}@house{n}.example"), &format!("truth-{n}"))
    }

    fn arrive(&mut self) -> Vec<u8> {
        let raw = self.inquiry();
        self.dovecot.deliver(&format!("{}", self.people), &raw);
        raw
    }

    /// Runs once, which must decide and answer so many, and says what it said.
    #[track_caller]
    fn runs(&mut self, new: usize, what: &str) -> Ran {
        let ran = self.site.run(&["run", "--once"]);
        let s = if new == 1 { "" } else { "s" };
        let said = format!("{new} message{s} decided, {} mails sent", 2 * new);
        assert_eq!((ran.code, ran.stdout.trim_end()), (Some(0), said.as_str()), "{what}: {}", ran.stderr);
        self.answered += new;
        let received = self.sink.received(2 * self.answered);
        assert_eq!(received.len(), 2 * self.answered, "{what}");
        let mut people: Vec<&str> =
            received.iter().filter(|r| r.mail.starts_with("<>")).map(|r| r.rcpt.as_str()).collect();
        people.sort_unstable();
        people.dedup();
        assert_eq!(people.len(), self.answered, "{what}: each person once");
        ran
    }

    /// Every message in INBOX that the program handled bears its marks.
    #[track_caller]
    fn marked(&self, count: usize, what: &str) {
        let flags = self.dovecot.flags("INBOX");
        let marked = flags.iter().filter(|f| f.contains("\\Answered") && f.contains("$Forwarded")).count();
        assert_eq!(marked, count, "{what}: {flags:?}");
    }

    fn copy(from: &std::path::Path, to: &std::path::Path) {
        servers::run(Command::new("cp").arg("-a").arg(from).arg(to));
    }

    fn forget_ledger(&self) {
        for name in ["ledger.db", "ledger.db-wal", "ledger.db-shm"] {
            let _ = std::fs::remove_file(self.site.path().join(name));
        }
    }
}

#[test]
#[ignore = "needs dovecot and postfix: run scripts/test"]
fn whatever_happens_to_the_mailbox_each_person_is_answered_once() {
    let mut desk = Desk::new();
    for _ in 0..3 {
        desk.arrive();
    }
    desk.dovecot.wait_for("INBOX", 3);
    let ran = desk.runs(0, "a first run");
    assert!(ran.stderr.contains("are left alone count=3"), "{}", ran.stderr);

    // Two copies of one mail, one of them by way of an alias, and again later.
    let raw = desk.arrive();
    desk.dovecot.deliver("alias", &[b"Delivered-To: info@teleworksupport.example\r\n", raw.as_slice()].concat());
    desk.arrive();
    desk.runs(2, "new mail");
    desk.dovecot.deliver("late", &raw);
    desk.runs(0, "a copy that came late");
    desk.marked(4, "copies");

    // Staff moves and deletes originals, before and after they are marked.
    desk.dovecot.doveadm(&["mailbox", "create", "-u", "{user}", "Done"]);
    desk.dovecot.doveadm(&["move", "-u", "{user}", "Done", "mailbox", "INBOX", "uid", "4"]);
    desk.dovecot.doveadm(&["expunge", "-u", "{user}", "mailbox", "INBOX", "uid", "5,6"]);
    desk.arrive();
    desk.runs(1, "originals moved and expunged");

    // All is renumbered.
    desk.dovecot.stop();
    let list = desk.dovecot.maildir().join("dovecot-uidlist");
    let text = std::fs::read_to_string(&list).unwrap();
    let old = text.split_whitespace().find(|word| word.starts_with('V')).unwrap().to_owned();
    std::fs::write(&list, text.replacen(&old, "V4711", 1)).unwrap();
    desk.dovecot.own(&list);
    for entry in std::fs::read_dir(desk.dovecot.maildir()).unwrap().map(Result::unwrap) {
        if entry.file_name().to_string_lossy().starts_with("dovecot.index") {
            std::fs::remove_file(entry.path()).unwrap();
        }
    }
    desk.dovecot.restart();
    desk.arrive();
    let ran = desk.runs(1, "another UIDVALIDITY");
    assert!(ran.stderr.contains("renumbered (UIDVALIDITY)"), "{}", ran.stderr);

    // The mailbox is restored to an earlier state and gives numbers out again.
    desk.dovecot.stop();
    let (mailbox, saved) = (desk.dovecot.maildir(), desk.site.path().join("saved"));
    Desk::copy(&mailbox, &saved);
    desk.dovecot.restart();
    desk.arrive();
    desk.arrive();
    desk.runs(2, "before the mailbox is restored");
    desk.dovecot.stop();
    std::fs::remove_dir_all(&mailbox).unwrap();
    Desk::copy(&saved, &mailbox);
    desk.dovecot.restart();
    desk.arrive();
    desk.arrive();
    desk.arrive();
    let ran = desk.runs(3, "the mailbox was restored");
    assert!(ran.stderr.contains("restored to an earlier state"), "{}", ran.stderr);

    // An older ledger is put back.
    let said = desk.site.run(&["backup", "older.db"]);
    assert_eq!(said.code, Some(0), "{said:?}");
    desk.arrive();
    desk.arrive();
    desk.runs(2, "after the backup");
    desk.forget_ledger();
    std::fs::rename(desk.site.path().join("older.db"), desk.site.path().join("ledger.db")).unwrap();
    desk.arrive();
    desk.runs(1, "an older ledger");

    // The ledger is lost: a first run once more.
    desk.forget_ledger();
    let before = desk.dovecot.flags("INBOX").len();
    let ran = desk.runs(0, "an emptied ledger");
    assert!(ran.stderr.contains(&format!("are left alone count={before}")), "{}", ran.stderr);
    desk.arrive();
    desk.runs(1, "new mail after the ledger was lost");
    desk.runs(0, "nothing is left");
}
