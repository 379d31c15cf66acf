import PostalMime from 'postal-mime';
import { afterEach, describe, expect, it } from 'vitest';
import type { SmtpSettings } from '../../../src/model/delivery.ts';
import type { Channel } from '../../../src/outputs/channel.ts';
import { channelOf, delivery, limits, outcome, password, settings, smtp, unpacked } from './mail-case.ts';
import { closeServers, conversation, rawServer, type Script } from './mail-servers.ts';

afterEach(closeServers);

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const spent = async <T>(work: Promise<T>): Promise<{ value: T; ms: number }> => {
  const from = performance.now();
  const value = await work;
  return { value, ms: performance.now() - from };
};

/** Sends one mail there; whatever the server does, it ends within the limits and gives nothing away. */
async function sendTo(
  port: number,
  over: Partial<SmtpSettings> = {},
): Promise<ReturnType<typeof outcome> & { channel: Channel }> {
  const channel = await channelOf(settings(smtp(port, over)));
  const parcel = channel.compose(delivery());
  const { value, ms } = await spent(channel.send(parcel));
  // The overall limit, the goodbye, and room for a busy machine.
  expect(ms).toBeLessThan(limits.totalMs + limits.closeMs + 5000);
  const told = outcome(value, parcel);
  for (const secret of [password, base64(password), base64(`\0ops@example.com\0${password}`)]) {
    expect(told.words).not.toContain(secret);
  }
  expect(told.words).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202e]/);
  return { ...told, channel };
}

const never = (): void => undefined;

describe('a server that does not do its part: in time, with the right word, nothing lost', () => {
  it.each([
    ['says nothing after the connection', never, 'timed-out', /did not answer in time/],
    [
      'greets a byte at a time',
      drip('220 mail.test ESMTP ready and waiting\r\n', 150),
      'timed-out',
      /did not answer in time/,
    ],
    [
      'is no mail server',
      (socket) => socket.write('SSH-2.0-OpenSSH_9.2p1\r\n'),
      'protocol',
      /not a mail server/,
    ],
    ['closes at once', (socket) => socket.end(), 'dropped', /closed the connection/],
    [
      'greets with 554',
      conversation({}, '554 5.7.1 go away'),
      'rejected',
      /refuses to talk to this host.*“554 5\.7\.1 go away”/,
    ],
    [
      'is too busy to greet',
      conversation({}, '421 4.3.2 too many connections'),
      'rate-limit',
      /takes no more mail/,
    ],
    ['hangs after EHLO', conversation({ EHLO: null, HELO: null }), 'timed-out', /answer/],
    ['hangs after AUTH', conversation({ AUTH: null }), 'timed-out', /stopped answering/],
    [
      'closes after AUTH',
      conversation({ AUTH: (socket) => socket.destroy() }),
      'dropped',
      /closed the connection/,
    ],
    [
      'half-closes after AUTH',
      conversation({ AUTH: (socket) => socket.end() }),
      'dropped',
      /closed the connection/,
    ],
    ['hangs after MAIL', conversation({ MAIL: null }), 'timed-out', /stopped answering/],
    ['hangs before the mail', conversation({ DATA: null }), 'timed-out', /stopped answering/],
    [
      'hangs after the mail',
      conversation({ '.': null }),
      'timed-out',
      /may have arrived or not.*same Message-ID/,
    ],
    [
      'half-closes after the mail',
      conversation({ '.': (socket) => socket.end() }),
      'dropped',
      /may have arrived or not/,
    ],
    [
      'closes after the mail',
      conversation({ '.': (socket) => socket.destroy() }),
      'dropped',
      /may have arrived or not/,
    ],
    [
      'drips its answer to the mail',
      conversation({ '.': (socket) => drip('250 2.0.0 ok queued as 4711 and then some\r\n', 300)(socket) }),
      'timed-out',
      /may have arrived or not/,
    ],
    ['sends an endless reply', conversation({ EHLO: endless }), 'protocol', /./],
    [
      'refuses the login, quoting it',
      conversation({
        AUTH: `535 5.7.8 bad: ${password} ${base64(`\0ops@example.com\0${password}`)} \u001b[31m\u202e`,
      }),
      'login',
      /refused the login of ops@example\.com/,
    ],
    [
      'cannot check the login now',
      conversation({ AUTH: '454 4.7.0 Temporary authentication failure' }),
      'login',
      /could not check the login/,
    ],
    ['takes no login', conversation({ EHLO: '250 mail.test' }), 'login', /offers no login/],
    [
      'wants another sender',
      conversation({ MAIL: '553 Mail from must equal authorized user' }),
      'sender',
      /must be the address that logs in \(ops@example\.com\)/,
    ],
    [
      'greylists',
      conversation({ RCPT: '451 4.7.1 Greylisting in action, please come back later' }),
      'rate-limit',
      /come back later/,
    ],
    ['slows us down', conversation({ MAIL: '450 4.2.1 rate' }), 'rate-limit', /too many in a short time/],
    ['has a full mailbox', conversation({ RCPT: '452 4.2.2 Mailbox full' }), 'recipient', /mailbox is full/],
    [
      'takes it for spam',
      conversation({ '.': '554 DT:SPM 163 smtp1,BaDGBD' }),
      'content',
      /took the mail for spam/,
    ],
    ['has a bad moment', conversation({ '.': '451 4.3.0 local error' }), 'rate-limit', /back later/],
  ] as const satisfies readonly (readonly [string, Parameters<typeof rawServer>[0], string, RegExp])[])(
    'it %s',
    async (_name, talk, code, words) => {
      const { port } = await rawServer(talk);
      const told = await sendTo(port);
      expect(told).toMatchObject({ code, rest: 'all' });
      expect(told.words).toMatch(words);
      expect(told.words).toContain(`localhost:${port}`);
    },
  );

  it('refuses the connection', async () => {
    const { port } = await rawServer(never);
    await closeServers();
    const told = await sendTo(port);
    expect(told).toMatchObject({ code: 'refused', rest: 'all' });
    expect(told.words).toMatch(/nothing listens there/);
  });

  it('has no name', async () => {
    const told = await sendTo(25, { host: 'no-such-host.invalid' });
    expect(told).toMatchObject({ code: 'dns', rest: 'all' });
    expect(told.words).toContain('no-such-host.invalid');
  });
});

