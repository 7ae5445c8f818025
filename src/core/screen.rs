//! May this be answered at all? SCREENING as code: envelope, header, MIME and,
//! as second signals only, wording. Decides nothing about topics or places.

use super::address::Address;
use super::directory::Directory;
use super::inquiry::Inquiry;
use super::policy::Policy;
use super::reason::Reason;

/// Who wrote, and may they be answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Screened {
    /// A person; an automatic reply may go to this one address.
    Person(Address),
    /// A person, or not certainly a machine: no automatic reply, a person looks.
    Hold(Reason),
    /// A machine, list, report or our own mail: nothing goes anywhere.
    Machine(Reason),
}

/// Screens a message.
pub fn screen(inquiry: &Inquiry, policy: &Policy, directory: &Directory) -> Screened {
    let _ = (inquiry, policy, directory);
    Screened::Hold(Reason::NoSender)
}
