//! Packages that are to be had with a car, and which of them go together (C053, C069). Nothing is chosen unless somebody chooses it:
//! bundles that are ticked before are forbidden [LAW-ECOM19].

use chrono::NaiveDate;
use entity::BenefitPackageId;
use entity::catalog::{benefit_package, trim};

use super::incentive::covers;

/// Most packages that are chosen with a car.
pub const MAX_BENEFITS: usize = 10;

/// Whether a package is to be had on a day, for a trim that is registered in a city.
pub fn offered(package: &benefit_package::Model, on: NaiveDate, city_code: &str, trim: &trim::Model) -> bool {
    package.starts_on <= on
        && package.ends_on.is_none_or(|end| on <= end)
        && package.city_code.as_deref().is_none_or(|code| covers(code, city_code))
        && package.powertrain.is_none_or(|powertrain| powertrain == trim.powertrain)
        && package.trim_id.is_none_or(|id| id == trim.id)
}

/// What is wrong with a choice; `at` is the place in it, from zero.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BenefitProblem {
    /// Not to be had with this car, there, on that day.
    NotOffered { at: usize },
    /// Chosen before.
    Twice { at: usize },
    /// Of its group another one was chosen before.
    OneOfGroup { at: usize, group: String },
}

impl BenefitProblem {
    /// Its place in the choice, from zero.
    pub fn at(&self) -> usize {
        match self {
            Self::NotOffered { at } | Self::Twice { at } | Self::OneOfGroup { at, .. } => *at,
        }
    }
}

/// The packages of a choice, in its order. `offered` are those that are to be had.
///
/// # Errors
/// Everything that is wrong with it.
pub fn choose<'p>(
    offered: &'p [benefit_package::Model],
    chosen: &[BenefitPackageId],
) -> Result<Vec<&'p benefit_package::Model>, Vec<BenefitProblem>> {
    let mut taken: Vec<&benefit_package::Model> = Vec::new();
    let mut problems = Vec::new();
    for (at, id) in chosen.iter().enumerate() {
        let Some(package) = offered.iter().find(|package| package.id == *id) else {
            problems.push(BenefitProblem::NotOffered { at });
            continue;
        };
        let same_group = |other: &&benefit_package::Model| {
            other.exclusive_group.is_some() && other.exclusive_group == package.exclusive_group
        };
        if taken.iter().any(|other| other.id == *id) {
            problems.push(BenefitProblem::Twice { at });
        } else if taken.iter().any(same_group) {
            let group = package.exclusive_group.clone().unwrap_or_default();
            problems.push(BenefitProblem::OneOfGroup { at, group });
        } else {
            taken.push(package);
        }
    }
    if problems.is_empty() { Ok(taken) } else { Err(problems) }
}

/// What can be had of packages that were chosen before, in their order: those of them that [`choose`] finds nothing wrong with, at most as
/// many as may be chosen.
pub fn left_of(offered: &[benefit_package::Model], before: &[BenefitPackageId]) -> Vec<BenefitPackageId> {
    let wrong: Vec<usize> = match choose(offered, before) {
        Ok(_) => Vec::new(),
        Err(problems) => problems.iter().map(BenefitProblem::at).collect(),
    };
    let left = before.iter().enumerate().filter(|(at, _)| !wrong.contains(at)).map(|(_, id)| *id);
    left.take(MAX_BENEFITS).collect()
}

#[cfg(test)]
mod tests {
    use entity::vocabulary::Powertrain;
    use entity::{BenefitItems, BenefitKind, TrimId};
    use proptest::prelude::*;

    use super::*;
    use crate::catalog::rules::price::tests::trim;

    fn day(day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 11, day).unwrap()
    }

    fn id(n: u128) -> BenefitPackageId {
        BenefitPackageId::from_parts(0, n)
    }

    fn package(n: u128, group: Option<u8>) -> benefit_package::Model {
        benefit_package::Model {
            id: id(n),
            code: format!("P{n}"),
            kind: BenefitKind::Charging,
            name_zh: "充电".into(),
            name_en: "Charging".into(),
            terms_zh: "首任车主".into(),
            terms_en: "First owner".into(),
            items: BenefitItems::default(),
            price_minor: 100,
            exclusive_group: group.map(|group| format!("G{group}")),
            city_code: None,
            powertrain: None,
            trim_id: None,
            starts_on: day(1),
            ends_on: Some(day(20)),
        }
    }

    #[test]
    fn a_package_is_offered_within_its_days_place_drive_and_trim() {
        let trim = trim();
        let all = package(1, None);
        assert!(offered(&all, day(1), "310100", &trim) && offered(&all, day(20), "310100", &trim));
        assert!(!offered(&all, day(21), "310100", &trim));
        let open = benefit_package::Model { ends_on: None, ..all.clone() };
        assert!(offered(&open, day(30), "310100", &trim));
        let there = benefit_package::Model { city_code: Some("310000".into()), ..all.clone() };
        assert!(offered(&there, day(2), "310100", &trim) && !offered(&there, day(2), "330100", &trim));
        let other = if trim.powertrain == Powertrain::Bev { Powertrain::Erev } else { Powertrain::Bev };
        let drive = benefit_package::Model { powertrain: Some(other), ..all.clone() };
        assert!(!offered(&drive, day(2), "310100", &trim));
        let of_trim = benefit_package::Model { trim_id: Some(TrimId::from_parts(9, 9)), ..all };
        assert!(!offered(&of_trim, day(2), "310100", &trim));
    }

    #[test]
    fn of_a_group_one_and_each_once() {
        let all = [package(1, Some(1)), package(2, Some(1)), package(3, None)];
        let codes = |chosen: &[u128]| {
            let ids: Vec<_> = chosen.iter().map(|n| id(*n)).collect();
            choose(&all, &ids).map(|taken| taken.iter().map(|package| package.code.as_str()).collect::<Vec<_>>())
        };
        assert_eq!(codes(&[3, 2]), Ok(vec!["P3", "P2"]));
        assert_eq!(codes(&[]), Ok(vec![]));
        let problems = codes(&[1, 2, 3, 3, 7]).unwrap_err();
        use BenefitProblem::*;
        assert_eq!(problems, [OneOfGroup { at: 1, group: "G1".into() }, Twice { at: 3 }, NotOffered { at: 4 }]);
    }

    proptest! {
        #[test]
        fn what_is_taken_is_all_that_was_chosen_each_once_and_one_of_a_group(
            groups in proptest::collection::vec(proptest::option::of(0_u8..3), 0..6),
            chosen in proptest::collection::vec(0_u128..8, 0..6),
        ) {
            let all: Vec<_> = (0..).zip(&groups).map(|(n, group)| package(n, *group)).collect();
            let ids: Vec<_> = chosen.iter().map(|n| id(*n)).collect();
            let left = left_of(&all, &ids);
            prop_assert!(choose(&all, &left).is_ok(), "what is left can be had");
            prop_assert_eq!(left.len() == ids.len(), choose(&all, &ids).is_ok());
            match choose(&all, &ids) {
                Ok(taken) => {
                    prop_assert_eq!(taken.iter().map(|package| package.id).collect::<Vec<_>>(), ids);
                    let mut of: Vec<_> = taken.iter().filter_map(|package| package.exclusive_group.as_ref()).collect();
                    let many = of.len();
                    of.sort();
                    of.dedup();
                    prop_assert_eq!(of.len(), many);
                }
                Err(problems) => {
                    prop_assert!(!problems.is_empty() && problems.iter().all(|problem| problem.at() < ids.len()));
                }
            }
        }
    }
}
