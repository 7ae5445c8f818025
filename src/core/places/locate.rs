//! Weighs what all zones say: zones first, then strength inside a zone.
//! Decides Known, Ambiguous or Unstated; reads no text itself.

use super::super::evidence::{Evidence, Role};
use super::super::inquiry::Inquiry;
use super::super::lexicon::Hit;
use super::super::text::{Zone, fold};
use super::context::{self, Context, Strength, Unit};
use super::cues::Cue;
use super::domain;
use super::gazetteer::Gazetteer;
use super::mention::{FieldKind, FieldPlace, Reader};
use super::{Located, Place, PrefectureSet};
use std::ops::Range;

/// Most pieces of evidence that are kept; every candidate has one among them.
const EVIDENCE_MAX: usize = 48;

/// Finds the place. `hits` are the automaton's hits per zone (all owners; those
/// below the gazetteer's first owner are not ours).
///
/// Zones are heard in this order: a need named in the text, form fields, the
/// rest of the text, the signature, the sender's domain. What is heard first
/// decides; what comes later only narrows a name that several places share.
/// Places that contradict each other are `Ambiguous`, never a guess.
pub fn locate(gazetteer: &Gazetteer, inquiry: &Inquiry, hits: &[(Zone, Vec<Hit>)]) -> Located {
    let fields = Fields::of(inquiry);
    let people = people(inquiry);
    let none = |_: usize| None;
    let mut text: Vec<Found> = Vec::new();
    let mut signature: Vec<Found> = Vec::new();
    let mut wanted = Wanted::default();
    let reply = subject_kind(&inquiry.subject.text);
    for (zone, hits) in hits {
        let Some(passage) = inquiry.passage(*zone) else { continue };
        if passage.text.is_empty() {
            continue;
        }
        match zone {
            Zone::Fresh => {
                let at = |offset| fields.at(offset);
                let (reader, mentions) = Reader::read(gazetteer, passage, hits, &at, &people);
                let units = context::units(&reader, mentions, &at);
                wanted.look(&reader, &units);
                text.extend(found(&reader, units));
            }
            Zone::Subject if reply != Subject::Forward => {
                let (reader, mentions) = Reader::read(gazetteer, passage, hits, &none, &people);
                let mut units = context::units(&reader, mentions, &none);
                if reply == Subject::Reply {
                    for unit in units.iter_mut().filter(|u| u.context != Context::Away) {
                        unit.context = Context::Reply;
                    }
                }
                text.extend(found(&reader, units));
            }
            Zone::Signature => {
                let (reader, mentions) = Reader::read(gazetteer, passage, hits, &none, &people);
                let units = context::units(&reader, mentions, &none);
                signature = sender_office(&reader, found(&reader, units));
            }
            _ => {}
        }
    }
    wanted.apply(&mut text);
    homes_after_work(&mut text);

    let mut decision = Decision::new();
    let of = |contexts: &'static [Context]| move |f: &&Found| contexts.contains(&f.unit.context);
    hear_needs(&mut decision, &text);
    decision.hear(text.iter().filter(of(&[Context::Field])), true);
    if !decision.is_done() {
        hear_located(&mut decision, &text);
    }
    decision.hear(text.iter().filter(of(&[Context::Plain])), true);
    decision.hear(text.iter().filter(of(&[Context::Event])), false);
    decision.hear(signature.iter().filter(|f| f.unit.context != Context::Away), true);
    let domain = if decision.is_done() { None } else { domain::of_sender(gazetteer, inquiry) };
    if let Some(domain) = domain.as_ref().filter(|d| d.government) {
        decision.hear_domain(PrefectureSet::of(domain.prefecture), &domain.evidence);
    }
    // A head office "but …" points away from itself.
    decision.hear(text.iter().filter(of(&[Context::Head])).filter(|f| !f.unit.contrast), false);
    decision.hear(text.iter().filter(of(&[Context::Reply])), false);
    decision.hear(text.iter().filter(of(&[Context::Past])), false);
    decision.hear(text.iter().filter(of(&[Context::Choice])), false);
    if let Some(domain) = domain.as_ref().filter(|d| !d.government) {
        decision.hear_domain(PrefectureSet::of(domain.prefecture), &domain.evidence);
    }
    decision.narrow(text.iter().chain(&signature));
    decision.conclude(gazetteer)
}

