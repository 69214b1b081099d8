//! Who takes part in a conversation: whoever may see its order. What they write is between them, so it is clear to the customer and to
//! the stores that it is written to; an operator, who sees every order, reads it with the right to personal data alone.

use entity::order::shared_file;
use entity::{ConversationSide, CustomerId, Role, StaffId, StoreId};
use sea_orm::ColumnTrait;
use sea_orm::sea_query::{Condition, SimpleExpr};

use crate::access::{Access, Disclosure, Scope, Viewer, ViewerKind};
use crate::order;

/// Rows of a table that names its order, whose order the viewer may see.
pub fn of_order(viewer: &Viewer, order_id: impl ColumnTrait) -> SimpleExpr {
    order::policy::of_readable(viewer, order_id)
}

/// Orders on which the viewer writes: all that they may see.
pub fn writes(viewer: &Viewer) -> Access {
    order::policy::readable(viewer)
}

/// Orders on whose conversation the viewer notes what they have read: the two sides of it. An operator only looks.
pub fn reads_for_a_side(viewer: &Viewer) -> Access {
    match viewer.kind {
        ViewerKind::Customer(_) | ViewerKind::Staff { .. } => order::policy::readable(viewer),
        ViewerKind::Anonymous | ViewerKind::Operator(_) | ViewerKind::System(_) => Access::Closed,
    }
}

/// Whether the viewer has conversations in a list: people of a store, whose store it is, and operators, who have those of all.
pub fn inbox(viewer: &Viewer) -> Option<Option<StoreId>> {
    match viewer.kind {
        ViewerKind::Staff { store, .. } => Some(Some(store)),
        ViewerKind::Operator(_) => Some(None),
        ViewerKind::Anonymous | ViewerKind::Customer(_) | ViewerKind::System(_) => None,
    }
}

/// How much of what was written the viewer sees, in a conversation that they may see.
pub fn words(viewer: &Viewer) -> Disclosure {
    match viewer.kind {
        ViewerKind::Customer(_) | ViewerKind::Staff { .. } => Disclosure::Clear,
        _ if viewer.has(Scope::PiiRead) => Disclosure::Clear,
        ViewerKind::Anonymous | ViewerKind::Operator(_) | ViewerKind::System(_) => Disclosure::Masked,
    }
}

/// How much of a file's name somebody sees who came by a link: links are given to those who see all of it.
pub fn words_by_link() -> Disclosure {
    Disclosure::Clear
}

/// Files that the viewer may see: those that were sent on orders that they may see, and what they upload themselves.
pub fn files(viewer: &Viewer) -> Condition {
    let sent = shared_file::Column::MessageId.is_not_null();
    let own = shared_file::Column::UploadedBy.eq(viewer.actor());
    Condition::all().add(of_order(viewer, shared_file::Column::OrderId)).add(Condition::any().add(sent).add(own))
}

/// Who writes.
#[derive(Clone, Copy, Debug)]
pub struct Sender {
    /// On which side.
    pub side: ConversationSide,
    /// As what.
    pub role: Role,
    /// The customer, or
    pub customer_id: Option<CustomerId>,
    /// the member of staff.
    pub staff_id: Option<StaffId>,
}

/// The viewer as somebody who writes.
pub fn sender(viewer: &Viewer) -> Option<Sender> {
    let (side, customer_id, staff_id) = match viewer.kind {
        ViewerKind::Customer(id) => (ConversationSide::Customer, Some(id), None),
        ViewerKind::Staff { id, .. } | ViewerKind::Operator(id) => (ConversationSide::Store, None, Some(id)),
        ViewerKind::Anonymous | ViewerKind::System(_) => return None,
    };
    Some(Sender { side, role: viewer.role()?, customer_id, staff_id })
}

/// The side whose unread messages the viewer is told of.
pub fn side(viewer: &Viewer) -> ConversationSide {
    if viewer.customer().is_some() { ConversationSide::Customer } else { ConversationSide::Store }
}
