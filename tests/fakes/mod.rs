//! A mailbox and a relay that remember, and a decider that does what the
//! Subject says: the world around the daemon, under the test's control.

#![allow(clippy::unwrap_used, dead_code)]

use futures_util::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};
use madoguchi::core::address::Address;
use madoguchi::core::compose::{Kind, Outgoing, message_id};
use madoguchi::core::inquiry::{self, Inquiry};
use madoguchi::core::places::{Place, Prefecture};
use madoguchi::core::plan::{Action, Forward, History, Plan, Reply, Step};
use madoguchi::core::reason::Reason;
use madoguchi::core::screen::Screened;
use madoguchi::core::template::{Lang, RenderError};
use madoguchi::shell::daemon::{Clock, Current, Daemon, Decider, Ended, Event, Mode, Settings};
use madoguchi::shell::delivery::{Delivery, NotSent, Offered, Outcome};
use madoguchi::shell::ledger::{Ledger, Report};
use madoguchi::shell::source::{Arrival, Mark, Opened, Origin, Source, SourceError, Watermark};
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;
use tokio::sync::{Notify, mpsc};
use tokio_util::sync::CancellationToken;

/// Where a test can stop the world.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Point {
    /// The mailbox opened, nothing recorded.
    Opened,
    /// Messages fetched, nothing recorded.
    Fetched,
    /// Recorded; the relay is not asked yet.
    Offer,
    /// The relay said "go ahead"; not active yet.
    Offered,
    /// Active; no octet sent yet.
    Payload,
    /// The relay has the mail; its answer is not seen.
    Accepted,
    /// Settled; the copy is not filed yet.
    Append,
    /// The copy is filed; that is not recorded yet.
    Appended,
    /// Settled and copied; the original is not marked yet.
    Mark,
    /// The original is marked; that is not recorded yet.
    Marked,
}

/// What the relay does with a mail; taken from the front of a list.
#[derive(Debug, Clone)]
pub enum Answer {
    Accept,
    /// Before the content: 4yz, or no connection.
    Defer {
        away: bool,
    },
    /// After the content: 4yz.
    DeferAfter,
    Refuse,
    /// Takes the mail and says nothing.
    Lose,
    /// Does not take the mail and says nothing.
    Vanish,
    /// Never comes back.
    Hang,
}

#[derive(Debug, Clone)]
pub struct Message {
    pub uid: u32,
    pub raw: Vec<u8>,
    pub size: u64,
    pub date: Timestamp,
    pub marks: Vec<Mark>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    pub kind: Kind,
    pub to: String,
    pub message_id: String,
    pub bytes: Vec<u8>,
}

#[derive(Default)]
pub struct State {
    pub uid_validity: u32,
    pub uid_next: u32,
    pub messages: Vec<Message>,
    pub sent_folder: Vec<Vec<u8>>,
    pub batch: usize,
    /// The mailbox cannot be reached.
    pub offline: bool,
    pub append_refused: bool,
    /// The provider files what it accepts into Sent, by Message-ID.
    pub files_sent: bool,
    pub filed: Vec<String>,
    pub fetches: u64,
    pub mark_calls: u64,
    pub accepted: Vec<Accepted>,
    pub offers: u64,
    pub answers: HashMap<Kind, Vec<Answer>>,
    pub stop_at: Option<(Point, Option<Kind>)>,
    pub stopped: bool,
    pub now: Timestamp,
}

/// The world: survives daemons.
#[derive(Clone)]
pub struct World {
    state: Arc<Mutex<State>>,
    pub news: Arc<Notify>,
    pub stopped: Arc<Notify>,
    /// Rung when a relay never comes back.
    pub hanging: Arc<Notify>,
    folder: Arc<tempfile::TempDir>,
}

pub fn start() -> Timestamp {
    "2026-11-25T01:00:00Z".parse().unwrap()
}

impl World {
    pub fn new() -> World {
        let state = State { uid_validity: 1, uid_next: 1, batch: 256, now: start(), ..State::default() };
        World {
            state: Arc::new(Mutex::new(state)),
            news: Arc::default(),
            stopped: Arc::default(),
            hanging: Arc::default(),
            folder: Arc::new(tempfile::tempdir().unwrap()),
        }
    }

    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// Puts a message into the mailbox; `subject` says what is to be done.
    pub fn arrive(&self, from: &str, subject: &str) -> u32 {
        let raw = mail(from, subject, self.state().uid_next);
        self.arrive_raw(raw.into_bytes())
    }

