//! The fast way: a query whose whole selection consists of row types is answered without the engine's resolvers.
//!
//! A row type opts in with [`fields`](milepost_macros::fields) on its `impl` block (or `#[derive(Fields)]` beside
//! `SimpleObject`); the same methods then serve both ways, so a field is written once. Known or new, a document becomes
//! a plan: [`Selected`] says for each object which entries of its type's [`Fields::FIELDS`] to write, in order. Its run
//! is: root fields, then rounds of [`Answer::gather`] and one statement for each relation that was missing, then one
//! pass of [`Answer::write`] into bytes, in which nothing waits.
//!
//! What holds:
//! - The fast way only ever gives a whole answer without errors. Whatever else happens (a field that fails, a variable
//!   that does not fit, something that no plan covers), its work is dropped and the engine answers; a query changes
//!   nothing, so it can be run twice. Errors are therefore worded in one place.
//! - Rows are found through relations only, under the rights of the call, the same for both ways.
//! - The bytes are those of the engine's answer in the order of the selection; a test compares them.

mod document;
mod head;
mod join;
mod known;
mod leaf;
mod list;
mod plan;
mod run;
mod to;
mod wanted;
mod warm;

pub use document::{Document, Documents, chosen, introspects};
pub use head::{Head, Heads};
pub use join::Join;
pub use known::Known;
pub use plan::{Below, Chosen, Ordinary, Planner, Selected, Set};
pub use run::{Ask, Pass, Plan, Root};
pub use to::{Linked, To};
pub use wanted::Needs;
pub use warm::{ahead, below, selected, selected_below};

use super::error::Result;

/// Something that a field answers with.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an answer of the fast way",
    note = "an object: `#[fields]` or `#[derive(Fields)]`; an enum or scalar: a line in `src/graph/answer/leaf.rs`"
)]
pub trait Answer: Send + Sync {
    /// What a document selects on it, over all the places that name the same field.
    fn plan(planner: &Planner<'_>, sets: &[Set<'_>]) -> Result<Selected, Ordinary>
    where
        Self: Sized;

    /// Notes what has to be fetched before it can be written.
    fn gather(&self, _selected: &Selected, _pass: &Pass<'_>) {}

    /// Writes it as JSON.
    ///
    /// # Errors
    /// What a field fails with; then the engine answers.
    fn write(&self, selected: &Selected, pass: &Pass<'_>, out: &mut Vec<u8>) -> Result<()>;
}

/// An object type: its fields, as data.
pub trait Fields: async_graphql::OutputType + Sized + 'static {
    /// The table whose row it stands on.
    const TABLE: Option<&'static str> = None;

    /// Each of them.
    const FIELDS: &'static [Field<Self>];
}

/// A field of an object type.
pub struct Field<T> {
    /// Its name in the schema.
    pub name: &'static str,
    /// How many arguments it takes.
    pub arguments: usize,
    /// Plans what is selected below it.
    pub plan: Below,
    /// Whether it is found through a relation.
    pub fetches: bool,
    /// For a relation: the column of this row that holds its key, and how it joins.
    pub join: Option<(&'static str, &'static Join)>,
    /// The columns of its row that it looks at; none when that cannot be told.
    pub columns: Option<&'static [&'static str]>,
    /// Notes what has to be fetched.
    pub gather: fn(&T, &Chosen, &Pass<'_>) -> Result<()>,
    /// Writes its value.
    pub write: fn(&T, &Chosen, &Pass<'_>, &mut Vec<u8>) -> Result<()>,
}

/// [`Answer`] of an object type.
macro_rules! object {
    ([$($generics:tt)*] $ty:ty) => {
        impl $($generics)* $crate::graph::answer::Answer for $ty {
            fn plan(
                planner: &$crate::graph::answer::Planner<'_>,
                sets: &[$crate::graph::answer::Set<'_>],
            ) -> ::std::result::Result<$crate::graph::answer::Selected, $crate::graph::answer::Ordinary> {
                planner.object::<Self>(sets)
            }

            fn gather(&self, selected: &$crate::graph::answer::Selected, pass: &$crate::graph::answer::Pass<'_>) {
                selected.gather(self, pass);
            }

            fn write(
                &self,
                selected: &$crate::graph::answer::Selected,
                pass: &$crate::graph::answer::Pass<'_>,
                out: &mut ::std::vec::Vec<u8>,
            ) -> $crate::graph::Result<()> {
                selected.write(self, pass, out)
            }
        }
    };
}
pub(crate) use object;
