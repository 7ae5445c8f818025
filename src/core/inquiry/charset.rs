//! Bytes → text for the charsets that Japanese mail really uses: labelled,
//! unlabelled and mislabelled. The tables are encoding_rs's, the guess is
//! chardetng's; which of them to believe is decided here.

use encoding_rs::{EUC_JP, Encoding, ISO_2022_JP, SHIFT_JIS, UTF_8};
use memchr::{memchr, memchr_iter, memmem};
use std::borrow::Cow;

/// Decoded text, and whether a relevant share of it is lost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decoded {
    pub text: String,
    pub damaged: bool,
}

/// The encoding a label means; the Japanese labels that WHATWG does not list
/// included.
fn encoding(label: &str) -> Option<&'static Encoding> {
    let label = label.trim().trim_matches(['"', '\'']).to_ascii_lowercase();
    match label.as_str() {
        "iso-2022-jp-ms" | "iso-2022-jp-1" | "iso-2022-jp-2" | "iso-2022-jp-3" | "iso-2022-jp-2004"
        | "x-iso-2022-jp" | "cp50220" | "cp50221" | "cp50222" | "jis" => Some(ISO_2022_JP),
        "cp932" | "ms932" | "windows-932" | "x-ms-cp932" | "shift-jis" | "shiftjis" | "x-shift-jis" | "sjis-win"
        | "shift_jis-2004" | "shift_jisx0213" => Some(SHIFT_JIS),
        "eucjp" | "eucjp-win" | "euc-jp-ms" | "eucjp-ms" | "cp51932" | "ujis" | "x-eucjp" => Some(EUC_JP),
        _ => Encoding::for_label(label.as_bytes()),
    }
}

/// Whether a text that was decoded by its label is what [`decode`] would give:
/// nothing is lost, and the label leaves no doubt.
pub fn is_sound(text: &str, label: Option<&str>) -> bool {
    let is = |name: &str| label.is_some_and(|label| label.eq_ignore_ascii_case(name));
    let whole =
        || memchr(0x1b, text.as_bytes()).is_none() && memmem::find(text.as_bytes(), "\u{FFFD}".as_bytes()).is_none();
    if label.is_none() || is("utf-8") || is("iso-2022-jp") {
        whole() && (!text.is_ascii() || memmem::find(text.as_bytes(), b"$B").is_none())
    } else {
        is("us-ascii") && text.is_ascii() && whole() && memmem::find(text.as_bytes(), b"$B").is_none()
    }
}

/// Decodes by label where the label tells the truth, else by what the bytes
/// are.
pub fn decode(bytes: &[u8], label: Option<&str>) -> Decoded {
    if bytes.is_ascii() && memchr(0x1b, bytes).is_none() {
        // ASCII is ASCII under every label but those that are 7-bit themselves.
        if label.is_some_and(|l| l.eq_ignore_ascii_case("hz-gb-2312")) {
            return by(encoding_rs::GBK, bytes);
        }
        return restored_escapes(bytes).map_or_else(|| plain(bytes), |bytes| by(ISO_2022_JP, &bytes));
    }
    if has_jis_escape(bytes) {
        let found = by(ISO_2022_JP, &tidy_escapes(bytes));
        if !found.damaged || bytes.is_ascii() {
            return found;
        }
    }
    let utf8 = std::str::from_utf8(bytes).ok();
    let named = label.and_then(encoding);
    match (named, utf8) {
        // Any longer text in another charset is not valid UTF-8 by chance.
        (_, Some(text)) if !bytes.is_ascii() => {
            Decoded { text: text.to_owned(), damaged: text.contains('\u{FFFD}') && lossy(text) }
        }
        (Some(named), _) => {
            let labelled = by(named, bytes);
            if !(labelled.damaged || named == UTF_8 || named == ISO_2022_JP)
                || labelled.text.matches('\u{FFFD}').count() == 0
            {
                return labelled;
            }
            let guessed = guess(bytes);
            if errors(&guessed.text) < errors(&labelled.text) { guessed } else { labelled }
        }
        (None, _) => guess(bytes),
    }
}

fn plain(bytes: &[u8]) -> Decoded {
    Decoded { text: String::from_utf8_lossy(bytes).into_owned(), damaged: false }
}

fn by(encoding: &'static Encoding, bytes: &[u8]) -> Decoded {
    let (text, _) = encoding.decode_without_bom_handling(bytes);
    let damaged = lossy(&text);
    Decoded { text: text.into_owned(), damaged }
}

