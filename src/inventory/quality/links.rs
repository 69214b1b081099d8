//! How damage is found from other rows.

use entity::inventory::{quality_case, quality_event};
use entity::{OrderId, QualityDamageCaseId, QualityDamageState, VehicleUnitId};
use sea_orm::ColumnTrait;
use sea_orm::sea_query::Condition;

use super::policy;
use super::types::{OrderQualityCase, QualityDamageCase, QualityDamageEvent};
use crate::graph::relation::{many, one};

/// Most cases of a car or an order that are shown, and most entries of a case's history.
const MAX_CASES: u64 = 20;
const MAX_HISTORY: u64 = 100;

one! {
    /// Cases by id.
    QualityDamageCaseById: QualityDamageCaseId => quality_case.Id as QualityDamageCase,
        |call| policy::readable(&call.viewer).or_nothing(),
        |_call, row| Some(QualityDamageCase(row));
}

many! {
    /// Cases by car, newest first; of those that the viewer may see.
    CasesOfVehicle: VehicleUnitId => quality_case.VehicleId as QualityDamageCase, by [Desc ReportedAt, Desc Id], first MAX_CASES,
        |call| policy::readable(&call.viewer).or_nothing(), |_call, row| Some(QualityDamageCase(row));

    /// What whoever buys a car has to be told, by car, newest first: for whoever sees the car.
    DisclosuresOfVehicle: VehicleUnitId => quality_case.VehicleId as quality_case::Model, by [Desc ReportedAt, Desc Id],
        first MAX_CASES,
        |_call| Condition::all().add(quality_case::Column::State.eq(QualityDamageState::Downgraded)),
        |_call, row| Some(row),
        looks_at &["disclosure"];

    /// Cases by order, newest first, as its customer may know them. Reached through an order that the viewer may see.
    CasesOfOrder: OrderId => quality_case.OrderId as OrderQualityCase, by [Desc ReportedAt, Desc Id], first MAX_CASES,
        |_call| Condition::all(), |_call, row| Some(OrderQualityCase(row));

    /// History by case, oldest first.
    EventsOfCase: QualityDamageCaseId => quality_event.CaseId as QualityDamageEvent, by [Asc OccurredAt, Asc Id],
        first MAX_HISTORY,
        |_call| Condition::all(), |_call, row| Some(QualityDamageEvent(row));
}
