//! A price for a choice, or why there is none.

use chrono::{DateTime, Utc};
use entity::catalog::{benefit_package, option};
use entity::{BenefitPackageId, Locale, TrimId};
use sea_orm::DbErr;

use super::rules::benefit::{BenefitProblem, MAX_BENEFITS};
use super::rules::configuration::ConfigurationProblem;
use super::rules::price::PriceBreakdown;
use super::store::MAX_CHOSEN;
use crate::graph::call::CallState;
use crate::graph::text::text;
use crate::graph::user_error::{ConfigurationBlocked, UserErrorCode, path};
use crate::graph::{Error, Refusal, UserError};
use crate::values::error::Invalid;

/// A choice that was checked and priced.
#[derive(Clone, Debug)]
pub struct PriceQuote {
    /// The trim.
    pub trim_id: TrimId,
    /// The choice with what it includes and the defaults, sorted.
    pub option_codes: Vec<String>,
    /// The rows of these options, in order of groups.
    pub options: Vec<option::Model>,
    /// The packages that were chosen.
    pub benefits: Vec<benefit_package::Model>,
    /// City of registration, a county's code rolled up.
    pub city_code: String,
    /// Days that the options add to the build.
    pub lead_time_days: i32,
    /// Version of the price book.
    pub price_version: i32,
    /// The price, line by line.
    pub breakdown: PriceBreakdown,
    /// The moment it holds for.
    pub at: DateTime<Utc>,
    /// Until when it is held for who keeps its token.
    pub holds_until: DateTime<Utc>,
}

impl PriceQuote {
    /// The packages that were chosen, sorted.
    pub fn benefit_ids(&self) -> Vec<BenefitPackageId> {
        let mut ids: Vec<_> = self.benefits.iter().map(|package| package.id).collect();
        ids.sort();
        ids
    }
}

/// Why there is no price.
#[derive(Debug)]
pub enum QuoteError {
    /// The city code breaks a rule.
    City(Invalid),
    /// More options than [`MAX_CHOSEN`].
    TooMany,
    /// More packages than [`MAX_BENEFITS`].
    TooManyBenefits,
    /// What is wrong with the packages.
    Benefits(Vec<BenefitProblem>),
    /// The choice cannot be had; at least one list has something.
    Choice {
        /// Codes that the model does not have, with their place in the choice unless a rule brought them in.
        unknown: Vec<(Option<usize>, String)>,
        /// Rules that were broken.
        blocked: Vec<Blocked>,
    },
    /// The book in force has no price for the trim.
    NoPrice,
    /// The store failed.
    Failed(DbErr),
}

/// A broken rule and the words for it.
#[derive(Clone, Debug)]
pub struct Blocked {
    /// What is wrong.
    pub problem: ConfigurationProblem,
    /// The rule's own text, Chinese and English.
    pub text: Option<(String, String)>,
    /// Name of the group, when it is the group's choice that is wrong.
    pub group: Option<(String, String)>,
}

/// What the list of chosen packages is called, in every input and argument.
const BENEFITS: &str = "benefitPackageIds";

/// Where the parts of a choice stand in an input, as dotted paths.
#[derive(Clone, Copy, Debug)]
pub struct Fields {
    /// Of the trim.
    pub trim: &'static str,
    /// Of the options.
    pub options: &'static str,
    /// Of the city.
    pub city: &'static str,
    /// Whether `options` is the list itself, so that an option at fault is named by its index.
    pub listed: bool,
}

impl Fields {
    /// An input with `trimId`, `optionCodes` and `cityCode`.
    pub const CHOICE: Self = Self { trim: "trimId", options: "optionCodes", city: "cityCode", listed: true };
    /// An input with `configurationId` and `cityCode`.
    pub const CONFIGURATION: Self =
        Self { trim: "configurationId", options: "configurationId", city: "cityCode", listed: false };
}

impl Blocked {
    /// What to tell the user.
    pub fn message(&self, locale: Locale) -> String {
        let pick = |(zh, en): &(String, String)| match locale {
            Locale::ZhCn => zh.clone(),
            Locale::En => en.clone(),
        };
        if let Some(own) = &self.text {
            return pick(own);
        }
        let problem = &self.problem;
        let args = [
            ("group", self.group.as_ref().map_or_else(|| problem.rule_code.clone(), pick).into()),
            ("options", problem.conflicts.join(", ").into()),
            ("wanted", problem.wanted.join(", ").into()),
        ];
        text(locale, problem.kind.message_key(), &args)
    }
}

fn messages(blocked: &[Blocked], locale: Locale) -> String {
    blocked.iter().map(|one| one.message(locale)).collect::<Vec<_>>().join(" ")
}

