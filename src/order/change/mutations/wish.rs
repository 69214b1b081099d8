//! What is to be changed, read from an input.

use entity::Sealed;

use super::super::inputs::OrderChangeWishInput;
use super::super::kinds::{Asked, Cancel, Not, Refused};
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
    let OrderChangeWishInput { cancel } = input;
    let mut wishes: Vec<Result<Wish, Vec<Not>>> = Vec::new();
    if cancel == Some(true) {
        wishes.push(Ok(Asked::Cancel(Cancel {}).into()));
    }
    match (wishes.pop(), wishes.is_empty()) {
        (Some(wish), true) => wish.map_err(Refused::Not),
        _ => Err(Not { code: UserErrorCode::Required, field: "change", key: "order-change-one", args: Vec::new() }.into()),
    }
}
