//! Real mail servers for tests: Dovecot (IMAP), Postfix (SMTP) and Postfix's
//! smtp-sink, each with a configuration of its own in a scratch folder, on free
//! loopback ports, ended with the value. Nothing of the machine's own mail
//! setup is read or changed. A plain `cargo test` leaves their tests out;
//! `scripts/test` runs them all.

// Each test file uses its own part of this.
#![allow(dead_code, unused_imports)]

mod dovecot;
pub mod fake;
pub mod inquiries;
mod postfix;
pub mod site;

pub use dovecot::{Dovecot, Setup};
pub use postfix::{Postfix, Received, Sink};

use madoguchi::core::address::Address;
use madoguchi::core::compose::{Kind, Outgoing};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// A port nobody listens on now. Below those that the system gives to outgoing
/// connections, and each once in a process: what is free now is free when the
/// server starts.
pub fn free_port() -> u16 {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    // Other test processes begin elsewhere.
    let start = std::process::id().wrapping_mul(7919);
    loop {
        let port = 10_000 + start.wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed)) % 20_000;
        let port = u16::try_from(port).unwrap();
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

/// The user id the tests run as.
pub fn uid() -> u32 {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata("/proc/self").unwrap().uid()
}

/// Most memory that a process has had, in MiB; `None` when it has ended.
pub fn peak_memory(process: u32) -> Option<f64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse::<f64>().ok().map(|kib| kib / 1024.0)
}

/// A program of the system, or how to get it.
pub fn program(name: &str, package: &str) -> PathBuf {
    let paths = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&paths).chain(["/usr/sbin".into(), "/sbin".into()]);
    for folder in folders {
        let path = folder.join(name);
        if path.exists() {
            return path;
        }
    }
    panic!("`{name}` is not installed: run scripts/test, or apt-get install {package}");
}

/// Waits for a condition that another process brings about.
pub fn until<T>(what: &str, mut check: impl FnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(value) = check() {
            return value;
        }
        assert!(began.elapsed() < Duration::from_secs(20), "waited 20 s for {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// [`until`], for what a task of this very test brings about.
pub async fn eventually(what: &str, mut check: impl FnMut() -> bool) {
    let began = Instant::now();
    while !check() {
        assert!(began.elapsed() < Duration::from_secs(20), "waited 20 s for {what}");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

/// Waits until a process listens on the port; false when it ended instead.
fn listens(process: &mut Child, port: u16) -> bool {
    until("a server to listen", || {
        if process.try_wait().unwrap().is_some() {
            return Some(false);
        }
        TcpStream::connect(("127.0.0.1", port)).ok().map(|_| true)
    })
}

/// A server that ends with this test, also when the test is killed. The signal
/// comes when the thread ends that starts it: the test's own.
fn server(program: &Path) -> Command {
    server_as(None, program)
}

/// The same, as another user where the tests run as root.
fn server_as(user: Option<&str>, program: &Path) -> Command {
    let mut command = Command::new(self::program("setpriv", "util-linux"));
    if let Some(user) = user.filter(|_| uid() == 0) {
        command.args(["--reuid", user, "--clear-groups"]);
    }
    command.args(["--pdeathsig", "TERM", "--"]).arg(program);
    command
}

/// Tells `scripts/test` which server runs, and of which version.
pub fn started(server: &str) {
    tell("MADOGUCHI_TEST_SERVERS", server);
}

/// Tells `scripts/test` what was measured, for its summary.
pub fn measured(figure: &str) {
    println!("{figure}");
    tell("MADOGUCHI_TEST_FIGURES", figure);
}

/// Adds a line to the file that a variable names, if it names one.
fn tell(variable: &str, line: &str) {
    use std::io::Write;
    if let Some(file) = std::env::var_os(variable) {
        let mut file = std::fs::File::options().append(true).create(true).open(file).unwrap();
        // One write: tests run side by side.
        file.write_all(format!("{line}\n").as_bytes()).unwrap();
    }
}

/// Asks a process to end, as an operator would; false when it has ended already.
fn terminate(process: u32) -> bool {
    let kill =
        Command::new("sh").args(["-c", "kill \"$1\"", "sh", &process.to_string()]).stderr(Stdio::null()).status();
    kill.is_ok_and(|status| status.success())
}

/// Runs a program that must succeed; gives back what it printed.
pub fn run(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{command:?}: {}{printed}", String::from_utf8_lossy(&output.stderr));
    printed
}

/// A private certificate authority and a certificate for `localhost`.
pub struct Certificates {
    /// PEM of the authority: what `ca` in a configuration names.
    pub ca: PathBuf,
    pub certificate: PathBuf,
    pub key: PathBuf,
}

impl Certificates {
    /// Writes them into a folder.
    pub fn write(folder: &Path) -> Certificates {
        let authority_key = rcgen::KeyPair::generate().unwrap();
        let mut authority = rcgen::CertificateParams::default();
        authority.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        authority.distinguished_name.push(rcgen::DnType::CommonName, "madoguchi test authority");
        let authority_pem = authority.self_signed(&authority_key).unwrap().pem();
        let issuer = rcgen::Issuer::from_params(&authority, authority_key);
        let key = rcgen::KeyPair::generate().unwrap();
        let server = rcgen::CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        let server_pem = server.signed_by(&key, &issuer).unwrap().pem();
        let file = |name: &str, content: String| {
            let path = folder.join(name);
            std::fs::write(&path, content).unwrap();
            path
        };
        Certificates {
            ca: file("ca.pem", authority_pem),
            certificate: file("server.pem", server_pem),
            key: file("server.key", key.serialize_pem()),
        }
    }
}

/// A scratch folder that service users may enter.
fn scratch() -> tempfile::TempDir {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::Builder::new().prefix("mado").tempdir_in("/tmp").unwrap();
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    folder
}

/// A message as a person writes it.
pub fn message(n: u32, body: &str) -> Vec<u8> {
    format!(
        "Return-Path: <a{n}@a.example>\r\nFrom: A <a{n}@a.example>\r\nTo: jimukyoku@b.example\r\n\
         Subject: question {n}\r\nMessage-ID: <{n}@a.example>\r\nDate: Mon, 23 Nov 2026 09:00:00 +0900\r\n\r\n{body}\r\n"
    )
    .into_bytes()
}

/// A mail to be sent.
pub fn outgoing(kind: Kind, to: &str, body: &str) -> Outgoing {
    let message_id = format!("{}.{}@b.example", kind.word(), body.len());
    let bytes = format!(
        "From: jimukyoku@b.example\r\nTo: {to}\r\nSubject: test\r\nMessage-ID: <{message_id}>\r\n\
         Date: Mon, 23 Nov 2026 09:00:00 +0900\r\n\r\n{body}"
    )
    .into_bytes();
    Outgoing {
        kind,
        envelope_from: match kind {
            Kind::Reply => None,
            Kind::Forward => Address::parse("jimukyoku@b.example"),
        },
        envelope_to: Address::parse(to).unwrap(),
        message_id,
        eight_bit: !bytes.is_ascii(),
        bytes,
    }
}
