//! The IMAP mailbox against a real Dovecot, and against a server that fails at
//! each step in each way.

mod servers;

use madoguchi::shell::config::{FirstRun, Mailbox, MailboxUrl, Security, Server};
use madoguchi::shell::corpus::{self, Mail};
use madoguchi::shell::source::imap::{Imap, Limits};
use madoguchi::shell::source::{
    self, Arrival, BATCH_MESSAGES, BATCH_OCTETS, MESSAGE_MAX, Mark, Opened, Source, SourceError, Watermark,
};
use servers::fake::{self, Fault};
use servers::{Dovecot, Setup, message};
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

fn connect(server: Server, folder: &str) -> Box<dyn Source> {
    let url = MailboxUrl::Imap { server, folder: folder.to_owned() };
    source::connect(&Mailbox { url, first_run: FirstRun::New, poll: Duration::from_secs(60) })
}

/// Short deadlines, for servers that never answer.
fn quick(server: Server) -> Imap {
    let short = Duration::from_millis(300);
    Imap::with_limits(server, "INBOX", Limits { connect: short, command: short })
}

fn after(opened: &Opened, uid: u32) -> Watermark {
    Watermark { uid_validity: opened.uid_validity, uid }
}

/// Everything above the watermark, batch by batch.
async fn fetch_all(source: &mut dyn Source, mut after: Watermark) -> Vec<Arrival> {
    let mut all = Vec::new();
    loop {
        let batch = source.fetch(after, None).await.unwrap();
        let Some(last) = batch.last() else { return all };
        assert!(batch.len() <= BATCH_MESSAGES);
        after.uid = uid(last);
        all.extend(batch);
    }
}

fn uid(arrival: &Arrival) -> u32 {
    arrival.origin.id.parse().unwrap()
}

fn uids(arrivals: &[Arrival]) -> Vec<u32> {
    arrivals.iter().map(uid).collect()
}

fn mark(arrival: &Arrival) -> Mark {
    Mark { origin: arrival.origin.clone(), answered: false, forwarded: false, review: false, folder: None }
}

/// One word for a failure.
fn word(error: &SourceError) -> &'static str {
    match error {
        SourceError::Connect { .. } => "connect",
        SourceError::Certificate { .. } => "certificate",
        SourceError::Login { .. } => "login",
        SourceError::Mailbox { .. } => "mailbox",
        SourceError::Timeout { .. } => "timeout",
        SourceError::Command { .. } => "command",
        SourceError::Lost { .. } => "lost",
        SourceError::File { .. } => "file",
    }
}

// ---------------------------------------------------------------- Dovecot

#[tokio::test]
#[ignore = "needs dovecot: run scripts/test"]
async fn mail_is_fetched_over_each_kind_of_connection() {
    let dovecot = Dovecot::start();
    let raw = message(1, "窓口はどこですか。");
    dovecot.deliver("1", &raw);
    for security in [Security::Tls, Security::StartTls, Security::Opportunistic] {
        let mut source = connect(dovecot.server(security), "INBOX");
        let opened = source.open().await.unwrap();
        assert_eq!((opened.exists, opened.uid_next), (1, 2), "{security:?}");
        let all = fetch_all(&mut *source, after(&opened, 0)).await;
        assert_eq!(all[0].raw, raw);
        assert_eq!(all[0].size, raw.len() as u64);
        assert_eq!(all[0].origin.mailbox, "INBOX");
        let age = jiff::Timestamp::now().duration_since(all[0].internal_date);
        assert!(age.as_secs().abs() < 60, "{age}");
    }
    assert_eq!(dovecot.flags("INBOX"), [""], "reading leaves no trace");
    let plain = Dovecot::start_with(Setup { no_tls: true, ..Setup::default() });
    connect(plain.server(Security::Opportunistic), "INBOX").open().await.unwrap();
    let error = connect(plain.server(Security::StartTls), "INBOX").open().await.unwrap_err();
    assert!(error.to_string().contains("does not offer STARTTLS"), "{error}");
}

#[tokio::test]
#[ignore = "needs dovecot: run scripts/test"]
async fn certificates_and_passwords_that_are_wrong() {
    let dovecot = Dovecot::start();
    let other = Dovecot::start();
    for security in [Security::Tls, Security::StartTls] {
        let stranger = Server { ca: Some(other.certificates.ca.clone()), ..dovecot.server(security) };
        let error = connect(stranger, "INBOX").open().await.unwrap_err();
        assert!(error.to_string().contains("issuer is not known"), "{error}");
        let system = Server { ca: None, ..dovecot.server(security) };
        assert_eq!(word(&connect(system, "INBOX").open().await.unwrap_err()), "certificate");
        let other_name = Server { host: "127.0.0.1".to_owned(), ..dovecot.server(security) };
        let error = connect(other_name, "INBOX").open().await.unwrap_err();
        assert!(error.to_string().contains("not made out for `127.0.0.1`"), "{error}");
        let no_file = Server { ca: Some("/nonexistent/ca.pem".into()), ..dovecot.server(security) };
        let error = connect(no_file, "INBOX").open().await.unwrap_err();
        assert!(error.to_string().contains("/nonexistent/ca.pem"), "{error}");
    }
    let wrong = Server { password: Some("Passwort1".to_owned().into()), ..dovecot.server(Security::Tls) };
    let error = connect(wrong, "INBOX").open().await.unwrap_err();
    assert_eq!(word(&error), "login");
    let line = error.to_string();
    assert!(line.contains("AUTHENTICATIONFAILED") && line.contains("*@b.example"), "{line}");
    assert!(!line.contains("Passwort1") && !line.contains("jimukyoku"), "{line}");
}

