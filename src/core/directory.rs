//! The people and numbers we name: `associations.toml` (the 47 associations),
//! `contacts.toml` (the Secretariat and the Navi Dial desk), `calendar.toml`
//! (opening hours, closures). Owns their meaning; sends nothing.

use super::address::Address;
use super::diagnostic::{Diagnostic, SourceFile, one_of};
use super::evidence::Source;
use super::places::{LocalNames, Prefecture};
use super::policy::Policy;
use super::tomlwalk::{Document, Found, Table};
use std::ops::Range;

/// A text in both languages.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Bilingual {
    pub ja: String,
    pub en: String,
}

/// One of the 47 prefectural associations.
#[derive(Debug, Clone)]
pub struct Association {
    pub prefecture: Prefecture,
    /// `None`: forwards to it are held with `no-address`.
    pub email: Option<Address>,
    pub name: Bilingual,
    pub phone: Option<String>,
    pub website: Option<String>,
    pub hours: Option<Bilingual>,
    pub face_to_face: FaceToFace,
    /// `verified = 2026-11-22`, as written.
    pub verified: Option<String>,
}

/// Whether face-to-face consultation is offered; while unknown the reply must
/// not promise it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaceToFace {
    Yes,
    No,
    Unknown,
}

/// A desk of contacts.toml.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Contact {
    /// Key of its table: `secretariat`, `navi-dial`.
    pub key: String,
    pub name: Bilingual,
    pub phone: Option<String>,
    pub email: Option<String>,
    pub website: Option<String>,
    pub hours: Option<Bilingual>,
    /// Postal address.
    pub address: Option<Bilingual>,
    /// What it is for.
    pub purpose: Bilingual,
    pub verified: Option<String>,
}

/// When the Secretariat works (`calendar.toml`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calendar {
    /// Open days of the week, Monday first.
    pub open: [bool; 7],
    /// Opening and closing time, as minutes after midnight in Japan.
    pub hours: Option<(u16, u16)>,
    /// Whether national holidays are closed.
    pub holidays: bool,
    pub closed: Vec<Closure>,
}

/// Days on which the Secretariat is closed, both ends included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closure {
    pub from: jiff::civil::Date,
    pub to: jiff::civil::Date,
    pub why: Option<Bilingual>,
}

/// Everything of the three files.
#[derive(Debug, Clone)]
pub struct Directory {
    /// Exactly 47, in code order.
    pub associations: Vec<Association>,
    pub contacts: Vec<Contact>,
    /// `None` without a calendar.toml.
    pub calendar: Option<Calendar>,
}

impl Directory {
    pub fn association(&self, prefecture: Prefecture) -> Option<&Association> {
        self.associations.get(usize::from(prefecture.number()) - 1)
    }

    pub fn contact(&self, key: &str) -> Option<&Contact> {
        self.contacts.iter().find(|c| c.key == key)
    }

    /// Whether an address belongs to one of the associations.
    pub fn is_association(&self, address: &Address) -> bool {
        self.associations.iter().any(|a| a.email.as_ref() == Some(address))
    }

    /// Associations whose address is a placeholder (`.example`, `.invalid`).
    pub fn placeholders(&self) -> impl Iterator<Item = &Association> {
        self.associations.iter().filter(|a| a.email.as_ref().is_some_and(Address::is_placeholder))
    }
}

/// How many prefectures, and so associations, there are.
const PREFECTURES: usize = 47;

/// Reads `associations.toml`: the associations in code order and the place
/// names they add or take away. Findings go to the document.
pub fn read_associations(doc: &Document<'_>, policy: &Policy) -> (Vec<Association>, Vec<LocalNames>) {
    let root = doc.root();
    let mut rows: Vec<Row> = root.tables("association").iter().filter_map(|t| read_association(t, policy)).collect();
    root.finish();
    check_order(doc, &rows);
    check_addresses(doc, &rows, policy);
    rows.sort_by_key(|r| r.association.prefecture);
    rows.into_iter().map(|r| (r.association, r.local)).unzip()
}

struct Row {
    association: Association,
    local: LocalNames,
    /// Place of the prefecture's code and of the address.
    code: Range<usize>,
    email: Option<Range<usize>>,
}

