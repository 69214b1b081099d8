//! Variables for a rehearsal: ids of the demo where something is looked up, else the least that a type takes.

use std::collections::HashMap;

use async_graphql::parser::types::{
    BaseType, ExecutableDocument, OperationDefinition, Selection, SelectionSet, Type, TypeKind,
};
use async_graphql::{Name, Value};
use async_graphql_value::Value as Written;
use async_graphql_value::indexmap::IndexMap;
use chrono::{DateTime, Days, SecondsFormat, Utc};
use serde_json::Value as Json;

use crate::graph::definitions::definitions;
use crate::seed::demo_people;

/// What the demo's consultant finds.
pub const KNOWN: &str = "query Known($order: ID!) {
    order(id: $order) { number customer { id } store { id } trim { id } configuration { id code } vehicle { id vin } }
    vehicleModels { id slug trims { id } }
    leads(first: 1) { nodes { id } }
    myFollowUps(first: 1) { nodes { id } }
    redemptionItems { id }
    quotes(first: 1, where: { state: OPEN }) { nodes { id } }
}";

/// Deepest input object that is made up.
const DEEP: usize = 6;

/// Values by what they are of, as in `order.id`, and by the name of an argument, as in `cityCode`.
pub struct Samples {
    known: HashMap<&'static str, String>,
    /// What moments are made up from: the rules look at the clock.
    now: DateTime<Utc>,
}

impl Samples {
    /// Of what [`KNOWN`] answers with.
    pub fn of(found: &Json, now: DateTime<Utc>) -> Self {
        let at = |path: &str| found.pointer(path).and_then(Json::as_str).unwrap_or_default().to_owned();
        let people = demo_people();
        let (order, store) = (people.order.to_string(), people.store.to_string());
        let values = [
            ("order.id", order.clone()),
            ("orderId", order),
            ("number", at("/order/number")),
            ("customer.id", at("/order/customer/id")),
            ("customerId", at("/order/customer/id")),
            ("stream", format!("customer:{}", people.customer)),
            ("store.id", store.clone()),
            ("storeId", store),
            ("trim.id", at("/order/trim/id")),
            ("trimId", at("/order/trim/id")),
            ("configuration.id", at("/order/configuration/id")),
            ("configurationId", at("/order/configuration/id")),
            ("configuration.code", at("/order/configuration/code")),
            ("vehicleUnit.id", at("/order/vehicle/id")),
            ("vehicleId", at("/order/vehicle/id")),
            ("vin", at("/order/vehicle/vin")),
            ("modelId", at("/vehicleModels/0/id")),
            ("slug", at("/vehicleModels/0/slug")),
            ("other trim", at("/vehicleModels/0/trims/0/id")),
            ("lead.id", at("/leads/nodes/0/id")),
            ("leadId", at("/leads/nodes/0/id")),
            ("taskId", at("/myFollowUps/nodes/0/id")),
            ("itemId", at("/redemptionItems/0/id")),
            ("quote.id", at("/quotes/nodes/0/id")),
            ("cityCode", "310100".to_owned()),
            ("city.code", "310100".to_owned()),
        ];
        Self { known: values.into_iter().filter(|(_, value)| !value.is_empty()).collect(), now }
    }

    /// The variables that an operation has to be given.
    pub fn variables(&self, document: &ExecutableDocument, operation: &OperationDefinition) -> IndexMap<Name, Value> {
        let mut uses = HashMap::new();
        places(&operation.selection_set.node, &mut uses);
        document.fragments.values().for_each(|one| places(&one.node.selection_set.node, &mut uses));
        let definitions = operation.variable_definitions.iter().map(|one| &one.node);
        let wanted = definitions.filter(|one| one.default_value.is_none() && !one.var_type.node.nullable);
        let value = |name: &Name, of: &Type| match uses.get(name) {
            Some((field, argument)) => self.value(field, argument, of, 0),
            None => self.value("", name, of, 0),
        };
        wanted.map(|one| (one.name.node.clone(), value(&one.name.node, &one.var_type.node))).collect()
    }