fn errors(text: &str) -> usize {
    text.chars().filter(|c| *c == '\u{FFFD}').count()
}

/// More than a stray character is lost.
fn lossy(text: &str) -> bool {
    let lost = errors(text);
    lost > 0 && lost * 20 > text.chars().filter(|c| !c.is_ascii()).count()
}

fn guess(bytes: &[u8]) -> Decoded {
    let mut detector = chardetng::EncodingDetector::new(chardetng::Iso2022JpDetection::Allow);
    detector.feed(bytes, true);
    let guessed = detector.guess(Some(b"jp"), chardetng::Utf8Detection::Allow);
    let mut best = by(guessed, bytes);
    for other in [UTF_8, SHIFT_JIS, EUC_JP] {
        if errors(&best.text) == 0 {
            break;
        }
        let candidate = by(other, bytes);
        if errors(&candidate.text) < errors(&best.text) {
            best = candidate;
        }
    }
    best
}

/// `ESC $ …` or `ESC ( …`: ISO-2022-JP, whatever the label says.
pub fn has_jis_escape(bytes: &[u8]) -> bool {
    memchr_iter(0x1b, bytes).any(|i| matches!(bytes.get(i + 1), Some(b'$' | b'(')))
}

/// Without escape sequences that another one follows at once, as they arise
/// where encoded-words meet: the decoder takes them for an attack.
fn tidy_escapes(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at] == 0x1b && bytes.get(at + 3) == Some(&0x1b) && matches!(bytes.get(at + 1), Some(b'$' | b'(')) {
            at += 3;
            continue;
        }
        out.push(bytes[at]);
        at += 1;
    }
    out
}

/// ISO-2022-JP whose ESC octets a gateway dropped (`$B%F%l…(B`): the escapes
/// put back, if the text really is that.
fn restored_escapes(bytes: &[u8]) -> Option<Vec<u8>> {
    let find = |from: usize, what: &[u8]| memmem::find(&bytes[from..], what).map(|i| i + from);
    find(0, b"$B")?;
    let mut out = Vec::with_capacity(bytes.len() + 16);
    let (mut at, mut pairs) = (0, 0);
    while let Some(start) = find(at, b"$B") {
        let Some(end) = find(start + 2, b"(B").or_else(|| find(start + 2, b"(J")) else { break };
        let inner = &bytes[start + 2..end];
        // Kana and kanji rows only: 0x21 to 0x74 in the first octet.
        let like_jis = !inner.is_empty()
            && inner.len().is_multiple_of(2)
            && inner.chunks(2).all(|p| (0x21..=0x74).contains(&p[0]) && (0x21..=0x7e).contains(&p[1]));
        if like_jis {
            out.extend_from_slice(&bytes[at..start]);
            out.push(0x1b);
            out.extend_from_slice(&bytes[start..end]);
            out.push(0x1b);
            out.extend_from_slice(b"(B");
            pairs += inner.len() / 2;
        } else {
            out.extend_from_slice(&bytes[at..end + 2]);
        }
        at = end + 2;
    }
    out.extend_from_slice(&bytes[at..]);
    (pairs >= 2).then_some(out)
}

/// A header field body as text: encoded-words (RFC 2047) decoded, adjacent ones
/// joined before decoding, raw octets by what they are. Line folds become
/// spaces, control characters (decoded ones too) a space.
pub fn header_text(value: &[u8]) -> String {
    // Most fields are plain ASCII.
    let coded =
        || memchr_iter(b'?', value).any(|i| i > 0 && value[i - 1] == b'=') || memmem::find(value, b"$B").is_some();
    if value.is_ascii() && memchr(0x1b, value).is_none() && !coded() {
        return one_line(&String::from_utf8_lossy(value));
    }
    let mut text = String::with_capacity(value.len());
    for piece in pieces(value) {
        match piece {
            Piece::Plain(bytes) => text.push_str(&decode(bytes, None).text),
            Piece::Words(words) => text.push_str(&words),
        }
    }
    one_line(&text)
}

