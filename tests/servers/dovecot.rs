//! A Dovecot of one's own.

use super::{Certificates, free_port, listens, program, run, scratch, server, started, terminate, uid, until};
use madoguchi::shell::config::{Security, Server};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// What is out of the ordinary.
#[derive(Debug, Clone, Copy, Default)]
pub struct Setup {
    /// Without STARTTLS and imaps.
    pub no_tls: bool,
    /// Without IDLE, MOVE and UIDPLUS.
    pub bare: bool,
}

/// A running Dovecot with one user. Mail lies in a Maildir.
pub struct Dovecot {
    setup: Setup,
    folder: tempfile::TempDir,
    process: Option<Child>,
    pub port: u16,
    pub tls_port: u16,
    pub certificates: Certificates,
}

impl Dovecot {
    pub const USER: &str = "jimukyoku@b.example";
    pub const PASSWORD: &str = "窓口 \"secret\"";

    pub fn start() -> Dovecot {
        Dovecot::start_with(Setup::default())
    }

    pub fn start_with(setup: Setup) -> Dovecot {
        let folder = scratch();
        let certificates = Certificates::write(folder.path());
        let mut dovecot = Dovecot { setup, folder, process: None, port: 0, tls_port: 0, certificates };
        for part in ["tmp", "new", "cur"] {
            std::fs::create_dir_all(dovecot.maildir().join(part)).unwrap();
        }
        dovecot.own(&dovecot.folder.path().join("mail"));
        // Another process may take a port between looking and listening.
        for _ in 0..5 {
            (dovecot.port, dovecot.tls_port) = (free_port(), free_port());
            std::fs::write(dovecot.configuration(), dovecot.settings()).unwrap();
            if dovecot.launch() {
                started(&format!("Dovecot {}", Dovecot::version()));
                return dovecot;
            }
        }
        panic!("Dovecot does not start:\n{}", dovecot.log());
    }

    /// Its version, for people.
    pub fn version() -> String {
        run(Command::new(program("dovecot", "dovecot-imapd")).arg("--version")).trim().to_owned()
    }

    fn launch(&mut self) -> bool {
        let mut process = server(&program("dovecot", "dovecot-imapd"))
            .args(["-F", "-c"])
            .arg(self.configuration())
            .stdout(Stdio::null())
            .stderr(Stdio::from(std::fs::File::create(self.folder.path().join("stderr")).unwrap()))
            .spawn()
            .unwrap();
        // It opens one port after the other.
        let up = listens(&mut process, self.port) && (self.setup.no_tls || listens(&mut process, self.tls_port));
        self.process = Some(process);
        up
    }

    /// Ends it as an operator would, and every connection with it: those that
    /// were in the middle of a command would outlive the master.
    pub fn stop(&mut self) {
        if let Some(mut process) = self.process.take() {
            let children = children(process.id());
            assert!(terminate(process.id()));
            process.wait().unwrap();
            for child in children {
                terminate(child);
            }
        }
    }

    /// Starts it again after [`Dovecot::stop`], on the same ports.
    pub fn restart(&mut self) {
        assert!(self.launch(), "Dovecot does not start again:\n{}", self.log());
    }

    /// The server as a configuration names it.
    pub fn server(&self, security: Security) -> Server {
        Server {
            host: "localhost".to_owned(),
            port: if security == Security::Tls { self.tls_port } else { self.port },
            security,
            user: Some(Dovecot::USER.to_owned()),
            password: Some(Dovecot::PASSWORD.to_owned().into()),
            ca: (security != Security::Opportunistic).then(|| self.certificates.ca.clone()),
        }
    }

    /// Where INBOX lies.
    pub fn maildir(&self) -> PathBuf {
        self.folder.path().join("mail/Maildir")
    }

    /// Puts a message into INBOX as a delivering server does.
    pub fn deliver(&self, name: &str, raw: &[u8]) {
        self.deliver_into(&self.maildir(), name, raw);
    }

    /// Puts a message into the folder that lies there.
    pub fn deliver_into(&self, maildir: &Path, name: &str, raw: &[u8]) {
        let tmp = maildir.join("tmp").join(name);
        std::fs::write(&tmp, raw).unwrap();
        self.own(&tmp);
        std::fs::rename(tmp, maildir.join("new").join(name)).unwrap();
    }

    /// What `doveadm` prints, for the user where `{user}` stands.
    pub fn doveadm(&self, arguments: &[&str]) -> String {
        let arguments = arguments.iter().map(|argument| argument.replace("{user}", Dovecot::USER));
        let doveadm = program("doveadm", "dovecot-imapd");
        run(Command::new(doveadm).arg("-c").arg(self.configuration()).args(arguments))
    }

    /// Flags and keywords of the messages in a folder, in order of UID; without
    /// `\Recent`, which tells which session saw a message first (gone in RFC 9051).
    pub fn flags(&self, folder: &str) -> Vec<String> {
        let table = self.doveadm(&["-f", "tab", "fetch", "-u", "{user}", "uid flags", "mailbox", folder]);
        let mut rows: Vec<(u32, String)> = table
            .lines()
            .skip(1)
            .map(|line| {
                let (uid, flags) = line.split_once('\t').unwrap();
                let kept: Vec<&str> = flags.split(' ').filter(|flag| *flag != "\\Recent").collect();
                (uid.parse().unwrap(), kept.join(" "))
            })
            .collect();
        rows.sort();
        rows.into_iter().map(|(_, flags)| flags).collect()
    }

    /// Waits until a folder holds this many messages.
    pub fn wait_for(&self, folder: &str, messages: usize) {
        until("messages in a folder", || (self.flags(folder).len() == messages).then_some(()));
    }

