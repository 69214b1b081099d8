//! `orderPlace` (C055, C064, C065).

use async_graphql::{Context, SimpleObject};
use chrono::{DateTime, TimeDelta, Utc};
use entity::catalog::{configuration, trim};
use entity::customer::{consent, customer};
use entity::order::{eta_revision, event, milestone, order, payment};
use entity::place::{city, store};
use entity::{
    BenefitPackageId, Codes, ConfigurationId, ConsentId, ConsentPurpose, CustomerId, EtaReason, EtaRevisionId,
    FulfillmentMode, MilestoneId, OrderEventId, OrderEventKind, OrderId, OrderPaymentStatus, OrderStatus, PaymentId,
    PaymentMethod, PaymentPurpose, PaymentState, SalesModel, Sealed, StoreId,
};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, DbErr, EntityTrait, IntoActiveModel, QueryFilter};

use super::super::inputs::{OrderPlaceInput, OrderStage};
use super::super::quote::{open_for_order, ordered, token_of};
use super::super::rules::estimate::{Estimate, Way, first_estimate};
use super::super::rules::milestone::PlannedMilestone;
use super::super::rules::payment::check_earnest;
use super::super::rules::template::{Pattern, balance_first, planned};
use super::super::rules::took::{Measured, Usual};
use super::super::types::{Order, Payment};
use super::super::{events, store as kept};
use super::{PaidOrder, paid};
use crate::catalog::PriceToken;
use crate::catalog::quote::{Fields, PriceQuote, QuoteError};
use crate::catalog::sold::{own_configuration, sold_trim};
use crate::catalog::store::{Choice, quote};
use crate::graph::user_error::UserErrorCode;
use crate::graph::write::{Key, write};
use crate::graph::{Call, CallExt, Code, Error, Refusal, Result, UserError};
use crate::store::vault::Personal;
use crate::store::{Knows, Tx};
use crate::values::calendar;
use crate::values::person_name::PersonName;

/// The refundable intention deposit, in fen; 99 to 999 yuan are usual (domain.md 4.3).
pub const INTENTION_MINOR: i64 = 9_900;

/// The earnest deposit, in fen (domain.md 4.3).
pub const EARNEST_MINOR: i64 = 500_000;

/// What came of it.
#[derive(SimpleObject)]
pub struct OrderPlacePayload {
    /// The order.
    pub order: Option<Order>,
    /// The deposit to be paid.
    pub payment: Option<Payment>,
    /// What the user can put right.
    pub user_errors: Vec<UserError>,
}

pub async fn run(ctx: &Context<'_>, input: OrderPlaceInput) -> Result<OrderPlacePayload> {
    let call = ctx.call();
    let customer = call.viewer.customer_or_refuse()?;
    let key = Key::new(ctx, &input.idempotency_key, &input);
    let written = write(ctx, Some(key), move |tx, call| Box::pin(place(tx, call, customer, input))).await?;
    let (order, payment, user_errors) = paid(ctx, written).await?;
    Ok(OrderPlacePayload { order, payment, user_errors })
}

/// The rows that an order is made of.
pub struct Parts {
    pub customer: CustomerId,
    pub configuration: configuration::Model,
    pub trim: trim::Model,
    pub store: store::Model,
    pub delivery_store: store::Model,
    pub buyer_name: Sealed,
    pub buyer_id_number: Option<Sealed>,
    /// How the car is to be found.
    pub mode: FulfillmentMode,
    /// How long it waits for its deposit.
    pub pay_within: TimeDelta,
}

async fn place(tx: &mut Tx, call: &Call, customer: CustomerId, input: OrderPlaceInput) -> Result<PaidOrder, Refusal> {
    let parts = find(tx, call, customer, &input).await?;
    let agreed = agreed_on(tx, call, customer, &input).await?;
    let quote = priced(tx, call, &parts, &agreed, &input).await?;
    if city::Entity::find_by_id(quote.city_code.clone()).one(tx.conn()).await?.is_none() {
        return Err(UserError::not_found(call, "cityCode").into());
    }
    let total = quote.breakdown.payable_minor;
    if input.stage == OrderStage::Placed && check_earnest(EARNEST_MINOR, total).is_err() {
        let code = UserErrorCode::NotEligible;
        return Err(UserError::coded(call, code, "stage", "order-deposit-cap", &[]).into());
    }
    let placed = write_order(tx, call, &parts, &quote, &input).await?;
    if let Some(kept) = agreed.kept {
        ordered(tx, kept, placed.order);
    }
    Ok(placed)
}

