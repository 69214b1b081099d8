//! `configurationSave` (C043).

use async_graphql::{Context, SimpleObject};
use entity::catalog::{configuration, trim};
use entity::values::Codes;
use entity::{ConfigurationId, TrimId};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, TryInsertResult};
use serde::{Deserialize, Serialize};

use super::super::events;
use super::super::inputs::ConfigurationSaveInput;
use super::super::links::ConfigurationById;
use super::super::policy;
use super::super::quote::{Fields, PriceQuote};
use super::super::rules::share_code;
use super::super::store::{self, MAX_CHOSEN};
use super::super::types::Configuration;
use crate::access::ViewerKind;
use crate::graph::answer::below;
use crate::graph::call::CallState;
use crate::graph::user_error::UserErrorCode;
use crate::graph::write::{Key, write};
use crate::graph::{Call, CallExt, Error, Refusal, Result, UserError};
use crate::store::Tx;
use crate::values::city_code::CityCode;
use crate::values::error::Invalid;

/// What came of it.
#[derive(SimpleObject)]
pub struct ConfigurationSavePayload {
    /// The configuration as it is now.
    pub configuration: Option<Configuration>,
    /// What the user can put right.
    pub user_errors: Vec<UserError>,
}

#[derive(Serialize, Deserialize)]
struct Outcome {
    configuration: ConfigurationId,
}

/// How often a new code is drawn before it is our fault: 2^40 codes, so a second draw is rare and a third unheard of.
const DRAWS: usize = 5;

pub async fn run(ctx: &Context<'_>, input: ConfigurationSaveInput) -> Result<ConfigurationSavePayload> {
    let call = ctx.call();
    match call.viewer.kind {
        ViewerKind::Customer(_) | ViewerKind::Staff { .. } => {}
        ViewerKind::Anonymous | ViewerKind::Operator(_) | ViewerKind::System(_) => return Err(call.viewer.refused()),
    }
    let key = Key::new(ctx, &input.idempotency_key, &input);
    let asked = match parse(call, input) {
        Ok(asked) => asked,
        Err(user_errors) => return Ok(ConfigurationSavePayload { configuration: None, user_errors }),
    };
    let written = write(ctx, Some(key), move |tx, call| Box::pin(save(tx, call, asked))).await?;
    let (configuration, user_errors) = match written {
        Ok(outcome) => (call.link::<ConfigurationById>().one(outcome.configuration).await?, Vec::new()),
        Err(errors) => (None, errors),
    };
    if let Some(row) = &configuration {
        below(ctx, call, "configuration", row).await?;
    }
    Ok(ConfigurationSavePayload { configuration, user_errors })
}

struct Asked {
    /// The configuration to change, and the version that was read.
    over: Option<(ConfigurationId, i32)>,
    trim: TrimId,
    option_codes: Vec<String>,
    city: CityCode,
}

fn parse(call: &CallState, input: ConfigurationSaveInput) -> Result<Asked, Vec<UserError>> {
    let mut errors = Vec::new();
    let id = input.configuration_id.as_ref().and_then(|id| {
        UserError::parse_id::<ConfigurationId>(call, "configurationId", id).map_err(|error| errors.push(error)).ok()
    });
    let missing = match (&input.configuration_id, input.expected_version) {
        (Some(_), None) => Some("expectedVersion"),
        (None, Some(_)) => Some("configurationId"),
        _ => None,
    };
    errors.extend(missing.map(|field| UserError::refused(call, field, Invalid::REQUIRED)));
    let trim = UserError::parse_id(call, "trimId", &input.trim_id).map_err(|error| errors.push(error)).ok();
    if input.option_codes.len() > MAX_CHOSEN {
        let max = [("max", (MAX_CHOSEN as i64).into())];
        errors.push(UserError::invalid(call, "optionCodes", "too-many-options", &max));
    }
    let city = CityCode::parse(&input.city_code.0)
        .map_err(|invalid| errors.push(UserError::refused(call, "cityCode", invalid)))
        .ok();
    match (trim, city) {
        (Some(trim), Some(city)) if errors.is_empty() => {
            Ok(Asked { over: id.zip(input.expected_version), trim, option_codes: input.option_codes, city })
        }
        _ => Err(errors),
    }
}

