//! Where the catalog is kept: what a choice is checked against and what prices it. Works on the pool and inside a
//! transaction alike, for this room and for the order room.

use std::collections::HashMap;

use chrono::{DateTime, Days, NaiveDate, Utc};
use entity::catalog::{
    benefit_package, finance_plan, incentive, insurance_rate, option, option_group, option_rule, price_book,
    price_entry, trim,
};
use entity::{BenefitPackageId, Columns, OptionGroupId, PriceBookId, PriceBookStatus, TrimId, VehicleModelId};
use sea_orm::sea_query::{Condition, Expr, ExprTrait, Order, Query, SelectStatement, SimpleExpr};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QueryResult,
    QuerySelect,
};

use super::quote::{Blocked, PriceQuote, QuoteError};
use super::rules::benefit::{self, MAX_BENEFITS};
use super::rules::configuration::{self, ConfigurationProblem, ProblemKind, Ruleset};
use super::rules::insurance::{InsuranceEstimate, Insured, estimate};
use super::rules::lead_time::lead_time_days;
use super::rules::price::{PriceRequest, breakdown, held_until};
use super::rules::price_history::Priced;
use crate::store::rows::among;
use crate::values::calendar;
use crate::values::city_code::CityCode;

/// Most option codes of one choice; no model has as many.
pub const MAX_CHOSEN: usize = 60;

/// What is chosen of a trim.
#[derive(Clone, Copy, Debug)]
pub struct Choice<'a> {
    /// The trim.
    pub trim: &'a trim::Model,
    /// Codes of options, as they were given.
    pub option_codes: &'a [String],
    /// Packages that are had besides the car.
    pub benefits: &'a [BenefitPackageId],
}

/// Checks a choice of options and packages for a trim and prices it for a city and a moment, in five statements, and one more
/// where packages were chosen.
///
/// Whether the trim is on sale, and for this caller, is the caller's to ask. An old car to give up is not counted in.
///
/// # Errors
/// Says what is wrong with the choice or the city ([`QuoteError`]); turn it into the error of a payload with
/// [`QuoteError::refusal`] or into one of the answer with [`QuoteError::error`].
pub async fn quote(
    conn: &impl ConnectionTrait,
    Choice { trim, option_codes, benefits }: Choice<'_>,
    city_code: &str,
    at: DateTime<Utc>,
) -> Result<PriceQuote, QuoteError> {
    let city = CityCode::parse(city_code).map_err(QuoteError::City)?;
    if option_codes.len() > MAX_CHOSEN {
        return Err(QuoteError::TooMany);
    }
    let configurator = Configurator::of_model(conn, trim.model_id).await?;
    let (option_codes, options) = configurator.check(&trim.code, option_codes)?;
    let price = price_in_force(conn, trim.id, at).await?.ok_or(QuoteError::NoPrice)?;
    let on = calendar::day(at);
    // Those of tomorrow as well, which say how long the price is held.
    let tomorrow = on + Days::new(1);
    let both = incentives_between(conn, (on, tomorrow), &city).await?;
    let of_day = |day: NaiveDate| {
        let on_day = both.iter().filter(|row| row.starts_on <= day && row.ends_on.is_none_or(|end| day <= end));
        on_day.cloned().collect::<Vec<_>>()
    };
    let benefits = packages(conn, benefits, trim, &city, on).await?;
    let (incentives, tomorrows) = (of_day(on), of_day(tomorrow));
    let entry = price.entry();
    let request = PriceRequest {
        trim,
        entry: &entry,
        options: &options,
        city_code: city.as_str(),
        on,
        incentives: &incentives,
        benefits: &benefits,
        has_old_vehicle: false,
    };
    let breakdown = breakdown(&request);
    let holds_until = held_until(&request, &breakdown, &tomorrows, at);
    Ok(PriceQuote {
        trim_id: trim.id,
        lead_time_days: lead_time_days(&options, &option_codes),
        option_codes,
        options,
        benefits,
        city_code: city.as_str().to_owned(),
        price_version: price.price_version,
        breakdown,
        at,
        holds_until,
    })
}

