//! `deliveryHandoverConfirm` (C090, C091, C093): the car is handed over, and the customer's. The order is DELIVERED, the car
//! DELIVERED and SOLD, its warranty begins, and the customer earns the points of it.
//!
//! A wrong pickup code is counted though nothing else happens: the try is a transaction of its own, without the caller's key, which
//! locks the order, judges the code and notes the try. Only then the change itself is made under the key, in a second one, which
//! asks for the code again.

use async_graphql::{Context, SimpleObject};
use aws_lc_rs::constant_time::verify_slices_are_equal;
use entity::order::delivery;
use entity::{Codes, HandoverCheck, HandoverMode, HandoverSigner, MilestoneCode, MilestoneState, OrderId, OrderStatus};
use serde::{Deserialize, Serialize};

use super::super::events::HandoverChange;
use super::super::inputs::DeliveryHandoverConfirmInput;
use super::super::policy;
use super::super::rules::handover::{Gap, MAX_ODOMETER_KM, gaps};
use super::super::rules::pickup::{Tried, attempt, is_locked};
use super::super::rules::status::{OrderFacts, OrderMove, OrderRefusal, move_order};
use super::super::store::{
    Progress, Report, Revision, appointment_of, checks, delivery_of, follow_handovers, lacks_invoice, money_of,
    pickup_code, save_delivery,
};
use super::super::types::Order;
use super::{Changed, changed, graph_refusal_at, opened};
use crate::graph::user_error::UserErrorCode;
use crate::graph::write::{Key, write};
use crate::graph::{Call, CallExt, Refusal, Result, UserError};
use crate::inventory;
use crate::store::{Tx, Vault};

/// What came of it.
#[derive(SimpleObject)]
pub struct DeliveryHandoverConfirmPayload {
    /// The order.
    pub order: Option<Order>,
    /// What the user can put right.
    pub user_errors: Vec<UserError>,
}

/// What is said of a hand-over.
#[derive(Clone, Debug)]
struct Said {
    order: OrderId,
    code: String,
    checklist: Vec<HandoverCheck>,
    odometer_km: i32,
    customer_signature: Option<String>,
    store_signature: Option<String>,
}

/// What a look at the pickup code found: nothing where the order is not one to be handed over.
#[derive(Serialize, Deserialize)]
struct Look {
    tried: Option<Tried>,
    gaps: Vec<Gap>,
}

pub async fn run(ctx: &Context<'_>, input: DeliveryHandoverConfirmInput) -> Result<DeliveryHandoverConfirmPayload> {
    let call = ctx.call();
    policy::hands_over(&call.viewer).or_refuse(&call.viewer)?;
    let key = Key::new(ctx, &input.idempotency_key, &input);
    let (said, mut user_errors) = read(call, &input);
    let refused = |user_errors| Ok(DeliveryHandoverConfirmPayload { order: None, user_errors });
    let Some(said) = said else { return refused(user_errors) };
    let tried = said.clone();
    match write(ctx, None, move |tx, call| Box::pin(look(tx, call, tried))).await? {
        Ok(Look { tried, gaps }) => {
            let wrong = tried.and_then(|tried| wrong_code(call, tried));
            if wrong.is_some() || !user_errors.is_empty() {
                user_errors.extend(open(call, &gaps));
                user_errors.splice(0..0, wrong);
                return refused(user_errors);
            }
        }
        Err(errors) => {
            user_errors.splice(0..0, errors);
            return refused(user_errors);
        }
    }
    let expected = input.expected_version;
    let written = write(ctx, Some(key), move |tx, call| Box::pin(confirm(tx, call, said, expected))).await?;
    let (order, user_errors) = changed(ctx, written).await?;
    Ok(DeliveryHandoverConfirmPayload { order, user_errors })
}

