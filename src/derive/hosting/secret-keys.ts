const secret =
  /pass(word|wd|phrase)?$|passw|secret|token|api_?key|access_?key|private_?key|encryption_?key|signing_?key|credential|(^|_)(pwd|dsn|auth|jwt|salt)$|(database|db|redis|mongo(db)?|amqp|postgres|mysql|broker|celery)_?(url|uri|dsn)$|connection_?string|webhook/i;
const harmless =
  /^((OLD)?PWD|SSH_AUTH_SOCK|XAUTHORITY|GPG_AGENT_INFO|PASSWORD_STORE_DIR)$|_(FILE|PATH|DIR|ENABLED|TTL|EXPIRY|LENGTH)$/i;

/** Names among `keys` that by habit hold secrets, each once, in order. Names only; values are never seen here. */
export function secretKeys<T extends string>(keys: readonly T[]): readonly T[] {
  return [...new Set(keys.filter((key) => secret.test(key) && !harmless.test(key)))];
}
