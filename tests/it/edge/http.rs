//! GraphQL over HTTP.

use serde_json::json;

use crate::harness::Server;

#[tokio::test]
async fn a_query_is_answered() {
    let server = Server::start().await;
    let answer = server.anonymous().query("{ __typename }", json!({})).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.data["__typename"], "Query");
}
