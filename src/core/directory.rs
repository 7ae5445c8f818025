//! The people and numbers we name: `associations.toml` (the 47 associations),
//! `contacts.toml` (the Secretariat and the Navi Dial desk), `calendar.toml`
//! (opening hours, closures). Owns their meaning; sends nothing.

use super::address::Address;
use super::diagnostic::{Diagnostic, SourceFile, one_of};
use super::evidence::Source;
use super::lang::{Text, say};
use super::places::{LocalNames, Prefecture};
use super::policy::Policy;
use super::tomlwalk::{Document, Found, Table};
use jiff::civil::Date;
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

/// What is wrong with one association, written by itself as a table.
pub fn check_association(text: &str, policy: &Policy) -> Vec<Diagnostic> {
    let file = SourceFile::new("rules/associations.toml", "rules/associations.toml", text);
    let doc = Document::parse(&file);
    for table in doc.root().tables("association") {
        let _ = read_association(&table, policy);
    }
    doc.into_findings()
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
            let message = say!("`{address}` is the Secretariat's own address", "`{address}` は事務局のアドレスです");
            let help = say!(
                "write the association's address, or leave the line out to hold its forwards",
                "社労士会のアドレスを書くか、行ごと省いてください（転送は保留されます）"
            );
            doc.error("bad-email", found.span.clone(), message, Some(help));
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
                let message = say!("a name in `{key}` is empty", "`{key}` に空の名前があります");
                let help = say!("write a place's name, or remove the entry", "地名を書くか、項目を消してください");
                doc.error("empty-keyword", name.span.clone(), message, Some(help));
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
            Some(prefecture) => say!(
                "write it with two half-width digits: `\"{prefecture}\"`",
                "半角数字二桁で書きます: `\"{prefecture}\"`"
            ),
            None => say!(
                "use the code of JIS X 0401, `\"01\"` (Hokkaido) to `\"47\"` (Okinawa)",
                "都道府県コード `\"01\"`（北海道）～ `\"47\"`（沖縄県）で書きます"
            ),
        };
        let written = code.value;
        let message = say!("`{written}` is not a prefecture code", "`{written}` は都道府県コードではありません");
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
            let message =
                say!("prefecture `{prefecture}` is given twice", "都道府県 `{prefecture}` が二度書かれています");
            doc.report(
                Diagnostic::error("duplicate-prefecture", doc.file(), row.code.clone(), message)
                    .related(doc.file(), first.code.clone(), say!("first given here", "最初はここ"))
                    .help(say!(
                        "each prefecture has exactly one association: keep one of the two",
                        "社労士会は都道府県ごとに一つです。どちらかを消してください"
                    )),
            );
            continue;
        }
        seen.push((prefecture, row));
        if let Some(last) = last.filter(|last| *last > prefecture) {
            let message =
                say!("prefecture `{prefecture}` stands after `{last}`", "`{prefecture}` が `{last}` の後にあります");
            let help = say!(
                "keep the tables in the order of the codes, `01` to `47`",
                "`01` から `47` まで、コードの順に並べてください"
            );
            doc.error("wrong-order", row.code.clone(), message, Some(help));
        }
        last = last.max(Some(prefecture));
    }
    let codes: Vec<String> =
        Prefecture::all().filter(|p| !seen.iter().any(|(s, _)| s == p)).map(|p| p.to_string()).collect();
    if !codes.is_empty() {
        let count = codes.len();
        let what = if count == 1 { "prefecture is" } else { "prefectures are" };
        let shown = codes.iter().take(8).map(String::as_str);
        let more = if codes.len() > 8 { ", …" } else { "" };
        let list = shown.map(|c| format!("`{c}`")).collect::<Vec<_>>().join(", ");
        doc.report(
            Diagnostic::whole(
                "missing-prefecture",
                doc.file().shown.clone(),
                say!(
                    "{count} of {PREFECTURES} {what} missing: {list}{more}",
                    "{PREFECTURES} 都道府県のうち {count} がありません: {list}{more}"
                ),
            )
            .help(say!(
                "add an `[[association]]` for each; one whose address is not known goes without `email`",
                "それぞれ `[[association]]` を書き足します。アドレスが未定なら `email` を省きます"
            )),
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
                    say!("`{email}` is the address of two associations", "`{email}` が二つの社労士会に書かれています"),
                )
                .related(doc.file(), first.clone(), say!("first given here", "最初はここ"))
                .note(say!(
                    "each association is a legal person of its own; a copied line sends inquiries astray",
                    "社労士会はそれぞれ別の法人です。写し間違いだと、相談が別の会に届きます"
                ))
                .help(say!("write each one's own address", "それぞれのアドレスを書いてください")),
            ),
            None => seen.push((email, span)),
        }
    }
    if !policy.placeholders {
        let mut placeholders = with_email().filter(|(_, email, _)| email.is_placeholder());
        if let Some((_, email, span)) = placeholders.next() {
            let more = placeholders.count();
            let others = match more {
                0 => Text::same(""),
                n => say!(" (and {n} more)", "（ほか {n} 件）"),
            };
            doc.report(
                Diagnostic::warning(
                    "placeholder",
                    doc.file(),
                    span,
                    say!(
                        "`{email}` is a placeholder{others}: forwards to it are held for a person",
                        "`{email}` は仮のアドレスです{others}。ここへの転送は保留されます";
                        others = others,
                    ),
                )
                .help(say!("write the association's address in its place", "社労士会のアドレスに書き換えてください")),
            );
        }
    }
    // A placeholder needs no date: it is known to be none of theirs.
    let mut unverified =
        with_email().filter(|(row, email, _)| row.association.verified.is_none() && !email.is_placeholder());
    if let Some((row, _, span)) = unverified.next() {
        let others = match unverified.count() {
            0 => Text::same(""),
            n => say!(" and {n} more", " ほか {n} 件"),
        };
        let prefecture = row.association.prefecture;
        doc.report(
            Diagnostic::warning(
                "unverified",
                doc.file(),
                span,
                say!(
                    "the address of prefecture `{prefecture}`{others} was never verified",
                    "都道府県 `{prefecture}`{others}のアドレスは確認日がありません";
                    others = others,
                ),
            )
            .help(add_verified()),
        );
    }
}

