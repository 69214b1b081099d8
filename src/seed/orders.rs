//! One order with everything that hangs on it (domain.md 1.7, 1.8, 3.2).

use chrono::{DateTime, TimeDelta, Utc};
use entity::catalog::configuration;
use entity::inventory::allocation;
use entity::order::{order, price_line};
use entity::{
    AllocationKind, Codes, CommercialStatus, CustomerId, EtaConfidence, FulfillmentMode, MilestoneCode, OrderId,
    OrderStatus, PhysicalStatus, VehicleUnitId,
};

use super::batch::Batch;
use super::board;
use super::cars::{CarSpec, day};
use super::catalog::{Choice, PRICE_VERSION};
use super::customers::Person;
use super::delivery::{Delivery, Terms, repeats_inspection};
use super::demo_people;
use super::loans::Lent;
use super::names;
use super::tales::Tale;
use super::world::Generator;
use crate::catalog::rules::share_code;
use crate::order::rules::number::order_number;
use crate::order::rules::pause::awaits_payment;
use crate::order::rules::payment::{order_payment_status, paid_minor};
use crate::order::rules::standing::stands;
use crate::store::vault::Personal;

/// What others need to know of an order.
#[derive(Clone, Debug)]
pub(super) struct Bought {
    pub id: OrderId,
    pub status: OrderStatus,
    pub trim: usize,
    pub created_at: DateTime<Utc>,
    pub intention_at: Option<DateTime<Utc>>,
    pub delivered_at: Option<DateTime<Utc>>,
    /// When it was called off, ran out or came back.
    pub ended_at: Option<DateTime<Utc>>,
    pub invoice_minor: i64,
    pub loan: Option<Lent>,
}

