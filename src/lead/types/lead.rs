//! A lead.

use async_graphql::{Context, Description, Enum, ID, Object};
use chrono::{DateTime, Utc};
use entity::lead::lead;
use entity::{Channel, IntentLevel, LeadStage, LostReason};

use super::super::links::{FollowUpsOfLead, TestDrivesOfLead, TimelineOfLead, TouchpointsOfLead};
use super::super::policy;
use super::{FollowUpTask, LeadEvent, LeadTouchpoint, TestDrive};
use crate::catalog::{Trim, TrimById, VehicleModel, VehicleModelById};
use crate::customer::{Customer, CustomerById};
use crate::graph::scalars::CnMobile;
use crate::graph::{CallExt, Result};
use crate::order::{Order, OrderById};
use crate::place::{City, CityByCode, Staff, StaffById, Store, StoreById};
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

#[Object(use_type_description)]
impl Lead {
    /// Type-prefixed ULID, as in `led_01J…`.
    pub async fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// Human number, as in `LD2611247K3M9QXZ`.
    async fn number(&self) -> &str {
        &self.0.number
    }

    /// The customer with this phone number, when there is one that the caller may see.
    async fn customer(&self, ctx: &Context<'_>) -> Result<Option<Customer>> {
        match self.0.customer_id {
            Some(id) => ctx.call().link::<CustomerById>().one(id).await,
            None => Ok(None),
        }
    }

    /// Name as given with the form; masked except for the person and holders of `pii:read`.
    async fn name(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        let call = ctx.call();
        let disclosure = policy::personal(&call.viewer, &self.0);
        self.0.name.as_ref().map(|name| call.show(Personal::Name, name, disclosure)).transpose()
    }

    /// Mobile phone; masked except for the person and holders of `pii:read`.
    async fn phone(&self, ctx: &Context<'_>) -> Result<CnMobile> {
        let call = ctx.call();
        call.show(Personal::Phone, &self.0.phone, policy::personal(&call.viewer, &self.0)).map(CnMobile)
    }

    /// The model of interest.
    async fn model(&self, ctx: &Context<'_>) -> Result<Option<VehicleModel>> {
        ctx.call().link::<VehicleModelById>().one(self.0.model_id).await
    }

    /// The version of interest, when one was named.
    async fn trim(&self, ctx: &Context<'_>) -> Result<Option<Trim>> {
        match self.0.trim_id {
            Some(id) => ctx.call().link::<TrimById>().one(id).await,
            None => Ok(None),
        }
    }

    /// Where the person wants to buy.
    async fn city(&self, ctx: &Context<'_>) -> Result<Option<City>> {
        ctx.call().link::<CityByCode>().one(self.0.city_code.clone()).await
    }

    /// The store that works on it; null while none has been found.
    async fn store(&self, ctx: &Context<'_>) -> Result<Option<Store>> {
        match self.0.store_id {
            Some(id) => ctx.call().link::<StoreById>().one(id).await,
            None => Ok(None),
        }
    }

    /// The consultant who works on it.
    async fn owner(&self, ctx: &Context<'_>) -> Result<Option<Staff>> {
        match self.0.owner_id {
            Some(id) => ctx.call().link::<StaffById>().one(id).await,
            None => Ok(None),
        }
    }

    /// How far it has come.
    async fn stage(&self) -> LeadStage {
        self.0.stage
    }

    /// How soon the person means to buy.
    async fn intent_level(&self) -> IntentLevel {
        self.0.intent_level
    }

    /// Whom to call first, 0 to 100; null for customers.
    async fn score(&self, ctx: &Context<'_>) -> Option<i32> {
        policy::reads_notes(&ctx.call().viewer).then_some(self.0.score)
    }

    /// Where the first form came from.
    async fn channel(&self) -> Channel {
        self.0.channel
    }

    /// How many forms the person has sent in all.
    async fn touchpoint_count(&self) -> i32 {
        self.0.touchpoint_count
    }

    /// Forms that the person has sent, the newest 100, newest first.
    async fn touchpoints(&self, ctx: &Context<'_>) -> Result<Vec<LeadTouchpoint>> {
        ctx.call().link::<TouchpointsOfLead>().one(self.0.id).await
    }

    /// What has happened to it, the newest 100 entries, newest first. Entries are never changed.
    async fn timeline(&self, ctx: &Context<'_>) -> Result<Vec<LeadEvent>> {
        ctx.call().link::<TimelineOfLead>().one(self.0.id).await
    }

    /// What is to be done and was done about it, the newest 100 by due time, newest first; empty for customers.
    async fn follow_ups(&self, ctx: &Context<'_>) -> Result<Vec<FollowUpTask>> {
        ctx.call().link::<FollowUpsOfLead>().one(self.0.id).await
    }

    /// Test drives, the newest 100 by slot, newest first.
    async fn test_drives(&self, ctx: &Context<'_>) -> Result<Vec<TestDrive>> {
        ctx.call().link::<TestDrivesOfLead>().one(self.0.id).await
    }

    /// When the earliest open follow-up is due; null for customers.
    async fn next_follow_up_at(&self, ctx: &Context<'_>) -> Option<DateTime<Utc>> {
        self.0.next_follow_up_at.filter(|_| policy::reads_notes(&ctx.call().viewer))
    }

    /// When the person was last spoken with.
    async fn last_contact_at(&self) -> Option<DateTime<Utc>> {
        self.0.last_contact_at
    }

    /// Why it was closed; null for customers.
    async fn lost_reason(&self, ctx: &Context<'_>) -> Option<LostReason> {
        self.0.lost_reason.filter(|_| policy::reads_notes(&ctx.call().viewer))
    }

    /// The order that it became (C022).
    async fn order(&self, ctx: &Context<'_>) -> Result<Option<Order>> {
        match self.0.converted_order_id {
            Some(id) => ctx.call().link::<OrderById>().one(id).await,
            None => Ok(None),
        }
    }

    /// What the caller may do with it now.
    async fn allowed_actions(&self, ctx: &Context<'_>) -> Vec<LeadAction> {
        policy::allowed_actions(&ctx.call().viewer, &self.0)
    }

    /// When the first form was sent.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// When it last changed.
    async fn updated_at(&self) -> DateTime<Utc> {
        self.0.updated_at
    }

    /// Grows with each change.
    async fn version(&self) -> i32 {
        self.0.version
    }
}