/// Beside a place of work the place where somebody lives is only a hint:
/// the office's association answers for both.
fn homes_after_work(text: &mut [Found]) {
    let work = |f: &Found| {
        matches!(f.unit.context, Context::Need | Context::Field | Context::Located)
            && !f.unit.home
            && f.unit.strength > Strength::Narrows
    };
    if !text.iter().any(work) {
        return;
    }
    for unit in text.iter_mut().map(|f| &mut f.unit).filter(|u| u.home && u.context != Context::Need) {
        unit.context = Context::Choice;
    }
}

/// A unit and how the sender wrote its mentions.
struct Found {
    unit: Unit,
    written: Vec<(Range<usize>, String)>,
}

fn found(reader: &Reader, units: Vec<Unit>) -> Vec<Found> {
    units
        .into_iter()
        .map(|unit| {
            let written = unit
                .mentions
                .iter()
                .map(|m| {
                    let (range, text) = reader.written(m.range.clone());
                    (range, text.to_owned())
                })
                .collect();
            Found { unit, written }
        })
        .collect()
}

#[derive(PartialEq, Eq)]
enum Subject {
    New,
    Reply,
    Forward,
}

/// The subject of an answer or a forward was written by somebody else.
fn subject_kind(subject: &str) -> Subject {
    let start: String = subject.trim_start().chars().take(8).flat_map(char::to_lowercase).collect();
    let start = start.replace('：', ":");
    if ["fw:", "fwd:", "転送:"].iter().any(|p| start.starts_with(p)) {
        Subject::Forward
    } else if start.starts_with("re:") || start.starts_with("re[") || start.starts_with("返信:") {
        Subject::Reply
    } else {
        Subject::New
    }
}

/// Words of the sender's display name, folded: a surname is no place.
fn people(inquiry: &Inquiry) -> Vec<String> {
    let mut words = Vec::new();
    for mailbox in inquiry.header.from.iter().take(2) {
        for word in mailbox.name.iter().flat_map(|n| n.split_whitespace()).take(6) {
            words.push(fold(word.trim_matches(['"', ',', '(', ')'])).as_str().to_owned());
        }
    }
    words
}

/// Form fields by the range of their value in the fresh text.
struct Fields(Vec<(Range<usize>, FieldKind)>);

impl Fields {
    fn of(inquiry: &Inquiry) -> Fields {
        let mut fields: Vec<(Range<usize>, FieldKind)> = inquiry
            .fields
            .iter()
            .filter_map(|f| {
                let name = inquiry.fresh.text.get(f.name.clone())?;
                Some((f.value.clone(), kind_of_field(fold(name).as_str())?))
            })
            .collect();
        fields.sort_by_key(|(range, _)| range.start);
        Fields(fields)
    }

    fn at(&self, offset: usize) -> Option<FieldKind> {
        let before = self.0.partition_point(|(range, _)| range.start <= offset);
        let (range, kind) = self.0.get(before.checked_sub(1)?)?;
        (offset < range.end).then_some(*kind)
    }
}

