//! Who may see which points accounts, and what hangs on them.

use entity::customer::customer;
use entity::loyalty::account;
use sea_orm::sea_query::{Condition, Query, SelectStatement};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect, QueryTrait};

use crate::access::{Access, Viewer, ViewerKind};

/// Accounts that the viewer may see: one's own; those of the customers whom a store's staff may see; all for
/// operators.
pub fn readable(viewer: &Viewer) -> Access {
    match viewer.kind {
        ViewerKind::Anonymous | ViewerKind::System(_) => Access::Closed,
        ViewerKind::Customer(id) => Access::Rows(Condition::all().add(account::Column::CustomerId.eq(id))),
        ViewerKind::Staff { .. } => {
            let customers = Query::select()
                .column((customer::Entity, customer::Column::Id))
                .from(customer::Entity)
                .cond_where(crate::customer::policy::readable(viewer).or_nothing())
                .to_owned();
            Access::Rows(Condition::all().add(account::Column::CustomerId.in_subquery(customers)))
        }
        ViewerKind::Operator(_) => Access::all(),
    }
}

/// Rows of a table that belong to a readable account; `account_id` is the table's column.
pub fn of_readable(viewer: &Viewer, account_id: impl ColumnTrait) -> Access {
    match readable(viewer) {
        Access::Closed => Access::Closed,
        Access::Rows(condition) => Access::Rows(Condition::all().add(account_id.in_subquery(accounts(condition)))),
    }
}

/// The ids of the accounts that fulfil a condition, as a part of a statement.
pub fn accounts(condition: Condition) -> SelectStatement {
    account::Entity::find().select_only().column(account::Column::Id).filter(condition).into_query()
}

/// Whether the viewer may give points by hand.
pub fn may_award(viewer: &Viewer) -> bool {
    match viewer.kind {
        ViewerKind::Operator(_) => true,
        ViewerKind::Anonymous | ViewerKind::Customer(_) | ViewerKind::Staff { .. } | ViewerKind::System(_) => false,
    }
}