/// Which of these packages are to be had at a moment, with a trim that is registered in a city: in their order, of a group the first.
///
/// # Errors
/// When the store fails.
pub async fn still_offered(
    conn: &impl ConnectionTrait,
    chosen: &[BenefitPackageId],
    trim: &trim::Model,
    city_code: &str,
    at: DateTime<Utc>,
) -> Result<Vec<BenefitPackageId>, DbErr> {
    if chosen.is_empty() {
        return Ok(Vec::new());
    }
    let found = benefit_package::Entity::find().filter(benefit_package::Column::Id.is_in(chosen.iter().copied()));
    let mut found = found.all(conn).await?;
    found.retain(|package| benefit::offered(package, calendar::day(at), city_code, trim));
    Ok(benefit::left_of(&found, chosen))
}

/// The packages that were chosen, in the order of the choice.
async fn packages(
    conn: &impl ConnectionTrait,
    chosen: &[BenefitPackageId],
    trim: &trim::Model,
    city: &CityCode,
    on: NaiveDate,
) -> Result<Vec<benefit_package::Model>, QuoteError> {
    if chosen.is_empty() {
        return Ok(Vec::new());
    }
    if chosen.len() > MAX_BENEFITS {
        return Err(QuoteError::TooManyBenefits);
    }
    let found = benefit_package::Entity::find().filter(benefit_package::Column::Id.is_in(chosen.iter().copied()));
    let mut found = found.all(conn).await?;
    found.retain(|package| benefit::offered(package, on, city.as_str(), trim));
    match benefit::choose(&found, chosen) {
        Ok(taken) => Ok(taken.into_iter().cloned().collect()),
        Err(problems) => Err(QuoteError::Benefits(problems)),
    }
}

/// What can be chosen for the trims of one model, and what goes with what.
pub struct Configurator {
    groups: Vec<option_group::Model>,
    options: Vec<option::Model>,
    rules: Vec<option_rule::Model>,
}

impl Configurator {
    /// Reads it, in three statements.
    pub async fn of_model(conn: &impl ConnectionTrait, model: VehicleModelId) -> Result<Self, DbErr> {
        let groups = option_group::Entity::find()
            .filter(option_group::Column::ModelId.eq(model))
            .order_by_asc(option_group::Column::Position)
            .order_by_asc(option_group::Column::Code)
            .all(conn)
            .await?;
        let options = option::Entity::find()
            .filter(option::Column::GroupId.is_in(groups.iter().map(|group| group.id)))
            .order_by_asc(option::Column::Position)
            .order_by_asc(option::Column::Code)
            .all(conn)
            .await?;
        let rules = option_rule::Entity::find()
            .filter(option_rule::Column::ModelId.eq(model))
            .order_by_asc(option_rule::Column::Code)
            .all(conn)
            .await?;
        Ok(Self { groups, options, rules })
    }

    /// As the configuration rules want it.
    pub fn ruleset<'a>(&'a self, trim_code: &'a str) -> Ruleset<'a> {
        Ruleset::of_models(trim_code, &self.groups, &self.options, &self.rules)
    }

    /// The options, in no order that means anything across groups.
    pub fn options(&self) -> &[option::Model] {
        &self.options
    }

    /// The choice with what it includes and the defaults, sorted, and the rows of its options in order of groups.
    pub fn check(&self, trim_code: &str, chosen: &[String]) -> Result<(Vec<String>, Vec<option::Model>), QuoteError> {
        let codes = configuration::check(&self.ruleset(trim_code), chosen).map_err(|found| {
            let (unknown, broken): (Vec<_>, Vec<_>) =
                found.into_iter().partition(|problem| problem.kind == ProblemKind::UnknownOption);
            QuoteError::Choice {
                unknown: unknown
                    .into_iter()
                    .flat_map(|problem| problem.conflicts)
                    .map(|code| (chosen.iter().position(|other| *other == code), code))
                    .collect(),
                blocked: broken.into_iter().map(|problem| self.explain(problem)).collect(),
            }
        })?;
        let places: HashMap<OptionGroupId, usize> =
            self.groups.iter().enumerate().map(|(place, group)| (group.id, place)).collect();
        let mut options: Vec<option::Model> =
            self.options.iter().filter(|option| codes.contains(&option.code)).cloned().collect();
        options.sort_by_key(|option| places.get(&option.group_id).copied());
        Ok((codes, options))
    }

