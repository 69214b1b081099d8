//! The schema as a subgraph of Apollo Federation 2: other subgraphs name our objects by their keys and add fields to them,
//! a router asks us for what it needs of them. A new kind of object is one line in `nodes!`, a further key one in `keys!`.

use std::collections::HashMap;
use std::sync::LazyLock;

use async_graphql::{
    Context, Description, ID, InputValueError, InputValueResult, Object, Scalar, ScalarType, SimpleObject, Value,
};

use super::call::{Call, CallExt};
use super::definitions::beside_types;
use super::error::{Code, Error, Result};
use super::node::{self, Entity};
use super::schema;
use crate::catalog::VehicleModelBySlug;
use crate::order::OrderByNumber;
use crate::place::CityByCode;

/// Most objects of one request. A router asks at once for all that a page names.
const MOST: usize = 1_000;

/// The argument that names the objects.
const ARGUMENT: &str = "representations";

/// Types that other subgraphs may have in the same form, beside `PageInfo`.
const SHAREABLE: &[&str] = &["GeoPoint", "Money"];

/// An object as another subgraph knows it: `__typename` and the fields of one of its keys, as in
/// `{ "__typename": "Order", "id": "ord_01J…" }`.
#[derive(Description)]
pub struct Any(Value);

#[Scalar(name = "_Any", use_type_description)]
impl ScalarType for Any {
    fn parse(value: Value) -> InputValueResult<Self> {
        match value {
            Value::Object(_) => Ok(Self(value)),
            other => Err(InputValueError::expected_type(other)),
        }
    }

    fn to_value(&self) -> Value {
        self.0.clone()
    }
}

/// The schema as a subgraph.
#[derive(SimpleObject)]
#[graphql(name = "_Service")]
pub struct Service {
    /// Its definition, with the keys of its types.
    sdl: &'static str,
}

/// What objects are found by beside their id: the type, the field, and the relation from its value to the row.
macro_rules! keys {
    ($($kind:ident: $field:literal => $relation:ty, $read:expr;)*) => {
        /// By type.
        const KEYS: &[(&str, &str)] = &[$((stringify!($kind), $field)),*];

        /// What an object is found by.
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        enum Key {
            Id(String),
            $($kind(String),)*
        }

        impl Key {
            /// Of an object of a type by the text of its field.
            fn by(of: &str, text: &str) -> Option<Self> {
                match of {
                    $(stringify!($kind) => {
                        let read: fn(&str) -> String = $read;
                        Some(Self::$kind(read(text)))
                    })*
                    _ => None,
                }
            }
        }

        /// The objects of these keys, one statement for each kind of key among them. Hidden is as absent.
        async fn find(call: &Call, keys: &[Key]) -> Result<HashMap<Key, Entity>> {
            let id = |key: &Key| if let Key::Id(id) = key { Some(ID::from(id)) } else { None };
            let ids: Vec<ID> = keys.iter().filter_map(id).collect();
            let nodes = node::find(call, &ids).await?.into_iter();
            let mut found: HashMap<_, _> = nodes.map(|(id, node)| (Key::Id(id), Entity::from(node))).collect();
            $(
                let own = |key: &Key| if let Key::$kind(text) = key { Some(text.clone()) } else { None };
                let own: Vec<String> = keys.iter().filter_map(own).collect();
                if !own.is_empty() {
                    let rows = call.link::<$relation>().many(own.iter().cloned()).await?;
                    let rows = own.into_iter().zip(rows).filter_map(|(key, row)| Some((key, row?)));
                    found.extend(rows.map(|(key, row)| (Key::$kind(key), Entity::$kind(row))));
                }
            )*
            Ok(found)
        }
    };
}

keys! {
    City: "code" => CityByCode, str::to_owned;
    // As people write it down.
    Order: "number" => OrderByNumber, |number| number.trim().to_uppercase();
    VehicleModel: "slug" => VehicleModelBySlug, str::to_owned;
}

impl Key {
    /// Of a representation; none when its type has no such key.
    fn of(of: &Value) -> Option<Self> {
        let Value::Object(fields) = of else { return None };
        let text = |name: &str| match fields.get(name) {
            Some(Value::String(text)) => Some(text.as_str()),
            _ => None,
        };
        let name = text("__typename")?;
        if let Some(id) = text("id") {
            return node::is_id(name, id).then(|| Self::Id(id.to_owned()));
        }
        let (_, field) = KEYS.iter().find(|(kind, _)| *kind == name)?;
        Self::by(name, text(field)?)
    }
}