    pub fn arrive_raw(&self, raw: Vec<u8>) -> u32 {
        let uid = {
            let mut state = self.state();
            let (uid, date) = (state.uid_next, state.now);
            state.uid_next += 1;
            let size = raw.len() as u64;
            state.messages.push(Message { uid, raw, size, date, marks: Vec::new() });
            uid
        };
        self.news.notify_one();
        uid
    }

    pub fn answer(&self, kind: Kind, answers: &[Answer]) {
        self.state().answers.insert(kind, answers.to_vec());
    }

    pub fn pass(&self, seconds: i64) {
        let mut state = self.state();
        state.now += SignedDuration::from_secs(seconds);
    }

    pub fn clock(&self) -> Clock {
        let world = self.clone();
        Arc::new(move || world.state().now)
    }

    pub fn ledger_path(&self) -> PathBuf {
        self.folder.path().join("ledger.db")
    }

    pub fn folder(&self) -> PathBuf {
        self.folder.path().to_owned()
    }

    pub fn ledger(&self) -> Ledger {
        Ledger::open(&self.ledger_path(), self.state().now).unwrap()
    }

    pub fn daemon(&self, settings: Settings) -> (Daemon, mpsc::UnboundedReceiver<Event>) {
        self.daemon_with(settings, self.ledger())
    }

    pub fn daemon_with(&self, settings: Settings, ledger: Ledger) -> (Daemon, mpsc::UnboundedReceiver<Event>) {
        let (events, watched) = mpsc::unbounded_channel();
        let daemon = Daemon {
            settings,
            decider: Current::new(Arc::new(Obedient)),
            source: Box::new(FakeSource { world: self.clone() }),
            delivery: Arc::new(FakeRelay { world: self.clone() }),
            verify: None,
            ledger,
            clock: self.clock(),
            events: Some(events),
        };
        (daemon, watched)
    }

    /// A whole `run --once`.
    pub async fn once(&self) -> Ended {
        self.once_with(settings(Mode::Once)).await
    }

    pub async fn once_with(&self, settings: Settings) -> Ended {
        let (daemon, _events) = self.daemon(settings);
        daemon.run(CancellationToken::new()).await.unwrap()
    }

    pub async fn report(&self) -> Report {
        self.ledger().report().await.unwrap()
    }

    pub fn sent(&self, kind: Kind) -> Vec<Accepted> {
        self.state().accepted.iter().filter(|a| a.kind == kind).cloned().collect()
    }

    /// Stops for ever when the test asked for it.
    async fn point(&self, point: Point, kind: Option<Kind>) {
        let hit = {
            let mut state = self.state();
            let wanted = matches!(state.stop_at, Some((p, k)) if p == point && (k.is_none() || k == kind));
            if wanted {
                state.stop_at = None;
                state.stopped = true;
            }
            // Once the world stands still, nothing else happens in it.
            state.stopped
        };
        if hit {
            self.stopped.notify_one();
            std::future::pending::<()>().await;
        }
    }
}

pub fn settings(mode: Mode) -> Settings {
    Settings {
        first_run: madoguchi::shell::config::FirstRun::All,
        unreachable: Duration::from_millis(50),
        grace: Duration::from_millis(300),
        drained: Duration::from_millis(15),
        ..Settings::new(mode, "imap://desk@fake/INBOX".to_owned())
    }
}

pub fn mail(from: &str, subject: &str, number: u32) -> String {
    format!(
        "From: {from}\r\nTo: desk@secretariat.example\r\nSubject: {subject}\r\nMessage-ID: <{number}@company.example>\r\n\
         Date: Wed, 25 Nov 2026 10:00:00 +0900\r\n\r\nText {number}\r\n"
    )
}

/// Does what the Subject says: `reply`, `forward`, `both`, `nothing`,
/// `machine`, and several ways to fail.
pub struct Obedient;

fn address(text: &str) -> Address {
    Address::parse(text).unwrap()
}

impl Decider for Obedient {
    fn revision(&self) -> &str {
        "0123456789ab"
    }

    fn same_answer(&self) -> Duration {
        Duration::from_secs(7 * 24 * 3600)
    }

    fn read(&self, raw: &[u8]) -> Inquiry {
        let inquiry = inquiry::read(raw);
        assert!(!inquiry.subject.text.contains("panic in read"), "panic in read");
        inquiry
    }

    fn correspondent(&self, inquiry: &Inquiry) -> Option<Address> {
        inquiry.header.from.first()?.address.clone()
    }

