use std::sync::LazyLock;

use async_graphql::Request;
use async_graphql::parser::parse_query;
use futures_util::FutureExt;
use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::graph::gateway::Gateway;
use crate::graph::parse::tests::apps_ask;
use crate::graph::schema;

const DEPTH: usize = 15;

/// Whether the quick check says yes; the engine's has to agree then.
fn yes(text: &str) -> bool {
    static GATEWAY: LazyLock<Gateway> = LazyLock::new(|| Gateway::new(false));
    let Ok(document) = parse_query(text) else { return false };
    let yes = fits(&document, DEPTH);
    if yes {
        let engine = GATEWAY.prepare(text).now_or_never().expect("nothing to wait for");
        assert!(engine.is_ok(), "{text}: {:?}", engine.err());
    }
    yes
}

#[test]
fn what_apps_ask_goes_the_quick_way() {
    let (mut quick, mut rest) = (0, Vec::new());
    for text in apps_ask() {
        if yes(&text) {
            quick += 1;
        } else if !text.contains("subscription ") {
            rest.push(text);
        }
    }
    assert!(quick > 90 && rest.is_empty(), "{quick}, but not {rest:#?}");
}

#[test]
fn what_is_ordinary_goes_the_quick_way() {
    for text in [
        "{ me { id } }",
        "query($id: ID!) { order(id: $id) { ...O ... on Order { number } ... { number } } } fragment O on Order { id id }",
        "query($id: ID!, $no: Boolean! = false) { order(id: $id) @skip(if: $no) { id @include(if: true) } __typename }",
        "query($n: Int = 5) { orders(first: $n) { nodes { id } } more: orders(first: 3) { nodes { id } } }",
        "{ node(id: \"x\") { id ... on Order { number } ... on Store { name } ... on Node { id } } }",
        "query($ids: [ID!]!) { nodes(ids: $ids) { __typename } }",
        "query($id: ID!) { nodes(ids: [$id, \"x\"]) { id } }",
        "query { orders(first: 3, after: null) { nodes { id } } }",
        "{ events(stream: \"oem\", afterSequence: \"x\", first: 1) { cursor } }",
        "fragment A on Query { ...B } { ...A ...B } fragment B on Query { me { id } }",
    ] {
        assert!(yes(text), "{text}");
    }
}

