//! The loop that joins source, core, ledger and delivery.
