//! A Postfix of one's own, and Postfix's smtp-sink.

use super::{Certificates, Dovecot, free_port, listens, program, run, scratch, server, server_as, started, uid, until};
use madoguchi::shell::config::{Security, Server};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// smtp-sink: takes every mail and keeps each as a file.
pub struct Sink {
    folder: tempfile::TempDir,
    process: Child,
    pub port: u16,
}

/// A mail as smtp-sink received it.
#[derive(Debug)]
pub struct Received {
    /// Arguments of MAIL and RCPT, as sent.
    pub mail: String,
    pub rcpt: String,
    /// The message, with LF for CRLF (smtp-sink writes text files).
    pub message: Vec<u8>,
}

impl Sink {
    pub fn start() -> Sink {
        Sink::start_with(&[])
    }

    /// Takes every mail and keeps none.
    pub fn start_without_keeping() -> Sink {
        Sink::launch(&[])
    }

    /// With options of smtp-sink, as `-8` (no 8BITMIME).
    pub fn start_with(options: &[&str]) -> Sink {
        Sink::launch(&[options, &["-d", "mail."]].concat())
    }

    fn launch(options: &[&str]) -> Sink {
        let folder = scratch();
        for _ in 0..5 {
            let port = free_port();
            // smtp-sink refuses to run as root.
            if uid() == 0 {
                run(Command::new("chown").arg("nobody").arg(folder.path()));
            }
            let mut command = server_as(Some("nobody"), &program("smtp-sink", "postfix"));
            let mut process = command
                .current_dir(folder.path())
                .args(options)
                .args([&format!("127.0.0.1:{port}"), "100"])
                .stderr(Stdio::null())
                .spawn()
                .unwrap();
            if listens(&mut process, port) {
                started(&format!("smtp-sink of Postfix {}", version()));
                return Sink { folder, process, port };
            }
        }
        panic!("smtp-sink does not start");
    }

    /// The relay as a configuration names it.
    pub fn server(&self) -> Server {
        Server {
            host: "127.0.0.1".to_owned(),
            port: self.port,
            security: Security::Opportunistic,
            user: None,
            password: None,
            ca: None,
        }
    }

    /// Waits for this many mails and reads them.
    pub fn received(&self, mails: usize) -> Vec<Received> {
        until("mails at smtp-sink", || {
            let read = |entry: std::io::Result<std::fs::DirEntry>| std::fs::read(entry.unwrap().path()).unwrap();
            let files: Vec<Vec<u8>> = std::fs::read_dir(self.folder.path()).unwrap().map(read).collect();
            let whole: Vec<Received> = files.iter().filter_map(|file| parse(file)).collect();
            (whole.len() >= mails && whole.len() == files.len()).then_some(whole)
        })
    }
}

/// A dump: pseudo-header lines of smtp-sink, its Received field, the message, an empty line.
fn parse(dump: &[u8]) -> Option<Received> {
    let mut rest = dump;
    let (mut mail, mut rcpt) = (String::new(), String::new());
    loop {
        let end = rest.iter().position(|octet| *octet == b'\n')?;
        let line = String::from_utf8_lossy(&rest[..end]).into_owned();
        let own = line.starts_with("X-") || line.starts_with("Received: from ") || line.starts_with('\t');
        if !own {
            break;
        }
        rest = &rest[end + 1..];
        if let Some(args) = line.strip_prefix("X-Mail-Args: ") {
            args.clone_into(&mut mail);
        }
        if let Some(args) = line.strip_prefix("X-Rcpt-Args: ") {
            args.clone_into(&mut rcpt);
        }
    }
    let message = rest.strip_suffix(b"\n")?.to_vec();
    Some(Received { mail, rcpt, message })
}

impl Drop for Sink {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A Postfix that takes mail after STARTTLS and login and relays it to a sink.
pub struct Postfix {
    folder: tempfile::TempDir,
    process: Child,
    pub port: u16,
    pub certificates: Certificates,
}

impl Postfix {
    /// `logins`: the Dovecot that knows the passwords.
    pub fn start(logins: &Dovecot, relay_to: &Sink) -> Postfix {
        assert_eq!(uid(), 0, "Postfix starts only as root: run scripts/test as root in a container");
        let folder = scratch();
        let certificates = Certificates::write(folder.path());
        let home = folder.path();
        for part in ["queue", "data", "conf"] {
            std::fs::create_dir(home.join(part)).unwrap();
        }
        run(Command::new("chown").arg("postfix").arg(home.join("data")));
        for _ in 0..5 {
            let port = free_port();
            std::fs::write(home.join("conf/main.cf"), main_cf(home, &certificates, logins, relay_to)).unwrap();
            std::fs::write(home.join("conf/master.cf"), master_cf(port)).unwrap();
            let postfix = program("postfix", "postfix");
            run(Command::new(&postfix).arg("-c").arg(home.join("conf")).arg("check"));
            let mut process = server(&postfix)
                .arg("-c")
                .arg(home.join("conf"))
                .arg("start-fg")
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .unwrap();
            if listens(&mut process, port) {
                started(&format!("Postfix {}", version()));
                return Postfix { folder, process, port, certificates };
            }
        }
        panic!("Postfix does not start:\n{}", log(home));
    }

