//! What is true in the inventory domain, as plain functions over plain values.
