//! `cn.milepost.lead.lead.v1` (C021-C023): a lead as the CRM has it.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use entity::catalog::{model, trim};
use entity::customer::customer;
use entity::lead::{dedupe, lead, touchpoint};
use entity::order::order;
use entity::place::{staff, store};
use entity::{
    Blind, Channel, InboundCode, IntentLevel, LeadEventKind, LeadId, LeadStage, LeadTouchpointId, LostReason,
    VehicleModelId,
};
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
};

use super::super::consents::{self, Consents};
use super::super::events;
use super::super::record::{self, Entry};
use super::super::rules::dedupe::{Known as KnownLead, Submit, decide};
use super::super::rules::score::Drive;
use super::super::rules::{assign, stage};
use super::subject;
use crate::graph::Result;
use crate::ingest::keys::{by_key, code, found, found_or_none, line, optional_line, value};
use crate::ingest::{Desk, Inbound, Item, Reason, Verdict, data};
use crate::store::Lock;
use crate::store::rows::{ByPlace, among};
use crate::store::vault::Personal;
use crate::values::city_code::CityCode;
use crate::values::machine;
use crate::values::person_name::PersonName;
use crate::values::phone::Phone;

data! {
    /// A lead as the CRM has it. The whole of it each time; what it is about stays, and its stage moves as the table of
    /// stages has it.
    pub struct LeadData {
        /// The lead's number, unique.
        pub number: String,
        /// Number of the customer, when the person is one.
        pub customer_number: Option<String>,
        /// What to call the person.
        pub name: Option<String>,
        /// Mobile number of the Chinese mainland.
        pub phone: String,
        /// Code of the model of interest.
        pub model_code: String,
        /// Code of the trim of interest.
        pub trim_code: Option<String>,
        /// Code of the city where the person wants to buy.
        pub city_code: String,
        /// Code of the store that works on it.
        pub store_code: Option<String>,
        /// Number of the consultant who works on it.
        pub owner_number: Option<String>,
        /// How far it is.
        pub stage: LeadStage,
        /// How soon the person means to buy.
        pub intent_level: IntentLevel,
        /// Where the person was first heard of.
        pub channel: Channel,
        /// Code of the form or page.
        pub touchpoint: String,
        /// Why it was lost; with `LOST` and `INVALID`.
        pub lost_reason: Option<LostReason>,
        /// Number of the order; with `CONVERTED`.
        pub order_number: Option<String>,
        /// Whether the person agreed that a dealer gets the data; a consent of the customer counts too.
        #[serde(default)]
        pub shares_with_dealer: bool,
        /// When the person was first heard of; the event's `time` when left out.
        pub created_at: Option<DateTime<Utc>>,
    }
}

/// A lead reported.
pub struct LeadReported;

impl Inbound for LeadReported {
    const TYPE: &'static str = "cn.milepost.lead.lead.v1";
    const DOMAIN: &'static str = "lead";
    type Data = LeadData;

    fn example() -> LeadData {
        LeadData {
            number: "CRM-90001".into(),
            customer_number: None,
            name: Some("陈先生".into()),
            phone: "19900990003".into(),
            model_code: "C5".into(),
            trim_code: Some("C5-660".into()),
            city_code: "310100".into(),
            store_code: Some("YC001".into()),
            owner_number: None,
            stage: LeadStage::Assigned,
            intent_level: IntentLevel::A,
            channel: Channel::Store,
            touchpoint: "walk-in".into(),
            lost_reason: None,
            order_number: None,
            shares_with_dealer: true,
            created_at: "2025-11-23T02:00:00Z".parse().ok(),
        }
    }

    fn subject(data: &LeadData) -> String {
        subject(&data.number)
    }

    async fn apply(desk: &mut Desk<'_>, items: &[Item<LeadData>]) -> Result<Vec<Verdict>> {
        let known = Known::read(desk, items).await?;
        let mut before = Before::read(desk, &known, items).await?;
        let mut verdicts = Vec::with_capacity(items.len());
        for item in items {
            verdicts.push(one(desk, &known, &mut before, item).await?);
            // Each is about a lead of its own.
            desk.tx.flush_when_large().await?;
        }
        Ok(verdicts)
    }
}

/// What leads of one call name.
struct Known {
    customers: HashMap<String, customer::Model>,
    models: HashMap<String, model::Model>,
    trims: HashMap<String, trim::Model>,
    stores: HashMap<String, store::Model>,
    staff: HashMap<String, staff::Model>,
    orders: HashMap<String, order::Model>,
}

