//! madoguchi.toml → [`Config`]: all errors at once, with `file:line:col`.
//! Secrets stay in their files, variables or credentials until asked for and
//! never reach a log. Opens nothing else.

mod url;

pub use url::is_loopback;

use crate::core::address::Address;
use crate::core::diagnostic::{self, Diagnostic, SourceFile};
use crate::core::lang::{Text, say};
use crate::core::policy::{Ban, ForwardMode, Limits, Policy, ReplyPath, Verify, WebForm};
use crate::core::tomlwalk::{Document, Found, Table};
use secrecy::SecretString;
use std::net::SocketAddr;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// `mailbox.url`.
#[derive(Debug, Clone)]
pub enum MailboxUrl {
    /// `imap://` and `imaps://`, with the folder as UTF-8.
    Imap { server: Server, folder: String },
    /// `maildir:PATH`.
    Maildir(PathBuf),
}

impl MailboxUrl {
    /// Which mailbox this is, in one line without secrets: the ledger's word
    /// for it. Another mailbox is read anew.
    pub fn identity(&self) -> String {
        match self {
            MailboxUrl::Imap { server, folder } => {
                format!("imap://{}@{}/{folder}", server.user.as_deref().unwrap_or_default(), server.host)
            }
            MailboxUrl::Maildir(path) => format!("maildir:{}", path.display()),
        }
    }

    fn is_local(&self) -> bool {
        match self {
            MailboxUrl::Imap { server, .. } => is_loopback(&server.host),
            MailboxUrl::Maildir(_) => true,
        }
    }
}

/// `outbound.url`.
#[derive(Debug, Clone)]
pub enum OutboundUrl {
    /// `smtp://` and `smtps://`.
    Smtp(Server),
    /// `sendmail:` or `sendmail:/path/to/sendmail`.
    Sendmail(PathBuf),
    /// `maildir:PATH`: each mail becomes a file; for the demo and tests.
    Maildir(PathBuf),
}

impl OutboundUrl {
    fn is_local(&self) -> bool {
        match self {
            OutboundUrl::Smtp(server) => is_loopback(&server.host),
            OutboundUrl::Sendmail(_) => false,
            OutboundUrl::Maildir(_) => true,
        }
    }
}

/// A server to log in to.
#[derive(Debug, Clone)]
pub struct Server {
    pub host: String,
    pub port: u16,
    pub security: Security,
    pub user: Option<String>,
    pub password: Option<SecretString>,
    /// PEM file with certificates to trust instead of the system's.
    pub ca: Option<PathBuf>,
}

/// How the connection is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Security {
    /// TLS from the first octet (`imaps`, `smtps`).
    Tls,
    /// STARTTLS, required.
    StartTls,
    /// Loopback only: STARTTLS where the server offers it, else plain.
    Opportunistic,
}

/// `mailbox.first_run`: which mail of before the first run is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FirstRun {
    /// IMAP: from UIDNEXT on. Maildir: `new/` only.
    New,
    All,
    /// From this day (Japan time) on, by internal date.
    Since(jiff::civil::Date),
}

/// `[filing]`: folders that staff see; unset = none.
#[derive(Debug, Clone, Default)]
pub struct Filing {
    /// Where we put a copy of what we sent.
    pub sent: Option<String>,
    pub answered: Option<String>,
    pub review: Option<String>,
    pub automatic: Option<String>,
    /// `sent_by = "server"`: the provider files Sent itself.
    pub sent_by_server: bool,
}

/// `[mailbox]`.
#[derive(Debug, Clone)]
pub struct Mailbox {
    pub url: MailboxUrl,
    pub first_run: FirstRun,
    pub poll: Duration,
}

/// What a command needs of the file. What it does not need is still checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// `run`: everything, and the secrets behind it.
    Run,
    /// `status`, `queue`: the ledger.
    Ledger,
    /// `explain`, `check`, `test`: who we are, rules and templates.
    Rules,
}

