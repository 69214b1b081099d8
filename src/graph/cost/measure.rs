//! One walk over a parsed document: how much it asks for, before anything is done (guarantees 6.1, domain.md 2.4).
//!
//! A fragment is walked once, however often it is spread, so the walk takes as long as the document is.

use std::cell::Cell;
use std::collections::HashMap;

use async_graphql::Variables;
use async_graphql::parser::types::{
    Directive, ExecutableDocument, Field as Asked, OperationDefinition, OperationType, Selection, SelectionSet,
};
use async_graphql::{Name, Positioned};
use async_graphql_value::{ConstValue, Value};

use super::answer::of_object;
use super::shape::{FIRST, Field, LONGEST, Many, Object, Shape};
use crate::graph::definitions::root;

/// How much a document asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Measure {
    /// Objects in the longest answer it can have; a page counts two more.
    pub cost: u64,
    /// Levels of selections.
    pub depth: u64,
    /// Fields and fragments, those of a fragment at each place where it is spread.
    pub fields: u64,
    /// Those with a name of their own.
    pub aliases: u64,
    /// Fields of the operation itself.
    pub roots: u64,
    /// Directives, counted like fields.
    pub directives: u64,
}

impl Measure {
    /// The greater of each.
    #[must_use]
    pub fn max(self, other: Self) -> Self {
        Self {
            cost: self.cost.max(other.cost),
            depth: self.depth.max(other.depth),
            fields: self.fields.max(other.fields),
            aliases: self.aliases.max(other.aliases),
            roots: self.roots.max(other.roots),
            directives: self.directives.max(other.directives),
        }
    }
}

/// Why a document cannot be measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unmeasured {
    /// A fragment is spread within itself.
    Circular,
    /// The walk has taken more steps than any document is worth.
    Endless,
}

/// Most steps of a walk. A document of the most tokens that the settings begin with takes a tenth of them.
const STEPS: usize = 20_000;

/// Cost of a page beside what is on it.
pub const PAGE: u64 = 2;

/// Cost of a mutation beside what it answers with.
pub const MUTATION: u64 = 10;

/// Measures an operation. Without variables, those that say how many count as the longest page.
///
/// # Errors
/// When a fragment is spread within itself, or the walk comes to no end.
pub fn measure(
    shape: &Shape,
    document: &ExecutableDocument,
    operation: &OperationDefinition,
    variables: Option<&Variables>,
) -> Result<Measure, Unmeasured> {
    measured(&mut Walk::new(shape, document, operation, variables, STEPS))
}

/// The same, when it is the same whatever the variables are.
pub fn fixed(shape: &Shape, document: &ExecutableDocument, operation: &OperationDefinition) -> Option<Measure> {
    let mut walk = Walk::new(shape, document, operation, None, STEPS);
    let measure = measured(&mut walk).ok()?;
    (!walk.asked.get()).then_some(measure)
}

fn measured(walk: &mut Walk<'_>) -> Result<Measure, Unmeasured> {
    let operation = walk.operation;
    let mutation = operation.ty == OperationType::Mutation;
    let sum = walk.selection(&operation.selection_set.node, walk.shape.object(root(operation.ty)), 0)?;
    let beside = if mutation { MUTATION.saturating_mul(sum.here) } else { 0 };
    Ok(Measure {
        cost: sum.cost.saturating_add(beside),
        depth: sum.depth,
        fields: sum.fields,
        aliases: sum.aliases,
        roots: sum.here,
        directives: sum.directives.saturating_add(count(&operation.directives)),
    })
}

