//! REFUND, RETURN and EXCHANGE: what is asked for once the car was handed over.

use entity::order::change_request;
use sea_orm::ConnectionTrait;
use serde::{Deserialize, Serialize};

use super::{Case, Kind, Not, Quote, Refused};
use crate::graph::{Call, Error, Refusal};
use crate::order::store::Revision;
use crate::store::Tx;

/// Money goes back of a car that is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refund {}

/// The car is given back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Return {}

/// The car is given back for another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exchange {}

macro_rules! refused {
    ($($name:ident)*) => {
        $(
            impl Kind for $name {
                async fn quote<C: ConnectionTrait>(&self, _case: &Case<'_, C>) -> Result<Quote, Refused> {
                    Err(Not::eligible("orderId", "order-change-none").into())
                }

                async fn carry_out(
                    &self,
                    _tx: &mut Tx,
                    _call: &Call,
                    _revision: &mut Revision,
                    _request: change_request::Model,
                    _quote: &Quote,
                ) -> Result<change_request::Model, Refusal> {
                    Err(Error::hidden("a kind that is never granted").into())
                }
            }
        )*
    };
}

refused! { Refund Return Exchange }
