//! What production leaves out.

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use sea_orm::{EntityTrait, PaginatorTrait};
use serde_json::{Value, json};

use super::keys::ed25519;
use crate::harness::{Server, Setup, TempDir};

/// A production server whose issuer's keys are in a file.
pub fn setup(keys: &str) -> Setup {
    let mut setup = Server::setup();
    for (name, value) in [
        ("MILEPOST_MODE", "production"),
        ("MILEPOST_AUTH__JWKS_FILE", keys),
        ("MILEPOST_VAULT__CURRENT", "k1"),
        ("MILEPOST_VAULT__KEYS__K1", "1111111111111111111111111111111111111111111111111111111111111111"),
        ("MILEPOST_CLIENTS__DEFAULT__DOCUMENTS", "any"),
        ("MILEPOST_VAULT__BLIND_KEY", "2222222222222222222222222222222222222222222222222222222222222222"),
    ] {
        setup = setup.setting(name, value);
    }
    setup
}

fn keys(folder: &TempDir) -> String {
    let pair = Ed25519KeyPair::generate().unwrap();
    let file = folder.path().join("keys.json");
    std::fs::write(&file, json!({ "keys": [ed25519("k", pair.public_key().as_ref())] }).to_string()).unwrap();
    file.to_str().unwrap().to_owned()
}

#[tokio::test]
async fn an_empty_database_gets_tables_and_no_demo_data() {
    let folder = TempDir::new();
    let server = setup(&keys(&folder)).empty().start().await;
    assert_eq!(entity::place::store::Entity::find().count(server.db().conn()).await.unwrap(), 0);
    assert_eq!(server.anonymous().data("{ cities { code } }", json!({})).await["cities"], json!([]));
}

#[tokio::test]
async fn a_development_token_does_not_count() {
    let folder = TempDir::new();
    let server = setup(&keys(&folder)).start().await;
    let answer = server.operator().query("{ __typename }", json!({})).await;
    assert_eq!((answer.status, answer.code()), (401, Some("UNAUTHENTICATED")));
}

#[tokio::test]
async fn there_are_no_pages() {
    let folder = TempDir::new();
    let server = setup(&keys(&folder)).start().await;
    for path in ["/", "/graphiql/index.html", "/graphiql/examples.json", "/demo/mobile/", "/demo/session.json"] {
        let response = server.http().get(format!("{}{path}", server.url())).send().await.unwrap();
        assert_eq!(response.status(), 404, "{path}");
    }
}

#[tokio::test]
async fn the_schema_is_not_told() {
    let folder = TempDir::new();
    let server = setup(&keys(&folder)).start().await;
    for document in ["{ __schema { types { name } } }", r#"{ __type(name: "Customer") { fields { name } } }"#] {
        let answer = server.anonymous().query(document, json!({})).await;
        let told = [&answer.data["__schema"], &answer.data["__type"]].into_iter().any(|part| *part != Value::Null);
        assert!(!told, "{:#}", answer.json);
    }
    // Nor by the way of a wrong guess.
    let answer = server.anonymous().query("{ custome { id } }", json!({})).await;
    assert!(!answer.json.to_string().contains("Did you mean"), "{:#}", answer.json);
}
