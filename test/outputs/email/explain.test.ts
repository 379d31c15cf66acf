import { describe, expect, it } from 'vitest';
import { explainFailure, type MailRoute } from '../../../src/outputs/email/explain.ts';
import { explainEn } from '../../../src/outputs/email/explain-en.ts';
import { explainZh } from '../../../src/outputs/email/explain-zh.ts';
import { type MailCause, mailCauses } from '../../../src/outputs/email/mail-causes.ts';
import {
  failureAt,
  type MailFailure,
  type MailStage,
  readReply,
} from '../../../src/outputs/email/mail-failure.ts';
import { oneLine, quotable } from '../../../src/outputs/email/mail-text.ts';

const route = (host: string, over: Partial<MailRoute> = {}): MailRoute => ({
  host,
  port: 465,
  security: 'tls',
  user: 'ops@example.com',
  from: 'ops@example.com',
  to: ['team@example.com'],
  hasFiles: false,
  secrets: ['canary-P4ss'],
  ...over,
});
const said = (stage: MailStage, response: string): MailFailure =>
  failureAt(stage, { reply: readReply(response) });
const broke = (stage: MailStage, code: string, detail = ''): MailFailure =>
  failureAt(stage, { code, detail });
const late = (stage: MailStage, detail = ''): MailFailure =>
  failureAt(stage, { timedOut: true, code: 'ETIMEDOUT', detail });

