use std::path::Path;

use async_graphql::parser::parse_query;
use proptest::prelude::*;

use super::*;

/// A tree in full: as JSON an enum's value and a text would look alike.
fn written(tree: &ExecutableDocument) -> Vec<String> {
    let operations = tree.operations.iter().map(|(name, operation)| format!("{name:?} {operation:?}"));
    let fragments = tree.fragments.iter().map(|(name, fragment)| format!("{name} {fragment:?}"));
    let mut parts: Vec<String> = operations.chain(fragments).collect();
    parts.sort();
    parts
}

/// Both trees are the same, where there is a quick one. Whether there is.
fn same(text: &str) -> bool {
    let Some(quick) = quick(text) else { return false };
    let engine = parse_query(text).unwrap_or_else(|error| panic!("the engine refuses {text:?}: {error}"));
    assert_eq!(written(&quick), written(&engine), "{text:?}");
    true
}

fn files(folder: &Path, found: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "graphql") {
            found.push(std::fs::read_to_string(path).expect("a text"));
        }
    }
}

/// Documents of the apps, of the bench and of the greeting.
pub fn apps_ask() -> Vec<String> {
    let mut texts = Vec::new();
    for folder in ["operations", "bench/documents", "src/serve/examples"] {
        files(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), &mut texts);
    }
    assert!(texts.len() > 100);
    texts
}

#[test]
fn what_apps_ask_goes_the_quick_way() {
    for text in apps_ask() {
        assert!(same(&text), "{text}");
    }
}

#[test]
fn what_is_ordinary_goes_the_quick_way() {
    for text in [
        "{a}",
        "query{a}",
        "query A($a:Int=1,$b:[ID!]!@d=[\"x\"]){a(b:$a)}",
        "query A { a } mutation B { b } subscription C @x(y: 1) { c }",
        "{ a: b(c: -1.5e+3, d: 0, e: [1 2], f: {}, g: {h: [{i: X}]}, j: \"k # , l\", m: null, n: true) @o @p(q: $r) { s } }",
        "{ ...A ... on B { c } ... @d { e } ...{ f } ...\tonly } fragment A on B { c } fragment only on\n\tB @d { c }",
        "# one\r\n{ a # two\r  b\n\n\tc }\r\r\n#three",
        "{ a(b: \"\", c: 9223372036854775807, d: 18446744073709551615, f: -0) }",
        "query query($query: query) { query(query: $query) { on: on } }",
    ] {
        assert!(same(text), "{text}");
    }
}

#[test]
fn what_is_out_of_the_ordinary_is_left_to_the_engine() {
    for text in [
        "",
        "{}",
        "{ a",
        "{ a } }",
        "{ a } { b }",
        "query A { a } { b }",
        "query A { a } query A { b }",
        "{ a } fragment F on A { b } fragment F on A { b }",
        "fragment F on A { b }",
        "queryA { a }",
        "{ a(b: \"\"\"c\"\"\") }",
        "{ a(b: \"\\n\") }",
        "{ a(b: \"\n\") }",
        "{ a(b: \"三\") }",
        "{ a(b: truely) }",
        "{ a(b: 01) }",
        "{ a(b: 1.) }",
        "{ a(b: 1x) }",
        "{ a() }",
        "query A($a: [Int) { a }",
        "query A($a: Int!!) { a }",
        "query A($a: [ Int ]) { a }",
        "query A($a: Int = $b) { a }",
        "query A($ a: Int) { a }",
        "{ ...on }",
        "{ ... on #\n A { b } }",
        "{ .. a }",
        "{ a: }",
        "{ a } é",
    ] {
        assert!(quick(text).is_none(), "{text}");
    }
    let deep = |levels: usize| "{ a ".repeat(levels) + &"}".repeat(levels);
    assert!(same(&deep(DEEP)) && quick(&deep(DEEP + 2)).is_none());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_000, ..ProptestConfig::default() })]

    #[test]
    fn any_text_has_one_tree(pieces in prop::collection::vec(prop::sample::select(PIECES), 1..40)) {
        same(&pieces.concat());
        same(&format!("query A($a: Int) {{ a {} }}", pieces.join(" ")));
        same(&format!("{{ a(b: {}) }}", pieces.join(" ")));
    }

    #[test]
    fn a_document_with_a_piece_gone_or_doubled_has_one_tree(from in 0..WHOLE.len(), length in 1usize..6, twice: bool) {
        let to = (from + length).min(WHOLE.len());
        let (before, after) = if twice { (&WHOLE[..to], &WHOLE[from..]) } else { (&WHOLE[..from], &WHOLE[to..]) };
        same(&format!("{before}{after}"));
    }

    #[test]
    fn a_document_by_the_grammar_goes_the_quick_way(document in document()) {
        prop_assert!(same(&document), "{}", document);
    }
}

