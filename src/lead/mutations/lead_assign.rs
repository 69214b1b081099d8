//! `leadAssign` (C020).

use async_graphql::{Context, ID, SimpleObject};
use entity::lead::lead;
use entity::place::{staff, store};
use entity::{FollowUpKind, LeadEventKind, PrefixedId, StaffId, StoreId};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::super::inputs::LeadAssignInput;
use super::super::record::{self, Entry};
use super::super::rules::stage::{self, LeadAction as Step};
use super::super::rules::{assign, sla};
use super::super::types::{Lead, LeadAction};
use super::super::{consents, events, policy};
use super::{Changed, answer};
use crate::graph::user_error::UserErrorCode;
use crate::graph::write::{Key, write};
use crate::graph::{Call, CallExt, Refusal, Result, UserError};
use crate::store::Tx;

/// What came of it.
#[derive(SimpleObject)]
pub struct LeadAssignPayload {
    /// The lead; null when the caller may not see it any more.
    pub lead: Option<Lead>,
    /// What the user can put right.
    pub user_errors: Vec<UserError>,
}

pub async fn run(ctx: &Context<'_>, input: LeadAssignInput) -> Result<LeadAssignPayload> {
    let viewer = &ctx.call().viewer;
    if !policy::assigns(viewer) {
        return Err(viewer.refused());
    }
    let key = Key::new(ctx, &input.idempotency_key, &input);
    let written = write(ctx, Some(key), move |tx, call| Box::pin(assign(tx, call, input))).await?;
    let (lead, user_errors) = answer(ctx, written).await?;
    Ok(LeadAssignPayload { lead, user_errors })
}

fn optional_id<K: PrefixedId>(call: &Call, field: &str, id: Option<&ID>, errors: &mut Vec<UserError>) -> Option<K> {
    id.and_then(|id| UserError::parse_id(call, field, id).map_err(|e| errors.push(e)).ok())
}

async fn assign(tx: &mut Tx, call: &Call, input: LeadAssignInput) -> Result<Changed, Refusal> {
    let mut errors = Vec::new();
    let id = UserError::parse_id(call, "leadId", &input.lead_id).map_err(|e| errors.push(e));
    let to_store: Option<StoreId> = optional_id(call, "storeId", input.store_id.as_ref(), &mut errors);
    let to_staff: Option<StaffId> = optional_id(call, "staffId", input.staff_id.as_ref(), &mut errors);
    if input.store_id.is_none() && input.staff_id.is_none() {
        errors.push(UserError::coded(call, UserErrorCode::Required, "", "lead-assign-whom", &[]));
    }
    if to_store.is_some_and(|store| !policy::assigns_to(&call.viewer, store)) {
        errors.push(UserError::coded(call, UserErrorCode::Forbidden, "storeId", "lead-assign-own-store", &[]));
    }
    let (Ok(id), true) = (id, errors.is_empty()) else { return Err(errors.into()) };

    let before = record::lock(tx, call, id, "leadId").await?;
    if input.expected_version.is_some_and(|expected| expected != before.version) {
        return Err(UserError::version(call, id, before.version).into());
    }
    let stage = stage::apply(before.stage, Step::Assign)
        .map_err(|_| record::no_such_step(call, &before, LeadAction::Assign))?;
    let Some(store_id) = to_store.or(before.store_id) else {
        return Err(UserError::coded(call, UserErrorCode::Required, "storeId", "required", &[]).into());
    };
    let store = find_store(tx, call, store_id, &before).await?;
    let consultant = match to_staff {
        Some(staff) => Some(find_staff(tx, call, staff, store_id).await?),
        None => None,
    };
    let moves = before.store_id != Some(store_id);
    let owner_id = match &consultant {
        Some(person) => Some(person.id),
        None if moves => None,
        None => before.owner_id,
    };
    if !moves && owner_id == before.owner_id {
        // Said twice is said once.
        return Ok(Changed { lead: id });
    }

    let mut after = lead::Model { store_id: Some(store_id), owner_id, stage, ..before.clone() };
    if after.next_follow_up_at.is_some() {
        record::settle_tasks(tx, &mut after, true);
    } else if moves && after.last_contact_at.is_none() {
        record::set_task(tx, &mut after, FollowUpKind::FirstContact, sla::first_contact_due(tx.now()));
    }
    let after = record::save(tx, &before, after);
    let whom = match consultant {
        Some(person) => format!("{} {}", store.code, person.number),
        None => store.code,
    };
    let entry = Entry::by(call, LeadEventKind::Assigned).moved(before.stage, after.stage).noted(Some(whom));
    record::history(tx, id, vec![entry]);
    tx.emit(events::assigned(&after));
    if after.stage != before.stage {
        tx.emit(events::stage_changed(&after, before.stage));
    }
    Ok(Changed { lead: id })
}

/// The store, if it may have the lead: going to another store, a dealer's needs the person's consent.
async fn find_store(tx: &Tx, call: &Call, id: StoreId, row: &lead::Model) -> Result<store::Model, Refusal> {
    let found = store::Entity::find_by_id(id).one(tx.conn()).await?;
    let store = found.ok_or_else(|| UserError::not_found(call, "storeId"))?;
    if row.store_id != Some(id) && assign::needs_dealer_consent(store.sales_model) {
        let given = consents::of_lead(tx.conn(), row.id, row.customer_id).await?;
        assign::check(store.sales_model, consents::shares_with_dealer(&given)).map_err(|_| {
            UserError::coded(call, UserErrorCode::ConsentRequired, "storeId", "lead-consent-share", &[])
        })?;
    }
    Ok(store)
}

/// A person who works for the store; others are as absent.
async fn find_staff(tx: &Tx, call: &Call, id: StaffId, store: StoreId) -> Result<staff::Model, Refusal> {
    let found = staff::Entity::find_by_id(id)
        .filter(staff::Column::StoreId.eq(store))
        .filter(staff::Column::Active.eq(true))
        .one(tx.conn())
        .await?;
    found.ok_or_else(|| UserError::not_found(call, "staffId").into())
}
