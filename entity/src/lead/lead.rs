//! A person's interest in a model (C018, C023).

use sea_orm::entity::prelude::*;

use crate::ids::{CustomerId, LeadId, OrderId, StaffId, StoreId, TrimId, VehicleModelId};
use crate::values::{Blind, Sealed};
use crate::vocabulary::{Channel, IntentLevel, LeadStage, LostReason};

/// A person's interest in a model (C018, C023).
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, milepost_macros::Columns)]
#[sea_orm(table_name = "lead")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: LeadId,
    /// Human number, unique.
    pub number: String,
    pub customer_id: Option<CustomerId>,
    pub name: Option<Sealed>,
    /// E.164.
    pub phone: Sealed,
    pub phone_hash: Blind,
    pub model_id: VehicleModelId,
    pub trim_id: Option<TrimId>,
    pub city_code: String,
    pub store_id: Option<StoreId>,
    pub owner_id: Option<StaffId>,
    pub stage: LeadStage,
    pub intent_level: IntentLevel,
    /// 0 to 100.
    pub score: i32,
    /// First touch.
    pub channel: Channel,
    pub touchpoint_count: i32,
    pub next_follow_up_at: Option<DateTimeUtc>,
    pub last_contact_at: Option<DateTimeUtc>,
    pub lost_reason: Option<LostReason>,
    pub converted_order_id: Option<OrderId>,
    pub version: i32,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
