//! Zones of a mail body: what is new, what is quoted or forwarded, what is
//! signature, what is disclaimer. Works line by line, in linear time.

use super::{FormField, Zones};
use regex::Regex;
use std::ops::Range;
use std::sync::LazyLock;

/// Stands in HTML-derived text where a quote container begins.
pub const QUOTE_BEGIN: char = '\u{F8F0}';
/// Stands in HTML-derived text where a quote container ends.
pub const QUOTE_END: char = '\u{F8F1}';

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Fresh,
    Quoted,
    Signature,
    Disclaimer,
}

macro_rules! pattern {
    ($name:ident, $re:expr) => {
        static $name: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new($re).ok());
    };
}

fn is(pattern: &LazyLock<Option<Regex>>, text: &str) -> bool {
    pattern.as_ref().is_some_and(|re| re.is_match(text))
}

/// Whether any of the words stands in a line. Most lines of most mails hold
/// none of the words that a pattern needs: this is asked first.
fn any(line: &str, words: &[&str]) -> bool {
    words.iter().any(|w| line.contains(w))
}

fn ends_with_colon(line: &str) -> bool {
    line.trim_end().ends_with([':', '：'])
}

fn may_introduce_old_message(line: &str) -> bool {
    line.len() < 200
        && (any(line, &["--", "__", "=="])
            || line.len() < 80
                && any(
                    line,
                    &[
                        "essage",
                        "ESSAGE",
                        "メッセージ",
                        "メール",
                        "邮件",
                        "郵件",
                        "achricht",
                        "ensaje",
                        "ensagem",
                        "메시지",
                        "以下",
                        "下記",
                        "ppointment",
                    ],
                ))
}

fn is_contact(line: &str) -> bool {
    line.len() < 400
        && (line.bytes().any(|b| b.is_ascii_digit())
            || any(line, &["@", "http", "〒", "：", ":", "ＴＥＬ", "ＦＡＸ", "電話", "携帯", "直通", "住所"])
            || line.chars().any(|c| ('０'..='９').contains(&c)))
        && is(&CONTACT, line)
}

fn is_device(line: &str) -> bool {
    line.len() < 300 && any(line, &["送信", "ent from", "ent via", "utlook", "esendet"]) && is(&DEVICE, line)
}

fn is_disclaimer(line: &str) -> bool {
    line.len() < 2_000
        && any(
            line,
            &[
                "onfidential",
                "ONFIDENTIAL",
                "ntended",
                "NTENDED",
                "ecipient",
                "rivileged",
                "nvironment",
                "機密",
                "秘密",
                "名宛",
                "宛先",
                "意図",
                "限り",
                "誤",
                "無断",
                "If you",
                "if you",
            ],
        )
        && is(&DISCLAIMER, line)
}

