//! The daemon between a mailbox and a relay that remember.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod fakes;

use fakes::{Answer, Message, Point, World, settings, until};
use jiff::SignedDuration;
use madoguchi::core::compose::Kind;
use madoguchi::core::reason::Reason;
use madoguchi::shell::config::FirstRun;
use madoguchi::shell::daemon::{Event, Mode, Settings};
use madoguchi::shell::ledger::{Ledger, State};
use madoguchi::shell::source::{Mark, Origin};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

fn stay() -> Settings {
    settings(Mode::Stay)
}

fn first_run(mode: FirstRun) -> Settings {
    Settings { first_run: mode, ..settings(Mode::Once) }
}

#[tokio::test]
async fn each_message_is_answered_forwarded_and_marked() {
    let world = World::new();
    world.arrive("a@company.example", "both");
    world.arrive("b@company.example", "machine");
    world.arrive("c@company.example", "nothing");
    let mut config = settings(Mode::Once);
    config.filing.answered = Some("回答済み".to_owned());
    config.filing.automatic = Some("自動".to_owned());
    config.filing.review = Some("要確認".to_owned());
    let ended = world.once_with(config).await;
    assert!(ended.is_complete());
    assert_eq!((ended.decided, ended.sent), (3, 2));
    let replies = world.sent(Kind::Reply);
    assert_eq!(replies.iter().map(|r| r.to.as_str()).collect::<Vec<_>>(), ["a@company.example"]);
    let state = world.state();
    let mark = |i: usize| {
        let m = &state.messages[i].marks[0];
        (m.answered, m.forwarded, m.review, m.folder.as_deref().unwrap_or_default())
    };
    assert_eq!(mark(0), (true, true, false, "回答済み"));
    assert_eq!(mark(1), (false, false, false, "自動"));
    assert_eq!(mark(2), (false, false, true, "要確認"));
    assert!(state.messages.iter().all(|m| m.marks.len() == 1));
    assert!(state.mark_calls <= 2, "what leads to no mail is marked at once, the rest in one set");
}

#[tokio::test]
async fn a_first_run_leaves_old_mail_alone_and_says_how_much() {
    let world = World::new();
    for _ in 0..5 {
        world.arrive("old@company.example", "both");
    }
    let (daemon, mut events) = world.daemon(first_run(FirstRun::New));
    let ended = daemon.run(CancellationToken::new()).await.unwrap();
    assert_eq!((ended.decided, ended.sent), (0, 0));
    assert!(matches!(until(&mut events, |e| matches!(e, Event::Skipped { .. })).await, Event::Skipped { count: 5 }));
    assert_eq!(world.report().await.skipped, 5);
    world.arrive("new@company.example", "both");
    assert_eq!(world.once_with(first_run(FirstRun::New)).await.sent, 2);
    assert_eq!(world.report().await.skipped, 5);
}

#[tokio::test]
async fn a_first_run_from_a_day_takes_what_is_not_older() {
    let world = World::new();
    for hours in [-50, -11, -9, 1] {
        world.arrive("a@company.example", "reply");
        // 10:00 in Japan on the 25th, plus so many hours.
        world.state().messages.last_mut().unwrap().date = fakes::start() + SignedDuration::from_hours(hours);
    }
    let ended = world.once_with(first_run(FirstRun::Since(jiff::civil::date(2026, 11, 25)))).await;
    assert_eq!(ended.decided, 2, "midnight in Japan is 15:00 UTC of the day before");
    assert_eq!(world.report().await.skipped, 2);
}

#[tokio::test]
async fn a_renumbered_mailbox_is_read_anew_and_nothing_is_answered_again() {
    let world = World::new();
    world.arrive("old@company.example", "both");
    world.pass(3600);
    world.once_with(first_run(FirstRun::New)).await;
    world.pass(3600);
    world.arrive("a@company.example", "both");
    world.once_with(first_run(FirstRun::New)).await;
    assert_eq!(world.state().accepted.len(), 2);
    {
        let mut state = world.state();
        state.uid_validity = 2;
        for (i, message) in state.messages.iter_mut().enumerate() {
            message.uid = 100 + i as u32;
            message.marks.clear();
        }
        state.uid_next = 200;
    }
    world.pass(3600);
    world.arrive("b@company.example", "both");
    let ended = world.once_with(first_run(FirstRun::New)).await;
    assert_eq!(ended.decided, 1);
    let to: Vec<_> = world.sent(Kind::Reply).iter().map(|r| r.to.clone()).collect();
    assert_eq!(to, ["a@company.example", "b@company.example"]);
    let state = world.state();
    assert!(state.messages[0].marks.is_empty(), "older than the first run");
    assert!(state.messages[1].marks[0].answered, "known, and marked again");
}

