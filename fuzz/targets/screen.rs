#![no_main]

#[path = "../checks.rs"]
mod checks;

libfuzzer_sys::fuzz_target!(init: checks::prepare(), |octets: &[u8]| checks::screen(octets));