impl Generator<'_> {
    /// Makes an order of this person.
    pub(super) fn order(&mut self, person: &Person, status: OrderStatus, demo: bool, batch: &mut Batch) -> Bought {
        let id = if demo { demo_people().order } else { self.dice.id() };
        let turn = if demo { 0 } else { self.turn(status) };
        let mode = if demo || repeats_inspection(status, turn) {
            FulfillmentMode::BuildToOrder
        } else {
            self.dice.weighted(&[
                (FulfillmentMode::BuildToOrder, 55),
                (FulfillmentMode::BuildToStock, 25),
                (FulfillmentMode::LocateToOrder, 20),
            ])
        };
        let loan = !demo && self.dice.percent(45);
        let delivery_shop = self.hands_over(person, demo, mode);
        // The demo order is of the car that sells best.
        let trim = if demo { 3 } else { self.any_trim() };
        let choice = self.catalog.choose(trim, &mut self.dice);
        let lead_time_days = choice.lead_time_days;
        let terms = Terms { status, turn, demo, mode, shop: delivery_shop, loan, lead_time_days };
        let delivery = self.delivery(&terms);

        let placed_at = delivery.placed_at;
        let intended = matches!(status, OrderStatus::Intention | OrderStatus::Expired)
            || (placed_at.is_none() && status == OrderStatus::Cancelled)
            || (placed_at.is_some() && (demo || self.dice.percent(70)));
        let intention_at = intended.then(|| placed_at.unwrap_or(delivery.last_at) - self.dice.hours(3.0, 200.0));
        let created_at = intention_at.or(placed_at).unwrap_or(delivery.last_at - self.dice.hours(1.0, 48.0))
            - self.dice.hours(0.1, 2.0);
        let ended = matches!(
            status,
            OrderStatus::CancellationRequested
                | OrderStatus::Cancelled
                | OrderStatus::Expired
                | OrderStatus::ReturnRequested
                | OrderStatus::Returned
        );
        let ended_at = ended.then(|| delivery.last_at + self.dice.hours(2.0, 20.0)).map(|at| at.min(self.today));
        let delivered_at = delivery.at(MilestoneCode::HandedOver);

        let configuration_id = self.configuration(person.id, &choice, person.city, created_at, batch);
        let city_code = self.places.cities[person.city].code;
        let old_vehicle = self.dice.percent(25);
        let price = self.catalog.price(&choice, city_code, day(placed_at.unwrap_or(created_at)), old_vehicle);
        let total_minor = price.payable_minor;
        for (position, line) in (1..).zip(price.lines) {
            batch.price_lines.push(price_line::Model {
                id: self.dice.id(),
                order_id: id,
                position,
                kind: line.kind,
                code: line.code,
                label_zh: line.label_zh,
                label_en: line.label_en,
                amount_minor: line.amount_minor,
            });
        }
        let money = self.money(id, &terms, total_minor, intention_at, &delivery);
        let paid = money.paid();
        let vehicle_id = self.car_of(id, &terms, &choice, &delivery, ended_at, batch);
        let first = batch.milestones.len();
        let balance_first = !self.places.shops[delivery_shop].delivery_center;
        let paused = stands(status) && awaits_payment(&delivery.states(), balance_first);
        self.milestones(id, (&delivery, paused), batch);
        let next =
            board::stand(&mut batch.milestones[first..], status, (balance_first, placed_at.unwrap_or(created_at)));
        let revisions = self.expected(id, &delivery);

        let buyer = self.dice.percent(97);
        let buyer_name = if buyer { person.name.clone() } else { names::person(&mut self.dice) };
        let buyer_id_number = placed_at.map(|_| names::resident_id(&mut self.dice));
        let counter = self.order_numbers.entry(day(created_at)).or_default();
        *counter += 1;
        let number = order_number(day(created_at), *counter);
        let shop = self.places.shops[person.shop].clone();
        let consultant_id = Some(if demo { demo_people().consultant } else { *self.dice.pick(&shop.consultants) });
        let consultant_id = consultant_id.filter(|_| demo || status != OrderStatus::Draft);
        let eta = revisions.last();
        let promised_by = delivery.at(MilestoneCode::ConfigLocked).and(revisions.first()).map(|first| first.latest);
        let mut row = order::Model {
            id,
            number,
            customer_id: person.id,
            store_id: shop.id,
            delivery_store_id: self.places.shops[delivery_shop].id,
            consultant_id,
            sales_model: shop.model,
            fulfillment_mode: mode,
            configuration_id,
            trim_id: self.catalog.trims[trim].id,
            option_codes: Codes(choice.codes.clone()),
            city_code: city_code.into(),
            status,
            payment_status: order_payment_status(total_minor, money.refund_due_minor, &paid),
            vehicle_id,
            buyer_name: self.vault.seal(Personal::Name, &buyer_name),
            buyer_id_number: buyer_id_number.map(|number| self.vault.seal(Personal::ResidentId, &number)),
            total_minor,
            paid_minor: paid_minor(&paid),
            has_open_change_request: status == OrderStatus::CancellationRequested,
            cancel_reason: matches!(status, OrderStatus::Cancelled | OrderStatus::CancellationRequested)
                .then(|| (*self.dice.pick(&["计划有变", "价格因素", "等待时间过长", "已选其他品牌"])).to_owned()),
            eta_earliest: eta.map(|eta| eta.earliest),
            eta_likely: eta.map(|eta| eta.likely),
            eta_latest: eta.map(|eta| eta.latest),
            eta_confidence: eta.map_or(EtaConfidence::Low, |eta| eta.confidence),
            eta_as_of: eta.map_or(created_at, |eta| eta.published_at),
            eta_moves_from: eta.filter(|_| paused).map(|eta| day(eta.published_at)),
            promised_by,
            deferred_until: None,
            placed_at,
            contract_started_at: placed_at,
            lock_deadline: placed_at.map(|at| at + TimeDelta::days(7)),
            intention_deadline: match status {
                // None of them is to end by itself while somebody looks around.
                OrderStatus::Draft | OrderStatus::Intention => Some(self.today.max(created_at) + TimeDelta::days(30)),
                OrderStatus::Expired => ended_at,
                _ => None,
            },
            delivered_at,
            template_id: Some(board::template_id(mode)),
            balance_first: None,
            current_milestone: next.map(|next| next.code),
            current_party: next.map(|next| next.party),
            current_due_at: next.map(|next| next.due_at),
            version: 1,
            created_at,
            updated_at: created_at,
        };
        let tale =
            Tale { order: &row, shops: [person.shop, delivery_shop], intention_at, ended_at, delivery: &delivery };
        let (version, updated_at) = self.tell(&tale, &money.payments, &revisions, batch);
        (row.version, row.updated_at) = (version, updated_at);
        self.request_of(&row, &money, batch);
        self.hand_over(&row, &delivery, batch);
        self.converse(&row, batch);
        let of_car = (price.invoice_minor, self.today);
        let loan = Lent::of((id, trim), &terms, &delivery, &money.payments, of_car);
        self.settle(&row, ended_at, &money.payments, batch);
        batch.orders.push(row);
        batch.payments.extend(money.payments);
        batch.eta_revisions.extend(revisions);
        Bought {
            id,
            status,
            trim,
            created_at,
            intention_at,
            delivered_at,
            ended_at,
            invoice_minor: price.invoice_minor,
            loan,
        }
    }

    /// The store that hands over: mostly the one that sells, else a delivery centre of the city.
    fn hands_over(&mut self, person: &Person, demo: bool, mode: FulfillmentMode) -> usize {
        let elsewhere = !demo && mode != FulfillmentMode::BuildToStock && self.dice.percent(20);
        let city = self.places.shops[person.shop].city;
        let centre = self.places.shops.iter().position(|shop| shop.delivery_center && shop.city == city);
        centre.filter(|_| elsewhere).unwrap_or(person.shop)
    }

    fn configuration(
        &mut self,
        customer_id: CustomerId,
        choice: &Choice,
        city: usize,
        created_at: DateTime<Utc>,
        batch: &mut Batch,
    ) -> entity::ConfigurationId {
        let id: entity::ConfigurationId = self.dice.id();
        self.configurations += 1;
        let code = self.code(self.configurations);
        let discount_minor = self.catalog.prices[choice.trim].discount_minor;
        batch.configurations.push(configuration::Model {
            id,
            code,
            customer_id: Some(customer_id),
            trim_id: self.catalog.trims[choice.trim].id,
            option_codes: Codes(choice.codes.clone()),
            city_code: Some(self.places.cities[city].code.into()),
            ruleset_version: PRICE_VERSION,
            price_minor: choice.list_minor - discount_minor,
            lead_time_days: choice.lead_time_days,
            version: 1,
            created_at,
            updated_at: created_at,
        });
        id
    }

    /// A share code like those drawn for saved choices. Five of its characters are the serial, so that no code comes
    /// twice.
    fn code(&mut self, serial: u32) -> String {
        let digit = |place: u32| u8::try_from(serial >> (5 * place) & 31).unwrap_or(0);
        let mut random = || u8::try_from(self.dice.between(0, 31)).unwrap_or(0);
        let (a, b, c) = (random(), random(), random());
        share_code::of_bytes([a, digit(0), digit(1), b, digit(2), c, digit(3), digit(4)])
    }

    /// A configuration that somebody saved and did not order.
    pub(super) fn saved_choice(&mut self, person: &Person, created_at: DateTime<Utc>, batch: &mut Batch) {
        let trim = self.any_trim();
        let choice = self.catalog.choose(trim, &mut self.dice);
        self.configuration(person.id, &choice, person.city, created_at, batch);
    }

    /// The car of an order that has one, assigned to it.
    fn car_of(
        &mut self,
        order_id: OrderId,
        terms: &Terms,
        choice: &Choice,
        delivery: &Delivery,
        ended_at: Option<DateTime<Utc>>,
        batch: &mut Batch,
    ) -> Option<VehicleUnitId> {
        let allocated_at = delivery.at(MilestoneCode::Allocated)?;
        let returned = terms.status == OrderStatus::Returned;
        let done = |code| delivery.is_done(code);
        let inspected = delivery
            .marks
            .iter()
            .any(|mark| mark.code == MilestoneCode::PdiDone && mark.state == entity::MilestoneState::Active);
        let from_stock = terms.mode != FulfillmentMode::BuildToOrder;
        let on_site = terms.mode == FulfillmentMode::BuildToStock;
        let physical = if returned {
            PhysicalStatus::Returned
        } else if done(MilestoneCode::HandedOver) {
            PhysicalStatus::Delivered
        } else if done(MilestoneCode::PdiDone) {
            PhysicalStatus::Ready
        } else if done(MilestoneCode::Arrived) || on_site {
            if inspected { PhysicalStatus::Pdi } else { PhysicalStatus::InStock }
        } else if done(MilestoneCode::Shipped) {
            PhysicalStatus::InTransit
        } else if from_stock {
            PhysicalStatus::InStock
        } else if done(MilestoneCode::QualityReleased) {
            PhysicalStatus::Released
        } else if done(MilestoneCode::OffLine) {
            PhysicalStatus::Built
        } else if done(MilestoneCode::Body) {
            PhysicalStatus::InProduction
        } else {
            PhysicalStatus::Scheduled
        };
        let waits_at_hub =
            from_stock && !on_site && physical == PhysicalStatus::InStock && !done(MilestoneCode::Arrived);
        let commercial = match physical {
            PhysicalStatus::Returned => CommercialStatus::Free,
            PhysicalStatus::Delivered => CommercialStatus::Sold,
            _ => CommercialStatus::Allocated,
        };
        // A car from stock was built before the order; its own way to the hub is not the order's.
        let mut known: Vec<(PhysicalStatus, DateTime<Utc>)> = [
            (PhysicalStatus::Scheduled, MilestoneCode::Scheduled),
            (PhysicalStatus::InProduction, MilestoneCode::Body),
            (PhysicalStatus::Built, MilestoneCode::OffLine),
            (PhysicalStatus::Released, MilestoneCode::QualityReleased),
            (PhysicalStatus::InTransit, MilestoneCode::Shipped),
            (PhysicalStatus::InStock, MilestoneCode::Arrived),
            (PhysicalStatus::Ready, MilestoneCode::PdiDone),
            (PhysicalStatus::Delivered, MilestoneCode::HandedOver),
        ]
        .into_iter()
        .filter_map(|(state, code)| delivery.at(code).map(|at| (state, at)))
        .collect();
        if from_stock {
            let built = allocated_at - TimeDelta::days(self.dice.between(12, 50));
            known.push((PhysicalStatus::Built, built));
        }
        let in_state = known.iter().find(|(state, _)| *state == physical).map(|(_, at)| *at);
        let since = match (physical, ended_at) {
            (PhysicalStatus::Returned, Some(at)) => at,
            _ => in_state.unwrap_or(delivery.last_at),
        };
        let spec = CarSpec {
            choice: choice.clone(),
            physical,
            commercial,
            shop: terms.shop,
            at_hub: waits_at_hub,
            stock_type: None,
            since,
            known,
        };
        self.order_cars += 1;
        let vehicle_id = self.car(spec, batch);
        batch.allocations.push(allocation::Model {
            id: self.dice.id(),
            vehicle_id,
            order_id: Some(order_id),
            store_id: Some(self.places.shops[terms.shop].id),
            kind: AllocationKind::Hard,
            actor: "system".into(),
            expires_at: None,
            released_at: ended_at.filter(|_| returned),
            created_at: allocated_at,
        });
        Some(vehicle_id)
    }
}
