//! What is asked to be changed of an order, and the money that goes back (C075).

mod wish;

pub use wish::ChangeWish;

use async_graphql::{Description, Enum, ID, SimpleObject};
use chrono::{DateTime, Utc};
use entity::order::{change_request, refund};
use entity::{ChangeKind, ChangeState, Fault, OrderStatus, RefundState, ReturnGround};
use serde::{Deserialize, Serialize};

use super::links::RefundsOfRequest;
use super::rules::cancel::{CancelQuote, EarnestTreatment};
use super::rules::consequences::{self as rules, Consequences, Terms};
use crate::graph::answer::To;
use crate::graph::money::Money;
use crate::graph::scalars::Date;
use crate::graph::{Call, Fields, Result, fields};
use crate::order::links::{OrderById, PaymentOfRefund};
use crate::order::policy;
use crate::store::vault::Personal;

/// What a cancellation means.
#[derive(Fields, SimpleObject, Clone, Debug)]
pub struct CancellationConsequences {
    /// What becomes of the earnest deposit.
    pub earnest_deposit: EarnestDepositTreatment,
    /// Of what was paid, what goes back.
    pub refund: Money,
    /// Of what was paid, what is kept.
    pub forfeited: Money,
    /// What the car maker pays on top, where the fault is its own.
    pub compensation: Money,
    /// Whether the invoice must be reversed first.
    pub needs_red_invoice: bool,
}

impl From<CancelQuote> for CancellationConsequences {
    fn from(quote: CancelQuote) -> Self {
        Self {
            earnest_deposit: quote.treatment.into(),
            refund: Money::fen(quote.refund_minor),
            forfeited: Money::fen(quote.forfeited_minor),
            compensation: Money::fen(quote.compensation_minor),
            needs_red_invoice: quote.needs_red_invoice,
        }
    }
}

/// What a change would mean now.
#[derive(Fields, SimpleObject, Clone, Debug)]
pub struct OrderChangeQuote {
    /// What is to be changed.
    pub kind: ChangeKind,
    /// Whether it is granted as soon as it is asked for; else a manager or an operator decides.
    pub is_immediate: bool,
    /// What becomes of the order.
    pub consequences: OrderChangeConsequences,
    /// The version of the order that was quoted: `expectedVersion` of the request.
    pub order_version: i32,
}

/// What a change means for an order.
#[derive(Fields, SimpleObject, Clone, Debug)]
pub struct OrderChangeConsequences {
    /// What becomes of the earnest deposit; null where that is not in question.
    pub earnest_deposit: Option<EarnestDepositTreatment>,
    /// Of what was paid, what goes back.
    pub refund: Money,
    /// Of what was paid, what is kept though the order ends.
    pub forfeited: Money,
    /// What the car maker pays on top.
    pub compensation: Money,
    /// The price before; null where it stays.
    pub price_before: Option<Money>,
    /// The price after it; null where it stays.
    pub price_after: Option<Money>,
    /// What is to be paid more than before, or again; null where it costs no more.
    pub to_pay: Option<Money>,
    /// When the car is expected now; null where that stays, or nobody knew.
    pub expected_before: Option<Date>,
    /// When the car is expected after it; null where that stays.
    pub expected_after: Option<Date>,
    /// Whether the car that the order has goes to somebody else.
    pub loses_car: bool,
    /// Whether the contract ends, and is to be drawn up and signed anew.
    pub needs_contract: bool,
    /// Whether what was invoiced must be made red.
    pub needs_red_invoice: bool,
    /// Whether a loan that was applied for has to be applied for anew.
    pub needs_loan: bool,
    /// Whether the appointment for the hand-over is called off.
    pub loses_appointment: bool,
    /// On which terms the car goes back; null where it does not.
    pub return_terms: Option<ReturnTerms>,
    /// Of what was paid, what goes over to the order that takes this one's place; null where there is none.
    pub carried_over: Option<Money>,
    /// Packages that were chosen with the order and are not to be had with the car that it is exchanged for; the others go over to it, at
    /// their price of now.
    pub lost_benefits: Vec<LostBenefit>,
}

/// A package that was chosen with an order, and is not had any more.
#[derive(Fields, SimpleObject, Clone, Debug)]
pub struct LostBenefit {
    /// Code.
    pub code: String,
    /// Name as it was agreed, in the language of the request.
    pub name: String,
}