/// The whole of madoguchi.toml.
#[derive(Debug, Clone)]
pub struct Config {
    /// `None` only where the command does not need it, as for the two below.
    pub mailbox: Option<Mailbox>,
    pub outbound: Option<OutboundUrl>,
    /// The SQLite file.
    pub ledger: Option<PathBuf>,
    /// Folder of the rule files.
    pub rules: PathBuf,
    /// Folder of the templates.
    pub templates: PathBuf,
    pub filing: Filing,
    /// `console.listen`; this version has no console.
    pub console: Option<SocketAddr>,
    policy: Policy,
    /// What is odd and does not block.
    pub warnings: Vec<Diagnostic>,
}

/// Reads the file for parsing and for showing excerpts of it.
pub fn read(path: &Path) -> Result<SourceFile, Vec<Diagnostic>> {
    let shown = path.display().to_string();
    match std::fs::read(path) {
        Ok(bytes) => Ok(SourceFile::new("madoguchi.toml", shown, bytes)),
        Err(error) => {
            let message = say!("the file cannot be read: {error}", "ファイルを読めません: {error}");
            Err(vec![Diagnostic::whole("missing-file", shown, message).help(say!(
                "name it with `--config FILE`, or write one; the README shows a complete one",
                "`--config ファイル` で指定するか、新しく書いてください（README に全文の例があります）"
            ))])
        }
    }
}

impl Config {
    /// Reads everything that `run` needs. All errors at once.
    pub fn load(path: &Path) -> Result<Config, Vec<Diagnostic>> {
        Config::parse(&read(path)?, path, Need::Run)
    }

    /// Parses a file that lies at `path`: relative paths start at its folder.
    pub fn parse(file: &SourceFile, path: &Path, need: Need) -> Result<Config, Vec<Diagnostic>> {
        match Config::parse_all(file, path, need) {
            (Some(config), findings) if !findings.iter().any(Diagnostic::is_error) => {
                Ok(Config { warnings: findings, ..config })
            }
            (_, findings) => Err(findings),
        }
    }

    /// As [`Config::parse`], and beside the errors what could be read: enough
    /// to look for errors in the files it names too.
    pub fn parse_all(file: &SourceFile, path: &Path, need: Need) -> (Option<Config>, Vec<Diagnostic>) {
        let folder = path.parent().unwrap_or(Path::new("")).to_owned();
        let doc = Document::parse(file);
        let config = Walk { doc: &doc, folder, need }.config();
        let mut findings = doc.into_findings();
        if config.is_none() && !findings.iter().any(Diagnostic::is_error) {
            // Every missing piece reports itself; this is what is left if not.
            let message = say!("the file is not complete", "ファイルに足りないところがあります");
            findings.push(Diagnostic::whole("missing-key", file.shown.clone(), message));
        }
        (config, findings)
    }

    /// The operator's decisions, as the core needs them.
    pub fn policy(&self) -> Policy {
        self.policy.clone()
    }
}

struct Walk<'d> {
    doc: &'d Document<'d>,
    folder: PathBuf,
    need: Need,
}

/// An address of `[secretariat]` and `[[web_form]]`.
fn address(doc: &Document<'_>, found: &Found<&str>) -> Option<Address> {
    let address = Address::parse(found.value);
    if address.is_none() {
        let help = say!(
            "write the bare address: `jimukyoku@teleworksupport.example`",
            "アドレスだけを書きます: `jimukyoku@teleworksupport.example`"
        );
        let written = found.value;
        let message = say!("`{written}` is not a mail address", "`{written}` はメールアドレスではありません");
        doc.error("bad-address", found.span.clone(), message, Some(help));
    }
    address
}

/// An entry of `screen.ban`.
fn ban(doc: &Document<'_>, found: &Found<&str>) -> Option<Ban> {
    let ban = Ban::parse(found.value);
    if ban.is_none() {
        let help = say!(
            "write an address, `a@spam.example`, or a domain, `@spam.example`",
            "アドレス（`a@spam.example`）か、ドメイン（`@spam.example`）を書きます"
        );
        let written = found.value;
        let message = say!(
            "`{written}` is neither a mail address nor a domain",
            "`{written}` は、メールアドレスでもドメインでもありません"
        );
        doc.error("bad-address", found.span.clone(), message, Some(help));
    }
    ban
}

