//! Authentication-Results (RFC 8601) of the trusted server: only its own
//! authserv-id, and only its topmost field, is believed. What stands below the
//! Received field of that server may have come with the message: nothing good
//! is believed of it. (Some servers write theirs there, too; a `dmarc=fail`
//! that a stranger put there harms only the stranger.)

use super::super::address::Address;
use super::super::inquiry::{Field, Header, without_comments};

/// What is proved of the From domain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// DMARC, or an aligned DKIM or SPF, passed.
    Pass,
    /// DMARC failed.
    Fail,
    /// No trusted field, or nothing in it that decides.
    Silent,
}

pub(super) fn verdict(header: &Header, trusted: Option<&str>, from: &Address) -> Verdict {
    let Some(trusted) = trusted else { return Verdict::Silent };
    let mut below = false;
    for field in &header.fields {
        if field.name == "authentication-results" && authserv_id(&field.value).eq_ignore_ascii_case(trusted) {
            return match read(&field.value, from) {
                Verdict::Pass if below => Verdict::Silent,
                verdict => verdict,
            };
        }
        below |= is_hop_of(field, trusted);
    }
    Verdict::Silent
}

/// The server that a field names as its writer.
fn authserv_id(value: &str) -> String {
    let value = without_comments(value);
    let id = value.split(';').next().unwrap_or_default();
    id.split_whitespace().next().unwrap_or_default().trim_matches('"').to_owned()
}

/// Whether a Received field (RFC 5321 section 4.4) was written by a server.
fn is_hop_of(field: &Field, server: &str) -> bool {
    if field.name != "received" {
        return false;
    }
    let value = without_comments(&field.value);
    let mut words = value.split_whitespace().skip_while(|word| !word.eq_ignore_ascii_case("by"));
    words.nth(1).is_some_and(|host| host.trim_end_matches([';', '.']).eq_ignore_ascii_case(server))
}

fn read(value: &str, from: &Address) -> Verdict {
    let value = without_comments(value).to_ascii_lowercase();
    let mut verdict = Verdict::Silent;
    for result in results(&value).skip(1) {
        let mut words = result.split_whitespace();
        let Some((method, outcome)) = words.next().and_then(|w| w.split_once('=')) else { continue };
        let properties: Vec<(&str, &str)> = words.filter_map(|w| w.split_once('=')).collect();
        let ours = |value: &str| {
            let domain = value.trim_matches(['"', '<', '>']).rsplit('@').next().unwrap_or_default();
            Address::parse(&format!("x@{domain}")).is_some_and(|a| a.organisation() == from.organisation())
        };
        let named = |names: &[&str]| properties.iter().any(|(name, value)| names.contains(name) && ours(value));
        let from_is_another = properties.iter().any(|(name, value)| *name == "header.from" && !ours(value));
        match (method.split('/').next().unwrap_or_default(), outcome) {
            ("dmarc", "fail") if !from_is_another => return Verdict::Fail,
            ("dmarc", "pass") if !from_is_another => verdict = Verdict::Pass,
            ("dkim", "pass") if named(&["header.d", "header.i"]) => verdict = Verdict::Pass,
            ("spf", "pass") if named(&["smtp.mailfrom", "smtp.mfrom"]) => verdict = Verdict::Pass,
            _ => {}
        }
    }
    verdict
}

/// The parts between semicolons that stand in no quoted string (RFC 5322
/// section 3.2.4: a backslash takes the meaning from the sign after it).
fn results(value: &str) -> impl Iterator<Item = &str> {
    let (mut quoted, mut escaped) = (false, false);
    value.split(move |c| {
        if escaped || quoted && c == '\\' {
            escaped = !escaped;
            return false;
        }
        quoted ^= c == '"';
        c == ';' && !quoted
    })
}
