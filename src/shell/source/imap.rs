//! IMAP mailbox (RFC 9051, RFC 3501, RFC 2177 IDLE, RFC 6851 MOVE) on async-imap.
use super::*;
use crate::shell::config::Server;
pub struct Imap;
impl Imap {
    pub fn new(_: Server, _: &str) -> Imap {
        Imap
    }
}
impl Source for Imap {
    fn open(&mut self) -> BoxFuture<'_, Result<Opened, SourceError>> {
        Box::pin(async { Err(SourceError::Mailbox { mailbox: "INBOX".to_owned(), cause: "IMAP follows".to_owned() }) })
    }
    fn fetch(&mut self, _: Watermark, _: Option<jiff::Timestamp>) -> BoxFuture<'_, Result<Vec<Arrival>, SourceError>> {
        Box::pin(async { Err(SourceError::Mailbox { mailbox: "INBOX".to_owned(), cause: "IMAP follows".to_owned() }) })
    }
    fn wait(&mut self, _: Duration) -> BoxFuture<'_, Result<(), SourceError>> {
        Box::pin(async { Err(SourceError::Mailbox { mailbox: "INBOX".to_owned(), cause: "IMAP follows".to_owned() }) })
    }
    fn mark<'a>(&'a mut self, _: &'a [Mark]) -> BoxFuture<'a, Result<(), SourceError>> {
        Box::pin(async { Err(SourceError::Mailbox { mailbox: "INBOX".to_owned(), cause: "IMAP follows".to_owned() }) })
    }
    fn append<'a>(&'a mut self, _: &'a str, _: &'a [u8]) -> BoxFuture<'a, Result<(), SourceError>> {
        Box::pin(async { Err(SourceError::Mailbox { mailbox: "INBOX".to_owned(), cause: "IMAP follows".to_owned() }) })
    }
}
