//! Whether a sender's domain stands by a message (DKIM, SPF, DMARC), found out
//! by DNS. Asked only where `screen.verify = "dns"` and no trusted server has
//! said so. Owns the resolver; decides nothing: what could not be found out is
//! unknown, never forged.

use crate::core::address::Address;
use crate::core::inquiry::{Inquiry, Proof, ReturnPath};
use futures_util::future::BoxFuture;
use mail_auth::common::parse::TxtRecordParser;
use mail_auth::common::verify::DomainKey;
use mail_auth::dmarc::Dmarc;
use mail_auth::dmarc::verify::DmarcParameters;
use mail_auth::hickory_resolver::config::{ResolverConfig, ResolverOpts};
use mail_auth::hickory_resolver::proto::op::ResponseCode;
use mail_auth::spf::Spf;
use mail_auth::spf::verify::SpfParameters;
use mail_auth::{
    AuthenticatedMessage, DkimResult, DmarcResult, DnsError, DnssecStatus, Error, MX, MessageAuthenticator, Parameters,
    RecordSet, ResolverCache, SpfOutput, Txt,
};
use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::Hash;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Longest time for one message, all questions together.
const PATIENCE: Duration = Duration::from_secs(10);

/// Most answers of each kind that are remembered.
const REMEMBERED: usize = 10_000;

/// Finds out whether a sender's domain stands by a message.
pub trait Verify: Send + Sync {
    /// Never fails: what cannot be found out is [`Proof::Unknown`].
    fn verify(&self, raw: &[u8], inquiry: &Inquiry) -> BoxFuture<'static, Proof>;
}

/// Asks name servers.
#[derive(Clone)]
pub struct Dns {
    authenticator: MessageAuthenticator,
    known: Arc<Known>,
}

/// The system has no usable name servers.
#[derive(Debug, thiserror::Error)]
#[error("`screen.verify = \"dns\"` needs name servers, and the system names none: {0}")]
pub struct NoNameServers(String);

impl Dns {
    /// The system's name servers.
    pub fn system() -> Result<Dns, NoNameServers> {
        let authenticator = MessageAuthenticator::new_system_conf().map_err(|e| NoNameServers(e.to_string()))?;
        Ok(Dns { authenticator, known: Arc::new(Known::default()) })
    }

    /// Only these records exist, and nobody is asked: name and text of TXT
    /// records (SPF, DKIM keys, DMARC), and A records.
    pub fn fixed(texts: &[(&str, &str)], addresses: &[(&str, Ipv4Addr)]) -> Result<Dns, NoNameServers> {
        let authenticator = MessageAuthenticator::new(ResolverConfig::default(), ResolverOpts::default())
            .map_err(|e| NoNameServers(e.to_string()))?;
        let absent = Txt::Error(Error::Dns(DnsError::RecordNotFound(ResponseCode::NXDomain)));
        let known = Known {
            txt: Store::only(absent),
            mx: Store::only(no_records()),
            v4: Store::only(no_records()),
            v6: Store::only(no_records()),
            ptr: Store::only(no_records()),
        };
        for (name, text) in texts {
            known.txt.keep(fqdn(name), txt(text));
        }
        for (name, address) in addresses {
            known.v4.keep(fqdn(name), records(&[*address]));
        }
        Ok(Dns { authenticator, known: Arc::new(known) })
    }

