//! A run over a large mailbox of which little is new: time to the first reply,
//! octets read from the IMAP server, most memory; beside the same run over a
//! mailbox that holds nothing else. `scripts/bench mailbox` runs it.
//!
//!     scripts/bench mailbox [--messages 100000] [--new 10] [--rounds 3]

#[path = "../tests/servers/mod.rs"]
mod servers;

use madoguchi::shell::config::Server;
use servers::inquiries::INQUIRIES;
use servers::site::{Site, imaps};
use servers::{Dovecot, fake, message, peak_memory};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// What one run cost, from the start of the process on.
struct Cost {
    first_reply: Option<Duration>,
    wall: Duration,
    /// Octets from and to the IMAP server, TLS included.
    received: u64,
    sent: u64,
    /// Most resident memory, in MiB.
    memory: f64,
}

fn main() {
    let (mut messages, mut new, mut rounds) = (100_000, 10, 3);
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let number = |value: Option<String>| value.and_then(|v| v.parse().ok()).expect("a number");
        match argument.as_str() {
            "--messages" => messages = number(arguments.next()),
            "--new" => new = number(arguments.next()),
            "--rounds" => rounds = number(arguments.next()),
            // What cargo says to every benchmark.
            _ => {}
        }
    }
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
    let _entered = runtime.enter();
    println!("Dovecot {}, a Maildir of its own, index warm; relay in this process", Dovecot::version());
    println!(
        "{:>9} {:>5} {:>12} {:>9} {:>14} {:>10} {:>10}",
        "messages", "new", "first reply", "all done", "from the server", "to it", "memory"
    );
    for old in [0, messages] {
        let relay = runtime.block_on(fake::Smtp::start(&["8BITMIME", "PIPELINING"]));
        let dovecot = Dovecot::start();
        fill(&dovecot, old);
        let wire = Wire::to(imaps(&dovecot));
        let site = Site::new(&wire.server, &relay.server(), "[limits]\nper_hour = 0\n");
        site.replace("first_run = \"all\"", "first_run = \"new\"");
        let first = watch(&site, &wire, &relay, 0);
        print(old, "first", &first);
        for round in 0..rounds {
            for n in 0..new {
                let inquiry = &INQUIRIES[n as usize % INQUIRIES.len()];
                let id = format!("new-{round}-{n}");
                dovecot.deliver(&id, &inquiry.raw_from(&format!("person{n}@office{round}-{n}.example"), &id));
            }
            let cost = watch(&site, &wire, &relay, new);
            print(old + new * (round + 1), &new.to_string(), &cost);
        }
    }
}

fn print(messages: u32, new: &str, cost: &Cost) {
    let seconds = |time: Duration| format!("{:.3} s", time.as_secs_f64());
    println!(
        "{messages:>9} {new:>5} {:>12} {:>9} {:>14} B {:>8} B {:>6.1} MiB",
        cost.first_reply.map_or("-".to_owned(), seconds),
        seconds(cost.wall),
        cost.received,
        cost.sent,
        cost.memory
    );
}

/// Old mail, as a server has it that knows its mailbox.
fn fill(dovecot: &Dovecot, messages: u32) {
    let folder = dovecot.maildir().join("cur");
    for n in 0..messages {
        let raw = message(n, "以前のお問い合わせです。");
        std::fs::write(folder.join(format!("{n:07}.old:2,S")), raw).expect("a file");
    }
    dovecot.own(&folder);
    dovecot.doveadm(&["mailbox", "status", "-u", "{user}", "messages", "INBOX"]);
    dovecot.doveadm(&["index", "-u", "{user}", "INBOX"]);
}

/// Runs madoguchi to its end and looks on.
fn watch(site: &Site, wire: &Wire, relay: &fake::Smtp, new: u32) -> Cost {
    relay.state().messages.clear();
    let octets = || (wire.received.load(Ordering::Relaxed), wire.sent.load(Ordering::Relaxed));
    let before = octets();
    let mut command = site.bare_command(&["run", "--once"]);
    let began = Instant::now();
    let mut process = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("madoguchi starts");
    let (mut first_reply, mut memory) = (None, 0.0);
    let status = loop {
        if let Some(status) = process.try_wait().expect("a child") {
            break status;
        }
        if first_reply.is_none() && replies(relay) > 0 {
            first_reply = Some(began.elapsed());
        }
        memory = peak_memory(process.id()).unwrap_or(memory);
        std::thread::sleep(Duration::from_millis(1));
    };
    let wall = began.elapsed();
    let mut said = String::new();
    process.stdout.take().expect("piped").read_to_string(&mut said).expect("text");
    assert!(status.success(), "{said}");
    let mails = 2 * new;
    assert_eq!(said.trim_end(), format!("{new} messages decided, {mails} mails sent"));
    assert_eq!(replies(relay), new as usize, "a reply each");
    let after = octets();
    Cost { first_reply, wall, received: after.0 - before.0, sent: after.1 - before.1, memory }
}

fn replies(relay: &fake::Smtp) -> usize {
    let is_reply = |raw: &&Vec<u8>| String::from_utf8_lossy(raw).contains("Auto-Submitted: auto-replied");
    relay.state().messages.iter().filter(is_reply).count()
}

/// Carries connections on to a server and counts octets.
struct Wire {
    /// The server as it is reached here.
    server: Server,
    received: Arc<AtomicU64>,
    sent: Arc<AtomicU64>,
}

impl Wire {
    fn to(server: Server) -> Wire {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let (received, sent) = (Arc::<AtomicU64>::default(), Arc::<AtomicU64>::default());
        let (behind, counts) = (server.port, (received.clone(), sent.clone()));
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let upstream = TcpStream::connect(("127.0.0.1", behind)).expect("the server");
                for stream in [&client, &upstream] {
                    stream.set_nodelay(true).expect("a socket");
                }
                let copies = |s: &TcpStream| s.try_clone().expect("a socket");
                carry(copies(&client), copies(&upstream), counts.1.clone());
                carry(upstream, client, counts.0.clone());
            }
        });
        Wire { server: Server { port, ..server }, received, sent }
    }
}

fn carry(mut from: TcpStream, mut to: TcpStream, count: Arc<AtomicU64>) {
    std::thread::spawn(move || {
        let mut octets = vec![0; 64 * 1024];
        while let Ok(length @ 1..) = from.read(&mut octets) {
            count.fetch_add(length as u64, Ordering::Relaxed);
            if to.write_all(&octets[..length]).is_err() {
                break;
            }
        }
        let _ = to.shutdown(std::net::Shutdown::Both);
    });
}
