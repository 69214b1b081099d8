//! What is true in the lead domain, as plain functions over plain values.
