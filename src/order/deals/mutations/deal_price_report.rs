//! `dealPriceReport` (C062).

use async_graphql::{Context, SimpleObject};
use entity::catalog::trim;
use entity::order::deal_price::Column;
use entity::order::{deal_price, invoice, order};
use entity::place::{city, store};
use entity::{DealPriceId, SalesModel, StoreId, TrimId};
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter};
use serde::{Deserialize, Serialize};

use super::super::inputs::DealPriceReportInput;
use super::super::links::DealPriceById;
use super::super::policy;
use super::super::rules::{PRICE_MINOR, is_invoice_number, is_recent};
use super::super::types::DealPrice;
use crate::graph::answer::below;
use crate::graph::money;
use crate::graph::user_error::UserErrorCode;
use crate::graph::write::{Key, write};
use crate::graph::{Call, CallExt, Error, Refusal, Result, UserError};
use crate::store::Tx;
use crate::values::calendar;
use crate::values::city_code::CityCode;

/// What came of it.
#[derive(SimpleObject)]
pub struct DealPriceReportPayload {
    /// The sale, as it is told now.
    pub deal_price: Option<DealPrice>,
    /// What the user can put right.
    pub user_errors: Vec<UserError>,
}

#[derive(Serialize, Deserialize)]
struct Outcome {
    sale: DealPriceId,
}

pub async fn run(ctx: &Context<'_>, input: DealPriceReportInput) -> Result<DealPriceReportPayload> {
    let call = ctx.call();
    policy::readable(&call.viewer).or_refuse(&call.viewer)?;
    let store = call.viewer.store().ok_or_else(|| call.viewer.refused())?;
    let key = Key::new(ctx, &input.idempotency_key, &input);
    let written = match read(call, store, &input) {
        Ok(row) => write(ctx, Some(key), move |tx, call| Box::pin(report(tx, call, row))).await?,
        Err(errors) => Err(errors),
    };
    let (deal_price, user_errors) = match written {
        Ok(outcome) => (call.link::<DealPriceById>().one(outcome.sale).await?, Vec::new()),
        Err(errors) => (None, errors),
    };
    if let Some(sale) = &deal_price {
        below(ctx, call, "dealPrice", sale).await?;
    }
    Ok(DealPriceReportPayload { deal_price, user_errors })
}

/// The sale as it is told, with every error that it has by itself.
fn read(call: &Call, store: StoreId, input: &DealPriceReportInput) -> Result<deal_price::Model, Vec<UserError>> {
    let mut errors = Vec::new();
    let invoice_number = input.invoice_number.trim().to_owned();
    if !is_invoice_number(&invoice_number) {
        errors.push(UserError::invalid(call, "invoiceNumber", "deal-price-invoice", &[]));
    }
    let trim_id = UserError::parse_id::<TrimId>(call, "trimId", &input.trim_id).unwrap_or_else(|error| {
        errors.push(error);
        TrimId::default()
    });
    let city = CityCode::parse(&input.city_code.0).map_err(|invalid| UserError::refused(call, "cityCode", invalid));
    let city_code = city.map(|city| city.as_str().to_owned()).unwrap_or_else(|error| {
        errors.push(error);
        String::new()
    });
    let price = money::minor(input.price).map_err(|invalid| UserError::refused(call, "price", invalid));
    let price = price.and_then(|minor| {
        let yuan = |minor: &i64| (minor / 100).into();
        let ends = [("min", yuan(PRICE_MINOR.start())), ("max", yuan(PRICE_MINOR.end()))];
        PRICE_MINOR
            .contains(&minor)
            .then_some(minor)
            .ok_or_else(|| UserError::invalid(call, "price", "deal-price-range", &ends))
    });
    let price_minor = price.unwrap_or_else(|error| {
        errors.push(error);
        0
    });
    if !is_recent(input.sold_on.0, calendar::day(call.now)) {
        errors.push(UserError::invalid(call, "soldOn", "deal-price-day", &[]));
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    Ok(deal_price::Model {
        id: DealPriceId::generate(),
        store_id: store,
        invoice_number,
        trim_id,
        city_code,
        price_minor,
        sold_on: input.sold_on.0,
        reported_by: call.viewer.actor(),
        version: 1,
        created_at: call.now,
        updated_at: call.now,
    })
}

async fn report(tx: &mut Tx, call: &Call, row: deal_price::Model) -> Result<Outcome, Refusal> {
    let own = store::Entity::find_by_id(row.store_id).one(tx.conn()).await?;
    if own.is_none_or(|own| own.sales_model != SalesModel::Wholesale) {
        let code = UserErrorCode::NotEligible;
        return Err(UserError::coded(call, code, "invoiceNumber", "deal-price-store", &[]).into());
    }
    let mut errors = Vec::new();
    if trim::Entity::find_by_id(row.trim_id).one(tx.conn()).await?.is_none() {
        errors.push(UserError::not_found(call, "trimId"));
    }
    if city::Entity::find_by_id(row.city_code.clone()).one(tx.conn()).await?.is_none() {
        errors.push(UserError::not_found(call, "cityCode"));
    }
    if is_ordered(tx, &row).await? {
        let code = UserErrorCode::Duplicate;
        errors.push(UserError::coded(call, code, "invoiceNumber", "deal-price-ordered", &[]));
    }
    if !errors.is_empty() {
        return Err(errors.into());
    }
    // Two at once tell of one sale one after the other: its row waits for the first.
    let (store, number) = (row.store_id, row.invoice_number.clone());
    let anew = OnConflict::columns([Column::StoreId, Column::InvoiceNumber])
        .update_columns([
            Column::TrimId,
            Column::CityCode,
            Column::PriceMinor,
            Column::SoldOn,
            Column::ReportedBy,
            Column::UpdatedAt,
        ])
        .value(Column::Version, Expr::col((deal_price::Entity, Column::Version)).add(1))
        .to_owned();
    let insert = deal_price::Entity::insert(row.into_active_model().reset_all()).on_conflict(anew);
    insert.exec_without_returning(tx.conn()).await?;
    let told = deal_price::Entity::find().filter(Column::StoreId.eq(store)).filter(Column::InvoiceNumber.eq(number));
    let told = told.one(tx.conn()).await?.ok_or_else(|| Error::hidden("a sale that was told of is gone"))?;
    Ok(Outcome { sale: told.id })
}

/// Whether it is the sale of an order of the store's, which counts already.
async fn is_ordered(tx: &Tx, row: &deal_price::Model) -> Result<bool, Refusal> {
    let invoice =
        invoice::Entity::find().filter(invoice::Column::Number.eq(&row.invoice_number)).one(tx.conn()).await?;
    let Some(invoice) = invoice else { return Ok(false) };
    let of = order::Entity::find_by_id(invoice.order_id).one(tx.conn()).await?;
    Ok(of.is_some_and(|of| of.store_id == row.store_id))
}
