//! The tables of `data/`, compiled in: names for the automaton, prefixes for
//! numbers, suffixes for domains, each with the line it stands in. Owns what
//! a name can mean; not what it means in a sentence.

use super::super::evidence::Source;
use super::super::lexicon::{Builder, Ending};
use super::super::text::fold;
use super::cues::{self, Cue};
use super::number::{self, Digits};
use super::{LocalNames, Prefecture, PrefectureSet};
use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

/// A table of `data/`.
///
/// `regions.csv` holds what people name in place of a town: districts, islands,
/// lakes, peninsulas, hot springs, old provinces. It was written by hand from
/// common knowledge of the map and holds a name with one code only where all
/// of it lies in that prefecture; one that lies in several (紀伊半島) or that
/// several have (Uchiura Bay) lists them all and narrows, but never decides.
/// A name that a municipality of another prefecture has too is left out.
/// `foreign_spellings.csv` holds prefectures and larger cities in Korean and
/// Chinese where neither `simplified_han.csv` nor `kanji_fold.csv` reaches them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Table {
    Aliases,
    Municipalities,
    Regions,
    ForeignSpellings,
    Postal,
    AreaCodes,
    Domains,
}

impl Table {
    /// In the order of their numbers.
    const ALL: [Table; 7] = [
        Table::Aliases,
        Table::Municipalities,
        Table::Regions,
        Table::ForeignSpellings,
        Table::Postal,
        Table::AreaCodes,
        Table::Domains,
    ];

    fn file(self) -> &'static str {
        match self {
            Table::Aliases => "data/prefecture_aliases.csv",
            Table::Municipalities => "data/municipalities.csv",
            Table::Regions => "data/regions.csv",
            Table::ForeignSpellings => "data/foreign_spellings.csv",
            Table::Postal => "data/postal.csv",
            Table::AreaCodes => "data/area_codes.csv",
            Table::Domains => "data/domains.csv",
        }
    }

    fn text(self) -> &'static str {
        match self {
            Table::Aliases => include_str!("../../../data/prefecture_aliases.csv"),
            Table::Municipalities => include_str!("../../../data/municipalities.csv"),
            Table::Regions => include_str!("../../../data/regions.csv"),
            Table::ForeignSpellings => include_str!("../../../data/foreign_spellings.csv"),
            Table::Postal => include_str!("../../../data/postal.csv"),
            Table::AreaCodes => include_str!("../../../data/area_codes.csv"),
            Table::Domains => include_str!("../../../data/domains.csv"),
        }
    }
}

const PREFECTURES: &str = include_str!("../../../data/prefectures.csv");

/// A row of a table and the column the matched cell starts in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Origin {
    pub(super) table: Table,
    pub(super) line: u32,
    pub(super) column: u32,
}

impl Origin {
    /// As evidence names it.
    pub(super) fn source(self) -> Source {
        static FILES: LazyLock<[Arc<str>; 7]> = LazyLock::new(|| Table::ALL.map(|t| Arc::from(t.file())));
        Source { file: FILES[self.table as usize].clone(), line: self.line, column: self.column }
    }
}

/// What kind of place a sense is; also how far up in an address it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Level {
    /// Town or village.
    Town,
    /// Ward of a designated city.
    Ward,
    /// One of Tokyo's 23.
    SpecialWard,
    City,
    County,
    /// A region, island or district of one prefecture.
    Part,
    Prefecture,
    /// A region of several prefectures: narrows, never decides.
    Area,
    /// An addition of the directory.
    Local,
}

/// One thing a name can mean.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sense {
    pub(super) set: PrefectureSet,
    pub(super) level: Level,
    pub(super) origin: Where,
    /// The pattern leaves the suffix out (今治, Imabari, 東京).
    pub(super) bare: bool,
    /// How much company a bare name needs to be believed, 0 (none) to 3 (a
    /// suffix, a facility, an address around it); [`NEVER`]: only with a
    /// suffix that follows.
    pub(super) risk: u8,
    /// The risk is that of a surname alone: a particle that only follows
    /// places takes it away.
    pub(super) surname: bool,
    /// Of several places of this name the one that is meant without a word
    /// more: the only city among villages.
    pub(super) chief: bool,
}

/// A risk no context outweighs, but an explicit suffix does.
pub(super) const NEVER: u8 = 9;

/// Where a sense was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Where {
    Table(Origin),
    /// Index into the gazetteer's local sources.
    Local(u32),
}

/// How a pattern is written, which decides what its neighbours may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Script {
    Kanji,
    /// Kana that people normally write in kanji: only believed in katakana or
    /// standing apart.
    Kana,
    /// Kana because the place is written so (いわき).
    Hiragana,
    /// Kana with a kanji suffix (ふくおか県).
    Mixed,
    Latin,
    Hangul,
}

/// A pattern of the automaton and all it can mean. None: a phrase of the
/// directory that is no place although it contains one.
#[derive(Debug, Clone)]
pub(super) struct Name {
    pub(super) senses: Vec<Sense>,
    pub(super) script: Script,
}

