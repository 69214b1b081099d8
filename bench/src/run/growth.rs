//! How the latency of every read grows with the data.

use anyhow::Result;
use serde::Serialize;

use super::disk;
use super::ground::Ground;
use super::measure::Meter;
use super::report::aligned;
use super::stats::Spread;
use super::workload::Known;
use super::{Options, Stand, file, say, write};

/// The p50 of one read on one side, at each volume.
#[derive(Clone, Debug, Serialize)]
struct Growth {
    workload: &'static str,
    side: &'static str,
    orders: Vec<u32>,
    p50_ms: Vec<f64>,
}

/// Measures every read at one connection over databases of these sizes, one after the other.
///
/// # Errors
/// When a step fails.
pub async fn run(options: &Options, ground: &Ground, sizes: &[u32]) -> Result<()> {
    let mut found: Vec<Growth> = Vec::new();
    // Each is removed after its turn, so the largest decides.
    disk::enough(ground.disk(), sizes.iter().copied().max().unwrap_or(0))?;
    let mut meter = Meter::new(ground).await?;
    for &orders in sizes {
        say(&format!("seeding {orders} orders"))?;
        let database = format!("bench_{orders}");
        ground.seeded(&database, orders).await?;
        let stand = Stand::new(ground, &database).await?;
        for workload in stand.workloads.iter().filter(|w| !w.writes && options.wants(w.name)) {
            for server in stand.sides(workload) {
                meter.window(server, workload, Known::Ahead, 1, 1).await?;
                let mut figures = Vec::new();
                for _ in 0..options.rounds() {
                    figures.push(meter.window(server, workload, Known::Ahead, 1, options.seconds).await?.p50_ms);
                }
                let p50 = Spread::of(figures).map_or(0.0, |spread| spread.median);
                let place = found.iter().position(|g| g.workload == workload.name && g.side == server.name);
                let place = place.unwrap_or_else(|| {
                    let (orders, p50_ms) = (Vec::new(), Vec::new());
                    found.push(Growth { workload: workload.name, side: server.name, orders, p50_ms });
                    found.len() - 1
                });
                found[place].orders.push(orders);
                found[place].p50_ms.push(p50);
            }
        }
        drop(stand);
        ground.remove(&database).await?;
        // What is measured is kept, whatever comes next.
        write(options, &found)?;
    }
    say(&format!("\n{}", table(&found, sizes).trim_end()))?;
    say(&format!("figures in {}", file(options).display()))
}

fn table(found: &[Growth], sizes: &[u32]) -> String {
    let mut rows = vec![vec!["workload".to_owned(), "side".to_owned()]];
    rows[0].extend(sizes.iter().map(|orders| format!("p50 ms at {orders}")));
    rows[0].push("growth".to_owned());
    for growth in found {
        let mut row = vec![growth.workload.to_owned(), growth.side.to_owned()];
        row.extend(growth.p50_ms.iter().map(|p50| format!("{p50:.3}")));
        if let (Some(first), Some(last)) = (growth.p50_ms.first(), growth.p50_ms.last()) {
            row.push(format!("{:.2} x", last / first));
        }
        rows.push(row);
    }
    aligned(&rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn growth_is_the_last_by_the_first() {
        let sizes = [10_000, 100_000, 1_000_000];
        let found = [Growth { workload: "a", side: "floor", orders: sizes.to_vec(), p50_ms: vec![1.0, 1.1, 1.2] }];
        assert!(table(&found, &sizes).ends_with("1.20 x\n"));
    }
}
