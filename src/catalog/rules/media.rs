//! Which of several sizes of a picture an app gets (C041): one of those that its settings name, so that there are few of
//! each, and what keeps pictures keeps all of them.

/// Stands for the width in an address.
pub const WIDTH: &str = "{width}";

/// Longest address, characters.
pub const LONGEST: u32 = 500;

/// The address of a picture for an app whose screens take these widths, ascending, when `wanted` is asked for: the least
/// that is wide enough, or the greatest. None wider than the picture itself, and none is made where there is one size only.
pub fn address(address: &str, own: Option<i32>, widths: &[u32], wanted: Option<i32>) -> String {
    if !address.contains(WIDTH) {
        return address.to_owned();
    }
    let own = own.and_then(|own| u32::try_from(own).ok()).filter(|own| *own > 0);
    let wide = |width: u32| own.map_or(width, |own| width.min(own));
    let enough = wanted.map(|wanted| widths.iter().find(|width| i64::from(**width) >= i64::from(wanted)));
    let chosen = enough.flatten().or(widths.last()).copied().or(own);
    // Where nobody says how wide, it is as wide as a page.
    address.replace(WIDTH, &wide(chosen.unwrap_or(PAGE)).to_string())
}

/// Width of a page, pixels.
const PAGE: u32 = 1280;

/// Whether an address may stand in answers: of the web, over TLS, or a path of the gateway's own; with at most one width in it.
pub fn is_address(text: &str) -> bool {
    let of_web =
        text.strip_prefix("https://").is_some_and(|rest| !rest.starts_with(['/', '?', '#']) && !rest.is_empty());
    let own_path = text.starts_with('/') && !text.starts_with("//");
    let plain = text.replacen(WIDTH, "", 1);
    let right = |c: char| c.is_ascii_graphic() && !matches!(c, '"' | '<' | '>' | '\\' | '^' | '`' | '{' | '|' | '}');
    (of_web || own_path) && plain.chars().all(right)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SIZED: &str = "https://img.example/c5-{width}.jpg";

    #[test]
    fn the_least_that_is_wide_enough() {
        for (own, widths, wanted, width) in [
            (Some(3000), &[400, 800, 1600][..], Some(1), 400),
            (Some(3000), &[400, 800, 1600], Some(400), 400),
            (Some(3000), &[400, 800, 1600], Some(401), 800),
            (Some(3000), &[400, 800, 1600], Some(2000), 1600),
            (Some(3000), &[400, 800, 1600], None, 1600),
            (Some(600), &[400, 800, 1600], Some(500), 600),
            (None, &[400, 800, 1600], Some(-5), 400),
            (Some(600), &[], Some(500), 600),
            (None, &[], None, 1280),
            (Some(0), &[400], None, 400),
        ] {
            let wanted_text = format!("https://img.example/c5-{width}.jpg");
            assert_eq!(address(SIZED, own, widths, wanted), wanted_text, "{own:?} {widths:?} {wanted:?}");
        }
        assert_eq!(address("https://img.example/c5.glb", None, &[400], Some(1)), "https://img.example/c5.glb");
    }

    #[test]
    fn addresses_are_of_the_web_or_our_own() {
        for right in
            [SIZED, "https://img.example", "/demo/media/c5.svg?w={width}", "/", "https://a/?x-process=resize,w_{width}"]
        {
            assert!(is_address(right), "{right}");
        }
        for wrong in [
            "",
            "c5.jpg",
            "http://img.example/a",
            "//img.example/a",
            "https://",
            "https:///a",
            "javascript:alert(1)",
            "https://a/{width}/{width}",
            "https://a/{height}",
            "https://a/ b",
            "https://a/\"",
            "https://a/图",
            "https://a/\\",
        ] {
            assert!(!is_address(wrong), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn an_app_gets_few_sizes(own in prop::option::of(1..5000i32), mut widths in prop::collection::vec(1..4000u32, 1..6), wanted: Option<i32>) {
            widths.sort_unstable();
            let given = address("{width}", own, &widths, wanted).parse::<u32>().unwrap();
            prop_assert!(widths.contains(&given) || own == i32::try_from(given).ok());
            prop_assert!(own.is_none_or(|own| i64::from(given) <= i64::from(own)));
        }
    }
}