#[test]
fn whatever_else_is_left_to_the_engine() {
    for text in [
        // Rules that are broken.
        "{ nothing }",
        "{ me }",
        "{ me { id { x } } }",
        "{ me { id(x: 1) } }",
        "{ me { nothing } }",
        "{ order { id } }",
        "{ order(id: null) { id } }",
        "{ order(id: \"x\", id: \"x\") { id } }",
        "{ order(id: true) { id } }",
        "{ order(id: [\"x\"]) { id } }",
        "{ order(id: X) { id } }",
        "{ order(id: {x: 1}) { id } }",
        "{ orders(first: 1.5) { nodes { id } } }",
        "{ orders(first: \"5\") { nodes { id } } }",
        "{ orders(first: 99999999999) { nodes { id } } }",
        "{ a: me { id } a: apiVersion }",
        "{ a: order(id: \"x\") { id } a: order(id: \"y\") { id } }",
        "{ ...A a: me { id } } fragment A on Query { a: apiVersion }",
        "{ me { ... on Order { id } } }",
        "{ me { ... on Nothing { id } } }",
        "{ me { ... on String { id } } }",
        "{ me { ...A } } fragment A on Order { id }",
        "{ ...A }",
        "{ me { id } } fragment A on Query { me { id } }",
        "{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }",
        "query($a: ID!) { me { id } }",
        "query($a: ID!) { ...A } fragment A on Query { me { id } }",
        "{ order(id: $a) { id } }",
        "{ ...A } fragment A on Query { order(id: $a) { id } }",
        "query($a: ID) { order(id: $a) { id } }",
        "query($a: ID = null) { order(id: $a) { id } }",
        "query($a: Int!) { order(id: $a) { id } }",
        "query($a: [ID!]) { nodes(ids: $a) { id } }",
        "query($a: [ID]!) { nodes(ids: $a) { id } }",
        "query($a: ID!) { nodes(ids: $a) { id } }",
        "query($a: ID!, $a: ID!) { order(id: $a) { id } }",
        "query($a: Nothing) { orders(first: $a) { nodes { id } } }",
        "query($a: Order) { orders(first: $a) { nodes { id } } }",
        "query($a: Int = \"x\") { orders(first: $a) { nodes { id } } }",
        "query($a: Boolean) { me @skip(if: $a) { id } }",
        "query($a: Int!) { me @skip(if: $a) { id } }",
        "{ me @skip { id } }",
        "{ me @skip(if: true) @skip(if: true) { id } }",
        "{ me @skip(if: true, x: 1) { id } }",
        "{ me @nothing(if: true) { id } }",
        "query @skip(if: true) { me { id } }",
        "query($a: Int @nothing) { orders(first: $a) { nodes { id } } }",
        "{ ...A } fragment A on Query @skip(if: true) { me { id } }",
        "{ __typename(x: 1) }",
        "{ __typename { x } }",
        "mutation { nothing }",
        "query($b: Boolean!) { me { id } __typename @include(if: $b) }",
        "query($s: [OrderStatus!] = null, $w: OrderWhereInput = null) { orders(first: 1, where: $w) { nodes { id } } }",
        "query($s: [OrderStatus!] = null) { orders(first: 1, where: { status: $s }) { nodes { id } } }",
        // What it does not look at.
        "query A { me { id } } query B { me { id } }",
        "{ __schema { types { name } } }",
        "{ __type(name: \"Order\") { name } }",
        "subscription { myEvents { cursor } }",
        "query($a: [ID!]! = [\"x\"]) { nodes(ids: $a) { id } }",
    ] {
        assert!(!yes(text), "{text}");
    }
    // `me`, then two levels for each step, then `id`.
    let deep =
        |steps: usize| format!("{{ me {{ {} id {} }} }}", "orders { customer { ".repeat(steps), "} }".repeat(steps));
    assert!(yes(&deep(6)) && !yes(&deep(7)));
    // The engine counts selections within selections, whatever they are of.
    let inline = |many: usize| format!("{{ {} me {{ id }} {} }}", "... { ".repeat(many), "}".repeat(many));
    assert!(yes(&inline(NESTED - 1)) && !yes(&inline(NESTED)) && !yes(&inline(60)));
    let chain = |many: usize| {
        let links: String = (1..many).map(|n| format!("fragment F{n} on Query {{ ...F{} }} ", n + 1)).collect();
        format!("{{ ...F1 }} {links} fragment F{many} on Query {{ me {{ id }} }}")
    };
    assert!(yes(&chain(NESTED - 1)) && !yes(&chain(NESTED)) && !yes(&chain(200)));
    let spreads = |many: usize| {
        let fragments: String = (0..many).map(|n| format!("fragment F{n} on Query {{ a{n}: me {{ id }} }} ")).collect();
        format!("{{ {} }} {fragments}", (0..many).map(|n| format!("...F{n} ")).collect::<String>())
    };
    assert!(yes(&spreads(WIDE)) && !yes(&spreads(WIDE + 2)));
    let wide = |many: usize| format!("{{ me {{ {} }} }}", (0..many).map(|n| format!("a{n}: id ")).collect::<String>());
    assert!(yes(&wide(WIDE)) && !yes(&wide(WIDE + 1)));
}

/// Whether the variables are of their types for certain; the engine has to agree then.
fn fill(text: &str, variables: serde_json::Value) -> bool {
    static ENGINE: LazyLock<schema::Schema> = LazyLock::new(|| schema::checker(false));
    let document = parse_query(text).expect("a document");
    let (_, operation) = document.operations.iter().next().expect("an operation");
    let variables = Variables::from_json(variables);
    let yes = given(&operation.node, &variables);
    if yes {
        let checked = ENGINE.execute(Request::new(text).variables(variables.clone())).now_or_never();
        let errors = checked.expect("nothing to wait for").errors;
        assert!(errors.is_empty(), "{text} {variables:?}: {errors:?}");
    }
    yes
}

#[test]
fn variables_that_fit_need_no_check() {
    let orders = "query($w: OrderWhereInput, $n: Int! = 5, $a: String) { orders(where: $w, first: $n, after: $a) { nodes { id } } }";
    for (variables, wanted) in [
        (json!({}), true),
        (json!({ "n": 3, "a": null, "w": null }), true),
        (json!({ "w": {} }), true),
        (json!({ "n": null }), false),
        (json!({ "n": -1 }), false),
        (json!({ "n": "3" }), false),
        (json!({ "n": [3] }), false),
        (json!({ "a": 3 }), false),
        (json!({ "w": { "nothing": 1 } }), false),
        (json!({ "w": "x" }), false),
    ] {
        assert_eq!(fill(orders, variables.clone()), wanted, "{variables}");
    }
    let grant = "mutation($i: ConsentGrantInput!) { consentGrant(input: $i) { userErrors { code } } }";
    let input = json!({ "idempotencyKey": "k", "purpose": "MARKETING", "documentVersion": "v", "channel": "APP" });
    assert!(fill(grant, json!({ "i": input })));
    for (member, value) in [("purpose", json!("NOTHING")), ("channel", json!(null)), ("documentVersion", json!(1))] {
        let mut wrong = input.clone();
        wrong[member] = value;
        assert!(!fill(grant, json!({ "i": wrong })), "{wrong}");
    }
    let mut less = input.clone();
    less.as_object_mut().expect("an object").remove("purpose");
    assert!(!fill(grant, json!({ "i": less })));
    assert!(!fill(grant, json!({})));
}

