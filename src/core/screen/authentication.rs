//! Authentication-Results (RFC 8601) of the trusted server: only its own
//! authserv-id, and only its topmost field, is believed.

use super::super::address::Address;
use super::super::inquiry::Header;

/// What the trusted server says of the From domain.
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
    let field = header.all("authentication-results").find(|value| {
        let value = without_comments(value);
        let id = value.split(';').next().unwrap_or_default();
        id.split_whitespace().next().is_some_and(|id| id.eq_ignore_ascii_case(trusted))
    });
    let Some(field) = field else { return Verdict::Silent };
    let field = without_comments(field).to_ascii_lowercase();
    let mut verdict = Verdict::Silent;
    for result in field.split(';').skip(1) {
        let mut words = result.split_whitespace();
        let Some((method, outcome)) = words.next().and_then(|w| w.split_once('=')) else { continue };
        let aligned = words.filter_map(|w| w.split_once('=')).any(|(property, value)| {
            matches!(property, "header.d" | "header.i" | "smtp.mailfrom" | "smtp.mfrom") && {
                let domain = value.trim_matches(['"', '<', '>']).rsplit('@').next().unwrap_or_default();
                Address::parse(&format!("x@{domain}")).is_some_and(|a| a.organisation() == from.organisation())
            }
        });
        match (method.split('/').next().unwrap_or_default(), outcome) {
            ("dmarc", "fail") => return Verdict::Fail,
            ("dmarc", "pass") => verdict = Verdict::Pass,
            ("dkim" | "spf", "pass") if aligned => verdict = Verdict::Pass,
            _ => {}
        }
    }
    verdict
}

fn without_comments(value: &str) -> String {
    let (mut out, mut depth) = (String::with_capacity(value.len()), 0usize);
    for c in value.chars() {
        match c {
            '(' => depth += 1,
            ')' if depth > 0 => depth -= 1,
            c if depth == 0 => out.push(c),
            _ => {}
        }
    }
    out
}
