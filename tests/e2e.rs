//! The main job, end to end: the program itself between a real Dovecot and a
//! real SMTP server. Every mail it sends is read by two parsers, ours and
//! Python's.

mod servers;

use madoguchi::shell::config::{Security, Server};
use mail_parser::{HeaderName, MessageParser, MimeHeaders};
use servers::inquiries::{INQUIRIES, Inquiry, NAVI_DIAL};
use servers::site::{Ran, Site, imaps, with_password};
use servers::{Dovecot, Postfix, Sink, free_port, program, until};
use std::collections::BTreeMap;
use std::io::Write;
use std::process::{Command, Stdio};

fn out_of_office() -> Vec<u8> {
    format!(
        "Return-Path: <>\r\nFrom: hasebe@aoba-unyu.example\r\nTo: {}\r\nSubject: Automatic reply\r\n\
         Auto-Submitted: auto-replied\r\nMessage-ID: <ooo@aoba-unyu.example>\r\n\
         Date: Wed, 25 Nov 2026 09:00:00 +0900\r\n\r\nBack on Monday. In urgent cases ask our desk about work rules.\r\n",
        Site::ADDRESS
    )
    .into_bytes()
}

/// Asks clearly, and names no place.
fn without_place() -> Vec<u8> {
    format!(
        "Return-Path: <ayase@yuzu-print.example>\r\nFrom: ayase@yuzu-print.example\r\nTo: {}\r\n\
         Subject: 36協定について\r\nMessage-ID: <noplace@yuzu-print.example>\r\nMIME-Version: 1.0\r\n\
         Date: Wed, 25 Nov 2026 09:00:00 +0900\r\nContent-Type: text/plain; charset=UTF-8\r\n\
         Content-Transfer-Encoding: 8bit\r\n\r\n在宅勤務の社員にも36協定の届出は必要ですか。\r\n",
        Site::ADDRESS
    )
    .into_bytes()
}

/// A mail that was sent, as Python's `email` reads it.
#[derive(Debug, serde::Deserialize)]
struct ByPython {
    defects: Vec<String>,
    headers: Vec<(String, String)>,
    parts: Vec<PythonPart>,
}

#[derive(Debug, serde::Deserialize)]
struct PythonPart {
    content_type: String,
    text: Option<String>,
}

const READ_MAIL: &str = r#"
import email, email.policy, json, sys
mail = email.message_from_bytes(sys.stdin.buffer.read(), policy=email.policy.default)
outer = list(mail.iter_parts()) if mail.is_multipart() else [mail]
# What a person wrote may have any defect; what we wrote may have none.
defects = [str(d) for part in [mail] + [p for p in outer if p.get_content_type() == "text/plain"] for d in part.defects]
defects += [f"{name}: {d}" for name, value in mail.items() for d in value.defects]
parts = [{"content_type": p.get_content_type(),
          "text": p.get_content() if p.get_content_maintype() == "text" else None} for p in outer]
json.dump({"defects": defects, "headers": [[n, str(v)] for n, v in mail.items()], "parts": parts}, sys.stdout)
"#;

