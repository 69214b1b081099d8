//! Vehicle catalog, options and prices (domain.md 1.5, 1.6).

pub mod benefit_package;
pub mod configuration;
pub mod finance_plan;
pub mod incentive;
pub mod insurance_rate;
pub mod model;
pub mod option;
pub mod option_group;
pub mod option_rule;
pub mod price_book;
pub mod price_entry;
pub mod trim;
