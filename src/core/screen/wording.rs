//! Wording of automatic mail, in folded text: never alone, always beside a
//! second, independent signal, and never against mail that asks us something
//! or that a person passes on.

use super::super::inquiry::Inquiry;
use super::super::reason::Reason;
use super::super::text::fold;
use super::{Local, forwarded_words, sender_local};
use daachorse::DoubleArrayAhoCorasick;
use std::sync::LazyLock;

/// Folded phrases, looked for all at once.
struct Phrases {
    all: Vec<String>,
    automaton: Option<DoubleArrayAhoCorasick<u32>>,
}

impl Phrases {
    fn of(list: &[&str]) -> Phrases {
        let mut all: Vec<String> = list.iter().map(|p| fold(p).as_str().to_owned()).collect();
        all.sort();
        all.dedup();
        let automaton = DoubleArrayAhoCorasick::new(&all).ok();
        Phrases { all, automaton }
    }

    fn starts(&self, text: &str) -> bool {
        self.all.iter().any(|p| text.starts_with(p.as_str()))
    }

    fn within(&self, text: &str) -> bool {
        self.automaton.as_ref().is_some_and(|a| a.find_iter(text).next().is_some())
    }

    /// How many different ones stand in a text.
    fn count(&self, text: &str) -> usize {
        let mut found = vec![false; self.all.len()];
        for hit in self.automaton.iter().flat_map(|a| a.find_overlapping_iter(text)) {
            found[hit.value() as usize] = true;
        }
        found.iter().filter(|f| **f).count()
    }
}

macro_rules! phrases {
    ($name:ident, $list:expr) => {
        static $name: LazyLock<Phrases> = LazyLock::new(|| Phrases::of($list));
    };
}

