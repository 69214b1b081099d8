//! States of an invoice (domain.md 3.2, `Invoice`; C074), what one covers and says, and when one can be asked for.

use chrono::{DateTime, Utc};
use entity::order::{finance_application, invoice, order, payment};
use entity::vocabulary::{
    FinanceApplicationState, InvoiceCover, InvoiceState, InvoiceTitleType, InvoiceType, MilestoneCode, OrderStatus,
    PaymentPurpose, PriceLineKind, SalesModel,
};
use serde::{Deserialize, Serialize};

use super::payment::{has_arrived, is_paid};
use crate::catalog::rules::price::PLATE_FEE_CODE;
use crate::catalog::rules::tax::without_vat_minor;
use crate::customer::rules::invoice_title::Title;
use crate::values::machine::{self, IllegalTransition, Word};

/// What happens to an invoice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum InvoiceMove {
    /// The provider takes it.
    Take,
    /// It is in force.
    Issue,
    /// It is not issued.
    Fail,
    /// It is to be reversed.
    RequestRed,
    /// It is reversed.
    IssueRed,
}

impl std::fmt::Display for InvoiceMove {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&machine::code(self))
    }
}

/// Transitions of an invoice: action, from, to. Each state leads to all that stand below it, so the words of a provider come to
/// the same end in any order: an invoice that was issued for all that its provider had said no is in force.
pub const INVOICE: &[(InvoiceMove, InvoiceState, InvoiceState)] = {
    use InvoiceMove::*;
    use InvoiceState::*;
    &[
        (Take, Requested, Issuing),
        (Fail, Requested, Failed),
        (Fail, Issuing, Failed),
        (Issue, Issuing, Issued),
        (Issue, Failed, Issued),
        (RequestRed, Issued, RedRequested),
        (IssueRed, RedRequested, RedIssued),
    ]
};

/// The state after `action`.
///
/// # Errors
/// [`IllegalTransition`] if the table has no such row.
pub fn move_invoice(
    from: InvoiceState,
    action: InvoiceMove,
) -> Result<InvoiceState, IllegalTransition<InvoiceState, InvoiceMove>> {
    machine::apply(INVOICE, from, action)
}

/// The ends of an invoice: nothing of it is in force, nor will be.
pub const OVER: [InvoiceState; 2] = [InvoiceState::Failed, InvoiceState::RedIssued];

/// Whether an invoice is in force, or may be: money does not go back while it is.
pub fn stands(state: InvoiceState) -> bool {
    !OVER.contains(&state)
}

/// Whether the provider has one in force, or may have: of what an order is for there is one such.
pub fn in_force(state: InvoiceState) -> bool {
    matches!(state, InvoiceState::Issuing | InvoiceState::Issued | InvoiceState::RedRequested)
}

/// What a provider says of an invoice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    pub state: InvoiceState,
    /// When it came to that.
    pub at: DateTime<Utc>,
    pub number: Option<String>,
    pub code: Option<String>,
    pub download_url: Option<String>,
    pub red_number: Option<String>,
    pub failure: Option<String>,
}

impl Said {
    /// A state without more words.
    pub fn state(state: InvoiceState, at: DateTime<Utc>) -> Self {
        Self { state, at, number: None, code: None, download_url: None, red_number: None, failure: None }
    }
}

/// What an invoice is after a word, the same whatever the order, number and lateness of words. A word of before moves nothing,
/// and what it tells that nobody has told yet is kept.
pub fn after_word(row: &invoice::Model, said: &Said) -> invoice::Model {
    use InvoiceState::{Failed, Issued, RedIssued, RedRequested};
    let state = match machine::word(INVOICE, row.state, said.state) {
        Word::Leads => said.state,
        Word::Known | Word::Illegal => row.state,
    };
    let was_issued = matches!(said.state, Issued | RedRequested | RedIssued);
    let first = |known: Option<DateTime<Utc>>, of: InvoiceState| {
        let told = (said.state == of).then_some(said.at);
        known.into_iter().chain(told).min()
    };
    invoice::Model {
        state,
        number: row.number.clone().or_else(|| said.number.clone().filter(|_| was_issued)),
        code: row.code.clone().or_else(|| said.code.clone().filter(|_| was_issued)),
        download_url: row.download_url.clone().or_else(|| said.download_url.clone().filter(|_| was_issued)),
        red_number: row.red_number.clone().or_else(|| said.red_number.clone().filter(|_| said.state == RedIssued)),
        issued_at: first(row.issued_at, Issued),
        red_requested_at: first(row.red_requested_at, RedRequested),
        red_issued_at: first(row.red_issued_at, RedIssued),
        failure: match state {
            Failed | RedRequested if said.state == state && row.state == state => {
                row.failure.clone().or_else(|| said.failure.clone())
            }
            Failed | RedRequested if said.state == state => said.failure.clone(),
            Failed | RedRequested => row.failure.clone(),
            _ => None,
        },
        ..row.clone()
    }
}

