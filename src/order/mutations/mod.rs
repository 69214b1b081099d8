//! What one may do in the order room: a file for each mutation.

mod changed;
mod contract;
mod contract_generate;
mod contract_template_publish;
mod delivery_checklist_complete;
mod delivery_handover_confirm;
mod finance_application;
mod finance_application_submit;
mod handover_appointment;
mod handover_ceremony_save;
mod invoice;
mod invoice_request;
mod milestone_record;
mod order_confirm;
mod order_lock_configuration;
mod order_place;
mod payment_cancel;
mod payment_initiate;
mod payment_record;
mod pickup_code_renew;
mod preparation_task_complete;
mod vehicle_allocation;
mod vehicle_auto_match;

use async_graphql::{Context, Object};
use chrono::{DateTime, Duration, Utc};
use entity::{ContractId, FinanceApplicationId, InvoiceId, OrderId, OrderStatus, PaymentId};
use serde::{Deserialize, Serialize};

use super::inputs::{
    ContractGenerateInput, ContractRescindInput, ContractRevokeInput, ContractStartSigningInput,
    ContractTemplatePublishInput, DeliveryChecklistCompleteInput, DeliveryHandoverConfirmInput,
    FinanceApplicationSubmitInput, FinanceApplicationSupplementInput, FinanceApplicationWithdrawInput,
    HandoverAppointmentBookInput, HandoverAppointmentCancelInput, HandoverAppointmentRescheduleInput,
    HandoverCapacitySetInput, HandoverCeremonySaveInput, InvoiceRedInput, InvoiceReissueInput, InvoiceRequestInput,
    MilestoneRecordInput, OrderConfirmInput, OrderLockConfigurationInput, OrderPlaceInput, PaymentCancelInput,
    PaymentInitiateInput, PaymentRecordInput, PickupCodeRenewInput, PreparationTaskCompleteInput, VehicleAllocateInput,
    VehicleAutoMatchInput, VehicleDeallocateInput, VehicleSwapInput,
};
use super::links::{ContractById, FinanceApplicationById, InvoiceById, OrderById, PaymentById};
use super::rules::milestone::MilestoneRefusal;
use super::rules::status::{OrderFacts, OrderMove, OrderRefusal, move_order};
use super::types::{Contract, FinanceApplication, Invoice, Order, Payment};
use crate::graph::answer::{Answer, below};
use crate::graph::relation::{One, Stored};
use crate::graph::text::text;
use crate::graph::user_error::{InvalidTransition, UserErrorCode, path};
use crate::graph::{Call, CallExt, Result, UserError};
use crate::order::types::title_key;
use crate::values::error::Invalid;

use changed::{Changed, changed, graph_refusal_at, opened};
pub use contract::{ContractRescindPayload, ContractRevokePayload, ContractStartSigningPayload};
pub use contract_generate::ContractGeneratePayload;
pub use contract_template_publish::ContractTemplatePublishPayload;
pub use delivery_checklist_complete::DeliveryChecklistCompletePayload;
pub use delivery_handover_confirm::DeliveryHandoverConfirmPayload;
pub use finance_application::{FinanceApplicationSupplementPayload, FinanceApplicationWithdrawPayload};
pub use finance_application_submit::FinanceApplicationSubmitPayload;
pub use handover_appointment::{
    HandoverAppointmentBookPayload, HandoverAppointmentCancelPayload, HandoverAppointmentReschedulePayload,
};
pub(super) use handover_ceremony_save::MAX_CEREMONIES;
pub use handover_ceremony_save::{HandoverCapacitySetPayload, HandoverCeremonySavePayload};
pub use invoice::{InvoiceRedPayload, InvoiceReissuePayload};
pub use invoice_request::InvoiceRequestPayload;
pub(super) use invoice_request::drawn_up;
pub use milestone_record::MilestoneRecordPayload;
pub(super) use milestone_record::{Recorded, record as record_milestone_of};
pub use order_confirm::OrderConfirmPayload;
pub use order_lock_configuration::OrderLockConfigurationPayload;
pub use order_place::OrderPlacePayload;
pub(super) use order_place::{EARNEST_MINOR, Parts, deposit, make_order, milestone_row};
pub use payment_cancel::PaymentCancelPayload;
pub use payment_initiate::PaymentInitiatePayload;
pub use payment_record::PaymentRecordPayload;
pub use pickup_code_renew::PickupCodeRenewPayload;
pub use preparation_task_complete::PreparationTaskCompletePayload;
pub(super) use vehicle_allocation::{Moved, give_one as allocate_one};
pub use vehicle_allocation::{VehicleAllocatePayload, VehicleDeallocatePayload, VehicleSwapPayload};
pub use vehicle_auto_match::VehicleAutoMatchPayload;

