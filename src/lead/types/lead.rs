//! A lead.

use async_graphql::{Description, Enum, ID};
use chrono::{DateTime, Utc};
use entity::lead::lead;
use entity::{Channel, IntentLevel, LeadStage, LostReason};

use super::super::links::{FollowUpsOfLead, TestDrivesOfLead, TimelineOfLead, TouchpointsOfLead};
use super::super::policy;
use crate::catalog::{TrimById, VehicleModelById};
use crate::customer::CustomerOfRecord;
use crate::graph::answer::To;
use crate::graph::scalars::CnMobile;
use crate::graph::{Call, Result, fields};
use crate::order::OrderById;
use crate::place::{CityByCode, StaffById, StoreById};
use crate::store::vault::Personal;

/// What the caller may do with a lead now. Each names its mutation.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum LeadAction {
    /// `leadAssign`.
    Assign,
    /// `leadQualify`.
    Qualify,
    /// `leadClose` with the outcome `LOST`.
    Lose,
    /// `leadClose` with the outcome `INVALID`.
    Invalidate,
    /// `leadReopen`.
    Reopen,
    /// `followUpTaskComplete`, of an open task of this lead.
    CompleteFollowUp,
}

impl std::fmt::Display for LeadAction {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Assign => "ASSIGN",
            Self::Qualify => "QUALIFY",
            Self::Lose => "LOSE",
            Self::Invalidate => "INVALIDATE",
            Self::Reopen => "REOPEN",
            Self::CompleteFollowUp => "COMPLETE_FOLLOW_UP",
        })
    }
}

/// A person's interest in a model, until it becomes an order (C018, C023).
#[derive(Clone, Debug, Description)]
pub struct Lead(pub lead::Model);

#[fields(rows(lead::Model))]
impl Lead {
    /// Type-prefixed ULID, as in `led_01J…`.
    pub fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// Human number, as in `LD2611247K3M9QXZ`.
    fn number(&self) -> &str {
        &self.0.number
    }

    /// The customer with this phone number, when there is one that the caller may see.
    #[link(self.0.customer_id)]
    fn customer(&self) -> To<CustomerOfRecord>;

    /// Name as given with the form; masked except for the person and holders of `pii:read`.
    #[columns(customer_id, name)]
    fn name(&self, call: &Call) -> Result<Option<String>> {
        let disclosure = policy::personal(&call.viewer, &self.0);
        self.0.name.as_ref().map(|name| call.show(Personal::Name, name, disclosure)).transpose()
    }

    /// Mobile phone; masked except for the person and holders of `pii:read`.
    #[columns(customer_id, phone)]
    fn phone(&self, call: &Call) -> Result<CnMobile> {
        call.show(Personal::Phone, &self.0.phone, policy::personal(&call.viewer, &self.0)).map(CnMobile)
    }

    /// The model of interest.
    #[link(self.0.model_id)]
    fn model(&self) -> To<VehicleModelById>;

    /// The version of interest, when one was named.
    #[link(self.0.trim_id)]
    fn trim(&self) -> To<TrimById>;

    /// Where the person wants to buy.
    #[link(self.0.city_code)]
    fn city(&self) -> To<CityByCode>;

    /// The store that works on it; null while none has been found.
    #[link(self.0.store_id)]
    fn store(&self) -> To<StoreById>;

    /// The consultant who works on it.
    #[link(self.0.owner_id)]
    fn owner(&self) -> To<StaffById>;

    /// How far it has come.
    fn stage(&self) -> LeadStage {
        self.0.stage
    }

    /// How soon the person means to buy.
    fn intent_level(&self) -> IntentLevel {
        self.0.intent_level
    }

    /// Whom to call first, 0 to 100; null for customers.
    fn score(&self, call: &Call) -> Option<i32> {
        policy::reads_notes(&call.viewer).then_some(self.0.score)
    }

    /// Where the first form came from.
    fn channel(&self) -> Channel {
        self.0.channel
    }

    /// How many forms the person has sent in all.
    fn touchpoint_count(&self) -> i32 {
        self.0.touchpoint_count
    }

    /// Forms that the person has sent, the newest 100, newest first.
    #[link(self.0.id)]
    fn touchpoints(&self) -> To<TouchpointsOfLead>;

    /// What has happened to it, the newest 100 entries, newest first. Entries are never changed.
    #[link(self.0.id)]
    fn timeline(&self) -> To<TimelineOfLead>;

    /// What is to be done and was done about it, the newest 100 by due time, newest first; empty for customers.
    #[link(self.0.id)]
    fn follow_ups(&self) -> To<FollowUpsOfLead>;

    /// Test drives, the newest 100 by slot, newest first.
    #[link(self.0.id)]
    fn test_drives(&self) -> To<TestDrivesOfLead>;

    /// When the earliest open follow-up is due; null for customers.
    fn next_follow_up_at(&self, call: &Call) -> Option<DateTime<Utc>> {
        self.0.next_follow_up_at.filter(|_| policy::reads_notes(&call.viewer))
    }

    /// When the person was last spoken with.
    fn last_contact_at(&self) -> Option<DateTime<Utc>> {
        self.0.last_contact_at
    }

    /// Why it was closed; null for customers.
    fn lost_reason(&self, call: &Call) -> Option<LostReason> {
        self.0.lost_reason.filter(|_| policy::reads_notes(&call.viewer))
    }

    /// The order that it became (C022).
    #[link(self.0.converted_order_id)]
    fn order(&self) -> To<OrderById>;

    /// What the caller may do with it now.
    fn allowed_actions(&self, call: &Call) -> Vec<LeadAction> {
        policy::allowed_actions(&call.viewer, &self.0)
    }

    /// When the first form was sent.
    fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// When it last changed.
    fn updated_at(&self) -> DateTime<Utc> {
        self.0.updated_at
    }

    /// Grows with each change.
    fn version(&self) -> i32 {
        self.0.version
    }
}
