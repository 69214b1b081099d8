//! What a trim was sold for by dealers (C062).

use chrono::{DateTime, Utc};
use entity::order::{deal_price, order, price_line};
use entity::{OrderId, PriceLineKind, SalesModel, StoreId, TrimId};
use sea_orm::sea_query::{Alias, Expr, ExprTrait, JoinType, Order, Query, SimpleExpr};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::rules::{Area, MOST, SOLD, Sale, Statistics, statistics as of_sales};
use crate::values::calendar;
use crate::values::city_code::CityCode;

/// Statistics of the sales of a trim that are registered in a city since a moment, or in its province where the city has too few: two
/// statements each.
///
/// # Errors
/// When the store fails.
pub async fn statistics(
    conn: &impl ConnectionTrait,
    trim: TrimId,
    city: &CityCode,
    since: DateTime<Utc>,
) -> Result<Option<Statistics>, DbErr> {
    for area in [Area::City, Area::Province] {
        let (from, to) = match area {
            Area::City => (city.as_str().to_owned(), city.as_str().to_owned()),
            Area::Province => (format!("{}0000", city.province()), format!("{}9999", city.province())),
        };
        let mut sales = ordered(conn, trim, (&from, &to), since).await?;
        sales.extend(told(conn, trim, (&from, &to), since).await?);
        if let Some(found) = of_sales(area, &sales) {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

/// A column's values from one to another; of one value a plain comparison, so that an index goes on with the next column.
fn within<C: ColumnTrait + Copy>(column: C, (from, to): (&str, &str)) -> SimpleExpr {
    if from == to { column.eq(from) } else { column.between(from, to) }
}

/// List price less discounts of each sale that was ordered here, the newest first. Options, tax and fees are another matter.
async fn ordered(
    conn: &impl ConnectionTrait,
    trim: TrimId,
    cities: (&str, &str),
    since: DateTime<Utc>,
) -> Result<Vec<Sale>, DbErr> {
    let sale = Alias::new("sale");
    let sales = Query::select()
        .column((order::Entity, order::Column::Id))
        .column((order::Entity, order::Column::StoreId))
        .from(order::Entity)
        .and_where(order::Column::TrimId.eq(trim))
        .and_where(within(order::Column::CityCode, cities))
        .and_where(order::Column::PlacedAt.gte(since))
        .and_where(order::Column::Status.is_in(SOLD))
        .and_where(order::Column::SalesModel.eq(SalesModel::Wholesale))
        .order_by((order::Entity, order::Column::PlacedAt), Order::Desc)
        .limit(MOST)
        .to_owned();
    let select = Query::select()
        .column((sale.clone(), order::Column::Id))
        .column((sale.clone(), order::Column::StoreId))
        .column((price_line::Entity, price_line::Column::AmountMinor))
        .from_subquery(sales, sale.clone())
        .join(
            JoinType::InnerJoin,
            price_line::Entity,
            Expr::col((price_line::Entity, price_line::Column::OrderId)).equals((sale.clone(), order::Column::Id)),
        )
        .and_where(price_line::Column::Kind.is_in([PriceLineKind::Msrp, PriceLineKind::Discount]))
        .order_by((sale, order::Column::Id), Order::Asc)
        .to_owned();
    let mut sums: Vec<(OrderId, Sale)> = Vec::new();
    for row in conn.query_all(&select).await? {
        let (id, store, price_minor): (OrderId, StoreId, i64) =
            (row.try_get_by(0)?, row.try_get_by(1)?, row.try_get_by(2)?);
        match sums.last_mut() {
            Some((last, sale)) if *last == id => sale.price_minor += price_minor,
            _ => sums.push((id, Sale { store, price_minor })),
        }
    }
    Ok(sums.into_iter().map(|(_, sale)| sale).collect())
}

/// Sales that dealers told of, the newest first.
async fn told(
    conn: &impl ConnectionTrait,
    trim: TrimId,
    cities: (&str, &str),
    since: DateTime<Utc>,
) -> Result<Vec<Sale>, DbErr> {
    use deal_price::Column;
    let rows: Vec<(StoreId, i64)> = deal_price::Entity::find()
        .select_only()
        .columns([Column::StoreId, Column::PriceMinor])
        .filter(Column::TrimId.eq(trim))
        .filter(within(Column::CityCode, cities))
        .filter(Column::SoldOn.gte(calendar::day(since)))
        .order_by_desc(Column::SoldOn)
        .limit(MOST)
        .into_tuple()
        .all(conn)
        .await?;
    Ok(rows.into_iter().map(|(store, price_minor)| Sale { store, price_minor }).collect())
}
