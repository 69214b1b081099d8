//! Where prices are kept.

use entity::order::quote;
use entity::{CustomerId, OrderId, QuoteId};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, IntoActiveModel, QueryFilter};

use super::events;
use crate::catalog::PriceToken;
use crate::store::{Lock, Tx};

/// What a kept price holds, as the token that `price` gives.
pub fn token_of(row: &quote::Model) -> PriceToken {
    let mut benefits: Vec<_> = row.benefits.0.iter().map(|benefit| benefit.package_id).collect();
    benefits.sort();
    PriceToken {
        trim_id: row.trim_id,
        option_codes: row.option_codes.0.clone(),
        benefits,
        city_code: row.city_code.clone(),
        at: row.priced_at,
        until: row.held_until,
        payable_minor: row.payable_minor,
    }
}

/// A kept price of a customer's, locked until the transaction ends.
///
/// # Errors
/// When the store fails.
pub async fn open_for_order(tx: &Tx, customer: CustomerId, id: QuoteId) -> Result<Option<quote::Model>, DbErr> {
    let own = quote::Entity::find_by_id(id).filter(quote::Column::CustomerId.eq(customer));
    Lock::row(own).take(tx.conn()).await
}

/// An order was placed with it.
pub fn ordered(tx: &mut Tx, row: quote::Model, order: OrderId) {
    let row = quote::Model { order_id: Some(order), version: row.version + 1, updated_at: tx.now(), ..row };
    tx.emit(events::changed(&row));
    save(tx, row);
}

/// Writes a kept price that is there.
pub fn save(tx: &mut Tx, row: quote::Model) {
    let id = row.id;
    let change = row.into_active_model();
    let change = sea_orm::ActiveModelTrait::reset_all(change);
    tx.put_one(quote::Entity::update_many().set(change).filter(quote::Column::Id.eq(id)));
}
