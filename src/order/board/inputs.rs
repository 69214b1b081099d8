//! What one says to the board.

use async_graphql::{Enum, ID, InputObject};
use chrono::{DateTime, Utc};
use entity::catalog::trim;
use entity::order::order;
use entity::{
    ErrorPolicy, FulfillmentMode, MilestoneCode, OrderPaymentStatus, OrderStatus, Party, StoreId, TrimId,
    VehicleModelId,
};
use sea_orm::ColumnTrait;
use sea_orm::sea_query::{Condition, Expr, Order as Way, Query};

use super::super::inputs::{MilestoneForecastInput, MilestoneRecordInput, MilestoneReport, VehicleAllocateInput};
use super::super::rules::standing::NEVER;
use crate::graph::Result;
use crate::graph::connection::Direction;
use crate::graph::node::{parse_id, parse_some};
use crate::graph::scalars::CityCode;
use crate::store::page::{KeyValue, SortKey, Sorting};

/// Which orders of the board.
#[derive(InputObject, Default)]
pub struct DeliveryBoardWhereInput {
    /// Only those that this store sells or hands over.
    pub store_id: Option<ID>,
    /// Only cars to be registered in this city.
    pub city_code: Option<CityCode>,
    /// Only in these states.
    pub status: Option<Vec<OrderStatus>>,
    /// Only paid so far.
    pub payment_status: Option<Vec<OrderPaymentStatus>>,
    /// Only those at which one of these milestones is to be reached next.
    pub milestone: Option<Vec<MilestoneCode>>,
    /// Only those for which one of these is to act next.
    pub party: Option<Vec<Party>>,
    /// Only those that are late with what comes next, or only the others.
    pub sla_breached: Option<bool>,
    /// Only those that are due before.
    pub due_before: Option<DateTime<Utc>>,
    /// Only those whose car is found so.
    pub fulfillment_mode: Option<Vec<FulfillmentMode>>,
    /// Only of this model.
    pub model_id: Option<ID>,
    /// Only of this trim.
    pub trim_id: Option<ID>,
}

impl DeliveryBoardWhereInput {
    /// The store.
    ///
    /// # Errors
    /// When the id is not one of its kind.
    pub fn store(&self) -> Result<Option<StoreId>> {
        parse_some("where.storeId", self.store_id.as_ref())
    }

    /// The rest as a condition of the statement.
    ///
    /// # Errors
    /// When an id is not one of its kind.
    pub fn condition(self, now: DateTime<Utc>) -> Result<Condition> {
        use order::Column;
        let mut all = Condition::all();
        if let Some(id) = self.trim_id {
            all = all.add(Column::TrimId.eq(parse_id::<TrimId>("where.trimId", &id)?));
        }
        if let Some(id) = self.model_id {
            let model = parse_id::<VehicleModelId>("where.modelId", &id)?;
            let trims = Query::select()
                .column(trim::Column::Id)
                .from(trim::Entity)
                .and_where(trim::Column::ModelId.eq(model))
                .to_owned();
            all = all.add(Column::TrimId.in_subquery(trims));
        }
        let late = |late: bool| if late { Column::CurrentDueAt.lt(now) } else { Column::CurrentDueAt.gte(now) };
        Ok(all
            .add_option(self.city_code.map(|code| Column::CityCode.eq(code.0)))
            .add_option(self.status.map(|wanted| Column::Status.is_in(wanted)))
            .add_option(self.payment_status.map(|wanted| Column::PaymentStatus.is_in(wanted)))
            .add_option(self.milestone.map(|wanted| Column::CurrentMilestone.is_in(wanted)))
            .add_option(self.party.map(|wanted| Column::CurrentParty.is_in(wanted)))
            .add_option(self.fulfillment_mode.map(|wanted| Column::FulfillmentMode.is_in(wanted)))
            .add_option(self.due_before.map(|before| Column::CurrentDueAt.lt(before)))
            .add_option(self.sla_breached.map(late)))
    }
}

/// What to sort the board by.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeliveryBoardSortField {
    /// When what comes next is due; what nobody watches is due at the end of all days.
    DueAt,
    /// When the order became firm.
    PlacedAt,
}

/// How to sort the board; the id decides between equals.
#[derive(InputObject)]
pub struct DeliveryBoardSort {
    /// By what.
    pub field: DeliveryBoardSortField,
    /// Which way.
    pub direction: Direction,
}

/// The order of the board; what is due first when none is given.
pub fn sorting(order_by: Option<DeliveryBoardSort>) -> Sorting<order::Model> {
    let (field, way) =
        order_by.map_or((DeliveryBoardSortField::DueAt, Way::Asc), |sort| (sort.field, sort.direction.into()));
    let column = |column| Expr::col((order::Entity, column));
    // Every order on the board has both.
    let moment = |at: Option<DateTime<Utc>>| KeyValue::from(at.unwrap_or(NEVER));
    let (name, key) = match field {
        DeliveryBoardSortField::DueAt => (
            "due",
            SortKey::new(column(order::Column::CurrentDueAt), way, move |row: &order::Model| {
                moment(row.current_due_at)
            }),
        ),
        DeliveryBoardSortField::PlacedAt => (
            "placed",
            SortKey::new(column(order::Column::PlacedAt), way, move |row: &order::Model| moment(row.placed_at)),
        ),
    };
    Sorting::new("board", name, key, column(order::Column::Id), |row| entity::PrefixedId::uuid(row.id))
}

