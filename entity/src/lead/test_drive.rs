//! A booked drive (C034-C040).

use sea_orm::entity::prelude::*;

use crate::ids::{LeadId, StoreId, TestDriveId, TrimId};
use crate::values::Sealed;
use crate::vocabulary::{TestDriveMode, TestDriveStatus};

/// A booked drive (C034-C040).
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, milepost_macros::Columns)]
#[sea_orm(table_name = "test_drive")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: TestDriveId,
    pub lead_id: LeadId,
    pub store_id: StoreId,
    pub trim_id: TrimId,
    pub mode: TestDriveMode,
    pub status: TestDriveStatus,
    pub slot_start: DateTimeUtc,
    pub slot_minutes: i32,
    /// For a drive at home.
    pub address: Option<Sealed>,
    pub version: i32,
    pub created_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
