//! What the daemon asks of the core, as a trait: tests put in another one, and
//! a reload swaps one for the next.

use crate::core::address::Address;
use crate::core::compose::{self, Outgoing};
use crate::core::inquiry::{self, Inquiry};
use crate::core::plan::{self, History, Plan};
use crate::core::ruleset::Ruleset;
use crate::core::screen::{self, Notice, Screened};
use crate::core::template::RenderError;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

/// The rules that decide now. A reload puts in the next ones; who has taken
/// the old ones finishes with them, so that no message is decided by both.
#[derive(Clone)]
pub struct Current(Arc<RwLock<Arc<dyn Decider>>>);

impl Current {
    pub fn new(first: Arc<dyn Decider>) -> Current {
        Current(Arc::new(RwLock::new(first)))
    }

    pub fn get(&self) -> Arc<dyn Decider> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub fn put(&self, next: Arc<dyn Decider>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = next;
    }
}

/// Decides on messages. Pure: the same arguments give the same answer.
pub trait Decider: Send + Sync {
    /// Which rules decide; stands in every decision.
    fn revision(&self) -> &str;

    /// `limits.same_answer`: how far back [`History::recent_answers`] reaches.
    fn same_answer(&self) -> Duration;

    /// `limits.per_hour`: replies of the whole service in an hour; 0 = no cap.
    fn per_hour(&self) -> u32 {
        0
    }

    fn read(&self, raw: &[u8]) -> Inquiry;

    /// Whether DNS should be asked who stands by this message.
    fn wants_proof(&self, _inquiry: &Inquiry) -> bool {
        false
    }

    /// What a message reports about mail of ours.
    fn notice(&self, _inquiry: &Inquiry) -> Option<Notice> {
        None
    }

    /// Whose history bears on this message: the person a reply would go to.
    fn correspondent(&self, inquiry: &Inquiry) -> Option<Address>;

    fn decide(&self, inquiry: &Inquiry, history: &History) -> Plan;

    fn compose(
        &self,
        plan: &Plan,
        inquiry: &Inquiry,
        raw: &[u8],
        date: jiff::Timestamp,
    ) -> Result<Vec<Outgoing>, RenderError>;
}

impl Decider for Ruleset {
    fn revision(&self) -> &str {
        &self.revision
    }

    fn same_answer(&self) -> Duration {
        self.policy.limits.same_answer
    }

    fn per_hour(&self) -> u32 {
        self.policy.limits.per_hour
    }

    fn read(&self, raw: &[u8]) -> Inquiry {
        inquiry::read(raw)
    }

    fn wants_proof(&self, inquiry: &Inquiry) -> bool {
        screen::wants_proof(inquiry, &self.policy)
    }

    fn notice(&self, inquiry: &Inquiry) -> Option<Notice> {
        screen::notice(inquiry, &self.policy)
    }

    fn correspondent(&self, inquiry: &Inquiry) -> Option<Address> {
        match screen::screen(inquiry, &self.policy, &self.directory) {
            Screened::Person(address) => Some(address),
            Screened::Hold(_) | Screened::Machine(_) => None,
        }
    }

    fn decide(&self, inquiry: &Inquiry, history: &History) -> Plan {
        plan::decide(self, inquiry, history)
    }

    fn compose(
        &self,
        plan: &Plan,
        inquiry: &Inquiry,
        raw: &[u8],
        date: jiff::Timestamp,
    ) -> Result<Vec<Outgoing>, RenderError> {
        compose::compose(self, plan, inquiry, raw, date)
    }
}
