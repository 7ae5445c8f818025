//! IMAP mailbox (RFC 9051, RFC 3501, RFC 2177 IDLE, RFC 6851 MOVE) on async-imap.
