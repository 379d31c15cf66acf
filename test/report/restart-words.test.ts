import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { audits } from '../../src/audits/index.ts';
import { type Cause, causes, type Ending, type RestartStory } from '../../src/model/restart.ts';
import { proseToText } from '../../src/report/prose.ts';
import { renderReport } from '../../src/report/render.ts';
import { buildView } from '../../src/report/view/view.ts';
import { app, c, minute, now, window } from '../factories.ts';
import { plots, report, story } from '../stories/restart-plots.ts';
import { answered } from '../story-factory.ts';
import { wordsOf } from '../words.ts';
import { auditWords, locales } from './pages.ts';

const web = app('web', 0);
const ending = fc.record({
  cause: fc.constantFrom(...causes),
  ago: fc.integer({ min: 0, max: now - window.from }),
  uptimeMs: fc.option(fc.integer({ min: 0, max: 9 * 3_600_000 })),
  next: fc.constantFrom('restarted', 'delayed', 'replaced', 'resurrected'),
  daemonEnd: fc.option(
    fc.constantFrom('oom-stop', 'oom-kill', 'update', 'command', 'signal', 'error', 'reboot', 'vanished'),
  ),
});
const anyStory = fc
  .record({
    restarts: fc.array(ending, { maxLength: 40 }),
    loops: fc.array(fc.integer({ min: minute, max: now - window.from }), { maxLength: 4 }),
    goesOn: fc.boolean(),
    unexplained: fc.integer({ min: 0, max: 99 }),
    why: fc.constantFrom('before-log', 'emptied', 'no-times', 'no-log', 'unknown'),
    covers: fc.option(fc.constantFrom(window.from, now - 60 * minute)),
    stop: fc.option(fc.constantFrom('gave-up', 'left-down')),
  })
  .map(({ restarts, loops, goesOn, unexplained, why, covers, stop }) => {
    const ends = restarts.map(
      ({ cause, ago, uptimeMs, next, daemonEnd }): Ending => ({
        ...answered,
        app: web.ref,
        cause: cause as Cause,
        at: now - ago,
        exitCode: null,
        signal: cause === 'signal' ? 'SIGTERM' : null,
        confidence: 'likely',
        uptimeMs,
        because: [],
        next: next as Ending['next'],
        nextAt: now - ago + 500,
        daemonEnd: cause === 'daemon-restart' ? (daemonEnd as Ending['daemonEnd']) : null,
      }),
    );
    const told: RestartStory = story(web, ends, {
      counter: ends.length + unexplained,
      unexplained,
      unexplainedWhy: unexplained > 0 ? (why as RestartStory['unexplainedWhy']) : null,
      coversFrom: covers,
      loops: loops
        .toSorted((a, b) => b - a)
        .map((ago) => ({ from: now - ago, to: now - ago + minute, restarts: 3 })),
      goesOn,
      stops:
        stop === null
          ? []
          : [
              {
                ...answered,
                app: web.ref,
                at: now,
                cause: 'crash',
                exitCode: 1,
                signal: null,
                confidence: 'certain',
                uptimeMs: 10,
                because: [],
                next: stop as Ending['next'],
                nextAt: null,
              },
            ],
    });
    return report([
      {
        app: web,
        story: told,
        flags: ['restart-loop', 'app-errored'],
        ...(stop === null
          ? {}
          : { status: stop === 'gave-up' ? ('errored' as const) : ('stopped' as const) }),
      },
    ]);
  });

describe('sentences about any restarts', () => {
  it('are grammar, in both languages, whatever the numbers', () => {
    fc.assert(
      fc.property(anyStory, (made) => {
        for (const locale of locales) {
          const { restarts } = buildView(made, locale, auditWords);
          for (const told of restarts.stories) {
            const text = proseToText(
              [told.summary, told.conclusion, told.because, told.now ?? '', restarts.lead].join('\n'),
            );
            expect(told.conclusion).not.toBe('');
            expect(text).not.toMatch(/undefined|NaN|null|\[object|Infinity| {2}| ,|,,|\.\.|-\d/);
            if (locale === 'en')
              expect(text).not.toMatch(
                /(?<![\d,.])(?:1 (?:restarts|times|crashes|apps|bursts|loops|days|minutes|hours)|0 (?:restarts?|times?|crash))\b|(?<![\d,.])(?:[2-9]|\d\d+) (?:restart(?! loop)|time|crash|app|day)\b/,
              );
            else {
              // Full-width signs take no space beside them, and Chinese none between its characters.
              expect(text).not.toMatch(/ [，。：；、（）]|[，。：；、（）] |\p{Script=Han} \p{Script=Han}/u);
              expect(text).not.toMatch(/\p{Script=Han}[,:;(]|，，|。。|（）|，。/u);
            }
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  it('keep what the machine said apart from the page', () => {
    const hostile = c('<script>alert(1)</script> `x` | [a](http://b) ﹩{7*7}');
    const made = plots['crash-loop-goes-on']!();
    const rows = made.processes.map((row) => ({
      ...row,
      story: {
        ...row.story!,
        crashes: row.story!.crashes.map((group) => ({
          ...group,
          message: hostile,
          frame: hostile,
          lines: [hostile, hostile],
        })),
        lastWords: { source: hostile, lines: [hostile] },
      },
    }));
    const words = wordsOf(audits);
    const html = renderReport({ ...made, processes: rows }, { locale: 'en', words, format: 'html' });
    expect(html).not.toContain('<script>');
    expect(html).toContain('&lt;script&gt;');
    const markdown = renderReport({ ...made, processes: rows }, { locale: 'en', words, format: 'markdown' });
    expect(markdown).toContain(`- \`\`${hostile}\`\` · `);
  });
});
