//! The spellings of a keyword: okurigana, kana or kanji for everyday words, a
//! space beside Latin letters, British and American English, hyphens. A text
//! is never altered for these, because `手続` may be part of something longer;
//! a keyword is looked for in each of its spellings instead. Works on folded
//! text; knows no rule.

use std::collections::HashMap;
use std::sync::OnceLock;

/// More spellings than this help nobody and bloat the automaton.
const SPELLINGS_MAX: usize = 32;

/// Spellings that stand for one another.
const SAME: &[&[&str]] = &[
    &["問い合わせ", "問合わせ", "問い合せ", "問いあわせ", "といあわせ", "問合せ"],
    &["打ち合わせ", "打合わせ", "打ち合せ", "打合せ"],
    &["待ち合わせ", "待合わせ", "待合せ"],
    &["組み合わせ", "組合わせ", "組み合せ", "組合せ"],
    &["合わせ", "合せ"],
    &["申し込み", "申しこみ", "申込み", "申込"],
    &["申し込", "申しこ", "申込"],
    &["申し出", "申出"],
    &["申し立て", "申立て", "申立"],
    &["取り扱い", "取扱い", "取扱"],
    &["取り扱", "取扱"],
    &["取り消し", "取消し", "取消"],
    &["取り消", "取消"],
    &["取り組み", "取組み", "取りくみ", "取組"],
    &["取り組", "取組"],
    &["取り決め", "取決め"],
    &["取り替え", "取替え", "取替"],
    &["取り寄せ", "取寄せ"],
    &["取り入れ", "取入れ"],
    &["取り付け", "取付け", "取付"],
    &["取り下げ", "取下げ"],
    &["受け付け", "受付け", "受付"],
    &["受け入れ", "受入れ", "受入"],
    &["受け取り", "受取り", "受取"],
    &["受け持ち", "受持ち"],
    &["受け答え", "受答え"],
    &["手続き", "手つづき", "手続"],
    &["手引き", "手引"],
    &["手当て", "手当"],
    &["引っ越し", "引越し", "引越"],
    &["引き継ぎ", "引継ぎ", "引継"],
    &["引き落とし", "引落とし", "引き落し", "引落し", "引落"],
    &["引き上げ", "引上げ"],
    &["引き下げ", "引下げ"],
    &["引き受け", "引受け", "引受"],
    &["割り増し", "割増し", "割増"],
    &["割り当て", "割当て", "割当"],
    &["割り引き", "割引き", "割引"],
    &["割り振り", "割振り"],
    &["振り込み", "振込み", "振込"],
    &["振り込", "振込"],
    &["振り替え", "振替え", "振替"],
    &["立ち会い", "立会い", "立ち合い", "立会"],
    &["立ち入り", "立入り", "立入"],
    &["立ち上げ", "立上げ"],
    &["立て替え", "立替え", "立替"],
    &["見積もり", "見積り", "見積"],
    &["見舞い", "見舞"],
    &["見直し", "見なおし"],
    &["貸し出し", "貸出し", "貸出"],
    &["持ち出し", "持出し"],
    &["持ち帰り", "持帰り"],
    &["持ち運び", "持運び"],
    &["繰り越し", "繰越し", "繰越"],
    &["繰り上げ", "繰上げ"],
    &["繰り下げ", "繰下げ"],
    &["繰り入れ", "繰入れ"],
    &["差し支え", "差支え", "さしつかえ"],
    &["差し引き", "差引き", "差引"],
    &["差し上げ", "差上げ", "さしあげ"],
    &["締め切り", "締切り", "〆切り", "締切", "〆切"],
    &["締め日", "締日"],
    &["切り替え", "切替え", "切換え", "切替"],
    &["支払い", "支払"],
    &["払い戻し", "払戻し", "払戻"],
    &["仕組み", "しくみ", "仕組"],
    &["話し合い", "話合い"],
    &["呼び出し", "呼出し", "呼出"],
    &["呼び掛け", "呼びかけ", "呼掛け"],
    &["積み立て", "積立て", "積立"],
    &["届け出", "届出"],
    &["雇い入れ", "雇入れ", "雇入"],
    &["雇い止め", "雇止め"],
    &["打ち切り", "打切り"],
    &["打ち消し", "打消し"],
    &["買い取り", "買取り", "買取"],
    &["売り込み", "売込み", "売込"],
    &["書き換え", "書換え", "書き替え"],
    &["読み替え", "読替え"],
    &["組み入れ", "組入れ"],
    &["付き合い", "付合い"],
    &["付き添い", "付添い", "付添"],
    &["預かり", "預り"],
    &["行き違い", "行違い"],
    &["思い違い", "思違い"],
    &["間違い", "まちがい"],
    &["掛け持ち", "かけもち"],
    &["中抜け", "中ぬけ", "なかぬけ"],
    &["働き方", "はたらき方", "働きかた"],
    &["子育て", "子そだて"],
    &["お知らせ", "御知らせ", "おしらせ"],
    &["ください", "下さい"],
    &["いただき", "頂き", "戴き"],
    &["いただけ", "頂け", "戴け"],
    &["いただい", "頂い", "戴い"],
    &["いただく", "頂く", "戴く"],
    &["いたし", "致し"],
    &["できま", "出来ま"],
    &["できな", "出来な"],
    &["できる", "出来る"],
    &["できた", "出来た"],
    &["わかり", "分かり", "判り", "解り", "分り"],
    &["わから", "分から", "判ら", "解ら", "分ら"],
    &["わかる", "分かる", "判る", "解る"],
    &["わかって", "分かって", "判って", "解って"],
    &["ほしい", "欲しい"],
    &["ほしく", "欲しく"],
    &["よろしく", "宜しく"],
    &["うかがい", "伺い"],
    &["うかがえ", "伺え"],
    &["うかがう", "伺う"],
    &["おしえて", "教えて"],
    &["たずね", "尋ね", "訊ね"],
    &["つながら", "繋がら"],
    &["つながり", "繋がり"],
    &["つながる", "繋がる"],
    &["ひとつ", "一つ", "1つ"],
    &["ふたつ", "二つ", "2つ"],
    &["ひとり", "一人", "1人"],
    &["ふたり", "二人", "2人"],
    &["どなた", "何方"],
    &["まったく", "全く"],
    &["すでに", "既に"],
    &["さまざま", "様々", "様様"],
    &["うつ病", "鬱病", "うつびょう"],
    &["ぎっくり腰", "ぎっくりごし"],
    &["子ども", "子供", "こども"],
    &["障害者", "障がい者", "障碍者"],
    // ヶ and ヵ fold to small kana, a full-sized ケ to け.
    &["か月", "ゖ月", "ゕ月", "け月", "箇月"],
    &["か所", "ゖ所", "ゕ所", "け所", "箇所"],
    &["か国", "ゖ国", "ゕ国", "け国", "箇国"],
    &["36協定", "三六協定", "三十六協定", "さぶろく協定", "36(さぶろく)協定"],
    &["うぇぶ", "うえぶ", "web"],
    &["ふぁっくす", "ふぁくす", "fax"],
    &["でじたる", "でぃじたる"],
    &["だいやる", "だいある"],
    &["えるだー", "えるだあ"],
    &["いーらーにんぐ", "e-らーにんぐ", "eらーにんぐ"],
    &["てれわーく", "てれ・わーく"],
    &["りもーとわーく", "りもーと・わーく"],
    &["さてらいとおふぃす", "さてらいと・おふぃす"],
    &["ふれっくすたいむ", "ふれっくす・たいむ"],
    &["わーくらいふばらんす", "わーく・らいふ・ばらんす"],
    &["めんたるへるす", "めんたる・へるす"],
    &["ほーむぺーじ", "ほーむ・ぺーじ"],
];

