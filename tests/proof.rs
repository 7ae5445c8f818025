//! Who stands by a message, found out by DNS (`screen.verify = "dns"`): mail
//! signed here, name servers that know only what is written here.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod fakes;

use fakes::{World, settings};
use madoguchi::core::address::Address;
use madoguchi::core::compose::Kind;
use madoguchi::core::inquiry::{self, Proof};
use madoguchi::core::policy::{Policy, Verify as Wanted};
use madoguchi::core::reason::Reason;
use madoguchi::core::ruleset::Ruleset;
use madoguchi::core::screen::wants_proof;
use madoguchi::shell::daemon::{Current, Mode};
use madoguchi::shell::files;
use madoguchi::shell::verify::{Dns, Verify};
use mail_auth::common::crypto::Ed25519Key;
use mail_auth::common::headers::HeaderWriter;
use mail_auth::dkim::DkimSigner;
use std::sync::{Arc, LazyLock};
use tokio_util::sync::CancellationToken;

const US: &str = "jimukyoku@teleworksupport.example";

/// A key of the sender's, made for this run, and its record.
static KEY: LazyLock<(Vec<u8>, String)> = LazyLock::new(|| {
    let der = Ed25519Key::generate_pkcs8().unwrap();
    let public = Ed25519Key::from_pkcs8_der(&der).unwrap().public_key();
    let encoded = base64::Engine::encode(&base64::prelude::BASE64_STANDARD, public);
    (der, format!("v=DKIM1; k=ed25519; p={encoded}"))
});

fn mail(from: &str, path: &str, client: &str) -> String {
    format!(
        "Return-Path: <{path}>\r\nReceived: from mx.sender.example (mx.sender.example [{client}])\r\n\
         \tby mx.teleworksupport.example with ESMTPS; Wed, 25 Nov 2026 10:00:00 +0900\r\n\
         From: {from}\r\nTo: {US}\r\nSubject: overtime\r\nDate: Wed, 25 Nov 2026 10:00:00 +0900\r\n\
         Message-ID: <1.{path}@sender.example>\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n\
         36協定の届出について教えてください。\r\n東京都港区 会社員\r\n"
    )
}

/// Signed by a domain, the signature on top as a relay puts it.
fn signed(mail: &str, domain: &str) -> String {
    let body = mail.split_once("From: ").unwrap().1;
    let from_on = format!("From: {body}");
    let signature = DkimSigner::from_key(Ed25519Key::from_pkcs8_der(&KEY.0).unwrap())
        .domain(domain)
        .selector("sel")
        .headers(["From", "To", "Subject", "Message-ID"])
        .sign(from_on.as_bytes())
        .unwrap();
    let trace = mail.split_once("From: ").unwrap().0;
    format!("{trace}{}{from_on}", signature.to_header())
}

fn dns() -> Dns {
    let key = KEY.1.as_str();
    Dns::fixed(
        &[
            ("sel._domainkey.company.example", key),
            ("sel._domainkey.mailer.example", key),
            ("sel._domainkey.strict.example", key),
            ("_dmarc.strict.example", "v=DMARC1; p=reject"),
            ("strict.example", "v=spf1 ip4:198.51.100.7 -all"),
            ("mailer.example", "v=spf1 ip4:198.51.100.7 -all"),
            ("company.example", "v=spf1 a:mx.company.example -all"),
        ],
        &[("mx.company.example", std::net::Ipv4Addr::new(203, 0, 113, 5))],
    )
    .unwrap()
}

async fn proof(raw: &str) -> Proof {
    dns().verify(raw.as_bytes(), &inquiry::read(raw.as_bytes())).await
}