    /// A problem with the catalog's own words for it, where it has some.
    pub fn explain(&self, problem: ConfigurationProblem) -> Blocked {
        let of_group = matches!(problem.kind, ProblemKind::OneOfGroup | ProblemKind::GroupRequired);
        let (text, group) = if of_group {
            let group = self.groups.iter().find(|group| group.code == problem.rule_code);
            (None, group.map(|group| (group.name_zh.clone(), group.name_en.clone())))
        } else {
            let rule = self.rules.iter().find(|rule| rule.code == problem.rule_code);
            (rule.map(|rule| (rule.message_zh.clone(), rule.message_en.clone())), None)
        };
        Blocked { problem, text, group }
    }
}

/// Codes of all options of a trim's model, each with its group, in order of groups; one statement.
///
/// # Errors
/// When the store fails.
pub async fn options_of(
    conn: &impl ConnectionTrait,
    trim: TrimId,
) -> Result<Vec<(String, option_group::Model)>, DbErr> {
    let mut select = Query::select();
    select
        .column((option::Entity, option::Column::Code))
        .expr(Expr::cust(option_group::Model::LIST))
        .from(option::Entity)
        .inner_join(
            option_group::Entity,
            Expr::col((option_group::Entity, option_group::Column::Id))
                .equals((option::Entity, option::Column::GroupId)),
        )
        .inner_join(
            trim::Entity,
            Expr::col((trim::Entity, trim::Column::ModelId))
                .equals((option_group::Entity, option_group::Column::ModelId)),
        )
        .and_where(trim::Column::Id.eq(trim))
        .order_by((option_group::Entity, option_group::Column::Position), Order::Asc)
        .order_by((option_group::Entity, option_group::Column::Code), Order::Asc)
        .order_by((option::Entity, option::Column::Position), Order::Asc)
        .order_by((option::Entity, option::Column::Code), Order::Asc);
    let read = |row: &QueryResult| Ok((row.try_get_by(0)?, option_group::Model::read(row, 1)?));
    conn.query_all(&select).await?.iter().map(read).collect()
}

/// A trim's price in the book in force.
#[derive(Clone, Debug, FromQueryResult)]
pub struct PriceInForce {
    /// The book.
    pub price_book_id: PriceBookId,
    /// The trim.
    pub trim_id: TrimId,
    /// List price, fen.
    pub msrp_minor: i64,
    /// The brand's discount, fen.
    pub discount_minor: i64,
    /// Version of the book.
    pub price_version: i32,
}

impl PriceInForce {
    /// As the entry of its book.
    pub fn entry(&self) -> price_entry::Model {
        price_entry::Model {
            price_book_id: self.price_book_id,
            trim_id: self.trim_id,
            msrp_minor: self.msrp_minor,
            discount_minor: self.discount_minor,
        }
    }
}

/// Prices of the book in force at a moment, for a condition on `price_entry`; a select to be run or joined further.
///
/// The statement's form of [`super::rules::price::book_in_force`]: published, within its dates, the latest one.
pub fn prices_in_force(at: DateTime<Utc>) -> SelectStatement {
    let book = Query::select()
        .column((price_book::Entity, price_book::Column::Id))
        .from(price_book::Entity)
        .and_where(price_book::Column::Status.eq(PriceBookStatus::Published))
        .and_where(price_book::Column::EffectiveFrom.lte(at))
        .cond_where(
            Condition::any().add(price_book::Column::EffectiveTo.is_null()).add(price_book::Column::EffectiveTo.gt(at)),
        )
        .order_by((price_book::Entity, price_book::Column::EffectiveFrom), Order::Desc)
        .order_by((price_book::Entity, price_book::Column::PriceVersion), Order::Desc)
        .order_by((price_book::Entity, price_book::Column::Id), Order::Desc)
        .limit(1)
        .to_owned();
    Query::select()
        .columns([
            (price_entry::Entity, price_entry::Column::PriceBookId),
            (price_entry::Entity, price_entry::Column::TrimId),
            (price_entry::Entity, price_entry::Column::MsrpMinor),
            (price_entry::Entity, price_entry::Column::DiscountMinor),
        ])
        .column((price_book::Entity, price_book::Column::PriceVersion))
        .from(price_entry::Entity)
        .inner_join(
            price_book::Entity,
            Expr::col((price_book::Entity, price_book::Column::Id))
                .equals((price_entry::Entity, price_entry::Column::PriceBookId)),
        )
        .and_where(price_entry::Column::PriceBookId.in_subquery(book))
        .to_owned()
}

