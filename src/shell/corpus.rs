//! Mail that lies somewhere, to be looked at and left as it is: a Maildir, an
//! mbox file, a folder of messages, one message, an IMAP mailbox. Owns finding
//! the messages and reading each once; never parses one, never changes
//! anything. Memory does not grow with the number of messages.

use super::config::{Mailbox, MailboxUrl};
use super::source::imap::Imap;
use super::source::{Arrival, MESSAGE_MAX, Source, SourceError, Watermark};
use memchr::memchr;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek};
use std::ops::{ControlFlow, Range};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

/// One message, not yet read.
#[derive(Debug)]
pub struct Mail {
    /// How a person finds it: a path, `archive.mbox#17`, `INBOX uid 4711`.
    pub label: String,
    content: Content,
}

#[derive(Debug)]
enum Content {
    File(PathBuf),
    /// Of an mbox file.
    Slice(Arc<File>, Range<u64>),
    Here(Vec<u8>),
}

/// Why mail cannot be looked at.
#[derive(Debug, thiserror::Error)]
pub enum CorpusError {
    #[error("{}: {cause}", path.display())]
    File { path: PathBuf, cause: io::Error },
    #[error("{}: no messages (looked for a Maildir, and for files that end in `.eml`)", .0.display())]
    Empty(PathBuf),
    #[error(transparent)]
    Mailbox(#[from] SourceError),
}

impl Mail {
    /// A message at hand.
    pub fn here(label: impl Into<String>, raw: Vec<u8>) -> Mail {
        Mail { label: label.into(), content: Content::Here(raw) }
    }

