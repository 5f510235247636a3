import { useMutation } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { bearerHeader, fileOf } from '../api/client';
import { ActionButton } from './controls';
import { Problem } from './loaded';

/**
 * A file of the API. With the cookie the browser fetches it itself, however large it is; in a frame, where a link would carry no
 * sign-in, the page does.
 */
export function Download({ path, name, children }: { readonly path: string; readonly name: string; readonly children: ReactNode }) {
  if (bearerHeader() === null) {
    return (
      <a className="button" href={path} download={name}>
        {children}
      </a>
    );
  }
  return (
    <FramedDownload path={path} name={name}>
      {children}
    </FramedDownload>
  );
}

function FramedDownload({ path, name, children }: { readonly path: string; readonly name: string; readonly children: ReactNode }) {
  const load = useMutation({
    mutationFn: async () => {
      saveFile(name, await fileOf(path));
    },
  });
  return (
    <>
      <ActionButton
        pending={load.isPending}
        onPress={() => {
          load.mutate();
        }}
      >
        {children}
      </ActionButton>
      {load.isError ? <Problem error={load.error} /> : null}
    </>
  );
}

export function saveFile(name: string, content: Blob): void {
  const url = URL.createObjectURL(content);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
