//! `cn.milepost.customer.profile.v1` (C006, C008, C009).

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use entity::customer::{customer, identity};
use entity::place::{staff, store};
use entity::{
    Blind, CustomerId, CustomerIdentityId, Gender, IdentityProvider, InboundCode, LifecycleStage, Sealed, StoreId,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::super::events;
use crate::graph::Result;
use crate::ingest::keys::{by_key, code, found_or_none, line, lock_by_key, sorted_out, upsert, value};
use crate::ingest::{Desk, Inbound, Item, Reason, Verdict, data};
use crate::place::upstream::stores_by_id;
use crate::store::rows::{ByPlace, among};
use crate::store::vault::Personal;
use crate::values::city_code::CityCode;
use crate::values::email::Email;
use crate::values::person_name::PersonName;
use crate::values::phone::Phone;
use crate::values::postal_address::PostalAddress;

data! {
    /// A customer's profile as the CRM has it. The whole of it each time: what is left out is not known. Personal values
    /// are sealed when they are kept.
    pub struct ProfileData {
        /// The customer's number, unique.
        pub number: String,
        /// Chosen nickname; public.
        pub display_name: String,
        /// Real name.
        pub real_name: Option<String>,
        /// Mobile number of the Chinese mainland; one customer each.
        pub phone: Option<String>,
        /// E-mail address.
        pub email: Option<String>,
        /// Postal address.
        pub address: Option<String>,
        /// Gender.
        pub gender: Gender,
        /// Month of birth, 1 to 12.
        pub birth_month: Option<i32>,
        /// Code of the city where the customer lives.
        pub home_city_code: Option<String>,
        /// Where in life with the brand the customer stands.
        pub lifecycle_stage: LifecycleStage,
        /// Code of the preferred store.
        pub preferred_store_code: Option<String>,
        /// Number of the member of staff who looks after the customer.
        pub dedicated_partner_number: Option<String>,
        /// `ZH_CN` or `EN`.
        pub preferred_locale: Option<entity::Locale>,
        /// When the customer registered.
        pub registered_at: DateTime<Utc>,
    }
}

/// A profile reported.
pub struct ProfileReported;

impl Inbound for ProfileReported {
    const TYPE: &'static str = "cn.milepost.customer.profile.v1";
    const DOMAIN: &'static str = "customer";
    type Data = ProfileData;

    fn example() -> ProfileData {
        ProfileData {
            number: "C90000001".into(),
            display_name: "追光小鹿".into(),
            real_name: Some("李晓雨".into()),
            phone: Some("19900990001".into()),
            email: Some("xiaoyu@example.com".into()),
            address: None,
            gender: Gender::Female,
            birth_month: Some(5),
            home_city_code: Some("310100".into()),
            lifecycle_stage: LifecycleStage::Prospect,
            preferred_store_code: Some("YC001".into()),
            dedicated_partner_number: None,
            preferred_locale: None,
            registered_at: DateTime::from_timestamp(1_770_000_000, 0).unwrap_or_default(),
        }
    }

    fn subject(data: &ProfileData) -> String {
        super::subject(&data.number)
    }

    async fn apply(desk: &mut Desk<'_>, items: &[Item<ProfileData>]) -> Result<Vec<Verdict>> {
        let known = Known::read(desk, items).await?;
        let mut phones: HashSet<Blind> = HashSet::new();
        let (rows, verdicts) = sorted_out(items, |item| {
            let row = row(desk, &known, &item.data)?;
            // Two of one call may not give one number either.
            match &row.phone_hash {
                Some(hash) if !phones.insert(hash.clone()) => Err(taken().into()),
                _ => Ok(row),
            }
        });
        let rows: Vec<customer::Model> =
            rows.into_iter().filter(|row| known.changes(row).is_none_or(|fields| !fields.is_empty())).collect();
        write(desk, &known, rows).await?;
        Ok(verdicts)
    }
}

/// What customers of one call name.
struct Known {
    customers: HashMap<String, customer::Model>,
    /// Whose a phone is.
    owners: HashMap<Blind, CustomerId>,
    stores: HashMap<String, store::Model>,
    /// Of the customers as they were.
    stores_before: HashMap<StoreId, store::Model>,
    partners: HashMap<String, staff::Model>,
    /// Sealed values that say what they said before.
    same: HashSet<(CustomerId, &'static str)>,
}

impl Known {
    async fn read(desk: &Desk<'_>, items: &[Item<ProfileData>]) -> Result<Self> {
        let tx = &*desk.tx;
        let vault = &desk.app.vault;
        let all = || items.iter().map(|item| &item.data);
        let numbers = all().map(|data| data.number.as_str());
        let customers =
            lock_by_key::<customer::Entity>(tx, customer::Column::Number, numbers, |row| Some(&row.number)).await?;
        let hashes: Vec<Vec<u8>> = all()
            .filter_map(|data| phone_of(data).ok().flatten())
            .map(|phone| vault.blind(Personal::Phone, phone.e164()).0)
            .collect();
        let mut owners = HashMap::new();
        if !hashes.is_empty() {
            let backend = desk.app.db.backend();
            let holders = customer::Entity::find()
                .filter(among(backend, customer::Column::PhoneHash, hashes.iter().cloned()))
                .by_place(tx.conn())
                .await?;
            owners.extend(holders.into_iter().filter_map(|row| Some((row.phone_hash?, row.id))));
            let known_by = identity::Entity::find()
                .filter(identity::Column::Provider.eq(IdentityProvider::Phone))
                .filter(among(backend, identity::Column::ExternalHash, hashes))
                .by_place(tx.conn())
                .await?;
            owners.extend(known_by.into_iter().map(|row| (row.external_hash, row.customer_id)));
        }
        let stores = by_key::<store::Entity>(
            tx,
            store::Column::Code,
            all().filter_map(|data| data.preferred_store_code.as_deref()),
            |row| Some(&row.code),
        )
        .await?;
        let partners = by_key::<staff::Entity>(
            tx,
            staff::Column::Number,
            all().filter_map(|data| data.dedicated_partner_number.as_deref()),
            |row| Some(&row.number),
        )
        .await?;
        let stores_before = if desk.sender.reaches_all() {
            HashMap::new()
        } else {
            stores_by_id(tx, customers.values().filter_map(|row| row.preferred_store_id)).await?
        };
        let mut same = HashSet::new();
        for data in all() {
            let Some(before) = customers.get(&data.number) else { continue };
            for (field, kind, sealed, given) in [
                ("realName", Personal::Name, &before.real_name, &data.real_name),
                ("email", Personal::Email, &before.email, &data.email),
                ("address", Personal::Address, &before.address, &data.address),
            ] {
                let says = match (sealed, given) {
                    (Some(sealed), Some(given)) => vault.says(kind, sealed, given),
                    (sealed, given) => sealed.is_none() && given.is_none(),
                };
                if says {
                    same.insert((before.id, field));
                }
            }
        }
        Ok(Self { customers, owners, stores, stores_before, partners, same })
    }

    /// Names of the fields that differ; none for a customer who is new.
    fn changes(&self, row: &customer::Model) -> Option<Vec<&'static str>> {
        let before = self.customers.get(&row.number)?;
        let sealed = |field: &'static str| !self.same.contains(&(before.id, field));
        let differs = [
            ("displayName", before.display_name != row.display_name),
            ("realName", sealed("realName")),
            ("phone", before.phone_hash != row.phone_hash),
            ("email", sealed("email")),
            ("address", sealed("address")),
            ("gender", before.gender != row.gender),
            ("birthMonth", before.birth_month != row.birth_month),
            ("homeCity", before.home_city_code != row.home_city_code),
            ("lifecycleStage", before.lifecycle_stage != row.lifecycle_stage),
            ("preferredStore", before.preferred_store_id != row.preferred_store_id),
            ("dedicatedPartner", before.dedicated_partner_id != row.dedicated_partner_id),
            ("preferredLocale", before.preferred_locale != row.preferred_locale),
            ("registeredAt", before.registered_at != row.registered_at),
        ];
        Some(differs.into_iter().filter(|(_, differs)| *differs).map(|(field, _)| field).collect())
    }
}

fn phone_of(data: &ProfileData) -> Result<Option<Phone>, Reason> {
    data.phone.as_deref().map(|phone| value("phone", Phone::parse(phone))).transpose()
}

fn taken() -> Reason {
    Reason::new(InboundCode::Duplicate, "ingest-taken").at("phone")
}

fn row(desk: &Desk<'_>, known: &Known, data: &ProfileData) -> Result<customer::Model, Verdict> {
    let vault = &desk.app.vault;
    let before = known.customers.get(&data.number);
    let phone = phone_of(data)?;
    let phone_hash = phone.as_ref().map(|phone| vault.blind(Personal::Phone, phone.e164()));
    let holder = phone_hash.as_ref().and_then(|hash| known.owners.get(hash));
    if holder.is_some_and(|holder| before.is_none_or(|before| before.id != *holder)) {
        return Err(taken().into());
    }
    let real_name = data.real_name.as_deref().map(|name| value("realName", PersonName::parse(name))).transpose()?;
    let email = data.email.as_deref().map(|email| value("email", Email::parse(email))).transpose()?;
    let address = data.address.as_deref().map(|address| value("address", PostalAddress::parse(address))).transpose()?;
    let city = data.home_city_code.as_deref().map(|code| value("homeCityCode", CityCode::parse(code))).transpose()?;
    if data.birth_month.is_some_and(|month| !(1..=12).contains(&month)) {
        return Err(Reason::invalid("birthMonth", "month").into());
    }
    let store = found_or_none(&known.stores, "preferredStoreCode", "store", data.preferred_store_code.as_deref())?;
    let partner =
        found_or_none(&known.partners, "dedicatedPartnerNumber", "staff", data.dedicated_partner_number.as_deref())?;
    // Customers are the car maker's; a dealer speaks for those who prefer its stores, and preferred them before.
    if !desk.sender.reaches_all() {
        match store {
            Some(store) => desk.sender.check(store.organization_id, "preferredStoreCode")?,
            None => desk.sender.check_all("number")?,
        }
        if let Some(before) = before {
            match before.preferred_store_id.and_then(|id| known.stores_before.get(&id)) {
                Some(store) => desk.sender.check(store.organization_id, "number")?,
                None => desk.sender.check_all("number")?,
            }
        }
    }
    let now = desk.tx.now();
    let seal = |kind, clear: Option<&str>| -> Option<Sealed> { clear.map(|clear| vault.seal(kind, clear)) };
    Ok(customer::Model {
        id: before.map_or_else(CustomerId::generate, |row| row.id),
        number: code("number", &data.number)?,
        display_name: line("displayName", &data.display_name, 40)?,
        real_name: seal(Personal::Name, real_name.as_ref().map(PersonName::as_str)),
        phone: seal(Personal::Phone, phone.as_ref().map(Phone::e164)),
        phone_hash,
        email: seal(Personal::Email, email.as_ref().map(Email::as_str)),
        address: seal(Personal::Address, address.as_ref().map(PostalAddress::as_str)),
        gender: data.gender,
        birth_month: data.birth_month,
        home_city_code: city.map(|city| city.as_str().to_owned()),
        lifecycle_stage: data.lifecycle_stage,
        preferred_store_id: store.map(|store| store.id),
        dedicated_partner_id: partner.map(|partner| partner.id),
        preferred_locale: data.preferred_locale.map(|locale| locale.to_string()),
        registered_at: data.registered_at,
        version: before.map_or(1, |row| row.version + 1),
        created_at: before.map_or(now, |row| row.created_at),
        updated_at: now,
    })
}

/// Writes customers and the number by which each is recognised.
async fn write(desk: &mut Desk<'_>, known: &Known, rows: Vec<customer::Model>) -> Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    let now = desk.tx.now();
    let mut moved = Vec::new();
    let mut identities = Vec::new();
    for row in &rows {
        let fields = known.changes(row);
        if fields.as_ref().is_none_or(|fields| fields.contains(&"phone")) {
            moved.extend(fields.is_some().then_some(row.id));
            identities.extend(row.phone_hash.clone().map(|external_hash| identity::Model {
                id: CustomerIdentityId::generate(),
                customer_id: row.id,
                provider: IdentityProvider::Phone,
                external_hash,
                verified_at: now,
            }));
        }
        if let Some(fields) = fields {
            desk.tx.emit(events::profile_changed(row, &fields));
        }
    }
    if !moved.is_empty() {
        identity::Entity::delete_many()
            .filter(identity::Column::CustomerId.is_in(moved))
            .filter(identity::Column::Provider.eq(IdentityProvider::Phone))
            .exec(desk.tx.conn())
            .await?;
    }
    let stay = [customer::Column::Id, customer::Column::CreatedAt];
    upsert::<customer::Entity>(desk.tx, rows, &[customer::Column::Number], &stay).await?;
    let key = [identity::Column::Provider, identity::Column::ExternalHash];
    upsert::<identity::Entity>(desk.tx, identities, &key, &[identity::Column::Id]).await?;
    Ok(())
}
