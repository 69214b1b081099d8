//! A raw `graphql-transport-ws` socket.

use futures_util::{SinkExt, StreamExt};
use serde_json::Value;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::{HeaderName, HeaderValue};
use tokio_tungstenite::tungstenite::{self, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

use super::PATIENCE;

/// A socket; what it receives is waited for no longer than [`PATIENCE`].
pub struct Socket(WebSocketStream<MaybeTlsStream<TcpStream>>);

/// What a socket says.
#[derive(Clone, Debug, PartialEq)]
pub enum Frame {
    /// A message.
    Json(Value),
    /// The end, with its code and reason.
    Close(u16, String),
    /// The end without a word.
    Gone,
}

impl Socket {
    /// Opens a socket with the usual protocol and these headers beside.
    pub async fn open(url: &str, headers: &[(&str, &str)]) -> Self {
        let mut all = vec![("sec-websocket-protocol", "graphql-transport-ws")];
        all.extend_from_slice(headers);
        Self::try_open(url, &all).await.expect("the socket opens")
    }

    /// Opens a socket with these headers only.
    pub async fn try_open(url: &str, headers: &[(&str, &str)]) -> Result<Self, tungstenite::Error> {
        let address = format!("{}/graphql/ws", url.replacen("http", "ws", 1));
        let mut request = address.into_client_request()?;
        for (name, value) in headers {
            let name = HeaderName::from_bytes(name.as_bytes()).expect("a header's name");
            request.headers_mut().insert(name, HeaderValue::from_str(value).expect("a header's value"));
        }
        let connected = timeout(PATIENCE, tokio_tungstenite::connect_async(request)).await.expect("an answer in time");
        connected.map(|(socket, _)| Self(socket))
    }

    /// Sends a message.
    pub async fn send(&mut self, message: Value) {
        self.send_raw(Message::Text(message.to_string().into())).await;
    }

    /// Sends any frame.
    pub async fn send_raw(&mut self, message: Message) {
        self.0.send(message).await.expect("the socket takes it");
    }

    /// The next frame; pings are answered and passed over.
    pub async fn frame(&mut self) -> Frame {
        loop {
            let message = timeout(PATIENCE, self.0.next()).await.expect("a frame in time");
            return match message {
                Some(Ok(Message::Text(text))) => Frame::Json(serde_json::from_str(&text).expect("JSON")),
                Some(Ok(Message::Close(Some(frame)))) => Frame::Close(frame.code.into(), frame.reason.to_string()),
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => continue,
                Some(Ok(other)) => panic!("unexpected: {other:?}"),
                Some(Err(_)) | None => Frame::Gone,
            };
        }
    }

    /// The next message.
    pub async fn json(&mut self) -> Value {
        match self.frame().await {
            Frame::Json(json) => json,
            other => panic!("wanted a message: {other:?}"),
        }
    }

    /// The code with which the socket ends, after whatever messages.
    pub async fn close_code(&mut self) -> u16 {
        loop {
            match self.frame().await {
                Frame::Json(_) => {}
                Frame::Close(code, _) => return code,
                Frame::Gone => panic!("the socket ended without a code"),
            }
        }
    }
}