    /// A value for an argument of a field.
    fn value(&self, field: &str, argument: &str, of: &Type, deep: usize) -> Value {
        match &of.base {
            BaseType::List(of) if argument == "ids" => {
                let one = self.value(field, "trimId", of, deep);
                let other = self.known.get("other trim").map(|id| Value::String(id.clone()));
                Value::List(std::iter::once(one.clone()).chain(other.filter(|other| *other != one)).collect())
            }
            BaseType::List(of) if of.nullable || deep > DEEP => Value::List(Vec::new()),
            BaseType::List(of) => Value::List(vec![self.value(field, argument, of, deep)]),
            BaseType::Named(name) => {
                let known = self.known.get(format!("{field}.{argument}").as_str()).or_else(|| self.known.get(argument));
                match known {
                    Some(known) => Value::String(known.clone()),
                    None => self.of_type(name, deep),
                }
            }
        }
    }

    fn tomorrow(&self) -> DateTime<Utc> {
        self.now + Days::new(1)
    }

    /// The least that a type takes.
    fn of_type(&self, name: &str, deep: usize) -> Value {
        match (name, definitions().get(name).map(|definition| &definition.kind)) {
            ("Int" | "Int64", _) => Value::from(1),
            ("Float", _) => Value::from(1.0),
            ("Boolean", _) => Value::from(true),
            ("CnMobile", _) => Value::from("13800000000"),
            ("CityCode", _) => Value::from("310100"),
            ("Decimal", _) => Value::from("1.00"),
            ("Date", _) => Value::from(self.tomorrow().format("%Y-%m-%d").to_string()),
            ("DateTime", _) => Value::from(self.tomorrow().to_rfc3339_opts(SecondsFormat::Secs, true)),
            (_, Some(TypeKind::Enum(of))) => {
                of.values.first().map_or(Value::Null, |value| Value::Enum(value.node.value.node.clone()))
            }
            (_, Some(TypeKind::InputObject(of))) if deep <= DEEP => {
                let fields = || of.fields.iter().map(|field| &field.node);
                let mut wanted: Vec<_> =
                    fields().filter(|field| field.default_value.is_none() && !field.ty.node.nullable).collect();
                // One of several ways to say it: the first for which there is an id.
                if wanted.is_empty() {
                    wanted.extend(fields().find(|field| self.known.contains_key(field.name.node.as_str())));
                }
                let value = |name: &Name, of: &Type| (name.clone(), self.value("", name, of, deep + 1));
                Value::Object(wanted.into_iter().map(|field| value(&field.name.node, &field.ty.node)).collect())
            }
            _ => Value::from("rehearsal"),
        }
    }
}

/// For which argument of which field each variable stands first.
fn places<'d>(set: &'d SelectionSet, found: &mut HashMap<&'d Name, (&'d str, &'d str)>) {
    for item in &set.items {
        match &item.node {
            Selection::Field(field) => {
                let field = &field.node;
                for (argument, value) in &field.arguments {
                    within(&field.name.node, &argument.node, &value.node, found);
                }
                places(&field.selection_set.node, found);
            }
            Selection::InlineFragment(fragment) => places(&fragment.node.selection_set.node, found),
            Selection::FragmentSpread(_) => {}
        }
    }
}

fn within<'d>(
    field: &'d str,
    argument: &'d str,
    value: &'d Written,
    found: &mut HashMap<&'d Name, (&'d str, &'d str)>,
) {
    match value {
        Written::Variable(name) => {
            found.entry(name).or_insert((field, argument));
        }
        Written::List(items) => items.iter().for_each(|item| within(field, argument, item, found)),
        Written::Object(members) => members.iter().for_each(|(name, member)| within("", name, member, found)),
        _ => {}
    }
}
