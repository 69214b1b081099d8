//! Whatever is done with orders, legal or not, in whatever order and several at once: each stays whole. Long form:
//! `MILEPOST_TEST_ORDERS=2000 ./test -- order::model`.

use std::collections::{BTreeMap, BTreeSet};

use entity::inventory::{allocation, vehicle_unit};
use entity::order::{
    change_request, contract, event as order_event, invoice, milestone, order, payment, price_line, settlement_line,
};
use entity::*;
use futures_util::future::join_all;
use milepost::events::log;
use milepost::order::rules::milestone::predecessors;
use milepost::order::rules::payment::has_arrived;
use milepost::order::watch::run_out;
use milepost::values::vin::Vin;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::{Value, json};

use super::back_out::cool_off;
use super::handover::confirm::whole;
use super::handover::empty_slot;
use super::place::{PLACE, input, priced};
use super::{key, order_row};
use crate::harness::{Client, Server};
use crate::ingest::{VEHICLE, event, outcomes};

/// How often each thing was done, by what came of it.
type Tally = BTreeMap<(&'static str, String), usize>;

struct Model {
    server: Server,
    orders: Vec<OrderId>,
    cars: Vec<VehicleUnitId>,
    /// What the orders could be instead, and what they are.
    configurations: Vec<Value>,
}

/// Runs a mutation; what came of it, by code.
pub async fn act(client: &Client, name: &str, input: Value) -> String {
    let kind = format!("{}{}", name[..1].to_uppercase(), &name[1..]);
    let document = format!("mutation($input: {kind}Input!) {{ {name}(input: $input) {{ userErrors {{ code }} }} }}");
    let answer = client.query(&document, json!({ "input": input })).await;
    if let Some(code) = answer.code() {
        assert!(
            !["INTERNAL", "BAD_USER_INPUT", "GRAPHQL_VALIDATION_FAILED"].contains(&code),
            "{name}: {:#}",
            answer.json
        );
        return code.to_owned();
    }
    let errors = &answer.data[name]["userErrors"];
    errors[0]["code"].as_str().unwrap_or("OK").to_owned()
}

/// What [`ahead`] chose.
const AHEAD: &str = "what comes next";

/// What comes next on the straight way, so that some orders get to its end.
fn ahead(status: OrderStatus, dice: u32) -> &'static str {
    use OrderStatus::*;
    let ways: &[&str] = match status {
        Draft | Intention => &["paymentInitiate", "a word of the payment provider"],
        Placed => &["orderLockConfiguration"],
        Locked => &["contractGenerate", "contractStartSigning", "a word of the provider of signatures"],
        Contracted => &["vehicleAllocate", "paymentInitiate", "a word of the payment provider"],
        InFulfillment => &[
            "milestoneRecord",
            "milestoneRecord",
            "paymentInitiate",
            "a word of the payment provider",
            "invoiceRequest",
        ],
        ReadyForDelivery => &["handoverAppointmentBook", "deliveryHandoverConfirm"],
        CancellationRequested => &["orderChangeDecide"],
        _ => &["milestoneRecord"],
    };
    ways[dice as usize % ways.len()]
}

/// What is to be done, chosen by chance before anything of it is done.
#[derive(Clone, Copy, Debug)]
struct Step {
    deed: usize,
    order: usize,
    other: usize,
    dice: u32,
}

const DEEDS: [&str; 19] = [
    "paymentInitiate",
    "a word of the payment provider",
    "paymentCancel",
    "orderLockConfiguration",
    "contractGenerate",
    "contractStartSigning",
    "a word of the provider of signatures",
    "vehicleAllocate",
    "vehicleDeallocate",
    "vehicleSwap",
    "milestoneRecord",
    "orderCancelRequest",
    "orderChangeRequest",
    "orderChangeDecide",
    "invoiceRequest",
    "invoiceRed",
    "handoverAppointmentBook",
    "deliveryHandoverConfirm",
    "the end of its time",
];

