//! RETURN: the car that was handed over goes back (domain.md 3.2: in seven days, by the three guarantees, or as a kindness).

use entity::order::change_request;
use entity::{ChangeState, ReturnGround};
use serde::{Deserialize, Serialize};

use super::super::inputs::ReturnWishInput;
use super::super::rules::consequences::{Consequences, Terms};
use super::super::rules::returns::{self, Hindrance, hindrances, parts, sums, tax_claim_minor, use_minor};
use super::super::store::{Books, Handed, payments_of, take_back};
use super::findings::{Found, odometer};
use super::{Case, Kind, Not, Quote, Refused};
use crate::graph::user_error::UserErrorCode;
use crate::graph::{Call, Refusal};
use crate::order::store::{Revision, invoiced};
use crate::store::{Knows, Tx};
use crate::values::calendar;

/// The car is given back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Return {
    /// Why.
    pub ground: ReturnGround,
    /// What whoever asked read on the odometer, kilometres.
    pub odometer_km: i32,
    /// What whoever decided has found.
    #[serde(default)]
    pub found: Option<Found>,
}

impl Return {
    /// What is said.
    ///
    /// # Errors
    /// What is wrong in it.
    pub fn read(wish: &ReturnWishInput) -> Result<Self, Vec<Not>> {
        let odometer_km = odometer("change.return.odometerKm", wish.odometer_km).map_err(|not| vec![not])?;
        Ok(Self { ground: wish.ground, odometer_km, found: None })
    }

    /// What goes back of an order's money, and on which terms; what it looked at.
    ///
    /// # Errors
    /// What stands in the way of the ground; where it was named is `field`.
    pub async fn terms<C: Knows>(
        &self,
        case: &Case<'_, C>,
        field: &'static str,
    ) -> Result<(i64, Terms, Handed), Refused> {
        let handed = Handed::of(case.conn, case.order).await?;
        let handed = handed.ok_or_else(|| Not::eligible("orderId", "order-not-handed-over"))?;
        let km = self.found.as_ref().map_or(self.odometer_km, |found| found.odometer_km);
        let car = returns::Handed { km: (handed.car.km.0, km), ..handed.car };
        // The days end with the request, whenever it is decided.
        let not: Vec<Not> = hindrances(self.ground, case.fault, &car, case.at)
            .into_iter()
            .map(|hindrance| in_the_way(hindrance, field))
            .collect();
        if !not.is_empty() {
            return Err(Refused::Not(not));
        }
        let here: i64 = handed.here.iter().map(|one| one.minor).sum();
        let by_word = self.ground == ReturnGround::Goodwill;
        let named = by_word.then(|| self.found.as_ref().and_then(|found| found.refund_minor).unwrap_or_default());
        if named.is_some_and(|named| named > here) {
            return Err(too_much(here).into());
        }
        let fee = use_minor(self.ground, &car, handed.car_minor, case.at);
        let sums = sums(here, fee, handed.tax.map_or(0, |(paid, _)| paid), named);
        let claim = |(paid, on)| tax_claim_minor(paid, on, calendar::day(case.now));
        let terms = Terms {
            ground: self.ground,
            driven_km: car.driven_km(),
            use_minor: sums.use_minor,
            passed_on_minor: sums.passed_on_minor,
            tax_claim_minor: handed.tax.map(claim),
        };
        Ok((sums.back_minor, terms, handed))
    }
}

/// More than is here was named.
pub fn too_much(here_minor: i64) -> Not {
    let most = crate::values::money::Money::from_minor(here_minor).to_string();
    let code = UserErrorCode::LimitReached;
    Not { code, field: "change.refund.amountMinor", key: "order-refund-most", args: vec![("most", most.into())] }
}

fn in_the_way(hindrance: Hindrance, field: &'static str) -> Not {
    let not = |key| Not::eligible(field, key);
    match hindrance {
        Hindrance::MadeToOrder => not("return-made-to-order"),
        Hindrance::NotOnline => not("return-not-online"),
        Hindrance::NotTheMakers => not("return-not-the-makers"),
        Hindrance::TooLate { until } => {
            Not { args: vec![("until", until.to_string().into())], ..not("return-too-late") }
        }
        Hindrance::TooFar { most } => Not { args: vec![("most", i64::from(most).into())], ..not("return-too-far") },
    }
}

impl Kind for Return {
    async fn quote<C: Knows>(&self, case: &Case<'_, C>) -> Result<Quote, Refused> {
        let (back_minor, terms, handed) = self.terms(case, "change.return.ground").await?;
        let here: i64 = handed.here.iter().map(|one| one.minor).sum();
        let invoiced = invoiced(case.conn, case.order.id).await?;
        Ok(Quote {
            plain: false,
            consequences: Consequences {
                refund_minor: back_minor,
                forfeited_minor: here - back_minor,
                loses_car: true,
                red_invoice: invoiced.here || invoiced.elsewhere,
                back: Some(terms),
                ..Consequences::default()
            },
        })
    }

    async fn carry_out(
        &self,
        tx: &mut Tx,
        _call: &Call,
        revision: &mut Revision,
        request: change_request::Model,
        quote: &Quote,
    ) -> Result<change_request::Model, Refusal> {
        let (now, order) = (tx.now(), revision.order.id);
        let mut payments = payments_of(tx, order).await?;
        let mut books = Books::of(tx, revision.before()).await?.without_request();
        let here = super::super::store::here_of(tx.conn(), order).await?;
        let parts = parts(&here, quote.consequences.refund_minor, true);
        for (id, minor) in &parts {
            let payment = payments.iter().find(|row| row.id == *id);
            books.owe(tx, order, payment, *minor, Some(request.id));
        }
        books.sum(&mut revision.order, &payments);
        let restock = self.found.as_ref().is_some_and(|found| found.restock);
        take_back(tx, revision, &request, &mut payments, restock).await?;
        let done = parts.is_empty();
        Ok(change_request::Model {
            state: if done { ChangeState::Done } else { ChangeState::Executing },
            done_at: done.then_some(now),
            ..request
        })
    }
}
