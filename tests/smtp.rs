//! Delivery over SMTP: a relay that fails at each step in each way, smtp-sink
//! for the octets, Postfix for TLS, login and refusals in real words; and
//! delivery through a local sendmail.

mod servers;

use madoguchi::core::compose::{Kind, Outgoing};
use madoguchi::shell::config::{OutboundUrl, Security, Server};
use madoguchi::shell::delivery::smtp::{Limits, Smtp};
use madoguchi::shell::delivery::{self, Delivery, NotSent, Outcome};
use servers::fake::{self, Fault};
use servers::{Dovecot, Postfix, Sink, outgoing};
use std::sync::Arc;
use std::time::Duration;

const OFFERS: &[&str] = &["8BITMIME", "SIZE 1000000", "DSN", "AUTH PLAIN LOGIN"];

/// Both stages in one.
async fn send(delivery: &dyn Delivery, mail: &Outgoing) -> Outcome {
    match delivery.offer(mail).await {
        Ok(offered) => offered.payload().await,
        Err(not_sent) => Outcome::NotSent(not_sent),
    }
}

fn quick(server: Server) -> Smtp {
    let short = Duration::from_millis(300);
    Smtp::with_limits(server, Limits { connect: short, command: short, data: short, ..Limits::default() })
}

fn reply() -> Outgoing {
    outgoing(Kind::Reply, "yamada@a.example", "hello\r\n")
}

/// One word for an outcome.
fn word(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Sent(_) => "sent",
        Outcome::InDoubt(_) => "in doubt",
        Outcome::NotSent(NotSent::Deferred { relay_away: true, .. }) => "away",
        Outcome::NotSent(NotSent::Deferred { relay_away: false, .. }) => "deferred",
        Outcome::NotSent(NotSent::Refused { .. }) => "refused",
        Outcome::NotSent(NotSent::NeedsSevenBit) => "seven-bit",
    }
}

#[tokio::test]
async fn every_fault_at_every_step_has_its_meaning() {
    use Fault::{Close, Say, SayAndClose, Silence};
    let faults = [Say("450 4.2.0 later"), Say("550 5.7.1 never"), SayAndClose("421 4.3.2 closing"), Close, Silence];
    // Before the message nothing is in doubt; after the dot only an answer tells.
    let table = [
        ("CONNECT", ["away", "away", "away", "away", "away"]),
        ("EHLO", ["away", "away", "away", "away", "away"]),
        ("MAIL", ["deferred", "refused", "away", "away", "away"]),
        ("RCPT", ["deferred", "refused", "away", "away", "away"]),
        ("DATA", ["deferred", "refused", "away", "away", "away"]),
        (".", ["deferred", "refused", "away", "in doubt", "in doubt"]),
    ];
    let pipelining = [OFFERS, &["PIPELINING"]].concat();
    for (offers, (step, meanings)) in [OFFERS, &pipelining].into_iter().flat_map(|o| table.map(|row| (o, row))) {
        for (fault, meaning) in faults.iter().zip(meanings) {
            let relay = fake::Smtp::start(offers).await;
            relay.fault(step, fault.clone(), 1);
            let smtp = quick(relay.server());
            let outcome = send(&smtp, &reply()).await;
            assert_eq!(word(&outcome), meaning, "{step} {fault:?}: {outcome:?}");
            assert_eq!(relay.state().messages.len(), usize::from(step == "."), "{step} {fault:?}");
            // The fault is over: the next mail goes.
            assert_eq!(word(&send(&smtp, &reply()).await), "sent", "after {step} {fault:?}");
        }
    }
}

#[tokio::test]
async fn causes_name_the_step_and_no_address() {
    let relay = fake::Smtp::start(OFFERS).await;
    relay.fault("RCPT", Fault::Say("550 5.1.1 <yamada@a.example>: user unknown"), 1);
    let outcome = send(&quick(relay.server()), &reply()).await;
    let cause = "RCPT was answered with 550 5.1.1 <*@a.example>: user unknown".to_owned();
    assert_eq!(outcome, Outcome::NotSent(NotSent::Refused { cause }));
}