/// What an owner number stands for.
pub(super) enum Owned<'a> {
    Name(&'a Name),
    Cue(Cue),
}

/// A prefix of postal codes, as the range of seven-digit numbers it covers.
#[derive(Debug, Clone, Copy)]
struct PostalRange {
    low: u32,
    high: u32,
    set: PrefectureSet,
    line: u32,
}

/// A prefix of phone numbers.
#[derive(Debug, Clone, Copy)]
struct AreaCode {
    set: PrefectureSet,
    line: u32,
}

/// A domain suffix.
#[derive(Debug, Clone, Copy)]
pub(super) struct DomainSuffix {
    pub(super) prefecture: Prefecture,
    /// A government's own, not one that anybody may register.
    pub(super) government: bool,
    pub(super) line: u32,
}

/// The tables, parsed once.
struct Base {
    names: Vec<(String, Name)>,
    index: HashMap<String, usize>,
    /// Prefectures of cities that people call by the last part of their name,
    /// by that part: 大和郡山 under 郡山. Only parts that name a place themselves.
    namesakes: HashMap<String, PrefectureSet>,
    postal: Vec<PostalRange>,
    /// By prefix digits.
    area: HashMap<String, AreaCode>,
    domains: HashMap<String, DomainSuffix>,
    /// Japanese full name and English name, in code order.
    prefectures: Vec<(String, String)>,
}

static BASE: LazyLock<Base> = LazyLock::new(Base::read);

/// Phone numbers of the Secretariat and the Navi Dial desk as first published;
/// the rest comes from contacts.toml ([`Gazetteer::disown`]).
const OWN_NUMBERS: [&str; 2] = ["03-5422-1517", "0570-064-794"];

impl Prefecture {
    /// Japanese full name: `東京都`.
    pub fn name_ja(self) -> &'static str {
        BASE.prefectures.get(usize::from(self.number()) - 1).map_or("", |p| p.0.as_str())
    }

    /// English name without `Prefecture`: `Tokyo`.
    pub fn name_en(self) -> &'static str {
        BASE.prefectures.get(usize::from(self.number()) - 1).map_or("", |p| p.1.as_str())
    }
}

/// All names and numbers that point at a prefecture.
pub struct Gazetteer {
    first: u32,
    names: Vec<Name>,
    local: Vec<Source>,
    disowned: Vec<Digits>,
}

impl Gazetteer {
    /// Reads the embedded tables and adds every place name to the automaton,
    /// under owner numbers from `first_owner` on; `local` are the directory's
    /// own additions (`places`) and removals (`not`).
    pub fn build(local: &[LocalNames], automaton: &mut Builder, first_owner: u32) -> Gazetteer {
        let base = &*BASE;
        let mut names: Vec<Name> = base.names.iter().map(|(_, name)| name.clone()).collect();
        let mut extra: HashMap<String, usize> = HashMap::new();
        let mut sources = Vec::new();
        for addition in local {
            let set = addition.prefecture.map_or(PrefectureSet::EMPTY, PrefectureSet::of);
            let mut find = |text: &str, names: &mut Vec<Name>| -> Option<usize> {
                let pattern = fold(text.trim()).as_str().to_owned();
                if pattern.is_empty() {
                    return None;
                }
                let known = base.index.get(&pattern).or_else(|| extra.get(&pattern)).copied();
                Some(known.unwrap_or_else(|| {
                    names.push(Name { senses: Vec::new(), script: script(text, &pattern) });
                    extra.insert(pattern, names.len() - 1);
                    names.len() - 1
                }))
            };
            for (text, source) in &addition.places {
                if let Some(index) = find(text, &mut names) {
                    names[index].senses.push(Sense {
                        set,
                        level: Level::Local,
                        origin: Where::Local(sources.len() as u32),
                        bare: false,
                        risk: 0,
                        surname: false,
                        chief: true,
                    });
                    sources.push(source.clone());
                }
            }
            // A phrase no table knows stays as a name without a sense: it
            // covers the places inside it.
            for text in &addition.not {
                if let Some(index) = find(text, &mut names) {
                    names[index].senses.retain(|s| !s.set.meets(set) || s.level == Level::Local);
                }
            }
        }
        for (index, (pattern, _)) in base.names.iter().enumerate() {
            automaton.add(pattern, first_owner + index as u32, Ending::Exact);
        }
        for (pattern, index) in &extra {
            automaton.add(pattern, first_owner + *index as u32, Ending::Exact);
        }
        cues::add(automaton, first_owner + names.len() as u32);
        let mut gazetteer = Gazetteer { first: first_owner, names, local: sources, disowned: Vec::new() };
        for number in OWN_NUMBERS {
            gazetteer.disown(number);
        }
        gazetteer
    }

    /// Takes every phone number and postal code in a text out of evidence:
    /// those of our own desks, which people copy into their mail.
    pub fn disown(&mut self, text: &str) {
        let folded = fold(text);
        number::scan(folded.as_str(), |n| self.disowned.push(n.digits));
    }

