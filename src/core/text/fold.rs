//! Folding: one comparable spelling for all the ways people type the same
//! thing, with a map back to what they typed.

use super::{Folded, Gap, GapKind};
use unicode_normalization::UnicodeNormalization;

/// A line at least this wide (columns) that ends inside a sentence was broken
/// by a mail program, not by its writer.
const WRAPPED_WIDTH: usize = 50;

/// Folds text: NFKC, katakana → hiragana, lower case, marks of Latin letters
/// dropped, dashes by what stands before them, kanji variants, invisible
/// characters dropped, white space as one space (none inside Japanese), wrapped
/// lines joined. One pass; never fails.
pub fn fold(original: &str) -> Folded {
    let mut folder = Folder {
        out: Folded {
            text: String::with_capacity(original.len()),
            map: Vec::with_capacity(original.len() + 1),
            gaps: Vec::new(),
        },
        space: None,
        line_ends: 0,
        line_end_at: 0,
        width: 0,
        ended_width: 0,
        last: '\0',
        latin_mark: false,
    };
    let mut chars = original.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        match c {
            '\n' => folder.line_end(at),
            ' ' | '\t' | '\u{3000}' | '\u{A0}' | '\u{2000}'..='\u{200A}' | '\u{202F}' | '\u{205F}' => {
                folder.white(at, c)
            }
            'A'..='Z' => folder.put(c.to_ascii_lowercase(), at, 1),
            '\u{FF01}'..='\u{FF5E}' => {
                let ascii = char::from_u32(c as u32 - 0xFEE0).unwrap_or(c).to_ascii_lowercase();
                folder.symbol(ascii, at, 2);
            }
            '!'..='~' => folder.symbol(c, at, 1),
            '\u{3041}'..='\u{3096}' | '\u{309D}' | '\u{309E}' => folder.put(c, at, 2),
            '\u{30A1}'..='\u{30F6}' | '\u{30FD}' | '\u{30FE}' => {
                folder.put(char::from_u32(c as u32 - 0x60).unwrap_or(c), at, 2);
            }
            '\u{FF66}'..='\u{FF6F}' | '\u{FF71}'..='\u{FF9D}' => {
                let mark = chars.next_if(|(_, m)| matches!(m, 'ﾞ' | 'ﾟ'));
                let pair: String = std::iter::once(c).chain(mark.map(|(_, m)| m)).nfkc().collect();
                for kana in pair.chars() {
                    folder.put(hiragana(kana), at, 1);
                }
            }
            // NFD input (macOS): a voicing mark after its kana.
            '\u{3099}' | '\u{309A}' => folder.voice(c),
            'ー' | 'ｰ' | '‐' | '‑' | '‒' | '–' | '—' | '―' | '−' | '─' | '━' | '﹣' | '⁃' => {
                folder.dash(c, at)
            }
            '\u{4E00}'..='\u{9FFF}' | '々' | '〆' => folder.put(kanji(c), at, 2),
            '。' | '、' | '「' | '」' | '【' | '】' | '・' => folder.put(c, at, 2),
            '‘' | '’' | '‛' | '′' => folder.put('\'', at, 1),
            '“' | '”' | '„' | '″' => folder.put('"', at, 1),
            '\r'
            | '\u{AD}'
            | '\u{61C}'
            | '\u{200B}'..='\u{200F}'
            | '\u{202A}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}'
            | '\u{FEFF}'
            | '\u{FE00}'..='\u{FE0F}'
            | '\u{E0000}'..='\u{E01EF}' => {}
            c if c.is_control() => folder.white(at, c),
            '\u{C0}'..='\u{24F}' | '\u{1E00}'..='\u{1EFF}' => {
                for part in std::iter::once(c).nfkd().filter(|p| !is_mark(*p)).flat_map(char::to_lowercase) {
                    folder.put(part, at, 1);
                }
            }
            '\u{300}'..='\u{36F}' if folder.last.is_ascii_alphabetic() => folder.latin_mark = true,
            _ => {
                for part in std::iter::once(c).nfkc().flat_map(char::to_lowercase) {
                    folder.symbol(hiragana(kanji(part)), at, if c < '\u{1100}' { 1 } else { 2 });
                }
            }
        }
    }
    let mut out = folder.out;
    out.map.push(original.len() as u32);
    out
}

