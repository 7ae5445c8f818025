//! HTML mail as the lines a reader sees, with the containers of quotes and
//! signatures marked for `zones`. One pass over the text, in linear time. Knows
//! the markup of mail programs; knows no style sheet but what stands in a tag,
//! and no zone beyond its marks.

use super::super::text::{QUOTE_BEGIN, QUOTE_END, SIGNATURE_BEGIN, SIGNATURE_END};
use mail_parser::decoders::html::add_html_token;

/// The text of an HTML part.
pub fn text(html: &str) -> String {
    match convert(html, true) {
        Some(text) => text,
        // Something hidden was never closed: then nothing is hidden.
        None => convert(html, false).unwrap_or_default(),
    }
}

/// `None` when what a tag hides goes on to the end.
fn convert(html: &str, hide: bool) -> Option<String> {
    let mut page = Page { out: String::with_capacity(html.len() / 2), ..Page::default() };
    // Inside something hidden: its element, and how many of it are open.
    let mut hidden: Option<(String, usize)> = None;
    // Beyond these nothing ends any more: then nothing is looked for either.
    let last = html.rfind('>').map_or(usize::MAX, |at| html.len() - at);
    let last_comment = html.rfind("-->").map_or(usize::MAX, |at| html.len() - at);
    let mut rest = html;
    while let Some(open) = rest.find('<') {
        if hidden.is_none() {
            page.text(&rest[..open]);
        }
        let markup = &rest[open..];
        let read = if markup.len() < last { None } else { Tag::read(markup, markup.len() >= last_comment) };
        let Some((tag, length)) = read else {
            if hidden.is_none() {
                page.text("<");
            }
            rest = &markup[1..];
            continue;
        };
        rest = &markup[length..];
        if let Some((name, depth)) = &mut hidden {
            if tag.is(name) {
                *depth = if tag.closes { *depth - 1 } else { *depth + 1 };
                if *depth == 0 {
                    hidden = None;
                }
            }
            continue;
        }
        if !tag.closes && ["style", "script", "title", "template", "xml", "svg"].iter().any(|n| tag.is(n)) {
            if !tag.attributes.trim_end().ends_with('/') {
                rest = after_element(rest, tag.name);
            }
            continue;
        }
        if hide && !tag.closes && tag.is_hidden() {
            hidden = Some((tag.name.to_ascii_lowercase(), 1));
            continue;
        }
        page.tag(&tag);
    }
    if hidden.is_some() {
        return None;
    }
    page.text(rest);
    Some(page.lines())
}

/// What stands after the end tag of an element; nothing when there is none.
fn after_element<'a>(text: &'a str, name: &str) -> &'a str {
    let mut rest = text;
    while let Some(at) = rest.find("</") {
        rest = &rest[at + 2..];
        if rest.len() >= name.len()
            && rest.is_char_boundary(name.len())
            && rest[..name.len()].eq_ignore_ascii_case(name)
        {
            return rest.find('>').map_or("", |end| &rest[end + 1..]);
        }
    }
    ""
}

/// A tag, or what is skipped like one (its name is then empty).
#[derive(Debug)]
struct Tag<'a> {
    name: &'a str,
    attributes: &'a str,
    closes: bool,
}

impl<'a> Tag<'a> {
    /// The tag at the start of a text and its length; `None` for a `<` that is
    /// just a character. `commented`: the end of a comment stands below.
    fn read(text: &'a str, commented: bool) -> Option<(Tag<'a>, usize)> {
        let skipped = |length: usize| Some((Tag { name: "", attributes: "", closes: false }, length));
        let inner = &text[1..];
        if inner.starts_with("!--") {
            // A comment without an end hides nothing but its own start.
            let end = if commented { text.find("-->") } else { None };
            return skipped(end.map_or(4, |end| end + 3));
        }
        let closes = inner.starts_with('/');
        let named = &inner[usize::from(closes)..];
        let letter = named.starts_with(|c: char| c.is_ascii_alphabetic());
        if !letter && !inner.starts_with(['!', '?', '/']) {
            return None;
        }
        let from = text.len() - named.len();
        let length = named.bytes().take_while(|b| b.is_ascii_alphanumeric() || *b == b':').count();
        // `<a@b.example>` is an address that nobody escaped, not a tag.
        if letter && named[length..].starts_with(['@', '.', '_', '+', '-']) {
            return None;
        }
        let end = 1 + end_of_tag(inner)?;
        if !letter {
            return skipped(end + 1);
        }
        let tag = Tag { name: &text[from..from + length], attributes: &text[from + length..end], closes };
        Some((tag, end + 1))
    }

    fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }

    fn is_void(&self) -> bool {
        ["br", "img", "hr", "input", "meta", "link", "wbr", "col", "area", "base"].iter().any(|n| self.is(n))
            || self.attributes.trim_end().ends_with('/')
    }

    /// The value of an attribute in lower case, without white space.
    fn attribute(&self, name: &str) -> Option<String> {
        let mut rest = self.attributes;
        loop {
            rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '/');
            let length = rest.find(|c: char| c.is_whitespace() || c == '=' || c == '/').unwrap_or(rest.len());
            if rest.is_empty() {
                return None;
            }
            let (found, after) = rest.split_at(length.max(1).min(rest.len()));
            let trimmed = after.trim_start();
            let (value, next) = match trimmed.strip_prefix('=') {
                None => ("", after),
                Some(value) => {
                    let value = value.trim_start();
                    match value.chars().next() {
                        Some(quote @ ('"' | '\'')) => {
                            let inner = &value[1..];
                            inner.find(quote).map_or((inner, ""), |end| (&inner[..end], &inner[end + 1..]))
                        }
                        _ => value.split_at(value.find(char::is_whitespace).unwrap_or(value.len())),
                    }
                }
            };
            if found.eq_ignore_ascii_case(name) {
                return Some(value.chars().filter(|c| !c.is_whitespace()).map(|c| c.to_ascii_lowercase()).collect());
            }
            rest = next;
        }
    }

    fn is_hidden(&self) -> bool {
        ["div", "span", "p", "td", "tr", "table", "a", "font", "section"].iter().any(|n| self.is(n))
            && !self.is_void()
            && self.attributes.len() > 6
            && self
                .attribute("style")
                .is_some_and(|style| style.contains("display:none") || style.contains("mso-hide:all"))
    }
}

/// The first `>` outside of quoted values; an unclosed quote is not one.
fn end_of_tag(text: &str) -> Option<usize> {
    const QUOTED_MAX: usize = 4_096;
    let mut quote: Option<u8> = None;
    for (at, byte) in text.bytes().enumerate().take(QUOTED_MAX) {
        match (quote, byte) {
            (None, b'>') => return Some(at),
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(open), _) if open == byte => quote = None,
            _ => {}
        }
    }
    text.find('>')
}

/// The lines while they are written.
#[derive(Debug, Default)]
struct Page {
    out: String,
    /// White space is due before the next character of this line.
    space: bool,
    /// An empty line is due before the next text.
    gap: bool,
    /// Depth of `pre`, where white space counts.
    pre: usize,
    /// What the end tags of the open `div` and `blockquote` elements mark.
    divs: Vec<Option<char>>,
    quotes: Vec<Option<char>>,
}

impl Page {
    fn line_is_empty(&self) -> bool {
        self.out.is_empty() || self.out.ends_with('\n')
    }

    fn push(&mut self, c: char) {
        if self.gap {
            if !self.out.is_empty() {
                self.out.push('\n');
            }
            self.gap = false;
        }
        if self.space && !self.line_is_empty() {
            self.out.push(' ');
        }
        self.space = false;
        self.out.push(c);
    }

