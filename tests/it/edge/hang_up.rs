//! Clients that hang up in the middle of a request (guarantees 4.2): that costs no connection and no turn to write, and
//! leaves nothing half done. `MILEPOST_TEST_HANG_UPS` says how many there are; 10,000 is the long form.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use entity::customer::{consent, customer};
use entity::lead::touchpoint;
use entity::log::{event, idempotency, stream};
use entity::{EventKind, VehicleModelId};
use futures_util::future::try_join_all;
use milepost::events::Hub;
use milepost::events::oem::{self, OEM};
use milepost::store::Tx;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use sea_orm::{ColumnTrait, DbBackend, EntityTrait, QueryFilter, QuerySelect};
use serde_json::{Value, json};
use sqlx::pool::PoolConnection;

use super::{FOLLOW, eventually};
use crate::harness::{Client, PATIENCE, Server};

const GRANT: &str = "mutation($input: ConsentGrantInput!) { consentGrant(input: $input) {
    consent { id documentVersion } userErrors { code } } }";
const SUBMIT: &str = "mutation($input: LeadSubmitInput!) { leadSubmit(input: $input) {
    receipt { reference } userErrors { code } } }";

/// Connections of the server's pool.
const POOL: u32 = 8;
/// Clients at a time: more than the pool has connections, so that some leave while they wait for one.
const CLIENTS: u64 = 16;
/// Starts keys, texts and codes of these mutations.
const MARK: &str = "hang-up-";

/// What is asked, and by whom.
struct World {
    address: SocketAddr,
    anonymous: Client,
    customer: Client,
    consultant: Client,
    /// Few, so that some wait for each other's row.
    writers: Vec<Client>,
    order: String,
    model: VehicleModelId,
}

/// A document that is sent and left.
struct Question<'a> {
    client: &'a Client,
    document: String,
    variables: Value,
    stream: bool,
}

impl World {
    async fn new(server: &Server) -> Self {
        let db = server.db().conn();
        let customers = customer::Entity::find().limit(20).all(db).await.unwrap();
        let model = entity::catalog::model::Entity::find().one(db).await.unwrap().unwrap();
        Self {
            address: server.url().trim_start_matches("http://").parse().unwrap(),
            anonymous: server.anonymous(),
            customer: server.customer(),
            consultant: server.consultant(),
            writers: customers.into_iter().map(|row| server.customer_with(row.id)).collect(),
            order: server.demo.order.to_string(),
            model: model.id,
        }
    }

    /// The `n`th mutation: a consent or a lead.
    fn mutation(&self, n: usize) -> Question<'_> {
        let name = format!("{MARK}{n}");
        if n.is_multiple_of(2) {
            let input = json!({ "idempotencyKey": name, "purpose": "MARKETING", "documentVersion": name });
            let client = &self.writers[n % self.writers.len()];
            Question { client, document: GRANT.into(), variables: json!({ "input": input }), stream: false }
        } else {
            let phone = format!("198{n:08}");
            let input = json!({ "idempotencyKey": name, "phone": phone, "modelId": self.model.to_string(),
                "cityCode": "310100", "channel": "WEB", "touchpoint": name });
            let (client, document) = (&self.anonymous, SUBMIT.into());
            Question { client, document, variables: json!({ "input": input }), stream: false }
        }
    }

    fn question(&self, n: usize, dice: &mut ChaCha8Rng) -> Question<'_> {
        let board = include_str!("../../../bench/documents/order-board.graphql");
        let tracking = include_str!("../../../bench/documents/order-tracking.graphql");
        let (order, first) = (json!({ "id": self.order }), json!({ "first": 20 }));
        let (client, document, variables) = match dice.random_range(0..8) {
            0 => (&self.consultant, board.to_owned(), first),
            1 => (&self.customer, tracking.to_owned(), order),
            // Never seen before.
            2 => (&self.customer, tracking.replace("OrderTracking", &format!("OrderTracking{n}")), order),
            // Left to the engine, which asks field by field.
            3 => (&self.customer, "{ me { id orders { id } } __type(name: \"Query\") { name } }".to_owned(), json!({})),
            4 => {
                let (client, document) = (&self.customer, FOLLOW.to_owned());
                return Question { client, document, variables: order, stream: true };
            }
            _ => return self.mutation(n),
        };
        Question { client, document, variables, stream: false }
    }

    /// Asks and hangs up at a moment of chance. Whether an answer began before.
    fn hang_up(&self, question: &Question<'_>, dice: &mut ChaCha8Rng) -> bool {
        let body = json!({ "query": question.document, "variables": question.variables }).to_string();
        let accept = if question.stream { "text/event-stream" } else { "application/json" };
        let mut request = format!(
            "POST /graphql HTTP/1.1\r\nhost: milepost\r\ncontent-type: application/json\r\naccept: {accept}\r\n\
             content-length: {}\r\n",
            body.len()
        );
        if let Some(authorization) = question.client.authorization() {
            request.push_str(&format!("authorization: {authorization}\r\n"));
        }
        let request = format!("{request}\r\n{body}");
        let mut socket = TcpStream::connect(self.address).expect("the server listens");
        let sent = if dice.random_bool(0.15) { dice.random_range(0..request.len()) } else { request.len() };
        socket.write_all(&request.as_bytes()[..sent]).expect("the server reads");
        match dice.random_range(0..10) {
            // At once.
            0 | 1 => false,
            2 if sent == request.len() => {
                socket.set_read_timeout(Some(PATIENCE)).unwrap();
                let mut begin = [0; 12];
                socket.read_exact(&mut begin).expect("an answer");
                assert_eq!(&begin, b"HTTP/1.1 200");
                true
            }
            // After 50 µs to 13 ms, the shorter the likelier: by a thread's clock, since the runtime's counts milliseconds.
            _ => {
                std::thread::sleep(Duration::from_secs_f64(50e-6 * 256_f64.powf(dice.random())));
                false
            }
        }
    }
}

