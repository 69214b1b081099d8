//! `/mcp/{client}`: an app's operations as tools of the Model Context Protocol, over streamable HTTP without sessions. A call
//! goes the steps of every other way in: who asks, which operation, what it costs, then the gateway.

use std::future::ready;
use std::net::SocketAddr;
use std::sync::Arc;

use async_graphql::parser::types::OperationType;
use async_graphql::{Response as Answer, Variables};
use axum::Extension;
use axum::body::Body;
use axum::extract::{ConnectInfo, Path, State};
use axum::http::{Request, StatusCode};
use axum::response::{IntoResponse, Response};
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, Implementation, ListToolsResult, PaginatedRequestParams,
    ServerCapabilities, ServerConfig, Tool, ToolAnnotations,
};
use rmcp::service::RequestContext;
use rmcp::transport::streamable_http_server::session::never::NeverSessionManager;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};
use rmcp::{ErrorData, RoleServer, ServerHandler};
use serde_json::Value;

use super::document::not_found;
use super::http::{Answered, Asked, bad};
use super::log::{Note, RequestId};
use super::{Edge, answer, cors};
use crate::access::Viewer;
use crate::graph::{Code, Error};
use crate::settings::Tools;
use crate::trusted::{Trusted, openapi};

/// Any method; the protocol says which are possible.
pub async fn run(
    State(edge): State<Edge>,
    Extension(RequestId(id)): Extension<RequestId>,
    Extension(note): Extension<Note>,
    ConnectInfo(from): ConnectInfo<SocketAddr>,
    Path(client): Path<String>,
    request: Request<Body>,
) -> Result<Response, Response> {
    let known = edge.clients.named(Some(&client)).map_err(|_| not_found());
    let asked = Asked::of(&edge, known, request.headers(), id, from)?;
    if asked.client.settings.tools == Tools::Off {
        return Err(asked.refuse_by_code(&edge, &not_found()));
    }
    // As a page opens a socket: a foreign one might speak for whoever looks at it.
    if !cors::with(&edge, request.headers(), &asked.client) {
        return Err(asked.refuse(&edge, StatusCode::FORBIDDEN, &Error::shown(Code::Forbidden, "http-origin")));
    }
    let viewer = asked.viewer(&edge, request.headers()).await?;
    let config = StreamableHttpServerConfig::default()
        .with_legacy_session_mode(false)
        .with_json_response(true)
        .with_max_request_body_bytes(edge.limits.body_bytes)
        // The token says who asks, not the network's name.
        .disable_allowed_hosts();
    let door = Door(Arc::new(Asker { edge, asked, viewer, note }));
    let service =
        StreamableHttpService::new(move || Ok(door.clone()), Arc::new(NeverSessionManager::default()), config);
    Ok(service.handle(request).await.map(Body::new).into_response())
}

/// One request's way to the tools.
#[derive(Clone)]
struct Door(Arc<Asker>);

struct Asker {
    edge: Edge,
    asked: Asked,
    viewer: Viewer,
    note: Note,
}

impl ServerHandler for Door {
    fn get_info(&self) -> ServerConfig {
        ServerConfig::new(ServerCapabilities::builder().enable_tools().build())
            .with_server_info(Implementation::new("milepost", env!("CARGO_PKG_VERSION")))
            .with_instructions("Each tool is one operation of a car maker's app. Ids are opaque texts, times are UTC.")
    }

    fn list_tools(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> impl Future<Output = Result<ListToolsResult, ErrorData>> + Send + '_ {
        let Asker { edge, asked, .. } = &*self.0;
        let catalogue = edge.lookup.trusted().now();
        let own = catalogue.get(&asked.client.name).into_iter().flat_map(|documents| documents.current());
        let shown = own.filter(|(_, trusted)| asked.client.settings.tools.has(trusted.kind));
        ready(Ok(ListToolsResult::with_all_items(shown.map(|(route, trusted)| tool(route, trusted)).collect())))
    }

    async fn call_tool(
        &self,
        call: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let outcome = tokio::select! {
            outcome = self.call(call) => outcome,
            () = context.ct.cancelled() => return Err(ErrorData::internal_error("the caller has left", None)),
        };
        let result = match outcome {
            Ok(result) => result,
            Err(refusal) => said(&refusal, self.0.edge.limits.max_errors),
        };
        Ok(result.into())
    }
}

impl Door {
    /// What a tool says; the refusal when it is not run.
    async fn call(&self, call: CallToolRequestParams) -> Result<CallToolResult, Answer> {
        let Asker { edge, asked, viewer, note } = &*self.0;
        let refuse = |error: Error| answer::refusal(&error, asked.locale, &asked.request_id);
        let trusted = edge.lookup.route(&asked.client, &call.name);
        let trusted = trusted.filter(|trusted| asked.client.settings.tools.has(trusted.kind));
        let trusted = trusted.ok_or_else(|| refuse(not_found()))?;
        let arguments = Value::Object(call.arguments.unwrap_or_default());
        let variables: Variables = serde_json::from_value(arguments).map_err(|_| refuse(bad("bff-body")))?;
        let asking = edge.lookup.of_route(&asked.client, &trusted, variables).map_err(refuse)?;
        note.operation(Some(trusted.kind), Some(&trusted.name), viewer);
        let answered = asked.answer(edge, viewer.clone(), asking).await;
        let Answered { reply, .. } = answered.map_err(|empty| empty.answer(asked.locale, &asked.request_id))?;
        let failed = !matches!(reply.errors(), []);
        let body = serde_json::from_slice(&answer::body(&reply, edge.limits.max_errors)).unwrap_or_default();
        Ok(if failed { CallToolResult::structured_error(body) } else { CallToolResult::structured(body) })
    }
}

/// A refusal in a tool's words: the same body as over HTTP.
fn said(refusal: &Answer, max_errors: usize) -> CallToolResult {
    let body = answer::Body::new(refusal, max_errors).to_json();
    CallToolResult::structured_error(serde_json::from_str(&body).unwrap_or_default())
}

fn tool(route: &str, trusted: &Trusted) -> Tool {
    let schema = match openapi::input(trusted) {
        Value::Object(schema) => schema,
        _ => Default::default(),
    };
    let reads = trusted.kind == OperationType::Query;
    let hints = ToolAnnotations::new().read_only(reads).open_world(false);
    Tool::new(route.to_owned(), trusted.about.clone(), schema).with_annotations(hints)
}
