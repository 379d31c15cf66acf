/** What `doctor` prints, from evidence alone: who may do what it advises, the width, the language. */
import { describe, expect, it } from 'vitest';
import { audits } from '../../src/audits/index.ts';
import { examine } from '../../src/commands/doctor.ts';
import { explain } from '../../src/commands/explain.ts';
import { cells } from '../../src/report/format.ts';
import { c, evidence, gap, unseen } from '../factories.ts';
import { stories } from '../stories/index.ts';

const locales = ['en', 'zh-CN'] as const;
const blind = evidence(
  {},
  {
    oomLog: {
      seen: false,
      gaps: [
        gap('oomLog', 'permission-denied', {
          remedy: 'read-kernel-log',
          tried: [{ source: 'journalctl -k', why: 'not-found', detail: c('no journal is kept') }],
        }),
      ],
    },
    bus: unseen('bus', 'timed-out'),
  },
);

describe('doctor', () => {
  it('says which commands need root to everybody but root', () => {
    const toNobody = examine(blind, 'en', 'nobody', false);
    expect(toNobody).toMatch(/\n {2}As root:\n {4}dmesg --time-format iso > kernel\.log\n/);
    expect(examine(blind, 'zh-CN', 'nobody', false)).toMatch(/\n {2}以 root 执行：\n {4}dmesg /);
    const toRoot = examine(blind, 'en', 'root', true);
    expect(toRoot).toMatch(/\n {4}dmesg /);
    expect(toRoot).not.toMatch(/As root/);
  });

  it('is Chinese where the words are ours', () => {
    const text = examine(blind, 'zh-CN', 'nobody', false);
    expect(text).toMatch(/看不到 +内核日志 +没有保存 journal/);
    expect(text).toMatch(/^nobody 在此主机上能看到的内容：\n/);
    expect(text).not.toMatch(/[：，；（] |no journal is kept|files of PM2_HOME|app logs|systemd units/);
  });

  it.each(Object.keys(stories))('keeps to 80 cells: %s', (name) => {
    for (const locale of locales) {
      for (const line of examine(stories[name]!(), locale, 'nobody', false).split('\n')) {
        // A single path or an address that is longer is not cut.
        if (/\s*\S{60,}$/.test(line)) continue;
        expect(cells(line), line).toBeLessThanOrEqual(80);
      }
    }
  });
});

describe('explain', () => {
  it.each(audits.map((audit) => [audit.id, audit] as const))(
    '%s fits 80 cells, in both languages',
    (_id, audit) => {
      for (const locale of locales) {
        const [text] = explain(audit, locale).split(
          locale === 'en' ? 'Change a limit' : '在 pm2-audit.config.json',
        );
        for (const line of text?.split('\n') ?? []) {
          if (/^\s*\S{70,}$/.test(line)) continue;
          expect(cells(line), line).toBeLessThanOrEqual(80);
        }
      }
    },
  );

  it('names what it looks at in words, with the key', () => {
    const audit = audits.find(({ id }) => id === 'app-without-pid');
    if (audit === undefined) throw new Error('no such audit');
    expect(explain(audit, 'en')).toMatch(
      /Looks at: the PM2 daemon \(daemons\), and where readable at pm2\.log \(pm2Log\)/,
    );
    expect(explain(audit, 'zh-CN')).toMatch(/依据：PM2 守护进程（daemons）；可读取时还有 pm2\.log（pm2Log）/);
  });
});
