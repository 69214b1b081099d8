//! A quick way through the rules that a document has to keep (GraphQL specification, 5). The engine's check takes half of
//! the time that a new document takes before it is run; this one says yes in a few percent of that, or nothing at all:
//! what it does not understand at once is left to the engine's, which decides and whose words errors have.
//!
//! So it is stricter than the engine where that is simpler: one operation, no directives but `@skip` and `@include`, no
//! question about the schema, no literal of an input object that takes one field of several. The engine would check a
//! document again each time it runs; where the document is known and [`given`] says yes to its variables, it need not.
//!
//! A test holds each yes against the engine's.

mod types;

use std::collections::HashMap;

use async_graphql::Positioned;
use async_graphql::parser::types::{
    BaseType, Directive, ExecutableDocument, Field as Asked, FragmentDefinition, OperationDefinition, OperationType,
    Selection, SelectionSet, Type, VariableDefinition,
};
use async_graphql::{Name, Variables};
use async_graphql_value::{ConstValue, Value};
use foldhash::fast::RandomState;

use self::types::{Composite, Input, Inputs, Kind, Scalar, Types, types};
use super::answer::chosen;
use super::definitions::{named, root};
use super::schema::NESTED;

/// Most fields, and fragments, of one selection, fragments looked through; each is compared with those before it.
const WIDE: usize = 100;

/// Most variables of an operation; each has a bit.
const VARIABLES: usize = u64::BITS as usize;

/// Whether a document keeps the rules, whatever its variables will be; `false` says nothing. No deeper than `depth`.
pub fn fits(document: &ExecutableDocument, depth: usize) -> bool {
    let Some(operation) = chosen(document, None) else { return false };
    if operation.ty == OperationType::Subscription || operation.variable_definitions.len() > VARIABLES {
        return false;
    }
    let mut check = Check { types: types(), document, operation, fragments: HashMap::default(), used: 0 };
    check.operation(depth).is_some()
}

/// Whether the variables of an operation that keeps the rules are of their types, so that nothing is left to check;
/// `false` says nothing.
pub fn given(operation: &OperationDefinition, variables: &Variables) -> bool {
    operation.variable_definitions.iter().all(|variable| {
        let variable = &variable.node;
        match variables.get(&variable.name.node) {
            // It may stand where there has to be a value, as its default does.
            Some(ConstValue::Null) if variable.default_value.is_some() => false,
            Some(value) => is_of(types(), value, &variable.var_type.node),
            None => variable.var_type.node.nullable || variable.default_value.is_some(),
        }
    })
}

/// Whether a value is of a type for certain.
fn is_of(types: &Types, value: &ConstValue, ty: &Type) -> bool {
    let name = match (&ty.base, value) {
        (_, ConstValue::Null) => return ty.nullable,
        (BaseType::List(of), ConstValue::List(items)) => return items.iter().all(|item| is_of(types, item, of)),
        (BaseType::List(_), _) => return false,
        (BaseType::Named(name), _) => name,
    };
    match (types.get(name), value) {
        (Some(Kind::Scalar(scalar)), value) => scalar.takes(value),
        (Some(Kind::Enum(values)), ConstValue::Enum(name)) => values.contains_key(name.as_str()),
        (Some(Kind::Enum(values)), ConstValue::String(name)) => values.contains_key(name.as_str()),
        (Some(Kind::Input(inputs)), ConstValue::Object(members)) => {
            let known = |(name, member): (&Name, &ConstValue)| {
                inputs.get(name.as_str()).is_some_and(|input| is_of(types, member, input.ty))
            };
            let there = |(name, input): (&&str, &Input)| !input.required || members.contains_key(*name);
            members.iter().all(known) && inputs.iter().all(there)
        }
        _ => false,
    }
}

/// What a fragment comes to.
#[derive(Clone, Copy)]
enum Walked {
    /// It is being walked: it is spread within itself.
    Now,
    /// How deep its selection is.
    Deep(Levels),
}

