//! Money that waits until what was invoiced is red.

use entity::order::{invoice, order, refund};
use entity::{InvoiceCover, OrderStatus};
use sea_orm::ColumnTrait;
use sea_orm::sea_query::{Condition, Expr, ExprTrait, Query, SimpleExpr};

use crate::order::rules::invoice::OVER;
use crate::order::rules::status::is_ended;

/// Refunds that wait for a red letter: by a decision after which an invoice of before is not to stand, while it does (domain.md 3.2,
/// "Refund after ISSUED requires RED_ISSUED first"). With an order that came to its end that is each of its invoices. Of one that goes
/// on it is the car's alone, whose price was lowered; what was invoiced of its services stays, and holds nothing up.
pub fn waits_for_red() -> SimpleExpr {
    let of_refund = |column: SimpleExpr| column.eq(Expr::col((refund::Entity, refund::Column::OrderId)));
    let ended = OrderStatus::ALL.iter().copied().filter(|status| is_ended(*status));
    let over = Query::select()
        .expr(Expr::val(1))
        .from(order::Entity)
        .and_where(of_refund(Expr::col((order::Entity, order::Column::Id))))
        .and_where(order::Column::Status.is_in(ended))
        .to_owned();
    let standing = Query::select()
        .expr(Expr::val(1))
        .from(invoice::Entity)
        .and_where(of_refund(Expr::col((invoice::Entity, invoice::Column::OrderId))))
        .and_where(invoice::Column::State.is_not_in(OVER))
        // One that takes its place is of the decision or later.
        .and_where(
            Expr::col((invoice::Entity, invoice::Column::CreatedAt))
                .lt(Expr::col((refund::Entity, refund::Column::CreatedAt))),
        )
        .cond_where(Condition::any().add(invoice::Column::Covers.eq(InvoiceCover::Car)).add(Expr::exists(over)))
        .to_owned();
    let decided = Expr::col((refund::Entity, refund::Column::ChangeRequestId)).is_not_null();
    decided.and(refund::Column::WaitsForRed.eq(true)).and(Expr::exists(standing))
}
