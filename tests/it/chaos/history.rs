//! What happened, as lines, and the checker that reads them. It knows nothing of how they came about.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum Line {
    /// A change was acknowledged; its object has this version.
    Acknowledged { object: String, version: i64 },
    /// The log has this, as it was read at the end.
    Logged {
        stream: String,
        sequence: i64,
        event: String,
        object: String,
        version: i64,
        /// Whether subscribers are told of such an event.
        told: bool,
    },
    /// A subscriber began, and knows all up to here.
    Began { who: usize, stream: String, sequence: i64 },
    /// A subscriber was told.
    Told { who: usize, sequence: i64, previous: Option<i64>, event: String },
}

/// What must not be.
#[derive(Clone, Debug, PartialEq)]
pub enum Fault {
    /// A number of the log is not there.
    Hole { stream: String, sequence: i64 },
    /// An acknowledged change is not in the log.
    Forgotten { object: String, version: i64 },
    /// A subscriber was not told this.
    Lost { who: usize, sequence: i64 },
    /// A subscriber was told this twice.
    Doubled { who: usize, sequence: i64 },
    /// A subscriber was told this after what came later.
    Disordered { who: usize, sequence: i64 },
    /// A subscriber was told something that the log does not have there.
    Foreign { who: usize, sequence: i64 },
    /// A message names another as the one before it than the one that was.
    Misled { who: usize, sequence: i64 },
}

/// A stream: its events by their numbers, and whether subscribers are told of them.
type Log<'a> = BTreeMap<i64, (&'a str, bool)>;

/// All faults of a history. Every subscriber has to have been told what the log has after its beginning, to the last.
pub fn faults(lines: &[Line]) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut logs: BTreeMap<&str, Log<'_>> = BTreeMap::new();
    let mut versions = BTreeSet::new();
    for line in lines {
        if let Line::Logged { stream, sequence, event, object, version, told } = line {
            logs.entry(stream).or_default().insert(*sequence, (event, *told));
            versions.insert((object.as_str(), *version));
        }
    }
    for (stream, log) in &logs {
        let (first, last) = (log.keys().next().copied(), log.keys().last().copied());
        for sequence in first.unwrap_or(1)..=last.unwrap_or(0) {
            if !log.contains_key(&sequence) {
                faults.push(Fault::Hole { stream: (*stream).to_owned(), sequence });
            }
        }
    }
    for line in lines {
        if let Line::Acknowledged { object, version } = line
            && !versions.contains(&(object.as_str(), *version))
        {
            faults.push(Fault::Forgotten { object: object.clone(), version: *version });
        }
    }
    let nothing = BTreeMap::new();
    for line in lines {
        if let Line::Began { who, stream, sequence } = line {
            let told = lines.iter().filter_map(|line| match line {
                Line::Told { who: told, sequence, previous, event } if told == who => {
                    Some((*sequence, *previous, event.as_str()))
                }
                _ => None,
            });
            one(*who, *sequence, logs.get(stream.as_str()).unwrap_or(&nothing), told, &mut faults);
        }
    }
    faults
}

