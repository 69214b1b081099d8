//! A price that is held for a while (C030, C061): what was priced, for how much and until when, sealed into a text that the
//! client sends back with its order. Nothing is stored: prices have versions, so the price of a moment can be made again.

use chrono::{DateTime, Utc};
use entity::{BenefitPackageId, TrimId};
use serde::{Deserialize, Serialize};

use super::quote::PriceQuote;
use crate::store::Vault;

/// A held price.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PriceToken {
    /// The trim.
    #[serde(rename = "t")]
    pub trim_id: TrimId,
    /// The choice with what it includes and the defaults, sorted.
    #[serde(rename = "o")]
    pub option_codes: Vec<String>,
    /// Packages that are had besides the car, sorted; tokens of before know none.
    #[serde(rename = "b", default)]
    pub benefits: Vec<BenefitPackageId>,
    /// City of registration.
    #[serde(rename = "c")]
    pub city_code: String,
    /// The moment of the price.
    #[serde(rename = "a")]
    pub at: DateTime<Utc>,
    /// Until when it is held.
    #[serde(rename = "u")]
    pub until: DateTime<Utc>,
    /// What is paid, fen.
    #[serde(rename = "p")]
    pub payable_minor: i64,
}

const LABEL: &[u8] = b"price";

/// Longest token, characters: a hundred options of forty characters, each of them perhaps three bytes.
const MAX: usize = 20_000;

impl PriceToken {
    /// Of a price.
    pub fn of(quote: &PriceQuote) -> Self {
        Self {
            trim_id: quote.trim_id,
            option_codes: quote.option_codes.clone(),
            benefits: quote.benefit_ids(),
            city_code: quote.city_code.clone(),
            at: quote.at,
            until: quote.holds_until,
            payable_minor: quote.breakdown.payable_minor,
        }
    }

    /// The opaque text; the same price of the same moment is the same text.
    pub fn seal(&self, vault: &Vault) -> String {
        vault.seal_text(LABEL, self)
    }

    /// Reads an opaque text; none when it is not one of ours.
    pub fn open(text: &str, vault: &Vault) -> Option<Self> {
        vault.open_text(LABEL, text, MAX)
    }

    /// Whether it is a price of this choice, with its packages, and city.
    pub fn is_of(&self, quote: &PriceQuote) -> bool {
        (self.trim_id, &self.option_codes, &self.city_code) == (quote.trim_id, &quote.option_codes, &quote.city_code)
            && self.benefits == quote.benefit_ids()
    }
}
