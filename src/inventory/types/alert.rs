//! Alerts of a stock, and the rules that raise them (C098).

use async_graphql::{Description, Enum, ID};
use chrono::{DateTime, Utc};
use entity::inventory::{alert, alert_rule};
use entity::{AgeBand, StockAlertLevel, StockAlertMetric, StockAlertState, StockType};

use super::super::links::{StockAlertRuleById, VehicleUnitById};
use super::super::rules::alert::{ALERT, AlertAction};
use super::rules::ids;
use crate::graph::answer::To;
use crate::graph::fields;
use crate::place::StoreById;
use crate::values::machine;

/// When somebody is told of a stock.
#[derive(Clone, Debug, Description)]
pub struct StockAlertRule(pub alert_rule::Model);

#[fields(rows(alert_rule::Model))]
impl StockAlertRule {
    /// Type-prefixed ULID, as in `sar_01J…`.
    pub fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// Name, unique.
    fn name(&self) -> &str {
        &self.0.name
    }

    /// Whose stock.
    fn stock_type(&self) -> StockType {
        self.0.stock_type
    }

    /// For what an alert is raised.
    fn metric(&self) -> StockAlertMetric {
        self.0.metric
    }

    /// Days, cars or per cent, by the metric.
    fn threshold(&self) -> i32 {
        self.0.threshold
    }

    /// Of `DEMO_RETIRE_DUE`: kilometres that a car may have run.
    fn mileage_km(&self) -> Option<i32> {
        self.0.mileage_km
    }

    /// Stores whose stock it looks at; all stock when empty.
    fn store_ids(&self) -> Vec<ID> {
        ids(&self.0.store_ids)
    }

    /// After how many hours an alert that nobody takes up is the region's; null for never.
    fn region_after_hours(&self) -> Option<i32> {
        self.0.region_after_hours
    }

    /// After how many it is the car maker's; null for never.
    fn oem_after_hours(&self) -> Option<i32> {
        self.0.oem_after_hours
    }

    /// Whether it looks.
    fn active(&self) -> bool {
        self.0.active
    }

    /// When the stock was last looked at; null when it was not yet.
    fn checked_at(&self) -> Option<DateTime<Utc>> {
        (self.0.checked_at > DateTime::UNIX_EPOCH).then_some(self.0.checked_at)
    }

    /// When it last changed.
    fn changed_at(&self) -> DateTime<Utc> {
        self.0.changed_at
    }

    /// Grows with each change.
    fn version(&self) -> i32 {
        self.0.version
    }
}

/// What the caller may do with an alert now.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum StockAlertAction {
    /// Take it up.
    Acknowledge,
}

/// Something that a rule has found in a stock. It is closed when what it was raised for is over.
#[derive(Clone, Debug, Description)]
pub struct StockAlert(pub alert::Model);

#[fields(rows(alert::Model))]
impl StockAlert {
    /// Type-prefixed ULID, as in `sal_01J…`.
    pub fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// The rule that raised it.
    #[link(self.0.rule_id)]
    fn rule(&self) -> To<StockAlertRuleById>;

    /// The car, of `AGE_OVER`, `IN_TRANSIT_OVERDUE` and `DEMO_RETIRE_DUE`, as the caller sees it.
    #[columns(vehicle_id)]
    fn vehicle(&self) -> To<VehicleUnitById> {
        To::new(self.0.vehicle_id)
    }

    /// The store that has the stock; null at a plant or hub.
    #[link(self.0.store_id)]
    fn store(&self) -> To<StoreById>;

    /// The band of the car's age, of `AGE_OVER`: in the next one it is told of again.
    fn age_band(&self) -> Option<AgeBand> {
        self.0.band
    }

    /// Days, cars or per cent, by the rule's metric, when it was raised; of `DEMO_RETIRE_DUE` the days that the car had stood.
    fn value(&self) -> i32 {
        self.0.value
    }

    /// Whom it concerns by now.
    fn level(&self) -> StockAlertLevel {
        self.0.level
    }

    /// How far it is.
    fn state(&self) -> StockAlertState {
        self.0.state
    }

    /// When it was raised.
    fn raised_at(&self) -> DateTime<Utc> {
        self.0.raised_at
    }

    /// When it last went to a higher level.
    fn escalated_at(&self) -> Option<DateTime<Utc>> {
        self.0.escalated_at
    }

    /// Who has taken it up: a member of staff.
    fn acknowledged_by(&self) -> Option<&str> {
        self.0.acknowledged_by.as_deref()
    }

    /// When that was.
    fn acknowledged_at(&self) -> Option<DateTime<Utc>> {
        self.0.acknowledged_at
    }

    /// What is done about it.
    fn note(&self) -> Option<&str> {
        self.0.note.as_deref()
    }

    /// When what it was raised for was over.
    fn closed_at(&self) -> Option<DateTime<Utc>> {
        self.0.closed_at
    }

    /// What the caller may do with it now.
    fn allowed_actions(&self) -> Vec<StockAlertAction> {
        let open = machine::allowed(ALERT, self.0.state).contains(&AlertAction::Acknowledge);
        if open { vec![StockAlertAction::Acknowledge] } else { Vec::new() }
    }

    /// Grows with each change.
    fn version(&self) -> i32 {
        self.0.version
    }
}
