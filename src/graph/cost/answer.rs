//! What an answer really cost.

use async_graphql::Value;

use super::measure::{MUTATION, PAGE};

/// Names by which a page is known in an answer of the engine, unless all of them are called otherwise.
const OF_A_PAGE: [&str; 4] = ["nodes", "edges", "pageInfo", "totalCount"];

/// What an object of this type costs by itself.
pub fn of_object(type_name: &str) -> u64 {
    if type_name.ends_with("Connection") { PAGE } else { 1 }
}

/// What an answer of the engine cost.
pub fn of_answer(data: &Value, mutation: bool) -> u64 {
    let Value::Object(roots) = data else { return 0 };
    let beside = if mutation { MUTATION * roots.len() as u64 } else { 0 };
    roots.values().map(of_value).sum::<u64>() + beside
}

fn of_value(value: &Value) -> u64 {
    match value {
        Value::List(items) => items.iter().map(of_value).sum(),
        Value::Object(fields) => {
            let page = OF_A_PAGE.iter().any(|name| fields.contains_key(*name));
            let own = if page { PAGE } else { 1 };
            own + fields.values().map(of_value).sum::<u64>()
        }
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn objects_count_one_and_pages_two() {
        for (data, mutation, wanted) in [
            (json!(null), false, 0),
            (json!({}), false, 0),
            (json!({ "a": null, "b": 1, "c": [] }), false, 0),
            (json!({ "me": { "orders": [{ "id": 1 }, { "id": 2, "store": { "id": 3 } }] } }), false, 4),
            (json!({ "orders": { "nodes": [{ "id": 1 }], "pageInfo": { "hasNextPage": false } } }), false, 4),
            (json!({ "leadSubmit": { "lead": { "id": 1 }, "userErrors": [] } }), true, 12),
        ] {
            assert_eq!(of_answer(&Value::from_json(data.clone()).unwrap(), mutation), wanted, "{data}");
        }
    }
}