/// The others may stand for the first, not the first for them: `怪我` is never
/// looked for as `けが`, which is in `だけが`.
const ALSO: &[&[&str]] = &[
    &["けが", "怪我"],
    &["やけど", "火傷"],
    &["ねんざ", "捻挫"],
    &["もより", "最寄り", "最寄"],
    &["最寄り", "最寄"],
    &["すべて", "全て"],
    &["または", "又は"],
    &["および", "及び"],
    &["とき", "時"],
    &["こと", "事"],
    &["ため", "為"],
    &["なに", "何"],
    &["いただ", "頂", "戴"],
    &["おこな", "行な", "行"],
    &["働", "はたら"],
    &["ぱそこん", "pc"],
    &["うぇ", "うえ"],
    &["うぃ", "うい"],
    &["うぉ", "うお"],
    &["ゔぁ", "ば"],
    &["ゔぃ", "び"],
    &["ゔぇ", "べ"],
    &["ゔぉ", "ぼ"],
    &["ゔ", "ぶ"],
];

/// English words, and first letters of words, in British and American spelling.
const ENGLISH: &[(&str, &str)] = &[
    ("labour", "labor"),
    ("colour", "color"),
    ("favour", "favor"),
    ("behaviour", "behavior"),
    ("neighbour", "neighbor"),
    ("honour", "honor"),
    ("endeavour", "endeavor"),
    ("programme", "program"),
    ("centre", "center"),
    ("theatre", "theater"),
    ("enrolment", "enrollment"),
    ("fulfilment", "fulfillment"),
    ("instalment", "installment"),
    ("enrol", "enroll"),
    ("fulfil", "fulfill"),
    ("skilful", "skillful"),
    ("licence", "license"),
    ("practise", "practice"),
    ("defence", "defense"),
    ("offence", "offense"),
    ("catalogue", "catalog"),
    ("dialogue", "dialog"),
    ("judgement", "judgment"),
    ("acknowledgement", "acknowledgment"),
    ("ageing", "aging"),
    ("travelling", "traveling"),
    ("travelled", "traveled"),
    ("traveller", "traveler"),
    ("cancelled", "canceled"),
    ("cancelling", "canceling"),
    ("cancellation", "cancelation"),
    ("labelled", "labeled"),
    ("modelling", "modeling"),
    ("counsellor", "counselor"),
    ("counselling", "counseling"),
    ("analyse", "analyze"),
    ("analysing", "analyzing"),
    ("enquiry", "inquiry"),
    ("enquiries", "inquiries"),
    ("enquire", "inquire"),
    ("enquiring", "inquiring"),
    ("adviser", "advisor"),
    ("learnt", "learned"),
    ("burnt", "burned"),
    ("grey", "gray"),
];

