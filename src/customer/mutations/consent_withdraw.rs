//! `consentWithdraw` (C017; PIPL 15, 47).

use async_graphql::{Context, ID, SimpleObject};
use entity::order::order;
use entity::{ConsentId, ConsentPurpose, CustomerId, EventKind, OrderStatus};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde::{Deserialize, Serialize};

use super::super::events;
use super::super::inputs::ConsentWithdrawInput;
use super::super::links::ConsentById;
use super::super::lock;
use super::super::rules::consent::{self as rules, Blocker, Obligations, Withdrawal};
use super::super::types::Consent;
use crate::graph::user_error::UserErrorCode;
use crate::graph::write::{Key, write_on};
use crate::graph::{Call, CallExt, Refusal, Result, UserError};
use crate::store::Tx;

/// What came of it.
#[derive(SimpleObject)]
pub struct ConsentWithdrawPayload {
    /// The consent that is withdrawn; null when none was ever given.
    pub consent: Option<Consent>,
    /// What the user can put right.
    pub user_errors: Vec<UserError>,
}

#[derive(Serialize, Deserialize)]
struct Outcome {
    consent: Option<ConsentId>,
}

/// What is to be withdrawn.
#[derive(Clone, Copy)]
enum Which {
    Purpose(ConsentPurpose),
    One(ConsentId),
}

pub async fn run(ctx: &Context<'_>, input: ConsentWithdrawInput) -> Result<ConsentWithdrawPayload> {
    let call = ctx.call();
    let customer = call.viewer.customer_or_refuse()?;
    let key = Key::new(ctx, &input.idempotency_key, &input);
    let written = match which(call, input.purpose, input.consent_id.as_ref()) {
        Ok(which) => {
            let lock = lock::version(customer);
            write_on(ctx, key, lock, move |tx, call, version| Box::pin(withdraw(tx, call, (customer, version), which)))
                .await?
        }
        Err(error) => Err(vec![error]),
    };
    let (consent, user_errors) = match written {
        Ok(outcome) => {
            let consent = match outcome.consent {
                Some(id) => call.link::<ConsentById>().one(id).await?,
                None => None,
            };
            (consent, Vec::new())
        }
        Err(errors) => (None, errors),
    };
    Ok(ConsentWithdrawPayload { consent, user_errors })
}

fn which(call: &Call, purpose: Option<ConsentPurpose>, id: Option<&ID>) -> Result<Which, UserError> {
    match (purpose, id) {
        (Some(purpose), None) => Ok(Which::Purpose(purpose)),
        (None, Some(id)) => UserError::parse_id(call, "consentId", id).map(Which::One),
        (None, None) | (Some(_), Some(_)) => {
            Err(UserError::coded(call, UserErrorCode::Required, "", "consent-withdraw-which", &[]))
        }
    }
}

async fn withdraw(
    tx: &mut Tx,
    call: &Call,
    (customer, version): (CustomerId, Option<i32>),
    which: Which,
) -> Result<Outcome, Refusal> {
    let version = super::there(version)?;
    let rows = super::consents_of(tx, customer).await?;
    let purpose = match which {
        Which::Purpose(purpose) => purpose,
        Which::One(id) => {
            let found = rows.iter().find(|row| row.id == id);
            let row = found.ok_or_else(|| UserError::not_found(call, "consentId"))?;
            if row.withdrawn_at.is_some() {
                return Ok(Outcome { consent: Some(id) });
            }
            row.purpose
        }
    };
    let obligations = Obligations {
        open_order: rules::is_necessary(purpose) && has_open_order(tx, customer).await?,
        ..Default::default()
    };
    match rules::withdraw(&super::given(&rows), purpose, obligations) {
        Err(blocked) => {
            let field = if matches!(which, Which::One(_)) { "consentId" } else { "purpose" };
            let errors = blocked
                .blockers
                .into_iter()
                .map(|blocker| UserError::coded(call, UserErrorCode::NotEligible, field, reason(blocker), &[]));
            Err(errors.collect::<Vec<_>>().into())
        }
        Ok(Withdrawal::Already) => {
            let newest = rows.iter().filter(|row| row.purpose == purpose).max_by_key(|row| (row.granted_at, row.id));
            Ok(Outcome { consent: newest.map(|row| row.id) })
        }
        Ok(Withdrawal::Close(in_force)) => {
            super::close(tx, customer, purpose);
            for row in rows.iter().filter(|row| row.purpose == purpose && row.withdrawn_at.is_none()) {
                tx.emit(events::consent_changed(EventKind::ConsentWithdrawn, (customer, version), row));
            }
            let named = match which {
                Which::One(id) => id,
                Which::Purpose(_) => in_force,
            };
            Ok(Outcome { consent: Some(named) })
        }
    }
}

/// Whether a contract needs the account. A draft binds nobody, and the last states are over.
pub(in crate::customer) async fn has_open_order(tx: &Tx, customer: CustomerId) -> Result<bool> {
    let over = [
        OrderStatus::Draft,
        OrderStatus::Completed,
        OrderStatus::Cancelled,
        OrderStatus::Returned,
        OrderStatus::Expired,
    ];
    let open = order::Entity::find()
        .filter(order::Column::CustomerId.eq(customer))
        .filter(order::Column::Status.is_not_in(over))
        .count(tx.conn())
        .await?;
    Ok(open > 0)
}

fn reason(blocker: Blocker) -> &'static str {
    match blocker {
        Blocker::OpenOrder => "account-open-order",
        Blocker::OpenLoan => "account-open-loan",
        Blocker::PointsDispute => "account-points-dispute",
    }
}
