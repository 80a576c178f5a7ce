// A TCP proxy in front of the daemon whose connections a test can cut.
import net from 'node:net';
import { once } from 'node:events';

export class Proxy {
  /** @param {net.NetConnectOpts} target */
  constructor(target) {
    this.sockets = new Set();
    this.closed = false;
    this.server = net.createServer((client) => {
      if (this.closed) return client.destroy();
      const upstream = net.connect(target);
      for (const socket of [client, upstream]) {
        this.sockets.add(socket);
        socket.on('error', () => {});
        socket.on('close', () => {
          this.sockets.delete(socket);
          (socket === client ? upstream : client).destroy();
        });
      }
      client.pipe(upstream).pipe(client);
    });
  }
  async listen() {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    return this.server.address().port;
  }
  /** Ends every connection; new ones are refused until `mend`. */
  cut() {
    this.closed = true;
    for (const socket of this.sockets) socket.destroy();
  }
  mend() {
    this.closed = false;
  }
  close() {
    this.cut();
    this.server.close();
  }
}
