//! What there is of the stock's rules: the store's own, and strangers'.

use entity::inventory::{alert, alert_rule, quota, quota_entry, transfer};
use entity::*;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, DatabaseConnection, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
};

/// A node's kind, whose it is, and its id.
type Node = (&'static str, &'static str, String);

/// Nodes of each kind: of a store, and of another.
pub async fn nodes(db: &DatabaseConnection, store: StoreId) -> Vec<Node> {
    let mut nodes = Vec::new();
    let rules = alert_rule::Entity::find().order_by_asc(alert_rule::Column::Name).all(db).await.unwrap();
    let quotas = quota::Entity::find().all(db).await.unwrap();
    let strange = quotas.iter().find(|row| row.store_id != store).unwrap();
    for (place, (which, of)) in [("store's", store), ("stranger's", strange.store_id)].into_iter().enumerate() {
        let row = raised(&rules[place], of, place);
        alert::Entity::insert(row.clone().into_active_model().reset_all()).exec_without_returning(db).await.unwrap();
        nodes.push(("StockAlert", which, row.id.to_string()));
        nodes.push(("StockAlertRule", which, rules[place].id.to_string()));
        let quota = quotas.iter().find(|row| row.store_id == of).unwrap();
        nodes.push(("StockQuota", which, quota.id.to_string()));
        let entry = right(quota, place);
        quota_entry::Entity::insert(entry.clone().into_active_model().reset_all())
            .exec_without_returning(db)
            .await
            .unwrap();
        nodes.push(("OneInOneOutEntry", which, entry.id.to_string()));
    }
    let own = Condition::any().add(transfer::Column::FromStoreId.eq(store)).add(transfer::Column::ToStoreId.eq(store));
    let row = transfer::Entity::find().filter(own).order_by_asc(transfer::Column::Id).one(db).await.unwrap().unwrap();
    nodes.push(("StockTransfer", "store's", row.id.to_string()));
    let foreign = transfer::Model {
        id: StockTransferId::from_parts(0, 1),
        from_store_id: row.to_store_id,
        to_store_id: strange.store_id,
        state: StockTransferState::Rejected,
        ..row
    };
    assert_ne!(foreign.from_store_id, foreign.to_store_id);
    nodes.push(("StockTransfer", "stranger's", foreign.id.to_string()));
    transfer::Entity::insert(foreign.into_active_model().reset_all()).exec_without_returning(db).await.unwrap();
    nodes
}

fn raised(rule: &alert_rule::Model, store: StoreId, number: usize) -> alert::Model {
    alert::Model {
        id: StockAlertId::from_parts(0, number as u128),
        rule_id: rule.id,
        vehicle_id: None,
        store_id: Some(store),
        band: None,
        subject: format!("rights {number}"),
        value: 1,
        level: StockAlertLevel::Store,
        state: StockAlertState::Open,
        raised_at: rule.changed_at,
        escalated_at: None,
        acknowledged_by: None,
        acknowledged_at: None,
        note: None,
        closed_at: None,
        version: 1,
    }
}

fn right(quota: &quota::Model, number: usize) -> quota_entry::Model {
    quota_entry::Model {
        id: StockQuotaEntryId::from_parts(0, number as u128),
        quota_id: quota.id,
        store_id: quota.store_id,
        state: StockQuotaEntryState::Right,
        granted: true,
        out_vehicle_id: None,
        out_at: None,
        in_vehicle_id: None,
        in_at: None,
        transfer_id: None,
        created_at: quota.created_at,
    }
}
