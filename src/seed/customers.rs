//! One customer with consents, orders, leads and points (domain.md 1.2, 4.3).

use chrono::{DateTime, TimeDelta, Utc};
use entity::customer::{consent, customer, identity};
use entity::{
    Channel, ConsentPurpose, CustomerId, EventKind, Gender, IdentityProvider, LifecycleStage, OrderStatus, SalesModel,
};
use serde_json::json;

use super::batch::Batch;
use super::demo_people;
use super::names;
use super::streams::{Entry, put};
use super::world::Generator;
use crate::events::log::stream_of;
use crate::store::vault::Personal;

/// Version of the texts that were agreed to.
pub(super) const DOCUMENT: &str = "2026-01";

/// A customer in the making.
#[derive(Clone, Debug)]
pub(super) struct Person {
    pub id: CustomerId,
    pub serial: usize,
    /// The real name; leaves here sealed.
    pub name: String,
    /// E.164; leaves here sealed.
    pub phone: String,
    pub stage: LifecycleStage,
    pub city: usize,
    pub shop: usize,
}

const CHANNELS: [(Channel, i64); 5] = [
    (Channel::App, 40),
    (Channel::MiniProgram, 30),
    (Channel::Web, 12),
    (Channel::Store, 10),
    (Channel::ThirdParty, 8),
];

