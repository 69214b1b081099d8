//! What one says to the lead room.

use async_graphql::{Enum, ID, InputObject};
use chrono::{DateTime, Utc};
use entity::lead::lead;
use entity::{
    Channel, ConsentPurpose, FollowUpKind, IntentLevel, LeadStage, LostReason, PrefixedId, StaffId, StoreId,
    VehicleModelId,
};
use sea_orm::ColumnTrait;
use sea_orm::sea_query::{Condition, Expr, Order};

use crate::graph::connection::Direction;
use crate::graph::node::parse_id;
use crate::graph::scalars::{CityCode, CnMobile};
use crate::graph::{Error, Result};
use crate::store::page::{SortKey, Sorting};
use crate::values;

/// Which leads.
#[derive(InputObject, Default)]
pub struct LeadWhereInput {
    /// Only these stages.
    pub stage: Option<Vec<LeadStage>>,
    /// Only these levels of intent.
    pub intent_level: Option<Vec<IntentLevel>>,
    /// Only those of this consultant, as in `stf_01J…`.
    pub owner_id: Option<ID>,
    /// Only those of this store, as in `sto_01J…`.
    pub store_id: Option<ID>,
    /// Only those about this model, as in `mdl_01J…`.
    pub model_id: Option<ID>,
    /// Only those of this city; a county's code stands for its city.
    pub city_code: Option<CityCode>,
    /// Only those whose first form came from here.
    pub channel: Option<Channel>,
    /// First form sent at or after.
    pub created_from: Option<DateTime<Utc>>,
    /// First form sent before.
    pub created_before: Option<DateTime<Utc>>,
    /// Only those with a follow-up that is late, or only those without.
    pub follow_up_overdue: Option<bool>,
    /// All of these.
    #[graphql(name = "AND")]
    pub and: Option<Vec<LeadWhereInput>>,
    /// Any of these.
    #[graphql(name = "OR")]
    pub or: Option<Vec<LeadWhereInput>>,
}

impl LeadWhereInput {
    /// As a condition of the statement.
    ///
    /// # Errors
    /// `BAD_USER_INPUT` for an id or a code that is none.
    pub fn condition(self, now: DateTime<Utc>) -> Result<Condition> {
        let mut all = Condition::all();
        if let Some(stages) = self.stage {
            all = all.add(lead::Column::Stage.is_in(stages));
        }
        if let Some(levels) = self.intent_level {
            all = all.add(lead::Column::IntentLevel.is_in(levels));
        }
        if let Some(id) = self.owner_id {
            all = all.add(lead::Column::OwnerId.eq(parse_id::<StaffId>("where.ownerId", &id)?));
        }
        if let Some(id) = self.store_id {
            all = all.add(lead::Column::StoreId.eq(parse_id::<StoreId>("where.storeId", &id)?));
        }
        if let Some(id) = self.model_id {
            all = all.add(lead::Column::ModelId.eq(parse_id::<VehicleModelId>("where.modelId", &id)?));
        }
        if let Some(code) = self.city_code {
            let city = values::city_code::CityCode::parse(&code.0);
            let city = city.map_err(|invalid| Error::argument("where.cityCode", invalid.rule))?;
            all = all.add(lead::Column::CityCode.eq(city.as_str()));
        }
        if let Some(channel) = self.channel {
            all = all.add(lead::Column::Channel.eq(channel));
        }
        if let Some(from) = self.created_from {
            all = all.add(lead::Column::CreatedAt.gte(from));
        }
        if let Some(before) = self.created_before {
            all = all.add(lead::Column::CreatedAt.lt(before));
        }
        match self.follow_up_overdue {
            Some(true) => all = all.add(lead::Column::NextFollowUpAt.lt(now)),
            Some(false) => {
                let due = lead::Column::NextFollowUpAt;
                all = all.add(Condition::any().add(due.is_null()).add(due.gte(now)));
            }
            None => {}
        }
        for part in self.and.unwrap_or_default() {
            all = all.add(part.condition(now)?);
        }
        if let Some(parts) = self.or {
            let mut any = Condition::any();
            for part in parts {
                any = any.add(part.condition(now)?);
            }
            all = all.add(any);
        }
        Ok(all)
    }
}

/// What to sort leads by.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum LeadSortField {
    /// When the first form was sent.
    CreatedAt,
}

/// How to sort leads; the id decides between equals.
#[derive(InputObject)]
pub struct LeadSort {
    /// By what.
    pub field: LeadSortField,
    /// Which way.
    pub direction: Direction,
}