/// Compounds written joined, with a hyphen, or as two words.
const COMPOUNDS: &[(&str, &str)] = &[
    ("tele", "work"),
    ("tele", "working"),
    ("tele", "worker"),
    ("tele", "commute"),
    ("tele", "commuting"),
    ("tele", "commuter"),
    ("tele", "conference"),
    ("home", "working"),
    ("home", "worker"),
    ("on", "line"),
    ("off", "line"),
    ("on", "site"),
    ("off", "site"),
    ("over", "time"),
    ("sign", "up"),
    ("set", "up"),
    ("start", "up"),
    ("follow", "up"),
    ("pick", "up"),
    ("e", "mail"),
    ("e", "learning"),
    ("co", "working"),
    ("co", "worker"),
    ("co", "operation"),
    ("co", "ordination"),
    ("co", "ordinate"),
    ("co", "ordinator"),
    ("flex", "time"),
    ("flexi", "time"),
    ("part", "time"),
    ("part", "timer"),
    ("full", "time"),
    ("full", "timer"),
    ("pay", "check"),
    ("pay", "slip"),
    ("pay", "roll"),
    ("time", "sheet"),
    ("time", "card"),
    ("web", "site"),
    ("web", "page"),
    ("video", "conference"),
    ("child", "care"),
    ("day", "care"),
    ("health", "care"),
    ("work", "place"),
    ("work", "shop"),
    ("work", "force"),
    ("work", "day"),
    ("work", "load"),
    ("work", "flow"),
    ("hand", "out"),
    ("hand", "book"),
    ("call", "back"),
    ("help", "desk"),
    ("help", "line"),
    ("hot", "line"),
    ("walk", "in"),
    ("drop", "in"),
    ("check", "list"),
    ("well", "being"),
    ("sub", "contractor"),
    ("multi", "national"),
    ("re", "imburse"),
    ("re", "imbursement"),
    ("heat", "stroke"),
    ("flat", "mate"),
];

/// Ending in `-ise` in every English.
const ALWAYS_ISE: &[&str] = &[
    "advis",
    "exercis",
    "enterpris",
    "supervis",
    "revis",
    "surpris",
    "compris",
    "compromis",
    "expertis",
    "franchis",
    "improvis",
    "merchandis",
    "otherwis",
    "premis",
    "promis",
    "rais",
    "precis",
    "concis",
    "nois",
    "prais",
    "televis",
    "advertis",
    "likewis",
    "disguis",
    "devis",
    "excis",
    "cruis",
    "paradis",
    "treatis",
];

