//! Operations that change while the server runs.

use std::path::PathBuf;
use std::time::Duration;

use milepost::trusted::normal;
use reqwest::Method;
use reqwest::header::ACCEPT;
use serde_json::json;

use super::{BOARD, CITIES, FOLLOW, folder, post, setup, write};
use crate::harness::Stream;

const NEW: &str = "query Models { vehicleModels { id } }";

#[tokio::test]
async fn a_new_operation_is_there_and_no_stream_ends() {
    let folder = folder();
    let server = setup(&folder).start().await;
    let request = server
        .customer()
        .request(Method::POST, "/graphql")
        .header(ACCEPT, "text/event-stream")
        .header("graphql-client-name", "mobile")
        .json(&json!({ "documentId": normal::id(FOLLOW), "variables": { "id": server.demo.order } }));
    let mut stream = Stream::of_events(request.send().await.unwrap());
    stream.data().await;

    let body = json!({ "documentId": normal::id(NEW) });
    assert_eq!(post(&server.anonymous(), "mobile", body.clone()).await.status, 404);
    write(folder.path(), "mobile/models.graphql", NEW);
    // Not even when its own document is gone.
    std::fs::remove_file(folder.path().join("mobile/follow.graphql")).unwrap();
    let mut tries = 0;
    while post(&server.anonymous(), "mobile", body.clone()).await.status != 200 {
        tries += 1;
        assert!(tries < 100, "the new operation was not taken up");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert!(stream.is_quiet(Duration::from_millis(300)).await, "the stream says something, or is over");
    let gone = json!({ "documentId": normal::id(FOLLOW), "variables": { "id": server.demo.order } });
    assert_eq!(post(&server.customer(), "mobile", gone).await.status, 404);
}

#[tokio::test]
async fn where_an_operation_is_wrong_those_of_before_go_on() {
    let folder = folder();
    let server = setup(&folder).start().await;
    let trusted = &server.running().trusted;
    write(folder.path(), "mobile/models.graphql", NEW);
    write(folder.path(), "partner/board.graphql", "query Board { nonsense }");
    let problems = trusted.reload(false).await.unwrap_err();
    assert_eq!(problems.len(), 1, "{problems:?}");
    let said = problems[0].to_string();
    assert!(said.contains("partner/board.graphql: 1:15: ") && said.contains("nonsense"), "{said}");
    let board = json!({ "documentId": normal::id(BOARD) });
    assert_eq!(post(&server.consultant(), "partner", board).await.status, 200);
    let new = json!({ "documentId": normal::id(NEW) });
    assert_eq!(post(&server.anonymous(), "mobile", new.clone()).await.status, 404);

    // Nor is a folder believed that lacks a whole app.
    std::fs::rename(folder.path().join("partner"), folder.path().join(".partner")).unwrap();
    let problems = trusted.reload(false).await.unwrap_err();
    assert!(problems[0].to_string().contains("partner: has no operations any more"), "{problems:?}");
    std::fs::rename(folder.path().join(".partner"), folder.path().join("partner")).unwrap();

    write(folder.path(), "partner/board.graphql", BOARD);
    assert_eq!(trusted.reload(false).await, Ok(4));
    assert_eq!(post(&server.anonymous(), "mobile", new).await.status, 200);
}

#[tokio::test]
async fn a_folder_that_is_not_there_has_no_operations() {
    let folder = folder();
    let nowhere: PathBuf = folder.path().join("nowhere");
    let server = setup(&folder).setting("MILEPOST_OPERATIONS__FOLDER", nowhere.to_str().unwrap()).start().await;
    let body = json!({ "documentId": normal::id(CITIES) });
    assert_eq!(post(&server.anonymous(), "mobile", body).await.status, 404);
}