    /// Gives a file to the user that Dovecot reads mail as.
    pub fn own(&self, path: &Path) {
        if uid() == 0 {
            give(path, user_ids("mail"));
        }
    }

    /// The socket on which Postfix asks for logins.
    pub fn auth_socket(&self) -> PathBuf {
        self.folder.path().join("run/auth-for-postfix")
    }

    fn configuration(&self) -> PathBuf {
        self.folder.path().join("dovecot.conf")
    }

    fn log(&self) -> String {
        let read = |name: &str| std::fs::read_to_string(self.folder.path().join(name)).unwrap_or_default();
        read("log") + &read("stderr")
    }

    fn settings(&self) -> String {
        let folder = self.folder.path().display();
        let root = uid() == 0;
        let me = if root { String::new() } else { run(Command::new("id").arg("-un")).trim().to_owned() };
        let (internal, login, mail) = if root { ("dovecot", "dovenull", "mail") } else { (&*me, &*me, &*me) };
        let group = if root { "mail".to_owned() } else { run(Command::new("id").arg("-gn")).trim().to_owned() };
        let internal_group = if root { "dovecot" } else { &*group };
        let password = Dovecot::PASSWORD.replace('"', "\\\"");
        let Certificates { certificate, key, .. } = &self.certificates;
        let (certificate, key) = (certificate.display(), key.display());
        let new = Dovecot::version().starts_with("2.4");
        let listen = if new { "listen" } else { "address" };
        let (port, tls_port) = if self.setup.no_tls { (self.port, 0) } else { (self.port, self.tls_port) };
        let ssl = if self.setup.no_tls { "no" } else { "yes" };
        let mut settings = if new {
            format!(
                "dovecot_config_version = 2.4.0\ndovecot_storage_version = 2.4.0\n\
                 auth_allow_cleartext = yes\nmail_driver = maildir\nmail_path = ~/Maildir\n\
                 ssl_server_cert_file = {certificate}\nssl_server_key_file = {key}\n\
                 passdb static {{\n  password = \"{password}\"\n}}\n\
                 userdb static {{\n  fields {{\n    uid = {mail}\n    gid = {group}\n    home = {folder}/mail\n  }}\n}}\n"
            )
        } else {
            format!(
                "disable_plaintext_auth = no\nmail_location = maildir:~/Maildir\n\
                 ssl_cert = <{certificate}\nssl_key = <{key}\n\
                 passdb {{\n  driver = passwd-file\n  args = {folder}/users\n}}\n\
                 userdb {{\n  driver = static\n  args = uid={mail} gid={group} home={folder}/mail\n}}\n"
            )
        };
        if !new {
            let line = format!("{}:{{PLAIN}}{}\n", Dovecot::USER, Dovecot::PASSWORD);
            std::fs::write(self.folder.path().join("users"), line).unwrap();
        }
        if self.setup.bare {
            settings += "imap_capability = IMAP4rev1 LITERAL+ NAMESPACE\n";
        }
        // Without root there is no changing of users and no chroot.
        let chroot = if root { "" } else { "  chroot =\n" };
        settings
            + &format!(
                "base_dir = {folder}/run\nstate_dir = {folder}/state\nlog_path = {folder}/log\n\
                 protocols = imap\nssl = {ssl}\nfirst_valid_uid = 1\n\
                 default_internal_user = {internal}\ndefault_internal_group = {internal_group}\n\
                 default_login_user = {login}\nauth_failure_delay = 0\nauth_mechanisms = plain login\n\
                 mail_max_userip_connections = 100\n\
                 namespace inbox {{\n  inbox = yes\n  separator = /\n}}\n\
                 service anvil {{\n{chroot}}}\n\
                 service imap-login {{\n{chroot}\
                 \x20 inet_listener imap {{\n    {listen} = 127.0.0.1\n    port = {port}\n  }}\n\
                 \x20 inet_listener imaps {{\n    {listen} = 127.0.0.1\n    port = {tls_port}\n    ssl = yes\n  }}\n}}\n\
                 service auth {{\n  unix_listener auth-for-postfix {{\n    mode = 0666\n  }}\n}}\n"
            )
    }
}

/// Changes the owner of a file, or of a folder and all that lies in it.
fn give(path: &Path, (uid, gid): (u32, u32)) {
    std::os::unix::fs::chown(path, Some(uid), Some(gid)).unwrap();
    if path.is_dir() {
        for entry in std::fs::read_dir(path).unwrap() {
            give(&entry.unwrap().path(), (uid, gid));
        }
    }
}

/// Processes that a process started.
fn children(process: u32) -> Vec<u32> {
    let list = std::fs::read_to_string(format!("/proc/{process}/task/{process}/children")).unwrap_or_default();
    list.split_whitespace().map(|child| child.parse().unwrap()).collect()
}

/// Numbers of a user and its group.
fn user_ids(name: &str) -> (u32, u32) {
    let users = std::fs::read_to_string("/etc/passwd").unwrap();
    let fields = users.lines().map(|line| line.split(':').collect::<Vec<_>>()).find(|fields| fields[0] == name);
    let fields = fields.unwrap_or_else(|| panic!("no user `{name}`"));
    (fields[2].parse().unwrap(), fields[3].parse().unwrap())
}

impl Drop for Dovecot {
    fn drop(&mut self) {
        // Not `stop`: its panic would hide the test's own.
        if let Some(mut process) = self.process.take()
            && terminate(process.id())
        {
            let _ = process.wait();
        }
        if std::thread::panicking() {
            eprintln!("Dovecot's log:\n{}", self.log());
        }
    }
}
