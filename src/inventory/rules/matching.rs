//! How well a car fits an order (C079; domain.md 3.3, "Match score").

use std::cmp::Ordering;
use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use entity::vocabulary::StockType;

/// What of a car is compared, with its weight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// Colour.
    Exterior,
    /// Interior.
    Interior,
    /// Wheels.
    Wheels,
    /// Everything else: packs.
    Packs,
}

/// Every part.
pub const PARTS: [Part; 4] = [Part::Exterior, Part::Interior, Part::Wheels, Part::Packs];

impl Part {
    /// Points for a part that is as it was asked for (domain.md 3.3).
    pub const fn weight(self) -> i64 {
        match self {
            Self::Exterior => 30,
            Self::Interior => 20,
            Self::Wheels => 10,
            Self::Packs => 40,
        }
    }

    /// The part that a group of options belongs to, by the beginning of its code: catalogs say WHEEL and WHEELS.
    pub fn of_group(code: &str) -> Self {
        let begins = |with: &str| code.get(..with.len()).is_some_and(|start| start.eq_ignore_ascii_case(with));
        if begins("EXT") {
            Self::Exterior
        } else if begins("INT") {
            Self::Interior
        } else if begins("WHEEL") {
            Self::Wheels
        } else {
            Self::Packs
        }
    }
}

/// An option of the catalog and the group that it is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Known<'a> {
    /// Code of the group.
    pub group: &'a str,
    /// Code of the option.
    pub option: &'a str,
}

/// The part of an option; what the catalog does not have is a pack.
pub fn part_of(catalog: &[Known<'_>], option: &str) -> Part {
    catalog.iter().find(|known| known.option == option).map_or(Part::Packs, |known| Part::of_group(known.group))
}

/// A group in which a car is not what was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference<'a> {
    /// Code of the group; none for options that the catalog does not have any more.
    pub group: Option<&'a str>,
    /// What was asked for and is not there, sorted.
    pub wanted: Vec<&'a str>,
    /// What is there and was not asked for, sorted.
    pub found: Vec<&'a str>,
}

/// Where a car is not what was asked for, in order of the catalog. Empty exactly when both have the same options.
pub fn differences<'a>(catalog: &[Known<'a>], wanted: &'a [String], found: &'a [String]) -> Vec<Difference<'a>> {
    let (wanted, found) = (codes(wanted), codes(found));
    let mut groups: Vec<Option<&str>> = Vec::new();
    for known in catalog {
        if !groups.contains(&Some(known.group)) {
            groups.push(Some(known.group));
        }
    }
    groups.push(None);
    let group_of = |code: &str| catalog.iter().find(|known| known.option == code).map(|known| known.group);
    let only = |these: &BTreeSet<&'a str>, those: &BTreeSet<&'a str>, group: Option<&str>| -> Vec<&'a str> {
        these.difference(those).copied().filter(|code| group_of(code) == group).collect()
    };
    groups
        .into_iter()
        .map(|group| Difference { group, wanted: only(&wanted, &found, group), found: only(&found, &wanted, group) })
        .filter(|difference| !difference.wanted.is_empty() || !difference.found.is_empty())
        .collect()
}

/// Codes in which two choices differ, sorted.
pub fn unlike<'a>(wanted: &'a [String], found: &'a [String]) -> Vec<&'a str> {
    codes(wanted).symmetric_difference(&codes(found)).copied().collect()
}

fn codes(list: &[String]) -> BTreeSet<&str> {
    list.iter().map(String::as_str).collect()
}

/// Days in stock for a point of the bonus, and most points of it. Invented; never as much as the wheels are worth.
const BONUS_DAYS: i64 = 30;
const MOST_BONUS: i64 = 5;

/// Points for a car that has stood for a while, which ought to go first.
pub fn age_bonus(days: i64) -> i64 {
    (days / BONUS_DAYS).clamp(0, MOST_BONUS)
}

