//! `cn.milepost.inventory.quality-case.v1` (C101): a damage that a plant, a hub or a carrier has found.

use chrono::{DateTime, Utc};
use entity::inventory::vehicle_unit;
use entity::{InboundCode, QualityDamageKind, QualityDamageNode, QualityDamagePosition, QualityDamageSeverity};
use sea_orm::sea_query::Condition;

use super::super::quality::store::{self, Finding, NotLocked};
use super::super::quality::{MAX_DESCRIPTION, MAX_PHOTOS};
use super::car;
use super::vehicle::subject;
use crate::catalog::rules::media::{LONGEST, is_address};
use crate::graph::Result;
use crate::ingest::keys::{MAX_CODE, MAX_NAME, by_key, line, optional_line, value};
use crate::ingest::{Desk, Inbound, Item, Reason, Verdict, data};
use crate::values::{machine, text};

data! {
    /// A damage to a car that a plant, a hub, a carrier or a store has found (quality, logistics). The car is held. What becomes of the
    /// damage is seen to here, so the same number is reported once: a second report of it changes nothing.
    pub struct QualityCaseData {
        /// The sender's number of it, unique for the sender.
        pub number: String,
        /// The car.
        pub vin: String,
        /// Where it was found.
        pub node: QualityDamageNode,
        /// Who carried the car, by name; needed where a carrier has it.
        pub carrier: Option<String>,
        /// How bad it looks.
        pub severity: QualityDamageSeverity,
        /// Which part of the car is damaged.
        pub position: QualityDamagePosition,
        /// What kind of damage it is.
        pub kind: QualityDamageKind,
        /// The damage in words, at most 1000 characters.
        pub description: String,
        /// Addresses of photos, at most 12: of the web, over TLS, or paths of this gateway.
        #[serde(default)]
        pub photos: Vec<String>,
        /// When it was found; the event's `time` when left out.
        pub found_at: Option<DateTime<Utc>>,
    }
}

/// A damage reported.
pub struct QualityCaseReported;

impl Inbound for QualityCaseReported {
    const TYPE: &'static str = "cn.milepost.inventory.quality-case.v1";
    const DOMAIN: &'static str = "inventory";
    /// The first report of a number counts, whatever came after it.
    const IN_ORDER: bool = false;
    type Data = QualityCaseData;

    fn example() -> QualityCaseData {
        QualityCaseData {
            number: "QD-2511-0007".into(),
            vin: "L00C5D1E7TX900001".into(),
            node: QualityDamageNode::Carrier,
            carrier: Some("远山物流".into()),
            severity: QualityDamageSeverity::Minor,
            position: QualityDamagePosition::LeftSide,
            kind: QualityDamageKind::Scratch,
            description: "左后门下沿划痕，长约 8 厘米，未见底漆。".into(),
            photos: vec!["https://media.example/damage/qd-2511-0007-1.jpg".into()],
            found_at: "2025-11-24T04:00:00Z".parse().ok(),
        }
    }

    fn subject(data: &QualityCaseData) -> String {
        format!("quality-case/{}", data.number)
    }

    fn wakes(data: &QualityCaseData) -> Vec<String> {
        vec![Self::subject(data), subject(&data.vin)]
    }

    fn moment(data: &QualityCaseData) -> Option<DateTime<Utc>> {
        data.found_at
    }

    async fn apply(desk: &mut Desk<'_>, items: &[Item<QualityCaseData>]) -> Result<Vec<Verdict>> {
        let vins = items.iter().map(|item| item.data.vin.as_str());
        let cars = by_key::<vehicle_unit::Entity>(desk.tx, vehicle_unit::Column::Vin, vins, |car| car.vin.as_deref());
        store::lock_all(desk.tx, cars.await?.into_values().map(|car| car.id).collect()).await?;
        let mut verdicts = Vec::with_capacity(items.len());
        for item in items {
            verdicts.push(match finding(desk, item) {
                Ok(finding) => one(desk, &item.data, finding).await?,
                Err(reason) => reason.into(),
            });
            desk.tx.flush().await?;
        }
        Ok(verdicts)
    }
}

/// What is said, read.
fn finding(desk: &Desk<'_>, item: &Item<QualityCaseData>) -> Result<Finding, Reason> {
    let data = &item.data;
    let number = line("number", &data.number, MAX_CODE)?;
    let carrier = optional_line("carrier", data.carrier.as_deref(), MAX_NAME)?;
    if data.node == QualityDamageNode::Carrier && carrier.is_none() {
        return Err(Reason::invalid("carrier", "required"));
    }
    let description = value("description", text::note(&data.description, MAX_DESCRIPTION))?;
    if data.photos.len() > MAX_PHOTOS {
        let most = i64::try_from(MAX_PHOTOS).unwrap_or_default();
        return Err(Reason::invalid("photos", "ingest-most").with("max", most));
    }
    let wrong = |address: &String| !is_address(address) || address.chars().count() > LONGEST as usize;
    if let Some(place) = data.photos.iter().position(wrong) {
        return Err(Reason::invalid(&format!("photos.{place}"), "media-address"));
    }
    let now = desk.tx.now();
    Ok(Finding {
        node: data.node,
        carrier,
        severity: data.severity,
        position: data.position,
        kind: data.kind,
        description,
        photos: data.photos.clone(),
        found_at: data.found_at.or(item.time).unwrap_or(now).min(now),
        number: Some(number),
    })
}

async fn one(desk: &mut Desk<'_>, data: &QualityCaseData, finding: Finding) -> Result<Verdict> {
    let actor = desk.sender.actor.clone();
    // Whether it may speak of the car, before its order is locked: orders come first.
    let car = match car::find(desk, &data.vin).await? {
        Ok(car) => car,
        Err(verdict) => return Ok(verdict),
    };
    let mut standing = match store::lock(desk.tx, actor.clone(), car.id, Condition::all()).await? {
        Ok(standing) => standing,
        Err(NotLocked::Absent | NotLocked::Moving(_)) => {
            let reason = Reason::new(InboundCode::WaitsForState, "quality-car-moving").at("vin");
            return Ok(Verdict::Held(reason, subject(&data.vin)));
        }
    };
    // Asked under the lock of the car, so that one number is one case.
    if let Some(known) = store::of_number(desk.tx.conn(), &actor, &data.number).await? {
        if known.vehicle_id == car.id {
            return Ok(Verdict::DONE);
        }
        return Ok(Reason::new(InboundCode::Invalid, "quality-other-car").at("number").into());
    }
    if let Err(illegal) = store::report(desk.tx, &mut standing, finding, &actor) {
        let reason = Reason::new(InboundCode::InvalidTransition, "invalid-transition").at("vin");
        let action = machine::code(&illegal.action);
        return Ok(reason.with("from", illegal.from.to_string()).with("action", action).into());
    }
    if let Some(order) = standing.order {
        order.save(desk.tx);
    }
    Ok(Verdict::DONE)
}