/// With a bit of everything.
const WHOLE: &str = "query A($id: ID!, $n: Int = 5, $l: [E!]! @d = [X, Y]) @q(a: {b: [1.5, null]}) {
  one: order(id: $id, s: \"a b\", e: true) { ...F @skip(if: $no) ... on Order { id, status } ... { n } }
  # a comment
} fragment F on Order @f { eta { likely(x: -1) } }";

/// Documents made by the grammar.
fn document() -> impl Strategy<Value = String> {
    let name = || prop::sample::select(vec!["a", "on", "query", "fragment", "_x1", "B"]);
    let gap = prop::sample::select(vec![" ", ", ", "\n", " # c\n", "\r\n\t"]);
    let leaf = prop::sample::select(vec!["1", "-0", "1.5e+3", "null", "true", "E", "$v", "\"\"", "\"x # y\""]);
    let value = leaf.prop_map(str::to_owned).prop_recursive(3, 12, 3, |inner| {
        let member = |(at, item): (usize, String)| format!("k{at}: {item}");
        let items = || prop::collection::vec(inner.clone(), 0..3);
        prop_oneof![
            items().prop_map(|items| format!("[{}]", items.join(" "))),
            items().prop_map(move |items| {
                format!("{{{}}}", items.into_iter().enumerate().map(member).collect::<Vec<_>>().join(","))
            }),
        ]
    });
    let directive = (name(), prop::option::of(value.clone())).prop_map(|(name, value)| {
        format!("@{name}{}", value.map_or_else(String::new, |value| format!("(x: {value})")))
    });
    let directives = prop::collection::vec(directive, 0..2).prop_map(|all| all.join(" ")).boxed();
    let field = (prop::option::of(name()), name(), prop::option::of(value), directives.clone())
        .prop_map(|(alias, name, value, directives)| {
            let alias = alias.map_or_else(String::new, |alias| format!("{alias}: "));
            let arguments = value.map_or_else(String::new, |value| format!("(y: {value})"));
            format!("{alias}{name}{arguments} {directives}")
        })
        .boxed();
    let spread = directives.clone().prop_map(|directives| format!("...F {directives}"));
    let selection = prop_oneof![field.clone(), spread].prop_recursive(3, 16, 3, move |inner| {
        let many = prop::collection::vec(inner, 1..4).prop_map(|all| all.join(" "));
        let head = prop_oneof![field.clone(), Just("... on T".to_owned()), Just("...".to_owned())];
        (head, many).prop_map(|(head, set)| format!("{head} {{ {set} }}"))
    });
    let kind = prop::sample::select(vec!["query Q", "mutation", "subscription S($v: [Int!]! = [1])", ""]);
    (kind, directives, prop::collection::vec(selection, 1..4), gap).prop_map(|(kind, directives, set, gap)| {
        let directives = if kind.is_empty() { String::new() } else { directives };
        format!("{kind} {directives} {{{gap}{}{gap}}}{gap}fragment F on T {{ f }}", set.join(gap))
    })
}

const PIECES: &[&str] = &[
    "{",
    "}",
    "(",
    ")",
    "[",
    "]",
    ":",
    "=",
    "!",
    "$",
    "@",
    "...",
    "..",
    ".",
    "|",
    "&",
    "\"",
    "\"\"",
    "\"\"\"",
    "\\",
    "#",
    " ",
    "\n",
    "\r",
    "\r\n",
    "\t",
    ",",
    "a",
    "b1",
    "_c",
    "on",
    "on ",
    "query ",
    "mutation",
    "subscription",
    "fragment ",
    "true",
    "false",
    "null",
    "X",
    "0",
    "1",
    "-",
    "-1",
    "01",
    "1.5",
    "1e5",
    "1e400",
    "$a",
    "@d",
    "@d(x: 1)",
    "a: b",
    "{a}",
    "{ a }",
    "...F",
    "... on T { a }",
    "fragment F on T { a }",
    "\"s\"",
    "[1, 2]",
    "{ k: 1 }",
    "99999999999999999999",
];
