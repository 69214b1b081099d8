//! What belongs to the hand-over of orders, reached through an order that the viewer may see; ceremonies, which are a store's.

use entity::order::{delivery, handover_appointment, handover_ceremony, order, preparation_task};
use entity::{HandoverCeremonyId, OrderId, OrderStatus};
use sea_orm::ColumnTrait;
use sea_orm::sea_query::{Condition, Expr, ExprTrait, Query};

use super::super::types::{HandoverAppointment, HandoverCeremony};
use crate::graph::relation::{many, one};

one! {
    /// What is known of a hand-over, by order.
    DeliveryOfOrder: OrderId => delivery.OrderId as delivery::Model,
        |_call| Condition::all(),
        |_call, row| Some(row);
}

one! {
    /// The appointment that stands, by order.
    AppointmentOfOrder: OrderId => handover_appointment.OrderId until CancelledAt as HandoverAppointment,
        |_call| standing(),
        |_call, row| Some(HandoverAppointment(row));
}

one! {
    /// Ceremonies by id; what a store offers is no secret.
    CeremonyById: HandoverCeremonyId => handover_ceremony.Id as HandoverCeremony,
        |_call| Condition::all(),
        |_call, row| Some(HandoverCeremony(row));
}

many! {
    /// What was done before a hand-over by somebody's word, by order.
    SaidOfOrder: OrderId => preparation_task.OrderId as preparation_task::Model, by [Asc Code],
        |_call| Condition::all(), |_call, row| Some(row);
}

/// Appointments whose order may still be handed over, or was: not those of an order that was called off since.
pub fn standing() -> Condition {
    use OrderStatus::{Cancelled, Expired};
    let over = Query::select()
        .expr(Expr::val(1))
        .from(order::Entity)
        .and_where(
            Expr::col((order::Entity, order::Column::Id))
                .equals((handover_appointment::Entity, handover_appointment::Column::OrderId)),
        )
        .and_where(order::Column::Status.is_in([Cancelled, Expired]))
        .to_owned();
    Condition::all().add(handover_appointment::Column::CancelledAt.is_null()).add(Expr::exists(over).not())
}
