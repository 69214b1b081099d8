//! When and how a car is to be handed over (C089).

use sea_orm::entity::prelude::*;

use crate::ids::{HandoverAppointmentId, HandoverCeremonyId, OrderId, StoreId};
use crate::values::{AddOns, Sealed};
use crate::vocabulary::HandoverMode;

/// When and how a car is to be handed over (C089).
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, milepost_macros::Columns)]
#[sea_orm(table_name = "handover_appointment")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: HandoverAppointmentId,
    /// Of one order one stands.
    pub order_id: OrderId,
    /// The store that hands over.
    pub store_id: StoreId,
    pub ceremony_id: Option<HandoverCeremonyId>,
    pub mode: HandoverMode,
    pub starts_at: DateTimeUtc,
    pub ends_at: DateTimeUtc,
    /// What was chosen, as it was then.
    pub add_ons: AddOns,
    /// Ceremony and add-ons, as they were then.
    pub price_minor: i64,
    /// Where the car is brought, for `HOME`.
    pub address: Option<Sealed>,
    pub booked_by: String,
    pub booked_at: DateTimeUtc,
    pub cancelled_at: Option<DateTimeUtc>,
    pub updated_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
