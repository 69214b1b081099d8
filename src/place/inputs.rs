//! What one says about places.

use async_graphql::InputObject;
use entity::place::{store, store_service};
use entity::{SalesModel, StoreService};
use sea_orm::ColumnTrait;
use sea_orm::sea_query::{Condition, Expr, Query};

use crate::graph::scalars::CityCode;
use crate::graph::{Error, Result};
use crate::store::page::{SortKey, Sorting};
use crate::values::city_code;
use crate::values::geo::Point;

/// A point on the map, GCJ-02 degrees.
#[derive(InputObject, Clone, Copy, Debug)]
pub struct GeoPointInput {
    /// Degrees north.
    pub latitude: f64,
    /// Degrees east.
    pub longitude: f64,
    /// Only within this distance, kilometres, above 0; anywhere when left out.
    pub radius_km: Option<f64>,
}

impl GeoPointInput {
    /// The point, checked.
    pub fn point(self) -> Result<Point> {
        Point::new(self.latitude, self.longitude)
            .map_err(|invalid| Error::argument(format!("near.{}", invalid.rule), invalid.rule))
    }

    /// The radius in kilometres, checked.
    pub fn radius(self) -> Result<Option<f64>> {
        match self.radius_km {
            Some(km) if !km.is_finite() || km <= 0.0 => Err(Error::argument("near.radiusKm", "radius")),
            radius => Ok(radius),
        }
    }

    /// The box that holds all within the radius, as a condition on these columns that an index serves.
    pub fn condition(self, latitude: impl ColumnTrait, longitude: impl ColumnTrait) -> Result<Condition> {
        let Some(radius) = self.radius()? else { return Ok(Condition::all()) };
        let found = self.point()?.box_around(radius);
        let bounds = found.map_err(|invalid| Error::argument("near.radiusKm", invalid.rule))?;
        let longitudes = bounds
            .longitudes()
            .into_iter()
            .fold(Condition::any(), |any, (west, east)| any.add(longitude.between(west, east)));
        Ok(Condition::all().add(latitude.between(bounds.south, bounds.north)).add(longitudes))
    }
}

/// Which stores.
#[derive(InputObject, Clone, Debug, Default)]
pub struct StoreWhereInput {
    /// Only in this city; a county's code stands for its city.
    pub city_code: Option<CityCode>,
    /// Only those that offer all of these.
    pub services: Option<Vec<StoreService>>,
    /// Only of this sales model.
    pub sales_model: Option<SalesModel>,
    /// Only with, or without, a delivery centre.
    pub delivery_center: Option<bool>,
}

impl StoreWhereInput {
    /// As a condition of the statement.
    pub fn condition(self) -> Result<Condition> {
        let mut all = Condition::all();
        if let Some(code) = self.city_code {
            let city = city_code::CityCode::parse(&code.0);
            let city = city.map_err(|invalid| Error::argument("where.cityCode", invalid.rule))?;
            all = all.add(store::Column::CityCode.eq(city.as_str()));
        }
        let mut services = self.services.unwrap_or_default();
        services.sort();
        services.dedup();
        for service in services {
            let offers = Query::select()
                .column(store_service::Column::StoreId)
                .from(store_service::Entity)
                .and_where(store_service::Column::Service.eq(service))
                .to_owned();
            all = all.add(store::Column::Id.in_subquery(offers));
        }
        if let Some(model) = self.sales_model {
            all = all.add(store::Column::SalesModel.eq(model));
        }
        if let Some(center) = self.delivery_center {
            all = all.add(store::Column::DeliveryCenter.eq(center));
        }
        Ok(all)
    }
}

/// Stores by code.
pub fn by_code() -> Sorting<store::Model> {
    let code = SortKey::new(
        Expr::col((store::Entity, store::Column::Code)),
        sea_orm::sea_query::Order::Asc,
        |row: &store::Model| row.code.clone().into(),
    );
    Sorting::new("store", "code", code, Expr::col((store::Entity, store::Column::Id)), |row| {
        entity::PrefixedId::uuid(row.id)
    })
}
