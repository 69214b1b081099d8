//! Which store can take an order over from another one (C075; domain.md 3.5).

use entity::OrganizationId;
use entity::vocabulary::SalesModel;

/// Who sells the cars of a store, in whose name its orders and invoices are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Seller {
    Maker,
    Dealer(OrganizationId),
}

fn seller((model, of): (SalesModel, OrganizationId)) -> Seller {
    match model {
        SalesModel::Direct | SalesModel::Agency => Seller::Maker,
        SalesModel::Wholesale => Seller::Dealer(of),
    }
}

/// Whether an order goes over from one store that sells to another, each as it sells and whose it is: where one and the same sells at
/// both. The maker's own stores and its agents sell for the maker, whose stock, price and risk it is. A dealer sells in its own name what
/// it owns, so an order of one is a contract with it alone: another dealer, or the maker, is another seller. It would have to agree, and
/// to be shown another seller's customer for that; and stock, reported price and deposit stay with the first one. The customer calls the
/// order off and places one with the other seller.
pub fn goes_over(from: (SalesModel, OrganizationId), to: (SalesModel, OrganizationId)) -> bool {
    seller(from) == seller(to)
}

#[cfg(test)]
mod tests {
    use super::*;
    use SalesModel::{Agency, Direct, Wholesale};
    use proptest::prelude::*;

    #[test]
    fn an_order_stays_with_its_seller() {
        let [one, two] = [1, 2].map(|n| OrganizationId::from_parts(0, n));
        assert!(goes_over((Direct, one), (Agency, two)) && goes_over((Agency, two), (Agency, one)));
        assert!(goes_over((Wholesale, one), (Wholesale, one)), "a dealer's other store");
        assert!(!goes_over((Wholesale, one), (Wholesale, two)));
        assert!(!goes_over((Wholesale, one), (Direct, one)) && !goes_over((Agency, two), (Wholesale, two)));
    }

    proptest! {
        #[test]
        fn what_goes_over_comes_back(
            from in (proptest::sample::select(SalesModel::ALL), 0_u128..3),
            to in (proptest::sample::select(SalesModel::ALL), 0_u128..3),
        ) {
            let [from, to] = [from, to].map(|(model, of)| (model, OrganizationId::from_parts(0, of)));
            prop_assert_eq!(goes_over(from, to), goes_over(to, from));
            prop_assert!(goes_over(from, from));
        }
    }
}
