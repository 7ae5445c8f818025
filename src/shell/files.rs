//! Folders of rules and templates on disk, and the ones compiled in, as
//! [`Files`]. Reads; does not understand what it reads.

use crate::core::diagnostic::{Diagnostic, Severity, SourceFile};
use crate::core::examples::MailTest;
use crate::core::lang::{Text, say};
use crate::core::ruleset::Files;
use include_dir::{Dir, include_dir};
use std::io::Read;
use std::path::{Path, PathBuf};

static RULES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/rules");
static TEMPLATES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/templates");

/// Largest file that is read, in bytes: 30,000 keywords need one or two
/// million.
const SIZE_MAX: u64 = 16 * 1024 * 1024;
/// Deepest folder under `templates/`.
const DEPTH_MAX: usize = 4;

/// The rules and templates that came with the program.
pub fn embedded() -> Files {
    let mut files = Files::default();
    collect(&RULES, "rules", "toml", &mut files.rules);
    collect(&TEMPLATES, "templates", "txt", &mut files.templates);
    files
}

fn collect(dir: &Dir<'_>, prefix: &str, ending: &str, files: &mut Vec<SourceFile>) {
    for file in dir.files() {
        let path = file.path();
        if path.extension().is_some_and(|e| e == ending) {
            let name = logical(prefix, path);
            files.push(SourceFile::new(&name, name.clone(), file.contents()));
        }
    }
    for inner in dir.dirs() {
        collect(inner, prefix, ending, files);
    }
    files.sort_by(|a, b| a.name.cmp(&b.name));
}

/// `rules/seminar.toml`, with `/` whatever the platform.
fn logical(prefix: &str, path: &Path) -> String {
    let parts = path.components().map(|c| c.as_os_str().to_string_lossy().into_owned());
    std::iter::once(prefix.to_owned()).chain(parts).collect::<Vec<_>>().join("/")
}

/// Reads `rules/*.toml` and `templates/**/*.txt`. The findings are warnings
/// about files that are left out; an error of the file system makes it fail
/// with all of them. Hidden files and those that editors leave (`~`, `.bak`,
/// `.swp`) are passed over.
pub fn read(rules: &Path, templates: &Path) -> Result<(Files, Vec<Diagnostic>), Vec<Diagnostic>> {
    let mut reader = Reader::default();
    reader.folder(rules, Path::new(""), "rules", "toml", 0);
    reader.folder(templates, Path::new(""), "templates", "txt", 0);
    let Reader { mut files, findings } = reader;
    if findings.iter().any(Diagnostic::is_error) {
        return Err(findings);
    }
    let is_rule = |f: &SourceFile| f.name.starts_with("rules/");
    files.sort_by(|a, b| a.name.cmp(&b.name));
    let (rules, templates) = files.into_iter().partition(is_rule);
    Ok((Files { rules, templates }, findings))
}

/// Reads the mails under `tests/` of the rules' folder, `NAME.eml` with what it
/// must lead to in `NAME.toml`; none without that folder. Both halves of a pair
/// have to be there; a mail without the other half is told when it is run.
pub fn mails(rules: &Path) -> (Vec<MailTest>, Vec<Diagnostic>) {
    let folder = rules.join("tests");
    if !folder.exists() {
        return (Vec::new(), Vec::new());
    }
    let mut mails = Reader::default();
    mails.folder(&folder, Path::new(""), "tests", "eml", 0);
    // The reader tells of every file that is neither.
    let stays = |f: &Diagnostic| !(f.code == "ignored-file" && f.file.ends_with(".toml"));
    let mut findings: Vec<Diagnostic> = mails.findings.into_iter().filter(stays).collect();
    let mut expectations = Reader::default();
    expectations.folder(&folder, Path::new(""), "tests", "toml", 0);
    findings
        .extend(expectations.findings.into_iter().filter(Diagnostic::is_error).filter(|f| f.file.ends_with(".toml")));
    let stem = |file: &SourceFile| file.name.rsplit_once('.').map(|(stem, _)| stem.to_owned());
    for lonely in expectations.files.iter().filter(|f| !mails.files.iter().any(|m| stem(m) == stem(f))) {
        let shown = &lonely.shown;
        let message = say!("there is no mail for `{shown}`", "`{shown}` に対するメールがありません");
        findings.push(Diagnostic::whole("missing-mail", shown.clone(), message).help(say!(
            "save the mail under the same name with the ending `.eml`, or delete this file",
            "同じ名前で末尾が `.eml` のメールを置くか、このファイルを消してください"
        )));
    }
    let pairs = mails.files.into_iter().map(|mail| MailTest {
        expectation: expectations.files.iter().find(|f| stem(f) == stem(&mail)).cloned(),
        name: mail.shown,
        raw: mail.bytes,
    });
    (pairs.collect(), findings)
}

