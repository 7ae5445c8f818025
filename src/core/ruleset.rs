//! All rule, directory, contact and template files → one immutable
//! [`Ruleset`], or diagnostics. Never half: one error and there is none. The
//! revision is a hash of the files. Reads no disk: the shell hands in bytes.

use super::diagnostic::{self, Diagnostic, SourceFile};
use super::directory::{self, Directory};
use super::inquiry::Inquiry;
use super::lang::say;
use super::lexicon::{Builder, Hit, Lexicon};
use super::places::Gazetteer;
use super::policy::Policy;
use super::rules::Example;
use super::rules::Rules;
use super::template::Templates;
use super::text::Zone;
use sha2::{Digest, Sha256};

/// The files of a ruleset as read.
#[derive(Debug, Clone, Default)]
pub struct Files {
    /// `rules/*.toml`, any order.
    pub rules: Vec<SourceFile>,
    /// `templates/**/*.txt`, any order.
    pub templates: Vec<SourceFile>,
}

impl Files {
    /// All files, for rendering findings.
    pub fn iter(&self) -> impl Iterator<Item = &SourceFile> {
        self.rules.iter().chain(&self.templates)
    }

    /// Hash over names and bytes of all files, whatever their order, as 12
    /// hexadecimal digits.
    pub fn revision(&self) -> String {
        let mut files: Vec<&SourceFile> = self.iter().collect();
        files.sort_by(|a, b| a.name.cmp(&b.name));
        let mut hash = Sha256::new();
        for file in files {
            // Lengths first, so that no two sets of files read the same.
            hash.update((file.name.len() as u64).to_be_bytes());
            hash.update(file.name.as_bytes());
            hash.update((file.bytes.len() as u64).to_be_bytes());
            hash.update(&file.bytes);
        }
        hash.finalize().iter().take(6).map(|b| format!("{b:02x}")).collect()
    }
}

/// Everything `decide` and `compose` consult, built once, never changed.
pub struct Ruleset {
    /// Hash over names and bytes of all files, 12 hexadecimal digits.
    pub revision: String,
    pub policy: Policy,
    pub rules: Rules,
    pub directory: Directory,
    pub gazetteer: Gazetteer,
    pub templates: Templates,
    pub lexicon: Lexicon,
    pub examples: Vec<Example>,
}

impl Ruleset {
    /// Compiles the files. The warnings come with the ruleset; with one error
    /// among them there is no ruleset, and all errors of all files are given.
    /// Examples are not run here (`examples::run` does).
    pub fn build(files: &Files, policy: Policy) -> Result<(Ruleset, Vec<Diagnostic>), Vec<Diagnostic>> {
        let mut findings = doubled(files);
        let find = |name: &str| files.rules.iter().find(|f| &*f.name == name);
        let (directory, local) = directory::read(find, &policy, &mut findings);
        let mut automaton = Builder::new();
        let loaded = Rules::build(&files.rules, &mut automaton, &mut findings);
        let rules = loaded.rules;
        let gazetteer = Gazetteer::build(&local, &mut automaton, rules.owners());
        let lexicon = automaton.build();
        lint(&rules, &lexicon, &files.rules, &mut findings);
        let templates = Templates::build(&files.templates, &directory, &mut findings);
        let mut used = Vec::new();
        for reply in &loaded.replies {
            if let Some(file) = find(&reply.file) {
                templates.check_reply(&reply.name, file, reply.span.clone(), &files.templates, &mut findings);
            }
            if reply.of_topic {
                used.push(reply.name.as_str());
            }
        }
        // What a topic without a sound `reply` would use is not known.
        if used.len() == rules.topics.len() {
            templates.check_unused(&used, &files.templates, &mut findings);
        }
        diagnostic::sort(&mut findings);
        if findings.iter().any(Diagnostic::is_error) {
            return Err(findings);
        }
        let examples = loaded.examples;
        let revision = files.revision();
        Ok((Ruleset { revision, policy, rules, directory, gazetteer, templates, lexicon, examples }, findings))
    }

    /// The one pass of the automaton over subject, fresh text and signature.
    pub fn scan(&self, inquiry: &Inquiry) -> Vec<(Zone, Vec<Hit>)> {
        [&inquiry.subject, &inquiry.fresh, &inquiry.signature]
            .into_iter()
            .map(|passage| {
                let mut hits = Vec::new();
                self.lexicon.scan(&passage.folded, &mut hits);
                (passage.zone, hits)
            })
            .collect()
    }
}

/// What is odd about the patterns, but not in files that cannot be read to the
/// end or are copies: there it would follow from that.
fn lint(rules: &Rules, lexicon: &Lexicon, files: &[SourceFile], findings: &mut Vec<Diagnostic>) {
    let unsound = |f: &&Diagnostic| ["syntax", "encoding", "duplicate-file"].contains(&f.code);
    let unsound: Vec<String> = findings.iter().filter(unsound).map(|f| f.file.clone()).collect();
    let mut odd = Vec::new();
    rules.lint(lexicon, files, &mut odd);
    odd.retain(|f| !unsound.contains(&f.file) && !f.related.iter().any(|r| unsound.contains(&r.file)));
    findings.extend(odd);
}

/// Files of one name, and topics that are copies of one another: a copy kept
/// as a reserve would be a topic of its own.
fn doubled(files: &Files) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    for (index, file) in files.rules.iter().enumerate() {
        let before = &files.rules[..index];
        if before.iter().any(|f| f.name == file.name) {
            let name = &file.name;
            let message = say!("`{name}` is given twice", "`{name}` が二つあります");
            findings.push(
                Diagnostic::whole("duplicate-file", file.shown.clone(), message)
                    .help(say!("keep one of the two", "どちらか一つを残してください")),
            );
        } else if let Some(same) = before.iter().find(|f| f.bytes == file.bytes && !f.bytes.trim_ascii().is_empty()) {
            let (one, other) = (&file.shown, &same.shown);
            let message = say!("`{one}` holds the same as `{other}`", "`{one}` と `{other}` の中身が同じです");
            findings.push(
                Diagnostic::whole("duplicate-file", file.shown.clone(), message)
                    .note(say!("every file here is a topic", "ここにあるファイルは、どれも一つの分野として読まれます"))
                    .help(say!(
                        "delete one; keep copies elsewhere, or let them end in `.bak`",
                        "どちらかを消してください。控えは別の場所に置くか、名前の末尾を `.bak` にします"
                    )),
            );
        }
    }
    findings
}
