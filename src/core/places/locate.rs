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
use super::mention::{self, FieldKind, FieldPlace, People, Reader};
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
    let people = People::of(inquiry);
    let none = |_: usize| None;
    let mut text: Vec<Unit> = Vec::new();
    let mut signature: Vec<Unit> = Vec::new();
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
                text.extend(units);
            }
            Zone::Subject if reply != Subject::Forward => {
                let (reader, mentions) = Reader::read(gazetteer, passage, hits, &none, &people);
                let mut units = context::units(&reader, mentions, &none);
                if reply == Subject::Reply {
                    for unit in units.iter_mut().filter(|u| u.context != Context::Away) {
                        unit.context = Context::Reply;
                    }
                }
                text.extend(units);
            }
            Zone::Signature => {
                let (reader, mentions) = Reader::read(gazetteer, passage, hits, &none, &people);
                let units = context::units(&reader, mentions, &none);
                signature = sender_office(&reader, units);
            }
            _ => {}
        }
    }
    wanted.apply(&mut text);
    homes_after_work(&mut text);

    let mut decision = Decision::new();
    let of = |contexts: &'static [Context]| move |f: &&Unit| contexts.contains(&f.context);
    hear_needs(&mut decision, &text);
    decision.hear(text.iter().filter(of(&[Context::Field])), true);
    if !decision.is_done() {
        hear_located(&mut decision, &text);
    }
    hear_plain(&mut decision, &text, &signature);
    decision.hear(text.iter().filter(of(&[Context::Event])), false);
    decision.hear(signature.iter().filter(|f| f.context != Context::Away), true);
    let domain = if decision.is_done() { None } else { domain::of_sender(gazetteer, inquiry) };
    if let Some(domain) = domain.as_ref().filter(|d| d.government) {
        decision.hear_domain(PrefectureSet::of(domain.prefecture), &domain.evidence);
    }
    // A head office "but …" points away from itself.
    decision.hear(text.iter().filter(of(&[Context::Head])).filter(|f| !f.contrast), false);
    decision.hear(text.iter().filter(of(&[Context::Reply])), false);
    decision.hear(text.iter().filter(of(&[Context::Past])), false);
    decision.hear(text.iter().filter(of(&[Context::Choice])), false);
    if let Some(domain) = domain.as_ref().filter(|d| !d.government) {
        decision.hear_domain(PrefectureSet::of(domain.prefecture), &domain.evidence);
    }
    decision.narrow(text.iter().chain(&signature));
    decision.exclude(text.iter());
    decision.rename(gazetteer, inquiry, &text, &signature);
    decision.conclude(gazetteer, inquiry)
}

/// Beside a place of work the place where somebody lives is only a hint:
/// the office's association answers for both.
fn homes_after_work(text: &mut [Unit]) {
    let work = |f: &Unit| {
        matches!(f.context, Context::Need | Context::Field | Context::Located)
            && !f.home
            && f.strength > Strength::Narrows
    };
    if !text.iter().any(work) {
        return;
    }
    for unit in text.iter_mut().filter(|u| u.home && u.context != Context::Need) {
        unit.context = Context::Choice;
    }
}

#[derive(PartialEq, Eq)]
enum Subject {
    New,
    Reply,
    Forward,
}

