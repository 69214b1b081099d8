//! `milestoneTemplateUpsert`, `…Publish`, `…Archive` (C084, C092).

use async_graphql::{Context, SimpleObject};
use chrono::{DateTime, Utc};
use entity::order::milestone_template;
use entity::place::city;
use entity::{MilestoneTemplateId, PolicyStatus, TemplateNode, TemplateNodes};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde::{Deserialize, Serialize};

use super::super::super::rules::template::{Flaw, SLA_HOURS, flaws, in_order};
use super::super::super::types::title_key;
use super::super::inputs::{
    MilestoneTemplateArchiveInput, MilestoneTemplatePublishInput, MilestoneTemplateUpsertInput,
};
use super::super::links::MilestoneTemplateById;
use super::super::policy;
use super::super::types::MilestoneTemplate;
use crate::graph::text::text;
use crate::graph::user_error::UserErrorCode;
use crate::graph::write::{Key, write};
use crate::graph::{Call, CallExt, Refusal, Result, UserError};
use crate::inventory::rules::lifecycle::RuleAction;
use crate::inventory::staged::{self, Reader, Rule, Staged};
use crate::store::{Lock, Tx};

/// What came of it.
#[derive(SimpleObject)]
pub struct MilestoneTemplatePayload {
    /// The template as it is now.
    pub template: Option<MilestoneTemplate>,
    /// What the user can put right.
    pub user_errors: Vec<UserError>,
}

#[derive(Serialize, Deserialize)]
struct Outcome {
    template: MilestoneTemplateId,
}

impl Rule for milestone_template::Model {
    type Entity = milestone_template::Entity;
    type Id = MilestoneTemplateId;
    const COLUMNS: [milestone_template::Column; 3] =
        [milestone_template::Column::Id, milestone_template::Column::Name, milestone_template::Column::Version];

    fn id(&self) -> MilestoneTemplateId {
        self.id
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn version(&self) -> i32 {
        self.version
    }
}

impl Staged for milestone_template::Model {
    const STATUS: milestone_template::Column = milestone_template::Column::Status;

    fn status(&self) -> PolicyStatus {
        self.status
    }

