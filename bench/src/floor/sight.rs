//! What the published visibility policies show to a store's staff: as a condition of a statement, and of one car.
//! The meaning is that of `milepost::inventory::rules::visibility`; here it works on the columns' text.

use chrono::{DateTime, TimeDelta, Utc};
use entity::{HolderDisclosure, PolicyEffect, PrefixedId, StoreId, VinDisclosure, VisibilityScope};
use milepost::access::Viewer;
use milepost::values::city_code::{CityCode, provinces};
use milepost::values::geo::{Point, chord_squared};
use milepost::values::mask;
use sqlx::types::Json;
use sqlx::{Postgres, QueryBuilder};
use uuid::Uuid;

use super::wire::{Coded, Keys, Refused};
use crate::pool::{Conn, fetch};

/// A store's place, its group's stores, and the policies that speak to the caller, in one statement. Databases differ in
/// how a column holds a list, and how one looks into it.
macro_rules! standpoint {
    (group_stores $group_stores:literal, speaks $speaks:literal) => {
        concat!(
            "
    WITH place AS (
        SELECT s.id, s.city_code, s.latitude, s.longitude,
               CASE WHEN g.kind = 'DEALER_GROUP' THEN g.id ELSE o.id END AS group_id
        FROM store s
        JOIN organization o ON o.id = s.organization_id
        LEFT JOIN organization g ON g.id = o.parent_id
    )
    SELECT own.city_code, own.latitude, own.longitude, ",
            $group_stores,
            " AS group_stores,
           p.effect, p.scope, p.radius_km, p.stock_types, p.statuses, p.sales_models, p.min_age_days, p.max_age_days,
           p.vin_disclosure, p.holder_disclosure, p.may_reserve
    FROM place own, inventory_visibility_policy p
    WHERE own.id = $1 AND p.status = 'PUBLISHED' AND p.effective_from <= $2
      AND (p.effective_to IS NULL OR p.effective_to > $2)
      AND ",
            $speaks
        )
    };
}

const SQL: &str = standpoint!(
    group_stores "ARRAY(SELECT id FROM place WHERE place.group_id = own.group_id)",
    speaks "(p.roles = '[]' OR p.roles ? $3) AND (p.store_ids = '[]' OR p.store_ids ? $4)"
);

const SQLITE: &str = standpoint!(
    group_stores "(SELECT json_group_array(hex(id)) FROM place WHERE place.group_id = own.group_id)",
    speaks "(p.roles = '[]' OR $3 IN (SELECT value FROM json_each(p.roles)))
      AND (p.store_ids = '[]' OR $4 IN (SELECT value FROM json_each(p.store_ids)))"
);

#[derive(sqlx::FromRow)]
struct Row {
    city_code: String,
    latitude: f64,
    longitude: f64,
    group_stores: Keys,
    #[sqlx(flatten)]
    policy: Policy,
}

#[derive(sqlx::FromRow)]
struct Policy {
    effect: Coded<PolicyEffect>,
    scope: Coded<VisibilityScope>,
    radius_km: Option<i32>,
    stock_types: Json<Vec<String>>,
    statuses: Json<Vec<String>>,
    sales_models: Json<Vec<String>>,
    min_age_days: Option<i32>,
    max_age_days: Option<i32>,
    vin_disclosure: Coded<VinDisclosure>,
    holder_disclosure: Coded<HolderDisclosure>,
    may_reserve: bool,
}

/// What decides about one car.
#[derive(sqlx::FromRow)]
pub struct Car {
    store_id: Option<Uuid>,
    city_code: String,
    latitude: f64,
    longitude: f64,
    stock_type: String,
    /// State between plan and handover.
    pub physical_status: String,
    /// Whose it is to be.
    pub commercial_status: String,
    sales_model: String,
    stock_since: DateTime<Utc>,
}

impl Car {
    /// Where it stands.
    pub fn point(&self) -> Option<Point> {
        Point::new(self.latitude, self.longitude).ok()
    }

