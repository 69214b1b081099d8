//! What one says to the customer room.

use async_graphql::{Enum, ID, InputObject, MaybeUndefined};
use chrono::{DateTime, Utc};
use entity::customer::customer;
use entity::{Channel, ConsentPurpose, Gender, InvoiceTitleType, LifecycleStage, Locale, PrefixedId};
use sea_orm::ColumnTrait;
use sea_orm::sea_query::{Condition, Expr, Order};

use crate::graph::scalars::CityCode;
use crate::store::page::{SortKey, Sorting};
use crate::values::city_code;

/// Which customers.
#[derive(InputObject, Default)]
pub struct CustomerWhereInput {
    /// Only these stages.
    pub lifecycle_stage: Option<Vec<LifecycleStage>>,
    /// Only of this city; a county's code stands for its city.
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
            let city = city_code::CityCode::parse(&code.0).map_or(code.0, |city| city.to_string());
            all = all.add(customer::Column::HomeCityCode.eq(city));
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

/// What to withdraw: a purpose, or the purpose of one consent. Exactly one of the two.
#[derive(InputObject)]
pub struct ConsentWithdrawInput {
    /// Chosen by the client; the same key and input have one effect.
    pub idempotency_key: String,
    /// Purpose to withdraw from, whatever text was agreed to.
    pub purpose: Option<ConsentPurpose>,
    /// A consent of the caller's, as in `cns_01J…`.
    pub consent_id: Option<ID>,
}

/// To whom invoices are made out. All of it is said each time, but for `taxId`.
#[derive(InputObject)]
pub struct InvoiceProfileSaveInput {
    /// Chosen by the client; the same key and input have one effect.
    pub idempotency_key: String,
    /// The profile to change; a new one when left out.
    pub id: Option<ID>,
    /// The version of it that the client has read; needed with `id`.
    pub expected_version: Option<i32>,
    /// A person or a company.
    pub title_type: InvoiceTitleType,
    /// Name of the person, 1 to 60 characters, or of the company, 1 to 100.
    pub name: String,
    /// Unified social credit code of a company, which is needed. Resident id of a person, needed for the invoice of a car alone; it is
    /// never shown again, so left out it stays as it is, and null clears it.
    pub tax_id: MaybeUndefined<String>,
    /// Registered address, 1 to 200 characters; needed for a special VAT invoice, as what follows.
    pub address: Option<String>,
    /// Phone, 7 to 20 digits; with area code and extension, too.
    pub phone: Option<String>,
    /// Name of the bank, 1 to 100 characters; together with the account.
    pub bank_name: Option<String>,
    /// Account with the bank, 8 to 32 digits.
    pub bank_account: Option<String>,
    /// Whether it is the one that is taken when none is named. One of them is: name another to change that.
    pub is_default: Option<bool>,
}

/// Which invoice profile to delete.
#[derive(InputObject)]
pub struct InvoiceProfileDeleteInput {
    /// Chosen by the client; the same key and input have one effect.
    pub idempotency_key: String,
    /// The profile, as in `ivp_01J…`.
    pub id: ID,
    /// The version of it that the client has read.
    pub expected_version: i32,
}

/// What to change in the signed-in customer's profile. A field left out stays as it is, null clears it.
#[derive(InputObject)]
pub struct CustomerProfileUpdateInput {
    /// Chosen by the client; the same key and input have one effect.
    pub idempotency_key: String,
    /// The version that was read; with it, a change made in between is a `VersionConflict`.
    pub expected_version: Option<i32>,
    /// Chosen nickname, 1 to 60 characters; cannot be cleared.
    pub display_name: MaybeUndefined<String>,
    /// Real name, 1 to 60 characters.
    pub real_name: MaybeUndefined<String>,
    /// E-mail address.
    pub email: MaybeUndefined<String>,
    /// Street address, 1 to 200 characters.
    pub address: MaybeUndefined<String>,
    /// Gender; null means not stated.
    pub gender: MaybeUndefined<Gender>,
    /// Month of birth, 1 to 12.
    pub birth_month: MaybeUndefined<i32>,
    /// City of residence; a county's code is kept as its city.
    pub home_city_code: MaybeUndefined<CityCode>,
    /// Preferred store, as in `sto_01J…`.
    pub preferred_store_id: MaybeUndefined<ID>,
    /// Language for messages.
    pub preferred_locale: MaybeUndefined<Locale>,
}

impl CustomerProfileUpdateInput {
    /// Names of the fields that were left out. The engine writes them as null, so that without this two inputs of
    /// different meaning would look alike.
    pub fn left_out(&self) -> Vec<String> {
        [
            ("displayName", self.display_name.is_undefined()),
            ("realName", self.real_name.is_undefined()),
            ("email", self.email.is_undefined()),
            ("address", self.address.is_undefined()),
            ("gender", self.gender.is_undefined()),
            ("birthMonth", self.birth_month.is_undefined()),
            ("homeCityCode", self.home_city_code.is_undefined()),
            ("preferredStoreId", self.preferred_store_id.is_undefined()),
            ("preferredLocale", self.preferred_locale.is_undefined()),
        ]
        .into_iter()
        .filter(|(_, left_out)| *left_out)
        .map(|(name, _)| name.to_owned())
        .collect()
    }
}
