//! From a document's selection to what is to be written.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use async_graphql::parser::types::{Directive, Field as Asked, FragmentDefinition, Selection, SelectionSet};
use async_graphql::{Name, Positioned};
use async_graphql_value::Value;

use super::{Fields, Heads, Join, Needs, Pass};
use crate::graph::cost;
use crate::graph::error::Result;

/// A selection that no plan covers: the engine answers.
#[derive(Clone, Copy, Debug)]
pub struct Ordinary;

/// What is selected on an object, in order; empty on what has no fields. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Selected(Arc<OnObject>);

#[derive(Debug, Default)]
struct OnObject {
    fields: Vec<Chosen>,
    deep: bool,
    heads: Heads,
    /// What each such object costs.
    cost: u64,
}

/// One field of a selection.
#[derive(Debug)]
pub struct Chosen {
    /// Its key in the answer as JSON, with the colon.
    key: Box<[u8]>,
    name: Name,
    place: Place,
    conditions: Vec<Condition>,
    /// Places before it with the same key: where the conditions of one hold, the field stands there.
    unless: Vec<Vec<Condition>>,
    /// Its arguments as written, variables among them.
    pub(super) arguments: Vec<(Name, Value)>,
    /// What is selected below it.
    pub selected: Selected,
    join: Option<(&'static str, &'static Join)>,
    deep: bool,
}

/// What a field stands for.
#[derive(Debug)]
pub(super) enum Place {
    /// Index in [`Fields::FIELDS`].
    Field(usize),
    /// `__typename`, as JSON.
    TypeName(Box<[u8]>),
}

/// `@include(if: $variable)`, or with `wanted` false `@skip`.
#[derive(Clone, Debug, PartialEq)]
struct Condition {
    variable: Name,
    wanted: bool,
}

/// Makes plans of a document's selections.
#[derive(Clone, Copy)]
pub struct Planner<'a> {
    /// The document's fragments.
    pub fragments: &'a HashMap<Name, Positioned<FragmentDefinition>>,
    /// Leaves out what it cannot plan instead of giving up: to fetch ahead for the engine.
    pub lenient: bool,
    /// Where to note which columns are looked at.
    pub needs: Option<&'a Mutex<Needs>>,
}

/// A field of a type, for the planner.
pub struct Known {
    /// Its place in the table of its type.
    pub index: usize,
    /// Plans what is below it.
    pub plan: Below,
    /// Whether it is found through a relation.
    pub fetches: bool,
    /// The column that holds its key, and how it joins.
    pub join: Option<(&'static str, &'static Join)>,
}

/// Plans what is below a field.
pub type Below = fn(&Planner<'_>, &[Set<'_>]) -> Result<Selected, Ordinary>;

/// A selection below a field, and what has to hold for it beside what holds for the field.
#[derive(Clone, Debug)]
pub struct Set<'a> {
    selection: &'a SelectionSet,
    conditions: Vec<Condition>,
}

impl<'a> Set<'a> {
    /// A selection that always counts.
    pub fn always(selection: &'a SelectionSet) -> Self {
        Self { selection, conditions: Vec::new() }
    }
}

/// One place of a selection where a response key may get its field.
struct Gathered<'a> {
    key: &'a str,
    field: &'a Asked,
    conditions: Vec<Condition>,
    /// Conditions of the places before it with the same key: where one holds, the field stands there.
    unless: Vec<Vec<Condition>>,
}

/// The places of a selection, and for each response key what is selected below it.
#[derive(Default)]
struct Places<'a> {
    fields: Vec<Gathered<'a>>,
    below: Vec<(&'a str, Vec<Set<'a>>)>,
}

impl<'a> Places<'a> {
    fn add(&mut self, field: &'a Asked, conditions: Vec<Condition>) {
        let key = field.response_key().node.as_str();
        let set = Set { selection: &field.selection_set.node, conditions: conditions.clone() };
        match self.below.iter_mut().find(|(known, _)| *known == key) {
            Some((_, sets)) => sets.push(set),
            None => {
                self.below.push((key, vec![set]));
                return self.fields.push(Gathered { key, field, conditions, unless: Vec::new() });
            }
        }
        let before = self.fields.iter().filter(|one| one.key == key).map(|one| one.conditions.clone());
        let unless: Vec<_> = before.collect();
        // Where a place before stands whenever this one does, this one never gets the field.
        if !unless.iter().any(|before| before.iter().all(|condition| conditions.contains(condition))) {
            self.fields.push(Gathered { key, field, conditions, unless });
        }
    }

    /// What is selected below a key. Where all places of the key have the same conditions, those are the field's.
    fn sets(&self, key: &str) -> Vec<Set<'a>> {
        let known = self.below.iter().find(|(known, _)| *known == key);
        if let Some((_, sets)) = known
            && let [Set { selection, .. }] = sets.as_slice()
        {
            return vec![Set::always(selection)];
        }
        let mut sets = known.map(|(_, sets)| sets.clone()).unwrap_or_default();
        if let Some(first) = sets.first().map(|set| set.conditions.clone())
            && sets.iter().all(|set| set.conditions == first)
        {
            sets.iter_mut().for_each(|set| set.conditions.clear());
        }
        sets
    }
}

