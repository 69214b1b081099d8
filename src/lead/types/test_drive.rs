//! A booked drive.

use async_graphql::{Context, Description, ID, Object};
use chrono::{DateTime, Utc};
use entity::lead::test_drive;
use entity::{TestDriveMode, TestDriveStatus};

use super::super::links::LeadById;
use super::super::policy;
use super::Lead;
use crate::catalog::{Trim, TrimById};
use crate::graph::{CallExt, Result};
use crate::place::{Store, StoreById};
use crate::store::vault::Personal;

/// A booked drive, from the store or from the person's door (C034-C040).
#[derive(Clone, Debug, Description)]
pub struct TestDrive(pub test_drive::Model);

#[Object(use_type_description)]
impl TestDrive {
    /// Type-prefixed ULID, as in `tdr_01J…`.
    pub async fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// The lead it belongs to.
    async fn lead(&self, ctx: &Context<'_>) -> Result<Option<Lead>> {
        ctx.call().link::<LeadById>().one(self.0.lead_id).await
    }

    /// The store whose car it is.
    async fn store(&self, ctx: &Context<'_>) -> Result<Option<Store>> {
        ctx.call().link::<StoreById>().one(self.0.store_id).await
    }

    /// What is driven.
    async fn trim(&self, ctx: &Context<'_>) -> Result<Option<Trim>> {
        ctx.call().link::<TrimById>().one(self.0.trim_id).await
    }

    /// Where it starts.
    async fn mode(&self) -> TestDriveMode {
        self.0.mode
    }

    /// How far it has come.
    async fn status(&self) -> TestDriveStatus {
        self.0.status
    }

    /// Begin of the slot.
    async fn slot_start(&self) -> DateTime<Utc> {
        self.0.slot_start
    }

    /// Length of the slot, minutes (C038).
    async fn slot_minutes(&self) -> i32 {
        self.0.slot_minutes
    }

    /// The door it starts from, for a drive at home; masked except for the person and holders of `pii:read`.
    async fn address(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        let call = ctx.call();
        let disclosure = policy::address(&call.viewer);
        self.0.address.as_ref().map(|address| call.show(Personal::Address, address, disclosure)).transpose()
    }

    /// When it was booked.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// Grows with each change.
    async fn version(&self) -> i32 {
        self.0.version
    }
}