#[tokio::test]
#[ignore = "needs dovecot: run scripts/test"]
async fn japanese_folders_are_read_made_and_filled() {
    let dovecot = Dovecot::start();
    dovecot.doveadm(&["mailbox", "create", "-u", "{user}", "相談/労務 & 管理"]);
    dovecot.deliver_into(&dovecot.maildir().join(".&dviKxw-.&UrRS2Q- &- &e6F0Bg-"), "1", &message(1, "x"));
    let mut source = connect(dovecot.server(Security::Tls), "相談/労務 & 管理");
    let opened = source.open().await.unwrap();
    let all = fetch_all(&mut *source, after(&opened, 0)).await;
    assert_eq!(all[0].origin.mailbox, "相談/労務 & 管理");
    source.mark(&[Mark { folder: Some("対応済み/2026年".to_owned()), ..mark(&all[0]) }]).await.unwrap();
    assert_eq!(dovecot.flags("対応済み/2026年").len(), 1);
    source.append("送信済み", &message(2, "窓口")).await.unwrap();
    source.append("送信済み", &message(3, "窓口")).await.unwrap();
    assert_eq!(dovecot.flags("送信済み"), ["\\Seen", "\\Seen"]);
    assert!(dovecot.doveadm(&["mailbox", "list", "-s", "-u", "{user}"]).contains("送信済み"));
    let missing = connect(dovecot.server(Security::Tls), "無い").open().await.unwrap_err();
    assert!(missing.to_string().starts_with("mailbox `無い` cannot be opened: "), "{missing}");
}

#[tokio::test]
#[ignore = "needs dovecot: run scripts/test"]
async fn idle_wakes_at_once_and_the_poll_floor_holds() {
    let dovecot = Dovecot::start();
    let mut source = connect(dovecot.server(Security::Tls), "INBOX");
    let opened = source.open().await.unwrap();
    assert!(source.fetch(after(&opened, 0), None).await.unwrap().is_empty());
    let began = Instant::now();
    source.wait(Duration::from_millis(300)).await.unwrap();
    assert!((Duration::from_millis(250)..Duration::from_secs(20)).contains(&began.elapsed()), "{:?}", began.elapsed());
    for n in 1..=3 {
        let waiting = tokio::spawn(async move {
            source.wait(Duration::from_secs(60)).await.unwrap();
            (source, Instant::now())
        });
        // Long enough to be idling; where it is not, the test is only easier.
        tokio::time::sleep(Duration::from_millis(200)).await;
        let delivered = Instant::now();
        dovecot.deliver(&n.to_string(), &message(n, "x"));
        let (back, woken) = waiting.await.unwrap();
        source = back;
        // Far below the poll floor, also on a machine with much to do.
        assert!(woken - delivered < Duration::from_secs(15), "{:?}", woken - delivered);
        assert_eq!(uids(&source.fetch(after(&opened, n - 1), None).await.unwrap()), [n]);
    }
}

#[tokio::test]
#[ignore = "needs dovecot: run scripts/test"]
async fn a_dropped_call_leaves_the_mailbox_fit_for_the_next() {
    let dovecot = Dovecot::start();
    let mut source = connect(dovecot.server(Security::StartTls), "INBOX");
    let opened = source.open().await.unwrap();
    for n in 1..=30 {
        dovecot.deliver(&n.to_string(), &message(n, "x"));
        // Cut at ever later moments: in NOOP, in the start of IDLE, in IDLE, in FETCH.
        let cut = Duration::from_micros(u64::from(n) * 150);
        drop(tokio::time::timeout(cut, source.fetch(after(&opened, 0), None)).await);
        drop(tokio::time::timeout(cut, source.wait(Duration::from_secs(60))).await);
        let mut found = uids(&source.fetch(after(&opened, 0), None).await.unwrap());
        // A server may need a moment to see what was put into its folder.
        for _ in 0..10 {
            if !found.contains(&n) {
                source.wait(Duration::from_secs(1)).await.unwrap();
                found = uids(&source.fetch(after(&opened, 0), None).await.unwrap());
            }
        }
        assert_eq!(found, (1..=n).collect::<Vec<_>>());
    }
}

#[tokio::test]
#[ignore = "needs dovecot: run scripts/test"]
async fn a_restarted_server_is_told_and_reopened() {
    let mut dovecot = Dovecot::start();
    dovecot.deliver("1", &message(1, "x"));
    let mut source = connect(dovecot.server(Security::Tls), "INBOX");
    let opened = source.open().await.unwrap();
    let waiting = tokio::spawn(async move {
        let error = source.wait(Duration::from_secs(60)).await.unwrap_err();
        (source, error)
    });
    tokio::time::sleep(Duration::from_millis(200)).await;
    dovecot.stop();
    let (mut source, error) = waiting.await.unwrap();
    assert_eq!(word(&error), "lost", "{error}");
    let away = source.open().await.unwrap_err();
    assert_eq!(word(&away), "connect", "{away}");
    dovecot.restart();
    let again = source.open().await.unwrap();
    assert_eq!(again, opened);
    assert_eq!(fetch_all(&mut *source, after(&again, 0)).await.len(), 1);
}