    /// Its octets; of one over the bound no more than shows that it is.
    pub fn read(self) -> io::Result<Vec<u8>> {
        match self.content {
            Content::Here(raw) => Ok(raw),
            Content::File(path) => {
                let mut raw = Vec::new();
                File::open(path)?.take(MESSAGE_MAX + 1).read_to_end(&mut raw)?;
                Ok(raw)
            }
            Content::Slice(file, range) => {
                let length = (range.end - range.start).min(MESSAGE_MAX + 1);
                let mut raw = vec![0; usize::try_from(length).map_err(io::Error::other)?];
                file.read_exact_at(&mut raw, range.start)?;
                Ok(unquoted(&raw))
            }
        }
    }
}

/// Finds the messages at a path, in their order there: those of an mbox file
/// as they stand, of a Maildir by arrival, of a folder by name. With `last`,
/// only the newest so many.
pub fn list(path: &Path, last: Option<usize>) -> Result<Vec<Mail>, CorpusError> {
    let failed = |cause: io::Error| CorpusError::File { path: path.to_owned(), cause };
    let metadata = std::fs::metadata(path).map_err(failed)?;
    if metadata.is_dir() {
        let maildir = path.join("cur").is_dir() && path.join("new").is_dir();
        let mut found = Vec::new();
        if maildir {
            for part in ["cur", "new"] {
                collect(&path.join(part), &|name| !name.starts_with('.'), false, &mut found).map_err(failed)?;
            }
        } else {
            let is_message = |name: &str| name.to_ascii_lowercase().ends_with(".eml");
            collect(path, &is_message, true, &mut found).map_err(failed)?;
            if found.is_empty() {
                return Err(CorpusError::Empty(path.to_owned()));
            }
        }
        found.sort();
        if let Some(last) = last {
            found.drain(..found.len().saturating_sub(last));
        }
        if !maildir {
            found.sort_by(|a, b| a.1.cmp(&b.1));
        }
        let mail =
            |(_, path): (SystemTime, PathBuf)| Mail { label: path.display().to_string(), content: Content::File(path) };
        return Ok(found.into_iter().map(mail).collect());
    }
    let mut file = File::open(path).map_err(failed)?;
    let mut start = [0; 5];
    let read = file.read(&mut start).and_then(|n| file.rewind().map(|()| n)).map_err(failed)?;
    if &start[..read] != b"From " {
        let label = path.display().to_string();
        return Ok(vec![Mail { label, content: Content::File(path.to_owned()) }]);
    }
    let slices = slices(BufReader::with_capacity(1 << 18, &file)).map_err(failed)?;
    Ok(of_slices(Arc::new(file), slices, &path.display().to_string(), last))
}

/// The messages of standard input, read whole: one, or an mbox.
pub fn from_reader(reader: impl Read, name: &str, last: Option<usize>) -> io::Result<Vec<Mail>> {
    let mut reader = BufReader::new(reader);
    let mut raw = Vec::new();
    reader.read_to_end(&mut raw)?;
    if !raw.starts_with(b"From ") {
        return Ok(vec![Mail::here(name, raw)]);
    }
    let slices = slices(raw.as_slice())?;
    let skipped = last.map_or(0, |last| slices.len().saturating_sub(last));
    let mail = |(index, range): (usize, Range<u64>)| {
        let range = range.start as usize..range.end as usize;
        Mail::here(format!("{name}#{}", index + 1), unquoted(&raw[range]))
    };
    Ok(slices.into_iter().enumerate().skip(skipped).map(mail).collect())
}

/// The newest `last` messages of a mailbox, oldest first, each handed over as
/// it comes until `take` breaks off. An IMAP mailbox is opened with EXAMINE
/// and read with BODY.PEEK: nobody can see that it was looked at. `folder` is
/// another folder of the same account, or of the same Maildir++.
pub async fn mailbox(
    mailbox: &Mailbox,
    folder: Option<&str>,
    last: usize,
    mut take: impl FnMut(Mail) -> ControlFlow<()>,
) -> Result<(), CorpusError> {
    let (server, own) = match &mailbox.url {
        MailboxUrl::Maildir(path) => {
            let path = folder.map_or_else(|| path.clone(), |folder| super::source::maildir::folder_path(path, folder));
            for mail in list(&path, Some(last))? {
                if take(mail).is_break() {
                    break;
                }
            }
            return Ok(());
        }
        MailboxUrl::Imap { server, folder } => (server, folder),
    };
    let mut imap = Imap::examine(server.clone(), folder.unwrap_or(own));
    let opened = imap.open().await?;
    let first = imap.first_of_last(last).await?;
    let mut after = Watermark { uid_validity: opened.uid_validity, uid: first.saturating_sub(1) };
    loop {
        let arrivals = imap.fetch(after, None).await?;
        // Up to what was there at the beginning: mail that arrives meanwhile
        // would keep a busy mailbox from ever ending.
        let uid = |arrival: &Arrival| arrival.origin.id.parse::<u32>().unwrap_or(u32::MAX);
        let Some(highest) = arrivals.iter().map(uid).max() else { return Ok(()) };
        for arrival in arrivals {
            if uid(&arrival) >= opened.uid_next && opened.uid_next > 0 {
                return Ok(());
            }
            let label = format!("{} uid {}", arrival.origin.mailbox, arrival.origin.id);
            if take(Mail::here(label, arrival.raw)).is_break() {
                return Ok(());
            }
        }
        after.uid = highest;
    }
}

fn collect(
    folder: &Path,
    wanted: &dyn Fn(&str) -> bool,
    below: bool,
    found: &mut Vec<(SystemTime, PathBuf)>,
) -> io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if below && entry.file_type()?.is_dir() {
            collect(&entry.path(), wanted, below, found)?;
        } else if wanted(&name) {
            // A message may be moved or deleted while we look.
            match std::fs::metadata(entry.path()) {
                Ok(metadata) if metadata.is_file() => found.push((metadata.modified()?, entry.path())),
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
    }
    Ok(())
}

fn of_slices(file: Arc<File>, slices: Vec<Range<u64>>, name: &str, last: Option<usize>) -> Vec<Mail> {
    let skipped = last.map_or(0, |last| slices.len().saturating_sub(last));
    let mail =
        |(index, range)| Mail { label: format!("{name}#{}", index + 1), content: Content::Slice(file.clone(), range) };
    slices.into_iter().enumerate().skip(skipped).map(mail).collect()
}

/// Where the messages of an mbox lie (RFC 4155): each begins after a line
/// `From …` that is the first of the file or follows an empty one.
fn slices(mut reader: impl io::BufRead) -> io::Result<Vec<Range<u64>>> {
    let mut slices: Vec<Range<u64>> = Vec::new();
    let (mut at, mut empty, mut line) = (0, true, Vec::new());
    loop {
        line.clear();
        let read = reader.read_until(b'\n', &mut line)? as u64;
        if read == 0 {
            break;
        }
        if empty && is_separator(&line) {
            if let Some(last) = slices.last_mut() {
                last.end = at;
            }
            slices.push(at + read..at + read);
        }
        empty = matches!(line.as_slice(), b"\n" | b"\r\n");
        at += read;
    }
    if let Some(last) = slices.last_mut() {
        last.end = at;
    }
    Ok(slices)
}

/// `From somebody Thu Nov 26 09:00:00 2026`: a time of day tells it from a
/// sentence that begins so.
fn is_separator(line: &[u8]) -> bool {
    let Some(rest) = line.strip_prefix(b"From ") else { return false };
    rest.windows(5).any(|w| w[2] == b':' && [w[0], w[1], w[3], w[4]].iter().all(u8::is_ascii_digit))
}

/// Takes one `>` from the lines `>From`, `>>From` … (mboxrd), and the empty
/// line before the next separator.
fn unquoted(raw: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(raw.len());
    let mut rest = raw;
    while !rest.is_empty() {
        let end = memchr(b'\n', rest).map_or(rest.len(), |at| at + 1);
        let (line, next) = rest.split_at(end);
        let quoted = line.first() == Some(&b'>');
        let inner = &line[line.iter().take_while(|b| **b == b'>').count()..];
        out.extend_from_slice(if quoted && inner.starts_with(b"From ") { &line[1..] } else { line });
        rest = next;
    }
    for end in [&b"\r\n\r\n"[..], b"\n\n"] {
        if out.ends_with(end) {
            out.truncate(out.len() - end.len() / 2);
            break;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(mails: Vec<Mail>) -> Vec<(String, String)> {
        mails.into_iter().map(|m| (m.label.clone(), String::from_utf8(m.read().unwrap()).unwrap())).collect()
    }

    const MBOX: &str = "From a@b.example Thu Nov 26 09:00:00 2026\nSubject: 1\n\nFrom here on it is text\n>From now\n\n\
         From c@d.example Thu Nov 26 09:00:01 2026\nSubject: 2\n\nnot\nFrom x Thu Nov 26 09:00:01 2026\n";

    #[test]
    fn an_mbox_is_cut_at_separators_alone() {
        let scratch = tempfile::tempdir().unwrap();
        let path = scratch.path().join("m");
        std::fs::write(&path, MBOX).unwrap();
        let name = path.display().to_string();
        let expected = [
            (format!("{name}#1"), "Subject: 1\n\nFrom here on it is text\nFrom now\n".to_owned()),
            (format!("{name}#2"), "Subject: 2\n\nnot\nFrom x Thu Nov 26 09:00:01 2026\n".to_owned()),
        ];
        assert_eq!(read(list(&path, None).unwrap()), expected);
        assert_eq!(read(list(&path, Some(1)).unwrap()), expected[1..]);
        let piped = from_reader(MBOX.as_bytes(), &name, None).unwrap();
        assert_eq!(read(piped), expected);
    }

    #[test]
    fn folders_and_maildirs_are_told_apart_and_the_newest_are_taken() {
        let scratch = tempfile::tempdir().unwrap();
        let write = |name: &str, age: u64| {
            let path = scratch.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, name).unwrap();
            let then = SystemTime::now() - std::time::Duration::from_secs(age);
            File::options().write(true).open(&path).unwrap().set_modified(then).unwrap();
        };
        for (name, age) in [("d/a.eml", 1), ("d/in/b.EML", 9), ("d/c.eml", 5), ("d/notes.txt", 0)] {
            write(name, age);
        }
        let labels = |name: &str, last| {
            let found = read(list(&scratch.path().join(name), last).unwrap());
            found.into_iter().map(|(_, text)| text).collect::<Vec<_>>()
        };
        assert_eq!(labels("d", None), ["d/a.eml", "d/c.eml", "d/in/b.EML"]);
        assert_eq!(labels("d", Some(2)), ["d/a.eml", "d/c.eml"]);
        for (name, age) in [("m/cur/1:2,S", 5), ("m/new/2", 1), ("m/cur/3:2,", 3), ("m/tmp/4", 0), ("m/.x/cur/5", 0)] {
            write(name, age);
        }
        assert_eq!(labels("m", None), ["m/cur/1:2,S", "m/cur/3:2,", "m/new/2"]);
        assert_eq!(labels("m", Some(1)), ["m/new/2"]);
        write("one", 0);
        assert_eq!(labels("one", None), ["one"]);
        std::fs::create_dir(scratch.path().join("empty")).unwrap();
        assert!(matches!(list(&scratch.path().join("empty"), None), Err(CorpusError::Empty(_))));
        assert!(matches!(list(&scratch.path().join("gone"), None), Err(CorpusError::File { .. })));
    }

    proptest! {
        #[test]
        fn any_octets_are_cut_within_bounds_and_in_order(raw in "(From a 10:00\n|\n|>From \r\n|x|\r\n){0,40}") {
            let raw = format!("From b 09:00\n{raw}");
            let slices = slices(raw.as_bytes()).unwrap();
            prop_assert!(!slices.is_empty());
            prop_assert!(slices.iter().all(|s| s.start <= s.end && s.end <= raw.len() as u64));
            prop_assert!(slices.windows(2).all(|w| w[0].end <= w[1].start));
            prop_assert_eq!(slices.last().unwrap().end, raw.len() as u64);
            for slice in slices {
                let inner = &raw.as_bytes()[slice.start as usize..slice.end as usize];
                prop_assert!(unquoted(inner).len() <= inner.len());
            }
        }
    }
}
