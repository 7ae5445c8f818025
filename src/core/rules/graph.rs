//! All patterns as one graph: leaves are what the automaton finds, every other
//! node is built from nodes with smaller numbers. Evaluating a text touches
//! only nodes above its hits, so the cost does not grow with the rules.

use super::pattern::{Pattern, What};
use super::regex::{Expression, Matcher};
use super::spelling::spellings;
use crate::core::lexicon::{Builder, Ending, Hit};
use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::ops::Range;

/// A node's number. Leaves come first and are the automaton's owner numbers.
pub type NodeId = u32;

/// A node found in a folded text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Found {
    pub node: NodeId,
    /// Folded byte range.
    pub start: u32,
    pub end: u32,
}

#[derive(Debug)]
enum Node {
    Except {
        of: NodeId,
        except: Vec<NodeId>,
    },
    /// One of the nodes that set it off.
    Any,
    All {
        parts: Vec<Part>,
        within: u32,
        ordered: bool,
    },
    Search(Search),
}

/// An expression, and lists of leaves of each of which one is in any match,
/// the rarest first; none: unknown.
#[derive(Debug)]
struct Search {
    matcher: Box<Matcher>,
    required: Vec<Vec<NodeId>>,
}

/// What an `all` is made of. An expression runs only once the other parts are
/// there.
#[derive(Debug)]
enum Part {
    Node(NodeId),
    Search(Search),
}

/// Most places at which one compound pattern is looked for in a text: a
/// bound for texts made to be slow, far above what decides anything.
const PLACES_MAX: usize = 64;

/// Places of one word that are looked at, the first ones: a megabyte of question
/// marks is found in each group that holds them.
const WORD_PLACES_MAX: usize = 4096;

/// The compiled graph.
#[derive(Debug, Default)]
pub struct Graph {
    leaves: u32,
    nodes: Vec<Node>,
    /// For each node the nodes it can set off, in one list.
    parents: Vec<NodeId>,
    parents_of: Vec<u32>,
    /// Expressions without a literal to wait for.
    always: Vec<NodeId>,
    /// For each leaf its keyword; `None` for the texts of an expression.
    words: Vec<Option<String>>,
    /// For each leaf whether it only says that an expression may match.
    literals: Vec<bool>,
}

/// Marks numbers of compound nodes while leaves are still being added.
const COMPOUND: NodeId = 1 << 31;

/// Collects patterns.
#[derive(Default)]
pub struct GraphBuilder {
    leaves: HashMap<(String, Look), NodeId>,
    texts: Vec<Leaf>,
    nodes: Vec<Node>,
    /// What sets a compound node off, by its index.
    triggers: Vec<Vec<NodeId>>,
    groups: HashMap<(String, Language), NodeId>,
}

/// What the automaton looks for under one number.
struct Leaf {
    texts: Vec<String>,
    look: Look,
}

/// How a leaf's texts are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Look {
    /// A Japanese or English keyword: in all its spellings.
    Spelled,
    /// A keyword of another language: as it is written. The Japanese spellings
    /// of Chinese words are Japanese words.
    Written,
    /// Texts of an expression that ends them at word borders.
    Words,
    /// Texts of an expression without borders.
    Anywhere,
    /// A literal that any match of an expression holds; no pattern by itself.
    Literal,
}

impl Look {
    fn of(language: Language) -> Look {
        if language == "other" { Look::Written } else { Look::Spelled }
    }

    fn ending(self) -> Ending {
        match self {
            Look::Spelled | Look::Written => Ending::Inflected,
            Look::Words => Ending::Exact,
            Look::Anywhere | Look::Literal => Ending::Anywhere,
        }
    }

    fn is_keyword(self) -> bool {
        matches!(self, Look::Spelled | Look::Written)
    }
}

/// The key a list stands under: `ja`, `en`, `other`. `@name` means the group's
/// patterns of the same key.
pub type Language = &'static str;

