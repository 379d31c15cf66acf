import * as z from 'zod/mini';
import { sendOns, webhookKinds } from './model/delivery.ts';

/** `"secret"` itself is refused on purpose: a settings file is copied and shown; name where the secret stands. */
const secret = z.union(
  [
    z.strictObject({ env: z.string().check(z.minLength(1)) }),
    z.strictObject({ file: z.string().check(z.minLength(1)) }),
    z.strictObject({ command: z.array(z.string()).check(z.minLength(1)) }),
  ],
  { error: 'must say where the secret stands: {"env": NAME}, {"file": PATH} or {"command": [PROGRAM, …]}' },
);

const shared = {
  sendOn: z.optional(z.enum(sendOns)),
  reminderDays: z.optional(z.number().check(z.minimum(0), z.maximum(365))),
  lang: z.optional(z.string()),
};

const oauth2 = z.strictObject({
  clientId: z.string(),
  clientSecret: z.optional(secret),
  refreshToken: z.optional(secret),
  accessToken: z.optional(secret),
  tokenUrl: z.optional(z.string()),
});

const smtp = z.strictObject({
  host: z.string().check(z.minLength(1)),
  port: z.optional(z.number().check(z.minimum(1), z.maximum(65535))),
  security: z.optional(z.enum(['tls', 'starttls', 'none'])),
  user: z.optional(z.string()),
  caFile: z.optional(z.string()),
});

const email = z.strictObject({
  to: z.union([z.string(), z.array(z.string()).check(z.minLength(1))]),
  from: z.optional(z.string()),
  /** `smtps://user@host:465` without the password, or its fields. */
  smtp: z.optional(z.union([z.string(), smtp])),
  password: z.optional(secret),
  /** PEM file of a private certificate authority, beside `smtp` as an address; among its fields it is `smtp.caFile`. */
  caFile: z.optional(z.string().check(z.minLength(1))),
  oauth2: z.optional(oauth2),
  /** `true` = /usr/sbin/sendmail, or its path. */
  sendmail: z.optional(z.union([z.boolean(), z.string()])),
  attach: z.optional(z.array(z.enum(['html', 'json', 'md']))),
  attachMaxBytes: z.optional(z.number().check(z.minimum(1024))),
  ...shared,
});

const webhook = z.strictObject({
  kind: z.enum(webhookKinds),
  name: z.optional(z.string().check(z.minLength(1), z.maxLength(40))),
  url: z.optional(z.union([z.string(), secret])),
  secret: z.optional(secret),
  chat: z.optional(z.union([z.string(), z.number()])),
  ...shared,
});

const ping = z.strictObject({ url: z.union([z.string(), secret]) });

const prom = z.strictObject({ file: z.string().check(z.minLength(1)) });

/** The part of the settings file that says where reports go. */
export const deliveryShape = {
  email: z.optional(email),
  webhooks: z.optional(z.array(webhook)),
  ping: z.optional(ping),
  /** Textfile collector of node_exporter: written after every audit. */
  prom: z.optional(prom),
};

/** Those sections as they stand in the file. */
export interface DeliveryConfig {
  readonly email?: EmailConfig | undefined;
  readonly webhooks?: readonly WebhookConfig[] | undefined;
  readonly ping?: z.infer<typeof ping> | undefined;
  readonly prom?: z.infer<typeof prom> | undefined;
}
export type EmailConfig = z.infer<typeof email>;
export type WebhookConfig = z.infer<typeof webhook>;
export type SecretConfig = z.infer<typeof secret>;

/** Accepted keys below `email`, `webhooks` and so on, for the message about an unknown one. */
export function listedKeys(path: readonly PropertyKey[]): readonly string[] {
  const [section, ...rest] = path;
  if (section === 'email') {
    if (rest[0] === 'smtp') return Object.keys(smtp.def.shape);
    if (rest[0] === 'oauth2') return Object.keys(oauth2.def.shape);
    return Object.keys(email.def.shape);
  }
  if (section === 'webhooks') return Object.keys(webhook.def.shape);
  if (section === 'ping') return Object.keys(ping.def.shape);
  return section === 'prom' ? Object.keys(prom.def.shape) : [];
}
