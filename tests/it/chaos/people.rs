//! Those who write and those who follow, through whatever happens to the gateways.

use std::io::Write as _;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{Days, Utc};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_util::sync::CancellationToken;

use super::history::Line;
use super::program::{House, between};

/// What happened so far.
#[derive(Clone, Default)]
pub struct Lines(Arc<Mutex<Vec<Line>>>);

impl Lines {
    fn add(&self, line: Line) {
        self.0.lock().expect("no panic while held").push(line);
    }

    /// How many subscribers have begun.
    pub fn began(&self) -> usize {
        let lines = self.0.lock().expect("no panic while held");
        lines.iter().filter(|line| matches!(line, Line::Began { .. })).count()
    }

    /// Whether all have been told the last of their stream.
    pub fn all_told(&self, log: &[Line]) -> bool {
        let lines = self.0.lock().expect("no panic while held");
        let head = |wanted: &str| {
            let numbers = log.iter().filter_map(|line| match line {
                Line::Logged { stream, sequence, told: true, .. } if stream == wanted => Some(*sequence),
                _ => None,
            });
            numbers.max().unwrap_or_default()
        };
        lines.iter().all(|line| match line {
            Line::Began { who, stream, sequence } => {
                let last = lines.iter().rev().find_map(|line| match line {
                    Line::Told { who: told, sequence, .. } if told == who => Some(*sequence),
                    _ => None,
                });
                last.unwrap_or(*sequence) >= head(stream)
            }
            _ => true,
        })
    }

    /// All of it.
    pub fn take(&self) -> Vec<Line> {
        std::mem::take(&mut *self.0.lock().expect("no panic while held"))
    }
}

/// Writes a history to a file, a line for each.
pub fn keep(file: &Path, lines: &[Line]) {
    let mut file = std::io::BufWriter::new(std::fs::File::create(file).expect("a file"));
    for line in lines {
        serde_json::to_writer(&mut file, line).expect("a line");
        file.write_all(b"\n").expect("a line");
    }
}

/// Reads one.
pub fn read(file: &Path) -> Vec<Line> {
    let text = std::fs::read_to_string(file).expect("a file");
    text.lines().map(|line| serde_json::from_str(line).expect("a line")).collect()
}

const FOLLOW: &str = "subscription($order: ID, $store: ID, $after: String) {
    deliveryMilestoneUpdated(orderId: $order, storeId: $store, after: $after) {
        kind sequence previousSequence cursor eventId replayGap milestone { code state } eta { likely } } }";

/// One who follows, and comes back with the last cursor.
pub struct Subscriber {
    who: usize,
    url: String,
    token: String,
    stream: String,
    variables: Value,
    lines: Lines,
    http: reqwest::Client,
}

/// Why a connection's time is over.
struct Over;

impl Subscriber {
    /// Half of them follow the order as its customer, half the store; by turns over a socket and by server-sent events.
    pub fn new(who: usize, url: String, house: &House, lines: Lines) -> Self {
        let (order, store) = house.demo();
        let (role, stream, variables) = if who < super::SUBSCRIBERS / 2 {
            ("customer", format!("order:{order}"), json!({ "order": order.to_string() }))
        } else {
            ("consultant", format!("store:{store}"), json!({ "store": store.to_string() }))
        };
        let http = reqwest::Client::builder().no_proxy().pool_max_idle_per_host(0).build().expect("a client");
        Self { who, url, token: house.token(role), stream, variables, lines, http }
    }

    /// Follows until told to stop; answers how often it came back.
    pub async fn follow(mut self, stop: CancellationToken) -> usize {
        let mut came = 0_usize;
        loop {
            let run = async { if self.who.is_multiple_of(2) { self.socket().await } else { self.events().await } };
            tokio::select! {
                () = stop.cancelled() => return came.saturating_sub(1),
                Over = run => {}
            }
            came += 1;
            tokio::time::sleep(between(5, 60)).await;
        }
    }

    /// Over a socket, until it ends.
    async fn socket(&mut self) -> Over {
        let request = format!("{}/graphql/ws", self.url.replacen("http", "ws", 1)).into_client_request();
        let mut request = request.expect("an address");
        let protocol = HeaderValue::from_static("graphql-transport-ws");
        request.headers_mut().insert("sec-websocket-protocol", protocol);
        let connected = timeout(Duration::from_secs(5), tokio_tungstenite::connect_async(request)).await;
        let Ok(Ok((mut socket, _))) = connected else { return Over };
        let init = json!({ "type": "connection_init", "payload": { "authorization": self.token } });
        let payload = json!({ "query": FOLLOW, "variables": self.variables });
        let subscribe = json!({ "type": "subscribe", "id": "1", "payload": payload });
        if socket.send(Message::Text(init.to_string().into())).await.is_err() {
            return Over;
        }
        let mut subscribed = false;
        // A living gateway pings every 20 seconds.
        while let Ok(Some(Ok(message))) = timeout(Duration::from_secs(30), socket.next()).await {
            let Message::Text(text) = message else { continue };
            let said: Value = serde_json::from_str(&text).expect("JSON");
            match said["type"].as_str() {
                Some("connection_ack") if !subscribed => {
                    subscribed = true;
                    if socket.send(Message::Text(subscribe.to_string().into())).await.is_err() {
                        return Over;
                    }
                }
                Some("next") => self.heard(&said["payload"]),
                Some("error" | "complete") => return Over,
                _ => {}
            }
        }
        Over
    }

