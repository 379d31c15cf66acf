import type { BusFrame, Host } from '../host/host.ts';
import type { Gap, RemedyId, Why } from '../model/gap.ts';
import type { BusEvent, Daemon } from '../model/pm2.ts';
import type { CleanText } from '../model/text.ts';
import { type Cleaner, ownWords } from './clean.ts';
import { type Gatherer, unseen } from './gatherer.ts';
import { decodeBusFrame } from './pm2/bus-frame.ts';
import { type SecretTeacher, secretTeacher, shownTextsOf } from './pm2/pm2-secrets.ts';

/** The only events worth decoding; output of apps streams past unread. */
const wantedEvents = new Set(['process:event', 'process:exception', 'log:PM2', 'pm2:kill']);
/** A crash loop gives some ten events a second; more than this adds nothing to what is known. */
const maxEvents = 5000;

/** What happens on the PM2 bus while we listen, all daemons at once. Needs the daemons first, for their secrets. */
export const bus: Gatherer<'bus'> = {
  key: 'bus',
  sources: ['pub.sock'],
  privilege: 'The user who runs PM2, its group, or root.',
  remedy: 'run-as-owner',
  after: ['daemons'],
  budgetMs: 3000,
  async gather(host, context) {
    const { clean } = context;
    const durationMs = context.options.observeMs;
    if (durationMs <= 0) {
      return unseen(
        gap(ownWords('PM2 bus'), 'pub.sock', 'switched-off', ownWords('--observe 0'), 'observe-longer'),
      );
    }
    const online = (context.seen('daemons') ?? []).filter((daemon) => daemon.state === 'online');
    if (online.length === 0) {
      const words = ownWords('no daemon answers');
      // A daemon that refused us is well: that its folder could go must not be said.
      const isDenied = (context.seen('daemons') ?? []).some((daemon) => daemon.state === 'denied');
      return unseen(
        isDenied
          ? gap(ownWords('PM2 bus'), 'pub.sock', 'permission-denied', words, 'run-as-owner')
          : gap(ownWords('PM2 bus'), 'pub.sock', 'not-found', words, 'start-pm2'),
      );
    }
    const from = host.now();
    const teacher = secretTeacher(clean, shownTextsOf(online));
    const heard = await Promise.all(online.map((daemon) => listen(host, daemon, durationMs, clean, teacher)));
    const to = host.now();
    const gaps = heard.flatMap((one) => one.gaps);
    const [first, ...rest] = gaps;
    if (first !== undefined && heard.every((one) => !one.isConnected))
      return { seen: false, gaps: [first, ...rest] };
    const events = heard.flatMap((one) => one.events).sort((a, b) => a.at - b.at);
    return {
      seen: true,
      value: {
        from,
        to,
        events,
        droppedFrames: heard.reduce((sum, one) => sum + one.droppedFrames, 0),
        droppedBytes: heard.reduce((sum, one) => sum + one.droppedBytes, 0),
      },
      source: ownWords('pub.sock'),
      covers: { from, to },
      gaps,
    };
  },
};

interface Heard {
  readonly isConnected: boolean;
  readonly events: readonly BusEvent[];
  readonly droppedFrames: number;
  readonly droppedBytes: number;
  readonly gaps: readonly Gap[];
}

async function listen(
  host: Host,
  daemon: Daemon,
  durationMs: number,
  clean: Cleaner,
  teacher: SecretTeacher,
): Promise<Heard> {
  const socket = `${daemon.home}/pub.sock`;
  const events: BusEvent[] = [];
  let isFull = false;
  const take = (frame: BusFrame): void => {
    if (events.length >= maxEvents) isFull = true;
    else events.push(...decodeBusFrame(frame, daemon.home, host.now(), clean, teacher));
  };
  const outcome = await host.pm2Bus(socket, durationMs, (name) => wantedEvents.has(name), take);
  if (!outcome.ok) {
    const problem = gap(daemon.home, socket, outcome.why, clean.text(outcome.detail), 'run-as-owner');
    return { isConnected: events.length > 0, events, droppedFrames: 0, droppedBytes: 0, gaps: [problem] };
  }
  const { droppedFrames, droppedBytes, gaveUp } = outcome.value;
  const detail = gaveUp
    ? ownWords('left the bus early: more arrived than could be read at once')
    : ownWords(`more than ${maxEvents} events`);
  const gaps = gaveUp || isFull ? [gap(daemon.home, socket, 'truncated', detail, 'none')] : [];
  return { isConnected: true, events, droppedFrames, droppedBytes, gaps };
}

function gap(subject: CleanText, source: string, why: Why, detail: CleanText, remedy: RemedyId): Gap {
  return { key: 'bus', subject, why, tried: [{ source, why, detail }], remedy };
}
