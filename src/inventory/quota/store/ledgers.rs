//! Quotas in force with their ledgers, and how what changed of these is written.

use chrono::{DateTime, Utc};
use entity::inventory::{quota, quota_entry};
use entity::{StockQuotaId, StoreId};
use sea_orm::sea_query::{Condition, Expr};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
    Select,
};

use super::super::events;
use super::super::rules::ledger::Ledger;
use super::stock::Stock;
use crate::store::Tx;
use crate::store::rows::{ByPlace, among};

/// Entries that are open. As text, word for word as their index has it.
const OPEN: &str = r#""one_in_one_out_entry"."state" IN ('RIGHT', 'PROMISED', 'LEAVING', 'OVER')"#;

/// The quotas of these stores that count at a moment, in the order in which all lock them.
pub fn in_force(conn: &impl ConnectionTrait, stores: &[StoreId], now: DateTime<Utc>) -> Select<quota::Entity> {
    use quota::Column as Quota;
    quota::Entity::find()
        .filter(among(conn.get_database_backend(), Quota::StoreId, stores.iter().copied()))
        .filter(Quota::EndedAt.is_null())
        .filter(Quota::EffectiveFrom.lte(now))
        .filter(Condition::any().add(Quota::EffectiveTo.is_null()).add(Quota::EffectiveTo.gt(now)))
        .order_by_asc(Quota::Id)
}

/// What is open of the ledgers of these quotas, oldest first.
///
/// # Errors
/// When the store fails.
async fn open_entries(conn: &impl ConnectionTrait, quotas: &[StockQuotaId]) -> Result<Vec<quota_entry::Model>, DbErr> {
    quota_entry::Entity::find()
        .filter(among(conn.get_database_backend(), quota_entry::Column::QuotaId, quotas.iter().copied()))
        .filter(Expr::cust(OPEN))
        .order_by_asc(quota_entry::Column::CreatedAt)
        .order_by_asc(quota_entry::Column::Id)
        .by_place(conn)
        .await
}

/// The ledgers of quotas over the stock of their stores; what is open is read in one statement.
///
/// # Errors
/// When the store fails.
pub async fn ledgers(
    conn: &impl ConnectionTrait,
    quotas: Vec<quota::Model>,
    stock: &[Stock],
) -> Result<Vec<Ledger>, DbErr> {
    let ids: Vec<StockQuotaId> = quotas.iter().map(|quota| quota.id).collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let open = open_entries(conn, &ids).await?;
    Ok(quotas
        .into_iter()
        .map(|quota| Ledger {
            used: stock.iter().filter(|stock| stock.is_of(&quota)).map(|stock| stock.cars).sum(),
            entries: open.iter().filter(|entry| entry.quota_id == quota.id).cloned().collect(),
            quota,
        })
        .collect())
}

/// Puts off what differs of a ledger, whose quota is locked, from what was read of it, and tells of it.
pub fn put(tx: &mut Tx, before: &[quota_entry::Model], ledger: &Ledger) {
    let mut same = true;
    for (place, entry) in ledger.entries.iter().enumerate() {
        match before.get(place) {
            Some(known) if known == entry => continue,
            Some(known) => tx.put_one(
                quota_entry::Entity::update_many()
                    .set(entry.clone().into_active_model().reset_all())
                    .filter(quota_entry::Column::Id.eq(known.id)),
            ),
            None => tx.insert([entry.clone().into_active_model().reset_all()]),
        }
        same = false;
    }
    if !same {
        tx.emit(events::changed(&ledger.quota));
    }
}