/// Hangs up so many times. The numbers of all mutations, and whether their answer began.
async fn hang_ups(world: &Arc<World>, server: &Server, count: usize) -> BTreeMap<usize, bool> {
    let next = Arc::new(AtomicUsize::new(0));
    let clients: Vec<_> = (0..CLIENTS)
        .map(|seed| {
            let (world, next) = (world.clone(), next.clone());
            tokio::task::spawn_blocking(move || {
                let mut dice = ChaCha8Rng::seed_from_u64(seed);
                let mut mutations = Vec::new();
                loop {
                    let n = next.fetch_add(1, Ordering::Relaxed);
                    if n >= count {
                        return mutations;
                    }
                    let question = world.question(n, &mut dice);
                    let answered = world.hang_up(&question, &mut dice);
                    if question.document.starts_with("mutation") {
                        mutations.push((n, answered));
                    }
                }
            })
        })
        .collect();
    let mut mutations = BTreeMap::new();
    for client in clients {
        mutations.extend(client.await.expect("a client without a complaint"));
        // They are kept until they are taken.
        server.db().take_statements();
    }
    mutations
}

/// How many can write at a time.
async fn writers(server: &Server) -> usize {
    let mut turns = Vec::new();
    while let Ok(tx) =
        tokio::time::timeout(Duration::from_secs(1), Tx::begin(server.db(), server.app().clock.now())).await
    {
        turns.push(tx.expect("a transaction"));
    }
    turns.len()
}

/// All connections of a pool at once.
async fn all_of<D: sqlx::Database>(pool: &sqlx::Pool<D>) -> Vec<PoolConnection<D>> {
    try_join_all((0..POOL).map(|_| pool.acquire())).await.expect("the pool is whole")
}

/// The pool gives all its connections, none of them with a transaction open.
async fn pool_is_whole(server: &Server) {
    let conn = server.db().conn();
    // A read that ends late leaves a connection for the next one.
    let whole = |size: u32, idle: usize| {
        server.db().gather();
        idle == size as usize
    };
    match server.db().backend() {
        DbBackend::Postgres => {
            let pool = conn.get_postgres_connection_pool();
            eventually("all connections are back", || whole(pool.size(), pool.num_idle())).await;
            let mut all = all_of(pool).await;
            // Whoever reads this has a transaction, which is at work and not idle.
            let sql = "SELECT count(*) FILTER (WHERE state LIKE 'idle in transaction%'), count(*) FROM pg_stat_activity
                       WHERE datname = current_database()";
            let (open, there): (i64, i64) = sqlx::query_as(sql).fetch_one(&mut *all[0]).await.unwrap();
            assert_eq!((open, there), (0, i64::from(POOL)), "with a transaction open, and all");
        }
        _ => {
            let pool = conn.get_sqlite_connection_pool();
            eventually("all connections are back", || whole(pool.size(), pool.num_idle())).await;
            for mut one in all_of(pool).await {
                // Refused where a transaction is open, on this connection or on another.
                sqlx::raw_sql("BEGIN IMMEDIATE; ROLLBACK").execute(&mut *one).await.expect("no transaction is open");
            }
        }
    }
}

