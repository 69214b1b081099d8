//! Who may see which orders, and how much of them. What belongs to an order is seen by whoever sees the order.

use entity::order::{milestone, order};
use entity::{MilestoneCode, MilestoneState, OrderId, StoreId};
use sea_orm::sea_query::{Condition, Expr, ExprTrait, Query, SimpleExpr};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, Select};

use super::rules::follows::{Deed, left_to};
use crate::access::{Access, Disclosure, Scope, Viewer, ViewerKind};
use crate::graph::Result;

/// Orders that the viewer may see: a customer's own; those that one's store sells or hands over; all for operators.
pub fn readable(viewer: &Viewer) -> Access {
    match viewer.kind {
        ViewerKind::Anonymous | ViewerKind::System(_) => Access::Closed,
        ViewerKind::Customer(id) => Access::Rows(Condition::all().add(order::Column::CustomerId.eq(id))),
        ViewerKind::Staff { store, .. } => Access::Rows(of_store(store)),
        ViewerKind::Operator(_) => Access::all(),
    }
}

/// The same as [`readable`], as conditions of which each has an index in the order of lists: orders that the store sells
/// and orders that it hands over lie in different ones.
pub fn ways(viewer: &Viewer) -> Result<Vec<Condition>> {
    Ok(match viewer.kind {
        ViewerKind::Staff { store, .. } => each_of_store(store).into(),
        ViewerKind::Anonymous | ViewerKind::Customer(_) | ViewerKind::Operator(_) | ViewerKind::System(_) => {
            vec![readable(viewer).or_refuse(viewer)?]
        }
    })
}

/// Orders that the viewer may see, those of one store if it is `asked` for: [`ways`] of which each has an index, and what has to be true
/// of them beside. Who sees all is led by the indexes of the store; who is of a store by those of their own.
///
/// # Errors
/// As [`ways`].
pub fn ways_at(viewer: &Viewer, asked: Option<StoreId>) -> Result<(Vec<Condition>, Condition)> {
    let own = ways(viewer)?;
    Ok(match (asked, &viewer.kind) {
        (None, _) => (own, Condition::all()),
        (Some(store), ViewerKind::Operator(_)) => (each_of_store(store).into(), Condition::all()),
        (Some(store), _) => (own, Condition::all().add(of_store(store))),
    })
}

/// Orders whose progress and payments the viewer may record: those of one's store; all for operators.
pub fn recordable(viewer: &Viewer) -> Access {
    match viewer.kind {
        ViewerKind::Anonymous | ViewerKind::Customer(_) | ViewerKind::System(_) => Access::Closed,
        ViewerKind::Staff { store, .. } => Access::Rows(of_store(store)),
        ViewerKind::Operator(_) => Access::all(),
    }
}

/// The deed from which a milestone follows, where the viewer does not record it by hand: a store locks, signs, is paid and hands over
/// by the ways there are for it; see [`left_to`]. Operators put right what was not recorded, and record what came about elsewhere.
/// A hand-over that was none is taken back by the manager of the store that made it, `at`: ownership, points and settlement go with it.
pub fn left_to_deed(viewer: &Viewer, at: StoreId, code: MilestoneCode, state: MilestoneState) -> Option<Deed> {
    if !matches!(viewer.kind, ViewerKind::Staff { .. }) {
        return None;
    }
    let handover = matches!(code, MilestoneCode::HandedOver | MilestoneCode::OwnershipTransferred);
    if handover && !arranges_handovers(viewer, at) { Some(Deed::Handover) } else { left_to(code, state) }
}

/// Orders that a store sells or hands over.
pub fn of_store(store: StoreId) -> Condition {
    each_of_store(store).into_iter().fold(Condition::any(), Condition::add)
}

/// Orders that a store sells, and orders that it hands over.
fn each_of_store(store: StoreId) -> [Condition; 2] {
    [order::Column::StoreId, order::Column::DeliveryStoreId].map(|of| Condition::all().add(of.eq(store)))
}

/// Whether the viewer is shown a milestone, or what happened to it: all but customers are shown those that a template hides.
pub fn is_shown(viewer: &Viewer, hidden: bool) -> bool {
    !hidden || viewer.customer().is_none()
}

/// Milestones that the viewer is shown; see [`is_shown`].
pub fn shown_milestones(viewer: &Viewer) -> Condition {
    let customer = viewer.customer().map(|_| milestone::Column::Hidden.eq(false));
    Condition::all().add_option(customer)
}

/// Rows of an order's child table, `order_id` being its column, whose order the viewer may see.
pub fn of_readable(viewer: &Viewer, order_id: impl ColumnTrait) -> SimpleExpr {
    of_orders(readable(viewer).or_nothing(), order_id)
}

/// Rows of an order's child table, `order_id` being its column, whose order fulfils a condition.
pub fn of_orders(condition: Condition, order_id: impl ColumnTrait) -> SimpleExpr {
    let orders = Query::select()
        .expr(Expr::val(1))
        .from(order::Entity)
        .and_where(Expr::col((order::Entity, order::Column::Id)).equals(order_id.as_column_ref()))
        .cond_where(condition)
        .to_owned();
    Expr::exists(orders)
}

