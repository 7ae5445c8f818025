//! A Maildir as mailbox and as relay.

mod servers;

use madoguchi::core::compose::Kind;
use madoguchi::shell::config::{FirstRun, Mailbox, MailboxUrl, OutboundUrl};
use madoguchi::shell::delivery::{self, Outcome};
use madoguchi::shell::source::{
    self, Arrival, BATCH_MESSAGES, BATCH_OCTETS, MESSAGE_MAX, Mark, Source, SourceError, Watermark,
};
use servers::{message, outgoing};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

struct Box {
    folder: tempfile::TempDir,
}

impl Box {
    fn new() -> Box {
        let folder = tempfile::tempdir().unwrap();
        for part in ["tmp", "new", "cur"] {
            fs::create_dir(folder.path().join(part)).unwrap();
        }
        Box { folder }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn source(&self, first_run: FirstRun) -> std::boxed::Box<dyn Source> {
        let url = MailboxUrl::Maildir(self.path().to_owned());
        source::connect(&Mailbox { url, first_run, poll: Duration::from_secs(60) })
    }

    /// A file that came `seconds` ago.
    fn put(&self, name: &str, raw: &[u8], seconds: u64) -> PathBuf {
        let path = self.path().join(name);
        fs::write(&path, raw).unwrap();
        let at = SystemTime::now() - Duration::from_secs(seconds);
        fs::File::options().write(true).open(&path).unwrap().set_modified(at).unwrap();
        path
    }

    fn names(&self, folder: &str) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(self.path().join(folder))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }
}

const START: Watermark = Watermark { uid_validity: 0, uid: 0 };

async fn fetch(source: &mut dyn Source) -> Vec<Arrival> {
    source.fetch(START, None).await.unwrap()
}

/// All that can be fetched, waiting as the daemon does, until `count` are there.
async fn fetch_until(source: &mut dyn Source, count: usize) -> Vec<Arrival> {
    let mut all = Vec::new();
    let began = Instant::now();
    while all.len() < count {
        assert!(began.elapsed() < Duration::from_secs(10), "only {} of {count} came", all.len());
        let batch = fetch(source).await;
        if batch.is_empty() {
            source.wait(Duration::from_secs(60)).await.unwrap();
        }
        all.extend(batch);
    }
    all
}

fn mark(arrival: &Arrival) -> Mark {
    Mark { origin: arrival.origin.clone(), answered: true, forwarded: true, review: false, folder: None }
}

#[tokio::test]
async fn messages_come_in_order_of_arrival_and_once() {
    let maildir = Box::new();
    maildir.put("new/b.eml", b"second", 20);
    maildir.put("new/a.eml", b"third", 10);
    maildir.put("new/c.eml", b"first", 30);
    maildir.put("new/.hidden", b"no mail", 30);
    maildir.put("cur/old.eml:2,S", b"old", 30);
    let mut source = maildir.source(FirstRun::New);
    assert_eq!(source.open().await.unwrap().uid_validity, 0);
    let batch = fetch(&mut *source).await;
    assert_eq!(batch.iter().map(|a| a.raw.as_slice()).collect::<Vec<_>>(), [&b"first"[..], b"second", b"third"]);
    assert_eq!(batch[0].origin.id, "c.eml");
    assert_eq!(batch[0].size, 5);
    assert!(fetch(&mut *source).await.is_empty(), "given out already");
    source.open().await.unwrap();
    assert_eq!(fetch(&mut *source).await.len(), 3, "not marked, so again after opening");
}