#[tokio::test]
async fn a_connection_cut_inside_the_message_is_not_in_doubt() {
    let mail = outgoing(Kind::Reply, "yamada@a.example", &"long line\r\n".repeat(500_000));
    for (fault, meaning) in [(Fault::Close, "away"), (Fault::SayAndClose("552 5.3.4 too much"), "away or refused")] {
        let relay = fake::Smtp::start(&[]).await;
        relay.fault("INSIDE", fault, 1);
        let smtp = Smtp::new(relay.server());
        // Whether the parting words arrive before the reset is the network's choice.
        let outcome = send(&smtp, &mail).await;
        assert!(meaning.contains(word(&outcome)), "{outcome:?}");
    }
}

#[tokio::test]
async fn an_answer_that_is_not_utf8_keeps_its_code() {
    let relay = fake::Smtp::start(OFFERS).await;
    relay.fault("RCPT", Fault::Say("550 5.1.1 inconnu \u{e9}"), 1);
    assert_eq!(word(&send(&quick(relay.server()), &reply()).await), "refused");
}

#[tokio::test]
async fn mail_and_rcpt_say_what_the_relay_can_use() {
    let relay = fake::Smtp::start(OFFERS).await;
    let smtp = quick(relay.server());
    let eight = outgoing(Kind::Reply, "foo..bar@docomo.ne.jp", "窓口\r\n");
    assert_eq!(word(&send(&smtp, &eight).await), "sent");
    let forward = outgoing(Kind::Forward, "kai@c.example", "x\r\n");
    assert_eq!(word(&send(&smtp, &forward).await), "sent");
    let commands = relay.state().commands.clone();
    let sent: Vec<&str> =
        commands.iter().map(String::as_str).filter(|c| c.starts_with("MAIL") || c.starts_with("RCPT")).collect();
    assert_eq!(
        sent,
        [
            format!("MAIL FROM:<> BODY=8BITMIME SIZE={}", eight.bytes.len()).as_str(),
            "RCPT TO:<\"foo..bar\"@docomo.ne.jp> NOTIFY=NEVER",
            format!("MAIL FROM:<jimukyoku@b.example> SIZE={}", forward.bytes.len()).as_str(),
            "RCPT TO:<kai@c.example>",
        ]
    );
}

#[tokio::test]
async fn what_the_relay_cannot_take_is_not_offered() {
    let relay = fake::Smtp::start(&["SIZE 1000"]).await;
    let smtp = quick(relay.server());
    let eight = outgoing(Kind::Reply, "a@a.example", "窓口\r\n");
    assert_eq!(send(&smtp, &eight).await, Outcome::NotSent(NotSent::NeedsSevenBit));
    let large = outgoing(Kind::Reply, "a@a.example", &"x\r\n".repeat(1000));
    let outcome = send(&smtp, &large).await;
    assert_eq!(word(&outcome), "refused");
    let mut smuggled = reply();
    smuggled.bytes = b"Subject: x\r\n\r\na\n.\nMAIL FROM:<>\r\n".to_vec();
    assert_eq!(word(&send(&smtp, &smuggled).await), "refused");
    assert!(!relay.state().commands.iter().any(|c| c.starts_with("MAIL")), "{:?}", relay.state().commands);
    assert_eq!(relay.state().connections, 1, "the connection is still good");
}

#[tokio::test]
async fn octets_arrive_with_dots_doubled_and_nothing_added() {
    let relay = fake::Smtp::start(OFFERS).await;
    let smtp = quick(relay.server());
    for (body, wire) in [(".\r\n..x\r\n", "..\r\n...x\r\n"), ("no end", "no end\r\n"), ("x\r\n\r\n", "x\r\n\r\n")] {
        let mail = outgoing(Kind::Reply, "a@a.example", body);
        assert_eq!(word(&send(&smtp, &mail).await), "sent");
        let message = relay.state().messages.pop().unwrap();
        let head = mail.bytes.len() - body.len();
        assert_eq!(String::from_utf8_lossy(&message[head..]), wire);
        assert_eq!(message[..head], mail.bytes[..head]);
    }
}