describe('once it said that it has the mail, it is sent, whatever it does then', () => {
  it.each([
    ['hangs at the goodbye', conversation({ QUIT: null })],
    ['closes at once', conversation({ '.': (socket) => socket.end('250 2.0.0 queued\r\n') })],
    [
      'breaks off at once',
      conversation({ '.': (socket) => socket.write('250 ok\r\n', () => socket.resetAndDestroy()) }),
    ],
  ] as const satisfies readonly (readonly [string, Parameters<typeof rawServer>[0]])[])(
    'it %s',
    async (_name, talk) => {
      const { port } = await rawServer(talk);
      expect(await sendTo(port)).toMatchObject({ code: 'sent' });
    },
  );
});

describe('encryption that is not there', () => {
  it.each([
    ['does not offer STARTTLS', conversation({ STARTTLS: '502 5.5.1 not implemented' })],
    [
      'offers it and refuses',
      conversation({
        EHLO: '250-mail.test\r\n250-STARTTLS\r\n250 AUTH PLAIN',
        STARTTLS: '454 4.7.0 not now',
      }),
    ],
  ])('a server that %s never gets the login or the mail', async (_name, talk) => {
    const { port, lines } = await rawServer(talk);
    const told = await sendTo(port, { security: 'starttls' });
    expect(told).toMatchObject({ code: 'tls', rest: 'all' });
    expect(told.words).toMatch(/security=none/);
    expect(lines.join('\n')).not.toMatch(/AUTH|MAIL FROM|Subject/);
  });

  it('TLS towards a port that speaks in clear is called so', async () => {
    const { port, lines } = await rawServer(conversation({}));
    const told = await sendTo(port, { security: 'tls' });
    expect(told).toMatchObject({ code: 'tls', rest: 'all' });
    expect(told.words).toMatch(/does not speak TLS from the first byte/);
    expect(lines.join('\n')).not.toMatch(/AUTH|MAIL FROM/);
  });

  it('a handshake that never ends is given up', async () => {
    const { port } = await rawServer(never);
    expect(await sendTo(port, { security: 'tls' })).toMatchObject({ code: 'timed-out', rest: 'all' });
    const second = await rawServer(
      conversation({ EHLO: '250-mail.test\r\n250 STARTTLS', STARTTLS: '220 go ahead' }),
    );
    expect(await sendTo(second.port, { security: 'starttls' })).toMatchObject({
      code: 'timed-out',
      rest: 'all',
    });
  });
});

it('a server that greylists first gets the very same mail at the next run', async () => {
  let tries = 0;
  let taken = '';
  const script: Script = {
    RCPT: (socket) => {
      tries += 1;
      socket.write(tries === 1 ? '451 4.7.1 Greylisted\r\n' : '250 2.1.5 ok\r\n');
    },
  };
  const { port } = await rawServer((socket) => {
    socket.on('data', (chunk) => {
      if (tries > 1) taken += chunk.toString('utf8');
    });
    conversation(script)(socket);
  });
  const channel = await channelOf(settings(smtp(port)));
  const parcel = channel.compose(delivery());
  const first = await channel.send(parcel);
  expect(outcome(first, parcel)).toMatchObject({ code: 'rate-limit', rest: 'all' });
  const second = await channel.send(first.ok ? parcel : first.rest!);
  expect(second).toEqual({ ok: true, to: 'team@example.com' });
  expect(tries).toBe(2);
  // A line that begins with a dot travels with two (RFC 5321 section 4.5.2).
  expect(taken.replaceAll('\r\n..', '\r\n.')).toContain(unpacked(parcel).mime);
  expect((await PostalMime.parse(unpacked(parcel).mime)).messageId).toBe(parcel.id);
});

function drip(
  text: string,
  everyMs: number,
): (socket: { write(data: string): unknown; destroyed: boolean }) => void {
  return (socket) => {
    let at = 0;
    const timer = setInterval(() => {
      if (at >= text.length || socket.destroyed) clearInterval(timer);
      else socket.write(text[at++] ?? '');
    }, everyMs);
  };
}

function endless(socket: { write(data: string): unknown; destroyed: boolean }): void {
  const timer = setInterval(() => {
    if (socket.destroyed) clearInterval(timer);
    else socket.write('250-X-MORE and more\r\n'.repeat(500));
  }, 5);
}
