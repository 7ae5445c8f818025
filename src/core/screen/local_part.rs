//! What the whole local part of an address says about who writes. Anchored:
//! `beetroot` is not `root`, and `info` is where small firms write from.

use super::super::inquiry::Inquiry;

/// What a whole local part says about who writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Local {
    /// A mail system or list manager; nobody writes from it.
    System,
    /// Nobody reads its mail; a person may still have written.
    NoReply,
    /// Often a person (RFC 5230 section 4.6), needs a second signal.
    Postmaster,
    /// Used by list managers and notifiers, and by people: a hint.
    Hint,
    Person,
}

const SYSTEM: &[&str] = &[
    "mailer-daemon",
    "mailer-deamon",
    "daemon",
    "demon",
    "deamon",
    "mdaemon",
    "root",
    "listserv",
    "majordomo",
    "listproc",
    "msgs",
    "nobody",
    "news",
    "newsletter",
    "notifications",
    "notification",
    "notif",
    "automated-response",
    "mailadmin",
    "mailmaster",
    "autoresponder",
    "bounce",
    "bounces",
    "scanner",
];

/// Their mail is of a system where the text says so too.
const HINT: &[&str] = &[
    "updates",
    "account",
    "accounts",
    "alert",
    "alerts",
    "notice",
    "notify",
    "system",
    "auto",
    "form",
    "mailform",
    "melmaga",
    "mailmag",
    "merumaga",
    "cron",
    "backup",
    "monitor",
    "nagios",
    "zabbix",
    "receipts",
    "billing",
    "invoice",
    "wordpress",
    "webmaster",
    "www",
    "www-data",
    "apache",
];

/// Local parts of addresses that take no mail, letters and digits only.
const NO_REPLY: &[&str] = &[
    "noreply",
    "donotreply",
    "dontreply",
    "nichtantworten",
    "keineantwort",
    "nepasrepondre",
    "noresponder",
    "naoresponda",
    "sendonly",
    "sousinsenyou",
    "sousinsenyo",
    "soushinsenyou",
    "soushinsenyo",
    "haisinsenyou",
    "haishinsenyo",
    "henshinfuka",
    "hensinfuka",
    "autoreply",
];

pub(super) fn of_local_part(local: &str) -> Local {
    let local = local.to_ascii_lowercase();
    let system = SYSTEM.contains(&local.as_str())
        || ["owner-", "bounces+", "bounces-", "bounce-", "bounce+", "mailer-daemon", "scanner-", "scanner_"]
            .iter()
            .any(|start| local.starts_with(start))
        || ["-subscribe", "-unsubscribe", "-bounces"].iter().any(|end| local.ends_with(end))
        || local.strip_prefix("scanner").is_some_and(|rest| rest.bytes().all(|b| b.is_ascii_digit()));
    let flat: String = local.chars().filter(char::is_ascii_alphanumeric).collect();
    if system {
        Local::System
    } else if NO_REPLY.iter().any(|word| flat.starts_with(word) || flat.ends_with(word)) {
        Local::NoReply
    } else if matches!(local.as_str(), "postmaster" | "abuse" | "hostmaster") {
        Local::Postmaster
    } else if HINT.contains(&local.as_str()) || local.ends_with("-request") || local.ends_with("-help") {
        Local::Hint
    } else {
        Local::Person
    }
}

/// Of the first From address, also where it is no address that mail could go to.
pub(super) fn of_sender(inquiry: &Inquiry) -> Local {
    let from = inquiry.header.from.first();
    from.and_then(|m| m.raw.split('@').next()).map_or(Local::Person, of_local_part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_local_parts_count() {
        for (local, expected) in [
            ("Mailer-Daemon", Local::System),
            ("scanner2", Local::System),
            ("scanner-3f", Local::System),
            ("scannerman", Local::Person),
            ("beetroot", Local::Person),
            ("info", Local::Person),
            ("contact", Local::Person),
            ("news", Local::System),
            ("newsome", Local::Person),
            ("soumu-request", Local::Hint),
            ("no_reply", Local::NoReply),
            ("No-Reply-JP", Local::NoReply),
            ("reservation.noreply", Local::NoReply),
            ("nicht-antworten", Local::NoReply),
            ("sousin-senyou", Local::NoReply),
            ("reply", Local::Person),
            ("norepo", Local::Person),
            ("postmaster", Local::Postmaster),
            ("postmasters", Local::Person),
        ] {
            assert_eq!(of_local_part(local), expected, "{local}");
        }
    }
}
