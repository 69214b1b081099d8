//! What belongs to orders. Each statement joins the policy of the order, so that a child is no side door to it.

use std::collections::HashMap;

use entity::order::{eta_revision, event, milestone, payment, price_line};
use entity::{MilestoneId, OrderId, PaymentId};
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder};

use super::super::policy;
use super::super::types::{EtaRevision, Milestone, OrderEvent, OrderPriceLine, Payment};
use crate::graph::link::{Relation, group, one};
use crate::graph::{Call, Result};

one! {
    /// Milestones by id.
    MilestoneById: MilestoneId => milestone.Id as Milestone,
        |call| policy::children::<milestone::Entity>(&call.viewer, milestone::Column::OrderId),
        |_call, row| Some(Milestone(row));
}

one! {
    /// Payments by id.
    PaymentById: PaymentId => payment.Id as Payment,
        |call| policy::children::<payment::Entity>(&call.viewer, payment::Column::OrderId),
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
                    let rows = policy::children::<$table::Entity>(&call.viewer, $table::Column::OrderId)
                        .filter($table::Column::OrderId.is_in(keys.iter().copied()))
                        $(.$order($table::Column::$column))*
                        .all(call.db())
                        .await?;
                    let groups = group(rows, |row| row.order_id);
                    Ok(groups.into_iter().map(|(id, rows)| (id, rows.into_iter().map($wrap).collect())).collect())
                }
            }
        )*
    };
}

children! {
    /// Milestones by order, in order of display.
    MilestonesOfOrder: milestone by [order_by_asc Position] => Milestone as Milestone;
    /// Payments by order, oldest first.
    PaymentsOfOrder: payment by [order_by_asc CreatedAt, order_by_asc Id] => Payment as Payment;
    /// Lines of the price by order, in order.
    PriceLinesOfOrder: price_line by [order_by_asc Position] => OrderPriceLine as OrderPriceLine;
    /// History by order, oldest first.
    EventsOfOrder: event by [order_by_asc OccurredAt, order_by_asc Id] => OrderEvent as OrderEvent;
    /// Published expected dates by order, newest first.
    RevisionsOfOrder: eta_revision by [order_by_desc PublishedAt, order_by_desc Id] => EtaRevision as EtaRevision::from;
}
