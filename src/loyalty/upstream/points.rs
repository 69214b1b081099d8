//! `cn.milepost.loyalty.points.v1` (C106).

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::{DateTime, Utc};
use entity::customer::customer;
use entity::loyalty::{growth_entry, points_lot, tier};
use entity::{CustomerId, InboundCode};
use schemars::JsonSchema;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect};
use serde::{Deserialize, Serialize};

use super::super::award::{Gift, add};
use super::super::ledger::Ledger;
use crate::customer::upstream::subject as customer_subject;
use crate::graph::Result;
use crate::ingest::keys::{by_key, line, number, waits};
use crate::ingest::{Desk, Inbound, Item, Reason, Verdict, data};
use crate::store::rows::among;
use crate::values::calendar;

data! {
    /// Points of a customer have been earned or spent elsewhere (loyalty engine). Each reference counts once. A spending
    /// that comes before what it spends waits for it.
    pub struct PointsData {
        /// Number of the customer.
        pub customer_number: String,
        /// The engine's number of the entry, unique.
        pub reference: String,
        /// Whether they were earned or spent.
        pub kind: PointsKind,
        /// How many, from one.
        pub points: i64,
        /// Growth that comes with earned points.
        pub growth: Option<i64>,
        /// Short code of what they were for, as in `TEST_DRIVE`.
        pub reason: String,
        /// Until when earned points wait; at once when left out.
        pub pending_until: Option<DateTime<Utc>>,
        /// Last instant of earned points; by the rules of the house when left out.
        pub expires_at: Option<DateTime<Utc>>,
    }
}

/// Which way points went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum PointsKind {
    /// They came.
    Earned,
    /// They went.
    Spent,
}

/// Points reported.
pub struct PointsReported;

/// Rule and kind of source of points that the engine gave.
const UPSTREAM: &str = "UPSTREAM";

impl Inbound for PointsReported {
    const TYPE: &'static str = "cn.milepost.loyalty.points.v1";
    const DOMAIN: &'static str = "loyalty";
    const ONCE: Option<&'static str> = Some("reference");
    type Data = PointsData;

    fn example() -> PointsData {
        PointsData {
            customer_number: "C00000001".into(),
            reference: "LE-2026-000001".into(),
            kind: PointsKind::Earned,
            points: 500,
            growth: Some(100),
            reason: "TEST_DRIVE".into(),
            pending_until: None,
            expires_at: None,
        }
    }

    fn subject(data: &PointsData) -> String {
        format!("points/{}", data.reference)
    }

    fn wakes(data: &PointsData) -> Vec<String> {
        vec![format!("{}/points", customer_subject(&data.customer_number))]
    }

    async fn apply(desk: &mut Desk<'_>, items: &[Item<PointsData>]) -> Result<Vec<Verdict>> {
        let mut known = Known::read(desk, items).await?;
        let mut verdicts = Vec::with_capacity(items.len());
        for item in items {
            verdicts.push(one(desk, &mut known, item).await?);
        }
        for ledger in known.ledgers.into_values() {
            ledger.put(desk.tx);
            desk.tx.flush_when_large().await?;
        }
        Ok(verdicts)
    }
}

/// What points of one call stand on.
struct Known {
    customers: HashMap<String, customer::Model>,
    has_tiers: bool,
    /// Of the customers whose points can be done.
    ledgers: BTreeMap<CustomerId, Ledger>,
    /// References that were given for before.
    given: HashSet<String>,
}

