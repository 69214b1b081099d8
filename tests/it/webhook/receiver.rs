//! Somebody who is told: an HTTP server on this machine that notes what comes and answers as the test wants.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use aws_lc_rs::digest;
use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

/// What came.
#[derive(Clone, Debug)]
pub struct Seen {
    pub path: String,
    pub id: String,
    pub timestamp: String,
    pub signature: String,
    pub body: String,
    pub at: Instant,
}

/// What is answered, and after how long.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub after: Duration,
}

pub fn answer(status: u16) -> Answer {
    Answer { status, headers: Vec::new(), after: Duration::ZERO }
}

type Answering = Arc<Mutex<Box<dyn FnMut(&Seen) -> Answer + Send>>>;

pub struct Receiver {
    pub port: u16,
    seen: Arc<Mutex<Vec<Seen>>>,
    answering: Answering,
    task: tokio::task::JoinHandle<()>,
}

impl Receiver {
    /// One that takes everything.
    pub async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let seen: Arc<Mutex<Vec<Seen>>> = Arc::default();
        let answering: Answering = Arc::new(Mutex::new(Box::new(|_| answer(204))));
        let (noted, answers) = (seen.clone(), answering.clone());
        let handler = move |uri: Uri, headers: HeaderMap, body: Bytes| {
            let (noted, answers) = (noted.clone(), answers.clone());
            async move { handle(&noted, &answers, &uri, &headers, &body).await }
        };
        let router = Router::new().fallback(handler);
        let task = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { port, seen, answering, task }
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}/hook", self.port)
    }

    /// Answers like this from now on.
    pub fn answers(&self, how: impl FnMut(&Seen) -> Answer + Send + 'static) {
        *self.answering.lock().unwrap() = Box::new(how);
    }

    pub fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    /// Waits until so many came.
    pub async fn count(&self, many: usize) -> Vec<Seen> {
        super::until(&format!("{many} messages"), || async { self.seen().len() >= many }).await;
        self.seen()
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn handle(
    seen: &Mutex<Vec<Seen>>,
    answering: &Answering,
    uri: &Uri,
    headers: &HeaderMap,
    body: &[u8],
) -> Response {
    let header = |name: &str| headers.get(name).map_or("", |value| value.to_str().unwrap()).to_owned();
    let now = Seen {
        path: uri.path().to_owned(),
        id: header("webhook-id"),
        timestamp: header("webhook-timestamp"),
        signature: header("webhook-signature"),
        body: String::from_utf8(body.to_vec()).unwrap(),
        at: Instant::now(),
    };
    seen.lock().unwrap().push(now.clone());
    let answer = (*answering.lock().unwrap())(&now);
    tokio::time::sleep(answer.after).await;
    let mut response = (StatusCode::from_u16(answer.status).unwrap(), "the receiver's own words").into_response();
    for (name, value) in answer.headers {
        response.headers_mut().insert(name, value.parse().unwrap());
    }
    response
}

impl Seen {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    /// The stream and the version that the message speaks of.
    pub fn what(&self) -> (String, i64) {
        let json = self.json();
        (json["stream"].as_str().unwrap().to_owned(), json["subject"]["version"].as_i64().unwrap())
    }

    /// Whether the holder of a secret takes it, after the specification: HMAC-SHA-256 by its definition (RFC 2104).
    pub fn is_signed_with(&self, secret: &str) -> bool {
        let mut key = STANDARD.decode(secret.strip_prefix("whsec_").unwrap()).unwrap();
        assert!(key.len() <= 64);
        key.resize(64, 0);
        let hash = |pad: u8, rest: &[u8]| {
            let mut bytes: Vec<u8> = key.iter().map(|byte| byte ^ pad).collect();
            bytes.extend_from_slice(rest);
            digest::digest(&digest::SHA256, &bytes).as_ref().to_vec()
        };
        let text = format!("{}.{}.{}", self.id, self.timestamp, self.body);
        let wanted = format!("v1,{}", STANDARD.encode(hash(0x5c, &hash(0x36, text.as_bytes()))));
        self.signature.split(' ').any(|part| part == wanted)
    }
}