fn read_association(table: &Table<'_>, policy: &Policy) -> Option<Row> {
    let doc = table.doc();
    let code = table.required_string("prefecture");
    let prefecture = code.as_ref().and_then(|code| prefecture(doc, code));
    let email = table.string("email").and_then(|found| {
        let address = email(doc, &found)?;
        if policy.is_us(&address) {
            let message = format!("`{address}` is the Secretariat's own address");
            let help = "write the association's address, or leave the line out to hold its forwards";
            doc.error("bad-email", found.span.clone(), message, Some(help.to_owned()));
        }
        Some((address, found.span))
    });
    let name = bilingual(table, "name", true);
    let phone = phone(table);
    let website = website(table);
    let hours = bilingual(table, "hours", false);
    let choices = [("yes", FaceToFace::Yes), ("no", FaceToFace::No), ("unknown", FaceToFace::Unknown)];
    let face_to_face = table.choice("face_to_face", &choices).map_or(FaceToFace::Unknown, |f| f.value);
    let verified = table.date("verified").map(|d| d.value);
    let names = |key: &str| -> Vec<Found<&str>> {
        let mut found = table.strings(key);
        found.retain(|name| {
            let empty = super::text::fold(name.value).as_str().is_empty();
            if empty {
                doc.error("empty-keyword", name.span.clone(), format!("a name in `{key}` is empty"), None);
            }
            !empty
        });
        found
    };
    let (places, not) = (names("places"), names("not"));
    table.finish();
    let local = LocalNames {
        prefecture,
        places: places
            .iter()
            .map(|p| {
                let (line, column) = doc.position(p.span.start);
                (p.value.to_owned(), Source { file: doc.file().name.clone(), line, column })
            })
            .collect(),
        not: not.iter().map(|n| n.value.to_owned()).collect(),
    };
    let (email, email_span) = email.unzip();
    Some(Row {
        association: Association {
            prefecture: prefecture?,
            email,
            name: name.unwrap_or_else(|| Bilingual { ja: String::new(), en: String::new() }),
            phone,
            website,
            hours,
            face_to_face,
            verified,
        },
        local,
        code: code?.span,
        email: email_span,
    })
}

fn prefecture(doc: &Document<'_>, code: &Found<&str>) -> Option<Prefecture> {
    let found = Prefecture::from_code(code.value);
    if found.is_none() {
        let digits = super::text::fold(code.value);
        let meant = digits.as_str().parse::<u8>().ok().and_then(Prefecture::new);
        let help = match meant {
            Some(prefecture) => format!("write it with two half-width digits: `\"{prefecture}\"`"),
            None => "use the code of JIS X 0401, `\"01\"` (Hokkaido) to `\"47\"` (Okinawa)".to_owned(),
        };
        let message = format!("`{}` is not a prefecture code", code.value);
        doc.error("bad-prefecture", code.span.clone(), message, Some(help));
    }
    found
}

/// All 47, each once, in code order.
fn check_order(doc: &Document<'_>, rows: &[Row]) {
    let mut seen: Vec<(Prefecture, &Row)> = Vec::new();
    let mut last: Option<Prefecture> = None;
    for row in rows {
        let prefecture = row.association.prefecture;
        if let Some((_, first)) = seen.iter().find(|(p, _)| *p == prefecture) {
            let message = format!("prefecture `{prefecture}` is given twice");
            doc.report(
                Diagnostic::error("duplicate-prefecture", doc.file(), row.code.clone(), message)
                    .related(doc.file(), first.code.clone(), "first given here")
                    .help("each prefecture has exactly one association: keep one of the two"),
            );
            continue;
        }
        seen.push((prefecture, row));
        if let Some(last) = last.filter(|last| *last > prefecture) {
            let message = format!("prefecture `{prefecture}` stands after `{last}`");
            let help = "keep the tables in the order of the codes, `01` to `47`".to_owned();
            doc.error("wrong-order", row.code.clone(), message, Some(help));
        }
        last = last.max(Some(prefecture));
    }
    let codes: Vec<String> =
        Prefecture::all().filter(|p| !seen.iter().any(|(s, _)| s == p)).map(|p| p.to_string()).collect();
    if !codes.is_empty() {
        let what = if codes.len() == 1 { "prefecture is" } else { "prefectures are" };
        let shown = codes.iter().take(8).map(String::as_str);
        let more = if codes.len() > 8 { ", …" } else { "" };
        let list = shown.map(|c| format!("`{c}`")).collect::<Vec<_>>().join(", ");
        doc.report(
            Diagnostic::whole(
                "missing-prefecture",
                doc.file().shown.clone(),
                format!("{} of {PREFECTURES} {what} missing: {list}{more}", codes.len()),
            )
            .help("add an `[[association]]` for each; one whose address is not known goes without `email`"),
        );
    }
}

