//! Delivery by maildir.
