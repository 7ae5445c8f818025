//! The durable record: messages, outbox, watermark. The only SQL.
