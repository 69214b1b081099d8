//! What belongs to orders. By order: reached through an order that the viewer may see, whose statement had the policy.
//! By id of their own: their order's policy is part of the statement, so that a child is no side door to it.

use std::collections::HashMap;

use entity::order::{eta_revision, event, milestone, payment, price_line};
use entity::{MilestoneId, OrderId, PaymentId};
use sea_orm::sea_query::{Condition, Order};

use super::super::policy;
use super::super::types::{EtaRevision, Milestone, OrderEvent, OrderPriceLine, Payment};
use crate::graph::link::{Relation, group, one};
use crate::graph::{Call, Result};
use crate::store::rows::{among, fetch_some, some_rows};

one! {
    /// Milestones by id.
    MilestoneById: MilestoneId => milestone.Id as Milestone,
        |call| Condition::all().add(policy::of_readable(&call.viewer, milestone::Column::OrderId)),
        |_call, row| Some(Milestone(row));
}

one! {
    /// Payments by id.
    PaymentById: PaymentId => payment.Id as Payment,
        |call| Condition::all().add(policy::of_readable(&call.viewer, payment::Column::OrderId)),
        |_call, row| Some(Payment(row));
}

macro_rules! children {
    ($($(#[$doc:meta])* $name:ident: $table:ident by [$($order:ident $column:ident),*] => $shown:ty as $wrap:expr;)*) => {
        $(
            $(#[$doc])*
            pub struct $name;

            impl Relation for $name {
                type Key = OrderId;
                type Found = Vec<$shown>;

                async fn fetch(call: &Call, keys: &[OrderId]) -> Result<HashMap<OrderId, Self::Found>> {
                    let wanted = call.wanted_in_rounds::<$table::Model>(&["order_id"]);
                    let mut select = some_rows::<$table::Model>(wanted);
                    select
                        .and_where(among(call.app.db.backend(), $table::Column::OrderId, keys.iter().copied()))
                        $(.order_by(($table::Entity, $table::Column::$column), Order::$order))*;
                    let rows: Vec<$table::Model> = fetch_some(call.db(), &select, wanted).await?;
                    let groups = group(rows, |row| row.order_id);
                    Ok(groups.into_iter().map(|(id, rows)| (id, rows.into_iter().map($wrap).collect())).collect())
                }
            }
        )*
    };
}

children! {
    /// Milestones by order, in order of display.
    MilestonesOfOrder: milestone by [Asc Position] => Milestone as Milestone;
    /// Payments by order, oldest first.
    PaymentsOfOrder: payment by [Asc CreatedAt, Asc Id] => Payment as Payment;
    /// Lines of the price by order, in order.
    PriceLinesOfOrder: price_line by [Asc Position] => OrderPriceLine as OrderPriceLine;
    /// History by order, oldest first.
    EventsOfOrder: event by [Asc OccurredAt, Asc Id] => OrderEvent as OrderEvent;
    /// Published expected dates by order, newest first.
    RevisionsOfOrder: eta_revision by [Desc PublishedAt, Desc Id] => EtaRevision as EtaRevision::from;
}