fn check_addresses(doc: &Document<'_>, rows: &[Row], policy: &Policy) {
    let with_email = || rows.iter().filter_map(|r| Some((r, r.association.email.as_ref()?, r.email.clone()?)));
    let mut seen: Vec<(&Address, Range<usize>)> = Vec::new();
    for (_, email, span) in with_email() {
        match seen.iter().find(|(first, _)| *first == email) {
            Some((_, first)) => doc.report(
                Diagnostic::warning(
                    "shared-email",
                    doc.file(),
                    span,
                    format!("`{email}` is the address of two associations"),
                )
                .related(doc.file(), first.clone(), "first given here")
                .note("each association is a legal person of its own; a copied line sends inquiries astray"),
            ),
            None => seen.push((email, span)),
        }
    }
    if !policy.placeholders {
        let mut placeholders = with_email().filter(|(_, email, _)| email.is_placeholder());
        if let Some((_, email, span)) = placeholders.next() {
            let more = placeholders.count();
            let others = match more {
                0 => String::new(),
                1 => " (and 1 more)".to_owned(),
                n => format!(" (and {n} more)"),
            };
            doc.report(
                Diagnostic::warning(
                    "placeholder",
                    doc.file(),
                    span,
                    format!("`{email}` is a placeholder{others}: forwards to it are held for a person"),
                )
                .help("write the association's address in its place"),
            );
        }
    }
    // A placeholder needs no date: it is known to be none of theirs.
    let mut unverified =
        with_email().filter(|(row, email, _)| row.association.verified.is_none() && !email.is_placeholder());
    if let Some((row, _, span)) = unverified.next() {
        let others = match unverified.count() {
            0 => String::new(),
            n => format!(" and {n} more"),
        };
        doc.report(
            Diagnostic::warning(
                "unverified",
                doc.file(),
                span,
                format!("the address of prefecture `{}`{others} was never verified", row.association.prefecture),
            )
            .help("check it and add `verified = …` with the day, e.g. `verified = 2026-11-22`"),
        );
    }
}

/// The contacts every template may name.
const REQUIRED_CONTACTS: [&str; 2] = ["secretariat", "navi-dial"];

/// Reads `contacts.toml`. Findings go to the document.
pub fn read_contacts(doc: &Document<'_>) -> Vec<Contact> {
    let root = doc.root();
    let mut contacts = Vec::new();
    for key in root.keys() {
        let Some(table) = root.table(key.value) else { continue };
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if !key.value.chars().all(plain) {
            let help = "use small letters, digits and `-`: `[regional-desk]`".to_owned();
            doc.error("bad-name", key.span.clone(), format!("`{}` is not a contact's name", key.value), Some(help));
        }
        if let Some(email) = table.string("email") {
            let help = if key.value == "secretariat" {
                "remove it: the Secretariat's address is `secretariat.address` in madoguchi.toml"
            } else {
                "remove it: a reply names phone numbers; the one mail address is the Secretariat's"
            };
            doc.error("unknown-key", email.span, "a contact has no `email`", Some(help.to_owned()));
        }
        let name = bilingual(&table, "name", true);
        let purpose = bilingual(&table, "purpose", true);
        let phone = phone(&table);
        let website = website(&table);
        let hours = bilingual(&table, "hours", false);
        let address = bilingual(&table, "address", false);
        let verified = table.date("verified").map(|d| d.value);
        if REQUIRED_CONTACTS.contains(&key.value) && table.get("phone").is_none() {
            table.missing("phone", "the number that replies name");
        }
        if verified.is_none() && table.get("verified").is_none() {
            doc.warning(
                "unverified",
                key.span.clone(),
                format!("the contact `{}` was never verified", key.value),
                Some("check it and add `verified = …` with the day, e.g. `verified = 2026-11-22`".to_owned()),
            );
        }
        table.finish();
        if let (Some(name), Some(purpose)) = (name, purpose) {
            contacts.push(Contact {
                key: key.value.to_owned(),
                name,
                phone,
                email: None,
                website,
                hours,
                address,
                purpose,
                verified,
            });
        }
    }
    for required in REQUIRED_CONTACTS {
        if root.get(required).is_none() {
            let message = format!("the contact `[{required}]` is missing");
            doc.report(
                Diagnostic::whole("missing-contact", doc.file().shown.clone(), message)
                    .help(format!("add a table `[{required}]` with name, purpose and phone")),
            );
        }
    }
    contacts
}

