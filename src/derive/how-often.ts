/** Seconds, minutes, hours and days, as a sentence names them. */
const units = [
  { ms: 1000, en: 'a second', zh: '每秒' },
  { ms: 60_000, en: 'a minute', zh: '每分钟' },
  { ms: 3_600_000, en: 'an hour', zh: '每小时' },
  { ms: 86_400_000, en: 'a day', zh: '每天' },
] as const;
/** So near to one unit it is that unit: 0.9 s and 65 s are read as a second and a minute. */
const nearly = 1.12;
/** Below, there are two and more in a second. */
const twoASecondMs = 667;

/** `one a second`, `three a second`, `one every 5 min`; `duration` as the locale writes lengths of time. */
export function oneEvery(ms: number, duration: (ms: number) => string): string {
  const unit = unitOf(ms);
  if (unit !== null) return `one ${unit.en}`;
  return ms < 1000 ? `${perSecond(ms)} a second` : `one every ${duration(ms)}`;
}

/** `once a second`, `3 times a second`, `every 5 min`. */
export function onceEvery(ms: number, duration: (ms: number) => string): string {
  const unit = unitOf(ms);
  if (unit !== null) return `once ${unit.en}`;
  return ms < 1000 ? `${perSecond(ms)} times a second` : `every ${duration(ms)}`;
}

/** `每秒一次`, `每秒 3 次`, `每 5 分钟一次`. */
export function oneEveryZh(ms: number, duration: (ms: number) => string): string {
  const unit = unitOf(ms);
  if (unit !== null) return `${unit.zh}一次`;
  return ms < 1000
    ? `每秒 ${perSecond(ms)} 次`
    : `每 ${duration(ms)}${/[A-Za-z]$/.test(duration(ms)) ? ' ' : ''}一次`;
}

function perSecond(ms: number): number {
  return Math.min(1000, Math.round(1000 / ms));
}

function unitOf(ms: number): (typeof units)[number] | null {
  return (
    units.find(
      (unit) => ms >= (unit.ms === 1000 ? twoASecondMs : unit.ms / nearly) && ms <= unit.ms * nearly,
    ) ?? null
  );
}
