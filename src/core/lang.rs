//! The two languages of everything that people read: [`Lang`] chooses,
//! [`Text`] is a sentence in both. Knows no sentence itself.

use std::fmt;

/// One of the two languages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Lang {
    Ja,
    En,
}

impl Lang {
    /// Both, in the order of a reply that holds both.
    pub const ALL: [Lang; 2] = [Lang::Ja, Lang::En];

    pub fn word(self) -> &'static str {
        match self {
            Lang::Ja => "ja",
            Lang::En => "en",
        }
    }
}

/// A text in both languages. `Display` gives the English one: logs are in
/// English.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Text {
    pub en: String,
    pub ja: String,
}

impl Text {
    /// What reads the same in both: a name, a list of keys.
    pub fn same(text: impl Into<String>) -> Text {
        let text = text.into();
        Text { ja: text.clone(), en: text }
    }

    pub fn of(&self, lang: Lang) -> &str {
        match lang {
            Lang::Ja => &self.ja,
            Lang::En => &self.en,
        }
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.en)
    }
}

/// A [`Text`] from its English and its Japanese wording, side by side so that
/// neither is forgotten. Both may take variables in braces; those listed after
/// the `;` are texts themselves and are filled in in the same language.
macro_rules! say {
    ($en:literal, $ja:literal $(,)?) => {
        $crate::core::lang::Text { en: format!($en), ja: format!($ja) }
    };
    ($en:literal, $ja:literal; $($name:ident = $text:expr),+ $(,)?) => {{
        let ($($name),+ ,) = ($(&$text),+ ,);
        $crate::core::lang::Text {
            en: { $(let $name = &$name.en;)+ format!($en) },
            ja: { $(let $name = &$name.ja;)+ format!($ja) },
        }
    }};
}
pub(crate) use say;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_in_a_text_stays_in_its_language() {
        let key = "reply";
        let what = say!("a string", "文字列");
        let text = say!("`{key}` must be {what}", "`{key}` は{what}で書きます"; what = what);
        assert_eq!(text.of(Lang::En), "`reply` must be a string");
        assert_eq!(text.of(Lang::Ja), "`reply` は文字列で書きます");
        assert_eq!(text.to_string(), text.en);
    }
}
