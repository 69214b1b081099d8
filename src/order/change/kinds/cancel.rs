//! CANCEL: an order is called off, and its money goes back by the matrix of stage and fault.

use entity::order::change_request;
use serde::{Deserialize, Serialize};

use super::super::rules::consequences::Consequences;
use super::super::rules::refund::granted_at_once;
use super::super::store::{cancel_stage, carry_out, consequences};
use super::{Case, Kind, Not, Quote, Refused};
use crate::graph::{Call, Refusal};
use crate::order::rules::handover::takes_appointment;
use crate::order::store::{Revision, appointment_of, call_off_appointment};
use crate::store::{Knows, Tx};

/// An order is called off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cancel {}

impl Kind for Cancel {
    async fn quote<C: Knows>(&self, case: &Case<'_, C>) -> Result<Quote, Refused> {
        let quote = consequences(case.conn, case.order, case.status, case.fault, case.at).await?;
        let quote = quote.map_err(|_| Not::eligible("orderId", "order-change-none"))?;
        let appointment = match takes_appointment(case.status) {
            true => appointment_of(case.conn, case.order.id).await?,
            false => None,
        };
        let stage = cancel_stage(case.order, case.status, case.at);
        Ok(Quote {
            plain: stage.is_some_and(|stage| granted_at_once(stage, case.fault)) && !quote.needs_red_invoice,
            consequences: Consequences {
                earnest: Some(quote.treatment),
                refund_minor: quote.refund_minor,
                forfeited_minor: quote.forfeited_minor,
                compensation_minor: quote.compensation_minor,
                loses_car: case.order.vehicle_id.is_some(),
                red_invoice: quote.needs_red_invoice,
                loses_appointment: appointment.is_some(),
                ..Consequences::default()
            },
        })
    }

    async fn carry_out(
        &self,
        tx: &mut Tx,
        _call: &Call,
        revision: &mut Revision,
        request: change_request::Model,
        quote: &Quote,
    ) -> Result<change_request::Model, Refusal> {
        if quote.consequences.loses_appointment
            && let Some(row) = appointment_of(tx.conn(), revision.order.id).await?
        {
            call_off_appointment(tx, revision, row);
        }
        Ok(carry_out(tx, revision, request).await?)
    }
}
