//! The urls of madoguchi.toml: `imaps://user@host:993/folder`, `maildir:PATH`,
//! `smtps://…`, `sendmail:`, `sqlite:PATH`.
//!
//! The last `@` before the host splits, so that a user may be a whole mail
//! address; the user may be percent-encoded; a folder is plain UTF-8 to the end
//! of the url. A password never stands in a url.

use super::{MailboxUrl, OutboundUrl, Security, Server};
use crate::core::lang::{Text, say};
use std::path::{Path, PathBuf};

/// Why a url cannot be used, and the cure.
#[derive(Debug, PartialEq, Eq)]
pub struct BadUrl {
    pub message: Text,
    pub help: Option<Text>,
    /// The url holds a secret: it must not be shown.
    pub secret: bool,
}

fn bad<T>(message: Text, help: Text) -> Result<T, BadUrl> {
    Err(BadUrl { message, help: Some(help), secret: false })
}

fn mailbox_help() -> Text {
    say!(
        "write `imaps://user@host/INBOX`, `imap://user@host/INBOX` or `maildir:PATH`",
        "`imaps://利用者@ホスト/INBOX`、`imap://利用者@ホスト/INBOX`、`maildir:パス` のどれかで書きます"
    )
}

fn outbound_help() -> Text {
    say!(
        "write `smtps://user@host`, `smtp://user@host`, `sendmail:` or `maildir:PATH`; the user may be left out",
        "`smtps://利用者@ホスト`、`smtp://利用者@ホスト`、`sendmail:`、`maildir:パス` のどれかで書きます（利用者は省けます）"
    )
}

fn ledger_help() -> Text {
    say!("write `sqlite:PATH`, for example `sqlite:ledger.db`", "`sqlite:パス` と書きます（例: `sqlite:ledger.db`）")
}

/// `mailbox.url`. Relative paths start at `folder`.
pub fn mailbox(url: &str, folder: &Path) -> Result<MailboxUrl, BadUrl> {
    match scheme(url) {
        Some(("imaps", rest)) => imap(rest, 993, Security::Tls),
        Some(("imap", rest)) => imap(rest, 143, Security::StartTls),
        Some(("maildir", rest)) => Ok(MailboxUrl::Maildir(file(rest, folder)?)),
        other => unknown(other, mailbox_help()),
    }
}

/// `outbound.url`.
pub fn outbound(url: &str, folder: &Path) -> Result<OutboundUrl, BadUrl> {
    match scheme(url) {
        Some(("smtps", rest)) => smtp(rest, 465, Security::Tls),
        // 587 is the port for submission (RFC 6409).
        Some(("smtp", rest)) => smtp(rest, 587, Security::StartTls),
        Some(("sendmail", "")) => Ok(OutboundUrl::Sendmail(PathBuf::from("/usr/sbin/sendmail"))),
        Some(("sendmail", rest)) => Ok(OutboundUrl::Sendmail(file(rest, folder)?)),
        Some(("maildir", rest)) => Ok(OutboundUrl::Maildir(file(rest, folder)?)),
        other => unknown(other, outbound_help()),
    }
}

/// `ledger.url`: the file.
pub fn ledger(url: &str, folder: &Path) -> Result<PathBuf, BadUrl> {
    match scheme(url) {
        Some(("sqlite", rest)) => file(rest, folder),
        Some(("postgres" | "postgresql", _)) => bad(
            say!(
                "a PostgreSQL ledger is not available in this version",
                "PostgreSQL の台帳は、この版ではまだ使えません"
            ),
            ledger_help(),
        ),
        other => unknown(other, ledger_help()),
    }
}

fn scheme(url: &str) -> Option<(&str, &str)> {
    url.split_once(':')
}

fn unknown<T>(found: Option<(&str, &str)>, help: Text) -> Result<T, BadUrl> {
    match found {
        Some((scheme, _)) if !scheme.is_empty() && scheme.bytes().all(|b| b.is_ascii_alphanumeric()) => bad(
            say!("urls of the kind `{scheme}:` are not known here", "`{scheme}:` で始まる URL はここでは使えません"),
            help,
        ),
        _ => bad(say!("this is not a url", "URL ではありません"), help),
    }
}

fn file(rest: &str, folder: &Path) -> Result<PathBuf, BadUrl> {
    if rest.is_empty() {
        return bad(
            say!("the path is missing", "パスがありません"),
            say!("write it behind the colon", "コロンの後に書いてください"),
        );
    }
    if rest.starts_with("//") && !rest.starts_with("///") {
        return bad(
            say!("a path has no host", "パスにホストは書けません"),
            say!("write the path right behind the colon", "コロンのすぐ後にパスを書きます"),
        );
    }
    Ok(folder.join(rest))
}

fn imap(rest: &str, port: u16, security: Security) -> Result<MailboxUrl, BadUrl> {
    let (authority, name) = slashes(rest)?;
    let server = server(authority, port, security)?;
    if server.user.is_none() {
        return bad(
            say!("the user is missing", "利用者名がありません"),
            say!(
                "write it before the host: `imaps://user@host/INBOX`",
                "ホストの前に書きます: `imaps://利用者@ホスト/INBOX`"
            ),
        );
    }
    if name.chars().any(char::is_control) {
        return bad(
            say!("the folder name holds a control character", "フォルダー名に制御文字が入っています"),
            say!("type it again", "入力し直してください"),
        );
    }
    let folder = if name.is_empty() { "INBOX" } else { name };
    Ok(MailboxUrl::Imap { server, folder: folder.to_owned() })
}

