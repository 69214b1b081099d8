//! What to ask for: ids that are the demo people's own, and ids of strangers.

use entity::catalog::{benefit_package, finance_plan, incentive, model, option, option_group, trim};
use entity::customer::{customer, invoice_profile};
use entity::inventory::{quality_case, vehicle_unit};
use entity::lead::{follow_up_task, lead, test_drive};
use entity::loyalty::{account, redemption, redemption_item};
use entity::order::{
    conversation, deal_price, finance_application, message, milestone, order, payment, quote, settlement_statement,
    shared_file,
};
use entity::webhook::{delivery, endpoint};
use entity::*;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseConnection, EntityTrait, IntoActiveModel,
    QueryFilter, QueryOrder,
};

use super::{papers, stock};
use crate::harness::Server;

/// Rows to ask for.
pub struct Ids {
    own_order: order::Model,
    foreign_order: order::Model,
    foreign_customer: customer::Model,
    own_lead: lead::Model,
    foreign_lead: lead::Model,
    model: model::Model,
    trim: trim::Model,
    plan: finance_plan::Model,
    nodes: Vec<(&'static str, &'static str, String)>,
    phone: String,
    webhook: WebhookEndpointId,
    settlement: SettlementStatementId,
    own_quote: QuoteId,
    foreign_quote: QuoteId,
    damage: QualityDamageCaseId,
}

/// The first row of a query; there must be one.
macro_rules! first {
    ($db:expr, $entity:path $(, $condition:expr)*) => {{
        use $entity as table;
        table::Entity::find()$(.filter($condition))*.order_by_asc(table::Column::Id).one($db).await.unwrap()
            .unwrap_or_else(|| panic!("no {} that fits", stringify!($entity)))
    }};
}

impl Ids {
    /// Reads them.
    pub async fn read(server: &Server) -> Self {
        let db = server.db().conn();
        let demo = &server.demo;
        let own_order = order::Entity::find_by_id(demo.order).one(db).await.unwrap().unwrap();
        let foreign_order = first!(
            db,
            order,
            order::Column::CustomerId.ne(demo.customer),
            order::Column::StoreId.ne(demo.store),
            order::Column::DeliveryStoreId.ne(demo.store)
        );
        // Nobody whom the demo store knows by a lead or an order.
        let foreign_customer = first!(
            db,
            customer,
            customer::Column::Id.ne(demo.customer),
            customer::Column::Phone.is_not_null(),
            unknown_to(demo.store)
        );
        let own_lead = first!(db, lead, lead::Column::StoreId.eq(demo.store));
        let foreign_lead =
            first!(db, lead, lead::Column::StoreId.ne(demo.store), lead::Column::CustomerId.ne(demo.customer));
        let mut this = Self {
            model: first!(db, model),
            trim: first!(db, trim),
            plan: first!(db, finance_plan, finance_plan::Column::Code.eq("S-PLAN")),
            nodes: Vec::new(),
            phone: "19900000000".into(),
            webhook: WebhookEndpointId::generate(),
            settlement: SettlementStatementId::generate(),
            own_quote: first!(db, quote, quote::Column::CustomerId.eq(demo.customer), quote::Column::OrderId.is_null())
                .id,
            foreign_quote: QuoteId::generate(),
            damage: QualityDamageCaseId::generate(),
            own_order,
            foreign_order,
            foreign_customer,
            own_lead,
            foreign_lead,
        };
        this.nodes = this.find_nodes(server, db).await;
        let delivery = webhook(db, this.webhook).await;
        statement(db, this.settlement, demo.store).await;
        this.nodes.push(("SettlementStatement", "store's", this.settlement.to_string()));
        let foreign = SettlementStatementId::generate();
        statement(db, foreign, this.foreign_order.store_id).await;
        this.nodes.push(("SettlementStatement", "stranger's", foreign.to_string()));
        kept_price(db, this.own_quote, this.foreign_quote, &this.foreign_order).await;
        this.nodes.push(("Quote", "own", this.own_quote.to_string()));
        this.nodes.push(("Quote", "stranger's", this.foreign_quote.to_string()));
        this.nodes.extend(deals(db, demo.store).await);
        let own = first!(db, vehicle_unit, vehicle_unit::Column::StoreId.eq(demo.store)).id;
        damage(db, this.damage, own).await;
        this.nodes.push(("QualityDamageCase", "store's", this.damage.to_string()));
        let elsewhere = first!(
            db,
            vehicle_unit,
            vehicle_unit::Column::StoreId.ne(demo.store),
            vehicle_unit::Column::CommercialStatus.eq(CommercialStatus::Free)
        );
        let foreign = QualityDamageCaseId::generate();
        damage(db, foreign, elsewhere.id).await;
        this.nodes.push(("QualityDamageCase", "stranger's", foreign.to_string()));
        this.nodes.extend(stock::nodes(db, demo.store).await);
        this.nodes.extend(papers::nodes(db, demo.store).await);
        for (which, order) in [("own", &this.own_order), ("stranger's", &this.foreign_order)] {
            let (conversation, message, file) = talk(server, order).await;
            this.nodes.push(("Conversation", which, conversation.to_string()));
            this.nodes.push(("Message", which, message.to_string()));
            this.nodes.push(("SharedFile", which, file.to_string()));
        }
        this.nodes.push(("WebhookEndpoint", "any", this.webhook.to_string()));
        this.nodes.push(("WebhookDelivery", "any", delivery.to_string()));
        this
    }

