//! `stockQuotaSet` (C099).

use async_graphql::{Context, ID};
use entity::catalog::{model, trim};
use entity::inventory::{quota, transfer, vehicle_unit};
use entity::place::store;
use entity::{PrefixedId, StockQuotaEntryState, StockQuotaId, StockTransferId, StoreId, VehicleUnitId};
use sea_orm::sea_query::{Condition, Expr, OnConflict};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
    TryInsertResult,
};

use super::super::super::mutations::Reader;
use super::super::events;
use super::super::inputs::StockQuotaSetInput;
use super::super::policy;
use super::super::queries::MAX_QUOTAS;
use super::super::rules::ledger::OPEN;
use super::super::rules::place::covers;
use super::super::rules::quota::{CAP, check, in_force, subject};
use super::super::store::{ledgers, models_of, put, stock};
use super::end::{ended, fall_away, lock, save};
use super::{Outcome, StockQuotaPayload, payload};
use crate::graph::user_error::UserErrorCode;
use crate::graph::write::{Key, write};
use crate::graph::{Call, CallExt, Refusal, Result, UserError};
use crate::inventory::rules::matching::is_new;
use crate::inventory::rules::policy::within;
use crate::store::page::count;
use crate::store::rows::among;
use crate::store::{Lock, Tx};

/// Transfers that have a place. As text, word for word as their index has it.
const APPROVED: &str = r#""stock_transfer"."state" = 'APPROVED'"#;

/// What is asked for: the quota to change, how it is to be, and the rights to open.
struct Asked {
    at: Option<(StockQuotaId, i32)>,
    row: quota::Model,
    begins: bool,
    rights: i64,
}

pub async fn run(ctx: &Context<'_>, input: StockQuotaSetInput) -> Result<StockQuotaPayload> {
    let call = ctx.call();
    policy::manages(&call.viewer).or_refuse(&call.viewer)?;
    let key = Key::new(ctx, &input.idempotency_key, &input);
    let written = match read(call, &input).await? {
        Ok(asked) => write(ctx, Some(key), move |tx, call| Box::pin(set(tx, call, asked))).await?,
        Err(errors) => Err(errors),
    };
    payload(ctx, written).await
}

/// The quota as it is said, with every error at once.
async fn read(call: &Call, input: &StockQuotaSetInput) -> Result<Result<Asked, Vec<UserError>>> {
    let mut reader = Reader::new(call);
    let at = reader.subject("quotaId", input.quota_id.as_ref(), input.expected_version);
    let store_id: Option<StoreId> = id(call, &mut reader, "storeId", Some(&input.store_id));
    let model_id = id(call, &mut reader, "modelId", input.model_id.as_ref());
    let trim_id = id(call, &mut reader, "trimId", input.trim_id.as_ref());
    let missing = [
        (
            "storeId",
            match store_id {
                Some(id) => store::Entity::find_by_id(id).one(call.db()).await?.is_none(),
                None => false,
            },
        ),
        (
            "modelId",
            match model_id {
                Some(id) => model::Entity::find_by_id(id).one(call.db()).await?.is_none(),
                None => false,
            },
        ),
        (
            "trimId",
            match trim_id {
                Some(id) => trim::Entity::find_by_id(id).one(call.db()).await?.is_none(),
                None => false,
            },
        ),
    ];
    for (field, _) in missing.into_iter().filter(|(_, missing)| *missing) {
        reader.errors.push(UserError::not_found(call, field));
    }
    let mut row = quota::Model {
        id: StockQuotaId::generate(),
        store_id: store_id.unwrap_or_default(),
        scope: input.scope,
        model_id,
        trim_id,
        subject: String::new(),
        cap: input.cap,
        mode: input.mode,
        effective_from: input.effective_from.unwrap_or(call.now),
        effective_to: input.effective_to,
        ended_at: None,
        changed_by: call.viewer.actor(),
        created_at: call.now,
        changed_at: call.now,
        version: 1,
    };
    row.subject = subject(&row);
    // What could not be read is told of once.
    let read = |field: &str| match field {
        "modelId" => input.model_id.is_none() || model_id.is_some(),
        "trimId" => input.trim_id.is_none() || trim_id.is_some(),
        _ => true,
    };
    let mut broken = check(&row);
    broken.retain(|broken| read(&broken.field));
    broken.extend(within("openRights", input.open_rights, CAP));
    reader.broken(broken);
    let rights = input.open_rights.unwrap_or(0).into();
    let begins = input.effective_from.is_some();
    Ok(if reader.errors.is_empty() { Ok(Asked { at, row, begins, rights }) } else { Err(reader.errors) })
}

fn id<K: PrefixedId>(call: &Call, reader: &mut Reader<'_>, field: &str, given: Option<&ID>) -> Option<K> {
    UserError::parse_id(call, field, given?).map_err(|error| reader.errors.push(error)).ok()
}

