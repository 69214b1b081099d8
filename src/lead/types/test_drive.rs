//! A booked drive.

use async_graphql::{Description, ID};
use chrono::{DateTime, Utc};
use entity::lead::test_drive;
use entity::{TestDriveMode, TestDriveStatus};

use super::super::links::LeadById;
use super::super::policy;
use crate::catalog::TrimById;
use crate::graph::answer::To;
use crate::graph::{Call, Result, fields};
use crate::place::StoreById;
use crate::store::vault::Personal;

/// A booked drive, from the store or from the person's door (C034-C040).
#[derive(Clone, Debug, Description)]
pub struct TestDrive(pub test_drive::Model);

#[fields(rows(test_drive::Model))]
impl TestDrive {
    /// Type-prefixed ULID, as in `tdr_01J…`.
    pub fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// The lead it belongs to.
    #[link(self.0.lead_id)]
    fn lead(&self) -> To<LeadById>;

    /// The store whose car it is.
    #[link(self.0.store_id)]
    fn store(&self) -> To<StoreById>;

    /// What is driven.
    #[link(self.0.trim_id)]
    fn trim(&self) -> To<TrimById>;

    /// Where it starts.
    fn mode(&self) -> TestDriveMode {
        self.0.mode
    }

    /// How far it has come.
    fn status(&self) -> TestDriveStatus {
        self.0.status
    }

    /// Begin of the slot.
    fn slot_start(&self) -> DateTime<Utc> {
        self.0.slot_start
    }

    /// Length of the slot, minutes (C038).
    fn slot_minutes(&self) -> i32 {
        self.0.slot_minutes
    }

    /// The door it starts from, for a drive at home; masked except for the person and holders of `pii:read`.
    fn address(&self, call: &Call) -> Result<Option<String>> {
        let disclosure = policy::address(&call.viewer);
        self.0.address.as_ref().map(|address| call.show(Personal::Address, address, disclosure)).transpose()
    }

    /// When it was booked.
    fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// Grows with each change.
    fn version(&self) -> i32 {
        self.0.version
    }
}