impl Known {
    async fn read(desk: &Desk<'_>, items: &[Item<LeadData>]) -> Result<Self> {
        let tx = &*desk.tx;
        let all = || items.iter().map(|item| &item.data);
        let customers = all().filter_map(|data| data.customer_number.as_deref());
        let models = all().map(|data| data.model_code.as_str());
        let trims = all().filter_map(|data| data.trim_code.as_deref());
        let stores = all().filter_map(|data| data.store_code.as_deref());
        let staff = all().filter_map(|data| data.owner_number.as_deref());
        let orders = all().filter_map(|data| data.order_number.as_deref());
        Ok(Self {
            customers: by_key::<customer::Entity>(tx, customer::Column::Number, customers, |row| Some(&row.number))
                .await?,
            models: by_key::<model::Entity>(tx, model::Column::Code, models, |row| Some(&row.code)).await?,
            trims: by_key::<trim::Entity>(tx, trim::Column::Code, trims, |row| Some(&row.code)).await?,
            stores: by_key::<store::Entity>(tx, store::Column::Code, stores, |row| Some(&row.code)).await?,
            staff: by_key::<staff::Entity>(tx, staff::Column::Number, staff, |row| Some(&row.number)).await?,
            orders: by_key::<order::Entity>(tx, order::Column::Number, orders, |row| Some(&row.number)).await?,
        })
    }
}

/// How the leads of one call stand.
struct Before {
    /// Those that are there, locked.
    leads: HashMap<String, lead::Model>,
    consents: Consents,
    /// Which lead a person has for a model; of those that are new here.
    held: HashMap<(Blind, VehicleModelId), KnownLead>,
}

impl Before {
    async fn read(desk: &Desk<'_>, known: &Known, items: &[Item<LeadData>]) -> Result<Self> {
        let conn = desk.tx.conn();
        let backend = conn.get_database_backend();
        let numbers = items.iter().map(|item| item.data.number.as_str());
        let select = lead::Entity::find()
            .filter(among(backend, lead::Column::Number, numbers))
            .order_by_asc(lead::Column::Number);
        let leads: HashMap<String, lead::Model> =
            Lock::row(select).all(conn).await?.into_iter().map(|row| (row.number.clone(), row)).collect();
        let customers = known.customers.values().map(|row| row.id);
        let consents = Consents::read(conn, leads.values().map(|row| row.id), customers).await?;

        let new = items.iter().filter(|item| !leads.contains_key(&item.data.number));
        let phones: Vec<Blind> = new
            .filter_map(|item| Phone::parse(&item.data.phone).ok())
            .map(|phone| desk.app.vault.blind(Personal::Phone, phone.e164()))
            .collect();
        let mut held = HashMap::new();
        if !phones.is_empty() {
            let select = dedupe::Entity::find()
                .filter(among(backend, dedupe::Column::PhoneHash, phones))
                .order_by_asc(dedupe::Column::PhoneHash)
                .order_by_asc(dedupe::Column::ModelId);
            let rows = Lock::row(select).all(conn).await?;
            if !rows.is_empty() {
                let ids = rows.iter().map(|row| row.lead_id);
                let theirs = lead::Entity::find().filter(among(backend, lead::Column::Id, ids)).by_place(conn).await?;
                let stages: HashMap<LeadId, LeadStage> = theirs.into_iter().map(|row| (row.id, row.stage)).collect();
                held.extend(rows.into_iter().filter_map(|row| {
                    let (lead_id, window_until) = (row.lead_id, row.window_until);
                    let known = KnownLead { lead_id, stage: *stages.get(&lead_id)?, window_until };
                    Some(((row.phone_hash, row.model_id), known))
                }));
            }
        }
        Ok(Self { leads, consents, held })
    }
}

/// What a lead names, found.
struct Parts<'a> {
    phone: Phone,
    name: Option<PersonName>,
    customer: Option<&'a customer::Model>,
    model: &'a model::Model,
    trim: Option<&'a trim::Model>,
    city: CityCode,
    store: Option<&'a store::Model>,
    owner: Option<&'a staff::Model>,
    order: Option<&'a order::Model>,
    touchpoint: String,
}

