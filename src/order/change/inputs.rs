//! What one says about changes.

use async_graphql::{Enum, ID, InputObject};
use entity::order::change_request;
use entity::{ChangeKind, ChangeState, Fault, FulfillmentMode, InvoiceTitleType, OrderId, PrefixedId, ReturnGround};
use sea_orm::ColumnTrait;
use sea_orm::sea_query::{Condition, Expr, Order as Way};

use crate::graph::Result;
use crate::graph::node::parse_id;
use crate::graph::scalars::{Date, Int64};
use crate::order::policy;
use crate::store::page::{SortKey, Sorting};

/// What car is wanted instead.
#[derive(InputObject)]
pub struct OrderReconfigureInput {
    /// A saved configuration of the same model: one of the customer's, or one that is nobody's.
    pub configuration_id: ID,
}

/// Who is to buy instead.
#[derive(InputObject)]
pub struct OrderBuyerInput {
    /// A person or a company.
    #[graphql(name = "type")]
    pub kind: InvoiceTitleType,
    /// Name of the person, or of the company, 1 to 100 characters.
    pub name: String,
    /// The company's unified social credit code; a person's resident identity number, or nothing.
    pub id_number: Option<String>,
}

/// Which stores are to see to the order; at least one of the two.
#[derive(InputObject)]
pub struct OrderStoreInput {
    /// The store that sells; stays when left out.
    pub store_id: Option<ID>,
    /// The store that hands over; stays when left out.
    pub delivery_store_id: Option<ID>,
}

/// How long the car can wait.
#[derive(InputObject)]
pub struct OrderDeferInput {
    /// The day from which on the car is wanted, Asia/Shanghai: later than it is expected, at most 180 days ahead.
    pub until: Date,
}

/// What is to be changed: exactly one of these.
#[derive(InputObject)]
pub struct OrderChangeWishInput {
    /// True: it is called off.
    pub cancel: Option<bool>,
    /// Money goes back, and the car stays its customer's.
    pub refund: Option<RefundWishInput>,
    /// The car that was handed over goes back.
    #[graphql(name = "return")]
    pub give_back: Option<ReturnWishInput>,
    /// The car that was handed over goes back for another.
    pub exchange: Option<ExchangeWishInput>,
    /// Another configuration.
    pub reconfigure: Option<OrderReconfigureInput>,
    /// Another buyer.
    pub buyer: Option<OrderBuyerInput>,
    /// Another store that sells, or that hands over.
    pub store: Option<OrderStoreInput>,
    /// A later day.
    pub defer: Option<OrderDeferInput>,
}

/// Money that is to go back of an order that goes on.
#[derive(InputObject)]
pub struct RefundWishInput {
    /// How much, fen; when left out, what is above the price, which goes back at once.
    pub amount_minor: Option<Int64>,
}

/// A car that is to go back.
#[derive(InputObject)]
pub struct ReturnWishInput {
    /// Why; whoever decides may see it otherwise. By `GOODWILL` nothing is promised: an operator names the sum.
    pub ground: ReturnGround,
    /// What its odometer says, kilometres, 0 to 2 000 000.
    pub odometer_km: i32,
}

/// A car that is to go back for another.
#[derive(InputObject)]
pub struct ExchangeWishInput {
    /// Why; whoever decides may see it otherwise.
    pub ground: ReturnGround,
    /// What its odometer says, kilometres, 0 to 2 000 000.
    pub odometer_km: i32,
    /// What is to be had for it: a configuration of the order's customer, or one that was saved without signing in. Its price is that
    /// of the moment of the request, in the city of the order.
    pub configuration_id: ID,
    /// How the other car is to be found.
    pub fulfillment_mode: FulfillmentMode,
}

/// What was found of a car that goes back.
#[derive(InputObject)]
pub struct ReturnInspectionInput {
    /// Why it goes back; as it was asked for when left out. `GOODWILL` is an operator's to say.
    pub ground: Option<ReturnGround>,
    /// What its odometer says, kilometres, 0 to 2 000 000.
    pub odometer_km: i32,
    /// How it was found, 1 to 500 characters; not shown to the customer.
    pub condition: String,
    /// Whether it may be sold again as it is. Else it is `RETURNED` until the system of record says otherwise.
    pub restock: bool,
}

/// What of a change is asked.
#[derive(InputObject)]
pub struct OrderChangeQuoteInput {
    /// The order.
    pub order_id: ID,
    /// What is to be changed.
    pub change: OrderChangeWishInput,
    /// Whose doing it is; the customer's when left out.
    pub fault: Option<Fault>,
}