/// What a form field asks for, by its folded name.
fn kind_of_field(name: &str) -> Option<FieldKind> {
    let any = |words: &[&str]| words.iter().any(|w| name.contains(w));
    if any(&["会場", "venue", "内容", "message", "件名", "subject", "用件", "せみなー", "参加"]) {
        return None;
    }
    let place = [
        "都道府県",
        "住所",
        "所在地",
        "勤務地",
        "市区町村",
        "郵便",
        "prefecture",
        "address",
        "location",
        "postal",
        "postcode",
        "zip",
    ];
    let weaker = [
        "地域",
        "えりあ",
        "場所",
        "拠点",
        "電話",
        "連絡先",
        "ふぁっくす",
        "tel",
        "fax",
        "phone",
        "city",
        "region",
        "area",
    ];
    let person = [
        "氏名",
        "名前",
        "担当",
        "会社",
        "法人",
        "企業",
        "団体",
        "貴社",
        "御社",
        "社名",
        "組織",
        "ふりがな",
        "事業所名",
        "施設名",
        "店名",
        "屋号",
        "name",
        "company",
        "organi",
        "person",
        "部署",
        "mail",
        "めーる",
    ];
    if any(&place) && !(name.contains("mail") || name.contains("めーる")) {
        return Some(FieldKind::Place(if any(&["本社", "本店", "head office", "headquarter"]) {
            FieldPlace::Head
        } else if any(&[
            "相談",
            "対象",
            "勤務",
            "支店",
            "支社",
            "営業所",
            "事業所",
            "工場",
            "導入",
            "希望",
            "workplace",
            "branch",
            "site",
        ]) {
            FieldPlace::Need
        } else {
            FieldPlace::Plain
        }));
    }
    if any(&person) {
        return Some(FieldKind::Person);
    }
    any(&weaker).then_some(FieldKind::Place(FieldPlace::Plain))
}

/// Sites the sender comes back to without naming their place again:
/// 「支店の社員に…させたい」.
#[derive(Default)]
struct Wanted {
    branch: bool,
    head: bool,
}

impl Wanted {
    fn look(&mut self, reader: &Reader, units: &[Unit]) {
        if !units.iter().any(|u| u.context == Context::Head) {
            return;
        }
        for cue in reader.cues.iter().filter(|c| matches!(c.cue, Cue::Branch | Cue::Head)).take(40) {
            let clause = reader.left_clause(cue.start)..reader.right_clause(cue.end);
            let next = units.partition_point(|u| u.range.end <= clause.start);
            let named = units.get(next).is_some_and(|u| u.range.start < clause.end);
            // A branch inside "head office" is none.
            let inside = reader
                .cues_in(cue.start.saturating_sub(12)..cue.end)
                .any(|c| c.cue == Cue::Head && c.end >= cue.end && c.start < cue.start);
            if !named && !inside && reader.cues_in(clause).any(|c| c.cue == Cue::Want) {
                match cue.cue {
                    Cue::Head => self.head = true,
                    _ => self.branch = true,
                }
            }
        }
    }

    fn apply(&self, text: &mut [Found]) {
        if self.branch == self.head {
            return;
        }
        for unit in text.iter_mut().map(|f| &mut f.unit) {
            let branch = unit.context == Context::Located && unit.site == Some(Cue::Branch);
            let head = unit.context == Context::Head;
            if (self.branch && branch) || (self.head && head) {
                unit.context = Context::Need;
            }
        }
    }
}

/// Where help is needed. Of several needs the head office's place is what
/// others sent the sender to: "they tell me to ask Tokyo, but …".
fn hear_needs<'a>(decision: &mut Decision<'a>, text: &'a [Found]) {
    let needs: Vec<&Found> = text.iter().filter(|f| f.unit.context == Context::Need).collect();
    let head =
        text.iter().filter(|f| f.unit.context == Context::Head).fold(PrefectureSet::EMPTY, |set, f| set | f.unit.set);
    let elsewhere = |f: &&&Found| !f.unit.set.meets(head);
    if needs.iter().any(|f| !elsewhere(&f)) && needs.iter().any(|f| elsewhere(&f)) {
        decision.hear(needs.iter().filter(elsewhere).copied(), true);
    } else {
        decision.hear(needs.into_iter(), true);
    }
}