fn parts<'a>(desk: &Desk<'_>, known: &'a Known, data: &LeadData) -> Result<Parts<'a>, Verdict> {
    code("number", &data.number)?;
    let phone = value("phone", Phone::parse(&data.phone))?;
    let name = data.name.as_deref().map(|name| value("name", PersonName::parse(name))).transpose()?;
    let city = value("cityCode", CityCode::parse(&data.city_code))?;
    let touchpoint = line("touchpoint", &data.touchpoint, 100)?;
    let customer = found_or_none(&known.customers, "customerNumber", "customer", data.customer_number.as_deref())?;
    // The number shows that the dealer knows whom it names.
    if let Some(customer) = customer.filter(|_| !desk.sender.reaches_all()) {
        let hash = desk.app.vault.blind(Personal::Phone, phone.e164());
        if customer.phone_hash.as_ref() != Some(&hash) {
            desk.sender.check_all("customerNumber")?;
        }
    }
    let model = found(&known.models, "modelCode", "model", &data.model_code)?;
    let trim = found_or_none(&known.trims, "trimCode", "trim", data.trim_code.as_deref())?;
    if trim.is_some_and(|trim| trim.model_id != model.id) {
        return Err(Reason::invalid("trimCode", "ingest-unknown-code").into());
    }
    let store = found_or_none(&known.stores, "storeCode", "store", data.store_code.as_deref())?;
    match store {
        Some(store) => desk.sender.check(store.organization_id, "storeCode")?,
        None => desk.sender.check_all("storeCode")?,
    }
    let owner = found_or_none(&known.staff, "ownerNumber", "staff", data.owner_number.as_deref())?;
    if owner.is_some_and(|owner| store.is_none_or(|store| owner.store_id != Some(store.id))) {
        return Err(Reason::invalid("ownerNumber", "ingest-other-store").into());
    }
    let order = found_or_none(&known.orders, "orderNumber", "order", data.order_number.as_deref())?;
    if order.is_some_and(|order| store.is_none_or(|store| order.store_id != store.id)) {
        desk.sender.check_all("orderNumber")?;
    }
    let closed = matches!(data.stage, LeadStage::Lost | LeadStage::Invalid);
    for (field, given, wanted) in [
        ("lostReason", data.lost_reason.is_some(), closed),
        ("orderNumber", order.is_some(), data.stage == LeadStage::Converted),
        ("storeCode", store.is_some(), data.stage == LeadStage::Assigned || store.is_some()),
    ] {
        if given != wanted {
            return Err(Reason::invalid(field, if wanted { "required" } else { "ingest-not-here" }).into());
        }
    }
    optional_line("ownerNumber", data.owner_number.as_deref(), 40)?;
    Ok(Parts { phone, name, customer, model, trim, city, store, owner, order, touchpoint })
}

async fn one(desk: &mut Desk<'_>, known: &Known, all: &mut Before, item: &Item<LeadData>) -> Result<Verdict> {
    let data = &item.data;
    let parts = match parts(desk, known, data) {
        Ok(parts) => parts,
        Err(verdict) => return Ok(verdict),
    };
    let before = all.leads.remove(&data.number);
    if let Some(store) = parts.store {
        let given = all.consents.of(before.as_ref().map(|row| row.id), parts.customer.map(|row| row.id));
        let shares = consents::shares_with_dealer(&given) || data.shares_with_dealer;
        if assign::check(store.sales_model, shares).is_err() {
            let reason = Reason::new(InboundCode::NotEligible, "lead-consent-share").at("sharesWithDealer");
            return Ok(reason.into());
        }
    }
    match before {
        Some(before) => change(desk, before, data, &parts).await,
        None => Ok(open(desk, all, item, &parts)),
    }
}

fn open(desk: &mut Desk<'_>, all: &mut Before, item: &Item<LeadData>, parts: &Parts<'_>) -> Verdict {
    let data = &item.data;
    let now = desk.tx.now();
    let phone_hash = desk.app.vault.blind(Personal::Phone, parts.phone.e164());
    let person = (phone_hash.clone(), parts.model.id);
    let Submit::Open { window_until } = decide(all.held.get(&person).copied(), now) else {
        return Reason::new(InboundCode::Duplicate, "ingest-lead-known").at("phone").into();
    };
    let vault = &desk.app.vault;
    let created_at = data.created_at.or(item.time).unwrap_or(now).min(now);
    let mut row = lead::Model {
        id: LeadId::generate(),
        number: data.number.clone(),
        customer_id: parts.customer.map(|row| row.id),
        name: parts.name.as_ref().map(|name| vault.seal(Personal::Name, name.as_str())),
        phone: vault.seal(Personal::Phone, parts.phone.e164()),
        phone_hash: phone_hash.clone(),
        model_id: parts.model.id,
        trim_id: parts.trim.map(|row| row.id),
        city_code: parts.city.as_str().to_owned(),
        store_id: parts.store.map(|row| row.id),
        owner_id: parts.owner.map(|row| row.id),
        stage: data.stage,
        intent_level: data.intent_level,
        score: 0,
        channel: data.channel,
        touchpoint_count: 1,
        next_follow_up_at: None,
        last_contact_at: None,
        lost_reason: data.lost_reason,
        converted_order_id: parts.order.map(|row| row.id),
        version: 1,
        created_at,
        updated_at: now,
    };
    row.score = record::score(&row, Drive::None, created_at, now);
    let reference = LeadTouchpointId::generate();
    let touch = touchpoint::ActiveModel {
        id: Set(reference),
        lead_id: Set(row.id),
        channel: Set(data.channel),
        touchpoint: Set(parts.touchpoint.clone()),
        campaign: Set(None),
        occurred_at: Set(created_at),
    };
    let held = dedupe::ActiveModel {
        phone_hash: Set(phone_hash),
        model_id: Set(parts.model.id),
        lead_id: Set(row.id),
        window_until: Set(window_until),
    };
    let known = OnConflict::columns([dedupe::Column::PhoneHash, dedupe::Column::ModelId])
        .update_columns([dedupe::Column::LeadId, dedupe::Column::WindowUntil])
        .to_owned();
    all.held.insert(person, KnownLead { lead_id: row.id, stage: row.stage, window_until });
    let tx = &mut *desk.tx;
    tx.emit(events::submitted(&row, reference));
    if row.store_id.is_some() {
        tx.emit(events::assigned(&row));
    }
    record::history(tx, row.id, vec![Entry::of(&desk.sender.actor, LeadEventKind::Submitted).made(row.stage)]);
    tx.insert([row.into_active_model().reset_all()]);
    tx.insert([touch]);
    tx.insert_or(known, [held]);
    Verdict::DONE
}