struct Folder {
    out: Folded,
    /// Where white space began that is not yet written.
    space: Option<usize>,
    line_ends: u32,
    line_end_at: usize,
    width: usize,
    /// Width of the line that the pending line end closed.
    ended_width: usize,
    last: char,
    latin_mark: bool,
}

impl Folder {
    fn line_end(&mut self, at: usize) {
        if self.line_ends == 0 {
            self.line_end_at = at;
            self.ended_width = self.width;
        }
        self.line_ends += 1;
        self.width = 0;
        self.space = None;
    }

    fn white(&mut self, at: usize, c: char) {
        self.width += if c == '\u{3000}' { 2 } else { 1 };
        self.space.get_or_insert(at);
    }

    /// ASCII that is no letter of the upper case; a hyphen is a dash.
    fn symbol(&mut self, c: char, at: usize, width: usize) {
        if c == '-' { self.dash(c, at) } else { self.put(c, at, width) }
    }

    /// A dash after kana is the long-vowel mark, anything else a hyphen.
    fn dash(&mut self, c: char, at: usize) {
        let joined = self.space.is_none()
            && (self.line_ends == 0
                || self.line_ends == 1 && matches!(c, 'ー' | 'ｰ') && self.ended_width >= WRAPPED_WIDTH);
        let long = joined && is_hiragana(self.last);
        self.put(if long { 'ー' } else { '-' }, at, 2);
    }

    fn voice(&mut self, mark: char) {
        let voiced: String = [self.last, mark].iter().collect::<String>().nfkc().collect();
        let mut chars = voiced.chars();
        if let (Some(one), None) = (chars.next(), chars.next())
            && self.space.is_none()
            && self.line_ends == 0
            && is_hiragana(one)
            && self.out.text.pop().is_some()
        {
            let from = self.out.map.len() - self.last.len_utf8();
            let start = self.out.map[from] as usize;
            self.out.map.truncate(from);
            self.last = '\0';
            self.write(one, start);
        }
    }

    fn put(&mut self, c: char, at: usize, width: usize) {
        if self.line_ends > 0 || self.space.is_some() {
            self.gap(c);
        }
        self.width += width;
        self.write(c, at);
    }

    fn write(&mut self, c: char, at: usize) {
        let from = self.out.text.len();
        self.out.text.push(c);
        self.out.map.resize(self.out.map.len() + self.out.text.len() - from, at as u32);
        self.last = c;
    }

    /// Writes what is left of the white space before `next`.
    fn gap(&mut self, next: char) {
        let (lines, space) = (std::mem::take(&mut self.line_ends), self.space.take());
        if self.out.text.is_empty() {
            return;
        }
        let japanese = is_japanese(self.last) && is_japanese(next);
        let at = self.out.text.len() as u32;
        if lines == 0 {
            if japanese {
                self.out.gaps.push(Gap { at, kind: GapKind::Space });
            } else if let Some(start) = space {
                self.write(' ', start);
            }
            return;
        }
        let indented = space.is_some();
        let sentence_goes_on = !matches!(self.last, '。' | '.' | '!' | '?' | ':' | ';' | '」' | '】' | '-' | '=' | '*');
        if lines == 1 && !indented && sentence_goes_on {
            if japanese && self.ended_width >= WRAPPED_WIDTH {
                self.out.gaps.push(Gap { at, kind: GapKind::Wrap });
                return;
            }
            if self.last.is_ascii() && next.is_ascii_alphanumeric() && self.ended_width >= WRAPPED_WIDTH / 2 {
                self.write(' ', self.line_end_at);
                let at = self.out.text.len() as u32;
                self.out.gaps.push(Gap { at, kind: GapKind::Wrap });
                return;
            }
        }
        for _ in 0..lines.min(2) {
            self.write('\n', self.line_end_at);
        }
    }
}

fn is_hiragana(c: char) -> bool {
    matches!(c, '\u{3041}'..='\u{3096}' | 'ー')
}

fn is_mark(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36F}')
}

/// Kana, kanji and the marks that stand inside Japanese words.
pub(super) fn is_japanese(c: char) -> bool {
    matches!(c, '\u{3041}'..='\u{309F}' | '\u{30A0}'..='\u{30FF}' | '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '々' | '〆' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3FFFF}')
}

