//! What a rule makes of an order, fen (C104; domain.md 3.5). An amount is positive where the car maker owes the party, and
//! negative where the party owes the car maker.

use chrono::{DateTime, Utc};
use entity::order::settlement_rule;
use entity::vocabulary::{
    SalesModel, SettlementBase, SettlementBasis, SettlementItem, SettlementParty, SettlementTrigger,
};
use rust_decimal::Decimal;

use crate::values::money::round_half_up;

/// Highest rate, basis points: all of the amount.
pub const MAX_RATE_BP: i32 = 10_000;

/// Highest fixed amount, fen; invented.
pub const MAX_FIXED_MINOR: i64 = 10_000_000_000;

/// Who pays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Payer {
    /// The car maker pays the party.
    Maker,
    /// The party pays the car maker.
    Party,
}

/// Who pays for an item; none of what puts a statement right, which goes either way.
pub const fn payer(item: SettlementItem) -> Option<Payer> {
    use SettlementItem as I;
    match item {
        I::PaymentChannelFee
        | I::Logistics
        | I::LenderSubsidy
        | I::AgentCommission
        | I::DeliveryServiceFee
        | I::DemoCarFee
        | I::Rebate
        | I::PriceProtection => Some(Payer::Maker),
        I::InsurerCommission | I::WholesalePrice | I::TransferFee => Some(Payer::Party),
        I::Adjustment => None,
    }
}

/// What is settled where cars are sold so (domain.md 3.5): an agent's matters are those of direct sales and more. A dealer's
/// customers borrow at the car maker's lower rates too ("subsidy pass-through").
pub const fn items(of: SalesModel) -> &'static [SettlementItem] {
    use SettlementItem as I;
    match of {
        SalesModel::Direct => &[I::PaymentChannelFee, I::Logistics, I::LenderSubsidy, I::InsurerCommission],
        SalesModel::Agency => &[
            I::PaymentChannelFee,
            I::Logistics,
            I::LenderSubsidy,
            I::InsurerCommission,
            I::AgentCommission,
            I::DeliveryServiceFee,
            I::DemoCarFee,
        ],
        SalesModel::Wholesale => &[I::WholesalePrice, I::Rebate, I::PriceProtection, I::TransferFee, I::LenderSubsidy],
    }
}

/// Parties with whom a rule can settle: a test drive has no order, so no lender and no delivery. A loan's subsidy is its lender's once
/// the car is handed over; where a dealer sells, the car maker pays the lender or the dealer, who passes it on (domain.md 3.5).
pub const fn parties(of: SettlementTrigger, item: SettlementItem, model: SalesModel) -> &'static [SettlementParty] {
    use SettlementParty as P;
    match of {
        SettlementTrigger::TestDriveCompleted | SettlementTrigger::OrderPlaced if is_subsidy(item) => &[],
        SettlementTrigger::Delivered | SettlementTrigger::Returned if is_subsidy(item) => match model {
            SalesModel::Direct | SalesModel::Agency => &[P::Lender],
            SalesModel::Wholesale => &[P::Lender, P::Store],
        },
        SettlementTrigger::TestDriveCompleted => &[P::Store],
        SettlementTrigger::OrderPlaced => &[P::Store, P::Organization],
        SettlementTrigger::Delivered | SettlementTrigger::Returned => {
            &[P::Store, P::DeliveryStore, P::Lender, P::Organization]
        }
    }
}

/// Amounts of which a rule of this trigger can take a share: what is settled about when it happens.
pub const fn bases(of: SettlementTrigger) -> &'static [SettlementBase] {
    use SettlementBase as B;
    match of {
        SettlementTrigger::TestDriveCompleted => &[],
        SettlementTrigger::OrderPlaced => &[B::OrderTotal, B::ListPrice],
        SettlementTrigger::Delivered | SettlementTrigger::Returned => {
            &[B::OrderTotal, B::ListPrice, B::ChannelPaid, B::LoanPrincipal, B::LoanSubsidy]
        }
    }
}

const fn is_subsidy(item: SettlementItem) -> bool {
    matches!(item, SettlementItem::LenderSubsidy)
}

/// Whether a rule is about a loan: an order without one has no line by it.
pub const fn is_of_loans(item: SettlementItem, party: SettlementParty) -> bool {
    is_subsidy(item) || matches!(party, SettlementParty::Lender)
}

