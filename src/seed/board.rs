//! Templates of milestones (C084, C092), and where the orders of the demo stand by them.

use chrono::{DateTime, TimeDelta, Utc};
use entity::order::{milestone, milestone_template};
use entity::{
    FulfillmentMode, MilestoneCode, MilestoneTemplateId, OrderStatus, Party, PolicyStatus, TemplateNode, TemplateNodes,
};

use super::batch::Batch;
use crate::order::rules::standing::{Standing, follow, standing, stands};
use crate::order::rules::template::built_in;

/// Within how many hours a milestone is to be reached once those before it are; invented. What has none is not watched.
const HOURS: &[(MilestoneCode, i32)] = {
    use MilestoneCode::*;
    &[
        (ConfigLocked, 72),
        (ContractSigned, 72),
        (Allocated, 240),
        (BalancePaid, 120),
        (Scheduled, 720),
        (OffLine, 240),
        (QualityReleased, 72),
        (Shipped, 72),
        (Arrived, 240),
        (PdiDone, 48),
        (Invoiced, 48),
        (Insured, 72),
        (PlateReady, 96),
        (Ready, 24),
        (AppointmentSet, 48),
        (HandedOver, 120),
        (OwnershipTransferred, 72),
    ]
};

/// Hours of a milestone.
pub(super) fn sla_hours(code: MilestoneCode) -> Option<i32> {
    HOURS.iter().find(|(of, _)| *of == code).map(|(_, hours)| *hours)
}

/// The template of a kind of order.
pub(super) fn template_id(mode: FulfillmentMode) -> MilestoneTemplateId {
    MilestoneTemplateId::from_parts(0, mode as u128 + 1)
}

/// One in force for each kind of order, and a draft for a city that is far from everything.
pub(super) fn build(today: DateTime<Utc>, batch: &mut Batch) {
    let changed_at = today - TimeDelta::days(400);
    let node = |node: TemplateNode| TemplateNode { sla_hours: sla_hours(node.code), ..node };
    let nodes: Vec<TemplateNode> = built_in().into_iter().map(node).collect();
    let row = |id, name: &str, mode, nodes| milestone_template::Model {
        id,
        name: name.into(),
        status: PolicyStatus::Published,
        fulfillment_mode: mode,
        city_code: None,
        balance_first: None,
        nodes: TemplateNodes(nodes),
        changed_by: "system".into(),
        changed_at,
        version: 2,
    };
    for (mode, name) in [
        (FulfillmentMode::BuildToStock, "From stock"),
        (FulfillmentMode::LocateToOrder, "From elsewhere"),
        (FulfillmentMode::BuildToOrder, "Built to order"),
    ] {
        batch.milestone_templates.push(row(template_id(mode), name, mode, nodes.clone()));
    }
    let far = nodes.into_iter().filter(|node| node.code != MilestoneCode::InTransit).map(|node| match node.code {
        MilestoneCode::Arrived => TemplateNode { sla_hours: Some(400), party: Some(Party::Oem), ..node },
        // The plant's own business.
        MilestoneCode::PartsPreparing => TemplateNode { hidden: true, ..node },
        _ => node,
    });
    batch.milestone_templates.push(milestone_template::Model {
        status: PolicyStatus::Draft,
        city_code: Some("650100".into()),
        balance_first: Some(true),
        version: 1,
        ..row(
            MilestoneTemplateId::from_parts(0, 9),
            "Built to order, Urumqi",
            FulfillmentMode::BuildToOrder,
            far.collect(),
        )
    });
}

/// Notes until when an order's milestones are to be reached, and answers where it stands.
pub(super) fn stand(
    rows: &mut [milestone::Model],
    status: OrderStatus,
    (balance_first, since): (bool, DateTime<Utc>),
) -> Option<Standing> {
    if !stands(status) {
        return None;
    }
    follow(rows, balance_first, since);
    standing(rows)
}
