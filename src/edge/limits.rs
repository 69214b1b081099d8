//! How much a document may ask for: told before anything is done, and before the engine walks over it.

use async_graphql::Request;

use crate::graph::answer::chosen;
use crate::graph::cost::{Unmeasured, measure, shape, worst};
use crate::graph::parse;
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

/// What the operation of this name costs in a document that was not seen before; the refusal when the document or any part
/// of it asks for too much. None of one that cannot be parsed, or whose choice is not clear: the engine says why.
///
/// # Errors
/// The first limit that it breaks.
pub fn new_document(limits: &DocumentLimits, request: &mut Request) -> Result<Option<u64>, Error> {
    within("limit-tokens", normal::tokens(&request.query) as u64, limits.tokens as u64)?;
    let (variables, name) = (request.variables.clone(), request.operation_name.clone());
    parse::ahead(request);
    let Ok(document) = request.parsed_query() else { return Ok(None) };
    let worst = worst(shape(), document, Some(&variables));
    let worst = worst.map_err(|unmeasured| match unmeasured {
        Unmeasured::Circular => Error::shown(Code::GraphqlValidationFailed, "limit-circle"),
        Unmeasured::Endless => Error::shown(Code::LimitExceeded, "limit-steps"),
    })?;
    within("limit-depth", worst.depth, limits.depth)?;
    within("limit-fields", worst.fields, limits.fields)?;
    within("limit-aliases", worst.aliases, limits.aliases)?;
    within("limit-roots", worst.roots, limits.root_fields)?;
    within("limit-directives", worst.directives, limits.directives)?;
    let Some(operation) = chosen(document, name.as_deref()) else { return Ok(None) };
    if document.operations.iter().count() == 1 {
        return Ok(Some(worst.cost));
    }
    Ok(measure(shape(), document, operation, Some(&variables)).ok().map(|measure| measure.cost))
}
