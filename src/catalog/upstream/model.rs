//! `cn.milepost.catalog.model.v1` (C041, C043).

use std::collections::{HashMap, HashSet};

use entity::catalog::{model, option, option_group, option_rule, trim};
use entity::{
    BodyType, Media, MediaAsset, MediaKind, OptionGroupId, OptionId, OptionRuleId, OptionRuleKind, OptionSelection,
    Powertrain, TrimId, VehicleModelId,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use crate::catalog::rules::media as rules;
use crate::events::Topic;
use crate::graph::Result;
use crate::ingest::keys::{by_key, code, codes, line, minor, name, number, small, twice, upsert};
use crate::ingest::{Desk, Inbound, Item, Reason, Verdict, data};

data! {
    /// A model with all its trims, options and option rules. The whole of it each time: a trim that is left out goes off
    /// sale, an option or rule that is left out is no more.
    pub struct ModelData {
        /// Unique, as in `c5`; stands in addresses.
        pub slug: String,
        /// Unique, as in `C5`.
        pub code: String,
        /// Name in Chinese.
        pub name_zh: String,
        /// Name in English.
        pub name_en: String,
        /// A line to go with it, in Chinese.
        pub tagline_zh: String,
        /// A line to go with it, in English.
        pub tagline_en: String,
        /// Body.
        pub body_type: BodyType,
        /// Place on the home page.
        pub position: i32,
        /// Whether it can be ordered.
        pub on_sale: bool,
        /// What shows it, in order; the first picture stands for it. Left out, what is there stays.
        pub media: Option<Vec<MediaData>>,
        /// Its versions, in order.
        pub trims: Vec<TrimData>,
        /// What can be chosen, in order.
        #[serde(default)]
        pub option_groups: Vec<OptionGroupData>,
        /// What goes with what.
        #[serde(default)]
        pub option_rules: Vec<OptionRuleData>,
    }

    /// A picture, a film, or a thing to turn around.
    pub struct MediaData {
        /// What it is.
        pub kind: MediaKind,
        /// Where it lies, over TLS; `{width}` in it stands for a width in pixels, where it is to be had in any.
        pub address: String,
        /// Pixels of the widest.
        pub width: Option<i32>,
        /// As the width.
        pub height: Option<i32>,
        /// What it shows, in Chinese.
        pub alt_zh: String,
        /// What it shows, in English.
        pub alt_en: String,
    }

    /// A version of a model.
    pub struct TrimData {
        /// Unique over all models, as in `C5-660`.
        pub code: String,
        /// Name in Chinese.
        pub name_zh: String,
        /// Name in English.
        pub name_en: String,
        /// What drives it.
        pub powertrain: Powertrain,
        /// Battery, watt-hours.
        pub battery_wh: i64,
        /// Electric range after CLTC, kilometres.
        pub cltc_km: i32,
        /// Combined range of an EREV or PHEV, kilometres.
        pub total_range_km: Option<i32>,
        /// 0 to 100 km/h, milliseconds.
        pub acceleration_ms: i32,
        /// Seats.
        pub seats: i32,
        /// Whether all wheels are driven.
        pub all_wheel_drive: bool,
        /// Whether it is in the catalogue for lower purchase tax.
        pub purchase_tax_catalog: bool,
        /// Year of the model.
        pub model_year: i32,
        /// Whether it can be ordered.
        pub on_sale: bool,
    }

    /// A choice in the configurator.
    pub struct OptionGroupData {
        /// Unique within the model.
        pub code: String,
        /// Name in Chinese.
        pub name_zh: String,
        /// Name in English.
        pub name_en: String,
        /// How many of it may be chosen.
        pub selection: OptionSelection,
        /// Whether one has to be chosen.
        pub required: bool,
        /// What there is to choose, in order.
        pub options: Vec<OptionData>,
    }

    /// One thing to choose.
    pub struct OptionData {
        /// Unique within the model.
        pub code: String,
        /// Name in Chinese.
        pub name_zh: String,
        /// Name in English.
        pub name_en: String,
        /// Price, fen.
        pub price_minor: i64,
        /// By how many days the car comes later.
        pub lead_time_days: i32,
        /// Whether it is taken when nothing of its group is chosen.
        pub is_default: bool,
    }

    /// What goes with what.
    pub struct OptionRuleData {
        /// Unique within the model; named when a choice is blocked.
        pub code: String,
        /// What it says.
        pub kind: OptionRuleKind,
        /// Option codes that wake it, all of them.
        pub when_codes: Vec<String>,
        /// Option codes that it speaks of; trim codes for `ONLY_WITH_TRIM`.
        pub then_codes: Vec<String>,
        /// What is told when it blocks, in Chinese.
        pub message_zh: String,
        /// What is told when it blocks, in English.
        pub message_en: String,
    }
}

/// A model reported.
pub struct ModelReported;

/// Most trims, groups, rules of a model, and options of a group.
const MOST: usize = 200;

impl Inbound for ModelReported {
    const TYPE: &'static str = "cn.milepost.catalog.model.v1";
    const DOMAIN: &'static str = "catalog";
    const TELLS: Option<Topic> = Some(Topic::Catalog);
    type Data = ModelData;

    fn example() -> ModelData {
        super::example::model()
    }

    fn subject(data: &ModelData) -> String {
        format!("model/{}", data.code)
    }

    fn wakes(data: &ModelData) -> Vec<String> {
        let trims = data.trims.iter().map(|trim| format!("trim/{}", trim.code));
        std::iter::once(Self::subject(data)).chain(trims).collect()
    }

    async fn apply(desk: &mut Desk<'_>, items: &[Item<ModelData>]) -> Result<Vec<Verdict>> {
        let mut verdicts = Vec::with_capacity(items.len());
        for item in items {
            let known = Known::read(desk, &item.data).await?;
            verdicts.push(match Rows::of(desk, &known, &item.data) {
                Ok(rows) => {
                    rows.write(desk).await?;
                    Verdict::DONE
                }
                Err(reason) => reason.into(),
            });
        }
        Ok(verdicts)
    }
}

/// What is there of a model.
#[derive(Default)]
struct Known {
    model: Option<model::Model>,
    /// Another model that has the slug.
    slug_taken: bool,
    trims: Vec<trim::Model>,
    /// Trims of these codes, of whatever model.
    named_trims: HashMap<String, trim::Model>,
    groups: HashMap<String, OptionGroupId>,
    options: HashMap<String, option::Model>,
    rules: HashMap<String, OptionRuleId>,
}

impl Known {
    async fn read(desk: &Desk<'_>, data: &ModelData) -> Result<Self> {
        let conn = desk.tx.conn();
        let named = data.trims.iter().map(|trim| trim.code.as_str());
        let named_trims = by_key::<trim::Entity>(desk.tx, trim::Column::Code, named, |row| Some(&row.code)).await?;
        let with_slug = model::Entity::find().filter(model::Column::Slug.eq(&data.slug)).one(conn).await?;
        let slug_taken = with_slug.is_some_and(|row| row.code != data.code);
        let model = model::Entity::find().filter(model::Column::Code.eq(&data.code)).one(conn).await?;
        let Some(model) = model else { return Ok(Self { slug_taken, named_trims, ..Self::default() }) };
        let trims = trim::Entity::find().filter(trim::Column::ModelId.eq(model.id)).all(conn).await?;
        let groups = option_group::Entity::find().filter(option_group::Column::ModelId.eq(model.id)).all(conn).await?;
        let options = option::Entity::find()
            .filter(option::Column::GroupId.is_in(groups.iter().map(|group| group.id)))
            .all(conn)
            .await?;
        let rules = option_rule::Entity::find().filter(option_rule::Column::ModelId.eq(model.id)).all(conn).await?;
        Ok(Self {
            model: Some(model),
            slug_taken,
            trims,
            named_trims,
            groups: groups.into_iter().map(|row| (row.code, row.id)).collect(),
            options: options.into_iter().map(|row| (row.code.clone(), row)).collect(),
            rules: rules.into_iter().map(|row| (row.code, row.id)).collect(),
        })
    }
}

/// A model's rows.
struct Rows {
    model: model::Model,
    trims: Vec<trim::Model>,
    groups: Vec<option_group::Model>,
    options: Vec<option::Model>,
    rules: Vec<option_rule::Model>,
}

impl Rows {
    fn of(desk: &Desk<'_>, known: &Known, data: &ModelData) -> Result<Self, Reason> {
        desk.sender.check_all("code")?;
        check_doubles(data)?;
        if known.slug_taken {
            return Err(Reason { code: entity::InboundCode::Duplicate, ..Reason::invalid("slug", "ingest-taken") });
        }
        let id = known.model.as_ref().map_or_else(VehicleModelId::generate, |row| row.id);
        let model = model::Model {
            id,
            slug: code("slug", &data.slug)?,
            code: code("code", &data.code)?,
            name_zh: name("nameZh", &data.name_zh)?,
            name_en: name("nameEn", &data.name_en)?,
            tagline_zh: name("taglineZh", &data.tagline_zh)?,
            tagline_en: name("taglineEn", &data.tagline_en)?,
            body_type: data.body_type,
            position: small("position", data.position, 0, 10_000)?,
            on_sale: data.on_sale,
            media: match (&data.media, &known.model) {
                (Some(given), _) => media(given)?,
                (None, Some(model)) => model.media.clone(),
                (None, None) => Media::default(),
            },
        };
        let mut trims = Vec::new();
        for (at, trim) in data.trims.iter().enumerate() {
            let before = known.named_trims.get(&trim.code);
            if before.is_some_and(|before| before.model_id != id) {
                let field = format!("trims.{at}.code");
                return Err(Reason { code: entity::InboundCode::Duplicate, ..Reason::invalid(&field, "ingest-taken") });
            }
            trims.push(trim_row(at, trim, id, before.map_or_else(TrimId::generate, |before| before.id))?);
        }
        let gone = known.trims.iter().filter(|row| trims.iter().all(|trim| trim.code != row.code));
        let gone: Vec<trim::Model> = gone.map(|row| trim::Model { on_sale: false, ..row.clone() }).collect();
        trims.extend(gone);
        let (mut groups, mut options) = (Vec::new(), Vec::new());
        for (at, group) in data.option_groups.iter().enumerate() {
            let group_id = known.groups.get(&group.code).copied().unwrap_or_else(OptionGroupId::generate);
            groups.push(group_row(at, group, id, group_id)?);
            for (n, option) in group.options.iter().enumerate() {
                let field = format!("optionGroups.{at}.options.{n}");
                let before = known.options.get(&option.code).filter(|before| before.group_id == group_id);
                let id = before.map_or_else(OptionId::generate, |before| before.id);
                options.push(option_row(&field, n, option, group_id, id)?);
            }
        }
        let mut rules = Vec::new();
        for (at, rule) in data.option_rules.iter().enumerate() {
            let rule_id = known.rules.get(&rule.code).copied().unwrap_or_else(OptionRuleId::generate);
            rules.push(rule_row(at, rule, data, id, rule_id)?);
        }
        Ok(Self { model, trims, groups, options, rules })
    }

    /// Writes the rows, and removes what the model no longer has.
    async fn write(self, desk: &mut Desk<'_>) -> Result<()> {
        let tx = &*desk.tx;
        let id = self.model.id;
        let (groups, options): (Vec<_>, Vec<_>) =
            (self.groups.iter().map(|row| row.id).collect(), self.options.iter().map(|row| row.id).collect());
        let rules: Vec<_> = self.rules.iter().map(|row| row.id).collect();
        upsert::<model::Entity>(tx, vec![self.model], &[model::Column::Id], &[]).await?;
        upsert::<trim::Entity>(tx, self.trims, &[trim::Column::Id], &[]).await?;
        let of_model = option_group::Entity::find().filter(option_group::Column::ModelId.eq(id)).all(tx.conn()).await?;
        option::Entity::delete_many()
            .filter(option::Column::GroupId.is_in(of_model.iter().map(|row| row.id)))
            .filter(option::Column::Id.is_not_in(options))
            .exec(tx.conn())
            .await?;
        option_group::Entity::delete_many()
            .filter(option_group::Column::ModelId.eq(id))
            .filter(option_group::Column::Id.is_not_in(groups))
            .exec(tx.conn())
            .await?;
        option_rule::Entity::delete_many()
            .filter(option_rule::Column::ModelId.eq(id))
            .filter(option_rule::Column::Id.is_not_in(rules))
            .exec(tx.conn())
            .await?;
        upsert::<option_group::Entity>(tx, self.groups, &[option_group::Column::Id], &[]).await?;
        upsert::<option::Entity>(tx, self.options, &[option::Column::Id], &[]).await?;
        upsert::<option_rule::Entity>(tx, self.rules, &[option_rule::Column::Id], &[]).await?;
        Ok(())
    }
}

/// Codes that come twice, and lists without end.
fn check_doubles(data: &ModelData) -> Result<(), Reason> {
    let options = || data.option_groups.iter().flat_map(|group| &group.options);
    let lists: [(&str, usize, Option<usize>); 4] = [
        ("trims", data.trims.len(), twice(data.trims.iter().map(|trim| trim.code.as_str()))),
        ("optionGroups", data.option_groups.len(), twice(data.option_groups.iter().map(|group| group.code.as_str()))),
        ("optionGroups", options().count() / MOST, twice(options().map(|option| option.code.as_str()))),
        ("optionRules", data.option_rules.len(), twice(data.option_rules.iter().map(|rule| rule.code.as_str()))),
    ];
    for (field, count, double) in lists {
        if count > MOST {
            return Err(Reason::invalid(field, "ingest-most").with("max", i64::try_from(MOST).unwrap_or_default()));
        }
        if double.is_some() {
            return Err(Reason::invalid(field, "ingest-twice"));
        }
    }
    Ok(())
}

/// Most media of a model.
const MOST_MEDIA: usize = 20;

/// Most pixels of a side.
const MOST_PIXELS: i32 = 100_000;

fn media(given: &[MediaData]) -> Result<Media, Reason> {
    if given.len() > MOST_MEDIA {
        let most = i64::try_from(MOST_MEDIA).unwrap_or_default();
        return Err(Reason::invalid("media", "ingest-most").with("max", most));
    }
    let one = |(at, one): (usize, &MediaData)| {
        let field = |name: &str| format!("media.{at}.{name}");
        let address = line(&field("address"), &one.address, rules::LONGEST)?;
        if !rules::is_address(&address) {
            return Err(Reason::invalid(&field("address"), "media-address"));
        }
        let pixels = |name: &str, given: Option<i32>| given.map(|n| small(&field(name), n, 1, MOST_PIXELS)).transpose();
        Ok(MediaAsset {
            kind: one.kind,
            address,
            width: pixels("width", one.width)?,
            height: pixels("height", one.height)?,
            alt_zh: name(&field("altZh"), &one.alt_zh)?,
            alt_en: name(&field("altEn"), &one.alt_en)?,
        })
    };
    given.iter().enumerate().map(one).collect::<Result<_, _>>().map(Media)
}

/// The place in a list, from one.
fn place(at: usize) -> i32 {
    i32::try_from(at + 1).unwrap_or(i32::MAX)
}

fn trim_row(at: usize, trim: &TrimData, model_id: VehicleModelId, id: TrimId) -> Result<trim::Model, Reason> {
    let field = |name: &str| format!("trims.{at}.{name}");
    if let Some(km) = trim.total_range_km {
        small(&field("totalRangeKm"), km, 0, 10_000)?;
    }
    Ok(trim::Model {
        id,
        model_id,
        code: code(&field("code"), &trim.code)?,
        name_zh: name(&field("nameZh"), &trim.name_zh)?,
        name_en: name(&field("nameEn"), &trim.name_en)?,
        powertrain: trim.powertrain,
        battery_wh: number(&field("batteryWh"), trim.battery_wh, 0, 1_000_000)?,
        cltc_km: small(&field("cltcKm"), trim.cltc_km, 0, 10_000)?,
        total_range_km: trim.total_range_km,
        acceleration_ms: small(&field("accelerationMs"), trim.acceleration_ms, 0, 100_000)?,
        seats: small(&field("seats"), trim.seats, 1, 20)?,
        all_wheel_drive: trim.all_wheel_drive,
        purchase_tax_catalog: trim.purchase_tax_catalog,
        model_year: small(&field("modelYear"), trim.model_year, 2000, 2100)?,
        position: place(at),
        on_sale: trim.on_sale,
    })
}

fn group_row(
    at: usize,
    group: &OptionGroupData,
    model_id: VehicleModelId,
    id: OptionGroupId,
) -> Result<option_group::Model, Reason> {
    let field = |name: &str| format!("optionGroups.{at}.{name}");
    Ok(option_group::Model {
        id,
        model_id,
        code: code(&field("code"), &group.code)?,
        name_zh: name(&field("nameZh"), &group.name_zh)?,
        name_en: name(&field("nameEn"), &group.name_en)?,
        selection: group.selection,
        required: group.required,
        position: place(at),
    })
}

fn option_row(
    path: &str,
    at: usize,
    option: &OptionData,
    group_id: OptionGroupId,
    id: OptionId,
) -> Result<option::Model, Reason> {
    let field = |name: &str| format!("{path}.{name}");
    Ok(option::Model {
        id,
        group_id,
        code: code(&field("code"), &option.code)?,
        name_zh: name(&field("nameZh"), &option.name_zh)?,
        name_en: name(&field("nameEn"), &option.name_en)?,
        price_minor: minor(&field("priceMinor"), option.price_minor)?,
        lead_time_days: small(&field("leadTimeDays"), option.lead_time_days, 0, 365)?,
        is_default: option.is_default,
        position: place(at),
    })
}

/// A rule speaks of options of the model, or of its trims.
fn rule_row(
    at: usize,
    rule: &OptionRuleData,
    data: &ModelData,
    model_id: VehicleModelId,
    id: OptionRuleId,
) -> Result<option_rule::Model, Reason> {
    let field = |name: &str| format!("optionRules.{at}.{name}");
    let options: HashSet<&str> =
        data.option_groups.iter().flat_map(|group| &group.options).map(|option| option.code.as_str()).collect();
    let trims: HashSet<&str> = data.trims.iter().map(|trim| trim.code.as_str()).collect();
    let then = if rule.kind == OptionRuleKind::OnlyWithTrim { &trims } else { &options };
    for (name, given, known) in [("whenCodes", &rule.when_codes, &options), ("thenCodes", &rule.then_codes, then)] {
        if given.is_empty() {
            return Err(Reason::invalid(&field(name), "required"));
        }
        if let Some(at) = given.iter().position(|code| !known.contains(code.as_str())) {
            return Err(Reason::invalid(&format!("{}.{at}", field(name)), "ingest-unknown-code"));
        }
    }
    Ok(option_rule::Model {
        id,
        model_id,
        code: code(&field("code"), &rule.code)?,
        kind: rule.kind,
        when_codes: codes(&field("whenCodes"), &rule.when_codes)?,
        then_codes: codes(&field("thenCodes"), &rule.then_codes)?,
        message_zh: name(&field("messageZh"), &rule.message_zh)?,
        message_en: name(&field("messageEn"), &rule.message_en)?,
    })
}
