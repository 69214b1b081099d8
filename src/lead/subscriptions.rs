//! What one may follow in the lead room (domain.md 3.8).

use async_graphql::{Context, ID, Subscription};
use entity::lead::lead;
use entity::place::store;
use entity::{EventKind, LeadId, LeadStage, StoreId};
use futures_util::Stream;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::links::LeadById;
use super::policy;
use super::types::Lead;
use crate::events::Entry;
use crate::events::log::stream_of;
use crate::graph::answer::selected_below;
use crate::graph::live::{Live, News, absent, news, position, stream_message};
use crate::graph::node::parse_id;
use crate::graph::scalars::Int64;
use crate::graph::{Call, CallExt, Result};

/// Most leads to begin with, newest first.
const MAX_SNAPSHOT: u64 = 100;

stream_message! {
    /// A lead that was given to a store or a consultant of it. What it shows of the lead is read when it is sent, and so at
    /// least as new as its number.
    pub struct LeadAssignment {
        /// Whether it belongs to the state to begin with, which replaces what the client knew; else it is news.
        pub snapshot: bool,
        /// The lead.
        pub lead: Lead,
    }
}

/// Root fields.
#[derive(Default)]
pub struct Subscriptions;

#[Subscription(name = "LeadSubscriptions")]
impl Subscriptions {
    /// Leads as they are given to a store, or to a consultant of it.
    ///
    /// It begins with those that wait for a first contact, the newest 100, unless it goes on from a position. Each message
    /// is judged by the rights of its moment: a lead that went to another store meanwhile is left out.
    async fn lead_assigned<'a>(
        &self,
        ctx: &'a Context<'_>,
        #[graphql(desc = "Follow this store: staff their own, operators any.")] store_id: ID,
        #[graphql(desc = "`cursor` of the last message received on this store: where to go on.")] after: Option<String>,
        #[graphql(desc = "The same by its `sequence` alone. Not with `after`.")] after_sequence: Option<Int64>,
    ) -> Result<impl Stream<Item = Result<Live<LeadAssignment>>> + 'a> {
        let call = ctx.call();
        let id: StoreId = parse_id("storeId", &store_id)?;
        let after = position(call, after.as_deref(), after_sequence)?;
        if !call.viewer.may_follow(id) {
            return Err(call.viewer.refused());
        }
        news(ctx, stream_of("store", id), after, Of(id), LeadAssignment::stamped).await
    }
}

/// A store that is followed.
struct Of(StoreId);

impl News for Of {
    type Said = bool;
    type Thing = Lead;
    const FIELD: &'static str = "lead";

    fn expect(ctx: &Context<'_>, call: &Call) {
        call.expect::<LeadById>(selected_below::<Lead>(ctx, Self::FIELD, &[]));
    }

    async fn admit(&self, call: &Call) -> Result<()> {
        store::Entity::find_by_id(self.0).one(call.db()).await?.map(|_| ()).ok_or_else(absent)
    }

    async fn begin(&self, call: &Call) -> Result<Vec<(bool, Lead)>> {
        let rows = lead::Entity::find()
            .filter(policy::readable(&call.viewer).or_nothing())
            .filter(lead::Column::StoreId.eq(self.0))
            .filter(lead::Column::Stage.eq(LeadStage::Assigned))
            .order_by_desc(lead::Column::CreatedAt)
            .order_by_desc(lead::Column::Id)
            .limit(MAX_SNAPSHOT)
            .all(call.db())
            .await?;
        Ok(rows.into_iter().map(|row| (true, Lead(row))).collect())
    }

    async fn entry(&self, call: &Call, entry: &Entry) -> Result<Option<(bool, Lead)>> {
        let id = entry.aggregate_id.parse::<LeadId>().ok().filter(|_| entry.kind == EventKind::LeadAssigned);
        let Some(id) = id else { return Ok(None) };
        let lead = call.link::<LeadById>().one(id).await?;
        Ok(lead.filter(|lead| lead.0.store_id == Some(self.0)).map(|lead| (false, lead)))
    }
}
