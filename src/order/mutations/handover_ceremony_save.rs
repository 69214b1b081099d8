//! `handoverCeremonySave` and `handoverCapacitySet` (C089): how a store hands cars over, and how many at a time.

use std::collections::BTreeSet;

use async_graphql::{Context, SimpleObject};
use entity::order::{handover_ceremony, handover_desk};
use entity::place::store;
use entity::{AddOn, AddOns, HandoverCeremonyId, StoreId};
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter, TryInsertResult,
};
use serde::{Deserialize, Serialize};

use super::super::inputs::{HandoverCapacitySetInput, HandoverCeremonySaveInput};
use super::super::links::CeremonyById;
use super::super::policy;
use super::super::rules::handover::MAX_BAYS;
use super::super::store::lock_desk;
use super::super::types::HandoverCeremony;
use super::bad_text;
use super::contract_template_publish::code;
use crate::graph::answer::below;
use crate::graph::scalars::Decimal;
use crate::graph::user_error::UserErrorCode;
use crate::graph::write::{Key, write};
use crate::graph::{Call, CallExt, Refusal, Result, UserError, money};
use crate::store::Tx;
use crate::values::error::Invalid;
use crate::values::text;

/// Most ceremonies of a store, as many as are listed, and most add-ons of one.
pub const MAX_CEREMONIES: u64 = 20;
const MAX_ADD_ONS: usize = 12;

/// Most characters of a code and a name.
const MAX_CODE: u32 = 40;
const MAX_NAME: u32 = 100;

/// Shortest and longest, minutes.
const MINUTES: std::ops::RangeInclusive<i32> = 30..=240;

/// Most that one costs, fen: a million yuan.
const MAX_PRICE: i64 = 100_000_000;

/// What came of it.
#[derive(SimpleObject)]
pub struct HandoverCeremonySavePayload {
    /// The ceremony.
    pub ceremony: Option<HandoverCeremony>,
    /// What the user can put right.
    pub user_errors: Vec<UserError>,
}

/// What came of it.
#[derive(SimpleObject)]
pub struct HandoverCapacitySetPayload {
    /// How many cars the store hands over at a time.
    pub bays: Option<i32>,
    /// What the user can put right.
    pub user_errors: Vec<UserError>,
}

#[derive(Serialize, Deserialize)]
struct Saved {
    ceremony: HandoverCeremonyId,
}

#[derive(Serialize, Deserialize)]
struct Set {
    bays: i32,
}

pub async fn save(ctx: &Context<'_>, input: HandoverCeremonySaveInput) -> Result<HandoverCeremonySavePayload> {
    let call = ctx.call();
    policy::decidable(&call.viewer).or_refuse(&call.viewer)?;
    let key = Key::new(ctx, &input.idempotency_key, &input);
    let written = match read(call, &input) {
        Ok(row) => write(ctx, Some(key), move |tx, call| Box::pin(keep(tx, call, row))).await?,
        Err(errors) => Err(errors),
    };
    let (ceremony, user_errors) = match written {
        Ok(saved) => (call.link::<CeremonyById>().one(saved.ceremony).await?, Vec::new()),
        Err(errors) => (None, errors),
    };
    if let Some(ceremony) = &ceremony {
        below(ctx, call, "ceremony", ceremony).await?;
    }
    Ok(HandoverCeremonySavePayload { ceremony, user_errors })
}

/// The store of an input, which the caller has to arrange for. One that is another's is not found.
fn arranged(call: &Call, id: &async_graphql::ID) -> Result<StoreId, UserError> {
    let store: StoreId = UserError::parse_id(call, "storeId", id)?;
    if policy::arranges_handovers(&call.viewer, store) { Ok(store) } else { Err(UserError::not_found(call, "storeId")) }
}

