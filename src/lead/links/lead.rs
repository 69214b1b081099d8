//! Leads.

use std::collections::HashMap;

use async_graphql::Lookahead;
use entity::LeadId;
use entity::lead::lead;
use futures_util::future::BoxFuture;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::super::policy;
use super::super::types::Lead;
use super::{FollowUpsOfLead, TestDrivesOfLead, TimelineOfLead, TouchpointsOfLead};
use crate::catalog::{TrimById, VehicleModelById};
use crate::customer::CustomerById;
use crate::graph::link::{Prefetch, Relation};
use crate::graph::{Call, Result};
use crate::order::OrderById;
use crate::place::{CityByCode, StaffById, StoreById};

/// Leads by id.
pub struct LeadById;

impl Relation for LeadById {
    type Key = LeadId;
    type Found = Option<Lead>;

    async fn fetch(call: &Call, keys: &[LeadId]) -> Result<HashMap<LeadId, Self::Found>> {
        let rows = lead::Entity::find()
            .filter(lead::Column::Id.is_in(keys.iter().copied()))
            .filter(policy::readable(&call.viewer).or_nothing())
            .all(call.db())
            .await?;
        Ok(rows.into_iter().map(|row| (row.id, Some(Lead(row)))).collect())
    }
}

impl Prefetch for Lead {
    fn prefetch<'a>(call: &'a Call, look: Lookahead<'a>, rows: Vec<Self>) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let ids = || rows.iter().map(|lead| lead.0.id);
            let customer = look.field("customer");
            if customer.exists() {
                let found = call.link::<CustomerById>().many(rows.iter().filter_map(|l| l.0.customer_id)).await?;
                Prefetch::prefetch(call, customer, found.into_iter().flatten().collect()).await?;
            }
            let model = look.field("model");
            if model.exists() {
                let found = call.link::<VehicleModelById>().many(rows.iter().map(|l| l.0.model_id)).await?;
                Prefetch::prefetch(call, model, found.into_iter().flatten().collect()).await?;
            }
            let trim = look.field("trim");
            if trim.exists() {
                let found = call.link::<TrimById>().many(rows.iter().filter_map(|l| l.0.trim_id)).await?;
                Prefetch::prefetch(call, trim, found.into_iter().flatten().collect()).await?;
            }
            if look.field("city").exists() {
                call.link::<CityByCode>().many(rows.iter().map(|l| l.0.city_code.clone())).await?;
            }
            let store = look.field("store");
            if store.exists() {
                let found = call.link::<StoreById>().many(rows.iter().filter_map(|l| l.0.store_id)).await?;
                Prefetch::prefetch(call, store, found.into_iter().flatten().collect()).await?;
            }
            if look.field("owner").exists() {
                call.link::<StaffById>().many(rows.iter().filter_map(|l| l.0.owner_id)).await?;
            }
            let order = look.field("order");
            if order.exists() {
                let found = call.link::<OrderById>().many(rows.iter().filter_map(|l| l.0.converted_order_id)).await?;
                Prefetch::prefetch(call, order, found.into_iter().flatten().collect()).await?;
            }
            if look.field("touchpoints").exists() {
                call.link::<TouchpointsOfLead>().many(ids()).await?;
            }
            if look.field("timeline").exists() {
                call.link::<TimelineOfLead>().many(ids()).await?;
            }
            let follow_ups = look.field("followUps");
            if follow_ups.exists() {
                let found = call.link::<FollowUpsOfLead>().many(ids()).await?;
                Prefetch::prefetch(call, follow_ups, found.into_iter().flatten().collect()).await?;
            }
            let drives = look.field("testDrives");
            if drives.exists() {
                let found = call.link::<TestDrivesOfLead>().many(ids()).await?;
                Prefetch::prefetch(call, drives, found.into_iter().flatten().collect()).await?;
            }
            Ok(())
        })
    }
}