#[tokio::test]
#[ignore = "needs dovecot: run scripts/test"]
async fn originals_are_marked_and_moved_in_sets() {
    for setup in [Setup::default(), Setup { bare: true, ..Setup::default() }] {
        let dovecot = Dovecot::start_with(setup);
        for n in 1..=6 {
            dovecot.deliver(&n.to_string(), &message(n, "x"));
        }
        let mut source = connect(dovecot.server(Security::Tls), "INBOX");
        let opened = source.open().await.unwrap();
        let all = fetch_all(&mut *source, after(&opened, 0)).await;
        dovecot.doveadm(&["expunge", "-u", "{user}", "mailbox", "INBOX", "uid", "5"]);
        let both = |arrival| Mark { answered: true, forwarded: true, ..mark(arrival) };
        let marks = [
            both(&all[0]),
            both(&all[1]),
            Mark { review: true, ..both(&all[2]) },
            Mark { folder: Some("済み".to_owned()), answered: true, ..mark(&all[3]) },
            Mark { folder: Some("済み".to_owned()), ..both(&all[4]) },
            Mark { origin: source::Origin { uid_validity: 1, ..all[5].origin.clone() }, ..both(&all[5]) },
        ];
        source.mark(&marks).await.unwrap();
        source.mark(&marks).await.unwrap();
        let flags = dovecot.flags("INBOX");
        let has = |n: usize, flag: &str| flags[n].split(' ').any(|f| f == flag);
        for n in 0..3 {
            assert!(has(n, "\\Answered") && has(n, "$Forwarded"), "{flags:?}");
        }
        assert!(has(2, "$MadoguchiReview") && !has(1, "$MadoguchiReview"), "{flags:?}");
        assert!(!flags.last().unwrap().contains("Answered"), "another UIDVALIDITY is another message: {flags:?}");
        let opened = source.open().await.unwrap();
        let handled: Vec<bool> = fetch_all(&mut *source, after(&opened, 0)).await.iter().map(|a| a.handled).collect();
        assert!(all.iter().all(|a| !a.handled) && handled[..3] == [true; 3] && !handled.last().unwrap(), "{handled:?}");
        let filed = dovecot.flags("済み");
        assert_eq!(filed.len(), if setup.bare { 2 } else { 1 }, "{filed:?}");
        assert!(filed[0].contains("\\Answered"));
        // Without UIDPLUS the original stays, deleted: EXPUNGE would take what others deleted too.
        assert_eq!(flags.iter().filter(|f| f.contains("\\Deleted")).count(), usize::from(setup.bare), "{flags:?}");
        assert!(source.fetch(after(&opened, 6), None).await.unwrap().is_empty());
    }
}

#[tokio::test]
#[ignore = "needs dovecot: run scripts/test"]
async fn a_copy_is_found_by_its_message_id_and_the_mailbox_stays_selected() {
    let dovecot = Dovecot::start();
    dovecot.deliver("1", &message(1, "x"));
    let mut source = connect(dovecot.server(Security::Tls), "INBOX");
    let opened = source.open().await.unwrap();
    source.append("送信済み", b"Subject: x\r\nMessage-ID: <one@a.example>\r\n\r\nx\r\n").await.unwrap();
    assert!(source.holds("送信済み", "one@a.example").await.unwrap());
    assert!(!source.holds("送信済み", "ne@a.example").await.unwrap());
    assert!(source.holds("no such folder", "one@a.example").await.is_err());
    assert_eq!(source.fetch(after(&opened, 0), None).await.unwrap().len(), 1);
}

#[tokio::test]
#[ignore = "needs dovecot: run scripts/test"]
async fn looking_at_the_newest_mail_leaves_no_trace() {
    let dovecot = Dovecot::start();
    for n in 1..=5 {
        dovecot.deliver(&n.to_string(), &message(n, "窓口はどこですか。"));
    }
    let url = MailboxUrl::Imap { server: dovecot.server(Security::Tls), folder: "INBOX".to_owned() };
    let mailbox = Mailbox { url, first_run: FirstRun::New, poll: Duration::from_secs(60) };
    let mut labels = Vec::new();
    let take = |mail: Mail| {
        labels.push(mail.label.clone());
        ControlFlow::Continue(())
    };
    corpus::mailbox(&mailbox, None, 2, take).await.unwrap();
    assert_eq!(labels, ["INBOX uid 4", "INBOX uid 5"]);
    assert_eq!(dovecot.flags("INBOX"), [""; 5]);
}