phrases!(
    BOUNCE_SUBJECT,
    &[
        "could not send message",
        "couldn't be delivered",
        "could not be delivered",
        "delivery failed",
        "delivery failure",
        "delivery report",
        "delivery status",
        "delivery warning",
        "failure delivery",
        "failure notice",
        "hasn't been delivered",
        "mail failure",
        "returned mail",
        "undeliverable",
        "undelivered",
        "message not delivered",
        "mail delivery failed",
        "mail system error",
        "returned to sender",
        "unzustellbar",
        "non remis",
        "no entregado",
        "não entregue",
        "退信",
        "无法投递",
        "반송",
        "配信不能",
        "配信エラー",
        "送信エラー",
        "送達できません",
        "配信状況通知",
        "配送エラー",
        "メール送信エラー",
        "配信不可",
        "不達",
        "届きませんでした",
        "お届けできません",
        "送信できませんでした",
        "配信できませんでした",
        "宛先不明",
    ]
);
phrases!(
    BOUNCE_BODY,
    &[
        "恒久的なエラー",
        "永続的なエラー",
        "配送を断念",
        "容量が制限",
        "容量を超え",
        "#5.",
        "permanent failure",
        "配信に失敗",
        "送信に失敗",
        "user unknown",
        "unknown user",
        "no such user",
        "mailbox full",
        "mailbox is full",
        "over quota",
        "address not found",
        "does not exist",
        "could not be delivered",
        "was not delivered",
        "undeliverable",
        "delivery to the following",
        "permanent error",
        "550 ",
        "554 ",
        "5.1.1",
        "following address",
        "メールボックスが一杯",
        "メールボックスがいっぱい",
        "宛先が見つかりません",
        "配信できません",
        "配信できませんでした",
        "送信できませんでした",
        "お届けできませんでした",
        "届けることができません",
        "配送できませんでした",
        "送達できません",
        "ユーザーが存在しません",
        "存在しないアドレス",
        "宛先のメールアドレス",
    ]
);
phrases!(
    ABSENCE_SUBJECT,
    &[
        "auto:",
        "autoreply",
        "auto reply",
        "auto-reply",
        "auto response",
        "automatic reply",
        "automatic response",
        "out of office",
        "out of the office",
        "out-of-office",
        "on vacation",
        "abwesenheit",
        "automatische antwort",
        "automatisch antwoord",
        "réponse automatique",
        "absence du bureau",
        "respuesta automática",
        "resposta automática",
        "fuera de la oficina",
        "自动回复",
        "自動回覆",
        "自動回复",
        "자동 응답",
        "부재중",
        "automaattinen vastaus",
        "自動返信",
        "自動応答",
        "自動送信",
        "不在通知",
        "不在のお知らせ",
        "不在連絡",
        "休暇中",
        "不在:",
    ]
);
phrases!(
    ABSENCE_BODY,
    &[
        "out of the office",
        "out of office",
        "on vacation",
        "on leave",
        "on annual leave",
        "away from the office",
        "limited access to",
        "will be back",
        "i am away",
        "will reply when",
        "upon my return",
        "when i return",
        "bin ich nicht im büro",
        "bin ich nicht erreichbar",
        "absent du bureau",
        "je suis absent",
        "fuera de la oficina",
        "ausente do escritório",
        "estou ausente",
        "不在办公室",
        "休假中",
        "부재중입니다",
        "휴가 중",
        "不在にして",
        "不在となり",
        "不在です",
        "休暇をいただいて",
        "休暇を頂いて",
        "休暇をいただき",
        "休暇を取得",
        "休暇中",
        "出張のため不在",
        "夏季休業",
        "年末年始休業",
        "以降にご連絡",
        "戻り次第",
        "折り返しご連絡",
        "以降にお返事",
        "以降となります",
    ]
);
phrases!(
    AUTOMATIC_BODY,
    &[
        "this is an automated",
        "this is an automatic",
        "automatically generated",
        "do not reply to this",
        "please do not reply",
        "auto-generated",
        "this mailbox is not monitored",
        "sent automatically",
        "自動的に生成して送信",
        "自動的に送信",
        "直接返信いただけません",
        "送信専用",
        "自動送信されています",
        "システムから自動",
        "自動返信メール",
        "自動配信",
        "このメールに返信いただいても",
        "ご返信いただいても",
        "返信はできません",
        "自動送信しております",
        "自動で送信",
        "diese nachricht wurde automatisch",
        "ce message est automatique",
        "este mensaje es automático",
        "mensagem automática",
        "此邮件由系统自动",
        "발신 전용",
    ]
);
phrases!(
    NEWS_BODY,
    &[
        "一斉配信",
        "一斉送信",
        "配信専用",
        "ご登録いただいた方",
        "登録いただいている方",
        "今号の",
        "登録の変更",
        "続きを読む",
        "今月の特集",
        "unsubscribe",
        "配信停止",
        "配信解除",
        "購読解除",
        "購読停止",
        "配信を希望されない",
        "配信をご希望されない",
        "メールマガジン",
        "メルマガ",
        "ニュースレター",
        "newsletter",
        "バックナンバー",
        "登録解除",
        "退会手続",
        "会員各位",
        "発行元",
        "発行:",
        "発行者",
        "view in browser",
        "manage your preferences",
        "お取引先各位",
        "配信登録",
        "名刺交換をさせていただいた",
        "名刺交換させて頂いた",
    ]
);
phrases!(
    NEWS_SUBJECT,
    &[
        "月号",
        "vol.",
        "no.",
        "号】",
        "メルマガ",
        "newsletter",
        "ニュースレター",
        "通信",
        "news",
        "マガジン",
        "weekly",
        "monthly",
        "pr]",
        "【pr】"
    ]
);
phrases!(
    CHALLENGE,
    &[
        "confirm that you are not a spammer",
        "click the link to deliver",
        "verify that you sent",
        "sender verification",
        "送信者の確認のため",
        "challenge"
    ]
);
phrases!(
    MACHINE_REPORT,
    &["dmarc report", "report domain:", "aggregate report", "tls report", "tls-rpt", "abuse report", "feedback loop"]
);
phrases!(
    ASKING,
    &[
        "?",
        "教えて",
        "お教え",
        "ご教示",
        "でしょうか",
        "ですか",
        "ますか",
        "知りたい",
        "お願いし",
        "お願い致し",
        "お願いでき",
        "お尋ね",
        "伺いた",
        "うかがいた",
        "相談した",
        "困って",
        "could you",
        "would you",
        "can we",
        "can i",
        "do we",
        "may we",
        "please tell",
        "please let",
        "please send",
        "how do",
        "what is",
        "when is",
        "where is",
    ]
);

