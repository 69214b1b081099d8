//! Each kind at each stage.

use entity::order::order;
use entity::*;
use serde_json::{Value, json};

use super::super::back_out::{decide, request};
use super::super::handover::state;
use super::super::order_row;
use super::{ask, lines_minor, quote, remembered, stage, told, wish};
use crate::harness::Server;

/// Who grants.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Granted {
    AtOnce,
    Decided,
    Never,
}

/// The order is as it was quoted.
async fn is_as_quoted(server: &Server, kind: ChangeKind, before: &order::Model, means: &Value, at: &str) {
    let now = order_row(server, before.id).await;
    assert!(!now.has_open_change_request, "{at}");
    assert_eq!(now.paid_minor, before.paid_minor - means["refund"]["minorUnits"].as_i64().unwrap(), "{at}");
    let price = means["priceAfter"]["minorUnits"].as_i64().unwrap_or(before.total_minor);
    assert_eq!((now.total_minor, lines_minor(server, now.id).await), (price, price), "{at}");
    if let Some(day) = means["expectedAfter"].as_str() {
        assert_eq!(now.eta_likely.unwrap().to_string(), day, "{at}");
    } else {
        assert_eq!(now.eta_likely, before.eta_likely, "{at}");
    }
    let signed = state(server, now.id, MilestoneCode::ContractSigned).await;
    if means["needsContract"] == true {
        assert_eq!(signed, MilestoneState::RolledBack, "{at}");
    }
    let falls = before.status == OrderStatus::Contracted && means["needsContract"] == true;
    assert_eq!(now.status, if falls { OrderStatus::Locked } else { before.status }, "{at}");
    match kind {
        ChangeKind::Reconfigure => {
            assert_ne!(now.configuration_id, before.configuration_id, "{at}");
            assert_ne!((now.trim_id, &now.option_codes), (before.trim_id, &before.option_codes), "{at}");
        }
        ChangeKind::BuyerChange => {
            let asked = "query($id: ID!) { order(id: $id) { buyerName } }";
            let seen = server.customer().data(asked, json!({ "id": now.id.to_string() })).await;
            assert_eq!(seen["order"]["buyerName"], "李四光", "{at}");
            assert_eq!(now.buyer_id_number, None, "the number was another's");
        }
        ChangeKind::StoreChange => {
            assert_ne!(now.store_id, before.store_id, "{at}");
            assert_eq!((now.store_id, now.consultant_id), (now.delivery_store_id, None), "{at}");
        }
        ChangeKind::DeliveryDefer => {
            assert!(now.deferred_until.is_some() && now.eta_likely >= now.deferred_until, "{at}");
            assert!(before.promised_by.is_none() || now.promised_by >= now.deferred_until, "{at}");
        }
        _ => {}
    }
}

#[tokio::test]
async fn each_kind_at_each_stage_is_what_was_quoted_or_refused() {
    use ChangeKind::{BuyerChange, DeliveryDefer, Reconfigure, StoreChange};
    use Granted::{AtOnce, Decided, Never};
    let server = Server::start().await;
    let customer = server.customer();
    let stages = ["DRAFT", "INTENTION", "PLACED", "LOCKED", "CONTRACTED", "IN_FULFILLMENT", "READY_FOR_DELIVERY"];
    let table: [(ChangeKind, [Granted; 7]); 4] = [
        (Reconfigure, [AtOnce, AtOnce, AtOnce, Decided, Decided, Decided, Never]),
        (BuyerChange, [AtOnce, AtOnce, AtOnce, AtOnce, Decided, Decided, Never]),
        (StoreChange, [AtOnce, AtOnce, AtOnce, AtOnce, Decided, Decided, Never]),
        (DeliveryDefer, [Never, Never, AtOnce, AtOnce, AtOnce, AtOnce, AtOnce]),
    ];
    for (kind, granted) in table {
        for (name, granted) in stages.into_iter().zip(granted) {
            let at = format!("{kind} {name}");
            let id = stage(&server, name).await;
            let change = wish(&server, kind, id).await;
            let before = order_row(&server, id).await;
            assert_eq!(before.status.to_string(), name);
            let quoted = quote(&customer, id, &change).await;
            if granted == Never {
                assert_eq!(quoted.code(), Some("BAD_USER_INPUT"), "{at}: {:#}", quoted.json);
                let refused = ask(&customer, &server, id, &change).await;
                assert_eq!(refused["userErrors"][0]["code"], "INVALID_TRANSITION", "{at}: {refused:#}");
                assert_eq!(refused["userErrors"][0]["action"], kind.to_string());
                assert_eq!(order_row(&server, id).await, before, "{at}");
                assert_eq!(told(&server, id).await, [""; 0], "{at}");
                continue;
            }
            assert_eq!(quoted.code(), None, "{at}: {:#}", quoted.json);
            let quoted = &quoted.data["orderChangeQuote"];
            assert_eq!(
                (&quoted["kind"], &quoted["isImmediate"], &quoted["orderVersion"]),
                (&json!(kind), &json!(granted == AtOnce), &json!(before.version)),
                "{at}"
            );
            let means = &quoted["consequences"];
            let asked = ask(&customer, &server, id, &change).await;
            assert_eq!(asked["userErrors"], json!([]), "{at}");
            assert_eq!(&asked["changeRequest"]["consequences"], means, "{at}");
            if granted == Decided {
                assert_eq!(asked["changeRequest"]["state"], "SUBMITTED", "{at}");
                let waits = order_row(&server, id).await;
                assert!(waits.has_open_change_request);
                let as_before = order::Model {
                    has_open_change_request: false,
                    version: before.version,
                    updated_at: before.updated_at,
                    ..waits
                };
                assert_eq!(as_before, before, "{at}: nothing happens before it is granted");
                let decided = decide(&server.manager(), &server, id, &asked["changeRequest"], json!({})).await;
                assert_eq!(decided["userErrors"], json!([]), "{at}");
            }
            is_as_quoted(&server, kind, &before, means, &at).await;
            let row = request(&server, id).await;
            assert_eq!((row.kind, row.state), (kind, ChangeState::Done), "{at}");
            let by = if granted == AtOnce { "rule".to_owned() } else { row.decided_by.clone().unwrap() };
            assert_eq!(row.decided_by, Some(by), "{at}");
            assert_eq!(told(&server, id).await, ["SUBMITTED", "DONE"], "{at}");
            assert_eq!(remembered(&server, id).await, 2, "{at}");
        }
    }
}
