//! What each code of a finding means: docs/diagnostics.md, compiled in.

use crate::core::lang::Lang;

static TEXT: &str = include_str!("../../docs/diagnostics.md");

/// Begins the Japanese paragraph of a section.
const JAPANESE: &str = "日本語: ";

/// All codes, in the order of the document.
pub fn all() -> impl Iterator<Item = &'static str> {
    sections().map(|(code, _)| code)
}

/// What a code means and how to mend it, in one language.
pub fn explanation(code: &str, lang: Lang) -> Option<&'static str> {
    let (_, text) = sections().find(|(known, _)| *known == code)?;
    let (english, japanese) = text.split_once(JAPANESE)?;
    Some(match lang {
        Lang::En => english.trim(),
        Lang::Ja => japanese.trim(),
    })
}

fn sections() -> impl Iterator<Item = (&'static str, &'static str)> {
    TEXT.split("\n## ").skip(1).filter_map(|section| section.split_once('\n'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use regex::Regex;
    use std::collections::BTreeSet;
    use std::path::Path;

    fn sources(folder: &Path, out: &mut String) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                sources(&path, out);
            } else {
                let text = std::fs::read_to_string(&path).unwrap();
                out.push_str(text.split("#[cfg(test)]\nmod tests").next().unwrap());
            }
        }
    }

    #[test]
    fn every_code_is_explained_in_both_languages_and_no_other() {
        let mut source = String::new();
        for room in ["src/core", "src/shell"] {
            sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join(room), &mut source);
        }
        let call = r#"(?:error|warning|whole|finding|error_unseen)\(\s*"([a-z]+(?:-[a-z]+)*)"\s*,"#;
        let chosen = r#"=> \{?\s*\("([a-z]+(?:-[a-z]+)+)"\s*,"#;
        let mut used: BTreeSet<&str> = BTreeSet::new();
        for pattern in [call, chosen] {
            let pattern = Regex::new(pattern).unwrap();
            used.extend(pattern.captures_iter(&source).map(|c| c.get(1).unwrap().as_str()));
        }
        let listed: BTreeSet<&str> = all().collect();
        assert!(used.len() > 50);
        assert_eq!(used, listed);
        assert_eq!(all().count(), listed.len(), "no code twice");
        for code in all() {
            for lang in Lang::ALL {
                assert!(explanation(code, lang).is_some_and(|t| t.len() > 20), "{code}");
            }
        }
        assert!(all().is_sorted());
    }
}
