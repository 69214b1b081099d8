//! What one may ask the board.

use async_graphql::ID;
use entity::order::milestone_template;
use entity::{PolicyStatus, PrefixedId, WorkQueueType};
use sea_orm::ColumnTrait;
use sea_orm::sea_query::{Expr, Order};

use super::super::types::{Order as BoardOrder, title_key};
use super::inputs::{DeliveryBoardSort, DeliveryBoardWhereInput, of_queue, sorting};
use super::policy;
use super::store::{columns, counts, queue};
use super::types::{DeliveryBoardColumn, DeliveryBoardSummary, MilestoneTemplate, WorkItem, WorkQueueCount};
use crate::graph::connection::{List, Rows, list, page_args};
use crate::graph::node::parse_some;
use crate::graph::text::text;
use crate::graph::{Ask, Result, roots};
use crate::store::page::{SortKey, Sorting, in_any};
use crate::values::calendar;

/// Root fields.
#[derive(Default)]
pub struct Queries;

#[roots(name = "BoardQueries")]
impl Queries {
    /// Orders on their way, from the firm order to the hand-over, what is due first: for staff those that their store sells or hands
    /// over, for operators all.
    async fn delivery_board(
        &self,
        ask: &Ask<'_>,
        #[graphql(name = "where", desc = "Which orders.")] filter: Option<DeliveryBoardWhereInput>,
        #[graphql(desc = "How to sort; what is due first when left out.")] order_by: Option<DeliveryBoardSort>,
        #[graphql(desc = "How many, 1 to 100.")] first: i32,
        #[graphql(desc = "Cursor of the last row of the page before.")] after: Option<String>,
    ) -> Result<List<BoardOrder>> {
        let filter = filter.unwrap_or_default();
        let (ways, at_store) = policy::ways(&ask.call.viewer, filter.store()?)?;
        let args = page_args(first, after.as_deref())?;
        let rows = policy::on_board().add(filter.condition(ask.call.now)?).add(at_store);
        list(ask, Rows::those(rows).seen_by(ways), &sorting(order_by), &args, |row| Some(BoardOrder(row))).await
    }

    /// How many of these orders stand where, and how many of them are late.
    async fn delivery_board_summary(
        &self,
        ask: &Ask<'_>,
        #[graphql(name = "where", desc = "Which orders.")] filter: Option<DeliveryBoardWhereInput>,
    ) -> Result<DeliveryBoardSummary> {
        let call = ask.call;
        let filter = filter.unwrap_or_default();
        let (ways, at_store) = policy::ways(&call.viewer, filter.store()?)?;
        let seen = in_any(filter.condition(call.now)?.add(at_store), &ways);
        let found = columns(call.db(), seen, call.now).await?;
        let shown = |column: &super::store::Column| DeliveryBoardColumn {
            milestone: column.milestone,
            title: text(call.locale, &title_key(column.milestone), &[]),
            count: column.orders,
            breached_count: column.late,
        };
        Ok(DeliveryBoardSummary {
            count: found.iter().map(|column| column.orders).sum(),
            breached_count: found.iter().map(|column| column.late).sum(),
            columns: found.iter().map(shown).collect(),
        })
    }

    /// What is to be done of one kind: for staff about the orders that their store sells or hands over, for operators about all. First
    /// comes the order that is due first (`Order.currentDueAt`); changes to decide and refunds to pay, which have no hours, by the age of
    /// their orders.
    async fn work_queue(
        &self,
        ask: &Ask<'_>,
        #[graphql(name = "type", desc = "What is to be done.")] of: WorkQueueType,
        #[graphql(desc = "Only orders that this store sells or hands over.")] store_id: Option<ID>,
        #[graphql(desc = "How many, 1 to 100.")] first: i32,
        #[graphql(desc = "Cursor of the last row of the page before.")] after: Option<String>,
    ) -> Result<List<WorkItem>> {
        let (ways, at_store) = policy::ways(&ask.call.viewer, parse_some("storeId", store_id.as_ref())?)?;
        let args = page_args(first, after.as_deref())?;
        let queue = queue(of);
        let rows = Rows::those(queue.rows(calendar::day(ask.call.now)).add(at_store)).seen_by(ways);
        list(ask, rows, &of_queue(queue.on_board), &args, |row| Some(WorkItem { row, of })).await
    }

    /// How much there is to be done of each kind.
    async fn work_queue_counts(
        &self,
        ask: &Ask<'_>,
        #[graphql(desc = "Only orders that this store sells or hands over.")] store_id: Option<ID>,
    ) -> Result<Vec<WorkQueueCount>> {
        let call = ask.call;
        let (ways, at_store) = policy::ways(&call.viewer, parse_some("storeId", store_id.as_ref())?)?;
        let seen = in_any(at_store, &ways);
        let found = counts(call.db(), &seen, calendar::day(call.now)).await?;
        Ok(found.into_iter().map(|(of, count)| WorkQueueCount { of, count }).collect())
    }

    /// Templates of milestones by name; for operators.
    async fn milestone_templates(
        &self,
        ask: &Ask<'_>,
        #[graphql(desc = "Those in this state; left out, all.")] status: Option<PolicyStatus>,
        #[graphql(desc = "How many, 1 to 100.")] first: i32,
        #[graphql(desc = "Cursor of the last row of the page before.")] after: Option<String>,
    ) -> Result<List<MilestoneTemplate>> {
        use milestone_template::Column;
        let viewer = &ask.call.viewer;
        let args = page_args(first, after.as_deref())?;
        let rows = policy::templates(viewer).or_refuse(viewer)?;
        let rows = rows.add_option(status.map(|status| Column::Status.eq(status)));
        let column = |column| Expr::col((milestone_template::Entity, column));
        let name = |row: &milestone_template::Model| row.name.clone().into();
        let name = SortKey::new(column(Column::Name), Order::Asc, name);
        let by_name = Sorting::new("milestone-template", "name", name, column(Column::Id), |row| row.id.uuid());
        list(ask, Rows::those(rows), &by_name, &args, |row| Some(MilestoneTemplate(row))).await
    }
}
