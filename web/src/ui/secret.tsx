import { useState } from 'react';
import { useLanguage } from '../i18n/locale';
import { Banner } from './basics';
import { ActionButton } from './controls';

/** A secret that is shown this once. Where the browser lends no clipboard (plain http), it is marked and copied by hand. */
export function Secret({ secret }: { readonly secret: string }) {
  const { t } = useLanguage();
  const [copied, setCopied] = useState(false);
  const clipboard = (navigator as { readonly clipboard?: Clipboard }).clipboard;
  return (
    <>
      <Banner tone="warn" title={t('keys.once')}>
        {t('keys.onceWhat')}
      </Banner>
      <p className="secret" dir="ltr">
        {secret}
      </p>
      {clipboard === undefined ? null : (
        <div className="row">
          <ActionButton
            onPress={() => {
              void clipboard.writeText(secret).then(() => {
                setCopied(true);
              });
            }}
          >
            {copied ? t('keys.copied') : t('keys.copy')}
          </ActionButton>
        </div>
      )}
    </>
  );
}
