//! What was chosen with an order besides the car, as rows (C069).

use entity::catalog::benefit_package;
use entity::order::benefit;
use entity::{OrderBenefitId, OrderId, PriceLineKind};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder};

use crate::catalog::quote::PriceQuote;
use crate::catalog::rules::price::PriceLine;

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

/// The packages of an order, in order.
///
/// # Errors
/// When the store fails.
pub async fn benefits_of(conn: &impl ConnectionTrait, order: OrderId) -> Result<Vec<benefit::Model>, DbErr> {
    let own = benefit::Entity::find().filter(benefit::Column::OrderId.eq(order));
    own.order_by_asc(benefit::Column::Position).all(conn).await
}

/// A price for the car alone with the packages that were agreed, as they were agreed: what is to be had now is another matter.
pub fn add_agreed(price: &mut PriceQuote, agreed: &[benefit::Model]) {
    let lines = agreed.iter().filter(|row| row.price_minor > 0).map(|row| PriceLine {
        kind: PriceLineKind::Benefit,
        code: row.code.clone(),
        label_zh: row.name_zh.clone(),
        label_en: row.name_en.clone(),
        amount_minor: row.price_minor,
    });
    let before = price.breakdown.lines.iter().position(|line| line.kind == PriceLineKind::Incentive);
    let at = before.unwrap_or(price.breakdown.lines.len());
    price.breakdown.lines.splice(at..at, lines);
    price.breakdown.payable_minor = price.breakdown.lines.iter().map(|line| line.amount_minor).sum();
}
