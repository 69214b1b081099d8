//! Settings of orders.

use chrono::TimeDelta;

use super::layers::Layers;

/// Until when an order is to become firm.
#[derive(Clone, Copy, Debug)]
pub struct OrderSettings {
    /// From the payment of the intention deposit.
    pub intention: TimeDelta,
    /// From the order, while nothing is paid.
    pub draft: TimeDelta,
}

impl Default for OrderSettings {
    /// Thirty days each; invented.
    fn default() -> Self {
        Self { intention: TimeDelta::days(30), draft: TimeDelta::days(30) }
    }
}

/// Reads them.
pub fn read(layers: &mut Layers) -> Option<OrderSettings> {
    let intention = layers.number("order.intention_days", 1, 365);
    let draft = layers.number("order.draft_days", 1, 365);
    Some(OrderSettings { intention: TimeDelta::days(intention?), draft: TimeDelta::days(draft?) })
}
