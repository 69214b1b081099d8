//! `contractTemplatePublish` (C070): the next version of what contracts are drawn up from.

use std::collections::BTreeSet;

use async_graphql::{Context, SimpleObject};
use entity::order::contract_template;
use entity::{Clause, ClauseOption, Clauses, ContractTemplateId};
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter, QueryOrder,
    TryInsertResult,
};
use serde::{Deserialize, Serialize};

use super::super::inputs::{ContractClauseInput, ContractTemplatePublishInput};
use super::super::links::ContractTemplateById;
use super::super::policy;
use super::super::types::ContractTemplate;
use super::bad_text;
use crate::graph::user_error::UserErrorCode;
use crate::graph::write::{Key, write};
use crate::graph::{Call, CallExt, Refusal, Result, UserError};
use crate::store::Tx;
use crate::values::error::Invalid;
use crate::values::text;

/// Most codes, as many as are listed.
const MAX_CODES: u64 = 10;

/// Most clauses of a template, and most options of a clause.
const MAX_CLAUSES: usize = 30;
const MAX_OPTIONS: usize = 6;

/// Most characters of a code, a heading, and what is agreed.
const MAX_CODE: u32 = 40;
const MAX_TITLE: u32 = 100;
const MAX_TEXT: u32 = 4000;

/// What came of it.
#[derive(SimpleObject)]
pub struct ContractTemplatePublishPayload {
    /// The version that was published.
    pub template: Option<ContractTemplate>,
    /// What the user can put right.
    pub user_errors: Vec<UserError>,
}

#[derive(Serialize, Deserialize)]
struct Outcome {
    template: ContractTemplateId,
}

pub async fn run(ctx: &Context<'_>, input: ContractTemplatePublishInput) -> Result<ContractTemplatePublishPayload> {
    let call = ctx.call();
    policy::publishes_templates(&call.viewer).or_refuse(&call.viewer)?;
    let key = Key::new(ctx, &input.idempotency_key, &input);
    let written = match read(call, &input) {
        Ok(row) => {
            let expected = input.expected_version;
            write(ctx, Some(key), move |tx, call| Box::pin(publish(tx, call, row, expected))).await?
        }
        Err(errors) => Err(errors),
    };
    let (template, user_errors) = match written {
        Ok(outcome) => (call.link::<ContractTemplateById>().one(outcome.template).await?, Vec::new()),
        Err(errors) => (None, errors),
    };
    Ok(ContractTemplatePublishPayload { template, user_errors })
}

