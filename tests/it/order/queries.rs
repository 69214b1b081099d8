//! Who sees which orders, how lists are cut, and how many statements it takes.

use std::collections::BTreeSet;

use entity::order::{milestone, order, payment};
use entity::{MilestoneCode, MilestoneState, OrderStatus};
use milepost::access::{Scope, ViewerKind};
use sea_orm::sea_query::Condition;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder};
use serde_json::{Value, json};

use super::{order_row, other_store, staff_of};
use crate::harness::{Client, Server};

const EVERYTHING: &str = "fragment Everything on Order {
    id number status paymentStatus salesModel fulfillmentMode optionCodes buyerName
    customer { id displayName phone } consultant { id name }
    store { id name city { code name } services } deliveryStore { id name city { code } services }
    trim { id } configuration { id } city { code name } vehicle { id vin }
    milestones { id code track title state plannedAt forecast { p50 p90 } actualAt responsibleParty note }
    currentOwnerParty
    eta { earliest likely latest confidence asOf promisedBy pausedBy
        revisions { earliest likely latest confidence reason publishedAt } }
    timeline { id kind fromStatus toStatus milestone actor note occurredAt }
    payments { id purpose method state amount { amount } refunded { minorUnits } providerReference capturedAt createdAt }
    priceBreakdown { lines { kind code label amount { amount } } msrp { minorUnits } options { minorUnits }
        discounts { minorUnits } taxes { minorUnits } fees { minorUnits } incentives { minorUnits }
        payable { minorUnits } }
    total { amount minorUnits currencyCode } paid { minorUnits } allowedActions
    placedAt contractStartedAt lockDeadline deliveredAt hasOpenChangeRequest cancelReason createdAt updatedAt version
}";

const LIST: &str = "query($where: OrderWhereInput, $orderBy: OrderSort, $first: Int!, $after: String) {
    orders(where: $where, orderBy: $orderBy, first: $first, after: $after) {
        nodes { id number status } pageInfo { hasNextPage endCursor } totalCount { value precision } } }";

/// Ids of all orders that a caller lists, page by page.
async fn listed(client: &Client, variables: Value) -> Vec<String> {
    let (mut ids, mut after) = (Vec::new(), Value::Null);
    loop {
        let mut variables = variables.clone();
        variables["first"] = json!(7);
        variables["after"] = after;
        let data = client.data(LIST, variables).await;
        let list = &data["orders"];
        ids.extend(list["nodes"].as_array().unwrap().iter().map(|node| node["id"].as_str().unwrap().to_owned()));
        if list["pageInfo"]["hasNextPage"] == false {
            assert_eq!(list["totalCount"], json!({ "value": ids.len(), "precision": "EXACT" }));
            return ids;
        }
        after = list["pageInfo"]["endCursor"].clone();
    }
}

async fn stored(server: &Server, condition: Condition) -> BTreeSet<String> {
    let rows = order::Entity::find().filter(condition).all(server.db().conn()).await.unwrap();
    rows.into_iter().map(|row| row.id.to_string()).collect()
}

/// What may be asked of an order whose car is on its way.
const CHANGES: [&str; 6] = [
    "REQUEST_CANCELLATION",
    "REQUEST_RECONFIGURATION",
    "REQUEST_BUYER_CHANGE",
    "REQUEST_STORE_CHANGE",
    "REQUEST_DELIVERY_DEFER",
    "REQUEST_REFUND",
];

#[tokio::test]
async fn each_caller_lists_its_orders_and_no_other() {
    let server = Server::start().await;
    let demo = server.demo;
    let of_customer = Condition::all().add(order::Column::CustomerId.eq(demo.customer));
    let of_store =
        Condition::any().add(order::Column::StoreId.eq(demo.store)).add(order::Column::DeliveryStoreId.eq(demo.store));
    for (client, condition) in [
        (server.customer(), of_customer),
        (server.consultant(), of_store.clone()),
        (server.manager(), of_store),
        (server.operator(), Condition::all()),
    ] {
        let ids = listed(&client, json!({})).await;
        let distinct: BTreeSet<String> = ids.iter().cloned().collect();
        assert_eq!(distinct.len(), ids.len(), "each order once");
        assert_eq!(distinct, stored(&server, condition).await);
        assert!(!distinct.is_empty());
    }
    assert_eq!(server.anonymous().code(LIST, json!({ "first": 1 })).await, "UNAUTHENTICATED");
    assert_eq!(server.system().code(LIST, json!({ "first": 1 })).await, "FORBIDDEN");
}

