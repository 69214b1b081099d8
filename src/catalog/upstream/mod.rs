//! What product data tells: models with their trims and options, prices, incentives.

mod example;
mod incentive;
mod model;
mod price_book;

pub use incentive::IncentiveReported;
pub use model::ModelReported;
pub use price_book::PriceBookReported;