/// Where the sender is. A branch named beside a head office elsewhere is not
/// yet a need: both stay candidates, unless the sender sits there or says
/// "…, but".
fn hear_located<'a>(decision: &mut Decision<'a>, text: &'a [Found]) {
    let located: Vec<&Found> = text.iter().filter(|f| f.unit.context == Context::Located).collect();
    let heads: Vec<&Found> = text.iter().filter(|f| f.unit.context == Context::Head).collect();
    let only_branches = !located.is_empty() && located.iter().all(|f| f.unit.site == Some(Cue::Branch) && !f.unit.sits);
    let contested = only_branches
        && heads.iter().any(|h| !h.unit.contrast && located.iter().all(|l| !l.unit.set.meets(h.unit.set)));
    if contested {
        decision.hear(located.into_iter().chain(heads), true);
    } else {
        decision.hear(located.into_iter(), true);
    }
}

/// Of several offices in a signature the sender's: the one whose name stands
/// apart from the addresses, or an address before those marked as head office.
fn sender_office(reader: &Reader, found: Vec<Found>) -> Vec<Found> {
    let strong = |f: &&Found| f.unit.strength >= Strength::Municipality && f.unit.context != Context::Away;
    let sets: Vec<PrefectureSet> = found.iter().filter(strong).map(|f| f.unit.set).collect();
    if sets.windows(2).all(|w| w[0] == w[1]) {
        return found;
    }
    let line_of = |at: usize| {
        let start = reader.text[..at].rfind('\n').map_or(0, |i| i + 1);
        let end = reader.text[at..].find('\n').map_or(reader.text.len(), |i| at + i);
        let next = reader.text[end..].find(|c: char| c != '\n').map_or(reader.text.len(), |i| end + i);
        (start..end, next)
    };
    let mut own = None;
    for (i, f) in found.iter().enumerate().take(12) {
        if !(f.unit.labelled && f.unit.site == Some(Cue::Branch)) {
            continue;
        }
        let (line, next) = line_of(f.unit.range.start);
        let alone = found.iter().enumerate().all(|(j, other)| {
            let at = other.unit.range.start;
            i == j || !(line.contains(&at) || (at >= next && at < next + 6))
        });
        if alone {
            own = Some(f.unit.set);
            break;
        }
    }
    let first_is_own = || {
        let mut strong = found.iter().filter(strong);
        let first = strong.next()?;
        let later = strong.all(|f| f.unit.set == first.unit.set || f.unit.site == Some(Cue::Head));
        (first.unit.site != Some(Cue::Head) && later).then_some(first.unit.set)
    };
    match own.or_else(first_is_own) {
        Some(set) => found.into_iter().filter(|f| f.unit.set.meets(set)).collect(),
        None => found,
    }
}

/// What has been heard so far.
struct Decision<'a> {
    set: PrefectureSet,
    heard: bool,
    conflict: bool,
    /// A weak context that contradicts itself, kept in case nothing else is said.
    doubt: Vec<&'a Found>,
    used: Vec<&'a Found>,
    domain: Option<Evidence>,
}

