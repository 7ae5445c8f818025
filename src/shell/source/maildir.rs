//! Maildir mailbox: messages arrive as files in `new/` and move to `cur/` with
//! flags when handled. Owns what counts as arrived (a file that has stopped
//! growing), the order of arrival, and the watch on the folder. No other
//! program may take mail out of `new/`; where people read the mailbox too, use
//! IMAP.

use super::mutf7;
use super::{Arrival, BATCH_MESSAGES, BATCH_OCTETS, MESSAGE_MAX, Mark, Opened, Origin, Source, SourceError, Watermark};
use crate::shell::config::FirstRun;
use futures_util::future::BoxFuture;
use notify::event::{AccessKind, AccessMode, ModifyKind, RenameMode};
use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use sha2::Digest;
use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};
use std::fs::{self, File, Metadata};
use std::io::{self, Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};
use tokio::sync::Notify;

/// A file untouched for this long is whole. A delivering server renames a
/// finished file into `new/`; people copy into it.
const QUIET: Duration = Duration::from_millis(250);

/// An empty file may still be filled; after this it is a message without content.
const QUIET_EMPTY: Duration = Duration::from_secs(5);

/// Files remembered by one look through the folder; of more, the oldest.
const BACKLOG: usize = 4096;

/// Most that is read of the header section of a message over [`MESSAGE_MAX`].
const HEADER_MAX: u64 = 1024 * 1024;

/// Longest file name that still has room for flags.
const NAME_MAX: usize = 200;

/// A file that cannot be read is tried again after this.
const TRY_AGAIN: Duration = Duration::from_secs(30);

/// Pause between looks where the system cannot watch the folder.
const UNWATCHED: Duration = Duration::from_secs(1);

/// A Maildir.
pub struct Maildir {
    path: PathBuf,
    first_run: FirstRun,
    /// Files seen and not yet given out, oldest first.
    backlog: VecDeque<Entry>,
    /// Files given out and not yet marked. Shared with the thread that looks.
    given: Arc<HashSet<FileId>>,
    /// Files that may still grow: what they looked like, and since when.
    growing: HashMap<FileId, Look>,
    /// Files that could not be read, and when that was tried last.
    unreadable: HashMap<FileId, Instant>,
    /// Paths that were complained of, each once.
    told: HashSet<PathBuf>,
    /// `cur/` was read through; only a first run that takes old mail does.
    cur_read: bool,
    watch: Option<Watch>,
}

/// What stays the same when a file is renamed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct FileId {
    inode: u64,
    modified: i128,
}

impl FileId {
    fn of(metadata: &Metadata) -> FileId {
        FileId { inode: metadata.ino(), modified: nanoseconds(metadata) }
    }
}

/// Modification time in nanoseconds since 1970.
fn nanoseconds(metadata: &Metadata) -> i128 {
    i128::from(metadata.mtime()) * 1_000_000_000 + i128::from(metadata.mtime_nsec())
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    // First, so that entries sort by arrival.
    modified: i128,
    name: String,
    folder: &'static str,
    size: u64,
    file: FileId,
}

#[derive(Debug, Clone, Copy)]
struct Look {
    size: u64,
    at: Instant,
}

struct Watch {
    news: Arc<Notify>,
    /// Kept alive; `None` where the system cannot watch.
    watcher: Option<RecommendedWatcher>,
}

impl Maildir {
    /// `first_run`: anything but `New` also takes what lies in `cur/`, for as
    /// long as the watermark says that this was not done yet.
    pub fn new(path: PathBuf, first_run: FirstRun) -> Maildir {
        Maildir {
            path,
            first_run,
            backlog: VecDeque::new(),
            given: Arc::default(),
            growing: HashMap::new(),
            unreadable: HashMap::new(),
            told: HashSet::new(),
            cur_read: false,
            watch: None,
        }
    }

