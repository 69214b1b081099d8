//! What one may ask about damage to cars.

use async_graphql::ID;

use super::inputs::{QualityDamageSort, QualityDamageWhereInput, sorting};
use super::links::QualityDamageCaseById;
use super::policy;
use super::types::QualityDamageCase;
use crate::graph::connection::{List, Rows, list, one, page_args};
use crate::graph::node::parse_id;
use crate::graph::{Ask, Result, roots};

/// Root fields.
#[derive(Default)]
pub struct Queries;

#[roots(name = "QualityQueries")]
impl Queries {
    /// Damage to cars: of those that the caller's store has, or that are on its orders; all for operators.
    async fn quality_damage_cases(
        &self,
        ask: &Ask<'_>,
        #[graphql(name = "where", desc = "Which cases.")] filter: Option<QualityDamageWhereInput>,
        #[graphql(desc = "How to sort; newest first when left out.")] order_by: Option<QualityDamageSort>,
        #[graphql(desc = "How many, 1 to 100.")] first: i32,
        #[graphql(desc = "Cursor of the last row of the page before.")] after: Option<String>,
    ) -> Result<List<QualityDamageCase>> {
        let viewer = &ask.call.viewer;
        let seen = policy::readable(viewer).or_refuse(viewer)?;
        let args = page_args(first, after.as_deref())?;
        let rows = Rows::those(filter.unwrap_or_default().condition()?.add(seen));
        list(ask, rows, &sorting(order_by), &args, |row| Some(QualityDamageCase(row))).await
    }

    /// A damage by id; null when there is none that the caller may see.
    async fn quality_damage_case(
        &self,
        ask: &Ask<'_>,
        #[graphql(desc = "As in `qdc_01J…`.")] id: ID,
    ) -> Result<Option<QualityDamageCase>> {
        one::<QualityDamageCaseById>(ask, parse_id("id", &id)?).await
    }
}