#[tokio::test]
#[ignore = "needs dovecot: run scripts/test"]
async fn a_server_without_idle_is_polled() {
    let dovecot = Dovecot::start_with(Setup { bare: true, ..Setup::default() });
    let mut source = connect(dovecot.server(Security::Tls), "INBOX");
    let opened = source.open().await.unwrap();
    dovecot.deliver("1", &message(1, "x"));
    let began = Instant::now();
    source.wait(Duration::from_millis(300)).await.unwrap();
    assert!(began.elapsed() >= Duration::from_millis(300));
    assert_eq!(source.fetch(after(&opened, 0), None).await.unwrap().len(), 1);
}

#[tokio::test]
#[ignore = "needs dovecot: run scripts/test"]
async fn a_changed_uidvalidity_is_noticed() {
    let mut dovecot = Dovecot::start();
    dovecot.deliver("1", &message(1, "x"));
    let mut source = connect(dovecot.server(Security::Tls), "INBOX");
    let opened = source.open().await.unwrap();
    assert_eq!(fetch_all(&mut *source, after(&opened, 0)).await.len(), 1);
    dovecot.stop();
    let list = dovecot.maildir().join("dovecot-uidlist");
    let text = std::fs::read_to_string(&list).unwrap();
    let old = format!("V{}", opened.uid_validity);
    std::fs::write(&list, text.replace(&old, "V4711").replace("N2", "N9")).unwrap();
    dovecot.own(&list);
    for entry in std::fs::read_dir(dovecot.maildir()).unwrap().map(Result::unwrap) {
        if entry.file_name().to_string_lossy().starts_with("dovecot.index") {
            std::fs::remove_file(entry.path()).unwrap();
        }
    }
    dovecot.restart();
    let again = source.open().await.unwrap();
    assert_eq!(again.uid_validity, 4711);
    let error = source.fetch(after(&opened, 1), None).await.unwrap_err();
    assert!(error.to_string().contains("UIDVALIDITY changed"), "{error}");
    assert_eq!(fetch_all(&mut *source, after(&again, 0)).await.len(), 1);
}

#[tokio::test]
#[ignore = "needs dovecot: run scripts/test"]
async fn a_big_mailbox_is_read_in_flat_memory() {
    const COUNT: u32 = 5000;
    let dovecot = Dovecot::start();
    let body = "長い本文です。\r\n".repeat(1200);
    for n in 1..=COUNT {
        dovecot.deliver(&format!("{n:06}"), &message(n, if n % 2 == 0 { &body } else { "x" }));
    }
    let mut source = connect(dovecot.server(Security::Tls), "INBOX");
    let opened = source.open().await.unwrap();
    assert_eq!(opened.exists, COUNT);
    let before = resident();
    let began = Instant::now();
    let (mut after, mut seen, mut total, mut most) = (after(&opened, 0), 0, 0, 0);
    loop {
        let batch = source.fetch(after, None).await.unwrap();
        let Some(last) = batch.last() else { break };
        after.uid = uid(last);
        seen += batch.len();
        let octets = batch.iter().map(|a| a.size).sum::<u64>();
        assert!(batch.len() <= BATCH_MESSAGES && octets <= BATCH_OCTETS);
        total += octets;
        most = most.max(resident());
    }
    assert_eq!(seen, COUNT as usize);
    let grown = most.saturating_sub(before);
    assert!(total > 60_000_000 && grown < 40_000_000, "{grown} octets grown for {total} read");
    let whole = began.elapsed();
    // Start-up where little is new: asks only above the watermark.
    let began = Instant::now();
    let mut next = connect(dovecot.server(Security::Tls), "INBOX");
    let opened = next.open().await.unwrap();
    assert_eq!(
        next.fetch(Watermark { uid_validity: opened.uid_validity, uid: COUNT - 10 }, None).await.unwrap().len(),
        10
    );
    assert!(began.elapsed() < whole / 2, "{:?} for 10, {whole:?} for all", began.elapsed());
}

/// Resident memory of this process, in octets.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() * 1024
}

// ---------------------------------------------------------------- a server that misbehaves

const ONE: &[(u32, &[u8])] = &[(3, b"Subject: x\r\n\r\nbody\r\n")];

/// Open, fetch, mark, append, wait: one run through all that is asked of a mailbox.
async fn everything(source: &mut Imap) -> Result<(), SourceError> {
    let opened = source.open().await?;
    let all = source.fetch(after(&opened, 0), None).await?;
    let marks: Vec<Mark> =
        all.iter().map(|a| Mark { answered: true, folder: Some("done".to_owned()), ..mark(a) }).collect();
    source.mark(&marks).await?;
    source.append("Sent", b"Subject: copy\r\n\r\n").await?;
    source.wait(Duration::from_millis(20)).await
}

