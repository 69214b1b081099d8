//! The example of a model, which is long.

use entity::{BodyType, MediaKind, OptionRuleKind, OptionSelection, Powertrain};

use super::model::{MediaData, ModelData, OptionData, OptionGroupData, OptionRuleData, TrimData};

/// A model of one trim and two groups.
pub fn model() -> ModelData {
    let option = |code: &str, zh: &str, en: &str, price_minor, is_default| OptionData {
        code: code.into(),
        name_zh: zh.into(),
        name_en: en.into(),
        price_minor,
        lead_time_days: 0,
        is_default,
    };
    ModelData {
        slug: "c6".into(),
        code: "C6".into(),
        name_zh: "C6 中型旅行车".into(),
        name_en: "C6 Estate".into(),
        tagline_zh: "装得下远方".into(),
        tagline_en: "Room for the distance".into(),
        body_type: BodyType::Hatchback,
        position: 9,
        on_sale: true,
        media: Some(vec![MediaData {
            kind: MediaKind::Image,
            address: "https://img.example.cn/c6/front-{width}.jpg".into(),
            width: Some(3000),
            height: Some(1688),
            alt_zh: "停在湖边的 C6".into(),
            alt_en: "A C6 by a lake".into(),
        }]),
        trims: vec![TrimData {
            code: "C6-600".into(),
            name_zh: "后驱长续航".into(),
            name_en: "RWD long range".into(),
            powertrain: Powertrain::Bev,
            battery_wh: 78_400,
            cltc_km: 600,
            total_range_km: None,
            acceleration_ms: 6_600,
            seats: 5,
            all_wheel_drive: false,
            purchase_tax_catalog: true,
            model_year: 2026,
            on_sale: true,
        }],
        option_groups: vec![
            OptionGroupData {
                code: "EXTERIOR".into(),
                name_zh: "外观色".into(),
                name_en: "Exterior colour".into(),
                selection: OptionSelection::One,
                required: true,
                options: vec![
                    option("EXT-WHITE", "晨雾白", "Morning mist white", 0, true),
                    option("EXT-MATTE", "哑光灰", "Matte grey", 1_200_000, false),
                ],
            },
            OptionGroupData {
                code: "WHEEL".into(),
                name_zh: "轮毂".into(),
                name_en: "Wheels".into(),
                selection: OptionSelection::One,
                required: true,
                options: vec![
                    option("WHL-19", "19 英寸轮毂", "19-inch wheels", 0, true),
                    option("WHL-20", "20 英寸轮毂", "20-inch wheels", 600_000, false),
                ],
            },
        ],
        option_rules: vec![OptionRuleData {
            code: "MATTE-NOT-19".into(),
            kind: OptionRuleKind::Excludes,
            when_codes: vec!["EXT-MATTE".into()],
            then_codes: vec!["WHL-19".into()],
            message_zh: "哑光灰不提供 19 英寸轮毂".into(),
            message_en: "Matte grey does not come with 19-inch wheels".into(),
        }],
    }
}
