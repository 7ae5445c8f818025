//! All rule, directory, contact and template files → one immutable
//! [`Ruleset`], or diagnostics. Never half: one error and there is none. The
//! revision is a hash of the files. Reads no disk: the shell hands in bytes.

use super::diagnostic::{Diagnostic, SourceFile};
use super::directory::Directory;
use super::examples::Example;
use super::inquiry::Inquiry;
use super::lexicon::{Hit, Lexicon};
use super::places::Gazetteer;
use super::policy::Policy;
use super::rules::Rules;
use super::template::Templates;
use super::text::Zone;

/// The files of a ruleset as read.
#[derive(Debug, Clone, Default)]
pub struct Files {
    /// `rules/*.toml`, any order.
    pub rules: Vec<SourceFile>,
    /// `templates/**/*.txt`, any order.
    pub templates: Vec<SourceFile>,
}

/// Everything `decide` and `compose` consult, built once, never changed.
pub struct Ruleset {
    /// Hash over names and bytes of all files, 12 hexadecimal digits.
    pub revision: String,
    pub policy: Policy,
    pub rules: Rules,
    pub directory: Directory,
    pub gazetteer: Gazetteer,
    pub templates: Templates,
    pub lexicon: Lexicon,
    pub examples: Vec<Example>,
}

impl Ruleset {
    /// Compiles the files. The warnings come with the ruleset; with one error
    /// among them there is no ruleset. Examples are not run here
    /// (`examples::run` does).
    pub fn build(files: &Files, policy: Policy) -> Result<(Ruleset, Vec<Diagnostic>), Vec<Diagnostic>> {
        let _ = (files, policy);
        Err(Vec::new())
    }

    /// The one pass of the automaton over subject, fresh text and signature.
    pub fn scan(&self, inquiry: &Inquiry) -> Vec<(Zone, Vec<Hit>)> {
        [&inquiry.subject, &inquiry.fresh, &inquiry.signature]
            .into_iter()
            .map(|passage| {
                let mut hits = Vec::new();
                self.lexicon.scan(&passage.folded, &mut hits);
                (passage.zone, hits)
            })
            .collect()
    }
}
