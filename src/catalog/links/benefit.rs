//! Benefit packages; they are public.

use entity::BenefitPackageId;
use entity::catalog::benefit_package;
use sea_orm::sea_query::Condition;

use crate::catalog::types::BenefitPackage;
use crate::graph::relation::one;

one! {
    /// Benefit packages by id.
    BenefitPackageById: BenefitPackageId => benefit_package.Id as BenefitPackage,
        |_call| Condition::all(),
        |_call, row| Some(BenefitPackage(row));
}
