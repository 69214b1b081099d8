//! `financeApplicationSubmit` (C068): a loan is applied for over an order's car.
//!
//! The lender is asked between two transactions, never within one, as the payment provider is by `paymentInitiate`: it knows an
//! application by its id, so what breaks in between is made up for by asking again.

use async_graphql::{Context, SimpleObject};
use entity::catalog::{finance_plan, trim};
use entity::customer::consent;
use entity::order::{finance_application, order, price_line};
use entity::place::organization;
use entity::{
    ConsentId, ConsentPurpose, FinanceApplicationId, FinanceApplicationState, FinancePlanId, OrderId, PriceLineKind,
};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter};
use serde::{Deserialize, Serialize};

use super::super::inputs::FinanceApplicationSubmitInput;
use super::super::policy;
use super::super::rules::finance::{MAX_APPLICATIONS, is_closed, takes_application};
use super::super::store::{Heard, MAX_REFERENCE, Revision, follow_lender, free_reference, page, save_application};
use super::super::types::{FinanceApplication, Order};
use super::{Financed, financed};
use crate::catalog::financing::{PricedCar, by_plan};
use crate::catalog::rules::finance::Calculation;
use crate::graph::user_error::UserErrorCode;
use crate::graph::write::{Key, write};
use crate::graph::{Call, CallExt, Code, Error, Refusal, Result, UserError};
use crate::ports::PortError;
use crate::ports::lender::{Application, Receipt};
use crate::store::Tx;
use crate::values::calendar;
use crate::values::money::{CURRENCY, Money};
use crate::values::text;

/// What came of it.
#[derive(SimpleObject)]
pub struct FinanceApplicationSubmitPayload {
    /// The order.
    pub order: Option<Order>,
    /// The application; its `formUrl` says where the lender asks.
    pub finance_application: Option<FinanceApplication>,
    /// What the user can put right.
    pub user_errors: Vec<UserError>,
}

pub async fn run(ctx: &Context<'_>, input: FinanceApplicationSubmitInput) -> Result<FinanceApplicationSubmitPayload> {
    let call = ctx.call();
    policy::readable(&call.viewer).or_refuse(&call.viewer)?;
    if call.app.ports.lender.is_none() {
        return Err(Error::shown(Code::Unavailable, "finance-no-lender"));
    }
    let key = Key::new(ctx, &input.idempotency_key, &input);
    let mut written = write(ctx, Some(key), move |tx, call| Box::pin(begin(tx, call, input))).await?;
    let mut declined = None;
    if let Ok(asked) = &written {
        match hand_over(ctx, asked).await? {
            Ok(code) => declined = code,
            Err(errors) => written = Err(errors),
        }
    }
    let (order, finance_application, mut user_errors) = financed(ctx, written).await?;
    if let Some(code) = declined {
        let args = [("code", code.into())];
        user_errors.push(UserError::coded(call, UserErrorCode::NotEligible, "planId", "finance-declined", &args));
    }
    Ok(FinanceApplicationSubmitPayload { order, finance_application, user_errors })
}

/// Makes the application, or finds the same one that is open.
async fn begin(tx: &mut Tx, call: &Call, input: FinanceApplicationSubmitInput) -> Result<Financed, Refusal> {
    let id: OrderId = UserError::parse_id(call, "orderId", &input.order_id)?;
    let rows = policy::readable(&call.viewer).or_nothing();
    let unknown = || UserError::not_found(call, "orderId");
    let mut revision = Revision::open(tx, rows, id, call.viewer.actor()).await?.ok_or_else(unknown)?;
    if revision.version() != input.expected_version {
        return Err(UserError::version(call, id, revision.version()).into());
    }
    if !takes_application(revision.order.status) {
        let code = UserErrorCode::NotEligible;
        return Err(UserError::coded(call, code, "orderId", "finance-order-state", &[]).into());
    }
    let consent = consent_of(tx, call, &revision.order, &input).await?;
    let (plan, outcome) = plan_of(tx, call, &revision.order, &input).await?;
    let (now, loan) = (tx.now(), &outcome.loan);
    let number = |whole: u32| i32::try_from(whole).unwrap_or(i32::MAX);
    let row = finance_application::Model {
        id: FinanceApplicationId::generate(),
        order_id: id,
        plan_id: plan.id,
        lender_id: plan.lender_id,
        consent_id: Some(consent),
        state: FinanceApplicationState::Draft,
        method: loan.method,
        months: number(loan.months),
        annual_rate_bp: number(loan.rate_bp),
        down_payment_minor: invoice_minor(tx, id).await? - loan.principal_minor,
        principal_minor: loan.principal_minor,
        monthly_minor: outcome.months.first().map_or(0, |month| month.regular_minor()),
        approved_minor: None,
        lender_reference: None,
        form_url: None,
        lender_note: None,
        created_at: now,
        submitted_at: None,
        decided_at: None,
        expires_at: None,
        state_at: None,
        checked_at: Some(now),
        updated_at: now,
    };
    let of_order = finance_application::Entity::find().filter(finance_application::Column::OrderId.eq(id));
    let before = of_order.all(tx.conn()).await?;
    if let Some(open) = before.iter().find(|row| !is_closed(row.state)) {
        let terms = |row: &finance_application::Model| (row.plan_id, row.months, row.principal_minor);
        if terms(open) == terms(&row) {
            if open.consent_id != row.consent_id && open.consent_id.is_some() {
                let relies = finance_application::ActiveModel { consent_id: Set(row.consent_id), ..Default::default() };
                let own = finance_application::Column::Id.eq(open.id);
                tx.put_one(finance_application::Entity::update_many().set(relies).filter(own));
            }
            return Ok(Financed { order: id, application: open.id });
        }
        let code = UserErrorCode::InvalidTransition;
        return Err(UserError::coded(call, code, "orderId", "finance-open", &[]).into());
    }
    if before.len() >= MAX_APPLICATIONS {
        let code = UserErrorCode::LimitReached;
        return Err(UserError::coded(call, code, "orderId", "finance-many", &[]).into());
    }
    revision.finance_changed(&row, now);
    let application = row.id;
    tx.insert([row.into_active_model().reset_all()]);
    revision.save(tx);
    Ok(Financed { order: id, application })
}