fn add_verified() -> Text {
    say!(
        "check it and add `verified = …` with the day, e.g. `verified = 2026-11-22`",
        "確認して、その日を `verified = 2026-11-22` のように書き足してください"
    )
}

/// The contacts every template may name.
pub const REQUIRED_CONTACTS: [&str; 2] = ["secretariat", "navi-dial"];

/// Reads `contacts.toml`. Findings go to the document.
pub fn read_contacts(doc: &Document<'_>) -> Vec<Contact> {
    let root = doc.root();
    let mut contacts = Vec::new();
    for key in root.keys() {
        let Some(table) = root.table(key.value) else { continue };
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if !key.value.chars().all(plain) {
            let help = say!(
                "use small letters, digits and `-`: `[regional-desk]`",
                "英小文字・数字・`-` だけで書きます: `[regional-desk]`"
            );
            let name = key.value;
            let message = say!("`{name}` is not a contact's name", "`{name}` は窓口の名前に使えません");
            doc.error("bad-name", key.span.clone(), message, Some(help));
        }
        if let Some(email) = table.string("email") {
            let help = if key.value == "secretariat" {
                say!(
                    "remove it: the Secretariat's address is `secretariat.address` in madoguchi.toml",
                    "消してください。事務局のアドレスは madoguchi.toml の `secretariat.address` です"
                )
            } else {
                say!(
                    "remove it: a reply names phone numbers; the one mail address is the Secretariat's",
                    "消してください。返信が案内するのは電話番号で、アドレスは事務局のものだけです"
                )
            };
            let message = say!("a contact has no `email`", "窓口に `email` は書けません");
            doc.error("unknown-key", email.span, message, Some(help));
        }
        let name = bilingual(&table, "name", true);
        let purpose = bilingual(&table, "purpose", true);
        let phone = phone(&table);
        let website = website(&table);
        let hours = bilingual(&table, "hours", false);
        let address = bilingual(&table, "address", false);
        let verified = table.date("verified").map(|d| d.value);
        if REQUIRED_CONTACTS.contains(&key.value) && table.get("phone").is_none() {
            table.missing("phone", &say!("the number that replies name", "返信で案内する番号"));
        }
        if verified.is_none() && table.get("verified").is_none() {
            let name = key.value;
            doc.warning(
                "unverified",
                key.span.clone(),
                say!("the contact `{name}` was never verified", "窓口 `{name}` は確認日がありません"),
                Some(add_verified()),
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
            let message = say!("the contact `[{required}]` is missing", "窓口 `[{required}]` がありません");
            doc.report(Diagnostic::whole("missing-contact", doc.file().shown.clone(), message).help(say!(
                "add a table `[{required}]` with name, purpose and phone",
                "表 `[{required}]` に name・purpose・phone を書き足します"
            )));
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
        root.missing("open", &say!("a list like `[\"mon\", \"tue\"]`", "`[\"mon\", \"tue\"]` のような一覧"));
    }
    for day in root.strings("open") {
        let name = day.value;
        match DAYS.iter().position(|d| *d == name) {
            Some(i) if open[i] => {
                let message = say!("`{name}` stands twice in `open`", "`open` に `{name}` が二度書かれています");
                doc.error("bad-value", day.span, message, Some(say!("remove one", "一つ消してください")));
            }
            Some(i) => open[i] = true,
            None => {
                let help = say!("use {days}", "{days} のどれかを使います"; days = one_of(DAYS));
                let message = say!("`{name}` is not a day of the week", "`{name}` は曜日ではありません");
                doc.error("bad-value", day.span, message, Some(help));
            }
        }
    }
    let hours = root.string("hours").and_then(|found| {
        let hours = clock_hours(found.value);
        if hours.is_none() {
            let written = found.value;
            let message = say!("`{written}` is not a span of hours", "`{written}` は時間帯として読めません");
            let help = say!("write it like `\"10:00-17:00\"`", "`\"10:00-17:00\"` のように書きます");
            doc.error("bad-value", found.span, message, Some(help));
        }
        hours
    });
    let holidays = root.boolean("holidays").is_none_or(|h| h.value);
    let mut closed = Vec::new();
    for table in root.tables("closed") {
        for key in ["from", "to"] {
            if table.get(key).is_none() {
                table.missing(key, &say!("a date like `2026-12-29`", "`2026-12-29` のような日付"));
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
                let day = to.value;
                let message = say!(
                    "the closure ends on {day} before it begins",
                    "休業の終わり（{day}）が始まりより前になっています"
                );
                doc.report(
                    Diagnostic::error("bad-value", doc.file(), to.span, message)
                        .related(doc.file(), from.span, say!("it begins here", "始まりはここ"))
                        .help(say!(
                            "`from` is the first closed day and `to` the last",
                            "`from` は休みの最初の日、`to` は最後の日です"
                        )),
                );
            }
            _ => {
                let help = say!("write a day of the calendar", "暦にある日付を書いてください");
                doc.error("bad-value", from.span, say!("this date does not exist", "存在しない日付です"), Some(help));
            }
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
            let message = say!("`{key}` must be one line", "`{key}` は一行で書きます");
            doc.error(
                "bad-value",
                text.span.clone(),
                message,
                Some(say!("leave out the line end", "改行を除いてください")),
            );
        }
    }
    if en.value.chars().any(is_japanese) {
        let message =
            say!("the English `{key}` holds Japanese characters", "英語の `{key}` に日本語の文字が入っています");
        let help = say!(
            "write it in Latin letters: English replies hold no Japanese characters",
            "ローマ字や英語で書いてください。英語の返信に日本語の文字は使いません"
        );
        doc.warning("language", en.span.clone(), message, Some(help));
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
            Some(meant) => say!("write it in half width: `\"{meant}\"`", "半角で書きます: `\"{meant}\"`"),
            None if found.value.contains([',', ';', '、']) => {
                say!("give one address only", "アドレスは一つだけ書きます")
            }
            None => say!(
                "write one address like `soudan@sr.example`, without a name or `<>`",
                "`soudan@sr.example` のように、名前や `<>` を付けずに書きます"
            ),
        };
        let written = found.value;
        let message = say!("`{written}` is not a mail address", "`{written}` はメールアドレスではありません");
        doc.error("bad-email", found.span.clone(), message, Some(help));
    }
    address
}

fn phone(table: &Table<'_>) -> Option<String> {
    let found = table.string("phone")?;
    let well = found.value.chars().all(|c| c.is_ascii_digit() || "+-() ".contains(c))
        && found.value.chars().filter(char::is_ascii_digit).count() >= 3;
    if !well {
        let written = found.value;
        let message = say!("`{written}` is not a phone number", "`{written}` は電話番号ではありません");
        let help = say!(
            "use half-width digits and hyphens: `\"03-1234-5678\"`",
            "半角の数字とハイフンで書きます: `\"03-1234-5678\"`"
        );
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
        let written = found.value;
        let message = say!("`{written}` is not a web address", "`{written}` はウェブのアドレスではありません");
        let help = say!(
            "write it whole: `\"https://www.sr.example/\"`",
            "`\"https://www.sr.example/\"` のように省略せずに書きます"
        );
        table.doc().error("bad-url", found.span, message, Some(help));
        return None;
    }
    Some(found.value.to_owned())
}

/// Days after which a contact ought to be checked again.
const FRESH_DAYS: i64 = 366;

/// Warnings about contact data in `files` that was checked long ago, seen from
/// `today`, or in the future. What cannot be read is passed over: it has been
/// reported.
pub fn outdated<'f>(files: impl IntoIterator<Item = &'f SourceFile>, today: Date) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    for file in files {
        let associations = match &*file.name {
            "rules/associations.toml" => true,
            "rules/contacts.toml" => false,
            _ => continue,
        };
        let doc = Document::parse(file);
        let root = doc.root();
        let tables: Vec<(Text, Table<'_>)> = if associations {
            let tables = root.tables("association").into_iter();
            let named = |t: &Table<'_>| {
                let code = t.string("prefecture").map(|c| c.value).unwrap_or_default();
                say!("the address of prefecture `{code}`", "都道府県 `{code}` のアドレス")
            };
            tables.filter(|t| t.get("email").is_some()).map(|t| (named(&t), t)).collect()
        } else {
            let keys = root.keys().into_iter();
            keys.filter_map(|k| {
                let name = k.value;
                Some((say!("the contact `{name}`", "窓口 `{name}` "), root.table(name)?))
            })
            .collect()
        };
        let dated = tables.iter().filter_map(|(what, table)| {
            let found = table.date("verified")?;
            Some((what, found.value.parse::<Date>().ok()?, found.span))
        });
        // Many are checked in one go: the oldest stands for all of its file.
        let mut old: Vec<(&Text, Date, Range<usize>)> = Vec::new();
        let mut to_come = Vec::new();
        for (what, date, span) in dated {
            let age = today.since(date).map(|s| i64::from(s.get_days())).unwrap_or_default();
            if age > FRESH_DAYS {
                old.push((what, date, span));
            } else if age < 0 {
                to_come.push((what, date, span));
            }
        }
        let others = old.len().saturating_sub(1);
        if let Some((what, date, span)) = old.into_iter().min_by_key(|(_, date, _)| *date) {
            let others = match others {
                0 => Text::same(""),
                n => say!(" (and {n} more)", "（ほか {n} 件）"),
            };
            let message = say!(
                "{what} was last verified on {date}, more than a year ago{others}",
                "{what}を最後に確認したのは {date} で、一年以上前です{others}";
                what = what,
                others = others,
            );
            findings.push(Diagnostic::warning("outdated", file, span, message).help(say!(
                "check it and write the day: `verified = {today}`",
                "確認して、その日に書き換えてください: `verified = {today}`"
            )));
        }
        for (what, date, span) in to_come {
            let message = say!(
                "{what} is verified on {date}, which is still to come",
                "{what}の確認日 {date} は、まだ来ていない日です";
                what = what,
            );
            findings.push(
                Diagnostic::warning("outdated", file, span, message)
                    .help(say!("write the day on which it was checked", "実際に確認した日を書いてください")),
            );
        }
    }
    findings
}

/// Reads the three files where they are among `files`; a missing one that has
/// to be there is a finding at `folder`.
pub fn read<'f>(
    find: impl Fn(&str) -> Option<&'f SourceFile>,
    policy: &Policy,
    findings: &mut Vec<Diagnostic>,
) -> (Directory, Vec<LocalNames>) {
    let missing = |name: &str| {
        Diagnostic::whole("missing-file", name, say!("`{name}` is missing", "`{name}` がありません")).help(say!(
            "every ruleset needs this file; `madoguchi demo` writes a complete set",
            "このファイルは必ず要ります。`madoguchi demo` が一式を書き出します"
        ))
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
