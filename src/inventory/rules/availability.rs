//! How many cars there are, as far as a customer is told (domain.md 3.7).

use entity::vocabulary::AvailabilityBand;

/// Most cars that are still called a few.
pub const FEW_AT_MOST: u64 = 3;

/// The band of a count: none, one to three, four or more.
pub fn availability_band(count: u64) -> AvailabilityBand {
    match count {
        0 => AvailabilityBand::None,
        1..=FEW_AT_MOST => AvailabilityBand::Few,
        _ => AvailabilityBand::Many,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bands_are_none_one_to_three_and_more() {
        let bands: Vec<_> = [0, 1, 3, 4, u64::MAX].map(availability_band).into();
        use AvailabilityBand::*;
        assert_eq!(bands, [None, Few, Few, Many, Many]);
    }
}
