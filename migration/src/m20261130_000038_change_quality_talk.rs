//! What the log says of changes to orders, damage to cars, alerts, transfers and quotas of the stock, and messages, and an
//! order's history of the first two. Their tables follow.

use crate::helpers::{Step, event_kind, kind_of};

pub const STEP: Step = Step { module: module_path!(), lists: &[], up: UP, down: DOWN };

/// The kinds of events of before, whose last one is `SETTLEMENT_CHANGED`.
macro_rules! known {
    ($($more:literal)*) => {
        concat!(
            "'CUSTOMER_PROFILE_CHANGED', 'CONSENT_GRANTED', 'CONSENT_WITHDRAWN', 'LEAD_SUBMITTED', 'LEAD_ASSIGNED',
    'LEAD_STAGE_CHANGED', 'FOLLOW_UP_COMPLETED', 'CONFIGURATION_SAVED', 'VEHICLE_RESERVED', 'VEHICLE_RELEASED',
    'VEHICLE_STATUS_CHANGED', 'ORDER_PLACED', 'ORDER_STATUS_CHANGED', 'MILESTONE_CHANGED', 'ETA_CHANGED',
    'POINTS_BALANCE_CHANGED', 'TIER_CHANGED', 'CATALOG_CHANGED', 'PLACES_CHANGED', 'LOYALTY_PROGRAMME_CHANGED',
    'PAYMENT_CHANGED', 'FINANCE_APPLICATION_CHANGED', 'CONTRACT_CHANGED', 'INVOICE_CHANGED', 'HANDOVER_CHANGED',
    'SETTLEMENT_CHANGED'"
            $(, ", '", $more, "'")*
        )
    };
}

/// The kinds in an order's history of before, whose last one is `HANDOVER_CHANGED`.
macro_rules! told {
    ($($more:literal)*) => {
        concat!(
            "'PLACED', 'STATUS_CHANGED', 'MILESTONE_CHANGED', 'ETA_CHANGED', 'PAYMENT_CHANGED', 'VEHICLE_CHANGED',
    'CANCELLATION_REQUESTED', 'FINANCE_CHANGED', 'CONTRACT_CHANGED', 'INVOICE_CHANGED', 'HANDOVER_CHANGED'"
            $(, ", '", $more, "'")*
        )
    };
}

const UP: &str = concat!(
    kind_of!(up: told!(), "HANDOVER_CHANGED", "CHANGE_REQUEST_CHANGED", "order_event"),
    kind_of!(up: told!("CHANGE_REQUEST_CHANGED"), "CHANGE_REQUEST_CHANGED", "QUALITY_CASE_CHANGED", "order_event"),
    event_kind!(up: known!(), "SETTLEMENT_CHANGED", "CHANGE_REQUEST_CHANGED"),
    event_kind!(up: known!("CHANGE_REQUEST_CHANGED"), "CHANGE_REQUEST_CHANGED", "QUALITY_CASE_CHANGED"),
    event_kind!(up: known!("CHANGE_REQUEST_CHANGED" "QUALITY_CASE_CHANGED"), "QUALITY_CASE_CHANGED", "STOCK_ALERT_CHANGED"),
    event_kind!(
        up: known!("CHANGE_REQUEST_CHANGED" "QUALITY_CASE_CHANGED" "STOCK_ALERT_CHANGED"),
        "STOCK_ALERT_CHANGED", "STOCK_TRANSFER_CHANGED"
    ),
    event_kind!(
        up: known!("CHANGE_REQUEST_CHANGED" "QUALITY_CASE_CHANGED" "STOCK_ALERT_CHANGED" "STOCK_TRANSFER_CHANGED"),
        "STOCK_TRANSFER_CHANGED", "STOCK_QUOTA_CHANGED"
    ),
    event_kind!(
        up: known!("CHANGE_REQUEST_CHANGED" "QUALITY_CASE_CHANGED" "STOCK_ALERT_CHANGED" "STOCK_TRANSFER_CHANGED"
            "STOCK_QUOTA_CHANGED"),
        "STOCK_QUOTA_CHANGED", "MESSAGE_SENT"
    )
);

const DOWN: &str = concat!(
    event_kind!(
        down: known!("CHANGE_REQUEST_CHANGED" "QUALITY_CASE_CHANGED" "STOCK_ALERT_CHANGED" "STOCK_TRANSFER_CHANGED"
            "STOCK_QUOTA_CHANGED"),
        "MESSAGE_SENT"
    ),
    event_kind!(
        down: known!("CHANGE_REQUEST_CHANGED" "QUALITY_CASE_CHANGED" "STOCK_ALERT_CHANGED" "STOCK_TRANSFER_CHANGED"),
        "STOCK_QUOTA_CHANGED"
    ),
    event_kind!(down: known!("CHANGE_REQUEST_CHANGED" "QUALITY_CASE_CHANGED" "STOCK_ALERT_CHANGED"), "STOCK_TRANSFER_CHANGED"),
    event_kind!(down: known!("CHANGE_REQUEST_CHANGED" "QUALITY_CASE_CHANGED"), "STOCK_ALERT_CHANGED"),
    event_kind!(down: known!("CHANGE_REQUEST_CHANGED"), "QUALITY_CASE_CHANGED"),
    event_kind!(down: known!(), "CHANGE_REQUEST_CHANGED"),
    "
DELETE FROM order_event WHERE kind IN ('CHANGE_REQUEST_CHANGED', 'QUALITY_CASE_CHANGED');
",
    kind_of!(down: told!("CHANGE_REQUEST_CHANGED"), "QUALITY_CASE_CHANGED", "order_event"),
    kind_of!(down: told!(), "CHANGE_REQUEST_CHANGED", "order_event")
);
