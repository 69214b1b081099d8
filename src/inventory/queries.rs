//! What one may ask the inventory room.

use async_graphql::ID;
use entity::inventory::{alert, alert_rule, sort_rule, transfer, vehicle_unit, visibility_policy};
use entity::place::store;
use entity::{PolicyStatus, PrefixedId, Role, StockAlertRuleId, StoreId, VehicleUnitId, VisibilityPolicyId};
use sea_orm::sea_query::{Condition, Expr, ExprTrait, Order};
use sea_orm::{ColumnTrait, EntityTrait};

use super::inputs::{
    InventorySort, InventorySortField, InventoryWhereInput, OLDEST_FIRST, StockAlertWhereInput,
    StockTransferWhereInput, Viewpoint, Wanted, nearness, sorting, sorting_by_rule,
};
use super::links::{JUDGED, JUDGED_AND_RANKED, VehicleUnitById, shown};
use super::offers::{RADIUS_KM, StoreOffers, offers};
use super::policy;
use super::rules::visibility::{Verdict, is_store_staff};
use super::store::alert::STANDING;
use super::summary::{InventorySummary, summary};
use super::types::{
    CarRow, InventoryPreviewCar, InventorySortRule, InventoryVisibilityPolicy, StockAlert, StockAlertRule,
    StockTransfer, VehicleUnit,
};
use crate::access::ViewerKind;
use crate::catalog::TrimById;
use crate::graph::connection::{List, Rows, list, page_args};
use crate::graph::node::parse_id;
use crate::graph::scalars::CityCode;
use crate::graph::{Ask, Error, Result, roots};
use crate::place::GeoPointInput;
use crate::store::page::{SortKey, Sorting};
use crate::values::city_code;
use crate::values::geo::chord_squared;

/// Root fields.
#[derive(Default)]
pub struct Queries;

#[roots(name = "InventoryQueries")]
impl Queries {
    /// Cars that the published policies show to the caller's store; all for operators. Not for customers, who have
    /// `inventorySummary`. Oldest stock first when no order is given.
    async fn inventory(
        &self,
        ask: &Ask<'_>,
        #[graphql(name = "where", desc = "Which cars.")] filter: Option<InventoryWhereInput>,
        #[graphql(desc = "How to sort.")] order_by: Option<InventorySort>,
        #[graphql(desc = "A point to measure from.")] near: Option<GeoPointInput>,
        #[graphql(desc = "How many, 1 to 100.")] first: i32,
        #[graphql(desc = "Cursor of the last row of the page before.")] after: Option<String>,
    ) -> Result<List<VehicleUnit>> {
        let call = ask.call;
        let args = page_args(first, after.as_deref())?;
        let point = near.map(GeoPointInput::point).transpose()?;
        let sight = policy::sight(call).await?;
        let filter = filter.unwrap_or_default();
        let bounded = near.map(GeoPointInput::radius).transpose()?.flatten().is_some();
        let by_distance = matches!(Wanted::of(order_by)?, Wanted::By(InventorySortField::Distance, _));
        let rows = policy::listed_for(call, &sight, &filter, bounded || by_distance).or_refuse(&call.viewer)?;
        let backend = call.app.db.backend();
        let mut rows = Condition::all().add(rows).add(filter.condition(call)?);
        if let Some(near) = near
            && let Some(radius) = near.radius()?
        {
            let boxed = near.condition(vehicle_unit::Column::Latitude, vehicle_unit::Column::Longitude)?;
            rows = rows.add(boxed).add(policy::chord(near.point()?).lte(chord_squared(radius)));
        }
        let show = |row: CarRow| shown(call, &sight, row.car, false, point);
        let Wanted::By(field, direction) = Wanted::of(order_by)? else {
            let rule = policy::sort_rule(call).await?;
            let own = sight.place().map(|place| place.point);
            let from = Viewpoint { point: point.or(own), store: call.viewer.store() };
            let rows = Rows::those(rows).with(vec![nearness(backend, from.point)], JUDGED_AND_RANKED);
            return list(ask, rows, &sorting_by_rule(rule.as_ref(), backend, from, call.now), &args, show).await;
        };
        let rows = Rows::those(rows).with(vec![nearness(backend, point)], JUDGED);
        list(ask, rows, &sorting((field, direction), backend, point)?, &args, show).await
    }

