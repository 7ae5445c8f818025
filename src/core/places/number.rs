//! Phone numbers and postal codes in folded text. Owns how people write
//! digits (hyphens, brackets, +81); knows no prefecture.

use std::ops::Range;

/// Up to eleven ASCII digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Digits {
    digits: [u8; 11],
    len: u8,
}

impl Digits {
    const fn new() -> Digits {
        Digits { digits: [b'0'; 11], len: 0 }
    }

    /// False when full.
    fn push(&mut self, digit: u8) -> bool {
        match self.digits.get_mut(usize::from(self.len)) {
            Some(place) => {
                *place = digit;
                self.len += 1;
                true
            }
            None => false,
        }
    }

    pub(super) fn len(&self) -> usize {
        usize::from(self.len)
    }

    pub(super) fn as_str(&self) -> &str {
        std::str::from_utf8(&self.digits[..self.len()]).unwrap_or("")
    }

    /// As one number.
    pub(super) fn number(&self) -> u32 {
        self.as_str().parse().unwrap_or(u32::MAX)
    }

    /// Nobody's number: one digit repeated, or counting up or down.
    fn is_sample(&self) -> bool {
        let all = &self.digits[..self.len()];
        let step = |d: u8| all.windows(2).all(|w| w[1] == w[0].wrapping_add(d));
        step(0) || step(1) || step(255) || all == b"0120000000"
    }
}

/// What a number is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Ten or eleven digits, national form with the leading 0.
    Phone,
    /// Seven digits behind 〒 or a word for it.
    PostalMarked,
    /// Seven digits as NNN-NNNN; a postal code only where an address is.
    Postal,
}

/// A phone number or postal code.
#[derive(Debug, Clone)]
pub(super) struct Number {
    pub(super) kind: Kind,
    pub(super) range: Range<usize>,
    pub(super) digits: Digits,
}

/// A run of digits and how it hangs on the one before.
#[derive(Clone, Copy)]
struct Group {
    start: usize,
    end: usize,
    /// Joined to the group before by a dash.
    dash: bool,
}

const GROUPS: usize = 12;

/// Reports every phone number and postal code of a folded text, in order.
pub(super) fn scan(text: &str, mut report: impl FnMut(Number)) {
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(step) = bytes[at..].iter().position(u8::is_ascii_digit) {
        let mut groups = [Group { start: 0, end: 0, dash: false }; GROUPS];
        let mut count = 0;
        let mut cursor = at + step;
        let mut dash = false;
        loop {
            let end = cursor + bytes[cursor..].iter().take_while(|b| b.is_ascii_digit()).count();
            groups[count] = Group { start: cursor, end, dash };
            count += 1;
            cursor = end;
            let Some((next, joined)) = separator(text, end) else { break };
            if count == GROUPS || !bytes.get(next).is_some_and(u8::is_ascii_digit) {
                break;
            }
            (cursor, dash) = (next, joined);
        }
        let groups = &groups[..count];
        let mut i = 0;
        while i < count {
            i += match phone(text, groups, i).or_else(|| postal(text, groups, i)) {
                Some((number, used)) => {
                    if !number.digits.is_sample() {
                        report(number);
                    }
                    used
                }
                None => 1,
            };
        }
        at = cursor.max(at + step + 1);
    }
}

/// Skips what may stand between the groups of one number: a dash, a bracket,
/// a dot, spaces. Returns where it ends and whether it is a plain dash.
fn separator(text: &str, from: usize) -> Option<(usize, bool)> {
    let mut end = from;
    let mut dash = false;
    let mut taken = 0;
    for c in text[from..].chars().take(4) {
        match c {
            '-' | 'ー' => {
                dash = taken == 0;
            }
            ' ' | '(' | ')' | '.' | '/' | '~' | 'の' => dash = false,
            _ => break,
        }
        // Only a bracket or a space may stand beside something else.
        taken += 1;
        end += c.len_utf8();
    }
    (end > from && taken <= 3).then_some((end, dash && taken == 1))
}

fn phone(text: &str, groups: &[Group], first: usize) -> Option<(Number, usize)> {
    let bytes = text.as_bytes();
    let start = groups[first].start;
    let before = start.checked_sub(1).map(|i| bytes[i]);
    let international = before == Some(b'+') || (before == Some(b'(') && start >= 2 && bytes[start - 2] == b'+');
    let mut digits = Digits::new();
    let mut skip = 0;
    if international {
        if !text[start..].starts_with("81") {
            return None;
        }
        digits.push(b'0');
        skip = 2;
    } else if bytes[start] != b'0' {
        return None;
    }
    // Part of a longer chain, `2020-03-1234-5678`, is no phone number.
    if !international && groups[first].dash && first > 0 {
        return None;
    }
    for (used, group) in groups[first..].iter().take(6).enumerate() {
        for (i, digit) in bytes[group.start..group.end].iter().enumerate() {
            if used == 0 && i < skip {
                continue;
            }
            // +81 (0)3: the trunk 0 is written once.
            if international && digits.len() == 1 && *digit == b'0' {
                continue;
            }
            if !digits.push(*digit) {
                return None;
            }
        }
        let whole = match &digits.digits[..digits.len().min(4)] {
            [b'0', b'8', b'0', b'0'] => 11,
            [b'0', b'5' | b'6' | b'7' | b'8' | b'9' | b'2', b'0', next] if *next != b'0' => 11,
            _ => 10,
        };
        if digits.len() == whole {
            let last = first + used;
            // Nothing may hang on by a dash, and a bare run needs a word before it.
            let more = groups.get(last + 1).is_some_and(|g| g.dash);
            if more || (used == 0 && !international && !called(text, start)) {
                return None;
            }
            let number = Number { kind: Kind::Phone, range: start..group.end, digits };
            return Some((number, used + 1));
        }
        if digits.len() > whole {
            return None;
        }
    }
    None
}

