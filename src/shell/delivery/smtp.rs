//! Delivery by smtp.
