//! madoguchi.toml as an operator meets it: what a file means, and every mistake
//! of a file at once, with its place and cure.

#![allow(clippy::unwrap_used)]

use madoguchi::core::diagnostic::{SourceFile, render};
use madoguchi::core::lang::Lang;
use madoguchi::core::policy::{ForwardMode, ReplyPath, Verify};
use madoguchi::shell::config::{self, Config, FirstRun, MailboxUrl, Need, OutboundUrl, Security};
use secrecy::ExposeSecret;
use std::path::Path;
use std::time::Duration;

/// The smallest file that `run` takes, and that only uses files.
const SMALL: &str = r#"
[secretariat]
address = "desk@secretariat.example"
[mailbox]
url = "maildir:in"
[outbound]
url = "maildir:out"
[ledger]
url = "sqlite:ledger.db"
[rules]
[templates]
"#;

fn parse(text: &str, need: Need) -> Result<Config, String> {
    let file = SourceFile::new("madoguchi.toml", "madoguchi.toml", text);
    Config::parse(&file, Path::new("madoguchi.toml"), need).map_err(|found| render(&found, [&file], Lang::En, false))
}

fn wrong(text: &str) -> String {
    parse(text, Need::Run).map(|c| format!("{c:?}")).expect_err("the file has mistakes")
}

#[test]
fn defaults_are_those_of_the_contract() {
    let config = parse(SMALL, Need::Run).unwrap();
    let policy = config.policy();
    let mailbox = config.mailbox.unwrap();
    assert_eq!((mailbox.first_run, mailbox.poll), (FirstRun::New, Duration::from_secs(60)));
    assert_eq!((config.rules.as_path(), config.templates.as_path()), (Path::new("rules"), Path::new("templates")));
    assert_eq!(
        (policy.forward, policy.reply_path, policy.verify),
        (ForwardMode::AtOnce, ReplyPath::Null, Verify::Header)
    );
    assert!(policy.acknowledge && policy.placeholders && policy.aliases.is_empty());
    assert_eq!(policy.trusted_authserv, None);
    let limits = policy.limits;
    assert_eq!(limits.same_answer, Duration::from_secs(7 * 24 * 3600));
    assert_eq!((limits.per_address_per_day, limits.per_domain_per_hour, limits.per_hour), (5, 0, 2000));
    assert!(config.console.is_none() && config.filing.sent.is_none() && !config.filing.sent_by_server);
    assert!(config.warnings.is_empty());
}

#[test]
fn every_key_is_read() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("imap.password"), "correct horse \r\n").unwrap();
    std::fs::write(folder.path().join("relay.password"), "battery\n\n").unwrap();
    std::fs::write(folder.path().join("ca.pem"), "").unwrap();
    let text = r#"
[secretariat]
address = "desk@secretariat.example"
aliases = ["info@secretariat.example"]
[mailbox]
url = "imaps://desk@secretariat.example@imap.secretariat.example/相談"
password = { file = "imap.password" }
ca = "ca.pem"
first_run = "2026-11-01"
poll = "2m"
trusted_authserv = "mx.secretariat.example"
[outbound]
url = "smtp://127.0.0.1:2525"
reply_path = "address"
[ledger]
url = "sqlite:state/ledger.db"
[rules]
path = "my-rules"
[templates]
path = "/etc/templates"
[forward]
mode = "off"
[reply]
acknowledge = false
[limits]
same_answer = "36h"
per_address_per_day = 1
per_domain_per_hour = 2
per_hour = 3
[filing]
sent = "送信済み"
answered = "回答済み"
review = "要確認"
automatic = "自動"
sent_by = "server"
[screen]
verify = "off"
[[web_form]]
from = "form@secretariat.example"
[console]
listen = "127.0.0.1:9000"
"#;
    let path = folder.path().join("madoguchi.toml");
    std::fs::write(&path, text).unwrap();
    let config = Config::load(&path).unwrap();
    let policy = config.policy();
    let mailbox = config.mailbox.clone().unwrap();
    let MailboxUrl::Imap { server, folder: name } = &mailbox.url else { panic!("no imap") };
    assert_eq!((server.host.as_str(), server.port, server.security), ("imap.secretariat.example", 993, Security::Tls));
    assert_eq!((server.user.as_deref(), name.as_str()), (Some("desk@secretariat.example"), "相談"));
    assert_eq!(server.password.as_ref().unwrap().expose_secret(), "correct horse ", "one line end is removed, no more");
    assert_eq!(server.ca.as_deref(), Some(folder.path().join("ca.pem").as_path()));
    assert_eq!(mailbox.first_run, FirstRun::Since(jiff::civil::date(2026, 11, 1)));
    assert_eq!(mailbox.poll, Duration::from_secs(120));
    let Some(OutboundUrl::Smtp(relay)) = &config.outbound else { panic!("no relay") };
    assert_eq!((relay.port, relay.security, &relay.user), (2525, Security::Opportunistic, &None));
    assert_eq!(config.ledger.as_deref(), Some(folder.path().join("state/ledger.db").as_path()));
    assert_eq!(config.rules, folder.path().join("my-rules"));
    assert_eq!(config.templates, Path::new("/etc/templates"));
    assert_eq!((policy.forward, policy.acknowledge, policy.verify), (ForwardMode::Off, false, Verify::Off));
    assert_eq!((policy.reply_path, policy.web_forms.len(), policy.aliases.len()), (ReplyPath::Address, 1, 1));
    assert_eq!(policy.trusted_authserv.as_deref(), Some("mx.secretariat.example"));
    assert!(!policy.placeholders, "a mailbox out there: placeholders are no addresses");
    assert_eq!(policy.limits.same_answer, Duration::from_secs(36 * 3600));
    assert_eq!(config.filing.sent.as_deref(), Some("送信済み"));
    assert!(config.filing.sent_by_server);
    let warned: Vec<_> = config.warnings.iter().map(|w| w.code).collect();
    assert!(warned.contains(&"not-available"), "{warned:?}");
    assert!(!format!("{config:?}").contains("horse"), "a secret is never printed");
}