    /// Its stock.
    pub fn stock_type(&self) -> &str {
        &self.stock_type
    }
}

/// What is shown of a car.
#[derive(Clone, Copy)]
pub struct Shown {
    /// The identification number.
    pub vin: VinDisclosure,
    /// The store or its city.
    pub holder: HolderDisclosure,
    /// Whether it may be held.
    pub may_reserve: bool,
}

impl Shown {
    /// A car on an order of one's own.
    pub const BY_ORDER: Self = Self { vin: VinDisclosure::Full, holder: HolderDisclosure::Name, may_reserve: false };

    /// The number as far as it is shown.
    pub fn vin(self, vin: Option<String>) -> Option<String> {
        match self.vin {
            VinDisclosure::Full => vin,
            VinDisclosure::LastSix => vin.map(|vin| mask::last_six(&vin)),
            VinDisclosure::Hidden => None,
        }
    }
}

/// The caller's sight.
pub struct Sight {
    now: DateTime<Utc>,
    store: Uuid,
    city: CityCode,
    point: Point,
    group_stores: Vec<Uuid>,
    policies: Vec<Policy>,
}

impl Sight {
    /// Reads it; none where no policy speaks to the caller.
    pub async fn read(
        conn: &mut Conn,
        viewer: &Viewer,
        store: StoreId,
        now: DateTime<Utc>,
    ) -> Result<Option<Self>, Refused> {
        let role = viewer.role().map(|role| role.to_string());
        let sql = conn.text(SQL, SQLITE);
        let rows: Vec<Row> = fetch!(fetch_all, conn, sql, store.uuid(), now, role, store.to_string())?;
        let Some(own) = rows.first() else { return Ok(None) };
        let (Ok(city), Ok(point)) = (CityCode::parse(&own.city_code), Point::new(own.latitude, own.longitude)) else {
            return Ok(None);
        };
        let group_stores = own.group_stores.0.clone();
        let policies = rows.into_iter().map(|row| row.policy).collect();
        Ok(Some(Self { now, store: store.uuid(), city, point, group_stores, policies }))
    }

    /// What is shown of a car; none if the policies hide it.
    pub fn of(&self, car: &Car) -> Option<Shown> {
        let mut shown: Option<Shown> = None;
        for policy in self.policies.iter().filter(|policy| self.matches(policy, car)) {
            if policy.effect.0 == PolicyEffect::Deny {
                return None;
            }
            let (vin, holder) = (policy.vin_disclosure.0, policy.holder_disclosure.0);
            let before = shown.unwrap_or(Shown { vin, holder, may_reserve: false });
            shown = Some(Shown {
                vin: before.vin.max(vin),
                holder: before.holder.max(holder),
                may_reserve: before.may_reserve || policy.may_reserve,
            });
        }
        let private = matches!(car.commercial_status.as_str(), "ALLOCATED" | "SOLD")
            || matches!(car.physical_status.as_str(), "QUALITY_HOLD" | "DELIVERED");
        shown.filter(|_| !private || car.store_id == Some(self.store))
    }

    fn matches(&self, policy: &Policy, car: &Car) -> bool {
        let names = |codes: &[String], value: &str| codes.is_empty() || codes.iter().any(|code| code == value);
        let age = (self.now - car.stock_since).num_days().max(0);
        names(&policy.stock_types, &car.stock_type)
            && names(&policy.statuses, &car.physical_status)
            && names(&policy.sales_models, &car.sales_model)
            && policy.min_age_days.is_none_or(|min| i64::from(min) <= age)
            && policy.max_age_days.is_none_or(|max| age <= i64::from(max))
            && self.in_scope(policy, car)
    }