/// How much of the buyer's personal data the viewer sees: the owner and holders of `pii:read` all, others masked
/// (domain.md 3.6).
pub fn personal(viewer: &Viewer, row: &order::Model) -> Disclosure {
    if viewer.customer() == Some(row.customer_id) || viewer.has(Scope::PiiRead) {
        Disclosure::Clear
    } else {
        Disclosure::Masked
    }
}

/// How much of the buyer's personal data the viewer sees in what belongs to an order that they may see, as in its contract: a
/// customer's is their own.
pub fn personal_of_own(viewer: &Viewer) -> Disclosure {
    if viewer.customer().is_some() || viewer.has(Scope::PiiRead) { Disclosure::Clear } else { Disclosure::Masked }
}

/// What contracts are drawn up from, as those read it who draw them up: staff and operators.
pub fn templates(viewer: &Viewer) -> Access {
    match viewer.kind {
        ViewerKind::Staff { .. } | ViewerKind::Operator(_) => Access::all(),
        ViewerKind::Anonymous | ViewerKind::Customer(_) | ViewerKind::System(_) => Access::Closed,
    }
}

/// Who publishes what contracts are drawn up from: operators.
pub fn publishes_templates(viewer: &Viewer) -> Access {
    match viewer.kind {
        ViewerKind::Operator(_) => Access::all(),
        ViewerKind::Anonymous | ViewerKind::Customer(_) | ViewerKind::Staff { .. } | ViewerKind::System(_) => {
            Access::Closed
        }
    }
}

/// Who lets cars be given to orders without choosing them: operators.
pub fn matches_by_itself(viewer: &Viewer) -> Access {
    match viewer.kind {
        ViewerKind::Operator(_) => Access::all(),
        ViewerKind::Anonymous | ViewerKind::Customer(_) | ViewerKind::Staff { .. } | ViewerKind::System(_) => {
            Access::Closed
        }
    }
}

/// A customer's own orders, for what nobody does for them.
pub fn own(viewer: &Viewer) -> Access {
    match viewer.kind {
        ViewerKind::Customer(id) => Access::Rows(Condition::all().add(order::Column::CustomerId.eq(id))),
        ViewerKind::Anonymous | ViewerKind::Staff { .. } | ViewerKind::Operator(_) | ViewerKind::System(_) => {
            Access::Closed
        }
    }
}

/// Orders whose cars the viewer hands over: staff of the store that does; all for operators.
pub fn hands_over(viewer: &Viewer) -> Access {
    match viewer.kind {
        ViewerKind::Staff { store, .. } => Access::Rows(Condition::all().add(order::Column::DeliveryStoreId.eq(store))),
        ViewerKind::Operator(_) => Access::all(),
        ViewerKind::Anonymous | ViewerKind::Customer(_) | ViewerKind::System(_) => Access::Closed,
    }
}

/// Whether the viewer says how a store hands cars over: its manager, and operators.
pub fn arranges_handovers(viewer: &Viewer, of: StoreId) -> bool {
    match viewer.kind {
        ViewerKind::Staff { manager: true, store, .. } => store == of,
        ViewerKind::Operator(_) => true,
        ViewerKind::Anonymous | ViewerKind::Customer(_) | ViewerKind::Staff { .. } | ViewerKind::System(_) => false,
    }
}

/// Ceremonies of a store that the viewer sees: those that can be chosen; its staff and operators all.
pub fn ceremonies(viewer: &Viewer, of: StoreId) -> Condition {
    use entity::order::handover_ceremony::Column as Ceremony;
    let all = match viewer.kind {
        ViewerKind::Staff { store, .. } => store == of,
        ViewerKind::Operator(_) => true,
        ViewerKind::Anonymous | ViewerKind::Customer(_) | ViewerKind::System(_) => false,
    };
    let rows = Condition::all().add(Ceremony::StoreId.eq(of));
    if all { rows } else { rows.add(Ceremony::Active.eq(true)) }
}

/// Whether the viewer is told when a store has time: whoever is signed in.
pub fn sees_slots(viewer: &Viewer) -> bool {
    match viewer.kind {
        ViewerKind::Customer(_) | ViewerKind::Staff { .. } | ViewerKind::Operator(_) => true,
        ViewerKind::Anonymous | ViewerKind::System(_) => false,
    }
}

/// Whether the viewer is told who did what, by id: staff and operators; a customer reads only what happened.
pub fn sees_actors(viewer: &Viewer) -> bool {
    viewer.staff().is_some()
}

/// Orders of these ids that the viewer may see.
pub fn find(viewer: &Viewer, ids: impl IntoIterator<Item = OrderId>) -> Select<order::Entity> {
    order::Entity::find().filter(order::Column::Id.is_in(ids)).filter(readable(viewer).or_nothing())
}

/// Orders of which the viewer decides what becomes of a request, and of money that has to go back: managers of their stores,
/// and operators.
pub fn decidable(viewer: &Viewer) -> Access {
    match viewer.kind {
        ViewerKind::Staff { manager: true, store, .. } => Access::Rows(of_store(store)),
        ViewerKind::Operator(_) => Access::all(),
        ViewerKind::Anonymous | ViewerKind::Customer(_) | ViewerKind::Staff { .. } | ViewerKind::System(_) => {
            Access::Closed
        }
    }
}

/// Whether the viewer decides what becomes of requests, wherever they may; see [`decidable`].
pub fn decides(viewer: &Viewer) -> bool {
    !matches!(decidable(viewer), Access::Closed)
}
