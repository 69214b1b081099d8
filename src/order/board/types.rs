//! What the board, its queues and its templates look like.

use async_graphql::{Description, Enum, ID, SimpleObject};
use chrono::{DateTime, Utc};
use entity::order::{milestone_template, order};
use entity::{ChangeState, FulfillmentMode, MilestoneCode, Party, PolicyStatus, RefundState, WorkQueueType};

use super::super::change::{ChangeRequest, Refund, RefundsOfOrder, RequestsOfOrder};
use super::super::links::MilestonesOfOrder;
use super::super::rules::milestone::node_of;
use super::super::rules::template::planned;
use super::super::types::{Order, title_key};
use super::store::queue;
use crate::graph::answer::To;
use crate::graph::text::text;
use crate::graph::{Call, Fields, Result, fields};
use crate::place::CityByCode;
use crate::values::calendar;

/// How many orders of the board stand where.
#[derive(Fields, SimpleObject, Clone, Debug)]
pub struct DeliveryBoardSummary {
    /// All of them.
    pub count: i64,
    /// Of them, how many are late with what comes next.
    pub breached_count: i64,
    /// By what comes next, in order of display; those at which nobody stands are left out.
    pub columns: Vec<DeliveryBoardColumn>,
}

/// Orders of the board that are to reach the same milestone next.
#[derive(Fields, SimpleObject, Clone, Debug)]
pub struct DeliveryBoardColumn {
    /// Which one.
    pub milestone: MilestoneCode,
    /// What to call it, in the language of the request.
    pub title: String,
    /// How many orders.
    pub count: i64,
    /// Of them, how many are late.
    pub breached_count: i64,
}

/// How much there is of a kind of work.
#[derive(Fields, SimpleObject, Clone, Debug)]
pub struct WorkQueueCount {
    /// What is to be done.
    #[graphql(name = "type")]
    pub of: WorkQueueType,
    /// For how many orders.
    pub count: i64,
}

/// What is to be done about an order (C080).
#[derive(Clone, Debug, Description)]
pub struct WorkItem {
    /// The order.
    pub row: order::Model,
    /// What is to be done.
    pub of: WorkQueueType,
}

/// Whether money has to be paid back by hand.
fn is_by_hand(refund: &Refund) -> bool {
    refund.0.state == RefundState::Failed || (refund.0.state == RefundState::Created && refund.0.payment_id.is_none())
}

#[fields(rows(order::Model))]
impl WorkItem {
    /// What is to be done.
    fn r#type(&self) -> WorkQueueType {
        self.of
    }

    /// The order.
    #[columns()]
    fn order(&self) -> Order {
        Order(self.row.clone())
    }

    /// The milestone that is reached by it, if it is one.
    fn milestone(&self) -> Option<MilestoneCode> {
        queue(self.of).node
    }

    /// The request to be decided, where one is.
    fn change_request(&self, call: &Call) -> Result<Option<ChangeRequest>> {
        if self.of != WorkQueueType::ChangeToDecide {
            return Ok(None);
        }
        let requests = call.found::<RequestsOfOrder>(&self.row.id)?;
        Ok(requests.iter().find(|request| request.0.state == ChangeState::Submitted).cloned())
    }

    /// The money to be paid back, where there is some: the oldest that `refundRecord` takes.
    fn refund(&self, call: &Call) -> Result<Option<Refund>> {
        if self.of != WorkQueueType::RefundToPay {
            return Ok(None);
        }
        let refunds = call.found::<RefundsOfOrder>(&self.row.id)?;
        Ok(refunds.iter().filter(|refund| is_by_hand(refund)).min_by_key(|refund| refund.0.created_at).cloned())
    }

    /// Since when it can be done, or was to be.
    fn since(&self, call: &Call) -> Result<Option<DateTime<Utc>>> {
        let id = self.row.id;
        Ok(match self.of {
            WorkQueueType::ChangeToDecide => {
                let requests = call.found::<RequestsOfOrder>(&id)?;
                let waiting = requests.iter().filter(|request| request.0.state == ChangeState::Submitted);
                waiting.map(|request| request.0.requested_at).min()
            }
            WorkQueueType::RefundToPay => {
                let refunds = call.found::<RefundsOfOrder>(&id)?;
                refunds.iter().filter(|refund| is_by_hand(refund)).map(|refund| refund.0.created_at).min()
            }
            WorkQueueType::PromiseOverdue => self.row.promised_by.map(calendar::end_of_day),
            _ => {
                let node = queue(self.of).node;
                let milestones = call.found::<MilestonesOfOrder>(&id)?;
                milestones.iter().find(|row| Some(row.0.code) == node).and_then(|row| row.0.open_since)
            }
        })
    }

    /// Until when it is to be done, by the hours of its milestone; null where nobody watches it.
    fn due_at(&self, call: &Call) -> Result<Option<DateTime<Utc>>> {
        let Some(node) = queue(self.of).node else { return Ok(None) };
        let milestones = call.found::<MilestonesOfOrder>(&self.row.id)?;
        Ok(milestones.iter().find(|row| row.0.code == node).and_then(|row| row.0.due_at))
    }
}