fn smtp(rest: &str, port: u16, security: Security) -> Result<OutboundUrl, BadUrl> {
    let (authority, path) = slashes(rest)?;
    if !path.is_empty() {
        return bad(
            say!("nothing may follow the host, found `/{path}`", "ホストの後に `/{path}` は書けません"),
            say!("remove it", "消してください"),
        );
    }
    Ok(OutboundUrl::Smtp(server(authority, port, security)?))
}

/// Authority and what follows its slash.
fn slashes(rest: &str) -> Result<(&str, &str), BadUrl> {
    match rest.strip_prefix("//") {
        Some(rest) => Ok(rest.split_once('/').unwrap_or((rest, ""))),
        None => bad(
            say!("`//` is missing behind the colon", "コロンの後に `//` がありません"),
            say!("write it like `imaps://…`", "`imaps://…` のように書きます"),
        ),
    }
}

fn server(authority: &str, default_port: u16, security: Security) -> Result<Server, BadUrl> {
    let (user, place) = match authority.rsplit_once('@') {
        Some((user, place)) => (Some(self::user(user)?), place),
        None => (None, authority),
    };
    let (host, port) = match place.strip_prefix('[') {
        Some(rest) => match rest.split_once(']') {
            Some((host, "")) => (host, None),
            Some((host, port)) => (host, port.strip_prefix(':').or(Some(port))),
            None => {
                return bad(
                    say!("the bracket of the IPv6 address is not closed", "IPv6 アドレスの `]` がありません"),
                    say!("write it like `[::1]`", "`[::1]` のように書きます"),
                );
            }
        },
        None => place.split_once(':').map_or((place, None), |(host, port)| (host, Some(port))),
    };
    let is_name = !host.is_empty()
        && host.len() <= 253
        && host.split('.').all(|label| {
            !label.is_empty() && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
        });
    if place.starts_with('[') && host.parse::<std::net::Ipv6Addr>().is_err() || !place.starts_with('[') && !is_name {
        return bad(
            say!("`{host}` is not a host name", "`{host}` はホスト名ではありません"),
            say!("write it like `mail.example.jp`", "`mail.example.jp` のように書きます"),
        );
    }
    let port = match port {
        None => default_port,
        Some(port) => match port.parse() {
            Ok(port) if port > 0 => port,
            _ => {
                return bad(
                    say!("`{port}` is not a port", "`{port}` はポート番号ではありません"),
                    say!("a port is a number from 1 to 65535", "1 から 65535 までの数で書きます"),
                );
            }
        },
    };
    let security = match security {
        Security::StartTls if is_loopback(host) => Security::Opportunistic,
        other => other,
    };
    Ok(Server { host: host.to_ascii_lowercase(), port, security, user, password: None, ca: None })
}

fn user(written: &str) -> Result<String, BadUrl> {
    if written.contains(':') {
        let help = say!(
            "name its file: `password = {{ file = \"…\" }}`; a `:` that belongs to the user is written `%3A`",
            "`password = {{ file = \"…\" }}` でファイルを指定します（利用者名の `:` は `%3A` と書きます）"
        );
        let message = say!("a password does not belong in the url", "URL にパスワードは書けません");
        return Err(BadUrl { message, help: Some(help), secret: true });
    }
    let decoded = percent_decode(written).and_then(|bytes| String::from_utf8(bytes).ok());
    match decoded {
        Some(user) if user.is_empty() => bad(
            say!("the user before `@` is empty", "`@` の前の利用者名が空です"),
            say!("write the user, or leave out the `@`", "利用者名を書くか、`@` を消してください"),
        ),
        Some(user) if user.chars().any(char::is_control) => bad(
            say!("the user holds a control character", "利用者名に制御文字が入っています"),
            say!("type it again", "入力し直してください"),
        ),
        Some(user) => Ok(user),
        None => bad(
            say!("the user is not well percent-encoded", "利用者名の `%` の書き方が正しくありません"),
            say!("write a `%` that belongs to the user as `%25`", "`%` そのものは `%25` と書きます"),
        ),
    }
}

/// RFC 3986 section 2.1; `None` for a `%` without two hexadecimal digits.
fn percent_decode(text: &str) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        if byte != b'%' {
            out.push(byte);
            continue;
        }
        let mut digit = || bytes.next().and_then(|b| char::from(b).to_digit(16));
        let (high, low) = (digit()?, digit()?);
        out.push((high * 16 + low) as u8);
    }
    Some(out)
}

