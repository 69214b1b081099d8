//! Every event type: its example fits its schema, is taken, and taken a second time under another id does no harm.

use std::collections::BTreeSet;

use milepost::ingest::registry::TYPES;
use serde_json::{Value, json};

use super::{event, fingerprint, results, words};
use crate::harness::Server;

#[test]
fn every_example_fits_its_schema_and_the_schema_is_closed() {
    for kind in TYPES {
        let (schema, example) = ((kind.schema)(), (kind.example)());
        let validator = jsonschema::validator_for(&schema).unwrap_or_else(|error| panic!("{}: {error}", kind.name));
        let wrong: Vec<String> = validator.iter_errors(&example).map(|error| error.to_string()).collect();
        assert!(wrong.is_empty(), "{}: {wrong:?}\n{example:#}", kind.name);
        (kind.read)(&example).unwrap_or_else(|reason| panic!("{}: {reason:?}", kind.name));
        // What the schema refuses, reading refuses too.
        let mut more = example.clone();
        more["nobodyKnowsThis"] = json!(1);
        assert!(!validator.is_valid(&more), "{}", kind.name);
        assert!((kind.read)(&more).is_err(), "{}", kind.name);
        for (name, _) in example.as_object().unwrap() {
            let mut other = example.clone();
            other[name] = json!({ "x": [] });
            assert!(!validator.is_valid(&other), "{} {name}", kind.name);
            assert!((kind.read)(&other).is_err(), "{} {name}", kind.name);
        }
    }
}

#[test]
fn every_type_is_described_and_every_domain_has_some() {
    let mut domains = BTreeSet::new();
    let mut names = BTreeSet::new();
    for kind in TYPES {
        let schema = (kind.schema)();
        assert!(names.insert(kind.name), "{} stands there twice", kind.name);
        assert!(kind.name.starts_with(&format!("cn.milepost.{}.", kind.domain)), "{}", kind.name);
        assert!(kind.name.rsplit('.').next().is_some_and(|version| version.starts_with('v')), "{}", kind.name);
        assert!(schema["description"].as_str().is_some_and(|text| text.len() > 10), "{}", kind.name);
        for (name, member) in schema["properties"].as_object().unwrap() {
            let said = member["description"].as_str().is_some_and(|text| text.len() > 3);
            assert!(said, "{}.{name} is not described", kind.name);
        }
        domains.insert(kind.domain);
    }
    let all = ["catalog", "customer", "inventory", "lead", "loyalty", "order", "place"];
    assert_eq!(domains.into_iter().collect::<Vec<_>>(), all);
    insta::assert_snapshot!("types", TYPES.iter().map(|kind| kind.name).collect::<Vec<_>>().join("\n"));
}

#[tokio::test]
async fn every_example_is_taken_and_a_second_report_of_it_does_no_harm() {
    let server = Server::start().await;
    let system = server.system();
    let all = |round: u32| -> Vec<Value> {
        let events =
            TYPES.iter().map(|kind| event(&format!("{}-{round}", kind.name), kind.name, None, (kind.example)()));
        events.collect()
    };
    let first = results(&system, &all(1)).await;
    for result in &first {
        assert_eq!(result["outcome"], "applied", "{result:#}");
    }
    let before = fingerprint(&server).await;
    let again = results(&system, &all(2)).await;
    for (kind, result) in TYPES.iter().zip(&again) {
        // What happens once is a double, and what has gone on in the meantime cannot go back.
        let once = ["loyalty.points", "lead.submitted", "inventory.transfer", "inventory.vehicle"];
        let expected: &[&str] =
            if once.iter().any(|name| kind.name.contains(name)) { &["applied", "refused"] } else { &["applied"] };
        assert!(expected.contains(&result["outcome"].as_str().unwrap()), "{}: {result:#}", kind.name);
    }
    let after = fingerprint(&server).await;
    for (then, now) in before.iter().zip(&after) {
        // Rows of things do not grow; only histories and the log may.
        let grows = [
            "event",
            "eta_revision",
            "lead_touchpoint",
            "vehicle_unit.version",
            "customer_order.version",
            "one_in_one_out_entry",
        ];
        let may_grow = grows.iter().any(|name| then.0.contains(name));
        assert!(then == now || may_grow, "{then:?} {now:?}");
    }
    assert_eq!(words(&results(&system, &all(1)).await).iter().filter(|word| *word == "repeated").count(), TYPES.len());
}

#[tokio::test]
async fn personal_values_are_sealed_wherever_an_event_puts_them() {
    let server = Server::start().await;
    let system = server.system();
    let find = |name: &str| TYPES.iter().find(|kind| kind.name.contains(name)).unwrap();
    let profile = find("customer.profile");
    let mut held = (profile.example)();
    held["preferredStoreCode"] = "NOWHERE".into();
    let taken = event("p-1", profile.name, None, (profile.example)());
    let waits = event("p-2", profile.name, None, held);
    assert_eq!(words(&results(&system, &[waits, taken]).await), ["held", "applied"]);
    let secrets = ["19900990001", "李晓雨", "xiaoyu@example.com"];
    let db = server.db();
    for (table, _) in fingerprint(&server).await.into_iter().filter(|(name, _)| !name.contains('.')) {
        check(db, &table, &secrets).await;
    }
    check(db, "inbound_event", &secrets).await;
}

async fn check(db: &milepost::store::Db, table: &str, secrets: &[&str]) {
    use sea_orm::{ConnectionTrait, DbBackend, Statement};
    let columns = match db.backend() {
        DbBackend::Postgres => {
            format!("SELECT column_name FROM information_schema.columns WHERE table_name = '{table}'")
        }
        _ => format!("SELECT name FROM pragma_table_info('{table}')"),
    };
    let rows = db.conn().query_all_raw(Statement::from_string(db.backend(), columns)).await.unwrap();
    for row in rows {
        let column: String = row.try_get_by(0).unwrap();
        for secret in secrets {
            let clear = format!("SELECT count(*) FROM \"{table}\" WHERE CAST(\"{column}\" AS text) LIKE '%{secret}%'");
            let found = db.conn().query_one_raw(Statement::from_string(db.backend(), clear)).await.unwrap().unwrap();
            assert_eq!(found.try_get_by::<i64, _>(0).unwrap(), 0, "{table}.{column}");
        }
    }
}