#[derive(Default)]
struct Reader {
    files: Vec<SourceFile>,
    findings: Vec<Diagnostic>,
}

impl Reader {
    fn folder(&mut self, root: &Path, below: &Path, prefix: &str, ending: &str, depth: usize) {
        let folder = root.join(below);
        let entries = match std::fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) => return self.unreadable(&folder, &error),
        };
        let mut paths: Vec<PathBuf> = Vec::new();
        for entry in entries {
            match entry {
                Ok(entry) => paths.push(entry.path()),
                Err(error) => self.unreadable(&folder, &error),
            }
        }
        paths.sort();
        for path in paths {
            let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
            if left_by_tools(&name) {
                continue;
            }
            let inside = below.join(&name);
            // Follows links: a mounted configuration is made of them.
            match std::fs::metadata(&path) {
                Err(error) => self.unreadable(&path, &error),
                Ok(meta) if meta.is_dir() && prefix == "templates" && depth < DEPTH_MAX => {
                    self.folder(root, &inside, prefix, ending, depth + 1);
                }
                Ok(meta) if meta.is_dir() && prefix == "rules" && name == "tests" => {}
                Ok(meta) if meta.is_file() && path.extension().is_some_and(|e| e == ending) => {
                    self.file(&path, &logical(prefix, &inside));
                }
                Ok(_) if ["md", "eml", "json"].iter().any(|e| path.extension().is_some_and(|x| x == *e)) => {}
                Ok(_) => self.left_out(&path, ending),
            }
        }
    }

    fn file(&mut self, path: &Path, name: &str) {
        let mut bytes = Vec::new();
        let read = std::fs::File::open(path).and_then(|f| f.take(SIZE_MAX + 1).read_to_end(&mut bytes));
        match read {
            Err(error) => self.unreadable(path, &error),
            Ok(_) if bytes.len() as u64 > SIZE_MAX => {
                let most = SIZE_MAX / 1024 / 1024;
                let message = say!("the file is larger than {most} MiB", "ファイルが {most} MiB を超えています");
                self.findings.push(
                    Diagnostic::whole("unreadable", path.display().to_string(), message)
                        .help(say!("split it, or move it elsewhere", "分けるか、別の場所に移してください")),
                );
            }
            Ok(_) => self.files.push(SourceFile::new(name, path.display().to_string(), bytes)),
        }
    }

    fn unreadable(&mut self, path: &Path, error: &std::io::Error) {
        let shown = path.display().to_string();
        let message =
            say!("`{shown}` cannot be read: {reason}", "`{shown}` を読めません: {reason}"; reason = reason(error));
        let link = std::fs::symlink_metadata(path).is_ok_and(|meta| meta.is_symlink());
        let help = match error.kind() {
            std::io::ErrorKind::NotFound if link => say!(
                "the link points to nothing: put the file there, or remove the link",
                "リンク先がありません。ファイルを置くか、リンクを消してください"
            ),
            std::io::ErrorKind::NotFound => say!(
                "check the path in madoguchi.toml; it is relative to that file",
                "madoguchi.toml のパスを確かめてください（そのファイルからの相対パスです）"
            ),
            std::io::ErrorKind::PermissionDenied => say!(
                "let the user that madoguchi runs as read it",
                "madoguchi を動かす利用者が読めるようにしてください"
            ),
            _ => say!("look at the file system", "ファイルシステムを確かめてください"),
        };
        self.findings.push(Diagnostic::whole("unreadable", shown, message).help(help));
    }

    fn left_out(&mut self, path: &Path, ending: &str) {
        let shown = path.display().to_string();
        let message = say!("`{shown}` is not read", "`{shown}` は読まれません");
        let finding = Diagnostic::whole("ignored-file", shown, message).help(say!(
            "give it the ending `.{ending}`, or move it elsewhere",
            "末尾を `.{ending}` にするか、別の場所に移してください"
        ));
        self.findings.push(Diagnostic { severity: Severity::Warning, ..finding });
    }
}

