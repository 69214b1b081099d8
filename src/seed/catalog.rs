//! Models, trims, options with their rules, price books and incentives (domain.md 4.2, 4.3).

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use entity::catalog::{incentive, model, option, option_group, option_rule, price_book, price_entry, trim};
use entity::{Codes, Media, MediaAsset, MediaKind, OptionRuleKind, OptionSelection, PriceBookStatus, VehicleModelId};

use super::batch::Batch;
use super::catalog_tables::{C9_ONLY, GROUPS, INCENTIVES, MODELS, ModelRow, OPTIONS, TRIMS};
use super::dice::Dice;
use crate::catalog::rules::configuration::{self, Ruleset};
use crate::catalog::rules::lead_time::lead_time_days;
use crate::catalog::rules::price::{PriceBreakdown, PriceRequest, breakdown};
use crate::values::calendar;

/// Version of the book in force; a saved configuration names the one it was checked and priced with.
pub(super) const PRICE_VERSION: i32 = 2;

/// The options of one model with their rules.
#[derive(Debug)]
pub(super) struct ModelOptions {
    pub id: VehicleModelId,
    pub groups: Vec<option_group::Model>,
    pub options: Vec<option::Model>,
    pub rules: Vec<option_rule::Model>,
}

/// The catalogue.
#[derive(Debug)]
pub(super) struct Catalog {
    pub models: Vec<ModelOptions>,
    pub trims: Vec<trim::Model>,
    /// Of the book in force, in order of the trims.
    pub prices: Vec<price_entry::Model>,
    pub incentives: Vec<incentive::Model>,
}

/// A valid choice.
#[derive(Clone, Debug)]
pub(super) struct Choice {
    /// Place in [`Catalog::trims`].
    pub trim: usize,
    /// Sorted.
    pub codes: Vec<String>,
    pub lead_time_days: i32,
    /// List price with options, fen.
    pub list_minor: i64,
}

impl Catalog {
    pub(super) fn model_of(&self, trim: usize) -> usize {
        let id = self.trims[trim].model_id;
        self.models.iter().position(|model| model.id == id).unwrap_or(0)
    }

    /// A random choice that the rules accept: what they refuse is chosen anew.
    pub(super) fn choose(&self, trim: usize, dice: &mut Dice) -> Choice {
        let model = &self.models[self.model_of(trim)];
        let ruleset = Ruleset::of_models(&self.trims[trim].code, &model.groups, &model.options, &model.rules);
        loop {
            let mut chosen: Vec<&str> = Vec::new();
            for (at, (_, _, _, selection, _)) in GROUPS.iter().enumerate() {
                let of_group = OPTIONS.iter().filter(|row| row.0 == at);
                match selection {
                    OptionSelection::One => {
                        let weights: Vec<(&str, i64)> = of_group.map(|row| (row.1, row.6)).collect();
                        chosen.push(dice.weighted(&weights));
                    }
                    OptionSelection::Many => {
                        for row in of_group {
                            if dice.percent(row.6) && model.options.iter().any(|option| option.code == row.1) {
                                chosen.push(row.1);
                            }
                        }
                    }
                }
            }
            if let Ok(codes) = configuration::check(&ruleset, &chosen) {
                return self.choice(trim, codes);
            }
        }
    }

    fn choice(&self, trim: usize, codes: Vec<String>) -> Choice {
        let options = &self.models[self.model_of(trim)].options;
        let extras: i64 = options.iter().filter(|o| codes.contains(&o.code)).map(|o| o.price_minor).sum();
        Choice {
            trim,
            lead_time_days: lead_time_days(options, &codes),
            list_minor: self.prices[trim].msrp_minor + extras,
            codes,
        }
    }

