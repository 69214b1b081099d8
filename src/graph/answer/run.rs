//! A plan of a whole query, and its run.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use async_graphql::parser::types::{ExecutableDocument, OperationDefinition, OperationType};
use async_graphql::{InputType, Name, Value, Variables};
use futures_util::future::{BoxFuture, try_join_all};

use super::plan::{Below, Chosen, Known, Place};
use super::{Answer, Needs, Ordinary, Planner, Selected, Set};
use crate::graph::call::Call;
use crate::graph::error::{Error, Result};

/// Who asks a root field, and what is selected on its answer.
#[derive(Clone, Copy)]
pub struct Ask<'a> {
    /// The request.
    pub call: &'a Call,
    /// What the document selects on the answer.
    pub selected: &'a Selected,
}

/// A root field of the fast way.
pub struct Root {
    /// Its name in the schema.
    pub name: &'static str,
    /// Plans what is selected below it.
    pub plan: Below,
    /// Answers it.
    pub run: Run,
}

/// Answers a root field.
pub type Run = for<'a> fn(&'a Chosen, &'a Pass<'a>) -> BoxFuture<'a, Result<Box<dyn Answer>>>;

/// What every step of a run knows.
pub struct Pass<'a> {
    /// The request.
    pub call: &'a Call,
    variables: Given<'a>,
    /// What was written so far.
    cost: AtomicU64,
}

/// The variables of a request over the defaults of its operation.
#[derive(Clone, Copy)]
struct Given<'a> {
    given: &'a Variables,
    defaults: &'a HashMap<Name, Value>,
}

impl<'a> Given<'a> {
    fn get(self, name: &Name) -> Option<&'a Value> {
        self.given.get(name).or_else(|| self.defaults.get(name))
    }
}

impl<'a> Pass<'a> {
    /// A pass of a call with its variables, and the defaults of its operation.
    pub(super) fn new(call: &'a Call, given: &'a Variables, defaults: &'a HashMap<Name, Value>) -> Self {
        Self { call, variables: Given { given, defaults }, cost: AtomicU64::new(0) }
    }

    /// Counts what an object costs that is written.
    pub(super) fn costs(&self, cost: u64) {
        self.cost.fetch_add(cost, Ordering::Relaxed);
    }

    /// An argument of a field.
    ///
    /// # Errors
    /// When it does not fit its type; the engine words that.
    pub fn argument<T: InputType>(&self, chosen: &Chosen, name: &str) -> Result<T> {
        parse(self.given(chosen, name)?)
    }

    /// An argument that has a default.
    ///
    /// # Errors
    /// As [`Pass::argument`].
    pub fn argument_or<T: InputType>(&self, chosen: &Chosen, name: &str, default: impl FnOnce() -> T) -> Result<T> {
        match self.given(chosen, name)? {
            None => Ok(default()),
            given => parse(given),
        }
    }

    fn given(&self, chosen: &Chosen, name: &str) -> Result<Option<Value>> {
        let Some((_, value)) = chosen.arguments.iter().find(|(argument, _)| argument == name) else { return Ok(None) };
        if let async_graphql_value::Value::Variable(variable) = value {
            return Ok(self.variables.get(variable).cloned());
        }
        // A variable that is left out within a value drops its field; the engine knows how.
        let filled = value.clone().into_const_with(|variable| self.variables.get(&variable).cloned().ok_or(()));
        filled.map(Some).map_err(|()| Error::hidden("a variable is left out"))
    }

    /// A variable of `@skip` or `@include`.
    pub(super) fn flag(&self, variable: &Name) -> Result<bool> {
        match self.variables.get(variable) {
            Some(Value::Boolean(value)) => Ok(*value),
            _ => Err(Error::hidden("a condition without its variable")),
        }
    }
}

fn parse<T: InputType>(value: Option<Value>) -> Result<T> {
    T::parse(value).map_err(|_| Error::hidden("an argument does not fit"))
}

/// A query as the fast way runs it.
pub struct Plan {
    roots: Selected,
    table: &'static [&'static Root],
    defaults: HashMap<Name, Value>,
    /// Variables that have to be given.
    required: Vec<Name>,
    needs: Arc<Needs>,
}

impl Plan {
    /// The plan of an operation over these root fields.
    ///
    /// # Errors
    /// When a part of it is not for the fast way.
    pub fn of(
        document: &ExecutableDocument,
        operation: &OperationDefinition,
        table: &'static [&'static Root],
    ) -> Result<Self, Ordinary> {
        if operation.ty != OperationType::Query || !operation.directives.is_empty() {
            return Err(Ordinary);
        }
        let needs = Mutex::default();
        let planner = Planner { fragments: &document.fragments, lenient: false, needs: Some(&needs) };
        let roots = planner.selected("Query", &[Set::always(&operation.selection_set.node)], |name| {
            let (index, root) = table.iter().enumerate().find(|(_, root)| root.name == name)?;
            Some(Known { index, plan: root.plan, fetches: true, join: None })
        })?;
        let (mut defaults, mut required) = (HashMap::new(), Vec::new());
        for variable in &operation.variable_definitions {
            let variable = &variable.node;
            match &variable.default_value {
                Some(value) => {
                    defaults.insert(variable.name.node.clone(), value.node.clone());
                }
                None if !variable.var_type.node.nullable => required.push(variable.name.node.clone()),
                None => {}
            }
        }
        Ok(Self { roots, table, defaults, required, needs: Arc::new(needs.into_inner().expect("no panic while held")) })
    }

    /// The answer's `data` as JSON, and what it cost.
    ///
    /// # Errors
    /// Whatever does not go well; then the engine answers.
    pub async fn run(&self, call: &Call, variables: &Variables) -> Result<(Vec<u8>, u64)> {
        let given = |name: &Name| variables.get(name).is_some_and(|value| *value != Value::Null);
        if !self.required.iter().all(given) {
            return Err(Error::hidden("a variable is missing"));
        }
        call.read_only(&self.needs);
        call.db().keep();
        let pass = Pass::new(call, variables, &self.defaults);
        let mut wanted = Vec::new();
        for chosen in self.roots.chosen() {
            if chosen.wanted(&pass)? {
                wanted.push(chosen);
            }
        }
        let answers = try_join_all(wanted.iter().map(|chosen| self.answer(chosen, &pass))).await?;
        loop {
            for (chosen, answer) in wanted.iter().zip(&answers) {
                if let Some(answer) = answer
                    && chosen.selected.deep()
                {
                    answer.gather(&chosen.selected, &pass);
                }
            }
            if !call.fetch_missing().await? {
                break;
            }
        }
        call.db().rest().await;
        let mut out = Vec::with_capacity(4096);
        out.push(b'{');
        for (place, (chosen, answer)) in wanted.iter().zip(&answers).enumerate() {
            if place > 0 {
                out.push(b',');
            }
            out.extend_from_slice(chosen.key());
            match (answer, chosen.place()) {
                (Some(answer), _) => answer.write(&chosen.selected, &pass, &mut out)?,
                (None, Place::TypeName(name)) => out.extend_from_slice(name),
                (None, Place::Field(_)) => return Err(Error::hidden("a root without an answer")),
            }
        }
        out.push(b'}');
        Ok((out, pass.cost.into_inner()))
    }

    async fn answer<'a>(&'a self, chosen: &'a Chosen, pass: &'a Pass<'a>) -> Result<Option<Box<dyn Answer>>> {
        match chosen.place() {
            Place::Field(index) => (self.table[*index].run)(chosen, pass).await.map(Some),
            Place::TypeName(_) => Ok(None),
        }
    }
}
