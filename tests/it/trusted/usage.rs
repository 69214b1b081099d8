//! How often documents are asked for, and what that says of retiring them.

use entity::trusted::document_use;
use milepost::trusted::{manifest, normal};
use reqwest::Method;
use sea_orm::{ActiveModelTrait, ActiveValue, EntityTrait};
use serde_json::json;

use super::{BOARD, CITIES, FOLLOW, folder, program_beside, setup, write};
use crate::harness::{Answer, Client, Server, Socket, TempDir};

async fn ask(client: &Client, version: Option<&str>, document: &str) -> Answer {
    let mut request = client.request(Method::POST, "/graphql").header("graphql-client-name", "mobile");
    if let Some(version) = version {
        request = request.header("graphql-client-version", version);
    }
    Answer::of(request.json(&json!({ "documentId": normal::id(document) })).send().await.unwrap()).await
}

async fn rows(server: &Server) -> Vec<(String, String, String, i64)> {
    let mut rows: Vec<_> = document_use::Entity::find().all(server.db().conn()).await.unwrap();
    rows.sort_by(|one, other| (&one.document, &one.version).cmp(&(&other.document, &other.version)));
    rows.into_iter().map(|row| (row.client, row.document, row.version, row.uses)).collect()
}

#[tokio::test]
async fn each_use_counts_for_its_app_and_version() {
    let folder = folder();
    let server = setup(&folder).start().await;
    let usage = &server.running().usage;
    let today = server.app().clock.now().date_naive();
    let customer = server.customer();
    for version in [Some("3.2.1"), Some("3.2.1"), Some("4.0.0"), None, Some("what ever")] {
        assert_eq!(ask(&customer, version, CITIES).await.status, 200);
    }
    // What is unknown, or another app's, counts for nobody.
    assert_eq!(ask(&customer, Some("3.2.1"), BOARD).await.status, 404);
    let path = "/bff/mobile/cities";
    let plain = customer.request(Method::GET, path).header("apollographql-client-version", "4.0.0");
    assert_eq!(plain.send().await.unwrap().status(), 200);
    let mut socket = Socket::open(&server.url(), &[]).await;
    let named =
        json!({ "authorization": customer.authorization(), "client": { "name": "mobile", "version": "5.0.0" } });
    socket.send(json!({ "type": "connection_init", "payload": named })).await;
    assert_eq!(socket.json().await["type"], "connection_ack");
    let payload = json!({ "documentId": normal::id(FOLLOW), "variables": { "id": server.demo.order } });
    socket.send(json!({ "type": "subscribe", "id": "1", "payload": payload })).await;
    assert_eq!(socket.json().await["type"], "next");

    usage.write(server.db(), today).await.unwrap();
    let of =
        |document: &str, version: &str, uses| ("mobile".to_owned(), normal::id(document), version.to_owned(), uses);
    let mut wanted = vec![of(CITIES, "", 2), of(CITIES, "3.2.1", 2), of(CITIES, "4.0.0", 2), of(FOLLOW, "5.0.0", 1)];
    wanted.sort();
    assert_eq!(rows(&server).await, wanted);
    // More of the same adds up.
    ask(&customer, Some("3.2.1"), CITIES).await;
    usage.write(server.db(), today).await.unwrap();
    usage.write(server.db(), today).await.unwrap();
    assert!(rows(&server).await.contains(&of(CITIES, "3.2.1", 3)));
}

fn retire(server: &Server, folder: &TempDir, id: &str, days: &str) -> (bool, String) {
    let asked = ["operations", "retire", "mobile", id, "--folder", ".", "--days", days];
    let (right, said, wrong) = program_beside(server, folder.path(), &asked);
    (right, said + &wrong)
}

#[tokio::test]
async fn a_document_that_somebody_needs_is_not_retired() {
    let folder = folder();
    let old = "query Cities { cities { code name } }";
    let item = |body: &str, name: &str, kind: &str| manifest::Item {
        id: normal::id(body),
        name: name.into(),
        kind: kind.into(),
        body: normal::normal(body),
    };
    let items = vec![item(old, "Cities", "query"), item(CITIES, "Cities", "query")];
    write(folder.path(), "mobile/manifest.json", &manifest::write(items));
    let server = setup(&folder).start().await;
    let used = document_use::ActiveModel {
        client: ActiveValue::Set("mobile".into()),
        document: ActiveValue::Set(normal::id(old)),
        version: ActiveValue::Set("3.2.1".into()),
        day: ActiveValue::Set((server.app().clock.now() - chrono::Duration::days(20)).date_naive()),
        uses: ActiveValue::Set(1204),
    };
    used.insert(server.db().conn()).await.unwrap();
    let (done, said) = retire(&server, &folder, &normal::id(old)[..10], "30");
    assert!(!done && said.contains("Cities mobile version 3.2.1, 1204 times, last on "), "{said}");
    let (done, said) = retire(&server, &folder, &normal::id(CITIES), "30");
    assert!(!done && said.contains("is what mobile/cities.graphql holds"), "{said}");
    let (done, said) = retire(&server, &folder, "nonsense", "30");
    assert!(!done && said.contains("exactly one"), "{said}");

    let (done, said) = retire(&server, &folder, &normal::id(old)[..10], "10");
    assert!(done, "{said}");
    let text = std::fs::read_to_string(folder.path().join("mobile/manifest.json")).unwrap();
    let left: Vec<String> = manifest::read(&text).unwrap().into_iter().map(|item| item.id).collect();
    assert_eq!(left, [normal::id(CITIES)]);
    server.running().trusted.reload(false).await.unwrap();
    let answer = ask(&server.customer(), None, old).await;
    assert_eq!(answer.status, 404);
}
