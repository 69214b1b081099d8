//! What one may ask the webhook room.

use async_graphql::ID;
use entity::webhook::{delivery, endpoint};
use entity::{PrefixedId, WebhookDeliveryState, WebhookEndpointId};
use sea_orm::ColumnTrait;
use sea_orm::sea_query::{Condition, Expr, Order};

use super::links::WebhookEndpointById;
use super::policy;
use super::types::{WebhookDelivery, WebhookEndpoint};
use crate::graph::connection::{List, Rows, list, one, page_args};
use crate::graph::node::parse_id;
use crate::graph::{Ask, Result, roots};
use crate::store::page::{SortKey, Sorting};

/// Root fields.
#[derive(Default)]
pub struct Queries;

#[roots(name = "WebhookQueries")]
impl Queries {
    /// Webhook endpoints, newest first; for operators.
    async fn webhook_endpoints(
        &self,
        ask: &Ask<'_>,
        #[graphql(desc = "How many, 1 to 100.")] first: i32,
        #[graphql(desc = "Cursor of the last row of the page before.")] after: Option<String>,
    ) -> Result<List<WebhookEndpoint>> {
        let viewer = &ask.call.viewer;
        let args = page_args(first, after.as_deref())?;
        let rows = Rows::those(policy::readable(viewer).or_refuse(viewer)?);
        let column = |column: endpoint::Column| Expr::col((endpoint::Entity, column));
        let key = SortKey::new(column(endpoint::Column::CreatedAt), Order::Desc, |row: &endpoint::Model| {
            row.created_at.into()
        });
        let newest = Sorting::new("webhook", "created", key, column(endpoint::Column::Id), |row: &endpoint::Model| {
            row.id.uuid()
        });
        list(ask, rows, &newest, &args, |row| Some(WebhookEndpoint(row))).await
    }

    /// A webhook endpoint; null when there is none that the caller may see.
    async fn webhook_endpoint(
        &self,
        ask: &Ask<'_>,
        #[graphql(desc = "As in `whe_01J…`.")] id: ID,
    ) -> Result<Option<WebhookEndpoint>> {
        one::<WebhookEndpointById>(ask, parse_id("id", &id)?).await
    }

    /// Deliveries to an endpoint, newest first; for operators. With the state `DEAD`, its dead letters.
    async fn webhook_deliveries(
        &self,
        ask: &Ask<'_>,
        #[graphql(desc = "As in `whe_01J…`.")] endpoint_id: ID,
        #[graphql(desc = "Those in this state; left out, all.")] state: Option<WebhookDeliveryState>,
        #[graphql(desc = "How many, 1 to 100.")] first: i32,
        #[graphql(desc = "Cursor of the last row of the page before.")] after: Option<String>,
    ) -> Result<List<WebhookDelivery>> {
        let viewer = &ask.call.viewer;
        let endpoint: WebhookEndpointId = parse_id("endpointId", &endpoint_id)?;
        let args = page_args(first, after.as_deref())?;
        let rows = Condition::all()
            .add(policy::readable(viewer).or_refuse(viewer)?)
            .add(delivery::Column::EndpointId.eq(endpoint))
            .add_option(state.map(|state| delivery::Column::State.eq(state)));
        let column = |column: delivery::Column| Expr::col((delivery::Entity, column));
        let key = SortKey::new(column(delivery::Column::CreatedAt), Order::Desc, |row: &delivery::Model| {
            row.created_at.into()
        });
        let newest = Sorting::new("delivery", "created", key, column(delivery::Column::Id), |row: &delivery::Model| {
            row.id.uuid()
        });
        list(ask, Rows::those(rows), &newest, &args, |row| Some(WebhookDelivery(row))).await
    }
}
