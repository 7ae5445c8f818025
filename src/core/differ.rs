//! What differs between two decisions on one message: what became of it, in
//! which respects, and which words made the difference. Decides nothing.

use super::evidence::{Evidence, Role};
use super::plan::{Action, Plan};
use super::rules::Near;

/// What another decision means to the person who wrote.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Change {
    NewlyAnswered,
    NoLongerAnswered,
    TopicChanged,
    PlaceChanged,
    /// Another reason, template, language or recipient; and whatever differs
    /// in the reading of mail that is ignored before and after.
    Other,
}

impl Change {
    /// All, in the order in which they are shown.
    pub const ALL: [Change; 5] =
        [Change::NewlyAnswered, Change::NoLongerAnswered, Change::TopicChanged, Change::PlaceChanged, Change::Other];

    /// The stable word.
    pub fn word(self) -> &'static str {
        match self {
            Change::NewlyAnswered => "newly-answered",
            Change::NoLongerAnswered => "no-longer-answered",
            Change::TopicChanged => "topic-changed",
            Change::PlaceChanged => "place-changed",
            Change::Other => "other",
        }
    }
}

/// One respect in which two decisions differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Aspect {
    Action,
    Reason,
    Topics,
    Place,
    Language,
    Reply,
    Forward,
}

impl Aspect {
    /// The stable word.
    pub fn word(self) -> &'static str {
        match self {
            Aspect::Action => "action",
            Aspect::Reason => "reason",
            Aspect::Topics => "topics",
            Aspect::Place => "place",
            Aspect::Language => "language",
            Aspect::Reply => "reply",
            Aspect::Forward => "forward",
        }
    }
}

/// How two decisions differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The gravest of what differs.
    pub change: Change,
    /// All that differs; never empty.
    pub aspects: Vec<Aspect>,
    /// Evidence of the first decision alone that bears on what differs.
    pub lost: Vec<Evidence>,
    /// Evidence of the second alone.
    pub gained: Vec<Evidence>,
}

impl Difference {
    fn has(&self, aspect: Aspect) -> bool {
        self.aspects.contains(&aspect)
    }

    /// Whether words for or against a topic bear on what differs: not those of
    /// a topic that is found before and after, nor any where only the place
    /// differs.
    fn bears_on_topics(&self, topic: &str, before: &Plan, after: &Plan) -> bool {
        let kept = [before, after].iter().all(|plan| plan.topics.iter().any(|t| t == topic));
        !kept && [Aspect::Action, Aspect::Reason, Aspect::Topics, Aspect::Reply].iter().any(|a| self.has(*a))
    }
}

/// Compares two decisions on the same message. `None` when the same is done for
/// the same reasons: evidence alone, or the line it stands in, is no
/// difference, and neither is the revision.
pub fn compare(before: &Plan, after: &Plan) -> Option<Difference> {
    let differs = [
        (Aspect::Action, before.action != after.action),
        (Aspect::Reason, before.reason != after.reason || before.why() != after.why()),
        (Aspect::Topics, before.topics != after.topics),
        (Aspect::Place, before.place != after.place),
        (Aspect::Language, before.language != after.language),
        (Aspect::Reply, before.reply != after.reply),
        (Aspect::Forward, before.forward != after.forward),
    ];
    let aspects: Vec<Aspect> = differs.into_iter().filter(|(_, differs)| *differs).map(|(aspect, _)| aspect).collect();
    if aspects.is_empty() {
        return None;
    }
    let change = match (before.action, after.action) {
        (Action::Answer, Action::Answer) => within(&aspects),
        (_, Action::Answer) => Change::NewlyAnswered,
        (Action::Answer, _) => Change::NoLongerAnswered,
        (Action::Ignore, Action::Ignore) => Change::Other,
        _ => within(&aspects),
    };
    let mut difference = Difference { change, aspects, lost: Vec::new(), gained: Vec::new() };
    let key = |e: &Evidence| (e.zone, e.range.clone(), e.role, e.about.clone());
    let bears = |e: &Evidence| match e.role {
        Role::Place => difference.has(Aspect::Place) || difference.has(Aspect::Forward),
        Role::Strong | Role::Weak | Role::Against => difference.bears_on_topics(&e.about, before, after),
    };
    let of =
        |one: &Plan, other: &Plan| only_in(&one.evidence, &other.evidence, key).into_iter().filter(bears).collect();
    let (lost, gained) = (of(before, after), of(after, before));
    (difference.lost, difference.gained) = (lost, gained);
    Some(difference)
}

