//! What is shown of a difference, in the reader's language: shared by the text
//! and the page. Text from mail comes out without control and bidi characters.

use super::{Differing, Outcome, Side};
use crate::cli::explain;
use crate::cli::output;
use crate::core::differ::{Aspect, Change};
use crate::core::evidence::{Evidence, Role};
use crate::core::places::{Place, Prefecture};
use crate::core::plan::{Action, Plan, Step};
use crate::core::reason::Reason;
use crate::core::rules::Near;
use crate::core::ruleset::Ruleset;
use crate::core::template::Lang;
use crate::core::text::Zone;
use serde::Serialize;
use std::ops::Range;

/// All that is shown.
#[derive(Serialize)]
pub struct View {
    pub lang: &'static str,
    pub words: Words,
    pub before: SideView,
    pub after: SideView,
    /// One line: how many messages, how many differ.
    pub summary: String,
    /// Those with messages in them.
    pub groups: Vec<Group>,
    /// How many are answered, reviewed, ignored, before and after.
    pub actions: Vec<ActionRow>,
}

#[derive(Serialize)]
pub struct SideView {
    pub revision: String,
    /// Where the rules come from.
    pub source: String,
}

#[derive(Serialize)]
pub struct ActionRow {
    pub name: &'static str,
    pub before: usize,
    pub after: usize,
}

/// The messages with one kind of change.
#[derive(Serialize)]
pub struct Group {
    pub change: &'static str,
    pub title: &'static str,
    pub count: usize,
    pub items: Vec<Item>,
}

/// One message.
#[derive(Serialize)]
pub struct Item {
    pub file: String,
    pub subject: String,
    pub rows: Vec<Row>,
    pub evidence: Vec<Mark>,
}

/// One respect in which the decisions differ.
#[derive(Serialize)]
pub struct Row {
    pub name: &'static str,
    pub before: String,
    pub after: String,
}

/// Words that made the difference, where they stand.
#[derive(Serialize)]
pub struct Mark {
    /// Under the new rules; else under the old ones.
    pub gained: bool,
    /// What it counts as, or why it does not.
    pub role: String,
    /// A topic, a kind of other mail, a prefecture.
    pub about: String,
    pub zone: &'static str,
    pub head: String,
    pub words: String,
    pub tail: String,
    pub source: String,
    /// Whether it counted.
    pub counts: bool,
}

/// Headings and labels.
#[derive(Serialize, Clone, Copy)]
pub struct Words {
    pub title: &'static str,
    pub before: &'static str,
    pub after: &'static str,
    pub revision: &'static str,
    pub totals: &'static str,
    pub same: &'static str,
    pub no_subject: &'static str,
    pub no_evidence: &'static str,
    pub nothing: &'static str,
    pub private: &'static str,
}

const EN: Words = Words {
    title: "What other rules would change",
    before: "before",
    after: "after",
    revision: "revision",
    totals: "totals",
    same: "the same",
    no_subject: "(no subject)",
    no_evidence: "No word of the message: what differs is what the rules say of its topic or place.",
    nothing: "No decision differs.",
    private: "Holds words and subjects of people's mail: hand it only to those who may read that.",
};

const JA: Words = Words {
    title: "規則の変更で変わる判断",
    before: "変更前",
    after: "変更後",
    revision: "規則の版",
    totals: "集計",
    same: "同じ",
    no_subject: "（件名なし）",
    no_evidence: "本文の語による違いではありません。分野や場所についての規則の定めが違います。",
    nothing: "判断の変わるメールはありません。",
    private: "メールの件名と本文の一部を含みます。閲覧してよい人にだけお渡しください。",
};

pub fn view(outcome: &Outcome, lang: Lang) -> View {
    let totals = &outcome.totals;
    let group = |change: Change| {
        let of = outcome.differing.iter().filter(|d| d.difference.change == change);
        let items: Vec<Item> = of.map(|d| item(outcome, d, lang)).collect();
        Group { change: change.word(), title: title(change, lang), count: totals.of(change), items }
    };
    let actions = [Action::Answer, Action::Review, Action::Ignore].map(|action| ActionRow {
        name: action_word(action, lang),
        before: totals.before[action as usize],
        after: totals.after[action as usize],
    });
    View {
        lang: lang.word(),
        words: if lang == Lang::Ja { JA } else { EN },
        before: side(&outcome.before),
        after: side(&outcome.after),
        summary: summary(totals.messages, totals.differing(), lang),
        groups: Change::ALL.into_iter().map(group).filter(|g| !g.items.is_empty()).collect(),
        actions: actions.into(),
    }
}

/// One line: how many messages, how many differ.
pub fn summary(all: usize, differ: usize, lang: Lang) -> String {
    let same = all - differ;
    match lang {
        Lang::En => format!("{}: {same} decided the same, {differ} differ", output::count(all as u64, "message")),
        Lang::Ja => format!("{all}件のうち、判断が同じもの{same}件、変わるもの{differ}件"),
    }
}

