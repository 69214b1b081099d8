//! Who may see which cars (C095; domain.md 3.7): the published policies, compiled into the statement.
//!
//! [`rules::visibility`] is the reference; a test compares both car by car. Beside the policies, whoever may see an
//! order may see the car on it: its customer, and the staff of its stores; and the staff of a store the cars on their way to it.

use std::collections::HashMap;
use std::sync::Arc;

use entity::inventory::{alert, alert_rule, allocation, sort_rule, transfer, vehicle_unit, visibility_policy};
use entity::order::order;
use entity::place::{organization, store};
use entity::{
    Columns, PolicyEffect, PolicyStatus, Role, StockTransferState, StoreId, TrimId, VisibilityPolicyId, VisibilityScope,
};
use sea_orm::sea_query::{Alias, Condition, Expr, ExprTrait, JoinType, Query, SimpleExpr};
use sea_orm::{ColumnTrait, ConnectionTrait, DbBackend, DbErr, EntityTrait, QueryFilter, QueryResult};

use super::inputs::InventoryWhereInput;
use super::rules::age::stock_since_bounds;
use super::rules::sort::in_force;
use super::rules::transfer::TransferAction;
use super::rules::visibility::{self, Disclosure, Place, group_of};
use crate::access::{Access, Viewer, ViewerKind};
use crate::graph::answer::Selected;
use crate::graph::link::Relation;
use crate::graph::{Call, Result};
use crate::store::rows::{ByPlace, among, expr_among};
use crate::values::city_code::CityCode;
use crate::values::geo::{Point, chord_squared};

/// What the viewer of this call may see of the inventory. One statement, once a request; none but for store staff.
#[derive(Default)]
pub struct Sight {
    viewer: Option<visibility::Viewer>,
    /// Those that speak to the viewer.
    policies: Vec<visibility_policy::Model>,
    /// Stores of the viewer's group, its own among them.
    group_stores: Vec<StoreId>,
}

/// The call's sight; its one key is the unit.
pub struct SightOfCall;

impl Relation for SightOfCall {
    type Key = ();
    type Found = Option<Arc<Sight>>;

    async fn fetch(call: &Call, _keys: &[()], _selected: Option<&Selected>) -> Result<HashMap<(), Self::Found>> {
        let Some(role) = call.viewer.role() else { return Ok(HashMap::new()) };
        let sight = sight_of(call, role, call.viewer.store(), (None, None)).await?;
        Ok(HashMap::from([((), Some(Arc::new(sight)))]))
    }
}

/// What somebody of a role sees from a store; one more policy counts as published with the others, and another one does not (C095).
pub async fn sight_of(
    call: &Call,
    role: Role,
    store: Option<StoreId>,
    (also, without): (Option<visibility_policy::Model>, Option<VisibilityPolicyId>),
) -> Result<Sight> {
    let (place, group_stores, mut policies) = match store {
        Some(store) => standpoint(call, store).await?,
        None => Default::default(),
    };
    if let Some(also) = also
        && policies.iter().all(|policy| policy.id != also.id)
    {
        policies.push(visibility_policy::Model { status: PolicyStatus::Published, ..also });
    }
    let viewer = visibility::Viewer { role, place };
    policies.retain(|policy| Some(policy.id) != without && visibility::speaks_to(policy, &viewer, call.now));
    Ok(Sight { viewer: Some(viewer), policies, group_stores })
}

/// The call's sight.
pub async fn sight(call: &Call) -> Result<Arc<Sight>> {
    if let Some(known) = call.known().peek::<SightOfCall>(&()) {
        return Ok((*known).clone().unwrap_or_default());
    }
    let sight = call.link::<SightOfCall>().one(()).await?;
    call.known().learn::<SightOfCall>([((), sight.clone())]);
    Ok(sight.unwrap_or_default())
}

