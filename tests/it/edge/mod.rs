//! The ways in.

mod http;