/// The order of a list of leads; newest first when none is given.
pub fn sorting(order_by: Option<LeadSort>) -> Sorting<lead::Model> {
    let (field, order) =
        order_by.map_or((LeadSortField::CreatedAt, Order::Desc), |sort| (sort.field, sort.direction.into()));
    let (name, key) = match field {
        LeadSortField::CreatedAt => (
            "created",
            SortKey::new(Expr::col((lead::Entity, lead::Column::CreatedAt)), order, |row: &lead::Model| {
                row.created_at.into()
            }),
        ),
    };
    Sorting::new("lead", name, key, Expr::col((lead::Entity, lead::Column::Id)), |row| row.id.uuid())
}

/// A consent given with a form.
#[derive(InputObject)]
pub struct LeadConsentInput {
    /// What the consent is for.
    pub purpose: ConsentPurpose,
    /// Version of the text that was shown.
    pub document_version: String,
}

/// A form that a person sends.
#[derive(InputObject)]
pub struct LeadSubmitInput {
    /// Chosen by the client and not to be guessed, as a random UUID: the same key and input have one effect.
    pub idempotency_key: String,
    /// Where to reach the person.
    pub phone: CnMobile,
    /// What to call the person, at most 60 characters.
    pub name: Option<String>,
    /// The model of interest, as in `mdl_01J…`.
    pub model_id: ID,
    /// The version of interest, one of the model's, as in `trm_01J…`.
    pub trim_id: Option<ID>,
    /// Where the person wants to buy; a county's code stands for its city.
    pub city_code: CityCode,
    /// Where the form was filled in.
    pub channel: Channel,
    /// Code of the form or page, at most 100 characters.
    pub touchpoint: String,
    /// Code of the campaign that brought the person, at most 100 characters.
    pub campaign: Option<String>,
    /// A store that the person chose, as in `sto_01J…`. When left out, staff submit for their own store, and for all
    /// others the nearest suitable one is found.
    pub preferred_store_id: Option<ID>,
    /// How soon the person means to buy; `B` when left out.
    pub intent_level: Option<IntentLevel>,
    /// What the person agreed to. None is needed, but without `SHARE_WITH_DEALER` only a store of the car maker's own
    /// gets the form.
    #[graphql(default)]
    pub consents: Vec<LeadConsentInput>,
}

/// To whom a lead is given.
#[derive(InputObject)]
pub struct LeadAssignInput {
    /// Chosen by the client; the same key and input have one effect.
    pub idempotency_key: String,
    /// The lead, as in `led_01J…`.
    pub lead_id: ID,
    /// The store; the present one when left out. For operators; managers stay in their own.
    pub store_id: Option<ID>,
    /// A consultant of that store. When left out and the store changes, the lead waits for one.
    pub staff_id: Option<ID>,
    /// Refuse if the lead has another version by now.
    pub expected_version: Option<i32>,
}

/// What was learned about the person's interest.
#[derive(InputObject)]
pub struct LeadQualifyInput {
    /// Chosen by the client; the same key and input have one effect.
    pub idempotency_key: String,
    /// The lead, as in `led_01J…`.
    pub lead_id: ID,
    /// How soon the person means to buy.
    pub intent_level: IntentLevel,
    /// What was learned, at most 2,000 characters.
    pub note: String,
}

/// How a lead ends without an order.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum LeadCloseOutcome {
    /// Went elsewhere.
    Lost,
    /// Was no real lead.
    Invalid,
}

/// How and why a lead ends.
#[derive(InputObject)]
pub struct LeadCloseInput {
    /// Chosen by the client; the same key and input have one effect.
    pub idempotency_key: String,
    /// The lead, as in `led_01J…`.
    pub lead_id: ID,
    /// How it ends.
    pub outcome: LeadCloseOutcome,
    /// Why.
    pub reason: LostReason,
    /// More about why, at most 2,000 characters; needed for the reason `OTHER`.
    pub note: Option<String>,
}

/// A lead to take up again.
#[derive(InputObject)]
pub struct LeadReopenInput {
    /// Chosen by the client; the same key and input have one effect.
    pub idempotency_key: String,
    /// The lead, as in `led_01J…`.
    pub lead_id: ID,
    /// Why, at most 2,000 characters.
    pub note: String,
}

/// What to do next.
#[derive(InputObject)]
pub struct FollowUpNextInput {
    /// What.
    pub kind: FollowUpKind,
    /// By when; within a year.
    pub due_at: DateTime<Utc>,
}

/// What came of a follow-up.
#[derive(InputObject)]
pub struct FollowUpTaskCompleteInput {
    /// Chosen by the client; the same key and input have one effect.
    pub idempotency_key: String,
    /// The task, as in `fut_01J…`.
    pub task_id: ID,
    /// What came of it, at most 2,000 characters.
    pub outcome: String,
    /// What to do next.
    pub next: Option<FollowUpNextInput>,
}
