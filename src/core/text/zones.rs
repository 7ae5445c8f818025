//! Zones of a mail body: what is new, what is quoted or forwarded, what is
//! signature, what is disclaimer. Works line by line, in linear time. Knows how
//! mail programs and people write these parts; knows no keyword of a topic.

use super::{FormField, Zones};
use regex::Regex;
use std::ops::Range;
use std::sync::LazyLock;

/// Stands in HTML-derived text where a quote container begins.
pub const QUOTE_BEGIN: char = '\u{F8F0}';
/// Stands in HTML-derived text where a quote container ends.
pub const QUOTE_END: char = '\u{F8F1}';
/// Stands in HTML-derived text where a signature container begins.
pub const SIGNATURE_BEGIN: char = '\u{F8F2}';
/// Stands in HTML-derived text where a signature container ends.
pub const SIGNATURE_END: char = '\u{F8F3}';

/// The marks of containers, which are no text.
const MARKS: [char; 4] = [QUOTE_BEGIN, QUOTE_END, SIGNATURE_BEGIN, SIGNATURE_END];

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

/// A line with what is asked about it again and again.
#[derive(Debug, Clone, Copy)]
struct Line<'a> {
    /// As written, without its line end.
    raw: &'a str,
    /// Without white space at both ends.
    text: &'a str,
    /// ASCII and full-width digits, up to 255.
    digits: u8,
    /// Holds a colon, half- or full-width.
    colon: bool,
    at: bool,
    kind: Kind,
}

/// The octets that [`Line::new`] looks at: digits, colon, at sign, and the
/// first of the full-width forms.
const TOLD: [bool; 256] = {
    let mut told = [false; 256];
    let mut digit = b'0';
    while digit <= b'9' {
        told[digit as usize] = true;
        digit += 1;
    }
    told[b':' as usize] = true;
    told[b'@' as usize] = true;
    told[0xEF] = true;
    told
};

