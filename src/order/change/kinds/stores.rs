//! STORE_CHANGE: another store sells, or hands over. Who sells stays the same: see [`goes_over`].

use entity::customer::consent;
use entity::inventory::vehicle_unit;
use entity::order::{change_request, order};
use entity::place::{staff, store};
use entity::{ChangeState, ConsentPurpose, MilestoneCode, SalesModel, StoreId};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use serde::{Deserialize, Serialize};

use super::super::rules::consequences::Consequences;
use super::super::rules::falls::Takes;
use super::super::rules::stores::goes_over;
use super::beside::{Anew, Beside, bring_along};
use super::{Case, Kind, Not, Quote, Refused, about};
use crate::graph::user_error::UserErrorCode;
use crate::graph::{Call, Refusal};
use crate::inventory::rules::allocation::is_sold_as;
use crate::order::rules::milestone::{is_finished, state_of};
use crate::order::store::Revision;
use crate::store::{Knows, Tx};

const SELLS: &str = "change.store.storeId";
const HANDS_OVER: &str = "change.store.deliveryStoreId";

/// Milestones of a way to a store.
const WAY: [MilestoneCode; 3] = [MilestoneCode::Shipped, MilestoneCode::InTransit, MilestoneCode::Arrived];

/// Another store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoreChange {
    /// That sells.
    pub store: Option<StoreId>,
    /// That hands over.
    pub delivery_store: Option<StoreId>,
}

impl StoreChange {
    /// The order as these stores have it, and the store that hands over, where that is another one.
    async fn find(
        &self,
        conn: &impl ConnectionTrait,
        order: &order::Model,
    ) -> Result<(order::Model, Option<store::Model>), Refused> {
        let ids = [self.store, self.delivery_store, Some(order.store_id)].into_iter().flatten();
        let stores = store::Entity::find().filter(store::Column::Id.is_in(ids)).all(conn).await?;
        let of = |id: Option<StoreId>| stores.iter().find(|store| Some(store.id) == id).cloned();
        let (sells, hands_over) = (of(self.store), of(self.delivery_store));
        let mut missing = Vec::new();
        if self.store.is_some() && sells.is_none() {
            missing.push(Not::found(SELLS));
        }
        if self.delivery_store.is_some() && hands_over.is_none() {
            missing.push(Not::found(HANDS_OVER));
        }
        if !missing.is_empty() {
            return Err(Refused::Not(missing));
        }
        let changed = order::Model {
            store_id: sells.as_ref().map_or(order.store_id, |store| store.id),
            delivery_store_id: hands_over.as_ref().map_or(order.delivery_store_id, |store| store.id),
            sales_model: sells.as_ref().map_or(order.sales_model, |store| store.sales_model),
            ..order.clone()
        };
        if (changed.store_id, changed.delivery_store_id) == (order.store_id, order.delivery_store_id) {
            let field = if self.store.is_some() { SELLS } else { HANDS_OVER };
            return Err(Not { code: UserErrorCode::Invalid, field, key: "order-change-same", args: Vec::new() }.into());
        }
        let is_of = |store: &store::Model| (store.sales_model, store.organization_id);
        if let (Some(now), Some(then)) = (of(Some(order.store_id)), &sells)
            && !goes_over(is_of(&now), is_of(then))
        {
            return Err(Not::eligible(SELLS, "order-change-seller").into());
        }
        // Giving the customer's data to an agent or dealer needs a consent of its own (PIPL 23).
        let shares = [&sells, &hands_over].into_iter().flatten().any(|store| store.sales_model != SalesModel::Direct);
        if shares {
            let given = consent::Entity::find()
                .filter(consent::Column::CustomerId.eq(order.customer_id))
                .filter(consent::Column::Purpose.eq(ConsentPurpose::ShareWithDealer))
                .filter(consent::Column::WithdrawnAt.is_null());
            if given.one(conn).await?.is_none() {
                let code = UserErrorCode::ConsentRequired;
                return Err(Not { code, field: "change.store", key: "order-consent", args: Vec::new() }.into());
            }
        }
        // Whoever is no colleague of either store any more does not see to it.
        let consultant = match order.consultant_id {
            Some(id) => staff::Entity::find_by_id(id).one(conn).await?,
            None => None,
        };
        let of_theirs = |staff: &staff::Model| {
            staff.store_id.is_some_and(|store| store == changed.store_id || store == changed.delivery_store_id)
        };
        let consultant_id = consultant.filter(of_theirs).map(|staff| staff.id);
        let elsewhere = hands_over.filter(|store| store.id != order.delivery_store_id);
        Ok((order::Model { consultant_id, ..changed }, elsewhere))
    }
}

impl Kind for StoreChange {
    async fn quote<C: Knows>(&self, case: &Case<'_, C>) -> Result<Quote, Refused> {
        let order = case.order;
        let (changed, elsewhere) = self.find(case.conn, order).await?;
        let beside = Beside::of(case.conn, order).await?;
        // An invoice names who sells, and a paid balance where the car goes.
        beside.not_invoiced()?;
        let car = match order.vehicle_id {
            Some(car) => vehicle_unit::Entity::find_by_id(car).one(case.conn).await?,
            None => None,
        };
        // One that is on its way to the old store, or there, is not at the new one; nor is another's stock for sale there.
        let states = beside.progress.states();
        let begun = elsewhere.is_some() && WAY.iter().any(|code| is_finished(state_of(&states, *code)));
        let loses_car = car.as_ref().is_some_and(|car| begun || !is_sold_as(&changed, car));
        let contract_anew = beside.has_contract();
        let loses_appointment = beside.appointment.is_some() && (elsewhere.is_some() || loses_car);
        let takes = Takes { appointment: loses_appointment, car: loses_car, contract: contract_anew };
        let changes = beside.falls(order, takes)?;
        let mut progress = beside.progress;
        progress.look_at(elsewhere.as_ref(), None);
        let expected = progress.expected_after((&changed, case.likely()), &changes, loses_car, case.now);
        let consequences = Consequences {
            expected: expected.map(|window| (case.likely(), window.likely)),
            loses_car,
            contract_anew,
            loses_appointment,
            ..Consequences::default()
        };
        let alike = changed.sales_model == order.sales_model;
        Ok(Quote { consequences, plain: alike && !loses_car && !contract_anew && !loses_appointment })
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
        let (changed, elsewhere) = self.find(tx.conn(), revision.before()).await.map_err(refused)?;
        let now = tx.now();
        revision.order.store_id = changed.store_id;
        revision.order.delivery_store_id = changed.delivery_store_id;
        revision.order.sales_model = changed.sales_model;
        revision.order.consultant_id = changed.consultant_id;
        revision.reassigned(now);
        let takes = Takes { appointment: means.loses_appointment, car: means.loses_car, contract: means.contract_anew };
        let anew = Anew { takes, store: elsewhere.as_ref(), lead_time_days: None };
        bring_along(tx, call, revision, &request, anew).await?;
        Ok(change_request::Model { state: ChangeState::Done, done_at: Some(now), ..request })
    }
}
