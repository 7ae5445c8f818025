//! May this be answered at all? SCREENING as code: envelope, header and MIME
//! first; wording only as a second signal. Decides nothing about topics or
//! places.

mod asking;
mod authentication;
mod bounce;
mod local_part;
mod machine;
mod phrases;
mod wording;

pub use bounce::{Notice, Outcome, enhanced_status, notice};

use super::address::Address;
use super::directory::Directory;
use super::inquiry::{Header, Inquiry, Proof, ReturnPath};
use super::policy::{Policy, Verify};
use super::reason::Reason;
use authentication::Verdict;
use local_part::Local;

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

/// Screens a message: first what shows a machine, then what forbids a reply.
pub fn screen(inquiry: &Inquiry, policy: &Policy, directory: &Directory) -> Screened {
    match machine::machine(inquiry, policy).or_else(|| wording::machine(inquiry, policy)) {
        Some(reason) => Screened::Machine(reason),
        None => sender(inquiry, policy, directory),
    }
}

/// A subject with which people pass something on: what stands below is not
/// theirs, and says nothing of who writes.
fn is_passed_on(inquiry: &Inquiry) -> bool {
    let subject = inquiry.subject.folded.as_str().trim_start();
    let subject = subject.trim_start_matches(['[', '【', '(']);
    const MARKS: &[&str] =
        &["fwd:", "fw:", "転送", "tr:", "wg:", "rv:", "enc:", "re: fwd", "re:fwd", "re: fw:", "re:fw:"];
    MARKS.iter().any(|mark| subject.starts_with(mark))
}

/// The first token of a field value, comments and parameters aside.
fn first_token(value: &str) -> String {
    let (mut out, mut depth) = (String::new(), 0usize);
    for c in value.chars() {
        match c {
            '(' => depth += 1,
            ')' if depth > 0 => depth -= 1,
            ';' if depth == 0 => break,
            c if depth == 0 => out.push(c),
            _ => {}
        }
    }
    out.trim().to_ascii_lowercase()
}

fn tokens(value: &str) -> Vec<String> {
    value.split([',', ';']).map(first_token).filter(|t| !t.is_empty()).collect()
}

/// No machine: may this sender be answered, and at which address?
fn sender(inquiry: &Inquiry, policy: &Policy, directory: &Directory) -> Screened {
    match hold(inquiry, policy, directory) {
        Ok(address) => Screened::Person(address),
        Err(reason) => Screened::Hold(reason),
    }
}

/// The one address that may be answered, or why none may.
fn hold(inquiry: &Inquiry, policy: &Policy, directory: &Directory) -> Result<Address, Reason> {
    let header = &inquiry.header;
    let from = header.from.first().and_then(|m| m.address.clone()).ok_or(Reason::NoSender)?;
    if header.from_is_odd {
        return Err(Reason::SeveralSenders);
    }
    if directory.is_association(&from) {
        return Err(Reason::AssociationSender);
    }
    let path = match &header.return_path {
        ReturnPath::Address(path) => Some(path),
        _ => None,
    };
    if policy.is_banned(&from) || path.is_some_and(|path| policy.is_banned(path)) {
        return Err(Reason::Banned);
    }
    if header.all("auto-submitted").any(|v| first_token(v) == "auto-forwarded") {
        return Err(Reason::AutoForwarded);
    }
    if header.all("x-auto-response-suppress").any(|v| tokens(v).iter().any(|t| t == "oof")) {
        return Err(Reason::SuppressOof);
    }
    if is_spam(header) {
        return Err(Reason::Spam);
    }
    if local_part::of_sender(inquiry) == Local::NoReply || wording::takes_no_replies(inquiry) {
        return Err(Reason::NoReplyAddress);
    }
    let addressed = header.recipients.iter().filter_map(|m| m.address.as_ref()).any(|a| policy.is_us(a));
    if !addressed {
        return Err(Reason::NotAddressedToUs);
    }
    let proof = proof(inquiry, policy, &from);
    if proof == Verdict::Fail {
        return Err(Reason::Unauthenticated);
    }
    if let Some(form) = policy.web_forms.iter().find(|f| f.from == from) {
        let ours = path.is_some_and(|path| path.organisation() == form.from.organisation());
        return match header.reply_to.as_slice() {
            [one] if ours || proof == Verdict::Pass => web_form_sender(one.address.as_ref(), policy, directory),
            _ => Err(Reason::NoSender),
        };
    }
    let agrees = match &header.return_path {
        ReturnPath::Absent => true,
        ReturnPath::Address(path) => *path == from || path.organisation() == from.organisation(),
        ReturnPath::Null | ReturnPath::Unreadable(_) => false,
    };
    if agrees || proof == Verdict::Pass { Ok(from) } else { Err(Reason::Unauthenticated) }
}

/// What the trusted server says, else what was found out by DNS.
fn proof(inquiry: &Inquiry, policy: &Policy, from: &Address) -> Verdict {
    let trusted = || authentication::verdict(&inquiry.header, policy.trusted_authserv.as_deref(), from);
    match policy.verify {
        Verify::Off => Verdict::Silent,
        Verify::Header => trusted(),
        Verify::Dns => match (trusted(), inquiry.proof) {
            (Verdict::Silent, Proof::Pass) => Verdict::Pass,
            (Verdict::Silent, Proof::Fail) => Verdict::Fail,
            (said, _) => said,
        },
    }
}

/// Whether DNS should be asked about this message: no machine wrote it, and the
/// trusted server says nothing that decides.
pub fn wants_proof(inquiry: &Inquiry, policy: &Policy) -> bool {
    let from = inquiry.header.from.first().and_then(|m| m.address.as_ref());
    policy.verify == Verify::Dns
        && from.is_some_and(|from| proof(inquiry, policy, from) == Verdict::Silent)
        && machine::machine(inquiry, policy).is_none()
}

/// Whom a declared web form names: held to what holds for a From.
fn web_form_sender(named: Option<&Address>, policy: &Policy, directory: &Directory) -> Result<Address, Reason> {
    let person = named.ok_or(Reason::NoSender)?;
    if policy.is_us(person) {
        return Err(Reason::NoSender);
    }
    if directory.is_association(person) {
        return Err(Reason::AssociationSender);
    }
    if policy.is_banned(person) {
        return Err(Reason::Banned);
    }
    match local_part::of_local_part(person.local()) {
        Local::System | Local::NoReply => Err(Reason::NoReplyAddress),
        _ => Ok(person.clone()),
    }
}

/// The verdict of a spam filter, in the fields that filters write.
fn is_spam(header: &Header) -> bool {
    const YES: &[&str] = &["x-spam-flag", "x-spam-status", "x-spam", "x-barracuda-spam-status", "x-bogosity"];
    let yes = |v: &str| ["yes", "true", "spam"].iter().any(|word| v.trim().to_ascii_lowercase().starts_with(word));
    // Exchange: spam confidence level, 5 and more is spam.
    let level = |v: &str| v.trim().parse::<i32>().is_ok_and(|level| level >= 5);
    let says = |name: &str, word: &str| header.all(name).any(|v| v.to_ascii_lowercase().contains(word));
    YES.iter().any(|name| header.all(name).any(yes))
        || header.all("x-ms-exchange-organization-scl").any(level)
        || says("x-forefront-antispam-report", "sfv:spm")
        || says("x-ses-spam-verdict", "fail")
        || says("x-dspam-result", "spam")
        || says("x-rspamd-action", "reject")
        || says("x-rspamd-action", "add header")
}
