//! The option groups of domain.md 4.3 and arbitrary rule sets.

use super::*;
use entity::ids::{OptionRuleId, VehicleModelId};
use entity::values::Codes;
use proptest::prelude::*;

fn rule(code: &str, kind: OptionRuleKind, when: &[&str], then: &[&str]) -> option_rule::Model {
    option_rule::Model {
        id: OptionRuleId::from_parts(0, 0),
        model_id: VehicleModelId::from_parts(0, 0),
        code: code.into(),
        kind,
        when_codes: Codes::from_iter(when.iter().copied()),
        then_codes: Codes::from_iter(then.iter().copied()),
        message_zh: String::new(),
        message_en: String::new(),
    }
}

fn group<'a>(code: &'a str, selection: OptionSelection, required: bool, options: &[&'a str]) -> Group<'a> {
    let options = options
        .iter()
        .map(|text| match text.strip_prefix('*') {
            Some(code) => Choice { code, is_default: true },
            None => Choice { code: text, is_default: false },
        })
        .collect();
    Group { code, selection, required, options }
}

/// The rules of the C5; `*` marks a default.
fn rules() -> Vec<option_rule::Model> {
    vec![
        rule("MATTE-NO-19", OptionRuleKind::Excludes, &["MATTE"], &["W19"]),
        rule("W21-AWD", OptionRuleKind::OnlyWithTrim, &["W21"], &["C5-620"]),
        rule("COMFORT-NAPPA", OptionRuleKind::Requires, &["COMFORT"], &["NAPPA"]),
        rule("TOW-NO-21", OptionRuleKind::Excludes, &["TOW"], &["W21"]),
        rule("WINTER-MATS", OptionRuleKind::Includes, &["WINTER"], &["MATS"]),
    ]
}

fn c5<'a>(trim_code: &'a str, rules: &'a [option_rule::Model]) -> Ruleset<'a> {
    use OptionSelection::{Many, One};
    let groups = vec![
        group("EXTERIOR", One, true, &["*WHITE", "BLACK", "MATTE"]),
        group("INTERIOR", One, true, &["*CLOTH", "NAPPA"]),
        group("WHEELS", One, true, &["*W19", "W20", "W21"]),
        group("PACKS", Many, false, &["COMFORT", "WINTER", "TOW", "MATS"]),
    ];
    Ruleset { trim_code, groups, rules }
}

fn refused(ruleset: &Ruleset<'_>, chosen: &[&str]) -> Vec<(ProblemKind, String, Vec<String>, Vec<String>)> {
    let problems = check(ruleset, chosen).unwrap_err();
    problems.into_iter().map(|p| (p.kind, p.rule_code, p.conflicts, p.wanted)).collect()
}

fn texts(codes: &[&str]) -> Vec<String> {
    codes.iter().map(|&code| code.to_owned()).collect()
}

#[test]
fn defaults_and_inclusions_are_filled_in_and_sorted() {
    let rules = rules();
    let c5 = c5("C5-660", &rules);
    assert_eq!(check::<&str>(&c5, &[]).unwrap(), ["CLOTH", "W19", "WHITE"]);
    assert_eq!(check(&c5, &["WINTER", "BLACK"]).unwrap(), ["BLACK", "CLOTH", "MATS", "W19", "WINTER"]);
    assert_eq!(check(&c5, &["COMFORT", "NAPPA", "NAPPA"]).unwrap(), ["COMFORT", "NAPPA", "W19", "WHITE"]);
}

#[test]
fn every_problem_is_named_with_its_rule_and_options() {
    use ProblemKind::*;
    let rules = rules();
    let rear = c5("C5-660", &rules);
    assert_eq!(refused(&rear, &["MATTE"]), [(Excludes, "MATTE-NO-19".into(), texts(&["MATTE", "W19"]), vec![])]);
    assert_eq!(
        refused(&rear, &["W21", "TOW", "COMFORT", "W20", "SPOILER"]),
        [
            (UnknownOption, UNKNOWN_OPTION.into(), texts(&["SPOILER"]), vec![]),
            (OneOfGroup, "WHEELS".into(), texts(&["W20", "W21"]), vec![]),
            (Requires, "COMFORT-NAPPA".into(), texts(&["COMFORT"]), texts(&["NAPPA"])),
            (Excludes, "TOW-NO-21".into(), texts(&["TOW", "W21"]), vec![]),
            (OnlyWithTrim, "W21-AWD".into(), texts(&["W21"]), texts(&["C5-620"])),
        ]
    );
    assert!(check(&c5("C5-620", &rules), &["W21"]).is_ok());
}

#[test]
fn a_required_group_without_a_default_asks_for_a_choice() {
    let ruleset = Ruleset {
        trim_code: "C3-450",
        groups: vec![group("EXTERIOR", OptionSelection::One, true, &["WHITE", "BLACK"])],
        rules: &[],
    };
    assert_eq!(
        refused(&ruleset, &[]),
        [(ProblemKind::GroupRequired, "EXTERIOR".into(), vec![], texts(&["BLACK", "WHITE"]))]
    );
}

#[test]
fn a_default_that_does_not_fit_the_trim_is_passed_over() {
    let rules = [rule("W21-AWD", OptionRuleKind::OnlyWithTrim, &["W21"], &["C5-620"])];
    let wheels = || vec![group("WHEELS", OptionSelection::One, true, &["*W21", "*W20"])];
    let fill = |trim_code| check::<&str>(&Ruleset { trim_code, groups: wheels(), rules: &rules }, &[]).unwrap();
    assert_eq!(fill("C5-620"), ["W21"]);
    assert_eq!(fill("C5-660"), ["W20"]);
}

#[test]
fn an_included_default_of_a_later_group_is_not_doubled() {
    let rules = [rule("SPORT-W20", OptionRuleKind::Includes, &["SPORT"], &["W20"])];
    let groups = vec![
        group("LINE", OptionSelection::One, true, &["*SPORT"]),
        group("WHEELS", OptionSelection::One, true, &["*W19", "W20"]),
    ];
    assert_eq!(check::<&str>(&Ruleset { trim_code: "X", groups, rules: &rules }, &[]).unwrap(), ["SPORT", "W20"]);
}

#[test]
fn the_configurator_says_what_may_be_chosen_next() {
    let rules = rules();
    let states = option_states(&c5("C5-660", &rules), &["MATTE", "W20"]);
    let blocked = |code: &str| {
        let state = states.iter().find(|state| state.code == code).unwrap();
        (state.selected, state.blocked_by.iter().map(|p| p.rule_code.as_str()).collect::<Vec<_>>())
    };
    assert_eq!(blocked("MATTE"), (true, vec![]));
    assert_eq!(blocked("CLOTH"), (true, vec![]), "a default counts as selected");
    assert_eq!(blocked("BLACK"), (false, vec![]), "it would replace the other colour");
    assert_eq!(blocked("W19"), (false, vec!["MATTE-NO-19"]));
    assert_eq!(blocked("W21"), (false, vec!["W21-AWD"]));
    assert_eq!(blocked("COMFORT"), (false, vec!["COMFORT-NAPPA"]));
    assert_eq!(blocked("TOW"), (false, vec![]));
}

#[test]
fn rows_become_a_rule_set_in_order_of_position() {
    use entity::ids::{OptionGroupId, OptionId};
    let group_row = |n: u128, code: &str, position| option_group::Model {
        id: OptionGroupId::from_parts(0, n),
        model_id: VehicleModelId::from_parts(0, 0),
        code: code.into(),
        name_zh: String::new(),
        name_en: String::new(),
        selection: OptionSelection::One,
        required: true,
        position,
    };
    let option_row = |group: u128, code: &str, position| option::Model {
        id: OptionId::from_parts(0, 0),
        group_id: OptionGroupId::from_parts(0, group),
        code: code.into(),
        name_zh: String::new(),
        name_en: String::new(),
        price_minor: 0,
        lead_time_days: 0,
        is_default: false,
        position,
    };
    let groups = [group_row(1, "WHEELS", 2), group_row(2, "EXTERIOR", 1)];
    let options = [option_row(1, "W20", 2), option_row(1, "W19", 1), option_row(2, "WHITE", 1)];
    let ruleset = Ruleset::of_models("C5-660", &groups, &options, &[]);
    let shape: Vec<(&str, Vec<&str>)> =
        ruleset.groups.iter().map(|g| (g.code, g.options.iter().map(|o| o.code).collect())).collect();
    assert_eq!(shape, [("EXTERIOR", vec!["WHITE"]), ("WHEELS", vec!["W19", "W20"])]);
}

const OPTIONS: [&str; 9] = ["A1", "A2", "A3", "B1", "B2", "B3", "C1", "C2", "C3"];

fn any_rule() -> impl Strategy<Value = option_rule::Model> {
    let codes = |most| proptest::sample::subsequence(OPTIONS.to_vec(), 0..=most);
    (proptest::sample::select(OptionRuleKind::ALL), codes(2), codes(2), any::<bool>()).prop_map(
        |(kind, when, then, fits)| match kind {
            OptionRuleKind::OnlyWithTrim => rule("R", kind, &when, if fits { &["T"] } else { &["OTHER"] }),
            _ => rule("R", kind, &when, &then),
        },
    )
}

fn any_groups() -> impl Strategy<Value = Vec<Group<'static>>> {
    let one = (proptest::sample::select(OptionSelection::ALL), any::<bool>(), proptest::array::uniform3(any::<bool>()));
    proptest::array::uniform3(one).prop_map(|groups| {
        let shape = |n: usize, (selection, required, defaults): (OptionSelection, bool, [bool; 3])| Group {
            code: ["A", "B", "C"][n],
            selection,
            required,
            options: (0..3).map(|o| Choice { code: OPTIONS[n * 3 + o], is_default: defaults[o] }).collect(),
        };
        groups.into_iter().enumerate().map(|(n, group)| shape(n, group)).collect()
    })
}

proptest! {
    #[test]
    fn order_and_repetition_are_irrelevant_and_an_accepted_choice_stays_as_it_is(
        groups in any_groups(),
        rules in proptest::collection::vec(any_rule(), 0..5),
        chosen in proptest::sample::subsequence(OPTIONS.to_vec(), 0..=5).prop_shuffle(),
    ) {
        let ruleset = Ruleset { trim_code: "T", groups, rules: &rules };
        let first = check(&ruleset, &chosen);
        let mut sorted = chosen.clone();
        sorted.sort_unstable();
        sorted.extend(chosen.first());
        prop_assert_eq!(&check(&ruleset, &sorted), &first);
        match first {
            Ok(codes) => {
                prop_assert!(codes.is_sorted());
                prop_assert!(chosen.iter().all(|code| codes.iter().any(|c| c == code)), "nothing chosen is lost");
                prop_assert_eq!(check(&ruleset, &codes), Ok(codes.clone()));
                let selected: Vec<_> =
                    option_states(&ruleset, &codes).into_iter().filter(|s| s.selected).map(|s| s.code).collect();
                prop_assert_eq!(selected, codes);
            }
            Err(problems) => prop_assert!(!problems.is_empty()),
        }
    }
}