/// The price that the input agrees to: the held one of a token, while it is held, else the one of now.
async fn priced(
    tx: &Tx,
    call: &Call,
    parts: &Parts,
    agreed_on: &AgreedOn,
    input: &OrderPlaceInput,
) -> Result<PriceQuote, Refusal> {
    let choice =
        Choice { trim: &parts.trim, option_codes: &parts.configuration.option_codes.0, benefits: &agreed_on.benefits };
    let at = async |moment: DateTime<Utc>| {
        let quote = quote(tx.conn(), choice, &input.city_code.0, moment).await;
        quote.map_err(|error| error.refusal(call, Fields::CONFIGURATION))
    };
    let AgreedOn { field, expected_minor: expected, ref held, .. } = *agreed_on;
    if let Some(token) = held {
        let then = match tx.now() < token.until {
            true => Some(quote(tx.conn(), choice, &input.city_code.0, token.at).await),
            false => None,
        };
        let then = match then {
            Some(Err(QuoteError::Failed(error))) => return Err(error.into()),
            // What has been withdrawn since has no price of before.
            Some(then) => then.ok(),
            None => None,
        };
        let now = match then {
            // An option that was priced anew has no price of before.
            Some(then) if then.breakdown.payable_minor == expected || !token.is_of(&then) => then,
            _ => at(tx.now()).await?,
        };
        if !token.is_of(&now) {
            return Err(UserError::invalid(call, field, "quote-token-other", &[]).into());
        }
        return agreed(call, field, expected, now);
    }
    agreed(call, field, expected, at(tx.now()).await?)
}

/// What the input agrees to.
struct AgreedOn {
    /// Where it says so.
    field: &'static str,
    /// The total, fen.
    expected_minor: i64,
    /// The price that is held for it.
    held: Option<PriceToken>,
    /// The kept price that it is of.
    kept: Option<entity::order::quote::Model>,
    /// Packages that are had besides the car.
    benefits: Vec<BenefitPackageId>,
}

/// The total, the token or the kept price that the input names: one of the three.
async fn agreed_on(tx: &Tx, call: &Call, customer: CustomerId, input: &OrderPlaceInput) -> Result<AgreedOn, Refusal> {
    let benefits = UserError::parse_ids(call, "benefitPackageIds", &input.benefit_package_ids)?;
    match (input.expected_total_minor, &input.quote_token, &input.quote_id) {
        (Some(total), None, None) => {
            Ok(AgreedOn { field: "expectedTotalMinor", expected_minor: total.0, held: None, kept: None, benefits })
        }
        (None, Some(text), None) => {
            let unreadable = || UserError::invalid(call, "quoteToken", "quote-token", &[]);
            let token = PriceToken::open(text, &call.app.vault).ok_or_else(unreadable)?;
            let expected_minor = token.payable_minor;
            Ok(AgreedOn { field: "quoteToken", expected_minor, held: Some(token), kept: None, benefits })
        }
        (None, None, Some(id)) => {
            let id = UserError::parse_id(call, "quoteId", id)?;
            let kept = open_for_order(tx, customer, id).await?.ok_or_else(|| UserError::not_found(call, "quoteId"))?;
            if kept.order_id.is_some() {
                let code = UserErrorCode::NotEligible;
                return Err(UserError::coded(call, code, "quoteId", "quote-ordered", &[]).into());
            }
            if kept.store_id.is_some_and(|own| own.to_string() != input.store_id.as_str()) {
                return Err(UserError::invalid(call, "storeId", "quote-store", &[]).into());
            }
            if !benefits.is_empty() {
                return Err(UserError::invalid(call, "benefitPackageIds", "quote-benefits", &[]).into());
            }
            let held = token_of(&kept);
            let benefits = kept.benefits.0.iter().map(|benefit| benefit.package_id).collect();
            let expected_minor = kept.payable_minor;
            Ok(AgreedOn { field: "quoteId", expected_minor, held: Some(held), kept: Some(kept), benefits })
        }
        _ => {
            let code = UserErrorCode::Required;
            Err(UserError::coded(call, code, "quoteToken", "total-or-token", &[]).into())
        }
    }
}