impl<'d> Walk<'d> {
    fn config(&self) -> Option<Config> {
        let root = self.doc.root();
        let needs = |wanted: bool, key: &str| {
            let table = root.table(key);
            if wanted && table.is_none() && root.get(key).is_none() {
                self.missing_table(&root, key);
            }
            table
        };
        let secretariat = needs(self.need != Need::Ledger, "secretariat").map(|t| self.secretariat(&t));
        let mailbox = needs(self.need == Need::Run, "mailbox").map(|t| self.mailbox(&t));
        let outbound = needs(self.need == Need::Run, "outbound").map(|t| self.outbound(&t));
        let ledger = needs(self.need != Need::Rules, "ledger").map(|t| self.ledger(&t));
        let rules = needs(self.need != Need::Ledger, "rules").map(|t| self.path(&t, "rules"));
        let templates = needs(self.need != Need::Ledger, "templates").map(|t| self.path(&t, "templates"));
        let forward = root.table("forward").and_then(|t| {
            let choices =
                [("at-once", ForwardMode::AtOnce), ("on-consent", ForwardMode::OnConsent), ("off", ForwardMode::Off)];
            let mode = t.choice("mode", &choices);
            t.finish();
            mode
        });
        let acknowledge = root.table("reply").and_then(|t| {
            let acknowledge = t.boolean("acknowledge");
            t.finish();
            acknowledge
        });
        let limits = root.table("limits").map(|t| self.limits(&t)).unwrap_or_default();
        let filing = root.table("filing").map(|t| self.filing(&t)).unwrap_or_default();
        let (verify, bans) = root.table("screen").map(|t| self.screen(&t)).unwrap_or_default();
        let web_forms = root.tables("web_form").iter().filter_map(|t| self.web_form(t)).collect();
        let console = root.table("console").and_then(|t| self.console(&t));
        root.finish();

        let (mailbox, trusted_authserv) = mailbox.unwrap_or_default();
        let (outbound, reply_path) = outbound.unwrap_or_default();
        let local =
            mailbox.as_ref().is_none_or(|m| m.url.is_local()) && outbound.as_ref().is_none_or(OutboundUrl::is_local);
        let (address, aliases) = match secretariat {
            Some(found) => found?,
            // `status` and `queue` send nothing: who we are plays no part.
            None if self.need == Need::Ledger => (Address::parse("nobody@madoguchi.invalid")?, Vec::new()),
            None => return None,
        };
        let policy = Policy {
            aliases,
            trusted_authserv,
            verify: verify.unwrap_or(Verify::Header),
            bans,
            web_forms,
            forward: forward.map_or(ForwardMode::AtOnce, |f| f.value),
            acknowledge: acknowledge.is_none_or(|f| f.value),
            limits,
            reply_path: reply_path.unwrap_or(ReplyPath::Null),
            placeholders: local,
            ..Policy::new(address)
        };
        Some(Config {
            mailbox,
            outbound,
            ledger: ledger.flatten(),
            rules: rules.unwrap_or_else(|| self.folder.join("rules")),
            templates: templates.unwrap_or_else(|| self.folder.join("templates")),
            filing,
            console,
            policy,
            warnings: Vec::new(),
        })
    }