/// Root fields.
#[derive(Default)]
pub struct Mutations;

#[Object(name = "OrderMutations")]
impl Mutations {
    /// Orders a car for the signed-in customer. The order is a DRAFT until its deposit has arrived, which then makes it
    /// INTENTION or PLACED, as asked for.
    async fn order_place(&self, ctx: &Context<'_>, input: OrderPlaceInput) -> Result<OrderPlacePayload> {
        order_place::run(ctx, input).await
    }

    /// Makes an intention firm, for its customer: asks for the earnest deposit, whose arrival makes the order PLACED. One
    /// that was asked for before and is not yet paid stays the one to pay.
    async fn order_confirm(&self, ctx: &Context<'_>, input: OrderConfirmInput) -> Result<OrderConfirmPayload> {
        order_confirm::run(ctx, input).await
    }

    /// Locks the configuration of a placed order, for its customer and staff of its stores, if it is still valid. From
    /// then on a change is a change request.
    async fn order_lock_configuration(
        &self,
        ctx: &Context<'_>,
        input: OrderLockConfigurationInput,
    ) -> Result<OrderLockConfigurationPayload> {
        order_lock_configuration::run(ctx, input).await
    }

    /// Records a milestone, for staff of the order's stores and operators. The state of the order and its expected date
    /// follow; recording what is already so changes nothing. What follows from a deed of its own (locking, signing, a lender's word,
    /// payment, an invoice, the hand-over) staff do not record as DONE: `NOT_ELIGIBLE` says what to do instead.
    async fn milestone_record(&self, ctx: &Context<'_>, input: MilestoneRecordInput) -> Result<MilestoneRecordPayload> {
        milestone_record::run(ctx, input).await
    }

    /// Hands a payment of an order to the payment provider, for its customer and staff of its stores: the deposit that the
    /// order waits for, or the balance, in one or several parts. Its `checkout` says where to pay; how it ends is told by
    /// `myEvents`, `storeEvents` and the order. One that is open stays the one to pay.
    async fn payment_initiate(&self, ctx: &Context<'_>, input: PaymentInitiateInput) -> Result<PaymentInitiatePayload> {
        payment_initiate::run(ctx, input).await
    }

    /// Calls a payment off that waits for its customer. One whose money has arrived meanwhile stays.
    async fn payment_cancel(&self, ctx: &Context<'_>, input: PaymentCancelInput) -> Result<PaymentCancelPayload> {
        payment_cancel::run(ctx, input).await
    }

    /// Applies for a loan over the order's car, for its customer and staff of its stores, from the earnest deposit to the handover.
    /// The lender asks for what it has to know on a page of its own, `formUrl`; how it decides is told by `myEvents`, `storeEvents`,
    /// `financeApplicationStatusChanged` and the order. Of one order one application at a time is open.
    async fn finance_application_submit(
        &self,
        ctx: &Context<'_>,
        input: FinanceApplicationSubmitInput,
    ) -> Result<FinanceApplicationSubmitPayload> {
        finance_application_submit::run(ctx, input).await
    }

