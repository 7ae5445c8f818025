//! A place where madoguchi itself runs: a scratch folder with a configuration,
//! the shipped rules and templates, and the binary.

use super::{Dovecot, scratch, until};
use madoguchi::shell::config::{Security, Server};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};

/// Longest a single run may take; `run --once` gives an unreachable mailbox 30 s.
const RUN_LONGEST: &str = "120";

/// Where madoguchi runs.
pub struct Site {
    folder: tempfile::TempDir,
}

/// What a command printed, and how it ended.
#[derive(Debug)]
pub struct Ran {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Site {
    pub const ADDRESS: &str = "jimukyoku@teleworksupport.example";

    /// Reads all mail of the mailbox and sends to the relay. `more` is added
    /// to the end of the configuration.
    pub fn new(mailbox: &Server, outbound: &Server, more: &str) -> Site {
        let site = Site { folder: scratch() };
        site.configure(mailbox, outbound, more);
        site
    }

    /// Writes the configuration anew.
    pub fn configure(&self, mailbox: &Server, outbound: &Server, more: &str) {
        let table = |name: &str, schemes: [&str; 2], path: &str, server: &Server| {
            use secrecy::ExposeSecret;
            let scheme = if server.security == Security::Tls { schemes[0] } else { schemes[1] };
            let user = server.user.as_ref().map(|user| format!("{user}@")).unwrap_or_default();
            let mut lines = format!("[{name}]\nurl = \"{scheme}://{user}{}:{}{path}\"\n", server.host, server.port);
            if let Some(password) = &server.password {
                let file = format!("{name}.password");
                self.write(&file, &format!("{}\n", password.expose_secret()));
                lines += &format!("password = {{ file = \"{file}\" }}\n");
            }
            if let Some(ca) = &server.ca {
                lines += &format!("ca = \"{}\"\n", ca.display());
            }
            lines
        };
        let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).display();
        let text = format!(
            "[secretariat]\naddress = \"{}\"\n{}first_run = \"all\"\npoll = \"2s\"\n{}\
             [ledger]\nurl = \"sqlite:ledger.db\"\n[rules]\npath = \"{shipped}/rules\"\n\
             [templates]\npath = \"{shipped}/templates\"\n{more}",
            Site::ADDRESS,
            table("mailbox", ["imaps", "imap"], "/INBOX", mailbox),
            table("outbound", ["smtps", "smtp"], "", outbound),
        );
        self.write("madoguchi.toml", &text);
    }

    /// Changes a word of the configuration.
    pub fn replace(&self, from: &str, to: &str) {
        let text = std::fs::read_to_string(self.path().join("madoguchi.toml")).unwrap();
        assert!(text.contains(from), "{text}");
        self.write("madoguchi.toml", &text.replace(from, to));
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path().join(name), text).unwrap();
    }

    /// The program, in a folder of its own; `timeout` sees to its end. In the
    /// foreground it hands a signal on once, not to its whole group as well: a
    /// second one stops a daemon at once.
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("timeout");
        command.args(["--foreground", RUN_LONGEST, env!("CARGO_BIN_EXE_madoguchi")]).args(arguments);
        command.current_dir(self.path()).env_remove("MADOGUCHI_LOG").stdin(Stdio::null());
        command
    }

    /// Runs a command to its end.
    pub fn run(&self, arguments: &[&str]) -> Ran {
        let output = self.command(arguments).output().unwrap();
        let text = |octets: Vec<u8>| String::from_utf8(octets).unwrap();
        Ran { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
    }

    /// The program alone, for who watches the process itself.
    pub fn bare_command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_madoguchi"));
        command.args(arguments).current_dir(self.path()).env_remove("MADOGUCHI_LOG").stdin(Stdio::null());
        command
    }

    /// Starts `run` and leaves it running.
    pub fn start(&self) -> Running {
        let log = self.path().join("log");
        let file = std::fs::File::create(&log).unwrap();
        let process = self.command(&["run"]).stdout(Stdio::null()).stderr(file).spawn().unwrap();
        Running { process, log }
    }
}

/// A daemon at work.
pub struct Running {
    process: Child,
    log: PathBuf,
}

impl Running {
    /// Its log lines so far.
    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap()
    }

    /// Waits until the log says something, so many times.
    pub fn says(&self, what: &str, times: usize) {
        until(what, || (self.log().matches(what).count() >= times).then_some(()));
    }

    /// Stops it as an operator would.
    pub fn stop(mut self) -> ExitStatus {
        assert!(super::terminate(self.process.id()), "already ended: {}", self.log());
        let status = self.process.wait().unwrap();
        if !status.success() {
            eprintln!("madoguchi's log:\n{}", self.log());
        }
        status
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if self.process.try_wait().is_ok_and(|ended| ended.is_none()) && super::terminate(self.process.id()) {
            let _ = self.process.wait();
        }
        if std::thread::panicking() {
            eprintln!("madoguchi's log:\n{}", self.log());
        }
    }
}

/// The `[mailbox]` server with another password.
pub fn with_password(server: Server, password: &str) -> Server {
    Server { password: Some(password.to_owned().into()), ..server }
}

/// A Dovecot's server over TLS.
pub fn imaps(dovecot: &Dovecot) -> Server {
    dovecot.server(Security::Tls)
}
