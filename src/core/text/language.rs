//! Which language a text is in.

/// The language of a text as ISO 639-1. Kana or Japanese kanji → `ja`; Hangul →
/// `ko`; other Han text → `zh`; short or doubtful Latin text → `en`; the rest as
/// a kept identification crate says. `None` only without letters.
pub fn language(text: &str) -> Option<&'static str> {
    const READ_MAX: usize = 4_000;
    let (mut kana, mut han, mut hangul, mut latin, mut other) = (0usize, 0usize, 0usize, 0usize, 0usize);
    for (_, script) in letters(text).take(READ_MAX) {
        match script {
            Script::Kana => kana += 1,
            Script::Han => han += 1,
            Script::Hangul => hangul += 1,
            Script::Latin => latin += 1,
            Script::Other => other += 1,
        }
    }
    let east = kana + han + hangul;
    if east + latin + other == 0 {
        return None;
    }
    // A Han character or kana says about as much as three Latin letters.
    if east * 3 >= latin.max(other) && east > 0 {
        let chinese = || letters(text).take(READ_MAX).any(|(c, _)| is_chinese_only(c));
        return Some(if hangul > kana + han {
            "ko"
        } else if kana * 12 >= han.max(1) && kana > 0 || (kana == 0 && han > 0 && han < 16 && !chinese()) {
            "ja"
        } else {
            "zh"
        });
    }
    if other > latin {
        return Some(whatlang::detect_lang(text).and_then(iso).unwrap_or("en"));
    }
    if latin < 40 {
        return Some("en");
    }
    let english = english_words(text);
    if english >= ENGLISH_ENOUGH {
        return Some("en");
    }
    match whatlang::detect(text) {
        Some(found) if found.is_reliable() || english == 0 => Some(iso(found.lang()).unwrap_or("en")),
        _ => Some("en"),
    }
}

enum Script {
    Kana,
    Han,
    Hangul,
    Latin,
    Other,
}

/// The letters of a text and what they are.
fn letters(text: &str) -> impl Iterator<Item = (char, Script)> {
    text.chars().filter_map(|c| {
        let script = match c {
            'a'..='z' | 'A'..='Z' => Script::Latin,
            '\0'..='\x7f' => return None,
            // The usual ones first: looking a letter up in the tables is slow.
            '\u{3041}'..='\u{3096}' | '\u{30A1}'..='\u{30FA}' | 'ー' => Script::Kana,
            '\u{4E00}'..='\u{9FFF}' => Script::Han,
            '\u{3000}'..='\u{3002}' => return None,
            c if !c.is_alphabetic() => return None,
            '\u{3041}'..='\u{30FF}' | '\u{FF66}'..='\u{FF9F}' => Script::Kana,
            '\u{AC00}'..='\u{D7A3}' | '\u{1100}'..='\u{11FF}' => Script::Hangul,
            '\u{3400}'..='\u{4DFF}' | '々' => Script::Han,
            '\u{C0}'..='\u{24F}' | '\u{1E00}'..='\u{1EFF}' | '\u{FF21}'..='\u{FF5A}' => Script::Latin,
            _ => Script::Other,
        };
        Some((c, script))
    })
}

/// So many different ones of [`ENGLISH`] make a text English.
const ENGLISH_ENOUGH: usize = 3;

/// How many different ones of [`ENGLISH`] stand in a text; counts no farther
/// than to [`ENGLISH_ENOUGH`].
fn english_words(text: &str) -> usize {
    let mut found: Vec<&str> = Vec::with_capacity(ENGLISH_ENOUGH);
    for word in text.split(|c: char| !c.is_alphabetic()).filter(|w| (2..=6).contains(&w.len())) {
        let listed = ENGLISH.iter().find(|e| e.eq_ignore_ascii_case(word));
        if let Some(listed) = listed.filter(|l| !found.contains(l)) {
            found.push(listed);
            if found.len() == ENGLISH_ENOUGH {
                break;
            }
        }
    }
    found.len()
}