async fn change(desk: &mut Desk<'_>, before: lead::Model, data: &LeadData, parts: &Parts<'_>) -> Result<Verdict> {
    if let Some(store) = before.store_id
        && !desk.sender.reaches_all()
    {
        let store = store::Entity::find_by_id(store).one(desk.tx.conn()).await?;
        if let Some(Err(reason)) = store.map(|store| desk.sender.check(store.organization_id, "number")) {
            return Ok(reason.into());
        }
    }
    let phone_hash = desk.app.vault.blind(Personal::Phone, parts.phone.e164());
    for (field, same) in [("phone", before.phone_hash == phone_hash), ("modelCode", before.model_id == parts.model.id)]
    {
        if !same {
            return Ok(Reason::new(InboundCode::NotEligible, "ingest-lead-fixed").at(field).into());
        }
    }
    if before.stage != data.stage && !machine::reaches(stage::TABLE, before.stage, data.stage) {
        let reason = Reason::new(InboundCode::InvalidTransition, "invalid-transition").at("stage");
        return Ok(reason.with("from", before.stage.to_string()).with("action", data.stage.to_string()).into());
    }
    let mut after = before.clone();
    after.customer_id = parts.customer.map(|row| row.id).or(before.customer_id);
    if let (None, Some(name)) = (&before.name, &parts.name) {
        after.name = Some(desk.app.vault.seal(Personal::Name, name.as_str()));
    }
    after.trim_id = parts.trim.map(|row| row.id);
    after.store_id = parts.store.map(|row| row.id);
    after.owner_id = parts.owner.map(|row| row.id);
    after.stage = data.stage;
    after.intent_level = data.intent_level;
    after.lost_reason = data.lost_reason;
    after.converted_order_id = parts.order.map(|row| row.id);
    if after == before {
        return Ok(Verdict::DONE);
    }
    record::rescore(desk.tx, &mut after, false).await?;
    let moved = after.store_id != before.store_id || after.owner_id != before.owner_id;
    let open = stage::is_open(after.stage);
    if moved || !open {
        record::settle_tasks(desk.tx, &mut after, open);
    }
    let kind = kind_of(before.stage, after.stage);
    let after = record::save(desk.tx, &before, after);
    let entry = Entry::of(&desk.sender.actor, kind).moved(before.stage, after.stage);
    record::history(desk.tx, before.id, vec![entry]);
    if moved {
        desk.tx.emit(events::assigned(&after));
    }
    if after.stage != before.stage {
        desk.tx.emit(events::stage_changed(&after, before.stage));
    }
    Ok(Verdict::DONE)
}

/// What the history calls a change of stage.
fn kind_of(from: LeadStage, to: LeadStage) -> LeadEventKind {
    match to {
        _ if from == to => LeadEventKind::Assigned,
        LeadStage::New => LeadEventKind::Submitted,
        LeadStage::Assigned => LeadEventKind::Assigned,
        LeadStage::Contacted if matches!(from, LeadStage::Lost | LeadStage::Dormant) => LeadEventKind::Reopened,
        LeadStage::Contacted => LeadEventKind::FollowUpCompleted,
        LeadStage::Qualified | LeadStage::Negotiating => LeadEventKind::Qualified,
        LeadStage::TestDriveBooked => LeadEventKind::TestDriveBooked,
        LeadStage::TestDriven => LeadEventKind::TestDriveCompleted,
        LeadStage::Converted => LeadEventKind::Converted,
        LeadStage::Invalid | LeadStage::Lost | LeadStage::Dormant => LeadEventKind::Closed,
    }
}
