import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState, type SubmitEvent } from 'react';
import { answerOf, api } from '../../api/client';
import { useIntention } from '../../api/idempotency';
import { problemOf } from '../../api/problem';
import { contactsQuery, type Contact } from '../../api/telling-queries';
import { useLanguage } from '../../i18n/locale';
import { useMay } from '../../session';
import { Badge, Card, Empty } from '../../ui/basics';
import { ConfirmSheet } from '../../ui/confirm-sheet';
import { ActionButton, Sheet, TextInput } from '../../ui/controls';
import { Loaded, Problem } from '../../ui/loaded';
import { Table } from '../../ui/table';

/** Who mail goes to, and whom it reaches: the licensee keeps them current (P3). */
export function ContactsCard({ accountId }: { readonly accountId: string }) {
  const { t } = useLanguage();
  const may = useMay();
  const contacts = useQuery(contactsQuery(accountId));
  const [adding, setAdding] = useState(false);
  return (
    <Card
      title={t('contacts.title')}
      aside={
        may.buy ? (
          <ActionButton
            onPress={() => {
              setAdding(true);
            }}
          >
            {t('contacts.add')}
          </ActionButton>
        ) : undefined
      }
    >
      <p className="small muted">{t('contacts.lead')}</p>
      {adding ? (
        <NewContactSheet
          accountId={accountId}
          onClose={() => {
            setAdding(false);
          }}
        />
      ) : null}
      <Loaded query={contacts} lines={2}>
        {({ items }) => (items.length === 0 ? <Empty title={t('contacts.none')}>{t('contacts.noneWhat')}</Empty> : <Contacts accountId={accountId} items={items} />)}
      </Loaded>
    </Card>
  );
}

function Contacts({ accountId, items }: { readonly accountId: string; readonly items: readonly Contact[] }) {
  const { t } = useLanguage();
  const may = useMay();
  const client = useQueryClient();
  const [removing, setRemoving] = useState<Contact | null>(null);
  const changed = (): Promise<void> => client.invalidateQueries({ queryKey: ['account', accountId, 'contacts'] });
  const sendLink = useMutation({
    mutationFn: (contactId: string) => answerOf(api.POST('/v1/accounts/{accountId}/contacts/{contactId}/link', { params: { path: { accountId, contactId } }, body: {} })),
    onSuccess: changed,
  });
  const close = (): void => {
    setRemoving(null);
  };
  return (
    <>
      {removing === null ? null : (
        <ConfirmSheet
          title={t('contacts.removeTitle', { name: removing.name })}
          what={t('contacts.removeWhat')}
          confirm={t('contacts.remove')}
          run={() => answerOf(api.DELETE('/v1/accounts/{accountId}/contacts/{contactId}', { params: { path: { accountId, contactId: removing.contactId } } }))}
          onDone={async () => {
            close();
            await changed();
          }}
          onClose={close}
        />
      )}
      {sendLink.isError ? <Problem error={sendLink.error} /> : null}
      <Table
        label={t('contacts.title')}
        columns={[
          {
            name: t('contacts.contact'),
            cell: ({ name, address }) => (
              <>
                <bdi>{name}</bdi>
                <div className="small muted">
                  <bdi>{address}</bdi>
                </div>
              </>
            ),
          },
          { name: t('purchases.state'), cell: (contact) => <ContactState contact={contact} /> },
          {
            name: t('common.action'),
            cell: (contact) => (
              <span className="row">
                {contact.verifiedAt !== null && contact.bouncedAt === null ? null : (
                  <ActionButton
                    look="plain"
                    pending={sendLink.isPending && sendLink.variables === contact.contactId}
                    onPress={() => {
                      sendLink.mutate(contact.contactId);
                    }}
                  >
                    {t('contacts.sendLink')}
                  </ActionButton>
                )}
                {may.buy ? (
                  <ActionButton
                    look="plain"
                    onPress={() => {
                      setRemoving(contact);
                    }}
                  >
                    {t('contacts.remove')}
                  </ActionButton>
                ) : null}
              </span>
            ),
          },
        ]}
        rows={items}
        keyOf={({ contactId }) => contactId}
      />
    </>
  );
}

function ContactState({ contact }: { readonly contact: Contact }) {
  const { t, instant } = useLanguage();
  const { verifiedAt, bouncedAt, bounceStatus, linkSentAt } = contact;
  const link = linkSentAt === null ? t('contacts.linkQueued') : t('contacts.linkSent', { at: instant(linkSentAt) });
  if (bouncedAt !== null) {
    return (
      <>
        <Badge tone="bad">{t('contacts.bounced')}</Badge>
        <div className="small muted">
          {instant(bouncedAt)}
          {bounceStatus === null ? null : ` · ${t('contacts.bounceStatus', { status: String(bounceStatus) })}`}
        </div>
        <div className="small muted">{t('contacts.bouncedWhat')}</div>
      </>
    );
  }
  if (verifiedAt !== null) {
    return (
      <>
        <Badge tone="good">{t('contacts.verified')}</Badge> <span className="small muted">{instant(verifiedAt)}</span>
      </>
    );
  }
  return (
    <>
      <Badge tone="warn">{t('contacts.unverified')}</Badge>
      <div className="small muted">{link}</div>
    </>
  );
}

function NewContactSheet({ accountId, onClose }: { readonly accountId: string; readonly onClose: () => void }) {
  const { t } = useLanguage();
  const client = useQueryClient();
  const { header } = useIntention();
  const [name, setName] = useState('');
  const [address, setAddress] = useState('');
  const add = useMutation({
    mutationFn: () =>
      answerOf(
        api.POST('/v1/accounts/{accountId}/contacts', {
          params: { path: { accountId }, header },
          body: { name: name.trim(), address: address.trim() },
        }),
      ),
    onSuccess: async () => {
      onClose();
      await client.invalidateQueries({ queryKey: ['account', accountId, 'contacts'] });
    },
  });
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    add.mutate();
  };
  const problem = add.isError ? problemOf(add.error) : null;
  const wrong = problem?.code === 'invalid-request' && problem.pointer === '/address' ? t('contacts.addressWrong') : undefined;
  return (
    <Sheet title={t('contacts.add')} open onClose={onClose}>
      <form className="form" onSubmit={submit}>
        <TextInput label={t('contacts.name')} hint={t('contacts.nameHint')} required value={name} onChange={setName} />
        <TextInput label={t('contacts.address')} hint={t('contacts.addressHint')} required value={address} onChange={setAddress} error={wrong} />
        {add.isError && wrong === undefined ? <Problem error={add.error} /> : null}
        <div className="row end">
          <ActionButton onPress={onClose}>{t('common.cancel')}</ActionButton>
          <ActionButton submit look="primary" pending={add.isPending} disabled={name.trim() === '' || address.trim() === ''}>
            {t('contacts.add')}
          </ActionButton>
        </div>
      </form>
    </Sheet>
  );
}
