//! Every step up, down and up again, and what the tables refuse, on SQLite and on PostgreSQL.

mod support;

use std::collections::{BTreeMap, BTreeSet};

use entity::*;
use migration::{
    DbErr, Migrator, MigratorTrait,
    sea_orm_migration::sea_orm::{
        ColumnTrait, ConnectionTrait, DatabaseConnection, DbBackend, EntityTrait, IdenStatic, Iterable,
        PrimaryKeyToColumn, QuerySelect, SqlErr,
        sea_query::{ColumnType, StringLen},
    },
};
use support::{
    catalogue::{self, Column},
    on_both,
    rows::{World, put},
};

on_both!(
    every_step_goes_up_down_and_up,
    filled_tables_go_down_too,
    fresh_makes_the_same_schema,
    every_id_column_refers_to_a_table,
    entities_equal_tables,
    closed_lists_equal_the_vocabulary,
    doubles_are_refused,
    one_active_allocation_of_a_car_and_one_hard_of_an_order,
    values_out_of_range_are_refused,
    dangling_references_are_refused,
    what_is_in_the_log_is_numbered,
);

/// Equal, or a message that names only what differs.
fn assert_same<T: Ord + std::fmt::Debug>(found: &BTreeSet<T>, expected: &BTreeSet<T>) {
    let added: Vec<_> = found.difference(expected).collect();
    let missing: Vec<_> = expected.difference(found).collect();
    assert!(added.is_empty() && missing.is_empty(), "too much: {added:#?}\nmissing: {missing:#?}");
}

async fn every_step_goes_up_down_and_up(db: DatabaseConnection) {
    let steps = Migrator::migrations().len();
    let mut before = Vec::new();
    for _ in 0..steps {
        before.push(catalogue::lines(&db).await);
        Migrator::up(&db, Some(1)).await.unwrap();
    }
    let full = catalogue::lines(&db).await;
    for _ in 0..2 {
        for expected in before.iter().rev() {
            Migrator::down(&db, Some(1)).await.unwrap();
            assert_same(&catalogue::lines(&db).await, expected);
        }
        assert!(before[0].is_empty());
        Migrator::up(&db, None).await.unwrap();
        assert_same(&catalogue::lines(&db).await, &full);
    }
}

async fn filled_tables_go_down_too(db: DatabaseConnection) {
    Migrator::up(&db, None).await.unwrap();
    let world = World::build(&db).await;
    put(&db, world.allocation(AllocationKind::Hard)).await.unwrap();
    put(&db, world.consent()).await.unwrap();
    Migrator::down(&db, None).await.unwrap();
    assert_same(&catalogue::lines(&db).await, &BTreeSet::new());
}

async fn fresh_makes_the_same_schema(db: DatabaseConnection) {
    Migrator::up(&db, None).await.unwrap();
    let full = catalogue::lines(&db).await;
    World::build(&db).await;
    Migrator::fresh(&db).await.unwrap();
    assert_same(&catalogue::lines(&db).await, &full);
    assert!(place::store::Entity::find().one(&db).await.unwrap().is_none());
}

async fn every_id_column_refers_to_a_table(db: DatabaseConnection) {
    Migrator::up(&db, None).await.unwrap();
    // Names of things that may be of any kind, of the event itself, or a place in a list.
    let free = [
        "event.event_id",
        "event.aggregate_id",
        "growth_entry.source_id",
        "match_turn.after_id",
        "points_lot.source_id",
        "webhook_delivery.event_id",
    ];
    let referring: BTreeSet<String> = catalogue::references(&db)
        .await
        .into_iter()
        .map(|line| line.split_once(" -> ").expect("a column and a table").0.to_owned())
        .collect();
    let mut loose = BTreeSet::new();
    for (table, columns) in catalogue::tables(&db).await {
        for column in columns.keys().filter(|name| name.ends_with("_id")) {
            let name = format!("{table}.{column}");
            if !referring.contains(&name) {
                loose.insert(name);
            }
        }
    }
    assert_same(&loose, &free.into_iter().map(str::to_owned).collect());
}

