//! What waits for somebody, and how much of it there is.

use chrono::{DateTime, NaiveDate, Utc};
use entity::order::{change_request, contract, handover_appointment, invoice, milestone, order, refund};
use entity::{
    ChangeState, ContractState, FulfillmentMode, InvoiceCover, InvoiceState, MilestoneCode, RefundState, WorkQueueType,
};
use sea_orm::sea_query::{Alias, Condition, Expr, ExprTrait, Func, Query, SelectStatement, SimpleExpr, UnionType};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait};

use super::policy::on_board;

/// What waits for somebody: a condition on orders, and the milestone that is to be reached by it. A further kind is a value of
/// [`WorkQueueType`] and a line here.
pub struct Queue {
    /// Which.
    pub of: WorkQueueType,
    /// The milestone that it is about, whose hours are the item's.
    pub node: Option<MilestoneCode>,
    /// Whether all of its orders are on the board, and so have a time at which they are due.
    pub on_board: bool,
    /// Which orders wait, today.
    rows: fn(NaiveDate) -> Condition,
}

/// All of them, in order of the vocabulary.
pub const QUEUES: &[Queue] = &[
    Queue {
        of: WorkQueueType::ContractToDrawUp,
        node: Some(MilestoneCode::ContractSigned),
        on_board: true,
        rows: |_| {
            let drawn_up = rows(contract::Entity, contract::Column::OrderId)
                .and_where(contract::Column::State.is_in([
                    ContractState::Draft,
                    ContractState::Signing,
                    ContractState::Completed,
                ]))
                .take();
            open(MilestoneCode::ContractSigned).add(Expr::exists(drawn_up).not())
        },
    },
    Queue {
        of: WorkQueueType::CarToAllocate,
        node: Some(MilestoneCode::Allocated),
        on_board: true,
        // One that is built for its order comes with it.
        rows: |_| {
            open(MilestoneCode::Allocated).add(order::Column::VehicleId.is_null()).add(
                order::Column::FulfillmentMode.is_in([FulfillmentMode::BuildToStock, FulfillmentMode::LocateToOrder]),
            )
        },
    },
    Queue {
        of: WorkQueueType::InvoiceToRequest,
        node: Some(MilestoneCode::Invoiced),
        on_board: true,
        rows: |_| {
            let asked_for = rows(invoice::Entity, invoice::Column::OrderId)
                .and_where(invoice::Column::Covers.eq(InvoiceCover::Car))
                .and_where(invoice::Column::State.is_in([
                    InvoiceState::Requested,
                    InvoiceState::Issuing,
                    InvoiceState::Issued,
                ]))
                .take();
            open(MilestoneCode::Invoiced).add(Expr::exists(asked_for).not())
        },
    },
    Queue {
        of: WorkQueueType::PdiToDo,
        node: Some(MilestoneCode::PdiDone),
        on_board: true,
        rows: |_| open(MilestoneCode::PdiDone),
    },
    Queue {
        of: WorkQueueType::AppointmentToBook,
        node: Some(MilestoneCode::AppointmentSet),
        on_board: true,
        rows: |_| {
            let booked = rows(handover_appointment::Entity, handover_appointment::Column::OrderId)
                .and_where(handover_appointment::Column::CancelledAt.is_null())
                .take();
            open(MilestoneCode::AppointmentSet).add(Expr::exists(booked).not())
        },
    },
    Queue {
        of: WorkQueueType::ChangeToDecide,
        node: None,
        on_board: false,
        rows: |_| {
            let waits = Query::select()
                .column(change_request::Column::OrderId)
                .from(change_request::Entity)
                .and_where(change_request::Column::State.eq(ChangeState::Submitted))
                .take();
            Condition::all().add(order::Column::Id.in_subquery(waits))
        },
    },
    Queue {
        of: WorkQueueType::RefundToPay,
        node: None,
        on_board: false,
        rows: |_| {
            let due = Query::select().column(refund::Column::OrderId).from(refund::Entity).cond_where(by_hand()).take();
            Condition::all().add(order::Column::Id.in_subquery(due))
        },
    },
    Queue {
        of: WorkQueueType::PromiseOverdue,
        node: None,
        on_board: true,
        rows: |today| on_board().add(order::Column::PromisedBy.lt(today)),
    },
];

