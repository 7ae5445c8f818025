//! All patterns as one graph: leaves are what the automaton finds, every other
//! node is built from nodes with smaller numbers. Evaluating a text touches
//! only nodes above its hits, so the cost does not grow with the rules.

use super::pattern::{Pattern, What};
use crate::core::lexicon::{Builder, Ending, Hit};
use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

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
    Except { word: NodeId, except: Vec<NodeId> },
    Any(Vec<NodeId>),
    All { parts: Vec<NodeId>, within: u32, ordered: bool, except: Vec<NodeId> },
    Regex(Box<regex::Regex>),
}

/// Most places at which one compound pattern is looked for in a text: a
/// bound for texts made to be slow, far above what decides anything.
const PLACES_MAX: usize = 64;

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
    /// For each leaf a text it is found in: its keyword.
    words: Vec<String>,
}

/// Marks numbers of compound nodes while leaves are still being added.
const COMPOUND: NodeId = 1 << 31;

/// Collects patterns.
#[derive(Default)]
pub struct GraphBuilder {
    leaves: HashMap<(String, bool), NodeId>,
    words: Vec<(String, Ending)>,
    nodes: Vec<Node>,
    /// What sets a compound node off, by its index.
    triggers: Vec<Vec<NodeId>>,
    groups: HashMap<String, NodeId>,
}

impl GraphBuilder {
    /// The leaf of a folded keyword; the same keyword is the same leaf.
    pub fn leaf(&mut self, word: &str) -> NodeId {
        self.leaf_with(word, Ending::Inflected)
    }

    fn leaf_with(&mut self, word: &str, ending: Ending) -> NodeId {
        let words = &mut self.words;
        *self.leaves.entry((word.to_owned(), ending == Ending::Anywhere)).or_insert_with(|| {
            words.push((word.to_owned(), ending));
            words.len() as NodeId - 1
        })
    }

    /// A group's node, once its patterns are added.
    pub fn group(&mut self, name: &str, members: Vec<NodeId>) {
        let node = self.compound(Node::Any(members.clone()), members);
        self.groups.insert(name.to_owned(), node);
    }

    /// The node of a pattern. `None` when it names a group that is not there.
    pub fn add(&mut self, pattern: &Pattern<'_>) -> Option<NodeId> {
        match &pattern.what {
            What::Word(word) => Some(self.leaf(word)),
            What::Except { word, except } => {
                let word = self.leaf(word);
                let except = self.phrases(except);
                Some(self.compound(Node::Except { word, except }, vec![word]))
            }
            What::Regex(expression) => {
                let triggers = expression.required.iter().map(|l| self.leaf_with(l, Ending::Anywhere)).collect();
                Some(self.compound(Node::Regex(Box::new(expression.regex.clone())), triggers))
            }
            What::Any(parts) => {
                let parts = self.parts(parts)?;
                Some(self.compound(Node::Any(parts.clone()), parts))
            }
            What::All { parts: patterns, within, ordered, except } => {
                let parts = self.parts(patterns)?;
                // One part is enough to look for the others. A shared group
                // would set off every rule that names it; the longest keyword
                // is the rarest.
                let rarest = patterns.iter().zip(&parts).max_by_key(|(pattern, node)| {
                    (**node & COMPOUND == 0, !matches!(pattern.what, What::Group(_)), pattern.shortest())
                });
                let trigger = rarest.map(|(_, node)| *node).into_iter().collect();
                let except = self.phrases(except);
                let node = Node::All { parts, within: *within, ordered: *ordered, except };
                Some(self.compound(node, trigger))
            }
            What::Group(name) => self.groups.get(name).copied(),
        }
    }