    /// Says that what the lender asked for (`SUPPLEMENT_REQUIRED`) has been given on its page; it looks at the application again.
    async fn finance_application_supplement(
        &self,
        ctx: &Context<'_>,
        input: FinanceApplicationSupplementInput,
    ) -> Result<FinanceApplicationSupplementPayload> {
        finance_application::supplement(ctx, input).await
    }

    /// Takes an application back, as long as the loan's contract is not signed.
    async fn finance_application_withdraw(
        &self,
        ctx: &Context<'_>,
        input: FinanceApplicationWithdrawInput,
    ) -> Result<FinanceApplicationWithdrawPayload> {
        finance_application::withdraw(ctx, input).await
    }

    /// Publishes the next version of what contracts are drawn up from, for operators. It is in force at once; contracts that were
    /// drawn up stay what they are.
    async fn contract_template_publish(
        &self,
        ctx: &Context<'_>,
        input: ContractTemplatePublishInput,
    ) -> Result<ContractTemplatePublishPayload> {
        contract_template_publish::run(ctx, input).await
    }

    /// Draws up the contract of an order whose configuration is locked, for its customer and staff of its stores: the order as it
    /// is now, and the clauses with what was chosen. A draft that was drawn up before is drawn up anew.
    async fn contract_generate(
        &self,
        ctx: &Context<'_>,
        input: ContractGenerateInput,
    ) -> Result<ContractGeneratePayload> {
        contract_generate::run(ctx, input).await
    }

    /// Hands a contract to be signed, within seven days. Its `signingUrl` says where; how it ends is told by `myEvents`,
    /// `storeEvents`, `contractStatusChanged` and the order, which is CONTRACTED once all have signed.
    async fn contract_start_signing(
        &self,
        ctx: &Context<'_>,
        input: ContractStartSigningInput,
    ) -> Result<ContractStartSigningPayload> {
        contract::start_signing(ctx, input).await
    }

    /// Takes a contract back that not all have signed.
    async fn contract_revoke(&self, ctx: &Context<'_>, input: ContractRevokeInput) -> Result<ContractRevokePayload> {
        contract::revoke(ctx, input).await
    }

    /// Asks that a signed contract be undone, for managers of the order's stores and operators, as long as nothing follows from
    /// it. Those who signed have to agree; then the order is LOCKED again.
    async fn contract_rescind(&self, ctx: &Context<'_>, input: ContractRescindInput) -> Result<ContractRescindPayload> {
        contract::rescind(ctx, input).await
    }

    /// Gives a car to an order whose configuration is locked and whose car is not yet ready, for staff of its stores whose policies
    /// let them hold the car, and operators. A hold for the order, or of its store for none, ends; ALLOCATED is reached, a car that
    /// stands at the store that hands over has ARRIVED as well, and the expected date follows. Of many at once, one wins; the others
    /// get `VEHICLE_UNAVAILABLE`.
    async fn vehicle_allocate(&self, ctx: &Context<'_>, input: VehicleAllocateInput) -> Result<VehicleAllocatePayload> {
        vehicle_allocation::allocate(ctx, input).await
    }

    /// Takes a car back from an order that is not ready, for managers of its stores and operators. ALLOCATED and what the car reached
    /// after it are ROLLED_BACK.
    async fn vehicle_deallocate(
        &self,
        ctx: &Context<'_>,
        input: VehicleDeallocateInput,
    ) -> Result<VehicleDeallocatePayload> {
        vehicle_allocation::deallocate(ctx, input).await
    }

    /// Gives an order another car in place of its own, in one step, for managers of its stores and operators: a car that it could
    /// have, or that of another order of theirs, which gets its own in turn. What the cars reached falls, ALLOCATED stays.
    async fn vehicle_swap(&self, ctx: &Context<'_>, input: VehicleSwapInput) -> Result<VehicleSwapPayload> {
        vehicle_allocation::swap(ctx, input).await
    }

    /// Gives cars to locked orders that wait for one from stock or pipeline, for operators: the one that has waited longest first,
    /// to each the best one that is free and just as ordered.
    async fn vehicle_auto_match(
        &self,
        ctx: &Context<'_>,
        input: VehicleAutoMatchInput,
    ) -> Result<VehicleAutoMatchPayload> {
        vehicle_auto_match::run(ctx, input).await
    }

