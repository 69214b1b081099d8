//! Templates of milestones (C084, C092; domain.md 3.2, "Delivery milestones"): which nodes of the graph an order of a kind has, and
//! within which time each is to be reached.
//!
//! A template leaves nodes out; it never adds an edge but the one of the balance. What is left out holds up nothing: whatever came
//! before it comes before what came after it, so that the order of the rest stays, and the graph without a way back.

use entity::MilestoneTemplateId;
use entity::order::milestone_template;
use entity::values::TemplateNode;
use entity::vocabulary::{FulfillmentMode, MilestoneCode, MilestoneState, MilestoneTrack, PolicyStatus};

use super::milestone::{NODES, PlannedMilestone, ancestors, node_of};

/// Hours within which a milestone can be wanted: up to half a year.
pub const SLA_HOURS: std::ops::RangeInclusive<i32> = 1..=4_380;

/// What is wrong with a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Flaw {
    /// An order cannot do without this node.
    Missing(MilestoneCode),
    /// The node at this place is there already.
    Double(usize),
    /// The hours of the node at this place are not within [`SLA_HOURS`].
    Hours(usize),
    /// The node at this place cannot be hidden.
    Hidden(usize),
}

/// All that is wrong with the nodes of a template.
pub fn flaws(nodes: &[TemplateNode]) -> Vec<Flaw> {
    let mut flaws = Vec::new();
    for (place, node) in nodes.iter().enumerate() {
        if nodes[..place].iter().any(|before| before.code == node.code) {
            flaws.push(Flaw::Double(place));
        }
        if node.sla_hours.is_some_and(|hours| !SLA_HOURS.contains(&hours)) {
            flaws.push(Flaw::Hours(place));
        }
        if node.hidden && !may_be_hidden(node.code) {
            flaws.push(Flaw::Hidden(place));
        }
    }
    let missing = NODES.iter().filter(|node| !node.skippable && nodes.iter().all(|own| own.code != node.code));
    flaws.extend(missing.map(|node| Flaw::Missing(node.code)));
    flaws
}

/// The nodes in order of display.
pub fn in_order(mut nodes: Vec<TemplateNode>) -> Vec<TemplateNode> {
    nodes.sort_by_key(|node| NODES.iter().position(|known| known.code == node.code));
    nodes
}

/// What is built in: all nodes, shown to everybody, not watched.
pub fn built_in() -> Vec<TemplateNode> {
    let whole =
        |node: &super::milestone::Node| TemplateNode { code: node.code, hidden: false, sla_hours: None, party: None };
    NODES.iter().map(whole).collect()
}

/// The milestones of a new order by a template, in order of display. Cars from stock or pipeline have their production behind them.
pub fn planned(nodes: &[TemplateNode], mode: FulfillmentMode, balance_first: bool) -> Vec<PlannedMilestone> {
    let from_stock = matches!(mode, FulfillmentMode::BuildToStock | FulfillmentMode::LocateToOrder);
    let own = |code: MilestoneCode| nodes.iter().find(|node| node.code == code);
    (1..)
        .zip(NODES)
        .filter_map(|(position, node)| {
            let of_template = own(node.code)?;
            let skipped = from_stock && node.track == MilestoneTrack::Production;
            Some(PlannedMilestone {
                code: node.code,
                track: node.track,
                party: of_template.party.unwrap_or(node.party),
                position,
                state: if skipped { MilestoneState::Skipped } else { MilestoneState::Pending },
                after: before(node.code, balance_first, |code| own(code).is_some()),
                hidden: of_template.hidden,
                sla_hours: of_template.sla_hours,
                own_party: of_template.party.filter(|party| *party != node.party),
            })
        })
        .collect()
}

/// Direct predecessors among the nodes that are there, over those that are not, in order of display.
fn before(code: MilestoneCode, balance_first: bool, there: impl Fn(MilestoneCode) -> bool) -> Vec<MilestoneCode> {
    let all: Vec<_> = ancestors(code, balance_first).into_iter().filter(|code| there(*code)).collect();
    let implied = |code: MilestoneCode| all.iter().any(|later| ancestors(*later, balance_first).contains(&code));
    all.iter().copied().filter(|code| !implied(*code)).collect()
}

/// The milestones of an order as the graph looks at them: what its template leaves out is as what an order does without.
pub fn whole(present: &[(MilestoneCode, MilestoneState)]) -> Vec<(MilestoneCode, MilestoneState)> {
    let state =
        |code| present.iter().find(|(own, _)| *own == code).map_or(MilestoneState::Skipped, |(_, state)| *state);
    NODES.iter().map(|node| (node.code, state(node.code))).collect()
}

/// What the milestones of a new order are made from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    /// The template; none: what is built in.
    pub id: Option<MilestoneTemplateId>,
    /// See [`balance_first`].
    pub balance_first: Option<bool>,
    /// The nodes.
    pub nodes: Vec<TemplateNode>,
}

