use std::collections::{BTreeMap, BTreeSet};

use migration::{Migrator, MigratorTrait};
use sea_orm::{ConnectionTrait, DbBackend, Iterable, Statement};

use super::*;
use crate::access::Disclosure;
use crate::order::rules::milestone as graph;
use crate::store::db::DbOptions;
use crate::store::vault::Personal;
use entity::*;

fn vault() -> Vault {
    Vault::new(&BTreeMap::from([("k1".to_owned(), [7; 32])]), "k1", &[9; 32]).unwrap()
}

fn now() -> DateTime<Utc> {
    "2026-11-24T09:30:00Z".parse().unwrap()
}

/// A database in a folder of its own, which goes with it.
struct Loaded {
    db: Db,
    folder: std::path::PathBuf,
    summary: Summary,
}

impl Drop for Loaded {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

async fn load(name: &str, volume: &Volume) -> Loaded {
    let folder = std::env::temp_dir().join(format!("milepost-seed-{name}-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&folder);
    let db = Db::connect(&DbOptions::new(format!("sqlite:{}/seed.db", folder.display()))).await.unwrap();
    Migrator::up(db.conn(), None).await.unwrap();
    assert_eq!(filling(&db).await.unwrap(), Filling::Empty);
    let summary = run(&db, &vault(), now(), volume, &Silent).await.unwrap();
    assert_eq!(filling(&db).await.unwrap(), Filling::Full);
    Loaded { db, folder, summary }
}

impl Loaded {
    async fn count(&self, sql: &str) -> i64 {
        let statement = Statement::from_string(DbBackend::Sqlite, format!("SELECT count(*) AS n FROM ({sql})"));
        self.db.conn().query_one_raw(statement).await.unwrap().unwrap().try_get("", "n").unwrap()
    }

    /// Rows that must not be there.
    async fn none(&self, sql: &str) {
        assert_eq!(self.count(sql).await, 0, "{sql}");
    }

    async fn texts(&self, sql: &str) -> Vec<String> {
        let statement = Statement::from_string(DbBackend::Sqlite, sql.to_owned());
        let rows = self.db.conn().query_all_raw(statement).await.unwrap();
        rows.iter().map(|row| row.try_get_by_index(0).unwrap()).collect()
    }

    async fn every<T: sea_orm::ActiveEnum<Value = String> + Iterable>(&self, table: &str, column: &str) {
        let found: BTreeSet<String> =
            self.texts(&format!("SELECT DISTINCT {column} FROM {table}")).await.into_iter().collect();
        let all: BTreeSet<String> = <T as Iterable>::iter().map(|value| value.to_value()).collect();
        assert_eq!(found, all, "{table}.{column}");
    }
}

/// Every row in its debug form, in which sealed values look alike.
fn rows(volume: &Volume) -> String {
    let vault = vault();
    let (mut generator, first) = Generator::new(volume, &vault, now());
    let mut text = format!("{first:?}");
    while let Some(batch) = generator.next() {
        text += &format!("{batch:?}");
    }
    text
}

#[test]
fn a_seed_gives_the_same_rows_and_another_gives_others() {
    let small = Volume::small();
    let first = rows(&small);
    assert!(first == rows(&small), "two runs of one seed differ");
    assert!(first != rows(&Volume { seed: small.seed + 1, ..small }), "two seeds give the same");
}

#[tokio::test]
async fn sums_states_and_streams_hold() {
    let loaded = load("sums", &Volume::small()).await;
    loaded.none("SELECT * FROM pragma_foreign_key_check").await;
    assert_eq!(loaded.count("SELECT * FROM city").await, 40);
    assert_eq!(loaded.count("SELECT * FROM customer").await, 200);
    assert_eq!(loaded.count("SELECT * FROM customer_order").await, 60);
    assert_eq!(loaded.summary.tables.iter().find(|(table, _)| *table == "customer_order").unwrap().1, 60);

    // Prices, payments, cars.
    loaded
        .none(
            "SELECT o.id FROM customer_order o LEFT JOIN order_price_line l ON l.order_id = o.id
             GROUP BY o.id HAVING sum(l.amount_minor) IS NOT o.total_minor",
        )
        .await;
    loaded
        .none(
            "SELECT o.id FROM customer_order o LEFT JOIN payment p ON p.order_id = o.id
             AND p.state IN ('CAPTURED', 'PARTIALLY_REFUNDED', 'REFUNDED')
             GROUP BY o.id HAVING coalesce(sum(p.amount_minor - p.refunded_minor), 0) != o.paid_minor",
        )
        .await;
    loaded
        .none(
            "SELECT v.id FROM vehicle_unit v LEFT JOIN allocation a ON a.vehicle_id = v.id AND a.released_at IS NULL
             WHERE (v.commercial_status = 'FREE') IS NOT (a.id IS NULL)
             OR (v.commercial_status = 'RESERVED') != (a.kind IS 'SOFT')",
        )
        .await;
    loaded
        .none(
            "SELECT o.id FROM customer_order o JOIN vehicle_unit v ON v.id = o.vehicle_id
             LEFT JOIN allocation a ON a.order_id = o.id AND a.vehicle_id = v.id AND a.kind = 'HARD'
             WHERE a.id IS NULL OR v.trim_id != o.trim_id OR v.option_codes != o.option_codes",
        )
        .await;
    loaded
        .none(
            "SELECT o.id FROM customer_order o JOIN milestone m ON m.order_id = o.id AND m.code = 'ALLOCATED'
             WHERE (m.state = 'DONE') != (o.vehicle_id IS NOT NULL)",
        )
        .await;

    // Settlement: statements come to what is on them, and each handover since there are rules has its lines.
    loaded
        .none(
            "SELECT s.id FROM settlement_statement s LEFT JOIN settlement_line l ON l.statement_id = s.id
             GROUP BY s.id HAVING coalesce(sum(l.amount_minor), 0) != s.total_minor OR count(l.id) != s.line_count",
        )
        .await;
    loaded
        .none(
            "SELECT o.id FROM customer_order o JOIN settlement_rule r ON r.sales_model = o.sales_model AND r.trigger = 'DELIVERED'
             AND r.party != 'LENDER' AND r.effective_from <= o.delivered_at
             LEFT JOIN settlement_line l ON l.order_id = o.id AND l.rule_id = r.id AND l.reverses_id IS NULL
             WHERE l.id IS NULL",
        )
        .await;
    loaded
        .none(
            "SELECT l.order_id FROM settlement_line l JOIN customer_order o ON o.id = l.order_id
             WHERE o.status IN ('RETURNED', 'CANCELLED') GROUP BY l.order_id HAVING sum(l.amount_minor) != 0",
        )
        .await;

    // Who has got a car has one, and nobody else; what was agreed lies within the store's day.
    loaded
        .none(
            "SELECT o.id FROM customer_order o JOIN milestone m ON m.order_id = o.id AND m.code = 'HANDED_OVER'
             LEFT JOIN owned_vehicle w ON w.order_id = o.id AND w.vehicle_id = o.vehicle_id AND w.customer_id = o.customer_id
             LEFT JOIN delivery d ON d.order_id = o.id
             WHERE (m.state = 'DONE') != (w.id IS NOT NULL) OR (m.state = 'DONE') != (d.order_id IS NOT NULL)",
        )
        .await;
    loaded
        .none(
            "SELECT a.id FROM handover_appointment a JOIN customer_order o ON o.id = a.order_id
             LEFT JOIN milestone m ON m.order_id = o.id AND m.code = 'APPOINTMENT_SET' AND m.state = 'DONE'
             WHERE m.id IS NULL OR a.store_id != o.delivery_store_id OR a.ends_at <= a.starts_at",
        )
        .await;
    assert!(loaded.count("SELECT * FROM owned_vehicle").await >= 3);
    assert!(loaded.count("SELECT * FROM handover_appointment").await >= 3);
    assert_eq!(loaded.count("SELECT * FROM handover_ceremony").await, 2 * loaded.count("SELECT * FROM store").await);

    // Points.
    loaded
        .none(
            "SELECT a.id FROM loyalty_account a LEFT JOIN points_entry e ON e.account_id = a.id
             GROUP BY a.id HAVING coalesce(sum(e.points), 0) != a.balance - a.debt",
        )
        .await;
    loaded
        .none(
            "SELECT a.id FROM loyalty_account a LEFT JOIN points_lot l ON l.account_id = a.id AND l.state = 'ACTIVE'
             GROUP BY a.id HAVING coalesce(sum(l.remaining), 0) != a.balance",
        )
        .await;
    loaded
        .none(
            "SELECT l.id FROM points_lot l LEFT JOIN points_entry e ON e.lot_id = l.id WHERE l.state != 'PENDING'
             GROUP BY l.id HAVING coalesce(sum(e.points), 0) != l.remaining",
        )
        .await;

    // Streams.
    loaded
        .none(
            "SELECT s.stream FROM event_stream s LEFT JOIN event e ON e.stream = s.stream WHERE s.stream != 'oem'
             GROUP BY s.stream HAVING max(e.sequence) IS NOT s.head OR count(*) != s.head",
        )
        .await;
    loaded
        .none(
            "SELECT s.head FROM event_stream s WHERE s.stream = 'oem' AND (s.head != (SELECT count(oem_sequence) FROM event)
             OR s.head IS NOT (SELECT max(oem_sequence) FROM event))",
        )
        .await;
    loaded.none("SELECT * FROM event WHERE stream NOT IN (SELECT stream FROM event_stream)").await;
    loaded
        .none(
            "SELECT * FROM event a JOIN event b ON a.stream = b.stream AND a.sequence + 1 = b.sequence
             WHERE a.occurred_at > b.occurred_at",
        )
        .await;
    let done = loaded.count("SELECT * FROM milestone WHERE state = 'DONE'").await;
    let told = loaded.count("SELECT * FROM event WHERE kind = 'MILESTONE_CHANGED' AND stream LIKE 'order:%'").await;
    assert_eq!(done, told);

    // Nothing has happened that is still to come.
    for (table, column) in [("event", "occurred_at"), ("milestone", "actual_at"), ("customer", "registered_at")] {
        loaded.none(&format!("SELECT * FROM {table} WHERE {column} > '2026-11-24T09:30'")).await;
    }
    loaded.none("SELECT status FROM customer_order GROUP BY status HAVING count(*) < 3").await;
}

#[tokio::test]
async fn every_state_is_there() {
    let loaded = load("states", &Volume::small()).await;
    loaded.every::<OrderStatus>("customer_order", "status").await;
    loaded.every::<FulfillmentMode>("customer_order", "fulfillment_mode").await;
    loaded.every::<MilestoneState>("milestone", "state").await;
    loaded.every::<OrderPaymentStatus>("customer_order", "payment_status").await;
    loaded.every::<LeadStage>("lead", "stage").await;
    loaded.every::<FollowUpStatus>("follow_up_task", "status").await;
    loaded.every::<TestDriveStatus>("test_drive", "status").await;
    loaded.every::<TestDriveMode>("test_drive", "mode").await;
    loaded.every::<PhysicalStatus>("vehicle_unit", "physical_status").await;
    loaded.every::<CommercialStatus>("vehicle_unit", "commercial_status").await;
    loaded.every::<StockType>("vehicle_unit", "stock_type").await;
    loaded.every::<LifecycleStage>("customer", "lifecycle_stage").await;
    loaded.every::<LotState>("points_lot", "state").await;
    loaded.every::<PolicyEffect>("inventory_visibility_policy", "effect").await;
    loaded.every::<IncentiveKind>("incentive", "kind").await;
    loaded.every::<FinanceMethod>("finance_plan", "method").await;
}

/// A milestone under way or DONE has only finished milestones before it, and details that were overtaken are finished.
#[tokio::test]
async fn milestones_follow_the_graph() {
    let loaded = load("graph", &Volume { orders: 300, ..Volume::small() }).await;
    let rows = order::milestone::Entity::find().all(loaded.db.conn()).await.unwrap();
    let mut orders: BTreeMap<OrderId, Vec<(MilestoneCode, MilestoneState)>> = BTreeMap::new();
    for row in rows {
        orders.entry(row.order_id).or_default().push((row.code, row.state));
    }
    assert_eq!(orders.len(), 300);
    // An application that is made is handed over at once, and none of the demo's runs out.
    let mut states: Vec<String> = Vec::new();
    for row in order::finance_application::Entity::find().all(loaded.db.conn()).await.unwrap() {
        states.push(row.state.to_string());
    }
    states.sort();
    states.dedup();
    let expected = [
        "APPROVED",
        "CONDITIONALLY_APPROVED",
        "CONTRACT_SIGNED",
        "DISBURSED",
        "REJECTED",
        "SUBMITTED",
        "SUPPLEMENT_REQUIRED",
        "UNDER_REVIEW",
        "WITHDRAWN",
    ];
    assert_eq!(states, expected);
    for (id, states) in orders {
        assert_eq!(states.len(), graph::NODES.len());
        for (code, state) in &states {
            if !matches!(state, MilestoneState::Done | MilestoneState::Active) {
                continue;
            }
            for before in graph::ancestors(*code, false) {
                let before_state = graph::state_of(&states, before);
                assert!(graph::is_finished(before_state), "{id}: {code} {state} after {before} {before_state}");
            }
        }
        for (by, detail) in graph::OVERTAKES {
            if graph::state_of(&states, *by) == MilestoneState::Done {
                assert!(graph::is_finished(graph::state_of(&states, *detail)), "{id}: {by} left {detail} open");
            }
        }
    }
}

#[tokio::test]
async fn the_demo_people_have_what_the_pages_show() {
    let loaded = load("people", &Volume::small()).await;
    let db = loaded.db.conn();
    let people = demo_people();
    let order = order::order::Entity::find_by_id(people.order).one(db).await.unwrap().unwrap();
    assert_eq!((order.customer_id, order.store_id), (people.customer, people.store));
    assert_eq!(order.consultant_id, Some(people.consultant));
    assert_eq!(order.status, OrderStatus::InFulfillment);
    assert!(order.vehicle_id.is_some() && order.eta_likely.is_some());
    let marks: Vec<_> = order::milestone::Entity::find()
        .all(db)
        .await
        .unwrap()
        .into_iter()
        .filter(|row| row.order_id == people.order)
        .map(|row| (row.code, row.state))
        .collect();
    assert_eq!(graph::state_of(&marks, MilestoneCode::Shipped), MilestoneState::Done);
    let next = graph::recordable(&marks, true);
    assert!(next.contains(&MilestoneCode::InTransit) && next.contains(&MilestoneCode::Arrived), "{next:?}");

    let hex = |id: &dyn PrefixedIdHex| id.hex();
    let customer = hex(&people.customer);
    assert!(
        loaded
            .count(&format!("SELECT * FROM loyalty_account WHERE hex(customer_id) = '{customer}' AND balance > 1000"))
            .await
            == 1
    );
    assert!(loaded.count(&format!("SELECT l.id FROM points_lot l JOIN loyalty_account a ON a.id = l.account_id WHERE hex(a.customer_id) = '{customer}' AND l.state = 'ACTIVE'")).await >= 3);
    assert!(
        loaded
            .count(&format!("SELECT * FROM consent WHERE hex(customer_id) = '{customer}' AND withdrawn_at IS NULL"))
            .await
            >= 3
    );
    let (store, consultant) = (hex(&people.store), hex(&people.consultant));
    assert!(loaded.count(&format!("SELECT * FROM lead WHERE hex(owner_id) = '{consultant}'")).await >= 10);
    assert!(
        loaded
            .count(&format!("SELECT * FROM follow_up_task WHERE hex(assignee_id) = '{consultant}' AND status = 'OPEN'"))
            .await
            >= 5
    );
    assert!(loaded.count(&format!("SELECT * FROM vehicle_unit WHERE hex(store_id) = '{store}' AND physical_status = 'IN_STOCK' AND commercial_status = 'FREE'")).await >= 3);
    for (id, role) in [(hex(&people.consultant), "CONSULTANT"), (hex(&people.manager), "STORE_MANAGER")] {
        let sql =
            format!("SELECT * FROM staff WHERE hex(id) = '{id}' AND hex(store_id) = '{store}' AND role = '{role}'");
        assert_eq!(loaded.count(&sql).await, 1);
    }
    assert_eq!(
        loaded
            .count(&format!("SELECT * FROM staff WHERE hex(id) = '{}' AND role = 'OPERATOR'", hex(&people.operator)))
            .await,
        1
    );
}

trait PrefixedIdHex {
    fn hex(&self) -> String;
}

impl<I: PrefixedId> PrefixedIdHex for I {
    fn hex(&self) -> String {
        self.uuid().simple().to_string().to_uppercase()
    }
}

#[tokio::test]
async fn no_name_and_no_number_stands_in_the_file() {
    let loaded = load("clear", &Volume::small()).await;
    let vault = vault();
    let db = loaded.db.conn();
    let show = |kind, sealed: &Sealed| vault.show(kind, sealed, Disclosure::Clear).unwrap();
    let mut clear = BTreeSet::new();
    for row in customer::customer::Entity::find().all(db).await.unwrap() {
        clear.extend(row.real_name.iter().map(|sealed| show(Personal::Name, sealed)));
        clear.extend(row.phone.iter().map(|sealed| show(Personal::Phone, sealed)));
        clear.extend(row.email.iter().map(|sealed| show(Personal::Email, sealed)));
        clear.extend(row.address.iter().map(|sealed| show(Personal::Address, sealed)));
    }
    for row in lead::lead::Entity::find().all(db).await.unwrap() {
        clear.extend(row.name.iter().map(|sealed| show(Personal::Name, sealed)));
        clear.insert(show(Personal::Phone, &row.phone));
    }
    for row in place::staff::Entity::find().all(db).await.unwrap() {
        clear.insert(show(Personal::Name, &row.name));
    }
    assert!(clear.len() > 400);
    db.execute_unprepared("PRAGMA wal_checkpoint(TRUNCATE)").await.unwrap();
    let bytes = std::fs::read(loaded.folder.join("seed.db")).unwrap();
    // A character for each byte, because the search in texts is the fast one.
    let text = |bytes: &[u8]| bytes.iter().map(|byte| char::from(*byte)).collect::<String>();
    let file = text(&bytes);
    for value in clear {
        assert!(!file.contains(&text(value.trim_start_matches("+86").as_bytes())), "{value} stands in the file");
    }
}

#[tokio::test]
async fn numbers_are_valid() {
    let loaded = load("numbers", &Volume::small()).await;
    for vin in loaded.texts("SELECT vin FROM vehicle_unit WHERE vin IS NOT NULL").await {
        assert!(crate::values::vin::Vin::parse(&vin).is_ok(), "{vin}");
    }
    let mut generated = dice::Dice::new(5);
    for serial in 0..200 {
        assert!(crate::values::phone::Phone::parse(&names::phone(serial)).is_ok());
        assert!(crate::values::resident_id::ResidentId::parse(&names::resident_id(&mut generated)).is_ok());
    }
}
