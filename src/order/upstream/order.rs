//! `cn.milepost.order.order.v1` (C055, C064, C065).

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use entity::catalog::{configuration, trim};
use entity::customer::customer;
use entity::order::{eta_revision, event, milestone, milestone_template, order, price_line};
use entity::place::{staff, store};
use entity::{
    ConfigurationId, CustomerId, EtaReason, EtaRevisionId, FulfillmentMode, InboundCode, OrderEventId, OrderEventKind,
    OrderId, OrderPaymentStatus, OrderStatus, PriceLineId, PriceLineKind, Sealed,
};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, IntoActiveModel};

use super::super::events;
use super::super::mutations::milestone_row;
use super::super::rules::estimate::{Way, first_estimate};
use super::super::rules::status::takes_milestones;
use super::super::rules::template::{balance_first, in_force, pattern, planned};
use super::super::rules::took::{Measured, Usual};
use super::super::store::{Progress, Revision, published_templates};
use super::find::{self, MAX_NUMBER, moment};
use crate::catalog::rules::lead_time::lead_time_days;
use crate::catalog::store::Configurator;
use crate::customer::upstream::customers_of;
use crate::graph::Result;
use crate::ingest::keys::{MAX_MINOR, by_key, code, found, found_or_none, line, name, named_id, number, value};
use crate::ingest::{Desk, Inbound, Item, Reason, Verdict, data};
use crate::store::Knows;
use crate::store::vault::Personal;
use crate::values::calendar;
use crate::values::city_code::CityCode;
use crate::values::person_name::PersonName;

data! {
    /// An order as order management has it. It begins as DRAFT; payments and milestones bring it on its way. What was
    /// ordered stays; who sees to it may change.
    pub struct OrderData {
        /// Number, unique, as in `YC2611240001`.
        pub number: String,
        /// Number of the customer.
        pub customer_number: String,
        /// Name of the buyer; the customer's when left out.
        pub buyer_name: Option<String>,
        /// Code of the store that sells.
        pub store_code: String,
        /// Code of the store that hands over; the one that sells when left out.
        pub delivery_store_code: Option<String>,
        /// Number of the consultant.
        pub consultant_number: Option<String>,
        /// How the car is found.
        pub fulfillment_mode: FulfillmentMode,
        /// Code of the trim.
        pub trim_code: String,
        /// Codes of the options; what they include, and the defaults, are added.
        pub option_codes: Vec<String>,
        /// Code of the city where the car will be registered.
        pub city_code: String,
        /// Lines of the price, in order; their sum is what is to be paid.
        pub price_lines: Vec<PriceLineData>,
        /// When it was placed; the event's `time` when left out.
        pub created_at: Option<DateTime<Utc>>,
    }

    /// A line of the price.
    pub struct PriceLineData {
        /// What it is.
        pub kind: PriceLineKind,
        /// Short code, as of an option or an incentive.
        pub code: String,
        /// What it is called, in Chinese.
        pub label_zh: String,
        /// What it is called, in English.
        pub label_en: String,
        /// Amount, fen; what lowers the price is negative.
        pub amount_minor: i64,
    }
}

/// An order reported.
pub struct OrderReported;

impl Inbound for OrderReported {
    const TYPE: &'static str = "cn.milepost.order.order.v1";
    const DOMAIN: &'static str = "order";
    type Data = OrderData;

    fn example() -> OrderData {
        let line = |kind, code: &str, zh: &str, en: &str, amount_minor| PriceLineData {
            kind,
            code: code.into(),
            label_zh: zh.into(),
            label_en: en.into(),
            amount_minor,
        };
        OrderData {
            number: "YC2511249001".into(),
            customer_number: "C00000001".into(),
            buyer_name: None,
            store_code: "YC001".into(),
            delivery_store_code: None,
            consultant_number: None,
            fulfillment_mode: FulfillmentMode::BuildToOrder,
            trim_code: "C5-660".into(),
            option_codes: vec!["EXT-TEAL".into(), "WHL-20".into()],
            city_code: "310100".into(),
            price_lines: vec![
                line(PriceLineKind::Msrp, "C5-660", "厂商指导价", "List price", 20_480_000),
                line(PriceLineKind::Option, "EXT-TEAL", "湖光青", "Lake teal", 600_000),
                line(PriceLineKind::Option, "WHL-20", "20 英寸轮毂", "20-inch wheels", 600_000),
            ],
            created_at: "2025-11-24T01:00:00Z".parse().ok(),
        }
    }

    fn subject(data: &OrderData) -> String {
        find::subject(&data.number)
    }

