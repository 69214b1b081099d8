//! How values come from the database and go over the wire.

use std::fmt::Display;

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use entity::PrefixedId;
use serde::de::value::StrDeserializer;
use serde::de::{DeserializeOwned, IntoDeserializer};
use serde::{Deserialize, Serialize, Serializer};
use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::postgres::{PgArgumentBuffer, PgTypeInfo, PgValueRef};
use sqlx::sqlite::{SqliteArgumentsBuffer, SqliteTypeInfo, SqliteValueRef};
use sqlx::types::Json;
use sqlx::{Decode, Encode, Postgres, Sqlite, Type};
use uuid::Uuid;

/// The media type of every answer.
pub const JSON: &str = "application/json";

/// An answer in the shape of GraphQL's.
#[derive(Serialize)]
pub struct Data<T> {
    data: T,
}

impl<T> Data<T> {
    /// Wraps it.
    pub fn new(data: T) -> Self {
        Self { data }
    }
}

impl<T: Serialize> IntoResponse for Data<T> {
    fn into_response(self) -> Response {
        match serde_json::to_vec(&self) {
            Ok(body) => ([(header::CONTENT_TYPE, JSON)], body).into_response(),
            Err(error) => Refused::from(anyhow::Error::from(error)).into_response(),
        }
    }
}

/// Why there is no answer.
#[derive(Debug)]
pub enum Refused {
    /// A token that does not count.
    Token,
    /// Not for this kind of caller.
    NotForYou,
    /// A value that is not one.
    Input(&'static str),
    /// Ours.
    Failed(anyhow::Error),
}

impl<E: Into<anyhow::Error>> From<E> for Refused {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        match self {
            Self::Token => StatusCode::UNAUTHORIZED.into_response(),
            Self::NotForYou => StatusCode::FORBIDDEN.into_response(),
            Self::Input(what) => (StatusCode::BAD_REQUEST, what).into_response(),
            Self::Failed(error) => {
                eprintln!("floor: {error:#}");
                StatusCode::INTERNAL_SERVER_ERROR.into_response()
            }
        }
    }
}

/// A prefixed id: sixteen bytes in the database, text on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Id<T>(pub T);

impl<D: sqlx::Database, T> Type<D> for Id<T>
where
    Uuid: Type<D>,
{
    fn type_info() -> D::TypeInfo {
        <Uuid as Type<D>>::type_info()
    }

    fn compatible(info: &D::TypeInfo) -> bool {
        <Uuid as Type<D>>::compatible(info)
    }
}

impl<'r, D: sqlx::Database, T: PrefixedId> Decode<'r, D> for Id<T>
where
    Uuid: Decode<'r, D>,
{
    fn decode(value: D::ValueRef<'r>) -> Result<Self, BoxDynError> {
        Ok(Self(T::from_uuid(<Uuid as Decode<D>>::decode(value)?)))
    }
}

impl<T: Display> Serialize for Id<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

/// A value of a closed vocabulary that a rule has to understand. What is only shown stays text.
#[derive(Clone, Copy, Debug)]
pub struct Coded<T>(pub T);

impl<D: sqlx::Database, T> Type<D> for Coded<T>
where
    str: Type<D>,
{
    fn type_info() -> D::TypeInfo {
        <str as Type<D>>::type_info()
    }

    fn compatible(info: &D::TypeInfo) -> bool {
        <str as Type<D>>::compatible(info)
    }
}

impl<'r, D: sqlx::Database, T: DeserializeOwned> Decode<'r, D> for Coded<T>
where
    &'r str: Decode<'r, D>,
{
    fn decode(value: D::ValueRef<'r>) -> Result<Self, BoxDynError> {
        let text: StrDeserializer<'_, serde::de::value::Error> =
            <&'r str as Decode<'r, D>>::decode(value)?.into_deserializer();
        Ok(Self(T::deserialize(text)?))
    }
}

/// Keys as one value: an array on PostgreSQL, on SQLite the hexadecimal digits of each in a JSON list.
#[derive(Clone, Debug)]
pub struct Keys(pub Vec<Uuid>);

impl Type<Postgres> for Keys {
    fn type_info() -> PgTypeInfo {
        <Vec<Uuid> as Type<Postgres>>::type_info()
    }
}

impl Encode<'_, Postgres> for Keys {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        <Vec<Uuid> as Encode<Postgres>>::encode_by_ref(&self.0, buffer)
    }
}

impl<'r> Decode<'r, Postgres> for Keys {
    fn decode(value: PgValueRef<'r>) -> Result<Self, BoxDynError> {
        <Vec<Uuid> as Decode<Postgres>>::decode(value).map(Self)
    }
}

impl Type<Sqlite> for Keys {
    fn type_info() -> SqliteTypeInfo {
        <str as Type<Sqlite>>::type_info()
    }
}