/// The sort rule in force for the viewer (C096).
pub async fn sort_rule(call: &Call) -> Result<Option<sort_rule::Model>> {
    let Some(role) = call.viewer.role() else { return Ok(None) };
    let published = sort_rule::Entity::find().filter(sort_rule::Column::Status.eq(PolicyStatus::Published));
    let rules = published.by_place(call.db()).await?;
    Ok(in_force(&rules, role, call.viewer.store()).cloned())
}

/// What only operators see and write: policies, and rules of the stock.
pub fn rules(viewer: &Viewer) -> Access {
    match viewer.kind {
        ViewerKind::Operator(_) => Access::all(),
        ViewerKind::Anonymous | ViewerKind::Customer(_) | ViewerKind::Staff { .. } | ViewerKind::System(_) => {
            Access::Closed
        }
    }
}

/// Alerts: those of the stock that the viewer's store has; all for operators.
pub fn alerts(viewer: &Viewer) -> Access {
    match viewer.kind {
        ViewerKind::Anonymous | ViewerKind::Customer(_) | ViewerKind::System(_) => Access::Closed,
        ViewerKind::Staff { store, .. } => Access::Rows(Condition::all().add(alert::Column::StoreId.eq(store))),
        ViewerKind::Operator(_) => Access::all(),
    }
}

/// Rules of alerts: all for operators; for staff those that have raised an alert of their store's stock.
pub fn alert_rules(viewer: &Viewer) -> Access {
    let told = match alerts(viewer) {
        Access::Rows(told) if viewer.store().is_some() => told,
        access => return access,
    };
    let told = Query::select()
        .expr(Expr::val(1))
        .from(alert::Entity)
        .and_where(
            Expr::col((alert::Entity, alert::Column::RuleId)).equals((alert_rule::Entity, alert_rule::Column::Id)),
        )
        .cond_where(told)
        .take();
    Access::Rows(Condition::all().add(Expr::exists(told)))
}

/// Transfers: those from and to the viewer's store, and those of cars for orders that it sells; all for operators.
pub fn transfers(viewer: &Viewer) -> Access {
    match viewer.kind {
        ViewerKind::Anonymous | ViewerKind::Customer(_) | ViewerKind::System(_) => Access::Closed,
        ViewerKind::Staff { store, .. } => {
            Access::Rows(transfer_ways(store).into_iter().fold(Condition::any(), Condition::add))
        }
        ViewerKind::Operator(_) => Access::all(),
    }
}

/// The ways in which a store's staff see transfers: as who gives the car, as who gets it, and as who has sold it.
pub fn transfer_ways(store: StoreId) -> [Condition; 3] {
    use transfer::Column::{FromStoreId, OrderStoreId, ToStoreId};
    [FromStoreId, ToStoreId, OrderStoreId].map(|column| Condition::all().add(column.eq(store)))
}

/// Orders whose cars the viewer may have brought to the store that hands them over: those that one's store sells or hands over; all for
/// operators (C082).
pub fn orders_to_bring(viewer: &Viewer) -> Access {
    crate::order::policy::recordable(viewer)
}

/// Whether the viewer may ask other stores for cars: managers, for their own store, and operators.
pub fn may_request_transfers(viewer: &Viewer) -> bool {
    match viewer.kind {
        ViewerKind::Staff { manager, .. } => manager,
        ViewerKind::Operator(_) => true,
        ViewerKind::Anonymous | ViewerKind::Customer(_) | ViewerKind::System(_) => false,
    }
}

