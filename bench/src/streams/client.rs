//! Subscribers, each on a socket of its own.

use std::collections::HashMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, bail, ensure};
use futures_util::stream::{self, SplitSink, TryStreamExt};
use futures_util::{SinkExt, Stream, StreamExt};
use serde_json::{Value, json};
use tokio::net::{TcpSocket, TcpStream};
use tokio::task::JoinHandle;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{self, Message};
use tokio_tungstenite::{WebSocketStream, client_async_with_config};

use super::Followed;

/// What a customer's screen follows.
const DOCUMENT: &str = "subscription OrderNews($orderId: ID!, $after: String) {
    deliveryMilestoneUpdated(orderId: $orderId, after: $after) {
        kind sequence cursor replayed milestone { code title state } eta { likely } order { id status } } }";

/// Sockets that are being opened at a time.
const AT_ONCE: usize = 256;

type Socket = WebSocketStream<TcpStream>;

/// Addresses that a crowd comes from. From one alone the kernel looks for a free port among tens of thousands in use and
/// just closed, which is a third of what two cores do in a storm.
const ADDRESSES: usize = 40;

/// What a subscriber knows.
#[derive(Clone, Debug, Default)]
pub struct State {
    /// The number of the last message.
    pub sequence: Option<i64>,
    /// Its cursor.
    cursor: Option<String>,
    /// Whether something was replayed.
    pub replayed: bool,
    /// When each number was heard, seconds since 1970.
    heard: Vec<(i64, f64)>,
}

/// Everything that happens, with as much of each as a back office may ask: some kilobytes a message.
const EVERYTHING: &str = "subscription { oemEvents { sequence cursor kind subject { ... on Order {
    id number status eta { likely } milestones { code title state plannedAt forecast { p50 p90 } actualAt note } } } } }";

/// Sockets that follow everything and never read: their messages go nowhere.
pub struct Dead(Vec<Socket>);

impl Dead {
    /// So many come.
    pub async fn come(url: &str, token: &str, many: usize) -> Result<Self> {
        let mut all = Vec::new();
        for place in 0..many {
            let mut socket = open(&url.replacen("http", "ws", 1), token, place).await?;
            let payload = json!({ "query": EVERYTHING });
            let subscribe = json!({ "type": "subscribe", "id": "1", "payload": payload });
            socket.send(Message::Text(subscribe.to_string().into())).await?;
            all.push(socket);
        }
        Ok(Self(all))
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }
}

/// A connection from one of the crowd's addresses.
async fn connect(url: &str, place: usize) -> Result<TcpStream> {
    let to: SocketAddr =
        url.trim_start_matches("ws://").trim_end_matches('/').parse().context("an address in figures")?;
    let last = u8::try_from(2 + place % ADDRESSES).expect("few addresses");
    let socket = TcpSocket::new_v4()?;
    socket.set_nodelay(true)?;
    socket.bind((Ipv4Addr::new(127, 0, 0, last), 0).into())?;
    socket.connect(to).await.context("a connection")
}

/// A socket whose token counts, of the subscriber at this place.
async fn open(url: &str, token: &str, place: usize) -> Result<Socket> {
    let mut request = format!("{url}/graphql/ws").into_client_request()?;
    let protocol = HeaderValue::from_static("graphql-transport-ws");
    request.headers_mut().insert("sec-websocket-protocol", protocol);
    // The usual 128 KiB for each are the crowd's own cost, on the same cores.
    let config = WebSocketConfig::default().read_buffer_size(4 << 10);
    let stream = connect(url, place).await?;
    let (mut socket, _) = client_async_with_config(request, stream, Some(config)).await.context("a socket")?;
    let init = json!({ "type": "connection_init", "payload": { "authorization": token } });
    socket.send(Message::Text(init.to_string().into())).await?;
    let ack = next(&mut socket).await?;
    ensure!(ack["type"] == "connection_ack", "{ack}");
    Ok(socket)
}