/// What an invoice of this kind covers. By law the sale of a car has an invoice of its own.
pub fn cover_of(kind: InvoiceType) -> InvoiceCover {
    match kind {
        InvoiceType::VehicleUnified => InvoiceCover::Car,
        InvoiceType::VatGeneral | InvoiceType::VatSpecial => InvoiceCover::Services,
    }
}

/// Which invoice a line of the price stands on: the car's what [`PriceBreakdown::invoice_minor`] is made of. Purchase tax and plates are
/// paid for the buyer to others, and what is paid back by state or brand lowers no taxable price.
///
/// [`PriceBreakdown::invoice_minor`]: crate::catalog::rules::price::PriceBreakdown::invoice_minor
pub fn covered(kind: PriceLineKind, code: &str) -> Option<InvoiceCover> {
    match kind {
        PriceLineKind::Msrp | PriceLineKind::Option | PriceLineKind::Discount => Some(InvoiceCover::Car),
        PriceLineKind::Fee if code == PLATE_FEE_CODE => None,
        PriceLineKind::Fee | PriceLineKind::Benefit => Some(InvoiceCover::Services),
        PriceLineKind::Tax | PriceLineKind::Incentive => None,
    }
}

/// The value-added tax in a price with it (fen).
pub fn vat_minor(amount_minor: i64) -> i64 {
    amount_minor - without_vat_minor(amount_minor)
}

/// Whether the car maker's own organisation issues the invoice, or the store's (domain.md 3.5).
pub fn issued_by_maker(model: SalesModel) -> bool {
    match model {
        SalesModel::Direct | SalesModel::Agency => true,
        SalesModel::Wholesale => false,
    }
}

/// What of an order is looked at before it is invoiced.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Money {
    /// CONTRACT_SIGNED is reached.
    pub contract_signed: bool,
    /// BALANCE_PAID is reached.
    pub balance_paid: bool,
    /// Money of the balance has come in here, whatever became of it: it is not paid to another system, which would tell its milestone alone.
    pub balance_here: bool,
    /// All that was asked for has arrived.
    pub paid_in_full: bool,
    pub total_minor: i64,
    pub paid_minor: i64,
    /// Of loans whose contract is signed, what their lenders have committed to pay, fen.
    pub committed_minor: i64,
}

impl Money {
    /// Whether the price is paid, or what is missing is committed by a lender, as the guard of READY_FOR_DELIVERY has it. A milestone that
    /// was reached does not stand for money that has gone back since.
    pub fn is_settled(&self) -> bool {
        let committed = self.committed_minor > 0 && self.is_covered();
        (self.balance_paid && !self.falls_short()) || (self.contract_signed && (self.paid_in_full || committed))
    }

    /// Whether the books say that money is missing: where the balance is paid here, what is here and what lenders have committed is less
    /// than the price.
    pub fn falls_short(&self) -> bool {
        self.balance_here && !self.is_covered()
    }

    fn is_covered(&self) -> bool {
        self.paid_minor + self.committed_minor >= self.total_minor
    }
}

/// What of an order's rows decides whether it can be invoiced. `reached` tells which milestones are DONE.
pub fn money_in<'a>(
    order: &order::Model,
    reached: impl Fn(MilestoneCode) -> bool,
    loans: impl Iterator<Item = &'a finance_application::Model>,
    mut payments: impl Iterator<Item = &'a payment::Model>,
) -> Money {
    Money {
        contract_signed: reached(MilestoneCode::ContractSigned),
        balance_paid: reached(MilestoneCode::BalancePaid),
        balance_here: payments.any(|row| row.purpose == PaymentPurpose::Balance && has_arrived(row.state)),
        paid_in_full: is_paid(order.payment_status),
        total_minor: order.total_minor,
        paid_minor: order.paid_minor,
        committed_minor: loans.map(|row| committed_minor(row.state, row.approved_minor)).sum(),
    }
}