/// The most that any operation or fragment of a document comes to, whether it is the one that is asked for or not: the
/// schema's check walks over all of them.
///
/// # Errors
/// When a fragment is spread within itself, or the walk comes to no end.
pub fn worst(
    shape: &Shape,
    document: &ExecutableDocument,
    variables: Option<&Variables>,
) -> Result<Measure, Unmeasured> {
    let mut worst = Measure::default();
    let mut left = STEPS;
    let mut any = None;
    for (_, operation) in document.operations.iter() {
        let operation = &operation.node;
        any = Some(operation);
        let mut walk = Walk::new(shape, document, operation, variables, left);
        worst = worst.max(measured(&mut walk)?);
        left = walk.left;
    }
    let Some(operation) = any else { return Ok(worst) };
    let mut walk = Walk::new(shape, document, operation, variables, left);
    for (name, fragment) in &document.fragments {
        let Sum { depth, fields, aliases, directives, .. } = walk.spread(name, 0)?;
        // As in `field`: what tells of the schema is deep by nature.
        let of_schema = fragment.node.type_condition.node.on.node.starts_with("__");
        let depth = if of_schema { 1 } else { depth };
        worst = worst.max(Measure { depth, fields, aliases, directives, ..Measure::default() });
    }
    Ok(worst)
}

/// What a selection comes to.
#[derive(Clone, Copy, Default)]
struct Sum {
    cost: u64,
    depth: u64,
    fields: u64,
    aliases: u64,
    directives: u64,
    /// Fields of the selection itself.
    here: u64,
}

impl Sum {
    fn add(&mut self, other: Self) {
        self.cost = self.cost.saturating_add(other.cost);
        self.depth = self.depth.max(other.depth);
        self.fields = self.fields.saturating_add(other.fields);
        self.aliases = self.aliases.saturating_add(other.aliases);
        self.directives = self.directives.saturating_add(other.directives);
        self.here = self.here.saturating_add(other.here);
    }
}

/// A fragment, where so many are on a page.
type Spread<'a> = (&'a Name, u64);

struct Walk<'a> {
    shape: &'a Shape,
    document: &'a ExecutableDocument,
    operation: &'a OperationDefinition,
    variables: Option<&'a Variables>,
    /// What fragments come to; none while they are walked.
    known: HashMap<Spread<'a>, Option<Sum>>,
    /// Steps that may still be taken.
    left: usize,
    /// Whether a variable was asked for.
    asked: Cell<bool>,
}

impl<'a> Walk<'a> {
    fn new(
        shape: &'a Shape,
        document: &'a ExecutableDocument,
        operation: &'a OperationDefinition,
        variables: Option<&'a Variables>,
        left: usize,
    ) -> Self {
        Self { shape, document, operation, variables, known: HashMap::new(), left, asked: Cell::new(false) }
    }

    /// `page` is how many are on the page that is selected on.
    fn selection(&mut self, selection: &'a SelectionSet, on: Option<&'a Object>, page: u64) -> Result<Sum, Unmeasured> {
        let mut sum = Sum::default();
        for item in &selection.items {
            self.left = self.left.checked_sub(1).ok_or(Unmeasured::Endless)?;
            let (mut one, directives) = match &item.node {
                Selection::Field(field) => (self.field(&field.node, on, page)?, &field.node.directives),
                Selection::InlineFragment(fragment) => {
                    let fragment = &fragment.node;
                    let on = match &fragment.type_condition {
                        Some(condition) => self.shape.object(&condition.node.on.node),
                        None => on,
                    };
                    (self.selection(&fragment.selection_set.node, on, page)?, &fragment.directives)
                }
                Selection::FragmentSpread(spread) => {
                    (self.spread(&spread.node.fragment_name.node, page)?, &spread.node.directives)
                }
            };
            one.directives = one.directives.saturating_add(count(directives));
            // The engine walks through each of them, whatever it holds.
            if !matches!(item.node, Selection::Field(_)) {
                one.fields = one.fields.saturating_add(1);
            }
            sum.add(one);
        }
        Ok(sum)
    }

