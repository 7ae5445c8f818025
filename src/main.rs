//! Parses the command line and exits; everything else is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    madoguchi::cli::main()
}
