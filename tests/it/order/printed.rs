//! Contracts as files (C071), read as a person's viewer reads them.

use std::io::Write;
use std::process::{Command, Stdio};

use chrono::Duration;
use serde_json::{Value, json};

use super::contract::{generate, locked};
use crate::harness::Server;

const FILE: &str = "query($id: ID!) { contract(id: $id) {
    number document documentHash pdf { url expiresAt } clauses { text chosenText } orderSnapshot { buyerName lines { label } } } }";

/// What a viewer would show.
fn text_of(file: &[u8]) -> String {
    let mut reader = Command::new("pdftotext")
        .args(["-layout", "-", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("pdftotext, which scripts/services installs");
    reader.stdin.take().unwrap().write_all(file).unwrap();
    let read = reader.wait_with_output().unwrap();
    assert!(read.status.success());
    String::from_utf8(read.stdout).unwrap()
}

async fn get(server: &Server, path: &str) -> reqwest::Response {
    server.http().get(format!("{}{path}", server.url())).send().await.unwrap()
}

#[tokio::test]
async fn a_contract_is_a_file_for_who_may_read_it_and_for_a_while() {
    let server = Server::start().await;
    let id = locked(&server).await;
    let drawn = generate(&server.customer(), &server, id, json!([])).await["contract"].clone();
    let asked = json!({ "id": drawn["id"] });
    let read = server.customer().data(FILE, asked.clone()).await["contract"].clone();
    let url = read["pdf"]["url"].as_str().expect("a link");
    let answer = get(&server, url).await;
    assert_eq!(answer.status(), 200);
    let header = |name: &str| answer.headers()[name].to_str().unwrap().to_owned();
    assert_eq!(header("content-type"), "application/pdf");
    assert_eq!(header("cache-control"), "private, no-store");
    assert_eq!(header("content-disposition"), format!("inline; filename=\"{}.pdf\"", read["number"].as_str().unwrap()));
    let file = answer.bytes().await.unwrap();
    assert!(file.len() < 100_000, "{} bytes: only the letters that are used", file.len());

    // Line breaks and room are the page's; everything that is signed stands there, and the hash of it.
    let squeezed = |text: &str| text.split_whitespace().collect::<String>();
    let shown = text_of(&file);
    let page = squeezed(&shown);
    for said in read["document"].as_str().unwrap().lines() {
        for part in said.split('：').map(squeezed) {
            assert!(page.contains(&part), "{part}\nin\n{shown}");
        }
    }
    assert!(page.contains(&squeezed(read["orderSnapshot"]["buyerName"].as_str().unwrap())));
    assert!(page.contains(read["documentHash"].as_str().unwrap()), "{shown}");
    assert!(page.contains("草稿，未签署"), "{shown}");

    // Who sees the buyer's name masked gets no file.
    let staff = server.manager().data(FILE, asked).await["contract"].clone();
    assert_eq!((&staff["document"], &staff["pdf"]), (&json!(null), &json!(null)));

    let mut other = url.to_owned();
    let last = other.pop().unwrap();
    other.push(if last == 'A' { 'B' } else { 'A' });
    for wrong in
        [other.as_str(), "/contracts/document.pdf", "/contracts/document.pdf?key=", "/contracts/document.pdf?key=AA"]
    {
        let refused = get(&server, wrong).await;
        assert_eq!(refused.status(), 404, "{wrong}");
        let said: Value = refused.json().await.unwrap();
        assert_eq!(said["errors"][0]["extensions"]["code"], "NOT_FOUND");
    }
    let soon = Server::setup().beside(&server).clock(Duration::minutes(13)).start().await;
    assert_eq!(get(&soon, url).await.status(), 200, "on another process too");
    let later = Server::setup().beside(&server).clock(Duration::minutes(16)).start().await;
    assert_eq!(get(&later, url).await.status(), 404);
}

#[tokio::test]
async fn without_a_font_nothing_is_printed_and_all_else_works() {
    let server = Server::setup().setting("MILEPOST_PRINT__FONT", "").start().await;
    let id = locked(&server).await;
    let drawn = generate(&server.customer(), &server, id, json!([])).await["contract"].clone();
    let read = server.customer().data(FILE, json!({ "id": drawn["id"] })).await["contract"].clone();
    assert_eq!(read["pdf"], json!(null));
    assert_eq!(read["document"], drawn["document"]);
}