    /// Text between tags: white space collapsed, character references resolved.
    fn text(&mut self, text: &str) {
        const REFERENCE_MAX: usize = 34;
        let mut rest = text;
        while let Some(c) = rest.chars().next() {
            let mut length = c.len_utf8();
            match c {
                '\n' if self.pre > 0 => self.line_break(),
                ' ' | '\t' if self.pre > 0 => self.push(c),
                ' ' | '\t' | '\n' | '\r' | '\u{c}' => self.space = true,
                '&' => {
                    let end = rest.bytes().take(REFERENCE_MAX).position(|b| b == b';');
                    let reference = end.map(|end| &rest[..end + 1]).filter(|r| {
                        r.len() > 2 && r[1..r.len() - 1].bytes().all(|b| b.is_ascii_alphanumeric() || b == b'#')
                    });
                    match reference {
                        Some(reference) => {
                            let mut resolved = String::new();
                            add_html_token(&mut resolved, reference.as_bytes(), false);
                            for c in resolved.chars() {
                                self.push(if c == '\u{a0}' { ' ' } else { c });
                            }
                            length = reference.len();
                        }
                        None => self.push('&'),
                    }
                }
                '\u{a0}' => self.push(' '),
                // The marks are ours alone.
                QUOTE_BEGIN | QUOTE_END | SIGNATURE_BEGIN | SIGNATURE_END => {}
                c => self.push(c),
            }
            rest = &rest[length..];
        }
    }

    fn line_break(&mut self) {
        if self.gap {
            self.gap = false;
            if !self.out.is_empty() {
                self.out.push('\n');
            }
        }
        self.out.push('\n');
        self.space = false;
    }

    /// A block begins or ends: what follows starts a line.
    fn block(&mut self) {
        if !self.line_is_empty() {
            self.out.push('\n');
        }
        self.space = false;
    }

    fn mark(&mut self, mark: Option<char>) {
        self.block();
        if let Some(mark) = mark {
            self.out.push(mark);
            self.out.push('\n');
        }
    }

    fn tag(&mut self, tag: &Tag<'_>) {
        if tag.is("br") {
            self.line_break();
        } else if tag.is("p") {
            self.block();
            let style = || tag.attribute("style").unwrap_or_default();
            let tight =
                tag.attributes.contains("Mso") || tag.attributes.contains("margin") && style().contains("margin");
            self.gap |= !tag.closes && !tight && !self.out.is_empty();
        } else if tag.is("div") {
            if tag.closes {
                let mark = self.divs.pop().flatten();
                self.mark(mark);
            } else {
                let (begin, end) = div_marks(tag);
                self.mark(begin);
                self.divs.push(end);
            }
        } else if tag.is("blockquote") {
            if tag.closes {
                let mark = self.quotes.pop().flatten();
                self.mark(mark);
            } else {
                let quote = is_quote(tag);
                self.mark(quote.then_some(QUOTE_BEGIN));
                self.quotes.push(quote.then_some(QUOTE_END));
            }
        } else if tag.is("pre") {
            self.block();
            self.pre = if tag.closes { self.pre.saturating_sub(1) } else { self.pre + 1 };
        } else if tag.is("td") || tag.is("th") {
            self.space = true;
        } else if [
            "tr", "table", "ul", "ol", "li", "dl", "dt", "dd", "hr", "h1", "h2", "h3", "h4", "h5", "h6", "center",
            "form", "fieldset", "address", "section", "article", "header", "footer", "main", "aside", "body", "html",
            "head", "tbody",
        ]
        .iter()
        .any(|n| tag.is(n))
        {
            self.block();
        }
    }

    fn lines(self) -> String {
        let mut lines = String::with_capacity(self.out.len());
        for line in self.out.lines() {
            lines.push_str(line.trim_end());
            lines.push('\n');
        }
        lines.pop();
        lines
    }
}

/// Whether a `blockquote` holds somebody else's words; mail programs use it as
/// an indent too.
fn is_quote(tag: &Tag<'_>) -> bool {
    if tag.attributes.trim().is_empty() || tag.attribute("type").is_some() || tag.attribute("cite").is_some() {
        return true;
    }
    if tag.attribute("class").is_some_and(|c| c.contains("quote") || c.contains("cite")) {
        return !tag.attribute("style").is_some_and(|s| s.contains("border:none"));
    }
    tag.attribute("style").is_none_or(|s| s.contains("border-left") && !s.contains("border-left:none"))
}

