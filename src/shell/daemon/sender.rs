//! The sending half: due mails to the relay, several at once.
//!
//! `offer` … `active` committed … content … `settle`. A mail that never got to
//! `active` was surely not sent. An outcome that is known is recorded, however
//! long the ledger takes.

use super::{Event, Mode, Shared, kind_word, number, retry};
use crate::core::address::Address;
use crate::core::compose::{Kind, Outgoing, seven_bit};
use crate::core::reason::Reason;
use crate::shell::delivery::{Delivery, NotSent, Outcome};
use crate::shell::ledger::{Due, MailId, Settlement, State};
use futures_util::FutureExt;
use jiff::Timestamp;
use std::collections::{HashSet, VecDeque};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// Due mails taken from the ledger at a time.
const TAKE: usize = 32;

/// Tasks for each delivery that may run at a time: while what became of one
/// mail is being recorded, its place at the relay is the next one's, and many
/// that wait for the ledger share an fsync.
const TASKS_EACH: usize = 4;

/// Octets of mails at the relay at a time; one mail may be larger.
const HAND_OCTETS: usize = 16 * 1024 * 1024;

/// Longest pause while the relay is away.
const AWAY_LONGEST: Duration = Duration::from_secs(300);

/// Longest pause while nothing is due: people release mails from another
/// process, which rings no bell here.
const LOOK_AGAIN: Duration = Duration::from_secs(3);

/// What became of one attempt.
enum Attempt {
    /// Recorded.
    Settled,
    /// Nothing happened: stopped, or taken out of the queue by somebody.
    Untouched,
    /// Surely not sent, because the relay as a whole is away.
    Away(String),
    /// The ledger failed before the content was sent.
    NoLedger,
}

/// Runs until `stop`, then finishes what is on its way within the grace period.
pub async fn run(shared: Arc<Shared>, delivery: Arc<dyn Delivery>, stop: CancellationToken) {
    let mut sender = Sender {
        shared,
        delivery,
        stop,
        queue: VecDeque::new(),
        in_flight: HashSet::new(),
        tasks: JoinSet::new(),
        hand: Arc::default(),
        resume: None,
        pauses: None,
        look: true,
    };
    sender.serve().await;
    sender.finish().await;
}

struct Sender {
    shared: Arc<Shared>,
    delivery: Arc<dyn Delivery>,
    stop: CancellationToken,
    /// Taken from the ledger, not tried yet.
    queue: VecDeque<Due>,
    in_flight: HashSet<MailId>,
    tasks: JoinSet<(MailId, Attempt)>,
    hand: Arc<Hand>,
    /// While the relay is away: when to try again.
    resume: Option<Instant>,
    pauses: Option<Box<dyn Iterator<Item = Duration> + Send>>,
    /// There may be due mails that were not taken yet.
    look: bool,
}

/// What is at the relay now.
#[derive(Default)]
struct Hand {
    mails: AtomicUsize,
    octets: AtomicUsize,
    /// Rung when a place is free.
    freed: Notify,
}

/// A mail's place at the relay, until dropped.
struct Place {
    hand: Arc<Hand>,
    octets: usize,
}

impl Place {
    fn take(hand: &Arc<Hand>, octets: usize) -> Place {
        hand.mails.fetch_add(1, Ordering::Relaxed);
        hand.octets.fetch_add(octets, Ordering::Relaxed);
        Place { hand: hand.clone(), octets }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.hand.mails.fetch_sub(1, Ordering::Relaxed);
        self.hand.octets.fetch_sub(self.octets, Ordering::Relaxed);
        self.hand.freed.notify_one();
    }
}

impl Hand {
    /// Whether one more mail may go to a relay that takes so many at a time.
    fn has_room(&self, parallel: usize, octets: usize) -> bool {
        let mails = self.mails.load(Ordering::Relaxed);
        let fits = self.octets.load(Ordering::Relaxed).saturating_add(octets) <= HAND_OCTETS;
        mails < parallel && (fits || mails == 0)
    }
}

