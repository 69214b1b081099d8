//! A payment of an order.

use async_graphql::{Context, Description, ID, Object};
use chrono::{DateTime, Utc};
use entity::order::payment;
use entity::{PaymentMethod, PaymentPurpose, PaymentState};

use super::super::policy;
use crate::graph::CallExt;
use crate::graph::money::Money;

/// Money that moved, or should.
#[derive(Clone, Debug, Description)]
pub struct Payment(pub payment::Model);

#[Object(use_type_description)]
impl Payment {
    /// Type-prefixed ULID, as in `pay_01J…`.
    pub async fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// What it is for.
    async fn purpose(&self) -> PaymentPurpose {
        self.0.purpose
    }

    /// How it is paid.
    async fn method(&self) -> PaymentMethod {
        self.0.method
    }

    /// How far it is.
    async fn state(&self) -> PaymentState {
        self.0.state
    }

    /// How much.
    async fn amount(&self) -> Money {
        Money::fen(self.0.amount_minor)
    }

    /// Of it, what was given back.
    async fn refunded(&self) -> Money {
        Money::fen(self.0.refunded_minor)
    }

    /// The provider's number; null for customers.
    async fn provider_reference(&self, ctx: &Context<'_>) -> Option<&str> {
        self.0.provider_reference.as_deref().filter(|_| policy::sees_actors(&ctx.call().viewer))
    }

    /// When the money arrived.
    async fn captured_at(&self) -> Option<DateTime<Utc>> {
        self.0.captured_at
    }

    /// When it was asked for.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }
}
