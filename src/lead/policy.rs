//! Who may see which leads, how much of them, and who may do what with them.

use entity::StoreId;
use entity::lead::{follow_up_task, lead, test_drive};
use sea_orm::ColumnTrait;
use sea_orm::sea_query::{Condition, Expr, ExprTrait, Query};

use super::rules::stage::{self, LeadAction as Step};
use super::types::LeadAction;
use crate::access::{Access, Disclosure, Scope, Viewer, ViewerKind};

/// Leads that the viewer may see: a customer's own; those of one's store; all for operators. A lead that has no store
/// yet is seen by operators alone.
pub fn readable(viewer: &Viewer) -> Access {
    match viewer.kind {
        ViewerKind::Anonymous | ViewerKind::System(_) => Access::Closed,
        ViewerKind::Customer(id) => Access::Rows(Condition::all().add(lead::Column::CustomerId.eq(id))),
        ViewerKind::Staff { store, .. } => Access::Rows(Condition::all().add(lead::Column::StoreId.eq(store))),
        ViewerKind::Operator(_) => Access::all(),
    }
}

/// Follow-ups are the house's own business: they follow their lead, for staff alone.
pub fn readable_follow_ups(viewer: &Viewer) -> Access {
    match viewer.kind {
        ViewerKind::Anonymous | ViewerKind::System(_) | ViewerKind::Customer(_) => Access::Closed,
        ViewerKind::Operator(_) => Access::all(),
        ViewerKind::Staff { .. } => through_lead(viewer, follow_up_task::Column::LeadId),
    }
}

/// Test drives follow their lead.
pub fn readable_test_drives(viewer: &Viewer) -> Access {
    match viewer.kind {
        ViewerKind::Anonymous | ViewerKind::System(_) => Access::Closed,
        ViewerKind::Operator(_) => Access::all(),
        ViewerKind::Staff { .. } | ViewerKind::Customer(_) => through_lead(viewer, test_drive::Column::LeadId),
    }
}

/// Rows whose lead the viewer may see.
fn through_lead(viewer: &Viewer, lead_id: impl ColumnTrait) -> Access {
    let lead = Query::select()
        .expr(Expr::val(1))
        .from(lead::Entity)
        .and_where(Expr::col((lead::Entity, lead::Column::Id)).equals(lead_id.as_column_ref()))
        .cond_where(readable(viewer).or_nothing())
        .to_owned();
    Access::Rows(Condition::all().add(Expr::exists(lead)))
}

/// How much of a lead's personal data the viewer sees: the person and holders of `pii:read` all, others masked
/// (domain.md 3.6).
pub fn personal(viewer: &Viewer, row: &lead::Model) -> Disclosure {
    let own = viewer.customer().is_some_and(|id| row.customer_id == Some(id));
    if own || viewer.has(Scope::PiiRead) { Disclosure::Clear } else { Disclosure::Masked }
}

/// How much of a test drive's address the viewer sees. A customer reaches only their own (see
/// [`readable_test_drives`]).
pub fn address(viewer: &Viewer) -> Disclosure {
    if viewer.customer().is_some() || viewer.has(Scope::PiiRead) { Disclosure::Clear } else { Disclosure::Masked }
}

/// Whether the viewer reads what the house notes about a lead: score, reasons, notes, names of actors.
pub fn reads_notes(viewer: &Viewer) -> bool {
    match viewer.kind {
        ViewerKind::Staff { .. } | ViewerKind::Operator(_) => true,
        ViewerKind::Anonymous | ViewerKind::Customer(_) | ViewerKind::System(_) => false,
    }
}

/// Whether the viewer gives leads to others: managers within their store, operators to any store (C020).
pub fn assigns(viewer: &Viewer) -> bool {
    match viewer.kind {
        ViewerKind::Staff { manager, .. } => manager,
        ViewerKind::Operator(_) => true,
        ViewerKind::Anonymous | ViewerKind::Customer(_) | ViewerKind::System(_) => false,
    }
}

/// Whether one who assigns may assign to this store.
pub fn assigns_to(viewer: &Viewer, store: StoreId) -> bool {
    assigns(viewer) && viewer.store().is_none_or(|own| own == store)
}

/// What the viewer may do with this lead now, the same for buttons and for refusals.
pub fn allowed_actions(viewer: &Viewer, row: &lead::Model) -> Vec<LeadAction> {
    let here = match viewer.kind {
        ViewerKind::Staff { store, .. } => row.store_id == Some(store),
        ViewerKind::Operator(_) => true,
        ViewerKind::Anonymous | ViewerKind::Customer(_) | ViewerKind::System(_) => false,
    };
    if !here {
        return Vec::new();
    }
    let may = |action: LeadAction| match action {
        LeadAction::Assign => assigns(viewer),
        LeadAction::CompleteFollowUp => row.next_follow_up_at.is_some(),
        LeadAction::Qualify | LeadAction::Lose | LeadAction::Invalidate | LeadAction::Reopen => true,
    };
    let mut actions: Vec<_> =
        stage::allowed(row.stage).into_iter().filter(|s| s.by_hand()).filter_map(by_hand).collect();
    // Beyond CONTACTED a call is no step, but is still made.
    if stage::is_open(row.stage) && !actions.contains(&LeadAction::CompleteFollowUp) {
        actions.push(LeadAction::CompleteFollowUp);
    }
    actions.retain(|action| may(*action));
    actions
}

/// The mutation behind a step; none for those that come with a test drive, an offer or an order.
fn by_hand(step: Step) -> Option<LeadAction> {
    Some(match step {
        Step::Assign => LeadAction::Assign,
        Step::Contact => LeadAction::CompleteFollowUp,
        Step::Qualify => LeadAction::Qualify,
        Step::Lose => LeadAction::Lose,
        Step::Invalidate => LeadAction::Invalidate,
        Step::Reopen => LeadAction::Reopen,
        Step::BookTestDrive | Step::CompleteTestDrive | Step::Negotiate | Step::Convert | Step::Sleep => return None,
    })
}