impl Generator<'_> {
    pub(super) fn channel(&mut self) -> Channel {
        self.dice.weighted(&CHANNELS)
    }

    /// Makes the next customer.
    pub(super) fn customer(&mut self, batch: &mut Batch) {
        let serial = self.customers_made;
        self.customers_made += 1;
        let demo = serial == 0;
        let shop = if demo || self.dice.percent(4) { 0 } else { self.dice.below(self.places.shops.len()) };
        let elsewhere = !demo && self.dice.percent(15);
        let city = if elsewhere { self.dice.below(self.places.cities.len()) } else { self.places.shops[shop].city };
        let person = Person {
            id: if demo { demo_people().customer } else { self.dice.id() },
            serial,
            name: names::person(&mut self.dice),
            phone: names::phone(serial as u64),
            stage: self.plan.stage(serial),
            city,
            shop,
        };
        self.customer_entries.clear();
        let mut orders = Vec::new();
        if demo {
            orders.push(self.order(&person, OrderStatus::InFulfillment, true, batch));
        }
        for status in self.plan.orders_of(serial) {
            orders.push(self.order(&person, status, false, batch));
        }
        let leads = self.leads_of(&person, &orders, batch);
        let first = orders.iter().map(|order| order.created_at).chain(leads.iter().map(|lead| lead.created_at)).min();
        let joined = if demo { self.today - TimeDelta::days(300) } else { self.dice.before(self.today, 880) };
        let registered_at = first.map_or(joined, |first| joined.min(first - self.dice.hours(0.5, 900.0)));
        if !demo && person.stage != LifecycleStage::Follower && self.dice.percent(12) {
            let at = self.dice.before(self.today, (self.today - registered_at).num_days().max(1));
            self.saved_choice(&person, at.max(registered_at), batch);
        }

        let dealing = !orders.is_empty() || !leads.is_empty();
        let shares = dealing && (self.places.shops[shop].model != SalesModel::Direct || demo);
        self.consents(&person, registered_at, shares, batch);
        for loan in orders.iter().filter_map(|order| order.loan.as_ref()) {
            self.application(&person, loan, batch);
        }
        self.invoicing(&person, registered_at, &orders, batch);
        if demo && let Some(order) = orders.first() {
            self.quotes_of(order.id, batch);
        }
        self.points_of(&person, registered_at, &orders, &leads, batch);
        self.profile(&person, registered_at, dealing, batch);
        let entries = std::mem::take(&mut self.customer_entries);
        put(&stream_of("customer", person.id), entries, batch);
    }

    fn profile(&mut self, person: &Person, registered_at: DateTime<Utc>, dealing: bool, batch: &mut Batch) {
        let demo = person.serial == 0;
        let named = dealing || self.dice.percent(35);
        let address = named && (demo || self.dice.percent(40));
        let address = address.then(|| names::address(self.places.cities[person.city].name_zh, &mut self.dice));
        let hash = self.vault.blind(Personal::Phone, &person.phone);
        let shop = self.places.shops[person.shop].clone();
        let partner = if demo { demo_people().consultant } else { *self.dice.pick(&shop.consultants) };
        let gender = self.dice.weighted(&[(Gender::Unknown, 30), (Gender::Female, 33), (Gender::Male, 37)]);
        let version = i32::try_from(self.dice.between(1, 4)).unwrap_or(1);
        let updated_at =
            self.dice.before(self.today, (self.today - registered_at).num_days().max(1)).max(registered_at);
        batch.customers.push(customer::Model {
            id: person.id,
            number: format!("C{:08}", person.serial + 1),
            display_name: names::nickname(&mut self.dice),
            real_name: named.then(|| self.vault.seal(Personal::Name, &person.name)),
            phone: Some(self.vault.seal(Personal::Phone, &person.phone)),
            phone_hash: Some(hash.clone()),
            email: (demo || self.dice.percent(30))
                .then(|| self.vault.seal(Personal::Email, &names::email(person.serial as u64))),
            address: address.map(|address| self.vault.seal(Personal::Address, &address)),
            gender,
            birth_month: (demo || self.dice.percent(50)).then(|| i32::try_from(self.dice.between(1, 12)).unwrap_or(1)),
            home_city_code: (demo || dealing || self.dice.percent(70))
                .then(|| self.places.cities[person.city].code.to_owned()),
            lifecycle_stage: person.stage,
            preferred_store_id: dealing.then_some(shop.id),
            dedicated_partner_id: dealing.then_some(partner),
            preferred_locale: if demo { None } else { self.dice.percent(4).then(|| "EN".to_owned()) },
            registered_at,
            version,
            created_at: registered_at,
            updated_at,
        });
        let verified_at = registered_at;
        let mut known_by = |provider, external_hash| {
            let id = self.dice.id();
            batch.identities.push(identity::Model { id, customer_id: person.id, provider, external_hash, verified_at });
        };
        known_by(IdentityProvider::Phone, hash);
        if person.serial % 5 < 2 {
            // An openid is no personal value of the vault's kinds; it is hashed like one all the same.
            let openid = format!("demo-openid-{:08}", person.serial);
            known_by(IdentityProvider::WechatOpenid, self.vault.blind(Personal::Email, &openid));
        }
    }

    fn consents(&mut self, person: &Person, registered_at: DateTime<Utc>, shares: bool, batch: &mut Batch) {
        let demo = person.serial == 0;
        for (purpose, chance) in [
            (ConsentPurpose::Account, 100),
            (ConsentPurpose::Marketing, if demo { 100 } else { 60 }),
            (ConsentPurpose::ShareWithDealer, if shares { 100 } else { 45 }),
            (ConsentPurpose::PersonalizedContent, 30),
            (ConsentPurpose::TestDriveLicence, if demo { 100 } else { 12 }),
            (ConsentPurpose::FinanceCredit, 6),
            (ConsentPurpose::PreciseLocation, 15),
            (ConsentPurpose::CrossBorder, 1),
        ] {
            if !self.dice.percent(chance) {
                continue;
            }
            let days = (self.today - registered_at).num_days();
            let given = if chance == 100 { registered_at } else { self.dice.before(self.today, days.max(1)) };
            let granted_at = given.max(registered_at);
            let may_end = chance < 100 && self.dice.percent(10);
            let withdrawn_at = may_end.then(|| granted_at + (self.today - granted_at) / 2);
            let row = consent::Model {
                id: self.dice.id(),
                customer_id: Some(person.id),
                lead_id: None,
                purpose,
                document_version: DOCUMENT.into(),
                channel: self.channel(),
                granted_at,
                withdrawn_at,
            };
            if self.is_recent(granted_at) {
                let entry = Entry {
                    at: granted_at,
                    event_id: self.dice.id(),
                    kind: EventKind::ConsentGranted,
                    aggregate: person.id.to_string(),
                    version: 1,
                    payload: json!({ "consentId": row.id, "purpose": row.purpose }),
                };
                self.customer_entries.push(entry);
            }
            batch.consents.push(row);
        }
    }
}
