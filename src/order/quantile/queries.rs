//! What one may ask of what the stretches took.

use super::inputs::{EtaQuantileWhereInput, largest_first};
use super::policy;
use super::types::EtaQuantile;
use crate::graph::connection::{List, Rows, list, page_args};
use crate::graph::{Ask, Result, roots};

/// Root fields.
#[derive(Default)]
pub struct Queries;

#[roots(name = "EtaQuantileQueries")]
impl Queries {
    /// How long the stretches of orders' ways took in the last 90 days, by which expected dates are reckoned; what most is known of
    /// first. For operators. Measured once a day.
    async fn eta_quantiles(
        &self,
        ask: &Ask<'_>,
        #[graphql(name = "where", desc = "Which of them.")] filter: Option<EtaQuantileWhereInput>,
        #[graphql(desc = "How many, 1 to 100.")] first: i32,
        #[graphql(desc = "Cursor of the last row of the page before.")] after: Option<String>,
    ) -> Result<List<EtaQuantile>> {
        let viewer = &ask.call.viewer;
        let seen = policy::readable(viewer).or_refuse(viewer)?;
        let args = page_args(first, after.as_deref())?;
        let rows = Rows::those(filter.unwrap_or_default().condition()?.add(seen));
        list(ask, rows, &largest_first(), &args, |row| Some(EtaQuantile(row))).await
    }
}
