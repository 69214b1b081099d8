//! What is known of an order's hand-over, once anything is (C090, C091, C093).

use sea_orm::entity::prelude::*;

use crate::ids::OrderId;
use crate::values::Codes;

/// What is known of an order's hand-over, once anything is (C090, C091, C093).
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, milepost_macros::Columns)]
#[sea_orm(table_name = "delivery")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub order_id: OrderId,
    /// Which of the order's pickup codes counts, from zero; the code itself is kept nowhere.
    pub code_number: i32,
    /// How often another code was given than the one that counts.
    pub wrong_tries: i32,
    /// What was gone through.
    pub checklist: Codes,
    /// When the customer had gone through it online.
    pub checklist_completed_at: Option<DateTimeUtc>,
    /// SHA-256 of what the customer signed, hexadecimal.
    pub customer_signature: Option<String>,
    /// SHA-256 of what the store signed, hexadecimal.
    pub store_signature: Option<String>,
    pub odometer_km: Option<i32>,
    pub confirmed_by: Option<String>,
    pub confirmed_at: Option<DateTimeUtc>,
    pub updated_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