// A ruler or sentence with which mail programs introduce the old message.
pattern!(
    OLD_MESSAGE,
    r"(?i)^[\s>]*(-{2,}|_{2,}|={2,})?\s*(original message|original appointment|forwarded message|forwarded by .*|begin forwarded message:?|元のメッセージ|転送メッセージ|転送されたメッセージ|元のメール|原始邮件|原始郵件|转发的邮件|転送元メール|ursprüngliche nachricht|message d'origine|mensaje original|mensagem original|원본 메시지)\s*(-{2,}|_{2,}|={2,}|:|：)?\s*$"
);
pattern!(
    FORWARD_RULER,
    r"(?i)^\s*-{3,}\s*(forwarded message|original message|転送メッセージ|元のメッセージ|転送元|forwarded by)[^\n]*-*\s*$|^\s*(begin forwarded message|以下、?転送|以下転送(です|します)?|下記転送)[:：。]?\s*$"
);
// `On …, Yamada wrote:` and its relatives, each on one (re-joined) line.
pattern!(
    ATTRIBUTION,
    r"(?i)^\s*(on\b.{6,200}\bwrote\s*[:：]|am\b.{6,200}\bschrieb\b.{0,120}[:：]|le\b.{6,200}a écrit\s*[:：]|el\b.{6,200}escribió\s*[:：]|em\b.{6,200}escreveu\s*[:：]|.{0,120}\bwrote\s*[:：]|在.{6,200}写道\s*[:：]|.{0,160}님이 작성\s*[:：]|.{0,160}(さん|様|氏)?(は|が)?(書きました|のメッセージ|からのメッセージ|のメール)\s*[:：])\s*$"
);
pattern!(
    ATTRIBUTION_DATE,
    r"^\s*(\d{4}年\d{1,2}月\d{1,2}日|\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}月\d{1,2}日).{0,160}([<＜][^<>\s]+@[^<>\s]+[>＞]|[\w.+-]+@[\w.-]+\w|\d{1,2}[:：]\d{2}).{0,60}[:：]\s*$"
);
// Header-like lines of an Outlook block.
pattern!(
    BLOCK_FROM,
    r"(?i)^\s*[>＞]?\s*\*?(from|差出人|送信者|発信者|von|de|发件人|寄件者|보낸 사람)\*?\s*[:：]\*?\s*\S"
);
pattern!(
    BLOCK_MORE,
    r"(?i)^\s*[>＞]?\s*\*?(sent|date|to|cc|subject|送信日時|送信日|日時|日付|宛先|件名|cc|gesendet|an|betreff|envoyé|à|objet|发送时间|收件人|主题|寄件日期|收件者|主旨|보낸 날짜|받는 사람|제목)\*?\s*[:：]"
);
// Signatures.
pattern!(
    CONTACT,
    r"(?i)(〒\s*[\d０-９]|\b(tel|fax|phone|mobile|cell|mail|e-?mail|url|web)\b\s*[.．/：:]?\s*[（(+＋\d０-９a-z]|ＴＥＬ|ＦＡＸ|電話\s*[:：]?\s*[（(\d０-９]|携帯\s*[:：]?\s*[\d０-９]|直通\s*[:：]?\s*[\d０-９]|メール\s*[:：]|住所\s*[:：]|https?://|[\w.+-]+@[\w-]+\.[\w.]+|^\s*[(（]?[\d０-９]{2,5}[)）]?[-－ー‐−][\d０-９]{1,4}[-－ー‐−][\d０-９]{3,4}\s*$)"
);
pattern!(
    SENTENCE,
    r"(です|ます|ません|ください|下さい|でしょうか|ましょうか|ですか|ました|たい|ない|でしょう|か)\s*[。．？?！!]?\s*$|[。？?！]\s*$|\?\s*$"
);
pattern!(
    DEVICE,
    r"(?i)^\s*(sent from my |sent from outlook|sent via |get outlook for|von meinem .* gesendet|iphoneから送信|ipadから送信|androidから送信|スマートフォンから送信|xperia.*から送信|docomoのスマートフォン|yahoo!?メール.*から送信|.{0,24}から送信(されました)?\s*$|outlook for (ios|android))"
);
pattern!(
    DISCLAIMER,
    r"(?i)(this (e-?mail|message|communication).{0,80}(confidential|intended (only|solely|for)|privileged)|intended recipient|if you (have received|are not the)|(本|この)(電子)?メール.{0,40}(機密|秘密|宛先|名宛|意図|限り)|誤って(受信|送信|配信|届)|誤送信|無断(転載|複写|開示|使用)|please consider the environment)"
);
pattern!(
    SIGN_OFF,
    r"(?i)^\s*(best|kind|warm|with)?\s*(regards|wishes|sincerely|yours|thanks|thank you|cheers|以上|敬具|草々|かしこ)\b?.{0,30}$"
);
// Form fields: 【name】 value, ■name：value, name: value.
pattern!(
    FIELD,
    r"^[ \t　]*(?:[■●◆・▼▽◇○□*※]+[ \t　]*)?(?:[【\[［〔<＜]([^】\]］〕>＞\n]{1,24})[】\]］〕>＞][ \t　]*[:：]?|([^\s:：【】。、][^:：【】。、\n]{0,23})[:：])[ \t　]*(.*)$"
);
pattern!(
    FIELD_NAME,
    r"(?i)(名前|氏名|会社|団体|所属|都道府県|住所|所在地|郵便|電話|メール|件名|内容|本文|質問|相談|種別|区分|業種|従業員|部署|役職|ふりがな|フリガナ|希望|日時|参加|地域|^name$|your name|company|organi[sz]ation|prefecture|address|location|city|phone|tel|e-?mail|subject|message|inquiry|question|comments?|category|department)"
);