impl<'a> Line<'a> {
    fn new(raw: &'a str) -> Line<'a> {
        let raw = raw.strip_suffix('\r').unwrap_or(raw);
        let (mut digits, mut colon, mut at) = (0u8, false, false);
        let bytes = raw.as_bytes();
        for (i, byte) in bytes.iter().enumerate().filter(|(_, b)| TOLD[usize::from(**b)]) {
            match byte {
                b':' => colon = true,
                b'@' => at = true,
                // U+FF10..U+FF1A and U+FF20 in UTF-8: the full-width ones.
                0xEF => match (bytes.get(i + 1), bytes.get(i + 2)) {
                    (Some(0xBC), Some(0x90..=0x99)) => digits = digits.saturating_add(1),
                    (Some(0xBC), Some(0x9A)) => colon = true,
                    (Some(0xBC), Some(0xA0)) => at = true,
                    _ => {}
                },
                _ => digits = digits.saturating_add(1),
            }
        }
        Line {
            raw,
            text: raw.trim_matches(|c: char| c.is_whitespace() || MARKS.contains(&c)),
            digits,
            colon,
            at,
            kind: Kind::Fresh,
        }
    }

    fn blank(&self) -> bool {
        self.text.is_empty()
    }

    fn fresh(&self) -> bool {
        self.kind == Kind::Fresh && !self.blank()
    }

    fn ends_with_colon(&self) -> bool {
        self.colon && self.text.ends_with([':', '：'])
    }
}

/// Cuts a body (LF or CRLF line ends) into zones. Every line is in exactly one.
pub fn zones(body: &str) -> Zones {
    let mut lines: Vec<Line<'_>> = body.split('\n').map(Line::new).collect();
    let containers = body.contains(MARKS);
    quoted(&mut lines, containers, is(&OLD_MESSAGE_WORD, body));
    appended(&mut lines);
    disclaimers(&mut lines, body);
    if !containers || !contained_signature(&mut lines) {
        signature(&mut lines);
    }
    let gather = |kind: Kind| {
        let mut text = String::new();
        for line in lines.iter().filter(|l| l.kind == kind) {
            if containers || line.raw.contains('\r') {
                text.extend(line.raw.chars().filter(|c| *c != '\r' && !MARKS.contains(c)));
            } else {
                text.push_str(line.raw);
            }
            text.push('\n');
        }
        text.truncate(text.trim_end().len());
        let leading = text.len() - text.trim_start_matches('\n').len();
        text.drain(..leading);
        text
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

/// Whether any of the words stands in a line. Most lines of most mails hold
/// none of the words that a pattern needs: this is asked first.
fn any(line: &str, words: &[&str]) -> bool {
    words.iter().any(|w| line.contains(w))
}

fn starts_with_ignoring_case(text: &str, start: &str) -> bool {
    text.len() >= start.len() && text.is_char_boundary(start.len()) && text[..start.len()].eq_ignore_ascii_case(start)
}

fn ends_with_ignoring_case(text: &str, end: &str) -> bool {
    text.len() >= end.len() && {
        let at = text.len() - end.len();
        text.is_char_boundary(at) && text[at..].eq_ignore_ascii_case(end)
    }
}

// ---------------------------------------------------------------- quotes ---

/// Marks quoted history and forwarded messages.
fn quoted(lines: &mut [Line<'_>], containers: bool, rulers: bool) {
    let mut depth = 0usize;
    // Where somebody says that a forward follows and nothing else shows it.
    let mut announced: Option<usize> = None;
    let mut runs: Vec<Range<usize>> = Vec::new();
    let mut introduced = false;
    let initials = initials(lines);
    let mut i = 0;
    while i < lines.len() {
        let line = lines[i];
        if containers {
            let inside = depth > 0;
            depth += line.raw.matches(QUOTE_BEGIN).count();
            let begins = depth > 0;
            depth = depth.saturating_sub(line.raw.matches(QUOTE_END).count());
            if inside || begins {
                lines[i].kind = Kind::Quoted;
                if !inside {
                    introduced |= mark_introduction(lines, i);
                }
                i += 1;
                continue;
            }
        }
        if line.blank() {
            i += 1;
            continue;
        }
        if is_marked(line.text) || initials.as_deref().is_some_and(|p| line.text.starts_with(p)) {
            match runs.last_mut().filter(|run| run.end == i) {
                Some(run) => run.end = i + 1,
                None => {
                    introduced |= mark_introduction(lines, i);
                    runs.push(i..i + 1);
                }
            }
            lines[i].kind = Kind::Quoted;
            i += 1;
            continue;
        }
        let ruler = rulers && is_old_message_ruler(lines, i);
        if ruler || is_block(lines, i) || is_attribution_of_rest(lines, i) {
            introduced = true;
            mark_ruler_above(lines, i);
            // Outlook Express marks the old lines below its block: what is not
            // marked there is new.
            if let Some(text) = marked_text_below(lines, i) {
                for line in &mut lines[i..text] {
                    line.kind = Kind::Quoted;
                }
                i = text;
                continue;
            }
            let end = (i + 1..lines.len()).find(|n| ruler && is_end_of_old_message(lines[*n].text));
            let end = end.map_or(lines.len(), |n| n + 1);
            for line in &mut lines[i..end] {
                line.kind = Kind::Quoted;
            }
            announced = None;
            i = end;
            continue;
        }
        if rulers && announced.is_none() && announces_forward(line.text) {
            announced = Some(i);
        }
        i += 1;
    }
    if let Some(from) = announced.filter(|from| lines[from + 1..].iter().any(Line::fresh)) {
        for line in &mut lines[from..] {
            line.kind = Kind::Quoted;
        }
    } else if let [run] = runs.as_slice()
        && !introduced
        && !containers
        && is_own_list(lines, run)
    {
        for line in &mut lines[run.clone()] {
            line.kind = Kind::Fresh;
        }
    }
}

/// `>` and its relatives at the start of a line.
fn is_marked(text: &str) -> bool {
    if let Some(rest) = text.strip_prefix(['>', '＞']) {
        // `>_<` and `><` are faces.
        return !rest.starts_with(['<', '＜']) && !rest.starts_with("_<");
    }
    match text.strip_prefix(['|', '｜']) {
        // A second bar makes it a row of a table.
        Some(rest) => !rest.contains(['|', '｜']) && !rest.starts_with('-') && !rest.trim().is_empty(),
        None => false,
    }
}

/// The initials before the mark (`SK> `) that some programs put there: the
/// same before two lines at least.
fn initials(lines: &[Line<'_>]) -> Option<String> {
    let prefix = |text: &str| {
        let length = text.bytes().take(5).take_while(u8::is_ascii_uppercase).count();
        ((2..=4).contains(&length) && text[length..].starts_with("> ")).then(|| text[..length + 1].to_owned())
    };
    let mut found = lines.iter().filter_map(|l| prefix(l.text));
    let first = found.next()?;
    found.any(|p| p == first).then_some(first)
}

/// Whether the only marked lines of a mail are a list of the writer's own:
/// announced above, and nothing says that somebody else wrote them.
fn is_own_list(lines: &[Line<'_>], run: &Range<usize>) -> bool {
    const ITEMS_MAX: usize = 12;
    let Some(above) = lines[..run.start].iter().rev().take(2).find(|l| !l.blank()) else { return false };
    let text = above.text;
    let items = &lines[run.clone()];
    items.len() <= ITEMS_MAX
        && !above.at
        && items.iter().all(|l| {
            let mut chars = l.text.chars().skip(1).skip_while(|c| c.is_whitespace());
            !chars.clone().next().is_some_and(|c| matches!(c, '>' | '＞')) && chars.any(char::is_alphanumeric)
        })
        && (text.ends_with([':', '：'])
            || any(text, &["次の", "以下", "下記"])
                && any(text, &["質問", "相談", "尋ね", "伺い", "聞き", "知りたい", "教えて", "点", "希望"]))
        && !any(text, &["回答", "返信", "返事", "答え", "ご質問", "いただいた", "頂いた", "前回", "先日", "書きました"])
        && !any(text, &["your", "Your", "you ", "wrote", "writes", "answer", "reply", "repl", "said"])
}

/// Marks that end lines with which programs frame an old message.
fn is_frame(c: char) -> bool {
    matches!(c, '-' | '_' | '=' | '*' | '~' | '‐' | '–' | '—' | '―' | '─' | '━' | '＝' | '－')
}

// A word without which no line introduces an old message.
pattern!(
    OLD_MESSAGE_WORD,
    "essage|ESSAGE|orward|ORWARD|ppointment|メッセージ|メール|転送|邮件|郵件|achricht|ensaje|ensagem|essaggio|메시지|引用"
);

/// `-----Original Message-----`, `---------- Forwarded message ---------`,
/// `Begin forwarded message:` and their relatives.
fn is_old_message_ruler(lines: &[Line<'_>], at: usize) -> bool {
    let text = lines[at].text;
    if text.len() > 160 || !is(&OLD_MESSAGE_WORD, text) {
        return false;
    }
    let core = text.trim_matches(|c: char| is_frame(c) || c.is_whitespace());
    let framed = text.chars().take_while(|c| is_frame(*c)).count() >= 2;
    let ends_with_colon = core.ends_with([':', '：']);
    let core = core.trim_end_matches([':', '：', ' ']).to_lowercase();
    let known = matches!(
        core.as_str(),
        "original message"
            | "original appointment"
            | "forwarded message"
            | "begin forwarded message"
            | "元のメッセージ"
            | "オリジナルメッセージ"
            | "元のメール"
            | "転送"
            | "転送メッセージ"
            | "転送されたメッセージ"
            | "転送メール"
            | "転送元メール"
            | "原始邮件"
            | "原始郵件"
            | "转发的邮件"
            | "转发邮件"
            | "转发邮件信息"
            | "轉寄郵件"
            | "ursprüngliche nachricht"
            | "originalnachricht"
            | "original-nachricht"
            | "weitergeleitete nachricht"
            | "message d'origine"
            | "message original"
            | "message transféré"
            | "mensaje original"
            | "mensaje reenviado"
            | "mensagem original"
            | "mensagem encaminhada"
            | "messaggio originale"
            | "messaggio inoltrato"
            | "원본 메시지"
            | "전달된 메시지"
    ) || core.starts_with("forwarded by ")
        || core.starts_with("forwarded message from ")
        || core.ends_with("さんからの転送メッセージ");
    // Without a frame it could be a heading: then header lines stand below it.
    known
        && (framed
            || ends_with_colon && core != "転送"
            || lines[at + 1..].iter().take(4).any(|l| header_field(l).is_some()))
}

/// Where the first line of text below a header block stands, if it is marked.
fn marked_text_below(lines: &[Line<'_>], at: usize) -> Option<usize> {
    const LINES_MAX: usize = 20;
    let text = (at + 1..lines.len().min(at + LINES_MAX)).find(|n| {
        let line = &lines[*n];
        !line.blank() && header_field(line).is_none() && !line.text.contains(';')
    })?;
    is_marked(lines[text].text).then_some(text)
}

fn is_end_of_old_message(text: &str) -> bool {
    if text.len() > 120 || !text.starts_with(is_frame) && !text.ends_with(is_frame) {
        return false;
    }
    let core = text.trim_matches(|c: char| is_frame(c) || c.is_whitespace()).to_lowercase();
    core.starts_with("end of forwarded")
        || core.starts_with("end forwarded")
        || core.starts_with("end of original")
        || core.starts_with("end of message")
        || any(&core, &["転送ここまで", "ここまで転送", "引用ここまで", "転送終わり", "転送終了"])
}

/// 「以下、転送します。」
fn announces_forward(text: &str) -> bool {
    let core = text.trim_matches(|c: char| is_frame(c) || matches!(c, '。' | '：' | ':' | ' ' | '　' | '※' | '↓'));
    text.len() <= 90
        && (core.starts_with("以下") || core.starts_with("下記"))
        && any(core, &["転送", "引用"])
        && ["転送", "引用", "です", "します", "いたします", "致します", "いただきます", "頂きます"]
            .iter()
            .any(|end| core.ends_with(end))
        && !core.contains('。')
}

/// What a line of a header block names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum HeaderField {
    From,
    Date,
    To,
    Subject,
    Other,
}

/// A header field as mail programs copy it into a body, in any of their languages.
fn header_field<'a>(line: &Line<'a>) -> Option<(HeaderField, &'a str)> {
    use HeaderField::{Date, From, Other, Subject, To};
    if !line.colon {
        return None;
    }
    let text = line.text.trim_start_matches('*');
    let colon = text.char_indices().take(24).find(|(_, c)| matches!(c, ':' | '：'))?;
    let name = text[..colon.0].trim_end_matches([' ', '*', '\u{a0}', '　', '\t']);
    let value =
        text[colon.0 + colon.1.len_utf8()..].trim_start_matches(['*', ' ', '\t', '　', '\u{a0}']).trim_end_matches('*');
    let is = |names: &[&str]| names.iter().any(|n| name.eq_ignore_ascii_case(n));
    let field = if name.is_ascii() {
        match name.len() {
            0 => return None,
            _ if is(&["from", "von", "de", "da", "van", "fra", "dari", "od"]) => From,
            _ if is(&[
                "sent",
                "date",
                "gesendet",
                "datum",
                "enviado",
                "enviada em",
                "enviado el",
                "fecha",
                "data",
                "inviato",
                "verzonden",
                "tanggal",
            ]) =>
            {
                Date
            }
            _ if is(&["to", "an", "para", "a", "aan", "til", "kepada"]) => To,
            _ if is(&["subject", "betreff", "objet", "asunto", "assunto", "oggetto", "onderwerp", "subjek"]) => Subject,
            _ if is(&[
                "cc",
                "bcc",
                "reply-to",
                "importance",
                "priority",
                "attachments",
                "kopie",
                "organization",
                "organisation",
                "sender",
            ]) =>
            {
                Other
            }
            _ => return None,
        }
    } else {
        match name {
            "差出人" | "送信者" | "発信者" | "送信元" | "发件人" | "寄件者" | "寄件人" | "보낸 사람" | "보낸사람"
            | "Từ" | "från" | "Från" => From,
            "送信日時" | "送信日" | "日時" | "日付" | "送信済み" | "送信済" | "受信日時" | "Envoyé" | "Envoyé le"
            | "发送时间" | "发送日期" | "日期" | "时间" | "寄件日期" | "傳送日期" | "보낸 날짜" | "보낸날짜"
            | "날짜" | "Ngày" | "Đã gửi" => Date,
            "宛先" | "送信先" | "À" | "收件人" | "收件者" | "받는 사람" | "받는사람" | "Đến" => {
                To
            }
            "件名" | "題名" | "主题" | "主旨" | "主題" | "제목" | "Chủ đề" => Subject,
            "重要度" | "優先度" | "添付ファイル" | "添付" | "返信先" | "抄送" | "副本" | "참조" => {
                Other
            }
            _ => return None,
        }
    };
    Some((field, value))
}

/// From/Sent/To/Subject in a row, in any of the languages, also with empty
/// lines between them.
fn is_block(lines: &[Line<'_>], at: usize) -> bool {
    const LINES_MAX: usize = 20;
    let Some((HeaderField::From, from)) = header_field(&lines[at]) else { return false };
    if from.is_empty() {
        return false;
    }
    let (mut date, mut to, mut subject) = (false, false, false);
    let mut wraps = true;
    let mut last = at;
    for (n, line) in lines.iter().enumerate().skip(at + 1).take(LINES_MAX) {
        if line.blank() {
            // Between fields one empty line may stand, not two.
            if n - last > 1 {
                break;
            }
            continue;
        }
        match header_field(line) {
            Some((HeaderField::From, _)) => break,
            Some((field, _)) => {
                date |= field == HeaderField::Date;
                to |= field == HeaderField::To;
                subject |= field == HeaderField::Subject;
                wraps = matches!(field, HeaderField::To | HeaderField::Other);
                last = n;
            }
            // A long list of recipients goes on in the next line.
            None if wraps && n == last + 1 && (line.at || line.text.contains(';')) => last = n,
            None => break,
        }
    }
    let enough = subject && (date || to) || date && to && lines[at].at;
    // A web form may name its sender and subject at the top of the mail too:
    // there a field for the body follows.
    enough
        && !(lines[..at].iter().all(Line::blank)
            && lines[last + 1..].iter().take(8).any(|l| {
                l.colon && field_of(l.raw).is_some_and(|(n, _)| any(&l.raw[n], &["本文", "内容", "Message", "message"]))
            }))
}

/// Outlook's underscores, or dashes, above a header block. A ruler that closes
/// what an equal one opened is not the block's.
fn mark_ruler_above(lines: &mut [Line<'_>], at: usize) {
    const BACK: usize = 40;
    for back in (at.saturating_sub(2)..at).rev() {
        let text = lines[back].text;
        if text.is_empty() {
            continue;
        }
        if text.len() < 5 || !text.chars().all(is_frame) {
            return;
        }
        if lines[back.saturating_sub(BACK)..back].iter().any(|l| l.kind == Kind::Fresh && l.text == text) {
            return;
        }
        lines[back].kind = Kind::Quoted;
    }
}

/// An attribution (`On …, Yamada wrote:`) as it was found.
#[derive(Debug, Clone, Copy)]
struct Attribution {
    lines: usize,
    /// Names a time or an address, so that no marks are needed below it.
    certain: bool,
}

/// A verb with which mail programs end an attribution.
fn ends_with_said(joined: &str) -> bool {
    const SAID: [&str; 14] = [
        "wrote",
        "writes",
        "a écrit",
        "escribió",
        "escreveu",
        "ha scritto",
        "schreef",
        "menulis",
        "đã viết",
        "写道",
        "寫道",
        "님이 작성",
        "書きました",
        "かきました",
    ];
    let mut end = joined.trim_end_matches([':', '：', ' ', '\u{a0}', '-']);
    // 「山田さんは書きました (2026/11/22 10:00):」
    if end.ends_with(')')
        && let Some(open) = end.rfind('(')
    {
        end = end[..open].trim_end();
    }
    SAID.iter().any(|said| ends_with_ignoring_case(end, said))
        || ["のメール", "のメッセージ", "からのメール"].iter().any(|said| end.ends_with(said))
        || joined.contains(" schrieb ")
}

/// Whether a text begins with a date: 2026年11月22日, 2026/11/22, 11月22日.
fn begins_with_date(text: &str) -> bool {
    let text = text.trim_start_matches(['-', ' ', '(', '（']);
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let rest = &text[digits..];
    let digit_after =
        |mark: char| rest.strip_prefix(mark).is_some_and(|r| r.trim_start().starts_with(|c: char| c.is_ascii_digit()));
    digits == 4 && ['年', '/', '-', '.', '년'].into_iter().any(digit_after)
        || (1..=2).contains(&digits) && digit_after('月')
}

/// How an attribution that runs over several lines begins.
fn begins_attribution(text: &str) -> bool {
    const WORDS: [&str; 16] = [
        "On ",
        "At ",
        "Am ",
        "Le ",
        "El ",
        "Em ",
        "Il ",
        "Op ",
        "In message ",
        "In article ",
        "Vào ",
        "Pada ",
        "在 ",
        "在",
        "---- On ",
        "--- On ",
    ];
    begins_with_date(text)
        || WORDS.iter().any(|w| text.starts_with(w))
            && (text.bytes().any(|b| b.is_ascii_digit()) || text.starts_with("In "))
}

/// A time of day in a text: `10:00`, `10.00`.
fn has_time(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes
        .windows(4)
        .any(|w| w[0].is_ascii_digit() && matches!(w[1], b':' | b'.') && w[2].is_ascii_digit() && w[3].is_ascii_digit())
}

/// A year in a text: four digits of this or the last century.
fn has_year(text: &str) -> bool {
    text.split(|c: char| !c.is_ascii_digit()).any(|w| w.len() == 4 && (w.starts_with("20") || w.starts_with("19")))
}

/// The attribution that begins in a line, if one does.
fn attribution(lines: &[Line<'_>], at: usize) -> Option<Attribution> {
    const LINES_MAX: usize = 3;
    const BYTES_MAX: usize = 400;
    let ends = |l: &Line<'_>| l.ends_with_colon() || l.text.ends_with("---");
    let last = lines[at..].iter().take(LINES_MAX).take_while(|l| !l.blank()).position(ends)?;
    // Over several lines the first names the date.
    if last > 0 && !begins_attribution(lines[at].text) && !(lines[at].digits >= 7 && has_time(lines[at].text)) {
        return None;
    }
    if lines[at..=at + last].iter().any(|l| l.text.len() > BYTES_MAX) {
        return None;
    }
    let buffer;
    let joined = if last == 0 {
        lines[at].text
    } else {
        buffer = lines[at..=at + last].iter().map(|l| l.text).collect::<Vec<_>>().join(" ");
        &buffer
    };
    let mail = lines[at..=at + last].iter().any(|l| l.at);
    let said = ends_with_said(joined);
    // In a language not known here: date, time, address, colon.
    let dated = begins_with_date(joined) && (mail || has_time(joined))
        || mail && has_time(joined) && joined.contains('<') && has_year(joined);
    if !(said || lines[at + last].ends_with_colon() && dated) {
        return None;
    }
    let certain = mail || said && begins_attribution(joined) && has_time(joined);
    Some(Attribution { lines: last + 1, certain })
}

/// An attribution with the old text below it unmarked, or cut off.
fn is_attribution_of_rest(lines: &[Line<'_>], at: usize) -> bool {
    let Some(found) = attribution(lines, at).filter(|a| a.certain) else { return false };
    let next = lines[at + found.lines..].iter().find(|l| !l.blank() || l.raw.contains(QUOTE_BEGIN));
    next.is_none_or(|l| !is_marked(l.text) && !l.raw.contains(QUOTE_BEGIN))
}

/// The attribution above the first line of a quote belongs to the quote.
/// Whether there is one.
fn mark_introduction(lines: &mut [Line<'_>], first: usize) -> bool {
    let mut above = first;
    while above > 0 && lines[above - 1].blank() && first - above < 2 {
        above -= 1;
    }
    for length in (1..=3usize.min(above)).rev() {
        let start = above - length;
        if lines[start].fresh() && attribution(lines, start).is_some_and(|a| a.lines == length) {
            for line in &mut lines[start..first] {
                line.kind = Kind::Quoted;
            }
            return true;
        }
    }
    false
}

// ------------------------------------------------ what programs append ---

/// Lines that devices, mail programs and virus scanners append: signature.
fn appended(lines: &mut [Line<'_>]) {
    for line in lines.iter_mut().filter(|l| l.fresh()) {
        if is_device(line.text) {
            line.kind = Kind::Signature;
        }
    }
}

fn is_device(text: &str) -> bool {
    const SELF_EVIDENT: [&str; 23] = [
        "sent from my ",
        "sent from a mobile",
        "sent from outlook",
        "sent from mail for windows",
        "sent from yahoo mail",
        "sent from samsung",
        "sent from proton",
        "sent from gmail",
        "sent via ",
        "sent with proton",
        "get outlook for",
        "outlook for ios",
        "outlook for android",
        "virus-free.",
        "von meinem ",
        "envoyé de mon ",
        "envoyé depuis ",
        "enviado desde mi ",
        "enviado do meu ",
        "enviado de meu ",
        "inviato da ",
        "发自我的",
        "傳送自",
    ];
    const DEVICES: [&str; 22] = [
        "iphone",
        "ipad",
        "android",
        "galaxy",
        "xperia",
        "aquos",
        "arrows",
        "pixel",
        "huawei",
        "outlook",
        "windows",
        "yahoo",
        "gmail",
        "thunderbird",
        "mail",
        "blackberry",
        "docomo",
        "スマートフォン",
        "スマホ",
        "携帯",
        "タブレット",
        "メールアプリ",
    ];
    if text.len() > 120 {
        return false;
    }
    let head = text.as_bytes().first().map_or(0, u8::to_ascii_lowercase);
    if matches!(head, b's' | b'g' | b'o' | b'v' | b'e' | b'i' | 0xE5 | 0xE2)
        && SELF_EVIDENT.iter().any(|s| starts_with_ignoring_case(text, s))
    {
        return !text.contains("送信しまし") && !text.ends_with('?');
    }
    if text.len() <= 60 && (text.ends_with("Outlook を入手") || text.ends_with("Outlook を取得する")) {
        return true;
    }
    if text.starts_with("ウイルス フリー") || text.starts_with("ウイルスフリー") {
        return true;
    }
    let end = text.trim_end_matches(['。', '.']);
    let named = if let Some(named) = end.strip_suffix("から送信").or_else(|| end.strip_suffix("から送信されました"))
    {
        named
    } else if let Some(named) = end.strip_suffix("에서 보냄") {
        named
    } else {
        return false;
    };
    named.chars().count() <= 24 && !named.contains('、') && any(&named.to_lowercase(), &DEVICES)
}

// ----------------------------------------------------------- disclaimers ---

pattern!(
    DISCLAIMER,
    concat!(
        r"(?i)^\W*(confidentiality notice|legal disclaimer|disclaimer\b|confidential\W*$)",
        r"|\b(this|the information in this|any information in this) (e-?mail|message|communication|transmission)\b.{0,60}\b(is|are|may|contains?)\b.{0,60}\b(confidential|privileged|intended)\b",
        r"|\b(this|the) (e-?mail|message|communication|information)\b.{0,40}\bintended (only|solely|exclusively|for)\b",
        r"|\bnot (the|an) (intended|named) recipient|\bintended recipient.{0,60}\b(notify|delete|destroy|prohibited)",
        r"|\bif (you )?(have )?received (this|it|in error).{0,60}\b(error|mistake|delete|destroy|notify)",
        r"|consider the environment before",
        r"|(本|この|当|当該)(電子|[EＥeｅ]-?)?(メール|mail|ｍａｉｌ|メッセージ)[^。]{0,60}(機密|秘密|個人|営業|秘匿)[^。]{0,12}情報[^。]{0,20}(含|あり|記載)",
        r"|(本|この|当|当該)(電子|[EＥeｅ]-?)?(メール|mail|ｍａｉｌ|メッセージ)[^。]{0,60}(名宛|名あて|宛先|受信者|受取人|意図|送信先)[^。]{0,30}(のみ|だけ|対象|限|以外|目的)",
        r"|誤って[^。]{0,12}(受信|配信|届い|受け取|送信され)[^。]{0,20}(場合|際|とき|時|でしたら|であれば|たら)[^。]{0,60}(削除|破棄|連絡|知らせ|消去|一報|通知)",
        r"|(名宛人|宛先|受信者)(でない|以外)[^。]{0,40}(開示|複写|転載|利用|使用|破棄|削除|禁)",
        r"|(無断|許可なく|許可なき)[^。]{0,30}(転載|複写|転送|開示|使用|利用|配布)[^。]{0,20}(禁|断り|遠慮|固く)",
    )
);
// What a mail gateway writes above a mail from outside.
pattern!(
    BANNER,
    r"(?i)\bthis (e-?mail|message) (originated|was sent|came|is) (from )?(outside|an external|external)|^(【.{1,8}】|\W)*(この|本)(メール|[EＥ]メール|e-?mail)は[^。]{0,10}(社外|外部|組織外|学外|庁外)(から|の)"
);
// Nobody's disclaimer speaks of its writer.
pattern!(PERSON, r"(?i)\b(I|I'm|I've|my|me)\b|[？?]\s*$|(でしょうか|ますか|ですか)[。]?\s*$");

// A word without which nothing is a disclaimer.
pattern!(
    DISCLAIMER_WORD,
    "onfidential|ONFIDENTIAL|isclaimer|ISCLAIMER|ntended|NTENDED|ecipient|received|nvironment|outside|xternal\
     |情報|名宛|宛先|受信|意図|誤って|無断|許可な|社外|外部|組織外"
);

/// A disclaimer runs to the end of its paragraph.
fn disclaimers(lines: &mut [Line<'_>], body: &str) {
    const LINE_MAX: usize = 4_000;
    if !is(&DISCLAIMER_WORD, body) {
        return;
    }
    const JOINED: usize = 3;
    let mut above = false;
    let mut i = 0;
    while i < lines.len() {
        if !lines[i].fresh() {
            i += 1;
            continue;
        }
        let start = i;
        while i < lines.len() && lines[i].fresh() {
            i += 1;
        }
        let mut hit = None;
        for n in start..i {
            if lines[n].text.len() > LINE_MAX || !is(&DISCLAIMER_WORD, lines[n].text) {
                continue;
            }
            // Hard-wrapped: the sentence goes on below.
            let mut joined = lines[n].text.to_owned();
            for line in &lines[n + 1..i.min(n + JOINED)] {
                if !joined.ends_with(|c: char| !c.is_ascii()) {
                    joined.push(' ');
                }
                joined.push_str(line.text);
            }
            let begins_here = |re: &LazyLock<Option<Regex>>| {
                re.as_ref().and_then(|re| re.find(&joined)).is_some_and(|m| m.start() < lines[n].text.len())
            };
            let first_paragraph = !above && n == start;
            if begins_here(&BANNER) || !first_paragraph && begins_here(&DISCLAIMER) && !is(&PERSON, lines[n].text) {
                hit = Some(n);
                break;
            }
        }
        if let Some(from) = hit {
            for line in &mut lines[from..i] {
                line.kind = Kind::Disclaimer;
            }
        }
        above = true;
    }
}

// ------------------------------------------------------------ signatures ---

/// Longest signature, in lines that are not empty.
const SIGNATURE_MAX: usize = 20;
/// How far up from the end of a mail a signature is looked for.
const WINDOW: usize = 60;

#[rustfmt::skip]
fn is_ruling(c: char) -> bool {
    matches!(
        c,
        '-' | '=' | '*' | '_' | '~' | '#' | '+' | '^' | '.' | ':' | '/' | '\\' | '|'
            // Box drawing: ━ ─ ┏ ┛ ═ and all of their kind.
            | '\u{2500}'..='\u{257F}'
            // Hyphens and dashes: ‐ – — ―.
            | '\u{2010}'..='\u{2015}'
            | '＝' | '＊' | '－' | '＿' | 'ー' | '～' | '〜' | '：' | '／' | '＼' | '☆' | '★' | '◆' | '◇' | '■' | '□'
            | '▲' | '△' | '▼' | '▽' | '〓' | '…' | '｡' | '。' | '゜' | '・' | '●' | '○' | '♪' | '◎' | '∞' | '⌒'
    )
}

/// A line of ruling characters, perhaps around a word or two.
fn is_ruler(text: &str) -> bool {
    if !text.starts_with(is_ruling) {
        return false;
    }
    if matches!(text, "--" | "—" | "――") {
        return true;
    }
    if text.len() > 600 {
        return false;
    }
    let total = text.chars().filter(|c| !c.is_whitespace()).count();
    let ruling = text.chars().filter(|c| is_ruling(*c)).count();
    if ruling < 4 {
        return false;
    }
    let around = |chars: &mut dyn Iterator<Item = char>| chars.take_while(|c| is_ruling(*c)).count() >= 3;
    ruling * 4 >= total * 3 || around(&mut text.chars()) && around(&mut text.chars().rev())
}

/// What a line says about how to reach its writer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd)]
enum Contact {
    None,
    /// A web address, which may as well be what the mail is about.
    Link,
    /// Postal code, phone number or mail address.
    Reach,
}

fn contact(line: &Line<'_>) -> Contact {
    let text = line.text;
    if text.len() > 400 {
        return Contact::None;
    }
    let labelled = || {
        any(text, &["ＴＥＬ", "ＦＡＸ", "電話", "携帯", "直通", "住所", "メール", "☎", "℡"])
            || text.split(|c: char| !c.is_ascii_alphabetic()).any(|w| {
                ["tel", "fax", "phone", "mobile", "cell", "mail", "email"].iter().any(|k| w.eq_ignore_ascii_case(k))
            })
    };
    if line.at && has_address(text)
        || text.contains('〒') && line.digits >= 3
        || line.digits >= 7 && has_number(text)
        || line.digits >= 6 && labelled()
        || line.colon && !line.ends_with_colon() && any(text, &["住所：", "住所:", "所在地：", "所在地:"])
    {
        return Contact::Reach;
    }
    if any(text, &["http://", "https://", "www."]) {
        return Contact::Link;
    }
    Contact::None
}

/// A mail address.
fn has_address(text: &str) -> bool {
    text.split(['@', '＠']).collect::<Vec<_>>().windows(2).any(|pair| {
        pair[0].ends_with(|c: char| c.is_ascii_alphanumeric() || "._-+".contains(c))
            && pair[1].starts_with(|c: char| c.is_ascii_alphanumeric())
            && pair[1]
                .split(|c: char| !(c.is_ascii_alphanumeric() || c == '.' || c == '-'))
                .next()
                .is_some_and(|d| d.contains('.'))
    })
}

/// A phone number (ten digits or more in groups, the first of them 0 or after
/// a plus) or a postal code (three and four digits).
fn has_number(text: &str) -> bool {
    let digit = |c: char| c.is_ascii_digit() || ('０'..='９').contains(&c);
    let zero = |c: char| c == '0' || c == '０';
    let dash = |c: char| matches!(c, '-' | '－' | '‐' | '–' | '−' | 'ー' | '―' | '—');
    // Groups of digits of the number being read, its first character, and
    // what stands between two groups.
    let (mut groups, mut total, mut length) = (0usize, 0usize, 0usize);
    let (mut begins, mut plus, mut gap, mut dashed) = (false, false, 0usize, true);
    let mut code = false;
    let mut phone = false;
    for c in text.chars().chain(['\n']) {
        if digit(c) {
            if length == 0 {
                if groups == 0 {
                    begins = zero(c) || plus;
                    dashed = true;
                }
                groups += 1;
            }
            length += 1;
            total += 1;
            gap = 0;
            continue;
        }
        if length > 0 {
            phone |= begins && groups >= 2 && (10..=13).contains(&total);
            code |= groups == 2 && length == 4 && total == 7 && dashed && !begins_with_fraction(c);
            length = 0;
        }
        let separator = dash(c) || matches!(c, '(' | ')' | '（' | '）' | ' ' | '.' | '\u{a0}');
        if separator && groups > 0 && gap < 2 {
            gap += 1;
            dashed &= dash(c);
        } else {
            groups = 0;
            total = 0;
            gap = 0;
            plus = matches!(c, '+' | '＋');
        }
        if groups == 0 && !separator && !matches!(c, '+' | '＋') {
            plus = false;
        }
    }
    phone || code
}

/// A third group follows: no postal code.
fn begins_with_fraction(c: char) -> bool {
    matches!(c, '-' | '－' | '‐' | '–' | '−' | 'ー' | '.')
}

/// Whether a line is a sentence or the end of one.
fn is_sentence(text: &str) -> bool {
    let end = text.trim_end_matches(['」', '』', '）', ')', '"', '”', '♪', '☆', ' ', '　']);
    let Some(last) = end.chars().next_back() else { return false };
    if matches!(last, '。' | '？' | '?' | '！' | '．' | '、') {
        return true;
    }
    if ('ぁ'..='ん').contains(&last) {
        const ENDS: [&str; 18] = [
            "です",
            "ます",
            "ません",
            "ください",
            "でしょう",
            "ました",
            "ましょう",
            "ですが",
            "ますが",
            "ですね",
            "ますね",
            "ので",
            "けど",
            "ように",
            "として",
            "について",
            "下さい",
            "まして",
        ];
        const ENDS_OF_LONG: [&str; 6] = ["か", "たい", "ない", "った", "いる", "れる"];
        return ENDS.iter().any(|e| end.ends_with(e))
            || ENDS_OF_LONG.iter().any(|e| end.ends_with(e)) && end.chars().nth(6).is_some();
    }
    if !last.is_ascii() {
        return false;
    }
    let words = end.split_whitespace();
    let (mut all, mut small) = (0usize, 0usize);
    for word in words.take(40) {
        all += 1;
        small += usize::from(
            word.starts_with(|c: char| c.is_lowercase()) && word.len() > 1 && !word.contains(['@', '.', ':', '/']),
        );
    }
    matches!(last, '.' | '!') && all >= 4 && small >= 2 || all >= 7 && small >= 4
}

/// `Best regards,` and its relatives: what stands below is a signature at most.
fn is_sign_off(text: &str) -> bool {
    const WORDS: [&str; 24] = [
        "best",
        "regards",
        "kind regards",
        "best regards",
        "warm regards",
        "with kind regards",
        "sincerely",
        "yours",
        "yours sincerely",
        "sincerely yours",
        "yours faithfully",
        "faithfully",
        "thanks",
        "thank you",
        "many thanks",
        "cheers",
        "best wishes",
        "with best wishes",
        "mit freundlichen grüßen",
        "cordialement",
        "以上",
        "敬具",
        "草々",
        "かしこ",
    ];
    let core = text.trim_end_matches([',', '.', '!', '、', '。', '，', ' ', '　']);
    core.len() <= 60
        && (WORDS.iter().any(|w| core.eq_ignore_ascii_case(w))
            || starts_with_ignoring_case(core, "thanks")
            || starts_with_ignoring_case(core, "thank you")
            || ends_with_ignoring_case(core, "regards"))
}

/// 「追伸」, `P.S.`
fn is_postscript(text: &str) -> bool {
    text.starts_with("追伸")
        || text.starts_with("追記")
        || ["P.S", "PS", "P.P.S", "p.s", "ps", "Ps", "ＰＳ"]
            .iter()
            .any(|ps| text.strip_prefix(ps).is_some_and(|rest| rest.starts_with(|c: char| !c.is_alphanumeric())))
}

/// Whether a line says that what follows belongs to the text: a list, or an
/// address that the mail is about.
fn announces(text: &str) -> bool {
    if any(text, &["連絡", "返信", "回答", "問合", "問い合", "まで", "contact", "reach", "reply", "write"])
    {
        return false;
    }
    const LISTS: [&str; 10] = [
        "参加者",
        "出席者",
        "受講者",
        "申込者",
        "対象者",
        "名簿",
        "Participants",
        "Attendees",
        "participants",
        "attendees",
    ];
    text.ends_with([':', '：'])
        || text.chars().count() <= 16 && LISTS.iter().any(|l| text.starts_with(l))
        || any(text, &["次の", "以下", "下記", "左記", "following", "as below"])
}

/// A name, an office, a firm: short, no sentence, no item of a list.
fn is_name(text: &str) -> bool {
    const OFFICES: [&str; 34] = [
        "株式会社",
        "有限会社",
        "合同会社",
        "(株)",
        "（株）",
        "㈱",
        "(有)",
        "（有）",
        "㈲",
        "会社",
        "法人",
        "組合",
        "協会",
        "商工会",
        "会議所",
        "商店",
        "工業",
        "事務所",
        "製作所",
        "総務",
        "人事",
        "経理",
        "営業",
        "労務",
        "課",
        "部",
        "室",
        "係",
        "代表",
        "取締役",
        "所長",
        "店長",
        "市役所",
        "役場",
    ];
    if text.len() > 120 || is_sentence(text) || text.ends_with([':', '：']) || is_item(text) {
        return false;
    }
    if text.is_ascii() {
        let mut words = text.split_whitespace();
        return text.len() <= 60
            && words.clone().count() <= 6
            && words.all(|w| {
                !w.starts_with(|c: char| c.is_lowercase())
                    || matches!(w, "of" | "and" | "for" | "the" | "de" | "van" | "von")
            });
    }
    !text.contains(['を', 'は', 'が', 'に', 'で', '？', '、']) && any(text, &OFFICES)
        || text.chars().count() <= 12
            && !text.chars().any(|c| ('ぁ'..='ん').contains(&c))
            && !text.contains(['、', '？'])
}

/// An item of a list.
fn is_item(text: &str) -> bool {
    let mut chars = text.chars();
    match chars.next() {
        Some('・' | '●' | '○' | '■' | '□' | '◆' | '◇' | '※' | '*' | '•' | '①'..='⑳') => true,
        Some('-') => text.starts_with("- "),
        Some('(' | '（') => chars.next().is_some_and(|c| c.is_ascii_digit() || ('０'..='９').contains(&c)),
        Some(c) if c.is_ascii_digit() || ('０'..='９').contains(&c) => {
            let rest = text.trim_start_matches(|c: char| c.is_ascii_digit() || ('０'..='９').contains(&c));
            rest.starts_with([')', '）', '．', '、']) || rest.starts_with(". ")
        }
        _ => false,
    }
}

/// Marks what HTML mail holds in a signature container. Some people write
/// their mail into it: then it is none.
fn contained_signature(lines: &mut [Line<'_>]) -> bool {
    let mut inside = false;
    let mut held: Vec<usize> = Vec::new();
    let mut others = false;
    for (i, line) in lines.iter().enumerate() {
        inside |= line.raw.contains(SIGNATURE_BEGIN);
        let words = line.kind == Kind::Fresh && line.raw.chars().any(|c| !c.is_whitespace() && !MARKS.contains(&c));
        if words && inside {
            held.push(i);
        }
        others |= words && !inside;
        inside &= !line.raw.contains(SIGNATURE_END);
    }
    if held.is_empty() || !others || held.len() > SIGNATURE_MAX || held.iter().any(|i| is_question(lines[*i].text)) {
        return false;
    }
    // The `-- ` above it stands outside of the container.
    let above = (0..held[0]).rev().find(|i| lines[*i].raw.chars().any(|c| !c.is_whitespace() && !MARKS.contains(&c)));
    if let Some(above) = above.filter(|i| lines[*i].kind == Kind::Fresh && is_ruler(lines[*i].text)) {
        lines[above].kind = Kind::Signature;
    }
    for i in held {
        lines[i].kind = Kind::Signature;
    }
    true
}

/// Marks the signature: from a ruler near the end, or an address block without
/// one.
fn signature(lines: &mut [Line<'_>]) {
    let mut fresh: Vec<usize> = Vec::with_capacity(WINDOW);
    let mut whole = true;
    for at in (0..lines.len()).rev() {
        if lines[at].fresh() {
            if fresh.len() == WINDOW {
                whole = false;
                break;
            }
            fresh.push(at);
        }
    }
    fresh.reverse();
    if !ruled_signature(lines, &fresh, whole) {
        unruled_signature(lines, &fresh, whole);
    }
}

/// Marks a signature that begins with a ruler; `fresh` are the last lines that
/// are not empty, `whole` says that no others are.
fn ruled_signature(lines: &mut [Line<'_>], fresh: &[usize], whole: bool) -> bool {
    let rulers: Vec<usize> = (0..fresh.len()).filter(|n| is_ruler(lines[fresh[*n]].text)).collect();
    let statement = |i: usize| is_sentence(lines[i].text) && contact(&lines[i]) == Contact::None;
    let mut found = None;
    for (which, at) in rulers.iter().copied().enumerate() {
        let first_of_mail = whole && at == 0;
        let closing = rulers.get(which + 1).copied().unwrap_or(fresh.len());
        let block = &fresh[at + 1..closing];
        let after = &fresh[(closing + 1).min(fresh.len())..];
        let ruler = lines[fresh[at]];
        if block.is_empty() && after.is_empty() {
            // Nothing below: a signature without content, or the end of a frame.
            let closes = rulers[..which].iter().any(|r| lines[fresh[*r]].text == ruler.text);
            if !closes {
                lines[fresh[at]].kind = Kind::Signature;
            }
            return !closes;
        }
        if block.is_empty() || block.len() > SIGNATURE_MAX || any(ruler.text, &["ここから", "質問", "相談"]) {
            continue;
        }
        let contacts = block.iter().filter(|i| contact(&lines[**i]) != Contact::None).count();
        let statements = block.iter().filter(|i| statement(**i)).count();
        let asks = block.iter().any(|i| is_question(lines[*i].text));
        let form = block.iter().filter(|i| asks_in_a_form(&lines[**i])).count() >= 2;
        let own_fields =
            block.iter().filter(|i| is_field_line(&lines[**i]) && contact(&lines[**i]) == Contact::None).count();
        let announced = at > 0 && announces(lines[fresh[at - 1]].text) && after.iter().any(|i| statement(*i));
        // `-- ` is a signature whatever follows; without its blank, what asks nothing.
        let standard = ruler.raw == "-- " || ruler.text == "--" && !asks;
        let like = if standard && !first_of_mail {
            true
        } else if contacts > 0 {
            !asks
                && !form
                && !announced
                && statements <= contacts + 1
                && own_fields <= contacts
                && after.len() <= SIGNATURE_MAX / 2
        } else {
            // Names only: the last thing in the mail.
            !first_of_mail
                && statements == 0
                && own_fields * 2 < block.len()
                && block.len() <= 6
                && after.iter().all(|i| is_postscript(lines[*i].text) || is_ruler(lines[*i].text))
                && block.iter().all(|i| !is_item(lines[*i].text) && !lines[*i].ends_with_colon())
        };
        if like {
            // A first part above a thin ruler: who writes.
            let above = which.checked_sub(1).map(|w| rulers[w]);
            let who = above.filter(|a| {
                let who = &fresh[a + 1..at];
                (!whole || *a > 0) && (1..=4).contains(&who.len()) && who.iter().all(|i| is_name(lines[*i].text))
            });
            found = Some((who.unwrap_or(at), closing));
            break;
        }
    }
    let Some((at, closing)) = found else { return false };
    // What stands below the closing ruler is fresh again where it is a text.
    let after = fresh.get(closing + 1..).unwrap_or_default();
    let text_after = after.iter().any(|i| statement(*i) || is_postscript(lines[*i].text));
    let end = if text_after { closing + 1 } else { fresh.len() };
    let end = (at + 1..end).find(|n| is_postscript(lines[fresh[*n]].text)).unwrap_or(end);
    for i in &fresh[at..end] {
        lines[*i].kind = Kind::Signature;
    }
    true
}

/// Whether a line asks or requests something.
fn is_question(text: &str) -> bool {
    let end = text.trim_end_matches(['。', '！', '!', ' ', '　', '」', ')', '）']);
    end.ends_with(['?', '？'])
        || [
            "ください",
            "下さい",
            "ますか",
            "ですか",
            "でしょうか",
            "ませんか",
            "たいです",
            "お願いします",
            "お願いいたします",
        ]
        .iter()
        .any(|e| end.ends_with(e))
}

/// Marks an address block without a ruler: the last paragraphs, or the last
/// lines, which say how to reach the writer and hold no sentence.
fn unruled_signature(lines: &mut [Line<'_>], fresh: &[usize], whole: bool) {
    let paragraph_of = |end: usize| {
        // From the first line of the paragraph that holds `fresh[end]`.
        (0..=end).rev().take_while(|n| *n == end || fresh[*n] + 1 == fresh[*n + 1]).last().unwrap_or(end)
    };
    let Some(mut last) = fresh.len().checked_sub(1) else { return };
    let start = paragraph_of(last);
    if is_postscript(lines[fresh[start]].text) {
        let Some(above) = start.checked_sub(1) else { return };
        last = above;
    }
    if looks_like_form(lines) {
        return;
    }
    let paragraph = paragraph_of(last);
    let stop = |n: usize| {
        let line = &lines[fresh[n]];
        is_sentence(line.text)
            || is_sign_off(line.text)
            || line.ends_with_colon()
            || contact(line) == Contact::None && announces(line.text)
    };
    let start = (paragraph..=last).rev().take_while(|n| !stop(*n) && last - n < SIGNATURE_MAX).last();
    let Some(mut start) = start else { return };
    if whole && start == 0 || start > 0 && announces(lines[fresh[start - 1]].text) {
        return;
    }
    let kinds: Vec<Contact> = (start..=last).map(|n| contact(&lines[fresh[n]])).collect();
    let reach = kinds.iter().filter(|c| **c == Contact::Reach).count();
    let links = kinds.iter().filter(|c| **c == Contact::Link).count();
    let length = kinds.len();
    let only = lines[fresh[start]];
    let items = (start..=last).filter(|n| is_item(lines[fresh[*n]].text)).count();
    let enough = if length == 1 {
        reach == 1
            && !only.text.contains(['は', 'を', 'が'])
            && (only.text.contains('〒')
                || any(only.text, &[" / ", "／", "　", " | ", "TEL", "Tel", "ＴＥＬ"])
                || has_number(only.text) && only.digits as usize * 2 >= only.text.chars().count())
    } else {
        reach >= 2 || reach == 1 && length <= 8 || links >= 1 && (start..=last).any(|n| is_firm(lines[fresh[n]].text))
    };
    if !enough || items > reach {
        return;
    }
    // The paragraphs above it, where they are names or addresses too.
    while start > 0 && start == paragraph_of(start) && last - start < SIGNATURE_MAX {
        let above = paragraph_of(start - 1);
        let begin = (above..start).rev().take_while(|n| !stop(*n)).last().unwrap_or(start);
        let belongs = |n: usize| {
            let line = &lines[fresh[n]];
            contact(line) == Contact::Reach || is_name(line.text)
        };
        if begin == start
            || start - begin > 6
            || whole && begin == 0
            || begin > 0 && announces(lines[fresh[begin - 1]].text)
            || !(begin..start).all(belongs)
            // A name alone is a name under a letter.
            || start - begin == 1 && !is_firm(lines[fresh[begin]].text) && contact(&lines[fresh[begin]]) == Contact::None
        {
            break;
        }
        start = begin;
    }
    for i in &fresh[start..=last] {
        lines[*i].kind = Kind::Signature;
    }
}

/// Names a firm or an office.
fn is_firm(text: &str) -> bool {
    any(
        text,
        &[
            "株式会社",
            "有限会社",
            "合同会社",
            "(株)",
            "（株）",
            "㈱",
            "(有)",
            "（有）",
            "㈲",
            "法人",
            "組合",
            "協会",
            "会議所",
            "商店",
            "事務所",
            "製作所",
            "工業",
            "K.K.",
            "G.K.",
            "Inc",
            "Ltd",
            "LLC",
            "GmbH",
            "Co.,",
            "Corp",
            "Company",
        ],
    )
}

// ----------------------------------------------------------------- forms ---

pattern!(
    FIELD_NAME,
    r"(?i)(名前|氏名|会社|団体|所属|都道府県|住所|所在地|郵便|電話|メール|件名|題名|差出人|内容|本文|質問|相談|種別|区分|業種|従業員|部署|役職|担当|ふりがな|フリガナ|希望|日時|参加|地域|^name$|your name|^from$|company|organi[sz]ation|prefecture|address|location|city|phone|tel|e-?mail|subject|message|inquiry|question|comments?|category|department)"
);

/// Name and value of a form field: `【name】 value`, `■name：value`, `name: value`.
fn field_of(line: &str) -> Option<(Range<usize>, Range<usize>)> {
    const NAME_MAX: usize = 24;
    let line = line.strip_suffix('\r').unwrap_or(line);
    let space = |c: char| matches!(c, ' ' | '\t' | '　');
    let body = line.trim_start_matches(space);
    let body = body.trim_start_matches(|c: char| {
        space(c) || matches!(c, '■' | '●' | '◆' | '・' | '▼' | '▽' | '◇' | '○' | '□' | '*' | '※')
    });
    let from = line.len() - body.len();
    let closer = match body.chars().next()? {
        '【' => '】',
        '[' => ']',
        '［' => '］',
        '〔' => '〕',
        '<' => '>',
        '＜' => '＞',
        _ => '\0',
    };
    let (name, rest) = if closer == '\0' {
        let (at, colon) = body.char_indices().take(NAME_MAX + 1).find(|(_, c)| matches!(c, ':' | '：'))?;
        if at == 0 || body[..at].contains(['】', '。', '、']) {
            return None;
        }
        (from..from + at, from + at + colon.len_utf8())
    } else {
        let open = body.chars().next()?.len_utf8();
        let (at, close) = body.char_indices().skip(1).take(NAME_MAX + 1).find(|(_, c)| *c == closer)?;
        if at == open {
            return None;
        }
        let after = &body[at + close.len_utf8()..];
        let skipped = after.trim_start_matches(space);
        let skipped = skipped.strip_prefix([':', '：']).unwrap_or(skipped);
        (from + open..from + at, line.len() - skipped.len())
    };
    let value = rest + (line[rest..].len() - line[rest..].trim_start_matches(space).len());
    Some((name, value..line.len()))
}

/// Whether a form could name a field so.
fn is_field_name(name: &str) -> bool {
    if name.contains([' ', '　']) && !name.is_ascii() {
        let joined: String = name.chars().filter(|c| !c.is_whitespace()).collect();
        return is(&FIELD_NAME, &joined);
    }
    is(&FIELD_NAME, name)
}

fn is_field_line(line: &Line<'_>) -> bool {
    (line.colon || line.text.starts_with(['【', '[', '［', '〔', '<', '＜', '■', '●', '◆', '・']))
        && line.raw.len() < 400
        && field_of(line.raw).is_some_and(|(name, _)| is_field_name(&line.raw[name]))
}

/// A field that only a form has: signatures name no name and no matter.
fn asks_in_a_form(line: &Line<'_>) -> bool {
    line.colon
        && field_of(line.raw).is_some_and(|(name, _)| {
            let name = line.raw[name].trim();
            ["名前", "氏名", "内容", "本文", "ご質問", "ご相談", "都道府県"].iter().any(|n| name.ends_with(n))
                || ["name", "your name", "message", "question", "inquiry", "comment", "comments", "prefecture"]
                    .iter()
                    .any(|n| name.eq_ignore_ascii_case(n))
        })
}

fn looks_like_form(lines: &[Line<'_>]) -> bool {
    lines.iter().filter(|l| l.fresh() && is_field_line(l)).take(4).count() == 4
}

/// Fields of a web-form mail: three or more lines that name usual fields.
fn fields(fresh: &str) -> Vec<FormField> {
    const FIELDS_MIN: usize = 3;
    const LINE_MAX: usize = 2_000;
    let field = |line: &str| if line.len() < LINE_MAX { field_of(line) } else { None };
    // Most mails hold no field at all; names are looked at only in the others.
    if fresh.split('\n').filter(|l| field(l).is_some()).take(FIELDS_MIN).count() < FIELDS_MIN {
        return Vec::new();
    }
    let mut found: Vec<FormField> = Vec::new();
    let mut at = 0;
    for line in fresh.split('\n') {
        if let Some((name, value)) = field(line).filter(|(name, _)| is_field_name(&line[name.clone()])) {
            let range = |r: Range<usize>| at + r.start..at + r.end;
            found.push(FormField { name: range(name), value: range(value) });
        } else if let Some(field) = found.last_mut()
            && field.value.is_empty()
            && !line.trim().is_empty()
        {
            // A value may stand on the line below its name.
            field.value = at..at + line.len();
        }
        at += line.len() + 1;
    }
    if found.len() >= FIELDS_MIN { found } else { Vec::new() }
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
