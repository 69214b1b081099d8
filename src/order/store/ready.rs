//! Whether a car may be said to be ready for its customer: by what is so, not by what was recorded (domain.md 3.2).

use entity::order::order;
use sea_orm::DbErr;

use super::super::rules::status::{OrderFacts, OrderMove, Unmet, unmet};
use super::{CarAhead, lacks_invoice, money_of};
use crate::store::Tx;

/// What the guard of READY_FOR_DELIVERY looks at: the order has a car and that stands at the store that hands over; it is paid, or a
/// lender has committed what is missing; it is invoiced. What was paid or invoiced elsewhere is known by its milestone alone, and
/// that comes before in the graph.
///
/// # Errors
/// When the store fails.
async fn ready_facts(tx: &Tx, order: &order::Model) -> Result<OrderFacts, DbErr> {
    let cars = CarAhead::of_all(tx.conn(), order.vehicle_id).await?;
    Ok(OrderFacts {
        vehicle_arrived: cars.values().any(|car| car.stands_at(order.delivery_store_id)),
        paid_or_financed: money_of(tx, order).await?.is_settled(),
        invoice_issued: !lacks_invoice(tx, order.id).await?,
        ..OrderFacts::default()
    })
}

/// What is missing before it is ready.
///
/// # Errors
/// When the store fails.
pub async fn unready(tx: &Tx, order: &order::Model) -> Result<Vec<Unmet>, DbErr> {
    Ok(unmet(OrderMove::BecomeReady, &ready_facts(tx, order).await?))
}
