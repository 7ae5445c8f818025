//! One daemon per ledger: a lock of the operating system's on `<ledger>.lock`.
//! It ends with the process, however that ends, so none is ever stale; the file
//! stays behind and names who held it last. It also says when that process
//! cannot write the ledger, for then the ledger cannot.

use super::LedgerError;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The lock, held until dropped.
#[derive(Debug)]
pub struct Lock {
    file: File,
    owner: String,
}

/// Who holds a ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
    /// 0 when the file did not tell.
    pub pid: u32,
    pub since: Option<jiff::Timestamp>,
    /// Why it cannot write the ledger; `None` when it can.
    pub trouble: Option<String>,
}

/// The file always has this size: writing over what is there needs no room on
/// a disk that is full.
const SIZE: usize = 1024;

/// Tries within a second: `status` holds a shared lock for an instant.
const TRIES: u32 = 10;
const PAUSE: Duration = Duration::from_millis(50);

/// `<ledger>.lock`.
pub fn path_of(ledger: &Path) -> PathBuf {
    let mut name = ledger.as_os_str().to_owned();
    name.push(".lock");
    PathBuf::from(name)
}

impl Lock {
    /// Takes the lock for this process, or says who has it.
    pub fn acquire(ledger: &Path, now: jiff::Timestamp) -> Result<Lock, LedgerError> {
        let path = path_of(ledger);
        let open = |e: std::io::Error| LedgerError::Open { path: path.clone(), cause: e.to_string() };
        let mut file =
            OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path).map_err(open)?;
        for attempt in 1.. {
            match file.try_lock() {
                Ok(()) => break,
                Err(TryLockError::WouldBlock) if attempt < TRIES => std::thread::sleep(PAUSE),
                Err(TryLockError::WouldBlock) => {
                    return Err(LedgerError::InUse { ledger: ledger.to_owned(), owner: read_owner(&mut file) });
                }
                Err(TryLockError::Error(e)) => return Err(open(e)),
            }
        }
        let lock = Lock { file, owner: format!("{} {now}", std::process::id()) };
        lock.file.set_len(SIZE as u64).and_then(|()| lock.note(None)).map_err(open)?;
        Ok(lock)
    }

    /// Says that the ledger cannot be written, or that it can.
    pub fn note(&self, trouble: Option<&str>) -> std::io::Result<()> {
        let trouble: String = trouble.unwrap_or_default().chars().filter(|c| !c.is_control()).take(200).collect();
        let mut text = format!("{}\n{trouble}\n", self.owner).into_bytes();
        text.resize(SIZE, b'\n');
        self.file.write_all_at(&text, 0)
    }
}

/// Who holds the ledger now, if anybody does.
pub fn owner(ledger: &Path) -> Option<Owner> {
    let mut file = File::open(path_of(ledger)).ok()?;
    match file.try_lock_shared() {
        Err(TryLockError::WouldBlock) => Some(read_owner(&mut file)),
        Ok(()) | Err(TryLockError::Error(_)) => None,
    }
}

fn read_owner(file: &mut File) -> Owner {
    let mut text = String::new();
    let _ = file.rewind().and_then(|()| file.read_to_string(&mut text));
    let (owner, rest) = text.split_once('\n').unwrap_or((&text, ""));
    let mut words = owner.split_whitespace();
    Owner {
        pid: words.next().and_then(|w| w.parse().ok()).unwrap_or(0),
        since: words.next().and_then(|w| w.parse().ok()),
        trouble: rest.lines().next().filter(|line| !line.is_empty()).map(str::to_owned),
    }
}

/// `process 4711 since 2026-11-22 10:00:00 JST`.
impl std::fmt::Display for Owner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.pid {
            0 => f.write_str("another process")?,
            pid => write!(f, "process {pid}")?,
        }
        match self.since {
            Some(since) => write!(f, ", started {since}"),
            None => Ok(()),
        }
    }
}