#[tokio::test]
async fn a_restored_mailbox_reuses_numbers_and_nothing_is_missed() {
    let world = World::new();
    for who in ["a", "b", "c"] {
        world.arrive(&format!("{who}@company.example"), "reply");
    }
    world.once().await;
    {
        // Restored from a backup that knew only the first two.
        let mut state = world.state();
        state.messages.truncate(2);
        state.messages.iter_mut().for_each(|m| m.marks.clear());
        state.uid_next = 3;
    }
    world.arrive_raw(fakes::mail("d@company.example", "reply", 77).into_bytes());
    assert_eq!(world.once().await.decided, 1);
    let to: Vec<_> = world.sent(Kind::Reply).iter().map(|r| r.to.clone()).collect();
    assert_eq!(to.len(), 4);
    assert!(to.contains(&"d@company.example".to_owned()));
    assert!(world.state().messages[2].marks[0].answered, "the reused number is the new message's");
}

#[tokio::test]
async fn a_restored_mailbox_that_grew_past_the_watermark_is_noticed() {
    let world = World::new();
    for n in 0..20 {
        world.arrive(&format!("{n}@company.example"), "reply");
    }
    world.once().await;
    {
        let mut state = world.state();
        state.messages.truncate(5);
        state.uid_next = 6;
    }
    // 25 arrive before the daemon looks again: UIDNEXT is higher than it was.
    for n in 0..25 {
        world.arrive_raw(fakes::mail(&format!("new{n}@company.example"), "reply", 100 + n).into_bytes());
    }
    assert_eq!(world.once().await.decided, 25);
    assert_eq!(world.sent(Kind::Reply).len(), 45);
    assert!(world.state().messages.iter().skip(5).all(|m| m.marks.len() == 1));
    let again = world.once().await;
    assert_eq!((again.decided, again.sent), (0, 0));
}

#[tokio::test]
async fn a_lost_or_older_ledger_answers_nothing_again_and_misses_nothing_new() {
    let world = World::new();
    world.arrive("a@company.example", "both");
    world.once().await;
    let older = std::fs::read(world.ledger_path()).unwrap();
    world.arrive("b@company.example", "both");
    world.arrive("c@company.example", "forward");
    world.once().await;
    assert_eq!(world.state().accepted.len(), 5);

    let replace = |with: Option<&[u8]>| {
        for end in ["", "-wal", "-shm"] {
            let mut name = world.ledger_path().into_os_string();
            name.push(end);
            let _ = std::fs::remove_file(name);
        }
        if let Some(bytes) = with {
            std::fs::write(world.ledger_path(), bytes).unwrap();
        }
    };
    // Restored from a backup that knew the first message only.
    replace(Some(&older));
    world.arrive("d@company.example", "both");
    let ended = world.once().await;
    assert_eq!((ended.decided, ended.sent), (1, 2), "only the new one");
    let again = world.once().await;
    assert_eq!((again.decided, again.sent), (0, 0), "what was left alone is no sign of a restored mailbox");
    // Lost, and told to take everything.
    replace(None);
    world.arrive("e@company.example", "both");
    let ended = world.once().await;
    assert_eq!((ended.decided, ended.sent), (1, 2));
    assert_eq!(world.report().await.skipped, 0);
    // Lost, as it is by default.
    replace(None);
    let ended = world.once_with(first_run(FirstRun::New)).await;
    assert_eq!((ended.decided, ended.sent), (0, 0));
    assert_eq!(world.report().await.skipped, 5);
}

#[tokio::test]
async fn what_a_person_answered_first_is_left_to_them() {
    let world = World::new();
    let uid = world.arrive("a@company.example", "both");
    world.arrive("b@company.example", "reply");
    {
        let mut state = world.state();
        let origin = Origin { mailbox: "INBOX".to_owned(), uid_validity: 1, id: uid.to_string() };
        let mark = Mark { origin, answered: true, forwarded: false, review: false, folder: None };
        state.messages[0].marks.push(mark);
    }
    assert_eq!(world.once().await.decided, 1);
    assert_eq!(world.sent(Kind::Reply).len(), 1);
    assert!(world.sent(Kind::Forward).is_empty());
}

