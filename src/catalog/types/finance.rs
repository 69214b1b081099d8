//! What a way to pay over time looks like, and what it makes of a car (C048).

use async_graphql::{Description, ID, SimpleObject};
use entity::catalog::finance_plan;
use entity::{FinanceMethod, Powertrain};

use crate::catalog::links::TrimById;
use crate::catalog::rules::finance::{Calculation, least_down_payment_minor};
use crate::graph::answer::To;
use crate::graph::money::Money;
use crate::graph::scalars::{CityCode, Date, Decimal};
use crate::graph::{Call, Fields, fields};
use crate::place::OrganizationById;

/// A way to pay a car over time.
#[derive(Clone, Debug, Description)]
pub struct FinancePlan(pub finance_plan::Model);

#[fields(rows(finance_plan::Model))]
impl FinancePlan {
    /// Type-prefixed ULID, as in `fpl_01J…`.
    pub fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// Code.
    fn code(&self) -> &str {
        &self.0.code
    }

    /// Name in the language of the request.
    fn name(&self, call: &Call) -> String {
        call.pick(&self.0.name_zh, &self.0.name_en)
    }

    /// What it is, in a sentence or two, in the language of the request.
    fn intro(&self, call: &Call) -> String {
        call.pick(&self.0.intro_zh, &self.0.intro_en)
    }

    /// How it is paid back.
    fn method(&self) -> FinanceMethod {
        self.0.method
    }

    /// Who lends.
    #[link(self.0.lender_id)]
    fn lender(&self) -> To<OrganizationById>;

    /// Where the car must be registered: a city, a province (`310000`); null for the whole country.
    fn city_code(&self) -> Option<CityCode> {
        self.0.city_code.clone().map(CityCode)
    }

    /// Only for this powertrain; null for all.
    fn powertrain(&self) -> Option<Powertrain> {
        self.0.powertrain
    }

    /// Only for this trim; null for all, and where the trim is not for the caller to see.
    #[link(self.0.trim_id)]
    fn trim(&self) -> To<TrimById>;

    /// Least that is paid at once, per cent of the invoice price.
    fn min_down_payment_percent(&self) -> Decimal {
        Decimal::percent(self.0.min_down_bp)
    }

    /// What is paid with the last instalment, per cent of the amount lent, with `LEASE` of the invoice price; zero where nothing
    /// is.
    fn balloon_percent(&self) -> Decimal {
        Decimal::percent(self.0.balloon_bp)
    }

    /// What the lender asks for once.
    fn fee(&self) -> Money {
        Money::fen(self.0.fee_minor)
    }

    /// Its terms, the shortest first.
    fn terms(&self) -> Vec<FinanceTerm> {
        self.0.terms.0.iter().copied().map(FinanceTerm::from).collect()
    }

    /// First day on which it is to be had.
    fn starts_on(&self) -> Date {
        Date(self.0.starts_on)
    }

    /// Last day; null when it is open.
    fn ends_on(&self) -> Option<Date> {
        self.0.ends_on.map(Date)
    }
}

/// A term of a plan and what it costs.
#[derive(Fields, SimpleObject, Clone, Debug)]
pub struct FinanceTerm {
    /// Instalments, one a month.
    pub months: i32,
    /// Interest a year, per cent.
    pub annual_rate_percent: Decimal,
    /// Whether the brand pays a part of the interest.
    pub subsidised: bool,
}

impl From<entity::FinanceTerm> for FinanceTerm {
    fn from(term: entity::FinanceTerm) -> Self {
        Self {
            months: whole(term.months),
            annual_rate_percent: Decimal::percent(term.rate_bp),
            subsidised: term.lender_rate_bp.is_some_and(|lender| lender > term.rate_bp),
        }
    }
}

/// What a plan makes of a car: what is paid at once, each month, and in all.
#[derive(Fields, SimpleObject, Clone, Debug)]
pub struct FinanceCalculation {
    /// The plan.
    pub plan: FinancePlan,
    /// Its term.
    pub term: FinanceTerm,
    /// What the vehicle invoice says. Tax, fees and insurance are not financed; `price` has them, insurance as an estimate.
    pub invoice: Money,
    /// What is paid at once.
    pub down_payment: Money,
    /// Least that the plan takes at once for this car.
    pub min_down_payment: Money,
    /// What is lent.
    pub principal: Money,
    /// The first instalment; of all methods but `EQUAL_PRINCIPAL` each but the last is like it.
    pub monthly: Money,
    /// What is paid with the last instalment besides; zero where nothing is.
    pub balloon: Money,
    /// What the lender asks for once.
    pub fee: Money,
    /// Interest of all months.
    pub total_interest: Money,
    /// What the loan costs in all: principal, interest and fee.
    pub total: Money,
    /// The yearly rate of all costs, fee included, per cent: twelve times the internal rate of the months. Null
    /// where the fee leaves nothing in hand, which no plan does.
    pub apr_percent: Option<Decimal>,
    /// What the brand pays the lender, so that the customer's rate is lower.
    pub subsidy: Money,
    /// Month by month.
    pub schedule: Vec<FinanceInstalment>,
}

/// One month of a loan.
#[derive(Fields, SimpleObject, Clone, Debug)]
pub struct FinanceInstalment {
    /// From one.
    pub period: i32,
    /// What is paid, with the balloon.
    pub payment: Money,
    /// Of it, what is paid back, with the balloon.
    pub principal: Money,
    /// Of it, interest.
    pub interest: Money,
    /// What is owed after it.
    pub balance: Money,
}

impl FinanceCalculation {
    /// The plan's outcome for a car of this invoice price.
    pub fn of(plan: finance_plan::Model, invoice_minor: i64, outcome: Calculation) -> Self {
        let schedule: Vec<FinanceInstalment> = outcome
            .months
            .iter()
            .map(|month| FinanceInstalment {
                period: whole(month.period),
                payment: Money::fen(month.payment_minor()),
                principal: Money::fen(month.principal_minor + month.balloon_minor),
                interest: Money::fen(month.interest_minor),
                balance: Money::fen(month.balance_minor),
            })
            .collect();
        Self {
            term: outcome.term.into(),
            invoice: Money::fen(invoice_minor),
            down_payment: Money::fen(invoice_minor - outcome.loan.principal_minor),
            min_down_payment: Money::fen(least_down_payment_minor(&plan, invoice_minor)),
            principal: Money::fen(outcome.loan.principal_minor),
            monthly: Money::fen(outcome.months.first().map_or(0, |month| month.regular_minor())),
            balloon: Money::fen(outcome.loan.balloon_minor),
            fee: Money::fen(outcome.fee_minor),
            total_interest: Money::fen(outcome.interest_minor),
            total: Money::fen(outcome.total_minor()),
            apr_percent: outcome.apr_bp.map(Decimal::percent),
            subsidy: Money::fen(outcome.subsidy_minor),
            schedule,
            plan: FinancePlan(plan),
        }
    }
}

/// Months, which are few.
fn whole(months: u32) -> i32 {
    i32::try_from(months).unwrap_or(i32::MAX)
}
