//! The language in which a command speaks to the person who runs it.

use crate::core::lang::Lang;

/// `--lang`, an argument of all commands.
#[derive(Debug, Clone, Copy, clap::Args)]
pub struct LangArg {
    /// Language of the output: ja or en [default: of LC_ALL, LC_MESSAGES or LANG]
    #[arg(long, global = true, value_name = "LANG", value_parser = parse)]
    lang: Option<Lang>,
}

impl LangArg {
    /// What was asked for, else what the environment says, else English.
    pub fn lang(self) -> Lang {
        self.lang.unwrap_or_else(|| {
            let set = |name| std::env::var(name).ok().filter(|v| !v.is_empty());
            of_locale(["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().find_map(set).as_deref())
        })
    }
}

fn parse(word: &str) -> Result<Lang, String> {
    [Lang::Ja, Lang::En].into_iter().find(|l| l.word() == word).ok_or_else(|| "use `ja` or `en`".to_owned())
}

/// `ja_JP.UTF-8`, `ja` and the like.
fn of_locale(locale: Option<&str>) -> Lang {
    match locale {
        Some(locale) if locale == "ja" || locale.starts_with("ja_") || locale.starts_with("ja.") => Lang::Ja,
        _ => Lang::En,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_locale_decides() {
        for (locale, lang) in [
            (Some("ja_JP.UTF-8"), Lang::Ja),
            (Some("ja"), Lang::Ja),
            (Some("C.UTF-8"), Lang::En),
            (Some("jab"), Lang::En),
            (None, Lang::En),
        ] {
            assert_eq!(of_locale(locale), lang, "{locale:?}");
        }
    }
}