#[tokio::test]
async fn what_is_hidden_is_as_absent_by_every_way_in() {
    let server = Server::start().await;
    let order = order_row(&server, server.demo.order).await;
    let db = server.db().conn();
    let own = milestone::Entity::find().filter(milestone::Column::OrderId.eq(order.id)).one(db).await.unwrap().unwrap();
    let paid = payment::Entity::find().filter(payment::Column::OrderId.eq(order.id)).one(db).await.unwrap().unwrap();
    let ask =
        "query($id: ID!, $number: String!, $ids: [ID!]!) { order(id: $id) { id } orderByNumber(number: $number) { id }
        nodes(ids: $ids) { __typename id } }";
    let variables = json!({ "id": order.id.to_string(), "number": order.number.to_lowercase(),
        "ids": [order.id.to_string(), own.id.to_string(), paid.id.to_string()] });
    let stranger = order::Entity::find().filter(order::Column::CustomerId.ne(order.customer_id)).one(db).await.unwrap();
    let outsider = staff_of(&server, other_store(&server, &order).await).await;
    for client in [server.anonymous(), server.system(), server.customer_with(stranger.unwrap().customer_id), outsider] {
        let data = client.data(ask, variables.clone()).await;
        assert_eq!(data, json!({ "order": null, "orderByNumber": null, "nodes": [null, null, null] }));
    }
    for client in [server.customer(), server.consultant(), server.operator()] {
        let data = client.data(ask, variables.clone()).await;
        assert_eq!(data["order"]["id"], order.id.to_string());
        assert_eq!(data["orderByNumber"]["id"], order.id.to_string());
        let kinds: Vec<_> = data["nodes"].as_array().unwrap().iter().map(|node| node["__typename"].clone()).collect();
        assert_eq!(kinds, ["Order", "Milestone", "Payment"]);
    }
    assert_eq!(server.operator().code("{ order(id: \"sto_1\") { id } }", json!({})).await, "BAD_USER_INPUT");
}

#[tokio::test]
async fn filters_go_into_the_statement() {
    let server = Server::start().await;
    let operator = server.operator();
    let demo = order_row(&server, server.demo.order).await;
    let status = |status| order::Column::Status.eq(status);
    let cases = [
        (json!({ "ids": [demo.id.to_string()] }), Condition::all().add(order::Column::Id.eq(demo.id))),
        (json!({ "number": demo.number }), Condition::all().add(order::Column::Id.eq(demo.id))),
        (
            json!({ "status": ["PLACED", "LOCKED"] }),
            Condition::any().add(status(OrderStatus::Placed)).add(status(OrderStatus::Locked)),
        ),
        (
            json!({ "paymentStatus": ["NONE"] }),
            Condition::all().add(order::Column::PaymentStatus.eq(entity::OrderPaymentStatus::None)),
        ),
        (json!({ "cityCode": demo.city_code }), Condition::all().add(order::Column::CityCode.eq(&demo.city_code))),
        (
            json!({ "customerId": demo.customer_id.to_string() }),
            Condition::all().add(order::Column::CustomerId.eq(demo.customer_id)),
        ),
        (
            json!({ "placedFrom": demo.placed_at, "placedBefore": demo.placed_at.unwrap() + chrono::Duration::days(30) }),
            Condition::all()
                .add(order::Column::PlacedAt.gte(demo.placed_at))
                .add(order::Column::PlacedAt.lt(demo.placed_at.unwrap() + chrono::Duration::days(30))),
        ),
        (
            json!({ "OR": [{ "status": ["DRAFT"] }, { "AND": [{ "status": ["CANCELLED"] }, { "cityCode": demo.city_code }] }] }),
            Condition::any().add(status(OrderStatus::Draft)).add(
                Condition::all().add(status(OrderStatus::Cancelled)).add(order::Column::CityCode.eq(&demo.city_code)),
            ),
        ),
    ];
    for (filter, condition) in cases {
        let ids: BTreeSet<String> = listed(&operator, json!({ "where": filter })).await.into_iter().collect();
        assert_eq!(ids, stored(&server, condition).await, "{filter}");
    }
    let shipped = milestone::Entity::find()
        .filter(milestone::Column::Code.eq(MilestoneCode::Shipped))
        .filter(milestone::Column::State.eq(MilestoneState::Done))
        .all(server.db().conn())
        .await
        .unwrap();
    let filter = json!({ "milestone": { "code": "SHIPPED", "state": "DONE" } });
    let ids: BTreeSet<String> = listed(&operator, json!({ "where": filter })).await.into_iter().collect();
    assert_eq!(ids, shipped.into_iter().map(|row| row.order_id.to_string()).collect());

    let answer = operator.query(LIST, json!({ "first": 1, "where": { "storeId": "nonsense" } })).await;
    assert_eq!(answer.code(), Some("BAD_USER_INPUT"));
    assert_eq!(answer.errors[0]["extensions"]["argument"], "where.storeId");
}

#[tokio::test]
async fn lists_are_sorted_as_asked() {
    let server = Server::start().await;
    let rows = order::Entity::find()
        .order_by_asc(order::Column::Number)
        .order_by_asc(order::Column::Id)
        .all(server.db().conn())
        .await
        .unwrap();
    let by_number: Vec<String> = rows.iter().map(|row| row.id.to_string()).collect();
    let sorted = |field: &str, direction: &str| json!({ "orderBy": { "field": field, "direction": direction } });
    assert_eq!(listed(&server.operator(), sorted("NUMBER", "ASC")).await, by_number);
    let reversed: Vec<String> = by_number.into_iter().rev().collect();
    assert_eq!(listed(&server.operator(), sorted("NUMBER", "DESC")).await, reversed);
    assert_eq!(
        listed(&server.operator(), json!({})).await,
        listed(&server.operator(), sorted("CREATED_AT", "DESC")).await
    );
}

