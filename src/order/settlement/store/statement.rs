//! A statement goes on: its row, its history and its event under one new version.

use chrono::{DateTime, Utc};
use entity::order::{settlement_event, settlement_line, settlement_statement};
use entity::{PrefixedId, SettlementEventId, SettlementItem, SettlementLineId, SettlementState, SettlementStatementId};
use sea_orm::sea_query::Condition;
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, DbErr, EntityTrait, IntoActiveModel, QueryFilter};
use uuid::Uuid;

use super::super::events;
use crate::store::{Lock, Tx};

/// What is noted of a step.
#[derive(Clone, Debug)]
pub struct Step {
    /// Where it leads.
    pub to: SettlementState,
    /// Who takes it.
    pub actor: String,
    /// Why, in their words, or by which number.
    pub note: Option<String>,
}

/// Locks a statement that fulfils the condition.
///
/// # Errors
/// When the store fails.
pub async fn locked(
    tx: &Tx,
    rows: Condition,
    id: SettlementStatementId,
) -> Result<Option<settlement_statement::Model>, DbErr> {
    Lock::row(settlement_statement::Entity::find_by_id(id).filter(rows)).take(tx.conn()).await
}

/// Puts off the write of a locked statement as `after` says, in the state of the step and under the next version, with its history
/// and its event.
pub fn step(
    tx: &mut Tx,
    before: &settlement_statement::Model,
    after: settlement_statement::Model,
    step: Step,
) -> settlement_statement::Model {
    let now = tx.now();
    let after = settlement_statement::Model { state: step.to, version: before.version + 1, updated_at: now, ..after };
    let change = settlement_statement::Entity::update_many()
        .set(after.clone().into_active_model().reset_all())
        .filter(settlement_statement::Column::Id.eq(before.id))
        .filter(settlement_statement::Column::Version.eq(before.version));
    tx.put_one(change);
    tx.insert([entry(before.id, Some(before.state), step, now)]);
    tx.emit(events::changed(&after));
    after
}

/// Notes that a draft was drawn up.
pub fn to_draft(tx: &mut Tx, id: SettlementStatementId, actor: &str) {
    let drawn = Step { to: SettlementState::Draft, actor: actor.to_owned(), note: None };
    let now = tx.now();
    tx.insert([entry(id, None, drawn, now)]);
}

/// Entries of one moment are shown by id, and a statement is drawn up before it is issued.
fn id_of(from: Option<SettlementState>) -> SettlementEventId {
    const LATER: u128 = 1 << 79;
    let id = SettlementEventId::generate().uuid().as_u128();
    SettlementEventId::from_uuid(Uuid::from_u128(if from.is_some() { id | LATER } else { id & !LATER }))
}

fn entry(
    id: SettlementStatementId,
    from: Option<SettlementState>,
    step: Step,
    at: DateTime<Utc>,
) -> settlement_event::ActiveModel {
    settlement_event::ActiveModel {
        id: Set(id_of(from)),
        statement_id: Set(id),
        from_state: Set(from),
        to_state: Set(step.to),
        actor: Set(step.actor),
        note: Set(step.note),
        occurred_at: Set(at),
    }
}

/// The line that puts a statement right.
pub fn adjusting_line(
    statement: &settlement_statement::Model,
    amount_minor: i64,
    reason: &str,
    now: DateTime<Utc>,
) -> settlement_line::Model {
    settlement_line::Model {
        id: SettlementLineId::generate(),
        statement_id: Some(statement.id),
        rule_id: None,
        store_id: statement.store_id,
        organization_id: statement.organization_id,
        sales_model: statement.sales_model,
        item: SettlementItem::Adjustment,
        trigger: None,
        order_id: None,
        lead_id: None,
        base_minor: None,
        amount_minor,
        reverses_id: None,
        reversed: false,
        reason: Some(reason.to_owned()),
        occurred_at: now,
        created_at: now,
    }
}