/// What is said, as far as it can be tried at all, and what of it breaks a rule whatever the order is.
fn read(call: &Call, input: &DeliveryHandoverConfirmInput) -> (Option<Said>, Vec<UserError>) {
    let mut errors = Vec::new();
    let order = UserError::parse_id::<OrderId>(call, "orderId", &input.order_id).map_err(|e| errors.push(e)).ok();
    let code = input.pickup_code.trim();
    // What is no code at all is nobody's guess.
    let code = Some(code.to_owned()).filter(|code| code.len() == 6 && code.bytes().all(|byte| byte.is_ascii_digit()));
    if code.is_none() {
        errors.push(UserError::invalid(call, "pickupCode", "pickup-code-form", &[]));
    }
    if !(0..=MAX_ODOMETER_KM).contains(&input.odometer_km) {
        let args = [("min", 0_i64.into()), ("max", i64::from(MAX_ODOMETER_KM).into())];
        errors.push(UserError::invalid(call, "odometerKm", "ingest-number", &args));
    }
    let (mut customer_signature, mut store_signature) = (None, None);
    for (place, given) in input.signatures.iter().enumerate() {
        let own = match given.signer {
            HandoverSigner::Customer => &mut customer_signature,
            HandoverSigner::Store => &mut store_signature,
        };
        if own.is_some() {
            errors.push(UserError::invalid(call, &format!("signatures.{place}.signer"), "handover-signed-twice", &[]));
            continue;
        }
        match signature(call, &format!("signatures.{place}.sha256"), &given.sha256) {
            Ok(hash) => *own = Some(hash),
            Err(error) => errors.push(error),
        }
    }
    let checklist = input.checklist.clone();
    let said = order.zip(code).map(|(order, code)| Said {
        order,
        code,
        checklist,
        odometer_km: input.odometer_km,
        customer_signature,
        store_signature,
    });
    (said, errors)
}

/// Tries the code, and notes the try. What else is missing is looked at as well, so that all is said at once.
async fn look(tx: &mut Tx, call: &Call, said: Said) -> Result<Look, Refusal> {
    let rows = policy::hands_over(&call.viewer).or_nothing();
    let unknown = || UserError::not_found(call, "orderId");
    let mut revision = Revision::open(tx, rows, said.order, call.viewer.actor()).await?.ok_or_else(unknown)?;
    if revision.order.status != OrderStatus::ReadyForDelivery {
        return Ok(Look { tried: None, gaps: Vec::new() });
    }
    let row = delivery_of(tx, said.order).await?;
    let gaps = missed(tx, &row, &said).await?;
    let (tried, wrong_tries) = attempt(row.wrong_tries, is_code(&call.app.vault, &row, &said.code));
    if wrong_tries != row.wrong_tries {
        save_delivery(tx, delivery::Model { wrong_tries, ..row });
        if is_locked(wrong_tries) {
            revision.handover_changed(&HandoverChange::PickupCodeLocked, tx.now());
            revision.save(tx);
        }
    }
    Ok(Look { tried: Some(tried), gaps })
}

async fn confirm(tx: &mut Tx, call: &Call, said: Said, expected_version: i32) -> Result<Changed, Refusal> {
    let rows = policy::hands_over(&call.viewer).or_nothing();
    let id = said.order.to_string().into();
    let mut revision = opened(tx, call, rows, &id, expected_version).await?;
    let (order, now) = (said.order, tx.now());
    let row = delivery_of(tx, order).await?;
    let right = !is_locked(row.wrong_tries) && is_code(&call.app.vault, &row, &said.code);
    let gaps = missed(tx, &row, &said).await?;
    let facts = OrderFacts { handover_confirmed: right && gaps.is_empty(), ..Default::default() };
    move_order(revision.order.status, OrderMove::HandOver, &facts).map_err(|refusal| match refusal {
        OrderRefusal::Illegal(illegal) => {
            vec![UserError::transition(call, illegal.from, illegal.action, illegal.allowed)]
        }
        // Between the try and now the customer may have got another code.
        OrderRefusal::Unmet(_) if !right => {
            vec![UserError::invalid(call, "pickupCode", "pickup-code-wrong", &[("left", 0_i64.into())])]
        }
        OrderRefusal::Unmet(_) => open(call, &gaps),
    })?;

    if lacks_invoice(tx, order).await? {
        let code = UserErrorCode::NotEligible;
        return Err(UserError::coded(call, code, "orderId", "handover-no-invoice", &[]).into());
    }
    // Money may have gone back since the car was ready.
    if money_of(tx, &revision.order).await?.falls_short() {
        let code = UserErrorCode::NotEligible;
        return Err(UserError::coded(call, code, "orderId", "handover-not-paid", &[]).into());
    }
    let no_car = || UserError::coded(call, UserErrorCode::NotEligible, "orderId", "handover-no-car", &[]);
    let vehicle = revision.order.vehicle_id.ok_or_else(no_car)?;
    let actor = call.viewer.actor();
    if !inventory::may_hand_over(tx, vehicle, order).await? {
        return Err(UserError::vehicle_unavailable(call, "orderId", vehicle).into());
    }

    let mut progress = Progress::of(tx.conn(), &revision.order).await?;
    for code in [MilestoneCode::HandedOver, MilestoneCode::OwnershipTransferred] {
        let report = Report { code, state: MilestoneState::Done, occurred_at: now, note: None, forecast: None };
        let recorded = progress.record(tx, &mut revision, &report);
        recorded.map_err(|refusal| graph_refusal_at(call, &refusal, "orderId"))?;
    }
    progress.save(tx);

    let checklist = [checks(&row.checklist), said.checklist].concat();
    let gone_through = HandoverCheck::ALL.iter().filter(|check| checklist.contains(check));
    save_delivery(
        tx,
        delivery::Model {
            checklist: gone_through.map(|check| check.code()).collect::<Codes>(),
            customer_signature: said.customer_signature.or(row.customer_signature.clone()),
            store_signature: said.store_signature,
            odometer_km: Some(said.odometer_km),
            confirmed_by: Some(actor),
            confirmed_at: Some(now),
            ..row
        },
    );
    follow_handovers(tx, &call.app.vault, &mut [&mut revision], Some(said.odometer_km)).await?;
    revision.save(tx);
    Ok(Changed { order })
}

