//! Integration tests: one binary, a module for each part of the house. Most talk to a real server over real sockets;
//! `harness` starts it.

mod catalog;
mod chaos;
mod customer;
mod edge;
mod ending;
mod follow;
mod harness;
mod ingest;
mod inventory;
mod lead;
mod log;
mod loyalty;
mod oem;
mod order;
mod plans;
mod retention;
mod rights;
mod share;
mod spare;
mod statements;
mod statements_write;
mod trusted;
mod webhook;
