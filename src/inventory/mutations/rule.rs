//! What the mutations of all rules of the stock share: reading what rules have in common, and their way from a draft to the
//! archive.

use async_graphql::ID;
use chrono::{DateTime, Utc};
use entity::catalog::trim;
use entity::inventory::{sort_rule, status_display, visibility_policy};
use entity::place::store;
use entity::{Codes, PolicyStatus, PrefixedId, StoreId, TrimId};
use sea_orm::{ActiveModelTrait, ColumnTrait, Condition, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder};

use super::super::rules::lifecycle::{RuleAction, move_rule};
use super::super::rules::policy::Broken;
pub use super::super::store::policy::Rule;
use super::super::store::policy::{MAX_RULES, keep};
use crate::graph::user_error::UserErrorCode;
use crate::graph::{Call, Refusal, Result, UserError};
use crate::ingest::keys::MAX_NAME;
use crate::store::page::count;
use crate::store::{Lock, Tx};
use crate::values::{machine, text};

/// Most ids of a list.
const MAX_IDS: usize = 200;

/// Reads an input and notes what is wrong with it.
pub struct Reader<'a> {
    call: &'a Call,
    /// All that is wrong.
    pub errors: Vec<UserError>,
}

impl<'a> Reader<'a> {
    /// Nothing is wrong yet.
    pub fn new(call: &'a Call) -> Self {
        Self { call, errors: Vec::new() }
    }

    /// The rule to change, with the version that the client read; none for a new one.
    pub fn subject<K: PrefixedId>(&mut self, field: &str, id: Option<&ID>, version: Option<i32>) -> Option<(K, i32)> {
        let id = id?;
        let required = UserErrorCode::Required;
        let version = version.or_else(|| {
            self.errors.push(UserError::coded(self.call, required, "expectedVersion", "required", &[]));
            None
        });
        let id = UserError::parse_id(self.call, field, id).map_err(|error| self.errors.push(error)).ok();
        id.zip(version)
    }

    /// A name.
    pub fn name(&mut self, given: &str) -> String {
        text::line(given, MAX_NAME).unwrap_or_else(|invalid| {
            self.errors.push(UserError::refused(self.call, "name", invalid));
            String::new()
        })
    }

    /// Stores that there are.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn stores(&mut self, given: Option<&[ID]>) -> Result<Codes> {
        let ids: Vec<(usize, StoreId)> = self.ids("storeIds", given);
        let found = store::Entity::find().filter(store::Column::Id.is_in(ids.iter().map(|(_, id)| *id)));
        let known = if ids.is_empty() { Vec::new() } else { found.all(self.call.db()).await? };
        Ok(self.known("storeIds", ids, |id| known.iter().any(|row| row.id == id)))
    }

    /// Trims that there are.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn trims(&mut self, given: Option<&[ID]>) -> Result<Codes> {
        let ids: Vec<(usize, TrimId)> = self.ids("trimIds", given);
        let found = trim::Entity::find().filter(trim::Column::Id.is_in(ids.iter().map(|(_, id)| *id)));
        let known = if ids.is_empty() { Vec::new() } else { found.all(self.call.db()).await? };
        Ok(self.known("trimIds", ids, |id| known.iter().any(|row| row.id == id)))
    }

    fn ids<K: PrefixedId>(&mut self, field: &str, given: Option<&[ID]>) -> Vec<(usize, K)> {
        let given = given.unwrap_or_default();
        if given.len() > MAX_IDS {
            let max = [("max", i64::try_from(MAX_IDS).unwrap_or(i64::MAX).into())];
            self.errors.push(UserError::invalid(self.call, field, "too-many-ids", &max));
            return Vec::new();
        }
        let mut ids = Vec::new();
        for (place, id) in given.iter().enumerate() {
            match UserError::parse_id(self.call, &format!("{field}.{place}"), id) {
                Ok(id) => ids.push((place, id)),
                Err(error) => self.errors.push(error),
            }
        }
        ids
    }

    fn known<K: PrefixedId>(&mut self, field: &str, ids: Vec<(usize, K)>, known: impl Fn(K) -> bool) -> Codes {
        for (place, id) in &ids {
            if !known(*id) {
                self.errors.push(UserError::not_found(self.call, &format!("{field}.{place}")));
            }
        }
        words(Some(ids.into_iter().map(|(_, id)| id).collect()))
    }

    /// What a rule breaks.
    pub fn broken(&mut self, broken: Vec<Broken>) {
        for one in broken {
            let bounds = one.bounds.map(|(min, max)| [("min", i64::from(min).into()), ("max", i64::from(max).into())]);
            let code = if one.rule == "required" { UserErrorCode::Required } else { UserErrorCode::Invalid };
            let args = bounds.as_ref().map_or(&[][..], |bounds| &bounds[..]);
            self.errors.push(UserError::coded(self.call, code, &one.field, one.rule, args));
        }
    }
}

/// Words as they are kept: each once, in order of their spelling.
pub fn words<T: ToString>(given: Option<Vec<T>>) -> Codes {
    let mut words: Vec<String> = given.unwrap_or_default().iter().map(ToString::to_string).collect();
    words.sort_unstable();
    words.dedup();
    Codes(words)
}

/// A rule that is a draft at first.
pub trait Staged: Rule + IntoActiveModel<<Self::Entity as EntityTrait>::ActiveModel> {
    /// The column of its state.
    const STATUS: <Self::Entity as EntityTrait>::Column;

    /// How it stands.
    fn status(&self) -> PolicyStatus;

    /// The same in another state, under its next version.
    fn moved(self, status: PolicyStatus, actor: String, now: DateTime<Utc>) -> Self;
}

