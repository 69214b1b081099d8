//! The invented brand's cars, options and offers (domain.md 4.2, 4.3).

use entity::{BodyType, IncentiveAmountKind, IncentiveKind, IncentivePayer, OptionSelection, Powertrain};

pub(super) struct ModelRow {
    pub slug: &'static str,
    pub code: &'static str,
    pub name_zh: &'static str,
    pub name_en: &'static str,
    pub tagline_zh: &'static str,
    pub tagline_en: &'static str,
    pub body: BodyType,
}

pub(super) const MODELS: &[ModelRow] = &[
    ModelRow {
        slug: "c3",
        code: "C3",
        name_zh: "曜岑 C3",
        name_en: "YAOCEN C3",
        tagline_zh: "紧凑掀背，轻装上路",
        tagline_en: "The compact hatchback that travels light",
        body: BodyType::Hatchback,
    },
    ModelRow {
        slug: "c5",
        code: "C5",
        name_zh: "曜岑 C5",
        name_en: "YAOCEN C5",
        tagline_zh: "中型 SUV，周末去更远",
        tagline_en: "The mid-size SUV for a longer weekend",
        body: BodyType::Suv,
    },
    ModelRow {
        slug: "c7",
        code: "C7",
        name_zh: "曜岑 C7",
        name_en: "YAOCEN C7",
        tagline_zh: "中大型轿车，静与快兼得",
        tagline_en: "The large sedan, quiet and quick",
        body: BodyType::Sedan,
    },
    ModelRow {
        slug: "c9",
        code: "C9",
        name_zh: "曜岑 C9",
        name_en: "YAOCEN C9",
        tagline_zh: "六座 SUV，一家人都坐得下",
        tagline_en: "The six-seat SUV with room for the family",
        body: BodyType::Suv,
    },
];

