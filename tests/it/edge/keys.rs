//! The issuer's keys: from a file, from an address, changed while we run, and away.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RsaKeyPair};
use axum::extract::State as Extracted;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use entity::{MilestoneCode as Code, MilestoneState as State};
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use milepost::identity::dev;
use serde_json::{Value, json};
use tokio::sync::Mutex;

use super::FOLLOW;
use crate::harness::{Server, TempDir};
use crate::order::feed::report;

/// A key pair of an issuer.
struct Pair {
    kid: &'static str,
    algorithm: Algorithm,
    key: EncodingKey,
}

impl Pair {
    fn new(kid: &'static str, algorithm: Algorithm) -> Self {
        let random = aws_lc_rs::rand::SystemRandom::new();
        let key = match algorithm {
            Algorithm::ES256 => {
                let der = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
                EncodingKey::from_ec_der(der.as_ref())
            }
            Algorithm::EdDSA => EncodingKey::from_ed_der(Ed25519KeyPair::generate_pkcs8(&random).unwrap().as_ref()),
            Algorithm::RS256 => {
                let pair = RsaKeyPair::generate(aws_lc_rs::rsa::KeySize::Rsa2048).unwrap();
                let der: aws_lc_rs::encoding::Pkcs8V1Der<'_> = pair.as_der().unwrap();
                // The key proper stands behind 26 bytes of PKCS #8 for keys of this size.
                EncodingKey::from_rsa_der(&der.as_ref()[26..])
            }
            other => panic!("{other:?}"),
        };
        Self { kid, algorithm, key }
    }

    fn public(&self) -> Value {
        if self.algorithm == Algorithm::EdDSA {
            return ed25519(self.kid, Ed25519KeyPair::from_pkcs8(self.key.as_bytes()).unwrap().public_key().as_ref());
        }
        let mut jwk = Jwk::from_encoding_key(&self.key, self.algorithm).unwrap();
        jwk.common.key_id = Some(self.kid.to_owned());
        serde_json::to_value(jwk).unwrap()
    }

    /// A token of the demo customer, signed with this key under its own or another algorithm's name.
    fn token(&self, server: &Server) -> String {
        let now = server.app().clock.now().timestamp();
        let claims = json!({ "iss": "https://id.example", "aud": "milepost", "role": "CUSTOMER",
            "sub": server.demo.customer.to_string(), "exp": now + 600 });
        let header = Header { kid: Some(self.kid.to_owned()), ..Header::new(self.algorithm) };
        jsonwebtoken::encode(&header, &claims, &self.key).unwrap()
    }

    async fn counts(&self, server: &Server) -> bool {
        match server.with_token(&self.token(server)).query("{ me { id } }", json!({})).await.status {
            200 => true,
            401 => false,
            other => panic!("{other}"),
        }
    }
}

/// An Ed25519 key as a JWK.
pub fn ed25519(kid: &str, public: &[u8]) -> Value {
    json!({ "kid": kid, "kty": "OKP", "crv": "Ed25519", "x": URL_SAFE_NO_PAD.encode(public) })
}

/// An issuer that answers with its keys, or with an error when it has none.
struct Issuer {
    url: String,
    keys: Arc<Mutex<Option<Value>>>,
    asked: Arc<AtomicU32>,
}

impl Issuer {
    async fn start(keys: &[&Pair]) -> Self {
        type Shared = (Arc<Mutex<Option<Value>>>, Arc<AtomicU32>);
        async fn answer(Extracted((keys, asked)): Extracted<Shared>) -> Response {
            asked.fetch_add(1, Ordering::Relaxed);
            match &*keys.lock().await {
                Some(keys) => keys.to_string().into_response(),
                None => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
            }
        }
        let (keys, asked) = (Arc::new(Mutex::new(Some(set(keys)))), Arc::new(AtomicU32::new(0)));
        let router =
            axum::Router::new().route("/keys", axum::routing::get(answer)).with_state((keys.clone(), asked.clone()));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/keys", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, keys, asked }
    }

    async fn give(&self, keys: Option<Value>) {
        *self.keys.lock().await = keys;
    }

    fn asked(&self) -> u32 {
        self.asked.load(Ordering::Relaxed)
    }

    async fn server(&self) -> Server {
        let setup = Server::setup().setting("MILEPOST_AUTH__ISSUER", "https://id.example");
        setup.setting("MILEPOST_AUTH__JWKS_URL", &self.url).start().await
    }
}

fn set(keys: &[&Pair]) -> Value {
    json!({ "keys": keys.iter().map(|key| key.public()).collect::<Vec<_>>() })
}

#[tokio::test]
async fn keys_of_three_algorithms_are_taken_each_for_its_own_only() {
    let pairs =
        [Pair::new("ec", Algorithm::ES256), Pair::new("ed", Algorithm::EdDSA), Pair::new("rsa", Algorithm::RS256)];
    let issuer = Issuer::start(&[&pairs[0], &pairs[1], &pairs[2]]).await;
    let server = issuer.server().await;
    for pair in &pairs {
        assert!(pair.counts(&server).await, "{}", pair.kid);
    }
    for (kid, pair) in [("rsa", &pairs[0]), ("ec", &pairs[1]), ("ed", &pairs[2])] {
        let crossed = Pair { kid, algorithm: pair.algorithm, key: pair.key.clone() };
        assert!(!crossed.counts(&server).await, "{} for {kid}", pair.kid);
    }
    assert_eq!(issuer.asked(), 1, "known ids are not asked for");
}

