//! What belongs to a lead and has no life of its own. The keys come from leads that the viewer sees.

use std::collections::HashMap;

use entity::LeadId;
use entity::lead::{event, touchpoint};
use sea_orm::{EntityTrait, QueryFilter, QueryTrait};

use super::super::types::{LeadEvent, LeadTouchpoint};
use super::newest;
use crate::graph::link::{Relation, group};
use crate::graph::{Call, Result};
use crate::store::rows::among;

/// Forms by lead.
pub struct TouchpointsOfLead;

impl Relation for TouchpointsOfLead {
    type Key = LeadId;
    type Found = Vec<LeadTouchpoint>;

    async fn fetch(call: &Call, keys: &[LeadId]) -> Result<HashMap<LeadId, Self::Found>> {
        use touchpoint::Column::{Id, LeadId as Lead, OccurredAt};
        let rows =
            touchpoint::Entity::find().filter(among(call.app.db.backend(), Lead, keys.iter().copied())).into_query();
        let rows = newest(call, rows, Lead, OccurredAt, Id).await?;
        Ok(group(rows.into_iter().map(LeadTouchpoint), |row| row.0.lead_id))
    }
}

/// History by lead.
pub struct TimelineOfLead;

impl Relation for TimelineOfLead {
    type Key = LeadId;
    type Found = Vec<LeadEvent>;

    async fn fetch(call: &Call, keys: &[LeadId]) -> Result<HashMap<LeadId, Self::Found>> {
        use event::Column::{Id, LeadId as Lead, OccurredAt};
        let rows = event::Entity::find().filter(among(call.app.db.backend(), Lead, keys.iter().copied())).into_query();
        let rows = newest(call, rows, Lead, OccurredAt, Id).await?;
        Ok(group(rows.into_iter().map(LeadEvent), |row| row.0.lead_id))
    }
}
