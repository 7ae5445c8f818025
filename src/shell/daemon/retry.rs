//! When to try again: connections, and mails that a relay put off.

use crate::shell::ledger::MailId;
use backon::BackoffBuilder;
use jiff::{SignedDuration, Timestamp};
use std::time::Duration;

/// A mail is tried for this long (RFC 5321 section 4.5.4.1: "at least 4-5 days").
const GIVE_UP_AFTER: SignedDuration = SignedDuration::from_hours(5 * 24);

/// And at least this often, so that a clock set forward, or a week without
/// power, gives nothing up.
const ATTEMPTS_MIN: u32 = 12;

/// First and longest wait between two attempts, before jitter. Short at first:
/// greylisting servers want minutes.
const FIRST_WAIT: i64 = 60;
const LONGEST_WAIT: i64 = 2 * 3600;

/// Pauses between connection attempts, for ever: 1 s growing to `longest`,
/// with jitter, so that many clients of a server that comes back do not come
/// at once.
pub fn pauses(longest: Duration) -> impl Iterator<Item = Duration> + Send {
    let pauses = backon::ExponentialBuilder::default()
        .with_min_delay(Duration::from_secs(1).min(longest / 2))
        .with_max_delay(longest / 2)
        .with_factor(2.0)
        .without_max_times()
        .with_jitter()
        .build();
    pauses.chain(std::iter::repeat(longest))
}

/// When to try a mail again after its `attempts`-th attempt failed; `None`
/// when it was tried long enough. The jitter is a function of the mail, so
/// that those put off together do not come back together.
pub fn next_attempt(id: MailId, attempts: u32, created: Timestamp, now: Timestamp) -> Option<Timestamp> {
    if attempts >= ATTEMPTS_MIN && now.duration_since(created) > GIVE_UP_AFTER {
        return None;
    }
    let doublings = attempts.saturating_sub(1).min(16);
    let wait = (FIRST_WAIT << doublings).min(LONGEST_WAIT);
    let key = id.key.0;
    let seed = u32::from_be_bytes([key[28], key[29], key[30], key[31]]).wrapping_mul(2 * attempts + 1);
    // 80 to 120 per cent.
    let wait_millis = wait * 1000 / 100 * (80 + i64::from(seed >> 7) % 41);
    now.saturating_add(SignedDuration::from_millis(wait_millis)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::compose::Kind;
    use crate::core::inquiry::InquiryKey;

    #[test]
    fn waits_grow_to_two_hours_and_end_after_five_days() {
        let created: Timestamp = "2026-11-25T00:00:00Z".parse().unwrap();
        let id = MailId { key: InquiryKey([7; 32]), kind: Kind::Reply };
        let (mut now, mut attempts, mut waits) = (created, 1, Vec::new());
        while let Some(next) = next_attempt(id, attempts, created, now) {
            waits.push(next.duration_since(now).as_secs());
            now = next;
            attempts += 1;
        }
        assert!((48..=72).contains(&waits[0]), "{waits:?}");
        assert!(waits.iter().all(|w| *w <= 8640) && waits.iter().max() > Some(&5000), "{waits:?}");
        assert!((120..=123).contains(&now.duration_since(created).as_hours()), "{now}");
        assert!((50..90).contains(&attempts), "{attempts}");
    }

    #[test]
    fn a_clock_set_forward_gives_nothing_up() {
        let created: Timestamp = "2026-11-25T00:00:00Z".parse().unwrap();
        let id = MailId { key: InquiryKey([7; 32]), kind: Kind::Reply };
        assert!(next_attempt(id, 1, created, created + SignedDuration::from_hours(24 * 365)).is_some());
    }

    #[test]
    fn mails_put_off_together_come_back_apart() {
        let now: Timestamp = "2026-11-25T00:00:00Z".parse().unwrap();
        let at = |n: u8| {
            let id = MailId {
                key: InquiryKey(std::array::from_fn(|i| n.wrapping_mul(31).wrapping_add(i as u8 * 97))),
                kind: Kind::Reply,
            };
            next_attempt(id, 4, now, now).unwrap()
        };
        let distinct: std::collections::BTreeSet<_> = (0..100).map(at).collect();
        assert!(distinct.len() > 15, "{}", distinct.len());
    }

    #[test]
    fn pauses_go_on_for_ever() {
        let pauses: Vec<_> = pauses(Duration::from_secs(60)).take(200).collect();
        assert!(pauses[0] >= Duration::from_secs(1) && pauses[0] < Duration::from_secs(4));
        assert!(pauses.iter().all(|p| *p <= Duration::from_secs(90)) && pauses[199] >= Duration::from_secs(30));
    }
}