    /// The relay as a configuration names it.
    pub fn server(&self) -> Server {
        Server {
            host: "localhost".to_owned(),
            port: self.port,
            security: Security::StartTls,
            user: Some(Dovecot::USER.to_owned()),
            password: Some(Dovecot::PASSWORD.to_owned().into()),
            ca: Some(self.certificates.ca.clone()),
        }
    }

    /// A `sendmail` that submits to this Postfix.
    pub fn sendmail(&self) -> PathBuf {
        use std::os::unix::fs::PermissionsExt;
        let path = self.folder.path().join("sendmail");
        let sendmail = program("sendmail", "postfix");
        let script = format!(
            "#!/bin/sh\nMAIL_CONFIG={} exec {} \"$@\"\n",
            self.folder.path().join("conf").display(),
            sendmail.display()
        );
        std::fs::write(&path, script).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        path
    }

    /// Everything it logged so far.
    pub fn log(&self) -> String {
        log(self.folder.path())
    }
}

/// Postfix's version, for people.
fn version() -> String {
    run(Command::new(program("postconf", "postfix")).args(["-dh", "mail_version"])).trim().to_owned()
}

fn log(home: &Path) -> String {
    std::fs::read_to_string(home.join("log")).unwrap_or_default()
}

fn main_cf(home: &Path, certificates: &Certificates, logins: &Dovecot, relay_to: &Sink) -> String {
    let home = home.display();
    format!(
        "compatibility_level = 3.6\nmyhostname = relay.b.example\nmydestination =\nlocal_recipient_maps =\n\
         queue_directory = {home}/queue\ndata_directory = {home}/data\n\
         maillog_file = {home}/log\nmaillog_file_prefixes = /tmp\n\
         inet_interfaces = 127.0.0.1\ninet_protocols = ipv4\nalias_maps =\nalias_database =\n\
         relayhost = [127.0.0.1]:{}\nsmtp_host_lookup = native\nmynetworks =\n\
         smtpd_tls_security_level = encrypt\nsmtpd_tls_cert_file = {}\nsmtpd_tls_key_file = {}\n\
         smtpd_sasl_auth_enable = yes\nsmtpd_sasl_type = dovecot\nsmtpd_sasl_path = {}\n\
         smtpd_relay_restrictions = permit_sasl_authenticated, reject\n\
         message_size_limit = 1000000\nsmtp_tls_security_level = none\n",
        relay_to.port,
        certificates.certificate.display(),
        certificates.key.display(),
        logins.auth_socket().display()
    )
}

fn master_cf(port: u16) -> String {
    format!(
        "127.0.0.1:{port} inet n - n - - smtpd\npickup unix n - n 60 1 pickup\ncleanup unix n - n - 0 cleanup\n\
         qmgr unix n - n 300 1 qmgr\ntlsmgr unix - - n 1000? 1 tlsmgr\nrewrite unix - - n - - trivial-rewrite\n\
         bounce unix - - n - 0 bounce\ndefer unix - - n - 0 bounce\ntrace unix - - n - 0 bounce\n\
         proxymap unix - - n - - proxymap\nsmtp unix - - n - - smtp\nshowq unix n - n - - showq\n\
         error unix - - n - - error\nretry unix - - n - - error\ndiscard unix - - n - - discard\n\
         anvil unix - - n - 1 anvil\nscache unix - - n - 1 scache\npostlog unix-dgram n - n - 1 postlogd\n"
    )
}

impl Drop for Postfix {
    fn drop(&mut self) {
        let conf = self.folder.path().join("conf");
        let _ = Command::new("postfix").arg("-c").arg(conf).arg("abort").stderr(Stdio::null()).status();
        // `postfix start-fg` ends with its master.
        let ended = std::time::Instant::now() + std::time::Duration::from_secs(5);
        while self.process.try_wait().is_ok_and(|status| status.is_none()) && std::time::Instant::now() < ended {
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        let _ = self.process.kill();
        let _ = self.process.wait();
        if std::thread::panicking() {
            eprintln!("Postfix's log:\n{}", self.log());
        }
    }
}

/// True when something listens on the port.
pub fn is_up(port: u16) -> bool {
    TcpStream::connect(("127.0.0.1", port)).is_ok()
}
