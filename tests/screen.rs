//! SCREENING, a row a module: what must not be answered (`is_not_answered`),
//! and its neighbour that must (`its_neighbour_is`). `cargo test screen` names
//! every row. Each row is one condition that some mail system or helpdesk stops
//! automatic replies for.
//!
//! Left out, and why:
//!
//! | row | why |
//! |---|---|
//! | conversation closed, department off | there are no conversations and no departments; each message is answered by what it says |
//! | Return-Path missing | no stop here: copied and appended mail has none; kept as a neighbour of `null_return_path` |
//! | Auto-Submitted with any value, `no` included | a known mistake of one helpdesk; `auto_submitted` pins the opposite |
//! | Precedence with any value | a hint only: `unusual_precedence` |
//! | X-OTRS-Loop `false` switches the guard off | not from outside; pinned in `loop_headers` |
//! | `info@` | small firms write from it; pinned as a neighbour of `system_local_parts` |
//! | subject `Auto:` alone | RFC 3834 section 3.1.5: no sign of a machine; pinned in `absence_words` |

#![allow(clippy::unwrap_used)]

use madoguchi::core::address::Address;
use madoguchi::core::directory::Directory;
use madoguchi::core::inquiry;
use madoguchi::core::plan::{self, Action, History, Step};
use madoguchi::core::policy::{Ban, Policy, WebForm};
use madoguchi::core::reason::Reason;
use madoguchi::core::ruleset::Ruleset;
use madoguchi::core::screen::{Screened, screen};
use madoguchi::shell::files;
use std::sync::LazyLock;

const US: &str = "jimukyoku@teleworksupport.example";
const QUESTION: &str = "窓口の電話番号を教えてください。\r\n";
const STATEMENT: &str = "本文です。\r\n";

fn policy() -> Policy {
    let mut policy = Policy::new(Address::parse(US).unwrap());
    policy.aliases = vec![Address::parse("info@teleworksupport.example").unwrap()];
    policy.trusted_authserv = Some("mx.teleworksupport.example".to_owned());
    policy.web_forms = vec![WebForm { from: Address::parse("form@teleworksupport.example").unwrap() }];
    policy.bans = vec![Ban::parse("pest@d.example").unwrap(), Ban::parse("@spam.example").unwrap()];
    policy
}

static RULESET: LazyLock<Ruleset> = LazyLock::new(|| Ruleset::build(&files::embedded(), policy()).unwrap().0);

/// A person's message with header fields replaced, added, or (`Name: -`) taken out.
fn message(fields: &str, body: &str) -> Vec<u8> {
    let mut usual = vec![
        ("Return-Path", "<a@b.example>"),
        ("From", "A <a@b.example>"),
        ("To", US),
        ("Subject", "question"),
        ("Message-ID", "<1@b.example>"),
        ("Content-Type", "text/plain; charset=utf-8"),
    ];
    let given = |name: &str| fields.lines().any(|l| l.split(':').next().is_some_and(|n| n.eq_ignore_ascii_case(name)));
    usual.retain(|(name, _)| !given(name));
    // A real From is not where the envelope disagrees with it.
    if given("From") && !given("Return-Path") {
        usual.retain(|(name, _)| *name != "Return-Path");
    }
    let mut raw: String = usual.iter().map(|(n, v)| format!("{n}: {v}\r\n")).collect();
    for line in fields.lines().filter(|l| !l.trim_end().ends_with(": -")) {
        raw.push_str(line);
        raw.push_str("\r\n");
    }
    raw.push_str("\r\n");
    raw.push_str(body);
    raw.into_bytes()
}

fn screened(fields: &str, body: &str) -> Screened {
    screen(&inquiry::read(&message(fields, body)), &policy(), &RULESET.directory)
}

/// A body of several parts, `type: content`, with the fields that announce it.
fn parts(kind: &str, parts: &[(&str, &str)]) -> (String, String) {
    let body: String =
        parts.iter().map(|(kind, text)| format!("--frontier\r\nContent-Type: {kind}\r\n\r\n{text}\r\n")).collect();
    (format!("MIME-Version: 1.0\nContent-Type: {kind}; boundary=frontier"), format!("{body}--frontier--\r\n"))
}

#[derive(Debug, Clone, Copy)]
enum Want {
    Person,
    Hold(Reason),
    Machine(Reason),
}
use Want::{Hold, Machine, Person};

/// Fields, body, and what becomes of them.
type Row<'a> = (&'a str, &'a str, Want);

