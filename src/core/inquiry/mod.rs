//! Raw bytes → [`Inquiry`]. The only user of mail-parser; charset repair lives
//! here. Never fails: what could not be read is recorded as [`Trouble`].

mod charset;
mod html;
mod shown;

pub use shown::{Shown, shown};

use super::address::Address;
use super::text::{self, FormField, Passage, Zone};
use memchr::{memchr, memchr_iter, memmem};

/// Largest message that is read, in octets; above it only the header is.
pub const SIZE_MAX: usize = 50 * 1024 * 1024;

/// Identity of a message: SHA-256 over version, Message-ID, From addr-spec and
/// the body with LF line ends and no trailing empty lines. UID and trace
/// fields stay out, so copies, MOVE and a changed UIDVALIDITY keep the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct InquiryKey(pub [u8; 32]);

impl InquiryKey {
    /// The reception number (受付番号): eight Crockford base-32 characters.
    pub fn reception_number(&self) -> String {
        let bits = u64::from_be_bytes([0, 0, 0, self.0[0], self.0[1], self.0[2], self.0[3], self.0[4]]);
        (0..8).rev().map(|i| DIGITS[(bits >> (5 * i)) as usize & 31] as char).collect()
    }

    /// The first octets of the keys with this reception number, as a person
    /// writes it: in either case, with hyphens or spaces, O for 0, I and L for
    /// 1. `None` when it is no reception number.
    pub fn prefix_of(number: &str) -> Option<[u8; 5]> {
        let mut bits: u64 = 0;
        let mut count = 0;
        for c in number.chars().filter(|c| !c.is_whitespace() && *c != '-') {
            let digit = match c.to_ascii_uppercase() {
                'O' => '0',
                'I' | 'L' => '1',
                c => c,
            };
            let value = DIGITS.iter().position(|d| char::from(*d) == digit)?;
            bits = (bits << 5) | value as u64;
            count += 1;
            if count > 8 {
                return None;
            }
        }
        let [_, _, _, prefix @ ..] = bits.to_be_bytes();
        (count == 8).then_some(prefix)
    }
}

/// Digits of Crockford's base 32.
const DIGITS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// A message as read.
#[derive(Debug, Clone)]
pub struct Inquiry {
    pub key: InquiryKey,
    /// Octets of the raw message.
    pub size: usize,
    pub header: Header,
    pub mime: Mime,
    pub subject: Passage,
    pub fresh: Passage,
    pub quoted: Passage,
    pub signature: Passage,
    pub disclaimer: Passage,
    /// Fields of a web-form mail, in `fresh`.
    pub fields: Vec<FormField>,
    /// ISO 639-1 of the fresh text (else subject); `None` without letters.
    pub language: Option<&'static str>,
    pub trouble: Vec<Trouble>,
    /// What was found out about the sender's domain; nothing by reading alone.
    pub proof: Proof,
}

/// Whether the sender's domain stands by a message (DKIM, SPF, DMARC), as far
/// as somebody has found out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Proof {
    /// Nobody asked, or nobody could say.
    #[default]
    Unknown,
    /// DMARC passed, or an aligned DKIM signature or SPF did.
    Pass,
    /// DMARC failed.
    Fail,
}

impl Inquiry {
    /// The passage of a zone; `None` for `Zone::Domain`.
    pub fn passage(&self, zone: Zone) -> Option<&Passage> {
        match zone {
            Zone::Subject => Some(&self.subject),
            Zone::Fresh => Some(&self.fresh),
            Zone::Quoted => Some(&self.quoted),
            Zone::Signature => Some(&self.signature),
            Zone::Disclaimer => Some(&self.disclaimer),
            Zone::Domain => None,
        }
    }
}

/// The header section, decoded and unfolded.
#[derive(Debug, Clone, Default)]
pub struct Header {
    /// Every field in order, top first. Values are unfolded and decoded, with
    /// control characters (also decoded CR, LF, NUL) replaced by a space.
    pub fields: Vec<Field>,
    /// Mailboxes of all From fields, in order.
    pub from: Vec<Mailbox>,
    /// More than one From field, or From holds a group (RFC 5322 section 3.4).
    pub from_is_odd: bool,
    pub sender: Vec<Mailbox>,
    pub reply_to: Vec<Mailbox>,
    /// To, Cc, Bcc and their Resent- forms.
    pub recipients: Vec<Mailbox>,
    pub return_path: ReturnPath,
    /// Without angle brackets; `None` when absent or not a msg-id.
    pub message_id: Option<String>,
    /// Parsed msg-ids only, without angle brackets.
    pub in_reply_to: Vec<String>,
    pub references: Vec<String>,
}

