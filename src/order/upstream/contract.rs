//! `cn.milepost.order.contract.v1` (C072).

use chrono::{DateTime, Utc};
use entity::{MilestoneCode, MilestoneState};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::find;
use super::milestone::{MilestoneData, MilestoneReported};
use crate::graph::Result;
use crate::ingest::keys::line;
use crate::ingest::{Desk, Inbound, Item, Verdict, data};

data! {
    /// The contract of an order has been signed, or the signing was taken back (e-sign provider). It is the milestone
    /// `CONTRACT_SIGNED`, with the contract's number as its note; of both kinds of events the latest counts.
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

/// What became of a contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ContractState {
    /// It waits for signatures.
    Signing,
    /// All have signed.
    Completed,
    /// It was taken back before all had signed.
    Revoked,
    /// It was undone after all had signed.
    Rescinded,
}

/// A contract reported.
pub struct ContractReported;

impl ContractReported {
    fn milestone(data: &ContractData) -> MilestoneData {
        MilestoneData {
            order_number: data.order_number.clone(),
            code: MilestoneCode::ContractSigned,
            state: match data.state {
                ContractState::Signing => MilestoneState::Active,
                ContractState::Completed => MilestoneState::Done,
                ContractState::Revoked => MilestoneState::Pending,
                ContractState::Rescinded => MilestoneState::RolledBack,
            },
            occurred_at: data.occurred_at,
            note: Some(data.contract_number.clone()),
            forecast: None,
        }
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
        format!("{}/{}", find::subject(&data.order_number), MilestoneCode::ContractSigned)
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
            verdicts.push(match line("contractNumber", &item.data.contract_number, 64) {
                Ok(_) => {
                    let as_milestone = Item { data: Self::milestone(&item.data), time: item.time };
                    MilestoneReported::apply(desk, &[as_milestone]).await?.remove(0)
                }
                Err(reason) => reason.into(),
            });
        }
        Ok(verdicts)
    }
}
