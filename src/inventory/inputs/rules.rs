//! What operators say of rules of the stock, and what stores say to alerts and transfers.

use async_graphql::{ID, InputObject};
use chrono::{DateTime, Utc};
use entity::inventory::transfer;
use entity::{
    AgeDisclosure, HolderDisclosure, PhysicalStatus, PolicyEffect, Role, SalesModel, StockAlertLevel, StockAlertMetric,
    StockAlertState, StockSortKey, StockSortMode, StockTransferState, StockType, StoreId, VehicleUnitId, VinDisclosure,
    VisibilityScope,
};
use sea_orm::ColumnTrait;
use sea_orm::sea_query::Condition;

use crate::graph::Result;
use crate::graph::connection::Direction;
use crate::graph::node::parse_id;

/// A visibility policy as it is to be.
#[derive(InputObject)]
pub struct InventoryVisibilityPolicyUpsertInput {
    /// Chosen by the client; the same key and input have one effect.
    pub idempotency_key: String,
    /// The draft to change; a new one when left out.
    pub policy_id: Option<ID>,
    /// Version of it that the client read.
    pub expected_version: Option<i32>,
    /// Name, unique, at most 120 characters; it stays, since systems know a policy by it.
    pub name: String,
    /// Whether it shows or hides.
    pub effect: PolicyEffect,
    /// For people who read a list of policies; 0 when left out. What a policy does hangs on no other.
    pub priority: Option<i32>,
    /// Roles that it speaks to, `CONSULTANT` and `STORE_MANAGER`; both when empty.
    pub roles: Option<Vec<Role>>,
    /// Stores that it speaks to, at most 200; any when empty.
    pub store_ids: Option<Vec<ID>>,
    /// Which rows it speaks of, seen from the viewer's store.
    pub scope: VisibilityScope,
    /// Of the scope `RADIUS`, kilometres, 1 to 20,000.
    pub radius_km: Option<i32>,
    /// Kinds of stock; any when empty.
    pub stock_types: Option<Vec<StockType>>,
    /// States of cars; any when empty.
    pub statuses: Option<Vec<PhysicalStatus>>,
    /// Ways of selling; any when empty.
    pub sales_models: Option<Vec<SalesModel>>,
    /// Trims, at most 200; any when empty.
    pub trim_ids: Option<Vec<ID>>,
    /// From which age on, days, 0 to 10,000.
    pub min_age_days: Option<i32>,
    /// Up to which age, days, 0 to 10,000.
    pub max_age_days: Option<i32>,
    /// How much of the VIN is shown.
    pub vin_disclosure: VinDisclosure,
    /// How much of the age is shown.
    pub age_disclosure: AgeDisclosure,
    /// How much of the store that has it is shown.
    pub holder_disclosure: HolderDisclosure,
    /// Whether the car may be held.
    pub may_reserve: bool,
    /// Whether the store that has the car may be asked for it; not when left out.
    pub may_request_transfer: Option<bool>,
    /// From when it is in force, once it is published; now when left out.
    pub effective_from: Option<DateTime<Utc>>,
    /// Until when, itself not within; for good when left out.
    pub effective_to: Option<DateTime<Utc>>,
}

/// Which policy to put in force.
#[derive(InputObject)]
pub struct InventoryVisibilityPolicyPublishInput {
    /// Chosen by the client; the same key and input have one effect.
    pub idempotency_key: String,
    /// The draft.
    pub policy_id: ID,
    /// Version that the client read.
    pub expected_version: i32,
    /// The published policy whose place it takes, archived in the same moment.
    pub replaces_id: Option<ID>,
}

/// Which policy to take out of use.
#[derive(InputObject)]
pub struct InventoryVisibilityPolicyArchiveInput {
    /// Chosen by the client; the same key and input have one effect.
    pub idempotency_key: String,
    /// The policy, a draft or published.
    pub policy_id: ID,
    /// Version that the client read.
    pub expected_version: i32,
}

/// What to sort by.
#[derive(InputObject, Clone, Copy)]
pub struct InventorySortCriterionInput {
    /// By what.
    pub key: StockSortKey,
    /// Which way.
    pub direction: Direction,
    /// With `WEIGHTED`, and only then: how much it counts beside the others, 1 to 100.
    pub weight: Option<i32>,
}

/// A sort rule as it is to be.
#[derive(InputObject)]
pub struct InventorySortRuleUpsertInput {
    /// Chosen by the client; the same key and input have one effect.
    pub idempotency_key: String,
    /// The draft to change; a new one when left out.
    pub rule_id: Option<ID>,
    /// Version of it that the client read.
    pub expected_version: Option<i32>,
    /// Name, unique, at most 120 characters; it stays.
    pub name: String,
    /// Of several rules that speak to somebody the one of the highest priority counts.
    pub priority: i32,
    /// Roles that it speaks to, `CONSULTANT`, `STORE_MANAGER` and `OPERATOR`; all when empty.
    pub roles: Option<Vec<Role>>,
    /// Stores that it speaks to, at most 200; any, and operators, when empty.
    pub store_ids: Option<Vec<ID>>,
    /// How the criteria come together; `LEXICOGRAPHIC` when left out.
    pub mode: Option<StockSortMode>,
    /// What to sort by, the weightiest first; each key once.
    pub criteria: Vec<InventorySortCriterionInput>,
}

/// Which sort rule to put in force.
#[derive(InputObject)]
pub struct InventorySortRulePublishInput {
    /// Chosen by the client; the same key and input have one effect.
    pub idempotency_key: String,
    /// The draft.
    pub rule_id: ID,
    /// Version that the client read.
    pub expected_version: i32,
    /// The published rule whose place it takes, archived in the same moment.
    pub replaces_id: Option<ID>,
}