/// Cuts a body (LF line ends) into zones.
pub fn zones(body: &str) -> Zones {
    let lines: Vec<&str> = body.split('\n').collect();
    let mut kinds = vec![Kind::Fresh; lines.len()];
    quoted(&lines, &mut kinds);
    devices_and_disclaimers(&lines, &mut kinds);
    signature(&lines, &mut kinds);
    let gather = |kind: Kind| {
        let mut text = String::new();
        for (line, _) in lines.iter().zip(&kinds).filter(|(_, k)| **k == kind) {
            text.extend(line.chars().filter(|c| !matches!(*c, QUOTE_BEGIN | QUOTE_END | '\r')));
            text.push('\n');
        }

        text.trim_matches(|c: char| c == '\n').trim_end().to_owned()
    };
    let fresh = gather(Kind::Fresh);
    let fields = fields(&fresh);
    Zones {
        fields,
        quoted: gather(Kind::Quoted),
        signature: gather(Kind::Signature),
        disclaimer: gather(Kind::Disclaimer),
        fresh,
    }
}

fn blank(line: &str) -> bool {
    line.trim().is_empty()
}

fn is_marked(line: &str) -> bool {
    line.trim_start().starts_with(['>', '＞', '|', '｜']) && !line.trim_start().starts_with("|-")
}

/// Marks quoted history and forwarded messages.
fn quoted(lines: &[&str], kinds: &mut [Kind]) {
    let mut container = 0usize;
    let mut i = 0;
    while i < lines.len() {
        let line = lines[i];
        let inside = container > 0;
        container += line.matches(QUOTE_BEGIN).count();
        let begins = container > 0;
        container = container.saturating_sub(line.matches(QUOTE_END).count());
        if inside || begins {
            kinds[i] = Kind::Quoted;
            // The line that introduced the container.
            if begins && !inside {
                mark_introduction(lines, kinds, i);
            }
            i += 1;
            continue;
        }
        if is_marked(line) {
            kinds[i] = Kind::Quoted;
            mark_introduction(lines, kinds, i);
            i += 1;
            continue;
        }
        let introduces = may_introduce_old_message(line);
        let rest_is_old = introduces
            && is(&OLD_MESSAGE, line)
            && line.chars().any(|c| c.is_alphabetic())
            && has_ruler_or_block(lines, i)
            || introduces && is(&FORWARD_RULER, line)
            || is_block(lines, i)
            || attribution_without_marks(lines, i);
        if rest_is_old {
            // An underscore ruler of Outlook stands above the block.
            for back in (0..i).rev().take(2) {
                let above = lines[back].trim();
                if above.len() >= 5 && above.chars().all(|c| matches!(c, '_' | '-' | '─' | '━')) {
                    kinds[back] = Kind::Quoted;
                }
            }
            for kind in &mut kinds[i..] {
                *kind = Kind::Quoted;
            }
            return;
        }
        i += 1;
    }
}

/// `Original Message` alone could be a heading: it needs its ruler, or header
/// lines below it.
fn has_ruler_or_block(lines: &[&str], at: usize) -> bool {
    let line = lines[at].trim();
    line.starts_with(['-', '_', '='])
        || lines[at + 1..].iter().take(4).any(|l| is(&BLOCK_FROM, l) || is(&BLOCK_MORE, l))
}

/// From/Sent/To/Subject in a row, in any of the languages.
fn is_block(lines: &[&str], at: usize) -> bool {
    let line = lines[at];
    if line.len() > 1_000 || !any(line, &[":", "："]) || !is(&BLOCK_FROM, line) {
        return false;
    }
    let more = lines[at + 1..].iter().take(6).take_while(|l| !blank(l)).filter(|l| is(&BLOCK_MORE, l)).count();
    more >= 2
}

/// The length in lines of an attribution that begins here, if one does.
fn attribution(lines: &[&str], at: usize) -> Option<usize> {
    // An attribution ends with a colon, on its first, second or third line.
    if !lines[at..].iter().take(3).take_while(|l| !blank(l)).any(|l| ends_with_colon(l)) {
        return None;
    }
    let mut joined = String::new();
    for (n, line) in lines[at..].iter().take(3).enumerate() {
        if blank(line) || line.len() > 400 {
            return None;
        }
        if n > 0 {
            joined.push(' ');
        }
        joined.push_str(line.trim());
        if !ends_with_colon(line) {
            continue;
        }
        if is(&ATTRIBUTION_DATE, &joined)
            || is(&ATTRIBUTION, &joined)
                && (n == 0 || joined.starts_with("On ") || joined.chars().next().is_some_and(|c| c.is_ascii_digit()))
        {
            return Some(n + 1);
        }
    }
    None
}

