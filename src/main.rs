//! The program. What it can do stands in [`milepost::cli`].

use std::process::ExitCode;

fn main() -> ExitCode {
    milepost::cli::main()
}