    async fn find_nodes(&self, server: &Server, db: &DatabaseConnection) -> Vec<(&'static str, &'static str, String)> {
        let demo = &server.demo;
        let mut nodes: Vec<(&'static str, &'static str, String)> = Vec::new();
        let mut add = |kind, which, id: String| nodes.push((kind, which, id));
        add("Store", "any", demo.store.to_string());
        add("Customer", "own", demo.customer.to_string());
        add("Customer", "stranger", self.foreign_customer.id.to_string());
        let of = invoice_profile::Column::CustomerId;
        add("InvoiceProfile", "own", first!(db, invoice_profile, of.eq(demo.customer)).id.to_string());
        add("InvoiceProfile", "stranger's", first!(db, invoice_profile, of.ne(demo.customer)).id.to_string());
        add("Lead", "store's", self.own_lead.id.to_string());
        add("Lead", "stranger's", self.foreign_lead.id.to_string());
        for (which, lead) in [("store's", true), ("stranger's", false)] {
            let at = |column: follow_up_task::Column| if lead { column.eq(demo.store) } else { column.ne(demo.store) };
            add("FollowUpTask", which, first!(db, follow_up_task, at(follow_up_task::Column::StoreId)).id.to_string());
            let at = |column: test_drive::Column| if lead { column.eq(demo.store) } else { column.ne(demo.store) };
            let foreign_lead = lead::Entity::find()
                .filter(if lead { lead::Column::StoreId.eq(demo.store) } else { lead::Column::StoreId.ne(demo.store) })
                .all(db)
                .await
                .unwrap();
            let leads: Vec<LeadId> = foreign_lead.into_iter().map(|row| row.id).collect();
            let drive =
                first!(db, test_drive, at(test_drive::Column::StoreId), test_drive::Column::LeadId.is_in(leads));
            add("TestDrive", which, drive.id.to_string());
        }
        add("VehicleModel", "any", self.model.id.to_string());
        add("Trim", "any", self.trim.id.to_string());
        add("OptionGroup", "any", first!(db, option_group).id.to_string());
        add("Option", "any", first!(db, option).id.to_string());
        add("Incentive", "any", first!(db, incentive).id.to_string());
        add("FinancePlan", "any", self.plan.id.to_string());
        add("BenefitPackage", "any", first!(db, benefit_package).id.to_string());
        add("Configuration", "own", self.own_order.configuration_id.to_string());
        add("Configuration", "stranger's", self.foreign_order.configuration_id.to_string());
        let own_car = self.own_order.vehicle_id.expect("the demo order has a car");
        add("VehicleUnit", "own order's", own_car.to_string());
        let foreign_car = first!(
            db,
            vehicle_unit,
            vehicle_unit::Column::StoreId.is_not_null(),
            vehicle_unit::Column::StoreId.ne(demo.store),
            vehicle_unit::Column::CommercialStatus.eq(CommercialStatus::Sold)
        );
        add("VehicleUnit", "stranger's", foreign_car.id.to_string());
        let planned = vehicle_unit::Column::ProductionSlotId;
        let (own, store) = (vehicle_unit::Column::Id.eq(own_car), vehicle_unit::Column::StoreId.eq(demo.store));
        for (which, car) in [
            ("own order's", first!(db, vehicle_unit, planned.is_not_null(), own)),
            ("store's", first!(db, vehicle_unit, planned.is_not_null(), store)),
            ("stranger's", first!(db, vehicle_unit, planned.is_not_null(), planned.eq(foreign_car.production_slot_id))),
        ] {
            add("ProductionSlot", which, car.production_slot_id.expect("it is in a plan").to_string());
        }
        for (which, order) in [("own", &self.own_order), ("stranger's", &self.foreign_order)] {
            add("Order", which, order.id.to_string());
            add("Milestone", which, first!(db, milestone, milestone::Column::OrderId.eq(order.id)).id.to_string());
        }
        add("Payment", "own", first!(db, payment, payment::Column::OrderId.eq(self.own_order.id)).id.to_string());
        let strange = orders_of_strangers(db, demo.store, demo.customer).await;
        let others = first!(db, payment, payment::Column::OrderId.is_in(strange.clone()));
        add("Payment", "stranger's", others.id.to_string());
        let own = first!(db, finance_application, finance_application::Column::OrderId.eq(self.own_order.id));
        add("FinanceApplication", "own", own.id.to_string());
        let others = first!(db, finance_application, finance_application::Column::OrderId.is_in(strange));
        add("FinanceApplication", "stranger's", others.id.to_string());
        let own_account = first!(db, account, account::Column::CustomerId.eq(demo.customer));
        add("LoyaltyAccount", "own", own_account.id.to_string());
        let foreign_account = first!(
            db,
            account,
            account::Column::CustomerId.in_subquery(
                sea_orm::sea_query::Query::select()
                    .column((customer::Entity, customer::Column::Id))
                    .from(customer::Entity)
                    .cond_where(unknown_to(demo.store))
                    .and_where(customer::Column::Id.ne(demo.customer))
                    .take()
            )
        );
        add("LoyaltyAccount", "stranger's", foreign_account.id.to_string());
        add("Redemption", "stranger's", {
            let foreign = redemption::Entity::find().all(db).await.unwrap();
            let accounts = account::Entity::find().filter(known_to(demo.store, demo.customer)).all(db).await.unwrap();
            let known: Vec<_> = accounts.into_iter().map(|row| row.id).collect();
            let found = foreign.into_iter().find(|row| !known.contains(&row.account_id));
            found.expect("a stranger's redemption").id.to_string()
        });
        add("RedemptionItem", "any", first!(db, redemption_item).id.to_string());
        nodes
    }