/// Whether the viewer may take this step of a transfer: the manager of the store that has the car decides, its staff sends it; the
/// manager of the store that gets it calls it off before it has left, and so does the one who gave it; the staff of the store that
/// gets it receives it; operators may all. One for an order may be called off before it has left by whoever may ask for it: the staff
/// of the order's stores.
pub fn may_move(viewer: &Viewer, transfer: &transfer::Model, action: TransferAction) -> bool {
    match viewer.kind {
        ViewerKind::Anonymous | ViewerKind::Customer(_) | ViewerKind::System(_) => false,
        ViewerKind::Operator(_) => true,
        ViewerKind::Staff { store, manager, .. } => match action {
            TransferAction::Approve | TransferAction::Reject => manager && store == transfer.from_store_id,
            TransferAction::Cancel => {
                let gave = transfer.state == StockTransferState::Approved && store == transfer.from_store_id;
                let asks = store == transfer.to_store_id;
                let for_order = transfer.order_id.is_some() && (asks || transfer.order_store_id == Some(store));
                let asked = for_order || (manager && asks);
                (manager && gave) || (asked && transfer.state != StockTransferState::Shipped)
            }
            TransferAction::Ship => store == transfer.from_store_id,
            TransferAction::Receive => store == transfer.to_store_id,
        },
    }
}

/// Cars that a list may show to the viewer.
pub fn listed(call: &Call, sight: &Sight) -> Access {
    match call.viewer.kind {
        ViewerKind::Anonymous | ViewerKind::Customer(_) | ViewerKind::System(_) => Access::Closed,
        ViewerKind::Staff { store, .. } => Access::Rows(sight.rows(call, store, |_| true)),
        ViewerKind::Operator(_) => Access::all(),
    }
}

/// Cars that a filtered list may show: a filter on what is hidden would tell it (guarantees 5.2), so it finds only the
/// cars of which the viewer may know what is asked by. `measured` when it is sorted or bounded by where they are.
pub fn listed_for(call: &Call, sight: &Sight, filter: &InventoryWhereInput, measured: bool) -> Access {
    use entity::HolderDisclosure::{City, Hidden};
    let by_age = filter.by_age();
    let holder = if measured { std::cmp::max(filter.by_holder(), City) } else { filter.by_holder() };
    match call.viewer.kind {
        ViewerKind::Staff { store, .. } if by_age || holder > Hidden => {
            Access::Rows(sight.rows(call, store, |policy| {
                (!by_age || policy.age_disclosure != entity::AgeDisclosure::Hidden)
                    && policy.holder_disclosure >= holder
            }))
        }
        _ => listed(call, sight),
    }
}

/// Whether the viewer may set this hold free: the store that made it, and operators.
pub fn may_release(viewer: &Viewer, hold: &allocation::Model) -> bool {
    match viewer.kind {
        ViewerKind::Anonymous | ViewerKind::Customer(_) | ViewerKind::System(_) => false,
        ViewerKind::Staff { store, .. } => hold.store_id == Some(store),
        ViewerKind::Operator(_) => true,
    }
}

/// Cars that the viewer may see by id: those of a list, and those that something else opens to them.
pub fn readable(call: &Call, sight: &Sight) -> Access {
    match (listed(call, sight), opened(call)) {
        (Access::Closed, opened) => opened,
        (listed, Access::Closed) => listed,
        (Access::Rows(rows), Access::Rows(opened)) => Access::Rows(Condition::any().add(rows).add(opened)),
    }
}

/// Cars that are open to the viewer beside the policies: those on orders that the viewer may see, and those on their way to the
/// viewer's store (C103).
pub fn opened(call: &Call) -> Access {
    let Access::Rows(orders) = crate::order::policy::readable(&call.viewer) else { return Access::Closed };
    let mut opened = Condition::any().add(on_order(orders));
    if let Some(store) = call.viewer.store() {
        opened = opened.add(vehicle_unit::Column::TransferToStoreId.eq(store));
    }
    Access::Rows(opened)
}

/// Whether the car is on an order that fulfils the condition.
pub fn on_order(orders: Condition) -> SimpleExpr {
    Expr::exists(
        Query::select()
            .expr(Expr::val(1))
            .from(order::Entity)
            .and_where(
                Expr::col((order::Entity, order::Column::VehicleId))
                    .equals((vehicle_unit::Entity, vehicle_unit::Column::Id)),
            )
            .cond_where(orders)
            .take(),
    )
}

