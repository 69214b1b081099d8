//! What one may do about damage to cars: a file for the report, one for the steps of a case, which are alike, and one for the
//! customer's wish for another car.

mod report;
mod scrap;
mod step;
mod swap;

use async_graphql::{Context, Object, SimpleObject};
use entity::{QualityDamageCaseId, VehicleUnitId};
use serde::{Deserialize, Serialize};

use super::super::links::VehicleUnitById;
use super::super::types::VehicleUnit;
use super::inputs::{
    QualityDamageAssessInput, QualityDamageCloseInput, QualityDamageConfirmLiabilityInput, QualityDamageDowngradeInput,
    QualityDamageReinspectInput, QualityDamageRepairInput, QualityDamageReportInput, QualityDamageScrapInput,
    QualitySwapDeclineInput, QualitySwapRequestInput,
};
use super::links::QualityDamageCaseById;
use super::store::NotLocked;
use super::types::QualityDamageCase;
use crate::graph::answer::below;
use crate::graph::user_error::UserErrorCode;
use crate::graph::{Call, CallExt, Result, UserError};
use crate::values::error::Invalid;
use crate::values::text;

pub use swap::QualitySwapRequestPayload;

/// Most characters of a description, and of what whoever buys the car is told.
pub const MAX_DESCRIPTION: u32 = 1000;

/// Most photos of a damage.
pub const MAX_PHOTOS: usize = 12;

/// Most characters of what is said with a step.
const MAX_NOTE: u32 = 500;

/// What came of it.
#[derive(SimpleObject)]
pub struct QualityDamagePayload {
    /// The damage as it is now.
    pub case: Option<QualityDamageCase>,
    /// The car, as the caller sees it now.
    pub vehicle: Option<VehicleUnit>,
    /// What the user can put right.
    pub user_errors: Vec<UserError>,
}

/// What is left behind.
#[derive(Serialize, Deserialize)]
struct Outcome {
    case: QualityDamageCaseId,
    vehicle: VehicleUnitId,
}

/// Reads the payload under the rights of now.
async fn payload(ctx: &Context<'_>, written: Result<Outcome, Vec<UserError>>) -> Result<QualityDamagePayload> {
    let call = ctx.call();
    let outcome = match written {
        Ok(outcome) => outcome,
        Err(user_errors) => return Ok(QualityDamagePayload { case: None, vehicle: None, user_errors }),
    };
    let case = call.link::<QualityDamageCaseById>().one(outcome.case).await?;
    if let Some(case) = &case {
        below(ctx, call, "case", case).await?;
    }
    let vehicle = call.link::<VehicleUnitById>().one(outcome.vehicle).await?;
    if let Some(car) = &vehicle {
        below(ctx, call, "vehicle", car).await?;
    }
    Ok(QualityDamagePayload { case, vehicle, user_errors: Vec::new() })
}

/// Why a car was not locked, in words for people.
fn not_locked(call: &Call, field: &str, why: NotLocked) -> UserError {
    match why {
        NotLocked::Absent => UserError::not_found(call, field),
        NotLocked::Moving(_) => {
            UserError::coded(call, UserErrorCode::VersionConflict, field, "quality-car-moving", &[])
        }
    }
}

/// A text that has to be there.
fn needed(call: &Call, field: &str, given: &str, max: u32, errors: &mut Vec<UserError>) -> String {
    text::note(given, max).unwrap_or_else(|invalid| {
        errors.push(refused(call, field, invalid));
        String::new()
    })
}

/// A line that may be there.
fn optional_line(
    call: &Call,
    field: &str,
    given: Option<&str>,
    max: u32,
    errors: &mut Vec<UserError>,
) -> Option<String> {
    let given = given.filter(|given| !given.trim().is_empty())?;
    text::line(given, max).map_err(|invalid| errors.push(refused(call, field, invalid))).ok()
}

fn refused(call: &Call, field: &str, invalid: Invalid) -> UserError {
    UserError::refused(call, field, invalid)
}

/// Root fields.
#[derive(Default)]
pub struct Mutations;

#[Object(name = "QualityMutations")]
impl Mutations {
    /// Reports a damage, for staff of the store that has the car, and operators. The car is held from then on, and goes on from where it
    /// was when its last case ends; the customer of its order is told.
    async fn quality_damage_report(
        &self,
        ctx: &Context<'_>,
        input: QualityDamageReportInput,
    ) -> Result<QualityDamagePayload> {
        report::run(ctx, input).await
    }

    /// Says how bad a damage is, for staff of the store that has the car, and operators. With a day by which the car is expected to be
    /// well the inspection of its order is delayed until then.
    async fn quality_damage_assess(
        &self,
        ctx: &Context<'_>,
        input: QualityDamageAssessInput,
    ) -> Result<QualityDamagePayload> {
        step::assess(ctx, input).await
    }

    /// Says who answers for a damage, for the manager of the store that has the car, and operators.
    async fn quality_damage_confirm_liability(
        &self,
        ctx: &Context<'_>,
        input: QualityDamageConfirmLiabilityInput,
    ) -> Result<QualityDamagePayload> {
        step::confirm_liability(ctx, input).await
    }

    /// Begins the repair, for staff of the store that has the car, and operators.
    async fn quality_damage_repair(
        &self,
        ctx: &Context<'_>,
        input: QualityDamageRepairInput,
    ) -> Result<QualityDamagePayload> {
        step::repair(ctx, input).await
    }

    /// Says what a look at the repair has shown, for staff of the store that has the car, and operators: it is good, or is repaired
    /// again.
    async fn quality_damage_reinspect(
        &self,
        ctx: &Context<'_>,
        input: QualityDamageReinspectInput,
    ) -> Result<QualityDamagePayload> {
        step::reinspect(ctx, input).await
    }

    /// Leaves a damage as it is, for the manager of the store that has the car, and operators: the car is sold with it, and whoever buys
    /// it is told. No order gets it by itself any more, and by hand only with `acceptDamage`.
    async fn quality_damage_downgrade(
        &self,
        ctx: &Context<'_>,
        input: QualityDamageDowngradeInput,
    ) -> Result<QualityDamagePayload> {
        step::downgrade(ctx, input).await
    }

    /// Writes the car off, for operators: it is a TOTAL_LOSS, its other open cases end with it, a hold of it ends, and its order waits
    /// for another car.
    async fn quality_damage_scrap(
        &self,
        ctx: &Context<'_>,
        input: QualityDamageScrapInput,
    ) -> Result<QualityDamagePayload> {
        scrap::run(ctx, input).await
    }

    /// Ends a damage whose repair is good, for staff of the store that has the car, and operators.
    async fn quality_damage_close(
        &self,
        ctx: &Context<'_>,
        input: QualityDamageCloseInput,
    ) -> Result<QualityDamagePayload> {
        step::close(ctx, input).await
    }

    /// Asks for another car in place of a damaged one, for the customer of the order that has it. The store then swaps the cars with
    /// `vehicleSwap`, or says no.
    async fn quality_swap_request(
        &self,
        ctx: &Context<'_>,
        input: QualitySwapRequestInput,
    ) -> Result<QualitySwapRequestPayload> {
        swap::request(ctx, input).await
    }

    /// Says no to a customer who asked for another car, for managers of the order's stores, and operators.
    async fn quality_swap_decline(
        &self,
        ctx: &Context<'_>,
        input: QualitySwapDeclineInput,
    ) -> Result<QualityDamagePayload> {
        swap::decline(ctx, input).await
    }
}