#[tokio::test]
async fn a_connection_serves_many_mails_and_survives_a_refused_one() {
    let relay = fake::Smtp::start(OFFERS).await;
    relay.fault("RCPT", Fault::Say("550 no"), 1);
    let smtp = quick(relay.server());
    assert_eq!(word(&send(&smtp, &reply()).await), "refused");
    for _ in 0..5 {
        assert_eq!(word(&send(&smtp, &reply()).await), "sent");
    }
    assert_eq!(relay.state().connections, 1);
    assert_eq!(relay.state().commands.iter().filter(|c| *c == "RSET").count(), 1);
}

#[tokio::test]
async fn where_the_relay_pipelines_a_mail_takes_two_round_trips() {
    let relay = fake::Smtp::start(&["PIPELINING", "8BITMIME"]).await;
    let smtp = quick(relay.server());
    let long = outgoing(Kind::Reply, "a@a.example", &"a line of the message\r\n".repeat(10_000));
    for mail in [reply(), long] {
        assert_eq!(word(&send(&smtp, &mail).await), "sent");
        let received = relay.state().messages.pop().unwrap();
        assert_eq!(received, mail.bytes);
    }
    // RCPT and DATA are there before MAIL is answered.
    assert_eq!(relay.state().waited_for, ["EHLO", "EHLO", "MAIL", "MAIL"]);
    // One refusal does not shift the answers of the next mail.
    for step in ["MAIL", "RCPT", "DATA"] {
        relay.fault(step, Fault::Say("550 5.7.1 no"), 1);
        let outcome = send(&smtp, &reply()).await;
        let Outcome::NotSent(NotSent::Refused { cause }) = &outcome else { panic!("{step}: {outcome:?}") };
        assert!(cause.starts_with(step), "{cause}");
        assert_eq!(word(&send(&smtp, &reply()).await), "sent", "after {step}");
    }
    assert_eq!(relay.state().messages.len(), 3);
}

#[tokio::test]
async fn a_kept_connection_that_closed_is_replaced() {
    for fault in [Fault::SayAndClose("421 4.4.2 idle too long"), Fault::Close] {
        let relay = fake::Smtp::start(OFFERS).await;
        let smtp = quick(relay.server());
        assert_eq!(word(&send(&smtp, &reply()).await), "sent");
        relay.fault("MAIL", fault, 1);
        assert_eq!(word(&send(&smtp, &reply()).await), "sent");
        assert_eq!(relay.state().connections, 2);
        assert_eq!(relay.state().messages.len(), 2);
    }
}

#[tokio::test]
async fn connections_are_bounded_and_closed_when_unused() {
    let relay = fake::Smtp::start(OFFERS).await;
    let gate = Arc::new(tokio::sync::Semaphore::new(0));
    relay.state().gate = Some(Arc::clone(&gate));
    let limits = Limits { connections: 3, idle: Duration::from_millis(100), ..Limits::default() };
    let smtp = Arc::new(Smtp::with_limits(relay.server(), limits));
    let mails: Vec<_> = (0..12)
        .map(|_| {
            let smtp = Arc::clone(&smtp);
            tokio::spawn(async move { send(&*smtp, &reply()).await })
        })
        .collect();
    servers::eventually("three mails at the relay", || relay.state().messages.len() == 3).await;
    assert_eq!(relay.state().most, 3);
    gate.add_permits(100);
    for mail in mails {
        assert_eq!(word(&mail.await.unwrap()), "sent");
    }
    assert_eq!(relay.state().most, 3);
    servers::eventually("unused connections to be closed", || relay.state().open == 0).await;
    assert!(relay.state().commands.iter().any(|c| c == "QUIT"));
}

#[tokio::test]
async fn an_offer_that_is_dropped_sends_nothing() {
    let relay = fake::Smtp::start(OFFERS).await;
    let smtp = quick(relay.server());
    drop(smtp.offer(&reply()).await.ok().unwrap());
    assert_eq!(word(&send(&smtp, &reply()).await), "sent");
    assert_eq!(relay.state().messages.len(), 1);
}