    /// The price of a choice, by the same rules as everywhere.
    pub(super) fn price(&self, choice: &Choice, city_code: &str, on: NaiveDate, old_vehicle: bool) -> PriceBreakdown {
        let options = &self.models[self.model_of(choice.trim)].options;
        let chosen: Vec<option::Model> = options.iter().filter(|o| choice.codes.contains(&o.code)).cloned().collect();
        breakdown(&PriceRequest {
            trim: &self.trims[choice.trim],
            entry: &self.prices[choice.trim],
            options: &chosen,
            city_code,
            on,
            incentives: &self.incentives,
            benefits: &[],
            has_old_vehicle: old_vehicle,
        })
    }
}

/// The drawing of a model that stands in `clients/media`, in any size.
fn media(row: &ModelRow) -> Media {
    Media(vec![MediaAsset {
        kind: MediaKind::Image,
        address: format!("/demo/media/{}.svg?width={{width}}", row.slug),
        width: Some(1600),
        height: Some(900),
        alt_zh: format!("{}，侧面", row.name_zh),
        alt_en: format!("{}, seen from the side", row.name_en),
    }])
}

pub(super) fn build(today: DateTime<Utc>, dice: &mut Dice, batch: &mut Batch) -> Catalog {
    let mut models = Vec::new();
    for (position, row) in (1..).zip(MODELS) {
        let id = dice.id();
        batch.models.push(model::Model {
            id,
            slug: row.slug.into(),
            code: row.code.into(),
            name_zh: row.name_zh.into(),
            name_en: row.name_en.into(),
            tagline_zh: row.tagline_zh.into(),
            tagline_en: row.tagline_en.into(),
            body_type: row.body,
            position,
            on_sale: true,
            media: media(row),
        });
        models.push(options_of(id, row.code, dice));
    }
    let mut trims = Vec::new();
    for (position, &(at, code, zh, en, powertrain, wh, cltc, total, ms, seats, awd, _)) in (1..).zip(TRIMS) {
        trims.push(trim::Model {
            id: dice.id(),
            model_id: models[at].id,
            code: code.into(),
            name_zh: zh.into(),
            name_en: en.into(),
            powertrain,
            battery_wh: wh,
            cltc_km: cltc,
            total_range_km: total,
            acceleration_ms: ms,
            seats,
            all_wheel_drive: awd,
            purchase_tax_catalog: true,
            model_year: 2026,
            position,
            on_sale: true,
        });
    }
    let prices = books(today, &trims, dice, batch);
    let incentives = incentives(today, &trims, dice);
    batch.trims.clone_from(&trims);
    batch.incentives.clone_from(&incentives);
    for model in &models {
        batch.option_groups.extend(model.groups.iter().cloned());
        batch.options.extend(model.options.iter().cloned());
        batch.option_rules.extend(model.rules.iter().cloned());
    }
    Catalog { models, trims, prices, incentives }
}