/// The price of one trim, if the book in force has one.
pub async fn price_in_force(
    conn: &impl ConnectionTrait,
    trim: TrimId,
    at: DateTime<Utc>,
) -> Result<Option<PriceInForce>, DbErr> {
    let select = prices_in_force(at).and_where(price_entry::Column::TrimId.eq(trim)).to_owned();
    conn.query_one(&select).await?.map(|row| PriceInForce::from_query_result(&row, "")).transpose()
}

/// The newest books that are or were in force, with what they say of a trim.
///
/// # Errors
/// When the store fails.
pub async fn books_of(conn: &impl ConnectionTrait, trim: TrimId) -> Result<Vec<Priced>, DbErr> {
    Ok(books_of_trims(conn, &[trim]).await?.remove(&trim).unwrap_or_default())
}

/// The books that were published, the newest first, at most the last hundred.
///
/// # Errors
/// When the store fails.
pub async fn published_books(conn: &impl ConnectionTrait) -> Result<Vec<price_book::Model>, DbErr> {
    price_book::Entity::find()
        .filter(price_book::Column::Status.ne(PriceBookStatus::Draft))
        .order_by_desc(price_book::Column::EffectiveFrom)
        .order_by_desc(price_book::Column::PriceVersion)
        .limit(MAX_BOOKS)
        .all(conn)
        .await
}

/// As [`books_of`], of many trims, each of them in the answer; in two statements.
///
/// # Errors
/// When the store fails.
pub async fn books_of_trims(
    conn: &impl ConnectionTrait,
    trims: &[TrimId],
) -> Result<HashMap<TrimId, Vec<Priced>>, DbErr> {
    let books = published_books(conn).await?;
    let backend = conn.get_database_backend();
    let entries = price_entry::Entity::find()
        .filter(among(backend, price_entry::Column::TrimId, trims.iter().copied()))
        .filter(among(backend, price_entry::Column::PriceBookId, books.iter().map(|book| book.id)))
        .all(conn)
        .await?;
    let said: HashMap<(PriceBookId, TrimId), (i64, i64)> = entries
        .iter()
        .map(|entry| ((entry.price_book_id, entry.trim_id), (entry.msrp_minor, entry.discount_minor)))
        .collect();
    let priced = |trim: TrimId| {
        let of = |book: &price_book::Model| (book.clone(), said.get(&(book.id, trim)).copied());
        (trim, books.iter().map(of).collect())
    };
    Ok(trims.iter().copied().map(priced).collect())
}

/// How many books are looked back through.
const MAX_BOOKS: u64 = 100;

/// The next moment at which a price book comes into force or goes out of it.
///
/// # Errors
/// When the store fails.
pub async fn next_change(conn: &impl ConnectionTrait, after: DateTime<Utc>) -> Result<Option<DateTime<Utc>>, DbErr> {
    let next = |column: price_book::Column| {
        price_book::Entity::find()
            .select_only()
            .column(column)
            .filter(price_book::Column::Status.eq(PriceBookStatus::Published))
            .filter(column.gt(after))
            .order_by_asc(column)
            .into_tuple::<DateTime<Utc>>()
    };
    let begins = next(price_book::Column::EffectiveFrom).one(conn).await?;
    let ends = next(price_book::Column::EffectiveTo).one(conn).await?;
    Ok(begins.into_iter().chain(ends).min())
}

/// The incentives whose window holds the day and whose jurisdiction may hold the city; the rules decide on the rest.
pub async fn incentives_on(
    conn: &impl ConnectionTrait,
    on: NaiveDate,
    city: &CityCode,
) -> Result<Vec<incentive::Model>, DbErr> {
    incentives_between(conn, (on, on), city).await
}

