//! One change of one order: its row, its history and its events, written together under one new version.

use chrono::{DateTime, Utc};
use entity::inventory::quality_case;
use entity::order::{change_request, contract, event, finance_application, invoice, milestone, order, payment};
use entity::{
    EtaConfidence, EtaReason, MilestoneCode, MilestoneState, OrderEventId, OrderEventKind, OrderId, OrderStatus,
    PrefixedId, RefundId,
};
use futures_util::future::BoxFuture;
use sea_orm::sea_query::{Condition, Expr, ExprTrait};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, IntoActiveModel, QueryFilter,
};
use uuid::Uuid;

use super::super::conversation;
use super::super::events;
use super::super::rules::milestone::Change;
use super::super::rules::pause::{Kept, expected_on};
use super::super::rules::standing::stands;
use super::super::settlement::Due;
use crate::events::Draft;
use crate::inventory::goes_elsewhere;
use crate::store::rows::among;
use crate::store::{Happening, Lock, Tx};
use crate::values::calendar;

/// The note of an order's history where the purchase tax by its car's invoice is another than what was agreed.
pub const TAX_DIFFERS: &str = "PURCHASE_TAX_DIFFERS";

/// A change of an order that is being made. Nothing is written before [`Revision::save`].
#[derive(Debug)]
pub struct Revision {
    before: order::Model,
    /// The order as it will be, under its next version.
    pub order: order::Model,
    actor: String,
    history: Vec<event::ActiveModel>,
    events: Vec<Draft>,
    milestones: Vec<Change>,
    /// States that the order went from and to, and when.
    moves: Vec<(OrderStatus, OrderStatus, DateTime<Utc>)>,
}