/// Subscribers of one gateway.
pub struct Crowd {
    url: String,
    all: Vec<Followed>,
    states: Arc<Vec<Mutex<State>>>,
    places: HashMap<String, usize>,
    tasks: Mutex<Vec<JoinHandle<()>>>,
}

impl Crowd {
    /// Who follow these orders.
    pub fn new(url: &str, all: Vec<Followed>) -> Self {
        let states = Arc::new(all.iter().map(|_| Mutex::default()).collect());
        let places = all.iter().enumerate().map(|(place, one)| (format!("order:{}", one.order), place)).collect();
        Self { url: url.replacen("http", "ws", 1), all, states, places, tasks: Mutex::default() }
    }

    /// All come, and subscribe from where they stood.
    pub async fn come(&self) -> Result<()> {
        let opened: Vec<JoinHandle<()>> = stream::iter(self.all.iter().enumerate())
            .map(|(place, one)| self.open(place, one))
            .buffer_unordered(AT_ONCE)
            .try_collect()
            .await?;
        self.tasks.lock().expect("no panic while held").extend(opened);
        Ok(())
    }

    async fn open(&self, place: usize, one: &Followed) -> Result<JoinHandle<()>> {
        let (mut tell, mut hear) = open(&self.url, &one.token, place).await?.split();
        let after = self.states[place].lock().expect("no panic while held").cursor.clone();
        let variables = json!({ "orderId": one.order.to_string(), "after": after });
        let payload = json!({ "query": DOCUMENT, "variables": variables });
        say(&mut tell, &json!({ "type": "subscribe", "id": "1", "payload": payload })).await?;
        let states = self.states.clone();
        Ok(tokio::spawn(async move {
            while let Ok(said) = next(&mut hear).await {
                let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64();
                let news = &said["payload"]["data"]["deliveryMilestoneUpdated"];
                let Some(sequence) = news["sequence"].as_i64() else {
                    eprintln!("bench: {said}");
                    return;
                };
                let mut state = states[place].lock().expect("no panic while held");
                state.sequence = Some(sequence);
                state.cursor = news["cursor"].as_str().map(str::to_owned);
                state.replayed |= news["replayed"] == true;
                state.heard.push((sequence, now));
            }
            // Both halves end together.
            drop(tell);
        }))
    }

    /// Waits until something is true of all.
    pub async fn wait(&self, is_so: impl Fn(&State) -> bool, patience: Duration) -> Result<()> {
        let until = Instant::now() + patience;
        loop {
            let left = self.states.iter().filter(|state| !is_so(&state.lock().expect("no panic while held"))).count();
            if left == 0 {
                return Ok(());
            }
            if Instant::now() > until {
                bail!("{left} of {} subscriptions were not told within {patience:?}", self.all.len());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// When a stream's number was heard.
    pub fn heard(&self, stream: &str, sequence: i64) -> Option<f64> {
        let state = self.states[*self.places.get(stream)?].lock().expect("no panic while held");
        state.heard.iter().find(|(number, _)| *number == sequence).map(|(_, at)| *at)
    }

    /// All leave at once, without a word.
    pub async fn leave(&self) {
        let tasks = std::mem::take(&mut *self.tasks.lock().expect("no panic while held"));
        for task in &tasks {
            task.abort();
        }
        for task in tasks {
            let _ = task.await;
        }
    }
}

async fn say(socket: &mut SplitSink<Socket, Message>, message: &Value) -> Result<()> {
    Ok(socket.send(Message::Text(message.to_string().into())).await?)
}

async fn next<S>(socket: &mut S) -> Result<Value>
where
    S: Stream<Item = Result<Message, tungstenite::Error>> + Unpin,
{
    while let Some(message) = socket.next().await {
        if let Message::Text(text) = message? {
            return Ok(serde_json::from_str(&text)?);
        }
    }
    bail!("the socket ended")
}
