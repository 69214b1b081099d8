//! Answers that are kept are those that their caller would have got anyway: documents made by chance, asked by every caller in
//! both languages of one cache, byte by byte.

use std::collections::BTreeMap;

use async_graphql::{Request, Variables};
use entity::Locale;
use milepost::access::{Scope, Viewer, ViewerKind};
use milepost::edge::Kept;
use milepost::graph::call::CallState;
use milepost::graph::gateway::Reply;
use milepost::identity::{Client, Clients};
use milepost::settings::{Settings, Sources};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::json;

use super::both_ways::Maker;
use super::documents::Schema;
use super::ids::Ids;
use crate::harness::Server;

/// Documents; each is asked by every caller in each language, some twice.
const DOCUMENTS: usize = 150;

/// Root fields whose answers may be kept.
const ROOTS: [&str; 12] = [
    "cities",
    "city",
    "store",
    "stores",
    "vehicleModels",
    "vehicleModel",
    "trim",
    "compareTrims",
    "configuratorState",
    "incentives",
    "financePlans",
    "tiers",
];

fn text(reply: Reply) -> String {
    match reply {
        Reply::Data { json, .. } => String::from_utf8(json).unwrap(),
        Reply::Full { response, .. } => {
            // Root fields fail in any order.
            let errors = response.errors.iter().map(|error| format!("{} {:?}", error.message, error.path));
            let errors: std::collections::BTreeSet<String> = errors.collect();
            format!("{} {errors:?}", serde_json::to_string(&response.data).unwrap())
        }
    }
}

fn clients() -> Vec<std::sync::Arc<Client>> {
    let environment = BTreeMap::from([("MILEPOST_MODE".to_owned(), "dev".to_owned())]);
    let settings = Settings::load(&Sources { file: None, environment, command_line: Vec::new() }).unwrap();
    Clients::new(settings.clients).iter().cloned().collect()
}

#[tokio::test]
async fn nobody_gets_what_was_kept_for_another() {
    let server = Server::start().await;
    let (schema, ids) = (Schema::read(&server).await, Ids::read(&server).await);
    let mut roots: Vec<(&'static str, String)> = Vec::new();
    for (field, arguments) in ids.root_fields().into_iter().filter(|(field, _)| ROOTS.contains(field)) {
        roots.extend(arguments.into_iter().map(|(_, arguments)| (field, arguments)));
    }
    let demo = &server.demo;
    let staff = |id, manager| ViewerKind::Staff { id, store: demo.store, manager };
    let other = entity::CustomerId::generate();
    let callers: Vec<(ViewerKind, &[Scope])> = vec![
        (ViewerKind::Anonymous, &[]),
        (ViewerKind::Customer(demo.customer), &[]),
        (ViewerKind::Customer(other), &[]),
        (staff(demo.consultant, false), &[]),
        (staff(demo.manager, true), &[]),
        (ViewerKind::Operator(demo.operator), &[]),
        (ViewerKind::Operator(demo.operator), &[Scope::PiiRead]),
    ];
    // What is on sale no longer is seen by those who have it, and by staff.
    hide_a_trim_of(&server).await;
    let kept = Kept::new(server.app(), 64 << 20, None).unwrap();
    let clients = clients();
    let mut maker = Maker::new(&schema, roots, ChaCha8Rng::seed_from_u64(7));
    let mut dice = ChaCha8Rng::seed_from_u64(8);
    let gateway = server.gateway();
    let (mut hits, mut differ) = (0, 0);
    for _ in 0..DOCUMENTS {
        let document = maker.document();
        let variables = Variables::from_json(json!({ "yes": dice.random_bool(0.5), "few": dice.random_range(1..4) }));
        let mut answers = std::collections::BTreeSet::new();
        for _ in 0..2 {
            for (kind, scopes) in &callers {
                for locale in [Locale::ZhCn, Locale::En] {
                    let viewer = Viewer {
                        kind: *kind,
                        scopes: scopes.iter().copied().collect(),
                        expires_at: None,
                        issued_at: None,
                    };
                    let now = server.app().clock.now();
                    let call = || CallState::at(server.app().clone(), viewer.clone(), locale, "made".into(), now);
                    let reading = async || {
                        let request = Request::new(&document).variables(variables.clone());
                        gateway.read(request, None).await
                    };
                    let client = &clients[dice.random_range(0..clients.len())];
                    let (reply, age) = kept.answer(gateway, client, reading().await, call()).await;
                    let wanted = text(gateway.answer(reading().await, call()).await);
                    hits += usize::from(age.is_some());
                    assert_eq!(text(reply), wanted, "{kind:?} {locale:?}\n{document}");
                    answers.insert(wanted);
                }
            }
        }
        differ += usize::from(answers.len() > 2);
    }
    // Or else nothing was tried.
    assert!(hits > DOCUMENTS * 10, "{hits} were kept");
    assert!(differ > DOCUMENTS / 20, "{differ} documents have answers that differ between callers");
}

/// Takes the trim off sale that the demo customer has ordered.
async fn hide_a_trim_of(server: &Server) {
    use entity::catalog::trim;
    use entity::order::order;
    use sea_orm::{ActiveModelTrait, ActiveValue::Set, EntityTrait};

    let db = server.db().conn();
    let order = order::Entity::find_by_id(server.demo.order).one(db).await.unwrap().unwrap();
    trim::ActiveModel { id: Set(order.trim_id), on_sale: Set(false), ..Default::default() }.update(db).await.unwrap();
}