#[test]
fn a_secret_comes_from_a_file_of_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let text = SMALL
        .replace("url = \"maildir:in\"", "url = \"imap://desk@localhost/INBOX\"\npassword = { file = \"secret\" }");
    let path = folder.path().join("madoguchi.toml");
    std::fs::write(&path, &text).unwrap();
    let load = |bytes: &[u8]| {
        std::fs::write(folder.path().join("secret"), bytes).unwrap();
        restrict(&folder.path().join("secret"), 0o600);
        match Config::load(&path).map(|c| c.mailbox.unwrap().url) {
            Ok(MailboxUrl::Imap { server, .. }) => Ok(server.password.unwrap().expose_secret().to_owned()),
            Ok(_) => panic!("no imap"),
            Err(found) => Err(found.iter().map(|f| f.message.en.clone()).collect::<Vec<_>>().join("; ")),
        }
    };
    assert_eq!(load("ぱすわーど\n".as_bytes()), Ok("ぱすわーど".to_owned()));
    assert_eq!(load(b" spaced "), Ok(" spaced ".to_owned()));
    assert_eq!(load(b"\n"), Err("the password there is empty".to_owned()));
    assert_eq!(load(b"two\nlines\n"), Err("the password there is not one line of UTF-8".to_owned()));
    assert_eq!(load(b"\xff\xfe"), Err("the password there is not one line of UTF-8".to_owned()));
    restrict(&folder.path().join("secret"), 0o644);
    let warnings = Config::load(&path).map_err(|found| found[1].message.clone()).unwrap_err();
    assert!(warnings.en.contains("not one line"), "{warnings}");
    std::fs::write(folder.path().join("secret"), "x").unwrap();
    assert_eq!(Config::load(&path).unwrap().warnings[0].code, "open-secret");
    std::fs::remove_file(folder.path().join("secret")).unwrap();
    let found = Config::load(&path).unwrap_err();
    assert_eq!((found.len(), found[0].code, found[0].line, found[0].column), (1, "unreadable-secret", 6, 21));
    assert!(Config::parse(&config::read(&path).unwrap(), &path, Need::Rules).is_ok(), "explain needs no secret");
}

fn restrict(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn what_a_command_does_not_need_may_be_missing_but_not_wrong() {
    let rules = "[secretariat]\naddress = \"desk@secretariat.example\"\n[rules]\n[templates]\n";
    assert!(parse(rules, Need::Rules).unwrap().policy().placeholders);
    assert!(parse("[ledger]\nurl = \"sqlite:l.db\"\n", Need::Ledger).unwrap().ledger.is_some());
    let found = parse(&format!("{rules}[mailbox]\nurl = \"pop3://x\"\n"), Need::Rules).unwrap_err();
    assert!(found.contains("pop3"), "{found}");
    insta::assert_snapshot!("nothing_there", wrong(""));
    insta::assert_snapshot!("tables_without_keys", wrong("[secretariat]\n[mailbox]\n[outbound]\n[ledger]\n[rules]\n"));
}

#[test]
fn all_mistakes_of_a_file_are_told_at_once() {
    insta::assert_snapshot!(
        "many_mistakes",
        wrong(
            r#"[secretariat]
adress = "desk@secretariat.example"
aliases = ["info@", 7]
[mailbox]
url = "imaps://imap.secretariat.example"
password = "hunter2"
first_run = "yesterday"
pol = "60s"
[outbound]
url = "smtp://u:secret@relay.example"
reply_path = "nul"
[ledger]
url = "postgres://db.example/madoguchi"
[rules]
path = ""
[template]
[forward]
mode = "atonce"
[reply]
acknowledge = "yes"
[limits]
same_answer = 7
per_hour = -1
[screen]
verify = "spf"
ban = ["spam.example", "two words"]
[console]
listen = "8025"
[[web_form]]
form = "form@secretariat.example"
"#
        )
    );
    let secrets = wrong(&SMALL.replace("\"maildir:in\"", "\"imaps://a:hunter2@h\"\npassword = \"hunter3\""));
    assert!(secrets.contains("madoguchi.toml:5:7") && !secrets.contains("hunter"), "{secrets}");
    insta::assert_snapshot!(
        "passwords",
        wrong(
            r#"[secretariat]
address = "desk@secretariat.example"
[mailbox]
url = "imaps://desk@imap.example"
password = { oauth2 = { client_id = "x" } }
[outbound]
url = "smtps://relay.example"
password = { env = "MADOGUCHI_TEST_NO_SUCH_VARIABLE", file = "x" }
[ledger]
url = "ledger.db"
[rules]
[templates]
"#
        )
    );
    insta::assert_snapshot!(
        "password_missing",
        wrong(
            &SMALL.replace("maildir:in", "imaps://desk@imap.example").replace("maildir:out", "smtps://a@relay.example")
        )
    );
}

#[test]
fn the_file_itself_may_be_missing() {
    let found = Config::load(Path::new("no/such/madoguchi.toml")).unwrap_err();
    insta::assert_snapshot!("file_missing", render(&found, [], Lang::En, false));
}
