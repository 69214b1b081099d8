//! What is true in the loyalty domain, as plain functions over plain values.
