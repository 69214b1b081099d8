//! How values come from the database and go over the wire.

use std::fmt::Display;

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use entity::PrefixedId;
use serde::de::value::StrDeserializer;
use serde::de::{DeserializeOwned, IntoDeserializer};
use serde::{Deserialize, Serialize, Serializer};
use sqlx::error::BoxDynError;
use sqlx::postgres::{PgTypeInfo, PgValueRef};
use sqlx::{Decode, Postgres, Type};
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

impl<T> Type<Postgres> for Id<T> {
    fn type_info() -> PgTypeInfo {
        <Uuid as Type<Postgres>>::type_info()
    }
}

impl<'r, T: PrefixedId> Decode<'r, Postgres> for Id<T> {
    fn decode(value: PgValueRef<'r>) -> Result<Self, BoxDynError> {
        Ok(Self(T::from_uuid(<Uuid as Decode<Postgres>>::decode(value)?)))
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

impl<T> Type<Postgres> for Coded<T> {
    fn type_info() -> PgTypeInfo {
        <str as Type<Postgres>>::type_info()
    }

    fn compatible(info: &PgTypeInfo) -> bool {
        <str as Type<Postgres>>::compatible(info)
    }
}

impl<'r, T: DeserializeOwned> Decode<'r, Postgres> for Coded<T> {
    fn decode(value: PgValueRef<'r>) -> Result<Self, BoxDynError> {
        let text: StrDeserializer<'_, serde::de::value::Error> = value.as_str()?.into_deserializer();
        Ok(Self(T::deserialize(text)?))
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