/// What names a rule through all its versions: two rules of one name would settle the same thing twice. So the subsidy of a dealer's
/// loan is one rule, whichever of the two gets it.
pub fn code(
    model: SalesModel,
    item: SettlementItem,
    trigger: SettlementTrigger,
    party: SettlementParty,
    organization: Option<impl ToString>,
) -> String {
    if is_subsidy(item) && model == SalesModel::Wholesale {
        return format!("{model}/{item}/{trigger}");
    }
    let mut code = format!("{model}/{item}/{trigger}/{party}");
    if let Some(organization) = organization {
        code = format!("{code}/{}", organization.to_string());
    }
    code
}

/// Whether a rule is in force at a moment.
pub fn in_force(rule: &settlement_rule::Model, at: DateTime<Utc>) -> bool {
    rule.effective_from <= at && rule.effective_to.is_none_or(|end| at < end)
}

/// So many basis points of an amount, HALF_UP to the fen; none beyond the range.
pub fn share(base_minor: i64, rate_bp: i32) -> Option<i64> {
    let base = Decimal::new(base_minor, 2);
    round_half_up(base.checked_mul(Decimal::new(i64::from(rate_bp), 4))?)
}

/// What a rule makes: the amount of which it takes a share, where it does, and what is due, signed. None for a rate whose amount
/// is not `given`, and beyond the range.
pub fn due(rule: &settlement_rule::Model, given: Option<i64>) -> Option<(Option<i64>, i64)> {
    let (base, amount) = match rule.basis {
        SettlementBasis::Fixed => (None, rule.amount_minor?),
        SettlementBasis::Rate => (Some(given?), share(given?, rule.rate_bp?)?),
    };
    Some((base, signed(rule.item, amount)))
}

/// An amount under the sign of its item.
pub fn signed(item: SettlementItem, amount_minor: i64) -> i64 {
    match payer(item) {
        Some(Payer::Party) => -amount_minor,
        Some(Payer::Maker) | None => amount_minor,
    }
}

