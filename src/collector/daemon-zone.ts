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
  if (!environ.ok) return own;
  const named = /(?:^|\0)TZ=:?([^\0]+)/.exec(environ.value.toString('latin1'))?.[1];
  // We may run in a zone of our own, too.
  const name = named ?? (host.env['TZ'] === undefined ? undefined : hostZone(host));
  if (name === undefined || name === host.env['TZ']) return own;
  return namedZone(name) ?? own;
}

/** Name of the host's own zone (tzfile(5), Debian's /etc/timezone); undefined = not told. */
function hostZone(host: Host): string | undefined {
  const link = host.readLink('/etc/localtime');
  const linked = link.ok ? /zoneinfo\/(.+)$/.exec(link.value)?.[1] : undefined;
  if (linked !== undefined) return linked;
  const text = host.readText('/etc/timezone', 200);
  return text.ok ? text.value.trim() || undefined : undefined;
}

/** null = not a name of the tz database (`TZ=UTC+8`): its times cannot be told, the host's are the best guess. */
function namedZone(name: string): ((at: EpochMs) => number) | null {
  try {
    // Loads Node's calendar data; only for a daemon that has a zone of its own.
    const format = new Intl.DateTimeFormat('en-US', {
      timeZone: name.replace(/^.*zoneinfo\//, ''),
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
    return null;
  }
}
