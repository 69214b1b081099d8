//! Lines are made by what happens, with it, once (C105).

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use entity::order::{order, settlement_line, settlement_rule};
use entity::place::store;
use entity::{
    LeadId, OrderId, OrderStatus, OrganizationId, SalesModel, SettlementBase, SettlementLineId, SettlementParty,
    SettlementTrigger, StoreId,
};
use futures_util::future::BoxFuture;
use sea_orm::sea_query::{Condition, OnConflict};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, IntoActiveModel, QueryFilter,
    QueryOrder,
};

use super::super::rules::amount::{due, in_force, is_of_loans};
use super::super::rules::due::{Follows, follows, goes_over};
use super::amounts::Amounts;
use crate::store::rows::{ByPlace, among};
use crate::store::{Happening, Tx};

/// Something that is settled. What it brings is read and written with the commit of the change that it is part of: one statement
/// reads the rules, and more only where these ask for it.
#[derive(Clone, Copy, Debug)]
pub enum Due {
    /// An order went on.
    Order {
        /// Whose amounts and stores count.
        of: OfOrder,
        /// What follows from its step.
        follows: Follows,
        /// When it went on, which decides about the rules.
        at: DateTime<Utc>,
    },
    /// A test drive was completed; of a lead it is settled once.
    TestDrive {
        /// Whose.
        lead: LeadId,
        /// Whose car.
        store: StoreId,
        /// When.
        at: DateTime<Utc>,
    },
}

/// What is looked at of an order.
#[derive(Clone, Copy, Debug)]
pub struct OfOrder {
    id: OrderId,
    store: StoreId,
    delivery_store: StoreId,
    sales_model: SalesModel,
    total_minor: i64,
    /// When it was placed: the rules of then hold for what goes over.
    placed_at: DateTime<Utc>,
}

impl From<&order::Model> for OfOrder {
    fn from(order: &order::Model) -> Self {
        Self {
            id: order.id,
            store: order.store_id,
            delivery_store: order.delivery_store_id,
            sales_model: order.sales_model,
            total_minor: order.total_minor,
            placed_at: order.placed_at.unwrap_or(order.created_at),
        }
    }
}

impl Due {
    /// What is settled when an order goes from one state to another.
    pub fn of_step(order: &order::Model, from: OrderStatus, to: OrderStatus, at: DateTime<Utc>) -> Option<Self> {
        let follows = follows(from, to)?;
        Some(Self::Order { of: order.into(), follows, at })
    }

    /// What is settled when other stores see to an order than before, or it is sold in another way.
    pub fn of_move(before: &order::Model, order: &order::Model, at: DateTime<Utc>) -> Option<Self> {
        let seen_to = |of: &order::Model| (of.store_id, of.delivery_store_id, of.sales_model);
        let moved = seen_to(before) != seen_to(order) && goes_over(before.status);
        moved.then(|| Self::Order { of: order.into(), follows: Follows::Moved, at })
    }

    /// The trigger whose rules make lines.
    fn trigger(&self) -> Option<SettlementTrigger> {
        match self {
            Self::TestDrive { .. } => Some(SettlementTrigger::TestDriveCompleted),
            Self::Order { follows: Follows::Lines(trigger), .. } => Some(*trigger),
            Self::Order { follows: Follows::Moved, .. } => Some(SettlementTrigger::OrderPlaced),
            Self::Order { follows: Follows::Returned, .. } => Some(SettlementTrigger::Returned),
            Self::Order { follows: Follows::TakenBack(_) | Follows::AllTakenBack, .. } => None,
        }
    }

    /// The order whose lines are taken back.
    fn taken_back(&self) -> Option<OrderId> {
        match self {
            Self::Order { follows: Follows::Lines(_), .. } | Self::TestDrive { .. } => None,
            Self::Order { of, .. } => Some(of.id),
        }
    }

    fn at(&self) -> DateTime<Utc> {
        match self {
            Self::Order { at, .. } | Self::TestDrive { at, .. } => *at,
        }
    }

