//! The price of an order, as it was agreed.

use std::sync::Arc;

use async_graphql::Description;
use entity::PriceLineKind;
use entity::order::price_line;

use crate::graph::money::Money;
use crate::graph::{Call, fields};

/// The price of an order, line by line, as it was agreed.
#[derive(Clone, Debug, Description)]
pub struct OrderPriceBreakdown {
    /// Its lines, in order.
    pub lines: Arc<Vec<OrderPriceLine>>,
}

impl OrderPriceBreakdown {
    fn sum(&self, kind: PriceLineKind) -> Money {
        Money::fen(self.lines.iter().filter(|line| line.0.kind == kind).map(|line| line.0.amount_minor).sum())
    }
}

#[fields]
impl OrderPriceBreakdown {
    /// The lines, in order; what lowers the price is negative.
    fn lines(&self) -> &[OrderPriceLine] {
        &self.lines
    }

    /// List price of the trim.
    fn msrp(&self) -> Money {
        self.sum(PriceLineKind::Msrp)
    }

    /// All options.
    fn options(&self) -> Money {
        self.sum(PriceLineKind::Option)
    }

    /// The brand's discounts; negative.
    fn discounts(&self) -> Money {
        self.sum(PriceLineKind::Discount)
    }

    /// Taxes.
    fn taxes(&self) -> Money {
        self.sum(PriceLineKind::Tax)
    }

    /// Fees.
    fn fees(&self) -> Money {
        self.sum(PriceLineKind::Fee)
    }

    /// Packages that are had besides the car.
    fn benefits(&self) -> Money {
        self.sum(PriceLineKind::Benefit)
    }

    /// Incentives paid at the sale; negative.
    fn incentives(&self) -> Money {
        self.sum(PriceLineKind::Incentive)
    }

    /// What is to be paid: the sum of all lines.
    fn payable(&self) -> Money {
        Money::fen(self.lines.iter().map(|line| line.0.amount_minor).sum())
    }
}

/// One line of an order's price.
#[derive(Clone, Debug, Description)]
pub struct OrderPriceLine(pub price_line::Model);

#[fields(rows(price_line::Model))]
impl OrderPriceLine {
    /// What kind of line.
    fn kind(&self) -> PriceLineKind {
        self.0.kind
    }

    /// Code of what it is for.
    fn code(&self) -> &str {
        &self.0.code
    }

    /// What it is for, in the language of the request.
    fn label(&self, call: &Call) -> String {
        call.pick(&self.0.label_zh, &self.0.label_en)
    }

    /// How much; negative if it lowers the price.
    fn amount(&self) -> Money {
        Money::fen(self.0.amount_minor)
    }
}
