//! Plan → the exact bytes to send: the only builder of mail. A function of its
//! arguments (Date, Message-ID and boundary are fixed by them), so composing
//! twice gives the same octets. Never quotes the inquirer's text: the original
//! travels as an attachment to the association, and nowhere else.

use super::address::Address;
use super::directory::{Association, Bilingual, Contact, FaceToFace};
use super::evidence::Evidence;
use super::inquiry::{Inquiry, InquiryKey, Mailbox};
use super::places::Place;
use super::plan::{Forward, Plan, Reply};
use super::policy::ReplyPath;
use super::ruleset::Ruleset;
use super::template::{Lang, RenderError, Rendered};
use mail_builder::MessageBuilder;
use mail_builder::headers::{HeaderType, content_type::ContentType, raw::Raw, text::Text};
use mail_builder::mime::MimePart;
use serde::Serialize;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// Which of the two mails a message can lead to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    Reply,
    Forward,
}

impl Kind {
    /// The stable word (ledger, logs).
    pub fn word(self) -> &'static str {
        match self {
            Kind::Reply => "reply",
            Kind::Forward => "forward",
        }
    }
}

/// A mail ready for the relay: envelope (RFC 5321) and octets (RFC 5322).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    pub kind: Kind,
    /// `None`: null reverse-path.
    pub envelope_from: Option<Address>,
    /// Exactly one recipient.
    pub envelope_to: Address,
    /// Without angle brackets; a hash of (key, kind, recipient).
    pub message_id: String,
    /// CRLF line ends; lines of at most 998 octets.
    pub bytes: Vec<u8>,
    /// Holds octets above 127: the relay must offer 8BITMIME (RFC 6152), else
    /// [`seven_bit`] gives the form it can carry.
    pub eight_bit: bool,
}

/// Builds what the plan says is to be sent or held: at most one reply, then at
/// most one forward. `raw` is the message as it lay in the mailbox; `date` becomes
/// the Date field, in Japan's zone.
pub fn compose(
    ruleset: &Ruleset,
    plan: &Plan,
    inquiry: &Inquiry,
    raw: &[u8],
    date: jiff::Timestamp,
) -> Result<Vec<Outgoing>, RenderError> {
    let mut mails = Vec::new();
    if let Some(reply) = plan.composed_reply() {
        mails.push(compose_reply(ruleset, plan, inquiry, reply, date)?);
    }
    if let Some(forward) = plan.forward.done() {
        mails.push(compose_forward(ruleset, plan, inquiry, forward, raw, date)?);
    }
    Ok(mails)
}

/// The Message-ID of a mail of ours, without angle brackets.
pub fn message_id(key: &InquiryKey, kind: Kind, to: &Address, ours: &Address) -> String {
    format!("{}.madoguchi@{}", token(key, kind, to), ours.domain())
}

fn token(key: &InquiryKey, kind: Kind, to: &Address) -> String {
    use sha2::Digest;
    let mut hash = sha2::Sha256::new();
    hash.update(b"madoguchi-1\0");
    hash.update(key.0);
    hash.update(kind.word());
    hash.update([0]);
    hash.update(to.canonical());
    hash.finalize().iter().take(16).map(|b| format!("{b:02x}")).collect()
}

fn compose_reply(
    ruleset: &Ruleset,
    plan: &Plan,
    inquiry: &Inquiry,
    reply: &Reply,
    date: jiff::Timestamp,
) -> Result<Outgoing, RenderError> {
    let rendered = render(ruleset, &format!("reply/{}", reply.template), &reply.languages, |lang| {
        context(ruleset, plan, inquiry, lang)
    })?;
    let lang = reply.languages.first().copied().unwrap_or(Lang::Ja);
    let id = message_id(&inquiry.key, Kind::Reply, &reply.to, &ruleset.policy.address);
    let mut mail = head(ruleset, lang, &reply.to, &rendered.subject, &id, date)
        .header("Auto-Submitted", raw_value("auto-replied"))
        .header("X-Auto-Response-Suppress", raw_value("All"));
    if let Some(parent) = inquiry.header.message_id.as_deref().filter(|id| is_msg_id(id)) {
        mail = mail.header("In-Reply-To", raw_value(format!("<{parent}>")));
        mail = mail.header("References", raw_value(references(inquiry, parent)));
    }
    let bytes = bytes_of(mail.body(text_part(&rendered.body)))?;
    Ok(Outgoing {
        kind: Kind::Reply,
        envelope_from: match ruleset.policy.reply_path {
            ReplyPath::Null => None,
            ReplyPath::Address => Some(ruleset.policy.address.clone()),
        },
        envelope_to: reply.to.clone(),
        message_id: id,
        eight_bit: !bytes.is_ascii(),
        bytes,
    })
}