/// What a message of the board says.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeliveryBoardUpdateKind {
    /// An order of the state to begin with.
    Snapshot,
    /// An order on the board has moved, or come to it.
    Moved,
    /// An order is not on the board any more: handed over, or called off.
    Left,
}

/// Which milestones the orders of a kind have, and within which time (C084, C092). An order keeps the version by which it was made.
#[derive(Clone, Debug, Description)]
pub struct MilestoneTemplate(pub milestone_template::Model);

#[fields(rows(milestone_template::Model))]
impl MilestoneTemplate {
    /// Type-prefixed ULID, as in `mtp_01J…`.
    pub fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// Name, unique.
    fn name(&self) -> &str {
        &self.0.name
    }

    /// State; of the published ones that of the order's city counts, else that of everywhere.
    fn status(&self) -> PolicyStatus {
        self.0.status
    }

    /// For orders whose car is found so.
    fn fulfillment_mode(&self) -> FulfillmentMode {
        self.0.fulfillment_mode
    }

    /// For cars to be registered there; null for everywhere where there is no other.
    #[link(self.0.city_code)]
    fn city(&self) -> To<CityByCode>;

    /// Whether the balance is wanted before the car is moved; null: where the store that hands over has no delivery centre.
    fn balance_before_shipment(&self) -> Option<bool> {
        self.0.balance_first
    }

    /// The nodes that an order has, in order of display.
    #[columns(nodes, fulfillment_mode, balance_first)]
    fn nodes(&self, call: &Call) -> Vec<MilestoneTemplateNode> {
        let of = &self.0;
        let plan = planned(&of.nodes.0, of.fulfillment_mode, of.balance_first.unwrap_or(false));
        let node = |one: super::super::rules::milestone::PlannedMilestone| MilestoneTemplateNode {
            code: one.code,
            title: text(call.locale, &title_key(one.code), &[]),
            hidden: one.hidden,
            sla_hours: one.sla_hours,
            responsible_party: one.own_party.unwrap_or(node_of(one.code).party),
            after: one.after,
        };
        plan.into_iter().map(node).collect()
    }

    /// Who changed it last: a member of staff, or `system`.
    fn changed_by(&self) -> &str {
        &self.0.changed_by
    }

    /// When it last changed.
    fn changed_at(&self) -> DateTime<Utc> {
        self.0.changed_at
    }

    /// Grows with each change.
    fn version(&self) -> i32 {
        self.0.version
    }
}

/// A node of a template.
#[derive(Fields, SimpleObject, Clone, Debug)]
pub struct MilestoneTemplateNode {
    /// Which one.
    pub code: MilestoneCode,
    /// What to call it, in the language of the request.
    pub title: String,
    /// Whether customers are not shown it.
    pub hidden: bool,
    /// Within how many hours it is to be reached once those before it are; null where nobody watches it.
    pub sla_hours: Option<i32>,
    /// Who is to act for it to be reached.
    pub responsible_party: Party,
    /// What comes right before it, over what the template leaves out.
    pub after: Vec<MilestoneCode>,
}
