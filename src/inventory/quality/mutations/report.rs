//! `qualityDamageReport` (C101).

use async_graphql::Context;
use entity::{QualityDamageNode, VehicleUnitId};

use super::super::inputs::QualityDamageReportInput;
use super::super::policy;
use super::super::store::{self, Finding};
use super::{MAX_DESCRIPTION, MAX_PHOTOS, Outcome, QualityDamagePayload, needed, not_locked, optional_line, payload};
use crate::catalog::rules::media::{LONGEST, is_address};
use crate::graph::user_error::UserErrorCode;
use crate::graph::write::{Key, write};
use crate::graph::{Call, CallExt, Refusal, Result, UserError};
use crate::ingest::keys::MAX_NAME;
use crate::store::Tx;
use crate::values::machine;

pub async fn run(ctx: &Context<'_>, input: QualityDamageReportInput) -> Result<QualityDamagePayload> {
    let call = ctx.call();
    policy::cars(&call.viewer).or_refuse(&call.viewer)?;
    let key = Key::new(ctx, &input.idempotency_key, &input);
    let written = match read(call, input) {
        Ok((vehicle, finding)) => {
            write(ctx, Some(key), move |tx, call| Box::pin(report(tx, call, vehicle, finding))).await?
        }
        Err(errors) => Err(errors),
    };
    payload(ctx, written).await
}

fn read(call: &Call, input: QualityDamageReportInput) -> Result<(VehicleUnitId, Finding), Vec<UserError>> {
    let mut errors = Vec::new();
    let vehicle = UserError::parse_id(call, "vehicleId", &input.vehicle_id).map_err(|error| errors.push(error)).ok();
    let carrier = optional_line(call, "carrier", input.carrier.as_deref(), MAX_NAME, &mut errors);
    if input.node == QualityDamageNode::Carrier && input.carrier.as_ref().is_none_or(|name| name.trim().is_empty()) {
        errors.push(UserError::coded(call, UserErrorCode::Required, "carrier", "required", &[]));
    }
    let description = needed(call, "description", &input.description, MAX_DESCRIPTION, &mut errors);
    let photos = input.photos.unwrap_or_default();
    errors.extend(check_photos(call, &photos));
    let found_at = input.found_at.unwrap_or(call.now);
    if found_at > call.now {
        errors.push(UserError::invalid(call, "foundAt", "quality-future", &[]));
    }
    let finding = Finding {
        node: input.node,
        carrier,
        severity: input.severity,
        position: input.position,
        kind: input.kind,
        description,
        photos,
        found_at,
        number: None,
    };
    match vehicle {
        Some(vehicle) if errors.is_empty() => Ok((vehicle, finding)),
        _ => Err(errors),
    }
}

fn check_photos(call: &Call, photos: &[String]) -> Vec<UserError> {
    if photos.len() > MAX_PHOTOS {
        let max = [("max", i64::try_from(MAX_PHOTOS).unwrap_or(i64::MAX).into())];
        return vec![UserError::invalid(call, "photos", "quality-photos", &max)];
    }
    let wrong = |address: &str| !is_address(address) || address.chars().count() > LONGEST as usize;
    let places = photos.iter().enumerate().filter(|(_, address)| wrong(address));
    places.map(|(place, _)| UserError::invalid(call, &format!("photos.{place}"), "media-address", &[])).collect()
}

async fn report(tx: &mut Tx, call: &Call, vehicle: VehicleUnitId, finding: Finding) -> Result<Outcome, Refusal> {
    let cars = policy::cars(&call.viewer).or_refuse(&call.viewer)?;
    let actor = call.viewer.actor();
    let standing = store::lock(tx, actor.clone(), vehicle, cars).await?;
    let mut standing = standing.map_err(|why| not_locked(call, "vehicleId", why))?;
    let case = store::report(tx, &mut standing, finding, &actor).map_err(|illegal| {
        UserError::transition(
            call,
            illegal.from,
            machine::code(&illegal.action),
            illegal.allowed.iter().map(machine::code),
        )
    })?;
    if let Some(order) = standing.order {
        order.save(tx);
    }
    Ok(Outcome { case, vehicle })
}
