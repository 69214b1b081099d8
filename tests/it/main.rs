//! Integration tests: one program, a module for each part of the house. They talk to a real server over real
//! sockets; `harness` starts it.

mod edge;
mod harness;