    async fn apply(desk: &mut Desk<'_>, items: &[Item<OrderData>]) -> Result<Vec<Verdict>> {
        let known = Known::read(desk, items).await?;
        let mut configurators = HashMap::new();
        let mut verdicts = Vec::with_capacity(items.len());
        for item in items {
            let verdict = match known.orders.get(&item.data.number) {
                Some(_) => change(desk, &known, item).await?,
                None => place(desk, &known, &mut configurators, item).await?,
            };
            verdicts.push(verdict);
            // Each is about an order of its own.
            desk.tx.flush_when_large().await?;
        }
        Ok(verdicts)
    }
}

/// What orders of one call name.
struct Known {
    orders: HashMap<String, order::Model>,
    customers: HashMap<String, customer::Model>,
    /// Those of them whom the sender deals with; read where it matters.
    own_customers: HashSet<CustomerId>,
    stores: HashMap<String, store::Model>,
    staff: HashMap<String, staff::Model>,
    trims: HashMap<String, trim::Model>,
    /// What new orders are given their milestones by.
    templates: Vec<milestone_template::Model>,
}

impl Known {
    async fn read(desk: &Desk<'_>, items: &[Item<OrderData>]) -> Result<Self> {
        let tx = &*desk.tx;
        let all = || items.iter().map(|item| &item.data);
        let numbers = all().map(|data| data.number.as_str());
        let customers = all().map(|data| data.customer_number.as_str());
        let stores: Vec<&str> = all()
            .flat_map(|data| [Some(data.store_code.as_str()), data.delivery_store_code.as_deref()])
            .flatten()
            .collect();
        let consultants = all().filter_map(|data| data.consultant_number.as_deref());
        let trims = all().map(|data| data.trim_code.as_str());
        let customers =
            by_key::<customer::Entity>(tx, customer::Column::Number, customers, |row| Some(&row.number)).await?;
        let own_customers = if desk.sender.reaches_all() {
            HashSet::new()
        } else {
            customers_of(tx, desk.sender, customers.values()).await?
        };
        Ok(Self {
            orders: by_key::<order::Entity>(tx, order::Column::Number, numbers, |row| Some(&row.number)).await?,
            customers,
            own_customers,
            stores: by_key::<store::Entity>(tx, store::Column::Code, stores, |row| Some(&row.code)).await?,
            staff: by_key::<staff::Entity>(tx, staff::Column::Number, consultants, |row| Some(&row.number)).await?,
            trims: by_key::<trim::Entity>(tx, trim::Column::Code, trims, |row| Some(&row.code)).await?,
            templates: published_templates(tx.conn()).await?,
        })
    }
}

/// Who sees to an order.
struct Parties<'a> {
    store: &'a store::Model,
    delivery: &'a store::Model,
    consultant: Option<&'a staff::Model>,
}

fn parties<'a>(desk: &Desk<'_>, known: &'a Known, data: &OrderData) -> Result<Parties<'a>, Verdict> {
    let store = found(&known.stores, "storeCode", "store", &data.store_code)?;
    let delivery = match &data.delivery_store_code {
        Some(code) => found(&known.stores, "deliveryStoreCode", "store", code)?,
        None => store,
    };
    desk.sender.check(store.organization_id, "storeCode")?;
    let consultant = found_or_none(&known.staff, "consultantNumber", "staff", data.consultant_number.as_deref())?;
    if consultant.is_some_and(|person| person.store_id != Some(store.id)) {
        return Err(Reason::invalid("consultantNumber", "ingest-other-store").into());
    }
    Ok(Parties { store, delivery, consultant })
}

