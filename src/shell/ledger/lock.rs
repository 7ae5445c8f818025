//! One daemon per ledger: a lock of the operating system's on `<ledger>.lock`.
//! It ends with the process, however that ends, so none is ever stale; the file
//! stays behind and names who held it last.

use super::LedgerError;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The lock, held until dropped.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

/// Who holds a ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
    /// 0 when the file did not tell.
    pub pid: u32,
    pub since: Option<jiff::Timestamp>,
}

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
        let text = format!("{} {now}\n", std::process::id());
        file.set_len(0).and_then(|()| file.rewind()).and_then(|()| file.write_all(text.as_bytes())).map_err(open)?;
        Ok(Lock { _file: file })
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
    let mut words = text.split_whitespace();
    Owner {
        pid: words.next().and_then(|w| w.parse().ok()).unwrap_or(0),
        since: words.next().and_then(|w| w.parse().ok()),
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
