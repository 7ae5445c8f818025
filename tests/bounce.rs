//! What comes back, and how much goes out: reports about mail of ours, and the
//! limit of the whole service. The shipped rules between a mailbox and a relay
//! that remember.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod fakes;

use fakes::{World, settings};
use madoguchi::core::address::Address;
use madoguchi::core::compose::Kind;
use madoguchi::core::policy::{Limits, Policy, ReplyPath};
use madoguchi::core::reason::Reason;
use madoguchi::core::ruleset::Ruleset;
use madoguchi::shell::daemon::{Current, Ended, Event, Mode};
use madoguchi::shell::files;
use madoguchi::shell::ledger::{Reader, Report, State};
use std::sync::{Arc, LazyLock};
use tokio_util::sync::CancellationToken;

const US: &str = "jimukyoku@teleworksupport.example";

fn ruleset(limits: Limits) -> Arc<Ruleset> {
    let mut policy = Policy::new(Address::parse(US).unwrap());
    policy.reply_path = ReplyPath::Address;
    policy.limits = limits;
    Arc::new(Ruleset::build(&files::embedded(), policy).unwrap().0)
}

static RULES: LazyLock<Arc<Ruleset>> = LazyLock::new(|| ruleset(Limits::default()));

async fn once(world: &World, rules: &Arc<Ruleset>) -> (Ended, Vec<Event>) {
    let (mut daemon, mut events) = world.daemon(settings(Mode::Once));
    daemon.decider = Current::new(rules.clone());
    let ended = daemon.run(CancellationToken::new()).await.unwrap();
    let mut seen = Vec::new();
    while let Ok(event) = events.try_recv() {
        seen.push(event);
    }
    (ended, seen)
}

/// A person in Minato asks about overtime.
fn question(world: &World, from: &str) {
    let number = world.state().uid_next;
    let mail = format!(
        "Return-Path: <{from}>\r\nFrom: {from}\r\nTo: {US}\r\nSubject: =?utf-8?B?5q6L5qWt?=\r\n\
         Message-ID: <{number}@company.example>\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n\
         36協定の届出について教えてください。{number}\r\n東京都港区 会社員\r\n"
    );
    world.arrive_raw(mail.into_bytes());
}

/// A delivery status notification about one of our mails.
fn bounce(world: &World, about: &str, action: &str, status: &str) {
    let mail = format!(
        "Return-Path: <>\r\nFrom: MAILER-DAEMON@mx.example\r\nTo: {US}\r\nSubject: Undelivered Mail Returned to Sender\r\n\
         Message-ID: <{about}.{action}@mx.example>\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/report; report-type=delivery-status; boundary=x\r\n\r\n\
         --x\r\nContent-Type: text/plain\r\n\r\nI am sorry.\r\n\
         --x\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\n\
         Final-Recipient: rfc822; someone@somewhere.example\r\nAction: {action}\r\nStatus: {status}\r\n\r\n\
         --x\r\nContent-Type: text/rfc822-headers\r\n\r\nFrom: {US}\r\nMessage-ID: <{about}>\r\n\r\n--x--\r\n"
    );
    world.arrive_raw(mail.into_bytes());
}

fn only<T: Clone>(items: &[T]) -> T {
    assert_eq!(items.len(), 1);
    items[0].clone()
}

async fn states(world: &World) -> (Report, u64, u64, u64) {
    let report = world.report().await;
    let (sent, held, bounced) = (report.count(State::Sent), report.count(State::Held), report.count(State::Bounced));
    (report, sent, held, bounced)
}

#[tokio::test]
async fn a_reply_that_came_back_is_closed_and_the_address_gets_no_other() {
    let world = World::new();
    question(&world, "sato@company.example");
    once(&world, &RULES).await;
    let reply = only(&world.sent(Kind::Reply));
    bounce(&world, &reply.message_id, "failed", "5.1.1");
    let (ended, _) = once(&world, &RULES).await;
    assert!(ended.is_complete() && ended.sent == 0, "{ended:?}");
    let (report, sent, held, bounced) = states(&world).await;
    assert_eq!((sent, held, bounced), (1, 0, 1));
    assert_eq!(report.waiting().count(), 0, "nobody can do anything about it");
    assert_eq!(report.actions.get("ignore"), Some(&1));

    // Eight days later the same answer would go again; not to a dead address.
    world.pass(8 * 24 * 3600);
    question(&world, "SATO@company.example");
    once(&world, &RULES).await;
    assert_eq!(world.sent(Kind::Reply).len(), 1);
    let (report, ..) = states(&world).await;
    assert_eq!(report.review[0].reason, Reason::RecentBounce);
    assert_eq!(world.sent(Kind::Forward).len(), 1, "a person passes it on");

    // After sixty days it is tried once more.
    world.pass(55 * 24 * 3600);
    question(&world, "sato@company.example");
    once(&world, &RULES).await;
    assert_eq!(world.sent(Kind::Reply).len(), 2);
}

