import { instantText } from '../../domain/calendar.js';
import { reachesPurchasesFrom, type AnnouncedVersion } from '../../domain/contract.js';
import type { NoticeForAccount } from '../../postgres/reads/notices-of-version.js';
import type { Queues } from '../../postgres/reads/queues.js';
import type { NOTICE_STANDINGS } from '../schemas/desk.js';
import { deliveryIdOf } from './delivery-id.js';

export function noticeForAccountView({ accountId, licenseeId, legalName, notice }: NoticeForAccount) {
  return {
    accountId,
    licenseeId,
    legalName,
    standing: standingOf(notice),
    noticeId: notice?.noticeId ?? null,
    announcedOn: notice?.announcedOn ?? null,
    deliveredOn: notice?.deliveredOn ?? null,
    reachesPurchasesFrom: notice === null ? null : reachesPurchasesFrom(notice),
  };
}

function standingOf(notice: AnnouncedVersion | null): (typeof NOTICE_STANDINGS)[number] {
  if (notice === null) return 'not-told';
  if (notice.withdrawn) return 'withdrawn';
  if (notice.deliveredOn !== null) return 'delivered';
  return notice.deliveries.some(({ bouncedBy }) => bouncedBy !== null) ? 'came-back' : 'told';
}

export function queuesView({ now, outbox, pending, parked }: Queues) {
  const since = (instant: number | null): number => (instant === null ? 0 : Math.max(0, Math.floor((now - instant) / 1_000)));
  return {
    at: instantText(now),
    outbox: { waiting: outbox.waiting, oldestAt: outbox.oldestAt === null ? null : instantText(outbox.oldestAt), lagSeconds: since(outbox.oldestAt) },
    pending: { count: pending.count, due: pending.due, lagSeconds: since(pending.oldestDueAt) },
    parked: {
      count: parked.count,
      items: parked.items.map((delivery) => ({
        accountId: delivery.accountId,
        deliveryId: deliveryIdOf(delivery),
        type: delivery.type,
        target: delivery.target,
        attempts: delivery.attempts,
        lastStatus: delivery.lastStatus,
        lastExcerpt: delivery.lastExcerpt,
        createdAt: instantText(delivery.createdAt),
        settledAt: delivery.settledAt === null ? null : instantText(delivery.settledAt),
      })),
    },
  };
}
