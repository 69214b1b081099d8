//! How many statements a mutation takes, all told: key, locks, reads, writes, events, and the payload read again.
//! `BEGIN` and `COMMIT` come on top. On PostgreSQL everything from the writes on is one statement, so the numbers there
//! say how much a rule has to read; on SQLite each write is one of its own.

use entity::catalog::model;
use entity::inventory::vehicle_unit;
use entity::lead::{follow_up_task, lead};
use entity::{CommercialStatus, CustomerId, FollowUpStatus, LeadStage, OrderStatus, PhysicalStatus, StockType};
use sea_orm::{ColumnTrait, DbBackend, EntityTrait, QueryFilter};
use serde_json::{Value, json};

use crate::customer::newcomer;
use crate::harness::{Client, Server};
use crate::order;

/// Each mutation in turn, with the most statements that it may take on SQLite and on PostgreSQL.
const MOST: [(&str, u64, u64); 22] = [
    ("consentGrant", 7, 3),
    ("consentGrant", 8, 3),
    ("consentWithdraw", 8, 4),
    ("customerProfileUpdate", 7, 4),
    ("pointsAward", 19, 15),
    ("pointsAward", 15, 11),
    ("redemptionPlace", 14, 7),
    ("leadSubmit", 15, 9),
    ("leadSubmit", 15, 10),
    ("leadAssign", 11, 6),
    ("leadQualify", 10, 6),
    ("leadClose", 9, 4),
    ("followUpTaskComplete", 14, 9),
    ("orderPlace", 26, 19),
    ("paymentRecord", 20, 13),
    ("orderLockConfiguration", 16, 11),
    ("milestoneRecord", 13, 8),
    // Of them one each for what goes back already, which must not go back again, and for the appointment.
    ("orderCancelRequest", 14, 9),
    ("vehicleReserve", 15, 10),
    ("vehicleRelease", 15, 10),
    ("configurationSave", 12, 10),
    ("configurationSave", 12, 10),
];

/// Runs mutations and notes what they took.
struct Tally {
    server: Server,
    taken: Vec<(&'static str, u64)>,
}

impl Tally {
    /// Runs one that must succeed; answers its payload.
    async fn run(
        &mut self,
        client: &Client,
        name: &'static str,
        input_type: &str,
        selects: &str,
        input: Value,
    ) -> Value {
        let document = format!(
            "mutation($input: {input_type}!) {{ {name}(input: $input) {{ {selects} userErrors {{ code field message }} }} }}"
        );
        let mut input = input;
        input["idempotencyKey"] = order::key().into();
        let (payload, count) = self.server.counted(client.payload(&document, json!({ "input": input }))).await;
        assert_eq!(payload["userErrors"], json!([]), "{name}");
        self.taken.push((name, count));
        payload
    }

    async fn consents(&mut self, id: CustomerId) {
        let customer = self.server.customer_with(id);
        let text = |version| json!({ "purpose": "MARKETING", "documentVersion": version });
        let grant = "consent { id purpose withdrawnAt }";
        self.run(&customer, "consentGrant", "ConsentGrantInput", grant, text("v1")).await;
        self.run(&customer, "consentGrant", "ConsentGrantInput", grant, text("v2")).await;
        let purpose = json!({ "purpose": "MARKETING" });
        self.run(&customer, "consentWithdraw", "ConsentWithdrawInput", "consent { id }", purpose).await;
        let name = json!({ "displayName": "Somebody" });
        self.run(&customer, "customerProfileUpdate", "CustomerProfileUpdateInput", "customer { id }", name).await;
    }

    async fn points(&mut self, id: CustomerId) {
        let (customer, operator) = (self.server.customer_with(id), self.server.operator());
        for source in ["the first, which makes the account", "the second"] {
            let award = json!({ "customerId": id.to_string(), "points": 100, "reason": "Thank you",
                "sourceType": "CASE", "sourceId": source });
            self.run(&operator, "pointsAward", "PointsAwardInput", "account { balance } lot { earned }", award).await;
        }
        let redeem = "redemption { id } account { balance }";
        let points = json!({ "points": 150 });
        self.run(&customer, "redemptionPlace", "RedemptionPlaceInput", redeem, points).await;
    }

