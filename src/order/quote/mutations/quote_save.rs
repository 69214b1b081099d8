//! `quoteSave` (C044).

use async_graphql::{Context, SimpleObject};
use entity::catalog::{finance_plan, trim};
use entity::customer::customer;
use entity::order::quote;
use entity::place::{city, store};
use entity::{
    BenefitPackageId, Codes, ConfigurationId, CustomerId, FinancePlanId, QuoteId, QuotedBenefit, QuotedBenefits,
    QuotedLine, QuotedLines, StoreId,
};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter};
use serde::{Deserialize, Serialize};

use super::super::inputs::{QuoteFinanceInput, QuoteSaveInput};
use super::super::links::QuoteById;
use super::super::types::Quote;
use super::super::{events, policy, store as kept};
use crate::access::ViewerKind;
use crate::catalog::financing::{PricedCar, by_plan};
use crate::catalog::quote::{Fields, PriceQuote};
use crate::catalog::sold::{own_configuration, sold_trim};
use crate::catalog::store::{Choice, quote as priced};
use crate::customer::policy as customers;
use crate::graph::answer::below;
use crate::graph::user_error::UserErrorCode;
use crate::graph::write::{Key, write};
use crate::graph::{Call, CallExt, Refusal, Result, UserError};
use crate::store::{Lock, Tx};
use crate::values::calendar;
use crate::values::error::Invalid;

/// What came of it.
#[derive(SimpleObject)]
pub struct QuoteSavePayload {
    /// The price as it is kept now.
    pub quote: Option<Quote>,
    /// What the user can put right.
    pub user_errors: Vec<UserError>,
}

#[derive(Serialize, Deserialize)]
struct Outcome {
    quote: QuoteId,
}

/// Most prices that are held for a customer at a time.
const MAX_QUOTES: u64 = 50;

pub async fn run(ctx: &Context<'_>, input: QuoteSaveInput) -> Result<QuoteSavePayload> {
    let call = ctx.call();
    policy::changeable(&call.viewer).or_refuse(&call.viewer)?;
    let key = Key::new(ctx, &input.idempotency_key, &input);
    let written = match read(call, &input) {
        Ok(asked) => write(ctx, Some(key), move |tx, call| Box::pin(save(tx, call, asked, input.finance))).await?,
        Err(errors) => Err(errors),
    };
    let (quote, user_errors) = match written {
        Ok(outcome) => (call.link::<QuoteById>().one(outcome.quote).await?, Vec::new()),
        Err(errors) => (None, errors),
    };
    if let Some(row) = &quote {
        below(ctx, call, "quote", row).await?;
    }
    Ok(QuoteSavePayload { quote, user_errors })
}

/// What the input says, read.
struct Asked {
    /// The one to put together anew, and the version that was read.
    over: Option<(QuoteId, i32)>,
    /// For whom; of one that is there, whose it is.
    customer: Option<CustomerId>,
    store: Option<StoreId>,
    configuration: ConfigurationId,
    benefits: Vec<BenefitPackageId>,
    city_code: String,
    plan: Option<FinancePlanId>,
}

