//! How accounts and what hangs on them are found from other rows.

use std::collections::HashMap;

use chrono::TimeDelta;
use entity::loyalty::{account, growth_entry, points_entry, points_lot, redemption, redemption_item, tier};
use entity::{CustomerId, LotState, LoyaltyAccountId, PointsLotId, RedemptionId, RedemptionItemId};
use sea_orm::sea_query::Condition;
use sea_orm::sea_query::{Expr, ExprTrait, Order, SimpleExpr};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait, Select};

use super::policy;
use super::rules::tier::ROLLING_DAYS;
use super::types::{LoyaltyAccount, PointsEntry, PointsLot, Redemption, RedemptionItem, Tier};
use crate::graph::connection::page_args;
use crate::graph::link::{Relation, group, one};
use crate::graph::{Call, Result};
use crate::store::newest::{self, Groups};
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

/// The pending and active lots by account. Reached through readable accounts only.
pub struct OpenLotsOfAccount;

impl Relation for OpenLotsOfAccount {
    type Key = LoyaltyAccountId;
    type Found = Vec<PointsLot>;

    async fn fetch(call: &Call, keys: &[LoyaltyAccountId]) -> Result<HashMap<LoyaltyAccountId, Self::Found>> {
        let rows = points_lot::Entity::find()
            .filter(among(call.app.db.backend(), points_lot::Column::AccountId, keys.iter().copied()))
            .filter(points_lot::Column::State.is_in([LotState::Pending, LotState::Active]))
            .by_place(call.db())
            .await?;
        let groups = group(rows, |row| row.account_id);
        Ok(groups.into_iter().map(|(id, rows)| (id, rows.into_iter().map(PointsLot).collect())).collect())
    }
}

/// Growth of the rolling year by account; 0 without entries, and never below.
pub struct GrowthOfAccount;

impl Relation for GrowthOfAccount {
    type Key = LoyaltyAccountId;
    type Found = i64;

    async fn fetch(call: &Call, keys: &[LoyaltyAccountId]) -> Result<HashMap<LoyaltyAccountId, Self::Found>> {
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

    async fn fetch(call: &Call, _keys: &[()]) -> Result<HashMap<(), Self::Found>> {
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

/// The newest rows of each account, in one statement even when the lists are of different lengths.
async fn newest_of<E, R>(
    call: &Call,
    keys: &[Bounded],
    select: Select<E>,
    columns: [SimpleExpr; 3],
    account_of: fn(&R) -> LoyaltyAccountId,
) -> Result<HashMap<Bounded, Vec<R>>>
where
    E: EntityTrait,
    R: entity::Columns + Clone,
{
    let [account, moment, id] = columns;
    let groups = Groups {
        by: account.clone(),
        order: vec![(moment, Order::Desc), (id, Order::Desc)],
        most: keys.iter().map(|(_, first)| *first).max().unwrap_or_default(),
    };
    let select = select.filter(account.is_in(keys.iter().map(|(id, _)| *id)));
    let rows: Vec<R> = newest::of_each(&call.app.db, select.into_query(), groups).await?;
    let rows = group(rows, account_of);
    let cut = |key: &Bounded| rows.get(&key.0).map(|rows| rows.iter().take(key.1 as usize).cloned().collect());
    Ok(keys.iter().map(|key| (*key, cut(key).unwrap_or_default())).collect())
}

/// The newest lines of the ledger by account. Reached through readable accounts only.
pub struct EntriesOfAccount;

impl Relation for EntriesOfAccount {
    type Key = Bounded;
    type Found = Vec<PointsEntry>;

    async fn fetch(call: &Call, keys: &[Bounded]) -> Result<HashMap<Bounded, Self::Found>> {
        let columns = [points_entry::Column::AccountId, points_entry::Column::OccurredAt, points_entry::Column::Id]
            .map(|column| Expr::col((points_entry::Entity, column)));
        let account_of = |row: &points_entry::Model| row.account_id;
        let lists = newest_of(call, keys, points_entry::Entity::find(), columns, account_of).await?;
        Ok(lists.into_iter().map(|(key, rows)| (key, rows.into_iter().map(PointsEntry).collect())).collect())
    }
}

/// The newest redemptions by account. Reached through readable accounts only.
pub struct RedemptionsOfAccount;

impl Relation for RedemptionsOfAccount {
    type Key = Bounded;
    type Found = Vec<Redemption>;

    async fn fetch(call: &Call, keys: &[Bounded]) -> Result<HashMap<Bounded, Self::Found>> {
        let columns = [redemption::Column::AccountId, redemption::Column::CreatedAt, redemption::Column::Id]
            .map(|column| Expr::col((redemption::Entity, column)));
        let account_of = |row: &redemption::Model| row.account_id;
        let lists = newest_of(call, keys, redemption::Entity::find(), columns, account_of).await?;
        Ok(lists.into_iter().map(|(key, rows)| (key, rows.into_iter().map(Redemption).collect())).collect())
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