#[tokio::test]
async fn two_copies_of_one_message_get_one_answer_and_both_are_marked() {
    let world = World::new();
    let raw = fakes::mail("a@company.example", "both", 1).into_bytes();
    world.arrive_raw([b"Delivered-To: alias@secretariat.example\r\n".to_vec(), raw.clone()].concat());
    world.arrive_raw(raw.clone());
    world.once().await;
    world.arrive_raw(raw);
    let ended = world.once().await;
    assert_eq!(ended.decided, 0);
    assert_eq!(world.state().accepted.len(), 2);
    assert!(world.state().messages.iter().all(|m| m.marks.len() == 1 && m.marks[0].answered && m.marks[0].forwarded));
}

#[tokio::test]
async fn the_same_answer_goes_once_even_within_one_batch() {
    let world = World::new();
    world.arrive("a@company.example", "reply");
    world.arrive("A@COMPANY.example", "reply");
    world.arrive("b@company.example", "reply");
    world.once().await;
    assert_eq!(world.sent(Kind::Reply).len(), 2);
    world.pass(6 * 24 * 3600);
    world.arrive("a@company.example", "reply");
    world.once().await;
    assert_eq!(world.sent(Kind::Reply).len(), 2, "across restarts");
    world.pass(2 * 24 * 3600);
    world.arrive("a@company.example", "reply");
    world.once().await;
    assert_eq!(world.sent(Kind::Reply).len(), 3, "a week has passed");
}

#[tokio::test]
async fn deferred_mail_is_tried_again_and_refused_mail_goes_to_a_person() {
    let world = World::new();
    world.arrive("a@company.example", "reply");
    world.arrive("b@company.example", "forward");
    world.answer(Kind::Reply, &[Answer::Defer { away: false }, Answer::DeferAfter]);
    world.answer(Kind::Forward, &[Answer::Refuse]);
    let ended = world.once().await;
    assert!(!ended.is_complete() && ended.undelivered == 2, "{ended:?}");
    assert!(world.state().messages[0].marks.is_empty(), "not settled yet");
    assert!(world.state().messages[1].marks[0].review);
    let ended = world.once().await;
    assert!(ended.is_complete() && ended.sent == 0, "not due yet");
    world.pass(120);
    assert_eq!(world.once().await.undelivered, 1);
    world.pass(600);
    let ended = world.once().await;
    assert!(ended.is_complete() && ended.sent == 1, "{ended:?}");
    assert!(world.state().messages[0].marks[0].answered);
    let report = world.report().await;
    assert_eq!((report.count(State::Sent), report.count(State::Refused)), (1, 1));
}

#[tokio::test]
async fn after_five_days_of_trying_a_mail_is_held() {
    let world = World::new();
    world.arrive("a@company.example", "reply");
    world.answer(Kind::Reply, &vec![Answer::Defer { away: false }; 200]);
    let mut runs = 0;
    while world.report().await.count(State::Held) == 0 {
        world.once().await;
        world.pass(2 * 3600);
        runs += 1;
        assert!(runs < 100);
    }
    assert!((58..64).contains(&runs), "{runs}");
    let report = world.report().await;
    assert_eq!(report.outbox[0].reason, Some(Reason::GaveUp));
    world.once().await;
    assert!(world.state().messages[0].marks[0].review);
}

#[tokio::test]
async fn a_clock_that_jumps_gives_nothing_up_and_answers_nothing_twice() {
    // A day back, a year forward, and back again; an hour, as where summer time
    // was set on the machine's own clock.
    for jumps in [&[-86_400][..], &[365 * 86_400], &[365 * 86_400, -365 * 86_400], &[3600], &[-3600]] {
        let world = World::new();
        world.arrive("a@company.example", "both");
        world.answer(Kind::Forward, &[Answer::Defer { away: false }]);
        assert_eq!(world.once().await.undelivered, 1);
        for jump in jumps {
            world.pass(*jump);
        }
        // An hour back could be an honest wait: it is waited for.
        world.pass(if jumps == [-3600] { 3720 } else { 120 });
        world.arrive("b@company.example", "both");
        let ended = world.once().await;
        assert!(ended.is_complete() && ended.decided == 1, "{jumps:?} {ended:?}");
        assert_eq!((world.sent(Kind::Reply).len(), world.sent(Kind::Forward).len()), (2, 2), "{jumps:?}");
        assert!(world.state().messages.iter().all(|m| m.marks[0].answered && m.marks[0].forwarded), "{jumps:?}");
        let run = world.report().await.run.unwrap();
        assert!(run.ended.is_some(), "the last run is the one that ended, {jumps:?}");
        // Set back, the earlier reply is still counted.
        if jumps.last().is_some_and(|jump| *jump < 0) {
            world.arrive("a@company.example", "reply");
            world.once().await;
            assert_eq!(world.sent(Kind::Reply).len(), 2, "{jumps:?}: the same answer, too early");
        }
    }
}