    /// The moment whose rules hold.
    fn ruled_at(&self) -> DateTime<Utc> {
        match self {
            Self::Order { of, follows: Follows::Moved, .. } => of.placed_at,
            _ => self.at(),
        }
    }
}

impl Happening for Due {
    fn follow(tx: &mut Tx, happened: Vec<Self>) -> BoxFuture<'_, Result<(), DbErr>> {
        Box::pin(settle(tx, happened))
    }
}

async fn settle(tx: &mut Tx, happened: Vec<Due>) -> Result<(), DbErr> {
    let rules = rules(tx.conn(), &happened).await?;
    use SettlementBase::{ChannelPaid, LoanPrincipal, LoanSubsidy};
    let looks = |rule: &settlement_rule::Model| {
        is_of_loans(rule.item, rule.party)
            || rule.base.is_some_and(|of| matches!(of, ChannelPaid | LoanPrincipal | LoanSubsidy))
    };
    if rules.iter().any(looks) {
        // A payment or a loan of this very change counts.
        tx.flush().await?;
    }
    let orders = happened.iter().filter_map(|due| match due {
        Due::Order { of, .. } if due.trigger().is_some() => Some(of.id),
        _ => None,
    });
    let amounts = Amounts::read(tx.conn(), orders.collect(), &rules).await?;
    let models = models(tx.conn(), &happened, &rules).await?;
    let mut lines = standing(tx.conn(), happened.iter().filter_map(Due::taken_back).collect()).await?;
    let known = lines.len();
    let was: Vec<bool> = lines.iter().map(|line| line.reversed).collect();
    make(&mut lines, &happened, (&rules, &amounts, &models), tx.now());
    let made = lines.split_off(known);
    for (line, _) in lines.iter().zip(was).filter(|(line, was)| line.reversed != *was) {
        let change = settlement_line::ActiveModel { reversed: Set(true), ..Default::default() };
        tx.put_one(settlement_line::Entity::update_many().set(change).filter(settlement_line::Column::Id.eq(line.id)));
    }
    if !made.is_empty() {
        // What is there stays: of a rule and a thing one line stands.
        let once = OnConflict::new().do_nothing().to_owned();
        tx.insert_or(once, made.into_iter().map(|line| line.into_active_model().reset_all()));
    }
    Ok(())
}

/// Adds what comes of what happened, in order, to lines that are there.
fn make(
    lines: &mut Vec<settlement_line::Model>,
    happened: &[Due],
    (rules, amounts, models): (&[settlement_rule::Model], &Amounts, &HashMap<StoreId, SalesModel>),
    now: DateTime<Utc>,
) {
    for due in happened {
        let of_trigger =
            rules.iter().filter(|rule| Some(rule.trigger) == due.trigger() && in_force(rule, due.ruled_at()));
        let mut made: Vec<_> = of_trigger.filter_map(|rule| line(rule, due, amounts, models, now)).collect();
        if let Due::Order { of, follows, at } = due {
            take_back(lines, (of.id, *follows), &mut made, (*at, now));
        }
        lines.extend(made);
    }
}

/// The lines of an order whose steps, rules and amounts are at hand: for demo data.
pub fn lines_of(
    order: &order::Model,
    steps: &[(OrderStatus, OrderStatus, DateTime<Utc>)],
    rules: &[settlement_rule::Model],
    amounts: &Amounts,
) -> Vec<settlement_line::Model> {
    let happened: Vec<Due> = steps.iter().filter_map(|(from, to, at)| Due::of_step(order, *from, *to, *at)).collect();
    let mut lines = Vec::new();
    make(&mut lines, &happened, (rules, amounts, &HashMap::new()), order.updated_at);
    lines
}

