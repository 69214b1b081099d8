//! Leads.

use entity::LeadId;
use entity::lead::lead;

use super::super::policy;
use super::super::types::Lead;
use crate::graph::relation::one;

one! {
    /// Leads by id.
    LeadById: LeadId => lead.Id as Lead,
        |call| policy::readable(&call.viewer).or_nothing(),
        |_call, row| Some(Lead(row));
}