    async fn find_out(&self, raw: &[u8], from: &Address, path: Option<&Address>, client: Option<Client>) -> Proof {
        let Some(message) = AuthenticatedMessage::parse(raw) else { return Proof::Unknown };
        let known = &*self.known;
        let dkim = self.authenticator.verify_dkim(known.with(&message)).await;
        let sender = path.map(Address::to_smtp).unwrap_or_default();
        let path_domain = path.map_or("", Address::domain);
        let spf = match &client {
            Some(client) if path.is_some() => {
                let spf = SpfParameters::verify_mail_from(client.ip, &client.helo, "localhost", &sender);
                self.authenticator.verify_spf(known.with(spf)).await
            }
            // Without the client's address SPF says nothing.
            _ => SpfOutput::default(),
        };
        let parameters = DmarcParameters::new(&message, &dkim, path_domain, &spf);
        let dmarc = self.authenticator.verify_dmarc(known.with(parameters)).await;
        let unsure = dkim.iter().any(|d| matches!(d.result(), DkimResult::TempError(_)))
            || client.is_none() && path.is_some()
            || spf.result() == mail_auth::SpfResult::TempError;
        let aligned = |domain: &str| {
            Address::parse(&format!("x@{domain}")).is_some_and(|a| a.organisation() == from.organisation())
        };
        let signed =
            dkim.iter().any(|d| *d.result() == DkimResult::Pass && d.signature().is_some_and(|s| aligned(&s.d)));
        let sent = spf.result() == mail_auth::SpfResult::Pass && aligned(path_domain);
        match dmarc.result() {
            DmarcResult::Pass => Proof::Pass,
            _ if signed || sent => Proof::Pass,
            DmarcResult::Fail(_) if !unsure => Proof::Fail,
            _ => Proof::Unknown,
        }
    }
}

impl Verify for Dns {
    fn verify(&self, raw: &[u8], inquiry: &Inquiry) -> BoxFuture<'static, Proof> {
        let from = inquiry.header.from.first().and_then(|m| m.address.clone());
        let path = match &inquiry.header.return_path {
            ReturnPath::Address(path) => Some(path.clone()),
            _ => None,
        };
        let client = inquiry.header.all("received").find_map(Client::of);
        let (dns, raw) = (self.clone(), raw.to_vec());
        Box::pin(async move {
            let Some(from) = from else { return Proof::Unknown };
            // A task of its own: what crafted input may break stays in it.
            let task = tokio::spawn(async move { dns.find_out(&raw, &from, path.as_ref(), client).await });
            let abort = task.abort_handle();
            match tokio::time::timeout(PATIENCE, task).await {
                Ok(Ok(proof)) => proof,
                Ok(Err(_)) => Proof::Unknown,
                Err(_) => {
                    abort.abort();
                    Proof::Unknown
                }
            }
        })
    }
}

/// The machine that handed the message to our side.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Client {
    ip: IpAddr,
    helo: String,
}

impl Client {
    /// Of a Received field (RFC 5321 section 4.4), `from helo (name [ip]) by …`;
    /// `None` for hops inside our own network.
    fn of(received: &str) -> Option<Client> {
        let from = received.trim_start().strip_prefix("from ")?;
        let clause = from.split(" by ").next()?;
        let helo = clause.split_whitespace().next()?.trim_matches(['[', ']']).to_owned();
        let inner = clause.split('[').skip(1).filter_map(|rest| rest.split_once(']')).map(|(ip, _)| ip);
        let ip = inner.filter_map(|ip| ip.trim_start_matches("IPv6:").parse::<IpAddr>().ok()).find(is_outside)?;
        Some(Client { ip, helo })
    }
}

fn is_outside(ip: &IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => !(ip.is_loopback() || ip.is_private() || ip.is_link_local() || ip.is_unspecified()),
        IpAddr::V6(ip) => {
            !(ip.is_loopback() || ip.is_unique_local() || ip.is_unicast_link_local() || ip.is_unspecified())
        }
    }
}

/// Answers of name servers, as long as they are valid.
#[derive(Default)]
struct Known {
    txt: Store<Box<str>, Txt>,
    mx: Store<Box<str>, RecordSet<MX>>,
    v4: Store<Box<str>, RecordSet<Ipv4Addr>>,
    v6: Store<Box<str>, RecordSet<Ipv6Addr>>,
    ptr: Store<IpAddr, RecordSet<Box<str>>>,
}

type Question<'x, P> = Parameters<
    'x,
    P,
    Store<Box<str>, Txt>,
    Store<Box<str>, RecordSet<MX>>,
    Store<Box<str>, RecordSet<Ipv4Addr>>,
    Store<Box<str>, RecordSet<Ipv6Addr>>,
    Store<IpAddr, RecordSet<Box<str>>>,