    /// Asks for an invoice of an order that is paid, or whose loan is committed, for its customer and staff of its stores: of the car
    /// (`VEHICLE_UNIFIED`) or of the services that were sold with it. Of each one at a time is in force. How it ends is told by `myEvents`,
    /// `storeEvents`, `invoiceStatusChanged` and the order, whose milestone INVOICED the car's invoice reaches; a provider that does not
    /// answer is asked again.
    async fn invoice_request(&self, ctx: &Context<'_>, input: InvoiceRequestInput) -> Result<InvoiceRequestPayload> {
        invoice_request::run(ctx, input).await
    }

    /// Asks for an invoice again: one that failed, or one in force that is to be made out to somebody else. That one is made red first,
    /// and the next one waits for it. Once the car is insured, has a plate or waits for its buyer, the latter is for managers and operators.
    async fn invoice_reissue(&self, ctx: &Context<'_>, input: InvoiceReissueInput) -> Result<InvoiceReissuePayload> {
        invoice::reissue(ctx, input).await
    }

    /// Has an invoice in force reversed by a red letter, for managers of the order's stores and operators; or records that it was, by
    /// hand, with its number.
    async fn invoice_red(&self, ctx: &Context<'_>, input: InvoiceRedInput) -> Result<InvoiceRedPayload> {
        invoice::red(ctx, input).await
    }

    /// Records that the money of a payment has arrived, for staff of the order's stores and operators. A deposit makes
    /// its order INTENTION or PLACED. One that its customer can pay at the provider is called off first (`paymentCancel`); a manager or
    /// operator may record it all the same, and then it is called off there.
    async fn payment_record(&self, ctx: &Context<'_>, input: PaymentRecordInput) -> Result<PaymentRecordPayload> {
        payment_record::run(ctx, input).await
    }

    /// Says that something was done before the hand-over, for the order's customer and staff of its stores: one of its
    /// `preparationTasks` that does not follow from what is so. What is done stays done.
    async fn preparation_task_complete(
        &self,
        ctx: &Context<'_>,
        input: PreparationTaskCompleteInput,
    ) -> Result<PreparationTaskCompletePayload> {
        preparation_task_complete::run(ctx, input).await
    }

    /// Says how a store hands cars over, for its managers and operators: a new ceremony, or the next version of one.
    async fn handover_ceremony_save(
        &self,
        ctx: &Context<'_>,
        input: HandoverCeremonySaveInput,
    ) -> Result<HandoverCeremonySavePayload> {
        handover_ceremony_save::save(ctx, input).await
    }

    /// Says how many cars a store hands over at a time, for its managers and operators; two where nobody has said.
    async fn handover_capacity_set(
        &self,
        ctx: &Context<'_>,
        input: HandoverCapacitySetInput,
    ) -> Result<HandoverCapacitySetPayload> {
        handover_ceremony_save::set_capacity(ctx, input).await
    }

    /// Makes the appointment for a hand-over, for the order's customer and staff of its stores, once the car has ARRIVED. Of an order
    /// one stands. APPOINTMENT_SET is reached with it.
    async fn handover_appointment_book(
        &self,
        ctx: &Context<'_>,
        input: HandoverAppointmentBookInput,
    ) -> Result<HandoverAppointmentBookPayload> {
        handover_appointment::book(ctx, input).await
    }

    /// Puts the appointment to another time; all else stays as it was agreed.
    async fn handover_appointment_reschedule(
        &self,
        ctx: &Context<'_>,
        input: HandoverAppointmentRescheduleInput,
    ) -> Result<HandoverAppointmentReschedulePayload> {
        handover_appointment::reschedule(ctx, input).await
    }

    /// Calls the appointment off; APPOINTMENT_SET is taken back.
    async fn handover_appointment_cancel(
        &self,
        ctx: &Context<'_>,
        input: HandoverAppointmentCancelInput,
    ) -> Result<HandoverAppointmentCancelPayload> {
        handover_appointment::cancel(ctx, input).await
    }