/// Reads `calendar.toml`. Findings go to the document.
pub fn read_calendar(doc: &Document<'_>) -> Calendar {
    const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
    let root = doc.root();
    let mut open = [false; 7];
    if root.get("open").is_none() {
        root.missing("open", "a list like `[\"mon\", \"tue\"]`");
    }
    for day in root.strings("open") {
        match DAYS.iter().position(|d| *d == day.value) {
            Some(i) if open[i] => {
                doc.error("bad-value", day.span, format!("`{}` stands twice in `open`", day.value), None);
            }
            Some(i) => open[i] = true,
            None => {
                let help = format!("use {}", one_of(DAYS));
                doc.error("bad-value", day.span, format!("`{}` is not a day of the week", day.value), Some(help));
            }
        }
    }
    let hours = root.string("hours").and_then(|found| {
        let hours = clock_hours(found.value);
        if hours.is_none() {
            let message = format!("`{}` is not a span of hours", found.value);
            doc.error("bad-value", found.span, message, Some("write it like `\"10:00-17:00\"`".to_owned()));
        }
        hours
    });
    let holidays = root.boolean("holidays").is_none_or(|h| h.value);
    let mut closed = Vec::new();
    for table in root.tables("closed") {
        for key in ["from", "to"] {
            if table.get(key).is_none() {
                table.missing(key, "a date like `2026-12-29`");
            }
        }
        let (from, to) = (table.date("from"), table.date("to"));
        let why = bilingual(&table, "why", false);
        table.finish();
        let (Some(from), Some(to)) = (from, to) else { continue };
        let day = |found: &Found<String>| found.value.parse::<jiff::civil::Date>().ok();
        match (day(&from), day(&to)) {
            (Some(first), Some(last)) if first <= last => closed.push(Closure { from: first, to: last, why }),
            (Some(_), Some(_)) => {
                let message = format!("the closure ends on {} before it begins", to.value);
                doc.report(
                    Diagnostic::error("bad-value", doc.file(), to.span, message)
                        .related(doc.file(), from.span, "it begins here")
                        .help("`from` is the first closed day and `to` the last"),
                );
            }
            _ => doc.error("bad-value", from.span, "this date does not exist", None),
        }
    }
    root.finish();
    Calendar { open, hours, holidays, closed }
}

/// `10:00-17:00` in minutes after midnight.
fn clock_hours(text: &str) -> Option<(u16, u16)> {
    let minutes = |t: &str| -> Option<u16> {
        let (hour, minute) = t.trim().split_once(':')?;
        let (hour, minute): (u16, u16) = (hour.parse().ok()?, minute.parse().ok()?);
        (hour <= 24 && minute < 60).then_some(hour * 60 + minute)
    };
    let (from, to) = text.split_once('-')?;
    let (from, to) = (minutes(from)?, minutes(to)?);
    (from < to && to <= 24 * 60).then_some((from, to))
}