/// Whether the car's invoice was made red, and there is no other: without one no car goes out.
pub fn lacks_invoice<'a>(all: impl Iterator<Item = &'a invoice::Model>) -> bool {
    let of_car: Vec<_> = all.filter(|invoice| invoice.covers == InvoiceCover::Car).collect();
    let issued = of_car.iter().any(|invoice| invoice.issued_at.is_some());
    issued && !of_car.iter().any(|invoice| invoice.state == InvoiceState::Issued)
}

/// What a lender has committed to pay on an order, fen: nothing before the loan's contract is signed, and nothing of what is paid.
pub fn committed_minor(state: FinanceApplicationState, approved_minor: Option<i64>) -> i64 {
    if state == FinanceApplicationState::ContractSigned { approved_minor.unwrap_or(0) } else { 0 }
}

/// Whether an order in this state can be invoiced at all.
pub fn takes_invoice(status: OrderStatus) -> bool {
    use OrderStatus::*;
    matches!(status, Contracted | InFulfillment | ReadyForDelivery | Delivered | Completed)
}

/// Why an invoice of this kind cannot be made out to a title: key of the text, and where it is to be put right.
///
/// # Errors
/// The first rule that is broken.
pub fn suits(kind: InvoiceType, title: &Title) -> Result<(), &'static str> {
    let person = title.title_type == InvoiceTitleType::Individual;
    match kind {
        InvoiceType::VehicleUnified if title.tax_id.is_none() => Err("invoice-needs-id"),
        InvoiceType::VatSpecial if person => Err("invoice-special-company"),
        InvoiceType::VatSpecial if !title.missing_for_special().is_empty() => Err("invoice-special-missing"),
        _ => Ok(()),
    }
}

/// What an invoice says; in Chinese, which is what counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvoicePaper {
    pub order_number: String,
    pub kind: InvoiceType,
    pub issuer_code: String,
    pub issuer: String,
    pub title: Title,
    /// The car's, where it covers one.
    pub vin: Option<String>,
    pub model: String,
    pub lines: Vec<InvoicePaperLine>,
    /// With value-added tax, fen.
    pub amount_minor: i64,
    /// The tax in it, fen.
    pub tax_minor: i64,
    /// Drawn at random, so that the hash tells nobody the name.
    pub salt: String,
}

/// A line of an invoice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvoicePaperLine {
    pub kind: PriceLineKind,
    pub code: String,
    pub label: String,
    /// Negative where it lowers the price, fen.
    pub amount_minor: i64,
}

#[cfg(test)]
mod tests {
    use InvoiceState::*;
    use entity::{InvoiceId, OrderId, OrganizationId, Sealed};
    use proptest::prelude::*;

    use super::*;

    fn row() -> invoice::Model {
        invoice::Model {
            id: InvoiceId::default(),
            order_id: OrderId::default(),
            kind: InvoiceType::VehicleUnified,
            covers: InvoiceCover::Car,
            vehicle_id: None,
            state: Requested,
            issuer_id: OrganizationId::default(),
            amount_minor: 15_980_000,
            tax_minor: 1_838_407,
            snapshot: Sealed::default(),
            document_hash: String::new(),
            number: None,
            code: None,
            download_url: None,
            failure: None,
            red_of_id: None,
            red_reason: None,
            red_number: None,
            requested_by: String::new(),
            created_at: DateTime::UNIX_EPOCH,
            issued_at: None,
            red_requested_at: None,
            red_issued_at: None,
            checked_at: None,
            updated_at: DateTime::UNIX_EPOCH,
        }
    }

    /// What one provider says of one invoice: each state has its moment, and what belongs to it.
    fn says(state: InvoiceState) -> Said {
        let step = InvoiceState::ALL.iter().position(|known| *known == state).unwrap();
        let at = DateTime::UNIX_EPOCH + chrono::Duration::hours(i64::try_from(step).unwrap());
        let issued = matches!(state, Issued | RedRequested | RedIssued);
        Said {
            number: issued.then(|| "25312000000000000001".to_owned()),
            code: issued.then(|| "031002500111".to_owned()),
            download_url: (state == Issued).then(|| "https://example.com/i".to_owned()),
            red_number: (state == RedIssued).then(|| "25312000000000000002".to_owned()),
            failure: matches!(state, Failed).then(|| "TITLE".to_owned()),
            ..Said::state(state, at)
        }
    }

    #[test]
    fn the_straight_way_leads_to_issued_and_on_to_its_red_letter() {
        use InvoiceMove::*;
        let mut at = Requested;
        for (action, to) in [(Take, Issuing), (Issue, Issued), (RequestRed, RedRequested), (IssueRed, RedIssued)] {
            at = move_invoice(at, action).unwrap();
            assert_eq!(at, to);
        }
        assert_eq!(move_invoice(Issued, Fail).unwrap_err().allowed, [RequestRed]);
        assert_eq!(machine::ambiguous(INVOICE), None);
    }

