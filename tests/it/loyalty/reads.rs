//! What is read, and by whom.

use milepost::access::ViewerKind;
use serde_json::{Value, json};

use super::{active, member};
use crate::harness::Server;

const ACCOUNT: &str = "query($id: ID) { loyaltyAccount(customerId: $id) { id balance customer { id } } }";
const ENTRIES: &str = "query($id: ID, $first: Int!, $after: String) {
    pointsEntries(customerId: $id, first: $first, after: $after) {
      nodes { id balanceAfter } pageInfo { hasNextPage endCursor } totalCount { value } } }";

#[tokio::test]
async fn an_account_is_for_its_owner_the_stores_staff_and_operators() {
    let server = Server::start().await;
    let demo = server.demo;
    let (stranger, _) = member(&server, &[active(10, None)], 0).await;
    let own = server.customer().data(ACCOUNT, json!({})).await["loyaltyAccount"].clone();
    assert_eq!(own["customer"]["id"], demo.customer.to_string());
    for (who, client, sees_demo, sees_stranger) in [
        ("owner", server.customer(), true, false),
        ("stranger", server.customer_with(stranger), false, true),
        ("consultant", server.consultant(), true, false),
        ("manager", server.manager(), true, false),
        ("operator", server.operator(), true, true),
    ] {
        for (id, sees) in [(demo.customer, sees_demo), (stranger, sees_stranger)] {
            let found = client.data(ACCOUNT, json!({ "id": id.to_string() })).await["loyaltyAccount"].clone();
            assert_eq!(found != Value::Null, sees, "{who} of {id}");
            let entries = client.data(ENTRIES, json!({ "id": id.to_string(), "first": 1 })).await;
            if !sees {
                assert_eq!(entries["pointsEntries"]["totalCount"]["value"], 0, "{who} of {id}");
            }
        }
        let node = client.data("query($id: ID!) { node(id: $id) { id } }", json!({ "id": own["id"] })).await;
        assert_eq!(node["node"] != Value::Null, sees_demo, "{who} by node");
    }
    assert_eq!(server.anonymous().code(ACCOUNT, json!({})).await, "UNAUTHENTICATED");
    assert_eq!(server.system().code(ACCOUNT, json!({ "id": demo.customer.to_string() })).await, "FORBIDDEN");
    assert_eq!(server.operator().code(ACCOUNT, json!({})).await, "BAD_USER_INPUT");
    assert_eq!(server.operator().code(ACCOUNT, json!({ "id": "ord_1" })).await, "BAD_USER_INPUT");
    let other_store = ViewerKind::Staff { id: demo.consultant, store: entity::StoreId::generate(), manager: true };
    let found = server.client(other_store, &[]).data(ACCOUNT, json!({ "id": demo.customer.to_string() })).await;
    assert_eq!(found["loyaltyAccount"], Value::Null);
}

#[tokio::test]
async fn the_ledger_is_paged_newest_first() {
    let server = Server::start().await;
    let customer = server.customer();
    let whole = customer.data(ENTRIES, json!({ "first": 100 })).await["pointsEntries"].clone();
    let whole: Vec<Value> = whole["nodes"].as_array().expect("lines").clone();
    assert!(whole.len() >= 3);
    let account = customer.data(ACCOUNT, json!({})).await["loyaltyAccount"].clone();
    assert_eq!(whole[0]["balanceAfter"], account["balance"]);
    let (mut paged, mut after) = (Vec::new(), Value::Null);
    loop {
        let page = customer.data(ENTRIES, json!({ "first": 2, "after": after })).await["pointsEntries"].clone();
        paged.extend(page["nodes"].as_array().expect("lines").clone());
        if page["pageInfo"]["hasNextPage"] == false {
            break;
        }
        after = page["pageInfo"]["endCursor"].clone();
    }
    assert_eq!(paged, whole);
    for first in [0, 101] {
        assert_eq!(customer.code(ENTRIES, json!({ "first": first })).await, "BAD_USER_INPUT");
        let nested = "query($first: Int!) { me { loyalty { entries(first: $first) { id } } } }";
        assert_eq!(customer.code(nested, json!({ "first": first })).await, "BAD_USER_INPUT");
    }
}

#[tokio::test]
async fn tiers_and_items_are_open_to_everybody_in_their_language() {
    let server = Server::start().await;
    let document = "{ tiers { id code level threshold name } redemptionItems { id code name costPoints available } }";
    let english = server.anonymous().data(document, json!({})).await;
    let chinese = server.anonymous().language("zh-CN").data(document, json!({})).await;
    let levels: Vec<i64> =
        english["tiers"].as_array().expect("tiers").iter().filter_map(|t| t["threshold"].as_i64()).collect();
    assert_eq!(levels, [0, 1000, 5000, 20_000, 60_000]);
    assert!(english["redemptionItems"].as_array().is_some_and(|items| items.len() >= 5));
    for list in ["tiers", "redemptionItems"] {
        assert_eq!(english[list][0]["id"], chinese[list][0]["id"]);
        assert_ne!(english[list][0]["name"], chinese[list][0]["name"]);
    }
    let item = &english["redemptionItems"][0]["id"];
    let node = server.anonymous().data("query($id: ID!) { node(id: $id) { id } }", json!({ "id": item })).await;
    assert_eq!(&node["node"]["id"], item);
}
