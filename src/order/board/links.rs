//! How templates are found by id.

use entity::MilestoneTemplateId;
use entity::order::milestone_template;

use super::policy;
use super::types::MilestoneTemplate;
use crate::graph::relation::one;

one! {
    /// Templates by id.
    MilestoneTemplateById: MilestoneTemplateId => milestone_template.Id as MilestoneTemplate,
        |call| policy::templates(&call.viewer).or_nothing(),
        |_call, row| Some(MilestoneTemplate(row));
}
