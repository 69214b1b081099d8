//! What one may ask the catalog room. All of it is open to callers without a token.

use async_graphql::ID;
use entity::catalog::{configuration, model};
use entity::{BenefitPackageId, ConfigurationId, IncentiveAmountKind, TrimId};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::inputs::PriceConfigurationInput;
use super::links::{ConfigurationById, FinancePlanById, TrimById, VehicleModelById, VehicleModelBySlug};
use super::policy;
use super::quote::{Fields, PriceQuote};
use super::rules::benefit;
use super::rules::configuration::{check, option_states};
use super::rules::finance::{Unsuitable, Wish, calculate, least_down_payment_minor, offered};
use super::rules::incentive::{IncentiveRefusal, Purchase, amount_minor, refusals};
use super::rules::price_history::history;
use super::rules::tax::purchase_tax;
use super::store::{self, Configurator, MAX_CHOSEN};
use super::types::{
    BenefitPackage, CarOption, Configuration, ConfigurationProblem, ConfiguratorState, FinanceCalculation, FinancePlan,
    Incentive, OptionState, PriceBreakdown, PriceStretch, Trim, TrimComparison, VehicleModel,
};
use crate::graph::connection::{every, one};
use crate::graph::node::parse_id;
use crate::graph::scalars::{CityCode, Date, Decimal};
use crate::graph::{Ask, Call, Error, Result, money, roots};
use crate::values::calendar;
use crate::values::city_code;
use crate::values::money::Money;

/// Fewest and most trims of a comparison (C046).
const COMPARED: std::ops::RangeInclusive<usize> = 2..=4;

/// Root fields.
#[derive(Default)]
pub struct Queries;

#[roots(name = "CatalogQueries")]
impl Queries {
    /// The models on sale, in order of the home page; for staff all.
    async fn vehicle_models(&self, ask: &Ask<'_>) -> Result<Vec<VehicleModel>> {
        let viewer = &ask.call.viewer;
        let order = [model::Column::Position, model::Column::Code];
        every::<VehicleModelById>(ask, policy::models(viewer).or_refuse(viewer)?, &order, None).await
    }

    /// A model by the part of its page's address; null when there is none that the caller may see.
    async fn vehicle_model(
        &self,
        ask: &Ask<'_>,
        #[graphql(desc = "As in `c5`.")] slug: String,
    ) -> Result<Option<VehicleModel>> {
        one::<VehicleModelBySlug>(ask, slug).await
    }

    /// A trim by id; null when there is none that the caller may see.
    async fn trim(&self, ask: &Ask<'_>, #[graphql(desc = "As in `trm_01J…`.")] id: ID) -> Result<Option<Trim>> {
        one::<TrimById>(ask, parse_id("id", &id)?).await
    }

    /// Two to four trims side by side.
    async fn compare_trims(
        &self,
        ask: &Ask<'_>,
        #[graphql(desc = "Two to four different ones, as in `trm_01J…`.")] ids: Vec<ID>,
    ) -> Result<TrimComparison> {
        let call = ask.call;
        if !COMPARED.contains(&ids.len()) {
            return Err(Error::argument("ids", "compare-count"));
        }
        let mut keys: Vec<TrimId> = Vec::new();
        for id in &ids {
            let key = parse_id("ids", id)?;
            if keys.contains(&key) {
                return Err(Error::argument("ids", "compare-count"));
            }
            keys.push(key);
        }
        let found = call.link::<TrimById>().many(keys).await?;
        let trims: Vec<Trim> = found
            .into_iter()
            .enumerate()
            .map(|(place, trim)| trim.ok_or_else(|| Error::argument(format!("ids.{place}"), "not-found")))
            .collect::<Result<_>>()?;
        Ok(TrimComparison::of(trims, call.locale))
    }