/// Points, in hundredths, of a car of the trim that was ordered; another trim never fits. For each part its weight, in the
/// share that both have of what either has; less two for each hundred kilometres to the store that hands over; and the bonus
/// of [`age_bonus`], for whoever may know the age. 10,000 is a car just as ordered that stands there.
pub fn score(
    catalog: &[Known<'_>],
    (wanted, found): (&[String], &[String]),
    kilometres: f64,
    age_days: Option<i64>,
) -> i64 {
    let (wanted, found) = (codes(wanted), codes(found));
    let options: i64 = PARTS
        .iter()
        .map(|part| {
            let of_part = |code: &&&str| part_of(catalog, code) == *part;
            let both = wanted.intersection(&found).filter(of_part).count();
            let either = wanted.union(&found).filter(of_part).count();
            match i64::try_from(either) {
                Ok(0) => part.weight() * 100,
                Ok(either) => part.weight() * 100 * i64::try_from(both).unwrap_or(either) / either,
                Err(_) => 0,
            }
        })
        .sum();
    options - hundredths(kilometres) + age_bonus(age_days.unwrap_or(0)) * 100
}

/// Two points for each hundred kilometres, to the kilometre: what is hidden of a place is not to be told by points.
#[expect(clippy::cast_possible_truncation, reason = "kilometres on earth, held between zero and a half way round")]
fn hundredths(kilometres: f64) -> i64 {
    kilometres.clamp(0.0, 20_100.0).round() as i64 * 2
}

/// A car in the order in which it is offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rank<I> {
    /// Of [`score`].
    pub score: i64,
    /// From when its age counts.
    pub stock_since: DateTime<Utc>,
    /// Decides between equals, so that the order is always the same.
    pub id: I,
}

/// Most points first; of equals the older car.
pub fn best_first<I: Ord>(a: &Rank<I>, b: &Rank<I>) -> Ordering {
    b.score.cmp(&a.score).then_with(|| a.stock_since.cmp(&b.stock_since)).then_with(|| a.id.cmp(&b.id))
}

