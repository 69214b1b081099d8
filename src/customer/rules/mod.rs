//! What is true in the customer domain, as plain functions over plain values.
