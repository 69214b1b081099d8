//! A subscription, over a socket or by server-sent events.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::timeout;

use super::{Frame, PATIENCE, Socket};

/// A subscription's answers, as `{"data": …, "errors": …}`. Dropping it ends the subscription.
pub struct Stream(Kind);

enum Kind {
    Socket(Box<Socket>),
    Events { response: reqwest::Response, read: Vec<u8> },
}

impl Stream {
    pub(super) fn of_socket(socket: Socket) -> Self {
        Self(Kind::Socket(Box::new(socket)))
    }

    pub fn of_events(response: reqwest::Response) -> Self {
        Self(Kind::Events { response, read: Vec::new() })
    }

    /// The next answer, in time.
    pub async fn next(&mut self) -> Value {
        self.try_next().await.expect("another answer before the end")
    }

    /// The data of the next answer, which must have no errors.
    pub async fn data(&mut self) -> Value {
        let answer = self.next().await;
        assert!(answer.get("errors").is_none(), "{answer:#}");
        answer["data"].clone()
    }

    /// The next answer; none when the subscription was completed.
    pub async fn try_next(&mut self) -> Option<Value> {
        timeout(PATIENCE, self.wait()).await.expect("an answer in time")
    }

    /// Whether nothing comes for so long.
    pub async fn is_quiet(&mut self, time: Duration) -> bool {
        timeout(time, self.wait()).await.is_err()
    }

    async fn wait(&mut self) -> Option<Value> {
        match &mut self.0 {
            Kind::Socket(socket) => loop {
                let message = match socket.frame().await {
                    Frame::Json(message) => message,
                    end => panic!("the socket ended: {end:?}"),
                };
                match message["type"].as_str() {
                    Some("next") => return Some(message["payload"].clone()),
                    Some("error") => return Some(json!({ "errors": message["payload"] })),
                    Some("complete") => return None,
                    _ => {}
                }
            },
            Kind::Events { response, read } => loop {
                let (name, data) = event(response, read).await;
                match name.as_str() {
                    "next" => return Some(serde_json::from_str(&data).expect("JSON")),
                    "complete" => return None,
                    _ => {}
                }
            },
        }
    }
}

/// The next event: its name and data. An event that is only a comment has neither.
pub async fn event(response: &mut reqwest::Response, read: &mut Vec<u8>) -> (String, String) {
    let end = loop {
        if let Some(end) = read.windows(2).position(|pair| pair == b"\n\n") {
            break end;
        }
        let chunk = response.chunk().await.expect("the stream goes on").expect("no end before `complete`");
        read.extend_from_slice(&chunk);
    };
    let block: Vec<u8> = read.drain(..end + 2).collect();
    let block = String::from_utf8(block).expect("UTF-8");
    let (mut name, mut data) = (String::new(), String::new());
    for line in block.lines() {
        match line.split_once(':') {
            Some(("event", value)) => value.trim_start().clone_into(&mut name),
            Some(("data", value)) => data.push_str(value.trim_start()),
            _ => {}
        }
    }
    (name, data)
}