impl Header {
    /// Values of all fields of a name (lower case), top first.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> + 'a {
        self.fields.iter().filter(move |f| f.name == name).map(|f| f.value.as_str())
    }

    /// Value of the first field of a name (lower case).
    pub fn first(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|f| f.name == name).map(|f| f.value.as_str())
    }
}

/// A header field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// In lower case.
    pub name: String,
    pub value: String,
}

/// A mailbox of an address field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mailbox {
    /// Display name, decoded, without control characters.
    pub name: Option<String>,
    /// The addr-spec as written.
    pub raw: String,
    /// `None` when `raw` is not an address that mail could go to.
    pub address: Option<Address>,
}

/// Return-Path (RFC 5321 section 4.4), the topmost one.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum ReturnPath {
    /// No such field: copied or appended mail.
    #[default]
    Absent,
    /// `<>` or empty.
    Null,
    Address(Address),
    /// Present, and not an address.
    Unreadable(String),
}

/// What the MIME structure tells (RFC 2045, 3462, 3464, 8098).
#[derive(Debug, Clone, Default)]
pub struct Mime {
    /// Media type of the whole message, lower case, `type/subtype`.
    pub content_type: String,
    /// `report-type` parameter of a multipart/report, lower case.
    pub report_type: Option<String>,
    /// Media types of all parts, lower case, depth first.
    pub part_types: Vec<String>,
    /// Those of them that are the message's own, not of a message attached to it.
    pub own_part_types: Vec<String>,
    /// Text of the message/delivery-status or disposition-notification parts.
    pub report_fields: String,
    /// What the message's own delivery-status parts say, a recipient each, bounded.
    pub deliveries: Vec<Delivery>,
    /// Message-IDs (without angle brackets) named by returned messages or
    /// report fields, bounded.
    pub original_message_ids: Vec<String>,
    /// File names of attachments, decoded.
    pub attachments: Vec<String>,
}

impl Mime {
    /// Whether the message itself has a part of this media type (lower case).
    pub fn has_own_part(&self, media_type: &str) -> bool {
        self.own_part_types.iter().any(|t| t == media_type)
    }

    /// Whether another message, or its header section, is attached.
    pub fn returns_a_message(&self) -> bool {
        let whole = ["message/rfc822", "text/rfc822-headers", "message/rfc822-headers", "message/global"];
        whole.iter().any(|t| self.has_own_part(t))
    }
}

/// The group of fields about one recipient in a delivery status notification
/// (RFC 3464 section 2.3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// `failed`, `delayed`, `delivered`, `relayed`, `expanded`; lower case.
    pub action: String,
    /// Enhanced status code (RFC 3463), `5.1.1`.
    pub status: Option<String>,
}

/// What was wrong with the message as such.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Trouble {
    /// Over [`SIZE_MAX`]; the body was not read.
    TooLarge,
    /// Too many parts, levels or header fields; what lies beyond was not read.
    TooComplex,
    /// No header section, or the parser gave up.
    Malformed,
    /// A text part's bytes fit no charset; some characters are U+FFFD.
    Undecodable,
    /// There is no text to read (attachment only, empty body).
    NoText,
}

/// Most parts, levels and header fields that are read (a person's mail has a
/// few dozen of each).
const PARTS_MAX: usize = 500;
const DEPTH_MAX: usize = 50;
const FIELDS_MAX: usize = 2_000;
/// Longest header section that is read, in octets.
const HEADER_MAX: usize = 512 * 1024;
/// Longest text that is read, in octets.
const TEXT_MAX: usize = 1024 * 1024;

/// Reads a message. Never fails, never panics; bounded by [`SIZE_MAX`].
pub fn read(raw: &[u8]) -> Inquiry {
    let mut trouble = Vec::new();
    let message = start(raw);
    let (header, body) = split(message);
    let mut lines = field_spans(header);
    if lines.len() > FIELDS_MAX || header.len() > HEADER_MAX {
        trouble.push(Trouble::TooComplex);
        lines.truncate(FIELDS_MAX);
    }
    let whole = raw.len() <= SIZE_MAX;
    if !whole {
        trouble.push(Trouble::TooLarge);
    }
    if lines.is_empty() {
        trouble.push(Trouble::Malformed);
    }
    let parsable = parsable(&lines, if whole { body } else { &[] });
    // Crafted input has made the parser panic before; one message must not stop
    // the rest of the mailbox.
    let parsed = std::panic::catch_unwind(|| {
        mail_parser::MessageParser::default().parse(&parsable).map(|message| Parsed::of(&message, &parsable))
    });
    let mut parsed = match parsed {
        Ok(Some(parsed)) => parsed,
        _ => {
            trouble.push(Trouble::Malformed);
            Parsed::default()
        }
    };
    parsed.header.fields = lines
        .iter()
        .map(|(name, value)| Field { name: name.to_ascii_lowercase(), value: charset::header_text(value) })
        .collect();
    finish_header(&mut parsed.header, &lines);
    trouble.append(&mut parsed.trouble);
    if whole && parsed.body.trim().is_empty() {
        trouble.push(Trouble::NoText);
    }
    trouble.sort();
    trouble.dedup();

    let key = key(&parsed.header, body);
    let mut subject = parsed.header.first("subject").unwrap_or_default().to_owned();
    truncate(&mut subject, 4_000);
    let zones = text::zones(&parsed.body);
    let fresh = Passage::new(Zone::Fresh, zones.fresh);
    let language =
        text::language(&fresh.text).or_else(|| text::language(&subject)).or_else(|| text::language(&zones.quoted));
    Inquiry {
        key,
        size: raw.len(),
        header: parsed.header,
        mime: parsed.mime,
        subject: Passage::new(Zone::Subject, subject),
        fresh,
        quoted: Passage::new(Zone::Quoted, zones.quoted),
        signature: Passage::new(Zone::Signature, zones.signature),
        disclaimer: Passage::new(Zone::Disclaimer, zones.disclaimer),
        fields: zones.fields,
        language,
        trouble,
        proof: Proof::Unknown,
    }
}

