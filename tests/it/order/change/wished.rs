//! Whoever decides, and whoever asked, sees what was asked for.

use entity::customer::customer;
use entity::{ChangeKind, CustomerId};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::{Value, json};

use super::{ask, stage, wish};
use crate::harness::Server;

const WISHES: &str = "query($where: OrderChangeWhereInput) { orderChangeRequests(where: $where, first: 50) { nodes {
    id kind wish { configuration { id } store { id } deliveryStore { id } until refund { minorUnits } ground fulfillmentMode } } } }";

#[tokio::test]
async fn a_request_says_what_is_wished_and_is_found_by_its_id() {
    let server = Server::start().await;
    let node = "query($id: ID!) { node(id: $id) { __typename id } }";
    let other = customer::Entity::find().filter(customer::Column::Id.ne(server.demo.customer));
    let other: CustomerId = other.one(server.db().conn()).await.unwrap().unwrap().id;
    for kind in [ChangeKind::Reconfigure, ChangeKind::StoreChange, ChangeKind::DeliveryDefer] {
        let id = stage(&server, "LOCKED").await;
        let change = wish(&server, kind, id).await;
        let asked = ask(&server.customer(), &server, id, &change).await;
        assert_eq!(asked["userErrors"], json!([]), "{kind}: {asked}");
        let mut wanted = json!({ "configuration": null, "store": null, "deliveryStore": null, "until": null,
            "refund": null, "ground": null, "fulfillmentMode": null });
        match kind {
            ChangeKind::Reconfigure => {
                wanted["configuration"] = json!({ "id": change["reconfigure"]["configurationId"] });
            }
            ChangeKind::StoreChange => {
                wanted["store"] = json!({ "id": change["store"]["storeId"] });
                wanted["deliveryStore"] = json!({ "id": change["store"]["deliveryStoreId"] });
            }
            _ => wanted["until"] = change["defer"]["until"].clone(),
        }
        let own = |all: &Value| {
            let nodes = all["orderChangeRequests"]["nodes"].as_array().unwrap().clone();
            nodes.into_iter().find(|one| one["id"] == asked["changeRequest"]["id"])
        };
        // An operator sees it wherever the order went.
        for client in [server.customer(), server.operator()] {
            let found = own(&client.data(WISHES, json!({})).await).expect("the request");
            assert_eq!(found["wish"], wanted, "{kind}");
            let by_id = client.data(node, json!({ "id": found["id"] })).await;
            assert_eq!(by_id["node"], json!({ "__typename": "ChangeRequest", "id": found["id"] }));
        }
        let strange = server.customer_with(other).data(node, json!({ "id": asked["changeRequest"]["id"] })).await;
        assert_eq!(strange["node"], json!(null));
    }
}