    async fn leads(&mut self) {
        let (anonymous, manager) = (self.server.anonymous(), self.server.manager());
        let consultant = self.server.consultant();
        let db = self.server.db().conn();
        let model = model::Entity::find().one(db).await.unwrap().expect("a model").id;
        let own = lead::Entity::find().filter(lead::Column::StoreId.eq(self.server.demo.store));
        let fresh = own.clone().filter(lead::Column::Stage.eq(LeadStage::Assigned)).one(db).await.unwrap();
        let fresh = fresh.expect("a lead of the demo store");
        let task = follow_up_task::Entity::find()
            .filter(follow_up_task::Column::StoreId.eq(self.server.demo.store))
            .filter(follow_up_task::Column::Status.eq(FollowUpStatus::Open))
            .filter(follow_up_task::Column::LeadId.ne(fresh.id));
        let task = task.one(db).await.unwrap().expect("a task of the demo store").id;

        let form = json!({ "phone": "198 0000 0001", "modelId": model.to_string(), "cityCode": "310115",
            "channel": "WEB", "touchpoint": "home" });
        let receipt = "receipt { accepted }";
        self.run(&anonymous, "leadSubmit", "LeadSubmitInput", receipt, form.clone()).await;
        self.run(&anonymous, "leadSubmit", "LeadSubmitInput", receipt, form).await;
        let to = json!({ "leadId": fresh.id.to_string(), "staffId": self.server.demo.manager.to_string() });
        self.run(&manager, "leadAssign", "LeadAssignInput", "lead { version }", to).await;
        let qualify = json!({ "leadId": fresh.id.to_string(), "intentLevel": "H", "note": "will buy" });
        self.run(&manager, "leadQualify", "LeadQualifyInput", "lead { version }", qualify).await;
        let close = json!({ "leadId": fresh.id.to_string(), "outcome": "LOST", "reason": "PRICE" });
        self.run(&manager, "leadClose", "LeadCloseInput", "lead { version }", close).await;
        let done = json!({ "taskId": task.to_string(), "outcome": "spoke" });
        let selects = "task { status } lead { version }";
        self.run(&consultant, "followUpTaskComplete", "FollowUpTaskCompleteInput", selects, done).await;
    }

    async fn orders(&mut self) {
        let (customer, consultant) = (self.server.customer(), self.server.consultant());
        let input = order::place::priced(&customer, order::place::input(&self.server).await).await;
        let selects = "order { id version } payment { id }";
        let placed = self.run(&customer, "orderPlace", "OrderPlaceInput", selects, input).await;
        let payment =
            json!({ "paymentId": placed["payment"]["id"], "expectedVersion": 1, "providerReference": "POS-1" });
        self.run(&consultant, "paymentRecord", "PaymentRecordInput", selects, payment).await;
        let lock = json!({ "orderId": placed["order"]["id"], "expectedVersion": 2 });
        let order = "order { version }";
        self.run(&customer, "orderLockConfiguration", "OrderLockConfigurationInput", order, lock).await;
        let allocated = json!({ "orderId": placed["order"]["id"], "expectedVersion": 3, "code": "SCHEDULED",
            "state": "DONE" });
        let milestones = "order { version } milestones { code }";
        self.run(&consultant, "milestoneRecord", "MilestoneRecordInput", milestones, allocated).await;
        let cancel = json!({ "orderId": placed["order"]["id"], "expectedVersion": 4, "reason": "changed my mind" });
        self.run(&customer, "orderCancelRequest", "OrderCancelRequestInput", order, cancel).await;
    }

    async fn cars(&mut self) {
        let consultant = self.server.consultant();
        let car = vehicle_unit::Entity::find()
            .filter(vehicle_unit::Column::StoreId.eq(self.server.demo.store))
            .filter(vehicle_unit::Column::CommercialStatus.eq(CommercialStatus::Free))
            .filter(vehicle_unit::Column::PhysicalStatus.eq(PhysicalStatus::InStock))
            .filter(vehicle_unit::Column::StockType.eq(StockType::StoreStock));
        let car = car.one(self.server.db().conn()).await.unwrap().expect("a free car");
        let of = |version| json!({ "vehicleId": car.id.to_string(), "expectedVersion": version });
        let vehicle = "vehicle { version } allocation { id }";
        self.run(&consultant, "vehicleReserve", "VehicleReserveInput", vehicle, of(car.version)).await;
        self.run(&consultant, "vehicleRelease", "VehicleReleaseInput", vehicle, of(car.version + 1)).await;
    }

    async fn configurations(&mut self) {
        let customer = self.server.customer();
        let of = order::order_in(&self.server, OrderStatus::Draft).await;
        let save = json!({ "trimId": of.trim_id.to_string(), "optionCodes": of.option_codes.0, "cityCode": "310115" });
        let selects = "configuration { id version }";
        let saved = self.run(&customer, "configurationSave", "ConfigurationSaveInput", selects, save.clone()).await;
        let mut over = save;
        over["configurationId"] = saved["configuration"]["id"].clone();
        over["expectedVersion"] = saved["configuration"]["version"].clone();
        self.run(&customer, "configurationSave", "ConfigurationSaveInput", selects, over).await;
    }
}

#[tokio::test]
async fn a_mutation_takes_few_statements() {
    let server = Server::start().await;
    let id = newcomer(&server, "T1").await;
    let mut tally = Tally { server, taken: Vec::new() };
    tally.consents(id).await;
    tally.points(id).await;
    tally.leads().await;
    tally.orders().await;
    tally.cars().await;
    tally.configurations().await;
    let postgres = tally.server.db().backend() == DbBackend::Postgres;
    let most = |(name, sqlite, on_postgres)| (name, if postgres { on_postgres } else { sqlite });
    let more: Vec<_> = tally.taken.iter().zip(MOST.map(most)).filter(|(taken, most)| taken.1 > most.1).collect();
    assert!(tally.taken.iter().map(|taken| taken.0).eq(MOST.map(|most| most.0)), "{:?}", tally.taken);
    assert!(more.is_empty(), "more than it took: {more:?}");
}