    async fn open_now(&mut self) -> Result<Opened, SourceError> {
        self.backlog.clear();
        self.given = Arc::default();
        self.growing.clear();
        self.cur_read = false;
        self.watch = None;
        let path = self.path.clone();
        let exists = blocking(move || {
            let new = path.join("new");
            if !new.is_dir() {
                let cause =
                    "no Maildir: it has no folder `new`; make it with folders `new`, `cur` and `tmp`".to_owned();
                return Err(SourceError::File { path: path.display().to_string(), cause });
            }
            for folder in ["cur", "tmp"] {
                fs::create_dir_all(path.join(folder)).map_err(|e| file_error(&path.join(folder), &e))?;
            }
            let mut exists = 0;
            for folder in ["new", "cur"] {
                let folder = path.join(folder);
                exists += fs::read_dir(&folder).map_err(|e| file_error(&folder, &e))?.count();
            }
            Ok(u32::try_from(exists).unwrap_or(u32::MAX))
        })
        .await?;
        self.watch = Some(watch(&self.path.join("new")));
        Ok(Opened { uid_validity: 0, uid_next: 1, exists })
    }

    async fn fetch_now(
        &mut self,
        after: Watermark,
        since: Option<jiff::Timestamp>,
    ) -> Result<Vec<Arrival>, SourceError> {
        let with_cur = self.first_run != FirstRun::New && after.uid == 0 && !self.cur_read;
        loop {
            if self.backlog.is_empty() {
                self.look(with_cur, since).await?;
            }
            if self.backlog.is_empty() {
                if with_cur {
                    self.cur_read = true;
                }
                return Ok(Vec::new());
            }
            let mut octets = 0;
            let batch: Vec<Entry> = self
                .backlog
                .iter()
                .take(BATCH_MESSAGES)
                .take_while(|entry| {
                    let first = octets == 0;
                    octets += entry.size.clamp(1, MESSAGE_MAX);
                    first || octets <= BATCH_OCTETS
                })
                .cloned()
                .collect();
            let path = self.path.clone();
            let wanted = batch.clone();
            let read = blocking(move || Ok(wanted.iter().map(|entry| read(&path, entry)).collect::<Vec<_>>())).await?;
            // Given out only now: a call dropped above gives the same files again.
            self.backlog.drain(..batch.len());
            let mut arrivals = Vec::new();
            for (entry, read) in batch.into_iter().zip(read) {
                match read {
                    Ok(arrival) => {
                        Arc::make_mut(&mut self.given).insert(entry.file);
                        arrivals.push(arrival);
                    }
                    // Taken away between looking and reading.
                    Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                    Err(error) => {
                        self.unreadable.insert(entry.file, Instant::now());
                        self.report(&self.path.join(entry.folder).join(&entry.name), &error);
                    }
                }
            }
            if !arrivals.is_empty() {
                return Ok(arrivals);
            }
        }
    }

    /// Refills the backlog from the folder.
    async fn look(&mut self, with_cur: bool, since: Option<jiff::Timestamp>) -> Result<(), SourceError> {
        let path = self.path.clone();
        self.unreadable.retain(|_, tried| tried.elapsed() < TRY_AGAIN);
        let known = Known {
            given: Arc::clone(&self.given),
            growing: self.growing.clone(),
            unreadable: self.unreadable.keys().copied().collect(),
        };
        let looked = blocking(move || Ok(look(&path, with_cur, since, &known))).await?;
        self.growing = looked.growing;
        for (path, error) in &looked.trouble {
            self.report(path, error);
        }
        self.backlog = looked.found?;
        Ok(())
    }

    /// Tells of a file that cannot be read, once; it is tried again and again.
    fn report(&mut self, path: &Path, error: &io::Error) {
        if self.told.insert(path.to_owned()) {
            tracing::warn!(path = %path.display(), %error, "message cannot be read; it stays where it is");
        }
    }

    async fn wait_now(&mut self, at_most: Duration) -> Result<(), SourceError> {
        if !self.backlog.is_empty() {
            return Ok(());
        }
        let Some(watch) = &self.watch else {
            tokio::time::sleep(at_most.min(UNWATCHED)).await;
            return Ok(());
        };
        let mut longest = if watch.watcher.is_some() { at_most } else { at_most.min(UNWATCHED) };
        if let Some(first) = self.growing.values().map(Look::whole_in).min() {
            longest = longest.min(first);
        }
        // Arrivals since the last look have left a permit.
        tokio::select! {
            () = watch.news.notified() => {}
            () = tokio::time::sleep(longest) => {}
        }
        Ok(())
    }
}

impl Look {
    /// Time until the file counts as whole, if nothing touches it.
    fn whole_in(&self) -> Duration {
        quiet(self.size).saturating_sub(self.at.elapsed())
    }
}

fn quiet(size: u64) -> Duration {
    if size == 0 { QUIET_EMPTY } else { QUIET }
}

