//! What an incentive looks like.

use async_graphql::{Description, ID};
use entity::catalog::incentive;
use entity::{IncentiveAmountKind, IncentiveKind, IncentivePayer, Powertrain};

use crate::catalog::links::TrimById;
use crate::graph::answer::To;
use crate::graph::money::Money;
use crate::graph::scalars::{CityCode, Date, Decimal};
use crate::graph::{Call, fields};

/// A policy or an offer that lowers what one pays.
#[derive(Clone, Debug, Description)]
pub struct Incentive {
    /// Its row.
    pub row: incentive::Model,
    /// What it is worth for the car that was asked about, fen.
    pub amount_minor: Option<i64>,
}

impl From<incentive::Model> for Incentive {
    /// Without a car: only a fixed amount is known.
    fn from(row: incentive::Model) -> Self {
        let amount_minor = (row.amount_kind == IncentiveAmountKind::Fixed).then_some(row.amount_minor);
        Self { row, amount_minor }
    }
}

#[fields]
impl Incentive {
    /// Type-prefixed ULID, as in `inc_01J…`.
    pub fn id(&self) -> ID {
        ID(self.row.id.to_string())
    }

    /// Code, named by price lines.
    fn code(&self) -> &str {
        &self.row.code
    }

    /// What it is for.
    fn kind(&self) -> IncentiveKind {
        self.row.kind
    }

    /// Name in the language of the request.
    fn name(&self, call: &Call) -> String {
        call.pick(&self.row.name_zh, &self.row.name_en)
    }

    /// Who pays it.
    fn payer(&self) -> IncentivePayer {
        self.row.payer
    }

    /// Where the car must be registered: a city, a province (`310000`); null for the whole country.
    fn city_code(&self) -> Option<CityCode> {
        self.row.city_code.clone().map(CityCode)
    }

    /// How its amount is reckoned.
    fn amount_kind(&self) -> IncentiveAmountKind {
        self.row.amount_kind
    }

    /// What it is worth for the trim asked for, without options; null where it is not money, or hangs on the price and
    /// no trim was asked for.
    fn amount(&self) -> Option<Money> {
        self.amount_minor.map(Money::fen)
    }

    /// Share of the invoice price in per cent, for `PERCENT`.
    fn rate_percent(&self) -> Option<Decimal> {
        (self.row.amount_kind == IncentiveAmountKind::Percent).then(|| Decimal::percent(self.row.rate_bp))
    }

    /// The most it gives; null without a limit.
    fn cap(&self) -> Option<Money> {
        self.row.cap_minor.map(Money::fen)
    }

    /// Least price on the vehicle invoice.
    fn min_invoice_price(&self) -> Money {
        Money::fen(self.row.min_invoice_minor)
    }

    /// Only for this powertrain; null for all.
    fn powertrain(&self) -> Option<Powertrain> {
        self.row.powertrain
    }

    /// Only for this trim; null for all.
    #[link(self.row.trim_id)]
    fn trim(&self) -> To<TrimById>;

    /// Whether an old car must be given up; such an incentive is not counted in `price`.
    fn requires_old_vehicle(&self) -> bool {
        self.row.requires_old_vehicle
    }

    /// Of the incentives that name the same group only the best one counts.
    fn stack_group(&self) -> Option<&str> {
        self.row.stack_group.as_deref()
    }

    /// Whether it lowers what is paid at the sale; otherwise it is paid out afterwards.
    fn paid_at_sale(&self) -> bool {
        self.row.paid_at_sale
    }

    /// First invoice date.
    fn starts_on(&self) -> Date {
        Date(self.row.starts_on)
    }

    /// Last invoice date; null when it is open.
    fn ends_on(&self) -> Option<Date> {
        self.row.ends_on.map(Date)
    }
}
