//! Maildir mailbox (new → cur), watched for arrivals.