impl Source for Maildir {
    fn open(&mut self) -> BoxFuture<'_, Result<Opened, SourceError>> {
        Box::pin(self.open_now())
    }

    fn fetch(
        &mut self,
        after: Watermark,
        since: Option<jiff::Timestamp>,
    ) -> BoxFuture<'_, Result<Vec<Arrival>, SourceError>> {
        Box::pin(self.fetch_now(after, since))
    }

    fn wait(&mut self, at_most: Duration) -> BoxFuture<'_, Result<(), SourceError>> {
        Box::pin(self.wait_now(at_most))
    }

    fn mark<'a>(&'a mut self, marks: &'a [Mark]) -> BoxFuture<'a, Result<(), SourceError>> {
        Box::pin(async move {
            let (path, wanted) = (self.path.clone(), marks.to_vec());
            let moved = blocking(move || mark(&path, &wanted)).await?;
            // While `cur/` is still being read, a file moved into it must stay known.
            if self.first_run == FirstRun::New || self.cur_read {
                let given = Arc::make_mut(&mut self.given);
                for file in moved {
                    given.remove(&file);
                }
            }
            Ok(())
        })
    }

    fn holds<'a>(&'a mut self, folder: &'a str, message_id: &'a str) -> BoxFuture<'a, Result<bool, SourceError>> {
        let (path, folder, id) = (self.path.clone(), folder.to_owned(), format!("<{message_id}>"));
        Box::pin(async move {
            blocking(move || {
                let place = folder_path(&path, &folder);
                holds(&place, &id).map_err(|error| file_error(&place, &error))
            })
            .await
        })
    }

    fn append<'a>(&'a mut self, folder: &'a str, message: &'a [u8]) -> BoxFuture<'a, Result<(), SourceError>> {
        let (path, folder, message) = (self.path.clone(), folder.to_owned(), message.to_vec());
        Box::pin(async move {
            blocking(move || {
                let place = folder_path(&path, &folder);
                append(&path, &place, &message).map_err(|error| file_error(&place, &error))
            })
            .await
        })
    }
}

/// Runs file work off the async threads.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, SourceError> + Send + 'static,
) -> Result<T, SourceError> {
    tokio::task::spawn_blocking(work)
        .await
        .unwrap_or_else(|error| Err(SourceError::File { path: "Maildir".to_owned(), cause: error.to_string() }))
}

fn file_error(path: &Path, error: &io::Error) -> SourceError {
    SourceError::File { path: path.display().to_string(), cause: error.to_string() }
}

/// Watches a folder for files that come or change.
fn watch(folder: &Path) -> Watch {
    let news = Arc::new(Notify::new());
    let bell = Arc::clone(&news);
    let watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        // An error may mean lost events: look.
        if event.is_ok_and(|event| !may_be_news(&event.kind)) {
            return;
        }
        bell.notify_one();
    })
    .and_then(|mut watcher| watcher.watch(folder, RecursiveMode::NonRecursive).map(|()| watcher));
    if let Err(error) = &watcher {
        tracing::warn!(path = %folder.display(), %error, "folder cannot be watched; looking every second instead");
    }
    Watch { news, watcher: watcher.ok() }
}

/// False for what our own reading and moving causes.
fn may_be_news(kind: &EventKind) -> bool {
    match kind {
        EventKind::Remove(_) | EventKind::Modify(ModifyKind::Name(RenameMode::From)) => false,
        EventKind::Access(access) => matches!(access, AccessKind::Close(AccessMode::Write)),
        _ => true,
    }
}

/// What a look leaves aside, and what it compares with.
struct Known {
    given: Arc<HashSet<FileId>>,
    growing: HashMap<FileId, Look>,
    unreadable: HashSet<FileId>,
}

struct Looked {
    found: Result<VecDeque<Entry>, SourceError>,
    growing: HashMap<FileId, Look>,
    trouble: Vec<(PathBuf, io::Error)>,
}

/// The oldest files that are whole and were not given out.
fn look(path: &Path, with_cur: bool, since: Option<jiff::Timestamp>, known: &Known) -> Looked {
    let mut looked = Looked { found: Ok(VecDeque::new()), growing: HashMap::new(), trouble: Vec::new() };
    let mut oldest = BTreeSet::new();
    for folder in if with_cur { &["cur", "new"][..] } else { &["new"] } {
        if let Err(error) = look_into(path, folder, since, known, &mut looked, &mut oldest) {
            looked.found = Err(file_error(&path.join(folder), &error));
            return looked;
        }
    }
    looked.found = Ok(oldest.into_iter().collect());
    looked
}