/// The system's words without Rust's `(os error 2)`.
fn reason(error: &std::io::Error) -> Text {
    let text = error.to_string();
    let en = text.split(" (os error").next().unwrap_or(&text).to_lowercase();
    match error.kind() {
        std::io::ErrorKind::NotFound => say!("{en}", "ありません"),
        std::io::ErrorKind::PermissionDenied => say!("{en}", "読む権限がありません"),
        std::io::ErrorKind::IsADirectory => say!("{en}", "フォルダーです"),
        _ => say!("{en}", "{en}"),
    }
}

fn left_by_tools(name: &str) -> bool {
    name.starts_with(['.', '#'])
        || name.ends_with('~')
        || [".bak", ".swp", ".tmp", ".orig"].iter().any(|e| name.ends_with(e))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_read_and_what_is_left_out_is_said() {
        let scratch = tempfile::tempdir().unwrap();
        let (rules, templates) = (scratch.path().join("rules"), scratch.path().join("templates"));
        std::fs::create_dir_all(templates.join("reply")).unwrap();
        std::fs::create_dir(&rules).unwrap();
        for (name, text) in [
            ("rules/b.toml", "b"),
            ("rules/a.toml", "a"),
            ("rules/a.toml~", "old"),
            ("rules/.#a.toml", "lock"),
            ("rules/README.md", "read"),
            ("rules/seminar.tml", "slip"),
            ("templates/reply/x.ja.txt", "x"),
        ] {
            std::fs::write(scratch.path().join(name), text).unwrap();
        }
        let (files, findings) = read(&rules, &templates).unwrap();
        let names: Vec<&str> = files.iter().map(|f| &*f.name).collect();
        assert_eq!(names, ["rules/a.toml", "rules/b.toml", "templates/reply/x.ja.txt"]);
        assert_eq!(files.rules[0].shown, rules.join("a.toml").display().to_string());
        assert_eq!(findings.len(), 1);
        assert!(findings[0].message.en.contains("seminar.tml") && findings[0].severity == Severity::Warning);
    }

    #[test]
    fn both_missing_folders_are_reported() {
        let scratch = tempfile::tempdir().unwrap();
        let findings = read(&scratch.path().join("r"), &scratch.path().join("t")).unwrap_err();
        let codes: Vec<&str> = findings.iter().map(|f| f.code).collect();
        assert_eq!(codes, ["unreadable", "unreadable"]);
        assert!(findings[0].message.en.ends_with("no such file or directory"), "{}", findings[0].message);
    }

    #[cfg(unix)]
    #[test]
    fn links_are_followed_and_broken_ones_reported() {
        let scratch = tempfile::tempdir().unwrap();
        let (rules, templates) = (scratch.path().join("rules"), scratch.path().join("templates"));
        std::fs::create_dir(&rules).unwrap();
        std::fs::create_dir(&templates).unwrap();
        std::fs::write(scratch.path().join("real"), "text").unwrap();
        std::os::unix::fs::symlink("../real", rules.join("a.toml")).unwrap();
        assert_eq!(read(&rules, &templates).unwrap().0.rules[0].bytes, b"text");
        std::os::unix::fs::symlink("../gone", rules.join("b.toml")).unwrap();
        assert_eq!(read(&rules, &templates).unwrap_err().len(), 1);
    }

    #[test]
    fn the_embedded_files_are_named_as_on_disk() {
        let files = embedded();
        assert!(files.rules.iter().any(|f| &*f.name == "rules/associations.toml"));
        assert!(files.templates.iter().any(|f| &*f.name == "templates/reply/combined.ja.txt"));
    }
}
