//! Whether a text puts something to its reader: a question, a wish, a request.
//! Set phrases of notices ("if anything is unclear, please call") do not, nor
//! do headlines of newsletters. Reads folded text, sentence by sentence.

use super::phrases::{ASKING, BOILERPLATE, HEADLINE, INVITATION, REQUEST};

/// Whether any sentence of a folded text asks its reader something.
pub(super) fn asks(folded: &str) -> bool {
    sentences(folded).any(|sentence| sentence_asks(sentence.text, sentence.is_question))
}

/// A sentence of folded text, without its end mark.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sentence<'a> {
    pub text: &'a str,
    /// It ended in a question mark.
    pub is_question: bool,
}

/// Characters from which on a line of Latin text is taken for one that was
/// wrapped.
const WRAPPED: usize = 55;

/// Cuts folded text at sentence ends and line ends. A full stop or question
/// mark inside a word or URL is none, nor is the end of a long line of Latin
/// words that goes on in the next.
pub(super) fn sentences(folded: &str) -> impl Iterator<Item = Sentence<'_>> {
    let mut rest = folded;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let mut chars = rest.char_indices().peekable();
        let (mut line, mut last) = (0, ' ');
        while let Some((at, c)) = chars.next() {
            let next = chars.peek().map(|(_, next)| *next);
            let is_end = match c {
                '\n' => {
                    let latin = (last.is_ascii_alphanumeric() || last == ',')
                        && next.is_some_and(|n| n.is_ascii_alphanumeric());
                    let wrapped = latin && at - line >= WRAPPED;
                    line = at + 1;
                    !wrapped
                }
                '。' | '!' => true,
                '.' => next.is_none_or(char::is_whitespace),
                '?' => next.is_none_or(|n| !n.is_ascii_alphanumeric() && n != '&' && n != '='),
                _ => false,
            };
            last = c;
            if is_end {
                let sentence = Sentence { text: rest[..at].trim(), is_question: c == '?' };
                rest = &rest[at + c.len_utf8()..];
                return Some(sentence);
            }
        }
        let sentence = Sentence { text: rest.trim(), is_question: false };
        rest = "";
        Some(sentence)
    })
}

/// Shortest sentence (characters) that can be a question of its own.
const SHORTEST: usize = 4;

fn sentence_asks(text: &str, is_question: bool) -> bool {
    if text.chars().take(SHORTEST).count() < SHORTEST || HEADLINE.within(text) {
        return false;
    }
    if is_question || text.ends_with('か') {
        return true;
    }
    if ASKING.within(text) {
        return true;
    }
    REQUEST.within(text) && !INVITATION.within(text) && !BOILERPLATE.within(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::text::fold;

    #[test]
    fn questions_and_wishes_are_told_from_set_phrases() {
        for asking in [
            "在宅勤務の場合、36協定は必要ですか。",
            "窓口の電話番号を教えてください",
            "12月のセミナーに2名で参加したいのですが。",
            "メルマガの配信停止をお願いします。",
            "27日の相談会の申込みを取り消します。よろしくお願いします。",
            "通勤手当をどうすればよいか困っております。",
            "Could you send us the leaflet",
            "We would like to hold a workshop in May.",
            "Is overtime paid?",
            "会場はどちらでしょうか\n地図はありますか",
            "请问东京的窗口在哪里",
        ] {
            assert!(asks(fold(asking).as_str()), "{asking}");
        }
        for stating in [
            "ご不明な点がございましたら、下記までお問い合わせください。",
            "ご確認のほどよろしくお願いいたします。",
            "お急ぎの方は代表電話までご連絡をお願いします。",
            "テレワークでこんなお困りはありませんか？",
            "ご存じですか？ 36協定の新しい様式",
            "詳細 https://a.example/b?id=3&x=y をご覧ください。",
            "If you did not request this, please let us know.",
            "Have questions? Visit our help pages.",
            "I am out of the office until Monday.",
            "I shall be back on the 12th. In urgent matters of leave, pay or\nworking hours please call the personnel department.",
            "またのご利用をお待ちしております。",
        ] {
            assert!(!asks(fold(stating).as_str()), "{stating}");
        }
    }

    #[test]
    fn sentences_end_where_people_end_them() {
        let text = fold("一つ目です。二つ目ですか？ https://a.example/?q=1 は別。End. v1.2 stays").as_str().to_owned();
        let found: Vec<_> = sentences(&text).map(|s| (s.text, s.is_question)).filter(|(t, _)| !t.is_empty()).collect();
        assert_eq!(found.len(), 5, "{found:?}");
        assert!(found[1].1 && !found[2].1);
    }
}