/// How deep a selection is.
#[derive(Clone, Copy, Default)]
struct Levels {
    /// Fields within fields.
    fields: usize,
    /// Selections within it, those of fragments among them.
    sets: usize,
}

impl Levels {
    /// Of what stands one selection higher.
    fn within(self, fields: usize) -> Self {
        Self { fields: self.fields + fields, sets: self.sets + 1 }
    }

    fn max(self, other: Self) -> Self {
        Self { fields: self.fields.max(other.fields), sets: self.sets.max(other.sets) }
    }
}

/// One walk over a document. Each step gives nothing as soon as something is not certain.
struct Check<'d> {
    types: &'static Types,
    document: &'d ExecutableDocument,
    operation: &'d OperationDefinition,
    fragments: HashMap<&'d str, Walked, RandomState>,
    /// The variables that were met, by their places.
    used: u64,
}

impl<'d> Check<'d> {
    fn operation(&mut self, depth: usize) -> Option<()> {
        let operation = self.operation;
        if !operation.directives.is_empty() {
            return None;
        }
        let variables = &operation.variable_definitions;
        for (place, variable) in variables.iter().enumerate() {
            self.variable(&variable.node, &variables[..place])?;
        }
        let levels = self.selection(&operation.selection_set.node, self.types.composite(root(operation.ty))?, 0)?;
        let all_used = self.used.count_ones() as usize == variables.len();
        let deep = levels.fields > depth || levels.sets > NESTED;
        (all_used && self.fragments.len() == self.document.fragments.len() && !deep).then_some(())
    }

    fn variable(&self, variable: &VariableDefinition, before: &[Positioned<VariableDefinition>]) -> Option<()> {
        let ty = &variable.var_type.node;
        let is_input = match self.types.get(named(ty))? {
            Kind::Input(_) | Kind::OneOf | Kind::Enum(_) | Kind::Scalar(_) => true,
            Kind::Composite(_) => false,
        };
        let doubled = before.iter().any(|one| one.node.name.node == variable.name.node);
        if !is_input || doubled || !variable.directives.is_empty() {
            return None;
        }
        match &variable.default_value {
            Some(default) => self.constant(&default.node, ty),
            None => Some(()),
        }
    }

    /// A selection, `at` so many selections down, and what is below it.
    fn selection(&mut self, set: &'d SelectionSet, on: &'static Composite, at: usize) -> Option<Levels> {
        self.merges(set)?;
        self.items(set, on, at)
    }

    fn items(&mut self, set: &'d SelectionSet, on: &'static Composite, at: usize) -> Option<Levels> {
        if at > NESTED {
            return None;
        }
        let mut levels = Levels::default();
        for item in &set.items {
            let here = match &item.node {
                Selection::Field(field) => self.field(&field.node, on, at)?,
                Selection::InlineFragment(fragment) => {
                    let fragment = &fragment.node;
                    self.directives(&fragment.directives)?;
                    let below = match &fragment.type_condition {
                        Some(condition) => self.types.composite(&condition.node.on.node)?,
                        None => on,
                    };
                    if !on.overlaps(below) {
                        return None;
                    }
                    self.items(&fragment.selection_set.node, below, at + 1)?.within(0)
                }
                Selection::FragmentSpread(spread) => {
                    self.directives(&spread.node.directives)?;
                    self.spread(&spread.node.fragment_name.node, on, at)?.within(0)
                }
            };
            levels = levels.max(here);
        }
        Some(levels)
    }

    fn spread(&mut self, name: &'d Name, on: &'static Composite, at: usize) -> Option<Levels> {
        let fragment: &FragmentDefinition = &self.document.fragments.get(name)?.node;
        let below = self.types.composite(&fragment.type_condition.node.on.node)?;
        if !on.overlaps(below) || !fragment.directives.is_empty() {
            return None;
        }
        match self.fragments.insert(name, Walked::Now) {
            Some(Walked::Now) => None,
            Some(Walked::Deep(levels)) => {
                self.fragments.insert(name, Walked::Deep(levels));
                Some(levels)
            }
            None => {
                let levels = self.selection(&fragment.selection_set.node, below, at + 1)?;
                self.fragments.insert(name, Walked::Deep(levels));
                Some(levels)
            }
        }
    }