>;

impl Known {
    fn with<P>(&self, params: P) -> Question<'_, P> {
        Parameters {
            params,
            cache_txt: Some(&self.txt),
            cache_mx: Some(&self.mx),
            cache_ptr: Some(&self.ptr),
            cache_ipv4: Some(&self.v4),
            cache_ipv6: Some(&self.v6),
        }
    }
}

struct Store<K, V> {
    held: Mutex<HashMap<K, (V, Option<Instant>)>>,
    /// What is answered for everything that is not held, instead of asking.
    absent: Option<V>,
}

impl<K, V> Default for Store<K, V> {
    fn default() -> Store<K, V> {
        Store { held: Mutex::default(), absent: None }
    }
}

impl<K: Hash + Eq, V> Store<K, V> {
    fn only(absent: V) -> Store<K, V> {
        Store { held: Mutex::default(), absent: Some(absent) }
    }

    fn keep(&self, key: K, value: V) {
        self.held.lock().unwrap_or_else(PoisonError::into_inner).insert(key, (value, None));
    }
}

impl<K: Hash + Eq, V: Clone> ResolverCache<K, V> for Store<K, V> {
    fn get<Q>(&self, name: &Q) -> Option<V>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let valid = |(value, until): &(V, Option<Instant>)| {
            until.is_none_or(|until| until > Instant::now()).then(|| value.clone())
        };
        held.get(name).and_then(valid).or_else(|| self.absent.clone())
    }

    fn remove<Q>(&self, name: &Q) -> Option<V>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.held.lock().unwrap_or_else(PoisonError::into_inner).remove(name).map(|(value, _)| value)
    }

    fn insert(&self, key: K, value: V, valid_until: Instant) {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if held.len() >= REMEMBERED {
            held.clear();
        }
        held.insert(key, (value, Some(valid_until)));
    }
}

fn fqdn(name: &str) -> Box<str> {
    format!("{}.", name.trim_end_matches('.')).into_boxed_str()
}

fn records<T: Clone>(all: &[T]) -> RecordSet<T> {
    RecordSet { rrset: all.to_vec().into(), dnssec_status: DnssecStatus::Insecure }
}

fn no_records<T: Clone>() -> RecordSet<T> {
    records(&[])
}

/// A TXT record as what it is the record of.
fn txt(text: &str) -> Txt {
    fn parsed<T: TxtRecordParser>(text: &str, wrap: impl Fn(Arc<T>) -> Txt) -> Txt {
        T::parse(text.as_bytes()).map_or_else(Txt::Error, |record| wrap(Arc::new(record)))
    }
    match text {
        _ if text.starts_with("v=spf1") => parsed::<Spf>(text, Txt::Spf),
        _ if text.starts_with("v=DMARC1") => parsed::<Dmarc>(text, Txt::Dmarc),
        _ => parsed::<DomainKey>(text, Txt::DomainKey),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_client_is_the_first_machine_from_outside() {
        let client = |line: &str| Client::of(line).map(|c| (c.ip.to_string(), c.helo));
        let found = client("from mx.b.example (mx.b.example [198.51.100.7]) by mx.c.example with ESMTPS; Wed");
        assert_eq!(found, Some(("198.51.100.7".to_owned(), "mx.b.example".to_owned())));
        let found = client("from b.example ([IPv6:2001:db8::7]) by c.example; Wed");
        assert_eq!(found, Some(("2001:db8::7".to_owned(), "b.example".to_owned())));
        for inside in [
            "from localhost (localhost [127.0.0.1]) by mx.c.example; Wed",
            "from store (store [10.0.0.3]) by mx.c.example; Wed",
            "by mx.c.example with LMTP; Wed",
            "from x by y; Wed [198.51.100.7]",
            "",
        ] {
            assert_eq!(client(inside), None, "{inside}");
        }
    }
}