    fn in_scope(&self, policy: &Policy, car: &Car) -> bool {
        match policy.scope.0 {
            VisibilityScope::Nationwide => true,
            VisibilityScope::OwnStore => car.store_id == Some(self.store),
            VisibilityScope::SameGroup => car.store_id.is_some_and(|id| self.group_stores.contains(&id)),
            VisibilityScope::SameCity => car.city_code == self.city.as_str(),
            VisibilityScope::SameProvince => car.city_code.get(..2) == Some(self.city.province()),
            VisibilityScope::SameRegion => {
                CityCode::parse(&car.city_code).is_ok_and(|city| city.region() == self.city.region())
            }
            VisibilityScope::Radius => policy
                .radius_km
                .zip(car.point())
                .is_some_and(|(radius, point)| self.point.distance_km(point) <= f64::from(radius)),
        }
    }

    /// The same as a condition on `vehicle_unit v`.
    pub fn push(&self, sql: &mut QueryBuilder<Postgres>) {
        for (effect, word) in [(PolicyEffect::Allow, "("), (PolicyEffect::Deny, " AND NOT (")] {
            let policies: Vec<_> = self.policies.iter().filter(|policy| policy.effect.0 == effect).collect();
            if policies.is_empty() && effect == PolicyEffect::Deny {
                continue;
            }
            sql.push(word).push("false");
            for policy in policies {
                sql.push(" OR (");
                self.push_scope(policy, sql);
                self.push_filters(policy, sql);
                sql.push(")");
            }
            sql.push(")");
        }
        sql.push(
            " AND (NOT (v.commercial_status IN ('ALLOCATED', 'SOLD') OR v.physical_status IN ('QUALITY_HOLD', 'DELIVERED'))
               OR (v.store_id IS NOT NULL AND v.store_id = ",
        );
        sql.push_bind(self.store).push("))");
    }

    fn push_scope(&self, policy: &Policy, sql: &mut QueryBuilder<Postgres>) {
        match policy.scope.0 {
            VisibilityScope::Nationwide => sql.push("true"),
            // A null store must make the comparison false, not unknown: a DENY is negated.
            VisibilityScope::OwnStore => sql.push("v.store_id IS NOT NULL AND v.store_id = ").push_bind(self.store),
            VisibilityScope::SameGroup => {
                sql.push("v.store_id IS NOT NULL AND v.store_id = ANY(").push_bind(self.group_stores.clone()).push(")")
            }
            VisibilityScope::SameCity => sql.push("v.city_code = ").push_bind(self.city.as_str().to_owned()),
            VisibilityScope::SameProvince => {
                sql.push("substr(v.city_code, 1, 2) = ").push_bind(self.city.province().to_owned())
            }
            VisibilityScope::SameRegion => {
                let digits: Vec<&str> = provinces(self.city.region()).collect();
                sql.push("substr(v.city_code, 1, 2) = ANY(").push_bind(digits).push(")")
            }
            VisibilityScope::Radius => match policy.radius_km {
                None => sql.push("false"),
                Some(radius) => {
                    let [x, y, z] = self.point.unit_vector();
                    sql.push("(v.unit_x - ").push_bind(x).push(") ^ 2 + (v.unit_y - ").push_bind(y);
                    sql.push(") ^ 2 + (v.unit_z - ").push_bind(z);
                    sql.push(") ^ 2 <= ").push_bind(chord_squared(f64::from(radius)))
                }
            },
        };
    }

    fn push_filters(&self, policy: &Policy, sql: &mut QueryBuilder<Postgres>) {
        for (column, codes) in [
            (" AND v.stock_type = ANY(", &policy.stock_types.0),
            (" AND v.physical_status = ANY(", &policy.statuses.0),
            (" AND v.sales_model = ANY(", &policy.sales_models.0),
        ] {
            if !codes.is_empty() {
                sql.push(column).push_bind(codes.clone()).push(")");
            }
        }
        if let Some(min) = policy.min_age_days {
            sql.push(" AND v.stock_since <= ").push_bind(self.now - TimeDelta::days(min.into()));
        }
        if let Some(max) = policy.max_age_days {
            sql.push(" AND v.stock_since > ").push_bind(self.now - TimeDelta::days(i64::from(max) + 1));
        }
    }
}
