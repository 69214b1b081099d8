//! What whoever decides has found: of a car that goes back, and how much money goes back.

use serde::{Deserialize, Serialize};

use super::super::inputs::ReturnInspectionInput;
use super::{Asked, Not};
use crate::access::ViewerKind;
use crate::graph::scalars::Int64;
use crate::graph::user_error::UserErrorCode;
use crate::graph::{Call, UserError};
use crate::order::mutations::{MAX_NOTE, bad_text};
use crate::order::rules::handover::MAX_ODOMETER_KM;
use crate::values::text;
use entity::ReturnGround;

/// What was found of a car that goes back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    /// What its odometer says, kilometres.
    pub odometer_km: i32,
    /// How it is.
    pub condition: String,
    /// Whether it may be sold again as it is.
    pub restock: bool,
    /// What goes back, fen, where it is granted by somebody's word.
    pub refund_minor: Option<i64>,
}

/// What whoever grants a request says with it.
#[derive(Debug, Default)]
pub struct Findings {
    /// On which ground, if on another one, and what was found.
    inspection: Option<(Option<ReturnGround>, Found)>,
    refund_minor: Option<i64>,
}

impl Findings {
    /// Reads what was said.
    ///
    /// # Errors
    /// All that is wrong in it.
    pub fn read(
        call: &Call,
        inspection: Option<ReturnInspectionInput>,
        refund_minor: Option<Int64>,
    ) -> Result<Self, Vec<UserError>> {
        let mut errors = Vec::new();
        let refund_minor = refund_minor.map(|minor| minor.0);
        if refund_minor.is_some_and(|minor| minor < 0) {
            errors.push(UserError::invalid(call, "refundMinor", "order-refund-sum", &[]));
        }
        let inspection = inspection.and_then(|said| {
            errors.extend(odometer("inspection.odometerKm", said.odometer_km).err().map(|not| not.user_error(call)));
            let condition = text::note(&said.condition, MAX_NOTE);
            let condition = condition.map_err(|e| errors.push(bad_text(call, "inspection.condition", e, MAX_NOTE)));
            let condition = condition.ok()?;
            let found = Found { odometer_km: said.odometer_km, condition, restock: said.restock, refund_minor };
            Some((said.ground, found))
        });
        if errors.is_empty() { Ok(Self { inspection, refund_minor }) } else { Err(errors) }
    }
}

/// What an odometer can say.
///
/// # Errors
/// That it cannot.
pub fn odometer(field: &'static str, km: i32) -> Result<i32, Not> {
    let args = vec![("min", 0_i64.into()), ("max", i64::from(MAX_ODOMETER_KM).into())];
    let wrong = Not { code: UserErrorCode::Invalid, field, key: "ingest-number", args };
    if (0..=MAX_ODOMETER_KM).contains(&km) { Ok(km) } else { Err(wrong) }
}

impl Asked {
    /// What is wanted, with what was found.
    ///
    /// # Errors
    /// What is missing, has nothing to do with the kind, or is not the caller's to say.
    pub fn found(self, call: &Call, findings: Findings) -> Result<Self, Vec<UserError>> {
        let refused = |code, field: &str, key: &str| vec![UserError::coded(call, code, field, key, &[])];
        let Findings { inspection, refund_minor } = findings;
        let ground = match &self {
            Self::Return(of) => Some(of.ground),
            Self::Exchange(of) => Some(of.back.ground),
            _ => None,
        };
        let Some(ground) = ground else {
            if inspection.is_some() {
                return Err(refused(UserErrorCode::NotEligible, "inspection", "order-no-inspection"));
            }
            return match self {
                Self::Refund(mut of) => {
                    of.amount_minor = refund_minor.or(of.amount_minor);
                    Ok(Self::Refund(of))
                }
                _ if refund_minor.is_some() => {
                    Err(refused(UserErrorCode::NotEligible, "refundMinor", "order-refund-by-rule"))
                }
                other => Ok(other),
            };
        };
        let Some((said, found)) = inspection else {
            return Err(refused(UserErrorCode::Required, "inspection", "order-inspection"));
        };
        let ground = said.unwrap_or(ground);
        let by_word = ground == ReturnGround::Goodwill;
        if by_word && !matches!(call.viewer.kind, ViewerKind::Operator(_)) {
            return Err(refused(UserErrorCode::Forbidden, "inspection.ground", "order-goodwill-operator"));
        }
        match (by_word, found.refund_minor) {
            (true, None) => return Err(refused(UserErrorCode::Required, "refundMinor", "order-refund-sum")),
            (false, Some(_)) => return Err(refused(UserErrorCode::NotEligible, "refundMinor", "order-refund-by-rule")),
            _ => {}
        }
        Ok(match self {
            Self::Return(mut of) => {
                (of.ground, of.found) = (ground, Some(found));
                Self::Return(of)
            }
            Self::Exchange(mut of) => {
                (of.back.ground, of.back.found) = (ground, Some(found));
                Self::Exchange(of)
            }
            other => other,
        })
    }
}
