//! Places read from text as people write it: the traps, own cases, and walks
//! over every row of every table.

use madoguchi::core::address::Address;
use madoguchi::core::inquiry::{self, Inquiry, Mailbox};
use madoguchi::core::lexicon::{Builder, Hit, Lexicon};
use madoguchi::core::places::{Gazetteer, LocalNames, Located, Place, Prefecture, locate};
use madoguchi::core::text::{Passage, Zone};
use std::sync::LazyLock;

static SHIPPED: LazyLock<(Gazetteer, Lexicon)> = LazyLock::new(|| build(&[]));

fn build(local: &[LocalNames]) -> (Gazetteer, Lexicon) {
    let mut builder = Builder::new();
    let gazetteer = Gazetteer::build(local, &mut builder, 1000);
    (gazetteer, builder.build())
}

/// A message of given zones.
#[derive(Default, Clone)]
struct Mail<'a> {
    subject: &'a str,
    fresh: &'a str,
    signature: &'a str,
    quoted: &'a str,
    from: &'a str,
    /// Field names in `fresh`, each `name: value` or `【name】value` on its line.
    form: bool,
}

fn inquiry(mail: &Mail) -> Inquiry {
    let mut inquiry = inquiry::read(b"");
    inquiry.subject = Passage::new(Zone::Subject, mail.subject.to_owned());
    inquiry.fresh = Passage::new(Zone::Fresh, mail.fresh.to_owned());
    inquiry.signature = Passage::new(Zone::Signature, mail.signature.to_owned());
    inquiry.quoted = Passage::new(Zone::Quoted, mail.quoted.to_owned());
    inquiry.header.from = Vec::new();
    if !mail.from.is_empty() {
        let (name, raw) = match mail.from.rsplit_once('<') {
            Some((name, raw)) => (Some(name.trim().to_owned()), raw.trim_end_matches('>').to_owned()),
            None => (None, mail.from.to_owned()),
        };
        inquiry.header.from = vec![Mailbox { name, address: Address::parse(&raw), raw }];
    }
    inquiry.fields = Vec::new();
    if mail.form {
        let mut at = 0;
        for line in mail.fresh.split('\n') {
            let open = if line.starts_with('【') { '【'.len_utf8() } else { 0 };
            if let Some(close) = line.find(['】', '：', ':']) {
                let width = line[close..].chars().next().unwrap().len_utf8();
                inquiry.fields.push(madoguchi::core::text::FormField {
                    name: at + open..at + close,
                    value: at + close + width..at + line.len(),
                });
            }
            at += line.len() + 1;
        }
    }
    inquiry
}

fn located_by((gazetteer, lexicon): &(Gazetteer, Lexicon), mail: &Mail) -> Located {
    let inquiry = inquiry(mail);
    let hits: Vec<(Zone, Vec<Hit>)> = [&inquiry.subject, &inquiry.fresh, &inquiry.signature]
        .into_iter()
        .map(|passage| {
            let mut hits = Vec::new();
            lexicon.scan(&passage.folded, &mut hits);
            (passage.zone, hits)
        })
        .collect();
    let located = locate(gazetteer, &inquiry, &hits);
    match &located.place {
        Place::Unstated => assert!(located.evidence.is_empty(), "evidence for nothing: {:?}", located.evidence),
        Place::Known(_) => assert!(!located.evidence.is_empty(), "known without evidence"),
        Place::Ambiguous(all) => {
            assert!(all.len() >= 2 && all.is_sorted());
            for prefecture in all {
                let code = prefecture.to_string();
                assert!(
                    located.evidence.iter().any(|e| e.about.split('+').any(|c| c == code)),
                    "no evidence for candidate {code}"
                );
            }
        }
    }
    for evidence in &located.evidence {
        if evidence.zone != Zone::Domain {
            let text = &inquiry.passage(evidence.zone).unwrap().text;
            assert_eq!(text[evidence.range.clone()], evidence.text);
        }
    }
    located
}

/// `13`, `13+34` (ambiguous) or `none`.
fn said(place: &Place) -> String {
    match place {
        Place::Known(prefecture) => prefecture.to_string(),
        Place::Ambiguous(all) => all.iter().map(Prefecture::to_string).collect::<Vec<_>>().join("+"),
        Place::Unstated => "none".to_owned(),
    }
}

fn place(mail: &Mail) -> String {
    said(&located_by(&SHIPPED, mail).place)
}

#[test]
fn every_trap_is_decided_right() {
    let mut reader = csv::Reader::from_path("tests/data/traps.csv").unwrap();
    let mut wrong = Vec::new();
    let mut count = 0;
    for row in reader.records() {
        let row = row.unwrap();
        let (id, kind, text, expect) = (&row[0], &row[1], row[3].replace("\\n", "\n"), &row[4]);
        let quoted: Vec<&str> = text.lines().filter(|l| l.starts_with('>')).collect();
        let written: Vec<&str> = text.lines().filter(|l| !l.starts_with('>')).collect();
        let (quoted, written) = (quoted.join("\n"), written.join("\n"));
        let mail = if kind == "domain" {
            Mail { from: &text, fresh: "窓口を教えてください。", ..Mail::default() }
        } else {
            Mail { fresh: &written, quoted: &quoted, ..Mail::default() }
        };
        let got = place(&mail);
        println!("{id} {kind:9} {expect:9} {got:9} {text}");
        if got != expect {
            wrong.push(format!("{id}: expected {expect}, got {got}: {text}"));
        }
        count += 1;
    }
    assert_eq!(count, 90);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
