//! Contracts: how one is drawn up, and what follows when it goes on (C071, C072).

use chrono::{DateTime, Utc};
use entity::catalog::{model, trim};
use entity::order::{contract, contract_template, finance_application, order, price_line};
use entity::place::{city, organization, store};
use entity::{ContractState, EventId, MilestoneCode, MilestoneState, OrderId, PrefixedId, Sealed};
use sea_orm::sea_query::{Alias, Expr, ExprTrait, Query, SimpleExpr};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, DbErr, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect,
};

use super::super::rules::contract::{SIGNING_TIME, stands};
use super::super::rules::finance::is_approved;
use super::super::rules::paper::{Paper, PaperClause, PaperLine};
use super::super::rules::pause::expected_on;
use super::super::rules::status::takes_milestones;
use super::firm::done;
use super::{Report, Revision, invoice_report, record_milestone};
use crate::access::Disclosure;
use crate::graph::Error;
use crate::store::vault::Personal;
use crate::store::{Tx, Vault};
use crate::values::calendar;

const LABEL: &[u8] = b"contract";

/// A paper as it is kept.
pub fn seal(vault: &Vault, paper: &Paper) -> Sealed {
    let plain = serde_json::to_vec(paper).expect("a paper is plain JSON");
    Sealed(vault.seal_bytes(LABEL, &plain))
}

/// What a contract says.
///
/// # Errors
/// When it was sealed under a key that is gone.
pub fn paper_of(vault: &Vault, row: &contract::Model) -> Result<Paper, Error> {
    let plain = vault.open_bytes(LABEL, &row.snapshot.0)?;
    serde_json::from_slice(&plain).map_err(|error| Error::hidden(format!("a contract's snapshot: {error}")))
}

/// The contracts of an order, oldest first.
///
/// # Errors
/// When the store fails.
pub async fn contracts_of(tx: &Tx, order: OrderId) -> Result<Vec<contract::Model>, DbErr> {
    contract::Entity::find()
        .filter(contract::Column::OrderId.eq(order))
        .order_by_asc(contract::Column::ContractVersion)
        .all(tx.conn())
        .await
}

/// Templates that have no later version.
pub fn latest_versions() -> SimpleExpr {
    use contract_template::Column as Template;
    let newer = Alias::new("newer");
    let of_newer = |column| Expr::col((newer.clone(), column));
    let later = Query::select()
        .expr(Expr::val(1))
        .from_as(contract_template::Entity, newer.clone())
        .and_where(of_newer(Template::Code).equals((contract_template::Entity, Template::Code)))
        .and_where(
            of_newer(Template::TemplateVersion).gt(Expr::col((contract_template::Entity, Template::TemplateVersion))),
        )
        .to_owned();
    Expr::exists(later).not()
}