    /// Japanese full name (`東京都`), for mails and tables.
    pub fn name_ja(&self, prefecture: Prefecture) -> &str {
        prefecture.name_ja()
    }

    /// English name without `Prefecture` (`Tokyo`).
    pub fn name_en(&self, prefecture: Prefecture) -> &str {
        prefecture.name_en()
    }

    pub(super) fn owned(&self, owner: u32) -> Option<Owned<'_>> {
        let index = owner.checked_sub(self.first)?;
        match self.names.get(index as usize) {
            Some(name) => Some(Owned::Name(name)),
            None => Cue::from_index(index - self.names.len() as u32).map(Owned::Cue),
        }
    }

    /// Where there is a city that people call so for short, beside the place
    /// whose whole name it is: 郡山 for 大和郡山.
    pub(super) fn namesakes(&self, name: &str) -> PrefectureSet {
        BASE.namesakes.get(name).copied().unwrap_or(PrefectureSet::EMPTY)
    }

    pub(super) fn is_disowned(&self, digits: &Digits) -> bool {
        self.disowned.contains(digits)
    }

    pub(super) fn source(&self, origin: Where) -> Source {
        match origin {
            Where::Table(origin) => origin.source(),
            Where::Local(index) => match self.local.get(index as usize) {
                Some(source) => source.clone(),
                None => Source { file: Arc::from("rules/associations.toml"), line: 1, column: 1 },
            },
        }
    }

    /// Prefectures of a seven-digit postal code; `None` when no such code is known.
    pub(super) fn postal(&self, digits: &Digits) -> Option<(PrefectureSet, Origin)> {
        if digits.len() != 7 {
            return None;
        }
        let code = digits.number();
        let ranges = &BASE.postal;
        let range = ranges.get(ranges.partition_point(|r| r.low <= code).checked_sub(1)?)?;
        (code <= range.high).then_some((range.set, Origin { table: Table::Postal, line: range.line, column: 1 }))
    }

    /// Prefectures of a national phone number with its leading 0; `None` for
    /// numbers without a place.
    pub(super) fn phone(&self, digits: &Digits) -> Option<(PrefectureSet, Origin)> {
        let text = digits.as_str();
        let code = (3..=6.min(text.len())).rev().find_map(|n| BASE.area.get(&text[..n]))?;
        if code.set.is_empty() || digits.len() != 10 {
            return None;
        }
        Some((code.set, Origin { table: Table::AreaCodes, line: code.line, column: 1 }))
    }

    /// The longest known suffix of a domain (lower case), on label borders.
    pub(super) fn domain(&self, domain: &str) -> Option<DomainSuffix> {
        let mut rest = domain;
        loop {
            if let Some(found) = BASE.domains.get(rest) {
                return Some(*found);
            }
            rest = &rest[rest.find('.')? + 1..];
        }
    }
}

/// The script of a pattern as it stands in a table.
fn script(written: &str, folded: &str) -> Script {
    if folded.bytes().all(|b| b.is_ascii()) {
        Script::Latin
    } else if folded.chars().any(|c| ('\u{AC00}'..='\u{D7A3}').contains(&c)) {
        Script::Hangul
    } else if written.chars().all(|c| matches!(c, '\u{3041}'..='\u{3096}' | 'ー')) {
        Script::Hiragana
    } else {
        Script::Kanji
    }
}

/// Column (in characters, from 1) of each cell of a line without quoted commas.
fn columns(record: &csv::StringRecord) -> Vec<u32> {
    let mut at = 1;
    record
        .iter()
        .map(|cell| {
            let here = at;
            at += cell.chars().count() as u32 + 1;
            here
        })
        .collect()
}

/// Calls back for each row with its line.
fn rows(text: &str, mut row: impl FnMut(&csv::StringRecord, u32)) {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let mut record = csv::StringRecord::new();
    while matches!(reader.read_record(&mut record), Ok(true)) {
        let line = record.position().map_or(0, |p| p.line() as u32);
        row(&record, line);
    }
}

/// City stems that are also words, firms or the names of other things.
const WORDY_CITIES: &[&str] = &[
    "国立", "中間", "行方", "胎内", "東海", "南国", "裾野", "中央", "大和", "日立", "北上", "出水", "光", "関", "旭",
    "日向",
];

/// City stems that other prefectures also use for districts and stations, or
/// that half stand in other words.
const SHARED_CITIES: &[&str] = &[
    "横手",
    "三条",
    "千歳",
    "深川",
    "高砂",
    "相生",
    "日高",
    "三田",
    "春日",
    "大崎",
    "大町",
    "白河",
    "中津",
    "下田",
    "甲州",
    "三郷",
    "平塚",
    "吉野川",
    "瀬戸内",
    "大月",
    "新城",
    "富岡",
    "有田",
    "八街",
    "美濃",
    "出雲",
    "平川",
    "新宮",
    "八代",
    "山陽小野田",
    "大田",
    "豊前",
    "総社",
    "三次",
    "市原",
    "瀬戸",
    "日光",
    "取手",
    "日進",
    "豊田",
    "富士",
    "雲南",
    "海南",
    "江南",
    "湖南",
    "大東",
    "南陽",
    "向日",
    "北斗",
    "白山",
    "幸手",
];

