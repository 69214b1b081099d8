//! The tables of the operational store, a folder for each domain and a file for each table.
//!
//! Knows nobody: no rule, no query, no right lives here. `vocabulary` holds the closed sets of values; they are
//! at once column values and GraphQL enums, so that a new value is added in one place.

pub mod catalog;
mod cells;
mod column;
mod columns;
pub mod customer;
pub mod identity;
pub mod ids;
pub mod inventory;
pub mod lead;
pub mod log;
pub mod loyalty;
pub mod order;
pub mod place;
pub mod trusted;
pub mod upstream;
pub mod values;
pub mod vocabulary;
pub mod webhook;

pub use cells::{Cells, Records};
pub use column::Column;
pub use columns::{Columns, Wanted};
pub use ids::*;
pub use values::{
    AddOn, AddOns, BenefitItem, BenefitItems, Blind, Clause, ClauseOption, Clauses, Codes, FinanceTerm, FinanceTerms,
    Media, MediaAsset, QuotedBenefit, QuotedBenefits, QuotedLine, QuotedLines, Sealed, SortCriteria, SortCriterion,
    StatusEntries, StatusEntry, TemplateNode, TemplateNodes,
};
pub use vocabulary::*;