impl Planner<'_> {
    /// The plan of a selection on an object type.
    pub fn object<'s, T: Fields>(&'s self, sets: &[Set<'s>]) -> Result<Selected, Ordinary> {
        self.selected(&T::type_name(), sets, |name| {
            let (index, field) = T::FIELDS.iter().enumerate().find(|(_, field)| field.name == name)?;
            if let Some(needs) = self.needs {
                needs.lock().expect("no panic while held").add(T::TABLE, field.columns, field.fetches);
            }
            Some(Known { index, plan: field.plan, fetches: field.fetches, join: field.join })
        })
    }

    /// The plan of a selection on the type of this name, whose fields `find` knows.
    pub fn selected<'s>(
        &'s self,
        type_name: &str,
        sets: &[Set<'s>],
        find: impl Fn(&str) -> Option<Known>,
    ) -> Result<Selected, Ordinary> {
        let mut selected = OnObject { cost: cost::of_object(type_name), ..OnObject::default() };
        let mut places = Places::default();
        for set in sets {
            self.collect(type_name, set.selection, &set.conditions, &mut places)?;
        }
        for Gathered { key, field, conditions, unless } in &places.fields {
            let name = field.name.node.as_str();
            let (place, below, fetches, join) = if name == "__typename" {
                (Place::TypeName(json(type_name)), Selected::default(), false, None)
            } else {
                let Some(known) = find(name) else {
                    if self.lenient {
                        continue;
                    }
                    return Err(Ordinary);
                };
                (Place::Field(known.index), (known.plan)(self, &places.sets(key))?, known.fetches, known.join)
            };
            let deep = fetches || below.deep();
            selected.deep |= deep;
            selected.fields.push(Chosen {
                key: self::key(key),
                name: field.name.node.clone(),
                place,
                conditions: conditions.clone(),
                unless: unless.clone(),
                arguments: field
                    .arguments
                    .iter()
                    .map(|(name, value)| (name.node.clone(), value.node.clone()))
                    .collect(),
                selected: below,
                join,
                deep,
            });
        }
        Ok(Selected(Arc::new(selected)))
    }

    /// The selections below the fields of this name, aliases and fragments looked through.
    pub fn below<'s>(&'s self, selection: &'s SelectionSet, field: &str) -> Vec<Set<'s>> {
        let mut found = Vec::new();
        for item in &selection.items {
            match &item.node {
                Selection::Field(one) if one.node.name.node == field => {
                    found.push(Set::always(&one.node.selection_set.node));
                }
                Selection::Field(_) => {}
                Selection::InlineFragment(fragment) => {
                    found.extend(self.below(&fragment.node.selection_set.node, field));
                }
                Selection::FragmentSpread(spread) => {
                    if let Some(fragment) = self.fragments.get(&spread.node.fragment_name.node) {
                        found.extend(self.below(&fragment.node.selection_set.node, field));
                    }
                }
            }
        }
        found
    }

    fn collect<'s>(
        &'s self,
        type_name: &str,
        set: &'s SelectionSet,
        outer: &[Condition],
        found: &mut Places<'s>,
    ) -> Result<(), Ordinary> {
        for item in &set.items {
            match &item.node {
                Selection::Field(field) => {
                    let field = &field.node;
                    let Some(conditions) = conditions(&field.directives, outer)? else { continue };
                    found.add(field, conditions);
                }
                Selection::InlineFragment(fragment) => {
                    let fragment = &fragment.node;
                    let Some(conditions) = conditions(&fragment.directives, outer)? else { continue };
                    let on = fragment.type_condition.as_ref().map(|on| on.node.on.node.as_str());
                    if self.applies(on, type_name)? {
                        self.collect(type_name, &fragment.selection_set.node, &conditions, found)?;
                    }
                }
                Selection::FragmentSpread(spread) => {
                    let spread = &spread.node;
                    let Some(conditions) = conditions(&spread.directives, outer)? else { continue };
                    let fragment = &self.fragments.get(&spread.fragment_name.node).ok_or(Ordinary)?.node;
                    if self.applies(Some(fragment.type_condition.node.on.node.as_str()), type_name)? {
                        self.collect(type_name, &fragment.selection_set.node, &conditions, found)?;
                    }
                }
            }
        }
        Ok(())
    }

    /// Whether a fragment speaks of this object type. One on an interface is left to the engine.
    fn applies(&self, on: Option<&str>, type_name: &str) -> Result<bool, Ordinary> {
        match on {
            None => Ok(true),
            Some(on) if on == type_name => Ok(true),
            Some(_) if self.lenient => Ok(false),
            Some(_) => Err(Ordinary),
        }
    }
}

