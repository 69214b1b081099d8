//! Hand-over (C088-C093): what is done before it, appointments, the pickup code, and what follows from its confirmation.

mod appointment;
mod ceremony;
pub mod confirm;
pub mod pickup;
mod preparation;
pub mod recorded;
