//! What was chosen with an order besides the car, as rows (C069).

use entity::catalog::benefit_package;
use entity::order::benefit;
use entity::{OrderBenefitId, OrderId};

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