/// A price, if it is the one that was shown.
fn agreed(call: &Call, field: &str, expected_minor: i64, quote: PriceQuote) -> Result<PriceQuote, Refusal> {
    let total = quote.breakdown.payable_minor;
    if total == expected_minor {
        return Ok(quote);
    }
    let token = PriceToken::of(&quote).seal(&call.app.vault);
    Err(UserError::price_changed(call, field, (expected_minor, total), token).into())
}

/// Finds what the input names, with every error at once.
async fn find(tx: &Tx, call: &Call, customer: CustomerId, input: &OrderPlaceInput) -> Result<Parts, Refusal> {
    let mut errors = Vec::new();
    let mut keep = |error| errors.push(error);
    let owner = customer::Entity::find_by_id(customer).one(tx.conn()).await?;
    let owner = owner.ok_or_else(|| Error::shown(Code::NotFound, "not-found"))?;
    let configuration = match UserError::parse_id::<ConfigurationId>(call, "configurationId", &input.configuration_id) {
        Ok(id) => own_configuration(tx.conn(), customer, id)
            .await?
            .ok_or_else(|| UserError::not_found(call, "configurationId")),
        Err(error) => Err(error),
    };
    let configuration = configuration.map_err(&mut keep).ok();
    let trim = match &configuration {
        Some(configuration) => sold_trim(tx.conn(), configuration.trim_id).await?,
        None => None,
    };
    if configuration.is_some() && trim.is_none() {
        let code = UserErrorCode::NotEligible;
        keep(UserError::coded(call, code, "configurationId", "order-trim-off-sale", &[]));
    }
    let store = find_store(tx, call, "storeId", &input.store_id).await?.map_err(&mut keep).ok();
    let delivery_store = match &input.delivery_store_id {
        Some(id) => find_store(tx, call, "deliveryStoreId", id).await?.map_err(&mut keep).ok(),
        None => store.clone(),
    };
    let buyer_name = match input.buyer_name.as_deref().map(PersonName::parse) {
        Some(Ok(name)) => Some(call.app.vault.seal(Personal::Name, name.as_str())),
        Some(Err(_)) => None,
        None => owner.real_name.clone(),
    };
    if buyer_name.is_none() {
        let missing = input.buyer_name.as_deref().is_none_or(|name| name.trim().is_empty());
        let code = if missing { UserErrorCode::Required } else { UserErrorCode::Invalid };
        keep(UserError::coded(call, code, "buyerName", "order-buyer", &[]));
    }
    let shares = [&store, &delivery_store].into_iter().flatten().any(|s| s.sales_model != SalesModel::Direct);
    check_consents(tx, call, customer, input, shares).await?.into_iter().for_each(&mut keep);
    match (configuration, trim, store, delivery_store, buyer_name) {
        (Some(configuration), Some(trim), Some(store), Some(delivery_store), Some(buyer_name)) if errors.is_empty() => {
            Ok(Parts {
                customer: owner.id,
                configuration,
                trim,
                store,
                delivery_store,
                buyer_name,
                buyer_id_number: None,
                mode: input.fulfillment_mode,
                pay_within: call.app.orders.draft,
            })
        }
        _ => Err(errors.into()),
    }
}

async fn find_store(
    tx: &Tx,
    call: &Call,
    field: &str,
    id: &async_graphql::ID,
) -> Result<Result<store::Model, UserError>, Refusal> {
    Ok(match UserError::parse_id::<StoreId>(call, field, id) {
        Ok(id) => store::Entity::find_by_id(id).one(tx.conn()).await?.ok_or_else(|| UserError::not_found(call, field)),
        Err(error) => Err(error),
    })
}

