//! A caller over HTTP.

use reqwest::header::{ACCEPT, ACCEPT_LANGUAGE, AUTHORIZATION, HeaderMap};
use serde_json::{Value, json};

use super::{Server, Socket, Stream};

/// A caller. Texts come in English unless [`Client::language`] says otherwise.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    url: String,
    authorization: Option<String>,
    language: String,
}

/// An answer.
#[derive(Debug)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// HTTP headers.
    pub headers: HeaderMap,
    /// `data`, null when there is none.
    pub data: Value,
    /// `errors`.
    pub errors: Vec<Value>,
    /// The whole body.
    pub json: Value,
}

impl Answer {
    /// Reads an HTTP answer.
    pub async fn of(response: reqwest::Response) -> Self {
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().await.expect("a body");
        let json: Value = serde_json::from_str(&text).unwrap_or_else(|_| panic!("{status}, not JSON: {text}"));
        let errors = json["errors"].as_array().cloned().unwrap_or_default();
        Self { status, headers, data: json["data"].clone(), errors, json }
    }

    /// Code of the first error.
    pub fn code(&self) -> Option<&str> {
        self.errors.first()?["extensions"]["code"].as_str()
    }

    /// The data of an answer that must have no errors.
    #[track_caller]
    pub fn expect_data(self) -> Value {
        assert!(self.errors.is_empty(), "{:#}", self.json);
        self.data
    }
}

impl Client {
    pub(super) fn new(server: &Server, authorization: Option<String>) -> Self {
        Self { http: server.http().clone(), url: server.url(), authorization, language: "en".into() }
    }

    /// The same caller in another language.
    pub fn language(mut self, language: &str) -> Self {
        language.clone_into(&mut self.language);
        self
    }

    /// The caller's `Authorization` header.
    pub fn authorization(&self) -> Option<&str> {
        self.authorization.as_deref()
    }

    /// A request with the caller's headers, to be sent as one likes.
    pub fn request(&self, method: reqwest::Method, path: &str) -> reqwest::RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.url)).header(ACCEPT_LANGUAGE, &self.language);
        match &self.authorization {
            Some(authorization) => request.header(AUTHORIZATION, authorization),
            None => request,
        }
    }

    /// A `GET /graphql` with these parameters.
    pub fn get(&self, query: &[(&str, &str)]) -> reqwest::RequestBuilder {
        let url = reqwest::Url::parse_with_params("http://x/graphql", query).expect("an address");
        self.request(reqwest::Method::GET, &format!("/graphql?{}", url.query().unwrap_or_default()))
    }

    /// Asks, and answers with whatever came.
    pub async fn query(&self, document: &str, variables: Value) -> Answer {
        let request = self
            .request(reqwest::Method::POST, "/graphql")
            .header(ACCEPT, "application/graphql-response+json")
            .json(&json!({ "query": document, "variables": variables }));
        Answer::of(request.send().await.expect("an answer")).await
    }

    /// Asks for something that must work.
    pub async fn data(&self, document: &str, variables: Value) -> Value {
        self.query(document, variables).await.expect_data()
    }

    /// Asks for something that must fail as a whole; answers the first error's code.
    pub async fn code(&self, document: &str, variables: Value) -> String {
        let answer = self.query(document, variables).await;
        answer.code().unwrap_or_else(|| panic!("no error: {:#}", answer.json)).to_owned()
    }

    /// Runs a mutation and answers its payload: the value of its one root field.
    pub async fn payload(&self, document: &str, variables: Value) -> Value {
        let data = self.data(document, variables).await;
        let fields = data.as_object().expect("an object");
        assert_eq!(fields.len(), 1, "one root field: {data}");
        fields.values().next().expect("a field").clone()
    }

    /// Subscribes over a WebSocket of its own.
    pub async fn subscribe_ws(&self, document: &str, variables: Value) -> Stream {
        let mut socket = Socket::open(&self.url, &[]).await;
        let payload = match &self.authorization {
            Some(authorization) => json!({ "authorization": authorization }),
            None => json!({}),
        };
        socket.send(json!({ "type": "connection_init", "payload": payload })).await;
        assert_eq!(socket.json().await["type"], "connection_ack");
        let payload = json!({ "query": document, "variables": variables });
        socket.send(json!({ "type": "subscribe", "id": "1", "payload": payload })).await;
        Stream::of_socket(socket)
    }

    /// Subscribes by server-sent events.
    pub async fn subscribe_sse(&self, document: &str, variables: Value) -> Stream {
        let request = self
            .request(reqwest::Method::POST, "/graphql")
            .header(ACCEPT, "text/event-stream")
            .json(&json!({ "query": document, "variables": variables }));
        let response = request.send().await.expect("an answer");
        assert_eq!(response.status(), 200);
        Stream::of_events(response)
    }
}
