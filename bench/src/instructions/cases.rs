//! What is counted.

use async_graphql::{Request, Variables};
use milepost::access::{Viewer, ViewerKind};
use milepost::seed::demo_people;
use serde_json::{Value, json};

/// Which part of the way is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    /// Answering a document that is known, on the thread that serves; the database's own is not counted.
    Answer,
    /// Reading one that was never seen: parsing, checking, planning.
    Read,
}

/// A document with its caller.
pub struct Case {
    /// Its name among the counts.
    pub name: String,
    /// What is counted.
    pub work: Work,
    /// Who asks.
    pub viewer: Viewer,
    /// The least length of its answer, so that an empty list is noticed.
    pub bytes: usize,
    document: &'static str,
    variables: Value,
}

impl Case {
    /// The request; `mark` at the end of its operation's name makes it another document.
    pub fn request(&self, mark: &str) -> Request {
        let end =
            self.document.find(['(', '{']).map_or(self.document.len(), |end| self.document[..end].trim_end().len());
        let document = format!("{}{mark}{}", &self.document[..end], &self.document[end..]);
        Request::new(document).variables(Variables::from_json(self.variables.clone()))
    }
}

/// All of them.
pub fn all() -> Vec<Case> {
    let people = demo_people();
    let customer = Viewer::of(ViewerKind::Customer(people.customer));
    let consultant = Viewer::of(ViewerKind::Staff { id: people.consultant, store: people.store, manager: false });
    let trivial = (include_str!("../../documents/trivial.graphql"), json!({}), &customer, 10);
    let tracking =
        (include_str!("../../documents/order-tracking.graphql"), json!({ "id": people.order }), &customer, 1000);
    let board = (include_str!("../../documents/order-board.graphql"), json!({ "first": 50 }), &consultant, 30_000);
    let leads = (include_str!("../../documents/lead-queue.graphql"), json!({ "first": 50 }), &consultant, 10_000);
    let mut cases = Vec::new();
    for (name, (document, variables, viewer, bytes)) in
        [("trivial", trivial), ("order-tracking", tracking), ("order-board", board), ("lead-queue", leads)]
    {
        for (work, part) in [(Work::Answer, "answer"), (Work::Read, "read")] {
            let (name, viewer, variables) = (format!("{name} {part}"), viewer.clone(), variables.clone());
            cases.push(Case { name, work, viewer, bytes, document, variables });
        }
    }
    cases
}
