//! What the log says of invoices, hand-overs and settlement, and an order's history of the first two. Their tables follow.

use crate::helpers::{Step, event_kind, kind_of};

pub const STEP: Step = Step { module: module_path!(), lists: &[], up: UP, down: DOWN };

/// The kinds of events of before, whose last one is `CONTRACT_CHANGED`.
macro_rules! known {
    ($($more:literal)*) => {
        concat!(
            "'CUSTOMER_PROFILE_CHANGED', 'CONSENT_GRANTED', 'CONSENT_WITHDRAWN', 'LEAD_SUBMITTED', 'LEAD_ASSIGNED',
    'LEAD_STAGE_CHANGED', 'FOLLOW_UP_COMPLETED', 'CONFIGURATION_SAVED', 'VEHICLE_RESERVED', 'VEHICLE_RELEASED',
    'VEHICLE_STATUS_CHANGED', 'ORDER_PLACED', 'ORDER_STATUS_CHANGED', 'MILESTONE_CHANGED', 'ETA_CHANGED',
    'POINTS_BALANCE_CHANGED', 'TIER_CHANGED', 'CATALOG_CHANGED', 'PLACES_CHANGED', 'LOYALTY_PROGRAMME_CHANGED',
    'PAYMENT_CHANGED', 'FINANCE_APPLICATION_CHANGED', 'CONTRACT_CHANGED'"
            $(, ", '", $more, "'")*
        )
    };
}

/// The kinds in an order's history of before, whose last one is `CONTRACT_CHANGED`.
macro_rules! told {
    ($($more:literal)*) => {
        concat!(
            "'PLACED', 'STATUS_CHANGED', 'MILESTONE_CHANGED', 'ETA_CHANGED', 'PAYMENT_CHANGED', 'VEHICLE_CHANGED',
    'CANCELLATION_REQUESTED', 'FINANCE_CHANGED', 'CONTRACT_CHANGED'"
            $(, ", '", $more, "'")*
        )
    };
}

const UP: &str = concat!(
    kind_of!(up: told!(), "CONTRACT_CHANGED", "INVOICE_CHANGED", "order_event"),
    kind_of!(up: told!("INVOICE_CHANGED"), "INVOICE_CHANGED", "HANDOVER_CHANGED", "order_event"),
    event_kind!(up: known!(), "CONTRACT_CHANGED", "INVOICE_CHANGED"),
    event_kind!(up: known!("INVOICE_CHANGED"), "INVOICE_CHANGED", "HANDOVER_CHANGED"),
    event_kind!(up: known!("INVOICE_CHANGED" "HANDOVER_CHANGED"), "HANDOVER_CHANGED", "SETTLEMENT_CHANGED")
);

const DOWN: &str = concat!(
    event_kind!(down: known!("INVOICE_CHANGED" "HANDOVER_CHANGED"), "SETTLEMENT_CHANGED"),
    event_kind!(down: known!("INVOICE_CHANGED"), "HANDOVER_CHANGED"),
    event_kind!(down: known!(), "INVOICE_CHANGED"),
    "
DELETE FROM order_event WHERE kind IN ('INVOICE_CHANGED', 'HANDOVER_CHANGED');
",
    kind_of!(down: told!("INVOICE_CHANGED"), "HANDOVER_CHANGED", "order_event"),
    kind_of!(down: told!(), "INVOICE_CHANGED", "order_event")
);