    fn field(&mut self, asked: &'d Asked, on: &'static Composite, at: usize) -> Option<Levels> {
        let name = asked.name.node.as_str();
        let below = &asked.selection_set.node;
        let leaf = Levels { fields: 1, sets: 0 };
        if name == "__typename" {
            // The engine does not look at its directives, whose variables then count as unused.
            let alone = asked.arguments.is_empty() && asked.directives.is_empty() && below.items.is_empty();
            return alone.then_some(leaf);
        }
        self.directives(&asked.directives)?;
        let field = on.field(name)?;
        for (place, (argument, value)) in asked.arguments.iter().enumerate() {
            let argument = &argument.node;
            let (_, input) = field.arguments.iter().find(|(name, _)| *argument == *name)?;
            if asked.arguments[..place].iter().any(|(before, _)| before.node == *argument) {
                return None;
            }
            self.value(&value.node, input.ty)?;
        }
        let given = |name: &str| asked.arguments.iter().any(|(argument, _)| argument.node == name);
        if field.arguments.iter().any(|(name, input)| input.required && !given(name)) {
            return None;
        }
        match self.types.get(field.of)? {
            Kind::Composite(of) if !below.items.is_empty() => Some(self.selection(below, of, at + 1)?.within(1)),
            Kind::Enum(_) | Kind::Scalar(_) if below.items.is_empty() => Some(leaf),
            _ => None,
        }
    }

    /// `@skip` and `@include`, each once.
    fn directives(&mut self, directives: &'d [Positioned<Directive>]) -> Option<()> {
        for (place, directive) in directives.iter().enumerate() {
            let directive = &directive.node;
            let name = &directive.name.node;
            let known = name == "skip" || name == "include";
            let doubled = directives[..place].iter().any(|before| before.node.name.node == *name);
            let [(argument, value)] = directive.arguments.as_slice() else { return None };
            if !known || doubled || argument.node != "if" {
                return None;
            }
            match &value.node {
                Value::Boolean(_) => {}
                Value::Variable(variable) => {
                    let ty = &self.use_of(variable)?.var_type.node;
                    let boolean = matches!(&ty.base, BaseType::Named(name) if name == "Boolean");
                    if ty.nullable || !boolean {
                        return None;
                    }
                }
                _ => return None,
            }
        }
        Some(())
    }

