//! `contractGenerate` (C070, C071): an order is written down as it is now, with the clauses that were chosen.

use async_graphql::{Context, SimpleObject};
use entity::{ContractId, ContractState, OrderId};
use sea_orm::{ActiveModelTrait, IntoActiveModel};

use super::super::inputs::ContractGenerateInput;
use super::super::policy;
use super::super::rules::contract::{number, stands, takes_contract};
use super::super::rules::paper::{Unknown, choose, document, hash};
use super::super::store::{Revision, contracts_of, draw_up, save_contract, seal, template_of};
use super::super::types::{Contract, Order};
use super::{Contracted, contracted};
use crate::graph::user_error::UserErrorCode;
use crate::graph::write::{Key, write};
use crate::graph::{Call, CallExt, Refusal, Result, UserError};
use crate::store::Tx;

/// Most contracts of one order: what its page is reckoned with.
const MAX_CONTRACTS: usize = 20;

/// What came of it.
#[derive(SimpleObject)]
pub struct ContractGeneratePayload {
    /// The order.
    pub order: Option<Order>,
    /// The contract.
    pub contract: Option<Contract>,
    /// What the user can put right.
    pub user_errors: Vec<UserError>,
}

pub async fn run(ctx: &Context<'_>, input: ContractGenerateInput) -> Result<ContractGeneratePayload> {
    let call = ctx.call();
    policy::readable(&call.viewer).or_refuse(&call.viewer)?;
    let key = Key::new(ctx, &input.idempotency_key, &input);
    let written = write(ctx, Some(key), move |tx, call| Box::pin(generate(tx, call, input))).await?;
    let (order, contract, user_errors) = contracted(ctx, written).await?;
    Ok(ContractGeneratePayload { order, contract, user_errors })
}

async fn generate(tx: &mut Tx, call: &Call, input: ContractGenerateInput) -> Result<Contracted, Refusal> {
    let id: OrderId = UserError::parse_id(call, "orderId", &input.order_id)?;
    let rows = policy::readable(&call.viewer).or_nothing();
    let unknown = || UserError::not_found(call, "orderId");
    let actor = call.viewer.actor();
    let mut revision = Revision::open(tx, rows, id, actor.clone()).await?.ok_or_else(unknown)?;
    if revision.version() != input.expected_version {
        return Err(UserError::version(call, id, revision.version()).into());
    }
    let refused = |code, field: &str, key: &str| UserError::coded(call, code, field, key, &[]);
    if !takes_contract(revision.order.status) {
        return Err(refused(UserErrorCode::NotEligible, "orderId", "contract-order-state").into());
    }
    let before = contracts_of(tx, id).await?;
    let standing = before.iter().find(|row| stands(row.state));
    if before.len() >= MAX_CONTRACTS && standing.is_none() {
        return Err(refused(UserErrorCode::LimitReached, "orderId", "contract-many").into());
    }
    // A draft that was handed over may be at the provider: it is taken back first.
    if standing.is_some_and(|row| row.state != ContractState::Draft || row.checked_at.is_some()) {
        return Err(refused(UserErrorCode::InvalidTransition, "orderId", "contract-stands").into());
    }
    let template = template_of(tx, &revision.order).await?;
    let template = template.ok_or_else(|| refused(UserErrorCode::NotEligible, "orderId", "contract-no-template"))?;
    let chosen: Vec<(String, String)> =
        input.choices.into_iter().map(|choice| (choice.clause_code, choice.option_code)).collect();
    let clauses = choose(&template.clauses.0, &chosen).map_err(|unknown| {
        let (field, key) = match unknown {
            Unknown::Clause(place) => (format!("choices.{place}.clauseCode"), "not-found"),
            Unknown::Option(place) => (format!("choices.{place}.optionCode"), "not-found"),
            Unknown::Twice(place) => (format!("choices.{place}.clauseCode"), "contract-choice-twice"),
        };
        UserError::invalid(call, &field, key, &[])
    })?;
    let now = tx.now();
    // A draft that nobody has seen to sign is drawn up anew.
    let version = match standing {
        Some(draft) => draft.contract_version,
        None => before.last().map_or(1, |row| row.contract_version + 1),
    };
    let number = number(&revision.order.number, version);
    let named = (number.clone(), &template);
    let paper = draw_up(tx, &call.app.vault, &revision.order, named, clauses).await?;
    let row = entity::order::contract::Model {
        id: standing.map_or_else(ContractId::generate, |draft| draft.id),
        order_id: id,
        number,
        contract_version: version,
        template_id: template.id,
        state: ContractState::Draft,
        document_hash: hash(&document(&paper)),
        snapshot: seal(&call.app.vault, &paper),
        provider_reference: None,
        signing_url: None,
        expires_at: None,
        end_reason: None,
        created_by: actor,
        created_at: now,
        signed_at: None,
        ended_at: None,
        state_at: None,
        checked_at: None,
        updated_at: now,
    };
    revision.contract_changed(&row, now);
    let contract = row.id;
    if standing.is_some() {
        save_contract(tx, &row);
    } else {
        tx.insert([row.into_active_model().reset_all()]);
    }
    revision.save(tx);
    Ok(Contracted { order: id, contract })
}
