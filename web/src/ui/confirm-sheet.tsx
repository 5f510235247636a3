import { useMutation } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useLanguage } from '../i18n/locale';
import { ActionButton, Sheet } from './controls';
import { Problem } from './loaded';

interface Props {
  readonly title: string;
  readonly what: ReactNode;
  readonly confirm: string;
  readonly run: () => Promise<unknown>;
  /** After it was done: closing is the caller's. */
  readonly onDone: () => void | Promise<void>;
  readonly onClose: () => void;
}

/** The second step of what cannot be undone: says what it comes to, and does it. */
export function ConfirmSheet({ title, what, confirm, run, onDone, onClose }: Props) {
  const { t } = useLanguage();
  const act = useMutation({ mutationFn: run, onSuccess: onDone });
  return (
    <Sheet title={title} open onClose={onClose}>
      <p>{what}</p>
      {act.isError ? <Problem error={act.error} /> : null}
      <div className="row end">
        <ActionButton onPress={onClose}>{t('common.cancel')}</ActionButton>
        <ActionButton
          look="danger"
          pending={act.isPending}
          onPress={() => {
            act.mutate();
          }}
        >
          {confirm}
        </ActionButton>
      </div>
    </Sheet>
  );
}
