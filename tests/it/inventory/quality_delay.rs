//! The delay of a damage lasts as long as the damage (C101).

use chrono::{DateTime, TimeDelta, Utc};
use entity::inventory::vehicle_unit;
use entity::*;
use milepost::events::log;
use serde_json::{Value, json};

use super::quality::{found, go, send};
use crate::harness::Server;
use crate::order::ground::Ground;
use crate::order::{key, record};

const ORDER: &str =
    "query($id: ID!) { order(id: $id) { version eta { likely revisions { likely reason } } timeline { kind milestone }
    milestones { code state note forecast { p50 } } } }";

const DELAY: &str =
    "mutation($input: MilestoneRecordInput!) { milestoneRecord(input: $input) { userErrors { code field } } }";

/// An order with a car that stands where it is handed over.
struct Waiting {
    ground: Ground,
    car: vehicle_unit::Model,
    /// The day on which the car is expected without any damage.
    likely: Value,
}

impl Waiting {
    async fn new() -> Self {
        let ground = Ground::of(1, FulfillmentMode::BuildToStock).await;
        let car = ground.here().await;
        let given = ground.allocate(&ground.server.consultant(), 0, &car, json!({})).await;
        assert_eq!(given["userErrors"], json!([]), "{given:#}");
        let likely = given["order"]["eta"]["likely"].clone();
        Self { ground, car, likely }
    }

    fn server(&self) -> &Server {
        &self.ground.server
    }

    fn in_days(&self, days: i64) -> DateTime<Utc> {
        self.server().app().clock.now() + TimeDelta::days(days)
    }

    async fn order(&self) -> Value {
        let id = json!({ "id": self.ground.orders[0].id.to_string() });
        self.server().consultant().data(ORDER, id).await["order"].clone()
    }

    /// State, note and forecast of the inspection.
    async fn inspection(&self) -> (String, Value, DateTime<Utc>) {
        let order = self.order().await;
        let all = order["milestones"].as_array().unwrap();
        let own = all.iter().find(|one| one["code"] == "PDI_DONE").unwrap();
        let at = own["forecast"]["p50"].as_str().unwrap().parse().unwrap();
        (own["state"].as_str().unwrap().to_owned(), own["note"].clone(), at)
    }

    /// A damage that is assessed, and over after so many days.
    async fn damaged(&self, days: i64) -> Value {
        let consultant = self.server().consultant();
        let case = send(&consultant, "Report", found(self.car.id)).await["case"].clone();
        let until = json!({ "severity": "MINOR", "cost": "100", "expectedAt": self.in_days(days).to_rfc3339() });
        go(&consultant, "Assess", &case, until).await
    }

    /// The damage is repaired, and its case closed.
    async fn mended(&self, case: &Value) {
        let (consultant, manager) = (self.server().consultant(), self.server().manager());
        let case = go(&manager, "ConfirmLiability", case, json!({ "liability": "STORE" })).await;
        let case = go(&consultant, "Repair", &case, json!({ "repairNote": "Painted" })).await;
        let case = go(&consultant, "Reinspect", &case, json!({ "passed": true })).await;
        go(&consultant, "Close", &case, json!({})).await;
    }

    /// Somebody says that the inspection is late for another reason.
    async fn late(&self, days: Option<i64>, note: &str) {
        let version = self.order().await["version"].clone();
        let mut input = json!({ "idempotencyKey": key(), "orderId": self.ground.orders[0].id.to_string(),
            "expectedVersion": version, "code": "PDI_DONE", "state": "DELAYED", "note": note });
        if let Some(days) = days {
            input["forecast"] = json!({ "p50": self.in_days(days) });
        }
        let said = self.server().consultant().payload(DELAY, json!({ "input": input })).await;
        assert_eq!(said["userErrors"], json!([]), "{said:#}");
    }

    /// Nothing is delayed, and what is expected is as before.
    async fn is_as_before(&self) {
        assert_eq!(self.inspection().await.0, "PENDING");
        let order = self.order().await;
        assert_eq!(order["eta"]["likely"], self.likely, "{order:#}");
        assert_eq!(order["eta"]["revisions"][0], json!({ "likely": self.likely, "reason": "PROGRESS" }));
    }

