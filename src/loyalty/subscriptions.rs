//! What one may follow in the loyalty room (domain.md 3.8).

use async_graphql::{Context, Enum, Subscription};
use entity::{CustomerId, EventKind};
use futures_util::Stream;

use super::links::LoyaltyAccountOfCustomer;
use super::types::LoyaltyAccount;
use crate::events::Entry;
use crate::events::log::stream_of;
use crate::graph::answer::selected_below;
use crate::graph::live::{Live, News, absent, lost, news, position, stream_message};
use crate::graph::scalars::Int64;
use crate::graph::{Call, CallExt, Result};

/// What a message says.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum PointsUpdateKind {
    /// The state to begin with; replaces what the client knew of the account.
    Snapshot,
    /// Points moved, or were promised.
    BalanceChanged,
    /// The tier changed.
    TierChanged,
}

stream_message! {
    /// News of a points account. What it shows of the account is read when it is sent, and so at least as new as its number.
    pub struct PointsUpdate {
        /// What the message says.
        pub kind: PointsUpdateKind,
        /// The account.
        pub account: LoyaltyAccount,
    }
}

/// Root fields.
#[derive(Default)]
pub struct Subscriptions;

#[Subscription(name = "LoyaltySubscriptions")]
impl Subscriptions {
    /// Points and tier of the signed-in customer.
    ///
    /// It begins with the present state, unless it goes on from a position. A customer without an account is `NOT_FOUND`.
    async fn points_balance_changed<'a>(
        &self,
        ctx: &'a Context<'_>,
        #[graphql(desc = "`cursor` of the last message received: where to go on.")] after: Option<String>,
        #[graphql(desc = "The same by its `sequence` alone. Not with `after`.")] after_sequence: Option<Int64>,
    ) -> Result<impl Stream<Item = Result<Live<PointsUpdate>>> + 'a> {
        let call = ctx.call();
        let customer = call.viewer.customer_or_refuse()?;
        let after = position(call, after.as_deref(), after_sequence)?;
        news(ctx, stream_of("customer", customer), after, Of(customer), PointsUpdate::stamped).await
    }
}

/// A customer whose account is followed.
struct Of(CustomerId);

impl Of {
    async fn account(&self, call: &Call) -> Result<LoyaltyAccount> {
        call.link::<LoyaltyAccountOfCustomer>().one(self.0).await?.ok_or_else(lost)
    }
}

impl News for Of {
    type Said = PointsUpdateKind;
    type Thing = LoyaltyAccount;
    const FIELD: &'static str = "account";

    fn expect(ctx: &Context<'_>, call: &Call) {
        call.expect::<LoyaltyAccountOfCustomer>(selected_below::<LoyaltyAccount>(ctx, Self::FIELD, &[]));
    }

    async fn admit(&self, call: &Call) -> Result<()> {
        call.link::<LoyaltyAccountOfCustomer>().one(self.0).await?.map(|_| ()).ok_or_else(absent)
    }

    async fn begin(&self, call: &Call) -> Result<Vec<(PointsUpdateKind, LoyaltyAccount)>> {
        Ok(vec![(PointsUpdateKind::Snapshot, self.account(call).await?)])
    }

    async fn entry(&self, call: &Call, entry: &Entry) -> Result<Option<(PointsUpdateKind, LoyaltyAccount)>> {
        let kind = match entry.kind {
            EventKind::PointsBalanceChanged => PointsUpdateKind::BalanceChanged,
            EventKind::TierChanged => PointsUpdateKind::TierChanged,
            _ => return Ok(None),
        };
        Ok(Some((kind, self.account(call).await?)))
    }
}
