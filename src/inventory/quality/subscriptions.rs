//! What one may follow of damage to cars (domain.md 3.8).

use async_graphql::{Context, ID, Subscription};
use entity::inventory::quality_case;
use entity::place::store;
use entity::{EventKind, QualityDamageCaseId, StoreId};
use futures_util::Stream;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::links::QualityDamageCaseById;
use super::policy;
use super::types::QualityDamageCase;
use crate::events::Entry;
use crate::events::log::stream_of;
use crate::graph::answer::selected_below;
use crate::graph::live::{Live, News, absent, news, position, stream_message};
use crate::graph::node::parse_id;
use crate::graph::scalars::Int64;
use crate::graph::{Call, CallExt, Result};

/// Most cases to begin with, newest first.
const MAX_SNAPSHOT: u64 = 100;

stream_message! {
    /// News of damage to cars. What it shows of a case is read when it is sent, and so at least as new as its number.
    pub struct QualityDamageUpdate {
        /// Whether it belongs to the state to begin with, which replaces what the client knew; else it is news.
        pub snapshot: bool,
        /// The case.
        pub case: QualityDamageCase,
    }
}

/// Root fields.
#[derive(Default)]
pub struct Subscriptions;

#[Subscription(name = "QualitySubscriptions")]
impl Subscriptions {
    /// Damage to the cars that a store has, or that are on its orders.
    ///
    /// It begins with what is open, the newest 100, unless it goes on from a position. Each message is judged by the rights of its
    /// moment: what is no longer the store's is left out.
    async fn quality_damage_changed<'a>(
        &self,
        ctx: &'a Context<'_>,
        #[graphql(desc = "Follow this store: staff their own, operators any.")] store_id: ID,
        #[graphql(desc = "`cursor` of the last message received on this store: where to go on.")] after: Option<String>,
        #[graphql(desc = "The same by its `sequence` alone. Not with `after`.")] after_sequence: Option<Int64>,
    ) -> Result<impl Stream<Item = Result<Live<QualityDamageUpdate>>> + 'a> {
        let call = ctx.call();
        let id: StoreId = parse_id("storeId", &store_id)?;
        let after = position(call, after.as_deref(), after_sequence)?;
        if !call.viewer.may_follow(id) {
            return Err(call.viewer.refused());
        }
        news(ctx, stream_of("store", id), after, Of(id), QualityDamageUpdate::stamped).await
    }
}

/// A store whose cars are followed.
struct Of(StoreId);

impl News for Of {
    type Said = bool;
    type Thing = QualityDamageCase;
    const FIELD: &'static str = "case";

    fn expect(ctx: &Context<'_>, call: &Call) {
        call.expect::<QualityDamageCaseById>(selected_below::<QualityDamageCase>(ctx, Self::FIELD, &[]));
    }

    async fn admit(&self, call: &Call) -> Result<()> {
        let found = store::Entity::find_by_id(self.0).one(call.db()).await?;
        found.map(|_| ()).ok_or_else(absent)
    }

    async fn begin(&self, call: &Call) -> Result<Vec<(bool, QualityDamageCase)>> {
        let open = quality_case::Entity::find()
            .filter(policy::of_store(self.0))
            .filter(quality_case::Column::EndedAt.is_null())
            .order_by_desc(quality_case::Column::ReportedAt)
            .order_by_desc(quality_case::Column::Id)
            .limit(MAX_SNAPSHOT)
            .all(call.db())
            .await?;
        Ok(open.into_iter().map(|case| (true, QualityDamageCase(case))).collect())
    }

    async fn entry(&self, call: &Call, entry: &Entry) -> Result<Option<(bool, QualityDamageCase)>> {
        let id: Option<QualityDamageCaseId> =
            (entry.kind == EventKind::QualityCaseChanged).then(|| entry.aggregate_id.parse().ok()).flatten();
        let Some(id) = id else { return Ok(None) };
        let case = call.link::<QualityDamageCaseById>().one(id).await?;
        Ok(case.map(|case| (false, case)))
    }
}