    async fn days_off(&self) -> i64 {
        (self.inspection().await.2 - self.server().app().clock.now()).num_days()
    }
}

#[tokio::test]
async fn the_last_damage_that_is_mended_ends_the_delay() {
    let waiting = Waiting::new().await;
    let first = waiting.damaged(14).await;
    let second = waiting.damaged(30).await;
    assert_eq!(waiting.inspection().await.0, "DELAYED");
    assert_eq!(waiting.order().await["eta"]["revisions"][0]["reason"], "QUALITY_HOLD");
    waiting.mended(&second).await;
    assert_eq!(waiting.inspection().await.0, "DELAYED", "one is open still");
    assert!(waiting.order().await["eta"]["likely"].as_str() > waiting.likely.as_str());
    let stream = format!("order:{}", waiting.ground.orders[0].id);
    let db = waiting.server().db().conn();
    let head = log::head(db, &stream).await.unwrap();
    waiting.mended(&first).await;
    waiting.is_as_before().await;
    let timeline = waiting.order().await["timeline"].clone();
    let changed = |entry: &&Value| entry["kind"] == "MILESTONE_CHANGED" && entry["milestone"] == "PDI_DONE";
    assert_eq!(timeline.as_array().unwrap().iter().filter(changed).count(), 3, "{timeline:#}");
    let told = log::read(db, &stream, head, 100).await.unwrap();
    let kinds: Vec<_> = told.iter().map(|entry| entry.kind).collect();
    assert!(kinds.contains(&EventKind::MilestoneChanged) && kinds.contains(&EventKind::EtaChanged), "{kinds:?}");
    // The inspection goes on as any.
    let id = waiting.ground.orders[0].id;
    let version = waiting.ground.order(0).await.version;
    let done = record(&waiting.server().consultant(), id, version, MilestoneCode::PdiDone, MilestoneState::Done).await;
    assert_eq!(done["userErrors"], json!([]), "{done:#}");
}

#[tokio::test]
async fn a_damage_that_the_customer_takes_and_a_car_that_is_swapped_end_it_too() {
    let waiting = Waiting::new().await;
    let case = waiting.damaged(20).await;
    let taken = json!({ "disclosure": "左门划痕", "customerAccepts": true });
    go(&waiting.server().manager(), "Downgrade", &case, taken).await;
    waiting.is_as_before().await;

    let waiting = Waiting::new().await;
    waiting.damaged(20).await;
    let other = waiting.ground.here().await;
    let swapped =
        waiting.ground.swap(&waiting.server().manager(), 0, json!({ "vehicleId": other.id.to_string() })).await;
    assert_eq!(swapped["userErrors"], json!([]), "{swapped:#}");
    waiting.is_as_before().await;
    waiting.ground.is_sound().await;
}

#[tokio::test]
async fn a_delay_for_another_reason_stays() {
    // Told since, with a day and without one.
    for day in [Some(40), None] {
        let waiting = Waiting::new().await;
        let case = waiting.damaged(20).await;
        waiting.late(day, "No lift is free").await;
        waiting.mended(&case).await;
        let (state, note, _) = waiting.inspection().await;
        assert_eq!((state.as_str(), &note), ("DELAYED", &json!("No lift is free")));
        assert!(waiting.days_off().await >= day.unwrap_or(20) - 1);
    }
    // Told before: the damage goes on longer, and when it is over, that is left.
    let waiting = Waiting::new().await;
    waiting.late(Some(10), "No lift is free").await;
    let case = waiting.damaged(30).await;
    assert!(waiting.days_off().await >= 29);
    waiting.mended(&case).await;
    let (state, note, _) = waiting.inspection().await;
    assert_eq!((state.as_str(), &note), ("DELAYED", &json!("No lift is free")));
    assert!((9..=11).contains(&waiting.days_off().await), "{}", waiting.days_off().await);
    // Told before, and longer than the damage takes.
    let waiting = Waiting::new().await;
    waiting.late(Some(30), "No lift is free").await;
    let case = waiting.damaged(10).await;
    assert!(waiting.days_off().await >= 29);
    waiting.mended(&case).await;
    assert_eq!(waiting.inspection().await.0, "DELAYED");
    assert!(waiting.days_off().await >= 29);
}
