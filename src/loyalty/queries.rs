//! What one may ask the loyalty room.

use async_graphql::ID;
use entity::CustomerId;
use entity::PrefixedId;
use entity::loyalty::{account, points_entry, redemption_item};
use sea_orm::ColumnTrait;
use sea_orm::sea_query::{Condition, Expr, ExprTrait, Order};

use super::links::{LoyaltyAccountOfCustomer, RedemptionItemById, TierLevels};
use super::policy;
use super::types::{LoyaltyAccount, PointsEntry, RedemptionItem, Tier};
use crate::access::{Viewer, ViewerKind};
use crate::graph::connection::{List, Rows, every, list, one, page_args};
use crate::graph::node::parse_id;
use crate::graph::{Ask, Error, Result, roots};
use crate::store::page::{SortKey, Sorting};

/// Root fields.
#[derive(Default)]
pub struct Queries;

/// Most items of the mall.
const MAX_ITEMS: u64 = 100;

#[roots(name = "LoyaltyQueries")]
impl Queries {
    /// The points account of a customer; null when there is none that the caller may see.
    async fn loyalty_account(
        &self,
        ask: &Ask<'_>,
        #[graphql(desc = "As in `cus_01J…`; left out, the signed-in customer.")] customer_id: Option<ID>,
    ) -> Result<Option<LoyaltyAccount>> {
        let customer = whose(&ask.call.viewer, customer_id.as_ref())?;
        one::<LoyaltyAccountOfCustomer>(ask, customer).await
    }

    /// The ledger of a customer's points, newest first; empty when there is none that the caller may see.
    async fn points_entries(
        &self,
        ask: &Ask<'_>,
        #[graphql(desc = "As in `cus_01J…`; left out, the signed-in customer.")] customer_id: Option<ID>,
        #[graphql(desc = "How many, 1 to 100.")] first: i32,
        #[graphql(desc = "Cursor of the last row of the page before.")] after: Option<String>,
    ) -> Result<List<PointsEntry>> {
        let viewer = &ask.call.viewer;
        let customer = whose(viewer, customer_id.as_ref())?;
        let args = page_args(first, after.as_deref())?;
        let account = Condition::all()
            .add(account::Column::CustomerId.eq(customer))
            .add(policy::readable(viewer).or_refuse(viewer)?);
        // One account at most, so a value and not a set: the index then gives the order too.
        let account = Expr::SubQuery(None, Box::new(policy::accounts(account).into()));
        let rows = Rows::those(Condition::all().add(points_entry::Column::AccountId.into_expr().eq(account)));
        list(ask, rows, &newest_first(), &args, |row| Some(PointsEntry(row))).await
    }

    /// The levels of membership, lowest first; open to everybody (C108).
    async fn tiers(&self, ask: &Ask<'_>) -> Result<Vec<Tier>> {
        ask.call.link::<TierLevels>().one(()).await
    }

    /// What there is for points, in the order of the mall; open to everybody (C109).
    async fn redemption_items(&self, ask: &Ask<'_>) -> Result<Vec<RedemptionItem>> {
        let order = [redemption_item::Column::Position, redemption_item::Column::Id];
        every::<RedemptionItemById>(ask, Condition::all(), &order, Some(MAX_ITEMS)).await
    }
}

/// Whose account is asked for.
fn whose(viewer: &Viewer, customer_id: Option<&ID>) -> Result<CustomerId> {
    match (viewer.kind, customer_id) {
        (ViewerKind::Anonymous | ViewerKind::System(_), _) => Err(viewer.refused()),
        (ViewerKind::Customer(_) | ViewerKind::Staff { .. } | ViewerKind::Operator(_), Some(id)) => {
            parse_id("customerId", id)
        }
        (ViewerKind::Customer(id), None) => Ok(id),
        (ViewerKind::Staff { .. } | ViewerKind::Operator(_), None) => Err(Error::argument("customerId", "required")),
    }
}

fn newest_first() -> Sorting<points_entry::Model> {
    let column = |column: points_entry::Column| Expr::col((points_entry::Entity, column));
    let key = SortKey::new(column(points_entry::Column::OccurredAt), Order::Desc, |row: &points_entry::Model| {
        row.occurred_at.into()
    });
    Sorting::new("points", "occurred", key, column(points_entry::Column::Id), |row| row.id.uuid())
}