#[tokio::test]
async fn marking_moves_and_flags() {
    let maildir = Box::new();
    for name in ["a", "b", "c", "gone"] {
        maildir.put(&format!("new/{name}"), name.as_bytes(), 10);
    }
    let mut source = maildir.source(FirstRun::New);
    source.open().await.unwrap();
    let batch = fetch(&mut *source).await;
    let of = |name: &str| mark(batch.iter().find(|a| a.origin.id == name).unwrap());
    fs::remove_file(maildir.path().join("new/gone")).unwrap();
    let folder = Some("相談/済み".to_owned());
    let marks = [
        of("a"),
        Mark { answered: false, forwarded: false, review: true, ..of("b") },
        Mark { folder: folder.clone(), forwarded: false, ..of("c") },
        of("gone"),
    ];
    source.mark(&marks).await.unwrap();
    assert_eq!(maildir.names("new"), [""; 0]);
    assert_eq!(maildir.names("cur"), ["a:2,PRS", "b:2,F"]);
    assert_eq!(maildir.names(".&dviKxw-.&bggwfw-/cur"), ["c:2,RS"]);
    // Again, after a crash between marking and writing it down: nothing changes, flags add up.
    source.mark(&[Mark { answered: true, review: false, ..of("b") }]).await.unwrap();
    assert_eq!(maildir.names("cur"), ["a:2,PRS", "b:2,FPRS"]);
    maildir.put("cur/seen:2,S", b"seen", 10);
    let mut all = maildir.source(FirstRun::All);
    all.open().await.unwrap();
    let handled: Vec<_> = fetch(&mut *all).await.iter().map(|a| (a.origin.id.clone(), a.handled)).collect();
    assert!(handled.contains(&("a".to_owned(), true)) && handled.contains(&("seen".to_owned(), false)), "{handled:?}");
    assert!(batch.iter().all(|a| !a.handled));
}

#[tokio::test]
async fn a_copy_is_found_by_its_message_id() {
    let maildir = Box::new();
    let mut source = maildir.source(FirstRun::New);
    source.open().await.unwrap();
    source
        .append("Sent", b"Subject: x\r\nMESSAGE-ID: <one@a.example>\r\n\r\nMessage-ID: <two@a.example>\r\n")
        .await
        .unwrap();
    assert!(source.holds("Sent", "one@a.example").await.unwrap());
    for other in ["two@a.example", "ne@a.example", "one@a.exampl"] {
        assert!(!source.holds("Sent", other).await.unwrap(), "{other}");
    }
    assert!(source.holds("Elsewhere", "one@a.example").await.is_err());
}

#[tokio::test]
async fn a_file_of_the_same_name_is_another_message() {
    let maildir = Box::new();
    let mut source = maildir.source(FirstRun::New);
    source.open().await.unwrap();
    for body in ["one", "two", "three"] {
        maildir.put("new/test.eml", body.as_bytes(), 10);
        let batch = fetch(&mut *source).await;
        assert_eq!(batch.len(), 1);
        assert_eq!(batch[0].raw, body.as_bytes());
        source.mark(&[mark(&batch[0])]).await.unwrap();
    }
    let contents: BTreeSet<String> =
        maildir.names("cur").iter().map(|n| fs::read_to_string(maildir.path().join("cur").join(n)).unwrap()).collect();
    assert_eq!(contents.len(), 3, "{contents:?}");
}

#[tokio::test]
async fn a_dropped_in_file_is_there_soon_and_whole() {
    let maildir = Box::new();
    let mut source = maildir.source(FirstRun::New);
    source.open().await.unwrap();
    let path = maildir.path().join("new/slow.eml");
    let writer = tokio::task::spawn_blocking(move || {
        use std::io::Write;
        let mut file = fs::File::create(path).unwrap();
        for _ in 0..10 {
            file.write_all(b"line\r\n").unwrap();
            std::thread::sleep(Duration::from_millis(50));
        }
        Instant::now()
    });
    let batch = fetch_until(&mut *source, 1).await;
    assert_eq!(batch[0].raw, b"line\r\n".repeat(10));
    let written = writer.await.unwrap();
    assert!(written.elapsed() < Duration::from_secs(5), "{:?}", written.elapsed());
    // As a delivering server does it.
    fs::write(maildir.path().join("tmp/x"), b"renamed").unwrap();
    let began = Instant::now();
    fs::rename(maildir.path().join("tmp/x"), maildir.path().join("new/x")).unwrap();
    assert_eq!(fetch_until(&mut *source, 1).await[0].raw, b"renamed");
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
}

#[tokio::test]
async fn a_file_dated_in_the_future_is_taken_too() {
    let maildir = Box::new();
    let path = maildir.put("new/x", b"later", 0);
    let at = SystemTime::now() + Duration::from_secs(3600);
    fs::File::options().write(true).open(path).unwrap().set_modified(at).unwrap();
    let mut source = maildir.source(FirstRun::New);
    source.open().await.unwrap();
    assert_eq!(fetch_until(&mut *source, 1).await.len(), 1);
}

