//! What a kept price looks like (C044).

use async_graphql::{Description, ID, SimpleObject};
use chrono::{DateTime, Utc};
use entity::QuoteState;
use entity::order::quote;

use super::rules::state;
use super::store::token_of;
use crate::catalog::rules::finance::{Wish, calculate};
use crate::catalog::rules::tax::holds_until;
use crate::catalog::{ConfigurationById, FinanceCalculation, FinancePlanById, PriceLine, TrimOfOrder};
use crate::customer::CustomerById;
use crate::graph::answer::To;
use crate::graph::money::Money;
use crate::graph::scalars::{CityCode, Date};
use crate::graph::{Call, Fields, Result, fields};
use crate::order::OrderById;
use crate::place::StoreById;
use crate::values::calendar;

/// A price that was put together and kept: a car, what goes with it and how it is paid, as it was then.
#[derive(Clone, Debug, Description)]
pub struct Quote(pub quote::Model);

#[fields(rows(quote::Model))]
impl Quote {
    /// Type-prefixed ULID, as in `quo_01J…`.
    pub fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// Counts the changes; to be given with a change.
    fn version(&self) -> i32 {
        self.0.version
    }

    /// Whether its price is held.
    fn state(&self, call: &Call) -> QuoteState {
        state(self.0.order_id, self.0.held_until, call.now)
    }

    /// For whom it is; null for a store that neither has an order nor a lead of this customer: a kept price alone opens no profile.
    #[link(self.0.customer_id)]
    fn customer(&self) -> To<CustomerById>;

    /// The store that it is of, or that the car is to be bought from; null when none was named.
    #[link(self.0.store_id)]
    fn store(&self) -> To<StoreById>;

    /// The car as it was saved; it may have changed since.
    #[link(self.0.configuration_id)]
    fn configuration(&self) -> To<ConfigurationById>;

    /// The trim.
    #[link(self.0.trim_id)]
    fn trim(&self) -> To<TrimOfOrder>;

    /// Codes of the options, with what they include and the defaults.
    fn option_codes(&self) -> &[String] {
        &self.0.option_codes.0
    }

    /// Where the car is to be registered.
    fn city_code(&self) -> CityCode {
        CityCode(self.0.city_code.clone())
    }

    /// Packages that are had besides the car.
    fn benefits(&self, call: &Call) -> Vec<QuoteBenefit> {
        let shown = |benefit: &entity::QuotedBenefit| QuoteBenefit {
            package_id: ID(benefit.package_id.to_string()),
            code: benefit.code.clone(),
            name: call.pick(&benefit.name_zh, &benefit.name_en),
            price: Money::fen(benefit.price_minor),
        };
        self.0.benefits.0.iter().map(shown).collect()
    }

    /// How the price came about, in order; what lowers it is negative.
    fn lines(&self, call: &Call) -> Vec<PriceLine> {
        let shown = |line: &entity::QuotedLine| PriceLine {
            kind: line.kind,
            code: line.code.clone(),
            label: call.pick(&line.label_zh, &line.label_en),
            amount: Money::fen(line.amount_minor),
        };
        self.0.lines.0.iter().map(shown).collect()
    }

    /// What is paid in all.
    fn payable(&self) -> Money {
        Money::fen(self.0.payable_minor)
    }

    /// The last invoice date for which its purchase tax is what the TAX line says: by law the day of the car's invoice decides, not that of
    /// the order. Null where no change is known to follow.
    fn purchase_tax_valid_until(&self, call: &Call) -> Result<Option<Date>> {
        let on = calendar::day(self.0.priced_at);
        let trim = call.found::<TrimOfOrder>(&self.0.trim_id)?;
        Ok((*trim).as_ref().and_then(|trim| holds_until(on, trim.0.purchase_tax_catalog)).map(Date))
    }

    /// What the vehicle invoice would say: what is financed.
    fn invoice(&self) -> Money {
        Money::fen(self.0.invoice_minor)
    }

    /// How it is paid over time, month by month; null when it is paid at once, or the plan is not what it was.
    fn finance(&self, call: &Call) -> Result<Option<FinanceCalculation>> {
        let Some(id) = self.0.finance_plan_id else { return Ok(None) };
        let Some(plan) = call.found::<FinancePlanById>(&id)?.as_ref().clone() else { return Ok(None) };
        let invoice_minor = self.0.invoice_minor;
        let wish = Wish {
            invoice_minor,
            down_payment_minor: self.0.down_payment_minor.unwrap_or_default(),
            months: self.0.finance_months.unwrap_or_default(),
        };
        Ok(calculate(&plan.0, &wish).ok().map(|outcome| FinanceCalculation::of(plan.0, invoice_minor, outcome)))
    }

    /// Version of the price book.
    fn price_version(&self) -> i32 {
        self.0.price_version
    }

    /// The moment that the price is of.
    fn priced_at(&self) -> DateTime<Utc> {
        self.0.priced_at
    }

    /// Until when `orderPlace` takes it by `quoteId`.
    fn expires_at(&self) -> DateTime<Utc> {
        self.0.held_until
    }

    /// This price, held, as `price` gives it; null when it is not held any more.
    #[columns(trim_id, option_codes, benefits, city_code, priced_at, held_until, payable_minor, order_id)]
    fn quote_token(&self, call: &Call) -> Option<String> {
        let open = state(self.0.order_id, self.0.held_until, call.now) == QuoteState::Open;
        open.then(|| token_of(&self.0).seal(&call.app.vault))
    }

    /// The order that was placed with it.
    #[link(self.0.order_id)]
    fn order(&self) -> To<OrderById>;

    /// When it was first put together.
    fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }
}

/// A package of a kept price, as it was.
#[derive(Fields, SimpleObject, Clone, Debug)]
pub struct QuoteBenefit {
    /// The package, as in `bnp_01J…`.
    pub package_id: ID,
    /// Its code.
    pub code: String,
    /// Its name, in the language of the request.
    pub name: String,
    /// Its price; zero where it is free.
    pub price: Money,
}