    /// A table without which the command cannot run; a mistyped header tells
    /// of itself as an unknown key.
    fn missing_table(&self, root: &Table<'d>, key: &str) {
        if root.keys().iter().any(|k| k.value != key && diagnostic::nearest(k.value, [key]).is_some()) {
            return;
        }
        let add = match key {
            "secretariat" => say!(
                "add `[secretariat]` with the address that answers: `address = \"…\"`",
                "`[secretariat]` に、返信するアドレスを `address = \"…\"` と書き足します"
            ),
            "mailbox" => say!(
                "add `[mailbox]` with `url = \"imaps://user@host/INBOX\"` or `url = \"maildir:PATH\"`",
                "`[mailbox]` に `url = \"imaps://利用者@ホスト/INBOX\"` か `url = \"maildir:パス\"` を書き足します"
            ),
            "outbound" => say!(
                "add `[outbound]` with `url = \"smtps://user@host\"` or another relay",
                "`[outbound]` に `url = \"smtps://利用者@ホスト\"` などの送信先を書き足します"
            ),
            "ledger" => say!(
                "add `[ledger]` with `url = \"sqlite:ledger.db\"`",
                "`[ledger]` に `url = \"sqlite:ledger.db\"` を書き足します"
            ),
            "rules" => say!(
                "add `[rules]`; it looks in the folder `rules` unless `path` says otherwise",
                "`[rules]` を書き足します。`path` を書かなければフォルダー `rules` を読みます"
            ),
            _ => say!(
                "add `[templates]`; it looks in the folder `templates` unless `path` says otherwise",
                "`[templates]` を書き足します。`path` を書かなければフォルダー `templates` を読みます"
            ),
        };
        let message = say!("the file lacks `[{key}]`", "このファイルに `[{key}]` がありません");
        self.doc.report(Diagnostic::whole("missing-key", self.doc.file().shown.clone(), message).help(add));
    }

    /// An error at a value that may be a secret: the place is named, the line
    /// is not shown.
    fn error_unseen(&self, code: &'static str, span: Range<usize>, message: Text, help: Option<Text>) {
        let finding = Diagnostic::error(code, self.doc.file(), span, message).maybe_help(help);
        self.doc.report(Diagnostic { span: None, ..finding });
    }

    fn secretariat(&self, table: &Table<'d>) -> Option<(Address, Vec<Address>)> {
        let ours = table.required_string("address").and_then(|found| address(self.doc, &found));
        let aliases = table.strings("aliases").iter().filter_map(|found| address(self.doc, found)).collect();
        table.finish();
        Some((ours?, aliases))
    }

    fn mailbox(&self, table: &Table<'d>) -> (Option<Mailbox>, Option<String>) {
        let url = self.url(table, url::mailbox);
        let password = self.password(table);
        let ca = self.ca(table);
        let first_run = self.first_run(table);
        let poll = self.duration(table, "poll").unwrap_or(Duration::from_secs(60));
        if poll.is_zero()
            && let Some(span) = table.get("poll").map(|v| v.span())
        {
            let message = say!("`poll` must be at least `1s`", "`poll` は `1s` 以上にします");
            self.doc.error("bad-value", span, message, Some(say!("leave it out for `60s`", "省くと `60s` です")));
        }
        let authserv = table.string("trusted_authserv").map(|found| found.value.to_owned());
        table.finish();
        let url = match url {
            Some((MailboxUrl::Imap { mut server, folder }, span)) => {
                self.log_in(&mut server, password, ca, span, table, true);
                Some(MailboxUrl::Imap { server, folder })
            }
            Some((other, _)) => {
                self.pointless(table);
                Some(other)
            }
            None => None,
        };
        (url.map(|url| Mailbox { url, first_run, poll }), authserv)
    }

    fn outbound(&self, table: &Table<'d>) -> (Option<OutboundUrl>, Option<ReplyPath>) {
        let url = self.url(table, url::outbound);
        let password = self.password(table);
        let ca = self.ca(table);
        let reply_path = table.choice("reply_path", &[("null", ReplyPath::Null), ("address", ReplyPath::Address)]);
        table.finish();
        let url = match url {
            Some((OutboundUrl::Smtp(mut server), span)) => {
                self.log_in(&mut server, password, ca, span, table, false);
                Some(OutboundUrl::Smtp(server))
            }
            Some((other, _)) => {
                self.pointless(table);
                Some(other)
            }
            None => None,
        };
        (url, reply_path.map(|f| f.value))
    }

    fn ledger(&self, table: &Table<'d>) -> Option<PathBuf> {
        let url = self.url(table, url::ledger);
        table.finish();
        url.map(|(path, _)| path)
    }

    fn path(&self, table: &Table<'d>, default: &str) -> PathBuf {
        let path = table.string("path");
        table.finish();
        if let Some(found) = path.as_ref().filter(|f| f.value.is_empty()) {
            let message = say!("`path` is empty", "`path` が空です");
            let help = say!("leave it out for `{default}`", "省くと `{default}` です");
            self.doc.error("empty-value", found.span.clone(), message, Some(help));
        }
        self.folder.join(path.map_or(default, |found| found.value))
    }