/// The consent that the input names: the customer's own, for this, and in force (PIPL 29).
async fn consent_of(
    tx: &Tx,
    call: &Call,
    order: &order::Model,
    input: &FinanceApplicationSubmitInput,
) -> Result<ConsentId, Refusal> {
    let id: ConsentId = UserError::parse_id(call, "consentId", &input.consent_id)?;
    let given = consent::Entity::find_by_id(id)
        .filter(consent::Column::CustomerId.eq(order.customer_id))
        .filter(consent::Column::WithdrawnAt.is_null())
        .one(tx.conn())
        .await?;
    let unknown = || UserError::coded(call, UserErrorCode::NotFound, "consentId", "order-consent-unknown", &[]);
    let given = given.ok_or_else(unknown)?;
    if given.purpose != ConsentPurpose::FinanceCredit {
        let code = UserErrorCode::ConsentRequired;
        return Err(UserError::coded(call, code, "consentId", "finance-consent", &[]).into());
    }
    Ok(id)
}

/// The plan that the input names and what it makes of the order's car; never more than is still to be paid.
async fn plan_of(
    tx: &Tx,
    call: &Call,
    order: &order::Model,
    input: &FinanceApplicationSubmitInput,
) -> Result<(finance_plan::Model, Calculation), Refusal> {
    let id: FinancePlanId = UserError::parse_id(call, "planId", &input.plan_id)?;
    let unknown = || UserError::not_found(call, "planId");
    let plan = finance_plan::Entity::find_by_id(id).one(tx.conn()).await?.ok_or_else(unknown)?;
    let trim = trim::Entity::find_by_id(order.trim_id).one(tx.conn()).await?.ok_or_else(unknown)?;
    let car = PricedCar { trim: &trim, city_code: &order.city_code, invoice_minor: invoice_minor(tx, order.id).await? };
    let terms = (input.months, input.down_payment);
    let (outcome, _) = by_plan(call, "", &plan, car, calendar::day(tx.now()), terms)?;
    let left = order.total_minor - order.paid_minor;
    if outcome.loan.principal_minor > left {
        let code = UserErrorCode::NotEligible;
        let args = [("left", Money::from_minor(left.max(0)).to_string().into())];
        return Err(UserError::coded(call, code, "downPayment", "finance-more-than-left", &args).into());
    }
    Ok((plan, outcome))
}

/// What the vehicle invoice of an order will say, fen: the car with its options, less the brand's discount.
async fn invoice_minor(tx: &Tx, order: OrderId) -> Result<i64, Refusal> {
    let lines = price_line::Entity::find()
        .filter(price_line::Column::OrderId.eq(order))
        .filter(price_line::Column::Kind.is_in([PriceLineKind::Msrp, PriceLineKind::Option, PriceLineKind::Discount]))
        .all(tx.conn())
        .await?;
    Ok(lines.iter().map(|line| line.amount_minor).sum())
}

