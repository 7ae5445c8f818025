//! Delivery by sendmail.