#[tokio::test]
async fn an_order_with_everything() {
    let server = Server::start().await;
    let ask = format!("query($id: ID!) {{ order(id: $id) {{ ...Everything }} }} {EVERYTHING}");
    let variables = json!({ "id": server.demo.order.to_string() });
    let owner = server.customer().data(&ask, variables.clone()).await["order"].clone();
    let row = order_row(&server, server.demo.order).await;
    assert_eq!(owner["number"], row.number);
    assert_eq!(owner["status"], "IN_FULFILLMENT");
    assert_eq!(owner["customer"]["id"], server.demo.customer.to_string());
    assert_eq!(owner["store"]["id"], server.demo.store.to_string());
    assert_eq!(owner["consultant"]["id"], server.demo.consultant.to_string());
    assert_eq!(owner["vehicle"]["vin"].as_str().map(str::len), Some(17), "one's own car is shown with its number");
    assert_eq!(owner["milestones"].as_array().unwrap().len(), MilestoneCode::ALL.len());
    assert_eq!(super::state_of(&owner, "SHIPPED"), "DONE");
    assert_eq!(owner["priceBreakdown"]["payable"]["minorUnits"], row.total_minor);
    assert_eq!(owner["total"]["minorUnits"], row.total_minor);
    assert_eq!(owner["eta"]["likely"], row.eta_likely.unwrap().to_string());
    assert!(!owner["eta"]["revisions"].as_array().unwrap().is_empty());
    assert!(owner["timeline"].as_array().unwrap().iter().all(|event| event["actor"].is_null()));
    assert_eq!(owner["allowedActions"], json!(CHANGES));
    let sums: i64 = ["msrp", "options", "discounts", "taxes", "fees", "incentives"]
        .iter()
        .map(|part| owner["priceBreakdown"][part]["minorUnits"].as_i64().unwrap())
        .sum();
    assert_eq!(sums, row.total_minor);

    let staff = server.consultant().data(&ask, variables.clone()).await["order"].clone();
    assert!(staff["timeline"].as_array().unwrap().iter().all(|event| event["actor"].is_string()));
    assert_eq!(staff["allowedActions"], json!([&CHANGES[..1], &["RECORD_MILESTONE"], &CHANGES[1..]].concat()));
    let name = owner["buyerName"].as_str().unwrap();
    assert!(staff["buyerName"].as_str().unwrap().contains('*') && !name.contains('*'));
    let reader = server.client(ViewerKind::Operator(server.demo.operator), &[Scope::PiiRead]);
    assert_eq!(reader.data(&ask, variables).await["order"]["buyerName"], name);
}

#[tokio::test]
async fn titles_come_in_the_language_of_the_request() {
    let server = Server::start().await;
    let ask = "query($id: ID!) { order(id: $id) { milestones { title } priceBreakdown { lines { label } } } }";
    let variables = json!({ "id": server.demo.order.to_string() });
    let english = server.customer().data(ask, variables.clone()).await;
    let chinese = server.customer().language("zh-CN").data(ask, variables).await;
    assert_eq!(english["order"]["milestones"][0]["title"], "Ordered");
    assert_eq!(chinese["order"]["milestones"][0]["title"], "已下定");
    assert_ne!(english["order"]["priceBreakdown"], chinese["order"]["priceBreakdown"]);
}

/// Statements do not grow with rows: one for the page, one for each kind of thing selected.
#[tokio::test]
async fn fifty_orders_take_as_many_statements_as_half_of_them() {
    let server = Server::start().await;
    assert!(order::Entity::find().count(server.db().conn()).await.unwrap() >= 50);
    // Oldest first, so that each kind of thing is there in the first half.
    let ask = format!(
        "query($first: Int!) {{ orders(first: $first, orderBy: {{ field: NUMBER, direction: ASC }}) {{
            nodes {{ ...Everything }} }} }} {EVERYTHING}"
    );
    let mut counts = Vec::new();
    for client in [server.operator(), server.customer()] {
        let few = server.count_statements(client.data(&ask, json!({ "first": 25 }))).await;
        let (data, many) = server.counted(client.data(&ask, json!({ "first": 50 }))).await;
        // A relation met at two depths takes a second statement only when the first did not bring all of its rows.
        assert!(
            many.abs_diff(few) <= 1,
            "{few}, {many} for {} rows",
            data["orders"]["nodes"].as_array().unwrap().len()
        );
        counts.push(many);
    }
    let one = format!("query($id: ID!) {{ order(id: $id) {{ ...Everything }} }} {EVERYTHING}");
    let variables = json!({ "id": server.demo.order.to_string() });
    let single = server.count_statements(server.operator().data(&one, variables)).await;
    // Page; milestones, history, payments, lines, revisions; customer, consultant; stores, their services and cities;
    // trim, configuration, car.
    assert!(single <= 16, "{single} statements for one order");
    assert!(counts[0] <= 16, "{} statements for a list", counts[0]);
}
