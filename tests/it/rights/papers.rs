//! Papers of orders: those of the store's orders, and of strangers'.

use entity::order::{change_request, invoice, order};
use entity::*;
use sea_orm::{ColumnTrait, Condition, DatabaseConnection, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

/// A node's kind, whose it is, and its id.
type Node = (&'static str, &'static str, String);

/// An invoice and a request of the demo's: of an order of the store, and of none.
pub async fn nodes(db: &DatabaseConnection, store: StoreId) -> Vec<Node> {
    let of = Condition::any().add(order::Column::StoreId.eq(store)).add(order::Column::DeliveryStoreId.eq(store));
    let mut nodes = Vec::new();
    for (which, orders) in [("store's", of.clone()), ("stranger's", of.not())] {
        let ids = order::Entity::find().select_only().column(order::Column::Id).filter(orders);
        let ids: Vec<OrderId> = ids.into_tuple().all(db).await.unwrap();
        let invoices = invoice::Entity::find().filter(invoice::Column::OrderId.is_in(ids.clone()));
        let found = invoices.order_by_asc(invoice::Column::Id).one(db).await.unwrap().expect("an invoice");
        nodes.push(("Invoice", which, found.id.to_string()));
        let requests = change_request::Entity::find().filter(change_request::Column::OrderId.is_in(ids));
        let found = requests.order_by_asc(change_request::Column::Id).one(db).await.unwrap().expect("a request");
        nodes.push(("ChangeRequest", which, found.id.to_string()));
    }
    nodes
}
