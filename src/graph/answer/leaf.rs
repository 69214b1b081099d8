//! Values without fields, and what holds several of them.

use std::sync::Arc;

use async_graphql::resolver_utils::EnumType;
use async_graphql::{ID, ScalarType};
use chrono::{DateTime, Utc};

use super::{Answer, Ordinary, Pass, Planner, Selected, Set};
use crate::catalog::PricePolicy;
use crate::graph::connection::{CountPrecision, Direction};
use crate::graph::error::{Error, Result};
use crate::graph::money::CurrencyCode;
use crate::graph::scalars::{CityCode, CnMobile, Date, Decimal, Int64, Vin};
use crate::inventory::{StockAlertAction, StockTransferAction, VehicleUnitAction};
use crate::lead::LeadAction;
use crate::order::deals::DealPriceArea;
use crate::order::{EarnestDepositTreatment, MilestoneReport, PurchaseTaxBasis, ReadyCondition};
use crate::place::GeoDatum;

macro_rules! leaves {
    ($($ty:ty: |$value:ident, $out:ident| $write:expr;)*) => {
        $(
            impl Answer for $ty {
                fn plan(_: &Planner<'_>, _: &[Set<'_>]) -> Result<Selected, Ordinary> {
                    Ok(Selected::default())
                }

                fn write(&self, _: &Selected, _: &Pass<'_>, $out: &mut Vec<u8>) -> Result<()> {
                    let $value = self;
                    $write
                }
            }
        )*
    };
}

leaves! {
    bool: |value, out| put(out, value);
    i32: |value, out| put(out, value);
    i64: |value, out| put(out, value);
    // A number that JSON does not have is null for the engine too.
    f64: |value, out| put(out, value);
    String: |value, out| put(out, value);
    &str: |value, out| put(out, value);
    ID: |value, out| put(out, value.as_str());
    CityCode: |value, out| put(out, &value.0);
    Vin: |value, out| put(out, &value.0);
    CnMobile: |value, out| put(out, &value.0);
    Int64: |value, out| put(out, &value.0);
    Decimal: |value, out| put(out, &value.to_value());
    Date: |value, out| put(out, &value.to_value());
    // As the engine writes it; there is nothing in it to escape.
    DateTime<Utc>: |value, out| {
        out.push(b'"');
        out.extend_from_slice(value.to_rfc3339().as_bytes());
        out.push(b'"');
        Ok(())
    };
}

/// Makes enums answers.
macro_rules! codes {
    ($($ty:ident)*) => {
        leaves! { $($ty: |value, out| code(out, value);)* }
    };
}

codes! { CountPrecision CurrencyCode DealPriceArea Direction EarnestDepositTreatment GeoDatum LeadAction MilestoneReport PricePolicy PurchaseTaxBasis ReadyCondition StockAlertAction StockTransferAction VehicleUnitAction }

mod vocabularies {
    use super::*;
    use entity::*;

    entity::customer_vocabularies!(codes);
    entity::lead_vocabularies!(codes);
    entity::catalog_vocabularies!(codes);
    entity::conversation_vocabularies!(codes);
    entity::inventory_vocabularies!(codes);
    entity::quality_vocabularies!(codes);
    entity::order_vocabularies!(codes);
    entity::board_vocabularies!(codes);
    entity::eta_vocabularies!(codes);
    entity::parity_vocabularies!(codes);
    entity::loyalty_vocabularies!(codes);
    entity::shared_vocabularies!(codes);
    entity::upstream_vocabularies!(codes);
    entity::event_vocabularies!(codes);
    entity::webhook_vocabularies!(codes);
}

fn put<T: serde::Serialize + ?Sized>(out: &mut Vec<u8>, value: &T) -> Result<()> {
    Ok(serde_json::to_writer(out, value)?)
}

fn code<T: EnumType>(out: &mut Vec<u8>, value: &T) -> Result<()> {
    let item = T::items().iter().find(|item| item.value == *value);
    out.push(b'"');
    out.extend_from_slice(item.ok_or_else(|| Error::hidden("an enum without this value"))?.name.as_bytes());
    out.push(b'"');
    Ok(())
}

macro_rules! through {
    ([$($generics:tt)*] $ty:ty => $inner:ty) => {
        impl<$($generics)*> Answer for $ty {
            fn plan(planner: &Planner<'_>, sets: &[Set<'_>]) -> Result<Selected, Ordinary> {
                <$inner>::plan(planner, sets)
            }

            fn gather(&self, selected: &Selected, pass: &Pass<'_>) {
                (**self).gather(selected, pass);
            }

            fn write(&self, selected: &Selected, pass: &Pass<'_>, out: &mut Vec<u8>) -> Result<()> {
                (**self).write(selected, pass, out)
            }
        }
    };
}

through!([T: Answer] &T => T);
through!([T: Answer] Arc<T> => T);

impl<T: Answer> Answer for Option<T> {
    fn plan(planner: &Planner<'_>, sets: &[Set<'_>]) -> Result<Selected, Ordinary> {
        T::plan(planner, sets)
    }

    fn gather(&self, selected: &Selected, pass: &Pass<'_>) {
        if let Some(value) = self {
            value.gather(selected, pass);
        }
    }

    fn write(&self, selected: &Selected, pass: &Pass<'_>, out: &mut Vec<u8>) -> Result<()> {
        match self {
            Some(value) => value.write(selected, pass, out),
            None => {
                out.extend_from_slice(b"null");
                Ok(())
            }
        }
    }
}

macro_rules! several {
    ($ty:ty) => {
        impl<T: Answer> Answer for $ty {
            fn plan(planner: &Planner<'_>, sets: &[Set<'_>]) -> Result<Selected, Ordinary> {
                T::plan(planner, sets)
            }

            fn gather(&self, selected: &Selected, pass: &Pass<'_>) {
                if selected.deep() {
                    self.iter().for_each(|value| value.gather(selected, pass));
                }
            }

            fn write(&self, selected: &Selected, pass: &Pass<'_>, out: &mut Vec<u8>) -> Result<()> {
                out.push(b'[');
                for (place, value) in self.iter().enumerate() {
                    if place > 0 {
                        out.push(b',');
                    }
                    value.write(selected, pass, out)?;
                }
                out.push(b']');
                Ok(())
            }
        }
    };
}

several!(Vec<T>);
several!(&[T]);
