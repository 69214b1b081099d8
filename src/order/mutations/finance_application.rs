//! `financeApplicationSupplement` and `financeApplicationWithdraw` (C068): what one does with an application that the lender
//! has. The lender is asked first, outside any transaction; what it answers is then noted.

use async_graphql::{Context, ID, SimpleObject};
use entity::order::finance_application;
use entity::{FinanceApplicationId, FinanceApplicationState};
use sea_orm::EntityTrait;

use super::super::inputs::{FinanceApplicationSupplementInput, FinanceApplicationWithdrawInput};
use super::super::links::FinanceApplicationById;
use super::super::policy;
use super::super::rules::finance::{FINANCE, FinanceMove, move_application, word};
use super::super::store::{Heard, Revision, follow_lender, save_application};
use super::super::types::{FinanceApplication, Order};
use super::{Financed, financed, input_id};
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
        act(ctx, key, &input.application_id, FinanceMove::Supplement).await?;
    Ok(FinanceApplicationSupplementPayload { order, finance_application, user_errors })
}

pub async fn withdraw(
    ctx: &Context<'_>,
    input: FinanceApplicationWithdrawInput,
) -> Result<FinanceApplicationWithdrawPayload> {
    let key = Key::new(ctx, &input.idempotency_key, &input);
    let (order, finance_application, user_errors) = act(ctx, key, &input.application_id, FinanceMove::Withdraw).await?;
    Ok(FinanceApplicationWithdrawPayload { order, finance_application, user_errors })
}

async fn act(
    ctx: &Context<'_>,
    key: Key,
    id: &ID,
    action: FinanceMove,
) -> Result<(Option<Order>, Option<FinanceApplication>, Vec<UserError>)> {
    let call = ctx.call();
    policy::readable(&call.viewer).or_refuse(&call.viewer)?;
    let written = match ask(ctx, id, action).await? {
        Ok((id, said)) => write(ctx, Some(key), move |tx, call| Box::pin(note(tx, call, id, action, said))).await?,
        Err(error) => Err(vec![error]),
    };
    financed(ctx, written).await
}

/// Asks the lender, where the application is in a state in which the step can be taken; none when it is not, or when the lender
/// does not know it.
async fn ask(
    ctx: &Context<'_>,
    id: &ID,
    action: FinanceMove,
) -> Result<std::result::Result<(FinanceApplicationId, Option<Standing>), UserError>> {
    let call = ctx.call();
    let id: FinanceApplicationId = match input_id(call, "applicationId", id) {
        Ok(id) => id,
        Err(error) => return Ok(Err(error)),
    };
    let Some(FinanceApplication(row)) = call.link::<FinanceApplicationById>().one(id).await? else {
        return Ok(Err(UserError::not_found(call, "applicationId")));
    };
    let (Some(lender), Ok(_)) = (&call.app.ports.lender, move_application(row.state, action)) else {
        return Ok(Ok((id, None)));
    };
    let said = match action {
        FinanceMove::Supplement => lender.supplement(id).await,
        _ => lender.withdraw(id).await,
    };
    match said {
        Ok(standing) => Ok(Ok((id, standing))),
        Err(PortError::Declined(code)) => {
            let args = [("code", code.into())];
            Ok(Err(UserError::coded(call, UserErrorCode::NotEligible, "applicationId", "finance-declined", &args)))
        }
        Err(error) => {
            tracing::warn!(%error, application = %id, "the lender was not asked");
            Err(Error::shown(Code::Unavailable, "finance-lender-away"))
        }
    }
}

async fn note(
    tx: &mut Tx,
    call: &Call,
    id: FinanceApplicationId,
    action: FinanceMove,
    said: Option<Standing>,
) -> Result<Financed, Refusal> {
    let unknown = || UserError::not_found(call, "applicationId");
    let found = finance_application::Entity::find_by_id(id).one(tx.conn()).await?;
    let order = found.ok_or_else(unknown)?.order_id;
    let rows = policy::readable(&call.viewer).or_nothing();
    let mut revision = Revision::open(tx, rows, order, call.viewer.actor()).await?.ok_or_else(unknown)?;
    // Read under the order's lock: whoever writes applications holds it.
    let row = finance_application::Entity::find_by_id(id).one(tx.conn()).await?.ok_or_else(unknown)?;
    let refused =
        |state: FinanceApplicationState| UserError::transition(call, state, action, machine::allowed(FINANCE, state));
    let heard = match said {
        Some(standing) => Heard::answer(standing, tx.now()),
        // It knows nothing of it, or is not asked: what is not with it can be taken back here.
        None => {
            let state = move_application(row.state, action)
                .map_err(|illegal| UserError::transition(call, illegal.from, illegal.action, illegal.allowed))?;
            if action == FinanceMove::Supplement {
                return Err(unknown().into());
            }
            Heard::state(state, tx.now())
        }
    };
    use FinanceApplicationState::{Disbursed, Expired, Rejected, Withdrawn};
    let done = match action {
        // Money comes as a payment, which the lender itself tells of.
        FinanceMove::Supplement => heard.state != Disbursed && heard.state != row.state,
        _ => matches!(heard.state, Withdrawn | Rejected | Expired),
    };
    match word(row.state, heard.state) {
        Word::Leads if done => {
            let row = follow_lender(tx, &mut revision, row, heard).await?;
            save_application(tx, &row);
            revision.save(tx);
        }
        Word::Known if done => {}
        Word::Leads => return Err(refused(heard.state).into()),
        Word::Known | Word::Illegal => return Err(refused(row.state).into()),
    }
    Ok(Financed { order, application: id })
}
