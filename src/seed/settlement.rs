//! What the demo's car maker settles with its parties (C104, C105). The figures are invented.

use std::collections::BTreeMap;

use chrono::{DateTime, Months, NaiveDate, TimeDelta, Utc};
use entity::order::{order, payment, settlement_event, settlement_line, settlement_rule, settlement_statement};
use entity::{
    OrderStatus, PaymentState, PrefixedId, PriceLineKind, SalesModel, SettlementBase, SettlementBasis, SettlementItem,
    SettlementLineId, SettlementParty, SettlementState, SettlementTrigger,
};

use super::batch::Batch;
use super::demo_people;
use super::dice::Dice;
use super::world::Generator;
use crate::order::settlement::rules::amount::code;
use crate::order::settlement::rules::period;
use crate::order::settlement::{Amounts, CHANNELS, lines_of};

/// Months before the one of today, from which on there are rules: longer than any order of the demo has been handed over.
const MONTHS: u32 = 12;

struct RuleRow {
    model: SalesModel,
    item: SettlementItem,
    trigger: SettlementTrigger,
    party: SettlementParty,
    /// Fen, or basis points of an amount.
    figure: (Option<SettlementBase>, i32),
    /// Only from today on: the demo's loans are older than their rules.
    new: bool,
}

const RULES: &[RuleRow] = {
    use SettlementBase::{ChannelPaid, ListPrice, LoanSubsidy, OrderTotal};
    use SettlementItem as I;
    use SettlementParty::{DeliveryStore, Lender, Store};
    use SettlementTrigger::{Delivered, OrderPlaced, TestDriveCompleted};
    const fn rule(
        model: SalesModel,
        item: SettlementItem,
        trigger: SettlementTrigger,
        party: SettlementParty,
        figure: (Option<SettlementBase>, i32),
    ) -> RuleRow {
        let new = matches!(party, Lender);
        RuleRow { model, item, trigger, party, figure, new }
    }
    use SalesModel::{Agency, Direct, Wholesale};
    &[
        rule(Direct, I::PaymentChannelFee, Delivered, Store, (Some(ChannelPaid), 38)),
        rule(Direct, I::Logistics, Delivered, DeliveryStore, (None, 180_000)),
        rule(Direct, I::LenderSubsidy, Delivered, Lender, (Some(LoanSubsidy), 10_000)),
        rule(Agency, I::AgentCommission, OrderPlaced, Store, (None, 50_000)),
        rule(Agency, I::AgentCommission, Delivered, Store, (Some(OrderTotal), 350)),
        rule(Agency, I::DeliveryServiceFee, Delivered, DeliveryStore, (None, 80_000)),
        rule(Agency, I::DemoCarFee, TestDriveCompleted, Store, (None, 12_000)),
        rule(Agency, I::LenderSubsidy, Delivered, Lender, (Some(LoanSubsidy), 10_000)),
        rule(Wholesale, I::WholesalePrice, Delivered, Store, (Some(ListPrice), 9_300)),
        rule(Wholesale, I::Rebate, Delivered, Store, (Some(OrderTotal), 150)),
        rule(Wholesale, I::TransferFee, Delivered, Store, (None, 150_000)),
        rule(Wholesale, I::LenderSubsidy, Delivered, Lender, (Some(LoanSubsidy), 10_000)),
    ]
};

/// Dice of its own, so that what came before it stays as it is.
pub(super) fn build(seed: u64, today: DateTime<Utc>, batch: &mut Batch) {
    let mut dice = Dice::new(seed.wrapping_add(0x51));
    let first = period::of(today).checked_sub_months(Months::new(MONTHS)).unwrap_or(NaiveDate::MIN);
    let (since, _) = period::bounds(first);
    for row in RULES {
        let (base, figure) = row.figure;
        let effective_from = if row.new { today } else { since };
        batch.settlement_rules.push(settlement_rule::Model {
            id: dice.id(),
            code: code(row.model, row.item, row.trigger, row.party, None::<String>),
            rule_version: 1,
            sales_model: row.model,
            item: row.item,
            trigger: row.trigger,
            party: row.party,
            organization_id: None,
            basis: if base.is_some() { SettlementBasis::Rate } else { SettlementBasis::Fixed },
            amount_minor: base.is_none().then_some(i64::from(figure)),
            base,
            rate_bp: base.map(|_| figure),
            effective_from,
            effective_to: None,
            published_by: "system".into(),
            published_at: effective_from,
        });
    }
}