/// An attribution with the old text below it unmarked.
fn attribution_without_marks(lines: &[&str], at: usize) -> bool {
    let Some(length) = attribution(lines, at) else { return false };
    let next = lines[at + length..].iter().find(|l| !blank(l));
    match next {
        None => false,
        Some(line) => {
            !is_marked(line)
                && !line.contains(QUOTE_BEGIN)
                && (lines[at..at + length].iter().any(|l| l.contains('@') || is(&ATTRIBUTION_DATE, l)))
        }
    }
}

/// The attribution above the first line of a quote belongs to the quote.
fn mark_introduction(lines: &[&str], kinds: &mut [Kind], first: usize) {
    let mut above = first;
    while above > 0 && blank(lines[above - 1]) && first - above < 2 {
        above -= 1;
    }
    for length in (1..=3usize.min(above)).rev() {
        let start = above - length;
        if kinds[start] == Kind::Fresh && attribution(lines, start) == Some(length) {
            for kind in &mut kinds[start..first] {
                *kind = Kind::Quoted;
            }
            return;
        }
    }
}

fn devices_and_disclaimers(lines: &[&str], kinds: &mut [Kind]) {
    for (i, line) in lines.iter().enumerate() {
        if kinds[i] == Kind::Fresh && is_device(line) {
            kinds[i] = Kind::Signature;
        }
    }
    // A disclaimer runs to the end of its paragraph.
    let mut i = 0;
    while i < lines.len() {
        let start = i;
        while i < lines.len() && !blank(lines[i]) {
            i += 1;
        }
        let paragraph = start..i;
        i = i.max(start + 1);
        if start == 0 || kinds[start] != Kind::Fresh {
            continue;
        }
        let hit = lines[paragraph.clone()].iter().position(|l| is_disclaimer(l));
        if let Some(from) = hit {
            for kind in &mut kinds[paragraph.start + from..paragraph.end] {
                *kind = Kind::Disclaimer;
            }
        }
    }
}

/// A line of ruling characters, perhaps around a word or two.
fn is_ruler(line: &str) -> bool {
    let text = line.trim();
    if text == "--" || text == "—" {
        return true;
    }
    let total = text.chars().filter(|c| !c.is_whitespace()).count();
    let ruling = text.chars().filter(|c| is_ruling(*c)).count();
    ruling >= 4 && ruling * 4 >= total * 3
}

fn is_ruling(c: char) -> bool {
    matches!(
        c,
        '-' | '='
            | '*'
            | '_'
            | '~'
            | '#'
            | '+'
            | '━'
            | '─'
            | '＝'
            | '＊'
            | '☆'
            | '★'
            | '◆'
            | '◇'
            | '■'
            | '□'
            | '…'
            | '―'
            | '‐'
            | '－'
            | '＿'
            | '╋'
            | '┏'
            | '┗'
            | '┓'
            | '┛'
            | '｡'
            | '・'
            | '●'
            | '○'
            | '／'
            | '＼'
            | '♪'
            | '◎'
            | '〜'
            | '～'
            | '∞'
            | '⌒'
            | '.'
            | '：'
            | ':'
            | '/'
    )
}