    #[test]
    fn each_state_leads_to_those_after_it_and_to_no_other() {
        for (place, from) in InvoiceState::ALL.iter().enumerate() {
            for (other, to) in InvoiceState::ALL.iter().enumerate() {
                assert_eq!(machine::reaches(INVOICE, *from, *to), place <= other, "{from} {to}");
            }
        }
    }

    #[test]
    fn the_tax_in_a_price_is_what_is_above_its_base() {
        assert_eq!(vat_minor(15_980_000), 15_980_000 - 14_141_593);
        assert_eq!(vat_minor(113), 13);
        assert_eq!((vat_minor(0), vat_minor(1)), (0, 0));
    }

    #[test]
    fn each_line_stands_on_one_invoice_or_on_none() {
        use InvoiceCover::*;
        use PriceLineKind::*;
        let of = |kind, code| covered(kind, code);
        assert_eq!([of(Msrp, "C5"), of(Option, "X"), of(Discount, "Y")], [Some(Car); 3]);
        assert_eq!([of(Fee, "DELIVERY_FEE"), of(Fee, "PLATE_FEE")], [Some(Services), None]);
        assert_eq!(of(Benefit, "CHARGE-3Y"), Some(Services));
        assert_eq!([of(Tax, "PURCHASE_TAX"), of(Incentive, "Z")], [None, None]);
    }

    #[test]
    fn an_order_is_settled_when_paid_or_committed() {
        let none = Money { total_minor: 100, paid_minor: 20, ..Money::default() };
        let signed = Money { contract_signed: true, ..none };
        assert!(!none.is_settled() && !signed.is_settled());
        assert!(Money { balance_paid: true, ..none }.is_settled());
        assert!(Money { paid_in_full: true, ..signed }.is_settled());
        assert!(!Money { paid_in_full: true, ..none }.is_settled(), "not before the contract");
        assert!(Money { committed_minor: 80, ..signed }.is_settled());
        assert!(!Money { committed_minor: 79, ..signed }.is_settled());
        assert_eq!(committed_minor(FinanceApplicationState::Approved, Some(5)), 0);
        assert_eq!(committed_minor(FinanceApplicationState::ContractSigned, Some(5)), 5);
    }

    proptest! {
        #[test]
        fn no_milestone_stands_for_money_that_is_missing(
            (balance_paid, contract_signed) in any::<(bool, bool)>(),
            (total_minor, paid_minor, committed_minor) in (1_i64..300, 0_i64..300, 0_i64..300),
        ) {
            // As the sums of an order without money on its way have it.
            let paid_in_full = paid_minor >= total_minor;
            let elsewhere = Money { contract_signed, balance_paid, balance_here: false, paid_in_full, total_minor, paid_minor, committed_minor };
            let here = Money { balance_here: true, ..elsewhere };
            let covered = paid_minor + committed_minor >= total_minor;
            prop_assert_eq!(here.is_settled(), covered && (balance_paid || contract_signed));
            prop_assert_eq!(here.falls_short(), !covered);
            // What was paid to another system is known by its milestone.
            prop_assert_eq!(elsewhere.is_settled(), balance_paid || here.is_settled());
            prop_assert!(!elsewhere.falls_short());
        }

        #[test]
        fn words_in_any_order_and_number_come_to_one_end(
            said in proptest::collection::vec(proptest::sample::select(InvoiceState::ALL), 1..12),
            shuffled in any::<proptest::sample::Index>(),
        ) {
            let all = |states: &[InvoiceState]| states.iter().fold(row(), |row, state| after_word(&row, &says(*state)));
            let once = all(&said);
            let mut other = said.clone();
            other.rotate_left(shuffled.index(said.len()));
            other.reverse();
            let twice: Vec<_> = said.iter().chain(&other).copied().collect();
            prop_assert_eq!(&all(&other), &once);
            prop_assert_eq!(&all(&twice), &once);
            prop_assert_eq!(once.state, *said.iter().max().unwrap());
        }

        #[test]
        fn tax_and_base_are_the_price(amount in 1_i64..1_000_000_000) {
            let tax = vat_minor(amount);
            prop_assert!(0 <= tax && tax < amount);
            prop_assert_eq!(amount - tax, without_vat_minor(amount));
        }
    }
}