/// What a column of an entity must be called on PostgreSQL and on SQLite.
fn type_names(column_type: &ColumnType) -> (&'static str, &'static str) {
    match column_type {
        ColumnType::Uuid => ("uuid", "blob"),
        ColumnType::Integer => ("int4", "integer"),
        ColumnType::BigInteger => ("int8", "bigint"),
        ColumnType::Double => ("float8", "double precision"),
        ColumnType::Boolean => ("bool", "boolean"),
        ColumnType::Json | ColumnType::JsonBinary => ("jsonb", "text"),
        ColumnType::TimestampWithTimeZone => ("timestamptz", "text"),
        ColumnType::Date => ("date", "text"),
        ColumnType::Blob | ColumnType::Binary(_) | ColumnType::VarBinary(_) => ("bytea", "blob"),
        ColumnType::String(StringLen::N(32)) => ("varchar", "varchar(32)"),
        ColumnType::String(_) | ColumnType::Text => ("text", "text"),
        other => panic!("no migration makes a {other:?}"),
    }
}

/// Selects all columns of an entity, and strikes its table, which must have exactly these, off the list.
async fn strike<E: EntityTrait>(db: &DatabaseConnection, tables: &mut BTreeMap<String, BTreeMap<String, Column>>) {
    let name = E::default().table_name().to_owned();
    E::find().limit(0).all(db).await.unwrap_or_else(|error| panic!("{name}: {error}"));
    let keys: BTreeSet<&str> = E::PrimaryKey::iter().map(|key| key.into_column().as_str()).collect();
    let expected = E::Column::iter().map(|column| {
        let def = column.def();
        let (there, here) = type_names(def.get_column_type());
        let type_name = if db.get_database_backend() == DbBackend::Postgres { there } else { here };
        let in_key = keys.contains(column.as_str());
        (column.as_str().to_owned(), Column { type_name: type_name.to_owned(), nullable: def.is_null(), in_key })
    });
    assert_eq!(tables.remove(&name), Some(expected.collect()), "{name}");
}

async fn entities_equal_tables(db: DatabaseConnection) {
    Migrator::up(&db, None).await.unwrap();
    let mut tables = catalogue::tables(&db).await;
    macro_rules! strike {
        ($($room:ident: $($table:ident)*;)*) => { $($(strike::<entity::$room::$table::Entity>(&db, &mut tables).await;)*)* };
    }
    strike! {
        place: city organization store store_service staff;
        customer: customer identity consent invoice_profile owned_vehicle;
        catalog: model trim option_group option option_rule price_book price_entry incentive insurance_rate finance_plan benefit_package configuration;
        inventory: production_slot vehicle_unit transport_leg allocation event visibility_policy sort_rule alert_rule alert transfer quality_case quality_event
            status_display quota quota_entry;
        lead: lead dedupe event touchpoint follow_up_task test_drive;
        order: order price_line benefit quote deal_price conversation message shared_file milestone milestone_template payment payment_attempt change_request refund finance_application contract contract_template invoice handover_ceremony handover_desk handover_appointment delivery preparation_task eta_revision event
            settlement_rule settlement_statement settlement_line settlement_event eta_quantile eta_computation match_turn;
        loyalty: tier account points_lot points_entry growth_entry redemption_item redemption redemption_lot;
        log: stream event epoch idempotency;
        identity: withdrawal;
        trusted: document_use;
        upstream: system inbound_event subject;
        webhook: endpoint delivery attempt cursor;
    }
    assert_eq!(tables.keys().collect::<Vec<_>>(), Vec::<&String>::new(), "tables without an entity");
}

