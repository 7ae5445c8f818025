//! Raw bytes → [`Inquiry`]. The only user of mail-parser; charset repair lives
//! here. Never fails: what could not be read is recorded as [`Trouble`].

use super::address::Address;
use super::text::{FormField, Passage, Zone};

/// Largest message that is read, in octets; above it only the header is.
pub const SIZE_MAX: usize = 50 * 1024 * 1024;

/// Identity of a message: SHA-256 over version, Message-ID, From addr-spec and
/// the body with LF line ends and no trailing empty lines. UID and trace
/// fields stay out, so copies, MOVE and a changed UIDVALIDITY keep the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct InquiryKey(pub [u8; 32]);

impl InquiryKey {
    /// 64 hexadecimal digits.
    pub fn hex(&self) -> String {
        self.0.iter().map(|b| format!("{b:02x}")).collect()
    }

    /// The reception number (受付番号): eight Crockford base-32 characters.
    pub fn reception_number(&self) -> String {
        const DIGITS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
        let bits = u64::from_be_bytes([0, 0, 0, self.0[0], self.0[1], self.0[2], self.0[3], self.0[4]]);
        (0..8).rev().map(|i| DIGITS[(bits >> (5 * i)) as usize & 31] as char).collect()
    }
}

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
    /// Text of the message/delivery-status or disposition-notification parts.
    pub report_fields: String,
    /// Message-IDs (without angle brackets) named by returned messages or
    /// report fields, bounded.
    pub original_message_ids: Vec<String>,
    /// File names of attachments, decoded.
    pub attachments: Vec<String>,
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

/// Reads a message. Never fails, never panics; bounded by [`SIZE_MAX`].
pub fn read(raw: &[u8]) -> Inquiry {
    let empty = |zone| Passage::new(zone, String::new());
    Inquiry {
        key: InquiryKey([0; 32]),
        size: raw.len(),
        header: Header::default(),
        mime: Mime::default(),
        subject: empty(Zone::Subject),
        fresh: empty(Zone::Fresh),
        quoted: empty(Zone::Quoted),
        signature: empty(Zone::Signature),
        disclaimer: empty(Zone::Disclaimer),
        fields: Vec::new(),
        language: None,
        trouble: vec![Trouble::Malformed],
    }
}
