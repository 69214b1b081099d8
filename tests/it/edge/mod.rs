//! The ways in.

mod apps;
mod budget;
mod cache;
mod connections;
mod cop;
mod deadline;
mod federation;
mod fuzz;
mod hang_up;
mod http;
mod identity;
mod keys;
mod limits;
mod mcp;
mod multipart;
mod pages;
mod processes;
mod production;
mod program;
mod schema;
mod sse;
mod stream;
mod withdrawn;
mod ws;

use std::time::Duration;

/// The demo order's milestones, by `$id`.
const FOLLOW: &str = "subscription($id: ID!) { deliveryMilestoneUpdated(orderId: $id) { kind order { id } } }";

/// Waits until something is so.
async fn eventually(what: &str, mut is_so: impl FnMut() -> bool) {
    for _ in 0..200 {
        if is_so() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("waited 5 s: {what}");
}
