//! The workloads: a document, its variables and its callers. To add one: a file in `documents`, a handler of the same
//! name in the floor, and an entry in [`all`].

use anyhow::{Context, Result};
use chrono::Duration;
use entity::{CustomerId, PrefixedId};
use milepost::access::{Viewer, ViewerKind};
use milepost::app::Clock;
use milepost::identity::dev;
use milepost::seed::demo_people;
use milepost::settings::{Settings, Sources};
use serde_json::{Value, json};
use uuid::Uuid;

use super::wrk::MARK;
use crate::pool::{Conn, fetch};

/// One screen or deed, as both sides are asked for it.
pub struct Workload {
    /// Name of its document and of the floor's route.
    pub name: &'static str,
    document: &'static str,
    variables: Value,
    /// `Authorization` values of its callers, taken in turn; none for anonymous ones.
    pub tokens: Vec<String>,
    /// The floor's route.
    floor: &'static str,
    /// Whether the gateway may answer with what it has kept; for the others it keeps nothing.
    pub kept: bool,
    /// Whether it writes: then every request is another one, and ids in it differ.
    pub writes: bool,
    /// Whether the floor answers it on SQLite too; its statements for the others are PostgreSQL's own.
    pub on_sqlite: bool,
    /// How many rows its list has to show, so that a thin database is noticed.
    pub rows: usize,
}

/// Whether the gateway has met the document before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Known {
    /// The same text each time.
    Ahead,
    /// Another text each time: the operation's name ends with a number.
    Never,
}

impl Known {
    /// Its name in the table.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ahead => "known",
            Self::Never => "unseen",
        }
    }
}

impl Workload {
    /// The body for the gateway, perhaps with marks for a number of each request.
    pub fn gateway_body(&self, known: Known) -> String {
        let document = match known {
            Known::Ahead => self.document.to_owned(),
            Known::Never => renamed(self.document),
        };
        json!({ "query": document, "variables": self.variables }).to_string()
    }

    /// The body for the floor.
    pub fn floor_body(&self) -> String {
        self.variables.to_string()
    }

    /// The floor's route.
    pub fn floor_path(&self) -> String {
        format!("/{}", self.floor)
    }
}

/// The document with a mark at the end of its operation's name.
fn renamed(document: &str) -> String {
    let end = document.find(['(', '{']).map_or(document.len(), |end| document[..end].trim_end().len());
    format!("{}_{MARK}{}", &document[..end], &document[end..])
}

/// How long tokens live; longer than any run.
const TTL: Duration = Duration::hours(12);

/// Callers of the mutation: enough that they do not wait for each other's row.
const WRITERS: i64 = 1000;

const MODEL_PAGE: &str = include_str!("../../documents/model-page.graphql");

/// The model with the most to choose, and its first trim.
const MODEL: &str = "
    SELECT m.slug, t.id FROM vehicle_model m JOIN trim t ON t.model_id = m.id AND t.on_sale
    WHERE m.on_sale
    ORDER BY (SELECT count(*) FROM option_group g JOIN car_option o ON o.group_id = g.id WHERE g.model_id = m.id) DESC,
             m.slug, t.position LIMIT 1";

/// All workloads over a seeded database.
///
/// # Errors
/// When the database has not what they need.
pub async fn all(conn: &mut Conn) -> Result<Vec<Workload>> {
    let people = demo_people();
    let settings = Settings::load(&Sources::default())?;
    let now = Clock::default().now();
    let token = |kind| -> Result<String> {
        let claims = dev::claims(&settings.auth, &Viewer::of(kind), now, TTL).context("a role has a token")?;
        Ok(format!("Bearer {}", dev::sign(&claims)?))
    };
    let customer = token(ViewerKind::Customer(people.customer))?;
    let consultant = token(ViewerKind::Staff { id: people.consultant, store: people.store, manager: false })?;
    let writers: Vec<(Uuid,)> = fetch!(fetch_all, conn, "SELECT id FROM customer ORDER BY id LIMIT $1", WRITERS)?;
    let writers = writers.into_iter().map(|(id,)| token(ViewerKind::Customer(CustomerId::from_uuid(id))));
    let (slug, trim): (String, Uuid) = fetch!(fetch_one, conn, MODEL)?;
    let trim = entity::TrimId::from_uuid(trim);
    let read = |name, document, variables, tokens, rows| Workload {
        name,
        document,
        variables,
        tokens,
        floor: name,
        kept: false,
        writes: false,
        on_sqlite: name != "inventory-page",
        rows,
    };
    let shanghai = json!({ "latitude": 31.2304, "longitude": 121.4737 });
    let grant = json!({ "input": {
        "idempotencyKey": MARK, "purpose": "MARKETING", "documentVersion": format!("v-{MARK}"), "channel": "APP",
    }});
    let model_page = json!({ "slug": slug, "cityCode": "310100", "trimId": trim });
    Ok(vec![
        read("trivial", include_str!("../../documents/trivial.graphql"), json!({}), vec![customer.clone()], 0),
        read(
            "order-tracking",
            include_str!("../../documents/order-tracking.graphql"),
            json!({ "id": people.order }),
            vec![customer.clone()],
            0,
        ),
        read("my-orders", include_str!("../../documents/my-orders.graphql"), json!({}), vec![customer], 0),
        read(
            "order-board",
            include_str!("../../documents/order-board.graphql"),
            json!({ "first": 50 }),
            vec![consultant.clone()],
            50,
        ),
        read(
            "handover-board",
            include_str!("../../documents/handover-board.graphql"),
            json!({ "first": 50, "status": ["READY_FOR_DELIVERY"] }),
            vec![consultant.clone()],
            50,
        ),
        read(
            "inventory-page",
            include_str!("../../documents/inventory-page.graphql"),
            json!({ "first": 50, "near": shanghai }),
            vec![consultant.clone()],
            50,
        ),
        read(
            "lead-queue",
            include_str!("../../documents/lead-queue.graphql"),
            json!({ "first": 50 }),
            vec![consultant],
            50,
        ),
        read("model-page", MODEL_PAGE, model_page.clone(), Vec::new(), 0),
        Workload { floor: "model-page", kept: true, ..read("model-page-kept", MODEL_PAGE, model_page, Vec::new(), 0) },
        Workload {
            name: "consent-grant",
            document: include_str!("../../documents/consent-grant.graphql"),
            variables: grant,
            floor: "consent-grant",
            kept: false,
            tokens: writers.collect::<Result<_>>()?,
            writes: true,
            on_sqlite: false,
            rows: 0,
        },
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_never_seen_differs_in_its_name_alone() {
        assert_eq!(renamed("query A($x: Int!) { a }"), "query A_@@N@@($x: Int!) { a }");
        assert_eq!(renamed("query A {\n  a\n}"), "query A_@@N@@ {\n  a\n}");
    }
}