    fn limits(&self, table: &Table<'d>) -> Limits {
        let default = Limits::default();
        let limits = Limits {
            same_answer: self.duration(table, "same_answer").unwrap_or(default.same_answer),
            per_address_per_day: self.count(table, "per_address_per_day").unwrap_or(default.per_address_per_day),
            per_domain_per_hour: self.count(table, "per_domain_per_hour").unwrap_or(default.per_domain_per_hour),
            per_hour: self.count(table, "per_hour").unwrap_or(default.per_hour),
        };
        table.finish();
        limits
    }

    fn filing(&self, table: &Table<'d>) -> Filing {
        let folder = |key: &str| {
            let found = table.string(key)?;
            if found.value.trim().is_empty() || found.value.chars().any(char::is_control) {
                let help = say!("leave `{key}` out for none", "使わないなら `{key}` を省きます");
                let message = say!("`{key}` is not a folder name", "`{key}` がフォルダー名になっていません");
                self.doc.error("bad-value", found.span, message, Some(help));
                return None;
            }
            Some(found.value.to_owned())
        };
        let filing = Filing {
            sent: folder("sent"),
            answered: folder("answered"),
            review: folder("review"),
            automatic: folder("automatic"),
            sent_by_server: table.choice("sent_by", &[("us", false), ("server", true)]).is_some_and(|f| f.value),
        };
        table.finish();
        filing
    }

    fn screen(&self, table: &Table<'d>) -> (Option<Verify>, Vec<Ban>) {
        let choices = [("header", Verify::Header), ("dns", Verify::Dns), ("off", Verify::Off)];
        let verify = table.choice("verify", &choices).map(|found| found.value);
        let bans = table.strings("ban").iter().filter_map(|found| ban(self.doc, found)).collect();
        table.finish();
        (verify, bans)
    }

    fn web_form(&self, table: &Table<'d>) -> Option<WebForm> {
        let from = table.required_string("from").and_then(|found| address(self.doc, &found));
        table.finish();
        Some(WebForm { from: from? })
    }

    fn console(&self, table: &Table<'d>) -> Option<SocketAddr> {
        let listen = table.string("listen");
        table.finish();
        let span = listen.as_ref().map_or(table.span(), |f| f.span.clone());
        let text = listen.as_ref().map_or("127.0.0.1:8025", |f| f.value);
        let Ok(address) = text.parse() else {
            let help = say!("write address and port: `127.0.0.1:8025`", "アドレスとポートを書きます: `127.0.0.1:8025`");
            let message = say!("`{text}` is not an address to listen on", "`{text}` で待ち受けることはできません");
            self.doc.error("bad-value", span, message, Some(help));
            return None;
        };
        let message = say!(
            "this version has no console; nothing will listen there",
            "この版に管理画面はなく、何も待ち受けません"
        );
        self.doc.warning("not-available", span, message, Some(say!("leave the table out", "この表を省いてください")));
        Some(address)
    }

    fn url<T>(
        &self,
        table: &Table<'d>,
        parse: impl Fn(&str, &Path) -> Result<T, url::BadUrl>,
    ) -> Option<(T, Range<usize>)> {
        let found = table.required_string("url")?;
        match parse(found.value, &self.folder) {
            Ok(url) => Some((url, found.span)),
            Err(bad) => {
                match bad.secret {
                    true => self.error_unseen("secret-in-file", found.span, bad.message, bad.help),
                    false => self.doc.error("bad-url", found.span, bad.message, bad.help),
                }
                None
            }
        }
    }