/// Town and village stems that are also words.
const WORDY_TOWNS: &[&str] = &[
    "上里",
    "白馬",
    "安平",
    "清里",
    "標茶",
    "設楽",
    "出雲崎",
    "平泉",
    "豊山",
    "東和",
    "王寺",
    "三股",
    "美浜",
    "広尾",
    "長和",
    "大江",
    "新富",
    "東海",
];

/// Town and village stems that are everyday words first: only with their suffix.
const EVERYDAY_TOWNS: &[&str] = &[
    "本部", "豊富", "最上", "三種", "階上", "東洋", "南部", "北方", "大口", "湧水", "知名", "大蔵", "東北", "長生",
    "上市", "安堵", "平生", "新地", "一戸", "高原", "日出", "大台", "太子", "河北", "河南", "双葉", "東栄", "知夫",
    "上毛", "大樹", "当別", "今別", "玉川", "大任", "開成", "国富", "共和", "協和", "大空", "本山", "横浜", "岩手",
    "中島", "大豊", "東通",
];

/// Surnames that everybody takes for the city first.
const GREAT_CITIES: &[&str] =
    &["松本", "川崎", "川口", "千葉", "福島", "山口", "宮崎", "長野", "福井", "岡崎", "成田", "熊谷", "上田"];

/// Romaji stems that are English words, common given names or firms.
const WORDY_ROMAJI: &[&str] = &[
    "date", "mine", "sue", "tome", "kin", "ama", "ando", "kai", "kato", "mori", "aoi", "miki", "taki", "toyota",
    "hitachi", "fuji", "asahi", "sakura", "midori", "chuo", "kita", "minami", "nishi", "higashi", "naka", "onna", "ie",
    "oi", "usa", "uki", "kami", "toon", "shoo", "soo", "ina", "ami", "kani", "sai", "kori", "hara", "yuki", "mugi",
    "tako", "aka", "tara", "miho", "tano", "sanda", "kuma", "kama", "onga", "misato", "hikari", "nada", "suma", "umi",
    "aya", "izumi", "akiruno", "wako", "wake", "ube", "tone", "nan", "ine", "ide", "goto", "ito", "iki", "yurihama",
    "showa", "heiwa", "taisho", "yamato", "kyowa", "shinto", "joy",
];

/// Those among them, and others, that are words of English (or another
/// country) when written small: "gold mine office" names no town.
const ENGLISH_ROMAJI: &[&str] = &[
    "date", "mine", "sue", "tome", "kin", "joy", "china", "nose", "tone", "wake", "saga", "goto", "nan", "ie", "usa",
    "tara", "nada", "soma", "shoo", "moka", "ora", "toon", "obama", "tango", "bingo", "gion", "sanyo", "taiji", "kai",
    "aka", "ama", "hara", "sai", "ami", "aya", "awa", "saka", "seto", "sera", "toki", "omi", "oki", "kora", "oda",
    "otto", "hiji", "shari", "shika", "toga", "aga", "abu", "anan", "kota", "ono", "iga", "isa", "seki", "umi",
];

/// Romaji that name a country first: only with a suffix or an address.
const COUNTRY_ROMAJI: &[&str] = &["china"];

/// Phrases that are no place although one stands in them.
const NO_PLACES: &[&str] = &[
    "みどりの窓口",
    "大阪・関西万博",
    "大阪関西万博",
    "東京一極集中",
    "東京ディズニーランド",
    "東京ディズニーシー",
    "さくらねっと",
    "さくら組",
    "あさひ銀行",
    "りそな",
    "長崎ちゃんぽん",
    "日本海",
    "関東ローム",
    "京都議定書",
    "京都府民",
    "北海道胆振東部地震",
    "能登半島地震",
    "熊本地震",
    "阪神淡路大震災",
    "阪神・淡路大震災",
    "福島第一原発",
    "福島第一",
    "新潟県中越地震",
    "有田焼",
    "備前焼",
    "九谷焼",
    "西陣織",
    "讃岐うどん",
    "信州そば",
    "出雲そば",
    "さぬきうどん",
    "江戸切子",
    "南部鉄器",
    "大島紬",
    "薩摩焼酎",
    "越前和紙",
    "越前がに",
    "松阪牛",
    "神戸牛",
    "近江牛",
    "米沢牛",
    "飛騨牛",
    "佐賀牛",
    "宮崎牛",
    "名古屋コーチン",
    "日光浴",
    "日光東照宮",
    "富士通",
    "富士フイルム",
    "日立製作所",
    "豊田自動織機",
    "東海道",
    "東海道新幹線",
    "大和証券",
    "大和ハウス",
    "大和運輸",
    "瀬戸内海",
    "金沢大学",
    "筑波大学",
    "一橋大学国立",
    "国立大学",
    "国立病院",
    "国立公園",
    "国立研究",
    "国立国会",
];

