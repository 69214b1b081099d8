//! How the demo's stores hand cars over, and what came of it (C088-C090). Dice of its own, so that what others draw stays as it is.

use chrono::{DateTime, TimeDelta, Utc};
use entity::customer::owned_vehicle;
use entity::order::{delivery as handed, handover_appointment, handover_ceremony, order, preparation_task};
use entity::{
    AddOn, AddOns, Codes, HandoverCeremonyId, HandoverCheck, HandoverMode, MilestoneCode, OrderStatus, PrefixedId,
    PreparationCode, StoreId,
};

use super::batch::Batch;
use super::delivery::Delivery;
use super::dice::Dice;
use super::world::Generator;
use crate::customer::rules::warranty;
use crate::order::rules::handover::{SLOT_MINUTES, stretches};
use crate::store::vault::Personal;
use crate::values::calendar;

/// Code, Chinese and English, price in fen.
type Priced = (&'static str, &'static str, &'static str, i64);

/// Each with its minutes and what can be chosen with it.
const CEREMONIES: &[(Priced, i32, &[Priced])] = &[
    (
        ("SIGNATURE", "曜夜交车仪式", "Signature night", 128_800),
        120,
        &[
            ("FLOWERS", "鲜花", "Flowers", 19_900),
            ("PHOTO", "跟拍摄影", "Photographer", 59_900),
            ("CAKE", "定制蛋糕", "Cake", 26_800),
        ],
    ),
    (("STANDARD", "标准交车仪式", "Standard hand-over", 0), 60, &[("FLOWERS", "鲜花", "Flowers", 19_900)]),
];

/// What stores offer.
pub(super) fn ceremonies(seed: u64, today: DateTime<Utc>, batch: &mut Batch) {
    let mut dice = Dice::new(seed.wrapping_add(0xD5));
    let add_on = |(code, name_zh, name_en, price_minor): &Priced| AddOn {
        code: (*code).to_owned(),
        name_zh: (*name_zh).to_owned(),
        name_en: (*name_en).to_owned(),
        price_minor: *price_minor,
    };
    let since = today - TimeDelta::days(400);
    let stores: Vec<StoreId> = batch.stores.iter().map(|store| store.id).collect();
    for store_id in stores {
        for ((code, name_zh, name_en, price_minor), minutes, add_ons) in CEREMONIES {
            batch.handover_ceremonies.push(handover_ceremony::Model {
                id: dice.id(),
                store_id,
                code: (*code).to_owned(),
                name_zh: (*name_zh).to_owned(),
                name_en: (*name_en).to_owned(),
                price_minor: *price_minor,
                duration_minutes: *minutes,
                add_ons: AddOns(add_ons.iter().map(add_on).collect()),
                active: true,
                version: 1,
                created_at: since,
                updated_at: since,
            });
        }
    }
}

/// What of a ceremony an appointment needs.
#[derive(Clone, Debug)]
pub(super) struct Offer {
    pub id: HandoverCeremonyId,
    pub store: StoreId,
    pub row: (i64, i64, AddOns),
    /// Hours of the store.
    pub hours: (String, String),
}

/// What the stores of a batch offer.
pub(super) fn offers(batch: &Batch) -> Vec<Offer> {
    let of_store = |row: &handover_ceremony::Model| {
        let store = batch.stores.iter().find(|store| store.id == row.store_id)?;
        Some(Offer {
            id: row.id,
            store: row.store_id,
            row: (row.price_minor, i64::from(row.duration_minutes), row.add_ons.clone()),
            hours: (store.opens_at.clone(), store.closes_at.clone()),
        })
    };
    batch.handover_ceremonies.iter().filter_map(of_store).collect()
}

impl Generator<'_> {
    /// What is known of the hand-over of an order, as far as it has come.
    pub(super) fn hand_over(&self, row: &order::Model, delivery: &Delivery, batch: &mut Batch) {
        let mut dice = Dice::new(row.id.uuid().as_u64_pair().1.wrapping_add(1));
        let handed_over_at = delivery.at(MilestoneCode::HandedOver);
        if row.status == OrderStatus::ReadyForDelivery && dice.percent(60) {
            batch.preparation_tasks.push(preparation_task::Model {
                order_id: row.id,
                code: PreparationCode::Charger,
                done_by: row.customer_id.to_string(),
                done_at: delivery.last_at,
            });
        }
        if let Some(booked_at) = delivery.at(MilestoneCode::AppointmentSet) {
            self.appointment(row, booked_at, handed_over_at, &mut dice, batch);
        }
        let Some(at) = handed_over_at else { return };
        let odometer_km = i32::try_from(dice.between(3, 60)).unwrap_or_default();
        batch.deliveries.push(handed::Model {
            order_id: row.id,
            code_number: 0,
            wrong_tries: 0,
            checklist: HandoverCheck::ALL.iter().map(|check| check.code()).collect::<Codes>(),
            checklist_completed_at: None,
            customer_signature: None,
            store_signature: None,
            odometer_km: Some(odometer_km),
            confirmed_by: Some("system".into()),
            confirmed_at: Some(at),
            updated_at: at,
        });
        let car = batch.vehicles.iter().rev().find(|car| Some(car.id) == row.vehicle_id);
        let Some((car, vin)) = car.and_then(|car| car.vin.as_ref().map(|vin| (car.id, vin))) else { return };
        batch.owned_vehicles.push(owned_vehicle::Model {
            id: dice.id(),
            customer_id: row.customer_id,
            order_id: row.id,
            vehicle_id: car,
            trim_id: row.trim_id,
            vin: self.vault.seal(Personal::Vin, vin),
            handed_over_at: at,
            warranty_start_at: warranty::start(delivery.at(MilestoneCode::Invoiced), at),
            odometer_km,
            created_at: at,
            ended_at: None,
        });
    }

    /// One in the days to come, or the one at which the car was handed over.
    fn appointment(
        &self,
        row: &order::Model,
        booked_at: DateTime<Utc>,
        handed_over_at: Option<DateTime<Utc>>,
        dice: &mut Dice,
        batch: &mut Batch,
    ) {
        let offers: Vec<&Offer> = self.offers.iter().filter(|offer| offer.store == row.delivery_store_id).collect();
        let Some(first) = offers.first() else { return };
        let chosen = dice.percent(70).then(|| *dice.pick(&offers));
        let minutes = chosen.map_or(SLOT_MINUTES, |offer| offer.row.1);
        let day = match handed_over_at {
            Some(at) => calendar::day(at),
            None => calendar::day(self.today + TimeDelta::days(dice.between(1, 4))),
        };
        let (opens, closes) = &first.hours;
        let slots = stretches(day, (opens, closes), minutes);
        if slots.is_empty() {
            return;
        }
        let (starts_at, ends_at) = *dice.pick(&slots);
        let add_ons: Vec<AddOn> = chosen.into_iter().flat_map(|offer| offer.row.2.0.iter().take(1).cloned()).collect();
        batch.handover_appointments.push(handover_appointment::Model {
            id: dice.id(),
            order_id: row.id,
            store_id: row.delivery_store_id,
            ceremony_id: chosen.map(|offer| offer.id),
            mode: HandoverMode::Store,
            starts_at,
            ends_at,
            price_minor: chosen.map_or(0, |offer| offer.row.0) + add_ons.iter().map(|one| one.price_minor).sum::<i64>(),
            add_ons: AddOns(add_ons),
            address: None,
            booked_by: row.customer_id.to_string(),
            booked_at,
            cancelled_at: None,
            updated_at: booked_at,
        });
    }
}
