//! To which store a lead goes, and whether it may (domain.md C020, 3.2; PIPL 23).

use entity::ids::StoreId;
use entity::vocabulary::SalesModel;

use crate::values::city_code::CityCode;
use crate::values::geo::Point;

/// Width of the rings of distance in which stores count as equally near, so that load can decide (D).
pub const RING_KM: f64 = 5.0;

/// The person has not agreed that a dealer gets their data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("needs the consent SHARE_WITH_DEALER")]
pub struct ConsentRequired;

/// Whether a store of this model is another controller of personal data than the car maker, so that giving it a lead
/// needs the separate consent `SHARE_WITH_DEALER` (PIPL 23). Only DIRECT stores belong to the maker.
pub fn needs_dealer_consent(model: SalesModel) -> bool {
    model != SalesModel::Direct
}

/// Whether a lead may be given to a store of this model.
///
/// # Errors
/// [`ConsentRequired`] if the store is not the maker's own and the person has not agreed.
pub fn check(model: SalesModel, shares_with_dealer: bool) -> Result<(), ConsentRequired> {
    if needs_dealer_consent(model) && !shares_with_dealer { Err(ConsentRequired) } else { Ok(()) }
}

/// A store that could take the lead.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Candidate {
    /// The store.
    pub store_id: StoreId,
    /// Who runs it.
    pub sales_model: SalesModel,
    /// Where it is.
    pub city: CityCode,
    /// Where exactly.
    pub location: Point,
    /// Leads it is working on.
    pub open_leads: u32,
}

/// What is known about where the person is and wants to go.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Wish {
    /// The lead's city.
    pub city: CityCode,
    /// The person's place if shared, else the city's centre.
    pub from: Point,
    /// A store the person chose.
    pub preferred: Option<StoreId>,
    /// Whether `SHARE_WITH_DEALER` is in force.
    pub shares_with_dealer: bool,
}

/// Why no store was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unrouted {
    /// There are stores, but none may have the lead without the consent.
    #[error("every store needs the consent SHARE_WITH_DEALER")]
    ConsentRequired,
    /// There is no store.
    #[error("there is no store")]
    NoStore,
}

/// The store a lead goes to: the one the person chose, else a store of the same city before others, then the nearest
/// by rings of 5 km, then the one with fewest open leads, then the nearest, then the smallest id. Stores that may not
/// have the lead are passed over, so a person who has not agreed gets the maker's own.
///
/// # Errors
/// [`Unrouted`]
pub fn route(candidates: &[Candidate], wish: &Wish) -> Result<StoreId, Unrouted> {
    let rank = |store: &Candidate| {
        let km = wish.from.distance_km(store.location);
        let ring = (km / RING_KM).floor();
        (Some(store.store_id) != wish.preferred, store.city != wish.city, ring, store.open_leads, km, store.store_id)
    };
    candidates
        .iter()
        .filter(|store| check(store.sales_model, wish.shares_with_dealer).is_ok())
        .map(rank)
        .min_by(|a, b| {
            (a.0, a.1)
                .cmp(&(b.0, b.1))
                .then(a.2.total_cmp(&b.2))
                .then(a.3.cmp(&b.3))
                .then(a.4.total_cmp(&b.4))
                .then(a.5.cmp(&b.5))
        })
        .map(|best| best.5)
        .ok_or(if candidates.is_empty() { Unrouted::NoStore } else { Unrouted::ConsentRequired })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn id(n: u128) -> StoreId {
        StoreId::from_parts(1, n)
    }

    fn store(n: u128, sales_model: SalesModel, city: &str, lat: f64, open_leads: u32) -> Candidate {
        let location = Point::new(lat, 121.47).unwrap();
        Candidate { store_id: id(n), sales_model, city: CityCode::parse(city).unwrap(), location, open_leads }
    }

    fn wish(shares_with_dealer: bool) -> Wish {
        let city = CityCode::parse("310100").unwrap();
        Wish { city, from: Point::new(31.23, 121.47).unwrap(), preferred: None, shares_with_dealer }
    }

    #[test]
    fn only_the_makers_own_store_needs_no_consent() {
        for (model, shares, ok) in [
            (SalesModel::Direct, false, true),
            (SalesModel::Agency, false, false),
            (SalesModel::Wholesale, false, false),
            (SalesModel::Agency, true, true),
            (SalesModel::Wholesale, true, true),
        ] {
            assert_eq!(check(model, shares).is_ok(), ok, "{model} {shares}");
        }
    }

    #[test]
    fn a_much_nearer_store_wins_over_an_idle_one() {
        let stores =
            [store(1, SalesModel::Direct, "310100", 31.40, 0), store(2, SalesModel::Direct, "310100", 31.24, 50)];
        assert_eq!(route(&stores, &wish(false)), Ok(id(2)));
    }

    #[test]
    fn within_one_ring_the_load_decides() {
        let stores =
            [store(1, SalesModel::Direct, "310100", 31.235, 9), store(2, SalesModel::Direct, "310100", 31.255, 3)];
        assert_eq!(route(&stores, &wish(false)), Ok(id(2)));
    }

    #[test]
    fn the_same_city_goes_before_distance_and_the_persons_choice_before_all() {
        let stores =
            [store(1, SalesModel::Direct, "320500", 31.25, 0), store(2, SalesModel::Direct, "310100", 31.60, 9)];
        assert_eq!(route(&stores, &wish(false)), Ok(id(2)));
        assert_eq!(route(&stores, &Wish { preferred: Some(id(1)), ..wish(false) }), Ok(id(1)));
    }

    #[test]
    fn without_consent_a_farther_store_of_the_maker_takes_the_lead() {
        let stores =
            [store(1, SalesModel::Agency, "310100", 31.23, 0), store(2, SalesModel::Direct, "320500", 31.30, 9)];
        assert_eq!(route(&stores, &wish(false)), Ok(id(2)));
        assert_eq!(route(&stores, &wish(true)), Ok(id(1)));
        assert_eq!(route(&stores[..1], &wish(false)), Err(Unrouted::ConsentRequired));
        assert_eq!(route(&[], &wish(true)), Err(Unrouted::NoStore));
    }

    prop_compose! {
        fn any_store()(n in 1u128..9, model in prop::sample::select(SalesModel::ALL), lat in 30.0..32.0f64,
            city in prop::sample::select(&["310100", "320500"][..]), load in 0u32..9) -> Candidate {
            store(n, model, city, lat, load)
        }
    }

    proptest! {
        #[test]
        fn the_route_is_permitted_and_does_not_hang_on_the_order(
            mut stores in prop::collection::vec(any_store(), 0..8), shares in any::<bool>(),
        ) {
            stores.sort_by_key(|s| s.store_id);
            stores.dedup_by_key(|s| s.store_id);
            let found = route(&stores, &wish(shares));
            if let Ok(store_id) = found {
                let chosen = stores.iter().find(|s| s.store_id == store_id).unwrap();
                prop_assert!(check(chosen.sales_model, shares).is_ok());
            }
            stores.reverse();
            prop_assert_eq!(route(&stores, &wish(shares)), found);
        }
    }
}
