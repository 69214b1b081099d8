//! What the kernel says of processes: CPU time and resident memory.

use std::collections::HashMap;
use std::fs;

use anyhow::{Context, Result};

/// Ticks of the kernel's clock in a second; fixed at 100 for what /proc shows.
const TICKS: f64 = 100.0;

/// One process's line of /proc/PID/stat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stat {
    parent: u32,
    /// Its own time, user and kernel, in ticks.
    own: u64,
    /// That of its children that ended and were waited for.
    ended: u64,
}

/// Reads the fields after the command's name, which may hold spaces and parentheses.
fn parse(line: &str) -> Option<Stat> {
    let fields: Vec<&str> = line.rsplit_once(") ")?.1.split(' ').collect();
    let number = |place: usize| fields.get(place)?.parse::<u64>().ok();
    Some(Stat {
        parent: fields.get(1)?.parse().ok()?,
        own: number(11)? + number(12)?,
        ended: number(13)? + number(14)?,
    })
}

fn stat(pid: u32) -> Option<Stat> {
    parse(&fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)
}

/// How many files and sockets a process of ours may have open.
///
/// # Errors
/// When the kernel does not say.
pub fn open_files() -> Result<usize> {
    let limits = fs::read_to_string("/proc/self/limits")?;
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"));
    let soft = line.and_then(|line| line.split_whitespace().next()).context("no limit of open files")?;
    if soft == "unlimited" { Ok(usize::MAX) } else { Ok(soft.parse()?) }
}

/// CPU seconds of a process with all its threads.
///
/// # Errors
/// When it is gone.
pub fn cpu_seconds(pid: u32) -> Result<f64> {
    let stat = stat(pid).with_context(|| format!("process {pid} is gone"))?;
    Ok(stat.own as f64 / TICKS)
}

/// CPU seconds of a process and its children, those that ended among them. For PostgreSQL: a backend that ends between
/// two readings moves from its own line to the postmaster's, and is lost in neither.
///
/// # Errors
/// When the process is gone.
pub fn tree_cpu_seconds(pid: u32) -> Result<f64> {
    let root = stat(pid).with_context(|| format!("process {pid} is gone"))?;
    let all = fs::read_dir("/proc")?
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<u32>().ok())
        .filter_map(|pid| Some((pid, stat(pid)?)))
        .collect();
    Ok((root.own + root.ended + below(pid, &all)) as f64 / TICKS)
}

fn below(pid: u32, all: &HashMap<u32, Stat>) -> u64 {
    let children = all.iter().filter(|(_, stat)| stat.parent == pid);
    children.map(|(child, stat)| stat.own + stat.ended + below(*child, all)).sum()
}

/// Resident memory in KiB.
///
/// # Errors
/// When the process is gone.
pub fn resident_kib(pid: u32) -> Result<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).with_context(|| format!("process {pid}"))?;
    resident(&status).with_context(|| format!("no VmRSS of process {pid}"))
}

fn resident(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().trim_end_matches("kB").trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_read_whatever_the_commands_name() {
        let line = "4242 (post (gres) x) S 17 4242 4242 0 -1 4194560 9 8 7 6 100 50 20 5 20 0 1 0 99 1 2";
        assert_eq!(parse(line), Some(Stat { parent: 17, own: 150, ended: 25 }));
        assert_eq!(parse("4242 (short) S 17"), None);
    }

    #[test]
    fn children_and_their_children_count() {
        let stat = |parent, own| Stat { parent, own, ended: 1 };
        let all = HashMap::from([(2, stat(1, 10)), (3, stat(2, 100)), (4, stat(9, 1000))]);
        assert_eq!(below(1, &all), 112);
    }

    #[test]
    fn memory_is_read() {
        assert_eq!(resident("Name:\tx\nVmRSS:\t   12345 kB\nRssAnon:\t1 kB\n"), Some(12_345));
        assert_eq!(resident("Name:\tx\n"), None);
        assert!(resident_kib(std::process::id()).is_ok_and(|kib| kib > 0));
        assert!(tree_cpu_seconds(std::process::id()).is_ok());
    }
}