    /// How many cars there are, for screens: bands and arrival dates for customers, numbers too for staff.
    async fn inventory_summary(
        &self,
        ask: &Ask<'_>,
        #[graphql(name = "where", desc = "Which cars; customers may ask by trim, model, city and region.")]
        filter: Option<InventoryWhereInput>,
    ) -> Result<InventorySummary> {
        summary(ask.call, filter.unwrap_or_default()).await
    }

    /// What the stores around a city offer of a trim, so that nobody has to ask store by store: one price, and in what they
    /// differ. Open to everybody, and the same for everybody.
    async fn store_offers(
        &self,
        ask: &Ask<'_>,
        #[graphql(desc = "Where the car is to be registered, and from where stores are looked for.")]
        city_code: CityCode,
        #[graphql(desc = "As in `trm_01J…`.")] trim_id: ID,
        #[graphql(desc = "How far from the city's middle, kilometres, 1 to 500; 100 when left out.")] radius_km: Option<
            i32,
        >,
    ) -> Result<StoreOffers> {
        let call = ask.call;
        let city = city_code::CityCode::parse(&city_code.0);
        let city = city.map_err(|invalid| Error::argument("cityCode", invalid.rule))?;
        let trim = call.link::<TrimById>().one(parse_id("trimId", &trim_id)?).await?;
        let trim = trim.ok_or_else(|| Error::argument("trimId", "not-found"))?;
        let radius_km = radius_km.unwrap_or(100);
        if !RADIUS_KM.contains(&radius_km) {
            let error = Error::argument("radiusKm", "ingest-number").with("min", i64::from(*RADIUS_KM.start()));
            return Err(error.with("max", i64::from(*RADIUS_KM.end())));
        }
        offers(call, &trim, &city, radius_km).await
    }

    /// A car by id; null when there is none that the caller may see.
    async fn vehicle_unit(
        &self,
        ask: &Ask<'_>,
        #[graphql(desc = "As in `veh_01J…`.")] id: ID,
    ) -> Result<Option<VehicleUnit>> {
        ask.call.link::<VehicleUnitById>().one(parse_id::<VehicleUnitId>("id", &id)?).await
    }

    /// Visibility policies by name; for operators.
    async fn inventory_visibility_policies(
        &self,
        ask: &Ask<'_>,
        #[graphql(desc = "Those in this state; left out, all.")] status: Option<PolicyStatus>,
        #[graphql(desc = "How many, 1 to 100.")] first: i32,
        #[graphql(desc = "Cursor of the last row of the page before.")] after: Option<String>,
    ) -> Result<List<InventoryVisibilityPolicy>> {
        use visibility_policy::Column;
        let viewer = &ask.call.viewer;
        let args = page_args(first, after.as_deref())?;
        let rows = policy::rules(viewer).or_refuse(viewer)?;
        let rows = rows.add_option(status.map(|status| Column::Status.eq(status)));
        let column = |column| Expr::col((visibility_policy::Entity, column));
        let name = |row: &visibility_policy::Model| row.name.clone().into();
        let name = SortKey::new(column(Column::Name), Order::Asc, name);
        let by_name = Sorting::new("visibility-policy", "name", name, column(Column::Id), |row| row.id.uuid());
        list(ask, Rows::those(rows), &by_name, &args, |row| Some(InventoryVisibilityPolicy(row))).await
    }