    /// `"60s"`, `"15m"`, `"24h"`, `"7d"`.
    fn duration(&self, table: &Table<'d>, key: &str) -> Option<Duration> {
        let value = table.get(key)?;
        let help = Some(say!(
            "write a number and a unit in quotes: `\"60s\"`, `\"15m\"`, `\"24h\"`, `\"7d\"`",
            "数と単位を引用符で囲みます: `\"60s\"`（秒）、`\"15m\"`（分）、`\"24h\"`（時間）、`\"7d\"`（日）"
        ));
        let crate::core::tomlwalk::Kind::String(text) = value.kind() else {
            let message = say!("`{key}` must be a duration in quotes", "`{key}` は引用符で囲んだ時間で書きます");
            self.doc.error("wrong-type", value.span(), message, help);
            return None;
        };
        let found = Found { value: text, span: value.span() };
        let parsed = duration(found.value);
        if parsed.is_none() {
            let message = say!("`{text}` is not a duration", "`{text}` は時間として読めません");
            self.doc.error("bad-value", found.span, message, help);
        }
        parsed
    }

    fn count(&self, table: &Table<'d>, key: &str) -> Option<u32> {
        let found = table.integer(key)?;
        let count = u32::try_from(found.value).ok();
        if count.is_none() {
            let value = found.value;
            let message = say!("`{key}` cannot be {value}", "`{key}` を {value} にはできません");
            let help = say!("write a whole number; 0 means no cap", "0 以上の整数で書きます（0 は上限なし）");
            self.doc.error("bad-value", found.span, message, Some(help));
        }
        count
    }

    fn first_run(&self, table: &Table<'d>) -> FirstRun {
        let Some(value) = table.get("first_run") else { return FirstRun::New };
        // A date with and without quotes are both what was meant.
        let text = match value.kind() {
            crate::core::tomlwalk::Kind::Date(date) => date,
            crate::core::tomlwalk::Kind::String(text) => text.to_owned(),
            _ => {
                value.wrong_type(
                    "first_run",
                    &say!("`\"new\"`, `\"all\"` or a date", "`\"new\"`・`\"all\"`・日付のどれか"),
                );
                return FirstRun::New;
            }
        };
        match (text.as_str(), text.parse()) {
            ("new", _) => FirstRun::New,
            ("all", _) => FirstRun::All,
            (_, Ok(date)) => FirstRun::Since(date),
            _ => {
                let message =
                    say!("`{text}` is not a value of `first_run`", "`first_run` に `{text}` という値はありません");
                let help = say!(
                    "use `new`, `all` or a date like `2026-11-01`",
                    "`new`、`all`、または `2026-11-01` のような日付を使います"
                );
                self.doc.error("bad-value", value.span(), message, Some(help));
                FirstRun::New
            }
        }
    }

    /// `password = { file = "…" }`, `{ env = "…" }`, `{ credential = "…" }`.
    fn password(&self, table: &Table<'d>) -> Option<Secret> {
        table.know("password");
        let value = table.get("password")?;
        let span = value.span();
        let help = password_help;
        if let crate::core::tomlwalk::Kind::String(_) = value.kind() {
            let message = say!("a password does not belong in this file", "このファイルにパスワードは書けません");
            self.error_unseen("secret-in-file", span, message, help());
            return Some(Secret { value: None, span: value.span() });
        }
        let inner = value.table("password")?;
        if inner.get("oauth2").is_some()
            || inner.keys().iter().any(|k| ["token_url", "client_id", "refresh_token"].contains(&k.value))
        {
            let message = say!("`oauth2` is not available in this version", "`oauth2` は、この版ではまだ使えません");
            self.doc.error("not-available", span.clone(), message, help());
            return Some(Secret { value: None, span });
        }
        let file = inner.string("file");
        let env = inner.string("env");
        let credential = inner.string("credential");
        inner.finish();
        let value = match (file, env, credential) {
            // Only who runs may read them.
            (Some(_), None, None) | (None, Some(_), None) | (None, None, Some(_)) if self.need != Need::Run => None,
            (Some(file), None, None) => self.secret_file(&self.folder.join(file.value), &file),
            (None, Some(env), None) => self.secret_env(&env),
            (None, None, Some(credential)) => self.secret_credential(&credential),
            (None, None, None) => {
                if inner.keys().is_empty() {
                    let message = say!("`password` names no place", "`password` の置き場所が書かれていません");
                    self.doc.error("missing-key", span.clone(), message, help());
                }
                None
            }
            _ => {
                let message =
                    say!("`password` names more than one place", "`password` の置き場所が二つ以上書かれています");
                self.doc.error("bad-value", span.clone(), message, help());
                None
            }
        };
        Some(Secret { value, span })
    }