/// What a router asks.
#[derive(Default)]
pub struct FederationQuery;

#[Object]
impl FederationQuery {
    /// Of Apollo Federation: the objects that other subgraphs name, at most 1,000, in their order, null where there is none
    /// that the caller may see.
    #[graphql(name = "_entities")]
    async fn entities(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Their types and keys.")] representations: Vec<Any>,
    ) -> Result<Vec<Option<Entity>>> {
        if representations.len() > MOST {
            return Err(Error::shown(Code::BadUserInput, "too-many-ids").with("max", MOST as i64));
        }
        let key = |(at, one): (usize, &Any)| {
            Key::of(&one.0).ok_or_else(|| Error::argument(ARGUMENT, "representation").with("at", at as i64))
        };
        let keys = representations.iter().enumerate().map(key).collect::<Result<Vec<_>>>()?;
        let found = find(ctx.call(), &keys).await?;
        Ok(keys.iter().map(|key| found.get(key).cloned()).collect())
    }

    /// Of Apollo Federation: the schema as a subgraph, for apps that may ask about the schema.
    #[graphql(name = "_service")]
    async fn service(&self) -> Service {
        Service { sdl: sdl() }
    }
}

/// The definition of the schema as a subgraph of Federation 2.
pub fn sdl() -> &'static str {
    // Made of the whole registry: once.
    static SDL: LazyLock<String> = LazyLock::new(|| written(&schema::subgraph()));
    &SDL
}

/// The fields by which other subgraphs may name objects of a type.
fn keys(of: &str) -> impl Iterator<Item = &'static str> {
    let id = node::prefix(of).map(|_| "id");
    let of = of.to_owned();
    id.into_iter().chain(KEYS.iter().filter(move |(kind, _)| *kind == of).map(|(_, field)| *field))
}

/// A definition with its types' keys written beside them.
fn written(sdl: &str) -> String {
    beside_types(sdl, |name| {
        let keys: String = keys(name).map(|key| format!("@key(fields: \"{key}\") ")).collect();
        let shared = if SHAREABLE.contains(&name) { "@shareable " } else { "" };
        keys + shared
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::graph::definitions::definitions;

    fn key(of: serde_json::Value) -> Option<Key> {
        Key::of(&Value::from_json(of).unwrap())
    }

    #[test]
    fn an_object_is_named_by_its_type_and_one_of_its_keys() {
        let id = "ord_01JD0000000000000000000000";
        assert_eq!(key(json!({ "__typename": "Order", "id": id })), Some(Key::Id(id.into())));
        assert_eq!(key(json!({ "__typename": "Order", "number": "yc1 " })), Some(Key::Order("YC1".into())));
        assert_eq!(key(json!({ "__typename": "City", "code": "310100" })), Some(Key::City("310100".into())));
        assert_eq!(key(json!({ "__typename": "VehicleModel", "slug": "c5" })), Some(Key::VehicleModel("c5".into())));
        for wrong in [
            json!({}),
            json!({ "id": id }),
            json!({ "__typename": "Order" }),
            json!({ "__typename": "Order", "id": 5 }),
            json!({ "__typename": "Order", "slug": "c5" }),
            json!({ "__typename": "Trim", "id": id }),
            json!({ "__typename": "Order", "id": "ord_x" }),
            json!({ "__typename": "Money", "id": id }),
            json!({ "__typename": "City", "id": "310100" }),
        ] {
            assert_eq!(key(wrong.clone()), None, "{wrong}");
        }
    }

    #[test]
    fn each_key_is_a_field_of_a_type_that_can_be_found() {
        for (of, field) in KEYS {
            assert!(definitions().field(of, field).is_some(), "{of}.{field}");
        }
        for of in SHAREABLE {
            assert!(definitions().field_holder(of), "{of}");
        }
    }

    #[test]
    fn the_definition_names_the_keys_and_not_the_routers_fields() {
        let sdl = sdl();
        assert!(
            sdl.contains("\ntype Order implements Node @key(fields: \"id\") @key(fields: \"number\") {\n"),
            "{sdl}"
        );
        assert!(sdl.contains("\ntype City @key(fields: \"code\") {\n"));
        assert!(sdl.contains("\ntype PageInfo @shareable {\n"));
        assert!(sdl.contains("\ntype Subscription {\n"));
        assert!(sdl.contains("https://specs.apollo.dev/federation/v2"));
        for not in ["_entities", "_service", "_Any", "_Entity", "_Service"] {
            assert!(!sdl.contains(not), "{not}");
        }
    }
}
