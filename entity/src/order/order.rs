//! One order for one car; `order` is a reserved word.

use sea_orm::entity::prelude::*;

use crate::ids::{ConfigurationId, CustomerId, MilestoneTemplateId, OrderId, StaffId, StoreId, TrimId, VehicleUnitId};
use crate::values::{Codes, Sealed};
use crate::vocabulary::{
    EtaConfidence, FulfillmentMode, MilestoneCode, OrderPaymentStatus, OrderStatus, Party, SalesModel,
};

/// One order for one car; `order` is a reserved word.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, milepost_macros::Columns)]
#[sea_orm(table_name = "customer_order")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: OrderId,
    /// Human number, unique: `YC2611240001`.
    pub number: String,
    pub customer_id: CustomerId,
    /// Store that sells.
    pub store_id: StoreId,
    /// Store that hands over.
    pub delivery_store_id: StoreId,
    pub consultant_id: Option<StaffId>,
    pub sales_model: SalesModel,
    pub fulfillment_mode: FulfillmentMode,
    pub configuration_id: ConfigurationId,
    pub trim_id: TrimId,
    /// Snapshot.
    pub option_codes: Codes,
    /// Where it will be registered.
    pub city_code: String,
    pub status: OrderStatus,
    /// Kept in step with the payments.
    pub payment_status: OrderPaymentStatus,
    pub vehicle_id: Option<VehicleUnitId>,
    pub buyer_name: Sealed,
    pub buyer_id_number: Option<Sealed>,
    pub total_minor: i64,
    pub paid_minor: i64,
    pub has_open_change_request: bool,
    pub cancel_reason: Option<String>,
    pub eta_earliest: Option<Date>,
    pub eta_likely: Option<Date>,
    pub eta_latest: Option<Date>,
    pub eta_confidence: EtaConfidence,
    pub eta_as_of: DateTimeUtc,
    /// While the customer's payment is waited for: the day from which on the range moves with the day. The range is without
    /// `deferred_until` then.
    pub eta_moves_from: Option<Date>,
    pub promised_by: Option<Date>,
    /// The customer does not want the car before this day.
    pub deferred_until: Option<Date>,
    pub placed_at: Option<DateTimeUtc>,
    pub contract_started_at: Option<DateTimeUtc>,
    pub lock_deadline: Option<DateTimeUtc>,
    /// Until when it is to become firm, before it ends by itself; none once it is, and where another system sees to it.
    pub intention_deadline: Option<DateTimeUtc>,
    pub delivered_at: Option<DateTimeUtc>,
    /// What its milestones were made from, in the version of that moment; none: from what is built in.
    pub template_id: Option<MilestoneTemplateId>,
    /// As its template says; none: as the store that hands over has a delivery centre or not.
    pub balance_first: Option<bool>,
    /// Kept in step with the milestones, from the firm order to its end: the first one that is to be reached now, details left
    /// aside.
    pub current_milestone: Option<MilestoneCode>,
    /// Who is to act for it.
    pub current_party: Option<Party>,
    /// Until when it is to be reached; the end of all days where nobody watches it.
    pub current_due_at: Option<DateTimeUtc>,
    pub version: i32,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