impl Model {
    async fn of(count: usize) -> Self {
        let server = Server::start().await;
        let customer = server.customer();
        let ordered = priced(&customer, input(&server).await).await;
        let mut orders = Vec::new();
        for n in 0..count {
            let mut input = ordered.clone();
            input["idempotencyKey"] = json!(key());
            input["stage"] = json!(["PLACED", "INTENTION"][usize::from(n.is_multiple_of(5))]);
            input["fulfillmentMode"] = json!(["BUILD_TO_STOCK", "LOCATE_TO_ORDER", "BUILD_TO_ORDER"][n % 3]);
            let placed = customer.payload(PLACE, json!({ "input": input })).await;
            let id: OrderId = placed["order"]["id"].as_str().unwrap_or_else(|| panic!("{placed}")).parse().unwrap();
            orders.push(id);
        }
        // Two orders want one car.
        let asked = "query($id: ID!) { order(id: $id) { optionCodes salesModel trim { code }
            deliveryStore { code city { code } } } }";
        let order = customer.data(asked, json!({ "id": orders[0].to_string() })).await["order"].clone();
        let mut cars = Vec::new();
        for n in 0..count / 2 {
            let with = |check: char| format!("L00C5A1E{check}TX{:06}", 700_000 + n);
            let vin = "0123456789X".chars().map(with).find(|vin| Vin::parse(vin).is_ok()).unwrap();
            let data = json!({ "vin": vin, "trimCode": order["trim"]["code"], "optionCodes": order["optionCodes"],
                "status": "IN_STOCK", "stockType": "STORE_STOCK", "salesModel": order["salesModel"], "ownerCode": "YC",
                "storeCode": order["deliveryStore"]["code"], "cityCode": order["deliveryStore"]["city"]["code"],
                "priceMinor": 20_000_000, "costMinor": 17_000_000 });
            assert_eq!(outcomes(&server.system(), &[event(&key(), VEHICLE, None, data)]).await, ["applied"]);
            let row = vehicle_unit::Entity::find().filter(vehicle_unit::Column::Vin.eq(vin));
            cars.push(row.one(server.db().conn()).await.unwrap().unwrap().id);
        }
        let mut configurations = vec![ordered["configurationId"].clone()];
        for change in super::change::configurations(&server, orders[0]).await {
            configurations.push(change["reconfigure"]["configurationId"].clone());
        }
        Self { server, orders, cars, configurations }
    }

    async fn latest<E: EntityTrait>(
        &self,
        of: impl ColumnTrait,
        id: OrderId,
        by: impl ColumnTrait,
    ) -> Option<E::Model> {
        E::find().filter(of.eq(id)).order_by_desc(by).one(self.server.db().conn()).await.unwrap()
    }

    /// Half of what is done is what anybody would do next, the other half anything.
    async fn deed(&self, step: Step) -> &'static str {
        match DEEDS.get(step.deed) {
            Some(deed) => deed,
            None => ahead(order_row(&self.server, self.orders[step.order]).await.status, step.dice / 11),
        }
    }

    async fn run(&self, step: Step) -> String {
        let (server, id) = (&self.server, self.orders[step.order]);
        let (customer, manager, operator) = (server.customer(), server.manager(), server.operator());
        let row = order_row(server, id).await;
        let about = |more: Value| {
            let mut input =
                json!({ "idempotencyKey": key(), "orderId": id.to_string(), "expectedVersion": row.version });
            input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            input
        };
        let dice = step.dice;
        match self.deed(step).await {
            name @ "paymentInitiate" => {
                let purpose = match row.status {
                    OrderStatus::Draft if dice.is_multiple_of(2) => "INTENTION_DEPOSIT",
                    OrderStatus::Draft | OrderStatus::Intention => "EARNEST_DEPOSIT",
                    _ => "BALANCE",
                };
                act(&customer, name, about(json!({ "purpose": purpose, "method": "WECHAT_PAY" }))).await
            }
            "a word of the payment provider" => {
                let found =
                    self.latest::<payment::Entity>(payment::Column::OrderId, id, payment::Column::CreatedAt).await;
                let Some(paid) = found else { return "NOTHING".into() };
                let state = ["CAPTURED", "CAPTURED", "CAPTURED", "FAILED", "EXPIRED"][dice as usize % 5];
                let data = json!({ "orderNumber": row.number, "paymentId": paid.id.to_string(),
                    "reference": format!("REF-{}", paid.id), "purpose": paid.purpose, "method": paid.method,
                    "amountMinor": paid.amount_minor, "state": state });
                let said = event(&key(), "cn.milepost.order.payment.v1", None, data);
                outcomes(&server.system(), &[said]).await.remove(0)
            }
            name @ "paymentCancel" => {
                let found =
                    self.latest::<payment::Entity>(payment::Column::OrderId, id, payment::Column::CreatedAt).await;
                let Some(paid) = found.filter(|_| dice.is_multiple_of(4)) else { return "NOTHING".into() };
                act(&customer, name, json!({ "idempotencyKey": key(), "paymentId": paid.id.to_string() })).await
            }
            name @ "orderLockConfiguration" => act(&customer, name, about(json!({}))).await,
            name @ "contractGenerate" => act(&customer, name, about(json!({ "choices": [] }))).await,
            name @ "contractStartSigning" => {
                let by = contract::Column::ContractVersion;
                let found = self.latest::<contract::Entity>(contract::Column::OrderId, id, by).await;
                let Some(drawn) = found else { return "NOTHING".into() };
                act(&customer, name, json!({ "idempotencyKey": key(), "contractId": drawn.id.to_string() })).await
            }
            "a word of the provider of signatures" => {
                let by = contract::Column::ContractVersion;
                let found = self.latest::<contract::Entity>(contract::Column::OrderId, id, by).await;
                let Some(drawn) = found else { return "NOTHING".into() };
                let state = ["COMPLETED", "COMPLETED", "COMPLETED", "DECLINED"][dice as usize % 4];
                let data = json!({ "orderNumber": row.number, "contractNumber": drawn.number, "state": state });
                let said = event(&key(), "cn.milepost.order.contract.v1", None, data);
                outcomes(&server.system(), &[said]).await.remove(0)
            }
            name @ "vehicleAllocate" => {
                let car = self.cars[dice as usize % self.cars.len()];
                act(&operator, name, about(json!({ "vehicleId": car.to_string() }))).await
            }
            name @ "vehicleDeallocate" if dice.is_multiple_of(3) => {
                act(&manager, name, about(json!({ "reason": "a" }))).await
            }
            name @ "vehicleSwap" => {
                let other = self.orders[step.other];
                let version = order_row(server, other).await.version;
                let with = json!({ "reason": "b", "otherOrderId": other.to_string(), "otherExpectedVersion": version });
                act(&manager, name, about(with)).await
            }
            name @ "milestoneRecord" => {
                let all = MilestoneCode::ALL;
                // Mostly what can come next, so that some get to the end.
                let code = if dice.is_multiple_of(5) { all[dice as usize % all.len()] } else { self.next(id).await };
                let state =
                    ["DONE", "DONE", "DONE", "DONE", "DONE", "DONE", "SKIPPED", "ROLLED_BACK"][(dice / 7) as usize % 8];
                act(&operator, name, about(json!({ "code": code, "state": state }))).await
            }
            name @ "orderCancelRequest" if dice.is_multiple_of(6) => {
                act(&customer, name, about(json!({ "reason": "c" }))).await
            }
            name @ "orderChangeRequest" => {
                let today = milepost::values::calendar::day(server.app().clock.now());
                let later =
                    row.eta_likely.unwrap_or(today).max(today) + chrono::TimeDelta::days(1 + i64::from(dice % 40));
                let change = match dice % 3 {
                    0 => json!({ "buyer": { "type": "INDIVIDUAL", "name": "李四光" } }),
                    1 => json!({ "defer": { "until": later.to_string() } }),
                    _ => {
                        let wanted = &self.configurations[(dice / 3) as usize % self.configurations.len()];
                        json!({ "reconfigure": { "configurationId": wanted } })
                    }
                };
                act(&customer, name, about(json!({ "reason": "d", "change": change }))).await
            }
            name @ "orderChangeDecide" => {
                let by = change_request::Column::Id;
                let found = self.latest::<change_request::Entity>(change_request::Column::OrderId, id, by).await;
                let Some(open) = found else { return "NOTHING".into() };
                let decision = ["APPROVE", "REJECT", "REJECT"][dice as usize % 3];
                let input = json!({ "idempotencyKey": key(), "changeRequestId": open.id.to_string(),
                    "expectedVersion": row.version, "decision": decision });
                act(&manager, name, input).await
            }
            name @ "invoiceRequest" => act(&customer, name, about(json!({ "type": "VEHICLE_UNIFIED" }))).await,
            name @ "invoiceRed" if dice.is_multiple_of(5) => {
                let found =
                    self.latest::<invoice::Entity>(invoice::Column::OrderId, id, invoice::Column::CreatedAt).await;
                let Some(issued) = found else { return "NOTHING".into() };
                let input = json!({ "idempotencyKey": key(), "invoiceId": issued.id.to_string(), "reason": "e" });
                act(&manager, name, input).await
            }
            name @ "handoverAppointmentBook" => {
                let Some(starts) = empty_slot(server, dice as usize % 10).await else { return "NOTHING".into() };
                act(&customer, name, about(json!({ "startsAt": starts }))).await
            }
            name @ "deliveryHandoverConfirm" => {
                let asked = "query($id: ID!) { order(id: $id) { delivery { pickupCode } } }";
                let seen = customer.data(asked, json!({ "id": id.to_string() })).await;
                let code = seen["order"]["delivery"]["pickupCode"].as_str().unwrap_or("000000").to_owned();
                let input = whole(server, id, &code).await["input"].clone();
                act(&server.consultant(), name, input).await
            }
            "the end of its time" if dice.is_multiple_of(6) && row.intention_deadline.is_some() => {
                let past = server.app().clock.now() - chrono::TimeDelta::minutes(1);
                let over = order::ActiveModel { intention_deadline: Set(Some(past)), ..Default::default() };
                let own = order::Entity::update_many().set(over).filter(order::Column::Id.eq(id));
                own.filter(order::Column::IntentionDeadline.is_not_null()).exec(server.db().conn()).await.unwrap();
                let done = run_out(server.app(), server.db(), id).await.unwrap();
                if done { "OK" } else { "NOT_YET" }.to_owned()
            }
            _ => "NOTHING".into(),
        }
    }

    /// The first milestone that is not reached.
    async fn next(&self, id: OrderId) -> MilestoneCode {
        let open = milestone::Entity::find()
            .filter(milestone::Column::OrderId.eq(id))
            .filter(milestone::Column::State.is_not_in([MilestoneState::Done, MilestoneState::Skipped]))
            .order_by_asc(milestone::Column::Position);
        open.one(self.server.db().conn()).await.unwrap().map_or(MilestoneCode::OrderPlaced, |row| row.code)
    }

    /// What holds of all.
    async fn all_are_whole(&self) {
        let db = self.server.db().conn();
        for id in &self.orders {
            is_whole(&self.server, *id).await;
        }
        let active = allocation::Entity::find().filter(allocation::Column::ReleasedAt.is_null()).all(db).await.unwrap();
        let cars: BTreeSet<_> = active.iter().map(|held| held.vehicle_id).collect();
        assert_eq!(cars.len(), active.len(), "no car has two owners");
        for id in &self.cars {
            let car = vehicle_unit::Entity::find_by_id(*id).one(db).await.unwrap().unwrap();
            let taken = matches!(car.commercial_status, CommercialStatus::Allocated | CommercialStatus::Sold);
            assert_eq!(taken, cars.contains(id), "{:?}", car.vin);
        }
        let month = milepost::values::calendar::day(self.server.app().clock.now()).format("%Y-%m").to_string();
        let asked = "query($period: String!) { settlementReconciliation(period: $period) { rows {
            missingLineCount surplusLineCount } } }";
        let reckoned = self.server.operator().data(asked, json!({ "period": month })).await;
        for row in reckoned["settlementReconciliation"]["rows"].as_array().unwrap() {
            assert_eq!((&row["missingLineCount"], &row["surplusLineCount"]), (&json!(0), &json!(0)), "{reckoned:#}");
        }
    }
}

