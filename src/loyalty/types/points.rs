//! Lines of the ledger and lots.

use std::collections::HashMap;

use async_graphql::{Description, ID};
use chrono::{DateTime, Utc};
use entity::loyalty::{points_entry, points_lot};
use entity::{LotState, PointsEntryKind, PointsLotId};

use super::super::rules::holdings::Holdings;
use crate::graph::fields;
use crate::graph::scalars::Int64;

/// One line of the ledger (C106).
#[derive(Clone, Debug, Description)]
pub struct PointsEntry(pub points_entry::Model);

#[fields(rows(points_entry::Model))]
impl PointsEntry {
    /// Type-prefixed ULID, as in `pen_01J…`.
    pub fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// What happened.
    fn kind(&self) -> PointsEntryKind {
        self.0.kind
    }

    /// By how much, signed.
    fn points(&self) -> Int64 {
        Int64(self.0.points)
    }

    /// Points that could be spent after it.
    fn balance_after(&self) -> Int64 {
        Int64(self.0.balance_after)
    }

    /// The code of an earning rule or of an item, `EXPIRED`, `ACTIVATED`, `DEBT_OFFSET`, or an operator's words.
    fn reason(&self) -> &str {
        &self.0.reason
    }

    /// When.
    fn occurred_at(&self) -> DateTime<Utc> {
        self.0.occurred_at
    }
}

/// Points earned at once, with their expiry (domain.md 3.3).
#[derive(Clone, Debug, Description)]
pub struct PointsLot(pub points_lot::Model);

impl PointsLot {
    /// The lots that can be spent, in the order in which they are: earliest expiry first, no expiry last, then age,
    /// then id. `rows` are those of the holdings as they stand in the store.
    pub fn spendable(holdings: &Holdings, rows: Vec<Self>) -> Vec<Self> {
        let mut rows: HashMap<PointsLotId, Self> = rows.into_iter().map(|lot| (lot.0.id, lot)).collect();
        let live = holdings.lots.iter().filter(|lot| lot.state == LotState::Active && lot.remaining > 0);
        let mut lots: Vec<Self> = live
            .filter_map(|lot| {
                let mut row = rows.remove(&lot.id)?;
                row.0.remaining = lot.remaining;
                row.0.state = lot.state;
                Some(row)
            })
            .collect();
        lots.sort_by_key(|lot| (lot.0.expires_at.is_none(), lot.0.expires_at, lot.0.earned_at, lot.0.id));
        lots
    }
}

#[fields(rows(points_lot::Model))]
impl PointsLot {
    /// Type-prefixed ULID, as in `plt_01J…`.
    pub fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// The rule that gave them.
    fn rule_code(&self) -> &str {
        &self.0.rule_code
    }

    /// What kind of thing they were given for.
    fn source_type(&self) -> &str {
        &self.0.source_type
    }

    /// Points at the beginning.
    fn earned(&self) -> Int64 {
        Int64(self.0.earned)
    }

    /// Points left.
    fn remaining(&self) -> Int64 {
        Int64(self.0.remaining)
    }

    /// State.
    fn state(&self) -> LotState {
        self.0.state
    }

    /// When earned.
    fn earned_at(&self) -> DateTime<Utc> {
        self.0.earned_at
    }

    /// When pending points can be spent; null when they could at once, or when something else has to happen.
    fn activates_at(&self) -> Option<DateTime<Utc>> {
        self.0.activates_at
    }

    /// Last instant at which they can be spent; null when they never run out.
    fn expires_at(&self) -> Option<DateTime<Utc>> {
        self.0.expires_at
    }
}
