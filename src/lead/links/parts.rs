//! What belongs to a lead and has no life of its own. The keys come from leads that the viewer sees.

use entity::LeadId;
use entity::lead::{event, touchpoint};
use sea_orm::sea_query::Condition;

use super::super::types::{LeadEvent, LeadTouchpoint};
use super::MOST;
use crate::graph::relation::many;

many! {
    /// Forms by lead, newest first.
    TouchpointsOfLead: LeadId => touchpoint.LeadId as LeadTouchpoint, by [Desc OccurredAt, Desc Id], first MOST,
        |_call| Condition::all(), |_call, row| Some(LeadTouchpoint(row));

    /// History by lead, newest first.
    TimelineOfLead: LeadId => event.LeadId as LeadEvent, by [Desc OccurredAt, Desc Id], first MOST,
        |_call| Condition::all(), |_call, row| Some(LeadEvent(row));
}