/// Model, code, Chinese name, English name, powertrain, battery Wh, CLTC km, combined km, 0-100 ms, seats, all-wheel
/// drive, MSRP yuan.
pub(super) type TrimRow =
    (usize, &'static str, &'static str, &'static str, Powertrain, i64, i32, Option<i32>, i32, i32, bool, i64);

pub(super) const TRIMS: &[TrimRow] = {
    use Powertrain::{Bev, Erev};
    &[
        (0, "C3-450", "C3-450 轻享", "C3-450 Light", Bev, 42_800, 450, None, 8_900, 5, false, 119_800),
        (0, "C3-520", "C3-520 悦享", "C3-520 Joy", Bev, 50_200, 520, None, 7_600, 5, false, 135_800),
        (1, "C5-560", "C5-560 后驱", "C5-560 Rear-wheel drive", Bev, 64_500, 560, None, 6_900, 5, false, 179_800),
        (1, "C5-660", "C5-660 长续航", "C5-660 Long range", Bev, 78_400, 660, None, 6_500, 5, false, 204_800),
        (
            1,
            "C5-620",
            "C5-620 四驱高性能",
            "C5-620 All-wheel performance",
            Bev,
            78_400,
            620,
            None,
            4_300,
            5,
            true,
            239_800,
        ),
        (2, "C7-650", "C7-650", "C7-650", Bev, 75_000, 650, None, 6_200, 5, false, 219_800),
        (2, "C7-750", "C7-750 长续航", "C7-750 Long range", Bev, 95_000, 750, None, 5_700, 5, false, 249_800),
        (2, "C7-700", "C7-700 四驱", "C7-700 All-wheel drive", Bev, 95_000, 700, None, 3_800, 5, true, 299_800),
        (3, "C9-210", "C9-210 增程", "C9-210 Range extender", Erev, 39_600, 210, Some(1_250), 7_400, 6, false, 269_800),
        (
            3,
            "C9-280",
            "C9-280 增程四驱",
            "C9-280 Range extender AWD",
            Erev,
            52_300,
            280,
            Some(1_380),
            5_200,
            6,
            true,
            319_800,
        ),
        (3, "C9-700", "C9-700 纯电四驱", "C9-700 Electric AWD", Bev, 110_000, 700, None, 4_900, 6, true, 369_800),
    ]
};

/// Code, Chinese name, English name, selection, whether one must be chosen.
pub(super) const GROUPS: &[(&str, &str, &str, OptionSelection, bool)] = &[
    ("EXTERIOR", "外观色", "Exterior colour", OptionSelection::One, true),
    ("INTERIOR", "内饰", "Interior", OptionSelection::One, true),
    ("WHEEL", "轮毂", "Wheels", OptionSelection::One, true),
    ("PACK", "选装包", "Packs", OptionSelection::Many, false),
];

/// Group, code, Chinese name, English name, price yuan, lead time days, weight of being chosen, whether a default.
pub(super) type OptionRow = (usize, &'static str, &'static str, &'static str, i64, i32, i64, bool);

pub(super) const OPTIONS: &[OptionRow] = &[
    (0, "EXT-WHITE", "晨雾白", "Morning mist white", 0, 0, 40, true),
    (0, "EXT-BLACK", "玄墨黑", "Ink black", 4_000, 0, 22, false),
    (0, "EXT-TEAL", "湖光青", "Lake teal", 6_000, 0, 18, false),
    (0, "EXT-ORANGE", "熔岩橙", "Lava orange", 8_000, 0, 10, false),
    (0, "EXT-MATTE", "哑光灰", "Matte grey", 12_000, 14, 10, false),
    (1, "INT-CARBON", "碳黑织物", "Carbon black fabric", 0, 0, 50, true),
    (1, "INT-SAND", "沙丘米", "Dune beige", 3_000, 0, 25, false),
    (1, "INT-NAPPA", "云岩 Nappa 真皮", "Cloud nappa leather", 9_000, 0, 25, false),
    (2, "WHL-19", "19 英寸轮毂", "19-inch wheels", 0, 0, 60, true),
    (2, "WHL-20", "20 英寸轮毂", "20-inch wheels", 6_000, 0, 28, false),
    (2, "WHL-21", "21 英寸轮毂", "21-inch wheels", 10_000, 0, 12, false),
    (3, "PKG-PILOT", "智驾包", "Driver assistance pack", 20_000, 0, 35, false),
    (3, "PKG-COMFORT", "舒适包", "Comfort pack", 15_000, 0, 25, false),
    (3, "PKG-WINTER", "冬季包", "Winter pack", 6_000, 0, 20, false),
    (3, "PKG-TOW", "拖钩", "Tow hook", 8_000, 7, 8, false),
    (3, "PKG-FRIDGE", "冰箱与后排屏", "Fridge and rear screen", 9_000, 0, 45, false),
];

/// The option that only this model has.
pub(super) const C9_ONLY: &str = "PKG-FRIDGE";

pub(super) struct IncentiveRow {
    pub code: &'static str,
    pub kind: IncentiveKind,
    pub name_zh: &'static str,
    pub name_en: &'static str,
    pub payer: IncentivePayer,
    pub city_code: Option<&'static str>,
    pub amount_kind: IncentiveAmountKind,
    pub amount_yuan: i64,
    pub rate_bp: i32,
    pub cap_yuan: Option<i64>,
    pub min_invoice_yuan: i64,
    pub powertrain: Option<Powertrain>,
    pub trim: Option<&'static str>,
    pub old_vehicle: bool,
    pub stack_group: Option<&'static str>,
    pub at_sale: bool,
}

const NONE: IncentiveRow = IncentiveRow {
    code: "",
    kind: IncentiveKind::BrandOffer,
    name_zh: "",
    name_en: "",
    payer: IncentivePayer::Brand,
    city_code: None,
    amount_kind: IncentiveAmountKind::Fixed,
    amount_yuan: 0,
    rate_bp: 0,
    cap_yuan: None,
    min_invoice_yuan: 0,
    powertrain: None,
    trim: None,
    old_vehicle: false,
    stack_group: None,
    at_sale: false,
};

/// Shapes of domain.md 4.2 with invented amounts. No amount of the national scrap subsidy was found, so it is shown as
/// a scheme without money.
pub(super) const INCENTIVES: &[IncentiveRow] = &[
    IncentiveRow {
        code: "CN-PURCHASE-TAX",
        kind: IncentiveKind::NationalPurchaseTax,
        name_zh: "新能源汽车购置税减征",
        name_en: "Purchase tax relief for new-energy cars",
        payer: IncentivePayer::GovNational,
        amount_kind: IncentiveAmountKind::TaxRelief,
        cap_yuan: Some(15_000),
        at_sale: true,
        ..NONE
    },
    IncentiveRow {
        code: "CN-SCRAP",
        kind: IncentiveKind::NationalScrap,
        name_zh: "报废更新补贴（以当地受理为准）",
        name_en: "Scrappage scheme (as accepted locally)",
        payer: IncentivePayer::GovNational,
        amount_kind: IncentiveAmountKind::NonCash,
        old_vehicle: true,
        stack_group: Some("OLD_VEHICLE"),
        ..NONE
    },
    IncentiveRow {
        code: "SH-REPLACE",
        kind: IncentiveKind::LocalReplacement,
        name_zh: "上海置换补贴",
        name_en: "Shanghai replacement subsidy",
        payer: IncentivePayer::GovLocal,
        city_code: Some("310000"),
        amount_yuan: 15_000,
        min_invoice_yuan: 100_000,
        old_vehicle: true,
        stack_group: Some("OLD_VEHICLE"),
        ..NONE
    },
    IncentiveRow {
        code: "SH-BEV-TOPUP",
        kind: IncentiveKind::LocalTopup,
        name_zh: "上海纯电叠加补贴",
        name_en: "Shanghai electric top-up",
        payer: IncentivePayer::GovLocal,
        city_code: Some("310000"),
        amount_yuan: 10_000,
        powertrain: Some(Powertrain::Bev),
        old_vehicle: true,
        ..NONE
    },
    IncentiveRow {
        code: "SH-GREEN-PLATE",
        kind: IncentiveKind::NonCashPlate,
        name_zh: "上海免费专用牌照",
        name_en: "Free green plate in Shanghai",
        payer: IncentivePayer::GovLocal,
        city_code: Some("310000"),
        amount_kind: IncentiveAmountKind::NonCash,
        powertrain: Some(Powertrain::Bev),
        ..NONE
    },
    IncentiveRow {
        code: "HZ-REPLACE",
        kind: IncentiveKind::LocalReplacement,
        name_zh: "杭州置换补贴",
        name_en: "Hangzhou replacement subsidy",
        payer: IncentivePayer::GovLocal,
        city_code: Some("330100"),
        amount_yuan: 8_000,
        min_invoice_yuan: 150_000,
        old_vehicle: true,
        stack_group: Some("OLD_VEHICLE"),
        ..NONE
    },
    IncentiveRow {
        code: "SZ-VOUCHER",
        kind: IncentiveKind::LocalTopup,
        name_zh: "深圳消费券",
        name_en: "Shenzhen voucher",
        payer: IncentivePayer::GovLocal,
        city_code: Some("440300"),
        amount_yuan: 4_000,
        min_invoice_yuan: 120_000,
        ..NONE
    },
    IncentiveRow {
        code: "YC-C5-OFFER",
        kind: IncentiveKind::BrandOffer,
        name_zh: "C5-660 限时选装补贴",
        name_en: "C5-660 option bonus",
        trim: Some("C5-660"),
        amount_yuan: 3_000,
        stack_group: Some("BRAND"),
        at_sale: true,
        ..NONE
    },
    IncentiveRow {
        code: "YC-SEASON",
        kind: IncentiveKind::BrandOffer,
        name_zh: "季度购车礼",
        name_en: "Seasonal offer",
        amount_kind: IncentiveAmountKind::Percent,
        rate_bp: 100,
        cap_yuan: Some(2_500),
        stack_group: Some("BRAND"),
        at_sale: true,
        ..NONE
    },
    IncentiveRow {
        code: "YC-CHARGER",
        kind: IncentiveKind::ChargerGift,
        name_zh: "家用充电桩",
        name_en: "Home charger",
        amount_kind: IncentiveAmountKind::NonCash,
        ..NONE
    },
    IncentiveRow {
        code: "YC-INSURANCE",
        kind: IncentiveKind::InsuranceSubsidy,
        name_zh: "首年保险补贴",
        name_en: "First-year insurance subsidy",
        payer: IncentivePayer::Lender,
        amount_yuan: 2_000,
        min_invoice_yuan: 200_000,
        ..NONE
    },
];
