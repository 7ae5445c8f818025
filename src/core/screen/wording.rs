//! Wording of automatic mail, in folded text: never alone but where a message
//! says of itself that a program sent it, or reports two things that programs
//! report, and never against mail that asks us something, that a person passes
//! on or wrote by hand. One automatic message in seven has no
//! header field that tells; people write about bounces and absences, too.

use super::super::inquiry::Inquiry;
use super::super::policy::Policy;
use super::super::reason::Reason;
use super::super::text::fold;
use super::asking::{asks, sentences};
use super::is_passed_on;
use super::local_part::{self, Local};
use super::machine::{is_hinted, is_our_message_id};
use super::phrases::{
    ABSENCE_BODY, ABSENCE_SUBJECT, AUTOMATIC_BODY, BOUNCE_BODY, BOUNCE_SUBJECT, CHALLENGE, DECLARED, ECHO,
    IS_AUTOMATIC, MACHINE_REPORT, NEWS_BODY, NEWS_SUBJECT, NOTICE_BODY, NOTICE_SUBJECT, NUMBERED, PERSONAL, PROMISED,
    RECEIVED, SELF, SYSTEM_NAME, TAKES_NO_REPLY, TOLD_ABOUT,
};
use std::cell::LazyCell;

/// Whether the subject alone looks like a bounce (a second signal beside
/// `postmaster`).
pub(super) fn is_bounce_subject(inquiry: &Inquiry) -> bool {
    !is_passed_on(inquiry) && BOUNCE_SUBJECT.within(inquiry.subject.folded.as_str())
}

/// Whether the body reads as a bounce.
pub(super) fn is_bounce_body(inquiry: &Inquiry) -> bool {
    BOUNCE_BODY.within(inquiry.fresh.folded.as_str()) || BOUNCE_BODY.within(inquiry.quoted.folded.as_str())
}

/// A display name of a program.
pub(super) fn is_system_name(name: &str) -> bool {
    SYSTEM_NAME.within(fold(name).as_str())
}

/// Whether the message says that its address takes no replies, as forms and
/// shared addresses of offices do; a person may have written it all the same.
pub(super) fn takes_no_replies(inquiry: &Inquiry) -> bool {
    let may = |text: &&str| TAKES_NO_REPLY.within(text) && SELF.within(text);
    let says = |text: &str| sentences(text).any(|sentence| says_no_replies(sentence.text));
    !is_passed_on(inquiry) && passages(inquiry).filter(may).any(says)
}

/// What the sender added for this mail, with what stands under it.
fn passages(inquiry: &Inquiry) -> impl Iterator<Item = &str> {
    [&inquiry.fresh, &inquiry.signature, &inquiry.disclaimer].into_iter().map(|passage| passage.folded.as_str())
}

fn says_no_replies(sentence: &str) -> bool {
    SELF.within(sentence) && TAKES_NO_REPLY.within(sentence) && !TOLD_ABOUT.within(sentence) && !quotes(sentence)
}

/// A sentence in which a message says of itself that a program sent it or that
/// nobody reads an answer. Told about another message, or asked, it is none.
fn declares(sentence: &str) -> bool {
    let of_itself = SELF.within(sentence) && (IS_AUTOMATIC.within(sentence) || TAKES_NO_REPLY.within(sentence));
    (of_itself || DECLARED.within(sentence)) && !TOLD_ABOUT.within(sentence) && !quotes(sentence)
}

/// Holds somebody else's words.
fn quotes(sentence: &str) -> bool {
    sentence.contains(['「', '『', '“', '"'])
}