/// The subject of an answer or a forward was written by somebody else.
fn subject_kind(subject: &str) -> Subject {
    let subject = subject.trim_start();
    let starts = |prefix: &str| {
        let written = subject.chars().map(|c| if c == '：' { ':' } else { c.to_ascii_lowercase() });
        written.take(prefix.chars().count()).eq(prefix.chars())
    };
    if ["fw:", "fwd:", "転送:"].iter().any(|p| starts(p)) {
        Subject::Forward
    } else if ["re:", "re[", "返信:"].iter().any(|p| starts(p)) {
        Subject::Reply
    } else {
        Subject::New
    }
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

    fn apply(&self, text: &mut [Unit]) {
        if self.branch == self.head {
            return;
        }
        for unit in text.iter_mut() {
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
fn hear_needs<'a>(decision: &mut Decision<'a>, text: &'a [Unit<'a>]) {
    let needs: Vec<&Unit> = text.iter().filter(|f| f.context == Context::Need).collect();
    let head = text.iter().filter(|f| f.context == Context::Head).fold(PrefectureSet::EMPTY, |set, f| set | f.set);
    let elsewhere = |f: &&&Unit| !f.set.meets(head);
    if needs.iter().any(|f| !elsewhere(&f)) && needs.iter().any(|f| elsewhere(&f)) {
        decision.hear(needs.iter().filter(elsewhere).copied(), true);
    } else {
        decision.hear(needs.into_iter(), true);
    }
}

/// Where the sender is. A branch named beside a head office elsewhere is not
/// yet a need: both stay candidates, unless the sender sits there or says
/// "…, but".
fn hear_located<'a>(decision: &mut Decision<'a>, text: &'a [Unit<'a>]) {
    let located: Vec<&Unit> = text.iter().filter(|f| f.context == Context::Located).collect();
    let heads: Vec<&Unit> = text.iter().filter(|f| f.context == Context::Head).collect();
    let only_branches = !located.is_empty() && located.iter().all(|f| f.site == Some(Cue::Branch) && !f.sits);
    let there = located.iter().fold(PrefectureSet::EMPTY, |set, l| set | l.set);
    let contested = only_branches && heads.iter().any(|h| !h.contrast && !there.meets(h.set));
    let sitting: Vec<&Unit> = located.iter().copied().filter(|f| f.sits && f.labelled).collect();
    if !sitting.is_empty() {
        decision.hear(sitting.into_iter(), true);
    } else if contested {
        decision.hear(located.into_iter().chain(heads), true);
    } else {
        decision.hear(located.into_iter(), true);
    }
}

/// Places named without a word on what they are to the sender. Against the
/// address of the signature such a name decides nothing: both are asked about.
fn hear_plain<'a>(decision: &mut Decision<'a>, text: &'a [Unit<'a>], signature: &'a [Unit<'a>]) {
    let plain = || text.iter().filter(|u| u.context == Context::Plain && u.strength > Strength::Narrows);
    let own = |u: &&Unit| u.strength >= Strength::Postal && u.context != Context::Away && u.set.len() == 1;
    let said = plain().fold(PrefectureSet::EMPTY, |set, u| set | u.set);
    let home = signature.iter().filter(own).fold(PrefectureSet::EMPTY, |set, u| set | u.set);
    let weak = plain().all(|u| u.strength < Strength::Municipality);
    if !decision.heard && weak && !said.is_empty() && home.len() == 1 && !home.meets(said) {
        decision.contest(plain().chain(signature.iter().filter(own)));
    } else {
        decision.hear(plain(), false);
    }
}

/// Of several offices in a signature the sender's: the one whose name stands
/// apart from the addresses, or an address before those marked as head office.
fn sender_office<'a>(reader: &Reader, found: Vec<Unit<'a>>) -> Vec<Unit<'a>> {
    let strong = |f: &&Unit| f.strength >= Strength::Municipality && f.context != Context::Away;
    let sets: Vec<PrefectureSet> = found.iter().filter(strong).map(|f| f.set).collect();
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
        if !(f.labelled && matches!(f.site, Some(Cue::Branch | Cue::Head))) {
            continue;
        }
        let (line, next) = line_of(f.range.start);
        let alone = found.iter().enumerate().all(|(j, other)| {
            let at = other.range.start;
            i == j || !(line.contains(&at) || (at >= next && at < next + 6))
        });
        if alone {
            own = Some(f.set);
            break;
        }
    }
    let first_is_own = || {
        let mut strong = found.iter().filter(strong);
        let first = strong.next()?;
        let later = strong.all(|f| f.set == first.set || f.site == Some(Cue::Head));
        (first.site != Some(Cue::Head) && later).then_some(first.set)
    };
    match own.or_else(first_is_own) {
        Some(set) => found.into_iter().filter(|f| f.set.meets(set)).collect(),
        None => found,
    }
}