#[tokio::test]
async fn every_fault_at_every_step_is_told_and_overcome() {
    use Fault::{Close, Say, SayAndClose, Silence};
    let (no, bad) = (Say("NO [CANNOT] not now"), Say("BAD what"));
    let bye = SayAndClose("* BYE shutting down\r\n");
    let faults = [no, bad, bye, Close, Silence];
    let ended = ["command", "command", "lost", "lost", "timeout"];
    let table = [
        ("CAPABILITY", ended),
        ("LOGIN", ["login", "login", "lost", "lost", "timeout"]),
        ("LIST", ended),
        ("SELECT", ["mailbox", "mailbox", "lost", "lost", "timeout"]),
        ("LISTING", ended),
        // One message the server will not give out must not stop the others.
        ("BODY", ["none", "command", "lost", "lost", "timeout"]),
        ("STORE", ended),
        // A folder was made and the command tried again.
        ("MOVE", ["none", "none", "lost", "lost", "timeout"]),
        ("APPEND", ["none", "none", "lost", "lost", "timeout"]),
        ("LITERAL", ["none", "none", "none", "lost", "none"]),
        // Polled instead.
        ("IDLE", ["none", "none", "lost", "lost", "timeout"]),
        ("DONE", ["timeout", "timeout", "timeout", "lost", "timeout"]),
        ("NOOP", ended),
    ];
    for (step, meanings) in table {
        for (fault, meaning) in faults.iter().zip(meanings) {
            let server = fake::Imap::start(ONE).await;
            server.fault(step, fault.clone(), 1);
            let mut source = quick(server.server());
            let outcome = everything(&mut source).await;
            assert_eq!(outcome.as_ref().err().map_or("none", word), meaning, "{step} {fault:?}: {outcome:?}");
            assert!(!format!("{outcome:?}").contains("secret"));
            // The fault is over: the next run goes through.
            everything(&mut source).await.unwrap_or_else(|error| panic!("after {step} {fault:?}: {error}"));
            assert!(server.state().messages.is_empty(), "moved");
        }
    }
}

#[tokio::test]
async fn greetings_that_do_not_welcome() {
    for (fault, meaning) in [
        (Fault::SayAndClose("* BYE too many connections"), "it refuses: too many connections"),
        (Fault::Say("* PREAUTH hello"), "PREAUTH"),
        (Fault::Say("220 an SMTP server"), "not IMAP"),
        (Fault::Close, "closed before the greeting"),
    ] {
        let server = fake::Imap::start(ONE).await;
        server.fault("GREETING", fault, 1);
        let error = quick(server.server()).open().await.unwrap_err();
        assert_eq!(word(&error), "connect");
        assert!(error.to_string().contains(meaning), "{error}");
    }
    let server = fake::Imap::start(ONE).await;
    server.fault("GREETING", Fault::Silence, 1);
    // Says nothing at first and is logged in to all the same? No: it is given up.
    let error = quick(server.server()).open().await.unwrap_err();
    assert_eq!(word(&error), "timeout", "{error}");
}

#[tokio::test]
async fn a_server_that_throttles_logins_is_not_taken_for_a_wrong_password() {
    for (words, meaning) in [
        ("NO [UNAVAILABLE] too many logins, try again later", "command"),
        ("NO [INUSE] mailbox is locked", "command"),
        ("NO [AUTHENTICATIONFAILED] no", "login"),
    ] {
        let server = fake::Imap::start(ONE).await;
        server.fault("LOGIN", Fault::Say(words), 1);
        let mut source = quick(server.server());
        let error = source.open().await.unwrap_err();
        assert_eq!(word(&error), meaning, "{error}");
        assert!(error.to_string().contains(words.split_once(' ').unwrap().1), "{error}");
        // One attempt a call: when to try again is not its to decide.
        assert_eq!(server.state().commands.iter().filter(|c| c.starts_with("LOGIN")).count(), 1);
        source.open().await.unwrap();
    }
}

#[tokio::test]
async fn a_login_that_is_disabled_in_the_clear_uses_sasl() {
    let server = fake::Imap::start(ONE).await;
    server.state().capabilities = "IMAP4rev1 LOGINDISABLED";
    let error = quick(server.server()).open().await.unwrap_err();
    assert!(error.to_string().contains("neither LOGIN nor AUTHENTICATE PLAIN"), "{error}");
    assert!(!server.state().commands.iter().any(|c| c.contains("secret")));
    let error = quick(Server { security: Security::StartTls, ..server.server() }).open().await.unwrap_err();
    assert!(error.to_string().contains("does not offer STARTTLS"), "{error}");
    let error = quick(Server { user: None, ..server.server() }).open().await.unwrap_err();
    assert_eq!(word(&error), "login", "{error}");
}

#[tokio::test]
async fn what_a_server_lies_about_does_no_harm() {
    // More messages than there are; fewer; flags nobody asked for; the same message twice;
    // one that was not asked for; a size that is not true.
    let body = "* 1 FETCH (UID 3 BODY[] {4}\r\nbody)\r\n";
    for (step, lie) in [
        ("SELECT", Fault::First("* 1000000 EXISTS\r\n* 5 RECENT\r\n".to_owned())),
        ("LISTING", Fault::First("* 1 FETCH (FLAGS (\\Seen))\r\n* 1 FETCH (UID 3 FLAGS ())\r\n".to_owned())),
        (
            "LISTING",
            Fault::First("* 9 FETCH (UID 3 RFC822.SIZE 1 INTERNALDATE \"1-Jan-2026 00:00:00 +0000\")\r\n".to_owned()),
        ),
        ("LISTING", Fault::First("* 9 FETCH (UID 2 RFC822.SIZE 1)\r\n".to_owned())),
        ("LISTING", Fault::First("* 1 EXPUNGE\r\n* 0 EXISTS\r\n* 7 EXISTS\r\n".to_owned())),
        ("BODY", Fault::First("* 9 FETCH (UID 2 BODY[] {1}\r\nx)\r\n* 1 FETCH (UID 3 FLAGS ())\r\n".to_owned())),
        ("BODY", Fault::First(body.to_owned())),
    ] {
        let server = fake::Imap::start(ONE).await;
        server.fault(step, lie.clone(), 1);
        let mut source = quick(server.server());
        let opened = source.open().await.unwrap();
        let all = fetch_all(&mut source, after(&opened, 2)).await;
        assert_eq!(uids(&all), [3], "{step} {lie:?}");
        assert_eq!(all[0].raw, ONE[0].1, "{step} {lie:?}");
    }
}

