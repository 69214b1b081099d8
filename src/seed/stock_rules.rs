//! In which order cars are shown, when somebody is told of a stock, how many cars stores have (domain.md 3.7), and cars that stores ask
//! each other for. The alerts
//! themselves are raised by the running program.

use chrono::{DateTime, TimeDelta, Utc};
use entity::inventory::{alert_rule, quota, quota_entry, sort_rule, transfer};
use entity::{
    Codes, PolicyStatus, Role, SortCriteria, SortCriterion, StockAlertMetric, StockQuotaEntryState, StockQuotaMode,
    StockQuotaScope, StockSortKey, StockSortMode, StockTransferId, StockTransferState, StockType, VehicleUnitId,
};

use super::batch::Batch;
use super::catalog::Catalog;
use super::dice::Dice;
use super::places::Places;
use super::world::Generator;
use crate::inventory::quota::rules::quota::subject;

/// Name, status, priority, roles, criteria with the greatest first or last.
type SortRow = (&'static str, PolicyStatus, i32, &'static [Role], &'static [(StockSortKey, bool)]);

const SORT: &[SortRow] = {
    use PolicyStatus::{Draft, Published};
    use StockSortKey::{AgeDays, Distance, Eta, OwnFirst, Price, StatusRank};
    &[
        // As luxury brands have it: the own stock, then what stands longest, then what is near.
        ("Own stock, oldest, nearest", Published, 10, &[], &[(OwnFirst, false), (AgeDays, true), (Distance, false)]),
        ("What can be had first", Draft, 20, &[Role::Consultant], &[(StatusRank, false), (Eta, false), (Price, false)]),
    ]
};

/// Name, stock, metric, threshold, hours to the region and to the car maker.
type AlertRow = (&'static str, StockType, StockAlertMetric, i32, Option<i32>, Option<i32>);

const ALERTS: &[AlertRow] = {
    use StockAlertMetric::{AgeOver, DemoRetireDue, InTransitOverdue, LevelOver, LevelUnder, TurnoverLow};
    &[
        ("Store stock over 60 days", StockType::StoreStock, AgeOver, 60, Some(72), Some(168)),
        ("Hub stock over 45 days", StockType::OemHub, AgeOver, 45, None, None),
        ("On its way and late", StockType::InTransit, InTransitOverdue, 3, Some(24), Some(72)),
        ("Too much store stock", StockType::StoreStock, LevelOver, 25, Some(72), Some(240)),
        ("No demo car", StockType::Demo, LevelUnder, 1, Some(168), None),
        ("Demo cars to be sold", StockType::Demo, DemoRetireDue, 120, Some(168), None),
        ("Store stock that sells slowly", StockType::StoreStock, TurnoverLow, 50, Some(168), Some(720)),
    ]
};

/// Dice of its own, so that what came before it stays as it is.
pub(super) fn build(seed: u64, today: DateTime<Utc>, batch: &mut Batch) {
    let mut dice = Dice::new(seed.wrapping_add(0x57));
    let changed_at = today - TimeDelta::days(120);
    for (name, status, priority, roles, criteria) in SORT {
        let criteria = criteria.iter().map(|&(key, descending)| SortCriterion { key, descending, weight: None });
        batch.sort_rules.push(sort_rule::Model {
            id: dice.id(),
            name: (*name).to_owned(),
            status: *status,
            priority: *priority,
            roles: roles.iter().map(ToString::to_string).collect(),
            store_ids: Codes::default(),
            criteria: SortCriteria(criteria.collect()),
            changed_by: "system".into(),
            changed_at,
            version: 1,
            mode: StockSortMode::Lexicographic,
        });
    }
    for &(name, stock_type, metric, threshold, region_after_hours, oem_after_hours) in ALERTS {
        batch.alert_rules.push(alert_rule::Model {
            id: dice.id(),
            name: name.into(),
            stock_type,
            metric,
            threshold,
            store_ids: Codes::default(),
            region_after_hours,
            oem_after_hours,
            active: true,
            checked_at: today - TimeDelta::hours(1),
            changed_by: "system".into(),
            changed_at,
            version: 1,
            mileage_km: (metric == StockAlertMetric::DemoRetireDue).then_some(8_000),
        });
    }
}

/// Which store, whether of its first trim alone, how many cars, how the stock is held there, rights that an operator opened.
const QUOTAS: &[(usize, bool, i32, StockQuotaMode, i64)] = &[
    (0, false, 60, StockQuotaMode::BlockInWhenFull, 0),
    (0, true, 20, StockQuotaMode::BlockInWhenFull, 0),
    (3, false, 40, StockQuotaMode::ReplenishOnOut, 2),
];

/// How many cars stores have. Dice of its own, as above.
pub(super) fn quotas(seed: u64, today: DateTime<Utc>, places: &Places, catalog: &Catalog, batch: &mut Batch) {
    let mut dice = Dice::new(seed.wrapping_add(0x99));
    for (&(shop, of_trim, cap, mode, rights), days) in QUOTAS.iter().zip(30..) {
        let Some(shop) = places.shops.get(shop) else { continue };
        let created_at = today - TimeDelta::days(days);
        let trim_id = catalog.trims.first().map(|trim| trim.id).filter(|_| of_trim);
        let mut row = quota::Model {
            id: dice.id(),
            store_id: shop.id,
            scope: if trim_id.is_some() { StockQuotaScope::Trim } else { StockQuotaScope::All },
            model_id: None,
            trim_id,
            subject: String::new(),
            cap,
            mode,
            effective_from: created_at,
            effective_to: None,
            ended_at: None,
            changed_by: "system".into(),
            created_at,
            changed_at: created_at,
            version: 1,
        };
        row.subject = subject(&row);
        for minutes in 0..rights {
            batch.quota_entries.push(quota_entry::Model {
                id: dice.id(),
                quota_id: row.id,
                store_id: row.store_id,
                state: StockQuotaEntryState::Right,
                granted: true,
                out_vehicle_id: None,
                out_at: None,
                in_vehicle_id: None,
                in_at: None,
                transfer_id: None,
                created_at: created_at + TimeDelta::minutes(minutes),
            });
        }
        batch.quotas.push(row);
    }
}

/// Cars of the demo store that another asks for.
const ASKED_FOR: usize = 2;

impl Generator<'_> {
    /// A free car of the demo store: another store asks for the first ones.
    pub(super) fn asked_for(&mut self, vehicle_id: VehicleUnitId, batch: &mut Batch) {
        if self.transfers_made >= ASKED_FOR {
            return;
        }
        self.transfers_made += 1;
        let number = self.transfers_made;
        let Some(asking) = self.places.shops.get(number) else { return };
        let requested_at = self.today - TimeDelta::hours(20);
        batch.transfers.push(transfer::Model {
            id: StockTransferId::from_parts(requested_at.timestamp_millis().unsigned_abs(), number as u128),
            vehicle_id,
            from_store_id: self.places.shops[0].id,
            to_store_id: asking.id,
            state: StockTransferState::Requested,
            reason: Some("客户指定此配置，本店无现车。".into()),
            answer: None,
            requested_by: "system".into(),
            requested_at,
            decided_by: None,
            decided_at: None,
            expected_at: None,
            shipped_at: None,
            received_at: None,
            version: 1,
            out_vehicle_id: None,
            order_id: None,
            order_store_id: None,
        });
    }
}