/// What has been heard so far.
struct Decision<'a> {
    set: PrefectureSet,
    heard: bool,
    conflict: bool,
    /// A weak context that contradicts itself, kept in case nothing else is said.
    doubt: Vec<&'a Unit<'a>>,
    used: Vec<&'a Unit<'a>>,
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
    fn hear(&mut self, units: impl Iterator<Item = &'a Unit<'a>>, binding: bool) {
        if self.is_done() {
            return;
        }
        let units: Vec<&Unit> = units.filter(|f| f.strength > Strength::Narrows && !f.set.is_empty()).collect();
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

    /// What contradicts itself: all of it is asked about.
    fn contest(&mut self, units: impl Iterator<Item = &'a Unit<'a>>) {
        self.used.extend(units);
        self.set = self.used.iter().fold(PrefectureSet::EMPTY, |set, u| set | u.set);
        self.heard = true;
        self.conflict = true;
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
    fn narrow(&mut self, units: impl Iterator<Item = &'a Unit<'a>>) {
        if !self.heard || self.is_done() {
            return;
        }
        for found in units.filter(|f| f.strength == Strength::Narrows && f.context != Context::Away) {
            if self.set.meets(found.set) {
                self.set = self.set & found.set;
                self.used.push(found);
            }
        }
    }

    /// Of several places of one name those that the text denies are not meant:
    /// "Date, not the one in Fukushima".
    fn exclude(&mut self, units: impl Iterator<Item = &'a Unit<'a>>) {
        if !self.heard || self.is_done() {
            return;
        }
        let denied = units.filter(|u| u.denied && u.set.len() == 1).fold(PrefectureSet::EMPTY, |set, u| set | u.set);
        let left = self
            .set
            .iter()
            .map(PrefectureSet::of)
            .filter(|one| !one.meets(denied))
            .fold(PrefectureSet::EMPTY, |set, one| set | one);
        if !left.is_empty() {
            self.set = left;
        }
    }

    /// 郡山で, below it 〒639: the sender calls his 大和郡山 by its short name.
    /// Only an address or a railway that lies where that other place does can
    /// say so, and none of the place first thought of.
    fn rename(&mut self, gazetteer: &Gazetteer, inquiry: &Inquiry, text: &'a [Unit<'a>], signature: &'a [Unit<'a>]) {
        let Some(first) = self.set.single().filter(|_| !self.conflict && self.domain.is_none()) else { return };
        let Some(name) = self.only_name(inquiry) else { return };
        let first = PrefectureSet::of(first);
        let other = gazetteer.namesakes(&name);
        let heard = || signature.iter().chain(text).filter(|u| u.context != Context::Away);
        let address = |u: &&Unit| u.strength >= Strength::Number && u.set.len() == 1;
        if heard()
            .filter(|u| !self.used.iter().any(|used| std::ptr::eq(*used, *u)))
            .any(|u| address(&u) && u.set == first)
        {
            return;
        }
        let named_there = |u: &Unit| {
            u.mentions.iter().filter(|m| m.full && matches!(m.kind, mention::Kind::Name(_))).any(|m| {
                let written = inquiry.passage(u.zone).map(|p| fold(mention::written(p, m.range.clone()).1));
                let stem = written.as_ref().and_then(|w| w.as_str().strip_suffix(['区', '町', '村', '市']));
                stem.is_some_and(|stem| stem.ends_with(name.as_str()))
            })
        };
        let introduces = self.used.iter().any(|u| u.mentions.iter().any(|m| m.introduces));
        let told = heard()
            .filter(address)
            .find(|u| !u.set.meets(first) && (introduces && u.set.meets(other) || named_there(u)));
        let line = || {
            let railway = |u: &&Unit| {
                let written = u
                    .mentions
                    .first()
                    .and_then(|m| Some(mention::written(inquiry.passage(u.zone)?, m.range.clone()).1));
                written.is_some_and(|w| w.ends_with(['線', '鉄']) || w.ends_with("電車"))
            };
            let narrow = |u: &&Unit| u.strength == Strength::Narrows && !u.set.meets(first);
            heard().filter(narrow).filter(railway).find(|u| (u.set & other).len() == 1)
        };
        if let Some(unit) = told.or_else(line) {
            self.set = if unit.set.len() == 1 { unit.set } else { unit.set & other };
            self.used.push(unit);
        }
    }

    /// The bare name that alone decided, folded.
    fn only_name(&self, inquiry: &Inquiry) -> Option<String> {
        let mut name = None;
        for unit in &self.used {
            let [one] = unit.mentions.as_slice() else { return None };
            let bare = !one.full && !one.latin && matches!(one.kind, mention::Kind::Name(_));
            if !bare || unit.context == Context::Need || unit.site.is_some() || unit.zone != Zone::Fresh {
                return None;
            }
            let written = fold(mention::written(inquiry.passage(unit.zone)?, one.range.clone()).1).as_str().to_owned();
            if name.as_ref().is_some_and(|n| *n != written) {
                return None;
            }
            name = Some(written);
        }
        name
    }

    fn conclude(mut self, gazetteer: &Gazetteer, inquiry: &Inquiry) -> Located {
        if !self.heard {
            if self.doubt.is_empty() {
                return Located { place: Place::Unstated, evidence: Vec::new() };
            }
            self.used = std::mem::take(&mut self.doubt);
            self.set = self.used.iter().fold(PrefectureSet::EMPTY, |set, f| set | f.set);
            self.conflict = true;
        }
        if !self.conflict && self.set.len() > 1 {
            // The only city among villages of its name is meant.
            let chief = self.used.iter().fold(self.set, |set, f| match set & f.chief {
                both if both.is_empty() => set,
                both => both,
            });
            self.set = chief;
        }
        if self.conflict {
            // Of a name in dispute, too, the city is meant.
            let chief = self.used.iter().fold(PrefectureSet::EMPTY, |set, u| set | u.chief) & self.set;
            if chief.len() > 1 {
                self.set = chief;
            }
        }
        let place = match self.set.single() {
            Some(prefecture) => Place::Known(prefecture),
            None => Place::Ambiguous(self.set.iter().collect()),
        };
        let evidence = self.evidence(gazetteer, inquiry);
        Located { place, evidence }
    }

    fn evidence(&mut self, gazetteer: &Gazetteer, inquiry: &Inquiry) -> Vec<Evidence> {
        let mut seen = PrefectureSet::EMPTY;
        let mut evidence: Vec<Evidence> = Vec::new();
        // Within one context the strongest first; contexts came in order.
        self.used.sort_by_key(|f| (f.context, std::cmp::Reverse(f.strength)));
        for unit in &self.used {
            let Some(passage) = inquiry.passage(unit.zone) else { continue };
            for mention in &unit.mentions {
                let (range, text) = mention::written(passage, mention.range.clone());
                for (set, origin) in mention.senses.iter().filter(|(set, _)| set.meets(self.set)) {
                    if evidence.len() >= EVIDENCE_MAX && seen & set == set {
                        continue;
                    }
                    seen = seen | set;
                    let source = gazetteer.source(origin);
                    let known = |e: &Evidence| e.source == source && e.range == range && e.zone == unit.zone;
                    if evidence.len() < EVIDENCE_MAX && evidence.iter().any(known) {
                        continue;
                    }
                    evidence.push(Evidence {
                        source,
                        role: Role::Place,
                        zone: unit.zone,
                        text: text.to_owned(),
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
fn settle(units: &[&Unit]) -> (PrefectureSet, bool) {
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
        for found in units.iter().filter(|f| strengths.contains(&f.strength)) {
            all = all & found.set;
            any = any | found.set;
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