fn look_into(
    path: &Path,
    folder: &'static str,
    since: Option<jiff::Timestamp>,
    known: &Known,
    looked: &mut Looked,
    oldest: &mut BTreeSet<Entry>,
) -> io::Result<()> {
    let now = SystemTime::now();
    for entry in fs::read_dir(path.join(folder))? {
        let entry = entry?;
        if entry.file_name().as_bytes().starts_with(b".") {
            continue;
        }
        let metadata = match fs::metadata(entry.path()) {
            Ok(metadata) if metadata.is_file() => metadata,
            Ok(_) => continue,
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => {
                looked.trouble.push((entry.path(), error));
                continue;
            }
        };
        let file = FileId::of(&metadata);
        let aside = known.given.contains(&file) || known.unreadable.contains(&file);
        if aside || since.is_some_and(|since| timestamp(&metadata) < since) {
            continue;
        }
        let age = metadata.modified().ok().and_then(|at| now.duration_since(at).ok());
        // A file dated in the future is judged by two looks alone.
        if age.is_none_or(|age| age < quiet(metadata.len())) {
            let first = known.growing.get(&file).filter(|look| look.size == metadata.len()).copied();
            let look = first.unwrap_or(Look { size: metadata.len(), at: Instant::now() });
            if !look.whole_in().is_zero() {
                looked.growing.insert(file, look);
                continue;
            }
        }
        let name = match usable_name(path, folder, &entry.file_name(), &metadata) {
            Ok(name) => name,
            Err(error) => {
                looked.trouble.push((entry.path(), error));
                continue;
            }
        };
        oldest.insert(Entry { modified: file.modified, name, folder, size: metadata.len(), file });
        if oldest.len() > BACKLOG {
            oldest.pop_last();
        }
    }
    Ok(())
}

/// The file's name; a name that is not UTF-8, or too long to take flags, is
/// changed in place.
fn usable_name(path: &Path, folder: &str, name: &std::ffi::OsStr, metadata: &Metadata) -> io::Result<String> {
    match name.to_str() {
        Some(name) if name.len() <= NAME_MAX => Ok(name.to_owned()),
        _ => {
            let usable = format!("{}.{}.renamed", metadata.mtime(), hex(&sha2::Sha256::digest(name.as_bytes())));
            fs::rename(path.join(folder).join(name), path.join(folder).join(&usable))?;
            Ok(usable)
        }
    }
}

fn hex(octets: &[u8]) -> String {
    octets.iter().take(12).map(|octet| format!("{octet:02x}")).collect()
}

fn timestamp(metadata: &Metadata) -> jiff::Timestamp {
    let nanoseconds = i32::try_from(metadata.mtime_nsec()).unwrap_or_default();
    jiff::Timestamp::new(metadata.mtime(), nanoseconds).unwrap_or_default()
}

fn read(path: &Path, entry: &Entry) -> io::Result<Arrival> {
    let mut file = File::open(path.join(entry.folder).join(&entry.name))?;
    let metadata = file.metadata()?;
    let size = metadata.len();
    let mut raw = Vec::new();
    if size > MESSAGE_MAX {
        file.take(HEADER_MAX).read_to_end(&mut raw)?;
        raw.truncate(header_end(&raw));
    } else {
        raw.reserve(usize::try_from(size).unwrap_or_default());
        file.read_to_end(&mut raw)?;
    }
    let origin = Origin { mailbox: path.display().to_string(), uid_validity: 0, id: unique(&entry.name).to_owned() };
    let flags = entry.name.split_once(":2,").map_or("", |(_, flags)| flags);
    // Replied, Passed.
    let handled = entry.folder == "cur" && flags.contains(['R', 'P']);
    Ok(Arrival { origin, raw, size, internal_date: timestamp(&metadata), handled })
}

/// Octets up to and with the first empty line.
pub(super) fn header_end(raw: &[u8]) -> usize {
    let mut line = 0;
    for (at, octet) in raw.iter().enumerate() {
        if *octet == b'\n' {
            if matches!(&raw[line..at], b"" | b"\r") {
                return at + 1;
            }
            line = at + 1;
        }
    }
    raw.len()
}