#[tokio::test]
async fn an_answer_lost_holds_the_reply_and_repeats_the_forward() {
    let world = World::new();
    world.arrive("a@company.example", "both");
    world.answer(Kind::Reply, &[Answer::Vanish]);
    world.answer(Kind::Forward, &[Answer::Lose]);
    world.once().await;
    world.pass(120);
    world.once().await;
    let forwards = world.sent(Kind::Forward);
    assert_eq!(forwards.len(), 2);
    assert_eq!(forwards[0], forwards[1]);
    assert!(world.sent(Kind::Reply).is_empty());
    world.pass(24 * 3600);
    world.once().await;
    assert!(world.sent(Kind::Reply).is_empty(), "only a person sends it again");
    let report = world.report().await;
    assert_eq!(report.outbox.len(), 1);
    assert_eq!((report.outbox[0].state, report.outbox[0].reason), (State::Held, Some(Reason::InDoubt)));
    assert!(world.state().messages[0].marks[0].review);
}

#[tokio::test]
async fn a_relay_that_is_away_delays_everything_and_blames_no_mail() {
    let world = World::new();
    world.arrive("a@company.example", "both");
    world.answer(Kind::Reply, &[Answer::Defer { away: true }, Answer::Defer { away: true }]);
    let (daemon, mut events) = world.daemon(stay());
    let shutdown = CancellationToken::new();
    let running = tokio::spawn(daemon.run(shutdown.clone()));
    let trouble = |e: &Event| matches!(e, Event::Health { component: "relay", trouble: Some(_) });
    until(&mut events, trouble).await;
    let well = |e: &Event| matches!(e, Event::Health { component: "relay", trouble: None });
    let settled = |e: &Event| matches!(e, Event::Settled { id, state: State::Sent, .. } if id.kind == Kind::Reply);
    until(&mut events, |e| settled(e) || well(e)).await;
    until(&mut events, |e| matches!(e, Event::Idle)).await;
    shutdown.cancel();
    let ended = running.await.unwrap().unwrap();
    assert_eq!((ended.sent, ended.undelivered), (2, 0));
    assert!(world.report().await.health.iter().all(|h| h.trouble.is_none()));
}

#[tokio::test]
async fn a_single_run_does_not_wait_for_a_relay_that_is_away() {
    let world = World::new();
    for n in 0..20 {
        world.arrive(&format!("{n}@company.example"), "both");
    }
    world.answer(Kind::Reply, &vec![Answer::Defer { away: true }; 100]);
    world.answer(Kind::Forward, &vec![Answer::Defer { away: true }; 100]);
    let ended = world.once().await;
    assert!(!ended.is_complete(), "{ended:?}");
    assert!(world.state().offers <= 16, "{} offers to a relay that is away", world.state().offers);
    let report = world.report().await;
    assert!(report.health.iter().any(|h| h.component == "relay" && h.trouble.as_deref() == Some("451 later")));
    world.state().answers.clear();
    world.pass(300);
    assert!(world.once().await.is_complete());
    assert_eq!(world.state().accepted.len(), 40);
}

#[tokio::test]
async fn a_mailbox_that_stays_away_ends_a_single_run_after_the_outbox() {
    let world = World::new();
    world.arrive("a@company.example", "both");
    world.answer(Kind::Forward, &[Answer::Defer { away: false }]);
    world.once().await;
    world.state().offline = true;
    world.pass(600);
    let ended = world.once().await;
    assert!(ended.unreachable && !ended.is_complete());
    assert_eq!(world.sent(Kind::Forward).len(), 1, "what was due went out");
    let report = world.report().await;
    let mailbox = report.health.iter().find(|h| h.component == "mailbox").unwrap();
    assert_eq!(mailbox.trouble.as_deref(), Some("cannot connect to fake: connection refused"));
    world.state().offline = false;
    assert!(world.once().await.is_complete());
    assert!(world.state().messages[0].marks[0].forwarded);
}