fn side(side: &Side) -> SideView {
    SideView { revision: side.ruleset.revision.clone(), source: output::one_line(&side.shown) }
}

/// The heading of a group.
pub fn title(change: Change, lang: Lang) -> &'static str {
    match (change, lang) {
        (Change::NewlyAnswered, Lang::En) => "newly answered",
        (Change::NewlyAnswered, Lang::Ja) => "新たに回答するもの",
        (Change::NoLongerAnswered, Lang::En) => "no longer answered",
        (Change::NoLongerAnswered, Lang::Ja) => "回答しなくなるもの",
        (Change::TopicChanged, Lang::En) => "topic changed",
        (Change::TopicChanged, Lang::Ja) => "分野が変わるもの",
        (Change::PlaceChanged, Lang::En) => "place changed",
        (Change::PlaceChanged, Lang::Ja) => "場所が変わるもの",
        (Change::Other, Lang::En) => "other: reason, template, recipient",
        (Change::Other, Lang::Ja) => "その他（理由・ひな形・宛先など）",
    }
}

fn action_word(action: Action, lang: Lang) -> &'static str {
    match (action, lang) {
        (action, Lang::En) => action.word(),
        (Action::Answer, Lang::Ja) => "回答",
        (Action::Review, Lang::Ja) => "担当者が確認",
        (Action::Ignore, Lang::Ja) => "自動メール",
    }
}

fn item(outcome: &Outcome, differing: &Differing, lang: Lang) -> Item {
    let (before, after) = (&outcome.before.ruleset, &outcome.after.ruleset);
    let row = |aspect: &Aspect| Row {
        name: name(*aspect, lang),
        before: value(*aspect, before, &differing.before, lang),
        after: value(*aspect, after, &differing.after, lang),
    };
    // A reason that only follows from the action says nothing new.
    let reason_alone =
        |aspect: &&Aspect| **aspect != Aspect::Reason || !differing.difference.aspects.contains(&Aspect::Action);
    let mut evidence: Vec<Mark> = Vec::new();
    let of = |list: &[Evidence], gained| {
        let ruleset = if gained { after } else { before };
        list.iter().map(|e| counted(ruleset, differing, e, gained, lang)).collect::<Vec<_>>()
    };
    let near = |list: &[Near], gained| {
        let ruleset = if gained { after } else { before };
        list.iter().map(|n| nearly(ruleset, differing, n, gained, lang)).collect::<Vec<_>>()
    };
    evidence.extend(of(&differing.difference.gained, true));
    evidence.extend(near(&differing.near_gained, true));
    evidence.extend(of(&differing.difference.lost, false));
    evidence.extend(near(&differing.near_lost, false));
    Item {
        file: output::one_line(&differing.label),
        subject: output::one_line(&differing.subject),
        rows: differing.difference.aspects.iter().filter(reason_alone).map(row).collect(),
        evidence,
    }
}

fn name(aspect: Aspect, lang: Lang) -> &'static str {
    match (aspect, lang) {
        (aspect, Lang::En) => aspect.word(),
        (Aspect::Action, Lang::Ja) => "判断",
        (Aspect::Reason, Lang::Ja) => "理由",
        (Aspect::Topics, Lang::Ja) => "分野",
        (Aspect::Place, Lang::Ja) => "場所",
        (Aspect::Language, Lang::Ja) => "言語",
        (Aspect::Reply, Lang::Ja) => "返信",
        (Aspect::Forward, Lang::Ja) => "転送",
    }
}

fn value(aspect: Aspect, ruleset: &Ruleset, plan: &Plan, lang: Lang) -> String {
    let none = if lang == Lang::Ja { "なし" } else { "none" };
    match aspect {
        Aspect::Action => format!("{}: {}", action_word(plan.action, lang), sentence(plan.why(), lang)),
        Aspect::Reason => sentence(plan.why(), lang),
        Aspect::Topics => {
            let titles: Vec<String> = plan.topics.iter().map(|t| topic(ruleset, t, lang)).collect();
            if titles.is_empty() { none.to_owned() } else { titles.join(", ") }
        }
        Aspect::Place => place(ruleset, &plan.place, lang),
        Aspect::Language => plan.language.unwrap_or(none).to_owned(),
        Aspect::Reply => step(&plan.reply, lang, |reply| {
            let languages: Vec<_> = reply.languages.iter().map(|l| l.word()).collect();
            format!("{} ({})", reply.template, languages.join(", "))
        }),
        Aspect::Forward => step(&plan.forward, lang, |forward| {
            format!("{} ({})", prefecture(ruleset, forward.prefecture, lang), output::one_line(&forward.to.to_string()))
        }),
    }
}

