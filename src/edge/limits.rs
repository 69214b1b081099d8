//! How much a document may ask for: told before anything is done, and before the engine walks over it.

use async_graphql::Request;

use crate::graph::answer::chosen;
use crate::graph::cost::{Circular, measure, shape, worst};
use crate::graph::{Code, Error};
use crate::settings::DocumentLimits;
use crate::trusted::normal;

/// Refuses a number that is above what is allowed; `key` names the text.
///
/// # Errors
/// What there is too much of, and how much may be.
pub fn within(key: &'static str, found: u64, most: u64) -> Result<(), Error> {
    if found <= most {
        return Ok(());
    }
    let number = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    Err(Error::shown(Code::LimitExceeded, key).with("found", number(found)).with("max", number(most)))
}

/// Refuses a document that was not seen before, when it or any part of it asks for too much. One that cannot be parsed is
/// left to the engine, which says why.
///
/// # Errors
/// The first limit that it breaks.
pub fn new_document(limits: &DocumentLimits, request: &mut Request) -> Result<(), Error> {
    within("limit-tokens", normal::tokens(&request.query) as u64, limits.tokens as u64)?;
    let variables = request.variables.clone();
    let Ok(document) = request.parsed_query() else { return Ok(()) };
    let worst = worst(shape(), document, Some(&variables));
    let worst = worst.map_err(|Circular| Error::shown(Code::GraphqlValidationFailed, "limit-circle"))?;
    within("limit-depth", worst.depth, limits.depth)?;
    within("limit-fields", worst.fields, limits.fields)?;
    within("limit-aliases", worst.aliases, limits.aliases)?;
    within("limit-roots", worst.roots, limits.root_fields)?;
    within("limit-directives", worst.directives, limits.directives)
}

/// What the operation of this name of a new document costs.
pub fn cost(request: &mut Request, name: Option<&str>) -> Option<u64> {
    let variables = request.variables.clone();
    let document = request.parsed_query().ok()?;
    Some(measure(shape(), document, chosen(document, name)?, Some(&variables)).ok()?.cost)
}
