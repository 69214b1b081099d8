//! Applications for loans, in step with their orders (C068).

use chrono::{DateTime, TimeDelta, Utc};
use entity::customer::consent;
use entity::order::{finance_application, payment};
use entity::{
    ConsentId, ConsentPurpose, FinanceApplicationState, MilestoneCode, OrderId, OrderStatus, PaymentMethod, PrefixedId,
};

use super::batch::Batch;
use super::customers::{DOCUMENT, Person};
use super::delivery::{Delivery, Terms};
use super::dice::Dice;
use super::world::Generator;
use crate::catalog::rules::finance::{Calculation, Wish, calculate};
use crate::order::rules::finance::{APPROVAL_HOLDS, is_approved, is_closed};
use crate::order::rules::status::is_ended;

/// What an order that is paid over time leaves to be made once its customer's consents are.
#[derive(Clone, Debug)]
pub(super) struct Lent {
    order: OrderId,
    trim: usize,
    invoice_minor: i64,
    principal_minor: i64,
    state: FinanceApplicationState,
    asked_at: DateTime<Utc>,
    decided_at: Option<DateTime<Utc>>,
    last_at: DateTime<Utc>,
}

impl Lent {
    /// Of an order; none when nobody asked for a loan. The demo's own customer thought better of it.
    pub(super) fn of(
        (order, trim): (OrderId, usize),
        terms: &Terms,
        delivery: &Delivery,
        payments: &[payment::Model],
        (invoice_minor, today): (i64, DateTime<Utc>),
    ) -> Option<Self> {
        use FinanceApplicationState::{
            Approved, ConditionallyApproved, ContractSigned, Disbursed, Rejected, Submitted, SupplementRequired,
            UnderReview, Withdrawn,
        };
        let placed_at = delivery.placed_at.filter(|_| terms.loan || terms.demo)?;
        let paid = payments.iter().find(|row| row.method == PaymentMethod::LoanDisbursement);
        let approved_at = delivery.at(MilestoneCode::FinanceApproved);
        let holds = approved_at.is_some_and(|at| today < at + APPROVAL_HOLDS);
        let state = if terms.demo {
            Withdrawn
        } else if paid.is_some() {
            Disbursed
        } else if is_ended(terms.status) || terms.status == OrderStatus::CancellationRequested {
            Withdrawn
        } else if approved_at.is_some() {
            if holds { [Approved, ConditionallyApproved, ContractSigned][terms.turn % 3] } else { ContractSigned }
        } else if delivery.is_done(MilestoneCode::BalancePaid) {
            Rejected
        } else {
            [Submitted, UnderReview, SupplementRequired, Rejected][terms.turn % 4]
        };
        let asked_at = approved_at.map_or(placed_at + TimeDelta::hours(2), |at| at - TimeDelta::hours(30));
        let asked_at = asked_at.max(placed_at).min(today);
        let decided_at = approved_at.or_else(|| (state == Rejected).then_some(asked_at + TimeDelta::hours(20)));
        Some(Self {
            order,
            trim,
            invoice_minor,
            principal_minor: paid.map_or(invoice_minor * 7 / 10 / 100_000 * 100_000, |row| row.amount_minor),
            state,
            asked_at,
            decided_at: decided_at.map(|at| at.max(asked_at).min(today)),
            last_at: delivery.last_at.max(asked_at).min(today),
        })
    }
}

impl Generator<'_> {
    /// The application of an order and the consent that it relies on. Dice of its own, so that what others draw stays as it is.
    pub(super) fn application(&mut self, person: &Person, lent: &Lent, batch: &mut Batch) {
        let mut dice = Dice::new(lent.order.uuid().as_u64_pair().1);
        let trim = &self.catalog.trims[lent.trim];
        let suits = |calculation: &Calculation| calculation.loan.months > 0;
        let found = self.finance_plans.iter().filter(|plan| plan.powertrain.is_none_or(|only| only == trim.powertrain));
        let found = found.filter_map(|plan| {
            let months = i32::try_from(plan.terms.0.last()?.months).ok()?;
            let down_payment_minor = lent.invoice_minor - lent.principal_minor;
            let wish = Wish { invoice_minor: lent.invoice_minor, down_payment_minor, months };
            Some((plan, calculate(plan, &wish).ok().filter(suits)?))
        });
        let found: Vec<_> = found.collect();
        if found.is_empty() {
            return;
        }
        let (plan, outcome) = dice.pick(&found);
        let consent_id = consent_for(person, lent, &mut dice, batch);
        let decided = lent.decided_at;
        let note = match lent.state {
            FinanceApplicationState::SupplementRequired => Some("请补充近半年收入流水"),
            FinanceApplicationState::ConditionallyApproved => Some("首付提高一成"),
            FinanceApplicationState::Rejected => Some("综合评分不足"),
            _ => None,
        };
        let whole = |number: u32| i32::try_from(number).unwrap_or(i32::MAX);
        batch.finance_applications.push(finance_application::Model {
            id: dice.id(),
            order_id: lent.order,
            plan_id: plan.id,
            lender_id: plan.lender_id,
            consent_id: Some(consent_id),
            state: lent.state,
            method: plan.method,
            months: whole(outcome.term.months),
            annual_rate_bp: whole(outcome.term.rate_bp),
            down_payment_minor: lent.invoice_minor - lent.principal_minor,
            principal_minor: lent.principal_minor,
            monthly_minor: outcome.months.first().map_or(0, |month| month.regular_minor()),
            approved_minor: is_approved(lent.state).then_some(lent.principal_minor),
            lender_reference: Some(format!("DEMO{}", &lent.order.to_string()[4..])),
            form_url: None,
            lender_note: note.map(str::to_owned),
            created_at: lent.asked_at,
            submitted_at: Some(lent.asked_at),
            decided_at: decided.filter(|_| is_approved(lent.state) || note.is_some()),
            expires_at: decided.map(|at| at + APPROVAL_HOLDS).filter(|_| is_approved(lent.state)),
            state_at: Some(lent.last_at),
            checked_at: None,
            updated_at: lent.last_at,
        });
    }
}

/// A consent for this application; in force where it is open and no other is.
fn consent_for(person: &Person, lent: &Lent, dice: &mut Dice, batch: &mut Batch) -> ConsentId {
    let own = batch.consents.iter().rev().take_while(|row| row.customer_id == Some(person.id));
    let mut given = own.filter(|row| row.purpose == ConsentPurpose::FinanceCredit);
    let other = given.any(|row| row.withdrawn_at.is_none());
    let id = dice.id();
    batch.consents.push(consent::Model {
        id,
        customer_id: Some(person.id),
        lead_id: None,
        purpose: ConsentPurpose::FinanceCredit,
        document_version: DOCUMENT.into(),
        channel: entity::Channel::App,
        granted_at: lent.asked_at,
        withdrawn_at: (other || is_closed(lent.state)).then_some(lent.last_at),
    });
    id
}