impl GraphBuilder {
    /// The leaf of a folded keyword in a list of a language; the same keyword
    /// is the same leaf.
    pub fn leaf(&mut self, word: &str, language: Language) -> NodeId {
        self.leaf_with(word, Look::of(language))
    }

    fn leaf_with(&mut self, word: &str, look: Look) -> NodeId {
        let texts = &mut self.texts;
        *self.leaves.entry((word.to_owned(), look)).or_insert_with(|| {
            texts.push(Leaf { texts: vec![word.to_owned()], look });
            texts.len() as NodeId - 1
        })
    }

    /// A group's node for one language, once its patterns are added.
    pub fn group(&mut self, name: &str, language: Language, members: Vec<NodeId>) -> NodeId {
        let node = self.compound(Node::Any, members);
        self.groups.insert((name.to_owned(), language), node);
        node
    }

    /// The node of a pattern in a list of a language. `None` when it names a
    /// group that has nothing in that language.
    pub fn add(&mut self, pattern: &Pattern<'_>, language: Language) -> Option<NodeId> {
        let node = match &pattern.what {
            What::Word(word) => self.leaf(word, language),
            What::Regex(Expression::Texts { texts, words }) => {
                let look = if *words { Look::Words } else { Look::Anywhere };
                self.texts.push(Leaf { texts: texts.clone(), look });
                self.texts.len() as NodeId - 1
            }
            What::Regex(Expression::Search { matcher, required }) => {
                let search = self.search(matcher, required);
                let triggers = search.triggers();
                self.compound(Node::Search(search), triggers)
            }
            What::Any(parts) => {
                let parts = self.list(parts, language)?;
                self.compound(Node::Any, parts)
            }
            What::All { parts, within, ordered } => self.all(parts, *within, *ordered, language)?,
            What::Group(name) => self.groups.get(&(name.clone(), language)).copied()?,
        };
        if pattern.except.is_empty() {
            return Some(node);
        }
        let except = self.list(&pattern.except, language)?;
        Some(self.compound(Node::Except { of: node, except }, vec![node]))
    }

