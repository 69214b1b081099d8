//! `inboundEventReplay`.

use async_graphql::{Context, SimpleObject};
use entity::InboundEventId;
use serde::{Deserialize, Serialize};

use super::super::inputs::InboundEventReplayInput;
use super::super::links::InboundEventById;
use super::super::policy;
use super::super::types::InboundEvent;
use crate::graph::write::{Key, write};
use crate::graph::{Call, CallExt, Refusal, Result, UserError};
use crate::ingest::retry;
use crate::store::Tx;

/// Most events at once.
const MAX_IDS: usize = 100;

/// What came of it.
#[derive(SimpleObject)]
pub struct InboundEventReplayPayload {
    /// The events, as they stand now.
    pub events: Vec<InboundEvent>,
    /// What the user can put right.
    pub user_errors: Vec<UserError>,
}

#[derive(Serialize, Deserialize)]
struct Outcome {
    events: Vec<InboundEventId>,
}

pub async fn run(ctx: &Context<'_>, input: InboundEventReplayInput) -> Result<InboundEventReplayPayload> {
    let call = ctx.call();
    policy::readable(&call.viewer).or_refuse(&call.viewer)?;
    let key = Key::new(ctx, &input.idempotency_key, &input);
    let written = write(ctx, Some(key), move |tx, call| Box::pin(replay(tx, call, input))).await?;
    Ok(match written {
        Ok(outcome) => {
            let events = call.link::<InboundEventById>().many(outcome.events).await?;
            InboundEventReplayPayload { events: events.into_iter().flatten().collect(), user_errors: Vec::new() }
        }
        Err(user_errors) => InboundEventReplayPayload { events: Vec::new(), user_errors },
    })
}

async fn replay(tx: &mut Tx, call: &Call, input: InboundEventReplayInput) -> Result<Outcome, Refusal> {
    if input.ids.len() > MAX_IDS {
        let max = [("max", i64::try_from(MAX_IDS).unwrap_or_default().into())];
        return Err(UserError::invalid(call, "ids", "too-many-ids", &max).into());
    }
    let mut errors = Vec::new();
    let ids = input.ids.iter().enumerate().filter_map(|(at, id)| {
        UserError::parse_id(call, &format!("ids.{at}"), id).map_err(|error| errors.push(error)).ok()
    });
    let events: Vec<InboundEventId> = ids.collect();
    if !errors.is_empty() {
        return Err(errors.into());
    }
    retry::replay(tx, &call.app, &events).await?;
    Ok(Outcome { events })
}