    /// What staff of a store would see of the cars by the policies, the oldest stock first, and which policies show each; for operators.
    async fn inventory_visibility_preview(
        &self,
        ask: &Ask<'_>,
        #[graphql(desc = "From which store they look.")] store_id: ID,
        #[graphql(desc = "`CONSULTANT` or `STORE_MANAGER`.")] role: Role,
        #[graphql(desc = "A draft that counts as published, within its dates.")] policy_id: Option<ID>,
        #[graphql(desc = "A published policy that does not count: the one whose place the draft would take.")]
        replaces_id: Option<ID>,
        #[graphql(name = "where", desc = "Which cars.")] filter: Option<InventoryWhereInput>,
        #[graphql(desc = "How many, 1 to 100.")] first: i32,
        #[graphql(desc = "Cursor of the last row of the page before.")] after: Option<String>,
    ) -> Result<List<InventoryPreviewCar>> {
        let call = ask.call;
        policy::rules(&call.viewer).or_refuse(&call.viewer)?;
        let args = page_args(first, after.as_deref())?;
        let store: StoreId = parse_id("storeId", &store_id)?;
        if store::Entity::find_by_id(store).one(call.db()).await?.is_none() {
            return Err(Error::argument("storeId", "not-found"));
        }
        if !is_store_staff(role) {
            return Err(Error::argument("role", "policy-role"));
        }
        let also = match policy_id {
            Some(id) => {
                let id: VisibilityPolicyId = parse_id("policyId", &id)?;
                let found = visibility_policy::Entity::find_by_id(id).one(call.db()).await?;
                let found = found.ok_or_else(|| Error::argument("policyId", "not-found"))?;
                if found.status == PolicyStatus::Archived {
                    return Err(Error::argument("policyId", "policy-archived"));
                }
                Some(found)
            }
            None => None,
        };
        let without = match replaces_id {
            Some(id) => {
                let id: VisibilityPolicyId = parse_id("replacesId", &id)?;
                let found = visibility_policy::Entity::find_by_id(id).one(call.db()).await?;
                let found = found.filter(|found| found.status == PolicyStatus::Published);
                Some(found.ok_or_else(|| Error::argument("replacesId", "not-found"))?.id)
            }
            None => None,
        };
        let sight = policy::sight_of(call, role, Some(store), (also, without)).await?;
        let backend = call.app.db.backend();
        let present = filter.unwrap_or_default().condition(call)?;
        let rows = Condition::all().add(sight.shown_to(call, store)).add(present);
        let rows = Rows::those(rows).with(vec![nearness(backend, None)], JUDGED);
        let show = |row: CarRow| match sight.verdict(call, &row.car) {
            Some(Verdict::Visible { disclosure, by }) => {
                Some(InventoryPreviewCar { row: row.car, shown: disclosure, by: sight.policies(&by) })
            }
            _ => None,
        };
        list(ask, rows, &sorting(OLDEST_FIRST, backend, None)?, &args, show).await
    }

    /// Sort rules by name; for operators.
    async fn inventory_sort_rules(
        &self,
        ask: &Ask<'_>,
        #[graphql(desc = "Those in this state; left out, all.")] status: Option<PolicyStatus>,
        #[graphql(desc = "How many, 1 to 100.")] first: i32,
        #[graphql(desc = "Cursor of the last row of the page before.")] after: Option<String>,
    ) -> Result<List<InventorySortRule>> {
        use sort_rule::Column;
        let viewer = &ask.call.viewer;
        let args = page_args(first, after.as_deref())?;
        let rows = policy::rules(viewer).or_refuse(viewer)?;
        let rows = rows.add_option(status.map(|status| Column::Status.eq(status)));
        let column = |column| Expr::col((sort_rule::Entity, column));
        let name = SortKey::new(column(Column::Name), Order::Asc, |row: &sort_rule::Model| row.name.clone().into());
        let by_name = Sorting::new("sort-rule", "name", name, column(Column::Id), |row| row.id.uuid());
        list(ask, Rows::those(rows), &by_name, &args, |row| Some(InventorySortRule(row))).await
    }