    fn list(&mut self, patterns: &[Pattern<'_>], language: Language) -> Option<Vec<NodeId>> {
        patterns.iter().map(|p| self.add(p, language)).collect()
    }

    fn search(&mut self, matcher: &Matcher, required: &[Vec<String>]) -> Search {
        let mut leaves =
            |all: &Vec<String>| -> Vec<NodeId> { all.iter().map(|l| self.leaf_with(l, Look::Literal)).collect() };
        let required = required.iter().map(&mut leaves).collect();
        Search { matcher: Box::new(matcher.clone()), required }
    }

    fn all(&mut self, patterns: &[Pattern<'_>], within: u32, ordered: bool, language: Language) -> Option<NodeId> {
        let mut parts = Vec::new();
        // One part is enough to look for the others. A shared group would set
        // off every rule that names it; the longest keyword is the rarest.
        let mut best: Option<((bool, bool, usize), Vec<NodeId>)> = None;
        for pattern in patterns {
            let (part, triggers) = match &pattern.what {
                What::Regex(Expression::Search { matcher, required }) if pattern.except.is_empty() => {
                    let search = self.search(matcher, required);
                    let triggers = search.triggers();
                    (Part::Search(search), triggers)
                }
                _ => {
                    let node = self.add(pattern, language)?;
                    (Part::Node(node), vec![node])
                }
            };
            let node = matches!(part, Part::Node(_));
            let worth = (node, !matches!(pattern.what, What::Group(_)), pattern.shortest());
            if !triggers.is_empty() && best.as_ref().is_none_or(|(w, _)| worth > *w) {
                best = Some((worth, triggers));
            }
            parts.push(part);
        }
        let triggers = best.map(|(_, triggers)| triggers).unwrap_or_default();
        Some(self.compound(Node::All { parts, within, ordered }, triggers))
    }

    fn compound(&mut self, node: Node, triggers: Vec<NodeId>) -> NodeId {
        self.nodes.push(node);
        self.triggers.push(triggers);
        (self.nodes.len() as NodeId - 1) | COMPOUND
    }

    /// Numbers the nodes and adds the leaves to the automaton, keywords also
    /// in their other spellings. The function turns the numbers handed out so
    /// far into the final ones.
    pub fn build(self, automaton: &mut Builder) -> (Graph, impl Fn(NodeId) -> NodeId) {
        let leaves = self.texts.len() as u32;
        let number = move |node: NodeId| if node & COMPOUND == 0 { node } else { leaves + (node & !COMPOUND) };
        for (owner, leaf) in self.texts.iter().enumerate() {
            for text in &leaf.texts {
                let (owner, ending) = (owner as u32, leaf.look.ending());
                match leaf.look {
                    Look::Spelled => spellings(text).iter().for_each(|s| automaton.add(s, owner, ending)),
                    Look::Written | Look::Words | Look::Anywhere | Look::Literal => automaton.add(text, owner, ending),
                }
            }
        }
        let renumber = |list: Vec<NodeId>| list.into_iter().map(number).collect::<Vec<_>>();
        let nodes: Vec<Node> = self
            .nodes
            .into_iter()
            .map(|node| match node {
                Node::Except { of, except } => Node::Except { of: number(of), except: renumber(except) },
                Node::All { parts, within, ordered } => {
                    let parts = parts.into_iter().map(|part| match part {
                        Part::Node(node) => Part::Node(number(node)),
                        search => search,
                    });
                    Node::All { parts: parts.collect(), within, ordered }
                }
                other => other,
            })
            .collect();
        let mut edges: Vec<(NodeId, NodeId)> = Vec::new();
        let mut always = Vec::new();
        for (index, triggers) in self.triggers.into_iter().enumerate() {
            let node = leaves + index as u32;
            if triggers.is_empty() {
                always.push(node);
            }
            edges.extend(triggers.into_iter().map(|t| (number(t), node)));
        }
        edges.sort_unstable();
        edges.dedup();
        let total = leaves as usize + nodes.len();
        let parents_of = (0..=total).map(|n| edges.partition_point(|e| (e.0 as usize) < n) as u32).collect();
        let parents = edges.into_iter().map(|e| e.1).collect();
        let literals = self.texts.iter().map(|l| l.look == Look::Literal).collect();
        let words =
            self.texts.into_iter().map(|l| l.texts.into_iter().next().filter(|_| l.look.is_keyword())).collect();
        (Graph { leaves, nodes, parents, parents_of, always, words, literals }, number)
    }
}

/// Whether what is found at a folded byte range counts.
pub type Kept<'a> = dyn Fn((u32, u32)) -> bool + 'a;

impl Graph {
    /// Leaves, that is, owner numbers in the automaton: all below are ours.
    pub fn leaves(&self) -> u32 {
        self.leaves
    }

    /// The folded keyword of a leaf.
    pub fn word(&self, leaf: NodeId) -> Option<&str> {
        self.words.get(leaf as usize)?.as_deref()
    }

    /// Takes one member out of a group: it no longer sets the group off.
    pub fn remove_member(&mut self, group: NodeId, member: NodeId) {
        let from = self.parents_of[member as usize] as usize;
        if let Some(at) = self.parents(member).iter().position(|parent| *parent == group) {
            self.parents.remove(from + at);
            self.parents_of[member as usize + 1..].iter_mut().for_each(|end| *end -= 1);
        }
    }

    /// Puts a member back into a group.
    pub fn restore_member(&mut self, group: NodeId, member: NodeId) {
        if !self.parents(member).contains(&group) {
            self.parents.insert(self.parents_of[member as usize] as usize, group);
            self.parents_of[member as usize + 1..].iter_mut().for_each(|end| *end += 1);
        }
    }

    /// The pattern that a node takes exceptions from, and these.
    pub fn excepted(&self, node: NodeId) -> Option<(NodeId, &[NodeId])> {
        match self.nodes.get(node.checked_sub(self.leaves)? as usize)? {
            Node::Except { of, except } => Some((*of, except)),
            _ => None,
        }
    }

    /// Nodes of which each is found wherever this one is: the parts of an
    /// `all`, what a pattern with exceptions looks for. Empty for others.
    pub fn implied(&self, node: NodeId) -> Vec<NodeId> {
        match node.checked_sub(self.leaves).and_then(|i| self.nodes.get(i as usize)) {
            Some(Node::Except { of, .. }) => vec![*of],
            Some(Node::All { parts, .. }) => {
                let nodes = parts.iter().filter_map(|part| match part {
                    Part::Node(node) => Some(*node),
                    Part::Search(_) => None,
                });
                nodes.collect()
            }
            _ => Vec::new(),
        }
    }

    /// All nodes, leaves included.
    pub fn len(&self) -> usize {
        self.leaves as usize + self.nodes.len()
    }

    /// Everything found in a text, sorted by node, then place. Keywords and
    /// expressions count only at places (folded bytes) that are `kept`, and so
    /// does what is made of them.
    pub fn evaluate(&self, text: &str, hits: &[Hit], kept: &Kept<'_>) -> Vec<Found> {
        let ours = hits.iter().filter(|h| h.owner < self.leaves);
        let mut found: Vec<Found> = Vec::with_capacity(hits.len() * 2);
        found.extend(ours.map(|h| Found { node: h.owner, start: h.range.start as u32, end: h.range.end as u32 }));
        found.sort_unstable_by_key(|f| (f.node, f.start, Reverse(f.end)));
        // Of spellings one in another (`申込`, `申込み`) the longer one stands.
        found.dedup_by(|next, kept| next.node == kept.node && next.end <= kept.end);
        // Each word bounded before groups hold its places once more.
        let (mut node, mut count) = (NodeId::MAX, 0);
        found.retain(|f| {
            count = if f.node == node { count + 1 } else { 1 };
            node = f.node;
            count <= WORD_PLACES_MAX && (self.literals[f.node as usize] || kept((f.start, f.end)))
        });
        // Nodes to look at, and what set each of them off.
        let mut pending: BinaryHeap<Reverse<(NodeId, NodeId)>> =
            self.always.iter().map(|node| Reverse((*node, NodeId::MAX))).collect();
        let mut last = None;
        for one in &found {
            if last != Some(one.node) {
                pending.extend(self.parents(one.node).iter().map(|parent| Reverse((*parent, one.node))));
                last = Some(one.node);
            }
        }
        let mut there: Vec<NodeId> = Vec::new();
        while let Some(Reverse((node, part))) = pending.pop() {
            there.clear();
            there.push(part);
            while let Some(Reverse((_, part))) = pending.peek().copied().filter(|next| next.0.0 == node) {
                there.push(part);
                pending.pop();
            }
            let before = found.len();
            self.evaluate_node(node, &there, text, kept, &mut found);
            if found.len() > before {
                pending.extend(self.parents(node).iter().map(|parent| Reverse((*parent, node))));
            }
        }
        found
    }

    /// Gives back what searches have compiled.
    pub fn rest(&mut self) {
        for node in &mut self.nodes {
            match node {
                Node::Search(search) => search.matcher.rest(),
                Node::All { parts, .. } => parts.iter_mut().for_each(|part| {
                    if let Part::Search(search) = part {
                        search.matcher.rest();
                    }
                }),
                Node::Except { .. } | Node::Any => {}
            }
        }
    }

    fn parents(&self, node: NodeId) -> &[NodeId] {
        let (from, to) = (self.parents_of[node as usize], self.parents_of[node as usize + 1]);
        &self.parents[from as usize..to as usize]
    }

    /// Appends where a compound node is found; nodes come in ascending order,
    /// so `found` stays sorted and all parts are in it. `there` are those of
    /// the nodes that can set it off that were found.
    fn evaluate_node(&self, node: NodeId, there: &[NodeId], text: &str, kept: &Kept<'_>, found: &mut Vec<Found>) {
        let mut places: Vec<(u32, u32)> = Vec::new();
        match &self.nodes[(node - self.leaves) as usize] {
            Node::Except { of: node, except } => {
                let phrases = Covered::new(found, except);
                places.extend(of(found, *node).iter().map(|f| (f.start, f.end)).filter(|p| !phrases.touches(*p)));
            }
            Node::Any => {
                for part in there {
                    places.extend(of(found, *part).iter().map(|f| (f.start, f.end)));
                }
                places.sort_unstable();
                places.dedup();
            }
            Node::All { parts, within, ordered } => {
                if let Some(spans) = part_places(parts, text, kept, found) {
                    let spans: Vec<&[Found]> = spans.iter().map(AsRef::as_ref).collect();
                    let near = Near { text, within: *within as usize };
                    places = if *ordered { near.in_order(&spans) } else { near.in_any_order(&spans) };
                    places.sort_unstable();
                    places.dedup();
                }
            }
            Node::Search(search) => {
                places = search.places(text, found);
                places.retain(|place| kept(*place));
            }
        }
        found.extend(places.into_iter().map(|(start, end)| Found { node, start, end }));
    }
}

/// Where the parts of an `all` are, in their order; `None` when one is
/// nowhere. Expressions run last.
fn part_places<'a>(parts: &[Part], text: &str, kept: &Kept<'_>, found: &'a [Found]) -> Option<Vec<Cow<'a, [Found]>>> {
    let there = |node: &NodeId| !of(found, *node).is_empty();
    let possible = parts.iter().all(|part| match part {
        Part::Node(node) => there(node),
        Part::Search(search) => search.is_possible(found),
    });
    if !possible {
        return None;
    }
    let mut all = Vec::with_capacity(parts.len());
    for part in parts {
        let places = match part {
            Part::Node(node) => Cow::Borrowed(of(found, *node)),
            Part::Search(search) => {
                let places = search.places(text, found).into_iter().filter(|place| kept(*place));
                Cow::Owned(places.map(|(start, end)| Found { node: 0, start, end }).collect())
            }
        };
        if places.is_empty() {
            return None;
        }
        all.push(places);
    }
    Some(all)
}

impl Search {
    /// The leaves that set it off.
    fn triggers(&self) -> Vec<NodeId> {
        self.required.first().cloned().unwrap_or_default()
    }

    /// Whether a leaf of each list was found.
    fn is_possible(&self, found: &[Found]) -> bool {
        self.required.iter().all(|list| list.iter().any(|leaf| !of(found, *leaf).is_empty()))
    }

    /// Where it is found. It is looked for only around leaves of the rarest
    /// list that have one of every other list near them.
    fn places(&self, text: &str, found: &[Found]) -> Vec<(u32, u32)> {
        let whole = || self.matcher.places(text, std::slice::from_ref(&(0..text.len())), PLACES_MAX);
        let Some((rarest, others)) = self.required.split_first() else { return whole() };
        let Some(reach) = self.matcher.reach() else {
            return if self.is_possible(found) { whole() } else { Vec::new() };
        };
        let mut windows: Vec<Range<usize>> = rarest
            .iter()
            .flat_map(|leaf| of(found, *leaf))
            .map(|f| (f.start as usize).saturating_sub(reach)..(f.end as usize + reach).min(text.len()))
            .collect();
        windows.sort_unstable_by_key(|window| window.start);
        windows.dedup_by(|next, window| {
            let touches = next.start <= window.end;
            if touches {
                window.end = window.end.max(next.end);
            }
            touches
        });
        windows.retain(|window| {
            let inside = |f: &Found| f.start as usize >= window.start && f.end as usize <= window.end;
            others.iter().all(|list| list.iter().any(|leaf| of(found, *leaf).iter().any(inside)))
        });
        if windows.is_empty() { Vec::new() } else { self.matcher.places(text, &windows, PLACES_MAX) }
    }
}

/// The places of one node.
pub fn of(found: &[Found], node: NodeId) -> &[Found] {
    let found = &found[found.partition_point(|f| f.node < node)..];
    // Most nodes are found once or twice.
    let few = found.iter().take(4).take_while(|f| f.node == node).count();
    let count = if few < 4 { few } else { found.partition_point(|f| f.node == node) };
    &found[..count]
}

/// What some phrases cover of a text, as separate ranges in order.
struct Covered(Vec<(u32, u32)>);

impl Covered {
    fn new(found: &[Found], phrases: &[NodeId]) -> Covered {
        let mut all: Vec<(u32, u32)> = phrases.iter().flat_map(|p| of(found, *p)).map(|f| (f.start, f.end)).collect();
        all.sort_unstable();
        let mut merged: Vec<(u32, u32)> = Vec::with_capacity(all.len());
        for (start, end) in all {
            match merged.last_mut() {
                Some(last) if start < last.1 => last.1 = last.1.max(end),
                _ => merged.push((start, end)),
            }
        }
        Covered(merged)
    }

    fn touches(&self, (start, end): (u32, u32)) -> bool {
        let next = self.0.partition_point(|c| c.1 <= start);
        self.0.get(next).is_some_and(|c| c.0 < end)
    }
}

/// Parts that must stand near each other.
struct Near<'t> {
    text: &'t str,
    /// Folded characters from the first one to the last.
    within: usize,
}

impl Near<'_> {
    fn in_order(&self, parts: &[&[Found]]) -> Vec<(u32, u32)> {
        let Some((first, rest)) = parts.split_first() else { return Vec::new() };
        let mut places = Vec::new();
        for one in first.iter() {
            // The earliest continuation is the shortest one.
            let chain = rest
                .iter()
                .try_fold(one.end, |end, part| part.get(part.partition_point(|f| f.start < end)).map(|f| f.end));
            let Some(end) = chain else { break };
            if self.close(one.start, end) {
                places.push((one.start, end));
                if places.len() == PLACES_MAX {
                    break;
                }
            }
        }
        places
    }

