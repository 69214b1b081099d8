//! What is to be changed, read from an input.

use entity::Sealed;

use super::super::inputs::OrderChangeWishInput;
use super::super::kinds::{Asked, Cancel, Exchange, Not, Refund, Refused, Return};
use crate::graph::user_error::UserErrorCode;

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
pub fn read(input: OrderChangeWishInput) -> Result<Wish, Refused> {
    let OrderChangeWishInput { cancel, refund, give_back, exchange } = input;
    let mut wishes: Vec<Result<Wish, Vec<Not>>> = Vec::new();
    if cancel == Some(true) {
        wishes.push(Ok(Asked::Cancel(Cancel {}).into()));
    }
    wishes.extend(refund.map(|wish| Refund::read(&wish).map(|asked| Asked::Refund(asked).into())));
    wishes.extend(give_back.map(|wish| Return::read(&wish).map(|asked| Asked::Return(asked).into())));
    wishes.extend(exchange.map(|wish| Exchange::read(&wish).map(|asked| Asked::Exchange(asked).into())));
    match (wishes.pop(), wishes.is_empty()) {
        (Some(wish), true) => wish.map_err(Refused::Not),
        _ => Err(Not { code: UserErrorCode::Required, field: "change", key: "order-change-one", args: Vec::new() }.into()),
    }
}