/// What is to be known of a mail once its octets are out of the hand.
struct Errand {
    id: MailId,
    attempts: u32,
    created: Timestamp,
    to: Address,
}

impl Sender {
    async fn serve(&mut self) {
        loop {
            self.dispatch().await;
            let sleep = self.sleep().await;
            tokio::select! {
                () = self.stop.cancelled() => return,
                Some(done) = self.tasks.join_next(), if !self.tasks.is_empty() => self.done(done).await,
                () = self.shared.outbox.notified() => self.look = true,
                () = self.hand.freed.notified() => {}
                () = tokio::time::sleep(sleep) => self.look = true,
            }
        }
    }

    /// Starts as many deliveries as may run now.
    async fn dispatch(&mut self) {
        if self.resume.is_some_and(|at| Instant::now() < at) {
            return;
        }
        // One mail finds out whether a relay that was away is back.
        let parallel = if self.pauses.is_some() { 1 } else { self.shared.settings.parallel.max(1) };
        while self.tasks.len() < parallel * TASKS_EACH && !self.stop.is_cancelled() {
            // What could not be recorded must not happen.
            if self.shared.unrecorded.load(Ordering::Relaxed) > 0 {
                break;
            }
            if self.queue.is_empty() && self.look {
                self.take().await;
            }
            let Some(next) = self.queue.front() else { break };
            if !self.hand.has_room(parallel, next.outgoing.bytes.len()) {
                break;
            }
            let Some(due) = self.queue.pop_front() else { break };
            let place = Place::take(&self.hand, due.outgoing.bytes.len());
            self.in_flight.insert(due.id);
            let (shared, delivery, stop) = (self.shared.clone(), self.delivery.clone(), self.stop.clone());
            self.tasks.spawn(async move {
                let Due { id, attempts, created, outgoing } = due;
                let errand = Errand { id, attempts, created, to: outgoing.envelope_to.clone() };
                let attempted = attempt(&shared, delivery.as_ref(), &errand, outgoing, place, &stop);
                let attempt = match AssertUnwindSafe(attempted).catch_unwind().await {
                    Ok(attempt) => attempt,
                    Err(_) => after_panic(&shared, &errand).await,
                };
                (id, attempt)
            });
        }
        self.tell();
    }

    /// How much there is to do, for who waits until there is nothing.
    fn tell(&self) {
        self.shared.in_hand.store(self.tasks.len() + self.queue.len(), Ordering::Relaxed);
    }

    async fn take(&mut self) {
        let except: Vec<MailId> = self.in_flight.iter().copied().collect();
        match self.shared.ledger.due(except, TAKE, self.shared.now()).await {
            Ok(due) => {
                self.look = !due.is_empty();
                self.queue = due.into();
            }
            Err(error) => {
                self.look = false;
                self.shared.ledger_failed(error).await;
            }
        }
    }

    /// How long nothing will happen by itself.
    async fn sleep(&mut self) -> Duration {
        if !self.tasks.is_empty() || self.shared.unrecorded.load(Ordering::Relaxed) > 0 {
            return LOOK_AGAIN;
        }
        if let Some(at) = self.resume {
            return at.saturating_duration_since(Instant::now());
        }
        match self.shared.ledger.next_attempt().await {
            Ok(Some(next)) => {
                let until = next.duration_since(self.shared.now());
                Duration::try_from(until).unwrap_or_default().clamp(Duration::from_millis(20), LOOK_AGAIN)
            }
            _ => LOOK_AGAIN,
        }
    }