/// The template in force for an order: of the latest versions those for its sales model, else those for all; of several the one
/// published last.
///
/// # Errors
/// When the store fails.
pub async fn template_of(tx: &Tx, order: &order::Model) -> Result<Option<contract_template::Model>, DbErr> {
    use contract_template::Column as Template;
    for of in [Template::SalesModel.eq(order.sales_model), Template::SalesModel.is_null()] {
        let found = contract_template::Entity::find()
            .filter(of)
            .filter(latest_versions())
            .order_by_desc(Template::PublishedAt)
            .order_by_desc(Template::Id)
            .limit(1)
            .one(tx.conn())
            .await?;
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}

/// Writes an order down as it is now.
///
/// # Errors
/// When the store fails, or something that the order names is gone.
pub async fn draw_up(
    tx: &Tx,
    vault: &Vault,
    order: &order::Model,
    (number, template): (String, &contract_template::Model),
    clauses: Vec<PaperClause>,
) -> Result<Paper, Error> {
    let conn = tx.conn();
    let gone = || Error::hidden("something that an order names is gone");
    let store = store::Entity::find_by_id(order.store_id).one(conn).await?.ok_or_else(gone)?;
    let delivery = store::Entity::find_by_id(order.delivery_store_id).one(conn).await?.ok_or_else(gone)?;
    let seller = organization::Entity::find_by_id(store.organization_id).one(conn).await?.ok_or_else(gone)?;
    let city = city::Entity::find_by_id(order.city_code.clone()).one(conn).await?.ok_or_else(gone)?;
    let trim = trim::Entity::find_by_id(order.trim_id).one(conn).await?.ok_or_else(gone)?;
    let model = model::Entity::find_by_id(trim.model_id).one(conn).await?.ok_or_else(gone)?;
    let lines = price_line::Entity::find()
        .filter(price_line::Column::OrderId.eq(order.id))
        .order_by_asc(price_line::Column::Position)
        .all(conn)
        .await?;
    let line = |row: price_line::Model| PaperLine {
        kind: row.kind,
        code: row.code,
        label: row.label_zh,
        amount_minor: row.amount_minor,
    };
    Ok(Paper {
        number,
        drawn_up_on: calendar::day(tx.now()),
        template_code: template.code.clone(),
        template_version: template.template_version,
        title: template.name_zh.clone(),
        order_number: order.number.clone(),
        buyer: vault.show(Personal::Name, &order.buyer_name, Disclosure::Clear)?,
        seller: seller.name_zh,
        store: store.name_zh,
        delivery_store: delivery.name_zh,
        city: city.name_zh,
        model: model.name_zh,
        trim: trim.name_zh,
        trim_code: trim.code,
        option_codes: order.option_codes.0.clone(),
        fulfillment_mode: order.fulfillment_mode,
        ready_by: order.promised_by.or(expected_on(order, || calendar::day(tx.now())).map(|window| window.latest)),
        lines: lines.into_iter().map(line).collect(),
        total_minor: order.total_minor,
        paid_minor: order.paid_minor,
        clauses,
        salt: EventId::generate().uuid().simple().to_string(),
    })
}

/// Brings a contract to a state; its order's milestone follows: CONTRACT_SIGNED is under way while it waits for signatures,
/// reached when all have signed, and taken back when it is undone. Whether it may go there is the caller's to ask, and so are
/// saving the contract and the revision.
///
/// # Errors
/// When the store fails.
pub async fn go_on(
    tx: &mut Tx,
    revision: &mut Revision,
    row: contract::Model,
    (state, at): (ContractState, DateTime<Utc>),
    reason: Option<String>,
) -> Result<contract::Model, Error> {
    use ContractState::{Completed, Declined, Draft, Expired, Rescinded, Revoked, Signing};
    let was = row.state;
    let row = contract::Model {
        state,
        // One that stays in force has not ended.
        end_reason: reason.or(row.end_reason).filter(|_| state != Completed),
        signed_at: row.signed_at.or((state == Completed).then_some(at)),
        ended_at: row.ended_at.or((!stands(state)).then_some(at)),
        // What is noted when a provider takes it is our moment, and no word of its own.
        state_at: if state == Signing { row.state_at } else { Some(at) },
        checked_at: if state == Signing { row.checked_at.or(Some(tx.now())) } else { row.checked_at },
        expires_at: if state == Signing { row.expires_at.or(Some(at + SIGNING_TIME)) } else { row.expires_at },
        updated_at: tx.now(),
        ..row
    };
    revision.contract_changed(&row, at);
    let reached = match state {
        Signing => MilestoneState::Active,
        Completed => MilestoneState::Done,
        Revoked | Declined | Expired if was != Draft => MilestoneState::Pending,
        Rescinded => MilestoneState::RolledBack,
        _ => return Ok(row),
    };
    let note = Some(row.number.clone()).filter(|_| state == Completed);
    let report = Report { state: reached, note, ..done(MilestoneCode::ContractSigned, at) };
    if takes_milestones(revision.order.status) {
        // Where staff have recorded otherwise, or what follows it is reached, theirs stays.
        let _otherwise = record_milestone(tx, revision, &report).await?;
    }
    Ok(row)
}

/// Puts off the write of a contract that is there already.
pub fn save_contract(tx: &mut Tx, row: &contract::Model) {
    let change = row.clone().into_active_model().reset_all();
    tx.put_one(contract::Entity::update_many().set(change).filter(contract::Column::Id.eq(row.id)));
}

/// Brings the milestones of an order up to date with its contracts, loans and invoices, after a time in which it took none.
///
/// # Errors
/// When the store fails.
pub async fn catch_up(tx: &mut Tx, revision: &mut Revision) -> Result<(), Error> {
    if !takes_milestones(revision.order.status) {
        return Ok(());
    }
    let order = revision.order.id;
    let contracts = contracts_of(tx, order).await?;
    let signed = contracts.last().map(|last| (last.state, last.signed_at, last.ended_at, last.number.clone()));
    let report = match signed {
        Some((ContractState::Completed, Some(at), _, number)) => {
            Some(Report { note: Some(number), ..done(MilestoneCode::ContractSigned, at) })
        }
        Some((ContractState::Rescinded, _, Some(at), _)) => {
            Some(Report { state: MilestoneState::RolledBack, ..done(MilestoneCode::ContractSigned, at) })
        }
        _ => None,
    };
    let loans = finance_application::Entity::find().filter(finance_application::Column::OrderId.eq(order));
    let approved = loans.all(tx.conn()).await?.into_iter().find(|row| is_approved(row.state));
    let approved = approved.and_then(|row| row.decided_at).map(|at| done(MilestoneCode::FinanceApproved, at));
    let invoiced = invoice_report(tx, order).await?;
    for report in report.into_iter().chain(approved).chain(invoiced) {
        // Where it is so already, or staff have recorded otherwise, that stays.
        let _otherwise = record_milestone(tx, revision, &report).await?;
        tx.flush().await?;
    }
    Ok(())
}
