//! What places look like.

use async_graphql::{Context, Description, Enum, ID, Object, SimpleObject};
use entity::place::{city, staff, store};
use entity::{Region, Role, SalesModel, StoreService};

use super::links::{CityByCode, ServicesOfCity, ServicesOfStore, StoreById, StoreCountOfCity};
use crate::access::{Disclosure, ViewerKind};
use crate::graph::scalars::CityCode;
use crate::graph::{CallExt, Result};
use crate::store::vault::Personal;

/// A point on the map.
#[derive(SimpleObject, Clone, Copy, Debug)]
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

#[Object(use_type_description)]
impl City {
    /// Six-digit code, as in `310100`.
    async fn code(&self) -> CityCode {
        CityCode(self.0.code.clone())
    }

    /// Name in the language of the request.
    async fn name(&self, ctx: &Context<'_>) -> String {
        ctx.call().pick(&self.0.name_zh, &self.0.name_en)
    }

    /// Part of the country.
    async fn region(&self) -> Region {
        self.0.region
    }

    /// Code of the province, two digits.
    async fn province_code(&self) -> &str {
        &self.0.province_code
    }

    /// Dialling code, as in `021`.
    async fn dialling_code(&self) -> &str {
        &self.0.dialling_code
    }

    /// Centre of the city.
    async fn location(&self) -> GeoPoint {
        GeoPoint { latitude: self.0.latitude, longitude: self.0.longitude, datum: GeoDatum::Gcj02 }
    }

    /// How many stores there are (C051).
    async fn store_count(&self, ctx: &Context<'_>) -> Result<i32> {
        ctx.call().link::<StoreCountOfCity>().one(self.0.code.clone()).await
    }

    /// What its stores offer between them (C051).
    async fn services(&self, ctx: &Context<'_>) -> Result<Vec<StoreService>> {
        ctx.call().link::<ServicesOfCity>().one(self.0.code.clone()).await
    }
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

#[Object(use_type_description)]
impl Store {
    /// Type-prefixed ULID, as in `sto_01J…`.
    pub async fn id(&self) -> ID {
        ID(self.row.id.to_string())
    }

    /// Short code printed on papers.
    async fn code(&self) -> &str {
        &self.row.code
    }

    /// Name in the language of the request.
    async fn name(&self, ctx: &Context<'_>) -> String {
        ctx.call().pick(&self.row.name_zh, &self.row.name_en)
    }

    /// Street address in the language of the request.
    async fn address(&self, ctx: &Context<'_>) -> String {
        ctx.call().pick(&self.row.address_zh, &self.row.address_en)
    }

    /// Who owns the stock and sets the price here.
    async fn sales_model(&self) -> SalesModel {
        self.row.sales_model
    }

    /// The city it is in.
    async fn city(&self, ctx: &Context<'_>) -> Result<Option<City>> {
        ctx.call().link::<CityByCode>().one(self.row.city_code.clone()).await
    }

    /// Where it is.
    async fn location(&self) -> GeoPoint {
        GeoPoint { latitude: self.row.latitude, longitude: self.row.longitude, datum: GeoDatum::Gcj02 }
    }

    /// Metres from the point given as `near`; null when none was given.
    async fn distance_meters(&self) -> Option<i32> {
        self.distance_meters
    }

    /// What it offers.
    async fn services(&self, ctx: &Context<'_>) -> Result<Vec<StoreService>> {
        ctx.call().link::<ServicesOfStore>().one(self.row.id).await
    }

    /// Local opening time, `HH:MM`.
    async fn opens_at(&self) -> &str {
        &self.row.opens_at
    }

    /// Local closing time, `HH:MM`.
    async fn closes_at(&self) -> &str {
        &self.row.closes_at
    }

    /// How far it goes for a test drive or a delivery at home, kilometres.
    async fn service_radius_km(&self) -> i32 {
        self.row.service_radius_km
    }

    /// Whether cars are handed over in its own delivery centre.
    async fn delivery_center(&self) -> bool {
        self.row.delivery_center
    }
}

/// A person who works for a store or the car maker.
#[derive(Clone, Debug, Description)]
pub struct Staff(pub staff::Model);

#[Object(use_type_description)]
impl Staff {
    /// Type-prefixed ULID, as in `stf_01J…`.
    pub async fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// Employee number; null for customers.
    async fn number(&self, ctx: &Context<'_>) -> Option<String> {
        ctx.call().viewer.staff().map(|_| self.0.number.clone())
    }

    /// Name; masked for customers, except the surname.
    async fn name(&self, ctx: &Context<'_>) -> Result<String> {
        let disclosure = match ctx.call().viewer.kind {
            ViewerKind::Staff { .. } | ViewerKind::Operator(_) => Disclosure::Clear,
            ViewerKind::Anonymous | ViewerKind::Customer(_) | ViewerKind::System => Disclosure::Masked,
        };
        ctx.call().show(Personal::Name, &self.0.name, disclosure)
    }

    /// What they are.
    async fn role(&self) -> Role {
        self.0.role
    }

    /// Where they work; null for the car maker's own people.
    async fn store(&self, ctx: &Context<'_>) -> Result<Option<Store>> {
        match self.0.store_id {
            Some(id) => ctx.call().link::<StoreById>().one(id).await,
            None => Ok(None),
        }
    }
}