/// `key = { ja = "…", en = "…" }`, both languages there.
pub fn bilingual(table: &Table<'_>, key: &str, required: bool) -> Option<Bilingual> {
    let inner = if required { table.required_table(key) } else { table.table(key) }?;
    let (ja, en) = (inner.required_string("ja"), inner.required_string("en"));
    inner.finish();
    let (ja, en) = (ja?, en?);
    let doc = table.doc();
    for text in [&ja, &en] {
        if text.value.chars().any(char::is_control) {
            doc.error("bad-value", text.span.clone(), format!("`{key}` must be one line"), None);
        }
    }
    if en.value.chars().any(is_japanese) {
        let message = format!("the English `{key}` holds Japanese characters");
        doc.warning("language", en.span.clone(), message, Some("English replies hold none".to_owned()));
    }
    Some(Bilingual { ja: ja.value.to_owned(), en: en.value.to_owned() })
}

fn is_japanese(c: char) -> bool {
    matches!(c, '\u{3000}'..='\u{30FF}' | '\u{3400}'..='\u{9FFF}' | '\u{FF00}'..='\u{FFEF}')
}

fn email(doc: &Document<'_>, found: &Found<&str>) -> Option<Address> {
    let address = Address::parse(found.value);
    if address.is_none() {
        let folded = super::text::fold(found.value);
        let help = match Address::parse(folded.as_str()) {
            Some(meant) => format!("write it in half width: `\"{meant}\"`"),
            None if found.value.contains([',', ';', '、']) => "give one address only".to_owned(),
            None => "write one address like `soudan@sr.example`, without a name or `<>`".to_owned(),
        };
        doc.error("bad-email", found.span.clone(), format!("`{}` is not a mail address", found.value), Some(help));
    }
    address
}

fn phone(table: &Table<'_>) -> Option<String> {
    let found = table.string("phone")?;
    let well = found.value.chars().all(|c| c.is_ascii_digit() || "+-() ".contains(c))
        && found.value.chars().filter(char::is_ascii_digit).count() >= 3;
    if !well {
        let message = format!("`{}` is not a phone number", found.value);
        let help = "use half-width digits and hyphens: `\"03-1234-5678\"`".to_owned();
        table.doc().error("bad-phone", found.span, message, Some(help));
        return None;
    }
    Some(found.value.to_owned())
}

fn website(table: &Table<'_>) -> Option<String> {
    let found = table.string("website")?;
    let rest = found.value.strip_prefix("https://").or_else(|| found.value.strip_prefix("http://"));
    let well = rest.is_some_and(|r| !r.is_empty()) && found.value.chars().all(|c| c.is_ascii_graphic());
    if !well {
        let message = format!("`{}` is not a web address", found.value);
        let help = "write it whole: `\"https://www.sr.example/\"`".to_owned();
        table.doc().error("bad-url", found.span, message, Some(help));
        return None;
    }
    Some(found.value.to_owned())
}

/// Reads the three files where they are among `files`; a missing one that has
/// to be there is a finding at `folder`.
pub fn read<'f>(
    find: impl Fn(&str) -> Option<&'f SourceFile>,
    policy: &Policy,
    findings: &mut Vec<Diagnostic>,
) -> (Directory, Vec<LocalNames>) {
    let missing = |name: &str| {
        Diagnostic::whole("missing-file", name, format!("`{name}` is missing")).help("every ruleset needs this file")
    };
    let (mut associations, mut local) = (Vec::new(), Vec::new());
    match find("rules/associations.toml") {
        None => findings.push(missing("rules/associations.toml")),
        Some(file) => {
            let doc = Document::parse(file);
            (associations, local) = read_associations(&doc, policy);
            findings.extend(doc.into_findings());
        }
    }
    let mut contacts = Vec::new();
    match find("rules/contacts.toml") {
        None => findings.push(missing("rules/contacts.toml")),
        Some(file) => {
            let doc = Document::parse(file);
            contacts = read_contacts(&doc);
            findings.extend(doc.into_findings());
        }
    }
    let calendar = find("rules/calendar.toml").map(|file| {
        let doc = Document::parse(file);
        let calendar = read_calendar(&doc);
        findings.extend(doc.into_findings());
        calendar
    });
    (Directory { associations, contacts, calendar }, local)
}