    /// What can be chosen for a trim when these options are chosen already, and why not the rest.
    async fn configurator_state(
        &self,
        ask: &Ask<'_>,
        #[graphql(desc = "As in `trm_01J…`.")] trim_id: ID,
        #[graphql(desc = "Codes of the options chosen so far, at most 60.")] option_codes: Vec<String>,
    ) -> Result<ConfiguratorState> {
        let call = ask.call;
        let trim = trim_of(call, "trimId", &trim_id).await?;
        if option_codes.len() > MAX_CHOSEN {
            return Err(Error::argument("optionCodes", "too-many-options").with("max", MAX_CHOSEN as i64));
        }
        let configurator = Configurator::of_model(call.db(), trim.0.model_id).await?;
        let ruleset = configurator.ruleset(&trim.0.code);
        let explain = |problems: Vec<_>| -> Vec<ConfigurationProblem> {
            let explained = problems.into_iter().map(|problem| configurator.explain(problem));
            explained.map(|blocked| ConfigurationProblem::of(call, blocked)).collect()
        };
        let problems = explain(check(&ruleset, &option_codes).err().unwrap_or_default());
        let options = option_states(&ruleset, &option_codes)
            .into_iter()
            .filter_map(|state| {
                let option = configurator.options().iter().find(|option| option.code == state.code)?;
                Some(OptionState {
                    option: CarOption(option.clone()),
                    selected: state.selected,
                    blocked_by: explain(state.blocked_by),
                })
            })
            .collect();
        Ok(ConfiguratorState { valid: problems.is_empty(), problems, options })
    }