impl Base {
    fn read() -> Base {
        let mut base = Base {
            names: Vec::new(),
            index: HashMap::new(),
            namesakes: HashMap::new(),
            postal: Vec::new(),
            area: HashMap::new(),
            domains: HashMap::new(),
            prefectures: Vec::new(),
        };
        base.read_prefectures();
        base.read_municipalities();
        base.read_regions();
        for phrase in NO_PLACES {
            base.cover(phrase);
        }
        base.read_numbers();
        base.read_domains();
        base.choose_chiefs();
        base.find_namesakes();
        base
    }

    fn add(&mut self, written: &str, script: Script, sense: Sense) {
        let pattern = fold(written).as_str().to_owned();
        if pattern.is_empty() {
            return;
        }
        let index = match self.index.get(&pattern) {
            Some(index) => *index,
            None => {
                self.names.push((pattern.clone(), Name { senses: Vec::new(), script }));
                self.index.insert(pattern, self.names.len() - 1);
                self.names.len() - 1
            }
        };
        let name = &mut self.names[index].1;
        // One row counts once for a spelling; its safest reading stays.
        let same = |s: &&mut Sense| {
            s.level == sense.level && s.bare == sense.bare && s.set == sense.set && row(s) == row(&sense)
        };
        match name.senses.iter_mut().find(same) {
            Some(known) => known.risk = known.risk.min(sense.risk),
            None => name.senses.push(sense),
        }
        if script == Script::Hiragana && name.script == Script::Kana {
            name.script = Script::Hiragana;
        }
    }

    /// Adds a name without a sense: it hides the places inside it.
    fn cover(&mut self, written: &str) {
        let pattern = fold(written).as_str().to_owned();
        if !self.index.contains_key(&pattern) {
            self.names.push((pattern.clone(), Name { senses: Vec::new(), script: Script::Kanji }));
            self.index.insert(pattern, self.names.len() - 1);
        }
    }

    fn read_prefectures(&mut self) {
        rows(PREFECTURES, |r, _| {
            self.prefectures.push((r[3].to_owned(), r[8].to_owned()));
        });
        rows(Table::Aliases.text(), |r, line| {
            let Some(set) = PrefectureSet::from_codes(&r[1]) else { return };
            let (alias, kind, risk) = (&r[0], &r[2], &r[4]);
            let surname = risk.contains("surname");
            let sense = |bare, risk| Sense {
                set,
                level: Level::Prefecture,
                origin: Where::Table(Origin { table: Table::Aliases, line, column: 1 }),
                bare,
                risk,
                surname: surname && alias != "三重" && alias != "大分",
                chief: true,
            };
            match kind {
                // 北海道 carries no suffix that could be left out, so it is
                // both: full beside a municipality, bare beside a company.
                "ja_full" => self.add(alias, Script::Kanji, sense(alias == "北海道", 0)),
                "ja_short" => {
                    let word = matches!(alias, "大分" | "三重");
                    self.add(alias, Script::Kanji, sense(true, u8::from(surname || word)));
                }
                "kana_full" => {
                    self.add(alias, Script::Kana, sense(alias == "ほっかいどう", 0));
                    for (kana, kanji) in [("けん", "県"), ("ふ", "府"), ("と", "都")] {
                        if let Some(stem) = alias.strip_suffix(kana) {
                            self.add(&format!("{stem}{kanji}"), Script::Mixed, sense(false, 0));
                        }
                    }
                }
                "kana_short" if risk.contains("short") => self.add(alias, Script::Kana, sense(true, 3)),
                "kana_short" => self.add(alias, Script::Kana, sense(true, 1)),
                // `Gunma-ken` and `Gunma Prefecture` are read as `Gunma` and a suffix.
                _ if alias.contains(' ') || alias.contains('-') => {}
                _ => {
                    let short = alias.len() <= 4;
                    self.add(alias, Script::Latin, sense(true, u8::from(surname || short)));
                }
            }
        });
    }

