//! What is to be had with a car besides it (C053).

use async_graphql::{Description, ID, SimpleObject};
use entity::catalog::benefit_package;
use entity::{BenefitKind, Powertrain};

use crate::catalog::links::TrimById;
use crate::graph::answer::To;
use crate::graph::call::CallState;
use crate::graph::money::Money;
use crate::graph::scalars::{CityCode, Date};
use crate::graph::{Call, Fields, fields};

/// A service or a benefit that is to be had with a car, free or for a price. It is never chosen by itself.
#[derive(Clone, Debug, Description)]
pub struct BenefitPackage(pub benefit_package::Model);

#[fields(rows(benefit_package::Model))]
impl BenefitPackage {
    /// Type-prefixed ULID, as in `bnp_01J…`.
    pub fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// Code.
    fn code(&self) -> &str {
        &self.0.code
    }

    /// What it is about.
    fn kind(&self) -> BenefitKind {
        self.0.kind
    }

    /// Name in the language of the request.
    fn name(&self, call: &Call) -> String {
        call.pick(&self.0.name_zh, &self.0.name_en)
    }

    /// On what terms it is had, in the language of the request.
    fn terms(&self, call: &Call) -> String {
        call.pick(&self.0.terms_zh, &self.0.terms_en)
    }

    /// What is in it, in order.
    fn items(&self, call: &Call) -> Vec<BenefitItem> {
        BenefitItem::all(call, &self.0.items)
    }

    /// What it costs, with value-added tax; zero where it is free.
    fn price(&self) -> Money {
        Money::fen(self.0.price_minor)
    }

    /// Of the packages of one group one can be chosen; null where it stands alone.
    fn exclusive_group(&self) -> Option<&str> {
        self.0.exclusive_group.as_deref()
    }

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

    /// First day on which it is to be had.
    fn starts_on(&self) -> Date {
        Date(self.0.starts_on)
    }

    /// Last day; null when it is open.
    fn ends_on(&self) -> Option<Date> {
        self.0.ends_on.map(Date)
    }
}

/// One thing that is in a package.
#[derive(Fields, SimpleObject, Clone, Debug)]
pub struct BenefitItem {
    /// What it is, in the language of the request.
    pub text: String,
}

impl BenefitItem {
    /// Those of a package, in order.
    pub fn all(call: &CallState, items: &entity::BenefitItems) -> Vec<Self> {
        items.0.iter().map(|item| Self { text: call.pick(&item.text_zh, &item.text_en) }).collect()
    }
}
