//! `cn.milepost.inventory.visibility_policy.v1` (C095).

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use entity::catalog::trim;
use entity::inventory::visibility_policy;
use entity::place::store;
use entity::{
    AgeDisclosure, HolderDisclosure, PhysicalStatus, PolicyEffect, PolicyStatus, Role, SalesModel, StockType,
    VinDisclosure, VisibilityPolicyId, VisibilityScope,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::super::rules::policy::check;
use super::super::store::policy::keep;

use crate::graph::Result;
use crate::ingest::keys::{by_key, found, name};
use crate::ingest::{Desk, Inbound, Item, Reason, Verdict, data};
use crate::store::Lock;

data! {
    /// Who sees which cars of others, and what of them (the car maker). The whole of it each time.
    pub struct PolicyData {
        /// Name, unique.
        pub name: String,
        /// State; published ones count.
        pub status: PolicyStatus,
        /// Whether it shows or hides.
        pub effect: PolicyEffect,
        /// Of several the higher one counts.
        pub priority: i32,
        /// Roles of stores that it speaks to; any staff when empty.
        pub roles: Vec<Role>,
        /// Codes of the stores that it speaks to; any when empty.
        pub store_codes: Vec<String>,
        /// How far it reaches.
        pub scope: VisibilityScope,
        /// Of `RADIUS`, kilometres.
        pub radius_km: Option<i32>,
        /// Kinds of stock; any when empty.
        pub stock_types: Vec<StockType>,
        /// States of cars; any when empty.
        pub statuses: Vec<PhysicalStatus>,
        /// Ways of selling; any when empty.
        pub sales_models: Vec<SalesModel>,
        /// Codes of trims; any when left out or empty.
        pub trim_codes: Option<Vec<String>>,
        /// From which age on, days.
        pub min_age_days: Option<i32>,
        /// Up to which age, days.
        pub max_age_days: Option<i32>,
        /// How much of the VIN is shown.
        pub vin_disclosure: VinDisclosure,
        /// How much of the age is shown.
        pub age_disclosure: AgeDisclosure,
        /// How much of the store that has it is shown.
        pub holder_disclosure: HolderDisclosure,
        /// Whether the car may be held.
        pub may_reserve: bool,
        /// Whether the store that has the car may be asked for it; not when left out.
        pub may_request_transfer: Option<bool>,
        /// From when it is in force.
        pub effective_from: DateTime<Utc>,
        /// Until when; for good when left out.
        pub effective_to: Option<DateTime<Utc>>,
    }
}

/// A visibility policy reported.
pub struct PolicyReported;

impl Inbound for PolicyReported {
    const TYPE: &'static str = "cn.milepost.inventory.visibility_policy.v1";
    const DOMAIN: &'static str = "inventory";
    type Data = PolicyData;

    fn example() -> PolicyData {
        PolicyData {
            name: "同城可见".into(),
            status: PolicyStatus::Published,
            effect: PolicyEffect::Allow,
            priority: 10,
            roles: vec![Role::Consultant, Role::StoreManager],
            store_codes: Vec::new(),
            scope: VisibilityScope::SameCity,
            radius_km: None,
            stock_types: vec![StockType::StoreStock],
            statuses: vec![PhysicalStatus::InStock],
            sales_models: Vec::new(),
            trim_codes: None,
            min_age_days: None,
            max_age_days: None,
            vin_disclosure: VinDisclosure::LastSix,
            age_disclosure: AgeDisclosure::Band,
            holder_disclosure: HolderDisclosure::Name,
            may_reserve: true,
            may_request_transfer: Some(false),
            effective_from: DateTime::from_timestamp(1_767_225_600, 0).unwrap_or_default(),
            effective_to: None,
        }
    }

    fn subject(data: &PolicyData) -> String {
        format!("visibility-policy/{}", data.name)
    }

    async fn apply(desk: &mut Desk<'_>, items: &[Item<PolicyData>]) -> Result<Vec<Verdict>> {
        let mut verdicts = Vec::with_capacity(items.len());
        for item in items {
            let data = &item.data;
            let named = data.store_codes.iter().map(String::as_str);
            let stores = by_key::<store::Entity>(desk.tx, store::Column::Code, named, |row| Some(&row.code)).await?;
            let named = data.trim_codes.iter().flatten().map(String::as_str);
            let trims = by_key::<trim::Entity>(desk.tx, trim::Column::Code, named, |row| Some(&row.code)).await?;
            let named = visibility_policy::Entity::find().filter(visibility_policy::Column::Name.eq(&data.name));
            let before = Lock::row(named).take(desk.tx.conn()).await?;
            verdicts.push(match row(desk, data, before.as_ref(), (&stores, &trims)) {
                Ok(row) if keep(desk.tx, before.as_ref(), row.clone()).await? => Verdict::DONE,
                // Another of this name came at this moment.
                Ok(_) => Reason::invalid("name", "ingest-taken").into(),
                Err(verdict) => verdict,
            });
        }
        Ok(verdicts)
    }
}

fn row(
    desk: &Desk<'_>,
    data: &PolicyData,
    before: Option<&visibility_policy::Model>,
    (stores, trims): (&HashMap<String, store::Model>, &HashMap<String, trim::Model>),
) -> Result<visibility_policy::Model, Verdict> {
    desk.sender.check_all("name")?;
    let mut store_ids = Vec::new();
    for (at, code) in data.store_codes.iter().enumerate() {
        store_ids.push(found(stores, &format!("storeCodes.{at}"), "store", code)?.id.to_string());
    }
    let mut trim_ids = Vec::new();
    for (at, code) in data.trim_codes.iter().flatten().enumerate() {
        trim_ids.push(found(trims, &format!("trimCodes.{at}"), "trim", code)?.id.to_string());
    }
    let row = visibility_policy::Model {
        id: before.map_or_else(VisibilityPolicyId::generate, |row| row.id),
        name: name("name", &data.name)?,
        status: data.status,
        effect: data.effect,
        priority: data.priority,
        roles: data.roles.iter().map(ToString::to_string).collect(),
        store_ids: store_ids.into_iter().collect(),
        scope: data.scope,
        radius_km: data.radius_km,
        stock_types: data.stock_types.iter().map(ToString::to_string).collect(),
        statuses: data.statuses.iter().map(ToString::to_string).collect(),
        sales_models: data.sales_models.iter().map(ToString::to_string).collect(),
        // A system that does not know of these says nothing of them.
        trim_ids: match (&data.trim_codes, before) {
            (None, Some(before)) => before.trim_ids.clone(),
            _ => trim_ids.into_iter().collect(),
        },
        min_age_days: data.min_age_days,
        max_age_days: data.max_age_days,
        vin_disclosure: data.vin_disclosure,
        age_disclosure: data.age_disclosure,
        holder_disclosure: data.holder_disclosure,
        may_reserve: data.may_reserve,
        may_request_transfer: data
            .may_request_transfer
            .unwrap_or(before.is_some_and(|before| before.may_request_transfer)),
        effective_from: data.effective_from,
        effective_to: data.effective_to,
        changed_by: Some(desk.sender.actor.clone()),
        changed_at: Some(desk.tx.now()),
        version: before.map_or(1, |row| row.version + 1),
    };
    match check(&row).into_iter().next() {
        None => Ok(row),
        Some(broken) => {
            let reason = Reason::invalid(&broken.field, broken.rule);
            Err(match broken.bounds {
                Some((min, max)) => reason.with("min", i64::from(min)).with("max", i64::from(max)),
                None => reason,
            }
            .into())
        }
    }
}
