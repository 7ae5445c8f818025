//! SCREENING as pairs: the message that must not be answered, and its
//! neighbour that must (or that at least a person sees). One row a line; the
//! row's name says which condition it pins.

use madoguchi::core::address::Address;
use madoguchi::core::directory::Directory;
use madoguchi::core::inquiry;
use madoguchi::core::policy::{Policy, WebForm};
use madoguchi::core::reason::Reason;
use madoguchi::core::screen::{Screened, screen};

const US: &str = "jimukyoku@teleworksupport.example";

fn policy() -> Policy {
    let mut policy = Policy::new(Address::parse(US).unwrap());
    policy.aliases = vec![Address::parse("info@teleworksupport.example").unwrap()];
    policy.trusted_authserv = Some("mx.teleworksupport.example".to_owned());
    policy.web_forms = vec![WebForm { from: Address::parse("form@teleworksupport.example").unwrap() }];
    policy
}

/// A message of a person, with header fields replaced or added.
fn screened(fields: &str, body: &str) -> Screened {
    let mut usual = vec![
        ("Return-Path", "<a@b.example>"),
        ("From", "A <a@b.example>"),
        ("To", US),
        ("Subject", "question"),
        ("Message-ID", "<1@b.example>"),
    ];
    let given = |name: &str| fields.lines().any(|l| l.split(':').next().is_some_and(|n| n.eq_ignore_ascii_case(name)));
    usual.retain(|(name, _)| !given(name));
    let mut raw: String = usual.iter().map(|(n, v)| format!("{n}: {v}\r\n")).collect();
    for line in fields.lines().filter(|l| !l.trim_end().ends_with(": -")) {
        raw.push_str(line);
        raw.push_str("\r\n");
    }
    raw.push_str("Content-Type: text/plain; charset=utf-8\r\n\r\n");
    raw.push_str(body);
    let directory = Directory { associations: Vec::new(), contacts: Vec::new(), calendar: None };
    screen(&inquiry::read(raw.as_bytes()), &policy(), &directory)
}

const QUESTION: &str = "窓口の電話番号を教えてください。\r\n";

#[derive(Debug, Clone, Copy)]
enum Want {
    Person,
    Hold(Reason),
    Machine(Reason),
}
use Want::{Hold, Machine, Person};