/// On which terms a car goes back.
#[derive(Fields, SimpleObject, Clone, Debug)]
pub struct ReturnTerms {
    /// Why it goes back.
    pub ground: ReturnGround,
    /// Kilometres driven since the hand-over.
    pub driven_km: i32,
    /// What is kept for the car's use.
    pub use_fee: Money,
    /// Purchase tax that was paid on to the authority, and so does not come back from the store.
    pub tax_passed_on: Money,
    /// What of it the customer claims back from the authority now: a tenth less for each full year. Null where none was paid on.
    pub tax_claim: Option<Money>,
}

impl From<Terms> for ReturnTerms {
    fn from(terms: Terms) -> Self {
        Self {
            ground: terms.ground,
            driven_km: terms.driven_km,
            use_fee: Money::fen(terms.use_minor),
            tax_passed_on: Money::fen(terms.passed_on_minor),
            tax_claim: terms.tax_claim_minor.map(Money::fen),
        }
    }
}

impl OrderChangeConsequences {
    /// As they are shown.
    pub fn of(call: &Call, all: Consequences) -> Self {
        let dearer = all.dearer_minor();
        let lost = |lost: rules::LostBenefit| {
            let name = call.pick(&lost.name_zh, &lost.name_en);
            LostBenefit { code: lost.code, name }
        };
        Self {
            earnest_deposit: all.earnest.map(EarnestDepositTreatment::from),
            refund: Money::fen(all.refund_minor),
            forfeited: Money::fen(all.forfeited_minor),
            compensation: Money::fen(all.compensation_minor),
            price_before: all.price.map(|(before, _)| Money::fen(before)),
            price_after: all.price.map(|(_, after)| Money::fen(after)),
            to_pay: Some(dearer).filter(|minor| *minor > 0).map(Money::fen),
            expected_before: all.expected.and_then(|(before, _)| before).map(Date),
            expected_after: all.expected.map(|(_, after)| Date(after)),
            loses_car: all.loses_car,
            needs_contract: all.contract_anew,
            needs_red_invoice: all.red_invoice,
            needs_loan: all.loan_anew,
            loses_appointment: all.loses_appointment,
            return_terms: all.back.map(ReturnTerms::from),
            carried_over: Some(all.carried_minor).filter(|minor| *minor > 0).map(Money::fen),
            lost_benefits: all.lost_benefits.into_iter().map(lost).collect(),
        }
    }
}

/// What becomes of an earnest deposit; everything else that was paid goes back in full.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum EarnestDepositTreatment {
    /// All of it goes back.
    Returned,
    /// The share of the contract's template goes back.
    ByTemplate,
    /// None of it goes back.
    Forfeited,
    /// It goes back twice.
    Doubled,
}

impl From<EarnestTreatment> for EarnestDepositTreatment {
    fn from(treatment: EarnestTreatment) -> Self {
        match treatment {
            EarnestTreatment::Returned => Self::Returned,
            EarnestTreatment::ByTemplate => Self::ByTemplate,
            EarnestTreatment::Forfeited => Self::Forfeited,
            EarnestTreatment::Doubled => Self::Doubled,
        }
    }
}

/// What somebody wants changed of an order that is under way.
#[derive(Clone, Debug, Description)]
pub struct ChangeRequest(pub change_request::Model);

#[fields(rows(change_request::Model))]
impl ChangeRequest {
    /// Type-prefixed ULID, as in `ocr_01J…`.
    pub fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// The order.
    #[link(self.0.order_id)]
    fn order(&self) -> To<OrderById>;

    /// What is to be changed.
    fn kind(&self) -> ChangeKind {
        self.0.kind
    }

    /// How far it is.
    fn state(&self) -> ChangeState {
        self.0.state
    }

    /// What the order was when it was asked for, and is again when nothing comes of it.
    fn status_before(&self) -> OrderStatus {
        self.0.from_status
    }

    /// Whose doing it is.
    fn fault(&self) -> Fault {
        self.0.fault
    }

    /// Why, in the words of whoever asked.
    fn reason(&self) -> &str {
        &self.0.reason
    }

    /// What is asked for.
    #[columns()]
    fn wish(&self) -> ChangeWish {
        ChangeWish(self.0.clone())
    }

    /// Of what was paid, what goes back.
    fn refund(&self) -> Money {
        Money::fen(self.0.refund_minor)
    }

    /// Of what was paid, what is kept.
    fn forfeited(&self) -> Money {
        Money::fen(self.0.forfeited_minor)
    }

