//! Holds the source to the table of rooms in docs/architecture.md: a room uses
//! exactly the rooms listed for it, all of them listed above it, and the core
//! has no I/O, clock, async or randomness.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// The ```rooms block of docs/architecture.md: `layer/room: used used …`.
fn table() -> Vec<(String, BTreeSet<String>)> {
    let doc = fs::read_to_string(root().join("docs/architecture.md")).expect("docs/architecture.md");
    let block = doc.split("```rooms\n").nth(1).and_then(|b| b.split("```").next()).expect("a ```rooms block");
    let row = |line: &str| {
        let (room, used) = line.split_once(':').unwrap_or_else(|| panic!("`{line}` is no row"));
        (room.trim().to_owned(), used.split_whitespace().map(str::to_owned).collect())
    };
    block.lines().filter(|l| !l.trim().is_empty()).map(row).collect()
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// All source files with the room each belongs to.
fn files() -> Vec<(String, PathBuf)> {
    let mut found = Vec::new();
    for layer in ["core", "shell", "cli"] {
        let mut stack = vec![root().join("src").join(layer)];
        while let Some(folder) = stack.pop() {
            for entry in fs::read_dir(&folder).expect("folder").flatten() {
                let path = entry.path();
                if path.is_dir() {
                    stack.push(path);
                } else if path.extension().is_some_and(|e| e == "rs") {
                    let inside = path.strip_prefix(root().join("src").join(layer)).expect("inside");
                    let first = inside.components().next().expect("one").as_os_str().to_string_lossy().into_owned();
                    let room = first.trim_end_matches(".rs").to_owned();
                    if room != "mod" {
                        found.push((format!("{layer}/{room}"), path));
                    }
                }
            }
        }
    }
    found
}

/// Source without comments and without its `#[cfg(test)]` module, which stands
/// last in a file.
fn code(path: &Path) -> String {
    let text = fs::read_to_string(path).expect("source");
    let text = text.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
    text.lines().map(|l| l.split("//").next().unwrap_or_default()).collect::<Vec<_>>().join("\n")
}

/// Rooms named in a file: `crate::core::x`, `madoguchi::core::x`, and
/// `super::x` seen from where the file lies.
fn used(room: &str, path: &Path, rooms: &BTreeSet<String>) -> BTreeSet<String> {
    let code = code(path);
    let layer = room.split('/').next().expect("layer");
    let depth = path.strip_prefix(root().join("src").join(layer)).expect("inside").components().count()
        - usize::from(path.file_name().is_some_and(|n| n == "mod.rs"));
    let up = "super::".repeat(depth);
    let mut prefixes: Vec<(String, &str)> = Vec::new();
    for other in ["core", "shell", "cli"] {
        prefixes.push((format!("crate::{other}::"), other));
    }
    prefixes.push((up.clone(), layer));
    let mut names = BTreeSet::new();
    for (prefix, layer) in &prefixes {
        for (at, _) in code.match_indices(prefix.as_str()) {
            if *prefix == up && code[..at].ends_with("super::") {
                continue;
            }
            let rest = &code[at + prefix.len()..];
            let listed = match rest.strip_prefix('{') {
                Some(list) => split_list(list),
                None => vec![rest],
            };
            for item in listed {
                let name: String = item.trim().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                let full = format!("{layer}/{name}");
                if rooms.contains(&full) && full != room {
                    names.insert(full);
                }
            }
        }
    }
    names
}

/// Items of a `use` list, at its outer level.
fn split_list(list: &str) -> Vec<&str> {
    let (mut depth, mut from, mut items) = (0, 0, Vec::new());
    for (i, c) in list.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => {
                items.push(&list[from..i]);
                return items;
            }
            '}' => depth -= 1,
            ',' if depth == 0 => {
                items.push(&list[from..i]);
                from = i + 1;
            }
            _ => {}
        }
    }
    items
}

#[test]
fn rooms_use_exactly_what_the_architecture_says() {
    let table = table();
    let rooms: BTreeSet<String> = table.iter().map(|(room, _)| room.clone()).collect();
    let mut actual: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut wrong = Vec::new();
    for (room, path) in files() {
        if !rooms.contains(&room) {
            wrong.push(format!("{room} ({}) is not in docs/architecture.md", path.display()));
        }
        actual.entry(room.clone()).or_default().extend(used(&room, &path, &rooms));
    }
    let mut above = BTreeSet::new();
    for (room, allowed) in &table {
        let uses = actual.get(room).unwrap_or_else(|| panic!("{room} is in docs/architecture.md and not in src"));
        wrong.extend(uses.difference(allowed).map(|o| format!("{room} uses {o}: not in docs/architecture.md")));
        wrong
            .extend(allowed.difference(uses).map(|o| format!("{room} does not use {o}: docs/architecture.md says so")));
        wrong.extend(allowed.difference(&above).map(|o| format!("{room} may not use {o}, which stands below it")));
        above.insert(room.clone());
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn the_core_has_no_effects() {
    const EFFECTS: &[&str] = &[
        "std::fs",
        "std::net",
        "std::env",
        "std::process",
        "std::thread",
        "std::time::Instant",
        "SystemTime",
        "Instant::now",
        "Timestamp::now",
        "Zoned::now",
        "tokio",
        "async fn",
        "async move",
        ".await",
        "rand::",
        "fastrand",
        "rusqlite",
        "lettre",
        "async_imap",
        "println!",
        "eprintln!",
        "tracing",
    ];
    let mut wrong = Vec::new();
    for (room, path) in files().into_iter().filter(|(room, _)| room.starts_with("core/")) {
        let code = code(&path);
        wrong
            .extend(EFFECTS.iter().filter(|e| code.contains(**e)).map(|e| format!("{room} ({}): {e}", path.display())));
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn only_their_rooms_use_the_parsers_senders_and_sql() {
    let owners = [
        ("mail_parser", "core/inquiry"),
        ("rusqlite", "shell/ledger"),
        ("lettre", "shell/delivery"),
        ("async_imap", "shell/source"),
        ("mail_builder", "core/compose"),
        ("mail_auth", "shell/verify"),
    ];
    for (krate, owner) in owners {
        for (room, path) in files() {
            let uses = code(&path).contains(&format!("{krate}::"));
            assert!(!uses || room == owner, "{room} ({}) uses {krate}: only {owner} may", path.display());
        }
    }
}