/// Without line ends and other control characters, white space around trimmed.
fn one_line(text: &str) -> String {
    let text = text.trim();
    if !text.bytes().any(|b| b < b' ' || matches!(b, 0x7f | 0xc2)) {
        return text.to_owned();
    }
    let mut line = String::with_capacity(text.len());
    let mut space = false;
    for c in text.chars() {
        if c.is_control() {
            space = true;
        } else {
            // A fold is followed by its own white space.
            if space && c != ' ' && !line.ends_with(' ') && !line.is_empty() {
                line.push(' ');
            }
            space = false;
            line.push(c);
        }
    }
    line.truncate(line.trim_end().len());
    let start = line.len() - line.trim_start().len();
    line.drain(..start);
    line
}

/// The field body with every encoded or raw non-ASCII piece as one UTF-8
/// encoded-word, which an address parser takes as part of a display name.
pub fn header_for_parser(value: &[u8]) -> Vec<u8> {
    use base64::Engine;
    let word = |text: &str| format!("=?utf-8?B?{}?=", base64::prelude::BASE64_STANDARD.encode(text));
    let mut out = Vec::with_capacity(value.len() + 32);
    for piece in pieces(value) {
        match piece {
            Piece::Words(text) => out.extend_from_slice(word(&text.replace(['\r', '\n', '\0'], " ")).as_bytes()),
            Piece::Plain(bytes) if has_jis_escape(bytes) => {
                // Only the shifted runs: the ASCII between them is structure.
                let mut rest = bytes;
                while let Some(start) = rest.windows(2).position(|w| w == [0x1b, b'$']) {
                    let end = rest[start..]
                        .windows(3)
                        .position(|w| w[0] == 0x1b && w[1] == b'(' && matches!(w[2], b'B' | b'J'))
                        .map_or(rest.len(), |e| start + e + 3);
                    out.extend_from_slice(&rest[..start]);
                    out.extend_from_slice(word(&decode(&rest[start..end], Some("iso-2022-jp")).text).as_bytes());
                    rest = &rest[end..];
                }
                out.extend_from_slice(rest);
            }
            Piece::Plain(bytes) if bytes.is_ascii() => out.extend_from_slice(bytes),
            Piece::Plain(bytes) => out.extend_from_slice(decode(bytes, None).text.as_bytes()),
        }
    }
    out
}

enum Piece<'a> {
    Plain(&'a [u8]),
    Words(Cow<'a, str>),
}

/// Cuts a field body into plain pieces and runs of encoded-words.
fn pieces(value: &[u8]) -> Vec<Piece<'_>> {
    let mut found = Vec::new();
    let (mut at, mut plain) = (0, 0);
    while let Some(start) = memmem::find(&value[at..], b"=?").map(|i| i + at) {
        let Some((mut word, mut end)) = encoded_word(value, start) else {
            at = start + 2;
            continue;
        };
        if plain < start {
            found.push(Piece::Plain(&value[plain..start]));
        }
        let mut text = String::new();
        loop {
            let gap = value[end..].iter().take_while(|b| b.is_ascii_whitespace()).count();
            match encoded_word(value, end + gap) {
                Some((next, next_end)) => {
                    if next.charset.eq_ignore_ascii_case(&word.charset) {
                        word.bytes.extend_from_slice(&next.bytes);
                    } else {
                        text.push_str(&decode(&word.bytes, Some(&word.charset)).text);
                        word = next;
                    }
                    end = next_end;
                }
                None => break,
            }
        }
        text.push_str(&decode(&word.bytes, Some(&word.charset)).text);
        found.push(Piece::Words(Cow::Owned(text)));
        (at, plain) = (end, end);
    }
    if plain < value.len() {
        found.push(Piece::Plain(&value[plain..]));
    }
    found
}

struct Word {
    charset: String,
    bytes: Vec<u8>,
}