async fn closed_lists_equal_the_vocabulary(db: DatabaseConnection) {
    Migrator::up(&db, None).await.unwrap();
    let mut expected = BTreeMap::new();
    macro_rules! list {
        ($($kind:ident: $($column:literal)*;)*) => {
            $($(expected.insert(
                $column.to_owned(),
                entity::$kind::ALL.iter().map(ToString::to_string).collect::<BTreeSet<_>>(),
            );)*)*
        };
    }
    list! {
        InboundState: "inbound_event.state";
        InboundCode: "inbound_event.code";
        Region: "city.region" "organization.region";
        OrganizationKind: "organization.kind";
        SalesModel: "store.sales_model" "vehicle_unit.sales_model" "customer_order.sales_model" "contract_template.sales_model"
            "settlement_rule.sales_model" "settlement_statement.sales_model" "settlement_line.sales_model";
        StoreService: "store_service.service";
        Role: "staff.role" "message.sender_role";
        ConversationSide: "conversation.last_side" "message.side";
        SharedFileType: "shared_file.file_type";
        SharedFileState: "shared_file.state";
        StockQuotaMode: "stock_quota.mode";
        StockQuotaScope: "stock_quota.scope";
        StockQuotaEntryState: "one_in_one_out_entry.state";
        Channel: "consent.channel" "lead.channel" "lead_touchpoint.channel";
        Gender: "customer.gender";
        LifecycleStage: "customer.lifecycle_stage";
        IdentityProvider: "customer_identity.provider";
        ConsentPurpose: "consent.purpose";
        BodyType: "vehicle_model.body_type";
        Powertrain: "trim.powertrain" "incentive.powertrain" "finance_plan.powertrain" "benefit_package.powertrain"
            "insurance_rate.powertrain";
        BenefitKind: "benefit_package.kind" "order_benefit.kind";
        OptionSelection: "option_group.selection";
        OptionRuleKind: "option_rule.kind";
        PriceBookStatus: "price_book.status";
        FinanceMethod: "finance_application.method" "finance_plan.method";
        IncentiveKind: "incentive.kind";
        IncentivePayer: "incentive.payer";
        IncentiveAmountKind: "incentive.amount_kind";
        PhysicalStatus: "vehicle_unit.physical_status" "vehicle_unit.resume_to";
        CommercialStatus: "vehicle_unit.commercial_status";
        StockType: "vehicle_unit.stock_type" "stock_alert_rule.stock_type";
        AgeBand: "stock_alert.band";
        StockAlertMetric: "stock_alert_rule.metric";
        StockSortMode: "inventory_sort_rule.mode";
        StockAlertLevel: "stock_alert.level";
        StockAlertState: "stock_alert.state";
        StockTransferState: "stock_transfer.state";
        AllocationKind: "allocation.kind";
        VehicleEventKind: "vehicle_event.kind";
        PolicyStatus: "inventory_visibility_policy.status" "inventory_sort_rule.status" "vehicle_status_display.status" "milestone_template.status";
        DisplayAudience: "vehicle_status_display.audience";
        QualityDamageState: "quality_damage_case.state" "quality_damage_event.from_state" "quality_damage_event.to_state";
        QualityDamageNode: "quality_damage_case.node";
        QualityDamageSeverity: "quality_damage_case.severity";
        QualityDamagePosition: "quality_damage_case.position";
        QualityDamageKind: "quality_damage_case.kind";
        QualityDamageLiability: "quality_damage_case.liability";
        QualitySwapState: "quality_damage_case.swap_state" "quality_damage_event.swap_state";
        PolicyEffect: "inventory_visibility_policy.effect";
        VisibilityScope: "inventory_visibility_policy.scope";
        VinDisclosure: "inventory_visibility_policy.vin_disclosure";
        AgeDisclosure: "inventory_visibility_policy.age_disclosure";
        HolderDisclosure: "inventory_visibility_policy.holder_disclosure";
        LeadStage: "lead.stage" "lead_event.from_stage" "lead_event.to_stage";
        IntentLevel: "lead.intent_level";
        LostReason: "lead.lost_reason";
        LeadEventKind: "lead_event.kind";
        FollowUpKind: "follow_up_task.kind";
        FollowUpStatus: "follow_up_task.status";
        TestDriveMode: "test_drive.mode";
        TestDriveStatus: "test_drive.status";
        FulfillmentMode: "customer_order.fulfillment_mode" "vehicle_status_display.fulfillment_mode" "milestone_template.fulfillment_mode";
        Party: "customer_order.current_party" "milestone.party";
        PaymentStep: "payment_attempt.step";
        PaymentOutcome: "payment_attempt.outcome";
        ChangeKind: "order_change_request.kind";
        ChangeState: "order_change_request.state";
        Fault: "order_change_request.fault";
        EtaLeg: "eta_quantile.leg";
        EtaRoute: "eta_quantile.route";
        RefundState: "refund.state";
        FinanceApplicationState: "finance_application.state";
        ContractState: "contract.state";
        SettlementItem: "settlement_rule.item" "settlement_line.item";
        SettlementTrigger: "settlement_rule.trigger" "settlement_line.trigger";
        SettlementParty: "settlement_rule.party";
        SettlementBasis: "settlement_rule.basis";
        SettlementBase: "settlement_rule.base";
        SettlementState: "settlement_statement.state" "settlement_event.from_state" "settlement_event.to_state";
        InvoiceTitleType: "invoice_profile.title_type";
        InvoiceType: "invoice.kind";
        InvoiceCover: "invoice.covers";
        InvoiceState: "invoice.state";
        HandoverMode: "handover_appointment.mode";
        PreparationCode: "preparation_task.code";
        OrderStatus: "order_change_request.from_status" "customer_order.status" "order_event.from_status" "order_event.to_status";
        OrderPaymentStatus: "customer_order.payment_status";
        EtaConfidence: "customer_order.eta_confidence" "eta_revision.confidence";
        EtaReason: "eta_revision.reason";
        PriceLineKind: "order_price_line.kind";
        MilestoneCode: "milestone.code" "order_event.milestone" "customer_order.current_milestone";
        MilestoneState: "milestone.state";
        PaymentPurpose: "payment.purpose";
        PaymentMethod: "payment.method";
        PaymentState: "payment.state";
        OrderEventKind: "order_event.kind";
        LotState: "points_lot.state";
        PointsEntryKind: "points_entry.kind";
        RedemptionStatus: "redemption.status";
        EventKind: "event.kind" "webhook_delivery.kind";
        WebhookState: "webhook_endpoint.state";
        WebhookReason: "webhook_endpoint.reason";
        WebhookDeliveryState: "webhook_delivery.state";
        WebhookFailure: "webhook_delivery.last_failure" "webhook_attempt.failure";
    }
    let found: BTreeMap<String, BTreeSet<String>> = catalogue::closed_lists(&db)
        .await
        .into_iter()
        .map(|(column, values)| (column, values.into_iter().collect()))
        .collect();
    assert_same(&found.clone().into_iter().collect(), &expected.into_iter().collect());
    // Every column of the vocabulary's type has a list, so a forgotten check does not slip through both lists above.
    for (table, columns) in catalogue::tables(&db).await {
        for (column, _) in columns.iter().filter(|(_, column)| column.type_name.starts_with("varchar")) {
            assert!(found.contains_key(&format!("{table}.{column}")), "{table}.{column} takes any value");
        }
    }
}