    /// What a car costs on the road in a city: what is paid for it line by line, and what its insurance is likely to cost. The only source
    /// of prices: the same for every caller, in every channel and store (C059, C061). An old car to give up is not counted in.
    async fn price(
        &self,
        ask: &Ask<'_>,
        #[graphql(desc = "A trim with options, or a saved configuration.")] configuration: PriceConfigurationInput,
        #[graphql(desc = "Where the car is to be registered.")] city_code: CityCode,
        #[graphql(
            desc = "Packages that are had besides the car, as in `bnp_01J…`; those of `benefitPackages`, at most ten."
        )]
        benefit_package_ids: Option<Vec<ID>>,
    ) -> Result<PriceBreakdown> {
        let mut benefits = Vec::new();
        for id in benefit_package_ids.iter().flatten() {
            benefits.push(parse_id::<BenefitPackageId>("benefitPackageIds", id)?);
        }
        let (trim, quote) = quoted(ask.call, configuration, &benefits, &city_code).await?;
        let insurance = store::insurance(ask.call.db(), &trim.0, &quote).await?;
        Ok(PriceBreakdown::of(ask.call, quote, insurance))
    }

    /// What a trim's list price was and is, without options, taxes and incentives: newest first, of the last hundred price books.
    async fn price_history(
        &self,
        ask: &Ask<'_>,
        #[graphql(desc = "As in `trm_01J…`.")] trim_id: ID,
    ) -> Result<Vec<PriceStretch>> {
        let call = ask.call;
        let trim = trim_of(call, "trimId", &trim_id).await?.0;
        let books = store::books_of(call.db(), trim.id).await?;
        Ok(history(&books, call.now).into_iter().map(Into::into).collect())
    }

    /// The incentives that are to be had for a trim in a city, by code. Those that ask for an old car are among them;
    /// of one stack group only the best one counts.
    async fn incentives(
        &self,
        ask: &Ask<'_>,
        #[graphql(desc = "Where the car is to be registered.")] city_code: CityCode,
        #[graphql(desc = "As in `trm_01J…`.")] trim_id: ID,
        #[graphql(desc = "Invoice date; today in Shanghai when left out.")] as_of: Option<Date>,
    ) -> Result<Vec<Incentive>> {
        let call = ask.call;
        let city = city_of(&city_code)?;
        let trim = trim_of(call, "trimId", &trim_id).await?.0;
        let today = calendar::day(call.now);
        let on = as_of.map_or(today, |day| day.0);
        let at = if on == today { call.now } else { calendar::start_of_day(on) };
        let price = store::price_in_force(call.db(), trim.id, at).await?;
        let price = price.ok_or_else(|| Error::argument("trimId", "no-price"))?;
        let invoice_minor = price.msrp_minor - price.discount_minor;
        let purchase = Purchase {
            on,
            city_code: city.as_str(),
            invoice_minor,
            powertrain: trim.powertrain,
            trim_id: trim.id,
            has_old_vehicle: true,
            tax_relief_minor: purchase_tax(invoice_minor, on, trim.purchase_tax_catalog).relief_minor,
        };
        let rows = store::incentives_on(call.db(), on, &city).await?;
        let incentives = rows
            .into_iter()
            .filter(|row| refusals(row, &purchase).iter().all(|reason| *reason == IncentiveRefusal::OldVehicleRequired))
            .map(|row| Incentive {
                amount_minor: (row.amount_kind != IncentiveAmountKind::NonCash).then(|| amount_minor(&row, &purchase)),
                row,
            })
            .collect();
        Ok(incentives)
    }

    /// The ways to pay a trim over time that are to be had in a city today, by code; at most 40.
    async fn finance_plans(
        &self,
        ask: &Ask<'_>,
        #[graphql(desc = "Where the car is to be registered.")] city_code: CityCode,
        #[graphql(desc = "As in `trm_01J…`.")] trim_id: ID,
    ) -> Result<Vec<FinancePlan>> {
        let call = ask.call;
        let city = city_of(&city_code)?;
        let trim = trim_of(call, "trimId", &trim_id).await?.0;
        let on = calendar::day(call.now);
        let plans = store::finance_plans_on(call.db(), on, &city, &trim).await?;
        Ok(plans.into_iter().filter(|plan| offered(plan, on, city.as_str(), &trim)).map(FinancePlan).collect())
    }

    /// What is to be had with a trim besides it in a city today, by code; at most 40. Nothing of it is chosen by itself: `price` and
    /// `orderPlace` take what the buyer chooses (C053, C069).
    async fn benefit_packages(
        &self,
        ask: &Ask<'_>,
        #[graphql(desc = "Where the car is to be registered.")] city_code: CityCode,
        #[graphql(desc = "As in `trm_01J…`.")] trim_id: ID,
    ) -> Result<Vec<BenefitPackage>> {
        let call = ask.call;
        let city = city_of(&city_code)?;
        let trim = trim_of(call, "trimId", &trim_id).await?.0;
        let on = calendar::day(call.now);
        let packages = store::benefit_packages_on(call.db(), on, &city, &trim).await?;
        let had = packages.into_iter().filter(|package| benefit::offered(package, on, city.as_str(), &trim));
        Ok(had.map(BenefitPackage).collect())
    }

    /// What a plan makes of a car: what is paid at once, month by month, and in all. Only what the vehicle invoice says is
    /// financed, at the price that `price` gives.
    async fn finance_calculate(
        &self,
        ask: &Ask<'_>,
        #[graphql(desc = "As in `fpl_01J…`; one of `financePlans`.")] plan_id: ID,
        #[graphql(desc = "A trim with options, or a saved configuration.")] configuration: PriceConfigurationInput,
        #[graphql(desc = "Where the car is to be registered.")] city_code: CityCode,
        #[graphql(desc = "One of the plan's terms, months.")] months: i32,
        #[graphql(desc = "What is paid at once, yuan; the plan's least when left out.")] down_payment: Option<Decimal>,
    ) -> Result<FinanceCalculation> {
        let call = ask.call;
        let plan = call.link::<FinancePlanById>().one(parse_id("planId", &plan_id)?).await?;
        let plan = plan.ok_or_else(|| Error::argument("planId", "not-found"))?.0;
        let (trim, quote) = quoted(call, configuration, &[], &city_code).await?;
        if !offered(&plan, calendar::day(call.now), &quote.city_code, &trim.0) {
            return Err(Error::argument("planId", "finance-not-offered"));
        }
        let invoice_minor = quote.breakdown.invoice_minor;
        let down_payment_minor = match down_payment {
            Some(yuan) => money::given("downPayment", yuan)?,
            None => least_down_payment_minor(&plan, invoice_minor),
        };
        let wish = Wish { invoice_minor, down_payment_minor, months };
        let outcome = calculate(&plan, &wish).map_err(|unsuitable| match unsuitable {
            Unsuitable::Car => Error::argument("planId", "finance-not-offered"),
            Unsuitable::Months { offered } => {
                let offered: Vec<String> = offered.iter().map(ToString::to_string).collect();
                Error::argument("months", "finance-months").with("offered", offered.join(", "))
            }
            Unsuitable::DownPayment { least_minor, most_minor } => {
                Error::argument("downPayment", "finance-down-payment")
                    .with("min", Money::from_minor(least_minor).to_string())
                    .with("max", Money::from_minor(most_minor).to_string())
            }
        })?;
        Ok(FinanceCalculation::of(plan, invoice_minor, outcome))
    }

    /// A saved configuration: by id for its owner and staff, by code for anyone who has the code. Null when there is
    /// none that the caller may see.
    async fn configuration(
        &self,
        ask: &Ask<'_>,
        #[graphql(desc = "As in `cfg_01J…`; this or `code`.")] id: Option<ID>,
        #[graphql(desc = "The short code that was shared; this or `id`.")] code: Option<String>,
    ) -> Result<Option<Configuration>> {
        match (id, code) {
            (Some(id), None) => one::<ConfigurationById>(ask, parse_id::<ConfigurationId>("id", &id)?).await,
            (None, Some(code)) => {
                let row = configuration::Entity::find()
                    .filter(configuration::Column::Code.eq(super::rules::share_code::normalise(&code)))
                    .one(ask.call.db())
                    .await?;
                Ok(row.map(Configuration))
            }
            _ => Err(Error::argument("id", "id-or-code")),
        }
    }
}

