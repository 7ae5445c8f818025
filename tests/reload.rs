//! A daemon under load while its rules are broken, mended and changed a hundred
//! times: no message is lost, answered twice, or decided by half a set.

mod servers;

use madoguchi::cli::reload::{self, Reloaded};
use madoguchi::cli::{load, run};
use madoguchi::core::ruleset::Files;
use madoguchi::shell::config::Config;
use madoguchi::shell::daemon::{Current, Event, Mode};
use madoguchi::shell::files;
use madoguchi::shell::ledger::{Ledger, Reader};
use mail_parser::MessageParser;
use servers::fake::Smtp;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

const CHANGES: usize = 100;
/// Messages that arrive with each change.
const EACH: usize = 3;

/// A desk in a scratch folder whose rules and templates come in numbered sets.
/// A set is only in order as a whole: the topic names a group that carries the
/// number, and one of its examples a word of that group.
struct Desk {
    folder: tempfile::TempDir,
}

impl Desk {
    fn new(relay: &Smtp) -> Desk {
        let desk = Desk { folder: tempfile::tempdir().unwrap() };
        let project = Path::new(env!("CARGO_MANIFEST_DIR"));
        for folder in ["rules", "templates/reply", "templates/forward", "templates/parts", "in/new", "in/cur", "in/tmp"]
        {
            fs::create_dir_all(desk.path(folder)).unwrap();
        }
        for name in ["associations.toml", "contacts.toml"] {
            fs::copy(project.join("rules").join(name), desk.path("rules").join(name)).unwrap();
        }
        for folder in ["reply", "forward", "parts"] {
            let folder = Path::new("templates").join(folder);
            for entry in fs::read_dir(project.join(&folder)).unwrap() {
                let entry = entry.unwrap();
                fs::copy(entry.path(), desk.folder.path().join(&folder).join(entry.file_name())).unwrap();
            }
        }
        let config = format!(
            "[secretariat]\naddress = \"desk@secretariat.example\"\n[mailbox]\nurl = \"maildir:in\"\npoll = \"1s\"\n\
             [outbound]\nurl = \"smtp://127.0.0.1:{}\"\n[ledger]\nurl = \"sqlite:ledger.db\"\n\
             [rules]\npath = \"rules\"\n[templates]\npath = \"templates\"\n[limits]\nper_hour = 0\n",
            relay.port
        );
        fs::write(desk.path("madoguchi.toml"), config).unwrap();
        desk.write_set(0);
        desk
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Puts a file in the place of another, as most editors do.
    fn put(&self, name: &str, text: &str) {
        let aside = self.path(name).with_extension("tmp");
        fs::write(&aside, text).unwrap();
        fs::rename(aside, self.path(name)).unwrap();
    }

    fn topic(number: usize) -> String {
        format!(
            "title = {{ ja = \"セミナー\", en = \"Seminar\" }}\nreply = \"seminar\"\nforward = \"association\"\n\
             [strong]\nen = [\"seminar\", \"@set-{number}\"]\n\
             [[example]]\nname = \"a word of the group\"\nbody = \"About the lighthouse{number}.\"\n\
             expect = {{ topics = [\"seminar\"] }}\n\
             [[example]]\nname = \"hello\"\nbody = \"Hello.\"\nexpect = {{ topics = [] }}\n"
        )
    }

    /// A whole set, file after file; the reply says which it is.
    fn write_set(&self, number: usize) {
        self.put("rules/seminar.toml", &Desk::topic(number));
        self.put("rules/common.toml", &format!("[groups.set-{number}]\nen = [\"lighthouse{number}\"]\n"));
        let reply = "Subject: Received ({{ reception }})\n\nThank you. This is the answer of set";
        self.put("templates/reply/seminar.en.txt", &format!("{reply} {number}.\n"));
    }

    /// What the files on disk are called as a set.
    fn revision(&self) -> String {
        let read: Files = files::read(&self.path("rules"), &self.path("templates")).unwrap().0;
        read.revision()
    }

    /// Breaks the set in one of the ways in which people and editors do.
    fn break_set(&self, way: usize, number: usize) {
        let topic = Desk::topic(number);
        match way % 8 {
            0 => self.put("rules/seminar.toml", &topic.replacen("[strong]", "[strong", 1)),
            1 => self.put("rules/seminar.toml", &topic.replacen("forward", "forwrd", 1)),
            2 => self.put("rules/seminar.toml", &topic.replace("About the", "About no").replace("lighthouse", "x")),
            3 => self.put("rules/common.toml", "[groups.other]\nen = [\"bridge\"]\n"),
            // Half of it, by an editor that writes in place.
            4 => fs::write(self.path("rules/seminar.toml"), &topic[..topic.len() / 2]).unwrap(),
            5 => self.put("templates/reply/seminar.en.txt", "Subject: x\n\n{{ no_such_thing }}\n"),
            6 => fs::write(self.path("rules/seminar.toml"), "").unwrap(),
            _ => fs::remove_file(self.path("templates/reply/seminar.en.txt")).unwrap(),
        }
    }

    fn arrive(&self, number: usize) {
        let raw = format!(
            "Return-Path: <person{number}@house{number}.example>\r\nFrom: Pat Person <person{number}@house{number}.example>\r\n\
             To: desk@secretariat.example\r\nMessage-ID: <{number}@house{number}.example>\r\nSubject: A question\r\n\r\n\
             When is the next seminar? Our office is in Shinjuku, Tokyo.\r\n"
        );
        fs::write(self.path("in/tmp").join(number.to_string()), raw).unwrap();
        fs::rename(self.path("in/tmp").join(number.to_string()), self.path("in/new").join(number.to_string())).unwrap();
    }
}

/// What follows the files tells, until it is what is waited for.
async fn told(changes: &mut UnboundedReceiver<Reloaded>, what: &str, so: impl Fn(&Reloaded) -> bool) -> Reloaded {
    loop {
        let next = tokio::time::timeout(Duration::from_secs(20), changes.recv()).await;
        let next = next.unwrap_or_else(|_| panic!("waited for {what}")).unwrap();
        if so(&next) {
            return next;
        }
    }
}

async fn trouble(ledger: &Ledger) -> Option<String> {
    let health = ledger.report().await.unwrap().health;
    health.into_iter().find(|health| health.component == reload::COMPONENT).and_then(|health| health.trouble)
}

/// The mails at the relay, by what names the person they are about.
fn received(relay: &Smtp) -> (BTreeMap<String, Vec<String>>, BTreeMap<String, usize>) {
    let (mut replies, mut forwards) = (BTreeMap::new(), BTreeMap::new());
    for raw in &relay.state().messages {
        let mail = MessageParser::default().parse(raw).unwrap();
        match mail.attachment(0).and_then(|original| original.message()) {
            None => {
                let to = mail.to().unwrap().first().unwrap().address().unwrap().to_owned();
                let text = mail.body_text(0).unwrap();
                let set = text.split("answer of set ").nth(1).unwrap().split('.').next().unwrap();
                replies.entry(to).or_insert_with(Vec::new).push(set.to_owned());
            }
            Some(original) => {
                let from = original.from().unwrap().first().unwrap().address().unwrap().to_owned();
                *forwards.entry(from).or_default() += 1;
            }
        }
    }
    (replies, forwards)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_changes_under_load_lose_double_and_halve_nothing() {
    let relay = Smtp::start(&["8BITMIME", "PIPELINING"]).await;
    let desk = Desk::new(&relay);
    let config = Config::load(&desk.path("madoguchi.toml")).unwrap();
    let loaded = load::ruleset(&config).unwrap_or_else(|failed| panic!("{:?}", failed.diagnostics));
    let ruleset = Arc::new(loaded.ruleset);
    let (events, mut watched) = unbounded_channel();
    let daemon = run::assemble(&config, ruleset.clone(), Mode::Stay, Some(events)).unwrap();
    let ledger = daemon.ledger.clone();
    reload::keep(&ledger, &ruleset.revision, &loaded.sources).await.unwrap();
    let (tell, mut changes) = unbounded_channel();
    let follow = reload::follow(config, daemon.decider.clone(), ledger.clone(), hangups(), move |what| {
        let _ = tell.send(what);
    });
    let _follower = AbortOnDropHandle::new(tokio::spawn(follow));
    let stop = CancellationToken::new();
    let running = tokio::spawn(daemon.run(stop.clone()));
    // Once the files are looked after, the ledger says so.
    while ledger.report().await.unwrap().health.iter().all(|health| health.component != reload::COMPONENT) {
        tokio::task::yield_now().await;
    }

    let began = Instant::now();
    let mut sets = HashMap::from([(ruleset.revision.clone(), 0)]);
    let (mut arrived, mut newest, mut swaps, mut broken) = (0, 0, Vec::new(), 0);
    for change in 0..CHANGES {
        let mut arrive = |count| {
            (arrived..arrived + count).for_each(|number| desk.arrive(number));
            arrived += count;
        };
        arrive(1);
        if change % 2 == 0 {
            desk.break_set(change / 2, newest);
            arrive(EACH - 1);
            broken += 1;
            if change % 6 == 0 {
                // Mended at once, perhaps before anybody looked.
                continue;
            }
            told(&mut changes, "errors", |what| matches!(what, Reloaded::Bad(_))).await;
            assert!(trouble(&ledger).await.is_some(), "`status` shows what is wrong");
            assert_eq!(ledger.report().await.unwrap().rules.unwrap().0, *current(&sets, newest), "the old rules go on");
            if change % 10 == 4 && change / 2 % 8 != 7 {
                // Written again as it is: nobody is told twice.
                desk.break_set(change / 2, newest);
                told(&mut changes, "the same errors", |what| match what {
                    Reloaded::Bad(failed) => panic!("told again: {:?}", failed.diagnostics),
                    what => matches!(what, Reloaded::Same),
                })
                .await;
            }
        } else {
            newest = change;
            desk.write_set(newest);
            let revision = desk.revision();
            sets.insert(revision.clone(), newest);
            arrive(EACH - 1);
            // On the way there a part of it may have been looked at, and refused.
            let new = told(&mut changes, "the new rules", |what| match what {
                Reloaded::New(ruleset, ..) => {
                    assert_eq!(ruleset.revision, revision, "never a mixture");
                    true
                }
                _ => false,
            });
            if let Reloaded::New(_, _, took) = new.await {
                swaps.push(took);
            }
            assert_eq!(trouble(&ledger).await, None);
        }
    }
    servers::eventually("all mail", || relay.state().messages.len() >= 2 * arrived).await;
    while !ledger.report().await.unwrap().outbox.is_empty() {
        tokio::task::yield_now().await;
    }
    let took = began.elapsed();
    stop.cancel();
    let ended = running.await.unwrap().unwrap();
    drop(ledger);

    // Nothing lost, nothing twice.
    assert_eq!((ended.decided, ended.sent), (arrived as u64, 2 * arrived as u64));
    let (replies, forwards) = received(&relay);
    assert_eq!((replies.len(), forwards.len(), relay.state().messages.len()), (arrived, arrived, 2 * arrived));
    assert!(replies.values().all(|sets| sets.len() == 1) && forwards.values().all(|count| *count == 1));

    // Each decided by one whole set, and answered in that set's words.
    let mut by_set: BTreeMap<usize, u64> = BTreeMap::new();
    while let Ok(event) = watched.try_recv() {
        let Event::Decided(decided) = event else { continue };
        let set = *sets.get(&decided.plan.revision).expect("decided by a whole set");
        let reply = &replies[&decided.sender.unwrap().to_string()];
        assert_eq!(*reply, [set.to_string()]);
        *by_set.entry(set).or_default() += 1;
    }
    assert_eq!(by_set.values().sum::<u64>(), arrived as u64);
    assert!(by_set.len() > CHANGES / 4, "the load was spread: {by_set:?}");

    // The record says the same, and has the files of each.
    let reader = Reader::open(&desk.path("ledger.db")).unwrap();
    let log = reader.rules_log().unwrap();
    let recorded: BTreeMap<usize, u64> =
        log.iter().filter(|time| time.decided > 0).map(|time| (sets[&time.revision], time.decided)).collect();
    assert_eq!((log.len(), &recorded), (CHANGES / 2 + 1, &by_set));
    let names =
        |revision: &str| reader.rule_files(revision).unwrap().into_iter().map(|f| f.name).collect::<BTreeSet<_>>();
    let all = names(&ruleset.revision);
    assert!(all.contains("rules/common.toml") && log.iter().all(|time| names(&time.revision) == all));

    swaps.sort();
    println!(
        "{CHANGES} changes ({broken} broken), {arrived} messages, {} mails, {:.1} s\n\
         from the files to the swap: fastest {:?}, median {:?}, slowest {:?}\n\
         decisions by set: {by_set:?}",
        relay.state().messages.len(),
        took.as_secs_f64(),
        swaps[0],
        swaps[swaps.len() / 2],
        swaps[swaps.len() - 1],
    );
}

#[tokio::test]
async fn rules_that_cannot_be_recorded_decide_nothing_until_they_can() {
    let relay = Smtp::start(&[]).await;
    let desk = Desk::new(&relay);
    let config = Config::load(&desk.path("madoguchi.toml")).unwrap();
    let loaded = load::ruleset(&config).unwrap_or_else(|failed| panic!("{:?}", failed.diagnostics));
    let ruleset = Arc::new(loaded.ruleset);
    let ledger = Ledger::open(&desk.path("ledger.db"), jiff::Timestamp::now()).unwrap();
    reload::keep(&ledger, &ruleset.revision, &loaded.sources).await.unwrap();
    let current = Current::new(ruleset.clone());
    let (tell, mut changes) = unbounded_channel();
    let follow = reload::follow(config, current.clone(), ledger.clone(), hangups(), move |what| {
        let _ = tell.send(what);
    });
    let _follower = AbortOnDropHandle::new(tokio::spawn(follow));

    ledger.limit_size(Some(4096)).await.unwrap();
    desk.write_set(1);
    // A file that takes room.
    desk.put("rules/common.toml", &format!("# {}\n[groups.set-1]\nen = [\"lighthouse1\"]\n", "x".repeat(300_000)));
    told(&mut changes, "a full disk", |what| matches!(what, Reloaded::Unkept(_))).await;
    assert_eq!(current.get().revision(), ruleset.revision);
    ledger.limit_size(None).await.unwrap();
    told(&mut changes, "the new rules", |what| match what {
        Reloaded::Unkept(_) => panic!("told once is enough"),
        what => matches!(what, Reloaded::New(..)),
    })
    .await;
    assert_eq!(current.get().revision(), desk.revision());
    assert_eq!(ledger.report().await.unwrap().rules.unwrap().0, desk.revision());
    assert_eq!(trouble(&ledger).await, None);
}

/// What is written between the start's look at the files and the first watch.
#[tokio::test]
async fn a_change_before_anybody_watches_is_seen() {
    let relay = Smtp::start(&[]).await;
    let desk = Desk::new(&relay);
    let config = Config::load(&desk.path("madoguchi.toml")).unwrap();
    let loaded = load::ruleset(&config).unwrap_or_else(|failed| panic!("{:?}", failed.diagnostics));
    let ledger = Ledger::in_memory(None).unwrap();
    let current = Current::new(Arc::new(loaded.ruleset));
    desk.write_set(1);
    let (tell, mut changes) = unbounded_channel();
    let follow = reload::follow(config, current.clone(), ledger, hangups(), move |what| {
        let _ = tell.send(what);
    });
    let _follower = AbortOnDropHandle::new(tokio::spawn(follow));
    told(&mut changes, "the new rules", |what| matches!(what, Reloaded::New(..))).await;
    assert_eq!(current.get().revision(), desk.revision());
}

fn current(sets: &HashMap<String, usize>, newest: usize) -> &String {
    sets.iter().find(|(_, set)| **set == newest).map(|(revision, _)| revision).unwrap()
}

fn hangups() -> Signal {
    signal(SignalKind::hangup()).unwrap()
}