    fn decide(&self, inquiry: &Inquiry, history: &History) -> Plan {
        let subject = inquiry.subject.text.as_str();
        assert!(!subject.contains("panic in decide"), "panic in decide");
        let to = self.correspondent(inquiry).unwrap_or_else(|| address("nobody@company.example"));
        let whole = inquiry.trouble.is_empty();
        let reply = match subject {
            _ if !whole => Step::Ask(Reason::TooLarge),
            "machine" => Step::Skip(Reason::AutoSubmitted),
            _ if history.recent_answers.contains(&"seminar".to_owned()) => Step::Skip(Reason::SameAnswer),
            _ if history.address_today >= 5 => Step::Skip(Reason::AddressLimit),
            "forward" | "nothing" => Step::Ask(Reason::NoTopic),
            _ => Step::Do(Reply { to: to.clone(), template: "seminar".to_owned(), languages: vec![Lang::Ja] }),
        };
        let forward = match subject {
            "machine" => Step::Skip(Reason::AutoSubmitted),
            "forward" | "both" if whole => {
                Step::Do(Forward { to: address("tokyo@sr.example"), prefecture: Prefecture::new(13).unwrap() })
            }
            "reply" => Step::Skip(Reason::TopicNotForwarded),
            _ => Step::Ask(Reason::PlaceUnstated),
        };
        let machine = subject == "machine";
        Plan {
            action: match &reply {
                _ if machine => Action::Ignore,
                Step::Do(_) => Action::Answer,
                _ => Action::Review,
            },
            reason: reply.reason().unwrap_or(Reason::Answered),
            screened: Screened::Person(to),
            topics: vec!["seminar".to_owned()],
            place: Place::Unstated,
            language: Some("ja"),
            reply,
            held_reply: None,
            forward,
            evidence: Vec::new(),
            near: Vec::new(),
            revision: "0123456789ab".to_owned(),
        }
    }

    fn compose(
        &self,
        plan: &Plan,
        inquiry: &Inquiry,
        raw: &[u8],
        _date: Timestamp,
    ) -> Result<Vec<Outgoing>, RenderError> {
        let subject = inquiry.subject.text.as_str();
        assert!(!subject.contains("panic in compose"), "panic in compose");
        if subject.contains("error in compose") {
            return Err(RenderError("no such variable".to_owned()));
        }
        let ours = address("desk@secretariat.example");
        let mail = |kind, to: &Address, from: Option<Address>, bytes: Vec<u8>| Outgoing {
            kind,
            envelope_from: from,
            message_id: message_id(&inquiry.key, kind, to, &ours),
            envelope_to: to.clone(),
            bytes,
            eight_bit: false,
        };
        let reply = plan.reply.done().map(|r| mail(Kind::Reply, &r.to, None, b"Subject: answer\r\n\r\n".to_vec()));
        let forward = plan.forward.done().map(|f| mail(Kind::Forward, &f.to, Some(ours.clone()), raw.to_vec()));
        Ok(reply.into_iter().chain(forward).collect())
    }
}

pub struct FakeSource {
    world: World,
}

fn away() -> SourceError {
    SourceError::Connect { server: "fake".to_owned(), cause: "connection refused".to_owned() }
}