    fn read_municipalities(&mut self) {
        let mut mixed: Vec<(String, Sense)> = Vec::new();
        let mut towns: Vec<(String, String, Sense)> = Vec::new();
        let mut romanised: Vec<(String, Sense)> = Vec::new();
        let mut split: Vec<(String, Sense)> = Vec::new();
        rows(Table::Municipalities.text(), |r, line| {
            let Some(set) = PrefectureSet::from_codes(&r[2]) else { return };
            let (kind, county, name, kana) = (&r[3], &r[4], &r[6], &r[7]);
            let (romaji, full, alternatives) = (&r[8], &r[9], &r[10]);
            let (variants, tags) = (&r[11], &r[12]);
            let columns = columns(r);
            let level = match kind {
                "city" | "designated_city" => Level::City,
                "special_ward" => Level::SpecialWard,
                "ward" => Level::Ward,
                _ => Level::Town,
            };
            let sense = |level, column: usize, bare, risk| Sense {
                set,
                level,
                origin: Where::Table(Origin { table: Table::Municipalities, line, column: columns[column] }),
                bare,
                risk,
                surname: false,
                chief: false,
            };
            let tagged = |tag: &str| tags.split('|').any(|t| t.split(':').next() == Some(tag));
            let surname: u32 = tags.split('|').find_map(|t| t.strip_prefix("surname:")?.parse().ok()).unwrap_or(0);
            let major = kind == "designated_city";

            for written in std::iter::once(name).chain(variants.split(';').filter(|v| !v.is_empty())) {
                self.add(written, Script::Kanji, sense(level, 6, false, 0));
                let stem = &written[..written.len() - written.chars().next_back().map_or(0, char::len_utf8)];
                let stem_kana = stem.chars().all(|c| matches!(c, '\u{3041}'..='\u{3096}'));
                let risk = stem_risk(stem, level, surname, &tagged);
                // ニセコ is written in katakana, さくら in hiragana.
                let script = if stem_kana { Script::Hiragana } else { script_of_stem(stem) };
                let risk = match script {
                    Script::Hiragana if tagged("word") && level == Level::City => 2,
                    Script::Hiragana if level == Level::City => 1,
                    Script::Hiragana | Script::Kana => risk.max(3),
                    _ => risk,
                };
                if risk < NEVER {
                    let surname = matches!(level, Level::City | Level::Ward)
                        && surname > 0
                        && script == Script::Kanji
                        && stem.chars().count() > 1
                        && !tagged("word")
                        && !WORDY_CITIES.contains(&stem)
                        && !SHARED_CITIES.contains(&stem);
                    self.add(stem, script, Sense { surname, ..sense(level, 6, true, risk) });
                }
            }

            if let Some(written) = simplified(name) {
                self.add(&written, Script::Kanji, sense(level, 6, false, 0));
                let stem = &written[..written.len() - "市".len()];
                if level == Level::City && stem.chars().count() > 1 {
                    let risk = stem_risk(&name[..name.len() - "市".len()], level, surname, &tagged).max(1);
                    self.add(stem, Script::Kanji, sense(level, 6, true, risk));
                }
            }

            self.add(kana, Script::Kana, sense(level, 7, false, 0));
            for (spoken, kanji) in
                [("し", '市'), ("く", '区'), ("ちょう", '町'), ("まち", '町'), ("むら", '村'), ("そん", '村')]
            {
                if let Some(stem) = kana.strip_suffix(spoken).filter(|s| s.chars().count() > 1 && name.ends_with(kanji))
                {
                    mixed.push((format!("{stem}{kanji}"), sense(level, 7, false, 0)));
                }
            }
            if level == Level::City && !tagged("word") {
                let suffix = if kana.ends_with("し") { "し".len() } else { 0 };
                let stem = &kana[..kana.len() - suffix];
                if stem.chars().count() >= 3 {
                    let risk = if major { 1 } else { 2 };
                    self.add(stem, Script::Kana, sense(level, 7, true, risk));
                }
            }

            let great = major || GREAT_CITIES.contains(&name.trim_end_matches('市'));
            let risk = romaji_risk(&romaji.to_lowercase(), level, surname, great, &tagged);
            // Kobe is a city, whoever is called so.
            let named = surname >= if major { 30_000 } else { 3_000 };
            let roman = |column| Sense { surname: named, ..sense(level, column, true, risk) };
            for written in std::iter::once(romaji).chain(alternatives.split(';').filter(|v| !v.is_empty())) {
                let column = if written == romaji { 8 } else { 10 };
                self.add(written, Script::Latin, roman(column));
                if !matches!(level, Level::Ward | Level::SpecialWard) {
                    romanised.push((written.to_lowercase(), roman(column)));
                }
            }

            let spellings = std::iter::once(romaji).chain(alternatives.split(';').filter(|v| !v.is_empty()));
            for other in spellings.flat_map(|r| other_romaji(&r.to_lowercase())) {
                self.add(&other, Script::Latin, roman(8));
            }

            if county.ends_with('郡') {
                towns.push((county.to_owned(), name.to_owned(), sense(level, 4, false, 0)));
                self.add(county, Script::Kanji, sense(Level::County, 4, false, 0));
                if let Some((stem, _)) = full.split_once("-gun ") {
                    self.add(stem, Script::Latin, sense(Level::County, 9, true, NEVER));
                }
            }
        });
        // "Higashi Matsuyama" is no Matsuyama, "Satsuma-Sendai" no Sendai.
        for (romaji, sense) in &romanised {
            for at in 2..romaji.len().saturating_sub(2) {
                let (first, second) = romaji.split_at(at);
                if COMPOUND.contains(&first) || self.index.contains_key(second) && second.len() >= 4 {
                    split.push((format!("{first}-{second}"), *sense));
                    split.push((format!("{first} {second}"), *sense));
                }
            }
        }
        for (written, sense) in split {
            if !self.index.contains_key(&written) {
                self.add(&written, Script::Latin, sense);
            }
        }
        // さくら市 is Sakura in Tochigi, not a way to write 佐倉市.
        for (written, sense) in mixed {
            let official = self.index.get(&written).is_some_and(|i| self.names[*i].1.script != Script::Mixed);
            if !official {
                self.add(&written, Script::Mixed, sense);
            }
        }
        // Hidaka-gun and Hidaka-cho are each in two prefectures, together in one.
        let set = |base: &Base, name: &str| {
            let senses = base.index.get(fold(name).as_str()).map(|i| &base.names[*i].1.senses);
            senses.into_iter().flatten().fold(PrefectureSet::EMPTY, |set, s| set | s.set)
        };
        for (county, name, sense) in towns {
            if (set(self, &county) & set(self, &name)).len() > 1 {
                self.add(&format!("{county}{name}"), Script::Kanji, sense);
            }
        }
    }

