//! The figures as a table and as JSON.

use std::fmt::Write as _;

use serde::Serialize;

use super::measure::Sample;
use super::stats::Spread;

/// All rounds of one workload, one way of knowing the document, and one number of connections.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    /// The workload.
    pub workload: &'static str,
    /// Whether the gateway has met the document before: `known` or `unseen`.
    pub document: &'static str,
    /// Connections of the load generator.
    pub connections: u32,
    /// The floor, round by round; empty where it has no statements for the database.
    pub floor: Vec<Sample>,
    /// The gateway, round by round, each measured right after the floor's of the same place.
    pub gateway: Vec<Sample>,
    /// Statements a request of the floor, where they can be counted.
    pub floor_statements: Option<f64>,
    /// Statements a request of the gateway, where they can be counted.
    pub gateway_statements: Option<f64>,
}

/// A run.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// When it began.
    pub date: String,
    /// `PostgreSQL` or `SQLite`.
    pub database: &'static str,
    /// Orders in the database.
    pub orders: u32,
    /// Processors.
    pub processors: usize,
    /// Seconds of a window.
    pub seconds: u32,
    /// How the answers of each workload agree, and how long they are.
    pub answers: Vec<(&'static str, &'static str, usize)>,
    /// The figures.
    pub rows: Vec<Row>,
}

const HEADER: [&str; 16] = [
    "workload",
    "document",
    "conn",
    "floor/s",
    "gateway/s",
    "share",
    "min..max",
    "p50 ms f",
    "p50 ms g",
    "p99 ms f",
    "p99 ms g",
    "p99 x",
    "server s/k f g",
    "database s/k f g",
    "stmts f g",
    "MiB f g",
];

impl Row {
    /// The median of a side that was measured, with so many digits.
    fn median(side: &[Sample], figure: impl Fn(&Sample) -> f64, digits: usize) -> String {
        shown(Spread::of(side.iter().map(figure)).map(|spread| spread.median), digits)
    }

    /// The ratios gateway by floor, pair by pair.
    pub fn ratio(&self, figure: impl Fn(&Sample) -> f64) -> Option<Spread> {
        Spread::of_pairs(self.floor.iter().map(&figure).zip(self.gateway.iter().map(&figure)))
    }

    /// Answers that were none.
    pub fn errors(&self) -> u64 {
        self.floor.iter().chain(&self.gateway).map(|sample| sample.errors).sum()
    }

    fn cells(&self) -> Vec<String> {
        let (f, g) = (&self.floor[..], &self.gateway[..]);
        let both = |figure: fn(&Sample) -> f64, digits: usize| {
            format!("{} {}", Self::median(f, figure, digits), Self::median(g, figure, digits))
        };
        let share = self.ratio(|sample| sample.rps);
        let slower = self.ratio(|sample| sample.p99_ms);
        vec![
            self.workload.to_owned(),
            self.document.to_owned(),
            self.connections.to_string(),
            Self::median(f, |s| s.rps, 0),
            Self::median(g, |s| s.rps, 0),
            share.map_or_else(String::new, |s| format!("{:.2}", s.median)),
            share.map_or_else(String::new, |s| format!("{:.2}..{:.2}", s.min, s.max)),
            Self::median(f, |s| s.p50_ms, 2),
            Self::median(g, |s| s.p50_ms, 2),
            Self::median(f, |s| s.p99_ms, 2),
            Self::median(g, |s| s.p99_ms, 2),
            slower.map_or_else(String::new, |s| format!("{:.1}", s.median)),
            both(|s| s.server_cpu, 3),
            both(|s| s.database_cpu, 3),
            format!("{} {}", shown(self.floor_statements, 1), shown(self.gateway_statements, 1)),
            both(|s| s.resident_mib, 0),
        ]
    }
}

/// A figure, or a dash where there is none.
fn shown(figure: Option<f64>, digits: usize) -> String {
    figure.map_or_else(|| "-".to_owned(), |figure| format!("{figure:.digits$}"))
}

impl Report {
    /// The table, with what went wrong below it.
    pub fn table(&self) -> String {
        let mut table = aligned(
            &std::iter::once(HEADER.iter().map(ToString::to_string).collect())
                .chain(self.rows.iter().map(Row::cells))
                .collect::<Vec<_>>(),
        );
        for row in self.rows.iter().filter(|row| row.errors() > 0) {
            // Writing to a String does not fail.
            let _ = writeln!(
                table,
                "{} {} at {} connections: {} errors",
                row.workload,
                row.document,
                row.connections,
                row.errors()
            );
        }
        table
    }
}

/// Columns as wide as their widest cell; the first two to the left, figures to the right.
pub fn aligned(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut text = String::new();
    for row in rows {
        let cells = row.iter().zip(&widths).enumerate().map(|(column, (cell, width))| {
            if column < 2 { format!("{cell:<width$}") } else { format!("{cell:>width$}") }
        });
        text.push_str(cells.collect::<Vec<_>>().join("  ").trim_end());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(rps: f64, errors: u64) -> Sample {
        let (server_cpu, database_cpu) = (0.1, 0.2);
        Sample { requests: 1, rps, p50_ms: 1.0, p99_ms: 2.0, errors, server_cpu, database_cpu, resident_mib: 9.0 }
    }

    #[test]
    fn a_row_shows_medians_the_share_and_its_spread() {
        let row = Row {
            workload: "x",
            document: "known",
            connections: 16,
            floor: vec![sample(100.0, 0), sample(200.0, 1)],
            gateway: vec![sample(50.0, 0), sample(150.0, 2)],
            floor_statements: Some(2.0),
            gateway_statements: Some(9.0),
        };
        assert_eq!(row.cells()[3..7], ["150", "100", "0.62", "0.50..0.75"]);
        assert_eq!(row.errors(), 3);
        assert_eq!(row.cells().len(), HEADER.len());
        let alone = Row { floor: Vec::new(), floor_statements: None, ..row };
        assert_eq!(alone.cells()[3..8], ["-", "100", "", "", "-"]);
        assert_eq!(alone.cells()[14], "- 9.0");
    }

    #[test]
    fn figures_stand_to_the_right() {
        let rows = [["a", "b", "c"], ["aa", "b", "100"]].map(|row| row.map(str::to_owned).to_vec());
        assert_eq!(aligned(&rows), "a   b    c\naa  b  100\n");
    }
}
