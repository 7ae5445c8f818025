//! Inquiries of both languages and three charsets, and what must come of each.

use super::site::Site;

/// A person's inquiry, and what must come of it.
pub struct Inquiry {
    pub name: &'static str,
    pub charset: &'static str,
    pub from: &'static str,
    pub subject: &'static str,
    pub body: &'static str,
    pub language: &'static str,
    /// The desk's number that must be named before the signature, and one that must not be.
    pub named: &'static [&'static str],
    pub not_named: &'static [&'static str],
    /// The association's address.
    pub forward: &'static str,
}

pub const NAVI_DIAL: &str = "0570-064-794";
pub const SECRETARIAT: &str = "03-5422-1517";

pub const INQUIRIES: [Inquiry; 6] = [
    Inquiry {
        name: "labor-ja",
        charset: "ISO-2022-JP",
        from: "kirino@namiki-kogei.example",
        subject: "在宅勤務手当の扱いについておたずね",
        body: "株式会社なみき工芸の桐野と申します。\n大阪府堺市の工場で、在宅勤務の社員に手当を払う予定です。\n\
               在宅勤務手当は割増賃金の計算に含まれますか。\n\n桐野",
        language: "ja",
        named: &[NAVI_DIAL],
        not_named: &[SECRETARIAT],
        forward: "osaka@sr-association.example",
    },
    Inquiry {
        name: "seminar-ja",
        charset: "Shift_JIS",
        from: "somu@tsubaki-seika.example",
        subject: "オンラインセミナーの件",
        body: "福岡県久留米市の㈱つばき製菓、総務の髙田です。\n①次回のオンラインセミナーの日程を教えてください。\n\
               ②参加費はかかりますか。\n",
        language: "ja",
        named: &[SECRETARIAT],
        not_named: &[NAVI_DIAL],
        forward: "fukuoka@sr-association.example",
    },
    Inquiry {
        name: "desk-ja",
        charset: "UTF-8",
        from: "mori@kaigan-kanko.example",
        subject: "相談窓口の電話番号",
        body: "島根県出雲市で旅館を営む森と申します。\n島根県の相談窓口の電話番号と受付時間を知りたいです。\n",
        language: "ja",
        named: &[NAVI_DIAL, SECRETARIAT],
        not_named: &[],
        forward: "shimane@sr-association.example",
    },
    Inquiry {
        name: "labor-en",
        charset: "UTF-8",
        from: "o.lindgren@snowfield-tools.example",
        subject: "Overtime pay – telework in Hokkaido",
        body: "Hello,\n\nOur staff in Sapporo, Hokkaido – eleven people – work from home.\n\
               Do we have to change our work rules, and how is overtime pay counted?\n\nOlle Lindgren",
        language: "en",
        named: &[NAVI_DIAL],
        not_named: &[SECRETARIAT],
        forward: "hokkaido@sr-association.example",
    },
    Inquiry {
        name: "seminar-en",
        charset: "Shift_JIS",
        from: "training@blue-harbor.example",
        subject: "Next online seminar",
        body: "Good morning,\n\nwhen is the next online seminar on telework?\n\
               We are a small company in Nagoya, Aichi Prefecture.\n\nGrace Okafor",
        language: "en",
        named: &[SECRETARIAT],
        not_named: &[NAVI_DIAL],
        forward: "aichi@sr-association.example",
    },
    Inquiry {
        name: "desk-en",
        charset: "ISO-2022-JP",
        from: "p.novak@lantern-works.example",
        subject: "Contact point in Ishikawa",
        body: "Where is the telework contact point nearest to our office in Kanazawa, Ishikawa Prefecture?\n\
               What are its opening hours?\n\nPetra Novak",
        language: "en",
        named: &[NAVI_DIAL, SECRETARIAT],
        not_named: &[],
        forward: "ishikawa@sr-association.example",
    },
];

impl Inquiry {
    /// As a mail server stores it, with the trace that a delivery leaves.
    pub fn raw(&self) -> Vec<u8> {
        self.raw_from(self.from, self.name)
    }

    /// The same by another person. `id` is the left side of its Message-ID.
    pub fn raw_from(&self, from: &str, id: &str) -> Vec<u8> {
        let encoding = encoding_rs::Encoding::for_label(self.charset.as_bytes()).unwrap();
        let encode = |text: &str| {
            let (octets, _, lossy) = encoding.encode(text);
            assert!(!lossy, "{}: {text}", self.name);
            octets.into_owned()
        };
        let mut raw = format!(
            "Return-Path: <{from}>\r\nReceived: from mx.example ([192.0.2.7]) by mx.teleworksupport.example; \
             Wed, 25 Nov 2026 09:00:00 +0900\r\nFrom: <{from}>\r\nTo: {to}\r\nSubject: {subject}\r\n\
             Date: Wed, 25 Nov 2026 08:59:58 +0900\r\nMessage-ID: <{id}@mailer.example>\r\n\
             References: <earlier@mailer.example>\r\nMIME-Version: 1.0\r\n\
             Content-Type: text/plain; charset={charset}\r\nContent-Transfer-Encoding: 8bit\r\n\r\n",
            to = Site::ADDRESS,
            subject = encoded_words(self.charset, self.subject, encode),
            charset = self.charset,
        )
        .into_bytes();
        for line in self.body.lines() {
            raw.extend(encode(line));
            raw.extend(b"\r\n");
        }
        raw
    }
}

/// A Subject in encoded-words (RFC 2047) of a few characters each.
fn encoded_words(charset: &str, text: &str, encode: impl Fn(&str) -> Vec<u8>) -> String {
    use base64::Engine;
    let characters: Vec<char> = text.chars().collect();
    let word = |piece: &[char]| {
        let octets = encode(&piece.iter().collect::<String>());
        format!("=?{charset}?B?{}?=", base64::engine::general_purpose::STANDARD.encode(octets))
    };
    characters.chunks(10).map(word).collect::<Vec<_>>().join("\r\n ")
}