/// Every error that the input has by itself.
fn read(call: &Call, input: &QuoteSaveInput) -> Result<Asked, Vec<UserError>> {
    let mut errors = Vec::new();
    let required = |field: &str| UserError::refused(call, field, Invalid::REQUIRED);
    let over = match (&input.quote_id, input.expected_version) {
        (Some(id), Some(version)) => UserError::parse_id(call, "quoteId", id).map(|id| Some((id, version))),
        (Some(_), None) => Err(required("expectedVersion")),
        (None, Some(_)) => Err(required("quoteId")),
        (None, None) => Ok(None),
    };
    let new = input.quote_id.is_none();
    let customer = match (call.viewer.kind, &input.customer_id) {
        (_, Some(_)) if !new => Err(UserError::invalid(call, "customerId", "quote-customer", &[])),
        (ViewerKind::Customer(own), None) => Ok(Some(own)),
        (ViewerKind::Customer(own), Some(id)) if id.as_str() == own.to_string() => Ok(Some(own)),
        (ViewerKind::Customer(_), Some(_)) => Err(UserError::not_found(call, "customerId")),
        (_, Some(id)) => UserError::parse_id(call, "customerId", id).map(Some),
        (_, None) if new => Err(required("customerId")),
        (_, None) => Ok(None),
    };
    let store = match (call.viewer.store(), &input.store_id) {
        (Some(own), Some(id)) if id.as_str() != own.to_string() => Err(UserError::not_found(call, "storeId")),
        (Some(own), _) => Ok(Some(own)),
        (None, Some(id)) => UserError::parse_id(call, "storeId", id).map(Some),
        (None, None) => Ok(None),
    };
    let configuration = UserError::parse_id(call, "configurationId", &input.configuration_id);
    let plan = input.finance.as_ref().map(|finance| UserError::parse_id(call, "finance.planId", &finance.plan_id));
    let benefits = UserError::parse_ids(call, "benefitPackageIds", &input.benefit_package_ids);
    let benefits = benefits.map_err(|wrong| errors.extend(wrong)).unwrap_or_default();
    let mut keep = |error| errors.push(error);
    let asked = Asked {
        over: over.map_err(&mut keep).ok().flatten(),
        customer: customer.map_err(&mut keep).ok().flatten(),
        store: store.map_err(&mut keep).ok().flatten(),
        configuration: configuration.map_err(&mut keep).unwrap_or_default(),
        benefits,
        city_code: input.city_code.0.clone(),
        plan: plan.transpose().map_err(&mut keep).ok().flatten(),
    };
    if errors.is_empty() { Ok(asked) } else { Err(errors) }
}

async fn save(tx: &mut Tx, call: &Call, asked: Asked, finance: Option<QuoteFinanceInput>) -> Result<Outcome, Refusal> {
    let before = match asked.over {
        Some((id, expected)) => Some(there(tx, call, id, expected).await?),
        None => None,
    };
    let customer = match &before {
        Some(row) => still_seen(tx, call, row.customer_id).await?,
        None => for_whom(tx, call, &asked).await?,
    };
    if let Some(store) = asked.store
        && store::Entity::find_by_id(store).one(tx.conn()).await?.is_none()
    {
        return Err(UserError::not_found(call, "storeId").into());
    }
    let (trim, codes) = car(tx, call, customer, asked.configuration).await?;
    let choice = Choice { trim: &trim, option_codes: &codes, benefits: &asked.benefits };
    let price = priced(tx.conn(), choice, &asked.city_code, tx.now()).await;
    let price = price.map_err(|error| error.refusal(call, Fields::CONFIGURATION))?;
    if city::Entity::find_by_id(price.city_code.clone()).one(tx.conn()).await?.is_none() {
        return Err(UserError::not_found(call, "cityCode").into());
    }
    let mut row = row(tx, call, (customer, &asked), &price);
    if let (Some(plan), Some(finance)) = (asked.plan, finance) {
        let unknown = || UserError::not_found(call, "finance.planId");
        let plan = finance_plan::Entity::find_by_id(plan).one(tx.conn()).await?.ok_or_else(unknown)?;
        let car = PricedCar { trim: &trim, city_code: &price.city_code, invoice_minor: row.invoice_minor };
        let (months, on) = (finance.months, calendar::day(tx.now()));
        let (_, down_payment_minor) = by_plan(call, "finance.", &plan, car, on, (months, finance.down_payment))?;
        row.finance_plan_id = Some(plan.id);
        row.finance_months = Some(months);
        row.down_payment_minor = Some(down_payment_minor);
    }
    let id = match before {
        Some(before) => {
            let row = quote::Model {
                id: before.id,
                store_id: row.store_id.or(before.store_id),
                created_by: before.created_by,
                created_at: before.created_at,
                version: before.version + 1,
                ..row
            };
            let id = row.id;
            tx.emit(events::changed(&row));
            kept::save(tx, row);
            id
        }
        None => {
            let id = row.id;
            tx.emit(events::changed(&row));
            tx.insert([row.into_active_model().reset_all()]);
            id
        }
    };
    Ok(Outcome { quote: id })
}

