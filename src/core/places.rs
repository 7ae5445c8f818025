//! Where is help needed? The gazetteer (compiled in from `data/`) and
//! `locate`: zones and the sender's domain → one prefecture, several, or none.
//! Never guesses: surnames, company names and foods are no places. Knows
//! nothing of topics.

use super::evidence::Evidence;
use super::inquiry::Inquiry;
use super::lexicon::{Builder, Hit};
use super::text::Zone;
use std::fmt;

/// One of the 47 prefectures, by its JIS X 0401 code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Prefecture(u8);

impl Prefecture {
    /// From a number, 1 to 47.
    pub fn new(number: u8) -> Option<Prefecture> {
        (1..=47).contains(&number).then_some(Prefecture(number))
    }

    /// From the two-digit code, `"01"` to `"47"`.
    pub fn from_code(code: &str) -> Option<Prefecture> {
        if code.len() != 2 {
            return None;
        }
        code.parse().ok().and_then(Prefecture::new)
    }

    /// 1 to 47.
    pub fn number(self) -> u8 {
        self.0
    }

    /// All 47, in code order.
    pub fn all() -> impl Iterator<Item = Prefecture> {
        (1..=47).map(Prefecture)
    }
}

/// The two-digit code.
impl fmt::Display for Prefecture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}", self.0)
    }
}

/// What the message says about the place that needs help.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    Known(Prefecture),
    /// Several could be meant; ascending, at least two.
    Ambiguous(Vec<Prefecture>),
    Unstated,
}

/// A place and why.
#[derive(Debug, Clone)]
pub struct Located {
    pub place: Place,
    /// What decided, strongest first; for an ambiguous place all candidates.
    pub evidence: Vec<Evidence>,
}

/// All names and numbers that point at a prefecture.
pub struct Gazetteer {}

impl Gazetteer {
    /// Reads the embedded tables and adds every place name to the automaton,
    /// under owner numbers from `first_owner` on; `local` are the directory's
    /// own additions (`places`) and removals (`not`).
    pub fn build(local: &[LocalNames], automaton: &mut Builder, first_owner: u32) -> Gazetteer {
        let _ = (local, automaton, first_owner);
        Gazetteer {}
    }

    /// Japanese full name (`東京都`), for mails and tables.
    pub fn name_ja(&self, prefecture: Prefecture) -> &str {
        let _ = prefecture;
        ""
    }

    /// English name without `Prefecture` (`Tokyo`).
    pub fn name_en(&self, prefecture: Prefecture) -> &str {
        let _ = prefecture;
        ""
    }
}

/// `places` and `not` of one `[[association]]`.
#[derive(Debug, Clone, Default)]
pub struct LocalNames {
    pub prefecture: Option<Prefecture>,
    pub places: Vec<(String, super::evidence::Source)>,
    pub not: Vec<String>,
}

/// Finds the place. `hits` are the automaton's hits per zone (all owners; those
/// below the gazetteer's first owner are not ours).
pub fn locate(gazetteer: &Gazetteer, inquiry: &Inquiry, hits: &[(Zone, Vec<Hit>)]) -> Located {
    let _ = (gazetteer, inquiry, hits);
    Located { place: Place::Unstated, evidence: Vec::new() }
}
