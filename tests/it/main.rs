//! The integration tests: a folder for each room.

mod catalog;
