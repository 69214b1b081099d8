//! Tokens: which count, as whom, and that a wrong one is never taken for none.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::Duration;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use milepost::access::{Scope, ViewerKind};
use milepost::identity::dev;
use serde_json::{Value, json};

use crate::harness::{Answer, Client, Server};

/// Claims that count for the demo customer, with changes; null takes a claim away.
fn claims(server: &Server, changes: Value) -> Value {
    let now = server.app().clock.now().timestamp();
    let mut claims = json!({
        "iss": "milepost-dev", "aud": "milepost", "sub": server.demo.customer.to_string(), "role": "CUSTOMER",
        "iat": now, "exp": now + 3600,
    });
    for (name, value) in changes.as_object().expect("an object") {
        if value.is_null() {
            claims.as_object_mut().expect("an object").remove(name);
        } else {
            claims[name] = value.clone();
        }
    }
    claims
}

fn signed(server: &Server, changes: Value) -> String {
    dev::sign(&claims(server, changes)).expect("claims can be signed")
}

/// Asks for something that anonymous callers may have too.
async fn ask(client: &Client) -> Answer {
    client.query("{ __typename }", json!({})).await
}

async fn assert_refused(server: &Server, token: &str, why: &str) {
    let answer = ask(&server.with_token(token)).await;
    assert_eq!((answer.status, answer.code()), (401, Some("UNAUTHENTICATED")), "{why}: {:#}", answer.json);
    assert_eq!(answer.errors[0]["message"], "The token is not valid.", "{why}");
    assert_eq!(answer.json.get("data"), None, "{why}");
}

#[tokio::test]
async fn a_token_that_counts_says_who_asks() {
    let server = Server::start().await;
    for changes in [
        json!({}),
        json!({ "aud": ["other", "milepost"] }),
        json!({ "iat": null }),
        json!({ "scope": "pii:read something:else" }),
        json!({ "more": { "claims": [1] } }),
    ] {
        let data = server.with_token(&signed(&server, changes.clone())).data("{ me { id } }", json!({})).await;
        assert_eq!(data["me"]["id"], server.demo.customer.to_string(), "{changes}");
    }
}

#[tokio::test]
async fn every_wrong_token_is_refused_alike() {
    let server = Server::start().await;
    let now = server.app().clock.now().timestamp();
    let (customer, staff, store) =
        (server.demo.customer.to_string(), server.demo.consultant.to_string(), server.demo.store.to_string());
    for (why, changes) in [
        ("expired", json!({ "exp": now - 31 })),
        ("no end", json!({ "exp": null })),
        ("an end that is no number", json!({ "exp": "tomorrow" })),
        ("an end beyond all time", json!({ "exp": i64::MAX })),
        ("from the future", json!({ "iat": now + 60 })),
        ("not yet", json!({ "nbf": now + 60 })),
        ("another issuer", json!({ "iss": "somebody" })),
        ("no issuer", json!({ "iss": null })),
        ("for another audience", json!({ "aud": "other" })),
        ("for other audiences", json!({ "aud": ["other", "others"] })),
        ("for nobody", json!({ "aud": null })),
        ("no subject", json!({ "sub": null })),
        ("no role", json!({ "role": null })),
        ("an unknown role", json!({ "role": "ADMIN" })),
        ("a customer by a staff id", json!({ "sub": staff })),
        ("a customer by no id", json!({ "sub": "somebody" })),
        ("a customer with a store", json!({ "store": store })),
        ("a consultant by a customer's id", json!({ "role": "CONSULTANT", "store": store })),
        ("a consultant without a store", json!({ "role": "CONSULTANT", "sub": staff })),
        ("a manager without a store", json!({ "role": "STORE_MANAGER", "sub": staff })),
        ("a consultant of no store", json!({ "role": "CONSULTANT", "sub": staff, "store": customer })),
        ("an operator by a customer's id", json!({ "role": "OPERATOR" })),
        ("an operator with a store", json!({ "role": "OPERATOR", "sub": staff, "store": store })),
        (
            "a system with a store",
            json!({ "role": "PARTNER_SYSTEM", "sub": server.demo.system.to_string(), "store": store }),
        ),
        ("a system without an id", json!({ "role": "PARTNER_SYSTEM", "sub": "plant" })),
    ] {
        assert_refused(&server, &signed(&server, changes), why).await;
    }
}

