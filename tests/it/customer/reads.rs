//! What is read, and by whom.

use milepost::access::{Scope, ViewerKind};
use serde_json::{Value, json};

use super::{known_as, newcomer};
use crate::harness::Server;

#[tokio::test]
async fn me_has_profile_points_and_orders() {
    let server = Server::start().await;
    let me = server
        .customer()
        .data(
            "{ me { id number displayName profileCompleteness { percent missing } birthMonth preferredLocale updatedAt
                 homeCityCode homeCity { code } identities { id provider verifiedAt } orders { id }
                 loyalty { id balance pending debt growth version customer { id }
                   tier { current { code } next { code } pointsToNext percentToNext growthToStay since expiresAt }
                   entries(first: 5) { kind points balanceAfter reason occurredAt }
                   lots { remaining state expiresAt } nextExpiry { points at } } } }",
            json!({}),
        )
        .await["me"]
        .clone();
    assert_eq!(me["id"], server.demo.customer.to_string());
    assert_eq!(me["homeCityCode"], me["homeCity"]["code"]);
    let missing = me["profileCompleteness"]["missing"].as_array().expect("a list").len() as i64;
    assert_eq!(me["profileCompleteness"]["percent"], 100 * (7 - missing) / 7);
    assert!(me["identities"].as_array().is_some_and(|known| known.iter().any(|one| one["provider"] == "PHONE")));
    assert!(me["orders"].as_array().is_some_and(|o| o.iter().any(|o| o["id"] == server.demo.order.to_string())));

    let loyalty = &me["loyalty"];
    assert_eq!(loyalty["customer"]["id"], me["id"]);
    let lots = loyalty["lots"].as_array().expect("lots");
    assert!(lots.len() >= 3);
    assert_eq!(lots.iter().map(|lot| lot["remaining"].as_i64().expect("points")).sum::<i64>(), loyalty["balance"]);
    let ends: Vec<&str> = lots.iter().filter_map(|lot| lot["expiresAt"].as_str()).collect();
    assert!(ends.is_sorted());
    assert_eq!(loyalty["nextExpiry"]["at"], ends[0]);
    assert_eq!(loyalty["entries"][0]["balanceAfter"], loyalty["balance"]);
    assert!(loyalty["tier"]["current"]["code"].is_string());
}

const PERSONAL: &str = "query($id: ID!) { customer(id: $id) { realName phone email address } }";

#[tokio::test]
async fn personal_data_is_clear_to_its_owner_and_the_scope_and_masked_to_others() {
    let server = Server::start().await;
    let demo = server.demo;
    known_as(&server, demo.customer, "+8613800001234").await;
    let stranger = newcomer(&server, "T1").await;
    let clear = json!({
        "realName": "张三丰", "phone": "+8613800001234", "email": "zhang.san@example.com",
        "address": "上海市浦东新区世纪大道100号",
    });
    let masked = json!({
        "realName": "张**", "phone": "138****1234", "email": "z****@example.com", "address": "上海市浦东新区****",
    });
    let staff = ViewerKind::Staff { id: demo.consultant, store: demo.store, manager: false };
    let operator = ViewerKind::Operator(demo.operator);
    let pii = [Scope::PiiRead];
    for (who, client, seen) in [
        ("owner", server.customer(), clear.clone()),
        ("consultant", server.consultant(), masked.clone()),
        ("manager", server.manager(), masked.clone()),
        ("operator", server.operator(), masked),
        ("consultant with the scope", server.client(staff, &pii), clear.clone()),
        ("operator with the scope", server.client(operator, &pii), clear),
        ("stranger", server.customer_with(stranger), Value::Null),
        ("anonymous", server.anonymous(), Value::Null),
        ("system", server.system(), Value::Null),
    ] {
        let found = client.data(PERSONAL, json!({ "id": demo.customer.to_string() })).await;
        assert_eq!(found["customer"], seen, "to {who}");
    }
}

#[tokio::test]
async fn the_scope_shows_no_customer_of_another_store() {
    let server = Server::start().await;
    let stranger = newcomer(&server, "T1").await;
    let staff = ViewerKind::Staff { id: server.demo.consultant, store: server.demo.store, manager: true };
    let found = server.client(staff, &[Scope::PiiRead]).data(PERSONAL, json!({ "id": stranger.to_string() })).await;
    assert_eq!(found["customer"], Value::Null);
}

#[tokio::test]
async fn statements_do_not_grow_with_the_customers() {
    let server = Server::start().await;
    let document = "query($first: Int!) { customers(first: $first) { nodes {
        id homeCity { name } preferredStore { name } dedicatedPartner { role }
        consents { purpose } identities { provider } orders { id }
        loyalty { balance growth tier { current { code } } lots { remaining } nextExpiry { points }
          few: entries(first: 2) { points } entries(first: 7) { points } redemptions(first: 3) { points } } } } }";
    let operator = server.operator();
    // What the first request of a process does once is not counted.
    operator.data(document, json!({ "first": 1 })).await;
    let mut counts = Vec::new();
    for first in [25, 100] {
        let (data, count) = server.counted(operator.data(document, json!({ "first": first }))).await;
        let nodes = data["customers"]["nodes"].as_array().expect("customers");
        assert_eq!(nodes.len(), first);
        assert!(nodes.iter().all(|node| {
            let entries = |name: &str| node["loyalty"][name].as_array().map_or(0, Vec::len);
            entries("few") == entries("entries").min(2)
        }));
        counts.push(count);
    }
    assert_eq!(counts[0], counts[1], "of 25 and of 100 customers");
}
