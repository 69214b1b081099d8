//! What is true in the catalog domain, as plain functions over plain values.