async fn set(tx: &mut Tx, call: &Call, asked: Asked) -> Result<Outcome, Refusal> {
    let Asked { at, row, begins, rights } = asked;
    let (row, counted) = match at {
        Some(read) => change(tx, call, read, row, begins).await?,
        None => (make(tx, call, row).await?, false),
    };
    // What fell away is not open any more.
    tx.flush().await?;
    let stock = stock(tx.conn(), &[row.store_id]).await?;
    let outcome = Outcome { quota: row.id };
    for mut ledger in ledgers(tx.conn(), vec![row.clone()], &stock).await? {
        let before = ledger.entries.clone();
        if !counted && in_force(&row, tx.now()) {
            for (transfer, car) in given(tx, &row).await? {
                ledger.given(car, transfer, tx.now());
            }
        }
        // One whose time is not there counts nothing yet, and what would be open until then falls away when it begins.
        let room = if in_force(&row, tx.now()) { ledger.room() } else { 0 };
        if rights > room {
            let max = [("max", room.into())];
            return Err(UserError::coded(call, UserErrorCode::NotEligible, "openRights", "quota-rights", &max).into());
        }
        ledger.grant(rights, tx.now());
        if before == ledger.entries {
            tx.emit(events::changed(&row));
        }
        put(tx, &before, &ledger);
    }
    Ok(outcome)
}

/// A new quota, in place of one of the same thing whose time is over.
async fn make(tx: &mut Tx, call: &Call, row: quota::Model) -> Result<quota::Model, Refusal> {
    let own = Condition::all().add(quota::Column::StoreId.eq(row.store_id)).add(quota::Column::EndedAt.is_null());
    let same = quota::Entity::find().filter(own.clone()).filter(quota::Column::Subject.eq(&row.subject));
    if let Some(before) = Lock::row(same).take(tx.conn()).await? {
        if before.effective_to.is_none_or(|end| end > tx.now()) {
            return Err(taken(call).into());
        }
        ended(tx, before, &call.viewer.actor());
        tx.flush().await?;
    }
    if count::<quota::Model>(tx.conn(), own).await? >= MAX_QUOTAS {
        let max = [("max", MAX_QUOTAS.into())];
        return Err(UserError::coded(call, UserErrorCode::LimitReached, "storeId", "rules-many", &max).into());
    }
    let inserted = quota::Entity::insert(row.clone().into_active_model().reset_all())
        .on_conflict(OnConflict::new().do_nothing().to_owned())
        .try_insert()
        .exec_without_returning(tx.conn())
        .await?;
    if matches!(inserted, TryInsertResult::Inserted(rows) if rows > 0) { Ok(row) } else { Err(taken(call).into()) }
}

fn taken(call: &Call) -> UserError {
    UserError::coded(call, UserErrorCode::Duplicate, "storeId", "quota-there", &[])
}

/// Another number, mode or time of a quota, and whether it counted until now.
async fn change(
    tx: &mut Tx,
    call: &Call,
    read: (StockQuotaId, i32),
    row: quota::Model,
    begins: bool,
) -> Result<(quota::Model, bool), Refusal> {
    let before = lock(tx, call, read).await?;
    let stays = |field| UserError::invalid(call, field, "quota-stays", &[]);
    let mut errors = Vec::new();
    if before.store_id != row.store_id {
        errors.push(stays("storeId"));
    }
    if before.subject != row.subject {
        errors.push(stays("scope"));
    }
    let effective_from = if begins { row.effective_from } else { before.effective_from };
    if row.effective_to.is_some_and(|end| end <= effective_from) {
        errors.push(UserError::invalid(call, "effectiveTo", "policy-dates", &[]));
    }
    if !errors.is_empty() {
        return Err(errors.into());
    }
    let counted = in_force(&before, tx.now());
    if !counted {
        // What is open is of another time.
        fall_away(tx, before.id, &OPEN);
    } else if before.mode != row.mode {
        fall_away(tx, before.id, &[StockQuotaEntryState::Right]);
    }
    let row = quota::Model {
        id: before.id,
        effective_from,
        created_at: before.created_at,
        version: before.version + 1,
        ..row
    };
    save(tx, &row);
    Ok((row, counted))
}

/// Transfers whose cars the quota counts, and which have a place since before it counted.
async fn given(tx: &Tx, quota: &quota::Model) -> Result<Vec<(StockTransferId, VehicleUnitId)>, Refusal> {
    let transfers = transfer::Entity::find()
        .filter(transfer::Column::ToStoreId.eq(quota.store_id))
        .filter(Expr::cust(APPROVED))
        .order_by_asc(transfer::Column::Id)
        .all(tx.conn())
        .await?;
    let backend = tx.conn().get_database_backend();
    let cars = among(backend, vehicle_unit::Column::Id, transfers.iter().map(|transfer| transfer.vehicle_id));
    let cars = vehicle_unit::Entity::find().filter(cars).all(tx.conn()).await?;
    let models = models_of(tx, cars.iter().map(|car| car.trim_id).collect()).await?;
    let counts = |transfer: &&transfer::Model| {
        let car = cars.iter().find(|car| car.id == transfer.vehicle_id);
        let new = car.filter(|car| is_new(car.stock_type));
        new.is_some_and(|car| covers(quota, car.trim_id, models.get(&car.trim_id).copied()))
    };
    Ok(transfers.iter().filter(counts).map(|transfer| (transfer.id, transfer.vehicle_id)).collect())
}