fn compose_forward(
    ruleset: &Ruleset,
    plan: &Plan,
    inquiry: &Inquiry,
    forward: &Forward,
    raw: &[u8],
    date: jiff::Timestamp,
) -> Result<Outgoing, RenderError> {
    let original = Original::of(raw);
    // The association reads Japanese; beside a foreign inquiry the English
    // summary shows the words the person knows.
    let languages: &[Lang] = if inquiry.language == Some("ja") { &[Lang::Ja] } else { &[Lang::Ja, Lang::En] };
    let rendered = render(ruleset, "forward/association", languages, |lang| ForwardContext {
        common: context(ruleset, plan, inquiry, lang),
        sender: inquirer(plan, inquiry, lang),
        evidence: plan.evidence.iter().map(EvidenceContext::new).collect(),
        received: received(inquiry, date),
        language: inquiry.language,
        original_attached_as: original.media_type(),
    })?;
    let id = message_id(&inquiry.key, Kind::Forward, &forward.to, &ruleset.policy.address);
    let mut mail = head(ruleset, Lang::Ja, &forward.to, &rendered.subject, &id, date)
        .header("Auto-Submitted", raw_value("auto-generated"))
        .header("X-Auto-Response-Suppress", raw_value("All"));
    if let Some(reply_to) = answerable(plan, inquiry) {
        mail = mail.header("Reply-To", raw_value(format!("<{}>", reply_to.to_smtp())));
    }
    let boundary = format!("madoguchi_{}", token(&inquiry.key, Kind::Forward, &forward.to));
    let eight_bit = original.is_eight_bit();
    let bytes = bytes_of(mail.body(forward_body(boundary, &rendered.body, original)))?;
    Ok(Outgoing {
        kind: Kind::Forward,
        envelope_from: Some(ruleset.policy.address.clone()),
        envelope_to: forward.to.clone(),
        message_id: id,
        bytes,
        eight_bit,
    })
}

/// Summary first, then the original.
fn forward_body<'x>(boundary: String, summary: &str, original: Original<'x>) -> MimePart<'x> {
    let parts = vec![summary_part(summary), original.into_part()];
    MimePart::new(ContentType::new("multipart/mixed").attribute("boundary", boundary), parts)
}

/// The form of a mail for a relay without 8BITMIME: the attached original goes
/// as `application/octet-stream`, base64, and the summary says so. Gives back
/// the same Message-ID, envelope and Date. A mail that is seven-bit already
/// comes back as it is.
pub fn seven_bit(mail: &Outgoing) -> Outgoing {
    let mut seven = mail.clone();
    let Some(forward) = ForwardParts::of(&mail.bytes).filter(|_| mail.eight_bit) else { return seven };
    let note = "\r\n※元のメールは添付ファイル original.eml に収めています。\r\n\
                The original message is attached as the file original.eml.\r\n";
    let summary = summary_part(&format!("{}{note}", forward.summary));
    let original = Original::Octets(Cow::Borrowed(forward.original)).into_part();
    let mut bytes = forward.head.to_vec();
    for part in [summary, original] {
        bytes.extend_from_slice(b"\r\n--");
        bytes.extend_from_slice(forward.boundary);
        bytes.extend_from_slice(b"\r\n");
        part.write_part(&mut bytes);
    }
    bytes.extend_from_slice(b"\r\n--");
    bytes.extend_from_slice(forward.boundary);
    bytes.extend_from_slice(b"--\r\n");
    seven.bytes = bytes;
    seven.eight_bit = false;
    seven
}

/// The pieces of a forward that this module built.
struct ForwardParts<'a> {
    head: &'a [u8],
    boundary: &'a [u8],
    summary: String,
    original: &'a [u8],
}