/// The pattern of a template; without one what is built in.
pub fn pattern(template: Option<&milestone_template::Model>) -> Pattern {
    match template {
        Some(found) => Pattern { id: Some(found.id), balance_first: found.balance_first, nodes: found.nodes.0.clone() },
        None => Pattern { id: None, balance_first: None, nodes: built_in() },
    }
}

/// The template in force for an order: that of its city, else that of everywhere.
pub fn in_force<'t>(
    templates: &'t [milestone_template::Model],
    mode: FulfillmentMode,
    city_code: &str,
) -> Option<&'t milestone_template::Model> {
    let fits = |template: &&milestone_template::Model| {
        template.status == PolicyStatus::Published
            && template.fulfillment_mode == mode
            && template.city_code.as_deref().is_none_or(|city| city == city_code)
    };
    templates.iter().filter(fits).max_by_key(|template| template.city_code.is_some())
}

/// Whether the balance is wanted before the car is moved: as the order's template says, else where the store that hands over has no
/// delivery centre (domain.md 3.2, `balanceBeforeShipment`).
pub fn balance_first(of_order: Option<bool>, delivery_center: bool) -> bool {
    of_order.unwrap_or(!delivery_center)
}

/// Whether customers need not be shown a node: of building the car and of its way what nothing that they are told is reckoned from.
pub fn may_be_hidden(code: MilestoneCode) -> bool {
    use MilestoneCode::{Assembly, Body, InTransit, OffLine, Paint, PartsPreparing, Scheduled};
    matches!(code, PartsPreparing | Scheduled | Body | Paint | Assembly | OffLine | InTransit)
}