/// The rules that may be in force at one of these.
async fn rules(conn: &impl ConnectionTrait, happened: &[Due]) -> Result<Vec<settlement_rule::Model>, DbErr> {
    use settlement_rule::Column as Rule;
    let making: Vec<&Due> = happened.iter().filter(|due| due.trigger().is_some()).collect();
    let triggers: BTreeSet<SettlementTrigger> = making.iter().filter_map(|due| due.trigger()).collect();
    let moments = || making.iter().map(|due| due.ruled_at());
    let (first, last) = (moments().min(), moments().max());
    let (Some(first), Some(last)) = (first, last) else { return Ok(Vec::new()) };
    settlement_rule::Entity::find()
        .filter(among(conn.get_database_backend(), Rule::Trigger, triggers))
        .filter(Rule::EffectiveFrom.lte(last))
        .filter(Condition::any().add(Rule::EffectiveTo.is_null()).add(Rule::EffectiveTo.gt(first)))
        .order_by_asc(Rule::Code)
        .by_place(conn)
        .await
}

/// How stores sell whose test drives are settled, where a rule is about these.
async fn models(
    conn: &impl ConnectionTrait,
    happened: &[Due],
    rules: &[settlement_rule::Model],
) -> Result<HashMap<StoreId, SalesModel>, DbErr> {
    let stores: BTreeSet<StoreId> = happened
        .iter()
        .filter_map(|due| match due {
            Due::TestDrive { store, .. } => Some(*store),
            Due::Order { .. } => None,
        })
        .collect();
    if stores.is_empty() || !rules.iter().any(|rule| rule.trigger == SettlementTrigger::TestDriveCompleted) {
        return Ok(HashMap::new());
    }
    let select = store::Entity::find().filter(among(conn.get_database_backend(), store::Column::Id, stores));
    Ok(select.by_place(conn).await?.into_iter().map(|row| (row.id, row.sales_model)).collect())
}

/// The lines of orders that stand. Whoever takes lines of an order back, or makes them, holds its lock.
async fn standing(conn: &impl ConnectionTrait, orders: Vec<OrderId>) -> Result<Vec<settlement_line::Model>, DbErr> {
    use settlement_line::Column as Line;
    if orders.is_empty() {
        return Ok(Vec::new());
    }
    settlement_line::Entity::find()
        .filter(among(conn.get_database_backend(), Line::OrderId, orders))
        .filter(Line::ReversesId.is_null())
        .filter(Line::Reversed.eq(false))
        .order_by_asc(Line::OccurredAt)
        .order_by_asc(Line::Id)
        .by_place(conn)
        .await
}

/// Takes the lines of an order back that stand: each by one of the same amount with the other sign, for the same party. Where the order
/// goes over to other stores, what stands of a rule for the same party stays, and is not `made` again.
fn take_back(
    lines: &mut Vec<settlement_line::Model>,
    (order, follows): (OrderId, Follows),
    made: &mut Vec<settlement_line::Model>,
    (at, now): (DateTime<Utc>, DateTime<Utc>),
) {
    let (only, trigger) = match follows {
        Follows::Lines(_) => return,
        Follows::TakenBack(trigger) => (Some(trigger), None),
        Follows::AllTakenBack => (None, None),
        Follows::Returned => (None, Some(SettlementTrigger::Returned)),
        Follows::Moved => (Some(SettlementTrigger::OrderPlaced), None),
    };
    let party = |line: &settlement_line::Model| (line.rule_id, line.store_id, line.organization_id, line.sales_model);
    let mut back = Vec::new();
    for line in lines.iter_mut() {
        let stands = line.order_id == Some(order) && line.reverses_id.is_none() && !line.reversed;
        if !stands || only.is_some_and(|only| line.trigger != Some(only)) {
            continue;
        }
        if follows == Follows::Moved
            && let Some(same) = made.iter().position(|new| party(new) == party(line))
        {
            made.remove(same);
            continue;
        }
        line.reversed = true;
        back.push(settlement_line::Model {
            id: SettlementLineId::generate(),
            statement_id: None,
            trigger: trigger.or(line.trigger),
            base_minor: line.base_minor.map(|base| -base),
            amount_minor: -line.amount_minor,
            reverses_id: Some(line.id),
            reversed: false,
            occurred_at: at,
            created_at: now,
            ..line.clone()
        });
    }
    lines.extend(back);
}