/// The message without what programs put before its first field: a BOM, blank
/// lines, an mbox `From ` line.
fn start(raw: &[u8]) -> &[u8] {
    let mut message = raw.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(raw);
    while let Some((b'\r' | b'\n', rest)) = message.split_first() {
        message = rest;
    }
    if message.starts_with(b"From ") || message.starts_with(b">From ") {
        let end = message.iter().position(|b| *b == b'\n').map_or(message.len(), |i| i + 1);
        message = &message[end..];
    }
    message
}

/// Header section and body, at the first empty line.
fn split(message: &[u8]) -> (&[u8], &[u8]) {
    let mut at = 0;
    for end in memchr_iter(b'\n', message).map(|i| i + 1) {
        if matches!(&message[at..end], b"\n" | b"\r\n") {
            return (&message[..at], &message[end..]);
        }
        at = end;
        if at > HEADER_MAX {
            return message.split_at(at);
        }
    }
    (message, &[])
}

/// Name and raw value (folds included) of each field.
fn field_spans(header: &[u8]) -> Vec<(&str, &[u8])> {
    let mut found = Vec::with_capacity(32);
    let mut starts = 0;
    let mut at = 0;
    while at < header.len() && starts <= FIELDS_MAX {
        let from = at;
        loop {
            at = memchr(b'\n', &header[at..]).map_or(header.len(), |i| at + i + 1);
            if !matches!(header.get(at), Some(b' ' | b'\t')) {
                break;
            }
        }
        // A fold that continues nothing.
        if matches!(header[from], b' ' | b'\t') {
            continue;
        }
        starts += 1;
        let field = &header[from..at];
        let Some(colon) = memchr(b':', field) else { continue };
        let name = field[..colon].trim_ascii_end();
        if name.is_empty() || name.len() > 100 || !name.iter().all(|b| b.is_ascii_graphic()) {
            continue;
        }
        let Ok(name) = std::str::from_utf8(name) else { continue };
        found.push((name, &field[colon + 1..]));
    }
    found
}

/// Fields whose display names the parser must be able to read.
const ADDRESS_FIELDS: &[&str] = &[
    "from",
    "to",
    "cc",
    "bcc",
    "sender",
    "reply-to",
    "resent-from",
    "resent-to",
    "resent-cc",
    "resent-bcc",
    "resent-sender",
];

/// What the parser is to read: the address fields, with one kind of
/// encoded-word, those of MIME, and the body.
fn parsable(lines: &[(&str, &[u8])], body: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len() + 1024);
    for (name, value) in lines {
        let is_address = ADDRESS_FIELDS.iter().any(|field| name.eq_ignore_ascii_case(field));
        let is_mime = name.get(..8).is_some_and(|start| start.eq_ignore_ascii_case("content-"));
        if !is_address && !is_mime {
            continue;
        }
        out.extend_from_slice(name.as_bytes());
        out.push(b':');
        if is_address && (!value.is_ascii() || memchr(0x1b, value).is_some() || memmem::find(value, b"=?").is_some()) {
            out.extend_from_slice(&charset::header_for_parser(value));
        } else {
            out.extend_from_slice(value);
        }
        if !out.ends_with(b"\n") {
            out.extend_from_slice(b"\r\n");
        }
    }
    out.extend_from_slice(b"\r\n");
    out.extend_from_slice(body);
    out
}

/// What the parser gave.
#[derive(Default)]
struct Parsed {
    header: Header,
    mime: Mime,
    body: String,
    trouble: Vec<Trouble>,
}

