//! Documents made from the schema itself: all that can be selected, some levels deep.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::harness::Server;

/// How deep a selection goes below a root field. Deep enough for each type to be met by way of another one.
const DEPTH: usize = 4;

/// The schema, as introspection tells it.
pub struct Schema {
    types: BTreeMap<String, Value>,
}

const INTROSPECTION: &str = "{ __schema { types { kind name description possibleTypes { name }
    enumValues { name description } inputFields { name description }
    fields { name description args { name description type { kind } }
        type { kind name ofType { kind name ofType { kind name ofType { kind name } } } } } } } }";

impl Schema {
    /// Asks the server.
    pub async fn read(server: &Server) -> Self {
        let data = server.operator().data(INTROSPECTION, json!({})).await;
        let types = data["__schema"]["types"].as_array().unwrap().iter();
        Self { types: types.map(|ty| (ty["name"].as_str().unwrap().to_owned(), ty.clone())).collect() }
    }

    /// Names of the fields of a root: `Query`, `Subscription`.
    pub fn root_fields(&self, root: &str) -> BTreeSet<String> {
        self.fields(root).map(|field| field["name"].as_str().unwrap().to_owned()).collect()
    }

    /// Names of the types that `node` finds.
    pub fn node_kinds(&self) -> BTreeSet<String> {
        let kinds = self.types["Node"]["possibleTypes"].as_array().unwrap().iter();
        kinds.map(|kind| kind["name"].as_str().unwrap().to_owned()).collect()
    }

    /// A document for a field of a root with everything on it.
    pub fn ask(&self, root: &str, field: &str, arguments: &str) -> String {
        let found = self.fields(root).find(|f| f["name"] == field).unwrap_or_else(|| panic!("no field {field}"));
        let selection = self.selection(named(&found["type"]), DEPTH);
        format!("{} {{ {field}{arguments} {selection} }}", root.to_lowercase())
    }

    /// A query for a node with everything on it.
    pub fn node(&self, kind: &str, id: &str) -> String {
        let selection = self.selection(kind, DEPTH);
        format!("{{ node(id: {id:?}) {{ __typename id ... on {kind} {selection} }} }}")
    }

    fn fields(&self, ty: &str) -> impl Iterator<Item = &Value> {
        self.types[ty]["fields"].as_array().into_iter().flatten()
    }

    fn selection(&self, ty: &str, depth: usize) -> String {
        if !matches!(self.types[ty]["kind"].as_str(), Some("OBJECT" | "INTERFACE" | "UNION")) {
            return String::new();
        }
        let mut text = "{ __typename".to_owned();
        for field in self.fields(ty) {
            let name = field["name"].as_str().unwrap();
            let target = named(&field["type"]);
            let composite = matches!(self.types[target]["kind"].as_str(), Some("OBJECT" | "INTERFACE" | "UNION"));
            // A list and its rows are one level to a reader.
            let below =
                if matches!(name, "edges" | "node" | "nodes" | "pageInfo") { depth } else { depth.saturating_sub(1) };
            if composite && below == 0 {
                continue;
            }
            let Some(arguments) = arguments(field) else { continue };
            let _ = write!(text, " {name}{arguments} {}", self.selection(target, below));
        }
        text + " }"
    }

    /// Names of a type's fields.
    pub fn names(&self, ty: &str) -> Vec<String> {
        self.fields(ty).map(|field| field["name"].as_str().unwrap().to_owned()).collect()
    }

    /// The type of a field, under lists and non-nulls.
    pub fn type_of(&self, ty: &str, field: &str) -> &str {
        let found = self.fields(ty).find(|f| f["name"] == field).unwrap_or_else(|| panic!("no field {ty}.{field}"));
        named(&found["type"])
    }

    /// Whether one selects fields on it.
    pub fn composite(&self, ty: &str) -> bool {
        matches!(self.types[ty]["kind"].as_str(), Some("OBJECT" | "INTERFACE" | "UNION"))
    }

    /// Names of the arguments that a field cannot do without.
    pub fn needed(&self, ty: &str, field: &str) -> Vec<String> {
        let found = self.fields(ty).find(|f| f["name"] == field).unwrap_or_else(|| panic!("no field {ty}.{field}"));
        let all = found["args"].as_array().unwrap().iter();
        let needed = all.filter(|argument| argument["type"]["kind"] == "NON_NULL");
        needed.map(|argument| argument["name"].as_str().unwrap().to_owned()).collect()
    }

    /// What has no description: types, fields, arguments, enum values and input fields.
    pub fn undescribed(&self) -> Vec<String> {
        let mut bare = Vec::new();
        let mut check = |path: String, thing: &Value| {
            if thing["description"].as_str().is_none_or(|text| text.trim().is_empty()) {
                bare.push(path);
            }
        };
        for (name, ty) in self.types.iter().filter(|(name, _)| !name.starts_with("__")) {
            // The roots are sums of rooms, connections are the library's, `ID` is the specification's.
            if !matches!(name.as_str(), "Query" | "Mutation" | "Subscription" | "ID") && !name.ends_with("Connection") {
                check(name.clone(), ty);
            }
            for part in ["fields", "enumValues", "inputFields"] {
                for member in ty[part].as_array().into_iter().flatten() {
                    let path = format!("{name}.{}", member["name"].as_str().unwrap());
                    check(path.clone(), member);
                    for argument in member["args"].as_array().into_iter().flatten() {
                        // A mutation's one argument is what its description speaks of.
                        if argument["name"] != "input" {
                            check(format!("{path}({})", argument["name"].as_str().unwrap()), argument);
                        }
                    }
                }
            }
        }
        bare
    }
}

/// The name under lists and non-nulls.
fn named(ty: &Value) -> &str {
    match ty["name"].as_str() {
        Some(name) => name,
        None => named(&ty["ofType"]),
    }
}

/// Values for a nested field's arguments; none when it needs one that cannot be guessed.
fn arguments(field: &Value) -> Option<String> {
    let needed = field["args"].as_array()?.iter().filter(|arg| arg["type"]["kind"] == "NON_NULL");
    let mut text = Vec::new();
    for argument in needed {
        match argument["name"].as_str()? {
            "first" => text.push("first: 2".to_owned()),
            _ => return None,
        }
    }
    Some(if text.is_empty() { String::new() } else { format!("({})", text.join(", ")) })
}