/// Marks the signature: from a ruler near the end, or an address block without
/// one.
fn signature(lines: &[&str], kinds: &mut [Kind]) {
    const SIGNATURE_MAX: usize = 20;
    let fresh: Vec<usize> = (0..lines.len()).filter(|i| kinds[*i] == Kind::Fresh && !blank(lines[*i])).collect();
    let contact = |i: usize| is_contact(lines[i]);
    let sentence = |i: usize| is(&SENTENCE, lines[i]) && !contact(i);
    // Rulers, the topmost that begins a block like a signature wins.
    let rulers: Vec<usize> = (0..fresh.len()).filter(|n| is_ruler(lines[fresh[*n]])).collect();
    for (which, at) in rulers.iter().enumerate() {
        let below: Vec<usize> = fresh[at + 1..].to_vec();
        // The lines up to a closing ruler; a piece after it may be fresh again.
        let closing = rulers.get(which + 1).copied().unwrap_or(fresh.len());
        let block = &fresh[at + 1..closing];
        let is_standard = lines[fresh[*at]].trim_end() == "--" || lines[fresh[*at]] == "-- ";
        if below.is_empty() {
            kinds[fresh[*at]] = Kind::Signature;
            continue;
        }
        let sentences = block.iter().filter(|i| sentence(**i)).count();
        let contacts = block.iter().filter(|i| contact(**i)).count();
        let after = &fresh[closing.min(fresh.len())..];
        let ends = after.iter().filter(|i| !is_ruler(lines[**i])).count() <= SIGNATURE_MAX / 2;
        let like_signature = !block.is_empty()
            && block.len() <= SIGNATURE_MAX
            && ends
            && (contacts >= 1 && sentences <= contacts.max(1) || sentences == 0 && block.len() <= 6 && *at > 0);
        if *at > 0 && (like_signature || is_standard && below.len() <= SIGNATURE_MAX) || like_signature && contacts >= 2
        {
            let to = if after.iter().any(|i| sentence(*i) && !is_ruler(lines[*i])) && !is_standard {
                fresh.get(closing).copied().unwrap_or(lines.len() - 1)
            } else {
                lines.len() - 1
            };
            for kind in kinds[fresh[*at]..=to].iter_mut().filter(|k| **k == Kind::Fresh) {
                *kind = Kind::Signature;
            }
            return;
        }
    }
    // An address block without a ruler: the last paragraph, or the last lines
    // of the mail, of which two or more are contact details.
    let Some(last) = fresh.last().copied() else { return };
    let mut start = last;
    while start > 0
        && kinds[start - 1] == Kind::Fresh
        && !blank(lines[start - 1])
        && last - start < SIGNATURE_MAX
        && !sentence(start - 1)
        && !is(&SIGN_OFF, lines[start - 1])
    {
        start -= 1;
    }
    if sentence(start) || is_field_line(lines[start]) && !contact(start) {
        return;
    }
    let block: Vec<usize> = (start..=last).filter(|i| !blank(lines[*i])).collect();
    let contacts = block.iter().filter(|i| contact(**i)).count();
    let first_of_mail = fresh.first() == Some(&start);
    let enough = contacts >= 2 || contacts == 1 && block.len() >= 2 && block.len() <= 6;
    if enough && !first_of_mail && block.iter().filter(|i| sentence(**i)).count() == 0 && !looks_like_form(lines, kinds)
    {
        kinds[start..=last].fill(Kind::Signature);
    }
}

fn is_field_line(line: &str) -> bool {
    line.len() < 400
        && FIELD
            .as_ref()
            .and_then(|re| re.captures(line))
            .is_some_and(|found| found.get(1).or(found.get(2)).is_some_and(|name| is(&FIELD_NAME, name.as_str())))
}

fn looks_like_form(lines: &[&str], kinds: &[Kind]) -> bool {
    lines.iter().zip(kinds).filter(|(l, k)| **k == Kind::Fresh && is_field_line(l)).count() >= 4
}

