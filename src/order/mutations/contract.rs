//! `contractStartSigning`, `contractRevoke` and `contractRescind` (C072): what one does with a contract. Whoever lets it be
//! signed is asked first, outside any transaction; what comes of it is then noted.

use async_graphql::{Context, ID, SimpleObject};
use chrono::{DateTime, Utc};
use entity::order::{contract, order};
use entity::{ContractId, ContractState, OrderStatus};
use sea_orm::EntityTrait;

use super::super::inputs::{ContractRescindInput, ContractRevokeInput, ContractStartSigningInput};
use super::super::links::ContractById;
use super::super::policy;
use super::super::rules::contract::{CONTRACT, ContractMove, SIGNING_TIME, move_contract, stands, word};
use super::super::rules::paper::document;
use super::super::store::{Revision, go_on, paper_of, save_contract};
use super::super::types::{Contract, Order};
use super::{Contracted, MAX_NOTE, bad_text, contracted, input_id};
use crate::access::Access;
use crate::graph::user_error::UserErrorCode;
use crate::graph::write::{Key, write};
use crate::graph::{Call, CallExt, Code, Error, Refusal, Result, UserError};
use crate::ports::signing::{Envelope, Standing};
use crate::ports::{PortError, SigningProvider};
use crate::store::Tx;
use crate::values::machine::{self, Word};
use crate::values::text;

/// What came of it.
#[derive(SimpleObject)]
pub struct ContractStartSigningPayload {
    /// The order.
    pub order: Option<Order>,
    /// The contract; its `signingUrl` says where to sign.
    pub contract: Option<Contract>,
    /// What the user can put right.
    pub user_errors: Vec<UserError>,
}

/// What came of it.
#[derive(SimpleObject)]
pub struct ContractRevokePayload {
    /// The order.
    pub order: Option<Order>,
    /// The contract.
    pub contract: Option<Contract>,
    /// What the user can put right.
    pub user_errors: Vec<UserError>,
}

/// What came of it.
#[derive(SimpleObject)]
pub struct ContractRescindPayload {
    /// The order.
    pub order: Option<Order>,
    /// The contract; `RESCINDED` once all who signed have agreed.
    pub contract: Option<Contract>,
    /// What the user can put right.
    pub user_errors: Vec<UserError>,
}

pub async fn start_signing(ctx: &Context<'_>, input: ContractStartSigningInput) -> Result<ContractStartSigningPayload> {
    let key = Key::new(ctx, &input.idempotency_key, &input);
    let asked = Asked { id: input.contract_id, action: ContractMove::StartSigning, reason: None };
    let (order, contract, user_errors) = act(ctx, key, asked, policy::readable(&ctx.call().viewer)).await?;
    Ok(ContractStartSigningPayload { order, contract, user_errors })
}

pub async fn revoke(ctx: &Context<'_>, input: ContractRevokeInput) -> Result<ContractRevokePayload> {
    let key = Key::new(ctx, &input.idempotency_key, &input);
    let asked = Asked { id: input.contract_id, action: ContractMove::Revoke, reason: Some(input.reason) };
    let (order, contract, user_errors) = act(ctx, key, asked, policy::readable(&ctx.call().viewer)).await?;
    Ok(ContractRevokePayload { order, contract, user_errors })
}

pub async fn rescind(ctx: &Context<'_>, input: ContractRescindInput) -> Result<ContractRescindPayload> {
    let key = Key::new(ctx, &input.idempotency_key, &input);
    let asked = Asked { id: input.contract_id, action: ContractMove::StartRescinding, reason: Some(input.reason) };
    let (order, contract, user_errors) = act(ctx, key, asked, policy::decidable(&ctx.call().viewer)).await?;
    Ok(ContractRescindPayload { order, contract, user_errors })
}

/// What is asked for.
struct Asked {
    id: ID,
    action: ContractMove,
    reason: Option<String>,
}

/// What the provider said.
struct Said {
    state: ContractState,
    at: Option<DateTime<Utc>>,
    /// Its number, where the buyer signs, and until when; with a contract that it has taken.
    taken: Option<(String, Option<String>, DateTime<Utc>)>,
}

impl From<Standing> for Said {
    fn from(standing: Standing) -> Self {
        Self { state: standing.state, at: standing.occurred_at, taken: None }
    }
}

async fn act(
    ctx: &Context<'_>,
    key: Key,
    asked: Asked,
    access: Access,
) -> Result<(Option<Order>, Option<Contract>, Vec<UserError>)> {
    let call = ctx.call();
    let rows = access.or_refuse(&call.viewer)?;
    let Asked { id, action, reason } = asked;
    let reason = reason.map(|reason| text::note(&reason, MAX_NOTE)).transpose();
    let reason = match reason {
        Ok(reason) => reason,
        Err(invalid) => return Ok((None, None, vec![bad_text(call, "reason", invalid, MAX_NOTE)])),
    };
    let written = match ask(ctx, &id, action).await? {
        Ok((id, said)) => {
            write(ctx, Some(key), move |tx, call| Box::pin(note(tx, call, rows, (id, action), said, reason))).await?
        }
        Err(error) => Err(vec![error]),
    };
    contracted(ctx, written).await
}