    fn secret_file(&self, path: &Path, found: &Found<&str>) -> Option<SecretString> {
        match std::fs::read(path) {
            Ok(bytes) => {
                self.warn_if_open(path, found);
                self.secret(bytes, found)
            }
            Err(error) => {
                let path = path.display();
                let message = say!(
                    "the password file `{path}` cannot be read: {error}",
                    "パスワードのファイル `{path}` を読めません: {error}"
                );
                let help = say!(
                    "write the password into it, readable by madoguchi alone",
                    "そのファイルにパスワードを書き、madoguchi だけが読めるようにします"
                );
                self.unreadable(found, message, help)
            }
        }
    }

    fn secret_env(&self, found: &Found<&str>) -> Option<SecretString> {
        match std::env::var(found.value) {
            Ok(value) => self.secret(value.into_bytes(), found),
            Err(_) => {
                let name = found.value;
                let message =
                    say!("the environment variable `{name}` is not set", "環境変数 `{name}` が設定されていません");
                let help = say!("set it where the service is started", "サービスを起動するところで設定してください");
                self.unreadable(found, message, help)
            }
        }
    }

    /// systemd's LoadCredential=: a file in `$CREDENTIALS_DIRECTORY`.
    fn secret_credential(&self, found: &Found<&str>) -> Option<SecretString> {
        if found.value.contains('/') || found.value.is_empty() {
            let message = say!("a credential is a name, not a path", "credential にはパスではなく名前を書きます");
            let help = say!(
                "write the name that stands in `LoadCredential=` before the colon",
                "`LoadCredential=` のコロンの前の名前を書きます"
            );
            self.doc.error("bad-value", found.span.clone(), message, Some(help));
            return None;
        }
        let Some(folder) = std::env::var_os("CREDENTIALS_DIRECTORY") else {
            let name = found.value;
            let help = say!(
                "add `LoadCredential={name}:…` to the service",
                "サービスの設定に `LoadCredential={name}:…` を書き足します"
            );
            let message = say!(
                "there are no credentials: `CREDENTIALS_DIRECTORY` is not set",
                "credential がありません（`CREDENTIALS_DIRECTORY` が設定されていません）"
            );
            return self.unreadable(found, message, help);
        };
        match std::fs::read(Path::new(&folder).join(found.value)) {
            Ok(bytes) => self.secret(bytes, found),
            Err(error) => {
                let name = found.value;
                let message = say!(
                    "the credential `{name}` cannot be read: {error}",
                    "credential `{name}` を読めません: {error}"
                );
                let help = say!(
                    "look at `LoadCredential=` of the service",
                    "サービスの設定の `LoadCredential=` を確かめてください"
                );
                self.unreadable(found, message, help)
            }
        }
    }

    fn secret(&self, bytes: Vec<u8>, found: &Found<&str>) -> Option<SecretString> {
        let trimmed = bytes.strip_suffix(b"\n").map(|b| b.strip_suffix(b"\r").unwrap_or(b)).unwrap_or(&bytes);
        let text = std::str::from_utf8(trimmed).ok().filter(|t| !t.is_empty() && !t.contains(['\0', '\r', '\n']));
        match text {
            Some(text) => Some(SecretString::from(text)),
            None => {
                let message = match trimmed.is_empty() {
                    true => say!("the password there is empty", "そこにあるパスワードが空です"),
                    false => say!(
                        "the password there is not one line of UTF-8",
                        "そこにあるパスワードが UTF-8 の一行になっていません"
                    ),
                };
                let help = say!("write it in one line, nothing else", "パスワードだけを一行で書いてください");
                self.unreadable(found, message, help)
            }
        }
    }

    fn unreadable(&self, found: &Found<&str>, message: Text, help: Text) -> Option<SecretString> {
        self.doc.error("unreadable-secret", found.span.clone(), message, Some(help));
        None
    }