/// What holds of one order, whatever was done. Providers speak in between, so that what is read bit by bit may be of two moments:
/// what does not hold is looked at again.
pub async fn is_whole(server: &Server, id: OrderId) {
    let mut fault = None;
    for _ in 0..40 {
        fault = fault_of(server, id).await;
        if fault.is_none() {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("{}", fault.unwrap_or_default());
}

/// What does not hold of an order.
async fn fault_of(server: &Server, id: OrderId) -> Option<String> {
    let db = server.db().conn();
    let row = order_row(server, id).await;
    let fault = |what: String| Some(format!("{} {}: {what}", row.number, row.status));
    // Money in is money out and what is here.
    let payments = payment::Entity::find().filter(payment::Column::OrderId.eq(id)).all(db).await.unwrap();
    let kept = payments.iter().filter(|payment| has_arrived(payment.state));
    let kept: i64 = kept.map(|payment| payment.amount_minor - payment.refunded_minor - payment.carried_minor).sum();
    if row.paid_minor != kept {
        return fault(format!("{} is paid, and {kept} is here", row.paid_minor));
    }
    // It costs what its lines say, and says whether a change of it waits.
    let lines = price_line::Entity::find().filter(price_line::Column::OrderId.eq(id)).all(db).await.unwrap();
    let sum: i64 = lines.iter().map(|line| line.amount_minor).sum();
    if row.total_minor != sum {
        return fault(format!("{} is its price, and its lines come to {sum}", row.total_minor));
    }
    let waits = change_request::Entity::find()
        .filter(change_request::Column::OrderId.eq(id))
        .filter(change_request::Column::State.eq(ChangeState::Submitted));
    let waits = waits.all(db).await.unwrap().len();
    if (waits == 1) != row.has_open_change_request || waits > 1 {
        return fault(format!("{waits} requests wait"));
    }
    // What was reached was reached after what it needs.
    let rows = milestone::Entity::find().filter(milestone::Column::OrderId.eq(id)).all(db).await.unwrap();
    let state = |code| rows.iter().find(|row| row.code == code).expect("all are there").state;
    for done in rows.iter().filter(|row| row.state == MilestoneState::Done) {
        for before in predecessors(done.code, false) {
            if !matches!(state(before), MilestoneState::Done | MilestoneState::Skipped) {
                return fault(format!("{} without {before}", done.code));
            }
        }
    }
    // Its car is its own by one allocation, and no other is.
    let held = allocation::Entity::find()
        .filter(allocation::Column::OrderId.eq(id))
        .filter(allocation::Column::Kind.eq(AllocationKind::Hard))
        .filter(allocation::Column::ReleasedAt.is_null());
    let held: Vec<_> = held.all(db).await.unwrap().iter().map(|held| held.vehicle_id).collect();
    if held != row.vehicle_id.into_iter().collect::<Vec<_>>() {
        return fault(format!("{held:?} are held, {:?} is its car", row.vehicle_id));
    }
    // Each change of state stands in its history and in the log, and the last one is how it is.
    let told = order_event::Entity::find()
        .filter(order_event::Column::OrderId.eq(id))
        .filter(order_event::Column::Kind.is_in([OrderEventKind::StatusChanged, OrderEventKind::CancellationRequested]))
        .all(db)
        .await
        .unwrap();
    // Another store is no other state.
    let told: Vec<_> = told.iter().filter(|row| row.from_status != row.to_status).collect();
    let entries = log::read(db, &format!("order:{id}"), 0, 10_000).await.unwrap();
    if !entries.iter().zip(1..).all(|(entry, number)| entry.sequence == number) {
        return fault("a gap in the log".to_owned());
    }
    let logged: Vec<_> = entries.iter().filter(|entry| entry.kind == EventKind::OrderStatusChanged).collect();
    if told.len() != logged.len() {
        return fault(format!("{} in its history, {} in the log", told.len(), logged.len()));
    }
    if let Some(last) = logged.last().filter(|last| last.payload["to"] != json!(row.status)) {
        return fault(format!("the log says {}", last.payload));
    }
    // What is due for a hand-over is due exactly while it stands.
    let lines = settlement_line::Entity::find().filter(settlement_line::Column::OrderId.eq(id)).all(db).await.unwrap();
    let of_it = |line: &&settlement_line::Model| line.trigger == Some(SettlementTrigger::Delivered);
    let of_it: BTreeSet<_> = lines.iter().filter(of_it).map(|line| line.id).collect();
    // What takes one back when the car comes back is of that trigger.
    let of_it = |line: &&settlement_line::Model| {
        of_it.contains(&line.id) || line.reverses_id.is_some_and(|line| of_it.contains(&line))
    };
    let lines: Vec<_> = lines.iter().filter(of_it).collect();
    let stand = lines.iter().filter(|line| line.reverses_id.is_none() && !line.reversed).count();
    let delivered = matches!(row.status, OrderStatus::Delivered | OrderStatus::Completed);
    let sum: i64 = lines.iter().map(|line| line.amount_minor).sum();
    if (stand > 0) != delivered || (!delivered && sum != 0) {
        return fault(format!("{stand} lines of its hand-over, which come to {sum}"));
    }
    None
}

#[tokio::test]
async fn whatever_is_done_each_order_stays_whole() {
    let count: usize = std::env::var("MILEPOST_TEST_ORDERS").ok().and_then(|text| text.parse().ok()).unwrap_or(12);
    let seed: u64 = std::env::var("MILEPOST_TEST_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or(7);
    let mut dice = ChaCha8Rng::seed_from_u64(seed);
    let model = Model::of(count).await;
    let mut tally = Tally::new();
    for _ in 0..count * 40 {
        // Several at once, some of them at one order.
        let steps: Vec<Step> = (0..4)
            .map(|_| Step {
                deed: dice.random_range(0..2 * DEEDS.len()),
                order: dice.random_range(0..count),
                other: dice.random_range(0..count),
                dice: dice.random_range(0..1_000_000),
            })
            .collect();
        if let Some(step) = steps.first().filter(|step| step.dice.is_multiple_of(9)) {
            cool_off(&model.server, model.orders[step.order]).await;
        }
        let came = join_all(steps.iter().map(|step| model.run(*step))).await;
        for (step, came) in steps.iter().zip(came) {
            *tally.entry((DEEDS.get(step.deed).copied().unwrap_or(AHEAD), came)).or_default() += 1;
            is_whole(&model.server, model.orders[step.order]).await;
        }
    }
    model.all_are_whole().await;
    // A walk by chance goes everywhere: what is never done, or never refused, is not tried.
    for deed in DEEDS.into_iter().chain([AHEAD]) {
        let of = |good: bool| -> usize {
            let ok = |came: &str| came == "OK" || came == "applied";
            let those = tally.iter().filter(|((name, came), _)| *name == deed && ok(came) == good && came != "NOTHING");
            those.map(|(_, times)| times).sum()
        };
        eprintln!("{deed}: {} done, {} refused", of(true), of(false));
    }
    assert!(tally.get(&(AHEAD, "OK".to_owned())).is_some_and(|times| *times > 5 * count), "{tally:#?}");
    let mut ends = BTreeMap::<OrderStatus, usize>::new();
    for id in &model.orders {
        *ends.entry(order_row(&model.server, *id).await.status).or_default() += 1;
    }
    eprintln!("{ends:?}");
    assert!(ends.len() > 2, "all ended alike: {ends:?}");
}
