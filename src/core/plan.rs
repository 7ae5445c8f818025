//! The one decision. `decide(&Ruleset, &Inquiry, &History) -> Plan` is what
//! `run`, `explain`, `test` and the demo all call. Reply and forward are two
//! independent steps, each done, skipped or left to a person, with a reason.

use super::address::Address;
use super::evidence::Evidence;
use super::inquiry::{Inquiry, Trouble};
use super::places::{self, Place, Prefecture};
use super::policy::ForwardMode;
use super::reason::Reason;
use super::rules::{self, ForwardTo, Near, TopicName};
use super::ruleset::Ruleset;
use super::screen::{self, Screened};
use super::template::Lang;
use std::time::Duration;

/// What the ledger remembers that bears on this message. Handed in, so that
/// deciding stays a function of its arguments.
#[derive(Debug, Clone, Default)]
pub struct History {
    /// Answer keys ([`Reply::answer_key`]) sent or about to be sent to this
    /// address within `limits.same_answer`.
    pub recent_answers: Vec<String>,
    /// Replies to this address in the last 24 hours.
    pub address_today: u32,
    /// Replies to this address's domain in the last hour.
    pub domain_hour: u32,
    /// Replies of the whole service in the last hour.
    pub service_hour: u32,
    /// A reply to this address came back for good in the last [`BOUNCE_REMEMBERED`].
    pub bounced: bool,
}

/// How long an address to which a reply could not be delivered for good
/// (RFC 3463 status 5.1.x) gets no further one.
pub const BOUNCE_REMEMBERED: Duration = Duration::from_secs(60 * 24 * 3600);

/// What becomes of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// A topic's answer goes out.
    Answer,
    /// A person should look.
    Review,
    /// A machine wrote.
    Ignore,
}

impl Action {
    /// The stable word of the JSON contract.
    pub fn word(self) -> &'static str {
        match self {
            Action::Answer => "answer",
            Action::Review => "review",
            Action::Ignore => "ignore",
        }
    }
}

/// One step: done, not done, or left to a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step<T> {
    Do(T),
    Skip(Reason),
    Ask(Reason),
}

impl<T> Step<T> {
    /// The stable word of the JSON contract.
    pub fn word(&self) -> &'static str {
        match self {
            Step::Do(_) => "do",
            Step::Skip(_) => "skip",
            Step::Ask(_) => "ask",
        }
    }

    pub fn reason(&self) -> Option<Reason> {
        match self {
            Step::Do(_) => None,
            Step::Skip(r) | Step::Ask(r) => Some(*r),
        }
    }

    pub fn done(&self) -> Option<&T> {
        match self {
            Step::Do(t) => Some(t),
            _ => None,
        }
    }

    pub fn is_ask(&self) -> bool {
        matches!(self, Step::Ask(_))
    }
}

/// The reply to the person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    pub to: Address,
    /// Template name: a topic's, `combined` or `acknowledge`.
    pub template: String,
    /// Languages of the reply, in order: one, or both for mixed and others.
    pub languages: Vec<Lang>,
}

/// The forward to an association.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Forward {
    pub to: Address,
    pub prefecture: Prefecture,
}

/// The decision on one message: what is done, what is not, and why.
#[derive(Debug, Clone)]
pub struct Plan {
    pub action: Action,
    pub reason: Reason,
    pub screened: Screened,
    /// Topic names, in file-name order.
    pub topics: Vec<TopicName>,
    pub place: Place,
    pub language: Option<&'static str>,
    pub reply: Step<Reply>,
    /// The reply that only the service-wide limit stands against: composed and
    /// held, so that a person can release it.
    pub held_reply: Option<Reply>,
    pub forward: Step<Forward>,
    pub evidence: Vec<Evidence>,
    pub near: Vec<Near>,
    /// Revision of the ruleset that decided.
    pub revision: String,
}

impl Plan {
    /// The key under which "the same answer" is remembered: the template and,
    /// for several topics, which.
    pub fn answer_key(&self) -> Option<String> {
        self.composed_reply().map(|reply| answer_key(&reply.template, &self.topics))
    }

    /// The reply that is composed, to be sent or to be held.
    pub fn composed_reply(&self) -> Option<&Reply> {
        self.reply.done().or(self.held_reply.as_ref())
    }

    /// Why it came out so, for people: beside an acknowledgement the forward
    /// says why a person should look.
    pub fn why(&self) -> Reason {
        match (self.action, self.forward.reason()) {
            (Action::Review, Some(reason)) if self.reason == Reason::Answered => reason,
            _ => self.reason,
        }
    }

    /// Whether a person should look (`$MadoguchiReview`), also beside an answer.
    pub fn wants_person(&self) -> bool {
        // A reply that is held waits by itself.
        self.reply.is_ask() && self.held_reply.is_none() || self.forward.is_ask()
    }
}

fn answer_key(template: &str, topics: &[TopicName]) -> String {
    if topics.is_empty() { template.to_owned() } else { topics.join("+") }
}