fn assert_double(outcome: Result<(), DbErr>) {
    let error = outcome.expect_err("a double was taken");
    assert!(matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_))), "{error}");
}

fn assert_dangling(outcome: Result<(), DbErr>) {
    let error = outcome.expect_err("a reference to nothing was taken");
    assert!(matches!(error.sql_err(), Some(SqlErr::ForeignKeyConstraintViolation(_))), "{error}");
}

fn assert_check(outcome: Result<(), DbErr>) {
    let error = outcome.expect_err("a value out of range was taken").to_string();
    assert!(error.to_lowercase().contains("check constraint"), "{error}");
}

/// Migrates and fills.
async fn world(db: &DatabaseConnection) -> World {
    Migrator::up(db, None).await.unwrap();
    World::build(db).await
}

async fn doubles_are_refused(db: DatabaseConnection) {
    let world = world(&db).await;
    let mut vehicle = inventory::vehicle_unit::Model { id: VehicleUnitId::generate(), ..world.vehicle.clone() };
    assert_double(put(&db, vehicle.clone()).await);
    // A planned car has no VIN yet; any number of them may.
    for _ in 0..2 {
        vehicle = inventory::vehicle_unit::Model { id: VehicleUnitId::generate(), vin: None, ..vehicle };
        put(&db, vehicle.clone()).await.unwrap();
    }
    assert_double(put(&db, order::order::Model { id: OrderId::generate(), ..world.order.clone() }).await);
    assert_double(put(&db, loyalty::points_lot::Model { id: PointsLotId::generate(), ..world.lot.clone() }).await);
    let paid = order::payment::Model { provider_reference: Some("WX1".to_owned()), ..world.payment() };
    put(&db, paid.clone()).await.unwrap();
    assert_double(put(&db, order::payment::Model { id: PaymentId::generate(), ..paid }).await);
}