impl<'a> ForwardParts<'a> {
    fn of(bytes: &'a [u8]) -> Option<ForwardParts<'a>> {
        let find = |hay: &'a [u8], needle: &[u8]| hay.windows(needle.len()).position(|w| w == needle);
        let start = find(bytes, b"\r\n--madoguchi_")?;
        let line = &bytes[start + 4..];
        let boundary = &line[..find(line, b"\r\n")?];
        let delimiter = [b"\r\n--", boundary].concat();
        let rest = &bytes[start + delimiter.len() + 2..];
        let end = find(rest, &delimiter)?;
        let (summary, rest) = (&rest[..end], &rest[end + delimiter.len() + 2..]);
        let head_end = find(rest, b"\r\n\r\n")?;
        let body = &rest[head_end + 4..];
        let tail = delimiter.len() + 4;
        let original = body.get(..body.len().checked_sub(tail)?)?;
        let encoded = &summary[find(summary, b"\r\n\r\n")? + 4..];
        let encoded: Vec<u8> = encoded.iter().copied().filter(|b| !b.is_ascii_whitespace()).collect();
        let text = base64::Engine::decode(&base64::prelude::BASE64_STANDARD, encoded).ok()?;
        let summary = String::from_utf8(text).ok()?;
        Some(ForwardParts { head: &bytes[..start], boundary, summary, original })
    }
}

/// The inquirer's message as an attachment.
enum Original<'a> {
    /// As message/rfc822: as it was but for line ends, which are CRLF.
    Message(Cow<'a, [u8]>),
    /// What SMTP cannot carry as it is (NUL, bare CR, lines over 998 octets).
    Octets(Cow<'a, [u8]>),
}

/// Longest line in octets without CRLF (RFC 5321 section 4.5.3.1.6).
const LINE_MAX: usize = 998;

impl<'a> Original<'a> {
    fn of(raw: &'a [u8]) -> Original<'a> {
        let mut bare_lf = false;
        for line in raw.split(|b| *b == b'\n') {
            let text = line.strip_suffix(b"\r").unwrap_or(line);
            if text.len() > LINE_MAX || text.iter().any(|b| *b == 0 || *b == b'\r') {
                return Original::Octets(Cow::Borrowed(raw));
            }
        }
        let mut before = 0;
        for byte in raw {
            bare_lf |= *byte == b'\n' && before != b'\r';
            before = *byte;
        }
        // A last line with a CR and no LF would be a bare CR in the part.
        if raw.last() == Some(&b'\r') {
            return Original::Octets(Cow::Borrowed(raw));
        }
        Original::Message(if bare_lf { Cow::Owned(crlf(raw)) } else { Cow::Borrowed(raw) })
    }

    fn is_eight_bit(&self) -> bool {
        matches!(self, Original::Message(bytes) if !bytes.is_ascii())
    }

    fn media_type(&self) -> &'static str {
        match self {
            Original::Message(_) => "message/rfc822",
            Original::Octets(_) => "application/octet-stream",
        }
    }

    fn into_part(self) -> MimePart<'a> {
        match self {
            // RFC 2046 section 5.2.1: only 7bit, 8bit or binary here.
            Original::Message(bytes) => {
                let encoding = if bytes.is_ascii() { "7bit" } else { "8bit" };
                MimePart::new(ContentType::new("message/rfc822"), bytes.into_owned())
                    .header("Content-Disposition", raw_value("attachment; filename=\"original.eml\""))
                    .transfer_encoding(encoding)
            }
            Original::Octets(bytes) => MimePart::new(ContentType::new("application/octet-stream"), bytes.into_owned())
                .attachment("original.eml"),
        }
    }
}

/// Line ends as CRLF.
fn crlf(raw: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(raw.len() + raw.len() / 32);
    let mut before = 0;
    for byte in raw {
        if *byte == b'\n' && before != b'\r' {
            out.push(b'\r');
        }
        out.push(*byte);
        before = *byte;
    }
    out
}

/// Renders a template in each language; several are joined, the first first.
fn render<C: Serialize>(
    ruleset: &Ruleset,
    name: &str,
    languages: &[Lang],
    context: impl Fn(Lang) -> C,
) -> Result<Rendered, RenderError> {
    let mut all: Vec<Rendered> = Vec::new();
    for lang in languages {
        all.push(ruleset.templates.render(name, *lang, &context(*lang))?);
    }
    let subject = all.iter().map(|r| r.subject.as_str()).collect::<Vec<_>>().join(" / ");
    let body = all.iter().map(|r| r.body.as_str()).collect::<Vec<_>>().join("\n\n");
    Ok(Rendered { subject, body })
}

/// The fields that every mail of ours begins with.
fn head<'x>(
    ruleset: &Ruleset,
    lang: Lang,
    to: &Address,
    subject: &str,
    id: &str,
    date: jiff::Timestamp,
) -> MessageBuilder<'x> {
    let ours = &ruleset.policy.address;
    let name = ruleset.directory.contact("secretariat").map(|c| one_line(pick(&c.name, lang))).unwrap_or_default();
    let from = mail_builder::headers::address::Address::new_address((!name.is_empty()).then_some(name), ours.to_smtp());
    MessageBuilder::new()
        .header("From", HeaderType::Address(from))
        .header("To", raw_value(format!("<{}>", to.to_smtp())))
        .header("Subject", HeaderType::Text(Text::new(one_line(subject))))
        .header("Date", raw_value(rfc5322_date(date)))
        .header("Message-ID", raw_value(format!("<{id}>")))
}