/// What is shown of a car that is seen because of an order, or of its way to the viewer's store: the car itself, not the business of
/// the store that has it.
fn opened_disclosure(call: &Call) -> Disclosure {
    let staff = call.viewer.store().is_some();
    Disclosure {
        vin: entity::VinDisclosure::Full,
        age: entity::AgeDisclosure::Hidden,
        holder: if staff { entity::HolderDisclosure::Name } else { entity::HolderDisclosure::City },
        cost: false,
        may_reserve: false,
        may_request_transfer: false,
    }
}

impl Sight {
    /// What is shown of a car that a statement let through. `opened` says whether something beside the policies did ([`opened`]).
    pub fn disclosure(&self, call: &Call, car: &vehicle_unit::Model, opened: bool) -> Option<Disclosure> {
        let by_policy = self.verdict(call, car).and_then(|verdict| verdict.disclosure());
        by_policy.or_else(|| opened.then(|| opened_disclosure(call)))
    }

    /// Whether the policies show a car, and which of them; none when its place is none.
    pub fn verdict(&self, call: &Call, car: &vehicle_unit::Model) -> Option<visibility::Verdict> {
        self.viewer.as_ref().and_then(|viewer| {
            let city = CityCode::parse(&car.city_code).ok()?;
            let in_group = car.store_id.is_some_and(|id| self.group_stores.contains(&id));
            let facts = visibility::Car {
                store_id: car.store_id,
                group_id: viewer.place.as_ref().filter(|_| in_group).map(|place| place.group_id),
                city_code: car.city_code.clone(),
                region: city.region(),
                point: Point::new(car.latitude, car.longitude).ok()?,
                stock_type: car.stock_type,
                physical: car.physical_status,
                commercial: car.commercial_status,
                sales_model: car.sales_model,
                trim_id: car.trim_id,
                age_days: super::rules::age::age_days(car.stock_since, call.now),
            };
            Some(visibility::judge_by(&self.policies, viewer, &facts))
        })
    }

    /// Where the viewer looks from.
    pub fn place(&self) -> Option<&Place> {
        self.viewer.as_ref()?.place.as_ref()
    }

    /// The policies of these ids, of those that speak to the viewer.
    pub fn policies(&self, ids: &[VisibilityPolicyId]) -> Vec<visibility_policy::Model> {
        self.policies.iter().filter(|policy| ids.contains(&policy.id)).cloned().collect()
    }

    /// The rows that the policies open to somebody of a store.
    pub fn shown_to(&self, call: &Call, store: StoreId) -> Condition {
        self.rows(call, store, |_| true)
    }

    /// The rows that the policies open to the viewer, as [`visibility::judge`] says it of one car.
    /// Of the ALLOW policies only those that `counts` keeps.
    fn rows(&self, call: &Call, own_store: StoreId, counts: impl Fn(&visibility_policy::Model) -> bool) -> Condition {
        let Some(viewer) = &self.viewer else { return nothing() };
        let (mut allowed, mut denied) = (Condition::any(), Condition::any());
        for policy in &self.policies {
            let rows = self.rows_of(policy, viewer, call);
            match policy.effect {
                PolicyEffect::Allow if counts(policy) => allowed = allowed.add(rows),
                PolicyEffect::Allow => {}
                PolicyEffect::Deny => denied = denied.add(rows),
            }
        }
        if allowed.is_empty() {
            return nothing();
        }
        let own = Condition::all()
            .add(vehicle_unit::Column::StoreId.is_not_null())
            .add(vehicle_unit::Column::StoreId.eq(own_store));
        let mut rows = Condition::all().add(allowed).add(Condition::any().add(Expr::cust(OPEN)).add(own));
        if !denied.is_empty() {
            rows = rows.add(denied.not());
        }
        rows
    }

