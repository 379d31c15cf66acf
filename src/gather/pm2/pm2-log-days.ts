/** Days since 1970 of a date; null = no such day. */
export function civilDays(year: number, month: number, day: number): number | null {
  if (!(year >= 1970 && year <= 9999 && month >= 1 && month <= 12 && day >= 1 && day <= 31)) return null;
  const date = new Date(Date.UTC(year, month - 1, day));
  return date.getUTCDate() === day ? date.getTime() / 86_400_000 : null;
}