/// The order of a queue: of orders on the board those that are due first, of others what was ordered first.
pub fn of_queue(on_board: bool) -> Sorting<order::Model> {
    if on_board { Sorting { name: "queue.due.asc".into(), ..sorting(None) } } else { oldest_first() }
}

fn oldest_first() -> Sorting<order::Model> {
    let column = |column| Expr::col((order::Entity, column));
    let key = SortKey::new(column(order::Column::CreatedAt), Way::Asc, |row: &order::Model| row.created_at.into());
    Sorting::new("queue", "created", key, column(order::Column::Id), |row| entity::PrefixedId::uuid(row.id))
}

/// A milestone of many that are recorded.
#[derive(InputObject)]
pub struct MilestoneRecordItemInput {
    /// The order, as in `ord_01J…`.
    pub order_id: ID,
    /// The version that the client has read.
    pub expected_version: i32,
    /// Which milestone.
    pub code: MilestoneCode,
    /// How far it is now.
    pub state: MilestoneReport,
    /// When that happened; now when left out. Not before the order was made, and not in the future.
    pub occurred_at: Option<DateTime<Utc>>,
    /// A word with it, up to 500 characters; shown to the customer.
    pub note: Option<String>,
    /// With `DELAYED`: when it is expected.
    pub forecast: Option<MilestoneForecastInput>,
}

impl MilestoneRecordItemInput {
    /// What is said to the mutation of one.
    pub fn single(self) -> MilestoneRecordInput {
        MilestoneRecordInput {
            idempotency_key: String::new(),
            order_id: self.order_id,
            expected_version: self.expected_version,
            code: self.code,
            state: self.state,
            occurred_at: self.occurred_at,
            note: self.note,
            forecast: self.forecast,
        }
    }
}

/// Milestones to record.
#[derive(InputObject)]
pub struct MilestoneRecordManyInput {
    /// Chosen by the client, at most 200 characters; the same key and input have one effect.
    pub idempotency_key: String,
    /// What becomes of the others when one fails.
    pub error_policy: ErrorPolicy,
    /// What to record, in this order; 1 to 100.
    pub items: Vec<MilestoneRecordItemInput>,
}

/// A car of many that are given to orders.
#[derive(InputObject)]
pub struct VehicleAllocateItemInput {
    /// The order, as in `ord_01J…`.
    pub order_id: ID,
    /// The version of the order that was read.
    pub expected_version: i32,
    /// The car, as in `veh_01J…`; one of `vehicleMatches`.
    pub vehicle_id: ID,
    /// Takes a car whose options are not those that were ordered; for operators, who have the customer's word for it.
    pub accept_differences: Option<bool>,
    /// As `VehicleAllocateInput.acceptDamage`.
    pub accept_damage: Option<bool>,
}

impl VehicleAllocateItemInput {
    /// What is said to the mutation of one.
    pub fn single(self) -> VehicleAllocateInput {
        VehicleAllocateInput {
            idempotency_key: String::new(),
            order_id: self.order_id,
            expected_version: self.expected_version,
            vehicle_id: self.vehicle_id,
            accept_differences: self.accept_differences,
            accept_damage: self.accept_damage,
        }
    }
}

/// Cars to give to orders.
#[derive(InputObject)]
pub struct VehicleAllocateManyInput {
    /// Chosen by the client, at most 200 characters; the same key and input have one effect.
    pub idempotency_key: String,
    /// What becomes of the others when one fails.
    pub error_policy: ErrorPolicy,
    /// Which car to which order, in this order; 1 to 100.
    pub items: Vec<VehicleAllocateItemInput>,
}

/// A node of a template.
#[derive(InputObject)]
pub struct MilestoneTemplateNodeInput {
    /// Which one.
    pub code: MilestoneCode,
    /// Whether customers are not shown it; they are when left out. Only what is on the way to the release of the car, and on the road.
    pub hidden: Option<bool>,
    /// Within how many hours it is to be reached once those before it are, 1 to 4380; not watched when left out.
    pub sla_hours: Option<i32>,
    /// Who is to act for it to be reached; whom the graph names when left out.
    pub responsible_party: Option<Party>,
}

/// A template of milestones as it is to be.
#[derive(InputObject)]
pub struct MilestoneTemplateUpsertInput {
    /// Chosen by the client; the same key and input have one effect.
    pub idempotency_key: String,
    /// The draft to change; a new one when left out.
    pub template_id: Option<ID>,
    /// Version of it that the client read.
    pub expected_version: Option<i32>,
    /// Name, unique, at most 120 characters; it stays.
    pub name: String,
    /// For orders whose car is found so.
    pub fulfillment_mode: FulfillmentMode,
    /// For cars to be registered there; everywhere where there is no other when left out.
    pub city_code: Option<CityCode>,
    /// Whether the balance is wanted before the car is moved; where the store that hands over has no delivery centre when left out.
    pub balance_before_shipment: Option<bool>,
    /// The nodes that an order has, each once, in any order; those that no order can do without are among them.
    pub nodes: Vec<MilestoneTemplateNodeInput>,
}

/// Which template to put in force.
#[derive(InputObject)]
pub struct MilestoneTemplatePublishInput {
    /// Chosen by the client; the same key and input have one effect.
    pub idempotency_key: String,
    /// The draft.
    pub template_id: ID,
    /// Version that the client read.
    pub expected_version: i32,
}

/// Which template to take out of use.
#[derive(InputObject)]
pub struct MilestoneTemplateArchiveInput {
    /// Chosen by the client; the same key and input have one effect.
    pub idempotency_key: String,
    /// The template, a draft or published.
    pub template_id: ID,
    /// Version that the client read.
    pub expected_version: i32,
}
