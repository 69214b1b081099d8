//! REFUND: money goes back of an order that goes on. What is above the price goes back as soon as it is asked for. More is granted by
//! people: before the hand-over it is owed again; of a car that was handed over it is a discount, since nobody pays for a car twice.

use entity::order::{change_request, invoice, milestone, order, price_line};
use entity::place::store;
use entity::{
    ChangeState, InvoiceCover, InvoiceState, MilestoneCode, MilestoneState, OrderId, OrderStatus, PriceLineId,
    PriceLineKind,
};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
};
use serde::{Deserialize, Serialize};

use super::super::inputs::RefundWishInput;
use super::super::rules::consequences::Consequences;
use super::super::rules::returns::{parts, refundable};
use super::super::rules::table::grants_kindness;
use super::super::store::{Books, here_of, payments_of};
use super::returned::too_much;
use super::{Case, Kind, Not, Quote, Refused, role};
use crate::graph::user_error::UserErrorCode;
use crate::graph::{Call, Error, Refusal, UserError};
use crate::order::mutations::drawn_up;
use crate::order::rules::invoice::stands;
use crate::order::rules::milestone::descendants;
use crate::order::rules::template::balance_first;
use crate::order::store::{
    Report, Revision, invoice_paper, invoiced, invoices_of, record_milestone, save_invoice, to_be_red,
};
use crate::store::{Knows, Tx};
use crate::values::money::Money;

/// Code of the line by which a kindness stands in the price.
const GOODWILL: &str = "GOODWILL";

/// Money goes back of a car that is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refund {
    /// How much, fen; what is above the price when left out.
    pub amount_minor: Option<i64>,
}

/// Whether the car is its customer's.
fn is_handed_over(status: OrderStatus) -> bool {
    matches!(status, OrderStatus::Delivered | OrderStatus::Completed)
}

impl Refund {
    /// What is said.
    ///
    /// # Errors
    /// What is wrong in it.
    pub fn read(wish: &RefundWishInput) -> Result<Self, Vec<Not>> {
        let amount_minor = wish.amount_minor.map(|minor| minor.0);
        if amount_minor.is_some_and(|minor| minor <= 0) {
            let field = "change.refund.amountMinor";
            let code = UserErrorCode::Invalid;
            return Err(vec![Not { code, field, key: "order-refund-sum", args: Vec::new() }]);
        }
        Ok(Self { amount_minor })
    }
}

impl Kind for Refund {
    async fn quote<C: Knows>(&self, case: &Case<'_, C>) -> Result<Quote, Refused> {
        let here: i64 = here_of(case.conn, case.order.id).await?.iter().map(|one| one.minor).sum();
        let can = refundable(here, case.order.total_minor);
        let amount = self.amount_minor.unwrap_or(can.surplus_minor);
        if amount <= 0 {
            return Err(Not::eligible("change.refund", "order-refund-nothing").into());
        }
        if amount > can.most_minor {
            return Err(too_much(can.most_minor).into());
        }
        let kindness = amount - can.surplus_minor;
        let mut consequences = Consequences { refund_minor: amount, ..Consequences::default() };
        if kindness > 0 && is_handed_over(case.status) {
            let total = case.order.total_minor;
            let of_car = car_invoices(case.conn, case.order.id).await?;
            // One that is on its way to be issued, or made red, says another price, and nobody could take it back.
            if of_car.iter().any(|invoice| invoice.state != InvoiceState::Issued) {
                return Err(Not::eligible("orderId", "order-refund-invoicing").into());
            }
            let elsewhere = invoiced(case.conn, case.order.id).await?.elsewhere;
            consequences.price = Some((total, total - kindness));
            consequences.red_invoice = elsewhere || !of_car.is_empty();
        } else if kindness > 0 {
            // An invoice may be issued on what a lender has promised.
            let invoiced = invoiced(case.conn, case.order.id).await?;
            if invoiced.here || invoiced.elsewhere || is_relied_on(case.conn, case.order).await? {
                return Err(Not::eligible("orderId", "order-refund-relied-on").into());
            }
            consequences.owed_minor = kindness;
        }
        Ok(Quote { plain: kindness <= 0, consequences })
    }

    async fn carry_out(
        &self,
        tx: &mut Tx,
        call: &Call,
        revision: &mut Revision,
        request: change_request::Model,
        quote: &Quote,
    ) -> Result<change_request::Model, Refusal> {
        let order = revision.order.id;
        let means = &quote.consequences;
        let payments = payments_of(tx, order).await?;
        let mut books = Books::of(tx, revision.before()).await?.without_request();
        let here = here_of(tx.conn(), order).await?;
        if let Some((before, after)) = means.price {
            may_be_so_kind(tx, call, order, before - after).await?;
            discount(tx, call, revision, before - after).await?;
        }
        for (id, minor) in parts(&here, means.refund_minor, false) {
            let payment = payments.iter().find(|row| row.id == id);
            books.owe_when(tx, order, payment, minor, (Some(request.id), means.red_invoice));
        }
        if means.owed_minor > 0 {
            unpaid(tx, revision).await?;
        }
        books.sum(&mut revision.order, &payments);
        Ok(change_request::Model { state: ChangeState::Executing, done_at: None, ..request })
    }
}

