//! The counts of record, and whether new ones are worse.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

/// Instructions by name.
pub type Counts = BTreeMap<String, u64>;

/// By how much a count may grow, percent, when no record says otherwise.
pub const TOLERANCE_PERCENT: f64 = 3.0;

/// What another compiler may cost beside, percent.
const ANOTHER_COMPILER_PERCENT: f64 = 7.0;

/// `bench/instructions.json`: a record for each profile of the build.
pub type Records = BTreeMap<String, Record>;

/// The counts of record of one profile.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct Record {
    /// Version of the compiler.
    pub built: String,
    /// By how much a count may grow, percent.
    pub tolerance_percent: f64,
    /// The counts.
    pub counts: Counts,
}

/// What a comparison came to.
#[derive(Debug)]
pub struct Verdict {
    /// Whether no count has grown past the tolerance, and each has one of record.
    pub good: bool,
    /// All counts, a line each.
    pub table: String,
}

impl Record {
    /// Compares new counts with these.
    pub fn verdict(&self, counts: &Counts, built: &str) -> Verdict {
        let mut table = String::new();
        let mut good = true;
        let mut tolerance = self.tolerance_percent;
        // Writing to a String does not fail.
        if built != self.built {
            tolerance += ANOTHER_COMPILER_PERCENT;
            let _ = writeln!(table, "of record: {}; now: {built}: {tolerance} % are let pass", self.built);
        }
        let names = self.counts.keys().chain(counts.keys().filter(|name| !self.counts.contains_key(*name)));
        for name in names {
            let (before, now) = (self.counts.get(name), counts.get(name));
            let words = match (before, now) {
                (Some(before), Some(now)) => {
                    let change = (*now as f64 / *before as f64 - 1.0) * 100.0;
                    let word = if change > tolerance {
                        good = false;
                        "  GREW"
                    } else if change < -tolerance {
                        "  fewer; bench/instructions --accept keeps it so"
                    } else {
                        ""
                    };
                    format!("{before:>10} {now:>10} {change:>+7.2} %{word}")
                }
                _ => {
                    good = false;
                    let word = if now.is_some() { "no count of record" } else { "not counted" };
                    format!("{:>10} {:>10} {word}", before.unwrap_or(&0), now.unwrap_or(&0))
                }
            };
            let _ = writeln!(table, "{name:<24}{words}");
        }
        Verdict { good, table }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(figures: &[(&str, u64)]) -> Counts {
        figures.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect()
    }

    #[test]
    fn growth_past_the_tolerance_fails_and_less_does_not() {
        let record = Record { built: "x".into(), tolerance_percent: 3.0, counts: counts(&[("a", 1000)]) };
        let good = |count, built| record.verdict(&counts(&[("a", count)]), built).good;
        assert!(good(1000, "x") && good(1029, "x") && good(10, "x") && good(1099, "y"));
        assert!(!good(1031, "x") && !good(1101, "y"));
    }

    #[test]
    fn a_name_on_one_side_alone_fails() {
        let record = Record { built: "x".into(), tolerance_percent: 3.0, counts: counts(&[("a", 1000)]) };
        assert!(!record.verdict(&counts(&[]), "x").good);
        assert!(!record.verdict(&counts(&[("a", 1000), ("b", 1)]), "x").good);
    }
}