async fn one_active_allocation_of_a_car_and_one_hard_of_an_order(db: DatabaseConnection) {
    let world = world(&db).await;
    let other = inventory::vehicle_unit::Model { id: VehicleUnitId::generate(), vin: None, ..world.vehicle.clone() };
    let on_other = |kind| inventory::allocation::Model { vehicle_id: other.id, ..world.allocation(kind) };
    put(&db, other.clone()).await.unwrap();

    let released = inventory::allocation::Model {
        released_at: Some(support::rows::noon()),
        ..world.allocation(AllocationKind::Hard)
    };
    put(&db, released).await.unwrap();
    put(&db, world.allocation(AllocationKind::Hard)).await.unwrap();
    // The car is taken, whoever asks and however softly.
    let elsewhere = inventory::allocation::Model { order_id: None, ..world.allocation(AllocationKind::Hard) };
    assert_double(put(&db, elsewhere.clone()).await);
    assert_double(put(&db, inventory::allocation::Model { kind: AllocationKind::Soft, ..elsewhere }).await);
    // The order has its car; it may still hold another, but not be assigned it.
    assert_double(put(&db, on_other(AllocationKind::Hard)).await);
    put(&db, on_other(AllocationKind::Soft)).await.unwrap();
}

async fn values_out_of_range_are_refused(db: DatabaseConnection) {
    let world = world(&db).await;
    let lot = |earned, remaining| loyalty::points_lot::Model {
        id: PointsLotId::generate(),
        source_id: "other".to_owned(),
        earned,
        remaining,
        ..world.lot.clone()
    };
    assert_check(put(&db, lot(100, -1)).await);
    assert_check(put(&db, lot(100, 101)).await);
    assert_check(put(&db, order::payment::Model { refunded_minor: 500_001, ..world.payment() }).await);
    assert_check(put(&db, order::payment::Model { amount_minor: -1, ..world.payment() }).await);
    put(&db, order::payment::Model { refunded_minor: 500_000, ..world.payment() }).await.unwrap();
    for spoilt in [
        "UPDATE vehicle_unit SET physical_status = 'LOST'",
        "UPDATE vehicle_unit SET vin = 'SHORT'",
        "UPDATE vehicle_unit SET latitude = 90.5",
        "UPDATE vehicle_unit SET price_minor = -1",
        "UPDATE customer_order SET status = 'placed'",
        "UPDATE customer_order SET version = 0",
        "UPDATE customer SET birth_month = 13",
        "UPDATE lead SET score = 101",
        "UPDATE loyalty_account SET balance = balance - 101",
        "UPDATE loyalty_account SET pending = -1",
        "UPDATE loyalty_account SET debt = -1",
    ] {
        assert_check(db.execute_unprepared(spoilt).await.map(|_| ()));
    }
    // Length is counted in characters, not bytes.
    let name = |length: usize| format!("UPDATE customer SET display_name = '{}'", "岑".repeat(length));
    db.execute_unprepared(&name(60)).await.unwrap();
    assert_check(db.execute_unprepared(&name(61)).await.map(|_| ()));
}