#[tokio::test]
async fn a_full_mailbox_and_a_delay_are_no_reason_to_stop() {
    let world = World::new();
    question(&world, "sato@company.example");
    once(&world, &RULES).await;
    let reply = only(&world.sent(Kind::Reply));
    bounce(&world, &reply.message_id, "delayed", "4.4.1");
    once(&world, &RULES).await;
    assert_eq!(states(&world).await.1, 2, "still sent");
    bounce(&world, &reply.message_id, "failed", "5.2.2");
    once(&world, &RULES).await;
    assert_eq!(states(&world).await.3, 1);
    world.pass(8 * 24 * 3600);
    question(&world, "sato@company.example");
    once(&world, &RULES).await;
    assert_eq!(world.sent(Kind::Reply).len(), 2, "the mailbox may have room again");
}

#[tokio::test]
async fn a_forward_that_came_back_goes_to_a_person_at_once() {
    let world = World::new();
    question(&world, "sato@company.example");
    let mut config = settings(Mode::Once);
    config.filing.review = Some("要確認".to_owned());
    once(&world, &RULES).await;
    assert!(!world.state().messages[0].marks[0].review);
    let forward = only(&world.sent(Kind::Forward));
    bounce(&world, &forward.message_id, "failed", "5.1.1");
    once(&world, &RULES).await;
    let (report, sent, held, bounced) = states(&world).await;
    assert_eq!((sent, held, bounced), (1, 1, 0));
    let waiting = only(&report.outbox);
    assert_eq!(
        (waiting.kind, waiting.reason, waiting.detail.as_deref()),
        (Kind::Forward, Some(Reason::Bounced), Some("5.1.1"))
    );
    assert!(world.state().messages[0].marks.last().unwrap().review, "the original is marked for a person");
    assert!(!world.state().messages[1].marks[0].review, "the report is not");
    // The same report once more, and one about the other mail of the message.
    bounce(&world, &forward.message_id, "failed", "5.1.1");
    once(&world, &RULES).await;
    assert_eq!(states(&world).await.2, 1);
    let key = waiting.key;
    let prefix: [u8; 5] = key.0[..5].try_into().unwrap();
    let dossier = only(&Reader::open(&world.ledger_path()).unwrap().show(prefix).unwrap());
    assert_eq!(dossier.notices.len(), 1, "one and the same report, known by its key");
    assert_eq!((dossier.notices[0].outcome.as_str(), dossier.notices[0].kind), ("failed", Kind::Forward));
    // The association's address stays one that is written to.
    question(&world, "abe@company.example");
    once(&world, &RULES).await;
    assert_eq!(world.sent(Kind::Forward).len(), 2);
}

#[tokio::test]
async fn bounces_in_words_and_read_receipts_are_linked_too() {
    let world = World::new();
    question(&world, "sato@company.example");
    question(&world, "abe@company.example");
    once(&world, &RULES).await;
    let [first, second] = [0, 1].map(|i| world.sent(Kind::Reply)[i].message_id.clone());
    // As qmail and Japanese carriers do it: no report fields, our header quoted.
    let words = format!(
        "Return-Path: <>\r\nFrom: postmaster@carrier.example\r\nTo: {US}\r\nSubject: failure notice\r\n\
         Message-ID: <w1@carrier.example>\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n\
         宛先のメールアドレスが見つかりません。550 5.1.1\r\n\r\n--- Below this line is a copy of the message.\r\n\r\n\
         Subject: answer\r\nMessage-ID: <{first}>\r\n\r\ntext\r\n"
    );
    let receipt = format!(
        "Return-Path: <>\r\nFrom: abe@company.example\r\nTo: {US}\r\nSubject: Read\r\nMessage-ID: <r1@company.example>\r\n\
         MIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=disposition-notification; boundary=x\r\n\r\n\
         --x\r\nContent-Type: text/plain\r\n\r\nread\r\n--x\r\nContent-Type: message/disposition-notification\r\n\r\n\
         Final-Recipient: rfc822; abe@company.example\r\nOriginal-Message-ID: <{second}>\r\n\
         Disposition: manual-action/MDN-sent-manually; displayed\r\n\r\n--x--\r\n"
    );
    world.arrive_raw(words.into_bytes());
    world.arrive_raw(receipt.into_bytes());
    // Neither of ours, nor a report: an absence notice with a null path.
    let absent = format!(
        "Return-Path: <>\r\nFrom: abe@company.example\r\nTo: {US}\r\nSubject: Automatic reply\r\nMessage-ID: <o1@company.example>\r\n\
         In-Reply-To: <{second}>\r\n\r\nI am out of the office.\r\n"
    );
    world.arrive_raw(absent.into_bytes());
    once(&world, &RULES).await;
    let (_, sent, held, bounced) = states(&world).await;
    assert_eq!((sent, held, bounced), (3, 0, 1));
}

