const LONGEST = 500;

/**
 * Whether messages can be posted to an address: http or https, without user, password or fragment. Whether its host may be
 * reached at all, and whether without TLS, is decided at the moment of connection.
 */
export function isWebhookUrl(text: string): boolean {
  if (text.length > LONGEST || !URL.canParse(text)) return false;
  const { protocol, username, password, hash } = new URL(text);
  return (protocol === 'https:' || protocol === 'http:') && username === '' && password === '' && hash === '';
}