#[tokio::test]
async fn answers_that_are_not_imap_end_the_connection_unquoted() {
    for lie in ["* 1 FETCH (UID 3 BODY[] {99}\r\nhalf", "* XYZZY 窓口 secret words\r\n", "\u{1}\u{2}\r\n"] {
        let server = fake::Imap::start(ONE).await;
        server.fault("BODY", Fault::SayAndClose(Box::leak(lie.to_owned().into_boxed_str())), 1);
        let mut source = quick(server.server());
        let opened = source.open().await.unwrap();
        let error = source.fetch(after(&opened, 0), None).await.unwrap_err();
        assert_eq!(word(&error), "lost", "{lie:?}: {error}");
        assert!(!error.to_string().contains("secret"), "{error}");
        // Without `open`: the next call sees to its connection itself.
        assert_eq!(source.fetch(after(&opened, 0), None).await.unwrap().len(), 1);
        assert_eq!(server.state().connections, 2);
    }
}

#[tokio::test]
async fn a_message_the_server_keeps_to_itself_comes_empty_and_an_expunged_one_not_at_all() {
    let server = fake::Imap::start(&[(3, b"three"), (4, b"four"), (5, b"five")]).await;
    server.state().withheld = vec![4];
    let mut source = quick(server.server());
    let opened = source.open().await.unwrap();
    let all = source.fetch(after(&opened, 0), None).await.unwrap();
    assert_eq!(all.iter().map(|a| a.raw.as_slice()).collect::<Vec<_>>(), [&b"three"[..], b"", b"five"]);
    assert_eq!(all[1].size, 4);
    // Listed, then expunged before they are fetched: what comes after them is found all the same.
    let server = fake::Imap::start(&[(9000, b"last")]).await;
    let gone: String = (1..=1000).map(|n| format!("* {n} FETCH (UID {n} RFC822.SIZE 9)\r\n")).collect();
    server.fault("LISTING", Fault::Instead(gone), 1);
    let mut source = quick(server.server());
    let opened = source.open().await.unwrap();
    assert_eq!(uids(&source.fetch(after(&opened, 0), None).await.unwrap()), [9000]);
}

#[tokio::test]
async fn wide_gaps_are_crossed_in_few_steps() {
    let server = fake::Imap::start(&[(1, b"a"), (1_000_000, b"b"), (4_000_000_000, b"c"), (u32::MAX - 1, b"d")]).await;
    let mut source = quick(server.server());
    let opened = source.open().await.unwrap();
    let all = fetch_all(&mut source, after(&opened, 0)).await;
    assert_eq!(uids(&all), [1, 1_000_000, 4_000_000_000, u32::MAX - 1]);
    let listings = server.state().commands.iter().filter(|c| c.contains("RFC822.SIZE")).count();
    assert!(listings < 400, "{listings}");
}

#[tokio::test]
async fn of_a_huge_message_only_the_header_section_is_asked_for() {
    let server = fake::Imap::start(ONE).await;
    let lie =
        format!("* 1 FETCH (UID 3 RFC822.SIZE {} INTERNALDATE \"23-Nov-2026 09:00:00 +0900\")\r\n", MESSAGE_MAX + 1);
    server.fault("LISTING", Fault::Instead(lie), 1);
    let mut source = quick(server.server());
    let opened = source.open().await.unwrap();
    let all = source.fetch(after(&opened, 0), None).await.unwrap();
    assert_eq!(all[0].size, MESSAGE_MAX + 1);
    assert!(!server.state().commands.iter().any(|c| c.contains("BODY.PEEK[]")));
}

#[tokio::test]
async fn only_mail_of_the_wanted_days_is_taken() {
    let server = fake::Imap::start(ONE).await;
    let days = "* 1 FETCH (UID 3 RFC822.SIZE 9 INTERNALDATE \"31-Oct-2026 23:59:59 +0900\")\r\n";
    server.fault("LISTING", Fault::Instead(days.to_owned()), 1);
    let mut source = quick(server.server());
    let opened = source.open().await.unwrap();
    let since = Some("2026-11-01T00:00:00+09:00".parse().unwrap());
    assert!(source.fetch(after(&opened, 0), since).await.unwrap().is_empty());
    server.arrive(4, b"new");
    assert_eq!(uids(&source.fetch(after(&opened, 0), since).await.unwrap()), [4]);
    // What was too old is not asked about again.
    assert!(server.state().commands.iter().any(|c| c.starts_with("UID FETCH 4:*")), "{:?}", server.state().commands);
}

