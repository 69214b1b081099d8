//! What a change of an order means, as it is quoted and as it is kept with the request (C075).

use chrono::NaiveDate;
use entity::order::benefit;
use entity::vocabulary::ReturnGround;
use serde::{Deserialize, Serialize};

use super::cancel::EarnestTreatment;

/// What a change means; amounts in fen. Ids, codes, days and names from the catalogue alone: it is kept as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Consequences {
    /// What becomes of the earnest deposit, where that is in question.
    pub earnest: Option<EarnestTreatment>,
    /// Of what was paid, what goes back.
    pub refund_minor: i64,
    /// Of what was paid, what is kept though the order ends.
    pub forfeited_minor: i64,
    /// What the car maker pays on top.
    pub compensation_minor: i64,
    /// The price before and after, where it may change.
    pub price: Option<(i64, i64)>,
    /// When the car is expected, before and after, where that may change.
    pub expected: Option<(Option<NaiveDate>, NaiveDate)>,
    /// The car that the order has goes to somebody else.
    pub loses_car: bool,
    /// The contract ends, and is to be drawn up and signed anew.
    pub contract_anew: bool,
    /// What was invoiced has to be made red first.
    pub red_invoice: bool,
    /// A loan that was applied for has to be applied for anew.
    pub loan_anew: bool,
    /// The appointment for the hand-over is called off.
    pub loses_appointment: bool,
    /// On which terms the car goes back, where it does.
    pub back: Option<Terms>,
    /// Of what was paid, what goes over to the order that takes this one's place.
    pub carried_minor: i64,
    /// Of the price, what is to be paid again.
    pub owed_minor: i64,
    /// Packages of the order that are not to be had with the other car.
    pub lost_benefits: Vec<LostBenefit>,
}

/// A package that was chosen with an order, and is not had any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LostBenefit {
    /// Its code.
    pub code: String,
    /// Its name as it was agreed, in Chinese.
    pub name_zh: String,
    /// And in English.
    pub name_en: String,
}

impl From<benefit::Model> for LostBenefit {
    fn from(row: benefit::Model) -> Self {
        Self { code: row.code, name_zh: row.name_zh, name_en: row.name_en }
    }
}

/// On which terms a car goes back; amounts in fen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// Why.
    pub ground: ReturnGround,
    /// Kilometres driven since the hand-over.
    pub driven_km: i32,
    /// What is kept for the car's use.
    pub use_minor: i64,
    /// What was paid on to the tax authority.
    pub passed_on_minor: i64,
    /// What of it the customer claims from the authority.
    pub tax_claim_minor: Option<i64>,
}

impl Consequences {
    /// What is to be paid more than before, fen; zero where it costs no more.
    pub fn dearer_minor(&self) -> i64 {
        self.price.map_or(0, |(before, after)| (after - before).max(0)) + self.owed_minor
    }
}
