//! What was chosen with an order besides the car (C069).

use async_graphql::{Description, ID};
use entity::BenefitKind;
use entity::order::benefit;

use crate::catalog::{BenefitItem, BenefitPackageById};
use crate::graph::answer::To;
use crate::graph::money::Money;
use crate::graph::{Call, fields};

/// A package that was chosen with an order, as it was agreed.
#[derive(Clone, Debug, Description)]
pub struct OrderBenefit(pub benefit::Model);

#[fields(rows(benefit::Model))]
impl OrderBenefit {
    /// Type-prefixed ULID, as in `obn_01J…`.
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

    /// What was agreed for it, with value-added tax; zero where it was free.
    fn price(&self) -> Money {
        Money::fen(self.0.price_minor)
    }

    /// The package that it was made of, as it is offered now.
    #[link(self.0.package_id)]
    fn package(&self) -> To<BenefitPackageById>;
}
