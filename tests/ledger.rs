//! The ledger as its users meet it: what is remembered across restarts, what
//! shares a commit, and how it refuses.

#![allow(clippy::unwrap_used)]

use jiff::{SignedDuration, Timestamp};
use madoguchi::core::address::Address;
use madoguchi::core::compose::{Kind, Outgoing};
use madoguchi::core::inquiry::InquiryKey;
use madoguchi::core::reason::Reason;
use madoguchi::shell::ledger::{
    Batch, Denied, Editor, InForce, Ledger, LedgerError, MailId, NewMail, NewMessage, PlanRecord, Progress, Reader,
    RuleFile, Settlement, State, StepRecord, Wish, lock_path, owner,
};
use madoguchi::shell::source::{Origin, Watermark};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

const WEEK: Duration = Duration::from_secs(7 * 24 * 3600);

fn now() -> Timestamp {
    "2026-11-25T01:00:00Z".parse().unwrap()
}

fn later(seconds: i64) -> Timestamp {
    now() + SignedDuration::from_secs(seconds)
}

fn address(text: &str) -> Address {
    Address::parse(text).unwrap()
}

fn origin(uid: u32) -> Origin {
    Origin { mailbox: "INBOX".to_owned(), uid_validity: 7, id: uid.to_string() }
}

fn mail(kind: Kind, to: &str) -> NewMail {
    NewMail {
        outgoing: Outgoing {
            kind,
            envelope_from: (kind == Kind::Forward).then(|| address("desk@secretariat.example")),
            envelope_to: address(to),
            message_id: format!("{}.madoguchi@secretariat.example", kind.word()),
            bytes: format!("To: {to}\r\n\r\nHello\r\n").into_bytes(),
            eight_bit: false,
        },
        answer_key: (kind == Kind::Reply).then(|| "seminar".to_owned()),
        held: None,
    }
}

fn message(number: u8, mails: Vec<NewMail>) -> NewMessage {
    let step = StepRecord { step: "do".to_owned(), reason: None, to: None, template: None };
    NewMessage {
        key: InquiryKey([number; 32]),
        origin: origin(u32::from(number)),
        received: now(),
        sender: Some(address("Sato@company.example")),
        action: "answer",
        reason: Reason::Answered,
        revision: "0123456789ab".to_owned(),
        review: false,
        plan: PlanRecord {
            topics: vec!["seminar".to_owned()],
            prefectures: vec!["13".to_owned()],
            language: Some("ja".to_owned()),
            reply: step.clone(),
            forward: step,
            evidence: Vec::new(),
        },
        mails,
        notice: None,
    }
}

fn both(number: u8) -> NewMessage {
    message(number, vec![mail(Kind::Reply, "Sato@company.example"), mail(Kind::Forward, "tokyo@sr.example")])
}

fn batch(messages: Vec<NewMessage>) -> Arc<Batch> {
    Arc::new(Batch { messages, ..Batch::default() })
}

fn id(number: u8, kind: Kind) -> MailId {
    MailId { key: InquiryKey([number; 32]), kind }
}

struct Home {
    folder: tempfile::TempDir,
}

impl Home {
    fn new() -> Home {
        Home { folder: tempfile::tempdir().unwrap() }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("ledger.db")
    }

    fn open(&self) -> Ledger {
        Ledger::open(&self.path(), now()).unwrap()
    }
}

fn sent() -> Settlement {
    Settlement::Sent { words: "250 ok".to_owned(), copy: false }
}

