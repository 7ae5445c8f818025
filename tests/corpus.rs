//! The checks of `fuzz/checks.rs` over the octets that fuzzing found worth
//! keeping (`fuzz/corpus/<check>/`): what once broke stays mended, on every
//! machine and without a fuzzer. `scripts/fuzz` looks for more.

#![allow(clippy::expect_used, clippy::unwrap_used)]

#[path = "../fuzz/checks.rs"]
mod checks;

use std::path::{Path, PathBuf};

/// Every file of a corpus, through its check; a failure names the file.
fn holds(name: &str, check: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(name);
    let entries = std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    assert!(!paths.is_empty(), "{} is empty", folder.display());
    for path in paths {
        let octets = std::fs::read(&path).expect("readable");
        if std::panic::catch_unwind(|| check(&octets)).is_err() {
            panic!("{} breaks `{name}`", path.display());
        }
    }
}

macro_rules! corpora {
    ($($name:ident)*) => {
        $(#[test]
        fn $name() {
            holds(stringify!($name), checks::$name);
        })*
    };
}

corpora!(fold zones inquiry negation places screen compose config rules directory templates);
