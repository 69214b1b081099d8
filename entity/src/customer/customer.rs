//! One person, whatever the channel (C006, C009).

use sea_orm::entity::prelude::*;

use crate::ids::{CustomerId, StaffId, StoreId};
use crate::values::{Blind, Sealed};
use crate::vocabulary::{Gender, LifecycleStage};

/// One person, whatever the channel (C006, C009).
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, milepost_macros::Columns)]
#[sea_orm(table_name = "customer")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: CustomerId,
    /// Human number, unique.
    pub number: String,
    /// Chosen nickname; public.
    pub display_name: String,
    pub real_name: Option<Sealed>,
    /// E.164.
    pub phone: Option<Sealed>,
    /// Unique when present.
    pub phone_hash: Option<Blind>,
    pub email: Option<Sealed>,
    pub address: Option<Sealed>,
    pub gender: Gender,
    /// 1 to 12.
    pub birth_month: Option<i32>,
    pub home_city_code: Option<String>,
    pub lifecycle_stage: LifecycleStage,
    pub preferred_store_id: Option<StoreId>,
    pub dedicated_partner_id: Option<StaffId>,
    pub preferred_locale: Option<String>,
    pub registered_at: DateTimeUtc,
    pub version: i32,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
