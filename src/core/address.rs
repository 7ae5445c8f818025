//! Mail addresses (RFC 5321 Mailbox, RFC 5322 addr-spec) as madoguchi compares
//! and writes them. Owns comparison, organisational domains and the quoting of
//! local parts that Japanese carriers issued against the RFC
//! (`foo..bar@docomo.ne.jp`). Knows nothing of header fields.

use std::fmt;

/// An addr-spec: local part as written, domain in lower case.
///
/// Equality and hashing ignore the case of the local part too: RFC 5321
/// section 2.4 allows case-sensitive local parts, but nobody runs them, and an
/// answer sent twice to `Yamada@` and `yamada@` is an answer sent twice.
#[derive(Debug, Clone)]
pub struct Address {
    local: String,
    domain: String,
}

/// Longest local part and domain of RFC 5321 section 4.5.3.1, in octets.
const LOCAL_MAX: usize = 64;
const DOMAIN_MAX: usize = 255;

impl Address {
    /// Parses `local@domain`, with or without a quoted local part and with the
    /// dots that Japanese carriers allowed (`.foo@`, `foo..bar@`, `foo.@`).
    /// `None` when there is no usable domain, or anything that could break an
    /// SMTP command or a header line (space, control, non-ASCII, `<>`).
    pub fn parse(text: &str) -> Option<Address> {
        let text = text.trim();
        let at = text.rfind('@')?;
        let (local, domain) = (&text[..at], &text[at + 1..]);
        let local = unquote(local)?;
        let domain = domain.trim_end_matches('.').to_ascii_lowercase();
        let local_ok = !local.is_empty()
            && local.len() <= LOCAL_MAX
            && local.chars().all(|c| c.is_ascii_graphic() && !"<>\\\"".contains(c));
        let domain_ok = !domain.is_empty()
            && domain.len() <= DOMAIN_MAX
            && domain.split('.').all(|label| {
                !label.is_empty()
                    && label.len() <= 63
                    && !label.starts_with('-')
                    && !label.ends_with('-')
                    && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
            });
        (local_ok && domain_ok).then_some(Address { local, domain })
    }

    /// The local part, unquoted, case as written.
    pub fn local(&self) -> &str {
        &self.local
    }

    /// The domain in lower case, without a trailing dot.
    pub fn domain(&self) -> &str {
        &self.domain
    }

    /// The domain under which one organisation answers for all names
    /// (RFC 7489 section 3.2, public suffix list): `mail.a.co.jp` → `a.co.jp`.
    pub fn organisation(&self) -> &str {
        psl::domain_str(&self.domain).unwrap_or(&self.domain)
    }

    /// Form for SMTP commands and header fields: the local part quoted when it
    /// is not a dot-atom (RFC 5321 section 4.1.2).
    pub fn to_smtp(&self) -> String {
        let atom = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c);
        let dot_atom = self.local.split('.').all(|part| !part.is_empty() && part.chars().all(atom));
        if dot_atom { format!("{}@{}", self.local, self.domain) } else { format!("\"{}\"@{}", self.local, self.domain) }
    }

    /// One spelling for all writings of the address; the key of limits.
    pub fn canonical(&self) -> String {
        format!("{}@{}", self.local.to_ascii_lowercase(), self.domain)
    }

    /// True for the domains that can never receive mail (RFC 2606, RFC 6761):
    /// a placeholder of the shipped directory.
    pub fn is_placeholder(&self) -> bool {
        matches!(self.domain.rsplit('.').next(), Some("example" | "invalid"))
    }
}

fn unquote(local: &str) -> Option<String> {
    match local.strip_prefix('"') {
        None => Some(local.to_owned()),
        Some(rest) => Some(rest.strip_suffix('"')?.to_owned()),
    }
}

impl PartialEq for Address {
    fn eq(&self, other: &Self) -> bool {
        self.domain == other.domain && self.local.eq_ignore_ascii_case(&other.local)
    }
}
impl Eq for Address {}

impl std::hash::Hash for Address {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.canonical().hash(state);
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_smtp())
    }
}

impl serde::Serialize for Address {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn carrier_addresses_are_accepted_and_quoted() {
        for (given, smtp) in [
            ("foo..bar@docomo.ne.jp", "\"foo..bar\"@docomo.ne.jp"),
            ("foo.@ezweb.ne.jp", "\"foo.\"@ezweb.ne.jp"),
            (".foo@EZWEB.ne.jp", "\".foo\"@ezweb.ne.jp"),
            ("\"foo..bar\"@docomo.ne.jp", "\"foo..bar\"@docomo.ne.jp"),
            ("Yamada@A.example", "Yamada@a.example"),
        ] {
            assert_eq!(Address::parse(given).unwrap().to_smtp(), smtp);
        }
    }

    #[test]
    fn what_could_break_a_command_is_refused() {
        for bad in [
            "",
            "a",
            "@b.example",
            "a@",
            "a b@c.example",
            "a@b\r\n.example",
            "a>@b.example",
            "山田@b.example",
            "a@b..example",
            "a@-b.example",
        ] {
            assert!(Address::parse(bad).is_none(), "{bad:?}");
        }
    }

    #[test]
    fn organisations_follow_the_public_suffix_list() {
        let organisation = |a: &str| Address::parse(a).unwrap().organisation().to_owned();
        assert_eq!(organisation("x@mail.a.co.jp"), "a.co.jp");
        assert_eq!(organisation("x@b.a.example"), "a.example");
        assert_eq!(organisation("x@city.example.lg.jp"), organisation("y@example.lg.jp").as_str());
        assert_eq!(Address::parse("A@b.example"), Address::parse("a@B.EXAMPLE"));
    }
}