/** Replies as the services give them (their help pages, and threads of users that met them). */
const replies: readonly (readonly [string, MailFailure, MailCause, RegExp, Partial<MailRoute>?])[] = [
  [
    'smtp.qq.com',
    said(
      'login',
      '535 Login Fail. Please enter your authorization code to login. More information in https://service.mail.qq.com/detail/0/53',
    ),
    'login-code-qq',
    /授权码/,
  ],
  [
    'smtp.qq.com',
    said('login', '535 Error: authentication failed, system busy'),
    'login-code-qq',
    /not the password/,
  ],
  [
    'smtp.exmail.qq.com',
    said('login', '535 Error: authentication failed'),
    'login-code-exmail',
    /client-specific password/,
  ],
  ['smtp.163.com', said('login', '535 Error: authentication failed'), 'login-code-netease', /授权码/],
  ['smtp.126.com', said('login', '550 User has no permission'), 'login-code-netease', /switch on SMTP/],
  [
    'smtp.qiye.163.com',
    said('login', '535 Error: authentication failed'),
    'login-code-netease',
    /authorisation code/,
  ],
  [
    'smtp.gmail.com',
    said(
      'login',
      '535-5.7.8 Username and Password not accepted. For more information, go to\r\n535 5.7.8  https://support.google.com/mail/?p=BadCredentials d9 - gsmtp',
    ),
    'login-gmail',
    /app password/,
  ],
  [
    'smtp.gmail.com',
    said('login', '534-5.7.9 Application-specific password required.'),
    'login-gmail',
    /myaccount\.google\.com\/apppasswords/,
  ],
  [
    'smtp.office365.com',
    said(
      'login',
      '535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant.',
    ),
    'login-microsoft',
    /OAuth2/,
  ],
  [
    'smtp-mail.outlook.com',
    said('login', '535 5.7.3 Authentication unsuccessful'),
    'login-microsoft',
    /no longer work/,
  ],
  [
    'email-smtp.eu-west-1.amazonaws.com',
    said('login', '535 Authentication Credentials Invalid'),
    'login-ses',
    /SMTP credentials/,
  ],
  [
    'mail.example.com',
    said('login', '535 5.7.8 Error: authentication failed'),
    'login-refused',
    /user or password are wrong/,
  ],
  [
    'mail.example.com',
    said('login', '454 4.7.0 Temporary authentication failure'),
    'login-later',
    /just now/,
  ],
  [
    'mail.example.com',
    said('login', '503 5.5.1 Error: authentication not enabled'),
    'login-absent',
    /offers no login/,
  ],
  [
    'smtp.qq.com',
    said('sender', '501 mail from address must be same as authorization user.'),
    'sender-not-login',
    /must be the address that logs in/,
  ],
  [
    'smtp.qq.com',
    said('message', '550 The "From" header is missing or invalid'),
    'sender-refused',
    /email\.from/,
  ],
  [
    'smtp.163.com',
    said('sender', '553 Mail from must equal authorized user'),
    'sender-not-login',
    /ops@example\.com/,
  ],
  ['smtp.163.com', said('message', '554 DT:SUM 163 smtp8,DMCowAD,1'), 'sender-not-login', /sender/],
  [
    'smtp.aliyun.com',
    said('sender', "440 mail from account doesn't conform with authentication (Auth Account:a)"),
    'sender-not-login',
    /sender/,
  ],
  [
    'smtp.office365.com',
    said('message', '554 5.2.252 SendAsDenied; a not allowed to send as b'),
    'sender-not-login',
    /sender/,
  ],
  [
    'email-smtp.us-east-1.amazonaws.com',
    said(
      'message',
      '554 Message rejected: Email address is not verified. The following identities failed the check in region US-EAST-1: ops@example.com',
    ),
    'sender-unverified',
    /sandbox/,
  ],
  ['mail.example.com', said('sender', '550 5.7.1 not allowed'), 'sender-refused', /may send for/],
  [
    'mail.example.com',
    said('sender', '530 5.7.0 Authentication required'),
    'login-needed',
    /only after a login/,
    { user: null },
  ],
  ['smtp.qq.com', said('sender', '550 Suspended'), 'sender-refused', /refused the sender/],
  [
    'smtp.qq.com',
    said('sender', '550 Suspended'),
    'sender-not-login',
    /email.from/,
    { from: 'x@example.com' },
  ],
  [
    'mail.example.com',
    said('recipient', '554 5.7.1 <a@b.c>: Relay access denied'),
    'relay',
    /does not pass on/,
  ],
  [
    'mail.example.com',
    said('recipient', '550 5.1.1 The email account that you tried to reach does not exist'),
    'recipient-unknown',
    /not tried again/,
  ],
  [
    'smtp.163.com',
    said('recipient', '550 User not found: team@example.com'),
    'recipient-unknown',
    /does not exist/,
  ],
  [
    'smtp.qq.com',
    said('recipient', '550 Mailbox unavailable or access denied'),
    'recipient-refused',
    /email\.to/,
  ],
  ['mail.example.com', said('recipient', '550 5.7.1 policy'), 'recipient-refused', /refused the recipient/],
  ['mail.example.com', said('recipient', '552 5.2.2 Mailbox full'), 'mailbox-full', /full/],
  ['mail.example.com', said('recipient', '451 4.7.1 Greylisting in action'), 'greylisted', /come back later/],
  [
    'mail.example.com',
    said('recipient', '450 4.2.1 The user you are trying to contact is receiving mail too quickly'),
    'rate-limit',
    /too many/,
  ],
  [
    'smtp.gmail.com',
    said('sender', '421 4.7.0 Try again later, closing connection'),
    'rate-limit',
    /takes no more mail/,
  ],
  [
    'smtp.gmail.com',
    said('message', '550 5.4.5 Daily user sending limit exceeded.'),
    'rate-limit',
    /takes no more mail/,
  ],
  [
    'email-smtp.us-east-1.amazonaws.com',
    said('message', '454 Throttling failure: Maximum sending rate exceeded.'),
    'rate-limit',
    /takes no more mail/,
  ],
  ['smtp.qq.com', said('sender', '550 Ip frequency limited [MwWBx]'), 'rate-limit', /takes no more mail/],
  [
    'mail.example.com',
    said('message', '552 5.3.4 Message size exceeds fixed limit'),
    'size',
    /not tried again/,
  ],
  [
    'mail.example.com',
    said('message', '552 5.3.4 Message size exceeds fixed limit'),
    'size-files',
    /without its attachments/,
    { hasFiles: true },
  ],
  ['smtp.163.com', said('message', '554 DT:SPM 163 smtp1,BaDGBDA'), 'spam', /SPF/],
  [
    'mail.example.com',
    said('connect', '554 5.7.1 Service unavailable; client host blocked'),
    'host-refused',
    /talk to this host/,
  ],
  [
    'mail.example.com',
    said('sender', '530 5.7.0 Must issue a STARTTLS command first'),
    'starttls-needed',
    /starttls/,
    { security: 'none' },
  ],
  [
    'mail.example.com',
    broke('resolve', 'ENOTFOUND'),
    'name-unknown',
    /does not resolve on this host.*getent hosts mail\.example\.com/,
  ],
  ['mail.example.com', broke('resolve', 'EAI_AGAIN'), 'name-unanswered', /resolv\.conf/],
  ['mail.example.com', broke('connect', 'ECONNREFUSED'), 'refused', /nothing listens/],
  ['mail.example.com', broke('connect', 'ENETUNREACH'), 'unreachable', /no route/],
  ['mail.example.com', broke('connect', 'ECONNRESET'), 'dropped', /closed the connection/],
  [
    'mail.example.com',
    broke('connect', 'ESOCKET', 'C0:error:0A00010B:SSL routines:ssl3_get_record:wrong version number'),
    'tls-wrong-port',
    /smtp:\/\//,
  ],
  ['mail.example.com', broke('connect', 'DEPTH_ZERO_SELF_SIGNED_CERT'), 'certificate-self-signed', /caFile/],
  ['mail.example.com', broke('tls', 'SELF_SIGNED_CERT_IN_CHAIN'), 'certificate-self-signed', /caFile/],
  [
    'mail.example.com',
    broke('connect', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'),
    'certificate-unknown',
    /intermediate/,
  ],
  ['mail.example.com', broke('connect', 'CERT_HAS_EXPIRED'), 'certificate-expired', /timedatectl/],
  [
    'mail.example.com',
    broke('connect', 'ERR_TLS_CERT_ALTNAME_INVALID'),
    'certificate-name',
    /another name than mail\.example\.com/,
  ],
  ['mail.example.com', broke('connect', 'ERR_SSL_UNSUPPORTED_PROTOCOL'), 'tls-version', /TLS 1\.2/],
  ['mail.example.com', late('connect', 'Connection timeout'), 'connect-timeout', /TCP port 465/],
  [
    'mail.example.com',
    late('connect', 'Connection timeout'),
    'port-25-timeout',
    /Aliyun, Tencent/,
    { port: 25, security: 'starttls' },
  ],
  [
    'mail.example.com',
    late('connect', 'Greeting never received'),
    'greeting-timeout-tls',
    /smtps:\/\//,
    { security: 'starttls' },
  ],
  ['mail.example.com', late('finish'), 'finish-timeout', /may have arrived or not/],
  ['mail.example.com', broke('token', 'invalid_grant'), 'token-expired', /new refresh token/],
  ['mail.example.com', broke('token', 'invalid_client'), 'token-refused', /clientSecret/],
  ['/usr/sbin/sendmail', broke('program', 'ENOENT'), 'program-absent', /no mail server/, { port: 0 }],
  ['/usr/sbin/sendmail', broke('program', '75'), 'later', /could not take the mail just now/, { port: 0 }],
  ['/usr/sbin/sendmail', broke('program', '67'), 'program-address', /email\.to/, { port: 0 }],
  ['/usr/sbin/sendmail', broke('program', '1'), 'program-failed', /ended with 1/, { port: 0 }],
];

describe('a failure', () => {
  const cases = replies.map(([host, failure, cause, words, over = {}]) => ({
    host,
    failure,
    cause,
    words,
    over,
  }));
  it.each(cases)('at $host: $cause (%#)', ({ host, failure, cause, words, over }) => {
    const told = explainFailure(failure, route(host, over), 'en');
    expect(told.cause).toBe(cause);
    expect(told.problem.code).toBe(mailCauses[cause].code);
    expect(told.problem.words).toMatch(words);
    if (failure.reply !== null) expect(told.problem.words).toContain(String(failure.reply.code));
    const chinese = explainFailure(failure, route(host, over), 'zh-CN').problem.words;
    expect(chinese).toMatch(/[\u4e00-\u9fff]{4}/);
    expect(chinese).not.toMatch(/[\u4e00-\u9fff][,;?]/);
  });
});

describe('the words', () => {
  const causes = Object.keys(mailCauses) as MailCause[];
  const scene = {
    at: '⟨at⟩',
    host: '⟨host⟩',
    port: 25,
    user: '⟨user⟩',
    from: '⟨from⟩',
    to: '⟨to⟩',
    code: '⟨code⟩',
    isTest: false,
  };
  it.each(causes)('of %s name the same things in both languages', (cause) => {
    const named = (words: string): readonly string[] => [...new Set(words.match(/⟨\w+⟩/g))].sort();
    const [en, zh] = [explainEn[cause](scene), explainZh[cause](scene)];
    expect(named(zh)).toEqual(named(en));
    expect(en).toMatch(/^[A-Z⟨].*[.)]$/);
    expect(zh).toMatch(/[。）]$/);
    // Who keeps a mail says so; a test keeps none.
    const isKept = /is kept|next run|sent again|已保留|下次运行|重发/;
    const test = { ...scene, isTest: true };
    for (const words of [explainEn[cause](test), explainZh[cause](test)]) expect(words).not.toMatch(isKept);
    expect(isKept.test(zh)).toBe(isKept.test(en));
    expect(isKept.test(en) && mailCauses[cause].again !== 'same').toBe(false);
  });
});