/// Decides. Screen, topics, place and language are computed whatever the
/// outcome, so that every decision can be explained.
pub fn decide(ruleset: &Ruleset, inquiry: &Inquiry, history: &History) -> Plan {
    let screened = match screen::screen(inquiry, &ruleset.policy, &ruleset.directory) {
        Screened::Person(_) if history.bounced => Screened::Hold(Reason::RecentBounce),
        screened => screened,
    };
    let hits = ruleset.scan(inquiry);
    let classified = rules::classify(&ruleset.rules, inquiry, &hits);
    let located = places::locate(&ruleset.gazetteer, inquiry, &hits);

    let unreadable = unreadable(inquiry);
    // What was not wholly read is no ground for an answer.
    let counted = if unreadable.is_some() { Vec::new() } else { classified.topics };
    let topics: Vec<&rules::Topic> = counted.iter().filter_map(|i| ruleset.rules.topics.get(*i)).collect();
    let names: Vec<TopicName> = topics.iter().map(|t| t.name.clone()).collect();
    let no_topic = unreadable.or_else(|| empty(inquiry)).or(classified.reason).unwrap_or(Reason::NoTopic);

    let (reply, held_reply) = match (&screened, unreadable) {
        (Screened::Machine(reason) | Screened::Hold(reason), _) => (Step::Skip(*reason), None),
        (Screened::Person(_), Some(reason)) => (Step::Ask(reason), None),
        (Screened::Person(to), None) => reply_step(ruleset, history, to, &topics, &names, inquiry.language),
    };
    let forward = match &screened {
        Screened::Machine(reason) => Step::Skip(*reason),
        Screened::Hold(reason) => Step::Ask(*reason),
        Screened::Person(_) if topics.is_empty() => Step::Ask(no_topic),
        Screened::Person(_) => person_sees_unsent(forward_step(ruleset, &topics, &located.place), &reply),
    };

    let action = match (&screened, &reply) {
        (Screened::Machine(_), _) => Action::Ignore,
        (_, Step::Do(_)) if !topics.is_empty() => Action::Answer,
        _ => Action::Review,
    };
    let mut evidence = classified.evidence;
    evidence.extend(located.evidence);
    Plan {
        action,
        reason: reply.reason().unwrap_or(Reason::Answered),
        screened,
        topics: names,
        place: located.place,
        language: inquiry.language,
        reply,
        held_reply,
        forward,
        evidence,
        near: classified.near,
        revision: ruleset.revision.clone(),
    }
}

/// What kept the message from being read as its sender wrote it, if anything.
fn unreadable(inquiry: &Inquiry) -> Option<Reason> {
    inquiry.trouble.iter().find_map(|trouble| match trouble {
        Trouble::TooLarge => Some(Reason::TooLarge),
        Trouble::TooComplex => Some(Reason::TooComplex),
        Trouble::Malformed => Some(Reason::Malformed),
        Trouble::Undecodable => Some(Reason::Undecodable),
        Trouble::NoText => None,
    })
}

/// Why there is nothing new to read, if so.
fn empty(inquiry: &Inquiry) -> Option<Reason> {
    if inquiry.trouble.contains(&Trouble::NoText) {
        return Some(Reason::NoText);
    }
    let only_old = inquiry.fresh.text.trim().is_empty() && !inquiry.quoted.text.trim().is_empty();
    only_old.then_some(Reason::OnlyQuoted)
}

fn reply_step(
    ruleset: &Ruleset,
    history: &History,
    to: &Address,
    topics: &[&rules::Topic],
    names: &[TopicName],
    language: Option<&'static str>,
) -> (Step<Reply>, Option<Reply>) {
    let limits = &ruleset.policy.limits;
    if topics.is_empty() && !ruleset.policy.acknowledge {
        return (Step::Skip(Reason::AcknowledgeOff), None);
    }
    let template = match topics {
        [] => "acknowledge".to_owned(),
        [one] => one.reply.clone(),
        _ => "combined".to_owned(),
    };
    let over = |cap: u32, count: u32| cap > 0 && count >= cap;
    if history.recent_answers.contains(&answer_key(&template, names)) {
        return (Step::Skip(Reason::SameAnswer), None);
    }
    if over(limits.per_address_per_day, history.address_today) {
        return (Step::Skip(Reason::AddressLimit), None);
    }
    if over(limits.per_domain_per_hour, history.domain_hour) {
        return (Step::Ask(Reason::DomainLimit), None);
    }
    let languages = match language {
        Some("ja") => vec![Lang::Ja],
        Some("en") => vec![Lang::En],
        _ => vec![Lang::Ja, Lang::En],
    };
    let reply = Reply { to: to.clone(), template, languages };
    if over(limits.per_hour, history.service_hour) {
        return (Step::Ask(Reason::ServiceLimit), Some(reply));
    }
    (Step::Do(reply), None)
}

fn forward_step(ruleset: &Ruleset, topics: &[&rules::Topic], place: &Place) -> Step<Forward> {
    if !topics.iter().any(|t| t.forward == ForwardTo::Association) {
        let secretariat = topics.iter().any(|t| t.forward == ForwardTo::Secretariat);
        return if secretariat { Step::Ask(Reason::ForSecretariat) } else { Step::Skip(Reason::TopicNotForwarded) };
    }
    match ruleset.policy.forward {
        ForwardMode::Off => return Step::Skip(Reason::ForwardOff),
        ForwardMode::OnConsent => return Step::Ask(Reason::AwaitsConsent),
        ForwardMode::AtOnce => {}
    }
    let prefecture = match place {
        Place::Known(prefecture) => *prefecture,
        Place::Ambiguous(_) => return Step::Ask(Reason::PlaceAmbiguous),
        Place::Unstated => return Step::Ask(Reason::PlaceUnstated),
    };
    let email = ruleset.directory.association(prefecture).and_then(|a| a.email.clone());
    match email {
        Some(to) if ruleset.policy.placeholders || !to.is_placeholder() => Step::Do(Forward { to, prefecture }),
        _ => Step::Ask(Reason::NoAddress),
    }
}

/// A person's message is never skipped on both sides: where nothing would be
/// sent at all, somebody looks.
fn person_sees_unsent(forward: Step<Forward>, reply: &Step<Reply>) -> Step<Forward> {
    match (reply, forward) {
        (Step::Skip(_), Step::Skip(reason)) => Step::Ask(reason),
        (_, forward) => forward,
    }
}
