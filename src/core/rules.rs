//! Topic files → [`Rules`], and `classify`: zones × rules → topics with
//! evidence. Boolean with two strengths and a veto, no numeric weights.
//! Knows nothing of places, templates or files on disk.

use super::evidence::{Evidence, Source};
use super::inquiry::Inquiry;
use super::lexicon::Hit;
use super::reason::Reason;
use super::text::Zone;
use std::ops::Range;

/// A topic's name: the file name of its rule file without `.toml`.
pub type TopicName = String;

/// To whom a topic's messages are passed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ForwardTo {
    /// The association of the prefecture.
    Association,
    /// Nothing is sent; the original stays in our mailbox, marked for a person.
    Secretariat,
    Nobody,
}

/// What `plan` and `compose` need to know of a topic.
#[derive(Debug, Clone)]
pub struct Topic {
    pub name: TopicName,
    pub title_ja: String,
    pub title_en: String,
    /// Template under `templates/reply/`, without language and ending.
    pub reply: String,
    pub forward: ForwardTo,
}

/// All compiled rule files.
pub struct Rules {
    pub topics: Vec<Topic>,
}

/// The verdict of the rules on one message.
#[derive(Debug, Clone, Default)]
pub struct Classified {
    /// Indices into [`Rules::topics`], in file-name order.
    pub topics: Vec<usize>,
    /// Why not, when `topics` is empty: `NoTopic` or what kind of other mail.
    pub reason: Option<Reason>,
    /// What counted (and what vetoed, as `against`).
    pub evidence: Vec<Evidence>,
    /// What nearly counted, for `explain`.
    pub near: Vec<Near>,
}

/// Something that would have counted.
#[derive(Debug, Clone)]
pub struct Near {
    pub source: Source,
    pub topic: TopicName,
    pub zone: Zone,
    /// Byte range in the zone's original text.
    pub range: Range<usize>,
    pub text: String,
    pub why: NearWhy,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NearWhy {
    /// Stands in a negated clause.
    Negated,
    /// One weak word only.
    OneWeak,
    /// The topic was cancelled by an `against` pattern.
    Cancelled,
}

/// Applies the rules. `hits` are the automaton's hits per zone (all owners).
pub fn classify(rules: &Rules, inquiry: &Inquiry, hits: &[(Zone, Vec<Hit>)]) -> Classified {
    let _ = (rules, inquiry, hits);
    Classified::default()
}
