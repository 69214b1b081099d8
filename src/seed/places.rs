//! Cities, organisations, stores and staff (domain.md 4.1, 4.3).

use chrono::{DateTime, TimeDelta, Utc};
use entity::place::{city, organization, staff, store, store_service};
use entity::{OrganizationId, OrganizationKind, Region, Role, SalesModel, StaffId, StoreId, StoreService};

use super::batch::Batch;
use super::dice::Dice;
use super::names;
use super::place_tables::{CITIES, GROUPS, HUBS, LENDERS, PLANTS, REGIONS, STORES};
use super::{Volume, demo_people};
use crate::store::Vault;
use crate::store::vault::Personal;

/// A city as the generator needs it.
#[derive(Clone, Debug)]
pub(super) struct City {
    pub code: &'static str,
    pub name_zh: &'static str,
    pub region: Region,
    pub latitude: f64,
    pub longitude: f64,
}

/// A store with its people.
#[derive(Clone, Debug)]
pub(super) struct Shop {
    pub id: StoreId,
    pub owner: OrganizationId,
    pub model: SalesModel,
    pub city: usize,
    pub latitude: f64,
    pub longitude: f64,
    pub delivery_center: bool,
    pub consultants: Vec<StaffId>,
}

/// A plant or hub.
#[derive(Clone, Debug)]
pub(super) struct Site {
    pub org: OrganizationId,
    pub city_code: &'static str,
    pub region: Region,
    pub latitude: f64,
    pub longitude: f64,
}

/// All places.
#[derive(Debug)]
pub(super) struct Places {
    pub oem: OrganizationId,
    pub cities: Vec<City>,
    pub shops: Vec<Shop>,
    pub plants: Vec<Site>,
    pub hubs: Vec<Site>,
}

impl Places {
    /// The hub of the region, or the first.
    pub(super) fn hub_for(&self, region: Region) -> &Site {
        let wanted = match region {
            Region::South => 1,
            Region::Southwest | Region::Northwest | Region::Central => 2,
            Region::North | Region::Northeast | Region::East => 0,
        };
        &self.hubs[wanted]
    }
}

/// Region of a province (domain.md 4.1).
pub(super) fn region_of(code: &str) -> Region {
    match code.get(..2).unwrap_or_default() {
        "11" | "12" | "13" | "14" | "15" => Region::North,
        "21" | "22" | "23" => Region::Northeast,
        "31" | "32" | "33" | "34" | "35" | "37" => Region::East,
        "36" | "41" | "42" | "43" => Region::Central,
        "44" | "45" | "46" => Region::South,
        "50" | "51" | "52" | "53" | "54" => Region::Southwest,
        _ => Region::Northwest,
    }
}

/// Code of the car maker's own organisation.
pub(super) const OEM_CODE: &str = "YC";