/// What a rule makes of something that happened; none where it is about other sales, nobody is there to settle with, or the amount
/// is beyond all bounds.
fn line(
    rule: &settlement_rule::Model,
    of: &Due,
    amounts: &Amounts,
    models: &HashMap<StoreId, SalesModel>,
    now: DateTime<Utc>,
) -> Option<settlement_line::Model> {
    type Party = (Option<StoreId>, Option<OrganizationId>);
    let (sales_model, party, given, order_id, lead_id): (_, Party, _, _, _) = match of {
        // A dealer passes on only what a lender is to get.
        Due::Order { of, .. } if is_of_loans(rule.item, rule.party) && amounts.lender(of.id).is_none() => return None,
        Due::Order { of, .. } => {
            let party = match rule.party {
                SettlementParty::Store => (Some(of.store), None),
                SettlementParty::DeliveryStore => (Some(of.delivery_store), None),
                SettlementParty::Lender => (None, Some(amounts.lender(of.id)?)),
                SettlementParty::Organization => (None, Some(rule.organization_id?)),
            };
            let given = rule.base.map(|base| match base {
                SettlementBase::OrderTotal => of.total_minor,
                base => amounts.of(of.id, base),
            });
            (of.sales_model, party, given, Some(of.id), None)
        }
        Due::TestDrive { lead, store, .. } => (*models.get(store)?, (Some(*store), None), None, None, Some(*lead)),
    };
    if sales_model != rule.sales_model {
        return None;
    }
    let (base_minor, amount_minor) = due(rule, given)?;
    Some(settlement_line::Model {
        id: SettlementLineId::generate(),
        statement_id: None,
        rule_id: Some(rule.id),
        store_id: party.0,
        organization_id: party.1,
        sales_model,
        item: rule.item,
        trigger: Some(rule.trigger),
        order_id,
        lead_id,
        base_minor,
        amount_minor,
        reverses_id: None,
        reversed: false,
        reason: None,
        occurred_at: of.at(),
        created_at: now,
    })
}

#[cfg(test)]
mod tests {
    use super::super::super::rules::amount::rule;
    use super::*;
    use entity::{SettlementBasis, SettlementItem};
    use proptest::prelude::*;

    fn order(total_minor: i64) -> OfOrder {
        OfOrder {
            id: OrderId::from_parts(0, 1),
            store: StoreId::from_parts(0, 1),
            delivery_store: StoreId::from_parts(0, 2),
            sales_model: SalesModel::Agency,
            total_minor,
            placed_at: DateTime::UNIX_EPOCH,
        }
    }

    fn delivered(total_minor: i64) -> Due {
        let follows = Follows::Lines(SettlementTrigger::Delivered);
        Due::Order { of: order(total_minor), follows, at: DateTime::UNIX_EPOCH }
    }

    #[test]
    fn the_service_is_the_delivering_stores_and_the_commission_the_sellers() {
        let now = DateTime::UNIX_EPOCH;
        let make = |rule: &settlement_rule::Model| {
            line(rule, &delivered(20_480_000), &Amounts::default(), &HashMap::new(), now)
        };
        let commission = make(&rule(SettlementItem::AgentCommission, SettlementBasis::Rate, 350)).unwrap();
        assert_eq!((commission.store_id, commission.amount_minor), (Some(StoreId::from_parts(0, 1)), 716_800));
        let service = settlement_rule::Model {
            party: SettlementParty::DeliveryStore,
            ..rule(SettlementItem::DeliveryServiceFee, SettlementBasis::Fixed, 80_000)
        };
        let service = make(&service).unwrap();
        assert_eq!((service.store_id, service.amount_minor), (Some(StoreId::from_parts(0, 2)), 80_000));
        let lender = settlement_rule::Model {
            party: SettlementParty::Lender,
            ..rule(SettlementItem::LenderSubsidy, SettlementBasis::Fixed, 1)
        };
        assert_eq!(make(&lender), None, "nobody lent");
        let passed_on = settlement_rule::Model { party: SettlementParty::Store, ..lender };
        assert_eq!(make(&passed_on), None, "nothing to pass on");
        let elsewhere = settlement_rule::Model {
            sales_model: SalesModel::Direct,
            ..rule(SettlementItem::Logistics, SettlementBasis::Fixed, 1)
        };
        assert_eq!(make(&elsewhere), None, "another way of selling");
    }

