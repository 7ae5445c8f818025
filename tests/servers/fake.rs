//! Servers that misbehave on purpose, for what real ones cannot be made to do:
//! each speaks just enough of its protocol, keeps a record of what it was told,
//! and commits the faults it is given, each at its step and so many times.

use madoguchi::shell::config::{Security, Server};
use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// What a server does instead of its duty.
#[derive(Debug, Clone)]
pub enum Fault {
    /// Answers with this. IMAP: the tagged status and text.
    Say(&'static str),
    /// Answers with this and closes.
    SayAndClose(&'static str),
    /// Closes without a word.
    Close,
    /// Says no more, and still listens.
    HalfClose,
    /// Never answers.
    Silence,
    /// IMAP: says this before doing its duty.
    First(String),
    /// IMAP: says this in place of the untagged answer; the tagged one is OK.
    Instead(String),
}

/// Faults by step, each with the times it is still to happen.
#[derive(Debug, Default)]
struct Faults(Vec<(&'static str, Fault, usize)>);

impl Faults {
    fn at(&mut self, step: &str) -> Option<Fault> {
        let (_, fault, left) = self.0.iter_mut().find(|(at, _, left)| *at == step && *left > 0)?;
        *left -= 1;
        Some(fault.clone())
    }
}

fn server(port: u16, user: bool) -> Server {
    Server {
        host: "127.0.0.1".to_owned(),
        port,
        security: Security::Opportunistic,
        user: user.then(|| "someone".to_owned()),
        password: user.then(|| "secret".to_owned().into()),
        ca: None,
    }
}

// ---------------------------------------------------------------- SMTP

/// An SMTP relay.
pub struct Smtp {
    pub port: u16,
    state: Arc<Mutex<SmtpState>>,
}

#[derive(Debug, Default)]
pub struct SmtpState {
    /// Keywords in the answer to EHLO.
    pub offers: Vec<&'static str>,
    faults: Faults,
    /// Commands as received, over all connections.
    pub commands: Vec<String>,
    /// Those that were not there yet when the command before them was answered.
    pub waited_for: Vec<String>,
    /// Messages as on the wire, up to and without the final dot.
    pub messages: Vec<Vec<u8>>,
    pub connections: usize,
    /// Connections open now, and the most at a time.
    pub open: usize,
    pub most: usize,
    /// How long a final dot waits for its answer.
    pub pause: std::time::Duration,
    /// How long every other command waits.
    pub slowness: std::time::Duration,
    /// Connections wait here before they answer a final dot.
    pub gate: Option<Arc<tokio::sync::Semaphore>>,
}

impl Smtp {
    pub async fn start(offers: &[&'static str]) -> Smtp {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let state = Arc::new(Mutex::new(SmtpState { offers: offers.to_vec(), ..SmtpState::default() }));
        let shared = Arc::clone(&state);
        tokio::spawn(async move {
            while let Ok((connection, _)) = listener.accept().await {
                let state = Arc::clone(&shared);
                tokio::spawn(async move {
                    {
                        let mut state = state.lock().unwrap();
                        state.connections += 1;
                        state.open += 1;
                        state.most = state.most.max(state.open);
                    }
                    // A broken connection is what these tests are about.
                    let _ = serve_smtp(connection, &state).await;
                    state.lock().unwrap().open -= 1;
                });
            }
        });
        Smtp { port, state }
    }

    /// `step`: CONNECT, EHLO, STARTTLS, AUTH, MAIL, RCPT, DATA, `.`, RSET.
    pub fn fault(&self, step: &'static str, fault: Fault, times: usize) {
        self.state().faults.0.push((step, fault, times));
    }

    pub fn state(&self) -> MutexGuard<'_, SmtpState> {
        self.state.lock().unwrap()
    }

    pub fn server(&self) -> Server {
        server(self.port, false)
    }

    pub fn server_with_login(&self) -> Server {
        server(self.port, true)
    }
}

/// Latin-1, so that a fault can hold what is not UTF-8.
fn octets(line: &str) -> Vec<u8> {
    line.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).chain(*b"\r\n").collect()
}

/// False: the connection is to be closed.
async fn commit(fault: &Fault, stream: &mut BufReader<TcpStream>) -> io::Result<bool> {
    match fault {
        Fault::Say(line) => stream.write_all(&octets(line)).await.map(|()| true),
        Fault::SayAndClose(line) => stream.write_all(&octets(line)).await.map(|()| false),
        Fault::Close => Ok(false),
        Fault::HalfClose => {
            stream.get_mut().shutdown().await?;
            stream.read_to_end(&mut Vec::new()).await.map(|_| false)
        }
        _ => std::future::pending().await,
    }
}

async fn serve_smtp(connection: TcpStream, state: &Mutex<SmtpState>) -> io::Result<()> {
    connection.set_nodelay(true)?;
    let mut stream = BufReader::new(connection);
    let fault = state.lock().unwrap().faults.at("CONNECT");
    match fault {
        Some(fault) if !commit(&fault, &mut stream).await? => return Ok(()),
        Some(_) => {}
        None => stream.write_all(b"220 fake ESMTP\r\n").await?,
    }
    let mut line = String::new();
    loop {
        line.clear();
        let waits = stream.buffer().is_empty();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(());
        }
        let command = line.trim_end().to_owned();
        let verb = command.split([' ', ':']).next().unwrap_or_default().to_uppercase();
        let fault = {
            let mut state = state.lock().unwrap();
            state.commands.push(command.clone());
            if waits {
                state.waited_for.push(verb.clone());
            }
            state.faults.at(&verb)
        };
        if let Some(fault) = fault {
            if commit(&fault, &mut stream).await? {
                continue;
            }
            return Ok(());
        }
        let slowness = state.lock().unwrap().slowness;
        tokio::time::sleep(slowness).await;
        match verb.as_str() {
            "EHLO" => {
                let offers = state.lock().unwrap().offers.clone();
                let mut answer = String::new();
                for offer in &offers {
                    answer += &format!("250-{offer}\r\n");
                }
                stream.write_all(format!("250-fake\r\n{answer}250 HELP\r\n").as_bytes()).await?;
            }
            "AUTH" => stream.write_all(b"235 2.7.0 welcome\r\n").await?,
            "DATA" => {
                stream.write_all(b"354 go on\r\n").await?;
                // A fault inside the message: the answer comes before its end.
                let early = state.lock().unwrap().faults.at("INSIDE");
                if let Some(fault) = early {
                    let mut some = [0; 10];
                    stream.read_exact(&mut some).await?;
                    commit(&fault, &mut stream).await?;
                    return Ok(());
                }
                let mut message: Vec<u8> = Vec::new();
                while !message.ends_with(b"\r\n.\r\n") && message != b".\r\n" {
                    if stream.read_until(b'\n', &mut message).await? == 0 {
                        return Ok(());
                    }
                }
                message.truncate(message.len() - 3);
                let (fault, gate, pause) = {
                    let mut state = state.lock().unwrap();
                    state.messages.push(message);
                    (state.faults.at("."), state.gate.clone(), state.pause)
                };
                tokio::time::sleep(pause).await;
                if let Some(gate) = gate {
                    gate.acquire().await.unwrap().forget();
                }
                match fault {
                    Some(fault) if !commit(&fault, &mut stream).await? => return Ok(()),
                    Some(_) => {}
                    None => stream.write_all(b"250 2.0.0 queued as 1\r\n").await?,
                }
            }
            "QUIT" => return stream.write_all(b"221 bye\r\n").await,
            _ => stream.write_all(b"250 2.0.0 ok\r\n").await?,
        }
    }
}

// ---------------------------------------------------------------- IMAP

/// An IMAP server with one mailbox.
pub struct Imap {
    pub port: u16,
    state: Arc<Mutex<ImapState>>,
    news: Arc<tokio::sync::Notify>,
}

#[derive(Debug)]
pub struct ImapState {
    pub capabilities: &'static str,
    pub permanent_flags: &'static str,
    pub uid_validity: u32,
    /// INBOX: UID, message.
    pub messages: BTreeMap<u32, Vec<u8>>,
    /// Listed, but not given out.
    pub withheld: Vec<u32>,
    faults: Faults,
    pub commands: Vec<String>,
    pub appended: Vec<Vec<u8>>,
    /// UIDs copied elsewhere, and those marked as deleted.
    pub copied: Vec<u32>,
    pub deleted: Vec<u32>,
    pub connections: usize,
}

impl Imap {
    pub async fn start(messages: &[(u32, &[u8])]) -> Imap {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let state = Arc::new(Mutex::new(ImapState {
            capabilities: "IMAP4rev1 IDLE MOVE UIDPLUS",
            permanent_flags: "\\Answered \\Seen \\Deleted \\Flagged \\*",
            uid_validity: 7,
            messages: messages.iter().map(|(uid, raw)| (*uid, raw.to_vec())).collect(),
            withheld: Vec::new(),
            faults: Faults::default(),
            commands: Vec::new(),
            appended: Vec::new(),
            copied: Vec::new(),
            deleted: Vec::new(),
            connections: 0,
        }));
        let news = Arc::new(tokio::sync::Notify::new());
        let (shared, bell) = (Arc::clone(&state), Arc::clone(&news));
        tokio::spawn(async move {
            while let Ok((connection, _)) = listener.accept().await {
                let (state, bell) = (Arc::clone(&shared), Arc::clone(&bell));
                state.lock().unwrap().connections += 1;
                tokio::spawn(async move { serve_imap(connection, &state, &bell).await });
            }
        });
        Imap { port, state, news }
    }

    /// `step`: GREETING, or a command's name; FETCH is LISTING or BODY, the
    /// literal of an APPEND is LITERAL, an IDLE that was begun is IDLING, its
    /// end is DONE.
    pub fn fault(&self, step: &'static str, fault: Fault, times: usize) {
        self.state().faults.0.push((step, fault, times));
    }

    pub fn state(&self) -> MutexGuard<'_, ImapState> {
        self.state.lock().unwrap()
    }

    /// Puts a message into INBOX and tells a connection that idles.
    pub fn arrive(&self, uid: u32, raw: &[u8]) {
        self.state().messages.insert(uid, raw.to_vec());
        self.news.notify_one();
    }

    pub fn server(&self) -> Server {
        server(self.port, true)
    }
}

async fn serve_imap(connection: TcpStream, state: &Mutex<ImapState>, news: &tokio::sync::Notify) -> io::Result<()> {
    connection.set_nodelay(true)?;
    let mut stream = BufReader::new(connection);
    match state.lock().unwrap().faults.at("GREETING") {
        Some(Fault::Say(line)) => stream.get_mut().try_write(format!("{line}\r\n").as_bytes()).map(drop)?,
        Some(Fault::SayAndClose(line)) => {
            return stream.get_mut().try_write(format!("{line}\r\n").as_bytes()).map(drop);
        }
        Some(Fault::Close) => return Ok(()),
        Some(_) => {}
        None => stream.get_mut().try_write(b"* OK fake\r\n").map(drop)?,
    }
    let mut line = String::new();
    loop {
        line.clear();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(());
        }
        let (tag, command) = line.trim_end().split_once(' ').unwrap_or((line.trim_end(), ""));
        let (tag, command) = (tag.to_owned(), command.to_owned());
        let mut words = command.split(' ');
        let mut step = words.next().unwrap_or_default().to_uppercase();
        if step == "UID" {
            step = words.next().unwrap_or_default().to_uppercase();
        }
        if step == "FETCH" {
            step = if command.contains("BODY.PEEK") { "BODY" } else { "LISTING" }.to_owned();
        }
        let fault = {
            let mut state = state.lock().unwrap();
            state.commands.push(command.clone());
            state.faults.at(&step)
        };
        let mut untagged = String::new();
        let mut instead = false;
        match fault {
            Some(Fault::Say(status)) => {
                stream.write_all(format!("{tag} {status}\r\n").as_bytes()).await?;
                continue;
            }
            Some(Fault::SayAndClose(text)) => return stream.write_all(text.as_bytes()).await,
            Some(Fault::Close) => return Ok(()),
            Some(Fault::HalfClose | Fault::Silence) => std::future::pending().await,
            Some(Fault::First(text)) => untagged = text,
            Some(Fault::Instead(text)) => (untagged, instead) = (text, true),
            None => {}
        }
        stream.write_all(untagged.as_bytes()).await?;
        match step.as_str() {
            _ if instead => {}
            "IDLE" => {
                stream.write_all(b"+ idling\r\n").await?;
                let ended = state.lock().unwrap().faults.at("IDLING");
                if let Some(fault) = ended {
                    commit(&fault, &mut stream).await?;
                    return Ok(());
                }
                let mut done = String::new();
                loop {
                    tokio::select! {
                        read = stream.read_line(&mut done) => {
                            read?;
                            break;
                        }
                        () = news.notified() => {
                            let count = state.lock().unwrap().messages.len();
                            stream.write_all(format!("* {count} EXISTS\r\n").as_bytes()).await?;
                        }
                    }
                }
                let fault = state.lock().unwrap().faults.at("DONE");
                match fault {
                    Some(Fault::Close) => return Ok(()),
                    Some(_) => std::future::pending().await,
                    None => {}
                }
            }
            "APPEND" => {
                let length = command.rsplit('{').next().and_then(|n| n.trim_end_matches('}').parse().ok());
                let mut literal = vec![0; length.unwrap_or_default()];
                stream.write_all(b"+ go on\r\n").await?;
                stream.read_exact(&mut literal).await?;
                stream.read_line(&mut String::new()).await?;
                let fault = {
                    let mut state = state.lock().unwrap();
                    state.appended.push(literal);
                    state.faults.at("LITERAL")
                };
                match fault {
                    Some(Fault::Close) => return Ok(()),
                    Some(Fault::Say(status)) => {
                        stream.write_all(format!("{tag} {status}\r\n").as_bytes()).await?;
                        continue;
                    }
                    _ => {}
                }
            }
            _ => {
                let answer = duty(&step, &command, &mut state.lock().unwrap());
                stream.write_all(&answer).await?;
            }
        }
        stream.write_all(format!("{tag} OK done\r\n").as_bytes()).await?;
    }
}