fn by_python(mail: &[u8]) -> ByPython {
    let mut python = Command::new(program("python3", "python3"))
        .args(["-c", READ_MAIL])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    python.stdin.take().unwrap().write_all(mail).unwrap();
    let output = python.wait_with_output().unwrap();
    assert!(output.status.success(), "Python cannot read:\n{}", String::from_utf8_lossy(mail));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// A mail at the relay, read by both parsers.
#[derive(Debug)]
struct Sent {
    envelope_from: String,
    envelope_to: String,
    headers: BTreeMap<String, String>,
    text: String,
    /// Octets of the attached original, with LF line ends.
    original: Option<Vec<u8>>,
}

impl Sent {
    fn read(received: servers::Received) -> Sent {
        let servers::Received { mail, rcpt, message } = received;
        let python = by_python(&message);
        assert_eq!(python.defects, [""; 0], "{}", String::from_utf8_lossy(&message));
        let ours = MessageParser::new().parse(&message).unwrap();
        let names: Vec<&str> = python.headers.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ours.headers().iter().map(|h| h.name.as_str()).collect::<Vec<_>>());
        let headers: BTreeMap<String, String> = python.headers.iter().cloned().collect();
        assert_eq!(headers.len(), names.len(), "a field stands twice: {names:?}");
        // Nothing of what a stranger wrote became a field.
        let known = "Date From To Subject Message-ID MIME-Version Content-Type Content-Transfer-Encoding \
                     Auto-Submitted X-Auto-Response-Suppress In-Reply-To References Reply-To";
        for name in &names {
            assert!(known.split(' ').any(|k| k.eq_ignore_ascii_case(name)), "field `{name}`");
        }
        assert_eq!(ours.subject(), headers.get("Subject").map(String::as_str));
        let to: Vec<_> = ours.to().unwrap().iter().filter_map(|a| a.address()).collect();
        assert_eq!(to.len(), 1, "one recipient");
        let text = ours.body_text(0).unwrap().replace("\r\n", "\n");
        let python_text = python.parts[0].text.clone().unwrap().replace("\r\n", "\n");
        assert_eq!(python_text.trim_end(), text.trim_end(), "both parsers read the same");
        let types: Vec<&str> = python.parts.iter().map(|p| p.content_type.as_str()).collect();
        let original = match types.as_slice() {
            ["text/plain"] => None,
            ["text/plain", "message/rfc822"] => {
                let attached = ours.attachment(0).unwrap();
                assert_eq!(attached.content_type().unwrap().subtype(), Some("rfc822"));
                Some(octets_of(&message, &ours))
            }
            other => panic!("parts: {other:?}"),
        };
        let address = |arguments: &str| {
            let path = arguments.split_once('<').and_then(|(_, rest)| rest.split_once('>'));
            path.unwrap_or_else(|| panic!("no path in `{arguments}`")).0.to_owned()
        };
        assert_eq!(address(&rcpt), to[0], "envelope and field name the same person");
        Sent { envelope_from: address(&mail), envelope_to: address(&rcpt), headers, text, original }
    }

    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    fn is_reply(&self) -> bool {
        self.header("Auto-Submitted") == "auto-replied"
    }
}

/// The octets between the boundaries of the second part, as they stand in the mail.
fn octets_of(message: &[u8], parsed: &mail_parser::Message<'_>) -> Vec<u8> {
    let part = &parsed.parts[*parsed.attachments.first().unwrap() as usize];
    let encoding = part.headers.iter().find(|h| h.name == HeaderName::ContentTransferEncoding);
    let encoding = encoding.and_then(|h| h.value.as_text()).unwrap_or("7bit");
    assert!(["7bit", "8bit"].contains(&encoding), "RFC 2046 section 5.2.1 forbids {encoding}");
    message[part.raw_body_offset() as usize..part.raw_end_offset() as usize].to_vec()
}

fn lf(octets: &[u8]) -> Vec<u8> {
    let mut lines = octets.to_vec();
    lines.retain(|octet| *octet != b'\r');
    lines
}

/// Delivers everything, in this order: the six inquiries, an out-of-office,
/// one that names no place.
fn fill(dovecot: &Dovecot) {
    for (n, inquiry) in INQUIRIES.iter().enumerate() {
        dovecot.deliver(&format!("{n}"), &inquiry.raw());
    }
    dovecot.deliver("6", &out_of_office());
    dovecot.deliver("7", &without_place());
}

/// What `run --once` printed must be this, with this exit code.
#[track_caller]
fn assert_ran(ran: &Ran, code: i32, stdout: &str) {
    assert_eq!((ran.code, ran.stdout.trim_end()), (Some(code), stdout), "{}", ran.stderr);
}

