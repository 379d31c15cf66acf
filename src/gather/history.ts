import { ownWords } from './clean.ts';
import { type Gatherer, unseen } from './gatherer.ts';

/** A collector samples every 10 s; so long without one is no hiccup. */
const lateMs = 10 * 60_000;
const lateIntervals = 6;

/**
 * What a collector has kept of this host. The store is opened by the command, which hands in `recall`; without a store
 * there is nothing to see and nothing to miss: `switched-off`, of which no report speaks.
 */
export const history: Gatherer<'history'> = {
  key: 'history',
  sources: ['history.db of pm2-audit watch'],
  privilege: 'The user who runs the collector, or root.',
  remedy: 'start-collector',
  // It hands out what goes with these: apps that are listed, kills that were seen, lines that are lost.
  after: ['daemons', 'pm2Log', 'oomLog'],
  budgetMs: 5000,
  async gather(host, { options, clean, seen }) {
    const subject = ownWords('history');
    const none = () => {
      const tried = [
        { source: 'history.db', why: 'switched-off', detail: ownWords('no collector') },
      ] as const;
      return unseen({ key: 'history', subject, why: 'switched-off', tried, remedy: 'none' });
    };
    if (options.recall == null) return none();
    const now = host.now();
    const recalled = await options.recall({ now, window: options.window, seen });
    if (!recalled.ok) {
      const { why, message } = recalled;
      const tried = [{ source: clean.text(recalled.path), why, detail: clean.text(message, 400) }];
      return unseen({ key: 'history', subject: clean.text(recalled.path), why, tried, remedy: 'none' });
    }
    const { path, value } = recalled;
    // A delivery makes the store for its outbox: where no collector ever ran there is still none.
    if (value.to === null && value.everyMs === 0) return none();
    const covers = { from: value.from, to: value.to };
    const source = clean.text(path);
    // A collector that has stopped is a blind spot that nobody sees: the store is there, and answers.
    const silentMs = now - (value.to ?? now);
    if (value.to !== null && silentMs <= Math.max(lateMs, lateIntervals * value.everyMs))
      return { seen: true, value, source, covers, gaps: [] };
    const last = value.to === null ? 'no sample so far' : `last sample ${new Date(value.to).toISOString()}`;
    const detail = ownWords(last);
    const tried = [{ source, why: 'not-found', detail }] as const;
    const gap = {
      key: 'history',
      subject: detail,
      why: 'not-found',
      tried,
      remedy: 'start-collector',
    } as const;
    return { seen: true, value, source, covers, gaps: [gap] };
  },
};