    /// Every root field with the arguments to ask it with, and what to call them.
    pub fn root_fields(&self) -> Vec<(&'static str, Vec<(&'static str, String)>)> {
        let id = |id: &dyn std::fmt::Display| format!("(id: \"{id}\")");
        let plain = |arguments: &str| vec![("", arguments.to_owned())];
        let both = |own: String, foreign: String| vec![(" (own)", own), (" (stranger's)", foreign)];
        let (mine, other) = (&self.own_order, &self.foreign_order);
        let by = |customer: CustomerId, rest: &str| format!("(customerId: \"{customer}\"{rest})");
        let city = "cityCode: \"310100\"";
        vec![
            ("apiVersion", plain("")),
            ("node", both(id(&mine.id), id(&other.id))),
            ("nodes", plain(&format!("(ids: [\"{}\", \"{}\"])", mine.id, other.id))),
            ("_entities", {
                let of = |id: OrderId, customer: CustomerId| {
                    let named =
                        |kind: &str, id: &dyn std::fmt::Display| format!("{{ __typename: {kind:?}, id: \"{id}\" }}");
                    format!("(representations: [{}, {}])", named("Order", &id), named("Customer", &customer))
                };
                both(of(mine.id, mine.customer_id), of(other.id, self.foreign_customer.id))
            }),
            ("_service", plain("")),
            ("cities", plain("")),
            ("city", plain("(code: \"310100\")")),
            ("store", plain(&id(&mine.store_id))),
            ("stores", plain("(first: 3)")),
            ("me", plain("")),
            ("customer", both(id(&mine.customer_id), id(&self.foreign_customer.id))),
            ("customers", plain("(first: 3)")),
            ("customerLookup", plain(&format!("(phone: {:?})", self.phone))),
            ("lead", both(id(&self.own_lead.id), id(&self.foreign_lead.id))),
            ("leads", plain("(first: 3)")),
            ("myFollowUps", plain("(first: 3)")),
            ("vehicleModels", plain("")),
            ("vehicleModel", plain(&format!("(slug: {:?})", self.model.slug))),
            ("trim", plain(&id(&self.trim.id))),
            ("compareTrims", plain(&format!("(ids: [\"{}\", \"{}\"])", self.trim.id, mine.trim_id))),
            ("configuratorState", plain(&format!("(trimId: \"{}\", optionCodes: [])", self.trim.id))),
            ("price", plain(&format!("(configuration: {{ trimId: \"{}\", optionCodes: [] }}, {city})", self.trim.id))),
            ("etaPreview", {
                let configuration = format!("{{ trimId: \"{}\", optionCodes: [] }}", self.trim.id);
                plain(&format!("(configuration: {configuration}, {city})"))
            }),
            ("vehicleMatches", {
                let of = |id: OrderId| format!("(orderId: \"{id}\", first: 3)");
                both(of(mine.id), of(other.id))
            }),
            ("contract", plain(&format!("(id: \"{}\")", ContractId::from_parts(0, 1)))),
            ("contractTemplates", plain("")),
            ("invoice", plain(&format!("(id: \"{}\")", InvoiceId::from_parts(0, 1)))),
            ("handoverCeremonies", plain(&format!("(storeId: \"{}\")", mine.delivery_store_id))),
            ("handoverSlots", plain(&format!("(storeId: \"{}\", days: 2)", mine.delivery_store_id))),
            (
                "orderChangeQuote",
                both(
                    format!("(input: {{ orderId: \"{}\", change: {{ cancel: true }} }})", mine.id),
                    format!("(input: {{ orderId: \"{}\", change: {{ cancel: true }} }})", other.id),
                ),
            ),
            ("orderChangeRequests", plain("(first: 3)")),
            ("orderCancelQuote", both(format!("(orderId: \"{}\")", mine.id), format!("(orderId: \"{}\")", other.id))),
            ("dealPriceStats", plain(&format!("({city}, trimId: \"{}\")", self.trim.id))),
            ("dealPrices", plain("(first: 3)")),
            ("financePlans", plain(&format!("({city}, trimId: \"{}\")", self.trim.id))),
            (
                "financeCalculate",
                plain(&format!(
                    "(planId: \"{}\", configuration: {{ trimId: \"{}\", optionCodes: [] }}, {city}, months: 36)",
                    self.plan.id, self.trim.id
                )),
            ),
            ("benefitPackages", plain(&format!("({city}, trimId: \"{}\")", self.trim.id))),
            ("quotes", plain("(first: 3)")),
            ("etaQuantiles", plain("(first: 3)")),
            (
                "priceParityReport",
                plain(&format!("(trimId: \"{}\", from: \"2026-11-01\", to: \"2026-11-30\")", self.trim.id)),
            ),
            ("quote", both(id(&self.own_quote), id(&self.foreign_quote))),
            ("priceHistory", plain(&format!("(trimId: \"{}\")", self.trim.id))),
            ("storeOffers", plain(&format!("({city}, trimId: \"{}\")", self.trim.id))),
            ("incentives", plain(&format!("({city}, trimId: \"{}\")", self.trim.id))),
            ("configuration", both(id(&mine.configuration_id), id(&other.configuration_id))),
            ("inventory", plain("(first: 3)")),
            ("inventorySummary", plain("")),
            ("inventoryVisibilityPolicies", plain("(first: 3)")),
            (
                "inventoryVisibilityPreview",
                plain(&format!("(storeId: \"{}\", role: CONSULTANT, first: 3)", mine.store_id)),
            ),
            ("inventorySortRules", plain("(first: 3)")),
            ("stockAlertRules", plain("(first: 3)")),
            ("stockAlerts", plain("(first: 3)")),
            ("stockTransfers", plain("(first: 3)")),
            ("qualityDamageCases", plain("(first: 3)")),
            ("qualityDamageCase", plain(&id(&self.damage))),
            ("vehicleStatusDisplays", plain("(first: 3)")),
            ("vehicleStatusDisplayPreview", plain("(audience: CUSTOMER)")),
            ("stockQuotas", plain("(first: 3)")),
            ("stockQuota", plain(&format!("(id: \"{}\")", StockQuotaId::from_parts(0, 1)))),
            (
                "quotaUsage",
                both(format!("(storeId: \"{}\")", mine.store_id), format!("(storeId: \"{}\")", other.store_id)),
            ),
            ("oneInOneOutLedger", plain("(first: 3)")),
            ("vehicleUnit", plain(&id(&mine.vehicle_id.expect("the demo order has a car")))),
            ("order", both(id(&mine.id), id(&other.id))),
            ("orderByNumber", both(format!("(number: {:?})", mine.number), format!("(number: {:?})", other.number))),
            ("orders", plain("(first: 3)")),
            ("deliveryBoard", plain("(first: 3)")),
            ("deliveryBoardSummary", plain("")),
            ("workQueue", plain("(type: CONTRACT_TO_DRAW_UP, first: 3)")),
            ("workQueueCounts", plain("")),
            ("milestoneTemplates", plain("(first: 3)")),
            ("events", {
                let of = |stream: String| format!("(stream: {stream:?}, afterSequence: 0, first: 3)");
                let customer = |id: CustomerId| of(format!("customer:{id}"));
                vec![
                    (" (own order)", of(format!("order:{}", mine.id))),
                    (" (stranger's order)", of(format!("order:{}", other.id))),
                    (" (own)", customer(mine.customer_id)),
                    (" (stranger's)", customer(self.foreign_customer.id)),
                    (" (store)", of(format!("store:{}", mine.store_id))),
                    (" (everything)", of("oem".to_owned())),
                ]
            }),
            ("loyaltyAccount", both(by(mine.customer_id, ""), by(self.foreign_customer.id, ""))),
            ("pointsEntries", both(by(mine.customer_id, ", first: 3"), by(self.foreign_customer.id, ", first: 3"))),
            ("webhookEndpoints", plain("(first: 3)")),
            ("webhookEndpoint", plain(&id(&self.webhook))),
            ("webhookDeliveries", plain(&format!("(endpointId: \"{}\", first: 3)", self.webhook))),
            ("conversations", plain("(first: 3)")),
            ("messages", {
                let of = |id: OrderId| format!("(orderId: \"{id}\", first: 3)");
                both(of(mine.id), of(other.id))
            }),
            ("settlements", plain("(first: 3)")),
            ("settlementStatement", plain(&id(&self.settlement))),
            ("settlementLines", plain("(first: 3)")),
            ("settlementRules", plain("")),
            ("settlementReconciliation", plain("(period: \"2026-10\")")),
            ("tiers", plain("")),
            ("redemptionItems", plain("")),
            ("upstreamSystems", plain("")),
            ("inboundEvents", plain("(first: 3)")),
        ]
    }

    /// Every subscription with the arguments to begin it with, and what to call them.
    pub fn subscriptions(&self) -> Vec<(&'static str, Vec<(&'static str, String)>)> {
        let (mine, other) = (&self.own_order, &self.foreign_order);
        let both = |name: &str, own: &dyn std::fmt::Display, foreign: &dyn std::fmt::Display| {
            let of = |id: &dyn std::fmt::Display| format!("({name}: \"{id}\")");
            vec![(" (own)", of(own)), (" (stranger's)", of(foreign))]
        };
        let car = |order: &order::Model| order.vehicle_id.map_or_else(String::new, |id| id.to_string());
        vec![
            ("deliveryMilestoneUpdated", both("orderId", &mine.id, &other.id)),
            ("etaChanged", both("orderId", &mine.id, &other.id)),
            ("paymentStatusChanged", both("orderId", &mine.id, &other.id)),
            ("contractStatusChanged", both("orderId", &mine.id, &other.id)),
            ("invoiceStatusChanged", both("orderId", &mine.id, &other.id)),
            ("messageReceived", both("orderId", &mine.id, &other.id)),
            ("handoverChanged", both("orderId", &mine.id, &other.id)),
            ("orderChangeChanged", both("orderId", &mine.id, &other.id)),
            ("financeApplicationStatusChanged", both("orderId", &mine.id, &other.id)),
            ("vehicleStatusChanged", vec![("", format!("(vehicleId: {:?})", car(mine)))]),
            ("leadAssigned", vec![("", format!("(storeId: \"{}\")", mine.store_id))]),
            ("qualityDamageChanged", vec![("", format!("(storeId: \"{}\")", mine.store_id))]),
            ("stockAlertRaised", vec![("", format!("(storeId: \"{}\")", mine.store_id))]),
            ("stockTransferChanged", vec![("", format!("(storeId: \"{}\")", mine.store_id))]),
            ("deliveryBoardChanged", vec![("", format!("(storeId: \"{}\")", mine.store_id))]),
            ("storeEvents", vec![("", format!("(storeId: \"{}\")", mine.store_id))]),
            ("oemEvents", vec![("", String::new())]),
            ("pointsBalanceChanged", vec![("", String::new())]),
            ("myEvents", vec![("", String::new())]),
            ("priceBookPublished", vec![("", String::new())]),
        ]
    }

    /// Ids of every kind of node: kind, whose, id.
    pub fn nodes(&self) -> impl Iterator<Item = (&'static str, &'static str, String)> {
        self.nodes.iter().cloned()
    }
}