/// The queue of a kind.
pub fn queue(of: WorkQueueType) -> &'static Queue {
    QUEUES.iter().find(|queue| queue.of == of).unwrap_or(&QUEUES[0])
}

impl Queue {
    /// Which orders wait.
    pub fn rows(&self, today: NaiveDate) -> Condition {
        (self.rows)(today)
    }
}

/// Refunds that somebody has to pay: which the payment provider could not, or does not know of.
pub fn by_hand() -> Condition {
    let unknown =
        Condition::all().add(refund::Column::State.eq(RefundState::Created)).add(refund::Column::PaymentId.is_null());
    Condition::any().add(refund::Column::State.eq(RefundState::Failed)).add(unknown)
}

/// Orders on the board at which a milestone can be reached now.
fn open(code: MilestoneCode) -> Condition {
    let reachable = Query::select()
        .column(milestone::Column::OrderId)
        .from(milestone::Entity)
        .and_where(milestone::Column::Code.eq(code))
        .and_where(milestone::Column::OpenSince.is_not_null())
        .take();
    on_board().add(order::Column::Id.in_subquery(reachable))
}

/// Rows of an order's child table.
fn rows<E: EntityTrait>(of: E, order_id: E::Column) -> SelectStatement {
    Query::select()
        .expr(Expr::val(1))
        .from(of)
        .and_where(Expr::col((of, order_id)).equals((order::Entity, order::Column::Id)))
        .take()
}

/// How many orders wait in each queue, in one statement.
///
/// # Errors
/// When the store fails.
pub async fn counts(
    conn: &impl ConnectionTrait,
    seen: &Condition,
    today: NaiveDate,
) -> Result<Vec<(WorkQueueType, i64)>, DbErr> {
    let of = |place: i64, queue: &Queue| {
        Query::select()
            .expr_as(Expr::val(place), Alias::new("place"))
            .expr_as(Func::count(Expr::cust("*")), Alias::new("n"))
            .from(order::Entity)
            .cond_where(seen.clone())
            .cond_where(queue.rows(today))
            .take()
    };
    let mut parts = (0..).zip(QUEUES).map(|(place, queue)| of(place, queue));
    let Some(mut select) = parts.next() else { return Ok(Vec::new()) };
    for part in parts {
        select.union(UnionType::All, part);
    }
    let mut found = vec![0; QUEUES.len()];
    for row in conn.query_all(&select).await? {
        let place: i64 = row.try_get("", "place")?;
        if let Some(count) = usize::try_from(place).ok().and_then(|place| found.get_mut(place)) {
            *count = row.try_get("", "n")?;
        }
    }
    Ok(QUEUES.iter().map(|queue| queue.of).zip(found).collect())
}

/// How many orders of the board stand where.
pub struct Column {
    /// What they are to reach next.
    pub milestone: MilestoneCode,
    /// How many.
    pub orders: i64,
    /// Of them, how many are late.
    pub late: i64,
}

/// The columns of the board, in one statement, in order of display.
///
/// # Errors
/// When the store fails.
pub async fn columns(conn: &impl ConnectionTrait, seen: Condition, now: DateTime<Utc>) -> Result<Vec<Column>, DbErr> {
    let late: SimpleExpr = Func::count(Expr::case(order::Column::CurrentDueAt.lt(now), 1)).into();
    let select = Query::select()
        .column((order::Entity, order::Column::CurrentMilestone))
        .expr_as(Func::count(Expr::cust("*")), Alias::new("orders"))
        .expr_as(late, Alias::new("late"))
        .from(order::Entity)
        .cond_where(seen)
        .cond_where(on_board())
        .group_by_col((order::Entity, order::Column::CurrentMilestone))
        .take();
    let rows = conn.query_all(&select).await?;
    let mut found = rows
        .iter()
        .map(|row| {
            Ok(Column {
                milestone: row.try_get("", "current_milestone")?,
                orders: row.try_get("", "orders")?,
                late: row.try_get("", "late")?,
            })
        })
        .collect::<Result<Vec<_>, DbErr>>()?;
    let place = |code: MilestoneCode| super::super::rules::milestone::NODES.iter().position(|node| node.code == code);
    found.sort_by_key(|column| place(column.milestone));
    Ok(found)
}
