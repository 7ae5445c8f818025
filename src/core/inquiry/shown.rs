//! A mail as a person reads it: for showing one of our own mails, or an
//! original, whole. Nothing is cut and nothing concluded.

use mail_parser::{HeaderValue, MessageParser};

/// Decoded header fields and text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// The fields asked for that are there, in the order asked for.
    pub fields: Vec<(&'static str, String)>,
    /// The text parts, one below the other.
    pub text: String,
}

/// Reads a mail for showing. `None` when it is no mail at all. Text from mail:
/// strip control and bidi characters before a terminal or a page.
pub fn shown(raw: &[u8], names: &[&'static str]) -> Option<Shown> {
    let message = MessageParser::default().parse(raw)?;
    let field = |name: &&'static str| {
        let value = match message.header(*name)? {
            HeaderValue::Text(text) => text.to_string(),
            HeaderValue::Address(addresses) => addresses.iter().map(addressed).collect::<Vec<_>>().join(", "),
            _ => message.header_raw(*name)?.trim().to_owned(),
        };
        Some((*name, value))
    };
    let parts = (0..message.text_body_count()).filter_map(|i| message.body_text(i));
    Some(Shown { fields: names.iter().filter_map(field).collect(), text: parts.collect::<Vec<_>>().join("\n") })
}

fn addressed(addr: &mail_parser::Addr<'_>) -> String {
    let address = addr.address().unwrap_or_default();
    match addr.name() {
        Some(name) => format!("{name} <{address}>"),
        None => format!("<{address}>"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_is_shown_decoded_and_whole() {
        let raw = b"Subject: =?UTF-8?B?44OG44K544OI?=\r\nTo: <a@b.example>\r\nFrom: =?UTF-8?B?44GC?= <c@b.example>\r\nMIME-Version: 1.0\r\n\
            Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n44GC\r\n";
        let shown = shown(raw, &["To", "From", "Subject", "Date"]).unwrap();
        let fields: Vec<_> = shown.fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        assert_eq!(fields, [("To", "<a@b.example>"), ("From", "あ <c@b.example>"), ("Subject", "テスト")]);
        assert_eq!(shown.text, "あ");
    }
}
