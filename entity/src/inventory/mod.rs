//! Cars, where they are and who may see them (domain.md 1.9, 3.7).

pub mod alert;
pub mod alert_rule;
pub mod allocation;
pub mod event;
pub mod production_slot;
pub mod quality_case;
pub mod quality_event;
pub mod quota;
pub mod quota_entry;
pub mod sort_rule;
pub mod status_display;
pub mod transfer;
pub mod transport_leg;
pub mod vehicle_unit;
pub mod visibility_policy;
