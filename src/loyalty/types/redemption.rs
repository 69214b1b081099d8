//! What there is for points, and what was had.

use async_graphql::{Description, ID};
use chrono::{DateTime, Utc};
use entity::RedemptionStatus;
use entity::loyalty::{redemption, redemption_item};

use super::super::links::RedemptionItemById;
use crate::graph::answer::To;
use crate::graph::scalars::Int64;
use crate::graph::{Call, fields};

/// Something to have for points (C109).
#[derive(Clone, Debug, Description)]
pub struct RedemptionItem(pub redemption_item::Model);

#[fields(rows(redemption_item::Model))]
impl RedemptionItem {
    /// Type-prefixed ULID, as in `rdi_01J…`.
    pub fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// Short code.
    fn code(&self) -> &str {
        &self.0.code
    }

    /// Name in the language of the request.
    fn name(&self, call: &Call) -> String {
        call.pick(&self.0.name_zh, &self.0.name_en)
    }

    /// What it costs, points.
    fn cost_points(&self) -> Int64 {
        Int64(self.0.cost_points)
    }

    /// Whether it can be had at present.
    fn available(&self) -> bool {
        self.0.available
    }
}

/// Points given for an item, or at a till (C109).
#[derive(Clone, Debug, Description)]
pub struct Redemption(pub redemption::Model);

#[fields(rows(redemption::Model))]
impl Redemption {
    /// Type-prefixed ULID, as in `rdm_01J…`.
    pub fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// The item; null when points alone were redeemed.
    #[link(self.0.item_id)]
    fn item(&self) -> To<RedemptionItemById>;

    /// Points given.
    fn points(&self) -> Int64 {
        Int64(self.0.points)
    }

    /// State.
    fn status(&self) -> RedemptionStatus {
        self.0.status
    }

    /// When.
    fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }
}
