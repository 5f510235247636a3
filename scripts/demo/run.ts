import { mintKeys } from '../story/account-keys.js';
import { ApiClient } from '../story/api-client.js';
import { BusinessClock } from '../story/business-clock.js';
import { BuyTwice, type Bought } from '../story/buy-twice.js';
import { calm, rough } from '../story/chaos.js';
import type { TokenRates } from '../story/plot.js';
import { TraceDebits } from './debits.js';
import type { DemoOptions } from './options.js';
import { TRACE_PLOT } from './plot.js';
import { Progress } from './progress.js';
import { reportOf, type LotLabel } from './report.js';
import { sendTrace } from './senders.js';
import { Tally, type Figures } from './tally.js';
import { readTrace } from './trace.js';

const plot = TRACE_PLOT;

/** The demo against a service that is up: buys, replays the hour, and answers the table of what it came to. */
export async function runDemo(url: string, operatorKey: string, options: DemoOptions, say: (line: string) => void): Promise<string> {
  const trace = await readTrace();
  const client = new ApiClient(url);
  try {
    if (!(await new BusinessClock(client, operatorKey).isAdvanceable())) {
      throw new Error('This service is no sandbox: its clock cannot be advanced by the 30 days of a notice, and the demo books nothing in it.');
    }
    const story = new BuyTwice(client, operatorKey, plot);
    await story.openAccount();
    const keys = await mintKeys(client, operatorKey, plot.accountId, 'demo');
    try {
      say(`Account ${plot.accountId} buys ${plot.firstCredits} credits, and ${plot.secondCredits} after a change of rates and its 30 days of notice.`);
      const bought = await story.tell(keys);
      say(`Replaying ${trace.length.toLocaleString('en')} requests of 16 November 2023 as debits of ${url}.`);
      return await replay(url, keys.backend, options, trace, bought);
    } finally {
      await keys.revoke();
    }
  } finally {
    await client.close();
  }
}

async function replay(
  url: string,
  backendKey: string,
  { senders, bulk, retries }: DemoOptions,
  trace: Awaited<ReturnType<typeof readTrace>>,
  bought: Bought,
): Promise<string> {
  const client = new ApiClient(url, retries ? rough : calm, senders);
  const debits = new TraceDebits(client, backendKey, plot.accountId, plot.feature);
  const tally = new Tally();
  const progress = new Progress(trace.length);
  const began = performance.now();
  try {
    const book = bulk === 1 ? debits.single.bind(debits) : debits.bulk.bind(debits);
    await sendTrace({ trace, senders, bulk, book, onBooked: (booked) => { progress.update(booked); } }, tally);
  } finally {
    progress.stop();
    await client.close();
  }
  const seconds = (performance.now() - began) / 1_000;
  const figures = tally.figures();
  await compareWithLots(url, backendKey, figures);
  return reportOf({ figures, lots: labelsOf(bought), seconds, senders, bulk, resends: client.resends });
}

/** What all answers add up to has to be what the account's lots say. */
async function compareWithLots(url: string, apiKey: string, { creditsOfLot }: Figures): Promise<void> {
  const client = new ApiClient(url);
  try {
    const { items } = await client.succeed<{ items: { lotId: number; consumed: string }[] }>({ method: 'GET', path: `/v1/accounts/${plot.accountId}/lots`, apiKey });
    for (const { lotId, consumed } of items) {
      const answered = creditsOfLot.get(lotId) ?? '0.000000000';
      if (answered !== consumed) throw new Error(`lot ${String(lotId)} has consumed ${consumed}, and the answers to the debits add up to ${answered}`);
    }
  } finally {
    await client.close();
  }
}

function labelsOf({ firstLotId, secondLotId }: Bought): LotLabel[] {
  const label = (credits: string, rates: TokenRates): string =>
    `of ${Number(credits).toLocaleString('en')} bought, at ${rates.inputTokens} per input and ${rates.outputTokens} per output token`;
  return [
    { lotId: firstLotId, label: label(plot.firstCredits, plot.firstRates) },
    { lotId: secondLotId, label: label(plot.secondCredits, plot.secondRates) },
  ];
}
