//! BUYER_CHANGE: somebody else buys. Who it is stands sealed in the request's own columns.

use entity::ChangeState;
use entity::order::change_request;
use serde::{Deserialize, Serialize};

use super::super::rules::consequences::Consequences;
use super::super::rules::falls::Takes;
use super::beside::{Anew, Beside, bring_along};
use super::{Case, Kind, Not, Quote, Refused};
use crate::graph::{Call, Error, Refusal};
use crate::order::store::Revision;
use crate::store::{Knows, Tx};

/// Somebody else buys.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BuyerChange {}

fn takes(contract: bool) -> Takes {
    Takes { contract, ..Takes::default() }
}

impl Kind for BuyerChange {
    async fn quote<C: Knows>(&self, case: &Case<'_, C>) -> Result<Quote, Refused> {
        let beside = Beside::of(case.conn, case.order).await?;
        // An invoice is made out to the one who buys.
        beside.not_invoiced()?;
        // A loan is lent to the one who buys.
        if beside.has_loan {
            return Err(Not::eligible("orderId", "order-change-loan").into());
        }
        let contract_anew = beside.has_contract();
        let changes = beside.falls(case.order, takes(contract_anew))?;
        // What is signed anew is promised anew.
        let expected = beside.progress.expected_after((case.order, case.likely()), &changes, false, case.now);
        let expected = expected.filter(|_| contract_anew).map(|window| (case.likely(), window.likely));
        let consequences = Consequences { contract_anew, expected, ..Consequences::default() };
        Ok(Quote { consequences, plain: !contract_anew })
    }

    async fn carry_out(
        &self,
        tx: &mut Tx,
        call: &Call,
        revision: &mut Revision,
        request: change_request::Model,
        quote: &Quote,
    ) -> Result<change_request::Model, Refusal> {
        let nobody = || Error::hidden("a request for another buyer that names nobody");
        revision.order.buyer_name = request.buyer_name.clone().ok_or_else(nobody)?;
        // The number was that of the one before.
        revision.order.buyer_id_number.clone_from(&request.buyer_id_number);
        if quote.consequences.contract_anew {
            let anew = Anew { takes: takes(true), ..Anew::default() };
            bring_along(tx, call, revision, &request, anew).await?;
        }
        let now = tx.now();
        // From now on it is the order's alone.
        Ok(change_request::Model { state: ChangeState::Done, done_at: Some(now), buyer_id_number: None, ..request })
    }
}
