//! What reaches standard output and standard error: colours only on a
//! terminal, and text from mail without control and bidi characters.

use crate::core::lang::Lang;
use anstream::AutoStream;
use std::io::{self, IsTerminal, Write};

/// How a command prints its result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    Text,
    /// One object a line
    Json,
}

/// The two streams of a command. Results go to `out`, the rest to `err`.
pub struct Output {
    out: AutoStream<io::Stdout>,
    err: AutoStream<io::Stderr>,
    lang: Lang,
}

impl Output {
    /// Speaks a language where a command knows both.
    pub fn new(lang: Lang) -> Output {
        Output { out: AutoStream::auto(io::stdout()), err: AutoStream::auto(io::stderr()), lang }
    }

    /// The language of the person who reads it.
    pub fn lang(&self) -> Lang {
        self.lang
    }

    /// One line of result.
    pub fn line(&mut self, text: &str) -> io::Result<()> {
        writeln!(self.out, "{text}")
    }

    /// Text as it is, for what brings its own line ends.
    pub fn text(&mut self, text: &str) -> io::Result<()> {
        self.out.write_all(text.as_bytes())
    }

    /// Octets as they are: a mail for another program.
    pub fn octets(&mut self, octets: &[u8]) -> io::Result<()> {
        let mut out = io::stdout().lock();
        out.write_all(octets)?;
        out.flush()
    }

    /// One line beside the result.
    pub fn note(&mut self, text: &str) -> io::Result<()> {
        writeln!(self.err, "{text}")
    }

    /// One line on what went wrong.
    pub fn error(&mut self, text: &str) -> io::Result<()> {
        writeln!(self.err, "madoguchi: {}", plain(text))
    }

    /// Whether standard error is drawn in colour.
    pub fn colour(&self) -> bool {
        io::stderr().is_terminal() && AutoStream::choice(&io::stderr()) != anstream::ColorChoice::Never
    }
}

/// `1 message`, `2 messages`.
pub fn count(number: u64, word: &str) -> String {
    format!("{number} {word}{}", if number == 1 { "" } else { "s" })
}

/// Characters that could move a terminal's cursor, hide or reorder text:
/// controls but line end and tab, bidi controls, and invisible joiners.
fn is_hostile(c: char) -> bool {
    (c.is_control() && c != '\n' && c != '\t')
        || matches!(c, '\u{061C}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}' | '\u{2028}' | '\u{2029}' | '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E007F}')
}

/// Text from mail for a terminal.
pub fn plain(text: &str) -> String {
    text.chars().filter(|c| !is_hostile(*c)).collect()
}

/// Text from mail for one line of a terminal.
pub fn one_line(text: &str) -> String {
    plain(text).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// JSON with hostile characters as `\u` escapes: the data stay exact, and a
/// terminal shows them as what they are.
pub fn escape_json(json: &str) -> String {
    if !json.chars().any(is_hostile) {
        return json.to_owned();
    }
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        if is_hostile(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                out.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            out.push(c);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_from_mail_moves_the_cursor_or_turns_the_line() {
        assert_eq!(plain("a\u{1b}[2Jb\u{202e}c\u{9b}d\n"), "a[2Jbcd\n");
        assert_eq!(one_line(" 労務\n管理\t\u{200b}x "), "労務 管理 x");
    }

    #[test]
    fn escaped_json_reads_back_exactly() {
        let text = "a\u{202e}b\u{1b}c\u{e0041}\n";
        let json = escape_json(&serde_json::to_string(text).unwrap());
        assert!(!json.chars().any(is_hostile));
        assert_eq!(serde_json::from_str::<String>(&json).unwrap(), text);
    }
}