/// The invoices of an order's car that are in force, or may come to be.
async fn car_invoices<C: ConnectionTrait>(conn: &C, order: OrderId) -> Result<Vec<invoice::Model>, DbErr> {
    let all = invoices_of(conn, order).await?;
    Ok(all.into_iter().filter(|row| row.covers == InvoiceCover::Car && stands(row.state)).collect())
}

/// Refuses a kindness that is not whoever decides' to grant, with those of before: see [`grants_kindness`].
async fn may_be_so_kind(tx: &Tx, call: &Call, order: OrderId, minor: i64) -> Result<(), Refusal> {
    let before = price_line::Entity::find()
        .filter(price_line::Column::OrderId.eq(order))
        .filter(price_line::Column::Code.eq(GOODWILL));
    let before: i64 = before.all(tx.conn()).await?.iter().map(|line| -line.amount_minor).sum();
    grants_kindness(role(&call.viewer), before + minor).map_err(|most| {
        let args = [("most", Money::from_minor(most).to_string().into())];
        UserError::coded(call, UserErrorCode::Forbidden, "refundMinor", "order-goodwill-most", &args).into()
    })
}

/// Whether something was done on the strength of the balance's being paid.
async fn is_relied_on<C: Knows>(conn: &C, order: &order::Model) -> Result<bool, Error> {
    let store = store::Entity::find_by_id(order.delivery_store_id).one(conn).await?;
    let store = store.ok_or_else(|| Error::hidden("an order without store"))?;
    let after = descendants(MilestoneCode::BalancePaid, balance_first(order.balance_first, store.delivery_center));
    let done = milestone::Entity::find()
        .filter(milestone::Column::OrderId.eq(order.id))
        .filter(milestone::Column::Code.is_in(after))
        .filter(milestone::Column::State.eq(MilestoneState::Done));
    Ok(reached(conn, order).await? && done.one(conn).await?.is_some())
}

/// Whether the balance is noted as paid.
async fn reached<C: Knows>(conn: &C, order: &order::Model) -> Result<bool, Error> {
    let paid = milestone::Entity::find()
        .filter(milestone::Column::OrderId.eq(order.id))
        .filter(milestone::Column::Code.eq(MilestoneCode::BalancePaid))
        .filter(milestone::Column::State.eq(MilestoneState::Done));
    Ok(paid.one(conn).await?.is_some())
}

/// The balance is not paid any more, where it was.
async fn unpaid(tx: &mut Tx, revision: &mut Revision) -> Result<(), Refusal> {
    if !reached(tx.conn(), &revision.order).await? {
        return Ok(());
    }
    let report = Report {
        code: MilestoneCode::BalancePaid,
        state: MilestoneState::RolledBack,
        occurred_at: tx.now(),
        note: None,
        forecast: None,
    };
    let undone = record_milestone(tx, revision, &report).await?;
    undone.map_err(|_| Error::hidden("a balance on which something stands"))?;
    Ok(())
}

/// Takes so much off the price of an order, as a line of its own. The car's invoice that is in force is made red, and another is asked for in
/// its place.
async fn discount(tx: &mut Tx, call: &Call, revision: &mut Revision, minor: i64) -> Result<(), Refusal> {
    let now = tx.now();
    let of = price_line::Entity::find().filter(price_line::Column::OrderId.eq(revision.order.id));
    let last = of.order_by_desc(price_line::Column::Position).one(tx.conn()).await?;
    let line = price_line::Model {
        id: PriceLineId::generate(),
        order_id: revision.order.id,
        position: last.map_or(0, |last| last.position) + 1,
        kind: PriceLineKind::Discount,
        code: GOODWILL.to_owned(),
        label_zh: "商誉减免".to_owned(),
        label_en: "Goodwill".to_owned(),
        amount_minor: -minor,
    };
    tx.insert([line.into_active_model().reset_all()]);
    revision.order.total_minor -= minor;
    // The invoice is drawn up from the lines.
    tx.flush().await?;
    let Some(issued) = car_invoices(tx.conn(), revision.order.id).await?.pop() else { return Ok(()) };
    let title = invoice_paper(&call.app.vault, &issued)?.title;
    let mut next = drawn_up(tx, call, &revision.order, issued.kind, title, "changeRequestId").await?;
    // It waits for the red letter.
    (next.red_of_id, next.checked_at) = (Some(issued.id), None);
    let old = to_be_red(issued, now, None);
    save_invoice(tx, &old);
    revision.invoice_changed(&old, now);
    revision.invoice_changed(&next, now);
    tx.insert([next.into_active_model().reset_all()]);
    Ok(())
}
