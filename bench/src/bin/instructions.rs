//! The program behind bench/instructions.

use std::process::ExitCode;

use clap::Parser;
use milepost_bench::instructions::{Step, run};

fn main() -> ExitCode {
    match run(&Step::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("instructions: {error:#}");
            ExitCode::FAILURE
        }
    }
}
