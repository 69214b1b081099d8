//! `redemptionPlace` (C109; domain.md 3.3, Points FIFO).

use async_graphql::{Context, SimpleObject};
use entity::loyalty::{redemption, redemption_item, redemption_lot};
use entity::{CustomerId, LoyaltyAccountId, RedemptionId, RedemptionItemId, RedemptionStatus};
use sea_orm::{ActiveValue::Set, EntityTrait};
use serde::{Deserialize, Serialize};

use super::super::inputs::RedemptionPlaceInput;
use super::super::ledger::Ledger;
use super::super::links::{LoyaltyAccountById, RedemptionById};
use super::super::types::{LoyaltyAccount, Redemption};
use super::MAX_POINTS;
use crate::graph::answer::below;
use crate::graph::user_error::UserErrorCode;
use crate::graph::write::{Key, write};
use crate::graph::{Call, CallExt, Refusal, Result, UserError};
use crate::store::Tx;

/// What came of it.
#[derive(SimpleObject)]
pub struct RedemptionPlacePayload {
    /// What was had.
    pub redemption: Option<Redemption>,
    /// The account as it is now.
    pub account: Option<LoyaltyAccount>,
    /// What the user can put right; `InsufficientPoints` says how many there are.
    pub user_errors: Vec<UserError>,
}

#[derive(Serialize, Deserialize)]
struct Outcome {
    redemption: RedemptionId,
    account: LoyaltyAccountId,
}

/// What is wanted.
#[derive(Clone, Copy)]
enum Wanted {
    Item(RedemptionItemId),
    Points(i64),
}

/// Reason of the line when points alone are spent.
const AT_A_TILL: &str = "POINTS";

pub async fn run(ctx: &Context<'_>, input: RedemptionPlaceInput) -> Result<RedemptionPlacePayload> {
    let call = ctx.call();
    let customer = call.viewer.customer_or_refuse()?;
    let key = Key::new(ctx, &input.idempotency_key, &input);
    let written = match read(call, &input) {
        Ok(wanted) => write(ctx, Some(key), move |tx, call| Box::pin(place(tx, call, customer, wanted))).await?,
        Err(error) => Err(vec![error]),
    };
    let outcome = match written {
        Ok(outcome) => outcome,
        Err(user_errors) => return Ok(RedemptionPlacePayload { redemption: None, account: None, user_errors }),
    };
    let redemption = call.link::<RedemptionById>().one(outcome.redemption).await?;
    if let Some(redemption) = &redemption {
        below(ctx, call, "redemption", redemption).await?;
    }
    let account = call.link::<LoyaltyAccountById>().one(outcome.account).await?;
    if let Some(account) = &account {
        below(ctx, call, "account", account).await?;
    }
    Ok(RedemptionPlacePayload { redemption, account, user_errors: Vec::new() })
}

fn read(call: &Call, input: &RedemptionPlaceInput) -> Result<Wanted, UserError> {
    match (&input.item_id, input.points) {
        (Some(id), None) => UserError::parse_id(call, "itemId", id).map(Wanted::Item),
        (None, Some(points)) if (1..=MAX_POINTS).contains(&points.0) => Ok(Wanted::Points(points.0)),
        (None, Some(_)) => Err(UserError::invalid(call, "points", "points-range", &[("max", MAX_POINTS.into())])),
        (None, None) | (Some(_), Some(_)) => {
            Err(UserError::coded(call, UserErrorCode::Required, "", "redemption-which", &[]))
        }
    }
}

async fn place(tx: &mut Tx, call: &Call, customer: CustomerId, wanted: Wanted) -> Result<Outcome, Refusal> {
    let item = match wanted {
        Wanted::Points(_) => None,
        Wanted::Item(id) => {
            let found = redemption_item::Entity::find_by_id(id).one(tx.conn()).await?;
            let item = found.ok_or_else(|| UserError::not_found(call, "itemId"))?;
            if !item.available {
                let code = UserErrorCode::NotEligible;
                return Err(UserError::coded(call, code, "itemId", "redemption-item-unavailable", &[]).into());
            }
            Some(item)
        }
    };
    let (field, points, reason) = match (&item, wanted) {
        (Some(item), _) => ("itemId", item.cost_points, item.code.as_str()),
        (None, Wanted::Points(points)) => ("points", points, AT_A_TILL),
        (None, Wanted::Item(_)) => return Err(UserError::not_found(call, "itemId").into()),
    };
    let too_few = |available| UserError::insufficient_points(call, field, available, points);
    let ledger = Ledger::open(tx, customer).await?;
    let mut ledger = ledger.ok_or_else(|| too_few(0))?;
    let parts = ledger
        .spend(points.unsigned_abs(), reason, tx.now())
        .map_err(|insufficient| too_few(insufficient.available))?;

    let outcome = Outcome { redemption: RedemptionId::generate(), account: ledger.id() };
    let row = redemption::ActiveModel {
        id: Set(outcome.redemption),
        account_id: Set(outcome.account),
        item_id: Set(item.map(|item| item.id)),
        points: Set(points),
        status: Set(RedemptionStatus::Confirmed),
        created_at: Set(tx.now()),
    };
    tx.insert([row]);
    let paid = parts.into_iter().map(|(lot, points)| redemption_lot::ActiveModel {
        redemption_id: Set(outcome.redemption),
        lot_id: Set(lot),
        points: Set(points),
    });
    let paid: Vec<_> = paid.collect();
    if !paid.is_empty() {
        tx.insert(paid);
    }
    ledger.close(tx).await?;
    Ok(outcome)
}