/// Whether this is the code that counts; takes as long whatever it is.
fn is_code(vault: &Vault, row: &delivery::Model, given: &str) -> bool {
    let code = pickup_code(vault, row.order_id, row.code_number);
    verify_slices_are_equal(code.as_bytes(), given.as_bytes()).is_ok()
}

/// What is missing, with what the customer has done online.
async fn missed(tx: &Tx, row: &delivery::Model, said: &Said) -> Result<Vec<Gap>, Refusal> {
    let appointment = appointment_of(tx.conn(), row.order_id).await?;
    let mode = appointment.map_or(HandoverMode::Store, |appointment| appointment.mode);
    let online = row.checklist_completed_at.is_some();
    let checked = [checks(&row.checklist), said.checklist.clone()].concat();
    let customer = said.customer_signature.is_some() || row.customer_signature.is_some();
    let signers = [(customer, HandoverSigner::Customer), (said.store_signature.is_some(), HandoverSigner::Store)];
    let signed: Vec<_> = signers.into_iter().filter(|(signed, _)| *signed).map(|(_, signer)| signer).collect();
    Ok(gaps(mode, online, &checked, &signed))
}

fn wrong_code(call: &Call, tried: Tried) -> Option<UserError> {
    match tried {
        Tried::Right => None,
        Tried::Wrong { left } => {
            let left = [("left", i64::from(left).into())];
            Some(UserError::invalid(call, "pickupCode", "pickup-code-wrong", &left))
        }
        Tried::Locked => {
            Some(UserError::coded(call, UserErrorCode::LimitReached, "pickupCode", "pickup-code-locked", &[]))
        }
    }
}

/// What is missing, as it is said.
fn open(call: &Call, gaps: &[Gap]) -> Vec<UserError> {
    let mut checks = Vec::new();
    let mut errors = Vec::new();
    for gap in gaps {
        match gap {
            Gap::Check(check) => checks.push(*check),
            Gap::Signature(signer) => {
                let args = [("signer", signer.to_string().into())];
                let code = UserErrorCode::Required;
                errors.push(UserError::coded(call, code, "signatures", "handover-signature", &args));
            }
            Gap::Online => {
                let code = UserErrorCode::NotEligible;
                errors.push(UserError::coded(call, code, "orderId", "handover-not-online", &[]));
            }
        }
    }
    missing(call, &checks).into_iter().chain(errors).collect()
}

/// What of the checklist was not gone through.
pub(super) fn missing(call: &Call, checks: &[HandoverCheck]) -> Option<UserError> {
    let named = checks.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let args = [("missing", named.into())];
    (!checks.is_empty())
        .then(|| UserError::coded(call, UserErrorCode::Required, "checklist", "handover-checklist", &args))
}

/// A SHA-256, in small letters.
pub(super) fn signature(call: &Call, field: &str, given: &str) -> std::result::Result<String, UserError> {
    let hash = given.trim().to_ascii_lowercase();
    if hash.len() == 64 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Ok(hash);
    }
    Err(UserError::invalid(call, field, "handover-sha256", &[]))
}
