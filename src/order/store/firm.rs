//! Money that makes an order firm.

use chrono::{DateTime, Duration, Utc};
use entity::{MilestoneCode, MilestoneState, OrderStatus, PaymentPurpose, PaymentState};

use super::super::rules::milestone::MilestoneRefusal;
use super::super::rules::payment::is_paid;
use super::super::rules::payment::{PaymentAction, move_payment};
use super::super::rules::status::{OrderFacts, OrderMove, move_order, takes_milestones};
use super::{Report, Revision, record_milestone};
use crate::graph::Error;
use crate::settings::OrderSettings;
use crate::store::Tx;
use crate::values::machine::IllegalTransition;

/// How long a placed order's configuration can be changed freely (domain.md 2.6: 72 hours are usual).
const LOCK_AFTER: Duration = Duration::hours(72);

/// The state of a payment whose money is here: handed to the provider first, if nobody said so.
///
/// # Errors
/// When its state has no such step.
pub fn capture(state: PaymentState) -> Result<PaymentState, IllegalTransition<PaymentState, PaymentAction>> {
    let state = move_payment(state, PaymentAction::Submit).unwrap_or(state);
    move_payment(state, PaymentAction::Capture)
}

/// A deposit moves the order on, where the table has such a step; money that comes late moves nothing. The last of the
/// balance reaches its milestone, where it was asked for here and the graph has come as far: a system that reports its own
/// payments reports its own milestones. The order's sums are those after the payment; an intention is to become firm by `terms`.
///
/// # Errors
/// When the store fails. A step that the graph does not have is the inner error.
pub async fn become_firm(
    tx: &mut Tx,
    revision: &mut Revision,
    purpose: PaymentPurpose,
    at: DateTime<Utc>,
    asked_for_here: bool,
    terms: OrderSettings,
) -> Result<Result<(), MilestoneRefusal>, Error> {
    let action = match purpose {
        PaymentPurpose::EarnestDeposit => OrderMove::PayDeposit,
        PaymentPurpose::IntentionDeposit => OrderMove::PayIntention,
        PaymentPurpose::Balance => {
            if asked_for_here {
                balance_paid(tx, revision, at).await?;
            }
            return Ok(Ok(()));
        }
    };
    let Ok(to) = move_order(revision.order.status, action, &OrderFacts::default()) else { return Ok(Ok(())) };
    revision.set_status(to, at, None);
    if to == OrderStatus::Placed {
        revision.order.intention_deadline = None;
        revision.order.placed_at = Some(at);
        revision.order.contract_started_at = Some(at);
        revision.order.lock_deadline = Some(at + LOCK_AFTER);
        return Ok(record_milestone(tx, revision, &done(MilestoneCode::OrderPlaced, at)).await?.map(drop));
    }
    // One that another system sees to has no end here, and gets none.
    revision.order.intention_deadline = revision.order.intention_deadline.map(|_| at + terms.intention);
    Ok(Ok(()))
}

/// Reaches the milestone of the balance, where all of the order is paid as its sums are now: with the last of the money, and once nothing
/// holds it up any more, as a surplus does that is on its way back, and a request that came to nothing. Reached before, it stays.
///
/// # Errors
/// When the store fails.
pub async fn balance_paid(tx: &mut Tx, revision: &mut Revision, at: DateTime<Utc>) -> Result<(), Error> {
    if is_paid(revision.order.payment_status) && takes_milestones(revision.order.status) {
        // Paid before the contract is signed, it is reached with that.
        let _early = record_milestone(tx, revision, &done(MilestoneCode::BalancePaid, at)).await?;
    }
    Ok(())
}

/// The report of a milestone that was reached.
pub(super) fn done(code: MilestoneCode, at: DateTime<Utc>) -> Report {
    Report { code, state: MilestoneState::Done, occurred_at: at, note: None, forecast: None }
}