/// A sale that the demo store told of, and one of another dealer's.
async fn deals(db: &DatabaseConnection, store: StoreId) -> [(&'static str, &'static str, String); 2] {
    let own = first!(db, deal_price).id;
    let of_store = deal_price::ActiveModel { store_id: Set(store), ..Default::default() };
    deal_price::Entity::update_many().set(of_store).filter(deal_price::Column::Id.eq(own)).exec(db).await.unwrap();
    let other = first!(db, deal_price, deal_price::Column::StoreId.ne(store)).id;
    [("DealPrice", "store's", own.to_string()), ("DealPrice", "stranger's", other.to_string())]
}

/// The same kept price for a stranger.
async fn kept_price(db: &DatabaseConnection, own: QuoteId, id: QuoteId, order: &order::Model) {
    let own = quote::Entity::find_by_id(own).one(db).await.unwrap().unwrap();
    let row = quote::Model {
        id,
        customer_id: order.customer_id,
        store_id: Some(order.store_id),
        configuration_id: order.configuration_id,
        ..own
    };
    quote::Entity::insert(row.into_active_model().reset_all()).exec(db).await.unwrap();
}

/// An endpoint that is told of nothing, with a dead letter.
async fn webhook(db: &DatabaseConnection, id: WebhookEndpointId) -> WebhookDeliveryId {
    let now = milepost::app::Clock::default().now();
    let row = endpoint::Model {
        id,
        url: "https://example.com/hook".into(),
        description: "an endpoint".into(),
        kinds: Codes::default(),
        secret: Sealed::default(),
        previous_secret: None,
        previous_until: None,
        state: WebhookState::Disabled,
        reason: Some(WebhookReason::Gone),
        failing_since: None,
        not_before: None,
        begins_after: 0,
        version: 1,
        created_at: now,
        updated_at: now,
    };
    endpoint::Entity::insert(row.into_active_model().reset_all()).exec_without_returning(db).await.unwrap();
    let row = delivery::Model {
        id: WebhookDeliveryId::generate(),
        endpoint_id: id,
        event_id: EventId::generate(),
        oem_sequence: 1,
        stream: "order:x".into(),
        kind: EventKind::EtaChanged,
        body: "{}".into(),
        state: WebhookDeliveryState::Dead,
        attempts: 1,
        first_attempt_at: Some(now),
        next_attempt_at: now,
        lease: 1,
        last_status: Some(410),
        last_failure: Some(WebhookFailure::HttpStatus),
        created_at: now,
        updated_at: now,
    };
    delivery::Entity::insert(row.clone().into_active_model().reset_all()).exec_without_returning(db).await.unwrap();
    row.id
}

