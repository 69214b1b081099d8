//! Words of the loyalty domain.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

vocabulary! {
    list loyalty_vocabularies $;

    /// Kind of ledger line (domain.md 3.3).
    enum PointsEntryKind {
        /// Earned.
        Earn,
        /// Pending points became active.
        Activate,
        /// Spent.
        Spend,
        /// Ran out.
        Expire,
        /// Taken back.
        Reverse,
        /// Given back after a cancelled redemption.
        Restore,
        /// Set right by an operator.
        Adjust,
    }

    /// State of a lot of points (domain.md 3.2).
    enum LotState {
        /// Not to be spent yet.
        Pending,
        /// To be spent.
        Active,
        /// Used up.
        Spent,
        /// Ran out.
        Expired,
        /// Taken back.
        Reversed,
    }

    /// State of a redemption (domain.md 3.2).
    enum RedemptionStatus {
        /// Points held.
        Locked,
        /// Points spent.
        Confirmed,
        /// Delivered.
        Fulfilled,
        /// Called off; points went back.
        Cancelled,
    }
}
