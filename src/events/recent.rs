//! The last entries of a stream, kept in memory for its readers.

use std::collections::VecDeque;
use std::sync::Arc;

use super::Entry;
use super::position::Epoch;

/// Entries kept for each reader, and at the most: more than a reader falls behind while it writes to its socket. Most
/// streams have one reader, who needs little.
const KEPT_FOR_EACH: usize = 8;
const KEPT: usize = 256;

/// One run of entries without a gap, the newest last.
#[derive(Debug, Default)]
pub struct Recent {
    epoch: Option<Epoch>,
    entries: VecDeque<Arc<Entry>>,
}

impl Recent {
    /// Forgets what is of another epoch.
    pub fn of(&mut self, epoch: Epoch) {
        if self.epoch.replace(epoch) != Some(epoch) {
            self.entries.clear();
        }
    }

    /// The entries after a number, `most` at the most; none when that is not known here.
    pub fn after(&self, seen: i64, most: usize) -> Option<Vec<Arc<Entry>>> {
        let (first, last) = (self.entries.front()?.sequence, self.entries.back()?.sequence);
        if seen + 1 < first || seen >= last {
            return None;
        }
        let skip = usize::try_from(seen + 1 - first).ok()?;
        Some(self.entries.iter().skip(skip).take(most).cloned().collect())
    }

    /// Whether what comes after this number is what is to be kept next: of readers that stand apart the foremost decides.
    pub fn goes_on_at(&self, seen: i64) -> bool {
        self.entries.back().is_none_or(|last| seen >= last.sequence)
    }

    /// Keeps an entry that was just written, if it is the next one: of two commits the later may be heard of first.
    pub fn push(&mut self, entry: Entry, readers: usize) {
        if self.entries.back().is_none_or(|last| last.sequence + 1 == entry.sequence) {
            self.entries.push_back(Arc::new(entry));
            self.shorten(readers);
        }
    }

    fn shorten(&mut self, readers: usize) {
        let kept = readers.saturating_mul(KEPT_FOR_EACH).clamp(KEPT_FOR_EACH, KEPT);
        self.entries.drain(..self.entries.len().saturating_sub(kept));
    }

    /// Keeps what was read after a number.
    pub fn keep(&mut self, seen: i64, read: &[Arc<Entry>], readers: usize) {
        if read.first().is_none_or(|first| first.sequence != seen + 1) {
            return;
        }
        if self.entries.back().is_some_and(|last| last.sequence != seen) {
            self.entries.clear();
        }
        self.entries.extend(read.iter().cloned());
        self.shorten(readers);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::DateTime;
    use entity::{EventId, EventKind};
    use proptest::prelude::*;

    fn entries(from: i64, to: i64) -> Vec<Arc<Entry>> {
        let entry = |sequence| Entry {
            stream: "order:x".into(),
            sequence,
            event_id: EventId::default(),
            kind: EventKind::EtaChanged,
            aggregate_id: "x".into(),
            aggregate_version: 1,
            payload: serde_json::Value::Null,
            occurred_at: DateTime::default(),
            oem_sequence: None,
        };
        (from..=to).map(|sequence| Arc::new(entry(sequence))).collect()
    }

    proptest! {
        /// Readers at any places, over a log that grows: each gets what the log has after its place, in order.
        #[test]
        fn each_reader_gets_what_the_log_has(
            steps in proptest::collection::vec((0_i64..700, 0_i64..40, 1_usize..120, any::<bool>(), any::<bool>()), 1..60),
            readers in 0_usize..50,
        ) {
            let epoch = Epoch::draw();
            let (mut recent, mut head) = (Recent::default(), 0_i64);
            for (place, grows, most, pushed, swapped) in steps {
                recent.of(epoch);
                if pushed {
                    let mut written = entries(head + 1, head + grows);
                    if swapped && written.len() > 1 {
                        written.swap(0, 1);
                    }
                    written.into_iter().for_each(|entry| recent.push(Arc::unwrap_or_clone(entry), readers));
                }
                head += grows;
                let seen = place.min(head);
                let log = |most: usize| entries(seen + 1, head.min(seen + most as i64));
                let numbers = |entries: &[Arc<Entry>]| entries.iter().map(|entry| entry.sequence).collect::<Vec<_>>();
                match recent.after(seen, most) {
                    // Not all there is perhaps, and nothing else.
                    Some(got) => {
                        prop_assert!(!got.is_empty());
                        prop_assert_eq!(numbers(&got), numbers(&log(got.len())));
                    }
                    None if recent.goes_on_at(seen) => recent.keep(seen, &log(most), readers),
                    None => {}
                }
                prop_assert!(recent.entries.len() <= (readers * KEPT_FOR_EACH).clamp(KEPT_FOR_EACH, KEPT));
            }
            recent.of(Epoch::draw());
            prop_assert!(recent.entries.is_empty());
        }
    }
}
