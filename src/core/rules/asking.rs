//! What a message asks, and what it only tells: sentences and clauses of a
//! text, which of them ask, and where what they ask about stands. Knows no
//! topic.

use std::ops::Range;

/// Half-open folded byte range.
type Span = Range<u32>;

/// Folded characters from which on a line that ends without a full stop is
/// taken for one that was wrapped.
const WRAPPED: usize = 26;

/// A clause of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Clause {
    /// False: of the subject.
    fresh: bool,
    span: Span,
    /// The sentence it is part of, counted over the whole message.
    sentence: u32,
    /// Of an item of a list.
    item: bool,
}

/// The clauses of a message in reading order: those of the subject, then those
/// of the fresh text.
#[derive(Debug, Default)]
pub struct Clauses(Vec<Clause>);

/// Clauses that belong to one question: those that ask it, those told before
/// it since the last one, and those told after it up to the next one.
#[derive(Debug)]
pub struct Question {
    asking: Range<usize>,
    /// Of the subject.
    heading: Range<usize>,
    before: Range<usize>,
    after: Range<usize>,
}

impl Clauses {
    /// Adds the clauses of a folded text. A clause ends with its sentence and
    /// after a border (folded: 「ですが、」).
    pub fn add(&mut self, fresh: bool, text: &str, borders: &[String]) {
        let first = self.0.last().map_or(0, |c| c.sentence + 1);
        for (sentence, range) in (first..).zip(sentences(text)) {
            let mut start = range.start;
            let item = starts_item(&text[range.clone()]);
            let mut push = |from: usize, to: usize| {
                if !text[from..to].trim().is_empty() {
                    self.0.push(Clause { fresh, span: from as u32..to as u32, sentence, item });
                }
            };
            for end in clause_ends(&text[range.clone()], borders) {
                push(start, range.start + end);
                start = range.start + end;
            }
            push(start, range.end);
        }
    }

    /// The questions of the message. `asks` is where asking words end. Of
    /// one sentence the last clause that asks does so, with all that follows
    /// it; what stands before belongs to what is told. A list asks item by item
    /// where one of them, or the sentence before or after the list, asks.
    pub fn questions(&self, asks: &[(bool, u32)]) -> Vec<Question> {
        let mut marks = vec![false; self.0.len()];
        for (fresh, end) in asks {
            if let Some(at) = self.at(*fresh, *end) {
                marks[at] = true;
            }
        }
        self.mark_lists(&mut marks);
        let mut questions = Vec::new();
        let (mut told, mut first) = (0, 0);
        for sentence in self.0.chunk_by(|a, b| a.sentence == b.sentence) {
            let end = first + sentence.len();
            if let Some(asking) = (first..end).rev().find(|i| marks[*i]) {
                if let Some(last) = questions.last_mut() {
                    let last: &mut Question = last;
                    last.after = told..asking;
                }
                let body = self.0.partition_point(|c| !c.fresh).clamp(told, asking);
                let last = self.0.len();
                questions.push(Question {
                    asking: asking..end,
                    heading: told..body,
                    before: body..asking,
                    after: end..last,
                });
                told = end;
            }
            first = end;
        }
        questions
    }

    fn mark_lists(&self, marks: &mut [bool]) {
        let mut first = 0;
        for run in self.0.chunk_by(|a, b| a.item == b.item) {
            let end = first + run.len();
            let beside = |at: usize| {
                let Some(sentence) = self.0.get(at).map(|c| c.sentence) else { return false };
                let from = self.0.partition_point(|c| c.sentence < sentence);
                let to = self.0.partition_point(|c| c.sentence <= sentence);
                marks[from..to].contains(&true)
            };
            let several = run.first().map(|c| c.sentence) != run.last().map(|c| c.sentence);
            let asked = (first..end).any(|i| marks[i]) || first > 0 && beside(first - 1) || beside(end);
            if run[0].item && several && asked {
                marks[first..end].fill(true);
            }
            first = end;
        }
    }

    /// The clause in which something ends.
    pub fn at(&self, fresh: bool, end: u32) -> Option<usize> {
        let at = self.0.partition_point(|c| (c.fresh, c.span.end) < (fresh, end));
        self.0.get(at).filter(|c| c.fresh == fresh && c.span.start < end).map(|_| at)
    }
}

impl Question {
    /// The clauses that ask.
    pub fn asking(&self) -> Range<usize> {
        self.asking.clone()
    }

    /// The clauses told before it, the nearest first.
    pub fn before(&self) -> impl Iterator<Item = Range<usize>> + use<> {
        each(&self.before)
    }

