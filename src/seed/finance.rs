//! Ways to pay a car over time (domain.md 4.3; rates that it does not give are invented).

use chrono::{DateTime, TimeDelta, Utc};
use entity::catalog::finance_plan;
use entity::{FinanceMethod, FinanceTerm, FinanceTerms, OrganizationId, OrganizationKind, Powertrain};

use super::batch::Batch;
use super::dice::Dice;
use crate::values::calendar;

struct PlanRow {
    code: &'static str,
    name: (&'static str, &'static str),
    intro: (&'static str, &'static str),
    method: FinanceMethod,
    powertrain: Option<Powertrain>,
    min_down_bp: i32,
    balloon_bp: i32,
    fee_yuan: i64,
    /// Months, rate, and the lender's own rate where the brand pays the difference.
    terms: &'static [(u32, u32, Option<u32>)],
}

const PLANS: &[PlanRow] = &[
    PlanRow {
        code: "C-PLAN",
        name: ("曜享零息贷", "Zero-interest loan"),
        intro: (
            "首付三成起，36 期零利率，利息由品牌补贴。",
            "From 30 % at once, 36 months without interest; the brand pays it.",
        ),
        method: FinanceMethod::EqualInstalment,
        powertrain: None,
        min_down_bp: 3_000,
        balloon_bp: 0,
        fee_yuan: 0,
        terms: &[(36, 0, Some(399))],
    },
    PlanRow {
        code: "S-PLAN",
        name: ("标准等额本息贷", "Standard loan"),
        intro: ("首付一成半起，每期还款相同。", "From 15 % at once, the same instalment each month."),
        method: FinanceMethod::EqualInstalment,
        powertrain: None,
        min_down_bp: 1_500,
        balloon_bp: 0,
        fee_yuan: 0,
        terms: &[(24, 349, None), (36, 399, None), (60, 399, None)],
    },
    PlanRow {
        code: "P-PLAN",
        name: ("等额本金贷", "Equal-principal loan"),
        intro: (
            "每期本金相同，月供逐月递减，利息更少。",
            "The same principal each month: instalments fall, and interest is less.",
        ),
        method: FinanceMethod::EqualPrincipal,
        powertrain: None,
        min_down_bp: 1_500,
        balloon_bp: 0,
        fee_yuan: 500,
        terms: &[(12, 329, None), (24, 349, None), (36, 399, None)],
    },
    PlanRow {
        code: "B-PLAN",
        name: ("尾款贷", "Balloon loan"),
        intro: (
            "四成本金留到最后一期，月供更轻。",
            "Two fifths of the loan wait for the last month: smaller instalments.",
        ),
        method: FinanceMethod::Balloon,
        powertrain: None,
        min_down_bp: 1_500,
        balloon_bp: 4_000,
        fee_yuan: 1_000,
        terms: &[(36, 499, None)],
    },
    PlanRow {
        code: "LEASE",
        name: ("融资租赁", "Lease"),
        intro: (
            "36 期租用，到期付残值留车，或还车换新。",
            "36 months of use; then keep the car for its residual value, or change it.",
        ),
        method: FinanceMethod::Lease,
        powertrain: Some(Powertrain::Bev),
        min_down_bp: 1_000,
        balloon_bp: 4_500,
        fee_yuan: 1_500,
        terms: &[(36, 549, None)],
    },
];

/// Of all lenders in turn. Dice of its own, so that what came before it stays as it is.
pub(super) fn build(seed: u64, today: DateTime<Utc>, batch: &mut Batch) {
    let mut dice = Dice::new(seed.wrapping_add(0xF1));
    let lenders: Vec<OrganizationId> =
        batch.organizations.iter().filter(|org| org.kind == OrganizationKind::Lender).map(|org| org.id).collect();
    let day = calendar::day(today);
    for (row, lender_id) in PLANS.iter().zip(lenders.into_iter().cycle()) {
        batch.finance_plans.push(finance_plan::Model {
            id: dice.id(),
            code: row.code.into(),
            lender_id,
            name_zh: row.name.0.into(),
            name_en: row.name.1.into(),
            intro_zh: row.intro.0.into(),
            intro_en: row.intro.1.into(),
            method: row.method,
            city_code: None,
            powertrain: row.powertrain,
            trim_id: None,
            min_down_bp: row.min_down_bp,
            balloon_bp: row.balloon_bp,
            fee_minor: row.fee_yuan * 100,
            terms: FinanceTerms(
                row.terms
                    .iter()
                    .map(|&(months, rate_bp, lender_rate_bp)| FinanceTerm { months, rate_bp, lender_rate_bp })
                    .collect(),
            ),
            starts_on: day - TimeDelta::days(500),
            ends_on: None,
        });
    }
}