/// All folded spellings under which a folded keyword is to be found, itself
/// first.
pub fn spellings(keyword: &str) -> Vec<String> {
    let mut pieces = if keyword.is_ascii() { english(keyword) } else { mixed(keyword) };
    // Fewer choices at the piece with most of them, until the product is small.
    while pieces.iter().map(Vec::len).product::<usize>() > SPELLINGS_MAX {
        let Some(most) = pieces.iter_mut().max_by_key(|options| options.len()) else { break };
        most.pop();
    }
    let mut all = pieces.into_iter().fold(vec![String::new()], |all, options| {
        all.iter().flat_map(|start| options.iter().map(move |end| format!("{start}{end}"))).collect()
    });
    for inflect in [long_vowel, honorific, last_word, spaced] {
        for i in 0..all.len() {
            all.extend(inflect(&all[i]));
        }
    }
    let mut kept: Vec<String> = Vec::with_capacity(all.len());
    for one in all {
        if (kept.is_empty() || distinct(&one)) && !kept.contains(&one) {
            kept.push(one);
        }
    }
    kept
}

/// Long enough to be looked for where nobody wrote it so: two characters, and
/// three if they are kana.
fn distinct(spelling: &str) -> bool {
    let kana = spelling.chars().all(|c| matches!(c, 'ぁ'..='ゖ' | 'ー'));
    spelling.chars().count() >= if kana { 3 } else { 2 }
}

/// Spellings and what may stand for each.
type Table = HashMap<char, Vec<(&'static str, Vec<&'static str>)>>;

/// What may stand for each spelling of the tables, by its first character,
/// longest first.
fn table() -> &'static Table {
    static TABLE: OnceLock<Table> = OnceLock::new();
    TABLE.get_or_init(|| {
        let mut table = Table::new();
        let mut add = |from: &'static str, to: &'static str| {
            let Some(first) = from.chars().next() else { return };
            let listed = table.entry(first).or_default();
            match listed.iter_mut().find(|(key, _)| *key == from) {
                Some((_, others)) => {
                    if !others.contains(&to) {
                        others.push(to);
                    }
                }
                None => listed.push((from, vec![to])),
            }
        };
        for group in SAME {
            for from in *group {
                group.iter().filter(|to| *to != from).for_each(|to| add(from, to));
            }
        }
        for group in ALSO {
            group[1..].iter().for_each(|to| add(group[0], to));
        }
        table.values_mut().for_each(|listed| listed.sort_by_key(|(key, _)| std::cmp::Reverse(key.len())));
        table
    })
}

/// Pieces of a keyword with Japanese in it, each with what it may be written
/// as; the piece as it stands comes first.
fn mixed(keyword: &str) -> Vec<Vec<String>> {
    let table = table();
    let mut pieces: Vec<Vec<String>> = Vec::new();
    let mut plain = String::new();
    let mut before = None;
    let mut rest = keyword;
    while let Some(c) = rest.chars().next() {
        // A number or word that goes on to the left is another one.
        let whole = !(c.is_ascii_alphanumeric() && before.is_some_and(|b: char| b.is_ascii_alphanumeric()));
        let listed = table.get(&c).filter(|_| whole).and_then(|l| l.iter().find(|(key, _)| rest.starts_with(key)));
        let taken = match listed {
            Some((key, others)) => {
                pieces.push(vec![std::mem::take(&mut plain)]);
                pieces.push(std::iter::once(*key).chain(others.iter().copied()).map(str::to_owned).collect());
                key.len()
            }
            None => {
                let after = rest[c.len_utf8()..].chars().next();
                // `e-ラーニング`, `サテライト・オフィス`, `web 会議`.
                let joint = matches!(c, '-' | '・' | ' ') && before.is_some_and(letter) && after.is_some_and(letter);
                if joint {
                    pieces.push(vec![std::mem::take(&mut plain)]);
                    pieces.push(vec![c.to_string(), String::new()]);
                } else {
                    plain.push(c);
                }
                c.len_utf8()
            }
        };
        before = rest[..taken].chars().next_back();
        rest = &rest[taken..];
    }
    pieces.push(vec![plain]);
    pieces.retain(|options| options.len() > 1 || !options[0].is_empty());
    pieces
}

fn letter(c: char) -> bool {
    c.is_alphabetic() || c == 'ー'
}