    /// Makes another pickup code, for the order's customer, while it is READY_FOR_DELIVERY; the one before opens nothing any more.
    async fn pickup_code_renew(
        &self,
        ctx: &Context<'_>,
        input: PickupCodeRenewInput,
    ) -> Result<PickupCodeRenewPayload> {
        pickup_code_renew::run(ctx, input).await
    }

    /// Says that the customer has gone through the checklist and signed, where the car was brought to the door (`HOME`); for the
    /// customer alone.
    async fn delivery_checklist_complete(
        &self,
        ctx: &Context<'_>,
        input: DeliveryChecklistCompleteInput,
    ) -> Result<DeliveryChecklistCompletePayload> {
        delivery_checklist_complete::run(ctx, input).await
    }

    /// Hands the car over, for staff of the store that does and operators: with the customer's pickup code, the whole checklist and
    /// both signatures. The order is DELIVERED, the car the customer's. After five wrong codes the customer has to make another.
    async fn delivery_handover_confirm(
        &self,
        ctx: &Context<'_>,
        input: DeliveryHandoverConfirmInput,
    ) -> Result<DeliveryHandoverConfirmPayload> {
        delivery_handover_confirm::run(ctx, input).await
    }
}

/// Characters of a reason or note.
pub(super) const MAX_NOTE: u32 = 500;

/// How far a clock of another machine may be ahead.
const CLOCK_SLACK: Duration = Duration::minutes(5);

/// A text of the input that breaks a rule.
pub(super) fn bad_text(call: &Call, field: &str, invalid: Invalid, max: u32) -> UserError {
    let code = if invalid == Invalid::REQUIRED { UserErrorCode::Required } else { UserErrorCode::Invalid };
    UserError::coded(call, code, field, "order-text", &[("max", i64::from(max).into())])
}

/// The state of an order after a move that has no guard.
pub(super) fn may_move(call: &Call, from: OrderStatus, action: OrderMove) -> Result<OrderStatus, UserError> {
    move_order(from, action, &OrderFacts::default()).map_err(|refusal| {
        let allowed = match refusal {
            OrderRefusal::Illegal(illegal) => illegal.allowed,
            OrderRefusal::Unmet(_) => Vec::new(),
        };
        UserError::transition(call, from, action, allowed)
    })
}

/// A moment of the input: now when left out, not before `from`, and not in the future.
fn moment(
    call: &Call,
    field: &str,
    given: Option<DateTime<Utc>>,
    from: DateTime<Utc>,
) -> Result<DateTime<Utc>, UserError> {
    let at = given.unwrap_or(call.now);
    if at < from || call.now + CLOCK_SLACK < at {
        let from = from.to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
        return Err(UserError::invalid(call, field, "order-moment", &[("from", from.into())]));
    }
    // What a fast clock says has happened by now.
    Ok(at.min(call.now))
}

/// A step that the delivery graph does not have: `from` and `action` are states of the milestone, `allowed` the
/// milestones that may be recorded as DONE now.
fn graph_refusal(call: &Call, refusal: &MilestoneRefusal) -> UserError {
    let title = |code| text(call.locale, &title_key(code), &[]);
    let titles = |codes: &[entity::MilestoneCode]| codes.iter().map(|code| title(*code)).collect::<Vec<_>>().join(", ");
    let key = match (refusal.missing.is_empty(), refusal.standing.is_empty()) {
        (false, _) => "order-milestone-missing",
        (true, false) => "order-milestone-standing",
        (true, true) => "order-milestone-blocked",
    };
    let args = [
        ("milestone", title(refusal.code).into()),
        ("state", refusal.action.to_string().into()),
        ("missing", titles(&refusal.missing).into()),
        ("standing", titles(&refusal.standing).into()),
    ];
    UserError::Transition(InvalidTransition {
        code: UserErrorCode::InvalidTransition,
        message: text(call.locale, key, &args),
        field: path(["code"]),
        from: refusal.from.to_string(),
        action: refusal.action.to_string(),
        allowed: refusal.allowed.iter().map(ToString::to_string).collect(),
    })
}

