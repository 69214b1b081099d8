//! What one says about damage to cars.

use async_graphql::{Enum, ID, InputObject};
use chrono::{DateTime, Utc};
use entity::inventory::{quality_case, vehicle_unit};
use entity::{
    PrefixedId, QualityDamageKind, QualityDamageLiability, QualityDamageNode, QualityDamagePosition,
    QualityDamageSeverity, QualityDamageState, QualitySwapState, StoreId, VehicleUnitId,
};
use sea_orm::ColumnTrait;
use sea_orm::sea_query::{Condition, Expr, Order as Way, Query};

use crate::graph::Result;
use crate::graph::connection::Direction;
use crate::graph::node::parse_id;
use crate::graph::scalars::Decimal;
use crate::store::page::{SortKey, Sorting};

/// Which cases.
#[derive(InputObject, Default)]
pub struct QualityDamageWhereInput {
    /// Only in these states; those that are open when left out.
    pub state: Option<Vec<QualityDamageState>>,
    /// Only as bad as this.
    pub severity: Option<Vec<QualityDamageSeverity>>,
    /// Only found there.
    pub node: Option<Vec<QualityDamageNode>>,
    /// Only of cars that this store has.
    pub store_id: Option<ID>,
    /// Only of cars that were carried by this one, by its full name.
    pub carrier: Option<String>,
    /// Only of this car.
    pub vehicle_id: Option<ID>,
    /// Only where the customer's wish for another car is there.
    pub swap_state: Option<Vec<QualitySwapState>>,
}

impl QualityDamageWhereInput {
    /// As a condition of the statement.
    ///
    /// # Errors
    /// When an id is not one of its kind.
    pub fn condition(self) -> Result<Condition> {
        use quality_case::Column as Case;
        let mut all = Condition::all();
        all = match self.state {
            Some(states) => all.add(Case::State.is_in(states)),
            None => all.add(Case::EndedAt.is_null()),
        };
        all = all
            .add_option(self.severity.map(|severities| Case::Severity.is_in(severities)))
            .add_option(self.node.map(|nodes| Case::Node.is_in(nodes)))
            .add_option(self.carrier.map(|carrier| Case::Carrier.eq(carrier)))
            .add_option(self.swap_state.map(|states| Case::SwapState.is_in(states)));
        if let Some(id) = self.store_id {
            let cars = Query::select()
                .column((vehicle_unit::Entity, vehicle_unit::Column::Id))
                .from(vehicle_unit::Entity)
                .and_where(vehicle_unit::Column::StoreId.eq(parse_id::<StoreId>("where.storeId", &id)?))
                .take();
            all = all.add(Case::VehicleId.in_subquery(cars));
        }
        if let Some(id) = self.vehicle_id {
            all = all.add(Case::VehicleId.eq(parse_id::<VehicleUnitId>("where.vehicleId", &id)?));
        }
        Ok(all)
    }
}

/// What to sort cases by.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum QualityDamageSortField {
    /// When it was reported.
    ReportedAt,
    /// When it last changed.
    UpdatedAt,
}

/// How to sort cases; the id decides between equals.
#[derive(InputObject)]
pub struct QualityDamageSort {
    /// By what.
    pub field: QualityDamageSortField,
    /// Which way.
    pub direction: Direction,
}

/// The order of a list of cases; newest first when none is given.
pub fn sorting(order_by: Option<QualityDamageSort>) -> Sorting<quality_case::Model> {
    use quality_case::Column as Case;
    let (field, way) =
        order_by.map_or((QualityDamageSortField::ReportedAt, Way::Desc), |sort| (sort.field, sort.direction.into()));
    let column = |column| Expr::col((quality_case::Entity, column));
    let (name, key) = match field {
        QualityDamageSortField::ReportedAt => (
            "reported",
            SortKey::new(column(Case::ReportedAt), way, |row: &quality_case::Model| row.reported_at.into()),
        ),
        QualityDamageSortField::UpdatedAt => {
            ("updated", SortKey::new(column(Case::UpdatedAt), way, |row: &quality_case::Model| row.updated_at.into()))
        }
    };
    Sorting::new("quality-case", name, key, column(Case::Id), |row| row.id.uuid())
}

/// A damage that was found.
#[derive(InputObject)]
pub struct QualityDamageReportInput {
    /// Chosen by the client; the same key and input have one effect.
    pub idempotency_key: String,
    /// The car, as in `veh_01J…`. Its version is not asked for: it is damaged, whatever else happened to it.
    pub vehicle_id: ID,
    /// Where it was found.
    pub node: QualityDamageNode,
    /// Who carried the car, at most 120 characters; needed where a carrier has it.
    pub carrier: Option<String>,
    /// How bad it looks.
    pub severity: QualityDamageSeverity,
    /// Which part of the car is damaged.
    pub position: QualityDamagePosition,
    /// What kind of damage it is.
    pub kind: QualityDamageKind,
    /// The damage in words, 1 to 1000 characters.
    pub description: String,
    /// Addresses of photos, at most 12: of the web, over TLS, or paths of this gateway.
    pub photos: Option<Vec<String>>,
    /// When it was found; now when left out, not in the future.
    pub found_at: Option<DateTime<Utc>>,
}