/// Whether an order may do without a node.
pub fn may_be_left_out(code: MilestoneCode) -> bool {
    node_of(code).skippable
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::order::rules::milestone::{OVERTAKES, after, descendants, record, recordable};
    use MilestoneCode as Code;
    use MilestoneState::{Done, Pending, Skipped};
    use entity::values::TemplateNodes;
    use proptest::prelude::*;

    /// Templates that may be published: any of the nodes that an order may do without left out.
    fn publishable() -> impl Strategy<Value = Vec<TemplateNode>> {
        let kept = proptest::collection::vec(any::<(bool, bool, Option<u8>)>(), NODES.len());
        kept.prop_map(|kept| {
            let nodes = NODES.iter().zip(kept).filter(|(node, (kept, ..))| *kept || !node.skippable);
            nodes
                .map(|(node, (_, hidden, hours))| TemplateNode {
                    code: node.code,
                    hidden: hidden && may_be_hidden(node.code),
                    sla_hours: hours.map(|hours| i32::from(hours) + 1),
                    party: None,
                })
                .collect()
        })
    }

    fn reaches(plan: &[PlannedMilestone], from: Code, to: Code) -> bool {
        let next = |code| plan.iter().filter(move |one| one.after.contains(&code)).map(|one| one.code);
        let mut open = vec![from];
        let mut seen = Vec::new();
        while let Some(here) = open.pop() {
            for code in next(here) {
                if code == to {
                    return true;
                }
                if !seen.contains(&code) {
                    seen.push(code);
                    open.push(code);
                }
            }
        }
        false
    }

    proptest! {
        /// Whatever a template leaves out: there is no way back, all but details leads to HANDED_OVER, what came before something
        /// still does, and nothing else.
        #[test]
        fn any_template_keeps_the_order_of_what_it_has(
            nodes in publishable(),
            mode in proptest::sample::select(FulfillmentMode::ALL),
            balance_first: bool,
        ) {
            prop_assert_eq!(flaws(&nodes), []);
            let plan = planned(&nodes, mode, balance_first);
            prop_assert_eq!(plan.len(), nodes.len());
            for one in &plan {
                prop_assert!(!reaches(&plan, one.code, one.code), "{} comes before itself", one.code);
                let detail = OVERTAKES.iter().any(|(_, detail)| *detail == one.code);
                let ends = matches!(one.code, Code::HandedOver | Code::OwnershipTransferred);
                prop_assert!(detail || ends || reaches(&plan, one.code, Code::HandedOver), "{} leads nowhere", one.code);
                for other in &plan {
                    let in_graph = descendants(one.code, balance_first).contains(&other.code);
                    prop_assert_eq!(reaches(&plan, one.code, other.code), in_graph, "{} before {}", one.code, other.code);
                }
            }
        }

        /// Whoever records what can be recorded gets to the end, whatever is left out, and what is left out is never recorded.
        #[test]
        fn by_any_template_an_order_gets_to_its_end(
            nodes in publishable(),
            mode in proptest::sample::select(FulfillmentMode::ALL),
            (balance_first, choice) in any::<(bool, u64)>(),
        ) {
            let plan = planned(&nodes, mode, balance_first);
            let present: Vec<_> = plan.iter().map(|one| (one.code, one.state)).collect();
            let mut states = whole(&present);
            let mut choice = choice;
            loop {
                let open = recordable(&states, balance_first);
                let Some(code) = open.get(usize::try_from(choice % 24).unwrap() % open.len().max(1)) else { break };
                choice = choice.rotate_right(5);
                prop_assert!(nodes.iter().any(|node| node.code == *code), "{code} is not there");
                states = after(&states, &record(&states, *code, Done, balance_first).unwrap());
            }
            prop_assert!(states.iter().all(|(_, state)| matches!(state, Done | Skipped)), "{states:?}");
            prop_assert!(states.contains(&(Code::OwnershipTransferred, Done)));
        }
    }

    proptest! {
        /// What stops an order, and what its customer holds up, is the same with and without what may be hidden.
        #[test]
        fn what_is_hidden_changes_nothing_that_customers_are_told(
            mode in proptest::sample::select(FulfillmentMode::ALL),
            tries in proptest::collection::vec(proptest::sample::select(Code::ALL), 0..60),
            (balance_first, has_vehicle, on_hold) in any::<(bool, bool, bool)>(),
        ) {
            let mut states: Vec<_> = planned(&built_in(), mode, balance_first).iter().map(|one| (one.code, one.state)).collect();
            for code in tries {
                if let Ok(changes) = record(&states, code, Done, balance_first) {
                    states = after(&states, &changes);
                }
            }
            let shown: Vec<_> = states.iter().copied().filter(|(code, _)| !may_be_hidden(*code)).collect();
            let told = |states: &[(Code, MilestoneState)]| {
                let states = whole(states);
                let facts = crate::order::rules::blocking::Facts {
                    status: entity::vocabulary::OrderStatus::InFulfillment,
                    states: &states,
                    balance_first,
                    has_vehicle,
                    on_hold,
                    has_appointment: false,
                    has_open_change_request: false,
                };
                let stops = crate::order::rules::blocking::blocking(&facts);
                (stops, crate::order::rules::pause::awaits_payment(&states, balance_first))
            };
            prop_assert_eq!(told(&states), told(&shown));
        }
    }

    #[test]
    fn what_is_left_out_is_bridged() {
        let left_out = [Code::Shipped, Code::InTransit, Code::Arrived, Code::Insured];
        let nodes: Vec<_> = built_in().into_iter().filter(|node| !left_out.contains(&node.code)).collect();
        let plan = planned(&nodes, FulfillmentMode::BuildToOrder, true);
        let after = |code| plan.iter().find(|one| one.code == code).unwrap().after.clone();
        assert_eq!(after(Code::PdiDone), [Code::QualityReleased, Code::Allocated, Code::BalancePaid]);
        assert_eq!(after(Code::PlateReady), [Code::Invoiced]);
        assert_eq!(planned(&built_in(), FulfillmentMode::BuildToOrder, true).len(), NODES.len());
    }

    #[test]
    fn what_an_order_cannot_do_without_is_named() {
        let node = |code, sla_hours| TemplateNode { code, hidden: false, sla_hours, party: None };
        let mut nodes = built_in();
        nodes.retain(|node| node.code != Code::HandedOver && node.code != Code::PlateReady);
        nodes.push(node(Code::Ready, Some(0)));
        let place = nodes.len() - 1;
        assert_eq!(flaws(&nodes), [Flaw::Double(place), Flaw::Hours(place), Flaw::Missing(Code::HandedOver)]);
        assert!(may_be_left_out(Code::PlateReady) && !may_be_left_out(Code::HandedOver));
        assert_eq!(whole(&[(Code::Ready, Pending)]).iter().filter(|(_, state)| *state == Pending).count(), 1);
    }

    #[test]
    fn the_template_of_the_city_comes_before_that_of_everywhere() {
        use entity::vocabulary::FulfillmentMode::{BuildToOrder, BuildToStock};
        let template = |name: &str, city: Option<&str>, status| milestone_template::Model {
            id: MilestoneTemplateId::generate(),
            name: name.into(),
            status,
            fulfillment_mode: BuildToOrder,
            city_code: city.map(Into::into),
            balance_first: None,
            nodes: TemplateNodes(built_in()),
            changed_by: String::new(),
            changed_at: chrono::DateTime::UNIX_EPOCH,
            version: 1,
        };
        let all = [
            template("city", Some("310100"), PolicyStatus::Published),
            template("everywhere", None, PolicyStatus::Published),
            template("draft", Some("440100"), PolicyStatus::Draft),
        ];
        let found = |mode, city| in_force(&all, mode, city).map(|template| template.name.as_str());
        assert_eq!(found(BuildToOrder, "310100"), Some("city"));
        assert_eq!(found(BuildToOrder, "440100"), Some("everywhere"));
        assert_eq!(found(BuildToStock, "310100"), None);
        assert_eq!([balance_first(None, true), balance_first(None, false)], [false, true]);
        assert_eq!([balance_first(Some(true), true), balance_first(Some(false), false)], [true, false]);
    }
}
