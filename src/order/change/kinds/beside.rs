//! What hangs on an order that a change has to reckon with: its contract, its appointment, its invoices, its loans and its way.

use chrono::{DateTime, Utc};
use entity::order::{change_request, contract, finance_application, handover_appointment, order};
use entity::place::store;
use entity::{ContractState, MilestoneCode, MilestoneState};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter};

use super::super::rules::falls::{Takes, falls};
use super::{Not, Refused, about};
use crate::graph::user_error::UserErrorCode;
use crate::graph::{Call, Refusal, UserError};
use crate::inventory::set_free;
use crate::order::rules::contract::stands;
use crate::order::rules::finance::is_closed;
use crate::order::rules::milestone::{Change, state_of};
use crate::order::rules::pause::expected_on;
use crate::order::store::{Progress, Revision, appointment_of, call_off_appointment, go_on, invoiced, save_contract};
use crate::store::{Knows, Tx};
use crate::values::calendar;

/// See the module.
pub struct Beside {
    /// The contract that is in force, or may come to be.
    contract: Option<contract::Model>,
    /// The appointment that stands.
    pub appointment: Option<handover_appointment::Model>,
    /// Whether anything was invoiced, here or elsewhere.
    pub invoiced: bool,
    /// Whether a lender has an application, or has lent.
    pub has_loan: bool,
    /// The order's way.
    pub progress: Progress,
}

impl Beside {
    /// Of an order.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn of(conn: &impl Knows, order: &order::Model) -> Result<Self, DbErr> {
        let contracts = contract::Entity::find().filter(contract::Column::OrderId.eq(order.id)).all(conn).await?;
        let appointment = appointment_of(conn, order.id).await?;
        let loans = finance_application::Entity::find().filter(finance_application::Column::OrderId.eq(order.id));
        let invoiced = invoiced(conn, order.id).await?;
        Ok(Self {
            contract: contracts.into_iter().find(|row| stands(row.state)),
            appointment,
            invoiced: invoiced.elsewhere || invoiced.here,
            has_loan: loans.all(conn).await?.iter().any(|row| !is_closed(row.state)),
            progress: Progress::of(conn, order).await?,
        })
    }

    /// Whether there is a contract that says what will not be so any more.
    pub fn has_contract(&self) -> bool {
        let signed = state_of(&self.progress.states(), MilestoneCode::ContractSigned);
        self.contract.is_some() || signed == MilestoneState::Done
    }

    /// The milestones that fall with what a change takes.
    ///
    /// # Errors
    /// When something stands on them that does not fall.
    pub fn falls(&self, order: &order::Model, takes: Takes) -> Result<Vec<Change>, Refused> {
        let states = self.progress.states();
        falls(&states, order.fulfillment_mode, takes, self.progress.balance_first()).map_err(|refusal| {
            let standing = refusal.standing.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
            Not {
                code: UserErrorCode::NotEligible,
                field: "orderId",
                key: "order-change-stands",
                args: vec![("standing", standing.into())],
            }
            .into()
        })
    }

    /// Refuses what an invoice keeps as it is.
    ///
    /// # Errors
    /// When there is one.
    pub fn not_invoiced(&self) -> Result<(), Refused> {
        if self.invoiced { Err(Not::eligible("orderId", "order-change-invoiced").into()) } else { Ok(()) }
    }
}

/// How an order looks once it is changed.
#[derive(Clone, Copy, Default)]
pub struct Anew<'a> {
    /// What the change takes.
    pub takes: Takes,
    /// Another store that hands over.
    pub store: Option<&'a store::Model>,
    /// Days that other options add to the build.
    pub lead_time_days: Option<i32>,
}

/// Does what a change brings with it; the order's own columns are changed already. What falls falls, the contract ends, the appointment
/// is called off, the car is free, and the dates are worked out anew: they are what is promised from now on.
///
/// # Errors
/// When the store fails, or the contract is with those who sign it, who may do so at any moment: it is taken back before.
pub async fn bring_along(
    tx: &mut Tx,
    call: &Call,
    revision: &mut Revision,
    request: &change_request::Model,
    anew: Anew<'_>,
) -> Result<(), Refusal> {
    let now = tx.now();
    let mut beside = Beside::of(tx.conn(), revision.before()).await?;
    let at_hand = |row: &contract::Model| match row.state {
        ContractState::Draft => row.checked_at.is_none(),
        state => state == ContractState::Completed,
    };
    if anew.takes.contract && beside.contract.as_ref().is_some_and(|row| !at_hand(row)) {
        let code = UserErrorCode::NotEligible;
        return Err(UserError::coded(call, code, about(request), "order-change-signing", &[]).into());
    }
    let changes =
        beside.falls(revision.before(), anew.takes).map_err(|refused| refused.refusal(call, Some(about(request))))?;
    beside.progress.look_at(anew.store, anew.lead_time_days);
    beside.progress.changed_by_customer(tx, revision, &changes, anew.takes.car);
    beside.progress.save(tx);
    // The contract's way reads milestones again.
    tx.flush().await?;
    if let Some(row) = beside.contract.filter(|_| anew.takes.contract) {
        end_contract(tx, revision, row, request, now).await?;
    }
    let called_off = anew.takes.appointment || anew.takes.car;
    if let Some(row) = beside.appointment.filter(|_| called_off) {
        call_off_appointment(tx, revision, row);
    }
    if anew.takes.car {
        let by = request.decided_by.clone().unwrap_or_else(|| revision.actor().to_owned());
        set_free(tx, &by, revision).await?;
    }
    if revision.order.promised_by.is_some() {
        revision.order.promised_by = expected_on(&revision.order, || calendar::day(now)).map(|window| window.latest);
    }
    Ok(())
}

/// A contract says what is not so any more: what nobody signed is taken back, and what all signed they have agreed to undo, one by
/// asking and one by granting.
async fn end_contract(
    tx: &mut Tx,
    revision: &mut Revision,
    row: contract::Model,
    request: &change_request::Model,
    now: DateTime<Utc>,
) -> Result<(), Refusal> {
    let state = if row.state == ContractState::Draft { ContractState::Revoked } else { ContractState::Rescinded };
    let row = go_on(tx, revision, row, (state, now), Some(request.id.to_string())).await?;
    save_contract(tx, &row);
    Ok(())
}
