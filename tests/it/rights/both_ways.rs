//! The fast way answers as the engine does: documents made by chance (aliases, fragments, directives, repeated keys,
//! `__typename`, errors in the middle), for every caller, byte by byte.
//!
//! `MILEPOST_TEST_DOCUMENTS` sets how many documents each caller asks.

use std::fmt::Write as _;

use async_graphql::parser::types::ExecutableDocument;
use async_graphql::{Request, Value, Variables};
use milepost::access::{Scope, Viewer, ViewerKind};
use milepost::graph::Gateway;
use milepost::graph::call::CallState;
use milepost::graph::cost::{measure, shape};
use milepost::graph::gateway::Reply;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::json;

use super::documents::Schema;
use super::ids::Ids;
use crate::harness::Server;

/// Documents of a caller; six callers make ten thousand.
const DOCUMENTS: usize = 1700;

/// Makes documents.
pub struct Maker<'a> {
    schema: &'a Schema,
    roots: Vec<(&'static str, String)>,
    rng: ChaCha8Rng,
    fragments: String,
    names: usize,
}

impl<'a> Maker<'a> {
    /// Of these root fields, each with its arguments.
    pub fn new(schema: &'a Schema, roots: Vec<(&'static str, String)>, rng: ChaCha8Rng) -> Self {
        Self { schema, roots, rng, fragments: String::new(), names: 0 }
    }

    fn one_in(&mut self, n: u32) -> bool {
        self.rng.random_range(0..n) == 0
    }

    fn name(&mut self, prefix: &str) -> String {
        self.names += 1;
        format!("{prefix}{}", self.names)
    }

    /// A query of one to three root fields.
    pub fn document(&mut self) -> String {
        self.fragments.clear();
        let mut text = String::new();
        for _ in 0..self.rng.random_range(1..=3) {
            let place = self.rng.random_range(0..self.roots.len());
            let (field, arguments) = self.roots[place].clone();
            let alias = self.name("r");
            let selection = self.selection(self.schema.type_of("Query", field), 4);
            let directive = self.directive();
            let _ = write!(text, " {alias}: {field}{arguments}{directive} {selection}");
        }
        if self.one_in(3) {
            text += " __typename";
        }
        text += " }";
        text += &self.fragments;
        let variables = [("$yes", "$yes: Boolean!"), ("$no", "$no: Boolean = false"), ("$few", "$few: Int = 2")];
        let used = variables.iter().filter(|(name, _)| text.contains(name)).map(|(_, definition)| *definition);
        let used = used.collect::<Vec<_>>().join(", ");
        let variables = if used.is_empty() { String::new() } else { format!("({used})") };
        format!("query Made{variables} {{{text}")
    }

    fn directive(&mut self) -> &'static str {
        const DIRECTIVES: [&str; 7] = [
            " @include(if: $yes)",
            " @skip(if: $no)",
            " @include(if: true)",
            " @skip(if: true)",
            " @include(if: $no)",
            " @skip(if: $no) @include(if: $yes)",
            " @skip(if: $yes)",
        ];
        if self.one_in(8) { DIRECTIVES[self.rng.random_range(0..DIRECTIVES.len())] } else { "" }
    }

    fn selection(&mut self, ty: &str, depth: usize) -> String {
        if !self.schema.composite(ty) {
            return String::new();
        }
        // Never skipped, so that the selection is not empty for the one who reads it.
        let mut text = "{ __typename".to_owned();
        for _ in 0..self.rng.random_range(1..=6) {
            let Some(field) = self.field(ty, depth) else { continue };
            match self.rng.random_range(0..10) {
                0 => {
                    let directive = self.directive();
                    let _ = write!(text, " ... on {ty}{directive} {{ {field} }}");
                }
                1 => {
                    let directive = self.directive();
                    let _ = write!(text, " ...{directive} {{ {field} }}");
                }
                2 => {
                    let (name, directive) = (self.name("F"), self.directive());
                    let _ = write!(text, " ...{name}{directive}");
                    let _ = write!(self.fragments, " fragment {name} on {ty} {{ {field} }}");
                }
                _ => {
                    let _ = write!(text, " {field}");
                }
            }
        }
        text + " }"
    }

    fn field(&mut self, ty: &str, depth: usize) -> Option<String> {
        let names = self.schema.names(ty);
        // A union has none.
        if names.is_empty() {
            return None;
        }
        let name = names[self.rng.random_range(0..names.len())].clone();
        let target = self.schema.type_of(ty, &name).to_owned();
        if self.schema.composite(&target) && depth == 0 {
            return None;
        }
        let below =
            if matches!(&*name, "edges" | "node" | "nodes" | "pageInfo") { depth } else { depth.saturating_sub(1) };
        let needed = self.schema.needed(ty, &name);
        let arguments = match needed.as_slice() {
            [] => "",
            [first] if first == "first" => {
                ["(first: 1)", "(first: $few)", "(first: 3)", "(first: 0)"][self.rng.random_range(0..4)]
            }
            _ => return None,
        };
        let selection = self.selection(&target, below);
        let directive = self.directive();
        // Fields of one key have to be the same field with the same arguments.
        let alias = if !arguments.is_empty() || self.one_in(4) { self.name("a") + ": " } else { String::new() };
        Some(format!("{alias}{name}{arguments}{directive} {selection}"))
    }
}