/// As [`incentives_on`], of any day between two.
async fn incentives_between(
    conn: &impl ConnectionTrait,
    (first, last): (NaiveDate, NaiveDate),
    city: &CityCode,
) -> Result<Vec<incentive::Model>, DbErr> {
    incentive::Entity::find()
        .filter(incentive::Column::StartsOn.lte(last))
        .filter(Condition::any().add(incentive::Column::EndsOn.is_null()).add(incentive::Column::EndsOn.gte(first)))
        .filter(
            Condition::any()
                .add(incentive::Column::CityCode.is_null())
                .add(incentive::Column::CityCode.starts_with(city.province())),
        )
        .order_by_asc(incentive::Column::Code)
        .all(conn)
        .await
}

/// What insuring a car at this price is likely to cost, in one statement. Nothing of an order hangs on it.
///
/// # Errors
/// When the store fails.
pub async fn insurance(
    conn: &impl ConnectionTrait,
    trim: &trim::Model,
    quote: &PriceQuote,
) -> Result<InsuranceEstimate, DbErr> {
    use insurance_rate::Column as Rate;
    let on = calendar::day(quote.at);
    let none_or = |column: Rate, other: SimpleExpr| Condition::any().add(column.is_null()).add(other);
    let province = quote.city_code.get(..2).unwrap_or_default();
    let rates = insurance_rate::Entity::find()
        .filter(Rate::StartsOn.lte(on))
        .filter(none_or(Rate::EndsOn, Rate::EndsOn.gte(on)))
        .filter(none_or(Rate::CityCode, Rate::CityCode.starts_with(province)))
        .filter(none_or(Rate::Powertrain, Rate::Powertrain.eq(trim.powertrain)))
        .all(conn)
        .await?;
    let car = Insured {
        on,
        city_code: &quote.city_code,
        powertrain: trim.powertrain,
        seats: trim.seats,
        invoice_minor: quote.breakdown.invoice_minor,
    };
    Ok(estimate(&rates, &car))
}

/// Most finance plans of one car.
const MAX_PLANS: u64 = 40;

/// The finance plans whose window holds the day, for a trim and a place that may hold the city, by code; the rules decide on
/// the rest.
pub async fn finance_plans_on(
    conn: &impl ConnectionTrait,
    on: NaiveDate,
    city: &CityCode,
    trim: &trim::Model,
) -> Result<Vec<finance_plan::Model>, DbErr> {
    use finance_plan::Column as Plan;
    let none_or = |column: Plan, other: SimpleExpr| Condition::any().add(column.is_null()).add(other);
    finance_plan::Entity::find()
        .filter(Plan::StartsOn.lte(on))
        .filter(none_or(Plan::EndsOn, Plan::EndsOn.gte(on)))
        .filter(none_or(Plan::CityCode, Plan::CityCode.starts_with(city.province())))
        .filter(none_or(Plan::TrimId, Plan::TrimId.eq(trim.id)))
        .filter(none_or(Plan::Powertrain, Plan::Powertrain.eq(trim.powertrain)))
        .order_by_asc(Plan::Code)
        .limit(MAX_PLANS)
        .all(conn)
        .await
}

/// Most packages of one car.
pub const MAX_PACKAGES: u64 = 40;

/// The packages whose window holds the day, for a trim and a place that may hold the city, by code; the rules decide on the rest.
pub async fn benefit_packages_on(
    conn: &impl ConnectionTrait,
    on: NaiveDate,
    city: &CityCode,
    trim: &trim::Model,
) -> Result<Vec<benefit_package::Model>, DbErr> {
    use benefit_package::Column as Package;
    let none_or = |column: Package, other: SimpleExpr| Condition::any().add(column.is_null()).add(other);
    benefit_package::Entity::find()
        .filter(Package::StartsOn.lte(on))
        .filter(none_or(Package::EndsOn, Package::EndsOn.gte(on)))
        .filter(none_or(Package::CityCode, Package::CityCode.starts_with(city.province())))
        .filter(none_or(Package::TrimId, Package::TrimId.eq(trim.id)))
        .filter(none_or(Package::Powertrain, Package::Powertrain.eq(trim.powertrain)))
        .order_by_asc(Package::Code)
        .limit(MAX_PACKAGES)
        .all(conn)
        .await
}
