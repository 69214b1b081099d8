//! An application for a loan over an order's car (C068).

use async_graphql::{Description, ID};
use chrono::{DateTime, Utc};
use entity::order::finance_application;
use entity::{FinanceApplicationState, FinanceMethod};

use super::super::policy;
use super::super::rules::finance::is_closed;
use crate::access::Disclosure;
use crate::catalog::FinancePlanById;
use crate::graph::answer::To;
use crate::graph::money::Money;
use crate::graph::scalars::Decimal;
use crate::graph::{Call, fields};
use crate::place::OrganizationById;

/// An application for a loan over an order's car. Its terms are those of the plan when it was applied for.
#[derive(Clone, Debug, Description)]
pub struct FinanceApplication(pub finance_application::Model);

#[fields(rows(finance_application::Model))]
impl FinanceApplication {
    /// Type-prefixed ULID, as in `fna_01J…`.
    pub fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// How far it is.
    fn state(&self) -> FinanceApplicationState {
        self.0.state
    }

    /// The plan, as it is now.
    #[link(self.0.plan_id)]
    fn plan(&self) -> To<FinancePlanById>;

    /// Who lends.
    #[link(self.0.lender_id)]
    fn lender(&self) -> To<OrganizationById>;

    /// How it is paid back.
    fn method(&self) -> FinanceMethod {
        self.0.method
    }

    /// Instalments, one a month.
    fn months(&self) -> i32 {
        self.0.months
    }

    /// Interest a year, per cent.
    fn annual_rate_percent(&self) -> Decimal {
        Decimal::percent(self.0.annual_rate_bp)
    }

    /// What is paid at once.
    fn down_payment(&self) -> Money {
        Money::fen(self.0.down_payment_minor)
    }

    /// What is to be lent.
    fn principal(&self) -> Money {
        Money::fen(self.0.principal_minor)
    }

    /// The first instalment.
    fn monthly(&self) -> Money {
        Money::fen(self.0.monthly_minor)
    }

    /// What the lender lends; null until it has said so. Under conditions it may be less than what was applied for.
    fn approved(&self) -> Option<Money> {
        self.0.approved_minor.map(Money::fen)
    }

    /// The lender's page, on which the customer gives what it asks for; for the customer alone, and null once it is closed. The
    /// gateway is told nothing of what is given there.
    fn form_url(&self, call: &Call) -> Option<&str> {
        let theirs = call.viewer.customer().is_some() && !is_closed(self.0.state);
        self.0.form_url.as_deref().filter(|_| theirs)
    }

    /// The lender's word: what is missing, under which conditions, why not. For the customer and holders of `pii:read`.
    fn lender_note(&self, call: &Call) -> Option<&str> {
        self.0.lender_note.as_deref().filter(|_| policy::personal_of_own(&call.viewer) == Disclosure::Clear)
    }

    /// The lender's number; null for customers.
    fn lender_reference(&self, call: &Call) -> Option<&str> {
        self.0.lender_reference.as_deref().filter(|_| policy::sees_actors(&call.viewer))
    }

    /// When it was made.
    fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// When the lender took it.
    fn submitted_at(&self) -> Option<DateTime<Utc>> {
        self.0.submitted_at
    }

    /// When the lender approved or rejected it.
    fn decided_at(&self) -> Option<DateTime<Utc>> {
        self.0.decided_at
    }

    /// Until when an approval holds; null until there is one.
    fn expires_at(&self) -> Option<DateTime<Utc>> {
        self.0.expires_at
    }
}
