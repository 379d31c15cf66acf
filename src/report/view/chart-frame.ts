import type { Tick } from '../chart/time-axis.ts';
import type { ChartFrame } from './atoms.ts';
import type { Context } from './context.ts';

/** Labels below the hairlines: `Sun 15` on a wide screen, `15` on a phone; clock times in a short window. */
export function chartTicks({ fmt, locale }: Context, ticks: readonly Tick[]): ChartFrame['ticks'] {
  return ticks.map((tick) => {
    const [, dayOfMonth = ''] = fmt.isoDate(tick.at).match(/-(\d\d)$/) ?? [];
    const day = String(Number(dayOfMonth));
    const date = locale === 'en' ? `${fmt.fullDate(tick.at).slice(0, 3)} ${day}` : fmt.tableDate(tick.at);
    const clock = fmt.clock(tick.at);
    const isMidnight = clock === '00:00';
    return {
      ...tick,
      label: tick.isClock ? (isMidnight ? date : clock) : date,
      short: tick.isClock ? clock.slice(0, 2) : day,
    };
  });
}