    /// By server-sent events, until they end.
    async fn events(&mut self) -> Over {
        let request = self
            .http
            .post(format!("{}/graphql", self.url))
            .header("authorization", &self.token)
            .header("accept", "text/event-stream")
            .json(&json!({ "query": FOLLOW, "variables": self.variables }));
        let Ok(Ok(mut response)) = timeout(Duration::from_secs(5), request.send()).await else { return Over };
        if !response.status().is_success() {
            return Over;
        }
        let mut text = Vec::new();
        while let Ok(Ok(Some(chunk))) = timeout(Duration::from_secs(30), response.chunk()).await {
            text.extend_from_slice(&chunk);
            while let Some(end) = text.windows(2).position(|pair| pair == b"\n\n") {
                let event: Vec<u8> = text.drain(..end + 2).collect();
                let event = String::from_utf8(event).expect("UTF-8");
                let data = event.lines().find_map(|line| line.strip_prefix("data: ")).filter(|data| !data.is_empty());
                if let Some(data) = data {
                    self.heard(&serde_json::from_str(data).expect("JSON"));
                }
            }
        }
        Over
    }

    fn heard(&mut self, answer: &Value) {
        let news = &answer["data"]["deliveryMilestoneUpdated"];
        if news.is_null() {
            let code = answer["errors"][0]["extensions"]["code"].as_str().unwrap_or_default();
            assert_eq!(code, "UNAVAILABLE", "{answer}");
            return;
        }
        let number = |name: &str| news[name].as_i64();
        let (who, sequence) = (self.who, number("sequence").expect("a number"));
        if news["kind"] == "SNAPSHOT" {
            assert_eq!(news["replayGap"], json!(null), "nothing is missing: {news}");
            // A store's snapshot is several messages; the last one has the place. One that was cut off is begun anew.
            if news["cursor"].is_null() {
                return;
            }
            self.lines.add(Line::Began { who, stream: self.stream.clone(), sequence });
        } else {
            let event = news["eventId"].as_str().expect("an id").to_owned();
            self.lines.add(Line::Told { who, sequence, previous: number("previousSequence"), event });
        }
        self.variables["after"] = news["cursor"].clone();
    }
}

/// One who writes, and repeats what was not acknowledged.
pub struct Writer {
    url: String,
    token: String,
    order: String,
    lines: Lines,
    http: reqwest::Client,
}

impl Writer {
    /// Writes as an operator.
    pub fn new(url: String, house: &House, lines: Lines) -> Self {
        let http = reqwest::Client::builder().no_proxy().pool_max_idle_per_host(0).build().expect("a client");
        Self { url, token: house.token("operator"), order: house.demo().0.to_string(), lines, http }
    }

    async fn ask(&self, document: &str, variables: Value) -> Option<Value> {
        let request = self
            .http
            .post(format!("{}/graphql", self.url))
            .header("authorization", &self.token)
            .json(&json!({ "query": document, "variables": variables }));
        let answer = timeout(Duration::from_secs(5), request.send()).await.ok()?.ok()?;
        let answer: Value = timeout(Duration::from_secs(5), answer.json()).await.ok()?.ok()?;
        answer.get("errors").is_none().then(|| answer["data"].clone())
    }

    /// Moves the demo order's arrival to and fro until told to stop; answers how many changes were acknowledged.
    pub async fn write(self, stop: CancellationToken) -> usize {
        let record = "mutation($input: MilestoneRecordInput!) { milestoneRecord(input: $input) {
            order { version } userErrors { code } } }";
        let (mut acknowledged, mut turn) = (0, 0_u64);
        while !stop.is_cancelled() {
            let order = self.ask("query($id: ID!) { order(id: $id) { version } }", json!({ "id": self.order })).await;
            let Some(version) = order.and_then(|data| data["order"]["version"].as_i64()) else {
                tokio::time::sleep(between(5, 30)).await;
                continue;
            };
            turn += 1;
            #[expect(clippy::disallowed_methods, reason = "the gateways run by the wall clock")]
            let expected = Utc::now() + Days::new(10 + turn % 20);
            let input = json!({ "idempotencyKey": format!("chaos-{turn}-{version}"), "orderId": self.order, "code": "ARRIVED",
                "state": "DELAYED", "forecast": { "p50": expected }, "expectedVersion": version });
            // The same again until it is known what became of it; its key keeps it one change.
            let payload = loop {
                if let Some(data) = self.ask(record, json!({ "input": input })).await {
                    let payload = data["milestoneRecord"].clone();
                    // What a killed gateway had begun holds the key until the database notices.
                    if payload["userErrors"][0]["code"] != "IDEMPOTENCY_IN_PROGRESS" {
                        break payload;
                    }
                }
                tokio::time::sleep(between(5, 30)).await;
            };
            assert_eq!(payload["userErrors"], json!([]), "{payload}");
            let version = payload["order"]["version"].as_i64().expect("a version");
            self.lines.add(Line::Acknowledged { object: self.order.clone(), version });
            acknowledged += 1;
        }
        acknowledged
    }
}
