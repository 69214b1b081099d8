//! Applications for loans that a lender has (C068).

use chrono::{DateTime, Utc};
use entity::order::{finance_application, order};
use entity::{FinanceApplicationId, FinanceApplicationState};
use sea_orm::EntityTrait;
use sea_orm::sea_query::{Expr, ExprTrait, Order, Query};
use serde_json::{Value, json};

use super::{AGAIN, MOST, Watch, goes_on};
use crate::graph::Result;
use crate::ingest::{Inbound, Sender};
use crate::order::rules::finance::{FinanceMove, move_application, word};
use crate::order::rules::status::is_ended;
use crate::order::upstream::FinanceApplicationReported;
use crate::ports::lender::Standing;
use crate::ports::{Lender, PortError};
use crate::values::machine::Word;

/// The condition of the index by which they are found.
const WAITING: &str = "state NOT IN ('REJECTED', 'DISBURSED', 'WITHDRAWN', 'EXPIRED')";

/// What the events name as their source.
const SOURCE: &str = "urn:milepost:lender";

impl Watch<'_> {
    /// Asks about applications that the lender has.
    pub(super) async fn applications(&self, lender: &dyn Lender) -> Result<()> {
        loop {
            let now = self.app.clock.now();
            let due = Query::select()
                .column(finance_application::Column::Id)
                .from(finance_application::Entity)
                .and_where(Expr::cust(WAITING))
                .and_where(
                    Expr::col(finance_application::Column::CheckedAt).lt(now - self.app.ports.lender_check_after),
                )
                .order_by(finance_application::Column::CheckedAt, Order::Asc)
                .to_owned();
            let mut claim = Query::update();
            claim
                .table(finance_application::Entity)
                .value(finance_application::Column::CheckedAt, now)
                .returning_col(finance_application::Column::Id);
            let due: Vec<FinanceApplicationId> = self.claim(due, claim, finance_application::Column::Id).await?;
            for id in &due {
                if self.stop.is_cancelled() || !self.application(lender, *id, now).await? {
                    return Ok(());
                }
            }
            if (due.len() as u64) < MOST {
                return Ok(());
            }
        }
    }

    /// Asks about one and takes in what is new; false when the lender is not reached, by anybody.
    async fn application(&self, lender: &dyn Lender, id: FinanceApplicationId, now: DateTime<Utc>) -> Result<bool> {
        let conn = self.db.conn();
        let Some(row) = finance_application::Entity::find_by_id(id).one(conn).await? else { return Ok(true) };
        let Some(order) = order::Entity::find_by_id(row.order_id).one(conn).await? else { return Ok(true) };
        // No car is lent for that is called off.
        let over = is_ended(order.status);
        let standing = match standing(lender, id, over).await {
            Ok(standing) => standing,
            Err(error) => return Ok(goes_on(&error, &id)),
        };
        let ends = |state| Standing {
            state,
            reference: row.lender_reference.clone().unwrap_or_else(|| row.id.to_string()),
            approved_minor: None,
            valid_until: None,
            note: None,
            payment_reference: None,
            occurred_at: Some(now),
        };
        let ran_out = row.expires_at.is_some_and(|end| end <= now);
        let standing = match standing {
            None if over => ends(FinanceApplicationState::Withdrawn),
            None => return Ok(true),
            Some(standing) if ran_out && move_application(standing.state, FinanceMove::Expire).is_ok() => {
                ends(FinanceApplicationState::Expired)
            }
            Some(standing) => standing,
        };
        if word(row.state, standing.state) == Word::Leads {
            self.go_in(&Sender::lender(), event(&order.number, &row, &standing, now)).await?;
        }
        Ok(true)
    }
}

/// How one stands; one of an order that is over is taken back, if it can be.
async fn standing(lender: &dyn Lender, id: FinanceApplicationId, over: bool) -> Result<Option<Standing>, PortError> {
    let standing = lender.find(id).await?;
    let open = |found: &Standing| move_application(found.state, FinanceMove::Withdraw).is_ok();
    if over && standing.as_ref().is_some_and(open) { lender.withdraw(id).await } else { Ok(standing) }
}

/// One of an id that is the same whenever the same is found, for a while.
fn event(order_number: &str, row: &finance_application::Model, standing: &Standing, now: DateTime<Utc>) -> Value {
    let again = now.timestamp() / AGAIN.num_seconds();
    let since = standing.occurred_at.map_or(0, |at| at.timestamp_micros());
    json!({
        "specversion": "1.0",
        "id": format!("{}-{}-{since}-{again}", row.id, standing.state),
        "source": SOURCE,
        "type": FinanceApplicationReported::TYPE,
        "data": {
            "orderNumber": order_number,
            "applicationId": row.id,
            "reference": standing.reference,
            "state": standing.state,
            "approvedMinor": standing.approved_minor,
            "validUntil": standing.valid_until,
            "note": standing.note,
            "paymentReference": standing.payment_reference,
            "occurredAt": standing.occurred_at,
        },
    })
}
