//! The rows of the tests: part of the invented brand (domain.md 4.3), trims at the prices of the tax vectors, and
//! things that nobody may see yet.

use chrono::{DateTime, NaiveDate, Utc};
use entity::catalog::{incentive, model, option, option_group, option_rule, price_book, price_entry, trim};
use entity::customer::customer;
use entity::place::{city, organization, store, store_service};
use entity::values::{Codes, Media, MediaAsset};
use entity::{
    BodyType, Gender, IncentiveAmountKind, IncentiveId, IncentiveKind, IncentivePayer, LifecycleStage, MediaKind,
    OptionGroupId, OptionId, OptionRuleId, OptionRuleKind, OptionSelection, OrganizationId, OrganizationKind,
    Powertrain, PriceBookId, PriceBookStatus, Region, SalesModel, StoreService, TrimId, VehicleModelId,
};
use sea_orm::{DatabaseConnection, EntityTrait, IntoActiveModel};

use super::house;

pub fn model_id(n: u128) -> VehicleModelId {
    VehicleModelId::from_parts(1, n)
}

pub fn trim_id(n: u128) -> TrimId {
    TrimId::from_parts(1, n)
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// Number, code, price in yuan, battery-electric, all-wheel drive, on sale; the hundreds are the model's number.
const TRIMS: &[(u128, &str, i64, Powertrain, bool, bool)] = &[
    (701, "C7-650", 219_800, Powertrain::Bev, false, true),
    (702, "C7-750", 249_800, Powertrain::Bev, false, true),
    (703, "C7-700", 299_800, Powertrain::Bev, true, true),
    (704, "C7-OLD", 99_800, Powertrain::Bev, false, false),
    (901, "C9-210", 269_800, Powertrain::Erev, false, true),
    (501, "V-1598", 159_800, Powertrain::Bev, false, true),
    (502, "V-3390", 339_000, Powertrain::Bev, false, true),
    (503, "V-5000", 500_000, Powertrain::Bev, false, true),
    (101, "X1", 888_800, Powertrain::Bev, false, true),
];

/// Number, slug, position, on sale.
const MODELS: &[(u128, &str, i32, bool)] =
    &[(7, "c7", 1, true), (9, "c9", 2, true), (5, "vec", 3, true), (1, "x1", 4, false)];

/// Two pictures in many sizes and a model to turn around.
fn media(slug: &str) -> Media {
    let one = |kind, name: &str, width: Option<i32>| MediaAsset {
        kind,
        address: format!("https://img.example/{slug}/{name}"),
        width,
        height: width.map(|width| width * 9 / 16),
        alt_zh: format!("{slug} 的图"),
        alt_en: format!("{slug} as it is"),
    };
    Media(vec![
        one(MediaKind::Glb, "car.glb", None),
        one(MediaKind::Image, "front-{width}.jpg", Some(1600)),
        one(MediaKind::Image, "back-{width}.jpg", Some(1000)),
    ])
}

/// All of it.
pub async fn catalog(db: &DatabaseConnection) {
    let models = MODELS.iter().map(|(n, slug, position, on_sale)| model::Model {
        id: model_id(*n),
        slug: (*slug).into(),
        code: slug.to_uppercase(),
        name_zh: format!("曜岑 {}", slug.to_uppercase()),
        name_en: format!("Yaocen {}", slug.to_uppercase()),
        tagline_zh: "光在山间".into(),
        tagline_en: "Light in the hills".into(),
        body_type: BodyType::Sedan,
        position: *position,
        on_sale: *on_sale,
        media: media(slug),
    });
    insert::<model::Entity, _>(db, models).await;
    let trims = TRIMS.iter().map(|(n, code, _, powertrain, awd, on_sale)| trim::Model {
        id: trim_id(*n),
        model_id: model_id(*n / 100),
        code: (*code).into(),
        name_zh: format!("{code} 版"),
        name_en: format!("{code} edition"),
        powertrain: *powertrain,
        battery_wh: 75_500,
        cltc_km: 650,
        total_range_km: (*powertrain != Powertrain::Bev).then_some(1_250),
        acceleration_ms: 6_200,
        seats: if *n / 100 == 9 { 6 } else { 5 },
        all_wheel_drive: *awd,
        purchase_tax_catalog: true,
        model_year: 2026,
        position: i32::try_from(*n).unwrap(),
        on_sale: *on_sale,
    });
    insert::<trim::Entity, _>(db, trims).await;
    options(db, 7).await;
    prices(db).await;
    incentives(db).await;
    places(db).await;
    customers(db).await;
}

async fn options(db: &DatabaseConnection, model: u128) {
    let group = |n: u128, code: &str, selection, required| option_group::Model {
        id: OptionGroupId::from_parts(1, model * 100 + n),
        model_id: model_id(model),
        code: code.into(),
        name_zh: format!("{code} 组"),
        name_en: format!("the {code} group"),
        selection,
        required,
        position: i32::try_from(n).unwrap(),
    };
    insert::<option_group::Entity, _>(
        db,
        [
            group(4, "PACKS", OptionSelection::Many, false),
            group(1, "PAINT", OptionSelection::One, true),
            group(2, "TRIM", OptionSelection::One, true),
            group(3, "WHEELS", OptionSelection::One, true),
        ],
    )
    .await;
    let option = |group: u128, n: u128, code: &str, yuan: i64, days, is_default| option::Model {
        id: OptionId::from_parts(1, model * 100 + group * 10 + n),
        group_id: OptionGroupId::from_parts(1, model * 100 + group),
        code: code.into(),
        name_zh: format!("{code} 项"),
        name_en: format!("{code} item"),
        price_minor: yuan * 100,
        lead_time_days: days,
        is_default,
        position: i32::try_from(n).unwrap(),
    };
    insert::<option::Entity, _>(
        db,
        [
            option(1, 1, "WHITE", 0, 0, true),
            option(1, 2, "MATTE", 12_000, 14, false),
            option(2, 1, "FABRIC", 0, 0, true),
            option(2, 2, "NAPPA", 8_000, 0, false),
            option(3, 1, "W19", 0, 0, true),
            option(3, 2, "W20", 6_000, 0, false),
            option(3, 3, "W21", 10_000, 0, false),
            option(4, 1, "COMFORT", 15_000, 0, false),
            option(4, 2, "TOW", 8_000, 7, false),
        ],
    )
    .await;
    let rule = |n: u128, code: &str, kind, when: &[&str], then: &[&str], zh: &str, en: &str| option_rule::Model {
        id: OptionRuleId::from_parts(1, model * 100 + n),
        model_id: model_id(model),
        code: code.into(),
        kind,
        when_codes: when.iter().copied().collect::<Codes>(),
        then_codes: then.iter().copied().collect::<Codes>(),
        message_zh: zh.into(),
        message_en: en.into(),
    };
    use OptionRuleKind as Kind;
    insert::<option_rule::Entity, _>(
        db,
        [
            rule(
                1,
                "R-MATTE",
                Kind::Excludes,
                &["MATTE"],
                &["W19"],
                "哑光漆不能配19寸轮毂。",
                "Matte paint needs larger wheels.",
            ),
            rule(
                2,
                "R-W21",
                Kind::OnlyWithTrim,
                &["W21"],
                &["C7-700"],
                "21寸轮毂仅限四驱。",
                "21-inch wheels are for all-wheel drive.",
            ),
            rule(
                3,
                "R-COMFORT",
                Kind::Requires,
                &["COMFORT"],
                &["NAPPA"],
                "舒适包需要NAPPA内饰。",
                "The comfort pack needs nappa.",
            ),
            rule(
                4,
                "R-TOW",
                Kind::Excludes,
                &["TOW"],
                &["W21"],
                "拖钩不能配21寸轮毂。",
                "The tow hook needs smaller wheels.",
            ),
        ],
    )
    .await;
}

async fn prices(db: &DatabaseConnection) {
    let book = |n: u128, status, from: &str, to: Option<&str>| price_book::Model {
        id: PriceBookId::from_parts(1, n),
        code: "CN".into(),
        price_version: i32::try_from(n).unwrap(),
        status,
        effective_from: at(from),
        effective_to: to.map(at),
    };
    use PriceBookStatus as Status;
    insert::<price_book::Entity, _>(
        db,
        [
            book(1, Status::Published, "2025-01-01T00:00:00Z", Some("2025-12-31T16:00:00Z")),
            book(2, Status::Published, "2025-12-31T16:00:00Z", None),
            book(3, Status::Draft, "2026-01-01T00:00:00Z", None),
            book(4, Status::Published, "2026-12-31T16:00:00Z", None),
        ],
    )
    .await;
    let entry = |book: u128, trim: u128, yuan: i64, discount: i64| price_entry::Model {
        price_book_id: PriceBookId::from_parts(1, book),
        trim_id: trim_id(trim),
        msrp_minor: yuan * 100,
        discount_minor: discount * 100,
    };
    // The C7-650 has a discount of 5,000; the other books are dearer or cheaper by 10,000.
    let entries = TRIMS.iter().flat_map(|(n, _, yuan, ..)| {
        let discount = if *n == 701 { 5_000 } else { 0 };
        [
            entry(1, *n, yuan - 10_000, 0),
            entry(2, *n, *yuan, discount),
            entry(3, *n, 1, 0),
            entry(4, *n, yuan + 10_000, 0),
        ]
    });
    insert::<price_entry::Entity, _>(db, entries).await;
}

async fn incentives(db: &DatabaseConnection) {
    let base = |n: u128, code: &str, yuan: i64| incentive::Model {
        id: IncentiveId::from_parts(1, n),
        code: code.into(),
        kind: IncentiveKind::BrandOffer,
        name_zh: format!("{code} 优惠"),
        name_en: format!("{code} offer"),
        payer: IncentivePayer::Brand,
        city_code: None,
        amount_kind: IncentiveAmountKind::Fixed,
        amount_minor: yuan * 100,
        rate_bp: 0,
        cap_minor: None,
        min_invoice_minor: 0,
        powertrain: None,
        trim_id: None,
        requires_old_vehicle: false,
        stack_group: None,
        paid_at_sale: true,
        starts_on: day("2026-01-01"),
        ends_on: None,
    };
    let shanghai = |n, code, yuan| incentive::Model { city_code: Some("310000".into()), ..base(n, code, yuan) };
    insert::<incentive::Entity, _>(
        db,
        [
            incentive::Model {
                starts_on: day("2026-11-24"),
                ends_on: Some(day("2026-11-24")),
                ..shanghai(1, "SH-DAY", 3_000)
            },
            incentive::Model { starts_on: day("2026-11-25"), ..shanghai(2, "SH-TOMORROW", 1) },
            incentive::Model { ends_on: Some(day("2026-11-23")), ..shanghai(3, "SH-YESTERDAY", 1) },
            incentive::Model {
                requires_old_vehicle: true,
                paid_at_sale: false,
                min_invoice_minor: 10_000_000,
                kind: IncentiveKind::LocalReplacement,
                payer: IncentivePayer::GovLocal,
                ..shanghai(4, "SH-SWAP", 15_000)
            },
            incentive::Model {
                amount_kind: IncentiveAmountKind::Percent,
                rate_bp: 100,
                cap_minor: Some(200_000),
                stack_group: Some("G".into()),
                paid_at_sale: false,
                ..shanghai(5, "SH-PCT", 0)
            },
            incentive::Model { stack_group: Some("G".into()), ..shanghai(6, "SH-SMALL", 1_500) },
            incentive::Model {
                amount_kind: IncentiveAmountKind::NonCash,
                kind: IncentiveKind::NonCashPlate,
                city_code: Some("310100".into()),
                ..base(7, "SH-PLATE", 0)
            },
            incentive::Model {
                amount_kind: IncentiveAmountKind::TaxRelief,
                kind: IncentiveKind::NationalPurchaseTax,
                ..base(8, "NEV-TAX", 0)
            },
            incentive::Model { powertrain: Some(Powertrain::Erev), ..shanghai(9, "SH-EREV", 700) },
            incentive::Model { trim_id: Some(trim_id(703)), ..shanghai(10, "SH-C7-700", 800) },
            incentive::Model { city_code: Some("330100".into()), ..base(11, "HZ-ONLY", 2_000) },
        ],
    )
    .await;
}

/// Two cities that are 164.0 km apart, and stores in both and far away; two stores stand at one point.
async fn places(db: &DatabaseConnection) {
    let city = |code: &str, zh: &str, en: &str, latitude, longitude| city::Model {
        code: code.into(),
        name_zh: zh.into(),
        name_en: en.into(),
        province_code: code[..2].into(),
        region: Region::East,
        latitude,
        longitude,
        dialling_code: "021".into(),
    };
    insert::<city::Entity, _>(
        db,
        [
            city("310100", "上海", "Shanghai", 31.231706, 121.472644),
            city("330100", "杭州", "Hangzhou", 30.287459, 120.153576),
            city("650100", "乌鲁木齐", "Urumqi", 43.792818, 87.617733),
        ],
    )
    .await;
    insert::<organization::Entity, _>(
        db,
        [organization::Model {
            id: OrganizationId::from_parts(1, 1),
            code: "YC".into(),
            kind: OrganizationKind::Store,
            name_zh: "曜岑".into(),
            name_en: "Yaocen".into(),
            parent_id: None,
            region: None,
            created_at: house::noon(),
        }],
    )
    .await;
    insert::<store::Entity, _>(
        db,
        [
            store_row(1, "SH-A", "310100", 31.231706, 121.472644, SalesModel::Direct, true),
            store_row(2, "SH-B", "310100", 31.2, 121.4, SalesModel::Agency, false),
            store_row(3, "SH-C", "310100", 31.2, 121.4, SalesModel::Agency, true),
            store_row(4, "HZ-A", "330100", 30.287459, 120.153576, SalesModel::Wholesale, false),
            store_row(5, "UR-A", "650100", 43.792818, 87.617733, SalesModel::Wholesale, false),
        ],
    )
    .await;
    let offers = [
        (1, StoreService::Sales),
        (1, StoreService::Delivery),
        (1, StoreService::TestDrive),
        (2, StoreService::Sales),
        (3, StoreService::Sales),
        (3, StoreService::Delivery),
        (4, StoreService::Charging),
    ];
    let services = offers.map(|(n, service)| store_service::Model { store_id: house::store(n), service });
    insert::<store_service::Entity, _>(db, services).await;
}

pub fn store_row(
    n: u128,
    code: &str,
    city: &str,
    latitude: f64,
    longitude: f64,
    sales_model: SalesModel,
    delivery_center: bool,
) -> store::Model {
    store::Model {
        id: house::store(n),
        organization_id: OrganizationId::from_parts(1, 1),
        code: code.into(),
        name_zh: format!("{code} 店"),
        name_en: format!("{code} store"),
        sales_model,
        city_code: city.into(),
        address_zh: "世纪大道1号".into(),
        address_en: "1 Century Avenue".into(),
        latitude,
        longitude,
        opens_at: "10:00".into(),
        closes_at: "21:00".into(),
        service_radius_km: 30,
        delivery_center,
        created_at: house::noon(),
    }
}

async fn customers(db: &DatabaseConnection) {
    let customers = [1, 2].map(|n| customer::Model {
        id: house::customer(n),
        number: format!("C{n}"),
        display_name: format!("Nickname {n}"),
        real_name: None,
        phone: None,
        phone_hash: None,
        email: None,
        address: None,
        gender: Gender::Unknown,
        birth_month: None,
        home_city_code: None,
        lifecycle_stage: LifecycleStage::Prospect,
        preferred_store_id: None,
        dedicated_partner_id: None,
        preferred_locale: None,
        registered_at: house::noon(),
        version: 1,
        created_at: house::noon(),
        updated_at: house::noon(),
    });
    insert::<customer::Entity, _>(db, customers).await;
}

pub async fn insert<E, A>(db: &DatabaseConnection, rows: impl IntoIterator<Item = E::Model>)
where
    E: EntityTrait<ActiveModel = A>,
    E::Model: IntoActiveModel<A>,
    A: sea_orm::ActiveModelTrait<Entity = E>,
{
    let rows = rows.into_iter().map(|row| row.into_active_model().reset_all());
    E::insert_many(rows).exec_without_returning(db).await.unwrap();
}