/// A value of a type, or, as often as the numbers have it, of none.
fn some(ty: &Type, numbers: &mut impl Iterator<Item = u8>) -> serde_json::Value {
    let number = numbers.next().unwrap_or(0);
    if number > 235 {
        return [json!(null), json!(-1), json!("x"), json!([]), json!({}), json!(1.5), json!(true)]
            [usize::from(number % 7)]
        .clone();
    }
    if ty.nullable && number > 200 {
        return json!(null);
    }
    let name = match &ty.base {
        BaseType::List(of) => return (0..number % 3).map(|_| some(of, numbers)).collect(),
        BaseType::Named(name) => name,
    };
    match types().get(name) {
        Some(Kind::Scalar(Scalar::Int)) => json!(number),
        Some(Kind::Scalar(Scalar::Float)) => json!(f64::from(number) / 4.0),
        Some(Kind::Scalar(Scalar::Boolean)) => json!(number.is_multiple_of(2)),
        Some(Kind::Scalar(_)) => json!("x"),
        Some(Kind::Enum(values)) => json!(values.keys().min()),
        Some(Kind::Input(inputs)) => {
            let mut inputs: Vec<_> = inputs.iter().collect();
            inputs.sort_by_key(|(name, _)| **name);
            let members = inputs.into_iter().filter_map(|(name, input)| {
                let there = input.required || numbers.next().unwrap_or(0) > 120;
                there.then(|| ((*name).to_owned(), some(input.ty, numbers)))
            });
            members.collect::<serde_json::Map<_, _>>().into()
        }
        Some(Kind::Composite(_) | Kind::OneOf) | None => json!(null),
    }
}

/// The words of what apps ask.
static WORDS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let mut words: Vec<String> = apps_ask().iter().flat_map(|text| pieces(text)).collect();
    words.sort();
    words.dedup();
    words
});

/// A text in words and what stands between them.
fn pieces(text: &str) -> Vec<String> {
    let mut pieces: Vec<String> = Vec::new();
    let mut in_word = false;
    for letter in text.chars() {
        let of_word = letter.is_alphanumeric() || letter == '_';
        match pieces.last_mut() {
            Some(last) if of_word && in_word => last.push(letter),
            _ => pieces.push(letter.to_string()),
        }
        in_word = of_word;
    }
    pieces
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 6_000, ..ProptestConfig::default() })]

    #[test]
    fn a_yes_holds_for_any_variables(
        text in prop::sample::select(apps_ask()),
        numbers in prop::collection::vec(any::<u8>(), 0..60),
        left_out in 0..12_usize,
    ) {
        let document = parse_query(&text).expect("a document");
        let (_, operation) = document.operations.iter().next().expect("an operation");
        let definitions = operation.node.variable_definitions.iter().map(|one| &one.node).enumerate();
        let mut numbers = numbers.into_iter();
        let values = definitions.filter(|(place, _)| *place != left_out);
        let values = values.map(|(_, one)| (one.name.node.to_string(), some(&one.var_type.node, &mut numbers)));
        fill(&text, values.collect::<serde_json::Map<_, _>>().into());
    }

    #[test]
    fn a_yes_holds_for_documents_that_went_wrong(
        text in prop::sample::select(apps_ask()),
        at: prop::sample::Index,
        word: prop::sample::Index,
        how in 0..6,
    ) {
        let mut pieces = pieces(&text);
        let at = at.index(pieces.len());
        let word = word.get(&WORDS).clone();
        match how {
            0 => { pieces.remove(at); }
            1 => pieces[at] = word,
            2 => pieces.insert(at, format!(" {word} ")),
            3 => pieces.insert(at, " = null ".to_owned()),
            4 => pieces.insert(at, " @include(if: $id) ".to_owned()),
            // Another word of the same text.
            _ => { let other = pieces[(at * 7 + 3) % pieces.len()].clone(); pieces[at] = other; }
        }
        yes(&pieces.concat());
    }
}