fn holds(conditions: &[Condition], pass: &Pass<'_>) -> Result<bool> {
    for condition in conditions {
        if pass.flag(&condition.variable)? != condition.wanted {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The conditions of a place, with those around it; none when it is never there.
fn conditions(directives: &[Positioned<Directive>], outer: &[Condition]) -> Result<Option<Vec<Condition>>, Ordinary> {
    let mut all = outer.to_vec();
    for directive in directives {
        let wanted = match directive.node.name.node.as_str() {
            "include" => true,
            "skip" => false,
            _ => return Err(Ordinary),
        };
        match directive.node.get_argument("if").map(|value| &value.node) {
            Some(Value::Boolean(value)) if *value == wanted => {}
            Some(Value::Boolean(_)) => return Ok(None),
            Some(Value::Variable(variable)) => all.push(Condition { variable: variable.clone(), wanted }),
            _ => return Err(Ordinary),
        }
    }
    Ok(Some(all))
}

/// A name as JSON, in which nothing has to be escaped.
fn json(name: &str) -> Box<[u8]> {
    [b"\"", name.as_bytes(), b"\""].concat().into()
}

/// A key of an answer as JSON, with the colon.
fn key(name: &str) -> Box<[u8]> {
    [b"\"", name.as_bytes(), b"\":"].concat().into()
}

impl Selected {
    /// Whether a field of this name is selected, conditions apart.
    pub fn selects(&self, name: &str) -> bool {
        self.0.fields.iter().any(|chosen| &*chosen.name == name)
    }

    /// Whether anything below may have to be fetched.
    pub fn deep(&self) -> bool {
        self.0.deep
    }

    /// What is selected on the rows of a list, in the ways in which a document can.
    pub fn rows(&self) -> Vec<&Self> {
        let nodes = self.0.fields.iter().filter(|chosen| &*chosen.name == "nodes").map(|chosen| &chosen.selected);
        let edges = self.0.fields.iter().filter(|chosen| &*chosen.name == "edges");
        let edges = edges.flat_map(|edges| edges.selected.0.fields.iter().filter(|chosen| &*chosen.name == "node"));
        nodes.chain(edges.map(|chosen| &chosen.selected)).collect()
    }

    /// What the statement of this field begins with, written once.
    pub fn heads(&self) -> &Heads {
        &self.0.heads
    }

    /// The relations that are selected: the column of the key, how they join, whether whatever the variables are, and what
    /// is selected on them.
    pub(super) fn joins(&self) -> impl Iterator<Item = (&'static str, &'static Join, bool, &Self)> {
        self.0.fields.iter().filter_map(|chosen| {
            let (column, join) = chosen.join?;
            Some((column, join, chosen.conditions.is_empty(), &chosen.selected))
        })
    }

    /// Its fields in order.
    pub fn chosen(&self) -> &[Chosen] {
        &self.0.fields
    }

    /// [`super::Answer::gather`] of an object.
    pub fn gather<T: Fields>(&self, row: &T, pass: &Pass<'_>) {
        for chosen in self.0.fields.iter().filter(|chosen| chosen.deep) {
            if let Place::Field(index) = chosen.place
                && chosen.wanted(pass).unwrap_or(true)
            {
                // What is missing is noted; a field that fails does so again when it is written.
                let _ = (T::FIELDS[index].gather)(row, chosen, pass);
            }
        }
    }

    /// [`super::Answer::write`] of an object.
    ///
    /// # Errors
    /// What a field fails with.
    pub fn write<T: Fields>(&self, row: &T, pass: &Pass<'_>, out: &mut Vec<u8>) -> Result<()> {
        pass.costs(self.0.cost);
        out.push(b'{');
        let mut first = true;
        for chosen in &self.0.fields {
            if !chosen.wanted(pass)? {
                continue;
            }
            if !std::mem::take(&mut first) {
                out.push(b',');
            }
            out.extend_from_slice(&chosen.key);
            match &chosen.place {
                Place::Field(index) => (T::FIELDS[*index].write)(row, chosen, pass, out)?,
                Place::TypeName(name) => out.extend_from_slice(name),
            }
        }
        out.push(b'}');
        Ok(())
    }
}

impl Chosen {
    /// Its name in the schema.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its key in the answer as JSON, with the colon.
    pub(super) fn key(&self) -> &[u8] {
        &self.key
    }

    /// Where its field is in the table of its type; `__typename` as JSON.
    pub(super) fn place(&self) -> &Place {
        &self.place
    }

    /// Whether `@skip` and `@include` let it stand.
    pub(super) fn wanted(&self, pass: &Pass<'_>) -> Result<bool> {
        if !holds(&self.conditions, pass)? {
            return Ok(false);
        }
        for before in &self.unless {
            if holds(before, pass)? {
                return Ok(false);
            }
        }
        Ok(true)
    }
}
