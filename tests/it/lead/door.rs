//! The form as a browser sends it.

use entity::lead::touchpoint;
use sea_orm::{EntityTrait, PaginatorTrait};
use serde_json::json;

use crate::harness::Server;

#[tokio::test]
async fn a_form_without_a_login_arrives_once_however_often_it_is_sent() {
    let server = Server::start().await;
    let model = entity::catalog::model::Entity::find().one(server.db().conn()).await.unwrap().unwrap();
    let submit = "mutation($input: LeadSubmitInput!) { leadSubmit(input: $input) {
        receipt { reference accepted } lead { id } userErrors { code field } } }";
    let input = json!({ "idempotencyKey": "5a0f2d5e-6f0b-4c36-9d0c-8d2a4a1f3b77", "phone": "198 0000 0001",
        "modelId": model.id.to_string(), "cityCode": "310115", "channel": "WEB", "touchpoint": "home" });
    let count = async || touchpoint::Entity::find().count(server.db().conn()).await.unwrap();
    let before = count().await;

    let first = server.anonymous().query(submit, json!({ "input": input })).await;
    assert_eq!((first.status, first.data["leadSubmit"]["receipt"]["accepted"].as_bool()), (200, Some(true)));
    assert_eq!(
        (&first.data["leadSubmit"]["lead"], &first.data["leadSubmit"]["userErrors"]),
        (&json!(null), &json!([]))
    );
    assert_eq!(first.json["extensions"]["idempotency"], json!(null));
    let again = server.anonymous().query(submit, json!({ "input": input })).await;
    assert_eq!(again.data, first.data);
    assert_eq!(again.json["extensions"]["idempotency"], json!({ "replayed": true }));
    assert_eq!(count().await, before + 1);

    // The demo consultant's store has work; another's consultant would not see it.
    let tasks = "{ myFollowUps(first: 100, store: true) { nodes { id status store { id } lead { store { id } } } } }";
    let found = server.consultant().data(tasks, json!({})).await;
    let own = json!(server.demo.store.to_string());
    for task in found["myFollowUps"]["nodes"].as_array().unwrap() {
        assert_eq!((&task["status"], &task["store"]["id"], &task["lead"]["store"]["id"]), (&json!("OPEN"), &own, &own));
    }
}