#[test]
#[ignore = "needs dovecot, postfix and python3: run scripts/test"]
fn six_inquiries_get_one_reply_and_one_forward_each() {
    let (dovecot, sink) = (Dovecot::start(), Sink::start());
    fill(&dovecot);
    let site = Site::new(&imaps(&dovecot), &sink.server(), "");
    let ran = site.run(&["run", "--once"]);
    assert_ran(&ran, 0, "8 messages decided, 13 mails sent; 1 waiting: madoguchi queue list");
    for inquiry in &INQUIRIES {
        assert!(!ran.stderr.contains(inquiry.from) && !ran.stderr.contains(inquiry.subject), "{}", ran.stderr);
    }

    let sent: Vec<Sent> = sink.received(13).into_iter().map(Sent::read).collect();
    for inquiry in &INQUIRIES {
        assert_answered(inquiry, &sent);
        assert_forwarded(inquiry, &sent);
    }
    let unplaced: Vec<&Sent> = sent.iter().filter(|s| s.envelope_to == "ayase@yuzu-print.example").collect();
    assert_eq!(unplaced.len(), 1);
    assert!(unplaced[0].text.contains(NAVI_DIAL) && unplaced[0].text.contains("都道府県"), "{}", unplaced[0].text);
    assert!(!sent.iter().any(|s| s.envelope_to == "hasebe@aoba-unyu.example"), "a machine was answered");

    let flags = dovecot.flags("INBOX");
    let has = |n: usize, flag: &str| flags[n].split(' ').any(|f| f == flag);
    for n in 0..6 {
        assert!(has(n, "\\Answered") && has(n, "$Forwarded") && !has(n, "$MadoguchiReview"), "{n}: {flags:?}");
    }
    assert_eq!(flags[6], "", "a machine's mail stays as it was");
    assert!(has(7, "\\Answered") && has(7, "$MadoguchiReview") && !has(7, "$Forwarded"), "{flags:?}");
    assert!(!(0..8).any(|n| has(n, "\\Seen")), "what people have not read stays unread: {flags:?}");

    let ran = site.run(&["run", "--once"]);
    assert_ran(&ran, 0, "0 messages decided, 0 mails sent; 1 waiting: madoguchi queue list");
    assert_eq!(sink.received(13).len(), 13, "a second run sends nothing");
    let status = site.run(&["status"]);
    assert_eq!(status.code, Some(0), "{status:?}");
    assert!(status.stdout.starts_with("working"), "{status:?}");
}

#[track_caller]
fn assert_answered(inquiry: &Inquiry, sent: &[Sent]) {
    let replies: Vec<&Sent> = sent.iter().filter(|s| s.envelope_to == inquiry.from).collect();
    assert_eq!(replies.len(), 1, "{}", inquiry.name);
    let reply = replies[0];
    assert!(reply.is_reply() && reply.original.is_none(), "{}: {reply:?}", inquiry.name);
    assert_eq!(reply.envelope_from, "", "null reverse-path");
    assert_eq!(reply.header("X-Auto-Response-Suppress"), "All");
    let id = format!("<{}@mailer.example>", inquiry.name);
    assert_eq!(reply.header("In-Reply-To"), id);
    assert_eq!(reply.header("References"), format!("<earlier@mailer.example> {id}"));
    assert!(reply.header("From").contains(Site::ADDRESS), "{}", reply.header("From"));
    assert_eq!(reply.header("Reply-To"), "");
    // The signature begins at the first rule across the page.
    let lines = reply.text.lines();
    let desks: Vec<&str> = lines.take_while(|line| !line.starts_with("----") && !line.starts_with("━━━━")).collect();
    let desks = desks.join("\n");
    for number in inquiry.named {
        assert!(desks.contains(number), "{}: {number} is missing:\n{}", inquiry.name, reply.text);
    }
    for number in inquiry.not_named {
        assert!(!desks.contains(number), "{}: {number} is named:\n{}", inquiry.name, reply.text);
    }
    let japanese =
        reply.text.chars().chain(reply.header("Subject").chars()).any(|c| matches!(c, 'ぁ'..='ヿ' | '一'..='龥'));
    assert_eq!(japanese, inquiry.language == "ja", "{}:\n{}", inquiry.name, reply.text);
    for line in inquiry.body.lines().filter(|line| line.chars().count() > 8) {
        assert!(!reply.text.contains(line), "{} is quoted:\n{}", inquiry.name, reply.text);
    }
    assert!(!reply.header("Subject").contains(inquiry.subject));
}

