//! What operators may ask about how states are shown.

use async_graphql::ID;
use entity::inventory::status_display;
use entity::{DisplayAudience, FulfillmentMode, PolicyStatus, PrefixedId, StatusDisplayId, VehicleStatus};
use sea_orm::sea_query::{Expr, Order};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::super::policy;
use super::rules::{self, Place, shown};
use super::types::{VehicleDisplayStatus, VehicleStatusDisplay, VehicleStatusPreview};
use crate::graph::connection::{List, Rows, list, page_args};
use crate::graph::node::parse_id;
use crate::graph::{Ask, Error, Result, roots};
use crate::store::page::{SortKey, Sorting};
use crate::store::rows::ByPlace;

/// Root fields.
#[derive(Default)]
pub struct Queries;

#[roots(name = "DisplayQueries")]
impl Queries {
    /// How states of cars are shown to whom, by name; for operators.
    async fn vehicle_status_displays(
        &self,
        ask: &Ask<'_>,
        #[graphql(desc = "Those in this state; left out, all.")] status: Option<PolicyStatus>,
        #[graphql(desc = "Those for these people; left out, all.")] audience: Option<DisplayAudience>,
        #[graphql(desc = "How many, 1 to 100.")] first: i32,
        #[graphql(desc = "Cursor of the last row of the page before.")] after: Option<String>,
    ) -> Result<List<VehicleStatusDisplay>> {
        use status_display::Column;
        let viewer = &ask.call.viewer;
        let args = page_args(first, after.as_deref())?;
        let rows = policy::rules(viewer).or_refuse(viewer)?;
        let rows = rows
            .add_option(status.map(|status| Column::Status.eq(status)))
            .add_option(audience.map(|audience| Column::Audience.eq(audience)));
        let column = |column| Expr::col((status_display::Entity, column));
        let name =
            SortKey::new(column(Column::Name), Order::Asc, |row: &status_display::Model| row.name.clone().into());
        let by_name = Sorting::new("status-display", "name", name, column(Column::Id), |row| row.id.uuid());
        list(ask, Rows::those(rows), &by_name, &args, |row| Some(VehicleStatusDisplay(row))).await
    }

    /// How each state would be shown to somebody, in the order of the states; for operators. With a display as if it were published.
    async fn vehicle_status_display_preview(
        &self,
        ask: &Ask<'_>,
        #[graphql(desc = "To whom.")] audience: DisplayAudience,
        #[graphql(desc = "For cars of orders that are fulfilled so; left out, for all others.")]
        fulfillment_mode: Option<FulfillmentMode>,
        #[graphql(desc = "A display of this audience, as in `vsd_01J…`; left out, what is in force.")]
        display_id: Option<ID>,
    ) -> Result<Vec<VehicleStatusPreview>> {
        use status_display::Column;
        let call = ask.call;
        policy::rules(&call.viewer).or_refuse(&call.viewer)?;
        let all = status_display::Entity::find().filter(Column::Audience.eq(audience));
        let display = match display_id {
            Some(id) => {
                let id: StatusDisplayId = parse_id("displayId", &id)?;
                let found = all.filter(Column::Id.eq(id)).one(call.db()).await?;
                Some(found.ok_or_else(|| Error::argument("displayId", "not-found"))?)
            }
            None => {
                let published = all.filter(Column::Status.eq(PolicyStatus::Published)).by_place(call.db()).await?;
                rules::in_force(&published, audience, fulfillment_mode).cloned()
            }
        };
        let entries = display.as_ref().map(|display| &display.entries.0[..]);
        let of = |status: &VehicleStatus| {
            let entry = shown(entries, audience, Place { status: *status, before: None });
            VehicleStatusPreview {
                status: *status,
                display: VehicleDisplayStatus::of(entry, call.locale),
                is_fallback: entry.status != *status,
            }
        };
        Ok(VehicleStatus::ALL.iter().map(of).collect())
    }
}