impl QuoteError {
    /// As a mutation's refusal, with every error of the choice.
    pub fn refusal(self, call: &CallState, fields: Fields) -> Refusal {
        match self {
            Self::City(invalid) => UserError::refused(call, fields.city, invalid).into(),
            Self::TooMany => {
                UserError::invalid(call, fields.options, "too-many-options", &[("max", (MAX_CHOSEN as i64).into())])
                    .into()
            }
            Self::TooManyBenefits => {
                let max = [("max", (MAX_BENEFITS as i64).into())];
                UserError::invalid(call, BENEFITS, "too-many-benefits", &max).into()
            }
            Self::Benefits(problems) => {
                let error = |problem: BenefitProblem| {
                    let field = format!("{BENEFITS}.{}", problem.at());
                    match problem {
                        BenefitProblem::NotOffered { .. } => {
                            UserError::coded(call, UserErrorCode::NotEligible, &field, "benefit-not-offered", &[])
                        }
                        BenefitProblem::Twice { .. } => {
                            UserError::coded(call, UserErrorCode::Duplicate, &field, "benefit-twice", &[])
                        }
                        BenefitProblem::OneOfGroup { group, .. } => {
                            let group = [("group", group.into())];
                            UserError::coded(call, UserErrorCode::NotEligible, &field, "benefit-one-of-group", &group)
                        }
                    }
                };
                problems.into_iter().map(error).collect::<Vec<_>>().into()
            }
            Self::NoPrice => UserError::coded(call, UserErrorCode::NotEligible, fields.trim, "no-price", &[]).into(),
            Self::Failed(error) => error.into(),
            Self::Choice { unknown, blocked } => {
                let mut errors: Vec<UserError> = unknown
                    .into_iter()
                    .map(|(place, code)| {
                        let field = match place {
                            Some(place) if fields.listed => format!("{}.{place}", fields.options),
                            _ => fields.options.to_owned(),
                        };
                        let key = "configuration-unknown-option";
                        UserError::invalid(call, &field, key, &[("options", code.into())])
                    })
                    .collect();
                if !blocked.is_empty() {
                    let mut conflicts: Vec<String> =
                        blocked.iter().flat_map(|one| one.problem.conflicts.iter().cloned()).collect();
                    conflicts.sort();
                    conflicts.dedup();
                    errors.push(UserError::Configuration(ConfigurationBlocked {
                        code: UserErrorCode::ConfigurationBlocked,
                        message: messages(&blocked, call.locale),
                        field: path(fields.options.split('.')),
                        rule_codes: blocked.into_iter().map(|one| one.problem.rule_code).collect(),
                        conflicts,
                    }));
                }
                errors.into()
            }
        }
    }

    /// As the error of a query, naming the argument and the rule.
    pub fn error(self, call: &CallState, fields: Fields) -> Error {
        match self {
            Self::City(invalid) => Error::argument(fields.city, invalid.rule),
            Self::TooMany => Error::argument(fields.options, "too-many-options").with("max", MAX_CHOSEN as i64),
            Self::NoPrice => Error::argument(fields.trim, "no-price"),
            Self::TooManyBenefits => Error::argument(BENEFITS, "too-many-benefits").with("max", MAX_BENEFITS as i64),
            Self::Benefits(problems) => {
                let at = problems.first().map(BenefitProblem::at).unwrap_or_default();
                let argument = format!("{BENEFITS}.{at}");
                match problems.into_iter().next() {
                    Some(BenefitProblem::Twice { .. }) => Error::argument(argument, "benefit-twice"),
                    Some(BenefitProblem::OneOfGroup { group, .. }) => {
                        Error::argument(argument, "benefit-one-of-group").with("group", group)
                    }
                    Some(BenefitProblem::NotOffered { .. }) | None => Error::argument(argument, "benefit-not-offered"),
                }
            }
            Self::Failed(error) => error.into(),
            Self::Choice { unknown, blocked } => match unknown.into_iter().next() {
                Some((place, code)) => {
                    let argument = match place {
                        Some(place) if fields.listed => format!("{}.{place}", fields.options),
                        _ => fields.options.to_owned(),
                    };
                    Error::argument(argument, "configuration-unknown-option").with("options", code)
                }
                None => {
                    let rules: Vec<_> = blocked.iter().map(|one| one.problem.rule_code.as_str()).collect();
                    Error::argument(fields.options, "configuration-blocked")
                        .with("rules", rules.join(", "))
                        .with("message", messages(&blocked, call.locale))
                }
            },
        }
    }
}

impl From<DbErr> for QuoteError {
    fn from(error: DbErr) -> Self {
        Self::Failed(error)
    }
}
