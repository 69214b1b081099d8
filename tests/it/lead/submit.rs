//! `leadSubmit`: one lead for thirty days, and nothing told to strangers.

use std::sync::Arc;

use chrono::TimeDelta;
use entity::customer::consent;
use entity::lead::{dedupe, event, follow_up_task, lead, touchpoint};
use entity::log::{event as log, idempotency};
use entity::{FollowUpKind, FollowUpStatus, LeadEventKind, LeadStage, VehicleModelId};
use milepost::access::Viewer;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::{Value, json};

use super::world::{KNOWN, UNKNOWN, World};

#[tokio::test]
async fn a_strangers_form_becomes_a_lead_of_the_nearest_store_of_the_maker() {
    let world = World::new().await;
    let taken = world.submit(Viewer::anonymous(), world.form("a", UNKNOWN)).await;
    assert_eq!(taken["userErrors"], json!([]));
    assert_eq!(taken["lead"], Value::Null);
    assert_eq!(taken["receipt"]["accepted"], json!(true));
    assert!(taken["receipt"]["reference"].as_str().unwrap().starts_with("tpt_"));

    let db = world.app.db.conn();
    let row = lead::Entity::find().one(db).await.unwrap().unwrap();
    assert_eq!((row.stage, row.store_id, row.customer_id), (LeadStage::Assigned, Some(world.direct.id), None));
    assert_eq!((row.city_code.as_str(), row.touchpoint_count, row.version), ("310100", 1, 2));
    // Intent B 15, mini-program 10, one touchpoint 3, heard of just now 10.
    assert_eq!(row.score, 38);
    assert!(row.number.starts_with("LD") && row.number.len() == 16, "{}", row.number);

    let task = follow_up_task::Entity::find().one(db).await.unwrap().unwrap();
    assert_eq!((task.kind, task.status), (FollowUpKind::FirstContact, FollowUpStatus::Open));
    assert_eq!((task.due_at - row.created_at, row.next_follow_up_at), (TimeDelta::minutes(15), Some(task.due_at)));
    let kinds: Vec<_> = event::Entity::find().order_by_asc(event::Column::Id).all(db).await.unwrap();
    let kinds: Vec<_> = kinds.into_iter().map(|e| (e.kind, e.from_stage, e.to_stage)).collect();
    let expected = [
        (LeadEventKind::Submitted, None, Some(LeadStage::New)),
        (LeadEventKind::Assigned, Some(LeadStage::New), Some(LeadStage::Assigned)),
    ];
    assert_eq!(kinds, expected);
    let streams = log::Entity::find()
        .order_by_asc(log::Column::Stream)
        .order_by_asc(log::Column::Sequence)
        .all(db)
        .await
        .unwrap();
    let streams: Vec<_> = streams.into_iter().map(|e| format!("{} {}", e.stream, e.kind)).collect();
    let (led, sto) = (row.id, world.direct.id);
    assert_eq!(
        streams,
        [
            format!("lead:{led} LEAD_SUBMITTED"),
            format!("lead:{led} LEAD_ASSIGNED"),
            format!("store:{sto} LEAD_SUBMITTED"),
            format!("store:{sto} LEAD_ASSIGNED"),
        ]
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_forms_at_once_are_one_lead_with_fifty_touchpoints() {
    let world = Arc::new(World::new().await);
    let sent = (0..50).map(|n| {
        let world = world.clone();
        tokio::spawn(async move {
            let form = world.form(&format!("key-{n}"), UNKNOWN);
            world.submit(Viewer::anonymous(), form).await
        })
    });
    let mut references = std::collections::BTreeSet::new();
    for taken in sent.collect::<Vec<_>>() {
        let taken = taken.await.unwrap();
        assert_eq!(taken["userErrors"], json!([]));
        references.insert(taken["receipt"]["reference"].as_str().unwrap().to_owned());
    }
    assert_eq!(references.len(), 50);
    let db = world.app.db.conn();
    let leads = lead::Entity::find().all(db).await.unwrap();
    assert_eq!(leads.len(), 1);
    assert_eq!((leads[0].touchpoint_count, leads[0].version), (50, 51));
    assert_eq!(world.rows(touchpoint::Entity).await, 50);
    assert_eq!(world.rows(follow_up_task::Entity).await, 1);
    assert_eq!(world.rows(dedupe::Entity).await, 1);
    // 50 submits and one assignment, told to the lead and to the store.
    assert_eq!(world.rows(log::Entity).await, 2 * 51);
}

#[tokio::test]
async fn after_thirty_days_and_for_another_model_it_is_another_lead() {
    let world = World::new().await;
    world.submit(Viewer::anonymous(), world.form("a", UNKNOWN)).await;
    let mut other = world.form("b", UNKNOWN);
    other["modelId"] = json!(world.other_model.to_string());
    world.submit(Viewer::anonymous(), other).await;
    assert_eq!(world.rows(lead::Entity).await, 2);

    let over = world.app.clock.now() - TimeDelta::seconds(1);
    dedupe::Entity::update_many()
        .col_expr(dedupe::Column::WindowUntil, Expr::value(over))
        .filter(dedupe::Column::ModelId.eq(world.model))
        .exec(world.app.db.conn())
        .await
        .unwrap();
    world.submit(Viewer::anonymous(), world.form("c", UNKNOWN)).await;
    world.submit(Viewer::anonymous(), world.form("d", UNKNOWN)).await;
    let leads = lead::Entity::find()
        .filter(lead::Column::ModelId.eq(world.model))
        .order_by_asc(lead::Column::CreatedAt)
        .all(world.app.db.conn())
        .await
        .unwrap();
    assert_eq!(leads.iter().map(|l| l.touchpoint_count).collect::<Vec<_>>(), [1, 2]);
}

/// What differs by nature: the reference, new for each form.
fn shape(mut taken: Value) -> Value {
    assert!(taken["receipt"]["reference"].take().is_string());
    taken
}

#[tokio::test]
async fn a_stranger_gets_the_same_answer_for_a_known_and_an_unknown_number() {
    let world = World::new().await;
    let unknown = shape(world.submit(Viewer::anonymous(), world.form("a", UNKNOWN)).await);
    let customers = shape(world.submit(Viewer::anonymous(), world.form("b", KNOWN)).await);
    let again = shape(world.submit(Viewer::anonymous(), world.form("c", UNKNOWN)).await);
    assert_eq!(unknown, customers);
    assert_eq!(unknown, again);
    // A customer who types another person's number is a stranger, too.
    let other = shape(world.submit(world.customer(), world.form("d", UNKNOWN)).await);
    assert_eq!(unknown, other);
    // Under the surface it is linked.
    let rows = lead::Entity::find().order_by_asc(lead::Column::CreatedAt).all(world.app.db.conn()).await.unwrap();
    assert_eq!(rows.iter().map(|l| l.customer_id).collect::<Vec<_>>(), [None, Some(world.customer)]);

    // Nor does a chosen store tell: the form's own consents decide, not those of the number's owner.
    let mut own = world.form("e", KNOWN);
    own["consents"] = json!([{ "purpose": "SHARE_WITH_DEALER", "documentVersion": "2026-01" }]);
    own["preferredStoreId"] = json!(world.agency.id.to_string());
    assert_eq!(world.submit(world.customer(), own).await["userErrors"], json!([]));
    for phone in [KNOWN, UNKNOWN] {
        let mut form = world.form("f", phone);
        form["preferredStoreId"] = json!(world.agency.id.to_string());
        let refused = world.submit(Viewer::anonymous(), form).await;
        assert_eq!(refused["userErrors"][0]["code"], json!("CONSENT_REQUIRED"), "{phone}");
    }
}

#[tokio::test]
async fn the_customers_own_number_shows_the_lead_and_keeps_the_consent() {
    let world = World::new().await;
    let mut form = world.form("a", KNOWN);
    form["consents"] = json!([{ "purpose": "SHARE_WITH_DEALER", "documentVersion": "2026-01" }]);
    let taken = world.submit(world.customer(), form.clone()).await;
    assert_eq!(taken["lead"]["touchpointCount"], json!(1));
    let row = lead::Entity::find().one(world.app.db.conn()).await.unwrap().unwrap();
    // With the consent the agent's store, which is nearer, may have it.
    assert_eq!((row.customer_id, row.store_id), (Some(world.customer), Some(world.agency.id)));
    form["idempotencyKey"] = json!("b");
    world.submit(world.customer(), form).await;
    let kept = consent::Entity::find().all(world.app.db.conn()).await.unwrap();
    assert_eq!(kept.len(), 1);
    assert_eq!((kept[0].customer_id, kept[0].lead_id), (Some(world.customer), Some(row.id)));
    let told = log::Entity::find().filter(log::Column::Stream.eq(format!("customer:{}", world.customer)));
    assert_eq!(told.all(world.app.db.conn()).await.unwrap().len(), 4);
}

#[tokio::test]
async fn everything_wrong_with_a_form_is_said_at_once_and_nothing_is_written() {
    let world = World::new().await;
    let form = json!({
        "idempotencyKey": "a", "phone": "12345678901", "name": "长".repeat(5000),
        "modelId": VehicleModelId::generate().to_string(), "trimId": "trm_nonsense", "cityCode": "319999x",
        "channel": "APP", "touchpoint": "", "campaign": "a\u{202e}b", "preferredStoreId": world.agency.id.to_string(),
        "consents": [
            { "purpose": "MARKETING", "documentVersion": "" },
            { "purpose": "ACCOUNT", "documentVersion": "1" },
            { "purpose": "ACCOUNT", "documentVersion": "2" },
        ],
    });
    let refused = world.submit(Viewer::anonymous(), form).await;
    assert_eq!(refused["receipt"], Value::Null);
    let errors: Vec<String> = refused["userErrors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| {
            let path: Vec<_> = e["field"].as_array().unwrap().iter().map(|step| step.as_str().unwrap()).collect();
            format!("{} {} {}", path.join("."), e["code"].as_str().unwrap(), e["constraint"].as_str().unwrap())
        })
        .collect();
    assert_eq!(
        errors,
        [
            "input.phone INVALID phone",
            "input.name INVALID too-long",
            "input.trimId INVALID_ID id",
            "input.cityCode INVALID city-code",
            "input.touchpoint REQUIRED required",
            "input.campaign INVALID control-character",
            "input.consents.0.documentVersion REQUIRED required",
            "input.consents.2.purpose DUPLICATE lead-consent-twice",
            "input.modelId NOT_FOUND not-found",
            "input.consents CONSENT_REQUIRED lead-consent-share",
        ]
    );
    // In form, but of nothing that is there.
    let mut form = world.form("a", UNKNOWN);
    form["cityCode"] = json!("650100");
    form["modelId"] = json!(world.other_model.to_string());
    form["trimId"] = json!(world.trim.to_string());
    let refused = world.submit(Viewer::anonymous(), form).await;
    let fields: Vec<_> = refused["userErrors"].as_array().unwrap().iter().map(|e| e["field"][1].clone()).collect();
    assert_eq!(fields, ["trimId", "cityCode"]);

    assert_eq!(world.rows(lead::Entity).await, 0);
    assert_eq!(world.rows(dedupe::Entity).await, 0);
    assert_eq!(world.rows(touchpoint::Entity).await, 0);
    assert_eq!(world.rows(idempotency::Entity).await, 0);
    assert_eq!(world.rows(log::Entity).await, 0);
    // The key was not used up by the refusals.
    assert_eq!(world.submit(Viewer::anonymous(), world.form("a", UNKNOWN)).await["userErrors"], json!([]));
}

#[tokio::test]
async fn a_key_brings_its_outcome_back_and_strangers_do_not_share_keys() {
    let world = World::new().await;
    let first = world.submit(Viewer::anonymous(), world.form("k", UNKNOWN)).await;
    assert_eq!(world.submit(Viewer::anonymous(), world.form("k", UNKNOWN)).await, first);
    assert_eq!(world.rows(touchpoint::Entity).await, 1);

    let mut changed = world.form("k", UNKNOWN);
    changed["touchpoint"] = json!("c5-offer");
    let refused = world.submit(Viewer::anonymous(), changed).await;
    assert_eq!(refused["userErrors"][0]["code"], json!("IDEMPOTENCY_KEY_REUSED"));

    // Another stranger who happens on the same key has an outcome of their own.
    let other = world.submit(Viewer::anonymous(), world.form("k", "19900000003")).await;
    assert_eq!(other["userErrors"], json!([]));
    assert_ne!(other["receipt"]["reference"], first["receipt"]["reference"]);
    assert_eq!(world.rows(lead::Entity).await, 2);
    // Nothing of the number stands in the record.
    let records = idempotency::Entity::find().all(world.app.db.conn()).await.unwrap();
    assert!(records.iter().all(|record| !record.caller.contains("1990000000")));
}

#[tokio::test]
async fn staff_submit_for_their_own_store_and_need_the_persons_consent_there() {
    let world = World::new().await;
    let taken = world.submit(world.far.consultant(), world.form("a", UNKNOWN)).await;
    assert_eq!(taken["lead"]["stage"], json!("ASSIGNED"));
    let refused = world.submit(world.agency.consultant(), world.form("b", "19900000003")).await;
    assert_eq!(refused["userErrors"][0]["field"], json!(["input", "consents"]));
    let mut form = world.form("b", "19900000003");
    form["consents"] = json!([{ "purpose": "SHARE_WITH_DEALER", "documentVersion": "2026-01" }]);
    let taken = world.submit(world.agency.consultant(), form).await;
    assert_eq!(taken["lead"]["touchpointCount"], json!(1));
}

#[tokio::test]
async fn a_person_who_comes_back_reopens_a_lost_lead() {
    let world = World::new().await;
    let lost = world.lead(world.form("a", UNKNOWN)).await;
    const CLOSE: &str = "mutation($id: ID!) { leadClose(input: { idempotencyKey: \"c\", leadId: $id, outcome: LOST,
        reason: PRICE }) { lead { stage lostReason nextFollowUpAt followUps { status } } userErrors { code } } }";
    let closed = world.ask(world.direct.consultant(), CLOSE, json!({ "id": lost["id"] })).await;
    let expected = json!({ "stage": "LOST", "lostReason": "PRICE", "nextFollowUpAt": null,
        "followUps": [{ "status": "CANCELLED" }] });
    assert_eq!(closed["leadClose"]["lead"], expected);

    let back = world.lead(world.form("b", UNKNOWN)).await;
    assert_eq!((&back["id"], &back["stage"]), (&lost["id"], &json!("CONTACTED")));
    let tasks = back["followUps"].as_array().unwrap();
    assert_eq!(tasks.iter().map(|t| &t["status"]).collect::<Vec<_>>(), ["OPEN", "CANCELLED"]);
    let row = lead::Entity::find().one(world.app.db.conn()).await.unwrap().unwrap();
    assert_eq!(row.lost_reason, None);
}
