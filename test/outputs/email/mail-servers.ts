/** Mail servers of this process: a real one (smtp-server), and raw ones that behave badly. All on loopback, any free port. */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { temporaryFolder } from '../../temporary-folder.ts';

export interface Received {
  readonly from: string;
  readonly to: readonly string[];
  readonly mime: string;
  readonly isEncrypted: boolean;
  readonly user: string | null;
}

export interface Authority {
  readonly caFile: string;
  readonly cert: string;
  readonly key: string;
}

const openssl = (folder: string, ...args: string[]): void => {
  execFileSync('openssl', args, { cwd: folder, stdio: 'ignore' });
};

/** A certificate authority of its own and a server certificate for `names` that it signed. */
export function makeAuthority(names: string, days = 30): Authority {
  const folder = temporaryFolder('pm2-audit-ca');
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  openssl(
    folder,
    'req',
    '-x509',
    ...key,
    '-keyout',
    'ca.key',
    '-out',
    'ca.pem',
    '-days',
    '30',
    '-subj',
    '/O=Test Authority/CN=Test CA',
  );
  openssl(folder, 'req', ...key, '-keyout', 'server.key', '-out', 'server.csr', '-subj', '/CN=mail.test');
  writeFileSync(join(folder, 'names.cnf'), `subjectAltName=${names}\n`);
  openssl(
    folder,
    'x509',
    '-req',
    '-in',
    'server.csr',
    '-CA',
    'ca.pem',
    '-CAkey',
    'ca.key',
    '-CAcreateserial',
    '-out',
    'server.pem',
    '-days',
    String(days),
    '-extfile',
    'names.cnf',
  );
  return {
    caFile: join(folder, 'ca.pem'),
    cert: readFileSync(join(folder, 'server.pem'), 'utf8'),
    key: readFileSync(join(folder, 'server.key'), 'utf8'),
  };
}

const closers: (() => Promise<void>)[] = [];

/** To be called after each test. */
export async function closeServers(): Promise<void> {
  await Promise.all(closers.splice(0).map((close) => close()));
}

export const reply = (code: number, text: string): Error =>
  Object.assign(new Error(text), { responseCode: code });

/** A mail server that keeps what it gets. Its login is `login`/`password` unless the options say otherwise. */
export async function realServer(
  options: SMTPServerOptions = {},
): Promise<{ port: number; received: Received[] }> {
  const received: Received[] = [];
  const server = new SMTPServer({
    authOptional: true,
    allowInsecureAuth: true,
    disableReverseLookup: true,
    disabledCommands: options.key ? [] : ['STARTTLS'],
    closeTimeout: 100,
    onAuth: (auth, _session, done) =>
      auth.username === 'ops@example.com' && auth.password === 'canary-P4ssw0rd'
        ? done(null, { user: auth.username })
        : done(reply(535, '5.7.8 Error: authentication failed')),
    onData: (stream, session, done) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        received.push({
          from: session.envelope.mailFrom === false ? '' : session.envelope.mailFrom.address,
          to: session.envelope.rcptTo.map((one) => one.address),
          mime: Buffer.concat(chunks).toString('utf8'),
          isEncrypted: session.secure,
          user: session.user ? String(session.user) : null,
        });
        done(null, 'queued as 4711');
      });
    },
    ...options,
  });
  server.on('error', () => undefined);
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  closers.push(() => new Promise((done) => server.close(done)));
  return { port: (server.server.address() as AddressInfo).port, received };
}

/** A server that is nothing but what `talk` does with each connection. */
export async function rawServer(talk: (socket: Socket) => void): Promise<{ port: number; lines: string[] }> {
  const sockets = new Set<Socket>();
  const lines: string[] = [];
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
    socket.on('data', (chunk) => lines.push(...chunk.toString('utf8').split('\r\n').filter(Boolean)));
    talk(socket);
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  closers.push(
    () =>
      new Promise((done) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => done());
      }),
  );
  return { port: (server.address() as AddressInfo).port, lines };
}

export interface Script {
  /** Answer to a command line by its first word; null = none, the socket is left as it is. */
  readonly [word: string]: string | null | ((socket: Socket) => void);
}

/** A polite conversation, but for what `script` says. Words: EHLO, AUTH, MAIL, RCPT, DATA, `.` (the end of a mail). */
export const conversation =
  (script: Script, greeting = '220 mail.test ESMTP') =>
  (socket: Socket): void => {
    let buffered = '';
    let isData = false;
    const answer = (word: string): void => {
      const usual: Script = {
        EHLO: '250-mail.test\r\n250 AUTH PLAIN LOGIN',
        AUTH: '235 2.7.0 ok',
        MAIL: '250 2.1.0 ok',
        RCPT: '250 2.1.5 ok',
        DATA: '354 go on',
        '.': '250 2.0.0 queued',
        QUIT: '221 bye',
      };
      const what = word in script ? script[word] : usual[word];
      if (typeof what === 'function') what(socket);
      else if (typeof what === 'string') {
        socket.write(`${what}\r\n`);
        isData = word === 'DATA' && what.startsWith('354');
      }
      if (word === 'QUIT') socket.end();
    };
    socket.write(`${greeting}\r\n`);
    socket.on('data', (chunk) => {
      buffered += chunk.toString('latin1');
      for (;;) {
        const end = isData ? buffered.indexOf('\r\n.\r\n') : buffered.indexOf('\r\n');
        if (end < 0) return;
        const line = buffered.slice(0, end);
        buffered = buffered.slice(end + (isData ? 5 : 2));
        const word = isData ? '.' : (line.split(' ')[0] ?? '').toUpperCase();
        isData = false;
        answer(word);
      }
    });
  };