    fn parts(&mut self, patterns: &[Pattern<'_>]) -> Option<Vec<NodeId>> {
        patterns.iter().map(|p| self.add(p)).collect()
    }

    fn phrases(&mut self, phrases: &[String]) -> Vec<NodeId> {
        phrases.iter().map(|p| self.leaf(p)).collect()
    }

    fn compound(&mut self, node: Node, triggers: Vec<NodeId>) -> NodeId {
        self.nodes.push(node);
        self.triggers.push(triggers);
        (self.nodes.len() as NodeId - 1) | COMPOUND
    }

    /// Numbers the nodes and adds the leaves to the automaton, each also in
    /// its other spellings. The function turns the numbers handed out so far
    /// into the final ones.
    pub fn build(self, automaton: &mut Builder) -> (Graph, impl Fn(NodeId) -> NodeId) {
        let leaves = self.words.len() as u32;
        let number = move |node: NodeId| if node & COMPOUND == 0 { node } else { leaves + (node & !COMPOUND) };
        for (owner, (word, ending)) in self.words.iter().enumerate() {
            automaton.add(word, owner as u32, *ending);
            if *ending != Ending::Anywhere {
                for spelling in spellings(word) {
                    automaton.add(&spelling, owner as u32, *ending);
                }
            }
        }
        let renumber = |list: Vec<NodeId>| list.into_iter().map(number).collect::<Vec<_>>();
        let nodes: Vec<Node> = self
            .nodes
            .into_iter()
            .map(|node| match node {
                Node::Except { word, except } => Node::Except { word: number(word), except: renumber(except) },
                Node::Any(parts) => Node::Any(renumber(parts)),
                Node::All { parts, within, ordered, except } => {
                    Node::All { parts: renumber(parts), within, ordered, except: renumber(except) }
                }
                regex => regex,
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
        let words = self.words.into_iter().map(|w| w.0).collect();
        (Graph { leaves, nodes, parents, parents_of, always, words }, number)
    }
}

/// Other folded spellings under which a keyword is to be found.
fn spellings(word: &str) -> Vec<String> {
    let _ = word;
    Vec::new()
}

impl Graph {
    /// Leaves, that is, owner numbers in the automaton: all below are ours.
    pub fn leaves(&self) -> u32 {
        self.leaves
    }

    /// The folded keyword of a leaf.
    pub fn word(&self, leaf: NodeId) -> Option<&str> {
        self.words.get(leaf as usize).map(String::as_str)
    }

    /// All nodes, leaves included.
    pub fn len(&self) -> usize {
        self.leaves as usize + self.nodes.len()
    }

    /// Everything found in a text, sorted by node, then place.
    pub fn evaluate(&self, text: &str, hits: &[Hit]) -> Vec<Found> {
        let ours = hits.iter().filter(|h| h.owner < self.leaves);
        let mut found: Vec<Found> =
            ours.map(|h| Found { node: h.owner, start: h.range.start as u32, end: h.range.end as u32 }).collect();
        found.sort_unstable();
        found.dedup();
        let mut pending: BinaryHeap<Reverse<NodeId>> = self.always.iter().map(|n| Reverse(*n)).collect();
        let mut last = None;
        for one in &found {
            if last != Some(one.node) {
                pending.extend(self.parents(one.node).iter().map(|n| Reverse(*n)));
                last = Some(one.node);
            }
        }
        let mut done = None;
        while let Some(Reverse(node)) = pending.pop() {
            if done == Some(node) {
                continue;
            }
            done = Some(node);
            let before = found.len();
            self.evaluate_node(node, text, &mut found);
            if found.len() > before {
                pending.extend(self.parents(node).iter().map(|n| Reverse(*n)));
            }
        }
        found
    }

    fn parents(&self, node: NodeId) -> &[NodeId] {
        let (from, to) = (self.parents_of[node as usize], self.parents_of[node as usize + 1]);
        &self.parents[from as usize..to as usize]
    }

    /// Appends where a compound node is found; nodes come in ascending order,
    /// so `found` stays sorted and all parts are in it.
    fn evaluate_node(&self, node: NodeId, text: &str, found: &mut Vec<Found>) {
        let mut places: Vec<(u32, u32)> = Vec::new();
        match &self.nodes[(node - self.leaves) as usize] {
            Node::Except { word, except } => {
                let phrases = Covered::new(found, except);
                places.extend(of(found, *word).iter().map(|f| (f.start, f.end)).filter(|p| !phrases.touches(*p)));
            }
            Node::Any(parts) => {
                for part in parts {
                    places.extend(of(found, *part).iter().map(|f| (f.start, f.end)));
                }
                places.sort_unstable();
                places.dedup();
            }
            Node::All { parts, within, ordered, except } => {
                let phrases = Covered::new(found, except);
                let spans: Vec<&[Found]> = parts.iter().map(|p| of(found, *p)).collect();
                if spans.iter().all(|s| !s.is_empty()) {
                    let near = Near { text, within: *within as usize };
                    places = if *ordered { near.in_order(&spans) } else { near.in_any_order(&spans) };
                    places.retain(|p| !phrases.touches(*p));
                    places.sort_unstable();
                    places.dedup();
                }
            }
            Node::Regex(regex) => {
                let matches = regex.find_iter(text).filter(|m| !m.is_empty());
                places.extend(matches.take(PLACES_MAX).map(|m| (m.start() as u32, m.end() as u32)));
            }
        }
        found.extend(places.into_iter().map(|(start, end)| Found { node, start, end }));
    }
}

/// The places of one node.
pub fn of(found: &[Found], node: NodeId) -> &[Found] {
    let from = found.partition_point(|f| f.node < node);
    let to = from + found[from..].partition_point(|f| f.node == node);
    &found[from..to]
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
