//! `cn.milepost.inventory.visibility_policy.v1` (C095).

use chrono::{DateTime, Utc};
use entity::inventory::visibility_policy;
use entity::place::store;
use entity::{
    AgeDisclosure, HolderDisclosure, PhysicalStatus, PolicyEffect, PolicyStatus, Role, SalesModel, StockType,
    VinDisclosure, VisibilityPolicyId, VisibilityScope,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use crate::graph::Result;
use crate::ingest::keys::{by_key, found, name, small, upsert};
use crate::ingest::{Desk, Inbound, Item, Reason, Verdict, data};

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
        /// Roles that it speaks to; any staff when empty.
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
            min_age_days: None,
            max_age_days: None,
            vin_disclosure: VinDisclosure::LastSix,
            age_disclosure: AgeDisclosure::Band,
            holder_disclosure: HolderDisclosure::Name,
            may_reserve: true,
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
            let before = visibility_policy::Entity::find()
                .filter(visibility_policy::Column::Name.eq(&data.name))
                .one(desk.tx.conn())
                .await?;
            verdicts.push(match row(desk, data, before, &stores) {
                Ok(row) => {
                    let key = [visibility_policy::Column::Id];
                    upsert::<visibility_policy::Entity>(desk.tx, vec![row], &key, &[]).await?;
                    Verdict::DONE
                }
                Err(verdict) => verdict,
            });
        }
        Ok(verdicts)
    }
}

fn row(
    desk: &Desk<'_>,
    data: &PolicyData,
    before: Option<visibility_policy::Model>,
    stores: &std::collections::HashMap<String, store::Model>,
) -> Result<visibility_policy::Model, Verdict> {
    desk.sender.check_all("name")?;
    if (data.scope == VisibilityScope::Radius) != data.radius_km.is_some() {
        return Err(Reason::invalid("radiusKm", "required").into());
    }
    let days = |field: &str, days: Option<i32>| days.map(|days| small(field, days, 0, 10_000)).transpose();
    let mut store_ids = Vec::new();
    for (at, code) in data.store_codes.iter().enumerate() {
        store_ids.push(found(stores, &format!("storeCodes.{at}"), "store", code)?.id.to_string());
    }
    Ok(visibility_policy::Model {
        id: before.as_ref().map_or_else(VisibilityPolicyId::generate, |row| row.id),
        name: name("name", &data.name)?,
        status: data.status,
        effect: data.effect,
        priority: data.priority,
        roles: data.roles.iter().map(ToString::to_string).collect(),
        store_ids: store_ids.into_iter().collect(),
        scope: data.scope,
        radius_km: data.radius_km.map(|km| small("radiusKm", km, 1, 20_000)).transpose()?,
        stock_types: data.stock_types.iter().map(ToString::to_string).collect(),
        statuses: data.statuses.iter().map(ToString::to_string).collect(),
        sales_models: data.sales_models.iter().map(ToString::to_string).collect(),
        min_age_days: days("minAgeDays", data.min_age_days)?,
        max_age_days: days("maxAgeDays", data.max_age_days)?,
        vin_disclosure: data.vin_disclosure,
        age_disclosure: data.age_disclosure,
        holder_disclosure: data.holder_disclosure,
        may_reserve: data.may_reserve,
        effective_from: data.effective_from,
        effective_to: data.effective_to,
        version: before.map_or(1, |row| row.version + 1),
    })
}