/// Customers without a lead or an order in a store.
fn unknown_to(store: StoreId) -> sea_orm::Condition {
    use sea_orm::sea_query::{Condition, Query};
    let by_lead = Query::select()
        .column(lead::Column::CustomerId)
        .from(lead::Entity)
        .and_where(lead::Column::StoreId.eq(store))
        .and_where(lead::Column::CustomerId.is_not_null())
        .take();
    let by_order = Query::select()
        .column(order::Column::CustomerId)
        .from(order::Entity)
        .cond_where(
            Condition::any().add(order::Column::StoreId.eq(store)).add(order::Column::DeliveryStoreId.eq(store)),
        )
        .take();
    Condition::all()
        .add(customer::Column::Id.not_in_subquery(by_lead))
        .add(customer::Column::Id.not_in_subquery(by_order))
}

/// Accounts of customers whom a store knows, and of one customer.
fn known_to(store: StoreId, own: CustomerId) -> sea_orm::Condition {
    use sea_orm::sea_query::{Condition, Query};
    let strangers = Query::select()
        .column((customer::Entity, customer::Column::Id))
        .from(customer::Entity)
        .cond_where(unknown_to(store))
        .take();
    Condition::any()
        .add(account::Column::CustomerId.not_in_subquery(strangers))
        .add(account::Column::CustomerId.eq(own))
}