fn capped(per_hour: u32) -> Arc<Ruleset> {
    ruleset(Limits { per_hour, ..Limits::default() })
}

/// What was said of the limit: true for held, false for over.
fn said(events: &[Event]) -> Vec<bool> {
    let of = |event: &Event| match event {
        Event::Health { component: "limit", trouble } => Some(trouble.is_some()),
        _ => None,
    };
    events.iter().filter_map(of).collect()
}

#[tokio::test]
async fn over_the_limit_of_the_service_replies_are_held_and_forwards_go_on() {
    let world = World::new();
    let rules = capped(3);
    for n in 0..5 {
        question(&world, &format!("p{n}@company{n}.example"));
    }
    let (ended, events) = once(&world, &rules).await;
    assert!(ended.is_complete(), "{ended:?}");
    assert_eq!((world.sent(Kind::Reply).len(), world.sent(Kind::Forward).len()), (3, 5));
    assert_eq!(said(&events), [true], "said once");
    let (report, _, held, _) = states(&world).await;
    assert_eq!(held, 2);
    assert!(report.outbox.iter().all(|mail| mail.reason == Some(Reason::ServiceLimit)));
    let limit = report.health.iter().find(|h| h.component == "limit").unwrap();
    assert_eq!(limit.trouble.as_deref(), Some("more than 3 replies in an hour; further ones are held, forwards go on"));
    assert_eq!(world.state().messages.iter().filter(|m| m.marks[0].review).count(), 2);

    // Another start within the hour: counted in the ledger, and not said again.
    world.pass(600);
    question(&world, "late@company9.example");
    let (_, events) = once(&world, &rules).await;
    assert_eq!((world.sent(Kind::Reply).len(), world.sent(Kind::Forward).len()), (3, 6));
    assert_eq!(said(&events), [] as [bool; 0]);

    // More than an hour later replies go again, by themselves; it is said once.
    world.pass(3 * 3600);
    question(&world, "later@company8.example");
    let (_, events) = once(&world, &rules).await;
    assert_eq!((world.sent(Kind::Reply).len(), world.sent(Kind::Forward).len()), (4, 7));
    assert_eq!(said(&events), [false]);
    // What was held stays held until a person releases it; the same question of
    // the same person does not get a second one.
    assert_eq!(states(&world).await.2, 3);
}

#[tokio::test]
async fn a_person_releases_what_the_limit_held() {
    let world = World::new();
    let rules = capped(1);
    question(&world, "p0@company0.example");
    question(&world, "p1@company1.example");
    question(&world, "p1@company1.example");
    once(&world, &rules).await;
    let (report, _, held, _) = states(&world).await;
    assert_eq!(held, 1, "the same answer is held once");
    let waiting = only(&report.outbox);
    let prefix: [u8; 5] = waiting.key.0[..5].try_into().unwrap();
    let mut editor = madoguchi::shell::ledger::Editor::open(&world.ledger_path()).unwrap();
    let wish = madoguchi::shell::ledger::Wish::Release;
    editor.act(prefix, None, wish, "sato", world.state().now).unwrap().unwrap();
    drop(editor);
    once(&world, &rules).await;
    let to: Vec<String> = world.sent(Kind::Reply).iter().map(|r| r.to.clone()).collect();
    assert_eq!(to, ["p0@company0.example", "p1@company1.example"]);
    let marks = world.state().messages[1].marks.clone();
    assert!(marks.last().unwrap().answered && !marks.last().unwrap().review, "{marks:?}");
}