/// Asks the provider, where the contract is in a state in which the step can be taken; none when it is not, or when the provider
/// does not know it.
async fn ask(
    ctx: &Context<'_>,
    id: &ID,
    action: ContractMove,
) -> Result<std::result::Result<(ContractId, Option<Said>), UserError>> {
    let call = ctx.call();
    let id: ContractId = match input_id(call, "contractId", id) {
        Ok(id) => id,
        Err(error) => return Ok(Err(error)),
    };
    let Some(Contract(row)) = call.link::<ContractById>().one(id).await? else {
        return Ok(Err(UserError::not_found(call, "contractId")));
    };
    let with_provider = row.state != ContractState::Draft || action == ContractMove::StartSigning;
    if move_contract(row.state, action).is_err() || !with_provider {
        return Ok(Ok((id, None)));
    }
    let Some(provider) = &call.app.ports.signing else {
        return Err(Error::shown(Code::Unavailable, "contract-no-provider"));
    };
    let gone = || Error::hidden("the order of a contract vanished");
    let order = order::Entity::find_by_id(row.order_id).one(call.db()).await?.ok_or_else(gone)?;
    if action == ContractMove::StartRescinding && order.status != OrderStatus::Contracted {
        let code = UserErrorCode::NotEligible;
        return Ok(Err(UserError::coded(call, code, "contractId", "contract-rescind-state", &[])));
    }
    let said = match action {
        ContractMove::StartSigning => submit(call, &**provider, &row, &order).await.map(Some),
        ContractMove::StartRescinding => provider.rescind(id).await.map(|standing| standing.map(Said::from)),
        _ => provider.revoke(id).await.map(|standing| standing.map(Said::from)),
    };
    match said {
        Ok(said) => Ok(Ok((id, said))),
        Err(PortError::Declined(code)) => {
            let args = [("code", code.into())];
            Ok(Err(UserError::coded(call, UserErrorCode::NotEligible, "contractId", "contract-declined", &args)))
        }
        Err(error) => {
            tracing::warn!(%error, contract = %id, "the provider of signatures was not asked");
            Err(Error::shown(Code::Unavailable, "contract-provider-away"))
        }
    }
}

/// Hands a contract over.
async fn submit(
    call: &Call,
    provider: &dyn SigningProvider,
    row: &contract::Model,
    order: &order::Model,
) -> std::result::Result<Said, PortError> {
    let paper = paper_of(&call.app.vault, row).map_err(|error| PortError::Unclear(format!("{error:?}")))?;
    let expires_at = call.now + SIGNING_TIME;
    let envelope = Envelope {
        contract_number: row.number.clone(),
        order_number: order.number.clone(),
        title: paper.title.clone(),
        text: document(&paper),
        document_hash: row.document_hash.clone(),
        buyer: paper.buyer,
        seller: paper.seller,
        expires_at,
    };
    let receipt = provider.submit(row.id, &envelope).await?;
    let taken = Some((receipt.reference, receipt.signing_url, expires_at));
    Ok(Said { state: ContractState::Signing, at: None, taken })
}

async fn note(
    tx: &mut Tx,
    call: &Call,
    rows: sea_orm::sea_query::Condition,
    (id, action): (ContractId, ContractMove),
    said: Option<Said>,
    reason: Option<String>,
) -> Result<Contracted, Refusal> {
    let unknown = || UserError::not_found(call, "contractId");
    let order = contract::Entity::find_by_id(id).one(tx.conn()).await?.ok_or_else(unknown)?.order_id;
    let mut revision = Revision::open(tx, rows, order, call.viewer.actor()).await?.ok_or_else(unknown)?;
    // Read under the order's lock: whoever writes contracts holds it.
    let row = contract::Entity::find_by_id(id).one(tx.conn()).await?.ok_or_else(unknown)?;
    let refused = |state: ContractState| UserError::transition(call, state, action, machine::allowed(CONTRACT, state));
    let now = tx.now();
    let (state, at, taken) = match said {
        Some(said) => (said.state, said.at.unwrap_or(now).min(now), said.taken),
        // What is not with the provider, or nothing that it knows, can be taken back here.
        None if action == ContractMove::Revoke => {
            let state = move_contract(row.state, action);
            (state.map_err(|_| refused(row.state))?, now, None)
        }
        None if move_contract(row.state, action).is_ok() => return Err(unknown().into()),
        None => return Err(refused(row.state).into()),
    };
    use ContractState::{Completed, PartiallyRescinded, Rescinded, Rescinding, Signing};
    let done = match action {
        ContractMove::StartSigning => state == Signing,
        ContractMove::StartRescinding => matches!(state, Rescinding | PartiallyRescinded | Rescinded),
        _ => !stands(state) && state != Rescinded,
    };
    match word(row.state, state) {
        Word::Leads if done => {
            let mut row = go_on(tx, &mut revision, row, (state, at), reason).await?;
            if let Some((reference, url, expires_at)) = taken {
                row.provider_reference = Some(reference);
                row.signing_url = url;
                row.expires_at = Some(expires_at);
                row.checked_at = Some(now);
            }
            save_contract(tx, &row);
            revision.save(tx);
        }
        Word::Known if done => {}
        // All have signed meanwhile, which is told as ever.
        Word::Leads => return Err(refused(if state == Signing { row.state } else { Completed }).into()),
        Word::Known | Word::Illegal => return Err(refused(row.state).into()),
    }
    Ok(Contracted { order, contract: id })
}