/// Orders of other people at other stores.
async fn orders_of_strangers(db: &impl ConnectionTrait, store: StoreId, customer: CustomerId) -> Vec<OrderId> {
    let orders = order::Entity::find()
        .filter(order::Column::CustomerId.ne(customer))
        .filter(order::Column::StoreId.ne(store))
        .filter(order::Column::DeliveryStoreId.ne(store))
        .all(db)
        .await
        .unwrap();
    orders.into_iter().map(|row| row.id).collect()
}

/// A statement with a store, of a month that the demo leaves alone.
async fn statement(db: &DatabaseConnection, id: SettlementStatementId, store: StoreId) {
    let at = chrono::DateTime::UNIX_EPOCH;
    let row = settlement_statement::Model {
        id,
        store_id: Some(store),
        organization_id: None,
        sales_model: SalesModel::Direct,
        period: at.date_naive(),
        state: SettlementState::Issued,
        total_minor: 0,
        line_count: 0,
        adjustment_count: 0,
        dispute_reason: None,
        invoice_number: None,
        payment_reference: None,
        version: 1,
        issued_at: Some(at),
        created_at: at,
        updated_at: at,
    };
    settlement_statement::Entity::insert(row.into_active_model().reset_all()).exec_without_returning(db).await.unwrap();
}

