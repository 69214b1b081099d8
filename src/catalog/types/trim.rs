//! What a trim looks like, alone and beside others.

use async_graphql::{Description, ID, SimpleObject};
use entity::catalog::trim;
use entity::{Locale, Powertrain};

use crate::catalog::links::{ModelOfTrim, PriceOfTrim};
use crate::catalog::rules::spec::{SpecValue, sheet, side_by_side, thousandths};
use crate::graph::answer::To;
use crate::graph::money::Money;
use crate::graph::scalars::Decimal;
use crate::graph::text::text;
use crate::graph::{Call, Fields, Result, fields};

/// A version of a model that can be ordered.
#[derive(Clone, Debug, Description)]
pub struct Trim(pub trim::Model);

#[fields(rows(trim::Model))]
impl Trim {
    /// Type-prefixed ULID, as in `trm_01J…`.
    pub fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// The maker's code, as in `C5-660`.
    fn code(&self) -> &str {
        &self.0.code
    }

    /// Name in the language of the request.
    fn name(&self, call: &Call) -> String {
        call.pick(&self.0.name_zh, &self.0.name_en)
    }

    /// Its model; null when the caller may not see it.
    #[link(self.0.model_id)]
    fn model(&self) -> To<ModelOfTrim>;

    /// What moves it.
    fn powertrain(&self) -> Powertrain {
        self.0.powertrain
    }

    /// Capacity of the battery, kWh.
    fn battery_kwh(&self) -> Decimal {
        Decimal(thousandths(self.0.battery_wh))
    }

    /// Electric range after CLTC, km.
    fn cltc_km(&self) -> i32 {
        self.0.cltc_km
    }

    /// Combined range of a car with an engine, km; null for battery-electric ones.
    fn total_range_km(&self) -> Option<i32> {
        self.0.total_range_km
    }

    /// From 0 to 100 km/h, seconds.
    fn acceleration_seconds(&self) -> Decimal {
        Decimal(thousandths(self.0.acceleration_ms.into()))
    }

    /// Number of seats.
    fn seats(&self) -> i32 {
        self.0.seats
    }

    /// Whether all wheels are driven.
    fn all_wheel_drive(&self) -> bool {
        self.0.all_wheel_drive
    }

    /// Whether it stands in the catalogue of the purchase-tax reduction.
    fn purchase_tax_eligible(&self) -> bool {
        self.0.purchase_tax_catalog
    }

    /// Model year.
    fn model_year(&self) -> i32 {
        self.0.model_year
    }

    /// List price in the price book in force; null when it has none.
    #[columns(id; reckoned)]
    fn msrp(&self, call: &Call) -> Result<Option<Money>> {
        let price = call.found::<PriceOfTrim>(&self.0.id)?;
        Ok((*price).as_ref().map(|price| Money::fen(price.msrp_minor)))
    }

    /// List price less the brand's discount, the same in every city and store (C059); null when it has none. What one
    /// pays in a city with options, tax and fees is `price`.
    #[columns(id; reckoned)]
    fn price(&self, call: &Call) -> Result<Option<Money>> {
        let price = call.found::<PriceOfTrim>(&self.0.id)?;
        Ok((*price).as_ref().map(|price| Money::fen(price.msrp_minor - price.discount_minor)))
    }

    /// Whether it can be ordered; always true for customers, except for what they have ordered or saved.
    fn on_sale(&self) -> bool {
        self.0.on_sale
    }

    /// The spec sheet, the same rows in the same order for every trim.
    fn specs(&self, call: &Call) -> Vec<SpecItem> {
        let locale = call.locale;
        sheet(&self.0)
            .into_iter()
            .map(|spec| SpecItem {
                code: spec.code,
                label: text(locale, spec.label_key, &[]),
                value: value(locale, &spec.value),
                unit: spec.unit,
            })
            .collect()
    }
}

fn value(locale: Locale, value: &SpecValue) -> Option<String> {
    match value {
        SpecValue::Number(number) => Some(number.to_string()),
        SpecValue::Text(key) => Some(text(locale, key, &[])),
        SpecValue::None => None,
    }
}

/// One row of a spec sheet.
#[derive(Fields, SimpleObject, Clone, Debug)]
pub struct SpecItem {
    /// Stable code, as in `BATTERY_CAPACITY`.
    pub code: &'static str,
    /// What it is, in the language of the request.
    pub label: String,
    /// The value as text, in the language of the request; null when the trim has no such thing.
    pub value: Option<String>,
    /// Unit of the value, as in `kWh`; null for words and plain numbers.
    pub unit: Option<&'static str>,
}

/// Trims side by side.
#[derive(Fields, SimpleObject, Clone, Debug)]
pub struct TrimComparison {
    /// The trims, in the order asked for.
    pub trims: Vec<Trim>,
    /// The rows of their spec sheets.
    pub rows: Vec<ComparisonRow>,
}

/// One row of a comparison.
#[derive(Fields, SimpleObject, Clone, Debug)]
pub struct ComparisonRow {
    /// Stable code, as in `BATTERY_CAPACITY`.
    pub code: &'static str,
    /// What it is, in the language of the request.
    pub label: String,
    /// Unit of the values; null for words and plain numbers.
    pub unit: Option<&'static str>,
    /// The value of each trim, in their order; null where a trim has no such thing.
    pub values: Vec<Option<String>>,
    /// Whether the trims differ here.
    pub differs: bool,
}

impl TrimComparison {
    /// Lays the trims side by side.
    pub fn of(trims: Vec<Trim>, locale: Locale) -> Self {
        let sheets: Vec<_> = trims.iter().map(|trim| sheet(&trim.0)).collect();
        let rows = side_by_side(&sheets)
            .into_iter()
            .map(|(spec, values, differs)| ComparisonRow {
                code: spec.code,
                label: text(locale, spec.label_key, &[]),
                unit: spec.unit,
                values: values.iter().map(|one| value(locale, one)).collect(),
                differs,
            })
            .collect();
        Self { trims, rows }
    }
}
