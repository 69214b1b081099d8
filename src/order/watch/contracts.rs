//! Contracts that the provider of signatures has (C072).

use chrono::{DateTime, Utc};
use entity::order::{contract, order};
use entity::{ContractId, ContractState};
use sea_orm::EntityTrait;
use serde_json::{Value, json};

use super::{AGAIN, MOST, Run, Watch, goes_on};
use crate::graph::Result;
use crate::ingest::{Inbound, Sender};
use crate::order::rules::contract::word;
use crate::order::rules::status::is_ended;
use crate::order::upstream::ContractReported;
use crate::ports::signing::Standing;
use crate::ports::{PortError, SigningProvider};
use crate::values::machine::Word;

/// The condition of the index by which they are found.
const WAITING: &str = "state IN ('SIGNING', 'RESCINDING', 'PARTIALLY_RESCINDED')";

/// What the events name as their source.
const SOURCE: &str = "urn:milepost:signing-provider";

impl Watch<'_> {
    /// Asks about contracts that the provider has.
    pub(super) async fn contracts(&self, provider: &dyn SigningProvider) -> Result<()> {
        loop {
            let now = self.app.clock.now();
            let columns = (contract::Column::Id, contract::Column::CheckedAt);
            let due: Vec<ContractId> =
                self.unasked::<contract::Entity, _>(columns, WAITING, now, self.app.ports.signing_check_after).await?;
            let mut run = Run::default();
            for (at, id) in due.iter().enumerate() {
                if self.stop.is_cancelled() {
                    return Ok(());
                }
                if !run.goes_on(id, self.contract(provider, *id, now).await) {
                    return Ok(self.left_over::<contract::Entity, _>(columns, &due[at + 1..]).await?);
                }
            }
            if (due.len() as u64) < MOST {
                return Ok(());
            }
        }
    }

    /// Asks about one and takes in what is new; false when the provider is not reached, by anybody.
    async fn contract(&self, provider: &dyn SigningProvider, id: ContractId, now: DateTime<Utc>) -> Result<bool> {
        let conn = self.db.conn();
        let Some(row) = contract::Entity::find_by_id(id).one(conn).await? else { return Ok(true) };
        let Some(order) = order::Entity::find_by_id(row.order_id).one(conn).await? else { return Ok(true) };
        let ran_out = row.expires_at.is_some_and(|end| end <= now);
        // Nobody is to sign for what is called off, or later than was said.
        let over = row.state == ContractState::Signing && (is_ended(order.status) || ran_out);
        let standing = match standing(provider, id, over).await {
            Ok(standing) => standing,
            Err(error) => return Ok(goes_on(&error, &id)),
        };
        let ends = |state| Standing { state, occurred_at: Some(now) };
        let standing = match standing {
            None if over => ends(if ran_out { ContractState::Expired } else { ContractState::Revoked }),
            Some(standing) if over && ran_out && standing.state == ContractState::Revoked => {
                Standing { state: ContractState::Expired, ..standing }
            }
            Some(standing) => standing,
            None => return Ok(true),
        };
        if word(row.state, standing.state) == Word::Leads {
            self.go_in(&Sender::asked("signing-provider"), event(&order.number, &row, &standing, now)).await?;
        }
        Ok(true)
    }
}

/// How one stands; one that is over is taken back, if not all have signed.
async fn standing(provider: &dyn SigningProvider, id: ContractId, over: bool) -> Result<Option<Standing>, PortError> {
    let standing = provider.find(id).await?;
    let open = |found: &Standing| found.state == ContractState::Signing;
    if over && standing.as_ref().is_some_and(open) { provider.revoke(id).await } else { Ok(standing) }
}

/// One of an id that is the same whenever the same is found, for a while.
fn event(order_number: &str, row: &contract::Model, standing: &Standing, now: DateTime<Utc>) -> Value {
    let again = now.timestamp() / AGAIN.num_seconds();
    json!({
        "specversion": "1.0",
        "id": format!("{}-{}-{again}", row.id, standing.state),
        "source": SOURCE,
        "type": ContractReported::TYPE,
        // Asked now, whatever was told before.
        "time": now,
        "data": {
            "orderNumber": order_number,
            "contractNumber": row.number,
            "state": standing.state,
            "occurredAt": standing.occurred_at.unwrap_or(now),
        },
    })
}
