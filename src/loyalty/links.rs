//! How accounts and what hangs on them are found from other rows.

use std::collections::{BTreeSet, HashMap};

use chrono::TimeDelta;
use entity::loyalty::{account, growth_entry, points_entry, points_lot, redemption, redemption_item, tier};
use entity::{CustomerId, LotState, LoyaltyAccountId, PointsLotId, RedemptionId, RedemptionItemId};
use sea_orm::sea_query::Condition;
use sea_orm::sea_query::ExprTrait;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::policy;
use super::rules::tier::ROLLING_DAYS;
use super::types::{LoyaltyAccount, PointsEntry, PointsLot, Redemption, RedemptionItem, Tier};
use crate::graph::answer::Selected;
use crate::graph::connection::page_args;
use crate::graph::link::Relation;
use crate::graph::relation::{Many, fetch_first, many, one};
use crate::graph::{Call, Result};
use crate::store::rows::{ByPlace, among};

one! {
    /// Accounts by id.
    LoyaltyAccountById: LoyaltyAccountId => account.Id as LoyaltyAccount,
        |call| policy::readable(&call.viewer).or_nothing(),
        |_call, row| Some(LoyaltyAccount(row));
}

one! {
    /// Accounts by customer.
    LoyaltyAccountOfCustomer: CustomerId => account.CustomerId as LoyaltyAccount,
        |call| policy::readable(&call.viewer).or_nothing(),
        |_call, row| Some(LoyaltyAccount(row));
}

many! {
    /// The pending and active lots by account, oldest first. Reached through readable accounts only.
    OpenLotsOfAccount: LoyaltyAccountId => points_lot.AccountId as PointsLot, by [Asc Id],
        |_call| Condition::all().add(points_lot::Column::State.is_in([LotState::Pending, LotState::Active])),
        |_call, row| Some(PointsLot(row));

    /// Lines of the ledger by account, newest first.
    AllEntriesOfAccount: LoyaltyAccountId => points_entry.AccountId as PointsEntry, by [Desc OccurredAt, Desc Id],
        |_call| Condition::all(), |_call, row| Some(PointsEntry(row));

    /// Redemptions by account, newest first.
    AllRedemptionsOfAccount: LoyaltyAccountId => redemption.AccountId as Redemption, by [Desc CreatedAt, Desc Id],
        |_call| Condition::all(), |_call, row| Some(Redemption(row));
}

/// Growth of the rolling year by account; 0 without entries, and never below.
pub struct GrowthOfAccount;

impl Relation for GrowthOfAccount {
    type Key = LoyaltyAccountId;
    type Found = i64;

    async fn fetch(
        call: &Call,
        keys: &[LoyaltyAccountId],
        _selected: Option<&Selected>,
    ) -> Result<HashMap<LoyaltyAccountId, Self::Found>> {
        let sums: Vec<(LoyaltyAccountId, i64)> = growth_entry::Entity::find()
            .select_only()
            .column(growth_entry::Column::AccountId)
            .column_as(growth_entry::Column::Amount.sum().cast_as("bigint"), "growth")
            .filter(among(call.app.db.backend(), growth_entry::Column::AccountId, keys.iter().copied()))
            .filter(growth_entry::Column::OccurredAt.gt(call.now - TimeDelta::days(ROLLING_DAYS)))
            .filter(growth_entry::Column::OccurredAt.lte(call.now))
            .group_by(growth_entry::Column::AccountId)
            .into_tuple()
            .all(call.db())
            .await?;
        Ok(sums.into_iter().map(|(id, sum)| (id, Ord::max(sum, 0))).collect())
    }
}

/// All tiers, lowest first; a closed set that everybody may see.
pub struct TierLevels;

impl Relation for TierLevels {
    type Key = ();
    type Found = Vec<Tier>;

    async fn fetch(call: &Call, _keys: &[()], _selected: Option<&Selected>) -> Result<HashMap<(), Self::Found>> {
        let rows = tier::Entity::find().order_by_asc(tier::Column::Level).by_place(call.db()).await?;
        Ok(HashMap::from([((), rows.into_iter().map(Tier).collect())]))
    }
}

/// An account, and how many of its rows.
type Bounded = (LoyaltyAccountId, u64);

/// Reads the `first` of a plain list below an account.
pub fn bounded(first: i32) -> Result<u64> {
    Ok(page_args(first, None)?.first)
}

/// The first rows of each account, in one statement even when the lists are of different lengths.
async fn first_of<R: Many<Key = LoyaltyAccountId>>(
    call: &Call,
    keys: &[Bounded],
    selected: Option<&Selected>,
) -> Result<HashMap<Bounded, Vec<R::Row>>> {
    let most = keys.iter().map(|(_, first)| *first).max().unwrap_or_default();
    let accounts: BTreeSet<LoyaltyAccountId> = keys.iter().map(|(account, _)| *account).collect();
    let found = fetch_first::<R>(call, &accounts.into_iter().collect::<Vec<_>>(), most, selected).await?;
    let cut = |key: &Bounded| found.get(&key.0).map(|rows| rows.iter().take(key.1 as usize).cloned().collect());
    Ok(keys.iter().map(|key| (*key, cut(key).unwrap_or_default())).collect())
}

/// The newest lines of the ledger by account. Reached through readable accounts only.
pub struct EntriesOfAccount;

impl Relation for EntriesOfAccount {
    type Key = Bounded;
    type Found = Vec<PointsEntry>;

    async fn fetch(
        call: &Call,
        keys: &[Bounded],
        selected: Option<&Selected>,
    ) -> Result<HashMap<Bounded, Self::Found>> {
        first_of::<AllEntriesOfAccount>(call, keys, selected).await
    }
}

/// The newest redemptions by account. Reached through readable accounts only.
pub struct RedemptionsOfAccount;

impl Relation for RedemptionsOfAccount {
    type Key = Bounded;
    type Found = Vec<Redemption>;

    async fn fetch(
        call: &Call,
        keys: &[Bounded],
        selected: Option<&Selected>,
    ) -> Result<HashMap<Bounded, Self::Found>> {
        first_of::<AllRedemptionsOfAccount>(call, keys, selected).await
    }
}

one! {
    /// Lots by id.
    PointsLotById: PointsLotId => points_lot.Id as PointsLot,
        |call| policy::of_readable(&call.viewer, points_lot::Column::AccountId).or_nothing(),
        |_call, row| Some(PointsLot(row));
}

one! {
    /// Redemptions by id.
    RedemptionById: RedemptionId => redemption.Id as Redemption,
        |call| policy::of_readable(&call.viewer, redemption::Column::AccountId).or_nothing(),
        |_call, row| Some(Redemption(row));
}

one! {
    /// Items by id; everybody may see them.
    RedemptionItemById: RedemptionItemId => redemption_item.Id as RedemptionItem,
        |_call| Condition::all(),
        |_call, row| Some(RedemptionItem(row));
}