#[tokio::test]
async fn a_dropped_wait_loses_no_arrival() {
    let maildir = Box::new();
    let mut source = maildir.source(FirstRun::New);
    source.open().await.unwrap();
    for n in 0..20 {
        let short = tokio::time::timeout(Duration::from_millis(5), source.wait(Duration::from_secs(60))).await;
        drop(short);
        maildir.put(&format!("new/{n}"), b"x", 10);
        assert_eq!(fetch_until(&mut *source, 1).await.len(), 1);
    }
}

#[tokio::test]
async fn a_big_folder_is_read_in_batches() {
    let maildir = Box::new();
    let body = vec![b'x'; 100_000];
    for n in 0..400 {
        maildir.put(&format!("new/{n:05}"), &body, 10_000 - n);
    }
    for n in 400..9400 {
        maildir.put(&format!("new/{n:05}"), b"small", 20_000 - n);
    }
    let mut source = maildir.source(FirstRun::New);
    assert_eq!(source.open().await.unwrap().exists, 9400);
    let mut names = BTreeSet::new();
    loop {
        let batch = fetch(&mut *source).await;
        if batch.is_empty() {
            break;
        }
        assert!(batch.len() <= BATCH_MESSAGES);
        assert!(batch.iter().map(|a| a.size).sum::<u64>() <= BATCH_OCTETS);
        names.extend(batch.iter().map(|a| a.origin.id.clone()));
    }
    assert_eq!(names.len(), 9400);
}

#[tokio::test]
async fn of_a_huge_message_only_the_header_section_is_read() {
    let maildir = Box::new();
    let path = maildir.put("new/huge", b"Subject: big\r\nFrom: a@a.example\r\n\r\nbody", 10);
    fs::File::options().write(true).open(&path).unwrap().set_len(MESSAGE_MAX + 1).unwrap();
    let at = SystemTime::now() - Duration::from_secs(10);
    fs::File::options().write(true).open(path).unwrap().set_modified(at).unwrap();
    let mut source = maildir.source(FirstRun::New);
    source.open().await.unwrap();
    let batch = fetch(&mut *source).await;
    assert_eq!(batch[0].raw, b"Subject: big\r\nFrom: a@a.example\r\n\r\n");
    assert_eq!(batch[0].size, MESSAGE_MAX + 1);
}

#[tokio::test]
async fn names_that_cannot_be_kept_are_changed() {
    use std::os::unix::ffi::OsStrExt;
    let maildir = Box::new();
    // 相談 in Shift_JIS.
    let name = std::ffi::OsStr::from_bytes(b"new/\x91\x8a\x92\x6b.eml");
    fs::write(maildir.path().join(name), b"one").unwrap();
    maildir.put(&format!("new/{}", "長".repeat(80)), b"two", 10);
    let mut source = maildir.source(FirstRun::New);
    source.open().await.unwrap();
    let batch = fetch_until(&mut *source, 2).await;
    let marks: Vec<Mark> = batch.iter().map(mark).collect();
    source.mark(&marks).await.unwrap();
    assert_eq!(maildir.names("new"), [""; 0]);
    assert_eq!(maildir.names("cur").len(), 2);
}

#[tokio::test]
async fn what_cannot_be_read_does_not_stop_the_rest() {
    let maildir = Box::new();
    // Readable by nobody, whoever runs this: a link that leads round in a circle.
    std::os::unix::fs::symlink("loop", maildir.path().join("new/loop")).unwrap();
    fs::create_dir(maildir.path().join("new/folder")).unwrap();
    maildir.put("new/good", b"good", 10);
    let mut source = maildir.source(FirstRun::New);
    source.open().await.unwrap();
    assert_eq!(fetch(&mut *source).await.len(), 1);
    assert!(fetch(&mut *source).await.is_empty());
    assert_eq!(maildir.names("new").len(), 3);
}

