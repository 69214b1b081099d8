//! Integration tests: one binary, a folder for each room.

mod lead;
//! The integration tests: a folder for each room.

mod catalog;
