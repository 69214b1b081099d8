//! Prices that the demo's first customer keeps (C044): the one that their order was placed with, and one of now.

use chrono::{DateTime, TimeDelta, Utc};
use entity::order::{order, quote};
use entity::{Codes, OrderId, PrefixedId, PriceLineKind, QuoteId, QuotedBenefits, QuotedLine, QuotedLines};

use super::batch::Batch;
use super::dice::Dice;
use super::world::Generator;

impl Generator<'_> {
    /// Of the customer whose order this is. Dice of its own, so that what others draw stays as it is.
    pub(super) fn quotes_of(&self, id: OrderId, batch: &mut Batch) {
        let mut dice = Dice::new(id.uuid().as_u64_pair().1.wrapping_add(0x90));
        let Some(order) = batch.orders.iter().rev().find(|row| row.id == id).cloned() else { return };
        let placed = kept(&order, (dice.id(), order.created_at), Some(order.id), batch);
        let now = kept(&order, (dice.id(), self.today - TimeDelta::minutes(30)), None, batch);
        batch.quotes.extend([placed, now]);
    }
}

/// The order's car at its price.
fn kept(
    order: &order::Model,
    (id, at): (QuoteId, DateTime<Utc>),
    ordered: Option<OrderId>,
    batch: &Batch,
) -> quote::Model {
    let of_order = batch.price_lines.iter().filter(|row| row.order_id == order.id);
    let lines: Vec<QuotedLine> = of_order
        .map(|row| QuotedLine {
            kind: row.kind,
            code: row.code.clone(),
            label_zh: row.label_zh.clone(),
            label_en: row.label_en.clone(),
            amount_minor: row.amount_minor,
        })
        .collect();
    let of_car =
        |line: &&QuotedLine| matches!(line.kind, PriceLineKind::Msrp | PriceLineKind::Option | PriceLineKind::Discount);
    quote::Model {
        id,
        customer_id: order.customer_id,
        store_id: Some(order.store_id),
        created_by: order.customer_id.to_string(),
        configuration_id: order.configuration_id,
        trim_id: order.trim_id,
        option_codes: Codes(order.option_codes.0.clone()),
        city_code: order.city_code.clone(),
        benefits: QuotedBenefits::default(),
        payable_minor: order.total_minor,
        invoice_minor: lines.iter().filter(of_car).map(|line| line.amount_minor).sum(),
        lines: QuotedLines(lines),
        price_version: 1,
        finance_plan_id: None,
        finance_months: None,
        down_payment_minor: None,
        priced_at: at,
        held_until: at + TimeDelta::hours(24),
        order_id: ordered,
        version: if ordered.is_some() { 2 } else { 1 },
        created_at: at,
        updated_at: at,
    }
}