/// A damage to a car.
async fn damage(db: &DatabaseConnection, id: QualityDamageCaseId, car: VehicleUnitId) {
    let at = chrono::DateTime::UNIX_EPOCH;
    let row = quality_case::Model {
        id,
        vehicle_id: car,
        order_id: None,
        state: QualityDamageState::Reported,
        node: QualityDamageNode::Store,
        carrier: None,
        severity: QualityDamageSeverity::Minor,
        position: QualityDamagePosition::Front,
        kind: QualityDamageKind::Scratch,
        description: "a scratch".into(),
        photos: Codes::default(),
        liability: None,
        liable_party: None,
        cost_minor: None,
        repair_note: None,
        disclosure: None,
        expected_at: None,
        reported_by: "test".into(),
        number: None,
        found_at: at,
        reported_at: at,
        ended_at: None,
        swap_state: None,
        swap_answer: None,
        swap_requested_at: None,
        version: 1,
        updated_at: at,
    };
    quality_case::Entity::insert(row.into_active_model().reset_all()).exec_without_returning(db).await.unwrap();
}

/// A conversation on an order, which the demo may have begun, with a message and a file of its own.
async fn talk(server: &Server, order: &order::Model) -> (ConversationId, MessageId, SharedFileId) {
    let db = server.db().conn();
    let at = chrono::DateTime::UNIX_EPOCH;
    let begun = conversation::Entity::find().filter(conversation::Column::OrderId.eq(order.id)).one(db).await.unwrap();
    let conversation = match begun {
        Some(row) => row,
        None => {
            let row = conversation::Model {
                id: ConversationId::generate(),
                order_id: order.id,
                store_id: order.store_id,
                delivery_store_id: order.delivery_store_id,
                message_count: 1,
                last_side: ConversationSide::Customer,
                last_message_at: at,
                customer_read: 0,
                store_read: 0,
                customer_unread: 0,
                store_unread: 1,
                created_at: at,
                updated_at: at,
            };
            row.into_active_model().reset_all().insert(db).await.unwrap()
        }
    };
    let message = message::Model {
        id: MessageId::generate(),
        conversation_id: conversation.id,
        order_id: order.id,
        number: conversation.message_count + 1,
        side: ConversationSide::Customer,
        sender_role: Role::Customer,
        customer_id: Some(order.customer_id),
        staff_id: None,
        text: None,
        sent_at: at,
        recalled_at: None,
    };
    message::Entity::insert(message.clone().into_active_model().reset_all()).exec_without_returning(db).await.unwrap();
    let file = shared_file::Model {
        id: SharedFileId::generate(),
        order_id: order.id,
        message_id: Some(message.id),
        position: 0,
        uploaded_by: order.customer_id.to_string(),
        name: server.app().vault.seal(milepost::store::vault::Personal::Message, "a.png"),
        file_type: SharedFileType::Png,
        size_bytes: 1,
        sha256: Some("0".repeat(64)),
        object: Some("orders/none".into()),
        state: SharedFileState::Uploaded,
        created_at: at,
        uploaded_at: Some(at),
    };
    shared_file::Entity::insert(file.clone().into_active_model().reset_all()).exec_without_returning(db).await.unwrap();
    (conversation.id, message.id, file.id)
}
