//! `financeApplicationSupplement` and `financeApplicationWithdraw` (C068): what one does with an application that the lender
//! has. That the step can be taken is noted under the key; then the lender is asked,
//! outside any transaction, and what it answers is noted. A key that comes again asks again only where nothing has happened since.

use async_graphql::{Context, ID, SimpleObject};
use chrono::{DateTime, Utc};
use entity::order::finance_application;
use entity::{FinanceApplicationId, FinanceApplicationState};
use sea_orm::EntityTrait;
use serde::{Deserialize, Serialize};

use super::super::inputs::{FinanceApplicationSupplementInput, FinanceApplicationWithdrawInput};
use super::super::policy;
use super::super::rules::finance::{FINANCE, FinanceMove, move_application, word};
use super::super::store::{Heard, Revision, follow_lender, free_reference, save_application};
use super::super::types::{FinanceApplication, Order};
use super::{Financed, financed};
use crate::graph::user_error::UserErrorCode;
use crate::graph::write::{Key, write};
use crate::graph::{Call, CallExt, Code, Error, Refusal, Result, UserError};
use crate::ports::PortError;
use crate::ports::lender::Standing;
use crate::store::Tx;
use crate::values::machine::{self, Word};

/// What came of it.
#[derive(SimpleObject)]
pub struct FinanceApplicationSupplementPayload {
    /// The order.
    pub order: Option<Order>,
    /// The application.
    pub finance_application: Option<FinanceApplication>,
    /// What the user can put right.
    pub user_errors: Vec<UserError>,
}

/// What came of it.
#[derive(SimpleObject)]
pub struct FinanceApplicationWithdrawPayload {
    /// The order.
    pub order: Option<Order>,
    /// The application.
    pub finance_application: Option<FinanceApplication>,
    /// What the user can put right.
    pub user_errors: Vec<UserError>,
}

pub async fn supplement(
    ctx: &Context<'_>,
    input: FinanceApplicationSupplementInput,
) -> Result<FinanceApplicationSupplementPayload> {
    let key = Key::new(ctx, &input.idempotency_key, &input);
    let (order, finance_application, user_errors) =
        act(ctx, key, input.application_id, FinanceMove::Supplement).await?;
    Ok(FinanceApplicationSupplementPayload { order, finance_application, user_errors })
}

pub async fn withdraw(
    ctx: &Context<'_>,
    input: FinanceApplicationWithdrawInput,
) -> Result<FinanceApplicationWithdrawPayload> {
    let key = Key::new(ctx, &input.idempotency_key, &input);
    let (order, finance_application, user_errors) = act(ctx, key, input.application_id, FinanceMove::Withdraw).await?;
    Ok(FinanceApplicationWithdrawPayload { order, finance_application, user_errors })
}

/// What is kept under the key: that the step may be taken, and of which state of the application.
#[derive(Serialize, Deserialize)]
struct Intent {
    financed: Financed,
    seen: DateTime<Utc>,
}

async fn act(
    ctx: &Context<'_>,
    key: Key,
    id: ID,
    action: FinanceMove,
) -> Result<(Option<Order>, Option<FinanceApplication>, Vec<UserError>)> {
    let call = ctx.call();
    policy::readable(&call.viewer).or_refuse(&call.viewer)?;
    let meant = write(ctx, Some(key), move |tx, call| Box::pin(intend(tx, call, id, action))).await?;
    let written = match meant {
        Ok(Intent { financed, seen }) => ask(ctx, &financed, seen, action).await?.map(|()| financed),
        Err(errors) => Err(errors),
    };
    financed(ctx, written).await
}

/// The application, read under its order's lock.
async fn locked(
    tx: &Tx,
    call: &Call,
    id: FinanceApplicationId,
) -> Result<(Revision, finance_application::Model), Refusal> {
    let unknown = || UserError::not_found(call, "applicationId");
    let found = finance_application::Entity::find_by_id(id).one(tx.conn()).await?;
    let order = found.ok_or_else(unknown)?.order_id;
    let rows = policy::readable(&call.viewer).or_nothing();
    let revision = Revision::open(tx, rows, order, call.viewer.actor()).await?.ok_or_else(unknown)?;
    let row = finance_application::Entity::find_by_id(id).one(tx.conn()).await?.ok_or_else(unknown)?;
    Ok((revision, row))
}

