//! Milepost, the front door of car retail: one GraphQL schema over six domains. ARCHITECTURE.md has the map.

pub mod access;
pub mod app;
pub mod catalog;
pub mod cli;
pub mod customer;
pub mod edge;
pub mod events;
pub mod graph;
pub mod identity;
pub mod ingest;
pub mod inventory;
pub mod lead;
pub mod loyalty;
pub mod order;
pub mod place;
pub mod rehearsal;
pub mod seed;
pub mod serve;
pub mod session;
pub mod settings;
pub mod store;
pub mod trusted;
pub mod upstream;
pub mod values;
pub mod webhook;
