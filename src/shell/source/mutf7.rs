//! Folder names as IMAP and Maildir++ write them: modified UTF-7 (RFC 3501
//! section 5.1.3). Printable ASCII stands for itself, `&` is `&-`, everything
//! else is UTF-16 in base64 with `,` for `/`, between `&` and `-`.

use base64::Engine;
use base64::engine::GeneralPurposeConfig;
use base64::engine::general_purpose::GeneralPurpose;

/// Base64 without padding on IMAP's alphabet. Left-over bits must be zero, so
/// that every name has one spelling.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::IMAP_MUTF7,
    GeneralPurposeConfig::new()
        .with_encode_padding(false)
        .with_decode_padding_mode(base64::engine::DecodePaddingMode::RequireNone),
);

/// The name for the wire.
pub fn encode(name: &str) -> String {
    let mut encoded = String::with_capacity(name.len());
    let mut shifted: Vec<u8> = Vec::new();
    let end_shift = |shifted: &mut Vec<u8>, encoded: &mut String| {
        if !shifted.is_empty() {
            encoded.push('&');
            BASE64.encode_string(&shifted, encoded);
            encoded.push('-');
            shifted.clear();
        }
    };
    for c in name.chars() {
        if matches!(c, ' '..='~') {
            end_shift(&mut shifted, &mut encoded);
            encoded.push(c);
            if c == '&' {
                encoded.push('-');
            }
        } else {
            let mut units = [0; 2];
            shifted.extend(c.encode_utf16(&mut units).iter().flat_map(|unit| unit.to_be_bytes()));
        }
    }
    end_shift(&mut shifted, &mut encoded);
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What a server reads; `None` when it is not modified UTF-7.
    fn decode(encoded: &str) -> Option<String> {
        let mut name = String::with_capacity(encoded.len());
        let mut rest = encoded;
        while let Some(c) = rest.chars().next() {
            rest = &rest[c.len_utf8()..];
            match c {
                '&' => {
                    let (shifted, after) = rest.split_once('-')?;
                    rest = after;
                    if shifted.is_empty() {
                        name.push('&');
                        continue;
                    }
                    let octets = BASE64.decode(shifted).ok()?;
                    if octets.len() % 2 != 0 {
                        return None;
                    }
                    let units = octets.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]]));
                    for decoded in char::decode_utf16(units) {
                        name.push(decoded.ok()?);
                    }
                }
                ' '..='~' => name.push(c),
                _ => return None,
            }
        }
        Some(name)
    }

    #[test]
    fn known_names() {
        for (name, wire) in [
            ("INBOX", "INBOX"),
            ("相談/労務管理", "&dviKxw-/&UrRS2XuhdAY-"),
            ("対応済み & 保留", "&W,5f3G4IMH8- &- &T911WQ-"),
            ("~peter/mail/台北/日本語", "~peter/mail/&U,BTFw-/&ZeVnLIqe-"),
            ("𠮷野", "&2ELft5HO-"),
            ("\u{7f}", "&AH8-"),
            ("", ""),
        ] {
            assert_eq!(encode(name), wire);
            assert_eq!(decode(wire).as_deref(), Some(name), "{wire}");
        }
    }

    proptest! {
        #[test]
        fn names_come_back(name in any::<String>()) {
            let wire = encode(&name);
            prop_assert!(wire.bytes().all(|b| (0x20..=0x7e).contains(&b)));
            prop_assert_eq!(decode(&wire), Some(name));
        }
    }
}
