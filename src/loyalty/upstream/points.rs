//! `cn.milepost.loyalty.points.v1` (C106).

use chrono::{DateTime, Utc};
use entity::InboundCode;
use entity::customer::customer;
use entity::loyalty::tier;
use schemars::JsonSchema;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde::{Deserialize, Serialize};

use super::super::award::{Gift, Given, give};
use super::super::ledger::Ledger;
use crate::customer::upstream::subject as customer_subject;
use crate::graph::Result;
use crate::ingest::keys::{line, number, waits};
use crate::ingest::{Desk, Inbound, Item, Reason, Verdict, data};
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
        let mut verdicts = Vec::with_capacity(items.len());
        for item in items {
            verdicts.push(one(desk, item).await?);
            desk.tx.flush().await?;
        }
        Ok(verdicts)
    }
}

async fn one(desk: &mut Desk<'_>, item: &Item<PointsData>) -> Result<Verdict> {
    let data = &item.data;
    if let Err(reason) = check(desk, data) {
        return Ok(reason.into());
    }
    let conn = desk.tx.conn();
    let named = customer::Entity::find().filter(customer::Column::Number.eq(&data.customer_number));
    let Some(customer) = named.one(conn).await? else {
        return Ok(waits("customerNumber", customer_subject(&data.customer_number)));
    };
    if tier::Entity::find().one(conn).await?.is_none() {
        return Ok(waits("customerNumber", "tiers".to_owned()));
    }
    let Some(mut ledger) = Ledger::open_or_make(desk.tx, customer.id).await? else {
        return Ok(waits("customerNumber", customer_subject(&data.customer_number)));
    };
    let now = desk.tx.now();
    match data.kind {
        PointsKind::Earned => {
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
            };
            Ok(match give(desk.tx, ledger, &gift).await? {
                Given::Written(..) => Verdict::DONE,
                Given::Already => Reason::new(InboundCode::Duplicate, "points-duplicate").at("reference").into(),
            })
        }
        PointsKind::Spent => {
            let points = u64::try_from(data.points).unwrap_or_default();
            if let Err(few) = ledger.spend(points, &data.reason, now) {
                let reason = Reason::new(InboundCode::WaitsForState, "insufficient-points").at("points");
                let reason = reason.with("available", few.available).with("needed", data.points);
                return Ok(Verdict::Held(reason, format!("{}/points", customer_subject(&data.customer_number))));
            }
            ledger.close(desk.tx).await?;
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
