import type { BusObservation, Pm2LogEvent } from '../../model/pm2.ts';

/** pm2.log cuts its stamps to the second, and is written a moment after the event is sent. */
const toleranceMs = 2_000;

/**
 * Answers: what did one daemon say, in order, from its log file and from the bus together? The daemon writes each line
 * to both, so a bus line that the file has already (same text, same second) is dropped; what came after the file was
 * read is added.
 */
export function mergeBusLines(
  lines: readonly Pm2LogEvent[],
  bus: BusObservation | null,
  home: string,
): readonly Pm2LogEvent[] {
  if (bus === null) return lines;
  const heard = bus.events.flatMap((each) =>
    each.home === home && each.event.kind === 'log' && each.event.line !== null
      ? [{ ...each.event.line, at: each.at }]
      : [],
  );
  if (heard.length === 0) return lines;
  const last = lines.findLast((line) => line.at !== null)?.at ?? -Infinity;
  const written = new Map<string, number[]>();
  for (let index = lines.length - 1; index >= 0; index -= 1) {
    const line = lines[index];
    if (line?.at == null) continue;
    if (line.at < bus.from - toleranceMs) break;
    const stamps = written.get(line.text) ?? [];
    stamps.push(line.at);
    written.set(line.text, stamps);
  }
  const news = heard.filter((line) => {
    const stamps = written.get(line.text) ?? [];
    const index = stamps.findLastIndex(
      (at) => Math.abs(Math.floor(line.at / 1000) * 1000 - at) <= toleranceMs,
    );
    if (index >= 0) stamps.splice(index, 1);
    return index < 0 && line.at >= last - toleranceMs;
  });
  return news.length === 0 ? lines : [...lines, ...inOrder(news)];
}

/** Lines of one millisecond are told in the order in which PM2 works: the reason, the stop, the end, the start. */
const order: readonly Pm2LogEvent['event']['kind'][] = [
  'daemon-started',
  'stopping',
  'disconnected',
  'exited',
  'overlimit',
  'killed',
  'backoff',
  'cron-registered',
  'starting',
  'online',
];

function inOrder(lines: readonly Pm2LogEvent[]): readonly Pm2LogEvent[] {
  const rank = ({ event }: Pm2LogEvent) => order.indexOf(event.kind);
  return lines.toSorted((a, b) => (a.at ?? 0) - (b.at ?? 0) || rank(a) - rank(b));
}