    fn moved(self, status: PolicyStatus, actor: String, now: DateTime<Utc>) -> Self {
        Self { status, changed_by: actor, changed_at: now, version: self.version + 1, ..self }
    }
}

async fn payload(call: &Call, written: Result<Outcome, Vec<UserError>>) -> Result<MilestoneTemplatePayload> {
    let (template, user_errors) = match written {
        Ok(outcome) => (call.link::<MilestoneTemplateById>().one(outcome.template).await?, Vec::new()),
        Err(errors) => (None, errors),
    };
    Ok(MilestoneTemplatePayload { template, user_errors })
}

pub async fn upsert(ctx: &Context<'_>, input: MilestoneTemplateUpsertInput) -> Result<MilestoneTemplatePayload> {
    let call = ctx.call();
    policy::templates(&call.viewer).or_refuse(&call.viewer)?;
    let key = Key::new(ctx, &input.idempotency_key, &input);
    let written = match read(call, input).await? {
        Ok((at, row)) => write(ctx, Some(key), move |tx, call| Box::pin(keep(tx, call, at, row))).await?,
        Err(errors) => Err(errors),
    };
    payload(call, written).await
}

type At = Option<(MilestoneTemplateId, i32)>;

/// The template as it is said, with every error at once.
async fn read(
    call: &Call,
    input: MilestoneTemplateUpsertInput,
) -> Result<Result<(At, milestone_template::Model), Vec<UserError>>> {
    let mut reader = Reader::new(call);
    let at = reader.subject("templateId", input.template_id.as_ref(), input.expected_version);
    let name = reader.name(&input.name);
    let city_code = input.city_code.map(|code| code.0);
    if let Some(code) = &city_code
        && city::Entity::find_by_id(code.clone()).one(call.db()).await?.is_none()
    {
        reader.errors.push(UserError::not_found(call, "cityCode"));
    }
    let node = |node: &super::super::inputs::MilestoneTemplateNodeInput| TemplateNode {
        code: node.code,
        hidden: node.hidden.unwrap_or(false),
        sla_hours: node.sla_hours,
        party: node.responsible_party,
    };
    let nodes: Vec<_> = input.nodes.iter().map(node).collect();
    reader.errors.extend(flaws(&nodes).into_iter().map(|flaw| wrong(call, &flaw)));
    if !reader.errors.is_empty() {
        return Ok(Err(reader.errors));
    }
    let row = milestone_template::Model {
        id: MilestoneTemplateId::generate(),
        name,
        status: PolicyStatus::Draft,
        fulfillment_mode: input.fulfillment_mode,
        city_code,
        balance_first: input.balance_before_shipment,
        nodes: TemplateNodes(in_order(nodes)),
        changed_by: call.viewer.actor(),
        changed_at: call.now,
        version: 1,
    };
    Ok(Ok((at, row)))
}

/// What is wrong with a node, in words for people.
fn wrong(call: &Call, flaw: &Flaw) -> UserError {
    match flaw {
        Flaw::Missing(code) => {
            let title = [("milestone", text(call.locale, &title_key(*code), &[]).into())];
            UserError::coded(call, UserErrorCode::Required, "nodes", "template-missing", &title)
        }
        Flaw::Double(place) => {
            UserError::coded(call, UserErrorCode::Duplicate, &format!("nodes.{place}.code"), "template-twice", &[])
        }
        Flaw::Hidden(place) => {
            UserError::coded(call, UserErrorCode::NotEligible, &format!("nodes.{place}.hidden"), "template-hidden", &[])
        }
        Flaw::Hours(place) => {
            let bounds = [("min", i64::from(*SLA_HOURS.start()).into()), ("max", i64::from(*SLA_HOURS.end()).into())];
            UserError::invalid(call, &format!("nodes.{place}.slaHours"), "ingest-number", &bounds)
        }
    }
}

async fn keep(tx: &mut Tx, call: &Call, at: At, row: milestone_template::Model) -> Result<Outcome, Refusal> {
    let Some(read) = at else {
        return Ok(Outcome { template: staged::written(tx, call, None, row).await? });
    };
    let before: milestone_template::Model = staged::lock(tx, call, "templateId", read).await?;
    let status = staged::step(call, before.status, RuleAction::Change)?;
    staged::check_name(call, &before, &row.name)?;
    let row = milestone_template::Model { id: before.id, status, version: before.version + 1, ..row };
    Ok(Outcome { template: staged::written(tx, call, Some(&before), row).await? })
}

pub async fn publish(ctx: &Context<'_>, input: MilestoneTemplatePublishInput) -> Result<MilestoneTemplatePayload> {
    let call = ctx.call();
    policy::templates(&call.viewer).or_refuse(&call.viewer)?;
    let key = Key::new(ctx, &input.idempotency_key, &input);
    let at = match UserError::parse_id(call, "templateId", &input.template_id) {
        Ok(id) => (id, input.expected_version),
        Err(error) => return payload(call, Err(vec![error])).await,
    };
    let written = write(ctx, Some(key), move |tx, call| Box::pin(put_in_force(tx, call, at))).await?;
    payload(call, written).await
}

async fn put_in_force(tx: &mut Tx, call: &Call, at: (MilestoneTemplateId, i32)) -> Result<Outcome, Refusal> {
    use milestone_template::Column;
    // All of its kind are locked, so that of two that are put in force at once one takes the other's place.
    let draft = milestone_template::Entity::find_by_id(at.0).one(tx.conn()).await?;
    let mode = draft.ok_or_else(|| UserError::not_found(call, "templateId"))?.fulfillment_mode;
    let of_kind = milestone_template::Entity::find().filter(Column::FulfillmentMode.eq(mode));
    let all: Vec<milestone_template::Model> = Lock::row(of_kind.order_by_asc(Column::Id)).all(tx.conn()).await?;
    let city = |id| all.iter().find(|row| row.id == id).map(|row| row.city_code.as_deref());
    let own = city(at.0).ok_or_else(|| UserError::not_found(call, "templateId"))?;
    let replaced = all
        .iter()
        .find(|row| row.status == PolicyStatus::Published && row.id != at.0 && row.city_code.as_deref() == own);
    // What was fit when it was written may not be so by the rules of now.
    let fits = |row: &milestone_template::Model| match flaws(&row.nodes.0).first() {
        Some(flaw) => Err(wrong(call, flaw)),
        None => Ok(()),
    };
    let replaced = replaced.map(|row| row.id);
    Ok(Outcome { template: staged::publish(tx, call, "templateId", at, replaced, fits).await? })
}

pub async fn archive(ctx: &Context<'_>, input: MilestoneTemplateArchiveInput) -> Result<MilestoneTemplatePayload> {
    let call = ctx.call();
    policy::templates(&call.viewer).or_refuse(&call.viewer)?;
    let key = Key::new(ctx, &input.idempotency_key, &input);
    let at = match UserError::parse_id(call, "templateId", &input.template_id) {
        Ok(id) => (id, input.expected_version),
        Err(error) => return payload(call, Err(vec![error])).await,
    };
    let written = write(ctx, Some(key), move |tx, call| Box::pin(take_out(tx, call, at))).await?;
    payload(call, written).await
}

async fn take_out(tx: &mut Tx, call: &Call, at: (MilestoneTemplateId, i32)) -> Result<Outcome, Refusal> {
    Ok(Outcome { template: staged::archive::<milestone_template::Model>(tx, call, "templateId", at).await? })
}