/// The version as it is said, with every error at once.
fn read(call: &Call, input: &ContractTemplatePublishInput) -> Result<contract_template::Model, Vec<UserError>> {
    let mut errors = Vec::new();
    let mut take = |field: &str, parsed: Result<String, Invalid>, max: u32| match parsed {
        Ok(text) => text,
        Err(invalid) => {
            errors.push(bad_text(call, field, invalid, max));
            String::new()
        }
    };
    let code = take("code", code(&input.code), MAX_CODE);
    let name_zh = take("nameZh", text::line(&input.name_zh, MAX_TITLE), MAX_TITLE);
    let name_en = take("nameEn", text::line(&input.name_en, MAX_TITLE), MAX_TITLE);
    let mut clauses = Vec::new();
    for (place, clause) in input.clauses.iter().enumerate() {
        clauses.push(read_clause(place, clause, &mut take));
    }
    let several = |field: String, key: &str, max: usize| {
        UserError::invalid(call, &field, key, &[("max", i64::try_from(max).unwrap_or(i64::MAX).into())])
    };
    if clauses.is_empty() || clauses.len() > MAX_CLAUSES {
        errors.push(several("clauses".into(), "contract-clauses", MAX_CLAUSES));
    }
    let mut known = BTreeSet::new();
    for (place, clause) in clauses.iter().enumerate() {
        let mut options = BTreeSet::new();
        if !known.insert(&clause.code) {
            errors.push(several(format!("clauses.{place}.code"), "contract-code-twice", 1));
        }
        if clause.options.len() > MAX_OPTIONS {
            errors.push(several(format!("clauses.{place}.options"), "contract-options", MAX_OPTIONS));
        }
        if clause.options.iter().any(|option| !options.insert(&option.code)) {
            errors.push(several(format!("clauses.{place}.options"), "contract-code-twice", 1));
        }
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    Ok(contract_template::Model {
        id: ContractTemplateId::generate(),
        code,
        template_version: 0,
        name_zh,
        name_en,
        sales_model: input.sales_model,
        clauses: Clauses(clauses),
        published_by: call.viewer.actor(),
        published_at: call.now,
    })
}

fn read_clause(
    place: usize,
    clause: &ContractClauseInput,
    take: &mut impl FnMut(&str, Result<String, Invalid>, u32) -> String,
) -> Clause {
    let at = |name: &str| format!("clauses.{place}.{name}");
    let options = clause.options.iter().enumerate().map(|(option_place, option)| {
        let at = |name: &str| format!("clauses.{place}.options.{option_place}.{name}");
        ClauseOption {
            code: take(&at("code"), code(&option.code), MAX_CODE),
            text_zh: take(&at("textZh"), text::note(&option.text_zh, MAX_TEXT), MAX_TEXT),
            text_en: take(&at("textEn"), text::note(&option.text_en, MAX_TEXT), MAX_TEXT),
        }
    });
    let options = options.collect();
    Clause {
        code: take(&at("code"), code(&clause.code), MAX_CODE),
        title_zh: take(&at("titleZh"), text::line(&clause.title_zh, MAX_TITLE), MAX_TITLE),
        title_en: take(&at("titleEn"), text::line(&clause.title_en, MAX_TITLE), MAX_TITLE),
        text_zh: take(&at("textZh"), text::note(&clause.text_zh, MAX_TEXT), MAX_TEXT),
        text_en: take(&at("textEn"), text::note(&clause.text_en, MAX_TEXT), MAX_TEXT),
        options,
    }
}

/// A code: capital letters, digits, and `_` or `-`.
pub(super) fn code(given: &str) -> Result<String, Invalid> {
    let code = text::line(given, MAX_CODE)?;
    let fits = code.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || b"_-".contains(&byte));
    if fits { Ok(code) } else { Err(Invalid::rule("code")) }
}

async fn publish(
    tx: &mut Tx,
    call: &Call,
    row: contract_template::Model,
    expected_version: i32,
) -> Result<Outcome, Refusal> {
    use contract_template::Column as Template;
    let before = contract_template::Entity::find()
        .filter(Template::Code.eq(&row.code))
        .order_by_desc(Template::TemplateVersion)
        .one(tx.conn())
        .await?;
    let version = before.as_ref().map_or(0, |before| before.template_version);
    if before.is_none() {
        let codes = contract_template::Entity::find().filter(Template::TemplateVersion.eq(1)).count(tx.conn()).await?;
        if codes >= MAX_CODES {
            let code = UserErrorCode::LimitReached;
            return Err(UserError::coded(call, code, "code", "contract-templates", &[]).into());
        }
    }
    let conflict = |version| {
        let id = before.as_ref().map_or_else(String::new, |before| before.id.to_string());
        UserError::version(call, id, version)
    };
    if version != expected_version {
        return Err(conflict(version).into());
    }
    let row = contract_template::Model { template_version: version + 1, published_at: tx.now(), ..row };
    let template = row.id;
    let known = OnConflict::columns([Template::Code, Template::TemplateVersion]).do_nothing().to_owned();
    let inserted = contract_template::Entity::insert(row.into_active_model().reset_all())
        .on_conflict(known)
        .try_insert()
        .exec_without_returning(tx.conn())
        .await?;
    if !matches!(inserted, TryInsertResult::Inserted(rows) if rows > 0) {
        // Somebody has published at this very moment.
        return Err(conflict(version + 1).into());
    }
    Ok(Outcome { template })
}
