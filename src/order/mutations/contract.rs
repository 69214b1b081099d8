//! `contractStartSigning`, `contractRevoke` and `contractRescind` (C072): what one does with a contract. That the step
//! can be taken is noted under the key; then whoever lets it be signed is asked, outside any transaction, and what comes of it is
//! noted. A key that comes again asks again only where nothing has happened since.

use async_graphql::{Context, ID, SimpleObject};
use chrono::{DateTime, Utc};
use entity::order::{contract, contract_template, order};
use entity::{ContractId, ContractState, OrderStatus};
use sea_orm::sea_query::Condition;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};
use serde::{Deserialize, Serialize};

use super::super::inputs::{ContractRescindInput, ContractRevokeInput, ContractStartSigningInput};
use super::super::policy;
use super::super::rules::contract::{
    CONTRACT, ContractMove, SIGNING_TIME, can_be_rescinded, move_contract, stands, takes_contract, word,
};
use super::super::rules::paper::{Paper, document};
use super::super::store::{MAX_REFERENCE, Revision, draw_up, go_on, page, paper_of, save_contract};
use super::super::types::{Contract, Order};
use super::{Contracted, MAX_NOTE, bad_text, contracted};
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

/// What is kept under the key: that the step may be taken, and of which state of the contract.
#[derive(Serialize, Deserialize)]
struct Intent {
    contracted: Contracted,
    seen: DateTime<Utc>,
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
    let of = rows.clone();
    let meant = write(ctx, Some(key), move |tx, call| Box::pin(intend(tx, call, of, (id, action)))).await?;
    let written = match meant {
        Ok(Intent { contracted, seen }) => {
            ask(ctx, rows, (&contracted, seen), action, reason).await?.map(|()| contracted)
        }
        Err(errors) => Err(errors),
    };
    contracted(ctx, written).await
}

/// The contract, read under its order's lock.
async fn locked(tx: &Tx, call: &Call, rows: Condition, id: ContractId) -> Result<(Revision, contract::Model), Refusal> {
    let unknown = || UserError::not_found(call, "contractId");
    let order = contract::Entity::find_by_id(id).one(tx.conn()).await?.ok_or_else(unknown)?.order_id;
    let revision = Revision::open(tx, rows, order, call.viewer.actor()).await?.ok_or_else(unknown)?;
    let row = contract::Entity::find_by_id(id).one(tx.conn()).await?.ok_or_else(unknown)?;
    Ok((revision, row))
}

/// Whether the step can be taken, before anybody else is asked.
async fn intend(
    tx: &mut Tx,
    call: &Call,
    rows: Condition,
    (id, action): (ID, ContractMove),
) -> Result<Intent, Refusal> {
    let id: ContractId = UserError::parse_id(call, "contractId", &id)?;
    let (revision, row) = locked(tx, call, rows, id).await?;
    // One that the provider took, and nobody heard where it is signed, is handed over again, which is the same.
    if !lacks_page(&row, action) {
        move_contract(row.state, action)
            .map_err(|illegal| UserError::transition(call, illegal.from, illegal.action, illegal.allowed))?;
    }
    may_go(call, revision.before().status, action)?;
    if action == ContractMove::StartSigning && row.state == ContractState::Draft {
        let paper = paper_of(&call.app.vault, &row)?;
        let template = contract_template::Entity::find_by_id(row.template_id).one(tx.conn()).await?;
        let template = template.ok_or_else(|| Error::hidden("the template of a contract is gone"))?;
        let named = (row.number.clone(), &template);
        let now = draw_up(tx, &call.app.vault, revision.before(), named, paper.clauses.clone()).await?;
        let again = Paper { drawn_up_on: paper.drawn_up_on, salt: paper.salt.clone(), ..now };
        if again != paper {
            let code = UserErrorCode::NotEligible;
            return Err(UserError::coded(call, code, "contractId", "contract-stale", &[]).into());
        }
        // From now on the provider may have it, whatever comes of the answer.
        let handed = contract::ActiveModel { checked_at: Set(Some(tx.now())), ..Default::default() };
        tx.put_one(contract::Entity::update_many().set(handed).filter(contract::Column::Id.eq(id)));
    }
    Ok(Intent { contracted: Contracted { order: row.order_id, contract: id }, seen: row.updated_at })
}

/// Whether a contract waits for signatures and nobody knows where.
fn lacks_page(row: &contract::Model, action: ContractMove) -> bool {
    action == ContractMove::StartSigning && row.state == ContractState::Signing && row.signing_url.is_none()
}

/// Whether the order is in a state for the step.
fn may_go(call: &Call, status: OrderStatus, action: ContractMove) -> std::result::Result<(), UserError> {
    let key = match action {
        ContractMove::StartSigning if !takes_contract(status) => "contract-order-state",
        ContractMove::StartRescinding if !can_be_rescinded(status) => "contract-rescind-state",
        _ => return Ok(()),
    };
    Err(UserError::coded(call, UserErrorCode::NotEligible, "contractId", key, &[]))
}

