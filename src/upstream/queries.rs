//! What operators may ask about systems.

use async_graphql::ID;
use entity::upstream::{inbound_event, system};
use entity::{InboundState, PrefixedId, UpstreamSystemId};
use sea_orm::ColumnTrait;
use sea_orm::sea_query::{Condition, Expr, Order};

use super::links::UpstreamSystemById;
use super::policy;
use super::types::{InboundEvent, UpstreamSystem};
use crate::graph::connection::{List, Rows, every, list, page_args};
use crate::graph::node::parse_id;
use crate::graph::{Ask, Result, roots};
use crate::store::page::{SortKey, Sorting};

/// Root fields.
#[derive(Default)]
pub struct Queries;

/// Most systems.
const MAX_SYSTEMS: u64 = 500;

#[roots(name = "UpstreamQueries")]
impl Queries {
    /// The systems that may send events, by code; for operators.
    async fn upstream_systems(&self, ask: &Ask<'_>) -> Result<Vec<UpstreamSystem>> {
        let seen = policy::readable(&ask.call.viewer).or_refuse(&ask.call.viewer)?;
        every::<UpstreamSystemById>(ask, seen, &[system::Column::Code], Some(MAX_SYSTEMS)).await
    }

    /// What came in, newest first; for operators.
    async fn inbound_events(
        &self,
        ask: &Ask<'_>,
        #[graphql(desc = "Only what is in this state.")] state: Option<InboundState>,
        #[graphql(desc = "Only what this system sent, as in `sys_01J…`.")] system_id: Option<ID>,
        #[graphql(desc = "How many, 1 to 100.")] first: i32,
        #[graphql(desc = "Cursor of the last row of the page before.")] after: Option<String>,
    ) -> Result<List<InboundEvent>> {
        let args = page_args(first, after.as_deref())?;
        let seen = policy::readable(&ask.call.viewer).or_refuse(&ask.call.viewer)?;
        let system: Option<UpstreamSystemId> = system_id.map(|id| parse_id("systemId", &id)).transpose()?;
        let rows = Condition::all()
            .add(seen)
            .add_option(state.map(|state| inbound_event::Column::State.eq(state)))
            .add_option(system.map(|id| inbound_event::Column::SystemId.eq(id)));
        list(ask, Rows::those(rows), &newest_first(state), &args, |row| Some(InboundEvent(row))).await
    }
}

fn newest_first(state: Option<InboundState>) -> Sorting<inbound_event::Model> {
    let column = |column: inbound_event::Column| Expr::col((inbound_event::Entity, column));
    let key = SortKey::new(column(inbound_event::Column::ReceivedAt), Order::Desc, |row: &inbound_event::Model| {
        row.received_at.into()
    });
    // Named by state, so that a cursor of another list is refused.
    let name = state.map_or_else(|| "received".to_owned(), |state| format!("received.{state}"));
    Sorting::new("inbound", &name, key, column(inbound_event::Column::Id), |row| row.id.uuid())
}