    fn read_regions(&mut self) {
        rows(Table::Regions.text(), |r, line| {
            let Some(set) = PrefectureSet::from_codes(&r[1]) else { return };
            let level = if set.len() > 1 { Level::Area } else { Level::Part };
            let origin = Where::Table(Origin { table: Table::Regions, line, column: 1 });
            let risk = r[4].parse().unwrap_or(0);
            let script = script(&r[0], fold(&r[0]).as_str());
            self.add(&r[0], script, Sense { set, level, origin, bare: true, risk, surname: false, chief: false });
        });
        rows(Table::ForeignSpellings.text(), |r, line| {
            let Some(set) = PrefectureSet::from_codes(&r[1]) else { return };
            let full = r[0].ends_with(['县', '府', '都', '市', '현', '부', '도', '시']) || &r[3] == "ko";
            let level = if &r[2] == "prefecture" { Level::Prefecture } else { Level::City };
            let origin = Where::Table(Origin { table: Table::ForeignSpellings, line, column: 1 });
            let risk = r[4].parse().unwrap_or(0);
            let script = script(&r[0], fold(&r[0]).as_str());
            self.add(&r[0], script, Sense { set, level, origin, bare: !full, risk, surname: false, chief: false });
        });
    }

    fn read_numbers(&mut self) {
        rows(Table::Postal.text(), |r, line| {
            let (Some(set), Ok(value)) = (PrefectureSet::from_codes(&r[1]), r[0].parse::<u32>()) else { return };
            let scale = 10u32.pow(7u32.saturating_sub(r[0].len() as u32));
            self.postal.push(PostalRange { low: value * scale, high: value * scale + scale - 1, set, line });
        });
        self.postal.sort_by_key(|p| p.low);
        rows(Table::AreaCodes.text(), |r, line| {
            let Some(set) = PrefectureSet::from_codes(&r[2]) else { return };
            self.area.insert(r[0].to_owned(), AreaCode { set, line });
        });
    }

    fn read_domains(&mut self) {
        rows(Table::Domains.text(), |r, line| {
            let Some(prefecture) = Prefecture::from_code(&r[1]) else { return };
            let government = &r[4] == "strong";
            self.domains.insert(r[0].to_owned(), DomainSuffix { prefecture, government, line });
        });
    }

    fn find_namesakes(&mut self) {
        let stem = |(pattern, name): &(String, Name)| {
            let city = name.senses.iter().find(|s| s.bare && s.level == Level::City);
            city.filter(|_| name.script == Script::Kanji).map(|s| (pattern.clone(), s.set))
        };
        let cities: Vec<(String, PrefectureSet)> = self.names.iter().filter_map(stem).collect();
        for (city, set) in cities {
            let parts = city.char_indices().skip(1).map(|(at, _)| &city[at..]);
            for part in parts.filter(|part| part.chars().nth(1).is_some()) {
                let known = self.index.get(part).map(|i| &self.names[*i].1.senses);
                // Nagano is Nagano, wherever a 河内長野 writes from.
                let town = |s: &Sense| s.bare && s.level == Level::City;
                let great = |s: &Sense| s.level == Level::Prefecture;
                if known.is_some_and(|senses| senses.iter().any(town) && !senses.iter().any(great)) {
                    let all = self.namesakes.entry(part.to_owned()).or_insert(PrefectureSet::EMPTY);
                    *all = *all | set;
                }
            }
        }
    }

    /// Of one bare name's places the only city (or special ward) is its chief.
    fn choose_chiefs(&mut self) {
        for (_, name) in &mut self.names {
            let city = |s: &Sense| matches!(s.level, Level::City | Level::SpecialWard) && s.bare;
            let mut cities = PrefectureSet::EMPTY;
            for sense in name.senses.iter().filter(|s| city(s)) {
                cities = cities | sense.set;
            }
            if cities.len() == 1 {
                for sense in name.senses.iter_mut().filter(|s| s.set == cities) {
                    sense.chief = true;
                }
            }
        }
    }
}

/// A name in the characters of mainland Chinese, where they differ.
fn simplified(name: &str) -> Option<String> {
    static TABLE: LazyLock<HashMap<char, char>> = LazyLock::new(|| {
        let mut table = HashMap::new();
        rows(include_str!("../../../data/simplified_han.csv"), |r, _| {
            if let (Some(japanese), Some(simplified)) = (r[0].chars().next(), r[1].chars().next()) {
                table.insert(japanese, simplified);
            }
        });
        table
    });
    let written: String = name.chars().map(|c| TABLE.get(&c).copied().unwrap_or(c)).collect();
    (written != name).then_some(written)
}

