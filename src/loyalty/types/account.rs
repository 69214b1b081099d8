//! The account and its tier.

use std::sync::Arc;

use async_graphql::{Description, ID, SimpleObject};
use chrono::{DateTime, Utc};
use entity::loyalty::{account, tier};

use super::super::ledger::{self, levels};
use super::super::links::{
    EntriesOfAccount, GrowthOfAccount, OpenLotsOfAccount, RedemptionsOfAccount, TierLevels, bounded,
};
use super::super::rules::holdings::Holdings;
use super::super::rules::{points, tier as tiers};
use super::PointsLot;
use crate::customer::CustomerOfRecord;
use crate::graph::answer::To;
use crate::graph::scalars::Int64;
use crate::graph::{Call, Error, Fields, Result, fields};

/// Most lots shown at once.
const MAX_LOTS: usize = 100;

/// The points and the tier of one customer.
///
/// Points are shown as they are at the moment of the request: what has run out or become active since the last write
/// is counted, and written down with the next one.
#[derive(Clone, Debug, Description)]
pub struct LoyaltyAccount(pub account::Model);

impl LoyaltyAccount {
    /// The lots and the debt at the moment of the request, and the rows they come from.
    fn holdings(&self, call: &Call) -> Result<(Holdings, Arc<Vec<PointsLot>>)> {
        let rows = call.found::<OpenLotsOfAccount>(&self.0.id)?;
        let mut holdings = Holdings { lots: rows.iter().map(|lot| ledger::lot(&lot.0)).collect(), debt: self.0.debt };
        holdings.settle(call.now);
        Ok((holdings, rows))
    }
}

#[fields(rows(account::Model))]
impl LoyaltyAccount {
    /// Type-prefixed ULID, as in `pac_01J…`.
    pub fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// Whose it is.
    #[link(self.0.customer_id)]
    fn customer(&self) -> To<CustomerOfRecord>;

    /// Points that can be spent now; never below 0. About a hundred are worth one yuan.
    fn balance(&self, call: &Call) -> Result<Int64> {
        Ok(Int64(self.holdings(call)?.0.balance().active))
    }

    /// Points that are earned and cannot be spent yet.
    fn pending(&self, call: &Call) -> Result<Int64> {
        Ok(Int64(self.holdings(call)?.0.balance().pending))
    }

    /// Points that were spent before their source was reversed; the next points pay it. 0 while there is a balance.
    fn debt(&self, call: &Call) -> Result<Int64> {
        Ok(Int64(self.holdings(call)?.0.debt))
    }

    /// Growth of the last 365 days, which decides the tier.
    fn growth(&self, call: &Call) -> Result<Int64> {
        Ok(Int64(*call.found::<GrowthOfAccount>(&self.0.id)?))
    }

    /// The level and the way to the next (C108).
    fn tier(&self, call: &Call) -> Result<TierStanding> {
        let rows = call.found::<TierLevels>(&())?;
        let growth = *call.found::<GrowthOfAccount>(&self.0.id)?;
        let current = rows.iter().find(|tier| tier.0.id == self.0.tier_id).cloned();
        let current = current.ok_or_else(|| Error::hidden("an account without tier"))?;
        let all: Vec<tier::Model> = rows.iter().map(|tier| tier.0.clone()).collect();
        let progress = tiers::progress(&levels(&all), current.0.level, growth);
        let next = progress.and_then(|way| rows.iter().find(|tier| tier.0.level == way.next_level).cloned());
        Ok(TierStanding {
            points_to_next: progress.map(|way| Int64(way.missing)),
            percent_to_next: progress.map(|way| way.percent.into()),
            growth_to_stay: Int64(tiers::missing_to_stay(&levels(&all), current.0.level, growth)),
            current,
            next,
            since: self.0.tier_since,
            expires_at: self.0.tier_expires_at,
        })
    }

    /// The ledger, newest first.
    fn entries(&self, #[graphql(desc = "How many, 1 to 100.")] first: i32) -> Result<To<EntriesOfAccount>> {
        Ok(To::new((self.0.id, bounded(first)?)))
    }

    /// The lots that can be spent now, in the order in which they are spent: earliest expiry first; at most 100.
    fn lots(&self, call: &Call) -> Result<Vec<PointsLot>> {
        let (holdings, rows) = self.holdings(call)?;
        Ok(PointsLot::spendable(&holdings, rows.to_vec()).into_iter().take(MAX_LOTS).collect())
    }

    /// The points that run out next; null when none does.
    fn next_expiry(&self, call: &Call) -> Result<Option<NextExpiry>> {
        let (holdings, _) = self.holdings(call)?;
        let next = points::next_expiry(&holdings.lots, call.now);
        Ok(next.map(|(at, points)| NextExpiry { points: Int64(points), at }))
    }

    /// What was had for points, newest first.
    fn redemptions(&self, #[graphql(desc = "How many, 1 to 100.")] first: i32) -> Result<To<RedemptionsOfAccount>> {
        Ok(To::new((self.0.id, bounded(first)?)))
    }

    /// Grows with each change.
    fn version(&self) -> i32 {
        self.0.version
    }

    /// When points or tier last changed.
    fn updated_at(&self) -> DateTime<Utc> {
        self.0.updated_at
    }
}

/// Points that run out together.
#[derive(Fields, SimpleObject, Clone, Debug)]
pub struct NextExpiry {
    /// How many.
    pub points: Int64,
    /// Last instant at which they can be spent.
    pub at: DateTime<Utc>,
}

/// Where a member stands (C108).
#[derive(Fields, SimpleObject, Clone, Debug)]
pub struct TierStanding {
    /// The level.
    pub current: Tier,
    /// The next level; null at the top.
    pub next: Option<Tier>,
    /// Growth that is missing for the next level; null at the top.
    pub points_to_next: Option<Int64>,
    /// Share of the next level's threshold that is reached, 0 to 100, rounded down; null at the top.
    pub percent_to_next: Option<i32>,
    /// Growth that is missing to keep the level when it is looked at again; 0 when it is safe as things stand.
    pub growth_to_stay: Int64,
    /// Since when.
    pub since: DateTime<Utc>,
    /// From when on the level is looked at again; it then falls by one at most.
    pub expires_at: DateTime<Utc>,
}

/// A level of membership (C108).
#[derive(Clone, Debug, Description)]
pub struct Tier(pub tier::Model);

#[fields(rows(tier::Model))]
impl Tier {
    /// Type-prefixed ULID, as in `tir_01J…`.
    pub fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// Short code, as in `V2`.
    fn code(&self) -> &str {
        &self.0.code
    }

    /// Rank; higher is better.
    fn level(&self) -> i32 {
        self.0.level
    }

    /// Growth of a year that reaches it.
    fn threshold(&self) -> Int64 {
        Int64(self.0.threshold)
    }

    /// Name in the language of the request.
    fn name(&self, call: &Call) -> String {
        call.pick(&self.0.name_zh, &self.0.name_en)
    }
}