    fn rows_of(&self, policy: &visibility_policy::Model, viewer: &visibility::Viewer, call: &Call) -> Condition {
        let backend = call.app.db.backend();
        let mut rows = Condition::all().add(self.scope_of(policy, viewer.place.as_ref(), backend));
        if !policy.stock_types.0.is_empty() {
            rows = rows.add(among(backend, vehicle_unit::Column::StockType, &policy.stock_types.0));
        }
        if !policy.statuses.0.is_empty() {
            rows = rows.add(among(backend, vehicle_unit::Column::PhysicalStatus, &policy.statuses.0));
        }
        if !policy.sales_models.0.is_empty() {
            rows = rows.add(among(backend, vehicle_unit::Column::SalesModel, &policy.sales_models.0));
        }
        if !policy.trim_ids.0.is_empty() {
            let trims = policy.trim_ids.0.iter().filter_map(|id| id.parse::<TrimId>().ok());
            rows = rows.add(among(backend, vehicle_unit::Column::TrimId, trims));
        }
        let age = stock_since_bounds(call.now, policy.min_age_days.map(i64::from), policy.max_age_days.map(i64::from));
        if let Some(after) = age.after {
            rows = rows.add(vehicle_unit::Column::StockSince.gt(after));
        }
        if let Some(until) = age.until {
            rows = rows.add(vehicle_unit::Column::StockSince.lte(until));
        }
        rows
    }

    fn scope_of(&self, policy: &visibility_policy::Model, place: Option<&Place>, backend: DbBackend) -> Condition {
        let all = Condition::all();
        if policy.scope == VisibilityScope::Nationwide {
            return all;
        }
        let Some(place) = place else { return nothing() };
        // A null store must make the comparison false, not unknown: a DENY is negated.
        let held = |stores: &[StoreId]| {
            Condition::all().add(vehicle_unit::Column::StoreId.is_not_null()).add(among(
                backend,
                vehicle_unit::Column::StoreId,
                stores.iter().copied(),
            ))
        };
        match policy.scope {
            VisibilityScope::OwnStore => held(&[place.store_id]),
            VisibilityScope::SameGroup => held(&self.group_stores),
            VisibilityScope::SameCity => all.add(vehicle_unit::Column::CityCode.eq(&place.city_code)),
            VisibilityScope::SameProvince => {
                all.add(in_provinces(backend, [place.city_code.get(..2).unwrap_or_default()]))
            }
            VisibilityScope::SameRegion => {
                all.add(in_provinces(backend, crate::values::city_code::provinces(place.region)))
            }
            VisibilityScope::Radius => match policy.radius_km {
                Some(km) => all.add(chord(place.point).lte(chord_squared(f64::from(km)))),
                None => nothing(),
            },
            VisibilityScope::Nationwide => all,
        }
    }
}

/// What [`visibility::withheld`] does not keep within the store that has the car. As text: it is never another, and
/// values of a statement are costly.
const OPEN: &str = r#"NOT ("vehicle_unit"."commercial_status" IN ('ALLOCATED', 'SOLD')
    OR "vehicle_unit"."physical_status" IN ('QUALITY_HOLD', 'DELIVERED'))"#;

fn nothing() -> Condition {
    Access::Closed.or_nothing()
}