/// The one that is put together anew.
async fn there(tx: &Tx, call: &Call, id: QuoteId, expected: i32) -> Result<quote::Model, Refusal> {
    let select = quote::Entity::find_by_id(id).filter(policy::changeable(&call.viewer).or_nothing());
    let found = Lock::row(select).take(tx.conn()).await?;
    let found = found.ok_or_else(|| UserError::not_found(call, "quoteId"))?;
    if found.version != expected {
        return Err(UserError::version(call, id, found.version).into());
    }
    if found.order_id.is_some() {
        return Err(UserError::coded(call, UserErrorCode::NotEligible, "quoteId", "quote-ordered", &[]).into());
    }
    Ok(found)
}

/// Whose one that is there is; a customer whom the caller still may see.
async fn still_seen(tx: &Tx, call: &Call, id: CustomerId) -> Result<CustomerId, Refusal> {
    let seen = customer::Entity::find_by_id(id).filter(customers::readable(&call.viewer).or_nothing());
    seen.one(tx.conn()).await?.map(|row| row.id).ok_or_else(|| UserError::not_found(call, "quoteId").into())
}

/// Whose a new one is; a customer whom the caller may see, and who has not too many.
async fn for_whom(tx: &Tx, call: &Call, asked: &Asked) -> Result<CustomerId, Refusal> {
    let unknown = || UserError::not_found(call, "customerId");
    let id = asked.customer.ok_or_else(unknown)?;
    // Locked, so that two at once are counted one after the other.
    let seen = customer::Entity::find_by_id(id).filter(customers::readable(&call.viewer).or_nothing());
    Lock::row(seen).take(tx.conn()).await?.ok_or_else(unknown)?;
    let kept = quote::Entity::find()
        .filter(quote::Column::CustomerId.eq(id))
        .filter(quote::Column::OrderId.is_null())
        .filter(quote::Column::HeldUntil.gt(tx.now()))
        .count(tx.conn())
        .await?;
    if kept >= MAX_QUOTES {
        let args = [("max", i64::try_from(MAX_QUOTES).unwrap_or(i64::MAX).into())];
        return Err(UserError::coded(call, UserErrorCode::LimitReached, "customerId", "quote-many", &args).into());
    }
    Ok(id)
}

/// The car: a configuration of the customer's own, or nobody's, of a trim that is on sale.
async fn car(
    tx: &Tx,
    call: &Call,
    customer: CustomerId,
    id: ConfigurationId,
) -> Result<(trim::Model, Vec<String>), Refusal> {
    let found = own_configuration(tx.conn(), customer, id).await?;
    let found = found.ok_or_else(|| UserError::not_found(call, "configurationId"))?;
    let trim = sold_trim(tx.conn(), found.trim_id).await?.ok_or_else(|| {
        let code = UserErrorCode::NotEligible;
        UserError::coded(call, code, "configurationId", "order-trim-off-sale", &[])
    })?;
    Ok((trim, found.option_codes.0))
}

/// A new one, paid at once.
fn row(tx: &Tx, call: &Call, (customer, asked): (CustomerId, &Asked), price: &PriceQuote) -> quote::Model {
    let benefits = price.benefits.iter().map(|package| QuotedBenefit {
        package_id: package.id,
        code: package.code.clone(),
        name_zh: package.name_zh.clone(),
        name_en: package.name_en.clone(),
        price_minor: package.price_minor,
    });
    let lines = price.breakdown.lines.iter().map(|line| QuotedLine {
        kind: line.kind,
        code: line.code.clone(),
        label_zh: line.label_zh.clone(),
        label_en: line.label_en.clone(),
        amount_minor: line.amount_minor,
    });
    quote::Model {
        id: QuoteId::generate(),
        customer_id: customer,
        store_id: asked.store,
        created_by: call.viewer.actor(),
        configuration_id: asked.configuration,
        trim_id: price.trim_id,
        option_codes: Codes(price.option_codes.clone()),
        city_code: price.city_code.clone(),
        benefits: QuotedBenefits(benefits.collect()),
        lines: QuotedLines(lines.collect()),
        payable_minor: price.breakdown.payable_minor,
        invoice_minor: price.breakdown.invoice_minor,
        price_version: price.price_version,
        finance_plan_id: None,
        finance_months: None,
        down_payment_minor: None,
        priced_at: price.at,
        held_until: price.holds_until,
        order_id: None,
        version: 1,
        created_at: tx.now(),
        updated_at: tx.now(),
    }
}
