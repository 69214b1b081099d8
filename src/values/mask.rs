//! Every masking in one place (domain.md 3.6, Masking): what somebody who is not the owner sees by default.
//!
//! The functions take text of any origin and fail closed: what does not look as expected becomes stars only. The
//! number of stars is fixed where the length itself would tell something (names, local parts, addresses).

/// What is shown when nothing may be.
const STARS: &str = "****";

/// Family names of two characters; any other is taken to have one.
const LONG_SURNAMES: &[&str] = &[
    "欧阳", "太史", "端木", "上官", "司马", "东方", "独孤", "南宫", "万俟", "闻人", "夏侯", "诸葛", "尉迟", "公羊",
    "赫连", "澹台", "皇甫", "宗政", "濮阳", "公冶", "太叔", "申屠", "公孙", "慕容", "仲孙", "钟离", "长孙", "宇文",
    "司徒", "鲜于", "司空", "令狐", "百里", "呼延", "东郭", "南门",
];

/// Keeps `head` and `tail` characters and puts a star for each one between; stars only if nothing would be hidden.
fn middle(text: &str, head: usize, tail: usize) -> String {
    let chars: Vec<char> = text.chars().collect();
    if chars.len() <= head + tail {
        return STARS.to_owned();
    }
    let hidden = chars.len() - head - tail;
    let (front, back) = (&chars[..head], &chars[head + hidden..]);
    front.iter().copied().chain(std::iter::repeat_n('*', hidden)).chain(back.iter().copied()).collect()
}

/// Nothing of it: who knows what people tell each other.
pub fn message(_text: &str) -> String {
    STARS.to_owned()
}

/// `13800001234` or `+8613800001234` becomes `138****1234`.
pub fn phone(text: &str) -> String {
    let national = text.strip_prefix("+86").unwrap_or(text);
    if national.len() == 11 && national.bytes().all(|b| b.is_ascii_digit()) {
        middle(national, 3, 4)
    } else {
        STARS.to_owned()
    }
}

/// Keeps the family name: `张三丰` becomes `张**`, `欧阳锋` becomes `欧阳**`. A name of one character is hidden whole.
pub fn person_name(text: &str) -> String {
    let mut chars = text.chars();
    match (chars.next(), chars.next(), chars.next()) {
        (Some(a), Some(b), Some(_)) if LONG_SURNAMES.contains(&[a, b].iter().collect::<String>().as_str()) => {
            format!("{a}{b}**")
        }
        (Some(a), Some(_), _) => format!("{a}**"),
        _ => "**".to_owned(),
    }
}

/// Keeps the first and the last two characters of a resident id: `5***************1X`.
pub fn resident_id(text: &str) -> String {
    if text.chars().count() == 18 { middle(text, 1, 2) } else { STARS.to_owned() }
}

/// Keeps the first character of the local part, and the domain: `d****@x.cn`. A local part of one character is hidden.
pub fn email(text: &str) -> String {
    match text.rsplit_once('@') {
        Some((local, domain)) if local.chars().count() > 1 => {
            let first: String = local.chars().take(1).collect();
            format!("{first}{STARS}@{domain}")
        }
        Some((_, domain)) => format!("{STARS}@{domain}"),
        None => STARS.to_owned(),
    }
}

/// Keeps three characters and the last of a plate: `苏D4***0`, `沪AD****5`.
pub fn plate(text: &str) -> String {
    if matches!(text.chars().count(), 7 | 8) { middle(text, 3, 1) } else { STARS.to_owned() }
}

/// Keeps the first and last four digits of a bank card, whatever its length: `1101 **** **** **** 3256`.
pub fn bank_card(text: &str) -> String {
    let digits: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    if (12..=19).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit()) {
        format!("{} {STARS} {STARS} {STARS} {}", &digits[..4], &digits[digits.len() - 4..])
    } else {
        STARS.to_owned()
    }
}

/// The last six characters, the rest as `*`: `***********000001` (`VinDisclosure::LastSix`, domain.md 3.7).
pub fn last_six(text: &str) -> String {
    let length = text.chars().count();
    text.chars().enumerate().map(|(i, c)| if i + 6 < length { '*' } else { c }).collect()
}

