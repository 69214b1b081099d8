//! Applications for loans that a lender has (C068).

use chrono::{DateTime, Utc};
use entity::customer::consent;
use entity::order::{finance_application, order};
use entity::{FinanceApplicationId, FinanceApplicationState};
use sea_orm::EntityTrait;
use serde_json::{Value, json};

use super::{AGAIN, MOST, Run, Watch, goes_on};
use crate::graph::Result;
use crate::ingest::{Inbound, Sender};
use crate::order::rules::finance::{FinanceMove, is_approved, is_closed, move_application, word};
use crate::order::rules::status::is_ended;
use crate::order::store::Heard;
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
    pub(super) async fn applications(&self, lender: Option<&dyn Lender>) -> Result<()> {
        loop {
            let now = self.app.clock.now();
            let columns = (finance_application::Column::Id, finance_application::Column::CheckedAt);
            let due: Vec<FinanceApplicationId> = self
                .unasked::<finance_application::Entity, _>(columns, WAITING, now, self.app.ports.lender_check_after)
                .await?;
            let mut run = Run::default();
            for (at, id) in due.iter().enumerate() {
                if self.stop.is_cancelled() {
                    return Ok(());
                }
                if !run.goes_on(id, self.application(lender, *id, now).await) {
                    return Ok(self.left_over::<finance_application::Entity, _>(columns, &due[at + 1..]).await?);
                }
            }
            if (due.len() as u64) < MOST {
                return Ok(());
            }
        }
    }

    /// Asks about one and takes in what is new; false when the lender is not reached, by anybody.
    async fn application(
        &self,
        lender: Option<&dyn Lender>,
        id: FinanceApplicationId,
        now: DateTime<Utc>,
    ) -> Result<bool> {
        let conn = self.db.conn();
        let Some(row) = finance_application::Entity::find_by_id(id).one(conn).await? else { return Ok(true) };
        let Some(order) = order::Entity::find_by_id(row.order_id).one(conn).await? else { return Ok(true) };
        // No car is lent for that is called off, and nothing is decided about a customer who has taken the consent back.
        let ended = is_ended(order.status) || (!is_approved(row.state) && self.consent_is_gone(&row).await?);
        let ends = |state| Standing {
            state,
            reference: row.lender_reference.clone().unwrap_or_else(|| row.id.to_string()),
            approved_minor: None,
            valid_until: None,
            note: None,
            payment_reference: None,
            occurred_at: Some(now),
        };
        let standing = match standing(lender, &row, ended, now).await {
            Ok(standing) => standing,
            Err(error) => return Ok(goes_on(&error, &id)),
        };
        let standing = match standing {
            None if ended => ends(FinanceApplicationState::Withdrawn),
            None if ran_out(None, &row, now) => ends(FinanceApplicationState::Expired),
            None => return Ok(true),
            // Taken back because its time was over.
            Some(standing)
                if !ended
                    && standing.state == FinanceApplicationState::Withdrawn
                    && ran_out(standing.valid_until, &row, now) =>
            {
                Standing { state: FinanceApplicationState::Expired, ..standing }
            }
            Some(standing) => standing,
        };
        // What cannot be is left out here as well, or it would be refused at every look.
        let heard = Heard::answer(standing.clone(), &row, now);
        let standing = Standing {
            approved_minor: heard.approved_minor,
            valid_until: heard.valid_until,
            note: heard.note,
            ..standing
        };
        let same_terms = || {
            let (lends, waits) = (is_approved(row.state), move_application(row.state, FinanceMove::Expire).is_ok());
            let said = (heard.approved_minor.filter(|_| lends), heard.valid_until.filter(|_| waits));
            (said.0.or(row.approved_minor), said.1.or(row.expires_at)) == (row.approved_minor, row.expires_at)
        };
        let new = match word(row.state, standing.state) {
            Word::Leads => true,
            Word::Known => !is_closed(row.state) && !same_terms(),
            Word::Illegal => false,
        };
        if new {
            self.go_in(&Sender::asked("lender"), event(&order.number, &row, &standing, now)).await?;
        }
        Ok(true)
    }
}

impl Watch<'_> {
    /// Whether the consent that an application relies on was withdrawn (PIPL 15).
    async fn consent_is_gone(&self, row: &finance_application::Model) -> Result<bool> {
        let Some(consent) = row.consent_id else { return Ok(false) };
        let given = consent::Entity::find_by_id(consent).one(self.db.conn()).await?;
        Ok(given.is_none_or(|given| given.withdrawn_at.is_some()))
    }
}

/// Whether the time of an approval is over, by what the lender says or else by what is known.
fn ran_out(said: Option<DateTime<Utc>>, row: &finance_application::Model, now: DateTime<Utc>) -> bool {
    let waits = move_application(row.state, FinanceMove::Expire).is_ok();
    waits && said.or(row.expires_at).is_some_and(|end| end <= now)
}

/// How one stands; one of an order that is over, or whose own time is, is taken back, if it can be. None where there is no
/// lender to ask.
async fn standing(
    lender: Option<&dyn Lender>,
    row: &finance_application::Model,
    ended: bool,
    now: DateTime<Utc>,
) -> Result<Option<Standing>, PortError> {
    let Some(lender) = lender else { return Ok(None) };
    let Some(found) = lender.find(row.id).await? else { return Ok(None) };
    let over = ended || ran_out(found.valid_until, row, now);
    if over && move_application(found.state, FinanceMove::Withdraw).is_ok() {
        return lender.withdraw(row.id).await;
    }
    Ok(Some(found))
}

/// One of an id that is the same whenever the same is found, for a while.
fn event(order_number: &str, row: &finance_application::Model, standing: &Standing, now: DateTime<Utc>) -> Value {
    let again = now.timestamp() / AGAIN.num_seconds();
    let since = row.updated_at.timestamp_micros();
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
