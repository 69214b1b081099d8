//! How many statements the screens of the bench take, whatever they hold. On PostgreSQL the rows that name a row come along
//! with its statement; on SQLite they are one statement more.

use sea_orm::DbBackend;
use serde_json::json;

use crate::harness::Server;

#[tokio::test]
async fn a_screen_takes_few_statements() {
    let server = Server::start().await;
    let order = json!({ "id": server.demo.order.to_string() });
    let near = json!({ "latitude": 31.2, "longitude": 121.4 });
    let (customer, consultant) = (server.customer(), server.consultant());
    for (name, document, client, variables, most) in [
        ("tracking", include_str!("../../bench/documents/order-tracking.graphql"), &customer, order, (1, 2)),
        (
            "board",
            include_str!("../../bench/documents/order-board.graphql"),
            &consultant,
            json!({ "first": 50 }),
            (2, 3),
        ),
        (
            "inventory",
            include_str!("../../bench/documents/inventory-page.graphql"),
            &consultant,
            json!({ "first": 50, "near": near }),
            (3, 3),
        ),
        (
            "leads",
            include_str!("../../bench/documents/lead-queue.graphql"),
            &consultant,
            json!({ "first": 50 }),
            (1, 1),
        ),
    ] {
        let statements = server.count_statements(client.data(document, variables)).await;
        let most = if server.db().backend() == DbBackend::Postgres { most.0 } else { most.1 };
        assert!(statements <= most, "{name}: {statements} statements");
    }
}
