//! Points on the map and distances between them (domain.md 3.4). All coordinates of ours are GCJ-02 degrees, as maps
//! in China are; the shift against WGS-84 is some hundred metres and cancels out within one datum.

use super::error::Invalid;

/// Mean radius of the earth in kilometres.
pub const EARTH_RADIUS_KM: f64 = 6371.0088;

/// A point: latitude −90 to 90, longitude −180 to 180, in degrees.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    lat: f64,
    lng: f64,
}

impl Point {
    /// A point of these degrees.
    ///
    /// # Errors
    /// `latitude` or `longitude` if not a number or out of range.
    pub fn new(lat: f64, lng: f64) -> Result<Self, Invalid> {
        if !(-90.0..=90.0).contains(&lat) {
            return Err(Invalid::rule("latitude"));
        }
        if !(-180.0..=180.0).contains(&lng) {
            return Err(Invalid::rule("longitude"));
        }
        Ok(Self { lat, lng })
    }

    /// Degrees north.
    pub const fn lat(self) -> f64 {
        self.lat
    }

    /// Degrees east.
    pub const fn lng(self) -> f64 {
        self.lng
    }

    /// Distance along a great circle in kilometres (haversine).
    pub fn distance_km(self, other: Self) -> f64 {
        let (a, b) = (self.lat.to_radians(), other.lat.to_radians());
        let (dlat, dlng) = (b - a, (other.lng - self.lng).to_radians());
        let h = (dlat / 2.0).sin().powi(2) + a.cos() * b.cos() * (dlng / 2.0).sin().powi(2);
        // Rounding may carry h past 1 for opposite points.
        2.0 * EARTH_RADIUS_KM * h.min(1.0).sqrt().asin()
    }

    /// The point on the unit sphere. The square of the distance between two such points grows with the distance along
    /// the great circle, see [`chord_squared`].
    pub fn unit_vector(self) -> [f64; 3] {
        let (lat, lng) = (self.lat.to_radians(), self.lng.to_radians());
        [lat.cos() * lng.cos(), lat.cos() * lng.sin(), lat.sin()]
    }

    /// The smallest box of latitudes and longitudes that holds every point within `radius_km`: a first, indexable
    /// test in the statement, before the distance is computed.
    ///
    /// # Errors
    /// `radius` if not a number or below zero.
    pub fn box_around(self, radius_km: f64) -> Result<BoundingBox, Invalid> {
        if !radius_km.is_finite() || radius_km < 0.0 {
            return Err(Invalid::rule("radius"));
        }
        let angle = radius_km / EARTH_RADIUS_KM;
        // A hair wider than computed, so that rounding loses no point on the rim.
        let reach = angle.to_degrees() + 1e-9;
        let (south, north) = (self.lat - reach, self.lat + reach);
        if south <= -90.0 || north >= 90.0 {
            // A pole is inside: every longitude is near.
            return Ok(BoundingBox { south: south.max(-90.0), north: north.min(90.0), west: -180.0, east: 180.0 });
        }
        let spread = (angle.sin() / self.lat.to_radians().cos()).clamp(-1.0, 1.0).asin().to_degrees() + 1e-6;
        Ok(BoundingBox { south, north, west: wrap(self.lng - spread), east: wrap(self.lng + spread) })
    }
}

/// Longitude within −180 to 180.
fn wrap(lng: f64) -> f64 {
    if lng < -180.0 {
        lng + 360.0
    } else if lng > 180.0 {
        lng - 360.0
    } else {
        lng
    }
}

/// Latitudes `south..=north` and longitudes from `west` eastward to `east`; `west > east` crosses the antimeridian.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BoundingBox {
    /// Lowest latitude.
    pub south: f64,
    /// Highest latitude.
    pub north: f64,
    /// Longitude at which the box begins.
    pub west: f64,
    /// Longitude at which it ends.
    pub east: f64,
}

