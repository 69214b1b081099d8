//! `customerProfileUpdate` (C008).

use async_graphql::{Context, ID, MaybeUndefined, SimpleObject, types::Json};
use entity::customer::customer;
use entity::place::store;
use entity::{CustomerId, StoreId};
use sea_orm::{ActiveEnum, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, TryIntoModel};
use serde::{Deserialize, Serialize};

use super::super::events;
use super::super::inputs::CustomerProfileUpdateInput;
use super::super::links::CustomerById;
use super::super::lock;
use super::super::rules::profile::{self, Change, ProfileChanges, ProfilePatch};
use super::super::types::{Customer, filled};
use crate::graph::answer::below;
use crate::graph::write::{Key, write};
use crate::graph::{Call, CallExt, Refusal, Result, UserError};
use crate::loyalty::{self, rules::earning};
use crate::store::Tx;
use crate::store::vault::Personal;

/// What came of it.
#[derive(SimpleObject)]
pub struct CustomerProfileUpdatePayload {
    /// The customer as it is now; null when nothing was written.
    pub customer: Option<Customer>,
    /// What the user can put right; every field at fault.
    pub user_errors: Vec<UserError>,
}

#[derive(Serialize, Deserialize)]
struct Outcome {
    customer: CustomerId,
}

pub async fn run(ctx: &Context<'_>, input: CustomerProfileUpdateInput) -> Result<CustomerProfileUpdatePayload> {
    let call = ctx.call();
    let customer = call.viewer.customer_or_refuse()?;
    let covered = Json((async_graphql::InputType::to_value(&input).to_string(), input.left_out()));
    let key = Key::new(ctx, &input.idempotency_key, &covered);
    let written = write(ctx, Some(key), move |tx, call| Box::pin(update(tx, call, customer, input))).await?;
    let (customer, user_errors) = match written {
        Ok(outcome) => (call.link::<CustomerById>().one(outcome.customer).await?, Vec::new()),
        Err(errors) => (None, errors),
    };
    if let Some(customer) = &customer {
        below(ctx, call, "customer", customer).await?;
    }
    Ok(CustomerProfileUpdatePayload { customer, user_errors })
}

async fn update(
    tx: &mut Tx,
    call: &Call,
    id: CustomerId,
    input: CustomerProfileUpdateInput,
) -> Result<Outcome, Refusal> {
    let expected = input.expected_version;
    let changes = read(tx, call, input).await?;
    let current = super::there(lock::whole(id).take(tx.conn()).await?)?;
    if expected.is_some_and(|expected| expected != current.version) {
        return Err(UserError::version(call, id, current.version).into());
    }
    if changes.is_empty() {
        return Ok(Outcome { customer: id });
    }
    let (mut row, fields) = apply(call, &current, changes);
    row.version = Set(current.version + 1);
    row.updated_at = Set(tx.now());
    let now = row.clone().try_into_model()?;
    let change = customer::Entity::update_many()
        .set(row)
        .filter(customer::Column::Id.eq(id))
        .filter(customer::Column::Version.eq(current.version));
    tx.put_one(change);
    tx.emit(events::profile_changed(&now, &fields));
    let complete = |row| profile::completeness(&filled(row)).percent == 100;
    if let Some(rule) = earning::find("PROFILE_COMPLETED")
        && complete(&now)
        && !complete(&current)
    {
        loyalty::award_by_rule(tx, id, rule, ("CUSTOMER", &id.to_string()), None).await?;
    }
    Ok(Outcome { customer: id })
}

/// Reads all fields; every error at once, nothing written.
async fn read(tx: &Tx, call: &Call, input: CustomerProfileUpdateInput) -> Result<ProfileChanges, Refusal> {
    let mut errors = Vec::new();
    let preferred_store_id = match change(input.preferred_store_id) {
        Change::Keep => Change::Keep,
        Change::Clear => Change::Clear,
        Change::Set(id) => match store_id(tx, call, &id).await? {
            Ok(id) => Change::Set(id),
            Err(error) => {
                errors.push(error);
                Change::Keep
            }
        },
    };
    let patch = ProfilePatch {
        display_name: change(input.display_name),
        real_name: change(input.real_name),
        email: change(input.email),
        address: change(input.address),
        gender: change(input.gender),
        birth_month: change(input.birth_month),
        home_city_code: change(input.home_city_code.map_value(|code| code.0)),
        preferred_store_id,
        preferred_locale: change(input.preferred_locale.map_value(|locale| locale.to_value())),
    };
    match profile::validate(patch) {
        Ok(changes) if errors.is_empty() => Ok(changes),
        Ok(_) => Err(errors.into()),
        Err(broken) => {
            let broken = broken.into_iter().map(|(field, invalid)| UserError::refused(call, field, invalid));
            errors.splice(0..0, broken);
            Err(errors.into())
        }
    }
}

async fn store_id(tx: &Tx, call: &Call, id: &ID) -> Result<Result<StoreId, UserError>> {
    let id: StoreId = match UserError::parse_id(call, "preferredStoreId", id) {
        Ok(id) => id,
        Err(error) => return Ok(Err(error)),
    };
    let found = store::Entity::find_by_id(id).one(tx.conn()).await?;
    Ok(found.map(|store| store.id).ok_or_else(|| UserError::not_found(call, "preferredStoreId")))
}

fn change<T>(value: MaybeUndefined<T>) -> Change<T> {
    match value {
        MaybeUndefined::Undefined => Change::Keep,
        MaybeUndefined::Null => Change::Clear,
        MaybeUndefined::Value(value) => Change::Set(value),
    }
}

/// The row with the columns to write, and the names of the fields behind them for the event.
fn apply(
    call: &Call,
    current: &customer::Model,
    changes: ProfileChanges,
) -> (customer::ActiveModel, Vec<&'static str>) {
    let seal = |kind, clear: &str| call.app.vault.seal(kind, clear);
    let mut row = current.clone().into_active_model();
    let mut fields = Vec::new();
    if let Some(name) = changes.display_name {
        row.display_name = Set(name.as_str().to_owned());
        fields.push("displayName");
    }
    if !changes.real_name.is_keep() {
        row.real_name = Set(changes.real_name.apply(None).map(|name| seal(Personal::Name, name.as_str())));
        fields.push("realName");
    }
    if !changes.email.is_keep() {
        row.email = Set(changes.email.apply(None).map(|email| seal(Personal::Email, email.as_str())));
        fields.push("email");
    }
    if !changes.address.is_keep() {
        row.address = Set(changes.address.apply(None).map(|address| seal(Personal::Address, address.as_str())));
        fields.push("address");
    }
    if let Some(gender) = changes.gender {
        row.gender = Set(gender);
        fields.push("gender");
    }
    if !changes.birth_month.is_keep() {
        row.birth_month = Set(changes.birth_month.apply(None));
        fields.push("birthMonth");
    }
    if !changes.home_city_code.is_keep() {
        row.home_city_code = Set(changes.home_city_code.apply(None).map(|code| code.to_string()));
        fields.push("homeCityCode");
    }
    if !changes.preferred_store_id.is_keep() {
        row.preferred_store_id = Set(changes.preferred_store_id.apply(None));
        fields.push("preferredStoreId");
    }
    if !changes.preferred_locale.is_keep() {
        row.preferred_locale = Set(changes.preferred_locale.apply(None).map(|locale| locale.to_value()));
        fields.push("preferredLocale");
    }
    (row, fields)
}
