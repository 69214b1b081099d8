//! Who may see which customers, and how much of them.

use entity::customer::{consent, customer, invoice_profile};
use entity::{lead, order};
use sea_orm::ColumnTrait;
use sea_orm::sea_query::{Condition, Expr, ExprTrait, Query};

use crate::access::{Access, Disclosure, Scope, Viewer, ViewerKind};

/// Customers that the viewer may see: oneself; those with a lead or an order in one's store; all for operators.
pub fn readable(viewer: &Viewer) -> Access {
    match viewer.kind {
        ViewerKind::Anonymous | ViewerKind::System(_) => Access::Closed,
        ViewerKind::Customer(id) => Access::Rows(Condition::all().add(customer::Column::Id.eq(id))),
        ViewerKind::Staff { store, .. } => {
            let by_lead = Query::select()
                .expr(Expr::val(1))
                .from(lead::lead::Entity)
                .and_where(lead::lead::Column::StoreId.eq(store))
                .and_where(
                    Expr::col((lead::lead::Entity, lead::lead::Column::CustomerId))
                        .equals((customer::Entity, customer::Column::Id)),
                )
                .to_owned();
            let by_order = Query::select()
                .expr(Expr::val(1))
                .from(order::order::Entity)
                .cond_where(
                    Condition::any()
                        .add(order::order::Column::StoreId.eq(store))
                        .add(order::order::Column::DeliveryStoreId.eq(store)),
                )
                .and_where(
                    Expr::col((order::order::Entity, order::order::Column::CustomerId))
                        .equals((customer::Entity, customer::Column::Id)),
                )
                .to_owned();
            Access::Rows(Condition::any().add(Expr::exists(by_lead)).add(Expr::exists(by_order)))
        }
        ViewerKind::Operator(_) => Access::all(),
    }
}

/// Consents that the viewer may see by themselves: one's own. Those of another are reached through their customer.
pub fn consents(viewer: &Viewer) -> Access {
    match viewer.kind {
        ViewerKind::Customer(id) => Access::Rows(Condition::all().add(consent::Column::CustomerId.eq(id))),
        ViewerKind::Anonymous | ViewerKind::System(_) | ViewerKind::Staff { .. } | ViewerKind::Operator(_) => {
            Access::Closed
        }
    }
}

/// Invoice profiles that the viewer may see: one's own. Others see of them what an order's invoice shows.
pub fn invoice_profiles(viewer: &Viewer) -> Access {
    match viewer.kind {
        ViewerKind::Customer(id) => Access::Rows(Condition::all().add(invoice_profile::Column::CustomerId.eq(id))),
        ViewerKind::Anonymous | ViewerKind::System(_) | ViewerKind::Staff { .. } | ViewerKind::Operator(_) => {
            Access::Closed
        }
    }
}

/// How much of this customer's personal data the viewer sees: the owner and holders of `pii:read` all, others
/// masked (domain.md 3.6).
pub fn personal(viewer: &Viewer, row: &customer::Model) -> Disclosure {
    if viewer.customer() == Some(row.id) || viewer.has(Scope::PiiRead) { Disclosure::Clear } else { Disclosure::Masked }
}

/// How much of an invoice profile the viewer sees: the owner all.
pub fn personal_of_profile(viewer: &Viewer, row: &invoice_profile::Model) -> Disclosure {
    if viewer.customer() == Some(row.customer_id) { Disclosure::Clear } else { Disclosure::Masked }
}

/// The same of what is a customer's, by whose it is.
pub fn personal_of(viewer: &Viewer, owner: entity::CustomerId) -> Disclosure {
    if viewer.customer() == Some(owner) || viewer.has(Scope::PiiRead) { Disclosure::Clear } else { Disclosure::Masked }
}
