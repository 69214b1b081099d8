//! What one may ask the lead room.

use async_graphql::ID;
use entity::lead::follow_up_task;
use entity::{FollowUpStatus, PrefixedId};
use sea_orm::ColumnTrait;
use sea_orm::sea_query::{Condition, Expr, Order};

use super::inputs::{LeadSort, LeadWhereInput, sorting};
use super::links::LeadById;
use super::policy;
use super::types::{FollowUpTask, Lead};
use crate::access::ViewerKind;
use crate::graph::connection::{List, Rows, list, one, page_args};
use crate::graph::node::parse_id;
use crate::graph::{Ask, Result, roots};
use crate::store::page::{SortKey, Sorting};

/// Root fields.
#[derive(Default)]
pub struct Queries;

#[roots(name = "LeadQueries")]
impl Queries {
    /// A lead by id; null when there is none that the caller may see. Customers see their own.
    async fn lead(&self, ask: &Ask<'_>, #[graphql(desc = "As in `led_01J…`.")] id: ID) -> Result<Option<Lead>> {
        one::<LeadById>(ask, parse_id("id", &id)?).await
    }

    /// Leads, for staff: those of the caller's store; all for operators.
    async fn leads(
        &self,
        ask: &Ask<'_>,
        #[graphql(name = "where", desc = "Which leads.")] filter: Option<LeadWhereInput>,
        #[graphql(desc = "How to sort; newest first when left out.")] order_by: Option<LeadSort>,
        #[graphql(desc = "How many, 1 to 100.")] first: i32,
        #[graphql(desc = "Cursor of the last row of the page before.")] after: Option<String>,
    ) -> Result<List<Lead>> {
        let call = ask.call;
        call.viewer.staff_or_refuse()?;
        let args = page_args(first, after.as_deref())?;
        let seen = policy::readable(&call.viewer).or_refuse(&call.viewer)?;
        let rows = Rows::those(Condition::all().add(seen).add(filter.unwrap_or_default().condition(call.now)?));
        list(ask, rows, &sorting(order_by), &args, |row| Some(Lead(row))).await
    }

    /// Follow-ups by due time, earliest first, for staff: those given to the caller, or with `store` all of the
    /// caller's store, also those that nobody has been given yet.
    async fn my_follow_ups(
        &self,
        ask: &Ask<'_>,
        #[graphql(desc = "In which state.", default_with = "FollowUpStatus::Open")] status: FollowUpStatus,
        #[graphql(desc = "The whole store's instead of the caller's own; for staff of a store.", default)] store: bool,
        #[graphql(desc = "How many, 1 to 100.")] first: i32,
        #[graphql(desc = "Cursor of the last row of the page before.")] after: Option<String>,
    ) -> Result<List<FollowUpTask>> {
        let viewer = &ask.call.viewer;
        let whose = match viewer.kind {
            ViewerKind::Staff { store: own, .. } if store => follow_up_task::Column::StoreId.eq(own),
            ViewerKind::Staff { id, .. } => follow_up_task::Column::AssigneeId.eq(id),
            ViewerKind::Operator(id) if !store => follow_up_task::Column::AssigneeId.eq(id),
            ViewerKind::Operator(_) | ViewerKind::Anonymous | ViewerKind::Customer(_) | ViewerKind::System(_) => {
                return Err(viewer.refused());
            }
        };
        let args = page_args(first, after.as_deref())?;
        let seen = policy::readable_follow_ups(viewer).or_refuse(viewer)?;
        let rows = Rows::those(Condition::all().add(seen).add(whose).add(follow_up_task::Column::Status.eq(status)));
        let due = Expr::col((follow_up_task::Entity, follow_up_task::Column::DueAt));
        let key = SortKey::new(due, Order::Asc, |row: &follow_up_task::Model| row.due_at.into());
        let id = Expr::col((follow_up_task::Entity, follow_up_task::Column::Id));
        // Named by owner and state, so that a cursor of another list is refused.
        let name = format!("{}.{status}", if store { "store" } else { "mine" });
        let sorting = Sorting::new("followUp", &name, key, id, |row| row.id.uuid());
        list(ask, rows, &sorting, &args, |row| Some(FollowUpTask(row))).await
    }
}
