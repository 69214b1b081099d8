//! Tests of profile changes and completeness.

use proptest::prelude::*;

use super::*;

fn set(text: &str) -> Change<String> {
    Change::Set(text.to_owned())
}

#[test]
fn a_right_patch_becomes_typed_values() {
    let changes = validate(ProfilePatch {
        display_name: set(" 小岑 "),
        real_name: set("张三丰"),
        email: Change::Clear,
        home_city_code: set("310115"),
        birth_month: Change::Set(12),
        gender: Change::Clear,
        preferred_locale: set("zh-Hans-CN"),
        ..ProfilePatch::default()
    })
    .unwrap();
    assert_eq!(changes.display_name.as_ref().map(PersonName::as_str), Some("小岑"));
    assert_eq!(changes.real_name, Change::Set(PersonName::parse("张三丰").unwrap()));
    assert_eq!(changes.email, Change::Clear);
    assert_eq!(changes.address, Change::Keep);
    assert_eq!(changes.home_city_code, Change::Set(CityCode::parse("310100").unwrap()));
    assert_eq!(changes.birth_month, Change::Set(12));
    assert_eq!(changes.gender, Some(Gender::Unknown));
    assert_eq!(changes.preferred_locale, Change::Set(Locale::ZhCn));
}

#[test]
fn all_broken_rules_are_told_at_once() {
    let errors = validate(ProfilePatch {
        display_name: Change::Clear,
        real_name: set(&"长".repeat(61)),
        email: set("nobody"),
        address: set("a\u{0}b"),
        gender: Change::Set(Gender::Female),
        birth_month: Change::Set(13),
        home_city_code: set("999999"),
        preferred_store_id: Change::Set(StoreId::from_parts(1, 1)),
        preferred_locale: set("fr"),
    })
    .unwrap_err();
    assert_eq!(
        errors,
        vec![
            ("displayName", Invalid::REQUIRED),
            ("realName", Invalid::too_long(60)),
            ("email", Invalid::rule("email")),
            ("address", Invalid::CONTROL_CHARACTER),
            ("birthMonth", Invalid::rule("month")),
            ("homeCityCode", Invalid::rule("city-code")),
            ("preferredLocale", Invalid::rule("locale")),
        ]
    );
}

#[test]
fn a_patch_that_names_nothing_changes_nothing() {
    assert!(validate(ProfilePatch::default()).unwrap().is_empty());
    assert!(!validate(ProfilePatch { email: Change::Clear, ..ProfilePatch::default() }).unwrap().is_empty());
}

#[test]
fn an_empty_text_is_no_way_to_clear() {
    let errors = validate(ProfilePatch { email: set(" "), ..ProfilePatch::default() }).unwrap_err();
    assert_eq!(errors, vec![("email", Invalid::REQUIRED)]);
}

#[test]
fn debug_output_of_changes_shows_no_personal_value() {
    let patch =
        ProfilePatch { real_name: set("张三丰"), email: set("sanfeng@wudang.cn"), ..ProfilePatch::default() };
    let shown = format!("{:?}", validate(patch).unwrap());
    assert!(!shown.contains("三丰") && !shown.contains("sanfeng"), "{shown}");
}

#[test]
fn completeness_is_the_share_of_seven_fields() {
    let none = completeness(&Filled::default());
    assert_eq!((none.percent, none.missing.len()), (0, 7));
    let some = completeness(&Filled { phone: true, real_name: true, ..Filled::default() });
    assert_eq!(some.percent, 28);
    assert_eq!(some.missing[0].name(), "homeCityCode");
    let all = Filled {
        real_name: true,
        phone: true,
        email: true,
        gender: true,
        birth_month: true,
        home_city: true,
        preferred_store: true,
    };
    assert_eq!(completeness(&all), Completeness { percent: 100, missing: vec![] });
}

#[test]
fn a_change_is_applied_to_what_is_there() {
    assert_eq!(Change::Keep.apply(Some(1)), Some(1));
    assert_eq!(Change::Clear.apply(Some(1)), None);
    assert_eq!(Change::Set(2).apply(None), Some(2));
}

prop_compose! {
    fn any_change()(kind in 0u8..3, text in "\\PC{0,70}") -> Change<String> {
        match kind { 0 => Change::Keep, 1 => Change::Clear, _ => Change::Set(text) }
    }
}

proptest! {
    #[test]
    fn each_field_fails_for_itself(
        display_name in any_change(), real_name in any_change(), email in any_change(), address in any_change(),
        home_city_code in any_change(), preferred_locale in any_change(), month in -3i32..20,
    ) {
        let patch = ProfilePatch {
            display_name, real_name, email, address, home_city_code, preferred_locale,
            birth_month: Change::Set(month), ..ProfilePatch::default()
        };
        let alone = [
            ProfilePatch { display_name: patch.display_name.clone(), ..ProfilePatch::default() },
            ProfilePatch { real_name: patch.real_name.clone(), ..ProfilePatch::default() },
            ProfilePatch { email: patch.email.clone(), ..ProfilePatch::default() },
            ProfilePatch { address: patch.address.clone(), ..ProfilePatch::default() },
            ProfilePatch { birth_month: patch.birth_month.clone(), ..ProfilePatch::default() },
            ProfilePatch { home_city_code: patch.home_city_code.clone(), ..ProfilePatch::default() },
            ProfilePatch { preferred_locale: patch.preferred_locale.clone(), ..ProfilePatch::default() },
        ];
        let expected: Vec<_> = alone.into_iter().filter_map(|p| validate(p).err()).flatten().collect();
        prop_assert_eq!(validate(patch).err().unwrap_or_default(), expected);
    }
}
