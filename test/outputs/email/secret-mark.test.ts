import { expect, it } from 'vitest';
import { makeEmailChannel } from '../../../src/outputs/email/email-channel.ts';
import { env, password, settings, smtp } from './mail-case.ts';

it('marks a changed password, and holds nothing of it', async () => {
  const mark = async (over: { readonly [name: string]: string }, salt = 'a') => {
    const made = await makeEmailChannel(settings(smtp(465)), { ...env, ...over });
    return made.ok ? await made.channel.secretMark?.(salt) : undefined;
  };
  const first = await mark({});
  expect(first).toMatch(/^[0-9a-f]{64}$/);
  expect(first).not.toContain(Buffer.from(password).toString('hex'));
  expect(await mark({})).toBe(first);
  expect(await mark({ MAIL_PASSWORD: 'another' })).not.toBe(first);
  expect(await mark({}, 'b')).not.toBe(first);
  expect(await mark({ MAIL_PASSWORD: '' })).toBeNull();
});