/// Keeps type and check digit, and the last three of the serial number: `L00C5A1E9*****001`.
pub fn vin(text: &str) -> String {
    if text.chars().count() == 17 { middle(text, 9, 3) } else { STARS.to_owned() }
}

/// Keeps province, city and district: `上海市浦东新区世纪大道100号` becomes `上海市浦东新区****`. As much as is
/// recognised is kept, so a street is never taken for a district; an address of another shape is hidden whole.
pub fn postal_address(text: &str) -> String {
    let mut kept = 0;
    for (suffixes, longest) in [
        (&["省", "自治区"][..], 8),
        (&["自治州", "地区", "盟", "市"][..], 12),
        (&["自治县", "自治旗", "县", "区", "旗", "市"][..], 16),
    ] {
        kept += division(&text[kept..], suffixes, longest).unwrap_or(0);
    }
    if kept == text.len() {
        // Nothing after the district: the stars say so all the same, so that a short address looks like any other.
        return format!("{text}{STARS}");
    }
    format!("{}{STARS}", &text[..kept])
}

/// Length in bytes of the administrative division with which `text` begins, if it has one of these suffixes.
fn division(text: &str, suffixes: &[&str], longest: usize) -> Option<usize> {
    let mut end = 0;
    for (i, c) in text.chars().take(longest).enumerate() {
        if !('\u{4e00}'..='\u{9fff}').contains(&c) {
            return None;
        }
        end += c.len_utf8();
        let (name, head) = (&text[..end], i);
        if head < 1 {
            continue;
        }
        let Some(suffix) = suffixes.iter().find(|s| name.ends_with(**s)) else { continue };
        let stem = &name[..name.len() - suffix.len()];
        return names_division(stem, suffix).then_some(end);
    }
    None
}