impl Encode<'_, Sqlite> for Keys {
    fn encode_by_ref(&self, buffer: &mut SqliteArgumentsBuffer) -> Result<IsNull, BoxDynError> {
        let digits: Vec<String> = self.0.iter().map(|key| key.simple().to_string()).collect();
        <Json<_> as Encode<Sqlite>>::encode(Json(digits), buffer)
    }
}

impl<'r> Decode<'r, Sqlite> for Keys {
    fn decode(value: SqliteValueRef<'r>) -> Result<Self, BoxDynError> {
        let Json(keys) = <Json<Vec<Uuid>> as Decode<Sqlite>>::decode(value)?;
        Ok(Self(keys))
    }
}

/// Texts as one value: an array on PostgreSQL, a JSON list on SQLite.
#[derive(Clone, Debug)]
pub struct Texts(pub Vec<String>);

impl Type<Postgres> for Texts {
    fn type_info() -> PgTypeInfo {
        <Vec<String> as Type<Postgres>>::type_info()
    }
}

impl Encode<'_, Postgres> for Texts {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        <Vec<String> as Encode<Postgres>>::encode_by_ref(&self.0, buffer)
    }
}

impl Type<Sqlite> for Texts {
    fn type_info() -> SqliteTypeInfo {
        <str as Type<Sqlite>>::type_info()
    }
}

impl Encode<'_, Sqlite> for Texts {
    fn encode_by_ref(&self, buffer: &mut SqliteArgumentsBuffer) -> Result<IsNull, BoxDynError> {
        <Json<_> as Encode<Sqlite>>::encode(Json(&self.0), buffer)
    }
}

/// A moment, written as the schema writes it.
#[derive(Clone, Copy, Debug, sqlx::Type)]
#[sqlx(transparent)]
pub struct Time(pub DateTime<Utc>);

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0.to_rfc3339())
    }
}

/// Fen as decimal text.
#[derive(Clone, Copy, Debug)]
pub struct Yuan(pub i64);

impl Serialize for Yuan {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let sign = if self.0 < 0 { "-" } else { "" };
        let fen = self.0.unsigned_abs();
        serializer.collect_str(&format_args!("{sign}{}.{:02}", fen / 100, fen % 100))
    }
}

/// Something with a name alone.
#[derive(Serialize)]
pub struct Named {
    /// The name.
    pub name: String,
}

/// A trim with its model.
#[derive(Serialize)]
pub struct Trim {
    /// The trim's name.
    pub name: String,
    /// The model.
    pub model: Named,
}

/// One page of a list.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Page<T> {
    nodes: Vec<T>,
    page_info: PageInfo,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PageInfo {
    has_next_page: bool,
}

impl<T> Page<T> {
    /// The rows of a statement that was asked for one more than shown.
    pub fn of<R>(rows: Vec<R>, first: usize, show: impl FnMut(R) -> Result<T, Refused>) -> Result<Self, Refused> {
        let has_next_page = rows.len() > first;
        let nodes = rows.into_iter().take(first).map(show).collect::<Result<_, _>>()?;
        Ok(Self { nodes, page_info: PageInfo { has_next_page } })
    }
}

/// The variables of a list.
#[derive(Deserialize)]
pub struct First {
    /// How many.
    pub first: usize,
}

/// How many rows to show and, for the statement, one more; 1 to 100 are allowed.
pub fn page_size(first: usize) -> Result<i64, Refused> {
    if (1..=100).contains(&first) { Ok(first as i64 + 1) } else { Err(Refused::Input("first")) }
}

/// The one state of a car to show (`inventory::rules::status::shown`), over the columns' text.
pub fn vehicle_status(physical: String, commercial: &str) -> String {
    match (physical.as_str(), commercial) {
        ("IN_STOCK", "RESERVED") => "RESERVED".to_owned(),
        ("IN_STOCK", "ALLOCATED" | "SOLD") => "ALLOCATED".to_owned(),
        _ => physical,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_has_two_digits_after_the_point() {
        let text = |fen| serde_json::to_string(&Yuan(fen)).unwrap_or_default();
        assert_eq!([text(20_480_000), text(5), text(-120)], ["\"204800.00\"", "\"0.05\"", "\"-1.20\""]);
    }

    #[test]
    fn the_state_shown_is_that_of_the_rules() {
        use entity::{CommercialStatus, PhysicalStatus};
        for physical in PhysicalStatus::ALL {
            for commercial in CommercialStatus::ALL {
                let wanted = milepost::inventory::rules::status::shown(*physical, *commercial).to_string();
                assert_eq!(vehicle_status(physical.to_string(), &commercial.to_string()), wanted);
            }
        }
    }

    #[test]
    fn a_page_knows_whether_there_is_more() {
        let page = Page::of(vec![1, 2, 3], 2, Ok).map(|page| (page.nodes, page.page_info.has_next_page));
        assert!(matches!(page, Ok((nodes, true)) if nodes == [1, 2]));
        assert!(page_size(0).is_err() && page_size(101).is_err());
    }
}
