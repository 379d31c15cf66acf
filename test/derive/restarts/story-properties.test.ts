import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { restartStories, type StoryInput } from '../../../src/derive/restarts/restart-story.ts';
import type { BusEvent } from '../../../src/model/pm2.ts';
import type { Ending, RestartStory } from '../../../src/model/restart.ts';
import { daemon, day, home } from '../../factories.ts';
import { logOf } from '../pm2-log-fixture.ts';
import { begin, type History, histories, type Truth } from './pm2-simulator.ts';

const textOf = (lines: readonly { readonly text: string }[]) => lines.map(({ text }) => `${text}\n`).join('');
const inputOf = (history: History, text: string): StoryInput => {
  return {
    daemons: [daemon(history.apps, { startedAt: history.daemonStartedAt })],
    pm2Log: [logOf(text)],
    bus: null,
    kills: history.kills,
    killsFrom: begin - day,
    appLogs: null,
    unitJournal: null,
    window: { from: begin - day, to: history.endedAt },
    now: history.endedAt,
  };
};
const tell = (history: History, text = textOf(history.lines), more: Partial<StoryInput> = {}) =>
  restartStories({ ...inputOf(history, text), ...more });
const isSure = ({ confidence }: Ending) => confidence === 'certain' || confidence === 'likely';
/** Stamps have whole seconds; a process that went without a line is known to be gone when the next daemon starts. */
const isOf = (ending: Ending, truth: Truth) => {
  if (truth.name !== ending.app.name || truth.pmId !== ending.app.pmId) return false;
  const isNear = (a: number | null, b: number | null) => a !== null && b !== null && Math.abs(a - b) <= 1_000;
  return (
    isNear(ending.at, truth.at) || (truth.daemonEnd !== null && isNear(ending.nextAt, truth.restartedAt))
  );
};
const words = (history: History) => `\n${textOf(history.lines)}`;
const shown = (ending: Ending) =>
  `${ending.app.name}:${ending.app.pmId} ${new Date(ending.at).toISOString()} ${ending.cause} ${ending.confidence} ${ending.next} ${ending.daemonEnd} up ${ending.uptimeMs}`;

/** What no log may bring about: a cause, an uptime or a daemon's end that is stated and was not. */
function expectTrue(
  stories: readonly RestartStory[],
  history: History,
  why: string,
  lost: string | null = null,
): void {
  for (const story of stories) {
    for (const ending of [...story.restarts, ...story.stops]) {
      const found = history.truth.filter((each) => isOf(ending, each));
      const text = `${why}: ${shown(ending)}${words(history)}`;
      // Where the line that gave the reason is missing, nothing shows it.
      if (isSure(ending) && !(lost !== null && isByAbsence(ending, lost)))
        expect(
          found.map(({ cause }) => cause),
          text,
        ).toContain(ending.cause);
      // Where an end and the start after it are missing together, two lives look like one.
      if (lost === null && ending.uptimeMs !== null && found.length > 0) {
        const off = found.map((each) => Math.abs(each.at - each.startedAt - (ending.uptimeMs ?? 0)));
        expect(Math.min(...off), `uptime, ${text}`).toBeLessThanOrEqual(1_001);
      }
    }
  }
}
function expectSums(stories: readonly RestartStory[], history: History): void {
  for (const story of stories) {
    expect(Object.values(story.byCause).reduce((sum, count) => sum + count, 0)).toBe(story.restarts.length);
    const under = story.restarts.filter(
      ({ next, nextAt }) => next !== 'resurrected' && (nextAt ?? 0) >= history.daemonStartedAt - 2_000,
    ).length;
    expect(story.counter, words(history)).toBe(Math.min(story.counter, under) + story.unexplained);
    expect(story.unexplained === 0, words(history)).toBe(story.unexplainedWhy === null);
    for (const loop of story.loops) {
      const inside = story.restarts.filter(({ at }) => at >= loop.from && at <= loop.to);
      expect(inside.length).toBeGreaterThanOrEqual(loop.restarts);
    }
    const { restarts, stops, starts } = story;
    for (const list of [restarts, stops, starts])
      expect(list.map(({ at }) => at)).toEqual(list.map(({ at }) => at).toSorted((a, b) => a - b));
  }
}

/**
 * Told because a line is not there; where that line is lost, nothing shows it:
 * - PM2 stops by hand or reloads when no line before gives another reason;
 * - what no line ends before the next daemon went with the daemon before;
 * - the first stop behind a reason (memory, watch, cron) is the one it was written for, and ends with the next exit;
 * - without a banner between, lines are of one daemon;
 * - a kill took the process whose end by SIGKILL stands next to it;
 * - a SIGKILL is another's where PM2 says of none that it sent it.
 */
