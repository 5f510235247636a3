import { connect, type Socket } from 'node:net';

const AT_ONCE = 100;

/** Connections that are opened, and then say nothing. */
export async function openIdle(url: string, count: number): Promise<{ close(): void }> {
  const { hostname, port } = new URL(url);
  const sockets: Socket[] = [];
  const open = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const socket = connect(Number(port), hostname, resolve);
      socket.once('error', reject);
      sockets.push(socket);
    });
  while (sockets.length < count) await Promise.all(Array.from({ length: Math.min(AT_ONCE, count - sockets.length) }, open));
  return {
    close: () => {
      for (const socket of sockets) socket.destroy();
    },
  };
}
