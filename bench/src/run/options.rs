//! The command line.

use std::path::PathBuf;

use clap::Parser;

/// Measures the gateway beside the hand-written floor, in turn, on a throwaway PostgreSQL or a SQLite file.
///
/// Call bench/run, which builds, installs what is missing, starts the services and stops them again.
#[derive(Parser, Clone, Debug)]
#[command(name = "bench/run", max_term_width = 100)]
pub struct Options {
    /// Some two minutes: one round, 16 connections.
    #[arg(long)]
    pub quick: bool,
    /// How many orders to seed.
    #[arg(long, value_name = "N", default_value_t = 50_000)]
    pub orders: u32,
    /// A million orders; the same as --orders 1000000.
    #[arg(long, conflicts_with = "orders")]
    pub million: bool,
    /// Only this workload; may be given several times.
    #[arg(long, value_name = "WORKLOAD")]
    pub only: Vec<String>,
    /// Rounds of A B; 3 when left out, 1 with --quick.
    #[arg(long, value_name = "N")]
    pub rounds: Option<usize>,
    /// Connections; 1, 16 and 256 when left out, 16 with --quick. May be given several times.
    #[arg(long, value_name = "N")]
    pub connections: Vec<u32>,
    /// Seconds of one window.
    #[arg(long, value_name = "S", default_value_t = 2)]
    pub seconds: u32,
    /// Instead: the p50 of every read at each of these numbers of orders; 10000,100000,1000000 when left out.
    #[arg(long, value_name = "N,N…", num_args = 0..=1, value_delimiter = ',', conflicts_with_all = ["orders", "million"])]
    growth: Option<Vec<u32>>,
    /// On a SQLite file, as `cargo run` has it, instead of PostgreSQL.
    #[arg(long)]
    pub sqlite: bool,
    /// Where to write the figures as JSON; bench/results/latest.json when left out.
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Print what each side sends to the database for one request, and how often.
    #[arg(long)]
    pub statements: bool,
    /// Where `scripts/services up` was called; bench/run gives it.
    #[arg(long, value_name = "DIR", hide = true)]
    pub services: PathBuf,
}

impl Options {
    /// Orders to seed.
    pub fn orders(&self) -> u32 {
        if self.million { 1_000_000 } else { self.orders }
    }

    /// The volumes of `--growth`, least first.
    pub fn growth(&self) -> Option<Vec<u32>> {
        let mut sizes = self.growth.clone()?;
        if sizes.is_empty() {
            sizes = vec![10_000, 100_000, 1_000_000];
        }
        sizes.sort_unstable();
        sizes.dedup();
        Some(sizes)
    }

    /// Rounds of A B.
    pub fn rounds(&self) -> usize {
        self.rounds.unwrap_or(if self.quick { 1 } else { 3 }).max(1)
    }

    /// Connections of the load generator, in turn.
    pub fn connections(&self) -> Vec<u32> {
        match (self.connections.is_empty(), self.quick) {
            (false, _) => self.connections.clone(),
            (true, true) => vec![16],
            (true, false) => vec![1, 16, 256],
        }
    }

    /// Whether a workload was asked for.
    pub fn wants(&self, workload: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|name| name == workload)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn quick_is_one_round_at_sixteen_connections_unless_told_otherwise() {
        Options::command().debug_assert();
        let read = |args: &[&str]| {
            let options = Options::try_parse_from([&["bench/run", "--services", "x"], args].concat());
            options.map(|o| (o.rounds(), o.connections(), o.orders())).ok()
        };
        assert_eq!(read(&[]), Some((3, vec![1, 16, 256], 50_000)));
        assert_eq!(read(&["--quick"]), Some((1, vec![16], 50_000)));
        assert_eq!(read(&["--quick", "--rounds", "2", "--connections", "1"]), Some((2, vec![1], 50_000)));
        assert_eq!(read(&["--million"]), Some((3, vec![1, 16, 256], 1_000_000)));
    }

    #[test]
    fn growth_has_sizes_of_its_own_or_the_usual_ones() {
        let read = |args: &[&str]| {
            let options = Options::try_parse_from([&["bench/run", "--services", "x"], args].concat());
            options.map(|o| (o.growth(), o.only)).ok()
        };
        assert_eq!(read(&[]), Some((None, vec![])));
        assert_eq!(read(&["--growth"]), Some((Some(vec![10_000, 100_000, 1_000_000]), vec![])));
        assert_eq!(
            read(&["--growth", "--only", "my-orders"]),
            Some((Some(vec![10_000, 100_000, 1_000_000]), vec!["my-orders".to_owned()]))
        );
        assert_eq!(read(&["--growth", "100000,10000,10000"]), Some((Some(vec![10_000, 100_000]), vec![])));
        assert_eq!(read(&["--growth", "many"]), None);
    }
}
