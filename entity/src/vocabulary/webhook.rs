//! Words of webhooks.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

vocabulary! {
    list webhook_vocabularies $;

    /// Whether a webhook endpoint is delivered to.
    enum WebhookState {
        /// It is.
        Active,
        /// Events are kept for it until it is resumed.
        Paused,
        /// Neither; what happens meanwhile is not kept for it.
        Disabled,
    }

    /// Why a webhook endpoint is not delivered to.
    enum WebhookReason {
        /// An operator wanted it so.
        Operator,
        /// It has done nothing but fail for too long.
        Failing,
        /// It answered 410 Gone.
        Gone,
    }

    /// State of one delivery to a webhook endpoint.
    enum WebhookDeliveryState {
        /// To be delivered, or to be tried again.
        Pending,
        /// Answered with 2xx.
        Delivered,
        /// Given up; can be replayed.
        Dead,
    }

    /// Why an attempt to deliver failed.
    enum WebhookFailure {
        /// Answered with a status other than 2xx.
        HttpStatus,
        /// No answer in time.
        Timeout,
        /// No connection, or one that broke.
        NotReached,
        /// The address is loopback, private or otherwise not of the open internet.
        AddressRefused,
        /// Ours: the secret could not be opened.
        Internal,
    }
}