/// An order that is there: who sees to it may change.
async fn change(desk: &mut Desk<'_>, known: &Known, item: &Item<OrderData>) -> Result<Verdict> {
    let data = &item.data;
    let mut revision: Revision = match find::open(desk, &data.number).await? {
        Ok(revision) => revision,
        Err(Verdict::Refused(reason)) => {
            // Named by its number here.
            let field = reason.field.is_some().then(|| "data.number".to_owned());
            return Ok(Verdict::Refused(Reason { field, ..reason }));
        }
        Err(verdict) => return Ok(verdict),
    };
    let parties = match parties(desk, known, data) {
        Ok(parties) => parties,
        Err(verdict) => return Ok(verdict),
    };
    let order = &revision.order;
    let customer = known.customers.get(&data.customer_number).map(|row| row.id);
    let trim = known.trims.get(&data.trim_code).map(|row| row.id);
    let total: i64 = data.price_lines.iter().map(|line| line.amount_minor).fold(0, i64::saturating_add);
    for (field, same) in [
        ("customerNumber", customer == Some(order.customer_id)),
        ("trimCode", trim == Some(order.trim_id)),
        ("storeCode", parties.store.id == order.store_id),
        ("priceLines", total == order.total_minor),
    ] {
        if !same {
            return Ok(Reason::new(InboundCode::NotEligible, "ingest-order-fixed").at(field).into());
        }
    }
    let consultant = parties.consultant.map(|person| person.id);
    if order.delivery_store_id == parties.delivery.id && order.consultant_id == consultant {
        return Ok(Verdict::DONE);
    }
    revision.order.delivery_store_id = parties.delivery.id;
    revision.order.consultant_id = consultant;
    revision.reassigned(desk.tx.now());
    if takes_milestones(revision.order.status) && revision.before().delivery_store_id != parties.delivery.id {
        let mut progress = Progress::of(desk.tx.conn(), revision.before()).await?;
        progress.moved_to(desk.tx, &mut revision, parties.delivery);
        progress.save(desk.tx);
    }
    revision.save(desk.tx);
    Ok(Verdict::DONE)
}

/// A new order.
async fn place(
    desk: &mut Desk<'_>,
    known: &Known,
    configurators: &mut HashMap<entity::VehicleModelId, Configurator>,
    item: &Item<OrderData>,
) -> Result<Verdict> {
    let data = &item.data;
    let Some(trim) = known.trims.get(&data.trim_code) else {
        return Ok(found(&known.trims, "trimCode", "trim", &data.trim_code).err().unwrap_or(Verdict::DONE));
    };
    let configurator = match configurators.entry(trim.model_id) {
        Entry::Occupied(known) => known.into_mut(),
        Entry::Vacant(place) => place.insert(Configurator::of_model(desk.tx.conn(), trim.model_id).await?),
    };
    let rows = match Rows::of(desk, known, trim, configurator, item) {
        Ok(rows) => rows,
        Err(verdict) => return Ok(verdict),
    };
    rows.put(desk);
    Ok(Verdict::DONE)
}

/// The rows of a new order.
struct Rows {
    configuration: configuration::Model,
    order: order::Model,
    lines: Vec<price_line::Model>,
    milestones: Vec<milestone::ActiveModel>,
    published: eta_revision::Model,
}

impl Rows {
    fn of(
        desk: &Desk<'_>,
        known: &Known,
        trim: &trim::Model,
        configurator: &Configurator,
        item: &Item<OrderData>,
    ) -> Result<Self, Verdict> {
        let data = &item.data;
        let order_number = line("number", &data.number, MAX_NUMBER)?;
        let parties = parties(desk, known, data)?;
        let customer = found(&known.customers, "customerNumber", "customer", &data.customer_number)?;
        if !known.own_customers.contains(&customer.id) {
            desk.sender.check_all("customerNumber")?;
        }
        let buyer_name = buyer(desk, customer, data)?;
        let city = value("cityCode", CityCode::parse(&data.city_code))?;
        let created_at = data.created_at.or(item.time);
        let created_at = moment(desk, "createdAt", created_at, DateTime::UNIX_EPOCH)?;
        let chosen = configurator.check(&trim.code, &data.option_codes);
        let (option_codes, options) =
            chosen.map_err(|_| Reason::new(InboundCode::NotEligible, "ingest-configuration").at("optionCodes"))?;
        let id = OrderId::generate();
        let lines = lines(id, &data.price_lines)?;
        let total: i64 = lines.iter().map(|line| line.amount_minor).sum();
        let total_minor = number("priceLines", total, 0, MAX_MINOR)?;
        let days = lead_time_days(&options, &option_codes);

        let now = desk.tx.now();
        let pattern = pattern(in_force(&known.templates, data.fulfillment_mode, city.as_str()));
        let first = balance_first(pattern.balance_first, parties.delivery.delivery_center);
        let planned = planned(&pattern.nodes, data.fulfillment_mode, first);
        let measured = desk.tx.conn().by_heart::<Measured>();
        let usual = Usual::of(&measured, None, trim.model_id);
        let way = Way { city_code: city.as_str(), lead_time_days: days, transport: &[] };
        let expected = first_estimate(&planned, usual, &way, (created_at, calendar::day(now)));
        let configuration_id: ConfigurationId = named_id(&format!("order/{order_number}"));
        let text = configuration_id.to_string();
        let configuration = configuration::Model {
            id: configuration_id,
            code: format!("O{}", &text[text.len() - 11..]),
            customer_id: Some(customer.id),
            trim_id: trim.id,
            option_codes: option_codes.iter().cloned().collect(),
            city_code: Some(city.as_str().to_owned()),
            ruleset_version: 1,
            price_minor: total_minor,
            lead_time_days: days,
            version: 1,
            created_at,
            updated_at: now,
        };
        let order = order::Model {
            id,
            number: order_number,
            customer_id: customer.id,
            store_id: parties.store.id,
            delivery_store_id: parties.delivery.id,
            consultant_id: parties.consultant.map(|person| person.id),
            sales_model: parties.store.sales_model,
            fulfillment_mode: data.fulfillment_mode,
            configuration_id,
            trim_id: trim.id,
            option_codes: option_codes.into_iter().collect(),
            city_code: city.as_str().to_owned(),
            status: OrderStatus::Draft,
            payment_status: OrderPaymentStatus::None,
            vehicle_id: None,
            buyer_name,
            buyer_id_number: None,
            total_minor,
            paid_minor: 0,
            has_open_change_request: false,
            cancel_reason: None,
            eta_earliest: Some(expected.window.earliest),
            eta_likely: Some(expected.window.likely),
            eta_latest: Some(expected.window.latest),
            eta_confidence: expected.confidence,
            eta_as_of: now,
            eta_moves_from: None,
            promised_by: None,
            deferred_until: None,
            placed_at: None,
            contract_started_at: None,
            lock_deadline: None,
            // Whoever sells it sees to it.
            intention_deadline: None,
            delivered_at: None,
            template_id: pattern.id,
            balance_first: pattern.balance_first,
            current_milestone: None,
            current_party: None,
            current_due_at: None,
            version: 1,
            created_at,
            updated_at: now,
        };
        let milestones = planned.iter().map(|one| milestone_row(now, id, one, &expected));
        let published = eta_revision::Model {
            id: EtaRevisionId::generate(),
            order_id: id,
            earliest: expected.window.earliest,
            likely: expected.window.likely,
            latest: expected.window.latest,
            confidence: expected.confidence,
            reason: EtaReason::Initial,
            published_at: now,
        };
        Ok(Self { configuration, lines, milestones: milestones.collect(), published, order })
    }

