//! The inventory room: cars, where they are and who may see them.

pub mod display;
mod events;
mod inputs;
mod links;
mod matching;
mod mutations;
mod offers;
pub mod policy;
pub mod quality;
mod queries;
pub mod quota;
pub mod rules;
mod store;
mod subscriptions;
mod summary;
mod types;
pub mod upstream;
pub mod watch;

pub use links::{
    ProductionSlotById, StockAlertById, StockAlertRuleAsked, StockTransferById, TransferOfOrder, VehicleOfOrder,
    VehicleUnitById, shown,
};
pub use matching::{Wish, alike_for_order, cars_for, nearest_alike, of_its_own};
pub use mutations::{Mutations, lock_seen, rule as staged};
pub use queries::Queries;
pub use rules::allocation::Obstacle;
pub use store::transfer::goes_elsewhere;
pub use store::{active, give, hand_over, is_own, may_hand_over, set_free, take, take_back, undo_hand_over};
pub use subscriptions::Subscriptions;
pub use types::{
    ProductionSlot, StockAlert, StockAlertAction, StockAlertRule, StockTransfer, StockTransferAction, VehicleUnit,
    VehicleUnitAction,
};