    async fn done(&mut self, done: Result<(MailId, Attempt), tokio::task::JoinError>) {
        let (id, attempt) = match done {
            Ok(done) => done,
            // Only an aborted task, and those are not awaited here.
            Err(error) => {
                tracing::error!(%error, "a delivery ended badly");
                return;
            }
        };
        self.in_flight.remove(&id);
        self.tell();
        match attempt {
            Attempt::Untouched => {}
            Attempt::Settled => {
                self.resume = None;
                self.pauses = None;
                self.shared.relay_away.store(false, Ordering::Relaxed);
            }
            Attempt::Away(cause) => {
                self.shared.health("relay", Some(cause)).await;
                self.shared.relay_away.store(true, Ordering::Relaxed);
                self.pause();
            }
            Attempt::NoLedger => self.pause(),
        }
        self.shared.settled.notify_one();
    }

    fn pause(&mut self) {
        let pauses = self.pauses.get_or_insert_with(|| Box::new(retry::pauses(AWAY_LONGEST)));
        // Those that fail together are one failure.
        if self.resume.is_none_or(|at| Instant::now() >= at) {
            self.resume = Some(Instant::now() + pauses.next().unwrap_or(AWAY_LONGEST));
        }
        self.queue.clear();
        self.look = true;
        self.tell();
    }

    /// Waits for mails whose content is on its way.
    async fn finish(&mut self) {
        let deadline = Instant::now() + self.shared.settings.grace;
        while !self.tasks.is_empty() {
            match tokio::time::timeout_at(deadline, self.tasks.join_next()).await {
                Ok(Some(_)) => {}
                Ok(None) => return,
                Err(_) => {
                    tracing::warn!(
                        mails = self.tasks.len(),
                        "stopped before the relay answered; the next start treats them as in doubt"
                    );
                    self.tasks.abort_all();
                    return;
                }
            }
        }
    }
}

/// One attempt at one mail. Its place at the relay is free as soon as the relay
/// has taken it, before that is recorded; anything else is looked at first.
async fn attempt(
    shared: &Shared,
    delivery: &dyn Delivery,
    errand: &Errand,
    mail: Outgoing,
    place: Place,
    stop: &CancellationToken,
) -> Attempt {
    let outcome = match at_the_relay(shared, delivery, errand, mail, stop).await {
        Ok(outcome) => outcome,
        Err(attempt) => return attempt,
    };
    let place = (!matches!(outcome, Outcome::Sent(_))).then_some(place);
    let attempt = conclude(shared, errand, outcome).await;
    drop(place);
    attempt
}

/// Up to the relay's answer, or to what kept the mail from it.
async fn at_the_relay(
    shared: &Shared,
    delivery: &dyn Delivery,
    errand: &Errand,
    mail: Outgoing,
    stop: &CancellationToken,
) -> Result<Outcome, Attempt> {
    let seven;
    let mut mail = &mail;
    let mut offer = tokio::select! {
        offer = delivery.offer(mail) => offer,
        () = stop.cancelled() => return Err(Attempt::Untouched),
    };
    if matches!(offer, Err(NotSent::NeedsSevenBit)) {
        drop(offer);
        seven = seven_bit(mail);
        mail = &seven;
        offer = tokio::select! {
            offer = delivery.offer(mail) => offer,
            () = stop.cancelled() => return Err(Attempt::Untouched),
        };
    }
    let offered = match offer {
        Ok(offered) => offered,
        Err(NotSent::Deferred { cause, relay_away: true }) if shared.settings.mode == Mode::Stay => {
            // No mail is at fault while the relay as a whole is away: it stays
            // queued, and no attempt is counted.
            return Err(Attempt::Away(cause));
        }
        Err(not_sent) => return Ok(Outcome::NotSent(not_sent)),
    };
    match shared.ledger.activate(errand.id).await {
        Ok(true) => {
            shared.ledger_works().await;
            Ok(offered.payload().await)
        }
        Ok(false) => Err(Attempt::Untouched),
        Err(error) => {
            shared.ledger_failed(error).await;
            Err(Attempt::NoLedger)
        }
    }
}

