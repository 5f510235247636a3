import { ApiClient } from '../../scripts/story/api-client.js';
import { Customers } from '../support/customers.js';
import type { Theatre } from '../support/theatre.js';
import type { Stage } from './client.js';

const AT_ONCE = 8;
/** Of so many accounts, one is told of everything by webhook, and one has a Term that ends in the midst. */
const SPECIAL_OF = 40;
export const CARD = 'card';

export interface StageOptions {
  readonly url: string;
  readonly accounts: number;
  /** Where webhooks are received. */
  readonly webhookUrl: string;
  /** The Term of some accounts ends after so many days. */
  readonly termDays: number;
}

/** Accounts with several lots and little in them, so that actions span lots, run out and are bought for again. */
export async function setTheStage(theatre: Theatre, { url, accounts, webhookUrl, termDays }: StageOptions): Promise<Stage[]> {
  const client = new ApiClient(url, undefined, AT_ONCE);
  const customers = await Customers.open(client, theatre.operator);
  await customers.card(CARD, { captions: { minutes: '1' } });
  const termEnd = await theatre.asOwner(async (database) => {
    const { rows } = await database.query<{ day: string }>(`SELECT to_char((now() AT TIME ZONE 'UTC')::date + $1::int, 'YYYY-MM-DD') AS day`, [termDays]);
    return rows[0]?.day ?? '';
  });
  const open = async (i: number): Promise<Stage> => {
    const accountId = `acc-${String(i)}`;
    const isTold = i % SPECIAL_OF === 0;
    const endpoint = `${webhookUrl}/${accountId}`;
    await customers.account(accountId, CARD, ['captions'], {
      ...(i % SPECIAL_OF === Math.min(accounts - 2, SPECIAL_OF) - 1 ? { termEnd } : {}),
      ...(isTold ? { noticeWebhook: endpoint } : {}),
    });
    const [admin, backend] = [await customers.key(['account:admin'], accountId), await customers.key(['usage:write'], accountId)];
    if (isTold) await customers.post(`/v1/accounts/${accountId}/webhooks`, { url: endpoint }, admin.secret);
    for (const credits of ['40', '25', '300']) await customers.buy(accountId, admin.secret, credits);
    return { accountId, admin: admin.secret, backend: backend.secret, operator: theatre.operator, finance: customers.finance, isTold };
  };
  const stages: Stage[] = [];
  for (let i = 0; i < accounts; i += AT_ONCE) {
    stages.push(...(await Promise.all(Array.from({ length: Math.min(AT_ONCE, accounts - i) }, (_, n) => open(i + n)))));
  }
  await client.close();
  return stages;
}
