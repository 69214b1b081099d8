//! `schema.graphql` is what the program says.

use milepost::graph::Gateway;

#[test]
fn the_schema_file_is_up_to_date() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/schema.graphql");
    let kept = std::fs::read_to_string(file).unwrap_or_default();
    let said = Gateway::sdl();
    if kept != said {
        let line = kept.lines().zip(said.lines()).take_while(|(kept, said)| kept == said).count();
        panic!(
            "schema.graphql differs from the program's schema from line {} on:\n  file:    {:?}\n  program: {:?}\nmend it \
             with: cargo run -- schema > schema.graphql",
            line + 1,
            kept.lines().nth(line),
            said.lines().nth(line),
        );
    }
}