/// A machine by what it says, and a second signal.
pub(super) fn machine(inquiry: &Inquiry, policy: &Policy) -> Option<Reason> {
    if is_passed_on(inquiry) {
        return None;
    }
    let whole = inquiry.subject.folded.as_str().trim_start();
    let was_reply = whole.starts_with("re:");
    let subject = whole.strip_prefix("re:").unwrap_or(whole).trim_start();
    let body = inquiry.fresh.folded.as_str();
    let with_quoted = LazyCell::new(|| [body, inquiry.quoted.folded.as_str()].concat());
    let all_own = LazyCell::new(|| passages(inquiry).collect::<Vec<_>>().join("\n"));
    // What stands below "you sent us the following" is what somebody sent them.
    let is_receipt = RECEIVED.within(body);
    // Responders put their word before the subject that they answer.
    let responds = ABSENCE_SUBJECT.starts(subject.trim_start_matches(['[', '【', '(', '<', '［', '≪']));
    let asking = LazyCell::new(|| {
        let own = if is_receipt { ECHO.before(body) } else { body };
        asks(own) || !is_receipt && !responds && asks(subject)
    });
    let personal = LazyCell::new(|| PERSONAL.within(body));
    let local = local_part::of_sender(inquiry);
    let odd_sender = matches!(local, Local::NoReply | Local::Postmaster) || inquiry.header.from.is_empty();
    let hinted = LazyCell::new(|| odd_sender || is_hinted(inquiry));
    let answers_us = inquiry.header.in_reply_to.iter().any(|id| is_our_message_id(id, policy));

    if MACHINE_REPORT.within(subject)
        && (odd_sender || inquiry.mime.attachments.iter().any(|name| is_report_file(name)))
    {
        return Some(Reason::Report);
    }
    let returned = inquiry.mime.returns_a_message();
    let bounce_subject = BOUNCE_SUBJECT.within(subject) && !was_reply;
    if bounce_subject && (returned || odd_sender || BOUNCE_BODY.within(&with_quoted)) && !*asking && !*personal {
        return Some(Reason::BounceText);
    }
    if (odd_sender || returned && *hinted) && BOUNCE_BODY.count(&with_quoted) >= 2 && !*asking && !*personal {
        return Some(Reason::BounceText);
    }
    let absence_subject = responds || ABSENCE_SUBJECT.within(subject) && !was_reply;
    let absent = absence_subject
        && (ABSENCE_BODY.within(body) || AUTOMATIC_BODY.within(body) || body.trim().is_empty())
        || (answers_us || *hinted) && ABSENCE_BODY.count(body) >= 2
        || answers_us && ABSENCE_BODY.within(body) && !*personal
        || ABSENCE_BODY.within(subject) && ABSENCE_BODY.count(body) >= 2 && !*personal;
    if absent && !*asking {
        return Some(Reason::OutOfOffice);
    }
    if CHALLENGE.within(body) && (answers_us || was_reply || *hinted) && !*asking {
        return Some(Reason::ChallengeResponse);
    }
    let declared = LazyCell::new(|| sentences(&all_own).any(|s| !s.is_question && declares(s.text)));
    let notice_subject = NOTICE_SUBJECT.within(subject) && !was_reply;
    let automatic = AUTOMATIC_BODY.within(&all_own);
    if (automatic || DECLARED.within(&all_own) || SELF.within(&all_own)) && *declared && !*asking {
        return Some(Reason::AutomaticText);
    }
    if automatic && !*asking && (*hinted || absence_subject || notice_subject || answers_us) {
        return Some(Reason::AutomaticText);
    }
    if local == Local::NoReply && (AUTOMATIC_BODY.within(&with_quoted) || *declared || NEWS_BODY.within(&all_own)) {
        return Some(Reason::AutomaticText);
    }
    let given_back = LazyCell::new(|| {
        [PROMISED.within(body), NUMBERED.within(body), ECHO.within(body)].into_iter().filter(|found| *found).count()
    });
    // Staff answer by hand in the same words, as "Re:".
    let confirms = is_receipt
        && (notice_subject && *given_back >= 1
            || (*hinted || answers_us) && *given_back >= 2
            || notice_subject && *hinted);
    if confirms && !*asking {
        return Some(Reason::AutomaticText);
    }
    // A code or number to no question, from a program.
    if notice_subject && NUMBERED.within(body) && *hinted && !*asking {
        return Some(Reason::AutomaticText);
    }
    // Two things that programs report, and nothing that a person says.
    let reported = LazyCell::new(|| NOTICE_BODY.count(body) + usize::from(notice_subject));
    let by_hand = LazyCell::new(|| *personal || is_by_hand(body));
    if *reported >= 2 && !*by_hand && (!*asking || *reported >= 4 && !asks_plainly(body)) {
        return Some(Reason::AutomaticText);
    }
    // A newsletter's headlines ask, and nobody is asked.
    let news = NEWS_BODY.count(&all_own);
    let titled = NEWS_SUBJECT.within(subject);
    let sells = news >= 1 && titled || news >= 4;
    let says = news >= 2 || news >= 1 && (notice_subject || *hinted);
    if !*personal && (sells && !asks_plainly(body) || says && !*asking) {
        return Some(Reason::Newsletter);
    }
    None
}

/// Aggregate reports come packed.
fn is_report_file(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    [".gz", ".zip", ".xml", ".json"].iter().any(|end| name.ends_with(end))
}

/// Whether a person fills in who comes or asks, as for a sign-up or in a form,
/// or tells what came.
fn is_by_hand(body: &str) -> bool {
    const BY_HAND: &[&str] = &[
        "氏名",
        "名前",
        "会社名",
        "貴社名",
        "ご担当",
        "担当者:",
        "参加者",
        "人数",
        "欠席し",
        "欠席いた",
        "というメール",
        "というお知らせ",
        "という通知",
        "が届き",
        "が来ました",
        "とのこと",
        "来ません",
        "来ない",
        "お返事が",
        "返事は",
        "ましたが",
        "と書",
        "name:",
        "company:",
        "participants",
        "it says",
        "it said",
        "saying",
        "we received",
    ];
    let of_oneself = |word: &str| matches!(word, "i" | "i'm" | "i've" | "i'd" | "i'll" | "nobody");
    BY_HAND.iter().any(|word| body.contains(word)) || body.split_whitespace().any(of_oneself)
}

/// A question put to the reader; a newsletter is full of headlines that ask.
fn asks_plainly(body: &str) -> bool {
    const TO_US: &[&str] = &[
        "教えて",
        "ご教示",
        "お尋ねし",
        "伺いた",
        "知りたいの",
        "知りたく",
        "相談した",
        "困っており",
        "のですが",
        "お願いできま",
        "お願いした",
        "停止をお願い",
        "解除をお願い",
        "could you",
        "please tell",
        "can we",
        "may we",
        "we would like",
        "i would like",
    ];
    TO_US.iter().any(|p| body.contains(p))
}