/// What the `div` containers of mail programs begin and end.
fn div_marks(tag: &Tag<'_>) -> (Option<char>, Option<char>) {
    let quote = (Some(QUOTE_BEGIN), Some(QUOTE_END));
    let signature = (Some(SIGNATURE_BEGIN), Some(SIGNATURE_END));
    // All that follows is old: its end is the end of the mail.
    let rest = (Some(QUOTE_BEGIN), None);
    if tag.attributes.len() < 6 {
        return (None, None);
    }
    let class = tag.attribute("class").unwrap_or_default();
    let id = tag.attribute("id").unwrap_or_default();
    if class.contains("yahoo_quoted") || class.contains("moz-cite-prefix") {
        return quote;
    }
    if class.contains("moz-forward-container") || id.ends_with("divrplyfwdmsg") {
        return rest;
    }
    if class.contains("gmail_signature") || class.contains("moz-signature") || id == "signature" {
        return signature;
    }
    if tag
        .attribute("style")
        .is_some_and(|s| s.contains("border:none;border-top:solid") && (s.contains("#e1e1e1") || s.contains("#b5c4df")))
    {
        return rest;
    }
    (None, None)
}

#[cfg(test)]
mod tests {
    use super::text;

    #[test]
    fn blocks_are_lines_and_words_stay_apart() {
        for (html, expected) in [
            ("<div>a</div><div>b</div>", "a\nb"),
            ("<div>a<div>b</div></div>c", "a\nb\nc"),
            ("a<br>b<br/>\n<br>c", "a\nb\n\nc"),
            ("<p>a</p>\n<p>b</p>", "a\n\nb"),
            ("<p class=MsoNormal>a</p><p class=MsoNormal>&nbsp;</p><p class=MsoNormal>b</p>", "a\n\nb"),
            ("<b>Sent:</b> Sunday <i>ten</i>", "Sent: Sunday ten"),
            ("overtime<b> pay</b> rules", "overtime pay rules"),
            ("残業<b>代</b>", "残業代"),
            ("a\n  b\tc", "a b c"),
            ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc"),
            ("<ul><li>a</li><li>b</li></ul>", "a\nb"),
            ("<pre>a\n  b</pre>c", "a\n  b\nc"),
            ("&lt;a&gt; &amp; &#12393;&#x3053; &bogus; AT&T", "<a> & どこ &bogus; AT&T"),
        ] {
            assert_eq!(text(html), expected, "{html}");
        }
    }

    #[test]
    fn what_nobody_sees_is_no_text() {
        for html in [
            "<style>p{x:y}</style>a",
            "<head><title>t</title></head><body>a</body>",
            "<!-- b -->a",
            "<!--[if mso]><p>b</p><![endif]-->a",
            "<![if !supportLists]>a<![endif]>",
            "<script>if (b < c) {}</script>a",
            "<div style='display: none'>b<div>c</div></div>a",
            "<span style=\"font-size:1px;display:none\">b</span>a",
            "<o:p></o:p>a",
        ] {
            assert_eq!(text(html).trim(), "a", "{html}");
        }
        // Never closed: shown rather than lost.
        assert_eq!(text("<div style='display:none'>a"), "a");
    }

    #[test]
    fn what_is_no_tag_stays() {
        assert_eq!(text("45 < 60 and <a@b.example>"), "45 < 60 and <a@b.example>");
        assert_eq!(text("a <"), "a <");
        assert_eq!(text("<p title='a > b'>c</p>"), "c");
        assert_eq!(text("<p title='a>b</p>c"), "b\nc");
    }

    proptest::proptest! {
        #[test]
        fn any_markup_is_read(html in "(<|>|/|!|--|div|p|br|blockquote|style|=|\"|'| |&|;|#|x|あ|\\PC){0,60}") {
            text(&html);
        }

        #[test]
        fn letters_outside_of_tags_are_kept(words in proptest::collection::vec("[a-zあ-ん]{1,6}", 1..10)) {
            let html = words.iter().map(|w| format!("<div><b>{w}</b></div>")).collect::<String>();
            proptest::prop_assert_eq!(text(&html), words.join("\n"));
        }
    }
}