impl Parsed {
    fn of(message: &mail_parser::Message<'_>, bytes: &[u8]) -> Parsed {
        let mut parsed = Parsed::default();
        use mail_parser::HeaderName;
        for field in message.headers() {
            let target = match &field.name {
                HeaderName::From => &mut parsed.header.from,
                HeaderName::Sender => &mut parsed.header.sender,
                HeaderName::ReplyTo => &mut parsed.header.reply_to,
                HeaderName::To
                | HeaderName::Cc
                | HeaderName::Bcc
                | HeaderName::ResentTo
                | HeaderName::ResentCc
                | HeaderName::ResentBcc => &mut parsed.header.recipients,
                _ => continue,
            };
            let is_from = field.name == HeaderName::From;
            if let mail_parser::HeaderValue::Address(address) = &field.value {
                parsed.header.from_is_odd |= is_from && matches!(address, mail_parser::Address::Group(_));
                target.extend(address.iter().map(mailbox));
            }
        }
        parsed.mime.content_type = media_type(message.root_part());
        parsed.mime.report_type = mail_parser::MimeHeaders::content_type(message.root_part())
            .and_then(|c| c.attribute("report-type"))
            .map(str::to_ascii_lowercase);
        walk(message, &mut parsed, 0);
        let (body, damaged) = body_text(message, bytes);
        parsed.body = body;
        if damaged {
            parsed.trouble.push(Trouble::Undecodable);
        }
        if truncate(&mut parsed.body, TEXT_MAX) {
            parsed.trouble.push(Trouble::TooComplex);
        }
        parsed
    }
}

fn mailbox(addr: &mail_parser::Addr<'_>) -> Mailbox {
    let raw = clean(addr.address.as_deref().unwrap_or_default());
    let name = addr.name.as_deref().map(clean).filter(|n| !n.trim().is_empty());
    Mailbox { name, address: Address::parse(&raw), raw }
}

