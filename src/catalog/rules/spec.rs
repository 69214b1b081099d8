//! The spec sheet of a trim (C045), the same rows in the same order for every trim, so that sheets can be laid side
//! by side (C046).

use entity::catalog::trim;
use entity::vocabulary::Powertrain;
use rust_decimal::Decimal;

/// One row of a sheet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spec {
    /// Stable code.
    pub code: &'static str,
    /// Key of its label.
    pub label_key: &'static str,
    pub value: SpecValue,
    /// Unit of the value, the same in every language.
    pub unit: Option<&'static str>,
}

/// The value of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SpecValue {
    Number(Decimal),
    /// Key of a text.
    Text(&'static str),
    /// The trim has no such thing.
    None,
}

impl From<i32> for SpecValue {
    fn from(number: i32) -> Self {
        Self::Number(number.into())
    }
}

/// The sheet.
pub fn sheet(trim: &trim::Model) -> Vec<Spec> {
    let powertrain = match trim.powertrain {
        Powertrain::Bev => "powertrain-bev",
        Powertrain::Erev => "powertrain-erev",
        Powertrain::Phev => "powertrain-phev",
    };
    let drive = if trim.all_wheel_drive { "drive-all" } else { "drive-two" };
    let row = |code, label_key, value, unit| Spec { code, label_key, value, unit };
    vec![
        row("MODEL_YEAR", "spec-model-year", trim.model_year.into(), None),
        row("POWERTRAIN", "spec-powertrain", SpecValue::Text(powertrain), None),
        row("DRIVE", "spec-drive", SpecValue::Text(drive), None),
        row("BATTERY_CAPACITY", "spec-battery", SpecValue::Number(thousandths(trim.battery_wh)), Some("kWh")),
        row("CLTC_RANGE", "spec-cltc-range", trim.cltc_km.into(), Some("km")),
        row("TOTAL_RANGE", "spec-total-range", trim.total_range_km.map_or(SpecValue::None, Into::into), Some("km")),
        row(
            "ACCELERATION_0_100",
            "spec-acceleration",
            SpecValue::Number(thousandths(trim.acceleration_ms.into())),
            Some("s"),
        ),
        row("SEATS", "spec-seats", trim.seats.into(), None),
    ]
}

/// A thousandth of a whole number, without zeros at its end: watt-hours as kilowatt-hours, milliseconds as seconds.
pub fn thousandths(number: i64) -> Decimal {
    Decimal::new(number, 3).normalize()
}

/// The rows of two sheets or more side by side: each row's values in order of the sheets, and whether they differ.
pub fn side_by_side(sheets: &[Vec<Spec>]) -> Vec<(Spec, Vec<SpecValue>, bool)> {
    let Some(first) = sheets.first() else { return Vec::new() };
    first
        .iter()
        .enumerate()
        .map(|(place, spec)| {
            let values: Vec<SpecValue> = sheets.iter().map(|sheet| sheet[place].value.clone()).collect();
            let differs = values.iter().any(|value| *value != spec.value);
            (spec.clone(), values, differs)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use entity::ids::{TrimId, VehicleModelId};

    fn trim(powertrain: Powertrain, battery_wh: i64, total_range_km: Option<i32>) -> trim::Model {
        trim::Model {
            id: TrimId::from_parts(0, 1),
            model_id: VehicleModelId::from_parts(0, 1),
            code: "C9".into(),
            name_zh: String::new(),
            name_en: String::new(),
            powertrain,
            battery_wh,
            cltc_km: 700,
            total_range_km,
            acceleration_ms: 4_900,
            seats: 6,
            all_wheel_drive: true,
            purchase_tax_catalog: true,
            model_year: 2026,
            position: 1,
            on_sale: true,
        }
    }

    #[test]
    fn numbers_are_short_and_units_fit() {
        let sheet = sheet(&trim(Powertrain::Bev, 110_000, None));
        let of = |code| sheet.iter().find(|spec| spec.code == code).unwrap();
        assert_eq!(of("BATTERY_CAPACITY").value, SpecValue::Number(Decimal::from(110)));
        assert_eq!(of("ACCELERATION_0_100").value, SpecValue::Number(Decimal::new(49, 1)));
        assert_eq!((of("TOTAL_RANGE").value.clone(), of("TOTAL_RANGE").unit), (SpecValue::None, Some("km")));
    }

    #[test]
    fn only_what_differs_is_marked() {
        let sheets =
            [sheet(&trim(Powertrain::Bev, 110_000, None)), sheet(&trim(Powertrain::Erev, 39_600, Some(1_250)))];
        let differing: Vec<_> =
            side_by_side(&sheets).into_iter().filter(|(.., differs)| *differs).map(|(spec, ..)| spec.code).collect();
        assert_eq!(differing, ["POWERTRAIN", "BATTERY_CAPACITY", "TOTAL_RANGE"]);
        assert!(side_by_side(&[]).is_empty());
    }
}