/// What is asked to be changed.
#[derive(InputObject)]
pub struct OrderChangeRequestInput {
    /// Chosen by the client; the same key and input have one effect.
    pub idempotency_key: String,
    /// The order.
    pub order_id: ID,
    /// The version that the client has read, and that was quoted.
    pub expected_version: i32,
    /// What is to be changed.
    pub change: OrderChangeWishInput,
    /// Whose doing it is said to be; the customer's when left out. Whoever decides may see it otherwise.
    pub fault: Option<Fault>,
    /// Why, 1 to 500 characters.
    pub reason: String,
    /// What goes back as the client showed it, in fen; another sum is `PRICE_CHANGED`.
    pub expected_refund_minor: Option<Int64>,
    /// The new price as the client showed it, in fen; another one is `PRICE_CHANGED`.
    pub expected_total_minor: Option<Int64>,
}

/// Which requests.
#[derive(InputObject, Default)]
pub struct OrderChangeWhereInput {
    /// Only in these states.
    pub state: Option<Vec<ChangeState>>,
    /// Only of these kinds.
    pub kind: Option<Vec<ChangeKind>>,
    /// Only of this order.
    pub order_id: Option<ID>,
    /// Only of orders that this store sells or hands over.
    pub store_id: Option<ID>,
}

impl OrderChangeWhereInput {
    /// As a condition of the statement.
    ///
    /// # Errors
    /// When an id is not one of its kind.
    pub fn condition(self) -> Result<Condition> {
        use change_request::Column as Request;
        let mut all = Condition::all();
        if let Some(states) = self.state {
            all = all.add(Request::State.is_in(states));
        }
        if let Some(kinds) = self.kind {
            all = all.add(Request::Kind.is_in(kinds));
        }
        if let Some(id) = self.order_id {
            all = all.add(Request::OrderId.eq(parse_id::<OrderId>("where.orderId", &id)?));
        }
        if let Some(id) = self.store_id {
            let orders = policy::of_store(parse_id("where.storeId", &id)?);
            all = all.add(policy::of_orders(orders, Request::OrderId));
        }
        Ok(all)
    }
}

/// Requests, the newest first.
pub fn newest() -> Sorting<change_request::Model> {
    let column = |column| Expr::col((change_request::Entity, column));
    let key = SortKey::new(column(change_request::Column::RequestedAt), Way::Desc, |row: &change_request::Model| {
        row.requested_at.into()
    });
    Sorting::new("order-change", "requested", key, column(change_request::Column::Id), |row| row.id.uuid())
}

/// Which order to call off.
#[derive(InputObject)]
pub struct OrderCancelRequestInput {
    /// Chosen by the client; the same key and input have one effect.
    pub idempotency_key: String,
    /// The order.
    pub order_id: ID,
    /// The version that the client has read.
    pub expected_version: i32,
    /// Why, 1 to 500 characters.
    pub reason: String,
    /// What goes back as the client showed it, in fen; another sum is `PRICE_CHANGED`.
    pub expected_refund_minor: Option<Int64>,
}

/// What is decided.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeDecision {
    /// It is granted.
    Approve,
    /// It is not.
    Reject,
}

/// What becomes of a request.
#[derive(InputObject)]
pub struct OrderChangeDecideInput {
    /// Chosen by the client; the same key and input have one effect.
    pub idempotency_key: String,
    /// The request.
    pub change_request_id: ID,
    /// The version of its order that the client has read.
    pub expected_version: i32,
    /// What is decided.
    pub decision: ChangeDecision,
    /// Whose doing it is, with `APPROVE`; as it was asked for when left out. It decides what becomes of the earnest deposit.
    pub fault: Option<Fault>,
    /// Number of the invoice that reverses one that was issued elsewhere, 1 to 20 characters; needed where there is one. What was
    /// issued here is made red here, and refunds wait for it.
    pub red_invoice_number: Option<String>,
    /// A word for the customer, up to 500 characters.
    pub note: Option<String>,
    /// What was found of the car, with `APPROVE` of a `RETURN` or an `EXCHANGE`; needed there.
    pub inspection: Option<ReturnInspectionInput>,
    /// How much goes back, fen, with `APPROVE`: of a `REFUND` when it is to be another sum than was asked for, and of a car that goes back
    /// by `GOODWILL`, where it is needed.
    pub refund_minor: Option<Int64>,
}

/// Which request to take back.
#[derive(InputObject)]
pub struct OrderChangeWithdrawInput {
    /// Chosen by the client; the same key and input have one effect.
    pub idempotency_key: String,
    /// The request.
    pub change_request_id: ID,
    /// The version of its order that the client has read.
    pub expected_version: i32,
}

/// Which money went back.
#[derive(InputObject)]
pub struct RefundRecordInput {
    /// Chosen by the client; the same key and input have one effect.
    pub idempotency_key: String,
    /// The refund: one that the provider could not make, or is not to.
    pub refund_id: ID,
    /// The bank's number for it, 1 to 64 characters; each number counts once.
    pub reference: String,
}