/// Without control characters.
fn clean(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// Cuts at a character border; whether anything was cut.
fn truncate(text: &mut String, max: usize) -> bool {
    if text.len() <= max {
        return false;
    }
    let end = (0..=max).rev().find(|i| text.is_char_boundary(*i)).unwrap_or(0);
    text.truncate(end);
    true
}

fn media_type(part: &mail_parser::MessagePart<'_>) -> String {
    match mail_parser::MimeHeaders::content_type(part) {
        Some(kind) => {
            let mut media_type = [kind.ctype(), "/", kind.subtype().unwrap_or("")].concat();
            media_type.make_ascii_lowercase();
            media_type
        }
        None => match &part.body {
            mail_parser::PartType::Message(_) => "message/rfc822".to_owned(),
            _ => "text/plain".to_owned(),
        },
    }
}

/// Collects what the MIME structure tells, nested messages included.
fn walk(message: &mail_parser::Message<'_>, parsed: &mut Parsed, depth: usize) {
    const REPORT_MAX: usize = 64 * 1024;
    const IDS_MAX: usize = 50;
    if depth > DEPTH_MAX {
        parsed.trouble.push(Trouble::TooComplex);
        return;
    }
    for part in &message.parts {
        if parsed.mime.part_types.len() >= PARTS_MAX {
            parsed.trouble.push(Trouble::TooComplex);
            return;
        }
        let kind = media_type(part);
        let text = || match &part.body {
            mail_parser::PartType::Text(text) | mail_parser::PartType::Html(text) => text.to_string(),
            mail_parser::PartType::Binary(bytes) | mail_parser::PartType::InlineBinary(bytes) => {
                String::from_utf8_lossy(bytes).into_owned()
            }
            _ => String::new(),
        };
        match kind.as_str() {
            "message/delivery-status" | "message/disposition-notification" | "message/global-delivery-status" => {
                if depth == 0 && kind != "message/disposition-notification" {
                    parsed.mime.deliveries.extend(deliveries(&text()));
                    parsed.mime.deliveries.truncate(IDS_MAX);
                }
                parsed.mime.report_fields.push_str(&clean_lines(&text()));
                truncate(&mut parsed.mime.report_fields, REPORT_MAX);
                ids_in(
                    &text(),
                    &["original-message-id:", "x-original-message-id:"],
                    &mut parsed.mime.original_message_ids,
                );
            }
            "text/rfc822-headers" | "message/rfc822-headers" => {
                ids_in(&text(), &["message-id:"], &mut parsed.mime.original_message_ids);
            }
            _ => {}
        }
        if depth == 0
            && let Some(name) = mail_parser::MimeHeaders::attachment_name(part)
        {
            parsed.mime.attachments.push(clean(name));
        }
        if depth == 0 {
            parsed.mime.own_part_types.push(kind.clone());
        }
        parsed.mime.part_types.push(kind);
        if let mail_parser::PartType::Message(inner) = &part.body {
            if let Some(id) = inner.message_id() {
                parsed.mime.original_message_ids.push(clean(id));
            }
            walk(inner, parsed, depth + 1);
        }
    }
    parsed.mime.original_message_ids.truncate(IDS_MAX);
}

fn clean_lines(text: &str) -> String {
    text.chars().filter(|c| !c.is_control() || *c == '\n').collect()
}

/// The groups of a delivery status notification (between empty lines) that
/// name an action.
fn deliveries(text: &str) -> Vec<Delivery> {
    let mut found = Vec::new();
    let (mut action, mut status) = (None, None);
    for line in text.lines().map(str::trim_end).chain([""]).take(2_000) {
        if line.is_empty() {
            if let Some(action) = action.take() {
                found.push(Delivery { action, status: status.take() });
            }
            status = None;
        }
        let Some((name, value)) = line.split_once(':') else { continue };
        let value = without_comments(value);
        let value = value.trim();
        match name.trim_end().to_ascii_lowercase().as_str() {
            "action" => action = Some(value.to_ascii_lowercase()),
            "status" => {
                let code: String = value.chars().take_while(|c| c.is_ascii_digit() || *c == '.').take(11).collect();
                status = code.contains('.').then_some(code);
            }
            _ => {}
        }
    }
    found
}

/// Message-IDs after any of the given field names (lower case).
fn ids_in(text: &str, names: &[&str], ids: &mut Vec<String>) {
    for line in text.lines().take(500) {
        let lower = line.to_ascii_lowercase();
        if names.iter().any(|n| lower.starts_with(n)) {
            ids.extend(line.split_once('<').and_then(|(_, r)| r.split_once('>')).map(|(id, _)| clean(id)));
        }
    }
}

/// The text a person would read: plain text where there is any, else the HTML.
fn body_text(message: &mail_parser::Message<'_>, bytes: &[u8]) -> (String, bool) {
    let mut damaged = false;
    let mut join = |ids: &[u32], html: bool| {
        let mut text = String::new();
        for id in ids {
            let Some(part) = message.parts.get(*id as usize) else { continue };
            let is_html = matches!(part.body, mail_parser::PartType::Html(_));
            if is_html && !html {
                continue;
            }
            let Some(decoded) = part_text(part, bytes) else { continue };
            damaged |= decoded.damaged;
            if !text.is_empty() {
                text.push('\n');
            }
            if is_html {
                text.push_str(&html_text(&decoded.text));
            } else {
                text.push_str(&flowed(part, decoded.text));
            }
            if text.len() > 2 * TEXT_MAX {
                break;
            }
        }
        text
    };
    let plain: Vec<u32> = message.text_body.clone();
    let mut text = join(&plain, false);
    const STUB_MAX: usize = 120;
    let meaningful = text.chars().filter(|c| c.is_alphanumeric()).take(STUB_MAX).count();
    if meaningful == 0 || meaningful < STUB_MAX && is_stub(&text) {
        let html: Vec<u32> = message.html_body.clone();
        let other = join(&html, true);
        if other.chars().any(char::is_alphanumeric) {
            text = other;
        }
    }
    (plain_lines(&text), damaged)
}

/// With LF line ends, and a space for every other control character but tabs.
fn plain_lines(text: &str) -> String {
    // 0xC2 may begin one of U+0080 to U+009F.
    let special = |b: &u8| *b < b' ' && !matches!(b, b'\n' | b'\t') || matches!(b, 0x7f | 0xc2);
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.as_bytes().iter().position(special) {
        out.push_str(&rest[..at]);
        let mut chars = rest[at..].chars();
        match chars.next() {
            Some('\r') => {
                out.push('\n');
                rest = chars.as_str();
                rest = rest.strip_prefix('\n').unwrap_or(rest);
                continue;
            }
            Some(c) if c.is_control() => out.push(' '),
            Some(c) => out.push(c),
            None => {}
        }
        rest = chars.as_str();
    }
    out.push_str(rest);
    out
}

/// A plain part that only says that the mail is HTML.
fn is_stub(text: &str) -> bool {
    let lower = text.to_lowercase();
    ["html message", "html mail", "html形式", "htmlメール", "html format", "view this email in"]
        .iter()
        .any(|s| lower.contains(s))
}

/// A text part, its transfer encoding undone and its charset decided here.
fn part_text(part: &mail_parser::MessagePart<'_>, bytes: &[u8]) -> Option<charset::Decoded> {
    let parsed = match &part.body {
        mail_parser::PartType::Text(text) | mail_parser::PartType::Html(text) => text,
        _ => return None,
    };
    let label = mail_parser::MimeHeaders::content_type(part).and_then(|c| c.attribute("charset"));
    if charset::is_sound(parsed, label) {
        return Some(charset::Decoded { text: parsed.to_string(), damaged: false });
    }
    // UTF-7 decodes to markup too: what comes out is text, never HTML source.
    if label.is_some_and(|l| l.to_ascii_lowercase().contains("utf-7")) {
        return Some(charset::Decoded { text: parsed.to_string(), damaged: false });
    }
    let raw = bytes.get(part.offset_body as usize..part.offset_end as usize)?;
    let decoded = match part.encoding {
        mail_parser::Encoding::None => None,
        mail_parser::Encoding::Base64 => mail_parser::decoders::base64::base64_decode(raw),
        mail_parser::Encoding::QuotedPrintable => mail_parser::decoders::quoted_printable::quoted_printable_decode(raw),
    };
    match (part.encoding, decoded) {
        (mail_parser::Encoding::None, _) => Some(charset::decode(raw, label)),
        (_, Some(octets)) => Some(charset::decode(&octets, label)),
        // Broken base64: what the parser saved of it.
        (_, None) => Some(charset::Decoded { damaged: parsed.contains('\u{FFFD}'), text: parsed.to_string() }),
    }
}

/// HTML as text, containers marked for `zones`.
fn html_text(html: &str) -> String {
    let end = (0..=html.len().min(4 * TEXT_MAX)).rev().find(|i| html.is_char_boundary(*i)).unwrap_or(0);
    html::text(&html[..end])
}

/// format=flowed (RFC 3676): soft line ends undone.
fn flowed(part: &mail_parser::MessagePart<'_>, text: String) -> String {
    let kind = mail_parser::MimeHeaders::content_type(part);
    let is =
        |name: &str, value: &str| kind.and_then(|c| c.attribute(name)).is_some_and(|v| v.eq_ignore_ascii_case(value));
    if !is("format", "flowed") {
        return text;
    }
    let delsp = is("delsp", "yes");
    let mut out = String::with_capacity(text.len());
    for line in text.split('\n') {
        let line = line.strip_suffix('\r').unwrap_or(line);
        let line = line.strip_prefix(' ').unwrap_or(line);
        if line.ends_with(' ') && line != "-- " && !line.starts_with('>') {
            out.push_str(if delsp { &line[..line.len() - 1] } else { line });
        } else {
            out.push_str(line);
            out.push('\n');
        }
    }
    out
}

/// What the parser does not tell apart: Return-Path absent or null, several
/// From fields, addresses hidden behind a second one, msg-ids.
fn finish_header(header: &mut Header, lines: &[(&str, &[u8])]) {
    let [return_path, message_id, in_reply_to, references] =
        ["return-path", "message-id", "in-reply-to", "references"].map(|name| header.first(name).map(str::to_owned));
    header.return_path = match return_path {
        None => ReturnPath::Absent,
        Some(value) => {
            let value = without_comments(&value);
            let inner = value.trim().trim_start_matches('<').trim_end_matches('>').trim();
            match Address::parse(inner) {
                _ if inner.is_empty() => ReturnPath::Null,
                Some(address) => ReturnPath::Address(address),
                None => ReturnPath::Unreadable(value.trim().to_owned()),
            }
        }
    };
    let froms: Vec<String> = lines
        .iter()
        .filter(|(name, _)| name.eq_ignore_ascii_case("from"))
        .map(|(_, value)| String::from_utf8_lossy(value).into_owned())
        .collect();
    let structure = froms.iter().map(|f| without_quoted(&without_comments(f))).collect::<Vec<_>>().join(",");
    let angles = structure.matches('<').count();
    header.from_is_odd |= froms.len() > 1 || angles > 1 || structure.contains([':', ';']) || header.from.len() > 1;
    header.message_id = message_id.and_then(|v| msg_ids(&v).into_iter().next());
    header.in_reply_to = in_reply_to.map(|v| msg_ids(&v)).unwrap_or_default();
    header.references = references.map(|v| msg_ids(&v)).unwrap_or_default();
}

/// The msg-ids (RFC 5322 section 3.6.4) of a field, without angle brackets.
fn msg_ids(value: &str) -> Vec<String> {
    const IDS_MAX: usize = 200;
    value
        .split('<')
        .skip(1)
        .filter_map(|rest| rest.split_once('>'))
        .map(|(id, _)| id.trim())
        .filter(|id| id.len() <= 990 && id.contains('@') && id.bytes().all(|b| b.is_ascii_graphic()))
        .take(IDS_MAX)
        .map(str::to_owned)
        .collect()
}

/// Without RFC 5322 comments, nested ones included.
pub(in crate::core) fn without_comments(value: &str) -> String {
    let (mut out, mut depth, mut quoted, mut escaped) = (String::with_capacity(value.len()), 0usize, false, false);
    for c in value.chars() {
        if escaped {
            escaped = false;
            if depth == 0 {
                out.push(c);
            }
            continue;
        }
        match c {
            '\\' => {
                escaped = true;
                if depth == 0 {
                    out.push(c);
                }
            }
            '"' if depth == 0 => {
                quoted = !quoted;
                out.push(c);
            }
            '(' if !quoted => depth += 1,
            ')' if !quoted && depth > 0 => depth -= 1,
            c if depth == 0 => out.push(c),
            _ => {}
        }
    }
    out
}

/// Without quoted strings.
fn without_quoted(value: &str) -> String {
    let (mut out, mut quoted, mut escaped) = (String::with_capacity(value.len()), false, false);
    for c in value.chars() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            c if !quoted => out.push(c),
            _ => {}
        }
    }
    out
}

