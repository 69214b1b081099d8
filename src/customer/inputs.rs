//! What one says to the customer room.

use async_graphql::{Enum, InputObject};
use chrono::{DateTime, Utc};
use entity::customer::customer;
use entity::{Channel, ConsentPurpose, LifecycleStage, PrefixedId};
use sea_orm::ColumnTrait;
use sea_orm::sea_query::{Condition, Expr, Order};

use crate::graph::scalars::CityCode;
use crate::store::page::{SortKey, Sorting};

/// Which customers.
#[derive(InputObject, Default)]
pub struct CustomerWhereInput {
    /// Only these stages.
    pub lifecycle_stage: Option<Vec<LifecycleStage>>,
    /// Only of this city.
    pub home_city_code: Option<CityCode>,
    /// Registered at or after.
    pub registered_from: Option<DateTime<Utc>>,
    /// Registered before.
    pub registered_before: Option<DateTime<Utc>>,
    /// All of these.
    #[graphql(name = "AND")]
    pub and: Option<Vec<CustomerWhereInput>>,
    /// Any of these.
    #[graphql(name = "OR")]
    pub or: Option<Vec<CustomerWhereInput>>,
}

impl CustomerWhereInput {
    /// As a condition of the statement.
    pub fn condition(self) -> Condition {
        let mut all = Condition::all();
        if let Some(stages) = self.lifecycle_stage {
            all = all.add(customer::Column::LifecycleStage.is_in(stages));
        }
        if let Some(code) = self.home_city_code {
            all = all.add(customer::Column::HomeCityCode.eq(code.0));
        }
        if let Some(from) = self.registered_from {
            all = all.add(customer::Column::RegisteredAt.gte(from));
        }
        if let Some(before) = self.registered_before {
            all = all.add(customer::Column::RegisteredAt.lt(before));
        }
        for part in self.and.unwrap_or_default() {
            all = all.add(part.condition());
        }
        if let Some(parts) = self.or {
            all = all.add(parts.into_iter().fold(Condition::any(), |any, part| any.add(part.condition())));
        }
        all
    }
}

/// What to sort customers by.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum CustomerSortField {
    /// When the row was made.
    CreatedAt,
    /// Human number.
    Number,
}

/// How to sort customers; the id decides between equals.
#[derive(InputObject)]
pub struct CustomerSort {
    /// By what.
    pub field: CustomerSortField,
    /// Which way.
    pub direction: crate::graph::connection::Direction,
}

/// The order of a list of customers; newest first when none is given.
pub fn sorting(order_by: Option<CustomerSort>) -> Sorting<customer::Model> {
    let (field, order) =
        order_by.map_or((CustomerSortField::CreatedAt, Order::Desc), |sort| (sort.field, sort.direction.into()));
    let (name, key) = match field {
        CustomerSortField::CreatedAt => (
            "created",
            SortKey::new(
                Expr::col((customer::Entity, customer::Column::CreatedAt)),
                order.clone(),
                |row: &customer::Model| row.created_at.into(),
            ),
        ),
        CustomerSortField::Number => (
            "number",
            SortKey::new(
                Expr::col((customer::Entity, customer::Column::Number)),
                order.clone(),
                |row: &customer::Model| row.number.clone().into(),
            ),
        ),
    };
    Sorting::new("customer", name, key, Expr::col((customer::Entity, customer::Column::Id)), |row| row.id.uuid())
}

/// What to agree to.
#[derive(InputObject)]
pub struct ConsentGrantInput {
    /// Chosen by the client; the same key and input have one effect.
    pub idempotency_key: String,
    /// What the consent is for.
    pub purpose: ConsentPurpose,
    /// Version of the text that was shown.
    pub document_version: String,
    /// Where it was shown.
    #[graphql(default_with = "Channel::App")]
    pub channel: Channel,
}