impl<'a> Decision<'a> {
    fn new() -> Decision<'a> {
        Decision {
            set: PrefectureSet::ALL,
            heard: false,
            conflict: false,
            doubt: Vec::new(),
            used: Vec::new(),
            domain: None,
        }
    }

    fn is_done(&self) -> bool {
        self.conflict || self.set.len() == 1
    }

    /// Hears the units of one context. `binding`: a contradiction among them
    /// is final.
    fn hear(&mut self, units: impl Iterator<Item = &'a Found>, binding: bool) {
        if self.is_done() {
            return;
        }
        let units: Vec<&Found> =
            units.filter(|f| f.unit.strength > Strength::Narrows && !f.unit.set.is_empty()).collect();
        if units.is_empty() {
            return;
        }
        let (set, conflict) = settle(&units);
        if !self.heard {
            if conflict && !binding {
                self.doubt.extend(units);
                return;
            }
            self.heard = true;
            self.set = set;
            self.conflict = conflict;
            self.used.extend(units);
        } else if !conflict && self.set.meets(set) {
            self.set = self.set & set;
            self.used.extend(units);
        }
    }

    fn hear_domain(&mut self, set: PrefectureSet, evidence: &Evidence) {
        if self.is_done() {
            return;
        }
        if self.set.meets(set) {
            self.set = self.set & set;
            self.heard = true;
            self.domain = Some(evidence.clone());
        }
    }

    /// Regions narrow what several places share.
    fn narrow(&mut self, units: impl Iterator<Item = &'a Found>) {
        if !self.heard || self.is_done() {
            return;
        }
        for found in units.filter(|f| f.unit.strength == Strength::Narrows && f.unit.context != Context::Away) {
            if self.set.meets(found.unit.set) {
                self.set = self.set & found.unit.set;
                self.used.push(found);
            }
        }
    }

    fn conclude(mut self, gazetteer: &Gazetteer) -> Located {
        if !self.heard {
            if self.doubt.is_empty() {
                return Located { place: Place::Unstated, evidence: Vec::new() };
            }
            self.used = std::mem::take(&mut self.doubt);
            self.set = self.used.iter().fold(PrefectureSet::EMPTY, |set, f| set | f.unit.set);
            self.conflict = true;
        }
        if !self.conflict && self.set.len() > 1 {
            // The only city among villages of its name is meant.
            let chief = self.used.iter().fold(self.set, |set, f| match set & f.unit.chief {
                both if both.is_empty() => set,
                both => both,
            });
            self.set = chief;
        }
        let place = match self.set.single() {
            Some(prefecture) => Place::Known(prefecture),
            None => Place::Ambiguous(self.set.iter().collect()),
        };
        let evidence = self.evidence(gazetteer);
        Located { place, evidence }
    }

    fn evidence(&mut self, gazetteer: &Gazetteer) -> Vec<Evidence> {
        let mut seen = PrefectureSet::EMPTY;
        let mut evidence: Vec<Evidence> = Vec::new();
        // Within one context the strongest first; contexts came in order.
        self.used.sort_by_key(|f| (f.unit.context, std::cmp::Reverse(f.unit.strength)));
        for found in &self.used {
            for (mention, (range, text)) in found.unit.mentions.iter().zip(&found.written) {
                for (set, origin) in mention.senses.iter().filter(|(set, _)| set.meets(self.set)) {
                    if evidence.len() >= EVIDENCE_MAX && seen & *set == *set {
                        continue;
                    }
                    seen = seen | *set;
                    let source = gazetteer.source(*origin);
                    let known = |e: &Evidence| e.source == source && e.range == *range && e.zone == found.unit.zone;
                    if evidence.len() < EVIDENCE_MAX && evidence.iter().any(known) {
                        continue;
                    }
                    evidence.push(Evidence {
                        source,
                        role: Role::Place,
                        zone: found.unit.zone,
                        text: text.clone(),
                        range: range.clone(),
                        about: set.to_string(),
                    });
                }
            }
        }
        evidence.extend(self.domain.take());
        evidence
    }
}

/// What the units of one context say together: from the strongest down, each
/// class narrows what is left; a class that contradicts itself is heard as
/// all it names.
fn settle(units: &[&Found]) -> (PrefectureSet, bool) {
    let mut set = PrefectureSet::ALL;
    for strengths in [
        [Strength::Address, Strength::Postal, Strength::Municipality].as_slice(),
        &[Strength::Number],
        &[Strength::PrefectureFull],
        &[Strength::PrefectureShort],
        &[Strength::Ambiguous],
    ] {
        let mut all = PrefectureSet::ALL;
        let mut any = PrefectureSet::EMPTY;
        for found in units.iter().filter(|f| strengths.contains(&f.unit.strength)) {
            all = all & found.unit.set;
            any = any | found.unit.set;
        }
        if any.is_empty() {
            continue;
        }
        let said = if all.is_empty() { any } else { all };
        if set == PrefectureSet::ALL {
            set = said;
            if all.is_empty() {
                return (set, true);
            }
        } else if set.meets(said) {
            set = set & said;
        }
        if set.len() == 1 {
            break;
        }
    }
    (set, false)
}
