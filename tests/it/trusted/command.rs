//! `milepost operations`.

use std::path::Path;

use milepost::trusted::{manifest, normal};
use serde_json::json;

use super::{BOARD, CITIES, folder, program, write};

fn run(folder: &Path, arguments: &[&str]) -> (bool, String, String) {
    program(folder, &[&["operations"], arguments].concat())
}

#[test]
fn what_is_not_released_is_named_until_it_is() {
    let folder = folder();
    let own = ["--folder", "."];
    let (right, said, wrong) = run(folder.path(), &[&["check"], &own[..]].concat());
    assert!(!right);
    assert!(said.contains("cities") && said.contains("query") && said.contains(&normal::id(CITIES)[..12]), "{said}");
    for place in ["mobile/cities.graphql", "mobile/follow.graphql", "partner/board.graphql"] {
        assert!(wrong.contains(&format!("milepost: {place}: is not in manifest.json")), "{wrong}");
    }
    let (right, said, _) = run(folder.path(), &[&["manifest"], &own[..]].concat());
    assert!(right);
    assert_eq!(said, "mobile: 2 added\npartner: 1 added\n");
    assert!(run(folder.path(), &[&["check"], &own[..]].concat()).0);

    // A change adds a version, and the one of before stays.
    write(folder.path(), "mobile/cities.graphql", "query Cities { cities { code name } }");
    assert!(!run(folder.path(), &[&["check"], &own[..]].concat()).0);
    assert!(run(folder.path(), &[&["manifest"], &own[..]].concat()).0);
    assert!(run(folder.path(), &[&["check"], &own[..]].concat()).0);
    let text = std::fs::read_to_string(folder.path().join("mobile/manifest.json")).unwrap();
    let items = manifest::read(&text).unwrap();
    let names: Vec<&str> = items.iter().map(|item| item.name.as_str()).collect();
    assert_eq!(names, ["Cities", "Cities", "Follow"]);
    assert_eq!(items[0].id, normal::id(CITIES));
    // What was written is what stands there: twice makes no difference.
    run(folder.path(), &[&["manifest"], &own[..]].concat());
    assert_eq!(std::fs::read_to_string(folder.path().join("mobile/manifest.json")).unwrap(), text);
}

#[test]
fn each_wrong_operation_is_named_with_what_is_wrong() {
    let folder = folder();
    write(folder.path(), "mobile/other.graphql", "query Named { cities { code } }");
    write(folder.path(), "mobile/two.graphql", "query Two { cities { code } } query Three { cities { code } }");
    write(folder.path(), "mobile/nameless.graphql", "{ cities { code } }");
    write(folder.path(), "mobile/broken.graphql", "query Broken {");
    write(folder.path(), "partner/gone.graphql", "query Gone {\n  orders(first: 1) { nodes { colour } }\n}");
    let forged = manifest::Item {
        id: normal::id(BOARD),
        name: "Forged".into(),
        kind: "query".into(),
        body: "query Forged{__typename}".into(),
    };
    let old = manifest::Item {
        id: "abc".into(),
        name: "Old".into(),
        kind: "query".into(),
        body: "query Old{nothing}".into(),
    };
    write(folder.path(), "partner/manifest.json", &manifest::write(vec![old, forged]));
    let (right, _, wrong) = run(folder.path(), &["check", "--folder", "."]);
    assert!(!right);
    for line in [
        "mobile/other.graphql: holds Named, so it has to be called named.graphql",
        "mobile/two.graphql: must hold one operation, with a name",
        "mobile/nameless.graphql: must hold one operation, with a name",
        "mobile/broken.graphql: ",
        "partner/gone.graphql: 2:30: ",
        "partner/manifest.json, Old abc: 1:11: ",
        &format!("partner/manifest.json, Forged {}: the id is the hash of another document", normal::id(BOARD)),
    ] {
        assert!(wrong.contains(&format!("milepost: {line}")), "{line}\n{wrong}");
    }
}

#[test]
fn what_costs_too_much_and_whom_nobody_knows_is_named() {
    let folder = folder();
    let dear = "query Dear($first: Int!) { orders(first: $first) { nodes { milestones { code } } } }";
    write(folder.path(), "mobile/dear.graphql", dear);
    write(folder.path(), "kiosk/cities.graphql", CITIES);
    run(folder.path(), &["manifest", "--folder", "."]);
    let (right, _, wrong) = run(folder.path(), &["check", "--folder", "."]);
    assert!(!right);
    // The longest page, with as many milestones as an order has at most.
    assert!(
        wrong.contains("milepost: mobile/dear.graphql: costs 4102, and clients.mobile.max_cost is 1000"),
        "{wrong}"
    );
    assert!(wrong.contains("milepost: kiosk: is the folder of no client"), "{wrong}");
}

#[test]
fn lists_of_other_tools_are_taken_in() {
    let folder = folder();
    let list = json!({ "relay1": "query Relay{__typename}", "relay2": "query Cities { cities { code } }" });
    write(folder.path(), "queries.json", &list.to_string());
    let (right, said, wrong) = run(folder.path(), &["take", "mobile", "queries.json", "--folder", "."]);
    assert!(right, "{wrong}");
    assert_eq!(said, "mobile: 2 added\n");
    let (_, said, _) = run(folder.path(), &["take", "mobile", "queries.json", "--folder", "."]);
    assert_eq!(said, "mobile: 0 added\n");
    let text = std::fs::read_to_string(folder.path().join("mobile/manifest.json")).unwrap();
    let ids: Vec<String> = manifest::read(&text).unwrap().into_iter().map(|item| item.id).collect();
    assert_eq!(ids, ["relay2", "relay1"]);

    write(folder.path(), "queries.json", &json!({ "relay1": "query Other{__typename}" }).to_string());
    let (right, _, wrong) = run(folder.path(), &["take", "mobile", "queries.json", "--folder", "."]);
    assert!(!right && wrong.contains("relay1: is the id of another document here"), "{wrong}");
    write(folder.path(), "queries.json", &json!({ "x": "{ nothing }" }).to_string());
    let (right, _, wrong) = run(folder.path(), &["take", "mobile", "queries.json", "--folder", "."]);
    assert!(!right && wrong.contains("queries.json, x: 1:3: "), "{wrong}");
    assert_eq!(std::fs::read_to_string(folder.path().join("mobile/manifest.json")).unwrap(), text);
}

#[test]
fn ids_are_printed() {
    let folder = folder();
    let (right, said, _) = run(folder.path(), &["id", "partner/board.graphql"]);
    assert!(right);
    assert_eq!(said, format!("{}  partner/board.graphql\n", normal::id(BOARD)));
}