/// A topic's name, beside its title in Japanese.
fn topic(ruleset: &Ruleset, name: &str, lang: Lang) -> String {
    match ruleset.rules.topics.iter().find(|t| t.name == name) {
        Some(topic) if lang == Lang::Ja => format!("{} ({name})", topic.title_ja),
        _ => name.to_owned(),
    }
}

fn prefecture(ruleset: &Ruleset, prefecture: Prefecture, lang: Lang) -> String {
    match lang {
        Lang::En => ruleset.gazetteer.name_en(prefecture).to_owned(),
        Lang::Ja => ruleset.gazetteer.name_ja(prefecture).to_owned(),
    }
}

fn place(ruleset: &Ruleset, place: &Place, lang: Lang) -> String {
    match (place, lang) {
        (Place::Known(known), _) => prefecture(ruleset, *known, lang),
        (Place::Ambiguous(several), _) => {
            let names: Vec<String> = several.iter().map(|p| prefecture(ruleset, *p, lang)).collect();
            match lang {
                Lang::En => format!("one of {}", names.join(", ")),
                Lang::Ja => format!("{}のいずれか", names.join("・")),
            }
        }
        (Place::Unstated, Lang::En) => "not stated".to_owned(),
        (Place::Unstated, Lang::Ja) => "記載なし".to_owned(),
    }
}

fn step<T>(step: &Step<T>, lang: Lang, done: impl Fn(&T) -> String) -> String {
    let (no, ask) = if lang == Lang::Ja { ("しない", "担当者に任せる") } else { ("no", "left to a person") };
    match step {
        Step::Do(it) => done(it),
        Step::Skip(reason) => format!("{no}: {}", sentence(*reason, lang)),
        Step::Ask(reason) => format!("{ask}: {}", sentence(*reason, lang)),
    }
}

fn sentence(reason: Reason, lang: Lang) -> String {
    match lang {
        Lang::En => reason.en().trim_end_matches('.').to_owned(),
        Lang::Ja => reason.ja().trim_end_matches('。').to_owned(),
    }
}

fn zone_word(zone: Zone, lang: Lang) -> &'static str {
    match (zone, lang) {
        (zone, Lang::En) => zone.word(),
        (Zone::Subject, Lang::Ja) => "件名",
        (Zone::Fresh, Lang::Ja) => "本文",
        (Zone::Quoted, Lang::Ja) => "引用",
        (Zone::Signature, Lang::Ja) => "署名",
        (Zone::Disclaimer, Lang::Ja) => "免責文",
        (Zone::Domain, Lang::Ja) => "差出人のドメイン",
    }
}

fn role_word(role: Role, lang: Lang) -> &'static str {
    match (role, lang) {
        (role, Lang::En) => role.word(),
        (Role::Strong, Lang::Ja) => "強い語",
        (Role::Weak, Lang::Ja) => "弱い語",
        (Role::Against, Lang::Ja) => "取り消す語",
        (Role::Place, Lang::Ja) => "場所",
    }
}

fn counted(ruleset: &Ruleset, differing: &Differing, evidence: &Evidence, gained: bool, lang: Lang) -> Mark {
    let Evidence { source, role, zone, text, range, about } = evidence;
    let (head, tail) = context(differing, *zone, range);
    Mark {
        gained,
        role: role_word(*role, lang).to_owned(),
        about: about_words(ruleset, *role, about, lang),
        zone: zone_word(*zone, lang),
        head,
        words: output::one_line(text),
        tail,
        source: source.to_string(),
        counts: true,
    }
}

fn nearly(ruleset: &Ruleset, differing: &Differing, near: &Near, gained: bool, lang: Lang) -> Mark {
    let (head, tail) = context(differing, near.zone, &near.range);
    Mark {
        gained,
        role: explain::near_words(near, lang),
        about: topic(ruleset, &near.topic, lang),
        zone: zone_word(near.zone, lang),
        head,
        words: output::one_line(&near.text),
        tail,
        source: near.source.to_string(),
        counts: false,
    }
}

/// What a piece of evidence is about: a topic, a kind of other mail, or places.
fn about_words(ruleset: &Ruleset, role: Role, about: &str, lang: Lang) -> String {
    if role != Role::Place {
        return topic(ruleset, about, lang);
    }
    let name = |code: &str| Prefecture::from_code(code).map(|p| prefecture(ruleset, p, lang));
    let names: Vec<String> = about.split('+').map(|code| name(code).unwrap_or_else(|| code.to_owned())).collect();
    names.join(if lang == Lang::Ja { "・" } else { "/" })
}

fn context(differing: &Differing, zone: Zone, range: &Range<usize>) -> (String, String) {
    let found = differing.context.iter().find(|c| c.zone == zone && c.range == *range);
    found.map(|c| (c.before.clone(), c.after.clone())).unwrap_or_default()
}