/// Whether the step can be taken, before anybody else is asked.
async fn intend(tx: &mut Tx, call: &Call, id: ID, action: FinanceMove) -> Result<Intent, Refusal> {
    let id: FinanceApplicationId = UserError::parse_id(call, "applicationId", &id)?;
    let (_, row) = locked(tx, call, id).await?;
    move_application(row.state, action)
        .map_err(|illegal| UserError::transition(call, illegal.from, illegal.action, illegal.allowed))?;
    let with_lender = row.state != FinanceApplicationState::Draft;
    if with_lender && (row.consent_id.is_none() || call.app.ports.lender.is_none()) {
        let code = UserErrorCode::NotEligible;
        return Err(UserError::coded(call, code, "applicationId", "finance-elsewhere", &[]).into());
    }
    Ok(Intent { financed: Financed { order: row.order_id, application: id }, seen: row.updated_at })
}

/// Asks the lender, unless the application has gone on since the step was meant, and notes what it says.
async fn ask(
    ctx: &Context<'_>,
    financed: &Financed,
    seen: DateTime<Utc>,
    action: FinanceMove,
) -> Result<std::result::Result<(), Vec<UserError>>> {
    let call = ctx.call();
    let id = financed.application;
    let found = finance_application::Entity::find_by_id(id).one(call.db()).await?;
    let Some(row) = found.filter(|row| row.updated_at == seen) else { return Ok(Ok(())) };
    let said = match (&call.app.ports.lender, action) {
        (None, _) => None,
        (Some(lender), FinanceMove::Supplement) => Some(lender.supplement(id).await),
        (Some(lender), _) => Some(lender.withdraw(id).await),
    };
    let standing = match said {
        None => None,
        Some(Ok(standing)) => standing,
        Some(Err(PortError::Declined(code))) => {
            let args = [("code", code.into())];
            let code = UserErrorCode::NotEligible;
            return Ok(Err(vec![UserError::coded(call, code, "applicationId", "finance-declined", &args)]));
        }
        Some(Err(error)) => {
            tracing::warn!(%error, application = %id, "the lender was not asked");
            return Err(Error::shown(Code::Unavailable, "finance-lender-away"));
        }
    };
    if standing.is_none() && row.state != FinanceApplicationState::Draft {
        // It has it, and says that it has not: nothing is certain.
        tracing::warn!(application = %id, "the lender does not know an application that it has taken");
        return Err(Error::shown(Code::Unavailable, "finance-lender-away"));
    }
    let noted = write(ctx, None, move |tx, call| Box::pin(note(tx, call, id, action, standing)));
    noted.await
}

async fn note(
    tx: &mut Tx,
    call: &Call,
    id: FinanceApplicationId,
    action: FinanceMove,
    said: Option<Standing>,
) -> Result<(), Refusal> {
    let (mut revision, row) = locked(tx, call, id).await?;
    let refused =
        |state: FinanceApplicationState| UserError::transition(call, state, action, machine::allowed(FINANCE, state));
    use FinanceApplicationState::{Disbursed, Expired, Rejected, SupplementRequired, Withdrawn};
    let heard = match said {
        Some(standing) => {
            let heard = Heard::answer(standing, &row, tx.now());
            Heard { reference: free_reference(tx, &row, heard.reference.clone()).await?, ..heard }
        }
        // What the lender never had is taken back here.
        None => Heard::state(Withdrawn, tx.now()),
    };
    if row.state_at.is_some_and(|last| heard.at < last) {
        // It has told of something later meanwhile, which is noted already.
        return Ok(());
    }
    if action == FinanceMove::Supplement && heard.state == SupplementRequired {
        let code = UserErrorCode::NotEligible;
        return Err(UserError::coded(call, code, "applicationId", "finance-still-missing", &[]).into());
    }
    let done = match action {
        // Money comes as a payment, which the lender itself tells of.
        FinanceMove::Supplement => heard.state != Disbursed,
        _ => matches!(heard.state, Withdrawn | Rejected | Expired),
    };
    match word(row.state, heard.state) {
        Word::Leads if done => {
            let row = follow_lender(tx, &mut revision, row, heard).await?;
            save_application(tx, &row);
            revision.save(tx);
            Ok(())
        }
        Word::Known if done => Ok(()),
        Word::Leads => Err(refused(heard.state).into()),
        Word::Known | Word::Illegal => Err(refused(row.state).into()),
    }
}