    #[test]
    fn what_was_earned_by_placing_goes_over_and_what_stays_the_same_stays() {
        let now = DateTime::UNIX_EPOCH;
        let of_placing =
            |rule: settlement_rule::Model| settlement_rule::Model { trigger: SettlementTrigger::OrderPlaced, ..rule };
        let rules = [
            of_placing(rule(SettlementItem::AgentCommission, SettlementBasis::Fixed, 50_000)),
            settlement_rule::Model {
                party: SettlementParty::DeliveryStore,
                ..of_placing(rule(SettlementItem::DeliveryServiceFee, SettlementBasis::Fixed, 80_000))
            },
        ];
        let due = |of, follows| Due::Order { of, follows, at: now };
        let sells_elsewhere = OfOrder { store: StoreId::from_parts(0, 3), ..order(1) };
        let not_by_agents = OfOrder { sales_model: SalesModel::Direct, ..sells_elsewhere };
        let happened = [
            due(order(1), Follows::Lines(SettlementTrigger::OrderPlaced)),
            due(sells_elsewhere, Follows::Moved),
            due(sells_elsewhere, Follows::Moved),
        ];
        let mut lines = Vec::new();
        make(&mut lines, &happened, (&rules, &Amounts::default(), &HashMap::new()), now);
        let facts = |line: &settlement_line::Model| (line.store_id, line.amount_minor, line.reversed);
        let [one, two, three] = [1, 2, 3].map(|n| Some(StoreId::from_parts(0, n)));
        assert_eq!(
            lines.iter().map(facts).collect::<Vec<_>>(),
            [(one, 50_000, true), (two, 80_000, false), (one, -50_000, false), (three, 50_000, false)]
        );
        make(&mut lines, &[due(not_by_agents, Follows::Moved)], (&rules, &Amounts::default(), &HashMap::new()), now);
        assert_eq!(
            lines.iter().map(|line| line.amount_minor).sum::<i64>(),
            0,
            "nothing is owed where nobody is an agent"
        );
    }

    proptest! {
        /// Whatever was made and taken back, what is taken back comes to nothing with what it takes back, once.
        #[test]
        fn what_is_taken_back_sums_to_nothing(
            totals in proptest::collection::vec(0_i64..100_000_000, 1..8),
            rate in 0..=10_000_i64,
            times in 1_usize..4,
        ) {
            let now = DateTime::UNIX_EPOCH;
            let rules = [
                rule(SettlementItem::AgentCommission, SettlementBasis::Rate, rate),
                rule(SettlementItem::InsurerCommission, SettlementBasis::Rate, rate),
            ];
            let mut lines = Vec::new();
            for total in totals {
                for rule in &rules {
                    lines.extend(line(rule, &delivered(total), &Amounts::default(), &HashMap::new(), now));
                }
            }
            let made = lines.len();
            for _ in 0..times {
                take_back(&mut lines, (OrderId::from_parts(0, 1), Follows::Returned), &mut Vec::new(), (now, now));
            }
            prop_assert_eq!(lines.len(), 2 * made);
            prop_assert_eq!(lines.iter().map(|line| line.amount_minor).sum::<i64>(), 0);
            for back in &lines[made..] {
                let first = lines[..made].iter().find(|line| Some(line.id) == back.reverses_id).unwrap();
                prop_assert!(first.reversed && !back.reversed);
                prop_assert_eq!(first.amount_minor, -back.amount_minor);
                prop_assert_eq!((first.store_id, first.item), (back.store_id, back.item));
            }
        }
    }
}
