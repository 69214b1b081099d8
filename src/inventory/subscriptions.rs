//! What one may follow in the inventory room (domain.md 3.8).

use async_graphql::{Context, Enum, ID, Subscription};
use entity::{EventKind, VehicleUnitId};
use futures_util::Stream;

use super::links::VehicleUnitById;
use super::policy;
use super::types::VehicleUnit;
use crate::events::Entry;
use crate::events::log::stream_of;
use crate::graph::answer::selected_below;
use crate::graph::live::{Live, News, absent, lost, news, position, stream_message};
use crate::graph::node::parse_id;
use crate::graph::scalars::Int64;
use crate::graph::{Call, CallExt, Result};

/// What a message says.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum VehicleUpdateKind {
    /// The state to begin with; replaces what the client knew of the car.
    Snapshot,
    /// It is held.
    Reserved,
    /// A hold of it ended.
    Released,
    /// It went on its way, or its state changed otherwise.
    StatusChanged,
}

stream_message! {
    /// News of a car. What it shows of the car is read when it is sent, and so at least as new as its number.
    pub struct VehicleUpdate {
        /// What the message says.
        pub kind: VehicleUpdateKind,
        /// The car, as the caller sees it.
        pub vehicle: VehicleUnit,
    }
}

/// Root fields.
#[derive(Default)]
pub struct Subscriptions;

#[Subscription(name = "InventorySubscriptions")]
impl Subscriptions {
    /// Where a car stands between plan and handover, and whether it is held.
    ///
    /// It begins with the present state, unless it goes on from a position. Each message is judged by the rights of its
    /// moment; when the car is no longer the caller's to see, the stream ends with `FORBIDDEN`. A car that the caller may
    /// not see is `NOT_FOUND`.
    async fn vehicle_status_changed<'a>(
        &self,
        ctx: &'a Context<'_>,
        #[graphql(desc = "Follow this car: one that the published policies show, or one on an order of the caller's.")]
        vehicle_id: ID,
        #[graphql(desc = "`cursor` of the last message received on this car: where to go on.")] after: Option<String>,
        #[graphql(desc = "The same by its `sequence` alone. Not with `after`.")] after_sequence: Option<Int64>,
    ) -> Result<impl Stream<Item = Result<Live<VehicleUpdate>>> + 'a> {
        let call = ctx.call();
        let id: VehicleUnitId = parse_id("vehicleId", &vehicle_id)?;
        let after = position(call, after.as_deref(), after_sequence)?;
        policy::readable(call, &*policy::sight(call).await?).or_refuse(&call.viewer)?;
        news(ctx, stream_of("vehicle", id), after, Car(id), VehicleUpdate::stamped).await
    }
}

/// A car that is followed.
struct Car(VehicleUnitId);

impl Car {
    async fn seen(&self, call: &Call) -> Result<VehicleUnit> {
        call.link::<VehicleUnitById>().one(self.0).await?.ok_or_else(lost)
    }
}

impl News for Car {
    type Said = VehicleUpdateKind;
    type Thing = VehicleUnit;
    const FIELD: &'static str = "vehicle";

    fn expect(ctx: &Context<'_>, call: &Call) {
        call.expect::<VehicleUnitById>(selected_below::<VehicleUnit>(ctx, Self::FIELD, &[]));
    }

    async fn admit(&self, call: &Call) -> Result<()> {
        call.link::<VehicleUnitById>().one(self.0).await?.map(|_| ()).ok_or_else(absent)
    }

    async fn begin(&self, call: &Call) -> Result<Vec<(VehicleUpdateKind, VehicleUnit)>> {
        Ok(vec![(VehicleUpdateKind::Snapshot, self.seen(call).await?)])
    }

    async fn entry(&self, call: &Call, entry: &Entry) -> Result<Option<(VehicleUpdateKind, VehicleUnit)>> {
        let car = self.seen(call).await?;
        let kind = match entry.kind {
            EventKind::VehicleReserved => VehicleUpdateKind::Reserved,
            EventKind::VehicleReleased => VehicleUpdateKind::Released,
            EventKind::VehicleStatusChanged => VehicleUpdateKind::StatusChanged,
            _ => return Ok(None),
        };
        Ok(Some((kind, car)))
    }
}