#[tokio::test]
async fn a_refused_login_defers_and_does_not_tell_the_password() {
    let relay = fake::Smtp::start(OFFERS).await;
    relay.fault("AUTH", Fault::Say("535 5.7.8 authentication failed"), 1);
    let smtp = quick(relay.server_with_login());
    let outcome = send(&smtp, &reply()).await;
    let Outcome::NotSent(NotSent::Deferred { cause, relay_away: true }) = &outcome else { panic!("{outcome:?}") };
    assert!(cause.contains("login of someone failed") && cause.contains("535"), "{cause}");
    assert!(!format!("{outcome:?}").contains("secret"));
    let none = fake::Smtp::start(&[]).await;
    assert_eq!(word(&send(&quick(none.server_with_login()), &reply()).await), "away");
}

#[tokio::test]
async fn starttls_is_not_optional_where_configured() {
    let relay = fake::Smtp::start(OFFERS).await;
    let server = Server { security: Security::StartTls, ..relay.server_with_login() };
    let outcome = send(&quick(server), &reply()).await;
    let Outcome::NotSent(not_sent) = &outcome else { panic!("{outcome:?}") };
    assert!(not_sent.cause().contains("does not offer STARTTLS"), "{outcome:?}");
    assert!(!relay.state().commands.iter().any(|c| c.starts_with("AUTH")));
}

#[tokio::test]
async fn a_starttls_that_breaks_sends_nothing_in_the_clear() {
    let faults = [
        Fault::Say("454 4.7.0 TLS not available due to temporary reason"),
        // Goes on in the clear, and perhaps with an answer that somebody put there.
        Fault::Say("220 2.0.0 ready"),
        Fault::Say("220 2.0.0 ready\r\n250 2.0.0 ok"),
        Fault::SayAndClose("220 2.0.0 ready"),
        Fault::Close,
        Fault::Silence,
    ];
    for (fault, security) in
        faults.iter().flat_map(|fault| [Security::StartTls, Security::Opportunistic].map(|security| (fault, security)))
    {
        let relay = fake::Smtp::start(&["STARTTLS", "AUTH PLAIN LOGIN"]).await;
        relay.fault("STARTTLS", fault.clone(), 1);
        let server = Server { security, ..relay.server_with_login() };
        let outcome = send(&quick(server), &reply()).await;
        assert_eq!(word(&outcome), "away", "{fault:?} {security:?}: {outcome:?}");
        let state = relay.state();
        let in_clear = |c: &&String| ["AUTH", "MAIL", "RCPT"].iter().any(|verb| c.starts_with(verb));
        assert_eq!(state.commands.iter().find(in_clear), None, "{fault:?} {security:?}");
        assert!(!format!("{outcome:?}").contains("secret"));
    }
}

#[tokio::test]
async fn a_slow_relay_is_waited_for() {
    let relay = fake::Smtp::start(OFFERS).await;
    // Each answer comes just before its deadline; all of them take far longer.
    relay.state().slowness = Duration::from_millis(150);
    relay.state().pause = Duration::from_millis(150);
    let began = std::time::Instant::now();
    assert_eq!(word(&send(&quick(relay.server()), &reply()).await), "sent");
    assert!(began.elapsed() > Duration::from_millis(600), "{:?}", began.elapsed());
}

#[tokio::test]
async fn a_relay_that_is_not_there() {
    let server = Server { port: servers::free_port(), ..fake::Smtp::start(&[]).await.server() };
    let named = format!("relay 127.0.0.1:{}: ", server.port);
    let outcome = send(&quick(server), &reply()).await;
    let Outcome::NotSent(NotSent::Deferred { cause, relay_away: true }) = outcome else { panic!("{outcome:?}") };
    assert!(cause.starts_with(&named), "{cause}");
}

// ---------------------------------------------------------------- real servers

#[tokio::test]
#[ignore = "needs postfix: run scripts/test"]
async fn smtp_sink_gets_the_octets() {
    let sink = Sink::start();
    let smtp = Smtp::new(sink.server());
    let body = "窓口のご案内\r\n.\r\n..\r\nend\r\n";
    let mail = outgoing(Kind::Reply, "foo..bar@docomo.ne.jp", body);
    assert_eq!(word(&send(&smtp, &mail).await), "sent");
    let received = sink.received(1).remove(0);
    assert_eq!(received.mail.split(' ').next(), Some("<>"));
    assert!(received.rcpt.contains("\"foo..bar\"@docomo.ne.jp"), "{}", received.rcpt);
    let sent = String::from_utf8(mail.bytes).unwrap().replace("\r\n", "\n");
    assert_eq!(String::from_utf8(received.message).unwrap(), sent);
}