/// The untagged part of an honest answer.
fn duty(step: &str, command: &str, state: &mut ImapState) -> Vec<u8> {
    let mut answer = Vec::new();
    match step {
        "CAPABILITY" => answer = format!("* CAPABILITY {}\r\n", state.capabilities).into_bytes(),
        "LIST" => answer = b"* LIST (\\Noselect) \"/\" \"\"\r\n".to_vec(),
        "SELECT" | "EXAMINE" => {
            let next = state.messages.keys().next_back().map_or(1, |uid| uid + 1);
            answer = format!(
                "* {} EXISTS\r\n* OK [UIDVALIDITY {}] x\r\n* OK [UIDNEXT {next}] x\r\n* OK [PERMANENTFLAGS ({})] x\r\n",
                state.messages.len(),
                state.uid_validity,
                state.permanent_flags
            )
            .into_bytes();
        }
        "LISTING" if !command.starts_with("UID ") => {
            let number: usize = command.split(' ').nth(1).and_then(|n| n.parse().ok()).unwrap_or_default();
            if let Some(uid) = state.messages.keys().nth(number - 1) {
                answer = format!("* {number} FETCH (UID {uid})\r\n").into_bytes();
            }
        }
        "LISTING" | "BODY" => {
            let set = uids(command.split(' ').nth(2).unwrap_or_default(), state);
            for (n, (uid, raw)) in state.messages.iter().enumerate() {
                if !set.contains(uid) {
                    continue;
                }
                let n = n + 1;
                if step == "LISTING" {
                    let (size, date) = (raw.len(), "23-Nov-2026 09:00:00 +0900");
                    answer.extend(
                        format!("* {n} FETCH (UID {uid} RFC822.SIZE {size} INTERNALDATE \"{date}\")\r\n").into_bytes(),
                    );
                } else if !state.withheld.contains(uid) {
                    let section = if command.contains("HEADER") { "HEADER" } else { "" };
                    answer.extend(format!("* {n} FETCH (UID {uid} BODY[{section}] {{{}}}\r\n", raw.len()).into_bytes());
                    answer.extend(raw);
                    answer.extend(b")\r\n");
                }
            }
        }
        "EXPUNGE" => {
            let uids = uids(command.split(' ').nth(2).unwrap_or_default(), state);
            for uid in uids.into_iter().filter(|uid| state.deleted.contains(uid)).collect::<Vec<_>>() {
                state.messages.remove(&uid);
            }
        }
        "COPY" => state.copied.extend(uids(command.split(' ').nth(2).unwrap_or_default(), state)),
        "STORE" if command.contains("\\Deleted") => {
            let uids = uids(command.split(' ').nth(2).unwrap_or_default(), state);
            state.deleted.extend(uids);
        }
        "MOVE" => {
            for uid in uids(command.split(' ').nth(2).unwrap_or_default(), state) {
                state.messages.remove(&uid);
            }
        }
        _ => {}
    }
    answer
}

/// The messages of a set, as IMAP counts: `n:*` always holds the last one.
fn uids(set: &str, state: &ImapState) -> Vec<u32> {
    let last = state.messages.keys().next_back().copied().unwrap_or_default();
    let number = |text: &str| if text == "*" { last } else { text.parse().unwrap_or_default() };
    let mut found = Vec::new();
    for range in set.split(',') {
        let (a, b) = range.split_once(':').unwrap_or((range, range));
        let (a, b) = (number(a), number(b));
        found.extend(state.messages.range(a.min(b)..=a.max(b)).map(|(uid, _)| *uid));
    }
    found
}
