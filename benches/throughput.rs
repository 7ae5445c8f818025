//! Messages a second from a real Dovecot through madoguchi to a real SMTP
//! server, on loopback, each message with a reply and a forward; with the
//! ledger on disk and in memory. `scripts/bench` runs it.
//!
//!     scripts/bench [--messages 2000] [--rounds 3]

#[path = "../tests/servers/mod.rs"]
mod servers;

use servers::inquiries::INQUIRIES;
use servers::site::{Site, imaps};
use servers::{Dovecot, Sink, peak_memory};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Where the ledger lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Disk,
    Memory,
}

/// What one run cost.
#[derive(Debug, Clone, Copy)]
struct Cost {
    /// Of the whole process, start and the last look into the mailbox included.
    wall: Duration,
    /// Processor time of madoguchi alone.
    cpu: Duration,
    /// Most resident memory, in MiB.
    memory: f64,
    /// Commits of the ledger: an fsync each, but for those of checkpoints.
    commits: u64,
}

fn main() {
    let (mut messages, mut rounds) = (2000, 3);
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let number = |value: Option<String>| value.and_then(|v| v.parse().ok()).expect("a number");
        match argument.as_str() {
            "--messages" => messages = number(arguments.next()),
            "--rounds" => rounds = number(arguments.next()),
            // What cargo says to every benchmark.
            _ => {}
        }
    }
    let processors = std::thread::available_parallelism().map_or(0, usize::from);
    println!("{messages} messages, a reply and a forward each; Dovecot {}, {processors} cores", Dovecot::version());
    println!(
        "{:8} {:>8} {:>12} {:>10} {:>12} {:>10} {:>16}",
        "ledger", "wall", "messages/s", "cpu", "cpu/message", "memory", "commits/message"
    );
    let mut best = [f64::MAX; 2];
    for _ in 0..rounds {
        for place in [Place::Disk, Place::Memory] {
            let (cost, idle) = measure(place, messages, None);
            let work = cost.wall.saturating_sub(idle.wall).as_secs_f64();
            let cpu = cost.cpu.saturating_sub(idle.cpu).as_secs_f64();
            let name = if place == Place::Disk { "disk" } else { "memory" };
            println!(
                "{name:8} {work:>6.2} s {:>12.0} {cpu:>8.2} s {:>9.0} µs {:>6.1} MiB {:>16.3}",
                f64::from(messages) / work,
                cpu * 1e6 / f64::from(messages),
                cost.memory,
                cost.commits as f64 / f64::from(messages)
            );
            best[place as usize] = best[place as usize].min(work);
        }
    }
    let [disk, memory] = best.map(|work| f64::from(messages) / work);
    println!(
        "best     disk {disk:.0}/s, memory {memory:.0}/s: durability costs {:.0} %",
        (1.0 - disk / memory) * 100.0
    );
    match fsyncs(messages) {
        Some(count) => println!(
            "fsyncs   {count}, {:.3} a message, under strace, which slows it down and parts groups",
            count as f64 / f64::from(messages)
        ),
        None => println!("fsyncs   not counted: strace is not installed"),
    }
}

/// One run over a full mailbox, and one after it over nothing new.
fn measure(place: Place, messages: u32, strace: Option<&Path>) -> (Cost, Cost) {
    let (dovecot, sink) = (Dovecot::start(), Sink::start_without_keeping());
    for n in 0..messages {
        let inquiry = &INQUIRIES[n as usize % INQUIRIES.len()];
        let raw = inquiry.raw_from(&format!("person{n}@office{n}.example"), &format!("{n}"));
        dovecot.deliver(&format!("{n:06}"), &raw);
    }
    // Dovecot's own index of new mail is not what is measured.
    dovecot.wait_for("INBOX", messages as usize);
    let site = Site::new(&imaps(&dovecot), &sink.server(), "[limits]\nper_hour = 0\n");
    if place == Place::Memory {
        let memory = tempfile::tempdir_in("/dev/shm").expect("a file system in memory");
        let ledger = memory.path().join("ledger.db");
        site.replace("sqlite:ledger.db", &format!("sqlite:{}", ledger.display()));
        return (watch(&site, messages, strace), watch(&site, 0, None));
    }
    (watch(&site, messages, strace), watch(&site, 0, None))
}

/// Runs madoguchi to its end and looks on.
fn watch(site: &Site, messages: u32, strace: Option<&Path>) -> Cost {
    let mut command = match strace {
        None => site.bare_command(&["run", "--once"]),
        Some(output) => {
            let plain = site.bare_command(&["run", "--once"]);
            let mut command = Command::new("strace");
            command.args(["-f", "--seccomp-bpf", "-e", "trace=fsync,fdatasync", "-o"]).arg(output);
            command.arg(plain.get_program()).args(plain.get_args()).current_dir(site.path());
            command
        }
    };
    let began = Instant::now();
    let log = site.path().join("log");
    let file = std::fs::File::create(&log).expect("a file");
    command.env("MADOGUCHI_LOG", "info,madoguchi::shell::daemon=debug");
    let mut process = command.stdout(Stdio::piped()).stderr(file).spawn().expect("madoguchi starts");
    let proc = PathBuf::from(format!("/proc/{}", process.id()));
    let (mut cpu, mut memory) = (Duration::ZERO, 0.0);
    let status = loop {
        if let Some(status) = process.try_wait().expect("a child") {
            break status;
        }
        cpu = processor_time(&proc).unwrap_or(cpu);
        memory = peak_memory(process.id()).unwrap_or(memory);
        std::thread::sleep(Duration::from_millis(5));
    };
    let wall = began.elapsed();
    let mut said = String::new();
    process.stdout.take().expect("piped").read_to_string(&mut said).expect("text");
    assert!(status.success(), "{said}");
    let expected = format!("{messages} messages decided, {} mails sent", 2 * messages);
    assert_eq!(said.trim_end(), expected);
    let log = std::fs::read_to_string(&log).expect("text");
    let commits = log.rsplit_once("commits=").and_then(|(_, rest)| rest.split_whitespace().next()?.parse().ok());
    Cost { wall, cpu, memory, commits: commits.expect("a count in the log") }
}

/// User and system time so far; fields 14 and 15 of `stat`, in hundredths of a second.
fn processor_time(proc: &Path) -> Option<Duration> {
    let stat = std::fs::read_to_string(proc.join("stat")).ok()?;
    let fields: Vec<&str> = stat.rsplit_once(") ")?.1.split(' ').collect();
    let ticks: u64 = fields.get(11)?.parse::<u64>().ok()? + fields.get(12)?.parse::<u64>().ok()?;
    Some(Duration::from_millis(ticks * 10))
}

/// Counted by strace in a run of its own, for counting costs time.
fn fsyncs(messages: u32) -> Option<usize> {
    Command::new("strace").arg("-V").stdout(Stdio::null()).stderr(Stdio::null()).status().ok()?;
    let folder = tempfile::tempdir().ok()?;
    let output = folder.path().join("strace");
    measure(Place::Disk, messages, Some(&output));
    let calls = std::fs::read_to_string(&output).ok()?;
    Some(calls.lines().filter(|line| line.contains("sync(") && !line.contains("resumed")).count())
}