/// A delivery that panicked: in doubt if its content may be on its way.
async fn after_panic(shared: &Shared, errand: &Errand) -> Attempt {
    let cause = "internal error while sending".to_owned();
    let outcome = match shared.ledger.state(errand.id).await {
        Ok(Some(State::Active)) => Outcome::InDoubt(cause),
        Ok(Some(_)) => Outcome::NotSent(NotSent::Deferred { cause, relay_away: false }),
        Ok(None) | Err(_) => return Attempt::NoLedger,
    };
    conclude(shared, errand, outcome).await
}

/// Records how an attempt ended.
async fn conclude(shared: &Shared, errand: &Errand, outcome: Outcome) -> Attempt {
    let (id, now) = (errand.id, shared.now());
    let next = retry::next_attempt(id, errand.attempts + 1, errand.created, now);
    let mut away = None;
    let end = match outcome {
        Outcome::Sent(words) => Settlement::Sent { words, copy: copy_wanted(shared) },
        Outcome::NotSent(NotSent::Refused { cause }) => Settlement::Refused { cause },
        Outcome::NotSent(needs @ NotSent::NeedsSevenBit) => Settlement::Refused { cause: needs.cause().to_owned() },
        Outcome::NotSent(NotSent::Deferred { cause, relay_away }) => {
            if relay_away {
                away = Some(cause.clone());
            }
            match next {
                Some(next) => Settlement::Deferred { cause, next },
                None => Settlement::Held { reason: Reason::GaveUp, cause },
            }
        }
        Outcome::InDoubt(cause) => match (id.kind, next) {
            (Kind::Reply, _) => Settlement::Held { reason: Reason::InDoubt, cause },
            (Kind::Forward, Some(next)) => Settlement::Again { cause, next },
            (Kind::Forward, None) => Settlement::Held { reason: Reason::GaveUp, cause },
        },
    };
    if away.is_none() {
        shared.health("relay", None).await;
    }
    // Known outcomes are recorded whatever a shutdown says: its grace period
    // bounds this from outside.
    let never = CancellationToken::new();
    let settled = shared.persist(&never, || shared.ledger.settle(id, end.clone(), shared.now())).await;
    match settled {
        Ok(Some(message_settled)) => {
            if message_settled {
                shared.to_mark.fetch_add(1, Ordering::Relaxed);
            }
            report(shared, id, &errand.to, &end);
            match away {
                Some(cause) => Attempt::Away(cause),
                None => Attempt::Settled,
            }
        }
        Ok(None) => Attempt::NoLedger,
        Err(error) => {
            shared.ledger_failed(error).await;
            Attempt::NoLedger
        }
    }
}

fn copy_wanted(shared: &Shared) -> bool {
    let filing = &shared.settings.filing;
    filing.sent.is_some() && !filing.sent_by_server
}

fn report(shared: &Shared, id: MailId, to: &Address, end: &Settlement) {
    let (number, kind, recipient) = (number(&id.key), kind_word(id.kind), shared.pseudonyms.of(to));
    let (state, words) = match end {
        Settlement::Sent { words, .. } => {
            shared.sent.fetch_add(1, Ordering::Relaxed);
            tracing::info!(number, kind, recipient, "sent");
            (State::Sent, words)
        }
        Settlement::Deferred { cause, .. } => {
            shared.undelivered.fetch_add(1, Ordering::Relaxed);
            tracing::info!(number, kind, recipient, cause, "deferred");
            (State::Deferred, cause)
        }
        Settlement::Again { cause, .. } => {
            shared.undelivered.fetch_add(1, Ordering::Relaxed);
            tracing::warn!(number, kind, recipient, cause, "perhaps sent; it goes again");
            (State::Queued, cause)
        }
        Settlement::Refused { cause } => {
            shared.undelivered.fetch_add(1, Ordering::Relaxed);
            tracing::warn!(number, kind, recipient, cause, "refused; a person should look");
            (State::Refused, cause)
        }
        Settlement::Held { reason, cause } => {
            tracing::warn!(number, kind, recipient, reason = reason.word(), cause, "held; a person should look");
            (State::Held, cause)
        }
    };
    shared.emit(Event::Settled { id, to: to.clone(), state, words: words.clone() });
}
