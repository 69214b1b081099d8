//! RECONFIGURE: another configuration, at the price of the moment at which it was asked for.

use chrono::{DateTime, Utc};
use entity::catalog::{configuration, model, trim};
use entity::inventory::vehicle_unit;
use entity::order::{change_request, order, price_line};
use entity::{ChangeState, Codes, ConfigurationId};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter};
use serde::{Deserialize, Serialize};

use super::super::rules::consequences::Consequences;
use super::super::rules::falls::Takes;
use super::super::rules::reconfigure::is_being_built;
use super::super::rules::returns::{parts, refundable};
use super::super::store::{Books, here_of, payments_of};
use super::beside::{Anew, Beside, bring_along};
use super::{Case, Kind, Not, Quote, Refused, about};
use crate::catalog::quote::{Fields, PriceQuote};
use crate::catalog::sold::own_configuration;
use crate::catalog::store as catalog;
use crate::graph::user_error::UserErrorCode;
use crate::graph::{Call, Error, Refusal, UserError};
use crate::inventory::rules::matching::unlike;
use crate::order::store::{Revision, add_agreed, agreed_benefits, price_rows};
use crate::store::{Knows, Tx};

const FIELD: &str = "change.reconfigure.configurationId";
const FIELDS: Fields = Fields { trim: FIELD, options: FIELD, city: FIELD, listed: false };

/// Another configuration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reconfigure {
    /// A saved one.
    pub configuration: ConfigurationId,
}

/// What is wanted, found and priced.
struct Choice {
    configuration: configuration::Model,
    price: PriceQuote,
}

impl Reconfigure {
    async fn find(
        &self,
        conn: &impl ConnectionTrait,
        order: &order::Model,
        at: DateTime<Utc>,
    ) -> Result<Choice, Refused> {
        let gone = || Error::hidden("the trim of a configuration or an order is gone");
        let own = own_configuration(conn, order.customer_id, self.configuration).await?;
        let configuration = own.ok_or_else(|| Not::found(FIELD))?;
        let trims = trim::Entity::find()
            .filter(trim::Column::Id.is_in([configuration.trim_id, order.trim_id]))
            .all(conn)
            .await?;
        let of = |id| trims.iter().find(|trim| trim.id == id).ok_or_else(gone);
        let (wanted, ordered) = (of(configuration.trim_id)?, of(order.trim_id)?);
        if wanted.model_id != ordered.model_id {
            return Err(Not::eligible(FIELD, "order-change-model").into());
        }
        // What was ordered is built, whatever is on sale now.
        if wanted.id != ordered.id {
            let model = model::Entity::find_by_id(wanted.model_id).one(conn).await?;
            if !wanted.on_sale || !model.is_some_and(|model| model.on_sale) {
                return Err(Not::eligible(FIELD, "order-trim-off-sale").into());
            }
        }
        let choice = catalog::Choice { trim: wanted, option_codes: &configuration.option_codes.0, benefits: &[] };
        let price = catalog::quote(conn, choice, &order.city_code, at).await;
        let mut price = price.map_err(|error| Refused::Choice(error, FIELDS))?;
        add_agreed(&mut price, &agreed_benefits(conn, order.id).await?);
        if price.trim_id == order.trim_id && order.option_codes.0 == price.option_codes {
            return Err(
                Not { code: UserErrorCode::Invalid, field: FIELD, key: "order-change-same", args: Vec::new() }.into()
            );
        }
        Ok(Choice { configuration, price })
    }
}

/// The car of an order.
async fn car_of(conn: &impl ConnectionTrait, order: &order::Model) -> Result<Option<vehicle_unit::Model>, DbErr> {
    match order.vehicle_id {
        Some(car) => vehicle_unit::Entity::find_by_id(car).one(conn).await,
        None => Ok(None),
    }
}

