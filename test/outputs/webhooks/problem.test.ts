import { expect, it } from 'vitest';
import { webhookKinds } from '../../../src/model/delivery.ts';
import { harmless, problemOf } from '../../../src/outputs/webhooks/problem.ts';
import { vendorOf } from '../../../src/outputs/webhooks/vendors.ts';
import { settingsOf } from './settings.ts';

it('shows of what the other side said no key, no address and nothing behind a hint', () => {
  const access = {
    url: new URL(
      'https://user:password9@hooks.invalid/services/T0001/B0002/keykeykey?access_token=a%2Btoken%2B&x=1',
    ),
    secret: 'SECsigning',
    chat: null,
  };
  expect(harmless('bad keykeykey at https://hooks.invalid/services/x', access)).toBe('bad *** at ***');
  expect(harmless('a+token+ and a%2Btoken%2B, password9 SECsigning', access)).toBe('*** and ***, *** ***');
  expect(
    harmless('93000 invalid webhook url, hint: [123], from ip: 1.2.3.4, more info at https://x', access),
  ).toBe('93000 invalid webhook url');
  expect(harmless('x'.repeat(500), access)).toHaveLength(120);
});

it('explains every meaning in both languages, with a full stop', async () => {
  const meanings = [
    'token',
    'signature',
    'clock',
    'keyword',
    'address',
    'content',
    'channel',
    'restricted',
    'size',
    'payload',
    'rate-limit',
    'server',
    'answer',
    'other',
    'timed-out',
    'unreachable',
    'tls',
    'redirect',
  ] as const;
  const access = { url: new URL('https://x.invalid/'), secret: null, chat: null };
  for (const kind of webhookKinds)
    for (const locale of ['en', 'zh-CN'] as const)
      for (const meaning of meanings) {
        const { words } = problemOf(
          settingsOf(kind, { locale }),
          await vendorOf(kind),
          meaning,
          '310000 x',
          access,
        );
        expect(words).toMatch(locale === 'en' ? /\.$/ : /。$/);
        expect(words).toContain('310000 x');
        if (locale === 'zh-CN')
          expect(words).not.toMatch(/[A-Za-z0-9]\p{Script=Han}|\p{Script=Han}[A-Za-z0-9]/u);
        expect(words).not.toMatch(/!|！|undefined/);
      }
});