    fn in_any_order(&self, parts: &[&[Found]]) -> Vec<(u32, u32)> {
        let mut all: Vec<(u32, u32, usize)> = Vec::new();
        for (part, spans) in parts.iter().enumerate() {
            all.extend(spans.iter().map(|f| (f.start, f.end, part)));
        }
        all.sort_unstable();
        let mut places = Vec::new();
        let reach = self.within as u32 * 4;
        for (i, (start, end, part)) in all.iter().copied().enumerate() {
            // Bit per part; `within` and the number of parts bound the walk.
            let mut seen = 1u32 << part;
            let mut taken = [(start, end); 32];
            let (mut count, mut last) = (1, end);
            for (s, e, p) in all[i + 1..].iter().copied().take_while(|n| n.0 <= start.saturating_add(reach)) {
                let free = taken[..count].iter().all(|t| e <= t.0 || s >= t.1);
                if seen & (1 << p) == 0 && free {
                    seen |= 1 << p;
                    taken[count] = (s, e);
                    count += 1;
                    last = last.max(e);
                    if count == parts.len() {
                        break;
                    }
                }
            }
            if count == parts.len() && self.close(start, last) {
                places.push((start, last));
                if places.len() == PLACES_MAX {
                    break;
                }
            }
        }
        places
    }

    /// Not farther apart than allowed, and no blank line between.
    fn close(&self, start: u32, end: u32) -> bool {
        let text = self.text.get(start as usize..end as usize).unwrap_or_default();
        text.len() <= self.within * 4 && text.chars().count() <= self.within && !text.contains("\n\n")
    }
}
