//! The sender's mail domain as evidence of place: a government's own domain
//! is strong, `<prefecture>.jp` and city top-level domains count only when
//! nothing else does. Knows no text.

use super::super::evidence::{Evidence, Role};
use super::super::inquiry::Inquiry;
use super::super::text::Zone;
use super::gazetteer::{DomainSuffix, Gazetteer, Origin, Table};
use super::{Prefecture, PrefectureSet};

/// What the sender's domain says.
pub(super) struct FromDomain {
    pub(super) prefecture: Prefecture,
    pub(super) government: bool,
    pub(super) evidence: Evidence,
}

/// Looks at the one From mailbox; several senders say nothing.
pub(super) fn of_sender(gazetteer: &Gazetteer, inquiry: &Inquiry) -> Option<FromDomain> {
    let [mailbox] = inquiry.header.from.as_slice() else { return None };
    let domain = mailbox.address.as_ref()?.domain();
    let suffix = gazetteer.domain(domain)?;
    Some(FromDomain {
        prefecture: suffix.prefecture,
        government: suffix.government,
        evidence: Evidence {
            source: origin(&suffix).source(),
            role: Role::Place,
            zone: Zone::Domain,
            text: domain.to_owned(),
            range: 0..domain.len(),
            about: PrefectureSet::of(suffix.prefecture).to_string(),
        },
    })
}

pub(super) fn origin(suffix: &DomainSuffix) -> Origin {
    Origin { table: Table::Domains, line: suffix.line, column: 1 }
}
