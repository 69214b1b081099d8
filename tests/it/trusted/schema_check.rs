//! `milepost schema check`: what is gone since an older schema, and who uses it.

use std::path::Path;

use milepost::graph::Gateway;
use milepost::trusted::{manifest, normal};

use super::{folder, program, write};

fn check(folder: &Path, arguments: &[&str]) -> (bool, String, String) {
    program(folder, &[&["schema", "check", "old.graphql", "--folder", "."], arguments].concat())
}

#[test]
fn nothing_is_gone_since_now() {
    let folder = folder();
    write(folder.path(), "old.graphql", &Gateway::sdl());
    let (right, said, wrong) = check(folder.path(), &[]);
    assert!(right, "{wrong}");
    assert_eq!(said, "nothing that was there is gone\n");
}

#[test]
fn what_is_gone_is_named_with_the_operations_that_use_it() {
    let folder = folder();
    let mut old = Gateway::sdl();
    for (now, before) in [
        ("type City @cacheControl(maxAge: 600) {\n", "type City @cacheControl(maxAge: 600) {\n\tmayor: String\n"),
        ("enum StockType {\n", "enum StockType {\n\tATTIC\n"),
        ("\tapiVersion: String!\n", "\tapiVersion: String!\n\tgone(id: ID!): City\n"),
    ] {
        assert_eq!(old.matches(now).count(), 1, "{now}");
        old = old.replace(now, before);
    }
    write(folder.path(), "old.graphql", &old);
    // Nobody's operation uses it: an app that may send any document may.
    let (right, said, _) = check(folder.path(), &[]);
    assert!(right);
    assert_eq!(
        said,
        "City.mayor is gone\n  no operation uses it\nQuery.gone is gone\n  no operation uses it\n\
         StockType.ATTIC is gone\n  no operation uses it\n"
    );
    // An app of last year does, and one that has not been released yet.
    let cities = "query Cities{cities{code mayor}}";
    let item =
        manifest::Item { id: normal::id(cities), name: "Cities".into(), kind: "query".into(), body: cities.into() };
    write(folder.path(), "mobile/manifest.json", &manifest::write(vec![item]));
    let attic = "query Attic { inventory(where: { stockType: [ATTIC] }, first: 1) { nodes { id } } }";
    write(folder.path(), "partner/attic.graphql", attic);
    let (right, said, wrong) = check(folder.path(), &[]);
    assert!(!right);
    assert_eq!(wrong, "milepost: operations use what is gone: 2 times\n");
    let (cities, attic) = (&normal::id(cities)[..12], &normal::id(attic)[..12]);
    assert_eq!(
        said,
        format!(
            "City.mayor is gone\n  mobile Cities {cities}\nQuery.gone is gone\n  no operation uses it\n\
             StockType.ATTIC is gone\n  partner Attic {attic}\n"
        )
    );
}

#[test]
fn a_schema_that_cannot_be_read_is_named() {
    let folder = folder();
    write(folder.path(), "old.graphql", "type {");
    let (right, _, wrong) = check(folder.path(), &[]);
    assert!(!right);
    assert!(wrong.starts_with("milepost: old.graphql: "), "{wrong}");
}