    fn put(self, desk: &mut Desk<'_>) {
        let begun = event::ActiveModel {
            id: Set(OrderEventId::generate()),
            order_id: Set(self.order.id),
            kind: Set(OrderEventKind::Placed),
            from_status: Set(None),
            to_status: Set(Some(self.order.status)),
            milestone: Set(None),
            actor: Set(desk.sender.actor.clone()),
            note: Set(None),
            hidden: Set(false),
            occurred_at: Set(self.order.created_at),
        };
        let tx = &mut *desk.tx;
        tx.emit(events::placed(&self.order));
        tx.insert([self.configuration.into_active_model().reset_all()]);
        tx.insert([self.order.into_active_model().reset_all()]);
        tx.insert(self.lines.into_iter().map(|line| line.into_active_model().reset_all()));
        tx.insert(self.milestones);
        tx.insert([self.published.into_active_model().reset_all()]);
        tx.insert([begun]);
    }
}

fn buyer(desk: &Desk<'_>, customer: &customer::Model, data: &OrderData) -> Result<Sealed, Reason> {
    match &data.buyer_name {
        Some(name) => {
            let name = value("buyerName", PersonName::parse(name))?;
            Ok(desk.app.vault.seal(Personal::Name, name.as_str()))
        }
        None => customer.real_name.clone().ok_or_else(|| Reason::invalid("buyerName", "required")),
    }
}

/// Most lines of a price.
const MAX_LINES: usize = 100;

fn lines(order_id: OrderId, given: &[PriceLineData]) -> Result<Vec<price_line::Model>, Reason> {
    if given.is_empty() || given.len() > MAX_LINES {
        let reason = Reason::invalid("priceLines", "ingest-most");
        return Err(reason.with("max", i64::try_from(MAX_LINES).unwrap_or_default()));
    }
    let line = |(at, line): (usize, &PriceLineData)| {
        let field = |name: &str| format!("priceLines.{at}.{name}");
        let amount_minor = number(&field("amountMinor"), line.amount_minor, -MAX_MINOR, MAX_MINOR)?;
        Ok(price_line::Model {
            id: PriceLineId::generate(),
            order_id,
            position: i32::try_from(at + 1).unwrap_or(i32::MAX),
            kind: line.kind,
            code: code(&field("code"), &line.code)?,
            label_zh: name(&field("labelZh"), &line.label_zh)?,
            label_en: name(&field("labelEn"), &line.label_en)?,
            amount_minor,
        })
    };
    given.iter().enumerate().map(line).collect()
}
