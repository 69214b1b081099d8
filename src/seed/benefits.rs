//! What is to be had with a car besides it; invented (domain.md 4.3 names none).

use chrono::{DateTime, TimeDelta, Utc};
use entity::catalog::benefit_package;
use entity::{BenefitItem, BenefitItems, BenefitKind, Powertrain};

use super::batch::Batch;
use super::dice::Dice;
use crate::values::calendar;

struct PackageRow {
    code: &'static str,
    kind: BenefitKind,
    name: (&'static str, &'static str),
    terms: (&'static str, &'static str),
    items: &'static [(&'static str, &'static str)],
    yuan: i64,
    group: Option<&'static str>,
    powertrain: Option<Powertrain>,
}

const PACKAGES: &[PackageRow] = &[
    PackageRow {
        code: "WARRANTY-8Y",
        kind: BenefitKind::Warranty,
        name: ("整车延保 8 年", "Warranty of eight years"),
        terms: ("首任车主，8 年或 16 万公里。", "For the first owner, eight years or 160,000 km."),
        items: &[("整车质保延长至 8 年", "The whole car's warranty up to eight years")],
        yuan: 4_980,
        group: None,
        powertrain: None,
    },
    PackageRow {
        code: "WALLBOX",
        kind: BenefitKind::Charging,
        name: ("家充桩及安装", "Wall box, installed"),
        terms: ("含 30 米内安装。", "With up to 30 metres of cable."),
        items: &[("7 kW 家充桩", "A wall box of 7 kW"), ("30 米内安装", "Installation up to 30 metres")],
        yuan: 0,
        group: Some("CHARGING"),
        powertrain: Some(Powertrain::Bev),
    },
    PackageRow {
        code: "CHARGE-3Y",
        kind: BenefitKind::Charging,
        name: ("三年充电额度", "Three years of charging"),
        terms: ("每年 1500 度，不累计。", "1,500 kWh a year; what is left does not carry over."),
        items: &[("公共桩每年 1500 度", "1,500 kWh a year at public points")],
        yuan: 0,
        group: Some("CHARGING"),
        powertrain: Some(Powertrain::Bev),
    },
    PackageRow {
        code: "CARE-5",
        kind: BenefitKind::Maintenance,
        name: ("五次基础保养", "Five basic services"),
        terms: ("交车后 6 年内使用。", "To be used within six years of the hand-over."),
        items: &[("基础保养 5 次", "Five basic services")],
        yuan: 2_680,
        group: None,
        powertrain: None,
    },
    PackageRow {
        code: "DATA-10G",
        kind: BenefitKind::Connectivity,
        name: ("每月 10 GB 车联网流量", "Data, 10 GB a month"),
        terms: ("首任车主终身。", "For the first owner, for life."),
        items: &[("每月 10 GB", "10 GB a month")],
        yuan: 0,
        group: None,
        powertrain: None,
    },
];

/// Dice of its own, so that what came before it stays as it is.
pub(super) fn build(seed: u64, today: DateTime<Utc>, batch: &mut Batch) {
    let mut dice = Dice::new(seed.wrapping_add(0xBE));
    let day = calendar::day(today);
    batch.benefit_packages.extend(PACKAGES.iter().map(|row| benefit_package::Model {
        id: dice.id(),
        code: row.code.into(),
        kind: row.kind,
        name_zh: row.name.0.into(),
        name_en: row.name.1.into(),
        terms_zh: row.terms.0.into(),
        terms_en: row.terms.1.into(),
        items: BenefitItems(
            row.items.iter().map(|(zh, en)| BenefitItem { text_zh: (*zh).into(), text_en: (*en).into() }).collect(),
        ),
        price_minor: row.yuan * 100,
        exclusive_group: row.group.map(Into::into),
        city_code: None,
        powertrain: row.powertrain,
        trim_id: None,
        starts_on: day - TimeDelta::days(500),
        ends_on: None,
    }));
}