/// Whether a host is this machine (RFC 6761 section 6.3).
pub fn is_loopback(host: &str) -> bool {
    let host = host.trim_end_matches('.');
    host.eq_ignore_ascii_case("localhost")
        || host.to_ascii_lowercase().ends_with(".localhost")
        || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn imap_of(url: &str) -> (Server, String) {
        match mailbox(url, Path::new("/etc/madoguchi")) {
            Ok(MailboxUrl::Imap { server, folder }) => (server, folder),
            other => panic!("{url}: {other:?}"),
        }
    }

    #[test]
    fn the_last_at_splits_and_the_folder_is_taken_as_written() {
        for (url, user, host, port, security, folder) in [
            ("imaps://desk@imap.a.example", "desk", "imap.a.example", 993, Security::Tls, "INBOX"),
            (
                "imaps://desk@a.example@IMAP.a.example:1993/",
                "desk@a.example",
                "imap.a.example",
                1993,
                Security::Tls,
                "INBOX",
            ),
            (
                "imap://desk%40a.example@h/相談/労務管理",
                "desk@a.example",
                "h",
                143,
                Security::StartTls,
                "相談/労務管理",
            ),
            ("imap://a%3Ab@127.0.0.1:1143/a@b%20c", "a:b", "127.0.0.1", 1143, Security::Opportunistic, "a@b%20c"),
            ("imap://u@[::1]:143/INBOX", "u", "::1", 143, Security::Opportunistic, "INBOX"),
            ("imap://u@localhost", "u", "localhost", 143, Security::Opportunistic, "INBOX"),
            ("imaps://u@127.0.0.1", "u", "127.0.0.1", 993, Security::Tls, "INBOX"),
        ] {
            let (server, found) = imap_of(url);
            assert_eq!(
                (server.user.as_deref(), server.host.as_str(), server.port, server.security, found.as_str()),
                (Some(user), host, port, security, folder),
                "{url}"
            );
        }
    }

    #[test]
    fn relays_have_their_ports_and_paths_start_at_the_file() {
        let folder = Path::new("/etc/madoguchi");
        let smtp_of = |url: &str| match outbound(url, folder) {
            Ok(OutboundUrl::Smtp(server)) => (server.port, server.security, server.user),
            other => panic!("{other:?}"),
        };
        assert_eq!(smtp_of("smtp://relay.example"), (587, Security::StartTls, None));
        assert_eq!(smtp_of("smtps://a@relay.example"), (465, Security::Tls, Some("a".to_owned())));
        assert_eq!(smtp_of("smtp://localhost:2525/"), (2525, Security::Opportunistic, None));
        let path = |url| match outbound(url, folder) {
            Ok(OutboundUrl::Sendmail(path) | OutboundUrl::Maildir(path)) => path.display().to_string(),
            other => panic!("{other:?}"),
        };
        assert_eq!(path("sendmail:"), "/usr/sbin/sendmail");
        assert_eq!(path("sendmail:/opt/bin/sendmail"), "/opt/bin/sendmail");
        assert_eq!(path("maildir:out"), "/etc/madoguchi/out");
        assert_eq!(ledger("sqlite:ledger.db", folder).unwrap(), folder.join("ledger.db"));
        assert_eq!(ledger("sqlite:///var/x.db", folder).unwrap(), Path::new("///var/x.db"));
    }

    #[test]
    fn what_cannot_be_used_is_said() {
        let folder = Path::new("/");
        for (url, what) in [
            ("imap.example", "this is not a url"),
            ("pop3://a@b", "`pop3:` are not known"),
            ("imaps:a@b", "`//` is missing"),
            ("imaps://host/INBOX", "the user is missing"),
            ("imaps://a:secret@host", "a password does not belong"),
            ("imaps://a%zz@host", "not well percent-encoded"),
            ("imaps://a%0d@host", "control character"),
            ("imaps://a@host:0", "`0` is not a port"),
            ("imaps://a@host:99999", "`99999` is not a port"),
            ("imaps://a@", "`` is not a host name"),
            ("imaps://a@ho st", "`ho st` is not a host name"),
            ("imaps://a@[::1", "not closed"),
            ("imaps://a@[nine]", "`nine` is not a host name"),
            ("maildir:", "the path is missing"),
            ("maildir://x", "a path has no host"),
        ] {
            let error = mailbox(url, folder).unwrap_err();
            assert!(error.message.en.contains(what), "{url}: {}", error.message);
            assert!(!format!("{error:?}").contains("secret@"), "{url}");
        }
        assert!(outbound("smtp://h/x", folder).unwrap_err().message.en.contains("nothing may follow"));
        assert!(ledger("postgres://h/x", folder).unwrap_err().message.en.contains("not available in this version"));
    }

    proptest! {
        #[test]
        fn any_text_is_a_url_or_an_error(url in "(imaps?|smtps?|maildir|sqlite)?:?/{0,3}\\PC{0,40}") {
            let folder = Path::new("/");
            let _ = (mailbox(&url, folder), outbound(&url, folder), ledger(&url, folder));
        }

        #[test]
        fn an_encoded_user_comes_back(user in "[^\\x00-\\x1f\\x7f-\\u{9f}]{1,20}") {
            let encoded: String = user.bytes().map(|b| format!("%{b:02X}")).collect();
            prop_assert_eq!(imap_of(&format!("imaps://{encoded}@h")).0.user, Some(user));
        }
    }
}
