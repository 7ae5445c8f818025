//! What the operator decided, as the core needs it: who we are, what may be
//! sent, and how much. Built by `shell::config` from madoguchi.toml; has no
//! idea of files, urls or secrets.

use super::address::Address;
use std::time::Duration;

/// The operator's decisions that take part in `decide`.
#[derive(Debug, Clone)]
pub struct Policy {
    /// `secretariat.address`: From of every mail we send.
    pub address: Address,
    /// `secretariat.aliases`: further addresses that are us. A message to none
    /// of `address` and `aliases` is not answered (RFC 5230 section 4.5).
    pub aliases: Vec<Address>,
    /// `mailbox.trusted_authserv`: only an Authentication-Results field with
    /// this authserv-id (RFC 8601) is believed.
    pub trusted_authserv: Option<String>,
    /// `screen.verify`.
    pub verify: Verify,
    /// `screen.ban`: senders that get no automatic reply.
    pub bans: Vec<Ban>,
    /// `[[web_form]]`: senders whose Reply-To names the person.
    pub web_forms: Vec<WebForm>,
    /// `forward.mode`.
    pub forward: ForwardMode,
    /// `reply.acknowledge`: a person without a topic gets an acknowledgement.
    pub acknowledge: bool,
    /// `[limits]`.
    pub limits: Limits,
    /// `outbound.reply_path`.
    pub reply_path: ReplyPath,
    /// Whether association addresses under `.example` and `.invalid` are
    /// addresses like any other: true where mailbox and relay are loopback or
    /// files, so that a demo and a test can show forwards.
    pub placeholders: bool,
}

impl Policy {
    /// The defaults of madoguchi.toml around one address.
    pub fn new(address: Address) -> Policy {
        Policy {
            address,
            aliases: Vec::new(),
            trusted_authserv: None,
            verify: Verify::Header,
            bans: Vec::new(),
            web_forms: Vec::new(),
            forward: ForwardMode::AtOnce,
            acknowledge: true,
            limits: Limits::default(),
            reply_path: ReplyPath::Null,
            placeholders: true,
        }
    }

    /// Whether an address is the Secretariat itself.
    pub fn is_us(&self, address: &Address) -> bool {
        *address == self.address || self.aliases.contains(address)
    }

    /// Whether an address is on the ban list.
    pub fn is_banned(&self, address: &Address) -> bool {
        self.bans.iter().any(|ban| ban.covers(address))
    }
}

/// Senders of the ban list: one address, or a domain with all below it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ban {
    Address(Address),
    /// In lower case.
    Domain(String),
}

impl Ban {
    /// Reads `a@b.example`, `@b.example` or `b.example`; `None` when it is
    /// neither an address nor a domain.
    pub fn parse(text: &str) -> Option<Ban> {
        match text.trim().rsplit_once('@') {
            Some((local, _)) if !local.is_empty() => Address::parse(text).map(Ban::Address),
            Some((_, domain)) => Ban::domain(domain),
            None => Ban::domain(text.trim()),
        }
    }

    fn domain(text: &str) -> Option<Ban> {
        Address::parse(&format!("x@{text}")).map(|a| Ban::Domain(a.domain().to_owned()))
    }

    fn covers(&self, address: &Address) -> bool {
        match self {
            Ban::Address(banned) => banned == address,
            Ban::Domain(domain) => {
                let above = address.domain().strip_suffix(domain.as_str());
                above.is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
            }
        }
    }
}

/// How the sender's identity is checked beyond Return-Path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verify {
    /// Believe the trusted server's Authentication-Results.
    Header,
    /// The same, and where that server says nothing, ask DNS.
    Dns,
    /// Look at nothing but From and Return-Path.
    Off,
}

/// A web form that writes to us in its own name and puts the person into
/// Reply-To.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebForm {
    /// From address of the form's mails.
    pub from: Address,
}

/// When the inquiry is passed on to an association.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ForwardMode {
    AtOnce,
    /// Held until the sender agrees.
    OnConsent,
    Off,
}

/// Envelope sender of replies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReplyPath {
    /// `<>` (RFC 3834 section 3.3): bounces of replies come to nobody.
    Null,
    /// The Secretariat's address: bounces come back to the mailbox.
    Address,
}

/// Caps on automatic replies; all counted over what the ledger recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The same answer goes to the same address once in this time.
    pub same_answer: Duration,
    /// Replies to one address in 24 hours; 0 = no cap.
    pub per_address_per_day: u32,
    /// Replies to one domain in an hour; 0 = no cap.
    pub per_domain_per_hour: u32,
    /// Replies of the whole service in an hour; 0 = no cap.
    pub per_hour: u32,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            same_answer: Duration::from_secs(7 * 24 * 3600),
            per_address_per_day: 5,
            per_domain_per_hour: 0,
            per_hour: 2000,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ban_covers_an_address_or_all_below_a_domain() {
        let mut policy = Policy::new(Address::parse("us@c.example").unwrap());
        policy.bans = ["x@b.example", "@Spam.example", "junk.example"].map(|b| Ban::parse(b).unwrap()).to_vec();
        for (address, banned) in [
            ("X@b.example", true),
            ("y@b.example", false),
            ("any@spam.example", true),
            ("any@mx.spam.example", true),
            ("any@notspam.example", false),
            ("any@junk.example", true),
        ] {
            assert_eq!(policy.is_banned(&Address::parse(address).unwrap()), banned, "{address}");
        }
        for wrong in ["", "@", "a b@c.example", "x@", "https://b.example/"] {
            assert_eq!(Ban::parse(wrong), None, "{wrong}");
        }
    }
}
