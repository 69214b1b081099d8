//! Integration tests: one binary, a folder for each room.

mod lead;