impl Known {
    async fn read(desk: &Desk<'_>, items: &[Item<PointsData>]) -> Result<Self> {
        let tx = &*desk.tx;
        let (conn, backend) = (tx.conn(), tx.conn().get_database_backend());
        let sound = || items.iter().map(|item| &item.data).filter(|data| check(desk, data).is_ok());
        let numbers = sound().map(|data| data.customer_number.as_str());
        let customers =
            by_key::<customer::Entity>(tx, customer::Column::Number, numbers, |row| Some(&row.number)).await?;
        let mut known = Self { customers, has_tiers: false, ledgers: BTreeMap::new(), given: HashSet::new() };
        if known.customers.is_empty() {
            return Ok(known);
        }
        known.has_tiers = tier::Entity::find().one(conn).await?.is_some();
        if !known.has_tiers {
            return Ok(known);
        }
        let owners: Vec<CustomerId> = known.customers.values().map(|row| row.id).collect();
        let mut ledgers = Ledger::open_or_make_all(tx, &owners).await?;
        Ledger::look_at_growth(tx, &mut ledgers.iter_mut().collect::<Vec<_>>()).await?;
        known.ledgers.extend(ledgers.into_iter().map(|ledger| (ledger.customer(), ledger)));
        let earned: Vec<&str> =
            sound().filter(|data| data.kind == PointsKind::Earned).map(|data| data.reference.as_str()).collect();
        if !earned.is_empty() {
            let lots = points_lot::Entity::find()
                .select_only()
                .column(points_lot::Column::SourceId)
                .filter(points_lot::Column::RuleCode.eq(UPSTREAM))
                .filter(points_lot::Column::SourceType.eq(UPSTREAM))
                .filter(among(backend, points_lot::Column::SourceId, earned.iter().copied()));
            let growth = growth_entry::Entity::find()
                .select_only()
                .column(growth_entry::Column::SourceId)
                .filter(among(backend, growth_entry::Column::AccountId, known.ledgers.values().map(Ledger::id)))
                .filter(growth_entry::Column::Reason.eq(UPSTREAM))
                .filter(growth_entry::Column::SourceType.eq(UPSTREAM))
                .filter(among(backend, growth_entry::Column::SourceId, earned.iter().copied()));
            known.given.extend(lots.into_tuple::<String>().all(conn).await?);
            known.given.extend(growth.into_tuple::<String>().all(conn).await?);
        }
        Ok(known)
    }
}

async fn one(desk: &mut Desk<'_>, known: &mut Known, item: &Item<PointsData>) -> Result<Verdict> {
    let data = &item.data;
    if let Err(reason) = check(desk, data) {
        return Ok(reason.into());
    }
    let owner = known.customers.get(&data.customer_number).map(|row| row.id);
    if owner.is_some() && !known.has_tiers {
        return Ok(waits("customerNumber", "tiers".to_owned()));
    }
    let Some(ledger) = owner.and_then(|owner| known.ledgers.get_mut(&owner)) else {
        return Ok(waits("customerNumber", customer_subject(&data.customer_number)));
    };
    let now = desk.tx.now();
    match data.kind {
        PointsKind::Earned => {
            if !known.given.insert(data.reference.clone()) {
                return Ok(Reason::new(InboundCode::Duplicate, "points-duplicate").at("reference").into());
            }
            let pending = data.pending_until.filter(|until| now < *until);
            let gift = Gift {
                rule_code: UPSTREAM,
                source_type: UPSTREAM,
                source_id: &data.reference,
                points: data.points,
                growth: data.growth.unwrap_or(0),
                pending: pending.is_some(),
                activates_at: pending,
                expires_at: data.expires_at.unwrap_or_else(|| calendar::points_expiry(now)),
                reason: &data.reason,
                at: now,
            };
            add(desk.tx, ledger, &gift).await?;
            Ok(Verdict::DONE)
        }
        PointsKind::Spent => {
            let points = u64::try_from(data.points).unwrap_or_default();
            if let Err(few) = ledger.spend(points, &data.reason, now) {
                let reason = Reason::new(InboundCode::WaitsForState, "insufficient-points").at("points");
                let reason = reason.with("available", few.available).with("needed", data.points);
                return Ok(Verdict::Held(reason, format!("{}/points", customer_subject(&data.customer_number))));
            }
            Ok(Verdict::DONE)
        }
    }
}

fn check(desk: &Desk<'_>, data: &PointsData) -> Result<(), Reason> {
    desk.sender.check_all("customerNumber")?;
    line("reference", &data.reference, 100)?;
    line("reason", &data.reason, 200)?;
    number("points", data.points, 1, 10_000_000)?;
    number("growth", data.growth.unwrap_or(0), 0, 10_000_000)?;
    if data.expires_at.is_some_and(|end| end <= desk.tx.now()) {
        return Err(Reason::invalid("expiresAt", "ingest-past"));
    }
    Ok(())
}