/// First parts of romaji names that people set apart.
const COMPOUND: &[&str] = &[
    "higashi", "nishi", "kita", "minami", "naka", "kami", "shimo", "yamato", "izumi", "kawachi", "aizu", "satsuma",
    "musashi", "hitachi", "nasu", "omi", "tosa", "hida", "mino", "rikuzen", "bungo", "kyo", "fuji", "shin", "oku",
];

/// Other ways to romanise: Kunrei (`Matuyama`, `Tyosi`) and h for a long
/// vowel (`Ohtsu`).
fn other_romaji(hepburn: &str) -> Vec<String> {
    let kunrei = [
        ("sha", "sya"),
        ("shu", "syu"),
        ("sho", "syo"),
        ("cha", "tya"),
        ("chu", "tyu"),
        ("cho", "tyo"),
        ("ja", "zya"),
        ("ju", "zyu"),
        ("jo", "zyo"),
        ("shi", "si"),
        ("chi", "ti"),
        ("tsu", "tu"),
        ("ji", "zi"),
        ("fu", "hu"),
    ]
    .iter()
    .fold(hepburn.to_owned(), |name, (from, to)| name.replace(from, to));
    let long = ["ou", "oo"].iter().fold(hepburn.to_owned(), |name, from| name.replace(from, "oh"));
    [kunrei, long].into_iter().filter(|name| name != hepburn && name.len() >= 5).collect()
}

/// Whether romaji, written small, are a word of English.
pub(super) fn is_english(romaji: &str) -> bool {
    ENGLISH_ROMAJI.contains(&romaji)
}

/// Two senses of one row are one.
fn row(sense: &Sense) -> Option<(Table, u32)> {
    match sense.origin {
        Where::Table(origin) => Some((origin.table, origin.line)),
        Where::Local(_) => None,
    }
}

/// Script of a stem in kanji, hiragana or (ニセコ) katakana.
fn script_of_stem(stem: &str) -> Script {
    let kana = |c| matches!(c, '\u{3041}'..='\u{3096}' | '\u{30A1}'..='\u{30FA}' | 'ー');
    if stem.chars().all(kana) { Script::Kana } else { Script::Kanji }
}

/// How far a municipality's name without its suffix may be believed.
fn stem_risk(stem: &str, level: Level, surname: u32, tagged: &dyn Fn(&str) -> bool) -> u8 {
    let one = stem.chars().count() == 1;
    let by_surname = match surname {
        0 => 0,
        n if n >= 20_000 && !GREAT_CITIES.contains(&stem) => {
            if n >= 300_000 {
                3
            } else {
                2
            }
        }
        _ => 1,
    };
    match level {
        // 中央の窓口 is no city's.
        Level::City if stem == "中央" => NEVER,
        Level::City if WORDY_CITIES.contains(&stem) => 3,
        Level::City if one => 2,
        Level::City if SHARED_CITIES.contains(&stem) => 2,
        Level::City if tagged("word") => 3,
        Level::City => by_surname,
        Level::SpecialWard if one || tagged("word") => NEVER,
        Level::SpecialWard => by_surname,
        Level::Ward if one || tagged("word") || tagged("name_dup") || tagged("stem_dup") || tagged("has_pref") => NEVER,
        Level::Ward => by_surname.max(if surname > 0 { 2 } else { 1 }),
        Level::Town if one || tagged("word") => NEVER,
        Level::Town if EVERYDAY_TOWNS.contains(&stem) => NEVER,
        Level::Town if WORDY_TOWNS.contains(&stem) => 3,
        Level::Town => by_surname.max(2),
        _ => NEVER,
    }
}

/// The same for romaji.
fn romaji_risk(stem: &str, level: Level, surname: u32, great: bool, tagged: &dyn Fn(&str) -> bool) -> u8 {
    if COUNTRY_ROMAJI.contains(&stem) {
        return NEVER;
    }
    if WORDY_ROMAJI.contains(&stem) {
        return 3;
    }
    let by_surname = if surname >= 20_000 && !great { 2 } else { 1 };
    let by_length = if stem.len() <= 3 { 2 } else { 1 };
    match level {
        Level::City if great && surname < 20_000 => 0,
        Level::City => by_surname.max(by_length),
        Level::SpecialWard => by_surname.max(by_length).max(if tagged("word") { 2 } else { 1 }),
        // Long, nobody's name and nowhere else: no other word looks like it.
        Level::Town if stem.len() >= 6 && surname < 1_000 && !tagged("romaji_dup") => 1,
        Level::Town => 2.max(by_surname),
        Level::Ward if tagged("name_dup") || tagged("stem_dup") || tagged("romaji_dup") || tagged("has_pref") => NEVER,
        Level::Ward => 2,
        _ => NEVER,
    }
}