    fn spread(&mut self, name: &'a Name, page: u64) -> Result<Sum, Unmeasured> {
        match self.known.get(&(name, page)) {
            Some(Some(sum)) => return Ok(*sum),
            Some(None) => return Err(Unmeasured::Circular),
            None => {}
        }
        // One that is not there is the schema's check to tell.
        let Some(fragment) = self.document.fragments.get(name) else { return Ok(Sum::default()) };
        self.known.insert((name, page), None);
        let on = self.shape.object(&fragment.node.type_condition.node.on.node);
        let mut sum = self.selection(&fragment.node.selection_set.node, on, page)?;
        sum.directives = sum.directives.saturating_add(count(&fragment.node.directives));
        self.known.insert((name, page), Some(sum));
        Ok(sum)
    }

    fn field(&mut self, asked: &'a Asked, on: Option<&'a Object>, page: u64) -> Result<Sum, Unmeasured> {
        let known = on.and_then(|on| on.field(&asked.name.node));
        let below = known.and_then(|field| self.shape.object(&field.of));
        let many = known.map_or(1, |field| self.many(field, asked, page));
        let paged = known.filter(|field| matches!(field.many, Many::Page(_))).map_or(0, |_| many);
        let mut sum = self.selection(&asked.selection_set.node, below, paged)?;
        let object = known.map_or(0, |field| of_object(&field.of));
        // The objects of a page count where it is selected on.
        let times = if below.is_some_and(|below| below.connection) { 1 } else { many };
        sum.cost = sum.cost.saturating_add(object).saturating_mul(times);
        // What tells of the schema is no row of anybody, and deep by nature; the engine bounds it.
        sum.depth = if asked.name.node.starts_with("__") { 1 } else { sum.depth.saturating_add(1) };
        sum.fields = sum.fields.saturating_add(1);
        sum.aliases = sum.aliases.saturating_add(u64::from(asked.alias.is_some()));
        sum.here = 1;
        Ok(sum)
    }

    /// How many objects a field answers with at most.
    fn many(&self, field: &Field, asked: &Asked, page: u64) -> u64 {
        let argument =
            |name: &str| asked.arguments.iter().find(|(own, _)| own.node == name).map(|(_, value)| &value.node);
        match &field.many {
            Many::One => 1,
            Many::OfPage => page,
            Many::AtMost(most) => *most,
            Many::Page(usual) | Many::Slice(usual) => {
                let first = argument(FIRST).and_then(|value| self.number(value)).unwrap_or(*usual);
                u64::try_from(first).unwrap_or(0)
            }
            Many::OfList(name) => argument(name).map_or(1, |value| self.length(value)),
        }
    }

    fn number(&self, value: &Value) -> Option<i64> {
        match value {
            Value::Number(number) => Some(number.as_i64().unwrap_or(i64::MAX)),
            Value::Variable(name) => match self.variable(name) {
                Some(ConstValue::Number(number)) => Some(number.as_i64().unwrap_or(i64::MAX)),
                None if self.variables.is_none() => Some(LONGEST),
                Some(ConstValue::Null) | None => None,
                // Refused where it is read.
                Some(_) => Some(0),
            },
            _ => None,
        }
    }

    fn length(&self, value: &Value) -> u64 {
        match value {
            Value::List(items) => items.len() as u64,
            Value::Variable(name) => match self.variable(name) {
                Some(ConstValue::List(items)) => items.len() as u64,
                None if self.variables.is_none() => LONGEST as u64,
                _ => 1,
            },
            _ => 1,
        }
    }

    /// The value of a variable, or else its usual one.
    fn variable(&self, name: &Name) -> Option<&ConstValue> {
        self.asked.set(true);
        let given = self.variables.and_then(|variables| variables.get(name));
        given.or_else(|| {
            let definition = self.operation.variable_definitions.iter().find(|one| one.node.name.node == *name)?;
            definition.node.default_value.as_ref().map(|value| &value.node)
        })
    }
}

fn count(directives: &[Positioned<Directive>]) -> u64 {
    directives.len() as u64
}