impl Revision {
    /// Opens an order that fulfils the condition and locks it until the transaction ends, so that rules decide on
    /// values that stay. `actor` is named in the history.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn open(tx: &Tx, rows: Condition, id: OrderId, actor: String) -> Result<Option<Self>, DbErr> {
        let found = Lock::row(order::Entity::find_by_id(id).filter(rows)).take(tx.conn()).await?;
        Ok(found.map(|before| Self::of(tx, before, actor)))
    }

    /// Of an order that is locked.
    pub fn of(tx: &Tx, before: order::Model, actor: String) -> Self {
        let order = order::Model { version: before.version + 1, updated_at: tx.now(), ..before.clone() };
        Self {
            before,
            order,
            actor,
            history: Vec::new(),
            events: Vec::new(),
            milestones: Vec::new(),
            moves: Vec::new(),
        }
    }

    /// The version that the order has until this revision is saved.
    pub fn version(&self) -> i32 {
        self.before.version
    }

    /// The order as it was.
    pub fn before(&self) -> &order::Model {
        &self.before
    }

    /// Who changes it.
    pub fn actor(&self) -> &str {
        &self.actor
    }

    /// Moves the order to a state; nothing if it is there already.
    pub fn set_status(&mut self, to: OrderStatus, at: DateTime<Utc>, note: Option<String>) {
        let from = self.order.status;
        if from == to {
            return;
        }
        self.order.status = to;
        let kind = if to == OrderStatus::CancellationRequested {
            OrderEventKind::CancellationRequested
        } else {
            OrderEventKind::StatusChanged
        };
        self.moves.push((from, to, at));
        self.remember(kind, Some((from, to)), None, note, at);
        self.events.push(events::status_changed(&self.order, from));
    }

    /// Notes a milestone's change, and whether customers are not shown that milestone.
    pub fn milestone_changed(&mut self, (change, hidden): (&Change, bool), at: DateTime<Utc>, note: Option<String>) {
        self.remember(OrderEventKind::MilestoneChanged, None, Some(change.code), note, at);
        if let Some(entry) = self.history.last_mut() {
            entry.hidden = Set(hidden);
        }
        self.events.push(events::milestone_changed(&self.order, change));
        self.milestones.push(*change);
    }

    /// The milestones that changed so far.
    pub fn milestones(&self) -> &[Change] {
        &self.milestones
    }

    /// Whether this change reaches a milestone.
    pub fn reached(&self, code: MilestoneCode) -> bool {
        self.milestones.iter().any(|change| change.code == code && change.to == MilestoneState::Done)
    }

    /// Publishes an expected date.
    pub fn publish_eta(&mut self, kept: &Kept, confidence: EtaConfidence, reason: EtaReason, at: DateTime<Utc>) {
        self.keep_eta(kept);
        self.order.eta_confidence = confidence;
        self.remember(OrderEventKind::EtaChanged, None, None, None, at);
        self.events.push(events::eta_changed(&self.order, reason, calendar::day(self.order.updated_at)));
    }

    fn keep_eta(&mut self, kept: &Kept) {
        let order = &mut self.order;
        order.eta_earliest = Some(kept.window.earliest);
        order.eta_likely = Some(kept.window.likely);
        order.eta_latest = Some(kept.window.latest);
        order.eta_moves_from = kept.moves_from;
    }

    /// Notes a payment's change.
    pub fn payment_changed(&mut self, payment: &payment::Model, at: DateTime<Utc>) {
        self.remember(OrderEventKind::PaymentChanged, None, None, None, at);
        self.events.push(events::payment_changed(&self.order, payment));
    }

    /// Notes that an application for a loan changed.
    pub fn finance_changed(&mut self, application: &finance_application::Model, at: DateTime<Utc>) {
        self.remember(OrderEventKind::FinanceChanged, None, None, None, at);
        self.events.push(events::finance_changed(&self.order, application));
    }

    /// Notes that a contract changed.
    pub fn contract_changed(&mut self, contract: &contract::Model, at: DateTime<Utc>) {
        self.remember(OrderEventKind::ContractChanged, None, None, None, at);
        self.events.push(events::contract_changed(&self.order, contract));
    }

    /// Notes that a request to change the order changed.
    pub fn request_changed(&mut self, request: &change_request::Model, at: DateTime<Utc>) {
        self.remember(OrderEventKind::ChangeRequestChanged, None, None, None, at);
        self.events.push(events::request_changed(&self.order, request));
    }

    /// Notes that an invoice changed.
    pub fn invoice_changed(&mut self, invoice: &invoice::Model, at: DateTime<Utc>) {
        self.remember(OrderEventKind::InvoiceChanged, None, None, None, at);
        self.events.push(events::invoice_changed(&self.order, invoice));
    }

    /// Notes that the tax of an invoice's day is another than the order's: followers are told with the invoice.
    pub fn tax_differs(&mut self, at: DateTime<Utc>) {
        self.remember(OrderEventKind::InvoiceChanged, None, None, Some(TAX_DIFFERS.to_owned()), at);
    }

    /// Notes that something of the hand-over changed.
    pub fn handover_changed(&mut self, change: &events::HandoverChange, at: DateTime<Utc>) {
        self.remember(OrderEventKind::HandoverChanged, None, None, None, at);
        self.events.push(events::handover_changed(&self.order, change));
    }

    /// Notes that a damage to the order's car was found, or is further on.
    pub fn quality_case_changed(&mut self, case: &quality_case::Model, at: DateTime<Utc>) {
        self.remember(OrderEventKind::QualityCaseChanged, None, None, None, at);
        self.events.push(events::quality_case_changed(&self.order, case));
    }

    /// Notes that money of no payment went to the customer.
    pub fn refund_made(&mut self, refund: RefundId, amount_minor: i64, at: DateTime<Utc>) {
        self.remember(OrderEventKind::PaymentChanged, None, None, None, at);
        self.events.push(events::refund_made(&self.order, refund, amount_minor));
    }

    /// Notes that the order has another car, or none, and why it has lost one.
    pub fn vehicle_changed(&mut self, at: DateTime<Utc>, reason: Option<String>) {
        self.remember(OrderEventKind::VehicleChanged, None, None, reason, at);
    }

    /// Notes that another store or consultant sees to the order.
    pub fn reassigned(&mut self, at: DateTime<Utc>) {
        let status = self.order.status;
        self.remember(OrderEventKind::StatusChanged, Some((status, status)), None, None, at);
    }

    fn remember(
        &mut self,
        kind: OrderEventKind,
        statuses: Option<(OrderStatus, OrderStatus)>,
        milestone: Option<MilestoneCode>,
        note: Option<String>,
        at: DateTime<Utc>,
    ) {
        let (from, to) = statuses.unzip();
        self.history.push(event::ActiveModel {
            id: Set(OrderEventId::generate()),
            order_id: Set(self.order.id),
            kind: Set(kind),
            from_status: Set(from),
            to_status: Set(to),
            milestone: Set(milestone),
            actor: Set(self.actor.clone()),
            note: Set(note),
            hidden: Set(false),
            occurred_at: Set(at),
        });
    }

    /// Writes the order under its next version, its history, and hands the events to the transaction, and what is due for its
    /// steps (C105): every way in which an order goes on leads through here. Without history
    /// there was no change, and nothing is written. Answers the order as it stands after the commit.
    pub fn save(mut self, tx: &mut Tx) -> order::Model {
        if self.history.is_empty() {
            return self.before;
        }
        if !stands(self.order.status) {
            // Whatever ended it: what was expected moves no more, and it is on nobody's board.
            let shown = expected_on(&self.order, || calendar::day(self.order.updated_at));
            if let Some(window) = shown.filter(|_| self.order.eta_moves_from.is_some()) {
                self.keep_eta(&Kept { window, moves_from: None });
            }
            let order = &mut self.order;
            (order.current_milestone, order.current_party, order.current_due_at) = (None, None, None);
            if stands(self.before.status) {
                tx.happened(Over(self.before.id));
            }
        }
        let change = order::Entity::update_many()
            .set(self.order.clone().into_active_model().reset_all())
            .filter(order::Column::Id.eq(self.before.id))
            .filter(order::Column::Version.eq(self.before.version));
        tx.put_one(change);
        let stores = |order: &order::Model| (order.store_id, order.delivery_store_id);
        if stores(&self.order) != stores(&self.before) {
            conversation::moved(tx, &self.order);
            if let Some(vehicle) = self.order.vehicle_id {
                goes_elsewhere(tx, vehicle);
            }
        }
        if let Some(due) = Due::of_move(&self.before, &self.order, tx.now()) {
            tx.happened(due);
        }
        tx.insert(in_order(self.history));
        for draft in self.events {
            tx.emit(draft);
        }
        for (from, to, at) in self.moves {
            if let Some(due) = Due::of_step(&self.order, from, to, at) {
                tx.happened(due);
            }
        }
        self.order
    }
}