impl Staged for visibility_policy::Model {
    const STATUS: visibility_policy::Column = visibility_policy::Column::Status;

    fn status(&self) -> PolicyStatus {
        self.status
    }

    fn moved(self, status: PolicyStatus, actor: String, now: DateTime<Utc>) -> Self {
        Self { status, changed_by: Some(actor), changed_at: Some(now), version: self.version + 1, ..self }
    }
}

impl Staged for sort_rule::Model {
    const STATUS: sort_rule::Column = sort_rule::Column::Status;

    fn status(&self) -> PolicyStatus {
        self.status
    }

    fn moved(self, status: PolicyStatus, actor: String, now: DateTime<Utc>) -> Self {
        Self { status, changed_by: actor, changed_at: now, version: self.version + 1, ..self }
    }
}

impl Staged for status_display::Model {
    const STATUS: status_display::Column = status_display::Column::Status;

    fn status(&self) -> PolicyStatus {
        self.status
    }

    fn moved(self, status: PolicyStatus, actor: String, now: DateTime<Utc>) -> Self {
        Self { status, changed_by: actor, changed_at: now, version: self.version + 1, ..self }
    }
}

/// Locks the rule that the client has read.
pub async fn lock<M: Rule>(tx: &Tx, call: &Call, field: &str, (id, expected): (M::Id, i32)) -> Result<M, Refusal> {
    let [column, ..] = M::COLUMNS;
    let found = Lock::row(M::Entity::find().filter(column.eq(id.uuid()))).take(tx.conn()).await?;
    let row = found.ok_or_else(|| UserError::not_found(call, field))?;
    if row.version() == expected { Ok(row) } else { Err(UserError::version(call, id, row.version()).into()) }
}

/// Refuses another name than the rule has.
pub fn check_name<M: Rule>(call: &Call, before: &M, name: &str) -> Result<(), UserError> {
    if before.name() == name { Ok(()) } else { Err(UserError::invalid(call, "name", "rule-name-stays", &[])) }
}

/// Writes a rule, or refuses a name that another has.
pub async fn written<M>(tx: &Tx, call: &Call, before: Option<&M>, row: M) -> Result<M::Id, Refusal>
where
    M: Rule + IntoActiveModel<<M::Entity as EntityTrait>::ActiveModel>,
    <M::Entity as EntityTrait>::ActiveModel: ActiveModelTrait<Entity = M::Entity> + Send,
{
    let id = row.id();
    if keep(tx, before, row).await? {
        return Ok(id);
    }
    Err(UserError::coded(call, UserErrorCode::Duplicate, "name", "rule-name-taken", &[]).into())
}

/// The state after a step.
pub fn step(call: &Call, from: PolicyStatus, action: RuleAction) -> Result<PolicyStatus, UserError> {
    move_rule(from, action).map_err(|illegal| {
        UserError::transition(call, from, machine::code(&action), illegal.allowed.iter().map(machine::code))
    })
}

/// Puts a draft in force, and takes the one out of it whose place it takes. The draft, before and after, is checked by `fits`.
pub async fn publish<M>(
    tx: &Tx,
    call: &Call,
    field: &str,
    (id, expected): (M::Id, i32),
    replaces: Option<M::Id>,
    fits: impl Fn(&M) -> Result<(), UserError>,
) -> Result<M::Id, Refusal>
where
    M: Staged,
    <M::Entity as EntityTrait>::ActiveModel: ActiveModelTrait<Entity = M::Entity> + Send,
{
    let [column, ..] = M::COLUMNS;
    // Both in the order of their ids, whoever replaces whom.
    let wanted = [Some(id), replaces].into_iter().flatten().map(PrefixedId::uuid);
    let rows = Lock::row(M::Entity::find().filter(column.is_in(wanted)).order_by_asc(column)).all(tx.conn()).await?;
    let find = |id: M::Id| rows.iter().find(|row| row.id() == id);
    let draft = find(id).ok_or_else(|| UserError::not_found(call, field))?;
    if draft.version() != expected {
        return Err(UserError::version(call, id, draft.version()).into());
    }
    let status = step(call, draft.status(), RuleAction::Publish)?;
    fits(draft)?;
    let actor = || call.viewer.actor();
    if let Some(replaces) = replaces {
        let before = find(replaces).filter(|row| row.status() == PolicyStatus::Published);
        let before = before.ok_or_else(|| UserError::not_found(call, "replacesId"))?;
        let after = before.clone().moved(step(call, before.status(), RuleAction::Archive)?, actor(), tx.now());
        written(tx, call, Some(before), after).await?;
    }
    let published = Condition::all().add(M::STATUS.eq(PolicyStatus::Published));
    if count::<M>(tx.conn(), published).await? >= MAX_RULES {
        let max = [("max", MAX_RULES.into())];
        return Err(UserError::coded(call, UserErrorCode::LimitReached, field, "rules-many", &max).into());
    }
    written(tx, call, Some(draft), draft.clone().moved(status, actor(), tx.now())).await
}

/// Takes a rule out of use.
pub async fn archive<M>(tx: &Tx, call: &Call, field: &str, read: (M::Id, i32)) -> Result<M::Id, Refusal>
where
    M: Staged,
    <M::Entity as EntityTrait>::ActiveModel: ActiveModelTrait<Entity = M::Entity> + Send,
{
    let before: M = lock(tx, call, field, read).await?;
    let status = step(call, before.status(), RuleAction::Archive)?;
    let after = before.clone().moved(status, call.viewer.actor(), tx.now());
    written(tx, call, Some(&before), after).await
}