/// Fields of a web-form mail: three or more lines that name usual fields.
fn fields(fresh: &str) -> Vec<FormField> {
    let mut found: Vec<FormField> = Vec::new();
    let mut at = 0;
    for line in fresh.split('\n') {
        if line.len() < 2_000
            && any(line, &[":", "：", "】", "］", "]", "〕", "＞", ">"])
            && let Some(field) = FIELD.as_ref().and_then(|re| re.captures(line))
        {
            let name = field.get(1).or(field.get(2));
            if let (Some(name), Some(value)) = (name.filter(|n| is(&FIELD_NAME, n.as_str())), field.get(3)) {
                let range = |r: Range<usize>| at + r.start..at + r.end;
                found.push(FormField { name: range(name.range()), value: range(value.range()) });
                at += line.len() + 1;
                continue;
            }
        }
        // A value may stand on the line below its name.
        if let Some(field) = found.last_mut()
            && field.value.is_empty()
            && !blank(line)
        {
            field.value = at..at + line.len();
        }
        at += line.len() + 1;
    }
    if found.len() >= 3 { found } else { Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::zones;

    #[test]
    fn quotes_in_many_styles_are_cut() {
        for quote in [
            "> 前のメールです\n> セミナー",
            "＞前のメールです",
            "2026年11月24日(火) 15:12 事務局 <a@b.example>:\n> 本文",
            "On Tue, Nov 24, 2026 at 3:12 PM Desk <a@b.example> wrote:\n> text",
            "On Tue, Nov 24, 2026 at 3:12 PM A very long name of the desk\n<a@b.example> wrote:\n\n> text",
            "-----Original Message-----\nFrom: Desk\nSent: Tuesday\nTo: me\nSubject: seminar\n\ntext",
            "差出人: 事務局 <a@b.example>\n送信日時: 2026年11月24日 15:12\n宛先: 私\n件名: セミナー\n\n本文",
            "________________________________\nFrom: Desk <a@b.example>\nSent: Tuesday\nTo: me\nSubject: seminar\n\ntext",
            "---------- Forwarded message ---------\nFrom: Desk <a@b.example>\nDate: x\nSubject: y\nTo: z\n\ntext",
            "2026/11/24 15:12、事務局 <a@b.example>のメール:\n\n前のメールの文章",
        ] {
            let found = zones(&format!("新しい質問です。\n\n{quote}"));
            assert_eq!(found.fresh, "新しい質問です。", "{quote}");
            assert!(!found.quoted.is_empty());
        }
    }

    #[test]
    fn answers_between_and_below_quotes_are_fresh() {
        let found = zones("> 何名ですか。\n2名です。\n> 会場は。\nオンラインです。");
        assert_eq!(found.fresh, "2名です。\nオンラインです。");
        let found = zones("2026年11月24日(火) 15:12 <a@b.example>:\n> 何名ですか。\n\n3名に変更してください。");
        assert_eq!(found.fresh, "3名に変更してください。");
    }

    #[test]
    fn signatures_with_and_without_rulers_are_cut() {
        for signature in [
            "-- \nTaro",
            "--\n山田 太郎\n山田商店",
            "━━━━━━━━━━\n山田商店\n〒380-0801 長野県長野市\nTEL 026-000-0000\n━━━━━━━━━━",
            "**************\n山田商店 山田\nyamada@b.example\n**************",
            "山田商店 総務部\n〒380-0801 長野県長野市\nTEL 026-000-0000",
            "iPhoneから送信",
            "Jane Doe\nAcme K.K.\nTel: +81-3-0000-0000\nhttps://acme.example",
        ] {
            let found = zones(&format!("窓口を教えてください。\nよろしくお願いします。\n\n{signature}"));
            assert_eq!(found.fresh, "窓口を教えてください。\nよろしくお願いします。", "{signature}");
            assert!(!found.signature.is_empty());
        }
    }

    #[test]
    fn a_ruler_in_the_middle_is_no_signature() {
        let body = "お世話になります。\n----------\n質問は次の二点です。\n1. 残業代はどうなりますか。\n2. 通勤手当は必要ですか。\n----------\nよろしくお願いします。";
        assert!(zones(body).fresh.contains("残業代"));
        let body = "Hello,\n\nmay we visit the desk?\nPlease call 03-0000-0000 or mail a@b.example.";
        assert!(zones(body).fresh.contains("visit the desk"));
    }

    #[test]
    fn forms_are_read_as_fields() {
        let found = zones("【お名前】 三好\n【都道府県】 愛媛県\n【お問い合わせ内容】\n窓口の予約\n");
        let fields: Vec<_> =
            found.fields.iter().map(|f| (&found.fresh[f.name.clone()], &found.fresh[f.value.clone()])).collect();
        assert_eq!(fields, [("お名前", "三好"), ("都道府県", "愛媛県"), ("お問い合わせ内容", "窓口の予約")]);
    }

    #[test]
    fn disclaimers_are_no_text() {
        let found = zones(
            "When is the seminar?\n\nThis e-mail is confidential and intended only for the addressee.\nNo labour advice.",
        );
        assert_eq!(found.fresh, "When is the seminar?");
        assert!(found.disclaimer.contains("labour"));
    }

    proptest::proptest! {
        #[test]
        fn every_line_lands_in_one_zone(body in "([a-zあ-ん>＞:。@ 〒0-9-]{0,12}\\n){0,12}") {
            let found = zones(&body);
            let count = |t: &str| t.lines().filter(|l| !l.trim().is_empty()).count();
            let all = count(&found.fresh) + count(&found.quoted) + count(&found.signature) + count(&found.disclaimer);
            proptest::prop_assert_eq!(all, count(&body));
        }
    }
}
