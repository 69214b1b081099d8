//! Every event type, in the order in which an empty store wants them: what is named comes before what names it.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::inbound::EventType;
use crate::catalog::upstream as catalog;
use crate::customer::upstream as customer;
use crate::inventory::upstream as inventory;
use crate::lead::upstream as lead;
use crate::loyalty::upstream as loyalty;
use crate::order::upstream as order;
use crate::place::upstream as place;

/// Every event type.
pub static TYPES: &[EventType] = &[
    EventType::of::<place::CityReported>(),
    EventType::of::<place::OrganizationReported>(),
    EventType::of::<place::StoreReported>(),
    EventType::of::<place::StaffReported>(),
    EventType::of::<catalog::ModelReported>(),
    EventType::of::<catalog::PriceBookReported>(),
    EventType::of::<catalog::IncentiveReported>(),
    EventType::of::<catalog::InsuranceRateReported>(),
    EventType::of::<catalog::FinancePlanReported>(),
    EventType::of::<catalog::BenefitPackageReported>(),
    EventType::of::<customer::ProfileReported>(),
    EventType::of::<customer::ConsentReported>(),
    EventType::of::<lead::LeadSubmitted>(),
    EventType::of::<lead::LeadReported>(),
    EventType::of::<lead::FollowUpReported>(),
    EventType::of::<inventory::PolicyReported>(),
    EventType::of::<inventory::VehicleReported>(),
    EventType::of::<inventory::ProductionReported>(),
    EventType::of::<inventory::LegReported>(),
    EventType::of::<order::OrderReported>(),
    EventType::of::<inventory::AllocationReported>(),
    EventType::of::<inventory::TransferReported>(),
    EventType::of::<inventory::QualityCaseReported>(),
    EventType::of::<order::PaymentReported>(),
    EventType::of::<order::FinanceApplicationReported>(),
    EventType::of::<order::MilestoneReported>(),
    EventType::of::<order::ContractReported>(),
    EventType::of::<order::InvoiceReported>(),
    EventType::of::<order::EtaReported>(),
    EventType::of::<loyalty::TierReported>(),
    EventType::of::<loyalty::RewardReported>(),
    EventType::of::<loyalty::PointsReported>(),
    EventType::of::<loyalty::MembershipReported>(),
];

/// The type of this name.
pub fn find(name: &str) -> Option<&'static EventType> {
    static BY_NAME: LazyLock<HashMap<&str, &EventType>> =
        LazyLock::new(|| TYPES.iter().map(|kind| (kind.name, kind)).collect());
    BY_NAME.get(name).copied()
}