#[tokio::test]
async fn a_message_goes_from_planned_to_filed_when_both_mails_are_settled() {
    let home = Home::new();
    let ledger = home.open();
    let recorded = ledger.record(batch(vec![both(1)]), now()).await.unwrap();
    assert_eq!((recorded.messages, recorded.mails, recorded.to_mark), (1, 2, 0));
    let due = ledger.due(Vec::new(), 10, now()).await.unwrap();
    assert_eq!(due.len(), 2);
    assert!(ledger.unmarked(10).await.unwrap().is_empty());

    assert!(ledger.activate(id(1, Kind::Reply)).await.unwrap());
    assert!(!ledger.activate(id(1, Kind::Reply)).await.unwrap(), "an active mail is not activated twice");
    assert!(!ledger.settle(id(1, Kind::Reply), sent(), now()).await.unwrap());
    assert!(ledger.activate(id(1, Kind::Forward)).await.unwrap());
    assert!(ledger.settle(id(1, Kind::Forward), sent(), now()).await.unwrap());

    let unmarked = ledger.unmarked(10).await.unwrap();
    assert_eq!(unmarked.len(), 1);
    assert!(unmarked[0].replied && unmarked[0].forwarded && !unmarked[0].review);
    ledger.marked(vec![origin(1)]).await.unwrap();
    assert!(ledger.unmarked(10).await.unwrap().is_empty());
    assert!(ledger.due(Vec::new(), 10, later(1_000_000)).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_known_message_is_not_recorded_again_and_its_copies_are_marked() {
    let home = Home::new();
    let ledger = home.open();
    ledger.record(batch(vec![message(1, Vec::new())]), now()).await.unwrap();
    let mut copy = both(1);
    copy.origin = origin(50);
    let again = ledger.record(batch(vec![copy]), now()).await.unwrap();
    assert_eq!((again.messages, again.mails), (0, 0));
    let third = Arc::new(Batch { copies: vec![(InquiryKey([1; 32]), origin(51))], ..Batch::default() });
    assert_eq!(ledger.record(third.clone(), now()).await.unwrap().to_mark, 1);
    assert_eq!(ledger.record(third, now()).await.unwrap().to_mark, 0, "the same original twice");
    assert_eq!(ledger.unmarked(10).await.unwrap().len(), 3);
    assert!(ledger.due(Vec::new(), 10, now()).await.unwrap().is_empty());
}

#[tokio::test]
async fn limits_count_queued_and_sent_replies_across_restarts_but_not_refused_ones() {
    let home = Home::new();
    let who = address("sato@COMPANY.example");
    let history = async |ledger: &Ledger, at| {
        let lookup = ledger.lookup(Vec::new(), vec![who.clone()], WEEK, at).await.unwrap();
        let h = lookup.history(&who);
        (h.recent_answers.join(","), h.address_today, h.domain_hour, h.service_hour)
    };
    {
        let ledger = home.open();
        ledger.record(batch(vec![both(1)]), now()).await.unwrap();
        assert_eq!(history(&ledger, now()).await, ("seminar".to_owned(), 1, 1, 1), "queued counts");
    }
    let ledger = home.open();
    assert_eq!(history(&ledger, now()).await, ("seminar".to_owned(), 1, 1, 1), "after a restart");
    assert_eq!(history(&ledger, later(2 * 3600)).await, ("seminar".to_owned(), 1, 0, 0));
    assert_eq!(history(&ledger, later(25 * 3600)).await, ("seminar".to_owned(), 0, 0, 0));
    assert_eq!(history(&ledger, later(8 * 24 * 3600)).await, (String::new(), 0, 0, 0));
    assert_eq!(history(&ledger, later(-24 * 3600)).await.1, 1, "a clock set back forgets nothing");
    ledger.activate(id(1, Kind::Reply)).await.unwrap();
    ledger.settle(id(1, Kind::Reply), Settlement::Refused { cause: "550".to_owned() }, now()).await.unwrap();
    assert_eq!(history(&ledger, now()).await, (String::new(), 0, 0, 0), "a refused reply reached nobody");
}

#[tokio::test]
async fn what_was_active_at_a_crash_is_in_doubt() {
    let home = Home::new();
    {
        let ledger = home.open();
        ledger.record(batch(vec![both(1)]), now()).await.unwrap();
        ledger.activate(id(1, Kind::Reply)).await.unwrap();
        ledger.activate(id(1, Kind::Forward)).await.unwrap();
    }
    let ledger = home.open();
    let doubt = ledger.recover(now()).await.unwrap();
    assert_eq!((doubt.replies_held, doubt.forwards_again), (1, 1));
    let due = ledger.due(Vec::new(), 10, now()).await.unwrap();
    assert_eq!(due.len(), 1);
    assert_eq!(due[0].outgoing, mail(Kind::Forward, "tokyo@sr.example").outgoing, "the same octets and Message-ID");
    let report = ledger.report().await.unwrap();
    assert_eq!(report.count(State::Held), 1);
    let held = report.outbox.iter().find(|row| row.state == State::Held).unwrap();
    assert_eq!((held.kind, held.reason), (Kind::Reply, Some(Reason::InDoubt)));
}

#[tokio::test]
async fn deferred_mail_waits_and_is_not_forgotten_when_the_clock_is_set_back() {
    let home = Home::new();
    let ledger = home.open();
    ledger.record(batch(vec![message(1, vec![mail(Kind::Reply, "a@b.example")])]), now()).await.unwrap();
    let deferred = Settlement::Deferred { cause: "451 later".to_owned(), next: later(600) };
    ledger.settle(id(1, Kind::Reply), deferred, now()).await.unwrap();
    assert!(ledger.due(Vec::new(), 10, later(599)).await.unwrap().is_empty());
    assert_eq!(ledger.next_attempt().await.unwrap(), Some(later(600)));
    assert_eq!(ledger.due(Vec::new(), 10, later(600)).await.unwrap()[0].attempts, 1);
    assert_eq!(ledger.due(Vec::new(), 10, later(-24 * 3600)).await.unwrap().len(), 1);
    assert!(ledger.due(vec![id(1, Kind::Reply)], 10, later(600)).await.unwrap().is_empty(), "in flight");
}

#[tokio::test]
async fn octets_are_deleted_once_sent_and_copied() {
    let home = Home::new();
    let secret = b"To: tokyo@sr.example";
    let holds = |home: &Home| {
        let mut all = std::fs::read(home.path()).unwrap();
        all.extend(std::fs::read(home.folder.path().join("ledger.db-wal")).unwrap_or_default());
        all.windows(secret.len()).any(|w| w == secret)
    };
    {
        let ledger = home.open();
        ledger.record(batch(vec![both(1)]), now()).await.unwrap();
        for kind in [Kind::Reply, Kind::Forward] {
            ledger.activate(id(1, kind)).await.unwrap();
            ledger.settle(id(1, kind), Settlement::Sent { words: String::new(), copy: true }, now()).await.unwrap();
        }
        assert_eq!(ledger.copies(10).await.unwrap().len(), 2);
        assert!(holds(&home));
        for kind in [Kind::Reply, Kind::Forward] {
            ledger.copied(id(1, kind)).await.unwrap();
        }
        assert!(ledger.copies(10).await.unwrap().is_empty());
    }
    assert!(!holds(&home), "closing folds the log away, and nothing of the mail is left");
}

#[tokio::test(flavor = "multi_thread")]
async fn callers_that_wait_together_share_a_commit() {
    let home = Home::new();
    let ledger = home.open();
    let messages = (1..=200).map(both).collect();
    ledger.record(batch(messages), now()).await.unwrap();
    let before = ledger.commits();
    assert_eq!(before, 1, "a batch is one commit");
    let tasks: Vec<_> = (1..=200u8)
        .map(|n| {
            let ledger = ledger.clone();
            tokio::spawn(async move { ledger.activate(id(n, Kind::Reply)).await.unwrap() })
        })
        .collect();
    for task in tasks {
        assert!(task.await.unwrap());
    }
    let commits = ledger.commits() - before;
    assert!(commits < 100, "{commits} commits for 200 callers");
    ledger.due(Vec::new(), 1, now()).await.unwrap();
    assert_eq!(ledger.commits() - before, commits, "reading commits nothing");
}

#[tokio::test]
async fn a_batch_that_fails_leaves_nothing_and_the_next_call_works() {
    let home = Home::new();
    let ledger = home.open();
    let mut bad = both(2);
    bad.mails.push(mail(Kind::Reply, "twice@b.example"));
    let error = ledger.record(batch(vec![both(1), bad]), now()).await.unwrap_err();
    assert!(matches!(error, LedgerError::Failed(_)), "{error}");
    assert!(ledger.due(Vec::new(), 10, now()).await.unwrap().is_empty());
    ledger.record(batch(vec![both(1)]), now()).await.unwrap();
    assert_eq!(ledger.due(Vec::new(), 10, now()).await.unwrap().len(), 2);
}

#[tokio::test]
async fn the_watermark_moves_with_the_batch_and_never_back() {
    let home = Home::new();
    let ledger = home.open();
    assert_eq!(ledger.progress().await.unwrap(), None);
    let start = Progress {
        identity: "imap desk@host INBOX".to_owned(),
        watermark: Watermark { uid_validity: 7, uid: 10 },
        floor: now(),
        floor_until: 0,
        skipped: 10,
    };
    ledger.set_progress(start.clone()).await.unwrap();
    let at =
        |uid_validity, uid| Arc::new(Batch { watermark: Some(Watermark { uid_validity, uid }), ..Batch::default() });
    ledger.record(at(7, 20), now()).await.unwrap();
    ledger.record(at(7, 15), now()).await.unwrap();
    ledger.record(at(8, 99), now()).await.unwrap();
    let progress = ledger.progress().await.unwrap().unwrap();
    assert_eq!(progress, Progress { watermark: Watermark { uid_validity: 7, uid: 20 }, ..start });
}

#[test]
fn a_second_daemon_is_told_who_the_first_is() {
    let home = Home::new();
    assert_eq!(owner(&home.path()), None);
    let first = home.open();
    let Err(LedgerError::InUse { owner: found, .. }) = Ledger::open(&home.path(), now()) else {
        panic!("opened twice")
    };
    assert_eq!((found.pid, found.since), (std::process::id(), Some(now())));
    assert_eq!(owner(&home.path()), Some(found));
    assert!(Reader::open(&home.path()).is_ok(), "status reads beside the daemon");
    drop(first);
    assert_eq!(owner(&home.path()), None);
    assert!(lock_path(&home.path()).exists());
    home.open();
}

#[test]
fn files_that_are_no_ledger_or_damaged_are_refused_with_a_reason() {
    let home = Home::new();
    let open = || Ledger::open(&home.path(), now()).err().map(|e| e.to_string()).unwrap_or_default();
    std::fs::write(home.path(), "a text file, longer than the header of a database would be, by far. ".repeat(20))
        .unwrap();
    assert!(open().contains("is not a madoguchi ledger"), "{}", open());

    std::fs::remove_file(home.path()).unwrap();
    rusqlite::Connection::open(home.path()).unwrap().execute_batch("CREATE TABLE pets (name TEXT)").unwrap();
    assert!(open().contains("the database of another program"), "{}", open());

    std::fs::remove_file(home.path()).unwrap();
    drop(home.open());
    let connection = rusqlite::Connection::open(home.path()).unwrap();
    connection.execute_batch("PRAGMA user_version = 99").unwrap();
    drop(connection);
    assert!(open().contains("newer madoguchi"), "{}", open());

    std::fs::remove_file(home.path()).unwrap();
    let ledger = home.open();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(ledger.record(batch((1..=200).map(both).collect()), now())).unwrap();
    drop(ledger);
    let mut bytes = std::fs::read(home.path()).unwrap();
    let pages = bytes.len() / 4096;
    for page in pages / 2..pages / 2 + 4 {
        bytes[page * 4096..page * 4096 + 200].fill(0x55);
    }
    std::fs::write(home.path(), bytes).unwrap();
    assert!(open().contains("is damaged"), "{}", open());

    let nowhere = home.folder.path().join("no/such/folder/ledger.db");
    let error = Ledger::open(&nowhere, now()).err().map(|e| e.to_string()).unwrap_or_default();
    assert!(error.contains("cannot be opened") && error.contains("No such file"), "{error}");
}

#[tokio::test]
async fn a_full_disk_is_an_error_and_the_ledger_goes_on_when_there_is_room() {
    let home = Home::new();
    let ledger = home.open();
    ledger.record(batch(vec![both(1)]), now()).await.unwrap();
    let mut large = both(2);
    large.mails[0].outgoing.bytes = vec![b'x'; 8 * 1024 * 1024];
    ledger.limit_size(Some(1024 * 1024)).await.unwrap();
    let error = ledger.record(batch(vec![large.clone()]), now()).await.unwrap_err();
    assert!(matches!(error, LedgerError::Full(_)), "{error}");
    assert!(ledger.activate(id(1, Kind::Reply)).await.unwrap(), "what is recorded can still be sent");
    ledger.limit_size(None).await.unwrap();
    assert_eq!(ledger.record(batch(vec![large]), now()).await.unwrap().messages, 1);
}

#[tokio::test]
async fn a_copy_in_memory_knows_what_the_ledger_knows_and_changes_nothing() {
    let home = Home::new();
    {
        let ledger = home.open();
        ledger.record(batch(vec![both(1)]), now()).await.unwrap();
        let copy = Ledger::in_memory(Some(&home.path())).unwrap();
        let known = copy.lookup(vec![InquiryKey([1; 32])], Vec::new(), WEEK, now()).await.unwrap().known;
        assert_eq!(known.len(), 1);
        copy.record(batch(vec![both(2)]), now()).await.unwrap();
    }
    let report = Reader::open(&home.path()).unwrap().report().unwrap();
    assert_eq!(report.count(State::Queued), 2);
    assert!(Ledger::in_memory(Some(&home.folder.path().join("none.db"))).is_ok());
    assert!(!home.folder.path().join("none.db").exists());
}

#[tokio::test]
async fn health_remembers_since_when() {
    let home = Home::new();
    let ledger = home.open();
    ledger.health("relay", None, now()).await.unwrap();
    ledger.health("relay", Some("cannot connect".to_owned()), later(10)).await.unwrap();
    ledger.health("relay", Some("timed out".to_owned()), later(20)).await.unwrap();
    let report = ledger.report().await.unwrap();
    let relay = &report.health[0];
    assert_eq!(relay.trouble.as_deref(), Some("timed out"));
    assert_eq!((relay.since, relay.last_contact), (later(10), Some(now())));
}

/// A reply that is held in doubt and a forward that was refused.
async fn trouble(ledger: &Ledger) {
    ledger.record(batch(vec![both(1)]), now()).await.unwrap();
    let held = Settlement::Held { reason: Reason::InDoubt, cause: "connection lost".to_owned() };
    for (kind, end) in [(Kind::Reply, held), (Kind::Forward, Settlement::Refused { cause: "550 no".to_owned() })] {
        assert!(ledger.activate(id(1, kind)).await.unwrap());
        ledger.settle(id(1, kind), end, now()).await.unwrap();
    }
    let all = ledger.unmarked(10).await.unwrap();
    assert!(all[0].review);
    ledger.marked(all.into_iter().map(|original| original.origin).collect()).await.unwrap();
}

#[tokio::test]
async fn what_may_have_been_sent_goes_again_only_when_a_person_says_resend() {
    let home = Home::new();
    let ledger = home.open();
    trouble(&ledger).await;
    // Beside the daemon.
    let mut editor = Editor::open(&home.path()).unwrap();
    let denied = editor.act([1; 5], None, Wish::Release, "kato", later(60)).unwrap().unwrap_err();
    assert_eq!(
        denied.to_string(),
        "the reply may have been sent already: `queue resend` sends it again, `queue drop` leaves it at that; \
         the forward was refused: `queue resend` tries it again"
    );
    assert!(ledger.due(Vec::new(), 10, later(60)).await.unwrap().is_empty());

    let acted = editor.act([1; 5], Some(Kind::Reply), Wish::Resend, "kato", later(60)).unwrap().unwrap();
    assert_eq!((acted[0].kind, acted[0].was.as_str()), (Some(Kind::Reply), "held (in-doubt)"));
    let due = ledger.due(Vec::new(), 10, later(60)).await.unwrap();
    assert_eq!((due.len(), due[0].id, due[0].attempts, due[0].created), (1, id(1, Kind::Reply), 0, later(60)));
    assert_eq!(due[0].outgoing.bytes, mail(Kind::Reply, "Sato@company.example").outgoing.bytes, "the same octets");
    let denied = editor.act([1; 5], Some(Kind::Reply), Wish::Resend, "kato", later(61)).unwrap().unwrap_err();
    assert_eq!(denied.to_string(), "the reply is queued already");

    // It is sent, and the original marked once more.
    assert!(ledger.activate(id(1, Kind::Reply)).await.unwrap());
    let denied = editor.act([1; 5], Some(Kind::Reply), Wish::Drop, "kato", later(61)).unwrap().unwrap_err();
    assert_eq!(denied.to_string(), "the reply is on its way right now");
    assert!(ledger.settle(id(1, Kind::Reply), sent(), later(62)).await.unwrap());
    assert!(ledger.unmarked(10).await.unwrap()[0].replied);
    let denied = editor.act([1; 5], Some(Kind::Reply), Wish::Resend, "kato", later(63)).unwrap().unwrap_err();
    assert_eq!(denied.to_string(), "the reply was sent, and what is sent is not kept");

    let dossier = Reader::open(&home.path()).unwrap().show([1; 5]).unwrap().remove(0);
    let acts: Vec<_> = dossier.acts.iter().map(|a| (a.kind, a.what.as_str(), a.who.as_str(), a.at)).collect();
    assert_eq!(acts, [(Some(Kind::Reply), "resend", "kato", later(60))]);
}

#[tokio::test]
async fn a_dropped_mail_is_gone_and_a_looked_at_message_leaves_the_list() {
    let home = Home::new();
    let ledger = home.open();
    trouble(&ledger).await;
    let mut review = both(2);
    review.review = true;
    ledger.record(batch(vec![review]), now()).await.unwrap();
    let mut editor = Editor::open(&home.path()).unwrap();
    let acted = editor.act([1; 5], None, Wish::Drop, "kato", later(5)).unwrap().unwrap();
    assert_eq!(acted.iter().map(|a| a.kind).collect::<Vec<_>>(), [Some(Kind::Reply), Some(Kind::Forward)]);
    let reader = Reader::open(&home.path()).unwrap();
    assert_eq!(reader.octets(id(1, Kind::Reply)).unwrap(), None, "it is somebody's mail");
    let denied = editor.act([1; 5], None, Wish::Resend, "kato", later(6)).unwrap().unwrap_err();
    assert!(denied.to_string().starts_with("the reply was dropped"), "{denied}");

    // Mails on the queue and the mark for a person, at once.
    let acted = editor.act([2; 5], None, Wish::Drop, "kato", later(7)).unwrap().unwrap();
    assert_eq!(acted.iter().map(|a| a.kind).collect::<Vec<_>>(), [Some(Kind::Reply), Some(Kind::Forward), None]);
    let report = reader.report().unwrap();
    assert!(report.waiting().next().is_none());
    assert_eq!(report.count(State::Dropped), 4);
    assert!(ledger.due(Vec::new(), 10, later(3600)).await.unwrap().is_empty());
    assert!(!ledger.activate(id(2, Kind::Reply)).await.unwrap(), "the sender had it in hand already");
    let left = ledger.unmarked(10).await.unwrap();
    assert!(!left[0].replied && !left[0].review, "{left:?}");

    // A dropped reply reached nobody: the person may be answered.
    let lookup = ledger.lookup(Vec::new(), vec![address("sato@company.example")], WEEK, later(8)).await.unwrap();
    assert!(lookup.history(&address("sato@company.example")).recent_answers.is_empty());

    assert_eq!(editor.act([9; 5], None, Wish::Drop, "kato", now()).unwrap().unwrap_err(), Denied::Unknown);
    ledger.record(batch(vec![message(3, vec![mail(Kind::Reply, "a@b.example")])]), now()).await.unwrap();
    let denied = editor.act([3; 5], Some(Kind::Forward), Wish::Drop, "kato", now()).unwrap().unwrap_err();
    assert_eq!(denied.to_string(), "it led to no forward");
}

#[tokio::test]
async fn a_given_up_mail_that_is_released_has_another_five_days() {
    let home = Home::new();
    let ledger = home.open();
    ledger.record(batch(vec![both(1)]), now()).await.unwrap();
    let gave_up = Settlement::Held { reason: Reason::GaveUp, cause: "451".to_owned() };
    ledger.settle(id(1, Kind::Reply), gave_up, later(5 * 86_400)).await.unwrap();
    let mut editor = Editor::open(&home.path()).unwrap();
    let week = later(7 * 86_400);
    editor.act([1; 5], Some(Kind::Reply), Wish::Release, "kato", week).unwrap().unwrap();
    let due = ledger.due(Vec::new(), 10, week).await.unwrap();
    let reply = due.iter().find(|due| due.id.kind == Kind::Reply).unwrap();
    assert_eq!((reply.attempts, reply.created), (0, week));
}

#[tokio::test]
async fn a_backup_is_whole_while_the_daemon_writes_and_overwrites_nothing() {
    let home = Home::new();
    let ledger = home.open();
    ledger.record(batch((1..=100).map(both).collect()), now()).await.unwrap();
    let reader = Reader::open(&home.path()).unwrap();
    let copy = home.folder.path().join("copy.db");
    let writing = tokio::spawn({
        let ledger = ledger.clone();
        async move {
            for number in 101..=200 {
                ledger.record(batch(vec![both(number)]), now()).await.unwrap();
            }
        }
    });
    tokio::task::spawn_blocking(move || reader.backup(&copy)).await.unwrap().unwrap();
    writing.await.unwrap();
    let copy = home.folder.path().join("copy.db");
    let names: Vec<_> = std::fs::read_dir(home.folder.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert!(!names.iter().any(|n| n.to_string_lossy().contains("partial")), "{names:?}");
    assert!(!copy.with_extension("db-wal").exists(), "one file");
    {
        use std::os::unix::fs::PermissionsExt;
        for file in [&copy, &home.path()] {
            assert_eq!(std::fs::metadata(file).unwrap().permissions().mode() & 0o777, 0o600, "{}", file.display());
        }
    }
    let restored = Ledger::open(&copy, now()).unwrap();
    let report = restored.report().await.unwrap();
    assert!((100..=200).contains(&report.actions["answer"]), "{:?}", report.actions);
    assert_eq!(report.count(State::Queued), 2 * report.actions["answer"]);
    drop(restored);
    let bytes = std::fs::read(&copy).unwrap();
    let again = Reader::open(&home.path()).unwrap().backup(&copy).unwrap_err().to_string();
    assert!(again.ends_with("failed: there is a file of this name already"), "{again}");
    assert_eq!(std::fs::read(&copy).unwrap(), bytes);
    let nowhere = home.folder.path().join("no/such/copy.db");
    assert!(Reader::open(&home.path()).unwrap().backup(&nowhere).is_err());
}

#[tokio::test]
async fn a_ledger_of_version_one_is_brought_up_to_date_and_keeps_what_it_knew() {
    let home = Home::new();
    // As that version left it behind: three messages done, one put off.
    rusqlite::Connection::open(home.path()).unwrap().execute_batch(include_str!("data/ledger-1.sql")).unwrap();
    let before = Reader::open(&home.path()).unwrap();
    let number = InquiryKey::prefix_of("WHRK39PJ").unwrap();
    assert!(matches!(before.show(number), Err(LedgerError::TooOld { .. })), "reading changes nothing");
    assert!(matches!(Editor::open(&home.path()).err(), Some(LedgerError::TooOld { .. })));
    let known = before.report().unwrap();
    drop(before);

    let ledger = home.open();
    let report = ledger.report().await.unwrap();
    assert_eq!((&report.actions, &report.mails), (&known.actions, &known.mails));
    assert_eq!(report.actions.values().sum::<u64>(), 4);
    assert_eq!((report.count(State::Sent), report.count(State::Deferred)), (5, 2));
    assert_eq!(ledger.progress().await.unwrap().unwrap().identity, "maildir:/var/mail/desk");
    let due = ledger.due(Vec::new(), 10, report.outbox[0].next_attempt).await.unwrap();
    assert_eq!(due.len(), 2, "what was put off goes");
    assert!(due.iter().all(|due| due.outgoing.bytes.starts_with(b"From: ")), "{due:?}");
    let mut editor = Editor::open(&home.path()).unwrap();
    assert_eq!(editor.act(number, None, Wish::Drop, "kato", now()).unwrap().unwrap().len(), 2);
    let shown = Reader::open(&home.path()).unwrap().show(number).unwrap().remove(0);
    assert_eq!(shown.acts.len(), 2);
    assert_eq!(shown.message.sender.as_deref(), Some("m.keller@alpenglow.example"));
}

/// Statements of each version, in order.
fn migrations() -> Vec<String> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/shell/ledger/migrations");
    let version = |n: usize| std::fs::read_to_string(format!("{folder}/{n}.sql")).ok();
    (1..).map_while(version).collect()
}

/// A ledger as a version of before made it, with what version 1 could know:
/// mails that were sent, put off and on their way, and an original that came
/// after its message was filed.
fn old_ledger(path: &std::path::Path, version: usize) -> rusqlite::Connection {
    let connection = rusqlite::Connection::open(path).unwrap();
    connection.execute_batch(&migrations()[..version].concat()).unwrap();
    connection.execute_batch(&format!("PRAGMA application_id = 1835296611; PRAGMA user_version = {version}")).unwrap();
    connection.execute_batch("ATTACH ':memory:' AS first").unwrap();
    let dump = include_str!("data/ledger-1.sql");
    let mut dump = dump[dump.find("BEGIN").unwrap()..].to_owned();
    let into_first = [
        ("CREATE TABLE ", "CREATE TABLE first."),
        ("CREATE INDEX ", "CREATE INDEX first."),
        ("INSERT INTO \"", "INSERT INTO first.\""),
    ];
    for (statement, inside) in into_first {
        dump = dump.replace(statement, inside);
    }
    connection.execute_batch(&dump).unwrap();
    for table in ["mailbox", "message", "origin", "outbox", "content", "health", "run", "setting"] {
        let mut columns =
            connection.prepare(&format!("SELECT name FROM pragma_table_info('{table}', 'first')")).unwrap();
        let columns: Vec<String> = columns.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
        let columns = columns.join(", ");
        let copy = format!("INSERT INTO main.{table} ({columns}) SELECT {columns} FROM first.{table}");
        connection.execute(&copy, []).unwrap();
    }
    connection.execute_batch("DETACH first").unwrap();
    connection
}

#[tokio::test]
async fn a_ledger_of_each_older_version_keeps_its_promises() {
    for version in 1..migrations().len() {
        let home = Home::new();
        let connection = old_ledger(&home.path(), version);
        // One answered message has a copy that came later; both mails of the
        // one that was put off are on their way.
        connection
            .execute_batch(
                "UPDATE outbox SET state = 'active' WHERE state = 'deferred';
                 INSERT INTO origin SELECT mailbox, uid_validity, id || '-copy', message_key, 0 FROM origin
                     WHERE message_key = (SELECT min(message_key) FROM message WHERE state = 'filed')",
            )
            .unwrap();
        if version >= 3 {
            // As that version records a copy itself: its message is settled once more.
            let settled = "UPDATE message SET state = 'settled' WHERE state = 'filed' AND message_key IN
                 (SELECT message_key FROM origin WHERE id LIKE '%-copy')";
            assert_eq!(connection.execute(settled, []).unwrap(), 1);
        }
        if version >= 2 {
            let act = "INSERT INTO act SELECT message_key, 'reply', 'release', 'held', 'kato', 5 FROM message LIMIT 1";
            connection.execute(act, []).unwrap();
        }
        let keys: Vec<Vec<u8>> = connection
            .prepare("SELECT message_key FROM message ORDER BY message_key")
            .unwrap()
            .query_map([], |row| row.get(0))
            .unwrap()
            .map(Result::unwrap)
            .collect();
        let octets: Vec<u8> =
            connection.query_row("SELECT bytes FROM content WHERE kind = 'forward'", [], |row| row.get(0)).unwrap();
        let salt: String =
            connection.query_row("SELECT value FROM setting WHERE name = 'salt'", [], |row| row.get(0)).unwrap();
        let replied: (String, i64) = connection
            .query_row(
                "SELECT recipient, created FROM outbox WHERE kind = 'reply' AND state = 'sent' LIMIT 1",
                [],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )
            .unwrap();
        drop(connection);

        let ledger = home.open();
        let doubt = ledger.recover(now()).await.unwrap();
        assert_eq!((doubt.replies_held, doubt.forwards_again), (1, 1), "from version {version}");
        let due = ledger.due(Vec::new(), 10, now()).await.unwrap();
        assert_eq!((due.len(), &due[0].outgoing.bytes), (1, &octets), "from version {version}");
        assert_eq!(ledger.next_attempt().await.unwrap(), Some(now()));
        let unmarked = ledger.unmarked(10).await.unwrap();
        assert_eq!(unmarked.len(), 1, "from version {version}: {unmarked:?}");
        assert!(unmarked[0].origin.id.ends_with("-copy") && unmarked[0].replied);
        ledger.marked(vec![unmarked[0].origin.clone()]).await.unwrap();
        assert!(ledger.unmarked(10).await.unwrap().is_empty());
        let keys: Vec<InquiryKey> = keys.into_iter().map(|key| InquiryKey(key.try_into().unwrap())).collect();
        let who = address(&replied.0);
        let then = Timestamp::from_millisecond(replied.1).unwrap() + SignedDuration::from_mins(5);
        let lookup = ledger.lookup(keys.clone(), vec![who.clone()], WEEK, then).await.unwrap();
        assert_eq!(lookup.known.len(), keys.len(), "from version {version}: nothing is decided again");
        let history = lookup.history(&who);
        assert_eq!((history.recent_answers.len(), history.address_today), (1, 1), "from version {version}");
        assert!(history.service_hour > 1, "from version {version}");
        assert_eq!(ledger.salt().await.unwrap(), salt);
        assert_eq!(ledger.progress().await.unwrap().unwrap().identity, "maildir:/var/mail/desk");
        drop(ledger);
        let connection = rusqlite::Connection::open(home.path()).unwrap();
        let latest: u32 = connection.query_row("PRAGMA user_version", [], |row| row.get(0)).unwrap();
        assert_eq!(latest as usize, migrations().len());
        let acts: u32 =
            connection.query_row("SELECT count(*) FROM act WHERE who = 'kato'", [], |row| row.get(0)).unwrap();
        assert_eq!(acts, u32::from(version >= 2));
        // What an upgrade leads to is what a new ledger has.
        let tables = |connection: &rusqlite::Connection| -> Vec<(String, String)> {
            let mut all =
                connection.prepare("SELECT name, coalesce(sql, '') FROM sqlite_master ORDER BY name").unwrap();
            all.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap().map(Result::unwrap).collect()
        };
        let fresh = Home::new();
        drop(fresh.open());
        assert_eq!(tables(&connection), tables(&rusqlite::Connection::open(fresh.path()).unwrap()));
    }
}

#[test]
fn an_upgrade_that_fails_leaves_the_old_ledger_as_it_was() {
    let home = Home::new();
    // Something in the way of version 3.
    let connection = old_ledger(&home.path(), 1);
    connection.execute_batch("CREATE TABLE message_settled (x)").unwrap();
    let before = |connection: &rusqlite::Connection| -> (u32, u32) {
        let count = "SELECT (SELECT count(*) FROM sqlite_master), (SELECT count(*) FROM message)";
        connection.query_row(count, [], |row| Ok((row.get(0)?, row.get(1)?))).unwrap()
    };
    let was = before(&connection);
    drop(connection);
    let error = Ledger::open(&home.path(), now()).err().unwrap().to_string();
    assert!(error.contains("cannot be opened") && error.contains("message_settled"), "{error}");
    let connection = rusqlite::Connection::open(home.path()).unwrap();
    assert_eq!(before(&connection), was);
    let version: u32 = connection.query_row("PRAGMA user_version", [], |row| row.get(0)).unwrap();
    assert_eq!(version, 1);
    connection.execute_batch("DROP TABLE message_settled").unwrap();
    drop(connection);
    home.open();
}

#[tokio::test]
async fn pages_that_go_bad_under_a_running_daemon_are_an_error_until_they_are_cured() {
    let home = Home::new();
    {
        let ledger = home.open();
        // More than is kept of it in memory.
        for number in 1..=200 {
            let mut large = both(number);
            large.mails[0].outgoing.bytes.resize(60_000, b'x');
            ledger.record(batch(vec![large]), now()).await.unwrap();
        }
    }
    let ledger = home.open();
    let good = std::fs::read(home.path()).unwrap();
    let mut bad = good.clone();
    bad[4096..].chunks_mut(4096).for_each(|page| page[..100].fill(0x55));
    std::fs::write(home.path(), bad).unwrap();
    let error = ledger.due(Vec::new(), 200, now()).await.unwrap_err();
    assert!(error.may_pass() && error.to_string().contains("malformed"), "{error}");
    let other = Ledger::in_memory(Some(&home.path()));
    assert!(
        matches!(other.err(), Some(LedgerError::Damaged { .. } | LedgerError::Open { .. })),
        "a new start refuses it"
    );
    std::fs::write(home.path(), good).unwrap();
    assert!(!ledger.due(Vec::new(), 200, now()).await.unwrap().is_empty());
    assert!(ledger.activate(id(1, Kind::Reply)).await.unwrap());
}

#[tokio::test]
async fn the_rules_of_each_revision_are_kept_and_say_how_much_they_decided() {
    let home = Home::new();
    let ledger = home.open();
    let file = |name: &str, bytes: &str| RuleFile { name: name.to_owned(), bytes: bytes.as_bytes().to_vec() };
    let directory = file("rules/associations.toml", &"# long\n".repeat(1000));
    let (one, two) = (file("rules/seminar.toml", "one"), file("rules/seminar.toml", "two"));
    let revisions = [("aaaa00000001", &one), ("aabb00000002", &two), ("aaaa00000001", &one)];
    let decide = async |number: u8, revision: &str, at: Timestamp| {
        let message = NewMessage { revision: revision.to_owned(), ..both(number) };
        ledger.record(batch(vec![message]), at).await.unwrap();
    };
    for (n, (revision, seminar)) in (0..).zip(revisions) {
        let files = vec![directory.clone(), seminar.clone()];
        let keep = async |at| ledger.keep_rules(revision.to_owned(), files.clone(), later(at)).await.unwrap();
        assert!(keep(n * 100).await);
        assert!(!keep(n * 100 + 5).await, "a restart is no change");
        decide(n as u8 * 10, revision, later(n * 100 + 20)).await;
    }
    // Decided by the second, recorded when the third ran already; and one of before there was a record.
    decide(11, "aabb00000002", later(201)).await;
    decide(12, "cccc00000003", later(30)).await;

    let reader = Reader::open(&home.path()).unwrap();
    let in_force =
        |revision: &str, since, decided| InForce { revision: revision.to_owned(), since: later(since), decided };
    let expected = [in_force("aaaa00000001", 0, 1), in_force("aabb00000002", 100, 2), in_force("aaaa00000001", 200, 1)];
    assert_eq!(reader.rules_log().unwrap(), expected);
    assert_eq!(reader.report().unwrap().rules, Some(("aaaa00000001".to_owned(), later(200))));
    assert_eq!(reader.revisions("aa").unwrap(), ["aaaa00000001", "aabb00000002"]);
    assert_eq!(reader.revisions("aab").unwrap(), ["aabb00000002"]);
    assert_eq!(reader.rule_files("aabb00000002").unwrap(), [directory.clone(), two]);
    assert_eq!(reader.rule_files("aaaa00000001").unwrap(), [directory, one]);
    assert!(reader.revisions("zz").unwrap().is_empty() && reader.rule_files("zz").unwrap().is_empty());
    // What did not change is stored once.
    let stored: i64 = rusqlite::Connection::open(home.path())
        .unwrap()
        .query_row("SELECT sum(length(bytes)) FROM rule_file", [], |row| row.get(0))
        .unwrap();
    assert_eq!(stored, 7 * 1000 + 3 + 3);
}
