//! EXCHANGE: the car that was handed over goes back for another, of a new order of the same customer, which what was paid goes over to.

use entity::catalog::{configuration, trim};
use entity::order::{benefit, change_request, order, payment};
use entity::place::store;
use entity::{
    BenefitPackageId, ChangeState, ConfigurationId, FulfillmentMode, OrderId, PaymentId, PaymentMethod, PaymentPurpose,
    PaymentState,
};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder};
use serde::{Deserialize, Serialize};

use super::super::inputs::ExchangeWishInput;
use super::super::rules::consequences::{Consequences, LostBenefit};
use super::super::rules::returns::{carried_minor, goes};
use super::super::store::{Books, here_of, payments_of, take_back};
use super::findings::odometer;
use super::returned::Return;
use super::{Case, Kind, Not, Quote, Refused};
use crate::catalog::quote::{Fields, PriceQuote};
use crate::catalog::sold::{own_configuration, sold_trim};
use crate::catalog::store::{Choice, quote as priced, still_offered};
use crate::graph::{Call, Error, Refusal};
use crate::order::mutations::{EARNEST_MINOR, Parts, deposit, make_order};
use crate::order::rules::payment::earnest_cap_minor;
use crate::order::store::{Revision, become_firm, invoiced};
use crate::settings::OrderSettings;
use crate::store::{Knows, Tx};

/// The car is given back for another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exchange {
    /// How the old one goes back.
    #[serde(flatten)]
    pub back: Return,
    /// What is to be had for it.
    pub configuration_id: ConfigurationId,
    /// How it is to be found.
    pub mode: FulfillmentMode,
}

/// The other car.
struct Other {
    configuration: configuration::Model,
    trim: trim::Model,
    price: PriceQuote,
    /// Packages of the order that are not to be had with it.
    lost: Vec<LostBenefit>,
}

/// Where the other car stands in the input.
const FIELDS: Fields = Fields {
    trim: "change.exchange.configurationId",
    options: "change.exchange.configurationId",
    city: "change.exchange.configurationId",
    listed: false,
};

impl Exchange {
    /// What is said.
    ///
    /// # Errors
    /// All that is wrong in it.
    pub fn read(wish: &ExchangeWishInput) -> Result<Self, Vec<Not>> {
        let odometer_km = odometer("change.exchange.odometerKm", wish.odometer_km);
        let configuration = wish.configuration_id.parse::<ConfigurationId>();
        let configuration = configuration.map_err(|_| Not::found("change.exchange.configurationId"));
        match (odometer_km, configuration) {
            (Ok(odometer_km), Ok(configuration_id)) => {
                let back = Return { ground: wish.ground, odometer_km, found: None };
                Ok(Self { back, configuration_id, mode: wish.fulfillment_mode })
            }
            (km, configuration) => Err([km.err(), configuration.err()].into_iter().flatten().collect()),
        }
    }

    /// The other car and its price at the moment of the request, with the packages of the order that are to be had with it then; and those
    /// that are not.
    async fn other<C: Knows>(
        &self,
        conn: &C,
        order: &order::Model,
        at: chrono::DateTime<chrono::Utc>,
    ) -> Result<Other, Refused> {
        let found = own_configuration(conn, order.customer_id, self.configuration_id).await?;
        let found = found.ok_or_else(|| Not::found(FIELDS.trim))?;
        let trim = sold_trim(conn, found.trim_id).await?;
        let trim = trim.ok_or_else(|| Not::eligible(FIELDS.trim, "order-trim-off-sale"))?;
        let agreed = benefit::Entity::find()
            .filter(benefit::Column::OrderId.eq(order.id))
            .order_by_asc(benefit::Column::Position)
            .all(conn)
            .await?;
        let chosen: Vec<BenefitPackageId> = agreed.iter().map(|row| row.package_id).collect();
        let benefits = still_offered(conn, &chosen, &trim, &order.city_code, at).await?;
        let lost =
            agreed.into_iter().filter(|row| !benefits.contains(&row.package_id)).map(LostBenefit::from).collect();
        let choice = Choice { trim: &trim, option_codes: &found.option_codes.0, benefits: &benefits };
        let price = priced(conn, choice, &order.city_code, at).await;
        let price = price.map_err(|error| Refused::Choice(error, FIELDS))?;
        Ok(Other { configuration: found, trim, price, lost })
    }
}

impl Kind for Exchange {
    async fn quote<C: Knows>(&self, case: &Case<'_, C>) -> Result<Quote, Refused> {
        let (back_minor, terms, handed) = self.back.terms(case, "change.exchange.ground").await?;
        let other = self.other(case.conn, case.order, case.at).await?;
        let total = other.price.breakdown.payable_minor;
        let here: i64 = handed.here.iter().map(|one| one.minor).sum();
        let carried_minor = carried_minor(&handed.here, back_minor, total);
        let invoiced = invoiced(case.conn, case.order.id).await?;
        Ok(Quote {
            plain: false,
            consequences: Consequences {
                refund_minor: back_minor - carried_minor,
                forfeited_minor: here - back_minor,
                price: Some((case.order.total_minor, total)),
                loses_car: true,
                red_invoice: invoiced.here || invoiced.elsewhere,
                contract_anew: true,
                back: Some(terms),
                carried_minor,
                lost_benefits: other.lost,
                ..Consequences::default()
            },
        })
    }