#[tokio::test]
async fn a_first_run_may_take_old_mail_too() {
    let maildir = Box::new();
    maildir.put("cur/old:2,S", b"old", 1000);
    maildir.put("cur/older:2,", b"older", 100_000);
    maildir.put("new/new", b"new", 10);
    let mut source = maildir.source(FirstRun::All);
    source.open().await.unwrap();
    let batch = fetch(&mut *source).await;
    assert_eq!(batch.iter().map(|a| a.raw.as_slice()).collect::<Vec<_>>(), [&b"older"[..], b"old", b"new"]);
    let marks: Vec<Mark> = batch.iter().map(mark).collect();
    source.mark(&marks).await.unwrap();
    assert!(fetch(&mut *source).await.is_empty());
    assert_eq!(maildir.names("cur"), ["new:2,PRS", "old:2,PRS", "older:2,PRS"]);
    // The next start: the watermark says that old mail is done.
    let mut next = maildir.source(FirstRun::All);
    next.open().await.unwrap();
    assert!(next.fetch(Watermark { uid_validity: 0, uid: 1 }, None).await.unwrap().is_empty());

    let since = jiff::Timestamp::now() - jiff::SignedDuration::from_secs(5000);
    let mut since_source = maildir.source(FirstRun::Since("2026-11-01".parse().unwrap()));
    since_source.open().await.unwrap();
    let taken = since_source.fetch(START, Some(since)).await.unwrap();
    assert_eq!(taken.iter().map(|a| a.origin.id.as_str()).collect::<Vec<_>>(), ["old", "new"]);
}

#[tokio::test]
async fn copies_are_stored_once() {
    let maildir = Box::new();
    let mut source = maildir.source(FirstRun::New);
    source.open().await.unwrap();
    let copy = message(1, "窓口");
    source.append("Sent", &copy).await.unwrap();
    source.append("Sent", &copy).await.unwrap();
    let names = maildir.names(".Sent/cur");
    assert_eq!(names.len(), 1);
    assert!(names[0].ends_with(":2,S"));
    assert_eq!(fs::read(maildir.path().join(".Sent/cur").join(&names[0])).unwrap(), copy);
}

#[tokio::test]
async fn a_path_that_is_no_maildir_is_said_so() {
    let folder = tempfile::tempdir().unwrap();
    let url = MailboxUrl::Maildir(folder.path().join("typo"));
    let mut source = source::connect(&Mailbox { url, first_run: FirstRun::New, poll: Duration::from_secs(60) });
    let error = source.open().await.unwrap_err();
    assert!(matches!(&error, SourceError::File { .. }));
    assert!(error.to_string().contains("no Maildir") && error.to_string().contains("typo"), "{error}");
}

#[tokio::test]
async fn mail_sent_into_a_maildir_is_exact_and_never_twice() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out");
    let relay = delivery::connect(&OutboundUrl::Maildir(path.clone()));
    let mail = outgoing(Kind::Reply, "foo..bar@docomo.ne.jp", "窓口\r\n");
    for _ in 0..2 {
        let outcome = relay.offer(&mail).await.unwrap().payload().await;
        assert!(matches!(&outcome, Outcome::Sent(place) if place.starts_with("new/reply.")), "{outcome:?}");
    }
    let files: Vec<_> = fs::read_dir(path.join("new")).unwrap().map(|e| e.unwrap().path()).collect();
    assert_eq!(files.len(), 1);
    let head = b"Return-Path: <>\r\nDelivered-To: \"foo..bar\"@docomo.ne.jp\r\n";
    assert_eq!(fs::read(&files[0]).unwrap(), [&head[..], &mail.bytes].concat());
    assert_eq!(fs::read_dir(path.join("tmp")).unwrap().count(), 0);
    // A reader moved it: still the same mail.
    let name = files[0].file_name().unwrap().to_str().unwrap();
    fs::rename(&files[0], path.join("cur").join(format!("{name}:2,S"))).unwrap();
    relay.offer(&mail).await.unwrap().payload().await;
    assert_eq!(fs::read_dir(path.join("new")).unwrap().count(), 0);
}

#[tokio::test]
async fn a_maildir_that_cannot_be_written_defers() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("file"), "").unwrap();
    let relay = delivery::connect(&OutboundUrl::Maildir(folder.path().join("file/out")));
    let mail = outgoing(Kind::Reply, "a@a.example", "x\r\n");
    let not_sent = relay.offer(&mail).await.err().unwrap();
    assert!(matches!(not_sent, delivery::NotSent::Deferred { relay_away: true, .. }), "{not_sent:?}");
}
