//! A payment of an order.

use async_graphql::{Description, ID};
use chrono::{DateTime, Utc};
use entity::order::payment;
use entity::{PaymentMethod, PaymentPurpose, PaymentState};

use super::super::policy;
use crate::graph::money::Money;
use crate::graph::{Call, fields};

/// Money that moved, or should.
#[derive(Clone, Debug, Description)]
pub struct Payment(pub payment::Model);

#[fields(rows(payment::Model))]
impl Payment {
    /// Type-prefixed ULID, as in `pay_01J…`.
    pub fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// What it is for.
    fn purpose(&self) -> PaymentPurpose {
        self.0.purpose
    }

    /// How it is paid.
    fn method(&self) -> PaymentMethod {
        self.0.method
    }

    /// How far it is.
    fn state(&self) -> PaymentState {
        self.0.state
    }

    /// How much.
    fn amount(&self) -> Money {
        Money::fen(self.0.amount_minor)
    }

    /// Of it, what was given back.
    fn refunded(&self) -> Money {
        Money::fen(self.0.refunded_minor)
    }

    /// The provider's number; null for customers.
    fn provider_reference(&self, call: &Call) -> Option<&str> {
        self.0.provider_reference.as_deref().filter(|_| policy::sees_actors(&call.viewer))
    }

    /// When the money arrived.
    fn captured_at(&self) -> Option<DateTime<Utc>> {
        self.0.captured_at
    }

    /// When it was asked for.
    fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }
}