impl Kind for Reconfigure {
    async fn quote<C: Knows>(&self, case: &Case<'_, C>) -> Result<Quote, Refused> {
        let order = case.order;
        let choice = self.find(case.conn, order, case.at).await?;
        let beside = Beside::of(case.conn, order).await?;
        beside.not_invoiced()?;
        let car = car_of(case.conn, order).await?;
        let (states, stands) = (beside.progress.states(), car.as_ref().map(|car| car.physical_status));
        if is_being_built(order.fulfillment_mode, &states, stands) {
            return Err(Not::eligible("orderId", "order-change-built").into());
        }
        let fits = |car: &vehicle_unit::Model| {
            car.trim_id == choice.price.trim_id && unlike(&choice.price.option_codes, &car.option_codes.0).is_empty()
        };
        let (loses_car, contract_anew) = (car.as_ref().is_some_and(|car| !fits(car)), beside.has_contract());
        let takes = Takes { car: loses_car, contract: contract_anew, appointment: false };
        let changes = beside.falls(order, takes)?;
        let mut progress = beside.progress;
        progress.look_at(None, Some(choice.configuration.lead_time_days));
        let expected = progress.expected_after((order, case.likely()), &changes, loses_car, case.now);
        let total_minor = choice.price.breakdown.payable_minor;
        let here: i64 = here_of(case.conn, order.id).await?.iter().map(|one| one.minor).sum();
        let consequences = Consequences {
            refund_minor: refundable(here, total_minor).surplus_minor,
            price: Some((order.total_minor, total_minor)),
            expected: expected.map(|window| (case.likely(), window.likely)),
            loses_car,
            contract_anew,
            loan_anew: beside.has_loan && total_minor != order.total_minor,
            loses_appointment: loses_car && beside.appointment.is_some(),
            ..Consequences::default()
        };
        Ok(Quote { consequences, plain: true })
    }

    async fn carry_out(
        &self,
        tx: &mut Tx,
        call: &Call,
        revision: &mut Revision,
        request: change_request::Model,
        quote: &Quote,
    ) -> Result<change_request::Model, Refusal> {
        let means = &quote.consequences;
        let refused = |refused: Refused| refused.refusal(call, Some(about(&request)));
        // The lender may lend at any moment, for another price.
        if means.loan_anew {
            let code = UserErrorCode::NotEligible;
            return Err(UserError::coded(call, code, about(&request), "order-change-loan", &[]).into());
        }
        let choice = self.find(tx.conn(), revision.before(), request.requested_at).await.map_err(refused)?;
        let (order, now) = (revision.before().id, tx.now());
        revision.order.configuration_id = choice.configuration.id;
        revision.order.trim_id = choice.price.trim_id;
        revision.order.option_codes = choice.price.option_codes.iter().cloned().collect::<Codes>();
        revision.order.total_minor = choice.price.breakdown.payable_minor;
        price_line::Entity::delete_many().filter(price_line::Column::OrderId.eq(order)).exec(tx.conn()).await?;
        tx.insert(price_rows(order, &choice.price.breakdown.lines));
        let takes = Takes { car: means.loses_car, contract: means.contract_anew, appointment: false };
        let lead_time_days = Some(choice.configuration.lead_time_days);
        bring_along(tx, call, revision, &request, Anew { takes, lead_time_days, ..Anew::default() }).await?;

        let payments = payments_of(tx, order).await?;
        let mut books = Books::on(tx.conn(), revision.before()).await?.without_request();
        // What the customer paid goes back to them first, and of what a lender paid what the loan is above the price. Nothing was invoiced.
        let back = parts(&here_of(tx.conn(), order).await?, means.refund_minor, false);
        for (id, minor) in &back {
            let payment = payments.iter().find(|row| row.id == *id);
            books.owe_when(tx, order, payment, *minor, (Some(request.id), false));
        }
        books.sum(&mut revision.order, &payments);
        let done = back.is_empty();
        Ok(change_request::Model {
            state: if done { ChangeState::Done } else { ChangeState::Executing },
            done_at: done.then_some(now),
            ..request
        })
    }
}
