//! Papers of orders: those of the store's orders, and of strangers'.

use entity::order::{change_request, invoice, order};
use entity::*;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, DatabaseConnection, EntityTrait, IntoActiveModel, QueryFilter,
    QueryOrder, QuerySelect,
};

/// A node's kind, whose it is, and its id.
type Node = (&'static str, &'static str, String);

/// An invoice and a request of the demo's: of an order of the store, and of none.
pub async fn nodes(db: &DatabaseConnection, store: StoreId) -> Vec<Node> {
    let of = Condition::any().add(order::Column::StoreId.eq(store)).add(order::Column::DeliveryStoreId.eq(store));
    let mut nodes = Vec::new();
    for (which, orders) in [("store's", of.clone()), ("stranger's", of.not())] {
        let ids = order::Entity::find().select_only().column(order::Column::Id).filter(orders);
        let ids: Vec<OrderId> = ids.into_tuple().all(db).await.unwrap();
        let invoices = invoice::Entity::find().filter(invoice::Column::OrderId.is_in(ids));
        let found = invoices.order_by_asc(invoice::Column::Id).one(db).await.unwrap().expect("an invoice");
        nodes.push(("Invoice", which, found.id.to_string()));
        let any = change_request::Entity::find().order_by_asc(change_request::Column::Id).one(db).await.unwrap();
        let row = change_request::Model {
            id: ChangeRequestId::generate(),
            order_id: found.order_id,
            state: ChangeState::Withdrawn,
            ..any.expect("a request")
        };
        let insert = change_request::Entity::insert(row.clone().into_active_model().reset_all());
        insert.exec_without_returning(db).await.unwrap();
        nodes.push(("ChangeRequest", which, row.id.to_string()));
    }
    nodes
}