/// Whether the city's code begins with one of these provinces' digits.
fn in_provinces<'a>(backend: DbBackend, provinces: impl IntoIterator<Item = &'a str>) -> SimpleExpr {
    expr_among(backend, Expr::cust(r#"substr("vehicle_unit"."city_code", 1, 2)"#), provinces)
}

/// The squared straight distance between a car and a point, on the unit sphere.
pub fn chord(from: Point) -> SimpleExpr {
    let columns = [vehicle_unit::Column::UnitX, vehicle_unit::Column::UnitY, vehicle_unit::Column::UnitZ];
    columns
        .into_iter()
        .zip(from.unit_vector())
        .map(|(column, own)| {
            let difference = || Expr::col((vehicle_unit::Entity, column)).sub(own);
            difference().mul(difference())
        })
        .reduce(|sum, square| sum.add(square))
        .expect("three coordinates")
}

/// A store of the viewer's group, or one beside it.
struct Neighbour {
    id: StoreId,
    city_code: String,
    latitude: f64,
    longitude: f64,
    own: entity::OrganizationId,
    parent: Option<entity::OrganizationId>,
    parent_kind: Option<entity::OrganizationKind>,
}

/// How many columns a [`Neighbour`] takes.
const PLACE_COLUMNS: usize = 7;

impl Neighbour {
    fn read(row: &QueryResult) -> Result<Self, DbErr> {
        Ok(Self {
            id: row.try_get_by(0)?,
            city_code: row.try_get_by(1)?,
            latitude: row.try_get_by(2)?,
            longitude: row.try_get_by(3)?,
            own: row.try_get_by(4)?,
            parent: row.try_get_by(5)?,
            parent_kind: row.try_get_by(6)?,
        })
    }

    fn group(&self) -> entity::OrganizationId {
        group_of(self.own, self.parent.zip(self.parent_kind))
    }
}

/// Where the store stands, the stores of its group, and the published policies, in one statement: the policies come with
/// the store's own row.
async fn standpoint(
    call: &Call,
    store: StoreId,
) -> Result<(Option<Place>, Vec<StoreId>, Vec<visibility_policy::Model>)> {
    let parent = Alias::new("parent");
    let own_parent = Query::select()
        .column((organization::Entity, organization::Column::ParentId))
        .from(organization::Entity)
        .inner_join(
            store::Entity,
            Expr::col((store::Entity, store::Column::OrganizationId))
                .equals((organization::Entity, organization::Column::Id)),
        )
        .and_where(store::Column::Id.eq(store))
        .take();
    let select = Query::select()
        .columns(
            [store::Column::Id, store::Column::CityCode, store::Column::Latitude, store::Column::Longitude]
                .map(|c| (store::Entity, c)),
        )
        .column((organization::Entity, organization::Column::Id))
        .column((parent.clone(), organization::Column::Id))
        .column((parent.clone(), organization::Column::Kind))
        .expr(Expr::cust(visibility_policy::Model::LIST))
        .from(store::Entity)
        .inner_join(
            organization::Entity,
            Expr::col((organization::Entity, organization::Column::Id))
                .equals((store::Entity, store::Column::OrganizationId)),
        )
        .join_as(
            JoinType::LeftJoin,
            organization::Entity,
            parent.clone(),
            Expr::col((parent.clone(), organization::Column::Id))
                .equals((organization::Entity, organization::Column::ParentId)),
        )
        .left_join(
            visibility_policy::Entity,
            store::Column::Id.eq(store).and(visibility_policy::Column::Status.eq(PolicyStatus::Published)),
        )
        .cond_where(
            Condition::any()
                .add(store::Column::Id.eq(store))
                .add(Expr::col((organization::Entity, organization::Column::ParentId)).in_subquery(own_parent)),
        )
        .take();
    let rows = call.db().query_all(&select).await?;
    let (mut places, mut policies) = (Vec::new(), Vec::new());
    for row in &rows {
        let place = Neighbour::read(row)?;
        if row.try_get_by::<Option<VisibilityPolicyId>, usize>(PLACE_COLUMNS)?.is_some() {
            policies.push(visibility_policy::Model::read(row, PLACE_COLUMNS)?);
        }
        if places.iter().all(|known: &Neighbour| known.id != place.id) {
            places.push(place);
        }
    }
    let Some(own) = places.iter().find(|place| place.id == store) else { return Ok((None, Vec::new(), policies)) };
    let group = own.group();
    let place =
        CityCode::parse(&own.city_code).ok().zip(Point::new(own.latitude, own.longitude).ok()).map(|(city, point)| {
            Place { store_id: own.id, group_id: group, city_code: own.city_code.clone(), region: city.region(), point }
        });
    Ok((place, places.iter().filter(|place| place.group() == group).map(|place| place.id).collect(), policies))
}
