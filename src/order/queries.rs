//! What one may ask the order room.

use async_graphql::ID;
use entity::OrderId;
use entity::order::{contract_template, handover_ceremony, order};
use sea_orm::{EntityTrait, QueryFilter};

use super::inputs::{OrderSort, OrderWhereInput, sorting};
use super::links::{CeremonyById, ContractById, ContractTemplateById, InvoiceById, OrderById, OrderByNumber};
use super::matching::{EtaPreview, MOST_CANDIDATES, MatchCandidate, matches, preview};
use super::mutations::MAX_CEREMONIES;
use super::policy;
use super::rules::handover::{SLOT_MINUTES, free, stretches, within_notice};
use super::store::{bays, latest_versions, taken};
use super::types::{Contract, ContractTemplate, HandoverCeremony, HandoverSlot, Invoice, Order};
use crate::catalog::PriceConfigurationInput;
use crate::graph::connection::{List, Rows, every, list, one, page_args};
use crate::graph::node::parse_id;
use crate::graph::scalars::{CityCode, Date};
use crate::graph::{Ask, Error, Result, roots};
use crate::place::StoreById;
use crate::values::calendar;

/// Root fields.
#[derive(Default)]
pub struct Queries;

#[roots(name = "OrderQueries")]
impl Queries {
    /// An order by id; null when there is none that the caller may see.
    async fn order(&self, ask: &Ask<'_>, #[graphql(desc = "As in `ord_01J…`.")] id: ID) -> Result<Option<Order>> {
        one::<OrderById>(ask, parse_id("id", &id)?).await
    }

    /// An order by its human number; null when there is none that the caller may see.
    async fn order_by_number(
        &self,
        ask: &Ask<'_>,
        #[graphql(desc = "As in `YC2611240001`.")] number: String,
    ) -> Result<Option<Order>> {
        one::<OrderByNumber>(ask, number.trim().to_uppercase()).await
    }

    /// Cars that an order could have, best first, for staff of its stores as far as the published policies show them the cars, and
    /// for operators: new ones of its trim, free or held for it. None for an order that takes no car any more. `vehicleAllocate`
    /// takes one of them.
    async fn vehicle_matches(
        &self,
        ask: &Ask<'_>,
        #[graphql(desc = "As in `ord_01J…`.")] order_id: ID,
        #[graphql(desc = "How many, 1 to 20.")] first: i32,
    ) -> Result<Vec<MatchCandidate>> {
        let viewer = &ask.call.viewer;
        let rows = policy::recordable(viewer).or_refuse(viewer)?;
        let first = usize::try_from(first).ok().filter(|first| (1..=MOST_CANDIDATES).contains(first));
        let first = first.ok_or_else(|| Error::argument("first", "first").with("max", MOST_CANDIDATES as i64))?;
        let found = order::Entity::find_by_id(parse_id::<OrderId>("orderId", &order_id)?).filter(rows);
        let order = found.one(ask.call.db()).await?.ok_or_else(|| Error::argument("orderId", "not-found"))?;
        matches(ask.call, &order, first).await
    }

    /// When a car would be ready that is ordered now, for everybody: built to order, and from stock where one with just these
    /// options is free. The first date of an order that is built comes about in the same way.
    async fn eta_preview(
        &self,
        ask: &Ask<'_>,
        #[graphql(desc = "A trim with options, or a saved configuration.")] configuration: PriceConfigurationInput,
        #[graphql(desc = "Where the car is to be registered.")] city_code: CityCode,
    ) -> Result<EtaPreview> {
        preview(ask.call, configuration, &city_code).await
    }

    /// A contract by id; null when there is none that the caller may see.
    async fn contract(
        &self, ask: &Ask<'_>, #[graphql(desc = "As in `ctr_01J…`.")] id: ID
    ) -> Result<Option<Contract>> {
        one::<ContractById>(ask, parse_id("id", &id)?).await
    }

    /// An invoice by id; null when there is none that the caller may see.
    async fn invoice(&self, ask: &Ask<'_>, #[graphql(desc = "As in `inv_01J…`.")] id: ID) -> Result<Option<Invoice>> {
        one::<InvoiceById>(ask, parse_id("id", &id)?).await
    }