pub(super) fn build(
    volume: &Volume,
    today: DateTime<Utc>,
    vault: &Vault,
    dice: &mut Dice,
    batch: &mut Batch,
) -> Places {
    let opened = today - TimeDelta::days(700);
    let mut cities = Vec::with_capacity(CITIES.len());
    for &(code, name_zh, name_en, latitude, longitude, dialling_code) in CITIES {
        let region = region_of(code);
        batch.cities.push(city::Model {
            code: code.into(),
            name_zh: name_zh.into(),
            name_en: name_en.into(),
            province_code: code[..2].into(),
            region,
            latitude,
            longitude,
            dialling_code: dialling_code.into(),
        });
        cities.push(City { code, name_zh, region, latitude, longitude });
    }
    let mut org = |dice: &mut Dice, code: String, kind, zh: String, en: String, parent_id, region| {
        let id = dice.id();
        batch.organizations.push(organization::Model {
            id,
            code,
            kind,
            name_zh: zh,
            name_en: en,
            parent_id,
            region,
            created_at: opened,
        });
        id
    };
    let oem = org(dice, OEM_CODE.into(), OrganizationKind::Oem, "曜岑汽车".into(), "YAOCEN Auto".into(), None, None);
    let regions: Vec<(Region, OrganizationId)> = REGIONS
        .iter()
        .map(|&(region, zh, en)| {
            let code = format!("{OEM_CODE}-{region}");
            (region, org(dice, code, OrganizationKind::Region, zh.into(), en.into(), Some(oem), Some(region)))
        })
        .collect();
    let groups: Vec<OrganizationId> = (1..)
        .zip(GROUPS)
        .map(|(n, &(zh, en))| {
            org(dice, format!("GROUP-{n}"), OrganizationKind::DealerGroup, zh.into(), en.into(), None, None)
        })
        .collect();
    for (n, &(zh, en)) in (1..).zip(LENDERS) {
        org(dice, format!("LENDER-{n}"), OrganizationKind::Lender, zh.into(), en.into(), None, None);
    }
    let mut site = |dice: &mut Dice, kind: OrganizationKind, row: &super::place_tables::SiteRow| {
        let &(zh, en, city_code, latitude, longitude) = row;
        let region = region_of(city_code);
        let org = org(dice, format!("{kind}-{city_code}"), kind, zh.into(), en.into(), Some(oem), Some(region));
        Site { org, city_code, region, latitude, longitude }
    };
    let plants = PLANTS.iter().map(|row| site(dice, OrganizationKind::Plant, row)).collect();
    let hubs = HUBS.iter().map(|row| site(dice, OrganizationKind::Logistics, row)).collect();

    let mut shops = Vec::new();
    for number in 0..(volume.stores as usize).max(STORES.len()) {
        let (city_code, model, group, district_zh, district_en) = STORES[number % STORES.len()];
        let round = number / STORES.len();
        let city = cities.iter().position(|city| city.code == city_code).unwrap_or(0);
        let place = &cities[city];
        let parent = match (model, group) {
            (SalesModel::Direct, _) | (_, None) => regions.iter().find(|(r, _)| *r == place.region).map(|(_, id)| *id),
            (_, Some(group)) => Some(groups[group]),
        };
        let en_city = batch.cities[city].name_en.clone();
        let (kind_zh, kind_en) = match model {
            SalesModel::Direct => ("交付中心", "Delivery Centre"),
            SalesModel::Agency => ("用户中心", "Customer Centre"),
            SalesModel::Wholesale => ("授权经销店", "Authorised Dealer"),
        };
        let suffix = if round == 0 { String::new() } else { (round + 1).to_string() };
        let name_zh = format!("曜岑{}{district_zh}{kind_zh}{suffix}", place.name_zh);
        let name_en = format!("YAOCEN {en_city} {district_en} {kind_en}{suffix}");
        let owner = dice.id();
        batch.organizations.push(organization::Model {
            id: owner,
            code: format!("ORG-YC{:03}", number + 1),
            kind: OrganizationKind::Store,
            name_zh: format!("{}{district_zh}曜驰汽车销售服务有限公司{suffix}", place.name_zh),
            name_en: format!("{en_city} {district_en} Yaochi Auto Sales{suffix}"),
            parent_id: parent,
            region: Some(place.region),
            created_at: opened,
        });
        let id = if number == 0 { demo_people().store } else { dice.id() };
        #[expect(clippy::cast_precision_loss, reason = "a few thousandths of a degree")]
        let mut near = |centre: f64| ((centre + dice.between(-60, 60) as f64 / 1000.0) * 1e6).round() / 1e6;
        let (latitude, longitude) = (near(place.latitude), near(place.longitude));
        let street = dice.between(1, 888);
        let delivery_center = model == SalesModel::Direct;
        batch.stores.push(store::Model {
            id,
            organization_id: owner,
            code: format!("YC{:03}", number + 1),
            name_zh,
            name_en,
            sales_model: model,
            city_code: city_code.into(),
            address_zh: format!("{}市{district_zh}曜岑大道{street}号", place.name_zh),
            address_en: format!("{street} Yaocen Avenue, {district_en}, {en_city}"),
            latitude,
            longitude,
            opens_at: "09:30".into(),
            closes_at: if delivery_center { "19:00" } else { "20:30" }.into(),
            service_radius_km: if delivery_center { 60 } else { 30 },
            delivery_center,
            created_at: opened,
        });
        let services: &[(StoreService, i64)] = &[
            (StoreService::Sales, 100),
            (StoreService::TestDrive, 100),
            (StoreService::Delivery, 100),
            (StoreService::Service, if delivery_center { 100 } else { 60 }),
            (StoreService::Charging, if delivery_center { 100 } else { 40 }),
        ];
        for &(service, chance) in services {
            if dice.percent(chance) {
                batch.store_services.push(store_service::Model { store_id: id, service });
            }
        }
        let consultants = hire(number, id, opened, vault, dice, batch);
        shops.push(Shop { id, owner, model, city, latitude, longitude, delivery_center, consultants });
    }
    for number in 0..4 {
        let id = if number == 0 { demo_people().operator } else { dice.id() };
        batch.staff.push(person(id, format!("YC-O{:03}", number + 1), None, Role::Operator, opened, vault, dice));
    }
    Places { oem, cities, shops, plants, hubs }
}

/// One manager and three to six consultants; the latter are answered. In some stores one has left.
fn hire(
    shop: usize,
    store_id: StoreId,
    opened: DateTime<Utc>,
    vault: &Vault,
    dice: &mut Dice,
    batch: &mut Batch,
) -> Vec<StaffId> {
    let number = |place: i64| format!("YC{:03}{place:02}", shop + 1);
    let manager = if shop == 0 { demo_people().manager } else { dice.id() };
    batch.staff.push(person(manager, number(1), Some(store_id), Role::StoreManager, opened, vault, dice));
    let mut consultants = Vec::new();
    for place in 0..dice.between(3, 6) {
        let id = if shop == 0 && place == 0 { demo_people().consultant } else { dice.id() };
        batch.staff.push(person(id, number(place + 2), Some(store_id), Role::Consultant, opened, vault, dice));
        consultants.push(id);
    }
    if shop % 5 == 4 {
        let mut gone = person(dice.id(), number(99), Some(store_id), Role::Consultant, opened, vault, dice);
        gone.active = false;
        batch.staff.push(gone);
    }
    consultants
}

fn person(
    id: StaffId,
    number: String,
    store_id: Option<StoreId>,
    role: Role,
    opened: DateTime<Utc>,
    vault: &Vault,
    dice: &mut Dice,
) -> staff::Model {
    let name = names::person(dice);
    staff::Model {
        id,
        number,
        name: vault.seal(Personal::Name, &name),
        store_id,
        role,
        active: true,
        created_at: opened + TimeDelta::days(dice.between(0, 400)),
    }
}