fn raw_value<'x>(value: impl Into<Cow<'x, str>>) -> HeaderType<'x> {
    HeaderType::Raw(Raw::new(value))
}

fn text_part<'x>(body: &str) -> MimePart<'x> {
    MimePart::new("text/plain", body.replace("\r\n", "\n").replace('\n', "\r\n"))
}

/// The summary of a forward, always in base64, so that [`seven_bit`] can read
/// back what was written here.
fn summary_part<'x>(body: &str) -> MimePart<'x> {
    let text = body.replace("\r\n", "\n").replace('\n', "\r\n");
    let encoder = mail_builder::encoders::base64::Base64Encoder::new().wrap_lines();
    let mut encoded = Vec::new();
    encoder.encode_into(text.as_bytes(), &mut encoded);
    let kind = ContentType::new("text/plain").attribute("charset", "utf-8");
    MimePart::new(kind, encoded).transfer_encoding("base64")
}

fn bytes_of(mail: MessageBuilder<'_>) -> Result<Vec<u8>, RenderError> {
    mail.write_to_vec().map_err(|e| RenderError(e.to_string()))
}

/// RFC 5322 section 3.3 date-time in Japan's zone, which has no daylight time.
fn rfc5322_date(date: jiff::Timestamp) -> String {
    let zoned = date.to_zoned(jiff::tz::TimeZone::fixed(jiff::tz::offset(9)));
    zoned.strftime("%a, %d %b %Y %H:%M:%S +0900").to_string()
}

/// References of the inquiry and the inquiry itself (RFC 5322 section 3.6.4);
/// of a long thread the first and the latest.
fn references(inquiry: &Inquiry, parent: &str) -> String {
    const KEPT: usize = 20;
    let header = &inquiry.header;
    let mut ids: Vec<&str> = if header.references.is_empty() && header.in_reply_to.len() == 1 {
        header.in_reply_to.iter().map(String::as_str).collect()
    } else {
        header.references.iter().map(String::as_str).collect()
    };
    ids.retain(|id| is_msg_id(id) && *id != parent);
    if ids.len() > KEPT {
        ids.drain(1..ids.len() - KEPT + 1);
    }
    ids.push(parent);
    ids.iter().map(|id| format!("<{id}>")).collect::<Vec<_>>().join(" ")
}

/// Whether a parsed msg-id can stand in a header line of ours.
fn is_msg_id(id: &str) -> bool {
    id.len() <= 250 && id.contains('@') && id.bytes().all(|b| b.is_ascii_graphic() && b != b'<' && b != b'>')
}

/// Where an answer of the association should go: the person we answered, or
/// whom we would have answered.
fn answerable<'a>(plan: &'a Plan, inquiry: &'a Inquiry) -> Option<&'a Address> {
    match &plan.screened {
        super::screen::Screened::Person(to) => Some(to),
        _ => inquiry.header.from.first().and_then(|m| m.address.as_ref()),
    }
}

