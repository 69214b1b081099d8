//! `customerLookup`.

use serde_json::{Value, json};

use super::{known_as, newcomer};
use crate::harness::Server;

const LOOKUP: &str = "query($phone: CnMobile!) { customerLookup(phone: $phone) { id phone realName } }";

#[tokio::test]
async fn staff_find_their_customers_masked_and_nothing_else() {
    let server = Server::start().await;
    let demo = server.demo;
    known_as(&server, demo.customer, "+8613800001234").await;
    let stranger = newcomer(&server, "T1").await;
    known_as(&server, stranger, "+8613900005678").await;

    for phone in ["13800001234", "+86 138-0000-1234"] {
        let found = server.consultant().data(LOOKUP, json!({ "phone": phone })).await["customerLookup"].clone();
        assert_eq!(found, json!({ "id": demo.customer.to_string(), "phone": "138****1234", "realName": "张**" }));
    }
    let hidden = server.consultant().query(LOOKUP, json!({ "phone": "13900005678" })).await;
    let absent = server.consultant().query(LOOKUP, json!({ "phone": "13700000000" })).await;
    assert_eq!(hidden.data, json!({ "customerLookup": Value::Null }));
    assert_eq!((hidden.data, hidden.errors), (absent.data, absent.errors));
    let found = server.operator().data(LOOKUP, json!({ "phone": "13900005678" })).await;
    assert_eq!(found["customerLookup"]["id"], stranger.to_string());
}

#[tokio::test]
async fn only_staff_look_up_and_only_numbers() {
    let server = Server::start().await;
    let phone = json!({ "phone": "13800001234" });
    assert_eq!(server.anonymous().code(LOOKUP, phone.clone()).await, "UNAUTHENTICATED");
    assert_eq!(server.customer().code(LOOKUP, phone.clone()).await, "FORBIDDEN");
    assert_eq!(server.system().code(LOOKUP, phone).await, "FORBIDDEN");
    let answer = server.consultant().query(LOOKUP, json!({ "phone": "021-5888" })).await;
    assert_eq!(answer.code(), Some("BAD_USER_INPUT"));
    assert_eq!(answer.errors[0]["extensions"]["argument"], "phone");
    assert!(!answer.json.to_string().contains("5888"));
}