    /// The clauses of the subject above the first question.
    pub fn heading(&self) -> impl Iterator<Item = Range<usize>> + use<> {
        each(&self.heading)
    }

    /// What follows: a list, where the question names nothing.
    pub fn after(&self) -> Range<usize> {
        self.after.clone()
    }
}

fn each(range: &Range<usize>) -> impl Iterator<Item = Range<usize>> + use<> {
    range.clone().rev().map(|i| i..i + 1)
}

/// Sentences of a folded text. A line ends one, unless it was wrapped.
fn sentences(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let (mut start, mut length) = (0, 0);
    let mut before = ' ';
    for (at, c) in text.char_indices() {
        let end = at + c.len_utf8();
        let ends = match c {
            '。' | '!' | '?' | '．' => true,
            '.' | ';' => text[end..].starts_with([' ', '\n']) && !before.is_ascii_digit(),
            '\n' => {
                let wrapped = length >= WRAPPED && !ends_sentence(before) && !starts_item(&text[end..]);
                length = 0;
                !wrapped
            }
            _ => false,
        };
        if c != '\n' {
            length += 1;
            before = c;
        }
        if ends {
            found.push(start..end);
            start = end;
        }
    }
    found.push(start..text.len());
    found.retain(|range| !text[range.clone()].trim().is_empty());
    found
}

fn ends_sentence(c: char) -> bool {
    matches!(c, '。' | '!' | '?' | '.' | '．' | ':' | ')' | '」' | '』' | '】' | '>')
}

/// Whether a line begins an item of a list, or is empty.
fn starts_item(rest: &str) -> bool {
    let line = rest.split('\n').next().unwrap_or_default().trim_start();
    let Some(first) = line.chars().next() else { return true };
    let after = line.trim_start_matches(|c: char| c.is_ascii_digit());
    // ① is folded to a digit without a sign after it.
    let counts = ['日', '月', '時', '年', '人', '名', '件', '点', 'つ', '/', '-', '社', '回', '円', '割', '%', ','];
    let numbered = after.len() < line.len() && !after.starts_with(counts) && !after.is_empty();
    numbered || matches!(first, '・' | '*' | '-' | '●' | '■' | '◆' | '○' | '□' | '◎' | '★' | '※' | '【' | '(' | '<')
}

/// Byte offsets behind the borders in a sentence.
fn clause_ends(sentence: &str, borders: &[String]) -> Vec<usize> {
    let mut ends: Vec<usize> =
        borders.iter().flat_map(|b| sentence.match_indices(b.as_str()).map(|(at, b)| at + b.len())).collect();
    ends.sort_unstable();
    ends.dedup();
    ends
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spoken(text: &str) -> Vec<&str> {
        sentences(text).into_iter().map(|r| text[r].trim()).collect()
    }

    #[test]
    fn a_line_ends_a_sentence_unless_it_was_wrapped() {
        assert_eq!(
            spoken("窓口はどこですか。番号は?\nお願いします"),
            ["窓口はどこですか。", "番号は?", "お願いします"]
        );
        let wrapped = "来月から三人の職員を自宅で働かせることにして\nいるのですが、手当は要りますか";
        assert_eq!(spoken(wrapped).len(), 2, "a short line was not wrapped");
        let wrapped = "来月から三人の職員を週に二日だけ自宅で働かせることにして\nいるのですが、手当は要りますか";
        assert_eq!(spoken(wrapped).len(), 1);
        let list = "来月から三人の職員を週に二日だけ自宅で働かせることにした件\n1. 手当は要りますか";
        assert_eq!(spoken(list).len(), 2);
        assert_eq!(spoken("ver. 2.5 is out. is it free"), ["ver.", "2.5 is out.", "is it free"]);
    }

    #[test]
    fn a_question_looks_at_itself_and_then_back() {
        let text = "催しに出ました。番号を聞きましたが、通じません。どうすればよいですか。別の話です。";
        let mut clauses = Clauses::default();
        clauses.add(true, text, &["ましたが、".to_owned()]);
        assert_eq!(clauses.0.len(), 5);
        let at = text.find("ですか").map(|at| (true, at as u32 + 9));
        let questions = clauses.questions(at.as_slice());
        assert_eq!(questions.len(), 1);
        assert_eq!(questions[0].asking(), 3..4);
        let before: Vec<Range<usize>> = questions[0].before().collect();
        assert_eq!(before, [2..3, 1..2, 0..1]);
        assert_eq!(questions[0].after(), 4..5);
    }
}
