//! How many days the chosen options add to the build (domain.md 4.3).

use entity::catalog::option;

/// Sum of the lead times, in days, of those `options` that `chosen` names. Unknown codes add nothing; a configuration
/// is checked before it is timed. Negative lead times in the catalog count as none.
pub fn lead_time_days<C: AsRef<str>>(options: &[option::Model], chosen: &[C]) -> i32 {
    options
        .iter()
        .filter(|option| chosen.iter().any(|code| code.as_ref() == option.code))
        .fold(0, |sum, option| sum.saturating_add(option.lead_time_days.max(0)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use entity::ids::{OptionGroupId, OptionId};

    fn option(code: &str, lead_time_days: i32) -> option::Model {
        option::Model {
            id: OptionId::from_parts(0, 0),
            group_id: OptionGroupId::from_parts(0, 0),
            code: code.into(),
            name_zh: String::new(),
            name_en: String::new(),
            price_minor: 0,
            lead_time_days,
            is_default: false,
            position: 0,
        }
    }

    #[test]
    fn matte_paint_and_tow_hook_add_three_weeks() {
        let options = [option("EXT-MATTE", 14), option("TOW", 7), option("WINTER", 0)];
        assert_eq!(lead_time_days(&options, &["EXT-MATTE", "TOW", "WINTER"]), 21);
        assert_eq!(lead_time_days(&options, &["TOW", "TOW", "UNKNOWN"]), 7);
        assert_eq!(lead_time_days::<&str>(&options, &[]), 0);
    }
}