fn one<'a>(
    who: usize,
    began: i64,
    log: &Log<'_>,
    told: impl Iterator<Item = (i64, Option<i64>, &'a str)>,
    faults: &mut Vec<Fault>,
) {
    let (mut seen, mut last) = (BTreeSet::new(), began);
    for (sequence, previous, event) in told {
        if log.get(&sequence) != Some(&(event, true)) || sequence <= began {
            faults.push(Fault::Foreign { who, sequence });
            continue;
        }
        if !seen.insert(sequence) {
            faults.push(Fault::Doubled { who, sequence });
            continue;
        }
        if sequence < last {
            faults.push(Fault::Disordered { who, sequence });
        }
        if previous != Some(last) {
            faults.push(Fault::Misled { who, sequence });
        }
        last = sequence;
    }
    let all = log.range(began + 1..).filter(|(_, (_, told))| *told).map(|(sequence, _)| *sequence);
    faults.extend(all.filter(|sequence| !seen.contains(sequence)).map(|sequence| Fault::Lost { who, sequence }));
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two streams, three subscribers, all well.
    fn good() -> Vec<Line> {
        let mut lines = Vec::new();
        for (stream, from) in [("order:a", 4), ("store:b", 1)] {
            for sequence in from..from + 30 {
                let (event, object) = (format!("{stream}-{sequence}"), "ord_a".to_owned());
                let told = sequence % 5 > 0;
                lines.push(Line::Logged { stream: stream.into(), sequence, event, object, version: sequence, told });
            }
        }
        lines.push(Line::Acknowledged { object: "ord_a".into(), version: 17 });
        for (who, stream, began, last) in [(0, "order:a", 3, 33), (1, "order:a", 10, 33), (2, "store:b", 0, 30)] {
            lines.push(Line::Began { who, stream: stream.into(), sequence: began });
            let mut previous = began;
            for sequence in (began + 1..=last).filter(|sequence| sequence % 5 > 0) {
                let event = format!("{stream}-{sequence}");
                lines.push(Line::Told { who, sequence, previous: Some(previous), event });
                previous = sequence;
            }
        }
        lines
    }

    fn place_of(lines: &[Line], wanted: usize, number: i64) -> usize {
        let found = lines
            .iter()
            .position(|line| matches!(line, Line::Told { who, sequence, .. } if *who == wanted && *sequence == number));
        found.expect("it was told")
    }

    /// The faults of a good history in which something was planted.
    fn planted(plant: impl FnOnce(&mut Vec<Line>)) -> Vec<Fault> {
        let mut lines = good();
        plant(&mut lines);
        faults(&lines)
    }

    #[test]
    fn a_good_history_has_no_faults() {
        assert_eq!(faults(&good()), []);
    }

    #[test]
    fn every_planted_fault_is_found() {
        let who = 1;
        let lost = planted(|lines| drop(lines.remove(place_of(lines, who, 21))));
        assert_eq!(lost, [Fault::Misled { who, sequence: 22 }, Fault::Lost { who, sequence: 21 }]);

        let end = planted(|lines| drop(lines.remove(place_of(lines, who, 33))));
        assert_eq!(end, [Fault::Lost { who, sequence: 33 }]);

        let doubled = planted(|lines| {
            let place = place_of(lines, who, 21);
            lines.insert(place + 3, lines[place].clone());
        });
        assert_eq!(doubled, [Fault::Doubled { who, sequence: 21 }]);

        let swapped = planted(|lines| {
            let place = place_of(lines, who, 21);
            lines.swap(place, place + 1);
        });
        assert!(swapped.contains(&Fault::Disordered { who, sequence: 21 }), "{swapped:?}");

        let foreign = planted(|lines| {
            let place = place_of(lines, who, 21);
            let event = "store:b-21".to_owned();
            lines[place] = Line::Told { who, sequence: 21, previous: Some(19), event };
        });
        assert!(foreign.contains(&Fault::Foreign { who, sequence: 21 }), "{foreign:?}");

        let misled = planted(|lines| {
            let place = place_of(lines, who, 21);
            lines[place] = Line::Told { who, sequence: 21, previous: Some(18), event: "order:a-21".into() };
        });
        assert_eq!(misled, [Fault::Misled { who, sequence: 21 }]);

        let hole = planted(|lines| {
            lines.retain(|line| !matches!(line, Line::Logged { stream, sequence: 9, .. } if stream == "order:a"));
        });
        assert!(hole.contains(&Fault::Hole { stream: "order:a".into(), sequence: 9 }), "{hole:?}");

        let forgotten = planted(|lines| lines.push(Line::Acknowledged { object: "ord_a".into(), version: 99 }));
        assert_eq!(forgotten, [Fault::Forgotten { object: "ord_a".into(), version: 99 }]);
    }
}
