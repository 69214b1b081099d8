//! Milepost, the front door of car retail: one GraphQL schema over six domains. ARCHITECTURE.md has the map.

// The roots are sums of the rooms' parts, each of which is a level for the compiler to look through.
#![recursion_limit = "256"]

pub mod access;
pub mod app;
pub mod catalog;
pub mod cli;
pub mod customer;
pub mod edge;
pub mod events;
pub mod files;
pub mod graph;
pub mod identity;
pub mod ingest;
pub mod inventory;
pub mod lead;
pub mod loyalty;
pub mod order;
pub mod place;
pub mod ports;
pub mod press;
pub mod rehearsal;
pub mod sandbox;
pub mod seed;
pub mod serve;
pub mod session;
pub mod settings;
pub mod store;
pub mod trusted;
pub mod upstream;
pub mod values;
pub mod webhook;
