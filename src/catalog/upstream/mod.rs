//! What product data tells: models with their trims and options, prices, incentives, rates of insurance, finance plans, benefit packages.

mod benefit_package;
mod example;
mod finance_plan;
mod incentive;
mod insurance_rate;
mod model;
mod price_book;

pub use benefit_package::BenefitPackageReported;
pub use finance_plan::FinancePlanReported;
pub use incentive::IncentiveReported;
pub use insurance_rate::InsuranceRateReported;
pub use model::ModelReported;
pub use price_book::PriceBookReported;
