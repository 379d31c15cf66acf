import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isLoopback, parseSmtpUrl } from '../../../src/outputs/email/smtp-url.ts';

const smtp = (host: string, port: number, security: string, user: string | null = null): object => ({
  host,
  port,
  security,
  user,
});

describe('an SMTP URL', () => {
  it.each([
    ['smtps://smtp.example.com', smtp('smtp.example.com', 465, 'tls'), null],
    ['smtp://smtp.example.com', smtp('smtp.example.com', 587, 'starttls'), null],
    ['SMTP://Smtp.Example.com:25/', smtp('smtp.example.com', 25, 'starttls'), null],
    ['smtp://smtp.example.com:465', smtp('smtp.example.com', 465, 'tls'), null],
    ['smtp+starttls://smtp.example.com', smtp('smtp.example.com', 587, 'starttls'), null],
    ['smtps://smtp.example.com:2465', smtp('smtp.example.com', 2465, 'tls'), null],
    ['smtp://smtp.example.com:2525', smtp('smtp.example.com', 2525, 'starttls'), null],
    ['smtps://me:secret@smtp.example.com', smtp('smtp.example.com', 465, 'tls', 'me'), 'secret'],
    [
      'smtps://me%40qq.com:a%2Fb%3Ac%25@smtp.qq.com:465',
      smtp('smtp.qq.com', 465, 'tls', 'me@qq.com'),
      'a/b:c%',
    ],
    ['smtps://me@qq.com:p@ss/w#rd?@smtp.qq.com', smtp('smtp.qq.com', 465, 'tls', 'me@qq.com'), 'p@ss/w#rd?'],
    ['smtps://me:%E5%AF%86@smtp.example.com', smtp('smtp.example.com', 465, 'tls', 'me'), '密'],
    ['smtp://[::1]:2525?security=none', smtp('::1', 2525, 'none'), null],
    ['smtp://localhost?security=none', smtp('localhost', 25, 'none'), null],
    ['smtp://relay.lan:25?security=none', smtp('relay.lan', 25, 'none'), null],
    ['smtp://localhost', smtp('localhost', 587, 'starttls'), null],
    ['smtp://smtp.example.com?security=tls', smtp('smtp.example.com', 465, 'tls'), null],
    ['smtps://me@smtp.example.com', smtp('smtp.example.com', 465, 'tls', 'me'), null],
    [' smtp://smtp.example.com\n', smtp('smtp.example.com', 587, 'starttls'), null],
    ['smtp://邮件.example.com', smtp('xn--5nq051n.example.com', 587, 'starttls'), null],
  ])('%s', (text, expected, password) => {
    const read = parseSmtpUrl(text);
    expect(read).toEqual({ ok: true, smtp: expected, password });
  });

  it.each([
    ['', /must begin with/],
    ['https://me:canary@smtp.example.com', /must begin with/],
    ['canary', /must begin with/],
    ['smtp://', /no valid server/],
    ['smtps://me:canary@', /no valid server/],
    ['smtps://me:canary@-bad-.com', /no valid server/],
    ['smtps://me:canary@a b.com', /no valid server/],
    ['smtps://me:canary@[::zz]', /no valid server/],
    ['smtps://me:canary@smtp.example.com:0', /1 to 65535/],
    ['smtps://me:canary@smtp.example.com:99999', /1 to 65535/],
    ['smtps://me:canary@smtp.example.com:port', /not of the form/],
    ['smtps://me:canary@smtp.example.com/path', /not of the form/],
    ['smtps://me:canary@smtp.example.com?tls=off', /nothing else/],
    ['smtps://me:100%canary@smtp.example.com', /%25/],
    ['smtps://me:canary%0d%0a@smtp.example.com', /control character/],
    ['smtps://:canary@smtp.example.com', /no user/],
  ])('%j is refused in words that do not quote it', (text, words) => {
    for (const locale of ['en', 'zh-CN'] as const) {
      const read = parseSmtpUrl(text, locale);
      expect(read.ok).toBe(false);
      if (read.ok) continue;
      if (locale === 'en') expect(read.words).toMatch(words);
      else expect(read.words).toMatch(/[\u4e00-\u9fff]/);
      expect(read.words).not.toContain('canary');
    }
  });

  it('gives back any user and password that was percent-encoded', () => {
    const word = fc
      .string({ minLength: 1, unit: 'grapheme' })
      .filter((text) => !/[\u0000-\u001f\u007f]/.test(text));
    fc.assert(
      fc.property(word, word, (user, password) => {
        const read = parseSmtpUrl(
          `smtps://${encodeURIComponent(user)}:${encodeURIComponent(password)}@h.example`,
        );
        expect(read).toEqual({ ok: true, smtp: smtp('h.example', 465, 'tls', user), password });
      }),
    );
  });

  it('never throws, never quotes', () => {
    fc.assert(
      fc.property(fc.string(), (tail) => {
        const read = parseSmtpUrl(`smtps://u:canary-word${tail}`);
        if (!read.ok) expect(read.words).not.toContain('canary-word');
      }),
    );
  });
});

it.each([
  ['localhost', true],
  ['127.0.0.1', true],
  ['127.8.9.10', true],
  ['::1', true],
  ['mail.localhost', true],
  ['localhost.example.com', false],
  ['10.0.0.1', false],
  ['127.0.0.1.example.com', false],
])('loopback: %s %s', (host, expected) => {
  expect(isLoopback(host)).toBe(expected);
});