/// The name without flags.
fn unique(name: &str) -> &str {
    name.split_once(":2,").map_or(name, |(unique, _)| unique)
}

/// Moves originals; gives back which files were found.
fn mark(path: &Path, marks: &[Mark]) -> Result<Vec<FileId>, SourceError> {
    let mut read: Option<HashMap<String, String>> = None;
    let mut moved = Vec::new();
    for mark in marks {
        let id = mark.origin.id.as_str();
        let mut from = path.join("new").join(id);
        let mut flags = BTreeSet::new();
        if !from.exists() {
            let names = match &mut read {
                Some(names) => names,
                none => none.insert(names_in(&path.join("cur"))?),
            };
            let Some(name) = names.get(id) else { continue };
            from = path.join("cur").join(name);
            flags.extend(name.split_once(":2,").map_or("", |(_, flags)| flags).chars());
        }
        // Of what a person is to look at, seen is not ours to say.
        flags.extend((!mark.review).then_some('S'));
        flags.extend(mark.answered.then_some('R'));
        flags.extend(mark.forwarded.then_some('P'));
        flags.extend(mark.review.then_some('F'));
        let place = mark.folder.as_deref().map_or_else(|| path.to_owned(), |folder| folder_path(path, folder));
        match move_to(path, &from, &place, id, &flags.iter().collect::<String>()) {
            Ok(file) => moved.push(file),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(file_error(&from, &error)),
        }
    }
    Ok(moved)
}

fn names_in(folder: &Path) -> Result<HashMap<String, String>, SourceError> {
    let mut names = HashMap::new();
    for entry in fs::read_dir(folder).map_err(|error| file_error(folder, &error))? {
        let entry = entry.map_err(|error| file_error(folder, &error))?;
        if let Ok(name) = entry.file_name().into_string() {
            names.insert(unique(&name).to_owned(), name);
        }
    }
    Ok(names)
}

fn move_to(maildir: &Path, from: &Path, place: &Path, id: &str, flags: &str) -> io::Result<FileId> {
    let file = FileId::of(&fs::metadata(from)?);
    make_folder(maildir, place)?;
    // People drop files of the same name again and again: never over another one.
    for copy in 0.. {
        let name = if copy == 0 { format!("{id}:2,{flags}") } else { format!("{id}.{copy}:2,{flags}") };
        let to = place.join("cur").join(name);
        if to == from {
            break;
        }
        if !to.exists() {
            fs::rename(from, to)?;
            break;
        }
    }
    Ok(file)
}

/// Where a folder lies (Maildir++): `.Name`, levels parted by dots, in modified UTF-7.
pub fn folder_path(maildir: &Path, folder: &str) -> PathBuf {
    if folder.eq_ignore_ascii_case("INBOX") {
        return maildir.to_owned();
    }
    maildir.join(format!(".{}", mutf7::encode(folder).replace('/', ".")))
}

fn make_folder(maildir: &Path, place: &Path) -> io::Result<()> {
    if place != maildir && !place.join("cur").is_dir() {
        for part in ["tmp", "new", "cur"] {
            fs::create_dir_all(place.join(part))?;
        }
        File::create(place.join("maildirfolder"))?;
    }
    Ok(())
}

/// Whether the header section of a file names this Message-ID.
fn holds(place: &Path, id: &str) -> io::Result<bool> {
    for folder in ["cur", "new"] {
        for entry in fs::read_dir(place.join(folder))? {
            let mut raw = Vec::new();
            File::open(entry?.path())?.take(HEADER_MAX).read_to_end(&mut raw)?;
            let header = String::from_utf8_lossy(&raw[..header_end(&raw)]).to_ascii_lowercase();
            if header.lines().any(|line| line.starts_with("message-id:") && line.contains(&id.to_ascii_lowercase())) {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// Stores a copy, seen. Named by its content: storing it again makes no second file.
fn append(maildir: &Path, place: &Path, message: &[u8]) -> io::Result<()> {
    make_folder(maildir, place)?;
    let name = format!("{}.copy:2,S", hex(&sha2::Sha256::digest(message)));
    let to = place.join("cur").join(&name);
    if to.exists() {
        return Ok(());
    }
    let tmp = place.join("tmp").join(&name);
    let mut file = File::create(&tmp)?;
    file.write_all(message)?;
    file.sync_all()?;
    fs::rename(&tmp, &to)?;
    File::open(place.join("cur"))?.sync_all()
}