#[tokio::test]
async fn flags_the_server_does_not_keep_are_not_set() {
    for (kept, stored) in [
        ("\\Answered \\Flagged", Some("(\\Answered \\Flagged)")),
        ("\\Answered $Forwarded $MadoguchiReview", Some("(\\Answered $Forwarded $MadoguchiReview)")),
        ("\\Seen", None),
    ] {
        let server = fake::Imap::start(ONE).await;
        server.state().permanent_flags = kept;
        let mut source = quick(server.server());
        let opened = source.open().await.unwrap();
        let all = source.fetch(after(&opened, 0), None).await.unwrap();
        source.mark(&[Mark { answered: true, forwarded: true, review: true, ..mark(&all[0]) }]).await.unwrap();
        let commands = server.state().commands.clone();
        let store = commands.iter().find(|c| c.contains("STORE"));
        assert_eq!(store.map(|c| c.split_once("SILENT ").unwrap().1), stored);
    }
}

#[tokio::test]
async fn waiting_survives_being_dropped_and_wakes_for_news() {
    let server = fake::Imap::start(ONE).await;
    let mut source = quick(server.server());
    let opened = source.open().await.unwrap();
    for _ in 0..20 {
        drop(tokio::time::timeout(Duration::from_millis(20), source.wait(Duration::from_secs(60))).await);
    }
    let idles = server.state().commands.iter().filter(|c| *c == "IDLE").count();
    assert_eq!((idles, server.state().connections), (1, 1), "the same IDLE goes on");
    server.arrive(4, b"new");
    source.wait(Duration::from_secs(60)).await.unwrap();
    assert_eq!(uids(&source.fetch(after(&opened, 3), None).await.unwrap()), [4]);
    // News that came with another answer is not slept over.
    server.fault("LISTING", Fault::First("* 9 EXISTS\r\n".to_owned()), 1);
    source.fetch(after(&opened, 4), None).await.unwrap();
    let began = Instant::now();
    source.wait(Duration::from_secs(60)).await.unwrap();
    assert!(began.elapsed() < Duration::from_secs(15));
}

#[tokio::test]
async fn an_idle_connection_that_ends_is_told_at_once_and_replaced() {
    let faults = [
        Fault::SayAndClose("* BYE server shutting down\r\n"),
        Fault::SayAndClose("* 2 EXI"),
        Fault::Close,
        // The socket looks open on our side.
        Fault::HalfClose,
    ];
    for fault in faults {
        let server = fake::Imap::start(ONE).await;
        server.fault("IDLING", fault.clone(), 1);
        let mut source = quick(server.server());
        source.open().await.unwrap();
        let began = Instant::now();
        let error = source.wait(Duration::from_secs(60)).await.unwrap_err();
        assert_eq!(word(&error), "lost", "{fault:?}: {error}");
        assert!(began.elapsed() < Duration::from_secs(10), "{fault:?}: not before the poll floor");
        if let Fault::SayAndClose("* BYE server shutting down\r\n") = fault {
            assert!(error.to_string().contains("BYE server shutting down"), "{error}");
        }
        let opened = source.open().await.unwrap();
        assert_eq!(uids(&source.fetch(after(&opened, 0), None).await.unwrap()), [3]);
    }
}

#[tokio::test]
async fn a_peer_that_died_without_a_word_is_found_at_the_poll_floor() {
    // No FIN, no RST: the network is gone. IDLE goes on for ever until it is ended.
    let server = fake::Imap::start(ONE).await;
    server.fault("IDLING", Fault::Silence, 1);
    let mut source = quick(server.server());
    source.open().await.unwrap();
    let began = Instant::now();
    let error = source.wait(Duration::from_millis(200)).await.unwrap_err();
    assert_eq!(word(&error), "timeout", "{error}");
    assert!(began.elapsed() < Duration::from_secs(10), "the poll floor and one deadline");
    source.open().await.unwrap();
}

#[tokio::test]
async fn where_move_is_missing_originals_are_copied_and_expunged_by_uid() {
    for (capabilities, left) in [("IMAP4rev1 UIDPLUS", vec![4]), ("IMAP4rev1", vec![3, 4, 5])] {
        let server = fake::Imap::start(&[(3, b"three"), (4, b"four"), (5, b"five")]).await;
        server.state().capabilities = capabilities;
        // Somebody else is about to expunge this one.
        server.state().deleted.push(4);
        let mut source = quick(server.server());
        let opened = source.open().await.unwrap();
        let all = source.fetch(after(&opened, 0), None).await.unwrap();
        let done = |arrival| Mark { answered: true, folder: Some("done".to_owned()), ..mark(arrival) };
        source.mark(&[done(&all[0]), done(&all[2])]).await.unwrap();
        let state = server.state();
        assert_eq!(state.copied, [3, 5], "{capabilities}");
        assert_eq!(state.messages.keys().copied().collect::<Vec<_>>(), left, "{capabilities}: only ours, by UID");
        assert!(!state.commands.iter().any(|c| c == "EXPUNGE" || c == "CLOSE"), "{:?}", state.commands);
        let order: Vec<usize> = ["UID COPY 3,5", "UID STORE 3,5 +FLAGS.SILENT (\\Deleted)"]
            .map(|start| state.commands.iter().position(|c| c.starts_with(start)).expect(start))
            .to_vec();
        assert!(order.is_sorted(), "copied before it is deleted: {:?}", state.commands);
    }
}