function isByAbsence({ cause, daemonEnd, app, signal }: Ending, lost: string): boolean {
  const isLost = (...texts: readonly string[]) => texts.some((text) => lost.includes(text));
  if (cause === 'manual' || cause === 'reload' || daemonEnd === 'vanished') return true;
  if (cause === 'memory-limit' || cause === 'watch' || cause === 'cron')
    return isLost(`Stopping app:${app.name} id:`, `App [${app.name}:${app.pmId}] exited`);
  if (cause === 'oom-kill')
    return isLost(`App [${app.name}:${app.pmId}] exited with code [0] via signal [SIGKILL]`);
  if (cause === 'signal' && signal === 'SIGKILL') return isLost('sending SIGKILL');
  return cause === 'daemon-restart' && isLost('New PM2 Daemon started');
}
const runs = { numRuns: Number(process.env['PROPERTY_RUNS'] ?? 250) };

describe('stories of generated histories', () => {
  it('state no cause that was not, and their sums match', () => {
    fc.assert(
      fc.property(histories, (history) => {
        const stories = tell(history);
        expectTrue(stories, history, 'whole');
        expectSums(stories, history);
      }),
      runs,
    );
  });

  it('tell every restart, stop and end of a daemon once', () => {
    fc.assert(
      fc.property(histories, (history) => {
        for (const story of tell(history)) {
          const own = history.truth.filter(
            ({ name, pmId }) => name === story.app.name && pmId === story.app.pmId,
          );
          const told = [...story.restarts, ...story.stops].sort((a, b) => a.at - b.at);
          const text = `${told.map(shown).join('\n')}${words(history)}`;
          expect(told.length, text).toBe(own.length);
          for (const truth of own) {
            const same = told.filter((each) => isOf(each, truth));
            const ending = same.find((each) => each.daemonEnd === truth.daemonEnd || !isSure(each));
            expect(ending, `${JSON.stringify(truth)}\n${text}`).toBeDefined();
          }
        }
      }),
      runs,
    );
  });

  it('are the same from evidence that is doubled or in another order', () => {
    fc.assert(
      fc.property(histories, fc.nat(), (history, at) => {
        const whole = tell(history);
        const twice = history.lines.flatMap((line) => [line, line]);
        expect(tell(history, textOf(twice)), words(history)).toEqual(whole);
        // Two generations that overlap: the later one begins with lines of an earlier second.
        const from = 1 + (at % history.lines.length);
        const second = (index: number) => Math.floor((history.lines[index]?.at ?? 0) / 1000);
        const since = Math.floor(from / 2);
        const isLater = second(from - 1) > second(since);
        const again = [...history.lines.slice(0, from), ...history.lines.slice(isLater ? since : from)];
        expect(tell(history, textOf(again)), `again from ${from}${words(history)}`).toEqual(whole);
        const kills = [...history.kills, ...history.kills].reverse();
        expect(tell(history, textOf(history.lines), { kills })).toEqual(whole);
        const heard = logOf(textOf(history.lines)).events.map((line): BusEvent => {
          return { at: line.at ?? 0, home, event: { kind: 'log', line, text: line.text } };
        });
        const bus = { from: begin, to: history.endedAt, events: heard, droppedFrames: 0, droppedBytes: 0 };
        expect(tell(history, textOf(history.lines), { bus }), words(history)).toEqual(whole);
      }),
      runs,
    );
  });

  it('invent nothing when the log is cut at its beginning, at its end, or in a line', () => {
    fc.assert(
      fc.property(histories, fc.nat(), fc.nat(), (history, head, tail) => {
        const text = textOf(history.lines);
        const from = head % text.length;
        const cut = text.slice(from, text.length - (tail % (text.length - from)));
        for (const each of [text.slice(from), text.slice(0, from), cut]) {
          const stories = tell(history, each);
          expectTrue(stories, history, `cut: ${each.slice(0, 200)} … ${each.slice(-200)}`);
          expectSums(stories, history);
        }
      }),
      runs,
    );
  });

  it('invent nothing when lines in the middle are missing', () => {
    fc.assert(
      fc.property(histories, fc.nat(), fc.nat(30), (history, at, length) => {
        const from = at % history.lines.length;
        const lines = [...history.lines.slice(0, from), ...history.lines.slice(from + length)];
        const stories = tell(history, textOf(lines));
        const lost = textOf(history.lines.slice(from, from + length));
        expectTrue(stories, history, `without:\n${lost}\n`, lost);
        expectSums(stories, history);
      }),
      // One seed: of what can be missing, some cannot be seen to be missing.
      runs,
    );
  });
});
