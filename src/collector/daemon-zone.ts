import type { Host } from '../host/host.ts';
import type { EpochMs } from '../model/text.ts';

const minuteMs = 60_000;

/**
 * Answers: by which clock does this daemon write its log? pm2.log has local times without a zone: that of the TZ the
 * daemon was started with, else the host's. Of its environment nothing but TZ is looked at. Minutes east of UTC.
 */
export function zoneOf(host: Host, daemonPid: number | null): (at: EpochMs) => number {
  const own = (at: EpochMs): number => host.utcOffsetMinutes(at);
  if (daemonPid === null) return own;
  const environ = host.read(`/proc/${daemonPid}/environ`);
  const name = environ.ok ? /(?:^|\0)TZ=:?([^\0]+)/.exec(environ.value.toString('latin1'))?.[1] : undefined;
  if (name === undefined || name === host.env['TZ']) return own;
  try {
    // Loads Node's calendar data; only for a daemon that has a zone of its own.
    const format = new Intl.DateTimeFormat('en-US', {
      timeZone: name,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
    return (at) => {
      const parts = new Map(format.formatToParts(at).map(({ type, value }) => [type, Number(value)]));
      const part = (type: Intl.DateTimeFormatPartTypes): number => parts.get(type) ?? 0;
      const wallMs = Date.UTC(
        part('year'),
        part('month') - 1,
        part('day'),
        part('hour'),
        part('minute'),
        part('second'),
      );
      return Math.round((wallMs - Math.floor(at / 1000) * 1000) / minuteMs);
    };
  } catch {
    // Not a name of the tz database (`TZ=UTC+8`): the times cannot be told, the host's are the best guess.
    return own;
  }
}