    /// What contracts are drawn up from: of each code the latest version, for staff and operators; at most ten, by code.
    async fn contract_templates(&self, ask: &Ask<'_>) -> Result<Vec<ContractTemplate>> {
        use contract_template::Column as Template;
        let viewer = &ask.call.viewer;
        let rows = policy::templates(viewer).or_refuse(viewer)?.add(latest_versions());
        every::<ContractTemplateById>(ask, rows, &[Template::Code], Some(10)).await
    }

    /// How a store hands cars over, by code: what can be chosen; for its own staff and operators all.
    async fn handover_ceremonies(
        &self,
        ask: &Ask<'_>,
        #[graphql(desc = "As in `sto_01J…`.")] store_id: ID,
    ) -> Result<Vec<HandoverCeremony>> {
        let rows = policy::ceremonies(&ask.call.viewer, parse_id("storeId", &store_id)?);
        every::<CeremonyById>(ask, rows, &[handover_ceremony::Column::Code], Some(MAX_CEREMONIES)).await
    }

    /// When a store can hand a car over, and how many more then, for whoever is signed in: from the notice that it needs on, up to
    /// thirty days ahead. Times that are full are there as well.
    async fn handover_slots(
        &self,
        ask: &Ask<'_>,
        #[graphql(desc = "As in `sto_01J…`.")] store_id: ID,
        #[graphql(desc = "One of its ceremonies, as long as which it takes; an hour when left out.")]
        ceremony_id: Option<ID>,
        #[graphql(desc = "The first day; today when left out.")] from: Option<Date>,
        #[graphql(desc = "How many days, 1 to 14; 7 when left out.")] days: Option<i32>,
    ) -> Result<Vec<HandoverSlot>> {
        let call = ask.call;
        if !policy::sees_slots(&call.viewer) {
            return Err(call.viewer.refused());
        }
        let store = call.link::<StoreById>().one(parse_id("storeId", &store_id)?).await?;
        let store = store.ok_or_else(|| Error::argument("storeId", "not-found"))?.row;
        let minutes = match ceremony_id {
            Some(id) => {
                let found = call.link::<CeremonyById>().one(parse_id("ceremonyId", &id)?).await?;
                let found = found.filter(|found| found.0.store_id == store.id && found.0.active);
                i64::from(found.ok_or_else(|| Error::argument("ceremonyId", "not-found"))?.0.duration_minutes)
            }
            None => SLOT_MINUTES,
        };
        let days = days.unwrap_or(7);
        if !(1..=14).contains(&days) {
            return Err(Error::argument("days", "ingest-number").with("min", 1_i64).with("max", 14_i64));
        }
        let first = from.map_or_else(|| calendar::day(call.now), |from| from.0);
        let hours = (store.opens_at.as_str(), store.closes_at.as_str());
        let slots: Vec<_> = first
            .iter_days()
            .zip(0..days)
            .flat_map(|(day, _)| stretches(day, hours, minutes))
            .filter(|(start, _)| within_notice(*start, call.now))
            .collect();
        let (Some(begin), Some(end)) = (slots.first(), slots.last()) else { return Ok(Vec::new()) };
        let bays = bays(call.db(), store.id).await?;
        let taken = taken(call.db(), store.id, (begin.0, end.1), None).await?;
        let shown =
            |within: (_, _)| HandoverSlot { starts_at: within.0, ends_at: within.1, free: free(bays, &taken, within) };
        Ok(slots.into_iter().map(shown).collect())
    }

    /// Orders: a customer's own; for staff those that their store sells or hands over; all for operators.
    async fn orders(
        &self,
        ask: &Ask<'_>,
        #[graphql(name = "where", desc = "Which orders.")] filter: Option<OrderWhereInput>,
        #[graphql(desc = "How to sort; newest first when left out.")] order_by: Option<OrderSort>,
        #[graphql(desc = "How many, 1 to 100.")] first: i32,
        #[graphql(desc = "Cursor of the last row of the page before.")] after: Option<String>,
    ) -> Result<List<Order>> {
        let viewer = &ask.call.viewer;
        let mut filter = filter.unwrap_or_default();
        let (ways, at_store) = policy::ways_at(viewer, filter.take_store()?)?;
        let args = page_args(first, after.as_deref())?;
        let rows = Rows::those(filter.condition(viewer)?.add(at_store)).seen_by(ways);
        list(ask, rows, &sorting(order_by), &args, |row| Some(Order(row))).await
    }
}