    #[cfg(unix)]
    fn warn_if_open(&self, path: &Path, found: &Found<&str>) {
        use std::os::unix::fs::PermissionsExt;
        let open = std::fs::metadata(path).is_ok_and(|m| m.permissions().mode() & 0o004 != 0);
        if open {
            let path = path.display();
            let message = say!(
                "every user of this machine can read the password file",
                "パスワードのファイルを、この機械の誰でも読めます"
            );
            let help = say!("take the right away: `chmod o-r {path}`", "読めないようにします: `chmod o-r {path}`");
            self.doc.warning("open-secret", found.span.clone(), message, Some(help));
        }
    }

    #[cfg(not(unix))]
    fn warn_if_open(&self, _path: &Path, _found: &Found<&str>) {}

    fn ca(&self, table: &Table<'d>) -> Option<PathBuf> {
        let found = table.string("ca")?;
        let path = self.folder.join(found.value);
        if self.need == Need::Run
            && let Err(error) = std::fs::File::open(&path)
        {
            let shown = path.display();
            let message = say!(
                "the certificate file `{shown}` cannot be read: {error}",
                "証明書のファイル `{shown}` を読めません: {error}"
            );
            let help = say!(
                "check the path; it is relative to this file",
                "パスを確かめてください（このファイルの場所からの相対パスです）"
            );
            self.doc.error("unreadable-file", found.span, message, Some(help));
        }
        Some(path)
    }

    fn log_in(
        &self,
        server: &mut Server,
        password: Option<Secret>,
        ca: Option<PathBuf>,
        url: Range<usize>,
        table: &Table<'d>,
        required: bool,
    ) {
        match (&server.user, &password) {
            (Some(_), None) | (None, None) if required || server.user.is_some() => {
                let user = server.user.as_deref().unwrap_or_default();
                let message = say!("there is no `password` for `{user}`", "`{user}` の `password` がありません");
                if !table.keys().iter().any(|k| diagnostic::nearest(k.value, ["password"]).is_some()) {
                    self.doc.error("missing-key", table.span(), message, password_help());
                }
            }
            (None, Some(secret)) => {
                let help = Some(say!(
                    "write the user before the host: `smtps://user@host`",
                    "ホストの前に利用者名を書きます: `smtps://利用者@ホスト`"
                ));
                let note = say!("there is a password and no user", "パスワードがあるのに利用者名がありません");
                self.doc.report(
                    Diagnostic::error("missing-user", self.doc.file(), url, note).maybe_help(help).related(
                        self.doc.file(),
                        secret.span.clone(),
                        say!("the password", "パスワードはここ"),
                    ),
                );
            }
            _ => {}
        }
        server.password = password.and_then(|secret| secret.value);
        server.ca = ca;
    }

    /// Keys that say nothing for a file or a program.
    fn pointless(&self, table: &Table<'d>) {
        for key in ["password", "ca"] {
            if let Some(span) = table.key_span(key) {
                let message = say!("`{key}` has no meaning with this url", "この URL では `{key}` に意味がありません");
                let help = say!("remove it", "消してください");
                self.doc.warning("pointless-key", span, message, Some(help));
            }
        }
    }
}

fn password_help() -> Option<Text> {
    Some(say!(
        "use `password = {{ file = \"…\" }}`, `{{ env = \"NAME\" }}` or `{{ credential = \"NAME\" }}`",
        "`password = {{ file = \"…\" }}`、`{{ env = \"名前\" }}`、`{{ credential = \"名前\" }}` のどれかで書きます"
    ))
}

/// A password that was named, and where.
struct Secret {
    value: Option<SecretString>,
    span: Range<usize>,
}

/// A whole number and `s`, `m`, `h` or `d`.
fn duration(text: &str) -> Option<Duration> {
    let unit = match text.as_bytes().last()? {
        b's' => 1,
        b'm' => 60,
        b'h' => 3600,
        b'd' => 24 * 3600,
        _ => return None,
    };
    let digits = &text[..text.len() - 1];
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let seconds = digits.parse::<u64>().ok()?.checked_mul(unit)?;
    // A century is as good as for ever, and arithmetic on times stays whole.
    (seconds <= 100 * 366 * 24 * 3600).then(|| Duration::from_secs(seconds))
}