/// Pieces of a Latin keyword: words, and what stands between them.
fn english(keyword: &str) -> Vec<Vec<String>> {
    let mut pieces = Vec::new();
    let word = |c: char| c.is_ascii_alphabetic() || c == '\'';
    let words = keyword.matches(' ').count() + 1;
    let mut rest = keyword;
    while !rest.is_empty() {
        let end = rest.find(|c| !word(c)).unwrap_or(rest.len());
        let (first, after) = rest.split_at(end);
        // `do not` and `don't`.
        if let Some(tail) = after.strip_prefix(" not").filter(|t| !t.starts_with(word))
            && AUXILIARIES.contains(&first)
        {
            pieces.push(contraction(first));
            rest = tail;
            continue;
        }
        if let Some((auxiliary, _)) =
            first.strip_suffix("n't").map(|a| (a, ())).filter(|(a, _)| AUXILIARIES.contains(a))
        {
            let mut options = contraction(auxiliary);
            options.rotate_left(1);
            pieces.push(options);
            rest = after;
            continue;
        }
        // Two words that are also written as one.
        let second = after.strip_prefix(['-', ' ']).map(|s| &s[..s.find(|c| !word(c)).unwrap_or(s.len())]);
        if let Some(second) = second
            && compound(first, second)
        {
            let mut options: Vec<String> =
                ["", " ", "-"].iter().map(|joint| format!("{first}{joint}{second}")).collect();
            let written = &rest[..first.len() + 1 + second.len()];
            options.sort_by_key(|o| o != written);
            pieces.push(options);
            rest = &rest[written.len()..];
            continue;
        }
        if !first.is_empty() {
            pieces.push(word_spellings(first));
        }
        let Some(joint) = after.chars().next() else { break };
        let next = after[joint.len_utf8()..].chars().next().is_some_and(|c| c.is_ascii_alphabetic());
        let between = !first.is_empty() && next;
        let options: &[&str] = match joint {
            '-' if between => &["-", " ", ""],
            ' ' if between && words == 2 => &[" ", "-"],
            _ => &[],
        };
        pieces.push(if options.is_empty() {
            vec![joint.to_string()]
        } else {
            options.iter().map(|o| (*o).to_owned()).collect()
        });
        rest = &after[joint.len_utf8()..];
    }
    pieces
}

const AUXILIARIES: [&str; 13] =
    ["do", "does", "did", "is", "are", "was", "were", "has", "have", "had", "would", "could", "should"];

/// `do not`, `don't`, `dont`.
fn contraction(auxiliary: &str) -> Vec<String> {
    vec![format!("{auxiliary} not"), format!("{auxiliary}n't"), format!("{auxiliary}nt")]
}

/// Whether two words are also written as one, give or take an `s`.
fn compound(first: &str, second: &str) -> bool {
    let second = |known: &str| second.strip_prefix(known).is_some_and(|rest| matches!(rest, "" | "s"));
    COMPOUNDS.iter().any(|(a, b)| *a == first && second(b))
}

fn word_spellings(word: &str) -> Vec<String> {
    let mut all = vec![word.to_owned()];
    for (british, american) in ENGLISH {
        for (from, to) in [(british, american), (american, british)] {
            let Some(rest) = word.strip_prefix(from) else { continue };
            // `enrol` is not to be found in `enroll` again.
            if !to.strip_prefix(from).is_some_and(|more| rest.starts_with(more)) {
                all.push(format!("{to}{rest}"));
            }
        }
    }
    all.extend(ise(word));
    for (first, second) in COMPOUNDS {
        let rest = word.strip_prefix(first).and_then(|w| w.strip_prefix(second));
        if let Some(plural @ ("" | "s")) = rest {
            all.push(format!("{first} {second}{plural}"));
            all.push(format!("{first}-{second}{plural}"));
        }
    }
    if word.contains('\'') {
        all.push(word.replace('\'', ""));
    }
    all
}

/// `organise` and `organize`, with `-ation`, `-ing`, `-er`.
fn ise(word: &str) -> Option<String> {
    const ENDINGS: [&str; 10] = ["e", "es", "ed", "ing", "er", "ers", "ation", "ations", "ational", "able"];
    let (at, _) = word.match_indices(['s', 'z']).find(|(at, _)| ENDINGS.contains(&&word[at + 1..]))?;
    let stem = &word[..at];
    if stem.len() < 4 || !stem.ends_with('i') || ALWAYS_ISE.iter().any(|always| word.starts_with(always)) {
        return None;
    }
    let other = if word[at..].starts_with('s') { 'z' } else { 's' };
    Some(format!("{stem}{other}{}", &word[at + 1..]))
}

