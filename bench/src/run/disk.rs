//! Whether the disk has room for the data, before it is made.

use std::path::Path;

use anyhow::{Context, Result, ensure};

use super::say;

/// What an order and all that comes with it (customers, cars, leads, milestones, events, indexes) takes, bytes: 50,000
/// orders took 1.6 GB on PostgreSQL.
const ORDER: u64 = 34_000;

/// Empty tables, PostgreSQL's own files, and its log of writes, which may grow to 4 GB.
const BESIDE: u64 = 5_000_000_000;

/// Says how much so many orders take in a folder.
///
/// # Errors
/// When the disk has less.
pub fn enough(folder: &Path, orders: u32) -> Result<()> {
    let stat = rustix::fs::statvfs(folder).with_context(|| folder.display().to_string())?;
    let free = stat.f_bavail.saturating_mul(stat.f_frsize);
    let need = need(orders);
    say(&format!("{orders} orders take up to {} GB of disk in {}; {} are free", gb(need), folder.display(), gb(free)))?;
    ensure!(free >= need, "the disk has not enough: {} GB free of {}", gb(free), gb(need));
    Ok(())
}

fn need(orders: u32) -> u64 {
    u64::from(orders) * ORDER + BESIDE
}

/// Whole gigabytes.
fn gb(bytes: u64) -> u64 {
    bytes.div_ceil(1_000_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_million_takes_some_forty_gigabytes() {
        assert_eq!([gb(need(50_000)), gb(need(1_000_000))], [7, 39]);
    }

    #[test]
    fn what_no_disk_has_is_refused_before_anything_is_made() {
        assert!(enough(Path::new("/nowhere"), 1).is_err());
        // 146 TB.
        assert!(enough(Path::new("."), u32::MAX).is_err());
    }
}