/// The trim that an argument names.
async fn trim_of(call: &Call, argument: &'static str, id: &ID) -> Result<Trim> {
    let trim = call.link::<TrimById>().one(parse_id(argument, id)?).await?;
    trim.ok_or_else(|| Error::argument(argument, "not-found"))
}

/// The city that an argument names.
fn city_of(code: &CityCode) -> Result<city_code::CityCode> {
    city_code::CityCode::parse(&code.0).map_err(|invalid| Error::argument("cityCode", invalid.rule))
}

/// The price of what `configuration` and `cityCode` say, and its trim.
async fn quoted(
    call: &Call,
    configuration: PriceConfigurationInput,
    benefits: &[BenefitPackageId],
    city: &CityCode,
) -> Result<(Trim, PriceQuote)> {
    let (trim, codes, fields) = chosen(call, configuration).await?;
    let choice = store::Choice { trim: &trim.0, option_codes: &codes, benefits };
    let quote = store::quote(call.db(), choice, &city.0, call.now).await;
    Ok((trim, quote.map_err(|error| error.error(call, fields))?))
}

/// The trim and the options that `configuration` says, not yet checked, and where they stand in the arguments.
pub async fn chosen(call: &Call, configuration: PriceConfigurationInput) -> Result<(Trim, Vec<String>, Fields)> {
    match configuration {
        PriceConfigurationInput { trim_id: Some(id), option_codes, configuration_id: None } => {
            let trim = trim_of(call, "configuration.trimId", &id).await?;
            let fields = Fields {
                trim: "configuration.trimId",
                options: "configuration.optionCodes",
                city: "cityCode",
                listed: true,
            };
            Ok((trim, option_codes.unwrap_or_default(), fields))
        }
        PriceConfigurationInput { trim_id: None, option_codes: None, configuration_id: Some(id) } => {
            let argument = "configuration.configurationId";
            let saved = call.link::<ConfigurationById>().one(parse_id(argument, &id)?).await?;
            let saved = saved.ok_or_else(|| Error::argument(argument, "not-found"))?;
            let trim = call.link::<TrimById>().one(saved.0.trim_id).await?;
            let trim = trim.ok_or_else(|| Error::argument(argument, "not-found"))?;
            let fields = Fields { trim: argument, options: argument, city: "cityCode", listed: false };
            Ok((trim, saved.0.option_codes.0, fields))
        }
        _ => Err(Error::argument("configuration", "trim-or-configuration")),
    }
}