/// A rule for tests.
#[cfg(test)]
pub fn rule(item: SettlementItem, basis: SettlementBasis, figure: i64) -> settlement_rule::Model {
    let fixed = basis == SettlementBasis::Fixed;
    settlement_rule::Model {
        id: entity::SettlementRuleId::from_parts(0, 1),
        code: "test".into(),
        rule_version: 1,
        sales_model: SalesModel::Agency,
        item,
        trigger: SettlementTrigger::Delivered,
        party: SettlementParty::Store,
        organization_id: None,
        basis,
        amount_minor: fixed.then_some(figure),
        base: (!fixed).then_some(SettlementBase::OrderTotal),
        rate_bp: (!fixed).then(|| i32::try_from(figure).unwrap()),
        effective_from: DateTime::UNIX_EPOCH,
        effective_to: None,
        published_by: "test".into(),
        published_at: DateTime::UNIX_EPOCH,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn half_a_fen_is_one() {
        // 3.5 % of 204 800.00; 2.25 % of 0.20 is half a fen; 0.38 % of 1 234.56 is 4.691328.
        assert_eq!(share(20_480_000, 350), Some(716_800));
        assert_eq!(share(20, 250), Some(1));
        assert_eq!(share(20, 249), Some(0));
        assert_eq!(share(123_456, 38), Some(469));
        assert_eq!(share(-20, 250), Some(-1));
        assert_eq!(share(0, 10_000), Some(0));
    }

    #[test]
    fn a_dealer_pays_for_the_car_and_an_agent_is_paid() {
        let of = |item, basis, figure, given| due(&rule(item, basis, figure), given);
        use SettlementBasis::{Fixed, Rate};
        assert_eq!(
            of(SettlementItem::WholesalePrice, Rate, 9_300, Some(20_480_000)),
            Some((Some(20_480_000), -19_046_400))
        );
        assert_eq!(of(SettlementItem::AgentCommission, Rate, 350, Some(20_480_000)), Some((Some(20_480_000), 716_800)));
        assert_eq!(of(SettlementItem::DeliveryServiceFee, Fixed, 80_000, None), Some((None, 80_000)));
        assert_eq!(of(SettlementItem::InsurerCommission, Fixed, 30_000, None), Some((None, -30_000)));
        assert_eq!(of(SettlementItem::AgentCommission, Rate, 350, None), None);
    }

    #[test]
    fn every_item_but_an_adjustment_is_somebodys_and_belongs_somewhere() {
        let models = [SalesModel::Direct, SalesModel::Agency, SalesModel::Wholesale];
        for item in SettlementItem::ALL {
            let known = models.iter().any(|model| items(*model).contains(item));
            assert_eq!(payer(*item).is_some(), *item != SettlementItem::Adjustment, "{item}");
            assert_eq!(known, *item != SettlementItem::Adjustment, "{item}");
        }
        assert!(items(SalesModel::Direct).iter().all(|item| items(SalesModel::Agency).contains(item)));
    }

    #[test]
    fn a_subsidy_is_the_lenders_and_a_dealer_may_pass_it_on_once() {
        use SettlementParty::{DeliveryStore, Lender, Organization, Store};
        use SettlementTrigger::{Delivered, OrderPlaced, Returned, TestDriveCompleted};
        let subsidy = SettlementItem::LenderSubsidy;
        for model in SalesModel::ALL.iter().copied() {
            assert!(items(model).contains(&subsidy), "{model}");
            let expected: &[_] = if model == SalesModel::Wholesale { &[Lender, Store] } else { &[Lender] };
            for trigger in [Delivered, Returned] {
                assert_eq!(parties(trigger, subsidy, model), expected, "{model} {trigger}");
            }
            for trigger in [OrderPlaced, TestDriveCompleted] {
                assert_eq!(parties(trigger, subsidy, model), &[] as &[SettlementParty], "{model} {trigger}");
            }
            let rebate = SettlementItem::Rebate;
            assert_eq!(parties(Delivered, rebate, model), &[Store, DeliveryStore, Lender, Organization]);
        }
        let name = |model, party| code(model, subsidy, Delivered, party, None::<String>);
        assert_eq!(name(SalesModel::Direct, Lender), "DIRECT/LENDER_SUBSIDY/DELIVERED/LENDER");
        assert_eq!(name(SalesModel::Wholesale, Lender), "WHOLESALE/LENDER_SUBSIDY/DELIVERED");
        assert_eq!(name(SalesModel::Wholesale, Store), name(SalesModel::Wholesale, Lender));
    }

    #[test]
    fn a_version_ends_where_the_next_begins() {
        let at = |hours| DateTime::UNIX_EPOCH + chrono::TimeDelta::hours(hours);
        let before = settlement_rule::Model {
            effective_to: Some(at(5)),
            ..rule(SettlementItem::Rebate, SettlementBasis::Fixed, 1)
        };
        let next = settlement_rule::Model { effective_from: at(5), effective_to: None, ..before.clone() };
        for hours in -1..10 {
            let forces = [&before, &next].into_iter().filter(|rule| in_force(rule, at(hours))).count();
            assert_eq!(forces, usize::from(hours >= 0), "{hours}");
        }
    }

    proptest! {
        #[test]
        fn a_share_is_within_half_a_fen_of_the_exact_one(base in -100_000_000_000_i64..100_000_000_000, bp in 0..=MAX_RATE_BP) {
            let found = i128::from(share(base, bp).unwrap()) * 10_000;
            let exact = i128::from(base) * i128::from(bp);
            prop_assert!((found - exact).abs() <= 5_000);
            // Half is away from zero, so a share and its opposite come out at nothing.
            prop_assert_eq!(share(-base, bp).unwrap(), -share(base, bp).unwrap());
            if (exact.abs() % 10_000) == 5_000 {
                prop_assert_eq!((found - exact).abs(), 5_000);
                prop_assert!(found.abs() > exact.abs());
            }
        }

        #[test]
        fn the_sign_is_the_items(
            item in proptest::sample::select(SettlementItem::ALL),
            base in 0_i64..100_000_000_000,
            bp in 0..=MAX_RATE_BP,
        ) {
            let (_, amount) = due(&rule(item, SettlementBasis::Rate, i64::from(bp)), Some(base)).unwrap();
            match payer(item) {
                Some(Payer::Party) => prop_assert!(amount <= 0),
                Some(Payer::Maker) | None => prop_assert!(amount >= 0),
            }
            prop_assert!(amount.abs() <= base);
        }
    }
}
