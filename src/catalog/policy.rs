//! Who may see what in the catalog room. What is on sale is public; what is not yet or no longer on sale is for staff,
//! and for customers who have it in an order or a saved configuration.

use entity::CustomerId;
use entity::catalog::{configuration, model, trim};
use entity::order::order;
use sea_orm::ColumnTrait;
use sea_orm::sea_query::{Condition, Expr, Query, SelectStatement};

use crate::access::{Access, Viewer, ViewerKind};

/// Models that the viewer may see, with their options and rules.
pub fn models(viewer: &Viewer) -> Access {
    let on_sale = Condition::all().add(model::Column::OnSale.eq(true));
    match viewer.kind {
        ViewerKind::Anonymous | ViewerKind::System(_) => Access::Rows(on_sale),
        ViewerKind::Customer(id) => {
            let mine =
                Query::select().column(trim::Column::ModelId).from(trim::Entity).cond_where(trims_of(id)).to_owned();
            Access::Rows(Condition::any().add(on_sale).add(model::Column::Id.in_subquery(mine)))
        }
        ViewerKind::Staff { .. } | ViewerKind::Operator(_) => Access::all(),
    }
}

/// Trims that the viewer may see: public ones are on sale, and so is their model.
pub fn trims(viewer: &Viewer) -> Access {
    let models = Query::select()
        .column(model::Column::Id)
        .from(model::Entity)
        .and_where(model::Column::OnSale.eq(true))
        .to_owned();
    let on_sale = Condition::all().add(trim::Column::OnSale.eq(true)).add(trim::Column::ModelId.in_subquery(models));
    match viewer.kind {
        ViewerKind::Anonymous | ViewerKind::System(_) => Access::Rows(on_sale),
        ViewerKind::Customer(id) => Access::Rows(Condition::any().add(on_sale).add(trims_of(id))),
        ViewerKind::Staff { .. } | ViewerKind::Operator(_) => Access::all(),
    }
}

/// Saved configurations that the viewer may look up by id. By their code, which is given on by its owner, anyone may
/// (C016, C043).
pub fn configurations(viewer: &Viewer) -> Access {
    match viewer.kind {
        ViewerKind::Anonymous | ViewerKind::System(_) => Access::Closed,
        ViewerKind::Customer(id) => Access::Rows(
            Condition::any()
                .add(configuration::Column::CustomerId.eq(id))
                .add(configuration::Column::Id.in_subquery(ordered(id, order::Column::ConfigurationId))),
        ),
        ViewerKind::Staff { .. } | ViewerKind::Operator(_) => Access::all(),
    }
}

/// Saved configurations that the viewer may change: a customer their own; staff of a store those that were saved in a
/// store and are no customer's.
pub fn changeable(viewer: &Viewer) -> Access {
    match viewer.kind {
        ViewerKind::Customer(id) => Access::Rows(Condition::all().add(configuration::Column::CustomerId.eq(id))),
        ViewerKind::Staff { .. } => Access::Rows(Condition::all().add(configuration::Column::CustomerId.is_null())),
        ViewerKind::Anonymous | ViewerKind::Operator(_) | ViewerKind::System(_) => Access::Closed,
    }
}

/// Trims that a customer has ordered or configured.
fn trims_of(customer: CustomerId) -> Condition {
    let configured = Query::select()
        .column(configuration::Column::TrimId)
        .from(configuration::Entity)
        .and_where(configuration::Column::CustomerId.eq(customer))
        .to_owned();
    Condition::any()
        .add(trim::Column::Id.in_subquery(ordered(customer, order::Column::TrimId)))
        .add(trim::Column::Id.in_subquery(configured))
}

/// A column of a customer's orders.
fn ordered(customer: CustomerId, column: order::Column) -> SelectStatement {
    Query::select()
        .expr(Expr::col((order::Entity, column)))
        .from(order::Entity)
        .and_where(order::Column::CustomerId.eq(customer))
        .to_owned()
}