/// What a change of an order and one of its payments leaves behind.
#[derive(Serialize, Deserialize)]
struct PaidOrder {
    order: OrderId,
    payment: PaymentId,
}

/// The parts of the payload of such a change.
async fn paid(
    ctx: &Context<'_>,
    written: Result<PaidOrder, Vec<UserError>>,
) -> Result<(Option<Order>, Option<Payment>, Vec<UserError>)> {
    match written {
        Ok(outcome) => {
            let payment = ctx.call().link::<PaymentById>();
            Ok((shown(ctx, outcome.order).await?, payment.one(outcome.payment).await?, Vec::new()))
        }
        Err(user_errors) => Ok((None, None, user_errors)),
    }
}

/// What a change of an order and one of its applications for a loan leaves behind.
#[derive(Serialize, Deserialize)]
struct Financed {
    order: OrderId,
    application: FinanceApplicationId,
}

/// The parts of the payload of such a change.
async fn financed(
    ctx: &Context<'_>,
    written: Result<Financed, Vec<UserError>>,
) -> Result<(Option<Order>, Option<FinanceApplication>, Vec<UserError>)> {
    let written = written.map(|outcome| (outcome.order, outcome.application));
    with_order::<FinanceApplicationById>(ctx, written, "financeApplication").await
}

/// What a change of an order and one of its contracts leaves behind.
#[derive(Serialize, Deserialize)]
struct Contracted {
    order: OrderId,
    contract: ContractId,
}

/// The parts of the payload of such a change.
async fn contracted(
    ctx: &Context<'_>,
    written: Result<Contracted, Vec<UserError>>,
) -> Result<(Option<Order>, Option<Contract>, Vec<UserError>)> {
    with_order::<ContractById>(ctx, written.map(|outcome| (outcome.order, outcome.contract)), "contract").await
}

/// What a change of an order and one of its invoices leaves behind.
#[derive(Serialize, Deserialize)]
struct InvoicedOrder {
    order: OrderId,
    invoice: InvoiceId,
}

/// The parts of the payload of such a change.
async fn invoice_shown(
    ctx: &Context<'_>,
    written: Result<InvoicedOrder, Vec<UserError>>,
) -> Result<(Option<Order>, Option<Invoice>, Vec<UserError>)> {
    with_order::<InvoiceById>(ctx, written.map(|outcome| (outcome.order, outcome.invoice)), "invoice").await
}

/// An order and something of it, which stands in a field of the payload, read under the rights of now, with what is selected.
async fn with_order<R: One<Row: Answer>>(
    ctx: &Context<'_>,
    written: Result<(OrderId, <R as Stored>::Key), Vec<UserError>>,
    field: &str,
) -> Result<(Option<Order>, Option<R::Row>, Vec<UserError>)> {
    let (order, key) = match written {
        Ok(named) => named,
        Err(user_errors) => return Ok((None, None, user_errors)),
    };
    let call = ctx.call();
    let order = shown(ctx, order).await?;
    let part = call.link::<R>().one(key).await?;
    if let Some(part) = &part {
        below(ctx, call, field, part).await?;
    }
    Ok((order, part, Vec::new()))
}

/// The order of a payload, read under the rights of now, with what the payload's selection asks for.
pub(super) async fn shown(ctx: &Context<'_>, id: OrderId) -> Result<Option<Order>> {
    shown_in(ctx, "order", id).await
}

/// As [`shown`], of the order in a field of the payload.
async fn shown_in(ctx: &Context<'_>, field: &str, id: OrderId) -> Result<Option<Order>> {
    let call = ctx.call();
    let order = call.link::<OrderById>().one(id).await?;
    if let Some(order) = &order {
        below(ctx, call, field, order).await?;
    }
    Ok(order)
}