#[tokio::test]
async fn signatures_paths_and_policies_are_verified() {
    let foreign = mail("a@company.example", "b7@mailer.example", "198.51.100.7");
    let aligned = signed(&foreign, "company.example");
    let rows = [
        ("unsigned, through a mailing service", foreign.clone(), Proof::Unknown),
        ("signed by the sender's domain", aligned.clone(), Proof::Pass),
        ("signed by the mailing service only", signed(&foreign, "mailer.example"), Proof::Unknown),
        ("the text was changed", aligned.replace("36協定", "37協定"), Proof::Unknown),
        ("the sender was changed", aligned.replace("From: a@", "From: z@"), Proof::Unknown),
        (
            "the path is the sender's, from its server",
            mail("a@company.example", "a@company.example", "203.0.113.5"),
            Proof::Pass,
        ),
        ("… from another server", mail("a@company.example", "a@company.example", "198.51.100.9"), Proof::Unknown),
        (
            "a strict domain, signed",
            signed(&mail("a@strict.example", "x@mailer.example", "198.51.100.7"), "strict.example"),
            Proof::Pass,
        ),
        ("a strict domain, from its server", mail("a@strict.example", "a@strict.example", "198.51.100.7"), Proof::Pass),
        ("a strict domain, forged", mail("a@strict.example", "x@mailer.example", "198.51.100.7"), Proof::Fail),
        (
            "a strict domain, forged with its path",
            mail("a@strict.example", "a@strict.example", "203.0.113.66"),
            Proof::Fail,
        ),
        (
            "a strict domain, signed by somebody else",
            signed(&mail("a@strict.example", "x@mailer.example", "198.51.100.7"), "mailer.example"),
            Proof::Fail,
        ),
        (
            "a strict domain, handed over inside",
            mail("a@strict.example", "a@strict.example", "10.0.0.3"),
            Proof::Unknown,
        ),
        ("nobody knows the domain", mail("a@unknown.example", "x@other.example", "198.51.100.7"), Proof::Unknown),
        ("no sender", "Subject: x\r\n\r\nx\r\n".to_owned(), Proof::Unknown),
    ];
    let mut wrong = Vec::new();
    for (name, raw, expected) in rows {
        let got = proof(&raw).await;
        if got != expected {
            wrong.push(format!("{name}: {got:?}, should be {expected:?}"));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

fn ruleset(verify: Wanted) -> Ruleset {
    let mut policy = Policy::new(Address::parse(US).unwrap());
    policy.verify = verify;
    policy.trusted_authserv = Some("mx.teleworksupport.example".to_owned());
    Ruleset::build(&files::embedded(), policy).unwrap().0
}

#[test]
fn nobody_is_asked_about_machines_or_what_the_trusted_server_has_judged() {
    let policy = ruleset(Wanted::Dns).policy;
    let wants = |fields: &str| {
        let raw = fields.to_owned() + &mail("a@company.example", "b7@mailer.example", "198.51.100.7");
        wants_proof(&inquiry::read(raw.as_bytes()), &policy)
    };
    assert!(wants(""));
    assert!(wants("Authentication-Results: elsewhere.example; dmarc=pass\r\n"));
    assert!(!wants("Authentication-Results: mx.teleworksupport.example; dmarc=pass header.from=company.example\r\n"));
    assert!(!wants("Auto-Submitted: auto-replied\r\n"));
    let header = ruleset(Wanted::Header).policy;
    let raw = mail("a@company.example", "b7@mailer.example", "198.51.100.7");
    assert!(!wants_proof(&inquiry::read(raw.as_bytes()), &header));
}

#[tokio::test]
async fn the_daemon_answers_whom_dns_proves_and_holds_whom_it_refutes() {
    let world = World::new();
    let foreign = mail("a@company.example", "b7@mailer.example", "198.51.100.7");
    world.arrive_raw(signed(&foreign, "company.example").into_bytes());
    world.arrive_raw(mail("b@company.example", "c8@mailer.example", "198.51.100.7").into_bytes());
    world.arrive_raw(mail("c@strict.example", "c@strict.example", "203.0.113.66").into_bytes());
    let (mut daemon, _events) = world.daemon(settings(Mode::Once));
    daemon.decider = Current::new(Arc::new(ruleset(Wanted::Dns)));
    daemon.verify = Some(Arc::new(dns()));
    let ended = daemon.run(CancellationToken::new()).await.unwrap();
    assert_eq!(ended.decided, 3);
    let to: Vec<String> = world.sent(Kind::Reply).iter().map(|r| r.to.clone()).collect();
    assert_eq!(to, ["a@company.example"]);
    let report = world.report().await;
    assert_eq!(report.review.len(), 2);
    assert!(report.review.iter().all(|message| message.reason == Reason::Unauthenticated));
}