#[tokio::test]
#[ignore = "needs postfix: run scripts/test"]
async fn smtp_sink_that_refuses_or_leaves() {
    for (options, meaning) in [
        (&["-f", "RCPT"][..], "refused"),
        (&["-r", "MAIL"], "deferred"),
        (&["-q", "DATA"], "away"),
        (&["-Q", "."], "away"),
        (&["-q", "."], "in doubt"),
        (&["-f", "."], "refused"),
        (&["-8"], "seven-bit"),
    ] {
        let sink = Sink::start_with(options);
        let mail = outgoing(Kind::Reply, "a@a.example", "窓口\r\n");
        let outcome = send(&Smtp::new(sink.server()), &mail).await;
        assert_eq!(word(&outcome), meaning, "{options:?} {outcome:?}");
    }
}

#[tokio::test]
#[ignore = "needs postfix: run scripts/test"]
async fn mails_in_a_row_are_not_held_back() {
    let sink = Sink::start();
    let smtp = Smtp::new(sink.server());
    let mut quickest = Duration::MAX;
    for _ in 0..100 {
        let began = std::time::Instant::now();
        assert_eq!(word(&send(&smtp, &reply()).await), "sent");
        quickest = quickest.min(began.elapsed());
    }
    // With Nagle's delay each takes 44 ms at least; on a busy machine some take long without it.
    assert!(quickest < Duration::from_millis(20), "{quickest:?}");
}

#[tokio::test]
#[ignore = "needs dovecot and postfix: run scripts/test"]
async fn postfix_with_starttls_and_login_relays_what_we_send() {
    let (logins, sink) = (Dovecot::start(), Sink::start());
    let postfix = Postfix::start(&logins, &sink);
    let smtp = Smtp::new(postfix.server());
    let mail = outgoing(Kind::Forward, "kai@c.example", "窓口のご案内\r\n.\r\nend\r\n");
    let Outcome::Sent(words) = send(&smtp, &mail).await else { panic!("not sent") };
    assert!(words.contains("queued as"), "{words}");
    let received = sink.received(1).remove(0);
    assert!(received.mail.starts_with("<jimukyoku@b.example>"), "{}", received.mail);
    let sent = String::from_utf8(mail.bytes).unwrap().replace("\r\n", "\n");
    assert!(String::from_utf8(received.message).unwrap().ends_with(&sent), "the message is not as sent");

    // Refusals in a real server's words.
    let wrong = Server { password: Some("wrong".to_owned().into()), ..postfix.server() };
    let outcome = send(&Smtp::new(wrong), &reply()).await;
    assert!(
        matches!(&outcome, Outcome::NotSent(n) if n.cause().contains("login of *@b.example failed: AUTH was answered with 535")),
        "{outcome:?}"
    );
    let nobody = Server { user: None, password: None, ..postfix.server() };
    assert_eq!(word(&send(&Smtp::new(nobody), &reply()).await), "refused");
    let untrusted = Server { ca: Some(logins.certificates.ca.clone()), ..postfix.server() };
    let outcome = send(&Smtp::new(untrusted), &reply()).await;
    assert!(matches!(&outcome, Outcome::NotSent(n) if n.cause().contains("certificate not trusted")), "{outcome:?}");
    let other_name = Server { host: "127.0.0.1".to_owned(), ..postfix.server() };
    let outcome = send(&Smtp::new(other_name), &reply()).await;
    assert!(
        matches!(&outcome, Outcome::NotSent(n) if n.cause().contains("not made out for `127.0.0.1`")),
        "{outcome:?}"
    );
    let large = outgoing(Kind::Reply, "a@a.example", &"x\r\n".repeat(400_000));
    let outcome = send(&smtp, &large).await;
    assert!(matches!(&outcome, Outcome::NotSent(n) if n.cause().contains("the relay takes 1000000")), "{outcome:?}");

    // The same relay through its sendmail.
    let sendmail = delivery::connect(&OutboundUrl::Sendmail(postfix.sendmail()));
    let mail = outgoing(Kind::Reply, "kai@c.example", "窓口\r\n.\r\nby sendmail\r\n");
    assert_eq!(word(&send(&*sendmail, &mail).await), "sent", "{}", postfix.log());
    let received = sink.received(2);
    let piped = received.iter().find(|r| r.mail.starts_with("<>")).expect("the reply");
    let sent = String::from_utf8(mail.bytes).unwrap().replace("\r\n", "\n");
    assert!(String::from_utf8_lossy(&piped.message).ends_with(&sent), "{}", String::from_utf8_lossy(&piped.message));
}