/// Asks the provider, unless the contract has gone on since the step was meant, and notes what it says. A draft is nobody's yet.
async fn ask(
    ctx: &Context<'_>,
    rows: Condition,
    (contracted, seen): (&Contracted, DateTime<Utc>),
    action: ContractMove,
    reason: Option<String>,
) -> Result<std::result::Result<(), Vec<UserError>>> {
    let call = ctx.call();
    let id = contracted.contract;
    let found = contract::Entity::find_by_id(id).one(call.db()).await?;
    let fresh = |row: &contract::Model| row.updated_at == seen || lacks_page(row, action);
    let Some(row) = found.filter(fresh) else { return Ok(Ok(())) };
    let mut said = None;
    // A draft that was never to be handed over is nobody else's.
    if row.state != ContractState::Draft || row.checked_at.is_some() {
        let Some(provider) = &call.app.ports.signing else {
            return Err(Error::shown(Code::Unavailable, "contract-no-provider"));
        };
        let gone = || Error::hidden("the order of a contract vanished");
        let order = order::Entity::find_by_id(row.order_id).one(call.db()).await?.ok_or_else(gone)?;
        if let Err(error) = may_go(call, order.status, action) {
            return Ok(Err(vec![error]));
        }
        let answer = match action {
            ContractMove::StartSigning => submit(call, &**provider, &row, &order).await.map(Some),
            ContractMove::StartRescinding => provider.rescind(id).await.map(|standing| standing.map(Said::from)),
            _ => provider.revoke(id).await.map(|standing| standing.map(Said::from)),
        };
        said = match answer {
            // It never came there.
            Ok(None) if row.state == ContractState::Draft => None,
            // It has it, and says that it has not: nothing is certain.
            Ok(None) => return Err(Error::shown(Code::Unavailable, "contract-provider-away")),
            Ok(said) => said,
            Err(PortError::Declined(code)) => {
                let args = [("code", code.into())];
                let code = UserErrorCode::NotEligible;
                return Ok(Err(vec![UserError::coded(call, code, "contractId", "contract-declined", &args)]));
            }
            Err(error) => {
                tracing::warn!(%error, contract = %id, "the provider of signatures was not asked");
                return Err(Error::shown(Code::Unavailable, "contract-provider-away"));
            }
        };
    }
    let noted = write(ctx, None, move |tx, call| Box::pin(note(tx, call, rows, (id, action), said, reason)));
    match noted.await? {
        Ok(Noted { over: true }) => {
            // Taken back while it was on its way: nobody is to sign it.
            if let Some(provider) = &call.app.ports.signing
                && let Err(error) = provider.revoke(id).await
            {
                tracing::warn!(%error, contract = %id, "a contract that was taken back is with the provider");
            }
            let state = ContractState::Revoked;
            Ok(Err(vec![UserError::transition(call, state, action, machine::allowed(CONTRACT, state))]))
        }
        Ok(Noted { over: false }) => Ok(Ok(())),
        Err(errors) => Ok(Err(errors)),
    }
}

/// Whether the contract was over before the provider had taken it.
#[derive(Serialize, Deserialize)]
struct Noted {
    over: bool,
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
    rows: Condition,
    (id, action): (ContractId, ContractMove),
    said: Option<Said>,
    reason: Option<String>,
) -> Result<Noted, Refusal> {
    use ContractState::{Completed, Draft, PartiallyRescinded, Rescinded, Rescinding, Revoked, Signing};
    let (mut revision, row) = locked(tx, call, rows, id).await?;
    if said.as_ref().is_some_and(|said| said.taken.is_some()) && !stands(row.state) {
        return Ok(Noted { over: true });
    }
    let refused = |state: ContractState| UserError::transition(call, state, action, machine::allowed(CONTRACT, state));
    let now = tx.now();
    // Not before the contract, by another's clock, and not in the future.
    let moment = |at: Option<DateTime<Utc>>| at.unwrap_or(now).max(row.created_at).min(now);
    let (state, at, taken) = match said {
        Some(said) => (said.state, moment(said.at), said.taken),
        // What nobody has seen to sign is taken back here.
        None if row.state == Draft || row.state == Revoked => (Revoked, now, None),
        None => return Err(refused(row.state).into()),
    };
    let done = match action {
        ContractMove::StartSigning => state == Signing,
        ContractMove::StartRescinding => matches!(state, Rescinding | PartiallyRescinded | Rescinded),
        _ => !stands(state) && state != Rescinded,
    };
    let with = |row: contract::Model| match taken.clone() {
        Some((reference, url, expires_at)) => contract::Model {
            provider_reference: row.provider_reference.or_else(|| text::line(&reference, MAX_REFERENCE).ok()),
            signing_url: row.signing_url.or_else(|| page(url)),
            expires_at: row.expires_at.or(Some(expires_at)),
            checked_at: Some(now),
            updated_at: now,
            ..row
        },
        None => row,
    };
    let row = match word(row.state, state) {
        Word::Leads if done => with(go_on(tx, &mut revision, row, (state, at), reason).await?),
        // It has told so itself meanwhile, or of more.
        Word::Known | Word::Illegal if done && taken.is_some() && row.state != Revoked => {
            revision.contract_changed(&row, now);
            with(row)
        }
        Word::Known if done => return Ok(Noted { over: false }),
        // All have signed meanwhile, which is told as ever.
        Word::Leads => return Err(refused(if state == Signing { row.state } else { Completed }).into()),
        Word::Known | Word::Illegal => return Err(refused(row.state).into()),
    };
    save_contract(tx, &row);
    revision.save(tx);
    Ok(Noted { over: false })
}
