//! What differs between apps: whether they may ask about the schema, and which pages may come with them.

use reqwest::Method;
use reqwest::header::HeaderMap;
use serde_json::json;

use crate::harness::{Answer, Client, Server, Setup};

fn setup() -> Setup {
    let mut setup = Server::setup();
    for (name, value) in [
        ("MILEPOST_CLIENTS__MOBILE__INTROSPECTION", "off"),
        ("MILEPOST_CLIENTS__MOBILE__ORIGINS", "https://m.example.com"),
        ("MILEPOST_CLIENTS__PARTNER__ORIGINS", "https://partner.example.com, https://two.example.com:8443"),
    ] {
        setup = setup.setting(name, value);
    }
    setup
}

#[tokio::test]
async fn an_app_may_ask_about_the_schema_or_not() {
    let server = setup().start().await;
    let ask = async |client: &Client, app: &str, document: &str| {
        let request = client.request(Method::POST, "/graphql").header("graphql-client-name", app);
        Answer::of(request.json(&json!({ "query": document })).send().await.unwrap()).await
    };
    let anonymous = server.anonymous();
    for document in [
        "{ __schema { queryType { name } } }",
        "{ __type(name: \"Query\") { name } }",
        "{ ...Q } fragment Q on Query { a: __schema { queryType { name } } }",
        "{ ... { ... @include(if: true) { __schema { queryType { name } } } } }",
    ] {
        // Twice: the second time it is known, and was right for another.
        for _ in 0..2 {
            let allowed = ask(&anonymous, "default", document).await;
            assert_eq!(allowed.errors.len(), 0, "{document}: {:#}", allowed.json);
            let refused = ask(&anonymous, "mobile", document).await;
            assert_eq!((refused.status, refused.code()), (403, Some("FORBIDDEN")), "{document}");
            assert_eq!(refused.json.get("data"), None);
        }
    }
    assert_eq!(ask(&anonymous, "mobile", "{ __typename }").await.errors.len(), 0);
}

/// What a browser is told that asks first.
async fn preflight(server: &Server, path: &str, origin: &str) -> HeaderMap {
    let request = server.anonymous().request(Method::OPTIONS, path);
    let request = request
        .header("origin", origin)
        .header("access-control-request-method", "POST")
        .header("access-control-request-headers", "authorization,content-type,graphql-client-name");
    request.send().await.unwrap().headers().clone()
}

fn allowed(headers: &HeaderMap) -> Option<&str> {
    headers.get("access-control-allow-origin").map(|origin| origin.to_str().unwrap())
}

#[tokio::test]
async fn a_page_may_come_with_its_own_app() {
    let server = setup().start().await;
    let (mobile, partner) = ("https://m.example.com", "https://two.example.com:8443");
    let told = preflight(&server, "/graphql", mobile).await;
    assert_eq!(allowed(&told), Some(mobile));
    assert_eq!(told["access-control-allow-headers"], "authorization,content-type,graphql-client-name");
    assert_eq!(told.get("access-control-allow-credentials"), None);
    assert_eq!(allowed(&preflight(&server, "/graphql", "https://evil.example.com").await), None);
    assert_eq!(allowed(&preflight(&server, "/bff/mobile/home", mobile).await), Some(mobile));
    assert_eq!(allowed(&preflight(&server, "/bff/mobile/home", partner).await), None);
    // The answer itself is for the pages of the app that asked.
    for (app, origin, may) in [
        ("mobile", mobile, true),
        ("mobile", partner, false),
        ("partner", partner, true),
        ("partner", mobile, false),
        ("default", mobile, false),
        ("nobody", mobile, false),
        // In development pages of this machine may.
        ("default", "http://localhost:5173", true),
    ] {
        let request = server.anonymous().request(Method::POST, "/graphql").header("graphql-client-name", app);
        let request = request.header("origin", origin).json(&json!({ "query": "{ apiVersion }" }));
        let answer = request.send().await.unwrap();
        assert_eq!(allowed(answer.headers()), may.then_some(origin), "{app} {origin}");
        let vary: Vec<_> = answer.headers().get_all("vary").iter().map(|value| value.to_str().unwrap()).collect();
        assert!(vary.join(",").contains("origin"), "{vary:?}");
    }
}

#[tokio::test]
async fn an_app_gets_pictures_of_its_sizes() {
    let operations = concat!(env!("CARGO_MANIFEST_DIR"), "/operations");
    let server = Server::setup()
        .setting("MILEPOST_CACHE__ROOM_MB", "8")
        .setting("MILEPOST_OPERATIONS__FOLDER", operations)
        .setting("MILEPOST_CLIENTS__PARTNER__IMAGE_WIDTHS", "200, 3000")
        .start()
        .await;
    let document = "query($w: Int) { vehicleModel(slug: \"c5\") { hero { kind url(width: $w) width height alt }
        media(kind: IMAGE) { url(width: 100) } none: media(kind: GLB) { url } } }";
    let ask = async |app: &str, width: Option<i32>| {
        let client = if app == "partner" { server.consultant() } else { server.anonymous() };
        let request = client.request(Method::POST, "/graphql").header("graphql-client-name", app);
        let body = json!({ "query": document, "variables": { "w": width } });
        Answer::of(request.json(&body).send().await.unwrap()).await.expect_data()
    };
    // Kept or not, each app has its own.
    for _ in 0..2 {
        for (app, width, wanted, least) in [
            ("mobile", Some(376), 750, 375),
            ("mobile", None, 1500, 375),
            ("default", Some(376), 640, 320),
            ("partner", Some(376), 1600, 200),
        ] {
            let data = ask(app, width).await;
            let model = &data["vehicleModel"];
            let url = |width: i32| format!("/demo/media/c5.svg?width={width}");
            assert_eq!(model["hero"]["url"], url(wanted), "{app} {width:?}");
            assert_eq!((&model["hero"]["width"], &model["hero"]["height"]), (&json!(1600), &json!(900)));
            assert_eq!(model["hero"]["alt"], "YAOCEN C5, seen from the side");
            assert_eq!((&model["media"], &model["none"]), (&json!([{ "url": url(least) }]), &json!([])));
        }
    }
    let list = server.anonymous().request(Method::GET, "/bff/mobile/model-list").send().await.unwrap();
    let list: serde_json::Value = list.json().await.unwrap();
    assert_eq!(list["data"]["vehicleModels"][0]["hero"]["url"], "/demo/media/c3.svg?width=375");
    // What the demo's models name is there.
    let picture = server.anonymous().request(Method::GET, "/demo/media/c3.svg?width=375").send().await.unwrap();
    assert_eq!(
        (picture.status().as_u16(), picture.headers()["content-type"].to_str().unwrap()),
        (200, "image/svg+xml")
    );
}