    /// Rules by which alerts are raised, by name; for operators.
    async fn stock_alert_rules(
        &self,
        ask: &Ask<'_>,
        #[graphql(desc = "How many, 1 to 100.")] first: i32,
        #[graphql(desc = "Cursor of the last row of the page before.")] after: Option<String>,
    ) -> Result<List<StockAlertRule>> {
        use alert_rule::Column;
        let viewer = &ask.call.viewer;
        let args = page_args(first, after.as_deref())?;
        let rows = policy::rules(viewer).or_refuse(viewer)?;
        let column = |column| Expr::col((alert_rule::Entity, column));
        let name = SortKey::new(column(Column::Name), Order::Asc, |row: &alert_rule::Model| row.name.clone().into());
        let by_name = Sorting::new("alert-rule", "name", name, column(Column::Id), |row| row.id.uuid());
        list(ask, Rows::those(rows), &by_name, &args, |row| Some(StockAlertRule(row))).await
    }

    /// Alerts, newest first: of the stock of the caller's store; all for operators.
    async fn stock_alerts(
        &self,
        ask: &Ask<'_>,
        #[graphql(name = "where", desc = "Which alerts.")] filter: Option<StockAlertWhereInput>,
        #[graphql(desc = "How many, 1 to 100.")] first: i32,
        #[graphql(desc = "Cursor of the last row of the page before.")] after: Option<String>,
    ) -> Result<List<StockAlert>> {
        use alert::Column;
        let viewer = &ask.call.viewer;
        let args = page_args(first, after.as_deref())?;
        let filter = filter.unwrap_or_default();
        let mut rows = policy::alerts(viewer).or_refuse(viewer)?;
        rows = match filter.state {
            Some(states) => rows.add(Column::State.is_in(states)),
            None => rows.add(Expr::cust(STANDING)),
        };
        rows = rows.add_option(filter.level.map(|levels| Column::Level.is_in(levels)));
        if let Some(id) = filter.rule_id {
            rows = rows.add(Column::RuleId.eq(parse_id::<StockAlertRuleId>("where.ruleId", &id)?));
        }
        if let Some(id) = filter.store_id {
            rows = rows.add(Column::StoreId.eq(parse_id::<StoreId>("where.storeId", &id)?));
        }
        let column = |column| Expr::col((alert::Entity, column));
        let raised = SortKey::new(column(Column::RaisedAt), Order::Desc, |row: &alert::Model| row.raised_at.into());
        let newest = Sorting::new("stock-alert", "raised", raised, column(Column::Id), |row| row.id.uuid());
        list(ask, Rows::those(rows), &newest, &args, |row| Some(StockAlert(row))).await
    }

    /// Transfers between stores, newest first: those from and to the caller's store, and those of cars that it has sold; all for
    /// operators.
    async fn stock_transfers(
        &self,
        ask: &Ask<'_>,
        #[graphql(name = "where", desc = "Which transfers.")] filter: Option<StockTransferWhereInput>,
        #[graphql(desc = "How many, 1 to 100.")] first: i32,
        #[graphql(desc = "Cursor of the last row of the page before.")] after: Option<String>,
    ) -> Result<List<StockTransfer>> {
        use transfer::Column;
        let viewer = &ask.call.viewer;
        let args = page_args(first, after.as_deref())?;
        policy::transfers(viewer).or_refuse(viewer)?;
        let ways = match viewer.kind {
            ViewerKind::Staff { store, .. } => policy::transfer_ways(store).into(),
            _ => Vec::new(),
        };
        let rows = filter.unwrap_or_default().condition()?;
        let column = |column| Expr::col((transfer::Entity, column));
        let asked =
            SortKey::new(column(Column::RequestedAt), Order::Desc, |row: &transfer::Model| row.requested_at.into());
        let newest = Sorting::new("stock-transfer", "requested", asked, column(Column::Id), |row| row.id.uuid());
        list(ask, Rows::those(rows).seen_by(ways), &newest, &args, |row| Some(StockTransfer(row))).await
    }
}
