//! `cn.milepost.order.contract.v1` (C072).

use chrono::{DateTime, Utc};
use entity::order::contract;
use entity::{ContractState, InboundCode, MilestoneCode, MilestoneState, OrderId};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::super::rules::contract::word;
use super::super::store::{go_on, save_contract};
use super::find::{self, moment, open};
use super::milestone::{MilestoneData, MilestoneReported};
use crate::graph::Result;
use crate::ingest::keys::line;
use crate::ingest::{Desk, Inbound, Item, Reason, Verdict, data};
use crate::values::machine::Word;

data! {
    /// How the contract of an order is (e-sign provider). One that was drawn up here goes on by it; of another it is the milestone
    /// `CONTRACT_SIGNED` alone, with the contract's number as its note, unless one of here waits for its signatures: that is revoked
    /// first.
    pub struct ContractData {
        /// Number of the order.
        pub order_number: String,
        /// Number of the contract.
        pub contract_number: String,
        /// What became of it.
        pub state: ContractState,
        /// When; the event's `time` when left out.
        pub occurred_at: Option<DateTime<Utc>>,
    }
}

/// A contract reported.
pub struct ContractReported;

impl ContractReported {
    /// The milestone of a contract that was drawn up elsewhere; none where it does not move.
    fn milestone(data: &ContractData) -> Option<MilestoneData> {
        use ContractState::{
            Completed, Declined, Draft, Expired, PartiallyRescinded, Rescinded, Rescinding, Revoked, Signing,
        };
        Some(MilestoneData {
            order_number: data.order_number.clone(),
            code: MilestoneCode::ContractSigned,
            state: match data.state {
                Signing => MilestoneState::Active,
                Completed => MilestoneState::Done,
                Revoked | Declined | Expired => MilestoneState::Pending,
                Rescinded => MilestoneState::RolledBack,
                Draft | Rescinding | PartiallyRescinded => return None,
            },
            occurred_at: data.occurred_at,
            note: Some(data.contract_number.clone()),
            forecast: None,
        })
    }
}

impl Inbound for ContractReported {
    const TYPE: &'static str = "cn.milepost.order.contract.v1";
    const DOMAIN: &'static str = "order";
    type Data = ContractData;

    fn example() -> ContractData {
        ContractData {
            order_number: "YC2511249001".into(),
            contract_number: "HT-2026-000123".into(),
            state: ContractState::Completed,
            occurred_at: "2025-11-24T04:30:00Z".parse().ok(),
        }
    }

    fn subject(data: &ContractData) -> String {
        format!("contract/{}", data.contract_number)
    }

    fn wakes(data: &ContractData) -> Vec<String> {
        vec![find::subject(&data.order_number)]
    }

    fn moment(data: &ContractData) -> Option<DateTime<Utc>> {
        data.occurred_at
    }

    async fn apply(desk: &mut Desk<'_>, items: &[Item<ContractData>]) -> Result<Vec<Verdict>> {
        let mut verdicts = Vec::with_capacity(items.len());
        for item in items {
            verdicts.push(heard(desk, item).await?);
            desk.tx.flush().await?;
        }
        Ok(verdicts)
    }
}

/// Number of the order's contract that is drawn up here and not signed yet.
async fn waiting(desk: &Desk<'_>, order: OrderId) -> Result<Option<String>> {
    let open = contract::Entity::find()
        .filter(contract::Column::OrderId.eq(order))
        .filter(contract::Column::State.is_in([ContractState::Draft, ContractState::Signing]))
        .one(desk.tx.conn())
        .await?;
    Ok(open.map(|row| row.number))
}

async fn heard(desk: &mut Desk<'_>, item: &Item<ContractData>) -> Result<Verdict> {
    let data = &item.data;
    let number = match line("contractNumber", &data.contract_number, 64) {
        Ok(number) => number,
        Err(reason) => return Ok(reason.into()),
    };
    let own = contract::Entity::find().filter(contract::Column::Number.eq(number)).one(desk.tx.conn()).await?;
    let Some(own) = own else {
        let order = match open(desk, &data.order_number).await? {
            Ok(revision) => revision.order.id,
            Err(verdict) => return Ok(verdict),
        };
        // One that waits for its signatures here is what is signed: a slip in its number would leave it behind.
        if let Some(waits) = waiting(desk, order).await? {
            return Ok(Reason::invalid("contractNumber", "contract-other").with("number", waits).into());
        }
        let Some(milestone) = ContractReported::milestone(data) else { return Ok(Verdict::DONE) };
        let as_milestone = Item { data: milestone, time: item.time };
        return Ok(MilestoneReported::apply(desk, &[as_milestone]).await?.remove(0));
    };
    let mut revision = match open(desk, &data.order_number).await? {
        Ok(revision) => revision,
        Err(verdict) => return Ok(verdict),
    };
    // Read again under the order's lock: whoever writes contracts holds it.
    let row = contract::Entity::find_by_id(own.id).one(desk.tx.conn()).await?;
    let Some(row) = row.filter(|row| row.order_id == revision.order.id) else {
        return Ok(Reason::invalid("contractNumber", "not-found").into());
    };
    let at = match moment(desk, "occurredAt", data.occurred_at.or(item.time), revision.order.created_at) {
        // By another's clock.
        Ok(at) => at.max(row.created_at),
        Err(reason) => return Ok(reason.into()),
    };
    // From here on all ways lead away, whenever they were gone.
    let first = matches!(row.state, ContractState::Draft | ContractState::Signing);
    if !first && row.state_at.is_some_and(|last| at < last) {
        return Ok(Verdict::Outdated);
    }
    if data.state == ContractState::Draft {
        return Ok(Reason::invalid("state", "contract-draft").into());
    }
    match word(row.state, data.state) {
        Word::Known => Ok(Verdict::DONE),
        Word::Illegal => {
            let reason = Reason::new(InboundCode::InvalidTransition, "invalid-transition").at("state");
            Ok(reason.with("from", row.state.to_string()).with("action", data.state.to_string()).into())
        }
        Word::Leads => {
            let row = go_on(desk.tx, &mut revision, row, (data.state, at), None).await?;
            save_contract(desk.tx, &row);
            revision.save(desk.tx);
            Ok(Verdict::DONE)
        }
    }
}