    /// The variable of this name, which is used here.
    fn use_of(&mut self, name: &Name) -> Option<&'d VariableDefinition> {
        let variables = &self.operation.variable_definitions;
        let place = variables.iter().position(|variable| variable.node.name.node == *name)?;
        self.used |= 1 << place;
        Some(&variables[place].node)
    }

    /// A value that stands where this type is wanted.
    fn value(&mut self, value: &'d Value, ty: &Type) -> Option<()> {
        match value {
            Value::Variable(name) => {
                let variable = self.use_of(name)?;
                let of = &variable.var_type.node;
                may_stand(of, !of.nullable || variable.default_value.is_some(), ty).then_some(())
            }
            Value::List(items) => match &ty.base {
                BaseType::List(of) => items.iter().try_for_each(|item| self.value(item, of)),
                BaseType::Named(_) => None,
            },
            Value::Object(members) => {
                let inputs = self.inputs(ty)?;
                for (name, member) in members {
                    self.value(member, inputs.get(name.as_str())?.ty)?;
                }
                let missing = |(name, input): (&&str, &Input)| input.required && !members.contains_key(*name);
                (!inputs.iter().any(missing)).then_some(())
            }
            Value::Null => ty.nullable.then_some(()),
            Value::Number(number) => self.scalar(ty)?.takes(&ConstValue::Number(number.clone())).then_some(()),
            Value::String(_) => matches!(self.scalar(ty)?, Scalar::String | Scalar::Id | Scalar::Own).then_some(()),
            Value::Boolean(_) => matches!(self.scalar(ty)?, Scalar::Boolean | Scalar::Own).then_some(()),
            Value::Enum(name) => match self.single(ty)? {
                Kind::Enum(values) => values.contains_key(name.as_str()).then_some(()),
                _ => None,
            },
            Value::Binary(_) => None,
        }
    }

    /// The default of a variable: what is more than one word, or null, is left to the engine, to which a variable with any
    /// default is one that cannot be null.
    fn constant(&self, value: &ConstValue, ty: &Type) -> Option<()> {
        let value = match value {
            ConstValue::Number(number) => Value::Number(number.clone()),
            ConstValue::String(text) => Value::String(text.clone()),
            ConstValue::Boolean(boolean) => Value::Boolean(*boolean),
            ConstValue::Enum(name) => Value::Enum(name.clone()),
            ConstValue::Null | ConstValue::Binary(_) | ConstValue::List(_) | ConstValue::Object(_) => return None,
        };
        let mut alone = Check { fragments: HashMap::default(), ..*self };
        alone.value(&value, ty)
    }

    /// The type of what is no list.
    fn single(&self, ty: &Type) -> Option<&'static Kind> {
        match &ty.base {
            BaseType::Named(name) => self.types.get(name),
            BaseType::List(_) => None,
        }
    }

    fn scalar(&self, ty: &Type) -> Option<Scalar> {
        match self.single(ty)? {
            Kind::Scalar(scalar) => Some(*scalar),
            _ => None,
        }
    }

    fn inputs(&self, ty: &Type) -> Option<&'static Inputs> {
        match self.single(ty)? {
            Kind::Input(fields) => Some(fields),
            _ => None,
        }
    }

    /// Whether what has the same key in a selection is the same field with the same arguments, fragments looked through.
    fn merges(&self, set: &'d SelectionSet) -> Option<()> {
        let (mut fields, mut spread) = (Vec::with_capacity(set.items.len()), Vec::new());
        self.gather(set, 0, &mut fields, &mut spread)?;
        for (place, field) in fields.iter().enumerate() {
            let key = field.response_key().node.as_str();
            for before in &fields[..place] {
                if before.response_key().node == key && !same(before, field) {
                    return None;
                }
            }
        }
        Some(())
    }

    fn gather(
        &self,
        set: &'d SelectionSet,
        at: usize,
        fields: &mut Vec<&'d Asked>,
        spread: &mut Vec<&'d str>,
    ) -> Option<()> {
        if at > NESTED || spread.len() > WIDE {
            return None;
        }
        for item in &set.items {
            match &item.node {
                Selection::Field(field) => fields.push(&field.node),
                Selection::InlineFragment(fragment) => {
                    self.gather(&fragment.node.selection_set.node, at + 1, fields, spread)?;
                }
                Selection::FragmentSpread(one) => {
                    let name = one.node.fragment_name.node.as_str();
                    if !spread.contains(&name) {
                        spread.push(name);
                        let fragment = &self.document.fragments.get(name)?.node;
                        self.gather(&fragment.selection_set.node, at + 1, fields, spread)?;
                    }
                }
            }
        }
        (fields.len() <= WIDE).then_some(())
    }
}

/// Whether two fields ask for the same.
fn same(one: &Asked, other: &Asked) -> bool {
    one.name.node == other.name.node
        && one.arguments.len() == other.arguments.len()
        && one
            .arguments
            .iter()
            .all(|(name, value)| other.get_argument(&name.node).is_some_and(|own| own.node == value.node))
}

/// Whether a variable of one type may stand where another is wanted. As strict as the engine: where a list may be left
/// out, one that may not does not stand.
fn may_stand(variable: &Type, is_given: bool, wanted: &Type) -> bool {
    match (&variable.base, &wanted.base) {
        (BaseType::Named(variable), BaseType::Named(name)) => (is_given || wanted.nullable) && variable == name,
        (BaseType::List(variable), BaseType::List(of)) => {
            is_given != wanted.nullable && may_stand(variable, !variable.nullable, of)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests;
