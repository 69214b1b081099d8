//! `milepost explain`, and what `operations check` counts.

use super::{folder, program, write};
use crate::harness::TempDir;

fn explain(folder: &TempDir, file: &str, rest: &[&str]) -> (bool, String, String) {
    program(folder.path(), &[&["explain", file], rest].concat())
}

/// What is said of one who asks.
fn of<'a>(said: &'a str, role: &str) -> &'a str {
    let line = said.lines().find(|line| line.trim_start().starts_with(role));
    line.unwrap_or_else(|| panic!("nothing of {role}:\n{said}")).trim_start()[role.len()..].trim()
}

#[test]
fn a_document_is_told_of_in_full() {
    let folder = folder();
    let (right, said, wrong) = explain(&folder, "mobile/cities.graphql", &[]);
    assert!(right, "{wrong}");
    assert!(said.starts_with("query Cities "), "{said}");
    for line in [
        "cost        400 at most\n",
        "size        depth 2, 2 fields, 0 aliases, 1 root fields, 0 directives\n",
        "kept        600 s, or until places; one for all\n",
        "answered    by its plan\n",
    ] {
        assert!(said.contains(line), "{line}{said}");
    }
    assert!(of(&said, "anonymous").starts_with("1 statements, cost "), "{said}");
}

#[test]
fn who_may_ask_is_seen_and_what_it_takes() {
    let folder = folder();
    write(
        folder.path(),
        "me.graphql",
        "query Me { me { id loyalty { balance } } events(stream: \"customer:x\", afterSequence: 0, first: 1) { cursor } }",
    );
    let (right, said, wrong) = explain(&folder, "me.graphql", &[]);
    assert!(right, "{wrong}");
    assert!(said.contains("kept        no: it is of one caller\n"), "{said}");
    assert!(said.contains("deprecated  Query.events(afterSequence:) until 2027-06-01: "), "{said}");
    assert!(of(&said, "anonymous").contains("UNAUTHENTICATED"), "{said}");
    assert!(!of(&said, "CUSTOMER").contains("UNAUTHENTICATED"), "{said}");

    // An id is made up that is there; one that is given counts.
    write(folder.path(), "order.graphql", "query Order($id: ID!) { order(id: $id) { id number } }");
    let (right, said, wrong) = explain(&folder, "order.graphql", &[]);
    assert!(right, "{wrong}");
    assert!(of(&said, "CUSTOMER").ends_with("statements, cost 1"), "{said}");
    assert!(of(&said, "anonymous").ends_with("cost 0"), "{said}");
    let (_, said, _) = explain(&folder, "order.graphql", &["--variables", "{\"id\":\"nonsense\"}"]);
    assert!(of(&said, "CUSTOMER").ends_with(": BAD_USER_INPUT"), "{said}");
}

#[test]
fn what_is_done_is_done_to_nothing_of_anybodys() {
    let folder = folder();
    let update = "mutation Update($input: CustomerProfileUpdateInput!) {
        customerProfileUpdate(input: $input) { customer { id } userErrors { code } } }";
    write(folder.path(), "update.graphql", update);
    let (right, said, wrong) = explain(&folder, "update.graphql", &[]);
    assert!(right, "{wrong}");
    assert!(said.contains("kept        no\n") && said.contains("answered    by the engine\n"), "{said}");
    assert!(of(&said, "anonymous").contains("UNAUTHENTICATED"), "{said}");
    assert!(!folder.path().join("data").exists(), "no database of the settings is made");

    let (right, said, _) = explain(&folder, "mobile/follow.graphql", &[]);
    assert!(right && said.contains("statements  not counted: a subscription has no end"), "{said}");
}

#[test]
fn what_is_wrong_is_named() {
    let folder = folder();
    write(folder.path(), "wrong.graphql", "query Wrong { cities { colour } }");
    let (right, _, wrong) = explain(&folder, "wrong.graphql", &[]);
    assert!(!right && wrong.contains("wrong.graphql") && wrong.contains("colour"), "{wrong}");
    assert!(!explain(&folder, "nothing.graphql", &[]).0);
    assert!(!explain(&folder, "wrong.graphql", &["--variables", "{"]).0);
}

#[test]
fn the_check_counts_the_statements_of_queries() {
    let folder = folder();
    let (_, said, _) = program(folder.path(), &["operations", "check", "--folder", "."]);
    let line = |route: &str| said.lines().find(|line| line.contains(route)).unwrap_or_else(|| panic!("{said}"));
    assert!(line("cities").contains(" statements  1"), "{said}");
    assert!(line("follow").contains(" statements  -"), "{said}");
    assert!(line("board").contains(" statements  "), "{said}");
}