fn estimate(document: &str, variables: &Variables) -> u64 {
    let parsed = async_graphql::parser::parse_query(document).expect("a document");
    let quick = milepost::graph::parse::quick(document).expect("nothing out of the ordinary");
    // As JSON an enum's value and a text would look alike.
    let operation = |of: &ExecutableDocument| of.operations.iter().map(|one| format!("{one:?}")).collect::<Vec<_>>();
    assert_eq!(operation(&quick), operation(&parsed), "{document}");
    assert_eq!(quick.fragments.len(), parsed.fragments.len(), "{document}");
    for (name, fragment) in &parsed.fragments {
        assert_eq!(format!("{:?}", quick.fragments[name]), format!("{fragment:?}"), "{document}");
    }
    let (_, operation) = parsed.operations.iter().next().expect("an operation");
    measure(shape(), &parsed, &operation.node, Some(variables)).expect("no circle").cost
}

/// What an answer really costs: its objects, a page two. Every selection asks for `__typename`.
fn cost(value: &Value) -> u64 {
    match value {
        Value::List(items) => items.iter().map(cost).sum(),
        Value::Object(fields) => {
            let page = match fields.get("__typename") {
                Some(Value::String(name)) => name.ends_with("Connection"),
                _ => false,
            };
            u64::from(page) + 1 + fields.values().map(cost).sum::<u64>()
        }
        _ => 0,
    }
}

/// The place where two texts begin to differ.
fn difference(fast: &str, engine: &str) -> String {
    let same = fast.chars().zip(engine.chars()).take_while(|(one, other)| one == other).count();
    let around = |text: &str| text.chars().skip(same.saturating_sub(120)).take(240).collect::<String>();
    format!("fast:   {}\nengine: {}", around(fast), around(engine))
}

async fn compare(server: &Server, schema: &Schema, ids: &Ids, seed: u64, kind: ViewerKind, scopes: &[Scope]) {
    let gateway = Gateway::new(true);
    let mut roots: Vec<(&'static str, String)> = Vec::new();
    for (field, arguments) in ids.root_fields() {
        // No plan covers an interface, nor what asks nobody.
        if matches!(field, "node" | "nodes" | "events" | "apiVersion") {
            continue;
        }
        roots.extend(arguments.into_iter().map(|(_, arguments)| (field, arguments)));
    }
    roots.push(("order", "(id: \"ord_nonsense\")".into()));
    roots.push(("orders", "(first: $few)".into()));
    roots.push(("orders", "(first: 0)".into()));
    let rng = ChaCha8Rng::seed_from_u64(seed);
    let mut maker = Maker::new(schema, roots, rng);
    let count = std::env::var("MILEPOST_TEST_DOCUMENTS").ok().and_then(|count| count.parse().ok());
    let count = count.unwrap_or(DOCUMENTS);
    let viewer = Viewer { kind, scopes: scopes.iter().copied().collect(), expires_at: None, issued_at: None };
    let (mut fast, mut whole) = (0, 0);
    for _ in 0..count {
        let document = maker.document();
        let variables = Variables::from_json(json!({ "yes": true }));
        let request = || Request::new(&document).variables(variables.clone());
        let now = server.app().clock.now();
        let call = || CallState::at(server.app().clone(), viewer.clone(), entity::Locale::En, "made".into(), now);
        let reply = gateway.answer(gateway.read(request(), None).await, call()).await;
        let engine = gateway.execute(request(), call()).await;
        assert!(
            engine.errors.iter().all(|error| !error.path.is_empty()),
            "a document that fits the schema: {:?}\n{document}",
            engine.errors
        );
        let estimate = estimate(&document, &variables);
        let real = match &engine.data {
            Value::Object(roots) => roots.values().map(cost).sum(),
            _ => 0,
        };
        assert!(real <= estimate, "it cost {real}, and was thought to cost {estimate}\n{document}");
        whole += usize::from(engine.errors.is_empty());
        if let Reply::Data { json, cost } = reply {
            fast += 1;
            assert_eq!(cost, real, "the cost that was counted while writing\n{document}");
            let data = String::from_utf8(json).unwrap();
            assert!(engine.errors.is_empty(), "the engine has errors: {:?}\n{document}", engine.errors);
            let wanted = serde_json::to_string(&engine.data).unwrap();
            assert!(data == wanted, "{}\n{document}", difference(&data, &wanted));
        }
    }
    assert!(fast * 10 >= whole * 8, "{fast} of {whole} whole answers came the fast way, of {count} documents");
}

macro_rules! callers {
    ($($name:ident: $seed:literal, |$server:ident| $kind:expr, $scopes:expr;)*) => {
        $(
            #[tokio::test]
            async fn $name() {
                let $server = Server::start().await;
                let schema = Schema::read(&$server).await;
                let ids = Ids::read(&$server).await;
                compare(&$server, &schema, &ids, $seed, $kind, $scopes).await;
            }
        )*
    };
}

callers! {
    anonymous: 1, |server| ViewerKind::Anonymous, &[];
    customer: 2, |server| ViewerKind::Customer(server.demo.customer), &[];
    consultant: 3, |server| ViewerKind::Staff { id: server.demo.consultant, store: server.demo.store, manager: false }, &[];
    manager: 4, |server| ViewerKind::Staff { id: server.demo.manager, store: server.demo.store, manager: true }, &[];
    operator: 5, |server| ViewerKind::Operator(server.demo.operator), &[];
    operator_with_scope: 6, |server| ViewerKind::Operator(server.demo.operator), &[Scope::PiiRead];
}
