//! Where is help needed? The gazetteer (compiled in from `data/`) and
//! `locate`: zones and the sender's domain → one prefecture, several, or none.
//! Never guesses: surnames, company names and foods are no places. Knows
//! nothing of topics.

mod context;
mod cues;
mod domain;
mod gazetteer;
mod locate;
mod mention;
mod number;

pub use gazetteer::Gazetteer;
pub use locate::locate;

use super::evidence::Evidence;
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

impl Place {
    /// The prefecture, where it is known.
    pub fn known(&self) -> Option<Prefecture> {
        match self {
            Place::Known(prefecture) => Some(*prefecture),
            Place::Ambiguous(_) | Place::Unstated => None,
        }
    }
}

/// A place and why.
#[derive(Debug, Clone)]
pub struct Located {
    pub place: Place,
    /// What decided, strongest first; for an ambiguous place all candidates.
    pub evidence: Vec<Evidence>,
}

/// Several prefectures at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PrefectureSet(u64);

impl PrefectureSet {
    pub const EMPTY: PrefectureSet = PrefectureSet(0);
    /// All 47.
    pub const ALL: PrefectureSet = PrefectureSet(((1 << 47) - 1) << 1);

    pub fn of(prefecture: Prefecture) -> PrefectureSet {
        PrefectureSet(1 << prefecture.0)
    }

    /// From codes joined with `+`, as the tables write them; `None` where one
    /// of them is no code.
    pub fn from_codes(codes: &str) -> Option<PrefectureSet> {
        let mut set = PrefectureSet::EMPTY;
        for code in codes.split('+').filter(|c| !c.is_empty()) {
            set = set | PrefectureSet::of(Prefecture::from_code(code)?);
        }
        Some(set)
    }

    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub fn len(self) -> usize {
        self.0.count_ones() as usize
    }

    pub fn meets(self, other: PrefectureSet) -> bool {
        self.0 & other.0 != 0
    }

    /// The only member, if there is exactly one.
    pub fn single(self) -> Option<Prefecture> {
        (self.len() == 1).then(|| Prefecture(self.0.trailing_zeros() as u8))
    }

    /// Members in code order.
    pub fn iter(self) -> impl Iterator<Item = Prefecture> {
        Prefecture::all().filter(move |p| self.meets(PrefectureSet::of(*p)))
    }
}

impl std::ops::BitOr for PrefectureSet {
    type Output = PrefectureSet;
    fn bitor(self, other: PrefectureSet) -> PrefectureSet {
        PrefectureSet(self.0 | other.0)
    }
}

impl std::ops::BitAnd for PrefectureSet {
    type Output = PrefectureSet;
    fn bitand(self, other: PrefectureSet) -> PrefectureSet {
        PrefectureSet(self.0 & other.0)
    }
}

/// Two-digit codes joined with `+`.
impl fmt::Display for PrefectureSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, prefecture) in self.iter().enumerate() {
            if i > 0 {
                f.write_str("+")?;
            }
            write!(f, "{prefecture}")?;
        }
        Ok(())
    }
}

/// `places` and `not` of one `[[association]]`.
#[derive(Debug, Clone, Default)]
pub struct LocalNames {
    pub prefecture: Option<Prefecture>,
    pub places: Vec<(String, super::evidence::Source)>,
    pub not: Vec<String>,
}