/// Variables of every template (the list in docs and the check at load).
#[derive(Debug, Serialize)]
struct Context {
    reception: String,
    name: Option<String>,
    organisation: Option<String>,
    topics: Vec<TopicContext>,
    place: &'static str,
    prefecture: Option<String>,
    candidates: Vec<String>,
    association: Option<AssociationContext>,
    forwarded: bool,
    contacts: BTreeMap<String, ContactContext>,
    secretariat_address: String,
}

#[derive(Debug, Serialize)]
struct TopicContext {
    name: String,
    title: String,
}

#[derive(Debug, Serialize)]
struct AssociationContext {
    name: String,
    phone: Option<String>,
    website: Option<String>,
    hours: Option<String>,
    face_to_face: &'static str,
}

#[derive(Debug, Serialize)]
struct ContactContext {
    name: String,
    purpose: String,
    phone: Option<String>,
    email: Option<String>,
    website: Option<String>,
    hours: Option<String>,
    address: Option<String>,
}

#[derive(Debug, Serialize)]
struct ForwardContext {
    #[serde(flatten)]
    common: Context,
    sender: SenderContext,
    evidence: Vec<EvidenceContext>,
    received: String,
    language: Option<&'static str>,
    original_attached_as: &'static str,
}

#[derive(Debug, Serialize)]
struct SenderContext {
    name: Option<String>,
    address: String,
}

/// Evidence without the sender's words: the summary quotes nothing.
#[derive(Debug, Serialize)]
struct EvidenceContext {
    zone: &'static str,
    about: String,
    source: String,
    role: &'static str,
}

impl EvidenceContext {
    fn new(evidence: &Evidence) -> EvidenceContext {
        EvidenceContext {
            zone: evidence.zone.word(),
            about: evidence.about.clone(),
            source: evidence.source.to_string(),
            role: evidence.role.word(),
        }
    }
}

fn context(ruleset: &Ruleset, plan: &Plan, inquiry: &Inquiry, lang: Lang) -> Context {
    let (name, organisation) = addressee(plan, inquiry, lang);
    let place_name = |prefecture| match lang {
        Lang::Ja => ruleset.gazetteer.name_ja(prefecture).to_owned(),
        Lang::En => ruleset.gazetteer.name_en(prefecture).to_owned(),
    };
    let (place, prefecture, candidates) = match &plan.place {
        Place::Known(p) => ("known", Some(*p), Vec::new()),
        Place::Ambiguous(all) => ("ambiguous", None, all.iter().map(|p| place_name(*p)).collect()),
        Place::Unstated => ("unstated", None, Vec::new()),
    };
    let topics = ruleset.rules.topics.iter().filter(|t| plan.topics.contains(&t.name));
    Context {
        reception: inquiry.key.reception_number(),
        name,
        organisation,
        topics: topics
            .map(|t| TopicContext {
                name: t.name.clone(),
                title: match lang {
                    Lang::Ja => t.title_ja.clone(),
                    Lang::En => t.title_en.clone(),
                },
            })
            .collect(),
        place,
        prefecture: prefecture.map(place_name),
        candidates,
        association: prefecture.and_then(|p| ruleset.directory.association(p)).map(|a| association_context(a, lang)),
        forwarded: plan.forward.done().is_some(),
        contacts: ruleset
            .directory
            .contacts
            .iter()
            .map(|c| (c.key.replace('-', "_"), contact_context(c, lang)))
            .collect(),
        secretariat_address: ruleset.policy.address.to_smtp(),
    }
}

fn association_context(association: &Association, lang: Lang) -> AssociationContext {
    AssociationContext {
        name: pick(&association.name, lang).to_owned(),
        phone: association.phone.clone(),
        website: association.website.clone(),
        hours: association.hours.as_ref().map(|h| pick(h, lang).to_owned()),
        face_to_face: match association.face_to_face {
            FaceToFace::Yes => "yes",
            FaceToFace::No => "no",
            FaceToFace::Unknown => "unknown",
        },
    }
}

fn contact_context(contact: &Contact, lang: Lang) -> ContactContext {
    ContactContext {
        name: pick(&contact.name, lang).to_owned(),
        purpose: pick(&contact.purpose, lang).to_owned(),
        phone: contact.phone.clone(),
        email: contact.email.clone(),
        website: contact.website.clone(),
        hours: contact.hours.as_ref().map(|h| pick(h, lang).to_owned()),
        address: contact.address.as_ref().map(|a| pick(a, lang).to_owned()),
    }
}