/// An order that goes on no more. Nothing of it can be reached, so it is in no index of what can.
struct Over(OrderId);

impl Happening for Over {
    fn follow(tx: &mut Tx, happened: Vec<Self>) -> BoxFuture<'_, Result<(), DbErr>> {
        Box::pin(async move {
            // Its milestones may be among what was put off.
            tx.flush().await?;
            milestone::Entity::update_many()
                .col_expr(milestone::Column::OpenSince, Expr::cust("NULL"))
                .col_expr(milestone::Column::ForecastMovesFrom, Expr::cust("NULL"))
                .filter(among(
                    tx.conn().get_database_backend(),
                    milestone::Column::OrderId,
                    happened.iter().map(|over| over.0),
                ))
                .filter(
                    milestone::Column::OpenSince.is_not_null().or(milestone::Column::ForecastMovesFrom.is_not_null()),
                )
                .exec(tx.conn())
                .await?;
            Ok(())
        })
    }
}

/// Gives the entries ids that grow in their order, since entries of one moment are shown by id.
pub fn in_order(mut history: Vec<event::ActiveModel>) -> Vec<event::ActiveModel> {
    const LOW: u128 = 0xFF;
    let first = OrderEventId::generate().uuid().as_u128() & !LOW;
    for (place, entry) in history.iter_mut().enumerate() {
        entry.id = Set(OrderEventId::from_uuid(Uuid::from_u128(first + place as u128)));
    }
    history
}
