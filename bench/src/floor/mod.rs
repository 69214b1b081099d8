//! The floor: what one would write by hand for exactly these screens. One handler a workload, the fewest statements,
//! only the columns that are shown, and the gateway's authorisation. Each handler serves the kind of caller that its
//! workload has and refuses all others.

mod consent_grant;
mod inventory_page;
mod lead_queue;
mod milestones;
mod model_page;
mod my_orders;
mod order_board;
mod order_tracking;
mod sight;
mod wire;

use std::sync::Arc;

use anyhow::Result;
use axum::Router;
use axum::extract::FromRequestParts;
use axum::http::header;
use axum::http::request::Parts;
use axum::routing::post;
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use entity::{CustomerId, Locale, StoreId};
use milepost::access::{Viewer, ViewerKind};
use milepost::app::Clock;
use milepost::graph::text::negotiate;
use milepost::identity::{Identity, Keys};
use milepost::settings::Settings;
use milepost::store::Vault;
use milepost::values::calendar;

use crate::pool::Pool;
use wire::Refused;

/// What the handlers share.
pub struct Floor {
    pool: Pool,
    identity: Identity,
    vault: Vault,
    clock: Clock,
}

/// By how much the expected days of an order move that waits for its customer's payment, as the gateway has them move.
fn moves(from: Option<NaiveDate>, now: DateTime<Utc>) -> TimeDelta {
    from.map_or_else(TimeDelta::zero, |from| (calendar::day(now) - from).max(TimeDelta::zero()))
}

impl Floor {
    /// Over the database and the keys of these settings. Connects at the first request.
    ///
    /// # Errors
    /// When the database's address or a key is not one.
    pub fn open(settings: &Settings) -> Result<Arc<Self>> {
        let pool = Pool::open(settings)?;
        let clock = Clock::default();
        let keys = Keys::new(&settings.auth.keys, settings.dev())?;
        let identity = Identity::new(&settings.auth, keys, clock.clone(), Default::default());
        Ok(Arc::new(Self { pool, identity, vault: milepost::serve::vault(&settings.vault)?, clock }))
    }
}

/// One route a workload, named as its document.
pub fn router(floor: Arc<Floor>) -> Router {
    Router::new()
        .route("/trivial", post(trivial))
        .route("/order-tracking", post(order_tracking::answer))
        .route("/my-orders", post(my_orders::answer))
        .route("/order-board", post(order_board::answer))
        .route("/handover-board", post(order_board::answer))
        .route("/inventory-page", post(inventory_page::answer))
        .route("/lead-queue", post(lead_queue::answer))
        .route("/model-page", post(model_page::answer))
        .route("/consent-grant", post(consent_grant::answer))
        .with_state(floor)
}

/// The least that a server can answer, behind the same check of the token.
async fn trivial(_: Caller) -> impl axum::response::IntoResponse {
    ([(header::CONTENT_TYPE, wire::JSON)], r#"{"data":{"__typename":"Query"}}"#)
}

/// Who asks, by the token, and in which language.
struct Caller {
    viewer: Viewer,
    locale: Locale,
}

impl FromRequestParts<Arc<Floor>> for Caller {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, floor: &Arc<Floor>) -> Result<Self, Refused> {
        let text = |name| parts.headers.get(name).and_then(|value| value.to_str().ok());
        let viewer = floor.identity.viewer(text(header::AUTHORIZATION), floor.identity.audience()).await;
        let viewer = viewer.map_err(|_| Refused::Token)?;
        Ok(Self { viewer, locale: negotiate(text(header::ACCEPT_LANGUAGE), Locale::ZhCn) })
    }
}

impl Caller {
    fn customer(&self) -> Result<CustomerId, Refused> {
        self.viewer.customer().ok_or(Refused::NotForYou)
    }

    fn store(&self) -> Result<StoreId, Refused> {
        self.viewer.store().ok_or(Refused::NotForYou)
    }

    /// Nobody signed in: sees what is on sale.
    fn stranger(&self) -> Result<(), Refused> {
        matches!(self.viewer.kind, ViewerKind::Anonymous).then_some(()).ok_or(Refused::NotForYou)
    }

    /// Whether texts are English; a bind of the statements, which pick the column.
    fn english(&self) -> bool {
        self.locale == Locale::En
    }
}