/// Common characters that Chinese writes and Japanese does not.
const CHINESE_ONLY: &str = "们们您吗这么请问关业务员个为与从应该还进过来时间电话劳动办东见车书长门马鱼鸟说读语谢谁谈贸给经认规则设证费资赔较过运远选邮险难题项预领须颜额们什怎哪呢吧啊她它嗎們您這個麼請問為應該還過來會對於關東點鐘時間電話貿員後讓說話謝";

fn is_chinese_only(c: char) -> bool {
    static SORTED: std::sync::LazyLock<Vec<char>> = std::sync::LazyLock::new(|| {
        let mut all: Vec<char> = CHINESE_ONLY.chars().collect();
        all.sort_unstable();
        all
    });
    SORTED.binary_search(&c).is_ok()
}

/// Frequent English words that are no words of its neighbours.
const ENGLISH: &[&str] = &[
    "the", "and", "is", "are", "we", "our", "you", "your", "with", "have", "has", "would", "please", "what", "from",
    "for", "to", "this", "that", "can", "how", "which", "do", "my", "it", "not", "there", "of", "hello", "dear",
];

fn iso(lang: whatlang::Lang) -> Option<&'static str> {
    use whatlang::Lang;
    Some(match lang {
        Lang::Eng => "en",
        Lang::Jpn => "ja",
        Lang::Cmn => "zh",
        Lang::Kor => "ko",
        Lang::Deu => "de",
        Lang::Fra => "fr",
        Lang::Spa => "es",
        Lang::Por => "pt",
        Lang::Ita => "it",
        Lang::Nld => "nl",
        Lang::Swe => "sv",
        Lang::Dan => "da",
        Lang::Nob => "nb",
        Lang::Fin => "fi",
        Lang::Pol => "pl",
        Lang::Ces => "cs",
        Lang::Slk => "sk",
        Lang::Hun => "hu",
        Lang::Ron => "ro",
        Lang::Bul => "bg",
        Lang::Hrv => "hr",
        Lang::Slv => "sl",
        Lang::Srp => "sr",
        Lang::Mkd => "mk",
        Lang::Rus => "ru",
        Lang::Ukr => "uk",
        Lang::Bel => "be",
        Lang::Ell => "el",
        Lang::Tur => "tr",
        Lang::Aze => "az",
        Lang::Ara => "ar",
        Lang::Heb => "he",
        Lang::Pes => "fa",
        Lang::Urd => "ur",
        Lang::Hin => "hi",
        Lang::Ben => "bn",
        Lang::Nep => "ne",
        Lang::Mar => "mr",
        Lang::Tam => "ta",
        Lang::Tel => "te",
        Lang::Kan => "kn",
        Lang::Mal => "ml",
        Lang::Sin => "si",
        Lang::Khm => "km",
        Lang::Mya => "my",
        Lang::Tha => "th",
        Lang::Vie => "vi",
        Lang::Ind => "id",
        Lang::Jav => "jv",
        Lang::Tgl => "tl",
        Lang::Uzb => "uz",
        Lang::Tuk => "tk",
        Lang::Kat => "ka",
        Lang::Hye => "hy",
        Lang::Lav => "lv",
        Lang::Lit => "lt",
        Lang::Est => "et",
        Lang::Afr => "af",
        Lang::Cat => "ca",
        Lang::Lat => "la",
        Lang::Epo => "eo",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::language;

    #[test]
    fn texts_have_the_language_their_reader_sees() {
        for (text, expected) in [
            ("労務管理の相談です", Some("ja")),
            ("労務相談窓口", Some("ja")),
            ("Zoomのリンクがopenできません", Some("ja")),
            ("Where is the contact point? Our office: 長野県松本市", Some("en")),
            ("Nearest desk in Shimane?", Some("en")),
            ("我们公司的员工在家办公，需要付加班费吗", Some("zh")),
            ("재택근무 중에 다쳤습니다", Some("ko")),
            ("Müssen wir für die Arbeit zu Hause Überstunden bezahlen, und wer ist dafür zuständig?", Some("de")),
            ("Chúng tôi muốn hỏi về tiền làm thêm giờ khi làm việc tại nhà", Some("vi")),
            ("123 --- !!", None),
            ("", None),
        ] {
            assert_eq!(language(text), expected, "{text}");
        }
    }
}
