// Points, distances and cities.
const EARTH_RADIUS_KM = 6371.0088;
const radians = (degrees) => degrees * (Math.PI / 180);

export const distanceKm = (from, to) => {
  const [a, b] = [radians(from.latitude), radians(to.latitude)];
  const h =
    Math.sin((b - a) / 2) ** 2 +
    Math.cos(a) * Math.cos(b) * Math.sin(radians(to.longitude - from.longitude) / 2) ** 2;
  return 2 * EARTH_RADIUS_KM * Math.asin(Math.sqrt(Math.min(h, 1)));
};
export const unitVector = ({ latitude, longitude }) => {
  const [lat, lng] = [radians(latitude), radians(longitude)];
  return [Math.cos(lat) * Math.cos(lng), Math.cos(lat) * Math.sin(lng), Math.sin(lat)];
};
// The square of the straight line between points on the unit sphere that are this far apart.
export const chordSquared = (km) => (2 * Math.sin(Math.min(km / EARTH_RADIUS_KM / 2, Math.PI / 2))) ** 2;

// A city's or a county's code as its city's; a municipality is one city.
export const cityCode = (text) => {
  if (!/^\d{6}$/.test(text)) throw new Error("cityCode");
  return /^(11|12|31|50)/.test(text) ? `${text.slice(0, 2)}0100` : `${text.slice(0, 4)}00`;
};
export const province = (code) => code.slice(0, 2);
const REGIONS = [
  ["11", "12", "13", "14", "15"],
  ["21", "22", "23"],
  ["31", "32", "33", "34", "35", "37"],
  ["36", "41", "42", "43"],
  ["44", "45", "46"],
  ["50", "51", "52", "53", "54"],
  ["61", "62", "63", "64", "65"],
];
// The provinces of the region that a city lies in.
export const regionOf = (code) => REGIONS.find((provinces) => provinces.includes(province(code))) ?? [];
