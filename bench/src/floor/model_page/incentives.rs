//! The incentives for a trim in a city, by the catalog's own rules.

use chrono::{DateTime, NaiveDate, Utc};
use entity::catalog::incentive;
use entity::{IncentiveAmountKind, IncentiveId, IncentiveKind, IncentivePayer, Powertrain, TrimId};
use milepost::catalog::rules::incentive::{IncentiveRefusal, Purchase, amount_minor, refusals};
use milepost::catalog::rules::tax::purchase_tax;
use milepost::values::calendar;
use milepost::values::city_code::CityCode;
use serde::Serialize;

use super::Money;
use crate::floor::wire::{Coded, Id, Refused};
use crate::pool::{Conn, fetch};

/// What is bought, and where.
pub struct Offer<'a> {
    pub city_code: &'a str,
    pub trim_id: TrimId,
    pub powertrain: Powertrain,
    pub in_tax_catalog: bool,
    pub invoice_minor: i64,
}

const SQL: &str = "
    SELECT id, code, kind, name_zh, name_en, payer, city_code, amount_kind, amount_minor, rate_bp, cap_minor,
           min_invoice_minor, powertrain, trim_id, requires_old_vehicle, stack_group, paid_at_sale, starts_on, ends_on
    FROM incentive
    WHERE starts_on <= $1 AND (ends_on IS NULL OR ends_on >= $1) AND (city_code IS NULL OR city_code LIKE $2 || '%')
    ORDER BY code";

#[derive(sqlx::FromRow)]
struct Row {
    id: Id<IncentiveId>,
    code: String,
    kind: Coded<IncentiveKind>,
    name_zh: String,
    name_en: String,
    payer: Coded<IncentivePayer>,
    city_code: Option<String>,
    amount_kind: Coded<IncentiveAmountKind>,
    amount_minor: i64,
    rate_bp: i32,
    cap_minor: Option<i64>,
    min_invoice_minor: i64,
    powertrain: Option<Coded<Powertrain>>,
    trim_id: Option<Id<TrimId>>,
    requires_old_vehicle: bool,
    stack_group: Option<String>,
    paid_at_sale: bool,
    starts_on: NaiveDate,
    ends_on: Option<NaiveDate>,
}

impl Row {
    /// As the rules want it.
    fn model(self) -> incentive::Model {
        incentive::Model {
            id: self.id.0,
            code: self.code,
            kind: self.kind.0,
            name_zh: self.name_zh,
            name_en: self.name_en,
            payer: self.payer.0,
            city_code: self.city_code,
            amount_kind: self.amount_kind.0,
            amount_minor: self.amount_minor,
            rate_bp: self.rate_bp,
            cap_minor: self.cap_minor,
            min_invoice_minor: self.min_invoice_minor,
            powertrain: self.powertrain.map(|coded| coded.0),
            trim_id: self.trim_id.map(|id| id.0),
            requires_old_vehicle: self.requires_old_vehicle,
            stack_group: self.stack_group,
            paid_at_sale: self.paid_at_sale,
            starts_on: self.starts_on,
            ends_on: self.ends_on,
        }
    }
}

/// An incentive as the page shows it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Incentive {
    id: IncentiveId,
    code: String,
    kind: IncentiveKind,
    name: String,
    payer: IncentivePayer,
    amount: Option<Money>,
    requires_old_vehicle: bool,
    paid_at_sale: bool,
}

/// Those that are to be had, by code; that an old car must be given up is no hindrance here.
pub async fn read(
    conn: &mut Conn,
    offer: &Offer<'_>,
    now: DateTime<Utc>,
    english: bool,
) -> Result<Vec<Incentive>, Refused> {
    let city = CityCode::parse(offer.city_code).map_err(|_| Refused::Input("cityCode"))?;
    let on = calendar::day(now);
    let rows: Vec<Row> = fetch!(fetch_all, conn, SQL, on, city.province())?;
    let purchase = Purchase {
        on,
        city_code: city.as_str(),
        invoice_minor: offer.invoice_minor,
        powertrain: offer.powertrain,
        trim_id: offer.trim_id,
        has_old_vehicle: true,
        tax_relief_minor: purchase_tax(offer.invoice_minor, on, offer.in_tax_catalog).relief_minor,
    };
    let applies = |row: &incentive::Model| {
        refusals(row, &purchase).iter().all(|reason| *reason == IncentiveRefusal::OldVehicleRequired)
    };
    let shown = rows.into_iter().map(Row::model).filter(applies).map(|row| Incentive {
        amount: (row.amount_kind != IncentiveAmountKind::NonCash).then(|| Money::fen(amount_minor(&row, &purchase))),
        id: row.id,
        code: row.code,
        kind: row.kind,
        name: if english { row.name_en } else { row.name_zh },
        payer: row.payer,
        requires_old_vehicle: row.requires_old_vehicle,
        paid_at_sale: row.paid_at_sale,
    });
    Ok(shown.collect())
}
