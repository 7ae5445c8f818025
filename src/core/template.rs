//! Reply and forward templates: minijinja with strict undefined, every
//! variable checked at load, first line `Subject:`. A template never receives
//! the inquirer's body. Builds text, not mail.

use serde::Serialize;

/// Language of a template.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Lang {
    Ja,
    En,
}

impl Lang {
    pub fn word(self) -> &'static str {
        match self {
            Lang::Ja => "ja",
            Lang::En => "en",
        }
    }
}

/// A rendered template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// One line, without control characters.
    pub subject: String,
    /// LF line ends, ends with one line end.
    pub body: String,
}

/// All templates of a ruleset, compiled.
pub struct Templates {}

impl Templates {
    /// Renders `templates/<name>.<lang>.txt`, e.g. `reply/seminar`.
    pub fn render<C: Serialize>(&self, name: &str, lang: Lang, context: &C) -> Result<Rendered, RenderError> {
        let _ = (name, lang, context);
        Err(RenderError("not built".to_owned()))
    }
}

/// A template that failed although it passed the check at load.
#[derive(Debug, thiserror::Error)]
#[error("template could not be rendered: {0}")]
pub struct RenderError(pub String);