// ---------------------------------------------------------------- sendmail

/// A sendmail that does what `script` says.
fn sendmail(folder: &std::path::Path, script: &str) -> delivery::sendmail::Sendmail {
    use std::os::unix::fs::PermissionsExt;
    let path = folder.join("sendmail");
    // Written under another name: a file open for writing cannot be run.
    std::fs::write(folder.join("new"), format!("#!/bin/sh\ncd {}\n{script}\n", folder.display())).unwrap();
    std::fs::set_permissions(folder.join("new"), std::fs::Permissions::from_mode(0o755)).unwrap();
    std::fs::rename(folder.join("new"), &path).unwrap();
    delivery::sendmail::Sendmail::new(path).with_limit(Duration::from_secs(2))
}

#[tokio::test]
async fn sendmail_is_told_the_envelope_and_given_unix_lines() {
    let folder = tempfile::tempdir().unwrap();
    let sendmail = sendmail(folder.path(), "for a; do echo \"$a\"; done > arguments; cat > input");
    assert_eq!(word(&send(&sendmail, &outgoing(Kind::Reply, "-x@a.example", "窓口\r\n.\r\n")).await), "sent");
    let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
    assert_eq!(read("arguments"), "-i\n-B8BITMIME\n-f\n<>\n--\n-x@a.example\n");
    assert!(read("input").ends_with("\n\n窓口\n.\n") && !read("input").contains('\r'));
}

#[tokio::test]
async fn sendmails_exit_code_is_its_answer() {
    let folder = tempfile::tempdir().unwrap();
    for (script, meaning) in [
        ("cat > /dev/null", "sent"),
        ("cat > /dev/null; exit 75", "deferred"),
        ("cat > /dev/null; echo 'no such <user@a.example>' >&2; exit 67", "refused"),
        ("cat > /dev/null; exit 78", "away"),
        ("cat > /dev/null; kill -9 $$", "in doubt"),
        ("cat > /dev/null; exec sleep 60", "in doubt"),
        ("exec sleep 60", "away"),
        ("exit 0", "away"),
        ("kill -9 $$", "away"),
    ] {
        // Larger than a pipe holds, so that a program that does not read is noticed.
        let mail = outgoing(Kind::Reply, "a@a.example", &"x\r\n".repeat(200_000));
        let outcome = send(&sendmail(folder.path(), script), &mail).await;
        assert_eq!(word(&outcome), meaning, "{script}: {outcome:?}");
    }
    let missing = delivery::sendmail::Sendmail::new("/nonexistent/sendmail".into());
    assert_eq!(word(&send(&missing, &reply()).await), "away");
}

#[tokio::test]
async fn half_a_mail_is_never_taken_for_a_whole_one() {
    let folder = tempfile::tempdir().unwrap();
    let sendmail = sendmail(folder.path(), "sleep 0.3; cat > input; mv input taken");
    let mail = outgoing(Kind::Reply, "a@a.example", &"x\r\n".repeat(200_000));
    let offered = sendmail.offer(&mail).await.ok().unwrap();
    // Dropped while the program does not read yet.
    assert!(tokio::time::timeout(Duration::from_millis(50), offered.payload()).await.is_err());
    drop(sendmail.offer(&mail).await.ok().unwrap());
    tokio::time::sleep(Duration::from_millis(600)).await;
    assert!(!folder.path().join("taken").exists());
}
