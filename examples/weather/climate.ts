/** Mean daily temperature in °C, January to December, rounded climate normals of 1991–2020. */
const NORMALS: Readonly<Record<string, readonly number[]>> = {
  amsterdam: [4, 4, 7, 10, 14, 16, 18, 18, 15, 11, 7, 5],
  berlin: [1, 2, 5, 10, 15, 18, 20, 20, 15, 10, 5, 2],
  cairo: [14, 15, 18, 22, 26, 28, 29, 29, 27, 25, 19, 15],
  lima: [23, 24, 23, 22, 19, 18, 17, 17, 17, 18, 20, 21],
  nairobi: [20, 21, 21, 20, 19, 18, 17, 18, 19, 20, 20, 20],
  reykjavik: [1, 1, 1, 4, 7, 10, 12, 11, 8, 5, 2, 1],
  seattle: [6, 6, 8, 11, 14, 17, 20, 20, 17, 12, 8, 5],
  singapore: [27, 27, 28, 28, 28, 28, 28, 28, 28, 28, 27, 27],
  sydney: [23, 23, 22, 19, 16, 14, 13, 14, 17, 19, 20, 22],
  tokyo: [5, 6, 9, 14, 19, 22, 26, 27, 23, 18, 12, 8],
};

/** The cities, in alphabetical order: lists that clients cache should not change order between calls. */
export const CITIES: readonly string[] = Object.keys(NORMALS);

export const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const;

/**
 * Mean temperature of a city in a month.
 *
 * @param month 1 to 12
 * @throws when the city is not in the table
 */
export function meanTemperature(city: string, month: number): number {
  const celsius = NORMALS[city.toLowerCase()]?.[month - 1];
  if (celsius === undefined) throw new Error(`no climate data for "${city}"; known cities: ${CITIES.join(', ')}`);
  return celsius;
}