async fn dangling_references_are_refused(db: DatabaseConnection) {
    let world = world(&db).await;
    let vehicle = inventory::vehicle_unit::Model { id: VehicleUnitId::generate(), vin: None, ..world.vehicle.clone() };
    assert_dangling(put(&db, inventory::vehicle_unit::Model { trim_id: TrimId::generate(), ..vehicle }).await);
    // The three keys to a table of a later room.
    let order_id = Some(OrderId::generate());
    assert_dangling(
        put(&db, inventory::allocation::Model { order_id, ..world.allocation(AllocationKind::Soft) }).await,
    );
    let lead_id = Some(LeadId::generate());
    assert_dangling(put(&db, customer::consent::Model { lead_id, ..world.consent() }).await);
    let mut lead = lead::lead::Entity::find().one(&db).await.unwrap().unwrap();
    (lead.id, lead.number, lead.converted_order_id) = (LeadId::generate(), "L0002".to_owned(), order_id);
    assert_dangling(put(&db, lead).await);
    // Nor can what others refer to be removed.
    assert_dangling(db.execute_unprepared("DELETE FROM customer_order").await.map(|_| ()));
}

/// A log from before the stream of everything: each event once, in the order of its own stream and then of time.
async fn what_is_in_the_log_is_numbered(db: DatabaseConnection) {
    Migrator::up(&db, None).await.unwrap();
    let ids: Vec<EventId> = (0..4).map(|_| EventId::generate()).collect();
    let entry = |stream: &str, sequence, event: usize, aggregate: &str, minutes: u64| log::event::Model {
        stream: stream.to_owned(),
        sequence,
        event_id: ids[event],
        kind: EventKind::EtaChanged,
        aggregate_id: aggregate.to_owned(),
        aggregate_version: 1,
        payload: Default::default(),
        occurred_at: support::rows::noon() + std::time::Duration::from_secs(60 * minutes),
        oem_sequence: None,
    };
    for row in [
        entry("customer:c1", 1, 3, "pac_1", 6),
        entry("customer:c1", 2, 0, "ord_1", 10),
        entry("lead:led_1", 1, 2, "led_1", 7),
        // The later one carries the earlier time.
        entry("order:ord_1", 1, 0, "ord_1", 10),
        entry("order:ord_1", 2, 1, "ord_1", 5),
        entry("store:s1", 1, 0, "ord_1", 10),
        entry("store:s1", 2, 2, "led_1", 7),
    ] {
        put(&db, row).await.unwrap();
    }
    // Back to before the step, and through it again.
    let steps = Migrator::migrations();
    let later = steps.iter().rev().take_while(|step| !step.name().ends_with("_oem_stream")).count();
    Migrator::down(&db, Some(later as u32 + 1)).await.unwrap();
    Migrator::up(&db, None).await.unwrap();
    let rows = log::event::Entity::find().all(&db).await.unwrap();
    let numbered: BTreeMap<i64, (&str, EventId)> =
        rows.iter().filter_map(|row| Some((row.oem_sequence?, (row.stream.as_str(), row.event_id)))).collect();
    let expected = [("customer:c1", ids[3]), ("lead:led_1", ids[2]), ("order:ord_1", ids[0]), ("order:ord_1", ids[1])];
    assert_eq!(numbered, (1..).zip(expected).collect());
    let head = log::stream::Entity::find_by_id("oem".to_owned()).one(&db).await.unwrap().unwrap();
    assert_eq!((head.head, head.forgotten), (4, 0));
}