/// The numbers of the mutations that are done; each with all that belongs to it.
async fn done(server: &Server) -> BTreeSet<usize> {
    let db = server.db().conn();
    let number = |name: &str| name.trim_start_matches(MARK).parse::<usize>().expect("a number");
    let records = idempotency::Entity::find().filter(idempotency::Column::Key.starts_with(MARK)).all(db).await.unwrap();
    let consents = consent::Entity::find().filter(consent::Column::DocumentVersion.starts_with(MARK));
    let consents = consents.all(db).await.unwrap();
    let touches = touchpoint::Entity::find().filter(touchpoint::Column::Touchpoint.starts_with(MARK));
    let touches = touches.all(db).await.unwrap();
    let events = event::Entity::find();
    let events = events.filter(event::Column::Kind.is_in([EventKind::ConsentGranted, EventKind::LeadSubmitted]));
    let events = events.all(db).await.unwrap();
    let told = |start: &str, key: &str, id: String| {
        events.iter().filter(|event| event.stream.starts_with(start) && event.payload[key] == id.as_str()).count()
    };

    let mut rows = BTreeMap::new();
    for row in &consents {
        assert_eq!(told("customer:", "consentId", row.id.to_string()), 1, "events of {row:?}");
        *rows.entry(number(&row.document_version)).or_insert(0) += 1;
    }
    for row in &touches {
        assert_eq!(told("lead:", "touchpointId", row.id.to_string()), 1, "events of {row:?}");
        *rows.entry(number(&row.touchpoint)).or_insert(0) += 1;
    }
    assert_eq!(rows.values().max(), Some(&1), "no mutation has two effects");
    for record in &records {
        assert!(record.outcome.is_some(), "no outcome: {record:?}");
    }
    let keys: BTreeSet<usize> = records.iter().map(|record| number(&record.key)).collect();
    assert_eq!(keys, rows.into_keys().collect(), "a key for each effect");

    oem::number_all(server.db(), &Hub::default(), server.app().clock.now()).await.unwrap();
    let mut counted: BTreeMap<String, (i64, i64)> = BTreeMap::new();
    for event in event::Entity::find().all(db).await.unwrap() {
        let places = [Some((event.stream, event.sequence)), event.oem_sequence.map(|number| (OEM.to_owned(), number))];
        for (stream, number) in places.into_iter().flatten() {
            let (count, last) = counted.entry(stream).or_default();
            (*count, *last) = (*count + 1, number.max(*last));
        }
    }
    for head in stream::Entity::find().all(db).await.unwrap() {
        assert_eq!(counted.remove(&head.stream), Some((head.head, head.head)), "{} has no holes", head.stream);
    }
    assert_eq!(counted, BTreeMap::new(), "streams without a head");
    keys
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clients_that_hang_up_cost_nothing() {
    let count = std::env::var("MILEPOST_TEST_HANG_UPS").map_or(1000, |n| n.parse().expect("a number"));
    let server = Server::setup().setting("MILEPOST_DATABASE__MAX_CONNECTIONS", &POOL.to_string()).start().await;
    let world = Arc::new(World::new(&server).await);
    let turns = writers(&server).await;
    assert!(turns > 0);

    let sent = hang_ups(&world, &server, count).await;
    eventually("no reader is left", || server.app().hub.listened() == 0).await;
    pool_is_whole(&server).await;
    assert_eq!(writers(&server).await, turns, "turns to write");

    let before = done(&server).await;
    let answered: BTreeSet<usize> = sent.iter().filter(|(_, answered)| **answered).map(|(n, _)| *n).collect();
    assert!(answered.is_subset(&before), "an answer without an effect: {:?}", answered.difference(&before));
    let (lost, unheard) = (sent.len() - before.len(), before.len() - answered.len());
    eprintln!("{count} hang-ups: of {} mutations {} were done, {unheard} of them unheard", sent.len(), before.len());
    assert!(lost > 0 && unheard > 0 && !answered.is_empty(), "the moments are not spread");

    // Whoever hung up asks again with the same key: one effect, whatever had become of the first.
    let again: Vec<usize> = sent.keys().rev().step_by(3).take(100).copied().collect();
    for n in &again {
        let Question { client, document, variables, .. } = world.mutation(*n);
        assert_eq!(client.payload(&document, variables).await["userErrors"], json!([]), "{n}");
    }
    let wanted: BTreeSet<usize> = before.into_iter().chain(again).collect();
    assert_eq!(done(&server).await, wanted);
    let order = world.customer.data("query($id: ID!) { order(id: $id) { id } }", json!({ "id": world.order })).await;
    assert_eq!(order["order"]["id"], world.order);
}
