//! DELIVERY_DEFER: the customer wants the car later.

use chrono::NaiveDate;
use entity::ChangeState;
use entity::order::{change_request, order};
use serde::{Deserialize, Serialize};

use super::super::rules::consequences::Consequences;
use super::super::rules::defer::{MOST, is_free, is_later};
use super::super::rules::falls::Takes;
use super::beside::{Anew, Beside, bring_along};
use super::{Case, Kind, Not, Quote, Refused};
use crate::graph::user_error::UserErrorCode;
use crate::graph::{Call, Refusal};
use crate::order::store::Revision;
use crate::store::{Knows, Tx};
use crate::values::calendar;

/// The car is wanted later.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeliveryDefer {
    /// From this day on.
    pub until: NaiveDate,
}

fn takes(appointment: bool) -> Takes {
    Takes { appointment, ..Takes::default() }
}

impl Kind for DeliveryDefer {
    async fn quote<C: Knows>(&self, case: &Case<'_, C>) -> Result<Quote, Refused> {
        let order = case.order;
        // By the day on which it was asked for: who decides late does not make it another wish.
        if !is_later(self.until, case.likely_at(case.at), calendar::day(case.at)) {
            let (field, key) = ("change.defer.until", "order-change-until");
            let args = vec![("days", i64::try_from(MOST).unwrap_or(i64::MAX).into())];
            return Err(Not { code: UserErrorCode::Invalid, field, key, args }.into());
        }
        let beside = Beside::of(case.conn, order).await?;
        let loses_appointment =
            beside.appointment.as_ref().is_some_and(|row| calendar::day(row.starts_at) < self.until);
        let changes = beside.falls(order, takes(loses_appointment))?;
        let deferred = order::Model { deferred_until: Some(self.until), ..order.clone() };
        let expected = beside.progress.expected_after((&deferred, case.likely()), &changes, false, case.now);
        let consequences = Consequences {
            expected: expected.map(|window| (case.likely(), window.likely)),
            loses_appointment,
            ..Consequences::default()
        };
        let free = is_free(self.until, case.likely_at(case.at), calendar::day(case.at));
        Ok(Quote { consequences, plain: free && !loses_appointment })
    }

    async fn carry_out(
        &self,
        tx: &mut Tx,
        call: &Call,
        revision: &mut Revision,
        request: change_request::Model,
        quote: &Quote,
    ) -> Result<change_request::Model, Refusal> {
        let promised = revision.order.promised_by;
        revision.order.deferred_until = Some(self.until);
        let anew = Anew { takes: takes(quote.consequences.loses_appointment), ..Anew::default() };
        bring_along(tx, call, revision, &request, anew).await?;
        // What was promised for a later day is not promised sooner.
        revision.order.promised_by = promised.map(|day| day.max(self.until));
        let now = tx.now();
        Ok(change_request::Model { state: ChangeState::Done, done_at: Some(now), ..request })
    }
}
