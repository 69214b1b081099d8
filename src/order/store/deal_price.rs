//! What a trim was sold for (C062).

use chrono::{DateTime, Utc};
use entity::order::{order, price_line};
use entity::{PriceLineKind, TrimId};
use sea_orm::sea_query::{Expr, ExprTrait, Order, Query};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr};

use super::super::rules::deal_price::{MOST, SOLD};

/// List price less discounts of each sale of a trim that is registered in a city, since a moment, the newest first; fen. Options,
/// tax and fees are another matter.
///
/// # Errors
/// When the store fails.
pub async fn deal_prices(
    conn: &impl ConnectionTrait,
    trim: TrimId,
    city_code: &str,
    since: DateTime<Utc>,
) -> Result<Vec<i64>, DbErr> {
    let of_order = |column| Expr::col((order::Entity, column));
    let sales = Query::select()
        .expr(of_order(order::Column::Id))
        .from(order::Entity)
        .and_where(of_order(order::Column::TrimId).eq(trim))
        .and_where(of_order(order::Column::CityCode).eq(city_code))
        .and_where(of_order(order::Column::PlacedAt).gte(since))
        .and_where(order::Column::Status.is_in(SOLD))
        .order_by((order::Entity, order::Column::PlacedAt), Order::Desc)
        .limit(MOST)
        .to_owned();
    let select = Query::select()
        .expr(Expr::col(price_line::Column::OrderId))
        .expr(Expr::col(price_line::Column::AmountMinor))
        .from(price_line::Entity)
        .and_where(Expr::col(price_line::Column::OrderId).in_subquery(sales))
        .and_where(price_line::Column::Kind.is_in([PriceLineKind::Msrp, PriceLineKind::Discount]))
        .order_by(price_line::Column::OrderId, Order::Asc)
        .to_owned();
    let mut prices: Vec<(entity::OrderId, i64)> = Vec::new();
    for row in conn.query_all(&select).await? {
        let (id, amount): (entity::OrderId, i64) = (row.try_get_by(0)?, row.try_get_by(1)?);
        match prices.last_mut() {
            Some((last, sum)) if *last == id => *sum += amount,
            _ => prices.push((id, amount)),
        }
    }
    Ok(prices.into_iter().map(|(_, minor)| minor).collect())
}
