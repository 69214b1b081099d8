//! Cars that go back: what is looked at of one, and how it is taken back (C075).

use chrono::{DateTime, NaiveDate, Utc};
use entity::customer::owned_vehicle;
use entity::order::{change_request, event, milestone, order, payment, price_line, refund};
use entity::place::store;
use entity::{
    CustomerId, MilestoneCode, MilestoneState, OrderEventKind, OrderId, OrderStatus, PaymentId, PaymentMethod,
    PriceLineKind, RefundState,
};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder};

use super::super::rules::returns::{self, Here};
use super::wind_up;
use crate::graph::Error;
use crate::inventory;
use crate::loyalty;
use crate::order::rules::payment::Paid;
use crate::order::store::{Revision, end_ownership, owned};
use crate::store::Tx;
use crate::values::calendar;

/// What is looked at of an order whose car was handed over.
#[derive(Debug)]
pub struct Handed {
    /// What the rules look at, but for what the odometer says now.
    pub car: returns::Handed,
    /// Price of its invoice, fen.
    pub car_minor: i64,
    /// Purchase tax that was paid on, fen, and on which day; nothing before the car was registered.
    pub tax: Option<(i64, NaiveDate)>,
    /// What is paid and not on its way back, oldest first.
    pub here: Vec<Here<PaymentId>>,
}

impl Handed {
    /// Of an order; none whose car was never handed over.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn of(conn: &impl ConnectionTrait, order: &order::Model) -> Result<Option<Self>, DbErr> {
        let Some(at) = order.delivered_at else { return Ok(None) };
        let own: Option<owned_vehicle::Model> = owned(conn, [order.id]).await?.remove(&order.id);
        let begun = event::Entity::find()
            .filter(event::Column::OrderId.eq(order.id))
            .filter(event::Column::Kind.eq(OrderEventKind::Placed))
            .one(conn)
            .await?;
        let lines = price_line::Entity::find().filter(price_line::Column::OrderId.eq(order.id)).all(conn).await?;
        let sum = |counts: &[PriceLineKind]| {
            lines.iter().filter(|line| counts.contains(&line.kind)).map(|line| line.amount_minor).sum::<i64>()
        };
        let registered = registered_at(conn, order.id).await?;
        let tax = sum(&[PriceLineKind::Tax]);
        Ok(Some(Self {
            car: returns::Handed {
                mode: order.fulfillment_mode,
                // Whoever ordered is named in the history.
                online: begun.is_some_and(|begun| begun.actor.parse::<CustomerId>().is_ok()),
                at,
                warranty_start: own.as_ref().map_or(at, |own| own.warranty_start_at),
                km: own.as_ref().map_or((0, 0), |own| (own.odometer_km, own.odometer_km)),
            },
            car_minor: sum(&[PriceLineKind::Msrp, PriceLineKind::Option, PriceLineKind::Discount]),
            tax: registered.filter(|_| tax > 0).map(|at| (tax, calendar::day(at))),
            here: here_of(conn, order.id).await?,
        }))
    }
}

/// When the car of an order was registered; none where it is not.
async fn registered_at(conn: &impl ConnectionTrait, order: OrderId) -> Result<Option<DateTime<Utc>>, DbErr> {
    let done = milestone::Entity::find()
        .filter(milestone::Column::OrderId.eq(order))
        .filter(milestone::Column::Code.eq(MilestoneCode::PlateReady))
        .filter(milestone::Column::State.eq(MilestoneState::Done));
    Ok(done.one(conn).await?.map(|row| row.actual_at.unwrap_or(row.updated_at)))
}

/// What is paid of an order and not on its way back, oldest first; nothing of those of which nothing is here.
///
/// # Errors
/// When the store fails.
pub async fn here_of(conn: &impl ConnectionTrait, order: OrderId) -> Result<Vec<Here<PaymentId>>, DbErr> {
    let payments = payment::Entity::find()
        .filter(payment::Column::OrderId.eq(order))
        .order_by_asc(payment::Column::CreatedAt)
        .order_by_asc(payment::Column::Id)
        .all(conn)
        .await?;
    let going = refund::Entity::find()
        .filter(refund::Column::OrderId.eq(order))
        .filter(refund::Column::State.ne(RefundState::Done))
        .all(conn)
        .await?;
    let here = payments.iter().map(|row| {
        let of = going.iter().filter(|refund| refund.payment_id == Some(row.id));
        Here {
            payment: row.id,
            purpose: row.purpose,
            minor: Paid::from(row).kept_minor() - of.map(|refund| refund.amount_minor).sum::<i64>(),
            of_lender: row.method == PaymentMethod::LoanDisbursement,
        }
    });
    Ok(here.filter(|one| one.minor > 0).collect())
}

/// Takes the car of an order back: it is its customer's no more and free, what was earned with it is taken back, what is open of the order
/// is closed, its invoices are made red. The order is RETURNED; what was reached of its delivery stays as its history. Settlement follows
/// from that step. What goes back of the money is the caller's.
///
/// # Errors
/// When the store fails.
pub async fn take_back(
    tx: &mut Tx,
    revision: &mut Revision,
    request: &change_request::Model,
    payments: &mut [payment::Model],
    restock: bool,
) -> Result<(), Error> {
    let (order, customer) = (revision.order.id, revision.order.customer_id);
    wind_up(tx, revision, payments).await?;
    let store = store::Entity::find_by_id(revision.order.delivery_store_id).one(tx.conn()).await?;
    let store = store.ok_or_else(|| Error::hidden("an order without store"))?;
    let registered = registered_at(tx.conn(), order).await?.is_some();
    inventory::take_back(tx, revision, &store, (registered, restock)).await?;
    end_ownership(tx, [order]).await?;
    loyalty::orders_taken_back(tx, &[(customer, order)], true).await?;
    revision.set_status(OrderStatus::Returned, tx.now(), request.decision_note.clone());
    Ok(())
}
