//! Who may see and do what of damage to cars: staff of the store that has the car, and of the stores of the order that it is on;
//! operators all. A customer sees of the own order what is meant for customers, and not the case.

use entity::inventory::{quality_case, vehicle_unit};
use entity::order::order;
use entity::{QualityDamageAction, StoreId};
use sea_orm::ColumnTrait;
use sea_orm::sea_query::{Condition, Expr, ExprTrait, Query, SimpleExpr};

use crate::access::{Access, Viewer, ViewerKind};

/// Cases that the viewer may see.
pub fn readable(viewer: &Viewer) -> Access {
    match viewer.kind {
        ViewerKind::Staff { store, .. } => Access::Rows(of_store(store)),
        ViewerKind::Operator(_) => Access::all(),
        ViewerKind::Anonymous | ViewerKind::Customer(_) | ViewerKind::System(_) => Access::Closed,
    }
}

/// Cases of cars that a store has, or that are on its orders.
pub fn of_store(store: StoreId) -> Condition {
    Condition::any().add(of_car(at(store))).add(of_car(on_order_of(store)))
}

/// Cars whose damage the viewer reports and sees to: staff of the store that has the car, and operators.
pub fn cars(viewer: &Viewer) -> Access {
    match viewer.kind {
        ViewerKind::Staff { store, .. } => Access::Rows(at(store)),
        ViewerKind::Operator(_) => Access::all(),
        ViewerKind::Anonymous | ViewerKind::Customer(_) | ViewerKind::System(_) => Access::Closed,
    }
}

/// Whether the viewer does such a thing at all, with cars that are theirs: what costs money is the manager's, writing a car off the car
/// maker's. The customer's wish is answered by who decides on the order.
pub fn may(viewer: &Viewer, action: QualityDamageAction) -> bool {
    use QualityDamageAction::{Assess, Close, ConfirmLiability, DeclineSwap, Downgrade, Reinspect, Repair, Scrap};
    match viewer.kind {
        ViewerKind::Anonymous | ViewerKind::Customer(_) | ViewerKind::System(_) => false,
        ViewerKind::Operator(_) => true,
        ViewerKind::Staff { manager, .. } => match action {
            Assess | Repair | Reinspect | Close => true,
            ConfirmLiability | Downgrade | DeclineSwap => manager,
            Scrap => false,
        },
    }
}

/// Cars that a store has.
fn at(store: StoreId) -> Condition {
    Condition::all().add(vehicle_unit::Column::StoreId.eq(store))
}

/// Cars on orders that a store sells or hands over.
fn on_order_of(store: StoreId) -> Condition {
    let orders = Query::select()
        .expr(Expr::val(1))
        .from(order::Entity)
        .and_where(
            Expr::col((order::Entity, order::Column::VehicleId))
                .equals((vehicle_unit::Entity, vehicle_unit::Column::Id)),
        )
        .cond_where(crate::order::policy::of_store(store))
        .take();
    Condition::all().add(Expr::exists(orders))
}

/// Cases whose car fulfils a condition.
fn of_car(cars: Condition) -> SimpleExpr {
    let cars = Query::select()
        .expr(Expr::val(1))
        .from(vehicle_unit::Entity)
        .and_where(
            Expr::col((vehicle_unit::Entity, vehicle_unit::Column::Id))
                .equals((quality_case::Entity, quality_case::Column::VehicleId)),
        )
        .cond_where(cars)
        .take();
    Expr::exists(cars)
}
