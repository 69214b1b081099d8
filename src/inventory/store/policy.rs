//! Where rules of the stock are kept: one way for operators and for the systems that write them (C095, C096). They are read with
//! each request, so what is written counts in every process from the next one on.

use entity::inventory::{alert_rule, sort_rule, status_display, visibility_policy};
use entity::{Columns, PrefixedId, SortRuleId, StatusDisplayId, StockAlertRuleId, VisibilityPolicyId};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveModelTrait, ColumnTrait, DbErr, EntityTrait, IntoActiveModel, QueryFilter, TryInsertResult};

use crate::store::Tx;

/// Most rules of a kind that operators put in force: each request reads them.
pub const MAX_RULES: i64 = 50;

/// A rule that is known by its name and grows by versions.
pub trait Rule: Columns + Clone + Send + Sync {
    /// Its table.
    type Entity: EntityTrait<Model = Self>;
    /// How it is named.
    type Id: PrefixedId;
    /// Its id, name and version.
    const COLUMNS: [<Self::Entity as EntityTrait>::Column; 3];

    /// Its id.
    fn id(&self) -> Self::Id;
    /// Its name.
    fn name(&self) -> &str;
    /// Its version.
    fn version(&self) -> i32;
}

macro_rules! rules {
    ($($module:ident: $id:ty),*) => {
        $(
            impl Rule for $module::Model {
                type Entity = $module::Entity;
                type Id = $id;
                const COLUMNS: [$module::Column; 3] =
                    [$module::Column::Id, $module::Column::Name, $module::Column::Version];

                fn id(&self) -> $id {
                    self.id
                }

                fn name(&self) -> &str {
                    &self.name
                }

                fn version(&self) -> i32 {
                    self.version
                }
            }
        )*
    };
}

rules!(
    visibility_policy: VisibilityPolicyId,
    sort_rule: SortRuleId,
    alert_rule: StockAlertRuleId,
    status_display: StatusDisplayId
);

/// Writes a new rule, or, where `before` is locked, the same rule anew under the version that `row` says. At once, since the next
/// events of a system read it. False when another of this name is there.
///
/// # Errors
/// When the store fails.
pub async fn keep<M>(tx: &Tx, before: Option<&M>, row: M) -> Result<bool, DbErr>
where
    M: Rule + IntoActiveModel<<M::Entity as EntityTrait>::ActiveModel>,
    <M::Entity as EntityTrait>::ActiveModel: ActiveModelTrait<Entity = M::Entity> + Send,
{
    let [id, name, version] = M::COLUMNS;
    let active = row.into_active_model().reset_all();
    let Some(before) = before else {
        let inserted = M::Entity::insert(active)
            .on_conflict(OnConflict::column(name).do_nothing().to_owned())
            .try_insert()
            .exec_without_returning(tx.conn())
            .await?;
        return Ok(matches!(inserted, TryInsertResult::Inserted(rows) if rows > 0));
    };
    let changed = M::Entity::update_many()
        .set(active)
        .filter(id.eq(before.id().uuid()))
        .filter(version.eq(before.version()))
        .exec(tx.conn())
        .await?;
    if changed.rows_affected == 1 { Ok(true) } else { Err(DbErr::RecordNotUpdated) }
}
