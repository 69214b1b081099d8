//! What a request to change an order asks for (C075).

use async_graphql::Description;
use entity::order::change_request;
use entity::{ConfigurationId, FulfillmentMode, ReturnGround, StoreId};

use super::super::kinds::Asked;
use crate::catalog::ConfigurationOfOrder;
use crate::graph::answer::To;
use crate::graph::fields;
use crate::graph::money::Money;
use crate::graph::scalars::Date;
use crate::place::StoreById;

/// What a request asks for: what its kind has, and null otherwise. Who is to buy instead is `buyerName` of the request.
#[derive(Clone, Debug, Description)]
pub struct ChangeWish(pub change_request::Model);

impl ChangeWish {
    /// None where it is not as it was written, which is an error of ours and told by who decides.
    fn asked(&self) -> Option<Asked> {
        Asked::of(&self.0).ok()
    }

    fn wished_configuration(&self) -> Option<ConfigurationId> {
        match self.asked()? {
            Asked::Reconfigure(of) => Some(of.configuration),
            Asked::Exchange(of) => Some(of.configuration_id),
            _ => None,
        }
    }

    fn wished_store(&self) -> Option<StoreId> {
        match self.asked()? {
            Asked::StoreChange(of) => of.store,
            _ => None,
        }
    }

    fn wished_delivery_store(&self) -> Option<StoreId> {
        match self.asked()? {
            Asked::StoreChange(of) => of.delivery_store,
            _ => None,
        }
    }
}

#[fields(rows(change_request::Model))]
impl ChangeWish {
    /// The configuration that is wanted: in place of the order's, or for the car that goes back.
    #[link(self.wished_configuration())]
    fn configuration(&self) -> To<ConfigurationOfOrder>;

    /// The store that is to sell.
    #[link(self.wished_store())]
    fn store(&self) -> To<StoreById>;

    /// The store that is to hand over.
    #[link(self.wished_delivery_store())]
    fn delivery_store(&self) -> To<StoreById>;

    /// The day from which on the car is wanted.
    #[columns(kind, asked)]
    fn until(&self) -> Option<Date> {
        match self.asked()? {
            Asked::DeliveryDefer(of) => Some(Date(of.until)),
            _ => None,
        }
    }

    /// How much is to go back; of a `REFUND` null where it is what is above the price.
    #[columns(kind, asked)]
    fn refund(&self) -> Option<Money> {
        match self.asked()? {
            Asked::Refund(of) => of.amount_minor.map(Money::fen),
            _ => None,
        }
    }

    /// Why the car is to go back.
    #[columns(kind, asked)]
    fn ground(&self) -> Option<ReturnGround> {
        match self.asked()? {
            Asked::Return(of) => Some(of.ground),
            Asked::Exchange(of) => Some(of.back.ground),
            _ => None,
        }
    }

    /// How the car that is wanted for it is to be found.
    #[columns(kind, asked)]
    fn fulfillment_mode(&self) -> Option<FulfillmentMode> {
        match self.asked()? {
            Asked::Exchange(of) => Some(of.mode),
            _ => None,
        }
    }
}
