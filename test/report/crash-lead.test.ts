import { describe, expect, it } from 'vitest';
import { audits } from '../../src/audits/index.ts';
import type { CrashGroup, RestartStory } from '../../src/model/restart.ts';
import { makeFmt } from '../../src/report/format.ts';
import type { Context } from '../../src/report/view/context.ts';
import { crashesOf } from '../../src/report/view/story-quotes.ts';
import { buildView } from '../../src/report/view/view.ts';
import { storyWords } from '../../src/report/view/words/stories.ts';
import { c, now } from '../factories.ts';
import { reportOf } from '../stories/index.ts';
import { wordsOf } from '../words.ts';

const group = (message: string, times: number): CrashGroup => ({
  message: c(message),
  frame: null,
  times,
  first: now - 1000,
  last: now,
  confidence: 'certain',
  lines: [],
  source: c('api-error.log'),
});

const lead = (locale: 'en' | 'zh-CN', crashes: readonly CrashGroup[], byCause: RestartStory['byCause']) => {
  const fmt = makeFmt(locale, 0);
  const context = {
    locale,
    fmt,
    words: buildView(reportOf('healthy-host'), locale, wordsOf(audits)).words,
  } as unknown as Context;
  return crashesOf(context, storyWords[locale](fmt), { crashes, byCause } as RestartStory).crashLead;
};

describe('the line above the crashes of a story', () => {
  it('says of how many crashes no line of a log tells, heap limits with them', () => {
    const groups = [group('TypeError: no total', 2), group('Error: gone', 1)];
    expect(lead('en', groups, { crash: 5, 'heap-oom': 1 })).toBe(
      'What it crashed with, as far as a log tells (no line can be tied to 3 of 6 crashes), most frequent first:',
    );
    expect(lead('zh-CN', groups, { crash: 5, 'heap-oom': 1 })).toBe(
      '崩溃时的报错，按次数排列（共 6 次崩溃，其中 3 次在日志中没有可对应的记录）：',
    );
  });

  it('says nothing of it where all are told, or the log has more than the window', () => {
    expect(lead('en', [group('TypeError: no total', 3)], { crash: 3 })).toBe('What it crashed with:');
    expect(lead('en', [group('TypeError: no total', 7)], { crash: 3 })).toBe('What it crashed with:');
    expect(lead('en', [], { crash: 3 })).toBeNull();
  });
});