#[tokio::test]
async fn a_copy_that_fails_deletes_nothing() {
    for fault in [Fault::Say("NO [OVERQUOTA] no room"), Fault::Close] {
        let server = fake::Imap::start(ONE).await;
        server.state().capabilities = "IMAP4rev1 UIDPLUS";
        // Once more after the folder was made.
        server.fault("COPY", fault, 2);
        let mut source = quick(server.server());
        let opened = source.open().await.unwrap();
        let all = source.fetch(after(&opened, 0), None).await.unwrap();
        let error = source.mark(&[Mark { folder: Some("done".to_owned()), ..mark(&all[0]) }]).await.unwrap_err();
        assert!(["command", "lost"].contains(&word(&error)), "{error}");
        let state = server.state();
        assert_eq!((state.messages.len(), state.deleted.len()), (1, 0));
    }
}

#[tokio::test]
async fn a_new_uidvalidity_behind_our_back_is_an_error() {
    let server = fake::Imap::start(ONE).await;
    let mut source = quick(server.server());
    let opened = source.open().await.unwrap();
    server.fault("LISTING", Fault::Close, 1);
    source.fetch(after(&opened, 0), None).await.unwrap_err();
    server.state().uid_validity = 8;
    let error = source.fetch(after(&opened, 0), None).await.unwrap_err();
    assert!(error.to_string().contains("UIDVALIDITY changed from 7 to 8"), "{error}");
    let opened = source.open().await.unwrap();
    assert_eq!(opened.uid_validity, 8);
}

#[tokio::test]
async fn a_slow_server_is_waited_for_and_a_silent_one_is_not() {
    // Trickles a literal for longer than the deadline, never stopping for as long as it.
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let honest = fake::Imap::start(&[(3, &[b'x'; 600])]).await;
    let behind = honest.port;
    tokio::spawn(async move {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        let (mut client, _) = listener.accept().await.unwrap();
        let mut server = tokio::net::TcpStream::connect(("127.0.0.1", behind)).await.unwrap();
        let (mut from_client, mut to_client) = client.split();
        let (mut from_server, mut to_server) = server.split();
        let up = tokio::io::copy(&mut from_client, &mut to_server);
        let down = async {
            let mut octets = [0; 60];
            while let Ok(n @ 1..) = from_server.read(&mut octets).await {
                to_client.write_all(&octets[..n]).await.unwrap();
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        };
        tokio::join!(up, down).0.unwrap();
    });
    let mut source = quick(Server { port, ..honest.server() });
    let opened = source.open().await.unwrap();
    let began = Instant::now();
    assert_eq!(source.fetch(after(&opened, 0), None).await.unwrap()[0].raw.len(), 600);
    assert!(began.elapsed() > Duration::from_millis(300), "slower than the deadline");
}

#[tokio::test]
async fn a_mailbox_that_is_only_looked_at_shows_its_newest_mail_and_is_left_as_it_was() {
    let server = fake::Imap::start(&[(3, b"a"), (5, b"b"), (900, b"c"), (70_000, b"d")]).await;
    let url = MailboxUrl::Imap { server: server.server(), folder: "INBOX".to_owned() };
    let mailbox = Mailbox { url, first_run: FirstRun::New, poll: Duration::from_secs(60) };
    let mut seen = Vec::new();
    for (folder, last) in [(None, 2), (Some("済み"), 9), (None, 0)] {
        let take = |mail: Mail| {
            seen.push((mail.label.clone(), mail.read().unwrap()));
            ControlFlow::Continue(())
        };
        corpus::mailbox(&mailbox, folder, last, take).await.unwrap();
    }
    let expected = [
        ("INBOX uid 900", "c"),
        ("INBOX uid 70000", "d"),
        ("済み uid 3", "a"),
        ("済み uid 5", "b"),
        ("済み uid 900", "c"),
        ("済み uid 70000", "d"),
    ];
    assert_eq!(seen, expected.map(|(label, raw)| (label.to_owned(), raw.as_bytes().to_vec())));
    let commands = server.state().commands.clone();
    assert!(
        commands.contains(&"EXAMINE \"INBOX\"".to_owned()) && commands.contains(&"EXAMINE \"&bggwfw-\"".to_owned())
    );
    let word = |command: &String| command.trim_start_matches("UID ").split(' ').next().unwrap().to_owned();
    assert!(
        commands.iter().all(|c| !["SELECT", "STORE", "MOVE", "APPEND"].contains(&word(c).as_str())),
        "{commands:?}"
    );
    assert!(commands.iter().all(|c| !c.contains("BODY[")), "{commands:?}");
    server.fault("EXAMINE", Fault::Say("NO no such mailbox"), 1);
    let error = corpus::mailbox(&mailbox, None, 3, |_| ControlFlow::Continue(())).await.unwrap_err();
    assert!(error.to_string().contains("`INBOX` cannot be opened"), "{error}");
    let mut one = 0;
    let first = |_| {
        one += 1;
        ControlFlow::Break(())
    };
    corpus::mailbox(&mailbox, None, 9, first).await.unwrap();
    assert_eq!(one, 1);
}