/// Each consent must be the customer's and in force. Giving the customer's data to an agent or dealer needs a consent of
/// its own (PIPL 23).
async fn check_consents(
    tx: &Tx,
    call: &Call,
    customer: CustomerId,
    input: &OrderPlaceInput,
    shares: bool,
) -> Result<Vec<UserError>, Refusal> {
    let ids: Vec<_> = input.consent_ids.iter().map(|id| id.parse::<ConsentId>().ok()).collect();
    let given = if ids.iter().any(Option::is_some) {
        consent::Entity::find()
            .filter(consent::Column::Id.is_in(ids.iter().copied().flatten()))
            .filter(consent::Column::CustomerId.eq(customer))
            .filter(consent::Column::WithdrawnAt.is_null())
            .all(tx.conn())
            .await?
    } else {
        Vec::new()
    };
    let mut errors = Vec::new();
    for (place, id) in ids.iter().enumerate() {
        let field = format!("consentIds.{place}");
        match id {
            None => errors.extend(UserError::parse_id::<ConsentId>(call, &field, &input.consent_ids[place]).err()),
            Some(id) if given.iter().all(|consent| consent.id != *id) => {
                errors.push(UserError::coded(call, UserErrorCode::NotFound, &field, "order-consent-unknown", &[]));
            }
            Some(_) => {}
        }
    }
    if shares && given.iter().all(|consent| consent.purpose != ConsentPurpose::ShareWithDealer) {
        let code = UserErrorCode::ConsentRequired;
        errors.push(UserError::coded(call, code, "consentIds", "order-consent", &[]));
    }
    Ok(errors)
}

async fn write_order(
    tx: &mut Tx,
    call: &Call,
    parts: &Parts,
    quote: &PriceQuote,
    input: &OrderPlaceInput,
) -> Result<PaidOrder, Refusal> {
    let order = make_order(tx, call.viewer.actor(), parts, quote).await?;
    let (purpose, amount) = match input.stage {
        OrderStage::Intention => (PaymentPurpose::IntentionDeposit, INTENTION_MINOR),
        OrderStage::Placed => (PaymentPurpose::EarnestDeposit, EARNEST_MINOR),
    };
    let payment = deposit(order.id, purpose, input.payment_method, amount, tx.now());
    tx.insert([payment.clone().into_active_model().reset_all()]);
    Ok(PaidOrder { order: order.id, payment: payment.id })
}

/// Makes an order, of which nothing is paid yet: its rows are put off until the commit.
///
/// # Errors
/// When the store fails.
pub async fn make_order(
    tx: &mut Tx,
    actor: String,
    parts: &Parts,
    quote: &PriceQuote,
) -> std::result::Result<order::Model, DbErr> {
    let now = tx.now();
    let pattern = kept::pattern_for(tx.conn(), parts.mode, &quote.city_code).await?;
    let first = balance_first(pattern.balance_first, parts.delivery_store.delivery_center);
    let milestones = planned(&pattern.nodes, parts.mode, first);
    let measured = tx.conn().by_heart::<Measured>();
    let usual = Usual::of(&measured, None, parts.trim.model_id);
    let way = Way { city_code: &quote.city_code, lead_time_days: quote.lead_time_days, transport: &[] };
    let expected = first_estimate(&milestones, usual, &way, (now, calendar::day(now)));

    let number = kept::next_number(tx.conn(), calendar::day(now)).await?;
    let order = order_row(tx, parts, quote, number, (&expected, &pattern));
    tx.insert([order.clone().into_active_model().reset_all()]);
    tx.insert(kept::price_rows(order.id, &quote.breakdown.lines));
    let benefits = kept::benefit_rows(order.id, &quote.benefits);
    tx.insert(benefits.map(|row| row.into_active_model().reset_all()));
    tx.insert(milestones.iter().map(|planned| milestone_row(now, order.id, planned, &expected)));
    let published = eta_revision::ActiveModel {
        id: Set(EtaRevisionId::generate()),
        order_id: Set(order.id),
        earliest: Set(expected.window.earliest),
        likely: Set(expected.window.likely),
        latest: Set(expected.window.latest),
        confidence: Set(expected.confidence),
        reason: Set(EtaReason::Initial),
        published_at: Set(now),
    };
    tx.insert([published]);
    let begun = event::ActiveModel {
        id: Set(OrderEventId::generate()),
        order_id: Set(order.id),
        kind: Set(OrderEventKind::Placed),
        from_status: Set(None),
        to_status: Set(Some(order.status)),
        milestone: Set(None),
        actor: Set(actor),
        note: Set(None),
        hidden: Set(false),
        occurred_at: Set(now),
    };
    tx.insert([begun]);
    tx.emit(events::placed(&order));
    Ok(order)
}

