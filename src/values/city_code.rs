//! City codes of GB/T 2260: two digits of province, two of city, two of county (domain.md 3.4, 4.1).

use std::fmt;

use entity::vocabulary::Region;

use super::error::Invalid;

/// A city of the mainland, six digits. A county's code is rolled up to its city, so that two codes are equal exactly
/// if the city is the same.
///
/// Municipalities are one city (`310100`), whatever the code: `310000`, a district `310115`, a county of Chongqing
/// `500230`. Counties under a province have no city; they share the code of their group (`429000` for `429004`).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CityCode([u8; 6]);

impl CityCode {
    /// Reads a city's or a county's code.
    ///
    /// # Errors
    /// `required` if empty; `city-code` if not six digits, of no mainland province, or of a whole province that is
    /// not a municipality.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let text = text.trim();
        if text.is_empty() {
            return Err(Invalid::REQUIRED);
        }
        Self::roll_up(text).ok_or(Invalid::rule("city-code"))
    }

    fn roll_up(text: &str) -> Option<Self> {
        let mut code: [u8; 6] = text.as_bytes().try_into().ok()?;
        if !code.iter().all(u8::is_ascii_digit) || !is_province(&text[..2]) {
            return None;
        }
        if matches!(&text[..2], "11" | "12" | "31" | "50") {
            code[2..].copy_from_slice(b"0100");
        } else if &code[2..4] == b"00" {
            return None;
        }
        code[4..].copy_from_slice(b"00");
        Some(Self(code))
    }

    /// The six digits.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// The two digits of the province.
    pub fn province(&self) -> &str {
        &self.as_str()[..2]
    }

    /// The part of the country (domain.md 4.1, Region grouping).
    pub fn region(&self) -> Region {
        region(self.province()).unwrap_or(Region::Northwest)
    }
}

/// Whether these two digits are a province, region or municipality of the mainland.
pub fn is_province(digits: &str) -> bool {
    region(digits).is_some()
}

/// Provinces by region, as the first two digits of their codes (domain.md 4.1).
const PROVINCES: [(Region, &[&str]); 7] = [
    (Region::North, &["11", "12", "13", "14", "15"]),
    (Region::Northeast, &["21", "22", "23"]),
    (Region::East, &["31", "32", "33", "34", "35", "37"]),
    (Region::Central, &["36", "41", "42", "43"]),
    (Region::South, &["44", "45", "46"]),
    (Region::Southwest, &["50", "51", "52", "53", "54"]),
    (Region::Northwest, &["61", "62", "63", "64", "65"]),
];

/// The provinces of a region, as the first two digits of their codes.
pub fn provinces(region: Region) -> impl Iterator<Item = &'static str> {
    PROVINCES.iter().filter(move |(of, _)| *of == region).flat_map(|(_, digits)| digits.iter().copied())
}

fn region(province: &str) -> Option<Region> {
    PROVINCES.iter().find(|(_, digits)| digits.contains(&province)).map(|(region, _)| *region)
}

impl fmt::Display for CityCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for CityCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The cities of domain.md 4.1.
    const CITIES: &str = "110100 310100 440100 440300 330100 510100 500100 420100 320100 320500 610100 120100 430100 \
        410100 370200 340100 330200 440600 441900 320200 210100 210200 530100 230100 220100 460100 350200 350100 \
        370100 130100 140100 360100 450100 520100 650100 150100 620100 630100 640100 540100";

    #[test]
    fn every_city_of_the_seed_is_its_own_roll_up() {
        for code in CITIES.split_whitespace() {
            assert_eq!(CityCode::parse(code).as_ref().map(CityCode::as_str), Ok(code));
        }
    }

    #[test]
    fn counties_roll_up() {
        for (code, city) in [
            ("330106", "330100"),
            ("310115", "310100"),
            ("310000", "310100"),
            ("500230", "500100"),
            ("110000", "110100"),
            ("429004", "429000"),
            ("659001", "659000"),
        ] {
            assert_eq!(CityCode::parse(code).as_ref().map(CityCode::as_str), Ok(city));
        }
    }

    #[test]
    fn other_codes_are_refused() {
        for code in ["330000", "990100", "3301", "3301000", "33010a", "３30100", "曜岑", "810000"] {
            assert_eq!(CityCode::parse(code), Err(Invalid::rule("city-code")), "of {code}");
        }
        assert_eq!(CityCode::parse(""), Err(Invalid::REQUIRED));
    }

    #[test]
    fn province_and_region_come_from_the_first_digits() {
        let qingdao = CityCode::parse("370203").unwrap();
        assert_eq!((qingdao.province(), qingdao.region()), ("37", Region::East));
        assert_eq!(CityCode::parse("360100").unwrap().region(), Region::Central);
    }

    proptest! {
        #[test]
        fn rolling_up_twice_is_rolling_up_once(code in "[1-6][0-9]{5}") {
            if let Ok(city) = CityCode::parse(&code) {
                prop_assert_eq!(CityCode::parse(city.as_str()), Ok(city));
                prop_assert!(city.as_str().ends_with("00"));
                prop_assert_eq!(city.province(), &code[..2]);
            }
        }

        #[test]
        fn any_text_is_read_or_refused(text in "\\PC{0,8}") {
            let _ = CityCode::parse(&text);
        }
    }
}