describe('a quote', () => {
  const secret = 'canary-P4ss';
  const base64 = (text: string): string => Buffer.from(text).toString('base64');
  it.each([
    secret,
    base64(secret),
    base64(secret).replace(/=+$/, ''),
    base64(`\0ops@example.com\0${secret}`),
    base64(`\0o\0${secret}`),
    base64(`\0op\0${secret}`),
    base64(`user=ops\u0001auth=Bearer ${secret}\u0001\u0001`),
    encodeURIComponent(`${secret}&x`),
  ])('holds no form of the secret: %s', (form) => {
    const quote = quotable(`535 you sent ${form} really`, [secret]);
    expect(quote).toMatch(/^535 you sent .*really$/);
    for (const one of [secret, base64(secret).replace(/=+$/, '')]) expect(quote).not.toContain(one);
    const decoded = [...quote.matchAll(/[A-Za-z0-9+/]{6,}=*/g)].map(([text]) =>
      Buffer.from(text, 'base64').toString(),
    );
    expect(decoded.join(' ')).not.toContain('canary');
  });

  it('is one line, bounded, without controls', () => {
    const quote = quotable(`550 a\r\nb\u001b[31m\u202e\u0000${'x'.repeat(5000)}`, []);
    expect(quote).toMatch(/^550 a b \[31m x+…$/);
    expect(quote.length).toBeLessThanOrEqual(240);
  });

  it('of a Chinese server in GBK is readable', () => {
    const bytes = Buffer.from([0xd3, 0xc3, 0xbb, 0xa7, 0xb2, 0xbb, 0xb4, 0xe6, 0xd4, 0xda]);
    const failure = said('recipient', `550 ${bytes.toString('latin1')}`);
    expect(explainFailure(failure, route('smtp.163.com'), 'zh-CN').problem.words).toContain(
      '“550 用户不存在”',
    );
    const french = said('recipient', '550 Boîte inconnue à cette adresse');
    expect(explainFailure(french, route('smtp.free.fr'), 'en').problem.words).toContain(
      '“550 Boîte inconnue',
    );
  });

  it('is withheld when a very short secret might show', () => {
    expect(quotable('535 no: abc', ['abc'])).toBe('***');
    expect(quotable('535 no', ['abc'])).toBe('535 no');
  });

  it('cuts no character in half', () => {
    expect(oneLine('😀😀😀', 4)).toBe('😀…');
  });
});

it.each([
  ['250 ok', { code: 250, enhanced: null, text: '250 ok' }],
  ['535-5.7.8 no\r\n535 5.7.8 way', { code: 535, enhanced: '5.7.8', text: '535-5.7.8 no way' }],
  ['550 #5.1.0 Address rejected.', { code: 550, enhanced: '5.1.0', text: '550 #5.1.0 Address rejected.' }],
  ['554', { code: 554, enhanced: null, text: '554' }],
  ['nonsense', null],
  ['', null],
])('reads the reply %j', (response, expected) => {
  expect(readReply(response)).toEqual(expected);
});