    /// What the car maker pays on top.
    fn compensation(&self) -> Money {
        Money::fen(self.0.compensation_minor)
    }

    /// What it means for the order, as it was quoted, and then as it was done.
    #[columns(consequences, refund_minor, forfeited_minor, compensation_minor)]
    fn consequences(&self, call: &Call) -> OrderChangeConsequences {
        // As plain columns alone before there were other kinds.
        let kept = self.0.consequences.clone().and_then(|kept| serde_json::from_value(kept).ok());
        let all = kept.unwrap_or_else(|| Consequences {
            refund_minor: self.0.refund_minor,
            forfeited_minor: self.0.forfeited_minor,
            compensation_minor: self.0.compensation_minor,
            ..Consequences::default()
        });
        OrderChangeConsequences::of(call, all)
    }

    /// Name of the buyer that is wanted; masked except for the order's owner and holders of `pii:read`. Null where it is about
    /// something else.
    #[columns(buyer_name)]
    fn buyer_name(&self, call: &Call) -> Result<Option<String>> {
        let show = |name| call.show(Personal::Name, name, policy::personal_of_own(&call.viewer));
        self.0.buyer_name.as_ref().map(show).transpose()
    }

    /// What was found of a car that goes back, in the words of whoever looked at it; null before, and for customers.
    #[columns(asked)]
    fn condition(&self, call: &Call) -> Option<String> {
        let condition = self.0.asked.as_ref()?.get("found")?.get("condition")?.as_str()?;
        policy::sees_actors(&call.viewer).then(|| condition.to_owned())
    }

    /// What the odometer of a car that goes back says, kilometres: as whoever looked at it read it, and before as whoever asked for it
    /// did; null where it is about something else.
    #[columns(asked)]
    fn odometer_km(&self) -> Option<i32> {
        let asked = self.0.asked.as_ref()?;
        let found = asked.get("found").and_then(|found| found.get("odometer_km"));
        i32::try_from(found.or_else(|| asked.get("odometer_km"))?.as_i64()?).ok()
    }

    /// The order that takes this one's place; null where none does, and before it is granted.
    #[link(self.0.new_order_id)]
    fn new_order(&self) -> To<OrderById>;

    /// Number of the invoice that reverses the one that was issued.
    fn red_invoice_number(&self) -> Option<&str> {
        self.0.red_invoice_number.as_deref()
    }

    /// A word of whoever decided.
    fn decision_note(&self) -> Option<&str> {
        self.0.decision_note.as_deref()
    }

    /// Who decided, by id, or `rule`; null for customers.
    fn decided_by(&self, call: &Call) -> Option<&str> {
        self.0.decided_by.as_deref().filter(|_| policy::sees_actors(&call.viewer))
    }

    /// When it was asked for.
    fn requested_at(&self) -> DateTime<Utc> {
        self.0.requested_at
    }

    /// When it was decided.
    fn decided_at(&self) -> Option<DateTime<Utc>> {
        self.0.decided_at
    }

    /// When it came to its end.
    fn done_at(&self) -> Option<DateTime<Utc>> {
        self.0.done_at
    }

    /// Money that has to go back, oldest first.
    #[link(self.0.id)]
    fn refunds(&self) -> To<RefundsOfRequest>;
}

/// Money that has to go back.
#[derive(Clone, Debug, Description)]
pub struct Refund(pub refund::Model);

#[fields(rows(refund::Model))]
impl Refund {
    /// Type-prefixed ULID, as in `rfd_01J…`.
    pub fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// On which payment; null for what the car maker pays on top.
    #[link(self.0.payment_id)]
    fn payment(&self) -> To<PaymentOfRefund>;

    /// How much.
    fn amount(&self) -> Money {
        Money::fen(self.0.amount_minor)
    }

    /// How far it is.
    fn state(&self) -> RefundState {
        self.0.state
    }

    /// The bank's number, where it was made by hand; null for customers.
    fn reference(&self, call: &Call) -> Option<&str> {
        self.0.reference.as_deref().filter(|_| policy::sees_actors(&call.viewer))
    }

    /// The provider's code of why it failed.
    fn failure(&self) -> Option<&str> {
        self.0.failure.as_deref()
    }

    /// Since when it is due.
    fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// When the money had gone back.
    fn done_at(&self) -> Option<DateTime<Utc>> {
        self.0.done_at
    }
}