/// Whether `stem` can be the name of a division, and is not a street or an estate (小区, 园区). Names such as 鼓楼区,
/// 路桥区, 二道区, 桐乡市 must pass.
fn names_division(stem: &str, suffix: &str) -> bool {
    let length = stem.chars().count();
    let estate = suffix == "区" && ["小", "社", "园", "厂", "校", "院", "宅"].iter().any(|end| stem.ends_with(end));
    let street = stem.chars().any(|c| "街号弄巷栋村".contains(c))
        || stem.chars().skip(1).any(|c| c == '路')
        || stem.contains("大道");
    let two_levels = stem.chars().any(|c| "省市县区".contains(c))
        || (length > 3 && stem.chars().skip(1).any(|c| "镇乡".contains(c)));
    let too_long = !suffix.starts_with("自治") && length > 6;
    !(estate || street || two_levels || too_long)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn each_kind_is_masked_as_the_table_of_the_domain_says() {
        type Mask = fn(&str) -> String;
        let table: &[(Mask, &str, &str)] = &[
            (phone, "13800001234", "138****1234"),
            (phone, "+8613800001234", "138****1234"),
            (phone, "1380000", "****"),
            (phone, "", "****"),
            (person_name, "张三", "张**"),
            (person_name, "张三丰", "张**"),
            (person_name, "欧阳锋", "欧阳**"),
            (person_name, "欧阳", "欧**"),
            (person_name, "John Smith", "J**"),
            (person_name, "张", "**"),
            (person_name, "", "**"),
            (resident_id, "51343620000320711X", "5***************1X"),
            (resident_id, "123", "****"),
            (email, "dominic@x.cn", "d****@x.cn"),
            (email, "d@x.cn", "****@x.cn"),
            (email, "not an address", "****"),
            (plate, "苏D40000", "苏D4***0"),
            (plate, "沪AD12345", "沪AD****5"),
            (plate, "沪AD1", "****"),
            (bank_card, "1101 2222 3333 4443 256", "1101 **** **** **** 3256"),
            (bank_card, "1101222233333256", "1101 **** **** **** 3256"),
            (bank_card, "11012222333344443256", "****"),
            (bank_card, "abc", "****"),
            (vin, "L00C5A1E9TY000001", "L00C5A1E9*****001"),
            (vin, "L00C5A1E9", "****"),
            (postal_address, "上海市浦东新区世纪大道100号", "上海市浦东新区****"),
            (postal_address, "浙江省台州市路桥区路北街道1号", "浙江省台州市路桥区****"),
            (postal_address, "江苏省苏州市昆山市玉山镇前进路8号", "江苏省苏州市昆山市****"),
            (postal_address, "江苏省南京市鼓楼区中山北路", "江苏省南京市鼓楼区****"),
            (postal_address, "广西壮族自治区南宁市青秀区民族大道1号", "广西壮族自治区南宁市青秀区****"),
            (
                postal_address,
                "云南省临沧市双江拉祜族佤族布朗族傣族自治县勐勐镇",
                "云南省临沧市双江拉祜族佤族布朗族傣族自治县****",
            ),
            (postal_address, "吉林省长春市二道区东盛大街", "吉林省长春市二道区****"),
            (postal_address, "上海市世纪大道金桥小区3栋", "上海市****"),
            (postal_address, "上海市世纪大道100号金桥小区", "上海市****"),
            (postal_address, "上海市金桥小区", "上海市****"),
            (postal_address, "上海市浦东新区", "上海市浦东新区****"),
            (postal_address, "1 Century Avenue, Shanghai", "****"),
            (postal_address, "", "****"),
        ];
        for (mask, clear, masked) in table {
            assert_eq!(mask(clear), *masked, "of {clear}");
        }
    }

    proptest! {
        #[test]
        fn the_middle_of_a_phone_is_gone(head in 130u64..200, middle in 1000u64..10_000, tail in 1000u64..10_000) {
            prop_assume!(tail != middle);
            let masked = phone(&format!("{head}{middle}{tail}"));
            prop_assert!(!masked.contains(&middle.to_string()));
            prop_assert_eq!(masked.chars().count(), 11);
        }

        #[test]
        fn the_middle_of_a_vin_an_id_and_a_plate_are_gone(
            text in "[A-HJ-NPR-Z0-9]{17}", id in "[1-9][0-9]{16}[0-9X]", plate_text in "[A-Z]{2}[0-9]{5}[A-HJK]?",
        ) {
            for (mask, clear, head, tail) in [
                (vin as fn(&str) -> String, &text, 9, 3), (resident_id, &id, 1, 2), (plate, &plate_text, 3, 1),
            ] {
                let masked = mask(clear);
                prop_assert_eq!(masked.len(), clear.len());
                prop_assert!(masked[head..clear.len() - tail].chars().all(|c| c == '*'));
            }
        }

        #[test]
        fn a_given_name_never_shows(surname in "[\\u{4e00}-\\u{9fff}]", given in "[\\u{3400}-\\u{4dbf}]{1,3}") {
            let masked = person_name(&format!("{surname}{given}"));
            prop_assert!(!masked.contains(&given));
        }

        #[test]
        fn a_local_part_never_shows(local in "[a-z0-9.]{2,30}", domain in "[a-z]{2,9}\\.cn") {
            let masked = email(&format!("{local}@{domain}"));
            prop_assert!(!masked.starts_with(&local[..2]));
            prop_assert_eq!(masked.split_once('@').map(|(m, _)| m.chars().count()), Some(5));
        }

        #[test]
        fn street_and_house_never_show(street in "[\\u{4e00}-\\u{4eff}]{2,6}", house in 1u32..9999) {
            let masked = postal_address(&format!("上海市浦东新区{street}路{house}号"));
            prop_assert_eq!(masked, "上海市浦东新区****");
        }

        #[test]
        fn no_mask_panics_or_returns_a_long_text_whole(text in "\\PC{0,40}") {
            for mask in [phone, person_name, resident_id, email, plate, bank_card, vin, postal_address] {
                let masked = mask(&text);
                prop_assert!(masked.contains('*'));
            }
        }
    }
}