/// A long vowel at the end of a word of kana may be left out: `ゆーざー`,
/// `ゆーざ`.
fn long_vowel(keyword: &str) -> Vec<String> {
    let kana = |c: char| matches!(c, 'ぁ'..='ゖ' | 'ー');
    let ends = keyword.match_indices('ー').filter(|(at, long)| {
        let stem = keyword[..*at].chars().rev().take_while(|c| kana(*c)).count();
        stem >= 3 && !keyword[at + long.len()..].starts_with(kana)
    });
    ends.map(|(at, long)| format!("{}{}", &keyword[..at], &keyword[at + long.len()..])).collect()
}

/// `ご案内`, `御案内`.
fn honorific(keyword: &str) -> Vec<String> {
    let kanji = |rest: &str| rest.starts_with(|c| matches!(c, '\u{4E00}'..='\u{9FFF}'));
    if let Some(rest) = keyword.strip_prefix(['ご', 'お']).filter(|r| kanji(r)) {
        return vec![format!("御{rest}")];
    }
    match keyword.strip_prefix('御').filter(|r| kanji(r)) {
        Some(rest) => vec![format!("ご{rest}"), format!("お{rest}")],
        None => Vec::new(),
    }
}

/// Between Latin letters or digits and Japanese people put a space or not.
fn spaced(keyword: &str) -> Vec<String> {
    let latin = |c: char| c.is_ascii_alphanumeric();
    let japanese = |c: char| matches!(c, 'ぁ'..='ゖ' | '\u{4E00}'..='\u{9FFF}');
    let pairs = keyword.char_indices().zip(keyword.char_indices().skip(1));
    let borders = pairs.filter(|((_, a), (_, b))| latin(*a) && japanese(*b) || japanese(*a) && latin(*b));
    let at: Vec<usize> = borders.map(|(_, (at, _))| at).take(4).collect();
    let with = |at: &[usize]| {
        let mut out = keyword.to_owned();
        at.iter().rev().for_each(|i| out.insert(*i, ' '));
        out
    };
    match at.len() {
        1 => vec![with(&at)],
        2 => vec![with(&at[..1]), with(&at[1..]), with(&at)],
        _ => Vec::new(),
    }
}

/// Endings that change the last word: `subsidies`, `commuting`.
fn last_word(keyword: &str) -> Vec<String> {
    let word = keyword.rsplit(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default();
    let consonant = |c: Option<char>| c.is_some_and(|c| c.is_ascii_lowercase() && !"aeiou".contains(c));
    if word.len() < 4 || !keyword.is_ascii() {
        return Vec::new();
    }
    let stem = &keyword[..keyword.len() - 1];
    if word.ends_with('y') && consonant(stem.chars().next_back()) {
        return vec![format!("{stem}ies"), format!("{stem}ied")];
    }
    if word.ends_with('e') && consonant(stem.chars().next_back()) {
        return vec![format!("{stem}ing")];
    }
    Vec::new()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::text::fold;

    fn folded(text: &str) -> String {
        fold(text).as_str().to_owned()
    }

    #[test]
    fn the_tables_are_folded_and_say_each_thing_once() {
        for group in SAME.iter().chain(ALSO) {
            for (i, spelling) in group.iter().enumerate() {
                assert_eq!(folded(spelling), *spelling, "as text is folded");
                assert!(!group[..i].contains(spelling), "{spelling} twice");
            }
        }
        for (british, american) in ENGLISH {
            assert_eq!(folded(british), *british);
            assert_ne!(british, american);
        }
    }

    #[test]
    fn the_keyword_itself_comes_first_and_short_words_are_not_made_shorter() {
        for keyword in ["おこなう", "けが", "怪我", "時", "web会議", "do not need", "tele-work", "36協定", "ゔぁ"]
        {
            assert_eq!(spellings(keyword)[0], keyword);
        }
        assert_eq!(spellings("怪我"), ["怪我"]);
        assert_eq!(spellings("おこな"), ["おこな", "行な"]);
    }

    #[test]
    fn no_keyword_has_too_many() {
        let long = "問い合わせ申し込み受け付け取り扱い打ち合わせ振り込み".to_owned();
        assert!(spellings(&long).len() <= 4 * SPELLINGS_MAX);
        assert_eq!(spellings(&long)[0], long);
    }

    proptest::proptest! {
        #[test]
        fn any_keyword_keeps_itself(keyword in "[ぁ-ん一-龠a-z0-9 '\\-・ー]{1,24}|\\PC{1,12}") {
            let keyword = folded(&keyword);
            let all = spellings(&keyword);
            proptest::prop_assert_eq!(&all[0], &keyword);
            proptest::prop_assert!(all.len() <= 8 * SPELLINGS_MAX);
        }
    }
}