#[track_caller]
fn assert_forwarded(inquiry: &Inquiry, sent: &[Sent]) {
    let id = format!("Message-ID: <{}@mailer.example>", inquiry.name);
    let carries = |s: &&Sent| s.original.as_deref().is_some_and(|raw| String::from_utf8_lossy(raw).contains(&id));
    let forwards: Vec<&Sent> = sent.iter().filter(carries).collect();
    assert_eq!(forwards.len(), 1, "{}", inquiry.name);
    let forward = forwards[0];
    assert_eq!(forward.envelope_to, inquiry.forward, "{}", inquiry.name);
    assert_eq!(forward.envelope_from, Site::ADDRESS);
    assert!(forward.header("From").contains(Site::ADDRESS));
    assert_eq!(forward.header("Reply-To").trim_matches(['<', '>']), inquiry.from);
    assert_eq!(forward.header("Auto-Submitted"), "auto-generated");
    assert!(forward.text.contains(inquiry.from), "the summary says who asks:\n{}", forward.text);
    let original = String::from_utf8_lossy(forward.original.as_deref().unwrap()).into_owned();
    let whole = lf(&inquiry.raw());
    assert_eq!(original.trim_end(), String::from_utf8_lossy(&whole).trim_end(), "{}", inquiry.name);
    assert!(forward.original.as_deref().unwrap().starts_with(whole.trim_ascii_end()), "byte for byte");
}

#[test]
#[ignore = "needs dovecot, postfix and python3: run scripts/test"]
fn over_starttls_and_login_with_copies_filed() {
    let (dovecot, sink) = (Dovecot::start(), Sink::start());
    let postfix = Postfix::start(&dovecot, &sink);
    fill(&dovecot);
    let filing = "[filing]\nsent = \"送信済み\"\nanswered = \"対応済み\"\nreview = \"要確認\"\nautomatic = \"自動\"\n";
    let site = Site::new(&dovecot.server(Security::StartTls), &postfix.server(), filing);
    let ran = site.run(&["run", "--once"]);
    assert_ran(&ran, 0, "8 messages decided, 13 mails sent; 1 waiting: madoguchi queue list");
    let received = sink.received(13);
    let replies = received.iter().filter(|r| r.mail.starts_with("<>")).count();
    assert_eq!((received.len(), replies), (13, 7));
    assert_eq!(dovecot.flags("INBOX").len(), 0);
    assert_eq!(dovecot.flags("対応済み").len(), 6);
    assert_eq!(dovecot.flags("要確認").len(), 1);
    assert_eq!(dovecot.flags("自動"), [""]);
    assert_eq!(dovecot.flags("送信済み"), ["\\Seen"; 13]);
    let ran = site.run(&["run", "--once"]);
    assert_ran(&ran, 0, "0 messages decided, 0 mails sent; 1 waiting: madoguchi queue list");
    assert_eq!(sink.received(13).len(), 13);
    assert_eq!(dovecot.flags("送信済み").len(), 13);
}

/// Lines of a log that tell of trouble with a server or the ledger.
fn troubles(log: &str) -> Vec<&str> {
    let trouble = |line: &&str| line.contains(" WARN ") || line.contains(" ERROR ");
    log.lines().filter(trouble).filter(|line| line.contains("component=")).collect()
}