    async fn carry_out(
        &self,
        tx: &mut Tx,
        call: &Call,
        revision: &mut Revision,
        request: change_request::Model,
        quote: &Quote,
    ) -> Result<change_request::Model, Refusal> {
        let (now, order) = (tx.now(), revision.order.id);
        let means = &quote.consequences;
        let mut payments = payments_of(tx, order).await?;
        let mut books = Books::of(tx, revision.before()).await?.without_request();
        let here = here_of(tx.conn(), order).await?;
        // Less than the earnest deposit makes nothing firm: all of it is asked for as ever.
        let firm = means.carried_minor >= EARNEST_MINOR;
        let total = means.price.map_or(0, |(_, after)| after);
        let earnest_most = if firm { EARNEST_MINOR.min(earnest_cap_minor(total)) } else { 0 };
        let (mut carried, mut owed) = (Vec::new(), false);
        for of in goes(&here, (means.refund_minor, means.carried_minor), earnest_most) {
            let Some(row) = payments.iter_mut().find(|row| row.id == of.payment) else { continue };
            if of.back_minor > 0 {
                books.owe(tx, order, Some(row), of.back_minor, Some(request.id));
                owed = true;
            }
            let over = of.earnest_minor + of.balance_minor;
            if over > 0 {
                row.carried_minor += over;
                carried.push((of.payment, PaymentPurpose::EarnestDeposit, of.earnest_minor));
                carried.push((of.payment, PaymentPurpose::Balance, of.balance_minor));
                let change = payment::ActiveModel { carried_minor: Set(row.carried_minor), ..Default::default() };
                tx.put_one(payment::Entity::update_many().set(change).filter(payment::Column::Id.eq(of.payment)));
                revision.payment_changed(row, now);
            }
        }
        books.sum(&mut revision.order, &payments);
        let restock = self.back.found.as_ref().is_some_and(|found| found.restock);
        take_back(tx, revision, &request, &mut payments, restock).await?;
        let new = self.place(tx, call.app.orders, revision, &request, (&carried, firm)).await?;
        Ok(change_request::Model {
            state: if owed { ChangeState::Executing } else { ChangeState::Done },
            done_at: (!owed).then_some(now),
            new_order_id: Some(new),
            ..request
        })
    }
}

impl Exchange {
    /// Makes the order that takes the other's place, and what goes over to it is paid on it.
    async fn place(
        &self,
        tx: &mut Tx,
        terms: OrderSettings,
        revision: &Revision,
        request: &change_request::Model,
        (carried, firm): (&[(PaymentId, PaymentPurpose, i64)], bool),
    ) -> Result<OrderId, Refusal> {
        let old = revision.before();
        let gone = || Error::hidden("something that an order names is gone");
        let other = self.other(tx.conn(), old, request.requested_at).await;
        let other = other.map_err(|_| Error::hidden("what was quoted is not to be had"))?;
        let Other { configuration, trim, price, .. } = other;
        let stores = [old.store_id, old.delivery_store_id];
        let stores = store::Entity::find().filter(store::Column::Id.is_in(stores)).all(tx.conn()).await?;
        let store = |id| stores.iter().find(|row| row.id == id).cloned().ok_or_else(gone);
        let parts = Parts {
            customer: old.customer_id,
            configuration,
            trim,
            store: store(old.store_id)?,
            delivery_store: store(old.delivery_store_id)?,
            buyer_name: old.buyer_name.clone(),
            buyer_id_number: old.buyer_id_number.clone(),
            mode: self.mode,
            pay_within: terms.draft,
        };
        let actor = revision.actor().to_owned();
        let made = make_order(tx, actor.clone(), &parts, &price).await?;
        // Its rows are read again by what makes it firm.
        tx.flush().await?;
        let id = made.id;
        let mut new = Revision::of(tx, order::Model { consultant_id: old.consultant_id, ..made }, actor);
        let rows: Vec<payment::Model> = carried
            .iter()
            .filter(|(.., minor)| *minor > 0)
            .map(|(from, purpose, minor)| payment::Model {
                state: PaymentState::Captured,
                captured_at: Some(tx.now()),
                carried_from_id: Some(*from),
                ..deposit(id, *purpose, PaymentMethod::CarriedOver, *minor, tx.now())
            })
            .collect();
        Books::of(tx, new.before()).await?.sum(&mut new.order, &rows);
        for row in &rows {
            new.payment_changed(row, tx.now());
        }
        tx.insert(rows.iter().map(|row| row.clone().into_active_model().reset_all()));
        if firm {
            for purpose in [PaymentPurpose::EarnestDeposit, PaymentPurpose::Balance] {
                let firm = become_firm(tx, &mut new, purpose, tx.now(), true, terms).await?;
                firm.map_err(|_| Error::hidden("an order that does not become firm"))?;
            }
        }
        new.save(tx);
        Ok(id)
    }
}