impl Source for FakeSource {
    fn open(&mut self) -> BoxFuture<'_, Result<Opened, SourceError>> {
        Box::pin(async {
            let opened = {
                let state = self.world.state();
                if state.offline {
                    return Err(away());
                }
                let exists = state.messages.len() as u32;
                Opened { uid_validity: state.uid_validity, uid_next: state.uid_next, exists }
            };
            self.world.point(Point::Opened, None).await;
            Ok(opened)
        })
    }

    fn fetch(
        &mut self,
        after: Watermark,
        since: Option<Timestamp>,
    ) -> BoxFuture<'_, Result<Vec<Arrival>, SourceError>> {
        Box::pin(async move {
            let arrivals: Vec<Arrival> = {
                let mut state = self.world.state();
                state.fetches += 1;
                if state.offline {
                    return Err(away());
                }
                assert_eq!(after.uid_validity, state.uid_validity);
                let wanted = |m: &&Message| m.uid > after.uid && since.is_none_or(|since| m.date >= since);
                let found = state.messages.iter().filter(wanted).take(state.batch);
                found
                    .map(|m| Arrival {
                        origin: Origin {
                            mailbox: "INBOX".to_owned(),
                            uid_validity: state.uid_validity,
                            id: m.uid.to_string(),
                        },
                        raw: m.raw.clone(),
                        size: m.size,
                        internal_date: m.date,
                        handled: m.marks.iter().any(|mark| mark.answered || mark.forwarded),
                    })
                    .collect()
            };
            if !arrivals.is_empty() {
                self.world.point(Point::Fetched, None).await;
            }
            Ok(arrivals)
        })
    }

    fn wait(&mut self, at_most: Duration) -> BoxFuture<'_, Result<(), SourceError>> {
        Box::pin(async move {
            let _ = tokio::time::timeout(at_most, self.world.news.notified()).await;
            if self.world.state().offline { Err(away()) } else { Ok(()) }
        })
    }

    fn mark<'a>(&'a mut self, marks: &'a [Mark]) -> BoxFuture<'a, Result<(), SourceError>> {
        Box::pin(async move {
            self.world.point(Point::Mark, None).await;
            {
                let mut state = self.world.state();
                if state.offline {
                    return Err(away());
                }
                state.mark_calls += 1;
                let validity = state.uid_validity;
                for mark in marks.iter().filter(|m| m.origin.uid_validity == validity) {
                    let uid: u32 = mark.origin.id.parse().unwrap();
                    if let Some(message) = state.messages.iter_mut().find(|m| m.uid == uid) {
                        message.marks.push(mark.clone());
                    }
                }
            }
            self.world.point(Point::Marked, None).await;
            Ok(())
        })
    }

    fn holds<'a>(&'a mut self, _folder: &'a str, message_id: &'a str) -> BoxFuture<'a, Result<bool, SourceError>> {
        Box::pin(async move { Ok(self.world.state().filed.iter().any(|id| id == message_id)) })
    }

    fn append<'a>(&'a mut self, folder: &'a str, message: &'a [u8]) -> BoxFuture<'a, Result<(), SourceError>> {
        Box::pin(async move {
            self.world.point(Point::Append, None).await;
            {
                let mut state = self.world.state();
                if state.append_refused {
                    return Err(SourceError::Mailbox {
                        mailbox: folder.to_owned(),
                        cause: "no such folder".to_owned(),
                    });
                }
                if !state.sent_folder.contains(&message.to_vec()) {
                    state.sent_folder.push(message.to_vec());
                }
            }
            self.world.point(Point::Appended, None).await;
            Ok(())
        })
    }
}

pub struct FakeRelay {
    world: World,
}

struct Ready<'a> {
    world: World,
    mail: &'a Outgoing,
    answer: Answer,
}

impl Delivery for FakeRelay {
    fn offer<'a>(&'a self, mail: &'a Outgoing) -> BoxFuture<'a, Result<Box<dyn Offered + 'a>, NotSent>> {
        Box::pin(async move {
            self.world.point(Point::Offer, Some(mail.kind)).await;
            let answer = {
                let mut state = self.world.state();
                state.offers += 1;
                let answers = state.answers.entry(mail.kind).or_default();
                if answers.is_empty() { Answer::Accept } else { answers.remove(0) }
            };
            match answer {
                Answer::Defer { away } => {
                    return Err(NotSent::Deferred { cause: "451 later".to_owned(), relay_away: away });
                }
                Answer::Refuse => return Err(NotSent::Refused { cause: "550 no such user".to_owned() }),
                _ => {}
            }
            self.world.point(Point::Offered, Some(mail.kind)).await;
            Ok(Box::new(Ready { world: self.world.clone(), mail, answer }) as Box<dyn Offered + 'a>)
        })
    }
}

impl Offered for Ready<'_> {
    fn payload<'a>(self: Box<Self>) -> BoxFuture<'a, Outcome>
    where
        Self: 'a,
    {
        Box::pin(async move {
            self.world.point(Point::Payload, Some(self.mail.kind)).await;
            if matches!(self.answer, Answer::Accept | Answer::Lose) {
                let mut state = self.world.state();
                if state.files_sent {
                    state.filed.push(self.mail.message_id.clone());
                }
                state.accepted.push(Accepted {
                    kind: self.mail.kind,
                    to: self.mail.envelope_to.to_smtp(),
                    message_id: self.mail.message_id.clone(),
                    bytes: self.mail.bytes.clone(),
                });
            }
            self.world.point(Point::Accepted, Some(self.mail.kind)).await;
            match self.answer {
                Answer::Lose | Answer::Vanish => Outcome::InDoubt("connection lost after the content".to_owned()),
                Answer::DeferAfter => {
                    Outcome::NotSent(NotSent::Deferred { cause: "452 full".to_owned(), relay_away: false })
                }
                Answer::Hang => {
                    self.world.hanging.notify_one();
                    std::future::pending().await
                }
                _ => Outcome::Sent("250 ok".to_owned()),
            }
        })
    }
}

/// Waits for an event, in order, dropping others.
pub async fn until(events: &mut mpsc::UnboundedReceiver<Event>, wanted: impl Fn(&Event) -> bool) -> Event {
    let patience = Duration::from_secs(60);
    loop {
        let event = tokio::time::timeout(patience, events.recv()).await.expect("in time").expect("daemon alive");
        if wanted(&event) {
            return event;
        }
    }
}
