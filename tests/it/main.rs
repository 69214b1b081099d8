//! Integration tests: one binary, a folder for each room.

mod catalog;
mod lead;