impl BoundingBox {
    /// Ranges of longitude for `BETWEEN`: one, or two across the antimeridian.
    pub fn longitudes(&self) -> Vec<(f64, f64)> {
        if self.west <= self.east {
            vec![(self.west, self.east)]
        } else {
            vec![(self.west, 180.0), (-180.0, self.east)]
        }
    }

    /// Whether the point lies in the box.
    pub fn contains(&self, point: Point) -> bool {
        (self.south..=self.north).contains(&point.lat)
            && self.longitudes().iter().any(|(west, east)| (*west..=*east).contains(&point.lng))
    }
}

/// The squared straight distance on the unit sphere that belongs to `km` along a great circle.
pub fn chord_squared(km: f64) -> f64 {
    (2.0 * (km / EARTH_RADIUS_KM / 2.0).min(std::f64::consts::FRAC_PI_2).sin()).powi(2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn point(lat: f64, lng: f64) -> Point {
        Point::new(lat, lng).unwrap()
    }

    #[test]
    fn shanghai_and_hangzhou_are_164_kilometres_apart() {
        let km = point(31.231706, 121.472644).distance_km(point(30.287459, 120.153576));
        assert!((km - 164.0).abs() < 0.05, "{km}");
    }

    #[test]
    fn opposite_points_are_half_a_circle_apart() {
        let half = std::f64::consts::PI * EARTH_RADIUS_KM;
        assert!((point(0.0, 0.0).distance_km(point(0.0, 180.0)) - half).abs() < 1e-6);
        assert!((point(90.0, 0.0).distance_km(point(-90.0, 77.0)) - half).abs() < 1e-6);
    }

    #[test]
    fn what_is_no_point_is_refused() {
        for (lat, lng, rule) in [
            (90.1, 0.0, "latitude"),
            (f64::NAN, 0.0, "latitude"),
            (0.0, -180.1, "longitude"),
            (0.0, f64::INFINITY, "longitude"),
        ] {
            assert_eq!(Point::new(lat, lng), Err(Invalid::rule(rule)));
        }
        for radius in [-1.0, f64::NAN, f64::INFINITY] {
            assert_eq!(point(0.0, 0.0).box_around(radius), Err(Invalid::rule("radius")));
        }
    }

    #[test]
    fn a_box_may_cross_the_antimeridian_or_hold_a_pole() {
        let fiji = point(-17.7, 179.9).box_around(100.0).unwrap();
        assert!(fiji.west > fiji.east && fiji.contains(point(-17.7, -179.9)) && !fiji.contains(point(-17.7, 0.0)));
        let arctic = point(89.9, 10.0).box_around(50.0).unwrap();
        assert!(arctic.contains(point(89.95, -170.0)) && arctic.north == 90.0);
        let earth = point(31.0, 121.0).box_around(30_000.0).unwrap();
        assert_eq!(earth, BoundingBox { south: -90.0, north: 90.0, west: -180.0, east: 180.0 });
    }

    prop_compose! {
        fn any_point()(lat in -90.0..=90.0f64, lng in -180.0..=180.0f64) -> Point { point(lat, lng) }
    }

    proptest! {
        #[test]
        fn distance_is_symmetric_and_bounded(a in any_point(), b in any_point()) {
            prop_assert!((a.distance_km(b) - b.distance_km(a)).abs() < 1e-9);
            prop_assert!(a.distance_km(b) <= std::f64::consts::PI * EARTH_RADIUS_KM + 1e-6);
            prop_assert_eq!(a.distance_km(a), 0.0);
        }

        #[test]
        fn every_point_within_the_radius_is_in_the_box(
            centre in any_point(), dlat in -2.0..2.0f64, dlng in -4.0..4.0f64, slack in 0.0..50.0f64,
        ) {
            let near = point((centre.lat() + dlat).clamp(-90.0, 90.0), wrap(centre.lng() + dlng));
            let found = centre.box_around(centre.distance_km(near) + slack).unwrap();
            prop_assert!(found.contains(near), "{near:?} of {centre:?} in {found:?}");
        }
    }
}