/// The ceremony as it is said, under the version that the client has read, with every error at once.
fn read(call: &Call, input: &HandoverCeremonySaveInput) -> Result<handover_ceremony::Model, Vec<UserError>> {
    let mut errors = Vec::new();
    let store_id = arranged(call, &input.store_id).map_err(|error| errors.push(error)).unwrap_or_default();
    let mut take = |field: &str, parsed: Result<String, Invalid>, max: u32| {
        parsed.map_err(|invalid| errors.push(bad_text(call, field, invalid, max))).unwrap_or_default()
    };
    let own_code = take("code", code(&input.code), MAX_CODE);
    let name_zh = take("nameZh", text::line(&input.name_zh, MAX_NAME), MAX_NAME);
    let name_en = take("nameEn", text::line(&input.name_en, MAX_NAME), MAX_NAME);
    let texts: Vec<_> = input
        .add_ons
        .iter()
        .enumerate()
        .map(|(place, add_on)| {
            let at = |name: &str| format!("addOns.{place}.{name}");
            let code = take(&at("code"), code(&add_on.code), MAX_CODE);
            let name_zh = take(&at("nameZh"), text::line(&add_on.name_zh, MAX_NAME), MAX_NAME);
            let name_en = take(&at("nameEn"), text::line(&add_on.name_en, MAX_NAME), MAX_NAME);
            (code, name_zh, name_en)
        })
        .collect();
    let price_minor = price(call, "price", input.price).map_err(|error| errors.push(error)).unwrap_or_default();
    if !MINUTES.contains(&input.duration_minutes) {
        let args = [("min", i64::from(*MINUTES.start()).into()), ("max", i64::from(*MINUTES.end()).into())];
        errors.push(UserError::invalid(call, "durationMinutes", "ingest-number", &args));
    }
    if input.add_ons.len() > MAX_ADD_ONS {
        let max = i64::try_from(MAX_ADD_ONS).unwrap_or(i64::MAX);
        errors.push(UserError::invalid(call, "addOns", "handover-add-ons", &[("max", max.into())]));
    }
    let mut known = BTreeSet::new();
    let mut add_ons = Vec::new();
    for (place, (given, (code, name_zh, name_en))) in input.add_ons.iter().zip(texts).enumerate() {
        let field = format!("addOns.{place}.price");
        let price_minor = price(call, &field, given.price).map_err(|error| errors.push(error)).unwrap_or_default();
        if !known.insert(code.clone()) {
            errors.push(UserError::invalid(call, &format!("addOns.{place}.code"), "contract-code-twice", &[]));
        }
        add_ons.push(AddOn { code, name_zh, name_en, price_minor });
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    Ok(handover_ceremony::Model {
        id: HandoverCeremonyId::generate(),
        store_id,
        code: own_code,
        name_zh,
        name_en,
        price_minor,
        duration_minutes: input.duration_minutes,
        add_ons: AddOns(add_ons),
        active: input.active,
        version: input.expected_version,
        created_at: call.now,
        updated_at: call.now,
    })
}

fn price(call: &Call, field: &str, given: Decimal) -> Result<i64, UserError> {
    let minor = money::minor(given).map_err(|invalid| UserError::refused(call, field, invalid))?;
    if (0..=MAX_PRICE).contains(&minor) {
        return Ok(minor);
    }
    let args = [("min", 0_i64.into()), ("max", (MAX_PRICE / 100).into())];
    Err(UserError::invalid(call, field, "ingest-number", &args))
}

async fn keep(tx: &mut Tx, call: &Call, row: handover_ceremony::Model) -> Result<Saved, Refusal> {
    use handover_ceremony::Column as Ceremony;
    if store::Entity::find_by_id(row.store_id).one(tx.conn()).await?.is_none() {
        return Err(UserError::not_found(call, "storeId").into());
    }
    // Who changes a store's ceremonies goes one after the other.
    lock_desk(tx, row.store_id).await?;
    let of_store = handover_ceremony::Entity::find().filter(Ceremony::StoreId.eq(row.store_id));
    let before = of_store.clone().filter(Ceremony::Code.eq(&row.code)).one(tx.conn()).await?;
    let expected = row.version;
    let conflict = |id: String, version| UserError::version(call, id, version);
    let row = handover_ceremony::Model { version: expected.saturating_add(1), ..row };
    let Some(before) = before else {
        if expected != 0 {
            return Err(conflict(String::new(), 0).into());
        }
        if of_store.count(tx.conn()).await? >= MAX_CEREMONIES {
            let max = i64::try_from(MAX_CEREMONIES).unwrap_or(i64::MAX);
            let code = UserErrorCode::LimitReached;
            return Err(UserError::coded(call, code, "code", "handover-ceremonies", &[("max", max.into())]).into());
        }
        let ceremony = row.id;
        let known = OnConflict::columns([Ceremony::StoreId, Ceremony::Code]).do_nothing().to_owned();
        let inserted = handover_ceremony::Entity::insert(row.into_active_model().reset_all())
            .on_conflict(known)
            .try_insert()
            .exec_without_returning(tx.conn())
            .await?;
        if !matches!(inserted, TryInsertResult::Inserted(rows) if rows > 0) {
            return Err(conflict(String::new(), 1).into());
        }
        return Ok(Saved { ceremony });
    };
    if before.version != expected {
        return Err(conflict(before.id.to_string(), before.version).into());
    }
    let row = handover_ceremony::Model { id: before.id, created_at: before.created_at, ..row };
    let change = row.into_active_model().reset_all();
    tx.put_one(handover_ceremony::Entity::update_many().set(change).filter(Ceremony::Id.eq(before.id)));
    Ok(Saved { ceremony: before.id })
}

pub async fn set_capacity(ctx: &Context<'_>, input: HandoverCapacitySetInput) -> Result<HandoverCapacitySetPayload> {
    let viewer = &ctx.call().viewer;
    policy::decidable(viewer).or_refuse(viewer)?;
    let key = Key::new(ctx, &input.idempotency_key, &input);
    let written = write(ctx, Some(key), move |tx, call| Box::pin(set(tx, call, input))).await?;
    Ok(match written {
        Ok(set) => HandoverCapacitySetPayload { bays: Some(set.bays), user_errors: Vec::new() },
        Err(user_errors) => HandoverCapacitySetPayload { bays: None, user_errors },
    })
}

async fn set(tx: &mut Tx, call: &Call, input: HandoverCapacitySetInput) -> Result<Set, Refusal> {
    let mut errors = Vec::new();
    if !(0..=MAX_BAYS).contains(&input.bays) {
        let args = [("min", 0_i64.into()), ("max", i64::from(MAX_BAYS).into())];
        errors.push(UserError::invalid(call, "bays", "ingest-number", &args));
    }
    let id = arranged(call, &input.store_id).map_err(|error| errors.push(error)).unwrap_or_default();
    if !errors.is_empty() {
        return Err(errors.into());
    }
    if store::Entity::find_by_id(id).one(tx.conn()).await?.is_none() {
        return Err(UserError::not_found(call, "storeId").into());
    }
    let desk = lock_desk(tx, id).await?;
    let desk = handover_desk::Model { bays: input.bays, updated_at: tx.now(), ..desk };
    let change = desk.into_active_model().reset_all();
    tx.put_one(handover_desk::Entity::update_many().set(change).filter(handover_desk::Column::StoreId.eq(id)));
    Ok(Set { bays: input.bays })
}