/// The encoded-word at an offset, and where it ends.
fn encoded_word(value: &[u8], start: usize) -> Option<(Word, usize)> {
    const WORD_MAX: usize = 4_096;
    let rest = value.get(start..)?.strip_prefix(b"=?")?;
    let rest = &rest[..rest.len().min(WORD_MAX)];
    let mut marks = rest.iter().enumerate().filter(|(_, b)| **b == b'?').map(|(i, _)| i);
    let (charset_end, method_end) = (marks.next()?, marks.next()?);
    let charset = std::str::from_utf8(&rest[..charset_end]).ok()?;
    if charset.is_empty() || !charset.bytes().all(|b| b.is_ascii_graphic()) {
        return None;
    }
    let charset = charset.split('*').next().unwrap_or_default().to_owned();
    let body_start = method_end + 1;
    let body_end = rest[body_start..].windows(2).position(|w| w == b"?=")? + body_start;
    let body = &rest[body_start..body_end];
    let bytes = match &rest[charset_end + 1..method_end] {
        b"B" | b"b" => mail_parser::decoders::base64::base64_decode(body)?,
        b"Q" | b"q" => {
            let spaced: Vec<u8> = body.iter().map(|b| if *b == b'_' { b' ' } else { *b }).collect();
            if spaced.contains(&b'=') {
                mail_parser::decoders::quoted_printable::quoted_printable_decode(&spaced)?
            } else {
                spaced
            }
        }
        _ => return None,
    };
    Some((Word { charset, bytes }, start + 2 + body_end + 2))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "テレワークの３６協定について、①相談したいです。髙﨑㈱";

    fn encoded(encoding: &'static Encoding) -> Vec<u8> {
        encoding.encode(TEXT).0.into_owned()
    }

    #[test]
    fn every_charset_is_read_under_every_label() {
        let utf8 = TEXT.as_bytes().to_vec();
        for (name, bytes) in
            [("jis", encoded(ISO_2022_JP)), ("sjis", encoded(SHIFT_JIS)), ("euc", encoded(EUC_JP)), ("utf-8", utf8)]
        {
            let own: &[&str] = match name {
                "jis" => &["iso-2022-jp", "ISO-2022-JP-MS", "cp50220", "cp50221"],
                "sjis" => &["shift_jis", "cp932", "ms932", "windows-31j", "x-sjis", "windows-932"],
                "euc" => &["euc-jp", "eucjp-win", "cp51932", "ujis"],
                _ => &["utf-8"],
            };
            for label in own.iter().map(|l| Some(*l)).chain([None, Some("us-ascii"), Some("utf-8"), Some("x-unknown")])
            {
                // `us-ascii` means windows-1252 to browsers: only bytes can tell.
                let label = label.filter(|l| *l != "us-ascii" || name == "jis" || name == "utf-8");
                let found = decode(&bytes, label);
                assert!(!found.damaged, "{name} under {label:?}: {}", found.text);
                assert!(found.text.contains("テレワークの"), "{name} under {label:?}: {}", found.text);
            }
        }
        let found = decode(TEXT.as_bytes(), Some("iso-2022-jp"));
        assert_eq!(found.text, TEXT);
    }

    #[test]
    fn stripped_escapes_are_put_back() {
        let jis: Vec<u8> = ISO_2022_JP.encode("相談窓口").0.iter().copied().filter(|b| *b != 0x1b).collect();
        assert_eq!(decode(&jis, None).text, "相談窓口");
        assert_eq!(decode(b"costs $B or (B or $5", None).text, "costs $B or (B or $5");
    }

    #[test]
    fn words_split_inside_a_character_are_joined() {
        use base64::{Engine, prelude::BASE64_STANDARD as B};
        let bytes = "労務".as_bytes();
        let value = format!(
            "=?UTF-8?B?{}?=\r\n =?utf-8?B?{}?= Re:=?utf-8?Q?=E7=AA=93?=",
            B.encode(&bytes[..4]),
            B.encode(&bytes[4..])
        );
        assert_eq!(header_text(value.as_bytes()), "労務 Re:窓");
    }

    #[test]
    fn jis_words_that_meet_are_joined() {
        use base64::{Engine, prelude::BASE64_STANDARD as B};
        let word = |text: &str| format!("=?ISO-2022-JP?B?{}?=", B.encode(ISO_2022_JP.encode(text).0));
        let value = format!("{}\r\n {}", word("労務管理に"), word("関する相談"));
        assert_eq!(header_text(value.as_bytes()), "労務管理に関する相談");
    }

    #[test]
    fn decoded_line_ends_never_stay_in_a_header() {
        assert_eq!(header_text(b"=?utf-8?Q?a=0D=0ABcc:_x@y.example?="), "a Bcc: x@y.example");
        assert_eq!(header_text(b"one\r\n\ttwo"), "one two");
    }

    proptest::proptest! {
        #[test]
        fn nothing_panics(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..200), label in "[a-z0-9-]{0,12}") {
            let _ = decode(&bytes, Some(&label));
            let _ = header_text(&bytes);
            let _ = header_for_parser(&bytes);
        }
    }
}