/// Which sort rule to take out of use.
#[derive(InputObject)]
pub struct InventorySortRuleArchiveInput {
    /// Chosen by the client; the same key and input have one effect.
    pub idempotency_key: String,
    /// The rule, a draft or published.
    pub rule_id: ID,
    /// Version that the client read.
    pub expected_version: i32,
}

/// A rule of alerts as it is to be.
#[derive(InputObject)]
pub struct StockAlertRuleUpsertInput {
    /// Chosen by the client; the same key and input have one effect.
    pub idempotency_key: String,
    /// The rule to change; a new one when left out.
    pub rule_id: Option<ID>,
    /// Version of it that the client read.
    pub expected_version: Option<i32>,
    /// Name, unique, at most 120 characters; it stays.
    pub name: String,
    /// Whose stock. When this, the metric or the stores change, alerts that stand are closed and looked for anew.
    pub stock_type: StockType,
    /// For what an alert is raised.
    pub metric: StockAlertMetric,
    /// Days, 0 to 10,000, cars, up to 100,000, or per cent, 1 to 10,000, by the metric.
    pub threshold: i32,
    /// With `DEMO_RETIRE_DUE`: kilometres that a car may have run, up to 1,000,000; not looked at when left out.
    pub mileage_km: Option<i32>,
    /// Stores whose stock it looks at, at most 200; all stock when empty.
    pub store_ids: Option<Vec<ID>>,
    /// After how many hours an alert that nobody takes up is the region's, 1 to 2,160; never when left out.
    pub region_after_hours: Option<i32>,
    /// After how many it is the car maker's, more than the region's.
    pub oem_after_hours: Option<i32>,
    /// Whether it looks; when it does not, its alerts are closed.
    pub active: bool,
}

/// Which alert to take up.
#[derive(InputObject)]
pub struct StockAlertAcknowledgeInput {
    /// Chosen by the client; the same key and input have one effect.
    pub idempotency_key: String,
    /// The alert.
    pub alert_id: ID,
    /// Version that the client read.
    pub expected_version: i32,
    /// What is done about it, at most 500 characters.
    pub note: Option<String>,
}

/// Which alerts.
#[derive(InputObject, Default, Clone)]
pub struct StockAlertWhereInput {
    /// Only in these states; those that are not closed when left out.
    pub state: Option<Vec<StockAlertState>>,
    /// Only those that have got to these levels.
    pub level: Option<Vec<StockAlertLevel>>,
    /// Only of this rule.
    pub rule_id: Option<ID>,
    /// Only of this store.
    pub store_id: Option<ID>,
}

/// Which car to ask for.
#[derive(InputObject)]
pub struct StockTransferRequestInput {
    /// Chosen by the client; the same key and input have one effect.
    pub idempotency_key: String,
    /// The car: free, in another store's stock, and one that the policies let the store ask for; or one that stands elsewhere and is an
    /// order's that the caller's store sells or hands over.
    pub vehicle_id: ID,
    /// Version of the car that the client read.
    pub expected_version: i32,
    /// For which store; the caller's own when left out, needed from operators. A car that is an order's goes to the store that hands that
    /// over, named or not.
    pub to_store_id: Option<ID>,
    /// The car of that store which goes out for it: so a stock that is full takes one in. It may go to whoever; of a car one is named at
    /// a time.
    pub out_vehicle_id: Option<ID>,
    /// Why, at most 500 characters.
    pub reason: Option<String>,
}

/// What becomes of a transfer that was asked for.
#[derive(InputObject)]
pub struct StockTransferApproveInput {
    /// Chosen by the client; the same key and input have one effect.
    pub idempotency_key: String,
    /// The transfer.
    pub transfer_id: ID,
    /// Version that the client read.
    pub expected_version: i32,
    /// Whether the car is given.
    pub approve: bool,
    /// What to say with it, at most 500 characters.
    pub note: Option<String>,
}

/// Which transfer.
#[derive(InputObject)]
pub struct StockTransferStepInput {
    /// Chosen by the client; the same key and input have one effect.
    pub idempotency_key: String,
    /// The transfer.
    pub transfer_id: ID,
    /// Version that the client read.
    pub expected_version: i32,
}

/// Which car has left.
#[derive(InputObject)]
pub struct StockTransferShipInput {
    /// Chosen by the client; the same key and input have one effect.
    pub idempotency_key: String,
    /// The transfer.
    pub transfer_id: ID,
    /// Version that the client read.
    pub expected_version: i32,
    /// When it is expected there, in the future.
    pub expected_at: Option<DateTime<Utc>>,
}

/// Which transfers.
#[derive(InputObject, Default, Clone)]
pub struct StockTransferWhereInput {
    /// Only in these states.
    pub state: Option<Vec<StockTransferState>>,
    /// Only from this store.
    pub from_store_id: Option<ID>,
    /// Only to this store.
    pub to_store_id: Option<ID>,
    /// Only of this car.
    pub vehicle_id: Option<ID>,
}

impl StockTransferWhereInput {
    /// As a condition of the statement.
    pub fn condition(self) -> Result<Condition> {
        use transfer::Column;
        let mut all = Condition::all().add_option(self.state.map(|states| Column::State.is_in(states)));
        let stores = [
            (Column::FromStoreId, "where.fromStoreId", self.from_store_id),
            (Column::ToStoreId, "where.toStoreId", self.to_store_id),
        ];
        for (column, field, id) in stores {
            if let Some(id) = id {
                all = all.add(column.eq(parse_id::<StoreId>(field, &id)?));
            }
        }
        if let Some(id) = self.vehicle_id {
            all = all.add(Column::VehicleId.eq(parse_id::<VehicleUnitId>("where.vehicleId", &id)?));
        }
        Ok(all)
    }
}
