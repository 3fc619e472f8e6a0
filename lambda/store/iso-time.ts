const FORMAT = /^(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(?:Z|([+-])(\d\d):(\d\d)(?::(\d\d))?)$/;

/**
 * A time as Python's `datetime.isoformat()` writes it in UTC: six digits of a second and `+00:00`, the fraction left out
 * when it is zero. Python 3.10 reads neither `Z` nor fractions of another length.
 *
 * @param time milliseconds since 1970, fractions allowed
 */
export function formatTimestamp(time: number): string {
  let whole = Math.floor(time);
  let micros = Math.round((time - whole) * 1000);
  if (micros === 1000) [whole, micros] = [whole + 1, 0];
  const text = new Date(whole).toISOString();
  if (micros === 0 && whole % 1000 === 0) return `${text.slice(0, 19)}+00:00`;
  return `${text.slice(0, 23)}${String(micros).padStart(3, '0')}+00:00`;
}

/**
 * The time in milliseconds since 1970, or `undefined` when the text is not a date with an offset. One without an offset
 * is refused: Python cannot compare it with the present either.
 */
export function parseTimestamp(text: string): number | undefined {
  const match = FORMAT.exec(text);
  if (!match) return undefined;
  const [, year, month, day, hour, minute, second, fraction = '', sign, offsetHours, offsetMinutes, offsetSeconds] =
    match;
  const seconds = Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second));
  // Date.UTC rolls 31 February over into March; a date that does not come back the same never existed.
  const check = new Date(seconds).toISOString();
  if (check.slice(0, 10) !== text.slice(0, 10) || check.slice(11, 19) !== text.slice(11, 19)) return undefined;
  const offset = Number(offsetHours ?? 0) * 3600 + Number(offsetMinutes ?? 0) * 60 + Number(offsetSeconds ?? 0);
  return seconds + Number(`0.${fraction}0`) * 1000 - (sign === '-' ? -offset : offset) * 1000;
}
