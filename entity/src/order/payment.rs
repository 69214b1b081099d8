//! Money that moved, or should (C064, C065, C067).

use sea_orm::entity::prelude::*;

use crate::ids::{OrderId, PaymentId};
use crate::vocabulary::{PaymentMethod, PaymentPurpose, PaymentState};

/// Money that moved, or should (C064, C065, C067).
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, milepost_macros::Columns)]
#[sea_orm(table_name = "payment")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: PaymentId,
    pub order_id: OrderId,
    pub purpose: PaymentPurpose,
    pub method: PaymentMethod,
    pub state: PaymentState,
    pub amount_minor: i64,
    /// Of the amount, all that went back.
    pub refunded_minor: i64,
    /// Of that, what went back by another way than its provider's.
    pub refunded_elsewhere_minor: i64,
    /// Of it, what went over to another order.
    pub carried_minor: i64,
    /// Of which payment of another order it comes.
    pub carried_from_id: Option<PaymentId>,
    /// Unique when present.
    pub provider_reference: Option<String>,
    pub captured_at: Option<DateTimeUtc>,
    pub created_at: DateTimeUtc,
    /// Where one pays, when the provider waits for it.
    pub checkout_url: Option<String>,
    /// What the provider's kit in the app takes to pay, as it gave it.
    pub checkout_token: Option<String>,
    /// Until when it can be paid; none of one that was never to be handed over.
    pub expires_at: Option<DateTimeUtc>,
    /// When the provider was last asked about it.
    pub checked_at: Option<DateTimeUtc>,
    /// The provider's code of why it failed.
    pub failure: Option<String>,
    /// Whose number the provider knows it by, where that is another: of money that came a second time for one payment.
    pub provider_payment_id: Option<PaymentId>,
    /// Other money closed it while its provider waited for it; it is called off there.
    pub left_open: bool,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