fn key(header: &Header, body: &[u8]) -> InquiryKey {
    use sha2::Digest;
    let mut hash = sha2::Sha256::new();
    hash.update(b"madoguchi-inquiry-1\0");
    hash.update(header.message_id.as_deref().unwrap_or_default());
    hash.update([0]);
    if let Some(from) = header.from.first() {
        hash.update(from.address.as_ref().map_or_else(|| from.raw.clone(), Address::canonical));
    }
    hash.update([0]);
    // Few large pieces are hashed faster than many small ones.
    const PIECE: usize = 4096;
    let mut piece: Vec<u8> = Vec::with_capacity(PIECE);
    let mut add = |bytes: &[u8]| {
        if piece.len() + bytes.len() > PIECE {
            hash.update(&piece);
            piece.clear();
        }
        if bytes.len() > PIECE {
            hash.update(bytes);
        } else {
            piece.extend_from_slice(bytes);
        }
    };
    let mut empty_lines = 0usize;
    let mut from = 0;
    for end in memchr_iter(b'\n', body).chain([body.len()]) {
        let line = &body[from..end];
        from = end + 1;
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.is_empty() {
            empty_lines += 1;
            continue;
        }
        for _ in 0..std::mem::take(&mut empty_lines) {
            add(b"\n");
        }
        add(line);
        add(b"\n");
    }
    hash.update(&piece);
    InquiryKey(hash.finalize().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mail(header: &str, body: &str) -> Inquiry {
        read(format!("{header}\r\n\r\n{body}").as_bytes())
    }

    #[test]
    fn a_reception_number_reads_back_as_people_write_it() {
        let key = InquiryKey(std::array::from_fn(|i| (i as u8).wrapping_mul(77).wrapping_add(200)));
        let number = key.reception_number();
        assert_eq!(InquiryKey::prefix_of(&number).unwrap(), key.0[..5]);
        let spoken = format!(" {}-{} ", number[..4].to_lowercase(), &number[4..]);
        assert_eq!(InquiryKey::prefix_of(&spoken), InquiryKey::prefix_of(&number));
        assert_eq!(InquiryKey::prefix_of("OIL00000"), InquiryKey::prefix_of("01100000"));
        for wrong in ["", "0123456", "012345678", "0123456U", "０１２３４５６７"] {
            assert_eq!(InquiryKey::prefix_of(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_plain_message_is_read() {
        let inquiry = mail(
            "Return-Path: <a@b.example>\r\nFrom: =?iso-2022-jp?B?GyRCOzNFRBsoQg==?= <a@b.example>\r\nTo: us@c.example\r\nSubject: =?utf-8?B?56qT5Y+j?=\r\nMessage-ID: <1@b.example>\r\nReferences: <x@y> junk <z@w>\r\nContent-Type: text/plain; charset=utf-8",
            "窓口はどこですか。\r\n\r\n> 以前の文\r\n",
        );
        assert_eq!(inquiry.subject.text, "窓口");
        assert_eq!(inquiry.fresh.text, "窓口はどこですか。");
        assert_eq!(inquiry.quoted.text, "> 以前の文");
        assert_eq!(inquiry.header.from[0].name.as_deref(), Some("山田"));
        assert_eq!(inquiry.header.references, ["x@y", "z@w"]);
        assert_eq!(inquiry.language, Some("ja"));
        assert!(inquiry.trouble.is_empty(), "{:?}", inquiry.trouble);
    }

    #[test]
    fn the_return_path_is_absent_null_or_an_address() {
        assert_eq!(mail("From: a@b.example", "x").header.return_path, ReturnPath::Absent);
        assert_eq!(mail("Return-Path: <>\r\nFrom: a@b.example", "x").header.return_path, ReturnPath::Null);
        assert_eq!(mail("Return-Path: (none) <>\r\nFrom: a@b.example", "x").header.return_path, ReturnPath::Null);
        assert!(matches!(
            mail("Return-Path: <a@b.example>\r\nFrom: a@b.example", "x").header.return_path,
            ReturnPath::Address(_)
        ));
    }

    #[test]
    fn odd_from_fields_are_noticed() {
        for odd in [
            "From: a@b.example\r\nFrom: c@d.example",
            "From: \"A\" <a@b.example>:<c@d.example>",
            "From: all: a@b.example;",
            "From: a@b.example, c@d.example",
        ] {
            assert!(mail(odd, "x").header.from_is_odd, "{odd}");
        }
        for usual in ["From: a@b.example", "From: \"a: b\" <a@b.example>", "From: A (b: c) <a@b.example>"] {
            assert!(!mail(usual, "x").header.from_is_odd, "{usual}");
        }
        let dots = mail("From: foo..bar@docomo.ne.jp", "x");
        assert_eq!(
            dots.header.from[0].address.as_ref().map(Address::to_smtp).as_deref(),
            Some("\"foo..bar\"@docomo.ne.jp")
        );
    }

    #[test]
    fn the_key_ignores_transport() {
        let one = mail("Received: x\r\nFrom: A <a@b.example>\r\nMessage-ID: <1@b>", "text\r\n\r\n");
        let two = read(b"X-Folder: y\nFrom: a@B.example\nMessage-ID: <1@b>\n\ntext\n");
        assert_eq!(one.key, two.key);
        assert_ne!(one.key, mail("From: a@b.example\r\nMessage-ID: <1@b>", "other").key);
        assert_eq!(one.key.reception_number().len(), 8);
    }

    #[test]
    fn html_only_mail_is_read_and_its_quotes_are_cut() {
        let inquiry = mail(
            "From: a@b.example\r\nContent-Type: text/html; charset=utf-8",
            "<html><style>p{x:y}</style><p>窓口&nbsp;は&#12393;こ</p><div>On Tue, D &lt;a@b.example&gt; wrote:</div><blockquote>old <b>seminar</b></blockquote></html>",
        );
        assert!(inquiry.fresh.text.starts_with("窓口"), "{:?}", inquiry.fresh.text);
        assert!(
            !inquiry.fresh.text.contains("seminar") && inquiry.quoted.text.contains("seminar"),
            "{:?}",
            inquiry.fresh.text
        );
        assert!(!inquiry.fresh.text.contains("x:y"));
    }

    #[test]
    fn a_delivery_report_tells_each_recipients_fate() {
        let report = "Reporting-MTA: dns; mx.b.example\r\n\r\nFinal-Recipient: rfc822; x@b.example\r\nStatus: 5.1.1 (no such user)\r\nAction: Failed (for good)\r\n\r\nAction: delayed\r\nStatus: 4.4.1\r\n";
        let bounce = |kind: &str| {
            format!(
                "--x\r\nContent-Type: text/plain\r\n\r\nsorry\r\n--x\r\nContent-Type: {kind}\r\n\r\n{report}\r\n--x\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: <1.a@b.example>\r\n\r\n--x--\r\n"
            )
        };
        let head =
            "From: MAILER-DAEMON@b.example\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=x";
        let mime = mail(head, &bounce("message/delivery-status")).mime;
        let of = |action: &str, status: &str| Delivery { action: action.to_owned(), status: Some(status.to_owned()) };
        assert_eq!(mime.deliveries, [of("failed", "5.1.1"), of("delayed", "4.4.1")]);
        assert_eq!(mime.original_message_ids, ["1.a@b.example"]);
        assert!(mime.returns_a_message() && mime.has_own_part("message/delivery-status"));
        // Somebody else's bounce, attached to a question about it.
        let attached = format!(
            "--y\r\nContent-Type: text/plain\r\n\r\nwhat is this?\r\n--y\r\nContent-Type: message/rfc822\r\n\r\n{head}\r\n\r\n{}\r\n--y--\r\n",
            bounce("message/delivery-status")
        );
        let mime = mail("From: a@b.example\r\nContent-Type: multipart/mixed; boundary=y", &attached).mime;
        assert!(mime.deliveries.is_empty() && !mime.has_own_part("message/delivery-status"), "{mime:?}");
        assert!(mime.part_types.iter().any(|t| t == "message/delivery-status"));
    }

    #[test]
    fn bounds_are_trouble_not_failure() {
        let many = format!("From: a@b.example\r\n{}\r\ntext", "X-A: b\r\n".repeat(10_000));
        assert!(read(many.as_bytes()).trouble.contains(&Trouble::TooComplex));
        assert!(read(b"").trouble.contains(&Trouble::Malformed));
        assert!(mail("From: a@b.example", "").trouble.contains(&Trouble::NoText));
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..400)) {
            let _ = read(&bytes);
            let mut mail = b"From: a@b.example\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n".to_vec();
            mail.extend_from_slice(&bytes);
            let _ = read(&mail);
        }
    }
}
