//! What places look like.

use async_graphql::{Description, Enum, ID, SimpleObject};
use entity::place::{city, organization, staff, store};
use entity::{OrganizationKind, Region, Role, SalesModel};

use super::links::{CityByCode, ServicesOfCity, ServicesOfStore, StoreById, StoreCountOfCity};
use crate::access::{Disclosure, ViewerKind};
use crate::graph::answer::To;
use crate::graph::scalars::CityCode;
use crate::graph::{Call, Fields, Result, fields};
use crate::store::vault::Personal;

/// A point on the map.
#[derive(Fields, SimpleObject, Clone, Copy, Debug)]
pub struct GeoPoint {
    /// Degrees north.
    pub latitude: f64,
    /// Degrees east.
    pub longitude: f64,
    /// What the degrees refer to.
    pub datum: GeoDatum,
}

/// What degrees refer to.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(rename_items = "SCREAMING_SNAKE_CASE")]
pub enum GeoDatum {
    /// The shifted datum of map data in China, hundreds of metres off WGS 84.
    #[graphql(name = "GCJ_02")]
    Gcj02,
}

/// A city of GB/T 2260.
#[derive(Clone, Debug, Description)]
pub struct City(pub city::Model);

#[fields(rows(city::Model))]
impl City {
    /// Six-digit code, as in `310100`.
    fn code(&self) -> CityCode {
        CityCode(self.0.code.clone())
    }

    /// Name in the language of the request.
    fn name(&self, call: &Call) -> String {
        call.pick(&self.0.name_zh, &self.0.name_en)
    }

    /// Part of the country.
    fn region(&self) -> Region {
        self.0.region
    }

    /// Code of the province, two digits.
    fn province_code(&self) -> &str {
        &self.0.province_code
    }

    /// Dialling code, as in `021`.
    fn dialling_code(&self) -> &str {
        &self.0.dialling_code
    }

    /// Centre of the city.
    fn location(&self) -> GeoPoint {
        GeoPoint { latitude: self.0.latitude, longitude: self.0.longitude, datum: GeoDatum::Gcj02 }
    }

    /// How many stores there are (C051).
    #[link(self.0.code)]
    fn store_count(&self) -> To<StoreCountOfCity>;

    /// What its stores offer between them (C051).
    #[link(self.0.code)]
    fn services(&self) -> To<ServicesOfCity>;
}

/// A place where cars are shown, sold or handed over.
#[derive(Clone, Debug, Description)]
pub struct Store {
    /// Its row.
    pub row: store::Model,
    /// Metres from the point that was asked for.
    pub distance_meters: Option<i32>,
}

impl From<store::Model> for Store {
    fn from(row: store::Model) -> Self {
        Self { row, distance_meters: None }
    }
}

#[fields(rows(store::Model))]
impl Store {
    /// Type-prefixed ULID, as in `sto_01J…`.
    pub fn id(&self) -> ID {
        ID(self.row.id.to_string())
    }

    /// Short code printed on papers.
    fn code(&self) -> &str {
        &self.row.code
    }

    /// Name in the language of the request.
    fn name(&self, call: &Call) -> String {
        call.pick(&self.row.name_zh, &self.row.name_en)
    }

    /// Street address in the language of the request.
    fn address(&self, call: &Call) -> String {
        call.pick(&self.row.address_zh, &self.row.address_en)
    }

    /// Who owns the stock and sets the price here.
    fn sales_model(&self) -> SalesModel {
        self.row.sales_model
    }

    /// The city it is in.
    #[link(self.row.city_code)]
    fn city(&self) -> To<CityByCode>;

    /// Where it is.
    fn location(&self) -> GeoPoint {
        GeoPoint { latitude: self.row.latitude, longitude: self.row.longitude, datum: GeoDatum::Gcj02 }
    }

    /// Metres from the point given as `near`; null when none was given.
    fn distance_meters(&self) -> Option<i32> {
        self.distance_meters
    }

    /// What it offers.
    #[link(self.row.id)]
    fn services(&self) -> To<ServicesOfStore>;

    /// Local opening time, `HH:MM`.
    fn opens_at(&self) -> &str {
        &self.row.opens_at
    }

    /// Local closing time, `HH:MM`.
    fn closes_at(&self) -> &str {
        &self.row.closes_at
    }

    /// How far it goes for a test drive or a delivery at home, kilometres.
    fn service_radius_km(&self) -> i32 {
        self.row.service_radius_km
    }

    /// Whether cars are handed over in its own delivery centre.
    fn delivery_center(&self) -> bool {
        self.row.delivery_center
    }
}

/// A party of the way from order to delivery (C084).
#[derive(Clone, Debug, Description)]
pub struct Organization(pub organization::Model);

#[fields(rows(organization::Model))]
impl Organization {
    /// Type-prefixed ULID, as in `org_01J…`.
    pub fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// Short code, by which upstream systems name it.
    fn code(&self) -> &str {
        &self.0.code
    }

    /// What it is.
    fn kind(&self) -> OrganizationKind {
        self.0.kind
    }

    /// Name in the language of the request.
    fn name(&self, call: &Call) -> String {
        call.pick(&self.0.name_zh, &self.0.name_en)
    }
}

/// A person who works for a store or the car maker.
#[derive(Clone, Debug, Description)]
pub struct Staff(pub staff::Model);

#[fields(rows(staff::Model))]
impl Staff {
    /// Type-prefixed ULID, as in `stf_01J…`.
    pub fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// Employee number; null for customers.
    fn number(&self, call: &Call) -> Option<String> {
        call.viewer.staff().map(|_| self.0.number.clone())
    }

    /// Name; masked for customers, except the surname.
    fn name(&self, call: &Call) -> Result<String> {
        let disclosure = match call.viewer.kind {
            ViewerKind::Staff { .. } | ViewerKind::Operator(_) => Disclosure::Clear,
            ViewerKind::Anonymous | ViewerKind::Customer(_) | ViewerKind::System(_) => Disclosure::Masked,
        };
        call.show(Personal::Name, &self.0.name, disclosure)
    }

    /// What they are.
    fn role(&self) -> Role {
        self.0.role
    }

    /// Where they work; null for the car maker's own people.
    #[link(self.0.store_id)]
    fn store(&self) -> To<StoreById>;
}
