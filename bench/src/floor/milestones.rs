//! Milestones of orders, in one statement, and their titles.

use std::collections::HashMap;
use std::sync::LazyLock;

use entity::{Locale, MilestoneCode, OrderId, PrefixedId};
use milepost::graph::text::text;
use serde::Serialize;
use uuid::Uuid;

use super::wire::{Coded, Keys, Time};
use crate::pool::{Conn, fetch};

/// A milestone as the board shows it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Milestone {
    code: MilestoneCode,
    title: &'static str,
    state: String,
    actual_at: Option<Time>,
}

/// Titles by code, made once: a handler would hold them as constants.
static TITLES: LazyLock<[HashMap<MilestoneCode, String>; 2]> = LazyLock::new(|| {
    [Locale::ZhCn, Locale::En].map(|locale| {
        let key = |code: &MilestoneCode| code.to_string().to_ascii_lowercase().replace('_', "-");
        MilestoneCode::ALL.iter().map(|code| (*code, text(locale, &format!("milestone-{}", key(code)), &[]))).collect()
    })
});

/// What to call a milestone.
pub fn title(code: MilestoneCode, locale: Locale) -> &'static str {
    TITLES[usize::from(locale == Locale::En)].get(&code).map_or("", String::as_str)
}

#[derive(sqlx::FromRow)]
struct Row {
    order_id: Uuid,
    code: Coded<MilestoneCode>,
    state: String,
    actual_at: Option<Time>,
}

/// The milestones of orders that the caller was let see before.
pub async fn of_orders(
    conn: &mut Conn,
    orders: &[OrderId],
    locale: Locale,
) -> Result<HashMap<OrderId, Vec<Milestone>>, sqlx::Error> {
    const POSTGRES: &str = "
        SELECT order_id, code, state, actual_at FROM milestone
        WHERE order_id = ANY($1) ORDER BY order_id, position";
    const SQLITE: &str = "
        SELECT order_id, code, state, actual_at FROM milestone
        WHERE order_id IN (SELECT unhex(value) FROM json_each($1)) ORDER BY order_id, position";
    let sql = conn.text(POSTGRES, SQLITE);
    let rows: Vec<Row> = fetch!(fetch_all, conn, sql, Keys(orders.iter().map(|id| id.uuid()).collect()))?;
    let mut found: HashMap<OrderId, Vec<Milestone>> = HashMap::with_capacity(orders.len());
    for Row { order_id, code: Coded(code), state, actual_at } in rows {
        let milestone = Milestone { code, title: title(code, locale), state, actual_at };
        found.entry(OrderId::from_uuid(order_id)).or_default().push(milestone);
    }
    Ok(found)
}