fn postal(text: &str, groups: &[Group], first: usize) -> Option<(Number, usize)> {
    let group = groups[first];
    if first > 0 && group.dash {
        return None;
    }
    let len = group.end - group.start;
    if len != 7 && !(len == 3 && groups.get(first + 1).is_some_and(|next| next.end - next.start == 4)) {
        return None;
    }
    let marked = marked(text, group.start);
    let used = match groups.get(first + 1) {
        Some(next) if len == 3 && next.end - next.start == 4 && (next.dash || marked) => 2,
        _ if len == 7 && marked => 1,
        _ => return None,
    };
    if groups.get(first + used).is_some_and(|g| g.dash) || (!marked && called(text, group.start)) {
        return None;
    }
    let mut digits = Digits::new();
    for group in &groups[first..first + used] {
        for digit in &text.as_bytes()[group.start..group.end] {
            digits.push(*digit);
        }
    }
    let kind = if marked { Kind::PostalMarked } else { Kind::Postal };
    let end = groups[first + used - 1].end;
    Some((Number { kind, range: group.start..end, digits }, used))
}

/// The characters before a number that tell what it is.
fn before(text: &str, at: usize) -> &str {
    let mut from = at.saturating_sub(24);
    while !text.is_char_boundary(from) {
        from += 1;
    }
    let before = &text[from..at];
    let before = before.rsplit('\n').next().unwrap_or(before);
    before.trim_end_matches([' ', ':', '(', '[', '】', '」', '.', 'は', '=', '#', '\t', '|'])
}

/// A word for a telephone stands before it.
fn called(text: &str, at: usize) -> bool {
    let before = before(text, at);
    [
        "tel",
        "電話",
        "phone",
        "fax",
        "電話番号",
        "ふぁっくす",
        "携帯",
        "直通",
        "連絡先",
        "mobile",
        "代表",
        "内線",
        "call",
        "ext",
    ]
    .iter()
    .any(|word| before.ends_with(word))
        || before.ends_with("no") && before.contains("tel")
}

/// 〒 or a word for it stands before it.
fn marked(text: &str, at: usize) -> bool {
    let before = before(text, at);
    [
        "〒",
        "郵便番号",
        "zip",
        "zip code",
        "zipcode",
        "zip-code",
        "postal code",
        "postcode",
        "post code",
        "〶",
        "邮编",
        "우편번호",
    ]
    .iter()
    .any(|word| before.ends_with(word))
        || ["zip is", "postal code is", "postcode is", "zip code is"].iter().any(|word| before.ends_with(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<(Kind, String)> {
        let mut all = Vec::new();
        scan(text, |n| all.push((n.kind, n.digits.as_str().to_owned())));
        all
    }

    #[test]
    fn phone_numbers_are_read_as_people_write_them() {
        for written in [
            "03-5422-1517",
            "tel:03(5422)1517",
            "(03)5422-1517",
            "(03) 5422-1517",
            "03 5422 1517",
            "03.5422.1517",
            "+81-3-5422-1517",
            "+81 3 5422 1517",
            "+81(0)3-5422-1517",
            "+81 (0)3 5422 1517",
            "+81354221517",
            "tel 0354221517",
            "電話03ー5422ー1517",
        ] {
            assert_eq!(found(written), [(Kind::Phone, "0354221517".to_owned())], "{written}");
        }
        assert_eq!(found("090-1234-5679"), [(Kind::Phone, "09012345679".to_owned())]);
        assert_eq!(found("0570-064-794"), [(Kind::Phone, "0570064794".to_owned())]);
        let two = found("tel 0246-12-0881 / fax 0246-12-0882");
        assert_eq!(two.len(), 2, "{two:?}");
        assert_eq!(found("03-5422-1517 03-5422-1518").len(), 2);
    }

    #[test]
    fn what_is_no_number_is_left() {
        for written in [
            "2026-11-22",
            "0354221517",
            "2020-03-1234-5678",
            "012-345-6789",
            "000-0000-0000",
            "03-5422-1517-9",
            "+1-202-555-0143",
            "〒123-4567",
            "〒000-0000",
            "tel 671-2121",
            "12:30-13:00",
            "1,000-2,000",
            "10.3.1.25",
        ] {
            assert_eq!(found(written), [], "{written}");
        }
    }

    #[test]
    fn postal_codes_are_told_from_other_numbers() {
        for (written, kind) in [
            ("〒500-8076", Kind::PostalMarked),
            ("〒 500-8076", Kind::PostalMarked),
            ("〒5008076", Kind::PostalMarked),
            ("郵便番号:500ー8076", Kind::PostalMarked),
            ("our zip is 500-8076", Kind::PostalMarked),
            ("postal code 500 8076", Kind::PostalMarked),
            ("gifu 500-8076", Kind::Postal),
        ] {
            assert_eq!(found(written), [(kind, "5008076".to_owned())], "{written}");
        }
        assert_eq!(found("5008076"), []);
        assert_eq!(found("045-671-2121"), [(Kind::Phone, "0456712121".to_owned())]);
    }
}