/// Whether cars of a stock are sold as new: what was driven or looked at is another thing.
pub fn is_new(stock: StockType) -> bool {
    match stock {
        StockType::Factory | StockType::OemHub | StockType::InTransit | StockType::StoreStock => true,
        StockType::Demo | StockType::Display | StockType::Cpo => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeZone;
    use proptest::prelude::*;

    const CATALOG: &[(&str, &str)] = &[
        ("EXTERIOR", "EXT-WHITE"),
        ("EXTERIOR", "EXT-TEAL"),
        ("INTERIOR", "INT-CARBON"),
        ("INTERIOR", "INT-SAND"),
        ("WHEEL", "WHL-19"),
        ("WHEEL", "WHL-20"),
        ("PACK", "PKG-PILOT"),
        ("PACK", "PKG-COLD"),
        ("PACK", "PKG-TOW"),
    ];

    fn catalog() -> Vec<Known<'static>> {
        CATALOG.iter().map(|&(group, option)| Known { group, option }).collect()
    }

    fn list(codes: &[&str]) -> Vec<String> {
        codes.iter().map(ToString::to_string).collect()
    }

    fn points(wanted: &[&str], found: &[&str], km: f64, days: i64) -> i64 {
        score(&catalog(), (&list(wanted), &list(found)), km, Some(days))
    }

    #[test]
    fn each_part_has_its_weight_and_each_hundred_kilometres_take_two() {
        let all = ["EXT-WHITE", "INT-CARBON", "WHL-19", "PKG-PILOT", "PKG-COLD"];
        assert_eq!(points(&all, &all, 0.0, 0), 10_000);
        assert_eq!(points(&all, &["EXT-TEAL", "INT-CARBON", "WHL-19", "PKG-PILOT", "PKG-COLD"], 0.0, 0), 7_000);
        assert_eq!(points(&all, &["EXT-WHITE", "INT-SAND", "WHL-19", "PKG-PILOT", "PKG-COLD"], 0.0, 0), 8_000);
        assert_eq!(points(&all, &["EXT-WHITE", "INT-CARBON", "WHL-20", "PKG-PILOT", "PKG-COLD"], 0.0, 0), 9_000);
        assert_eq!(points(&all, &["EXT-WHITE", "INT-CARBON", "WHL-19"], 0.0, 0), 6_000);
        assert_eq!(
            points(&all, &["EXT-WHITE", "INT-CARBON", "WHL-19", "PKG-PILOT"], 0.0, 0),
            8_000,
            "one of two packs"
        );
        assert_eq!(points(&all[..3], &all[..3], 0.0, 0), 10_000, "no packs wanted and none there");
        assert_eq!(points(&all, &all, 164.4, 0), 10_000 - 328);
        assert_eq!(points(&all, &all, 0.0, 29), 10_000);
        assert_eq!(points(&all, &all, 0.0, 65), 10_200);
        assert_eq!(points(&all, &all, 0.0, 4_000), 10_500);
        assert_eq!(score(&catalog(), (&list(&all), &list(&all)), 0.0, None), 10_000, "an age that is hidden");
    }

    #[test]
    fn differences_name_the_group_and_both_sides() {
        let wanted = list(&["EXT-WHITE", "INT-CARBON", "PKG-PILOT", "GONE"]);
        let found = list(&["PKG-COLD", "EXT-TEAL", "INT-CARBON", "PKG-PILOT"]);
        let all = catalog();
        let said: Vec<_> = differences(&all, &wanted, &found);
        assert_eq!(
            said,
            [
                Difference { group: Some("EXTERIOR"), wanted: vec!["EXT-WHITE"], found: vec!["EXT-TEAL"] },
                Difference { group: Some("PACK"), wanted: vec![], found: vec!["PKG-COLD"] },
                Difference { group: None, wanted: vec!["GONE"], found: vec![] },
            ]
        );
        assert_eq!(unlike(&wanted, &found), ["EXT-TEAL", "EXT-WHITE", "GONE", "PKG-COLD"]);
    }

    #[test]
    fn of_equals_the_older_car_comes_first() {
        let at = |day| Utc.with_ymd_and_hms(2026, 11, day, 0, 0, 0).unwrap();
        let rank = |score, day, id| Rank { score, stock_since: at(day), id };
        let mut ranks = [rank(9_000, 1, 1), rank(10_000, 5, 2), rank(10_000, 4, 3), rank(10_000, 4, 0)];
        ranks.sort_by(best_first);
        assert_eq!(ranks.map(|rank| rank.id), [0, 3, 2, 1]);
    }

    #[test]
    fn what_was_driven_is_not_new() {
        let new: Vec<_> = StockType::ALL.iter().copied().filter(|stock| is_new(*stock)).collect();
        assert_eq!(new, [StockType::Factory, StockType::OemHub, StockType::InTransit, StockType::StoreStock]);
    }

    fn choice() -> impl Strategy<Value = Vec<String>> {
        let all: Vec<String> = CATALOG.iter().map(|(_, option)| (*option).to_owned()).collect();
        proptest::sample::subsequence(all, 0..CATALOG.len())
    }

    proptest! {
        /// A car just as ordered beats every other at the same place and of the same age, and only one that is has no
        /// difference.
        #[test]
        fn nothing_fits_better_than_what_was_ordered(
            wanted in choice(), found in choice(), km in 0.0_f64..6_000.0, days in 0_i64..400,
        ) {
            let all = catalog();
            let of = |found: &[String]| score(&all, (&wanted, found), km, Some(days));
            let different = differences(&all, &wanted, &found);
            prop_assert_eq!(different.is_empty(), wanted == found);
            prop_assert_eq!(different.is_empty(), unlike(&wanted, &found).is_empty());
            prop_assert!(of(&found) <= of(&wanted));
            prop_assert_eq!(of(&found) == of(&wanted), wanted == found);
        }

        /// Further away is never better, and neither is younger; what the one has and the other not does not matter by its side.
        #[test]
        fn distance_takes_and_age_gives(
            wanted in choice(), found in choice(), km in 0.0_f64..6_000.0, more in 0.0_f64..3_000.0, days in 0_i64..400,
            older in 0_i64..400,
        ) {
            let all = catalog();
            let of = |km, days| score(&all, (&wanted, &found), km, Some(days));
            prop_assert!(of(km + more, days) <= of(km, days));
            prop_assert!(of(km, days) <= of(km, days + older));
            prop_assert_eq!(of(km, days), score(&all, (&found, &wanted), km, Some(days)));
            prop_assert!(of(0.0, days) <= 10_500 && of(0.0, 0) >= 0);
        }
    }
}
