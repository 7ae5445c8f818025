//! The one writer: a thread with the only writing connection. Callers that
//! wait at the same time share a transaction, and so an fsync (group commit).

use super::LedgerError;
use rusqlite::Connection;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tokio::sync::oneshot;

/// Most callers that share one commit: bounds the time until the first of
/// them is answered.
const GROUP_MAX: usize = 512;

/// How long those who came first wait for as many others as shared the last
/// commit. About as long as a fast disk takes for one.
const GATHER: Duration = Duration::from_micros(300);

/// Tells a caller how its work ended, once the commit is known.
type Answer = Box<dyn FnOnce(Result<(), LedgerError>) + Send>;
/// Runs inside the shared transaction, or learns why there is none. `Err`
/// undoes this work alone.
type Work = Box<dyn FnOnce(Result<&Connection, LedgerError>) -> Result<Answer, (LedgerError, Answer)> + Send>;

/// Counts what the writer did; for tests, benchmarks and metrics.
#[derive(Debug, Default)]
pub struct Counts {
    /// Transactions that changed something: each is one fsync.
    pub commits: AtomicU64,
    /// Calls answered.
    pub calls: AtomicU64,
}

/// Work on its way to the thread.
struct Job {
    work: Work,
    /// In a transaction of its own: of what changes much, SQLite would keep a
    /// copy, so that it alone could be undone.
    alone: bool,
}

/// Hands work to the thread.
pub struct Writer {
    jobs: Mutex<Option<mpsc::Sender<Job>>>,
    thread: Mutex<Option<JoinHandle<()>>>,
    pub counts: Arc<Counts>,
}

impl Writer {
    /// Starts the thread around a connection.
    pub fn start(connection: Connection) -> Result<Writer, std::io::Error> {
        let (jobs, queue) = mpsc::channel();
        let counts = Arc::new(Counts::default());
        let counted = counts.clone();
        let thread = std::thread::Builder::new()
            .name("ledger".to_owned())
            .spawn(move || serve(&connection, &queue, &counted))?;
        Ok(Writer { jobs: Mutex::new(Some(jobs)), thread: Mutex::new(Some(thread)), counts })
    }

    /// Runs `work` in a transaction and returns after its commit; `alone` when
    /// it changes much.
    pub async fn call<R: Send + 'static>(
        &self,
        alone: bool,
        work: impl FnOnce(&Connection) -> Result<R, LedgerError> + Send + 'static,
    ) -> Result<R, LedgerError> {
        let (sender, receiver) = oneshot::channel::<Result<R, LedgerError>>();
        let work: Work = Box::new(move |connection| match connection.and_then(work) {
            Ok(value) => Ok(Box::new(move |committed| {
                let _ = sender.send(committed.map(|()| value));
            })),
            Err(error) => Err((
                error,
                Box::new(move |ended| {
                    let _ = sender.send(Err(ended.err().unwrap_or(LedgerError::Closed)));
                }),
            )),
        });
        {
            let jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
            jobs.as_ref().and_then(|jobs| jobs.send(Job { work, alone }).ok()).ok_or(LedgerError::Closed)?;
        }
        receiver.await.map_err(|_| LedgerError::Closed)?
    }

    /// Ends the thread after what was handed in is done. Blocks.
    pub fn stop(&self) {
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take() {
            let _ = thread.join();
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.stop();
    }
}

fn serve(connection: &Connection, queue: &mpsc::Receiver<Job>, counts: &Counts) {
    let mut next = None;
    // How many shared the last commit. After one alone nobody waits: mail that
    // comes singly is not delayed.
    let mut expected = 1;
    while let Some(first) = next.take().or_else(|| queue.recv().ok()) {
        let alone = first.alone;
        let mut group = vec![first.work];
        let until = Instant::now() + GATHER;
        while !alone && group.len() < GROUP_MAX {
            let job = match queue.try_recv() {
                Ok(job) => job,
                Err(_) if group.len() >= expected => break,
                Err(_) => match queue.recv_timeout(until.saturating_duration_since(Instant::now())) {
                    Ok(job) => job,
                    Err(_) => break,
                },
            };
            if job.alone {
                next = Some(job);
                break;
            }
            group.push(job.work);
        }
        if !alone {
            expected = group.len();
        }
        counts.calls.fetch_add(group.len() as u64, Ordering::Relaxed);
        let mut rest = group.into_iter();
        while rest.len() > 0 {
            transaction(connection, &mut rest, counts);
        }
    }
}

/// A statement that is run again and again.
fn run(connection: &Connection, statement: &str) -> Result<(), LedgerError> {
    connection.prepare_cached(statement)?.execute([])?;
    Ok(())
}

/// One transaction over the rest of a group. Ends early when SQLite itself
/// rolled everything back (disk full, I/O error): those so far are told, the
/// others get a transaction of their own.
fn transaction(connection: &Connection, group: &mut std::vec::IntoIter<Work>, counts: &Counts) {
    let before = connection.total_changes();
    let single = group.len() == 1;
    let mut ended = run(connection, "BEGIN IMMEDIATE");
    let begun = ended.is_ok();
    let mut done: Vec<Answer> = Vec::new();
    let mut failed: Vec<(LedgerError, Answer)> = Vec::new();
    for work in group.by_ref() {
        // What is alone is undone with the transaction.
        let ready = ended.and_then(|()| if single { Ok(()) } else { run(connection, "SAVEPOINT one") });
        ended = match work(ready.map(|()| connection)) {
            Ok(answer) => {
                done.push(answer);
                if single { Ok(()) } else { run(connection, "RELEASE one") }
            }
            Err((error, answer)) => {
                let undone = if single || connection.is_autocommit() {
                    Err(error.clone())
                } else {
                    connection.execute_batch("ROLLBACK TO one; RELEASE one").map_err(LedgerError::from)
                };
                failed.push((error, answer));
                undone
            }
        };
        if ended.is_err() && begun {
            break;
        }
    }
    if ended.is_ok() {
        ended = run(connection, "COMMIT");
    }
    if ended.is_err() && !connection.is_autocommit() {
        let _ = connection.execute_batch("ROLLBACK");
    }
    if ended.is_ok() && connection.total_changes() != before {
        counts.commits.fetch_add(1, Ordering::Relaxed);
    }
    for answer in done {
        answer(ended.clone());
    }
    for (error, answer) in failed {
        answer(Err(error));
    }
}
