//! The differences as one page to hand around: no script, nothing loaded from
//! elsewhere. The template engine escapes every value.

use super::Outcome;
use super::view::view;
use crate::core::template::Lang;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, UndefinedBehavior};

pub fn page(outcome: &Outcome, lang: Lang) -> Result<String, minijinja::Error> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    environment.add_template("page.html", include_str!("page.html"))?;
    environment.get_template("page.html")?.render(Serde(view(outcome, lang)))
}
