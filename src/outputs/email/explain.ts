import type { DeliveryProblem } from '../../model/delivery.ts';
import type { Locale } from '../../model/text.ts';
import { explainEn } from './explain-en.ts';
import { explainZh } from './explain-zh.ts';
import { causeOf } from './mail-cause.ts';
import { type MailCause, mailCauses } from './mail-causes.ts';
import type { MailFailure } from './mail-failure.ts';
import { isChinese, providerOf } from './mail-provider.ts';
import { fromGb18030, oneLine, quotable } from './mail-text.ts';
import { isLoopback } from './smtp-url.ts';

/** Where a mail was going when it failed. */
export interface MailRoute {
  /** Server, or the path of the sendmail program. */
  readonly host: string;
  readonly port: number;
  readonly security: 'tls' | 'starttls' | 'none';
  readonly user: string | null;
  readonly from: string;
  readonly to: readonly string[];
  readonly hasFiles: boolean;
  /** What must not appear in a quote: password, tokens. */
  readonly secrets: readonly string[];
}

/** What the words are made of; every text is clean and bounded. */
export interface MailScene {
  /** `smtp.qq.com:465` */
  readonly at: string;
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly from: string;
  readonly to: string;
  /** Code of the system or of a program; '' = none. */
  readonly code: string;
  /** Of `send --test`: nothing is kept, nothing sent again. */
  readonly isTest: boolean;
}

export interface Explained {
  readonly cause: MailCause;
  readonly problem: DeliveryProblem;
}

/**
 * What happened, where, and what to do, in the user's language; the server's own words are quoted at the end. Whether the
 * mail is kept is said by whoever keeps it.
 */
export function explainFailure(
  failure: MailFailure,
  route: MailRoute,
  locale: Locale,
  isTest = false,
): Explained {
  const provider = providerOf(route.host);
  const cause = causeOf(failure, {
    ...route,
    provider,
    hasLogin: route.user !== null,
    isLoopback: isLoopback(route.host),
    isOwnSender: route.from.toLowerCase() === route.user?.toLowerCase(),
  });
  const scene: MailScene = {
    at: route.port > 0 ? `${bracketed(route.host)}:${route.port}` : route.host,
    host: oneLine(route.host, 120),
    port: route.port,
    user: oneLine(route.user ?? '', 120),
    from: oneLine(route.from, 120),
    to: oneLine(route.to.join(', '), 200),
    code: quotable(failure.code, route.secrets, 60),
    isTest,
  };
  const words = locale === 'en' ? explainEn[cause](scene) : explainZh[cause](scene);
  const said = failure.reply?.text ?? '';
  const reply = quotable(isChinese(provider) ? fromGb18030(said) : said, route.secrets);
  const quote = locale === 'en' ? ` The server said: “${reply}”` : `服务器的回复：“${reply}”`;
  return { cause, problem: { code: mailCauses[cause].code, words: reply === '' ? words : words + quote } };
}

const bracketed = (host: string): string => (host.includes(':') ? `[${host}]` : oneLine(host, 120));
