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
  const day = Math.floor(whole / DAY);
  const rest = whole - day * DAY;
  const second = Math.floor(rest / 1000);
  const clock = `${two(second / 3600)}:${two((second / 60) % 60)}:${two(second % 60)}`;
  const millis = rest - second * 1000;
  if (micros === 0 && millis === 0) return `${dayText(day)}${clock}+00:00`;
  return `${dayText(day)}${clock}.${two(millis / 10)}${millis % 10}${Math.floor(micros / 100)}${two(micros % 100)}+00:00`;
}

const DAY = 86_400_000;
const TWO_DIGITS = Array.from({ length: 100 }, (_, number) => String(number).padStart(2, '0'));
/** Entries are written and expire on a few days only. */
const days = new Map<number, string>();

function two(number: number): string {
  return TWO_DIGITS[Math.floor(number)] ?? '';
}

/** `2026-11-24T`, of days since 1970. */
function dayText(day: number): string {
  let text = days.get(day);
  if (text === undefined) {
    if (days.size >= 100) days.clear();
    text = new Date(day * DAY).toISOString().slice(0, 11);
    days.set(day, text);
  }
  return text;
}

/**
 * The time in milliseconds since 1970, or `undefined` when the text is not a date with an offset. One without an offset
 * is refused: Python cannot compare it with the present either.
 */
export function parseTimestamp(text: string): number | undefined {
  return parseUsual(text) ?? parseAny(text);
}

const USUAL_LENGTH = '0000-00-00T00:00:00.000000+00:00'.length;
const DIGIT_0 = 0x30;

/** The one form that everybody writes, many times as fast: every read of an entry passes here twice. */
function parseUsual(text: string): number | undefined {
  if (text.length !== USUAL_LENGTH || !text.endsWith('+00:00')) return undefined;
  if (text[4] !== '-' || text[7] !== '-' || text[10] !== 'T') return undefined;
  if (text[13] !== ':' || text[16] !== ':' || text[19] !== '.') return undefined;
  const year = pair(text, 0) * 100 + pair(text, 2);
  const month = pair(text, 5);
  const day = pair(text, 8);
  const hour = pair(text, 11);
  const minute = pair(text, 14);
  const second = pair(text, 17);
  const micros = pair(text, 20) * 10_000 + pair(text, 22) * 100 + pair(text, 24);
  // The last days of a month are left to the careful way, and so are dates that do not exist. What is no digit is NaN, which
  // is in no range.
  if (!(year >= 100 && month >= 1 && month <= 12 && day >= 1 && day <= 28)) return undefined;
  if (!(hour <= 23 && minute <= 59 && second <= 59 && micros >= 0)) return undefined;
  return Date.UTC(year, month - 1, day, hour, minute, second) + micros / 1000;
}

/** Two digits, or NaN. */
function pair(text: string, at: number): number {
  const tens = text.charCodeAt(at) - DIGIT_0;
  const ones = text.charCodeAt(at + 1) - DIGIT_0;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : NaN;
}

function parseAny(text: string): number | undefined {
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
