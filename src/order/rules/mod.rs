//! What is true in the order domain, as plain functions over plain values.