fn order_row(
    tx: &Tx,
    parts: &Parts,
    quote: &PriceQuote,
    number: String,
    (expected, pattern): (&Estimate, &Pattern),
) -> order::Model {
    order::Model {
        id: OrderId::generate(),
        number,
        customer_id: parts.customer,
        store_id: parts.store.id,
        delivery_store_id: parts.delivery_store.id,
        consultant_id: None,
        sales_model: parts.store.sales_model,
        fulfillment_mode: parts.mode,
        configuration_id: parts.configuration.id,
        trim_id: parts.trim.id,
        option_codes: quote.option_codes.iter().cloned().collect::<Codes>(),
        city_code: quote.city_code.clone(),
        status: OrderStatus::Draft,
        payment_status: OrderPaymentStatus::None,
        vehicle_id: None,
        buyer_name: parts.buyer_name.clone(),
        buyer_id_number: parts.buyer_id_number.clone(),
        total_minor: quote.breakdown.payable_minor,
        paid_minor: 0,
        has_open_change_request: false,
        cancel_reason: None,
        eta_earliest: Some(expected.window.earliest),
        eta_likely: Some(expected.window.likely),
        eta_latest: Some(expected.window.latest),
        eta_confidence: expected.confidence,
        eta_as_of: tx.now(),
        eta_moves_from: None,
        promised_by: None,
        deferred_until: None,
        placed_at: None,
        contract_started_at: None,
        lock_deadline: None,
        intention_deadline: Some(tx.now() + parts.pay_within),
        delivered_at: None,
        template_id: pattern.id,
        balance_first: pattern.balance_first,
        current_milestone: None,
        current_party: None,
        current_due_at: None,
        version: 1,
        created_at: tx.now(),
        updated_at: tx.now(),
    }
}

/// A milestone as planned: what is forecast now is the plan.
pub fn milestone_row(
    now: DateTime<Utc>,
    order: OrderId,
    planned: &PlannedMilestone,
    expected: &Estimate,
) -> milestone::ActiveModel {
    let forecast = expected.forecasts.iter().find(|(forecast, ..)| *forecast == planned.code);
    let p50 = forecast.map(|(_, p50, _)| calendar::end_of_day(*p50));
    milestone::ActiveModel {
        id: Set(MilestoneId::generate()),
        order_id: Set(order),
        code: Set(planned.code),
        position: Set(planned.position),
        state: Set(planned.state),
        planned_at: Set(p50),
        forecast_p50: Set(p50),
        forecast_p90: Set(forecast.map(|(.., p90)| calendar::end_of_day(*p90))),
        forecast_moves_from: Set(None),
        actual_at: Set(None),
        note: Set(None),
        delay_case_id: Set(None),
        delay_before_p50: Set(None),
        delay_before_p90: Set(None),
        hidden: Set(planned.hidden),
        sla_hours: Set(planned.sla_hours),
        party: Set(planned.own_party),
        open_since: Set(None),
        due_at: Set(None),
        updated_at: Set(now),
    }
}

/// A deposit to be paid.
pub fn deposit(
    order: OrderId,
    purpose: PaymentPurpose,
    method: PaymentMethod,
    amount_minor: i64,
    now: DateTime<Utc>,
) -> payment::Model {
    payment::Model {
        id: PaymentId::generate(),
        order_id: order,
        purpose,
        method,
        state: PaymentState::Created,
        amount_minor,
        refunded_minor: 0,
        refunded_elsewhere_minor: 0,
        carried_minor: 0,
        carried_from_id: None,
        provider_reference: None,
        captured_at: None,
        created_at: now,
        checkout_url: None,
        checkout_token: None,
        expires_at: None,
        checked_at: None,
        failure: None,
        provider_payment_id: None,
        left_open: false,
    }
}
