import { describe, expect, it } from 'vitest';
import type { Ending } from '../../src/model/restart.ts';
import { makeFmt } from '../../src/report/format.ts';
import { proseToText } from '../../src/report/prose.ts';
import { conclusion } from '../../src/report/view/conclusion.ts';
import { makeSays } from '../../src/report/view/context.ts';
import { furniture } from '../../src/report/view/furniture.ts';
import { conclusionWords } from '../../src/report/view/words/conclusions.ts';
import { app, hour, now } from '../factories.ts';
import { report, story } from '../stories/restart-plots.ts';
import { answered } from '../story-factory.ts';
import { auditWords } from './pages.ts';

const en = conclusionWords.en(makeFmt('en', 0));
const zh = conclusionWords['zh-CN'](makeFmt('zh-CN', 0));

describe('the sentences of a conclusion', () => {
  it('do not call a fault a signal from outside', () => {
    expect(en.caused('signal', 3, '', ['SIGSEGV'], false, false)).toBe(
      'A signal (SIGSEGV) ended it 3 times.',
    );
    expect(zh.caused('signal', 3, '', ['SIGSEGV'], false, false)).toBe('被信号（SIGSEGV）终止 3 次。');
    expect(en.caused('signal', 1, '', ['SIGTERM'], false, true)).toContain('A signal from outside (SIGTERM)');
    expect(zh.caused('signal', 1, '', ['SIGTERM'], false, true)).toContain('被外部信号（SIGTERM）');
  });

  it('measure nothing in milliseconds that whole seconds cannot tell', () => {
    expect(en.gaveUp(2, true, 0, now)).toContain('after 2 crashes within a second:');
    expect(zh.gaveUp(2, true, 0, now)).toContain('（1 秒内崩溃 2 次）');
    expect(en.gaveUp(16, true, 6000, now)).toContain('after 16 crashes in 6 s:');
  });

  it('agree with one, and with none', () => {
    expect(en.onlyHistory(0, now)).toMatch(/^No restart since .*, and none on PM2’s counter\.$/);
    expect(zh.onlyHistory(0, null)).toBe('统计时段内没有重启，PM2 的计数也为 0。');
    expect(en.onlyHistory(1, now)).toMatch(
      /^History: the one on PM2’s counter is older than .*log begins\.$/,
    );
    expect(zh.onlyHistory(1, null)).toBe('属于历史：PM2 累计的 1 次重启不在统计时段内。');
    expect(en.onlyHistory(4, null)).toBe('History: none of the 4 on PM2’s counter is in the window.');
    expect(en.unexplainedAll('before-log', 1)).toContain('it is older than pm2.log');
    expect(en.unexplainedAll('unknown', 2)).toContain('does not show them');
  });

  it('say once that an app is down', () => {
    expect(en.down(now - hour, hour, 'told')).toBe('Down for 60 minutes now.');
    expect(zh.down(now - hour, hour, 'told')).toMatch(/^至今 /);
    expect(en.down(now - hour, hour, 'failed')).toMatch(
      /^PM2 could not start it again: down since .* now\.$/,
    );
    expect(zh.down(now - hour, hour, 'failed')).toMatch(/^PM2 未能重新启动它：自 .* 起停机，至今 /);
  });
});

describe('the conclusion about an app that is down', () => {
  const tell = (
    cause: Ending['cause'],
    autorestart = true,
    stopExitCodes: readonly number[] = [],
    as: 'stop' | Partial<Ending> = 'stop',
  ): string => {
    const one = app('job', 0, { status: 'stopped', pid: null, settings: { autorestart, stopExitCodes } });
    const stop: Ending = {
      ...answered,
      app: one.ref,
      at: now - hour,
      cause,
      exitCode: cause === 'crash' ? 1 : 0,
      signal: null,
      confidence: 'likely',
      uptimeMs: hour,
      because: [],
      next: 'left-down',
      nextAt: null,
    };
    const told = as === 'stop' ? story(one, [], { stops: [stop] }) : story(one, [{ ...stop, ...as }]);
    const made = report([{ app: one, story: told, status: as === 'stop' ? 'stopped' : 'online' }]);
    const fmt = makeFmt('en', 0);
    const context = {
      report: made,
      locale: 'en' as const,
      fmt,
      words: furniture.en,
      says: makeSays(made, 'en', fmt, auditWords),
      top: 10,
    };
    const said = conclusion(context, told);
    return `${proseToText(said.conclusion)} ${said.now === null ? '' : proseToText(said.now)}`;
  };

  it('says once what happened, and that a person or its own settings left it down', () => {
    expect(tell('crash')).toMatch(
      /^It went down .* \(crash\), and PM2 did not start it again\. Down for .* now\.$/,
    );
    expect(tell('manual')).toMatch(/^It was stopped on request .*\. Down for .* now\.$/);
    expect(tell('clean-exit', false)).toMatch(/^Its last run ended .*\(autorestart: false\)\. $/);
    expect(tell('crash', true, [1])).toMatch(
      /^Its last run ended .* with exit code 1, .*\(stop_exit_codes\)\. $/,
    );
    expect(tell('clean-exit', false)).toContain('without an error, and PM2 is told not to start it again');
  });

  it('says that PM2 tried, where the start made no process', () => {
    expect(tell('crash', true, [], {})).toMatch(
      /^It crashed once.* PM2 could not start it again: down since/,
    );
  });

  it('leaves open who sent a signal that may have been the kernel’s', () => {
    const killed = (confidence: Ending['confidence']) =>
      tell('signal', true, [], { signal: 'SIGKILL', exitCode: null, confidence, next: 'restarted' });
    expect(killed('possible')).toContain('A signal (SIGKILL) ended it once');
    expect(killed('likely')).toContain('A signal from outside (SIGKILL) ended it once');
  });
});