impl Generator<'_> {
    /// The lines of an order. Ids come from dice of its own, so that what others draw stays as it is.
    pub(super) fn settle(
        &mut self,
        row: &order::Model,
        ended_at: Option<DateTime<Utc>>,
        payments: &[payment::Model],
        batch: &mut Batch,
    ) {
        use OrderStatus::{CancellationRequested, Cancelled, Delivered, Draft, Placed, ReadyForDelivery};
        use OrderStatus::{ReturnRequested, Returned};
        let placed = row.placed_at.map(|at| (Draft, Placed, at));
        let delivered = row.delivered_at.map(|at| (ReadyForDelivery, Delivered, at));
        let ended = match row.status {
            Cancelled if placed.is_some() => ended_at.map(|at| (CancellationRequested, Cancelled, at)),
            Returned => ended_at.map(|at| (ReturnRequested, Returned, at)),
            _ => None,
        };
        let steps: Vec<_> = [placed, delivered, ended].into_iter().flatten().collect();
        let own = batch.price_lines.iter().rev().take_while(|line| line.order_id == row.id);
        let listed = own.filter(|line| matches!(line.kind, PriceLineKind::Msrp | PriceLineKind::Option));
        let list_minor = listed.map(|line| line.amount_minor).sum();
        let here = |row: &&payment::Model| {
            matches!(row.state, PaymentState::Captured | PaymentState::PartiallyRefunded)
                && CHANNELS.contains(&row.method)
        };
        let channel_minor = payments.iter().filter(here).map(|row| row.amount_minor - row.refunded_minor).sum();
        let amounts = Amounts::known(row.id, list_minor, channel_minor);
        let made = lines_of(row, &steps, &self.settlement_rules, &amounts);

        let mut dice = Dice::new(row.id.uuid().as_u64_pair().1 ^ 0x51);
        let ids: BTreeMap<SettlementLineId, SettlementLineId> = made.iter().map(|line| (line.id, dice.id())).collect();
        for line in made {
            let line = settlement_line::Model {
                id: ids.get(&line.id).copied().unwrap_or(line.id),
                reverses_id: line.reverses_id.and_then(|of| ids.get(&of).copied()),
                created_at: line.occurred_at,
                ..line
            };
            if line.store_id == Some(demo_people().store) {
                self.settled.push(line);
            } else {
                batch.settlement_lines.push(line);
            }
        }
    }

    /// The statements of the demo's own store: one of each month that is over and has lines, the last one waiting for its manager, those
    /// before paid. What the month of today has brought is on none.
    pub(super) fn statements(&mut self, batch: &mut Batch) {
        let mut dice = Dice::new(0x52);
        let this_month = period::of(self.today);
        let mut months: BTreeMap<(SalesModel, NaiveDate), Vec<settlement_line::Model>> = BTreeMap::new();
        for line in std::mem::take(&mut self.settled) {
            months.entry((line.sales_model, period::of(line.occurred_at))).or_default().push(line);
        }
        let last = months.keys().map(|(_, month)| *month).filter(|month| *month < this_month).max();
        for ((sales_model, month), mut lines) in months {
            if month < this_month {
                let (_, end) = period::bounds(month);
                let steps: &[SettlementState] = if Some(month) == last {
                    &[SettlementState::Draft, SettlementState::Issued]
                } else {
                    use SettlementState::{Confirmed, Draft, Invoiced, Issued, Paid};
                    &[Draft, Issued, Confirmed, Invoiced, Paid]
                };
                let statement = statement((sales_model, month, end), steps, &lines, self.today, &mut dice);
                for line in &mut lines {
                    line.statement_id = Some(statement.id);
                }
                history(&statement, steps, end, self.today, &mut dice, batch);
                batch.settlement_statements.push(statement);
            }
            batch.settlement_lines.extend(lines);
        }
    }
}

/// When a step was taken: one each day from the end of the month on.
fn moment(end: DateTime<Utc>, step: usize, today: DateTime<Utc>) -> DateTime<Utc> {
    let days = i64::try_from(step).unwrap_or_default();
    (end + TimeDelta::hours(2) + TimeDelta::days(days)).min(today)
}

fn statement(
    (sales_model, month, end): (SalesModel, NaiveDate, DateTime<Utc>),
    steps: &[SettlementState],
    lines: &[settlement_line::Model],
    today: DateTime<Utc>,
    dice: &mut Dice,
) -> settlement_statement::Model {
    let last = steps.len() - 1;
    let paid = steps[last] == SettlementState::Paid;
    let number = period::text(month).replace('-', "");
    settlement_statement::Model {
        id: dice.id(),
        store_id: Some(demo_people().store),
        organization_id: None,
        sales_model,
        period: month,
        state: steps[last],
        total_minor: lines.iter().map(|line| line.amount_minor).sum(),
        line_count: i32::try_from(lines.len()).unwrap_or(i32::MAX),
        adjustment_count: 0,
        dispute_reason: None,
        invoice_number: paid.then(|| format!("FP{number}001")),
        payment_reference: paid.then(|| format!("BK{number}001")),
        version: i32::try_from(steps.len()).unwrap_or(1),
        issued_at: Some(moment(end, 1, today)),
        created_at: moment(end, 0, today),
        updated_at: moment(end, last, today),
    }
}

fn history(
    statement: &settlement_statement::Model,
    steps: &[SettlementState],
    end: DateTime<Utc>,
    today: DateTime<Utc>,
    dice: &mut Dice,
    batch: &mut Batch,
) {
    for (place, to) in steps.iter().enumerate() {
        let people = demo_people();
        let actor = if *to == SettlementState::Confirmed { people.manager } else { people.operator };
        let note = match to {
            SettlementState::Invoiced => statement.invoice_number.clone(),
            SettlementState::Paid => statement.payment_reference.clone(),
            _ => None,
        };
        batch.settlement_events.push(settlement_event::Model {
            id: dice.id(),
            statement_id: statement.id,
            from_state: place.checked_sub(1).map(|before| steps[before]),
            to_state: *to,
            actor: actor.to_string(),
            note,
            occurred_at: moment(end, place, today),
        });
    }
}
