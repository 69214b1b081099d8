//! The price of an order and what was chosen with it besides the car, as rows (C060, C069).

use entity::catalog::benefit_package;
use entity::order::{benefit, price_line};
use entity::{OrderBenefitId, OrderId, PriceLineId, PriceLineKind};
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder};

use crate::catalog::quote::PriceQuote;
use crate::catalog::rules::price::PriceLine;

/// The price of an order, line by line.
pub fn price_rows(order: OrderId, lines: &[PriceLine]) -> impl Iterator<Item = price_line::ActiveModel> {
    (1..).zip(lines).map(move |(position, line)| price_line::ActiveModel {
        id: Set(PriceLineId::generate()),
        order_id: Set(order),
        position: Set(position),
        kind: Set(line.kind),
        code: Set(line.code.clone()),
        label_zh: Set(line.label_zh.clone()),
        label_en: Set(line.label_en.clone()),
        amount_minor: Set(line.amount_minor),
    })
}

/// The packages of an order as they are agreed now.
pub fn benefit_rows(order: OrderId, packages: &[benefit_package::Model]) -> impl Iterator<Item = benefit::Model> {
    (1..).zip(packages).map(move |(position, package)| benefit::Model {
        id: OrderBenefitId::generate(),
        order_id: order,
        position,
        package_id: package.id,
        code: package.code.clone(),
        kind: package.kind,
        name_zh: package.name_zh.clone(),
        name_en: package.name_en.clone(),
        terms_zh: package.terms_zh.clone(),
        terms_en: package.terms_en.clone(),
        items: package.items.clone(),
        price_minor: package.price_minor,
    })
}

/// What an order's packages cost, line by line, as it was agreed here or elsewhere.
///
/// # Errors
/// When the store fails.
pub async fn agreed_benefits(conn: &impl ConnectionTrait, order: OrderId) -> Result<Vec<price_line::Model>, DbErr> {
    let own = price_line::Entity::find()
        .filter(price_line::Column::OrderId.eq(order))
        .filter(price_line::Column::Kind.eq(PriceLineKind::Benefit));
    own.order_by_asc(price_line::Column::Position).all(conn).await
}

/// A price for the car alone with the packages that were agreed, as they were agreed: what is to be had now is another matter.
pub fn add_agreed(price: &mut PriceQuote, agreed: &[price_line::Model]) {
    let lines = agreed.iter().map(|row| PriceLine {
        kind: row.kind,
        code: row.code.clone(),
        label_zh: row.label_zh.clone(),
        label_en: row.label_en.clone(),
        amount_minor: row.amount_minor,
    });
    let before = price.breakdown.lines.iter().position(|line| line.kind == PriceLineKind::Incentive);
    let at = before.unwrap_or(price.breakdown.lines.len());
    price.breakdown.lines.splice(at..at, lines);
    price.breakdown.payable_minor = price.breakdown.lines.iter().map(|line| line.amount_minor).sum();
}
