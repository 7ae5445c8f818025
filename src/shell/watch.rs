//! Tells when files in some folders changed. Owns the debouncing: editors write
//! a file in several steps, or put another one in its place. Reads no file.

use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use std::path::Path;
use std::time::Duration;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

/// A change is told when nothing more happened for this long.
const QUIET: Duration = Duration::from_millis(100);
/// Or this long after its beginning, whatever goes on.
const LONGEST: Duration = Duration::from_secs(2);

/// Watches folders and all below them until it is dropped.
pub struct Watch {
    _watcher: RecommendedWatcher,
    changes: UnboundedReceiver<()>,
}

impl Watch {
    /// Errors: a folder that is not there, or a system that has no more watches.
    pub fn folders(folders: &[&Path]) -> notify::Result<Watch> {
        let (tell, changes) = unbounded_channel();
        let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
            // Reading our own files must not set us off again.
            if event.is_ok_and(|event| !matches!(event.kind, EventKind::Access(_))) {
                let _ = tell.send(());
            }
        })?;
        for folder in folders {
            watcher.watch(folder, RecursiveMode::Recursive)?;
        }
        Ok(Watch { _watcher: watcher, changes })
    }

    /// Waits for the next change and until it is over. Never returns when
    /// there is nothing left that could change. May be dropped.
    pub async fn changed(&mut self) {
        if self.changes.recv().await.is_none() {
            std::future::pending::<()>().await;
        }
        let quiet = async { while let Ok(Some(())) = tokio::time::timeout(QUIET, self.changes.recv()).await {} };
        let _ = tokio::time::timeout(LONGEST, quiet).await;
    }
}
