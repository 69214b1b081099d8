//! The price of an order, as it was agreed.

use async_graphql::{Context, Description, Object};
use entity::PriceLineKind;
use entity::order::price_line;

use crate::graph::CallExt;
use crate::graph::money::Money;

/// The price of an order, line by line, as it was agreed.
#[derive(Clone, Debug, Description)]
pub struct OrderPriceBreakdown {
    /// Its lines, in order.
    pub lines: Vec<OrderPriceLine>,
}

impl OrderPriceBreakdown {
    fn sum(&self, kind: PriceLineKind) -> Money {
        Money::fen(self.lines.iter().filter(|line| line.0.kind == kind).map(|line| line.0.amount_minor).sum())
    }
}

#[Object(use_type_description)]
impl OrderPriceBreakdown {
    /// The lines, in order; what lowers the price is negative.
    async fn lines(&self) -> &[OrderPriceLine] {
        &self.lines
    }

    /// List price of the trim.
    async fn msrp(&self) -> Money {
        self.sum(PriceLineKind::Msrp)
    }

    /// All options.
    async fn options(&self) -> Money {
        self.sum(PriceLineKind::Option)
    }

    /// The brand's discounts; negative.
    async fn discounts(&self) -> Money {
        self.sum(PriceLineKind::Discount)
    }

    /// Taxes.
    async fn taxes(&self) -> Money {
        self.sum(PriceLineKind::Tax)
    }

    /// Fees.
    async fn fees(&self) -> Money {
        self.sum(PriceLineKind::Fee)
    }

    /// Incentives paid at the sale; negative.
    async fn incentives(&self) -> Money {
        self.sum(PriceLineKind::Incentive)
    }

    /// What is to be paid: the sum of all lines.
    async fn payable(&self) -> Money {
        Money::fen(self.lines.iter().map(|line| line.0.amount_minor).sum())
    }
}

/// One line of an order's price.
#[derive(Clone, Debug, Description)]
pub struct OrderPriceLine(pub price_line::Model);

#[Object(use_type_description)]
impl OrderPriceLine {
    /// What kind of line.
    async fn kind(&self) -> PriceLineKind {
        self.0.kind
    }

    /// Code of what it is for.
    async fn code(&self) -> &str {
        &self.0.code
    }

    /// What it is for, in the language of the request.
    async fn label(&self, ctx: &Context<'_>) -> String {
        ctx.call().pick(&self.0.label_zh, &self.0.label_en)
    }

    /// How much; negative if it lowers the price.
    async fn amount(&self) -> Money {
        Money::fen(self.0.amount_minor)
    }
}