/// Hands an application over that the lender does not have yet; the lender's code when it declines.
async fn hand_over(ctx: &Context<'_>, asked: &Financed) -> Result<std::result::Result<Option<String>, Vec<UserError>>> {
    let call = ctx.call();
    let conn = call.db();
    let gone = || Error::hidden("an application, its order or its plan vanished");
    let row = finance_application::Entity::find_by_id(asked.application).one(conn).await?.ok_or_else(gone)?;
    match row.state {
        FinanceApplicationState::Draft => {}
        FinanceApplicationState::Rejected if row.lender_reference.is_none() => return Ok(Ok(row.lender_note)),
        // It has it, and nobody heard where it asks: it is asked again, which is the same.
        state if !is_closed(state) && row.form_url.is_none() && row.consent_id.is_some() => {}
        _ => return Ok(Ok(None)),
    }
    let consent = match row.consent_id {
        Some(consent) => consent::Entity::find_by_id(consent).one(conn).await?,
        None => None,
    };
    if consent.is_none_or(|given| given.withdrawn_at.is_some()) {
        let code = UserErrorCode::ConsentRequired;
        return Ok(Err(vec![UserError::coded(call, code, "consentId", "finance-consent", &[])]));
    }
    let order = order::Entity::find_by_id(asked.order).one(conn).await?.ok_or_else(gone)?;
    if !takes_application(order.status) {
        let code = UserErrorCode::NotEligible;
        return Ok(Err(vec![UserError::coded(call, code, "orderId", "finance-order-state", &[])]));
    }
    let plan = finance_plan::Entity::find_by_id(row.plan_id).one(conn).await?.ok_or_else(gone)?;
    let lender = organization::Entity::find_by_id(row.lender_id).one(conn).await?.ok_or_else(gone)?;
    let port = call.app.ports.lender.as_ref().ok_or_else(|| Error::hidden("no lender any more"))?;
    let whole = |number: i32| u32::try_from(number).unwrap_or(0);
    let application = Application {
        order_number: order.number,
        lender_code: lender.code,
        plan_code: plan.code,
        method: row.method,
        months: whole(row.months),
        annual_rate_bp: whole(row.annual_rate_bp),
        invoice_minor: row.down_payment_minor + row.principal_minor,
        down_payment_minor: row.down_payment_minor,
        principal_minor: row.principal_minor,
        currency: CURRENCY.to_owned(),
    };
    let said = match port.submit(row.id, &application).await {
        Ok(receipt) => Ok(receipt),
        Err(PortError::Declined(code)) => Err(code),
        Err(error) => {
            tracing::warn!(%error, application = %row.id, "an application for a loan was not handed over");
            return Err(Error::shown(Code::Unavailable, "finance-lender-away"));
        }
    };
    let code = said.as_ref().err().cloned();
    let (order, id) = (asked.order, asked.application);
    let noted = write(ctx, None, move |tx, call| Box::pin(note(tx, call, (order, id), said)));
    match noted.await? {
        Ok(Noted { closed: true }) => {
            // Taken back while it was on its way: the lender is not to go on with it.
            if let Err(error) = port.withdraw(id).await {
                tracing::warn!(%error, application = %id, "an application that was taken back is with the lender");
            }
            Ok(Ok(code))
        }
        Ok(Noted { closed: false }) => Ok(Ok(code)),
        Err(errors) => Ok(Err(errors)),
    }
}

/// Whether the application was closed before the lender's answer came.
#[derive(Serialize, Deserialize)]
struct Noted {
    closed: bool,
}

/// Notes what the lender said. An application that it has told more of meanwhile keeps that, and where it asks.
async fn note(
    tx: &mut Tx,
    call: &Call,
    (order, id): (OrderId, FinanceApplicationId),
    said: Result<Receipt, String>,
) -> Result<Noted, Refusal> {
    let rows = policy::readable(&call.viewer).or_nothing();
    let unknown = || UserError::not_found(call, "orderId");
    let mut revision = Revision::open(tx, rows, order, call.viewer.actor()).await?.ok_or_else(unknown)?;
    let row = finance_application::Entity::find_by_id(id).one(tx.conn()).await?.ok_or_else(unknown)?;
    let now = tx.now();
    let (row, heard) = match said {
        Ok(_) if is_closed(row.state) => return Ok(Noted { closed: true }),
        Ok(Receipt { reference, form_url }) => {
            let reference = free_reference(tx, &row, text::line(&reference, MAX_REFERENCE).ok()).await?;
            let form_url = row.form_url.clone().or_else(|| page(form_url));
            if row.state != FinanceApplicationState::Draft {
                let lender_reference = row.lender_reference.clone().or(reference);
                let after = finance_application::Model { form_url, lender_reference, ..row.clone() };
                if after != row {
                    let after = finance_application::Model { updated_at: now, ..after };
                    revision.finance_changed(&after, now);
                    save_application(tx, &after);
                    revision.save(tx);
                }
                return Ok(Noted { closed: false });
            }
            let row = finance_application::Model { form_url, ..row };
            (row, Heard { reference, ..Heard::state(FinanceApplicationState::Submitted, now) })
        }
        // No at the door; of one that it has taken before the answer is another matter.
        Err(code) if row.state == FinanceApplicationState::Draft => {
            (row, Heard { note: Some(code), ..Heard::state(FinanceApplicationState::Rejected, now) })
        }
        Err(_) => return Ok(Noted { closed: false }),
    };
    let row = follow_lender(tx, &mut revision, row, heard).await?;
    save_application(tx, &row);
    revision.save(tx);
    Ok(Noted { closed: false })
}
