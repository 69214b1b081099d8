//! What callgrind wrote.

use std::path::Path;

use anyhow::{Context, Result, ensure};

use super::record::Counts;

/// The middle count of each name. Callgrind numbers its files from one, in the order of the names.
///
/// # Errors
/// When a file is missing, or nothing was counted.
pub fn medians<'a>(names: impl Iterator<Item = &'a str>, dumps: &Path) -> Result<Counts> {
    let mut all: std::collections::BTreeMap<String, Vec<u64>> = Default::default();
    for (place, name) in names.enumerate() {
        let file = format!("{}.{}", dumps.display(), place + 1);
        let text = std::fs::read_to_string(&file).with_context(|| file.clone())?;
        let count = total(&text).with_context(|| format!("no count in {file}"))?;
        ensure!(count > 0, "{name}: nothing was counted");
        all.entry(name.to_owned()).or_default().push(count);
    }
    ensure!(!all.is_empty(), "nothing was counted");
    Ok(all.into_iter().map(|(name, counts)| (name, median(counts))).collect())
}

/// The line `totals: 123`.
fn total(text: &str) -> Option<u64> {
    text.lines().find_map(|line| line.strip_prefix("totals:"))?.trim().parse().ok()
}

fn median(mut counts: Vec<u64>) -> u64 {
    counts.sort_unstable();
    counts[counts.len() / 2]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_counts_and_the_total_is_read() {
        assert_eq!(median(vec![9, 1, 5]), 5);
        assert_eq!(total("events: Ir\nfn=(1)\n0 7\ntotals: 4711\n"), Some(4711));
        assert_eq!(total("events: Ir\n"), None);
    }

    #[test]
    fn a_missing_file_is_an_error() {
        assert!(medians(["a"].into_iter(), Path::new("/nowhere/dump")).is_err());
        assert!(medians([].into_iter(), Path::new("/nowhere/dump")).is_err());
    }
}