fn pick(text: &Bilingual, lang: Lang) -> &str {
    match lang {
        Lang::Ja => &text.ja,
        Lang::En => &text.en,
    }
}

fn inquirer(plan: &Plan, inquiry: &Inquiry, lang: Lang) -> SenderContext {
    let (name, organisation) = addressee(plan, inquiry, lang);
    SenderContext {
        name: name.or(organisation),
        address: answerable(plan, inquiry).map(Address::to_smtp).unwrap_or_default(),
    }
}

/// When the message was received, by its topmost Date field; else our date.
fn received(inquiry: &Inquiry, date: jiff::Timestamp) -> String {
    let when = inquiry
        .header
        .first("date")
        .and_then(|text| jiff::fmt::rfc2822::parse(text).ok())
        .map_or(date, |zoned| zoned.timestamp());
    when.to_zoned(jiff::tz::TimeZone::fixed(jiff::tz::offset(9))).strftime("%Y-%m-%d %H:%M (JST)").to_string()
}

/// Whom to address: the person's name, or an organisation alone, as the
/// sender wrote it in From, if it is a name and nothing else, and in letters
/// the language of the reply has.
fn addressee(plan: &Plan, inquiry: &Inquiry, lang: Lang) -> (Option<String>, Option<String>) {
    const NAME_MAX: usize = 40;
    let to = answerable(plan, inquiry);
    let written = inquiry
        .header
        .from
        .iter()
        .chain(&inquiry.header.reply_to)
        .find(|m: &&Mailbox| m.address.as_ref() == to)
        .and_then(|m| m.name.as_deref())
        .map(|n| one_line(n).trim().trim_matches(['"', '\'', '「', '」']).to_owned())
        .unwrap_or_default();
    let letters = |c: char| {
        c.is_alphabetic()
            || matches!(
                c,
                ' ' | '\u{3000}'
                    | '・'
                    | '-'
                    | '.'
                    | ','
                    | '\''
                    | '’'
                    | '々'
                    | 'ー'
                    | '('
                    | ')'
                    | '（'
                    | '）'
                    | '㈱'
                    | '㈲'
                    | '&'
            )
    };
    let is_name = !written.is_empty()
        && written.chars().count() <= NAME_MAX
        && written.chars().all(letters)
        && written.chars().any(char::is_alphabetic)
        && (lang == Lang::Ja || written.is_ascii());
    if !is_name {
        return (None, None);
    }
    let name = written.trim_end_matches(['様', '殿']).trim().to_owned();
    if is_organisation(&name) { (None, Some(name)) } else { (Some(name), None) }
}

/// A display name that is an organisation and no person: it takes 御中.
fn is_organisation(name: &str) -> bool {
    const ENDS: &[&str] = &[
        "株式会社",
        "有限会社",
        "合同会社",
        "(株)",
        "（株）",
        "㈱",
        "㈲",
        "法人",
        "組合",
        "協会",
        "連合会",
        "商工会",
        "会議所",
        "事務所",
        "事務局",
        "役所",
        "役場",
        "市",
        "町",
        "村",
        "県",
        "課",
        "部",
        "室",
        "係",
        "センター",
        "病院",
        "学校",
        "学園",
        "大学",
        "工業",
        "産業",
        "商店",
        "商会",
        "製作所",
        "Inc.",
        "Inc",
        "Ltd.",
        "Ltd",
        "LLC",
        "K.K.",
        "KK",
        "Corporation",
        "Office",
        "Center",
        "Centre",
    ];
    const STARTS: &[&str] = &[
        "株式会社",
        "有限会社",
        "合同会社",
        "(株)",
        "（株）",
        "㈱",
        "㈲",
        "一般社団法人",
        "社会福祉法人",
        "医療法人",
        "NPO",
    ];
    let words = name.split([' ', '\u{3000}']).filter(|w| !w.is_empty()).count();
    ENDS.iter().any(|e| name.ends_with(e) && name.len() > e.len())
        || (words == 1 && STARTS.iter().any(|s| name.starts_with(s)))
}

