//! What is to be changed, read from an input.

use async_graphql::ID;
use entity::{InvoiceTitleType, PrefixedId, Sealed};

use super::super::inputs::{OrderBuyerInput, OrderChangeWishInput, OrderStoreInput};
use super::super::kinds::{
    Asked, BuyerChange, Cancel, DeliveryDefer, Exchange, Not, Reconfigure, Refund, Refused, Return, StoreChange,
};
use crate::graph::Call;
use crate::graph::user_error::UserErrorCode;
use crate::store::vault::Personal;
use crate::values::credit_code::CreditCode;
use crate::values::error::Invalid;
use crate::values::person_name::PersonName;
use crate::values::resident_id::ResidentId;
use crate::values::text;

/// Most characters of a company's name.
const MAX_NAME: u32 = 100;

/// What is wanted.
#[derive(Debug)]
pub struct Wish {
    /// As it is kept.
    pub asked: Asked,
    /// Of another buyer.
    pub buyer_name: Option<Sealed>,
    /// Of another buyer.
    pub buyer_id_number: Option<Sealed>,
}

impl From<Asked> for Wish {
    fn from(asked: Asked) -> Self {
        Self { asked, buyer_name: None, buyer_id_number: None }
    }
}

/// Reads what is wanted, with all that is wrong in it.
///
/// # Errors
/// What is wrong.
pub fn read(call: &Call, input: OrderChangeWishInput) -> Result<Wish, Refused> {
    let OrderChangeWishInput { cancel, refund, give_back, exchange, reconfigure, buyer, store, defer } = input;
    let mut wishes: Vec<Result<Wish, Vec<Not>>> = Vec::new();
    if cancel == Some(true) {
        wishes.push(Ok(Asked::Cancel(Cancel {}).into()));
    }
    wishes.extend(refund.map(|wish| Refund::read(&wish).map(|asked| Asked::Refund(asked).into())));
    wishes.extend(give_back.map(|wish| Return::read(&wish).map(|asked| Asked::Return(asked).into())));
    wishes.extend(exchange.map(|wish| Exchange::read(&wish).map(|asked| Asked::Exchange(asked).into())));
    if let Some(wanted) = reconfigure {
        let configuration = id(&wanted.configuration_id, "change.reconfigure.configurationId");
        let asked = configuration.map(|configuration| Asked::Reconfigure(Reconfigure { configuration }).into());
        wishes.push(asked.map_err(|not| vec![not]));
    }
    if let Some(wanted) = buyer {
        wishes.push(read_buyer(call, &wanted));
    }
    if let Some(wanted) = store {
        wishes.push(read_stores(&wanted));
    }
    if let Some(wanted) = defer {
        wishes.push(Ok(Asked::DeliveryDefer(DeliveryDefer { until: wanted.until.0 }).into()));
    }
    match (wishes.pop(), wishes.is_empty()) {
        (Some(wish), true) => wish.map_err(Refused::Not),
        _ => Err(required("change", "order-change-one").into()),
    }
}

fn required(field: &'static str, key: &'static str) -> Not {
    Not { code: UserErrorCode::Required, field, key, args: Vec::new() }
}

/// Reads an id of one kind.
fn id<K: PrefixedId>(given: &ID, field: &'static str) -> Result<K, Not> {
    let args = vec![("expected", K::PREFIX.into())];
    given.parse().map_err(|_| Not { code: UserErrorCode::InvalidId, field, key: "id", args })
}

/// A value that breaks its own rule.
fn broken(field: &'static str, invalid: Invalid) -> Not {
    let code = if invalid == Invalid::REQUIRED { UserErrorCode::Required } else { UserErrorCode::Invalid };
    let args = invalid.max.map(|max| ("max", i64::from(max).into())).into_iter().collect();
    Not { code, field, key: invalid.rule, args }
}

fn read_buyer(call: &Call, wanted: &OrderBuyerInput) -> Result<Wish, Vec<Not>> {
    let mut errors = Vec::new();
    let name = match wanted.kind {
        InvoiceTitleType::Individual => PersonName::parse(&wanted.name).map(|name| name.as_str().to_owned()),
        InvoiceTitleType::Company => text::line(&wanted.name, MAX_NAME),
    };
    let name = name.map_err(|invalid| errors.push(broken("change.buyer.name", invalid))).ok();
    let number = wanted.id_number.as_deref().filter(|number| !number.trim().is_empty());
    let number = match (wanted.kind, number) {
        (InvoiceTitleType::Individual, None) => Ok(None),
        (InvoiceTitleType::Individual, Some(id)) => ResidentId::parse(id).map(|id| Some(id.as_str().to_owned())),
        (InvoiceTitleType::Company, code) => {
            CreditCode::parse(code.unwrap_or_default()).map(|code| Some(code.as_str().to_owned()))
        }
    };
    let number = number.map_err(|invalid| errors.push(broken("change.buyer.idNumber", invalid))).unwrap_or_default();
    let Some(name) = name.filter(|_| errors.is_empty()) else { return Err(errors) };
    let vault = &call.app.vault;
    Ok(Wish {
        asked: Asked::BuyerChange(BuyerChange {}),
        buyer_name: Some(vault.seal(Personal::Name, &name)),
        buyer_id_number: number.map(|number| vault.seal(Personal::ResidentId, &number)),
    })
}

fn read_stores(wanted: &OrderStoreInput) -> Result<Wish, Vec<Not>> {
    let mut errors = Vec::new();
    let mut read = |given: &Option<ID>, field| {
        let found = given.as_ref().map(|given| id(given, field)).transpose();
        found.map_err(|not| errors.push(not)).unwrap_or_default()
    };
    let store = read(&wanted.store_id, "change.store.storeId");
    let delivery_store = read(&wanted.delivery_store_id, "change.store.deliveryStoreId");
    if !errors.is_empty() {
        return Err(errors);
    }
    if store.is_none() && delivery_store.is_none() {
        return Err(vec![required("change.store", "order-change-store")]);
    }
    Ok(Asked::StoreChange(StoreChange { store, delivery_store }).into())
}