/// The change where the action is the same, or none of the two an answer.
fn within(aspects: &[Aspect]) -> Change {
    let has = |aspect| aspects.contains(&aspect);
    match (has(Aspect::Topics), has(Aspect::Place)) {
        (true, _) => Change::TopicChanged,
        (false, true) => Change::PlaceChanged,
        (false, false) => Change::Other,
    }
}

/// What nearly counted in one of the decisions and not so in the other, as far
/// as it bears on what differs: in the first, in the second.
pub fn compare_near(
    difference: &Difference,
    [before, after]: [&Plan; 2],
    [near_before, near_after]: [&[Near]; 2],
) -> [Vec<Near>; 2] {
    let key = |near: &Near| (near.zone, near.range.clone(), near.topic.clone(), near.why);
    let bears = |near: &Near| difference.bears_on_topics(&near.topic, before, after);
    let of = |one: &[Near], other: &[Near]| only_in(one, other, key).into_iter().filter(bears).collect();
    [of(near_before, near_after), of(near_after, near_before)]
}

/// Those of `one` that are not in `other`; where a pattern stands in its file
/// is not compared, for a line added above it moves it.
fn only_in<T: Clone, K: PartialEq>(one: &[T], other: &[T], key: impl Fn(&T) -> K) -> Vec<T> {
    let others: Vec<K> = other.iter().map(&key).collect();
    one.iter().filter(|item| !others.contains(&key(item))).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::address::Address;
    use crate::core::inquiry;
    use crate::core::plan::{History, decide};
    use crate::core::policy::Policy;
    use crate::core::ruleset::Ruleset;
    use crate::shell::files;

    /// The shipped rules with something replaced in a topic.
    fn seminar(from: &str, to: &str) -> Ruleset {
        let mut files = files::embedded();
        let topic = files.rules.iter_mut().find(|f| &*f.name == "rules/seminar.toml").unwrap();
        let text = String::from_utf8(topic.bytes.clone()).unwrap();
        assert!(text.contains(from));
        topic.bytes = text.replacen(from, to, 1).into_bytes();
        let us = Address::parse("desk@secretariat.example").unwrap();
        Ruleset::build(&files, Policy::new(us)).unwrap_or_else(|_| panic!("rules")).0
    }

    fn difference(other: &Ruleset, body: &str) -> Option<Difference> {
        let raw = format!(
            "From: a@inquirer.example\r\nTo: desk@secretariat.example\r\nSubject: s\r\nMIME-Version: 1.0\r\n\
             Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n{body}\r\n"
        );
        let inquiry = inquiry::read(raw.as_bytes());
        let shipped = seminar("", "");
        let plan = |ruleset| decide(ruleset, &inquiry, &History::default());
        compare(&plan(&shipped), &plan(other))
    }

    #[test]
    fn a_new_keyword_answers_and_says_which_words_did_it() {
        let other = seminar("[strong]\n", "[strong]\nja = [\"灯台めぐり\"]\n");
        let found = difference(&other, "灯台めぐりが楽しみです。").unwrap();
        assert_eq!(found.change, Change::NewlyAnswered);
        assert!(found.aspects.contains(&Aspect::Topics) && found.aspects.contains(&Aspect::Reply));
        assert!(found.lost.is_empty());
        assert_eq!(found.gained.iter().map(|e| e.text.as_str()).collect::<Vec<_>>(), ["灯台めぐり"]);
        assert_eq!(difference(&other, "本日は晴天なり。"), None);
    }

    #[test]
    fn a_moved_line_is_no_difference() {
        let other = seminar("[strong]", "# one line more\n\n[strong]");
        assert_eq!(difference(&other, "次のオンラインセミナーの日程を教えてください。"), None);
    }
}