fn check(rows: &[Row<'_>]) {
    let mut wrong = Vec::new();
    for (fields, body, want) in rows {
        let got = screened(fields, body);
        let right = match (want, &got) {
            (Person, Screened::Person(_)) => true,
            (Hold(reason), Screened::Hold(got)) | (Machine(reason), Screened::Machine(got)) => reason == got,
            _ => false,
        };
        if !right {
            wrong.push(format!("{fields:?} {body:?}\n  is {got:?}, should be {want:?}"));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// A row each: what must not be answered, and the neighbours that must.
macro_rules! rows {
    ($($(#[$doc:meta])* $section:ident { $($row:ident: [$($stop:expr),* $(,)?] but [$($pass:expr),* $(,)?];)* })*) => {$(
        $(#[$doc])*
        mod $section {
            #[allow(unused_imports)]
            use super::*;
            $(mod $row {
                #[allow(unused_imports)]
                use super::*;

                #[test]
                fn is_not_answered() {
                    let rows: &[Row<'_>] = &[$($stop),*];
                    assert!(rows.iter().all(|row| !matches!(row.2, Person)));
                    check(rows);
                }

                #[test]
                fn its_neighbour_is() {
                    let rows: &[(&str, &str)] = &[$($pass),*];
                    assert!(!rows.is_empty());
                    check(&rows.iter().map(|(fields, body)| (*fields, *body, Person)).collect::<Vec<_>>());
                }
            })*
        }
    )*};
}

fn hops(count: usize) -> String {
    "Received: from x by y; Wed, 25 Nov 2026 10:00:00 +0900\n".repeat(count)
}

const BOUNCED: &str = "Reporting-MTA: dns; mx.b.example\r\n\r\nFinal-Recipient: rfc822; x@b.example\r\nAction: failed\r\nStatus: 5.1.1\r\n";
const SHOWN: &str =
    "Final-Recipient: rfc822; x@b.example\r\nDisposition: manual-action/MDN-sent-manually; displayed\r\n";
const ABUSE: &str = "Feedback-Type: abuse\r\nUser-Agent: x/1\r\nVersion: 1\r\n";
const RETURNED: &str = "From: jimukyoku@teleworksupport.example\r\nSubject: seminar\r\n\r\nlabor management\r\n";

rows! {
    screen_1_1_envelope_and_trace {
        null_return_path: [
            ("Return-Path: <>", QUESTION, Machine(Reason::NullReturnPath)),
            ("Return-Path: ", QUESTION, Machine(Reason::NullReturnPath)),
            ("Return-Path: (none) <>", QUESTION, Machine(Reason::NullReturnPath)),
        ] but [("Return-Path: <a@b.example>", QUESTION), ("Return-Path: -", QUESTION)];
        return_path_local_part: [
            ("Return-Path: <MAILER-DAEMON@b.example>", QUESTION, Machine(Reason::SystemSender)),
            ("Return-Path: <mailer-deamon@b.example>", QUESTION, Machine(Reason::SystemSender)),
            ("Return-Path: <quotaagent@b.example>", QUESTION, Machine(Reason::SystemSender)),
            ("Return-Path: <pleaseforward@b.example>", QUESTION, Machine(Reason::SystemSender)),
            ("Return-Path: <autoresponder@b.example>", QUESTION, Machine(Reason::SystemSender)),
            ("Return-Path: <autoresponse-7@b.example>", QUESTION, Machine(Reason::SystemSender)),
            ("Return-Path: <devnull@b.example>", QUESTION, Machine(Reason::SystemSender)),
            ("Return-Path: <delete@errmail.b.example>", QUESTION, Machine(Reason::SystemSender)),
        ] but [
            ("Return-Path: <quota@b.example>", QUESTION),
            ("Return-Path: <autoresponse@b.example>", QUESTION),
            ("Return-Path: <delete@b.example>", QUESTION),
        ];
        too_many_hops_is_a_hint: [
            (&*format!("{}Subject: reception", hops(31)), "このメールは自動送信メールです。返信はできません。", Machine(Reason::AutomaticText)),
            (&*hops(31), "ご返信いただいても確認できません。", Machine(Reason::AutomaticText)),
        ] but [
            (&*hops(31), QUESTION),
            (&*hops(14), QUESTION),
            (&*hops(30), "ご返信いただいても確認できません。"),
        ];
        own_address_as_sender: [
            ("From: jimukyoku@teleworksupport.example", QUESTION, Machine(Reason::OwnMail)),
            ("From: INFO@teleworksupport.example", QUESTION, Machine(Reason::OwnMail)),
            ("Return-Path: <jimukyoku@teleworksupport.example>", QUESTION, Machine(Reason::OwnMail)),
        ] but [("From: someone@teleworksupport.example", QUESTION), ("Reply-To: jimukyoku@teleworksupport.example", QUESTION)];
        own_address_not_a_recipient: [
            ("To: other@b.example", QUESTION, Hold(Reason::NotAddressedToUs)),
            ("To: undisclosed-recipients:;", QUESTION, Hold(Reason::NotAddressedToUs)),
            ("To: -", QUESTION, Hold(Reason::NotAddressedToUs)),
        ] but [
            ("To: Info@teleworksupport.example", QUESTION),
            ("To: other@b.example\nCc: <jimukyoku@teleworksupport.example>", QUESTION),
            ("To: other@b.example\nBcc: jimukyoku@teleworksupport.example", QUESTION),
            ("To: other@b.example\nResent-To: jimukyoku@teleworksupport.example", QUESTION),
            ("To: other@b.example\nResent-Cc: jimukyoku@teleworksupport.example", QUESTION),
        ];
        own_message_id: [
            ("Message-ID: <0123456789abcdef0123456789abcdef.madoguchi@teleworksupport.example>", QUESTION, Machine(Reason::OwnMail)),
        ] but [
            ("Message-ID: <12.madoguchi@teleworksupport.example>", QUESTION),
            ("Message-ID: <20261125@teleworksupport.example>", QUESTION),
            ("In-Reply-To: <0123456789abcdef0123456789abcdef.madoguchi@teleworksupport.example>", QUESTION),
        ];
        delivered_to_autoresponder: [
            ("Delivered-To: autoresponder", QUESTION, Machine(Reason::ResponderHeader)),
            ("Delivered-To: Autoresponder@b.example", QUESTION, Machine(Reason::ResponderHeader)),
        ] but [("Delivered-To: jimukyoku@teleworksupport.example", QUESTION)];
        from_empty_or_unparsable: [
            ("From: -", QUESTION, Hold(Reason::NoSender)),
            ("From: ", QUESTION, Hold(Reason::NoSender)),
            ("From: not an address", QUESTION, Hold(Reason::NoSender)),
            ("From: <>", QUESTION, Hold(Reason::NoSender)),
        ] but [("From: a@b.example", QUESTION), ("From: a@b.example (Sato)", QUESTION)];
        sender_not_authenticated: [
            ("Authentication-Results: mx.teleworksupport.example; dmarc=fail header.from=b.example", QUESTION, Hold(Reason::Unauthenticated)),
            ("Return-Path: <x@elsewhere.example>", QUESTION, Hold(Reason::Unauthenticated)),
            ("Return-Path: <x@elsewhere.example>\nAuthentication-Results: mx.teleworksupport.example; spf=pass smtp.mailfrom=elsewhere.example", QUESTION, Hold(Reason::Unauthenticated)),
        ] but [
            ("Authentication-Results: mx.teleworksupport.example; dmarc=none", QUESTION),
            ("Authentication-Results: mx.teleworksupport.example; spf=none; dkim=none", QUESTION),
            ("Return-Path: <bounce7@mail.b.example>", QUESTION),
        ];
        ban_list: [
            ("From: Pest@D.example", QUESTION, Hold(Reason::Banned)),
            ("From: anyone@mail.spam.example", QUESTION, Hold(Reason::Banned)),
            ("Return-Path: <x@spam.example>", QUESTION, Hold(Reason::Banned)),
        ] but [("From: guest@d.example", QUESTION), ("From: a@nospam.example", QUESTION)];
        spam_verdict: [
            ("X-Spam-Flag: YES", QUESTION, Hold(Reason::Spam)),
            ("X-Spam-Status: Yes, score=7.1", QUESTION, Hold(Reason::Spam)),
            ("X-Spam: Yes", QUESTION, Hold(Reason::Spam)),
            ("X-Barracuda-Spam-Status: Yes, SCORE=9", QUESTION, Hold(Reason::Spam)),
            ("X-MS-Exchange-Organization-SCL: 6", QUESTION, Hold(Reason::Spam)),
            ("X-Forefront-Antispam-Report: CIP:192.0.2.1;SFV:SPM;SCL:5", QUESTION, Hold(Reason::Spam)),
            ("X-SES-Spam-Verdict: FAIL", QUESTION, Hold(Reason::Spam)),
            ("X-Rspamd-Action: add header", QUESTION, Hold(Reason::Spam)),
        ] but [
            ("X-Spam-Status: No, score=0.1", QUESTION),
            ("X-Spam-Flag: NO", QUESTION),
            ("X-MS-Exchange-Organization-SCL: -1", QUESTION),
            ("X-Forefront-Antispam-Report: CIP:192.0.2.1;SFV:NSPM;SCL:1", QUESTION),
            ("X-SES-Spam-Verdict: PASS", QUESTION),
            ("X-Rspamd-Action: no action", QUESTION),
        ];
    }
    screen_1_2_headers {
        auto_submitted: [
            ("Auto-Submitted: auto-replied", QUESTION, Machine(Reason::AutoSubmitted)),
            ("auto-submitted: AUTO-GENERATED", QUESTION, Machine(Reason::AutoSubmitted)),
            ("Auto-Submitted: auto-notified; owner-email=\"x@y.example\"", QUESTION, Machine(Reason::AutoSubmitted)),
            ("Auto-Submitted: auto-replied (vacation)", QUESTION, Machine(Reason::AutoSubmitted)),
            ("Auto-Submitted: vacation", QUESTION, Machine(Reason::AutoSubmitted)),
            ("Auto-Submitted: no\nAuto-Submitted: auto-replied", QUESTION, Machine(Reason::AutoSubmitted)),
        ] but [
            ("Auto-Submitted: no", QUESTION),
            ("Auto-Submitted: No ", QUESTION),
            ("Auto-Submitted: no; x=y", QUESTION),
            ("Auto-Submitted: (really) no (a person)", QUESTION),
        ];
        auto_forwarded_is_held: [
            ("Auto-Submitted: auto-forwarded", QUESTION, Hold(Reason::AutoForwarded)),
        ] but [("Subject: Fwd: question", QUESTION)];
        precedence: [
            ("Precedence: bulk", QUESTION, Machine(Reason::Precedence)),
            ("Precedence: Junk", QUESTION, Machine(Reason::Precedence)),
            ("Precedence: list (members)", QUESTION, Machine(Reason::Precedence)),
            ("Precedence: auto_reply", QUESTION, Machine(Reason::Precedence)),
            ("Precedence: spam", QUESTION, Machine(Reason::Precedence)),
            ("X-Precedence: bulk", QUESTION, Machine(Reason::Precedence)),
        ] but [
            ("Precedence: first-class", QUESTION),
            ("Precedence: special-delivery", QUESTION),
            ("Precedence: normal", QUESTION),
        ];
        unusual_precedence_is_a_hint: [
            ("Precedence: mass", "ご返信いただいても確認できません。", Machine(Reason::AutomaticText)),
        ] but [("Precedence: mass", QUESTION), ("Precedence: normal", "ご返信いただいても構いません。資料を送ります。")];
        x_auto_response_suppress: [
            ("X-Auto-Response-Suppress: All", QUESTION, Machine(Reason::AutoResponseSuppress)),
            ("X-Auto-Response-Suppress: DR, AutoReply", QUESTION, Machine(Reason::AutoResponseSuppress)),
            ("X-Auto-Response-Suppress: autoreply", QUESTION, Machine(Reason::AutoResponseSuppress)),
        ] but [
            ("X-Auto-Response-Suppress: None", QUESTION),
            ("X-Auto-Response-Suppress: DR, RN, NRN, NDR", QUESTION),
        ];
        x_auto_response_suppress_oof_is_held: [
            ("X-Auto-Response-Suppress: OOF", QUESTION, Hold(Reason::SuppressOof)),
            ("X-Auto-Response-Suppress: DR, OOF, RN", QUESTION, Hold(Reason::SuppressOof)),
        ] but [("X-Auto-Response-Suppress: RN", QUESTION)];
        list_headers: [
            ("List-Id: <x.example>", QUESTION, Machine(Reason::ListMail)),
            ("List-Owner: <mailto:x@y.example>", QUESTION, Machine(Reason::ListMail)),
            ("List-Subscribe: <mailto:x@y.example>", QUESTION, Machine(Reason::ListMail)),
            ("List-Post: <mailto:x@y.example>", QUESTION, Machine(Reason::ListMail)),
            ("List-Help: <mailto:x@y.example>", QUESTION, Machine(Reason::ListMail)),
            ("List-Archive: <https://y.example/>", QUESTION, Machine(Reason::ListMail)),
            ("X-MLServer: fml", QUESTION, Machine(Reason::ListMail)),
            ("X-ML-Name: kaiin", QUESTION, Machine(Reason::ListMail)),
        ] but [("X-List-Of-Things: list-id", QUESTION), ("Subject: [kaiin 12] question", QUESTION)];
        list_unsubscribe: [
            ("To: members@b.example\nList-Unsubscribe: <https://b.example/u>", QUESTION, Machine(Reason::ListMail)),
            ("List-Unsubscribe: <https://b.example/u>", "今月の特集\r\nバックナンバーはこちら", Machine(Reason::Newsletter)),
        ] but [("List-Unsubscribe: <https://b.example/u>", QUESTION)];
        list_unsubscribe_post: [
            ("List-Unsubscribe: <https://b.example/u>\nList-Unsubscribe-Post: List-Unsubscribe=One-Click", QUESTION, Machine(Reason::ListMail)),
        ] but [("List-Unsubscribe-Post: List-Unsubscribe=One-Click", QUESTION)];
        mailing_list: [
            ("Mailing-List: contact x-help@y.example; run by ezmlm", QUESTION, Machine(Reason::ListMail)),
            ("X-Mailing-List: <x@y.example>", QUESTION, Machine(Reason::ListMail)),
        ] but [("Subject: mailing list", QUESTION)];
        x_autoreply: [
            ("X-Autoreply: yes", QUESTION, Machine(Reason::ResponderHeader)),
            ("X-Autoreply: 1", QUESTION, Machine(Reason::ResponderHeader)),
        ] but [("X-Autoreply: ", QUESTION), ("X-Autoreply: no", QUESTION)];
        x_autorespond: [
            ("X-Autorespond: x", QUESTION, Machine(Reason::ResponderHeader)),
            ("X-Autoresponder: x", QUESTION, Machine(Reason::ResponderHeader)),
        ] but [("X-Autorespond: ", QUESTION)];
        x_autoresponse: [
            ("X-Autoresponse: x", QUESTION, Machine(Reason::ResponderHeader)),
            ("X-AutoReply-From: x@b.example", QUESTION, Machine(Reason::ResponderHeader)),
            ("X-Mail-Autoreply: x", QUESTION, Machine(Reason::ResponderHeader)),
        ] but [("X-Autoresponse: none", QUESTION)];
        x_autogenerated: [
            ("X-Autogenerated: Reply", QUESTION, Machine(Reason::ResponderHeader)),
        ] but [("X-Autogenerated: false", QUESTION)];
        x_auto_generated: [
            ("X-Auto-Generated: 1", QUESTION, Machine(Reason::ResponderHeader)),
        ] but [("X-Auto-Generated: no", QUESTION)];
        x_apple_action: [
            ("X-Apple-Action: VACATION", QUESTION, Machine(Reason::ResponderHeader)),
        ] but [("X-Apple-Action: MOVE", QUESTION)];
        x_post_messageclass: [
            ("X-POST-MessageClass: 9; Autoresponder", QUESTION, Machine(Reason::ResponderHeader)),
        ] but [("X-POST-MessageClass: 1", QUESTION)];
        loop_headers: [
            ("X-Loop: yes", QUESTION, Machine(Reason::LoopHeader)),
            ("X-Loop: true", QUESTION, Machine(Reason::LoopHeader)),
            ("X-Loop: a@b.example", QUESTION, Machine(Reason::LoopHeader)),
            ("X-No-Loop: x", QUESTION, Machine(Reason::LoopHeader)),
            ("X-No-Loop: false", QUESTION, Machine(Reason::LoopHeader)),
            ("X-OTRS-Loop: no", QUESTION, Machine(Reason::LoopHeader)),
        ] but [("X-Loop: ", QUESTION)];
        other_systems_loop_headers_are_hints: [
            ("X-RT-Loop-Prevention: rt.b.example", "これは自動送信されています。", Machine(Reason::AutomaticText)),
            ("X-Roundup-Loop: hello", "this message was sent automatically by the tracker", Machine(Reason::AutomaticText)),
            ("X-Sieve-Redirected-From: a@c.example", "ご返信いただいても確認できません。", Machine(Reason::AutomaticText)),
            ("X-Phabricator-Sent-This-Message: Yes", "please do not reply", Machine(Reason::AutomaticText)),
        ] but [
            ("X-RT-Loop-Prevention: rt.b.example", QUESTION),
            ("X-Roundup-Loop: hello", QUESTION),
            ("X-Sieve-Redirected-From: a@c.example", QUESTION),
            ("X-Phabricator-Sent-This-Message: Yes", QUESTION),
        ];
        exchange_inbox_rules_loop_is_a_hint: [
            ("X-MS-Exchange-Inbox-Rules-Loop: a@b.example", "これは自動送信されています。", Machine(Reason::AutomaticText)),
        ] but [
            ("X-MS-Exchange-Inbox-Rules-Loop: a@b.example", QUESTION),
            ("X-MS-Exchange-Inbox-Rules-Loop: a@b.example", "就業規則の件、資料を送ります。"),
        ];
        x_fc_machinegenerated: [
            ("X-FC-Machinegenerated: true", QUESTION, Machine(Reason::ResponderHeader)),
            ("X-FC-Machinegenerated: TRUE (x)", QUESTION, Machine(Reason::ResponderHeader)),
        ] but [("X-FC-Machinegenerated: false", QUESTION)];
        x_amazon_mail_relay_type: [
            ("X-Amazon-Mail-Relay-Type: NOTIFICATION", QUESTION, Machine(Reason::ResponderHeader)),
        ] but [("X-Amazon-Mail-Relay-Type: MESSAGE", QUESTION)];
        x_xsp_msgclass: [
            ("X-XSP-Msgclass: NOTIFICATION", QUESTION, Machine(Reason::ResponderHeader)),
        ] but [("X-XSP-Msgclass: MAIL", QUESTION)];
        x_ms_embedded_report: [
            ("X-MS-Embedded-Report: ", STATEMENT, Machine(Reason::ResponderHeader)),
        ] but [("X-MS-Embedded: x", QUESTION)];
        x_mailscanner_generated: [
            ("X-MailScanner: generated", QUESTION, Machine(Reason::ResponderHeader)),
        ] but [("X-MailScanner: Found to be clean", QUESTION)];
        x_mailer_autoresponder: [
            ("X-Mailer: Super Autoresponder 2.1", QUESTION, Machine(Reason::ResponderHeader)),
        ] but [("X-Mailer: Becky! ver. 2.81", QUESTION)];
        challenge_response_headers: [
            ("X-Choicemail-Registration-Request: x", QUESTION, Machine(Reason::ResponderHeader)),
            ("X-Boxtrapper: x", QUESTION, Machine(Reason::ResponderHeader)),
            ("X-Bluebottle-Request: x", QUESTION, Machine(Reason::ResponderHeader)),
            ("X-Spamarrest-noauth: x", QUESTION, Machine(Reason::ResponderHeader)),
            ("X-AskVersion: 2.5", QUESTION, Machine(Reason::ResponderHeader)),
        ] but [("Subject: Boxtrapper", QUESTION)];
        x_mddsn_message: [
            ("From: mdaemon@b.example\nX-MDDSN-Message: x", QUESTION, Machine(Reason::ResponderHeader)),
        ] but [("X-MDaemon-Deliver-To: x", QUESTION)];
        x_failed_recipients: [
            ("X-Failed-Recipients: x@y.example", QUESTION, Machine(Reason::DeliveryReport)),
        ] but [("X-Failed-Recipients: none", QUESTION)];
        x_error_status: [
            ("X-Error-Status: User unknown", QUESTION, Machine(Reason::DeliveryReport)),
        ] but [("X-Error-Status: none", QUESTION)];
        m_filter_notice: [
            ("X-Mailer: m-FILTER\nSubject: failure notice", STATEMENT, Machine(Reason::DeliveryReport)),
        ] but [
            ("X-Mailer: m-FILTER", QUESTION),
            ("Subject: failure notice", QUESTION),
        ];
    }
    screen_1_3_content_type {
        delivery_status_report: [
            ("Content-Type: multipart/report; report-type=delivery-status; boundary=x", "--x\r\n\r\nseminar?\r\n--x--\r\n", Machine(Reason::DeliveryReport)),
            ("Content-Type: multipart/report; REPORT-TYPE=\"Delivery-Status\"; boundary=x", "--x\r\n\r\nseminar?\r\n--x--\r\n", Machine(Reason::DeliveryReport)),
        ] but [("Content-Type: multipart/mixed; report-type=delivery-status; boundary=x", "--x\r\n\r\nseminar?\r\n--x--\r\n")];
        disposition_notification: [
            ("Content-Type: multipart/report; report-type=disposition-notification; boundary=x", "--x\r\n\r\nread\r\n--x--\r\n", Machine(Reason::ReadReceipt)),
            (&*parts("multipart/mixed", &[("message/disposition-notification", SHOWN)]).0, &*parts("multipart/mixed", &[("message/disposition-notification", SHOWN)]).1, Machine(Reason::ReadReceipt)),
        ] but [("Disposition-Notification-To: a@b.example", QUESTION)];
        other_reports: [
            ("Content-Type: multipart/report; report-type=feedback-report; boundary=x", "--x\r\n\r\nabuse\r\n--x--\r\n", Machine(Reason::Report)),
            ("Content-Type: multipart/report; report-type=tlsrpt; boundary=x", "--x\r\n\r\ntls\r\n--x--\r\n", Machine(Reason::Report)),
            ("Content-Type: multipart/report; boundary=x", "--x\r\n\r\nx\r\n--x--\r\n", Machine(Reason::Report)),
            (&*parts("multipart/mixed", &[("message/feedback-report", ABUSE)]).0, &*parts("multipart/mixed", &[("message/feedback-report", ABUSE)]).1, Machine(Reason::Report)),
        ] but [("Content-Type: multipart/mixed; boundary=x", "--x\r\n\r\nfeedback report on the seminar?\r\n--x--\r\n")];
        delivery_status_part: [
            (&*parts("multipart/mixed", &[("text/plain", "sorry"), ("message/delivery-status", BOUNCED)]).0, &*parts("multipart/mixed", &[("text/plain", "sorry"), ("message/delivery-status", BOUNCED)]).1, Machine(Reason::DeliveryReport)),
        ] but [
            (&*format!("Subject: Fwd: bounce\n{}", parts("multipart/mixed", &[]).0), &*parts("multipart/mixed", &[("text/plain; charset=utf-8", QUESTION), ("message/delivery-status", BOUNCED)]).1),
            // Somebody else's bounce, attached to a question about it.
            (&*parts("multipart/mixed", &[]).0, &*parts("multipart/mixed", &[("text/plain; charset=utf-8", "this came back, may we ask why?"), ("message/rfc822", &format!("Content-Type: message/delivery-status\r\n\r\n{BOUNCED}"))]).1),
        ];
        postmaster_with_a_second_signal: [
            ("From: postmaster@b.example\nSubject: Returned mail: user unknown", "x", Machine(Reason::BounceText)),
            (&*format!("From: Postmaster@b.example\n{}", parts("multipart/mixed", &[]).0), &*parts("multipart/mixed", &[("text/plain", "x"), ("message/rfc822", RETURNED)]).1, Machine(Reason::BounceText)),
            ("From: MAILER-DAEMON@b.example", QUESTION, Machine(Reason::SystemSender)),
        ] but [
            ("From: postmaster@b.example", QUESTION),
            ("From: Postmaster <a@b.example>\nSubject: Returned mail?", QUESTION),
            (&*parts("multipart/mixed", &[]).0, &*parts("multipart/mixed", &[("text/plain; charset=utf-8", QUESTION), ("message/rfc822", RETURNED)]).1),
        ];
        calendar_reports_are_left_to_their_own_rows: [
            ("Content-Type: message/delivery-status", "Action: failed\r\n", Machine(Reason::DeliveryReport)),
        ] but [("Content-Type: text/plain; name=\"delivery-status.txt\"", "Is this a delivery status?")];
    }
    screen_1_4_local_parts {
        mailer_daemon: [
            ("From: MAILER-DAEMON@b.example", QUESTION, Machine(Reason::SystemSender)),
            ("From: mailer-daemon-2@b.example", QUESTION, Machine(Reason::SystemSender)),
        ] but [("From: daemonica@b.example", QUESTION), ("From: mailer@b.example", QUESTION)];
        root: [("From: root@b.example", QUESTION, Machine(Reason::SystemSender))] but [("From: beetroot@b.example", QUESTION)];
        abuse_and_hostmaster: [
            ("From: abuse@b.example\nSubject: undeliverable", STATEMENT, Machine(Reason::BounceText)),
            ("From: hostmaster@b.example\nSubject: undeliverable", STATEMENT, Machine(Reason::BounceText)),
        ] but [("From: abuse@b.example", QUESTION), ("From: abusenko@b.example", QUESTION)];
        list_managers: [
            ("From: listserv@b.example", QUESTION, Machine(Reason::SystemSender)),
            ("From: majordomo@b.example", QUESTION, Machine(Reason::SystemSender)),
            ("From: listproc@b.example", QUESTION, Machine(Reason::SystemSender)),
            ("From: owner-kaiin@b.example", QUESTION, Machine(Reason::SystemSender)),
            ("From: kaiin-subscribe@b.example", QUESTION, Machine(Reason::SystemSender)),
            ("From: kaiin-unsubscribe@b.example", QUESTION, Machine(Reason::SystemSender)),
        ] but [("From: ownership@b.example", QUESTION), ("From: owner@b.example", QUESTION)];
        request_and_help_are_hints: [
            ("From: kaiin-request@b.example", "自動配信です。登録の変更はこちら", Machine(Reason::AutomaticText)),
            ("From: kaiin-help@b.example", "this is an automated message", Machine(Reason::AutomaticText)),
        ] but [("From: soumu-request@b.example", QUESTION), ("From: it-help@b.example", QUESTION)];
        system_local_parts: [
            ("From: msgs@b.example", QUESTION, Machine(Reason::SystemSender)),
            ("From: nobody@b.example", QUESTION, Machine(Reason::SystemSender)),
            ("From: news@b.example", QUESTION, Machine(Reason::SystemSender)),
            ("From: newsletter@b.example", QUESTION, Machine(Reason::SystemSender)),
            ("From: notifications@b.example", QUESTION, Machine(Reason::SystemSender)),
            ("From: notif@b.example", QUESTION, Machine(Reason::SystemSender)),
            ("From: automated-response@b.example", QUESTION, Machine(Reason::SystemSender)),
            ("From: mailadmin@b.example", QUESTION, Machine(Reason::SystemSender)),
            ("From: mailmaster@b.example", QUESTION, Machine(Reason::SystemSender)),
            ("From: scanner@b.example", QUESTION, Machine(Reason::SystemSender)),
            ("From: scanner-3f@b.example", QUESTION, Machine(Reason::SystemSender)),
            ("From: daemon@b.example", QUESTION, Machine(Reason::SystemSender)),
            ("From: bounces+7@b.example", QUESTION, Machine(Reason::SystemSender)),
        ] but [
            ("From: info@b.example", QUESTION),
            ("From: newsome@b.example", QUESTION),
            ("From: support@b.example", QUESTION),
            ("From: scannerman@b.example", QUESTION),
        ];
        updates_and_account_are_hints: [
            ("From: updates@b.example", "this mail was sent automatically", Machine(Reason::AutomaticText)),
            ("From: account@b.example", "ご返信いただいても確認できません。", Machine(Reason::AutomaticText)),
        ] but [("From: updates@b.example", QUESTION), ("From: account@b.example", QUESTION)];
        no_reply: [
            ("From: no-reply@b.example", QUESTION, Hold(Reason::NoReplyAddress)),
            ("From: noreply@b.example", QUESTION, Hold(Reason::NoReplyAddress)),
            ("From: no_reply.7@b.example", QUESTION, Hold(Reason::NoReplyAddress)),
            ("From: reception-noreply@b.example", QUESTION, Hold(Reason::NoReplyAddress)),
            ("From: donotreply@b.example", QUESTION, Hold(Reason::NoReplyAddress)),
            ("From: sousin-senyou@b.example", QUESTION, Hold(Reason::NoReplyAddress)),
            ("From: nicht-antworten@b.example", QUESTION, Hold(Reason::NoReplyAddress)),
            ("From: noreply@b.example", "このメールは送信専用です。", Machine(Reason::AutomaticText)),
            ("From: no-reply@app.b.example\nSubject: delivery failure", "550 5.1.1 user unknown", Machine(Reason::BounceText)),
        ] but [("From: reply@b.example", QUESTION), ("From: norepo@b.example", QUESTION)];
        japanese_carriers_postmasters: [
            ("From: Postmaster@ezweb.b.example\nSubject: Mail System Error - Returned Mail", "x", Machine(Reason::BounceText)),
            ("From: postmaster@biglobe.b.example\nSubject: Returned mail: x", "x", Machine(Reason::BounceText)),
        ] but [("From: postmaster@ezweb.b.example\nSubject: telework", QUESTION)];
    }
    screen_1_5_subjects {
        bounce_subjects: [
            ("Subject: could not send message", "user unknown", Machine(Reason::BounceText)),
            ("Subject: Delivery failed", "user unknown", Machine(Reason::BounceText)),
            ("Subject: DELIVERY FAILURE: x", "user unknown", Machine(Reason::BounceText)),
            ("Subject: Delivery Status Notification", "user unknown", Machine(Reason::BounceText)),
            ("Subject: failure notice", "user unknown", Machine(Reason::BounceText)),
            ("Subject: Mail failure", "user unknown", Machine(Reason::BounceText)),
            ("Subject: Returned mail: see transcript", "user unknown", Machine(Reason::BounceText)),
            ("Subject: UNDELIVERABLE: x", "user unknown", Machine(Reason::BounceText)),
            ("Subject: Undelivered Mail Returned to Sender", "user unknown", Machine(Reason::BounceText)),
            ("Subject: MESSAGE NOT DELIVERED: x", "user unknown", Machine(Reason::BounceText)),
            ("Subject: e-mail addressing error (x)", "user unknown", Machine(Reason::BounceText)),
            ("Subject: No valid recipient in x", "user unknown", Machine(Reason::BounceText)),
            ("Subject: Mail could not be delivered", "user unknown", Machine(Reason::BounceText)),
        ] but [
            ("Subject: Delivery failed", "Our invitations to the seminar fail, could you check the address?"),
            ("Subject: undelivered", "The leaflets have not arrived. Could you send them again?"),
            ("Subject: Re: Returned mail", "user unknown, it says. We send the form again."),
            ("Subject: Fwd: Returned mail", "550 user unknown"),
        ];
        absence_subjects: [
            ("Subject: Auto: out", "I am out of the office", Machine(Reason::OutOfOffice)),
            ("Subject: auto response: x", "I am out of the office", Machine(Reason::OutOfOffice)),
            ("Subject: Automatic reply: x", "I am out of the office", Machine(Reason::OutOfOffice)),
            ("Subject: Out of Office: x", "I will be back on Monday", Machine(Reason::OutOfOffice)),
            ("Subject: out of office autoreply: x", "I will be back on Monday", Machine(Reason::OutOfOffice)),
            ("Subject: Sato is out of the office", "I will be back on Monday", Machine(Reason::OutOfOffice)),
            ("Subject: x (away from the office)", "on leave until Monday", Machine(Reason::OutOfOffice)),
            ("Subject: vacation notice", "on vacation until Monday", Machine(Reason::OutOfOffice)),
            ("Subject: Automatic reply: x", "", Machine(Reason::OutOfOffice)),
        ] but [
            ("Subject: Auto: out of order", "The Navi Dial does not connect. Is there another number?"),
            ("Subject: vacation", "Our staff are on vacation in August. May the consultation be in September?"),
            ("Subject: out of office settings", "How do we count overtime while staff are on leave?"),
        ];
        read_receipts_in_words: [
            ("Subject: 開封確認", "このメッセージは自動的に送信されています。", Machine(Reason::AutomaticText)),
        ] but [("Subject: Read: the notes", "We read the notes. What is the fee?"), ("Subject: 開封済み: セミナー", "開封しました。会場はどこでしょうか。")];
    }
}

#[test]
fn screen_1_1_the_association_that_wrote_is_left_to_a_person() {
    let mut directory = Directory { associations: RULESET.directory.associations.clone(), ..empty() };
    let address = Address::parse("madoguchi@tokyo-sr.example").unwrap();
    directory.associations[12].email = Some(address.clone());
    let got = |fields: &str| screen(&inquiry::read(&message(fields, QUESTION)), &policy(), &directory);
    assert_eq!(got("From: Madoguchi@Tokyo-SR.example"), Screened::Hold(Reason::AssociationSender));
    assert!(matches!(got("From: other@tokyo-sr.example"), Screened::Person(_)));
}

fn empty() -> Directory {
    Directory { associations: Vec::new(), contacts: Vec::new(), calendar: None }
}

mod screen_1_1_recent_hard_bounce {
    use super::*;

    fn decided(history: &History) -> plan::Plan {
        plan::decide(&RULESET, &inquiry::read(&message("", "東京都港区です。36協定について教えてください。")), history)
    }

    #[test]
    fn is_not_answered() {
        let plan = decided(&History { bounced: true, ..History::default() });
        assert_eq!(plan.reply, Step::Skip(Reason::RecentBounce));
        assert_eq!(plan.forward, Step::Ask(Reason::RecentBounce));
        assert_eq!(plan.action, Action::Review);
    }

    #[test]
    fn its_neighbour_is() {
        assert_eq!(decided(&History::default()).action, Action::Answer);
    }
}

rows! {
    /// Absence and bounce wording, a language a row: the subject alone is no
    /// sign, and a question is a person's.
    screen_1_5_languages {
        absence_words_ja: [
            ("Subject: 不在通知", "ただいま不在にしております。", Machine(Reason::OutOfOffice)),
            ("Subject: 【自動返信】相談", "12月7日まで休暇をいただいております。お急ぎの方は代表電話までご連絡をお願いします。", Machine(Reason::OutOfOffice)),
            ("Subject: 夏季休業のお知らせ", "8月16日まで休業いたします。以降にご連絡いたします。", Machine(Reason::OutOfOffice)),
            ("In-Reply-To: <0123456789abcdef0123456789abcdef.madoguchi@teleworksupport.example>\nSubject: Re: 受付", "出張のため不在です。戻り次第返信します。", Machine(Reason::OutOfOffice)),
        ] but [
            ("Subject: 不在連絡", "27日は不在にしておりますので、相談会の申込みを取り消します。"),
            ("Subject: 休暇中の残業", "休暇中の社員がメールに返事をした場合、残業になりますか。"),
            ("Subject: 転送: 不在通知", "ただいま不在にしております。"),
            ("Subject: 訪問の日程", "担当が出張のため不在です。来週うかがいたいのですが。"),
        ];
        absence_words_en: [
            ("Subject: Out of office", "I am out of the office until 7 December. For urgent matters please call the front desk.", Machine(Reason::OutOfOffice)),
        ] but [("Subject: out of office", "I will be out of the office next week. May we come on Friday instead?")];
        absence_words_de: [
            ("Subject: Abwesenheitsnotiz", "Ich bin im Urlaub und nicht erreichbar.\r\nBis 7.12. bin ich nicht im Büro.", Machine(Reason::OutOfOffice)),
        ] but [("Subject: Abwesenheit", "Müssen wir die Abwesenheit unserer Mitarbeiter melden?")];
        absence_words_fr: [
            ("Subject: Réponse automatique : bonjour", "Je suis absent du bureau jusqu'au 7 décembre.", Machine(Reason::OutOfOffice)),
        ] but [("Subject: absence", "Pourriez-vous nous dire comment compter une absence ?")];
        absence_words_zh: [
            ("Subject: 自动回复: 咨询", "我正在休假，暂时无法回复。", Machine(Reason::OutOfOffice)),
            ("Subject: 自動回覆: 諮詢", "我目前不在辦公室，外出中。", Machine(Reason::OutOfOffice)),
        ] but [("Subject: 休假", "请问休假期间需要工作吗？")];
        absence_words_ko: [
            ("Subject: 부재중 자동 응답", "현재 휴가 중입니다. 돌아와서 연락드리겠습니다.", Machine(Reason::OutOfOffice)),
        ] but [("Subject: 휴가", "휴가 중에도 일해야 하나요?")];
        absence_words_es: [
            ("Subject: Respuesta automática: consulta", "Estoy fuera de la oficina hasta el 7 de diciembre.", Machine(Reason::OutOfOffice)),
        ] but [("Subject: ausencia", "¿Podría decirnos cómo contar una ausencia?")];
        absence_words_pt: [
            ("Subject: Resposta automática: consulta", "Estou de férias e fora do escritório.", Machine(Reason::OutOfOffice)),
        ] but [("Subject: férias", "Poderia nos dizer como contar as férias?")];
        bounce_words_ja: [
            ("Subject: 配信エラー", "次の宛先に配信できませんでした。", Machine(Reason::BounceText)),
            ("Subject: 送達できません", "ユーザーが存在しません", Machine(Reason::BounceText)),
            ("Subject: メール送信エラー", "送信先のメールボックスが一杯のため", Machine(Reason::BounceText)),
            ("Subject: ﾒｰﾙ送信ｴﾗｰ", "宛先のﾒｰﾙｱﾄﾞﾚｽが見つかりません", Machine(Reason::BounceText)),
        ] but [
            ("Subject: 配信エラー", "セミナーの案内メールが配信エラーになります。どこに連絡すればよいでしょうか。"),
            ("Subject: メールが届きません", "いつもお世話になっております。先日お送りしたメールが、宛先不明で配信できませんでした。もう一度お送りします。"),
        ];
        bounce_words_de: [
            ("Subject: Unzustellbar: Anfrage", "Die Nachricht konnte nicht zugestellt werden.", Machine(Reason::BounceText)),
        ] but [("Subject: unzustellbar", "Unsere Broschüren sind unzustellbar. Könnten Sie neue senden?")];
        bounce_words_fr: [
            ("Subject: Message non remis", "Le message n'a pas pu être remis au destinataire.", Machine(Reason::BounceText)),
        ] but [("Subject: courrier non distribué", "Pouvez-vous renvoyer la brochure ?")];
        bounce_words_zh: [
            ("Subject: 系统退信", "收件人不存在", Machine(Reason::BounceText)),
        ] but [("Subject: 退信", "请问为什么会退信？")];
        bounce_words_ko: [
            ("Subject: 반송됨: 문의", "존재하지 않는 주소입니다.", Machine(Reason::BounceText)),
        ] but [("Subject: 반송", "우편이 반송되었습니다. 주소를 알려 주시겠습니까?")];
        bounce_words_es: [
            ("Subject: No entregado: consulta", "El mensaje no se pudo entregar.", Machine(Reason::BounceText)),
        ] but [("Subject: no entregado", "¿Podrían enviar el folleto otra vez?")];
        bounce_words_pt: [
            ("Subject: Não entregue: consulta", "A mensagem não pôde ser entregue.", Machine(Reason::BounceText)),
        ] but [("Subject: não entregue", "Poderiam enviar o folheto outra vez?")];
    }
    screen_4_real_mail {
        absence_without_any_header: [
            ("Subject: Automatic reply: seminar", "I am out of the office until Monday.", Machine(Reason::OutOfOffice)),
            ("Subject: 自動返信: 窓口", "ただいま不在にしております。", Machine(Reason::OutOfOffice)),
        ] but [("Subject: question", "I am out of office next week. May we visit the desk on Friday?")];
        bounce_of_an_ordinary_sender: [
            ("From: support@b.example\nSubject: Undelivered Mail", "The following address could not be delivered: user unknown", Machine(Reason::BounceText)),
            ("From: staff@b.example\nSubject: 配信不能", "宛先が見つかりません", Machine(Reason::BounceText)),
        ] but [("From: support@b.example\nSubject: Undelivered Mail", "My mail came back with user unknown. Could you check the address?")];
        bounces_quote_our_keywords: [
            ("Return-Path: <>\nFrom: MAILER-DAEMON@b.example\nSubject: Re: seminar", "36協定のセミナー、窓口、東京都", Machine(Reason::NullReturnPath)),
        ] but [("Subject: Re: seminar", "36協定のセミナーについて教えてください。")];
        people_about_bounces_and_absences: [
            ("Subject: 不在のお知らせ", "ただいま休暇をいただいております。", Machine(Reason::OutOfOffice)),
        ] but [
            ("Subject: Fwd: Returned mail", "この配信エラーは何でしょうか。\r\n550 user unknown"),
            ("Subject: 転送: 配信エラー", "ご確認ください。\r\n550 user unknown"),
            ("Subject: FW: 自動返信", "このメールは自動返信です。"),
            ("Subject: I am gone this weekend", "I am gone this weekend. We would like to register for the December seminar."),
            ("Subject: 自動返信の設定", "休暇中の自動返信の設定を就業規則で義務にできますか。"),
        ];
        peoples_marks: [
            ("Auto-Submitted: auto-forwarded", QUESTION, Hold(Reason::AutoForwarded)),
            ("X-Auto-Response-Suppress: DR, OOF, RN", QUESTION, Hold(Reason::SuppressOof)),
        ] but [
            ("X-MS-Exchange-Inbox-Rules-Loop: a@b.example", QUESTION),
            ("Auto-Submitted: no", QUESTION),
            ("Precedence: normal", QUESTION),
            ("X-Auto-Response-Suppress: None", QUESTION),
            ("X-Autoreply: ", QUESTION),
        ];
        list_marks_without_list_id: [
            ("X-Loop: yes", QUESTION, Machine(Reason::LoopHeader)),
            ("X-MLServer: fml", QUESTION, Machine(Reason::ListMail)),
            ("X-ML-Name: kaiin", QUESTION, Machine(Reason::ListMail)),
            ("Mailing-List: contact x-help@y.example; run by ezmlm", QUESTION, Machine(Reason::ListMail)),
        ] but [("Subject: [kaiin:00012] 窓口", QUESTION)];
        challenge_response: [
            ("Subject: Re: reception", "To control spam, please click the link to deliver your message.", Machine(Reason::ChallengeResponse)),
            ("In-Reply-To: <0123456789abcdef0123456789abcdef.madoguchi@teleworksupport.example>", "送信者の確認のため、下記のリンクをクリックすると配信されます。", Machine(Reason::ChallengeResponse)),
        ] but [
            ("Subject: challenges of telework", "We face a challenge: how should we treat breaks?"),
            ("Subject: 迷惑メール対策", "貴事務局のメールを迷惑メール対策のため受信できません。どうすればよいでしょうか。"),
        ];
        reports_to_published_mailboxes: [
            ("Subject: Report domain: b.example Submitter: c.example\nContent-Type: application/gzip; name=\"r.xml.gz\"\nContent-Disposition: attachment; filename=\"r.xml.gz\"", "x", Machine(Reason::Report)),
            ("From: noreply-dmarc@b.example\nSubject: DMARC Report for c.example", "x", Machine(Reason::Report)),
        ] but [("Subject: annual report", "Could you send us the report of the seminar?")];
        self_declared_ja: [
            ("Subject: 会議室", "会議室の予約が変わりました。\r\n※本メールは送信専用です。ご返信いただいてもお答えできません。", Machine(Reason::AutomaticText)),
            ("Subject: テレワークセミナー", "このメールは自動的に生成して送信しています。\r\nセミナーの開催日は12月8日です。", Machine(Reason::AutomaticText)),
            ("Subject: 勤怠", "このメールには直接返信いただけません。\r\n残業時間が上限に近づいています。", Machine(Reason::AutomaticText)),
            ("Subject: 就業規則", "就業規則が公開されました。\r\nこのメールはシステムから自動的に送信されています。", Machine(Reason::AutomaticText)),
            ("Subject: 労務だより", "このﾒｰﾙは自動配信です。\r\n今週の労務の話題です。", Machine(Reason::AutomaticText)),
            ("Subject: 点検", "本通知は自動で送信しております。点検が終わりました。", Machine(Reason::AutomaticText)),
        ] but [
            ("Subject: 自動送信メール", "貴事務局から届いたメールに「このメールは自動送信です」と書かれていました。返信してよいでしょうか。"),
            ("Subject: 深夜のメール", "当社では勤怠の催促メールを自動送信しています。深夜に届いた場合、残業になりますか。"),
            ("Subject: 送信専用アドレス", "在宅勤務の連絡用に送信専用アドレスを作りたいのですが、就業規則に書く必要がありますか。"),
            ("Subject: 連絡先", "このメールアドレスは個人のものです。窓口の場所を教えてください。"),
            ("Subject: お礼", "このメールをもってお礼といたします。案内どおりに電話がつながりました。"),
        ];
        self_declared_and_asking_is_held: [
            ("Subject: 照会", "研修の会場を教えてください。\r\n※このメールアドレスは送信専用です。返信はできません。", Hold(Reason::NoReplyAddress)),
        ] but [("Subject: 照会", "研修の会場を教えてください。\r\n※返信はこのメールアドレスにお願いします。")];
        self_declared_other_languages: [
            ("Subject: notice", "This is an automated message. The seminar room was changed.", Machine(Reason::AutomaticText)),
            ("Subject: notice", "The report is ready.\r\nPlease do not reply to this e-mail, this mailbox is not monitored.", Machine(Reason::AutomaticText)),
            ("Subject: Hinweis", "Diese E-Mail wurde automatisch erstellt. Bitte antworten Sie nicht auf diese Nachricht.", Machine(Reason::AutomaticText)),
            ("Subject: avis", "Ceci est un message automatique, merci de ne pas répondre.", Machine(Reason::AutomaticText)),
            ("Subject: aviso", "Este mensaje ha sido generado automáticamente. Por favor, no responda a este correo.", Machine(Reason::AutomaticText)),
            ("Subject: aviso", "Esta é uma mensagem automática. Por favor, não responda a este e-mail.", Machine(Reason::AutomaticText)),
            ("Subject: 通知", "此邮件由系统自动发送，请勿直接回复。", Machine(Reason::AutomaticText)),
            ("Subject: 알림", "본 메일은 발신전용 메일이므로 회신이 불가능합니다.", Machine(Reason::AutomaticText)),
        ] but [
            ("Subject: automation", "Your letter said \"this is an automated message\". May we still reply to it?"),
            ("Subject: overtime", "Our system sends automated messages at night. Is reading them overtime?"),
        ];
        form_confirmations: [
            ("Subject: お問い合わせを受け付けました", "このたびはお問い合わせいただきありがとうございます。\r\n担当者より2営業日以内にご連絡いたします。\r\nよろしくお願いいたします。", Machine(Reason::AutomaticText)),
            ("Subject: 【シオカゼ商会】お問い合わせ受付完了のお知らせ", "お問い合わせを受け付けいたしました。\r\n受付番号: 20261125-07\r\n■お問い合わせ内容\r\n窓口の電話番号を教えてください。", Machine(Reason::AutomaticText)),
            ("Subject: セミナー申込完了のお知らせ", "テレワークセミナーへのお申し込みありがとうございます。\r\n下記の内容で承りました。\r\n日時: 12月8日 14時\r\n会場: 博多", Machine(Reason::AutomaticText)),
            ("Subject: We have received your request", "Thank you for contacting the support desk. Your ticket number is 4711. We will get back to you within two business days.", Machine(Reason::AutomaticText)),
            ("Subject: Eingangsbestätigung", "Vielen Dank für Ihre Anfrage. Ihre Vorgangsnummer lautet 4711. Wir melden uns schnellstmöglich.", Machine(Reason::AutomaticText)),
        ] but [
            ("Subject: 受付番号について", "お問い合わせを受け付けましたというメールをいただきましたが、受付番号が書かれていませんでした。教えてください。"),
            ("Subject: Re: 問い合わせの件", "お問い合わせいただきありがとうございます。担当の沢渡です。就業規則の写しをお送りします。"),
            ("Subject: seminar", "We have received your leaflet. Thank you for your message. May we print it?"),
            ("Subject: 申込完了の確認", "12月8日のセミナーの申込みが完了したか確認したいのですが。"),
        ];
        system_notices: [
            ("From: クラウド勤怠通知 <kintai@b.example>\nSubject: [通知] 残業時間の上限", "上限に近づいた社員が3名います。本メールは自動配信しています。", Machine(Reason::AutomaticText)),
            ("X-Mailer: PHPMailer 6.8\nSubject: 請求書発行のお知らせ", "11月分の請求書を発行しました。請求書番号 8812", Machine(Reason::AutomaticText)),
            ("From: 求人サイト配信 <job@b.example>\nSubject: 新着求人のお知らせ", "在宅勤務の求人が12件あります。配信停止はこちら", Machine(Reason::Newsletter)),
            ("From: backup@b.example\nSubject: バックアップ通知", "正常に終了しました。自動送信されています。", Machine(Reason::AutomaticText)),
            ("Subject: パスワード再設定", "認証コード: 118204\r\nこのメールは送信専用のため返信できません。", Machine(Reason::AutomaticText)),
        ] but [
            ("Subject: 請求書の件", "相談会の参加費の請求書を送っていただけますか。"),
            ("Subject: 通知の義務", "在宅勤務者に労働条件を通知する義務はありますか。"),
            ("From: 通知課 古賀 <koga@b.example>\nSubject: 残業の通知", "残業の通知方法についてご相談です。"),
        ];
        newsletters_without_list_id: [
            ("Subject: HR news vol. 12", "今月の特集です。\r\n配信停止はこちら\r\nバックナンバー", Machine(Reason::Newsletter)),
            ("Subject: 労務だより 12月号", "テレワークの残業、どう数えますか？\r\n詳しくはセミナーで。\r\n配信停止はこちらから", Machine(Reason::Newsletter)),
        ] but [
            ("Subject: question", "貴事務局のニュースレターの配信停止の方法を教えてください。"),
            ("Subject: 配信停止", "メルマガの配信停止をお願いします。"),
            ("Subject: 通信費", "会員各位に配る資料に、在宅勤務の通信費の扱いを載せたいのですが。"),
        ];
    }
    /// Who may be answered: one address, on proof (DESIGN 3.6).
    screen_who_may_be_answered {
        several_from: [
            ("From: a@b.example\nFrom: c@d.example", QUESTION, Hold(Reason::SeveralSenders)),
            ("From: a@b.example, c@d.example", QUESTION, Hold(Reason::SeveralSenders)),
            ("From: \"A\" <a@b.example>:<c@d.example>", QUESTION, Hold(Reason::SeveralSenders)),
            ("From: <a@b.example> <c@d.example>", QUESTION, Hold(Reason::SeveralSenders)),
        ] but [("From: \"A, B\" <a@b.example>", QUESTION), ("From: A (c@d.example) <a@b.example>", QUESTION)];
        group_syntax: [
            ("From: all: a@b.example;", QUESTION, Hold(Reason::SeveralSenders)),
            ("From: all:;", QUESTION, Hold(Reason::NoSender)),
            // 会員 in ISO-2022-JP, as an encoded-word and as raw octets of seven bits.
            ("From: =?iso-2022-jp?B?GyRCMnEwdxsoQg==?=: a@b.example, c@d.example;", QUESTION, Hold(Reason::SeveralSenders)),
            ("From: \u{1b}$B2q0w\u{1b}(B: a@b.example;", QUESTION, Hold(Reason::SeveralSenders)),
        ] but [
            ("From: \"all: a\" <a@b.example>", QUESTION),
            ("From: =?iso-2022-jp?B?GyRCMnEwdxsoQg==?= <a@b.example>", QUESTION),
            ("From: \u{1b}$B2q0w\u{1b}(B <a@b.example>", QUESTION),
        ];
        reply_to_and_sender_are_not_believed: [
            ("From: -\nReply-To: c@d.example\nSender: c@d.example", QUESTION, Hold(Reason::NoSender)),
        ] but [("Reply-To: c@d.example", QUESTION), ("Sender: c@d.example", QUESTION)];
        authentication_results_of_another_server: [
            ("Return-Path: <x@sender.example>\nAuthentication-Results: mx.evil.example; dmarc=pass header.from=b.example", QUESTION, Hold(Reason::Unauthenticated)),
            ("Return-Path: <x@sender.example>\nAuthentication-Results: evil.example (mx.teleworksupport.example); dmarc=pass header.from=b.example", QUESTION, Hold(Reason::Unauthenticated)),
            ("Return-Path: <x@sender.example>\nAuthentication-Results: mx.teleworksupport.example.evil.example; dmarc=pass header.from=b.example", QUESTION, Hold(Reason::Unauthenticated)),
            ("Return-Path: <x@sender.example>\nX-Authentication-Results: mx.teleworksupport.example; dmarc=pass", QUESTION, Hold(Reason::Unauthenticated)),
        ] but [
            ("Authentication-Results: mx.evil.example; dmarc=fail header.from=b.example", QUESTION),
            ("Return-Path: <x@sender.example>\nAuthentication-Results: MX.teleworksupport.example 1; dmarc=pass header.from=b.example", QUESTION),
        ];
        authentication_results_below_the_trusted_hop: [
            ("Authentication-Results: mx.teleworksupport.example; dmarc=fail header.from=b.example\nAuthentication-Results: mx.teleworksupport.example; dmarc=pass header.from=b.example", QUESTION, Hold(Reason::Unauthenticated)),
            // The trusted server wrote none; what stands below its Received came with the message.
            ("Return-Path: <x@sender.example>\nReceived: from x by mx.teleworksupport.example; Wed, 25 Nov 2026 10:00:00 +0900\nAuthentication-Results: mx.teleworksupport.example; dmarc=pass header.from=b.example", QUESTION, Hold(Reason::Unauthenticated)),
        ] but [
            ("Return-Path: <x@sender.example>\nAuthentication-Results: mx.teleworksupport.example; dmarc=pass header.from=b.example\nReceived: from x by mx.teleworksupport.example; Wed, 25 Nov 2026 10:00:00 +0900", QUESTION),
            // A server between may stand above the trusted one's field.
            ("Return-Path: <x@sender.example>\nReceived: from mx.teleworksupport.example by store.teleworksupport.example; Wed, 25 Nov 2026 10:00:01 +0900\nAuthentication-Results: mx.teleworksupport.example; dmarc=pass header.from=b.example\nReceived: from x by mx.teleworksupport.example; Wed, 25 Nov 2026 10:00:00 +0900", QUESTION),
        ];
        results_of_another_domain: [
            ("Return-Path: <x@sender.example>\nAuthentication-Results: mx.teleworksupport.example; dkim=pass header.d=sender.example", QUESTION, Hold(Reason::Unauthenticated)),
            ("Return-Path: <x@sender.example>\nAuthentication-Results: mx.teleworksupport.example; spf=pass smtp.mailfrom=x@sender.example", QUESTION, Hold(Reason::Unauthenticated)),
            ("Return-Path: <x@sender.example>\nAuthentication-Results: mx.teleworksupport.example; dmarc=pass header.from=sender.example", QUESTION, Hold(Reason::Unauthenticated)),
            ("Return-Path: <x@sender.example>\nAuthentication-Results: mx.teleworksupport.example; dkim=fail header.d=b.example", QUESTION, Hold(Reason::Unauthenticated)),
            ("Return-Path: <x@sender.example>\nAuthentication-Results: mx.teleworksupport.example; dkim=fail reason=\"; dmarc=pass header.from=b.example\"", QUESTION, Hold(Reason::Unauthenticated)),
            ("Return-Path: <x@sender.example>\nAuthentication-Results: mx.teleworksupport.example; dkim=fail reason=\"a \\\"; dmarc=pass header.from=b.example; \"", QUESTION, Hold(Reason::Unauthenticated)),
            ("Return-Path: <x@sender.example>\nAuthentication-Results: mx.teleworksupport.example; dkim=fail (a \\); dmarc=pass header.from=b.example (b))", QUESTION, Hold(Reason::Unauthenticated)),
            // A fail below the trusted hop holds all the same: some servers write it there.
            ("Received: from x by mx.teleworksupport.example; Wed, 25 Nov 2026 10:00:00 +0900\nAuthentication-Results: mx.teleworksupport.example; dmarc=fail header.from=b.example", QUESTION, Hold(Reason::Unauthenticated)),
        ] but [
            ("Return-Path: <x@sender.example>\nAuthentication-Results: mx.teleworksupport.example; dkim=pass (good; strict) header.d=mail.b.example", QUESTION),
            ("Return-Path: <x@sender.example>\nAuthentication-Results: mx.teleworksupport.example; spf=pass smtp.mailfrom=x@b.example", QUESTION),
            ("Return-Path: <x@sender.example>\nAuthentication-Results: mx.teleworksupport.example; dkim=pass header.i=\"@b.example\"", QUESTION),
        ];
        web_forms: [
            ("From: form@teleworksupport.example\nReturn-Path: <x@evil.example>\nReply-To: c@d.example", QUESTION, Hold(Reason::NoSender)),
            ("From: form@teleworksupport.example\nReturn-Path: <www@teleworksupport.example>", QUESTION, Hold(Reason::NoSender)),
            ("From: form@teleworksupport.example\nReturn-Path: <www@teleworksupport.example>\nReply-To: c@d.example, e@f.example", QUESTION, Hold(Reason::NoSender)),
            ("From: form@teleworksupport.example\nReturn-Path: <www@teleworksupport.example>\nReply-To: jimukyoku@teleworksupport.example", QUESTION, Hold(Reason::NoSender)),
            ("From: form@teleworksupport.example\nReturn-Path: <www@teleworksupport.example>\nReply-To: no-reply@d.example", QUESTION, Hold(Reason::NoReplyAddress)),
            ("From: form@teleworksupport.example\nReturn-Path: <www@teleworksupport.example>\nReply-To: pest@d.example", QUESTION, Hold(Reason::Banned)),
        ] but [
            ("From: form@teleworksupport.example\nReturn-Path: <www@teleworksupport.example>\nReply-To: c@d.example", QUESTION),
            ("From: form@teleworksupport.example\nReturn-Path: <x@host.example>\nReply-To: c@d.example\nAuthentication-Results: mx.teleworksupport.example; dmarc=pass header.from=teleworksupport.example", QUESTION),
        ];
        addresses_that_break_a_command: [
            ("From: =?utf-8?Q?a=0D=0ABcc=3A_x?=@b.example", QUESTION, Hold(Reason::NoSender)),
            ("From: <a b@b.example>", QUESTION, Hold(Reason::NoSender)),
            ("From: 山田@b.example", QUESTION, Hold(Reason::NoSender)),
        ] but [
            ("From: foo..bar@docomo.ne.jp", QUESTION),
            ("From: foo.@ezweb.ne.jp", QUESTION),
            ("From: =?utf-8?Q?a=0D=0ABcc=3A_x?= <a@b.example>", QUESTION),
        ];
    }
}

#[test]
fn screen_the_one_address_that_is_answered() {
    let person = |a: &str| Screened::Person(Address::parse(a).unwrap());
    let form = "From: form@teleworksupport.example\nReturn-Path: <www@teleworksupport.example>\nReply-To: c@d.example";
    assert_eq!(screened(form, QUESTION), person("c@d.example"));
    for fields in ["Reply-To: c@d.example", "Sender: c@d.example", "Return-Path: <c@b.example>", "Return-Path: -"] {
        assert_eq!(screened(fields, QUESTION), person("a@b.example"), "{fields}");
    }
    let carrier = match screened("From: foo..bar@docomo.ne.jp", QUESTION) {
        Screened::Person(address) => address.to_smtp(),
        other => panic!("{other:?}"),
    };
    assert_eq!(carrier, "\"foo..bar\"@docomo.ne.jp");
}

/// Fields each of which alone shows a machine.
const HARD: &[&str] = &[
    "Auto-Submitted: auto-replied",
    "Auto-Submitted: auto-generated; x=y",
    "Precedence: bulk",
    "Precedence: junk",
    "X-Precedence: list",
    "List-Id: <a.b>",
    "List-Post: NO",
    "Mailing-List: x",
    "X-ML-Name: x",
    "X-Loop: yes",
    "X-No-Loop: false",
    "Return-Path: <>",
    "Return-Path: <mailer-daemon@b.example>",
    "X-Auto-Response-Suppress: All",
    "X-Auto-Response-Suppress: DR, AutoReply",
    "X-Autoreply: yes",
    "X-Autorespond: 1",
    "X-Auto-Generated: 1",
    "X-Apple-Action: VACATION",
    "X-FC-Machinegenerated: true",
    "X-Failed-Recipients: a@b.example",
    "From: MAILER-DAEMON@b.example",
    "From: root@b.example",
    "From: jimukyoku@teleworksupport.example",
    "Delivered-To: autoresponder",
    "Message-ID: <0123456789abcdef0123456789abcdef.madoguchi@teleworksupport.example>",
    "Content-Type: multipart/report; report-type=delivery-status; boundary=x",
];

/// Fields with which people's mail comes, some of them made to look like proof.
const BESIDE: &[&str] = &[
    "",
    "Auto-Submitted: no",
    "Precedence: first-class",
    "X-Autoreply: no",
    "In-Reply-To: <0123456789abcdef0123456789abcdef.madoguchi@teleworksupport.example>",
    "Authentication-Results: mx.teleworksupport.example; dmarc=pass header.from=b.example",
    "Subject: Fwd: question",
    "Subject: 36協定について教えてください",
    "Reply-To: c@d.example",
    "To: info@teleworksupport.example",
];

proptest::proptest! {
    #[test]
    fn screen_no_message_with_a_hard_mark_is_ever_answered(
        mark in proptest::sample::select(HARD),
        beside in proptest::sample::subsequence(BESIDE, 0..=BESIDE.len()),
        upper in proptest::prelude::any::<bool>(),
        body in "(窓口|セミナー|36協定|東京都|[ -~]|。|\\?){0,60}",
        history in (0u32..3, proptest::prelude::any::<bool>()),
    ) {
        let (name, value) = mark.split_once(':').unwrap();
        let name = if upper { name.to_uppercase() } else { name.to_lowercase() };
        let mut fields = vec![format!("{name}:{value}")];
        let own = |field: &&&str| !field.split(':').next().unwrap_or_default().eq_ignore_ascii_case(&name);
        fields.extend(beside.iter().filter(|f| !f.is_empty()).filter(own).map(|f| (*f).to_owned()));
        let raw = message(&fields.join("\n"), &body);
        let inquiry = inquiry::read(&raw);
        let history = History { address_today: history.0, bounced: history.1, ..History::default() };
        let plan = plan::decide(&RULESET, &inquiry, &history);
        proptest::prop_assert!(matches!(plan.screened, Screened::Machine(_)), "{fields:?} {:?}", plan.screened);
        proptest::prop_assert!(plan.action == Action::Ignore);
        proptest::prop_assert!(matches!((&plan.reply, &plan.forward), (Step::Skip(_), Step::Skip(_))));
    }
}