fn options_of(model_id: VehicleModelId, code: &'static str, dice: &mut Dice) -> ModelOptions {
    let groups: Vec<option_group::Model> = (1..)
        .zip(GROUPS)
        .map(|(position, &(group, zh, en, selection, required))| option_group::Model {
            id: dice.id(),
            model_id,
            code: group.into(),
            name_zh: zh.into(),
            name_en: en.into(),
            selection,
            required,
            position,
        })
        .collect();
    let options = (1..)
        .zip(OPTIONS.iter().filter(|row| row.1 != C9_ONLY || code == "C9"))
        .map(|(position, &(group, option, zh, en, yuan, days, _, is_default))| option::Model {
            id: dice.id(),
            group_id: groups[group].id,
            code: option.into(),
            name_zh: zh.into(),
            name_en: en.into(),
            price_minor: yuan * 100,
            lead_time_days: days,
            is_default,
            position,
        })
        .collect();
    let all_wheel: Vec<&str> =
        TRIMS.iter().filter(|row| MODELS[row.0].code == code && row.10).map(|row| row.1).collect();
    let mut rule = |name: &str, kind, when: &[&str], then: &[&str], zh: &str, en: &str| option_rule::Model {
        id: dice.id(),
        model_id,
        code: name.into(),
        kind,
        when_codes: when.iter().copied().collect::<Codes>(),
        then_codes: then.iter().copied().collect::<Codes>(),
        message_zh: zh.into(),
        message_en: en.into(),
    };
    let rules = vec![
        rule(
            "MATTE-NOT-19",
            OptionRuleKind::Excludes,
            &["EXT-MATTE"],
            &["WHL-19"],
            "哑光灰不提供 19 英寸轮毂",
            "Matte grey does not come with 19-inch wheels",
        ),
        rule(
            "21-AWD",
            OptionRuleKind::OnlyWithTrim,
            &["WHL-21"],
            &all_wheel,
            "21 英寸轮毂仅限四驱版本",
            "21-inch wheels are for all-wheel-drive trims only",
        ),
        rule(
            "COMFORT-NAPPA",
            OptionRuleKind::Requires,
            &["PKG-COMFORT"],
            &["INT-NAPPA"],
            "舒适包需搭配 Nappa 真皮内饰",
            "The comfort pack needs the nappa interior",
        ),
        rule(
            "TOW-NOT-21",
            OptionRuleKind::Excludes,
            &["PKG-TOW"],
            &["WHL-21"],
            "拖钩不能与 21 英寸轮毂同选",
            "The tow hook does not go with 21-inch wheels",
        ),
    ];
    ModelOptions { id: model_id, groups, options, rules }
}

/// An archived book, dearer by a little, and the one in force.
fn books(today: DateTime<Utc>, trims: &[trim::Model], dice: &mut Dice, batch: &mut Batch) -> Vec<price_entry::Model> {
    let change = today - TimeDelta::days(400);
    let mut entries = |version, status, from, to, raise: i64, discount: i64| -> Vec<price_entry::Model> {
        let id = dice.id();
        batch.price_books.push(price_book::Model {
            id,
            code: "CN".into(),
            price_version: version,
            status,
            effective_from: from,
            effective_to: to,
        });
        let rows: Vec<price_entry::Model> = trims
            .iter()
            .zip(TRIMS)
            .map(|(trim, row)| price_entry::Model {
                price_book_id: id,
                trim_id: trim.id,
                msrp_minor: (row.11 + raise) * 100,
                discount_minor: if row.1.starts_with("C3") { discount * 100 } else { 0 },
            })
            .collect();
        batch.price_entries.extend(rows.iter().cloned());
        rows
    };
    entries(1, PriceBookStatus::Archived, today - TimeDelta::days(760), Some(change), 4_000, 0);
    entries(PRICE_VERSION, PriceBookStatus::Published, change, None, 0, 2_000)
}

fn incentives(today: DateTime<Utc>, trims: &[trim::Model], dice: &mut Dice) -> Vec<incentive::Model> {
    let day = calendar::day(today);
    INCENTIVES
        .iter()
        .map(|row| incentive::Model {
            id: dice.id(),
            code: row.code.into(),
            kind: row.kind,
            name_zh: row.name_zh.into(),
            name_en: row.name_en.into(),
            payer: row.payer,
            city_code: row.city_code.map(Into::into),
            amount_kind: row.amount_kind,
            amount_minor: row.amount_yuan * 100,
            rate_bp: row.rate_bp,
            cap_minor: row.cap_yuan.map(|yuan| yuan * 100),
            min_invoice_minor: row.min_invoice_yuan * 100,
            powertrain: row.powertrain,
            trim_id: row.trim.and_then(|code| trims.iter().find(|trim| trim.code == code)).map(|trim| trim.id),
            requires_old_vehicle: row.old_vehicle,
            stack_group: row.stack_group.map(Into::into),
            paid_at_sale: row.at_sale,
            starts_on: day - TimeDelta::days(500),
            ends_on: Some(day + TimeDelta::days(180)),
        })
        .collect()
}