/// One header-safe line: control characters become spaces.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use mail_parser::{MessageParser, MimeHeaders, PartType};

    fn forward(raw: &[u8]) -> Outgoing {
        let original = Original::of(raw);
        let to = Address::parse("a@assoc.example").unwrap();
        let eight_bit = original.is_eight_bit();
        let mail = MessageBuilder::new()
            .header("From", raw_value("<us@b.example>"))
            .header("Date", raw_value("Wed, 25 Nov 2026 10:00:00 +0900"))
            .header("Message-ID", raw_value("<1@b.example>"))
            .body(forward_body("madoguchi_00ff".to_owned(), "要約です。\n", original));
        let bytes = bytes_of(mail).unwrap();
        let message_id = "1@b.example".to_owned();
        Outgoing { kind: Kind::Forward, envelope_from: None, envelope_to: to, message_id, bytes, eight_bit }
    }

    fn attached(mail: &Outgoing) -> (String, Vec<u8>) {
        let parsed = MessageParser::default().parse(&mail.bytes).unwrap();
        let part = &parsed.parts[2];
        let kind = part.content_type().map(|c| format!("{}/{}", c.ctype(), c.subtype().unwrap_or(""))).unwrap();
        let bytes = match &part.body {
            PartType::Message(inner) => inner.raw_message().to_vec(),
            PartType::Binary(bytes) | PartType::InlineBinary(bytes) => bytes.to_vec(),
            other => panic!("{other:?}"),
        };
        (kind, bytes)
    }

    #[test]
    fn the_original_travels_byte_for_byte() {
        for raw in [
            &b"From: a@b.example\r\nSubject: x\r\n\r\nhello\r\n.\r\n"[..],
            b"From: a@b.example\r\n\r\n\x1b$B%F\x1b(B no line end at the end",
            "From: a@b.example\r\n\r\n八ビット\r\n".as_bytes(),
        ] {
            let mail = forward(raw);
            let (kind, bytes) = attached(&mail);
            assert_eq!(kind, "message/rfc822");
            assert_eq!(String::from_utf8_lossy(&bytes), String::from_utf8_lossy(raw));
            assert_eq!(mail.eight_bit, !raw.is_ascii());
        }
        let (_, bytes) = attached(&forward(b"From: a@b.example\n\nunix\n"));
        assert_eq!(bytes, b"From: a@b.example\r\n\r\nunix\r\n");
    }

    #[test]
    fn what_smtp_cannot_carry_goes_as_octets() {
        let long = [b"From: a@b.example\r\n\r\n".as_slice(), &[b'x'; 999], b"\r\n"].concat();
        for raw in [&b"From: a@b.example\r\n\r\na\0b\r\n"[..], b"From: a@b.example\r\n\r\na\rb\r\n", &long] {
            let mail = forward(raw);
            let (kind, bytes) = attached(&mail);
            assert_eq!((kind.as_str(), bytes.as_slice()), ("application/octet-stream", raw));
            assert!(mail.bytes.is_ascii() && !mail.bytes.contains(&0));
        }
    }

    #[test]
    fn a_relay_without_8bitmime_gets_the_same_in_seven_bits() {
        let raw = "From: a@b.example\r\n\r\n八ビット\r\n".as_bytes();
        let seven = seven_bit(&forward(raw));
        assert!(seven.bytes.is_ascii() && !seven.eight_bit);
        let (kind, bytes) = attached(&seven);
        assert_eq!((kind.as_str(), bytes.as_slice()), ("application/octet-stream", raw));
        let parsed = MessageParser::default().parse(&seven.bytes).unwrap();
        let summary = parsed.body_text(0).unwrap();
        assert!(summary.starts_with("要約です。") && summary.contains("original.eml"), "{summary}");
        assert_eq!(seven_bit(&seven), seven);
    }

    #[test]
    fn dates_are_in_japan() {
        let date = "2026-11-25T00:30:00Z".parse().unwrap();
        assert_eq!(rfc5322_date(date), "Wed, 25 Nov 2026 09:30:00 +0900");
    }

    #[test]
    fn organisations_and_people_are_told_apart() {
        for name in ["株式会社山田", "山田商店", "商工観光課", "Yamada Ltd."] {
            assert!(is_organisation(name), "{name}");
        }
        for name in ["山田 太郎", "山田", "Taro Yamada", "株式会社山田 山田太郎"] {
            assert!(!is_organisation(name), "{name}");
        }
    }
}