#[tokio::test]
async fn what_cannot_be_read_decided_or_composed_goes_to_a_person_and_the_rest_goes_on() {
    let world = World::new();
    for subject in ["panic in read", "reply", "panic in decide", "panic in compose", "error in compose", "both"] {
        world.arrive(&format!("{}@company.example", subject.replace(' ', ".")), subject);
    }
    world.arrive_raw(Vec::new());
    world.arrive_raw(Vec::new());
    let uid = world.arrive("large@company.example", "both");
    world.state().messages.iter_mut().find(|m| m.uid == uid).unwrap().size = 60 * 1024 * 1024;
    let ended = world.once().await;
    assert!(ended.is_complete());
    assert_eq!((ended.decided, ended.sent), (9, 3));
    let review: Vec<bool> = world.state().messages.iter().map(|m| m.marks[0].review).collect();
    assert_eq!(review, [true, false, true, true, true, false, true, true, true]);
    let report = world.report().await;
    let reasons: Vec<_> = report.review.iter().map(|m| m.reason).collect();
    assert_eq!(reasons.iter().filter(|r| **r == Reason::NotComposed).count(), 2, "{reasons:?}");
    assert!(reasons.contains(&Reason::Malformed) && reasons.contains(&Reason::TooLarge), "{reasons:?}");
}

#[tokio::test]
async fn mail_that_arrives_while_it_runs_is_answered_at_once() {
    let world = World::new();
    let (daemon, mut events) = world.daemon(stay());
    let shutdown = CancellationToken::new();
    let running = tokio::spawn(daemon.run(shutdown.clone()));
    until(&mut events, |e| matches!(e, Event::Idle)).await;
    for n in 0..3 {
        world.arrive(&format!("{n}@company.example"), "both");
        until(&mut events, |e| matches!(e, Event::Decided(_))).await;
        until(&mut events, |e| matches!(e, Event::Filed { .. })).await;
        until(&mut events, |e| matches!(e, Event::Idle)).await;
        assert_eq!(world.state().accepted.len(), 2 * (n + 1));
    }
    shutdown.cancel();
    assert_eq!(running.await.unwrap().unwrap().sent, 6);
    assert!(world.report().await.run.unwrap().ended.is_some());
}

#[tokio::test]
async fn a_mailbox_that_comes_back_is_read_again() {
    let world = World::new();
    let (daemon, mut events) = world.daemon(Settings { poll: Duration::from_millis(50), ..stay() });
    let shutdown = CancellationToken::new();
    let running = tokio::spawn(daemon.run(shutdown.clone()));
    until(&mut events, |e| matches!(e, Event::Idle)).await;
    world.state().offline = true;
    world.arrive("a@company.example", "both");
    until(&mut events, |e| matches!(e, Event::Health { component: "mailbox", trouble: Some(_) })).await;
    world.state().offline = false;
    until(&mut events, |e| matches!(e, Event::Health { component: "mailbox", trouble: None })).await;
    until(&mut events, |e| matches!(e, Event::Filed { .. })).await;
    shutdown.cancel();
    assert_eq!(running.await.unwrap().unwrap().sent, 2);
}

#[tokio::test]
async fn a_shutdown_finishes_what_is_on_its_way_and_leaves_the_rest() {
    let world = World::new();
    world.arrive("a@company.example", "both");
    world.answer(Kind::Forward, &[Answer::Hang]);
    let (daemon, mut events) = world.daemon(stay());
    let shutdown = CancellationToken::new();
    let running = tokio::spawn(daemon.run(shutdown.clone()));
    until(&mut events, |e| matches!(e, Event::Settled { state: State::Sent, .. })).await;
    world.hanging.notified().await;
    let at = std::time::Instant::now();
    shutdown.cancel();
    let ended = running.await.unwrap().unwrap();
    assert!(at.elapsed() < Duration::from_secs(5), "a relay that hangs does not hold the shutdown up");
    assert_eq!(ended.sent, 1);
    assert_eq!(world.report().await.count(State::Active), 1);
    world.state().answers.clear();
    assert!(world.once().await.is_complete());
    assert_eq!((world.sent(Kind::Reply).len(), world.sent(Kind::Forward).len()), (1, 1));
}