#[test]
#[ignore = "needs dovecot and postfix: run scripts/test"]
fn what_keeps_the_mailbox_away_is_said_once_and_by_status() {
    let (dovecot, other, sink) = (Dovecot::start(), Dovecot::start(), Sink::start());
    let right = imaps(&dovecot);
    let cases = [
        (with_password(right.clone(), "Passwort1"), "refused the login of *@b.example: [AUTHENTICATIONFAILED]"),
        (Server { ca: Some(other.certificates.ca.clone()), ..right.clone() }, "its issuer is not known; set `ca`"),
        (Server { host: "127.0.0.1".to_owned(), ..right.clone() }, "it is not made out for `127.0.0.1`"),
        (Server { port: free_port(), ..right.clone() }, "Connection refused"),
    ];
    // Each waits 30 s for the mailbox: side by side.
    let ended: Vec<_> = cases
        .iter()
        .map(|(server, _)| {
            let site = Site::new(server, &sink.server(), "");
            std::thread::spawn(move || (site.run(&["run", "--once"]), site))
        })
        .collect();
    for ((server, cause), ended) in cases.iter().zip(ended) {
        let (ran, site) = ended.join().unwrap();
        assert_eq!(ran.code, Some(1), "{cause}: {ran:?}");
        let lines = troubles(&ran.stderr);
        assert_eq!(lines.len(), 1, "one line, however often it was tried: {ran:?}");
        assert!(lines[0].contains(cause), "{}", lines[0]);
        assert!(lines[0].contains(&server.port.to_string()) || cause.contains("login"), "{}", lines[0]);
        assert!(!format!("{ran:?}").contains("Passwort1") && !ran.stderr.contains("jimukyoku@b"), "{ran:?}");
        let status = site.run(&["status"]);
        assert_eq!(status.code, Some(1), "{status:?}");
        assert!(status.stdout.starts_with("not working") && status.stdout.contains(cause), "{status:?}");
        // Put right, it works without more ado, and `status` says that too.
        site.configure(&right, &sink.server(), "");
        let ran = site.run(&["run", "--once"]);
        assert_ran(&ran, 0, "0 messages decided, 0 mails sent");
        assert_eq!(site.run(&["status"]).code, Some(0));
    }
}

#[test]
#[ignore = "needs dovecot and postfix: run scripts/test"]
fn a_daemon_outlives_its_servers() {
    let (mut dovecot, sink) = (Dovecot::start(), Sink::start());
    dovecot.deliver("0", &INQUIRIES[0].raw());
    let site = Site::new(&imaps(&dovecot), &sink.server(), "");
    let daemon = site.start();
    assert_eq!(sink.received(2).len(), 2);
    dovecot.stop();
    // Lost, then refused: each said once.
    daemon.says("Connection refused", 1);
    // The log comes first, the ledger a moment later.
    until("status to say it", || {
        let status = site.run(&["status"]);
        (status.code == Some(1) && status.stdout.contains("Connection refused")).then_some(())
    });
    dovecot.restart();
    daemon.says("well again", 1);
    dovecot.deliver("1", &INQUIRIES[1].raw());
    assert_eq!(sink.received(4).len(), 4);
    until("the original to be marked", || dovecot.flags("INBOX")[1].contains("$Forwarded").then_some(()));
    until("status to say it", || {
        let status = site.run(&["status"]);
        (status.code == Some(0) && status.stdout.starts_with("working")).then_some(())
    });
    let second = site.run(&["run", "--once"]);
    assert_eq!(second.code, Some(2), "one daemon a ledger: {second:?}");
    let log = daemon.log();
    let lines = troubles(&log);
    assert!(lines.len() <= 3 && log.matches("Connection refused").count() == 1, "{lines:#?}");
    assert_eq!(daemon.stop().code(), Some(0));
}
