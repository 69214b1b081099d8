//! `tokensWithdraw`.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, SubsecRound, Utc};
use entity::identity::withdrawal;
use entity::{CustomerId, PrefixedId, StaffId};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::OnConflict;
use serde::{Deserialize, Serialize};

use crate::access::ViewerKind;
use crate::graph::user_error::UserErrorCode;
use crate::graph::write::{Key, write};
use crate::graph::{Call, CallExt, Refusal, Result, UserError};
use crate::store::Tx;
use crate::values::text;

/// Longest reason.
const MAX_REASON: u32 = 500;

/// Whose tokens no longer count, and why.
#[derive(InputObject)]
pub struct TokensWithdrawInput {
    /// Names this attempt: the same again brings back the first outcome.
    pub idempotency_key: String,
    /// Whose: a customer's or a member of staff's id.
    pub subject: ID,
    /// Why, for those who look later; 1 to 500 characters.
    pub reason: String,
}

/// What came of it.
#[derive(SimpleObject)]
pub struct TokensWithdrawPayload {
    /// Tokens made up to this second no longer count.
    pub up_to: Option<DateTime<Utc>>,
    /// What the user can put right.
    pub user_errors: Vec<UserError>,
}

#[derive(Serialize, Deserialize)]
struct Outcome {
    up_to: DateTime<Utc>,
}

/// Root fields.
#[derive(Default)]
pub struct Mutations;

#[Object(name = "SessionMutations")]
impl Mutations {
    /// Ends what one person has open, and refuses every token that they have: within a second, in all gateways. Tokens that
    /// are made later count. For operators; a lost phone, somebody who has left.
    async fn tokens_withdraw(&self, ctx: &Context<'_>, input: TokensWithdrawInput) -> Result<TokensWithdrawPayload> {
        let call = ctx.call();
        if !matches!(call.viewer.kind, ViewerKind::Operator(_)) {
            return Err(call.viewer.refused());
        }
        let key = Key::new(ctx, &input.idempotency_key, &input);
        let written = write(ctx, Some(key), move |tx, call| Box::pin(withdraw(tx, call, input))).await?;
        Ok(match written {
            Ok(Outcome { up_to }) => {
                // At once here; other processes look by themselves.
                call.app.withdrawn.read(&call.app.db).await?;
                TokensWithdrawPayload { up_to: Some(up_to), user_errors: Vec::new() }
            }
            Err(user_errors) => TokensWithdrawPayload { up_to: None, user_errors },
        })
    }
}

async fn withdraw(tx: &mut Tx, call: &Call, input: TokensWithdrawInput) -> Result<Outcome, Refusal> {
    let subject = input.subject.as_str();
    if subject.parse::<CustomerId>().is_err() && subject.parse::<StaffId>().is_err() {
        let expected = format!("{}_, {}_", CustomerId::PREFIX, StaffId::PREFIX);
        let expected = [("expected", expected.into())];
        return Err(UserError::coded(call, UserErrorCode::InvalidId, "subject", "id", &expected).into());
    }
    let reason = text::line(&input.reason, MAX_REASON).map_err(|invalid| {
        UserError::invalid(call, "reason", invalid.rule, &[("max", i64::from(MAX_REASON).into())])
    })?;
    // Tokens say their second: one that is made within this one is not told from one made before.
    let up_to = tx.now().trunc_subsecs(0);
    let row = withdrawal::ActiveModel {
        subject: Set(subject.to_owned()),
        up_to: Set(up_to),
        reason: Set(reason),
        actor: Set(call.viewer.actor()),
        updated_at: Set(tx.now()),
    };
    let again = OnConflict::column(withdrawal::Column::Subject)
        .update_columns([
            withdrawal::Column::UpTo,
            withdrawal::Column::Reason,
            withdrawal::Column::Actor,
            withdrawal::Column::UpdatedAt,
        ])
        .to_owned();
    tx.insert_or(again, [row]);
    Ok(Outcome { up_to })
}