/// How bad a damage is.
#[derive(InputObject)]
pub struct QualityDamageAssessInput {
    /// Chosen by the client; the same key and input have one effect.
    pub idempotency_key: String,
    /// The case.
    pub case_id: ID,
    /// The version that the client has read.
    pub expected_version: i32,
    /// How bad it is.
    pub severity: QualityDamageSeverity,
    /// What the repair is expected to cost, yuan.
    pub cost: Decimal,
    /// When the car is expected to be well again, in the future. The expected date of its order follows.
    pub expected_at: Option<DateTime<Utc>>,
    /// What to say with it, at most 500 characters.
    pub note: Option<String>,
}

/// Who answers for a damage.
#[derive(InputObject)]
pub struct QualityDamageConfirmLiabilityInput {
    /// Chosen by the client; the same key and input have one effect.
    pub idempotency_key: String,
    /// The case.
    pub case_id: ID,
    /// The version that the client has read.
    pub expected_version: i32,
    /// Who answers for it.
    pub liability: QualityDamageLiability,
    /// Who that is, by name, at most 120 characters.
    pub liable_party: Option<String>,
    /// What to say with it, at most 500 characters.
    pub note: Option<String>,
}

/// The repair of a damage.
#[derive(InputObject)]
pub struct QualityDamageRepairInput {
    /// Chosen by the client; the same key and input have one effect.
    pub idempotency_key: String,
    /// The case.
    pub case_id: ID,
    /// The version that the client has read.
    pub expected_version: i32,
    /// What is repaired, 1 to 500 characters.
    pub repair_note: String,
}

/// What a look at the repair has shown.
#[derive(InputObject)]
pub struct QualityDamageReinspectInput {
    /// Chosen by the client; the same key and input have one effect.
    pub idempotency_key: String,
    /// The case.
    pub case_id: ID,
    /// The version that the client has read.
    pub expected_version: i32,
    /// Whether the repair is good. One that is not is repaired again.
    pub passed: bool,
    /// What it cost, yuan, where that is not what was expected.
    pub cost: Option<Decimal>,
    /// What to say with it, at most 500 characters; needed where it is not good.
    pub note: Option<String>,
}

/// A damage that stays.
#[derive(InputObject)]
pub struct QualityDamageDowngradeInput {
    /// Chosen by the client; the same key and input have one effect.
    pub idempotency_key: String,
    /// The case.
    pub case_id: ID,
    /// The version that the client has read.
    pub expected_version: i32,
    /// What whoever buys the car is told, 1 to 1000 characters.
    pub disclosure: String,
    /// Of a car that is on an order: that the customer was shown the disclosure and takes the car with it. Needed then.
    pub customer_accepts: Option<bool>,
}

/// A car that is written off.
#[derive(InputObject)]
pub struct QualityDamageScrapInput {
    /// Chosen by the client; the same key and input have one effect.
    pub idempotency_key: String,
    /// The case.
    pub case_id: ID,
    /// The version that the client has read.
    pub expected_version: i32,
    /// Why, 1 to 500 characters; stands in the timeline of the order that loses the car, where the customer reads it.
    pub reason: String,
}

/// The end of a damage.
#[derive(InputObject)]
pub struct QualityDamageCloseInput {
    /// Chosen by the client; the same key and input have one effect.
    pub idempotency_key: String,
    /// The case.
    pub case_id: ID,
    /// The version that the client has read.
    pub expected_version: i32,
    /// What to say with it, at most 500 characters.
    pub note: Option<String>,
}

/// The wish for another car.
#[derive(InputObject)]
pub struct QualitySwapRequestInput {
    /// Chosen by the client; the same key and input have one effect.
    pub idempotency_key: String,
    /// The case of the order's car.
    pub case_id: ID,
    /// The version of the case that the client has read.
    pub expected_version: i32,
    /// What to say with it, at most 500 characters.
    pub note: Option<String>,
}

/// No to a wish for another car.
#[derive(InputObject)]
pub struct QualitySwapDeclineInput {
    /// Chosen by the client; the same key and input have one effect.
    pub idempotency_key: String,
    /// The case.
    pub case_id: ID,
    /// The version that the client has read.
    pub expected_version: i32,
    /// Why, 1 to 500 characters; the customer reads it.
    pub answer: String,
}