async fn save(tx: &mut Tx, call: &Call, asked: Asked) -> Result<Outcome, Refusal> {
    let found =
        trim::Entity::find_by_id(asked.trim).filter(policy::trims(&call.viewer).or_nothing()).one(tx.conn()).await?;
    let trim = found.ok_or_else(|| UserError::not_found(call, "trimId"))?;
    if !trim.on_sale {
        let code = UserErrorCode::NotEligible;
        return Err(UserError::coded(call, code, "trimId", "not-on-sale", &[]).into());
    }
    let choice = store::Choice { trim: &trim, option_codes: &asked.option_codes, benefits: &[] };
    let quote = store::quote(tx.conn(), choice, asked.city.as_str(), tx.now())
        .await
        .map_err(|error| error.refusal(call, Fields::CHOICE))?;
    let row = match asked.over {
        Some((id, expected)) => update(tx, call, id, expected, quote).await?,
        None => insert(tx, call, quote).await?,
    };
    tx.emit(events::configuration_saved(&call.viewer, &row));
    Ok(Outcome { configuration: row.id })
}

async fn insert(tx: &Tx, call: &CallState, quote: PriceQuote) -> Result<configuration::Model, Refusal> {
    let mut row = configuration::Model {
        id: ConfigurationId::generate(),
        code: String::new(),
        customer_id: call.viewer.customer(),
        trim_id: quote.trim_id,
        option_codes: Codes(quote.option_codes),
        city_code: Some(quote.city_code),
        ruleset_version: quote.price_version,
        price_minor: quote.breakdown.invoice_minor,
        lead_time_days: quote.lead_time_days,
        version: 1,
        created_at: tx.now(),
        updated_at: tx.now(),
    };
    for _ in 0..DRAWS {
        let mut random = [0; share_code::LENGTH];
        aws_lc_rs::rand::fill(&mut random).map_err(|_| Error::hidden("no random numbers"))?;
        row.code = share_code::of_bytes(random);
        let inserted = configuration::Entity::insert(configuration::ActiveModel {
            id: Set(row.id),
            code: Set(row.code.clone()),
            customer_id: Set(row.customer_id),
            trim_id: Set(row.trim_id),
            option_codes: Set(row.option_codes.clone()),
            city_code: Set(row.city_code.clone()),
            ruleset_version: Set(row.ruleset_version),
            price_minor: Set(row.price_minor),
            lead_time_days: Set(row.lead_time_days),
            version: Set(row.version),
            created_at: Set(row.created_at),
            updated_at: Set(row.updated_at),
        })
        .on_conflict(OnConflict::column(configuration::Column::Code).do_nothing().to_owned())
        .try_insert()
        .exec_without_returning(tx.conn())
        .await?;
        if matches!(inserted, TryInsertResult::Inserted(rows) if rows > 0) {
            return Ok(row);
        }
    }
    Err(Error::hidden("no free code for a configuration").into())
}

/// Compares and sets in one statement; what did not match is looked at only to say why.
async fn update(
    tx: &Tx,
    call: &CallState,
    id: ConfigurationId,
    expected: i32,
    quote: PriceQuote,
) -> Result<configuration::Model, Refusal> {
    let changes = configuration::ActiveModel {
        trim_id: Set(quote.trim_id),
        option_codes: Set(Codes(quote.option_codes)),
        city_code: Set(Some(quote.city_code)),
        ruleset_version: Set(quote.price_version),
        price_minor: Set(quote.breakdown.invoice_minor),
        lead_time_days: Set(quote.lead_time_days),
        version: Set(expected.saturating_add(1)),
        updated_at: Set(tx.now()),
        ..Default::default()
    };
    let updated = configuration::Entity::update_many()
        .set(changes)
        .filter(configuration::Column::Id.eq(id))
        .filter(configuration::Column::Version.eq(expected))
        .filter(policy::changeable(&call.viewer).or_nothing())
        .exec_with_returning(tx.conn())
        .await?;
    if let Some(row) = updated.into_iter().next() {
        return Ok(row);
    }
    let row = configuration::Entity::find_by_id(id)
        .filter(policy::changeable(&call.viewer).or_nothing())
        .one(tx.conn())
        .await?;
    match row {
        Some(row) => Err(UserError::version(call, id, row.version).into()),
        None => Err(UserError::not_found(call, "configurationId").into()),
    }
}