/// Whether the subject alone looks like a bounce (a second signal beside
/// `postmaster`).
pub(super) fn is_bounce_subject(inquiry: &Inquiry) -> bool {
    forwarded_words(inquiry).is_none() && BOUNCE_SUBJECT.within(inquiry.subject.folded.as_str())
}

/// A machine by wording and a second signal.
pub(super) fn machine(inquiry: &Inquiry) -> Option<Reason> {
    if forwarded_words(inquiry).is_some() {
        return None;
    }
    let subject = inquiry.subject.folded.as_str();
    let reply = subject.trim_start();
    let subject = reply.strip_prefix("re:").unwrap_or(reply).trim_start();
    let was_reply = reply.starts_with("re:");
    let body = inquiry.fresh.folded.as_str();
    let all = || [body, inquiry.quoted.folded.as_str()].concat();
    let asks = ASKING.within(body) || ASKING.within(subject);
    let local = sender_local(inquiry);
    let odd_sender = matches!(local, Local::NoReply | Local::Postmaster) || inquiry.header.from.is_empty();
    let returned = inquiry.mime.part_types.iter().any(|t| t == "message/rfc822" || t == "text/rfc822-headers");

    if MACHINE_REPORT.within(subject)
        && (odd_sender
            || inquiry
                .mime
                .attachments
                .iter()
                .any(|a| a.ends_with(".gz") || a.ends_with(".zip") || a.ends_with(".xml")))
    {
        return Some(Reason::Report);
    }
    let bounce_subject = BOUNCE_SUBJECT.within(subject) && !was_reply;
    if bounce_subject && (BOUNCE_BODY.within(&all()) || returned || odd_sender) && !asks {
        return Some(Reason::BounceText);
    }
    if odd_sender && BOUNCE_BODY.count(&all()) >= 2 && !asks {
        return Some(Reason::BounceText);
    }
    let absence_subject = ABSENCE_SUBJECT.starts(subject.trim_start_matches(['[', '【', '(', '<']))
        || ABSENCE_SUBJECT.within(subject) && !was_reply;
    if absence_subject && !asks && (ABSENCE_BODY.within(body) || AUTOMATIC_BODY.within(body) || body.trim().is_empty())
    {
        return Some(Reason::OutOfOffice);
    }
    if AUTOMATIC_BODY.within(body) && !asks && (odd_sender || absence_subject || AUTOMATIC_BODY.count(body) >= 2) {
        return Some(Reason::AutomaticText);
    }
    if local == Local::NoReply && (AUTOMATIC_BODY.within(&all()) || NEWS_BODY.within(&all())) {
        return Some(Reason::AutomaticText);
    }
    if CHALLENGE.count(body) >= 1 && inquiry.header.in_reply_to.len() == 1 && odd_sender {
        return Some(Reason::ChallengeResponse);
    }
    let news = [
        NEWS_BODY.count(&[body, inquiry.signature.folded.as_str(), inquiry.disclaimer.folded.as_str()].concat()),
        usize::from(NEWS_SUBJECT.within(subject)),
    ];
    if news[0] >= 2 && !asks_us(body) || news[0] >= 1 && news[1] == 1 && !asks {
        return Some(Reason::Newsletter);
    }
    None
}

/// A question put to the reader, not a headline.
fn asks_us(body: &str) -> bool {
    const US: &[&str] = &[
        "教えて",
        "ご教示",
        "お尋ね",
        "伺いた",
        "知りたい",
        "相談した",
        "困って",
        "could you",
        "please tell",
        "would you",
        "can we",
        "may we",
    ];
    US.iter().any(|p| body.contains(p))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_list_is_looked_for() {
        for list in [
            &BOUNCE_SUBJECT,
            &BOUNCE_BODY,
            &ABSENCE_SUBJECT,
            &ABSENCE_BODY,
            &AUTOMATIC_BODY,
            &NEWS_BODY,
            &NEWS_SUBJECT,
            &CHALLENGE,
            &MACHINE_REPORT,
            &ASKING,
        ] {
            for phrase in &list.all {
                assert!(list.within(&format!("a{phrase}b")), "{phrase}");
            }
            assert_eq!(list.count(&list.all.concat()), list.all.len());
        }
    }
}