fn check(rows: &[(&str, &str, &str, Want)]) {
    let mut wrong = Vec::new();
    for (name, fields, body, want) in rows {
        let got = screened(fields, body);
        let right = match (want, &got) {
            (Person, Screened::Person(to)) => to.to_smtp() == "a@b.example",
            (Hold(reason), Screened::Hold(got)) | (Machine(reason), Screened::Machine(got)) => reason == got,
            _ => false,
        };
        println!("{name}: {got:?}");
        if !right {
            wrong.push(format!("{name}: {got:?}, should be {want:?}"));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn screen_1_1_envelope_and_trace() {
    check(&[
        ("null return path", "Return-Path: <>", QUESTION, Machine(Reason::NullReturnPath)),
        ("empty return path", "Return-Path: ", QUESTION, Machine(Reason::NullReturnPath)),
        ("return path absent", "Return-Path: -", QUESTION, Person),
        ("return path of a daemon", "Return-Path: <MAILER-DAEMON@b.example>", QUESTION, Machine(Reason::SystemSender)),
        (
            "return path of an autoresponder",
            "Return-Path: <autoresponse-7@b.example>",
            QUESTION,
            Machine(Reason::SystemSender),
        ),
        ("return path in the same organisation", "Return-Path: <bounce7@mail.b.example>", QUESTION, Person),
        ("return path elsewhere", "Return-Path: <x@elsewhere.example>", QUESTION, Hold(Reason::Unauthenticated)),
        ("own address as sender", "From: jimukyoku@teleworksupport.example", QUESTION, Machine(Reason::OwnMail)),
        ("own alias as sender", "From: INFO@teleworksupport.example", QUESTION, Machine(Reason::OwnMail)),
        (
            "own Message-ID",
            "Message-ID: <0123456789abcdef0123456789abcdef.madoguchi@teleworksupport.example>",
            QUESTION,
            Machine(Reason::OwnMail),
        ),
        ("a Message-ID that looks like ours", "Message-ID: <12.madoguchi@teleworksupport.example>", QUESTION, Person),
        ("not addressed to us", "To: other@b.example", QUESTION, Hold(Reason::NotAddressedToUs)),
        ("addressed to an alias", "To: Info@teleworksupport.example", QUESTION, Person),
        ("addressed to us in Cc", "To: other@b.example\nCc: <jimukyoku@teleworksupport.example>", QUESTION, Person),
        ("Resent-To us", "To: other@b.example\nResent-To: jimukyoku@teleworksupport.example", QUESTION, Person),
        ("no From", "From: -", QUESTION, Hold(Reason::NoSender)),
        ("From unreadable", "From: not an address", QUESTION, Hold(Reason::NoSender)),
        ("two From fields", "From: a@b.example\nFrom: c@d.example", QUESTION, Hold(Reason::SeveralSenders)),
        (
            "From hides a second address",
            "From: \"A\" <a@b.example>:<c@d.example>",
            QUESTION,
            Hold(Reason::SeveralSenders),
        ),
        ("spam flag", "X-Spam-Flag: YES", QUESTION, Hold(Reason::Spam)),
        ("no spam", "X-Spam-Status: No, score=0.1", QUESTION, Person),
        ("delivered to an autoresponder", "Delivered-To: autoresponder", QUESTION, Machine(Reason::ResponderHeader)),
        ("many hops", &"Received: from x by y; Wed, 25 Nov 2026 10:00:00 +0900\n".repeat(14), QUESTION, Person),
    ]);
}

#[test]
fn screen_1_1_authentication() {
    let ok = "Authentication-Results: mx.teleworksupport.example;";
    let elsewhere = "Return-Path: <x@sender.example>\n";
    let rows: Vec<(String, String, Want)> = vec![
        ("dmarc pass".into(), format!("{elsewhere}{ok} dmarc=pass header.from=b.example"), Person),
        ("dmarc fail".into(), format!("{ok} dmarc=fail header.from=b.example"), Hold(Reason::Unauthenticated)),
        ("dmarc none".into(), format!("{ok} dmarc=none"), Person),
        ("aligned dkim".into(), format!("{elsewhere}{ok} dkim=pass (good) header.d=mail.b.example"), Person),
        (
            "dkim of another".into(),
            format!("{elsewhere}{ok} dkim=pass header.d=sender.example"),
            Hold(Reason::Unauthenticated),
        ),
        ("aligned spf".into(), format!("{elsewhere}{ok} spf=pass smtp.mailfrom=x@b.example"), Person),
        (
            "another server's word".into(),
            format!("{elsewhere}Authentication-Results: mx.evil.example; dmarc=pass"),
            Hold(Reason::Unauthenticated),
        ),
        ("another server's fail".into(), "Authentication-Results: mx.evil.example; dmarc=fail".into(), Person),
        (
            "a forged one below".into(),
            format!("{ok} dmarc=fail\nAuthentication-Results: mx.teleworksupport.example; dmarc=pass"),
            Hold(Reason::Unauthenticated),
        ),
        (
            "the id in a comment".into(),
            format!("{elsewhere}Authentication-Results: evil.example (mx.teleworksupport.example); dmarc=pass"),
            Hold(Reason::Unauthenticated),
        ),
        (
            "version after the id".into(),
            format!("{elsewhere}Authentication-Results: mx.teleworksupport.example 1; dmarc=pass"),
            Person,
        ),
    ];
    let rows: Vec<_> = rows.iter().map(|(n, f, w)| (n.as_str(), f.as_str(), QUESTION, *w)).collect();
    check(&rows);
}

#[test]
fn screen_1_2_headers() {
    check(&[
        ("Auto-Submitted auto-replied", "Auto-Submitted: auto-replied", QUESTION, Machine(Reason::AutoSubmitted)),
        (
            "Auto-Submitted with a parameter",
            "Auto-Submitted: auto-notified; owner-email=\"x@y.example\"",
            QUESTION,
            Machine(Reason::AutoSubmitted),
        ),
        ("Auto-Submitted vacation", "Auto-Submitted: vacation", QUESTION, Machine(Reason::AutoSubmitted)),
        ("Auto-Submitted no", "Auto-Submitted: no", QUESTION, Person),
        ("Auto-Submitted No with space", "Auto-Submitted: No ", QUESTION, Person),
        ("Auto-Submitted no with a parameter", "Auto-Submitted: no; x=y", QUESTION, Person),
        ("Auto-Submitted no with a comment", "Auto-Submitted: (really) no (a person)", QUESTION, Person),
        ("Auto-Submitted auto-forwarded", "Auto-Submitted: auto-forwarded", QUESTION, Hold(Reason::AutoForwarded)),
        ("Precedence bulk", "Precedence: bulk", QUESTION, Machine(Reason::Precedence)),
        ("Precedence Junk", "Precedence: Junk", QUESTION, Machine(Reason::Precedence)),
        ("Precedence list", "Precedence: list", QUESTION, Machine(Reason::Precedence)),
        ("Precedence auto_reply", "Precedence: auto_reply", QUESTION, Machine(Reason::Precedence)),
        ("X-Precedence bulk", "X-Precedence: bulk", QUESTION, Machine(Reason::Precedence)),
        ("Precedence first-class", "Precedence: first-class", QUESTION, Person),
        ("Precedence normal", "Precedence: normal", QUESTION, Person),
        ("Suppress All", "X-Auto-Response-Suppress: All", QUESTION, Machine(Reason::AutoResponseSuppress)),
        (
            "Suppress with AutoReply among others",
            "X-Auto-Response-Suppress: DR, AutoReply",
            QUESTION,
            Machine(Reason::AutoResponseSuppress),
        ),
        ("Suppress OOF", "X-Auto-Response-Suppress: DR, OOF, RN", QUESTION, Hold(Reason::SuppressOof)),
        ("Suppress None", "X-Auto-Response-Suppress: None", QUESTION, Person),
        ("Suppress DR, RN, NRN", "X-Auto-Response-Suppress: DR, RN, NRN", QUESTION, Person),
        ("List-Id", "List-Id: <x.example>", QUESTION, Machine(Reason::ListMail)),
        ("List-Post", "List-Post: <mailto:x@y.example>", QUESTION, Machine(Reason::ListMail)),
        ("List-Unsubscribe alone, to us", "List-Unsubscribe: <https://b.example/u>", QUESTION, Person),
        (
            "List-Unsubscribe with one-click",
            "List-Unsubscribe: <https://b.example/u>\nList-Unsubscribe-Post: List-Unsubscribe=One-Click",
            QUESTION,
            Machine(Reason::ListMail),
        ),
        (
            "List-Unsubscribe, not to us",
            "To: members@b.example\nList-Unsubscribe: <https://b.example/u>",
            QUESTION,
            Machine(Reason::ListMail),
        ),
        ("Mailing-List", "Mailing-List: contact x-help@y.example; run by ezmlm", QUESTION, Machine(Reason::ListMail)),
        ("X-ML-Name", "X-ML-Name: kaiin", QUESTION, Machine(Reason::ListMail)),
        ("X-MLServer", "X-MLServer: fml", QUESTION, Machine(Reason::ListMail)),
        ("X-Autoreply yes", "X-Autoreply: yes", QUESTION, Machine(Reason::ResponderHeader)),
        ("X-Autoreply empty", "X-Autoreply: ", QUESTION, Person),
        ("X-Autorespond", "X-Autorespond: x", QUESTION, Machine(Reason::ResponderHeader)),
        ("X-Auto-Generated", "X-Auto-Generated: 1", QUESTION, Machine(Reason::ResponderHeader)),
        ("X-Apple-Action VACATION", "X-Apple-Action: VACATION", QUESTION, Machine(Reason::ResponderHeader)),
        ("X-POST-MessageClass", "X-POST-MessageClass: 9; Autoresponder", QUESTION, Machine(Reason::ResponderHeader)),
        ("X-FC-Machinegenerated", "X-FC-Machinegenerated: true", QUESTION, Machine(Reason::ResponderHeader)),
        (
            "X-Amazon-Mail-Relay-Type",
            "X-Amazon-Mail-Relay-Type: NOTIFICATION",
            QUESTION,
            Machine(Reason::ResponderHeader),
        ),
        ("X-Loop", "X-Loop: yes", QUESTION, Machine(Reason::LoopHeader)),
        ("X-No-Loop", "X-No-Loop: x", QUESTION, Machine(Reason::LoopHeader)),
        ("X-MS-Exchange-Inbox-Rules-Loop", "X-MS-Exchange-Inbox-Rules-Loop: a@b.example", QUESTION, Person),
        ("X-Sieve-Redirected-From", "X-Sieve-Redirected-From: a@c.example", QUESTION, Person),
        ("X-Failed-Recipients", "X-Failed-Recipients: x@y.example", QUESTION, Machine(Reason::DeliveryReport)),
        ("X-Error-Status", "X-Error-Status: User unknown", QUESTION, Machine(Reason::DeliveryReport)),
        ("m-FILTER notice", "X-Mailer: m-FILTER\nSubject: failure notice", "本文です", Machine(Reason::DeliveryReport)),
        ("m-FILTER otherwise", "X-Mailer: m-FILTER", QUESTION, Person),
    ]);
}

#[test]
fn screen_1_4_local_parts() {
    let machines = [
        "mailer-daemon",
        "root",
        "listserv",
        "majordomo",
        "owner-kaiin",
        "news",
        "nobody",
        "kaiin-unsubscribe",
        "bounces",
    ];
    let people = ["beetroot", "info", "soumu-request", "newsome", "ownership", "daemonica", "support", "abusenko"];
    for local in machines {
        let got = screened(&format!("Return-Path: <{local}@b.example>\nFrom: {local}@b.example"), QUESTION);
        assert!(matches!(got, Screened::Machine(_)), "{local}: {got:?}");
    }
    for local in people {
        let got = screened(&format!("Return-Path: <{local}@b.example>\nFrom: {local}@b.example"), QUESTION);
        assert!(matches!(got, Screened::Person(_)), "{local}: {got:?}");
    }
    check(&[
        (
            "no-reply with a question",
            "Return-Path: <no-reply@b.example>\nFrom: no-reply@b.example",
            QUESTION,
            Hold(Reason::NoReplyAddress),
        ),
        (
            "no-reply with automatic wording",
            "Return-Path: <no-reply@b.example>\nFrom: noreply@b.example",
            "このメールは送信専用です。",
            Machine(Reason::AutomaticText),
        ),
        ("postmaster alone", "Return-Path: <postmaster@b.example>\nFrom: Postmaster <a@b.example>", QUESTION, Person),
        (
            "postmaster with a bounce subject",
            "Return-Path: <postmaster@b.example>\nFrom: postmaster@b.example\nSubject: Returned mail: user unknown",
            "x",
            Machine(Reason::BounceText),
        ),
    ]);
}

#[test]
fn screen_1_3_reports() {
    let report = |kind: &str| {
        format!(
            "Return-Path: <a@b.example>\r\nFrom: A <a@b.example>\r\nTo: {US}\r\nContent-Type: multipart/report; report-type={kind}; boundary=x\r\n\r\n--x\r\nContent-Type: text/plain\r\n\r\nseminar?\r\n--x--\r\n"
        )
    };
    let directory = Directory { associations: Vec::new(), contacts: Vec::new(), calendar: None };
    let got = |raw: &str| screen(&inquiry::read(raw.as_bytes()), &policy(), &directory);
    assert_eq!(got(&report("delivery-status")), Screened::Machine(Reason::DeliveryReport));
    assert_eq!(got(&report("disposition-notification")), Screened::Machine(Reason::ReadReceipt));
    assert_eq!(got(&report("feedback-report")), Screened::Machine(Reason::Report));
    let mixed = report("x").replace("multipart/report; report-type=x;", "multipart/mixed;");
    assert!(matches!(got(&mixed), Screened::Person(_)));
}

#[test]
fn screen_4_wording_needs_a_second_signal() {
    check(&[
        (
            "absence notice without a header",
            "Subject: Automatic reply: seminar",
            "I am out of the office until Monday.",
            Machine(Reason::OutOfOffice),
        ),
        (
            "absence notice in Japanese",
            "Subject: =?utf-8?B?6Ieq5YuV6L+U5L+hOiDnqpPlj6M=?=",
            "ただいま不在にしております。",
            Machine(Reason::OutOfOffice),
        ),
        (
            "a person who will be away",
            "Subject: question",
            "I am out of office next week. May we visit the desk on Friday?",
            Person,
        ),
        (
            "a question on absence notices",
            "Subject: out of office settings",
            "How do we handle overtime while staff are on leave?",
            Person,
        ),
        (
            "plain bounce",
            "Return-Path: <support@b.example>\nFrom: support@b.example\nSubject: Undelivered Mail",
            "The following address could not be delivered: user unknown",
            Machine(Reason::BounceText),
        ),
        (
            "a forwarded bounce",
            "Subject: Fwd: Returned mail",
            "この配信エラーは何でしょうか。\r\n550 user unknown",
            Person,
        ),
        (
            "a person about a bounce",
            "Subject: Undelivered mail",
            "My mail came back with user unknown. Could you check the address?",
            Person,
        ),
        (
            "newsletter without a header",
            "Subject: HR news vol. 12",
            "今月の特集です。\r\n配信停止はこちら\r\nバックナンバー",
            Machine(Reason::Newsletter),
        ),
        (
            "a question about a newsletter",
            "Subject: question",
            "貴事務局のニュースレターの配信停止の方法を教えてください。",
            Person,
        ),
    ]);
}

#[test]
fn screen_web_forms_name_the_person_in_reply_to() {
    let form = "From: form@teleworksupport.example\nReturn-Path: <www@teleworksupport.example>\nReply-To: c@d.example";
    assert_eq!(screened(form, QUESTION), Screened::Person(Address::parse("c@d.example").unwrap()));
    let forged = form.replace("www@teleworksupport.example", "x@evil.example");
    assert_eq!(screened(&forged, QUESTION), Screened::Hold(Reason::NoSender));
    // Reply-To of anybody else is not believed.
    assert_eq!(screened("Reply-To: c@d.example", QUESTION), Screened::Person(Address::parse("a@b.example").unwrap()));
}

proptest::proptest! {
    #[test]
    fn no_message_with_a_hard_mark_is_answered(
        mark in proptest::sample::select(vec![
            "Auto-Submitted: auto-replied", "Precedence: bulk", "List-Id: <a.b>", "X-Loop: yes", "Return-Path: <>",
            "X-Auto-Response-Suppress: All", "X-Autoreply: yes",
        ]),
        body in "\\PC{0,60}",
    ) {
        let got = screened(mark, &body);
        proptest::prop_assert!(matches!(got, Screened::Machine(_)), "{:?}", got);
    }
}