#[tokio::test]
async fn clocks_may_differ_a_little() {
    let server = Server::start().await;
    let now = server.app().clock.now().timestamp();
    for changes in [json!({ "exp": now - 20 }), json!({ "iat": now + 20 }), json!({ "nbf": now + 20 })] {
        assert_eq!(ask(&server.with_token(&signed(&server, changes.clone()))).await.status, 200, "{changes}");
    }
}

#[tokio::test]
async fn the_signature_has_to_be_the_keys() {
    let server = Server::start().await;
    let good = signed(&server, json!({}));
    let [header, payload, signature] = good.split('.').collect::<Vec<_>>()[..] else { panic!("three parts") };
    let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let foreign = encode(&claims(&server, json!({ "role": "OPERATOR", "sub": server.demo.operator.to_string() })));
    let with_header = |value: Value| format!("{}.{payload}.{signature}", encode(&value));
    let hs256 = {
        // The public key taken for a shared secret: the oldest trick.
        let header = Header { kid: Some(dev::KID.into()), ..Header::new(Algorithm::HS256) };
        let key = EncodingKey::from_secret(&dev::public_key());
        jsonwebtoken::encode(&header, &claims(&server, json!({})), &key).unwrap()
    };
    let unsigned = |alg: &str| format!("{}.{payload}.", encode(&json!({ "alg": alg, "kid": "dev" })));
    for (why, token) in [
        ("no signature", unsigned("none")),
        ("no signature, another spelling", unsigned("None")),
        ("no signature under the key's algorithm", unsigned("EdDSA")),
        ("signed with the public key as a secret", hs256),
        ("another algorithm named", with_header(json!({ "alg": "ES256", "kid": "dev" }))),
        ("an unknown key", with_header(json!({ "alg": "EdDSA", "kid": "other" }))),
        ("no key named", with_header(json!({ "alg": "EdDSA" }))),
        ("a key brought along", with_header(json!({ "alg": "EdDSA", "kid": "x", "jwk": { "kty": "OKP" } }))),
        ("other claims under the signature", format!("{header}.{foreign}.{signature}")),
        ("half a signature", format!("{header}.{payload}.{}", &signature[..40])),
        ("two parts", format!("{header}.{payload}")),
        ("not a token", "nonsense".into()),
        ("nothing", String::new()),
        ("a very long text", "x".repeat(7000)),
    ] {
        assert_refused(&server, &token, why).await;
    }
}

#[tokio::test]
async fn a_header_that_is_no_bearer_token_is_refused() {
    let server = Server::start().await;
    let token = signed(&server, json!({}));
    for value in ["Basic dXNlcjpwYXNz", "Bearer", &token, "Token x", ""] {
        let request = server.anonymous().get(&[("query", "{ __typename }")]);
        let answer = Answer::of(request.header("authorization", value).send().await.unwrap()).await;
        assert_eq!((answer.status, answer.code()), (401, Some("UNAUTHENTICATED")), "{value:?}");
    }
    let request = server.anonymous().get(&[("query", "{ me { id } }")]);
    let answer = Answer::of(request.header("authorization", format!("bEARER  {token}")).send().await.unwrap()).await;
    assert_eq!(answer.status, 200, "the scheme's name has no case");
}

#[tokio::test]
async fn rights_come_from_role_and_scope() {
    let server = Server::start().await;
    let document = "query($id: ID!) { customer(id: $id) { realName } }";
    let variables = json!({ "id": server.demo.customer.to_string() });
    let operator = ViewerKind::Operator(server.demo.operator);
    let name = async |client: Client| {
        client.data(document, variables.clone()).await["customer"]["realName"].as_str().unwrap_or_default().to_owned()
    };
    let (masked, clear) = (name(server.operator()).await, name(server.client(operator, &[Scope::PiiRead])).await);
    assert!(masked.contains('*') && !clear.contains('*'), "{masked} {clear}");
    // A system reads nothing of a customer.
    assert_eq!(server.system().data(document, variables.clone()).await["customer"], Value::Null);
}

#[tokio::test]
async fn time_is_the_servers_own() {
    // An hour ahead of the tests' wall clock: a token that ended half an hour ago by that clock is over.
    let server = Server::setup().clock(Duration::hours(1)).start().await;
    let real = server.app().clock.now().timestamp() - 3600;
    assert_refused(&server, &signed(&server, json!({ "iat": real, "exp": real + 1800 })), "over by its clock").await;
    assert_eq!(ask(&server.customer()).await.status, 200);
}
