//! `kill -9` at any moment, again and again, between a real Dovecot and a relay
//! that remembers. Short by default; `scripts/soak` runs it for longer.

mod servers;

use servers::fake::Smtp;
use servers::inquiries::INQUIRIES;
use servers::site::{Site, imaps};
use servers::{Dovecot, until};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::process::Stdio;
use std::time::{Duration, Instant};

/// A number from the environment.
fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|value| value.parse().ok()).unwrap_or(default)
}

/// Reproducible chance (splitmix64).
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % bound.max(1)
    }
}

/// Mails at the relay by Message-ID: how often, and whether the octets were
/// always the same.
fn received(relay: &Smtp, automatic: &str) -> BTreeMap<String, Vec<Vec<u8>>> {
    let mut found: BTreeMap<String, Vec<Vec<u8>>> = BTreeMap::new();
    for message in &relay.state().messages {
        let text = String::from_utf8_lossy(message);
        let header = text.split("\r\n\r\n").next().unwrap();
        if header.contains(&format!("Auto-Submitted: {automatic}\r\n")) || header.ends_with(automatic) {
            let id = header.lines().find_map(|line| line.strip_prefix("Message-ID: ")).unwrap();
            found.entry(id.to_owned()).or_default().push(message.clone());
        }
    }
    found
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs dovecot: run scripts/test"]
async fn whenever_it_is_killed_no_reply_is_doubled_and_no_forward_is_lost() {
    let (kills, inquiries) = (number("SOAK_KILLS", 6), number("SOAK_INQUIRIES", 60));
    let seed = number("SOAK_SEED", 20261125);
    let mut chance = Chance(seed);
    let dovecot = Dovecot::start();
    let relay = Smtp::start(&["8BITMIME", "PIPELINING"]).await;
    // A relay that takes its time: a kill then often falls between content and
    // answer.
    relay.state().pause = Duration::from_millis(number("SOAK_PAUSE_MS", 3));
    let limits = "[limits]\nper_hour = 0\n";
    let site = Site::new(&imaps(&dovecot), &relay.server(), limits);
    let deliver = |from: u64, to: u64| {
        for n in from..to {
            let inquiry = &INQUIRIES[n as usize % INQUIRIES.len()];
            let raw = inquiry.raw_from(&format!("person{n}@house{n}.example"), &format!("soak-{n}"));
            dovecot.deliver(&format!("soak-{n}"), &raw);
        }
    };

    let (began, mut delivered, mut killed) = (Instant::now(), 0, 0);
    while killed < kills {
        // Mail arrives all the while.
        let upto = inquiries * (killed + 1) / (kills + 1);
        deliver(delivered, upto);
        delivered = upto;
        let mut daemon = site.bare_command(&["run"]).stderr(Stdio::piped()).spawn().unwrap();
        let mut log = BufReader::new(daemon.stderr.take().unwrap());
        let mut line = String::new();
        while !line.contains("started") {
            line.clear();
            assert!(log.read_line(&mut line).unwrap() > 0, "it does not start again after a kill");
        }
        // Before the mailbox is open, in the middle, or when all is done. What
        // it still says is read away, so that it never waits for a reader.
        let reader = std::thread::spawn(move || std::io::copy(&mut log, &mut std::io::sink()));
        tokio::time::sleep(Duration::from_millis(chance.below(400))).await;
        daemon.kill().unwrap();
        daemon.wait().unwrap();
        reader.join().unwrap().unwrap();
        killed += 1;
    }
    deliver(delivered, inquiries);
    until("all is done", || {
        (site.run(&["run", "--once"]).stdout.starts_with("0 messages decided, 0 mails")).then_some(())
    });

    let replies = received(&relay, "auto-replied");
    let forwards = received(&relay, "auto-generated");
    let held = site.run(&["queue", "list"]).stdout.lines().filter(|line| line.contains(" reply ")).count() as u64;
    let again =
        |mails: &BTreeMap<String, Vec<Vec<u8>>>| mails.values().map(|copies| copies.len() as u64 - 1).sum::<u64>();
    let lost_forwards = inquiries - forwards.len() as u64;
    let unsent = inquiries - replies.len() as u64;
    println!(
        "inquiries {inquiries}, kills {killed}, seed {seed}, {:.0} s\n\
         replies doubled    {}\n\
         forwards lost      {lost_forwards}\n\
         forwards repeated  {} (same octets, same Message-ID)\n\
         replies held       {held} ({unsent} of them never reached the relay)",
        began.elapsed().as_secs_f64(),
        again(&replies),
        again(&forwards),
    );
    assert_eq!(again(&replies), 0, "replies doubled");
    assert_eq!(lost_forwards, 0, "forwards lost");
    assert!(unsent <= held, "{unsent} replies not sent, {held} held");
    let same = |copies: &Vec<Vec<u8>>| copies.iter().all(|copy| *copy == copies[0]);
    assert!(forwards.values().all(same), "a repeated forward has the same octets");
    assert_eq!(dovecot.flags("INBOX").iter().filter(|flags| flags.contains("$Forwarded")).count() as u64, inquiries);
}
