//! Column types that several tables share.

use sea_orm::{DbErr, DeriveValueType, FromJsonQueryResult, TryFromU64};
use serde::{Deserialize, Serialize};

use crate::ids::BenefitPackageId;
use crate::vocabulary::{
    DisplayColor, DisplayIcon, MediaKind, MilestoneCode, Party, PriceLineKind, StockSortKey, VehicleStatus,
};
use std::fmt;

/// A personal value as it stands in the store: key id, nonce, ciphertext and tag. Only the vault opens it.
#[derive(Clone, Default, PartialEq, Eq, DeriveValueType)]
pub struct Sealed(pub Vec<u8>);

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sealed(…)")
    }
}

/// A keyed hash by which a personal value is found without being readable.
#[derive(Clone, Default, PartialEq, Eq, Hash, DeriveValueType)]
pub struct Blind(pub Vec<u8>);

impl fmt::Debug for Blind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Blind(…)")
    }
}

impl TryFromU64 for Blind {
    fn try_from_u64(_: u64) -> Result<Self, DbErr> {
        Err(DbErr::ConvertFromU64("Blind"))
    }
}

/// A picture, a film or a thing to turn around (C041, C042), where it lies and what it shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MediaAsset {
    /// What it is.
    pub kind: MediaKind,
    /// Its address; `{width}` stands for the width that is wanted, where there are several.
    pub address: String,
    /// Pixels of the largest, where it has any.
    pub width: Option<i32>,
    /// As the width.
    pub height: Option<i32>,
    /// What it shows, for who cannot see it, in Chinese.
    pub alt_zh: String,
    /// The same in English.
    pub alt_en: String,
}

/// Media in order, kept as a JSON array.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
#[serde(transparent)]
pub struct Media(pub Vec<MediaAsset>);

/// A term of a finance plan (C048).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FinanceTerm {
    /// Instalments, one a month.
    pub months: u32,
    /// Interest a year that the customer pays, basis points.
    pub rate_bp: u32,
    /// What the lender wants, basis points, where the brand pays the difference.
    pub lender_rate_bp: Option<u32>,
}

/// Terms, the shortest first, kept as a JSON array.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
#[serde(transparent)]
pub struct FinanceTerms(pub Vec<FinanceTerm>);

/// What is in a package (C053).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BenefitItem {
    /// In Chinese.
    pub text_zh: String,
    /// The same in English.
    pub text_en: String,
}

/// What is in a package, in order, kept as a JSON array.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
#[serde(transparent)]
pub struct BenefitItems(pub Vec<BenefitItem>);

/// A package of a quote, as it was (C044).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuotedBenefit {
    /// Which package.
    pub package_id: BenefitPackageId,
    /// Its code.
    pub code: String,
    /// Its name in Chinese.
    pub name_zh: String,
    /// The same in English.
    pub name_en: String,
    /// Its price, fen.
    pub price_minor: i64,
}

/// Packages of a quote in order, kept as a JSON array.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
#[serde(transparent)]
pub struct QuotedBenefits(pub Vec<QuotedBenefit>);

/// A line of a quote's price, as it was (C044).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuotedLine {
    /// What kind of line.
    pub kind: PriceLineKind,
    /// Code of what it is for.
    pub code: String,
    /// What it is for, in Chinese.
    pub label_zh: String,
    /// The same in English.
    pub label_en: String,
    /// Negative where it lowers the price, fen.
    pub amount_minor: i64,
}

/// Lines of a quote's price in order, kept as a JSON array.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
#[serde(transparent)]
pub struct QuotedLines(pub Vec<QuotedLine>);

/// A clause of a contract's template, with the options of which one is chosen (C070).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clause {
    /// Unique within the template.
    pub code: String,
    /// Heading in Chinese.
    pub title_zh: String,
    /// The same in English.
    pub title_en: String,
    /// What is agreed, in Chinese: what is signed.
    pub text_zh: String,
    /// The same in English, to be read.
    pub text_en: String,
    /// What can be chosen; the first one when nothing is. Empty where there is nothing to choose.
    pub options: Vec<ClauseOption>,
}

/// One of a clause's options.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClauseOption {
    /// Unique within the clause.
    pub code: String,
    /// What it says, in Chinese: what is signed.
    pub text_zh: String,
    /// The same in English, to be read.
    pub text_en: String,
}

/// Clauses in order, kept as a JSON array.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
#[serde(transparent)]
pub struct Clauses(pub Vec<Clause>);

/// What a rule sorts cars by (C096).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SortCriterion {
    /// By what.
    pub key: StockSortKey,
    /// Greatest first.
    pub descending: bool,
    /// How much it counts beside the others, where they are weighed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weight: Option<i32>,
}

/// Criteria, the weightiest first, kept as a JSON array.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
#[serde(transparent)]
pub struct SortCriteria(pub Vec<SortCriterion>);

/// How one state of a car is shown (C100).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusEntry {
    /// The state.
    pub status: VehicleStatus,
    /// What it is called in Chinese.
    pub label_zh: String,
    /// The same in English.
    pub label_en: String,
    /// Which step of the way it is, from 1.
    pub step: i32,
    /// Its colour.
    pub color: DisplayColor,
    /// Its picture.
    pub icon: DisplayIcon,
    /// Whether the step before is shown in its place.
    pub hidden: bool,
    /// What it means, in Chinese.
    pub help_zh: Option<String>,
    /// The same in English.
    pub help_en: Option<String>,
}

/// Entries, each state once, kept as a JSON array.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
#[serde(transparent)]
pub struct StatusEntries(pub Vec<StatusEntry>);
/// A node of the delivery graph as a template has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TemplateNode {
    /// Which one.
    pub code: MilestoneCode,
    /// Customers are not shown it.
    pub hidden: bool,
    /// Within how many hours it is to be reached once those before it are; not watched when none.
    pub sla_hours: Option<i32>,
    /// Who is to act for it to be reached, where it is not whom the graph names.
    pub party: Option<Party>,
}

/// The nodes that a template has, in order of display, kept as a JSON array.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
#[serde(transparent)]
pub struct TemplateNodes(pub Vec<TemplateNode>);

/// Something that can be had with a hand-over ceremony, at a price (C089).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AddOn {
    /// Unique within the ceremony.
    pub code: String,
    /// Name in Chinese.
    pub name_zh: String,
    /// The same in English.
    pub name_en: String,
    /// Price, fen.
    pub price_minor: i64,
}

/// Add-ons in order, kept as a JSON array.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
#[serde(transparent)]
pub struct AddOns(pub Vec<AddOn>);

/// A short list of codes, kept as a JSON array.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
#[serde(transparent)]
pub struct Codes(pub Vec<String>);

impl Codes {
    /// Whether `code` is in the list.
    pub fn has(&self, code: &str) -> bool {
        self.0.iter().any(|c| c == code)
    }
}

impl<S: Into<String>> FromIterator<S> for Codes {
    fn from_iter<I: IntoIterator<Item = S>>(codes: I) -> Self {
        Self(codes.into_iter().map(Into::into).collect())
    }
}
