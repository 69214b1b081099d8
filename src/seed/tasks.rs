//! Follow-ups and test drives of a lead (C024, C025, C034-C036).

use chrono::{DateTime, TimeDelta, Utc};
use entity::lead::{follow_up_task, test_drive};
use entity::{FollowUpKind, FollowUpStatus, LeadId, LeadStage, StaffId, TestDriveId, TestDriveMode, TestDriveStatus};

use super::batch::Batch;
use super::leads::{LeadSpec, goes_on};
use super::names;
use super::places::Shop;
use super::world::Generator;
use crate::lead::rules::sla::first_contact_due;
use crate::store::vault::Personal;

/// States of a drive that is booked, and of one that never was, in turns.
const BOOKED: [TestDriveStatus; 5] = {
    use TestDriveStatus::*;
    [Confirmed, Requested, Dispatched, CheckedIn, InProgress]
};

impl Generator<'_> {
    /// The first contact, what was done since, and for a lead that goes on what is to be done next; answers when.
    pub(super) fn tasks(
        &mut self,
        lead_id: LeadId,
        spec: &LeadSpec<'_>,
        shop: &Shop,
        owner: StaffId,
        steps: &[(LeadStage, DateTime<Utc>)],
        batch: &mut Batch,
    ) -> Option<DateTime<Utc>> {
        if steps.len() < 2 {
            return None;
        }
        let created_at = steps[0].1;
        let mut task =
            |kind, due_at, status, completed_at, outcome: Option<&str>, created_at, dice: &mut super::dice::Dice| {
                batch.follow_ups.push(follow_up_task::Model {
                    id: dice.id(),
                    lead_id,
                    store_id: shop.id,
                    assignee_id: Some(owner),
                    kind,
                    due_at,
                    status,
                    completed_at,
                    outcome: outcome.map(Into::into),
                    version: 1 + i32::from(status != FollowUpStatus::Open),
                    created_at,
                });
            };
        let due = first_contact_due(created_at);
        let called = steps.get(2).map(|(_, at)| *at);
        match (called, spec.stage) {
            (None, _) => {
                task(FollowUpKind::FirstContact, due, FollowUpStatus::Open, None, None, created_at, &mut self.dice);
                return Some(due);
            }
            (Some(at), LeadStage::Invalid) => {
                let status = FollowUpStatus::Cancelled;
                task(FollowUpKind::FirstContact, due, status, Some(at), None, created_at, &mut self.dice);
                return None;
            }
            (Some(at), _) => {
                let outcome = *self.dice.pick(&["REACHED", "REACHED", "CALL_AGAIN"]);
                let status = FollowUpStatus::Done;
                task(FollowUpKind::FirstContact, due, status, Some(at), Some(outcome), created_at, &mut self.dice);
            }
        }
        for (stage, at) in steps.iter().skip(3) {
            let kind = match stage {
                LeadStage::TestDriveBooked => FollowUpKind::TestDriveInvitation,
                LeadStage::Negotiating => FollowUpKind::Offer,
                _ => continue,
            };
            let due_at = *at + self.dice.hours(0.0, 20.0) - TimeDelta::hours(8);
            let status = FollowUpStatus::Done;
            task(kind, due_at, status, Some(*at), Some("DONE"), *at - TimeDelta::hours(10), &mut self.dice);
        }
        if !goes_on(spec.stage) {
            return None;
        }
        let kind = match spec.stage {
            LeadStage::Contacted | LeadStage::Qualified => FollowUpKind::TestDriveInvitation,
            LeadStage::TestDriven | LeadStage::Negotiating => FollowUpKind::Offer,
            _ => FollowUpKind::Call,
        };
        let last = steps[steps.len() - 1].1;
        // A third of them is late.
        let due_at = (self.today + self.dice.hours(0.0, 96.0) - TimeDelta::hours(30)).max(last + TimeDelta::hours(1));
        task(kind, due_at, FollowUpStatus::Open, None, None, last, &mut self.dice);
        Some(due_at)
    }

    /// The drive of a lead, if it came to one; answers one that was done.
    pub(super) fn drives_of(
        &mut self,
        lead_id: LeadId,
        spec: &LeadSpec<'_>,
        shop: &Shop,
        steps: &[(LeadStage, DateTime<Utc>)],
        batch: &mut Batch,
    ) -> Option<(TestDriveId, TestDriveMode, DateTime<Utc>)> {
        let at = |stage| steps.iter().find(|(s, _)| *s == stage).map(|(_, at)| *at);
        let driven = at(LeadStage::TestDriven);
        let status = if driven.is_some() {
            TestDriveStatus::Completed
        } else if spec.stage == LeadStage::TestDriveBooked {
            self.drives[0] += 1;
            BOOKED[(self.drives[0] - 1) % BOOKED.len()]
        } else if matches!(spec.stage, LeadStage::Lost | LeadStage::Dormant | LeadStage::Qualified)
            && self.dice.percent(20)
        {
            self.drives[1] += 1;
            if self.drives[1].is_multiple_of(2) { TestDriveStatus::NoShow } else { TestDriveStatus::Cancelled }
        } else {
            return None;
        };
        let home =
            status == TestDriveStatus::Dispatched || (status != TestDriveStatus::CheckedIn && self.dice.percent(18));
        let mode = if home { TestDriveMode::AtHome } else { TestDriveMode::InStore };
        let booked = at(LeadStage::TestDriveBooked).or(at(LeadStage::Contacted)).unwrap_or(steps[0].1);
        // Slots of half an hour between ten and half past five.
        let slot = self.dice.between(4, 19);
        let slot_of = |day: DateTime<Utc>| {
            let midnight = crate::values::calendar::start_of_day(crate::values::calendar::day(day));
            midnight + TimeDelta::minutes(480 + 30 * slot)
        };
        let slot_start = match (status, driven) {
            (TestDriveStatus::Completed, Some(at)) => at - TimeDelta::minutes(50),
            (TestDriveStatus::Requested | TestDriveStatus::Confirmed, _) => {
                slot_of(self.today + TimeDelta::days(self.dice.between(1, 6)))
            }
            (TestDriveStatus::Dispatched | TestDriveStatus::CheckedIn | TestDriveStatus::InProgress, _) => {
                slot_of(self.today)
            }
            _ => slot_of(booked + TimeDelta::days(1)),
        };
        let id = self.dice.id();
        let address = home.then(|| names::address(self.places.cities[shop.city].name_zh, &mut self.dice));
        batch.test_drives.push(test_drive::Model {
            id,
            lead_id,
            store_id: shop.id,
            trim_id: self.catalog.trims[spec.trim].id,
            mode,
            status,
            slot_start,
            slot_minutes: if home { 60 } else { 45 },
            address: address.map(|address| self.vault.seal(Personal::Address, &address)),
            version: 1,
            created_at: booked.min(slot_start),
        });
        (status == TestDriveStatus::Completed).then_some((id, mode, driven.unwrap_or(slot_start)))
    }
}