fn hiragana(c: char) -> char {
    match c {
        '\u{30A1}'..='\u{30F6}' => char::from_u32(c as u32 - 0x60).unwrap_or(c),
        c => c,
    }
}

/// The usual form of a kanji variant (`data/kanji_fold.csv` and the vendor
/// forms of surnames).
fn kanji(c: char) -> char {
    static TABLE: std::sync::OnceLock<Vec<(char, char)>> = std::sync::OnceLock::new();
    let table = TABLE.get_or_init(|| {
        let mut table: Vec<(char, char)> = include_str!("../../../data/kanji_fold.csv")
            .lines()
            .skip(1)
            .filter_map(|line| {
                let mut cells = line.split(',');
                let one = |cell: Option<&str>| {
                    cell.and_then(|c| {
                        let mut i = c.chars();
                        i.next().filter(|_| i.next().is_none())
                    })
                };
                Some((one(cells.next())?, one(cells.next())?))
            })
            .filter(|(from, _)| !matches!(from, 'ヶ' | 'ヵ'))
            .chain([('髙', '高'), ('﨑', '崎'), ('栁', '柳'), ('濵', '浜'), ('德', '徳')])
            .collect();
        table.sort_unstable();
        table.dedup_by_key(|(from, _)| *from);
        table
    });
    table.binary_search_by_key(&c, |(from, _)| *from).map_or(c, |i| table[i].1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folded(text: &str) -> String {
        fold(text).as_str().to_owned()
    }

    #[test]
    fn one_spelling_for_many() {
        for (typed, comparable) in [
            ("ﾃﾚﾜｰｸ", "てれわーく"),
            ("テレワーク", "てれわーく"),
            ("てれわーく", "てれわーく"),
            ("テレワ－ク", "てれわーく"),
            ("ｵｵｻｶﾌ ｻｶｲｼ", "おおさかふさかいし"),
            ("ガ と カ\u{3099}", "がとが"),
            ("３６協定", "36協定"),
            ("㈱髙﨑", "(株)高崎"),
            ("０５７０－０６４－７９４", "0570-064-794"),
            ("０３ー５４２２ー１５１７", "03-5422-1517"),
            ("Kōchi’s  Work\u{200b}er", "kochi's worker"),
            ("労務　管理", "労務管理"),
            ("①番　②番", "1番 2番"),
        ] {
            assert_eq!(folded(typed), comparable, "{typed}");
        }
    }

    #[test]
    fn wrapped_lines_are_joined_and_written_ones_are_not() {
        let wrapped = "在宅勤務の社員についてお尋ねしたいことがあり連絡しましたがテレワ\nークの規程";
        assert!(folded(wrapped).contains("てれわーくの規程"), "{}", folded(wrapped));
        assert_eq!(folded("大阪\n市川"), "大阪\n市川");
        assert_eq!(folded("一つ目\n\n二つ目"), "一つ目\n\n二つ目");
        assert_eq!(folded("please tell us the nearest contact\npoint"), "please tell us the nearest contact point");
    }

    #[test]
    fn every_byte_maps_back() {
        let text = "お世話になります。　ﾃﾚﾜｰｸの ３６協定";
        let folded = fold(text);
        let at = folded.as_str().find("てれわーく").unwrap();
        let range = folded.original(at..at + "てれわーく".len());
        assert_eq!(&text[range], "ﾃﾚﾜｰｸ");
        let at = folded.as_str().find("36協定").unwrap();
        assert_eq!(&text[folded.original(at..folded.as_str().len())], "３６協定");
    }

    proptest::proptest! {
        #[test]
        fn the_map_is_monotone_and_in_range(text in "\\PC{0,80}|[ぁ-んァ-ヶー漢字a-zA-Z0-9 \\n　ﾞﾟｶﾊ－-]{0,80}") {
            let folded = fold(&text);
            proptest::prop_assert_eq!(folded.map.len(), folded.text.len() + 1);
            proptest::prop_assert!(folded.map.windows(2).all(|w| w[0] <= w[1]));
            proptest::prop_assert!(folded.map.iter().all(|i| text.is_char_boundary(*i as usize)));
        }
    }
}
