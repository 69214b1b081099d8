//! Integration tests: one binary, a module for each part of the house. Most talk to a real server over real sockets;
//! `harness` starts it.
//! Integration tests: one program, a module for each part of the house. They talk to a real server over real
//! sockets; `harness` starts it.

mod edge;
mod harness;
//! Integration tests: one binary, a folder for each room.

mod catalog;
mod harness;
mod inventory;
mod lead;