#[tokio::test]
async fn a_new_key_counts_from_its_first_request_and_an_old_one_no_more() {
    let (old, new) = (Pair::new("old", Algorithm::ES256), Pair::new("new", Algorithm::EdDSA));
    let issuer = Issuer::start(&[&old]).await;
    let server = issuer.server().await;
    assert!(old.counts(&server).await);
    issuer.give(Some(set(&[&new]))).await;
    assert!(new.counts(&server).await);
    assert!(!old.counts(&server).await);
}

#[tokio::test]
async fn keys_that_change_close_no_socket() {
    let (old, new) = (Pair::new("old", Algorithm::EdDSA), Pair::new("new", Algorithm::EdDSA));
    let issuer = Issuer::start(&[&old]).await;
    let server = issuer.server().await;
    let variables = json!({ "id": server.demo.order.to_string() });
    let mut stream = server.with_token(&old.token(&server)).subscribe_ws(FOLLOW, variables).await;
    assert_eq!(stream.data().await["deliveryMilestoneUpdated"]["kind"], "SNAPSHOT");
    issuer.give(Some(set(&[&new]))).await;
    assert!(new.counts(&server).await);
    assert!(!old.counts(&server).await);
    report(&server, Code::Arrived, State::Done).await;
    assert_eq!(stream.data().await["deliveryMilestoneUpdated"]["kind"], "REACHED");
}

#[tokio::test]
async fn forged_ids_make_for_one_question_in_the_cool_down() {
    let key = Pair::new("real", Algorithm::ES256);
    let issuer = Issuer::start(&[&key]).await;
    let server = issuer.server().await;
    let forged = Pair::new("forged", Algorithm::ES256);
    let tries = (0..50).map(|_| forged.counts(&server));
    assert!(futures_util::future::join_all(tries).await.iter().all(|counts| !counts));
    assert_eq!(issuer.asked(), 2, "one at the start, one for all the forged");
    assert!(key.counts(&server).await);
}

#[tokio::test]
async fn an_issuer_that_fails_leaves_the_keys_as_they_were() {
    let key = Pair::new("real", Algorithm::ES256);
    for failure in [None, Some(json!("nonsense")), Some(json!({ "keys": [] }))] {
        let issuer = Issuer::start(&[&key]).await;
        let server = issuer.server().await;
        issuer.give(failure.clone()).await;
        assert!(!Pair::new("forged", Algorithm::ES256).counts(&server).await);
        assert_eq!(issuer.asked(), 2, "{failure:?}");
        assert!(key.counts(&server).await, "{failure:?}");
    }
}

#[tokio::test]
async fn an_issuer_that_is_away_at_the_start_is_asked_again() {
    let key = Pair::new("real", Algorithm::ES256);
    let issuer = Issuer::start(&[&key]).await;
    issuer.give(None).await;
    let server = issuer.server().await;
    issuer.give(Some(set(&[&key]))).await;
    assert!(key.counts(&server).await);
}

#[tokio::test]
async fn keys_come_from_a_file_and_change_with_it() {
    let (old, new) = (Pair::new("old", Algorithm::RS256), Pair::new("new", Algorithm::ES256));
    let folder = TempDir::new();
    let file = folder.path().join("keys.json");
    std::fs::write(&file, set(&[&old]).to_string()).unwrap();
    let setup = || {
        let setup = Server::setup().setting("MILEPOST_AUTH__ISSUER", "https://id.example");
        setup.setting("MILEPOST_AUTH__JWKS_FILE", file.to_str().unwrap())
    };
    let server = setup().start().await;
    assert!(old.counts(&server).await);
    std::fs::write(&file, set(&[&old, &new]).to_string()).unwrap();
    assert!(new.counts(&server).await && old.counts(&server).await);

    std::fs::write(&file, "nonsense").unwrap();
    let error = setup().try_start().await.err().expect("no start without keys");
    let line = format!("{error:#}");
    assert!(line.starts_with("setting auth.jwks_file: not a JWK set: ") && !line.contains('\n'), "{line}");
}

#[tokio::test]
async fn the_development_key_counts_beside_an_issuers_only_in_development() {
    let key = Pair::new("real", Algorithm::ES256);
    let issuer = Issuer::start(&[&key]).await;
    let server = issuer.server().await;
    assert_eq!(server.customer().query("{ me { id } }", json!({})).await.status, 200);

    // A production's key file that holds the development key, whatever it is called there.
    let folder = TempDir::new();
    let file = folder.path().join("keys.json");
    let keys = json!({ "keys": [ed25519("dev", &dev::public_key()), key.public()] });
    std::fs::write(&file, keys.to_string()).unwrap();
    let server = super::production::setup(file.to_str().unwrap()).start().await;
    assert_eq!(server.customer().query("{ me { id } }", json!({})).await.status, 401);
}