#[tokio::test]
async fn a_dry_run_decides_and_touches_nothing() {
    let world = World::new();
    world.arrive("a@company.example", "both");
    world.once().await;
    world.arrive("a@company.example", "reply");
    world.arrive("b@company.example", "both");
    let touched = || {
        let state = world.state();
        (state.accepted.len(), state.mark_calls)
    };
    let before = touched();
    let bytes = std::fs::read(world.ledger_path()).unwrap();
    let ledger = Ledger::in_memory(Some(&world.ledger_path())).unwrap();
    let (daemon, mut events) = world.daemon_with(settings(Mode::DryRun), ledger);
    let ended = daemon.run(CancellationToken::new()).await.unwrap();
    assert_eq!((ended.decided, ended.sent), (2, 0));
    let mut reasons = Vec::new();
    while let Ok(event) = events.try_recv() {
        if let Event::Decided(message) = event {
            reasons.push(message.plan.reason);
        }
    }
    assert_eq!(reasons, [Reason::SameAnswer, Reason::Answered], "with the history of the real ledger");
    assert_eq!(touched(), before);
    assert_eq!(std::fs::read(world.ledger_path()).unwrap(), bytes);
}

#[tokio::test]
async fn copies_of_sent_mail_are_filed_and_a_refusing_folder_holds_nothing_up() {
    let world = World::new();
    let mut config = settings(Mode::Once);
    config.filing.sent = Some("Sent".to_owned());
    world.arrive("a@company.example", "both");
    world.once_with(config.clone()).await;
    assert_eq!(world.state().sent_folder.len(), 2);
    world.state().append_refused = true;
    world.arrive("b@company.example", "reply");
    assert!(world.once_with(config.clone()).await.is_complete());
    assert!(world.state().messages[1].marks[0].answered);
    let report = world.report().await;
    assert!(report.health.iter().any(|h| h.component == "sent-copy" && h.trouble.is_some()));
    world.state().append_refused = false;
    world.once_with(config.clone()).await;
    assert_eq!(world.state().sent_folder.len(), 2, "two replies of the same octets, one file");
    config.filing.sent_by_server = true;
    world.arrive("c@company.example", "forward");
    world.once_with(config).await;
    assert_eq!(world.state().sent_folder.len(), 2, "the server files it");
}

#[tokio::test]
async fn a_full_disk_stops_intake_and_goes_on_when_there_is_room() {
    let world = World::new();
    let ledger = world.ledger();
    let (daemon, mut events) = world.daemon_with(stay(), ledger.clone());
    let shutdown = CancellationToken::new();
    let running = tokio::spawn(daemon.run(shutdown.clone()));
    until(&mut events, |e| matches!(e, Event::Idle)).await;
    ledger.limit_size(Some(4096)).await.unwrap();
    let long = fakes::mail("a@company.example", "both", 1) + &"line after line\r\n".repeat(20_000);
    world.arrive_raw(long.into_bytes());
    let trouble = until(&mut events, |e| matches!(e, Event::Health { component: "ledger", .. })).await;
    let Event::Health { trouble: Some(line), .. } = trouble else { panic!("no trouble") };
    assert!(line.starts_with("no room left"), "{line}");
    assert!(world.state().accepted.is_empty(), "nothing goes out that is not recorded");
    ledger.limit_size(None).await.unwrap();
    until(&mut events, |e| matches!(e, Event::Filed { .. })).await;
    shutdown.cancel();
    assert_eq!(running.await.unwrap().unwrap().sent, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_messages_share_fsyncs_and_marks() {
    let world = World::new();
    for n in 0..600 {
        world.arrive(&format!("{n}@company.example"), "both");
    }
    let ledger = world.ledger();
    let (daemon, _events) = world.daemon_with(settings(Mode::Once), ledger.clone());
    let ended = daemon.run(CancellationToken::new()).await.unwrap();
    assert_eq!((ended.decided, ended.sent), (600, 1200));
    let per_mail = ledger.commits() as f64 / 1200.0;
    assert!(per_mail < 1.6, "two durable steps a mail, {per_mail:.2} commits");
    assert!(world.state().mark_calls < 60, "{} calls to mark 600 originals", world.state().mark_calls);
    assert!(world.state().messages.iter().all(|m| m.marks.len() == 1));
}

#[tokio::test]
async fn a_mailbox_of_many_old_messages_costs_one_look() {
    let world = World::new();
    {
        let mut state = world.state();
        let date = state.now;
        state.messages =
            (1..=100_000).map(|uid| Message { uid, raw: Vec::new(), size: 0, date, marks: Vec::new() }).collect();
        state.uid_next = 100_001;
    }
    world.once_with(first_run(FirstRun::New)).await;
    let before = world.state().fetches;
    world.arrive("a@company.example", "both");
    world.once_with(first_run(FirstRun::New)).await;
    assert_eq!(world.sent(Kind::Reply).len(), 1);
    assert!(world.state().fetches - before < 20);
    let _ = Point::Fetched;
}
